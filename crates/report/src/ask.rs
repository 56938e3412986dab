//! What to ask first: open questions in the order of what they are worth, in words that can be sent, each with the cheapest experiment and its state. Not here:
//! which facts change what, which the book gathers.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use twinrail_facts::{Catalog, Fact, Status};

use crate::failover::said as seconds;
use crate::text::citation;
use crate::words::{counted, escape, wrapped};
use crate::{Book, OpenFact, TextOptions};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// A question that has an answer by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Answered {
    pub fact: String,
    pub question: String,
    pub value: String,
    pub status: String,
    pub date: String,
    pub note: Option<String>,
}

/// Facts that the embedded catalog leaves open or only believes, and that are confirmed or observed here.
pub(crate) fn answered(catalog: &Catalog) -> Vec<Answered> {
    let embedded = Catalog::embedded();
    let facts = catalog.facts().map(|(_, fact)| fact);
    let answered = facts.filter(|fact| {
        let before = embedded.find(&fact.id).map(|id| embedded.fact(id));
        let is_answer = matches!(fact.status, Status::Confirmed | Status::Observed);
        is_answer && before.is_some_and(|before| before.status != fact.status || before.values != fact.values)
    });
    let told = answered.map(|fact| Answered {
        fact: fact.id.clone(),
        question: fact.question.clone(),
        value: fact.values.iter().map(|possible| possible.value.to_string()).collect::<Vec<_>>().join(" or "),
        status: fact.status.word().to_owned(),
        date: fact.date.to_string(),
        note: fact.note.clone(),
    });
    told.collect()
}

/// What `twinrail calibrate` measures.
const MEASURED: [&str; 5] = [
    "api.nic-update-time",
    "api.route-insert-time",
    "api.route-delete-time",
    "api.leader-update-time",
    "api.metadata-to-guest-time",
];

/// Subjects that users know best themselves.
const YOURS: [&str; 4] = ["controller.", "storage.", "service.", "client."];

/// The cheapest experiment that would settle a fact.
pub(crate) fn settle(fact: &Fact) -> String {
    if let Some(settle) = &fact.settle {
        return settle.clone();
    }
    if MEASURED.contains(&fact.id.as_str()) {
        return "run the script that `twinrail calibrate` writes, in a project of yours: minutes, and cents".to_owned();
    }
    if fact.feature.is_some() {
        return "`gcloud compute network-profiles describe PROFILE --format=json`, given as an input: a second"
            .to_owned();
    }
    if YOURS.iter().any(|subject| fact.id.starts_with(subject)) {
        return "it is yours: look at your settings, or measure your service, and put it into `facts:`".to_owned();
    }
    if fact.id.starts_with("series.") || fact.id.starts_with("machine.") {
        return "start one instance of this type and read it from the API, or ask before there is one".to_owned();
    }
    "no cheap experiment would prove it: ask the provider".to_owned()
}

/// How questions are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskForm {
    Text,
    Json,
    /// Only what is sent to the provider.
    Letter,
}

/// Writes the open questions of a book.
pub fn ask(book: &Book, form: AskForm, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    match form {
        AskForm::Text => Page { options, out }.questions(book),
        AskForm::Letter => letter(book, out),
        AskForm::Json => {
            let value = json!({ "version": 1, "tool": book.made.tool, "open": book.open, "answered": book.answered });
            serde_json::to_writer_pretty(&mut *out, &value)?;
            writeln!(out)
        }
    }
}

/// The JSON Schema of the questions.
pub fn ask_schema() -> Value {
    let part = |value: schemars::Schema| value.to_value();
    json!({
        "type": "object",
        "required": ["version", "tool", "open", "answered"],
        "properties": {
            "version": { "type": "integer" },
            "tool": { "type": "string" },
            "open": part(schemars::schema_for!(Vec<OpenFact>)),
            "answered": part(schemars::schema_for!(Vec<Answered>)),
        }
    })
}

/// Questions that are shown without `details`.
const FEW: usize = 12;

/// Lines of text are this wide.
const WIDTH: usize = 110;

struct Page<'w> {
    options: TextOptions,
    out: &'w mut dyn Write,
}

