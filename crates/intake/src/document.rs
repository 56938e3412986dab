//! JSON as Google Cloud writes it: single resources, lists, aggregated lists, effective firewalls, arrays of any of
//! these, several documents in one file, and recorded
//! requests with their answers. Finds the resources in it and where each stands. Not here: what a resource means, and
//! assets of Cloud Asset Inventory (`asset`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::asset::{self, History, Numbers, Shape};
use crate::origins::SourceId;
use crate::resource::{Anchor, Kind, Resource, canonical};
use crate::terraform::RawStep;

/// What was found in one text.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub resources: Vec<Resource>,
    /// What is no resource that is understood: its kind in words, and how many.
    pub unsupported: BTreeMap<String, usize>,
    /// What a plan deletes, as it is before; also what it replaces, for that is not what will be.
    pub deleted: Vec<Resource>,
    /// What a plan does, in its order, which is that of the addresses.
    pub steps: Vec<RawStep>,
    /// The resources that a plan changes, deletes or replaces, as they are before.
    pub before: Vec<Resource>,
    /// Bytes of the text that must not be printed.
    pub secrets: Vec<Range<usize>>,
    /// Recordings and the history of assets repeat a resource as it changes; how often a later state replaced an earlier one.
    pub superseded: usize,
    /// Whether the text is a Terraform plan or state, so that it is the right input whatever it holds.
    pub is_plan: bool,
    /// Which number belongs to which project.
    pub numbers: Numbers,
}

/// Why a text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    pub message: String,
    pub at: usize,
}

/// Whether a text is a recording of requests and answers.
pub(crate) fn is_recording(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let method = words.next().unwrap_or_default();
    let url = words.next().unwrap_or_default();
    matches!(method, "GET" | "POST" | "PUT" | "PATCH" | "DELETE") && url.starts_with("http")
}

/// Whether JSON is a model file and no resource.
pub(crate) fn is_model(text: &str) -> bool {
    text.contains("\"twinrail\"")
        && serde_json::from_str::<Entries>(text).is_ok_and(|entries| entries.contains_key("twinrail"))
}

/// Lists within lists are followed so deep: the API nests none.
const MAX_NESTED: usize = 8;

/// Reads one or more JSON documents.
pub(crate) fn json(text: &str, source: SourceId) -> Result<Found, JsonError> {
    let mut reader = Reader::new(text, source);
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    while let Some(document) = documents.next() {
        let at = documents.byte_offset();
        let document = document
            .map_err(|error| JsonError { message: plain(&error), at: error_offset(text, &error).unwrap_or(at) })?;
        reader.document(document.get(), 0)?;
    }
    reader.finish_assets()?;
    Ok(reader.found)
}

/// Reads the answer bodies of a recording; of a resource that was answered several times, the last counts.
pub(crate) fn recording(text: &str, source: SourceId) -> Result<Found, JsonError> {
    let mut reader = Reader::new(text, source);
    for exchange in exchanges(text) {
        if let Some((url, body)) = answer(exchange) {
            reader.request = Some(url);
            reader.document(body, 0)?;
        }
    }
    reader.finish_assets()?;
    let mut found = reader.found;
    let mut last: BTreeMap<(Kind, String, bool), usize> = BTreeMap::new();
    for (place, resource) in found.resources.iter().enumerate() {
        last.insert((resource.kind, resource.name.clone(), resource.is_part), place);
    }
    let before = found.resources.len();
    let keep: BTreeSet<usize> = last.into_values().collect();
    let mut place = 0..;
    found.resources.retain(|_| place.next().is_some_and(|place| keep.contains(&place)));
    found.superseded += before - found.resources.len();
    Ok(found)
}

/// The exchanges of a recording: they are separated by lines of three hyphens, with either kind of line end.
fn exchanges(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            parts.push(&text[begin..at]);
            begin = at + line.len();
        }
        at += line.len();
    }
    parts.push(&text[begin..]);
    parts
}

