//! A pool of VIPs of the model, made small: its cluster's nodes, NICs, names and service, and what the platform says of them in one world, as a [`Setting`].
//! Here, and only here, is `model::admit` asked whether the platform takes what a mover wants, so that no request rebuilds a network.

use std::collections::BTreeMap;

use twinrail_facts::{Bool, ChoiceOf, keys};
use twinrail_model::admit::mover::profile_allows;
use twinrail_model::admit::{self};
use twinrail_model::{
    Alias, AliasRange, Cluster, Feature, Fence, Field, Hole, InstanceId, MoverKind, NicId, Place, Refusal, View,
    VipPoolId, VipSource,
};

use crate::mover::Step;
use crate::setting::{Fencing, Hosts, Scope, Setting};

/// The request that gives a NIC an alias range.
const GIVES_ALIAS: &str = "instances.updateNetworkInterface";

/// A pool and a mover, at a scope, in the world of a view.
///
/// # Errors
///
/// A hole, if the input or the catalog lacks something that decides.
pub fn setting(view: &View<'_>, pool: VipPoolId, kind: MoverKind, scope: Scope) -> Field<Setting> {
    let network = view.network;
    let row = &network.vips[pool];
    let cluster = &network.clusters[row.over];
    let nodes = representatives(view, cluster, scope, kind);
    if nodes.len() < 2 || row.count == 0 {
        return Err(Hole::NobodyToAsk(Place::field(row.over, "count")));
    }
    let mut scope = Scope { nodes: count(nodes.len()), vips: scope.vips.min(count(row.count)), ..scope };
    if Setting::new(kind, scope).vips_share_nothing() {
        scope.vips = scope.vips.min(1);
    }
    let mut setting = Setting::new(kind, scope);
    setting.fencing = match cluster.service.fence {
        None | Some(Fence::None) => Fencing::Nothing,
        Some(Fence::Stop) => Fencing::Stop,
        Some(Fence::Reset) => Fencing::Reset,
        Some(Fence::Epoch) => Fencing::Epoch,
    };
    setting.refuses_reads = setting.fencing == Fencing::Epoch && view.facts.get(keys::control::EPOCH_REFUSES_READS);
    reserve(view, pool, kind, &mut setting)?;
    repair(view, cluster, kind, &mut setting)?;
    place(view, pool, kind, &nodes, &mut setting)?;
    if kind == MoverKind::LbHealthCheck {
        setting.drops_if_unhealthy = drops_if_unhealthy(view, pool)?;
    }
    setting.names = nodes.iter().map(|node| network.short(*node)).collect();
    setting.vip_names = (0..scope.vips).map(|vip| format!("{}#{vip}", row.name.short())).collect();
    setting.hosts = hosts(view, cluster, &nodes, setting.takes(Step::WholeNames));
    Ok(setting)
}

fn count(value: impl TryInto<u8>) -> u8 {
    value.try_into().unwrap_or(u8::MAX)
}

/// The instances that stand for the cluster: the first, but two of which one's name is a part of the other's, where the mover looks for names.
fn representatives(view: &View<'_>, cluster: &Cluster, scope: Scope, kind: MoverKind) -> Vec<InstanceId> {
    let mut nodes = cluster.instances.clone();
    if kind == MoverKind::PacemakerAlias {
        let names: Vec<String> = nodes.iter().map(|node| view.network.short(*node)).collect();
        let within = |one: &usize| names.iter().any(|name| *name != names[*one] && name.contains(&names[*one]));
        if let Some(part) = (0..names.len()).find(within) {
            let whole = (0..names.len()).find(|other| *other != part && names[*other].contains(&names[part]));
            let mut order: Vec<usize> = [Some(part), whole].into_iter().flatten().collect();
            order.extend((0..names.len()).filter(|place| *place != part && Some(*place) != whole));
            nodes = order.into_iter().map(|place| nodes[place]).collect();
        }
    }
    nodes.truncate(scope.nodes.into());
    nodes
}

