//! What a judgement says. A finding names entities; where they stand in a file, and how it is printed, is decided elsewhere.

use crate::field::{Hole, Place};

/// What kind of mistake a rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The API says no.
    Refused,
    /// Accepted, but it does not do what was meant.
    Broken,
    /// Accepted and working, until something happens.
    Risk,
}

impl Class {
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Broken => "broken",
            Self::Risk => "risk",
        }
    }
}

/// The API's reason for saying no: its HTTP status and reason word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefusalReason {
    /// 400 `invalid`: a field has a value that is not allowed here.
    Invalid,
    /// 400 `resourceInUseByAnotherResource`.
    InUse,
    /// 403 `quotaExceeded`, or a system limit.
    Limit,
    /// 409 `IP_IN_USE_BY_ANOTHER_RESOURCE`.
    AddressInUse,
    /// 409 `alreadyExists`: the name is taken.
    NameTaken,
    /// 400 `IP_SPACE_EXHAUSTED`: no free address is left in the range.
    AddressesExhausted,
}

impl RefusalReason {
    /// HTTP status and reason.
    pub fn error(self) -> (u16, &'static str) {
        match self {
            Self::Invalid => (400, "invalid"),
            Self::InUse => (400, "resourceInUseByAnotherResource"),
            Self::Limit => (403, "quotaExceeded"),
            Self::AddressInUse => (409, "IP_IN_USE_BY_ANOTHER_RESOURCE"),
            Self::NameTaken => (409, "alreadyExists"),
            Self::AddressesExhausted => (400, "IP_SPACE_EXHAUSTED"),
        }
    }
}

/// The API would not take this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub reason: RefusalReason,
    /// The request that fails, as `resource.method`: `instances.insert`.
    pub method: &'static str,
    /// What is not allowed, in our words.
    pub message: String,
}

/// One mistake in the user's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands.
    pub place: Place,
    /// What is: lower case, no full stop.
    pub message: String,
    /// What is at the place, in a few words.
    pub label: String,
    /// What to do.
    pub help: String,
    /// Other places that matter, with a few words each.
    pub also: Vec<(Place, String)>,
    /// The steps of a walk through the network, or of a change, in their order, with a few words each.
    pub path: Vec<(Place, String)>,
    /// Arithmetic or context that the reader needs, as lines.
    pub notes: Vec<String>,
    pub refusal: Option<Refusal>,
}

impl Finding {
    pub fn new(place: impl Into<Place>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
            label: String::new(),
            help: String::new(),
            also: Vec::new(),
            path: Vec::new(),
            notes: Vec::new(),
            refusal: None,
        }
    }

    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    #[must_use]
    pub fn also(mut self, place: impl Into<Place>, label: impl Into<String>) -> Self {
        self.also.push((place.into(), label.into()));
        self
    }

    /// Adds the next step of the walk.
    #[must_use]
    pub fn step(mut self, place: impl Into<Place>, label: impl Into<String>) -> Self {
        self.path.push((place.into(), label.into()));
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn refused(mut self, refusal: Refusal) -> Self {
        self.refusal = Some(refusal);
        self
    }
}

/// The answer of one rule on one subject in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The rule says nothing about this subject.
    NotApplicable,
    Holds,
    /// It holds, and these lines say how much was looked at and what was left out of account.
    Proved(Vec<String>),
    Violated(Box<Finding>),
}

impl From<Finding> for Answer {
    fn from(finding: Finding) -> Self {
        Self::Violated(Box::new(finding))
    }
}

/// An answer, or the hole that leaves it undecided.
pub type Judged = Result<Answer, Hole>;
