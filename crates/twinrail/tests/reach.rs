//! Cases that were transcribed by hand from Google's pages, and the examples of the pages on verdicts: each is a model and what becomes of packets in it.
//! Set `CASE=words` to run those whose title has the words. The form of a case is in the first file of `reach/`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use twinrail_facts::{Catalog, Date, decide};
use twinrail_intake::{Input, Loaded};
use twinrail_model::{
    BackendServiceId, ClientGroupId, ForwardingRuleId, InstanceId, Network, NicId, Platform, Situation, Vip,
};
use twinrail_reach::{Code, End, Packet, Plane, Sender, Traffic, Verdict, forward};

const HEALTHY: &[(&str, &str)] = &[
    ("z4m", include_str!("../../../examples/z4m.yaml")),
    ("h4d", include_str!("../../../examples/h4d.yaml")),
    ("a4", include_str!("../../../examples/a4.yaml")),
];

/// The address of a machine on the internet: one that is kept for documentation.
const OUTSIDE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

/// A case, or the example of a page.
struct Case {
    title: String,
    /// The healthy example that the patch is of; `None`: the text is a whole model.
    of: Option<&'static str>,
    model: String,
    traces: Vec<String>,
}

/// A trace line, resolved.
struct Trace {
    packet: Packet,
    expected: String,
}

