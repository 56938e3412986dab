//! What a plan's steps leave open in between: the network before the plan and the network after it are compared, step by step. Not here: whether that matters.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde_json::Value;
use twinrail_model::{
    Action, AliasRange, EntityId, Field, Gap, Hole, Id, Instance, Name, Network, NextHop, Nic, Place, Route, Step,
    StepId, Taken, look, looks,
};

use crate::lower;
use crate::merge::{merge, plain};
use crate::origins::SourceId;
use crate::read::Loaded;
use crate::resource::{Anchor, Kind, Resource, UNKNOWN_PLACE, project_of};
use crate::terraform::RawStep;

/// Adds the steps of a plan to the network, which is the one after it. `before` holds the changed resources as they were, `after` all of them as they will be.
pub(crate) fn steps(
    raw: &[(SourceId, RawStep)],
    before: Vec<Resource>,
    after: &[Resource],
    live: &BTreeSet<(Kind, String)>,
    loaded: &mut Loaded,
) {
    if raw.is_empty() {
        return;
    }
    let names: BTreeMap<(Kind, Arc<str>), String> =
        before.iter().filter_map(|row| Some(((row.kind, address(&row.anchor)?), row.name.clone()))).collect();
    let before = network_before(raw, before, after, loaded);
    let was = entities(&before);
    let is = entities(&loaded.network);
    let mut steps: Vec<(Step, Pair)> = Vec::with_capacity(raw.len());
    for (_, step) in raw {
        let address = address(&step.anchor).expect("a step is of a plan");
        let name = names.get(&(step.kind, Arc::clone(&address))).filter(|_| step.action != Action::Create);
        let pair = Pair {
            before: name.and_then(|name| was.get(name.as_str()).copied()),
            after: is.get(step.name.as_str()).copied().filter(|_| !step.is_part && step.action != Action::Delete),
        };
        let row = Step {
            name: Name::new(step.name.as_str()),
            before: name.map(|name| Name::new(name.as_str())),
            kind: pair.after.or(pair.before).map_or_else(|| step.kind.word(), EntityId::kind),
            address: address.to_string(),
            action: step.action,
            entity: pair.after,
            gaps: Ok(Vec::new()),
            used_by: Ok(Vec::new()),
            taken: Ok(None),
        };
        steps.push((row, pair));
    }
    let goes =
        |(_, raw): &&(SourceId, RawStep)| !raw.is_part && matches!(raw.action, Action::Delete | Action::Replace { .. });
    let leaving = raw.iter().zip(&steps).filter(|(raw, _)| goes(raw));
    let changing: BTreeSet<Name> = leaving.filter_map(|(_, (step, _))| step.before.clone()).collect();
    let in_place = raw.iter().filter(|(_, step)| !step.is_part && step.action == Action::Update);
    let updated: BTreeSet<&str> = in_place.map(|(_, step)| step.name.as_str()).collect();
    let taken = taken(raw, &changing, live);
    let pairs = steps.iter().map(|(step, pair)| (step.action, *pair)).collect();
    let both = Both::new(&before, &loaded.network, pairs);
    let found: Vec<(Field<Vec<Gap>>, Field<Users>)> = (0..steps.len())
        .map(|place| {
            let is_part = raw[place].1.is_part;
            let gaps = if is_part { Ok(Vec::new()) } else { both.gaps(StepId::new(place)) };
            let entity = steps[place].1.before.filter(|_| !is_part && goes(&&raw[place]));
            let (users, hole) = looks(|| entity.map(|entity| before.users(entity)).unwrap_or_default());
            let users = users.into_iter().map(|user| (user.kind(), before.name(user)));
            let stays = |name: &Name| raw[place].1.action != Action::Delete || !updated.contains(name.as_str());
            let users: Users = users.filter(|(_, name)| !changing.contains(name) && stays(name)).collect();
            (gaps, hole.filter(|_| users.is_empty()).map_or(Ok(users), Err))
        })
        .collect();
    for ((((source, raw), (mut step, _)), (gaps, used_by)), taken) in raw.iter().zip(steps).zip(found).zip(taken) {
        // Two projects that are not known may be two.
        let is_certain = taken.is_none() || !step.name.as_str().contains(UNKNOWN_PLACE);
        let place = Place::field(StepId::new(loaded.network.steps.len()), "project");
        step.taken = if is_certain { Ok(taken) } else { Err(Hole::NotInInput(place)) };
        step.gaps = gaps;
        step.used_by = used_by;
        let id = loaded.network.steps.push(step);
        let anchor = loaded.origins.anchor(*source, raw.anchor.clone(), Vec::new());
        loaded.origins.record(id, anchor, "");
    }
}

