//! The network as plain data, and the questions about it that need nothing else.
//!
//! [`Network`] holds the resources of the Compute API (instances, NICs, subnets, routes, …) and what the user wants of them (clusters, VIP pools, clients,
//! intents), with ids instead of names. What the input did not say is a [`Hole`] with an address. [`admit`] answers whether the API would take a resource;
//! [`Finding`] is what a judgement found. This crate knows no text, no spans, no JSON, no time and no chance.
//!
//! Start reading at [`Network`], then [`View`].

pub mod admit;
mod balancing;
mod cluster;
mod field;
mod finding;
mod firewall;
mod id;
mod instance;
mod intent;
mod link;
mod lookup;
mod network;
mod platform;
mod range;
mod situation;
mod step;
pub mod unit;
mod users;
mod vip;
mod vpc;
mod workload;

pub use balancing::{
    Backend, BackendService, Endpoint, ForwardingRule, HealthCheck, InstanceGroup, Neg, NegEndpoint, PortSpecification,
    Ratio, Scheme,
};
pub use cluster::{
    ClientGroup, Cluster, Fence, Grace, Guest, GuestRouting, NicPlan, Pool, Protocol, Service, VipHolder,
};
pub use field::{Field, FieldName, Hole, Place, Stated, look, looks};
pub use finding::{Answer, Class, Finding, Judged, Refusal, RefusalReason};
pub use firewall::{
    Direction, FirewallAction, FirewallPolicy, FirewallRule, Layer4, PolicyKind, PolicyScope, Selector,
};
pub use id::{
    AddressId, AttachmentId, BackendServiceId, ClientGroupId, ClusterId, EntityId, FirewallPolicyId, FirewallRuleId,
    ForwardingRuleId, GatewayId, HealthCheckId, Id, InstanceGroupId, InstanceId, IntentId, LinkId, MigId, NegId, NicId,
    PeeringId, PolicyRouteId, ProjectId, RouteId, RouterId, StepId, SubnetId, Table, VipPoolId, VpcId,
};
pub use instance::{
    Alias, AliasRange, EgressTier, Instance, Maintenance, Mig, Nic, NicType, Rail, Stack, StatefulAddress,
};
pub use intent::{After, Ask, Declared, Failing, How, Intent, Party, Reach, Transfer};
pub use link::{Attachment, AttachmentPreference, Link, LinkKind, Peering};
pub use network::{Known, Name, Network, Project};
pub use platform::{Feature, MachineFacts, Platform, ProfileFacts, View};
pub use range::{AddressSpan, Port, PortRange, overlap, without};
pub use situation::{Part, Situation};
pub use step::{Action, Gap, Step, Taken};
pub use vip::{DetectorKind, Mover, MoverKind, Vip, VipPool, VipSource};
pub use vpc::{
    Address, AppliesTo, FirewallOrder, Gateway, GatewayKind, Nat, NatSecondary, NatSources, NatSubnet, NextHop,
    PolicyHop, PolicyRoute, Route, Router, Subnet, Vpc,
};
pub use workload::{Arrivals, Code, Demand, Hops, Interval, Job, Load, Quarter, Sizing, Suite, Workload};
