//! A real `gcloud compute network-profiles describe --format=json`, given as input: its features become observed facts.

use serde_json::{Map, Value};
use twinrail_facts::{Date, Override, Profile, Status};
use twinrail_model::{Feature, NicType};

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
    let zone = text(location, "name").or_else(|| text(Some(&resource.body), "zone")).map(|zone| short(&zone).to_owned());
    let suffix = match &zone {
        Some(zone) => name.strip_prefix(zone.as_str())?.strip_prefix('-')?.to_owned(),
        None => name.find("vpc-").map(|at| name[at..].to_owned())?,
    };
    let kind = resource.body.get("profileType").and_then(Value::as_object);
    let id = suffix.strip_prefix("vpc-").unwrap_or(&suffix).to_owned();
    let profile = Profile {
        title: resource.body.get("description").and_then(Value::as_str).map_or_else(|| suffix.clone(), ToOwned::to_owned),
        network_type: text(kind, "networkType").unwrap_or_default(),
        rdma_subtype: text(kind, "rdmaSubtype").unwrap_or_default(),
        suffix,
        id: id.clone(),
    };
    let mut features = Vec::new();
    let mut unknown = Vec::new();
    for (key, value) in resource.body.get("features").and_then(Value::as_object)? {
        let feature = Feature::ALL.iter().copied().find(|feature| feature.api_name() == key);
        let observed = feature.and_then(|feature| Some((feature, observed(feature, value)?)));
        let Some((feature, value)) = observed else {
            unknown.push(key.clone());
            continue;
        };
        let over = Override {
            id: format!("{id}.{}", feature.fact_name()),
            values: vec![value],
            status: Status::Observed,
            date: today,
            expires: None,
            note: format!("network profile {name}, read from {path}"),
            source: path.to_owned(),
        };
        features.push((feature, over));
    }
    Some(Observation { name, profile, features, unknown })
}

/// A feature's value in the catalog's form, or `None` if it is of none that the API documents.
fn observed(feature: Feature, value: &Value) -> Option<Value> {
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
            let prefix = |range: &Value| range.get("namePrefix").and_then(Value::as_str).map(|name| Value::String(name.to_owned()));
            ranges.iter().map(prefix).collect::<Option<Vec<Value>>>().map(Value::Array)
        }
        (_, Value::Array(words)) if words.iter().all(Value::is_string) => Some(value.clone()),
        (_, Value::String(_)) => Some(value.clone()),
        _ => None,
    }
}
