//! The report for a terminal: findings in the compiler's style, then what the answers hang on, then the counts. Short first; `details` shows the rest.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Message, Renderer, Snippet};
use anstyle::{AnsiColor, Style};

use crate::words::{self, at, escape, origin, world};
use crate::{Coverage, FactCitation, Finding, Place, Question, Report, Step};

/// How the text is to look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TextOptions {
    pub color: bool,
    /// Show what is shortened otherwise: every subject, every fact, every unread field.
    pub details: bool,
    /// Show what no rule looked at.
    pub coverage: bool,
}

impl TextOptions {
    /// The text in a style, where there is colour.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// Lines of a list that are shown without `details`.
const SHOWN: usize = 5;

/// Writes the report as text.
pub fn text(report: &Report, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { options, out };
    let violated = |deny: bool| {
        report.findings.iter().filter(move |finding| {
            finding.verdict == "violated" && is_new(finding) && (finding.level == "deny") == deny
        })
    };
    for finding in violated(true).chain(violated(false)) {
        page.finding(finding)?;
    }
    page.depends(report)?;
    page.questions(&report.open_questions)?;
    page.undecided(report)?;
    page.intents(report)?;
    page.not_evaluated(report)?;
    page.not_understood(report)?;
    page.overrides(report)?;
    if options.coverage {
        page.coverage(&report.coverage)?;
    }
    page.summary(report)?;
    page.baseline(report)?;
    page.strict(report)
}

/// Neither suppressed nor known by the baseline.
fn is_new(finding: &Finding) -> bool {
    finding.suppressed.is_none() && !finding.known
}

struct Page<'w> {
    options: TextOptions,
    out: &'w mut dyn Write,
}

