//! Where a packet goes, a second time: as Datalog, from Google's pages and from `docs/reachability.md` where they are silent, and without a look at the
//! engine. A packet's way is cut where a page ends: the guest and its source, the firewall, routes, load balancers, delivery. Each is a program of its
//! own, and a round runs them one after the other for all flows of a network at once: first the health checks and their answers, then the requests, then
//! the replies. Rust only lists what the network holds and hands what one program derived to the next.
//! Not here: hops and words; only how a way may end.
//!
//! [`endings`] is the way in. A [`Flow`] is one packet on one of its ways: where a VIP may be with several, each is a flow of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use ascent::aggregators::{max, min};
use ascent::ascent;
use ipnet::{IpNet, Ipv4Net};
use twinrail_facts::{Bool, Facts, Names, keys};
use twinrail_model::{
    AliasRange, AppliesTo, Backend, BackendServiceId, ClientGroupId, Direction, Endpoint, Feature, Field,
    FirewallAction, FirewallOrder, FirewallPolicy, FirewallRule, ForwardingRuleId, GuestRouting, InstanceId, Known,
    MoverKind, NatSources, Network, NextHop, NicId, Platform, PolicyHop, PolicyRouteId, PolicyScope, Ratio, RouteId,
    Scheme, Situation, View, Vip, VipHolder, VpcId,
};
use twinrail_reach::{Code, End, Outcome, Packet, Receiver, Sender, Traffic, protocol};

/// How a request may end, with how its reply may end then; no reply where it never left its guest or did not arrive.
pub type Ending = (Outcome, Option<Outcome>);

/// One packet on one of its ways, by its place in the list.
type Flow = usize;

/// A machine: clients that the model counts are one, with one NIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Host {
    Instance(InstanceId),
    Clients(ClientGroupId),
}

/// A NIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Port {
    Nic(NicId),
    Clients(ClientGroupId),
}

/// Where a flow begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Start {
    /// In a guest, bound to the address of one of its NICs or free.
    Guest(Host, Option<Port>),
    /// At a NIC, to which a health check or a packet of the internet comes without any route of the network.
    At(Port),
    /// Nowhere: it is dropped before.
    Dropped(Code),
}

/// Whom it is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Meant {
    Anybody,
    Port(Port),
    Rule(ForwardingRuleId),
}

/// How a guest comes to hold a VIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Held {
    /// As an alias range, a reserved primary address and the like: the address is the NIC's own.
    Own,
    /// A static route leads to the NIC: the address is foreign to it.
    Routed,
}

/// Which way a packet passes a firewall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    In,
    Out,
}

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Hop {
    Instance(InstanceId),
    Address(Ipv4Addr),
    Rule(ForwardingRuleId),
    Gateway,
    /// The NIC that a mover's route leads to.
    Mover(NicId),
    /// A mover's route that nobody is left for.
    Nobody,
    Unmodelled,
}

/// A custom route: one of the input, the default route that comes with a network, or a mover's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Way {
    Route(RouteId),
    Default,
    Mover(Flow),
}

/// What is known of a flow before it begins.
#[derive(Debug, Clone)]
struct Seed {
    start: Start,
    meant: Meant,
    /// A free source is not known yet.
    source: Option<Ipv4Addr>,
    destination: Ipv4Addr,
    protocol: u8,
    port: Option<u16>,
    rdma: bool,
    /// The VIPs that somebody was chosen to hold: the address, the NIC, how.
    placed: Vec<(Vip, Ipv4Addr, NicId, Held)>,
    /// The VIP that it is sent to and that nobody is left to hold.
    lost: Option<(Ipv4Addr, VpcId, Held)>,
    /// Whose the address is that a reply goes to; what comes back to another NIC than the request left by is seen when it arrives.
    sought: Option<Meant>,
    /// Who was made again since it failed, with the VIP.
    revived: Option<InstanceId>,
    /// The NICs at which connection tracking knows the connection.
    tracked: Vec<Port>,
    /// For the answer to a health check, the NIC that was probed.
    probed: Option<Port>,
    is_probe: bool,
}

ascent! {
    /// The guest chooses NIC and source; its network checks the source.
    /// <https://cloud.google.com/vpc/docs/create-use-multiple-interfaces>: every interface gets a route for the subnet that it is in, nic0 the one default
    /// route. <https://docs.cloud.google.com/vpc/docs/alias-ip> and
    /// <https://docs.cloud.google.com/network-intelligence-center/docs/connectivity-tests/states/reasons-dropped-packets>
    /// for what may be sent. <https://docs.cloud.google.com/vpc/docs/rdma-network-profiles> for RDMA.
    struct Guests;

    relation start(Flow, Host, Option<Port>);
    /// A stateful group makes an instance that failed again, with its address.
    relation revived(Flow, Host);
    relation to(Flow, Ipv4Addr);
    relation free(Flow);
    relation bound(Flow, Ipv4Addr);
    relation verbs(Flow);
    relation target(Flow, Port);
    relation asks(Flow, ForwardingRuleId);
    relation placed(Flow, Port, Ipv4Addr, Held);

    relation runs(Host);
    relation down(Port);
    relation nic(Host, usize, Port);
    relation primary(Port, Ipv4Addr);
    relation alias(Port, Ipv4Net);
    relation serves(Port, ForwardingRuleId, Ipv4Addr);
    relation connected(Port, Ipv4Net);
    relation network(Port, VpcId);
    relation rdma_nic(Port);
    relation per_nic(Host);
    relation adds(Host);
    relation software(Host);
    relation forwards(Host);

    relation ended(Flow, Outcome);
    relation leaves(Flow, Port, Ipv4Addr);
    relation sent(Flow, Port, Ipv4Addr);

    relation awake(Flow, Host, Option<Port>);
    awake(f, h, b) <-- start(f, h, b), runs(h);
    awake(f, h, b) <-- start(f, h, b), revived(f, h);
    ended(f, dropped(Code::InstanceNotRunning)) <-- start(f, h, _), !runs(h), !revived(f, h);

    // What the guest holds never leaves it: https://github.com/GoogleCloudPlatform/guest-agent adds local routes for aliases and forwarding rules.
    // One of the clients that the model only counts sends to another of them.
    relation local(Flow);
    local(f) <-- awake(f, h, _), !verbs(f), if let Host::Instance(_) = *h, to(f, d), nic(h, _, p), primary(p, d);
    local(f) <-- awake(f, h, _), !verbs(f), to(f, d), adds(h), nic(h, _, p), alias(p, r), if r.contains(d);
    local(f) <-- awake(f, h, _), !verbs(f), to(f, d), adds(h), nic(h, _, p), placed(f, p, d, Held::Own);
    local(f) <-- awake(f, h, _), !verbs(f), to(f, d), software(h), nic(h, _, p), placed(f, p, d, Held::Routed);
    ended(f, Outcome::Delivered(Receiver::Itself)) <-- local(f), !abroad(f);
    // An address that another network has too is meant for somebody else.
    relation abroad(Flow);
    abroad(f) <-- start(f, h, _), target(f, q), nic(g, _, q), if g != h;
    abroad(f) <-- local(f), asks(f, _);
    ended(f, dropped(Code::RouteWrongNetwork)) <-- local(f), abroad(f);

    // A backend that calls its own forwarding rule reaches itself: https://docs.cloud.google.com/load-balancing/docs/internal/troubleshooting-ilb.
    relation hairpin(Flow);
    hairpin(f) <-- awake(f, h, _), !verbs(f), to(f, d), adds(h), nic(h, _, p), serves(p, _, d);
    ended(f, dropped(Code::BackendReachesItself)) <-- hairpin(f);

    relation outbound(Flow, Host, Option<Port>);
    outbound(f, h, b) <-- awake(f, h, b), !verbs(f), !local(f), !hairpin(f);

    // The main table: the longest route of a subnet, else the default route of nic0. A rule for the source goes before it.
    relation reaches(Flow, u8, usize);
    relation longest(Flow, u8);
    relation lowest(Flow, usize);
    relation main(Flow, Host);
    relation picked(Flow, Port);
    reaches(f, r.prefix_len(), k) <-- outbound(f, h, _), to(f, d), nic(h, k, p), connected(p, r), if r.contains(d);
    longest(f, l) <-- outbound(f, _, _), agg l = max(l) in reaches(f, l, _);
    lowest(f, k) <-- longest(f, l), agg k = min(k) in reaches(f, l, k);
    main(f, h) <-- outbound(f, h, ?None);
    main(f, h) <-- outbound(f, h, ?Some(_)), !per_nic(h);
    picked(f, p) <-- outbound(f, h, ?Some(p)), per_nic(h);
    picked(f, p) <-- main(f, h), lowest(f, k), nic(h, k, p);
    picked(f, p) <-- main(f, h), !lowest(f, _), nic(h, 0, p);

    // Verbs pass between RDMA NICs of one network.
    relation speaks(Flow, Port);
    relation hears(Flow);
    relation together(Flow, usize);
    relation spoken(Flow, usize);
    speaks(f, p) <-- awake(f, _, ?Some(p)), verbs(f), rdma_nic(p);
    speaks(f, p) <-- awake(f, h, ?None), verbs(f), nic(h, _, p), rdma_nic(p);
    hears(f) <-- verbs(f), target(f, q), rdma_nic(q);
    together(f, k) <-- speaks(f, p), target(f, q), rdma_nic(q), network(p, v), network(q, v), nic(_, k, p);
    spoken(f, k) <-- hears(f), agg k = min(k) in together(f, k);
    ended(f, dropped(Code::RdmaNeedsRdmaNic)) <-- awake(f, _, _), verbs(f), !speaks(f, _);
    ended(f, dropped(Code::RdmaNeedsRdmaNic)) <-- speaks(f, _), !hears(f);
    ended(f, dropped(Code::RdmaOtherNetwork)) <-- speaks(f, _), hears(f), !together(f, _);
    picked(f, p) <-- awake(f, h, _), spoken(f, k), nic(h, k, p);

    ended(f, dropped(Code::NicDown)) <-- picked(f, p), down(p);
    leaves(f, p, s) <-- picked(f, p), !down(p), bound(f, s);
    leaves(f, p, s) <-- picked(f, p), !down(p), free(f), primary(p, s);

    relation permitted(Flow);
    permitted(f) <-- leaves(f, p, s), primary(p, s);
    permitted(f) <-- leaves(f, p, s), alias(p, r), if r.contains(s);
    permitted(f) <-- leaves(f, p, s), serves(p, _, s);
    permitted(f) <-- leaves(f, p, s), placed(f, p, s, Held::Own);
    permitted(f) <-- leaves(f, p, _), nic(h, _, p), forwards(h);
    ended(f, dropped(Code::ForeignIpDisallowed)) <-- leaves(f, _, _), !permitted(f);
    sent(f, p, s) <-- leaves(f, p, s), permitted(f);
}

