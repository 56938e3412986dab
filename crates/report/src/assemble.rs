//! From judgements to a report: like findings are grouped, entities lead back to text, facts are cited, open questions are counted.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use twinrail_facts::{Arm, Catalog, Choice, Date, Decision, Delay, FactId, Override};
use twinrail_intake::{Loaded, Spot};
use twinrail_model::{Answer, Finding as Found, Hole, Judged, Network, Place as Where};
use twinrail_rules::notice::{self, Notice};
use twinrail_rules::{Config, Level, Outcome, Page, RuleRun, Run, Verdict};

use crate::baseline::{self, Baseline};
use crate::cite::{self, place_of};
use crate::place::Places;
use crate::{
    Contents, Finding, NotEvaluated, NotUnderstood, Overridden, Question, Refusal, Report, RuleResult, Step, Summary,
    Suppressed, Undecided, WorldArm, coverage, intents, words,
};

/// What a report is made from, beside the inputs and the run.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The catalog with all overrides applied.
    pub catalog: &'a Catalog,
    pub config: &'a Config,
    /// Where the config came from.
    pub config_path: Option<&'a str>,
    /// Overrides that were not applied.
    pub expired: &'a [Override],
    /// Fail on everything unclean.
    pub strict: bool,
    pub baseline: Option<&'a Baseline>,
    pub today: Date,
}

/// Makes the report of a check.
pub fn assemble(loaded: &Loaded, run: &Run, setting: Setting<'_>) -> Report {
    let assembler = Assembler {
        network: &loaded.network,
        catalog: setting.catalog,
        config: setting.config,
        places: Places::new(&loaded.network, &loaded.origins),
    };
    let mut findings = assembler.findings(&run.outcomes);
    findings.extend(assembler.notices(run, loaded, setting.expired));
    let baseline = setting.baseline.map(|baseline| baseline.used(&mut findings, is_notice));
    let not_understood = not_understood(loaded);
    let summary = summary(loaded, run, &findings, &not_understood);
    Report {
        version: 2,
        tool: concat!("twinrail ", env!("CARGO_PKG_VERSION")).to_owned(),
        date: setting.today.to_string(),
        inputs: loaded.origins.sources().map(|source| loaded.origins.path(source).to_owned()).collect(),
        contents: contents(&loaded.network),
        summary,
        rules: run.rules.iter().map(|rule| rule_result(rule, setting.config)).collect(),
        config: setting.config_path.map(ToOwned::to_owned),
        strict: setting.strict,
        baseline,
        coverage: coverage::coverage(&loaded.network, run),
        findings,
        open_questions: assembler.questions(&run.outcomes),
        undecided: assembler.undecided(&run.outcomes),
        intents: intents::intents(&loaded.network, &assembler.places, run),
        not_evaluated: loaded
            .network
            .declared
            .iter()
            .map(|part| NotEvaluated {
                name: part.name.to_string(),
                kind: part.kind.to_owned(),
                needs: part.needs.to_owned(),
            })
            .collect(),
        not_understood,
        overrides: overrides(loaded, setting.expired),
    }
}

fn summary(loaded: &Loaded, run: &Run, findings: &[Finding], not_understood: &NotUnderstood) -> Summary {
    let tally = run.tally();
    let notices = |known: bool| findings.iter().filter(|finding| finding.known == known && is_notice(finding)).count();
    let denied = |outcome: &&Outcome| {
        outcome.level == Level::Deny && outcome.suppressed.is_none() && !outcome.known && outcome.is_certain_violation()
    };
    Summary {
        rules: run.rules.iter().filter(|rule| rule.level != Level::Allow).count(),
        run: tally.run,
        passed: tally.passed,
        violated: tally.violated + notices(false),
        denied: run.outcomes.iter().filter(denied).count(),
        depends: tally.depends,
        undecided: tally.undecided,
        bound_hit: tally.bound_hit,
        suppressed: tally.suppressed,
        known: tally.known + notices(true),
        not_evaluated: loaded.network.declared.len(),
        not_understood: not_understood.kinds.iter().map(|kind| kind.count).sum::<usize>()
            + not_understood.malformed.len(),
    }
}

/// What holes have in common that are one lack: why, and the kind and field, or the fact.
type Lack = (u8, String);

/// Judgements that need the same.
#[derive(Default)]
struct Missing {
    holes: BTreeSet<Hole>,
    judgements: usize,
    rules: Vec<String>,
}

