//! Who wants which address of a subnet: NICs, alias ranges, reserved addresses, forwarding rules, and the pools of the model file.
//! Not here: how many addresses there are (`room`).

use std::net::IpAddr;

use twinrail_facts::keys;

use crate::admit::address::vip::contains;
use crate::admit::address::want::{Use, Want, first_kept, fits, go_together};
use crate::admit::address::{SubnetRange, ranges, vip_span, vip_vpc};
use crate::balancing::Scheme;
use crate::field::{Field, Hole, Place};
use crate::id::{AddressId, ClusterId, EntityId, ForwardingRuleId, NicId, SubnetId, VipPoolId};
use crate::instance::{AliasRange, Nic};
use crate::network::{Known, Network};
use crate::platform::View;
use crate::range::AddressSpan;
use crate::vip::{MoverKind, VipSource};
use crate::vpc::Address;

/// What holds an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// The address pool of a cluster.
    Pool(ClusterId),
    VipPool(VipPoolId),
    /// A NIC, by its primary address.
    Nic(NicId),
    /// An alias range of a NIC, by its place in the list.
    Alias(NicId, usize),
    Address(AddressId),
    ForwardingRule(ForwardingRuleId),
}

impl Holder {
    /// The field that names the address.
    pub fn place(self, network: &Network) -> Place {
        match self {
            Self::Pool(id) => Place::field(id, "addresses/pool"),
            Self::VipPool(id) => match network.vips[id].source {
                VipSource::Subnet(..) => Place::field(id, "addresses"),
                VipSource::Span(_) => Place::field(id, "from"),
            },
            Self::Nic(id) => Place::field(id, "networkIP"),
            Self::Alias(id, _) => Place::field(id, "aliasIpRanges"),
            Self::Address(id) => Place::field(id, "address"),
            Self::ForwardingRule(id) => Place::field(id, "IPAddress"),
        }
    }

    /// What it has the address for.
    pub fn usage(self) -> Use {
        match self {
            Self::Pool(_) => Use::Pool,
            Self::VipPool(_) => Use::VipPool,
            Self::Nic(_) => Use::Nic,
            Self::Alias(..) => Use::Alias,
            Self::Address(_) => Use::Reservation,
            Self::ForwardingRule(_) => Use::ForwardingRule,
        }
    }
}

impl From<Holder> for EntityId {
    fn from(holder: Holder) -> Self {
        match holder {
            Holder::Pool(id) => id.into(),
            Holder::VipPool(id) => id.into(),
            Holder::Nic(id) | Holder::Alias(id, _) => id.into(),
            Holder::Address(id) => id.into(),
            Holder::ForwardingRule(id) => id.into(),
        }
    }
}

/// Addresses that something wants, in a subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub holder: Holder,
    pub span: AddressSpan,
    /// The input shows it as running or reserved, so that the platform has taken it.
    pub exists: bool,
}

impl Claim {
    /// What is wanted, without ids.
    pub fn want(&self, network: &Network) -> Want {
        let name = network.short(EntityId::from(self.holder));
        Want { usage: self.holder.usage(), span: self.span, name }
    }
}

/// Every claim on known IPv4 addresses that names this subnet, or lies in a range of it, pools first. A NIC with an address of its own cluster's pool
/// makes no claim beside that of the pool, and an address that is assigned later collides with nothing.
pub fn claims(network: &Network, subnet: SubnetId) -> Field<Vec<Claim>> {
    let mine = ranges(network, subnet)?;
    let mut found = Vec::new();
    pool_claims(network, subnet, &mine, &mut found);
    for (id, nic) in network.nics_on(subnet) {
        nic_claims(network, id, nic, &mine, &mut found);
    }
    let here = |known: Known, named: Option<SubnetId>| known == Known::Here && named == Some(subnet);
    for (id, row) in network.addresses.iter().filter(|(_, row)| here(row.known, *row.subnet) && !*row.external) {
        if let Ok(want) = Want::reservation(row) {
            found.push(Claim { holder: Holder::Address(id), span: want.span, exists: row.status.is_some() });
        }
    }
    for (id, row) in network.forwarding_rules.iter().filter(|(_, row)| here(row.known, *row.subnet)) {
        if let Ok(Some(want)) = Want::rule(row) {
            found.push(Claim { holder: Holder::ForwardingRule(id), span: want.span, exists: false });
        }
    }
    found.retain(|claim| claim.span.first().is_ipv4());
    Ok(found)
}

