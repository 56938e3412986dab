//! A trace for a terminal, as a person reads it: the answer first, then the way of the request and of its reply, then what would mend it. Short first;
//! `details` shows every way and every fact. Not here: what is said.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{Leg, Mend, Mends, Trace, TraceHop, Way, WorldTrace};
use crate::text::citation;
use crate::words::{conditions, escape, origin};
use crate::{FactCitation, TextOptions};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// The widest stage, `delivered` and `undecided` included.
const STAGE: usize = 9;

/// The code of a way that ends where the model does, and what is said instead of it.
const NOT_MODELLED: &str = "NOT_MODELLED";
const OPEN: &str = "not modelled";

/// Words up to this width are aligned, so that one long line does not push all places out of sight.
const WORDS: usize = 84;

/// Names, facts and edits of a list that are shown without `details`.
const SHOWN: usize = 3;

/// Writes a trace as text.
pub fn trace_text(trace: &Trace, options: TextOptions, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { options, out };
    page.headline(trace)?;
    for (place, world) in trace.worlds.iter().enumerate() {
        page.world(world, trace.worlds[..place].first())?;
    }
    match &trace.mending {
        Some(mending) => page.mending(mending),
        None => Ok(()),
    }
}

struct Page<'w> {
    options: TextOptions,
    out: &'w mut dyn Write,
}

