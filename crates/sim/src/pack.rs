//! A system as a few bits. One description of the fields serves packing and unpacking, so that they cannot disagree; what the setting does not use
//! takes no bits. Not here: which of several equivalent states stands for all (`symmetry`).

use crate::event::Fault;
use crate::mover::Step;
use crate::pending::concerns;
use crate::setting::{Family, Setting};
use crate::system::{Address, Answer, Ask, Health, Holder, Request, Set, System};

/// The widest packed state.
pub(crate) const WORDS: usize = 4;

/// A packed state; words that the layout does not need are 0.
pub(crate) type Packed = [u64; WORDS];

/// How wide each field is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "for each field whether it is there")]
pub struct Layout {
    nodes: usize,
    vips: usize,
    controllers: usize,
    late: usize,
    node: u32,
    /// Of a node, of nobody or of a stranger.
    holder_bits: u32,
    /// Of a node, or of none.
    perhaps_bits: u32,
    place: u32,
    /// Of a request, beside what it asks.
    request_rest: u32,
    leader: u32,
    aliases: bool,
    routes: bool,
    leads: bool,
    holder: bool,
    owner: bool,
    grant: bool,
    decided: bool,
    healthy: bool,
    announces: bool,
    leases: bool,
    wiped: bool,
    agent: bool,
    spent: bool,
    split: bool,
    granted_newest: bool,
    better: bool,
    faults: u32,
    classes: [bool; 4],
    bits: u32,
}

impl Layout {
    /// # Panics
    ///
    /// If the scope is larger than [`Scope::problem`](crate::Scope::problem) allows.
    pub fn new(setting: &Setting) -> Self {
        let family = setting.family();
        let scope = setting.scope;
        let steered = setting.has_controllers();
        let mut layout = Self {
            nodes: scope.nodes.into(),
            vips: scope.vips.into(),
            controllers: if steered { scope.controllers.into() } else { 0 },
            late: if steered && !(setting.menu & (Fault::Crash | Fault::Timeout)).is_empty() {
                scope.faults.into()
            } else {
                0
            },
            node: bits_for(scope.nodes),
            holder_bits: bits_for(scope.nodes + 2),
            perhaps_bits: bits_for(scope.nodes + 1),
            place: bits_for(scope.vips),
            request_rest: 0,
            leader: bits_for(scope.controllers),
            aliases: family == Family::Alias,
            routes: family == Family::Route,
            leads: family == Family::Leader,
            holder: !matches!(family, Family::Route | Family::HealthCheck),
            owner: setting.takes(Step::Claim) || matches!(family, Family::HealthCheck | Family::Announcement),
            grant: setting.looks_at_epochs(),
            decided: steered && !setting.takes(Step::Claim),
            healthy: family == Family::HealthCheck,
            announces: matches!(family, Family::HealthCheck | Family::Announcement),
            leases: family == Family::Announcement,
            wiped: setting.may_wipe(),
            agent: concerns(setting, Fault::Agent) && setting.menu.contains(Fault::Agent),
            spent: concerns(setting, Fault::Quota) && setting.menu.contains(Fault::Quota),
            split: concerns(setting, Fault::Split) && setting.menu.contains(Fault::Split),
            granted_newest: setting.grants_by_claim() && setting.takes(Step::Claim),
            better: family == Family::Route && setting.mover.0 != twinrail_model::MoverKind::RouteReplace,
            faults: bits_for(scope.faults + 1),
            classes: std::array::from_fn(|class| setting.at_most.keys().any(|known| *known as usize == class)),
            bits: 0,
        };
        let mut meter = Meter { bits: 0 };
        request(&layout, &mut meter, &mut Request { ask: Ask::Claim, ..Request::default() });
        layout.request_rest = meter.bits - 4;
        let mut meter = Meter { bits: 0 };
        visit(&layout, &mut System::default(), &mut meter);
        layout.bits = meter.bits;
        assert!(layout.bits <= 64 * WORDS as u32, "a scope within its limits fits into the widest packed state");
        layout
    }

    /// Bits of one state.
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Words of 64 bits that a state takes.
    pub fn words(&self) -> usize {
        (self.bits as usize).div_ceil(64).max(1)
    }

    /// Packs a state and unpacks it again, which changes nothing.
    pub fn round_trip(&self, system: &System) -> System {
        self.unpack(&self.pack(system))
    }

    pub(crate) fn pack(&self, system: &System) -> Packed {
        let mut writer = Writer { words: [0; WORDS], at: 0, word: 0, filled: 0 };
        visit(self, &mut system.clone(), &mut writer);
        writer.finish()
    }

    pub(crate) fn unpack(&self, packed: &Packed) -> System {
        let mut system = System::default();
        visit(self, &mut system, &mut Reader { words: *packed, at: 0 });
        system
    }
}

