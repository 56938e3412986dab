//! Which rules there are: one line a rule, by family. The line names the rule's file; the file holds `RULE`.

use crate::rule::Rule;

macro_rules! rules {
    ($($path:literal $name:ident)*) => {
        $(
            #[path = $path]
            mod $name;
        )*

        /// Every rule, in the order of its family and name.
        pub static RULES: &[&Rule] = &[$(&$name::RULE,)*];

        /// The files of the rules, in the same order.
        static FILES: &[&str] = &[$($path,)*];
    };
}

rules! {
    "address/address_kept_by_platform.rs" address_kept_by_platform
    "address/address_outside_subnet.rs" address_outside_subnet
    "address/address_used_twice.rs" address_used_twice
    "address/alias_outside_subnet.rs" alias_outside_subnet
    "address/peered_ranges_overlap.rs" peered_ranges_overlap
    "address/peers_of_one_network_overlap.rs" peers_of_one_network_overlap
    "address/pool_not_reserved.rs" pool_not_reserved
    "address/pool_outside_subnet.rs" pool_outside_subnet
    "address/pool_smaller_than_cluster.rs" pool_smaller_than_cluster
    "address/range_too_small.rs" range_too_small
    "address/range_too_small_to_grow.rs" range_too_small_to_grow
    "address/reservation_in_secondary_range.rs" reservation_in_secondary_range
    "address/subnet_range_not_allowed.rs" subnet_range_not_allowed
    "address/subnet_ranges_overlap.rs" subnet_ranges_overlap
    "address/vip_addresses_do_not_fit.rs" vip_addresses_do_not_fit
    "address/vip_misplaced.rs" vip_misplaced
    "address/vip_not_reserved.rs" vip_not_reserved
    "address/vip_pools_share_addresses.rs" vip_pools_share_addresses
    "balancing/disable_drain_not_tcp.rs" disable_drain_not_tcp
    "balancing/fast_ip_move_endpoints.rs" fast_ip_move_endpoints
    "balancing/fast_ip_move_services.rs" fast_ip_move_services
    "balancing/fast_ip_move_shared_address.rs" fast_ip_move_shared_address
    "balancing/ha_policy_conflict.rs" ha_policy_conflict
    "balancing/health_check_timing.rs" health_check_timing
    "balancing/last_resort_to_every_node.rs" last_resort_to_every_node
    "balancing/lb_backend_in_other_region.rs" lb_backend_in_other_region
    "balancing/lb_backend_without_nic.rs" lb_backend_without_nic
    "balancing/lb_balancing_mode.rs" lb_balancing_mode
    "balancing/lb_network_differs.rs" lb_network_differs
    "balancing/lb_too_many_ports.rs" lb_too_many_ports
    "balancing/old_flows_stay.rs" old_flows_stay
    "balancing/vip_health_check_blocked.rs" vip_health_check_blocked
    "change/address_released_in_between.rs" address_released_in_between
    "change/alias_list_emptied_in_between.rs" alias_list_emptied_in_between
    "change/alias_range_moved_without_order.rs" alias_range_moved_without_order
    "change/deleted_while_in_use.rs" deleted_while_in_use
    "change/firewall_rule_missing_in_between.rs" firewall_rule_missing_in_between
    "change/instance_made_anew.rs" instance_made_anew
    "change/made_before_address_is_free.rs" made_before_address_is_free
    "change/made_before_deleted_under_one_name.rs" made_before_deleted_under_one_name
    "change/made_though_it_exists.rs" made_though_it_exists
    "change/replaced_while_in_use.rs" replaced_while_in_use
    "change/route_missing_in_between.rs" route_missing_in_between
    "change/vip_missing_in_between.rs" vip_missing_in_between
    "firewall/source_tag_across_peering.rs" source_tag_across_peering
    "firewall/source_tag_misses_alias.rs" source_tag_misses_alias
    "instance/autohealing_empties_every_node.rs" autohealing_empties_every_node
    "instance/instance_outside_region_of_subnet.rs" instance_outside_region_of_subnet
    "instance/live_migration_not_offered.rs" live_migration_not_offered
    "instance/machine_not_in_catalog.rs" machine_not_in_catalog
    "instance/nic_type_not_of_machine.rs" nic_type_not_of_machine
    "instance/nics_for_bandwidth.rs" nics_for_bandwidth
    "instance/nics_in_one_network.rs" nics_in_one_network
    "instance/nics_in_one_subnet.rs" nics_in_one_subnet
    "instance/overlapping_nic_subnets.rs" overlapping_nic_subnets
    "instance/profile_not_of_machine.rs" profile_not_of_machine
    "instance/rdma_machine_in_mig.rs" rdma_machine_in_mig
    "instance/rdma_rail_without_rdma_nic.rs" rdma_rail_without_rdma_nic
    "instance/repair_empties_local_ssd.rs" repair_empties_local_ssd
    "instance/too_many_nics_on_instance.rs" too_many_nics_on_instance
    "instance/too_many_rdma_nics.rs" too_many_rdma_nics
    "limit/too_many_alias_ranges.rs" too_many_alias_ranges
    "limit/too_many_alias_ranges_on_nic.rs" too_many_alias_ranges_on_nic
    "limit/too_many_fast_ip_moves.rs" too_many_fast_ip_moves
    "limit/too_many_forwarding_rules.rs" too_many_forwarding_rules
    "limit/too_many_nics.rs" too_many_nics
    "limit/too_many_peerings.rs" too_many_peerings
    "limit/too_many_reserved_addresses.rs" too_many_reserved_addresses
    "limit/too_many_rules_on_one_address.rs" too_many_rules_on_one_address
    "limit/too_many_secondary_ranges.rs" too_many_secondary_ranges
    "limit/too_many_static_routes.rs" too_many_static_routes
    "limit/too_many_subnet_ranges.rs" too_many_subnet_ranges
    "limit/vips_exceed_alias_limit.rs" vips_exceed_alias_limit
    "link/balanced_vip_on_psc_instance.rs" balanced_vip_on_psc_instance
    "link/network_of_project_not_shared.rs" network_of_project_not_shared
    "link/peering_of_rdma_network.rs" peering_of_rdma_network
    "link/psc_alias_from_secondary_range.rs" psc_alias_from_secondary_range
    "link/psc_attachment_in_other_region.rs" psc_attachment_in_other_region
    "link/psc_attachment_used_twice.rs" psc_attachment_used_twice
    "link/psc_instance_as_backend.rs" psc_instance_as_backend
    "link/psc_interface_as_nic0.rs" psc_interface_as_nic0
    "link/psc_interface_not_accepted.rs" psc_interface_not_accepted
    "link/psc_interface_overlaps_other_nic.rs" psc_interface_overlaps_other_nic
    "link/psc_interfaces_in_one_network.rs" psc_interfaces_in_one_network
    "link/psc_into_falcon_from_other_zone.rs" psc_into_falcon_from_other_zone
    "link/psc_into_falcon_without_irdma_nic.rs" psc_into_falcon_without_irdma_nic
    "link/psc_into_profile_without_psc.rs" psc_into_profile_without_psc
    "link/rdma_clients_on_other_network.rs" rdma_clients_on_other_network
    "link/vip_from_secondary_range_on_psc_interface.rs" vip_from_secondary_range_on_psc_interface
    "mover/alias_added_to_mig_member.rs" alias_added_to_mig_member
    "mover/fence_inside_repairing_mig.rs" fence_inside_repairing_mig
    "mover/fenced_mover_without_fence.rs" fenced_mover_without_fence
    "mover/mover_feature_blocked.rs" mover_feature_blocked
    "mover/mover_limited_to_nic0.rs" mover_limited_to_nic0
    "mover/mover_permission_missing.rs" mover_permission_missing
    "mover/mover_permissions_not_named.rs" mover_permissions_not_named
    "mover/mover_undone_by_mig.rs" mover_undone_by_mig
    "mover/mover_without_api_path.rs" mover_without_api_path
    "mover/mover_without_ip_forwarding.rs" mover_without_ip_forwarding
    "mover/rdma_vip_as_local_route.rs" rdma_vip_as_local_route
    "mover/stateful_mig_autoscaled.rs" stateful_mig_autoscaled
    "mover/stateful_mover_without_stateful_mig.rs" stateful_mover_without_stateful_mig
    "mover/unfenced_second_holder.rs" unfenced_second_holder
    "mover/vip_held_by_nobody.rs" vip_held_by_nobody
    "profile/alias_range_on_rdma_network.rs" alias_range_on_rdma_network
    "profile/dynamic_nic_on_rdma_network.rs" dynamic_nic_on_rdma_network
    "profile/external_address_on_rdma_network.rs" external_address_on_rdma_network
    "profile/firewall_rule_on_rdma_network.rs" firewall_rule_on_rdma_network
    "profile/gateway_on_rdma_network.rs" gateway_on_rdma_network
    "profile/ip_forwarding_on_rdma_network.rs" ip_forwarding_on_rdma_network
    "profile/load_balancer_on_rdma_network.rs" load_balancer_on_rdma_network
    "profile/mtu_differs_from_clients.rs" mtu_differs_from_clients
    "profile/mtu_not_of_profile.rs" mtu_not_of_profile
    "profile/mtu_out_of_range.rs" mtu_out_of_range
    "profile/nic0_on_rdma_network.rs" nic0_on_rdma_network
    "profile/nic_type_not_on_profile.rs" nic_type_not_on_profile
    "profile/policy_scope_not_on_profile.rs" policy_scope_not_on_profile
    "profile/policy_type_not_on_profile.rs" policy_type_not_on_profile
    "profile/rails_not_aligned.rs" rails_not_aligned
    "profile/rdma_policy_one_way.rs" rdma_policy_one_way
    "profile/rdma_policy_source.rs" rdma_policy_source
    "profile/reserved_address_on_rdma_network.rs" reserved_address_on_rdma_network
    "profile/router_on_rdma_network.rs" router_on_rdma_network
    "profile/secondary_range_on_rdma_network.rs" secondary_range_on_rdma_network
    "profile/stack_type_not_on_profile.rs" stack_type_not_on_profile
    "profile/static_route_on_rdma_network.rs" static_route_on_rdma_network
    "profile/subnet_not_of_profile.rs" subnet_not_of_profile
    "profile/subnet_region_not_of_profile.rs" subnet_region_not_of_profile
    "profile/unknown_network_profile.rs" unknown_network_profile
    "profile/zone_not_of_profile.rs" zone_not_of_profile
    "reach/client_misses_vip.rs" client_misses_vip
    "reach/intent_violated.rs" intent_violated
    "reach/node_misses_node_on_rdma.rs" node_misses_node_on_rdma
    "reach/probe_misses_backend.rs" probe_misses_backend
    "reach/rails_joined.rs" rails_joined
    "route/equal_routes_to_vip.rs" equal_routes_to_vip
    "route/route_inside_subnet.rs" route_inside_subnet
    "route/route_next_hop_not_forwarding.rs" route_next_hop_not_forwarding
    "route/route_next_hop_not_primary.rs" route_next_hop_not_primary
    "route/route_next_hop_outside_network.rs" route_next_hop_outside_network
    "route/tagged_route_across_peering.rs" tagged_route_across_peering
    "route/vip_route_not_exchanged.rs" vip_route_not_exchanged
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}

/// The family of a rule: the folder its file stands in.
pub fn family(code: &str) -> Option<&'static str> {
    let at = RULES.iter().position(|rule| rule.code == code)?;
    FILES[at].split('/').next()
}
