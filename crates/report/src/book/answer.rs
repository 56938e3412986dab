//! The answers, short: a sentence for the whole, and one for each question that a user comes with. Not here: the reasons, and how it looks.

use schemars::JsonSchema;
use serde::Serialize;

use super::Book;
use crate::bandwidth::told as rates;
use crate::failover::quantile;
use crate::failover::told::{ticked, within};
use crate::size::told as sizes;
use crate::words::{counted, grouped};
use crate::{Bandwidth, BandwidthRow, FarmPage, Finding, PlanPage, Size};

/// A question that a user comes with, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ShortAnswer {
    /// The anchor of the part of the page that tells more.
    pub about: String,
    pub question: String,
    /// `holds`, `violated`, `risk`, `depends`, `undecided`, or `absent` where it does not arise.
    pub verdict: String,
    pub answer: String,
    pub detail: String,
}

/// All of them, in the order of the page.
pub(super) fn answers(book: &Book) -> Vec<ShortAnswer> {
    let mut answers = vec![accepted(book), intended(book), failing(book), moving(book)];
    answers.extend(choosing(book));
    answers.extend(carrying(book));
    answers.extend(book.size.as_ref().map(sizing));
    answers.push(unconfirmed(book));
    answers
}

/// The whole in one sentence.
pub(super) fn headline(book: &Book) -> String {
    let [refused, broken, risk] = ["refused", "broken", "risk"].map(|class| of_class(book, class).count());
    let mut parts = Vec::new();
    match (refused, broken) {
        (0, 0) => parts.push("Nothing is refused, and nothing found broken".to_owned()),
        (refused, 0) => parts.push(format!("{} would be refused", counted(refused, "mistake"))),
        (0, broken) => {
            parts.push(format!("{} would be accepted, without doing what is meant", counted(broken, "mistake")));
        }
        (refused, broken) => {
            let refused = counted(refused, "mistake");
            parts.push(format!("{refused} would be refused, and {broken} accepted without doing what is meant"));
        }
    }
    if risk > 0 {
        parts.push(counted(risk, "risk"));
    }
    match book.open.len() {
        0 => {}
        1 => parts.push("1 question is open that changes answers".to_owned()),
        several => parts.push(format!("{several} questions are open that change answers")),
    }
    format!("{}.", parts.join("; "))
}

fn card(about: &str, question: &str, verdict: &str, answer: &str, detail: &str) -> ShortAnswer {
    let [about, question, verdict, answer, detail] = [about, question, verdict, answer, detail].map(ToOwned::to_owned);
    ShortAnswer { about, question, verdict, answer, detail }
}

/// Findings that count: neither suppressed nor known before.
fn of_class<'a>(book: &'a Book, class: &'a str) -> impl Iterator<Item = &'a Finding> {
    let new = book.report.findings.iter().filter(|finding| !finding.known && finding.suppressed.is_none());
    new.filter(move |finding| finding.verdict == "violated" && finding.class == class)
}

