//! The same resource, described more than once: what is known fills what is not, and two different values of one field are noted. The result does not depend on
//! the order of the inputs. Not here: whether anything reads the field (`lower`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::lower::IGNORED;
use crate::origins::{Origins, SourceId};
use crate::resource::{Anchor, Kind, Lack, Part, Resource, canonical_in, project_of, short};

/// Two values of one field, before it is known whether anything reads it.
#[derive(Debug, Clone)]
pub(crate) struct RawConflict {
    /// Place of the resource among the merged ones.
    pub resource: usize,
    pub field: String,
    pub used: Value,
    pub dropped: Value,
    /// Where the dropped value stands.
    pub source: SourceId,
    pub anchor: Anchor,
}

/// Each resource once, and what contradicted itself on the way.
pub(crate) type Merged = (Vec<Resource>, Vec<RawConflict>);

/// Merges resources of the same kind and name; sorted by both. What a plan deletes is gone, wherever else it is described.
pub(crate) fn merge(resources: Vec<Resource>, deleted: &[Resource], origins: &Origins) -> Merged {
    let mut gone: BTreeMap<(Kind, String), Vec<&Resource>> = BTreeMap::new();
    for resource in deleted {
        gone.entry((resource.kind, resource.name.clone())).or_default().push(resource);
    }
    let mut groups: BTreeMap<(Kind, String), Vec<Resource>> = BTreeMap::new();
    for mut resource in resources {
        let key = (resource.kind, resource.name.clone());
        let gone = gone.get(&key).map_or(&[][..], Vec::as_slice);
        let is_live = matches!(resource.anchor, Anchor::Json { .. });
        if is_live && gone.iter().any(|gone| !gone.is_part) {
            continue;
        }
        for part in gone.iter().filter(|gone| gone.is_part && is_live) {
            remove(&mut resource, part);
        }
        groups.entry(key).or_default().push(resource);
    }
    let mut merged = Vec::with_capacity(groups.len());
    let mut conflicts = Vec::new();
    for (_, mut group) in groups {
        if group.len() > 1 {
            group.sort_by_cached_key(|resource| age(resource, origins));
        }
        let mut group = group.into_iter();
        let Some(mut first) = group.next() else { continue };
        for other in group {
            absorb(&mut first, other, merged.len(), &mut conflicts);
        }
        merged.push(first);
    }
    (merged, conflicts)
}

/// Fills what `first` does not know from `other`.
fn absorb(first: &mut Resource, other: Resource, place: usize, conflicts: &mut Vec<RawConflict>) {
    if other.is_part {
        return join(first, other);
    }
    let Resource { kind, name, body, source, anchor, unknown, .. } = other;
    let project = project_of(&name);
    // A plan or a model says what will be: that it differs from what is, is its purpose.
    let is_live = matches!(anchor, Anchor::Json { .. });
    let is_change = is_live && !matches!(first.anchor, Anchor::Json { .. });
    for (pointer, lack) in unknown.iter() {
        let field = pointer.split('/').nth(1).unwrap_or_default();
        if !first.body.contains_key(field) && first.unknown.lack(pointer).is_none() {
            first.unknown.insert(pointer, lack);
        }
    }
    let moves = is_change && kind == Kind::Instance && changes_nics(first, &body);
    for (field, value) in body {
        // What an instance holds by running is what the live network says of it, and not what is planned.
        if moves && field == "status" {
            continue;
        }
        match first.unknown.lack(&format!("/{field}")) {
            Some(Lack::AfterApply) => continue,
            Some(Lack::ByPlatform | Lack::NotInInput) => first.unknown.forget(&field),
            None => {}
        }
        if is_change && kind == Kind::Network && field == "peerings" && first.body.contains_key(&field) {
            keep_peerings(first, value, project, source, &anchor);
            continue;
        }
        let Some(kept) = first.body.get_mut(&field) else {
            first.body.insert(field, value);
            continue;
        };
        if kept.is_null() {
            *kept = value;
        } else if is_collected(kind, &field) {
            collect(kept, value, project);
        } else if !is_change && !value.is_null() && said(&field, kept, project) != said(&field, &value, project) {
            let (used, anchor) = (kept.clone(), anchor.clone());
            conflicts.push(RawConflict { resource: place, field, used, dropped: value, source, anchor });
        }
    }
}

