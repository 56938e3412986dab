//! Whether the firewall of a network lets a packet pass at a NIC: hierarchical policies, the network's own rules and policies in its order, then what is
//! implied. Not here: whether a packet is asked at all, being the reply of a tracked connection.

use ipnet::IpNet;
use twinrail_facts::{Bool, ChoiceOf, keys};
use twinrail_model::{
    ClientGroup, Direction, Feature, Field, FirewallAction, FirewallOrder, FirewallPolicy, FirewallPolicyId,
    FirewallRule, Hole, Instance, Place, PolicyKind, PolicyScope, Selector, VpcId,
};

use crate::bugs::{Bug, has};
use crate::code::Code;
use crate::packet::{End, Traffic};
use crate::plane::Compiled;
use crate::spot::Spot;
use crate::walker::{Walker, Who};

/// What the firewall is asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'q> {
    pub direction: Direction,
    /// The network and region of the NIC at which it is asked.
    pub vpc: VpcId,
    pub region: &'q str,
    /// Whose NIC it is.
    pub machine: Machine<'q>,
    pub source: &'q Spot,
    pub destination: &'q Spot,
    pub traffic: Traffic,
}

/// A machine as rules see it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Machine<'n> {
    Instance(&'n Instance),
    Clients(&'n ClientGroup),
}

/// What decided, and how.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    pub place: Option<Place>,
    /// Why not.
    pub refused: Option<Code>,
    pub words: String,
}

impl<'n> Machine<'n> {
    pub(crate) fn tags(self) -> &'n [String] {
        match self {
            Self::Instance(instance) => &instance.tags,
            Self::Clients(group) => &group.tags,
        }
    }

    fn accounts(self) -> &'n [String] {
        match self {
            Self::Instance(instance) => &instance.service_accounts,
            Self::Clients(group) => group.service_account.as_slice(),
        }
    }

    fn secure_tags(self) -> &'n [String] {
        match self {
            Self::Instance(instance) => &instance.secure_tags,
            Self::Clients(_) => &[],
        }
    }

    /// Whether a rule is about it. The API lets a rule have targets of one kind only.
    fn is_target(self, rule: &FirewallRule) -> bool {
        let selector = &rule.selector;
        let some = |wanted: &[String], held: &[String]| wanted.iter().any(|word| held.contains(word));
        if !selector.target_tags.is_empty() {
            return some(&selector.target_tags, self.tags());
        }
        if !selector.target_service_accounts.is_empty() {
            return some(&selector.target_service_accounts, self.accounts());
        }
        selector.target_secure_tags.is_empty() || some(&selector.target_secure_tags, self.secure_tags())
    }
}

/// One layer of the order in which rules are asked.
enum Layer {
    Hierarchical,
    VpcRules,
    Global,
    Regional,
}

