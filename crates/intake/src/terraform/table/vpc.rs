//! Networks, subnetworks, addresses, routes, routers, gateways and what joins networks.

use super::{Form, Link, NETWORK, SUBNETWORK, Scope, Shape, Type, dropped, field, renamed, to};
use crate::resource::Kind;

pub(super) const TYPES: &[Type] = &[
    Type::own("google_compute_network", Kind::Network, Scope::Global, "networks", NETWORK_SHAPE),
    Type::own("google_compute_subnetwork", Kind::Subnetwork, Scope::Region, "subnetworks", SUBNETWORK_SHAPE),
    Type::own("google_compute_address", Kind::Address, Scope::Region, "addresses", ADDRESS_SHAPE),
    Type::own("google_compute_global_address", Kind::Address, Scope::Global, "addresses", ADDRESS_SHAPE),
    Type::own("google_compute_route", Kind::Route, Scope::Global, "routes", ROUTE_SHAPE),
    Type::own("google_compute_router", Kind::Router, Scope::Region, "routers", ROUTER_SHAPE),
    Type::part("google_compute_router_nat", Kind::Router, "router", ROUTER, "nats", NAT_SHAPE),
    Type::part("google_compute_router_peer", Kind::Router, "router", ROUTER, "bgpPeers", BGP_PEER_SHAPE),
    Type::part("google_compute_router_interface", Kind::Router, "router", ROUTER, "interfaces", INTERFACE_SHAPE),
    Type::own("google_compute_vpn_gateway", Kind::VpnGateway, Scope::Region, "targetVpnGateways", GATEWAY_SHAPE),
    Type::own("google_compute_ha_vpn_gateway", Kind::VpnGateway, Scope::Region, "vpnGateways", GATEWAY_SHAPE),
    Type::own(
        "google_compute_interconnect_attachment",
        Kind::InterconnectAttachment,
        Scope::Region,
        "interconnectAttachments",
        INTERCONNECT_SHAPE,
    ),
    Type::own(
        "google_compute_network_attachment",
        Kind::NetworkAttachment,
        Scope::Region,
        "networkAttachments",
        ATTACHMENT_SHAPE,
    ),
    Type::own(
        "google_network_connectivity_policy_based_route",
        Kind::PolicyBasedRoute,
        Scope::Location,
        "policyBasedRoutes",
        POLICY_ROUTE_SHAPE,
    ),
    Type::part("google_compute_shared_vpc_host_project", Kind::SharedVpc, "project", HOST, "", &[]),
    Type::part(
        "google_compute_shared_vpc_service_project",
        Kind::SharedVpc,
        "host_project",
        HOST,
        "resources",
        &[renamed("service_project", "id")],
    ),
    Type::part("google_compute_network_peering", Kind::Network, "network", NETWORK, "peerings", PEERING_SHAPE),
    Type::part(
        "google_compute_network_peering_routes_config",
        Kind::Network,
        "network",
        NETWORK,
        "peerings",
        PEERING_ROUTES_SHAPE,
    ),
];

const ROUTER: Link = to(Scope::Region, "routers");

const HOST: Link = to(Scope::Host, "getXpnResources");

const NETWORK_SHAPE: &Shape = &[
    renamed("bgp_always_compare_med", "routingConfig/bgpAlwaysCompareMed"),
    renamed("bgp_best_path_selection_mode", "routingConfig/bgpBestPathSelectionMode"),
    renamed("bgp_inter_region_cost", "routingConfig/bgpInterRegionCost"),
    dropped("delete_bgp_always_compare_med"),
    // What the provider does once, after it made the network: no field of it.
    dropped("delete_default_routes_on_create"),
    renamed("gateway_ipv4", "gatewayIPv4"),
    field("mtu", "mtu", Form::NonZero),
    renamed("network_id", "id"),
    field("network_profile", "networkProfile", Form::Link(to(Scope::Global, "networkProfiles"))),
    renamed("numeric_id", "id"),
    renamed("routing_mode", "routingConfig/routingMode"),
    renamed("subnetworks_self_links", "subnetworks"),
];