/// Whether strangers may get an address of the pool.
fn reserve(view: &View<'_>, pool: VipPoolId, kind: MoverKind, setting: &mut Setting) -> Field<()> {
    let row = &view.network.vips[pool];
    if !(kind.uses_alias() || kind == MoverKind::StatefulMig) {
        return Ok(());
    }
    let range = admit::address::vip_range(view.network, pool)?;
    let secondary = range.is_some_and(|range| range.name.is_some());
    let reservable =
        if secondary { keys::alias::RESERVABLE_IN_SECONDARY_RANGE } else { keys::alias::RESERVABLE_IN_PRIMARY_RANGE };
    setting.in_primary_range = !secondary;
    setting.reserved = row.reserved && view.facts.get(reservable);
    if !setting.reserved {
        setting.may_be_taken = if secondary {
            view.facts.get(keys::control::AUTOMATIC_ALIAS_TAKES_FROM_SECONDARY)
        } else {
            view.facts.get(keys::address::UNRESERVED_MAY_BE_TAKEN)
        };
    }
    Ok(())
}

/// Whether a group makes instances anew, and what that and a fence cost.
fn repair(view: &View<'_>, cluster: &Cluster, kind: MoverKind, setting: &mut Setting) -> Field<()> {
    let managed = cluster.mig.map(|mig| &view.network.migs[mig]);
    let repairs = managed.is_some_and(|mig| *mig.repairs);
    setting.notices_hangs = repairs && managed.is_some_and(|mig| mig.autohealing.is_some());
    setting.repaired = kind == MoverKind::StatefulMig
        || setting.notices_hangs
        || repairs && view.facts.get(keys::mig::REPAIRS_STOPPED_MEMBER);
    let has_disks = match cluster.instances.first() {
        Some(first) => view.machine(*first)?.count(view.facts, "local-ssd-gib").unwrap_or(0) > 0,
        None => false,
    };
    if has_disks && setting.powers_off() {
        setting.fence_wipes = match setting.fencing {
            Fencing::Stop => !view.facts.get(keys::control::STOP_KEEPS_LOCAL_SSD),
            Fencing::Reset => !view.facts.get(keys::control::RESET_KEEPS_LOCAL_SSD),
            Fencing::Epoch | Fencing::Nothing => false,
        };
    }
    if setting.may_wipe() {
        let empties = has_disks && (setting.fence_wipes || view.facts.get(keys::mig::RECREATE_EMPTIES_LOCAL_SSD));
        setting.tolerates = if empties { cluster.service.tolerates.map(count) } else { Some(u8::MAX) };
    }
    Ok(())
}

/// On which NIC the mover puts the addresses, whether the platform takes that, and how many fit.
fn place(view: &View<'_>, pool: VipPoolId, kind: MoverKind, nodes: &[InstanceId], setting: &mut Setting) -> Field<()> {
    let network = view.network;
    let row = &network.vips[pool];
    let Some(first) = nodes.first().copied() else { return Ok(()) };
    let Some(right) = network.vip_nic(row, first) else {
        let field = Place::field(pool, "from");
        return Err(Hole::NotUnderstood(field));
    };
    let nic0 = network.instances[first].nics.iter().copied().find(|nic| network.nics[*nic].index == 0);
    let used = if kind.fact::<Bool>(view.facts, "nic0-only")? { nic0.unwrap_or(right) } else { right };
    setting.right_nic = used == right;
    let vpc = network.nics[used].vpc.get()?;
    let word = kind.fact::<ChoiceOf>(view.facts, "needs-feature")?;
    let mut refusal = unusable(view, pool, kind, used);
    if refusal.is_none()
        && let Some(feature) = Feature::from_api(word)
    {
        refusal = profile_allows(view, vpc, feature, method(kind))?.map(|refusal| words(&refusal));
    }
    if refusal.is_none() && kind.uses_alias() {
        refusal = alias_refusal(view, pool, used)?.map(|refusal| words(&refusal));
        let most = view.facts.get(keys::limits::ALIAS_RANGES_PER_NIC);
        // Where not all of the pool fit on one NIC, not all of those in the scope do.
        setting.room = if row.count > most { setting.scope.vips.saturating_sub(1).max(1) } else { setting.scope.vips };
        setting.fingerprints_repeat = !view.facts.get(keys::control::NIC_FINGERPRINT_NEVER_REPEATS);
    }
    if refusal.is_none() && row.mover.kind == kind {
        refusal = admit::address::misplaced(view, pool)?.map(|misplaced| words(&misplaced.refusal));
    }
    setting.refusal = refusal;
    Ok(())
}