ascent! {
    /// Which packets a firewall passes: <https://docs.cloud.google.com/firewall/docs/firewall-policies-rule-eval-order>,
    /// <https://cloud.google.com/vpc/docs/firewalls>, and <https://cloud.google.com/firewall/docs/firewall-for-roce> for RDMA networks.
    struct Firewalls;

    relation asked(Flow, Port, Side, Ipv4Addr, Ipv4Addr, u8, Option<u16>);
    relation tracked(Flow, Port);

    relation network(Port, VpcId);
    relation region(Port, Word);
    relation nic(Host, usize, Port);
    relation primary(Port, Ipv4Addr);
    relation tag(Host, Word);
    relation account(Host, Word);
    relation secure(Host, Word);
    relation peered(VpcId, VpcId);
    relation stateful(VpcId);
    relation implied(VpcId, Side);

    relation layer(VpcId, Option<Word>, usize, usize);
    relation rule(usize, usize, Side, u64, FirewallAction);
    relation carries(usize, Option<u8>, Option<(u16, u16)>);
    relation source_range(usize, Ipv4Net);
    relation source_tag(usize, Word);
    relation source_account(usize, Word);
    relation source_secure(usize, Word);
    relation destination_range(usize, Ipv4Net);
    relation target_tag(usize, Word);
    relation target_account(usize, Word);
    relation target_secure(usize, Word);

    relation passes(Flow, Port);
    relation blocked(Flow, Port);

    // A reply to an allowed packet is allowed where the connection is tracked.
    relation exempt(Flow, Port);
    exempt(f, p) <-- tracked(f, p), network(p, v), stateful(v);
    passes(f, p) <-- asked(f, p, _, _, _, _, _), exempt(f, p);

    // The layers of the network of the NIC, regional ones in its region only.
    relation candidate(Flow, Port, usize, usize, usize, Side);
    candidate(f, p, k, l, r, d) <--
        asked(f, p, d, _, _, _, _), !exempt(f, p), network(p, v), region(p, g),
        layer(v, scope, k, l), if scope.is_none_or(|scope| scope == *g), rule(l, r, d, _, _);

    relation aimed(usize);
    aimed(r) <-- target_tag(r, _);
    aimed(r) <-- target_account(r, _);
    aimed(r) <-- target_secure(r, _);
    relation hits(Flow, Port, usize);
    hits(f, p, r) <-- candidate(f, p, _, _, r, _), !aimed(r);
    hits(f, p, r) <-- candidate(f, p, _, _, r, _), target_tag(r, w), nic(h, _, p), tag(h, w);
    hits(f, p, r) <-- candidate(f, p, _, _, r, _), target_secure(r, w), nic(h, _, p), secure(h, w);
    hits(f, p, r) <-- candidate(f, p, _, _, r, _), target_account(r, w), nic(h, _, p), account(h, w);

    // Ranges, tags and accounts are alternatives. Tags and accounts match primary addresses in the network of the rule:
    // https://docs.cloud.google.com/vpc/docs/alias-ip.
    relation picky(usize);
    picky(r) <-- source_range(r, _);
    picky(r) <-- source_tag(r, _);
    picky(r) <-- source_account(r, _);
    picky(r) <-- source_secure(r, _);
    relation from(Flow, Port, usize);
    from(f, p, r) <-- candidate(f, p, _, _, r, _), !picky(r);
    from(f, p, r) <-- candidate(f, p, _, _, r, _), asked(f, p, _, s, _, _, _), source_range(r, n), if n.contains(s);
    from(f, p, r) <--
        candidate(f, p, _, _, r, Side::In), asked(f, p, _, s, _, _, _), network(p, v),
        source_tag(r, w), primary(q, s), network(q, v), nic(h, _, q), tag(h, w);
    from(f, p, r) <--
        candidate(f, p, _, _, r, Side::In), asked(f, p, _, s, _, _, _), network(p, v),
        source_account(r, w), primary(q, s), network(q, v), nic(h, _, q), account(h, w);

    // Secure tags match NICs of peer networks as well: https://documentation.s3ns.fr/vpc/docs/vpc-peering.
    relation near(VpcId, VpcId);
    near(v, v) <-- network(_, v);
    near(v, u) <-- peered(v, u);
    from(f, p, r) <--
        candidate(f, p, _, _, r, Side::In), asked(f, p, _, s, _, _, _), network(p, v),
        source_secure(r, w), primary(q, s), network(q, u), near(v, u), nic(h, _, q), secure(h, w);

    relation to(Flow, Port, usize);
    to(f, p, r) <-- candidate(f, p, _, _, r, _), !destination_range(r, _);
    to(f, p, r) <-- candidate(f, p, _, _, r, _), asked(f, p, _, _, d, _, _), destination_range(r, n), if n.contains(d);

    relation speaks(Flow, Port, usize);
    speaks(f, p, r) <--
        candidate(f, p, _, _, r, _), asked(f, p, _, _, _, protocol, port), carries(r, kind, ports),
        if kind.is_none_or(|kind| kind == *protocol),
        if ports.is_none_or(|(first, last)| port.is_some_and(|port| first <= port && port <= last));

    relation matching(Flow, Port, usize, usize, u64, FirewallAction);
    matching(f, p, k, l, priority, action) <--
        candidate(f, p, k, l, r, _), hits(f, p, r), from(f, p, r), to(f, p, r), speaks(f, p, r), rule(l, r, _, priority, action);

    // Within a layer the smallest priority decides, and a deny wins.
    relation layered(Flow, Port, usize, usize);
    relation best(Flow, Port, usize, usize, u64);
    relation denied(Flow, Port, usize);
    layered(f, p, k, l) <-- matching(f, p, k, l, _, _);
    best(f, p, k, l, m) <-- layered(f, p, k, l), agg m = min(m) in matching(f, p, k, l, m, _);
    denied(f, p, k) <-- best(f, p, k, l, m), matching(f, p, k, l, m, FirewallAction::Deny);

    // `goto_next` and no match go on with the next layer; behind the last are the implied rules.
    relation final_word(Flow, Port, usize, bool);
    relation first_word(Flow, Port, usize);
    final_word(f, p, k, false) <-- denied(f, p, k);
    final_word(f, p, k, true) <-- best(f, p, k, l, m), matching(f, p, k, l, m, FirewallAction::Allow), !denied(f, p, k);
    first_word(f, p, k) <-- asked(f, p, _, _, _, _, _), agg k = min(k) in final_word(f, p, k, _);
    passes(f, p) <-- first_word(f, p, k), final_word(f, p, k, true);
    blocked(f, p) <-- first_word(f, p, k), final_word(f, p, k, false);
    passes(f, p) <-- asked(f, p, d, _, _, _, _), !exempt(f, p), !final_word(f, p, _, _), network(p, v), implied(v, d);
    blocked(f, p) <-- asked(f, p, d, _, _, _, _), !exempt(f, p), !final_word(f, p, _, _), network(p, v), !implied(v, d);
}

ascent! {
    /// Which backends of a service get packets: <https://cloud.google.com/load-balancing/docs/internal/failover-overview>.
    struct Balancers;

    /// By its place in the list of the service; whether it is of a failover group.
    relation member(BackendServiceId, usize, bool);
    relation service(BackendServiceId);
    relation healthy(BackendServiceId, usize);
    relation failed(BackendServiceId, usize, Code);
    relation drops(BackendServiceId);
    /// In hundredths.
    relation ratio(BackendServiceId, usize);

    relation gets(BackendServiceId, usize);
    relation refuses(BackendServiceId, Code);

    refuses(s, Code::ForwardingRuleNoInstances) <-- service(s), !member(s, _, _);

    relation fit(BackendServiceId, usize, bool);
    fit(s, k, b) <-- member(s, k, b), healthy(s, k);
    relation primaries(BackendServiceId, usize);
    primaries(s, n) <-- service(s), agg n = ascent::aggregators::count() in member(s, _, false);
    relation good(BackendServiceId, usize);
    good(s, n) <-- service(s), agg n = ascent::aggregators::count() in fit(s, _, false);

    // Fail over: the healthy share of the primaries is below the ratio, or nobody is healthy.
    relation over(BackendServiceId);
    over(s) <-- member(s, _, true), good(s, 0);
    over(s) <-- member(s, _, true), good(s, g), primaries(s, n), ratio(s, r), if g * 100 < r * n;
    gets(s, k) <-- fit(s, k, false), !over(s);
    gets(s, k) <-- over(s), fit(s, k, true);
    gets(s, k) <-- over(s), !fit(s, _, true), fit(s, k, false);

    // The last resort.
    gets(s, k) <-- member(s, k, false), !fit(s, _, _), !drops(s);
    refuses(s, code) <-- service(s), !fit(s, _, _), drops(s), failed(s, 0, code);
    refuses(s, Code::ForwardingRuleNoInstances) <-- member(s, _, _), !member(s, _, false), !fit(s, _, _), !drops(s);
}

