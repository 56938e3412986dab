//! Cloud Asset Inventory: assets as exports, feeds, history and `gcloud asset` write them, in either spelling
//! (`asset_type`, `assetType`). Finds the resource within each asset, and which of several states is the last.
//! Not here: lists and documents (`document`), and what a resource means.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::document::{Entries, Found, JsonError, Reader, text_of};
use crate::merge::instant;
use crate::resource::{Kind, Resource, canonical, project_of};

/// What kind of thing an object of the inventory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Asset,
    /// An asset in a window of time, as history and feeds have them.
    Moment,
    /// An answer whose assets stand under this key.
    List(&'static str),
}

/// Project numbers and the ids that they belong to; `None` where the input says two ids of one number.
pub(crate) type Numbers = BTreeMap<String, Option<String>>;

/// Every state of each asset of a text, until its end tells which is the last.
#[derive(Debug, Default)]
pub(crate) struct History<'t>(BTreeMap<String, Vec<State<'t>>>);

#[derive(Debug)]
struct State<'t> {
    /// `None`: a snapshot, which says what is there and not when that ends.
    moment: Option<Moment>,
    /// Milliseconds of the last change.
    updated: Option<i64>,
    asset: Entries<'t>,
}

#[derive(Debug)]
struct Moment {
    deleted: bool,
    /// Milliseconds at which the state began.
    from: Option<i64>,
}

/// What an object of the inventory is; `None` if it is none.
pub(crate) fn shape(entries: &Entries<'_>) -> Option<Shape> {
    if either(entries, "assetType", "asset_type").is_some() {
        return Some(Shape::Asset);
    }
    if entries.contains_key("kind") || entries.contains_key("selfLink") {
        return None;
    }
    let holds_asset = |raw: &RawValue| {
        let inner = serde_json::from_str::<Entries<'_>>(raw.get());
        inner.is_ok_and(|inner| either(&inner, "assetType", "asset_type").is_some())
    };
    let has_window = ["window", "deleted"].iter().any(|key| entries.contains_key(*key));
    if entries.get("asset").is_some_and(|asset| has_window || holds_asset(asset)) {
        return Some(Shape::Moment);
    }
    if let Some(key) = ["assets", "results"].into_iter().find(|key| is_list(entries, key)) {
        return Some(Shape::List(key));
    }
    // A list without assets leaves them out.
    let time = either(entries, "readTime", "read_time");
    (time.is_some() && entries.len() == 1).then_some(Shape::List("assets"))
}

fn is_list(entries: &Entries<'_>, key: &str) -> bool {
    entries.get(key).is_some_and(|raw| raw.get().starts_with('['))
}

/// An entry in the spelling of the API, or in that of exports.
fn either<'t>(entries: &Entries<'t>, api: &str, export: &str) -> Option<&'t RawValue> {
    entries.get(api).or_else(|| entries.get(export)).copied()
}

fn text_of_either(entries: &Entries<'_>, api: &str, export: &str) -> Option<String> {
    text_of(entries, api).or_else(|| text_of(entries, export))
}

fn milliseconds(entries: &Entries<'_>, api: &str, export: &str) -> Option<i64> {
    instant(&text_of_either(entries, api, export)?)
}

impl<'t> Reader<'t> {
    /// Keeps an asset until its other states are known.
    pub(crate) fn asset(&mut self, asset: Entries<'t>) {
        let updated = milliseconds(&asset, "updateTime", "update_time");
        self.state(State { moment: None, updated, asset });
    }

    /// Keeps an asset with its window. What it was before says nothing about what is.
    pub(crate) fn moment(&mut self, entries: &Entries<'t>) -> Result<(), JsonError> {
        let Some(raw) = entries.get("asset").map(|asset| asset.get()).filter(|asset| asset.starts_with('{')) else {
            self.unsupported("Cloud Asset Inventory: window without an asset");
            return Ok(());
        };
        let asset: Entries<'t> = self.parse(raw)?;
        let window: Entries<'t> =
            entries.get("window").and_then(|window| serde_json::from_str(window.get()).ok()).unwrap_or_default();
        let deleted = entries.get("deleted").is_some_and(|deleted| matches!(deleted.get(), "true" | "\"true\""));
        let moment = Moment { deleted, from: milliseconds(&window, "startTime", "start_time") };
        let updated = milliseconds(&asset, "updateTime", "update_time");
        self.state(State { moment: Some(moment), updated, asset });
        Ok(())
    }

