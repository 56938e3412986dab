//! `twinrail facts`.

use std::io::Write;

use serde_json::json;
use twinrail_facts::{Catalog, Date, Fact, Override, Status};

use crate::call::{Facts, PlainFormat, StatusName};
use crate::{Failure, Outcome, exit, files};

pub(crate) fn facts(call: &Facts) -> Outcome {
    let catalog = catalog(call)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let exact = call.id.as_deref().and_then(|id| catalog.find(id)).map(|id| catalog.fact(id));
    if let Some(fact) = exact {
        match call.format {
            PlainFormat::Text => twinrail_report::fact_page(fact, &catalog, &mut out)?,
            PlainFormat::Json => writeln!(out, "{:#}", as_json(fact))?,
        }
        out.flush()?;
        return Ok(exit::CLEAN);
    }
    let wanted: Vec<Status> = call.status.iter().map(|name| status(*name)).collect();
    let part = call.id.as_deref().unwrap_or_default();
    let found: Vec<&Fact> = catalog
        .facts()
        .map(|(_, fact)| fact)
        .filter(|fact| fact.id.contains(part))
        .filter(|fact| wanted.is_empty() || wanted.contains(&fact.status))
        .filter(|fact| !call.open || fact.is_open())
        .collect();
    if found.is_empty() {
        return Err(Failure::World(vec![format!("no fact fits `{part}`; `twinrail facts` lists all")]));
    }
    match call.format {
        PlainFormat::Text => twinrail_report::fact_lines(found.into_iter(), &mut out)?,
        PlainFormat::Json => writeln!(out, "{:#}", found.into_iter().map(as_json).collect::<serde_json::Value>())?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

fn catalog(call: &Facts) -> Result<Catalog, Failure> {
    let mut catalog = Catalog::embedded().clone();
    let mut errors = Vec::new();
    for path in &call.facts {
        let input = files::read(path)?;
        let overrides: Vec<Override> = twinrail_intake::read_facts(&input)
            .map_err(|errors| files::failure(&errors, std::slice::from_ref(&input)))?;
        for over in overrides {
            // Listing shows what the file says, whether or not it has expired.
            let always = Date { year: 0, month: 1, day: 1 };
            let applied = catalog.apply(&over, always);
            errors.extend(applied.err().map(|error| format!("{}: {error}", input.path)));
        }
    }
    if errors.is_empty() { Ok(catalog) } else { Err(Failure::World(errors)) }
}

fn as_json(fact: &Fact) -> serde_json::Value {
    let values: Vec<serde_json::Value> = fact
        .values
        .iter()
        .map(|possible| json!({ "value": possible.value, "weight": possible.weight, "why": possible.why, "sources": possible.sources }))
        .collect();
    json!({
        "id": fact.id,
        "question": fact.question,
        "unit": fact.unit.word(),
        "status": fact.status,
        "values": values,
        "range": fact.range,
        "sources": fact.sources,
        "date": fact.date,
        "note": fact.note,
        "sought": fact.sought,
        "setting": fact.setting,
        "feature": fact.feature,
        "ref": fact.reference,
    })
}

fn status(name: StatusName) -> Status {
    match name {
        StatusName::Documented => Status::Documented,
        StatusName::Reported => Status::Reported,
        StatusName::Observed => Status::Observed,
        StatusName::Confirmed => Status::Confirmed,
        StatusName::Assumed => Status::Assumed,
        StatusName::Conflicting => Status::Conflicting,
        StatusName::Unknown => Status::Unknown,
    }
}
