//! Terraform: plans and states as `terraform show -json` prints them, and the places of resources in `.tf` files. Not
//! here: what the fields of a resource mean (`lower`).

mod paths;
mod source;
mod steps;
mod table;
mod translate;

pub(crate) use source::{SourceError, Sources};
pub(crate) use steps::RawStep;

use crate::document::{Found, JsonError};
use crate::origins::SourceId;

/// Whether JSON is a plan or a state.
pub(crate) fn is_plan(_: &str) -> bool {
    false
}

/// The resources of a plan as they are after it is applied, and what it deletes.
pub(crate) fn plan(_: &str, _: SourceId) -> Result<Found, JsonError> {
    Ok(Found::default())
}

/// The path by which Terraform calls what the API calls `pointer`, in a resource of this address.
pub(crate) fn path_of(address: &str, pointer: &str) -> String {
    paths::path_of(address, pointer)
}
