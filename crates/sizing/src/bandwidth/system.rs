//! What is loaded: a cluster with the VIPs that lead clients to it, the NICs of its nodes, and what each group of clients asks of it. Not here: failures, and
//! what the platform lets a node carry.

use twinrail_model::unit::Gbps;
use twinrail_model::{
    ClientGroupId, ClusterId, Code, Field, InstanceId, MoverKind, Network, NicId, Rail, Transfer, VipPoolId, VpcId,
    Workload,
};

use crate::traffic::Layout;

/// A cluster that serves clients.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    pub cluster: ClusterId,
    pub nodes: Vec<InstanceId>,
    /// The NICs of each node, nic0 first; all nodes of a cluster are alike.
    pub nics: Vec<NicSlot>,
    /// Places among `nics` that carry what nodes send each other: the RDMA rail, or nic0 where there is none.
    pub peers: Vec<usize>,
    pub pools: Vec<Pool>,
    pub demands: Vec<Demand>,
    pub layout: Layout,
    /// Whether the model says how data is protected; if not, it is taken to be stored once.
    pub is_protected: bool,
}

/// A NIC that every node has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NicSlot {
    pub is_rdma: bool,
    pub vpc: VpcId,
    /// The NIC whose VLAN it is.
    pub parent: Option<usize>,
    /// A Private Service Connect interface: it is in the clients' network.
    pub is_psc: bool,
}

/// A pool of VIPs over the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    pub id: VipPoolId,
    /// The NIC at which its VIPs are.
    pub front: usize,
    pub count: u64,
    pub mover: MoverKind,
}

/// What clients move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Read,
    Write,
    /// Writes of a checkpoint, beside the other writes.
    Checkpoint,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Checkpoint];

    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Checkpoint => "checkpoint",
        }
    }

    pub fn transfer(self) -> Transfer {
        match self {
            Self::Read => Transfer::Read,
            Self::Write | Self::Checkpoint => Transfer::Write,
        }
    }
}

/// What a group of clients asks of a pool, in all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    pub clients: ClientGroupId,
    /// Place among the pools.
    pub pool: usize,
    pub kind: Kind,
    pub rate: Gbps,
    /// Clients that ask it of this pool; a part of one where it uses several.
    pub count: f64,
    /// Connections of one client.
    pub connections: u64,
    /// Whether they speak RDMA, to which no cap of a flow applies that anybody states.
    pub is_rdma: bool,
}

/// The clusters that serve clients, each with its part of the workload: by the number of clients, and of a client by the number of VIPs.
///
/// # Errors
/// A hole, where the input does not say which NICs nodes have.
pub fn systems(network: &Network, workload: &Workload) -> Field<Vec<System>> {
    let mut systems = Vec::new();
    for (cluster, row) in network.clusters.iter() {
        let has_clients = row.vips.iter().any(|pool| !network.vips[*pool].clients.is_empty());
        if has_clients && !row.instances.is_empty() {
            systems.push(system(network, workload, cluster)?);
        }
    }
    Ok(systems)
}

fn system(network: &Network, workload: &Workload, cluster: ClusterId) -> Field<System> {
    let row = &network.clusters[cluster];
    let first = row.instances[0];
    let ids: Vec<NicId> = network.nics_of(first)?.to_vec();
    let nics = ids.iter().map(|id| slot(network, *id)).collect::<Field<Vec<NicSlot>>>()?;
    let of_rail = |rail: Rail| {
        let all = ids.iter().enumerate().filter(move |(_, id)| *network.nics[**id].rail == Some(rail));
        all.map(|(place, _)| place).collect::<Vec<usize>>()
    };
    let peers = Some(of_rail(Rail::Rdma)).filter(|peers| !peers.is_empty()).unwrap_or_else(|| vec![0]);
    let pools: Vec<Pool> = row
        .vips
        .iter()
        .map(|id| {
            let pool = &network.vips[*id];
            let holder = network.vip_nics(*id).into_iter().find(|nic| network.nics[*nic].instance == first);
            let front = holder.map_or(0, |nic| network.nics[nic].index);
            Pool { id: *id, front, count: pool.count, mover: pool.mover.kind }
        })
        .collect();
    let demands = demands(network, workload, &pools);
    let stored_once = Code { data: 1, parity: 0 };
    let layout = Layout::of(workload.code.unwrap_or(stored_once), workload.hops);
    let nodes = row.instances.clone();
    Ok(System { cluster, nodes, nics, peers, pools, demands, layout, is_protected: workload.code.is_some() })
}

fn slot(network: &Network, id: NicId) -> Field<NicSlot> {
    let nic = &network.nics[id];
    let is_rdma = nic.nic_type.get()?.is_some_and(twinrail_model::NicType::is_rdma);
    let parent = (*nic.dynamic).as_ref().and_then(|(_, parent)| parent.strip_prefix("nic")?.parse().ok());
    let is_psc = nic.attachment.is_some();
    Ok(NicSlot { is_rdma, vpc: nic.vpc.get()?, parent, is_psc })
}

/// What each group asks of each pool of a cluster.
fn demands(network: &Network, workload: &Workload, pools: &[Pool]) -> Vec<Demand> {
    // A client that uses no pool asks for nothing.
    let uses = |group: ClientGroupId| network.vips.iter().filter(move |(_, pool)| pool.clients.contains(&group));
    let counted = network.clients.iter().filter(|(group, _)| uses(*group).next().is_some());
    let everybody: u64 = counted.map(|(_, row)| row.count).sum();
    let mut demands = Vec::new();
    for (group, row) in network.clients.iter() {
        let vips: u64 = uses(group).map(|(_, pool)| pool.count).sum();
        for (place, pool) in pools.iter().enumerate() {
            if !network.vips[pool.id].clients.contains(&group) || vips == 0 || everybody == 0 {
                continue;
            }
            let part = pool.count as f64 / vips as f64;
            let of_all = row.count as f64 / everybody as f64 * part;
            for kind in Kind::ALL {
                let asked = match kind {
                    Kind::Read => workload.read,
                    Kind::Write => workload.write,
                    Kind::Checkpoint => workload.checkpoint,
                };
                demands.push(Demand {
                    clients: group,
                    pool: place,
                    kind,
                    rate: asked.unwrap_or_default() * of_all,
                    count: row.count as f64 * part,
                    connections: row.connections,
                    is_rdma: row.protocol.is_rdma(),
                });
            }
        }
    }
    demands
}
