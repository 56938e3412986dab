//! What joins networks: network attachments with their PSC interfaces, peerings, Shared VPC.

use crate::field::{Field, Stated};
use crate::id::{AttachmentId, ClientGroupId, ClusterId, NicId, ProjectId, SubnetId, VpcId};
use crate::instance::Nic;
use crate::network::{Known, Name, Network};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttachmentPreference {
    Automatic,
    Manual,
}

/// A network attachment: a consumer's door for PSC interfaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub name: Name,
    pub known: Known,
    pub project: ProjectId,
    pub region: Stated<Field<String>>,
    pub subnets: Stated<Vec<SubnetId>>,
    pub preference: Stated<Field<AttachmentPreference>>,
    /// Projects by id or number.
    pub accepts: Stated<Vec<String>>,
    pub rejects: Stated<Vec<String>>,
}

/// A VPC peering, as one side states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peering {
    pub name: Name,
    pub vpc: VpcId,
    pub peer: Stated<Field<VpcId>>,
    /// `ACTIVE` or `INACTIVE`, where the input says.
    pub state: Stated<Option<String>>,
    pub exports_custom_routes: Stated<bool>,
    pub imports_custom_routes: Stated<bool>,
}

/// A link of the model file: whose machine joins which network, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub name: Name,
    pub kind: LinkKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkKind {
    /// NICs of these machines join the network of that subnet through an attachment.
    PscInterface {
        cluster: Option<ClusterId>,
        clients: Option<ClientGroupId>,
        into: SubnetId,
        nics: Vec<NicId>,
    },
    Peering {
        a: VpcId,
        b: VpcId,
    },
    /// `service` uses the networks of `host`.
    SharedVpc {
        host: ProjectId,
        service: ProjectId,
    },
}

impl Network {
    /// The PSC interfaces that join through an attachment. Those of a template count only where its instances are not in the input.
    pub fn nics_through(&self, attachment: AttachmentId) -> impl Iterator<Item = (NicId, &Nic)> {
        let through = self.nics.iter().filter(move |(_, nic)| nic.attachment == Some(attachment));
        let made_from = |id| self.migs.iter().any(|(_, mig)| mig.template == Some(id) && !mig.instances.is_empty());
        through.filter(move |(_, nic)| !made_from(nic.instance))
    }
}
