//! Where each entity stands: the one place that leads from entities and fields back to the text they came from.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use twinrail_model::{EntityId, Place};

use crate::locate::locate;
use crate::read::InputError;
use crate::resource::{Anchor, Part};
use crate::terraform::{self, SourceError, Sources};
use crate::tree::Node;

/// One input, by its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub(crate) usize);

impl SourceId {
    /// Its place in the list of inputs.
    pub fn index(self) -> usize {
        self.0
    }
}

/// A place in a text: which input, and which bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spot {
    pub source: SourceId,
    pub bytes: Range<usize>,
}

/// An input's text, and its tree where it is a model file.
#[derive(Debug)]
pub(crate) struct Kept {
    pub path: String,
    pub text: String,
    pub tree: Option<Node>,
}

impl Kept {
    /// Whether it is a file of a Terraform configuration, which Terraform itself tells by the ending of its name.
    #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "Terraform reads `.tf` only")]
    pub fn is_terraform_source(&self) -> bool {
        self.path.ends_with(".tf")
    }
}

/// An entity's origin: the resource it was lowered from, and the path below it.
#[derive(Debug, Clone)]
struct Origin {
    anchor: usize,
    below: String,
}

/// Leads entities and their fields to places in the inputs.
#[derive(Debug, Default)]
pub struct Origins {
    pub(crate) texts: Vec<Kept>,
    /// The blocks of the Terraform configuration, where its files are among the inputs.
    pub(crate) terraform: Sources,
    anchors: Vec<Standing>,
    entities: BTreeMap<EntityId, Origin>,
}

/// Where a resource stands, and where those of its elements stand that other resources of the input have added.
#[derive(Debug)]
struct Standing {
    source: SourceId,
    anchor: Anchor,
    parts: Vec<Part>,
}

impl Origins {
    pub fn path(&self, source: SourceId) -> &str {
        &self.texts[source.0].path
    }

    /// Whether it is a model file.
    pub fn is_model(&self, source: SourceId) -> bool {
        self.texts[source.0].tree.is_some()
    }

    pub fn text(&self, source: SourceId) -> &str {
        &self.texts[source.0].text
    }

    pub fn sources(&self) -> impl Iterator<Item = SourceId> {
        (0..self.texts.len()).map(SourceId)
    }

    /// Where an entity or a field of it stands; `None` for what is only named in the inputs.
    pub fn spot(&self, place: Place) -> Option<Spot> {
        let origin = self.entities.get(&place.entity)?;
        let mut pointer = origin.below.clone();
        if let Some(field) = place.field {
            pointer.push('/');
            pointer.push_str(field);
        }
        let (source, anchor, pointer) = self.anchors[origin.anchor].anchor_of(&pointer);
        Some(self.spot_in(source, anchor, &pointer))
    }

    /// What the user's own tool calls the resource that an entity comes from: its address in Terraform.
    pub fn address(&self, place: Place) -> Option<&str> {
        let origin = self.entities.get(&place.entity)?;
        match self.anchors[origin.anchor].anchor_of(&origin.below).1 {
            Anchor::Plan { address, .. } => Some(address),
            Anchor::Json { .. } | Anchor::Model { .. } => None,
        }
    }

    /// Where a field of a resource stands; the resource itself if it has no such field.
    pub(crate) fn spot_in(&self, source: SourceId, anchor: &Anchor, pointer: &str) -> Spot {
        let text = &self.texts[source.0];
        let bytes = match anchor {
            Anchor::Json { start, len } => {
                let within = locate(&text.text[*start..start + len], pointer);
                start + within.start..start + within.end
            }
            Anchor::Model { pointer: base, fields } => {
                let tree = text.tree.as_ref().expect("a model file keeps its tree");
                tree.locate(&model_pointer(base, fields, pointer))
            }
            Anchor::Plan { start, len, address } => {
                let path = terraform::path_of(address, pointer);
                if let Some((source, bytes)) = self.terraform.locate(address, &path) {
                    return Spot { source, bytes };
                }
                let within = locate(&text.text[*start..start + len], &format!("/{path}"));
                start + within.start..start + within.end
            }
        };
        Spot { source, bytes }
    }

    /// Reads the `.tf` files among the inputs: they say where things stand, and a plan says what they are.
    pub(crate) fn read_sources(&mut self) -> Vec<InputError> {
        let files = self.texts.iter().enumerate().filter(|(_, text)| text.is_terraform_source());
        let files = files.map(|(place, text)| (SourceId(place), text.path.as_str(), text.text.as_str()));
        let (sources, errors) = Sources::parse(files);
        self.terraform = sources;
        let error = |SourceError { source, at, message, hint }: SourceError| InputError {
            path: self.path(source).to_owned(),
            at: Some(at..at),
            message,
            hint: Some(hint.to_owned()),
        };
        errors.into_iter().map(error).collect()
    }

    /// The entries of a section of the model file: a map's by their keys, a list's by themselves.
    pub(crate) fn section(&self, name: &str) -> Vec<(String, Value)> {
        let trees = self.texts.iter().filter_map(|text| text.tree.as_ref());
        let Some(model) = trees.filter(|tree| tree.keys().contains(&"twinrail")).map(Node::to_json).next() else {
            return Vec::new();
        };
        match model.get(name) {
            Some(Value::Object(entries)) => entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            Some(Value::Array(items)) => {
                // What has a name is called by it, and text is its own name.
                let own = |item: &Value| item.as_str().or_else(|| item.get("name")?.as_str()).map(ToOwned::to_owned);
                let text = |item: &Value| own(item).unwrap_or_else(|| item.to_string());
                items.iter().map(|item| (text(item), item.clone())).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn anchor(&mut self, source: SourceId, anchor: Anchor, parts: Vec<Part>) -> usize {
        self.anchors.push(Standing { source, anchor, parts });
        self.anchors.len() - 1
    }

    pub(crate) fn record(&mut self, entity: impl Into<EntityId>, anchor: usize, below: impl Into<String>) {
        self.entities.insert(entity.into(), Origin { anchor, below: below.into() });
    }
}

impl Standing {
    /// The anchor that a pointer below the resource belongs to, and the pointer below that anchor.
    fn anchor_of(&self, pointer: &str) -> (SourceId, &Anchor, String) {
        let part = self.parts.iter().find(|part| leads(&part.pointer, pointer));
        match part {
            Some(part) => (part.source, &part.anchor, format!("{}{}", part.own, &pointer[part.pointer.len()..])),
            None => (self.source, &self.anchor, pointer.to_owned()),
        }
    }
}

/// Whether a pointer is `base` or lies below it.
fn leads(base: &str, pointer: &str) -> bool {
    pointer.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The longest mapped API pointer that leads to `pointer` decides; without one, the resource's own part of the model
/// file, extended by the path if the model names the field the same.
fn model_pointer(base: &str, fields: &[(String, String)], pointer: &str) -> String {
    let longest = fields.iter().filter(|(api, _)| leads(api, pointer)).max_by_key(|(api, _)| api.len());
    match longest {
        Some((api, model)) => format!("{model}{}", &pointer[api.len()..]),
        None => format!("{base}{pointer}"),
    }
}