/// Whether a model gives an instance that exists other addresses or subnets than it has: what it says of a NIC and the live network says otherwise.
fn changes_nics(planned: &Resource, live: &Map<String, Value>) -> bool {
    let project = project_of(&planned.name);
    let nics = |body: &Map<String, Value>| match body.get("networkInterfaces") {
        Some(Value::Array(nics)) => nics.clone(),
        _ => Vec::new(),
    };
    let (planned, live) = (nics(&planned.body), nics(live));
    let differs = |planned: &Value, live: &Value| {
        let Value::Object(fields) = planned else { return true };
        let said = ["networkIP", "subnetwork", "network", "aliasIpRanges", "ipv6Address"];
        said.iter()
            .filter_map(|key| Some((key, fields.get(*key)?)))
            .any(|(key, value)| plain(value, project) != plain(live.get(*key).unwrap_or(&Value::Null), project))
    };
    !planned.is_empty()
        && (planned.len() != live.len() || planned.iter().zip(&live).any(|(planned, live)| differs(planned, live)))
}

/// Peerings are things of their own, though the API lists them in their network: a plan that adds one keeps those that are there.
fn keep_peerings(first: &mut Resource, live: Value, project: &str, source: SourceId, anchor: &Anchor) {
    let Some(Value::Array(planned)) = first.body.get_mut("peerings") else { return };
    let Value::Array(live) = live else { return };
    let peer = |peering: &Value| peering.get("network").map(|network| plain(network, project));
    for (own, peering) in live.into_iter().enumerate() {
        if !planned.iter().any(|known| is_same_element(known, &peering) || peer(known) == peer(&peering)) {
            let (pointer, own) = (format!("/peerings/{}", planned.len()), format!("/peerings/{own}"));
            planned.push(peering);
            first.parts.push(Part { pointer, own, source, anchor: anchor.clone() });
        }
    }
}

/// A field's value as it is compared: a region and a zone are as often called by their short names.
fn said(field: &str, value: &Value, project: &str) -> Value {
    match value {
        Value::String(url) if matches!(field, "region" | "zone") => short(url).into(),
        value => plain(value, project),
    }
}

/// Adds the lists of a part; an element that the whole has already is replaced, for the part comes from a plan.
fn join(first: &mut Resource, part: Resource) {
    let Resource { body, source, anchor, unknown, .. } = part;
    for (field, value) in body {
        let Value::Array(elements) = value else {
            first.body.entry(field).or_insert(value);
            continue;
        };
        let list = first.body.entry(field.as_str()).or_insert_with(|| Value::Array(Vec::new()));
        let Value::Array(list) = list else { continue };
        for (own, element) in elements.into_iter().enumerate() {
            let at = list.iter().position(|known| is_same_element(known, &element)).unwrap_or(list.len());
            if at == list.len() {
                list.push(element);
            } else {
                list[at] = overlaid(list[at].take(), element);
            }
            let (pointer, own) = (format!("/{field}/{at}"), format!("/{field}/{own}"));
            for (below, lack) in unknown.iter() {
                if let Some(below) = below.strip_prefix(&own).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
                    first.unknown.insert(format!("{pointer}{below}"), lack);
                }
            }
            first.parts.push(Part { pointer, own, source, anchor: anchor.clone() });
        }
    }
}

