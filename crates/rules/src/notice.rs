//! Findings that are about the check itself and not about an entity of the network: they have a code and a page, and no judgement.

/// A notice: its code and the page that explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    pub code: &'static str,
    pub page: &'static str,
}

/// A suppression whose day has passed.
pub const SUPPRESSION_EXPIRED: Notice =
    Notice { code: "suppression-expired", page: include_str!("../pages/notices/suppression-expired.md") };
/// A suppression that covers no finding.
pub const SUPPRESSION_UNUSED: Notice =
    Notice { code: "suppression-unused", page: include_str!("../pages/notices/suppression-unused.md") };
/// An override of a fact whose day has passed.
pub const CONFIRMATION_EXPIRED: Notice =
    Notice { code: "confirmation-expired", page: include_str!("../pages/notices/confirmation-expired.md") };
/// One resource with two values of one field.
pub const CONFLICTING_INPUT: Notice =
    Notice { code: "conflicting-input", page: include_str!("../pages/notices/conflicting-input.md") };

/// All notices, by code.
pub const NOTICES: &[Notice] = &[CONFIRMATION_EXPIRED, CONFLICTING_INPUT, SUPPRESSION_EXPIRED, SUPPRESSION_UNUSED];