/// The URL of an exchange's request and the JSON body of its answer, if it was a success.
fn answer(exchange: &str) -> Option<(&str, &str)> {
    let url = exchange.split_whitespace().nth(1)?;
    let mut at = 0;
    let mut success = false;
    for line in exchange.split_inclusive('\n') {
        at += line.len();
        if success && line.trim().is_empty() {
            let body = exchange[at..].trim();
            return (body.starts_with('{') || body.starts_with('[')).then_some((url, body));
        }
        if let Some(code) = status(line) {
            if code != "200" {
                return None;
            }
            success = true;
        }
    }
    None
}

/// The code of a status line such as `200 OK`.
fn status(line: &str) -> Option<&str> {
    let (code, reason) = line.split_once(' ')?;
    let is_status =
        code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()) && reason.starts_with(char::is_uppercase);
    is_status.then_some(code)
}

pub(crate) struct Reader<'t> {
    text: &'t str,
    source: SourceId,
    pub found: Found,
    /// URL of the request that the body answers, in a recording.
    request: Option<&'t str>,
    pub history: History<'t>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, source: SourceId) -> Self {
        Self { text, source, found: Found::default(), request: None, history: History::default() }
    }

    fn document(&mut self, raw: &'t str, depth: usize) -> Result<(), JsonError> {
        if raw.starts_with('[') && depth < MAX_NESTED {
            let items: Vec<&RawValue> = self.parse(raw)?;
            for item in items {
                self.document(item.get(), depth + 1)?;
            }
            return Ok(());
        }
        if !raw.starts_with('{') {
            self.unsupported("JSON that is no object");
            return Ok(());
        }
        let entries: Entries = self.parse(raw)?;
        let kind = text_of(&entries, "kind");
        self.incomplete(&entries, kind.as_deref());
        if let Some(shape) = asset::shape(&entries) {
            return self.inventory(entries, shape, depth);
        }
        if let Some(items) = entries.get("items") {
            let name = text_of(&entries, "selfLink").or_else(|| self.request.map(ToOwned::to_owned));
            return self.items(items.get(), kind.as_deref(), name.as_deref());
        }
        if kind.as_deref() == Some(ATTACHED) {
            return self.attached(raw);
        }
        // An empty list leaves `items` out.
        if kind.as_deref().is_some_and(|kind| kind.ends_with("List") || kind == MEMBERS || kind == ENDPOINTS) {
            return Ok(());
        }
        if !entries.contains_key("selfLink") {
            if ["firewalls", "firewallPolicys"].iter().any(|key| entries.contains_key(*key)) {
                return self.effective_firewalls(&entries);
            }
            // `networkProfiles.get` wraps its answer.
            if let Some(inner) = entries.get("resource").filter(|inner| {
                inner.get().starts_with('{') && entries.keys().all(|key| key == "resource" || key == "etag")
            }) {
                return self.resource(inner.get(), None, true);
            }
        }
        self.resource(raw, kind.as_deref(), false)
    }

    /// What Cloud Asset Inventory writes.
    fn inventory(&mut self, entries: Entries<'t>, shape: Shape, depth: usize) -> Result<(), JsonError> {
        match shape {
            Shape::Asset => self.asset(entries),
            Shape::Moment => self.moment(&entries)?,
            Shape::List(key) => {
                if let Some(list) = entries.get(key) {
                    self.document(list.get(), depth + 1)?;
                }
            }
        }
        Ok(())
    }

    /// The items of a list, or of an aggregated list by scope.
    fn items(&mut self, raw: &'t str, kind: Option<&str>, name: Option<&str>) -> Result<(), JsonError> {
        if raw.starts_with('[') {
            let items: Vec<&RawValue> = self.parse(raw)?;
            match kind {
                Some(MEMBERS) => return self.members(&items, raw, name),
                Some(ENDPOINTS) => return self.endpoints(&items, raw, name),
                _ => {}
            }
            let element = kind.and_then(|kind| kind.strip_suffix("List"));
            for item in items {
                self.item(item.get(), element)?;
            }
            return Ok(());
        }
        if !raw.starts_with('{') {
            self.unsupported("list whose items are no list");
            return Ok(());
        }
        let scopes: Entries = self.parse(raw)?;
        for scope in scopes.values() {
            let Ok(fields) = serde_json::from_str::<Entries>(scope.get()) else {
                self.unsupported("scope of an aggregated list that is no object");
                continue;
            };
            self.incomplete(&fields, kind);
            for list in fields.values().filter(|list| list.get().starts_with('[')) {
                let items: Vec<&RawValue> = self.parse(list.get())?;
                for item in items {
                    self.item(item.get(), None)?;
                }
            }
        }
        Ok(())
    }

    fn item(&mut self, raw: &'t str, element: Option<&str>) -> Result<(), JsonError> {
        if raw.starts_with('{') {
            return self.resource(raw, element, false);
        }
        self.unsupported("JSON that is no object");
        Ok(())
    }

    /// `instanceGroups.listInstances`: the members of a group that the list, or its request, names.
    fn members(&mut self, items: &[&'t RawValue], raw: &'t str, name: Option<&str>) -> Result<(), JsonError> {
        let group = name.and_then(canonical).and_then(|name| name.strip_suffix("/listInstances"));
        let Some(group) = group.map(ToOwned::to_owned) else {
            *self.found.unsupported.entry("member of an instance group that is not named".to_owned()).or_default() +=
                items.len();
            return Ok(());
        };
        let mut members = Vec::with_capacity(items.len());
        for item in items {
            let entries: Entries = self.parse(item.get())?;
            match text_of(&entries, "instance") {
                Some(instance) => members.push(Value::String(instance)),
                None => self.unsupported("member of an instance group without a name"),
            }
        }
        let body = Map::from_iter([("instances".to_owned(), Value::Array(members))]);
        self.push(Kind::InstanceGroup, group, body, raw);
        Ok(())
    }

    /// `networkEndpointGroups.listNetworkEndpoints`: the endpoints of a group that only the request names.
    fn endpoints(&mut self, items: &[&'t RawValue], raw: &'t str, name: Option<&str>) -> Result<(), JsonError> {
        let group = name.and_then(canonical).and_then(|name| name.strip_suffix("/listNetworkEndpoints"));
        let Some(group) = group.map(ToOwned::to_owned) else {
            *self.found.unsupported.entry(UNNAMED_ENDPOINT.to_owned()).or_default() += items.len();
            return Ok(());
        };
        let mut endpoints = Vec::with_capacity(items.len());
        for item in items {
            let mut entries: Map<String, Value> = self.parse(item.get())?;
            match entries.remove("networkEndpoint") {
                Some(endpoint) => endpoints.push(endpoint),
                None => self.unsupported("network endpoint that says nothing"),
            }
        }
        let body = Map::from_iter([("networkEndpoints".to_owned(), Value::Array(endpoints))]);
        let start = raw.as_ptr() as usize - self.text.as_ptr() as usize;
        let anchor = Anchor::Json { start, len: raw.len() };
        let part = Resource::new(Kind::NetworkEndpointGroup, group, body, self.source, anchor);
        self.found.resources.push(Resource { is_part: true, ..part });
        Ok(())
    }

    /// `projects.getXpnResources`: the projects that are attached to a host, which only the request names.
    fn attached(&mut self, raw: &'t str) -> Result<(), JsonError> {
        let body: Map<String, Value> = self.parse(raw)?;
        let host = self.request.and_then(canonical).filter(|name| Kind::of_name(name) == Some(Kind::SharedVpc));
        match host.map(ToOwned::to_owned) {
            Some(host) => self.push(Kind::SharedVpc, host, body, raw),
            None => self.unsupported("projects attached to a host that is not named"),
        }
        Ok(())
    }

    /// `networks.getEffectiveFirewalls`: firewall rules as such, and the policies that apply to their network.
    fn effective_firewalls(&mut self, entries: &Entries<'t>) -> Result<(), JsonError> {
        let mut network = None;
        let rules: Vec<&RawValue> = entries.get("firewalls").map_or(Ok(Vec::new()), |rules| self.parse(rules.get()))?;
        for rule in rules {
            network = network.or_else(|| text_of(&serde_json::from_str(rule.get()).ok()?, "network"));
            self.item(rule.get(), Some("compute#firewall"))?;
        }
        let policies: Vec<&RawValue> =
            entries.get("firewallPolicys").map_or(Ok(Vec::new()), |policies| self.parse(policies.get()))?;
        for policy in policies {
            let mut body: Map<String, Value> = self.parse(policy.get())?;
            let Some(name) = body.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()) else {
                self.unsupported("effective firewall policy without a name");
                continue;
            };
            let project = network.as_deref().and_then(canonical).map(crate::resource::project_of);
            let kind = body.get("type").and_then(Value::as_str).unwrap_or("HIERARCHY");
            // The answer has names only. Those of a hierarchy's policies are numbers that no project owns; a regional policy's region is not said.
            let name = match (kind, project) {
                ("HIERARCHY", _) => format!("locations/global/firewallPolicies/{name}"),
                ("NETWORK", Some(project)) => format!("{project}/global/firewallPolicies/{name}"),
                (kind, _) => {
                    let what = format!("effective firewall policy of type {kind}, whose project or region is not said");
                    self.unsupported(&what);
                    continue;
                }
            };
            match &network {
                Some(network) => {
                    body.insert("associations".to_owned(), serde_json::json!([{ "attachmentTarget": network }]));
                }
                None => self.unsupported("effective firewall policy whose network is not named"),
            }
            body.remove("type");
            self.push(Kind::FirewallPolicy, name, body, policy.get());
        }
        Ok(())
    }

    /// A resource, known by its name. `wrapped` says that it is a network profile by where it stands.
    fn resource(&mut self, raw: &'t str, element: Option<&str>, wrapped: bool) -> Result<(), JsonError> {
        let body: Map<String, Value> = self.parse(raw)?;
        let kind = body.get("kind").and_then(Value::as_str).or(element);
        let link = body.get("selfLink").and_then(Value::as_str).and_then(canonical);
        let found = link.and_then(|name| Some((Kind::of_name(name)?, name.to_owned())));
        let found =
            found.filter(|_| kind.is_none_or(|kind| kind.starts_with("compute#") || Kind::of_kind(kind).is_some()));
        let profile =
            matches!(found, Some((Kind::NetworkProfile, _))) || wrapped || kind == Some("compute#networkProfile");
        let found = match body.get("name").and_then(Value::as_str) {
            // A profile is the same in every project, and its name says all.
            Some(name) if profile => Some((Kind::NetworkProfile, format!("global/networkProfiles/{name}"))),
            _ => found,
        };
        match (found, kind.and_then(Kind::of_kind)) {
            (Some((kind, name)), _) => {
                let mut body = body;
                if kind == Kind::InstanceGroupManager {
                    self.autoscaler(&mut body, raw)?;
                }
                self.push(kind, name, body, raw);
            }
            (None, Some(kind)) => self.unsupported(&format!("{} without a selfLink that names it", kind.word())),
            (None, None) => self.unsupported(&foreign(&body, kind)),
        }
        Ok(())
    }

    /// `gcloud` writes a group's autoscaler into the group, where the API has none.
    fn autoscaler(&mut self, body: &mut Map<String, Value>, raw: &'t str) -> Result<(), JsonError> {
        if body.remove("autoscaler").is_some_and(|autoscaler| autoscaler.is_object()) {
            let entries: Entries<'t> = self.parse(raw)?;
            let autoscaler = entries.get("autoscaler").expect("it was just there");
            self.resource(autoscaler.get(), Some("compute#autoscaler"), false)?;
        }
        Ok(())
    }

    /// Lists an answer that says of itself that something is missing: another page, or a scope that could not be reached.
    fn incomplete(&mut self, entries: &Entries, kind: Option<&str>) {
        let what = kind.map_or("list", |kind| kind.trim_start_matches("compute#"));
        if entries.contains_key("nextPageToken") {
            self.unsupported(&format!("{what} of which only a page is here"));
        }
        let code = entries.get("warning").and_then(|warning| {
            let warning: Entries = serde_json::from_str(warning.get()).ok()?;
            text_of(&warning, "code")
        });
        let empty = ["NO_RESULTS_ON_PAGE", "SCHEMA_VALIDATION_IGNORED"];
        if let Some(code) = code.filter(|code| !empty.contains(&code.as_str())) {
            self.unsupported(&format!("{what} that is incomplete ({code})"));
        } else if entries.get("unreachables").is_some_and(|places| places.get() != "[]") {
            self.unsupported(&format!("{what} that is incomplete (unreachable places)"));
        }
    }

    pub(crate) fn unsupported(&mut self, what: &str) {
        *self.found.unsupported.entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn push(&mut self, kind: Kind, name: String, body: Map<String, Value>, raw: &'t str) {
        let start = raw.as_ptr() as usize - self.text.as_ptr() as usize;
        let anchor = Anchor::Json { start, len: raw.len() };
        self.found.resources.push(Resource::new(kind, name, body, self.source, anchor));
    }

    pub(crate) fn parse<T: serde::Deserialize<'t>>(&self, raw: &'t str) -> Result<T, JsonError> {
        parse(self.text, raw)
    }
}

