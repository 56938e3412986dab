//! What was proved of movers: a table of movers and properties, then each violation as a diagram of who does what. Not here: the diagram itself (`sequence`).

use maud::{Markup, html};

use super::piece::{self, anchor, conditions, name, prose, verdict};
use super::sequence::diagram;
use crate::words::grouped;
use crate::{Book, Explored, MoverProof, PoolProof, ProofWorld, Proofs, PropertyPage, PropertyVerdict, Sequence};

pub(super) fn section(book: &Book) -> Markup {
    let Some(proofs) = &book.proofs else {
        return html! { p { "Left out: " code { "--without proofs" } " says so." } };
    };
    html! {
        @if proofs.pools.is_empty() {
            p { "There is no pool of virtual IPs in the input: nothing to prove." }
        } @else {
            p {
                "Every state of a small system is looked at, under faults. A property is " (verdict("proved")) ", or " (verdict("violated"))
                " with the shortest way there, or it " (verdict("depends")) " on a fact that nobody has confirmed. "
                (verdict("vacuous")) ": what it is about never comes; " (verdict("absent")) ": it does not arise."
            }
            p class="dim" {
                "In the pictures ◆ is a fault and ● a step of whoever stands above it, with an arrow to whom it reaches. Beside them stands who "
                "has each VIP, until that changes: (name) would serve it and is refused by the storage; late: name gets the packets of hosts that "
                "have not heard of the last change."
            }
            @for (place, pool) in proofs.pools.iter().enumerate() { (pool_box(pool, proofs, place)) }
            (properties(proofs))
        }
    }
}

fn pool_box(pool: &PoolProof, proofs: &Proofs, place: usize) -> Markup {
    html! {
        h3 { (name(&pool.pool)) " over " (name(&pool.cluster)) }
        @if let Some(explored) = &pool.explored { p class="dim" { (scope(pool, explored)) } }
        (table(pool, proofs, place))
        @for mover in &pool.movers {
            @let told = mover.verdicts.iter().filter(|found| is_told(found)).count();
            @if mover.named || told == 0 || mover.refusal.is_some() { (mover_box(mover, proofs, place)) } @else {
                details class="rest" {
                    summary { (name(&mover.mover)) ", which the model does not name: " (counts(mover)) }
                    (mover_box(mover, proofs, place))
                }
            }
        }
    }
}

/// `2 violated, 1 depends`
fn counts(mover: &MoverProof) -> String {
    let words = ["violated", "depends", "undecided", "bound-hit", "vacuous"];
    let count = |word: &str| mover.verdicts.iter().filter(|found| found.verdict == word).count();
    let counts: Vec<(usize, &str)> =
        words.map(|word| (count(word), word)).into_iter().filter(|(count, _)| *count > 0).collect();
    crate::words::counts(&counts)
}

fn scope(pool: &PoolProof, explored: &Explored) -> String {
    let mut words = format!(
        "{} nodes, {} VIPs, {} controllers and {} faults are explored, of {} nodes and {} VIPs; fence: {}",
        explored.nodes,
        explored.vips,
        explored.controllers,
        explored.faults,
        pool.all_nodes,
        pool.all_vips,
        explored.fence
    );
    if !explored.at_most.is_empty() {
        words.push_str("; at most ");
        words.push_str(&explored.at_most.join(", "));
    }
    if let Some(reserved) = &explored.reserved {
        words.push_str("; addresses reserved: ");
        words.push_str(reserved);
    }
    if explored.repaired {
        words.push_str("; a group recreates instances");
    }
    if let Some(without) = &explored.without {
        words.push_str("; left out: ");
        words.push_str(without);
    }
    words
}

fn table(pool: &PoolProof, proofs: &Proofs, place: usize) -> Markup {
    html! {
        div class="wide" tabindex="0" role="region" aria-label={ "Movers and properties of " (pool.pool) } {
            table class="proofs" {
                thead {
                    tr {
                        th scope="col" { "mover" }
                        @for page in &proofs.properties { th scope="col" { a href={ "#property-" (page.code) } title=(page.title) { (page.code) } } }
                        th scope="col" class="number" { "states" }
                    }
                }
                tbody { @for mover in &pool.movers { (row(mover, proofs, place)) } }
            }
        }
        @if pool.movers.iter().any(|mover| !mover.named) {
            p class="dim small" {
                "★ named by the model. The others are tried as if the addresses lay where they need them."
            }
        }
    }
}

fn row(mover: &MoverProof, proofs: &Proofs, place: usize) -> Markup {
    let states = mover.efforts.iter().map(|effort| effort.states).max();
    html! {
        tr class=[mover.named.then_some("named")] {
            th scope="row" { @if mover.named { "★ " } (mover.mover) }
            @if let Some(refusal) = &mover.refusal {
                td colspan=(proofs.properties.len() + 1) { (verdict("refused")) " " (prose(refusal)) }
            } @else {
                @for verdict in &mover.verdicts { td { (cell(mover, verdict, place)) } }
                td class="number" { @if let Some(states) = states { (grouped(states)) } }
            }
        }
    }
}

