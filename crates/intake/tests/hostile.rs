//! Input that nobody should send: an error or a listed outcome, never a panic, and never more than a little time.

use proptest::prelude::*;
use serde_json::{Value, json};
use twinrail_intake::Loaded;

use crate::fixtures::{ALL, text};
use crate::view::{entities, everything, messages, read};

/// Reads one text; whatever comes out is looked at in full.
fn survive(text: &str) -> Result<Loaded, Vec<String>> {
    let loaded = read(&[("input", text)]).map_err(|errors| {
        assert!(!errors.is_empty(), "an error says something");
        for error in &errors {
            let at = error.at.clone().unwrap_or(0..0);
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            assert!(text.get(at).is_some(), "{error} stands in the text");
        }
        messages(&errors, &[])
    })?;
    everything(&loaded);
    Ok(loaded)
}

fn refused(text: &str) -> String {
    survive(text).expect_err("this is refused").join("\n")
}

#[test]
fn every_prefix_of_every_fixture_is_read_or_refused() {
    for (_, text) in ALL {
        for end in (0..text.len()).step_by(97).filter(|end| text.is_char_boundary(*end)) {
            drop(survive(&text[..end]));
        }
    }
}

#[test]
fn deep_input_is_refused_or_listed() {
    let depth = 200_000;
    for (open, close) in [
        ("[", "]"),
        ("{\"a\":", "}"),
        ("{\"items\":[", "]}"),
        ("{\"kind\":\"compute#network\",\"selfLink\":\"projects/p/global/networks/n\",\"x\":", "}"),
        ("[{\"items\":", "}]"),
    ] {
        drop(survive(&format!("{}0{}", open.repeat(depth), close.repeat(depth))));
        assert!(refused(&open.repeat(depth)).starts_with("input: not valid JSON"), "{open}");
    }
    drop(survive(&"- ".repeat(depth)));
    drop(survive(&format!("twinrail: 1\nx: {}", "[".repeat(depth))));
}

#[test]
fn many_small_items_take_little() {
    let network =
        |n: usize| format!("{{\"kind\":\"compute#network\",\"selfLink\":\"projects/p/global/networks/n{n}\"}}");
    let items: Vec<String> = (0..200_000).map(network).collect();
    let list = format!("{{\"kind\":\"compute#networkList\",\"items\":[{}]}}", items.join(","));
    assert_eq!(read(&[("list", &list)]).expect("a list").network.vpcs.len(), 200_000);
    // The same one again and again, and one with very many fields.
    let same = vec![network(0); 50_000].join("\n");
    assert_eq!(read(&[("same", &same)]).expect("documents").network.vpcs.len(), 1);
    let fields: Vec<String> = (0..50_000).map(|n| format!("\"f{n}\":{n}")).collect();
    let wide =
        format!("{{\"kind\":\"compute#network\",\"selfLink\":\"projects/p/global/networks/n\",{}}}", fields.join(","));
    assert_eq!(read(&[("wide", &wide)]).expect("a network").unread.len(), 50_000);
}

/// A plan in which `module.m` is called with these arguments, has these outputs, and makes one machine whose subnet is the argument `a`.
fn plan_of(arguments: &Value, outputs: &Value, address: &str, nics: usize) -> String {
    let unknown = vec![json!({ "subnetwork": true }); nics];
    let instance = json!({
        "address": format!("{address}google_compute_instance.i"), "mode": "managed", "type": "google_compute_instance",
        "name": "i", "change": {
            "actions": ["create"], "before": null, "after_unknown": { "network_interface": unknown },
            "after": { "name": "i", "zone": "z-1-a", "network_interface": vec![json!({ "network": "n" }); nics] },
        },
    });
    let nic = json!({ "subnetwork": { "references": ["var.a"] } });
    let block = json!({
        "mode": "managed", "type": "google_compute_instance", "name": "i",
        "expressions": { "network_interface": vec![nic; nics] },
    });
    let module = json!({ "outputs": outputs, "resources": [block], "variables": { "a": {} } });
    let call = json!({ "expressions": arguments, "module": module });
    let root = json!({ "module_calls": { "m": call } });
    let configuration = json!({ "root_module": root });
    json!({ "format_version": "1.2", "resource_changes": [instance], "configuration": configuration }).to_string()
}

