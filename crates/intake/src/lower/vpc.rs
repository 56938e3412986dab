//! Networks, subnets, addresses, routes, routers, gateways, peerings and attachments.

use std::net::IpAddr;

use ipnet::IpNet;
use twinrail_model::{
    Address, AddressId, AppliesTo, Attachment, AttachmentId, AttachmentPreference, EntityId, Field, FieldName, Gateway,
    GatewayId, GatewayKind, Hole, Known, Link, LinkKind, Name, NextHop, Peering, Place, PolicyHop, PolicyRoute,
    PolicyRouteId, Route, RouteId, Router, RouterId, Subnet, SubnetId, Vpc, VpcId,
};

use super::fields::{Fields, range};
use super::{Item, Lowering, known};
use crate::resource::{Kind, project_of, short};

pub(super) fn outside_vpc(lowering: &mut Lowering<'_>, name: &str, id: VpcId) -> Vpc {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Vpc {
        name: Name::new(name),
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        profile: Err(hole("networkProfile")),
        mtu: Err(hole("mtu")),
        auto_subnets: false,
    }
}

pub(super) fn outside_subnet(_: &mut Lowering<'_>, name: &str, id: SubnetId) -> Subnet {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Subnet {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")),
        region: Name::new(name).part("regions").map(ToOwned::to_owned).ok_or(hole("region")),
        range: Err(hole("ipCidrRange")),
        ipv6_range: None,
        secondary: Vec::new(),
        purpose: String::new(),
        stack: String::new(),
        private_google_access: false,
        flow_logs: false,
        overlaps_routes: false,
        predefined: false,
    }
}

pub(super) fn outside_address(lowering: &mut Lowering<'_>, name: &str, id: AddressId) -> Address {
    Address {
        name: Name::new(name),
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        address: Err(Hole::NotInInput(Place::field(id, "address"))),
        prefix_length: None,
        external: false,
        subnet: None,
        purpose: String::new(),
        status: None,
    }
}

pub(super) fn outside_route(_: &mut Lowering<'_>, name: &str, id: RouteId) -> Route {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Route {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")),
        destination: Err(hole("destRange")),
        priority: None,
        tags: Vec::new(),
        next_hop: Err(hole("nextHopIp")),
    }
}

pub(super) fn outside_policy_route(_: &mut Lowering<'_>, name: &str, id: PolicyRouteId) -> PolicyRoute {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    PolicyRoute {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")),
        priority: None,
        source: Err(hole("filter")),
        destination: Err(hole("filter")),
        protocol: Err(hole("filter")),
        next_hop: Err(hole("nextHopIlbIp")),
        applies_to: Err(hole("virtualMachine")),
    }
}

pub(super) fn outside_router(_: &mut Lowering<'_>, name: &str, id: RouterId) -> Router {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Router {
        name: Name::new(name),
        known: Known::Outside,
        vpc: Err(hole("network")),
        region: Err(hole("region")),
        nats: Vec::new(),
        bgp_peers: 0,
    }
}

pub(super) fn outside_gateway(_: &mut Lowering<'_>, name: &str, id: GatewayId) -> Gateway {
    Gateway {
        name: Name::new(name),
        known: Known::Outside,
        kind: GatewayKind::Vpn,
        vpc: Err(Hole::NotInInput(Place::field(id, "network"))),
    }
}

