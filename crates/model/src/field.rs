//! What the input does not say: a hole with an address, so that a judgement that needs it is `undecided` and names it.

use crate::id::EntityId;

/// A field of a resource, by its path in the Compute API's JSON below the entity (`nicType`, `scheduling/onHostMaintenance`), or by its name in the model file.
pub type FieldName = &'static str;

/// An entity, or one field of it: what a finding points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub entity: EntityId,
    pub field: Option<FieldName>,
}

impl Place {
    pub fn field(entity: impl Into<EntityId>, field: FieldName) -> Self {
        Self { entity: entity.into(), field: Some(field) }
    }
}

impl<T: Into<EntityId>> From<T> for Place {
    fn from(entity: T) -> Self {
        Self { entity: entity.into(), field: None }
    }
}

/// Why a value is missing. It never forks a judgement: that is for facts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hole {
    /// Known only after the plan is applied.
    AfterApply(Place),
    /// Not in the input, or the entity is named there but not described.
    NotInInput(Place),
    /// There, but its value is not understood.
    NotUnderstood(Place),
    /// The catalog holds no fact of this id.
    NotInCatalog(String),
}

/// A value, or the reason why it is missing; `?` carries the reason to the verdict `undecided`.
pub type Field<T> = Result<T, Hole>;
