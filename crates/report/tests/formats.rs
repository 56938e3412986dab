//! Every format on synthetic reports: what hostile names do to it, and what it does with more than fits. Not here: the words of real findings,
//! which the command-line tests show.

#[path = "formats/bandwidth.rs"]
mod bandwidth;
#[path = "formats/book.rs"]
mod book;
#[path = "formats/failover.rs"]
mod failover;
#[path = "formats/size.rs"]
mod size;

use serde_json::Value;
use twinrail_facts::Catalog;
use twinrail_intake::Input;
use twinrail_report::{
    Baseline, Condition, Contents, Finding, Place, Refusal, Report, RuleResult, Setting, Step, Suppressed, TextOptions,
    Undecided, WorldArm,
};
use twinrail_rules::Config;

/// A name that means something in every format.
const HOSTILE: &str = "</td>|<img src=x onerror=alert(1)> @team #1 `x` [a](b) ]]> &amp; %0A::error::x\u{1b}[31m\r\n::warning::y \\ http://evil www.evil.example";

fn place(name: &str, line: usize) -> Place {
    let text = format!("name: {name}");
    Place {
        path: "some dir/a#b%?:ü.yaml".to_owned(),
        kind: "instance".to_owned(),
        entity: name.to_owned(),
        line,
        column: 7,
        label: name.to_owned(),
        start: 6,
        end: text.len(),
        text,
        ..Place::default()
    }
}

fn finding(name: &str, verdict: &str, level: &str) -> Finding {
    Finding {
        code: "nic-type-not-on-profile".to_owned(),
        class: "refused".to_owned(),
        level: level.to_owned(),
        verdict: verdict.to_owned(),
        message: format!("`{name}` is {name}"),
        subjects: vec![name.to_owned()],
        place: Some(place(name, 1)),
        help: format!("rename {name}"),
        ..Finding::default()
    }
}

fn full(name: &str) -> Finding {
    Finding {
        also: vec![place(name, 2)],
        path: vec![
            Step {
                label: name.to_owned(),
                kind: "route".to_owned(),
                entity: name.to_owned(),
                place: Some(place(name, 3)),
            },
            Step { label: "then".to_owned(), kind: "instance".to_owned(), entity: name.to_owned(), place: None },
        ],
        notes: vec![name.to_owned()],
        refusal: Some(Refusal {
            method: "instances.insert".to_owned(),
            status: 400,
            reason: "invalid".to_owned(),
            message: name.to_owned(),
        }),
        place: Some(Place { address: Some(format!("google_compute_instance.node[\"{name}\"]")), ..place(name, 1) }),
        ..finding(name, "violated", "deny")
    }
}

/// One finding of every sort, all with this name.
fn every_sort(name: &str) -> Report {
    let arm = WorldArm {
        verdict: "violated".to_owned(),
        when: vec![vec![Condition { fact: "a.b".to_owned(), value: name.to_owned() }]],
        message: Some(name.to_owned()),
    };
    let suppressed = Suppressed { reason: name.to_owned(), expires: "2027-01-01".to_owned() };
    report(vec![
        full(name),
        finding(name, "violated", "warn"),
        Finding { worlds: vec![arm], ..finding(name, "depends", "deny") },
        Finding { suppressed: Some(suppressed), ..finding(name, "violated", "deny") },
        Finding { known: true, ..finding(name, "violated", "deny") },
        Finding { place: None, code: "suppression-unused".to_owned(), ..finding(name, "violated", "warn") },
    ])
}

fn report(findings: Vec<Finding>) -> Report {
    let denied = findings.iter().filter(|finding| is_denied(finding)).map(|finding| finding.subjects.len()).sum();
    let undecided = Undecided {
        needs: HOSTILE.to_owned(),
        place: None,
        entities: Vec::new(),
        judgements: 3,
        rules: vec!["address-used-twice".to_owned()],
    };
    let mut report = Report {
        version: 2,
        tool: "twinrail 0.1.0".to_owned(),
        inputs: vec!["some dir/a#b%?:ü.yaml".to_owned()],
        rules: vec![rule("address-used-twice", "address", 3), rule("nic-type-not-on-profile", "profile", 0)],
        undecided: vec![undecided],
        findings,
        ..Report::default()
    };
    report.summary.denied = denied;
    report.summary.violated = denied + 1;
    report.summary.not_understood = 1;
    report.not_understood.kinds = vec![Contents { kind: HOSTILE.to_owned(), count: 1 }];
    report.not_understood.malformed = vec![HOSTILE.to_owned()];
    report
}