impl Walker<'_> {
    /// Whether the firewall lets a packet pass.
    pub(crate) fn firewall(&self, question: &Question<'_>) -> Field<Passage> {
        for layer in self.layers(question.vpc) {
            let decided = match layer {
                Layer::VpcRules => self.vpc_rules(question)?,
                Layer::Hierarchical => self.policies(question, |scope| matches!(scope, PolicyScope::Hierarchical))?,
                Layer::Global => self.policies(question, |scope| matches!(scope, PolicyScope::Global))?,
                Layer::Regional => self
                    .policies(question, |scope| matches!(scope, PolicyScope::Regional(at) if at == question.region))?,
            };
            if let Some(passage) = decided {
                return Ok(passage);
            }
        }
        self.implied(question)
    }

    fn layers(&self, vpc: VpcId) -> [Layer; 4] {
        use Layer::{Global, Hierarchical, Regional, VpcRules};
        let stated = self.plane.network.vpcs[vpc].firewall_order.map(FirewallOrder::word);
        let order = stated.unwrap_or_else(|| self.facts.get(keys::firewall::DEFAULT_ORDER));
        if order == FirewallOrder::BeforeClassic.word() {
            return [Hierarchical, Global, Regional, VpcRules];
        }
        [Hierarchical, VpcRules, Global, Regional]
    }

    fn implied(&self, question: &Question<'_>) -> Field<Passage> {
        let profile = self.view.profile(question.vpc)?;
        let (name, direction) = match question.direction {
            Direction::Ingress => ("implied-ingress-allowed", "ingress"),
            Direction::Egress => ("implied-egress-allowed", "egress"),
        };
        let allowed = profile.get::<Bool>(self.facts, name)? || has(Bug::ImpliedIngressAllowed);
        let words = format!("no rule matches, and {direction} is then {}", if allowed { "allowed" } else { "denied" });
        Ok(Passage { place: None, refused: (!allowed).then_some(Code::FirewallRule), words })
    }

    /// What the network's own rules say: the matching one with the smallest number, a denying one before others of the same.
    fn vpc_rules(&self, question: &Question<'_>) -> Field<Option<Passage>> {
        let network = self.plane.network;
        let rules = self.plane.rules_of(question.vpc);
        if rules.is_empty() {
            // An import without any rule of a network may just be a part of what there is; a plan that makes the network would make its rules.
            let unlisted = !network.is_complete() && network.steps.is_empty();
            return if unlisted { Err(Hole::NotInInput(Place::field(question.vpc, "firewalls"))) } else { Ok(None) };
        }
        if !self.view.profile(question.vpc)?.is_ordinary()
            && !self.facts.get(keys::firewall::VPC_RULES_GOVERN_RDMA_NICS)
        {
            return Ok(None);
        }
        let deny_first = self.facts.get(keys::firewall::DENY_WINS_AT_EQUAL_PRIORITY) && !has(Bug::DenyLosesTie);
        let mut best: Option<((u64, bool), &FirewallRule, Place)> = None;
        for (id, compiled) in rules {
            let rule = &network.firewall_rules[*id];
            if !could_match(compiled, question) {
                continue;
            }
            let denies = *compiled.action == FirewallAction::Deny;
            let number = compiled.priority.unwrap_or_else(|| self.facts.get(keys::firewall::PRIORITY_DEFAULT));
            let rank = (number, denies != deny_first);
            if best.as_ref().is_some_and(|(known, ..)| *known <= rank) || !self.matches(rule, question)? {
                continue;
            }
            best = Some((rank, rule, Place::from(*id)));
        }
        Ok(best.map(|(_, rule, place)| {
            passage(*rule.action, &rule.selector, place, || format!("VPC firewall rule {}", rule.name.short()))
        }))
    }

    fn policies(&self, question: &Question<'_>, is_layer: impl Fn(&PolicyScope) -> bool) -> Field<Option<Passage>> {
        for id in self.plane.policies_of(question.vpc) {
            let policy = &self.plane.network.firewall_policies[*id];
            if !is_layer(&policy.scope) || !self.governs(policy, question.vpc)? {
                continue;
            }
            if let Some(passage) = self.policy(*id, policy, question)? {
                return Ok(Some(passage));
            }
        }
        Ok(None)
    }

    /// Whether a network heeds a policy: an ordinary one those of the ordinary type; one with an RDMA profile those of the types and the scope that its
    /// profile takes.
    fn governs(&self, policy: &FirewallPolicy, vpc: VpcId) -> Field<bool> {
        let profile = self.view.profile(vpc)?;
        if profile.is_ordinary() {
            return Ok(policy.kind == PolicyKind::Vpc);
        }
        if policy.kind == PolicyKind::Vpc || !profile.allows(self.facts, Feature::FirewallPolicy)? {
            return Ok(false);
        }
        let scope = profile.get::<ChoiceOf>(self.facts, "network-firewall-policy-scope")?;
        let fits = match &policy.scope {
            PolicyScope::Hierarchical => false,
            PolicyScope::Global => scope == "global",
            PolicyScope::Regional(_) => scope != "global",
        };
        let types = profile.lists(self.facts, Feature::FirewallPolicyTypes)?;
        Ok(fits && types.iter().any(|kind| kind == policy.kind.word()))
    }

    /// What a policy decides; `None` where it hands on.
    fn policy(&self, id: FirewallPolicyId, policy: &FirewallPolicy, question: &Question<'_>) -> Field<Option<Passage>> {
        let rules = policy.rules.iter().zip(self.plane.policy_rules(id));
        for (rule, compiled) in rules {
            if !could_match(compiled, question) || !self.matches(rule, question)? {
                continue;
            }
            if policy.scope == PolicyScope::Hierarchical && !policy.networks.contains(&question.vpc) {
                // It would decide, if it is of a folder that holds this network.
                return Err(Hole::NotInInput(Place::field(id, "associations")));
            }
            if *rule.action == FirewallAction::GotoNext && !has(Bug::GotoNextAllows) {
                return Ok(None);
            }
            let number = rule.priority.map_or_else(String::new, |number| format!(" {number}"));
            let words = || format!("rule{number} of firewall policy {}", policy.name.short());
            return Ok(Some(passage(*rule.action, &rule.selector, Place::from(id), words)));
        }
        Ok(None)
    }

    /// Whether a rule whose protocol and direction fit is about this packet and this machine.
    fn matches(&self, rule: &FirewallRule, question: &Question<'_>) -> Field<bool> {
        if !question.machine.is_target(rule) {
            return Ok(false);
        }
        let selector = &rule.selector;
        let any_or_within = |ranges: &[IpNet], spot: &Spot| {
            if ranges.is_empty() { Ok(true) } else { spot.is_within_any(ranges) }
        };
        if !any_or_within(&selector.destination_ranges, question.destination)? {
            return Ok(false);
        }
        match question.direction {
            Direction::Egress => any_or_within(&selector.source_ranges, question.source),
            Direction::Ingress => self.is_source(selector, question),
        }
    }

    /// Whether the sender is one of a rule's sources: ranges, tags and accounts are alternatives.
    fn is_source(&self, selector: &Selector, question: &Question<'_>) -> Field<bool> {
        let named = [&selector.source_tags, &selector.source_service_accounts, &selector.source_secure_tags];
        if selector.source_ranges.is_empty() && named.iter().all(|names| names.is_empty()) {
            return Ok(true);
        }
        if named.iter().any(|names| !names.is_empty()) && self.is_named(selector, question)? {
            return Ok(true);
        }
        if selector.source_ranges.is_empty() {
            Ok(false)
        } else {
            question.source.is_within_any(&selector.source_ranges)
        }
    }

    /// Whether the sender's tags or account are among a rule's. They stand for the primary address of a NIC in the network of the rule; secure tags for
    /// one in a peer's too.
    fn is_named(&self, selector: &Selector, question: &Question<'_>) -> Field<bool> {
        let network = self.plane.network;
        let (vpc, machine) = match question.source.end {
            End::Nic(nic) => (network.nics[nic].vpc.get()?, self.machine(Who::Nic(nic))),
            End::Alias(nic, _)
                if has(Bug::TagsMatchAliases) || !self.facts.get(keys::alias::SOURCE_TAGS_MATCH_PRIMARY_ONLY) =>
            {
                (network.nics[nic].vpc.get()?, self.machine(Who::Nic(nic)))
            }
            End::Clients(group) => (self.clients_leg(group)?.vpc, self.machine(Who::Clients(group))),
            // The address that a stateful group keeps is a primary one.
            End::Vip(vip) => match self.holder_nic(vip) {
                Some(nic) if self.is_primary_of(nic, question.source) => {
                    (network.nics[nic].vpc.get()?, self.machine(Who::Nic(nic)))
                }
                _ => return Ok(false),
            },
            _ => return Ok(false),
        };
        let is_local = vpc == question.vpc;
        if !is_local && !self.plane.peers_of(question.vpc).contains(&vpc) {
            return Ok(false);
        }
        let some = |wanted: &[String], held: &[String]| wanted.iter().any(|word| held.contains(word));
        let secure = !selector.source_secure_tags.is_empty()
            && some(&selector.source_secure_tags, machine.secure_tags())
            && (is_local || self.facts.get(keys::firewall::SECURE_TAGS_MATCH_PEERS));
        if secure {
            return Ok(true);
        }
        let named = (!selector.source_tags.is_empty() && some(&selector.source_tags, machine.tags()))
            || (!selector.source_service_accounts.is_empty()
                && some(&selector.source_service_accounts, machine.accounts()));
        Ok(named && (is_local || self.facts.get(keys::firewall::NETWORK_TAGS_MATCH_PEERS)))
    }
}

