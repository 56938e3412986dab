//! Which health checks there are: whom a service probes, and by what. Not here: what becomes of a probe.

use twinrail_model::{BackendServiceId, Network, NicId, looks};

use super::{NameError, Read};
use crate::balancer::probe_traffic;
use crate::packet::{End, Packet, Sender, Traffic, protocol};

/// Whether a packet that was asked about is a probe that is sent, if it is said to be one: to the backends or the load balancer of its service, by the
/// protocol and the port of its check.
///
/// # Errors
/// Why there is no such probe.
pub fn probed(network: &Network, packet: &Packet) -> Read<()> {
    let Sender::Prober(service) = packet.from else { return Ok(()) };
    let row = &network.backend_services[service];
    let name = network.short(service);
    let wrong = |message: String, hint: Option<String>| Err(NameError { message, hint });
    if row.ha_policy.peek().is_some() {
        return wrong(format!("`{name}` has a haPolicy, so that nobody probes its backends"), None);
    }
    if row.health_checks.peek().is_empty() {
        return wrong(format!("`{name}` has no health check, so that nobody probes its backends"), None);
    }
    // What the input does not say may be any.
    let sent: Vec<Option<Traffic>> = row
        .health_checks
        .peek()
        .iter()
        .map(|check| looks(|| probe_traffic(network, service, *check)).0.ok().flatten())
        .collect();
    let is_tcp = matches!(packet.traffic, Traffic::Ip { protocol: protocol::TCP, .. });
    if !sent.iter().any(|sent| sent.map_or(is_tcp, |sent| sent == packet.traffic)) {
        let known: Vec<String> = sent.iter().flatten().map(ToString::to_string).collect();
        let by = if known.is_empty() { "TCP".to_owned() } else { known.join(", ") };
        let message = format!("the health checks of `{name}` are not sent on {}", packet.traffic);
        return wrong(message, Some(format!("they are sent on {by}")));
    }
    if !is_probed(network, service, packet.to) {
        let message = format!("the health checks of `{name}` are not sent to {}", packet.to.short(network));
        let backend = nics(network, service).first().map(|nic| network.short(*nic).replace(' ', ":"));
        return wrong(message, backend.map(|backend| format!("name one of its backends, such as {backend}")));
    }
    Ok(())
}

fn is_probed(network: &Network, service: BackendServiceId, to: End) -> bool {
    let rules: Vec<_> = network.rules_of(service).collect();
    match to {
        End::Rule(rule) => rules.contains(&rule),
        End::Vip(vip) => network.vip_rule(vip).is_some_and(|rule| rules.contains(&rule)),
        End::Nic(nic) | End::Alias(nic, _) => nics(network, service).contains(&nic),
        End::Address(address) => {
            let has = |nic: &NicId| *network.nics[*nic].address.peek() == Ok(Some(address));
            nics(network, service).iter().any(has)
                || rules.iter().any(|rule| *network.forwarding_rules[*rule].address.peek() == Ok(Some(address)))
        }
        End::Clients(_) | End::Prober(_) => false,
    }
}

/// The NICs that are probed, as far as the input says.
fn nics(network: &Network, service: BackendServiceId) -> Vec<NicId> {
    let row = &network.backend_services[service];
    let mut nics = Vec::new();
    for backend in row.backends.peek() {
        let Ok(endpoint) = *backend.group.peek() else { continue };
        for member in network.members(endpoint).unwrap_or_default() {
            if let Ok(Some(vpc)) = network.backend_vpc(row, endpoint, *member)
                && let Ok(Some(nic)) = network.nic_in(*member, vpc)
            {
                nics.push(nic);
            }
        }
    }
    nics
}
