//! `twinrail prove`: names, bounds and files of a proof, one mover after the other. Not here: what is proved, and how it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;

use clap::Parser as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use twinrail_facts::Catalog;
use twinrail_intake::Loaded;
use twinrail_model::{MoverKind, Network, Platform, VipPoolId};
use twinrail_report::{Proofs, Proved, TextOptions, Tried};
use twinrail_sim::prove::{Proof, Question, Verdict, prove as ask, threads};
use twinrail_sim::{Bounds, Fault, FaultClass, FaultSet, Order, Property, Scope, Step, Steps};

use crate::call::{Call, Command, PlainFormat, Prove};
use crate::check::{Understood, day, is_coloured, understand, write_file};
use crate::names::{known, movers, pools};
use crate::progress::Progress;
use crate::{Failure, Outcome, exit};

/// Where counterexamples were written to.
type Files = BTreeMap<(VipPoolId, MoverKind, Property), String>;

pub(crate) fn prove(call: &Prove) -> Outcome {
    let Understood { loaded, catalog, .. } = understand(&call.inputs, &call.facts, day(call.today.as_deref())?)?;
    let asked = asked(&loaded.network, call).map_err(Failure::World)?;
    call.save.as_deref().map(make).transpose()?;
    let proofs = proofs(&loaded.network, &catalog, &asked);
    let files = call.save.as_deref().map(|folder| save(&loaded.network, &proofs, folder)).transpose()?;
    let tried: Vec<Tried<'_>> = proofs.iter().map(|(pool, proofs)| Tried { pool: *pool, proofs }).collect();
    let file = |pool, mover, property| files.as_ref()?.get(&(pool, mover, property)).cloned();
    let proved = Proved { tried: &tried, bounds: asked.bounds, asked: &asked.movers, file: &file };
    let proofs = twinrail_report::proofs(&loaded, &catalog, &proved);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        PlainFormat::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
            twinrail_report::prove_text(&proofs, options, &mut out)?;
        }
        PlainFormat::Json => twinrail_report::prove_json(&proofs, &mut out)?,
    }
    out.flush()?;
    let fails = proofs.is_violated() || call.strict && proofs.is_open();
    Ok(if fails { exit::DENIED } else { exit::CLEAN })
}

/// Every pool and mover, as `prove` asks about them without options.
pub(crate) fn all(loaded: &Loaded, catalog: &Catalog) -> Proofs {
    // Read as a command line, so that the defaults stand in one place.
    let call = Call::try_parse_from(["twinrail", "prove", "-"]).expect("it is a call");
    let Command::Prove(call) = call.command else { unreachable!("it is that command") };
    let asked = asked(&loaded.network, &call).unwrap_or_else(|errors| panic!("the defaults are right: {errors:?}"));
    let proofs = proofs(&loaded.network, catalog, &asked);
    let tried: Vec<Tried<'_>> = proofs.iter().map(|(pool, proofs)| Tried { pool: *pool, proofs }).collect();
    let proved = Proved { tried: &tried, bounds: asked.bounds, asked: &[], file: &|_, _, _| None };
    twinrail_report::proofs(loaded, catalog, &proved)
}

/// What a call asks about.
pub(crate) struct Asked {
    pub pools: Vec<VipPoolId>,
    /// Movers that the call names; empty: all.
    pub movers: Vec<MoverKind>,
    pub scope: Scope,
    pub faults: FaultSet,
    pub at_most: BTreeMap<FaultClass, u8>,
    pub without: Option<Step>,
    pub bounds: Bounds,
}

/// Reads the names and figures of a call. All that are wrong are said at once.
fn asked(network: &Network, call: &Prove) -> Result<Asked, Vec<String>> {
    let mut errors = Vec::new();
    let movers = movers(&call.mover, &mut errors);
    let pools = pools(network, &call.pool, &mut errors);
    let asked_for = faults(call, &mut errors);
    let at_most = budgets(call, &mut errors);
    let without = call.without.as_ref().and_then(|text| {
        known(read::<Step>(text), ("--without", "step"), text, steps().into_iter().map(word), &mut errors)
    });
    if let Some(step) = without {
        errors.extend(not_taken(step, &movers));
    }
    let Prove { nodes, vips, controllers, faults, .. } = *call;
    let scope = Scope { nodes, vips, controllers, faults };
    errors.extend(scope.problem().map(|problem| format!("the scope is not possible: {problem}")));
    let bounds = Bounds {
        states: call.states,
        bytes: call.memory.saturating_mul(1 << 30),
        threads: call
            .threads
            .unwrap_or_else(|| threads(std::thread::available_parallelism().map_or(1, NonZeroUsize::get))),
        order: Order::Breadth,
        symmetry: true,
    };
    if errors.is_empty() {
        Ok(Asked { pools, movers, scope, faults: asked_for, at_most, without, bounds })
    } else {
        Err(errors)
    }
}

