//! A resource as the Compute API writes it: the one shape in which all inputs meet. Its kind and canonical name are
//! known here; its fields are parsed in `lower`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::origins::SourceId;

macro_rules! kinds {
    ($($variant:ident $kind:literal $($collection:literal)|+;)*) => {
        /// The kinds of resources that are understood, in the order in which they are lowered.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Kind {
            $($variant,)*
        }

        impl Kind {
            /// From the API's `kind`, such as `compute#subnetwork`; one kind is of another service.
            pub(crate) fn of_kind(kind: &str) -> Option<Self> {
                if kind == "networkconnectivity#policyBasedRoute" {
                    return Some(Self::PolicyBasedRoute);
                }
                match kind.strip_prefix("compute#")? {
                    $($kind => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// From the collection in a canonical name, such as `subnetworks`.
            pub(crate) fn of_collection(collection: &str) -> Option<Self> {
                match collection {
                    $($($collection)|+ => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// From a canonical name: `projects/P/SCOPE/COLLECTION/NAME`, an organisation's firewall policy, a policy-based route, or what a project
            /// shares. Other services have collections of the same names.
            pub(crate) fn of_name(name: &str) -> Option<Self> {
                let parts: Vec<&str> = name.split('/').collect();
                match parts.as_slice() {
                    ["projects", project, "global", collection, name] if !project.is_empty() && !name.is_empty() => Self::of_collection(collection),
                    ["projects", project, "zones" | "regions", scope, collection, name]
                        if ![project, scope, name].contains(&&"") =>
                    {
                        Self::of_collection(collection)
                    }
                    ["projects", project, "locations", "global", "policyBasedRoutes", name]
                        if !project.is_empty() && !name.is_empty() =>
                    {
                        Some(Self::PolicyBasedRoute)
                    }
                    ["projects", host, "getXpnResources"] if !host.is_empty() => Some(Self::SharedVpc),
                    ["locations", "global", "firewallPolicies", name] if !name.is_empty() => Self::of_collection("firewallPolicies"),
                    _ => None,
                }
            }

            /// The API's word.
            pub(crate) fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $kind,)*
                }
            }
        }
    };
}

kinds! {
    SharedVpc "projectsGetXpnResources" "getXpnResources";
    Network "network" "networks";
    NetworkProfile "networkProfile" "networkProfiles";
    Subnetwork "subnetwork" "subnetworks";
    Address "address" "addresses";
    NetworkAttachment "networkAttachment" "networkAttachments";
    HealthCheck "healthCheck" "healthChecks" | "httpHealthChecks" | "httpsHealthChecks";
    InstanceTemplate "instanceTemplate" "instanceTemplates";
    InstanceGroupManager "instanceGroupManager" "instanceGroupManagers";
    Autoscaler "autoscaler" "autoscalers";
    Instance "instance" "instances";
    InstanceGroup "instanceGroup" "instanceGroups";
    NetworkEndpointGroup "networkEndpointGroup" "networkEndpointGroups";
    BackendService "backendService" "backendServices";
    ForwardingRule "forwardingRule" "forwardingRules";
    Route "route" "routes";
    PolicyBasedRoute "policyBasedRoute" "policyBasedRoutes";
    Router "router" "routers";
    VpnGateway "vpnGateway" "vpnGateways" | "targetVpnGateways";
    InterconnectAttachment "interconnectAttachment" "interconnectAttachments";
    Firewall "firewall" "firewalls";
    FirewallPolicy "firewallPolicy" "firewallPolicies";
}

/// Where a resource stands.
#[derive(Debug, Clone)]
pub(crate) enum Anchor {
    /// These bytes of a JSON text.
    Json { start: usize, len: usize },
    /// This part of the model file, or of another YAML file; `fields` leads from API pointers to its pointers, the longest that fits wins.
    Model { pointer: String, fields: Arc<[(String, String)]> },
    /// A resource of a Terraform plan: these bytes are its values, and the address is what Terraform calls it.
    Plan { start: usize, len: usize, address: Arc<str> },
}

/// Why a body does not say something that the resource will have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// The configuration sets it, to a value that is known only after apply.
    AfterApply,
    /// The configuration leaves it out: the platform's default, or its choice when the resource is made.
    ByPlatform,
    /// The input sets it, to a value that is computed from something the input leaves open.
    NotInInput,
}

impl Lack {
    /// Whether the input sets the field, to a value that nobody knows yet.
    pub fn is_set(self) -> bool {
        matches!(self, Self::AfterApply | Self::NotInInput)
    }
}

/// A project, region or zone that the input leaves open. No real one is called so.
pub(crate) const UNKNOWN_PLACE: &str = "(unknown)";

/// What a resource will have and its body does not say: JSON pointers below the body. A pointer stands for everything below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unknown(BTreeMap<String, Lack>);

impl Unknown {
    pub fn insert(&mut self, pointer: impl Into<String>, lack: Lack) {
        self.0.insert(pointer.into(), lack);
    }

    /// Why the value at a pointer is missing: by itself, or because something around it is.
    pub fn lack(&self, pointer: &str) -> Option<Lack> {
        if self.0.is_empty() {
            return None;
        }
        let around = pointer.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        let around = around.chain([pointer.len()]);
        around.map(|end| &pointer[..end]).find_map(|pointer| self.0.get(pointer).copied())
    }

    /// The keys right below a pointer whose values nobody knows yet, and why.
    pub fn below(&self, pointer: &str) -> BTreeMap<&str, Lack> {
        let set = self.0.iter().filter(|(_, lack)| lack.is_set());
        let below = set.filter_map(|(lacking, lack)| Some((lacking.strip_prefix(pointer)?.strip_prefix('/')?, *lack)));
        below.filter(|(key, _)| !key.contains('/')).collect()
    }

    /// The places in a list whose elements nobody knows yet, and why.
    pub fn elements(&self, pointer: &str) -> BTreeMap<usize, Lack> {
        self.below(pointer).into_iter().filter_map(|(place, lack)| Some((place.parse().ok()?, lack))).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, Lack)> {
        self.0.iter().map(|(pointer, lack)| (pointer.as_str(), *lack))
    }

    /// Forgets a top-level field and everything below it.
    pub fn forget(&mut self, field: &str) {
        let within = |pointer: &str| {
            pointer
                .strip_prefix('/')
                .and_then(|rest| rest.strip_prefix(field))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.retain(|pointer, _| !within(pointer));
    }
}

/// An element of a list that another resource of the input adds: where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// In the body of the whole: `/peerings/2`.
    pub pointer: String,
    /// In the body of the part: `/peerings/0`.
    pub own: String,
    pub source: SourceId,
    pub anchor: Anchor,
}

/// A resource and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub kind: Kind,
    /// Canonical: `projects/P/…`.
    pub name: String,
    pub body: Map<String, Value>,
    pub source: SourceId,
    pub anchor: Anchor,
    pub unknown: Unknown,
    /// Only a part of the resource: a list of it, as Terraform writes a network's peerings or a router's NATs apart. The rest is elsewhere or not in the input.
    pub is_part: bool,
    /// Where the elements stand that parts have added.
    pub parts: Vec<Part>,
}