fn nic_claims(network: &Network, id: NicId, nic: &Nic, mine: &[SubnetRange<'_>], found: &mut Vec<Claim>) {
    let instance = &network.instances[nic.instance];
    let exists = instance.status.is_some();
    let pool = instance.cluster.and_then(|cluster| network.clusters[cluster].pool.as_ref());
    let pooled = |address| pool.is_some_and(|pool| pool.span.contains(address));
    if let Ok(Some(address)) = *nic.address
        && !pooled(address)
    {
        found.push(Claim { holder: Holder::Nic(id), span: address.into(), exists });
    }
    for (place, alias) in nic.aliases.iter().enumerate() {
        // A range that lies elsewhere is a mistake of its own kind.
        if let AliasRange::Range(range) = alias.range
            && mine.iter().any(|subnet| subnet.range.contains(&range))
        {
            found.push(Claim { holder: Holder::Alias(id, place), span: range.into(), exists });
        }
    }
}

fn pool_claims(network: &Network, subnet: SubnetId, mine: &[SubnetRange<'_>], found: &mut Vec<Claim>) {
    let inside = |span: &AddressSpan| mine.iter().any(|range| span.overlaps(&range.range.into()));
    for (id, cluster) in network.clusters.iter() {
        let Some(pool) = &cluster.pool else { continue };
        if cluster.nics.iter().any(|nic| nic.subnet == subnet) && inside(&pool.span) {
            found.push(Claim { holder: Holder::Pool(id), span: pool.span, exists: false });
        }
    }
    for id in network.vips.ids() {
        let Some(span) = vip_span(network, id) else { continue };
        if inside(&span) && vip_vpc(network, id) == network.subnets[subnet].vpc.get().map(Some) {
            found.push(Claim { holder: Holder::VipPool(id), span, exists: false });
        }
    }
}

/// How many addresses of a span the input lists as reserved, internal and single.
pub fn reserved_in(network: &Network, span: &AddressSpan) -> u64 {
    let rows = network.addresses.rows().iter().filter(|row| !*row.external && row.prefix_length.is_none());
    let inside = rows.filter(|row| row.address.as_ref().is_ok_and(|address| span.contains(*address)));
    u64::try_from(inside.count()).expect("counts of rows fit")
}

/// Whether a forwarding rule's address belongs to its network.
pub(crate) fn is_internal(scheme: &Scheme) -> bool {
    match scheme {
        Scheme::Internal => true,
        Scheme::External => false,
        Scheme::Other(word) => word.starts_with("INTERNAL"),
    }
}

/// Two claims on the same addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    pub one: Claim,
    pub other: Claim,
    /// The addresses that both want.
    pub common: AddressSpan,
}

/// How many conflicts of one subnet are looked for.
const CONFLICT_BOUND: usize = 16;

/// Claims on addresses of a subnet that cannot both be had, at most a few. A hole: two forwarding rules share an address, and the input lacks the reservation
/// that says whether they may.
pub fn conflicts(view: &View<'_>, subnet: SubnetId) -> Field<Vec<Conflict>> {
    let mut all = claims(view.network, subnet)?;
    all.sort_by_key(|claim| (claim.span, claim.holder));
    let mut open: Vec<Claim> = Vec::new();
    let (mut found, mut hole) = (Vec::new(), None);
    for claim in all {
        open.retain(|earlier| earlier.span.last() >= claim.span.first());
        for earlier in &open {
            match may_share(view, earlier, &claim) {
                Ok(true) => {}
                Ok(false) => {
                    let last = earlier.span.last().min(claim.span.last());
                    let common = AddressSpan::new(claim.span.first(), last).expect("the earlier claim is still open");
                    found.push(Conflict { one: *earlier, other: claim, common });
                }
                Err(missing) => hole = hole.or(Some(missing)),
            }
            if found.len() == CONFLICT_BOUND {
                return Ok(found);
            }
        }
        open.push(claim);
    }
    match hole {
        Some(hole) if found.is_empty() => Err(hole),
        _ => Ok(found),
    }
}

/// Whether two claims on one address go together: what a reservation or a pool is for, or what already lives side by side.
fn may_share(view: &View<'_>, a: &Claim, b: &Claim) -> Field<bool> {
    use Holder::{Alias, ForwardingRule, Nic, Pool, VipPool};
    if a.exists && b.exists {
        return Ok(true);
    }
    let network = view.network;
    let (a, b) = if a.holder <= b.holder { (a.holder, b.holder) } else { (b.holder, a.holder) };
    let of_cluster =
        |nic: NicId, cluster: ClusterId| network.instances[network.nics[nic].instance].cluster == Some(cluster);
    Ok(match (a, b) {
        (Pool(cluster), Nic(nic)) => of_cluster(nic, cluster),
        (Pool(cluster), VipPool(vips)) => {
            let row = &network.vips[vips];
            row.mover.kind == MoverKind::StatefulMig && row.over == cluster
        }
        (VipPool(vips), Nic(nic)) => {
            let row = &network.vips[vips];
            row.mover.kind == MoverKind::StatefulMig && of_cluster(nic, row.over)
        }
        (VipPool(vips), Alias(nic, _)) => {
            let row = &network.vips[vips];
            row.mover.kind.uses_alias() && of_cluster(nic, row.over)
        }
        (VipPool(vips), ForwardingRule(rule)) => {
            let row = &network.vips[vips];
            row.mover.kind.uses_load_balancer() || row.forwarding_rules.contains(&rule)
        }
        // Pools of balanced addresses may hold the same ones on different ports.
        (VipPool(one), VipPool(other)) => {
            [one, other].iter().all(|id| network.vips[*id].mover.kind.uses_load_balancer())
        }
        // Whether a NIC's own address may lie in an alias range of it is not known.
        (Nic(one), Alias(other, _)) => one == other,
        (ForwardingRule(one), ForwardingRule(other)) => {
            let reservation = reservation_of(network, one, other)?;
            go_together(view.facts, a.usage(), b.usage(), Some(reservation))
        }
        _ => go_together(view.facts, a.usage(), b.usage(), None),
    })
}

/// The reservation of the address that two forwarding rules have.
fn reservation_of(network: &Network, one: ForwardingRuleId, other: ForwardingRuleId) -> Field<&Address> {
    let address = network.forwarding_rules[one].address.get()?;
    let mut rows = network.addresses.rows().iter().filter(|row| !*row.external && row.address.get().ok() == address);
    rows.next().ok_or(Hole::NotInInput(Place::field(other, "IPAddress")))
}

/// The first and the last addresses of a subnet's primary range, which the platform keeps.
pub fn kept_addresses(view: &View<'_>, subnet: SubnetId) -> Field<Vec<AddressSpan>> {
    let Some(range) = view.network.subnets[subnet].range.get()? else { return Ok(Vec::new()) };
    let (span, start) = (AddressSpan::from(range), view.facts.get(keys::address::RESERVED_AT_START));
    let end = view.facts.get(keys::address::RESERVED_AT_END);
    let part = |first: u64, count: u64| {
        let last = span.nth((first + count).checked_sub(1)?)?;
        AddressSpan::new(span.nth(first)?, last)
    };
    let tail = span.count().checked_sub(end).and_then(|first| part(first, end));
    Ok([part(0, start), tail].into_iter().flatten().collect())
}

/// Claims on addresses that the platform keeps, and which address it is. A pool that goes beyond the subnet is another mistake.
pub fn on_kept_addresses(view: &View<'_>, subnet: SubnetId) -> Field<Vec<(Claim, IpAddr)>> {
    let mut wanted = claims(view.network, subnet)?;
    let Some(range) = view.network.subnets[subnet].range.get()? else { return Ok(Vec::new()) };
    wanted.retain(|claim| !claim.exists && contains(&range, &claim.span));
    drop_pooled_reservations(&mut wanted);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let kept = kept_addresses(view, subnet)?;
    let hit = |claim: Claim| first_kept(&kept, &claim.span).map(|address| (claim, address));
    Ok(wanted.into_iter().filter_map(hit).collect())
}

/// Claims that name this subnet and lie outside of what it offers them.
pub fn outside_subnet(view: &View<'_>, subnet: SubnetId) -> Field<Vec<Claim>> {
    let mine = ranges(view.network, subnet)?;
    let fits = |claim: &Claim| fits(view.facts, &mine, claim.holder.usage(), &claim.span);
    let mut wanted = claims(view.network, subnet)?;
    drop_pooled_reservations(&mut wanted);
    Ok(wanted.into_iter().filter(|claim| !claim.exists && !fits(claim)).collect())
}

/// A reservation for an address of a pool shares the pool's mistakes.
fn drop_pooled_reservations(claims: &mut Vec<Claim>) {
    let pool = |claim: &&Claim| matches!(claim.holder, Holder::Pool(_) | Holder::VipPool(_));
    let pools: Vec<AddressSpan> = claims.iter().filter(pool).map(|claim| claim.span).collect();
    let pooled = |claim: &Claim| pools.iter().any(|span| span.contains(claim.span.first()));
    claims.retain(|claim| !(matches!(claim.holder, Holder::Address(_)) && pooled(claim)));
}
