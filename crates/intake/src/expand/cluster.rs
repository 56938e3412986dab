//! Clusters and single instances: their NICs, addresses, templates and managed groups.

use serde_json::{Value, json};

use super::{ClusterNames, Expander, pointer};
use crate::resource::{Kind, project_of};
use crate::spec;

/// What single instances and members of clusters share.
struct Shape<'s> {
    at: String,
    machine: &'s str,
    nics: &'s [spec::Nic],
    tags: &'s [String],
    secure_tags: &'s [String],
    service_account: Option<&'s str>,
    ip_forwarding: bool,
    maintenance: Option<spec::Maintenance>,
    spot: bool,
    tier1: bool,
}

/// The body that all instances of a shape have, the project they are in, and the way back from its fields to the model file.
struct Member {
    project: String,
    body: Value,
    fields: Vec<(String, String)>,
}

impl Expander<'_> {
    pub(super) fn clusters(&mut self) {
        let model = self.model;
        for (name, cluster) in &model.clusters {
            self.cluster(name, cluster);
        }
    }

    pub(super) fn instances(&mut self) {
        let model = self.model;
        for (name, instance) in &model.instances {
            let shape = Shape {
                at: pointer(&["instances", name]),
                machine: &instance.machine,
                nics: &instance.nics,
                tags: &instance.tags,
                secure_tags: &instance.secure_tags,
                service_account: instance.service_account.as_deref(),
                ip_forwarding: instance.ip_forwarding,
                maintenance: instance.maintenance,
                spot: instance.spot,
                tier1: instance.tier1,
            };
            let Some(Member { project, mut body, fields }) = self.shape(&shape, instance.project.as_deref()) else {
                continue;
            };
            body["name"] = name.as_str().into();
            body["zone"] = instance.zone.as_str().into();
            self.push(
                Kind::Instance,
                format!("{project}/zones/{}/instances/{name}", instance.zone),
                body,
                shape.at,
                fields,
            );
        }
    }

    fn cluster(&mut self, name: &str, cluster: &spec::Cluster) {
        let shape = Shape {
            at: pointer(&["clusters", name]),
            machine: &cluster.machine,
            nics: &cluster.nics,
            tags: &cluster.tags,
            secure_tags: &cluster.secure_tags,
            service_account: cluster.service_account.as_deref(),
            ip_forwarding: cluster.ip_forwarding,
            maintenance: cluster.maintenance,
            spot: cluster.spot,
            tier1: cluster.tier1,
        };
        let at = shape.at.clone();
        let zones: Vec<&str> = cluster.zone.iter().chain(&cluster.zones).map(String::as_str).collect();
        if cluster.zone.is_some() && !cluster.zones.is_empty() {
            let hint = Some("`zones` spreads the instances over several, in turn".to_owned());
            self.error(&format!("{at}/zones"), format!("the cluster `{name}` has both `zone` and `zones`"), hint);
        }
        if zones.is_empty() {
            self.error(&at, format!("the cluster `{name}` has no `zone`"), None);
            return;
        }
        let Some(mut like) = self.shape(&shape, cluster.project.as_deref()) else { return };
        let mut names = ClusterNames::default();
        self.psc_interfaces(name, &mut like, &mut names);
        if cluster.placement.is_some() {
            like.body["resourcePolicies"] = json!([format!("{name}-placement")]);
        }
        if let Some(mig) = &cluster.mig {
            let group = self.mig(name, cluster, mig, &zones, &like);
            like.body["metadata"] = json!({ "items": [{ "key": "created-by", "value": group }] });
            names.mig = Some(group);
        }
        let Member { project, body, fields } = like;
        let pool_nic = self.pool_nic(cluster);
        let width = cluster.count.to_string().len();
        for number in 1..=cluster.count {
            let zone = zones[usize::try_from(number - 1).expect("bounded by the schema") % zones.len()];
            let member = format!("{name}-{number:0width$}");
            let mut body = body.clone();
            body["name"] = member.as_str().into();
            body["zone"] = zone.into();
            let address = cluster.addresses.as_ref().and_then(|pool| pool.pool.0.nth(number - 1));
            if let (Some(nic), Some(address)) = (pool_nic, address) {
                body["networkInterfaces"][nic]["networkIP"] = address.to_string().into();
                if cluster.addresses.as_ref().is_some_and(|pool| pool.reserved) {
                    self.reserve(&at, &project, &member, &cluster.nics[nic], &address.to_string());
                }
            }
            let canonical = format!("{project}/zones/{zone}/instances/{member}");
            names.instances.push(canonical.clone());
            self.push(Kind::Instance, canonical, body, at.clone(), fields.clone());
        }
        self.made.clusters.insert(name.to_owned(), names);
    }

    /// The body that all members share, with the way back from its fields to the model file.
    fn shape(&mut self, shape: &Shape<'_>, project: Option<&str>) -> Option<Member> {
        let at = &shape.at;
        let mut interfaces = Vec::new();
        let mut fields = Vec::new();
        let mut first_project = None;
        let mut complete = true;
        for (index, nic) in shape.nics.iter().enumerate() {
            let here = format!("{at}/nics/{index}");
            let Some((subnet, _)) = self.subnet(&format!("{here}/subnet"), &nic.subnet) else {
                complete = false;
                continue;
            };
            first_project.get_or_insert_with(|| project_of(&subnet).to_owned());
            interfaces.push(interface(nic, &subnet));
            fields.push((format!("/networkInterfaces/{index}"), here.clone()));
            for (api, model) in [
                ("nicType", "type"),
                ("subnetwork", "subnet"),
                ("networkIP", "address"),
                ("aliasIpRanges", "aliases"),
                ("accessConfigs", "external"),
                ("parentNicName", "parent"),
            ] {
                fields.push((format!("/networkInterfaces/{index}/{api}"), format!("{here}/{model}")));
            }
        }
        let project = match project {
            Some(name) => self.project(&format!("{at}/project"), name),
            None => first_project.unwrap_or_default(),
        };
        for (api, model) in [
            ("machineType", "machine"),
            ("scheduling", "maintenance"),
            ("canIpForward", "ip-forwarding"),
            ("serviceAccounts", "service-account"),
            ("networkPerformanceConfig", "tier1"),
            ("params", "secure-tags"),
            ("resourcePolicies", "placement"),
        ] {
            fields.push((format!("/{api}"), format!("{at}/{model}")));
        }
        let mut body = json!({
            "machineType": shape.machine,
            "networkInterfaces": interfaces,
            "tags": { "items": shape.tags },
            "canIpForward": shape.ip_forwarding,
            "scheduling": { "preemptible": shape.spot },
        });
        match shape.maintenance {
            Some(spec::Maintenance::Migrate) => body["scheduling"]["onHostMaintenance"] = "MIGRATE".into(),
            Some(spec::Maintenance::Terminate) => body["scheduling"]["onHostMaintenance"] = "TERMINATE".into(),
            None => {}
        }
        if let Some(account) = shape.service_account {
            body["serviceAccounts"] = json!([{ "email": account }]);
        }
        if !shape.secure_tags.is_empty() {
            // The API names a tag's key as well, which follows from its value.
            let tags = shape.secure_tags.iter().map(|value| (value.clone(), value.as_str().into()));
            body["params"] = json!({ "resourceManagerTags": tags.collect::<serde_json::Map<String, Value>>() });
        }
        if shape.tier1 {
            body["networkPerformanceConfig"] = json!({ "totalEgressBandwidthTier": "TIER_1" });
        }
        complete.then_some(Member { project, body, fields })
    }

    /// A NIC for each link that lets this cluster join another network.
    fn psc_interfaces(&mut self, name: &str, like: &mut Member, names: &mut ClusterNames) {
        let Member { body, fields, .. } = like;
        let model = self.model;
        for (link_name, link) in model.links.iter().filter(|(_, link)| link.psc_interface.as_deref() == Some(name)) {
            let at = pointer(&["links", link_name]);
            let Some(into) = &link.into else { continue };
            let Some((subnet, spec)) = self.subnet(&format!("{at}/into"), into) else { continue };
            let attachment = format!("{}/regions/{}/networkAttachments/{link_name}", project_of(&subnet), spec.region);
            let nic_type = link.nic_type.unwrap_or(spec::NicType::Gvnic);
            let interfaces = body["networkInterfaces"].as_array_mut().expect("written as a list");
            let index = interfaces.len();
            interfaces.push(json!({ "nicType": nic_type, "networkAttachment": attachment }));
            fields.push((format!("/networkInterfaces/{index}"), at.clone()));
            fields.push((format!("/networkInterfaces/{index}/nicType"), format!("{at}/type")));
            fields.push((format!("/networkInterfaces/{index}/networkAttachment"), format!("{at}/psc-interface")));
            names.psc.push((index, link_name.clone()));
        }
    }

    fn mig(&mut self, name: &str, cluster: &spec::Cluster, mig: &spec::Mig, zones: &[&str], member: &Member) -> String {
        let Member { project, body, fields } = member;
        let at = pointer(&["clusters", name, "mig"]);
        let region = twinrail_model::Network::region_of(zones[0]);
        let scope = if zones.len() == 1 { format!("zones/{}", zones[0]) } else { format!("regions/{region}") };
        let template = format!("{project}/global/instanceTemplates/{name}");
        let below = fields.iter().map(|(api, model)| (format!("/properties{api}"), model.clone())).collect();
        self.push(
            Kind::InstanceTemplate,
            template.clone(),
            json!({ "name": name, "properties": body }),
            pointer(&["clusters", name]),
            below,
        );
        let group = format!("{project}/{scope}/instanceGroupManagers/{name}");
        let action = match mig.on_failure {
            spec::OnFailure::Repair => "REPAIR",
            spec::OnFailure::DoNothing => "DO_NOTHING",
        };
        let mut manager = json!({
            "name": name,
            "targetSize": cluster.count,
            "instanceTemplate": template,
            "instanceGroup": group.replace("instanceGroupManagers", "instanceGroups"),
            "instanceLifecyclePolicy": { "defaultActionOnFailure": action },
        });
        if mig.stateful_addresses {
            manager["statefulPolicy"] = stateful_policy(cluster);
        }
        if let Some(check) = &mig.health_check {
            let check_name = format!("{project}/global/healthChecks/{name}");
            self.health_check(check_name.clone(), check, format!("{at}/health-check"));
            let delay = mig.initial_delay.map_or(0, |delay| delay.0 / 1000);
            manager["autoHealingPolicies"] = json!([{ "healthCheck": check_name, "initialDelaySec": delay }]);
        }
        let fields = [
            ("instanceLifecyclePolicy", "on-failure"),
            ("statefulPolicy", "stateful-addresses"),
            ("autoHealingPolicies", "health-check"),
        ];
        let fields = fields.iter().map(|(api, model)| (format!("/{api}"), format!("{at}/{model}"))).collect();
        self.push(Kind::InstanceGroupManager, group.clone(), manager, at.clone(), fields);
        let instance_group = json!({ "name": name, "size": cluster.count });
        self.push(
            Kind::InstanceGroup,
            group.replace("instanceGroupManagers", "instanceGroups"),
            instance_group,
            at.clone(),
            Vec::new(),
        );
        if mig.autoscaled {
            let scaler = group.replace("instanceGroupManagers", "autoscalers");
            self.push(
                Kind::Autoscaler,
                scaler,
                json!({ "name": name, "target": group }),
                format!("{at}/autoscaled"),
                Vec::new(),
            );
        }
        group
    }

    /// The NIC whose subnet holds the pool.
    fn pool_nic(&self, cluster: &spec::Cluster) -> Option<usize> {
        let pool = cluster.addresses.as_ref()?.pool.0;
        cluster.nics.iter().position(|nic| {
            let range = self.model.subnets.get(&nic.subnet).and_then(|subnet| subnet.range.as_ref());
            range.is_some_and(|range| range.0.contains(&pool.first()))
        })
    }

    fn reserve(&mut self, at: &str, project: &str, member: &str, nic: &spec::Nic, address: &str) {
        let Some((subnet, spec)) = self.subnet(at, &nic.subnet) else { return };
        let region = spec.region.clone();
        let body = json!({ "name": member, "address": address, "addressType": "INTERNAL", "purpose": "GCE_ENDPOINT", "subnetwork": subnet });
        let fields = vec![("/address".to_owned(), format!("{at}/addresses/pool"))];
        self.push(
            Kind::Address,
            format!("{project}/regions/{region}/addresses/{member}"),
            body,
            format!("{at}/addresses"),
            fields,
        );
    }
}

