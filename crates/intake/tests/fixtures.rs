//! Synthetic fixtures of the shapes that the corpus lacks; `fixtures/README.md` says where each shape is documented.

use insta::assert_debug_snapshot;
use proptest::prelude::*;
use twinrail_intake::Loaded;
use twinrail_model::{
    Alias, AliasRange, AppliesTo, AttachmentPreference, EgressTier, FirewallAction, Hole, Known, LinkKind, Maintenance,
    NextHop, NicType, PolicyHop, PolicyScope, Ratio, Scheme,
};

use crate::view::{check_spots, everything, loaded};

macro_rules! fixtures {
    ($($name:literal)*) => {
        /// Every fixture, by file name.
        pub const ALL: &[(&str, &str)] = &[$(($name, include_str!(concat!("fixtures/", $name)))),*];
    };
}

fixtures! {
    "urls.json" "lists.json" "instance.json" "balancer.json" "profile-describe.json" "profile-get.json" "effective-firewalls.json"
    "mig.json" "a4x-max.json" "older.json" "newer.json" "undated-1.json" "undated-2.json" "outside.json"
    "assets.json" "assets-history.json"
}

pub fn text(name: &str) -> &'static str {
    ALL.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no fixture {name}")).1
}

pub fn load(names: &[&str]) -> Loaded {
    let files: Vec<(&str, &str)> = names.iter().map(|name| (*name, text(name))).collect();
    let loaded = loaded(&files);
    check_spots(&loaded);
    loaded
}

pub fn unsupported(loaded: &Loaded) -> Vec<String> {
    loaded.unsupported.iter().map(|kind| format!("{} {}", kind.count, kind.what)).collect()
}

fn outside(loaded: &Loaded) -> Vec<&str> {
    loaded.outside.iter().map(|(_, name)| name.as_str()).collect()
}

#[test]
fn every_form_of_a_url_leads_to_one_network() {
    let loaded = load(&["urls.json"]);
    let network = &loaded.network;
    assert_eq!((network.vpcs.len(), network.subnets.len()), (1, 4));
    let (vpc, row) = network.vpcs.iter().next().expect("a network");
    assert_eq!((row.known, &*row.mtu), (Known::Here, &Ok(Some(8896))));
    for subnet in network.subnets.rows() {
        assert_eq!(
            (&*subnet.vpc, subnet.known, subnet.region.as_deref()),
            (&Ok(vpc), Known::Here, Ok("us-central1")),
            "{}",
            subnet.name
        );
    }
    assert_eq!(unsupported(&loaded), ["1 JSON of no kind", "1 sql#instance"]);
    assert!(network.instances.is_empty(), "other services have instances too");
}

