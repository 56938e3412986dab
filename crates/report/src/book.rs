//! Everything that is told of a network, as one value: what `twinrail report` writes as a page, a document or JSON. It puts values together that other commands
//! print alone, and gathers over all of them the open facts and the facts used. Not here: how it looks, and the analyses.

mod answer;

use std::collections::BTreeMap;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use twinrail_facts::Catalog;
use twinrail_intake::Loaded;

pub use answer::ShortAnswer;

use crate::ask::Answered;

use crate::ask;
use crate::bandwidth::told as rates;
use crate::failover::said;
use crate::size::told as sizes;
use crate::topology::{Topology, topology};
use crate::words::counted;
use crate::{Bandwidth, FactCitation, Failover, Finding, Proofs, Reachability, Report, Size, Trace};

/// Everything that is told of a network.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Book {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    pub made: Made,
    /// The whole in one sentence.
    pub headline: String,
    /// The answers to what users ask, short.
    pub answers: Vec<ShortAnswer>,
    pub report: Report,
    pub topology: Topology,
    /// Nothing: it was not asked for.
    pub reach: Option<Reachability>,
    /// A packet for each intent about who reaches whom, in their order.
    pub packets: Vec<IntentPacket>,
    /// Nothing: they were not asked for.
    pub proofs: Option<Proofs>,
    /// Nothing: it was not asked for.
    pub failover: Option<Failover>,
    /// Nothing: it was not asked for.
    pub bandwidth: Option<Bandwidth>,
    /// Nothing: it was not asked for.
    pub size: Option<Size>,
    /// Facts with several values that change something told here; those that change most first.
    pub open: Vec<OpenFact>,
    /// Every fact that something told here rests on, in the order of their ids.
    pub facts: Vec<UsedFact>,
    /// Facts that the catalog leaves open and that an input answers.
    pub answered: Vec<Answered>,
}

/// How the book was made, so that it can be made again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Made {
    /// Name and version of the program.
    pub tool: String,
    /// The command line.
    pub command: String,
    /// The day for which everything was judged.
    pub date: String,
    /// The seed of what is drawn by chance; nothing where nothing is.
    pub seed: Option<u64>,
    /// Parts that were left out on request.
    pub skipped: Vec<String>,
}

/// The packet that stands for an intent.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct IntentPacket {
    /// The intent, as the model has it.
    pub intent: String,
    pub trace: Trace,
}

/// A fact that nobody has confirmed, and what it changes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct OpenFact {
    pub fact: FactCitation,
    /// A sentence for each analysis in which it decides something.
    pub changes: Vec<String>,
    /// Answers that hang on it, of all analyses.
    pub weight: u64,
    /// Where an unknown fact was looked for.
    pub sought: Option<String>,
    /// Why each value is plausible, beside the values of `fact`.
    pub why: Vec<Option<String>>,
    /// Of a value that is guessed: within which factors the truth is believed to lie.
    pub range: Option<String>,
    /// `open`, or `asked`.
    pub state: String,
    /// When the provider was asked, and by whom.
    pub asked: Option<String>,
    /// The cheapest experiment that would settle it.
    pub settle: String,
    /// What knowing it would save, in seconds of the p99 of a client, on average over the values that were tried, with equal weights; infinite: a mover that
    /// works instead of one that does not.
    pub worth: Option<f64>,
}

/// A fact, and what rests on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UsedFact {
    pub fact: FactCitation,
    /// `findings`, `reachability`, `packets`, `proofs`, `failover`, `bandwidth`, `size`.
    pub by: Vec<String>,
}

/// What a book is put together from.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    pub made: Made,
    pub report: Report,
    pub reach: Option<Reachability>,
    pub packets: Vec<IntentPacket>,
    pub proofs: Option<Proofs>,
    pub failover: Option<Failover>,
    pub bandwidth: Option<Bandwidth>,
    pub size: Option<Size>,
}

/// Puts a book together.
pub fn book(loaded: &Loaded, catalog: &Catalog, parts: Parts) -> Book {
    let Parts { made, report, reach, packets, proofs, failover, bandwidth, size } = parts;
    let mut book = Book {
        version: 1,
        made,
        report,
        topology: topology(loaded),
        reach,
        packets,
        proofs,
        failover,
        bandwidth,
        size,
        ..Book::default()
    };
    book.open = open(&book, catalog);
    book.facts = facts(&book);
    book.answered = ask::answered(catalog);
    book.headline = answer::headline(&book);
    book.answers = answer::answers(&book);
    book
}

