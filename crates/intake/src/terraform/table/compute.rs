//! Instances, their templates and their groups, managed or not.

use super::{Form, Link, NETWORK, SUBNETWORK, Scope, Shape, Type, dropped, field, renamed, to};
use crate::resource::Kind;

pub(super) const TYPES: &[Type] = &[
    Type::own("google_compute_instance", Kind::Instance, Scope::Zone, "instances", INSTANCE_SHAPE),
    Type::own("google_compute_instance_from_template", Kind::Instance, Scope::Zone, "instances", INSTANCE_SHAPE),
    Type::own("google_compute_instance_template", Kind::InstanceTemplate, Scope::Global, "instanceTemplates", TEMPLATE)
        .below("properties"),
    Type::own(
        "google_compute_region_instance_template",
        Kind::InstanceTemplate,
        Scope::Region,
        "instanceTemplates",
        TEMPLATE,
    )
    .below("properties"),
    Type::own(
        "google_compute_instance_group_manager",
        Kind::InstanceGroupManager,
        Scope::Zone,
        "instanceGroupManagers",
        MIG_SHAPE,
    ),
    Type::own(
        "google_compute_region_instance_group_manager",
        Kind::InstanceGroupManager,
        Scope::Region,
        "instanceGroupManagers",
        MIG_SHAPE,
    ),
    Type::part(
        "google_compute_per_instance_config",
        Kind::InstanceGroupManager,
        "instance_group_manager",
        to(Scope::Zone, "instanceGroupManagers"),
        "perInstanceConfigs",
        CONFIG_SHAPE,
    ),
    Type::part(
        "google_compute_region_per_instance_config",
        Kind::InstanceGroupManager,
        "region_instance_group_manager",
        to(Scope::Region, "instanceGroupManagers"),
        "perInstanceConfigs",
        CONFIG_SHAPE,
    ),
    Type::own(
        "google_compute_autoscaler",
        Kind::Autoscaler,
        Scope::Zone,
        "autoscalers",
        &[AUTOSCALING_POLICY, field("target", "target", Form::Link(to(Scope::Zone, "instanceGroupManagers")))],
    ),
    Type::own(
        "google_compute_region_autoscaler",
        Kind::Autoscaler,
        Scope::Region,
        "autoscalers",
        &[AUTOSCALING_POLICY, field("target", "target", Form::Link(to(Scope::Region, "instanceGroupManagers")))],
    ),
    Type::own("google_compute_instance_group", Kind::InstanceGroup, Scope::Zone, "instanceGroups", GROUP_SHAPE),
    Type::part(
        "google_compute_instance_group_membership",
        Kind::InstanceGroup,
        "instance_group",
        to(Scope::Zone, "instanceGroups"),
        "",
        &[field("instance", "instances", Form::Element(INSTANCE))],
    ),
];

const INSTANCE: Link = to(Scope::Zone, "instances");

const ACCESS_CONFIG: &Shape = &[renamed("nat_ip", "natIP"), renamed("assigned_nat_ip", "natIP")];

const NIC: &Shape = &[
    field("access_config", "accessConfigs", Form::Many(ACCESS_CONFIG)),
    field("alias_ip_range", "aliasIpRanges", Form::Many(&[])),
    field("internal_ipv6_prefix_length", "internalIpv6PrefixLength", Form::NonZero),
    field("ipv6_access_config", "ipv6AccessConfigs", Form::Many(&[])),
    field("ipv6_address", "ipv6Address", Form::Address),
    field("network", "network", Form::Link(NETWORK)),
    field("network_attachment", "networkAttachment", Form::Link(to(Scope::Region, "networkAttachments"))),
    field("network_ip", "networkIP", Form::Address),
    // What `network_ip` was called once.
    field("address", "networkIP", Form::Address),
    field("queue_count", "queueCount", Form::NonZero),
    field("subnetwork", "subnetwork", Form::Link(SUBNETWORK.in_project("subnetwork_project"))),
    dropped("subnetwork_project"),
    field("vlan", "vlan", Form::NonZero),
];

const ACCELERATOR: &Shape = &[renamed("count", "acceleratorCount"), renamed("type", "acceleratorType")];

/// What instances and templates share: the fields stand in two shapes, since a template holds them below its properties.
macro_rules! machine {
    ($($own:expr,)*) => {
        &[
            field("advanced_machine_features", "advancedMachineFeatures", Form::One(&[])),
            field("confidential_instance_config", "confidentialInstanceConfig", Form::One(&[])),
            renamed("enable_display", "displayDevice/enableDisplay"),
            field("guest_accelerator", "guestAccelerators", Form::Many(ACCELERATOR)),
            field("metadata", "metadata/items", Form::Pairs),
            dropped("metadata_fingerprint"),
            field("network_interface", "networkInterfaces", Form::Many(NIC)),
            field("network_performance_config", "networkPerformanceConfig", Form::One(&[])),
            field("reservation_affinity", "reservationAffinity", Form::One(&[])),
            field("resource_policies", "resourcePolicies", Form::Links(to(Scope::Region, "resourcePolicies"))),
            field("scheduling", "scheduling", Form::One(&[])),
            field("service_account", "serviceAccounts", Form::Many(&[])),
            field("shielded_instance_config", "shieldedInstanceConfig", Form::One(&[])),
            renamed("tags", "tags/items"),
            dropped("tags_fingerprint"),
            $($own,)*
        ]
    };
}

