//! Networks, subnets, addresses, routes, routers, gateways, peerings and attachments.

use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_model::{
    Address, AddressId, AppliesTo, Attachment, AttachmentId, AttachmentPreference, EntityId, Field, FieldName,
    FirewallOrder, Gateway, GatewayId, GatewayKind, Hole, Known, Link, LinkKind, Name, Nat, NatSecondary, NatSources,
    NatSubnet, NextHop, Peering, Place, PolicyHop, PolicyRoute, PolicyRouteId, Route, RouteId, Router, RouterId,
    Stated, Subnet, SubnetId, Vpc, VpcId,
};

use super::fields::{Fields, Missing, range};
use super::{Item, Lowering, known};
use crate::resource::{Kind, UNKNOWN_PLACE, project_of, short};

pub(super) fn outside_vpc(lowering: &mut Lowering<'_>, name: &str, id: VpcId) -> Vpc {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Vpc {
        name: Name::new(name),
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        profile: Err(hole("networkProfile")).into(),
        mtu: Err(hole("mtu")).into(),
        auto_subnets: Stated::missing(false, hole("autoCreateSubnetworks")),
        firewall_order: Stated::missing(None, hole("networkFirewallPolicyEnforcementOrder")),
    }
}

pub(super) fn outside_subnet(_: &mut Lowering<'_>, name: &str, id: SubnetId) -> Subnet {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Subnet {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")).into(),
        region: Name::new(name).part("regions").map(ToOwned::to_owned).ok_or(hole("region")).into(),
        range: Err(hole("ipCidrRange")).into(),
        ipv6_range: Stated::missing(None, hole("internalIpv6Prefix")),
        secondary: Stated::missing(Vec::new(), hole("secondaryIpRanges")),
        purpose: Stated::missing(String::new(), hole("purpose")),
        stack: Stated::missing(String::new(), hole("stackType")),
        private_google_access: Stated::missing(false, hole("privateIpGoogleAccess")),
        flow_logs: Stated::missing(false, hole("logConfig")),
        overlaps_routes: Stated::missing(false, hole("allowSubnetCidrRoutesOverlap")),
        predefined: false,
    }
}

pub(super) fn outside_address(lowering: &mut Lowering<'_>, name: &str, id: AddressId) -> Address {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Address {
        name: Name::new(name),
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        address: Err(hole("address")).into(),
        prefix_length: Stated::missing(None, hole("prefixLength")),
        external: Stated::missing(false, hole("addressType")),
        subnet: Stated::missing(None, hole("subnetwork")),
        purpose: Stated::missing(String::new(), hole("purpose")),
        status: Stated::missing(None, hole("status")),
    }
}

pub(super) fn outside_route(_: &mut Lowering<'_>, name: &str, id: RouteId) -> Route {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Route {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")).into(),
        destination: Err(hole("destRange")).into(),
        priority: Stated::missing(None, hole("priority")),
        tags: Stated::missing(Vec::new(), hole("tags")),
        next_hop: Err(hole("nextHopIp")).into(),
    }
}

pub(super) fn outside_policy_route(_: &mut Lowering<'_>, name: &str, id: PolicyRouteId) -> PolicyRoute {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    PolicyRoute {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")).into(),
        priority: Stated::missing(None, hole("priority")),
        source: Err(hole("filter")).into(),
        destination: Err(hole("filter")).into(),
        protocol: Err(hole("filter")).into(),
        next_hop: Err(hole("nextHopIlbIp")).into(),
        applies_to: Err(hole("virtualMachine")).into(),
    }
}

pub(super) fn outside_router(_: &mut Lowering<'_>, name: &str, id: RouterId) -> Router {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Router {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")).into(),
        region: Err(hole("region")).into(),
        nats: Stated::missing(Vec::new(), hole("nats")),
        bgp_peers: Stated::missing(0, hole("bgpPeers")),
    }
}

pub(super) fn outside_gateway(_: &mut Lowering<'_>, name: &str, id: GatewayId) -> Gateway {
    Gateway {
        name: Name::new(name),
        known: Known::Outside,
        kind: GatewayKind::Vpn,
        vpc: Err(Hole::NotInInput(Place::field(id, "network"))).into(),
    }
}