/// What each open fact changes, over all analyses.
fn open(book: &Book, catalog: &Catalog) -> Vec<OpenFact> {
    let mut changes = Changes { open: BTreeMap::new(), catalog };
    for question in &book.report.open_questions {
        let judgements = counted(question.judgements, "judgement");
        changes.add(
            &question.fact,
            format!("{judgements} of {}", question.rules.join(", ")),
            question.judgements as u64,
        );
    }
    for hangs in book.reach.iter().flat_map(|reach| &reach.hangs_on) {
        changes.add(
            &hangs.fact,
            format!("who reaches whom, for {}", counted(usize::try_from(hangs.pairs).unwrap_or(usize::MAX), "pair")),
            hangs.pairs,
        );
    }
    for packet in &book.packets {
        for fact in &packet.trace.hangs_on {
            changes.add(fact, format!("the packet of `{}`", packet.intent), 1);
        }
    }
    for fact in book.proofs.iter().flat_map(|proofs| &proofs.hangs_on) {
        let decided = decided(book, &fact.id);
        changes.add(fact, format!("what is proved: {}", decided.join("; ")), decided.len() as u64);
    }
    if let Some(failover) = &book.failover {
        of_failover(failover, &mut changes);
    }
    if let Some(bandwidth) = &book.bandwidth {
        of_bandwidth(bandwidth, &mut changes);
    }
    if let Some(size) = &book.size {
        of_size(size, &mut changes);
    }
    let mut open: Vec<OpenFact> = changes.open.into_values().collect();
    for open in &mut open {
        open.worth = worth(book, &open.fact.id);
    }
    let worth = |open: &OpenFact| open.worth.unwrap_or(0.0);
    open.sort_by(|a, b| {
        let by_worth = worth(b).total_cmp(&worth(a));
        by_worth.then_with(|| b.weight.cmp(&a.weight)).then_with(|| a.fact.id.cmp(&b.fact.id))
    });
    open
}

/// The most that knowing a fact would save on any pool.
fn worth(book: &Book, id: &str) -> Option<f64> {
    let pools = book.failover.iter().flat_map(|failover| &failover.pools);
    let worths = pools
        .flat_map(|pool| &pool.choice.worth)
        .filter(|worth| worth.fact == id)
        .map(|worth| worth.seconds.unwrap_or(f64::INFINITY));
    worths.max_by(f64::total_cmp)
}

/// What facts change about the choice of a mover and about outages.
fn of_failover(failover: &Failover, changes: &mut Changes<'_>) {
    let cited = |id: &str| failover.facts.iter().find(|fact| fact.id == id);
    for pool in &failover.pools {
        let first = pool.choice.first.as_deref().unwrap_or("no mover");
        for flip in &pool.choice.flips {
            let other = flip.first.as_deref().unwrap_or("none");
            if let Some(fact) = cited(&flip.fact) {
                changes.add(
                    fact,
                    format!("which mover is first for {}: {other} instead of {first} if it is {}", pool.pool, flip.at),
                    1_000,
                );
            }
        }
        let shown = pool.movers.iter().filter(|mover| mover.named || pool.choice.first.as_ref() == Some(&mover.mover));
        for mover in shown {
            // Of several swings by one fact the first is the largest.
            let mut told: Vec<&str> = Vec::new();
            for swing in &mover.swings {
                let (Some(fact), false) = (cited(&swing.fact), told.contains(&swing.fact.as_str())) else { continue };
                told.push(&swing.fact);
                let to = match (swing.usable, swing.seconds) {
                    (false, _) => "it cannot be used".to_owned(),
                    (true, None) => "never".to_owned(),
                    (true, Some(to)) => said(to),
                };
                changes.add(fact, format!("the p99 of clients under {}: {to} if {}", mover.mover, swing.what), 10);
            }
        }
        for intent in &pool.intents {
            let mut facts: Vec<&str> = intent.otherwise.iter().filter_map(|other| other.fact.as_deref()).collect();
            facts.sort_unstable();
            facts.dedup();
            for fact in facts.into_iter().filter_map(cited) {
                changes.add(fact, format!("whether `{}` holds", intent.intent), 100);
            }
        }
    }
}

/// What facts change about bandwidth: intents count as those on outages do, a condition as the p99 of a mover does, and one that a fact decides only together
/// with others counts once. What a fact decides alone is told first.
fn of_bandwidth(bandwidth: &Bandwidth, changes: &mut Changes<'_>) {
    const TOGETHER: &str = "together with other facts";
    for intent in &bandwidth.intents {
        for fact in &intent.deciding {
            let how = rates::changed(&intent.alone, &fact.id);
            let how = how.as_deref().unwrap_or(TOGETHER);
            changes.add(fact, format!("whether `{}` holds: {how}", intent.intent), 100);
        }
    }
    let rows = bandwidth.systems.iter().flat_map(|system| system.rows.iter().map(move |row| (system, row)));
    let rows: Vec<_> = rows.collect();
    for is_alone in [true, false] {
        for (system, row) in &rows {
            for fact in &row.deciding {
                let how = rates::changed(&row.alone, &fact.id);
                if how.is_some() != is_alone {
                    continue;
                }
                let (title, weight) = (rates::titled(bandwidth, system, row), if is_alone { 10 } else { 1 });
                let how = how.as_deref().unwrap_or(TOGETHER);
                changes.add(fact, format!("whether the bandwidth is enough with {title}: {how}"), weight);
            }
        }
    }
}