fn is_denied(finding: &Finding) -> bool {
    finding.level == "deny" && finding.verdict == "violated" && !finding.known && finding.suppressed.is_none()
}

fn rule(code: &str, family: &str, undecided: usize) -> RuleResult {
    RuleResult {
        code: code.to_owned(),
        family: family.to_owned(),
        class: "refused".to_owned(),
        level: "deny".to_owned(),
        level_from_config: false,
        summary: "What is found.".to_owned(),
        run: 10,
        passed: 5,
        violated: 0,
        depends: 0,
        undecided,
        bound_hit: 0,
        suppressed: 0,
        known: 0,
    }
}

fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("every format is UTF-8")
}

fn sarif(report: &Report) -> Value {
    let text = written(|out| twinrail_report::sarif(report, out));
    let log: Value = serde_json::from_str(&text).expect("SARIF is JSON");
    // The official pattern of a language tag has a stray bracket, which a strict reader of regular expressions refuses.
    let schema = include_str!("sarif-schema-2.1.0.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}?$");
    let schema: Value = serde_json::from_str(&schema).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let errors: Vec<String> =
        validator.iter_errors(&log).take(5).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    log["runs"][0].clone()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v Vec<Value> {
    value[name].as_array().unwrap_or_else(|| panic!("{name} is a list"))
}

/// Findings of one rule, each with a name of its own.
fn many(count: usize, verdict: &str) -> Vec<Finding> {
    (0..count).map(|number| finding(&format!("node-{number}"), verdict, "deny")).collect()
}

#[test]
fn sarif_fits_the_official_schema() {
    let run = sarif(&every_sort(HOSTILE));
    let of = |name: &str| -> Vec<String> {
        list(&run, "results").iter().map(|result| result[name].as_str().unwrap_or("-").to_owned()).collect()
    };
    assert_eq!(of("level"), ["error", "warning", "warning", "note", "note", "note", "none"]);
    assert_eq!(of("kind"), ["fail", "fail", "fail", "fail", "fail", "fail", "open"]);
    assert!(list(&run, "results").iter().all(|result| !list(result, "locations").is_empty()), "GitHub refuses others");
    let first = &list(&run, "results")[0];
    assert_eq!(
        first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "some%20dir/a%23b%25%3F%3A%C3%BC.yaml"
    );
    let address = first["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].as_str().expect("an address");
    assert!(address.starts_with("google_compute_instance.node["), "{address}");
    assert_eq!(list(&first["codeFlows"][0]["threadFlows"][0], "locations").len(), 2);
    let text = first["message"]["text"].as_str().expect("a text");
    assert!(text.contains("\\[a\\](b)") && !text.contains(" [a](b)"), "no link of a name's: {text}");
    assert_eq!(list(&run["invocations"][0], "toolExecutionNotifications").len(), 2);
}

#[test]
fn sarif_stays_within_the_limits_and_says_what_was_cut() {
    let mut findings = many(6_000, "violated");
    findings.extend(many(10, "depends"));
    findings[0].alike = (0..5_000).map(|line| place("x", line + 1)).collect();
    findings[1].also = (0..500).map(|line| place("x", line + 1)).collect();
    let step = Step { label: "on".to_owned(), kind: "route".to_owned(), entity: "r".to_owned(), place: None };
    findings[2].path = vec![step; 1_500];
    findings[3].message = "long ".repeat(10_000);
    let run = sarif(&report(findings));
    let results = list(&run, "results");
    assert_eq!(results.len(), 5_000);
    assert!(results.iter().all(|result| result["level"] == "error"), "the worst are kept");
    assert_eq!(list(&results[0], "locations").len(), 100);
    assert_eq!(list(&results[1], "relatedLocations").len(), 100);
    assert_eq!(list(&results[2]["codeFlows"][0]["threadFlows"][0], "locations").len(), 1_000);
    assert!(results[3]["message"]["text"].as_str().expect("a text").chars().count() <= 1_024);
    let notes = list(&run["invocations"][0], "toolExecutionNotifications");
    let cut: Vec<&str> = notes
        .iter()
        .filter(|note| note["descriptor"]["id"] == "cut")
        .filter_map(|note| note["message"]["text"].as_str())
        .collect();
    assert_eq!(
        cut,
        [
            "1011 results above the limit of 5000 are left out of this file",
            "5301 locations above the limit of 100 are left out of this file",
            "500 steps above the limit of 1000 are left out of this file",
        ]
    );
    for rule in list(&run["tool"]["driver"], "rules") {
        assert!(list(&rule["properties"], "tags").len() <= 10);
    }
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let prints = |line: usize, name: &str| {
        let moved = Finding { place: Some(place(name, line)), ..finding(name, "violated", "deny") };
        list(&sarif(&report(vec![moved])), "results")[0]["partialFingerprints"].clone()
    };
    assert_eq!(prints(1, "a"), prints(70, "a"));
    assert_ne!(prints(1, "a"), prints(1, "b"));
}

#[test]
fn junit_counts_each_subject_and_escapes_names() {
    let xml = written(|out| twinrail_report::junit(&every_sort(HOSTILE), out));
    assert!(xml.contains("tests=\"10\" skipped=\"5\" failures=\"1\""), "{}", &xml[..200]);
    assert!(!xml.contains("<img") && !xml.contains('\u{1b}'), "{xml}");
    assert!(xml.contains("<system-out>warning: "), "a warning is not lost");
    let strict = Report { strict: true, ..every_sort("a") };
    assert!(written(|out| twinrail_report::junit(&strict, out)).contains("a strict check fails on"));
}

#[test]
fn github_commands_are_one_line_each_and_the_worst_come_first() {
    let text = written(|out| twinrail_report::github(&every_sort(HOSTILE), out));
    let commands: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(commands, ["::error", "::warning", "::warning", "::notice", "::notice"]);
    assert!(text.starts_with("::error file=some dir/a#b%25?%3Aü.yaml,line=1,col=7,title=nic-type-not-on-profile::"));
    assert!(text.contains("%250A"), "a percent sign of a name stays one");
    let many = written(|out| twinrail_report::github(&report(many(5_000, "depends")), out));
    assert_eq!(many.lines().count(), 10, "GitHub shows ten notices; the last one has the totals");
}

#[test]
fn markdown_escapes_names_and_fits_a_comment() {
    let text = written(|out| twinrail_report::markdown(&every_sort(HOSTILE), out));
    for bad in ["<img", "@team", "#1", " [a](b)", "http://", "www.", "\u{1b}", "</td>"] {
        assert!(!text.contains(bad), "{bad:?} in {text}");
    }
    let columns = |line: &str| line.replace("\\|", "").matches('|').count();
    let denied: Vec<usize> =
        text.lines().skip_while(|line| !line.starts_with("#### Denied")).skip(2).take(3).map(columns).collect();
    assert_eq!(denied, [5, 5, 5], "{text}");

    let text = written(|out| twinrail_report::markdown(&report(many(3_000, "violated")), out));
    assert!(text.len() <= 65_536, "{}", text.len());
    let last = text.lines().last().expect("a line");
    assert!(last.ends_with("lines are left out: a comment holds 65536 characters at most."), "{last}");
    let shown = text.lines().filter(|line| line.contains("is node")).count();
    let cut: usize = last.split(' ').next().and_then(|count| count.parse().ok()).expect("a count");
    // The undecided group and what was not understood are the three other lines.
    assert_eq!(shown + cut, 3_000 + 3);
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

#[test]
fn text_shows_steps_and_addresses() {
    let mut finding = full("node-1");
    finding.subjects = (1..=10).map(|number| format!("node-{number}")).collect();
    finding.alike = (2..=10).map(|number| place(&format!("node-{number}"), number)).collect();
    let report = report(vec![finding]);
    let text = written(|out| twinrail_report::text(&report, TextOptions::default(), out));
    assert!(text.contains("--> google_compute_instance.node[\"node-1\"] in some dir/a#b%?:ü.yaml:1:7"), "{text}");
    assert!(text.contains("= step: 1. node-1 (some dir/a#b%?:ü.yaml:3:7)"), "{text}");
    assert!(text.contains("= step: 2. then (named, not described)"), "{text}");
    assert!(text.contains("and 9 more like it: node-2, node-3, … node-10"), "{text}");
    let details = TextOptions { details: true, ..TextOptions::default() };
    let text = written(|out| twinrail_report::text(&report, details, out));
    assert_eq!(text.matches("also at some dir").count(), 9);
}

/// A dump of instances with one mistake each: a NIC of an ordinary type in an RDMA network.
fn dump(count: usize) -> String {
    const API: &str = "https://www.googleapis.com/compute/v1/projects/p";
    let mut resources = vec![format!(
        r#"{{"kind":"compute#network","name":"rdma","selfLink":"{API}/global/networks/rdma","mtu":8896,"autoCreateSubnetworks":false,
            "networkProfile":"{API}/global/networkProfiles/us-central1-a-vpc-falcon"}}"#
    )];
    resources.extend((0..count).map(|number| {
        format!(
            r#"{{"kind":"compute#instance","name":"node-{number}","selfLink":"{API}/zones/us-central1-a/instances/node-{number}",
                "networkInterfaces":[{{"name":"nic0","network":"{API}/global/networks/rdma","nicType":"GVNIC"}}]}}"#
        )
    }));
    format!("[{}]", resources.join(","))
}

