//! Where each entity stands: the one place that leads from entities and fields back to the text they came from.

use std::collections::BTreeMap;
use std::ops::Range;

use twinrail_model::{EntityId, Place};

use crate::locate::locate;
use crate::resource::Anchor;
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
    anchors: Vec<(SourceId, Anchor)>,
    entities: BTreeMap<EntityId, Origin>,
}

impl Origins {
    pub fn path(&self, source: SourceId) -> &str {
        &self.texts[source.0].path
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
        let (source, anchor) = &self.anchors[origin.anchor];
        Some(self.spot_in(*source, anchor, &pointer))
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
        };
        Spot { source, bytes }
    }

    pub(crate) fn anchor(&mut self, source: SourceId, anchor: Anchor) -> usize {
        self.anchors.push((source, anchor));
        self.anchors.len() - 1
    }

    pub(crate) fn record(&mut self, entity: impl Into<EntityId>, anchor: usize, below: impl Into<String>) {
        self.entities.insert(entity.into(), Origin { anchor, below: below.into() });
    }
}

/// The longest mapped API pointer that leads to `pointer` decides; without one, the resource's own part of the model
/// file, extended by the path if the model names the field the same.
fn model_pointer(base: &str, fields: &[(String, String)], pointer: &str) -> String {
    let leads = |api: &str| pointer == api || pointer.strip_prefix(api).is_some_and(|rest| rest.starts_with('/'));
    let longest = fields.iter().filter(|(api, _)| leads(api)).max_by_key(|(api, _)| api.len());
    match longest {
        Some((api, model)) => format!("{model}{}", &pointer[api.len()..]),
        None => format!("{base}{pointer}"),
    }
}