impl Page<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        self.options.paint(style, text)
    }

    /// How many of a list are shown.
    fn most(&self) -> usize {
        if self.options.details { usize::MAX } else { SHOWN }
    }

    fn headline(&mut self, trace: &Trace) -> io::Result<()> {
        let question = format!("{} → {} on {}", escape(&trace.from.name), escape(&trace.to.name), trace.port);
        let answer = match (trace.answer.as_str(), &trace.code) {
            ("depends", _) => {
                let facts: Vec<&str> = trace.hangs_on.iter().map(|fact| fact.id.as_str()).collect();
                format!("depends on {}", facts.join(", "))
            }
            ("bound-hit", _) => "the bound on worlds was hit: others may answer differently".to_owned(),
            (answer, code) => fate(answer, code.as_deref()),
        };
        let answer = self.paint(style(&trace.answer), &answer);
        writeln!(self.out, "{}: {answer}", self.paint(BOLD, &question))?;
        for party in [&trace.from, &trace.to] {
            if let Some(choice) = &party.choice {
                writeln!(self.out, "  {}", escape(choice))?;
            }
        }
        if !trace.down.is_empty() {
            writeln!(self.out, "  down: {}", escape(&trace.down.join(", ")))?;
        }
        self.holders(trace)?;
        for fact in &trace.hangs_on {
            writeln!(self.out, "  {}: {}", fact.id, fact.question)?;
            let status = self.paint(DIM, &format!("{}, {}", fact.status, fact.date));
            writeln!(self.out, "    {} ({status})", fact.values.join(" or "))?;
        }
        Ok(())
    }

    fn holders(&mut self, trace: &Trace) -> io::Result<()> {
        if trace.holders.is_empty() {
            return Ok(());
        }
        let held = trace.holders.iter().map(|held| format!("{} with {}", held.vip, held.instance));
        let held = self.some(&held.collect::<Vec<_>>());
        writeln!(self.out, "  held: {held}")
    }

    /// The first few of a list.
    fn some(&self, names: &[String]) -> String {
        let most = self.most();
        let shown: Vec<&str> = names.iter().take(most).map(String::as_str).collect();
        let more = match names.len().saturating_sub(shown.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        escape(&format!("{}{more}", shown.join(", ")))
    }

    /// The answer in some worlds; what reads as in the first ones is not said again.
    fn world(&mut self, world: &WorldTrace, first: Option<&WorldTrace>) -> io::Result<()> {
        writeln!(self.out)?;
        if !world.when.is_empty() {
            let answer = self.paint(style(&world.answer), &fate(&world.answer, world.code.as_deref()));
            let when = escape(&conditions(&world.when)).replace(", or if ", ",\nor if ");
            writeln!(self.out, "if {when}: {answer}")?;
        }
        if let Some(needs) = &world.needs {
            let place = needs.place.as_ref().map(|place| format!(" ({}:{})", origin(place), place.line));
            let place = place.unwrap_or_default();
            writeln!(self.out, "needs {}{}", escape(&needs.what), self.paint(DIM, &escape(&place)))?;
            if !world.ways.is_empty() {
                writeln!(self.out, "without it, the input leads this way:")?;
            }
        }
        let all: usize = world.ways.iter().map(|way| way.count).sum();
        let shown = if self.options.details { world.ways.len() } else { 1 };
        for way in world.ways.iter().take(shown) {
            self.way(way, all, first.and_then(|first| first.ways.first()))?;
        }
        for way in world.ways.iter().skip(shown) {
            self.other_way(way)?;
        }
        match first {
            Some(_) if !self.options.details => Ok(()),
            _ => self.facts(world),
        }
    }

    fn way(&mut self, way: &Way, all: usize, first: Option<&Way>) -> io::Result<()> {
        let hops = way.replies.iter().chain([&way.request]).flat_map(|leg| &leg.hops);
        let widths = hops.map(|hop| escape(&hop.words).chars().count()).filter(|width| *width <= WORDS);
        let width = widths.max().unwrap_or(0);
        let names = if way.leads_to.is_empty() { String::new() } else { format!(": {}", self.some(&way.leads_to)) };
        let like = match way.count {
            1 if all == 1 => String::new(),
            several if several == all => format!(", {all} like ways{names}"),
            some => format!(", {some} of {all} ways{names}"),
        };
        if !self.options.details && first.is_some_and(|first| reads_as(&way.request, &first.request)) {
            let end = if way.request.delivered { format!("to {}", way.request.end) } else { way.request.end.clone() };
            writeln!(self.out, "{}{}, as above {}", self.paint(BOLD, "request"), escape(&like), escape(&end))?;
        } else {
            self.leg("request", &like, &way.request, width)?;
        }
        for (number, reply) in way.replies.iter().enumerate() {
            let of = if way.replies.len() > 1 {
                format!(", {} of {}", number + 1, way.replies.len())
            } else {
                String::new()
            };
            self.leg("reply", &of, reply, width)?;
        }
        Ok(())
    }

    fn leg(&mut self, title: &str, rest: &str, leg: &Leg, width: usize) -> io::Result<()> {
        writeln!(self.out, "{}{}", self.paint(BOLD, title), escape(rest))?;
        for (number, hop) in leg.hops.iter().enumerate() {
            let drops = !leg.delivered && number + 1 == leg.hops.len();
            self.hop(hop, drops, width)?;
        }
        let meaning = leg.meaning.as_deref().unwrap_or_default().trim_end_matches('.');
        let (word, text) = match &leg.code {
            Some(code) if code == NOT_MODELLED => (OPEN, meaning.to_owned()),
            Some(code) => ("dropped", format!("{code}: {meaning}")),
            None => ("delivered", format!("to {}", escape(&leg.end))),
        };
        let mark = self.paint(style(word), &format!("{word:STAGE$}"));
        writeln!(self.out, "  {mark}  {text}")
    }

    fn hop(&mut self, hop: &TraceHop, drops: bool, width: usize) -> io::Result<()> {
        let stage = format!("{:STAGE$}", hop.stage);
        let stage = if drops { self.paint(RED, &stage) } else { stage };
        let words = escape(&hop.words);
        let place = match (&hop.place, &hop.entity) {
            (Some(place), _) => escape(&format!("{}:{}", origin(place), place.line)),
            (None, Some(_)) => "named, not described".to_owned(),
            (None, None) => String::new(),
        };
        if place.is_empty() {
            writeln!(self.out, "  {stage}  {words}")?;
        } else {
            writeln!(self.out, "  {stage}  {words:width$}  {}", self.paint(DIM, &place))?;
        }
        if self.options.details {
            for fact in &hop.facts {
                let cited = self.paint(DIM, &format!("= fact: {}", escape(&citation(fact))));
                writeln!(self.out, "  {:STAGE$}    {cited}", "")?;
            }
        }
        Ok(())
    }

    /// A way in one line.
    fn other_way(&mut self, way: &Way) -> io::Result<()> {
        let failed = std::iter::once(&way.request).chain(&way.replies).find_map(|leg| leg.code.as_ref());
        let word = match failed {
            Some(code) if code == NOT_MODELLED => "not-modelled",
            Some(_) => "dropped",
            None => "delivered",
        };
        let mark = self.paint(style(word), &fate(word, failed.map(String::as_str)));
        let names = if way.leads_to.is_empty() { String::new() } else { format!(" ({})", self.some(&way.leads_to)) };
        let ways = if way.count == 1 { "1 way".to_owned() } else { format!("{} ways", way.count) };
        writeln!(self.out, "and {ways} more{names}: {mark}; --details shows it")
    }

    /// What the answer rests on and nobody has stated or seen; with `details`, everything that it rests on.
    fn facts(&mut self, world: &WorldTrace) -> io::Result<()> {
        if world.facts.is_empty() {
            return Ok(());
        }
        let mut facts: Vec<&FactCitation> = world.facts.iter().collect();
        facts.sort_by_key(|fact| doubt(&fact.status));
        let sure = facts.iter().filter(|fact| is_sure(&fact.status)).count();
        if !self.options.details {
            facts.retain(|fact| !is_sure(&fact.status));
        }
        let title = self.paint(CYAN, "rests on");
        let hint = match (self.options.details, sure) {
            (true, _) => "",
            (false, 1) => "; --details shows it",
            (false, _) => "; --details shows them",
        };
        match (facts.len(), sure) {
            (0, 1) => writeln!(self.out, "{title} 1 fact, which is documented or seen{hint}")?,
            (0, sure) => writeln!(self.out, "{title} {sure} facts, each documented or seen{hint}")?,
            (_, 0) => writeln!(self.out, "{title}")?,
            (_, 1) => writeln!(self.out, "{title} 1 fact that is documented or seen{hint}, and on")?,
            (_, sure) => writeln!(self.out, "{title} {sure} facts that are documented or seen{hint}, and on")?,
        }
        for fact in facts {
            writeln!(self.out, "  {}", escape(&citation(fact)))?;
        }
        Ok(())
    }

    fn mending(&mut self, mending: &Mends) -> io::Result<()> {
        writeln!(self.out)?;
        let (kinds, tried) = (mending.kinds.len(), mending.tried);
        if mending.offers.is_empty() {
            let title = self.paint(YELLOW, "no single edit");
            let bound = if mending.bound_hit { ", and there are more: the bound was hit" } else { "" };
            writeln!(self.out, "{title} of {kinds} kinds lets it pass in every world; {tried} were tried{bound}")?;
        } else {
            let title = self.paint(GREEN, "lets it pass");
            let each = if mending.offers.len() == 1 { "one edit" } else { "each of these alone" };
            writeln!(self.out, "{title}: {each}, of {tried} that were tried")?;
        }
        self.mends(&mending.offers)?;
        if mending.offers.is_empty() || self.options.details {
            self.mends(&mending.partial)?;
        }
        for refused in &mending.refused {
            let words = escape(&refused.words);
            let why = self.paint(DIM, &format!("the API refuses it: {}", escape(&refused.why)));
            writeln!(self.out, "  {words}: it would, but {why}")?;
        }
        if !mending.together.is_empty() {
            let title = self.paint(GREEN, "lets it pass");
            writeln!(self.out, "{title}: these {} together", mending.together.len())?;
            for mend in &mending.together {
                self.mend(mend)?;
            }
        }
        Ok(())
    }

    fn mends(&mut self, mends: &[Mend]) -> io::Result<()> {
        let most = self.most();
        for mend in mends.iter().take(most) {
            self.mend(mend)?;
        }
        match mends.len().saturating_sub(most) {
            0 => Ok(()),
            more => writeln!(self.out, "  … and {more} more; --details shows them"),
        }
    }

    fn mend(&mut self, mend: &Mend) -> io::Result<()> {
        let when = match mend.when.as_slice() {
            [] => String::new(),
            when => format!(", if {}", conditions(when)),
        };
        let place = mend.place.as_ref().map(|place| format!("  {}:{}", origin(place), place.line)).unwrap_or_default();
        let words = escape(&format!("{}{when}", mend.words));
        writeln!(self.out, "  {words}{}", self.paint(DIM, &escape(&place)))?;
        writeln!(self.out, "      {}", self.paint(CYAN, &escape(&mend.write)))
    }
}

