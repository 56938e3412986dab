//! The model file as resources: twelve instances with two NICs each, not "a cluster". Resources take the Compute API's own shape, so that the model file and
//! an import are lowered by the same code; what the API has no resource for (clusters, VIP pools, clients, links, intents) is declared afterwards, on ids.

mod balancer;
mod cluster;
mod declare;
mod security;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use twinrail_model::FirewallOrder;

pub(crate) use declare::declare;

use crate::origins::SourceId;
use crate::read::InputError;
use crate::resource::{Anchor, Kind, Resource, canonical, collection_of};
use crate::spec::{self, Model};
use crate::tree::Node;

/// What the model file expanded to.
#[derive(Debug, Default)]
pub(crate) struct Expansion {
    pub resources: Vec<Resource>,
    /// Canonical names of the file's networks and subnets.
    pub networks: BTreeMap<String, String>,
    pub subnets: BTreeMap<String, String>,
    /// Resources given verbatim that are of no kind we understand.
    pub unsupported: Vec<String>,
    pub clusters: BTreeMap<String, ClusterNames>,
    /// Canonical names of groups of backends, with the cluster whose instances are their members.
    pub groups: Vec<(String, String)>,
    /// Whether there were errors, so that parts of the file have no resources.
    pub incomplete: bool,
}

/// Canonical names that belong to a cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClusterNames {
    pub instances: Vec<String>,
    pub mig: Option<String>,
    /// The link that each PSC interface stands for, by the NIC's index.
    pub psc: Vec<(usize, String)>,
}

/// Expands a model as far as it goes; every dangling name is an error, all at once.
pub(crate) fn expand(model: &Model, source: SourceId, path: &str, tree: &Node) -> (Expansion, Vec<InputError>) {
    let mut expander = Expander { model, source, path, tree, made: Expansion::default(), errors: Vec::new() };
    expander.names();
    expander.networks();
    expander.subnets();
    expander.clusters();
    expander.instances();
    expander.firewall();
    expander.policies();
    expander.routes();
    expander.routers();
    expander.balancers();
    expander.links();
    expander.verbatim();
    let Expander { mut made, errors, .. } = expander;
    made.incomplete = !errors.is_empty();
    (made, errors)
}

/// The form that the Compute API documents for names: RFC 1035 labels.
pub(crate) fn is_resource_name(name: &str) -> bool {
    let inner = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    inner && name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('-')
}

struct Expander<'m> {
    model: &'m Model,
    source: SourceId,
    path: &'m str,
    tree: &'m Node,
    made: Expansion,
    errors: Vec<InputError>,
}

/// A JSON pointer of the model file from its parts.
pub(super) fn pointer(parts: &[&str]) -> String {
    parts
        .iter()
        .fold(String::new(), |pointer, part| format!("{pointer}/{}", part.replace('~', "~0").replace('/', "~1")))
}