/// The names of resources that the inputs show as they are, for the steps of a plan that is among them.
pub(crate) fn live(raw: &[(SourceId, RawStep)], resources: &[Resource]) -> BTreeSet<(Kind, String)> {
    let made = |step: &&RawStep| !step.is_part && step.action == Action::Create;
    let made: BTreeSet<(Kind, &str)> =
        raw.iter().map(|(_, step)| step).filter(made).map(|step| (step.kind, step.name.as_str())).collect();
    let shown = resources.iter().filter(|row| matches!(row.anchor, Anchor::Json { .. }) && !row.is_part);
    let shown = shown.filter(|row| made.contains(&(row.kind, row.name.as_str())));
    shown.map(|row| (row.kind, row.name.clone())).collect()
}

/// For each step that makes a resource, who has its name already: a later step of the same name, or the live network, unless the plan takes that away.
fn taken(raw: &[(SourceId, RawStep)], leaving: &BTreeSet<Name>, live: &BTreeSet<(Kind, String)>) -> Vec<Option<Taken>> {
    let mut makers: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
    let is_new = |step: &RawStep| !step.is_part && matches!(step.action, Action::Create | Action::Replace { .. });
    let taken = raw.iter().enumerate().map(|(place, (_, step))| {
        if !is_new(step) {
            return None;
        }
        let first = *makers.entry((step.kind, step.name.as_str())).or_insert(place);
        if first != place {
            return Some(Taken::Step(StepId::new(first)));
        }
        let is_live = step.action == Action::Create && live.contains(&(step.kind, step.name.clone()));
        (is_live && !leaving.contains(&Name::new(step.name.as_str()))).then_some(Taken::Live)
    });
    taken.collect()
}

/// Takes away from instances that they are running, where a step gives their NICs other addresses: what is new of them the platform has not taken yet.
pub(crate) fn unsettle(raw: &[(SourceId, RawStep)], before: &[Resource], after: &mut [Resource]) {
    let in_place = raw.iter().map(|(_, step)| step).filter(|step| step.action == Action::Update);
    let updated: BTreeSet<&str> =
        in_place.filter(|step| step.kind == Kind::Instance).map(|step| step.name.as_str()).collect();
    let nics = |resource: &Resource| {
        let nics = resource.body.get("networkInterfaces").unwrap_or(&Value::Null);
        plain(nics, project_of(&resource.name))
    };
    let was: BTreeMap<&str, Value> = before
        .iter()
        .filter(|resource| resource.kind == Kind::Instance && updated.contains(resource.name.as_str()))
        .map(|resource| (resource.name.as_str(), nics(resource)))
        .collect();
    for resource in after.iter_mut().filter(|resource| resource.kind == Kind::Instance) {
        if was.get(resource.name.as_str()).is_some_and(|was| *was != nics(resource)) {
            resource.body.remove("status");
            resource.unknown.forget("status");
        }
    }
}

/// The network as it is before the plan: what the plan changes as it was, and all else as it stays.
fn network_before(raw: &[(SourceId, RawStep)], before: Vec<Resource>, after: &[Resource], loaded: &Loaded) -> Network {
    let changed: BTreeSet<(Kind, &str)> =
        raw.iter().filter(|(_, step)| !step.is_part).map(|(_, step)| (step.kind, step.name.as_str())).collect();
    let (before, _) = merge(before, &[], &loaded.origins);
    let kept = after.iter().filter(|resource| !changed.contains(&(resource.kind, resource.name.as_str())));
    let mut resources: BTreeMap<(Kind, &str), &Resource> =
        kept.map(|row| ((row.kind, row.name.as_str()), row)).collect();
    for resource in &before {
        if !resource.is_part {
            resources.insert((resource.kind, resource.name.as_str()), resource);
        }
    }
    let resources: Vec<&Resource> = resources.into_values().collect();
    lower::network(&resources)
}

/// Resources that use another: what each is, and its name.
type Users = Vec<(&'static str, Name)>;

/// What a plan calls the resource of an anchor.
fn address(anchor: &Anchor) -> Option<Arc<str>> {
    match anchor {
        Anchor::Plan { address, .. } => Some(Arc::clone(address)),
        Anchor::Json { .. } | Anchor::Model { .. } => None,
    }
}

/// Every entity that is a resource, by its canonical name.
fn entities(network: &Network) -> BTreeMap<String, EntityId> {
    let mut found = BTreeMap::new();
    macro_rules! collect {
        ($($table:ident)*) => {
            $(found.extend(network.$table.iter().map(|(id, row)| (row.name.as_str().to_owned(), EntityId::from(id))));)*
        };
    }
    collect!(vpcs subnets instances addresses routes routers gateways firewall_rules firewall_policies forwarding_rules
        backend_services health_checks instance_groups negs migs attachments);
    found
}

/// A resource before its step, and after it.
#[derive(Debug, Clone, Copy)]
struct Pair {
    before: Option<EntityId>,
    after: Option<EntityId>,
}

/// The networks on both sides of a plan, and what each step does to which entity of them.
struct Both<'n> {
    before: &'n Network,
    after: &'n Network,
    pairs: Vec<(Action, Pair)>,
    /// The steps that add an alias range to an instance, and a hole if some of the ranges are not known.
    added: BTreeMap<IpNet, Vec<StepId>>,
    unknown: Option<Hole>,
}