fn lack(hole: &Hole) -> Lack {
    let field = |place: &Where| format!("{}.{}", place.entity.kind(), place.field.unwrap_or_default());
    match hole {
        Hole::AfterApply(place) => (0, field(place)),
        Hole::NotInInput(place) => (1, field(place)),
        Hole::NotUnderstood(place) => (2, field(place)),
        Hole::NotInCatalog(id) => (3, id.clone()),
        Hole::NotModelled(place) => (4, field(place)),
        Hole::NobodyToAsk(place) => (5, field(place)),
    }
}

fn is_notice(finding: &Finding) -> bool {
    notice::NOTICES.iter().any(|notice| notice.code == finding.code)
}

struct Assembler<'a> {
    network: &'a Network,
    catalog: &'a Catalog,
    config: &'a Config,
    places: Places<'a>,
}

/// What makes outcomes one finding, wherever they stand: the same rule, verdict and words but for the subject's own name, on the same facts,
/// in the same worlds, equally suppressed and known.
#[derive(PartialEq, Eq, Hash)]
struct Likeness {
    code: &'static str,
    words: Vec<String>,
    facts: Vec<FactId>,
    worlds: Vec<(Wording, Vec<Vec<Choice>>)>,
    complete: bool,
    suppressed: Option<usize>,
    known: bool,
}

/// What an answer says to the reader: its verdict, and the words of a finding without the subject's name.
type Wording = (Verdict, String);

/// Like outcomes as one finding, and the spots of their places so far.
struct Group {
    finding: Finding,
    spots: HashSet<Spot>,
}

