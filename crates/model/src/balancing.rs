//! Load balancing: forwarding rules, backend services, groups of backends and their health checks.

use std::net::IpAddr;

use crate::field::{Field, Stated};
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
    pub scheme: Stated<Scheme>,
    pub address: Stated<Field<Option<IpAddr>>>,
    pub vpc: Stated<Field<VpcId>>,
    pub subnet: Stated<Option<SubnetId>>,
    pub backend_service: Stated<Option<BackendServiceId>>,
    /// `TCP`, `UDP`, `L3_DEFAULT`, …
    pub protocol: Stated<String>,
    /// Discrete ports; empty with `all_ports`.
    pub ports: Stated<Vec<String>>,
    pub all_ports: Stated<bool>,
    pub global_access: Stated<bool>,
}

/// A backend of a backend service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backend {
    pub group: Stated<Field<Endpoint>>,
    /// `CONNECTION`, `UTILIZATION`, `RATE`; `None`: the default.
    pub balancing_mode: Stated<Option<String>>,
    pub failover: Stated<bool>,
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
    pub scheme: Stated<Scheme>,
    pub protocol: Stated<String>,
    /// The network its backends' NICs are in; `None`: that of nic0.
    pub vpc: Stated<Option<VpcId>>,
    pub backends: Stated<Vec<Backend>>,
    pub health_checks: Stated<Vec<HealthCheckId>>,
    pub has_failover_policy: Stated<bool>,
    /// The share of primary backends below which it fails over; `None`: the default.
    pub failover_ratio: Stated<Option<Ratio>>,
    pub drop_traffic_if_unhealthy: Stated<bool>,
    pub disable_drain_on_failover: Stated<bool>,
    /// Seconds that an ending backend keeps its flows.
    pub drain_seconds: Stated<Option<u64>>,
    /// `NONE`, `CLIENT_IP`, …, where the input says.
    pub session_affinity: Stated<Option<String>>,
    /// `DEFAULT_FOR_PROTOCOL`, `NEVER_PERSIST`, `ALWAYS_PERSIST`.
    pub persistence: Stated<Option<String>>,
    /// `haPolicy.fastIPMove` (`GARP_RA`, `DISABLED`); `Some` where there is a `haPolicy`.
    pub ha_policy: Stated<Option<String>>,
    /// `haPolicy.leader`: the one backend that gets the packets; `None`: none is named.
    pub leader: Stated<Option<InstanceId>>,
}

/// A number between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Ratio(f64);

/// It is never NaN.
impl Eq for Ratio {}

impl Ratio {
    pub fn new(number: f64) -> Option<Self> {
        (0.0..=1.0).contains(&number).then_some(Self(number))
    }

    pub fn get(self) -> f64 {
        self.0
    }
}

/// Which port of a backend a health check asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortSpecification {
    /// The check's own `port`, or its protocol's default.
    Fixed,
    /// The port to which a group of backends gives this name.
    Named(String),
    /// The port of each endpoint, or the one that the backend service sends to.
    Serving,
}

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    pub name: Name,
    pub known: Known,
    pub region: Option<String>,
    /// `TCP`, `HTTP`, …
    pub protocol: Stated<String>,
    pub port: Stated<Option<u16>>,
    pub port_specification: Stated<PortSpecification>,
    /// Seconds; `None`: the default.
    pub interval_seconds: Stated<Option<u64>>,
    pub timeout_seconds: Stated<Option<u64>>,
    pub healthy_threshold: Stated<Option<u64>>,
    pub unhealthy_threshold: Stated<Option<u64>>,
}

/// An instance group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceGroup {
    pub name: Name,
    pub known: Known,
    pub vpc: Stated<Option<VpcId>>,
    /// A zone, or a region for a regional group.
    pub location: String,
    pub instances: Stated<Vec<InstanceId>>,
    /// Size that the input states, where it does not list the members.
    pub size: Stated<u64>,
}

/// A network endpoint group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neg {
    pub name: Name,
    pub known: Known,
    /// `GCE_VM_IP`, `GCE_VM_IP_PORT`, …
    pub kind: Stated<String>,
    pub vpc: Stated<Option<VpcId>>,
    pub subnet: Stated<Option<SubnetId>>,
    pub location: String,
    /// The instances of its endpoints.
    pub instances: Stated<Vec<InstanceId>>,
    pub endpoints: Stated<Vec<NegEndpoint>>,
}

/// An endpoint of a NEG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegEndpoint {
    /// `None` where it is outside Google Cloud.
    pub instance: Option<InstanceId>,
    /// `Ok(None)`: the primary address of the instance's NIC in the group's network.
    pub address: Stated<Field<Option<IpAddr>>>,
    /// `None`: the group's default port, or any.
    pub port: Option<u16>,
}
