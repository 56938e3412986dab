//! Typed keys: the type of a fact is part of its key, so that code cannot read a count as a bool.
//! Not here: the keys themselves, which are generated from the catalog ([`crate::keys`]).

use std::marker::PhantomData;

use ipnet::IpNet;

use crate::delay::Delay;
use crate::fact::{FactId, Value};

/// A kind of value: what a key's fact looks like to the code that reads it.
pub trait Kind {
    type View<'a>;

    /// The value as this kind, or `None` if it is of another.
    fn view(value: &Value) -> Option<Self::View<'_>>;
}

macro_rules! kind {
    ($(#[$doc:meta])* $name:ident, $view:ty, $pattern:pat => $result:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {}

        impl Kind for $name {
            type View<'a> = $view;

            fn view(value: &Value) -> Option<Self::View<'_>> {
                match value {
                    $pattern => Some($result),
                    _ => None,
                }
            }
        }
    };
}

kind!(/// Yes or no.
    Bool, bool, Value::Bool(value) => *value);
kind!(/// A whole number in the fact's unit.
    Count, u64, Value::Count(value) => *value);
kind!(/// A real number in the fact's unit.
    Number, f64, Value::Number(value) => *value);
kind!(/// One word out of several.
    Choice, &'a str, Value::Choice(value) => value);
kind!(/// A set of words.
    Names, &'a [String], Value::Names(value) => value);
kind!(/// Address ranges.
    Cidrs, &'a [IpNet], Value::Cidrs(value) => value);
kind!(/// A distribution of seconds.
    Delays, &'a Delay, Value::Delay(value) => value);

/// A fact and the type of its value.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<K> {
    id: FactId,
    kind: PhantomData<K>,
}

impl<K> Clone for Key<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Key<K> {}

impl<K> Key<K> {
    /// Only for the generated table, where index and type come from the same file.
    pub(crate) const fn at(index: u32) -> Self {
        Self { id: FactId(index), kind: PhantomData }
    }

    pub(crate) fn new(id: FactId) -> Self {
        Self { id, kind: PhantomData }
    }

    pub const fn id(self) -> FactId {
        self.id
    }
}
