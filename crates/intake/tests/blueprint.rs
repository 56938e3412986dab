//! Cluster Toolkit blueprints: what their modules make, what stays unknown, and what is wrong with them. The fixtures are
//! synthetic; the one real blueprint is in the corpus.

use std::fmt::Write as _;

use insta::assert_snapshot;
use proptest::prelude::*;
use twinrail_intake::Loaded;
use twinrail_model::{EntityId, Field, Hole, Known, NicType, Place};

use crate::view::{entities, everything, loaded, messages, read};

const H4D: &str = include_str!("fixtures/blueprint-h4d.yaml");
const ROCE: &str = include_str!("fixtures/blueprint-roce.yaml");

/// A blueprint of modules, and the variables that most of them need.
fn with(vars: &str, modules: &str) -> String {
    format!(
        "blueprint_name: b\nvars:\n  project_id: lab\n  deployment_name: d\n  region: us-central1\n  zone: us-central1-a\n{vars}\
         deployment_groups:\n- group: g\n  modules:\n{modules}"
    )
}

fn errors(text: &str) -> Vec<String> {
    match read(&[("b.yaml", text)]) {
        Ok(loaded) => panic!("this is read: {}", summary(&loaded)),
        Err(errors) => messages(&errors, &[("b.yaml", text)]),
    }
}

fn shown<T: std::fmt::Display>(field: &Field<T>) -> String {
    match field {
        Ok(value) => value.to_string(),
        Err(Hole::NotInInput(_)) => "not in the input".to_owned(),
        Err(hole) => format!("{hole:?}"),
    }
}

fn optional<T: std::fmt::Display>(field: &Field<Option<T>>) -> String {
    shown(&field.as_ref().map(|value| value.as_ref().map_or("none".to_owned(), T::to_string)).map_err(Clone::clone))
}

/// What was read, a line each.
fn summary(loaded: &Loaded) -> String {
    let network = &loaded.network;
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").expect("a string takes all");
    let known = |known: Known| if known == Known::Here { "" } else { " (outside)" };
    for vpc in network.vpcs.rows() {
        line(format!(
            "{}{}: profile {}, mtu {}",
            vpc.name,
            known(vpc.known),
            optional(&vpc.profile),
            optional(&vpc.mtu)
        ));
    }
    for subnet in network.subnets.rows() {
        let vpc = subnet.vpc.get().map(|vpc| network.vpcs[vpc].name.short().to_owned());
        let secondary: Vec<String> = subnet.secondary.iter().map(|(name, range)| format!(" {name} {range}")).collect();
        let range = optional(&subnet.range);
        line(format!("{}{}: {range} of {}{}", subnet.name, known(subnet.known), shown(&vpc), secondary.concat()));
    }
    for rule in network.firewall_rules.rows() {
        line(format!("{}: {} {:?} from {:?}", rule.name, rule.layer4.len(), rule.action, rule.selector.source_ranges));
    }
    for router in network.routers.rows() {
        let nats: Vec<(&str, String)> = router
            .nats
            .iter()
            .map(|nat| (nat.name.as_str(), shown(&nat.sources.get().map(|nat| format!("{nat:?}")))))
            .collect();
        line(format!("{}: {nats:?} in {}", router.name, shown(&router.region)));
    }
    for instance in network.instances.rows() {
        let maintenance = match instance.on_host_maintenance.known_or_hole() {
            Ok(maintenance) => format!("{maintenance:?}"),
            Err(hole) => format!("{hole:?}"),
        };
        line(format!("{}: {}, {maintenance}, tags {:?}", instance.name, shown(&instance.machine), instance.tags));
        for nic in &instance.nics {
            let nic = &network.nics[*nic];
            let subnet = nic.subnet.get().map(|subnet| network.subnets[subnet].name.short().to_owned());
            let vpc = nic.vpc.get().map(|vpc| network.vpcs[vpc].name.short().to_owned());
            let kind = nic.nic_type.get().map(|kind| kind.map_or("none", NicType::word));
            let external = if *nic.external { ", external" } else { "" };
            line(format!("  nic{} {} on {} of {}{external}", nic.index, shown(&kind), shown(&subnet), shown(&vpc)));
        }
    }
    for what in &loaded.unsupported {
        line(format!("not understood: {} {}", what.count, what.what));
    }
    for what in &loaded.malformed {
        line(format!("malformed: {what}"));
    }
    text
}

#[test]
fn two_networks_and_machines_with_two_nics_each() {
    assert_snapshot!(summary(&loaded(&[("b.yaml", H4D)])));
}

#[test]
fn networks_by_number_and_a_network_with_a_roce_profile() {
    assert_snapshot!(summary(&loaded(&[("b.yaml", ROCE)])));
}

