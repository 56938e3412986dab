//! Instances with their NICs, templates, managed and unmanaged groups.

use twinrail_model::{
    Alias, AliasRange, EgressTier, Hole, Instance, InstanceGroup, InstanceGroupId, InstanceId, Known, Maintenance, Mig,
    MigId, Name, Nic, Place, Stack, StatefulAddress,
};

use super::fields::{Fields, range};
use super::{Item, Lowering, known};
use crate::resource::{Kind, canonical, project_of, short};

pub(super) fn outside_instance(lowering: &mut Lowering<'_>, name: &str, id: InstanceId) -> Instance {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    let canonical = Name::new(name);
    Instance {
        known: Known::Outside,
        is_template: name.contains("/instanceTemplates/"),
        project: lowering.project(project_of(name)),
        zone: canonical.part("zones").map(ToOwned::to_owned).ok_or(hole("zone")),
        machine: Err(hole("machineType")),
        nics: Vec::new(),
        tags: Vec::new(),
        service_accounts: Vec::new(),
        can_ip_forward: false,
        on_host_maintenance: None,
        spot: false,
        egress_tier: EgressTier::Default,
        policies: Vec::new(),
        status: None,
        template: None,
        mig: None,
        cluster: None,
        clients: None,
        name: canonical,
    }
}

pub(super) fn outside_instance_group(_: &mut Lowering<'_>, name: &str, _: InstanceGroupId) -> InstanceGroup {
    InstanceGroup {
        name: Name::new(name),
        known: Known::Outside,
        vpc: None,
        location: location(name),
        instances: Vec::new(),
        size: 0,
    }
}

pub(super) fn outside_mig(lowering: &mut Lowering<'_>, name: &str, _: MigId) -> Mig {
    Mig {
        name: Name::new(name),
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        size: 0,
        template: None,
        autohealing: None,
        repairs: true,
        stateful_addresses: Vec::new(),
        autoscaled: false,
        redistribution: None,
        replacement: None,
        instances: Vec::new(),
    }
}

/// Zone or region of a canonical name; empty for a global one.
pub(super) fn location(name: &str) -> String {
    let name = Name::new(name);
    name.part("zones").or_else(|| name.part("regions")).unwrap_or_default().to_owned()
}

