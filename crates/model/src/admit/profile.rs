//! Would the API take this in a network with that profile? What hangs on a network: subnets, routes, routers, gateways, addresses,
//! load balancers and firewall policies. Not here: NICs (`nic`) and instances (`instance`).

use ipnet::IpNet;
use twinrail_facts::{Bool, ChoiceOf, Names, keys};

use crate::admit::{Admission, invalid};
use crate::balancing::{BackendService, ForwardingRule, Scheme};
use crate::field::Field;
use crate::firewall::{Direction, FirewallPolicy, FirewallRule, PolicyKind, PolicyScope};
use crate::id::{FirewallPolicyId, GatewayId, RouterId, SubnetId, VpcId};
use crate::instance::Instance;
use crate::network::Network;
use crate::platform::{Feature, ProfileFacts, View};
use crate::vpc::{Address, GatewayKind, NextHop, Route};

/// Whether the profile of a network blocks a feature. An ordinary network is never asked: what it allows is no matter of profiles.
pub(super) fn blocks(view: &View<'_>, vpc: VpcId, feature: Feature, method: &'static str, what: &str) -> Admission {
    let profile = view.profile(vpc)?;
    if profile.is_ordinary() || profile.allows(view.facts, feature)? {
        return Ok(None);
    }
    Ok(Some(invalid(method, format!("a {} does not support {what}", profile.title))))
}

/// The network names a profile of a known kind, or none.
pub fn name_is_known(view: &View<'_>, vpc: VpcId) -> Admission {
    let Some(name) = view.network.vpcs[vpc].profile.get()? else { return Ok(None) };
    if view.platform.parse_profile(&name).is_some() {
        return Ok(None);
    }
    Ok(Some(invalid("networks.insert", format!("there is no network profile `{name}`"))))
}

/// The network's MTU is one that networks can have.
pub fn mtu_in_range(view: &View<'_>, vpc: VpcId) -> Admission {
    let Some(mtu) = view.network.vpcs[vpc].mtu.get()? else { return Ok(None) };
    let (min, max) = (view.facts.get(keys::network::MTU_MIN), view.facts.get(keys::network::MTU_MAX));
    if (min..=max).contains(&mtu) {
        return Ok(None);
    }
    Ok(Some(invalid("networks.insert", format!("the MTU of a network is between {min} and {max}, not {mtu}"))))
}

/// The subnet lies in the region that holds the profile's zone.
pub fn subnet_region_fits(view: &View<'_>, subnet: SubnetId) -> Admission {
    let row = &view.network.subnets[subnet];
    let vpc = row.vpc.get()?;
    let Some(zone) = view.profile_zone(vpc)? else { return Ok(None) };
    let here = row.region.get()?;
    let region = Network::region_of(zone);
    if here == region || !view.profile(vpc)?.get::<Bool>(view.facts, "zonal")? {
        return Ok(None);
    }
    let message = format!("the network's profile is of zone {zone} in {region}, and the subnet is in {here}");
    Ok(Some(invalid("subnetworks.insert", message)))
}

/// The subnet has no secondary ranges, or its network's profile allows them.
pub fn secondary_ranges_allowed(view: &View<'_>, subnet: SubnetId) -> Admission {
    let row = &view.network.subnets[subnet];
    if row.secondary.is_empty() {
        return Ok(None);
    }
    blocks(view, row.vpc.get()?, Feature::AliasIpRanges, "subnetworks.insert", "secondary ranges")
}

/// Whether the profile makes a subnet of this name by itself.
pub fn is_predefined(view: &View<'_>, profile: &ProfileFacts, subnet: SubnetId) -> Field<bool> {
    let name = view.network.subnets[subnet].name.short();
    let prefixes = profile.lists(view.facts, Feature::PredefinedSubnetworkRanges)?;
    Ok(prefixes.iter().any(|prefix| name.starts_with(prefix.as_str())))
}

/// The user may make this subnet: the profile does not come with subnets of its own instead.
pub fn own_subnet_allowed(view: &View<'_>, subnet: SubnetId) -> Admission {
    let row = &view.network.subnets[subnet];
    let vpc = row.vpc.get()?;
    let profile = view.profile(vpc)?;
    if row.predefined || profile.is_ordinary() || profile.allows(view.facts, Feature::SubnetworkCreation)? {
        return Ok(None);
    }
    if is_predefined(view, profile, subnet)? {
        return Ok(None);
    }
    Ok(Some(invalid("subnetworks.insert", format!("a {} takes no subnets but its own", profile.title))))
}

