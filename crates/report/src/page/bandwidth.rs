//! Whether the bandwidth is enough: a sentence, what clients get under each condition, how full each limit is under it, what open facts flip, intents, then
//! each condition with its nodes. Not here: the shares, and what a condition opens to (`condition`).

mod condition;

use maud::{Markup, html};

use super::chart::{Kind, Meter, meter};
use super::decision::linked;
use super::piece::{name, prose, status, verdict};
use crate::bandwidth::told::{self, Got};
use crate::words::counted;
use crate::{
    AloneFact, AloneValue, Bandwidth, BandwidthRow, BandwidthVerdict, BandwidthWorld, Book, LoadPage, SystemBandwidth,
};

/// Answers with several facts at once that are listed.
const WORLDS: usize = 8;

/// Lists of conditions of an answer that are written out.
const ALTERNATIVES: usize = 2;

pub(super) fn section(book: &Book) -> Markup {
    let Some(bandwidth) = &book.bandwidth else {
        return html! { p { "Not asked for." } };
    };
    html! {
        @if let Some(needs) = &bandwidth.needs { p { "Bandwidth was not looked at: it needs " (prose(needs)) "." } }
        @if !bandwidth.systems.is_empty() {
            p class="dim" {
                "What the model's workload asks for is shared out under every cap, with everything up and with parts down; of like cases the worst "
                "is shown. Figures and bars are those with the first value of every open fact; in brackets, and as a line through a bar, within which all "
                "worlds lie that were looked at."
            }
        }
        @for (place, system) in bandwidth.systems.iter().enumerate() { (Shown { book, system, place }.system()) }
        @if told::is_looked_at(bandwidth) { (intents(book, bandwidth)) }
        @if told::is_looked_at(bandwidth) && !bandwidth.caveats.is_empty() {
            h3 { "What the figures do not say" }
            ul class="dim" { @for caveat in &bandwidth.caveats { li { (prose(caveat)) } } }
        }
    }
}

struct Shown<'b> {
    book: &'b Book,
    system: &'b SystemBandwidth,
    /// Of the system.
    place: usize,
}

