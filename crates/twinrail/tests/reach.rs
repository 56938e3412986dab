//! Cases that were transcribed by hand from Google's pages, and the examples of the pages on verdicts: each is a model and what becomes of packets in it.
//! Set `CASE=words` to run those whose title has the words. The form of a case is in the first file of `reach/`.

use std::collections::BTreeMap;

use twinrail_facts::{Catalog, Date};
use twinrail_intake::{Input, Loaded};
use twinrail_model::{Network, Platform, Situation};
use twinrail_reach::{Answer, Code, Fate, Packet, Plane, answers, name};
use twinrail_rules::Config;

const HEALTHY: &[(&str, &str)] = &[
    ("z4m", include_str!("../../../examples/z4m.yaml")),
    ("h4d", include_str!("../../../examples/h4d.yaml")),
    ("a4", include_str!("../../../examples/a4.yaml")),
];

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
    situation: Situation,
}

#[test]
fn every_case_is_in_form() {
    let cases = cases();
    assert!(cases.len() >= 40, "{} cases are too few", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let loaded = load(case);
        let packets = case.traces.iter().filter(|line| !line.starts_with("intents: "));
        let errors = packets.filter_map(|line| trace(&loaded.network, line).err());
        wrong.extend(errors.map(|error| format!("{}: {error}", case.title)));
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
fn every_packet_goes_where_its_case_says() {
    let mut wrong = Vec::new();
    for case in cases() {
        let loaded = load(&case);
        for line in &case.traces {
            let outcome = outcome(&loaded, line).unwrap_or_else(|error| panic!("{}: {error}", case.title));
            if line.rsplit_once(": ").is_none_or(|(_, expected)| expected != outcome) {
                wrong.push(format!("{}\n    {line}\n    but {outcome}", case.title));
            }
        }
    }
    assert!(wrong.is_empty(), "{} lines are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Machines of which each has a tag of its own stand together, unless a rule or a route names the tags.
#[test]
fn tags_that_nothing_names_make_no_groups() {
    let mut model = String::from(
        "twinrail: 1\nprojects: { p: {} }\nnetworks: { n: { project: p } }\nsubnets: { s: { network: n, region: us-central1, range: 10.1.0.0/24 } }\ninstances:\n",
    );
    model.extend((0..40).map(|number| {
        format!(
            "  web-{number}: {{ machine: c4-standard-8, zone: us-central1-a, tags: [web, own-{number}], nics: [{{ rail: tcp, type: GVNIC, subnet: s }}] }}\n"
        )
    }));
    model += "firewall: { a: { network: n, from: [10.1.0.0/24], target-tags: [own-7], ports: [\"tcp:80\"] } }\n";
    let case = Case { title: "tags".to_owned(), of: None, model, traces: Vec::new() };
    let loaded = load(&case);
    let platform = Platform::new(Catalog::embedded());
    let matrix =
        twinrail_reach::matrix(&Plane::new(&loaded.network, &platform), Catalog::embedded(), &Situation::default());
    let names: Vec<String> = matrix.groups.iter().map(|group| group.kind.short(&loaded.network)).collect();
    assert_eq!(names, ["web-0 and 38 like it", "web-7", "internet"]);
}

/// What becomes of a line's packet, in the words of a line.
fn outcome(loaded: &Loaded, line: &str) -> Result<String, String> {
    if let Some(code) = line.strip_prefix("intents: ") {
        return Ok(if intents_say(loaded, code) { code.to_owned() } else { "nothing of the kind".to_owned() });
    }
    Ok(outcome_of(loaded, &trace(&loaded.network, line)?))
}

/// Whether a violated intent names a code, for what is found before any packet is sent.
fn intents_say(loaded: &Loaded, code: &str) -> bool {
    let run = twinrail_rules::run(&loaded.network, Catalog::embedded(), &Config::default(), today());
    let answers = run.outcomes.iter().flat_map(|outcome| &outcome.decision.arms).map(|arm| &arm.answer);
    let mut findings = answers.filter_map(|answer| match answer {
        Ok(twinrail_model::Answer::Violated(finding)) => Some(finding),
        _ => None,
    });
    findings.any(|finding| format!("{finding:?}").contains(&format!("({code})")))
}

fn outcome_of(loaded: &Loaded, trace: &Trace) -> String {
    let mut catalog = Catalog::embedded().clone();
    for over in &loaded.overrides {
        catalog.apply(over, today()).unwrap_or_else(|error| panic!("{error}"));
    }
    let platform = Platform::new(&catalog);
    let plane = Plane::new(&loaded.network, &platform);
    let decision = answers(&plane, &trace.situation, &catalog, &trace.packet).coarsen(word);
    decision.certain().cloned().unwrap_or("depends".to_owned())
}

fn word(answer: &Answer) -> String {
    match answer.fate() {
        Fate::Delivered => "delivered".to_owned(),
        Fate::Undecided(_) => "undecided".to_owned(),
        Fate::Dropped(code) => {
            let loses_reply = answer.verdict.as_ref().is_some_and(|verdict| verdict.worst().loses_reply());
            if loses_reply { format!("reply {code}") } else { code.to_string() }
        }
    }
}

/// Reads `FROM -> TO PORT[, after PART fails]: OUTCOME`.
fn trace(network: &Network, line: &str) -> Result<Trace, String> {
    let unread = || format!("`{line}` is not `FROM -> TO PORT: OUTCOME`");
    let (question, expected) = line.rsplit_once(": ").ok_or_else(unread)?;
    let (question, part) = match question.split_once(", after ") {
        Some((question, after)) => (question, Some(after.strip_suffix(" fails").ok_or_else(unread)?)),
        None => (question, None),
    };
    let (from, rest) = question.split_once(" -> ").ok_or_else(unread)?;
    let (to, traffic) = rest.rsplit_once(' ').ok_or_else(unread)?;
    let code = expected.strip_prefix("reply ").unwrap_or(expected);
    if !["delivered", "depends", "undecided"].contains(&expected) {
        code.parse::<Code>()?;
    }
    let read = || {
        let traffic = name::traffic(traffic)?;
        let from = name::sender(network, from, traffic)?.it;
        let to = name::end(network, to, traffic, from)?.it;
        let part = part.map(|part| name::part(network, part)).transpose()?;
        Ok((Packet { from, to, traffic }, Situation::after(part)))
    };
    let (packet, situation) = read().map_err(|error: name::NameError| format!("{line}: {}", error.lines()))?;
    Ok(Trace { packet, situation })
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