/// An answer with its reason. What is not modelled has none: nobody knows what becomes of the packet there.
fn fate(answer: &str, code: Option<&str>) -> String {
    match (answer, code) {
        ("not-modelled", _) => OPEN.to_owned(),
        (answer, Some(code)) => format!("{answer}, {code}"),
        (answer, None) => answer.to_owned(),
    }
}

/// Whether two ways are the same to a reader.
fn reads_as(leg: &Leg, other: &Leg) -> bool {
    let hops = |leg: &Leg| -> Vec<(String, String)> {
        leg.hops.iter().map(|hop| (hop.stage.clone(), hop.words.clone())).collect()
    };
    leg.end == other.end && hops(leg) == hops(other)
}

fn style(answer: &str) -> Style {
    match answer {
        "delivered" => GREEN,
        "dropped" => RED,
        "depends" => CYAN,
        _ => YELLOW,
    }
}

/// Whether somebody states it who knows, or saw it.
fn is_sure(status: &str) -> bool {
    matches!(status, "documented" | "confirmed" | "observed")
}

/// What is least sure comes first.
fn doubt(status: &str) -> usize {
    let order = ["unknown", "conflicting", "assumed", "reported", "observed", "documented", "confirmed"];
    order.iter().position(|word| *word == status).unwrap_or(0)
}
