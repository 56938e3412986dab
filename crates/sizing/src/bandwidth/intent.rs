//! Judges `read of gpu at least 300 Gbps, after any one failure`: what is promised is asked for beside the rest of the workload, and what
//! arrives is held against it, with rebuilds running and VIPs wherever their movers may put them. Not here: the sentences.

use std::collections::BTreeSet;

use twinrail_facts::{Decision, decide_within};
use twinrail_model::unit::Gbps;
use twinrail_model::{After, Failing, Field, Hole, InstanceId, Network, Part, Party, Place, Transfer, View, Workload};

use super::failure::{Case, Condition, Failure, Placement, cases, kinds, pairs, singles};
use super::limit::{Limit, Reading};
use super::system::{Demand, Kind, System, systems};
use super::{Carried, Input, RUN_BOUND, Ready, runs};

/// A wish about bandwidth: what an `Ask::Bandwidth` holds.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub transfer: Transfer,
    pub of: Party,
    pub at_least: Gbps,
    pub after: Option<After>,
}

/// What a wish comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub holds: bool,
    /// The least that arrives.
    pub least: Gbps,
    /// In this case.
    pub case: Case,
    /// What keeps it from more.
    pub bound: Option<Limit>,
    /// How many cases were looked at; nodes that nothing tells apart stand for each other.
    pub cases: usize,
    /// More is lost than the code survives.
    pub is_beyond_code: bool,
    /// `any failure` was asked about, and a zone's would take a whole cluster with it: that one was left out.
    pub leaves_zone_out: bool,
}

/// Less than this is missing by rounding. Gbps.
const GRAIN: f64 = 1e-5;

/// Judges a wish in every world that matters to it. A hole is an answer: the input does not say what decides, or nobody is there whom the wish is about.
pub fn judge(input: Input<'_>, wish: &Wish, place: Place) -> Decision<Field<Judgement>> {
    let Input { network, platform, catalog } = input;
    let workload = network.load.workload.clone().unwrap_or_default();
    let judging = Judging::new(input, &workload, wish, place);
    let bound = judging.as_ref().map_or(RUN_BOUND, |judging| runs(judging.parts.iter().flat_map(|part| &part.cases)));
    decide_within(bound, catalog, |facts| {
        judging.as_ref().map_err(Clone::clone)?.judge(&View { network, platform, facts })
    })
}

/// A wish with all that is the same in every world.
struct Judging<'a> {
    workload: &'a Workload,
    wish: &'a Wish,
    parts: Vec<Asked>,
    leaves_zone_out: bool,
}

/// A cluster of which something is asked, and the cases that it is looked at in: everything up, then those after which the wish is to hold.
struct Asked {
    system: System,
    cases: Vec<Ready>,
}

impl<'a> Judging<'a> {
    fn new(input: Input<'_>, workload: &'a Workload, wish: &'a Wish, place: Place) -> Field<Self> {
        let network = input.network;
        let mut systems = systems(network, workload)?;
        if !promise(&mut systems, wish) {
            return Err(Hole::NobodyToAsk(place));
        }
        let up = Condition { failure: Failure::Nothing, placement: Placement::Spread, rebuild: false };
        let mut parts = Vec::new();
        let mut leaves_zone_out = false;
        for system in systems {
            leaves_zone_out |= takes_all(network, &system, wish)?;
            let mut of_system = cases(network, &system, up)?;
            of_system.extend(after(network, &system, wish)?);
            let cases = of_system.into_iter().map(|case| Ready::new(input, &system, case)).collect();
            parts.push(Asked { system, cases });
        }
        if wish.after.is_some() && parts.iter().all(|part| part.cases.len() == 1) {
            return Err(Hole::NobodyToAsk(place));
        }
        Ok(Self { workload, wish, parts, leaves_zone_out })
    }

    fn judge(&self, view: &View<'_>) -> Field<Judgement> {
        let mut plain = Vec::new();
        for Asked { system, cases } in &self.parts {
            plain.push(self.of(system, &cases[0].carry(view, system, self.workload, Reading::WhereItBinds)?));
        }
        let all: Gbps = plain.iter().map(|(rate, _)| *rate).sum();
        let worst_up = plain.iter().find_map(|(_, bound)| *bound);
        let first = self.parts.first().expect("a promise is made to somebody").cases[0].case.clone();
        let mut judgement = Judgement {
            holds: true,
            least: all,
            case: first,
            bound: worst_up,
            cases: 1,
            is_beyond_code: false,
            leaves_zone_out: self.leaves_zone_out,
        };
        for (Asked { system, cases }, (own, _)) in self.parts.iter().zip(&plain) {
            for ready in &cases[1..] {
                let carried = ready.carry(view, system, self.workload, Reading::WhereItBinds)?;
                let (rate, bound) = self.of(system, &carried);
                // Nothing fails in the other clusters meanwhile.
                let least = all.less(*own) + rate;
                judgement.cases += 1;
                // What cannot be read at all is worse than what is read slowly.
                let is_worse = (carried.is_beyond_code, judgement.least) > (judgement.is_beyond_code, least);
                judgement.is_beyond_code |= carried.is_beyond_code;
                if is_worse {
                    (judgement.least, judgement.bound, judgement.case) = (least, bound, ready.case.clone());
                }
            }
        }
        judgement.holds = judgement.least.get() + GRAIN >= self.wish.at_least.get() && !judgement.is_beyond_code;
        Ok(judgement)
    }
}