/// What facts change about the plan for customers: another machine type is more than another count.
fn of_size(size: &Size, changes: &mut Changes<'_>) {
    const OTHER_MACHINE: u64 = 50;
    const OTHER_COUNT: u64 = 10;
    let Some(plan) = &size.plan else { return };
    for flip in &plan.flips {
        let Some(fact) = size.facts.iter().find(|fact| fact.id == flip.fact) else { continue };
        let weight = if flip.is_other_machine { OTHER_MACHINE } else { OTHER_COUNT };
        changes.add(
            fact,
            format!("the plan for customers: {} if it is {}", sizes::flip(flip, plan), flip.value),
            weight,
        );
    }
}

/// The properties of movers whose verdict a fact decides: `alias-ip I2 I6`.
fn decided(book: &Book, id: &str) -> Vec<String> {
    let movers = book.proofs.iter().flat_map(|proofs| &proofs.pools).flat_map(|pool| &pool.movers);
    let of_mover = movers.filter_map(|mover| {
        let hangs = mover.verdicts.iter().filter(|verdict| {
            verdict.worlds.iter().flat_map(|world| &world.when).flatten().any(|condition| condition.fact == id)
        });
        let codes: Vec<&str> = hangs.map(|verdict| verdict.property.as_str()).collect();
        (!codes.is_empty()).then(|| format!("{} {}", mover.mover, codes.join(" ")))
    });
    of_mover.collect()
}

struct Changes<'a> {
    open: BTreeMap<String, OpenFact>,
    catalog: &'a Catalog,
}

impl Changes<'_> {
    fn add(&mut self, fact: &FactCitation, words: String, weight: u64) {
        let known = self.catalog.find(&fact.id).map(|id| self.catalog.fact(id));
        let open = self.open.entry(fact.id.clone()).or_insert_with(|| OpenFact {
            fact: fact.clone(),
            changes: Vec::new(),
            weight: 0,
            sought: known.and_then(|fact| fact.sought.clone()),
            why: known.map(|fact| fact.values.iter().map(|value| value.why.clone()).collect()).unwrap_or_default(),
            range: known.and_then(|fact| fact.range).map(|range| range.to_string()),
            state: if known.is_some_and(|fact| fact.asked.is_some()) { "asked" } else { "open" }.to_owned(),
            asked: known.and_then(|fact| fact.asked.as_ref()).map(|(date, note)| format!("{date}: {note}")),
            settle: known.map(ask::settle).unwrap_or_default(),
            worth: None,
        });
        open.changes.push(words);
        open.weight += weight;
    }
}

/// Every fact that is cited anywhere in a book, once.
fn facts(book: &Book) -> Vec<UsedFact> {
    let mut used: BTreeMap<&str, UsedFact> = BTreeMap::new();
    let findings = book.report.findings.iter().flat_map(|finding| &finding.facts);
    let questions = book.report.open_questions.iter().map(|question| &question.fact);
    let reach = book.reach.iter().flat_map(|reach| {
        let dropped = reach.rows.iter().flat_map(|row| &row.answers).filter_map(|answer| answer.dropped_by.as_ref());
        reach.hangs_on.iter().map(|hangs| &hangs.fact).chain(dropped.flat_map(|hop| &hop.facts))
    });
    let packets = book.packets.iter().flat_map(|packet| packet.trace.worlds.iter().flat_map(|world| &world.facts));
    let proofs = book.proofs.iter().flat_map(|proofs| &proofs.facts);
    let all = findings
        .chain(questions)
        .map(|fact| (fact, "findings"))
        .chain(reach.map(|fact| (fact, "reachability")))
        .chain(packets.map(|fact| (fact, "packets")))
        .chain(proofs.map(|fact| (fact, "proofs")))
        .chain(book.failover.iter().flat_map(|failover| &failover.facts).map(|fact| (fact, "failover")))
        .chain(book.bandwidth.iter().flat_map(|bandwidth| &bandwidth.facts).map(|fact| (fact, "bandwidth")))
        .chain(book.size.iter().flat_map(|size| &size.facts).map(|fact| (fact, "size")));
    for (fact, by) in all {
        let entry = used.entry(&fact.id).or_insert_with(|| UsedFact { fact: fact.clone(), by: Vec::new() });
        if !entry.by.iter().any(|known| known == by) {
            entry.by.push(by.to_owned());
        }
    }
    used.into_values().collect()
}

/// Findings that count, what is certain first and of that what is denied; then those that are suppressed or known by the baseline.
pub(crate) fn told(report: &Report) -> (Vec<&Finding>, Vec<&Finding>) {
    let counts = |finding: &&Finding| !finding.known && finding.suppressed.is_none();
    let (mut told, silent): (Vec<&Finding>, Vec<&Finding>) = report.findings.iter().partition(counts);
    let class = |finding: &Finding| ["refused", "broken", "risk"].iter().position(|class| *class == finding.class);
    told.sort_by_key(|finding| (finding.verdict != "violated", finding.level != "deny", class(finding)));
    (told, silent)
}

/// Writes a book as JSON.
pub fn book_json(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, book)?;
    writeln!(out)
}

/// The JSON Schema of a book.
pub fn book_schema() -> Value {
    schemars::schema_for!(Book).to_value()
}
