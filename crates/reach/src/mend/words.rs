//! Edits in words: a sentence, and what to write in the model file or to call of gcloud. `NAME` is for the reader to choose. Not here: whether an edit helps.

use std::fmt::Write as _;

use ipnet::IpNet;
use twinrail_model::{Direction, EntityId, InstanceId, Network, NextHop, VipHolder, VpcId};

use super::edit::{Edit, Opening};
use crate::packet::{Traffic, protocol};

impl Edit {
    /// What is done, as a sentence without its full stop.
    pub fn words(&self, network: &Network) -> String {
        let name = |entity: EntityId| format!("`{}`", network.short(entity));
        match self {
            Self::FirewallRule { vpc, opening, tags, priority } => {
                let whose = match tags.as_slice() {
                    [] => String::new(),
                    [tag, ..] => format!(" of instances tagged `{tag}`"),
                };
                let before = if priority.is_some() { ", before all other rules" } else { "" };
                let vpc = name((*vpc).into());
                format!("add a firewall rule to network {vpc} that allows {}{whose}{before}", opening.words())
            }
            Self::PolicyRule { policy, opening, priority } => format!(
                "put a rule into firewall policy {} that allows {}, with priority {priority}",
                name((*policy).into()),
                opening.words()
            ),
            Self::DisabledRule(rule) => format!("disable firewall rule {}", name((*rule).into())),
            Self::AcceptedProject { attachment, project } => {
                format!(
                    "accept project {} in network attachment {}",
                    name((*project).into()),
                    name((*attachment).into())
                )
            }
            Self::GuestRouting(cluster) => {
                format!(
                    "let the guests of {} route per NIC, so that replies leave where requests came in",
                    name((*cluster).into())
                )
            }
            Self::GuestHoldsVip { cluster, holder } => {
                let who = match holder {
                    VipHolder::Agent => "the guest agent",
                    VipHolder::Address => "the cluster's software",
                    VipHolder::Nobody => "nobody",
                };
                format!("let {who} put the VIPs on the guests of {}", name((*cluster).into()))
            }
            Self::ReversePathFilter(cluster) => {
                format!("loosen the reverse-path filter of the guests of {}", name((*cluster).into()))
            }
            Self::IpForwarding(instances) => match network.instances[instances[0]].cluster {
                Some(cluster) => format!("enable IP forwarding on the instances of {}", name(cluster.into())),
                None => format!("enable IP forwarding on {}", name(instances[0].into())),
            },
            Self::Mover { pool, kind } => format!("move the VIPs of {} by {kind}", name((*pool).into())),
            Self::InstanceRunning(instance) => format!("start {}", name((*instance).into())),
            Self::GlobalAccess(rule) => format!("allow global access to load balancer {}", name((*rule).into())),
            Self::BalancedPort { rule, port } => format!("open port {port} of load balancer {}", name((*rule).into())),
            _ => self.words_of_links(network),
        }
    }

    /// What is done between networks, to routes and for ways out.
    fn words_of_links(&self, network: &Network) -> String {
        let name = |entity: EntityId| format!("`{}`", network.short(entity));
        match self {
            Self::CustomRoutes { from, to } => format!(
                "export the custom routes of network {} to {}, and import them there",
                name((*from).into()),
                name((*to).into())
            ),
            Self::Peering { one, other } => {
                format!("peer networks {} and {}", name((*one).into()), name((*other).into()))
            }
            Self::NextHop { route, nic, address } => format!(
                "make {address}, the primary address of {}, the next hop of route {}",
                network.short(*nic),
                name((*route).into())
            ),
            Self::StaticRoute { vpc, destination, next_hop } => {
                format!(
                    "add a route to network {} that sends {destination} to {}",
                    name((*vpc).into()),
                    hop(network, next_hop)
                )
            }
            Self::RemovedRoute(route) => format!("remove route {}", name((*route).into())),
            Self::RemovedPolicyRoute(route) => format!("remove policy-based route {}", name((*route).into())),
            Self::CloudNat { vpc, region } => {
                format!("add a Cloud Router with a Cloud NAT to network {} in {region}", name((*vpc).into()))
            }
            Self::ExternalAddress(nic) => format!("give {} an external address", network.short(*nic)),
            _ => unreachable!("what is set on machines has words of its own"),
        }
    }