    fn state(&mut self, state: State<'t>) {
        let name = text_of(&state.asset, "name").unwrap_or_default();
        self.history.0.entry(name).or_default().push(state);
    }

    /// Reads the last state of each asset that is not deleted. Snapshots of one asset are all read, for none says that another is over.
    pub(crate) fn finish_assets(&mut self) -> Result<(), JsonError> {
        for (name, states) in std::mem::take(&mut self.history).0 {
            if name.is_empty() || states.iter().all(|state| state.moment.is_none()) {
                for state in states.iter().filter(|state| !state.is_deleted()) {
                    self.last_state(state)?;
                }
                continue;
            }
            self.found.superseded += states.len() - 1;
            // Of two that began at one time, the later in the text.
            if let Some(last) = states.iter().max_by_key(|state| state.since()).filter(|last| !last.is_deleted()) {
                self.last_state(last)?;
            }
        }
        Ok(())
    }

    fn last_state(&mut self, state: &State<'t>) -> Result<(), JsonError> {
        let asset = &state.asset;
        let Some(of) = text_of_either(asset, "assetType", "asset_type") else {
            self.unsupported("Cloud Asset Inventory: asset without a type");
            return Ok(());
        };
        self.project_number(asset);
        let exceptions = either(asset, "assetExceptions", "asset_exceptions");
        if exceptions.is_some_and(|exceptions| exceptions.get() != "[]") {
            self.unsupported(&format!("Cloud Asset Inventory: {of} that is incomplete"));
        }
        let Some(kind) = kind_of(&of) else {
            self.unsupported(&format!("Cloud Asset Inventory: {of}"));
            return Ok(());
        };
        let Some(data) = data(asset) else {
            self.unsupported(&format!("Cloud Asset Inventory: {}", what_it_has(asset, &of)));
            return Ok(());
        };
        let Some(body) = self.body(data)? else {
            self.unsupported(&format!("Cloud Asset Inventory: {of} whose data is no object"));
            return Ok(());
        };
        match name(asset, &body, kind) {
            Some(name) => self.push(kind, name, body, data),
            None => self.unsupported(&format!("Cloud Asset Inventory: {of} whose name is none of the Compute API")),
        }
        Ok(())
    }

    /// The data of an asset: an object, or one in a text, as exports to BigQuery have it.
    fn body(&self, raw: &'t str) -> Result<Option<Map<String, Value>>, JsonError> {
        Ok(match self.parse(raw)? {
            Value::Object(body) => Some(body),
            Value::String(text) => serde_json::from_str(&text).ok(),
            _ => None,
        })
    }

    /// Learns which number a project has: names have its id, ancestors and parents its number.
    fn project_number(&mut self, asset: &Entries<'t>) {
        let Some(name) = text_of(asset, "name") else { return };
        let Some(name) = name.strip_prefix("//compute.googleapis.com/") else { return };
        let Some(id) = project_of(name).strip_prefix("projects/").filter(|id| !is_number(id)) else { return };
        let ancestors: Vec<String> =
            asset.get("ancestors").and_then(|list| serde_json::from_str(list.get()).ok()).unwrap_or_default();
        let resource = asset.get("resource").and_then(|raw| serde_json::from_str::<Entries<'_>>(raw.get()).ok());
        let parent = resource.and_then(|resource| text_of(&resource, "parent"));
        let parent = parent.as_deref().and_then(|parent| parent.strip_prefix("//cloudresourcemanager.googleapis.com/"));
        let project = ancestors.first().map(String::as_str).or(parent);
        let number = project.and_then(|project| project.strip_prefix("projects/")).filter(|number| is_number(number));
        if let Some(number) = number {
            learn(&mut self.found.numbers, number, Some(id));
        }
    }
}

impl State<'_> {
    fn is_deleted(&self) -> bool {
        self.moment.as_ref().is_some_and(|moment| moment.deleted)
    }

