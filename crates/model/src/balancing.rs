//! Load balancing: forwarding rules, backend services, groups of backends and their health checks.

use std::net::IpAddr;

use crate::field::Field;
use crate::id::{
    BackendServiceId, HealthCheckId, InstanceGroupId, InstanceId, MigId, NegId, ProjectId, SubnetId, VpcId,
};
use crate::network::{Known, Name};

/// The API's `loadBalancingScheme`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    Internal,
    External,
    Other(String),
}

/// A forwarding rule: an address at which a load balancer answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardingRule {
    pub name: Name,
    pub known: Known,
    pub project: ProjectId,
    /// `None` for a global rule.
    pub region: Option<String>,
    pub scheme: Scheme,
    pub address: Field<Option<IpAddr>>,
    pub vpc: Field<VpcId>,
    pub subnet: Option<SubnetId>,
    pub backend_service: Option<BackendServiceId>,
    /// `TCP`, `UDP`, `L3_DEFAULT`, …
    pub protocol: String,
    /// Discrete ports; empty with `all_ports`.
    pub ports: Vec<String>,
    pub all_ports: bool,
    pub global_access: bool,
}

/// A backend of a backend service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    pub group: Field<Endpoint>,
    /// `CONNECTION`, `UTILIZATION`, `RATE`; `None`: the default.
    pub balancing_mode: Option<String>,
    pub failover: bool,
}

/// What a backend names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Group(InstanceGroupId),
    Mig(MigId),
    Neg(NegId),
}

/// A backend service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendService {
    pub name: Name,
    pub known: Known,
    pub project: ProjectId,
    /// `None` for a global service.
    pub region: Option<String>,
    pub scheme: Scheme,
    pub protocol: String,
    /// The network its backends' NICs are in; `None`: that of nic0.
    pub vpc: Option<VpcId>,
    pub backends: Vec<Backend>,
    pub health_checks: Vec<HealthCheckId>,
    pub has_failover_policy: bool,
    /// Between 0 and 1; `None`: the default.
    pub failover_ratio: Option<u8>,
    pub drop_traffic_if_unhealthy: bool,
    pub disable_drain_on_failover: bool,
    /// Seconds that an ending backend keeps its flows.
    pub drain_seconds: Option<u64>,
    /// `NONE`, `CLIENT_IP`, …, where the input says.
    pub session_affinity: Option<String>,
    /// `DEFAULT_FOR_PROTOCOL`, `NEVER_PERSIST`, `ALWAYS_PERSIST`.
    pub persistence: Option<String>,
    /// `haPolicy.fastIPMove` (`GARP_RA`, `DISABLED`); `Some` where there is a `haPolicy`.
    pub ha_policy: Option<String>,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    pub name: Name,
    pub known: Known,
    pub region: Option<String>,
    /// `TCP`, `HTTP`, …
    pub protocol: String,
    pub port: Option<u16>,
    /// Seconds; `None`: the default.
    pub interval_seconds: Option<u64>,
    pub timeout_seconds: Option<u64>,
    pub healthy_threshold: Option<u64>,
    pub unhealthy_threshold: Option<u64>,
}

/// An instance group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceGroup {
    pub name: Name,
    pub known: Known,
    pub vpc: Option<VpcId>,
    /// A zone, or a region for a regional group.
    pub location: String,
    pub instances: Vec<InstanceId>,
    /// Size that the input states, where it does not list the members.
    pub size: u64,
}

/// A network endpoint group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neg {
    pub name: Name,
    pub known: Known,
    /// `GCE_VM_IP`, `GCE_VM_IP_PORT`, …
    pub kind: String,
    pub vpc: Option<VpcId>,
    pub subnet: Option<SubnetId>,
    pub location: String,
    pub instances: Vec<InstanceId>,
}