    /// What to write: in the words of the model file where the edited thing comes from one, else of gcloud. What joins a list has no line of YAML that says
    /// all of it, so that its place is told in words.
    pub fn write(&self, network: &Network, is_model: bool) -> String {
        if is_model { self.model(network) } else { self.gcloud(network) }
    }

    fn model(&self, network: &Network) -> String {
        let short = |entity: EntityId| network.short(entity);
        match self {
            Self::FirewallRule { vpc, opening, tags, priority } => {
                let mut fields = vec![format!("network: {}", short((*vpc).into()))];
                if opening.direction == Direction::Egress {
                    fields.push("direction: egress".to_owned());
                }
                fields.extend(priority.map(|priority| format!("priority: {priority}")));
                fields.push(opening.model_ranges());
                fields.extend(tags.first().map(|tag| format!("target-tags: [{tag}]")));
                fields.push(format!("ports: [{}]", opening.ports()));
                format!("firewall: {{ NAME: {{ {} }} }}", fields.join(", "))
            }
            Self::PolicyRule { policy, opening, priority } => {
                let mut fields = vec![format!("priority: {priority}")];
                if opening.direction == Direction::Egress {
                    fields.push("direction: egress".to_owned());
                }
                fields.push(opening.model_ranges());
                fields.push(format!("ports: [{}]", opening.ports()));
                format!("in firewall-policies/{}/rules, add: {{ {} }}", short((*policy).into()), fields.join(", "))
            }
            Self::DisabledRule(rule) => format!("firewall: {{ {}: {{ disabled: true }} }}", short((*rule).into())),
            Self::AcceptedProject { project, .. } => {
                format!("in the accepts of the link, add: {}", short((*project).into()))
            }
            Self::GuestRouting(cluster) => guest(&short((*cluster).into()), "routing: per-nic"),
            Self::GuestHoldsVip { cluster, holder } => {
                let who = match holder {
                    VipHolder::Agent => "holds-vip: agent",
                    VipHolder::Address => "holds-vip: address",
                    VipHolder::Nobody => "holds-vip: nobody",
                };
                guest(&short((*cluster).into()), who)
            }
            Self::ReversePathFilter(cluster) => guest(&short((*cluster).into()), "reverse-path-filter: loose"),
            Self::IpForwarding(instances) => match network.instances[instances[0]].cluster {
                Some(cluster) => format!("clusters: {{ {}: {{ ip-forwarding: true }} }}", short(cluster.into())),
                None => format!("instances: {{ {}: {{ ip-forwarding: true }} }}", short(instances[0].into())),
            },
            Self::Mover { pool, kind } => format!("vips: {{ {}: {{ mover: {kind} }} }}", short((*pool).into())),
            Self::GlobalAccess(rule) => {
                format!("load-balancers: {{ {}: {{ global-access: true }} }}", short((*rule).into()))
            }
            Self::BalancedPort { rule, port } => {
                format!("in load-balancers/{}/ports, add: {port}", short((*rule).into()))
            }
            _ => self.model_of_links(network),
        }
    }

    /// The same of what is between networks, of routes and of ways out.
    fn model_of_links(&self, network: &Network) -> String {
        let short = |entity: EntityId| network.short(entity);
        match self {
            Self::CustomRoutes { from, to } => format!(
                "in the link that peers {} and {}, write custom-routes: true",
                short((*from).into()),
                short((*to).into())
            ),
            Self::Peering { one, other } => {
                format!("links: {{ NAME: {{ peering: [{}, {}] }} }}", short((*one).into()), short((*other).into()))
            }
            Self::NextHop { route, address, .. } => {
                format!("routes: {{ {}: {{ next-hop-address: {address} }} }}", short((*route).into()))
            }
            Self::StaticRoute { vpc, destination, next_hop } => {
                let hop = match next_hop {
                    NextHop::Instance(instance) => format!("next-hop-instance: {}", network.short(*instance)),
                    NextHop::Address(address) => format!("next-hop-address: {address}"),
                    NextHop::ForwardingRule(rule) => format!("next-hop-load-balancer: {}", network.short(*rule)),
                    NextHop::InternetGateway | NextHop::Other(_) => "next-hop-internet: true".to_owned(),
                };
                let vpc = short((*vpc).into());
                format!("routes: {{ NAME: {{ network: {vpc}, destination: {destination}, {hop} }} }}")
            }
            Self::RemovedRoute(route) => format!("in routes, remove: {}", short((*route).into())),
            Self::CloudNat { vpc, region } => {
                let vpc = short((*vpc).into());
                format!("routers: {{ NAME: {{ network: {vpc}, region: {region}, nats: [NAME] }} }}")
            }
            Self::ExternalAddress(nic) => {
                let nic = &network.nics[*nic];
                format!("in {}/nics/{}, write external: true", machine(network, nic.instance), nic.index)
            }
            Self::InstanceRunning(_) | Self::RemovedPolicyRoute(_) => self.gcloud(network),
            _ => unreachable!("what is set on machines has words of its own"),
        }
    }