impl Expander<'_> {
    fn error(&mut self, pointer: &str, message: String, hint: Option<String>) {
        let at = Some(self.tree.locate(pointer));
        self.errors.push(InputError { path: self.path.to_owned(), at, message, hint });
    }

    /// Reports a name that leads nowhere, with the nearest that would.
    fn dangling<'n>(&mut self, pointer: &str, kind: &str, name: &str, known: impl Iterator<Item = &'n String>) {
        let near = known.map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate)).min();
        let hint = near
            .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3)
            .map(|(_, near)| format!("did you mean `{near}`?"));
        self.error(pointer, format!("no {kind} is named `{name}`"), hint);
    }

    /// Reports names that no resource can have: they would be cut at a slash, or be refused.
    fn names(&mut self) {
        let model = self.model;
        let sections: [(&str, Vec<&String>); 9] = [
            ("networks", model.networks.keys().collect()),
            ("subnets", model.subnets.keys().collect()),
            ("clusters", model.clusters.keys().collect()),
            ("instances", model.instances.keys().collect()),
            ("firewall", model.firewall.keys().collect()),
            ("firewall-policies", model.firewall_policies.keys().collect()),
            ("routes", model.routes.keys().collect()),
            ("routers", model.routers.keys().collect()),
            ("load-balancers", model.load_balancers.keys().collect()),
        ];
        for (section, names) in sections {
            for name in names.into_iter().filter(|name| !is_resource_name(name)) {
                let hint = Some("lower-case letters, digits and hyphens, beginning with a letter".to_owned());
                self.error(&pointer(&[section, name]), format!("`{name}` is no name that a resource can have"), hint);
            }
        }
    }

    fn push(&mut self, kind: Kind, name: String, body: Value, at: String, fields: Vec<(String, String)>) {
        let Value::Object(body) = body else { unreachable!("bodies are written as objects") };
        let anchor = Anchor::Model { pointer: at, fields: Arc::from(fields) };
        self.made.resources.push(Resource::new(kind, name, body, self.source, anchor));
    }

    /// `projects/ID` of a project of this file.
    fn project(&mut self, at: &str, name: &str) -> String {
        let model = self.model;
        if let Some(project) = model.projects.get(name) {
            format!("projects/{}", project.id.as_deref().unwrap_or(name))
        } else {
            self.dangling(at, "project", name, model.projects.keys());
            format!("projects/{name}")
        }
    }

    /// The project that is stated, or the only one there is.
    fn project_or_only(&mut self, at: &str, stated: Option<&str>) -> String {
        let model = self.model;
        if let Some(name) = stated {
            return self.project(&format!("{at}/project"), name);
        }
        let mut names = model.projects.keys();
        if let (Some(only), None) = (names.next(), names.next()) {
            self.project(at, only)
        } else {
            let hint = Some("name one with `project:`".to_owned());
            self.error(at, "this file has several projects, or none, so the project must be named".to_owned(), hint);
            "projects/unknown".to_owned()
        }
    }

    /// Canonical name of a network of this file.
    fn network(&mut self, at: &str, name: &str) -> Option<String> {
        let model = self.model;
        if let Some(network) = model.networks.get(name) {
            let project = self.project_or_only(&pointer(&["networks", name]), network.project.as_deref());
            Some(format!("{project}/global/networks/{name}"))
        } else {
            self.dangling(at, "network", name, model.networks.keys());
            None
        }
    }

    /// Canonical name of a subnet of this file, with what the file says of it.
    fn subnet(&mut self, at: &str, name: &str) -> Option<(String, &spec::Subnet)> {
        let model = self.model;
        let Some(subnet) = model.subnets.get(name) else {
            self.dangling(at, "subnet", name, model.subnets.keys());
            return None;
        };
        let network = self.network(&pointer(&["subnets", name, "network"]), &subnet.network)?;
        Some((
            format!("{}/regions/{}/subnetworks/{name}", crate::resource::project_of(&network), subnet.region),
            subnet,
        ))
    }

    fn networks(&mut self) {
        for (name, network) in &self.model.networks {
            let at = pointer(&["networks", name]);
            let project = self.project_or_only(&at, network.project.as_deref());
            let mut body = json!({ "name": name, "autoCreateSubnetworks": false });
            if let Some(profile) = &network.profile {
                body["networkProfile"] = format!("{project}/global/networkProfiles/{profile}").into();
            }
            if let Some(mtu) = network.mtu {
                body["mtu"] = mtu.into();
            }
            if let Some(order) = network.firewall_order {
                let order = match order {
                    spec::FirewallOrder::AfterClassic => FirewallOrder::AfterClassic,
                    spec::FirewallOrder::BeforeClassic => FirewallOrder::BeforeClassic,
                };
                body["networkFirewallPolicyEnforcementOrder"] = order.word().into();
            }
            let fields = vec![
                ("/networkProfile".to_owned(), format!("{at}/profile")),
                ("/networkFirewallPolicyEnforcementOrder".to_owned(), format!("{at}/firewall-order")),
            ];
            let canonical = format!("{project}/global/networks/{name}");
            self.made.networks.insert(name.clone(), canonical.clone());
            self.push(Kind::Network, canonical, body, at, fields);
        }
    }

    fn subnets(&mut self) {
        for (name, subnet) in &self.model.subnets {
            let at = pointer(&["subnets", name]);
            let Some(network) = self.network(&format!("{at}/network"), &subnet.network) else { continue };
            let secondary: Vec<Value> = subnet
                .secondary
                .iter()
                .map(|(name, range)| json!({ "rangeName": name, "ipCidrRange": range.0.to_string() }))
                .collect();
            let mut body = json!({
                "name": name,
                "network": network,
                "region": subnet.region,
                "stackType": subnet.stack,
                "secondaryIpRanges": secondary,
                "privateIpGoogleAccess": subnet.private_google_access,
            });
            if let Some(range) = &subnet.range {
                body["ipCidrRange"] = range.0.to_string().into();
            }
            let fields = [
                ("ipCidrRange", "range"),
                ("secondaryIpRanges", "secondary"),
                ("stackType", "stack"),
                ("privateIpGoogleAccess", "private-google-access"),
            ];
            let fields = fields.iter().map(|(api, model)| (format!("/{api}"), format!("{at}/{model}"))).collect();
            let project = crate::resource::project_of(&network);
            let canonical = format!("{project}/regions/{}/subnetworks/{name}", subnet.region);
            self.made.subnets.insert(name.clone(), canonical.clone());
            self.push(Kind::Subnetwork, canonical, body, at, fields);
        }
    }

    fn routers(&mut self) {
        for (name, router) in &self.model.routers {
            let at = pointer(&["routers", name]);
            let Some(network) = self.network(&format!("{at}/network"), &router.network) else { continue };
            let nat = |name| json!({ "name": name, "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES" });
            let nats: Vec<Value> = router.nats.iter().map(nat).collect();
            let body = json!({ "name": name, "network": network, "region": router.region, "nats": nats });
            let project = crate::resource::project_of(&network);
            self.push(
                Kind::Router,
                format!("{project}/regions/{}/routers/{name}", router.region),
                body,
                at,
                Vec::new(),
            );
        }
    }

    /// Peerings and network attachments; what a link means for clusters is in `cluster` and `declare`.
    fn links(&mut self) {
        let model = self.model;
        for (name, link) in &model.links {
            let at = pointer(&["links", name]);
            let forms = [link.psc_interface.is_some(), link.peering.is_some(), link.shared_vpc.is_some()];
            if forms.iter().filter(|form| **form).count() != 1 {
                let message =
                    format!("the link `{name}` is to have exactly one of psc-interface, peering and shared-vpc");
                self.error(&at, message, None);
                continue;
            }
            if let Some(sides) = &link.peering {
                self.peering(name, &at, sides, link.custom_routes);
            }
            if let Some(host) = &link.shared_vpc {
                self.project(&format!("{at}/shared-vpc"), host);
                for (place, service) in link.used_by.iter().enumerate() {
                    self.project(&format!("{at}/used-by/{place}"), service);
                }
            }
            if link.psc_interface.is_some() {
                self.attachment(name, &at, link);
            }
        }
    }

    fn peering(&mut self, name: &str, at: &str, sides: &[String], custom_routes: bool) {
        let [a, b] = sides else {
            self.error(&format!("{at}/peering"), format!("the peering `{name}` is to name two networks"), None);
            return;
        };
        let (Some(first), Some(second)) =
            (self.network(&format!("{at}/peering/0"), a), self.network(&format!("{at}/peering/1"), b))
        else {
            return;
        };
        for (own, peer) in [(&first, &second), (&second, &first)] {
            let entry = json!({ "name": name, "network": peer, "state": "ACTIVE", "exportCustomRoutes": custom_routes, "importCustomRoutes": custom_routes });
            let found = self.made.resources.iter_mut().find(|resource| resource.name == *own);
            let resource = found.expect("networks are expanded before links");
            let list = resource.body.entry("peerings").or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(list) = list else { unreachable!("written above as a list") };
            list.push(entry);
            let place = list.len() - 1;
            let Anchor::Model { fields, .. } = &mut resource.anchor else {
                unreachable!("the model file's own resource")
            };
            let mut mapped = fields.to_vec();
            mapped.push((format!("/peerings/{place}"), format!("{at}/peering")));
            *fields = Arc::from(mapped);
        }
    }

    fn attachment(&mut self, name: &str, at: &str, link: &spec::Link) {
        let Some(into) = &link.into else {
            self.error(at, format!("the link `{name}` does not say which subnet it leads `into`"), None);
            return;
        };
        let Some((subnet, spec)) = self.subnet(&format!("{at}/into"), into) else { return };
        let region = spec.region.clone();
        let mut body = json!({ "name": name, "subnetworks": [subnet], "region": region });
        match &link.accepts {
            None => {}
            Some(spec::Accepts::Word(spec::AcceptsWord::Automatic)) => {
                body["connectionPreference"] = "ACCEPT_AUTOMATIC".into();
            }
            Some(spec::Accepts::Projects(projects)) => {
                body["connectionPreference"] = "ACCEPT_MANUAL".into();
                body["producerAcceptLists"] = self.project_ids(&format!("{at}/accepts"), projects);
            }
        }
        body["producerRejectLists"] = self.project_ids(&format!("{at}/rejects"), &link.rejects);
        let fields = [
            ("connectionPreference", "accepts"),
            ("producerAcceptLists", "accepts"),
            ("producerRejectLists", "rejects"),
            ("subnetworks", "into"),
        ];
        let fields = fields.iter().map(|(api, model)| (format!("/{api}"), format!("{at}/{model}"))).collect();
        let canonical = format!("{}/regions/{region}/networkAttachments/{name}", crate::resource::project_of(&subnet));
        self.push(Kind::NetworkAttachment, canonical, body, at.to_owned(), fields);
    }

    fn project_ids(&mut self, at: &str, names: &[String]) -> Value {
        let ids = names.iter().enumerate().map(|(place, name)| {
            let project = self.project(&format!("{at}/{place}"), name);
            Value::String(project.trim_start_matches("projects/").to_owned())
        });
        ids.collect()
    }

    /// Resources given verbatim.
    fn verbatim(&mut self) {
        let model = self.model;
        for (place, body) in model.resources.iter().enumerate() {
            let at = format!("/resources/{place}");
            let name = body.get("selfLink").and_then(Value::as_str).and_then(canonical).map(ToOwned::to_owned);
            let Some(name) = name else {
                let hint = Some("such as `projects/P/regions/R/addresses/A`".to_owned());
                self.error(&at, "a resource has a `selfLink`".to_owned(), hint);
                continue;
            };
            let Some(kind) = Kind::of_name(&name) else {
                let collection = collection_of(&name).unwrap_or("no collection").to_owned();
                self.made.unsupported.push(format!("resource of the collection {collection}"));
                continue;
            };
            let body: Map<String, Value> = body.clone();
            self.push(kind, name, Value::Object(body), at, Vec::new());
        }
    }
}
