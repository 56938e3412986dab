//! The model file's grammar, as types. The JSON Schema is derived from these types and every error of a file is found by it, so a field is declared once.
//! Names refer to other parts of the file; what they mean is decided in `expand`.

mod scalar;
mod workload;

pub(crate) use scalar::FORMATS;
pub use scalar::{
    Address, Bandwidth, Bytes, Cidr, DateText, Factors, Fraction, Interval, Milliseconds, PortText, Span, check_format,
};
pub use workload::{Arrives, Demand, Hops, Job, Sizing, Suite, Workload};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

type Map<T> = BTreeMap<String, T>;

/// The network of an RDMA storage cluster on Google Cloud, and what is wanted of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Model {
    /// Version of this grammar: 1.
    #[schemars(range(min = 1, max = 1))]
    pub twinrail: u8,
    /// Projects by the name used in this file.
    #[serde(default)]
    pub projects: Map<Project>,
    /// VPC networks.
    #[serde(default)]
    pub networks: Map<Network>,
    /// Subnets.
    #[serde(default)]
    pub subnets: Map<Subnet>,
    /// Clusters of like instances.
    #[serde(default)]
    pub clusters: Map<Cluster>,
    /// Single instances.
    #[serde(default)]
    pub instances: Map<Instance>,
    /// VPC firewall rules.
    #[serde(default)]
    pub firewall: Map<FirewallRule>,
    /// Network firewall policies.
    #[serde(default)]
    pub firewall_policies: Map<FirewallPolicy>,
    /// Static routes.
    #[serde(default)]
    pub routes: Map<Route>,
    /// Cloud Routers.
    #[serde(default)]
    pub routers: Map<Router>,
    /// Internal passthrough load balancers.
    #[serde(default)]
    pub load_balancers: Map<LoadBalancer>,
    /// Pools of virtual IPs and what moves them.
    #[serde(default)]
    pub vips: Map<Vips>,
    /// Groups of like clients.
    #[serde(default)]
    pub clients: Map<Clients>,
    /// What joins networks: PSC interfaces, peerings, Shared VPC.
    #[serde(default)]
    pub links: Map<Link>,
    /// Traffic that the cluster is to carry.
    pub workload: Option<Workload>,
    /// What is to be stored and served, for sizing: intervals with a confidence.
    #[serde(default)]
    pub demand: Map<Demand>,
    /// The test plan, as jobs.
    #[serde(default)]
    pub tests: Vec<Suite>,
    /// What is asked of a sizing.
    #[serde(default)]
    pub sizing: Sizing,
    /// What is to be true, one sentence each.
    #[serde(default)]
    pub intents: Vec<String>,
    /// Facts that this project knows better than the catalog.
    #[serde(default)]
    pub facts: Map<FactOverride>,
    /// Compute API resources, verbatim; each has a `selfLink` such as `projects/P/regions/R/addresses/A`.
    #[serde(default)]
    pub resources: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// A project.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Project {
    /// The project id, where it differs from the name used here.
    pub id: Option<String>,
}

/// A VPC network.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Network {
    /// Project that owns it; may be left out if there is one only.
    pub project: Option<String>,
    /// Network profile, `ZONE-vpc-falcon` and the like; none for an ordinary network.
    pub profile: Option<String>,
    /// Bytes; the profile's default if left out.
    pub mtu: Option<u64>,
    /// Whether firewall policies are asked after VPC firewall rules or before them; the platform's default if left out.
    pub firewall_order: Option<FirewallOrder>,
}

/// `after-classic`: VPC firewall rules first. `before-classic`: firewall policies first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallOrder {
    AfterClassic,
    BeforeClassic,
}