pub(super) fn outside_attachment(lowering: &mut Lowering<'_>, name: &str, id: AttachmentId) -> Attachment {
    let hole = |field| Hole::NotInInput(Place::field(id, field));
    Attachment {
        name: Name::new(name),
        known: Known::Outside,
        project: lowering.project(project_of(name)),
        region: Name::new(name).part("regions").map(ToOwned::to_owned).ok_or(hole("region")),
        subnets: Vec::new(),
        preference: Err(hole("connectionPreference")),
        accepts: Vec::new(),
        rejects: Vec::new(),
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
            profile: fields.form_field::<String>("networkProfile", id).map(|url| url.map(|url| short(&url).to_owned())),
            mtu: fields.count_field("mtu", id),
            auto_subnets: fields.flag("autoCreateSubnetworks"),
        };
        if !item.resource.is_part {
            self.network.vpcs[id] = row;
        }
        // Subnets name their network themselves.
        fields.texts("subnetworks");
        for (place, peering) in fields.children("peerings").into_iter().enumerate() {
            // Without its peer a peering says nothing; a malformed one was listed.
            let Some(peer) = self.link(item, &peering, "network") else { continue };
            let name = peering.text("name").unwrap_or("peering").to_owned();
            let row = Peering {
                name: Name::new(format!("{}/peerings/{name}", item.resource.name)),
                vpc: id,
                peer: self.vpc(&peer),
                state: peering.text("state").map(ToOwned::to_owned),
                exports_custom_routes: peering.flag("exportCustomRoutes"),
                imports_custom_routes: peering.flag("importCustomRoutes"),
            };
            let peering = self.network.peerings.push(row);
            self.origins.record(peering, item.anchor, format!("/peerings/{place}"));
        }
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_subnet(&mut self, item: &Item<'_>) {
        let id = self.subnet(&item.resource.name);
        let fields = &item.fields;
        let vpc = self.link_field(item, "network", id);
        let ipv6: Vec<IpNet> = ["internalIpv6Prefix", "ipv6CidrRange", "externalIpv6Prefix"]
            .into_iter()
            .filter_map(|key| fields.form(key))
            .collect();
        let logs = fields.child("logConfig").is_some_and(|logs| logs.flag("enable"));
        let mut secondary = Vec::new();
        for range in fields.children("secondaryIpRanges") {
            if let (Some(name), Some(cidr)) = (range.text("rangeName"), range.form("ipCidrRange")) {
                secondary.push((name.to_owned(), cidr));
            }
        }
        let name = Name::new(item.resource.name.as_str());
        let row = Subnet {
            vpc: vpc.map(|name| self.vpc(&name)),
            known: Known::Here,
            region: fields
                .text("region")
                .map(short)
                .or_else(|| name.part("regions"))
                .map(ToOwned::to_owned)
                .ok_or_else(|| fields.absent("region", id)),
            range: fields.form_field("ipCidrRange", id),
            ipv6_range: ipv6.first().copied(),
            secondary,
            purpose: fields.text("purpose").unwrap_or("PRIVATE").to_owned(),
            stack: fields.text("stackType").unwrap_or("IPV4_ONLY").to_owned(),
            private_google_access: fields.flag("privateIpGoogleAccess"),
            flow_logs: fields.flag("enableFlowLogs") | logs,
            overlaps_routes: fields.flag("allowSubnetCidrRoutesOverlap"),
            predefined: false,
            name,
        };
        self.network.subnets[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_address(&mut self, item: &Item<'_>) {
        let id = self.address(&item.resource.name);
        let fields = &item.fields;
        let row = Address {
            name: Name::new(item.resource.name.as_str()),
            known: Known::Here,
            project: self.project(project_of(&item.resource.name)),
            address: fields.needed("address", id),
            prefix_length: fields.count("prefixLength").and_then(|length| u8::try_from(length).ok()),
            external: fields.text("addressType") != Some("INTERNAL"),
            subnet: self.link(item, fields, "subnetwork").map(|name| self.subnet(&name)),
            purpose: fields.text("purpose").unwrap_or("GCE_ENDPOINT").to_owned(),
            status: fields.text("status").map(ToOwned::to_owned),
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
        self.network.addresses[reserved].address.clone().map(Some)
    }

    pub(super) fn lower_route(&mut self, item: &Item<'_>) {
        let id = self.route(&item.resource.name);
        let fields = &item.fields;
        let vpc = self.link_field(item, "network", id);
        let next_hop = self.next_hop(item, id);
        let row = Route {
            name: Name::new(item.resource.name.as_str()),
            known: Known::Here,
            vpc: vpc.map(|name| self.vpc(&name)),
            destination: fields.needed_range("destRange", id),
            priority: fields.count("priority"),
            tags: fields.texts("tags").into_iter().map(ToOwned::to_owned).collect(),
            next_hop,
        };
        self.network.routes[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    fn next_hop(&mut self, item: &Item<'_>, id: RouteId) -> Field<NextHop> {
        let hop = item.fields.first_of(&[
            "nextHopInstance",
            "nextHopIp",
            "nextHopIlb",
            "nextHopGateway",
            "nextHopNetwork",
            "nextHopPeering",
            "nextHopVpnTunnel",
            "nextHopHub",
            "nextHopInterconnectAttachment",
        ]);
        let Some((field, text)) = hop else { return Err(item.fields.absent("nextHopIp", id)) };
        let address = text.parse().ok().map(NextHop::Address);
        if address.is_none() && field == "nextHopIp" {
            let address = self.address_field(item, &item.fields, "nextHopIp", id)?;
            return address.map(NextHop::Address).ok_or_else(|| item.fields.absent("nextHopIp", id));
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
        let filter = fields.child("filter");
        let filter = filter.as_ref();
        // The API knows version 4 only; the word says nothing more.
        filter.and_then(|filter| filter.text("protocolVersion"));
        let range = |key| filter.map_or(Ok(None), |filter| filter.range_field(key, id));
        let protocol = filter.map_or(Ok(None), |filter| filter.text_field("ipProtocol", id));
        let row = PolicyRoute {
            name: Name::new(item.resource.name.as_str()),
            known: Known::Here,
            vpc: vpc.map(|name| self.vpc(&name)),
            priority: fields.count("priority"),
            source: range("srcRange"),
            destination: range("destRange"),
            protocol: protocol.map(|word| word.unwrap_or("ALL").to_uppercase()),
            next_hop: self.policy_hop(item, id),
            applies_to: applies_to(fields, id),
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
            let address = self.network.forwarding_rules[rule].address.clone()?;
            return address.map(PolicyHop::Address).ok_or(Hole::AfterApply(Place::field(id, "nextHopIlbIp")));
        }
        let address = self.address_field(item, fields, "nextHopIlbIp", id)?;
        address.map(PolicyHop::Address).ok_or_else(|| fields.absent("nextHopIlbIp", id))
    }

    /// The projects that are attached to a host.
    pub(super) fn lower_shared_vpc(&mut self, item: &Item<'_>) {
        let host = self.project(project_of(&item.resource.name));
        for (place, resource) in item.fields.children("resources").into_iter().enumerate() {
            // Nothing but projects can be attached; the API leaves room for more.
            if resource.text("type").is_some_and(|kind| kind != "PROJECT") {
                continue;
            }
            let Some(service) = resource.text("id").map(short) else { continue };
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
        let row = Router {
            vpc: vpc.map(|name| self.vpc(&name)),
            region: fields
                .text("region")
                .map(short)
                .or_else(|| name.part("regions"))
                .map(ToOwned::to_owned)
                .ok_or_else(|| fields.absent("region", id)),
            nats: fields.children("nats").iter().map(|nat| nat.text("name").unwrap_or("nat").to_owned()).collect(),
            bgp_peers: fields.children("bgpPeers").len(),
            known: known(item),
            name,
        };
        self.network.routers[id] = row;
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_gateway(&mut self, item: &Item<'_>, kind: GatewayKind) {
        let id = self.gateway(&item.resource.name);
        let fields = &item.fields;
        // An Interconnect attachment names a router, and the router its network.
        let router = self.link(item, fields, "router");
        let vpc = self.link(item, fields, "network").map(|name| self.vpc(&name));
        let hole = fields.absent("network", id);
        let vpc = match (vpc, router) {
            (Some(vpc), _) => Ok(vpc),
            (None, Some(router)) => {
                let router = self.router(&router);
                self.network.routers[router].vpc.clone()
            }
            (None, None) => Err(hole),
        };
        self.network.gateways[id] =
            Gateway { name: Name::new(item.resource.name.as_str()), known: Known::Here, kind, vpc };
        self.origins.record(id, item.anchor, "");
    }

    pub(super) fn lower_attachment(&mut self, item: &Item<'_>) {
        let id = self.attachment(&item.resource.name);
        let fields = &item.fields;
        let name = Name::new(item.resource.name.as_str());
        let subnets = self.links(item, "subnetworks");
        let words =
            [("ACCEPT_AUTOMATIC", AttachmentPreference::Automatic), ("ACCEPT_MANUAL", AttachmentPreference::Manual)];
        let place = Place::field(id, "connectionPreference");
        let preference = match fields.word("connectionPreference", &words) {
            Some(preference) => Ok(preference),
            None if fields.has("connectionPreference") => Err(Hole::NotUnderstood(place)),
            None => Err(fields.absent("connectionPreference", id)),
        };
        let row = Attachment {
            project: self.project(project_of(&item.resource.name)),
            known: Known::Here,
            region: fields
                .text("region")
                .map(short)
                .or_else(|| name.part("regions"))
                .map(ToOwned::to_owned)
                .ok_or_else(|| fields.absent("region", id)),
            subnets: subnets.iter().map(|name| self.subnet(name)).collect(),
            preference,
            accepts: fields.texts("producerAcceptLists").into_iter().map(|project| short(project).to_owned()).collect(),
            rejects: fields.texts("producerRejectLists").into_iter().map(|project| short(project).to_owned()).collect(),
            name,
        };
        self.network.attachments[id] = row;
        self.origins.record(id, item.anchor, "");
    }
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