/// The subnet's address families are those of the profile.
pub fn stack_fits(view: &View<'_>, subnet: SubnetId) -> Admission {
    let row = &view.network.subnets[subnet];
    let profile = view.profile(row.vpc.get()?)?;
    if row.predefined || profile.is_ordinary() {
        return Ok(None);
    }
    let stacks = profile.lists(view.facts, Feature::SubnetworkStackTypes)?;
    if stacks.contains(&row.stack) {
        return Ok(None);
    }
    let message = format!("subnets of a {} are {}, not {}", profile.title, stacks.join(" or "), row.stack);
    Ok(Some(invalid("subnetworks.insert", message)))
}

/// The network's profile allows reserved addresses in its subnets.
pub fn address_allowed(view: &View<'_>, address: &Address) -> Admission {
    let Some(subnet) = *address.subnet else { return Ok(None) };
    let vpc = view.network.subnets[subnet].vpc.get()?;
    blocks(view, vpc, Feature::AddressCreation, "addresses.insert", "reserved addresses")
}

/// The instance does not forward, or this network of it does not mind.
pub fn ip_forwarding_allowed(view: &View<'_>, instance: &Instance, vpc: VpcId) -> Admission {
    if !*instance.can_ip_forward {
        return Ok(None);
    }
    blocks(view, vpc, Feature::IpForwarding, "instances.insert", "instances that forward IP packets")
}

/// The network of a rule, and that of the service it leads to, allow load balancers. External rules are admitted: they have no network of their own.
pub fn load_balancer_allowed(view: &View<'_>, rule: &ForwardingRule, service: Option<&BackendService>) -> Admission {
    if !is_internal(&rule.scheme) {
        return Ok(None);
    }
    let method = "forwardingRules.insert";
    if let Some(vpc) = service.and_then(|service| *service.vpc)
        && let Some(refusal) = blocks(view, vpc, Feature::LoadBalancing, method, "load balancing")?
    {
        return Ok(Some(refusal));
    }
    blocks(view, rule.vpc.get()?, Feature::LoadBalancing, method, "load balancing")
}

/// Whether load balancers of this scheme answer inside a network.
pub fn is_internal(scheme: &Scheme) -> bool {
    match scheme {
        Scheme::Internal => true,
        Scheme::External => false,
        Scheme::Other(word) => word.starts_with("INTERNAL"),
    }
}

/// The network's profile allows static routes. Admits those that no user made.
pub fn static_route_allowed(view: &View<'_>, route: &Route) -> Admission {
    if !route.is_static() || comes_with_the_network(route) {
        return Ok(None);
    }
    blocks(view, route.vpc.get()?, Feature::StaticRoutes, "routes.insert", "static routes")
}

/// The default route that the platform adds to a new network.
fn comes_with_the_network(route: &Route) -> bool {
    route.next_hop == Ok(NextHop::InternetGateway) && route.name.short().starts_with("default-route-")
}

/// The network's profile allows Cloud Routers.
pub fn router_allowed(view: &View<'_>, router: RouterId) -> Admission {
    let vpc = view.network.routers[router].vpc.get()?;
    blocks(view, vpc, Feature::CloudRouter, "routers.insert", "Cloud Routers")
}

/// The router has no Cloud NAT, or its network's profile allows it.
pub fn nat_allowed(view: &View<'_>, router: RouterId) -> Admission {
    let row = &view.network.routers[router];
    if row.nats.is_empty() {
        return Ok(None);
    }
    blocks(view, row.vpc.get()?, Feature::CloudNat, "routers.insert", "Cloud NAT")
}

/// The network's profile allows this way out.
pub fn gateway_allowed(view: &View<'_>, gateway: GatewayId) -> Admission {
    let row = &view.network.gateways[gateway];
    let (feature, method, what) = match row.kind {
        GatewayKind::Vpn => (Feature::Vpn, "vpnGateways.insert", "Cloud VPN"),
        GatewayKind::Interconnect => {
            (Feature::Interconnect, "interconnectAttachments.insert", "Interconnect attachments")
        }
    };
    blocks(view, row.vpc.get()?, feature, method, what)
}