#[test]
fn lists_of_every_shape_are_read() {
    let loaded = load(&["lists.json"]);
    let network = &loaded.network;
    assert_eq!(network.instances.rows().iter().map(|row| row.name.short()).collect::<Vec<_>>(), ["n0"]);
    assert_eq!((network.vpcs.len(), network.routes.len(), *network.migs.rows()[0].size), (1, 0, 12));
    let (id, _) = network.instances.iter().next().expect("an instance");
    assert_eq!(*network.instance_groups.rows()[0].instances, [id]);
    assert_debug_snapshot!(unsupported(&loaded), @r#"
    [
        "2 JSON that is no object",
        "2 disk",
        "1 error answer",
        "1 instance without a selfLink that names it",
    ]
    "#);
}

#[test]
fn marks_and_line_ends_change_nothing() {
    for (name, text) in ALL {
        let plain = loaded(&[(name, text)]);
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let windows = loaded(&[(name, &windows)]);
        check_spots(&windows);
        assert_eq!(format!("{:?}", plain.network), format!("{:?}", windows.network), "{name}");
        assert_eq!(unsupported(&plain), unsupported(&windows), "{name}");
    }
}

/// The subnet comes with the profile and is never a resource: its NICs still have their network and addresses.
#[test]
fn a_subnet_that_the_profile_makes_is_named_and_not_missed() {
    let loaded = load(&["a4x-max.json"]);
    let network = &loaded.network;
    let rails: Vec<_> = network.nics.rows().iter().skip(1).collect();
    assert_eq!(rails.len(), 2);
    for nic in rails {
        let subnet = nic.subnet.get().expect("named");
        assert_eq!(network.short(subnet), "default-subnet-1-rails");
        assert_eq!(network.subnets[subnet].known, Known::Outside);
        assert_eq!(nic.vpc.as_ref().map(|vpc| network.short(*vpc)), Ok("rails".to_owned()));
        assert!(matches!(nic.address.get(), Ok(Some(address)) if address.is_ipv6()));
    }
}

#[test]
fn an_instance_has_its_nics_each_with_its_own_network() {
    let loaded = load(&["instance.json"]);
    let network = &loaded.network;
    let vault = &network.instances.rows()[0];
    assert_eq!(vault.machine.as_deref(), Ok("h4d-standard-192"));
    assert_eq!(
        (*vault.can_ip_forward, *vault.egress_tier, *vault.on_host_maintenance),
        (true, EgressTier::Tier1, Some(Maintenance::Terminate))
    );
    let nics: Vec<_> = vault.nics.iter().map(|id| &network.nics[*id]).collect();
    let networks: Vec<String> = nics.iter().map(|nic| network.short(*nic.vpc.as_ref().expect("known"))).collect();
    // The RDMA NIC names only its subnet, and the PSC interface only its attachment.
    assert_eq!(networks, ["tcp", "rdma", "tenant", "rack"]);
    assert_eq!(
        nics.iter().map(|nic| nic.nic_type.get().expect("known")).collect::<Vec<_>>(),
        [Some(NicType::Gvnic), Some(NicType::Irdma), None, Some(NicType::Mrdma)]
    );
    assert!(*nics[0].external && !*nics[1].external);
    assert_eq!(
        nics[2].attachment.map(|door| network.attachments[door].preference.get()),
        Some(Ok(AttachmentPreference::Manual))
    );
    assert_eq!(nics[3].address, Ok(Some("fd20:1:2:3::".parse().expect("an address"))));
    let alias = |text: &str, secondary: Option<&str>| Alias {
        range: AliasRange::Range(text.parse().expect("a range")),
        secondary: secondary.map(ToOwned::to_owned),
    };
    let length = Alias { range: AliasRange::Length(30), secondary: Some("vips".to_owned()) };
    assert_eq!(
        *nics[0].aliases,
        [alias("10.10.0.200/32", None), alias("10.10.8.0/28", Some("vips")), length, alias("10.10.0.201/32", None)]
    );
    let subnet = &network.subnets[nics[0].subnet.get().expect("known")];
    assert!(*subnet.flow_logs && subnet.secondary[0].0 == "vips");
    assert_eq!(
        outside(&loaded),
        [
            "projects/storage/global/networks/tcp",
            "projects/tenant/global/networks/tenant",
            "projects/storage/global/networks/rack"
        ]
    );
    assert_eq!(loaded.malformed, Vec::<String>::new());
}

#[test]
fn internal_load_balancers_keep_their_policies() {
    let loaded = load(&["balancer.json"]);
    let network = &loaded.network;
    let [moved, nfs] = network.backend_services.rows() else { panic!("two services") };
    assert_eq!(
        (nfs.failover_ratio.map(Ratio::get), *nfs.drop_traffic_if_unhealthy, *nfs.disable_drain_on_failover),
        (Some(0.25), true, true)
    );
    let leader = moved.leader.expect("a leader is named");
    assert_eq!(network.instances[leader].name.as_str(), "projects/storage/zones/us-central1-a/instances/vault-0");
    assert_eq!(
        (*nfs.drain_seconds, nfs.persistence.as_deref(), &*nfs.ha_policy),
        (Some(300), Some("NEVER_PERSIST"), &None)
    );
    assert_eq!(nfs.backends.iter().map(|backend| *backend.failover).collect::<Vec<_>>(), [false, true]);
    assert_eq!((moved.ha_policy.as_deref(), *moved.has_failover_policy), (Some("GARP_RA"), false));
    assert_eq!(
        (network.negs.rows()[0].kind.as_str(), network.negs.rows()[0].location.as_str()),
        ("GCE_VM_IP", "us-central1-a")
    );
    let addresses: Vec<String> =
        network.forwarding_rules.rows().iter().map(|rule| format!("{:?} {:?}", rule.scheme, rule.address)).collect();
    assert_eq!(addresses, ["Internal Ok(Some(10.10.0.80))", "Internal Ok(Some(fd20:1:2:3:0:1::))"]);
    assert_eq!(network.forwarding_rules.rows()[0].scheme, Scheme::Internal);
    let checks: Vec<_> = nfs
        .health_checks
        .iter()
        .map(|id| &network.health_checks[*id])
        .map(|check| (check.protocol.as_str(), *check.port))
        .collect();
    assert_eq!(checks, [("TCP", Some(2049)), ("HTTP", Some(8080))]);
    assert_eq!(loaded.malformed, Vec::<String>::new());
}

#[test]
fn a_network_profile_becomes_observed_facts() {
    let loaded = load(&["profile-describe.json", "profile-get.json"]);
    let seen: Vec<String> = loaded
        .observations
        .iter()
        .flat_map(|observation| {
            observation.features.iter().map(|(_, over)| format!("{} = {:?} ({})", over.id, over.values, over.source))
        })
        .collect();
    assert_debug_snapshot!(seen, @r#"
    [
        "roce.alias-ip-ranges = [Bool(false)] (profile-get.json)",
        "roce.interface-types = [Array [String(\"MRDMA\")]] (profile-get.json)",
        "falcon.alias-ip-ranges = [Bool(false)] (profile-describe.json)",
        "falcon.vpc-peering = [Bool(true)] (profile-describe.json)",
        "falcon.interface-types = [Array [String(\"IRDMA\")]] (profile-describe.json)",
    ]
    "#);
    assert_eq!(loaded.observations[1].unknown, ["allowTeleportation"]);
    assert!(loaded.unread.iter().any(|unread| unread.field == "features/allowTeleportation"));
    let other = text("profile-describe.json")
        .replace("VPC_PEERING_ALLOWED", "VPC_PEERING_BLOCKED")
        .replace("projects/storage", "projects/tenant");
    let both = crate::view::loaded(&[("a.json", text("profile-describe.json")), ("b.json", &other)]);
    assert_eq!((both.observations.len(), both.conflicts.len()), (1, 1), "a profile is the same in every project");
}

#[test]
fn effective_firewalls_hold_rules_and_policies() {
    let loaded = load(&["effective-firewalls.json"]);
    let network = &loaded.network;
    let rule = &network.firewall_rules.rows()[0];
    assert_eq!(
        rule.selector.source_ranges.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["10.20.0.0/22", "10.30.0.9/32"]
    );
    let [org, rails] = network.firewall_policies.rows() else { panic!("two policies") };
    assert_eq!((&org.scope, &rails.scope), (&PolicyScope::Hierarchical, &PolicyScope::Global));
    assert_eq!(rails.name.as_str(), "projects/storage/global/firewallPolicies/rails");
    let rules: Vec<_> =
        org.rules.iter().map(|rule| (*rule.priority, *rule.action, rule.selector.unmodelled.join(" "))).collect();
    assert_eq!(
        rules,
        [
            (Some(10), FirewallAction::Deny, "destThreatIntelligences".to_owned()),
            (Some(1000), FirewallAction::GotoNext, "targetResources".to_owned())
        ]
    );
    assert!(org.networks.len() == 1 && rails.networks.len() == 1);
    assert_eq!(
        unsupported(&loaded),
        ["1 effective firewall policy of type NETWORK_REGIONAL, whose project or region is not said"]
    );
    // The same policy, as it applies to another network: both are kept.
    let other = text("effective-firewalls.json")
        .replace("networks/tcp", "networks/rdma")
        .replace("firewalls/nfs", "firewalls/nfs-rdma");
    let both = crate::view::loaded(&[("a.json", text("effective-firewalls.json")), ("b.json", &other)]);
    assert!(both.network.firewall_policies.rows().iter().all(|policy| policy.networks.len() == 2));
}

#[test]
fn a_group_knows_its_members_and_its_autoscaler() {
    let loaded = load(&["mig.json"]);
    let network = &loaded.network;
    let mig = &network.migs.rows()[0];
    assert_eq!(
        (*mig.size, *mig.repairs, *mig.autoscaled, mig.replacement.as_deref()),
        (2, false, true, Some("RECREATE"))
    );
    let kept: Vec<_> = mig.stateful_addresses.iter().map(|kept| (kept.nic.as_str(), kept.external)).collect();
    assert_eq!(kept, [("nic0", false), ("nic1", true)]);
    let members: Vec<&str> = mig.instances.iter().map(|id| network.instances[*id].name.short()).collect();
    assert_eq!(members, ["vault-x1b2", "vault-y3z4"]);
    assert_eq!(network.instance_groups.rows()[0].instances, mig.instances);
    let made_from = network.instances[mig.instances[0]].template.map(|id| network.instances[id].name.short());
    assert_eq!(made_from, Some("vault-1"), "the metadata has the project's number, and means the same template");
    assert_eq!(
        outside(&loaded),
        [
            "projects/storage/global/networks/tcp",
            "projects/storage/regions/us-central1/subnetworks/tcp-a",
            "projects/storage/global/healthChecks/alive"
        ]
    );
}

#[test]
fn policy_based_routes_are_of_another_service() {
    let text = r#"[{
        "kind": "networkconnectivity#policyBasedRoute",
        "name": "projects/p/locations/global/policyBasedRoutes/steer",
        "selfLink": "https://networkconnectivity.googleapis.com/v1/projects/p/locations/global/policyBasedRoutes/steer",
        "network": "projects/p/global/networks/n", "priority": 100, "nextHopIlbIp": "10.0.0.3",
        "filter": {"protocolVersion": "IPV4", "ipProtocol": "tcp", "srcRange": "10.1.0.0/24"},
        "virtualMachine": {"tags": ["client"]}
    }, {
        "kind": "networkconnectivity#policyBasedRoute",
        "name": "projects/p/locations/global/policyBasedRoutes/skip",
        "selfLink": "https://networkconnectivity.googleapis.com/v1/projects/p/locations/global/policyBasedRoutes/skip",
        "network": "projects/p/global/networks/n", "filter": {"protocolVersion": "IPV4"},
        "nextHopOtherRoutes": "DEFAULT_ROUTING"
    }]"#;
    let loaded = loaded(&[("routes.json", text)]);
    let [skip, steer] = loaded.network.policy_routes.rows() else { panic!("two routes") };
    assert_eq!(
        (skip.name.short(), &*skip.next_hop, &*skip.applies_to),
        ("skip", &Ok(PolicyHop::OtherRoutes), &Ok(AppliesTo::All))
    );
    assert_eq!((&*skip.source, skip.protocol.as_deref()), (&Ok(None), Ok("ALL")));
    assert_eq!(steer.next_hop, Ok(PolicyHop::Address("10.0.0.3".parse().expect("an address"))));
    assert_eq!(steer.applies_to, Ok(AppliesTo::Tags(vec!["client".to_owned()])));
    assert_eq!((*steer.priority, steer.protocol.as_deref()), (Some(100), Ok("TCP")));
    assert_eq!(steer.source, Ok(Some("10.1.0.0/24".parse().expect("a range"))));
    assert_eq!((&steer.vpc, steer.known), (&skip.vpc, Known::Here));
    assert_eq!(outside(&loaded), ["projects/p/global/networks/n"]);
    assert!(loaded.unread.is_empty() && loaded.malformed.is_empty(), "{:?} {:?}", loaded.unread, loaded.malformed);
}

