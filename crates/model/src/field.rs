//! What the input does not say: a hole with an address, so that a judgement that needs it is `undecided` and names it. What an entity holds of its input is
//! [`Stated`]: looking at a value that is missing is remembered, so that no judgement passes on what it could not see. Not here: what follows from a
//! look, which whoever runs judgements decides.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;

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
    /// There and understood, but what it does to packets is not modelled.
    NotModelled(Place),
    /// A wish under which no pair of two is there to be asked, so that it would hold whatever the network is.
    NobodyToAsk(Place),
    /// The catalog holds no fact of this id.
    NotInCatalog(String),
}

/// A value, or the reason why it is missing; `?` carries the reason to the verdict `undecided`.
pub type Field<T> = Result<T, Hole>;

thread_local! {
    /// The first hole that was looked at since [`looks`] began.
    static SEEN: RefCell<Option<Hole>> = const { RefCell::new(None) };
}

/// Runs a judgement, and says at which hole it looked first. One that looked at none would answer the same whatever the holes turn out to be.
pub fn looks<T>(run: impl FnOnce() -> T) -> (T, Option<Hole>) {
    let before = SEEN.replace(None);
    let result = run();
    (result, SEEN.replace(before))
}

/// Remembers that somebody asked what a hole hides.
pub fn look(hole: &Hole) {
    SEEN.with_borrow_mut(|seen| {
        seen.get_or_insert_with(|| hole.clone());
    });
}

/// What an entity holds of its input: a value, or a stand-in where the input lacks it. A `Stated<Field<T>>` stands in with the hole itself, and any other with
/// what the API would read if the value were left out. It reads like the value (it derefs to it), and a look at a stand-in is remembered: see [`looks`].
#[derive(Clone, Default)]
pub struct Stated<T> {
    value: T,
    hole: Option<Hole>,
}

impl<T> Stated<T> {
    /// What the input says.
    pub const fn given(value: T) -> Self {
        Self { value, hole: None }
    }

    /// What is read in place of a value that the input lacks.
    pub const fn missing(stand_in: T, hole: Hole) -> Self {
        Self { value: stand_in, hole: Some(hole) }
    }

    /// What the input says, if it lacks nothing of it.
    pub fn new(value: T, hole: Option<Hole>) -> Self {
        Self { value, hole }
    }

    /// A function and no method, so that it hides none of the value's.
    pub fn map<U>(stated: Self, change: impl FnOnce(T) -> U) -> Stated<U> {
        Stated { value: change(stated.value), hole: stated.hole }
    }

    /// The value where the input has it, without a look.
    pub fn known(&self) -> Option<&T> {
        self.hole.is_none().then_some(&self.value)
    }

    /// The value or its stand-in, without a look: for what is no part of an answer.
    pub fn peek(&self) -> &T {
        &self.value
    }

    /// Changes what is known of it: more of a list, say.
    pub fn change(&mut self, change: impl FnOnce(&mut T)) {
        change(&mut self.value);
    }

    /// The value, or the hole where there is only a stand-in.
    pub fn known_or_hole(&self) -> Field<&T> {
        let value = &**self;
        self.hole.as_ref().map_or(Ok(value), |hole| Err(hole.clone()))
    }
}

impl<T: PartialEq> Stated<T> {
    /// Whether both are known and equal. No look: two of which one is missing are just not known to be the same.
    pub fn is_known_as(&self, other: &Self) -> bool {
        self.known().is_some_and(|value| other.known() == Some(value))
    }
}

impl<T: Clone> Stated<Field<T>> {
    /// The value, or the hole.
    pub fn get(&self) -> Field<T> {
        (**self).clone()
    }
}

impl<T> Stated<Field<T>> {
    /// The value where it is stands, or the hole.
    pub fn get_ref(&self) -> Field<&T> {
        (**self).as_ref().map_err(Clone::clone)
    }
}

impl<T> Stated<Field<T>> {
    /// The value of several fields: the hole of the whole comes first.
    pub fn into_field(self) -> Field<T> {
        self.hole.map_or(self.value, Err)
    }
}

impl<T> Deref for Stated<T> {
    type Target = T;

    fn deref(&self) -> &T {
        if let Some(hole) = &self.hole {
            look(hole);
        }
        &self.value
    }
}

impl<T> From<Field<T>> for Stated<Field<T>> {
    fn from(value: Field<T>) -> Self {
        let hole = value.as_ref().err().cloned();
        Self { value, hole }
    }
}

impl<T: PartialEq> PartialEq for Stated<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Stated<T> {}

impl<T: PartialEq> PartialEq<T> for Stated<T> {
    fn eq(&self, other: &T) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for Stated<String> {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl<T: fmt::Display> fmt::Display for Stated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for Stated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<'s, T> IntoIterator for &'s Stated<Vec<T>> {
    type Item = &'s T;
    type IntoIter = std::slice::Iter<'s, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Id, VpcId};

    fn hole(place: usize) -> Hole {
        Hole::AfterApply(Place::field(VpcId::new(place), "mtu"))
    }

    #[test]
    fn a_look_at_a_hole_is_remembered_and_a_peek_is_not() {
        let lacking = Stated::missing(false, hole(0));
        let field: Stated<Field<u64>> = Err(hole(1)).into();
        assert_eq!(looks(|| *lacking.peek()), (false, None));
        assert_eq!(looks(|| !*lacking && *field == Ok(3)), (false, Some(hole(0))));
        assert_eq!(looks(|| *field == Ok(3)), (false, Some(hole(1))));
        assert_eq!(looks(|| *Stated::given(7)), (7, None));
        assert_eq!(field.get(), Err(hole(1)));
    }

    #[test]
    fn looks_within_looks_are_their_own() {
        let (inner, outer) = looks(|| {
            look(&hole(0));
            looks(|| look(&hole(1))).1
        });
        assert_eq!((inner, outer), (Some(hole(1)), Some(hole(0))));
        assert_eq!(looks(|| ()).1, None);
    }
}
