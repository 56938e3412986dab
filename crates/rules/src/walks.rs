//! What following packets found, as a finding: the failure, the witness, its way hop by hop, and what would let it pass. Not here: which packets are followed.

use twinrail_model::{Answer, Field, Finding, Hole, Network, Place, Situation};
use twinrail_reach::intent::{self, Judgement, Proof, Violation, Why};
use twinrail_reach::{Branch, Code, End, Hop, Outcome, Packet, Receiver, Stage, Walk};

use crate::peerings;

/// What a finding of a walk is about.
pub(crate) struct About<'a> {
    pub network: &'a Network,
    /// Where what is meant stands.
    pub place: Place,
    /// What is not true, as the message begins: ``` `vault reaches vault on rdma` does not hold```.
    pub claim: String,
    pub label: String,
}

/// The answers to several wishes of one subject: the first violation, else what is lacking, else all that was looked at.
#[derive(Default)]
pub(crate) struct Missed {
    pub answer: Option<Answer>,
    pub hole: Option<Hole>,
}

impl Missed {
    pub(crate) fn add(&mut self, about: &About<'_>, judgement: Field<Judgement>) {
        let new = match judgement {
            Ok(judgement) => answer(about, judgement),
            Err(hole) => {
                self.hole.get_or_insert(hole);
                return;
            }
        };
        self.answer = Some(match (self.answer.take(), new) {
            (Some(Answer::Violated(first)), _) => Answer::Violated(first),
            (Some(Answer::Proved(mut lines)), Answer::Proved(more)) => {
                lines.extend(more);
                Answer::Proved(lines)
            }
            (_, new) => new,
        });
    }
}

/// The answer of a rule that judged a wish.
pub(crate) fn answer(about: &About<'_>, judgement: Judgement) -> Answer {
    match judgement {
        Judgement::Holds(proof) => Answer::Proved(lines(&proof)),
        Judgement::Violated(violation) => finding(about, &violation).into(),
    }
}

/// How much was looked at, in words.
pub(crate) fn lines(proof: &Proof) -> Vec<String> {
    let pairs = if proof.pairs == 1 { "1 pair".to_owned() } else { format!("{} pairs", proof.pairs) };
    let by = if proof.traffic.is_empty() { String::new() } else { format!(" by {}", proof.traffic.join(", ")) };
    let after = match proof.situations {
        0 | 1 => String::new(),
        2 => ", before and after 1 failure".to_owned(),
        several => format!(", before and after each of {} failures", several - 1),
    };
    [format!("{pairs}{by}{after}")].into_iter().chain(proof.exceptions.iter().cloned()).collect()
}

/// A wish that is not true.
pub(crate) fn finding(about: &About<'_>, violation: &Violation) -> Finding {
    let network = about.network;
    let after = after(network, &violation.situation);
    let named = |party| intent::name(network, party);
    let new = |what: String| Finding::new(about.place, format!("{}{after}: {what}", about.claim)).label(&about.label);
    match &violation.why {
        Why::NoSender(party) => new(format!("`{}` has no NIC that sends ({})", named(*party), Code::NoNicOnRail))
            .help("give its machines a NIC on that rail, or ask for the other rail"),
        Why::NoEnd(party) => {
            new(format!("nothing of `{}` is there to be reached ({})", named(*party), Code::NoNicOnRail))
                .help("give its machines a NIC on that rail, or let more than one machine remain")
        }
        Why::Lost { packet, stands_for, branch, code, of_any } => {
            let what =
                if *of_any { all_lost(network, packet, branch, *code) } else { lost(network, packet, branch, *code) };
            let mut finding = along(new(what), branch).help(help(*code, branch, &violation.situation));
            if let Some(chain) = peerings::chain(network, packet).filter(|_| NO_WAY.contains(code)) {
                finding = finding.note(chain);
            }
            if *stands_for > 1 {
                finding = finding.note(format!("{stands_for} pairs of sender and end are like this one"));
            }
            finding
        }
        Why::Arrives { packet, stands_for, walk } => {
            let lets_in = lets_in(walk).map_or("nothing stops it", |hop| hop.words.as_str());
            let what = format!("{} reaches `{}`: {lets_in}", flow(network, packet), receiver(network, packet, walk));
            let help = "close the way where it is let in, or say in an intent that it may";
            let mut finding = marked(steps(new(what), walk, ""), walk).help(help);
            if *stands_for > 1 {
                finding = finding.note(format!("{stands_for} pairs of sender and end are like this one"));
            }
            finding
        }
    }
}

/// What a packet meets that has no way to another network.
const NO_WAY: [Code; 2] = [Code::NoRoute, Code::PrivateTrafficToInternet];

/// ` after vault-3 and vault-4 fail`; nothing while everything is up.
fn after(network: &Network, situation: &Situation) -> String {
    let down: Vec<String> = situation.down.iter().map(|part| format!("`{}`", part.short(network))).collect();
    match down.as_slice() {
        [] => String::new(),
        [one] => format!(" after {one} fails"),
        several => format!(" after {} fail", several.join(" and ")),
    }
}

