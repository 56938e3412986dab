//! Where everything stands: boxes in boxes, which a browser arranges on any width. Rails differ in colour, in how their edge is drawn and by their word.
//! Not here: the arrangement, which `crate::topology` makes.

use maud::{Markup, html};

use super::piece::{self, name, prose, rail, rail_class};
use crate::topology::{ClientBox, MachineGroup, NetworkBox, NicBox, SubnetBox, VipBox};
use crate::words::grouped;
use crate::{Book, Topology};

/// Boxes of a subnet, or subnets of a network, that are shown before the rest is folded.
const SHOWN: usize = 24;

pub(super) fn section(book: &Book) -> Markup {
    let Topology { projects, joins, unplaced } = &book.topology;
    if projects.is_empty() && unplaced.is_empty() {
        return html! {};
    }
    html! {
        p class="legend" {
            span class="key" { (rail(Some("tcp"))) " solid edge: to the clients" }
            span class="key" { (rail(Some("rdma"))) " dashed edge: between the nodes" }
            span class="key" { span class="vip" { "VIP" } " addresses that move" }
        }
        div class="topology" {
            @for project in projects {
                div class="project" role="group" aria-label={ "project " (project.name) } {
                    h3 { span class="kind" { "project" } (name(&project.name)) }
                    div class="networks" { @for network in &project.networks { (network_box(network)) } }
                }
            }
            @if !unplaced.is_empty() {
                div class="project" {
                    h3 { "on a subnet that the input does not say" }
                    div class="inside" { (folded(unplaced, machines)) }
                }
            }
        }
        @if !joins.is_empty() {
            h3 { "What joins them" }
            ul { @for join in joins { li { (prose(join)) } } }
        }
    }
}

/// All of them, the rest folded.
fn folded<T>(all: &[T], shown: fn(&T) -> Markup) -> Markup {
    let (first, rest) = all.split_at(all.len().min(SHOWN));
    html! {
        @for one in first { (shown(one)) }
        @if !rest.is_empty() {
            details class="rest" {
                summary { (rest.len()) " more" }
                div class="inside" { @for one in rest { (shown(one)) } }
            }
        }
    }
}

fn network_box(network: &NetworkBox) -> Markup {
    let class = rail_class(network.rail.as_deref());
    html! {
        div class={ "network " (class) @if network.subnets.len() > 2 { " roomy" } } role="group" aria-label={ "network " (network.name) } {
            h4 {
                span class="kind" { "network" } (name(&network.name)) " " (rail(network.rail.as_deref()))
                span class="dim" {
                    @if let Some(mtu) = network.mtu { " MTU " (grouped(mtu)) }
                    @if let Some(profile) = &network.profile { " · " (name(profile)) }
                    @for holds in &network.holds { " · " (holds) }
                }
            }
            div class="subnets" { (folded(&network.subnets, subnet_box)) }
        }
    }
}

fn subnet_box(subnet: &SubnetBox) -> Markup {
    html! {
        div class="subnet" role="group" aria-label={ "subnet " (subnet.name) } {
            h5 {
                span class="kind" { "subnet" } (name(&subnet.name))
                span class="dim" {
                    @for range in &subnet.ranges { " " (range) }
                    @if let Some(region) = &subnet.region { " · " (region) }
                }
            }
            div class="inside" {
                (folded(&subnet.machines, machines))
                @for clients in &subnet.clients { (client_box(clients)) }
                @if subnet.machines.is_empty() && subnet.clients.is_empty() { p class="dim" { "nobody" } }
            }
            @if !subnet.vips.is_empty() {
                div class="vips" { @for vip in &subnet.vips { (vip_box(vip)) } }
            }
        }
    }
}

fn machines(group: &MachineGroup) -> Markup {
    html! {
        div class={ "machine" @if group.count > 1 { " many" } } data-group=(group.group) {
            p class="who" {
                @if group.count > 1 { b { (grouped(group.count as u64)) " × " } }
                @if group.template { "template " }
                (name(&group.group))
                @if let Some(zone) = &group.zone { span class="dim" { " " (zone) } }
            }
            @if group.names != group.group { p class="dim small" { (group.names) } }
            @if let Some(machine) = &group.machine { p class="dim small" { (machine) } }
            @if !group.nics.is_empty() { ul class="nics" { @for nic in &group.nics { (nic_box(nic)) } } }
            (elsewhere(&group.elsewhere))
        }
    }
}

fn elsewhere(nics: &[String]) -> Markup {
    let (first, rest) = nics.split_at(nics.len().min(2));
    html! {
        @if !nics.is_empty() {
            p class="dim small" title=(nics.join(", ")) {
                "also " (first.join(", ")) @if !rest.is_empty() { " and " (rest.len()) " more" }
            }
        }
    }
}

fn nic_box(nic: &NicBox) -> Markup {
    html! {
        li class={ "nic " (rail_class(nic.rail.as_deref())) } {
            b { (nic.label) } " "
            @if let Some(kind) = &nic.nic_type { span class="dim" { (kind) " " } }
            (rail(nic.rail.as_deref()))
            @if nic.psc { " " span class="chip" { "PSC interface" } }
            @if nic.external { " " span class="chip" { "external address" } }
            @if let Some(addresses) = &nic.addresses { span class="addresses" { (addresses) } }
        }
    }
}

fn client_box(clients: &ClientBox) -> Markup {
    html! {
        div class={ "machine clients" @if clients.count > 1 { " many" } } {
            p class="who" { b { (grouped(clients.count)) " × " } (name(&clients.name)) span class="dim" { " clients" } }
            p class="dim small" { (clients.protocol) }
        }
    }
}

fn vip_box(vip: &VipBox) -> Markup {
    html! {
        div class={ "vip " (rail_class(Some(&vip.rail))) } {
            b { (grouped(vip.count)) " × " (name(&vip.name)) } " "
            @for port in &vip.ports { span class="chip" { (port) } " " }
            span { (vip.addresses) }
            span class="dim" {
                " · over " (name(&vip.over)) " by " a href="#proofs" { (vip.mover) }
                @if !vip.reserved { " · not reserved" }
                @if !vip.clients.is_empty() { " · for " (piece::names(&vip.clients)) }
            }
        }
    }
}