ascent! {
    /// Where the network takes a packet: <https://docs.cloud.google.com/vpc/docs/routes>, <https://docs.cloud.google.com/vpc/docs/policy-based-routes>,
    /// <https://docs.cloud.google.com/vpc/docs/static-routes>, <https://docs.cloud.google.com/vpc/docs/vpc-peering>,
    /// <https://docs.cloud.google.com/load-balancing/docs/internal/ilb-next-hop-overview>.
    struct Routes;

    relation sent(Flow, Port, Ipv4Addr, Ipv4Addr, u8, Option<u16>);
    relation verbs(Flow);
    relation target(Flow, Port);
    relation meant(Flow, Meant);
    relation probed(Flow, Port);
    relation placed(Flow, Port, Ipv4Addr, Held);
    /// A VIP that nobody holds, in the network of those who could.
    relation lost(Flow, Ipv4Addr, VpcId, Held);

    relation here(Host);
    relation runs(Host);
    relation nic(Host, usize, Port);
    relation network(Port, VpcId);
    relation region(Port, Word);
    relation tag(Host, Word);
    relation primary(Port, Ipv4Addr);
    relation alias(Port, Ipv4Net);
    relation serves(Port, ForwardingRuleId, Ipv4Addr);
    relation external(Port);
    relation private(Ipv4Net);
    /// Cloud NAT: the network, the region, the range.
    relation translates(VpcId, Word, Ipv4Net);
    relation subnet(VpcId, Ipv4Net);
    relation peered(VpcId, VpcId);
    relation imports(VpcId, VpcId);

    relation policy_route(PolicyRouteId, VpcId, u64, Option<Ipv4Net>, Option<Ipv4Net>, Option<u8>, Option<Ipv4Addr>);
    relation policy_route_tag(PolicyRouteId, Word);
    relation policy_route_tagged(PolicyRouteId);
    relation way(Way, VpcId, Ipv4Net, u64, Hop);
    relation way_tag(Way, Word);

    relation balancer(ForwardingRuleId, VpcId, Ipv4Addr, BackendServiceId);
    /// `None` takes any protocol and port.
    relation balances(ForwardingRuleId, Option<u8>);
    relation balanced_port(ForwardingRuleId, u16);
    relation balances_ports(ForwardingRuleId);
    relation balancer_region(ForwardingRuleId, Word);
    relation global(ForwardingRuleId);
    relation backend(BackendServiceId, usize, Option<Port>);
    relation gets(BackendServiceId, usize);
    relation refuses(BackendServiceId, Code);

    relation ended(Flow, Outcome);
    relation arrives(Flow, Port);

    relation hand(Flow, Port);
    // Nobody forwards to itself for ever.
    ended(f, dropped(Code::RoutingLoop)) <-- hand(f, p), sent(f, p, _, _, _, _), if let Port::Nic(_) = *p;
    arrives(f, q) <-- hand(f, q), !sent(f, q, _, _, _, _);
    arrives(f, q) <-- hand(f, q), if let Port::Clients(_) = *q;
    hand(f, q) <-- sent(f, _, _, _, _, _), verbs(f), target(f, q);

    // The answer to a health check takes a path of its own, from the NIC that was probed.
    relation special(Flow);
    special(f) <-- sent(f, p, _, _, _, _), probed(f, p);
    ended(f, Outcome::Delivered(Receiver::Prober)) <-- special(f);

    relation ordinary(Flow, Port, Ipv4Addr, Ipv4Addr, u8);
    ordinary(f, p, s, d, k) <-- sent(f, p, s, d, k, _), !special(f), !verbs(f);

    // Policy-based routes: no prefix counts, and of equal ones any may be taken.
    relation taken(Flow, PolicyRouteId, u64);
    taken(f, r, m) <--
        ordinary(f, p, s, d, k), network(p, v), policy_route(r, v, m, from, to, kind, _), !policy_route_tagged(r),
        if from.is_none_or(|n| n.contains(s)), if to.is_none_or(|n| n.contains(d)), if kind.is_none_or(|kind| kind == *k);
    taken(f, r, m) <--
        ordinary(f, p, s, d, k), network(p, v), policy_route(r, v, m, from, to, kind, _), policy_route_tag(r, w), nic(h, _, p), tag(h, w),
        if from.is_none_or(|n| n.contains(s)), if to.is_none_or(|n| n.contains(d)), if kind.is_none_or(|kind| kind == *k);
    relation turn(Flow, PolicyRouteId);
    turn(f, r) <-- ordinary(f, _, _, _, _), agg m = min(m) in taken(f, _, m), taken(f, r, m);
    relation onward(Flow, Port, Ipv4Addr);
    onward(f, p, d) <-- ordinary(f, p, _, d, _), !taken(f, _, _);
    onward(f, p, d) <-- ordinary(f, p, _, d, _), turn(f, r), policy_route(r, _, _, _, _, _, ?None);
    relation steered(Flow, Ipv4Addr, VpcId);
    steered(f, a, v) <-- turn(f, r), policy_route(r, v, _, _, _, _, ?Some(a));
    relation steered_to(Flow, ForwardingRuleId);
    steered_to(f, r) <-- steered(f, a, v), near(v, u), balancer(r, u, a, _);
    over(f, r) <-- steered_to(f, r);
    ended(f, dropped(Code::NextHopForwardingRuleIpMismatch)) <-- steered(f, _, _), !steered_to(f, _);

    // Subnet routes, of peers too.
    relation near(VpcId, VpcId);
    near(v, v) <-- network(_, v);
    near(v, u) <-- peered(v, u);
    relation inside(Flow, VpcId, Ipv4Addr);
    inside(f, u, d) <-- onward(f, p, d), network(p, v), near(v, u), subnet(u, n), if n.contains(d);

    // Custom routes: of the network by tag, of peers that export them where they are imported, and never those with tags or to the internet.
    relation open(Flow, Port, Ipv4Addr, VpcId);
    open(f, p, d, v) <-- onward(f, p, d), !inside(f, _, _), network(p, v);
    relation way_tagged(Way);
    way_tagged(w) <-- way_tag(w, _);
    relation mover(Flow, VpcId, Ipv4Addr, Hop);
    mover(f, v, a, Hop::Mover(n)) <-- placed(f, p, a, Held::Routed), network(p, v), if let Port::Nic(n) = *p;
    mover(f, v, a, Hop::Nobody) <-- lost(f, a, v, Held::Routed);
    relation candidate(Flow, Option<VpcId>, Way, u8, u64, Hop, VpcId);
    candidate(f, None, w, n.prefix_len(), m, x, v) <-- open(f, _, d, v), way(w, v, n, m, x), !way_tagged(w), if n.contains(d);
    candidate(f, None, w, n.prefix_len(), m, x, v) <--
        open(f, p, d, v), way(w, v, n, m, x), if n.contains(d), way_tag(w, t), nic(h, _, p), tag(h, t);
    candidate(f, Some(*u), w, n.prefix_len(), m, x, u) <--
        open(f, _, d, v), imports(v, u), way(w, u, n, m, x), !way_tagged(w), if *x != Hop::Gateway, if n.contains(d);
    candidate(f, None, Way::Mover(*f), 32, 0, x, v) <-- open(f, _, d, v), mover(f, v, d, x);
    candidate(f, Some(*u), Way::Mover(*f), 32, 0, x, u) <-- open(f, _, d, v), imports(v, u), mover(f, u, d, x);
    ended(f, dropped(Code::NoRoute)) <-- open(f, _, _, _), !candidate(f, _, _, _, _, _, _);

    // The most specific destination, local before peers, usable next hops, the smallest priority: in this order.
    relation narrow(Flow, Option<VpcId>, Way, u64, Hop, VpcId);
    narrow(f, g, w, m, x, v) <--
        open(f, _, _, _), agg l = max(l) in candidate(f, _, _, l, _, _, _), candidate(f, g, w, l, m, x, v);
    relation kept(Flow, Option<VpcId>, Way, u64, Hop, VpcId);
    kept(f, None, w, m, x, v) <-- narrow(f, ?None, w, m, x, v);
    kept(f, g, w, m, x, v) <-- narrow(f, g, w, m, x, v), if g.is_some(), !narrow(f, None, _, _, _, _);
    relation dead(Hop, VpcId, Code);
    dead(x, v, Code::NextHopResourceNotFound) <-- way(_, v, _, _, x), if let Hop::Instance(i) = *x, !here(Host::Instance(i));
    dead(x, v, Code::InstanceNotRunning) <--
        way(_, v, _, _, x), if let Hop::Instance(i) = *x, here(Host::Instance(i)), !runs(Host::Instance(i));
    dead(x, v, Code::NextHopInstanceWrongNetwork) <--
        way(_, v, _, _, x), if let Hop::Instance(i) = *x, runs(Host::Instance(i)), !located(Host::Instance(i), v);
    dead(x, v, Code::InstanceNotRunning) <--
        way(_, v, _, _, x), if let Hop::Address(a) = *x, primary(q, a), network(q, v), nic(h, _, q), !runs(h);
    dead(x, v, Code::NextHopInstanceNonPrimaryIp) <--
        way(_, v, _, _, x), if let Hop::Address(a) = *x, !first(v, a), second(v, x);
    dead(x, v, Code::NextHopAddressNotResolved) <--
        way(_, v, _, _, x), if let Hop::Address(a) = *x, !first(v, a), !second(v, x);
    relation located(Host, VpcId);
    located(h, v) <-- nic(h, _, p), network(p, v);
    relation first(VpcId, Ipv4Addr);
    first(v, a) <-- primary(q, a), network(q, v);
    relation second(VpcId, Hop);
    second(v, x) <-- way(_, v, _, _, x), if let Hop::Address(a) = *x, network(q, v), alias(q, n), if n.contains(&a);
    relation usable(Flow, Option<VpcId>, u64, Hop, VpcId);
    usable(f, g, m, x, v) <-- kept(f, g, _, m, x, v), !dead(x, v, _);
    relation chosen(Flow, Hop, VpcId);
    chosen(f, x, v) <-- kept(f, g, _, _, _, _), agg m = min(m) in usable(f, g, m, _, _), usable(f, g, m, x, v);
    // If all are left out, the one with the smallest priority tells why, the first of equal ones.
    relation useless(Flow, Option<VpcId>);
    useless(f, g) <-- kept(f, g, _, _, _, _), !usable(f, g, _, _, _);
    relation excuse(Flow, Option<VpcId>, (u64, Way), Code);
    excuse(f, g, (*m, *w), code) <-- useless(f, g), kept(f, g, w, m, x, v), dead(x, v, code);
    ended(f, dropped(*code)) <-- useless(f, g), agg z = min(z) in excuse(f, g, z, _), excuse(f, g, z, code);

    hand(f, q) <--
        chosen(f, x, v), if let Hop::Instance(i) = *x, agg k = min(k) in placed_nic(Host::Instance(i), v, k), nic(Host::Instance(i), k, q);
    relation placed_nic(Host, VpcId, usize);
    placed_nic(h, v, k) <-- nic(h, k, p), network(p, v);
    hand(f, q) <-- chosen(f, x, v), if let Hop::Address(a) = *x, primary(q, a), network(q, v);
    hand(f, Port::Nic(n)) <-- chosen(f, x, _), if let Hop::Mover(n) = *x;
    over(f, r) <-- chosen(f, x, _), if let Hop::Rule(r) = *x;
    ended(f, dropped(Code::VipHasNoHolder)) <-- chosen(f, Hop::Nobody, _);
    ended(f, dropped(Code::NotModelled)) <-- chosen(f, Hop::Unmodelled, _);

    // The internet gateway: https://docs.cloud.google.com/nat/docs/nat-product-interactions.
    relation gateway(Flow, Port, Ipv4Addr, Ipv4Addr);
    gateway(f, p, s, d) <-- chosen(f, Hop::Gateway, _), ordinary(f, p, s, d, _);
    relation homely(Flow);
    homely(f) <-- gateway(f, _, _, d), private(n), if n.contains(d);
    relation known(Flow);
    known(f) <-- gateway(f, p, s, _), external(p), primary(p, s);
    // Cloud NAT takes what a NIC sends from an address of its own: https://docs.cloud.google.com/nat/docs/overview.
    relation its_own(Flow);
    its_own(f) <-- gateway(f, p, s, _), primary(p, s);
    its_own(f) <-- gateway(f, p, s, _), alias(p, n), if n.contains(s);
    its_own(f) <-- gateway(f, p, s, _), placed(f, p, s, Held::Own);
    known(f) <-- its_own(f), gateway(f, p, s, _), network(p, v), region(p, g), translates(v, g, n), if n.contains(s);
    ended(f, dropped(Code::PrivateTrafficToInternet)) <-- gateway(f, _, _, _), homely(f);
    ended(f, Outcome::Delivered(Receiver::Internet)) <-- gateway(f, _, _, _), !homely(f), known(f);
    ended(f, dropped(Code::NoExternalAddress)) <-- gateway(f, _, _, _), !homely(f), !known(f);

    // Who has the address in the network of the subnet.
    relation has(Flow, Port);
    has(f, q) <-- inside(f, u, d), primary(q, d), network(q, u);
    has(f, q) <-- inside(f, u, d), network(q, u), alias(q, n), if n.contains(d);
    has(f, q) <-- inside(f, u, d), network(q, u), placed(f, q, d, Held::Own);
    hand(f, q) <-- has(f, q), !missed(f), !strays(f);
    // Overlapping networks: somebody else has the address here.
    relation strays(Flow);
    strays(f) <-- has(f, q), meant(f, m), if let Meant::Port(p) = m, if p != q;
    strays(f) <-- has(f, _), meant(f, m), if let Meant::Rule(_) = m;
    strays(f) <-- asks(f, r), meant(f, m), if let Meant::Port(p) = m, !serves(p, r, _);
    strays(f) <-- asks(f, r), meant(f, m), if let Meant::Rule(s) = m, if r != s;
    ended(f, dropped(Code::RouteWrongNetwork)) <-- strays(f), !missed(f);
    relation missed(Flow);
    missed(f) <-- inside(f, u, d), lost(f, d, u, _);
    relation asks(Flow, ForwardingRuleId);
    asks(f, r) <-- inside(f, u, d), balancer(r, u, d, _);
    ended(f, dropped(Code::VipHasNoHolder)) <-- missed(f);
    ended(f, dropped(Code::UnknownInternalAddress)) <-- inside(f, _, _), !has(f, _), !asks(f, _), !missed(f);

    // A load balancer that is asked by its address takes its protocol and ports; as a next hop it takes all, but is none with L3_DEFAULT.
    relation matched(Flow, ForwardingRuleId);
    matched(f, r) <-- asks(f, r), !strays(f), balances(r, ?None);
    matched(f, r) <-- asks(f, r), !strays(f), sent(f, _, _, _, k, _), balances(r, ?Some(kind)), if kind == k, !balances_ports(r);
    matched(f, r) <-- asks(f, r), !strays(f), sent(f, _, _, _, k, port), balances(r, ?Some(kind)), if kind == k, balanced_port(r, n), if *port == Some(*n);
    ended(f, dropped(Code::ForwardingRuleMismatch)) <-- asks(f, r), !strays(f), !matched(f, r);
    relation over(Flow, ForwardingRuleId);
    ended(f, dropped(Code::NextHopForwardingRuleTypeInvalid)) <-- over(f, r), balances(r, ?None);
    relation works(Flow, ForwardingRuleId);
    works(f, r) <-- matched(f, r);
    works(f, r) <-- over(f, r), balances(r, ?Some(_));
    relation reachable(Flow, ForwardingRuleId);
    reachable(f, r) <-- works(f, r), global(r);
    reachable(f, r) <-- works(f, r), sent(f, p, _, _, _, _), region(p, g), balancer_region(r, g);
    ended(f, dropped(Code::ForwardingRuleRegionMismatch)) <-- works(f, r), !reachable(f, r);
    ended(f, dropped(*code)) <-- reachable(f, r), balancer(r, _, _, s), refuses(s, code);
    hand(f, q) <-- reachable(f, r), balancer(r, _, _, s), gets(s, k), backend(s, k, ?Some(q));
    ended(f, dropped(Code::BackendInvalidNetwork)) <-- reachable(f, r), balancer(r, _, _, s), gets(s, k), backend(s, k, ?None);
}

