//! The answers, short: one card for each question that a user comes with. Not here: the reasons.

use maud::{Markup, html};

use super::piece;
use crate::words::{counted, grouped, headline};
use crate::{Book, Finding};

/// The inputs in a few words.
pub(super) fn inputs(book: &Book) -> String {
    match book.report.inputs.as_slice() {
        [] => "no input".to_owned(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first} and {}", counted(rest.len(), "more input")),
    }
}

pub(super) fn title(book: &Book) -> Markup {
    html! {
        h1 id="summary-title" { (inputs(book)) }
        p class="made" { "Network report, as of " time datetime=(book.made.date) { (book.made.date) } " · " (book.made.tool) }
    }
}

pub(super) fn section(book: &Book) -> Markup {
    html! {
        p class="headline" { (headline(&book.report)) }
        ul class="cards" {
            (accepted(book))
            (intended(book))
            (failing(book))
            (moving(book))
            (unconfirmed(book))
        }
        p class="contents" {
            @for (place, contents) in book.report.contents.iter().enumerate() {
                @if place > 0 { " · " }
                b { (grouped(contents.count as u64)) } " " (contents.kind)
            }
        }
    }
}

/// One question and its answer.
fn card(anchor: &str, question: &str, verdict: &str, answer: &str, detail: &str) -> Markup {
    let (tone, sign) = piece::tone(verdict);
    html! {
        li class={ "card " (tone) } {
            h3 { a href={ "#" (anchor) } { (question) } }
            p class="answer" { span class="sign" aria-hidden="true" { (sign) } (piece::prose(answer)) }
            p class="detail" { (piece::prose(detail)) }
        }
    }
}

/// Findings that count: neither suppressed nor known before.
fn of_class<'a>(book: &'a Book, class: &'a str) -> impl Iterator<Item = &'a Finding> {
    let new = book.report.findings.iter().filter(|finding| !finding.known && finding.suppressed.is_none());
    new.filter(move |finding| finding.verdict == "violated" && finding.class == class)
}

fn accepted(book: &Book) -> Markup {
    let [refused, broken, risk] = ["refused", "broken", "risk"].map(|class| of_class(book, class).count());
    let summary = &book.report.summary;
    let verdict = match (refused + broken, risk, summary.depends + summary.undecided) {
        (1.., _, _) => "violated",
        (0, 1.., _) => "risk",
        (0, 0, 1..) => "depends",
        (0, 0, 0) => "holds",
    };
    let answer = if refused + broken + risk == 0 {
        "nothing found".to_owned()
    } else {
        format!("{refused} refused, {broken} broken, {risk} at risk")
    };
    let detail = format!(
        "{} judgements by {} rules: {} passed, {} depend, {} undecided",
        grouped(summary.run as u64),
        summary.rules,
        grouped(summary.passed as u64),
        summary.depends,
        summary.undecided
    );
    card("findings", "Will it be accepted, and work?", verdict, &answer, &detail)
}

fn intended(book: &Book) -> Markup {
    let intents = &book.report.intents;
    let [holds, violated] =
        ["holds", "violated"].map(|verdict| intents.iter().filter(|intent| intent.verdict == verdict).count());
    let verdict = match (violated, intents.len() - holds) {
        (1.., _) => "violated",
        (0, 1..) => "depends",
        (0, 0) if holds == 0 => "absent",
        (0, 0) => "holds",
    };
    let answer = match intents.len() {
        0 => "no intent is stated".to_owned(),
        all if all == holds => format!("all {} hold", counted(all, "intent")),
        all => format!("{holds} of {} hold, {violated} violated", counted(all, "intent")),
    };
    let pairs = book.reach.as_ref().map(|reach| reach.pairs);
    let detail = pairs.map_or_else(String::new, |pairs| {
        format!("{} of {} ordered pairs reach each other", grouped(pairs.yes), grouped(pairs.total()))
    });
    card("reach", "Who reaches whom?", verdict, &answer, &detail)
}

fn failing(book: &Book) -> Markup {
    let after = book.reach.as_ref().and_then(|reach| reach.after.as_ref());
    let (verdict, answer, detail) = match after {
        None => ("undecided", "not looked at".to_owned(), String::new()),
        Some(after) => {
            let detail = format!("after {}: {} looked at", after.failing, counted_u64(after.failures, "failure"));
            match (after.failures, after.changes.len()) {
                (0, _) => ("absent", "nothing that can fail is described".to_owned(), String::new()),
                (_, 0) => ("holds", "those who are left reach whom they reached".to_owned(), detail),
                (_, changes) => ("risk", format!("{} for those who are left", counted(changes, "change")), detail),
            }
        }
    };
    card("failures", "And after a failure?", verdict, &answer, &detail)
}

fn counted_u64(count: u64, what: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), what)
}

fn moving(book: &Book) -> Markup {
    let Some(proofs) = &book.proofs else {
        return card("proofs", "Do VIPs move safely?", "undecided", "not looked at", "");
    };
    let named = || proofs.pools.iter().flat_map(|pool| &pool.movers).filter(|mover| mover.named);
    let count = |word: &str| named().flat_map(|mover| &mover.verdicts).filter(|verdict| verdict.verdict == word).count();
    let [proved, violated, depends] = ["proved", "violated", "depends"].map(count);
    let others = count("undecided") + count("bound-hit") + count("vacuous");
    let refused = named().filter(|mover| mover.refusal.is_some()).count();
    let mut movers: Vec<String> = named().map(|mover| format!("`{}`", mover.mover)).collect();
    movers.sort_unstable();
    movers.dedup();
    if movers.is_empty() {
        return card("proofs", "Do VIPs move safely?", "absent", "no pool of VIPs", "");
    }
    let verdict = match (violated + refused, depends + others) {
        (1.., _) => "violated",
        (0, 1..) => "depends",
        (0, 0) => "holds",
    };
    let mut answer = format!("{}: {proved} proved, {violated} violated", movers.join(", "));
    if refused > 0 {
        answer = format!("{}: refused by the platform", movers.join(", "));
    }
    let others = if others > 0 { format!(", {others} not decided") } else { String::new() };
    let detail = format!("{} that nobody has confirmed{others}", depend_on(depends));
    card("proofs", "Do VIPs move safely?", verdict, &answer, &detail)
}

fn depend_on(count: usize) -> String {
    match count {
        0 => "no property depends on facts".to_owned(),
        1 => "1 property depends on facts".to_owned(),
        several => format!("{several} properties depend on facts"),
    }
}

fn unconfirmed(book: &Book) -> Markup {
    let open = book.open.len();
    let verdict = if open == 0 { "holds" } else { "depends" };
    let answer = match open {
        0 => "nothing that would change an answer".to_owned(),
        several => counted(several, "open question"),
    };
    let detail = format!("{} used; each with its status, source and date", counted(book.facts.len(), "fact"));
    card("open", "What has nobody confirmed?", verdict, &answer, &detail)
}
