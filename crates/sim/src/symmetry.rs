//! States that differ only in what nodes, VIPs and controllers are called. Movers know equality of names and no order, so that what may happen to one such
//! state may happen to the others; the least of them stands for all.

use crate::pack::{Layout, Packed};
use crate::setting::Setting;
use crate::system::{Controller, Holder, MAX_CONTROLLERS, MAX_NODES, MAX_VIPS, Request, Set, System};

/// The renamings that a setting allows.
#[derive(Debug, Clone)]
pub struct Symmetry {
    nodes: Vec<Vec<u8>>,
    vips: Vec<Vec<u8>>,
    controllers: Vec<Vec<u8>>,
}

/// For each old name the new one.
#[derive(Clone, Copy)]
struct Renaming<'a> {
    nodes: &'a [u8],
    vips: &'a [u8],
    controllers: &'a [u8],
}

impl Symmetry {
    /// All renamings of a setting.
    pub fn of(setting: &Setting) -> Self {
        if !setting.is_symmetric() {
            return Self::none(setting);
        }
        let scope = setting.scope;
        let controllers = if setting.has_controllers() { scope.controllers } else { 1 };
        Self {
            nodes: permutations(scope.nodes),
            vips: permutations(scope.vips),
            controllers: permutations(controllers),
        }
    }

    /// Only the one that changes nothing.
    pub fn none(setting: &Setting) -> Self {
        let same = |count: u8| vec![(0..count).collect()];
        let scope = setting.scope;
        Self { nodes: same(scope.nodes), vips: same(scope.vips), controllers: same(scope.controllers) }
    }

    /// How many states one stands for at most.
    pub fn order(&self) -> usize {
        self.nodes.len() * self.vips.len() * self.controllers.len()
    }

    /// The state that stands for all that are like this one: of those that sort nodes, VIPs and controllers by what no renaming changes, the least.
    pub(crate) fn least(&self, layout: &Layout, system: &System) -> Packed {
        if self.order() == 1 {
            return layout.pack(system);
        }
        let keys = Keys::of(system);
        let mut least: Option<Packed> = None;
        self.each(
            |names| sorts(names, &keys.nodes),
            |names| sorts(names, &keys.vips),
            |names| sorts(names, &keys.controllers),
            |renaming| {
                let packed = layout.pack(&renaming.rename(system));
                if least.is_none_or(|least| packed < least) {
                    least = Some(packed);
                }
            },
        );
        least.expect("something sorts any keys")
    }

    /// All states that are like this one, itself among them; some may be there several times.
    pub fn images(&self, system: &System) -> Vec<System> {
        let mut images = Vec::new();
        self.each(|_| true, |_| true, |_| true, |renaming| images.push(renaming.rename(system)));
        images
    }

    /// How many different states are like this one.
    pub(crate) fn orbit(&self, layout: &Layout, system: &System) -> u64 {
        let same = layout.pack(system);
        let keys = Keys::of(system);
        let mut fixed = 0;
        self.each(
            |names| keeps(names, &keys.nodes),
            |names| keeps(names, &keys.vips),
            |names| keeps(names, &keys.controllers),
            |renaming| fixed += usize::from(layout.pack(&renaming.rename(system)) == same),
        );
        (self.order() / fixed) as u64
    }

    fn each<'a>(
        &'a self,
        nodes: impl Fn(&[u8]) -> bool,
        vips: impl Fn(&[u8]) -> bool,
        controllers: impl Fn(&[u8]) -> bool,
        mut act: impl FnMut(Renaming<'a>),
    ) {
        for nodes in self.nodes.iter().filter(|names| nodes(names)) {
            for vips in self.vips.iter().filter(|names| vips(names)) {
                for controllers in self.controllers.iter().filter(|names| controllers(names)) {
                    act(Renaming { nodes, vips, controllers });
                }
            }
        }
    }
}

/// For every node, VIP and controller a number that no renaming changes.
struct Keys {
    nodes: [u32; MAX_NODES],
    vips: [u32; MAX_VIPS],
    controllers: [u32; MAX_CONTROLLERS],
}

