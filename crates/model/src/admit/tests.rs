//! One test for each kind of request, on entities that are not in the network: it holds a project, an ordinary network with a subnet, an RDMA network with
//! another, and nothing that a request makes. Whether the answers are right is for the pages of the rules to show; here it is that they can be asked for.

use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_facts::{Catalog, Facts};

use crate::admit::address::{self, Want};
use crate::admit::limit::Count;
use crate::admit::{self, Admission};
use crate::{
    Address, Alias, AliasRange, Backend, BackendService, EgressTier, Endpoint, ForwardingRule, HealthCheck, Id,
    Instance, InstanceId, Known, Maintenance, Mig, Name, Neg, NegId, Network, NextHop, Nic, NicType, Platform,
    PortSpecification, Project, ProjectId, RefusalReason, Route, Scheme, Stack, Stated, StatefulAddress, Subnet,
    SubnetId, View, Vpc, VpcId,
};

/// The ids of the hand-made network: what a request may name.
struct Ids {
    project: ProjectId,
    tcp: VpcId,
    tcp_a: SubnetId,
    rdma: VpcId,
    rdma_a: SubnetId,
    neg: NegId,
}

fn name(path: &str) -> Name {
    Name::new(format!("projects/p/{path}"))
}

fn range(text: &str) -> IpNet {
    text.parse().expect("a range")
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn network() -> (Network, Ids) {
    let mut network = Network::default();
    let project = network.projects.push(Project { name: Name::new("projects/p"), known: Known::Here });
    let mut vpc = |short: &str, profile: Option<&str>| {
        let profile = Ok(profile.map(ToOwned::to_owned));
        let name = name(&format!("global/networks/{short}"));
        network.vpcs.push(Vpc {
            name,
            known: Known::Here,
            project,
            profile: profile.into(),
            mtu: Ok(None).into(),
            auto_subnets: Stated::given(false),
            firewall_order: Stated::given(None),
        })
    };
    let (tcp, rdma) = (vpc("tcp", None), vpc("rdma", Some("us-central1-a-vpc-falcon")));
    let mut subnet = |short: &str, vpc: VpcId, primary: &str, secondary: Vec<(String, IpNet)>| {
        network.subnets.push(Subnet {
            name: name(&format!("regions/us-central1/subnetworks/{short}")),
            known: Known::Here,
            vpc: Ok(vpc).into(),
            region: Ok("us-central1".to_owned()).into(),
            range: Ok(Some(range(primary))).into(),
            ipv6_range: Stated::given(None),
            secondary: Stated::given(secondary),
            purpose: Stated::given("PRIVATE".to_owned()),
            stack: Stated::given("IPV4_ONLY".to_owned()),
            private_google_access: Stated::given(false),
            flow_logs: Stated::given(false),
            overlaps_routes: Stated::given(false),
            predefined: false,
        })
    };
    let tcp_a = subnet("tcp-a", tcp, "10.0.0.0/24", vec![("vips".to_owned(), range("10.0.8.0/24"))]);
    let rdma_a = subnet("rdma-a", rdma, "192.168.0.0/24", Vec::new());
    let neg = network.negs.push(Neg {
        name: name("zones/us-central1-a/networkEndpointGroups/nodes"),
        known: Known::Here,
        kind: Stated::given("GCE_VM_IP".to_owned()),
        vpc: Stated::given(Some(tcp)),
        subnet: Stated::given(Some(tcp_a)),
        location: "us-central1-a".to_owned(),
        instances: Stated::given(Vec::new()),
        endpoints: Stated::given(Vec::new()),
    });
    (network, Ids { project, tcp, tcp_a, rdma, rdma_a, neg })
}

/// Asks about requests in the world in which every open fact has its first value.
fn ask(test: impl FnOnce(&View<'_>, &Ids)) {
    ask_where(&[], test);
}

/// The same in the world in which these facts have their second value.
fn ask_where(second: &[&str], test: impl FnOnce(&View<'_>, &Ids)) {
    let (network, ids) = network();
    let catalog = Catalog::embedded();
    let open = second.iter().map(|id| (catalog.find(id).expect("a fact of the catalog"), 1));
    let facts = Facts::in_world(catalog, open.collect());
    test(&View { network: &network, platform: &Platform::new(catalog), facts: &facts }, &ids);
}

#[track_caller]
fn admitted(answer: &Admission) {
    assert_eq!(answer, &Ok(None));
}

#[track_caller]
fn refused(answer: Admission, method: &str, part: &str) {
    let refusal = answer.expect("it is known").expect("it is refused");
    assert_eq!(refusal.method, method);
    assert!(refusal.message.contains(part), "`{}` does not say `{part}`", refusal.message);
}

/// A NIC of an instance that is not in the network: the id leads nowhere.
fn nic(index: usize, nic_type: NicType, vpc: VpcId, subnet: SubnetId) -> Nic {
    Nic {
        instance: InstanceId::new(99),
        index,
        nic_type: Ok(Some(nic_type)).into(),
        vpc: Ok(vpc).into(),
        subnet: Ok(subnet).into(),
        address: Ok(None).into(),
        aliases: Stated::given(Vec::new()),
        external: Stated::given(false),
        stack: Stated::given(Stack::Ipv4Only),
        attachment: Stated::given(None),
        dynamic: Stated::given(None),
        rail: Stated::given(None),
    }
}

fn instance(ids: &Ids, zone: &str) -> Instance {
    Instance {
        name: name(&format!("zones/{zone}/instances/node-0")),
        known: Known::Here,
        is_template: false,
        project: ids.project,
        zone: Ok(zone.to_owned()).into(),
        machine: Ok("h4d-highmem-192-lssd".to_owned()).into(),
        nics: Stated::given(Vec::new()),
        tags: Stated::given(Vec::new()),
        service_accounts: Stated::given(Vec::new()),
        secure_tags: Stated::given(Vec::new()),
        can_ip_forward: Stated::given(false),
        on_host_maintenance: Stated::given(Some(Maintenance::Terminate)),
        spot: Stated::given(false),
        egress_tier: Stated::given(EgressTier::Default),
        policies: Stated::given(Vec::new()),
        status: Stated::given(None),
        template: Stated::given(None),
        mig: Stated::given(None),
        cluster: None,
        clients: None,
    }
}

#[test]
fn an_instance_with_its_nics() {
    ask(|view, ids| {
        let (first, second) =
            (nic(0, NicType::Gvnic, ids.tcp, ids.tcp_a), nic(1, NicType::Irdma, ids.rdma, ids.rdma_a));
        let here = instance(ids, "us-central1-a");
        for nic in [&first, &second] {
            admitted(&admit::nic::type_fits_profile(view, nic));
            admitted(&admit::nic::type_fits_machine(view, &here, nic));
            admitted(&admit::nic::zone_fits_profile(view, &here, nic));
            admitted(&admit::nic::nic0_allowed(view, nic));
        }
        let nics = [&first, &second];
        admitted(&admit::instance::nic_count_fits(view, &here, &nics));
        admitted(&admit::instance::rdma_nic_count_fits(view, &here, &nics));
        admitted(&admit::instance::networks_fit(view, &first, &second, &first));
        admitted(&admit::instance::maintenance_fits(view, &here, &nics));
        admitted(&admit::link::psc_interface_is_apart(view, &nics, 1));

        let there = instance(ids, "us-central1-b");
        refused(admit::nic::zone_fits_profile(view, &there, &second), "instances.insert", "us-central1-b");
        let wrong = nic(1, NicType::Gvnic, ids.rdma, ids.rdma_a);
        refused(admit::nic::type_fits_profile(view, &wrong), "instances.insert", "not GVNIC");
        let first_rdma = nic(0, NicType::Irdma, ids.rdma, ids.rdma_a);
        refused(admit::nic::nic0_allowed(view, &first_rdma), "instances.insert", "nic0");
        let many: Vec<&Nic> = std::iter::once(&first).chain(std::iter::repeat_n(&second, 20)).collect();
        refused(admit::instance::nic_count_fits(view, &here, &many), "instances.insert", "not 21");
        let moving = Instance { on_host_maintenance: Stated::given(Some(Maintenance::Migrate)), ..here };
        refused(admit::instance::maintenance_fits(view, &moving, &nics), "instances.insert", "live migration");
    });
}

#[test]
fn alias_ranges_that_replace_those_of_a_nic() {
    const METHOD: &str = "instances.updateNetworkInterface";
    let alias = |text: &str| Alias { range: AliasRange::Range(range(text)), secondary: Some("vips".to_owned()) };
    ask(|view, ids| {
        let (here, list) = (nic(0, NicType::Gvnic, ids.tcp, ids.tcp_a), [alias("10.0.8.7/32")]);
        admitted(&admit::nic::aliases_allowed(view, &here, &list, METHOD));
        admitted(&address::alias_in_subnet(view, ids.tcp_a, &list, METHOD));
        admitted(&admit::limit::alias_ranges_on_nic(view, &list, METHOD));
        let vip = Want::alias("node-0 nic0", &list[0]).expect("a range");
        admitted(&address::not_kept(view, ids.tcp_a, &vip));
        admitted(&address::is_free(view, &vip, &[], None));

        let elsewhere = nic(1, NicType::Irdma, ids.rdma, ids.rdma_a);
        refused(admit::nic::aliases_allowed(view, &elsewhere, &list, METHOD), METHOD, "alias IP ranges");
        refused(address::alias_in_subnet(view, ids.tcp_a, &[alias("10.0.9.7/32")], METHOD), METHOD, "10.0.9.7");
        let many: Vec<Alias> = std::iter::repeat_n(alias("10.0.8.7/32"), 1000).collect();
        refused(admit::limit::alias_ranges_on_nic(view, &many, METHOD), METHOD, "1000 alias ranges");
        let other = Want::alias("node-1 nic0", &alias("10.0.8.0/28")).expect("a range");
        let refusal = address::is_free(view, &vip, &[other], None).expect("it is known").expect("it is refused");
        assert_eq!((refusal.reason, refusal.method), (RefusalReason::AddressInUse, METHOD));
        assert_eq!(
            refusal.message,
            "an alias range of `node-1 nic0` and an alias range of `node-0 nic0` both take 10.0.8.7"
        );
    });
}

fn reservation(ids: &Ids, subnet: SubnetId, text: &str) -> Address {
    Address {
        name: name("regions/us-central1/addresses/vip-0"),
        known: Known::Here,
        project: ids.project,
        address: Ok(ip(text)).into(),
        prefix_length: Stated::given(None),
        external: Stated::given(false),
        subnet: Stated::given(Some(subnet)),
        purpose: Stated::given("GCE_ENDPOINT".to_owned()),
        status: Stated::given(None),
    }
}

#[test]
fn a_reserved_address() {
    ask(|view, ids| {
        let row = reservation(ids, ids.tcp_a, "10.0.0.9");
        let want = Want::reservation(&row).expect("it names its address");
        admitted(&admit::profile::address_allowed(view, &row));
        admitted(&address::in_subnet(view, ids.tcp_a, &want));
        admitted(&address::not_kept(view, ids.tcp_a, &want));
        admitted(&address::is_free(view, &want, &[Want::nic("node-0 nic0", ip("10.0.0.9"))], None));
        assert_eq!(
            admit::limit::reserved_addresses_fit(view, "us-central1", Count::of(ids.project, 1, "addresses")),
            None
        );

        let kept = Want::reservation(&reservation(ids, ids.tcp_a, "10.0.0.1")).expect("an address");
        refused(address::not_kept(view, ids.tcp_a, &kept), "addresses.insert", "10.0.0.1");
        let outside = Want::reservation(&reservation(ids, ids.tcp_a, "10.9.0.9")).expect("an address");
        refused(address::in_subnet(view, ids.tcp_a, &outside), "addresses.insert", "not in the primary range");
        refused(address::is_free(view, &want, std::slice::from_ref(&want), None), "addresses.insert", "both take");
        let many = Count::of(ids.project, 1_000_000, "addresses");
        assert!(admit::limit::reserved_addresses_fit(view, "us-central1", many).is_some());
    });
    ask_where(&["falcon.address-creation"], |view, ids| {
        let blocked = reservation(ids, ids.rdma_a, "192.168.0.9");
        refused(admit::profile::address_allowed(view, &blocked), "addresses.insert", "reserved addresses");
    });
}

#[test]
fn a_route() {
    ask(|view, ids| {
        let route = |vpc: VpcId, destination: &str| Route {
            name: name("global/routes/vip-0"),
            known: Known::Here,
            vpc: Ok(vpc).into(),
            destination: Ok(range(destination)).into(),
            priority: Stated::given(None),
            tags: Stated::given(Vec::new()),
            next_hop: Ok(NextHop::Instance(InstanceId::new(99))).into(),
        };
        let outside = route(ids.tcp, "172.16.0.7/32");
        admitted(&admit::profile::static_route_allowed(view, &outside));
        admitted(&admit::route::destination_is_outside_subnets(view, &outside));
        assert_eq!(admit::limit::static_routes_fit(view, Count::of(ids.tcp, 1, "static routes")), None);

        let inside = route(ids.tcp, "10.0.8.7/32");
        refused(admit::route::destination_is_outside_subnets(view, &inside), "routes.insert", "10.0.8.7/32");
        let blocked = route(ids.rdma, "172.16.0.7/32");
        refused(admit::profile::static_route_allowed(view, &blocked), "routes.insert", "static routes");
        assert!(admit::limit::static_routes_fit(view, Count::of(ids.tcp, 1_000_000, "static routes")).is_some());
    });
}

fn service(ids: &Ids) -> BackendService {
    let backend = Backend {
        group: Ok(Endpoint::Neg(ids.neg)).into(),
        balancing_mode: Stated::given(None),
        failover: Stated::given(false),
    };
    BackendService {
        name: name("regions/us-central1/backendServices/vip-0"),
        known: Known::Here,
        project: ids.project,
        region: Some("us-central1".to_owned()),
        scheme: Stated::given(Scheme::Internal),
        protocol: Stated::given("TCP".to_owned()),
        vpc: Stated::given(Some(ids.tcp)),
        backends: Stated::given(vec![backend]),
        health_checks: Stated::given(Vec::new()),
        has_failover_policy: Stated::given(false),
        failover_ratio: Stated::given(None),
        drop_traffic_if_unhealthy: Stated::given(false),
        disable_drain_on_failover: Stated::given(false),
        drain_seconds: Stated::given(None),
        session_affinity: Stated::given(None),
        persistence: Stated::given(None),
        ha_policy: Stated::given(Some("GARP_RA".to_owned())),
        leader: Stated::given(None),
    }
}

fn forwarding_rule(ids: &Ids, short: &str, vpc: VpcId, subnet: SubnetId, address: &str) -> ForwardingRule {
    ForwardingRule {
        name: name(&format!("regions/us-central1/forwardingRules/{short}")),
        known: Known::Here,
        project: ids.project,
        region: Some("us-central1".to_owned()),
        scheme: Stated::given(Scheme::Internal),
        address: Ok(Some(ip(address))).into(),
        vpc: Ok(vpc).into(),
        subnet: Stated::given(Some(subnet)),
        backend_service: Stated::given(None),
        protocol: Stated::given("TCP".to_owned()),
        ports: Stated::given(vec!["2049".to_owned()]),
        all_ports: Stated::given(false),
        global_access: Stated::given(false),
    }
}

#[test]
fn a_forwarding_rule() {
    const METHOD: &str = "forwardingRules.insert";
    ask(|view, ids| {
        let service = service(ids);
        let rule = forwarding_rule(ids, "one", ids.tcp, ids.tcp_a, "10.0.0.9");
        let want = Want::rule(&rule).expect("it is known").expect("it names its address");
        admitted(&admit::profile::load_balancer_allowed(view, &rule, Some(&service)));
        admitted(&admit::balancing::ports_within_limit(view, &rule));
        admitted(&admit::balancing::rules_in_network(view, &service, &[&rule]));
        admitted(&admit::balancing::address_is_own(view, (&rule, Some(&service)), &[]));
        admitted(&address::in_subnet(view, ids.tcp_a, &want));
        let reserved = reservation(ids, ids.tcp_a, "10.0.0.9");
        let shared = Address { purpose: Stated::given("SHARED_LOADBALANCER_VIP".to_owned()), ..reserved.clone() };
        admitted(&address::is_free(view, &want, std::slice::from_ref(&want), Some(&shared)));
        admitted(&admit::limit::rules_on_address(view, &shared, [&rule]));

        let other = forwarding_rule(ids, "two", ids.rdma, ids.rdma_a, "192.168.0.9");
        refused(admit::profile::load_balancer_allowed(view, &other, None), METHOD, "load balancing");
        refused(admit::balancing::rules_in_network(view, &service, &[&other]), METHOD, "two must be tcp");
        let same = forwarding_rule(ids, "three", ids.tcp, ids.tcp_a, "10.0.0.9");
        let answer = admit::balancing::address_is_own(view, (&same, None), &[(&rule, Some(&service))]);
        refused(answer, METHOD, "three and one share an address");
        refused(address::is_free(view, &want, std::slice::from_ref(&want), Some(&reserved)), METHOD, "both take");
        let ports = ForwardingRule { ports: Stated::given(vec!["2049".to_owned(); 9]), ..same };
        refused(admit::balancing::ports_within_limit(view, &ports), METHOD, "9 ports");
        refused(admit::limit::rules_on_address(view, &shared, std::iter::repeat_n(&rule, 1000)), METHOD, "1000");
    });
}

#[test]
fn a_backend_service_with_an_ha_policy() {
    const METHOD: &str = "regionBackendServices.insert";
    ask(|view, ids| {
        let lone = service(ids);
        admitted(&admit::balancing::ha_policy_stands_alone(view, &lone));
        admitted(&admit::balancing::balancing_mode(view, &lone));
        admitted(&admit::balancing::backends_in_region(view, &lone));
        admitted(&admit::balancing::drain_may_be_disabled(view, &lone));
        admitted(&admit::balancing::endpoints_within_limit(view, &lone, 1));
        admitted(&admit::balancing::fast_services_within_limit(view, "us-central1", 1));

        let tracked = BackendService { session_affinity: Stated::given(Some("CLIENT_IP".to_owned())), ..lone.clone() };
        refused(admit::balancing::ha_policy_stands_alone(view, &tracked), METHOD, "session affinity");
        let elsewhere = BackendService { region: Some("europe-west4".to_owned()), ..lone.clone() };
        refused(admit::balancing::backends_in_region(view, &elsewhere), METHOD, "us-central1");
        let method = "networkEndpointGroups.attachNetworkEndpoints";
        refused(admit::balancing::endpoints_within_limit(view, &lone, 1_000_000), method, "endpoints");
        refused(admit::balancing::fast_services_within_limit(view, "us-central1", 1_000_000), METHOD, "us-central1");
    });
}

#[test]
fn a_health_check() {
    ask(|view, _| {
        let check = |timeout: u64| HealthCheck {
            name: name("regions/us-central1/healthChecks/alive"),
            known: Known::Here,
            region: None,
            protocol: Stated::given("TCP".to_owned()),
            port: Stated::given(None),
            port_specification: Stated::given(PortSpecification::Fixed),
            interval_seconds: Stated::given(Some(5)),
            timeout_seconds: Stated::given(Some(timeout)),
            healthy_threshold: Stated::given(None),
            unhealthy_threshold: Stated::given(None),
        };
        admitted(&admit::balancing::health_check_timing(view, &check(5)));
        refused(admit::balancing::health_check_timing(view, &check(9)), "healthChecks.insert", "timeout");
    });
}

#[test]
fn a_managed_instance_group() {
    ask(|view, ids| {
        let group = |autoscaled: bool| Mig {
            name: name("zones/us-central1-a/instanceGroupManagers/nodes"),
            known: Known::Here,
            project: ids.project,
            size: Stated::given(3),
            template: Stated::given(None),
            autohealing: Stated::given(None),
            repairs: Stated::given(true),
            stateful_addresses: Stated::given(vec![StatefulAddress { nic: "nic0".to_owned(), external: false }]),
            autoscaled: Stated::given(autoscaled),
            redistribution: Stated::given(None),
            replacement: Stated::given(None),
            instances: Stated::given(Vec::new()),
        };
        admitted(&admit::mover::group_may_autoscale(view, &group(false)));
        refused(admit::mover::group_may_autoscale(view, &group(true)), "autoscalers.insert", "stateful");
    });
}

#[test]
fn a_group_of_instances_with_rdma_nics() {
    let ask_of = |view: &View<'_>, ids: &Ids| {
        let (plain, rdma) = (nic(0, NicType::Gvnic, ids.tcp, ids.tcp_a), nic(1, NicType::Irdma, ids.rdma, ids.rdma_a));
        let member = instance(ids, "us-central1-a");
        admitted(&admit::instance::mig_allowed(view, &member, &[&plain]));
        admit::instance::mig_allowed(view, &member, &[&plain, &rdma])
    };
    ask(|view, ids| admitted(&ask_of(view, ids)));
    ask_where(&["series.h4d.mig-with-rdma"], |view, ids| {
        refused(ask_of(view, ids), "instanceGroupManagers.insert", "h4d-highmem-192-lssd");
    });
}
