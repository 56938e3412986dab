//! `twinrail trace`: one packet, from names on the command line to its way. Not here: what becomes of it.

use std::io::Write as _;

use twinrail_model::{InstanceId, Network, Platform, Situation, Vip};
use twinrail_reach::name::{self, Meant, NameError};
use twinrail_reach::{End, Packet, Plane, Sender, answers, mend};
use twinrail_report::{TextOptions, Traced};

use crate::call::{PlainFormat, Trace};
use crate::check::{Understood, day, is_coloured, understand};
use crate::progress::Progress;
use crate::{Failure, Outcome, exit};

pub(crate) fn trace(call: &Trace) -> Outcome {
    let Understood { loaded, catalog, .. } = understand(&call.inputs, &call.facts, day(call.today.as_deref())?)?;
    let Asked { packet, choices, situation } = asked(&loaded.network, call).map_err(Failure::World)?;
    let platform = Platform::new(&catalog);
    let plane = Plane::new(&loaded.network, &platform);
    let at_work = Progress::new("following packets");
    let decision = answers(&plane, &situation, &catalog, &packet);
    let mending = mend(&plane, &situation, &catalog, &packet, &decision);
    drop(at_work);
    let traced = Traced {
        packet: &packet,
        situation: &situation,
        choices: (choices.0.as_deref(), choices.1.as_deref()),
        decision: &decision,
        mending: mending.as_ref(),
    };
    let trace = twinrail_report::trace(&loaded, &catalog, &traced);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        PlainFormat::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
            twinrail_report::trace_text(&trace, options, &mut out)?;
        }
        PlainFormat::Json => twinrail_report::trace_json(&trace, &mut out)?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

/// What a call asks about.
struct Asked {
    packet: Packet,
    /// What was chosen for the sender and for the end.
    choices: (Option<String>, Option<String>),
    situation: Situation,
}

/// Reads the names of a call. All that are wrong are said at once.
fn asked(network: &Network, call: &Trace) -> Result<Asked, Vec<String>> {
    let mut errors = Vec::new();
    let traffic = told(name::traffic(&call.port), "--port", &mut errors);
    let sender = traffic.and_then(|traffic| told(name::sender(network, &call.from, traffic), "--from", &mut errors));
    let end: Option<Meant<End>> = match (traffic, &sender) {
        (Some(traffic), Some(Meant { it, .. })) => {
            told(name::end(network, &call.to, traffic, *it), "--to", &mut errors)
        }
        // A sender whose name is wrong is nobody: the other name is still worth looking at.
        (Some(traffic), None) => {
            let nobody = Sender::Internet(std::net::Ipv4Addr::UNSPECIFIED.into());
            told(name::end(network, &call.to, traffic, nobody), "--to", &mut errors)
        }
        (None, _) => None,
    };
    let mut situation = Situation::default();
    for text in &call.down {
        situation.down.extend(told(name::part(network, text), "--down", &mut errors));
    }
    let mut held = Vec::new();
    for text in &call.holder {
        held.extend(told(name::holder(network, text), "--holder", &mut errors).unwrap_or_default());
    }
    errors.extend(contradiction(network, &held));
    situation.holders.extend(held);
    match (traffic, sender, end) {
        (Some(traffic), Some(from), Some(to)) if errors.is_empty() => {
            let packet = Packet { from: from.it, to: to.it, traffic };
            if told(name::probed(network, &packet), "--from", &mut errors).is_none() {
                return Err(errors);
            }
            Ok(Asked { packet, choices: (from.choice, to.choice), situation })
        }
        _ => Err(errors),
    }
}

/// A VIP that two are said to hold.
fn contradiction(network: &Network, held: &[(Vip, InstanceId)]) -> Option<String> {
    let mut known = std::collections::BTreeMap::new();
    held.iter().find_map(|(vip, instance)| {
        let first = *known.entry(*vip).or_insert(*instance);
        let [one, other] = [first, *instance].map(|id| network.short(id));
        (first != *instance)
            .then(|| format!("--holder: {} is said to be with {one} and with {other}", End::Vip(*vip).short(network)))
    })
}

/// What was read; what is wrong with it joins the errors, with the option it came from.
fn told<T>(read: Result<T, NameError>, option: &str, errors: &mut Vec<String>) -> Option<T> {
    read.map_err(|error| errors.push(format!("{option}: {}", error.lines()))).ok()
}
