//! What a rule is. Not here: which rules there are (`registry`) and how they are run (`run`).

use twinrail_model::{
    AddressId, AttachmentId, BackendServiceId, Class, ClientGroupId, ClusterId, EntityId, FirewallPolicyId,
    FirewallRuleId, ForwardingRuleId, GatewayId, HealthCheckId, InstanceGroupId, InstanceId, IntentId, Judged, Known,
    LinkId, MigId, NegId, Network, NicId, PeeringId, PolicyRouteId, ProjectId, RouteId, RouterId, StepId, SubnetId,
    View, VipPoolId, VpcId,
};
use twinrail_reach::Plane;

/// A rule: a code, what kind of mistake it finds, the page that explains it, and the judgement of one entity.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case, reads after "allow", never reused.
    pub code: &'static str,
    pub class: Class,
    /// Markdown; its form is documented at [`Page`](crate::Page).
    pub page: &'static str,
    pub judge: Judge,
}

macro_rules! judges {
    ($($variant:ident($id:ty), $table:ident, $known:expr;)*) => {
        /// The judgement of one entity in one world, by the kind of entity it is about.
        #[derive(Debug, Clone, Copy)]
        pub enum Judge {
            $($variant(fn(&View<'_>, $id) -> Judged),)*
            /// By following packets.
            Walk(Walk),
        }

        /// The judgement of one entity in one world by following packets through the network, for which a plane was made ready.
        #[derive(Debug, Clone, Copy)]
        pub enum Walk {
            $($variant(fn(&View<'_>, &Plane<'_>, $id) -> Judged),)*
        }

        /// Every entity that the input describes and that could be judged.
        pub fn described(network: &Network) -> Vec<EntityId> {
            let mut all = Vec::new();
            $({
                let known: fn(&Network, $id) -> bool = $known;
                all.extend(network.$table.ids().filter(|id| known(network, *id)).map(EntityId::from));
            })*
            all
        }

        impl Judge {
            /// The entities it is about: those that the input describes.
            pub fn subjects(self, network: &Network) -> Vec<EntityId> {
                match self {
                    $(Self::$variant(_) | Self::Walk(Walk::$variant(_)) => {
                        let known: fn(&Network, $id) -> bool = $known;
                        network.$table.ids().filter(|id| known(network, *id)).map(EntityId::from).collect()
                    })*
                }
            }

            /// Judges one of its subjects. The plane is made when it is first asked for.
            pub fn judge<'p, 'n: 'p>(self, view: &View<'_>, plane: impl FnOnce() -> &'p Plane<'n>, subject: EntityId) -> Judged {
                match (self, subject) {
                    $((Self::$variant(judge), EntityId::$variant(id)) => judge(view, id),)*
                    $((Self::Walk(Walk::$variant(judge)), EntityId::$variant(id)) => judge(view, plane(), id),)*
                    _ => unreachable!("a rule is asked about its own subjects only"),
                }
            }
        }
    };
}

judges! {
    Project(ProjectId), projects, |_, _| true;
    Vpc(VpcId), vpcs, |network, id| network.vpcs[id].known == Known::Here;
    Subnet(SubnetId), subnets, |network, id| network.subnets[id].known == Known::Here;
    Instance(InstanceId), instances, |network, id| network.instances[id].known == Known::Here && !network.is_stood_for(id);
    Nic(NicId), nics, |network, id| !network.is_stood_for(network.nics[id].instance);
    Address(AddressId), addresses, |network, id| network.addresses[id].known == Known::Here;
    Route(RouteId), routes, |network, id| network.routes[id].known == Known::Here;
    PolicyRoute(PolicyRouteId), policy_routes, |network, id| network.policy_routes[id].known == Known::Here;
    Router(RouterId), routers, |network, id| network.routers[id].known == Known::Here;
    Gateway(GatewayId), gateways, |network, id| network.gateways[id].known == Known::Here;
    FirewallRule(FirewallRuleId), firewall_rules, |network, id| network.firewall_rules[id].known == Known::Here;
    FirewallPolicy(FirewallPolicyId), firewall_policies, |network, id| network.firewall_policies[id].known == Known::Here;
    ForwardingRule(ForwardingRuleId), forwarding_rules, |network, id| network.forwarding_rules[id].known == Known::Here;
    BackendService(BackendServiceId), backend_services, |network, id| network.backend_services[id].known == Known::Here;
    HealthCheck(HealthCheckId), health_checks, |network, id| network.health_checks[id].known == Known::Here;
    InstanceGroup(InstanceGroupId), instance_groups, |network, id| network.instance_groups[id].known == Known::Here;
    Neg(NegId), negs, |network, id| network.negs[id].known == Known::Here;
    Mig(MigId), migs, |network, id| network.migs[id].known == Known::Here;
    Attachment(AttachmentId), attachments, |network, id| network.attachments[id].known == Known::Here;
    Peering(PeeringId), peerings, |_, _| true;
    Cluster(ClusterId), clusters, |_, _| true;
    ClientGroup(ClientGroupId), clients, |_, _| true;
    VipPool(VipPoolId), vips, |_, _| true;
    Link(LinkId), links, |_, _| true;
    Intent(IntentId), intents, |_, _| true;
    Step(StepId), steps, |_, _| true;
}
