//! The book as a Markdown document, to be put where a team keeps its documents. It says what the page says; pictures become tables. Not here: comments on pull
//! requests, which have a limit (`markdown`), and escaping, which is one function there.

mod bandwidth;
mod decision;
mod failover;
mod proofs;
mod reach;
mod size;

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::book::told;
use crate::markdown::{code, prose};
use crate::topology::{MachineGroup, SubnetBox};
use crate::words::{self, grouped, singular};
use crate::{Book, Condition, FactCitation, Finding, OpenFact, Place, SourceCitation, Topology};

/// Writes a book as a Markdown document.
pub fn document(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    let mut sheet = Sheet { text: String::new() };
    sheet.summary(book);
    sheet.topology(&book.topology);
    sheet.findings(book);
    sheet.reach(book);
    sheet.proofs(book);
    sheet.failover(book);
    sheet.decision(book);
    sheet.bandwidth(book);
    sheet.size(book);
    sheet.open(book);
    sheet.facts(book);
    sheet.about(book);
    out.write_all(sheet.text.as_bytes())
}

struct Sheet {
    text: String,
}

impl Sheet {
    /// A paragraph, a heading or an entry of a list. What is not written here itself has gone through `prose` or `code`.
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// What follows is no part of what stands before it.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn heading(&mut self, level: usize, title: &str) {
        self.gap();
        let _ = write!(self.text, "{} {title}\n\n", "#".repeat(level));
    }

    fn paragraph(&mut self, text: &str) {
        self.gap();
        self.line(&format!("{text}\n"));
    }

    fn table(&mut self, columns: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
        let mut rows = rows.into_iter().peekable();
        if rows.peek().is_none() {
            return;
        }
        self.gap();
        self.line(&format!("| {} |", columns.join(" | ")));
        self.line(&format!("|{}", " --- |".repeat(columns.len())));
        for row in rows {
            self.line(&format!("| {} |", row.join(" | ")));
        }
        self.line("");
    }

    fn summary(&mut self, book: &Book) {
        let inputs: Vec<String> = book.report.inputs.iter().map(|input| code(input)).collect();
        self.line(&format!("# Network report: {}\n", inputs.join(", ")));
        self.paragraph(&format!("As of {}, by {}.", prose(&book.made.date), prose(&book.made.tool)));
        self.paragraph(&format!("**{}**", prose(&book.headline)));
        let answers = book.answers.iter().map(|answer| {
            vec![prose(&answer.question), sign(&answer.verdict), prose(&answer.answer), prose(&answer.detail)]
        });
        self.table(&["question", "verdict", "answer", "looked at"], answers);
        let contents = book.report.contents.iter().map(|part| match part.count {
            1 => format!("1 {}", prose(&singular(&part.kind))),
            count => format!("{} {}", grouped(count as u64), prose(&part.kind)),
        });
        self.paragraph(&contents.collect::<Vec<_>>().join(", "));
    }

    fn topology(&mut self, topology: &Topology) {
        self.heading(2, "Topology");
        for project in &topology.projects {
            self.line(&format!("- project {}", code(&project.name)));
            for network in &project.networks {
                let parts = [network.rail.as_ref().map(|rail| format!("rail {}", prose(rail)))];
                let parts = parts.into_iter().chain([
                    network.mtu.map(|mtu| format!("MTU {}", grouped(mtu))),
                    network.profile.as_deref().map(code),
                ]);
                let holds = network.holds.iter().map(|holds| prose(holds));
                let parts: Vec<String> = parts.flatten().chain(holds).collect();
                self.line(&format!("  - network {}", joined(code(&network.name), &parts)));
                for subnet in &network.subnets {
                    self.subnet(subnet);
                }
            }
        }
        for group in &topology.unplaced {
            self.line(&format!("- on a subnet that the input does not say: {}", machines(group)));
        }
        for join in &topology.joins {
            self.line(&format!("- {}", prose(join)));
        }
    }

    fn subnet(&mut self, subnet: &SubnetBox) {
        let parts: Vec<String> = subnet.ranges.iter().chain(&subnet.region).map(|part| prose(part)).collect();
        self.line(&format!("    - subnet {}", joined(code(&subnet.name), &parts)));
        for group in &subnet.machines {
            self.line(&format!("      - {}", machines(group)));
        }
        for clients in &subnet.clients {
            let (count, protocol) = (grouped(clients.count), prose(&clients.protocol));
            self.line(&format!("      - {count} × {} clients, {protocol}", code(&clients.name)));
        }
        for vip in &subnet.vips {
            let reserved = if vip.reserved { "" } else { ", not reserved" };
            self.line(&format!(
                "      - {} × VIP {} on {}, {}, over {} by {}{reserved}",
                grouped(vip.count),
                code(&vip.name),
                prose(&vip.ports.join(", ")),
                prose(&vip.addresses),
                code(&vip.over),
                code(&vip.mover)
            ));
        }
    }

    fn findings(&mut self, book: &Book) {
        self.heading(2, "Findings");
        let report = &book.report;
        let (counts, silent) = told(report);
        if counts.is_empty() {
            self.paragraph("Nothing was found.");
        }
        for finding in counts {
            self.finding(finding);
        }
        let silent = silent.into_iter().map(|finding| {
            let why = finding.suppressed.as_ref().map_or_else(
                || "known by the baseline".to_owned(),
                |why| format!("suppressed until {}: {}", prose(&why.expires), prose(&why.reason)),
            );
            vec![code(&finding.code), prose(&finding.message), why]
        });
        self.table(&["rule", "what is", "why it does not count"], silent);
        let undecided = report
            .undecided
            .iter()
            .map(|group| vec![group.judgements.to_string(), prose(&group.needs), prose(&group.rules.join(", "))]);
        self.table(&["undecided", "need", "rules"], undecided);
        let left = &report.not_understood;
        let kinds = left.kinds.iter().map(|kind| vec![kind.count.to_string(), prose(&kind.kind)]);
        let malformed = left.malformed.iter().map(|value| vec!["malformed".to_owned(), prose(value)]);
        self.table(&["not understood", "what"], kinds.chain(malformed));
        let parts = report.not_evaluated.iter();
        let parts = parts.map(|part| vec![prose(&part.kind), code(&part.name), prose(&part.needs)]);
        self.table(&["judged by no analysis yet", "part", "needs"], parts);
    }

    fn finding(&mut self, finding: &Finding) {
        let word = if finding.verdict == "violated" { &finding.class } else { &finding.verdict };
        self.heading(3, &format!("{}: {} ({})", sign(word), prose(&finding.message), code(&finding.code)));
        for place in finding.place.iter().chain(&finding.also) {
            let label = if place.label.is_empty() { String::new() } else { format!(", {}", prose(&place.label)) };
            self.line(&format!("- {}{label}: {}", at(place), code(place.text.trim())));
        }
        for (number, step) in finding.path.iter().enumerate() {
            let place = step.place.as_ref().map(|place| format!(", {}", at(place))).unwrap_or_default();
            self.line(&format!("- step {}: {}{place}", number + 1, prose(&step.label)));
        }
        for note in &finding.notes {
            self.line(&format!("- {}", prose(note)));
        }
        if let Some(refusal) = &finding.refusal {
            let (status, reason) = (refusal.status, prose(&refusal.reason));
            self.line(&format!(
                "- {} is answered by {status} {reason}: {}",
                code(&refusal.method),
                prose(&refusal.message)
            ));
        }
        for world in &finding.worlds {
            self.line(&format!("- {}", prose(&words::world(world))));
        }
        if !finding.help.is_empty() {
            self.line(&format!("- **What to do:** {}", prose(&finding.help)));
        }
        if finding.subjects.len() > 1 {
            let names: Vec<String> = finding.subjects.iter().map(|name| code(name)).collect();
            self.line(&format!("- {} alike: {}", names.len(), names.join(", ")));
        }
        for fact in &finding.facts {
            self.line(&format!("- fact {}", cited(fact)));
        }
    }

    fn open(&mut self, book: &Book) {
        self.heading(2, "Open questions");
        if book.open.is_empty() {
            self.paragraph("No fact with several possible values changes anything told here.");
        }
        for open in &book.open {
            self.question(open);
        }
        let overrides = book.report.overrides.iter().map(|over| {
            let expired = if over.expired { " (expired, and not used)" } else { "" };
            vec![code(&over.fact), prose(&over.value), prose(&over.status), prose(&over.note) + expired]
        });
        self.table(&["the input says of", "value", "status", "note"], overrides);
    }

    fn question(&mut self, open: &OpenFact) {
        self.heading(3, &prose(&open.fact.question));
        self.line(&format!("- {}", cited(&open.fact)));
        for (place, value) in open.fact.values.iter().enumerate() {
            if let Some(Some(why)) = open.why.get(place) {
                self.line(&format!("- {}: {}", prose(value), prose(why)));
            }
        }
        let changes: Vec<String> = open.changes.iter().map(|change| prose(change)).collect();
        self.line(&format!("- it changes {}", changes.join("; ")));
        if let Some(sought) = &open.sought {
            self.line(&format!("- sought: {}", prose(sought)));
        }
    }

    fn facts(&mut self, book: &Book) {
        self.heading(2, "Facts");
        let rows = book.facts.iter().map(|used| {
            let fact = &used.fact;
            vec![
                format!("{}<br>{}", code(&fact.id), prose(&fact.question)),
                prose(&fact.values.join(" or ")),
                prose(&fact.status),
                sources(&fact.sources),
                prose(&fact.date),
                prose(&used.by.join(", ")),
            ]
        });
        self.table(&["fact", "value", "status", "source", "date", "used by"], rows);
    }

    fn about(&mut self, book: &Book) {
        self.heading(2, "Made with");
        let made = &book.made;
        self.line(&format!("- command: {}", code(&made.command)));
        self.line(&format!("- program: {}", prose(&made.tool)));
        self.line(&format!("- day: {}", prose(&made.date)));
        let seed =
            made.seed.map_or_else(|| "none: nothing here is drawn by chance".to_owned(), |seed| seed.to_string());
        self.line(&format!("- seed: {seed}"));
        if !made.skipped.is_empty() {
            self.line(&format!("- left out: {}", prose(&made.skipped.join(", "))));
        }
    }
}

