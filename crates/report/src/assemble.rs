//! From judgements to a report: like findings are grouped, entities lead back to text, facts are cited, open questions are counted.

use std::collections::BTreeMap;

use twinrail_facts::{Arm, Catalog, Choice, Date, Decision, FactId, Override};
use twinrail_intake::{Loaded, Origins, Spot};
use twinrail_model::{Answer, Finding as Found, Hole, Judged, Network, Place as Where};
use twinrail_rules::notice::{self, Notice};
use twinrail_rules::{Config, Level, Outcome, RULES, Run, Verdict};

use crate::{
    Condition, Contents, FactCitation, Finding, NotEvaluated, NotUnderstood, Overridden, Place, Question, Refusal, Report,
    SourceCitation, Summary, Suppressed, Undecided, WorldArm,
};

/// Makes the report of a check. `expired` are overrides that were not applied.
pub fn assemble(
    loaded: &Loaded,
    run: &Run,
    catalog: &Catalog,
    config: &Config,
    expired: &[Override],
    today: Date,
) -> Report {
    let assembler = Assembler { network: &loaded.network, origins: &loaded.origins, catalog, config };
    let mut findings = assembler.findings(&run.outcomes);
    let notices = assembler.notices(run, loaded, expired);
    let noticed = notices.len();
    findings.extend(notices);
    let not_understood = not_understood(loaded);
    let tally = run.tally;
    let denied = |outcome: &&Outcome| outcome.level == Level::Deny && outcome.suppressed.is_none() && outcome.is_certain_violation();
    let summary = Summary {
        rules: RULES.len() - run.allowed.len(),
        run: tally.run,
        passed: tally.passed,
        violated: tally.violated + noticed,
        denied: run.outcomes.iter().filter(denied).count(),
        depends: tally.depends,
        undecided: tally.undecided,
        bound_hit: tally.bound_hit,
        suppressed: tally.suppressed,
        not_evaluated: loaded.network.declared.len(),
        not_understood: not_understood.kinds.iter().map(|kind| kind.count).sum::<usize>() + not_understood.malformed.len(),
    };
    Report {
        version: 1,
        tool: concat!("twinrail ", env!("CARGO_PKG_VERSION")).to_owned(),
        date: today.to_string(),
        inputs: loaded.origins.sources().map(|source| loaded.origins.path(source).to_owned()).collect(),
        contents: contents(&loaded.network),
        summary,
        findings,
        open_questions: assembler.questions(&run.outcomes),
        undecided: assembler.undecided(&run.outcomes),
        not_evaluated: loaded
            .network
            .declared
            .iter()
            .map(|part| NotEvaluated { name: part.name.to_string(), kind: part.kind.to_owned(), needs: part.needs.to_owned() })
            .collect(),
        not_understood,
        overrides: overrides(loaded, expired),
    }
}

struct Assembler<'a> {
    network: &'a Network,
    origins: &'a Origins,
    catalog: &'a Catalog,
    config: &'a Config,
}

/// What makes two outcomes one finding: the same rule at the same place with the same verdicts under the same conditions.
#[derive(PartialEq, Eq, Hash)]
struct Likeness {
    code: &'static str,
    spot: Option<Spot>,
    subject: Option<String>,
    verdicts: Vec<(Verdict, Vec<Vec<Choice>>)>,
    suppressed: Option<usize>,
}

