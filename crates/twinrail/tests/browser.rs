//! The report of every example in a real browser, in both themes: nothing fails, every link and button works, with the keyboard too. Pictures are kept in
//! `target/browser`. `.ci/browser` finds Chromium, or installs it; `TWINRAIL_NO_BROWSER=1` goes without. Not here: what the reports say.

#![expect(clippy::disallowed_methods, reason = "tests read the examples and write reports and pictures")]

#[path = "browser/driver.rs"]
mod driver;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use driver::{Browser, Tab};
use serde_json::json;
use twinrail_report::chart::{self, Event, Kind, Lane, Point, Range, Series, Span};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// What is looked at inside a page; it returns what is wrong, a line each.
const CHECK: &str = include_str!("browser/check.js");
/// Browsers at once: as many as the machines of CI have processors.
const BROWSERS: usize = 2;

/// An input, and whether its movers are proved and played too: that takes a minute.
struct Example {
    path: PathBuf,
    proofs: bool,
}

#[test]
fn every_report_works_in_a_browser() {
    if std::env::var_os("TWINRAIL_NO_BROWSER").is_some_and(|value| value == "1") {
        // Not by a macro: what those print is shown of failed tests only.
        let _ = writeln!(std::io::stderr(), "SKIPPED: TWINRAIL_NO_BROWSER=1, so no report was opened in a browser");
        return;
    }
    let chromium = chromium();
    let folder = Path::new(ROOT).join("target/browser");
    std::fs::create_dir_all(&folder).expect("a folder for reports and screenshots");
    let mut inputs = examples();
    inputs.push(hostile(&folder));
    let queue = Mutex::new(inputs);
    let problems: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut browser = Browser::start(&chromium);
            let mut problems = Vec::new();
            loop {
                let next = queue.lock().expect("no browser panics with it").pop();
                let Some(example) = next else { break };
                problems.extend(look_at(&example, &folder, &mut browser));
            }
            problems
        };
        let workers: Vec<_> = (0..BROWSERS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a browser works")).collect()
    });
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// The browser, as the script finds or installs it.
fn chromium() -> PathBuf {
    let found = Command::new("bash").arg(".ci/browser").current_dir(ROOT).output().expect("bash runs");
    let path = String::from_utf8_lossy(&found.stdout).lines().next().unwrap_or_default().to_owned();
    assert!(
        found.status.success() && !path.is_empty(),
        "no browser to look at reports: {}\nor set TWINRAIL_NO_BROWSER=1 to go without",
        String::from_utf8_lossy(&found.stderr)
    );
    PathBuf::from(path)
}

/// A dump whose names would be markup, if they could.
fn hostile(folder: &Path) -> Example {
    let dump = [include_str!("data/dump-a.json"), include_str!("data/dump-b.json")];
    let name = r#"n\"><img src=x onerror=alert(1)>'`|\u202e"#;
    std::fs::create_dir_all(folder.join("hostile")).expect("a folder for an input");
    for (place, text) in dump.iter().enumerate() {
        let text =
            text.replace("node-1", name).replace("rdma-a", name).replace("networks/rdma", &format!("networks/{name}"));
        std::fs::write(folder.join(format!("hostile/{place}.json")), text).expect("an input can be written");
    }
    Example { path: PathBuf::from("target/browser/hostile"), proofs: false }
}

/// Everything in `examples/` that is an input; those that take longest stand last, and are taken first.
fn examples() -> Vec<Example> {
    let mut paths = Vec::new();
    for folder in ["examples/broken", "examples/mistakes", "examples"] {
        let entries = std::fs::read_dir(Path::new(ROOT).join(folder)).expect("the folder is there");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let is_input = |name: &String| [".yaml", ".json"].iter().any(|end| name.ends_with(end));
        let mut names: Vec<String> = names.filter(is_input).collect();
        names.sort();
        paths.extend(names.into_iter().map(|name| PathBuf::from(folder).join(name)));
    }
    paths.push(PathBuf::from("examples/terraform"));
    let whole = ["examples/z4m.yaml"];
    let is_whole = |path: &Path| whole.iter().any(|name| path == Path::new(name));
    let mut examples: Vec<Example> = paths.into_iter().map(|path| Example { proofs: is_whole(&path), path }).collect();
    examples.sort_by_key(|example| example.proofs);
    examples
}