ascent! {
    /// The platform hands a packet to a NIC, before its firewall: the instance must run, and the address be the NIC's unless the instance forwards.
    struct Arrivals;

    relation arrives(Flow, Port);
    relation revived(Flow, Host);
    relation to(Flow, Ipv4Addr);
    relation placed(Flow, Port, Ipv4Addr, Held);

    relation runs(Host);
    relation down(Port);
    relation nic(Host, usize, Port);
    relation primary(Port, Ipv4Addr);
    relation alias(Port, Ipv4Net);
    relation serves(Port, ForwardingRuleId, Ipv4Addr);
    relation forwards(Host);

    relation ended(Flow, Port, Outcome);
    relation met(Flow, Port);

    relation idle(Flow, Port);
    idle(f, q) <-- arrives(f, q), nic(h, _, q), !runs(h), !revived(f, h);
    ended(f, q, dropped(Code::InstanceNotRunning)) <-- idle(f, q);
    ended(f, q, dropped(Code::NicDown)) <-- arrives(f, q), !idle(f, q), down(q);

    relation mine(Flow, Port);
    mine(f, q) <-- arrives(f, q), to(f, d), primary(q, d);
    mine(f, q) <-- arrives(f, q), to(f, d), alias(q, n), if n.contains(d);
    mine(f, q) <-- arrives(f, q), to(f, d), serves(q, _, d);
    mine(f, q) <-- arrives(f, q), to(f, d), placed(f, q, d, Held::Own);
    relation taken(Flow, Port);
    taken(f, q) <-- mine(f, q);
    taken(f, q) <-- arrives(f, q), nic(h, _, q), forwards(h);
    met(f, q) <-- taken(f, q), !idle(f, q), !down(q);
    ended(f, q, dropped(Code::ForeignIpDisallowed)) <-- arrives(f, q), !idle(f, q), !down(q), !taken(f, q);
}

ascent! {
    /// The guest that gets a packet: whether it holds the address, and whether its filter passes the source.
    struct Receivers;

    relation passed(Flow, Port, Ipv4Addr, Ipv4Addr);
    relation verbs(Flow);
    relation meant(Flow, Meant);
    relation placed(Flow, Port, Ipv4Addr, Held);

    relation nic(Host, usize, Port);
    relation primary(Port, Ipv4Addr);
    relation alias(Port, Ipv4Net);
    relation serves(Port, ForwardingRuleId, Ipv4Addr);
    relation connected(Port, Ipv4Net);
    relation per_nic(Host);
    relation adds(Host);
    relation software(Host);
    relation strict(Host);

    relation ended(Flow, Port, Outcome);
    relation delivered(Flow, Port);

    // Whether a guest takes at one NIC what is meant for another of its NICs is its own business, like forwarding: left out.
    relation held(Flow, Port);
    held(f, q) <-- passed(f, q, _, d), primary(q, d);
    held(f, q) <-- passed(f, q, _, d), nic(h, _, q), adds(h), alias(q, n), if n.contains(d);
    held(f, q) <-- passed(f, q, _, d), nic(h, _, q), adds(h), serves(q, _, d);
    held(f, q) <-- passed(f, q, _, d), nic(h, _, q), adds(h), placed(f, q, d, Held::Own);
    held(f, q) <-- passed(f, q, _, d), nic(h, _, q), software(h), placed(f, q, d, Held::Routed);
    relation expected(Flow, Port);
    expected(f, q) <-- passed(f, q, _, d), alias(q, n), if n.contains(d);
    expected(f, q) <-- passed(f, q, _, d), serves(q, _, d);
    expected(f, q) <-- passed(f, q, _, d), placed(f, q, d, _);
    ended(f, q, dropped(Code::GuestDoesNotHoldAddress)) <-- passed(f, q, _, _), !held(f, q), expected(f, q);
    ended(f, q, dropped(Code::NotModelled)) <-- passed(f, q, _, _), !held(f, q), !expected(f, q);

    // The strict filter asks the guest's own table for the way back to the source.
    relation filters(Flow, Port, Host, Ipv4Addr);
    filters(f, q, h, s) <-- passed(f, q, s, _), held(f, q), !verbs(f), nic(h, _, q), strict(h), !per_nic(h);
    relation back(Flow, Port, u8, usize);
    back(f, q, n.prefix_len(), k) <-- filters(f, q, h, s), nic(h, k, p), connected(p, n), if n.contains(s);
    relation longest(Flow, Port, u8);
    longest(f, q, l) <-- filters(f, q, _, _), agg l = max(l) in back(f, q, l, _);
    relation returns(Flow, Port, Port);
    returns(f, q, p) <-- filters(f, q, h, _), longest(f, q, l), agg k = min(k) in back(f, q, l, k), nic(h, k, p);
    returns(f, q, p) <-- filters(f, q, h, _), !longest(f, q, _), nic(h, 0, p);
    relation filtered(Flow, Port);
    filtered(f, q) <-- returns(f, q, p), if p != q;
    ended(f, q, dropped(Code::GuestReversePathFilter)) <-- filtered(f, q);

    relation accepted(Flow, Port);
    accepted(f, q) <-- passed(f, q, _, _), held(f, q), !filtered(f, q);
    delivered(f, q) <-- accepted(f, q), meant(f, Meant::Anybody);
    delivered(f, q) <-- accepted(f, q), meant(f, Meant::Port(*q));
    delivered(f, q) <-- accepted(f, q), meant(f, m), if let Meant::Rule(r) = *m, serves(q, r, _);
    ended(f, q, dropped(Code::RouteWrongNetwork)) <-- accepted(f, q), !delivered(f, q);
}

fn dropped(code: Code) -> Outcome {
    Outcome::Dropped(code)
}

/// A word of the input, by its place in the list of words.
type Word = usize;