/// Keeps the primary addresses of the TCP rail's NICs.
fn stateful_policy(cluster: &spec::Cluster) -> Value {
    let ordinary = cluster.nics.iter().enumerate().filter(|(_, nic)| nic.rail == spec::Rail::Tcp);
    let kept = ordinary.map(|(index, _)| (format!("nic{index}"), json!({ "autoDelete": "NEVER" })));
    let kept: serde_json::Map<String, Value> = kept.collect();
    json!({ "preservedState": { "internalIPs": kept } })
}

fn interface(nic: &spec::Nic, subnet: &str) -> Value {
    let mut body = json!({ "nicType": nic.nic_type, "subnetwork": subnet });
    if let Some(address) = &nic.address {
        body["networkIP"] = address.0.to_string().into();
    }
    if nic.external {
        body["accessConfigs"] = json!([{ "type": "ONE_TO_ONE_NAT" }]);
    }
    if let Some(vlan) = nic.vlan {
        body["vlan"] = vlan.into();
        body["parentNicName"] = nic.parent.as_deref().unwrap_or_default().into();
    }
    let aliases: Vec<Value> = nic
        .aliases
        .iter()
        .map(|alias| match alias.split_once(':') {
            Some((secondary, range)) => json!({ "subnetworkRangeName": secondary, "ipCidrRange": range }),
            None => json!({ "ipCidrRange": alias }),
        })
        .collect();
    if !aliases.is_empty() {
        body["aliasIpRanges"] = Value::Array(aliases);
    }
    body
}
