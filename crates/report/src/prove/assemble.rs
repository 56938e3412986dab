//! From proofs to a value that can be printed: verdicts in every world, counterexamples as sequences, facts as citations. Not here: how it looks.

use std::collections::BTreeSet;

use serde::Serialize;
use twinrail_facts::{Catalog, Decision, FactId};
use twinrail_intake::Loaded;
use twinrail_model::{MoverKind, Network, VipPoolId};
use twinrail_sim::prove::{Effort, Proof, Verdict};
use twinrail_sim::{Bounds, Family, Fencing, Property, PropertySet, Setting, Stop, Trace};

use super::{
    Explored, MoverProof, PoolProof, ProofBounds, ProofEffort, ProofWorld, Proofs, PropertyPage, PropertyVerdict,
    RefusedIf, sequence,
};
use crate::{FactCitation, cite};

/// What was proved on one pool: of each mover that was asked about, in the order to be shown.
#[derive(Debug)]
pub struct Tried<'a> {
    pub pool: VipPoolId,
    pub proofs: &'a [Proof],
}

/// Everything that was proved, and how.
pub struct Proved<'a> {
    pub tried: &'a [Tried<'a>],
    pub bounds: Bounds,
    /// Movers that the call names.
    pub asked: &'a [MoverKind],
    /// Where the counterexample of a pool, a mover and a property was written to.
    pub file: &'a dyn Fn(VipPoolId, MoverKind, Property) -> Option<String>,
}

impl std::fmt::Debug for Proved<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proved").field("tried", &self.tried).finish_non_exhaustive()
    }
}

/// Makes a printable value of proofs.
pub fn proofs(loaded: &Loaded, catalog: &Catalog, proved: &Proved<'_>) -> Proofs {
    let assembler = Assembler { network: &loaded.network, catalog, proved };
    let all = || proved.tried.iter().flat_map(|tried| tried.proofs);
    let deciding: BTreeSet<FactId> = all().flat_map(Assembler::deciding).collect();
    let reads: BTreeSet<FactId> = all().flat_map(Assembler::reads).collect();
    Proofs {
        version: 1,
        tool: concat!("twinrail ", env!("CARGO_PKG_VERSION")).to_owned(),
        inputs: loaded.origins.sources().map(|source| loaded.origins.path(source).to_owned()).collect(),
        properties: PropertySet::all().iter().map(property_page).collect(),
        bounds: ProofBounds { states: proved.bounds.states, bytes: proved.bounds.bytes },
        pools: proved.tried.iter().map(|tried| assembler.pool(tried)).collect(),
        hangs_on: assembler.citations(deciding),
        facts: assembler.citations(reads),
    }
}

/// What a property says.
pub fn property_page(property: Property) -> PropertyPage {
    PropertyPage {
        code: property.code().to_owned(),
        title: property.title().to_owned(),
        meaning: property.meaning().to_owned(),
        twin: property.twin().to_owned(),
        faults: property.menu().iter().map(word).collect(),
    }
}

/// The word by which the command line and traces call a fault, a step or a fence.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

struct Assembler<'a> {
    network: &'a Network,
    catalog: &'a Catalog,
    proved: &'a Proved<'a>,
}