/// Bits that tell so many values apart.
fn bits_for(values: u8) -> u32 {
    u8::BITS - values.saturating_sub(1).leading_zeros()
}

/// Reads or writes one field of so many bits, or counts them.
trait Coder {
    /// What it is given may change.
    const READS: bool = false;

    fn code(&mut self, value: &mut u8, bits: u32);

    /// So many bits that are 0.
    fn skip(&mut self, bits: u32);
}

struct Meter {
    bits: u32,
}

impl Coder for Meter {
    fn code(&mut self, _: &mut u8, bits: u32) {
        self.bits += bits;
    }

    fn skip(&mut self, bits: u32) {
        self.bits += bits;
    }
}

struct Writer {
    words: Packed,
    /// The word that is being filled, and how far.
    at: usize,
    word: u64,
    filled: u32,
}

impl Coder for Writer {
    #[inline]
    fn code(&mut self, value: &mut u8, bits: u32) {
        debug_assert!(u32::from(*value) < 1 << bits, "{value} fits into {bits} bits");
        // The lowest bits of a word are filled first; what does not fit goes into the next.
        self.word |= u64::from(*value) << self.filled;
        self.filled += bits;
        if self.filled >= u64::BITS {
            self.filled -= u64::BITS;
            self.words[self.at] = self.word;
            self.at += 1;
            self.word = if self.filled == 0 { 0 } else { u64::from(*value) >> (bits - self.filled) };
        }
    }

    #[inline]
    fn skip(&mut self, bits: u32) {
        self.filled += bits;
        if self.filled >= u64::BITS {
            self.filled -= u64::BITS;
            self.words[self.at] = self.word;
            self.at += 1;
            self.word = 0;
        }
    }
}

impl Writer {
    fn finish(mut self) -> Packed {
        if self.filled > 0 {
            self.words[self.at] = self.word;
        }
        self.words
    }
}

struct Reader {
    words: Packed,
    at: u32,
}

impl Coder for Reader {
    const READS: bool = true;

    #[inline]
    fn code(&mut self, value: &mut u8, bits: u32) {
        let (word, shift) = ((self.at / 64) as usize % WORDS, self.at % 64);
        let mut read = self.words[word] >> shift;
        if shift + bits > 64 {
            read |= self.words[(word + 1) % WORDS] << (64 - shift);
        }
        *value = (read & ((1 << bits) - 1)) as u8;
        self.at += bits;
    }

    #[inline]
    fn skip(&mut self, bits: u32) {
        self.at += bits;
    }
}

fn visit<C: Coder>(layout: &Layout, system: &mut System, coder: &mut C) {
    let vips = layout.vips as u32;
    for node in &mut system.nodes[..layout.nodes] {
        let mut health = node.health as u8;
        coder.code(&mut health, 3);
        if C::READS {
            node.health = HEALTH[usize::from(health)];
        }
        coder.code(&mut node.serves.0, vips);
        flag(coder, &mut node.agent_dead, layout.agent);
        flag(coder, &mut node.wiped, layout.wiped);
        if layout.aliases {
            others(coder, &mut node.others);
        }
        if layout.announces {
            coder.code(&mut node.announces.0, vips);
        }
        if layout.leases {
            for left in &mut node.lease[..layout.vips] {
                coder.code(left, 2);
            }
        }
    }
    for vip in &mut system.vips[..layout.vips] {
        address(layout, coder, vip);
    }
    for task in &mut system.controllers[..layout.controllers] {
        request(layout, coder, &mut task.request);
        let mut answer = task.answer as u8;
        coder.code(&mut answer, 3);
        if C::READS {
            task.answer = ANSWERS[usize::from(answer)];
        }
        coder.code(&mut task.target, layout.node);
    }
    for late in &mut system.late[..layout.late] {
        request(layout, coder, late);
    }
    if layout.controllers > 0 {
        coder.code(&mut system.leader, layout.leader);
    }
    flag(coder, &mut system.spent, layout.spent);
    flag(coder, &mut system.split, layout.split);
    coder.code(&mut system.faults, layout.faults);
    for (left, budgeted) in system.class_faults.iter_mut().zip(layout.classes) {
        if budgeted {
            coder.code(left, layout.faults);
        }
    }
}

