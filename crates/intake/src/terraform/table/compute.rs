//! Instances, their templates and their groups.

use super::{Form, NETWORK, SUBNETWORK, Scope, Shape, Type, dropped, field, renamed, to};
use crate::resource::Kind;

pub(super) const TYPES: &[Type] =
    &[Type::own("google_compute_instance", Kind::Instance, Scope::Zone, "instances", INSTANCE_SHAPE)];

const ACCESS_CONFIG: &Shape = &[renamed("nat_ip", "natIP"), renamed("assigned_nat_ip", "natIP")];

const IPV6_ACCESS_CONFIG: &Shape = &[];

const NIC: &Shape = &[
    field("access_config", "accessConfigs", Form::Many(ACCESS_CONFIG)),
    field("alias_ip_range", "aliasIpRanges", Form::Many(&[])),
    field("internal_ipv6_prefix_length", "internalIpv6PrefixLength", Form::NonZero),
    field("ipv6_access_config", "ipv6AccessConfigs", Form::Many(IPV6_ACCESS_CONFIG)),
    field("ipv6_address", "ipv6Address", Form::Address),
    field("network", "network", Form::Link(NETWORK)),
    field("network_attachment", "networkAttachment", Form::Link(to(Scope::Region, "networkAttachments"))),
    field("network_ip", "networkIP", Form::Address),
    // What `network_ip` was called once.
    field("address", "networkIP", Form::Address),
    field("queue_count", "queueCount", Form::NonZero),
    dropped("subnetwork_project"),
    field("subnetwork", "subnetwork", Form::Link(SUBNETWORK.in_project("subnetwork_project"))),
    field("vlan", "vlan", Form::NonZero),
];

const INSTANCE_SHAPE: &Shape = &[
    dropped("allow_stopping_for_update"),
    dropped("current_status"),
    dropped("metadata_fingerprint"),
    dropped("tags_fingerprint"),
    field("advanced_machine_features", "advancedMachineFeatures", Form::One(&[])),
    field("confidential_instance_config", "confidentialInstanceConfig", Form::One(&[])),
    field(
        "guest_accelerator",
        "guestAccelerators",
        Form::Many(&[renamed("type", "acceleratorType"), renamed("count", "acceleratorCount")]),
    ),
    renamed("instance_id", "id"),
    field("machine_type", "machineType", Form::Link(to(Scope::Zone, "machineTypes"))),
    field("metadata", "metadata/items", Form::Pairs),
    field("network_interface", "networkInterfaces", Form::Many(NIC)),
    field("network_performance_config", "networkPerformanceConfig", Form::One(&[])),
    field("reservation_affinity", "reservationAffinity", Form::One(&[])),
    field("resource_policies", "resourcePolicies", Form::Links(to(Scope::Region, "resourcePolicies"))),
    field("scheduling", "scheduling", Form::One(&[])),
    field("service_account", "serviceAccounts", Form::Many(&[])),
    field("shielded_instance_config", "shieldedInstanceConfig", Form::One(&[])),
    field("tags", "tags/items", Form::Plain),
];