    fn gcloud(&self, network: &Network) -> String {
        let short = |entity: EntityId| network.short(entity);
        let project = |entity: EntityId| match network.name(entity).part("projects") {
            Some(project) => format!(" --project={project}"),
            None => String::new(),
        };
        let command = |words: String, entity: EntityId| format!("gcloud compute {words}{}", project(entity));
        match self {
            Self::FirewallRule { vpc, opening, tags, priority } => {
                let mut words = format!("firewall-rules create NAME --network={}", short((*vpc).into()));
                write!(words, " --direction={} --allow={}", opening.direction(), opening.ports())
                    .expect("a String takes all");
                write!(words, " {}", opening.gcloud_ranges()).expect("a String takes all");
                for tag in tags {
                    write!(words, " --target-tags={tag}").expect("a String takes all");
                }
                if let Some(priority) = priority {
                    write!(words, " --priority={priority}").expect("a String takes all");
                }
                command(words, (*vpc).into())
            }
            Self::PolicyRule { policy, opening, priority } => {
                let ranges = opening.gcloud_ranges().replace("-ranges", "-ip-ranges").replace("destination", "dest");
                let words = format!(
                    "network-firewall-policies rules create {priority} --firewall-policy={} --action=allow --direction={} \
                     --layer4-configs={} {}",
                    short((*policy).into()),
                    opening.direction(),
                    opening.ports(),
                    ranges.replace("source", "src")
                );
                command(words, (*policy).into())
            }
            Self::DisabledRule(rule) => {
                command(format!("firewall-rules update {} --disabled", short((*rule).into())), (*rule).into())
            }
            Self::AcceptedProject { attachment, project } => command(
                format!(
                    "network-attachments update {} --producer-accept-list={}, beside those there",
                    short((*attachment).into()),
                    short((*project).into())
                ),
                (*attachment).into(),
            ),
            Self::GuestRouting(_) | Self::GuestHoldsVip { .. } | Self::ReversePathFilter(_) | Self::Mover { .. } => {
                self.model(network)
            }
            Self::IpForwarding(instances) => command(
                format!("instances update-from-file {}, with canIpForward: true", short(instances[0].into())),
                instances[0].into(),
            ),
            Self::InstanceRunning(instance) => {
                command(format!("instances start {}", short((*instance).into())), (*instance).into())
            }
            Self::GlobalAccess(rule) => command(
                format!("forwarding-rules update {} --allow-global-access", short((*rule).into())),
                (*rule).into(),
            ),
            Self::BalancedPort { rule, port } => {
                format!("make forwarding rule {} anew with port {port} too", short((*rule).into()))
            }
            _ => self.gcloud_of_links(network),
        }
    }