/// A verdict, leading to what is told of it.
fn cell(mover: &MoverProof, found: &PropertyVerdict, place: usize) -> Markup {
    if is_told(found) {
        html! { a href={ "#" (id(mover, &found.property, place)) } { (verdict(&found.verdict)) } }
    } else {
        html! { (verdict(&found.verdict)) }
    }
}

/// What is more than its sign in the table.
fn is_told(verdict: &PropertyVerdict) -> bool {
    !matches!(verdict.verdict.as_str(), "proved" | "absent")
}

fn id(mover: &MoverProof, property: &str, place: usize) -> String {
    format!("proof-{place}-{}-{}", anchor(&mover.mover), anchor(property))
}

/// The anchor of what is told of a property of a mover, if anything is.
pub(super) fn told_at(book: &Book, pool: &str, mover: &str, property: &str) -> Option<String> {
    let pools = book.proofs.iter().flat_map(|proofs| &proofs.pools);
    let (place, pool) = pools.enumerate().find(|(_, found)| found.pool == pool)?;
    let mover = pool.movers.iter().find(|found| found.mover == mover && found.refusal.is_none())?;
    let found = mover.verdicts.iter().find(|found| found.property == property && is_told(found))?;
    Some(id(mover, &found.property, place))
}

fn mover_box(mover: &MoverProof, proofs: &Proofs, place: usize) -> Markup {
    let mut shown: Vec<(String, &Sequence)> = Vec::new();
    html! {
        @for refused in &mover.refused_if {
            p { (name(&mover.mover)) " is " (verdict("refused")) " if " (conditions(&refused.when)) ": " (prose(&refused.refusal)) }
        }
        @for found in mover.verdicts.iter().filter(|found| is_told(found) && mover.refusal.is_none()) {
            details class="proof" id=(id(mover, &found.property, place)) open[mover.named && found.verdict == "violated"] {
                summary {
                    (verdict(&found.verdict)) " "
                    span class="message" { (name(&mover.mover)) " " (found.property) " " (title(proofs, &found.property)) }
                }
                div class="body" {
                    @if found.verdict == "vacuous" { p { "It is never reached that " (page(proofs, &found.property).map_or("", |page| &page.twin)) "." } }
                    @if found.verdict == "bound-hit" { p { "A bound ended the exploration before every state was seen." } }
                    @for (number, world) in found.worlds.iter().enumerate() {
                        (world_box(world, &format!("{}-{number}", id(mover, &found.property, place)), &mut shown))
                    }
                }
            }
        }
    }
}

fn page<'p>(proofs: &'p Proofs, code: &str) -> Option<&'p PropertyPage> {
    proofs.properties.iter().find(|page| page.code == code)
}

fn title<'p>(proofs: &'p Proofs, code: &str) -> &'p str {
    page(proofs, code).map_or("", |page| &page.title)
}

/// What holds in some worlds. Several properties may be violated by the same steps, which are drawn once.
fn world_box<'b>(world: &'b ProofWorld, id: &str, shown: &mut Vec<(String, &'b Sequence)>) -> Markup {
    let same = |known: &&(String, &Sequence)| {
        world
            .counterexample
            .as_ref()
            .is_some_and(|sequence| known.1.steps == sequence.steps && known.1.repeats_from == sequence.repeats_from)
    };
    let known = shown.iter().find(same).map(|(id, _)| id.clone());
    if let (None, Some(sequence)) = (&known, &world.counterexample) {
        shown.push((id.to_owned(), sequence));
    }
    html! {
        @if !world.when.is_empty() { p { (verdict(&world.verdict)) " if " (conditions(&world.when)) } }
        @if let Some(why) = &world.why { p { (prose(why)) } }
        @if let Some(sequence) = &world.counterexample {
            @if let Some(known) = known { p { "By " a href={ "#" (known) } { "the same steps as above" } ":" } (shows(sequence)) }
            @else { figure class="sequence" id=(id) { (diagram(sequence)) figcaption { (shows(sequence)) } } }
        }
        @if let Some(file) = &world.file { p class="dim" { "Written to " (name(file)) "; " code { "twinrail replay" } " shows it again." } }
    }
}

fn shows(sequence: &Sequence) -> Markup {
    html! { ul class="shows" { @for line in &sequence.shows { li { (prose(line)) } } } }
}

fn properties(proofs: &Proofs) -> Markup {
    html! {
        details class="more" {
            summary { "What the properties say" }
            dl class="properties" {
                @for page in &proofs.properties {
                    dt id={ "property-" (page.code) } { b { (page.code) } " " (page.title) }
                    dd { (prose(&page.meaning)) span class="dim" { " Under: " (page.faults.join(", ")) "." } }
                }
            }
            p class="dim" {
                "The exploration stops at " (grouped(proofs.bounds.states)) " states of a mover; "
                (piece::counted(proofs.facts.len(), "fact")) " are used."
            }
        }
    }
}
