//! Clients that do not reach a VIP that they use, on one of the ports that it serves, or whose replies get lost.

use twinrail_model::{Answer, Ask, Class, ClientGroupId, How, Judged, Party, Rail, Reach, View, VipPoolId};
use twinrail_reach::Plane;
use twinrail_reach::intent::{self, Judgement, Wish};

use crate::named::is_named;
use crate::rule::{Judge, Rule, Walk};
use crate::walks::{About, Missed};

pub const RULE: Rule = Rule {
    code: "client-misses-vip",
    class: Class::Broken,
    page: include_str!("../../pages/client-misses-vip.md"),
    judge: Judge::Walk(Walk::ClientGroup(judge)),
};

fn judge(view: &View<'_>, plane: &Plane<'_>, clients: ClientGroupId) -> Judged {
    let network = view.network;
    let rail = network.clients[clients].protocol.is_rdma().then_some(Rail::Rdma);
    let how = How { rail, port: None };
    let mut missed = Missed::default();
    for (pool, row) in network.vips.iter() {
        if !row.clients.contains(&clients) || is_asked(view, clients, pool) {
            continue;
        }
        let to = Party::Vips(pool);
        let wish = Wish { reach: Reach::Reaches(Party::Clients(clients)), to, how: &how, after: None };
        let judgement = intent::judge(plane, view.facts, &wish);
        if let Ok(Judgement::Violated(violation)) = &judgement
            && is_named(view, plane, violation)
        {
            continue;
        }
        let (group, pool) = (network.short(clients), network.short(pool));
        let about = About {
            network,
            place: clients.into(),
            claim: format!("clients `{group}` do not reach the VIPs of `{pool}`"),
            label: format!("they use `{pool}`"),
        };
        missed.add(&about, judgement);
    }
    missed.judged()
}

/// Whether an intent asks the same, so that it says what is wrong.
fn is_asked(view: &View<'_>, clients: ClientGroupId, pool: VipPoolId) -> bool {
    let network = view.network;
    let is_same = |party: Party| match party {
        Party::Clients(other) => other == clients,
        Party::Cluster(cluster) => network.clients[clients].cluster == Some(cluster),
        _ => false,
    };
    let asks = |port: Option<&twinrail_model::Port>| {
        network.intents.rows().iter().any(|intent| match &intent.ask {
            Ask::Reach { reach: Reach::Reaches(from) | Reach::Only(from), to: Party::Vips(to), how, .. } => {
                *to == pool && is_same(*from) && (how.port.is_none() || how.port.as_ref() == port)
            }
            _ => false,
        })
    };
    let ports = &network.vips[pool].ports;
    if ports.is_empty() { asks(None) } else { ports.iter().all(|port| asks(Some(port))) }
}

impl Missed {
    fn judged(self) -> Judged {
        match self {
            Self { answer: Some(Answer::Violated(finding)), .. } => Ok(Answer::Violated(finding)),
            Self { hole: Some(hole), .. } => Err(hole),
            Self { answer, .. } => Ok(answer.unwrap_or(Answer::NotApplicable)),
        }
    }
}
