//! Runs every rule on every subject, in every world that matters to it.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use twinrail_facts::{Arm, Catalog, Date, Decision, decide};
use twinrail_model::{Answer, EntityId, Judged, Network, Platform, View, looks};
use twinrail_reach::Plane;

use crate::levels::{Config, Level, Suppression};
use crate::registry::RULES;
use crate::rule::Rule;
use crate::siblings;

/// A judgement that is not simply passed.
#[derive(Debug)]
pub struct Outcome {
    pub rule: &'static Rule,
    pub level: Level,
    pub subject: EntityId,
    pub decision: Decision<Judged>,
    /// The suppression that covers it, by its place in the config.
    pub suppressed: Option<usize>,
    /// It was there when the user adopted the check: see [`Run::mark_known`].
    pub known: bool,
}

/// What an answer comes to, whatever its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Passed,
    Violated,
    /// The input lacks what the judgement needs.
    Undecided,
}

impl Verdict {
    pub fn of(judged: &Judged) -> Self {
        match judged {
            Ok(Answer::NotApplicable | Answer::Holds | Answer::Proved(_)) => Self::Passed,
            Ok(Answer::Violated(_)) => Self::Violated,
            Err(_) => Self::Undecided,
        }
    }
}

impl Outcome {
    /// The decision between verdicts, without the words of the findings.
    pub fn verdicts(&self) -> Decision<Verdict> {
        self.decision.coarsen(Verdict::of)
    }

    /// Whether the rule says anything about this subject, in any world or in one that was not seen.
    pub fn applies(&self) -> bool {
        let silent = |arm: &Arm<Judged>| matches!(arm.answer, Ok(Answer::NotApplicable));
        !self.decision.complete || !self.decision.arms.iter().all(silent)
    }

    /// A finding for the reader: all but what is undecided in every world.
    pub fn is_finding(&self) -> bool {
        !(self.is_undecided() && self.decision.complete)
    }

    /// Violated whatever the open facts are.
    pub fn is_certain_violation(&self) -> bool {
        self.decision.complete && self.every(Verdict::Violated)
    }

    /// Violated in at least one world that was seen.
    pub fn is_violated_somewhere(&self) -> bool {
        self.decision.arms.iter().any(|arm| Verdict::of(&arm.answer) == Verdict::Violated)
    }

    /// The input lacks what the judgement needs, in every world.
    pub fn is_undecided(&self) -> bool {
        self.every(Verdict::Undecided)
    }

    /// The verdict differs between worlds.
    pub fn depends(&self) -> bool {
        let first = Verdict::of(&self.decision.arms[0].answer);
        !self.every(first)
    }

    fn every(&self, verdict: Verdict) -> bool {
        self.decision.arms.iter().all(|arm| Verdict::of(&arm.answer) == verdict)
    }
}

/// How many judgements ended how, each counted once beside `run`. Suppressed and known ones count there and not in what they would have been.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Judgements that say something about their subject.
    pub run: usize,
    pub passed: usize,
    pub violated: usize,
    pub depends: usize,
    pub undecided: usize,
    /// The bound on runs was hit before all worlds were seen.
    pub bound_hit: usize,
    pub suppressed: usize,
    /// Not suppressed, but marked as known.
    pub known: usize,
}

/// How one rule fared.
#[derive(Debug, Clone, Copy)]
pub struct RuleRun {
    pub rule: &'static Rule,
    /// At level `allow` it was not run.
    pub level: Level,
    pub tally: Tally,
}

/// Everything that a run of the rules found.
#[derive(Debug, Default)]
pub struct Run {
    /// Those that are not simply passed, in the order of rules, then subjects.
    pub outcomes: Vec<Outcome>,
    /// Those that passed and say how much was looked at, in the same order.
    pub proved: Vec<Outcome>,
    /// All rules, in the order of the registry.
    pub rules: Vec<RuleRun>,
    /// Entities of which some rule said anything at all, and those they stand for, in order.
    pub judged: Vec<EntityId>,
    /// Suppressions by their place in the config: expired ones, and those that covered nothing.
    pub expired: Vec<usize>,
    pub unused: Vec<usize>,
}

/// One judgement in one world. One that looked at a value which the input lacks and found nothing wrong could have found it there, so it does not pass.
fn judge<'p, 'n: 'p>(rule: &Rule, view: &View<'_>, plane: impl FnOnce() -> &'p Plane<'n>, subject: EntityId) -> Judged {
    match looks(|| rule.judge.judge(view, plane, subject)) {
        (Ok(Answer::Holds | Answer::Proved(_) | Answer::NotApplicable), Some(hole)) => Err(hole),
        (judged, _) => judged,
    }
}

