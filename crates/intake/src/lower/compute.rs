//! Instances with their NICs, templates, managed and unmanaged groups.

use twinrail_model::{
    Alias, AliasRange, AttachmentId, EgressTier, Field, Hole, Instance, InstanceGroup, InstanceGroupId, InstanceId,
    Known, Maintenance, Mig, MigId, Name, Nic, Place, Stack, Stated, StatefulAddress, SubnetId,
};

use super::fields::{Fields, Missing, range};
use super::{Item, Lowering, known};
use crate::resource::{Anchor, Kind, UNKNOWN_PLACE, canonical, project_of, short};

pub(super) fn outside_instance(lowering: &mut Lowering<'_>, name: &str, id: InstanceId) -> Instance {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    let canonical = Name::new(name);
    Instance {
        known: Known::Outside,
        is_template: name.contains("/instanceTemplates/"),
        project: lowering.project(project_of(name)),
        zone: canonical.part("zones").map(ToOwned::to_owned).ok_or(hole("zone")).into(),
        machine: Err(hole("machineType")).into(),
        nics: Stated::missing(Vec::new(), hole("networkInterfaces")),
        tags: Stated::missing(Vec::new(), hole("tags")),
        service_accounts: Stated::missing(Vec::new(), hole("serviceAccounts")),
        secure_tags: Stated::missing(Vec::new(), hole("params")),
        can_ip_forward: Stated::missing(false, hole("canIpForward")),
        on_host_maintenance: Stated::missing(None, hole("scheduling")),
        spot: Stated::missing(false, hole("scheduling")),
        egress_tier: Stated::missing(EgressTier::Default, hole("networkPerformanceConfig")),
        policies: Stated::missing(Vec::new(), hole("resourcePolicies")),
        status: Stated::missing(None, hole("status")),
        template: Stated::missing(None, hole("sourceInstanceTemplate")),
        mig: Stated::missing(None, hole("metadata")),
        cluster: None,
        clients: None,
        name: canonical,
    }
}

pub(super) fn outside_instance_group(_: &mut Lowering<'_>, name: &str, id: InstanceGroupId) -> InstanceGroup {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    InstanceGroup {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Stated::missing(None, hole("network")),
        location: location(name),
        instances: Stated::missing(Vec::new(), hole("instances")),
        size: Stated::missing(0, hole("size")),
    }
}

