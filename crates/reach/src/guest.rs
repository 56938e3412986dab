//! What the guest does: by which NIC and with which source it sends, and whether it takes what arrives. Not here: what the network does in between.

use twinrail_facts::{Bool, ChoiceOf, Key, keys};
use twinrail_model::{
    AliasRange, Field, Guest, GuestRouting, InstanceId, MoverKind, NicId, Place, SubnetId, Vip, VipHolder,
};

use crate::bugs::{Bug, has};
use crate::packet::End;
use crate::spot::Spot;
use crate::walker::Walker;

/// The NIC by which a guest sends, and why.
#[derive(Debug, Clone)]
pub(crate) struct Exit {
    pub nic: NicId,
    pub place: Option<Place>,
    pub words: String,
}

impl Walker<'_> {
    /// What is known of a guest's setting; an instance outside all clusters is as it boots.
    fn guest(&self, instance: InstanceId) -> Option<&Guest> {
        self.network().instances[instance].cluster.map(|cluster| &self.network().clusters[cluster].guest)
    }

    fn guest_place(&self, instance: InstanceId, field: &'static str) -> Option<Place> {
        self.network().instances[instance].cluster.map(|cluster| Place::field(cluster, field))
    }

    /// The NIC of a guest that has an address of its own.
    pub(crate) fn nic_of_own(&self, instance: InstanceId, end: End) -> Field<Option<NicId>> {
        Ok(match end {
            End::Nic(nic) | End::Alias(nic, _) => (self.instance_of(nic) == instance).then_some(nic),
            End::Vip(vip) => self.network().vip_nic(&self.network().vips[vip.pool], instance),
            End::Rule(rule) => self.backend_nic_of(rule, instance)?,
            End::Address(_) | End::Clients(_) | End::Prober(_) => None,
        })
    }

    /// What an address is on a NIC, if it is an address of it: users name addresses, and the guest behind the NIC knows whose they are.
    pub(crate) fn owned(&self, nic: NicId, end: End) -> Field<End> {
        let End::Address(address) = end else { return Ok(end) };
        let network = self.network();
        let row = &network.nics[nic];
        match row.address.get() {
            Ok(own) if own == Some(address) => return Ok(End::Nic(nic)),
            Err(hole)
                if self.network().subnets[row.subnet.get()?]
                    .range
                    .get()?
                    .is_some_and(|range| range.contains(&address)) =>
            {
                return Err(hole);
            }
            _ => {}
        }
        let has_it = |alias: &twinrail_model::Alias| matches!(&alias.range, AliasRange::Range(range) if range.contains(&address));
        if let Some(place) = row.aliases.iter().position(has_it) {
            return Ok(End::Alias(nic, place));
        }
        let instance = self.instance_of(nic);
        for rule in self.plane.hung(row.vpc.get()?).forwarding.get(&address).into_iter().flatten() {
            if self.backend_nic_of(*rule, instance)? == Some(nic) {
                return Ok(End::Rule(*rule));
            }
        }
        Ok(end)
    }

    /// The NIC by which a guest sends a packet: by a rule for the source, where it has one for each NIC; else to a directly connected subnet by the NIC on
    /// it, and everything else by nic0.
    pub(crate) fn exit(&self, instance: InstanceId, bound: Option<&Spot>, destination: &Spot) -> Field<Exit> {
        let network = self.network();
        let nics = network.nics_of(instance)?;
        let first =
            *nics.first().ok_or(twinrail_model::Hole::NotInInput(Place::field(instance, "networkInterfaces")))?;
        if nics.len() == 1 {
            return Ok(Exit { nic: first, place: Some(first.into()), words: "leaves by the only NIC".to_owned() });
        }
        let own = bound.map(|spot| self.nic_of_own(instance, spot.end)).transpose()?.flatten();
        let per_nic = self.guest(instance).is_some_and(|guest| guest.routing == GuestRouting::PerNic);
        if let (Some(nic), true) = (own, per_nic || (has(Bug::RepliesKeepNic) && bound.is_some())) {
            let place = self.guest_place(instance, "guest/routing");
            let words = format!(
                "leaves by {}: its address is the source, and each NIC has a table of its own",
                network.nics[nic].label()
            );
            return Ok(Exit { nic, place, words });
        }
        if let Some((nic, subnet)) = self.connected(nics, destination)? {
            let words = format!(
                "leaves by {}: {} is directly connected there",
                network.nics[nic].label(),
                network.short(subnet)
            );
            return Ok(Exit { nic, place: Some(nic.into()), words });
        }
        // Where every NIC has a default route, that of nic0 is first.
        let only = own.is_some_and(|nic| nic != first) && self.facts.get(keys::nic::DEFAULT_ROUTE_ON_NIC0_ONLY);
        let words = if only {
            "leaves by nic0, which has the one default route"
        } else {
            "leaves by nic0, by its default route"
        };
        Ok(Exit { nic: first, place: self.guest_place(instance, "guest/routing"), words: words.to_owned() })
    }

    /// The NIC on whose subnet a destination is: of several the one with the smallest range, then the first.
    fn connected(&self, nics: &[NicId], destination: &Spot) -> Field<Option<(NicId, SubnetId)>> {
        let network = self.network();
        let mut found: Option<(u8, NicId, SubnetId)> = None;
        for nic in nics {
            let subnet = network.nics[*nic].subnet.get()?;
            let row = &network.subnets[subnet];
            let secondary = self.facts.get(keys::nic::GUEST_ROUTE_COVERS_SECONDARY_RANGES).then_some(&row.secondary);
            let secondary = secondary.into_iter().flatten().map(|(_, range)| *range);
            for range in row.range.get()?.into_iter().chain(secondary) {
                let narrower = found.is_none_or(|(known, ..)| range.prefix_len() > known);
                if narrower && destination.is_within(&range)? && self.facts.get(keys::nic::SUBNET_LEAVES_BY_ITS_NIC) {
                    found = Some((range.prefix_len(), *nic, subnet));
                }
            }
        }
        Ok(found.map(|(_, nic, subnet)| (nic, subnet)))
    }

    /// Whether a guest would drop a packet because replies to its source would leave by another NIC: the strict reverse-path filter.
    pub(crate) fn is_filtered(&self, nic: NicId, source: &Spot, destination: &Spot) -> Field<bool> {
        let instance = self.instance_of(nic);
        if !self.guest(instance).is_some_and(|guest| guest.rp_filter) {
            return Ok(false);
        }
        Ok(self.exit(instance, Some(destination), source)?.nic != nic)
    }

    /// Whether the guest behind a NIC takes packets to an address that the network delivers there.
    pub(crate) fn holds(&self, nic: NicId, end: End) -> Field<bool> {
        let instance = self.instance_of(nic);
        let holder = self.guest(instance).map(|guest| guest.holds_vip);
        Ok(match end {
            End::Nic(_) => true,
            End::Vip(vip) => self.holds_vip(vip, holder)?,
            // The platform's agent adds them, as an image has it.
            _ if holder == Some(VipHolder::Nobody) => false,
            End::Rule(_) => {
                holder == Some(VipHolder::Address) || self.agent_adds(nic, keys::guest::AGENT_ADDS_RULE_ADDRESSES)
            }
            _ => holder == Some(VipHolder::Address) || self.agent_adds(nic, keys::guest::AGENT_ADDS_ALIASES),
        })
    }

    /// Whether the platform's agent makes an address of a NIC a local one.
    fn agent_adds(&self, nic: NicId, kind: Key<Bool>) -> bool {
        self.facts.get(kind)
            && (self.network().nics[nic].index == 0 || self.facts.get(keys::guest::AGENT_SERVES_EVERY_NIC))
    }

    fn holds_vip(&self, vip: Vip, holder: Option<VipHolder>) -> Field<bool> {
        if holder == Some(VipHolder::Address) {
            return Ok(true);
        }
        let kind: MoverKind = self.network().vips[vip.pool].mover.kind;
        let by = kind.fact::<ChoiceOf>(self.facts, "guest-address-by")?;
        Ok(match by {
            "dhcp" => true,
            "guest-agent" => holder != Some(VipHolder::Nobody),
            _ => false,
        })
    }

    pub(crate) fn holds_place(&self, nic: NicId) -> Option<Place> {
        self.guest_place(self.instance_of(nic), "guest/holds-vip")
    }

    pub(crate) fn filter_place(&self, nic: NicId) -> Option<Place> {
        self.guest_place(self.instance_of(nic), "guest/rp-filter")
    }
}