#[test]
fn expressions_of_a_plan_may_lead_in_circles_and_fan_out() {
    let refers = |to: &[&str]| json!({ "references": to });
    let circle = json!({ "o": { "expression": refers(&["var.a"]) } });
    let one = survive(&plan_of(&json!({ "a": refers(&["module.m.o"]) }), &circle, "module.m.", 200)).expect("a plan");
    assert_eq!(one.network.instances.len(), 1);
    // Each round asks for a part of the part before.
    drop(survive(&plan_of(&json!({ "a": refers(&["module.m.o.x[0].y"]) }), &circle, "module.m.", 200)));
    let long = format!("module.m.o{}", "[0]".repeat(20_000));
    drop(survive(&plan_of(&json!({ "a": refers(&[&long]) }), &circle, "module.m.", 20)));
    // Every reference leads to an expression of very many.
    let many: Vec<&str> = ["x.y", "x.z"].into_iter().cycle().take(10_000).collect();
    let few: Vec<&str> = ["module.m.o", "x.y"].into_iter().cycle().take(800).collect();
    let wide = json!({ "o": { "expression": refers(&["var.b"]) } });
    drop(survive(&plan_of(&json!({ "a": refers(&few), "b": refers(&many) }), &wide, "module.m.", 50)));
}

#[test]
fn modules_of_an_address_may_be_very_many() {
    drop(survive(&plan_of(&json!({}), &json!({}), &"module.m.".repeat(20_000), 1)));
}

#[test]
fn a_sensitive_value_of_another_form_than_its_mark_is_blotted_out_whole() {
    let plan = plan_of(&json!({}), &json!({}), "", 1);
    let marked = plan.replace("\"after_unknown\"", "\"after_sensitive\":{\"zone\":{\"x\":true}},\"after_unknown\"");
    assert_ne!(plan, marked);
    let loaded = survive(&marked).expect("a plan");
    let source = loaded.origins.sources().next().expect("one input");
    assert!(!loaded.origins.text(source).contains("z-1-a"));
}

/// A blueprint with these variables, and machines with these settings.
fn blueprint(vars: &str, settings: &str) -> String {
    format!(
        "blueprint_name: b\nvars: {{ project_id: p, deployment_name: d, region: r-1, zone: r-1-a, {vars} }}\ndeployment_groups:\n\
         - group: g\n  modules:\n  - {{ id: m, source: modules/compute/vm-instance, settings: {{ {settings} }} }}\n"
    )
}

#[test]
fn a_small_blueprint_cannot_make_very_much() {
    let numbers = "big: '$([for a in range(1000): range(1000)])'";
    let small = blueprint(&format!("{numbers}, x: '$([for a in range(10000): vars.big[0][0]])'"), "");
    assert!(refused(&small).contains("the expressions come to more than 20000000 bytes"));
    let local = "x: '$([for big in [[for a in range(1000): range(1000)]]: [for b in range(10000): big[0][0]]])'";
    assert!(refused(&blueprint(local, "")).contains("the expressions come to more than 20000000 bytes"));
    let nics = "instance_count: 10000, network_interfaces: '$([for a in range(9000): {network = \"n\"}])'";
    assert!(refused(&blueprint("", nics)).contains("the blueprint makes resources of more than 30000000 bytes"));
}

#[test]
fn odd_texts_have_an_outcome() {
    for empty in ["", " \n\t\r\n", "\u{feff}", "\u{feff}\n"] {
        assert!(refused(empty).starts_with("input: the file is empty (give a model file"), "{empty:?}");
    }
    for neither in ["null", "17", "\"text\"", "true", "x", "~", "# only a comment"] {
        assert!(refused(neither).contains("neither a model file"), "{neither:?}");
    }
    for broken in [
        "{",
        "[",
        "[1,]",
        "{\"a\":}",
        "{} x",
        "{\"a\":\"\\ud800\"}",
        "{\"selfLink\":\"\\ud800\\u0041\"}",
        "[\"\\x\"]",
        "{\"id\":1e999999}",
        "{\"\u{0}\":1}",
    ] {
        if let Err(lines) = survive(broken) {
            assert!(lines[0].starts_with("input: not valid JSON: "), "{broken:?}: {lines:?}");
        }
    }
    for listed in [
        "{}",
        "[]",
        "[[]]",
        "[null,1,\"x\",true]",
        "{\"items\":7}",
        "{\"items\":{\"s\":7,\"t\":{\"u\":[7]}}}",
        "{\"firewalls\":[7],\"firewallPolicys\":[{}]}",
    ] {
        survive(listed).unwrap_or_else(|lines| panic!("{listed}: {lines:?}"));
    }
    for recording in [
        "GET http://x",
        "GET http://x\n\n200 OK\n\n",
        "GET http://x\n200 OK\n\n{",
        "GET http://x\r\n\r\n200 OK\r\n\r\n{}\r\n---\r\n",
        "PUT https://",
    ] {
        drop(survive(recording));
    }
}