/// What needs no look at either end: direction, whether it is on, protocol and port.
fn could_match(rule: &Compiled, question: &Question<'_>) -> bool {
    if rule.direction.known().is_some_and(|direction| *direction != question.direction)
        || rule.disabled.known() == Some(&true)
    {
        return false;
    }
    let layer4 = rule.layer4.known().is_none_or(|layer4| {
        layer4.iter().any(|(protocol, ports)| match question.traffic {
            // Verbs are no protocol that a rule could name: only one about all of them is about these.
            Traffic::Rdma => protocol.is_none(),
            Traffic::Ip { protocol: sent, port } => {
                protocol.is_none_or(|named| named == sent)
                    && (ports.is_empty() || port.is_some_and(|port| ports.iter().any(|range| range.contains(port))))
            }
        })
    });
    // What is not known of it may be just what fits.
    layer4 && *rule.direction == question.direction && !*rule.disabled && {
        let _ = &*rule.layer4;
        true
    }
}

fn passage(action: FirewallAction, selector: &Selector, place: Place, name: impl Fn() -> String) -> Passage {
    let (refused, verb) = match action {
        _ if !selector.unmodelled.is_empty() => (Some(Code::NotModelled), "matches by what is not modelled"),
        FirewallAction::Allow | FirewallAction::GotoNext => (None, "allows it"),
        FirewallAction::Deny => (Some(Code::FirewallRule), "denies it"),
        FirewallAction::Inspect => (Some(Code::NotModelled), "hands it to an inspection, which is not modelled"),
    };
    Passage { place: Some(place), refused, words: format!("{} {verb}", name()) }
}
