//! Forwarding rules, backend services, health checks and endpoint groups.

use super::{Form, NETWORK, SUBNETWORK, Scope, Shape, Type, dropped, field, renamed, to};
use crate::resource::Kind;

/// The same in a region and in the world, but for the scope of the short names.
macro_rules! forwarding_rule {
    ($scope:expr) => {
        &[
            field("backend_service", "backendService", Form::Link(to($scope, "backendServices"))),
            renamed("forwarding_rule_id", "id"),
            field("ip_address", "IPAddress", Form::Address),
            renamed("ip_protocol", "IPProtocol"),
            dropped("label_fingerprint"),
            field("network", "network", Form::Link(NETWORK)),
            dropped("recreate_closed_psc"),
            field("subnetwork", "subnetwork", Form::Link(SUBNETWORK)),
        ]
    };
}

/// The same for backend services.
macro_rules! backend_service {
    ($scope:expr) => {
        &[
            field("backend", "backends", Form::Many(&[field("group", "group", Form::Group)])),
            field("cdn_policy", "cdnPolicy", Form::One(&[])),
            field("circuit_breakers", "circuitBreakers", Form::One(&[])),
            renamed("connection_draining_timeout_sec", "connectionDraining/drainingTimeoutSec"),
            field("connection_tracking_policy", "connectionTrackingPolicy", Form::One(&[])),
            field("consistent_hash", "consistentHash", Form::One(&[])),
            field("failover_policy", "failoverPolicy", Form::One(&[])),
            renamed("generated_id", "id"),
            field("ha_policy", "haPolicy", Form::One(HA_POLICY)),
            field("health_checks", "healthChecks", Form::LinkList(to($scope, "healthChecks"))),
            field("iap", "iap", Form::One(&[])),
            field("log_config", "logConfig", Form::One(&[])),
            field("network", "network", Form::Link(NETWORK)),
            field("outlier_detection", "outlierDetection", Form::One(&[])),
            field("security_settings", "securitySettings", Form::One(&[])),
            field("strong_session_affinity_cookie", "strongSessionAffinityCookie", Form::One(&[])),
            field("subsetting", "subsetting", Form::One(&[])),
        ]
    };
}

pub(super) const TYPES: &[Type] = &[
    Type::own(
        "google_compute_forwarding_rule",
        Kind::ForwardingRule,
        Scope::Region,
        "forwardingRules",
        forwarding_rule!(Scope::Region),
    ),
    Type::own(
        "google_compute_global_forwarding_rule",
        Kind::ForwardingRule,
        Scope::Global,
        "forwardingRules",
        forwarding_rule!(Scope::Global),
    ),
    Type::own(
        "google_compute_backend_service",
        Kind::BackendService,
        Scope::Global,
        "backendServices",
        backend_service!(Scope::Global),
    ),
    Type::own(
        "google_compute_region_backend_service",
        Kind::BackendService,
        Scope::Region,
        "backendServices",
        backend_service!(Scope::Region),
    ),
    Type::own("google_compute_health_check", Kind::HealthCheck, Scope::Global, "healthChecks", CHECK_SHAPE),
    Type::own("google_compute_region_health_check", Kind::HealthCheck, Scope::Region, "healthChecks", CHECK_SHAPE),
    Type::own("google_compute_http_health_check", Kind::HealthCheck, Scope::Global, "httpHealthChecks", CHECK_SHAPE),
    Type::own("google_compute_https_health_check", Kind::HealthCheck, Scope::Global, "httpsHealthChecks", CHECK_SHAPE),
    Type::own(
        "google_compute_network_endpoint_group",
        Kind::NetworkEndpointGroup,
        Scope::Zone,
        "networkEndpointGroups",
        NEG_SHAPE,
    ),
    Type::own(
        "google_compute_region_network_endpoint_group",
        Kind::NetworkEndpointGroup,
        Scope::Region,
        "networkEndpointGroups",
        NEG_SHAPE,
    ),
    Type::own(
        "google_compute_global_network_endpoint_group",
        Kind::NetworkEndpointGroup,
        Scope::Global,
        "networkEndpointGroups",
        NEG_SHAPE,
    ),
    Type::part(
        "google_compute_network_endpoint",
        Kind::NetworkEndpointGroup,
        "network_endpoint_group",
        to(Scope::Zone, "networkEndpointGroups"),
        "networkEndpoints",
        ENDPOINT,
    ),
    Type::part(
        "google_compute_network_endpoints",
        Kind::NetworkEndpointGroup,
        "network_endpoint_group",
        to(Scope::Zone, "networkEndpointGroups"),
        "",
        &[field("network_endpoints", "networkEndpoints", Form::Many(ENDPOINT))],
    ),
];

const HA_POLICY: &Shape = &[renamed("fast_ip_move", "fastIPMove"), field("leader", "leader", Form::One(LEADER))];

const LEADER: &Shape = &[
    field("backend_group", "backendGroup", Form::Group),
    field("network_endpoint", "networkEndpoint", Form::One(&[])),
];

const PROBE: &Shape = &[field("port", "port", Form::NonZero)];

const CHECK_SHAPE: &Shape = &[
    field("grpc_health_check", "grpcHealthCheck", Form::One(PROBE)),
    field("grpc_tls_health_check", "grpcTlsHealthCheck", Form::One(PROBE)),
    field("http2_health_check", "http2HealthCheck", Form::One(PROBE)),
    field("http_health_check", "httpHealthCheck", Form::One(PROBE)),
    field("https_health_check", "httpsHealthCheck", Form::One(PROBE)),
    field("log_config", "logConfig", Form::One(&[])),
    renamed("health_check_id", "id"),
    field("port", "port", Form::NonZero),
    field("ssl_health_check", "sslHealthCheck", Form::One(PROBE)),
    field("tcp_health_check", "tcpHealthCheck", Form::One(PROBE)),
];

const NEG_SHAPE: &Shape = &[
    renamed("generated_id", "id"),
    field("network", "network", Form::Link(NETWORK)),
    field("psc_data", "pscData", Form::One(&[])),
    field("subnetwork", "subnetwork", Form::Link(SUBNETWORK)),
];

const ENDPOINT: &Shape = &[
    field("instance", "instance", Form::Link(to(Scope::Zone, "instances"))),
    field("ip_address", "ipAddress", Form::Address),
    field("port", "port", Form::NonZero),
];
