//! Facts as text: a line each, or a page for one.

use std::io::{self, Write};

use twinrail_facts::{Catalog, Fact};

/// Writes one line a fact: id, status, values.
pub fn fact_lines<'f>(facts: impl Iterator<Item = &'f Fact>, out: &mut dyn Write) -> io::Result<()> {
    let facts: Vec<&Fact> = facts.collect();
    let width = facts.iter().map(|fact| fact.id.len()).max().unwrap_or(0);
    for fact in &facts {
        writeln!(out, "{:width$}  {:12}  {}", fact.id, fact.status, values(fact))?;
    }
    writeln!(out, "{} facts", facts.len())
}

/// Writes everything that the catalog holds of one fact.
pub fn fact_page(fact: &Fact, catalog: &Catalog, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n\n  {}\n", fact.id, fact.question)?;
    writeln!(out, "  status  {}, {}", fact.status, fact.date)?;
    writeln!(out, "  unit    {}", fact.unit.word())?;
    let total: f64 = fact.values.iter().map(|possible| possible.weight).sum();
    for possible in &fact.values {
        write!(out, "  value   {}", possible.value)?;
        if fact.is_open() {
            write!(out, "  (weight {:.2})", possible.weight / total)?;
        }
        if let Some(why) = &possible.why {
            write!(out, ": {why}")?;
        }
        if !possible.sources.is_empty() {
            write!(out, " [{}]", possible.sources.join(", "))?;
        }
        writeln!(out)?;
    }
    let equal = fact.values.iter().all(|possible| possible.weight.total_cmp(&fact.values[0].weight).is_eq());
    if fact.is_open() && equal {
        writeln!(out, "          the weights are equal: nothing is known that would favour one")?;
    }
    if let Some(range) = fact.range {
        writeln!(out, "  range   the truth is believed to lie within {range} the value")?;
    }
    let texts = [
        ("feature", &fact.feature),
        ("note", &fact.note),
        ("sought", &fact.sought),
        ("setting", &fact.setting),
        ("ref", &fact.reference),
    ];
    // What an override says of the setting is its note.
    let repeated = fact.setting.is_some() && fact.setting == fact.note;
    for (label, text) in texts {
        if let Some(text) = text.as_ref().filter(|_| !(repeated && label == "note")) {
            writeln!(out, "  {label:7} {text}")?;
        }
    }
    for key in &fact.sources {
        match catalog.source(key) {
            Some(source) => writeln!(
                out,
                "  source  {key}: {}\n          {}\n          dated {}; read {}",
                source.title, source.url, source.dated, source.read
            )?,
            None => writeln!(out, "  source  {key}")?,
        }
    }
    Ok(())
}

fn values(fact: &Fact) -> String {
    let values: Vec<String> = fact.values.iter().map(|possible| possible.value.to_string()).collect();
    format!("{} {}", values.join(" or "), unit(fact)).trim_end().to_owned()
}

fn unit(fact: &Fact) -> &str {
    match fact.unit.word() {
        "bool" | "choice" | "names" | "cidrs" | "delay" => "",
        unit => unit,
    }
}
