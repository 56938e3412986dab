//! `twinrail replay`: a counterexample from its file, followed again. Not here: what its events do, and how they are told.

use std::io::Write as _;

use serde_json::Value;
use twinrail_report::TextOptions;
use twinrail_sim::{Trace, TraceError};

use crate::call::Replay;
use crate::check::is_coloured;
use crate::files::read;
use crate::{Failure, Outcome, exit};

/// Far more events than a counterexample has: what is longer was not written by this program, and nobody would read it.
const MOST_EVENTS: usize = 10_000;

pub(crate) fn replay(call: &Replay) -> Outcome {
    let input = read(&call.file)?;
    let trace = parse(&input.text).map_err(|problem| {
        let hint = "`twinrail prove --save DIR` writes such files";
        Failure::World(vec![format!("{}: {problem}\n  hint: {hint}", input.path)])
    })?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (code, title) = (trace.property.code(), trace.property.title());
    let states = match trace.replay() {
        Ok(states) => states,
        Err(error @ (TraceError::NotPending(..) | TraceError::NotViolated)) => {
            writeln!(out, "not reproduced: {code} {title}: {error}")?;
            out.flush()?;
            return Ok(exit::DENIED);
        }
        Err(error) => return Err(Failure::World(vec![format!("{}: {error}", input.path)])),
    };
    let sequence = twinrail_report::sequence(&trace, &states);
    let options = TextOptions { color: is_coloured(call.color), details: false, coverage: false };
    writeln!(out, "{} {code} {title}", sequence.mover)?;
    writeln!(out, "{}", twinrail_report::circumstances(&trace.setting))?;
    twinrail_report::sequence_text(&sequence, options, &mut out)?;
    writeln!(out, "reproduced: {code} is violated after {} events", trace.events.len())?;
    out.flush()?;
    Ok(exit::CLEAN)
}

/// Reads a counterexample, or says why it is none.
fn parse(text: &str) -> Result<Trace, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
    match value.get("twinrail_trace").map(Value::as_u64) {
        None => return Err("is no counterexample: it has no `twinrail_trace`".to_owned()),
        Some(Some(1)) => {}
        Some(_) => {
            let form = &value["twinrail_trace"];
            return Err(format!("is a counterexample of form {form}, and this program reads form 1"));
        }
    }
    let events = value.get("events").and_then(Value::as_array).map_or(0, Vec::len);
    if events > MOST_EVENTS {
        return Err(format!("has {events} events, and no counterexample has more than {MOST_EVENTS}"));
    }
    serde_json::from_str(text).map_err(|error| format!("is no counterexample: {error}"))
}
