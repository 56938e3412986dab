//! From answers to a trace: entities lead back to text, facts are cited, like ways become one. Not here: how it looks.

use std::collections::BTreeSet;
use std::net::IpAddr;

use twinrail_facts::{Catalog, Decision, FactId};
use twinrail_intake::{Loaded, Origins};
use twinrail_model::{AddressSpan, EntityId, Network, Situation};
use twinrail_reach::{
    Answer, Branch, Code, Edit, End, Fate, Hop, Mending, Offer, Outcome, Packet, Receiver, Sender, Stage, Walk,
};

use super::{Held, Leg, Mend, Mends, Needs, Party, RefusedMend, Trace, TraceHop, Way, WorldTrace};
use crate::place::Places;
use crate::{FactCitation, cite};

/// A packet, what was asked about it and what was answered.
#[derive(Debug, Clone, Copy)]
pub struct Traced<'a> {
    pub packet: &'a Packet,
    pub situation: &'a Situation,
    /// What was chosen where the name of the sender, or of the end, means several.
    pub choices: (Option<&'a str>, Option<&'a str>),
    pub decision: &'a Decision<Answer>,
    pub mending: Option<&'a Mending>,
}

/// Makes the trace of a packet.
pub fn trace(loaded: &Loaded, catalog: &Catalog, traced: &Traced<'_>) -> Trace {
    let network = &loaded.network;
    let machines = network.instances.rows().iter().map(|row| row.name.short().to_owned()).collect();
    let assembler = Assembler {
        network,
        catalog,
        origins: &loaded.origins,
        places: Places::new(network, &loaded.origins),
        machines,
    };
    let fates = traced.decision.coarsen(Answer::fate);
    let (from, to) = (traced.packet.from, traced.packet.to);
    let sources = match from {
        Sender::Guest { bound, .. } => bound,
        Sender::Clients(group) => Some(End::Clients(group)),
        Sender::Prober(_) | Sender::Internet(_) => None,
    };
    let party = |name: String, end: Option<End>, choice: Option<&str>| Party {
        name,
        addresses: end.map(|end| addresses(network, end)).unwrap_or_default(),
        choice: choice.map(ToOwned::to_owned),
    };
    Trace {
        version: 1,
        tool: concat!("twinrail ", env!("CARGO_PKG_VERSION")).to_owned(),
        inputs: loaded.origins.sources().map(|source| loaded.origins.path(source).to_owned()).collect(),
        from: party(from.short(network), sources, traced.choices.0),
        to: party(to.short(network), Some(to), traced.choices.1),
        port: traced.packet.traffic.to_string(),
        down: traced.situation.down.iter().map(|part| part.short(network)).collect(),
        holders: held(network, traced.situation),
        answer: whole(&fates).to_owned(),
        code: match fates.certain() {
            Some(Fate::Dropped(code)) => Some(code.word().to_owned()),
            _ => None,
        },
        hangs_on: fates.deciding.iter().map(|id| cite::citation(catalog, *id)).collect(),
        worlds: assembler.worlds(traced.decision, &fates, from),
        mending: traced.mending.map(|mending| assembler.mends(mending)),
    }
}

/// The answer in one word.
pub(super) fn word(fate: &Fate) -> &'static str {
    match fate {
        Fate::Delivered => "delivered",
        Fate::Dropped(Code::NotModelled) => "not-modelled",
        Fate::Dropped(_) => "dropped",
        Fate::Undecided(_) => "undecided",
    }
}

/// All answers in one word: those that differ only in why count as one.
fn whole(fates: &Decision<Fate>) -> &'static str {
    let first = word(&fates.arms[0].answer);
    if !fates.complete {
        "bound-hit"
    } else if fates.arms.iter().all(|arm| word(&arm.answer) == first) {
        first
    } else {
        "depends"
    }
}

fn addresses(network: &Network, end: End) -> Vec<String> {
    let ranges = end.ranges(network).unwrap_or_default();
    let shown = ranges.iter().map(|range| match AddressSpan::from(*range).count() {
        1 => range.addr().to_string(),
        _ => range.to_string(),
    });
    shown.collect()
}

fn held(network: &Network, situation: &Situation) -> Vec<Held> {
    let held = situation.holders.iter();
    held.map(|(vip, instance)| Held { vip: End::Vip(*vip).short(network), instance: network.short(*instance) })
        .collect()
}