impl Page<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        self.options.paint(style, text)
    }

    fn questions(&mut self, book: &Book) -> io::Result<()> {
        if book.open.is_empty() {
            writeln!(self.out, "no open fact changes anything about this network")?;
        }
        let shown = if self.options.details { book.open.len() } else { FEW };
        for (place, open) in book.open.iter().take(shown).enumerate() {
            self.question(place + 1, open)?;
        }
        if book.open.len() > shown {
            writeln!(self.out, "… and {} (--details)\n", counted(book.open.len() - shown, "more question"))?;
        }
        self.answered(&book.answered)?;
        let asked = book.open.iter().filter(|open| open.state == "asked").count();
        writeln!(
            self.out,
            "{}, of which {asked} asked; {} answered; --format letter prints what to send",
            counted(book.open.len(), "open question"),
            book.answered.len()
        )
    }

    fn question(&mut self, number: usize, open: &OpenFact) -> io::Result<()> {
        let state = match &open.asked {
            Some(asked) => format!("asked {asked}"),
            None => "open".to_owned(),
        };
        writeln!(
            self.out,
            "{} {}",
            self.paint(BOLD, &format!("{number:>2}. {}", escape(&open.fact.question))),
            self.paint(CYAN, &format!("[{}]", escape(&state)))
        )?;
        self.line(&citation(&open.fact))?;
        if let Some(range) = &open.range {
            self.line(&format!("believed to lie within {range} that"))?;
        }
        if let Some(worth) = open.worth {
            let saves = if worth.is_finite() {
                format!("saves {} of p99 on average", seconds(worth))
            } else {
                "decides whether the first mover works".to_owned()
            };
            self.line(&format!("knowing it {saves}, all values that were tried being equally likely"))?;
        }
        let few = if self.options.details { open.changes.len() } else { 3 };
        for change in open.changes.iter().take(few) {
            self.line(&format!("changes {change}"))?;
        }
        if open.changes.len() > few {
            self.line(&format!("and {} more answers", open.changes.len() - few))?;
        }
        self.line(&format!("cheapest: {}", open.settle))?;
        writeln!(self.out)
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        for line in wrapped(&escape(text), WIDTH - 4) {
            writeln!(self.out, "    {line}")?;
        }
        Ok(())
    }

    fn answered(&mut self, answered: &[Answered]) -> io::Result<()> {
        for answer in answered {
            let text = format!("{} = {} ({}, {})", answer.fact, answer.value, answer.status, answer.date);
            writeln!(self.out, "{}", self.paint(DIM, &format!("answered: {}", escape(&text))))?;
        }
        if !answered.is_empty() {
            writeln!(self.out)?;
        }
        Ok(())
    }
}

/// What is sent to the provider: questions only, without what the choice says of anybody's plans.
fn letter(book: &Book, out: &mut dyn Write) -> io::Result<()> {
    let to_ask =
        |open: &&OpenFact| open.state == "open" && !YOURS.iter().any(|subject| open.fact.id.starts_with(subject));
    let questions: Vec<&OpenFact> = book.open.iter().filter(to_ask).collect();
    if questions.is_empty() {
        return writeln!(out, "There is nothing to ask.");
    }
    writeln!(
        out,
        "We plan a storage cluster on Google Cloud whose instances have an RDMA network and an ordinary one, and whose"
    )?;
    writeln!(
        out,
        "clients reach it by virtual IP addresses. These questions decide how we build it; what we have found is below each."
    )?;
    writeln!(out, "Please say for each answer whether we may rely on it, and until when.\n")?;
    for (place, open) in questions.iter().enumerate() {
        for line in wrapped(&format!("{}. {}", place + 1, open.fact.question), WIDTH) {
            writeln!(out, "{}", escape(&line))?;
        }
        let values = open.fact.values.iter().enumerate();
        let values: Vec<String> = values
            .map(|(place, value)| match open.why.get(place).and_then(Option::as_ref) {
                Some(why) => format!("{value} ({why})"),
                None => value.clone(),
            })
            .collect();
        for line in wrapped(&format!("We hold for possible: {}.", values.join("; or ")), WIDTH - 3) {
            writeln!(out, "   {}", escape(&line))?;
        }
        let sources: Vec<&str> =
            open.fact.sources.iter().map(|source| source.url.as_str()).filter(|url| !url.is_empty()).collect();
        if !sources.is_empty() {
            writeln!(out, "   Read: {}", escape(&sources.join(" ")))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