/// Raises what is asked for to what is promised. Whether anybody is there to ask.
fn promise(systems: &mut [System], wish: &Wish) -> bool {
    let is_meant = |system: &System, demand: &Demand| is_of(system, demand, wish);
    let meant = systems.iter().flat_map(|system| system.demands.iter().filter(|demand| is_meant(system, demand)));
    let (mut asked, mut clients) = (Gbps::ZERO, 0.0);
    for demand in meant {
        asked += demand.rate;
        clients += demand.count;
    }
    if clients <= 0.0 {
        return false;
    }
    let more = wish.at_least.less(asked);
    for system in systems {
        for place in 0..system.demands.len() {
            let demand = system.demands[place];
            if is_of(system, &demand, wish) {
                system.demands[place].rate = demand.rate + more * (demand.count / clients);
            }
        }
    }
    true
}

/// Whether a wish is about this demand.
fn is_of(system: &System, demand: &Demand, wish: &Wish) -> bool {
    let kind = match wish.transfer {
        Transfer::Read => Kind::Read,
        Transfer::Write => Kind::Write,
    };
    let party = match wish.of {
        Party::Clients(group) => demand.clients == group,
        Party::Cluster(cluster) => system.cluster == cluster,
        Party::Vips(pool) => system.pools[demand.pool].id == pool,
        Party::Instance(_) | Party::Internet => false,
    };
    demand.kind == kind && party
}

impl Judging<'_> {
    /// What those whom the wish is about get in all, and what keeps most from them.
    fn of(&self, system: &System, carried: &Carried) -> (Gbps, Option<Limit>) {
        let mut all = Gbps::ZERO;
        let mut bound: Option<(Gbps, Limit)> = None;
        for (demand, achieved) in system.demands.iter().zip(&carried.demands) {
            if !is_of(system, demand, self.wish) {
                continue;
            }
            all += *achieved;
            let missing = demand.rate.less(*achieved);
            let limit = carried
                .flows
                .iter()
                .find(|flow| flow.clients == demand.clients && flow.kind == demand.kind)
                .and_then(|flow| flow.bound);
            if let Some(limit) = limit
                && missing.get() > GRAIN
                && bound.is_none_or(|(known, _)| missing > known)
            {
                bound = Some((missing, limit));
            }
        }
        (all, bound.map(|(_, limit)| limit))
    }
}

/// Whether a zone that fails among others takes the whole cluster with it: of its bandwidth there is nothing to say, unless zones are asked about by name.
fn takes_all(network: &Network, system: &System, wish: &Wish) -> Field<bool> {
    if wish.after.is_none_or(|after| after.failing != Failing::Any) {
        return Ok(false);
    }
    let mut zones = BTreeSet::new();
    for node in &system.nodes {
        zones.insert(network.instances[*node].zone.get()?);
    }
    Ok(zones.len() < 2)
}

/// The cases after which the wish is to hold.
fn after(network: &Network, system: &System, wish: &Wish) -> Field<Vec<Case>> {
    let Some(after) = wish.after else { return Ok(Vec::new()) };
    let mut failures = Vec::new();
    let fails = |kind: Failing| after.failing == kind || after.failing == Failing::Any;
    if fails(Failing::Instance) || fails(Failing::Holder) {
        failures.push(Failure::Instances(1));
    }
    if fails(Failing::Nic) {
        failures.extend((0..system.nics.len()).map(Failure::Nic));
    }
    if fails(Failing::Zone) && !takes_all(network, system, wish)? {
        failures.push(Failure::Zone);
    }
    let mut parts: Vec<Vec<Part>> = Vec::new();
    for failure in failures {
        match after.of {
            // Any other node may stand for a named one, so it is looked at itself.
            Some(Party::Instance(instance)) => {
                parts.extend(of_one(network, system, failure, instance)?.map(|part| vec![part]));
            }
            Some(whose) if !is_over(network, system, whose) => {}
            _ => parts.extend(kinds(network, system, failure)?),
        }
    }
    let mut down = singles(&parts);
    if after.count > 1 {
        down.extend(pairs(&parts));
    }
    let mut found = Vec::new();
    for down in down {
        let rebuild = system.layout.code.parity > 0 && down.iter().any(|part| matches!(part, Part::Instance(_)));
        for placement in [Placement::Spread, Placement::One] {
            found.push(Case { down: down.clone(), placement, rebuild });
        }
    }
    Ok(found)
}

/// Whether a party is the nodes of a system.
fn is_over(network: &Network, system: &System, party: Party) -> bool {
    match party {
        Party::Cluster(cluster) => system.cluster == cluster,
        Party::Vips(pool) => system.cluster == network.vips[pool].over,
        Party::Clients(_) | Party::Instance(_) | Party::Internet => false,
    }
}

/// One instance, or a part of it.
fn of_one(network: &Network, system: &System, failure: Failure, instance: InstanceId) -> Field<Option<Part>> {
    if !system.nodes.contains(&instance) {
        return Ok(None);
    }
    Ok(match failure {
        Failure::Instances(_) => Some(Part::Instance(instance)),
        Failure::Nic(slot) => network.nics_of(instance)?.get(slot).copied().map(Part::Nic),
        Failure::Zone => Some(Part::Zone(network.instances[instance].zone.get()?)),
        Failure::Nothing => None,
    })
}