struct Assembler<'a> {
    network: &'a Network,
    catalog: &'a Catalog,
    origins: &'a Origins,
    places: Places<'a>,
    /// The names of all instances.
    machines: BTreeSet<String>,
}

impl Assembler<'_> {
    /// One for each fate, shown by the first answer that has it.
    fn worlds(&self, decision: &Decision<Answer>, fates: &Decision<Fate>, from: Sender) -> Vec<WorldTrace> {
        let world = |arm: &twinrail_facts::Arm<Fate>| {
            let shown = decision.arms.iter().find(|shown| shown.answer.fate() == arm.answer);
            let shown = &shown.expect("every fate is that of an answer").answer;
            let branches = shown.verdict.iter().flat_map(|verdict| &verdict.branches);
            WorldTrace {
                when: if fates.arms.len() == 1 && fates.complete {
                    Vec::new()
                } else {
                    cite::conditions(self.catalog, fates, arm)
                },
                answer: word(&arm.answer).to_owned(),
                code: match arm.answer {
                    Fate::Dropped(code) => Some(code.word().to_owned()),
                    Fate::Delivered | Fate::Undecided(_) => None,
                },
                needs: shown.lacks.as_ref().map(|hole| Needs {
                    what: cite::hole(self.network, hole),
                    place: cite::place_of(hole).and_then(|place| self.places.place(place, "")),
                }),
                ways: self.ways(branches, from),
                facts: arm.reads.iter().map(|id| self.citation(*id)).collect(),
            }
        };
        fates.arms.iter().map(world).collect()
    }

    fn citation(&self, id: FactId) -> FactCitation {
        cite::citation(self.catalog, id)
    }

    /// Like ways as one; those that fail first, and among them in the order in which they were found.
    fn ways<'b>(&self, branches: impl Iterator<Item = &'b Branch>, from: Sender) -> Vec<Way> {
        let mut groups: Vec<(Likeness, bool, Way)> = Vec::new();
        for branch in branches {
            let likeness = self.likeness(branch);
            let leads_to = self.leads_to(branch, from);
            match groups.iter_mut().find(|(other, _, _)| *other == likeness) {
                Some((_, _, way)) => {
                    way.count += 1;
                    way.leads_to.extend(leads_to.filter(|name| !way.leads_to.contains(name)));
                }
                None => groups.push((likeness, branch.is_delivered(), self.way(branch, leads_to))),
            }
        }
        groups.sort_by_key(|(_, delivered, _)| *delivered);
        groups.into_iter().map(|(_, _, way)| way).collect()
    }

    fn way(&self, branch: &Branch, leads_to: Option<String>) -> Way {
        let replies = branch.replies.iter().map(|walk| self.leg(walk)).collect();
        Way { count: 1, leads_to: leads_to.into_iter().collect(), request: self.leg(&branch.request), replies }
    }

    fn leg(&self, walk: &Walk) -> Leg {
        let code = match walk.end {
            Outcome::Delivered(_) => None,
            Outcome::Dropped(code) => Some(code),
        };
        Leg {
            hops: walk.hops.iter().map(|found| hop(self.network, self.catalog, &self.places, found)).collect(),
            delivered: code.is_none(),
            end: self.end(walk),
            code: code.map(|code| code.word().to_owned()),
            meaning: code.map(|code| code.summary().to_owned()),
        }
    }

    fn end(&self, walk: &Walk) -> String {
        match walk.end {
            Outcome::Delivered(receiver) => self.receiver(receiver),
            Outcome::Dropped(code) => code.word().to_owned(),
        }
    }

    fn receiver(&self, receiver: Receiver) -> String {
        match receiver {
            Receiver::Nic(nic) => self.network.short(nic),
            Receiver::Itself => "the sending guest itself: the address is its own".to_owned(),
            Receiver::Clients(group) => format!("a machine of {}", self.network.short(group)),
            Receiver::Prober => "the health checks".to_owned(),
            Receiver::Internet => "the internet".to_owned(),
        }
    }

    /// Whom a way leads to: its receiver, or the machine that it was on its way to; nothing if it came to none.
    fn leads_to(&self, branch: &Branch, from: Sender) -> Option<String> {
        if let Outcome::Delivered(receiver) = branch.request.end {
            return Some(self.receiver(receiver));
        }
        let sender = from.short(self.network);
        let sender = sender.split(' ').next().unwrap_or(&sender);
        let named = branch.request.hops.iter().rev().flat_map(|hop| tokens(&hop.words));
        named
            .filter(|(word, is_name)| *is_name && *word != sender && self.machines.contains(*word))
            .map(|(word, _)| word.to_owned())
            .next()
    }

    /// A way without the names of machines, without addresses and without ranges of them.
    fn likeness(&self, branch: &Branch) -> Likeness {
        let leg = |walk: &Walk| {
            let hops =
                walk.hops.iter().map(|hop| (hop.stage, self.unnamed(&hop.words), hop.entity().map(EntityId::kind)));
            (hops.collect(), self.unnamed(&self.end(walk)))
        };
        std::iter::once(&branch.request).chain(&branch.replies).map(leg).collect()
    }

    fn unnamed(&self, text: &str) -> String {
        let is_address = |word: &str| word.split('/').next().is_some_and(|address| address.parse::<IpAddr>().is_ok());
        let is_one = |word: &str| self.machines.contains(word) || is_address(word);
        tokens(text).map(|(word, is_name)| if is_name && is_one(word) { "·" } else { word }).collect()
    }

    /// Whether what is edited comes from a model file; of what has no place, whether some input is one.
    fn is_of_model(&self, edit: &Edit) -> bool {
        let spot = edit.place().and_then(|place| self.places.spot(place));
        match spot {
            Some(spot) => self.origins.is_model(spot.source),
            None => self.origins.sources().any(|source| self.origins.is_model(source)),
        }
    }

    fn mends(&self, mending: &Mending) -> Mends {
        let mend = |edit: &Edit, when| Mend {
            kind: edit.kind().to_owned(),
            words: edit.words(self.network),
            write: edit.write(self.network, self.is_of_model(edit)),
            place: edit.place().and_then(|place| self.places.place(place, "")),
            when,
        };
        let offered = |offer: &Offer| {
            let delivered = offer.fates.arms.iter().find(|arm| arm.answer == Fate::Delivered);
            let delivered = delivered.expect("an edit is offered where it lets the packet pass");
            let is_certain = offer.fates.certain().is_some();
            let when = if is_certain { Vec::new() } else { cite::conditions(self.catalog, &offer.fates, delivered) };
            mend(&offer.edit, when)
        };
        Mends {
            tried: mending.tried,
            bound_hit: mending.bound_hit,
            kinds: twinrail_reach::EDITS.iter().map(|(kind, _)| (*kind).to_owned()).collect(),
            offers: mending.offers.iter().map(offered).collect(),
            partial: mending.partial.iter().map(offered).collect(),
            refused: mending
                .refused
                .iter()
                .map(|(edit, why)| RefusedMend {
                    kind: edit.kind().to_owned(),
                    words: edit.words(self.network),
                    why: why.clone(),
                })
                .collect(),
            together: mending.together.iter().map(|edit| mend(edit, Vec::new())).collect(),
        }
    }
}