/// A verdict with its sign.
fn sign(verdict: &str) -> String {
    let (sign, word) = words::sign(verdict);
    format!("{sign} {}", prose(word))
}

fn at(place: &Place) -> String {
    code(&format!("{}:{}", words::origin(place), place.line))
}

fn conditions(when: &[Vec<Condition>]) -> String {
    prose(&words::conditions(when))
}

/// A fact in one line.
fn cited(fact: &FactCitation) -> String {
    let (values, status, date) = (prose(&fact.values.join(" or ")), prose(&fact.status), prose(&fact.date));
    format!("{} = {values} ({status}: {}, {date})", code(&fact.id), sources(&fact.sources))
}

/// Sources with links. An address that is none, or that could end the link early, is left out.
fn sources(all: &[SourceCitation]) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '(' | ')' | '|' | '\\' | '"' | '`');
    let source = |source: &SourceCitation| {
        let url = source.url.as_str();
        let is_link = (url.starts_with("https://") || url.starts_with("http://")) && url.chars().all(is_plain);
        if is_link { format!("[{}](<{url}>)", prose(&source.key)) } else { prose(&source.key) }
    };
    all.iter().map(source).collect::<Vec<_>>().join(", ")
}

/// A name, then what is said of it.
fn joined(name: String, parts: &[String]) -> String {
    std::iter::once(name).chain(parts.iter().cloned()).collect::<Vec<_>>().join(", ")
}

fn machines(group: &MachineGroup) -> String {
    let name = match group.count {
        1 => code(&group.names),
        count => format!("{} × {} ({})", grouped(count as u64), code(&group.group), prose(&group.names)),
    };
    let name = if group.template { format!("template {name}") } else { name };
    let parts = [&group.machine, &group.zone].into_iter().flatten().map(|part| prose(part));
    let nics = group.nics.iter().map(|nic| {
        let parts = [Some(&nic.label), nic.nic_type.as_ref(), nic.rail.as_ref(), nic.addresses.as_ref()];
        let parts: Vec<String> = parts.into_iter().flatten().map(|part| prose(part)).collect();
        let psc = if nic.psc { " PSC interface" } else { "" };
        format!("{}{psc}", parts.join(" "))
    });
    joined(name, &parts.chain(nics).collect::<Vec<_>>())
}