    /// The same of what is between networks, of routes and of ways out.
    fn gcloud_of_links(&self, network: &Network) -> String {
        let short = |entity: EntityId| network.short(entity);
        let project = |entity: EntityId| match network.name(entity).part("projects") {
            Some(project) => format!(" --project={project}"),
            None => String::new(),
        };
        let command = |words: String, entity: EntityId| format!("gcloud compute {words}{}", project(entity));
        match self {
            Self::CustomRoutes { from, to } => format!(
                "gcloud compute networks peerings update … --export-custom-routes in {}, --import-custom-routes in {}",
                short((*from).into()),
                short((*to).into())
            ),
            Self::Peering { one, other } => {
                let [one, other] = [*one, *other].map(|vpc: VpcId| short(vpc.into()));
                format!(
                    "gcloud compute networks peerings create NAME --network={one} --peer-network={other}, and the same from {other}"
                )
            }
            Self::NextHop { route, address, .. } => {
                format!("delete route {} and make it anew with --next-hop-address={address}", short((*route).into()))
            }
            Self::StaticRoute { vpc, destination, next_hop } => {
                let hop = match next_hop {
                    NextHop::Instance(instance) => format!("--next-hop-instance={}", network.short(*instance)),
                    NextHop::Address(address) => format!("--next-hop-address={address}"),
                    NextHop::ForwardingRule(rule) => format!("--next-hop-ilb={}", network.short(*rule)),
                    NextHop::InternetGateway | NextHop::Other(_) => {
                        "--next-hop-gateway=default-internet-gateway".to_owned()
                    }
                };
                let name = short((*vpc).into());
                command(
                    format!("routes create NAME --network={name} --destination-range={destination} {hop}"),
                    (*vpc).into(),
                )
            }
            Self::RemovedRoute(route) => command(format!("routes delete {}", short((*route).into())), (*route).into()),
            Self::RemovedPolicyRoute(route) => format!(
                "gcloud network-connectivity policy-based-routes delete {}{}",
                short((*route).into()),
                project((*route).into())
            ),
            Self::CloudNat { vpc, region } => command(
                format!(
                    "routers create NAME --network={} --region={region}, and routers nats create NAME --router=NAME",
                    short((*vpc).into())
                ),
                (*vpc).into(),
            ),
            Self::ExternalAddress(nic) => {
                let row = &network.nics[*nic];
                let words = format!(
                    "instances add-access-config {} --network-interface={}",
                    short(row.instance.into()),
                    row.label()
                );
                command(words, row.instance.into())
            }
            _ => unreachable!("what is set on machines has words of its own"),
        }
    }
}

impl Opening {
    fn words(&self) -> String {
        let what = match self.traffic {
            Traffic::Rdma => "everything".to_owned(),
            traffic @ Traffic::Ip { .. } => traffic.to_string(),
        };
        let ranges = list(&self.ranges, ", ");
        match self.direction {
            Direction::Ingress => format!("{what} from {ranges} into NICs"),
            Direction::Egress => format!("{what} to {ranges} out of NICs"),
        }
    }

    fn direction(&self) -> &'static str {
        match self.direction {
            Direction::Ingress => "INGRESS",
            Direction::Egress => "EGRESS",
        }
    }

    /// As the model file and gcloud write protocols and ports.
    fn ports(&self) -> String {
        match self.traffic {
            Traffic::Rdma => "all".to_owned(),
            Traffic::Ip { protocol: protocol::TCP | protocol::UDP | protocol::ICMP, .. } => self.traffic.to_string(),
            Traffic::Ip { protocol, .. } => protocol.to_string(),
        }
    }

    fn model_ranges(&self) -> String {
        match self.direction {
            Direction::Ingress => format!("from: [{}]", list(&self.ranges, ", ")),
            Direction::Egress => format!("to: [{}]", list(&self.ranges, ", ")),
        }
    }

    fn gcloud_ranges(&self) -> String {
        match self.direction {
            Direction::Ingress => format!("--source-ranges={}", list(&self.ranges, ",")),
            Direction::Egress => format!("--destination-ranges={}", list(&self.ranges, ",")),
        }
    }
}

fn list(ranges: &[IpNet], between: &str) -> String {
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

fn guest(cluster: &str, setting: &str) -> String {
    format!("clusters: {{ {cluster}: {{ guest: {{ {setting} }} }} }}")
}

/// Where the model file says an instance: with its cluster, or on its own.
fn machine(network: &Network, instance: InstanceId) -> String {
    match network.instances[instance].cluster {
        Some(cluster) => format!("clusters/{}", network.short(cluster)),
        None => format!("instances/{}", network.short(instance)),
    }
}

fn hop(network: &Network, next_hop: &NextHop) -> String {
    match next_hop {
        NextHop::Instance(instance) => network.short(*instance),
        NextHop::Address(address) => address.to_string(),
        NextHop::ForwardingRule(rule) => format!("load balancer {}", network.short(*rule)),
        NextHop::InternetGateway => "the internet gateway".to_owned(),
        NextHop::Other(word) => word.clone(),
    }
}
