//! From studies of `sizing` to the value that is printed. Not here: how it looks.

use std::collections::BTreeSet;

use twinrail_facts::{Catalog, Decision, FactId};
use twinrail_intake::Loaded;
use twinrail_model::{Field, Hops, Network, Workload};
use twinrail_sizing::bandwidth::{Answer, Carried, Flow, Judgement, Kind, Row, Study};

use super::text::{gbps, hours};
use super::{
    AskedFor, Bandwidth, BandwidthRow, BandwidthVerdict, BandwidthWorld, FlowPage, LoadPage, NodePage, RebuildPage,
    SystemBandwidth, words,
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
    let studied = studies.and_then(|studies| studies.as_ref().ok());
    let mut facts: BTreeSet<FactId> = BTreeSet::new();
    for row in studied.into_iter().flatten().flat_map(|study| &study.rows) {
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
        inputs: loaded.origins.paths().map(ToOwned::to_owned).collect(),
        systems: studied.into_iter().flatten().map(|study| making.system(study)).collect(),
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
        caveats: caveats(&workload, studied.map_or(&[], Vec::as_slice)),
    }
}

/// What these figures do not say.
fn caveats(workload: &Workload, studies: &[Study]) -> Vec<String> {
    let mut caveats = vec![
        "steady shares of long flows, in bytes of data: no headers, queues, incast or latency, and the platform's figures are ceilings".to_owned(),
    ];
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
            down: shown.ok().map(|(case, _)| case.down.iter().map(|part| part.short(self.network)).collect()).unwrap_or_default(),
            rebuilds: row.condition.rebuild,
            verdict: verdict.to_owned(),
            flows: carried.map(|carried| self.flows(carried, row)).unwrap_or_default(),
            rebuild: carried.and_then(|carried| self.rebuild(carried, row)),
            nodes: carried.map(|carried| self.nodes(carried)).unwrap_or_default(),
            worlds: if row.decision.arms.len() > 1 { self.worlds(&row.decision) } else { Vec::new() },
            deciding: enough.deciding.iter().map(|id| citation(self.catalog, *id)).collect(),
            needs: shown.err().map(|missing| hole(self.network, missing)),
            notes: carried.map(|carried| self.notes(study, carried)).unwrap_or_default(),
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
            hours: rebuilt.time.map(twinrail_model::unit::TimeSpan::hours),
            range_hours: (quickest.map(twinrail_model::unit::TimeSpan::hours), slowest.map(twinrail_model::unit::TimeSpan::hours)),
            bound: words::limit(rebuilt.bound),
            within_hours: self.workload.rebuild_within.map(twinrail_model::unit::TimeSpan::hours),
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

    fn worlds(&self, decision: &Decision<Field<Answer>>) -> Vec<BandwidthWorld> {
        let world = |arm: &twinrail_facts::Arm<Field<Answer>>| BandwidthWorld {
            answer: match &arm.answer {
                Ok(answer) if answer.is_enough(self.workload) => "enough".to_owned(),
                Ok(_) => "not enough".to_owned(),
                Err(missing) => format!("needs {}", hole(self.network, missing)),
            },
            figures: arm.answer.as_ref().map(|answer| self.figures(answer)).unwrap_or_default(),
            when: conditions(self.catalog, decision, arm),
        };
        decision.arms.iter().map(world).collect()
    }

    fn figures(&self, answer: &Answer) -> String {
        let mut parts: Vec<String> = Vec::new();
        for kind in Kind::ALL {
            let flows = answer.flows.iter().filter(|flow| flow.kind == kind);
            let achieved: f64 = flows.clone().map(|flow| flow.achieved.get()).sum();
            if flows.clone().next().is_some() {
                let bound = flows.filter_map(|flow| flow.bound).next();
                let bound = bound.map(|bound| format!(" by {}", words::limit(bound))).unwrap_or_default();
                parts.push(format!("{} {}{bound}", kind.word(), gbps(achieved)));
            }
        }
        if let Some(rebuilt) = answer.rebuild {
            parts.push(format!("rebuild {}", rebuilt.time.map_or_else(|| "never".to_owned(), |time| hours(time.hours()))));
        }
        parts.join(", ")
    }

    fn notes(&self, study: &Study, carried: &Carried) -> Vec<String> {
        let code = study.system.layout.code;
        let mut notes = Vec::new();
        if carried.is_beyond_code {
            let lost = counted(usize::try_from(code.parity).expect("a few") , "lost instance");
            notes.push(format!("{code} survives {lost}: part of the data cannot be read, whatever the bandwidth"));
        }
        if carried.is_below_stripe && study.system.is_protected {
            notes.push(format!("fewer instances are left than a stripe of {code} has chunks"));
        }
        notes
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
        let world = |arm: &twinrail_facts::Arm<Field<Judgement>>| BandwidthWorld {
            answer: match &arm.answer {
                Ok(judgement) if judgement.holds => "holds".to_owned(),
                Ok(_) => "violated".to_owned(),
                Err(missing) => format!("needs {}", hole(self.network, missing)),
            },
            figures: arm.answer.as_ref().map(|judgement| self.least(judgement)).unwrap_or_default(),
            when: conditions(self.catalog, decision, arm),
        };
        BandwidthVerdict {
            intent: intent.to_owned(),
            verdict: verdict.to_owned(),
            least_gbps: judgement.map(|judgement| judgement.least.get()),
            case: judgement.map(|judgement| words::case(self.network, &judgement.case)),
            bound: judgement.and_then(|judgement| judgement.bound).map(words::limit),
            cases: judgement.map_or(0, |judgement| judgement.cases),
            worlds: if holds.arms.len() > 1 { decision.arms.iter().map(world).collect() } else { Vec::new() },
            deciding: holds.deciding.iter().map(|id| citation(self.catalog, *id)).collect(),
            needs: first.as_ref().err().map(|missing| hole(self.network, missing)),
        }
    }

    fn least(&self, judgement: &Judgement) -> String {
        let bound = judgement.bound.map(|bound| format!(" by {}", words::limit(bound))).unwrap_or_default();
        format!("{}{bound} with {}", gbps(judgement.least.get()), words::case(self.network, &judgement.case))
    }
}
