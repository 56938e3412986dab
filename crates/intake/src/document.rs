//! JSON as Google Cloud writes it: single resources, lists, aggregated lists, effective firewalls, arrays of any of these, several documents in one file, and recorded
//! requests with their answers. Finds the resources in it and where each stands. Not here: what a resource means.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::origins::SourceId;
use crate::resource::{Anchor, Kind, Resource, canonical, collection_of};

/// What was found in one text.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub resources: Vec<Resource>,
    /// What is no resource that is understood: its kind in words, and how many.
    pub unsupported: BTreeMap<String, usize>,
    /// Recordings repeat a resource as it changes; how often a later answer replaced an earlier one.
    pub superseded: usize,
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

/// Reads one or more JSON documents.
pub(crate) fn json(text: &str, source: SourceId) -> Result<Found, JsonError> {
    let mut reader = Reader { text, source, found: Found::default() };
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut any = false;
    while let Some(document) = documents.next() {
        let at = documents.byte_offset();
        let document = document.map_err(|error| JsonError { message: plain(&error), at: error_offset(text, &error).unwrap_or(at) })?;
        reader.document(document.get())?;
        any = true;
    }
    if any { Ok(reader.found) } else { Err(JsonError { message: "the file is empty".to_owned(), at: 0 }) }
}

/// Reads the answer bodies of a recording; of a resource that was answered several times, the last counts.
pub(crate) fn recording(text: &str, source: SourceId) -> Result<Found, JsonError> {
    let mut reader = Reader { text, source, found: Found::default() };
    let mut at = 0;
    for exchange in text.split("\n---\n") {
        if let Some(body) = answer_body(exchange) {
            reader.document(body)?;
        }
        at += exchange.len() + "\n---\n".len();
    }
    debug_assert!(at >= text.len(), "every exchange was read");
    let mut found = reader.found;
    let mut last: BTreeMap<String, usize> = BTreeMap::new();
    for (place, resource) in found.resources.iter().enumerate() {
        last.insert(resource.name.clone(), place);
    }
    let before = found.resources.len();
    let mut place = 0;
    found.resources.retain(|resource| {
        place += 1;
        last[&resource.name] == place - 1
    });
    found.superseded = before - found.resources.len();
    Ok(found)
}

/// The JSON body of an exchange's answer, if it was a success.
fn answer_body(exchange: &str) -> Option<&str> {
    let status = exchange.lines().find(|line| {
        let mut words = line.split(' ');
        let code = words.next().unwrap_or_default();
        code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()) && words.next().is_some_and(|word| word.starts_with(char::is_uppercase))
    })?;
    if !status.starts_with("200") {
        return None;
    }
    let offset = status.as_ptr() as usize - exchange.as_ptr() as usize;
    let answer = &exchange[offset..];
    let (_, body) = answer.split_once("\n\n")?;
    let body = body.trim();
    (body.starts_with('{') || body.starts_with('[')).then_some(body)
}

struct Reader<'t> {
    text: &'t str,
    source: SourceId,
    found: Found,
}

impl<'t> Reader<'t> {
    fn document(&mut self, raw: &'t str) -> Result<(), JsonError> {
        if raw.starts_with('[') {
            let items: Vec<&RawValue> = self.parse(raw)?;
            for item in items {
                self.document(item.get())?;
            }
            return Ok(());
        }
        if !raw.starts_with('{') {
            *self.found.unsupported.entry("JSON that is no object".to_owned()).or_default() += 1;
            return Ok(());
        }
        let entries: BTreeMap<String, &RawValue> = self.parse(raw)?;
        let kind: Option<String> = entries.get("kind").and_then(|raw| serde_json::from_str(raw.get()).ok());
        if let Some(items) = entries.get("items") {
            return self.items(items.get(), kind.as_deref());
        }
        if let Some(list) = kind.as_deref().filter(|kind| kind.ends_with("List") && !entries.contains_key("selfLink")) {
            // An empty list leaves `items` out.
            let _ = list;
            return Ok(());
        }
        if entries.contains_key("firewalls") && !entries.contains_key("selfLink") {
            return self.effective_firewalls(&entries);
        }
        self.resource(raw, kind.as_deref())
    }