/// One decision, with where it stands and the facts that were read for it.
pub(crate) fn hop(network: &Network, catalog: &Catalog, places: &Places<'_>, hop: &Hop) -> TraceHop {
    let entity = hop.entity();
    TraceHop {
        stage: stage(hop.stage).to_owned(),
        words: hop.words.clone(),
        kind: entity.map(|entity| entity.kind().to_owned()),
        entity: entity.map(|entity| network.name(entity).to_string()),
        place: hop.place.and_then(|place| places.place(place, &hop.words)),
        facts: hop.facts.iter().map(|id| cite::citation(catalog, *id)).collect(),
    }
}

/// What like ways have in common: of each leg its hops and its end, in words.
type Likeness = Vec<(Vec<(Stage, String, Option<&'static str>)>, String)>;

/// A text in its names and what stands between them, each with whether it is a name.
fn tokens(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':');
    let mut rest = text;
    std::iter::from_fn(move || {
        let is_name = is_part(rest.chars().next()?);
        let end = rest.find(|c| is_part(c) != is_name).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        rest = after;
        Some((token, is_name))
    })
}

/// The stage in one word.
fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Guest => "guest",
        Stage::SourceCheck => "source",
        Stage::EgressFirewall => "egress",
        Stage::Route => "route",
        Stage::Delivery => "delivery",
        Stage::IngressFirewall => "ingress",
        Stage::Receiver => "receiver",
    }
}
