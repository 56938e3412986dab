//! Mistakes that the tests switch on one at a time, to see that the oracles notice. The program is built without them. Not here: what the oracles are.

/// A mistake in following packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A denying rule does not go before an allowing one of the same priority.
    DenyLosesTie,
    /// Ordinary networks let in what no rule matches.
    ImpliedIngressAllowed,
    /// A policy's `goto_next` lets the packet pass.
    GotoNextAllows,
    /// Source tags match packets from alias addresses.
    TagsMatchAliases,
    /// Replies of tracked connections need a rule of their own.
    RepliesNeedRules,
    /// A shorter prefix wins.
    ShortestPrefix,
    /// A route is used though its next hop is stopped.
    StoppedNextHopUsed,
    /// One side of a peering suffices.
    OneSidedPeering,
    /// A peer's peers are reached.
    TransitivePeering,
    /// Any source address is let out.
    SourceUnchecked,
    /// A backend that calls its own address reaches its peers.
    NoHairpin,
    /// The failover ratio is taken for 0.
    RatioIgnored,
    /// Clients of every region reach a load balancer without global access.
    RegionIgnored,
    /// Replies leave by the NIC on which the request came, whatever the guest's routes.
    RepliesKeepNic,
}

impl Bug {
    pub const ALL: &[Self] = &[
        Self::DenyLosesTie,
        Self::ImpliedIngressAllowed,
        Self::GotoNextAllows,
        Self::TagsMatchAliases,
        Self::RepliesNeedRules,
        Self::ShortestPrefix,
        Self::StoppedNextHopUsed,
        Self::OneSidedPeering,
        Self::TransitivePeering,
        Self::SourceUnchecked,
        Self::NoHairpin,
        Self::RatioIgnored,
        Self::RegionIgnored,
        Self::RepliesKeepNic,
    ];
}

#[cfg(feature = "seeded-bugs")]
thread_local! {
    static ON: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Runs with one mistake switched on.
#[cfg(feature = "seeded-bugs")]
pub fn with<T>(bug: Bug, run: impl FnOnce() -> T) -> T {
    ON.set(Some(bug));
    let result = run();
    ON.set(None);
    result
}

#[cfg(feature = "seeded-bugs")]
pub(crate) fn has(bug: Bug) -> bool {
    ON.get() == Some(bug)
}

/// No mistake is built in.
#[cfg(not(feature = "seeded-bugs"))]
pub(crate) fn has(_: Bug) -> bool {
    false
}
