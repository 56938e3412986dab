//! From the text of the catalog's files to facts. A fact that lacks a question, a unit, a status, a source or a date is an error here,
//! so that none can be added without them. Not here: which files there are, and overrides.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::catalog::{Catalog, Machine, Profile, Source};
use crate::delay::Delay;
use crate::fact::{Date, Fact, FactId, Possible, Status, Unit, Value};
use crate::range::Range;

/// One file of the catalog, any of its kinds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    fact: Vec<RawFact>,
    profile: Option<Profile>,
    #[serde(default)]
    fields: BTreeMap<String, RawField>,
    #[serde(default)]
    series: Vec<RawRow>,
    #[serde(default)]
    machine: Vec<RawRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawFact {
    id: String,
    question: String,
    unit: String,
    feature: Option<String>,
    #[serde(flatten)]
    answer: RawAnswer,
}

/// What a fact, or a field of a machine, says. `deny_unknown_fields` cannot see through `flatten`, so the rest is collected and refused by hand.
#[derive(Deserialize, Clone, Default)]
#[serde(rename_all = "kebab-case")]
struct RawAnswer {
    status: Option<Status>,
    value: Option<Json>,
    values: Option<Vec<RawPossible>>,
    /// Read by hand, so that the words of its rule are not lost in what `flatten` makes of them.
    range: Option<Json>,
    sources: Option<Vec<String>>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    read: Option<Date>,
    note: Option<String>,
    why: Option<String>,
    sought: Option<String>,
    setting: Option<String>,
    settle: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, Json>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct RawPossible {
    value: Json,
    weight: Option<f64>,
    why: Option<String>,
    #[serde(default)]
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    question: String,
    unit: String,
}

/// A machine or a series: the row's defaults and its fields.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawRow {
    name: String,
    series: Option<String>,
    title: Option<String>,
    status: Option<Status>,
    sources: Option<Vec<String>>,
    read: Option<Date>,
    note: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    #[serde(flatten)]
    fields: BTreeMap<String, Json>,
}

pub(crate) fn catalog(files: &[(&str, &str)]) -> Result<Catalog, String> {
    let mut catalog = Catalog::empty();
    for (name, text) in files.iter().filter(|(name, _)| name.starts_with("sources/")) {
        let sources: BTreeMap<String, Source> = toml::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        for (key, source) in sources {
            if catalog.sources.insert(key.clone(), source).is_some() {
                return Err(format!("{name}: the source `{key}` stands twice"));
            }
        }
    }
    let mut single = Vec::new();
    let mut rows = Rows::default();
    for (name, text) in files.iter().filter(|(name, _)| !name.starts_with("sources/")) {
        let file: File = toml::from_str(text).map_err(|error| format!("{name}: {error}"))?;
        let within = |error: String| format!("{name}: {error}");
        for raw in file.fact {
            single.push(raw.fact(&catalog.sources).map_err(within)?);
        }
        catalog.profiles.extend(file.profile);
        rows.fields.extend(file.fields);
        rows.series.extend(file.series);
        rows.machines.extend(file.machine);
    }
    single.sort_by(|a, b| a.id.cmp(&b.id));
    for fact in single {
        catalog.add(fact)?;
    }
    rows.expand(&mut catalog)?;
    Ok(catalog)
}

impl RawFact {
    fn fact(self, sources: &BTreeMap<String, Source>) -> Result<Fact, String> {
        let id = self.id.clone();
        let mut fact = fact(self.id, self.question, Unit::parse(&self.unit), self.answer, sources)
            .map_err(|error| format!("{id}: {error}"))?;
        fact.feature = self.feature;
        Ok(fact)
    }
}

