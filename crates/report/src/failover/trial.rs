//! One trial, moment by moment: who did what at which second, and what the client noticed. Not here: how trials are played.

use std::io::{self, Write};

use anstyle::Style;
use schemars::JsonSchema;
use serde::Serialize;
use twinrail_facts::Ended;
use twinrail_model::Protocol;
use twinrail_sim::Event;
use twinrail_sim::failover::{Cast, Replayed};
use twinrail_sim::trial::What;

use super::text::seconds;
use crate::TextOptions;
use crate::prove::message::Message;
use crate::words::escape;

/// A trial.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TrialPage {
    pub mover: String,
    pub scenario: String,
    pub seed: u64,
    pub trial: u32,
    /// By time.
    pub moments: Vec<MomentPage>,
    /// How long the client's VIP was not served, in seconds; nothing: it never was again.
    pub downtime: Option<f64>,
    pub clients: Vec<TrialClient>,
}

/// What a client saw.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TrialClient {
    pub protocol: String,
    /// Its longest outage, in seconds; nothing: it had no end within the horizon.
    pub outage: Option<f64>,
}

/// One moment.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MomentPage {
    /// Seconds from the first fault on; negative before it.
    pub at: f64,
    /// Who acts: a controller, a node, `platform`, `chance`, `hosts`, `client nfs4-tcp`.
    pub who: String,
    pub words: String,
}

/// The first fault of a script is a second after the start.
const FIRST_FAULT: f64 = 1.0;

/// Makes a printable value of a trial that was played alone.
pub fn trial(cast: &Cast, protocols: &[Protocol], replayed: &Replayed) -> TrialPage {
    let mut moments = events(cast, replayed);
    for (protocol, (_, log)) in protocols.iter().zip(&replayed.clients) {
        let who = format!("client {}", protocol.word());
        let steps = log.steps.iter();
        moments.extend(steps.map(|(at, step)| MomentPage {
            at: at.seconds() - FIRST_FAULT,
            who: who.clone(),
            words: step.to_string(),
        }));
    }
    moments.sort_by(|one, other| one.at.total_cmp(&other.at));
    let seconds = |ended: Ended| match ended {
        Ended::After(time) => Some(time.seconds()),
        Ended::Never => None,
    };
    TrialPage {
        mover: cast.setting.mover.0.word().to_owned(),
        scenario: replayed.scenario.word().to_owned(),
        seed: replayed.luck.seed,
        trial: replayed.luck.trial,
        moments,
        downtime: seconds(replayed.course.downtime),
        clients: protocols
            .iter()
            .zip(&replayed.outages)
            .map(|(protocol, outage)| TrialClient { protocol: protocol.word().to_owned(), outage: seconds(*outage) })
            .collect(),
    }
}

fn events(cast: &Cast, replayed: &Replayed) -> Vec<MomentPage> {
    let setting = &cast.setting;
    let names = |node: u8| setting.names.get(usize::from(node)).cloned().unwrap_or_default();
    let vip = |vip: u8| setting.vip_names.get(usize::from(vip)).cloned().unwrap_or_default();
    let recorded = replayed.timeline.moments();
    let mut moments = Vec::new();
    for (place, moment) in recorded.iter().enumerate() {
        let (who, words) = match moment.what {
            What::Turn if place == 0 => continue,
            What::Turn => ("trial".to_owned(), "the next VIPs of the incident".to_owned()),
            What::Event(event) => {
                let before = &recorded[place - 1].after;
                Message { setting, before, event, after: &moment.after }.words()
            }
            What::Heard(of) => {
                let hops = moment.after.destinations(setting, of);
                let to: Vec<String> = hops.iter().map(names).collect();
                let to = if to.is_empty() { "nowhere".to_owned() } else { format!("to {}", to.join(", ")) };
                ("hosts".to_owned(), format!("send packets for {} {to} from now on", vip(of)))
            }
            What::Ready { node, vip: of } => (names(node), format!("its service is ready for {}", vip(of))),
        };
        // Whatever the platform tells hosts is told by what hosts do.
        if !matches!(moment.what, What::Event(Event::Program { .. })) {
            moments.push(MomentPage { at: moment.at.seconds() - FIRST_FAULT, who, words });
        }
    }
    moments
}

/// Writes a trial as text.
pub fn trial_text(trial: &TrialPage, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    const BOLD: Style = Style::new().bold();
    let title = format!("{}, {}: trial {} of seed {}", trial.mover, trial.scenario, trial.trial, trial.seed);
    writeln!(out, "{}\n", options.paint(BOLD, &title))?;
    let width = trial.moments.iter().map(|moment| moment.who.chars().count()).max().unwrap_or(0);
    for moment in &trial.moments {
        writeln!(out, "{:>11.3} s  {:width$}  {}", moment.at, escape(&moment.who), escape(&moment.words))?;
    }
    let end = |time: Option<f64>| time.map_or_else(|| "never ends".to_owned(), seconds);
    writeln!(out, "\nthe client's VIP was not served: {}", end(trial.downtime))?;
    for client in &trial.clients {
        writeln!(out, "outage of a client ({}): {}", client.protocol, end(client.outage))?;
    }
    Ok(())
}

/// Writes a trial as JSON.
pub fn trial_json(trial: &TrialPage, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, trial)?;
    writeln!(out)
}
