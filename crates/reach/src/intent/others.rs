//! `A never reaches B`, `only A reaches B`, `nothing else reaches B`: who is asked, and who is let off. Nobody is let off silently: each is an exception of the
//! answer. Not here: what becomes of the packets.
//!
//! Asked is everybody whom the model describes: every NIC and alias range of every instance, clients that are only counted, the internet. Let off are B's
//! own machines, A, the parties of other intents that say who reaches B or VIPs over it, by the rail or port that they say, and the clients of VIPs over B
//! on the ports that these serve. Where a rail is asked for, both sides are asked about on it alone. Replies to what B
//! itself opens are no packets of others; health checks are listed where they get in.

use std::collections::{BTreeMap, BTreeSet};

use twinrail_model::{
    Ask, BackendServiceId, ClusterId, Field, Hole, How, InstanceId, Known, Party, Place, Rail, Reach, VipPoolId, VpcId,
};

use super::{Demand, Proof, Scene, Sent, Why, Wish, machines, name, of_port};
use crate::class::{internet, pairs_in};
use crate::code::Code;
use crate::packet::{End, Sender, Traffic};
use crate::party;
use crate::plane::Plane;

/// Somebody who may reach the party, on which rail and by what; `None`: on any, by anything.
struct LetOff {
    who: Party,
    rail: Option<Rail>,
    traffic: Option<Vec<Traffic>>,
    because: String,
}

/// Everybody who could send, but for some machines: bound to each NIC and alias range, so that each source is asked about.
pub fn strangers(scene: &Scene<'_>, but: &BTreeSet<InstanceId>) -> Field<Vec<Sender>> {
    let network = scene.plane.network;
    let mut senders = Vec::new();
    for (instance, row) in network.instances.iter() {
        if row.known != Known::Here || row.is_template || but.contains(&instance) {
            continue;
        }
        senders.extend(bound(scene, instance)?);
    }
    let counted = network.clients.iter().filter(|(_, group)| network.client_instances(group).is_empty());
    senders.extend(counted.map(|(group, _)| Sender::Clients(group)));
    senders.extend(internet(network).into_iter().map(Sender::Internet));
    Ok(senders)
}

/// An instance, bound to each of its addresses.
fn bound(scene: &Scene<'_>, instance: InstanceId) -> Field<Vec<Sender>> {
    let network = scene.plane.network;
    let mut senders = Vec::new();
    for nic in network.nics_of(instance)? {
        if !scene.situation.is_nic_up(network, *nic)? {
            continue;
        }
        senders.push(Sender::Guest { instance, bound: Some(End::Nic(*nic)) });
        let aliases = 0..network.nics[*nic].aliases.len();
        senders.extend(aliases.map(|place| Sender::Guest { instance, bound: Some(End::Alias(*nic, place)) }));
    }
    Ok(senders)
}