    /// When the state began, as far as it says. A deletion has no window of its own in some feeds, only a time of change.
    fn since(&self) -> Option<i64> {
        self.moment.as_ref().and_then(|moment| moment.from).or(self.updated)
    }
}

/// Adds what another text says about a project's number.
pub(crate) fn learn(numbers: &mut Numbers, number: &str, id: Option<&str>) {
    let id = id.map(ToOwned::to_owned);
    let known = numbers.entry(number.to_owned()).or_insert_with(|| id.clone());
    if *known != id {
        *known = None;
    }
}

/// Writes the ids of projects where resources have their numbers, in names and in references.
pub(crate) fn name_projects(resources: &mut [Resource], numbers: &Numbers) {
    if numbers.values().all(Option::is_none) {
        return;
    }
    for resource in resources {
        if let Some(name) = with_ids(&resource.name, numbers) {
            resource.name = name;
        }
        resource.body.values_mut().for_each(|value| name_projects_in(value, numbers));
    }
}

fn name_projects_in(value: &mut Value, numbers: &Numbers) {
    match value {
        Value::String(text) => {
            if let Some(named) = with_ids(text, numbers) {
                *text = named;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| name_projects_in(item, numbers)),
        Value::Object(fields) => fields.values_mut().for_each(|field| name_projects_in(field, numbers)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A name or URL with its project's id instead of the number; `None` where there is nothing to change.
fn with_ids(url: &str, numbers: &Numbers) -> Option<String> {
    let name = canonical(url)?;
    let number = project_of(name).strip_prefix("projects/").filter(|number| is_number(number))?;
    let id = numbers.get(number)?.as_ref()?;
    let at = name.as_ptr() as usize - url.as_ptr() as usize + "projects/".len();
    Some(format!("{}{id}{}", &url[..at], &url[at + number.len()..]))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The kind of resource that an asset type is. The inventory tells global and regional ones apart by type, the API by name.
fn kind_of(of: &str) -> Option<Kind> {
    if of == "networkconnectivity.googleapis.com/PolicyBasedRoute" {
        return Some(Kind::PolicyBasedRoute);
    }
    let word = of.strip_prefix("compute.googleapis.com/")?;
    let word = ["Global", "Region"].iter().find_map(|scope| word.strip_prefix(scope)).unwrap_or(word);
    match word {
        "HttpHealthCheck" | "HttpsHealthCheck" => Some(Kind::HealthCheck),
        "TargetVpnGateway" => Some(Kind::VpnGateway),
        _ => {
            let first = word.get(..1)?.to_ascii_lowercase();
            Kind::of_kind(&format!("compute#{first}{}", &word[1..]))
        }
    }
}

/// The bytes of the resource itself: of an asset, or of a search result that was asked for it.
fn data<'t>(asset: &Entries<'t>) -> Option<&'t str> {
    if let Some(resource) = asset.get("resource") {
        let resource: Entries<'t> = serde_json::from_str(resource.get()).ok()?;
        return resource.get("data").map(|data| data.get()).filter(|data| *data != "null");
    }
    let versions = either(asset, "versionedResources", "versioned_resources")?;
    let versions: Vec<Entries<'t>> = serde_json::from_str(versions.get()).ok()?;
    let stable = versions.iter().find(|version| text_of(version, "version").as_deref() == Some("v1"));
    stable.or_else(|| versions.first())?.get("resource").map(|data| data.get()).filter(|data| *data != "null")
}

/// What an asset of an understood type shows instead of the resource.
fn what_it_has(asset: &Entries<'_>, of: &str) -> String {
    let kinds = [
        ("relatedAssets", "related_assets", "relationships"),
        ("relatedAsset", "related_asset", "relationship"),
        ("iamPolicy", "iam_policy", "IAM policy"),
        ("orgPolicy", "org_policy", "organization policies"),
        ("accessPolicy", "access_policy", "access policy"),
        ("accessLevel", "access_level", "access level"),
        ("servicePerimeter", "service_perimeter", "service perimeter"),
        ("osInventory", "os_inventory", "OS inventory"),
    ];
    let hint = "export it with `--content-type=resource`";
    if let Some((.., what)) = kinds.iter().find(|(api, export, _)| either(asset, api, export).is_some()) {
        return format!("{what} of {of}, without the resource ({hint})");
    }
    let is_search = ["displayName", "project", "folders", "organization", "additionalAttributes", "location", "state"];
    if is_search.iter().any(|key| asset.contains_key(*key)) {
        return format!("search result of {of}, which is not the whole resource ({hint})");
    }
    format!("{of} without its resource ({hint})")
}

/// The canonical name of an asset. The inventory calls some by the number that the platform gave them, so the resource's own name counts.
fn name(asset: &Entries<'_>, body: &Map<String, Value>, kind: Kind) -> Option<String> {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    let own = text("name").filter(|own| !own.is_empty() && !own.contains('/'));
    let full = text_of(asset, "name");
    if kind == Kind::NetworkProfile {
        return Some(format!("global/networkProfiles/{}", own?));
    }
    let full = full.as_deref().and_then(canonical).and_then(|name| {
        let (collection, last) = name.rsplit_once('/')?;
        Some(format!("{collection}/{}", own.unwrap_or(last)))
    });
    let link = || text("selfLink").and_then(canonical).map(ToOwned::to_owned);
    let is_of_kind = |name: &String| Kind::of_name(name) == Some(kind);
    full.filter(is_of_kind).or_else(|| link().filter(is_of_kind))
}

/// Joins what two texts found of project numbers.
pub(crate) fn learn_all(numbers: &mut Numbers, found: &Found) {
    for (number, id) in &found.numbers {
        learn(numbers, number, id.as_deref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asset_types_are_kinds() {
        for (of, kind) in [
            ("compute.googleapis.com/Firewall", Some(Kind::Firewall)),
            ("compute.googleapis.com/GlobalAddress", Some(Kind::Address)),
            ("compute.googleapis.com/GlobalForwardingRule", Some(Kind::ForwardingRule)),
            ("compute.googleapis.com/RegionBackendService", Some(Kind::BackendService)),
            ("compute.googleapis.com/RegionHealthCheck", Some(Kind::HealthCheck)),
            ("compute.googleapis.com/HttpHealthCheck", Some(Kind::HealthCheck)),
            ("compute.googleapis.com/TargetVpnGateway", Some(Kind::VpnGateway)),
            ("compute.googleapis.com/NetworkAttachment", Some(Kind::NetworkAttachment)),
            ("compute.googleapis.com/InstanceGroupManager", Some(Kind::InstanceGroupManager)),
            ("compute.googleapis.com/RegionDisk", None),
            ("compute.googleapis.com/Project", None),
            ("compute.googleapis.com/", None),
            ("compute.googleapis.com/Ärger", None),
            ("networkconnectivity.googleapis.com/PolicyBasedRoute", Some(Kind::PolicyBasedRoute)),
            ("networkconnectivity.googleapis.com/Hub", None),
            ("spanner.googleapis.com/Instance", None),
        ] {
            assert_eq!(kind_of(of), kind, "{of}");
        }
    }

    #[test]
    fn numbers_of_projects_become_ids() {
        let mut numbers = Numbers::new();
        learn(&mut numbers, "1042", Some("farm"));
        learn(&mut numbers, "7", Some("one"));
        learn(&mut numbers, "7", Some("other"));
        for (url, named) in [
            ("projects/1042/global/networks/n", Some("projects/farm/global/networks/n")),
            (
                "https://www.googleapis.com/compute/v1/projects/1042",
                Some("https://www.googleapis.com/compute/v1/projects/farm"),
            ),
            ("projects/7/global/networks/n", None),
            ("projects/8/global/networks/n", None),
            ("projects/farm/global/networks/1042", None),
            ("1042", None),
        ] {
            assert_eq!(with_ids(url, &numbers).as_deref(), named, "{url}");
        }
    }
}
