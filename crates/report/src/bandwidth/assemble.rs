//! From studies of `sizing` to the value that is printed. Not here: how it looks.

use std::collections::BTreeSet;

use twinrail_facts::{Arm, Catalog, Choice, Decision, FactId};
use twinrail_intake::Loaded;
use twinrail_model::unit::TimeSpan;
use twinrail_model::{ClusterId, Field, Hops, Network, Workload};
use twinrail_sizing::bandwidth::{Answer, Carried, Flow, Judgement, Kind, Row, Study, System};

use super::text::{gbps, hours};
use super::{
    AloneFact, AloneValue, AskedFor, Bandwidth, BandwidthRow, BandwidthVerdict, BandwidthWorld, FlowPage, LoadPage,
    NodePage, RebuildPage, SystemBandwidth, words,
};
use crate::cite::{citation, conditions, hole};
use crate::words::counted;

/// An intent on bandwidth and what it comes to.
pub type Judged<'j> = (&'j str, Decision<Field<Judgement>>);

/// The value of studies and judged intents.
pub fn bandwidth(
    loaded: &Loaded,
    catalog: &Catalog,
    studies: Option<&Field<Vec<Study>>>,
    intents: &[Judged<'_>],
) -> Bandwidth {
    let network = &loaded.network;
    let workload = network.load.workload.clone().unwrap_or_default();
    let making = Making { network, catalog, workload: &workload };
    let seen = studies.and_then(|studies| studies.as_ref().ok());
    let mut facts: BTreeSet<FactId> = BTreeSet::new();
    for row in seen.into_iter().flatten().flat_map(|study| &study.rows) {
        facts.extend(row.decision.arms.iter().flat_map(|arm| arm.reads.iter().copied()));
    }
    for (_, decision) in intents {
        facts.extend(decision.arms.iter().flat_map(|arm| arm.reads.iter().copied()));
    }
    let mut facts: Vec<_> = facts.into_iter().map(|id| citation(catalog, id)).collect();
    facts.sort_by(|a, b| a.id.cmp(&b.id));
    Bandwidth {
        version: 1,
        tool: format!("twinrail {}", env!("CARGO_PKG_VERSION")),
        inputs: loaded.origins.sources().map(|source| loaded.origins.path(source).to_owned()).collect(),
        systems: seen.into_iter().flatten().map(|study| making.system(study)).collect(),
        intents: intents.iter().map(|(intent, decision)| making.verdict(intent, decision)).collect(),
        needs: match studies {
            Some(Err(missing)) => Some(hole(network, missing)),
            Some(Ok(studies)) if studies.is_empty() => {
                Some("a cluster with a pool of VIPs that clients use".to_owned())
            }
            None if network.load.workload.is_none() => Some("a `workload` in the model file".to_owned()),
            _ => None,
        },
        facts,
        caveats: caveats(network, &workload, seen.map_or(&[], Vec::as_slice)),
    }
}

/// What these figures do not say.
fn caveats(network: &Network, workload: &Workload, studies: &[Study]) -> Vec<String> {
    if studies.is_empty() {
        return Vec::new();
    }
    let mut caveats = vec![
        "steady shares of long flows, in bytes of data: no headers, queues, incast or latency, and the platform's figures are ceilings".to_owned(),
    ];
    let demands =
        studies.iter().flat_map(|study| study.system.demands.iter().map(move |demand| (&study.system, demand)));
    if demands.clone().any(|(system, demand)| demand.count < system.pools[demand.pool].count as f64) {
        caveats.push(
            "fewer clients than VIPs: each is reckoned as spread evenly over all, though it mounts one".to_owned(),
        );
    }
    if demands.clone().any(|(_, demand)| network.clients[demand.clients].is_abstract()) {
        caveats.push("clients of a `subnet` have no machine: what their own NICs carry was not looked at".to_owned());
    }
    let is_other = |system: &System, cluster: ClusterId| {
        system.cluster != cluster && studies.iter().any(|study| study.system.cluster == cluster)
    };
    if demands.clone().any(|(system, demand)| {
        network.clients[demand.clients].cluster.is_some_and(|cluster| is_other(system, cluster))
    }) {
        let words = "clients that are nodes of another cluster: what they receive is not counted on their NICs";
        caveats.push(words.to_owned());
    }
    if studies.iter().any(|study| !study.system.is_protected) {
        caveats.push("no `code` in `workload`: data is taken to be stored once, and nothing is made again".to_owned());
    }
    if workload.io_size.is_none() {
        caveats.push("no `io-size` in `workload`: operations a second of the disks were not looked at".to_owned());
    }
    if workload.filled.is_none() && studies.iter().any(|study| study.system.layout.code.parity > 0) {
        caveats.push("no `filled` in `workload`: rebuild times are those of full disks".to_owned());
    }
    caveats
}

struct Making<'m> {
    network: &'m Network,
    catalog: &'m Catalog,
    workload: &'m Workload,
}