impl Page<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        self.options.paint(style, text)
    }

    fn heading(&mut self, style: Style, title: &str, count: usize, rest: &str) -> io::Result<()> {
        let title = self.paint(style, title);
        writeln!(self.out, "{title} ({count}){rest}")
    }

    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        let level = if finding.level == "deny" { Level::ERROR } else { Level::WARNING };
        let level = match finding.verdict.as_str() {
            "violated" => level,
            other => Level::WARNING.with_name(other.to_owned()),
        };
        let title = level.primary_title(escape(&finding.message)).id(finding.code.clone());
        let mut group = Group::with_title(title);
        for snippet in snippets(finding) {
            group = group.element(snippet);
        }
        for step in steps(&finding.path) {
            group = group.element(step);
        }
        for message in self.messages(finding) {
            group = group.element(message);
        }
        let renderer = if self.options.color { Renderer::styled() } else { Renderer::plain() };
        writeln!(self.out, "{}\n", renderer.render(&[group]))
    }

    /// What stands below the snippet: the refusal, the arithmetic, like subjects, worlds, facts and the help.
    fn messages(&self, finding: &Finding) -> Vec<Message<'static>> {
        let mut messages = Vec::new();
        if let Some(refusal) = &finding.refusal {
            let text = format!(
                "{} is refused with {} {}: {}",
                refusal.method, refusal.status, refusal.reason, refusal.message
            );
            messages.push(Level::NOTE.message(escape(&text)));
        }
        for note in &finding.notes {
            messages.push(Level::NOTE.message(escape(note)));
        }
        if let Some(like) = self.like(&finding.subjects) {
            messages.push(Level::NOTE.message(like));
        }
        if self.options.details {
            let places = finding.alike.iter().map(|place| format!("also at {}", at(place)));
            messages.extend(places.map(|place| Level::NOTE.message(escape(&place))));
        }
        for arm in &finding.worlds {
            messages.push(Level::NOTE.message(escape(&world(arm))));
        }
        if finding.verdict == "bound-hit" {
            messages.push(Level::NOTE.message("the bound on worlds was hit: others may answer differently"));
        }
        let facts = finding.facts.iter().map(|fact| Level::NOTE.with_name("fact").message(escape(&citation(fact))));
        let most = if self.options.details { usize::MAX } else { 3 };
        messages.extend(facts.take(most));
        if finding.facts.len() > most {
            let more = format!("and {} more; --details shows them", finding.facts.len() - most);
            messages.push(Level::NOTE.with_name("fact").message(more));
        }
        if !finding.help.is_empty() {
            messages.push(Level::HELP.message(escape(&finding.help)));
        }
        messages
    }

    fn like(&self, subjects: &[String]) -> Option<String> {
        let others = subjects.get(1..).filter(|others| !others.is_empty())?;
        let names = others.iter().map(|name| short(name));
        if self.options.details || others.len() <= SHOWN {
            return Some(escape(&format!("the same for {}", names.collect::<Vec<_>>().join(", "))));
        }
        let first: Vec<&str> = names.take(2).collect();
        let last = short(others.last().expect("there are others"));
        Some(escape(&format!(
            "and {} more like it: {}, … {last}; --details shows them",
            others.len(),
            first.join(", ")
        )))
    }

    fn depends(&mut self, report: &Report) -> io::Result<()> {
        let open = |finding: &&Finding| finding.verdict != "violated" && is_new(finding);
        let depends: Vec<&Finding> = report.findings.iter().filter(open).collect();
        if depends.is_empty() {
            return Ok(());
        }
        if self.options.details {
            for finding in depends {
                self.finding(finding)?;
            }
            return Ok(());
        }
        self.heading(CYAN, "depends", depends.len(), ": answers that differ with facts nobody has confirmed")?;
        for finding in depends {
            let code = self.paint(BOLD, &finding.code);
            let place = finding
                .place
                .as_ref()
                .map(|place| format!("{}:{}: ", escape(&origin(place)), place.line))
                .unwrap_or_default();
            let place = self.paint(DIM, &place);
            let more = match finding.subjects.len() {
                0 | 1 => String::new(),
                several => format!(" (and {} more like it)", several - 1),
            };
            writeln!(self.out, "  {code}: {place}{}{more}", escape(&finding.message))?;
            for arm in &finding.worlds {
                writeln!(self.out, "      {}", escape(&world(arm)))?;
            }
            if finding.verdict == "bound-hit" {
                writeln!(self.out, "      the bound on worlds was hit: others may answer differently")?;
            }
        }
        writeln!(self.out)
    }

    fn questions(&mut self, questions: &[Question]) -> io::Result<()> {
        if questions.is_empty() {
            return Ok(());
        }
        self.heading(
            CYAN,
            "open questions",
            questions.len(),
            ": ask the provider, or read them from the API; most decisive first",
        )?;
        let width = questions.iter().map(|question| question.judgements.to_string().len()).max().unwrap_or(1);
        for question in questions {
            let fact = &question.fact;
            let id = self.paint(BOLD, &fact.id);
            writeln!(self.out, "  {:>width$} × {id}: {}", question.judgements, fact.question)?;
            let values: Vec<String> = fact
                .values
                .iter()
                .zip(&question.why)
                .map(|(value, why)| why.as_ref().map_or_else(|| value.clone(), |why| format!("{value}: {why}")))
                .collect();
            if self.options.details {
                for value in &values {
                    writeln!(self.out, "  {:width$}     {}", "", escape(value))?;
                }
                if let Some(sought) = &question.sought {
                    writeln!(self.out, "  {:width$}     sought in: {sought}", "")?;
                }
                writeln!(self.out, "  {:width$}     decides {}", "", question.rules.join(", "))?;
            } else {
                let status = self.paint(DIM, &format!("{}, {}", fact.status, fact.date));
                writeln!(self.out, "  {:width$}   {} ({status})", "", fact.values.join(" or "))?;
            }
        }
        writeln!(self.out)
    }

    fn undecided(&mut self, report: &Report) -> io::Result<()> {
        if report.undecided.is_empty() {
            return Ok(());
        }
        self.heading(YELLOW, "undecided", report.summary.undecided, ": the input does not say")?;
        let most = if self.options.details { usize::MAX } else { SHOWN };
        for group in report.undecided.iter().take(most) {
            writeln!(self.out, "  {} × {}", group.judgements, escape(&group.needs))?;
            if self.options.details {
                writeln!(self.out, "      for {}", group.rules.join(", "))?;
                if group.entities.len() > 1 {
                    writeln!(self.out, "      of {}", escape(&group.entities.join(", ")))?;
                }
            }
        }
        self.more(report.undecided.len(), most)?;
        writeln!(self.out)
    }

    fn intents(&mut self, report: &Report) -> io::Result<()> {
        if report.intents.is_empty() {
            return Ok(());
        }
        let holding = report.intents.iter().filter(|intent| intent.verdict == "holds").count();
        let rest = if holding == report.intents.len() { ": all hold".to_owned() } else { format!(": {holding} hold") };
        let style = if holding == report.intents.len() { GREEN } else { YELLOW };
        self.heading(style, "intents", report.intents.len(), &rest)?;
        for intent in &report.intents {
            let verdict = self.paint(BOLD, &intent.verdict);
            writeln!(self.out, "  {verdict}: {}", escape(&intent.text))?;
            let most = if self.options.details { usize::MAX } else { SHOWN };
            for line in intent.proof.iter().take(most) {
                writeln!(self.out, "      {}", escape(line))?;
            }
            self.more(intent.proof.len(), most)?;
        }
        writeln!(self.out)
    }

    fn not_evaluated(&mut self, report: &Report) -> io::Result<()> {
        if report.not_evaluated.is_empty() {
            return Ok(());
        }
        self.heading(
            YELLOW,
            "not evaluated",
            report.not_evaluated.len(),
            ": read and typed, but not judged for want of something",
        )?;
        for part in &report.not_evaluated {
            writeln!(self.out, "  {} `{}` needs {}", part.kind, escape(&part.name), part.needs)?;
        }
        writeln!(self.out)
    }

    fn not_understood(&mut self, report: &Report) -> io::Result<()> {
        let left = &report.not_understood;
        let most = if self.options.details { usize::MAX } else { SHOWN };
        if report.summary.not_understood > 0 {
            self.heading(YELLOW, "not understood", report.summary.not_understood, "")?;
            for kind in left.kinds.iter().take(most) {
                writeln!(self.out, "  {} × {}", kind.count, escape(&kind.kind))?;
            }
            self.more(left.kinds.len(), most)?;
            for value in left.malformed.iter().take(most) {
                writeln!(self.out, "  malformed: {}", escape(value))?;
            }
            self.more(left.malformed.len(), most)?;
            writeln!(self.out)?;
        }
        if !left.outside.is_empty() {
            self.heading(DIM, "outside the input", left.outside.len(), ": named, not described")?;
            for name in left.outside.iter().take(most) {
                writeln!(self.out, "  {}", escape(name))?;
            }
            self.more(left.outside.len(), most)?;
            writeln!(self.out)?;
        }
        if !left.unread_fields.is_empty() {
            let total: usize = left.unread_fields.iter().map(|field| field.count).sum();
            let kinds = left.unread_fields.len();
            let kinds = if kinds == 1 { "1 kind".to_owned() } else { format!("{kinds} kinds") };
            self.heading(DIM, "unread fields", total, &format!(" of {kinds}"))?;
            if self.options.details || self.options.coverage {
                for field in left.unread_fields.iter().take(most) {
                    writeln!(self.out, "  {} × {}", field.count, escape(&field.kind))?;
                }
                self.more(left.unread_fields.len(), most)?;
            }
            writeln!(self.out)?;
        }
        if left.superseded > 0 {
            writeln!(self.out, "{} recorded answers were replaced by later ones\n", left.superseded)?;
        }
        Ok(())
    }

    fn more(&mut self, total: usize, shown: usize) -> io::Result<()> {
        if total > shown {
            writeln!(self.out, "  … and {} more; --details shows them", total - shown)?;
        }
        Ok(())
    }

    fn overrides(&mut self, report: &Report) -> io::Result<()> {
        if report.overrides.is_empty() {
            return Ok(());
        }
        self.heading(DIM, "facts overridden", report.overrides.len(), "")?;
        for over in &report.overrides {
            let expired = if over.expired { " (expired: not used)" } else { "" };
            writeln!(
                self.out,
                "  {} = {} ({}: {}){expired}",
                over.fact,
                escape(&over.value),
                over.status,
                escape(&over.note)
            )?;
        }
        writeln!(self.out)
    }

    fn summary(&mut self, report: &Report) -> io::Result<()> {
        let counted = report.contents.iter().map(|part| match part.count {
            1 => format!("1 {}", words::singular(&part.kind)),
            count => format!("{count} {}", part.kind),
        });
        let contents: Vec<String> = counted.collect();
        if !contents.is_empty() {
            writeln!(self.out, "{}", contents.join(", "))?;
        }
        let summary = &report.summary;
        if let Some(config) = &report.config {
            let allowed: Vec<&str> =
                report.rules.iter().filter(|rule| rule.level == "allow").map(|rule| rule.code.as_str()).collect();
            let allowed = if allowed.is_empty() { String::new() } else { format!("; not run: {}", allowed.join(", ")) };
            writeln!(self.out, "levels and suppressions from {}{allowed}", escape(config))?;
        }
        let style = if summary.denied > 0 {
            RED
        } else if report.is_unclean() {
            YELLOW
        } else {
            GREEN
        };
        let totals = words::totals(report);
        let (verdict, counts) = totals.split_once(':').expect("the totals begin with the verdict");
        let verdict = self.paint(style, verdict);
        writeln!(self.out, "{verdict}:{counts}")
    }
}