/// Judges a network by every rule that is not allowed.
pub fn run(network: &Network, catalog: &Catalog, config: &Config, today: Date) -> Run {
    let platform = Platform::new(catalog);
    let plane = OnceCell::new();
    let plane = || plane.get_or_init(|| Plane::new(network, &platform));
    let mut result = Run::default();
    let mut used = vec![false; config.suppress.len()];
    for rule in RULES.iter().copied() {
        let level = config.level(rule.code, rule.class);
        let mut tally = Tally::default();
        let subjects = if level == Level::Allow { Vec::new() } else { rule.judge.subjects(network) };
        for subject in subjects {
            let decision =
                decide(catalog, |facts| judge(rule, &View { network, platform: &platform, facts }, plane, subject));
            let mut outcome = Outcome { rule, level, subject, decision, suppressed: None, known: false };
            if !outcome.applies() {
                continue;
            }
            result.judged.push(subject);
            if !tally.count(&outcome) {
                if matches!(outcome.decision.arms[0].answer, Ok(Answer::Proved(_))) {
                    result.proved.push(outcome);
                }
                continue;
            }
            let covering = suppressions(&outcome, network, config);
            for place in &covering {
                used[*place] = true;
            }
            if let Some(place) = covering.into_iter().find(|place| config.suppress[*place].expires >= today) {
                tally.suppress(&outcome);
                outcome.suppressed = Some(place);
            }
            result.outcomes.push(outcome);
        }
        result.rules.push(RuleRun { rule, level, tally });
    }
    result.judged = looked_at(network, result.judged);
    for (place, suppression) in config.suppress.iter().enumerate() {
        if suppression.expires < today {
            result.expired.push(place);
        } else if !used[place] {
            result.unused.push(place);
        }
    }
    result
}

/// The entities that were judged, in order, with those that they stand for: an instance is looked at where its NICs are, and where one made like it is.
fn looked_at(network: &Network, judged: Vec<EntityId>) -> Vec<EntityId> {
    let mut all: BTreeSet<EntityId> = judged.into_iter().collect();
    for (id, instance) in network.instances.iter() {
        if instance.nics.iter().any(|nic| all.contains(&EntityId::from(*nic))) {
            all.insert(id.into());
        }
    }
    for (id, instance) in network.instances.iter() {
        let Some(example) = siblings::stands_for(network, id) else { continue };
        let nics = instance.nics.iter().zip(&network.instances[example].nics);
        let parts = nics.map(|(nic, of_example)| (EntityId::from(*nic), EntityId::from(*of_example)));
        for (part, of_example) in parts.chain([(id.into(), example.into())]) {
            if all.contains(&of_example) {
                all.insert(part);
            }
        }
    }
    all.into_iter().collect()
}

/// The suppressions that cover an outcome, by their places in the config.
fn suppressions(outcome: &Outcome, network: &Network, config: &Config) -> Vec<usize> {
    if config.suppress.is_empty() || !outcome.is_violated_somewhere() {
        return Vec::new();
    }
    let name = network.name(outcome.subject);
    let covers = |(place, suppression): (usize, &Suppression)| {
        (suppression.rule == outcome.rule.code && suppression.covers(name.as_str())).then_some(place)
    };
    config.suppress.iter().enumerate().filter_map(covers).collect()
}

impl Run {
    /// All rules together.
    pub fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        for Tally { run, passed, violated, depends, undecided, bound_hit, suppressed, known } in
            self.rules.iter().map(|rule| rule.tally)
        {
            sum.run += run;
            sum.passed += passed;
            sum.violated += violated;
            sum.depends += depends;
            sum.undecided += undecided;
            sum.bound_hit += bound_hit;
            sum.suppressed += suppressed;
            sum.known += known;
        }
        sum
    }

    /// Marks outcomes that the user knows of, and counts them apart. What is suppressed stays suppressed.
    pub fn mark_known(&mut self, is_known: impl Fn(&Outcome) -> bool) {
        for outcome in &mut self.outcomes {
            if outcome.suppressed.is_some() || outcome.known || !is_known(outcome) {
                continue;
            }
            outcome.known = true;
            let row = self.rules.iter_mut().find(|row| std::ptr::eq(row.rule, outcome.rule));
            row.expect("every outcome is of a rule that was run").tally.know(outcome);
        }
    }
}

impl Tally {
    /// Counts a judgement; `true` if it is worth keeping.
    fn count(&mut self, outcome: &Outcome) -> bool {
        self.run += 1;
        *self.counter(outcome) += 1;
        !outcome.decision.complete
            || outcome.depends()
            || Verdict::of(&outcome.decision.arms[0].answer) != Verdict::Passed
    }

    fn suppress(&mut self, outcome: &Outcome) {
        *self.counter(outcome) -= 1;
        self.suppressed += 1;
    }

    fn know(&mut self, outcome: &Outcome) {
        *self.counter(outcome) -= 1;
        self.known += 1;
    }

    fn counter(&mut self, outcome: &Outcome) -> &mut usize {
        if !outcome.decision.complete {
            &mut self.bound_hit
        } else if outcome.is_undecided() {
            &mut self.undecided
        } else if outcome.depends() {
            &mut self.depends
        } else if outcome.is_violated_somewhere() {
            &mut self.violated
        } else {
            &mut self.passed
        }
    }
}