impl Making<'_> {
    fn system(&self, study: &Study) -> SystemBandwidth {
        let system = &study.system;
        let shown = study.rows.iter().filter_map(|row| row.shown.as_ref().ok());
        let mut unknown: Vec<String> = shown
            .flat_map(|(_, carried)| &carried.unknown)
            .map(|(limit, missing)| format!("{}: {}", words::limit(*limit), hole(self.network, missing)))
            .collect();
        unknown.sort();
        unknown.dedup();
        let mut asked: Vec<AskedFor> = Vec::new();
        for demand in system.demands.iter().filter(|demand| !demand.rate.is_zero()) {
            let (clients, kind) = (self.network.short(demand.clients), demand.kind.word());
            match asked.iter_mut().find(|known| known.clients == clients && known.kind == kind) {
                Some(known) => known.gbps += demand.rate.get(),
                None => asked.push(AskedFor { clients, kind: kind.to_owned(), gbps: demand.rate.get() }),
            }
        }
        let several_zones = {
            let zones = system.nodes.iter().map(|node| self.network.instances[*node].zone.peek().clone().ok());
            zones.collect::<BTreeSet<_>>().len() > 1
        };
        if several_zones && self.workload.between_zones.is_none() {
            unknown.push("traffic between zones: no `between-zones` in `workload`".to_owned());
        }
        SystemBandwidth {
            cluster: self.network.short(system.cluster),
            machine: self.network.clusters[system.cluster].machine.clone(),
            nodes: system.nodes.len() as u64,
            code: system.is_protected.then(|| system.layout.code.to_string()),
            hops: if system.layout.hops == Hops::One { 1 } else { 2 },
            asked,
            rows: study.rows.iter().map(|row| self.row(study, row)).collect(),
            unknown,
        }
    }

    fn row(&self, study: &Study, row: &Row) -> BandwidthRow {
        let enough = row.decision.coarsen(|answer| match answer {
            Ok(answer) => Ok(answer.is_enough(self.workload)),
            Err(missing) => Err(missing.clone()),
        });
        let verdict = match (enough.complete, enough.arms.as_slice()) {
            (true, [only]) => match only.answer {
                Ok(true) => "enough",
                Ok(false) => "not enough",
                Err(_) => "undecided",
            },
            (true, _) => "depends",
            (false, _) => "bound-hit",
        };
        let shown = row.shown.as_ref();
        let carried = shown.ok().map(|(_, carried)| carried);
        BandwidthRow {
            condition: words::condition(self.network, &study.system, row.condition),
            down: shown
                .ok()
                .map(|(case, _)| case.down.iter().map(|part| part.short(self.network)).collect())
                .unwrap_or_default(),
            rebuilds: row.condition.rebuild,
            verdict: verdict.to_owned(),
            flows: carried.map(|carried| self.flows(carried, row)).unwrap_or_default(),
            rebuild: carried.and_then(|carried| self.rebuild(carried, row)),
            nodes: carried.map(|carried| self.nodes(carried)).unwrap_or_default(),
            worlds: if row.decision.arms.len() > 1 {
                self.worlds(&row.decision, |answer| self.told(answer))
            } else {
                Vec::new()
            },
            alone: self.alone(&row.decision, |answer| self.told(answer)),
            deciding: enough.deciding.iter().map(|id| citation(self.catalog, *id)).collect(),
            needs: shown.err().map(|missing| hole(self.network, missing)),
            notes: carried.map(|carried| notes(study, carried)).unwrap_or_default(),
        }
    }

    fn flows(&self, carried: &Carried, row: &Row) -> Vec<FlowPage> {
        let answers: Vec<&Answer> = row.decision.arms.iter().filter_map(|arm| arm.answer.as_ref().ok()).collect();
        let page = |flow: &Flow| {
            let alike = |other: &&Flow| other.clients == flow.clients && other.kind == flow.kind;
            let all = answers.iter().filter_map(|answer| answer.flows.iter().find(alike)).map(|flow| flow.achieved);
            let least = all.clone().min().unwrap_or(flow.achieved);
            let most = all.max().unwrap_or(flow.achieved);
            FlowPage {
                clients: self.network.short(flow.clients),
                kind: flow.kind.word().to_owned(),
                asked_gbps: flow.asked.get(),
                achieved_gbps: flow.achieved.get(),
                range_gbps: (least.get(), most.get()),
                bound: flow.bound.map(words::limit),
                worst_part: f64::from(flow.worst_per_mille) / 1e3,
            }
        };
        let mut flows: Vec<&Flow> = carried.flows.iter().collect();
        flows.sort_by_key(|flow| (flow.kind, flow.clients));
        flows.into_iter().map(page).collect()
    }

    fn rebuild(&self, carried: &Carried, row: &Row) -> Option<RebuildPage> {
        let rebuilt = carried.rebuild?;
        let answers = row.decision.arms.iter().filter_map(|arm| arm.answer.as_ref().ok());
        let times: Vec<_> = answers.filter_map(|answer| answer.rebuild).map(|rebuilt| rebuilt.time).collect();
        let quickest = times.iter().flatten().min().copied();
        let slowest = if times.contains(&None) { None } else { times.iter().flatten().max().copied() };
        Some(RebuildPage {
            gbps: rebuilt.rate.get(),
            hours: rebuilt.time.map(TimeSpan::hours),
            range_hours: (quickest.map(TimeSpan::hours), slowest.map(TimeSpan::hours)),
            bound: words::limit(rebuilt.bound),
            within_hours: self.workload.rebuild_within.map(TimeSpan::hours),
        })
    }

    fn nodes(&self, carried: &Carried) -> Vec<NodePage> {
        let page = |load: &twinrail_sizing::bandwidth::Load| LoadPage {
            limit: words::limit(load.limit),
            load_gbps: load.load.get(),
            cap_gbps: load.cap.get(),
        };
        let nodes = carried.nodes.iter().map(|node| NodePage {
            node: self.network.short(node.example),
            count: node.count,
            vips: node.vips,
            loads: node.loads.iter().map(page).collect(),
        });
        nodes.collect()
    }

    /// An answer in a word, and its figures.
    fn told(&self, answer: &Answer) -> (&'static str, String) {
        (if answer.is_enough(self.workload) { "enough" } else { "not enough" }, figures(answer))
    }

    fn words<T>(&self, answer: &Field<T>, told: &impl Fn(&T) -> (&'static str, String)) -> (String, String) {
        match answer.as_ref().map(told) {
            Ok((word, figures)) => (word.to_owned(), figures),
            Err(missing) => (format!("needs {}", hole(self.network, missing)), String::new()),
        }
    }

    fn worlds<T>(
        &self,
        decision: &Decision<Field<T>>,
        told: impl Fn(&T) -> (&'static str, String),
    ) -> Vec<BandwidthWorld> {
        let world = |arm: &Arm<Field<T>>| {
            let (answer, figures) = self.words(&arm.answer, &told);
            BandwidthWorld { answer, figures, when: conditions(self.catalog, decision, arm) }
        };
        decision.arms.iter().map(world).collect()
    }

    /// What each open fact changes alone: the answers of the worlds in which all others have their first value.
    fn alone<T>(&self, decision: &Decision<Field<T>>, told: impl Fn(&T) -> (&'static str, String)) -> Vec<AloneFact> {
        let answer = |fact: FactId, value: u8| {
            let is_here = |world: &Vec<Choice>| {
                world.iter().all(|choice| choice.value == if choice.fact == fact { value } else { 0 })
            };
            let arm = decision.arms.iter().find(|arm| arm.worlds.iter().any(is_here))?;
            Some(self.words(&arm.answer, &told))
        };
        let mut open: Vec<FactId> = decision.arms.iter().flat_map(|arm| arm.reads.iter().copied()).collect();
        open.sort_unstable();
        open.dedup();
        let alone = open.into_iter().filter_map(|id| {
            let fact = self.catalog.fact(id);
            let values = fact.values.iter().zip(0..).map(|(possible, place)| {
                let (answer, figures) = answer(id, place)?;
                Some(AloneValue { value: possible.value.to_string(), answer, figures })
            });
            let values: Vec<AloneValue> = values.collect::<Option<_>>()?;
            let changes =
                values.iter().any(|value| (&value.answer, &value.figures) != (&values[0].answer, &values[0].figures));
            changes.then(|| AloneFact { fact: fact.id.clone(), values })
        });
        alone.collect()
    }

    fn verdict(&self, intent: &str, decision: &Decision<Field<Judgement>>) -> BandwidthVerdict {
        let holds = decision.coarsen(|answer| answer.as_ref().map(|judgement| judgement.holds).map_err(Clone::clone));
        let verdict = match (holds.complete, holds.arms.as_slice()) {
            (true, [only]) => match only.answer {
                Ok(true) => "holds",
                Ok(false) => "violated",
                Err(_) => "undecided",
            },
            (true, _) => "depends",
            (false, _) => "bound-hit",
        };
        let first = &decision.arms[0].answer;
        let judgement = first.as_ref().ok();
        let told = |judgement: &Judgement| (if judgement.holds { "holds" } else { "violated" }, self.least(judgement));
        BandwidthVerdict {
            intent: intent.to_owned(),
            verdict: verdict.to_owned(),
            least_gbps: judgement.map(|judgement| judgement.least.get()),
            case: judgement.map(|judgement| words::case(self.network, &judgement.case)),
            bound: judgement.and_then(|judgement| judgement.bound).map(words::limit),
            cases: judgement.map_or(0, |judgement| judgement.cases),
            beyond_code: judgement.filter(|judgement| judgement.is_beyond_code).map(|_| {
                let code =
                    self.workload.code.map_or_else(|| "data that is stored once".to_owned(), |code| code.to_string());
                format!("{code} does not survive that: part of the data cannot be read")
            }),
            left_out: judgement
                .filter(|judgement| judgement.leaves_zone_out)
                .map(|_| "all nodes are in one zone: its failure leaves nobody to ask, and was not judged".to_owned()),
            worlds: if holds.arms.len() > 1 { self.worlds(decision, told) } else { Vec::new() },
            alone: self.alone(decision, told),
            deciding: holds.deciding.iter().map(|id| citation(self.catalog, *id)).collect(),
            needs: first.as_ref().err().map(|missing| hole(self.network, missing)),
        }
    }

    fn least(&self, judgement: &Judgement) -> String {
        let bound = judgement.bound.map(|bound| format!(" (bound by {})", words::limit(bound))).unwrap_or_default();
        format!("{}{bound} with {}", gbps(judgement.least.get()), words::case(self.network, &judgement.case))
    }
}

/// What clients get, and how long a rebuild takes.
fn figures(answer: &Answer) -> String {
    let mut parts: Vec<String> = Vec::new();
    for kind in Kind::ALL {
        let flows = answer.flows.iter().filter(|flow| flow.kind == kind);
        let achieved: f64 = flows.clone().map(|flow| flow.achieved.get()).sum();
        if flows.clone().next().is_some() {
            let bound = flows.clone().find_map(|flow| flow.bound);
            let bound = bound.map(|bound| format!(" (bound by {})", words::limit(bound))).unwrap_or_default();
            parts.push(format!("{} {}{bound}", kind.word(), gbps(achieved)));
        }
    }
    if let Some(rebuilt) = answer.rebuild {
        parts.push(format!("rebuild {}", rebuilt.time.map_or_else(|| "never".to_owned(), |time| hours(time.hours()))));
    }
    parts.join(", ")
}

/// What else is to be said of what is carried.
fn notes(study: &Study, carried: &Carried) -> Vec<String> {
    let code = study.system.layout.code;
    let mut notes = Vec::new();
    let is_narrow = study.system.nodes.len() < code.width() as usize && study.system.is_protected;
    if carried.is_beyond_code {
        let lost = counted(usize::try_from(code.parity).expect("a few"), "lost chunk");
        let several = if is_narrow { ", and a node has several" } else { "" };
        notes.push(format!("data cannot be read: {code} survives {lost} of a stripe{several}"));
    }
    if carried.is_below_stripe && study.system.is_protected {
        notes.push(format!("fewer nodes are there than a stripe of {code} has chunks"));
    }
    notes
}