fn fact(
    id: String,
    question: String,
    unit: Unit,
    answer: RawAnswer,
    known: &BTreeMap<String, Source>,
) -> Result<Fact, String> {
    if let Some(field) = answer.rest.keys().next() {
        return Err(format!("unknown field `{field}`"));
    }
    if !id.contains('.') || !question.ends_with('?') {
        return Err("an id is `subject.name` and a question ends with a question mark".to_owned());
    }
    let status = answer.status.ok_or("no status")?;
    let values = possible(&unit, answer.value, answer.values, answer.why)?;
    let range = answer.range.map(|range| {
        let range: Range = serde_json::from_value(range).map_err(|error| format!("range: {error}"))?;
        Range::misfit(&unit, status).map_or(Ok(range), Err)
    });
    let range = range.transpose()?;
    let sources = answer.sources.unwrap_or_default();
    let cited = sources.iter().chain(values.iter().flat_map(|value| &value.sources));
    let mut date = answer.read;
    for key in cited {
        let source = known.get(key).ok_or_else(|| format!("unknown source `{key}`"))?;
        date = date.max(Some(source.read));
    }
    let open = values.len() > 1;
    match status {
        Status::Conflicting if !open || values.iter().any(|value| value.sources.is_empty()) => {
            return Err("a conflicting fact has several values, each with its sources".to_owned());
        }
        Status::Unknown if !open || answer.sought.is_none() => {
            return Err("an unknown fact has several plausible values, and says where it was sought".to_owned());
        }
        Status::Observed if answer.setting.is_none() => return Err("an observed fact names its setting".to_owned()),
        Status::Confirmed => return Err("only an override is confirmed".to_owned()),
        _ if sources.is_empty() => return Err("no source".to_owned()),
        _ => {}
    }
    Ok(Fact {
        id,
        question,
        unit,
        status,
        values,
        range,
        date: date.ok_or("no source, so no date")?,
        sources,
        note: answer.note,
        sought: answer.sought,
        setting: answer.setting,
        reference: answer.reference,
        settle: answer.settle,
        asked: None,
        feature: None,
    })
}

fn possible(
    unit: &Unit,
    value: Option<Json>,
    values: Option<Vec<RawPossible>>,
    why: Option<String>,
) -> Result<Vec<Possible>, String> {
    let raw = match (value, values) {
        (Some(value), None) => vec![RawPossible { value, weight: None, why, sources: Vec::new() }],
        (None, Some(values)) if !values.is_empty() => values,
        _ => return Err("a fact has either `value` or `values`".to_owned()),
    };
    let mut possible: Vec<Possible> = Vec::with_capacity(raw.len());
    for raw in raw {
        let value = unit.value(&raw.value)?;
        if possible.iter().any(|other| other.value == value) {
            return Err(format!("the value `{value}` stands twice"));
        }
        let weight = raw.weight.unwrap_or(1.0);
        if !(weight > 0.0 && weight.is_finite()) {
            return Err(format!("`{weight}` is no weight"));
        }
        possible.push(Possible { value, weight, why: raw.why, sources: raw.sources });
    }
    Ok(possible)
}

impl Unit {
    /// Reads a value of this unit.
    pub(crate) fn value(&self, json: &Json) -> Result<Value, String> {
        let wrong = || format!("`{}` is not a value of the unit `{}`", shortened(json), self.word());
        Ok(match self {
            Self::Bool => Value::Bool(json.as_bool().ok_or_else(wrong)?),
            Self::Choice => Value::Choice(json.as_str().ok_or_else(wrong)?.to_owned()),
            Self::Names => Value::Names(strings(json).ok_or_else(wrong)?),
            Self::Cidrs => {
                let ranges: Option<Vec<IpNet>> =
                    strings(json).and_then(|ranges| ranges.iter().map(|range| range.parse().ok()).collect());
                Value::Cidrs(ranges.ok_or_else(wrong)?)
            }
            Self::Delay => {
                let delay: Delay =
                    serde_json::from_value(json.clone()).map_err(|error| format!("{}: {error}", wrong()))?;
                Value::Delay(delay)
            }
            // Rates, ratios, times and prices: less than nothing is none of them.
            Self::Number(_) => {
                let number = json.as_f64().filter(|number| number.is_finite() && *number >= 0.0);
                Value::Number(number.ok_or_else(wrong)?)
            }
            Self::Count(_) => Value::Count(json.as_u64().ok_or_else(wrong)?),
        })
    }
}