pub(super) fn outside_mig(lowering: &mut Lowering<'_>, name: &str, id: MigId) -> Mig {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Mig {
        name: Name::new(name),
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        size: Stated::missing(0, hole("targetSize")),
        template: Stated::missing(None, hole("instanceTemplate")),
        autohealing: Stated::missing(None, hole("autoHealingPolicies")),
        repairs: Stated::missing(true, hole("instanceLifecyclePolicy")),
        stateful_addresses: Stated::missing(Vec::new(), hole("statefulPolicy")),
        autoscaled: Stated::missing(false, hole("autoscaler")),
        redistribution: Stated::missing(None, hole("updatePolicy")),
        replacement: Stated::missing(None, hole("updatePolicy")),
        instances: Stated::missing(Vec::new(), hole("instances")),
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
        let made_by = item.fields.stated(id, |fields| made_by(fields));
        self.membership(item, &made_by, id);
    }

    /// A MIG writes its own name and its template's into the metadata of the instances that it makes.
    fn membership(&mut self, item: &Item<'_>, made_by: &Stated<Vec<(&str, &str)>>, id: InstanceId) {
        if let Err(hole) = made_by.known_or_hole() {
            self.network.instances[id].mig = Stated::missing(None, hole.clone());
            if self.network.instances[id].template.peek().is_none() {
                self.network.instances[id].template = Stated::missing(None, hole);
            }
        }
        for (key, url) in made_by {
            // The project stands there as a number; the rest suffices, for both are of the instance's own project.
            let Some(name) = canonical(url).and_then(|name| name.strip_prefix(project_of(name))) else { continue };
            let name = format!("{}{name}", project_of(&item.resource.name));
            match (*key, Kind::of_name(&name)) {
                (CREATED_BY, Some(Kind::InstanceGroupManager)) => {
                    self.network.instances[id].mig = Stated::given(Some(self.mig(&name)));
                }
                (TEMPLATE, Some(Kind::InstanceTemplate)) => {
                    self.network.instances[id].template = Stated::given(Some(self.instance(&name)));
                }
                _ => {}
            }
        }
    }

    pub(super) fn lower_template(&mut self, item: &Item<'_>) {
        let id = self.instance(&item.resource.name);
        self.network.instances[id].is_template = true;
        let properties = item.fields.stated(id, |fields| fields.child("properties"));
        if let Some(properties) = properties.peek() {
            self.lower_shape(item, properties, id, "/properties");
        } else {
            // The row of an instance that is only named has a hole for everything.
            self.network.instances[id].known = Known::Here;
            self.origins.record(id, item.anchor, "");
        }
    }

    /// What instances and templates share.
    fn lower_shape(&mut self, item: &Item<'_>, fields: &Fields<'_>, id: InstanceId, below: &str) {
        let name = Name::new(item.resource.name.as_str());
        let machine = fields.needed::<String>("machineType", id);
        let zone = fields.text_field("zone", id).ok().flatten().map(short).filter(|zone| *zone != UNKNOWN_PLACE);
        let zone = zone.or_else(|| name.part("zones")).map(ToOwned::to_owned);
        let template = fields.stated(id, |fields| self.link(item, fields, "sourceInstanceTemplate"));
        let row = Instance {
            known: Known::Here,
            is_template: self.network.instances[id].is_template,
            project: self.project(project_of(&item.resource.name)),
            zone: zone.ok_or_else(|| fields.absent("zone", id)).into(),
            machine: machine.map(|url| short(&url).to_owned()).into(),
            nics: Stated::default(),
            tags: fields
                .stated(id, |fields| fields.child("tags").map(|tags| owned(&tags.texts("items"))).unwrap_or_default()),
            service_accounts: fields.stated(id, service_accounts),
            secure_tags: secure_tags(item, fields, id),
            can_ip_forward: fields.stated(id, |fields| fields.flag("canIpForward")),
            on_host_maintenance: fields.stated(id, maintenance),
            spot: fields.stated(id, is_spot),
            egress_tier: fields.stated(id, egress_tier),
            policies: fields.stated(id, |fields| {
                fields.texts("resourcePolicies").into_iter().map(|policy| short(policy).to_owned()).collect()
            }),
            status: fields.stated(id, |fields| fields.text("status").map(ToOwned::to_owned)),
            template: Stated::map(template, |name| name.map(|name| self.instance(&name))),
            mig: Stated::default(),
            cluster: None,
            clients: None,
            name,
        };
        self.network.instances[id] = row;
        self.origins.record(id, item.anchor, below);
        self.nics(item, fields, id, below);
    }

    /// The NICs of an instance; one that is known only after apply has its place and could be anywhere.
    fn nics(&mut self, item: &Item<'_>, fields: &Fields<'_>, id: InstanceId, below: &str) {
        let slots = fields.stated(id, |fields| fields.child_slots("networkInterfaces"));
        let mut nics = Vec::new();
        for (index, slot) in slots.peek().iter().enumerate() {
            let nic = match slot {
                Some(fields) => self.nic(item, fields, id, index),
                None => unknown_nic(id, index),
            };
            let nic = self.network.nics.push(nic);
            nics.push(nic);
            self.origins.record(nic, item.anchor, format!("{below}/networkInterfaces/{index}"));
        }
        self.network.instances[id].nics = Stated::map(slots, |_| nics);
    }

    fn nic(&mut self, item: &Item<'_>, fields: &Fields<'_>, instance: InstanceId, place: usize) -> Nic {
        use twinrail_model::{Id, NicId};
        let id = NicId::new(self.network.nics.len());
        let subnet = self.link_in(item, fields, "subnetwork", id).map(|name| self.subnet(&name));
        let attachment = fields.stated(id, |fields| self.link(item, fields, "networkAttachment"));
        let attachment = Stated::map(attachment, |name| name.map(|name| self.attachment(&name)));
        // A NIC may name only its subnet, and a PSC interface only its attachment: the network follows from it.
        let subnet = subnet.or_else(|hole| self.subnet_through(&attachment, hole));
        let named = self.link_in(item, fields, "network", id).map(|name| self.vpc(&name));
        let vpc = match (&subnet, named) {
            (Ok(subnet), named) => self.network.subnets[*subnet].vpc.get().or_else(|hole| named.map_err(|_| hole)),
            (Err(_), Ok(vpc)) => Ok(vpc),
            (Err(unplaced @ Hole::AfterApply(_)), Err(Hole::NotInInput(_))) => Err(unplaced.clone()),
            (Err(_), Err(hole)) => Err(hole),
        };
        let stated = fields.stated(id, |fields| fields.text("name"));
        let index = stated.peek().and_then(|name| name.strip_prefix("nic")).and_then(|index| index.parse().ok());
        let nic_type = fields.form_field::<String>("nicType", id).and_then(|text| match text.as_deref() {
            None | Some("UNSPECIFIED_NIC_TYPE") => Ok(None),
            Some(word) => word.parse().map(Some).map_err(|_: String| {
                fields.malformed("nicType", &word.into());
                Hole::NotUnderstood(Place::field(id, "nicType"))
            }),
        });
        let words = [("IPV4_ONLY", Stack::Ipv4Only), ("IPV4_IPV6", Stack::Ipv4Ipv6), ("IPV6_ONLY", Stack::Ipv6Only)];
        let stack = fields.stated(id, |fields| fields.word("stackType", &words).unwrap_or(Stack::Ipv4Only));
        let (ipv4, ipv6) =
            (self.address_field(item, fields, "networkIP", id), self.address_field(item, fields, "ipv6Address", id));
        Nic {
            instance,
            index: index.unwrap_or(place),
            nic_type: nic_type.into(),
            vpc: vpc.into(),
            subnet: subnet.into(),
            address: stack.known_or_hole().and_then(|stack| if *stack == Stack::Ipv6Only { ipv6 } else { ipv4 }).into(),
            aliases: fields.stated(id, |fields| fields.children("aliasIpRanges").iter().filter_map(alias).collect()),
            external: fields.stated(id, |fields| {
                !fields.children("accessConfigs").is_empty() | !fields.children("ipv6AccessConfigs").is_empty()
            }),
            stack,
            attachment,
            dynamic: fields.stated(id, |fields| {
                let parent = fields.text("parentNicName").unwrap_or_default();
                fields.count("vlan").map(|vlan| (vlan, parent.to_owned()))
            }),
            rail: Stated::default(),
        }
    }

    pub(super) fn lower_mig(&mut self, item: &Item<'_>) {
        let id = self.mig(&item.resource.name);
        let fields = &item.fields;
        let healing = fields.stated(id, |fields| self.autohealing(item, fields));
        let template = fields.stated(id, |fields| {
            let versions = fields.children("versions");
            let of_version = || versions.first().and_then(|version| version.text("instanceTemplate"));
            let url = fields.text("instanceTemplate").or_else(of_version);
            url.and_then(|url| self.resolve(item, url))
        });
        let update = |fields: &Fields<'_>, key| {
            fields.child("updatePolicy").and_then(|policy| policy.text(key).map(ToOwned::to_owned))
        };
        let row = Mig {
            name: Name::new(item.resource.name.as_str()),
            known: known(item),
            project: self.project(project_of(&item.resource.name)),
            size: fields.stated(id, |fields| fields.count("targetSize").unwrap_or(0)),
            template: Stated::map(template, |name| name.map(|name| self.instance(&name))),
            autohealing: Stated::map(healing, |healing| {
                healing.map(|(check, delay)| {
                    let check = check.map(|name| self.health_check(&name));
                    (check.ok_or(Hole::NotInInput(Place::field(id, "autoHealingPolicies"))), delay)
                })
            }),
            repairs: fields.stated(id, |fields| {
                let lifecycle = fields.child("instanceLifecyclePolicy");
                lifecycle.as_ref().and_then(|policy| policy.text("defaultActionOnFailure")) != Some("DO_NOTHING")
            }),
            stateful_addresses: fields.stated(id, stateful_addresses),
            autoscaled: fields.stated(id, is_autoscaled),
            redistribution: fields.stated(id, |fields| update(fields, "instanceRedistributionType")),
            replacement: fields.stated(id, |fields| update(fields, "replacementMethod")),
            instances: Stated::default(),
        };
        self.network.migs[id] = row;
        self.origins.record(id, item.anchor, "");
        // The group behind it has the same members.
        let group = fields.stated(id, |fields| self.link(item, fields, "instanceGroup"));
        if let Some(group) = group.peek() {
            self.instance_group(group);
        }
    }

    /// The health check that heals a group, by its name, and the initial delay in seconds.
    fn autohealing(&self, item: &Item<'_>, fields: &Fields<'_>) -> Option<(Option<String>, u64)> {
        let healing = fields.children("autoHealingPolicies");
        let policy = healing.first()?;
        Some((self.link(item, policy, "healthCheck"), policy.count("initialDelaySec").unwrap_or(0)))
    }

    /// An autoscaler is no entity: what it says is said of its group, and of every group if it does not say of which.
    pub(super) fn lower_autoscaler(&mut self, item: &Item<'_>) {
        let targets: Vec<MigId> = match item.fields.resolved("target", |url| self.resolve(item, url)) {
            Ok(target) => target.map(|mig| self.mig(&mig)).into_iter().collect(),
            Err(Missing::Malformed) => Vec::new(),
            Err(Missing::AfterApply | Missing::NotInInput) => self.network.migs.ids().collect(),
        };
        for mig in targets {
            let stated = item.fields.stated(mig, |fields| {
                let named = fields.text("target").is_some();
                let policy = fields.child("autoscalingPolicy");
                named && policy.as_ref().and_then(|policy| policy.text("mode")) != Some("OFF")
            });
            self.network.migs[mig].autoscaled = stated;
        }
    }

    pub(super) fn lower_instance_group(&mut self, item: &Item<'_>) {
        let id = self.instance_group(&item.resource.name);
        let fields = &item.fields;
        let vpc = fields.stated(id, |fields| self.link(item, fields, "network"));
        let members = fields.stated(id, |fields| self.links(item, fields, "instances"));
        let row = InstanceGroup {
            name: Name::new(item.resource.name.as_str()),
            known: known(item),
            vpc: Stated::map(vpc, |name| name.map(|name| self.vpc(&name))),
            location: location(&item.resource.name),
            instances: Stated::map(members, |names| names.iter().map(|name| self.instance(name)).collect()),
            size: fields.stated(id, |fields| fields.count("size").unwrap_or(0)),
        };
        self.network.instance_groups[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    /// Members know their MIG; the MIG, and the instance group of the same name, learn their members. An instance that does not know could be of any.
    pub(super) fn join_migs(&mut self) {
        for id in self.network.instances.ids() {
            if let Some(mig) = *self.network.instances[id].mig.peek() {
                self.join(mig, |members| members.change(|members| members.push(id)));
            }
        }
        let stray = |(_, row): &(InstanceId, &Instance)| row.known == Known::Here && row.mig.known().is_none();
        let stray = self.network.instances.iter().find(stray).map(|(id, _)| id);
        if let Some(stray) = stray {
            let hole = Hole::AfterApply(Place::field(stray, "metadata"));
            for mig in self.network.migs.ids() {
                self.join(mig, |members| *members = Stated::missing(members.peek().clone(), hole.clone()));
            }
        }
        // Members that the input lists as well.
        for group in self.network.instance_groups.ids() {
            self.network.instance_groups[group].instances.change(|members| {
                members.sort_unstable();
                members.dedup();
            });
        }
    }

    fn join(&mut self, mig: MigId, join: impl Fn(&mut Stated<Vec<InstanceId>>)) {
        join(&mut self.network.migs[mig].instances);
        let group = self.network.migs[mig].name.as_str().replace("/instanceGroupManagers/", "/instanceGroups/");
        if let Some(group) = self.ids.instance_groups.get(&group) {
            join(&mut self.network.instance_groups[*group].instances);
        }
    }

    /// The subnet that a PSC interface gets from its attachment.
    fn subnet_through(&self, attachment: &Stated<Option<AttachmentId>>, hole: Hole) -> Field<SubnetId> {
        let Some(attachment) = attachment.known_or_hole()? else { return Err(hole) };
        self.network.attachments[*attachment].subnets.known_or_hole()?.first().copied().ok_or(hole)
    }
}

/// Keys of the metadata that a MIG writes.
const CREATED_BY: &str = "created-by";
const TEMPLATE: &str = "instance-template";

/// What an instance's metadata say about what made it.
fn made_by<'r>(fields: &Fields<'r>) -> Vec<(&'r str, &'r str)> {
    let Some(metadata) = fields.child("metadata") else { return Vec::new() };
    let mut made_by = Vec::new();
    for entry in metadata.children("items") {
        let key = entry.text("key");
        // Other values may be known only after apply; that matters to nobody.
        if key.is_none_or(|key| [CREATED_BY, TEMPLATE].contains(&key)) {
            made_by.extend(key.zip(entry.text("value")));
        } else {
            entry.skip("value");
        }
    }
    made_by
}