fn faults(call: &Prove, errors: &mut Vec<String>) -> FaultSet {
    if call.fault.is_empty() {
        return FaultSet::all();
    }
    let menu = || FaultSet::all().iter().map(word);
    let mut faults = FaultSet::empty();
    for text in &call.fault {
        faults.extend(known(read::<Fault>(text), ("--fault", "kind of fault"), text, menu(), errors));
    }
    faults
}

/// Reads `CLASS=N`.
fn budgets(call: &Prove, errors: &mut Vec<String>) -> BTreeMap<FaultClass, u8> {
    let classes = || FaultSet::all().iter().map(|fault| word(fault.class())).collect::<BTreeSet<String>>();
    let mut budgets = BTreeMap::new();
    for text in &call.at_most {
        let (class, most) = text.split_once('=').unwrap_or((text, ""));
        let Ok(most) = most.parse::<u8>() else {
            errors.push(format!("--at-most: `{text}` is no budget\n  hint: write it as in node=1"));
            continue;
        };
        let class =
            known(read::<FaultClass>(class), ("--at-most", "class of faults"), class, classes().into_iter(), errors);
        budgets.extend(class.map(|class| (class, most)));
    }
    budgets
}

/// The steps that some mover takes as it is known.
fn steps() -> Vec<Step> {
    let all = MoverKind::ALL.into_iter().flat_map(|mover| Steps::of(mover).0);
    let mut steps: Vec<Step> = all.collect();
    steps.sort_unstable();
    steps.dedup();
    steps
}

/// A step that none of the movers takes changes nothing when it is left out.
fn not_taken(step: Step, movers: &[MoverKind]) -> Option<String> {
    let movers = if movers.is_empty() { &MoverKind::ALL } else { movers };
    let taken = movers.iter().any(|mover| Steps::of(*mover).has(step));
    let takers: Vec<&str> =
        MoverKind::ALL.iter().filter(|mover| Steps::of(**mover).has(step)).map(|mover| mover.word()).collect();
    (!taken).then(|| {
        let hint = if takers.is_empty() { "no mover does".to_owned() } else { format!("{} do", takers.join(", ")) };
        format!("--without: none of these movers takes the step `{}`\n  hint: {hint}", word(step))
    })
}

/// The word of a fault or a step, as traces have it.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

/// Asks about every pool and mover, the one that the model names first.
pub(crate) fn proofs(network: &Network, catalog: &Catalog, asked: &Asked) -> Vec<(VipPoolId, Vec<Proof>)> {
    let platform = Platform::new(catalog);
    let at_work = Progress::new("looking at every state");
    let mut seen = 0;
    let pools = asked.pools.iter().map(|pool| {
        let named = network.vips[*pool].mover.kind;
        let mut movers: Vec<MoverKind> =
            if asked.movers.is_empty() { MoverKind::ALL.to_vec() } else { asked.movers.clone() };
        movers.sort_by_key(|mover| *mover != named);
        let proofs = movers.into_iter().map(|mover| {
            let Asked { scope, faults, without, bounds, .. } = *asked;
            let at_most = asked.at_most.clone();
            let question = Question { pool: *pool, mover, scope, faults, at_most, without, bounds };
            let proof =
                ask((network, &platform, catalog), question, &mut |progress| at_work.states(seen + progress.states));
            seen += proof.efforts.iter().map(|effort| effort.states).sum::<u64>();
            proof
        });
        (*pool, proofs.collect())
    });
    pools.collect()
}

/// The folder is made before anything is explored, so that a wrong name costs no time.
fn make(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::World(vec![format!("{}: cannot be made: {error}\n  hint: name a folder", folder.display())])
    })
}

/// Writes every counterexample to a folder.
fn save(network: &Network, proofs: &[(VipPoolId, Vec<Proof>)], folder: &Path) -> Result<Files, Failure> {
    let mut files = Files::new();
    for (pool, proofs) in proofs {
        let name = file_name(network, *pool);
        for proof in proofs {
            for (property, decision) in &proof.properties {
                let violated = decision.arms.iter().find_map(|arm| match &arm.answer {
                    Verdict::Violated(trace) => Some(trace),
                    _ => None,
                });
                let Some(trace) = violated else { continue };
                let mover = proof.question.mover;
                let path = folder.join(format!("{name}-{mover}-{}.json", property.code()));
                write_file(&path, |out| {
                    serde_json::to_writer_pretty(&mut *out, trace)?;
                    writeln!(out)
                })?;
                files.insert((*pool, mover, *property), path.display().to_string());
            }
        }
    }
    Ok(files)
}

/// The name of a pool without what no file should have; where that makes two alike, with a number.
fn file_name(network: &Network, pool: VipPoolId) -> String {
    let plain = |pool: VipPoolId| -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        network.short(pool).chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
    };
    let name = plain(pool);
    let before = network.vips.iter().map(|(other, _)| other).take_while(|other| *other != pool);
    match before.filter(|other| plain(*other) == name).count() {
        0 => name,
        more => format!("{name}.{}", more + 1),
    }
}