fn judged(text: &str, baseline: Option<&Baseline>) -> Report {
    let today = "2026-11-22".parse().expect("a day");
    let input = Input { path: "dump.json".to_owned(), text: text.to_owned() };
    let loaded = twinrail_intake::read(vec![input], today).expect("the dump is read");
    let (catalog, expired) = loaded.learn(Catalog::embedded().clone(), today).expect("nothing is overridden");
    let config = Config::default();
    let mut run = twinrail_rules::run(&loaded.network, &catalog, &config, today);
    if let Some(baseline) = baseline {
        baseline.mark(&mut run, &loaded.network);
    }
    let setting = Setting {
        catalog: &catalog,
        config: &config,
        config_path: None,
        expired: &expired,
        strict: false,
        baseline,
        today,
    };
    twinrail_report::assemble(&loaded, &run, setting)
}

fn wrong_type(report: &Report, known: bool) -> Vec<&Finding> {
    let of_rule = |finding: &&Finding| finding.code == "nic-type-not-on-profile" && finding.known == known;
    report.findings.iter().filter(of_rule).collect()
}

#[test]
fn one_mistake_of_many_resources_is_one_finding() {
    let report = judged(&dump(2_000), None);
    let [one] = wrong_type(&report, false)[..] else { panic!("one finding, not {}", report.findings.len()) };
    assert_eq!((one.subjects.len(), one.alike.len()), (2_000, 1_999));
    assert!(one.message.starts_with("node-0 nic0 "), "{}", one.message);
    let counted = report.rules.iter().find(|rule| rule.code == one.code).map(|rule| rule.violated);
    assert_eq!(counted, Some(2_000), "the summary counts judgements");
}

