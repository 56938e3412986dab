//! Who reaches whom: the intents with a packet each, the matrix by groups, rails and ports, and what a failure changes. Not here: following packets.

use maud::{Markup, html};

use super::piece::{self, Choice, at, cited, conditions, filter, name, prose, rail, verdict};
use crate::words::grouped;
use crate::{
    Afterwards, Book, IntentPacket, IntentResult, Leg, Mend, Mends, ReachAnswer, ReachCounts, ReachFailure, ReachRow,
    ReachWorld, Reachability, Trace, TraceHop, Way, WorldTrace,
};

/// Failures of a change that are named.
const FAILURES: usize = 6;

pub(super) fn section(book: &Book) -> Markup {
    html! {
        @if !book.report.intents.is_empty() { (intents(book)) }
        @if let Some(reach) = &book.reach { (matrix(reach)) }
        h3 id="failures" { "After a failure" }
        @match book.reach.as_ref().and_then(|reach| reach.after.as_ref()) {
            Some(after) => (afterwards(after)),
            None => p { "Left out: " code { "--without" } " says so." },
        }
    }
}

fn intents(book: &Book) -> Markup {
    html! {
        h3 { "What is meant" }
        @for intent in &book.report.intents {
            (intent_box(intent, book.packets.iter().filter(|packet| packet.intent == intent.text)))
        }
    }
}

fn intent_box<'a>(intent: &IntentResult, packets: impl Iterator<Item = &'a IntentPacket>) -> Markup {
    html! {
        details class="intent" {
            summary { (verdict(&intent.verdict)) " " span class="message" { (intent.text) } }
            div class="body" {
                @if let Some(place) = &intent.place { p { (at(place)) } }
                @if !intent.proof.is_empty() { ul { @for line in &intent.proof { li { (prose(line)) } } } }
                @match intent.about.as_str() {
                    "outage" => p { a href="#failover" { "How long clients are cut off" } },
                    "bandwidth" => p { a href="#bandwidth" { "What clients get" } },
                    _ => @if intent.verdict == "violated" { p { "How it fails is " a href="#findings" { "a finding" } "." } },
                }
                @for packet in packets { (trace(&packet.trace)) }
            }
        }
    }
}

fn trace(trace: &Trace) -> Markup {
    html! {
        div class="trace" {
            h4 {
                (name(&trace.from.name)) " → " (name(&trace.to.name)) " on " (name(&trace.port)) " " (verdict(&trace.answer))
                @if let Some(code) = &trace.code { " " code { (code) } }
            }
            @for choice in [&trace.from.choice, &trace.to.choice].into_iter().flatten() { p class="dim" { (prose(choice)) } }
            @for world in &trace.worlds { (world_box(world)) }
            @if let Some(mends) = &trace.mending { (mending(mends)) }
        }
    }
}

fn world_box(world: &WorldTrace) -> Markup {
    html! {
        @if !world.when.is_empty() { p { (verdict(&world.answer)) " if " (conditions(&world.when)) } }
        @if let Some(needs) = &world.needs { p { "It needs " (prose(&needs.what)) "." } }
        @for way in world.ways.iter().take(3) { (way_box(way)) }
        @if world.ways.len() > 3 { p class="dim" { "and " (world.ways.len() - 3) " other ways" } }
        @if !world.facts.is_empty() {
            details class="more" { summary { "rests on " (piece::counted(world.facts.len(), "fact")) } (cited(&world.facts)) }
        }
    }
}

fn way_box(way: &Way) -> Markup {
    html! {
        @if way.count > 1 { p class="dim" { "one of " (way.count) " like ways" } }
        (leg("request", &way.request))
        @for reply in &way.replies { (leg("reply", reply)) }
    }
}

fn leg(title: &str, leg: &Leg) -> Markup {
    html! {
        table class="hops" {
            caption { (title) }
            tbody {
                @for hop in &leg.hops { (hop_row(hop)) }
                tr class="end" {
                    th scope="row" { (verdict(if leg.delivered { "delivered" } else { "dropped" })) }
                    td { (prose(&leg.end)) @if let Some(meaning) = &leg.meaning { ": " (prose(meaning)) } }
                    td {}
                }
            }
        }
    }
}

fn hop_row(hop: &TraceHop) -> Markup {
    html! {
        tr {
            th scope="row" { (hop.stage) }
            td { (prose(&hop.words)) }
            td class="dim" { @if let Some(place) = &hop.place { (at(place)) } }
        }
    }
}

