//! The outcome of a record: what follows from it, how sure it is, what would flip it, and what to ask first. Not here: the options one by one.

use super::options::{proof, safety};
use super::{Argument, Clerk, Evidence, FlipSaid, Said, Side};
use crate::failover::told::{self, ticked};
use crate::failover::{quantile, said};
use crate::words::{counted, grouped};
use crate::{FactCitation, MoverFailover};

/// Facts to ask about that are named in a sentence.
const FEW: usize = 3;

impl Clerk<'_> {
    fn mover(&self, name: &str) -> Option<&MoverFailover> {
        self.pool.movers.iter().find(|mover| mover.mover == name)
    }

    pub(super) fn first(&self) -> Option<&MoverFailover> {
        self.pool.choice.first.as_ref().and_then(|first| self.mover(first))
    }

    fn named(&self) -> Option<&MoverFailover> {
        self.mover(&self.pool.mover)
    }

    /// The answer, why, how sure, and what to ask, in a sentence each.
    pub(super) fn short(&self) -> Vec<Said> {
        let mut short = vec![Said::with(told::lead(self.pool, self.failover), Evidence::Outages)];
        let Some(first) = self.first() else { return short };
        let next = self.pool.choice.because.first().and_then(|because| self.mover(&because.mover));
        if let Some((next, behind)) = next.and_then(|next| Some((next, self.behind(next)?))) {
            short.push(Said { words: format!("Next is {}: {}.", ticked(&next.mover), behind.words), ..behind });
        }
        short.extend(self.would_be_first(first));
        short.push(self.safety_of(first));
        short.push(Said::plain(self.worlds()));
        short.extend(self.too_few(first));
        short.extend(
            self.ask().into_iter().take(1).map(|ask| Said { words: format!("Ask first: {}", ask.words), ..ask }),
        );
        short
    }

    /// Who would be first if something changed before.
    fn would_be_first(&self, first: &MoverFailover) -> Option<Said> {
        let other = self.pool.choice.first_of_all.as_ref().filter(|other| **other != first.mover)?;
        let mover = self.mover(other)?;
        let words = format!(
            "{} would be first (p99 {}, {}) if this changed before: {}.",
            ticked(other),
            quantile(&mover.p99),
            told::price(mover),
            mover.obstacles.join("; ")
        );
        Some(Said::with(words, Evidence::Mover(other.clone())))
    }

    /// That so few trials were played that slower movers count as alike.
    fn too_few(&self, first: &MoverFailover) -> Option<Said> {
        let is_open = first.p99.seconds.is_some() && first.p99.high.is_none() && first.p99.low.is_some();
        is_open.then(|| {
            let words = format!(
                "Too few trials to choose by: {} do not bound the p99 of {} from above, so that slower movers count as alike. Play 10,000.",
                grouped(u64::from(self.failover.trials)),
                ticked(&first.mover)
            );
            Said::with(words, Evidence::Outages)
        })
    }

    /// Whether the first is safe, and with which facts.
    fn safety_of(&self, first: &MoverFailover) -> Said {
        let Some(proved) = first.proved.as_ref().filter(|proved| proved.violated.is_empty()) else {
            let mut all = told::usable(self.pool).filter_map(|mover| mover.proved.as_ref());
            let is_hopeless =
                first.proved.is_some() && all.all(|proved| proved.violated.iter().any(|code| code.starts_with('I')));
            let hopeless =
                if is_hopeless { ": no mover that can be used here is safe, and this is the least bad" } else { "" };
            let words = format!("Safety of {}: {}{hopeless}.", ticked(&first.mover), safety(first));
            return Said::with(words, Evidence::Proofs);
        };
        let depends: Vec<Said> = proved.depends.iter().map(|code| self.depends(first, code)).collect();
        let words: Vec<&str> = depends.iter().map(|said| said.words.as_str()).collect();
        let hangs = if words.is_empty() { String::new() } else { format!("; {}", words.join("; ")) };
        let words = format!("Safety of {}: nothing is violated{hangs}.", ticked(&first.mover));
        // One fact can be the link itself; more would be a list.
        let one = depends.first().and_then(|said| said.evidence.first().cloned());
        Said { words, evidence: one.into_iter().chain([Evidence::Proofs]).collect() }
    }

    /// In how many of the worlds that were looked at the first stays first.
    fn worlds(&self) -> String {
        let choice = &self.pool.choice;
        match (choice.worlds, choice.worlds - choice.same.min(choice.worlds)) {
            (0, _) => "No fact was varied: how sure this is was not looked at.".to_owned(),
            (worlds, 0) => format!("It stays first in all {worlds} worlds that differ in one fact."),
            (worlds, _) => format!("It stays first in {} of {worlds} worlds that differ in one fact.", choice.same),
        }
    }

    pub(super) fn outcome(&self) -> Vec<Said> {
        let choice = &self.pool.choice;
        let Some(first) = &choice.first else {
            return vec![Said::plain(
                "No mover can be used on this network. What excludes each of them stands with it, and is what has to change.",
            )];
        };
        let by = choice.criterion.join(", then ");
        let mut outcome = vec![Said::plain(format!("{}, by {by}.", ticked(first)))];
        let wins = |mover: &str| {
            let some = choice.by_scenario.iter().filter(|(_, first)| first.as_deref() == Some(mover));
            some.map(|(scenario, _)| scenario.clone()).collect::<Vec<String>>()
        };
        match &choice.dominates {
            Some(mover) if mover == first => {
                outcome.push(Said::plain("It is no slower in any scenario, as safe and as cheap as any other: nothing is given up for it."));
            }
            Some(mover) => outcome.push(Said::plain(format!(
                "{} is no slower in any scenario, as safe and as cheap as any other; the criterion sets something else above that.",
                ticked(mover)
            ))),
            None => outcome.push(Said::plain("No mover is the best in everything: the criterion weighs.")),
        }
        let mut others: Vec<&str> = choice.by_scenario.iter().filter_map(|(_, first)| first.as_deref()).collect();
        others.sort_unstable();
        others.dedup();
        for other in others.into_iter().filter(|other| other != first) {
            let words = format!(
                "If one scenario alone decided, {} would be first in {}.",
                ticked(other),
                told::listed(&wins(other))
            );
            outcome.push(Said::with(words, Evidence::Outages));
        }
        outcome
    }

    /// What follows from the choice.
    pub(super) fn consequences(&self) -> Vec<Argument> {
        let Some(first) = self.first() else { return Vec::new() };
        let own = || Evidence::Mover(first.mover.clone());
        let mut all = Vec::new();
        let mut add = |side, words: String, evidence| all.push(Argument::new(side, Said::with(words, evidence)));
        match self.named().filter(|named| named.mover != first.mover) {
            Some(named) => {
                let (mine, its) = (self.figure(first), self.figure(named));
                let its = if named.refusal.is_some() { "no failover at all".to_owned() } else { its };
                let number = |mover: &MoverFailover| told::number(&mover.p99).unwrap_or(f64::INFINITY);
                let is_shorter = named.refusal.is_some() || number(first) <= number(named);
                add(
                    if is_shorter { Side::Good } else { Side::Bad },
                    format!(
                        "p99 of the worst client is {mine} with {}, against {its} with {}.",
                        ticked(&first.mover),
                        ticked(&named.mover)
                    ),
                    Evidence::Outages,
                );
                add(
                    Side::Neutral,
                    format!(
                        "In the model: {} for {}.",
                        ticked(&format!("mover: {}", first.mover)),
                        ticked(&self.pool.pool)
                    ),
                    own(),
                );
            }
            None => add(Side::Good, "The model names it already: nothing changes.".to_owned(), own()),
        }
        for intent in self.pool.intents.iter().filter(|intent| !intent.kept_by.contains(&first.mover)) {
            let words = format!(
                "{} is not kept in every world that was looked at: ask what it hangs on, or change it.",
                ticked(&intent.intent)
            );
            add(Side::Bad, words, Evidence::Intents);
        }
        let side = if first.price > 0.0 || first.price_per_gib.is_some() { Side::Bad } else { Side::Good };
        add(side, format!("It costs {}.", told::price(first)), own());
        if !first.needs.is_empty() {
            add(Side::Neutral, format!("It needs {}.", first.needs.join("; ")), own());
        }
        let violated: Vec<&String> = first.proved.iter().flat_map(|proved| &proved.violated).collect();
        if !violated.is_empty() {
            let codes: Vec<String> = violated.iter().map(|code| format!("{code} ({})", self.title(code))).collect();
            let words =
                format!("It violates {}: somebody has to live with that, or to prevent it.", told::listed(&codes));
            let evidence = violated.iter().map(|code| proof(first, code)).collect();
            all.push(Argument::new(Side::Bad, Said { words, evidence }));
        }
        let depends = first.proved.iter().flat_map(|proved| &proved.depends);
        all.extend(depends.map(|code| {
            let said = self.depends(first, code);
            Argument::new(Side::Bad, Said { words: format!("{}.", said.words), ..said })
        }));
        all
    }

    /// How sure the choice is.
    pub(super) fn sure(&self) -> Vec<Said> {
        let Some(first) = self.first() else { return Vec::new() };
        let choice = &self.pool.choice;
        let mut sure = vec![Said::plain(self.worlds())];
        for corner in choice.corners.iter().filter(|corner| corner.first != choice.first) {
            let other = corner.first.as_deref().map_or_else(|| "no mover".to_owned(), ticked);
            sure.push(Said::plain(format!("But where {}, {other} is first.", corner.world)));
        }
        let kept: Vec<String> = choice
            .corners
            .iter()
            .filter(|corner| corner.first == choice.first)
            .map(|corner| corner.world.clone())
            .collect();
        if !kept.is_empty() {
            sure.push(Said::plain(format!("It stays first, too, where {}.", told::each(&kept, "and where"))));
        }
        sure.push(self.trials(first));
        sure.extend(self.rests_on(first));
        if first.proved.is_none() {
            sure.push(Said::with("Safety was not looked at: it did not count.", Evidence::Proofs));
        } else {
            sure.push(Said::with(
                "Proofs are about a small system, of which every state was looked at, not about one of this size.",
                Evidence::Proofs,
            ));
        }
        if told::has_rdma(self.pool) {
            sure.push(Said::plain(told::RDMA));
        }
        sure
    }

    fn trials(&self, first: &MoverFailover) -> Said {
        let page = &first.p99;
        let between = match (page.seconds, page.low, page.high) {
            (Some(_), Some(low), Some(high)) if said(low) == said(high) => {
                format!("; the 95 % interval of its p99, {}, is narrower than its last digit", quantile(page))
            }
            (Some(_), Some(low), Some(high)) => {
                format!("; its p99 of {} lies between {} and {} at 95 %", quantile(page), said(low), said(high))
            }
            (Some(_), _, _) => format!("; so few do not bound its p99 of {} from above", quantile(page)),
            _ => String::new(),
        };
        let words = format!(
            "{} trials were played of each mover in each scenario, and {} with each fact elsewhere{between}.",
            grouped(u64::from(self.failover.trials)),
            grouped(u64::from(self.failover.varied))
        );
        Said::with(words, Evidence::Outages)
    }

    /// How well the facts are known that the figures of a mover rest on.
    fn rests_on(&self, mover: &MoverFailover) -> Option<Said> {
        let cited: Vec<&FactCitation> = mover.rests_on.iter().filter_map(|id| self.cited(id)).collect();
        let count = |words: &[&str]| cited.iter().filter(|fact| words.contains(&fact.status.as_str())).count();
        if cited.is_empty() {
            return None;
        }
        let words = format!(
            "Of the {} that its figures rest on, {} are documented, observed or confirmed, {} reported, {} assumed, and {} unknown or conflicting.",
            counted(cited.len(), "fact"),
            count(&["documented", "observed", "confirmed"]),
            count(&["reported"]),
            count(&["assumed"]),
            count(&["unknown", "conflicting"])
        );
        Some(Said::with(words, Evidence::Mover(mover.mover.clone())))
    }

    fn cited(&self, id: &str) -> Option<&FactCitation> {
        self.failover.facts.iter().find(|fact| fact.id == id)
    }

    pub(super) fn flips(&self) -> Vec<FlipSaid> {
        let flips = self.pool.choice.flips.iter().map(|flip| FlipSaid {
            fact: flip.fact.clone(),
            question: self.cited(&flip.fact).map(|fact| (fact.question.clone(), fact.status.clone())),
            at: flip.at.clone(),
            first: flip.first.clone().unwrap_or_else(|| "no mover".to_owned()),
        });
        flips.collect()
    }

    /// What to ask first: what saves most, then what else flips the choice, then what its safety hangs on; where there is none of these, what moves the
    /// figure most.
    pub(super) fn ask(&self) -> Vec<Said> {
        let choice = &self.pool.choice;
        let mut asked: Vec<Said> = choice
            .worth
            .iter()
            .map(|worth| {
                let saves = if let Some(saved) = worth.seconds {
                    format!("{} of p99", said(saved))
                } else {
                    "an outage without end".to_owned()
                };
                let tried = format!("on average of the {} values tried, with equal weights", worth.tried);
                self.asked(&worth.fact, &format!("Knowing it before the choice saves {saves} {tried}."))
            })
            .collect();
        let mut known: Vec<&str> = choice.worth.iter().map(|worth| worth.fact.as_str()).collect();
        for flip in &choice.flips {
            if !known.contains(&flip.fact.as_str()) {
                known.push(&flip.fact);
                let why = "The choice flips with it, though on average (equal weights) knowing it saves nothing that the trials can tell.";
                asked.push(self.asked(&flip.fact, why));
            }
        }
        asked.extend(self.ask_for_safety());
        if asked.is_empty() { self.ask_for_figure() } else { asked }
    }

    /// A fact with its question, why it is to be asked, and what settles it.
    fn asked(&self, id: &str, why: &str) -> Said {
        let question = self.cited(id).map_or_else(String::new, |fact| format!(" {}", fact.question));
        let open = self.book.open.iter().find(|open| open.fact.id == id && !open.settle.is_empty());
        let settle =
            open.map_or_else(String::new, |open| format!(" Settled by: {}.", open.settle.trim_end_matches('.')));
        Said::with(format!("{}{} {why}{settle}", ticked(id), colon(&question)), Evidence::Fact(id.to_owned()))
    }

    /// Facts that change nothing but the figure of the first mover.
    fn ask_for_figure(&self) -> Vec<Said> {
        let mut known: Vec<&str> = Vec::new();
        let mut asked = Vec::new();
        for swing in self.first().into_iter().flat_map(|first| &first.swings) {
            if known.len() < FEW && !known.contains(&swing.fact.as_str()) {
                known.push(&swing.fact);
                let ends = told::swung(swing.seconds, swing.usable);
                let why = format!("It does not change who is first, but the figure: p99 is {ends} if {}.", swing.what);
                asked.push(self.asked(&swing.fact, &why));
            }
        }
        asked
    }

    /// Facts on which it hangs whether the first mover is safe.
    fn ask_for_safety(&self) -> Vec<Said> {
        let Some(first) = self.first() else { return Vec::new() };
        let mut facts: Vec<(String, Vec<String>)> = Vec::new();
        for code in first.proved.iter().flat_map(|proved| &proved.depends) {
            for condition in self.holds_if(first, code) {
                match facts.iter_mut().find(|(fact, _)| *fact == condition.fact) {
                    Some((_, codes)) => codes.push(code.clone()),
                    None => facts.push((condition.fact, vec![code.clone()])),
                }
            }
        }
        let asked = facts.into_iter().map(|(fact, codes)| {
            let verb = if codes.len() == 1 { "holds" } else { "hold" };
            let why = format!("It decides whether {} {verb} for {}.", told::listed(&codes), ticked(&first.mover));
            self.asked(&fact, &why)
        });
        asked.collect()
    }
}

/// `: How long …?`, or a full stop where there is no question.
fn colon(question: &str) -> String {
    if question.is_empty() { ".".to_owned() } else { format!(":{question}") }
}