impl Resource {
    /// A resource whose body says everything.
    pub fn new(kind: Kind, name: String, body: Map<String, Value>, source: SourceId, anchor: Anchor) -> Self {
        Self { kind, name, body, source, anchor, unknown: Unknown::default(), is_part: false, parts: Vec::new() }
    }
}

/// A canonical name from a URL in any of the forms that occur: full with any host and version,
/// `//compute.googleapis.com/…`, or partial from `projects/`, or from
/// `locations/` for what belongs to an organisation.
pub(crate) fn canonical(url: &str) -> Option<&str> {
    const ROOTS: [&str; 2] = ["projects/", "locations/"];
    let rooted = ROOTS.iter().any(|root| url.starts_with(root));
    let path = url.split_once("//").filter(|_| !rooted).map_or(url, |(_, rest)| rest);
    let path = path.split(['?', '#']).next().unwrap_or(path).trim_end_matches('/');
    if ROOTS.iter().any(|root| path.starts_with(root)) {
        return Some(path);
    }
    let root = |at: &usize| ROOTS.iter().any(|root| path[at + 1..].starts_with(root));
    path.match_indices('/').map(|(at, _)| at).find(root).map(|at| &path[at + 1..])
}

/// A canonical name from a URL that may leave out its project, as in `zones/z/machineTypes/m` or `global/networks/n`.
pub(crate) fn canonical_in(url: &str, project: &str) -> Option<String> {
    if let Some(name) = canonical(url) {
        return Some(name.to_owned());
    }
    let partial = ["global/", "regions/", "zones/"].iter().any(|scope| url.starts_with(scope));
    partial.then(|| format!("{project}/{}", url.trim_end_matches('/')))
}

/// `projects/P` of a canonical name.
pub(crate) fn project_of(name: &str) -> &str {
    let mut slashes = name.match_indices('/').map(|(at, _)| at);
    slashes.next();
    slashes.next().map_or(name, |end| &name[..end])
}

/// The collection of a canonical name: `subnetworks` of `projects/p/regions/r/subnetworks/s`.
pub(crate) fn collection_of(name: &str) -> Option<&str> {
    let mut parts = name.rsplit('/');
    parts.next()?;
    parts.next()
}

/// The last part of a name or URL.
pub(crate) fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_url_gives_one_name() {
        let name = "projects/p/regions/r/subnetworks/s";
        for url in [
            "https://www.googleapis.com/compute/v1/projects/p/regions/r/subnetworks/s",
            "https://compute.googleapis.com/compute/beta/projects/p/regions/r/subnetworks/s",
            "//compute.googleapis.com/projects/p/regions/r/subnetworks/s",
            "https://www.googleapis.com/compute/v1/projects/p/regions/r/subnetworks/s/?alt=json",
            name,
        ] {
            assert_eq!(canonical(url), Some(name), "{url}");
        }
        let policy = "locations/global/firewallPolicies/1234";
        assert_eq!(
            canonical("https://www.googleapis.com/compute/v1/locations/global/firewallPolicies/1234"),
            Some(policy)
        );
        for no_name in ["default", "", "https://", "//", "/", "projects/", "a projects/p"] {
            assert_eq!(canonical(no_name), None, "{no_name}");
        }
        assert_eq!(canonical_in("regions/r/subnetworks/s", "projects/p").as_deref(), Some(name));
        assert_eq!(project_of(name), "projects/p");
        assert_eq!(collection_of(name), Some("subnetworks"));
        assert_eq!(Kind::of_name(name), Some(Kind::Subnetwork));
        assert_eq!(Kind::of_name(policy), Some(Kind::FirewallPolicy));
        assert_eq!(Kind::of_name("projects/p/locations/global/policyBasedRoutes/r"), Some(Kind::PolicyBasedRoute));
        assert_eq!(Kind::of_name("projects/p/getXpnResources"), Some(Kind::SharedVpc));
        for elsewhere in [
            "projects/p/instances/i",
            "projects/p/locations/l/instances/i",
            "projects/p/zones//instances/i",
            "projects/p/zones/z/instances/",
        ] {
            assert_eq!(Kind::of_name(elsewhere), None, "{elsewhere}");
        }
    }
}