impl<'n> Both<'n> {
    fn new(before: &'n Network, after: &'n Network, pairs: Vec<(Action, Pair)>) -> Self {
        let mut added: BTreeMap<IpNet, Vec<StepId>> = BTreeMap::new();
        let has = |entity| match entity {
            Some(EntityId::Instance(id)) => {
                nics(after, &after.instances[id]).flat_map(|(_, nic)| ranges(nic)).collect()
            }
            _ => BTreeSet::new(),
        };
        let had = |entity| match entity {
            Some(EntityId::Instance(id)) => {
                held(before, &before.instances[id]).into_iter().flat_map(|(_, ranges)| ranges).collect()
            }
            _ => BTreeSet::new(),
        };
        let ((), unknown) = looks(|| {
            for (place, (_, pair)) in pairs.iter().enumerate() {
                for range in has(pair.after).difference(&had(pair.before)) {
                    added.entry(*range).or_default().push(StepId::new(place));
                }
            }
        });
        Self { before, after, pairs, added, unknown }
    }

    fn gaps(&self, step: StepId) -> Field<Vec<Gap>> {
        let (action, pair) = self.pairs[step.index()];
        let Some(before) = pair.before else { return Ok(Vec::new()) };
        match (action, before) {
            (Action::Update, EntityId::Instance(_)) => match looks(|| self.alias_gaps(step, pair)) {
                // Ranges that are not known yet could be the ones that are kept or moved.
                (gaps, Some(hole)) if gaps.is_empty() => Err(hole),
                (gaps, _) => Ok(gaps),
            },
            (Action::Delete | Action::Replace { create_first: false }, before) => self.gap(step, before),
            (Action::Replace { create_first: true }, _) => match looks(|| self.held(pair)) {
                (gaps, Some(hole)) if gaps.is_empty() => Err(hole),
                (gaps, _) => Ok(gaps),
            },
            (Action::Create | Action::Update, _) => Ok(Vec::new()),
        }
    }

    /// The addresses that a resource has before it is replaced and that its replacement, which is made first, asks for.
    fn held(&self, pair: Pair) -> Vec<Gap> {
        let (Some(before), Some(after)) = (pair.before, pair.after) else { return Vec::new() };
        let had = addresses(self.before, before);
        let asked = addresses(self.after, after);
        had.into_iter().filter(|address| asked.contains(address)).map(|address| Gap::Held { address }).collect()
    }

    /// What is missing from when a resource is deleted until it is there again, by this step or by another.
    fn gap(&self, step: StepId, before: EntityId) -> Field<Vec<Gap>> {
        let network = self.before;
        let gap = match before {
            EntityId::Address(id) => {
                let row = &network.addresses[id];
                let Ok(address) = *row.address else { return Ok(Vec::new()) };
                self.again(step, |entity| match entity {
                    EntityId::Address(id) => Ok(self.after.addresses[id].address.get()? == address),
                    _ => Ok(false),
                })?
                .map(|again| Gap::Reservation { address, again: other(again, step) })
            }
            EntityId::Route(id) => {
                let row = &network.routes[id];
                let (Ok(destination), true) = (row.destination.get(), row.is_static()) else { return Ok(Vec::new()) };
                self.again(step, |entity| match entity {
                    EntityId::Route(id) => {
                        let new = &self.after.routes[id];
                        Ok(new.destination.get()? == destination && self.same_network(row, new)?)
                    }
                    _ => Ok(false),
                })?
                .map(|again| Gap::Route { destination, again: other(again, step) })
            }
            EntityId::ForwardingRule(id) => {
                let row = &network.forwarding_rules[id];
                let Ok(address) = *row.address else { return Ok(Vec::new()) };
                self.again(step, |entity| match entity {
                    EntityId::ForwardingRule(id) => Ok(self.after.forwarding_rules[id].address.get()? == address),
                    _ => Ok(false),
                })?
                .map(|again| Gap::ForwardingRule { address, again: other(again, step) })
            }
            EntityId::FirewallRule(_) => self.itself(step).map(|_| Gap::FirewallRule),
            EntityId::Instance(id) if !network.instances[id].is_template => self.itself(step).map(|_| Gap::Instance),
            _ => None,
        };
        Ok(gap.into_iter().collect())
    }