/// A subnet.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Subnet {
    pub network: String,
    pub region: String,
    /// Primary IPv4 range.
    pub range: Option<Cidr>,
    /// Secondary ranges by name.
    #[serde(default)]
    pub secondary: Map<Cidr>,
    /// Address families.
    #[serde(default)]
    pub stack: StackType,
    /// Reach Google's APIs without an external address.
    #[serde(default)]
    pub private_google_access: bool,
    /// The profile makes this subnet; it is named here only to attach NICs.
    #[serde(default)]
    pub predefined: bool,
}

/// Address families of a subnet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum StackType {
    #[default]
    #[serde(rename = "IPV4_ONLY")]
    Ipv4Only,
    #[serde(rename = "IPV4_IPV6")]
    Ipv4Ipv6,
    #[serde(rename = "IPV6_ONLY")]
    Ipv6Only,
}

/// One value or a list of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// A cluster of like instances.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Cluster {
    /// Machine type, `z4m-highmem-192`.
    pub machine: String,
    /// Zone of all instances.
    pub zone: Option<String>,
    /// Zones that instances are spread over, in turn.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Project; that of the first NIC's network if left out.
    pub project: Option<String>,
    #[schemars(range(min = 1, max = 20000))]
    pub count: u64,
    /// Instances that it is to grow to, for address planning.
    #[schemars(range(min = 1, max = 100_000))]
    pub grows_to: Option<u64>,
    /// nic0 first.
    pub nics: Vec<Nic>,
    /// Primary addresses of the NIC whose subnet holds the pool.
    pub addresses: Option<Addresses>,
    /// A managed instance group owns the instances.
    pub mig: Option<Mig>,
    /// Placement policy.
    pub placement: Option<Placement>,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Values of the secure tags bound to the instances: `tagValues/456`, or as firewall policies of this file call them.
    #[serde(default)]
    pub secure_tags: Vec<String>,
    /// Email address of the service account.
    pub service_account: Option<String>,
    /// IAM permissions that the service account is to have.
    pub permissions: Option<Vec<String>>,
    #[serde(default)]
    pub ip_forwarding: bool,
    pub maintenance: Option<Maintenance>,
    #[serde(default)]
    pub spot: bool,
    /// Ask for Tier_1 egress bandwidth.
    #[serde(default)]
    pub tier1: bool,
    #[serde(default)]
    pub guest: Guest,
    #[serde(default)]
    pub service: Service,
}

/// A single instance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Instance {
    pub machine: String,
    pub zone: String,
    pub project: Option<String>,
    pub nics: Vec<Nic>,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Values of the secure tags bound to it: `tagValues/456`, or as firewall policies of this file call them.
    #[serde(default)]
    pub secure_tags: Vec<String>,
    pub service_account: Option<String>,
    #[serde(default)]
    pub ip_forwarding: bool,
    pub maintenance: Option<Maintenance>,
    #[serde(default)]
    pub spot: bool,
    #[serde(default)]
    pub tier1: bool,
}

/// A NIC of an instance, or of every instance of a cluster.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Nic {
    /// What it is for.
    pub rail: Rail,
    /// NIC type.
    #[serde(rename = "type")]
    pub nic_type: NicType,
    pub subnet: String,
    /// Primary address; for single instances.
    pub address: Option<Address>,
    /// Alias ranges: `10.0.8.0/28`, `/28`, or `vips:/28` for a secondary range by name; for single instances.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// It has an external address.
    #[serde(default)]
    pub external: bool,
    /// VLAN id of a Dynamic NIC; its parent is `parent`.
    pub vlan: Option<u64>,
    /// `nic0`, … : the parent of a Dynamic NIC.
    pub parent: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rail {
    Rdma,
    Tcp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NicType {
    Gvnic,
    Idpf,
    Irdma,
    Mrdma,
    VirtioNet,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Maintenance {
    Migrate,
    Terminate,
}

/// Where primary addresses come from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Addresses {
    /// `10.10.0.16-10.10.0.79`, or a range.
    pub pool: Span,
    /// The addresses are reserved as resources.
    #[serde(default)]
    pub reserved: bool,
}

/// A managed instance group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mig {
    /// What it does with a failed instance.
    pub on_failure: OnFailure,
    /// Autohealing: an instance that fails this check is recreated.
    pub health_check: Option<HealthCheck>,
    /// Before autohealing looks at a new instance.
    pub initial_delay: Option<Milliseconds>,
    /// Primary addresses of the TCP rail's NICs are kept when an instance is recreated.
    #[serde(default)]
    pub stateful_addresses: bool,
    #[serde(default)]
    pub autoscaled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    Repair,
    DoNothing,
}