impl Scene<'_> {
    /// What of a party reaches another that it must not reach, if anything does.
    pub(super) fn never(&self, from: Party, wish: &Wish<'_>, account: &mut Proof) -> Field<Option<Why>> {
        let mut all = Vec::new();
        match from {
            Party::Cluster(_) | Party::Instance(_) | Party::Clients(_) => {
                for sender in party::senders(self.plane, self.situation, from, None)? {
                    match sender {
                        Sender::Guest { instance, .. } => all.extend(bound(self, instance)?),
                        other => all.push(other),
                    }
                }
            }
            // The holders of VIPs send as what they are.
            Party::Vips(pool) => {
                let over = Party::Cluster(self.plane.network.vips[pool].over);
                return self.never(over, wish, account);
            }
            Party::Internet => all = self.senders(from, None)?,
        }
        let senders = self.on_rail(all, wish.how.rail)?;
        let ends = self.all_ends(wish.to, wish.how.rail)?;
        if senders.is_empty() {
            self.off_rail(from, "that sends", wish.how.rail, account);
        }
        if ends.is_empty() {
            self.off_rail(wish.to, "to be reached", wish.how.rail, account);
        }
        let asked = pairs_in(self.plane, self.situation, &senders, &ends);
        account.pairs += asked.iter().map(|pair| pair.stands_for).sum::<u64>();
        let demand = Demand::Never { sent: sent(wish.how), but: Vec::new() };
        account.sends(&demand);
        self.ask(&asked, &demand)
    }

    /// Who reaches a party though nobody says so, if anybody does.
    pub(super) fn nobody_else(&self, but: Option<Party>, wish: &Wish<'_>, account: &mut Proof) -> Field<Option<Why>> {
        let network = self.plane.network;
        let let_off = let_off(self.plane, but, wish);
        let mut groups: BTreeMap<Vec<usize>, Vec<Sender>> = BTreeMap::new();
        let strangers = strangers(self, &machines(self.plane, wish.to))?;
        for sender in self.on_rail(strangers, wish.how.rail)? {
            let because: Vec<usize> = let_off
                .iter()
                .enumerate()
                .filter(|(_, off)| is_of(self.plane, sender, off.who))
                .map(|(at, _)| at)
                .collect();
            groups.entry(because).or_default().push(sender);
        }
        let mut hole: Option<Hole> = None;
        let only = wish.how.rail;
        for rail in [Rail::Tcp, Rail::Rdma].into_iter().filter(|rail| only.is_none_or(|only| only == *rail)) {
            let ends = self.all_ends(wish.to, Some(rail))?;
            if ends.is_empty() {
                self.off_rail(wish.to, "to be reached", only, account);
            }
            if let Err(lacking) = self.leaves_out_afar(&ends, account) {
                hole = hole.or(Some(lacking));
            }
            for (because, senders) in &groups {
                let on_rail = |off: &&LetOff| off.rail.is_none_or(|only| only == rail);
                let here: Vec<&LetOff> = because.iter().map(|at| &let_off[*at]).filter(on_rail).collect();
                if here.iter().any(|off| off.traffic.is_none()) {
                    continue;
                }
                let but = here.iter().filter_map(|off| off.traffic.as_ref()).flatten().copied().collect();
                let demand = Demand::Never { sent: sent(wish.how), but };
                account.sends(&demand);
                let asked = pairs_in(self.plane, self.situation, senders, &ends);
                account.pairs += asked.iter().map(|pair| pair.stands_for).sum::<u64>();
                match self.ask(&asked, &demand) {
                    Ok(None) => {}
                    Ok(Some(why)) => return Ok(Some(why)),
                    Err(lacking) => hole = hole.or(Some(lacking)),
                }
            }
        }
        account.exceptions.extend(let_off.into_iter().map(|off| off.because));
        account.exceptions.extend(self.probes(wish)?);
        if wish.to != Party::Internet {
            let whom = name(network, wish.to);
            account.exceptions.push(format!("replies to what `{whom}` opens itself come in by connection tracking"));
        }
        hole.map_or(Ok(None), Err)
    }

    /// Every address of a party: alias ranges beside primary ones, the VIPs over it, the load balancers that it serves.
    fn all_ends(&self, party: Party, rail: Option<Rail>) -> Field<Vec<End>> {
        if party == Party::Internet {
            return self.ends(party, rail);
        }
        let network = self.plane.network;
        let mut all = Vec::new();
        if let (Party::Vips(pool), Some(rail)) = (party, rail)
            && network.vips[pool].rail != rail
        {
            return Ok(all);
        }
        for end in party::ends(self.plane, self.situation, party, rail)? {
            if let (End::Clients(group), Some(rail)) = (end, rail)
                && !self.is_on(group, rail)?
            {
                continue;
            }
            all.push(end);
            if let End::Nic(nic) = end {
                all.extend((0..network.nics[nic].aliases.len()).map(|place| End::Alias(nic, place)));
            }
        }
        let Party::Cluster(cluster) = party else { return Ok(all) };
        for pool in &network.clusters[cluster].vips {
            if rail.is_none_or(|rail| rail == network.vips[*pool].rail) {
                all.extend(network.vips_of(*pool).map(End::Vip));
            }
        }
        if rail != Some(Rail::Rdma) {
            let members = machines(self.plane, party);
            for (rule, row) in network.forwarding_rules.iter() {
                let Some(service) = *row.backend_service else { continue };
                if backends(self.plane, service)?.iter().any(|instance| members.contains(instance)) {
                    all.push(End::Rule(rule));
                }
            }
        }
        Ok(all)
    }

    /// Those who send on a rail. The internet is on none, and is asked about with either.
    fn on_rail(&self, senders: Vec<Sender>, rail: Option<Rail>) -> Field<Vec<Sender>> {
        let Some(rail) = rail else { return Ok(senders) };
        let mut on = Vec::new();
        for sender in senders {
            let sends = match sender {
                Sender::Guest { instance, bound: Some(End::Nic(nic) | End::Alias(nic, _)) } => {
                    party::nics_on(self.plane, instance, rail)?.contains(&nic)
                }
                Sender::Clients(group) => self.is_on(group, rail)?,
                Sender::Guest { .. } | Sender::Prober(_) | Sender::Internet(_) => true,
            };
            if sends {
                on.push(sender);
            }
        }
        Ok(on)
    }

    /// Says that a party has nothing on the rail that is asked for, so that nothing reaches anything on it.
    fn off_rail(&self, party: Party, what: &str, rail: Option<Rail>, account: &mut Proof) {
        // What a failure took away was there to be asked about before.
        let Some(rail) = rail.filter(|_| self.situation.down.is_empty()) else { return };
        let (whom, rail) = (name(self.plane.network, party), rail.word());
        account.leaves_out(format!("nothing of `{whom}` {what} is on the {rail} rail ({})", Code::NoNicOnRail));
        account.off_rail = true;
    }

    /// What comes from beyond the networks that the model describes, over a gateway or a router that learns routes, in the networks of the ends and in those
    /// peered with them.
    ///
    /// # Errors
    /// The gateway or router: nobody knows who sends over it.
    fn leaves_out_afar(&self, ends: &[End], account: &mut Proof) -> Field<()> {
        let network = self.plane.network;
        let mut near: BTreeSet<VpcId> = BTreeSet::new();
        for end in ends {
            let Some(vpc) = self.network_of_end(*end)? else { continue };
            near.insert(vpc);
            near.extend(self.plane.peers_of(vpc));
        }
        let gateways = network.gateways.iter().map(|(id, row)| (Place::from(id), &row.vpc));
        let routers = network.routers.iter().filter(|(_, row)| *row.bgp_peers > 0);
        let mut hole = None;
        for (place, vpc) in gateways.chain(routers.map(|(id, row)| (Place::from(id), &row.vpc))) {
            match vpc.get() {
                Ok(vpc) if near.contains(&vpc) => {
                    let vpc = network.short(vpc);
                    account.leaves_out(format!(
                        "what comes over VPN, Interconnect or learned routes into `{vpc}` is not modelled"
                    ));
                    hole = hole.or(Some(Hole::NotModelled(place)));
                }
                Ok(_) => {}
                Err(lacking) => hole = hole.or(Some(lacking)),
            }
        }
        hole.map_or(Ok(()), Err)
    }

    /// The health checks that get in: let off, and said.
    fn probes(&self, wish: &Wish<'_>) -> Field<Vec<String>> {
        let network = self.plane.network;
        let members = machines(self.plane, wish.to);
        let mut lines = Vec::new();
        for (service, row) in network.backend_services.iter() {
            if !backends(self.plane, service)?.iter().any(|instance| members.contains(instance)) {
                continue;
            }
            for check in &row.health_checks {
                let port =
                    network.health_checks[*check].port.map_or_else(String::new, |port| format!(" on tcp:{port}"));
                lines.push(format!(
                    "health checks `{}` of `{}` probe `{}`{port}",
                    network.short(*check),
                    network.short(service),
                    name(network, wish.to)
                ));
            }
        }
        Ok(lines)
    }
}