    /// The step that makes something again: this one, or another that creates it. Where a candidate's values are not known, neither is the answer.
    fn again(&self, step: StepId, same: impl Fn(EntityId) -> Field<bool>) -> Field<Option<StepId>> {
        let own = self.itself(step);
        let created = self
            .pairs
            .iter()
            .enumerate()
            .filter(|(_, (action, _))| matches!(action, Action::Create | Action::Replace { .. }));
        let created = created.map(|(place, (_, pair))| (StepId::new(place), pair.after));
        let mut unknown = None;
        for (place, after) in own.map(|entity| (step, Some(entity))).into_iter().chain(created) {
            match after.map(&same) {
                Some(Ok(true)) => return Ok(Some(place)),
                // The platform may give anything to another resource; only this step's own value is in question.
                Some(Err(hole)) if place == step => unknown = Some(hole),
                Some(Ok(false) | Err(_)) | None => {}
            }
        }
        unknown.map_or(Ok(None), Err)
    }

    /// The resource that a replacing step makes anew.
    fn itself(&self, step: StepId) -> Option<EntityId> {
        let (action, pair) = self.pairs[step.index()];
        pair.after.filter(|_| matches!(action, Action::Replace { .. }))
    }

    fn same_network(&self, before: &Route, after: &Route) -> Field<bool> {
        // A route by another kind of next hop is another matter: traffic then changes its way on purpose.
        let kind = |hop: &Field<NextHop>| hop.as_ref().ok().map(std::mem::discriminant);
        let same_kind = kind(&before.next_hop) == kind(&after.next_hop) || after.next_hop.is_err();
        let (before, after) = (before.vpc.get()?, after.vpc.get()?);
        Ok(same_kind && self.before.vpcs[before].name == self.after.vpcs[after].name)
    }

    /// Alias ranges that a NIC keeps while its list changes, and those that go to another NIC.
    fn alias_gaps(&self, step: StepId, pair: Pair) -> Vec<Gap> {
        let (Some(EntityId::Instance(before)), Some(EntityId::Instance(after))) = (pair.before, pair.after) else {
            return Vec::new();
        };
        let mut gaps = Vec::new();
        let (was, is) = (&self.before.instances[before], &self.after.instances[after]);
        for (label, had) in held(self.before, was) {
            let Some((_, new)) = nics(self.after, is).find(|(other, _)| *other == label) else { continue };
            let has = ranges(new);
            if had == has {
                continue;
            }
            let kept: Vec<IpNet> = had.intersection(&has).copied().collect();
            if !kept.is_empty() {
                gaps.push(Gap::KeptAliases { nic: label.clone(), ranges: kept });
            }
            for range in had.difference(&has) {
                if let Some(to) = self.taker(step, *range) {
                    gaps.push(Gap::MovedAlias { nic: label.clone(), range: *range, to });
                }
            }
        }
        gaps
    }

    /// The other step that adds an alias range to a NIC.
    fn taker(&self, step: StepId, range: IpNet) -> Option<StepId> {
        let taker = self.added.get(&range).and_then(|steps| steps.iter().find(|other| **other != step).copied());
        if let (None, Some(hole)) = (taker, &self.unknown) {
            look(hole);
        }
        taker
    }
}

/// The internal addresses that a resource asks for by number.
fn addresses(network: &Network, entity: EntityId) -> Vec<IpAddr> {
    match entity {
        EntityId::Address(id) => network.addresses[id].address.get().ok().into_iter().collect(),
        EntityId::ForwardingRule(id) => network.forwarding_rules[id].address.get().ok().flatten().into_iter().collect(),
        EntityId::Instance(id) if !network.instances[id].is_template => {
            let nics = network.instances[id].nics.iter().map(|nic| &network.nics[*nic]);
            nics.filter_map(|nic| nic.address.get().ok().flatten()).collect()
        }
        _ => Vec::new(),
    }
}

fn other(again: StepId, step: StepId) -> Option<StepId> {
    (again != step).then_some(again)
}

fn nics<'n>(network: &'n Network, instance: &'n Instance) -> impl Iterator<Item = (String, &'n Nic)> {
    instance.nics.iter().map(|id| (network.nics[*id].label(), &network.nics[*id]))
}

/// The alias ranges of each NIC as they were. What is missing of them is no hole of the network that will be.
fn held(network: &Network, instance: &Instance) -> Vec<(String, BTreeSet<IpNet>)> {
    looks(|| nics(network, instance).map(|(label, nic)| (label, ranges(nic))).collect()).0
}

/// The alias ranges of a NIC that are asked for by address.
fn ranges(nic: &Nic) -> BTreeSet<IpNet> {
    let range = |range: &AliasRange| match range {
        AliasRange::Range(range) => Some(*range),
        AliasRange::Length(_) => None,
    };
    nic.aliases.iter().filter_map(|alias| range(&alias.range)).collect()
}