#[test]
fn a_baseline_knows_what_it_has_and_nothing_else() {
    let before = judged(&dump(3), None);
    let text = written(|out| twinrail_report::write_baseline(&before, out));
    let baseline = Baseline::parse("base.json", &text).expect("what is written is read");
    let same = judged(&dump(3), Some(&baseline));
    assert!(before.is_denied() && !same.is_denied());
    assert!(same.unclean().iter().all(|(_, what)| *what == "undecided"), "{:?}", same.unclean());
    assert_eq!(same.summary.known, before.summary.violated + before.summary.depends);
    assert_eq!(written(|out| twinrail_report::write_baseline(&same, out)), text, "writing again changes nothing");

    let more = judged(&dump(4), Some(&baseline));
    assert!(more.is_denied());
    assert_eq!(wrong_type(&more, false)[0].subjects, ["projects/p/zones/us-central1-a/instances/node-3/nic0"]);

    let fewer = judged(&dump(2), Some(&baseline));
    let used = fewer.baseline.expect("there is a baseline");
    assert!(!used.gone.is_empty() && used.gone.iter().all(|entry| entry.subject.contains("node-2")), "{:?}", used.gone);
}

#[test]
fn what_was_known_to_depend_is_new_when_it_is_violated() {
    let before = judged(&dump(1), None);
    let text = written(|out| twinrail_report::write_baseline(&before, out)).replace("violated", "depends");
    let baseline = Baseline::parse("base.json", &text).expect("the form is kept");
    assert!(judged(&dump(1), Some(&baseline)).is_denied());
}