fn mending(mends: &Mends) -> Markup {
    let list = |title: &str, mends: &[Mend]| {
        html! {
            @if !mends.is_empty() {
                p { (title) }
                ul class="mends" {
                    @for mend in mends {
                        li {
                            (prose(&mend.words)) @if !mend.when.is_empty() { ", if " (conditions(&mend.when)) }
                            pre { code { (mend.write) } }
                        }
                    }
                }
            }
        }
    };
    html! {
        details class="more" {
            summary { "what would let it pass" }
            p class="dim" { (piece::counted(mends.tried, "edit")) " tried" @if mends.bound_hit { "; there are more than are tried at most" } }
            (list("Each of these alone:", &mends.offers))
            (list("Each of these, in some worlds:", &mends.partial))
            (list("These together:", &mends.together))
            @if mends.offers.is_empty() && mends.partial.is_empty() && mends.together.is_empty() { p { "No edit that was tried." } }
        }
    }
}

/// The answers of a row, in a word or two.
fn said(pairs: ReachCounts) -> (&'static str, String) {
    let counts = [(pairs.yes, "yes"), (pairs.no, "no"), (pairs.depends, "depends"), (pairs.undecided, "undecided")];
    let some: Vec<(u64, &'static str)> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
    match some.as_slice() {
        [] => ("absent", "nobody".to_owned()),
        [(_, word)] => (word, (*word).to_owned()),
        several => {
            let words: Vec<String> =
                several.iter().map(|(count, word)| format!("{} {word}", grouped(*count))).collect();
            ("mixed", words.join(", "))
        }
    }
}

/// Rows that differ in their port only, with their ports.
fn like_ports(rows: &[ReachRow]) -> Vec<(&ReachRow, String)> {
    let key = |row: &ReachRow| {
        let why = row.answers.iter().map(|answer| (answer.answer.clone(), reasons(&answer.worlds))).collect::<Vec<_>>();
        (row.from.clone(), row.to.clone(), row.rail.clone(), row.pairs, why)
    };
    let like = rows.chunk_by(|a, b| key(a) == key(b));
    like.map(|like| (&like[0], like.iter().map(|row| row.port.as_str()).collect::<Vec<_>>().join(", "))).collect()
}

fn reasons(worlds: &[ReachWorld]) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for world in worlds {
        let losses = world
            .losses
            .iter()
            .map(|loss| if loss.of_reply { format!("{} (reply)", loss.code) } else { loss.code.clone() });
        let needs = world.needs.iter().map(|needs| format!("needs {needs}"));
        for reason in losses.chain(needs) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons
}

fn matrix(reach: &Reachability) -> Markup {
    let rows = like_ports(&reach.rows);
    html! {
        h3 { "The matrix" }
        p {
            (grouped(reach.pairs.total())) " ordered pairs, once for each port: " (grouped(reach.pairs.yes)) " yes, " (grouped(reach.pairs.no)) " no, "
            (grouped(reach.pairs.depends)) " depend, " (grouped(reach.pairs.undecided)) " undecided."
            @if reach.not_asked > 0 { " Nothing is said of " (grouped(reach.not_asked)) " more: the bound was hit." }
        }
        (filter("matrix", &[
            Choice { attribute: "rail", title: "Rail", values: &["tcp", "rdma"] },
            Choice { attribute: "answer", title: "Answer", values: &["yes", "no", "depends", "undecided", "mixed"] },
        ]))
        div id="matrix" {
            @if (2..=GRID).contains(&reach.groups.len()) { (grid(reach, &rows)) }
            (list(&rows))
        }
        @if !reach.left_out.is_empty() {
            details class="more" {
                summary { (piece::counted(reach.left_out.len(), "instance")) " left out: on which rail their NICs are, the input does not say" }
                ul { @for left in &reach.left_out { li { (name(&left.instance)) " needs " (prose(&left.needs)) } } }
            }
        }
    }
}

/// Groups beyond which a grid is too wide to be read.
const GRID: usize = 14;

/// Senders down, ends across, a chip for each rail and answer.
fn grid(reach: &Reachability, rows: &[(&ReachRow, String)]) -> Markup {
    let senders = reach.groups.iter().filter(|group| rows.iter().any(|(row, _)| row.from == group.name));
    let ends: Vec<_> = reach.groups.iter().filter(|group| rows.iter().any(|(row, _)| row.to == group.name)).collect();
    html! {
        div class="wide" tabindex="0" role="region" aria-label="Reachability by groups" {
            table class="grid" {
                thead { tr { th { "from ↓ to →" } @for end in &ends { th scope="col" { (name(&end.name)) span class="dim" { " " (grouped(end.size)) } } } } }
                tbody {
                    @for sender in senders {
                        tr {
                            th scope="row" { (name(&sender.name)) span class="dim" { " " (grouped(sender.size)) } }
                            @for end in &ends {
                                td { @for (row, ports) in rows.iter().filter(|(row, _)| row.from == sender.name && row.to == end.name) { (chip(row, ports)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn chip(row: &ReachRow, ports: &str) -> Markup {
    let (answer, words) = said(row.pairs);
    let (tone, sign) = if answer == "mixed" { ("maybe", "◑") } else { piece::tone(answer) };
    html! {
        span class={ "reach " (tone) } data-item data-rail=(row.rail.as_deref().unwrap_or_default()) data-answer=(answer) title=(words) {
            span class="sign" aria-hidden="true" { (sign) }
            span class="spoken" { (words) " " }
            (rail(row.rail.as_deref())) " " (ports)
        }
    }
}

fn list(rows: &[(&ReachRow, String)]) -> Markup {
    html! {
        details class="more" open[rows.len() <= 40] {
            summary { "Every row with its reason" }
            div class="wide" tabindex="0" role="region" aria-label="Reachability row by row" {
                table class="rows" {
                    thead { tr { th { "from" } th { "to" } th { "rail" } th { "port" } th { "answer" } th { "why" } } }
                    tbody { @for (row, ports) in rows { (line(row, ports)) } }
                }
            }
        }
    }
}

fn line(row: &ReachRow, ports: &str) -> Markup {
    let (answer, words) = said(row.pairs);
    html! {
        tr data-item data-rail=(row.rail.as_deref().unwrap_or_default()) data-answer=(answer) {
            td { (name(&row.from)) }
            td { (name(&row.to)) }
            td { (rail(row.rail.as_deref())) }
            td { (ports) }
            td { @if answer == "mixed" { span class="verdict maybe" { span class="sign" aria-hidden="true" { "◑" } (words) } } @else { (verdict(answer)) } }
            td {
                @if row.pairs.yes < row.pairs.total() {
                    details class="why" {
                        summary {
                            @for (place, reason) in row.answers.iter().flat_map(|answer| reasons(&answer.worlds)).enumerate() {
                                @if place > 0 { ", " }
                                @if reason.starts_with("needs ") { (prose(&reason)) } @else { code { (reason) } }
                            }
                        }
                        @for answer in row.answers.iter().filter(|answer| answer.answer != "yes") { (witness(answer)) }
                    }
                }
            }
        }
    }
}

/// One of the pairs, and the decision that drops it.
fn witness(answer: &ReachAnswer) -> Markup {
    html! {
        p {
            (piece::counted(usize::try_from(answer.pairs).unwrap_or(usize::MAX), "pair")) ", such as " (name(&answer.from)) " → " (name(&answer.to))
        }
        @for world in answer.worlds.iter().filter(|world| !world.when.is_empty()) {
            p { (verdict(&world.outcome)) " if " (conditions(&world.when)) }
        }
        @if let Some(hop) = &answer.dropped_by {
            p { b { (hop.stage) } ": " (prose(&hop.words)) @if let Some(place) = &hop.place { " " (at(place)) } }
            (cited(&hop.facts))
        }
    }
}

fn afterwards(after: &Afterwards) -> Markup {
    html! {
        p {
            "After " (after.failing) " failed (" (piece::counted(usize::try_from(after.failures).unwrap_or(usize::MAX), "failure"))
            " looked at), each VIP being with any candidate that is left"
            @if after.changes.is_empty() { ", those who are left reach whom they reached." } @else { ":" }
            @if after.not_tried > 0 { " Nothing is said of " (grouped(after.not_tried)) " more failures: the bound was hit." }
        }
        @if !after.changes.is_empty() {
            div class="wide" tabindex="0" role="region" aria-label="What a failure changes" {
                table {
                    thead { tr { @for title in ["from", "to", "rail", "port", "before", "after", "pairs", "why", "when this fails"] { th { (title) } } } }
                    tbody {
                        @for change in &after.changes {
                            tr {
                                td { (name(&change.from)) } td { (name(&change.to)) } td { (rail(change.rail.as_deref())) } td { (change.port) }
                                td { (verdict(&change.before)) } td { (verdict(&change.after)) } td class="number" { (grouped(change.pairs)) }
                                td { (prose(&change.why.join(", "))) " " span class="dim" { "such as " (change.witness) } }
                                td { (failures(&change.failures)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn failures(failures: &[ReachFailure]) -> Markup {
    html! {
        @for (place, failure) in failures.iter().take(FAILURES).enumerate() {
            @if place > 0 { "; " }
            (piece::names(&failure.down)) @if failure.like > 1 { " and " (grouped(failure.like - 1)) " like it" }
        }
        @if failures.len() > FAILURES { "; and " (failures.len() - FAILURES) " more" }
    }
}