fn service_accounts(fields: &Fields<'_>) -> Vec<String> {
    let accounts = fields.children("serviceAccounts");
    accounts.iter().filter_map(|account| account.text("email").map(ToOwned::to_owned)).collect()
}

/// The values of the tags that an instance is made with. The API takes them and does not give them back, so an answer of it never says that there are none.
fn secure_tags(item: &Item<'_>, fields: &Fields<'_>, id: InstanceId) -> Stated<Vec<String>> {
    // An instance takes them in its parameters, a template among its properties.
    let tags = fields.stated(id, |fields| {
        let bound = fields.child("params").map(|params| params.pairs("resourceManagerTags")).unwrap_or_default();
        let of_template = fields.pairs("resourceManagerTags");
        bound.into_iter().chain(of_template).map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
    });
    let is_silent = matches!(item.resource.anchor, Anchor::Json { .. }) && tags.known().is_some_and(Vec::is_empty);
    if is_silent { Stated::missing(Vec::new(), Hole::NotInInput(Place::field(id, "params"))) } else { tags }
}

fn maintenance(fields: &Fields<'_>) -> Option<Maintenance> {
    let words = [("MIGRATE", Maintenance::Migrate), ("TERMINATE", Maintenance::Terminate)];
    fields.child("scheduling")?.word("onHostMaintenance", &words)
}

