//! Networks, subnetworks, addresses and firewall rules.

use super::{Form, NETWORK, SUBNETWORK, Scope, Shape, Type, dropped, field, renamed, to};
use crate::resource::Kind;

pub(super) const TYPES: &[Type] = &[
    Type::own("google_compute_network", Kind::Network, Scope::Global, "networks", NETWORK_SHAPE),
    Type::own("google_compute_subnetwork", Kind::Subnetwork, Scope::Region, "subnetworks", SUBNETWORK_SHAPE),
    Type::own("google_compute_address", Kind::Address, Scope::Region, "addresses", ADDRESS_SHAPE),
    Type::own("google_compute_global_address", Kind::Address, Scope::Global, "addresses", ADDRESS_SHAPE),
    Type::own("google_compute_firewall", Kind::Firewall, Scope::Global, "firewalls", FIREWALL_SHAPE),
];

const NETWORK_SHAPE: &Shape = &[
    dropped("delete_bgp_always_compare_med"),
    // Routes that are not there are no routes: the plan of what is there says nothing of them.
    dropped("delete_default_routes_on_create"),
    renamed("network_id", "id"),
    renamed("numeric_id", "id"),
    field("mtu", "mtu", Form::NonZero),
    field("network_profile", "networkProfile", Form::Link(to(Scope::Global, "networkProfiles"))),
    // The provider's name for what the API writes below `routingConfig`.
    renamed("routing_mode", "routingConfig/routingMode"),
    renamed("bgp_best_path_selection_mode", "routingConfig/bgpBestPathSelectionMode"),
    renamed("bgp_always_compare_med", "routingConfig/bgpAlwaysCompareMed"),
    renamed("bgp_inter_region_cost", "routingConfig/bgpInterRegionCost"),
    renamed("gateway_ipv4", "gatewayIPv4"),
    renamed("subnetworks_self_links", "subnetworks"),
];

const SECONDARY: &Shape = &[];

const SUBNETWORK_SHAPE: &Shape = &[
    renamed("subnetwork_id", "id"),
    field("network", "network", Form::Link(NETWORK)),
    field("secondary_ip_range", "secondaryIpRanges", Form::Many(SECONDARY)),
    dropped("send_secondary_ip_range_if_empty"),
    field("log_config", "logConfig", Form::One(&[])),
    // A block that is there switches the logs on.
    field("params", "", Form::Dropped),
];

const ADDRESS_SHAPE: &Shape = &[
    dropped("label_fingerprint"),
    field("network", "network", Form::Link(NETWORK)),
    field("prefix_length", "prefixLength", Form::NonZero),
    field("subnetwork", "subnetwork", Form::Link(SUBNETWORK)),
];

const RULE: &Shape = &[renamed("protocol", "IPProtocol")];

const FIREWALL_SHAPE: &Shape = &[
    field("allow", "allowed", Form::Many(RULE)),
    field("deny", "denied", Form::Many(RULE)),
    // The older form of `log_config`.
    renamed("enable_logging", "logConfig/enable"),
    field("log_config", "logConfig", Form::One(&[])),
    field("network", "network", Form::Link(NETWORK)),
];