/// What the network holds, as lists that the programs start from.
#[derive(Debug, Default)]
struct Lists {
    words: Vec<String>,
    here: Vec<(Host,)>,
    runs: Vec<(Host,)>,
    down: Vec<(Port,)>,
    nic: Vec<(Host, usize, Port)>,
    primary: Vec<(Port, Ipv4Addr)>,
    alias: Vec<(Port, Ipv4Net)>,
    serves: Vec<(Port, ForwardingRuleId, Ipv4Addr)>,
    connected: Vec<(Port, Ipv4Net)>,
    network: Vec<(Port, VpcId)>,
    region: Vec<(Port, Word)>,
    external: Vec<(Port,)>,
    rdma_nic: Vec<(Port,)>,
    per_nic: Vec<(Host,)>,
    adds: Vec<(Host,)>,
    software: Vec<(Host,)>,
    strict: Vec<(Host,)>,
    forwards: Vec<(Host,)>,
    tag: Vec<(Host, Word)>,
    account: Vec<(Host, Word)>,
    secure: Vec<(Host, Word)>,
    stateful: Vec<(VpcId,)>,
    implied: Vec<(VpcId, Side)>,
    layer: Vec<(VpcId, Option<Word>, usize, usize)>,
    rule: Vec<(usize, usize, Side, u64, FirewallAction)>,
    carries: Vec<Carried>,
    source_range: Vec<(usize, Ipv4Net)>,
    source_tag: Vec<(usize, Word)>,
    source_account: Vec<(usize, Word)>,
    source_secure: Vec<(usize, Word)>,
    destination_range: Vec<(usize, Ipv4Net)>,
    target_tag: Vec<(usize, Word)>,
    target_account: Vec<(usize, Word)>,
    target_secure: Vec<(usize, Word)>,
    private: Vec<(Ipv4Net,)>,
    translates: Vec<(VpcId, Word, Ipv4Net)>,
    subnet: Vec<(VpcId, Ipv4Net)>,
    peered: Vec<(VpcId, VpcId)>,
    imports: Vec<(VpcId, VpcId)>,
    policy_route: Vec<PolicyRow>,
    policy_route_tag: Vec<(PolicyRouteId, Word)>,
    policy_route_tagged: Vec<(PolicyRouteId,)>,
    way: Vec<(Way, VpcId, Ipv4Net, u64, Hop)>,
    way_tag: Vec<(Way, Word)>,
    balancer: Vec<(ForwardingRuleId, VpcId, Ipv4Addr, BackendServiceId)>,
    balances: Vec<(ForwardingRuleId, Option<u8>)>,
    balanced_port: Vec<(ForwardingRuleId, u16)>,
    balances_ports: Vec<(ForwardingRuleId,)>,
    balancer_region: Vec<(ForwardingRuleId, Word)>,
    global: Vec<(ForwardingRuleId,)>,
    backend: Vec<(BackendServiceId, usize, Option<Port>)>,
    member: Vec<(BackendServiceId, usize, bool)>,
    backend_host: Vec<(BackendServiceId, usize, Host)>,
    drops: Vec<(BackendServiceId,)>,
    ratio: Vec<(BackendServiceId, usize)>,
    gets: Vec<(BackendServiceId, usize)>,
    refuses: Vec<(BackendServiceId, Code)>,
}

/// Of a rule, a protocol and a range of its ports; `None` for all.
type Carried = (usize, Option<u8>, Option<(u16, u16)>);

/// What a firewall is asked: the NIC, which way, from and to whom, by which protocol and port.
type Question = (Flow, Port, Side, Ipv4Addr, Ipv4Addr, u8, Option<u16>);

type PolicyRow = (PolicyRouteId, VpcId, u64, Option<Ipv4Net>, Option<Ipv4Net>, Option<u8>, Option<Ipv4Addr>);

/// The network, what is down, and the world in which facts are read.
#[derive(Clone, Copy)]
struct Scene<'a> {
    view: View<'a>,
    situation: &'a Situation,
}

/// How one flow went on one of its ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Gone {
    outcome: Outcome,
    /// The NIC that it left by, and from which source.
    left: Option<(Port, Ipv4Addr)>,
    arrived: Option<Port>,
}

/// How each packet may end.
///
/// # Errors
/// The hole, where the input does not say what is needed: the networks that are asked about have none.
pub fn endings(
    network: &Network,
    platform: &Platform,
    situation: &Situation,
    facts: &Facts<'_>,
    packets: &[Packet],
) -> Field<Vec<BTreeSet<Ending>>> {
    let scene = Scene { view: View { network, platform, facts }, situation };
    let mut lists = scene.lists()?;
    scene.choose_backends(&mut lists)?;
    let mut seeds = Vec::new();
    let mut owners = Vec::new();
    for (place, packet) in packets.iter().enumerate() {
        for seed in scene.seeds(&lists, packet)? {
            seeds.push(seed);
            owners.push(place);
        }
    }
    let mut found = vec![BTreeSet::new(); packets.len()];
    for (place, endings) in owners.into_iter().zip(round_trip(&lists, &seeds)) {
        found[place].extend(endings);
    }
    Ok(found)
}

/// The requests and their replies.
fn round_trip(lists: &Lists, seeds: &[Seed]) -> Vec<BTreeSet<Ending>> {
    let requests = lists.follow(seeds);
    let mut found = vec![BTreeSet::new(); seeds.len()];
    let mut replies = Vec::new();
    let mut asked = Vec::new();
    for (flow, ways) in requests.iter().enumerate() {
        for gone in ways {
            match reply(lists, &seeds[flow], gone) {
                Some(seed) => {
                    replies.push(seed);
                    asked.push((flow, gone.outcome));
                }
                None => {
                    found[flow].insert((gone.outcome, None));
                }
            }
        }
    }
    for ((flow, request), ways) in asked.into_iter().zip(lists.follow(&replies)) {
        assert!(!ways.is_empty(), "every flow ends: {replies:?}");
        found[flow].extend(ways.into_iter().map(|gone| (request, Some(gone.outcome))));
    }
    found
}

/// The reply to a request that arrived: source and destination are swapped, and the guest is bound to the address that was asked.
fn reply(lists: &Lists, seed: &Seed, gone: &Gone) -> Option<Seed> {
    let out = gone.outcome == Outcome::Delivered(Receiver::Internet);
    // What never left its guest has no reply on the way.
    if !matches!(gone.outcome, Outcome::Delivered(_)) || (gone.arrived.is_none() && !out) {
        return None;
    }
    let left = gone.left;
    let mut reply = Seed {
        start: Start::Dropped(Code::NotModelled),
        meant: Meant::Anybody,
        source: Some(seed.destination),
        destination: left.map_or(seed.source, |(_, source)| Some(source)).expect("what arrived has a source"),
        port: None,
        lost: None,
        tracked: left.map(|(port, _)| port).into_iter().chain(gone.arrived).collect(),
        probed: None,
        is_probe: false,
        ..seed.clone()
    };
    match (gone.arrived, left) {
        (Some(port), _) => {
            reply.start = Start::Guest(lists.host(port), Some(port));
            reply.probed = seed.is_probe.then_some(port);
            if let Some((sender, _)) = left {
                let bound = if let Start::Guest(_, Some(bound)) = seed.start { bound } else { sender };
                reply.sought = Some(Meant::Port(bound));
                reply.meant = Meant::Port(sender);
            }
        }
        // Out on the internet, whose answer finds its way back through the translation.
        (None, Some((sender, _))) => {
            reply.start = Start::At(sender);
            reply.meant = Meant::Port(sender);
        }
        (None, None) => return None,
    }
    Some(reply)
}

/// Gives a program the lists that it shares with the others.
macro_rules! feed {
    ($program:ident, $lists:expr; $($list:ident),* $(,)?) => {
        $($program.$list = $lists.$list.clone();)*
    };
}

impl Lists {
    fn host(&self, port: Port) -> Host {
        self.nic.iter().find(|(_, _, nic)| *nic == port).expect("every NIC is a host's").0
    }

    fn word(&mut self, text: &str) -> Word {
        if let Some(place) = self.words.iter().position(|known| known == text) {
            return place;
        }
        self.words.push(text.to_owned());
        self.words.len() - 1
    }

    /// Runs the programs one after the other for some flows.
    fn follow(&self, seeds: &[Seed]) -> Vec<BTreeSet<Gone>> {
        let mut found = vec![BTreeSet::new(); seeds.len()];
        let guests = self.guests(seeds);
        for (flow, outcome) in &guests.ended {
            found[*flow].insert(Gone { outcome: *outcome, left: None, arrived: None });
        }
        let mut left = BTreeMap::new();
        let mut asked = Vec::new();
        for (flow, port, source) in &guests.sent {
            let seed = &seeds[*flow];
            left.insert(*flow, (*port, *source));
            asked.push((*flow, *port, Side::Out, *source, seed.destination, seed.protocol(), seed.port));
        }
        let egress = self.firewalls(seeds, asked);
        for (flow, _) in &egress.blocked {
            found[*flow].insert(Gone {
                outcome: dropped(Code::FirewallRule),
                left: left.get(flow).copied(),
                arrived: None,
            });
        }
        let routes = self.routes(seeds, &left, &egress.passes);
        for (flow, outcome) in &routes.ended {
            found[*flow].insert(Gone { outcome: *outcome, left: left.get(flow).copied(), arrived: None });
        }
        let mut arrives = routes.arrives;
        for (flow, seed) in seeds.iter().enumerate() {
            match seed.start {
                Start::At(port) => arrives.push((flow, port)),
                Start::Dropped(code) => {
                    found[flow].insert(Gone { outcome: dropped(code), left: None, arrived: None });
                }
                Start::Guest(..) => {}
            }
        }
        self.receive(seeds, &left, arrives, &mut found);
        found
    }

    fn guests(&self, seeds: &[Seed]) -> Guests {
        let mut program = Guests::default();
        feed!(program, self; runs, down, nic, primary, alias, serves, connected, network, rdma_nic, per_nic, adds, software, forwards);
        for (flow, seed) in seeds.iter().enumerate() {
            let Start::Guest(host, bound) = seed.start else { continue };
            program.start.push((flow, host, bound));
            program.to.push((flow, seed.destination));
            // It answers; what it sent before is another question.
            let answers = !seed.tracked.is_empty();
            program.revived.extend(seed.revived.filter(|_| answers).map(|instance| (flow, Host::Instance(instance))));
            match seed.source {
                Some(source) => program.bound.push((flow, source)),
                None => program.free.push((flow,)),
            }
            if seed.rdma {
                program.verbs.push((flow,));
            }
            match seed.meant {
                Meant::Port(port) => program.target.push((flow, port)),
                Meant::Rule(rule) => program.asks.push((flow, rule)),
                Meant::Anybody => {}
            }
            program
                .placed
                .extend(seed.placed.iter().map(|(_, address, nic, held)| (flow, Port::Nic(*nic), *address, *held)));
        }
        program.run();
        program
    }

    fn firewalls(&self, seeds: &[Seed], asked: Vec<Question>) -> Firewalls {
        let mut program = Firewalls::default();
        feed!(program, self; network, region, nic, primary, tag, account, secure, peered, stateful, implied, layer, rule, carries);
        feed!(program, self; source_range, source_tag, source_account, destination_range, target_tag, target_account);
        feed!(program, self; source_secure, target_secure);
        for (flow, seed) in seeds.iter().enumerate() {
            program.tracked.extend(seed.tracked.iter().map(|port| (flow, *port)));
        }
        program.asked = asked;
        program.run();
        program
    }

    fn routes(&self, seeds: &[Seed], left: &BTreeMap<Flow, (Port, Ipv4Addr)>, passes: &[(Flow, Port)]) -> Routes {
        let mut program = Routes::default();
        feed!(program, self; here, runs, nic, network, region, tag, primary, alias, serves, external, private, translates, subnet, peered, imports);
        feed!(program, self; policy_route, policy_route_tag, policy_route_tagged, way, way_tag, balancer, balances);
        feed!(program, self; balanced_port, balances_ports, balancer_region, global, backend, gets, refuses);
        for (flow, _) in passes {
            let (seed, (port, source)) = (&seeds[*flow], left[flow]);
            program.sent.push((*flow, port, source, seed.destination, seed.protocol(), seed.port));
            if seed.rdma {
                program.verbs.push((*flow,));
            }
            if let Meant::Port(port) = seed.meant {
                program.target.push((*flow, port));
            }
            program.meant.push((*flow, seed.sought.unwrap_or(seed.meant)));
            program.probed.extend(seed.probed.map(|port| (*flow, port)));
            program
                .placed
                .extend(seed.placed.iter().map(|(_, address, nic, held)| (*flow, Port::Nic(*nic), *address, *held)));
            program.lost.extend(seed.lost.map(|(address, vpc, held)| (*flow, address, vpc, held)));
        }
        program.run();
        program
    }

