//! What is sent to find out whether a demand is met: the traffic that is named, or one packet for each class of traffic that rules tell apart between two.
//! Not here: what becomes of it.

use std::collections::BTreeSet;

use twinrail_model::Port;

use super::{Demand, Sent};
use crate::class::{Pair, TrafficClass, traffic_classes};
use crate::packet::Traffic;
use crate::plane::Plane;

/// The traffic of a port such as `tcp:2049`.
pub fn of_port(port: &Port) -> Traffic {
    if port.protocol == "udp" { Traffic::udp(port.port) } else { Traffic::tcp(port.port) }
}

impl Demand {
    /// What is sent between two.
    pub(super) fn packets(&self, plane: &Plane<'_>, pair: &Pair) -> Vec<Traffic> {
        let (sent, but) = match self {
            Self::Every(sent) | Self::Some(sent) => (sent, &[][..]),
            Self::Never { sent, but } => (sent, but.as_slice()),
        };
        let but: BTreeSet<Traffic> = but.iter().copied().collect();
        match sent {
            Sent::These(traffic) => traffic.iter().filter(|one| !but.contains(one)).copied().collect(),
            Sent::Ip | Sent::Anything => {
                let classes = traffic_classes(plane, pair);
                let (verbs, ip): (Vec<_>, Vec<_>) = classes.iter().partition(|class| class.traffic == Traffic::Rdma);
                let verbs = if *sent == Sent::Anything { verbs } else { Vec::new() };
                verbs.into_iter().chain(ip).filter_map(|class| beside(class, &but)).collect()
            }
        }
    }

    /// The same in words.
    pub(super) fn words(&self) -> Vec<String> {
        match self {
            Self::Every(Sent::These(traffic)) | Self::Never { sent: Sent::These(traffic), .. } => {
                traffic.iter().map(ToString::to_string).collect()
            }
            Self::Some(Sent::These(traffic)) => {
                let all: Vec<String> = traffic.iter().map(ToString::to_string).collect();
                vec![all.join(" or ")]
            }
            Self::Some(_) => vec!["IP on some port".to_owned()],
            Self::Never { sent: Sent::Ip, .. } | Self::Every(Sent::Ip) => vec!["IP on every port".to_owned()],
            Self::Never { sent: Sent::Anything, .. } | Self::Every(Sent::Anything) => {
                vec!["RDMA verbs".to_owned(), "IP on every port".to_owned()]
            }
        }
    }
}

/// Traffic of a class that is not let off, if the class has some: rules treat all of it alike.
fn beside(class: &TrafficClass, but: &BTreeSet<Traffic>) -> Option<Traffic> {
    if !but.contains(&class.traffic) {
        return Some(class.traffic);
    }
    let Traffic::Ip { protocol, .. } = class.traffic else { return None };
    let ports = class.ports?;
    let others = (ports.first..=ports.last).map(|port| Traffic::Ip { protocol, port: Some(port) });
    others.into_iter().find(|traffic| !but.contains(traffic))
}