impl Assembler<'_> {
    fn findings(&self, outcomes: &[Outcome]) -> Vec<Finding> {
        let mut groups: Vec<Group> = Vec::new();
        let mut known: HashMap<Likeness, usize> = HashMap::new();
        for outcome in outcomes.iter().filter(|outcome| outcome.is_finding()) {
            let likeness = self.likeness(outcome);
            if let Some(at) = known.get(&likeness) {
                self.join(&mut groups[*at], outcome);
                continue;
            }
            known.insert(likeness, groups.len());
            let finding = self.finding(outcome);
            let spots = violated(&outcome.decision).and_then(|(_, found)| self.places.spot(found.place));
            groups.push(Group { finding, spots: spots.into_iter().collect() });
        }
        groups.into_iter().map(|group| group.finding).collect()
    }

    /// One more subject of a finding, and its place unless another subject has the same.
    fn join(&self, group: &mut Group, outcome: &Outcome) {
        group.finding.subjects.push(self.network.name(outcome.subject).to_string());
        let Some((_, found)) = violated(&outcome.decision) else { return };
        let Some(spot) = self.places.spot(found.place) else { return };
        if !group.spots.contains(&spot) {
            group.finding.alike.push(self.places.at(&spot, found.place, &found.label));
            group.spots.insert(spot);
        }
    }

    fn likeness(&self, outcome: &Outcome) -> Likeness {
        let worded = self.worded(outcome);
        let (facts, words) = match violated(&outcome.decision) {
            Some((arm, found)) => (arm.reads.clone(), said(found)),
            None => (Vec::new(), Vec::new()),
        };
        Likeness {
            code: outcome.rule.code,
            words: words.into_iter().map(|text| self.unnamed(outcome, text)).collect(),
            facts,
            worlds: worded.arms.iter().map(|arm| (arm.answer.clone(), worded.conditions(arm))).collect(),
            complete: outcome.decision.complete,
            suppressed: outcome.suppressed,
            known: outcome.known,
        }
    }

    /// A text with the subject's name taken out, so that like findings of like subjects read the same.
    fn unnamed(&self, outcome: &Outcome, text: &str) -> String {
        words::unnamed(self.network, outcome.subject, text)
    }

    /// The decision between wordings.
    fn worded(&self, outcome: &Outcome) -> Decision<Wording> {
        outcome.decision.coarsen(|judged| self.wording(outcome, judged))
    }

    fn wording(&self, outcome: &Outcome, judged: &Judged) -> Wording {
        match judged {
            Ok(Answer::Violated(found)) => (Verdict::Violated, self.unnamed(outcome, &found.message)),
            other => (Verdict::of(other), String::new()),
        }
    }

    fn finding(&self, outcome: &Outcome) -> Finding {
        let decision = &outcome.decision;
        let worlds = self.worlds(outcome);
        assert!(!outcome.depends() || worlds.len() > 1, "an answer that depends shows two that differ");
        let arm = violated(decision).map_or(&decision.arms[0], |(arm, _)| arm);
        let plain =
            Found::new(outcome.subject, self.unjudged(outcome)).help("tell which value the facts named below have");
        let found = violated(decision).map_or(&plain, |(_, found)| found);
        let mut notes = found.notes.clone();
        let mut also = Vec::new();
        for (place, label) in &found.also {
            match self.places.place(*place, label) {
                Some(place) => also.push(place),
                None => notes.push(format!(
                    "{label}: {}, which the input names and does not describe",
                    self.network.short(place.entity)
                )),
            }
        }
        Finding {
            words: baseline::words(self.network, outcome),
            code: outcome.rule.code.to_owned(),
            class: outcome.rule.class.word().to_owned(),
            level: outcome.level.word().to_owned(),
            verdict: baseline::verdict(outcome).to_owned(),
            message: found.message.clone(),
            subjects: vec![self.network.name(outcome.subject).to_string()],
            place: self.places.place(found.place, &found.label),
            alike: Vec::new(),
            also,
            path: found.path.iter().map(|(place, label)| self.step(*place, label)).collect(),
            notes,
            help: found.help.clone(),
            refusal: found.refusal.as_ref().map(refusal),
            worlds,
            facts: arm.reads.iter().map(|id| cite::citation(self.catalog, *id)).collect(),
            suppressed: outcome.suppressed.map(|place| {
                let suppression = &self.config.suppress[place];
                Suppressed { reason: suppression.reason.clone(), expires: suppression.expires.to_string() }
            }),
            known: outcome.known,
        }
    }

    fn step(&self, place: Where, label: &str) -> Step {
        Step {
            label: label.to_owned(),
            kind: place.entity.kind().to_owned(),
            entity: self.network.name(place.entity).to_string(),
            place: self.places.place(place, label),
        }
    }

    /// Words for an answer that is violated in no world that was seen, and is certain in none.
    fn unjudged(&self, outcome: &Outcome) -> String {
        let needs = outcome.decision.arms.iter().find_map(|arm| arm.answer.as_ref().err());
        let subject = self.network.short(outcome.subject);
        match needs {
            Some(hole) => format!("whether `{subject}` passes needs {} in some worlds", cite::hole(self.network, hole)),
            None => format!("`{subject}` passes in the worlds that were seen"),
        }
    }

    /// The worlds in which the answer, or its words, differ. Empty if they never do.
    fn worlds(&self, outcome: &Outcome) -> Vec<WorldArm> {
        let worded = self.worded(outcome);
        if worded.arms.len() == 1 {
            return Vec::new();
        }
        let several = worded.arms.iter().filter(|arm| arm.answer.0 == Verdict::Violated).count() > 1;
        let mut arms: Vec<WorldArm> = worded
            .arms
            .iter()
            .map(|arm| WorldArm {
                verdict: match arm.answer.0 {
                    Verdict::Passed => "holds",
                    Verdict::Violated => "violated",
                    Verdict::Undecided => "undecided",
                }
                .to_owned(),
                when: cite::conditions(self.catalog, &worded, arm),
                message: if several { self.message(outcome, &arm.answer) } else { None },
            })
            .collect();
        arms.sort_by_key(|arm| arm.verdict != "violated");
        arms
    }

    /// The message of the first answer with this wording.
    fn message(&self, outcome: &Outcome, wording: &Wording) -> Option<String> {
        let alike = |arm: &&Arm<Judged>| self.wording(outcome, &arm.answer) == *wording;
        match &outcome.decision.arms.iter().find(alike)?.answer {
            Ok(Answer::Violated(found)) => Some(found.message.clone()),
            _ => None,
        }
    }

    fn questions(&self, outcomes: &[Outcome]) -> Vec<Question> {
        let mut counts: BTreeMap<FactId, (usize, Vec<String>)> = BTreeMap::new();
        for outcome in outcomes.iter().filter(|outcome| outcome.suppressed.is_none() && outcome.depends()) {
            for fact in outcome.verdicts().deciding {
                let (count, rules) = counts.entry(fact).or_default();
                *count += 1;
                if !rules.iter().any(|code| code == outcome.rule.code) {
                    rules.push(outcome.rule.code.to_owned());
                }
            }
        }
        let mut questions: Vec<Question> = counts
            .into_iter()
            .map(|(id, (judgements, rules))| {
                let fact = self.catalog.fact(id);
                Question {
                    fact: cite::citation(self.catalog, id),
                    judgements,
                    rules,
                    sought: fact.sought.clone(),
                    why: fact.values.iter().map(|possible| possible.why.clone()).collect(),
                }
            })
            .collect();
        questions.sort_by(|a, b| b.judgements.cmp(&a.judgements).then_with(|| a.fact.id.cmp(&b.fact.id)));
        questions
    }

    /// What is missing, grouped by field: a thousand instances without a machine type are one line.
    fn undecided(&self, outcomes: &[Outcome]) -> Vec<Undecided> {
        let mut groups: BTreeMap<Lack, Missing> = BTreeMap::new();
        for outcome in outcomes.iter().filter(|outcome| outcome.suppressed.is_none()) {
            let holes: BTreeSet<&Hole> =
                outcome.decision.arms.iter().filter_map(|arm| arm.answer.as_ref().err()).collect();
            let lacks: BTreeSet<Lack> = holes.iter().map(|hole| lack(hole)).collect();
            for lack in lacks {
                let group = groups.entry(lack).or_default();
                group.judgements += 1;
                if !group.rules.iter().any(|code| code == outcome.rule.code) {
                    group.rules.push(outcome.rule.code.to_owned());
                }
            }
            for hole in holes {
                groups.entry(lack(hole)).or_default().holes.insert(hole.clone());
            }
        }
        let mut groups: Vec<Undecided> = groups.into_values().map(|group| self.missing(group)).collect();
        groups.sort_by(|a, b| b.judgements.cmp(&a.judgements).then_with(|| a.needs.cmp(&b.needs)));
        groups
    }

    fn missing(&self, group: Missing) -> Undecided {
        let first = group.holes.first().expect("a group has a hole");
        let place = place_of(first).and_then(|place| self.places.place(place, "missing here"));
        let places = group.holes.iter().filter_map(place_of);
        let entities = places.map(|place| self.network.name(place.entity).to_string()).collect();
        let needs = cite::holes(self.network, first, group.holes.len());
        Undecided { needs, place, entities, judgements: group.judgements, rules: group.rules }
    }

    /// Findings about the check itself.
    fn notices(&self, run: &Run, loaded: &Loaded, expired: &[Override]) -> Vec<Finding> {
        let mut notices = Vec::new();
        for place in &run.expired {
            let suppression = &self.config.suppress[*place];
            let message = format!(
                "the suppression of `{}` for `{}` expired on {}",
                suppression.rule, suppression.resource, suppression.expires
            );
            notices.push(
                noticed(
                    notice::SUPPRESSION_EXPIRED,
                    message,
                    &suppression.resource,
                    "mend what it covered, or give it a new day",
                )
                .with_note(format!("its reason was: {}", suppression.reason)),
            );
        }
        for place in &run.unused {
            let suppression = &self.config.suppress[*place];
            let message =
                format!("the suppression of `{}` for `{}` covers nothing", suppression.rule, suppression.resource);
            notices.push(
                noticed(
                    notice::SUPPRESSION_UNUSED,
                    message,
                    &suppression.resource,
                    "remove it, or correct its rule and resource",
                )
                .with_note(format!("its reason was: {}", suppression.reason)),
            );
        }
        for over in expired {
            let day = over.expires.map(|day| day.to_string()).unwrap_or_default();
            let message =
                format!("what is said of `{}` expired on {day}, so the catalog's values count again", over.id);
            notices.push(
                noticed(
                    notice::CONFIRMATION_EXPIRED,
                    message,
                    &over.id,
                    "ask again and enter the new answer with its date, or remove the entry",
                )
                .with_note(format!("it was: {}", over.note)),
            );
        }
        for conflict in &loaded.conflicts {
            let message = format!("`{}` of {} has two values in the inputs", conflict.field, short(&conflict.name));
            let notes = [format!("used: {}", conflict.used), format!("dropped: {}", conflict.dropped)];
            let mut finding = noticed(
                notice::CONFLICTING_INPUT,
                message,
                &conflict.name,
                "give one dump of one moment, or remove the stale file",
            );
            finding.notes.extend(notes);
            notices.push(finding);
        }
        notices
    }
}