    /// The items of a list, or of an aggregated list by scope.
    fn items(&mut self, raw: &'t str, kind: Option<&str>) -> Result<(), JsonError> {
        if raw.starts_with('[') {
            let items: Vec<&RawValue> = self.parse(raw)?;
            let element = kind.and_then(|kind| kind.strip_suffix("List").map(ToOwned::to_owned));
            for item in items {
                self.item(item.get(), element.as_deref())?;
            }
            return Ok(());
        }
        let scopes: BTreeMap<String, &RawValue> = self.parse(raw)?;
        for scope in scopes.values() {
            let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(scope.get()) else { continue };
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
            let kind = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw).ok().and_then(|entries| {
                let kind = entries.get("kind")?;
                serde_json::from_str::<String>(kind.get()).ok()
            });
            return self.resource(raw, kind.as_deref().or(element));
        }
        *self.found.unsupported.entry("JSON that is no object".to_owned()).or_default() += 1;
        Ok(())
    }

    /// `networks.getEffectiveFirewalls`: firewall rules as such, and the policies that apply to their network.
    fn effective_firewalls(&mut self, entries: &BTreeMap<String, &'t RawValue>) -> Result<(), JsonError> {
        let mut network = None;
        if let Some(rules) = entries.get("firewalls") {
            let rules: Vec<&RawValue> = self.parse(rules.get())?;
            for rule in rules {
                network = network.or_else(|| {
                    let entries: BTreeMap<String, &RawValue> = serde_json::from_str(rule.get()).ok()?;
                    serde_json::from_str::<String>(entries.get("network")?.get()).ok()
                });
                self.item(rule.get(), Some("compute#firewall"))?;
            }
        }
        let policies = entries.get("firewallPolicys").or_else(|| entries.get("firewallPolicies"));
        let Some(policies) = policies else { return Ok(()) };
        let policies: Vec<&RawValue> = self.parse(policies.get())?;
        for policy in policies {
            let mut body: Map<String, Value> = self.parse(policy.get())?;
            let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let hierarchical = body.get("type").and_then(Value::as_str).is_none_or(|kind| kind == "HIERARCHY");
            let project = network.as_deref().and_then(canonical).map(crate::resource::project_of);
            let name = match project {
                Some(project) if !hierarchical => format!("{project}/global/firewallPolicies/{name}"),
                _ => format!("locations/global/firewallPolicies/{name}"),
            };
            if let Some(network) = &network {
                body.insert("associations".to_owned(), serde_json::json!([{ "attachmentTarget": network }]));
            }
            body.remove("type");
            self.push(Kind::FirewallPolicy, name, body, policy.get());
        }
        Ok(())
    }

    fn resource(&mut self, raw: &'t str, kind: Option<&str>) -> Result<(), JsonError> {
        let body: Map<String, Value> = self.parse(raw)?;
        let link = body.get("selfLink").and_then(Value::as_str).and_then(canonical).map(ToOwned::to_owned);
        let known = kind.and_then(Kind::of_kind).or_else(|| link.as_deref().and_then(collection_of).and_then(Kind::of_collection));
        match (known, link) {
            (Some(kind), Some(name)) => self.push(kind, name, body, raw),
            (kind_known, _) => {
                let words = match (kind_known, kind) {
                    (Some(kind), _) => format!("{} without a selfLink", kind.word()),
                    (None, Some(kind)) => kind.strip_prefix("compute#").unwrap_or(kind).to_owned(),
                    (None, None) => "JSON of no kind".to_owned(),
                };
                *self.found.unsupported.entry(words).or_default() += 1;
            }
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind, name: String, body: Map<String, Value>, raw: &'t str) {
        let start = raw.as_ptr() as usize - self.text.as_ptr() as usize;
        let anchor = Anchor::Json { start, len: raw.len() };
        self.found.resources.push(Resource { kind, name, body, source: self.source, anchor });
    }

    fn parse<T: serde::Deserialize<'t>>(&self, raw: &'t str) -> Result<T, JsonError> {
        serde_json::from_str(raw).map_err(|error| {
            let base = raw.as_ptr() as usize - self.text.as_ptr() as usize;
            JsonError { message: plain(&error), at: base + error_offset(raw, &error).unwrap_or(0) }
        })
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