fn backends(plane: &Plane<'_>, service: BackendServiceId) -> Field<Vec<InstanceId>> {
    let mut all = Vec::new();
    for backend in &plane.network.backend_services[service].backends {
        all.extend_from_slice(plane.network.members(backend.group.get()?)?);
    }
    Ok(all)
}

/// What is sent where everything must be tried.
fn sent(how: &How) -> Sent {
    match (&how.port, how.rail) {
        (Some(port), _) => Sent::These(vec![of_port(port)]),
        (None, Some(Rail::Tcp)) => Sent::Ip,
        (None, _) => Sent::Anything,
    }
}

/// Whom the model lets reach a party.
fn let_off(plane: &Plane<'_>, but: Option<Party>, wish: &Wish<'_>) -> Vec<LetOff> {
    let network = plane.network;
    let mut all = Vec::new();
    if let Some(who) = but {
        let because = format!("`{}` may, as this intent says", name(network, who));
        all.push(LetOff { who, rail: None, traffic: None, because });
    }
    for intent in network.intents.rows() {
        let Ask::Reach { reach: Reach::Reaches(who) | Reach::Only(who), to, how, .. } = &intent.ask else { continue };
        if !concerns(plane, *to, wish.to) || is_own(plane, *who, wish.to) || Some(*who) == but {
            continue;
        }
        let served = match to {
            Party::Vips(pool) => served(plane, *pool),
            _ => None,
        };
        let traffic = how.port.as_ref().map(|port| vec![of_port(port)]).or(served);
        let because = format!("`{}` may, as `{}` says", name(network, *who), intent.text);
        all.push(LetOff { who: *who, rail: how.rail, traffic, because });
    }
    for (pool, row) in network.vips.iter() {
        if !concerns(plane, Party::Vips(pool), wish.to) {
            continue;
        }
        for clients in &row.clients {
            let traffic = served(plane, pool);
            let ports: Vec<String> = traffic.iter().flatten().map(ToString::to_string).collect();
            let on = if ports.is_empty() { String::new() } else { format!(" on {}", ports.join(", ")) };
            let because = format!(
                "clients `{}` may, as they use the VIPs of `{}`{on}",
                network.short(*clients),
                network.short(pool)
            );
            all.push(LetOff { who: Party::Clients(*clients), rail: None, traffic, because });
        }
    }
    all
}