impl Shown<'_> {
    fn system(&self) -> Markup {
        let system = self.system;
        html! {
            h3 { (name(&system.cluster)) }
            p class="lead" { (prose(&told::lead(system))) }
            p class="dim" { (prose(&told::setting(system))) "." }
            @if !system.rows.is_empty() {
                (self.given())
                (self.filled())
                (self.flips())
                h4 { "Each condition" }
                @let first = system.rows.iter().position(|row| row.verdict != "enough");
                @for (place, row) in system.rows.iter().enumerate() { (self.condition(row, place, first == Some(place))) }
            }
            @if !system.unknown.is_empty() {
                h4 { "Not looked at" }
                ul class="dim" { @for unknown in &system.unknown { li { (prose(unknown)) } } }
            }
        }
    }

    /// The anchor of a condition.
    fn id(&self, row: usize) -> String {
        format!("bandwidth-{}-{row}", self.place)
    }

    /// A condition as the first cell of its row; a rebuild stands below what it follows.
    fn head(&self, row: &BandwidthRow, place: usize) -> Markup {
        let follows = row.rebuilds && place > 0 && self.system.rows[place - 1].condition == row.condition;
        html! {
            th scope="row" class=[follows.then_some("follows")] {
                a href={ "#" (self.id(place)) } {
                    @if follows { span class="spoken" { (row.condition) ", " } "and a rebuild" } @else { (told::title(row)) }
                }
            }
        }
    }

    /// What clients get under each condition.
    fn given(&self) -> Markup {
        let kinds = told::kinds(self.system);
        html! {
            h4 { "What clients get" }
            div class="wide" tabindex="0" role="region" aria-label={ "What clients get of " (self.system.cluster) } {
                table class="given" {
                    thead {
                        tr {
                            th { "condition" } th { "verdict" }
                            @for kind in &kinds { th { (kind) ", Gbps" } }
                            th { "rebuild" } th { "fullest limit" }
                        }
                    }
                    tbody { @for (place, row) in self.system.rows.iter().enumerate() { (self.given_row(row, place, &kinds)) } }
                }
            }
            p class="dim small" {
                "Bar: what is given of what is asked for. Green: all of it, in every world. Violet: in some worlds. Red: in none that was looked at."
            }
        }
    }

    fn given_row(&self, row: &BandwidthRow, place: usize, kinds: &[&str]) -> Markup {
        html! {
            tr {
                (self.head(row, place))
                td { (verdict(&row.verdict)) }
                @if let Some(needs) = &row.needs {
                    td colspan=(kinds.len() + 2) { "needs " (prose(needs)) }
                } @else {
                    @for kind in kinds { td class="got" { @if let Some(got) = told::got(row, kind) { (got_shown(kind, &got, "")) } } }
                    td class="rebuilt" { @if let Some(rebuild) = &row.rebuild { (rebuild_shown(rebuild)) } }
                    td class="fullest" {
                        @if let Some(load) = told::fullest(row) { (fullest_shown(load)) }
                        @if let Some(bound) = told::held_back(row) { br; (bound) }
                    }
                }
            }
        }
    }

    /// How full each limit is on the node where it is fullest.
    fn filled(&self) -> Markup {
        let (limits, others) = told::limits(self.system);
        html! {
            @if !limits.is_empty() {
                h4 { "How full each limit is" }
                div class="wide" tabindex="0" role="region" aria-label={ "Loads beside caps of " (self.system.cluster) } {
                    table class="fill" {
                        thead { tr { th { "condition" } @for limit in &limits { th { (limit) } } } }
                        tbody {
                            @for (place, row) in self.system.rows.iter().enumerate() {
                                tr {
                                    (self.head(row, place))
                                    @for limit in &limits {
                                        td { @if let Some(load) = told::fullest_of(row, limit) { (load_shown(row, load)) } }
                                    }
                                }
                            }
                        }
                    }
                }
                p class="dim small" {
                    "On the node where it is fullest. Grey: the cap. Red: full. " b { "◆" } " it keeps somebody from more."
                    @if !others.is_empty() { " Less full than all of these, and with each condition below: " (others.join("; ")) "." }
                }
            }
        }
    }

    /// Open facts and what each of their values alone changes.
    fn flips(&self) -> Markup {
        let (alone, together): (Vec<_>, Vec<_>) =
            told::flips(self.system).into_iter().partition(|(_, values)| !values.is_empty());
        html! {
            @if !alone.is_empty() || !together.is_empty() { h4 { "What open facts flip" } }
            @if !alone.is_empty() {
                div class="wide" tabindex="0" role="region" aria-label={ "Open facts on which bandwidth of " (self.system.cluster) " hangs" } {
                    table class="flips" {
                        thead { tr { th { "fact" } th { "status" } th { "if it is" } th { "then, while all others have their first value" } } }
                        tbody {
                            @for (fact, values) in &alone {
                                @for (place, flip) in values.iter().enumerate() {
                                    tr {
                                        @if place == 0 {
                                            th scope="row" rowspan=(values.len()) { (linked(self.book, &fact.id)) p class="dim small" { (fact.question) } }
                                            td rowspan=(values.len()) { (status(&fact.status)) }
                                        }
                                        td { b { (flip.value) } }
                                        td { (self.flipped(&flip.rows)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            @if !together.is_empty() {
                p class="dim" {
                    "Only together with other facts: "
                    @for (place, (fact, _)) in together.iter().enumerate() { @if place > 0 { ", " } (linked(self.book, &fact.id)) }
                    "."
                }
            }
        }
    }

    fn flipped(&self, rows: &[(&BandwidthRow, &AloneValue)]) -> Markup {
        let place =
            |row: &BandwidthRow| self.system.rows.iter().position(|known| std::ptr::eq(known, row)).unwrap_or(0);
        html! {
            ul class="worlds" {
                @for (row, value) in rows {
                    li { (verdict(&value.answer)) " " a href={ "#" (self.id(place(row))) } { (told::title(row)) } span class="dim" { ": " (value.figures) } }
                }
            }
        }
    }
}

/// How good a verdict is.
fn kind(verdict: &str) -> Kind {
    match verdict {
        "enough" => Kind::Good,
        "not enough" => Kind::Bad,
        _ => Kind::Waiting,
    }
}

/// Given of asked as a bar, with its figures; the unit stands in the head of the column, or behind them.
fn got_shown(what: &str, got: &Got, unit: &str) -> Markup {
    let words = format!("{what}: {}", got.rated());
    let range = Some((got.part(got.least), got.part(got.most)));
    html! {
        (meter(&Meter { part: got.part(got.achieved), range, kind: kind(got.verdict()), words: &words }))
        span class="figure" { (got.share()) (unit) @if let Some(range) = got.range() { span class="dim" { " (" (range) ")" } } }
    }
}

fn rebuild_shown(rebuild: &crate::RebuildPage) -> Markup {
    html! {
        span class=[told::is_late(rebuild).then_some("full")] { (told::rebuild(rebuild)) }
        @if let Some(allowed) = told::allowed(rebuild) { span class="dim small" { ", " (allowed) } }
    }
}

/// A load as a bar, with how full that is.
fn load_shown(row: &BandwidthRow, load: &LoadPage) -> Markup {
    let words = format!("{}: {}, {}", load.limit, told::load(load), told::percent(load));
    let kind = if told::is_full(load) { Kind::Bad } else { Kind::Plain };
    html! {
        (meter(&Meter { part: load.part(), range: None, kind, words: &words }))
        span class={ "figure" @if told::is_full(load) { " full" } } {
            (told::percent(load)) @if told::binds(row, load) { " " span title="keeps somebody from more" { "◆" } }
        }
    }
}

/// The limit that is nearest to its cap, in words.
fn fullest_shown(load: &LoadPage) -> Markup {
    html! { (load.limit) ": " b class={ "figure" @if told::is_full(load) { " full" } } { (told::percent(load)) } }
}

fn intents(book: &Book, bandwidth: &Bandwidth) -> Markup {
    html! {
        h3 { "Intents on bandwidth" }
        @if bandwidth.intents.is_empty() { p { "No intent of the model says how much has to arrive." } }
        @for verdict in &bandwidth.intents { (intent(book, verdict)) }
    }
}

fn intent(book: &Book, intent: &BandwidthVerdict) -> Markup {
    html! {
        article class="outage" {
            p { (verdict(&intent.verdict)) " " (name(&intent.intent)) }
            @if let Some(least) = told::least(intent) { p class="dim" { "With the first value of every open fact " (least) "." } }
            @if let Some(needs) = &intent.needs { p { "It needs " (prose(needs)) "." } }
            @if intent.verdict == "bound-hit" { p class="dim" { "Not all worlds were looked at." } }
            (alone(book, &intent.alone))
            (worlds(&intent.worlds))
        }
    }
}

/// What each value of a fact comes to while all others have their first value.
fn alone(book: &Book, facts: &[AloneFact]) -> Markup {
    html! {
        @if !facts.is_empty() {
            details class="more" {
                summary { "What " (counted(facts.len(), "open fact")) (if facts.len() == 1 { " changes" } else { " change" }) " alone" }
                div class="wide" tabindex="0" role="region" aria-label="What single facts change" {
                    table class="alone" {
                        thead { tr { th { "fact" } th { "value" } th { "verdict" } th { "figures" } } }
                        @for fact in facts {
                            tbody {
                                @for (place, value) in fact.values.iter().enumerate() {
                                    tr {
                                        @if place == 0 { th scope="rowgroup" rowspan=(fact.values.len()) { (linked(book, &fact.fact)) } }
                                        td { (value.value) @if place == 0 { span class="dim" { " (shown)" } } }
                                        td { (verdict(&value.answer)) }
                                        td { (prose(&value.figures)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Answers with several facts at once, of which the first are listed.
fn worlds(worlds: &[BandwidthWorld]) -> Markup {
    html! {
        @if !worlds.is_empty() {
            details class="more" {
                summary { (counted(worlds.len(), "different answer")) " in all worlds that were looked at" }
                ul class="worlds" {
                    @for world in &worlds[..worlds.len().min(WORLDS)] {
                        li {
                            (verdict(&world.answer)) " " (prose(&world.figures))
                            @if !world.when.is_empty() {
                                div class="dim small" {
                                    "if " (super::piece::conditions(&world.when[..world.when.len().min(ALTERNATIVES)]))
                                    @if world.when.len() > ALTERNATIVES { ", or in " (world.when.len() - ALTERNATIVES) " more ways" }
                                }
                            }
                        }
                    }
                }
                @if worlds.len() > WORLDS {
                    p class="dim small" { (worlds.len() - WORLDS) " more: " code { "twinrail bandwidth --details" } " prints all." }
                }
            }
        }
    }
}
