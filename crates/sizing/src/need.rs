//! What a plan needs of the platform: VIPs, addresses and prefixes, objects of the mover, groups, and a dated list of
//! what to ask for. Three clocks run: a quota
//! takes days to be raised, a reservation must be approved, and a commitment counts from the day it is bought.
//! Not here: what is there already. Every amount is what must be there in all.

use std::collections::BTreeMap;

use twinrail_facts::{Count, Date, Facts, Key, Possible, Value, keys};
use twinrail_model::unit::Gib;
use twinrail_model::{Cluster, Field, Hole, MoverKind, Name, Network, Quarter, VipSource};

use crate::address::{SubnetLimits, addresses, overload, prefix_for};
use crate::calendar::{days_before, first_day};
use crate::capability::Capability;
use crate::plan::{ClusterPlan, Input, Outcome, QuarterPlan, largest};
use crate::study::Study;

/// What a plan needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Needs {
    pub vips_per_node: u32,
    /// The mover of the model's VIPs, where it has one.
    pub mover: Option<MoverKind>,
    /// In the order of the plan's clusters.
    pub clusters: Vec<ClusterNeeds>,
    pub quarters: Vec<QuarterNeeds>,
    /// By mover, for all VIPs of the quarter that has most.
    pub objects: Vec<Objects>,
    pub lead: LeadTimes,
    /// For how many years one can commit.
    pub commitment_years: Vec<String>,
    /// By the day, the soonest first.
    pub asks: Vec<AskFor>,
}

/// What one cluster needs when it is largest.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterNeeds {
    pub segments: Vec<Name>,
    pub nodes: u32,
    pub vips: u64,
    /// By which part the busiest survivor's load grows when a node is lost.
    pub overload: Option<f64>,
    /// Primary addresses, and VIPs where they come from the same range.
    pub tcp: SubnetNeed,
    /// The secondary range of the VIPs, where those of the model come from one: `tcp` is then for primary addresses alone.
    pub vip_range: Option<SubnetNeed>,
    /// `None`: its instances have no RDMA.
    pub rdma: Field<Option<SubnetNeed>>,
    /// Managed instance groups of one zone.
    pub migs: u64,
    pub placement_groups: Field<u64>,
}

/// A subnet to reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubnetNeed {
    /// With room for a replacement beside it, where that has no subnet of its own.
    pub addresses: u64,
    /// `None`: no subnet is large enough.
    pub prefix: Option<u32>,
    /// Subnets of this size: itself and the further ones that are asked for.
    pub subnets: u32,
}

/// All clusters in a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarterNeeds {
    pub quarter: Quarter,
    pub nodes: u32,
    pub vips: u64,
    /// Primary addresses of the ordinary network and VIPs.
    pub addresses: u64,
}

/// What a mover makes for the VIPs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objects {
    pub mover: MoverKind,
    pub alias_ranges: u64,
    pub routes: Field<u64>,
    /// While the VIPs of one node move.
    pub more_routes: Field<u64>,
    pub forwarding_rules: u64,
}

/// Days from asking to having: by the values that the facts have first, and by the slowest that they may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    pub first: u64,
    pub slowest: u64,
}

impl Days {
    fn of(facts: &Facts<'_>, key: Key<Count>) -> Self {
        let first = facts.get(key);
        let values = facts.catalog().fact(key.id()).values.iter();
        let count = |possible: &Possible| match possible.value {
            Value::Count(count) => Some(count),
            _ => None,
        };
        Self { first, slowest: values.filter_map(count).max().unwrap_or(first).max(first) }
    }

    /// The longer of two that run at once.
    fn or_longer(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), slowest: self.slowest.max(other.slowest) }
    }

    /// The days before a day: by the first values, and by the slowest.
    fn before(self, (first, slowest): (Date, Date)) -> (Date, Date) {
        (days_before(first, self.first), days_before(slowest, self.slowest))
    }
}

/// How long it takes from asking to having.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadTimes {
    pub quota: Days,
    /// Of review, and until it may start: the longer of both counts.
    pub reservation: Days,
    /// A reservation cannot be asked for earlier than so many days ahead.
    pub reservation_horizon_days: u64,
    /// The quota must be there when a reservation is asked for.
    pub reservation_needs_quota: bool,
}

impl LeadTimes {
    pub fn of(facts: &Facts<'_>) -> Self {
        use keys::{quota, reservation, sizing};
        let review = Days::of(facts, reservation::LEAD_DAYS);
        Self {
            quota: Days::of(facts, quota::RAISE_DAYS),
            reservation: review.or_longer(Days::of(facts, reservation::MIN_START_DAYS)),
            reservation_horizon_days: facts.get(sizing::FUTURE_RESERVATION_HORIZON_DAYS),
            reservation_needs_quota: facts.get(reservation::NEEDS_QUOTA),
        }
    }
}

