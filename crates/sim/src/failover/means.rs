//! What a mover needs and costs on a pool, beside time: permissions, features, its share of limits, a price. Not here: whether the platform gives it, which is
//! the setting's refusal.

use twinrail_facts::{Bool, ChoiceOf, Count, FactId, Facts, Key, Names, Number, keys};
use twinrail_model::unit::{Gb, GbPerSecond, Gbps, Gib, HOURS_PER_MONTH, TimeSpan};
use twinrail_model::{Field, MoverKind, Network, View, VipPoolId};

use super::Input;
use crate::subject;

/// Everything but time.
#[derive(Debug, Clone, PartialEq)]
pub struct Means {
    /// In US dollars a month of [`HOURS_PER_MONTH`], for what is there all the time.
    pub price: f64,
    /// In US dollars for each GiB that clients write through it; nothing where packets go straight to the instance.
    pub price_per_gib: Option<f64>,
    /// In US dollars a month, if clients write all the time as much as the model says.
    pub price_of_load: Option<f64>,
    pub uses: Vec<Use>,
    pub needs: Vec<String>,
    /// That its caller needs at a failover, as far as sources say.
    pub permissions: Vec<String>,
    /// Facts that it rests on.
    pub reads: Vec<FactId>,
}

/// A share of a limit, when the worst is over: with one instance gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub what: &'static str,
    pub used: u64,
    pub most: u64,
    pub limit: FactId,
}

/// What has to change before a mover can be used that the model does not name: where its addresses lie, what its caller may do, a limit that its pool
/// exceeds. Empty for one that can be used as things are.
///
/// # Errors
///
/// A hole, if the input or the catalog lacks something that decides.
pub fn obstacles(
    input: Input<'_>,
    facts: &Facts<'_>,
    (pool, mover): (VipPoolId, MoverKind),
    means: &Means,
) -> Field<Vec<String>> {
    let mut obstacles = Vec::new();
    let row = &input.network.vips[pool];
    if row.mover.kind != mover {
        // As if the model named it: then its addresses are judged where they are.
        let mut named = input.network.clone();
        named.vips[pool].mover.kind = mover;
        let view = View { network: &named, platform: input.platform, facts };
        obstacles.extend(subject::setting(&view, pool, mover, super::scope(1))?.refusal);
        if let Some(granted) = &input.network.clusters[row.over].permissions {
            let missing: Vec<&str> =
                means.permissions.iter().filter(|one| !granted.contains(one)).map(String::as_str).collect();
            if !missing.is_empty() {
                obstacles.push(format!("its caller lacks {}", missing.join(", ")));
            }
        }
    }
    let exceeded = means.uses.iter().filter(|used| used.used > used.most);
    obstacles.extend(exceeded.map(|used| format!("it takes {} of {} {}", used.used, used.most, used.what)));
    Ok(obstacles)
}

impl Means {
    /// Of a mover on a pool.
    ///
    /// # Errors
    ///
    /// A hole, if the catalog does not have a fact of this mover.
    pub fn of(network: &Network, facts: &Facts<'_>, pool: VipPoolId, mover: MoverKind) -> Field<Self> {
        let before = facts.read_count();
        let count = network.vips[pool].count;
        let instances = network.clusters[network.vips[pool].over].instances.len() as u64;
        let (price, price_per_gib) = price(facts, mover, count);
        let written = network.load.workload.as_ref().and_then(|load| load.write);
        let price_of_load = price_per_gib.zip(written).map(|(each, rate)| each * gib_a_month(rate));
        let uses = uses(facts, mover, count, instances);
        let permissions = mover.fact::<Names>(facts, "permissions")?.to_vec();
        let needs = needs(facts, mover)?;
        Ok(Self { price, price_per_gib, price_of_load, uses, needs, permissions, reads: facts.reads_since(before) })
    }
}

/// GiB of a month at this rate.
fn gib_a_month(rate: Gbps) -> f64 {
    let month = TimeSpan::from_hours(HOURS_PER_MONTH);
    Gib::from(Gb::new(GbPerSecond::from(rate).get() * month.seconds())).get()
}