impl Page<'_> {
    fn coverage(&mut self, coverage: &Coverage) -> io::Result<()> {
        let unjudged: usize = coverage.unjudged.iter().map(|kind| kind.names.len()).sum();
        let title = self.paint(DIM, "coverage");
        let (looked_at, described) = (coverage.described - unjudged, coverage.described);
        writeln!(self.out, "{title}: rules looked at {looked_at} of {described} resources and parts of the model")?;
        let most = if self.options.details { usize::MAX } else { 3 };
        for kind in &coverage.unjudged {
            let names: Vec<&str> = kind.names.iter().take(most).map(|name| short(name)).collect();
            let more = if kind.names.len() > most { ", …" } else { "" };
            let counted = format!("{} of {} × {}", kind.names.len(), kind.described, kind.kind);
            writeln!(self.out, "  not at {counted}: {}{more}", escape(&names.join(", ")))?;
        }
        if !coverage.fields_without_rule.is_empty() {
            let fields = &coverage.fields_without_rule;
            writeln!(self.out, "  fields that are read, and at which no rule looks: {}", fields.join(", "))?;
        }
        writeln!(self.out)
    }

    /// What the baseline did, in one line, and the entries that it no longer needs.
    fn baseline(&mut self, report: &Report) -> io::Result<()> {
        let Some(baseline) = &report.baseline else { return Ok(()) };
        let path = escape(&baseline.path);
        writeln!(self.out, "baseline {path}: {} known, {} new", baseline.known, baseline.new)?;
        if baseline.gone.is_empty() {
            return Ok(());
        }
        writeln!(
            self.out,
            "{} of its entries match nothing any more; --write-baseline drops them",
            baseline.gone.len()
        )?;
        let most = if self.options.details { usize::MAX } else { SHOWN };
        for entry in baseline.gone.iter().take(most) {
            writeln!(self.out, "  {} for {}", escape(&entry.rule), escape(&entry.subject))?;
        }
        self.more(baseline.gone.len(), most)
    }

    /// Why a strict check fails that would pass otherwise.
    fn strict(&mut self, report: &Report) -> io::Result<()> {
        if !report.strict || !report.is_unclean() {
            return Ok(());
        }
        let verdict = self.paint(RED, "strict");
        writeln!(self.out, "{verdict}: fails on {}", words::counts(&report.unclean()))
    }
}