impl Lowering<'_> {
    pub(super) fn lower_instance(&mut self, item: &Item<'_>) {
        let id = self.instance(&item.resource.name);
        self.lower_shape(item, &item.fields, id, "");
        if let Some(metadata) = item.fields.child("metadata") {
            self.membership(item, &metadata, id);
        }
    }

    /// A MIG writes its own name and its template's into the metadata of the instances that it makes.
    fn membership(&mut self, item: &Item<'_>, metadata: &Fields<'_>, id: InstanceId) {
        for entry in metadata.children("items") {
            let (Some(key @ ("created-by" | "instance-template")), Some(url)) =
                (entry.text("key"), entry.text("value"))
            else {
                continue;
            };
            // The project stands there as a number; the rest suffices, for both are of the instance's own project.
            let Some(name) = canonical(url).and_then(|name| name.strip_prefix(project_of(name))) else { continue };
            let name = format!("{}{name}", project_of(&item.resource.name));
            match (key, Kind::of_name(&name)) {
                ("created-by", Some(Kind::InstanceGroupManager)) => {
                    self.network.instances[id].mig = Some(self.mig(&name));
                }
                ("instance-template", Some(Kind::InstanceTemplate)) => {
                    self.network.instances[id].template = Some(self.instance(&name));
                }
                _ => {}
            }
        }
    }

    pub(super) fn lower_template(&mut self, item: &Item<'_>) {
        let id = self.instance(&item.resource.name);
        self.network.instances[id].is_template = true;
        if let Some(properties) = item.fields.child("properties") {
            self.lower_shape(item, &properties, id, "/properties");
        } else {
            self.network.instances[id].known = Known::Here;
            self.origins.record(id, item.anchor, "");
        }
    }

    /// What instances and templates share.
    fn lower_shape(&mut self, item: &Item<'_>, fields: &Fields<'_>, id: InstanceId, below: &str) {
        let name = Name::new(item.resource.name.as_str());
        let scheduling = fields.child("scheduling");
        let scheduling = scheduling.as_ref();
        let machine = fields.form_field::<String>("machineType", id);
        let machine = machine.and_then(|machine| machine.ok_or_else(|| fields.absent("machineType", id)));
        let tier = fields.child("networkPerformanceConfig");
        let tier = tier.as_ref().and_then(|config| config.text("totalEgressBandwidthTier")) == Some("TIER_1");
        let zone = fields.text("zone").map(short).or_else(|| name.part("zones")).map(ToOwned::to_owned);
        let words = [("MIGRATE", Maintenance::Migrate), ("TERMINATE", Maintenance::Terminate)];
        let maintenance = scheduling.and_then(|scheduling| scheduling.word("onHostMaintenance", &words));
        let spot = scheduling.is_some_and(|scheduling| {
            scheduling.flag("preemptible") | (scheduling.text("provisioningModel") == Some("SPOT"))
        });
        let template = self.link(item, fields, "sourceInstanceTemplate");
        let row = Instance {
            known: Known::Here,
            is_template: self.network.instances[id].is_template,
            project: self.project(project_of(&item.resource.name)),
            zone: zone.ok_or_else(|| fields.absent("zone", id)),
            machine: machine.map(|url| short(&url).to_owned()),
            nics: Vec::new(),
            tags: fields.child("tags").map(|tags| owned(&tags.texts("items"))).unwrap_or_default(),
            service_accounts: fields
                .children("serviceAccounts")
                .iter()
                .filter_map(|account| account.text("email").map(ToOwned::to_owned))
                .collect(),
            can_ip_forward: fields.flag("canIpForward"),
            on_host_maintenance: maintenance,
            spot,
            egress_tier: if tier { EgressTier::Tier1 } else { EgressTier::Default },
            policies: fields.texts("resourcePolicies").into_iter().map(|policy| short(policy).to_owned()).collect(),
            status: fields.text("status").map(ToOwned::to_owned),
            template: template.map(|name| self.instance(&name)),
            mig: None,
            cluster: None,
            clients: None,
            name,
        };
        self.network.instances[id] = row;
        self.origins.record(id, item.anchor, below);
        for (index, fields) in fields.children("networkInterfaces").iter().enumerate() {
            let nic = self.nic(item, fields, id, index);
            let nic = self.network.nics.push(nic);
            self.network.instances[id].nics.push(nic);
            self.origins.record(nic, item.anchor, format!("{below}/networkInterfaces/{index}"));
        }
    }

    fn nic(&mut self, item: &Item<'_>, fields: &Fields<'_>, instance: InstanceId, place: usize) -> Nic {
        use twinrail_model::{Id, NicId};
        let id = NicId::new(self.network.nics.len());
        let subnet = self.link_in(item, fields, "subnetwork", id).map(|name| self.subnet(&name));
        let attachment = self.link(item, fields, "networkAttachment").map(|name| self.attachment(&name));
        // A NIC may name only its subnet, and a PSC interface only its attachment: the network follows from it.
        let subnet = subnet.or_else(|hole| {
            let through =
                attachment.and_then(|attachment| self.network.attachments[attachment].subnets.first().copied());
            through.ok_or(hole)
        });
        let named = self.link_in(item, fields, "network", id).map(|name| self.vpc(&name));
        let vpc = match (&subnet, named) {
            (Ok(subnet), named) => self.network.subnets[*subnet].vpc.clone().or_else(|hole| named.map_err(|_| hole)),
            (Err(_), Ok(vpc)) => Ok(vpc),
            (Err(unplaced @ Hole::AfterApply(_)), Err(Hole::NotInInput(_))) => Err(unplaced.clone()),
            (Err(_), Err(hole)) => Err(hole),
        };
        let index = fields.text("name").and_then(|name| name.strip_prefix("nic")).and_then(|index| index.parse().ok());
        let nic_type = fields.form_field::<String>("nicType", id).and_then(|text| match text.as_deref() {
            None | Some("UNSPECIFIED_NIC_TYPE") => Ok(None),
            Some(word) => word.parse().map(Some).map_err(|_: String| {
                fields.malformed("nicType", &word.into());
                Hole::NotUnderstood(Place::field(id, "nicType"))
            }),
        });
        let words = [("IPV4_ONLY", Stack::Ipv4Only), ("IPV4_IPV6", Stack::Ipv4Ipv6), ("IPV6_ONLY", Stack::Ipv6Only)];
        let stack = fields.word("stackType", &words).unwrap_or(Stack::Ipv4Only);
        let (ipv4, ipv6) =
            (self.address_field(item, fields, "networkIP", id), self.address_field(item, fields, "ipv6Address", id));
        Nic {
            instance,
            index: index.unwrap_or(place),
            nic_type,
            vpc,
            subnet,
            address: if stack == Stack::Ipv6Only { ipv6 } else { ipv4 },
            aliases: fields.children("aliasIpRanges").iter().filter_map(alias).collect(),
            external: !fields.children("accessConfigs").is_empty() | !fields.children("ipv6AccessConfigs").is_empty(),
            stack,
            attachment,
            dynamic: fields
                .count("vlan")
                .map(|vlan| (vlan, fields.text("parentNicName").unwrap_or_default().to_owned())),
            rail: None,
        }
    }

    pub(super) fn lower_mig(&mut self, item: &Item<'_>) {
        let id = self.mig(&item.resource.name);
        let fields = &item.fields;
        let healing = fields.children("autoHealingPolicies");
        let autohealing = healing.first().map(|policy| {
            let check = self.link(item, policy, "healthCheck").map(|name| self.health_check(&name));
            (
                check.ok_or(Hole::NotInInput(Place::field(id, "autoHealingPolicies"))),
                policy.count("initialDelaySec").unwrap_or(0),
            )
        });
        let lifecycle = fields.child("instanceLifecyclePolicy");
        let repairs = lifecycle.as_ref().and_then(|policy| policy.text("defaultActionOnFailure")) != Some("DO_NOTHING");
        let stateful = fields.child("statefulPolicy").and_then(|policy| policy.child("preservedState"));
        // What a member keeps by its own configuration is kept as well as what all members keep.
        let configs = fields.children("perInstanceConfigs");
        let configs = configs.iter().filter_map(|config| config.child("preservedState"));
        let addresses = kept_addresses(&stateful.into_iter().chain(configs).collect::<Vec<_>>());
        // The API names the autoscaler in the status; gcloud adds it, and a word that says whether there is one.
        let named = fields.child("status").is_some_and(|status| status.has("autoscaler")) | fields.has("autoscaler");
        let autoscaled = named | (fields.text("autoscaled") == Some("yes"));
        let update = fields.child("updatePolicy");
        let update = update.as_ref();
        let versions = fields.children("versions");
        let template = fields
            .text("instanceTemplate")
            .or_else(|| versions.first().and_then(|version| version.text("instanceTemplate")));
        let template = template.and_then(|url| self.resolve(item, url));
        let row = Mig {
            name: Name::new(item.resource.name.as_str()),
            known: known(item),
            project: self.project(project_of(&item.resource.name)),
            size: fields.count("targetSize").unwrap_or(0),
            template: template.map(|name| self.instance(&name)),
            autohealing,
            repairs,
            stateful_addresses: addresses,
            autoscaled,
            redistribution: update.and_then(|policy| policy.text("instanceRedistributionType")).map(ToOwned::to_owned),
            replacement: update.and_then(|policy| policy.text("replacementMethod")).map(ToOwned::to_owned),
            instances: Vec::new(),
        };
        self.network.migs[id] = row;
        self.origins.record(id, item.anchor, "");
        // The group behind it has the same members.
        if let Some(group) = self.link(item, fields, "instanceGroup") {
            self.instance_group(&group);
        }
    }

    pub(super) fn lower_autoscaler(&mut self, item: &Item<'_>) {
        let policy = item.fields.child("autoscalingPolicy");
        let off = policy.as_ref().and_then(|policy| policy.text("mode")) == Some("OFF");
        if let Some(mig) = self.link(item, &item.fields, "target") {
            let mig = self.mig(&mig);
            self.network.migs[mig].autoscaled = !off;
        }
    }

    pub(super) fn lower_instance_group(&mut self, item: &Item<'_>) {
        let id = self.instance_group(&item.resource.name);
        let fields = &item.fields;
        let vpc = self.link(item, fields, "network").map(|name| self.vpc(&name));
        let members = self.links(item, "instances");
        let row = InstanceGroup {
            name: Name::new(item.resource.name.as_str()),
            known: known(item),
            vpc,
            location: location(&item.resource.name),
            instances: members.iter().map(|name| self.instance(name)).collect(),
            size: fields.count("size").unwrap_or(0),
        };
        self.network.instance_groups[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    /// Members know their MIG; the MIG, and the instance group of the same name, learn their members.
    pub(super) fn join_migs(&mut self) {
        for id in self.network.instances.ids() {
            let Some(mig) = self.network.instances[id].mig else { continue };
            self.network.migs[mig].instances.push(id);
            let group = self.network.migs[mig].name.as_str().replace("/instanceGroupManagers/", "/instanceGroups/");
            if let Some(group) = self.ids.instance_groups.get(&group) {
                self.network.instance_groups[*group].instances.push(id);
            }
        }
        // Members that the input lists as well.
        for group in self.network.instance_groups.ids() {
            let members = &mut self.network.instance_groups[group].instances;
            members.sort_unstable();
            members.dedup();
        }
    }
}

fn alias(fields: &Fields<'_>) -> Option<Alias> {
    let secondary = fields.text("subnetworkRangeName").map(ToOwned::to_owned);
    let text = fields.text("ipCidrRange")?;
    let length = |length: &str| length.parse().ok().filter(|length| *length <= 128).map(AliasRange::Length);
    let range = text.strip_prefix('/').map_or_else(|| range(text).map(AliasRange::Range), length);
    if range.is_none() {
        fields.malformed("ipCidrRange", &text.into());
    }
    let range = range?;
    Some(Alias { range, secondary })
}

/// The addresses that preserved states name, each once.
fn kept_addresses(states: &[Fields<'_>]) -> Vec<StatefulAddress> {
    let mut kept = Vec::new();
    for (key, external) in [("internalIPs", false), ("externalIPs", true)] {
        for (nic, _) in states.iter().flat_map(|state| state.entries(key)) {
            let address = StatefulAddress { nic: nic.to_owned(), external };
            if !kept.contains(&address) {
                kept.push(address);
            }
        }
    }
    kept
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