fn accepted(book: &Book) -> ShortAnswer {
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

fn intended(book: &Book) -> ShortAnswer {
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

fn failing(book: &Book) -> ShortAnswer {
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

fn moving(book: &Book) -> ShortAnswer {
    let Some(proofs) = &book.proofs else {
        return card("proofs", "Do VIPs move safely?", "undecided", "not looked at", "");
    };
    let named = || proofs.pools.iter().flat_map(|pool| &pool.movers).filter(|mover| mover.named);
    let count =
        |word: &str| named().flat_map(|mover| &mover.verdicts).filter(|verdict| verdict.verdict == word).count();
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
    let question = "Do VIPs move safely?";
    if let Some(refusal) = named().find_map(|mover| mover.refusal.as_ref()) {
        return card("proofs", question, verdict, &format!("{} cannot be used here", movers.join(", ")), refusal);
    }
    let answer = format!("{}: {proved} proved, {violated} violated", movers.join(", "));
    let others = if others > 0 { format!(", {others} not decided") } else { String::new() };
    let detail = format!("{} that nobody has confirmed{others}", depend_on(depends));
    card("proofs", question, verdict, &answer, &detail)
}

/// Which mover is first, and how long clients are cut off; nothing where it was not asked for.
fn choosing(book: &Book) -> Option<ShortAnswer> {
    let failover = book.failover.as_ref()?;
    let question = "Which mover, and how long are clients cut off?";
    let Some(pool) = failover.pools.first() else {
        return Some(card("failover", question, "absent", "no pool of VIPs", ""));
    };
    let intents = || failover.pools.iter().flat_map(|pool| &pool.intents);
    let is = |verdict: &str| intents().any(|intent| intent.verdict == verdict);
    let chosen = failover.pools.iter().all(|pool| pool.choice.first.as_ref() == Some(&pool.mover));
    let verdict = match (failover.pools.iter().any(|pool| pool.choice.first.is_none()) || is("violated"), is("depends"))
    {
        (true, _) => "violated",
        (false, true) => "depends",
        (false, false) if chosen => "holds",
        (false, false) => "risk",
    };
    let answer =
        match pool.choice.first.as_deref().and_then(|first| pool.movers.iter().find(|mover| mover.mover == first)) {
            None => format!("none can be used for {}", ticked(&pool.pool)),
            Some(first) if pool.clients.is_empty() => format!("{} for {}", ticked(&first.mover), ticked(&pool.pool)),
            Some(first) => match quantile(&first.p99).as_str() {
                "never" => format!("{}: never back in more than 1 of 100", ticked(&first.mover)),
                p99 => format!("{}: 99 of 100 outages end {}", ticked(&first.mover), within(p99)),
            },
        };
    let others = if failover.pools.len() > 1 {
        format!("; and {}", counted(failover.pools.len() - 1, "more pool"))
    } else {
        String::new()
    };
    let stays = match pool.choice.worlds {
        0 => "no fact was varied".to_owned(),
        worlds => format!("first in {} of {worlds} worlds", pool.choice.same),
    };
    let named = match (pool.choice.first.as_ref() == Some(&pool.mover), is("violated")) {
        (true, false) => "the model names it".to_owned(),
        (true, true) => "the model names it; an intent on outages is violated".to_owned(),
        (false, false) => format!("the model names {}", ticked(&pool.mover)),
        (false, true) => format!("the model names {}; an intent on outages is violated", ticked(&pool.mover)),
    };
    let detail =
        if pool.choice.first.is_some() { format!("{stays}; {named}{others}") } else { format!("{named}{others}") };
    Some(card("decision", question, verdict, &answer, &detail))
}

/// Whether the bandwidth is enough; nothing where it was not asked for.
fn carrying(book: &Book) -> Option<ShortAnswer> {
    let bandwidth = book.bandwidth.as_ref()?;
    let question = "Is there enough bandwidth, with a node down and a rebuild running?";
    let rows: Vec<&BandwidthRow> = bandwidth.systems.iter().flat_map(|system| &system.rows).collect();
    let is = |verdict: &str| bandwidth.intents.iter().any(|intent| intent.verdict == verdict);
    let is_open = |verdict: &str| matches!(verdict, "depends" | "bound-hit" | "undecided");
    let intent_is_open = || bandwidth.intents.iter().any(|intent| is_open(&intent.verdict));
    let healthy_fails = rows.iter().any(|row| row.down.is_empty() && row.verdict == "not enough");
    // What a failure may cost, only an intent says; without one it is a risk.
    let verdict = if is("violated") || healthy_fails {
        "violated"
    } else if rows.iter().any(|row| row.verdict == "not enough") {
        "risk"
    } else if rows.iter().any(|row| is_open(&row.verdict)) || intent_is_open() {
        "depends"
    } else if rows.is_empty() && bandwidth.intents.is_empty() {
        "absent"
    } else {
        "holds"
    };
    if rows.is_empty() {
        let needs = bandwidth.needs.as_deref().unwrap_or("a cluster with clients");
        return Some(card("bandwidth", question, verdict, &format!("not looked at: it needs {needs}"), ""));
    }
    let enough = rows.iter().filter(|row| row.verdict == "enough").count();
    let answer = if enough == rows.len() {
        format!("enough in every world under all {}", counted(enough, "condition"))
    } else {
        format!("enough in every world under {enough} of {}", counted(rows.len(), "condition"))
    };
    let mut details = rates::others(&rows);
    details.extend(worst(bandwidth));
    details.extend(is("violated").then(|| "an intent on bandwidth is violated".to_owned()));
    Some(card("bandwidth", question, verdict, &answer, &details.join("; ")))
}

/// The condition under which clients get least, by the first value of every open fact; the first, if all get as much.
fn worst(bandwidth: &Bandwidth) -> Option<String> {
    let rows = bandwidth.systems.iter().flat_map(|system| system.rows.iter().map(move |row| (system, row)));
    let missing =
        |row: &BandwidthRow| -> f64 { row.flows.iter().map(|flow| flow.asked_gbps - flow.achieved_gbps).sum() };
    let full = |row: &BandwidthRow| rates::fullest(row).map_or(0.0, crate::LoadPage::part);
    let (system, row) =
        rows.max_by(|a, b| missing(a.1).total_cmp(&missing(b.1)).then_with(|| full(a.1).total_cmp(&full(b.1))))?;
    let title = rates::titled(bandwidth, system, row);
    let gets: Vec<String> = rates::kinds(system)
        .into_iter()
        .filter_map(|kind| rates::got(row, kind).map(|got| format!("{kind} {} Gbps", got.share())))
        .collect();
    let bound = row.flows.iter().find_map(|flow| flow.bound.as_ref()).map(|bound| format!("bound by {bound}"));
    let fullest = || rates::fullest(row).map(rates::filled);
    let rebuild = row.rebuild.as_ref().map(|rebuild| format!("rebuild {}", rates::rebuild(rebuild)));
    let parts: Vec<String> = gets.into_iter().chain(rebuild).chain(bound.or_else(fullest)).collect();
    Some(format!("worst, {title}: {}", parts.join(", ")))
}

/// How many of everything.
fn sizing(size: &Size) -> ShortAnswer {
    let question = "How many instances, addresses, VIPs and quota, for tests and then for customers?";
    if !sizes::is_sized(size) {
        let needs = "nothing is to be sized: that needs `tests` or `demand` in the model file";
        return card("size", question, "absent", needs, "");
    }
    let (mut answers, mut details) = (Vec::new(), Vec::new());
    if let Some(farm) = &size.farm {
        answers.push(format!("for tests {}", least(farm)));
        details.extend(sizes::sizes(farm, "not enough").map(|sizes| format!("for tests {sizes} would not do")));
    }
    if let Some(plan) = &size.plan {
        answers.extend(planned(plan));
        details.extend(asked(plan, &size.date));
        let facts = plan.flips.iter().map(|flip| flip.fact.as_str()).collect::<std::collections::BTreeSet<_>>().len();
        details.extend((facts > 0).then(|| match facts {
            1 => "1 open fact changes the plan".to_owned(),
            several => format!("{several} open facts change the plan"),
        }));
    } else if let Some(needs) = &size.no_plan {
        answers.push(format!("for customers nothing is planned: that needs {needs}"));
    }
    card("size", question, sized(size), &answers.join("; "), &details.join("; "))
}

/// The verdict on sizes: what is too late or too small first, then what could not be worked out, then what hangs on open facts.
fn sized(size: &Size) -> &'static str {
    let is_small = size
        .farm
        .as_ref()
        .is_some_and(|farm| !farm.sizes.is_empty() && farm.sizes.iter().all(|size| size.verdict == "not enough"));
    let plan = size.plan.as_ref();
    let is_late = plan.is_some_and(|plan| plan.asks.iter().any(|ask| ask.is_late));
    let is_unknown = size.no_plan.is_some()
        || plan.is_some_and(|plan| !sizes::is_planned(plan))
        || size.farm.as_ref().is_some_and(|farm| farm.not_simulated.is_some());
    if is_small || is_late {
        "risk"
    } else if is_unknown {
        "undecided"
    } else if plan.is_some_and(|plan| !plan.flips.is_empty()) {
        "depends"
    } else {
        "holds"
    }
}

fn least(farm: &FarmPage) -> String {
    match (farm.least, &farm.not_simulated, &farm.erlang) {
        (Some(least), ..) => counted(usize::try_from(least).unwrap_or(usize::MAX), "instance"),
        (None, Some(_), Some(erlang)) => format!("{} by Erlang C", counted_u64(erlang.instances, "instance")),
        (None, Some(_), None) => "nobody can tell".to_owned(),
        (None, None, _) => "no farm is enough".to_owned(),
    }
}

/// What customers need in the last quarter.
fn planned(plan: &PlanPage) -> Option<String> {
    let last = plan.quarters.last()?;
    let [nodes, vips, addresses] = [(u64::from(last.nodes), "node"), (last.vips, "VIP"), (last.addresses, "address")]
        .map(|(count, what)| counted_u64(count, what));
    Some(format!("for customers {nodes} in {}, with {vips} and {addresses}", last.quarter))
}

/// What is to be asked for first, and what is late.
fn asked(plan: &PlanPage, today: &str) -> Vec<String> {
    let first = plan.asks.first().map(|ask| {
        let others = plan.asks.iter().filter(|other| other.by == ask.by).count() - 1;
        let others = if others > 0 { format!(", and {others} more") } else { String::new() };
        format!("first to ask for, by {}: {}, {}{others}", ask.by, sizes::ask(ask), sizes::amount(ask))
    });
    first.into_iter().chain(sizes::all_late(plan, today)).collect()
}

fn depend_on(count: usize) -> String {
    match count {
        0 => "no property depends on facts".to_owned(),
        1 => "1 property depends on facts".to_owned(),
        several => format!("{several} properties depend on facts"),
    }
}

fn unconfirmed(book: &Book) -> ShortAnswer {
    let open = book.open.len();
    let verdict = if open == 0 { "holds" } else { "depends" };
    let answer = match open {
        0 => "nothing that would change an answer".to_owned(),
        several => counted(several, "open question"),
    };
    let detail = format!("{} used; each with its status, source and date", counted(book.facts.len(), "fact"));
    card("open", "What has nobody confirmed?", verdict, &answer, &detail)
}
