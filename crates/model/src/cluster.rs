//! What the model file says beyond resources: clusters with their guests and service, and clients.

use crate::id::{ClusterId, InstanceId, MigId, SubnetId, VipPoolId};
use crate::instance::{NicType, Rail};
use crate::network::Name;
use crate::range::AddressSpan;

/// A cluster of like instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    pub name: Name,
    pub machine: String,
    pub zones: Vec<String>,
    pub count: u64,
    /// Instances that the cluster is to grow to.
    pub grows_to: Option<u64>,
    pub nics: Vec<NicPlan>,
    pub pool: Option<Pool>,
    pub mig: Option<MigId>,
    /// Permissions of its service account that the model names; `None`: none are named.
    pub permissions: Option<Vec<String>>,
    pub guest: Guest,
    pub service: Service,
    pub instances: Vec<InstanceId>,
    pub vips: Vec<VipPoolId>,
}

/// One NIC of every instance of a cluster, as the model file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NicPlan {
    pub rail: Rail,
    pub nic_type: NicType,
    pub subnet: SubnetId,
}

/// Addresses that instances take their primary addresses from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    pub span: AddressSpan,
    pub reserved: bool,
}

/// How the guest routes what it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuestRouting {
    /// As it boots: one default route, on nic0.
    Default,
    /// A rule and a table for every NIC, so that a reply leaves where the request came in.
    PerNic,
}

/// Who puts a VIP on the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VipHolder {
    /// The platform's guest agent: as a local route.
    Agent,
    /// The cluster's own software: as an address on the NIC.
    Address,
    /// Nobody.
    Nobody,
}

/// What runs inside the instances, as far as packets care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest {
    pub routing: GuestRouting,
    pub holds_vip: VipHolder,
    /// Strict reverse-path filter.
    pub rp_filter: bool,
}

/// The grace period of the service that takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grace {
    None,
    /// State is shared, so that no client waits.
    Shared,
    Milliseconds(u64),
}

/// What keeps a deposed holder from writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fence {
    None,
    Stop,
    Reset,
    /// The storage refuses writes of an old epoch.
    Epoch,
}

/// What the service does on takeover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// From holding the VIP to serving.
    pub takeover_milliseconds: Option<u64>,
    pub grace: Option<Grace>,
    pub fence: Option<Fence>,
    /// How many lost instances the protection scheme tolerates.
    pub tolerates: Option<u64>,
}

/// What clients speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    Tcp,
    Nfs3Tcp,
    Nfs4Tcp,
    NfsRdma,
    Rdma,
    NvmeTcp,
}

impl Protocol {
    pub const ALL: [Self; 6] = [Self::Tcp, Self::Nfs3Tcp, Self::Nfs4Tcp, Self::NfsRdma, Self::Rdma, Self::NvmeTcp];

    /// The name in the model file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Nfs3Tcp => "nfs3-tcp",
            Self::Nfs4Tcp => "nfs4-tcp",
            Self::NfsRdma => "nfs-rdma",
            Self::Rdma => "rdma",
            Self::NvmeTcp => "nvme-tcp",
        }
    }

    pub fn is_rdma(self) -> bool {
        matches!(self, Self::NfsRdma | Self::Rdma)
    }
}

/// A group of like clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientGroup {
    pub name: Name,
    pub count: u64,
    pub protocol: Protocol,
    /// Connections that one client opens to an address (`nconnect`), at least one.
    pub connections: u64,
    pub subnet: Option<SubnetId>,
    pub instances: Vec<InstanceId>,
    /// The cluster it is, where the clients are described as one.
    pub cluster: Option<ClusterId>,
    /// How they route, what tags they have and as whom they run, where the model counts them; of instances, the instances and their cluster say so.
    pub guest: Option<Guest>,
    pub tags: Vec<String>,
    pub service_account: Option<String>,
}

impl ClientGroup {
    /// Clients that the model counts but does not describe as instances.
    pub fn is_abstract(&self) -> bool {
        self.instances.is_empty()
    }
}