/// Reads a part of a text as JSON.
pub(crate) fn parse<'t, T: serde::Deserialize<'t>>(text: &'t str, part: &'t str) -> Result<T, JsonError> {
    serde_json::from_str(part).map_err(|error| {
        let base = part.as_ptr() as usize - text.as_ptr() as usize;
        JsonError { message: plain(&error), at: base + error_offset(part, &error).unwrap_or(0) }
    })
}

/// The entries of an object, not parsed further.
pub(crate) type Entries<'t> = BTreeMap<String, &'t RawValue>;

/// The kind of the one list whose items are no resources.
const MEMBERS: &str = "compute#instanceGroupsListInstances";

/// The kind of the list of a group's endpoints.
const ENDPOINTS: &str = "compute#networkEndpointGroupsListNetworkEndpoints";

/// `gcloud` lists the endpoints of a group without the group.
const UNNAMED_ENDPOINT: &str = "network endpoint of a group that is not named";

/// The kind of the answer that lists what is attached to a Shared VPC host.
const ATTACHED: &str = "compute#projectsGetXpnResources";

/// A text among entries.
pub(crate) fn text_of(entries: &Entries<'_>, key: &str) -> Option<String> {
    serde_json::from_str(entries.get(key)?.get()).ok()
}

/// What an object is that is no resource of the Compute API: in the words of whoever made it, as far as it shows.
fn foreign(body: &Map<String, Value>, kind: Option<&str>) -> String {
    match kind {
        Some(kind) => kind.strip_prefix("compute#").unwrap_or(kind).to_owned(),
        _ if body.contains_key("planned_values") || body.contains_key("resource_changes") => {
            "Terraform plan".to_owned()
        }
        _ if body.get("networkEndpoint").is_some_and(Value::is_object) => UNNAMED_ENDPOINT.to_owned(),
        _ if body.contains_key("error") => "error answer".to_owned(),
        _ => "JSON of no kind".to_owned(),
    }
}

/// The library's message without its line and column, which we print ourselves.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

fn error_offset(text: &str, error: &serde_json::Error) -> Option<usize> {
    let mut start = 0;
    for _ in 1..error.line() {
        start += text[start..].find('\n')? + 1;
    }
    let at = (start + error.column().saturating_sub(1)).min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at))
}