impl Assembler<'_> {
    fn pool(&self, tried: &Tried<'_>) -> PoolProof {
        let row = &self.network.vips[tried.pool];
        let cluster = &self.network.clusters[row.over];
        PoolProof {
            pool: self.network.short(tried.pool),
            cluster: self.network.short(row.over),
            all_vips: row.count,
            all_nodes: cluster.instances.len() as u64,
            mover: row.mover.kind.word().to_owned(),
            explored: explored(tried.proofs, cluster.service.fence.is_some()),
            movers: tried.proofs.iter().map(|proof| self.mover(proof)).collect(),
        }
    }

    fn mover(&self, proof: &Proof) -> MoverProof {
        let kind = proof.question.mover;
        let row = &self.network.vips[proof.question.pool];
        let reads: BTreeSet<FactId> = Self::reads(proof).collect();
        MoverProof {
            mover: kind.word().to_owned(),
            named: row.mover.kind == kind,
            asked: self.proved.asked.contains(&kind),
            refusal: proof.refusal.certain().cloned().flatten(),
            refused_if: self.refused_if(proof),
            one_vip: proof.setting.as_ref().is_some_and(|setting| {
                setting.scope.vips < proof.question.scope.vips && u64::from(setting.scope.vips) < row.count
            }),
            verdicts: proof
                .properties
                .iter()
                .map(|(property, decision)| self.verdict(proof, *property, decision))
                .collect(),
            efforts: proof.efforts.iter().map(effort).collect(),
            facts: self.citations(reads),
        }
    }

    fn refused_if(&self, proof: &Proof) -> Vec<RefusedIf> {
        if proof.refusal.certain().is_some() {
            return Vec::new();
        }
        let refused = proof.refusal.arms.iter().filter_map(|arm| {
            let when = cite::conditions(self.catalog, &proof.refusal, arm);
            arm.answer.clone().map(|refusal| RefusedIf { when, refusal })
        });
        refused.collect()
    }

    fn verdict(&self, proof: &Proof, property: Property, decision: &Decision<Verdict>) -> PropertyVerdict {
        // Counterexamples may differ between worlds in which the property is violated all the same.
        let verdicts = decision.coarsen(kind);
        let whole = match (verdicts.certain(), verdicts.complete) {
            (Some(verdict), _) => (*verdict).to_owned(),
            (None, true) => "depends".to_owned(),
            (None, false) => "bound-hit".to_owned(),
        };
        let world = |arm: &twinrail_facts::Arm<&'static str>| {
            let is_certain = verdicts.certain().is_some();
            let when = if is_certain { Vec::new() } else { cite::conditions(self.catalog, &verdicts, arm) };
            // Of several ways the one that tells more than that the platform refuses everything.
            let mut like = decision.arms.iter().map(|arm| &arm.answer).filter(|answer| kind(answer) == arm.answer);
            let tells = |answer: &&Verdict| match answer {
                Verdict::Violated(trace) => trace.setting.refusal.is_none(),
                _ => true,
            };
            let first = like.clone().find(tells).or_else(|| like.next());
            let (why, trace) = match first {
                Some(Verdict::Absent(why)) => (Some((*why).to_owned()), None),
                Some(Verdict::Undecided(hole)) => (Some(cite::hole(self.network, hole)), None),
                Some(Verdict::Violated(trace)) => (None, Some(trace.as_ref())),
                _ => (None, None),
            };
            let file = trace.and_then(|_| (self.proved.file)(proof.question.pool, proof.question.mover, property));
            ProofWorld { when, verdict: arm.answer.to_owned(), why, counterexample: trace.map(told), file }
        };
        let worlds = verdicts.arms.iter().map(world).collect();
        PropertyVerdict { property: property.code().to_owned(), verdict: whole, worlds }
    }

    fn citations(&self, facts: BTreeSet<FactId>) -> Vec<FactCitation> {
        facts.into_iter().map(|id| cite::citation(self.catalog, id)).collect()
    }

    fn deciding(proof: &Proof) -> Vec<FactId> {
        proof.properties.iter().flat_map(|(_, decision)| decision.coarsen(kind).deciding).collect()
    }

    fn reads(proof: &Proof) -> impl Iterator<Item = FactId> {
        proof.properties.iter().flat_map(|(_, decision)| &decision.arms).flat_map(|arm| arm.reads.iter().copied())
    }
}

fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Proved => "proved",
        Verdict::Vacuous => "vacuous",
        Verdict::Violated(_) => "violated",
        Verdict::Bound => "bound-hit",
        Verdict::Absent(_) => "absent",
        Verdict::Undecided(_) => "undecided",
    }
}

/// A counterexample as the explorer found it.
fn told(trace: &Trace) -> super::Sequence {
    let states =
        trace.replay().unwrap_or_else(|error| panic!("a counterexample can be followed: {error:?}: {trace:?}"));
    sequence(trace, &states)
}

fn effort(effort: &Effort) -> ProofEffort {
    ProofEffort {
        faults: effort.faults.iter().map(word).collect(),
        states: effort.states,
        full_states: effort.full_states,
        depth: effort.depth,
        bytes: effort.bytes,
        bits: effort.bits,
        bound_hit: effort.stop == Stop::Bound,
    }
}

/// Whether addresses are reserved, in all worlds or in some.
fn reserved(proof: &Proof) -> String {
    match proof.reserved.certain() {
        Some(true) => "yes",
        Some(false) => "no",
        None => "depends",
    }
    .to_owned()
}

/// What all movers are explored on; whether addresses are reserved only matters to those that move an address that may be free.
fn explored(proofs: &[Proof], fence_given: bool) -> Option<Explored> {
    let proof = proofs.first()?;
    let settings = proofs.iter().filter_map(|proof| proof.setting.as_ref());
    let most = settings.clone().map(|setting| setting.scope.vips).max()?;
    let setting = settings.clone().find(|setting| setting.scope.vips == most)?;
    let frees = |setting: &&Setting| matches!(setting.family(), Family::Alias | Family::Group);
    let reserved =
        proofs.iter().find(|proof| proof.setting.as_ref().is_some_and(|setting| frees(&setting))).map(reserved);
    let fence = match setting.fencing {
        Fencing::Nothing if fence_given => "none".to_owned(),
        Fencing::Nothing => "none, as none is given".to_owned(),
        fencing => word(fencing),
    };
    Some(Explored {
        nodes: setting.scope.nodes,
        vips: setting.scope.vips,
        controllers: setting.scope.controllers,
        faults: setting.scope.faults,
        at_most: setting.at_most.iter().map(|(class, most)| format!("{most} of {}", word(class))).collect(),
        fence,
        reserved,
        repaired: setting.repaired && setting.family() != Family::Group,
        without: proof.question.without.map(word),
    })
}