fn is_spot(fields: &Fields<'_>) -> bool {
    fields.child("scheduling").is_some_and(|scheduling| {
        scheduling.flag("preemptible") | (scheduling.text("provisioningModel") == Some("SPOT"))
    })
}

fn egress_tier(fields: &Fields<'_>) -> EgressTier {
    let config = fields.child("networkPerformanceConfig");
    let tier = config.as_ref().and_then(|config| config.text("totalEgressBandwidthTier"));
    if tier == Some("TIER_1") { EgressTier::Tier1 } else { EgressTier::Default }
}

/// The addresses that a group's policy keeps, and those that a member keeps by its own configuration.
fn stateful_addresses(fields: &Fields<'_>) -> Vec<StatefulAddress> {
    let stateful = fields.child("statefulPolicy").and_then(|policy| policy.child("preservedState"));
    let configs = fields.children("perInstanceConfigs");
    let configs = configs.iter().filter_map(|config| config.child("preservedState"));
    kept_addresses(&stateful.into_iter().chain(configs).collect::<Vec<_>>())
}

/// The API names the autoscaler in the status; gcloud adds it, and a word that says whether there is one.
fn is_autoscaled(fields: &Fields<'_>) -> bool {
    let named = fields.child("status").is_some_and(|status| status.has("autoscaler")) | fields.has("autoscaler");
    named | (fields.text("autoscaled") == Some("yes"))
}

/// What stands for a NIC that is known only after apply.
fn unknown_nic(instance: InstanceId, index: usize) -> Nic {
    let hole = || Hole::AfterApply(Place::field(instance, "networkInterfaces"));
    Nic {
        instance,
        index,
        nic_type: Err(hole()).into(),
        vpc: Err(hole()).into(),
        subnet: Err(hole()).into(),
        address: Err(hole()).into(),
        aliases: Stated::missing(Vec::new(), hole()),
        external: Stated::missing(false, hole()),
        stack: Stated::missing(Stack::Ipv4Only, hole()),
        attachment: Stated::missing(None, hole()),
        dynamic: Stated::missing(None, hole()),
        rail: Stated::missing(None, hole()),
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