#[test]
fn findings_lead_to_the_lines_of_the_blueprint() {
    let loaded = loaded(&[("b.yaml", H4D)]);
    let at = |entity: EntityId, field| {
        let spot = loaded.origins.spot(Place::field(entity, field)).expect("it is described");
        let text = loaded.origins.text(spot.source);
        text[spot.bytes].lines().next().unwrap_or_default().to_owned()
    };
    let network = &loaded.network;
    let vpc = |name: &str| network.vpcs.iter().find(|(_, row)| row.name.short() == name).expect("a network").0;
    assert_eq!(
        at(vpc("solver-falcon").into(), "networkProfile"),
        "projects/$(vars.project_id)/global/networkProfiles/$(vars.zone)-vpc-falcon"
    );
    assert_eq!(at(vpc("solver-hosts").into(), "mtu"), "hosts", "a default stands where the module does");
    let subnet = |name: &str| network.subnets.iter().find(|(_, row)| row.name.short() == name).expect("a subnet").0;
    assert_eq!(at(subnet("solver-falcon-sub").into(), "ipCidrRange"), "$(vars.falcon_range)");
    let nic = network.nics.ids().next().expect("a NIC");
    assert_eq!(at(nic.into(), "nicType"), "$(concat(");
    for (entity, known) in entities(network) {
        assert_eq!(loaded.origins.spot(entity.into()).is_some(), known == Known::Here, "{}", network.name(entity));
    }
}

#[test]
fn a_deployment_file_fills_in_what_the_blueprint_leaves_open() {
    let deployment = "vars:\n  project_id: lab\n  falcon_range: $(vars.base).0/24\n  base: 10.77.1\n";
    for files in [[("b.yaml", H4D), ("d.yaml", deployment)], [("d.yaml", deployment), ("b.yaml", H4D)]] {
        let loaded = loaded(&files);
        let names: Vec<&str> = loaded.network.subnets.rows().iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names[0], "projects/lab/regions/europe-west4/subnetworks/solver-falcon-sub");
        assert_eq!(optional(&loaded.network.subnets.rows()[0].range), "10.77.1.0/24");
    }
    let alone = read(&[("d.yaml", deployment)]).expect_err("nothing to deploy");
    assert_eq!(
        messages(&alone, &[]),
        ["d.yaml: a deployment file without its blueprint (give the blueprint beside it)"]
    );
    let bad = "vars:\n  project_id: lab\n  zone: $(vars.nowhere)\n";
    let bad_files = [("b.yaml", H4D), ("d.yaml", bad)];
    let wrong = read(&bad_files).expect_err("no such variable");
    assert_eq!(
        messages(&wrong, &bad_files),
        ["d.yaml:3: no variable is called `nowhere` (variables are written below `vars`)"]
    );
}

#[test]
fn what_is_not_known_is_unknown_and_listed() {
    let text = with(
        "  open:\n",
        r"  - id: net
    source: modules/network/vpc
    settings:
      mtu: $(vars.open)
      network_name: n-$(vars.open)
      subnetworks: [{ subnet_name: s, subnet_region: us-central1, subnet_ip: $(base64decode(vars.zone)) }]
  - { id: else, source: community/modules/network/other }
  - id: vm
    source: modules/compute/vm-instance
    use: [else]
    settings:
      machine_type: $(else.machine)
  - id: third
    source: modules/compute/vm-instance
    use: [net]
    settings: { name_prefix: third, instance_count: $(vars.open) }
",
    );
    assert_snapshot!(summary(&loaded(&[("b.yaml", &text)])));
}

#[test]
fn used_networks_fill_settings_and_the_first_wins() {
    let text = with(
        "",
        r#"  - { id: one, source: modules/network/vpc, settings: { network_name: one, enable_cloud_router: false, enable_cloud_nat: false } }
  - { id: two, source: modules/network/pre-existing-vpc, settings: { network_name: two } }
  - { id: a, source: modules/compute/vm-instance, use: [one, two], settings: { name_prefix: a, spot: true } }
  - { id: b, source: modules/compute/vm-instance, use: [two, one], settings: { name_prefix: b, bandwidth_tier: tier_1_enabled } }
  - { id: c, source: modules/compute/vm-instance, use: [two], settings: { name_prefix: c, network_self_link: ((module.one.network_id)), subnetwork_self_link: "((module.one.subnetwork_self_link))" } }
  - id: text
    source: modules/compute/vm-instance
    use: [one]
    settings:
      name_prefix: t
      disable_public_ips: true
      tags:
      - plain
      - |-
        $(lower(
            "TWO-LINES"
        ))
      - 'escaped-\$(vars.zone)'
      - '$(vars.zone)-\\$(vars.zone)'
      - '$(format("%s-%02d", vars.zone, 7))x'
"#,
    );
    let found = errors(&text);
    assert_eq!(found, ["b.yaml:29: format: the verb `%02d` is not understood"]);
    assert_snapshot!(summary(&loaded(&[("b.yaml", &text.replace("%02d", "%d"))])));
}