/// The steps of a walk, numbered, each with where it stands.
fn steps(path: &[Step]) -> impl Iterator<Item = Message<'static>> {
    path.iter().enumerate().map(|(number, step)| {
        let place = step.place.as_ref().map_or_else(|| "named, not described".to_owned(), at);
        let text = format!("{}. {} ({place})", number + 1, step.label);
        Level::NOTE.with_name("step").message(escape(&text))
    })
}

/// Places of one line share a snippet.
fn snippets(finding: &Finding) -> Vec<Snippet<'static, annotate_snippets::Annotation<'static>>> {
    let mut lines: Vec<(&Place, Vec<(&Place, bool)>)> = Vec::new();
    let primary = finding.place.iter().map(|place| (place, true));
    let places = primary.chain(finding.also.iter().map(|place| (place, false)));
    for (place, is_primary) in places {
        let same = lines.iter_mut().find(|(line, _)| {
            line.path == place.path
                && line.address == place.address
                && line.line == place.line
                && line.text == place.text
        });
        match same {
            Some((_, marks)) => marks.push((place, is_primary)),
            None => lines.push((place, vec![(place, is_primary)])),
        }
    }
    let line = |(line, marks): (&Place, Vec<(&Place, bool)>)| {
        let mut snippet = Snippet::source(plain(&line.text)).line_start(line.line).path(escape(&origin(line)));
        for (place, is_primary) in marks {
            let kind = if is_primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let mark = kind.span(place.start..place.end);
            snippet = snippet.annotation(if place.label.is_empty() { mark } else { mark.label(escape(&place.label)) });
        }
        snippet
    };
    lines.into_iter().map(line).collect()
}

/// A fact with its values, status and sources in one line.
pub(crate) fn citation(fact: &FactCitation) -> String {
    let sources: Vec<&str> = fact.sources.iter().map(|source| source.key.as_str()).collect();
    format!("{} = {} ({}: {}, {})", fact.id, fact.values.join(" or "), fact.status, sources.join(", "), fact.date)
}

/// The name of a NIC has its instance in it; of all else the last part is enough.
pub(crate) fn short(name: &str) -> &str {
    let mut parts = name.rmatch_indices('/').map(|(at, _)| at);
    let last = parts.next();
    let nic = last.is_some_and(|at| name[at + 1..].starts_with("nic"));
    let at = if nic { parts.next() } else { last };
    at.map_or(name, |at| &name[at + 1..])
}

/// A source line without control characters, every other byte in its place so that spans still fit.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_control() && c != '\t' { ' ' } else { c }).collect()
}