const INSTANCE_SHAPE: &Shape = machine![
    dropped("allow_stopping_for_update"),
    renamed("attached_disk", "disks"),
    renamed("current_status", "status"),
    renamed("instance_id", "id"),
    field("machine_type", "machineType", Form::Link(to(Scope::Zone, "machineTypes"))),
    field("params", "params", Form::One(&[])),
    field("source_instance_template", "sourceInstanceTemplate", Form::Link(to(Scope::Global, "instanceTemplates"))),
];

const TEMPLATE: &Shape = machine![
    renamed("disk", "disks"),
    renamed("instance_description", "description"),
    dropped("name_prefix"),
    renamed("numeric_id", "/id"),
    dropped("self_link_unique"),
];

const VERSION: &Shape = &[
    field("instance_template", "instanceTemplate", Form::Link(to(Scope::Global, "instanceTemplates"))),
    field("target_size", "targetSize", Form::One(&[renamed("percent", "percent")])),
];

const HEALING: &Shape = &[field("health_check", "healthCheck", Form::Link(to(Scope::Global, "healthChecks")))];

/// `delete_rule` is what the API calls `autoDelete`.
const STATEFUL: &Shape = &[renamed("delete_rule", "autoDelete")];

const UPDATE: &Shape = &[
    renamed("max_surge_fixed", "maxSurge/fixed"),
    renamed("max_surge_percent", "maxSurge/percent"),
    renamed("max_unavailable_fixed", "maxUnavailable/fixed"),
    renamed("max_unavailable_percent", "maxUnavailable/percent"),
];

const MIG_SHAPE: &Shape = &[
    field("all_instances_config", "allInstancesConfig", Form::One(&[])),
    field("auto_healing_policies", "autoHealingPolicies", Form::Many(HEALING)),
    field("instance_group", "instanceGroup", Form::Link(to(Scope::Zone, "instanceGroups"))),
    renamed("instance_group_manager_id", "id"),
    field("instance_lifecycle_policy", "instanceLifecyclePolicy", Form::One(&[])),
    field("named_port", "namedPorts", Form::Many(&[])),
    dropped("operation"),
    field("standby_policy", "standbyPolicy", Form::One(&[])),
    field("stateful_disk", "statefulPolicy/preservedState/disks", Form::Keyed("device_name", STATEFUL)),
    field("stateful_external_ip", "statefulPolicy/preservedState/externalIPs", Form::Keyed("interface_name", STATEFUL)),
    field("stateful_internal_ip", "statefulPolicy/preservedState/internalIPs", Form::Keyed("interface_name", STATEFUL)),
    field("status", "status", Form::One(&[])),
    field("update_policy", "updatePolicy", Form::One(UPDATE)),
    field("version", "versions", Form::Many(VERSION)),
    dropped("wait_for_instances"),
    dropped("wait_for_instances_status"),
];

const PRESERVED_ADDRESS: &Shape = &[field("ip_address", "ipAddress", Form::One(&[]))];

const PRESERVED: &Shape = &[
    field("disk", "disks", Form::Keyed("device_name", &[renamed("delete_rule", "autoDelete")])),
    field("external_ip", "externalIPs", Form::Keyed("interface_name", PRESERVED_ADDRESS)),
    field("internal_ip", "internalIPs", Form::Keyed("interface_name", PRESERVED_ADDRESS)),
];

const CONFIG_SHAPE: &Shape = &[
    dropped("minimal_action"),
    dropped("most_disruptive_allowed_action"),
    field("preserved_state", "preservedState", Form::One(PRESERVED)),
    dropped("remove_instance_on_destroy"),
    dropped("remove_instance_state_on_destroy"),
];

const AUTOSCALING_POLICY: super::Field = field(
    "autoscaling_policy",
    "autoscalingPolicy",
    Form::One(&[
        renamed("cooldown_period", "coolDownPeriodSec"),
        renamed("max_replicas", "maxNumReplicas"),
        renamed("min_replicas", "minNumReplicas"),
    ]),
);

const GROUP_SHAPE: &Shape = &[
    field("instances", "instances", Form::Links(INSTANCE)),
    field("named_port", "namedPorts", Form::Many(&[])),
    field("network", "network", Form::Link(NETWORK)),
];