    fn receive(
        &self,
        seeds: &[Seed],
        left: &BTreeMap<Flow, (Port, Ipv4Addr)>,
        arrives: Vec<(Flow, Port)>,
        found: &mut [BTreeSet<Gone>],
    ) {
        let mut end = |flow: Flow, port: Port, outcome: Outcome| {
            found[flow].insert(Gone { outcome, left: left.get(&flow).copied(), arrived: Some(port) });
        };
        let mut arrivals = Arrivals::default();
        feed!(arrivals, self; runs, down, nic, primary, alias, serves, forwards);
        arrivals.arrives = arrives;
        for (flow, seed) in seeds.iter().enumerate() {
            arrivals.to.push((flow, seed.destination));
            arrivals.revived.extend(seed.revived.map(|instance| (flow, Host::Instance(instance))));
            arrivals
                .placed
                .extend(seed.placed.iter().map(|(_, address, nic, held)| (flow, Port::Nic(*nic), *address, *held)));
        }
        arrivals.run();
        arrivals.ended.iter().for_each(|(flow, port, outcome)| end(*flow, *port, *outcome));
        let source = |flow: Flow| left.get(&flow).map_or(seeds[flow].source, |(_, source)| Some(*source));
        let source = |flow: Flow| source(flow).expect("what arrives has a source");
        let asked = arrivals.met.iter().map(|(flow, port)| {
            let seed = &seeds[*flow];
            (*flow, *port, Side::In, source(*flow), seed.destination, seed.protocol(), seed.port)
        });
        let ingress = self.firewalls(seeds, asked.collect());
        for (flow, port) in &ingress.blocked {
            let code = if seeds[*flow].is_probe { Code::HealthCheckBlocked } else { Code::FirewallRule };
            end(*flow, *port, dropped(code));
        }
        let mut receivers = Receivers::default();
        feed!(receivers, self; nic, primary, alias, serves, connected, per_nic, adds, software, strict);
        receivers.placed = arrivals.placed;
        for (flow, seed) in seeds.iter().enumerate() {
            receivers.meant.push((flow, seed.meant));
            if seed.rdma {
                receivers.verbs.push((flow,));
            }
        }
        let passed = ingress.passes.iter().map(|(flow, port)| (*flow, *port, source(*flow), seeds[*flow].destination));
        receivers.passed = passed.collect();
        receivers.run();
        receivers.ended.iter().for_each(|(flow, port, outcome)| end(*flow, *port, *outcome));
        for (flow, port) in &receivers.delivered {
            let receiver = match port {
                Port::Nic(nic) => Receiver::Nic(*nic),
                Port::Clients(group) => Receiver::Clients(*group),
            };
            end(*flow, *port, Outcome::Delivered(receiver));
        }
    }
}

impl Seed {
    /// No rule but one for all protocols is about verbs.
    fn protocol(&self) -> u8 {
        if self.rdma { u8::MAX } else { self.protocol }
    }
}

fn v4(address: IpAddr) -> Ipv4Addr {
    match address {
        IpAddr::V4(address) => address,
        IpAddr::V6(address) => panic!("random networks speak IPv4 only, not {address}"),
    }
}

fn v4net(range: IpNet) -> Ipv4Net {
    match range {
        IpNet::V4(range) => range,
        IpNet::V6(range) => panic!("random networks speak IPv4 only, not {range}"),
    }
}

/// IP's number of a protocol as rules name it; `None` for all.
fn number(protocol: &str) -> Option<u8> {
    match protocol.to_ascii_lowercase().as_str() {
        "all" => None,
        "icmp" => Some(protocol::ICMP),
        "tcp" => Some(protocol::TCP),
        "udp" => Some(protocol::UDP),
        number => Some(number.parse().unwrap_or_else(|_| panic!("`{number}` is no protocol of a random network"))),
    }
}

impl<'a> Scene<'a> {
    fn network(self) -> &'a Network {
        self.view.network
    }

    fn lists(self) -> Field<Lists> {
        let mut lists = Lists::default();
        self.hosts(&mut lists)?;
        self.clients(&mut lists)?;
        self.networks(&mut lists)?;
        self.firewall(&mut lists)?;
        self.ways(&mut lists)?;
        self.policy_routes(&mut lists)?;
        self.balancers(&mut lists)?;
        Ok(lists)
    }

    fn hosts(self, lists: &mut Lists) -> Field<()> {
        let network = self.network();
        for (id, row) in network.instances.iter().filter(|(_, row)| row.known == Known::Here) {
            let host = Host::Instance(id);
            lists.here.push((host,));
            if row.status.as_deref().is_none_or(|status| status == "RUNNING") && self.situation.is_up(network, id)? {
                lists.runs.push((host,));
            }
            if *row.can_ip_forward {
                lists.forwards.push((host,));
            }
            for text in &row.tags {
                let word = lists.word(text);
                lists.tag.push((host, word));
            }
            for text in &row.service_accounts {
                let word = lists.word(text);
                lists.account.push((host, word));
            }
            for text in &row.secure_tags {
                let word = lists.word(text);
                lists.secure.push((host, word));
            }
            // What nobody says of a guest is what Google's images and the model file's defaults have.
            let guest = row.cluster.map(|cluster| network.clusters[cluster].guest);
            if guest.is_some_and(|guest| guest.routing == GuestRouting::PerNic) {
                lists.per_nic.push((host,));
            }
            if guest.is_some_and(|guest| guest.rp_filter) {
                lists.strict.push((host,));
            }
            let holds = guest.map_or(VipHolder::Agent, |guest| guest.holds_vip);
            if holds != VipHolder::Nobody {
                lists.adds.push((host,));
            }
            if holds == VipHolder::Address {
                lists.software.push((host,));
            }
            for nic in network.nics_of(id)? {
                self.nic(lists, host, *nic)?;
            }
        }
        Ok(())
    }

    fn nic(self, lists: &mut Lists, host: Host, nic: NicId) -> Field<()> {
        let network = self.network();
        let (row, port) = (&network.nics[nic], Port::Nic(nic));
        let subnet = &network.subnets[row.subnet.get()?];
        lists.nic.push((host, row.index, port));
        lists.primary.push((port, v4(row.address.get()?.expect("an address is known"))));
        for alias in &row.aliases {
            match alias.range {
                AliasRange::Range(range) => lists.alias.push((port, v4net(range))),
                AliasRange::Length(_) => panic!("a random network names its alias ranges"),
            }
        }
        lists.connected.extend(subnet.range.get()?.map(|range| (port, v4net(range))));
        lists.network.push((port, row.vpc.get()?));
        let region = lists.word(&subnet.region.get()?);
        lists.region.push((port, region));
        if *row.external {
            lists.external.push((port,));
        }
        if row.nic_type.get()?.is_some_and(twinrail_model::NicType::is_rdma) {
            lists.rdma_nic.push((port,));
        }
        if self.situation.down.contains(&twinrail_model::Part::Nic(nic)) {
            lists.down.push((port,));
        }
        Ok(())
    }

    /// One of them stands for all: they share a subnet that nobody else is in.
    fn clients(self, lists: &mut Lists) -> Field<()> {
        let network = self.network();
        for (id, row) in network.clients.iter() {
            let (host, port) = (Host::Clients(id), Port::Clients(id));
            let subnet = &network.subnets[row.subnet.expect("random clients are in a subnet")];
            let range = v4net(subnet.range.get()?.expect("a subnet has a range"));
            lists.runs.push((host,));
            for text in &row.tags {
                let word = lists.word(text);
                lists.tag.push((host, word));
            }
            if let Some(text) = &row.service_account {
                let word = lists.word(text);
                lists.account.push((host, word));
            }
            lists.nic.push((host, 0, port));
            lists.primary.push((port, somebody(range)));
            lists.connected.push((port, range));
            lists.network.push((port, subnet.vpc.get()?));
            let region = lists.word(&subnet.region.get()?);
            lists.region.push((port, region));
        }
        Ok(())
    }

    fn networks(self, lists: &mut Lists) -> Field<()> {
        let (network, facts) = (self.network(), self.view.facts);
        for vpc in network.vpcs.ids() {
            let profile = self.view.profile(vpc)?;
            if profile.get::<Bool>(facts, "stateful-firewall")? {
                lists.stateful.push((vpc,));
            }
            for (side, name) in [(Side::In, "implied-ingress-allowed"), (Side::Out, "implied-egress-allowed")] {
                if profile.get::<Bool>(facts, name)? {
                    lists.implied.push((vpc, side));
                }
            }
        }
        for (_, row) in network.subnets.iter() {
            let ranges = row.range.get()?.into_iter().chain(row.secondary.iter().map(|(_, range)| *range));
            for range in ranges {
                lists.subnet.push((row.vpc.get()?, v4net(range)));
                lists.private.push((v4net(range),));
            }
        }
        for range in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"] {
            lists.private.push((range.parse().expect("a range"),));
        }
        for (_, row) in network.routers.iter() {
            let region = lists.word(&row.region.get()?);
            let vpc = row.vpc.get()?;
            for nat in row.nats.iter().filter(|nat| !*nat.is_private && *nat.serves_instances) {
                let all = match nat.sources.get()? {
                    NatSources::AllRanges => true,
                    NatSources::PrimaryRanges => false,
                    NatSources::Subnets(_) => panic!("random networks translate all subnets"),
                };
                for (_, subnet) in network.subnets.iter().filter(|(_, subnet)| subnet.vpc == Ok(vpc)) {
                    let more = subnet.secondary.iter().map(|(_, range)| *range).filter(|_| all);
                    let ranges = subnet.range.get()?.into_iter().chain(more);
                    lists.translates.extend(ranges.map(|range| (vpc, region, v4net(range))));
                }
            }
        }
        // A peering counts if both sides have it: https://docs.cloud.google.com/vpc/docs/vpc-peering.
        for (_, row) in network.peerings.iter() {
            let (from, to) = (row.vpc, row.peer.get()?);
            let back = network.peering(to, from);
            let active = back.is_some() || row.state.as_deref() == Some("ACTIVE");
            if active {
                lists.peered.extend([(from, to), (to, from)]);
            }
            if active && *row.imports_custom_routes && back.is_some_and(|back| *back.exports_custom_routes) {
                lists.imports.push((from, to));
            }
        }
        Ok(())
    }
}

