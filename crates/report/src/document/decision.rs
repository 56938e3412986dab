//! The decision record of each pool, as a document says it: it stands alone when it is pasted elsewhere, so evidence is named and not linked. Not here: what is
//! said (`decision`).

use std::fmt::Write as _;

use super::Sheet;
use crate::Book;
use crate::decision::{Argument, Evidence, OptionSaid, Record, Said, records};
use crate::failover::told;
use crate::markdown::{code, prose};

impl Sheet {
    pub(super) fn decision(&mut self, book: &Book) {
        let records = records(book);
        if records.is_empty() {
            return;
        }
        self.heading(2, "Decision");
        for record in &records {
            self.record(record);
        }
    }

    fn record(&mut self, record: &Record) {
        self.heading(3, &format!("Which mover for {}?", code(&record.pool)));
        self.paragraph(&format!("**Status:** {}.", prose(&record.status)));
        let short: Vec<String> = record.short.iter().map(|said| prose(&said.words)).collect();
        self.paragraph(&format!("> {}", short.join(" ")));
        self.heading(4, "Context and problem");
        self.all(&record.context);
        self.heading(4, "Decision drivers, in the order in which they count");
        for (number, driver) in record.drivers.iter().enumerate() {
            self.line(&format!("{}. **{}.** {}", number + 1, prose(&driver.name), prose(&driver.words)));
        }
        self.heading(4, "Considered options");
        let rows = record.options.iter().enumerate().map(|(rank, option)| considered(rank, option));
        let rows: Vec<Vec<String>> = rows.collect();
        self.table(&["#", "option", "p99", "safety", "costs"], rows);
        self.heading(4, "Decision outcome");
        let outcome: Vec<String> = record.outcome.iter().map(said).collect();
        self.paragraph(&outcome.join(" "));
        for option in &record.options {
            if let (Some(behind), Some(first)) = (&option.behind, &record.first) {
                self.line(&format!("- {} is ahead of {}: {}", prose(first), prose(&option.mover), said(behind)));
            }
        }
        if !record.consequences.is_empty() {
            self.heading(4, "Consequences");
            self.arguments(&record.consequences);
        }
        self.confidence(record);
        self.heading(4, "Pros and cons of the options");
        for option in &record.options {
            self.heading(5, &name(option));
            if let Some(words) = told::mechanism(&option.mover) {
                self.paragraph(&format!("How: {words}."));
            }
            match &option.refusal {
                Some(refusal) => self.line(&format!("- Excluded: {}", prose(refusal))),
                None => self.arguments(&option.arguments),
            }
        }
    }

    fn confidence(&mut self, record: &Record) {
        if record.sure.is_empty() {
            return;
        }
        self.heading(4, "How sure it is");
        self.all(&record.sure);
        self.heading(4, "What would flip it");
        if record.flips.is_empty() {
            self.paragraph("No single fact that was varied makes another mover first.");
        }
        let flips = record.flips.iter().map(|flip| {
            let (question, status) = flip.question.clone().unwrap_or_default();
            vec![
                format!("{} {}", code(&flip.fact), prose(&question)),
                prose(&status),
                prose(&flip.at),
                prose(&flip.first),
            ]
        });
        let flips: Vec<Vec<String>> = flips.collect();
        self.table(&["fact", "status", "another mover is first if it is", "then first"], flips);
        self.heading(4, "What to ask first");
        if record.ask.is_empty() {
            self.paragraph("No fact that was varied changes the choice, or its figure by more than trials can tell.");
        }
        for (number, ask) in record.ask.iter().enumerate() {
            self.line(&format!("{}. {}", number + 1, prose(&ask.words)));
        }
    }

    fn all(&mut self, all: &[Said]) {
        for one in all {
            self.line(&format!("- {}", said(one)));
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            self.line(&format!("- {}: {}", argument.side.word(), said(&argument.said)));
        }
    }
}

fn considered(rank: usize, option: &OptionSaid) -> Vec<String> {
    let place = if option.refusal.is_none() { (rank + 1).to_string() } else { "–".to_owned() };
    let safety = match &option.refusal {
        Some(refusal) => format!("cannot be used: {}", prose(refusal)),
        None => prose(&option.safety),
    };
    let price = if option.refusal.is_none() { prose(&option.price) } else { String::new() };
    vec![place, name(option), prose(&option.p99), safety, price]
}

fn name(option: &OptionSaid) -> String {
    format!("{}{}", prose(&option.mover), if option.named { " ★" } else { "" })
}

/// A sentence, and where its evidence stands in this document. Facts are named if the sentence does not name them.
fn said(said: &Said) -> String {
    let mut shown = prose(&said.words);
    let evidence = said.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::Proof { property, .. } => Some(format!("proof of {}", prose(property))),
        Evidence::Proofs => Some("see Proofs".to_owned()),
        Evidence::Fact(id) if !said.words.contains(id.as_str()) => Some(code(id)),
        Evidence::Fact(_) | Evidence::Mover(_) | Evidence::Outages | Evidence::Intents => None,
    });
    let evidence: Vec<String> = evidence.collect();
    if !evidence.is_empty() {
        let _ = write!(shown, " ({})", evidence.join(", "));
    }
    shown
}
