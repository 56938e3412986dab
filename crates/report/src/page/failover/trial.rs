//! Single trials as a timeline with a cursor: a lane for everybody who acts, what each client waits for, and every moment in words. Not here: the playing.

use maud::{Markup, html};

use super::Shown;
use crate::failover::said;
use crate::page::chart::{self, Event, Kind, Lane, Span};
use crate::page::piece::name;
use crate::{MomentPage, TrialClient, TrialPage};

/// Words of a moment between which a client has no answer.
const LAST_REPLY: &str = "last good reply";
const FIRST_REPLY: &str = "first good reply";

impl Shown<'_> {
    pub(super) fn trials(&self) -> Markup {
        let examples = &self.pool.examples;
        html! {
            @if !examples.is_empty() {
                h4 { "One failure, moment by moment" }
                p class="dim" {
                    "Of each mover the trial that is in the middle of all. Seconds are counted from the failure on. "
                    span class="script" { "Move the cursor, or step from moment to moment." }
                }
            }
            @for (number, trial) in examples.iter().enumerate() { (shown(trial, &format!("trial-{}-{number}", self.place))) }
        }
    }
}

fn shown(trial: &TrialPage, id: &str) -> Markup {
    let vip = trial
        .downtime
        .map_or_else(|| "is never served again".to_owned(), |time| format!("is served again after {}", said(time)));
    let title = format!("{}, {}: the VIP {vip}", trial.mover, trial.scenario);
    html! {
        article class="trial" {
            h5 { (name(&trial.mover)) ", " (trial.scenario) }
            p class="dim" {
                "The client's VIP " (vip) "."
                @for client in &trial.clients { " " (answered(client, trial.downtime)) }
                " Trial " (trial.trial) " of seed " (trial.seed) "."
            }
            (chart::timeline(id, &title, &lanes(trial)))
        }
    }
}

/// When a client has an answer, and how much of that is its own patience.
fn answered(client: &TrialClient, downtime: Option<f64>) -> String {
    /// Seconds that people notice.
    const NOTED: f64 = 1.0;
    let Some(outage) = client.outage else { return format!("A client ({}) never has an answer.", client.protocol) };
    let own = downtime.map_or(0.0, |downtime| outage - downtime);
    let late = if own >= NOTED {
        format!(": {} of that it waits for its own timer, though the VIP is served", said(own))
    } else {
        String::new()
    };
    format!("A client ({}) has an answer after {}{late}.", client.protocol, said(outage))
}

/// Chance first, then the VIP and clients, then everybody in the order in which they first act.
fn lanes(trial: &TrialPage) -> Vec<Lane<'_>> {
    let mut names: Vec<&str> = Vec::new();
    for moment in &trial.moments {
        if !names.contains(&moment.who.as_str()) {
            names.push(&moment.who);
        }
    }
    names.sort_by_key(|who| match *who {
        "chance" | "trial" => 0,
        who if who.starts_with("client") => 1,
        _ => 2,
    });
    let mut lanes: Vec<Lane<'_>> = names
        .iter()
        .map(|who| {
            let own: Vec<&MomentPage> = trial.moments.iter().filter(|moment| moment.who == **who).collect();
            let events =
                own.iter().map(|moment| Event { at: moment.at, label: &moment.words, kind: kind(moment) }).collect();
            Lane { label: who, spans: waits(&own), events }
        })
        .collect();
    let place = names.iter().take_while(|who| matches!(**who, "chance" | "trial")).count();
    lanes.insert(place, Lane { label: "its VIP", spans: served(trial), events: Vec::new() });
    lanes
}

/// Whether the client's VIP is served.
fn served(trial: &TrialPage) -> Vec<Span<'static>> {
    let to = trial.downtime.unwrap_or(f64::INFINITY);
    let mut spans = Vec::new();
    if to > 0.0 {
        spans.push(Span { from: 0.0, to, label: "not served", kind: Kind::Bad });
    }
    if to.is_finite() {
        spans.push(Span { from: to, to: f64::INFINITY, label: "served", kind: Kind::Good });
    }
    spans
}

/// How long a client has no answer: from a last good reply to the next first one, or to the end of all.
fn waits<'t>(moments: &[&'t MomentPage]) -> Vec<Span<'t>> {
    let mut spans = Vec::new();
    let mut since = None;
    for moment in moments {
        match (moment.words.as_str(), since) {
            (LAST_REPLY, _) => since = Some(moment.at),
            (FIRST_REPLY, Some(from)) => {
                spans.push(Span { from, to: moment.at, label: "no answer", kind: Kind::Waiting });
                since = None;
            }
            _ => {}
        }
    }
    spans.extend(since.map(|from| Span { from, to: f64::INFINITY, label: "no answer", kind: Kind::Bad }));
    spans
}

fn kind(moment: &MomentPage) -> Kind {
    if moment.who == "chance" {
        Kind::Bad
    } else if moment.words == FIRST_REPLY || moment.words.starts_with("its service is ready") {
        Kind::Good
    } else {
        Kind::Plain
    }
}