/// An address of a range that is nobody's in particular.
fn somebody(range: Ipv4Net) -> Ipv4Addr {
    range.hosts().last().expect("a range holds addresses")
}

/// Where a policy counts: everywhere, or in one region.
struct Reach(Option<Word>);

/// The kinds of rules that an ordinary network asks, first to last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Hierarchical,
    Rules,
    Global,
    Regional,
}

impl Scene<'_> {
    /// <https://docs.cloud.google.com/firewall/docs/firewall-policies-rule-eval-order>
    fn firewall(self, lists: &mut Lists) -> Field<()> {
        let network = self.network();
        let mut number = 0;
        for vpc in network.vpcs.ids() {
            let order = match *network.vpcs[vpc].firewall_order {
                Some(FirewallOrder::BeforeClassic) => {
                    [Layer::Hierarchical, Layer::Global, Layer::Regional, Layer::Rules]
                }
                _ => [Layer::Hierarchical, Layer::Rules, Layer::Global, Layer::Regional],
            };
            for (rank, layer) in order.into_iter().enumerate() {
                if layer == Layer::Rules {
                    if self.view.profile(vpc)?.is_ordinary() {
                        lists.layer.push((vpc, None, rank, number));
                        for (_, rule) in network.firewall_rules.iter().filter(|(_, rule)| rule.vpc == Ok(vpc)) {
                            self.rule(lists, number, rule);
                        }
                        number += 1;
                    }
                    continue;
                }
                for (_, policy) in network.firewall_policies.iter().filter(|(_, row)| row.networks.contains(&vpc)) {
                    if let Some(Reach(scope)) = self.policy_scope(lists, vpc, layer, policy)? {
                        lists.layer.push((vpc, scope, rank, number));
                        policy.rules.iter().for_each(|rule| self.rule(lists, number, rule));
                        number += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a policy of a network is of a layer, and in which region it counts. Networks with an RDMA profile take regional policies of their own type
    /// only: <https://cloud.google.com/firewall/docs/firewall-for-roce>.
    fn policy_scope(
        self,
        lists: &mut Lists,
        vpc: VpcId,
        layer: Layer,
        policy: &FirewallPolicy,
    ) -> Field<Option<Reach>> {
        let (facts, profile) = (self.view.facts, self.view.profile(vpc)?);
        let scope = match (&policy.scope, layer) {
            (PolicyScope::Hierarchical, Layer::Hierarchical) | (PolicyScope::Global, Layer::Global) => None,
            (PolicyScope::Regional(region), Layer::Regional) => Some(lists.word(region)),
            _ => return Ok(None),
        };
        if profile.is_ordinary() {
            return Ok(Some(Reach(scope)));
        }
        let takes = scope.is_some()
            && profile.allows(facts, Feature::FirewallPolicy)?
            && profile.get::<Names>(facts, "firewall-policy-types")?.iter().any(|kind| kind == policy.kind.word());
        Ok(takes.then_some(Reach(scope)))
    }

    fn rule(self, lists: &mut Lists, layer: usize, rule: &FirewallRule) {
        if *rule.disabled {
            return;
        }
        let id = lists.rule.len();
        let side = if rule.direction == Direction::Ingress { Side::In } else { Side::Out };
        let default = self.view.facts.get(keys::firewall::PRIORITY_DEFAULT);
        lists.rule.push((layer, id, side, rule.priority.unwrap_or(default), *rule.action));
        for layer4 in &rule.layer4 {
            let protocol = number(&layer4.protocol);
            if layer4.ports.is_empty() {
                lists.carries.push((id, protocol, None));
            }
            lists.carries.extend(layer4.ports.iter().map(|ports| (id, protocol, Some((ports.first, ports.last)))));
        }
        let selector = &rule.selector;
        lists.source_range.extend(selector.source_ranges.iter().map(|range| (id, v4net(*range))));
        lists.destination_range.extend(selector.destination_ranges.iter().map(|range| (id, v4net(*range))));
        let mut words = |texts: &[String]| texts.iter().map(|text| (id, lists.word(text))).collect::<Vec<_>>();
        let (source_tag, source_account) = (words(&selector.source_tags), words(&selector.source_service_accounts));
        let (target_tag, target_account) = (words(&selector.target_tags), words(&selector.target_service_accounts));
        let (source_secure, target_secure) = (words(&selector.source_secure_tags), words(&selector.target_secure_tags));
        lists.source_tag.extend(source_tag);
        lists.source_account.extend(source_account);
        lists.source_secure.extend(source_secure);
        lists.target_tag.extend(target_tag);
        lists.target_account.extend(target_account);
        lists.target_secure.extend(target_secure);
    }

    /// Static routes, and the default route of an ordinary network that names none.
    fn ways(self, lists: &mut Lists) -> Field<()> {
        let (network, facts) = (self.network(), self.view.facts);
        for (id, row) in network.routes.iter() {
            let hop = match row.next_hop.get()? {
                NextHop::Instance(instance) => Hop::Instance(instance),
                NextHop::Address(address) => Hop::Address(v4(address)),
                NextHop::ForwardingRule(rule) => Hop::Rule(rule),
                NextHop::InternetGateway => Hop::Gateway,
                NextHop::Other(_) => Hop::Unmodelled,
            };
            let priority = row.priority.unwrap_or(facts.get(keys::route::PRIORITY_DEFAULT));
            lists.way.push((Way::Route(id), row.vpc.get()?, v4net(row.destination.get()?), priority, hop));
            for text in &row.tags {
                let word = lists.word(text);
                lists.way_tag.push((Way::Route(id), word));
            }
        }
        for vpc in network.vpcs.ids() {
            let everything = Ipv4Net::default();
            let has = lists.way.iter().any(|(_, of, destination, ..)| *of == vpc && *destination == everything);
            if self.view.profile(vpc)?.is_ordinary() && !has {
                let priority = facts.get(keys::route::DEFAULT_PRIORITY);
                lists.way.push((Way::Default, vpc, everything, priority, Hop::Gateway));
            }
        }
        Ok(())
    }

    fn policy_routes(self, lists: &mut Lists) -> Field<()> {
        for (id, row) in self.network().policy_routes.iter() {
            let hop = match row.next_hop.get()? {
                PolicyHop::Address(address) => Some(v4(address)),
                PolicyHop::OtherRoutes => None,
            };
            match row.applies_to.get()? {
                AppliesTo::All => {}
                AppliesTo::Tags(tags) => {
                    lists.policy_route_tagged.push((id,));
                    for text in &tags {
                        let word = lists.word(text);
                        lists.policy_route_tag.push((id, word));
                    }
                }
                AppliesTo::Interconnects(_) => continue,
            }
            let ranges = (row.source.get()?.map(v4net), row.destination.get()?.map(v4net));
            let priority = row.priority.unwrap_or(self.view.facts.get(keys::route::PRIORITY_DEFAULT));
            let protocol = number(&row.protocol.get()?);
            lists.policy_route.push((id, row.vpc.get()?, priority, ranges.0, ranges.1, protocol, hop));
        }
        Ok(())
    }

    fn balancers(self, lists: &mut Lists) -> Field<()> {
        let network = self.network();
        for (id, row) in network.backend_services.iter() {
            for backend in &row.backends {
                self.members(lists, id, backend)?;
            }
            if *row.has_failover_policy && *row.drop_traffic_if_unhealthy {
                lists.drops.push((id,));
            }
            let ratio = row.failover_ratio.map_or(self.view.facts.get(keys::lb::FAILOVER_RATIO_DEFAULT), Ratio::get);
            lists.ratio.push((
                id,
                HUNDREDTHS.iter().position(|(_, share)| ratio <= *share).map_or(100, |place| HUNDREDTHS[place].0),
            ));
        }
        for (id, row) in network.forwarding_rules.iter() {
            assert!(row.scheme == Scheme::Internal, "random forwarding rules are internal");
            let address = v4(row.address.get()?.expect("a random rule has an address"));
            let service = row.backend_service.expect("a random rule has a service");
            lists.balancer.push((id, row.vpc.get()?, address, service));
            let protocol = if row.protocol == "L3_DEFAULT" { None } else { number(&row.protocol) };
            lists.balances.push((id, protocol));
            if !*row.all_ports {
                lists.balances_ports.push((id,));
            }
            lists.balanced_port.extend(row.ports.iter().map(|port| (id, port.parse().expect("a port"))));
            let region = lists.word(row.region.as_deref().expect("a random rule is regional"));
            lists.balancer_region.push((id, region));
            if *row.global_access {
                lists.global.push((id,));
            }
            let ports = lists.backend.iter().filter(|(of, ..)| *of == service).filter_map(|(.., port)| *port);
            let serves: Vec<_> = ports.map(|port| (port, id, address)).collect();
            lists.serves.extend(serves);
        }
        Ok(())
    }

    /// The members of a backend with their NICs: of a group the first one in the network that the service names, else nic0; an endpoint is a NIC itself.
    /// <https://docs.cloud.google.com/load-balancing/docs/internal/setting-up-ilb-next-hop>
    fn members(self, lists: &mut Lists, service: BackendServiceId, backend: &Backend) -> Field<()> {
        let network = self.network();
        let endpoint = backend.group.get()?;
        for instance in network.members(endpoint)? {
            let mut nics = network.nics_of(*instance)?.iter().copied();
            let nic = match endpoint {
                Endpoint::Neg(neg) => {
                    nics.find(|nic| Some(network.nics[*nic].subnet.peek().clone()) == network.negs[neg].subnet.map(Ok))
                }
                _ => match *network.backend_services[service].vpc {
                    Some(vpc) => nics.find(|nic| network.nics[*nic].vpc == Ok(vpc)),
                    None => nics.next(),
                },
            };
            let place = lists.member.iter().filter(|(of, ..)| *of == service).count();
            lists.member.push((service, place, *backend.failover));
            lists.backend.push((service, place, nic.map(Port::Nic)));
            lists.backend_host.push((service, place, Host::Instance(*instance)));
        }
        Ok(())
    }
}

/// Shares in hundredths, which Datalog can compare.
const HUNDREDTHS: [(usize, f64); 3] = [(0, 0.0), (50, 0.5), (100, 1.0)];

impl Scene<'_> {
    /// Asks the health checks of all services, and then which backends get packets.
    fn choose_backends(self, lists: &mut Lists) -> Field<()> {
        // An answer that a route leads to a load balancer fails, whoever gets it.
        self.balance(lists, &BTreeMap::new());
        let mut seeds = Vec::new();
        let mut probed = Vec::new();
        for (rule, _, address, service) in lists.balancer.clone() {
            let (check, ranges) = (self.check(service)?, self.view.facts.get(keys::firewall::HEALTH_CHECK_RANGES));
            for (of, place, _) in lists.member.clone().into_iter().filter(|(of, ..)| *of == service) {
                for range in ranges {
                    probed.push((of, place));
                    seeds.push(Self::probe(lists, (of, place), rule, address, somebody(v4net(*range)), check));
                }
            }
        }
        let mut failed = BTreeMap::new();
        for (member, endings) in probed.iter().zip(round_trip(lists, &seeds)) {
            for (request, reply) in endings {
                if let (Outcome::Dropped(code), _) | (_, Some(Outcome::Dropped(code))) = (request, reply) {
                    failed.entry(*member).or_insert(code);
                }
            }
        }
        self.balance(lists, &failed);
        Ok(())
    }

    /// Which backends get packets, if the health checks of some fail.
    fn balance(self, lists: &mut Lists, failed: &BTreeMap<(BackendServiceId, usize), Code>) {
        let mut program = Balancers::default();
        feed!(program, lists; member, drops, ratio);
        program.service = self.network().backend_services.ids().map(|id| (id,)).collect();
        let fits = lists.member.iter().filter(|(service, place, _)| !failed.contains_key(&(*service, *place)));
        program.healthy = fits.map(|(service, place, _)| (*service, *place)).collect();
        program.failed = failed.iter().map(|((service, place), code)| (*service, *place, *code)).collect();
        program.run();
        lists.gets = program.gets;
        lists.refuses = program.refuses;
    }

    /// The port that a service's health check asks.
    fn check(self, service: BackendServiceId) -> Field<u16> {
        let network = self.network();
        let check = network.backend_services[service].health_checks[0];
        Ok(network.health_checks[check].port.expect("a random check names its port"))
    }

    /// A health check is addressed to the forwarding rule, over TCP, and comes by no route of the network.
    fn probe(
        lists: &Lists,
        (service, place): (BackendServiceId, usize),
        rule: ForwardingRuleId,
        address: Ipv4Addr,
        prober: Ipv4Addr,
        port: u16,
    ) -> Seed {
        let row = lists.backend.iter().find(|(of, at, _)| (*of, *at) == (service, place));
        let start = match row.expect("a member is a backend").2 {
            Some(nic) => Start::At(nic),
            None => Start::Dropped(Code::BackendInvalidNetwork),
        };
        Seed {
            start,
            meant: Meant::Rule(rule),
            source: Some(prober),
            destination: address,
            protocol: protocol::TCP,
            port: Some(port),
            rdma: false,
            placed: Vec::new(),
            lost: None,
            revived: None,
            sought: None,
            tracked: Vec::new(),
            probed: None,
            is_probe: true,
        }
    }

    /// A packet on each way that the holders of VIPs leave open.
    fn seeds(self, lists: &Lists, packet: &Packet) -> Field<Vec<Seed>> {
        if let (Sender::Prober(service), End::Rule(rule)) = (packet.from, packet.to) {
            return self.probes(lists, service, rule);
        }
        let mut seeds = Vec::new();
        let seed = self.seed(lists, packet)?;
        let wanted = self.vips_at(seed.destination)?;
        let own = match packet.from {
            Sender::Guest { instance, bound: Some(End::Vip(vip)) } => Some((vip, instance)),
            _ => None,
        };
        let Some(vip) = wanted else { return Ok(vec![self.bind(seed, own)?]) };
        // Who is bound to a VIP holds it.
        let holders = match own {
            Some((bound, instance)) if bound == vip => vec![instance],
            _ => self.holders(vip)?,
        };
        if holders.is_empty() {
            let nic = *self.network().vip_nics(vip.pool).first().expect("some member has the NIC");
            let vpc = self.network().nics[nic].vpc.get()?;
            let meant = matches!(packet.to, End::Vip(_) | End::Address(_));
            let lost = meant.then_some((seed.destination, vpc, self.held(vip)));
            return Ok(vec![self.bind(Seed { lost, ..seed }, own)?]);
        }
        for holder in holders {
            let mut seed = self.bind(seed.clone(), own.filter(|(bound, _)| *bound != vip))?;
            let nic = self.network().vip_nic(&self.network().vips[vip.pool], holder).expect("a candidate has the NIC");
            seed.placed.push((vip, seed.destination, nic, self.held(vip)));
            let kind = self.network().vips[vip.pool].mover.kind;
            seed.revived = (kind == MoverKind::StatefulMig && matches!(packet.to, End::Vip(_))).then_some(holder);
            if matches!(packet.to, End::Vip(_)) {
                seed.meant = Meant::Port(Port::Nic(nic));
            }
            seeds.push(seed);
        }
        Ok(seeds)
    }

    /// Puts the VIP that a sender is bound to onto it.
    fn bind(self, mut seed: Seed, own: Option<(Vip, InstanceId)>) -> Field<Seed> {
        let Some((vip, instance)) = own.filter(|(vip, _)| self.network().vip_rule(*vip).is_none()) else {
            return Ok(seed);
        };
        let nic = self.network().vip_nic(&self.network().vips[vip.pool], instance).expect("a candidate has the NIC");
        seed.placed.push((vip, self.address(End::Vip(vip))?, nic, self.held(vip)));
        Ok(seed)
    }

    /// One flow for each backend and each range of health checks.
    fn probes(self, lists: &Lists, service: BackendServiceId, rule: ForwardingRuleId) -> Field<Vec<Seed>> {
        let (port, address) = (self.check(service)?, self.address(End::Rule(rule))?);
        let ranges = self.view.facts.get(keys::firewall::HEALTH_CHECK_RANGES);
        let members: Vec<_> = lists.member.iter().filter(|(of, ..)| *of == service).collect();
        let mut seeds = Vec::new();
        for range in ranges {
            for (_, place, _) in &members {
                seeds.push(Self::probe(lists, (service, *place), rule, address, somebody(v4net(*range)), port));
            }
            if members.is_empty() {
                let seed = Self::nothing(rule, address);
                seeds.push(Seed { start: Start::Dropped(Code::ForwardingRuleNoInstances), is_probe: true, ..seed });
            }
        }
        Ok(seeds)
    }

    fn nothing(rule: ForwardingRuleId, address: Ipv4Addr) -> Seed {
        Seed {
            start: Start::Dropped(Code::NotModelled),
            meant: Meant::Rule(rule),
            source: None,
            destination: address,
            protocol: protocol::TCP,
            port: None,
            rdma: false,
            placed: Vec::new(),
            lost: None,
            revived: None,
            sought: None,
            tracked: Vec::new(),
            probed: None,
            is_probe: false,
        }
    }

    /// A packet before VIPs are given to anybody.
    fn seed(self, lists: &Lists, packet: &Packet) -> Field<Seed> {
        let meant = match packet.to {
            End::Nic(nic) | End::Alias(nic, _) => Meant::Port(Port::Nic(nic)),
            End::Vip(vip) => self.network().vip_rule(vip).map_or(Meant::Anybody, Meant::Rule),
            End::Rule(rule) => Meant::Rule(rule),
            End::Clients(group) => Meant::Port(Port::Clients(group)),
            End::Address(_) | End::Prober(_) => Meant::Anybody,
        };
        let (protocol, port, rdma) = match packet.traffic {
            Traffic::Ip { protocol, port } => (protocol, port, false),
            Traffic::Rdma => (0, None, true),
        };
        let destination = self.address(packet.to)?;
        let (start, source) = match packet.from {
            Sender::Guest { instance, bound: None } => (Start::Guest(Host::Instance(instance), None), None),
            Sender::Guest { instance, bound: Some(end) } => {
                let port = self.bound_port(lists, instance, end);
                (Start::Guest(Host::Instance(instance), Some(port)), Some(self.address(end)?))
            }
            Sender::Clients(group) => (Start::Guest(Host::Clients(group), None), None),
            Sender::Internet(address) => (Self::way_in(lists, packet.to, destination), Some(v4(address))),
            Sender::Prober(_) => panic!("random health checks go to a rule"),
        };
        let placed = Vec::new();
        Ok(Seed {
            start,
            meant,
            source,
            destination,
            protocol,
            port,
            rdma,
            placed,
            lost: None,
            revived: None,
            sought: None,
            tracked: Vec::new(),
            probed: None,
            is_probe: false,
        })
    }

    /// The NIC that has the address which a sender is bound to.
    fn bound_port(self, lists: &Lists, instance: InstanceId, end: End) -> Port {
        let network = self.network();
        match end {
            End::Nic(nic) | End::Alias(nic, _) => Port::Nic(nic),
            End::Vip(vip) => match network.vip_rule(vip) {
                None => Port::Nic(network.vip_nic(&network.vips[vip.pool], instance).expect("a candidate has the NIC")),
                Some(rule) => {
                    let served = lists
                        .serves
                        .iter()
                        .find(|(port, of, _)| *of == rule && lists.host(*port) == Host::Instance(instance));
                    served.expect("a candidate is a backend with a NIC").0
                }
            },
            _ => panic!("random senders are bound to addresses of their own"),
        }
    }

    /// A packet from the internet comes to a NIC with an external address, where its destination is the primary one.
    /// <https://docs.cloud.google.com/network-intelligence-center/docs/connectivity-tests/states/reasons-dropped-packets>
    fn way_in(lists: &Lists, to: End, destination: Ipv4Addr) -> Start {
        match to {
            End::Nic(nic) if lists.external.contains(&(Port::Nic(nic),)) => Start::At(Port::Nic(nic)),
            End::Address(_) if !lists.private.iter().any(|(range,)| range.contains(&destination)) => {
                Start::Dropped(Code::UnknownExternalAddress)
            }
            _ => Start::Dropped(Code::NoRouteFromInternet),
        }
    }

    fn address(self, end: End) -> Field<Ipv4Addr> {
        let ranges = end.ranges(self.network())?;
        let range = v4net(*ranges.first().expect("an end has an address"));
        Ok(if range.prefix_len() == 32 { range.addr() } else { somebody(range) })
    }

    /// The VIP with an address, if it is with one instance at a time and not behind a load balancer.
    fn vips_at(self, address: Ipv4Addr) -> Field<Option<Vip>> {
        let network = self.network();
        for pool in network.vips.ids() {
            for vip in network.vips_of(pool) {
                if network.vip_rule(vip).is_none() && self.address(End::Vip(vip))? == address {
                    return Ok(Some(vip));
                }
            }
        }
        Ok(None)
    }

    fn holders(self, vip: Vip) -> Field<Vec<InstanceId>> {
        match self.situation.holders.get(&vip) {
            Some(holder) => Ok(vec![*holder]),
            None => self.network().candidates(vip, &self.view, self.situation),
        }
    }

    /// By which means a VIP is with its holder.
    fn held(self, vip: Vip) -> Held {
        if self.network().vips[vip.pool].mover.kind.uses_routes() { Held::Routed } else { Held::Own }
    }
}