/// A compact placement policy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Placement {
    /// Network hops at most between any two instances.
    #[schemars(range(max = 1_000_000))]
    pub max_distance: Option<u64>,
}

/// How the guest routes, and who holds a VIP.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Guest {
    pub routing: GuestRouting,
    pub holds_vip: HoldsVip,
    pub reverse_path_filter: ReversePathFilter,
}

impl Default for Guest {
    fn default() -> Self {
        Self {
            routing: GuestRouting::Default,
            holds_vip: HoldsVip::Agent,
            reverse_path_filter: ReversePathFilter::Loose,
        }
    }
}

/// `default`: one default route, on nic0. `per-nic`: a routing table for every NIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GuestRouting {
    Default,
    PerNic,
}

/// `agent`: Google's guest agent, as a local route. `address`: the cluster's software, as an address on the NIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HoldsVip {
    Agent,
    Address,
    Nobody,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReversePathFilter {
    Strict,
    Loose,
    Off,
}

/// What the service does when it takes over.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Service {
    /// From holding the VIP to serving.
    pub takeover: Option<Milliseconds>,
    /// NFS grace: `none`, `shared`, or how long.
    pub grace: Option<Grace>,
    /// What keeps a deposed holder from writing.
    pub fence: Option<Fence>,
    /// Lost instances that the protection scheme tolerates.
    #[schemars(range(max = 1_000_000))]
    pub tolerates: Option<u64>,
}

/// `none`, `shared`, or a time such as `90 s`.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Grace {
    Word(GraceWord),
    Time(Milliseconds),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GraceWord {
    None,
    Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fence {
    None,
    Stop,
    Reset,
    Epoch,
}

/// A health check.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HealthCheck {
    /// `tcp:2049`.
    pub port: PortText,
    pub interval: Option<Milliseconds>,
    pub timeout: Option<Milliseconds>,
    #[schemars(range(max = 1_000_000))]
    pub healthy: Option<u64>,
    #[schemars(range(max = 1_000_000))]
    pub unhealthy: Option<u64>,
}

/// A VPC firewall rule. Sources of different kinds are alternatives, as in the API.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FirewallRule {
    pub network: String,
    #[serde(default)]
    pub direction: Direction,
    pub priority: Option<u64>,
    #[serde(default)]
    pub action: RuleAction,
    /// Source ranges (ingress).
    #[serde(default)]
    pub from: Vec<Cidr>,
    #[serde(default)]
    pub from_tags: Vec<String>,
    #[serde(default)]
    pub from_service_accounts: Vec<String>,
    /// Destination ranges (egress).
    #[serde(default)]
    pub to: Vec<Cidr>,
    /// Instances it applies to, by tag.
    #[serde(default)]
    pub target_tags: Vec<String>,
    #[serde(default)]
    pub target_service_accounts: Vec<String>,
    /// `tcp:2049`, `tcp:100-200`, `udp`, `icmp`, `all`.
    pub ports: Vec<String>,
    #[serde(default)]
    pub disabled: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    #[default]
    Ingress,
    Egress,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    #[default]
    Allow,
    Deny,
    GotoNext,
}

/// A network firewall policy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FirewallPolicy {
    pub project: Option<String>,
    /// A global policy if left out.
    pub region: Option<String>,
    /// `VPC_POLICY`, `RDMA_ROCE_POLICY`, …
    #[serde(rename = "type")]
    pub policy_type: Option<String>,
    /// Networks it is associated with.
    #[serde(default)]
    pub networks: Vec<String>,
    #[serde(default)]
    pub rules: Vec<PolicyRule>,
}

