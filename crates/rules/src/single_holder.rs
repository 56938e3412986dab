//! Whether a load balancer serves something that only one backend may hold at a time: a VIP of a pool, or the writes of a cluster that fences its
//! deposed holders. An ordinary load balancer over equal backends is none of these.

use twinrail_model::{BackendService, BackendServiceId, EntityId, Fence, Field, View};

/// What has one holder behind a backend service, if anything.
pub(crate) fn single_holder(view: &View<'_>, service: BackendServiceId) -> Field<Option<EntityId>> {
    let network = view.network;
    for (id, pool) in network.vips.iter() {
        let leads =
            |rule: &twinrail_model::ForwardingRuleId| network.forwarding_rules[*rule].backend_service == Some(service);
        if pool.forwarding_rules.iter().any(leads) {
            return Ok(Some(id.into()));
        }
    }
    let row = &network.backend_services[service];
    if !fails_over(row) {
        return Ok(None);
    }
    for backend in &row.backends {
        for member in network.members(backend.group.get()?)? {
            let Some(cluster) = network.instances[*member].cluster else { continue };
            if network.clusters[cluster].service.fence.is_some_and(|fence| fence != Fence::None) {
                return Ok(Some(cluster.into()));
            }
        }
    }
    Ok(None)
}

/// Whether a service has backends that stand by, or a policy for them.
pub(crate) fn fails_over(service: &BackendService) -> bool {
    *service.has_failover_policy || service.backends.iter().any(|backend| *backend.failover)
}
