//! `twinrail reach`: all ordered pairs, and what a failure changes. Not here: what becomes of each packet.

use std::collections::BTreeSet;
use std::io::Write as _;

use twinrail_facts::Catalog;
use twinrail_model::{Failing, Known, Network, Part, Platform, Situation};
use twinrail_reach::{Answer, Fate, Hop, Matrix, Packet, Plane, answers, matrix};
use twinrail_report::{Seen, TextOptions};

use crate::call::{AfterOne, Reach, ReachFormat};
use crate::check::{Understood, day, is_coloured, understand};
use crate::progress::Progress;
use crate::{Failure, Outcome, exit};

/// At most so many parts are taken down, one after the other.
const MOST: usize = 256;

pub(crate) fn reach(call: &Reach) -> Outcome {
    if call.after.is_some() && call.format == ReachFormat::Csv {
        let hint = "text and json do";
        return Err(Failure::World(vec![format!("--after: csv has no place for what failures change\n  hint: {hint}")]));
    }
    let Understood { loaded, catalog, .. } = understand(&call.inputs, &call.facts, day(call.today.as_deref())?)?;
    let platform = Platform::new(&catalog);
    let plane = Plane::new(&loaded.network, &platform);
    let whole = matrix(&plane, &catalog, &Situation::default());
    let failures = call.after.map(|after| {
        let failing = failing(after);
        let parts = parts(&loaded.network, failing);
        let not_tried = parts.len().saturating_sub(MOST);
        (failing, after_each(&plane, &catalog, parts), not_tried)
    });
    let is_detailed = call.details || call.format == ReachFormat::Json;
    let seen = Seen {
        matrix: &whole,
        after: failures.as_ref().map(|(failing, after, not_tried)| (*failing, after.as_slice(), *not_tried)),
        dropped_by: &|packet| if is_detailed { dropped_by(&plane, &catalog, packet) } else { None },
    };
    let reach = twinrail_report::reachability(&loaded, &catalog, &seen);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        ReachFormat::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
            twinrail_report::reach_text(&reach, options, &mut out)?;
        }
        ReachFormat::Json => twinrail_report::reach_json(&reach, &mut out)?,
        ReachFormat::Csv => twinrail_report::reach_csv(&reach, &mut out)?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

fn failing(after: AfterOne) -> Failing {
    match after {
        AfterOne::AnyOneInstance => Failing::Instance,
        AfterOne::AnyOneNic => Failing::Nic,
        AfterOne::AnyOneZone => Failing::Zone,
    }
}

/// What can fail, in the order of the input's names.
fn parts(network: &Network, failing: Failing) -> Vec<Part> {
    let running = network.instances.iter().filter(|(_, row)| !row.is_template && row.known == Known::Here);
    match failing {
        Failing::Nic => running.flat_map(|(_, row)| row.nics.peek().iter().map(|nic| Part::Nic(*nic))).collect(),
        Failing::Zone => {
            let zones: BTreeSet<String> = running.filter_map(|(_, row)| row.zone.peek().clone().ok()).collect();
            zones.into_iter().map(Part::Zone).collect()
        }
        _ => running.map(|(id, _)| Part::Instance(id)).collect(),
    }
}

/// The matrix after each of the first parts fails.
fn after_each(plane: &Plane<'_>, catalog: &Catalog, parts: Vec<Part>) -> Vec<(Part, Matrix)> {
    let all = parts.len().min(MOST);
    let mut progress = Progress::new("failures");
    let mut after = Vec::with_capacity(all);
    for (done, part) in parts.into_iter().take(MOST).enumerate() {
        progress.show(done, all);
        let situation = Situation::after([part.clone()]);
        after.push((part, matrix(plane, catalog, &situation)));
    }
    after
}

/// The decision that drops a packet, in the first world in which it is dropped.
fn dropped_by(plane: &Plane<'_>, catalog: &Catalog, packet: &Packet) -> Option<Hop> {
    let decision = answers(plane, &Situation::default(), catalog, packet);
    let is_dropped = |answer: &Answer| matches!(answer.fate(), Fate::Dropped(_));
    let answer = decision.arms.iter().map(|arm| &arm.answer).find(|answer| is_dropped(answer))?;
    let (walk, _) = answer.verdict.as_ref()?.worst().dropped()?;
    walk.hops.last().cloned()
}
