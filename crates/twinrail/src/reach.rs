//! `twinrail reach`: all ordered pairs, and what a failure changes. Not here: what becomes of each packet.

use std::collections::BTreeSet;
use std::io::Write as _;

use twinrail_facts::Catalog;
use twinrail_intake::Loaded;
use twinrail_model::{Known, Network, Part, Platform, Situation};
use twinrail_reach::{Answer, Fate, Hop, Packet, Plane, answers, impacts, instances, matrix};
use twinrail_report::{Reachability, Seen, TextOptions};

use crate::call::{AfterOne, Reach, ReachFormat};
use crate::check::{Understood, day, is_coloured, understand};
use crate::progress::Progress;
use crate::{Failure, Outcome, exit};

pub(crate) fn reach(call: &Reach) -> Outcome {
    if call.after.is_some() && call.format == ReachFormat::Csv {
        let hint = "text and json do";
        return Err(Failure::World(vec![format!(
            "--after: csv has no place for what failures change\n  hint: {hint}"
        )]));
    }
    let Understood { loaded, catalog, .. } = understand(&call.inputs, &call.facts, day(call.today.as_deref())?)?;
    let at_work = Progress::new("following packets");
    let is_detailed = call.details || call.format == ReachFormat::Json;
    let reach = reachability(&loaded, &catalog, call.after, is_detailed);
    drop(at_work);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        ReachFormat::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
            twinrail_report::reach_text(&reach, options, &mut out)?;
        }
        ReachFormat::Json => twinrail_report::reach_json(&reach, &mut out)?,
        ReachFormat::Csv => {
            twinrail_report::reach_csv(&reach, &mut out)?;
            if reach.not_asked > 0 {
                // Lines of csv have no place for it.
                anstream::eprintln!("bound hit: nothing is said of {} more pairs", reach.not_asked);
            }
        }
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

/// Asks about all pairs. Looking for the decision that drops each witness takes longer, so that it is done where it is shown.
pub(crate) fn reachability(
    loaded: &Loaded,
    catalog: &Catalog,
    after: Option<AfterOne>,
    is_detailed: bool,
) -> Reachability {
    let platform = Platform::new(catalog);
    let plane = Plane::new(&loaded.network, &platform);
    let (whole, impacts) = match after {
        None => (matrix(&plane, catalog, &Situation::default()), None),
        Some(after) => {
            let pairs = after == AfterOne::AnyTwoInstances;
            let mut impacts = impacts(&plane, catalog, &parts(&loaded.network, after), pairs);
            (std::mem::take(&mut impacts.before), Some((word(after), impacts)))
        }
    };
    let seen = Seen {
        matrix: &whole,
        after: impacts.as_ref().map(|(failing, impacts)| (*failing, impacts)),
        dropped_by: &|packet| if is_detailed { dropped_by(&plane, catalog, packet) } else { None },
    };
    twinrail_report::reachability(loaded, catalog, &seen)
}

/// What fails, in words.
fn word(after: AfterOne) -> &'static str {
    match after {
        AfterOne::AnyOneInstance => "any one instance",
        AfterOne::AnyTwoInstances => "any one or two instances",
        AfterOne::AnyOneNic => "any one NIC",
        AfterOne::AnyOneZone => "any one zone",
    }
}

/// What can fail, in the order of the input's names.
fn parts(network: &Network, after: AfterOne) -> Vec<Part> {
    let described = network.instances.iter().filter(|(_, row)| !row.is_template && row.known == Known::Here);
    match after {
        AfterOne::AnyOneInstance | AfterOne::AnyTwoInstances => instances(network),
        AfterOne::AnyOneNic => {
            described.flat_map(|(_, row)| row.nics.peek().iter().map(|nic| Part::Nic(*nic))).collect()
        }
        AfterOne::AnyOneZone => {
            let zones: BTreeSet<String> = described.filter_map(|(_, row)| row.zone.peek().clone().ok()).collect();
            zones.into_iter().map(Part::Zone).collect()
        }
    }
}

/// The decision that drops a packet, in the first world in which it is dropped.
fn dropped_by(plane: &Plane<'_>, catalog: &Catalog, packet: &Packet) -> Option<Hop> {
    let decision = answers(plane, &Situation::default(), catalog, packet);
    let is_dropped = |answer: &Answer| matches!(answer.fate(), Fate::Dropped(_));
    let answer = decision.arms.iter().map(|arm| &arm.answer).find(|answer| is_dropped(answer))?;
    let (walk, _) = answer.verdict.as_ref()?.worst().dropped()?;
    walk.hops.last().cloned()
}