/// Why a mover has nothing to work with, whatever the platform says of its requests.
fn unusable(view: &View<'_>, pool: VipPoolId, kind: MoverKind, used: NicId) -> Option<String> {
    let network = view.network;
    let row = &network.vips[pool];
    let cluster = &network.clusters[row.over];
    let name = cluster.name.short();
    if kind == MoverKind::StatefulMig {
        if cluster.mig.is_none() {
            return Some(format!("the instances of `{name}` are in no managed instance group"));
        }
        if matches!(row.source, VipSource::Subnet(_, Some(_)))
            && view.facts.get(keys::address::NIC_PRIMARY_FROM_PRIMARY_RANGE)
        {
            return Some("what a group keeps are primary addresses, and those come from no secondary range".to_owned());
        }
    }
    if kind.uses_alias() {
        let limit = view.facts.get(keys::limits::ALIAS_RANGES_PER_NIC);
        let nodes = cluster.instances.len() as u64;
        if row.count > limit.saturating_mul(nodes) {
            return Some(format!("{} addresses do not fit on {nodes} NICs with {limit} alias ranges each", row.count));
        }
        if let VipSource::Subnet(subnet, _) = row.source
            && network.nics[used].subnet.peek().as_ref().is_ok_and(|other| *other != subnet)
        {
            let (nic, subnet) = (network.nics[used].label(), network.short(subnet));
            return Some(format!("it puts the addresses on {nic}, which is not in their subnet `{subnet}`"));
        }
    }
    None
}

fn alias_refusal(view: &View<'_>, pool: VipPoolId, nic: NicId) -> Field<Option<Refusal>> {
    let network = view.network;
    let row = &network.nics[nic];
    let range = admit::address::vip_range(network, pool)?;
    let secondary = range.and_then(|range| range.name.map(str::to_owned));
    let first = admit::address::vip_span(network, pool).and_then(|span| span.nth(0));
    let alias = Alias {
        range: first.map_or(AliasRange::Length(32), |address| AliasRange::Range(address.into())),
        secondary: secondary.clone(),
    };
    let aliases = [alias];
    if let Some(refusal) = admit::nic::aliases_allowed(view, row, &aliases, GIVES_ALIAS)? {
        return Ok(Some(refusal));
    }
    if row.attachment.is_some()
        && let Some(refusal) = admit::link::psc_interface_takes_alias(view.facts, secondary.is_some(), GIVES_ALIAS)?
    {
        return Ok(Some(refusal));
    }
    admit::address::alias_in_subnet(view, row.subnet.get()?, &aliases, GIVES_ALIAS)
}

/// The request that a mover depends on.
fn method(kind: MoverKind) -> &'static str {
    if kind.uses_alias() {
        GIVES_ALIAS
    } else if kind.uses_routes() {
        "routes.insert"
    } else {
        "forwardingRules.insert"
    }
}

fn words(refusal: &Refusal) -> String {
    let (status, reason) = refusal.reason.error();
    format!("{} is refused with {status} {reason}: {}", refusal.method, refusal.message)
}

fn drops_if_unhealthy(view: &View<'_>, pool: VipPoolId) -> Field<bool> {
    let network = view.network;
    let rule = network.vips_of(pool).next().and_then(|vip| network.vip_rule(vip));
    let service = rule.and_then(|rule| *network.forwarding_rules[rule].backend_service);
    Ok(match service {
        Some(service) => *network.backend_services[service].drop_traffic_if_unhealthy,
        None => view.facts.get(keys::lb::DROP_TRAFFIC_IF_UNHEALTHY_DEFAULT),
    })
}

/// What the host list of the whole cluster comes to on each node.
fn hosts(view: &View<'_>, cluster: &Cluster, nodes: &[InstanceId], whole_names: bool) -> Vec<Hosts> {
    let names: Vec<String> = cluster.instances.iter().map(|node| view.network.short(*node)).collect();
    // A cluster of a thousand asks a thousand times on each node, in each world.
    let mut known: BTreeMap<&str, InstanceId> = BTreeMap::new();
    for (name, node) in names.iter().zip(&cluster.instances) {
        known.entry(name).or_insert(*node);
    }
    let node_of = |name: &str| {
        let known = known.get(name)?;
        Some(nodes.iter().position(|node| node == known).map(count))
    };
    nodes.iter().map(|node| Hosts::read(&names, &view.network.short(*node), whole_names, node_of)).collect()
}