impl Assembler<'_> {
    fn findings(&self, outcomes: &[Outcome]) -> Vec<Finding> {
        let mut findings: Vec<Finding> = Vec::new();
        let mut known: std::collections::HashMap<Likeness, usize> = std::collections::HashMap::new();
        for outcome in outcomes.iter().filter(|outcome| outcome.is_violated_somewhere()) {
            let (arm, found) = violated(&outcome.decision).expect("filtered to those that are violated somewhere");
            let verdicts = outcome.verdicts();
            let spot = self.origins.spot(found.place).or_else(|| self.origins.spot(found.place.entity.into()));
            let subject = self.network.name(outcome.subject).to_string();
            let likeness = Likeness {
                code: outcome.rule.code,
                subject: spot.is_none().then(|| subject.clone()),
                spot: spot.clone(),
                verdicts: verdicts.arms.iter().map(|arm| (arm.answer, verdicts.conditions(arm))).collect(),
                suppressed: outcome.suppressed,
            };
            if let Some(place) = known.get(&likeness) {
                findings[*place].subjects.push(subject);
                continue;
            }
            known.insert(likeness, findings.len());
            findings.push(self.finding(outcome, &verdicts, arm, found, spot, subject));
        }
        findings
    }

    fn finding(
        &self,
        outcome: &Outcome,
        verdicts: &Decision<Verdict>,
        arm: &Arm<Judged>,
        found: &Found,
        spot: Option<Spot>,
        subject: String,
    ) -> Finding {
        let depends = verdicts.arms.len() > 1;
        let worlds: Vec<WorldArm> = if depends { self.worlds(outcome, verdicts) } else { Vec::new() };
        assert!(!depends || worlds.len() > 1, "an answer that depends shows two that differ");
        let also = found.also.iter().filter_map(|(place, label)| self.place(*place, label)).collect();
        Finding {
            code: outcome.rule.code.to_owned(),
            class: outcome.rule.class.word().to_owned(),
            level: outcome.level.word().to_owned(),
            verdict: if depends { "depends" } else { "violated" }.to_owned(),
            message: found.message.clone(),
            subjects: vec![subject],
            place: spot.map(|spot| self.spot(&spot, &found.label)),
            also,
            notes: found.notes.clone(),
            help: found.help.clone(),
            refusal: found.refusal.as_ref().map(|refusal| {
                let (status, reason) = refusal.reason.error();
                Refusal { method: refusal.method.to_owned(), status, reason: reason.to_owned(), message: refusal.message.clone() }
            }),
            worlds,
            facts: arm.reads.iter().map(|id| self.citation(*id)).collect(),
            suppressed: outcome.suppressed.map(|place| {
                let suppression = &self.config.suppress[place];
                Suppressed { reason: suppression.reason.clone(), expires: suppression.expires.to_string() }
            }),
            bound_hit: !outcome.decision.complete,
        }
    }

    fn worlds(&self, outcome: &Outcome, verdicts: &Decision<Verdict>) -> Vec<WorldArm> {
        let mut arms: Vec<WorldArm> = verdicts
            .arms
            .iter()
            .map(|arm| WorldArm {
                verdict: match arm.answer {
                    Verdict::Passed => "holds",
                    Verdict::Violated => "violated",
                    Verdict::Undecided => "undecided",
                }
                .to_owned(),
                when: self.conditions(verdicts, arm),
                message: (arm.answer == Verdict::Violated)
                    .then(|| violated(&outcome.decision).map(|(_, found)| found.message.clone()))
                    .flatten(),
            })
            .collect();
        arms.sort_by_key(|arm| arm.verdict != "violated");
        arms
    }

    fn conditions(&self, verdicts: &Decision<Verdict>, arm: &Arm<Verdict>) -> Vec<Vec<Condition>> {
        let condition = |choice: &Choice| {
            let fact = self.catalog.fact(choice.fact);
            Condition { fact: fact.id.clone(), value: fact.values[usize::from(choice.value)].value.to_string() }
        };
        verdicts.conditions(arm).iter().map(|together| together.iter().map(condition).collect()).collect()
    }

    fn citation(&self, id: FactId) -> FactCitation {
        let fact = self.catalog.fact(id);
        let source = |key: &String| match self.catalog.source(key) {
            Some(source) => SourceCitation { key: key.clone(), title: source.title.clone(), url: source.url.clone() },
            None => SourceCitation { key: key.clone(), title: key.clone(), url: String::new() },
        };
        FactCitation {
            id: fact.id.clone(),
            question: fact.question.clone(),
            values: fact.values.iter().map(|possible| possible.value.to_string()).collect(),
            status: fact.status.word().to_owned(),
            sources: fact.sources.iter().map(source).collect(),
            date: fact.date.to_string(),
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
                    fact: self.citation(id),
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

    fn undecided(&self, outcomes: &[Outcome]) -> Vec<Undecided> {
        let mut groups: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
        for outcome in outcomes.iter().filter(|outcome| outcome.suppressed.is_none()) {
            let mut needs: Vec<String> = Vec::new();
            for arm in &outcome.decision.arms {
                if let Err(hole) = &arm.answer {
                    let text = self.hole(hole);
                    if !needs.contains(&text) {
                        needs.push(text);
                    }
                }
            }
            for text in needs {
                let (count, rules) = groups.entry(text).or_default();
                *count += 1;
                if !rules.iter().any(|code| code == outcome.rule.code) {
                    rules.push(outcome.rule.code.to_owned());
                }
            }
        }
        let groups = groups.into_iter().map(|(needs, (judgements, rules))| Undecided { needs, judgements, rules });
        let mut groups: Vec<Undecided> = groups.collect();
        groups.sort_by(|a, b| b.judgements.cmp(&a.judgements).then_with(|| a.needs.cmp(&b.needs)));
        groups
    }

    fn hole(&self, hole: &Hole) -> String {
        let place = |place: &Where| {
            let name = format!("{} `{}`", place.entity.kind(), self.network.short(place.entity));
            place.field.map_or_else(|| name.clone(), |field| format!("`{field}` of {name}"))
        };
        match hole {
            Hole::AfterApply(at) => format!("{}, known only after apply", place(at)),
            Hole::NotInInput(at) => format!("{}, which is not in the input", place(at)),
            Hole::NotUnderstood(at) => format!("{}, whose value is not understood", place(at)),
            Hole::NotInCatalog(id) => format!("the fact `{id}`, which the catalog does not have"),
        }
    }

    /// Findings about the check itself.
    fn notices(&self, run: &Run, loaded: &Loaded, expired: &[Override]) -> Vec<Finding> {
        let mut notices = Vec::new();
        for place in &run.expired {
            let suppression = &self.config.suppress[*place];
            let message = format!("the suppression of `{}` for `{}` expired on {}", suppression.rule, suppression.resource, suppression.expires);
            notices.push(noticed(notice::SUPPRESSION_EXPIRED, message, &suppression.resource, "mend what it covered, or give it a new day").with_note(format!("its reason was: {}", suppression.reason)));
        }
        for place in &run.unused {
            let suppression = &self.config.suppress[*place];
            let message = format!("the suppression of `{}` for `{}` covers nothing", suppression.rule, suppression.resource);
            notices.push(noticed(notice::SUPPRESSION_UNUSED, message, &suppression.resource, "remove it, or correct its rule and resource").with_note(format!("its reason was: {}", suppression.reason)));
        }
        for over in expired {
            let day = over.expires.map(|day| day.to_string()).unwrap_or_default();
            let message = format!("what is said of `{}` expired on {day}, so the catalog's values count again", over.id);
            notices.push(noticed(notice::CONFIRMATION_EXPIRED, message, &over.id, "ask again and enter the new answer with its date, or remove the entry").with_note(format!("it was: {}", over.note)));
        }
        for conflict in &loaded.conflicts {
            let message = format!("`{}` of {} has two values in the inputs", conflict.field, short(&conflict.name));
            let notes = [format!("used: {}", conflict.used), format!("dropped: {}", conflict.dropped)];
            let mut finding = noticed(notice::CONFLICTING_INPUT, message, &conflict.name, "give one dump of one moment, or remove the stale file");
            finding.notes.extend(notes);
            notices.push(finding);
        }
        notices
    }

    fn place(&self, place: Where, label: &str) -> Option<Place> {
        let spot = self.origins.spot(place).or_else(|| self.origins.spot(place.entity.into()))?;
        Some(self.spot(&spot, label))
    }

    /// A spot as line and column, cut to its first line.
    fn spot(&self, spot: &Spot, label: &str) -> Place {
        let text = self.origins.text(spot.source);
        let start = spot.bytes.start.min(text.len());
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[line_start..line_end].trim_end_matches('\r');
        let end = spot.bytes.end.clamp(start, line_start + line.len());
        let (line, cut) = clip(line, start - line_start);
        Place {
            path: self.origins.path(spot.source).to_owned(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            label: label.to_owned(),
            start: start - line_start - cut,
            end: (end - line_start).saturating_sub(cut).clamp(start - line_start - cut, line.len()),
            text: line,
        }
    }
}

fn noticed(notice: Notice, message: String, subject: &str, help: &str) -> Finding {
    Finding {
        code: notice.code.to_owned(),
        class: "risk".to_owned(),
        level: "warn".to_owned(),
        verdict: "violated".to_owned(),
        message,
        subjects: vec![subject.to_owned()],
        place: None,
        also: Vec::new(),
        notes: Vec::new(),
        help: help.to_owned(),
        refusal: None,
        worlds: Vec::new(),
        facts: Vec::new(),
        suppressed: None,
        bound_hit: false,
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

/// At most this much of a line is shown: JSON may stand on a single one.
const SHOWN: usize = 160;

/// A long line around a byte, with how many bytes were cut at its start.
fn clip(line: &str, at: usize) -> (String, usize) {
    if line.len() <= SHOWN {
        return (line.to_owned(), 0);
    }
    let floor = |mut byte: usize| {
        while !line.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    };
    let from = floor(at.saturating_sub(SHOWN / 4));
    let to = floor((from + SHOWN).min(line.len()));
    (line[from..to].to_owned(), from)
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

fn overrides(loaded: &Loaded, expired: &[Override]) -> Vec<Overridden> {
    let observed = loaded.observations.iter().flat_map(|observation| observation.features.iter().map(|(_, over)| over));
    let all = loaded.overrides.iter().chain(observed);
    all.map(|over| Overridden {
        fact: over.id.clone(),
        value: over.values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        status: over.status.word().to_owned(),
        note: over.note.clone(),
        expired: expired.contains(over),
    })
    .collect()
}
