//! Instances, their NICs, and the groups that manage them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::field::{Field, Stated};
use crate::id::{
    AttachmentId, ClientGroupId, ClusterId, HealthCheckId, InstanceId, MigId, NicId, ProjectId, SubnetId, VpcId,
};
use crate::network::{Known, Name};

/// What the host does to the instance at maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Maintenance {
    Migrate,
    Terminate,
}

/// The tier of egress bandwidth that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EgressTier {
    Default,
    Tier1,
}

/// An instance, or an instance template: what would be made from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    pub name: Name,
    pub known: Known,
    /// A template has no zone and no addresses of its own.
    pub is_template: bool,
    pub project: ProjectId,
    pub zone: Stated<Field<String>>,
    /// Short name of the machine type.
    pub machine: Stated<Field<String>>,
    /// nic0 first.
    pub nics: Stated<Vec<NicId>>,
    pub tags: Stated<Vec<String>>,
    /// Email addresses.
    pub service_accounts: Stated<Vec<String>>,
    /// Values of the secure tags that are bound to it: `tagValues/456`. The API does not tell them of an instance that it has made.
    pub secure_tags: Stated<Vec<String>>,
    pub can_ip_forward: Stated<bool>,
    /// `None`: the platform's default for the machine type.
    pub on_host_maintenance: Stated<Option<Maintenance>>,
    pub spot: Stated<bool>,
    pub egress_tier: Stated<EgressTier>,
    /// Short names of resource policies, placement among them.
    pub policies: Stated<Vec<String>>,
    /// `RUNNING`, `TERMINATED`, …; `None` in a plan.
    pub status: Stated<Option<String>>,
    pub template: Stated<Option<InstanceId>>,
    pub mig: Stated<Option<MigId>>,
    pub cluster: Option<ClusterId>,
    pub clients: Option<ClientGroupId>,
}

/// The type of a NIC: which driver the guest sees, and whether it speaks RDMA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NicType {
    Gvnic,
    Idpf,
    Irdma,
    Mrdma,
    VirtioNet,
}

impl NicType {
    pub const ALL: [Self; 5] = [Self::Gvnic, Self::Idpf, Self::Irdma, Self::Mrdma, Self::VirtioNet];

    /// The Compute API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gvnic => "GVNIC",
            Self::Idpf => "IDPF",
            Self::Irdma => "IRDMA",
            Self::Mrdma => "MRDMA",
            Self::VirtioNet => "VIRTIO_NET",
        }
    }

    pub fn is_rdma(self) -> bool {
        matches!(self, Self::Irdma | Self::Mrdma)
    }
}

impl FromStr for NicType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.word() == text);
        known.ok_or_else(|| format!("`{text}` is not a NIC type"))
    }
}

impl fmt::Display for NicType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a NIC is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rail {
    Rdma,
    Tcp,
}

impl Rail {
    pub fn word(self) -> &'static str {
        match self {
            Self::Rdma => "rdma",
            Self::Tcp => "tcp",
        }
    }
}

/// Address families of a NIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stack {
    Ipv4Only,
    Ipv4Ipv6,
    Ipv6Only,
}

/// The addresses of an alias range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasRange {
    Range(IpNet),
    /// Only a length: the platform picks the range.
    Length(u8),
}

/// An alias IP range of a NIC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    pub range: AliasRange,
    /// Name of the secondary range it comes from; `None`: the primary range.
    pub secondary: Option<String>,
}

/// A network interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nic {
    pub instance: InstanceId,
    /// 0 for nic0.
    pub index: usize,
    /// `None`: the platform's default for image and machine.
    pub nic_type: Stated<Field<Option<NicType>>>,
    pub vpc: Stated<Field<VpcId>>,
    pub subnet: Stated<Field<SubnetId>>,
    /// Primary IPv4 address; `Ok(None)`: assigned from the subnet's range when the instance is made.
    pub address: Stated<Field<Option<IpAddr>>>,
    pub aliases: Stated<Vec<Alias>>,
    /// Whether it has an external address.
    pub external: Stated<bool>,
    pub stack: Stated<Stack>,
    /// The attachment through which it joins another project's network: a PSC interface.
    pub attachment: Stated<Option<AttachmentId>>,
    /// VLAN id and parent of a Dynamic NIC.
    pub dynamic: Stated<Option<(u64, String)>>,
    /// What the model file says it is for; `None` in an import.
    pub rail: Stated<Option<Rail>>,
}

impl Nic {
    /// `nic0`, `nic1`, …
    pub fn label(&self) -> String {
        format!("nic{}", self.index)
    }
}

/// A stateful address of a MIG: kept when an instance is recreated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatefulAddress {
    /// `nic0`, …
    pub nic: String,
    pub external: bool,
}

/// A managed instance group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mig {
    pub name: Name,
    pub known: Known,
    pub project: ProjectId,
    pub size: Stated<u64>,
    pub template: Stated<Option<InstanceId>>,
    /// Autohealing: the health check and the initial delay in seconds.
    pub autohealing: Stated<Option<(Field<HealthCheckId>, u64)>>,
    /// Whether a failed instance is repaired: recreated, with empty local disks.
    pub repairs: Stated<bool>,
    pub stateful_addresses: Stated<Vec<StatefulAddress>>,
    pub autoscaled: Stated<bool>,
    /// `PROACTIVE` or `NONE`, for a regional group.
    pub redistribution: Stated<Option<String>>,
    /// `RECREATE` or `SUBSTITUTE`.
    pub replacement: Stated<Option<String>>,
    pub instances: Stated<Vec<InstanceId>>,
}