#[test]
fn what_a_host_shares_is_known_by_the_request() {
    let answer = r#"{"kind": "compute#projectsGetXpnResources", "resources": [{"id": "guest", "type": "PROJECT"}]}"#;
    let recording = format!(
        "GET https://compute.googleapis.com/compute/v1/projects/host/getXpnResources?alt=json\n\n200 OK\nContent-Type: application/json\n\n{answer}\n"
    );
    let shared = loaded(&[("shared.http.log", &recording)]);
    let [link] = shared.network.links.rows() else { panic!("one link") };
    let LinkKind::SharedVpc { host, service } = link.kind else { panic!("{link:?}") };
    let project = |id| shared.network.projects[id].name.as_str();
    assert_eq!((project(host), project(service)), ("projects/host", "projects/guest"));
    // Without its request the answer does not say whose it is.
    assert_eq!(unsupported(&loaded(&[("shared.json", answer)])), ["1 projects attached to a host that is not named"]);
}

#[test]
fn of_two_values_the_newer_counts_and_both_are_listed() {
    for order in [["older.json", "newer.json"], ["newer.json", "older.json"]] {
        let loaded = load(&order);
        let n0 = &loaded.network.instances.rows()[0];
        // 18:00 in Greenwich is later than 09:00 in California; what only the older dump says still counts.
        assert_eq!(
            (n0.status.as_deref(), *n0.can_ip_forward, n0.tags.join(" ")),
            (Some("RUNNING"), true, "b a".to_owned())
        );
        let [conflict] = loaded.conflicts.as_slice() else { panic!("one conflict: {:?}", loaded.conflicts) };
        assert_eq!(
            (conflict.field.as_str(), conflict.used.as_str(), conflict.dropped.as_str()),
            ("status", "\"RUNNING\"", "\"TERMINATED\"")
        );
        let spot = conflict.spot.clone().expect("it stands in the older file");
        assert_eq!(
            (loaded.origins.path(spot.source), &loaded.origins.text(spot.source)[spot.bytes]),
            ("older.json", "\"TERMINATED\"")
        );
    }
    for order in [["undated-1.json", "undated-2.json"], ["undated-2.json", "undated-1.json"]] {
        let loaded = load(&order);
        assert_eq!(
            *loaded.network.routes.rows()[0].next_hop,
            Ok(NextHop::Address("10.10.0.16".parse().expect("an address")))
        );
        assert_eq!(loaded.conflicts.len(), 1, "{:?}", loaded.conflicts);
    }
}