/// A value as a message shows it: a list of a million numbers is named by its beginning.
fn shortened(json: &Json) -> String {
    const SHOWN: usize = 80;
    let text = json.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn strings(json: &Json) -> Option<Vec<String>> {
    json.as_array()?.iter().map(|item| item.as_str().map(ToOwned::to_owned)).collect()
}

/// The table of machines.
#[derive(Default)]
struct Rows {
    fields: BTreeMap<String, RawField>,
    series: Vec<RawRow>,
    machines: Vec<RawRow>,
}

impl Rows {
    fn expand(self, catalog: &mut Catalog) -> Result<(), String> {
        let mut facts: Vec<Fact> = Vec::new();
        for (prefix, rows) in [("series", &self.series), ("machine", &self.machines)] {
            for row in rows {
                for (name, json) in &row.fields {
                    let id = format!("{prefix}.{}.{name}", row.name);
                    let field = self.fields.get(name).ok_or_else(|| format!("{id}: no such field is declared"))?;
                    let answer = row.answer(json).map_err(|error| format!("{id}: {error}"))?;
                    let title = row.title.as_deref().unwrap_or(&row.name);
                    let question = field.question.replace("{name}", title);
                    let fact = fact(id.clone(), question, Unit::parse(&field.unit), answer, &catalog.sources);
                    facts.push(fact.map_err(|error| format!("{id}: {error}"))?);
                }
            }
        }
        facts.sort_by(|a, b| a.id.cmp(&b.id));
        for fact in facts {
            catalog.add(fact)?;
        }
        for row in &self.machines {
            let series = row.series.clone().ok_or_else(|| format!("machine {}: no series", row.name))?;
            if !self.series.iter().any(|known| known.name == series) {
                return Err(format!("machine {}: unknown series `{series}`", row.name));
            }
            let mut fields: BTreeMap<String, FactId> = BTreeMap::new();
            for name in self.fields.keys() {
                let own = catalog.find(&format!("machine.{}.{name}", row.name));
                if let Some(id) = own.or_else(|| catalog.find(&format!("series.{series}.{name}"))) {
                    fields.insert(name.clone(), id);
                }
            }
            let machine = Machine { name: row.name.clone(), series, fields };
            if catalog.machines.insert(row.name.clone(), machine).is_some() {
                return Err(format!("the machine {} stands twice", row.name));
            }
        }
        Ok(())
    }
}

impl RawRow {
    /// A plain value takes the row's status and sources; a table brings its own, where it has them.
    fn answer(&self, json: &Json) -> Result<RawAnswer, String> {
        let mut answer: RawAnswer = match json {
            Json::Object(_) => serde_json::from_value(json.clone()).map_err(|error| error.to_string())?,
            plain => RawAnswer { value: Some(plain.clone()), ..RawAnswer::default() },
        };
        answer.status = answer.status.or(self.status);
        answer.sources = answer.sources.or_else(|| self.sources.clone());
        answer.read = answer.read.or(self.read);
        answer.note = answer.note.or_else(|| self.note.clone());
        answer.reference = answer.reference.or_else(|| self.reference.clone());
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: (&str, &str) =
        ("sources/s.toml", "[S]\ntitle = \"t\"\nurl = \"https://example.com\"\ndated = \"d\"\nread = \"2026-11-22\"\n");

    fn read(status: &str, unit: &str, value: &str, range: &str) -> Result<Option<Range>, String> {
        let text = format!(
            "[[fact]]\nid = \"a.b\"\nquestion = \"q?\"\nunit = \"{unit}\"\nstatus = \"{status}\"\nvalue = {value}\nsources = [\"S\"]\nrange = {range}\n"
        );
        catalog(&[SOURCE, ("f.toml", &text)]).map(|catalog| catalog.facts[0].range)
    }

    #[test]
    fn a_range_stands_where_it_means_something() {
        let point = "[{ point = 1.0 }]";
        assert_eq!(read("assumed", "delay", point, "{ low = 0.5, high = 2.0 }"), Ok(Range::new(0.5, 2.0).ok()));
        assert_eq!(read("reported", "seconds", "1.5", "{ low = 1, high = 2 }"), Ok(Range::new(1.0, 2.0).ok()));
        let wrong = |status, unit, value, range| read(status, unit, value, range).expect_err("is wrong");
        let hint = "f.toml: a.b: range: `2` to `3` is no range of factors: `low` is from 0.001 to 1 and `high` from 1 to 1000, \
            such as `{ low = 0.5, high = 2.0 }`";
        assert_eq!(wrong("assumed", "delay", point, "{ low = 2.0, high = 3.0 }"), hint);
        assert_eq!(
            wrong("assumed", "bool", "true", "{ low = 0.5, high = 2.0 }"),
            "f.toml: a.b: a range belongs to a delay, to seconds or to a ratio, not to a fact in `bool`"
        );
        assert_eq!(
            wrong("documented", "delay", point, "{ low = 0.5, high = 2.0 }"),
            "f.toml: a.b: a range belongs to what is assumed, reported or observed: a documented value is taken as it is"
        );
        assert!(wrong("assumed", "delay", point, "{ low = 0.5 }").contains("missing field `high`"));
        assert!(
            wrong("assumed", "delay", point, "{ low = 0.5, high = 2.0, mid = 1.0 }").contains("unknown field `mid`")
        );
    }
}
