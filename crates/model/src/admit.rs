//! Would the API take this? Pure predicates on entities, one module a family. The `refused` rules word their findings around them, and the simulated
//! control plane answers requests with them. Nothing here knows how a finding is printed.

pub mod link;
pub mod mover;
pub mod address;
pub mod limit;
pub mod balancing;
pub mod nic;
pub mod route;

use crate::field::Hole;
use crate::finding::Refusal;

/// `None`: admitted. A hole: not known, because the input does not say.
pub type Admission = Result<Option<Refusal>, Hole>;
