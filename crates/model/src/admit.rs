//! Would the API take this? Pure predicates on entities, one module a family. The `refused` rules word their findings around them, and the simulated
//! control plane answers requests with them. Nothing here knows how a finding is printed.
//!
//! What a request brings is passed as a row (`&Route`, `&Nic`, a list of `Alias`), never as an id, so that it need not be in the [`Network`](crate::Network).
//! What it is held against and changes while a system runs is passed too: other rules, the NICs of the instance, who has an address, how many there are. A
//! rule passes rows of the network, the control plane those of its own state. Ids in a row lead to networks, subnets, attachments and groups of backends that
//! must be in the network; those of what comes with the row (`Nic::instance`, `Instance::nics`, `ForwardingRule::backend_service`) are not read.
//!
//! | request | predicates |
//! |---|---|
//! | `instances.insert` | all of [`nic`]; all of [`instance`] but `mig_allowed`; [`profile::ip_forwarding_allowed`] |
//! | | [`link`]: `psc_…`, `falcon_…` and `attachment_…` |
//! | | [`address`]: `alias_in_subnet`, and for each address `in_subnet`, `not_kept`, `is_free` |
//! | | [`limit`]: `nics_fit`, and for alias ranges as below |
//! | `instances.updateNetworkInterface` | [`nic::aliases_allowed`]; [`link::psc_interface_takes_alias`] |
//! | | [`address`]: `alias_in_subnet`, and for each range `not_kept`, `is_free` |
//! | | [`limit`]: `alias_ranges_on_nic`, `alias_ranges_fit` |
//! | `addresses.insert` | [`profile::address_allowed`] |
//! | | [`address`]: `in_subnet`, `not_kept`, `is_free` |
//! | | [`limit::reserved_addresses_fit`] |
//! | `routes.insert` | [`profile::static_route_allowed`]; all of [`route`]; [`limit::static_routes_fit`] |
//! | `forwardingRules.insert` | [`profile::load_balancer_allowed`] |
//! | | [`balancing`]: `ports_within_limit`, `rules_in_network`, `address_is_own` |
//! | | [`address`]: `in_subnet`, `not_kept`, `is_free` |
//! | | [`limit`]: `rules_on_address`, `forwarding_rules_fit` |
//! | `regionBackendServices.insert`, `.patch` | [`balancing`]: `ha_policy_stands_alone`, `fast_services_within_limit` |
//! | | `balancing_mode`, `backends_in_region`, `drain_may_be_disabled` |
//! | | of a patch, with the rules it has: `rules_in_network`, `address_is_own` |
//! | `networkEndpointGroups.attachNetworkEndpoints` | [`balancing::endpoints_within_limit`] |
//! | `healthChecks.insert` | [`balancing::health_check_timing`] |
//! | `instanceGroupManagers.insert` | [`instance::mig_allowed`] |
//! | `autoscalers.insert` | [`mover::group_may_autoscale`] |
//!
//! Ids are taken for what no request of a running system changes (networks, subnets and their ranges, routers, gateways, firewall policies, attachments,
//! peerings), and where the whole model is judged: the pools of the model file, and the sums over all of it (`…_in_network`, `conflicts`, `rooms`).

pub mod address;
pub mod balancing;
pub mod instance;
pub mod limit;
pub mod link;
pub mod mover;
pub mod nic;
pub mod profile;
pub mod route;
#[cfg(test)]
mod tests;

use crate::field::Hole;
use crate::finding::{Refusal, RefusalReason};

/// `None`: admitted. A hole: not known, because the input does not say.
pub type Admission = Result<Option<Refusal>, Hole>;

/// A field of the request has a value that is not allowed here.
fn invalid(method: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { reason: RefusalReason::Invalid, method, message: message.into() }
}
