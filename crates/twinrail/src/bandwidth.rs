//! `twinrail bandwidth`: what clients get under each condition, and intents on it. Not here: the shares, and how they are told.

use std::io::Write as _;

use twinrail_facts::{Catalog, Decision};
use twinrail_intake::Loaded;
use twinrail_model::{Ask, Field, Network, Place, Platform};
use twinrail_report::{Bandwidth, TextOptions};
use twinrail_sizing::bandwidth::{Input, Judgement, Wish, judge, study};

use crate::call::{self, PlainFormat};
use crate::check::{Understood, day, is_coloured, understand};
use crate::{Outcome, exit};

pub(crate) fn bandwidth(call: &call::Bandwidth) -> Outcome {
    let Understood { loaded, catalog, expired } = understand(&call.inputs, &call.facts, day(call.today.as_deref())?)?;
    for over in &expired {
        anstream::eprintln!("warning: what is said of `{}` has expired, and is not used", over.id);
    }
    let value = value(&loaded, &catalog);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        PlainFormat::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
            twinrail_report::bandwidth_text(&value, options, &mut out)?;
        }
        PlainFormat::Json => twinrail_report::bandwidth_json(&value, &mut out)?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

/// Looks at every condition, and judges every intent.
pub(crate) fn value(loaded: &Loaded, catalog: &Catalog) -> Bandwidth {
    let network = &loaded.network;
    let platform = Platform::new(catalog);
    let input = Input { network, platform: &platform, catalog };
    let studies = network.load.workload.as_ref().map(|workload| study(input, workload));
    let judged = judged(network, catalog, &platform);
    twinrail_report::bandwidth(loaded, catalog, studies.as_ref(), &judged)
}

/// Intents on bandwidth alone, as `check` wants them.
pub(crate) fn intents(loaded: &Loaded, catalog: &Catalog) -> Bandwidth {
    let judged = judged(&loaded.network, catalog, &Platform::new(catalog));
    twinrail_report::bandwidth(loaded, catalog, None, &judged)
}

/// Each intent on bandwidth, judged in every world that matters to it.
fn judged<'n>(
    network: &'n Network,
    catalog: &Catalog,
    platform: &Platform,
) -> Vec<(&'n str, Decision<Field<Judgement>>)> {
    let wishes = network.intents.iter().filter_map(|(id, intent)| match intent.ask {
        Ask::Bandwidth { transfer, of, at_least, after } => Some((id, intent, Wish { transfer, of, at_least, after })),
        Ask::Reach { .. } | Ask::Outage { .. } => None,
    });
    let judged = wishes.map(|(id, intent, wish)| {
        (intent.text.as_str(), judge(Input { network, platform, catalog }, &wish, Place::from(id)))
    });
    judged.collect()
}
