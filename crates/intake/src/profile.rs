//! A real `gcloud compute network-profiles describe --format=json`, given as input: its features become observed facts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use twinrail_facts::{Catalog, Date, Override, Profile, Status};
use twinrail_model::{Feature, Network, NicType};

use crate::resource::{Resource, short};

/// What a network profile object teaches.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// `ZONE-suffix`, as the object is named.
    pub name: String,
    /// The profile's own description, in case the catalog does not have it.
    pub profile: Profile,
    /// One override per feature, with the feature's name in the API; the id has the profile's id in it.
    pub features: Vec<(Feature, Override)>,
    /// Feature fields of the object that are not understood.
    pub unknown: Vec<String>,
}

/// Reads a profile object. `today` dates the observation.
pub(crate) fn observe(resource: &Resource, path: &str, today: Date) -> Option<Observation> {
    let name = short(&resource.name).to_owned();
    let location = resource.body.get("location").and_then(Value::as_object);
    let text = |map: Option<&Map<String, Value>>, key: &str| Some(map?.get(key)?.as_str()?.to_owned());
    let zone =
        text(location, "name").or_else(|| text(Some(&resource.body), "zone")).map(|zone| short(&zone).to_owned());
    let after_zone = zone.as_deref().and_then(|zone| name.strip_prefix(zone)?.strip_prefix('-'));
    let suffix = after_zone.or_else(|| name.find("vpc-").map(|at| &name[at..]))?.to_owned();
    let kind = resource.body.get("profileType").and_then(Value::as_object);
    let id = suffix.strip_prefix("vpc-").unwrap_or(&suffix).to_owned();
    let profile = Profile {
        title: resource
            .body
            .get("description")
            .and_then(Value::as_str)
            .map_or_else(|| suffix.clone(), ToOwned::to_owned),
        network_type: text(kind, "networkType").unwrap_or_default(),
        rdma_subtype: text(kind, "rdmaSubtype").unwrap_or_default(),
        suffix,
        id: id.clone(),
    };
    let mut features = Vec::new();
    let mut unknown = Vec::new();
    for (key, value) in resource.body.get("features").and_then(Value::as_object)? {
        let feature = Feature::ALL.iter().copied().find(|feature| feature.api_name() == key);
        let observed = feature.and_then(|feature| Some((feature, feature_value(feature, value)?)));
        let Some((feature, value)) = observed else {
            unknown.push(key.clone());
            continue;
        };
        let over = Override {
            id: format!("{id}.{}", feature.fact_name()),
            values: vec![value],
            range: None,
            status: Status::Observed,
            date: today,
            expires: None,
            note: format!("network profile {name}, read from {path}"),
            source: path.to_owned(),
            is_question: false,
        };
        features.push((feature, over));
    }
    Some(Observation { name, profile, features, unknown })
}

/// What the observed profiles together say of one fact.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Observed {
    pub feature: Feature,
    pub over: Override,
    /// In case the catalog does not have the fact.
    pub question: String,
    pub unit: &'static str,
}

/// Joins the observations of all profiles into one answer for each fact.
///
/// A fact is about a kind of profile, an observation about one zone's. So what was read of a zone that no network here
/// uses decides nothing as soon as a network uses another zone's;
/// where zones differ, or one that is used was not read, every value stays possible.
pub(crate) fn observed(network: &Network, observations: &[Observation], catalog: &Catalog) -> Vec<Observed> {
    let names: BTreeSet<&str> =
        network.vpcs.rows().iter().filter_map(|vpc| vpc.profile.as_ref().ok()?.as_deref()).collect();
    let mut groups: BTreeMap<(String, Feature), Vec<(&str, &Override)>> = BTreeMap::new();
    for observation in observations {
        for (feature, over) in &observation.features {
            groups.entry((over.id.clone(), *feature)).or_default().push((&observation.name, over));
        }
    }
    let mut all = Vec::new();
    for ((id, feature), seen) in groups {
        let suffix = |name: &str| {
            observations
                .iter()
                .find(|observation| observation.name == name)
                .map(|observation| observation.profile.suffix.clone())
        };
        let kind = seen.first().and_then(|(name, _)| suffix(name)).unwrap_or_default();
        let used: Vec<&str> = names.iter().copied().filter(|name| name.ends_with(&format!("-{kind}"))).collect();
        let relevant: Vec<&(&str, &Override)> =
            seen.iter().filter(|(name, _)| used.is_empty() || used.contains(name)).collect();
        let unread = used.iter().any(|name| !seen.iter().any(|(read, _)| read == name));
        let mut values: Vec<Value> = Vec::new();
        let from_catalog =
            catalog.find(&id).filter(|_| unread || relevant.is_empty()).map(|id| &catalog.fact(id).values);
        let kept = from_catalog.into_iter().flatten().filter_map(|possible| serde_json::to_value(&possible.value).ok());
        for value in relevant.iter().map(|(_, over)| over.values[0].clone()).chain(kept) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        let Some((_, first)) = relevant.first().copied() else { continue };
        let mut over = (*first).clone();
        over.note = relevant.iter().map(|(_, over)| over.note.as_str()).collect::<Vec<_>>().join("; ");
        if values.len() > 1 {
            over.status = Status::Conflicting;
            over.note.push_str("; zones differ, or one that is used was not read");
        }
        over.values = values;
        let unit = match over.values[0] {
            Value::Bool(_) => "bool",
            Value::Array(_) => "names",
            _ => "choice",
        };
        let question = format!("What do network profiles of the kind {kind} say of {}?", feature.api_name());
        all.push(Observed { feature, over, question, unit });
    }
    all
}

/// A feature's value in the catalog's form, or `None` if it is of none that the API documents.
fn feature_value(feature: Feature, value: &Value) -> Option<Value> {
    if feature.api_name().starts_with("allow") {
        let word = value.as_str()?;
        return match word {
            _ if word.ends_with("_ALLOWED") => Some(Value::Bool(true)),
            _ if word.ends_with("_BLOCKED") => Some(Value::Bool(false)),
            _ => None,
        };
    }
    match (feature, value) {
        // In the API an empty list of NIC types means all of them; in the catalog it means none.
        (Feature::InterfaceTypes, Value::Array(types)) if types.is_empty() => {
            Some(NicType::ALL.iter().map(|kind| Value::String(kind.word().to_owned())).collect())
        }
        (Feature::AddressPurposes, Value::Array(purposes)) if purposes.is_empty() => None,
        (Feature::PredefinedSubnetworkRanges, Value::Array(ranges)) => {
            let prefix = |range: &Value| {
                range.get("namePrefix").and_then(Value::as_str).map(|name| Value::String(name.to_owned()))
            };
            ranges.iter().map(prefix).collect::<Option<Vec<Value>>>().map(Value::Array)
        }
        (_, Value::Array(words)) if words.iter().all(Value::is_string) => Some(value.clone()),
        (_, Value::String(_)) => Some(value.clone()),
        _ => None,
    }
}