#[test]
fn names_numbers_and_repeated_keys_are_kept_as_they_are() {
    for name in [
        "a\\u0000b",
        "..",
        "../../etc/passwd",
        "a/b",
        "\\u001b[31m",
        "\\u202e",
        "%2e%2e",
        "ü",
        " ",
        "?",
        "a?b=c",
        "\\n",
    ] {
        let text = format!(
            "[{{\"kind\":\"compute#network\",\"name\":\"{name}\",\"selfLink\":\"projects/p/global/networks/{name}\"}}]"
        );
        survive(&text).unwrap_or_else(|lines| panic!("{name}: {lines:?}"));
    }
    let twice = r#"{"selfLink":"projects/p/global/networks/n","mtu":1460,"mtu":8896}"#;
    assert_eq!(survive(twice).expect("JSON allows it").network.vpcs.rows()[0].mtu, Ok(Some(8896)));
    for (mtu, known) in [
        ("\"8896\"", true),
        ("18446744073709551615", true),
        ("18446744073709551616", false),
        ("-1", false),
        ("1.5", false),
        ("1e400", false),
        ("\"x\"", false),
        ("[]", false),
    ] {
        let text = format!(r#"{{"selfLink":"projects/p/global/networks/n","mtu":{mtu}}}"#);
        if let Ok(loaded) = survive(&text) {
            assert_eq!(
                (loaded.network.vpcs.rows()[0].mtu.is_ok(), loaded.malformed.is_empty()),
                (known, known),
                "{mtu}"
            );
        }
    }
}

/// Places of all values below a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| pointers(item, &format!("{at}/{place}"), found));
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                pointers(field, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[{}]])),
        Just(json!([null, 1, "x", {}])),
        Just(json!({"items": [1], "name": 7, "kind": [], "selfLink": {}})),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,12}".prop_map(|text| json!(text)),
        prop::sample::select(vec![
            "projects/p",
            "projects//global/networks/",
            "//",
            "global/networks/n",
            "10.0.0.0/33",
            "/999",
            "nic99999999999999999999",
            "0-65536",
            "::/0"
        ])
        .prop_map(|text| json!(text)),
    ]
}

const MODELS: [&str; 3] = [
    include_str!("../../../examples/z4m.yaml"),
    include_str!("../../../examples/h4d.yaml"),
    include_str!("../../../examples/a4.yaml"),
];

/// A model file as JSON, which is YAML too.
fn as_json(model: &str) -> Value {
    serde_saphyr::from_str(model).expect("an example is YAML")
}

/// Values that a model file may have somewhere, and should not have everywhere.
fn odd_model_value() -> impl Strategy<Value = Value> {
    let texts = [
        "vault",
        "tcp",
        "nobody",
        "us-central1-a",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "::/0",
        "10.10.0.1-10.10.0.2",
        "0 s",
        "1 Gbps",
        "alias-ip",
        "",
        "a/b",
        "nothing else reaches vault",
    ];
    prop_oneof![
        odd_value(),
        prop::sample::select(texts.to_vec()).prop_map(|text| json!(text)),
        prop::sample::select(texts.to_vec()).prop_map(|text| json!([text])),
        (0_u32..100).prop_map(|number| json!(number)),
        Just(json!(4_294_967_295_u64)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn wrong_types_anywhere_are_listed(
        fixture in prop::sample::select(ALL.iter().map(|(name, _)| *name).filter(|name| *name != "lists.json").collect::<Vec<_>>()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd_value()), 1..6),
    ) {
        let mut value: Value = serde_json::from_str(text(fixture)).expect("a fixture is JSON");
        for (place, odd) in changes {
            let mut found = Vec::new();
            pointers(&value, "", &mut found);
            let at: &String = place.get(&found);
            *value.pointer_mut(at).expect("a place of it") = odd;
        }
        if let Ok(loaded) = survive(&value.to_string()) {
            for (entity, _) in entities(&loaded.network) {
                loaded.network.short(entity);
            }
        }
    }

    #[test]
    fn models_with_odd_values_are_read_or_refused(
        model in prop::sample::select(MODELS.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), odd_model_value()), 1..5),
    ) {
        let mut value = as_json(model);
        for (place, odd) in changes {
            let mut found = Vec::new();
            pointers(&value, "", &mut found);
            let at: &String = place.get(&found);
            *value.pointer_mut(at).expect("a place of it") = odd;
        }
        drop(survive(&value.to_string()));
    }

    #[test]
    fn text_of_any_kind_is_read_or_refused(text in "(twinrail: 1\n|\\[|\\{|GET http://x\n\n200 OK\n\n|# c\n)?\\PC{0,60}(\n[ -~]{0,30}){0,6}") {
        drop(survive(&text));
    }
}
