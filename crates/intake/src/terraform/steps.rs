//! What a plan does, resource by resource, before it is known which of it leaves a gap. Not here: what the network lacks
//! meanwhile.

use twinrail_model::Action;

use crate::resource::{Anchor, Kind};

/// One resource that a plan changes, in the words of the plan. No-ops are left out.
#[derive(Debug, Clone)]
pub(crate) struct RawStep {
    pub kind: Kind,
    /// Canonical name after the step; before it, where the step deletes the resource.
    pub name: String,
    pub action: Action,
    /// The values after the step, or before it where there are none after; always an [`Anchor::Plan`], whose address leads to the resource before
    /// the step, which may have another name.
    pub anchor: Anchor,
    /// Whether the resource of the plan is only a part of the one that is named.
    pub is_part: bool,
}
