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
    };
}

rules! {
    "instance/autohealing_empties_every_node.rs" autohealing_empties_every_node
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
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code == code)
}