/// A rule of a firewall policy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PolicyRule {
    pub priority: u64,
    #[serde(default)]
    pub direction: Direction,
    #[serde(default)]
    pub action: RuleAction,
    #[serde(default)]
    pub from: Vec<Cidr>,
    #[serde(default)]
    pub from_secure_tags: Vec<String>,
    #[serde(default)]
    pub to: Vec<Cidr>,
    #[serde(default)]
    pub target_secure_tags: Vec<String>,
    #[serde(default)]
    pub target_service_accounts: Vec<String>,
    pub ports: Vec<String>,
    #[serde(default)]
    pub disabled: bool,
}

/// A static route; exactly one of the next hops.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Route {
    pub network: String,
    pub destination: Cidr,
    pub priority: Option<u64>,
    #[serde(default)]
    pub tags: Vec<String>,
    /// An instance by name; a member of a cluster is `vault-01`.
    pub next_hop_instance: Option<String>,
    pub next_hop_address: Option<Address>,
    /// A load balancer of this file.
    pub next_hop_load_balancer: Option<String>,
    #[serde(default)]
    pub next_hop_internet: bool,
}

/// A Cloud Router.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Router {
    pub network: String,
    pub region: String,
    /// Names of its Cloud NAT gateways; each serves all ranges of all subnets of the network in the region.
    #[serde(default)]
    pub nats: Vec<String>,
}

/// An internal passthrough load balancer: forwarding rule, backend service and health check.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LoadBalancer {
    /// Subnet that the address comes from.
    pub subnet: String,
    pub address: Option<Address>,
    /// Empty: all ports.
    #[serde(default)]
    pub ports: Vec<u16>,
    #[serde(default)]
    pub protocol: BalancedProtocol,
    pub backends: Vec<Backend>,
    /// The network of its backends' NICs, where it is not that of nic0.
    pub network: Option<String>,
    pub health_check: Option<HealthCheck>,
    pub failover: Option<Failover>,
    pub persistence: Option<Persistence>,
    /// Self-managed failover; excludes a health check.
    pub ha_policy: Option<HaPolicy>,
    #[serde(default)]
    pub global_access: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BalancedProtocol {
    #[default]
    Tcp,
    Udp,
    Unspecified,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Persistence {
    DefaultForProtocol,
    NeverPersist,
    AlwaysPersist,
}

/// A backend: the members of a cluster.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Backend {
    pub cluster: String,
    /// `CONNECTION` is the only mode a passthrough load balancer takes.
    pub balancing_mode: Option<String>,
    #[serde(default)]
    pub failover: bool,
    /// As endpoints of a zonal NEG on this NIC (`nic1`), instead of an instance group.
    pub neg_on: Option<String>,
}

/// Failover policy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Failover {
    /// Between 0 and 1.
    pub ratio: Option<Fraction>,
    #[serde(default)]
    pub drop_traffic_if_unhealthy: bool,
    #[serde(default)]
    pub disable_connection_drain: bool,
}

/// Self-managed failover.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HaPolicy {
    /// Fast IP move by gratuitous ARP or router advertisement.
    #[serde(default)]
    pub fast_ip_move: bool,
    /// The backend that gets the packets: a member of a cluster, `vault-03`.
    pub leader: Option<String>,
}

/// A pool of VIPs.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Vips {
    #[schemars(range(min = 1, max = 100_000))]
    pub count: u64,
    /// Where the addresses come from: `SUBNET`, `SUBNET/SECONDARY`, or a range of addresses.
    pub from: String,
    /// The addresses, if they are chosen.
    pub addresses: Option<Span>,
    /// They are reserved as resources.
    #[serde(default)]
    pub reserved: bool,
    /// Cluster that holds them.
    pub over: String,
    pub rail: Rail,
    #[serde(default)]
    pub ports: Vec<PortText>,
    pub mover: Mover,
}