/// ``tcp:2049 from `gpu` to `nfs#0` ``.
fn flow(network: &Network, packet: &Packet) -> String {
    format!("{} from `{}` to `{}`", packet.traffic, packet.from.short(network), packet.to.short(network))
}

fn lost(network: &Network, packet: &Packet, branch: &Branch, code: Code) -> String {
    let flow = flow(network, packet);
    let Some((walk, _)) = branch.dropped() else { return format!("{flow} is lost ({code})") };
    let what = if branch.loses_reply() { format!("the reply to {flow}") } else { flow };
    format!("{what} is dropped ({code}): {}", last(walk))
}

/// The same of one packet among many of which none gets through, so that nobody takes its port for what was asked.
fn all_lost(network: &Network, packet: &Packet, branch: &Branch, code: Code) -> String {
    let (from, to) = (packet.from.short(network), packet.to.short(network));
    let none = format!("by no port does IP get from `{from}` to `{to}` and back");
    let Some((walk, _)) = branch.dropped() else { return format!("{none} ({code})") };
    let such = if branch.loses_reply() { "the reply to " } else { "" };
    format!("{none}; {such}{}, for one, is dropped ({code}): {}", packet.traffic, last(walk))
}

/// What the last hop of a way says.
fn last(walk: &Walk) -> &str {
    walk.hops.last().map_or("nothing takes it on", |hop| hop.words.as_str())
}

/// The last firewall that lets a packet in: what decides that it arrives.
fn lets_in(walk: &Walk) -> Option<&Hop> {
    walk.hops.iter().rev().find(|hop| hop.stage == Stage::IngressFirewall)
}

fn receiver(network: &Network, packet: &Packet, walk: &Walk) -> String {
    match (packet.to, walk.end) {
        (End::Vip(_) | End::Rule(_), Outcome::Delivered(Receiver::Nic(nic))) => network.short(nic),
        (to, _) => to.short(network),
    }
}

/// The request's way, and the way of the reply that is lost.
fn along(finding: Finding, branch: &Branch) -> Finding {
    let finding = steps(finding, &branch.request, "");
    match branch.dropped() {
        Some((walk, _)) if branch.loses_reply() => marked(steps(finding, walk, "reply: "), walk),
        _ => marked(finding, &branch.request),
    }
}

/// One step a hop. A hop that no resource decides stands where the hop before it stood.
fn steps(mut finding: Finding, walk: &Walk, prefix: &str) -> Finding {
    let mut at = walk.hops.iter().find_map(|hop| hop.place).unwrap_or(finding.place);
    for hop in &walk.hops {
        at = hop.place.unwrap_or(at);
        finding = finding.step(at, format!("{prefix}{}", hop.words));
    }
    finding
}

/// Points at what decides.
fn marked(finding: Finding, walk: &Walk) -> Finding {
    let (decides, label) = match walk.end {
        Outcome::Delivered(_) => (lets_in(walk), "let in here"),
        Outcome::Dropped(_) => (walk.hops.last(), "dropped here"),
    };
    match decides.and_then(|hop| hop.place) {
        Some(place) if place != finding.place => finding.also(place, label),
        _ => finding,
    }
}

/// What to do about a packet that is lost.
fn help(code: Code, branch: &Branch, situation: &Situation) -> String {
    let text = match code {
        Code::FirewallRule => {
            "allow it in the firewall of the network where it is dropped, before any rule that denies it"
        }
        Code::HealthCheckBlocked => "allow the health check ranges in on the port that is probed",
        Code::ForeignIpDisallowed if branch.loses_reply() => {
            "say `guest: { routing: per-nic }` and set up a rule and a routing table for each NIC"
        }
        Code::ForeignIpDisallowed => "send from an address of that NIC, or let the instance forward (`canIpForward`)",
        Code::NoRoute | Code::PrivateTrafficToInternet => {
            "put both into one network, or peer the two networks directly"
        }
        Code::NoExternalAddress => {
            "give the NIC an external address if the internet is to reach it, or take the intent back"
        }
        Code::InstanceNotRunning => "start the instance, or ask about those that run",
        Code::GuestDoesNotHoldAddress => {
            "let the cluster's software or the image add the address to the guest, and say `holds-vip: address`"
        }
        Code::GuestReversePathFilter => "route per NIC in the guest, or loosen its reverse-path filter",
        Code::BackendReachesItself => {
            "let backends call one another by their own addresses, not by the VIP that they serve"
        }
        Code::VipHasNoHolder if !situation.down.is_empty() => {
            "spread the instances that may hold it, so that one is left after this failure"
        }
        Code::VipHasNoHolder => "let the VIP be on a NIC to which its mover can move it",
        Code::RdmaNeedsRdmaNic => "give the machine an RDMA NIC, or ask for the tcp rail",
        Code::RdmaOtherNetwork => {
            "give both sides RDMA NICs of one type in one RDMA network, or ask for the tcp rail: no peering, route or PSC link carries RDMA"
        }
        Code::NoNicOnRail => "give the machines a NIC on that rail, or ask for the other rail",
        Code::PscNotAccepted => "let the network attachment accept the project",
        _ => "mend the last step of the way, or take the intent back",
    };
    text.to_owned()
}