fn refusal(refusal: &twinrail_model::Refusal) -> Refusal {
    let (status, reason) = refusal.reason.error();
    Refusal { method: refusal.method.to_owned(), status, reason: reason.to_owned(), message: refusal.message.clone() }
}

/// Everything that a finding says beside its message, which is part of its worlds.
fn said(found: &Found) -> Vec<&str> {
    let refused = found.refusal.iter().flat_map(|refusal| [refusal.method, refusal.message.as_str()]);
    let labels = found.also.iter().chain(&found.path).map(|(_, label)| label.as_str());
    let notes = found.notes.iter().map(String::as_str);
    [found.label.as_str(), found.help.as_str()].into_iter().chain(labels).chain(notes).chain(refused).collect()
}

fn rule_result(rule: &RuleRun, config: &Config) -> RuleResult {
    let page = Page::parse(rule.rule.page)
        .unwrap_or_else(|error| panic!("the page of {} is in form: {error}", rule.rule.code));
    let tally = rule.tally;
    RuleResult {
        code: rule.rule.code.to_owned(),
        family: twinrail_rules::family(rule.rule.code).expect("every rule is of the registry").to_owned(),
        class: rule.rule.class.word().to_owned(),
        level: rule.level.word().to_owned(),
        level_from_config: config.levels.contains_key(rule.rule.code),
        summary: page.summary.replace('\n', " "),
        run: tally.run,
        passed: tally.passed,
        violated: tally.violated,
        depends: tally.depends,
        undecided: tally.undecided,
        bound_hit: tally.bound_hit,
        suppressed: tally.suppressed,
        known: tally.known,
    }
}