/// Writes the report of an example and looks at it.
fn look_at(example: &Example, folder: &Path, browser: &mut Browser) -> Vec<String> {
    let name = example.path.with_extension("").to_string_lossy().replace("examples/", "").replace('/', "-");
    let page = folder.join(format!("{name}.html"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_twinrail"));
    command.current_dir(ROOT).arg("report").arg(&example.path).arg("--today").arg("2026-11-30").arg("-o").arg(&page);
    // Few trials look like many; without proofs and trials an example takes no time.
    command.args(["--trials", "500"]);
    if !example.proofs {
        command.args(["--without", "proofs", "--without", "failover"]);
    }
    let output = command.output().expect("the program runs");
    let label = example.path.display();
    if output.status.code() != Some(0) {
        return vec![format!("{label}: no report: {}", String::from_utf8_lossy(&output.stderr))];
    }
    if example.proofs {
        with_charts(&page);
    }
    let is_small = example.path.starts_with("examples/broken");
    let mut tab = browser.tab();
    tab.go(&page);
    let mut problems = Vec::new();
    for theme in ["light", "dark"] {
        problems.extend(in_theme(&mut tab, theme, &folder.join(format!("{name}-{theme}.png")), is_small));
    }
    if !is_small {
        problems.extend(narrow(&mut tab, &folder.join(format!("{name}-narrow.png"))));
        problems.extend(by_keyboard(&mut tab));
        tab.print(&folder.join(format!("{name}.pdf")));
        problems.extend(without_scripts(&mut tab, &page));
    }
    problems.extend(tab.errors());
    problems.into_iter().map(|problem| format!("{label}: {problem}")).collect()
}

/// What is wrong with a page in a theme.
fn in_theme(tab: &mut Tab, theme: &str, picture: &Path, is_small: bool) -> Vec<String> {
    tab.call("Emulation.setEmulatedMedia", &json!({"features": [{"name": "prefers-color-scheme", "value": theme}]}));
    tab.wide(1280, 900);
    let checked = tab.evaluate(&format!("({CHECK})({})", json!({"theme": theme})));
    let problems = lines(&checked, theme);
    // Pictures take time: of the many small reports, those with a problem are worth it.
    if !is_small || !problems.is_empty() {
        tab.picture(picture, !is_small);
    }
    problems
}

fn lines(checked: &serde_json::Value, what: &str) -> Vec<String> {
    let Some(lines) = checked.as_array() else { return vec![format!("{what}: the check gave {checked}")] };
    lines.iter().map(|line| format!("{what}: {}", line.as_str().unwrap_or("?"))).collect()
}

/// On a telephone nothing is wider than the screen, but for what scrolls by itself.
fn narrow(tab: &mut Tab, picture: &Path) -> Vec<String> {
    const WIDE: &str = "[...document.querySelectorAll('main *')].filter(it => it.getBoundingClientRect().right > innerWidth + 1 \
        && !it.closest('.wide, pre')).map(it => `${it.tagName}.${it.className}: ${it.textContent.slice(0, 40)}`).slice(0, 3)";
    tab.wide(400, 850);
    let excess = tab.evaluate("document.documentElement.scrollWidth - innerWidth");
    let wide = tab.evaluate(WIDE);
    tab.picture(picture, true);
    tab.wide(1280, 900);
    if excess.as_i64() == Some(0) { Vec::new() } else { vec![format!("400 wide: {excess} pixels stick out: {wide}")] }
}

/// Buttons, folded parts and cursors, with real keys.
fn by_keyboard(tab: &mut Tab) -> Vec<String> {
    let mut problems = Vec::new();
    let mut expect = |tab: &mut Tab, what: &str, focus: &str, key: &str, changes: &str| {
        tab.evaluate(&format!("{{ const it = {focus}; it.scrollIntoView(); it.focus(); }}"));
        let before = tab.evaluate(changes);
        tab.press(key);
        let after = tab.evaluate(changes);
        if before == after {
            problems.push(format!("keyboard: {key} on {what} changes nothing: {before}"));
        }
    };
    let theme = "document.getElementById('theme')";
    for key in ["Enter", " "] {
        expect(tab, "the theme", theme, key, "getComputedStyle(document.body).backgroundColor");
    }
    let summary = "document.querySelector('main summary')";
    for key in ["Enter", " "] {
        expect(tab, "a folded part", summary, key, &format!("{summary}.parentElement.open"));
    }
    expect(tab, "the page", "document.querySelector('.skip')", "Tab", "document.activeElement.className");
    if tab.evaluate("!!document.querySelector('.timeline')") == json!(true) {
        let slider = "document.querySelector('.timeline input')";
        expect(tab, "a cursor", slider, "End", "document.querySelector('.timeline .cursor').getAttribute('x1')");
        expect(tab, "a cursor", slider, "ArrowLeft", "document.querySelector('.timeline output').textContent");
        for (place, key) in [(0, "Enter"), (1, " ")] {
            let step = format!("document.querySelectorAll('.timeline .step')[{place}]");
            expect(tab, "a step", &step, key, "document.querySelector('.timeline output').textContent");
        }
    }
    if tab.evaluate("!!document.querySelector('.outages sup a')") == json!(true) {
        let link = "document.querySelector('.outages sup a')";
        expect(tab, "a footnote", link, "Enter", "location.hash");
    }
    let lost = tab.evaluate(
        "location.hash.startsWith('#note') && !document.querySelector(location.hash)?.closest('.notes') ? location.hash : ''",
    );
    if lost != json!("") {
        problems.push(format!("a footnote leads to no note: {lost}"));
    }
    let marked = tab.evaluate(
        "[...document.querySelectorAll('.timeline')].filter(it => it.querySelectorAll('tr.now').length !== 1).length",
    );
    if marked != json!(0) {
        problems.push(format!("the cursor of {marked} timelines marks no moment, or several"));
    }
    tab.evaluate("history.replaceState(null, '', location.pathname)");
    problems
}

/// Without scripts nothing is offered that needs them, and all is there.
fn without_scripts(tab: &mut Tab, page: &Path) -> Vec<String> {
    tab.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    tab.go(page);
    let offered =
        tab.evaluate("[...document.querySelectorAll('.script')].filter(it => it.getClientRects().length).length");
    let sections = tab.evaluate("document.querySelectorAll('main > section').length");
    tab.call("Emulation.setScriptExecutionDisabled", &json!({"value": false}));
    let mut problems = Vec::new();
    if offered != json!(0) {
        problems.push(format!("without scripts: {offered} parts are offered that need them"));
    }
    if sections.as_u64().unwrap_or(0) < 5 {
        problems.push(format!("without scripts: {sections} sections"));
    }
    problems
}

/// Adds a section with one chart of each kind, on made-up figures: how they look, and that the cursor works, should not wait for real ones.
fn with_charts(page: &Path) {
    let text = std::fs::read_to_string(page).expect("the report was written");
    let range = |label, low, middle, high, named| Range { label, note: "made up", low, middle, high, named };
    let ranges = [
        range("alias-ip-fenced", 2.1, 4.2, 38.0, true),
        range("route-replace", 1.4, 6.0, 90.0, false),
        range("lb-health-check", 0.4, 0.9, 3.0, false),
        range("pacemaker-alias", 8.0, 21.0, f64::INFINITY, false),
    ];
    let curve = |middle: f64| {
        (0..=40)
            .map(|step| (middle * 1.2_f64.powi(step - 20), 1.0 / (1.0 + 1.4_f64.powi(20 - step))))
            .collect::<Vec<_>>()
    };
    let curves = [curve(0.9), curve(4.2), curve(6.0), curve(21.0)];
    let names = ["lb-health-check", "alias-ip-fenced", "route-replace", "pacemaker-alias"];
    let series: Vec<Series<'_>> = names.iter().zip(&curves).map(|(label, points)| Series { label, points }).collect();
    let span = |from, to, label, kind| Span { from, to, label, kind };
    let lanes = [
        Lane {
            label: "vault-01",
            spans: vec![span(0.0, 2.0, "serves nfs#0", Kind::Good), span(2.0, 10.0, "down", Kind::Bad)],
            events: vec![Event { at: 2.0, label: "fails", kind: Kind::Bad }],
        },
        Lane { label: "controller A", spans: vec![span(3.5, 6.2, "moves nfs#0", Kind::Plain)], events: Vec::new() },
        Lane { label: "vault-03", spans: vec![span(6.2, 10.0, "serves nfs#0", Kind::Good)], events: Vec::new() },
        Lane { label: "client", spans: vec![span(2.0, 7.4, "waits", Kind::Waiting)], events: Vec::new() },
    ];
    let point = |label, time, share, best| Point { label, time, share, best };
    let points = [
        point("500ms", 3.1, 0.04, true),
        point("1s", 4.2, 0.012, true),
        point("2s", 7.5, 0.012, false),
        point("5s", 16.0, 0.0, true),
    ];
    let charts = format!(
        "<section id=\"charts\"><h2>Charts on made-up figures</h2>{}{}{}{}</section></main>",
        chart::ranges("Outage of one client", &ranges).into_string(),
        chart::cumulative("Share of outages that are over", &series).into_string(),
        chart::timeline("made-up", "One failure", &lanes).into_string(),
        chart::frontier("An interval", ("outage", "false failovers"), &points).into_string()
    );
    std::fs::write(page, text.replace("</main>", &charts)).expect("the page can be written");
}