#[inline]
fn address<C: Coder>(layout: &Layout, coder: &mut C, vip: &mut Address) {
    let nodes = layout.nodes as u32;
    coder.code(&mut vip.lag.0, nodes);
    if layout.holder {
        let mut holder = match vip.holder {
            Holder::Nobody => 0,
            Holder::Stranger => 1,
            Holder::Node(node) => node + 2,
        };
        coder.code(&mut holder, layout.holder_bits);
        if C::READS {
            vip.holder = match holder {
                0 => Holder::Nobody,
                1 => Holder::Stranger,
                node => Holder::Node(node - 2),
            };
        }
    }
    if layout.routes {
        coder.code(&mut vip.routes.0, nodes);
    }
    if layout.better {
        coder.code(&mut vip.better.0, nodes);
    }
    perhaps(coder, &mut vip.owner, layout.owner, layout.perhaps_bits);
    perhaps(coder, &mut vip.grant, layout.grant, layout.perhaps_bits);
    perhaps(coder, &mut vip.decided, layout.decided, layout.perhaps_bits);
    if !layout.decided && layout.controllers > 0 {
        vip.decided = vip.owner;
    }
    flag(coder, &mut vip.granted_newest, layout.granted_newest);
    if layout.healthy {
        coder.code(&mut vip.healthy.0, nodes);
    }
    if layout.leases {
        coder.code(&mut vip.lease, 2);
        flag(coder, &mut vip.quiet, true);
    }
}

#[inline]
fn request<C: Coder>(layout: &Layout, coder: &mut C, request: &mut Request) {
    let mut ask = request.ask as u8;
    coder.code(&mut ask, 4);
    if C::READS {
        request.ask = ASKS[usize::from(ask)];
    }
    if ask == 0 {
        // Nothing has nothing of the rest.
        coder.skip(layout.request_rest);
        return;
    }
    coder.code(&mut request.vip, layout.place);
    coder.code(&mut request.node, layout.node);
    if layout.aliases {
        let mut vips = request.list.minus(Request::OTHERS).0;
        coder.code(&mut vips, layout.vips as u32);
        others(coder, &mut request.list);
        if C::READS {
            request.list = Set(vips).union(Set(request.list.0 & Request::OTHERS.0));
        }
    }
    flag(coder, &mut request.fresh, layout.aliases || layout.leads);
    flag(coder, &mut request.overtaken, layout.decided);
}

/// The members of a list that are not ours.
#[inline]
fn others<C: Coder>(coder: &mut C, list: &mut Set) {
    let mut bits = list.0 >> Request::NEWCOMER;
    coder.code(&mut bits, 2);
    if C::READS {
        list.0 = list.0 & !Request::OTHERS.0 | bits << Request::NEWCOMER;
    }
}

#[inline]
fn flag<C: Coder>(coder: &mut C, value: &mut bool, used: bool) {
    if used {
        let mut bit = u8::from(*value);
        coder.code(&mut bit, 1);
        if C::READS {
            *value = bit == 1;
        }
    }
}

#[inline]
fn perhaps<C: Coder>(coder: &mut C, value: &mut Option<u8>, used: bool, bits: u32) {
    if used {
        let mut number = value.map_or(0, |node| node + 1);
        coder.code(&mut number, bits);
        if C::READS {
            *value = number.checked_sub(1);
        }
    }
}

const HEALTH: [Health; 8] =
    [Health::Up, Health::Cut, Health::Hung, Health::Down, Health::Stopped, Health::Gone, Health::Gone, Health::Gone];

const ANSWERS: [Answer; 8] = [
    Answer::Awaited,
    Answer::Done,
    Answer::Stale,
    Answer::Conflict,
    Answer::Missing,
    Answer::Rate,
    Answer::Failed,
    Answer::Refused,
];

const ASKS: [Ask; 16] = [
    Ask::Nothing,
    Ask::Claim,
    Ask::Grant,
    Ask::PowerOff,
    Ask::Aliases,
    Ask::InsertRoute,
    Ask::DeleteRoute,
    Ask::InsertBetter,
    Ask::DeleteBetter,
    Ask::Lead,
    Ask::Nothing,
    Ask::Nothing,
    Ask::Nothing,
    Ask::Nothing,
    Ask::Nothing,
    Ask::Nothing,
];

#[cfg(test)]
mod tests {
    use twinrail_model::MoverKind;

    use super::*;
    use crate::setting::Scope;
    use crate::system::{MAX_CONTROLLERS, MAX_LATE, MAX_NODES, MAX_VIPS};

    #[test]
    fn widths_are_as_small_as_can_be() {
        assert_eq!([1, 2, 3, 4, 5, 8].map(bits_for), [0, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn the_largest_scope_fits() {
        let scope = Scope {
            nodes: MAX_NODES as u8,
            vips: MAX_VIPS as u8,
            controllers: MAX_CONTROLLERS as u8,
            faults: MAX_LATE as u8,
        };
        for mover in MoverKind::ALL {
            assert!(Layout::new(&Setting::new(mover, scope)).bits() <= 256, "{mover}");
        }
    }

    #[test]
    fn every_word_of_an_enum_stands_at_its_number() {
        for (place, health) in HEALTH.iter().enumerate().take(6) {
            assert_eq!(*health as usize, place);
        }
        for (place, answer) in ANSWERS.iter().enumerate() {
            assert_eq!(*answer as usize, place);
        }
        for (place, ask) in ASKS.iter().enumerate().take(10) {
            assert_eq!(*ask as usize, place);
        }
    }
}