pub(super) fn outside_attachment(lowering: &mut Lowering<'_>, name: &str, id: AttachmentId) -> Attachment {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Attachment {
        name: Name::new(name),
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        region: Name::new(name).part("regions").map(ToOwned::to_owned).ok_or(hole("region")).into(),
        subnets: Stated::missing(Vec::new(), hole("subnetworks")),
        preference: Err(hole("connectionPreference")).into(),
        accepts: Stated::missing(Vec::new(), hole("producerAcceptLists")),
        rejects: Stated::missing(Vec::new(), hole("producerRejectLists")),
    }
}

impl Lowering<'_> {
    pub(super) fn lower_vpc(&mut self, item: &Item<'_>) {
        let id = self.vpc(&item.resource.name);
        let fields = &item.fields;
        let row = Vpc {
            name: Name::new(item.resource.name.as_str()),
            known: Known::Here,
            project: self.project(project_of(&item.resource.name)),
            profile: fields
                .form_field::<String>("networkProfile", id)
                .map(|url| url.map(|url| short(&url).to_owned()))
                .into(),
            mtu: fields.count_field("mtu", id).into(),
            auto_subnets: fields.stated(id, |fields| fields.flag("autoCreateSubnetworks")),
            firewall_order: fields.stated(id, firewall_order),
        };
        if !item.resource.is_part {
            self.network.vpcs[id] = row;
        }
        // Subnets name their network themselves.
        fields.stated(id, |fields| fields.texts("subnetworks"));
        let peerings = fields.stated(id, |fields| fields.child_slots("peerings"));
        for (place, slot) in peerings.peek().iter().enumerate() {
            let pointer = format!("/peerings/{place}");
            let row = if let Some(peering) = slot {
                self.peering(item, peering, id)
            } else {
                let hole = peerings.known_or_hole().err().expect("a list with an unknown element lacks something");
                Some(unknown_peering(&item.resource.name, id, &hole))
            };
            if let Some(row) = row {
                let peering = self.network.peerings.push(row);
                self.origins.record(peering, item.anchor, pointer);
            }
        }
        self.origins.record(id, item.anchor, "");
    }

    /// One peering of a network. Without its peer it says nothing; a malformed one was listed.
    fn peering(&mut self, item: &Item<'_>, fields: &Fields<'_>, vpc: VpcId) -> Option<Peering> {
        let peer = match fields.resolved("network", |url| self.resolve(item, url)) {
            Ok(None) | Err(Missing::Malformed) => return None,
            Ok(Some(peer)) => Ok(self.vpc(&peer)),
            Err(missing @ (Missing::AfterApply | Missing::NotInInput)) => {
                Err(missing.hole(Place::field(vpc, "peerings")))
            }
        };
        let name = fields.stated(vpc, |fields| fields.text("name").unwrap_or("peering"));
        Some(Peering {
            name: Name::new(format!("{}/peerings/{}", item.resource.name, name.peek())),
            vpc,
            peer: peer.into(),
            state: fields.stated(vpc, |fields| fields.text("state").map(ToOwned::to_owned)),
            exports_custom_routes: fields.stated(vpc, |fields| fields.flag("exportCustomRoutes")),
            imports_custom_routes: fields.stated(vpc, |fields| fields.flag("importCustomRoutes")),
        })
    }

    pub(super) fn lower_subnet(&mut self, item: &Item<'_>) {
        let id = self.subnet(&item.resource.name);
        let fields = &item.fields;
        let vpc = self.link_field(item, "network", id);
        let ipv6 = |fields: &Fields<'_>| -> Vec<IpNet> {
            let keys = ["internalIpv6Prefix", "ipv6CidrRange", "externalIpv6Prefix"];
            keys.into_iter().filter_map(|key| fields.form(key)).collect()
        };
        let logs = |fields: &Fields<'_>| {
            let logs = fields.child("logConfig").is_some_and(|logs| logs.flag("enable"));
            logs | fields.flag("enableFlowLogs")
        };
        let name = Name::new(item.resource.name.as_str());
        let row = Subnet {
            vpc: vpc.map(|name| self.vpc(&name)).into(),
            known: Known::Here,
            region: region(fields, &name, id).into(),
            range: fields.form_field("ipCidrRange", id).into(),
            ipv6_range: fields.stated(id, |fields| ipv6(fields).first().copied()),
            secondary: fields.stated(id, secondary),
            purpose: fields.stated(id, |fields| fields.text("purpose").unwrap_or("PRIVATE").to_owned()),
            stack: fields.stated(id, |fields| fields.text("stackType").unwrap_or("IPV4_ONLY").to_owned()),
            private_google_access: fields.stated(id, |fields| fields.flag("privateIpGoogleAccess")),
            flow_logs: fields.stated(id, logs),
            overlaps_routes: fields.stated(id, |fields| fields.flag("allowSubnetCidrRoutesOverlap")),
            predefined: false,
            name,
        };
        self.network.subnets[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_address(&mut self, item: &Item<'_>) {
        let id = self.address(&item.resource.name);
        let fields = &item.fields;
        let subnet = fields.stated(id, |fields| self.link(item, fields, "subnetwork"));
        let row = Address {
            name: Name::new(item.resource.name.as_str()),
            known: Known::Here,
            project: self.project(project_of(&item.resource.name)),
            address: fields.needed("address", id).into(),
            prefix_length: fields
                .stated(id, |fields| fields.count("prefixLength").and_then(|length| u8::try_from(length).ok())),
            external: fields.stated(id, |fields| fields.text("addressType") != Some("INTERNAL")),
            subnet: Stated::map(subnet, |name| name.map(|name| self.subnet(&name))),
            purpose: fields.stated(id, |fields| fields.text("purpose").unwrap_or("GCE_ENDPOINT").to_owned()),
            status: fields.stated(id, |fields| fields.text("status").map(ToOwned::to_owned)),
        };
        self.network.addresses[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    /// An address in use: a literal, which has a length where a load balancer answers at IPv6, or the URL of a
    /// reservation. `None` if the platform is to choose.
    pub(super) fn address_field(
        &mut self,
        item: &Item<'_>,
        fields: &Fields<'_>,
        key: FieldName,
        entity: impl Into<EntityId> + Copy,
    ) -> Field<Option<IpAddr>> {
        let place = Place::field(entity, key);
        let Some(text) = fields.text_field(key, entity)? else { return Ok(None) };
        if let Some(range) = range(text) {
            return Ok(Some(range.addr()));
        }
        let Some(name) = self.resolve(item, text) else {
            fields.malformed(key, &text.into());
            return Err(Hole::NotUnderstood(place));
        };
        let reserved = self.address(&name);
        self.network.addresses[reserved].address.get().map(Some)
    }

    pub(super) fn lower_route(&mut self, item: &Item<'_>) {
        let id = self.route(&item.resource.name);
        let fields = &item.fields;
        let vpc = self.link_field(item, "network", id);
        let next_hop = self.next_hop(item, id);
        let row = Route {
            name: Name::new(item.resource.name.as_str()),
            known: Known::Here,
            vpc: vpc.map(|name| self.vpc(&name)).into(),
            destination: fields.needed_range("destRange", id).into(),
            priority: fields.stated(id, |fields| fields.count("priority")),
            tags: fields.stated(id, |fields| fields.texts("tags").into_iter().map(ToOwned::to_owned).collect()),
            next_hop: next_hop.into(),
        };
        self.network.routes[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    fn next_hop(&mut self, item: &Item<'_>, id: RouteId) -> Field<NextHop> {
        let keys = &[
            "nextHopInstance",
            "nextHopIp",
            "nextHopIlb",
            "nextHopGateway",
            "nextHopNetwork",
            "nextHopPeering",
            "nextHopVpnTunnel",
            "nextHopHub",
            "nextHopInterconnectAttachment",
        ];
        let hop = item.fields.stated(id, |fields| fields.first_of(keys));
        let Some((field, text)) = *hop.known_or_hole()? else { return Err(item.fields.absent("nextHopIp", id)) };
        let address = text.parse().ok().map(NextHop::Address);
        // A plan names the reservation whose address it will be.
        let reserved = self.resolve(item, text).is_some_and(|name| Kind::of_name(&name) == Some(Kind::Address));
        if reserved && matches!(field, "nextHopIp" | "nextHopIlb") {
            let address = self.address_field(item, &item.fields, field, id)?;
            return address.map(NextHop::Address).ok_or_else(|| item.fields.absent(field, id));
        }
        let found = match field {
            "nextHopInstance" => self.resolve(item, text).map(|name| NextHop::Instance(self.instance(&name))),
            "nextHopIp" => address,
            "nextHopIlb" => address
                .or_else(|| self.resolve(item, text).map(|name| NextHop::ForwardingRule(self.forwarding_rule(&name)))),
            "nextHopGateway" if text.ends_with("default-internet-gateway") => Some(NextHop::InternetGateway),
            field => Some(NextHop::Other(field.to_owned())),
        };
        found.ok_or_else(|| {
            item.fields.malformed(field, &text.into());
            Hole::NotUnderstood(Place::field(id, field))
        })
    }

    pub(super) fn lower_policy_route(&mut self, item: &Item<'_>) {
        let id = self.policy_route(&item.resource.name);
        let fields = &item.fields;
        let vpc = self.link_field(item, "network", id);
        let filter = fields.stated(id, |fields| fields.child("filter"));
        let filter = filter.known_or_hole().map(Option::as_ref);
        // The API knows version 4 only; the word says nothing more.
        if let Ok(Some(filter)) = &filter {
            filter.skip("protocolVersion");
        }
        let range = |key| filter.clone()?.map_or(Ok(None), |filter| filter.range_field(key, id));
        let word = || filter.clone()?.map_or(Ok(None), |filter| filter.text_field("ipProtocol", id));
        let protocol = word();
        let row = PolicyRoute {
            name: Name::new(item.resource.name.as_str()),
            known: Known::Here,
            vpc: vpc.map(|name| self.vpc(&name)).into(),
            priority: fields.stated(id, |fields| fields.count("priority")),
            source: range("srcRange").into(),
            destination: range("destRange").into(),
            protocol: protocol.map(|word| word.unwrap_or("ALL").to_uppercase()).into(),
            next_hop: self.policy_hop(item, id).into(),
            applies_to: fields.stated(id, |fields| applies_to(fields, id)).into_field().into(),
        };
        self.network.policy_routes[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    fn policy_hop(&mut self, item: &Item<'_>, id: PolicyRouteId) -> Field<PolicyHop> {
        let fields = &item.fields;
        if let Some(word) = fields.text_field("nextHopOtherRoutes", id)?
            && word != "OTHER_ROUTES_UNSPECIFIED"
        {
            return match word {
                "DEFAULT_ROUTING" => Ok(PolicyHop::OtherRoutes),
                other => {
                    fields.malformed("nextHopOtherRoutes", &other.into());
                    Err(Hole::NotUnderstood(Place::field(id, "nextHopOtherRoutes")))
                }
            };
        }
        // The address of a forwarding rule of a plan stands there as the rule's name.
        if let Some(text) = fields.text_field("nextHopIlbIp", id)?
            && range(text).is_none()
            && let Some(name) = self.resolve(item, text)
            && Kind::of_name(&name) == Some(Kind::ForwardingRule)
        {
            let rule = self.forwarding_rule(&name);
            let address = self.network.forwarding_rules[rule].address.get()?;
            return address.map(PolicyHop::Address).ok_or(Hole::AfterApply(Place::field(id, "nextHopIlbIp")));
        }
        let address = self.address_field(item, fields, "nextHopIlbIp", id)?;
        address.map(PolicyHop::Address).ok_or_else(|| fields.absent("nextHopIlbIp", id))
    }

    /// The projects that are attached to a host.
    pub(super) fn lower_shared_vpc(&mut self, item: &Item<'_>) {
        let host = self.project(project_of(&item.resource.name));
        // One that is known only after apply can only allow what is found wrong without it.
        let attached = item.fields.stated(host, |fields| {
            let resources = fields.children("resources");
            resources.iter().map(|resource| (resource.text("type"), resource.text("id"))).collect::<Vec<_>>()
        });
        for (place, (kind, service)) in attached.peek().iter().enumerate() {
            // Nothing but projects can be attached; the API leaves room for more.
            if kind.is_some_and(|kind| kind != "PROJECT") {
                continue;
            }
            let Some(service) = service.map(short) else { continue };
            let name = Name::new(format!("{}/{service}", item.resource.name));
            let service = self.project(&format!("projects/{service}"));
            let link = self.network.links.push(Link { name, kind: LinkKind::SharedVpc { host, service } });
            self.origins.record(link, item.anchor, format!("/resources/{place}"));
        }
    }

    pub(super) fn lower_router(&mut self, item: &Item<'_>) {
        let id = self.router(&item.resource.name);
        let fields = &item.fields;
        let vpc = self.link_field(item, "network", id);
        let name = Name::new(item.resource.name.as_str());
        let nats = fields
            .stated(id, |fields| fields.children("nats").iter().map(|nat| self.nat(item, nat, id)).collect::<Vec<_>>());
        let row = Router {
            vpc: vpc.map(|name| self.vpc(&name)).into(),
            region: region(fields, &name, id).into(),
            nats,
            bgp_peers: fields.stated(id, |fields| fields.children("bgpPeers").len()),
            known: known(item),
            name,
        };
        self.network.routers[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    fn nat(&mut self, item: &Item<'_>, fields: &Fields<'_>, router: RouterId) -> Nat {
        const KEY: FieldName = "sourceSubnetworkIpRangesToNat";
        let subnets = fields.stated(router, |fields| {
            let listed = fields.children("subnetworks");
            listed.iter().filter_map(|subnet| self.nat_subnet(item, subnet)).collect::<Vec<_>>()
        });
        let sources = fields.text_field(KEY, router).and_then(|word| match word {
            Some("ALL_SUBNETWORKS_ALL_IP_RANGES") => Ok(NatSources::AllRanges),
            Some("ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES") => Ok(NatSources::PrimaryRanges),
            Some("LIST_OF_SUBNETWORKS") => subnets.known_or_hole().cloned().map(NatSources::Subnets),
            Some(other) => {
                fields.malformed(KEY, &other.into());
                Err(Hole::NotUnderstood(Place::field(router, KEY)))
            }
            None => Err(fields.absent(KEY, router)),
        });
        Nat {
            name: fields.text("name").unwrap_or("nat").to_owned(),
            sources: sources.into(),
            is_private: fields.stated(router, |fields| fields.text("type") == Some("PRIVATE")),
            serves_instances: fields.stated(router, |fields| {
                let types = fields.texts("endpointTypes");
                types.is_empty() || types.contains(&"ENDPOINT_TYPE_VM")
            }),
        }
    }

    /// A subnet that a NAT lists. Without a word about its ranges, all of them are meant; one without a name says nothing and is no subnet.
    fn nat_subnet(&mut self, item: &Item<'_>, fields: &Fields<'_>) -> Option<NatSubnet> {
        let ranges = fields.texts("sourceIpRangesToNat");
        let names = fields.texts("secondaryIpRangeNames").into_iter().map(ToOwned::to_owned).collect();
        let is_all = ranges.is_empty() || ranges.contains(&"ALL_IP_RANGES");
        let subnet = self.link(item, fields, "name")?;
        Some(NatSubnet {
            subnet: self.subnet(&subnet),
            primary: is_all || ranges.contains(&"PRIMARY_IP_RANGE"),
            secondary: if is_all { NatSecondary::All } else { NatSecondary::Named(names) },
        })
    }

    pub(super) fn lower_gateway(&mut self, item: &Item<'_>, kind: GatewayKind) {
        let id = self.gateway(&item.resource.name);
        // An Interconnect attachment names a router, and the router its network.
        let router = self.link_field(item, "router", id);
        let vpc = self.link_field(item, "network", id).map(|name| self.vpc(&name));
        let vpc = match (vpc, router) {
            (Err(Hole::NotInInput(_)), Ok(router)) => {
                let router = self.router(&router);
                self.network.routers[router].vpc.get()
            }
            (Err(Hole::NotInInput(_)), Err(hole @ Hole::AfterApply(_))) => Err(hole),
            (vpc, _) => vpc,
        };
        self.network.gateways[id] =
            Gateway { name: Name::new(item.resource.name.as_str()), known: Known::Here, kind, vpc: vpc.into() };
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_attachment(&mut self, item: &Item<'_>) {
        let id = self.attachment(&item.resource.name);
        let fields = &item.fields;
        let name = Name::new(item.resource.name.as_str());
        let subnets = fields.stated(id, |fields| self.links(item, fields, "subnetworks"));
        let words =
            [("ACCEPT_AUTOMATIC", AttachmentPreference::Automatic), ("ACCEPT_MANUAL", AttachmentPreference::Manual)];
        let place = Place::field(id, "connectionPreference");
        let stated = fields.stated(id, |fields| fields.word("connectionPreference", &words));
        let preference = match *stated {
            Some(preference) => Ok(preference),
            None if fields.lacks("connectionPreference") => Err(fields.absent("connectionPreference", id)),
            None if fields.has("connectionPreference") => Err(Hole::NotUnderstood(place)),
            None => Err(fields.absent("connectionPreference", id)),
        };
        let row = Attachment {
            project: self.project(project_of(&item.resource.name)),
            known: Known::Here,
            region: region(fields, &name, id).into(),
            subnets: Stated::map(subnets, |names| names.iter().map(|name| self.subnet(name)).collect()),
            preference: preference.into(),
            accepts: fields.stated(id, |fields| projects(fields, "producerAcceptLists")),
            rejects: fields.stated(id, |fields| projects(fields, "producerRejectLists")),
            name,
        };
        self.network.attachments[id] = row;
        self.origins.record(id, item.anchor, "");
    }
}

fn firewall_order(fields: &Fields<'_>) -> Option<FirewallOrder> {
    fields.word("networkFirewallPolicyEnforcementOrder", &FirewallOrder::ALL.map(|order| (order.word(), order)))
}

fn applies_to(fields: &Fields<'_>, id: PolicyRouteId) -> Field<AppliesTo> {
    for key in ["virtualMachine", "interconnectAttachment"] {
        if fields.lacks(key) {
            return Err(fields.absent(key, id));
        }
    }
    if let Some(attachments) = fields.child("interconnectAttachment") {
        return Ok(AppliesTo::Interconnects(attachments.text("region").unwrap_or("all").to_owned()));
    }
    let Some(machines) = fields.child("virtualMachine") else { return Ok(AppliesTo::All) };
    if machines.lacks("tags") {
        return Err(machines.absent("tags", id));
    }
    let tags = machines.texts("tags").into_iter().map(ToOwned::to_owned).collect::<Vec<_>>();
    Ok(if tags.is_empty() { AppliesTo::All } else { AppliesTo::Tags(tags) })
}

/// The region that a resource states, or that its name has.
fn region(fields: &Fields<'_>, name: &Name, entity: impl Into<EntityId> + Copy) -> Field<String> {
    let stated =
        fields.text_field("region", entity).ok().flatten().map(short).filter(|region| *region != UNKNOWN_PLACE);
    let region = stated.or_else(|| name.part("regions")).map(ToOwned::to_owned);
    region.ok_or_else(|| fields.absent("region", entity))
}

/// Secondary ranges by name.
fn secondary(fields: &Fields<'_>) -> Vec<(String, IpNet)> {
    let ranges = fields.children("secondaryIpRanges");
    let named = ranges.iter().filter_map(|range| Some((range.text("rangeName"), range.form("ipCidrRange")?)));
    named.filter_map(|(name, range)| Some((name?.to_owned(), range))).collect()
}

fn projects(fields: &Fields<'_>, key: FieldName) -> Vec<String> {
    fields.texts(key).into_iter().map(|project| short(project).to_owned()).collect()
}

/// What stands for peerings that are known only after apply: one that could lead anywhere.
fn unknown_peering(network: &str, vpc: VpcId, hole: &Hole) -> Peering {
    let hole = || hole.clone();
    Peering {
        name: Name::new(format!("{network}/peerings/(unknown)")),
        vpc,
        peer: Err(hole()).into(),
        state: Stated::missing(None, hole()),
        exports_custom_routes: Stated::missing(false, hole()),
        imports_custom_routes: Stated::missing(false, hole()),
    }
}