#[test]
fn every_case_is_in_form() {
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases are too few", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let loaded = load(case);
        let traces: Vec<Result<Trace, String>> = case.traces.iter().map(|line| trace(&loaded.network, line)).collect();
        wrong.extend(traces.into_iter().filter_map(Result::err).map(|error| format!("{}: {error}", case.title)));
        if !loaded.unsupported.is_empty() || !loaded.malformed.is_empty() {
            wrong.push(format!("{}: {:?} {:?}", case.title, loaded.unsupported, loaded.malformed));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_page_whose_example_yields_it() {
    let pages = files("../reach/pages");
    for code in Code::ALL {
        let page = pages.get(&format!("{code}.md")).unwrap_or_else(|| panic!("{code} has no page"));
        assert!(page.starts_with(&format!("# {code}\n")), "the page of {code} is titled with it");
        let traced = page_cases(code.word(), page).into_iter().flat_map(|case| case.traces);
        let mut outcomes = traced.filter_map(|line| line.rsplit_once(": ").map(|(_, outcome)| outcome.to_owned()));
        assert!(
            outcomes.any(|outcome| outcome.trim_start_matches("reply ") == code.word()),
            "no trace on the page of {code} ends with it"
        );
    }
    assert_eq!(pages.len(), Code::ALL.len(), "a page for each code and no other");
}

#[test]
#[ignore = "`forward` follows no packet yet"]
fn every_packet_goes_where_its_case_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let loaded = load(&case);
        for line in &case.traces {
            let trace = trace(&loaded.network, line).unwrap_or_else(|error| panic!("{}: {error}", case.title));
            let outcome = outcome(&loaded, &trace.packet);
            if outcome != trace.expected {
                wrong.push(format!("{}\n    {line}\n    but {outcome}", case.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What becomes of a packet, in the words of a trace line.
fn outcome(loaded: &Loaded, packet: &Packet) -> String {
    let mut catalog = Catalog::embedded().clone();
    for over in &loaded.overrides {
        catalog.apply(over, today()).unwrap_or_else(|error| panic!("{error}"));
    }
    let platform = Platform::new(&catalog);
    let plane = Plane::new(&loaded.network, &platform);
    let decision = decide(&catalog, |facts| {
        forward(&plane, &Situation::default(), facts, packet).map_or("undecided".to_owned(), |verdict| word(&verdict))
    });
    decision.certain().cloned().unwrap_or("depends".to_owned())
}

fn word(verdict: &Verdict) -> String {
    let worst = verdict.worst();
    match worst.dropped() {
        None => "delivered".to_owned(),
        Some((_, code)) if worst.loses_reply() => format!("reply {code}"),
        Some((_, code)) => code.to_string(),
    }
}

/// Reads `FROM -> TO PORT: OUTCOME`.
fn trace(network: &Network, line: &str) -> Result<Trace, String> {
    let unread = || format!("`{line}` is not `FROM -> TO PORT: OUTCOME`");
    let (question, expected) = line.rsplit_once(": ").ok_or_else(unread)?;
    let (from, rest) = question.split_once(" -> ").ok_or_else(unread)?;
    let (to, traffic) = rest.rsplit_once(' ').ok_or_else(unread)?;
    let code = expected.strip_prefix("reply ").unwrap_or(expected);
    if !["delivered", "depends", "undecided"].contains(&expected) {
        code.parse::<Code>()?;
    }
    let packet = Packet { from: sender(network, from)?, to: end(network, to)?, traffic: read_traffic(traffic)? };
    Ok(Trace { packet, expected: expected.to_owned() })
}

fn sender(network: &Network, name: &str) -> Result<Sender, String> {
    if name == "internet" {
        return Ok(Sender::Internet(OUTSIDE));
    }
    if let Some(rule) = name.strip_prefix("probe of ") {
        let rule = forwarding_rule(network, rule).ok_or_else(|| format!("no load balancer is named `{rule}`"))?;
        let service: Option<BackendServiceId> = *network.forwarding_rules[rule].backend_service;
        return service.map(Sender::Prober).ok_or_else(|| format!("`{name}` has no backend service"));
    }
    if let Some((instance, nic)) = name.split_once(" nic") {
        let nic = nic_of(network, instance, nic)?;
        return Ok(Sender::Guest { instance: network.nics[nic].instance, bound: Some(End::Nic(nic)) });
    }
    if let Some(instance) = instance(network, name) {
        return Ok(Sender::Guest { instance, bound: None });
    }
    clients(network, name).map(Sender::Clients).ok_or_else(|| format!("nobody is named `{name}`"))
}

fn end(network: &Network, name: &str) -> Result<End, String> {
    if name == "internet" {
        return Ok(End::Address(OUTSIDE));
    }
    if let Ok(address) = name.parse() {
        return Ok(End::Address(address));
    }
    if let Some((instance, nic)) = name.split_once(" nic") {
        return nic_of(network, instance, nic).map(End::Nic);
    }
    let (pool, place) = name.split_once('#').unwrap_or((name, "0"));
    if let Some((pool, _)) = network.vips.iter().find(|(id, _)| network.short(*id) == pool) {
        let place = place.parse().map_err(|_| format!("`{place}` is no place in a pool"))?;
        return Ok(End::Vip(Vip { pool, place }));
    }
    let rule = forwarding_rule(network, name).map(End::Rule);
    let nic = || nic_of(network, name, "0").ok().map(End::Nic);
    let group = || clients(network, name).map(End::Clients);
    rule.or_else(nic).or_else(group).ok_or_else(|| format!("nothing is named `{name}`"))
}

fn read_traffic(text: &str) -> Result<Traffic, String> {
    let port = |port: &str| port.parse::<u16>().map_err(|_| format!("`{port}` is no port"));
    match text.split_once(':') {
        Some(("tcp", number)) => port(number).map(Traffic::tcp),
        Some(("udp", number)) => port(number).map(Traffic::udp),
        None if text == "rdma" => Ok(Traffic::Rdma),
        None if text == "icmp" => Ok(Traffic::Ip { protocol: twinrail_reach::protocol::ICMP, port: None }),
        _ => Err(format!("`{text}` is no traffic")),
    }
}

fn instance(network: &Network, name: &str) -> Option<InstanceId> {
    network.instances.iter().find(|(id, _)| network.short(*id) == name).map(|(id, _)| id)
}

fn clients(network: &Network, name: &str) -> Option<ClientGroupId> {
    network.clients.iter().find(|(id, _)| network.short(*id) == name).map(|(id, _)| id)
}

fn forwarding_rule(network: &Network, name: &str) -> Option<ForwardingRuleId> {
    network.forwarding_rules.iter().find(|(id, _)| network.short(*id) == name).map(|(id, _)| id)
}

fn nic_of(network: &Network, name: &str, index: &str) -> Result<NicId, String> {
    let instance = instance(network, name).ok_or_else(|| format!("no instance is named `{name}`"))?;
    let place: usize = index.parse().map_err(|_| format!("`nic{index}` is no NIC"))?;
    network.instances[instance].nics.get(place).copied().ok_or_else(|| format!("`{name}` has no nic{place}"))
}

fn load(case: &Case) -> Loaded {
    let text = match case.of {
        Some(name) => {
            let healthy = HEALTHY.iter().find(|(known, _)| *known == name).expect("cases name healthy examples").1;
            twinrail_intake::patch(healthy, &case.model).unwrap_or_else(|error| panic!("{}: {error}", case.title))
        }
        None => case.model.clone(),
    };
    let path = if text.starts_with('{') { "model.json" } else { "model.yaml" };
    let input = Input { path: path.to_owned(), text };
    twinrail_intake::read(vec![input], today()).unwrap_or_else(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| format!("{error} ({:?})", error.hint)).collect();
        panic!("{}: {}", case.title, lines.join("\n"))
    })
}

fn today() -> Date {
    "2026-11-22".parse().expect("a date")
}

/// All cases, or those that `CASE` names.
#[expect(clippy::disallowed_methods, reason = "a switch for people who write a case")]
fn cases() -> Vec<Case> {
    let only = std::env::var("CASE").ok();
    let transcribed = files("tests/reach").into_values().flat_map(|text| {
        let sections: Vec<String> = text.split("\n## ").skip(1).map(str::to_owned).collect();
        sections.into_iter().flat_map(|section| {
            let (title, body) = section.split_once('\n').expect("a case has a body");
            page_cases(title, body)
        })
    });
    let pages = files("../reach/pages").into_iter().flat_map(|(name, text)| page_cases(&name, &text));
    let all = transcribed.chain(pages);
    all.filter(|case| only.as_ref().is_none_or(|words| case.title.contains(words.as_str()))).collect()
}

/// The models of a section, each with the traces after it.
fn page_cases(title: &str, text: &str) -> Vec<Case> {
    let mut found: Vec<Case> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("```") {
        let (head, body) = rest[at + 3..].split_once('\n').expect("a block has a head");
        let (block, after) = body.split_once("\n```").unwrap_or_else(|| panic!("{title}: a block without an end"));
        rest = after;
        match head.trim() {
            "trace" => {
                let case = found.last_mut().unwrap_or_else(|| panic!("{title}: a trace without a model"));
                case.traces.extend(block.lines().filter(|line| !line.is_empty()).map(str::to_owned));
            }
            model => {
                let of = model.strip_prefix("yaml").unwrap_or_else(|| panic!("{title}: a block opens with {model}"));
                let of = of.strip_prefix(" of ").map(|name| {
                    HEALTHY.iter().find(|(known, _)| *known == name.trim()).expect("cases name healthy examples").0
                });
                found.push(Case { title: title.to_owned(), of, model: block.to_owned(), traces: Vec::new() });
            }
        }
    }
    assert!(found.iter().all(|case| !case.traces.is_empty()), "{title}: a model without a trace");
    assert!(!found.is_empty(), "{title}: a case without a model");
    found
}

/// The Markdown files of a folder, by name.
#[expect(clippy::disallowed_methods, reason = "tests read their cases")]
fn files(folder: &str) -> BTreeMap<String, String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files = BTreeMap::new();
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        files.insert(name, std::fs::read_to_string(&path).expect("a case can be read"));
    }
    files
}