#[test]
fn references_out_of_the_input_are_named_and_never_dangle() {
    let loaded = load(&["outside.json"]);
    let network = &loaded.network;
    assert_debug_snapshot!(outside(&loaded), @r#"
    [
        "projects/storage/global/networks/far",
        "projects/host/regions/us-central1/subnetworks/far",
        "projects/storage/zones/us-central1-a/instances/gone",
        "projects/storage/regions/us-central1/addresses/far",
        "projects/storage/regions/us-central1/forwardingRules/far",
        "projects/storage/regions/us-central1/backendServices/far",
    ]
    "#);
    let hole = &*network.nics.rows()[0].vpc;
    let Err(Hole::NotInInput(place)) = hole else { panic!("{hole:?}") };
    assert_eq!((network.name(place.entity).short(), place.field), ("far", Some("network")));
    assert_eq!(loaded.malformed, ["projects/storage/global/routes/lb: network is \"nowhere\""]);
    assert!(matches!(*network.routes.rows()[0].vpc, Err(Hole::NotUnderstood(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The fixtures share projects and repeat resources, as dumps do.
    #[test]
    fn the_order_of_the_files_decides_nothing(order in Just(ALL.to_vec()).prop_shuffle()) {
        prop_assert!(everything(&loaded(&order)) == everything(&loaded(ALL)));
    }
}
