//! Ids: an index into a table, one type for each kind of entity, so that ids of different kinds never mix.
//! Ids follow the order of canonical names, so they do not depend on the order of the input.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// An id: a typed index.
pub trait Id: Copy {
    fn new(index: usize) -> Self;
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $variant:ident, $word:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(u32);

            impl Id for $name {
                fn new(index: usize) -> Self {
                    Self(u32::try_from(index).expect("fewer than 2^32 entities"))
                }

                fn index(self) -> usize {
                    self.0 as usize
                }
            }

            impl From<$name> for EntityId {
                fn from(id: $name) -> Self {
                    Self::$variant(id)
                }
            }
        )*

        /// Any entity of a network.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EntityId {
            $($(#[$doc])* $variant($name),)*
        }

        impl EntityId {
            /// The kind in the field's words.
            pub fn kind(self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $word,)*
                }
            }
        }
    };
}

ids! {
    /// A project.
    ProjectId => Project, "project";
    /// A VPC network.
    VpcId => Vpc, "network";
    /// A subnetwork.
    SubnetId => Subnet, "subnet";
    /// An instance or an instance template.
    InstanceId => Instance, "instance";
    /// A network interface of an instance.
    NicId => Nic, "NIC";
    /// A reserved address.
    AddressId => Address, "address";
    /// A static route.
    RouteId => Route, "route";
    /// A policy-based route.
    PolicyRouteId => PolicyRoute, "policy-based route";
    /// A Cloud Router.
    RouterId => Router, "router";
    /// A VPN gateway or an Interconnect attachment.
    GatewayId => Gateway, "gateway";
    /// A VPC firewall rule.
    FirewallRuleId => FirewallRule, "firewall rule";
    /// A firewall policy.
    FirewallPolicyId => FirewallPolicy, "firewall policy";
    /// A forwarding rule.
    ForwardingRuleId => ForwardingRule, "forwarding rule";
    /// A backend service.
    BackendServiceId => BackendService, "backend service";
    /// A health check.
    HealthCheckId => HealthCheck, "health check";
    /// An unmanaged instance group, or the group behind a MIG.
    InstanceGroupId => InstanceGroup, "instance group";
    /// A network endpoint group.
    NegId => Neg, "network endpoint group";
    /// A managed instance group.
    MigId => Mig, "managed instance group";
    /// A network attachment, where PSC interfaces join.
    AttachmentId => Attachment, "network attachment";
    /// A VPC peering, as one of its two networks states it.
    PeeringId => Peering, "peering";
    /// A cluster of the model file.
    ClusterId => Cluster, "cluster";
    /// A group of clients of the model file.
    ClientGroupId => ClientGroup, "clients";
    /// A pool of virtual IPs of the model file.
    VipPoolId => VipPool, "VIP pool";
    /// A link of the model file.
    LinkId => Link, "link";
    /// What the user wants to be true.
    IntentId => Intent, "intent";
    /// A step of a plan.
    StepId => Step, "step";
}

/// A vector that is indexed by its own kind of id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<I, T> {
    rows: Vec<T>,
    id: PhantomData<I>,
}

impl<I, T> Default for Table<I, T> {
    fn default() -> Self {
        Self { rows: Vec::new(), id: PhantomData }
    }
}

impl<I: Id, T> Table<I, T> {
    pub fn push(&mut self, row: T) -> I {
        self.rows.push(row);
        I::new(self.rows.len() - 1)
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn ids(&self) -> impl Iterator<Item = I> + use<I, T> {
        (0..self.rows.len()).map(I::new)
    }

    pub fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.rows.iter().enumerate().map(|(index, row)| (I::new(index), row))
    }

    pub fn rows(&self) -> &[T] {
        &self.rows
    }
}

impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;

    fn index(&self, id: I) -> &T {
        &self.rows[id.index()]
    }
}

impl<I: Id, T> IndexMut<I> for Table<I, T> {
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.rows[id.index()]
    }
}
