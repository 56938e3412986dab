//! What Terraform's types are to the Compute API, as a table: of each type its kind, where its name comes from, and the
//! fields that differ from the plain rule. The plain rule: `snake_case` becomes `camelCase`, and what is null or empty is left out; what the table does not
//! name is carried over by it, so that lowering counts it as unread.
//! Not here: what is done with the table (`translate`, `paths`).

mod balancing;
mod compute;
mod firewall;
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
    /// The one place of another service: `locations/global`.
    Location,
    /// What a project shares: the name is the project's.
    Host,
    /// Of no project: a firewall policy of an organisation or a folder.
    Organisation,
}

/// Where the canonical name of a resource comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// Its project, scope, collection and `name`.
    Own(Scope, &'static str),
    /// It is an element of a list of another resource.
    Part {
        /// The attribute that names the whole.
        of: &'static str,
        whole: Link,
        /// The list; empty where the attributes say which.
        list: &'static str,
    },
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

    const fn part(
        word: &'static str,
        kind: Kind,
        of: &'static str,
        whole: Link,
        list: &'static str,
        shape: &'static Shape,
    ) -> Self {
        Self { word, kind, named: Named::Part { of, whole, list }, below: "", shape }
    }

    const fn below(self, object: &'static str) -> Self {
        Self { below: object, ..self }
    }

    /// Whether an attribute of the type itself says only which resource it is, or of which it is a part.
    pub fn is_name(&self, attribute: &str) -> bool {
        match self.named {
            Named::Own(..) => false,
            Named::Part { of, .. } => attribute == of || matches!(attribute, "region" | "zone"),
        }
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
    /// A link that is the one element of a list.
    Element(Link),
    /// A group of instances or endpoints.
    Group,
    /// An address, which may be that of a reservation.
    Address,
    /// An address, or the name of the resource that has it.
    AddressOr(Link),
    /// Blocks that the API keeps as a map; the attribute is its key.
    Keyed(&'static str, &'static Shape),
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
        let attribute = target.attribute.as_str();
        let is_named = matches!(attribute, "id" | "self_link" | "self_link_unique" | "name");
        let is_of = |link: &Link| Kind::of_collection(link.collection) == Some(target.kind);
        let takes = match self {
            Self::Link(link) | Self::LinkList(link) | Self::Element(link) => is_named && is_of(link),
            Self::Address => target.kind == Kind::Address && (is_named || attribute == "address"),
            Self::AddressOr(_) if target.kind == Kind::Address => attribute == "address",
            Self::AddressOr(link) => is_of(link) && (is_named || attribute == "ip_address"),
            Self::Group if target.kind == Kind::InstanceGroupManager && attribute == "instance_group" => {
                return Some(target.name.replace("/instanceGroupManagers/", "/instanceGroups/"));
            }
            Self::Group => is_named && matches!(target.kind, Kind::InstanceGroup | Kind::NetworkEndpointGroup),
            _ => false,
        };
        takes.then(|| target.name.clone())
    }
}

impl Link {
    const fn in_project(self, attribute: &'static str) -> Self {
        Self { project: attribute, ..self }
    }

    const fn at(self, attribute: &'static str) -> Self {
        Self { place: attribute, ..self }
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
pub(super) const TYPES: &[&[Type]] = &[vpc::TYPES, compute::TYPES, balancing::TYPES, firewall::TYPES];

/// The type of this word.
pub(super) fn type_of(word: &str) -> Option<&'static Type> {
    TYPES.iter().copied().flatten().find(|row| row.word == word)
}

/// The field of an attribute, in a block of a type; `is_top` in the resource itself.
pub(super) fn field_of(shape: &'static Shape, is_top: bool, attribute: &str) -> Option<&'static Field> {
    let everywhere = if is_top { EVERYWHERE } else { &[] };
    shape.iter().chain(everywhere).find(|field| field.attribute == attribute)
}

/// Types that say nothing about the network: who may do what, what is stored, and what only Terraform knows.
pub(super) fn is_irrelevant(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "archive_file",
        "external",
        "google_active_folder",
        "google_client_config",
        "google_client_openid_userinfo",
        "google_compute_attached_disk",
        "google_compute_default_service_account",
        "google_compute_disk",
        "google_compute_disk_resource_policy_attachment",
        "google_compute_image",
        "google_compute_machine_types",
        "google_compute_project_metadata",
        "google_compute_project_metadata_item",
        "google_compute_region_disk",
        "google_compute_regions",
        // An instance names its policies itself, and no more of them is judged.
        "google_compute_resource_policy",
        "google_compute_snapshot",
        "google_compute_zones",
        "google_folder",
        "google_iam_policy",
        "google_organization",
        "google_organization_iam_custom_role",
        "google_project",
        "google_project_iam_custom_role",
        "google_project_service",
        "google_project_service_identity",
        "google_projects",
        "google_service_account",
        "google_service_account_key",
        "http",
        "template_file",
        "terraform_data",
    ];
    const PREFIXES: &[&str] = &[
        "cloudinit_",
        "google_artifact_registry_",
        "google_bigquery_",
        "google_billing_",
        "google_kms_",
        "google_logging_",
        "google_monitoring_",
        "google_pubsub_",
        "google_secret_manager_",
        "google_storage_",
        "local_",
        "null_",
        "random_",
        "time_",
        "tls_",
    ];
    const SUFFIXES: &[&str] = &["_iam_audit_config", "_iam_binding", "_iam_member", "_iam_policy"];
    WORDS.contains(&word)
        || PREFIXES.iter().any(|prefix| word.starts_with(prefix))
        || (word.starts_with("google_") && SUFFIXES.iter().any(|suffix| word.ends_with(suffix)))
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
