//! From a resource as Terraform writes it to the Compute API's shape: names of fields, blocks and lists, short names of
//! other resources, and what is known only after apply.
//! Not here: how a plan is laid out, and what an expression refers to (`configuration`).

use serde_json::{Map, Value};

use crate::resource::{Kind, Unknown};

/// One resource as a plan or a state writes it.
#[derive(Debug)]
pub(super) struct Written<'p> {
    /// `google_compute_instance`.
    pub of: &'p str,
    /// `module.farm.google_compute_instance.node["a"]`.
    pub address: &'p str,
    pub values: &'p Map<String, Value>,
    /// Mirrors `values`: `true` where a value is known only after apply.
    pub unknown: &'p Value,
    pub defaults: &'p Defaults,
}

/// What the provider fills in where a resource leaves it out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Defaults {
    /// `None`: it comes from the environment, so it is not known.
    pub project: Option<String>,
    pub region: Option<String>,
    pub zone: Option<String>,
}

/// What the configuration says about the attributes of one resource. A path is Terraform's, with places in lists: `network_interface/0/subnetwork`.
pub(super) trait Stated {
    /// Whether the configuration sets the attribute; if not, the platform decides.
    fn is_set(&self, path: &str) -> bool;

    /// The one resource to which the attribute's expression refers, by its canonical name. `None` where it refers to none that is known, to several, or to a
    /// part of a text.
    fn target(&self, path: &str) -> Option<Target>;
}

/// A resource that an expression refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Canonical name.
    pub name: String,
    pub kind: Kind,
    /// The attribute that was named: `self_link`, `id`, `address`.
    pub attribute: String,
}

/// A resource of the Compute API, or a part of one, before it has a place.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub kind: Kind,
    pub name: String,
    pub body: Map<String, Value>,
    pub unknown: Unknown,
    pub is_part: bool,
}

/// What a type of resource comes to.
#[derive(Debug)]
pub(super) enum Translated {
    Drafts(Vec<Draft>),
    /// A type that says nothing about the network: a role binding, a disk.
    Nothing,
    /// A type that is not understood.
    Unsupported,
}

/// The canonical name of a resource; one whose name is known only after apply is called by its address, in parentheses.
pub(super) fn name_of(_: &Written<'_>) -> Option<(Kind, String)> {
    None
}

/// The resources of the Compute API that one resource of Terraform makes, or takes part in.
pub(super) fn translate(_: &Written<'_>, _: &dyn Stated) -> Translated {
    Translated::Unsupported
}