const SUBNETWORK_SHAPE: &Shape = &[
    field("log_config", "logConfig", Form::One(&[])),
    field("network", "network", Form::Link(NETWORK)),
    field("secondary_ip_range", "secondaryIpRanges", Form::Many(&[])),
    dropped("send_secondary_ip_range_if_empty"),
    renamed("subnetwork_id", "id"),
];

const ADDRESS_SHAPE: &Shape = &[
    dropped("label_fingerprint"),
    field("network", "network", Form::Link(NETWORK)),
    field("prefix_length", "prefixLength", Form::NonZero),
    field("subnetwork", "subnetwork", Form::Link(SUBNETWORK)),
];

const ROUTE_SHAPE: &Shape = &[
    field("network", "network", Form::Link(NETWORK)),
    field("next_hop_gateway", "nextHopGateway", Form::Link(to(Scope::Global, "gateways"))),
    field("next_hop_ilb", "nextHopIlb", Form::AddressOr(to(Scope::Region, "forwardingRules"))),
    field(
        "next_hop_instance",
        "nextHopInstance",
        Form::Link(to(Scope::Zone, "instances").at("next_hop_instance_zone")),
    ),
    dropped("next_hop_instance_zone"),
    field("next_hop_ip", "nextHopIp", Form::Address),
    field("next_hop_network", "nextHopNetwork", Form::Link(NETWORK)),
    field("next_hop_vpn_tunnel", "nextHopVpnTunnel", Form::Link(to(Scope::Region, "vpnTunnels"))),
    dropped("warnings"),
];

const POLICY_ROUTE_SHAPE: &Shape = &[
    field("filter", "filter", Form::One(&[])),
    field("interconnect_attachment", "interconnectAttachment", Form::One(&[])),
    field("network", "network", Form::Link(NETWORK)),
    field("next_hop_ilb_ip", "nextHopIlbIp", Form::AddressOr(to(Scope::Region, "forwardingRules"))),
    field("virtual_machine", "virtualMachine", Form::One(&[])),
    dropped("create_time"),
    dropped("update_time"),
    dropped("warnings"),
];

const ROUTER_SHAPE: &Shape = &[field("bgp", "bgp", Form::One(&[])), field("network", "network", Form::Link(NETWORK))];

const NAT_SHAPE: &Shape = &[
    field("drain_nat_ips", "drainNatIps", Form::Links(to(Scope::Region, "addresses"))),
    field("log_config", "logConfig", Form::One(&[])),
    field("nat_ips", "natIps", Form::Links(to(Scope::Region, "addresses"))),
    field("subnetwork", "subnetworks", Form::Many(&[field("name", "name", Form::Link(SUBNETWORK))])),
];

const BGP_PEER_SHAPE: &Shape = &[
    renamed("interface", "interfaceName"),
    field("bfd", "bfd", Form::One(&[])),
    renamed("peer_ip_address", "peerIpAddress"),
];

const INTERFACE_SHAPE: &Shape = &[
    renamed("interconnect_attachment", "linkedInterconnectAttachment"),
    field("subnetwork", "subnetwork", Form::Link(SUBNETWORK)),
    renamed("vpn_tunnel", "linkedVpnTunnel"),
];

const GATEWAY_SHAPE: &Shape = &[
    renamed("gateway_id", "id"),
    field("network", "network", Form::Link(NETWORK)),
    field("vpn_interfaces", "vpnInterfaces", Form::Many(&[])),
];

const INTERCONNECT_SHAPE: &Shape = &[
    renamed("google_reference_id", "googleReferenceId"),
    field("private_interconnect_info", "privateInterconnectInfo", Form::One(&[])),
    field("router", "router", Form::Link(ROUTER)),
];

const ATTACHMENT_SHAPE: &Shape = &[
    field("network", "network", Form::Link(NETWORK)),
    field("subnetworks", "subnetworks", Form::LinkList(SUBNETWORK)),
];

const PEERING_SHAPE: &Shape = &[field("peer_network", "network", Form::Link(NETWORK))];

/// The name and two fields of a peering that something else made.
const PEERING_ROUTES_SHAPE: &Shape = &[renamed("peering", "name")];
