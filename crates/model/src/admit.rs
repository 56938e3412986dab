//! Would the API take this? Pure predicates on entities, one module a family. The `refused` rules word their findings around them, and the simulated
//! control plane answers requests with them. Nothing here knows how a finding is printed.

pub mod address;
pub mod balancing;
pub mod instance;
pub mod limit;
pub mod link;
pub mod mover;
pub mod nic;
pub mod profile;
pub mod route;

use crate::field::Hole;
use crate::finding::{Refusal, RefusalReason};

/// `None`: admitted. A hole: not known, because the input does not say.
pub type Admission = Result<Option<Refusal>, Hole>;

/// A field of the request has a value that is not allowed here.
fn invalid(method: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { reason: RefusalReason::Invalid, method, message: message.into() }
}