fn price(facts: &Facts<'_>, mover: MoverKind, vips: u64) -> (f64, Option<f64>) {
    use keys::prices;
    let each = |key: Key<Number>, count: u64| facts.get(key) * count as f64 * HOURS_PER_MONTH;
    if mover.uses_load_balancer() {
        let included = facts.get::<Count>(prices::FORWARDING_RULES_INCLUDED);
        let base = if vips > 0 { facts.get(prices::FORWARDING_RULES_FIRST_FIVE) * HOURS_PER_MONTH } else { 0.0 };
        let more = each(prices::FORWARDING_RULE_ADDITIONAL, vips.saturating_sub(included));
        return (base + more, Some(facts.get(prices::LOAD_BALANCER_DATA_IN)));
    }
    if mover.uses_routes() {
        return (each(prices::STATIC_ROUTE, vips * routes_each(mover)), None);
    }
    let aliases = if mover.uses_alias() { vips } else { 0 };
    (each(prices::ALIAS_RANGE, aliases), None)
}

/// Routes of one VIP: two where a second one waits, or stands while the first is changed.
fn routes_each(mover: MoverKind) -> u64 {
    if mover == MoverKind::RouteReplace { 1 } else { 2 }
}

fn uses(facts: &Facts<'_>, mover: MoverKind, vips: u64, instances: u64) -> Vec<Use> {
    use keys::{lb, limits};
    let of = |what: &'static str, used: u64, key: Key<Count>| Use { what, used, most: facts.get(key), limit: key.id() };
    let mut uses = Vec::new();
    if mover.uses_alias() {
        let survivors = instances.saturating_sub(1).max(1);
        uses.push(of(
            "alias ranges on one NIC with an instance gone",
            vips.div_ceil(survivors),
            limits::ALIAS_RANGES_PER_NIC,
        ));
    }
    if mover.uses_routes() {
        uses.push(of("static routes of the network", vips * routes_each(mover), limits::STATIC_ROUTES_PER_NETWORK));
    }
    if mover.uses_load_balancer() {
        uses.push(of("forwarding rules of the network", vips, limits::INTERNAL_FORWARDING_RULES_PER_NETWORK));
    }
    if mover == MoverKind::LbGarp {
        uses.push(of("endpoints of each service", instances, lb::FAST_IP_MOVE_ENDPOINTS_PER_SERVICE));
        let services = lb::FAST_IP_MOVE_SERVICES_PER_NETWORK_REGION;
        uses.push(of("services with fast IP move in network and region", vips, services));
    }
    uses
}

fn needs(facts: &Facts<'_>, mover: MoverKind) -> Field<Vec<String>> {
    let mut needs = Vec::new();
    let feature = mover.fact::<ChoiceOf>(facts, "needs-feature")?;
    if feature.starts_with("allow") {
        needs.push(format!("a network profile that has {feature}, or an ordinary network"));
    }
    needs.push(format!("addresses {}", mover.fact::<ChoiceOf>(facts, "vip-place")?.replace('-', " ")));
    if mover.fact::<Bool>(facts, "needs-ip-forwarding")? {
        needs.push("canIpForward on every node".to_owned());
    }
    if mover.fact::<Bool>(facts, "nic0-only")? {
        needs.push("the VIPs on nic0".to_owned());
    }
    if mover.fact::<Bool>(facts, "switch-needs-api")? {
        needs.push("the Compute API at the moment of the failure".to_owned());
    }
    let by = mover.fact::<ChoiceOf>(facts, "guest-address-by")?;
    needs.push(format!("the address on the guest by: {}", by.replace('-', " ")));
    let mut permissions = mover.fact::<Names>(facts, "permissions")?.to_vec();
    permissions.extend(mover.fact::<Names>(facts, "permissions-likely")?.iter().cloned());
    permissions.sort();
    permissions.dedup();
    if !permissions.is_empty() {
        needs.push(format!("permissions {}", permissions.join(", ")));
    }
    Ok(needs)
}