/// Which of the three clocks an ask goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clock {
    Quota,
    Reservation,
    Commitment,
}

impl Clock {
    pub fn word(self) -> &'static str {
        match self {
            Self::Quota => "quota",
            Self::Reservation => "reservation",
            Self::Commitment => "commitment",
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    Instances,
    Vcpus,
    LocalSsd,
    StaticAddresses,
    AliasRanges,
    Routes,
    ForwardingRules,
}

impl Resource {
    pub fn word(self) -> &'static str {
        match self {
            Self::Instances => "instances",
            Self::Vcpus => "vCPUs",
            Self::LocalSsd => "local SSD",
            Self::StaticAddresses => "static internal addresses",
            Self::AliasRanges => "alias ranges",
            Self::Routes => "static routes",
            Self::ForwardingRules => "forwarding rules",
        }
    }

    /// The quota that counts it.
    fn metric<'a>(self, facts: &Facts<'a>) -> &'a str {
        use keys::quota;
        facts.get(match self {
            Self::Instances => quota::INSTANCES_METRIC,
            Self::Vcpus => quota::VCPUS_METRIC,
            Self::LocalSsd => quota::LOCAL_SSD_METRIC,
            Self::StaticAddresses => quota::STATIC_INTERNAL_ADDRESSES_METRIC,
            Self::AliasRanges => quota::ALIAS_RANGES_METRIC,
            Self::Routes => quota::ROUTES_METRIC,
            Self::ForwardingRules => quota::FORWARDING_RULES_METRIC,
        })
    }

    /// What its amounts count, where it is not itself.
    pub fn unit(self) -> Option<&'static str> {
        (self == Self::LocalSsd).then_some(Gib::SYMBOL)
    }
}

/// One thing to ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct AskFor {
    pub clock: Clock,
    pub resource: Resource,
    /// Where it is counted by machine type.
    pub machine: Option<String>,
    /// What must be there in all; of a commitment, what stays needed to the end.
    pub amount: Field<u64>,
    /// The quarter for which it is needed.
    pub quarter: Quarter,
    /// The day to ask by.
    pub by: Date,
    /// The same if everything takes as long as it may.
    pub by_if_slow: Date,
    /// Of a quota, the name under which it is asked for.
    pub metric: Option<String>,
    /// The first day on which one can ask, where it is not any day.
    pub not_before: Option<Date>,
    /// The day is over.
    pub is_late: bool,
    /// The part of the worlds that need no more; of a commitment, the part that needs all of it.
    pub covered: f64,
}

/// What a plan needs.
pub(crate) fn needs(
    input: &Input<'_>,
    study: &Study,
    outcome: &Outcome,
    (clusters, quarters): (&[ClusterPlan], &[QuarterPlan]),
    facts: &Facts<'_>,
) -> Needs {
    let vips_per_node = outcome.settings.vips;
    let model = largest(input.network);
    let mover = model.and_then(|cluster| mover(input.network, cluster));
    let of_cluster = |(place, cluster): (usize, &ClusterPlan)| {
        let winner = outcome.contests[place].candidates.first();
        let machine = winner.map(|winner| &outcome.machines[winner.machine]);
        let nodes = winner.and_then(|winner| winner.nodes.iter().max().copied()).unwrap_or(0);
        cluster_needs(input, cluster, (machine, nodes), vips_per_node, facts)
    };
    let of_quarter = |plan: &QuarterPlan| QuarterNeeds {
        quarter: plan.quarter,
        nodes: plan.nodes,
        vips: vips(plan.nodes, vips_per_node),
        addresses: addresses(plan.nodes.into(), vips_per_node),
    };
    let most = quarters.iter().map(|plan| plan.nodes).max().unwrap_or(0);
    let lead = LeadTimes::of(facts);
    let is_pool_reserved = model.and_then(|cluster| cluster.pool.as_ref()).is_some_and(|pool| pool.reserved);
    let clerk = Clerk { input, study, outcome, quarters, facts, lead, vips_per_node, mover, is_pool_reserved };
    Needs {
        vips_per_node,
        mover,
        clusters: clusters.iter().enumerate().map(of_cluster).collect(),
        quarters: quarters.iter().map(of_quarter).collect(),
        objects: MoverKind::ALL.map(|mover| objects(mover, vips(most, vips_per_node), vips_per_node, facts)).to_vec(),
        asks: clerk.asks(),
        commitment_years: facts.get(keys::commitment::YEARS).to_vec(),
        lead,
    }
}

fn vips(nodes: u32, vips_per_node: u32) -> u64 {
    u64::from(nodes) * u64::from(vips_per_node)
}