fn noticed(notice: Notice, message: String, subject: &str, help: &str) -> Finding {
    Finding {
        words: message.clone(),
        code: notice.code.to_owned(),
        class: "risk".to_owned(),
        level: "warn".to_owned(),
        verdict: "violated".to_owned(),
        message,
        subjects: vec![subject.to_owned()],
        place: None,
        alike: Vec::new(),
        also: Vec::new(),
        path: Vec::new(),
        notes: Vec::new(),
        help: help.to_owned(),
        refusal: None,
        worlds: Vec::new(),
        facts: Vec::new(),
        suppressed: None,
        known: false,
    }
}

impl Finding {
    fn with_note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }
}

fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The first violated arm and its finding.
fn violated(decision: &Decision<Judged>) -> Option<(&Arm<Judged>, &Found)> {
    decision.arms.iter().find_map(|arm| match &arm.answer {
        Ok(Answer::Violated(found)) => Some((arm, found.as_ref())),
        _ => None,
    })
}

fn contents(network: &Network) -> Vec<Contents> {
    let templates = network.instances.rows().iter().filter(|instance| instance.is_template).count();
    let counts = [
        ("projects", network.projects.len()),
        ("networks", network.vpcs.len()),
        ("subnets", network.subnets.len()),
        ("instances", network.instances.len() - templates),
        ("instance templates", templates),
        ("NICs", network.nics.len()),
        ("addresses", network.addresses.len()),
        ("routes", network.routes.len()),
        ("firewall rules", network.firewall_rules.len()),
        ("firewall policies", network.firewall_policies.len()),
        ("forwarding rules", network.forwarding_rules.len()),
        ("VIP pools", network.vips.len()),
        ("steps", network.steps.len()),
    ];
    let some = counts.into_iter().filter(|(_, count)| *count > 0);
    some.map(|(kind, count)| Contents { kind: kind.to_owned(), count }).collect()
}

fn not_understood(loaded: &Loaded) -> NotUnderstood {
    NotUnderstood {
        kinds: loaded.unsupported.iter().map(|kind| Contents { kind: kind.what.clone(), count: kind.count }).collect(),
        malformed: loaded.malformed.clone(),
        unread_fields: loaded
            .unread
            .iter()
            .map(|unread| Contents { kind: format!("{}.{}", unread.kind, unread.field), count: unread.count })
            .collect(),
        outside: loaded.outside.iter().map(|(_, name)| name.clone()).collect(),
        superseded: loaded.superseded,
    }
}

/// A value as people say it: a delay in words, however many times were measured; anything else as it was written.
fn as_said(value: &serde_json::Value) -> String {
    let delay = value.is_array().then(|| serde_json::from_value::<Delay>(value.clone()).ok()).flatten();
    delay.map_or_else(|| value.to_string(), |delay| delay.to_string())
}

fn overrides(loaded: &Loaded, expired: &[Override]) -> Vec<Overridden> {
    let observed = loaded.observations.iter().flat_map(|observation| observation.features.iter().map(|(_, over)| over));
    let all = loaded.overrides.iter().chain(observed);
    all.map(|over| Overridden {
        fact: over.id.clone(),
        value: over.values.iter().map(as_said).collect::<Vec<_>>().join(" or "),
        status: over.status.word().to_owned(),
        note: over.note.clone(),
        expired: expired.contains(over),
    })
    .collect()
}