/// The network takes a policy of this type.
pub fn policy_type_fits(view: &View<'_>, policy: FirewallPolicyId, vpc: VpcId) -> Admission {
    let kind = &view.network.firewall_policies[policy].kind;
    let profile = view.profile(vpc)?;
    let types = profile.lists(view.facts, Feature::FirewallPolicyTypes)?;
    if types.iter().any(|word| word == kind.word()) {
        return Ok(None);
    }
    let taken = if types.is_empty() {
        "no firewall policy".to_owned()
    } else {
        format!("policies of type {}", types.join(" or "))
    };
    let message = format!("a {} takes {taken}, not {}", profile.title, kind.word());
    let method = match view.network.firewall_policies[policy].scope {
        PolicyScope::Regional(_) => "regionNetworkFirewallPolicies.addAssociation",
        PolicyScope::Global => "networkFirewallPolicies.addAssociation",
        PolicyScope::Hierarchical => "firewallPolicies.addAssociation",
    };
    Ok(Some(invalid(method, message)))
}

/// A policy for RDMA networks has the scope that the network's profile asks for. Admits policies of other types: those do not fit at all.
pub fn policy_scope_fits(view: &View<'_>, policy: FirewallPolicyId, vpc: VpcId) -> Admission {
    let row = &view.network.firewall_policies[policy];
    if !is_rdma_policy(row) {
        return Ok(None);
    }
    let profile = view.profile(vpc)?;
    let Some(zone) = view.profile_zone(vpc)? else { return Ok(None) };
    if profile.get::<ChoiceOf>(view.facts, "network-firewall-policy-scope")? != "regional" {
        return Ok(None);
    }
    let region = Network::region_of(zone);
    let fits = match &row.scope {
        PolicyScope::Regional(here) => here == region || !view.facts.get(keys::firewall::RDMA_POLICY_REGION_HOLDS_ZONE),
        PolicyScope::Global | PolicyScope::Hierarchical => false,
    };
    if fits {
        return Ok(None);
    }
    let message = format!("a policy for a {} is regional, in the region of zone {zone}", profile.title);
    Ok(Some(invalid("regionNetworkFirewallPolicies.addAssociation", message)))
}

/// Whether a policy is for RDMA networks.
pub fn is_rdma_policy(policy: &FirewallPolicy) -> bool {
    matches!(*policy.kind, PolicyKind::RdmaRoce | PolicyKind::RdmaFalcon)
}

/// The profile of the first RDMA network that a policy is associated with.
pub fn profile_of_policy<'a>(view: &View<'a>, policy: FirewallPolicyId) -> Field<Option<&'a ProfileFacts>> {
    for vpc in &view.network.firewall_policies[policy].networks {
        let profile = view.profile(*vpc)?;
        if !profile.is_ordinary() {
            return Ok(Some(profile));
        }
    }
    Ok(None)
}

/// An ingress rule of a policy for RDMA networks names only sources that such a policy takes.
pub fn policy_sources_fit(view: &View<'_>, profile: &ProfileFacts, rule: &FirewallRule) -> Admission {
    if rule.direction != Direction::Ingress {
        return Ok(None);
    }
    let named = source_kinds(rule);
    let taken = profile.get::<Names>(view.facts, "firewall-sources")?;
    if taken.is_empty() {
        return Ok(None);
    }
    let method = "regionNetworkFirewallPolicies.addRule";
    if let Some(wrong) = named.iter().find(|kind| !taken.iter().any(|word| word == *kind)) {
        let message =
            format!("a rule for a {} takes sources of kind {}, not {wrong}", profile.title, taken.join(" or "));
        return Ok(Some(invalid(method, message)));
    }
    if named.len() > 1 && !view.facts.get(keys::firewall::ROCE_ANY_AND_TAGS_IN_ONE_RULE) {
        let message = format!("a rule for a {} names one kind of source, not {}", profile.title, named.join(" and "));
        return Ok(Some(invalid(method, message)));
    }
    Ok(None)
}

/// The kinds of source that a rule names, in the words of the catalog.
fn source_kinds(rule: &FirewallRule) -> Vec<&'static str> {
    let selector = &rule.selector;
    let any = |range: &IpNet| range.prefix_len() == 0;
    let mut kinds = Vec::new();
    let mut add = |present: bool, kind| {
        if present {
            kinds.push(kind);
        }
    };
    add(selector.source_ranges.iter().any(any), "any");
    add(selector.source_ranges.iter().any(|range| !any(range)), "cidr");
    add(!selector.source_secure_tags.is_empty(), "secure-tags");
    add(!selector.source_tags.is_empty(), "network-tags");
    add(!selector.source_service_accounts.is_empty(), "service-accounts");
    let unmodelled = |part: &str| {
        selector.unmodelled.iter().any(|field| field.starts_with("src") && field.to_ascii_lowercase().contains(part))
    };
    add(unmodelled("address"), "address-groups");
    add(unmodelled("fqdn"), "fqdn");
    add(unmodelled("region"), "geolocation");
    add(unmodelled("threat"), "threat-lists");
    kinds
}
