//! The decision record of each pool, in the order of MADR: context, drivers, options, outcome, consequences, how sure, then what speaks for and against each
//! option, with links to what shows it. Not here: what is said (`decision`), and the deciding.

use maud::{Markup, html};

use super::failover::mover_id;
use super::piece::{anchor, fact_link, name, prose, status};
use super::proofs;
use crate::Book;
use crate::decision::{Argument, Evidence, OptionSaid, Record, Said, Side, records};
use crate::failover::told;

pub(super) fn section(book: &Book) -> Markup {
    let records = records(book);
    html! {
        @for (place, record) in records.iter().enumerate() { (Shown { book, place, record }.record()) }
    }
}

struct Shown<'b> {
    book: &'b Book,
    /// Of the pool.
    place: usize,
    record: &'b Record,
}

impl Shown<'_> {
    fn record(&self) -> Markup {
        let record = self.record;
        html! {
            article class="record" id={ "decision-" (self.place) } {
                h3 class="title" { "Which mover for " (name(&record.pool)) "?" }
                p class="dim" { b { "Status: " } (record.status) "." }
                div class="short" { @for said in &record.short { p { (self.said(said)) } } }
                h4 { "Context and problem" }
                ul { @for said in &record.context { li { (self.said(said)) } } }
                h4 { "Decision drivers, in the order in which they count" }
                ol class="drivers" { @for driver in &record.drivers { li { b { (driver.name) ". " } (prose(&driver.words)) } } }
                h4 { "Considered options" }
                (self.considered())
                h4 { "Decision outcome" }
                p class="outcome" { @for said in &record.outcome { (self.said(said)) " " } }
                (self.ahead())
                @if !record.consequences.is_empty() { h4 { "Consequences" } (self.arguments(&record.consequences)) }
                (self.confidence())
                h4 { "Pros and cons of the options" }
                @for option in &record.options { (self.option(option)) }
            }
        }
    }

    /// All of them, each in a line.
    fn considered(&self) -> Markup {
        html! {
            div class="wide" tabindex="0" role="region" aria-label={ "Options for " (self.record.pool) } {
                table class="options" {
                    thead { tr { th class="number" { "#" } th { "option" } th class="number" { "p99" } th { "safety" } th { "costs" } } }
                    tbody {
                        @for (rank, option) in self.record.options.iter().enumerate() {
                            tr class=[option.named.then_some("named")] {
                                td class="number" { @if option.refusal.is_none() { (rank + 1) } @else { "–" } }
                                th scope="row" {
                                    a href={ "#" (self.option_id(option)) } { (option.mover) } @if option.named { " ★" }
                                    @if let Some(words) = told::mechanism(&option.mover) { p class="dim small how" { (words) } }
                                }
                                @if let Some(refusal) = &option.refusal {
                                    td colspan="3" { "cannot be used: " (prose(refusal)) }
                                } @else {
                                    td class="number" { (option.p99) } td { (option.safety) } td { (option.price) }
                                }
                            }
                        }
                    }
                }
            }
            p class="dim small" { "★ named by the model. p99: of the worst client in the worst scenario that decides; ≥: only a bound is honest." }
        }
    }

    fn ahead(&self) -> Markup {
        let behind = self.record.options.iter().filter_map(|option| Some((option, option.behind.as_ref()?)));
        let behind: Vec<_> = behind.collect();
        html! {
            @if let (Some(first), false) = (&self.record.first, behind.is_empty()) {
                p { (name(first)) " is ahead of" }
                ul class="ahead" { @for (option, said) in behind { li { (name(&option.mover)) ": " (self.said(said)) } } }
            }
        }
    }

    fn confidence(&self) -> Markup {
        let record = self.record;
        html! {
            @if !record.sure.is_empty() {
                h4 { "How sure it is" }
                ul { @for said in &record.sure { li { (self.said(said)) } } }
                h4 { "What would flip it" }
                @if record.flips.is_empty() { p { "No single fact that was varied makes another mover first." } }
                @else {
                    div class="wide" tabindex="0" role="region" aria-label="Facts at which the choice flips" {
                        table {
                            thead { tr { th { "fact" } th { "status" } th { "another mover is first if it is" } th { "then first" } } }
                            tbody {
                                @for flip in &record.flips {
                                    tr {
                                        td { (self.fact(&flip.fact)) @if let Some((question, _)) = &flip.question { p class="dim small" { (question) } } }
                                        td { @if let Some((_, word)) = &flip.question { (status(word)) } }
                                        td { (flip.at) } td { (name(&flip.first)) }
                                    }
                                }
                            }
                        }
                    }
                }
                h4 { "What to ask first" }
                @if record.ask.is_empty() { p { "No fact that was varied changes the choice, or its figure by more than trials can tell." } }
                @else { ol { @for said in &record.ask { li { (self.said(said)) } } } }
            }
        }
    }

    fn option(&self, option: &OptionSaid) -> Markup {
        html! {
            details class="finding option" id=(self.option_id(option)) open[option.named || option.behind.is_none() && option.refusal.is_none()] {
                summary {
                    span class="message" { (name(&option.mover)) @if option.named { " ★" } } " "
                    span class="dim" {
                        @if let Some(refusal) = &option.refusal { "cannot be used: " (prose(refusal)) }
                        @else { "p99 " (option.p99) " · " (option.safety) }
                    }
                }
                div class="body" {
                    @if let Some(words) = told::mechanism(&option.mover) { p { "How: " (words) "." } }
                    @if let Some(refusal) = &option.refusal { p { "Excluded: " (prose(refusal)) ". " (self.evidence(&Evidence::Mover(option.mover.clone()))) } }
                    (self.arguments(&option.arguments))
                }
            }
        }
    }

    fn option_id(&self, option: &OptionSaid) -> String {
        format!("option-{}-{}", self.place, anchor(&option.mover))
    }

    fn arguments(&self, arguments: &[Argument]) -> Markup {
        let class = |side: Side| match side {
            Side::Good => "good",
            Side::Neutral => "plain",
            Side::Bad => "bad",
        };
        html! {
            ul class="arguments" {
                @for argument in arguments {
                    li class=(class(argument.side)) {
                        span class="side" title=(argument.side.word()) {
                            span aria-hidden="true" { (argument.side.sign()) }
                            span class="spoken" { (argument.side.word()) ": " }
                        }
                        span { (self.said(&argument.said)) }
                    }
                }
            }
        }
    }

    fn said(&self, said: &Said) -> Markup {
        let inline = said.evidence.iter().find_map(|evidence| match evidence {
            Evidence::Fact(id) => said.words.split_once(&format!("`{id}`")).map(|(before, after)| (id, before, after)),
            _ => None,
        });
        html! {
            // A fact that is named is the link itself.
            @if let Some((id, before, after)) = inline { (prose(before)) (self.fact(id)) (prose(after)) } @else { (prose(&said.words)) }
            @for evidence in said.evidence.iter().filter(|evidence| !matches!((evidence, inline), (Evidence::Fact(one), Some((id, _, _))) if one == id)) {
                " " (self.evidence(evidence))
            }
        }
    }

    fn evidence(&self, evidence: &Evidence) -> Markup {
        let link = |to: &str, words: &str| html! { a class="evidence" href={ "#" (to) } { (words) } };
        match evidence {
            Evidence::Proof { mover, property } => {
                let found = proofs::told_at(self.book, &self.record.pool, mover, property);
                link(found.as_deref().unwrap_or("proofs"), property)
            }
            Evidence::Proofs => link("proofs", "proofs"),
            Evidence::Mover(mover) => link(&mover_id(self.place, mover), "details"),
            Evidence::Outages => link(&format!("outages-{}", self.place), "outages"),
            Evidence::Intents => link(&format!("intents-{}", self.place), "intents"),
            Evidence::Fact(id) => self.fact(id),
        }
    }

    /// A fact, with a link if it is told of.
    fn fact(&self, id: &str) -> Markup {
        linked(self.book, id)
    }
}

/// A fact by its id; one that the list of facts lacks leads nowhere.
pub(super) fn linked(book: &Book, id: &str) -> Markup {
    if book.facts.iter().any(|used| used.fact.id == id) { fact_link(id) } else { name(id) }
}
