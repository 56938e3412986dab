//! What Terraform's types are to the Compute API, as a table: of each type its kind, where its name comes from, and the
//! fields that differ from the plain rule. The plain rule: `snake_case` becomes `camelCase`, and what is null or empty is left out; what the table does not
//! name is carried over by it, so that lowering counts it as unread.
//! Not here: what is done with the table (`translate`, `paths`).

mod compute;
mod vpc;

use super::translate::Target;
use crate::resource::Kind;

/// Where a resource of the Compute API stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Global,
    Region,
    Zone,
    /// Below the project itself, such as a region.
    Project,
}

/// Where the canonical name of a resource comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// Its project, scope, collection and `name`.
    Own(Scope, &'static str),
}

/// A type of resource of Terraform.
#[derive(Debug)]
pub(super) struct Type {
    pub word: &'static str,
    pub kind: Kind,
    pub named: Named,
    /// The object of the body that holds the fields: empty for the body itself.
    pub below: &'static str,
    pub shape: &'static Shape,
}

impl Type {
    const fn own(
        word: &'static str,
        kind: Kind,
        scope: Scope,
        collection: &'static str,
        shape: &'static Shape,
    ) -> Self {
        Self { word, kind, named: Named::Own(scope, collection), below: "", shape }
    }
}

/// The fields of a block that differ from the plain rule.
pub(super) type Shape = [Field];

/// One attribute, or one sort of block.
#[derive(Debug)]
pub(super) struct Field {
    pub attribute: &'static str,
    /// The API's path; one that begins with a slash starts at the body and not at [`Type::below`].
    pub api: &'static str,
    pub form: Form,
}

/// How a value is carried over.
#[derive(Debug)]
pub(super) enum Form {
    Plain,
    /// A number whose zero says that it is not set: the provider cannot tell the two apart in a state.
    NonZero,
    /// Blocks of which there is at most one: an object.
    One(&'static Shape),
    /// Blocks: a list of objects.
    Many(&'static Shape),
    /// The name of another resource.
    Link(Link),
    /// A list of such names, which holds at most one.
    LinkList(Link),
    /// A list of such names.
    Links(Link),
    /// An address, which may be that of a reservation.
    Address,
    /// A map: the API's list of keys and values.
    Pairs,
    /// Says nothing to the platform, or is said by the canonical name.
    Dropped,
}

/// The name of another resource, which may be short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub scope: Scope,
    pub collection: &'static str,
    /// The attribute beside it that names its project.
    pub project: &'static str,
    /// The attribute beside it that names its region or zone.
    pub place: &'static str,
}

impl Form {
    /// The name that a field of this form has for a resource to which its expression refers, if it takes such a resource.
    pub fn takes(&self, target: &Target) -> Option<String> {
        let is_named = matches!(target.attribute.as_str(), "id" | "self_link" | "self_link_unique" | "name");
        let takes = match self {
            Self::Link(link) | Self::LinkList(link) => {
                is_named && Kind::of_collection(link.collection) == Some(target.kind)
            }
            Self::Address => target.kind == Kind::Address && (is_named || target.attribute == "address"),
            _ => false,
        };
        takes.then(|| target.name.clone())
    }
}

impl Link {
    const fn in_project(self, attribute: &'static str) -> Self {
        Self { project: attribute, ..self }
    }
}

pub(super) const fn to(scope: Scope, collection: &'static str) -> Link {
    Link { scope, collection, project: "", place: "" }
}

pub(super) const fn field(attribute: &'static str, api: &'static str, form: Form) -> Field {
    Field { attribute, api, form }
}

pub(super) const fn renamed(attribute: &'static str, api: &'static str) -> Field {
    field(attribute, api, Form::Plain)
}

pub(super) const fn dropped(attribute: &'static str) -> Field {
    field(attribute, "", Form::Dropped)
}

/// Fields of every type: what only Terraform knows, and what the canonical name says.
pub(super) const EVERYWHERE: &Shape = &[
    dropped("deletion_policy"),
    dropped("deletion_protection"),
    dropped("desired_status"),
    dropped("effective_labels"),
    dropped("id"),
    dropped("params"),
    dropped("project"),
    dropped("resource_id"),
    dropped("terraform_labels"),
    dropped("timeouts"),
    field("name", "/name", Form::Plain),
    field("description", "/description", Form::Plain),
    field("self_link", "/selfLink", Form::Plain),
    field("creation_timestamp", "/creationTimestamp", Form::Plain),
    field("region", "/region", Form::Link(to(Scope::Project, "regions"))),
    field("zone", "/zone", Form::Link(to(Scope::Project, "zones"))),
];

pub(super) const NETWORK: Link = to(Scope::Global, "networks");
pub(super) const SUBNETWORK: Link = to(Scope::Region, "subnetworks");

/// All types.
pub(super) const TYPES: &[&[Type]] = &[vpc::TYPES, compute::TYPES];

/// The type of this word.
pub(super) fn type_of(word: &str) -> Option<&'static Type> {
    TYPES.iter().copied().flatten().find(|row| row.word == word)
}

/// The field of an attribute, in a block of a type; `is_top` in the resource itself.
pub(super) fn field_of(shape: &'static Shape, is_top: bool, attribute: &str) -> Option<&'static Field> {
    let everywhere = if is_top { EVERYWHERE } else { &[] };
    shape.iter().chain(everywhere).find(|field| field.attribute == attribute)
}

/// Types that say nothing about the network.
pub(super) fn is_irrelevant(word: &str) -> bool {
    const PREFIXES: &[&str] = &["random_", "null_", "time_", "tls_", "local_", "google_storage_"];
    PREFIXES.iter().any(|prefix| word.starts_with(prefix))
}

/// The plain rule: `ip_cidr_range` is `ipCidrRange`.
pub(super) fn camel(attribute: &str) -> String {
    let mut words = attribute.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

/// The plain rule backwards.
pub(super) fn snake(name: &str) -> String {
    let mut attribute = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !attribute.is_empty() {
            attribute.push('_');
        }
        attribute.push(letter.to_ascii_lowercase());
    }
    attribute
}