#[test]
fn every_mistake_is_found_at_once_with_its_line() {
    let text = with(
        "  a: $(vars.b)\n  b: x$(vars.a)\n",
        r"  - id: net
    source: modules/network/vpc
    use: [nett, vm]
    settings:
      network_name: Upper_Case
      mtu: [1]
      enable_internal_traffic: perhaps
      network_address_range: 10.0.0.0/33
      network_profile: vpc-falcon
      subnetworks: 7
  - id: vm
    source: modules/compute/vm-instance
    settings:
      machine_type: $(vars.machine
      tags: $(ned.tags)
      name_prefix: $(var)
      instance_count: -1
      network_interfaces: ['$(net.subnetworks[0])', 5]
  - id: vm
    source: modules/compute/vm-instance
  - id: no-source
  - source: 5
  - 12
- group: h
",
    );
    assert_snapshot!(errors(&text).join("\n"));
    let top = "blueprint_name: [x]\nvars: []\nfurther: 1\n";
    assert_snapshot!(errors(top).join("\n"), @r"
    b.yaml:1: the blueprint's name is no text
    b.yaml:1: a blueprint without a list of `deployment_groups`
    b.yaml:2: `vars` is no map of names to values
    ");
}

#[test]
fn modules_that_lead_back_to_themselves_end() {
    let text = with(
        "",
        "  - { id: a, source: modules/network/vpc, settings: { network_name: $(b.network_name) } }\n  - { id: b, source: modules/network/vpc, settings: { network_name: $(a.network_name) } }\n",
    );
    assert_eq!(errors(&text), ["b.yaml:11: the module `a` leads back to itself"]);
}

#[test]
fn hostile_expressions_end() {
    let doubled: String = (1..60).fold("  x0: [a]\n".to_owned(), |text, level| {
        let below = level - 1;
        format!("{text}  x{level}: $(concat(vars.x{below}, vars.x{below}))\n")
    });
    let chained: String =
        (0..5000).fold(String::new(), |text, level| format!("{text}  x{level:04}: $(vars.x{:04})\n", level + 1));
    let deep = format!("  x: $({}1{})\n", "(".repeat(10_000), ")".repeat(10_000));
    let tall = format!("  x: $({}1)\n", "!".repeat(10_000));
    let wide = format!("  x: $(1{})\n", "+1".repeat(10_000));
    let open = format!("  x: {}\n", "$(".repeat(5_000));
    let ends = format!("  x: $([{}\n", ")".repeat(20_000));
    let many = "  x: $([for a in range(10000) : [for b in range(10000) : a]])\n".to_owned();
    for (name, vars) in [
        ("doubled", doubled),
        ("chained", chained),
        ("deep", deep),
        ("tall", tall),
        ("wide", wide),
        ("open", open),
        ("ends", ends),
        ("many", many),
    ] {
        let errors = errors(&with(&vars, "  - { id: a, source: modules/network/vpc }\n"));
        assert!((1..=3).contains(&errors.len()), "{name}: {errors:?}");
    }
    let many =
        with("", "  - { id: a, source: modules/compute/vm-instance, settings: { instance_count: 4000000000 } }\n");
    assert_eq!(errors(&many), ["b.yaml:10: `instance_count` is 4000000000 (a whole number up to 10000)"]);
}

#[test]
fn every_prefix_is_read_or_refused() {
    for text in [H4D, ROCE] {
        for end in (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            if let Ok(loaded) = read(&[("b.yaml", &text[..end])]) {
                everything(&loaded);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in a setting: an error or a value, and the same both times.
    #[test]
    fn any_text_is_read_or_refused(text in r#"[$()\[\]{}a-z.,"\\ !:?0-9-]{0,40}"#) {
        let quoted = serde_json::Value::from(text).to_string();
        let blueprint = with(&format!("  a: {quoted}\n"), &format!("  - {{ id: n, source: modules/network/vpc, settings: {{ network_name: {quoted} }} }}\n"));
        let one = read(&[("b.yaml", &blueprint)]).map(|loaded| everything(&loaded));
        let two = read(&[("b.yaml", &blueprint)]).map(|loaded| everything(&loaded));
        prop_assert_eq!(one, two);
    }
}