/// Whether all machines of one party are another's own: then they are no others.
fn is_own(plane: &Plane<'_>, who: Party, whole: Party) -> bool {
    let machines_of = machines(plane, who);
    who == whole || (!machines_of.is_empty() && machines_of.is_subset(&machines(plane, whole)))
}

/// The ports that a pool serves, and RDMA where its clients speak it; `None`: it does not say.
fn served(plane: &Plane<'_>, pool: VipPoolId) -> Option<Vec<Traffic>> {
    let row = &plane.network.vips[pool];
    if row.ports.is_empty() {
        return None;
    }
    let mut traffic: Vec<Traffic> = row.ports.iter().map(of_port).collect();
    if row.clients.iter().any(|clients| plane.network.clients[*clients].protocol.is_rdma()) {
        traffic.push(Traffic::Rdma);
    }
    Some(traffic)
}

/// Whether reaching one party is, or may be, reaching another.
fn concerns(plane: &Plane<'_>, to: Party, whole: Party) -> bool {
    let cluster = |party: Party| -> Option<ClusterId> {
        match party {
            Party::Cluster(cluster) => Some(cluster),
            Party::Vips(pool) => Some(plane.network.vips[pool].over),
            Party::Instance(instance) => plane.network.instances[instance].cluster,
            Party::Clients(group) => plane.network.clients[group].cluster,
            Party::Internet => None,
        }
    };
    match (to, whole) {
        (one, other) if one == other => true,
        (Party::Vips(_), Party::Vips(_)) => false,
        _ => cluster(to).is_some() && cluster(to) == cluster(whole),
    }
}

fn is_of(plane: &Plane<'_>, sender: Sender, party: Party) -> bool {
    let network = plane.network;
    match (sender, party) {
        (Sender::Guest { instance, .. }, Party::Cluster(cluster)) => {
            network.instances[instance].cluster == Some(cluster)
        }
        (Sender::Guest { instance, .. }, Party::Vips(pool)) => {
            network.instances[instance].cluster == Some(network.vips[pool].over)
        }
        (Sender::Guest { instance, .. }, Party::Instance(other)) => instance == other,
        (Sender::Guest { instance, .. }, Party::Clients(group)) => {
            let row = &network.instances[instance];
            row.clients == Some(group) || (row.cluster.is_some() && row.cluster == network.clients[group].cluster)
        }
        (Sender::Clients(group), Party::Clients(other)) => group == other,
        (Sender::Internet(_), Party::Internet) => true,
        _ => false,
    }
}
