//! Cluster Toolkit blueprints: modules and their settings become the resources that the modules make. Not here: what
//! the modules' defaults are (a table of its own).

use crate::document::Found;
use crate::origins::SourceId;
use crate::read::{InputError, WHAT_TO_GIVE};
use crate::tree::Node;

/// The resources of a blueprint.
pub(crate) fn read(_: &Node, _: SourceId, path: &str) -> Result<Found, Vec<InputError>> {
    let message = "a Cluster Toolkit blueprint, which is not understood yet".to_owned();
    Err(vec![InputError { path: path.to_owned(), at: None, message, hint: Some(WHAT_TO_GIVE.to_owned()) }])
}