/// The newer of two elements that are one thing; one that says only which routes a peering exchanges says nothing of the rest of it.
fn overlaid(older: Value, newer: Value) -> Value {
    let is_routes_only = |element: &Value| {
        let says = |field| element.get(field).is_some();
        (says("exportCustomRoutes") || says("importCustomRoutes")) && !says("network")
    };
    let (mut whole, routes) = match (older, newer) {
        (Value::Object(older), Value::Object(newer)) => {
            let routes_first = is_routes_only(&Value::Object(older.clone()));
            match (routes_first, is_routes_only(&Value::Object(newer.clone()))) {
                (_, true) => (older, newer),
                (true, false) => (newer, older),
                (false, false) => return newer.into(),
            }
        }
        (_, newer) => return newer,
    };
    whole.extend(routes);
    whole.into()
}

/// Takes the elements of a deleted part out of the lists of a resource.
fn remove(resource: &mut Resource, part: &Resource) {
    for (field, value) in &part.body {
        if let (Some(Value::Array(list)), Value::Array(gone)) = (resource.body.get_mut(field), value) {
            list.retain(|element| !gone.iter().any(|gone| is_same_element(element, gone)));
        }
    }
}

/// What tells an element of a list apart from the others, where the API gives it something.
pub(crate) fn key_of(element: &Value) -> Option<&Value> {
    ["name", "priority", "IPProtocol"].iter().find_map(|key| element.get(*key))
}

/// Whether two elements of a list are one thing: by the key that the API gives it.
pub(crate) fn is_same_element(one: &Value, other: &Value) -> bool {
    match (key_of(one), key_of(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// Lists of which an answer shows only a part: one effective firewall policy per network that asks, one page of a group's members.
fn is_collected(kind: Kind, field: &str) -> bool {
    matches!((kind, field), (Kind::FirewallPolicy, "associations") | (Kind::InstanceGroup, "instances"))
}

fn collect(kept: &mut Value, more: Value, project: &str) {
    let (Value::Array(kept), Value::Array(more)) = (kept, more) else { return };
    let mut known: BTreeSet<String> = kept.iter().map(|item| plain(item, project).to_string()).collect();
    for item in more {
        if known.insert(plain(&item, project).to_string()) {
            kept.push(item);
        }
    }
}

/// A value as it is compared: URLs without host and version, lists of texts without order, and none of the fields that say nothing about the network.
pub(crate) fn plain(value: &Value, project: &str) -> Value {
    match value {
        Value::String(text) => canonical_in(text, project).map_or_else(|| value.clone(), Value::String),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| plain(item, project)).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
            }
            Value::Array(items)
        }
        Value::Object(fields) => {
            let says = |key: &str| key == "name" || !IGNORED.contains(&key);
            let mut fields: Vec<(&String, &Value)> = fields.iter().filter(|(key, _)| says(key)).collect();
            fields.sort_by_key(|(key, _)| *key);
            Value::Object(fields.into_iter().map(|(key, value)| (key.clone(), plain(value, project))).collect())
        }
        other => other.clone(),
    }
}

/// Wholes before parts; the model file first, then plans, then the newest; where no timestamp tells, by the content; and equal contents by their place,
/// so that what is shown is the same for every order of the inputs.
fn age(resource: &Resource, origins: &Origins) -> (bool, u8, Reverse<Option<i64>>, String, String, usize) {
    let times = ["lastStartTimestamp", "lastStopTimestamp", "lastSuspendedTimestamp", "creationTimestamp"];
    let newest = times.iter().filter_map(|field| instant(resource.body.get(*field)?.as_str()?)).max();
    let start = match &resource.anchor {
        Anchor::Json { start, .. } | Anchor::Plan { start, .. } => *start,
        Anchor::Model { .. } => 0,
    };
    let content = plain(&Value::Object(resource.body.clone()), project_of(&resource.name));
    // The model file is the plan, and a Terraform plan is one: what they say is what will be.
    let reality = match resource.anchor {
        Anchor::Model { .. } => 0,
        Anchor::Plan { .. } => 1,
        Anchor::Json { .. } => 2,
    };
    (resource.is_part, reality, Reverse(newest), content.to_string(), origins.path(resource.source).to_owned(), start)
}