impl Keys {
    fn of(system: &System) -> Self {
        let mut keys = Self { nodes: [0; MAX_NODES], vips: [0; MAX_VIPS], controllers: [0; MAX_CONTROLLERS] };
        for (key, node) in keys.nodes.iter_mut().zip(&system.nodes) {
            let flags = u32::from(node.agent_dead) | u32::from(node.wiped) << 1;
            let lease: u32 = node.lease.iter().map(|left| u32::from(*left)).sum();
            *key = node.health as u32 | flags << 3 | node.serves.len() << 5 | node.announces.len() << 8 | lease << 11;
            *key |= u32::from(node.others.0 >> Request::NEWCOMER) << 15;
        }
        for (key, vip) in keys.vips.iter_mut().zip(&system.vips) {
            let holder = match vip.holder {
                Holder::Nobody => 0,
                Holder::Stranger => 1,
                Holder::Node(node) => {
                    keys.nodes[usize::from(node)] += 1 << 17;
                    2
                }
            };
            if let Some(owner) = vip.owner {
                keys.nodes[usize::from(owner)] += 1 << 20;
            }
            if let Some(grant) = vip.grant {
                keys.nodes[usize::from(grant)] += 1 << 23;
            }
            for node in vip.routes.union(vip.better).union(vip.healthy).union(vip.lag).iter() {
                keys.nodes[usize::from(node)] += 1 << 26;
            }
            *key = holder | vip.lag.len() << 2 | vip.routes.len() << 5 | vip.better.len() << 8;
            *key |= vip.healthy.len() << 11 | u32::from(vip.lease) << 14 | u32::from(vip.quiet) << 16;
            *key |= u32::from(vip.granted_newest) << 17;
        }
        for (place, (key, task)) in keys.controllers.iter_mut().zip(&system.controllers).enumerate() {
            let leads = u32::from(usize::from(system.leader) == place);
            *key =
                leads | (task.request.ask as u32) << 1 | (task.answer as u32) << 5 | u32::from(task.request.fresh) << 8;
        }
        keys
    }
}

/// The new order has the keys ascending.
fn sorts(names: &[u8], keys: &[u32]) -> bool {
    let mut sorted = [0; 8];
    for (old, new) in names.iter().enumerate() {
        sorted[usize::from(*new)] = keys[old];
    }
    sorted[..names.len()].is_sorted()
}

/// Every name goes to one with the same key.
fn keeps(names: &[u8], keys: &[u32]) -> bool {
    names.iter().enumerate().all(|(old, new)| keys[old] == keys[usize::from(*new)])
}

impl Renaming<'_> {
    fn rename(&self, old: &System) -> System {
        let mut new = System {
            faults: old.faults,
            class_faults: old.class_faults,
            spent: old.spent,
            split: old.split,
            leader: old.leader,
            ..System::default()
        };
        for (from, to) in self.nodes.iter().enumerate() {
            let mut node = old.nodes[from];
            node.serves = rename_set(self.vips, node.serves);
            node.announces = rename_set(self.vips, node.announces);
            let lease = node.lease;
            for (vip, place) in self.vips.iter().enumerate() {
                node.lease[usize::from(*place)] = lease[vip];
            }
            new.nodes[usize::from(*to)] = node;
        }
        for (from, to) in self.vips.iter().enumerate() {
            let mut vip = old.vips[from];
            vip.routes = rename_set(self.nodes, vip.routes);
            vip.better = rename_set(self.nodes, vip.better);
            vip.lag = rename_set(self.nodes, vip.lag);
            vip.healthy = rename_set(self.nodes, vip.healthy);
            let node = |node: u8| self.nodes[usize::from(node)];
            vip.owner = vip.owner.map(node);
            vip.grant = vip.grant.map(node);
            vip.decided = vip.decided.map(node);
            if let Holder::Node(holder) = vip.holder {
                vip.holder = Holder::Node(node(holder));
            }
            new.vips[usize::from(*to)] = vip;
        }
        for (from, to) in self.controllers.iter().enumerate() {
            let task = old.controllers[from];
            if !task.is_idle() {
                let request = self.request(task.request);
                let target = self.nodes[usize::from(task.target)];
                new.controllers[usize::from(*to)] = Controller { request, answer: task.answer, target };
            }
            if usize::from(old.leader) == from {
                new.leader = *to;
            }
        }
        for (place, request) in old.late.iter().enumerate().filter(|(_, request)| !request.is_nothing()) {
            new.late[place] = self.request(*request);
        }
        new.late.sort_by_key(|request| (request.is_nothing(), *request));
        new
    }

    fn request(&self, request: Request) -> Request {
        let others = Set(request.list.0 & Request::OTHERS.0);
        let list = rename_set(self.vips, request.list.minus(others)).union(others);
        Request {
            vip: self.vips[usize::from(request.vip)],
            node: self.nodes[usize::from(request.node)],
            list,
            ..request
        }
    }
}

fn rename_set(names: &[u8], set: Set) -> Set {
    names.iter().enumerate().filter(|(old, _)| set.has(*old as u8)).fold(Set::EMPTY, |new, (_, name)| new.with(*name))
}

/// All orders of `0..count`, the natural one first.
fn permutations(count: u8) -> Vec<Vec<u8>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut found = Vec::new();
    for shorter in permutations(count - 1) {
        for place in (0..=shorter.len()).rev() {
            let mut order = shorter.clone();
            order.insert(place, count - 1);
            found.push(order);
        }
    }
    found
}