/// Whether the first pool of the model's cluster takes its VIPs from a secondary range.
fn has_secondary(network: &Network) -> bool {
    let pool = largest(network).and_then(|cluster| cluster.vips.first().copied());
    pool.is_some_and(|pool| matches!(network.vips[pool].source, VipSource::Subnet(_, Some(_))))
}

/// The mover of a cluster's first pool.
fn mover(network: &Network, cluster: &Cluster) -> Option<MoverKind> {
    cluster.vips.first().map(|pool| network.vips[*pool].mover.kind)
}

fn cluster_needs(
    input: &Input<'_>,
    cluster: &ClusterPlan,
    (machine, nodes): (Option<&Capability>, u32),
    vips_per_node: u32,
    facts: &Facts<'_>,
) -> ClusterNeeds {
    let copies = input.load.sizing.spare_copies.unwrap_or(0);
    let limits = SubnetLimits::of(facts);
    let factor = if copies > 0 { 1.0 } else { facts.get(keys::sizing::BLUE_GREEN_FACTOR).max(1.0) };
    let subnet = |addresses: u64| {
        let addresses = times(addresses, factor);
        SubnetNeed { addresses, prefix: prefix_for(addresses, &limits), subnets: copies.saturating_add(1) }
    };
    let group = facts.get(keys::limits::MIG_INSTANCES_ZONAL).max(1);
    let missing = || Hole::NotInCatalog("placement-max-instances".to_owned());
    let placement = machine.map_or_else(|| Err(missing()), |machine| machine.placement_max.clone());
    let rdma = machine.map_or(Ok(None), |machine| {
        let has_rdma = !machine.rdma.clone()?.is_zero();
        Ok(has_rdma.then(|| subnet(u64::from(nodes) * u64::from(input.rdma_nics))))
    });
    let all_vips = vips(nodes, vips_per_node);
    let has_secondary = has_secondary(input.network);
    let in_primary = if has_secondary { 0 } else { vips_per_node };
    let vip_range = has_secondary.then(|| {
        // Nothing is kept back of a secondary range.
        let limits = SubnetLimits { reserved: 0, ..limits };
        let addresses = times(all_vips, factor);
        SubnetNeed { addresses, prefix: prefix_for(addresses, &limits), subnets: copies.saturating_add(1) }
    });
    ClusterNeeds {
        segments: cluster.segments.clone(),
        nodes,
        vips: all_vips,
        overload: overload(vips_per_node, nodes),
        tcp: subnet(addresses(nodes.into(), in_primary)),
        vip_range,
        rdma,
        migs: u64::from(nodes).div_ceil(group),
        placement_groups: placement.map(|most| u64::from(nodes).div_ceil(most.max(1))),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what has a prefix, and more")]
fn times(addresses: u64, factor: f64) -> u64 {
    const MOST: f64 = (1_u64 << 40) as f64;
    libm::ceil(addresses as f64 * factor).clamp(0.0, MOST) as u64
}

fn objects(mover: MoverKind, vips: u64, vips_per_node: u32, facts: &Facts<'_>) -> Objects {
    let routes = |fact: &str, vips: u64| {
        let each = if mover.uses_routes() { mover.fact::<Count>(facts, fact)? } else { 0 };
        Ok(each.saturating_mul(vips))
    };
    Objects {
        mover,
        alias_ranges: if mover.uses_alias() { vips } else { 0 },
        routes: routes("routes-per-vip", vips),
        more_routes: routes("extra-routes-while-moving", vips_per_node.into()),
        forwarding_rules: if mover.uses_load_balancer() { vips } else { 0 },
    }
}

/// Writes the dated list.
struct Clerk<'a> {
    input: &'a Input<'a>,
    study: &'a Study,
    outcome: &'a Outcome,
    quarters: &'a [QuarterPlan],
    facts: &'a Facts<'a>,
    lead: LeadTimes,
    vips_per_node: u32,
    mover: Option<MoverKind>,
    is_pool_reserved: bool,
}

impl Clerk<'_> {
    fn asks(&self) -> Vec<AskFor> {
        let mut asks = Vec::new();
        for (machine, nodes) in self.nodes_by_machine() {
            self.of_machine(machine, &nodes, &mut asks);
        }
        self.of_all(&mut asks);
        asks.sort_by(|one, other| {
            let key = |ask: &AskFor| (ask.by, ask.quarter, ask.clock, ask.resource);
            key(one).cmp(&key(other)).then_with(|| one.machine.cmp(&other.machine))
        });
        asks
    }

    /// Nodes by quarters of each machine type that is chosen for some cluster.
    fn nodes_by_machine(&self) -> BTreeMap<usize, Vec<u32>> {
        let mut nodes: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for winner in self.outcome.contests.iter().filter_map(|contest| contest.candidates.first()) {
            let sum = nodes.entry(winner.machine).or_insert_with(|| vec![0; winner.nodes.len()]);
            for (sum, nodes) in sum.iter_mut().zip(&winner.nodes) {
                *sum = sum.saturating_add(*nodes);
            }
        }
        nodes
    }

    /// What is counted by machine type, in every quarter that needs more than any before it; and what is needed from a quarter to the end.
    fn of_machine(&self, machine: usize, nodes: &[u32], asks: &mut Vec<AskFor>) {
        let capability = &self.outcome.machines[machine];
        let name = Some(capability.machine.clone());
        let (mut before, mut committed) = (0, 0);
        for (place, count) in nodes.iter().enumerate() {
            let quarter = self.quarters[place].quarter;
            if *count > before {
                before = *count;
                let covered = self.part(machine, place, |need| need <= *count);
                let ask = |clock: Clock, resource: Resource, amount: Field<u64>| {
                    self.ask((clock, resource), name.clone(), amount, quarter, covered)
                };
                let nodes = u64::from(*count);
                let ssd = capability.local_ssd.clone().map(|each| times(nodes, each.get()));
                asks.push(ask(
                    Clock::Quota,
                    Resource::Vcpus,
                    capability.vcpus.clone().map(|each| each.saturating_mul(nodes)),
                ));
                asks.push(ask(Clock::Quota, Resource::LocalSsd, ssd));
                asks.push(ask(Clock::Reservation, Resource::Instances, Ok(nodes)));
            }
            let stays = nodes[place..].iter().min().copied().unwrap_or(0);
            if stays > committed {
                committed = stays;
                let covered = self.part(machine, place, |need| need >= stays);
                let what = (Clock::Commitment, Resource::Instances);
                asks.push(self.ask(what, name.clone(), Ok(stays.into()), quarter, covered));
            }
        }
    }

    /// What is counted whatever the machine type.
    fn of_all(&self, asks: &mut Vec<AskFor>) {
        let mut before = 0;
        for plan in self.quarters {
            if plan.nodes <= before {
                continue;
            }
            before = plan.nodes;
            let vips = vips(plan.nodes, self.vips_per_node);
            let own = if self.is_pool_reserved { u64::from(plan.nodes) } else { 0 };
            let mut add = |resource: Resource, amount: Field<u64>| {
                if amount != Ok(0) {
                    asks.push(self.ask((Clock::Quota, resource), None, amount, plan.quarter, plan.covered_in_all));
                }
            };
            add(Resource::Instances, Ok(plan.nodes.into()));
            add(Resource::StaticAddresses, Ok(vips + own));
            if let Some(mover) = self.mover {
                let made = objects(mover, vips, self.vips_per_node, self.facts);
                add(Resource::AliasRanges, Ok(made.alias_ranges));
                add(Resource::Routes, made.routes.and_then(|routes| Ok(routes + made.more_routes?)));
                add(Resource::ForwardingRules, Ok(made.forwarding_rules));
            }
        }
    }

    fn ask(
        &self,
        (clock, resource): (Clock, Resource),
        machine: Option<String>,
        amount: Field<u64>,
        quarter: Quarter,
        covered: f64,
    ) -> AskFor {
        let first = first_day(quarter);
        let reserved = self.lead.reservation.before((first, first));
        let (by, by_if_slow) = match clock {
            Clock::Commitment => (first, first),
            Clock::Reservation => reserved,
            Clock::Quota if self.lead.reservation_needs_quota => self.lead.quota.before(reserved),
            Clock::Quota => self.lead.quota.before((first, first)),
        };
        let horizon = days_before(first, self.lead.reservation_horizon_days);
        AskFor {
            clock,
            resource,
            machine,
            amount,
            quarter,
            by,
            by_if_slow,
            metric: (clock == Clock::Quota).then(|| resource.metric(self.facts).to_owned()),
            not_before: (clock == Clock::Reservation).then_some(horizon),
            is_late: by < self.input.question.today,
            covered,
        }
    }

    /// The part of the worlds in which what is needed of a machine type in a quarter is such a number.
    fn part(&self, machine: usize, quarter: usize, is_so: impl Fn(u32) -> bool) -> f64 {
        let rows: Vec<_> = (self.outcome.contests.iter().zip(&self.outcome.cells))
            .filter(|(contest, _)| contest.candidates.first().is_some_and(|winner| winner.machine == machine))
            .map(|(_, cells)| &cells[machine][quarter])
            .collect();
        let need = |world: usize| rows.iter().fold(0_u32, |sum, row| sum.saturating_add(row[world].nodes));
        let worlds = (0..self.study.worlds as usize).filter(|world| is_so(need(*world))).count();
        worlds as f64 / f64::from(self.study.worlds)
    }
}