/// Milliseconds of an RFC 3339 time, whatever its offset: the API writes Pacific time, which changes its offset twice a year.
pub(crate) fn instant(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?;
    let zone = rest.find(['Z', '+', '-'])?;
    let millis: i64 = format!("{:0<3}", rest[..zone].trim_start_matches('.')).get(..3)?.parse().ok()?;
    let offset = match rest[zone..].split_at_checked(1)? {
        ("Z", "") => 0,
        (sign, offset) => {
            let (hours, minutes) = offset.split_once(':')?;
            let minutes = i64::from(hours.parse::<u8>().ok()?) * 60 + i64::from(minutes.parse::<u8>().ok()?);
            if sign == "-" { -minutes } else { minutes }
        }
    };
    // Days are counted in years that begin in March, so that a leap day ends one; from when does not matter.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day;
    Some((((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + millis)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_compare_across_offsets() {
        let at = |text| instant(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(at("2021-12-06T08:32:15.983-08:00"), at("2021-12-06T16:32:15.983Z"));
        assert!(at("2024-03-10T01:59:59.999-08:00") < at("2024-03-10T03:00:00.000-07:00"));
        assert!(at("2023-12-31T23:59:59Z") < at("2024-01-01T00:00:00Z"));
        assert!(at("2024-02-28T23:59:59Z") < at("2024-02-29T00:00:00Z"));
        assert!(at("2024-02-29T23:59:59Z") < at("2024-03-01T00:00:00Z"));
        for bad in
            ["", "yesterday", "2021-12-06", "2021-12-06T08:32:15", "2021-12-06T08:32:15.983-", "2021-12-06T08:32:15é"]
        {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_routes_of_a_peering_are_no_peering() {
        let peering = json!({"name": "x", "network": "n", "importCustomRoutes": false, "state": "ACTIVE"});
        let routes = json!({"name": "x", "importCustomRoutes": true});
        let both = json!({"name": "x", "network": "n", "importCustomRoutes": true, "state": "ACTIVE"});
        assert_eq!(overlaid(peering.clone(), routes.clone()), both);
        assert_eq!(overlaid(routes, peering.clone()), both);
        // Two whole elements: the newer one.
        let other = json!({"name": "x", "network": "n"});
        assert_eq!(overlaid(peering, other.clone()), other);
    }

    #[test]
    fn an_instance_that_is_given_another_alias_holds_it_not_yet() {
        let nics = |alias: &str| json!({"networkInterfaces": [{"networkIP": "10.0.0.2", "aliasIpRanges": [{"ipCidrRange": alias}]}]});
        let body = |value: Value| value.as_object().cloned().expect("an object");
        let name = "projects/p/zones/z/instances/i".to_owned();
        let model = |alias: &str| {
            let anchor = Anchor::Model { pointer: String::new(), fields: [].into() };
            Resource::new(Kind::Instance, name.clone(), body(nics(alias)), SourceId(0), anchor)
        };
        let live = |alias: &str| {
            let mut body = body(nics(alias));
            body.insert("status".to_owned(), json!("RUNNING"));
            Resource::new(Kind::Instance, name.clone(), body, SourceId(0), Anchor::Json { start: 0, len: 0 })
        };
        for (planned, is_running) in [("10.0.8.1/32", true), ("10.0.8.2/32", false)] {
            let mut first = model(planned);
            absorb(&mut first, live("10.0.8.1/32"), 0, &mut Vec::new());
            assert_eq!(first.body.contains_key("status"), is_running, "{planned}");
        }
    }

    #[test]
    fn the_same_in_other_words_is_no_conflict() {
        let network = "https://www.googleapis.com/compute/v1/projects/p/global/networks/n";
        let one = json!({"network": network, "tags": ["b", "a"], "fingerprint": "x", "name": "nic0"});
        let other = json!({"fingerprint": "y", "name": "nic0", "tags": ["a", "b"], "network": "global/networks/n"});
        assert_eq!(plain(&one, "projects/p"), plain(&other, "projects/p"));
        assert_ne!(plain(&one, "projects/p"), plain(&other, "projects/q"));
    }
}