/// What moves a VIP, alone or with parameters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Mover {
    Kind(MoverKind),
    With(MoverWith),
}

/// A mover with parameters.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MoverWith {
    pub kind: MoverKind,
    /// Who finds out that a node has failed; what is usual with that mover, if left out.
    pub detector: Option<Detector>,
    /// How long a lease lasts.
    pub lease: Option<Milliseconds>,
    /// How often the controller looks.
    pub poll: Option<Milliseconds>,
    /// Probes of the controller, of the load balancer or of the managed group.
    pub interval: Option<Milliseconds>,
    pub timeout: Option<Milliseconds>,
    #[schemars(range(min = 1, max = 1_000_000))]
    pub unhealthy: Option<u64>,
}

/// Who finds out that a node has failed: probes, a lease, keepalived's advertisements, or Corosync's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    Probe,
    Lease,
    Keepalived,
    Corosync,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MoverKind {
    AliasIp,
    AliasIpFenced,
    RouteReplace,
    RouteMakeBeforeBreak,
    RoutePriority,
    LbHealthCheck,
    LbLeader,
    LbGarp,
    StatefulMig,
    PacemakerAlias,
}

/// A group of like clients.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Clients {
    pub project: Option<String>,
    /// Where they are; or `cluster`.
    pub subnet: Option<String>,
    /// They are the instances of this cluster.
    pub cluster: Option<String>,
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: Option<u64>,
    pub protocol: Protocol,
    /// VIP pools that they use; all if left out.
    pub uses: Option<Vec<String>>,
    /// How they route; for those of a `subnet`. Those of a `cluster` route as the cluster says.
    pub guest: Option<Guest>,
    /// Network tags; for those of a `subnet`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Email address of the service account; for those of a `subnet`.
    pub service_account: Option<String>,
    /// Connections a client opens; Linux takes up to 16.
    #[schemars(range(min = 1, max = 16))]
    pub nconnect: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    Tcp,
    Nfs3Tcp,
    Nfs4Tcp,
    NfsRdma,
    Rdma,
    NvmeTcp,
}

/// What joins networks; exactly one of `psc-interface`, `peering`, `shared-vpc`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Link {
    /// Cluster whose instances get a NIC in another network.
    pub psc_interface: Option<String>,
    /// Subnet that the NIC joins.
    pub into: Option<String>,
    /// Type of that NIC; GVNIC if left out.
    #[serde(rename = "type")]
    pub nic_type: Option<NicType>,
    /// Whom the attachment accepts: `automatic`, or a list of projects.
    pub accepts: Option<Accepts>,
    #[serde(default)]
    pub rejects: Vec<String>,
    /// The two networks.
    pub peering: Option<Vec<String>>,
    #[serde(default)]
    pub custom_routes: bool,
    /// The host project.
    pub shared_vpc: Option<String>,
    /// Projects that use the host's networks.
    #[serde(default)]
    pub used_by: Vec<String>,
}

/// `automatic`, or projects.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Accepts {
    Word(AcceptsWord),
    Projects(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptsWord {
    Automatic,
}

/// A fact that this project knows better than the catalog.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FactOverride {
    /// The value.
    pub value: Option<serde_json::Value>,
    /// Several values that are possible.
    pub values: Option<Vec<serde_json::Value>>,
    /// Of a delay, seconds or a ratio that is assumed or observed: within which factors on the value the truth is
    /// believed to lie. The catalog's if left out of what is assumed.
    pub range: Option<Factors>,
    pub status: OverrideStatus,
    /// When it was learnt.
    pub date: DateText,
    /// After this day it no longer counts.
    pub expires: Option<DateText>,
    /// Who said it, and to whom; or on what it was measured.
    pub note: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OverrideStatus {
    Confirmed,
    Assumed,
    Observed,
    /// The provider was asked and has not answered: no value.
    Asked,
}
