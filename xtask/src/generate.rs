//! Everything that is generated, so that nobody can forget to update it: broken examples and the index of rules from
//! the rules' pages, the index of the catalog, the command-line
//! reference and the schemas from the program. With `check`, nothing is written and what is stale is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use twinrail_facts::{Catalog, Fact, Status};
use twinrail_rules::notice::NOTICES;
use twinrail_rules::{Example, Level, Page, RULES, Rule};

use crate::new_rule::{REGISTRY, entries};

/// Folders that hold nothing but generated files.
const FOLDERS: &[&str] = &["examples/broken", "docs/schema"];

/// Files by their path from the root.
type Files = BTreeMap<String, String>;

/// Writes what is generated, or with `check` fails where it is not what it would be.
pub fn generate(root: &Path, check: bool) -> Result<(), String> {
    let files = files(root)?;
    let mut stale = Vec::new();
    for (path, text) in &files {
        let full = root.join(path);
        let current = std::fs::read_to_string(&full).unwrap_or_default();
        if current == *text {
            continue;
        }
        stale.push(path.clone());
        if !check {
            let folder = full.parent().expect("a file lies in a folder");
            let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&full, text));
            written.map_err(|error| format!("{path}: {error}"))?;
        }
    }
    for path in left_over(root, &files)? {
        if !check {
            std::fs::remove_file(root.join(&path)).map_err(|error| format!("{path}: {error}"))?;
        }
        stale.push(path);
    }
    match (check, stale.is_empty()) {
        (true, false) => Err(format!("stale; run `cargo xtask generate`:\n  {}", stale.join("\n  "))),
        (false, false) => {
            println!("written or removed:\n  {}", stale.join("\n  "));
            Ok(())
        }
        (_, true) => {
            println!("{} generated files are as they should be", files.len());
            Ok(())
        }
    }
}

/// Files of the generated folders that are not generated any more.
fn left_over(root: &Path, files: &Files) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let name = entry.map_err(|error| format!("{folder}: {error}"))?.file_name();
            let path = format!("{folder}/{}", name.to_string_lossy());
            if !files.contains_key(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn files(root: &Path) -> Result<Files, String> {
    let mut files = Files::new();
    let registry = std::fs::read_to_string(root.join(REGISTRY)).map_err(|error| format!("{REGISTRY}: {error}"))?;
    let pages = pages(&registry)?;
    for page in &pages {
        let (path, text) = broken(root, page)?;
        files.insert(path, text);
    }
    files.insert("examples/broken/README.md".to_owned(), broken_index(&pages));
    files.insert("docs/rules.md".to_owned(), rules_index(&pages));
    files.insert("docs/facts.md".to_owned(), facts_index(Catalog::embedded()));
    files.insert("docs/cli.md".to_owned(), reference(root)?);
    let schema = |schema: &serde_json::Value| format!("{schema:#}\n");
    files.insert("docs/schema/model.schema.json".to_owned(), schema(twinrail_intake::model_schema()));
    files.insert("docs/schema/report.schema.json".to_owned(), schema(&twinrail_report::schema()));
    files.insert("docs/schema/trace.schema.json".to_owned(), schema(&twinrail_report::trace_schema()));
    files.insert("docs/schema/reach.schema.json".to_owned(), schema(&twinrail_report::reach_schema()));
    files.insert("docs/schema/bandwidth.schema.json".to_owned(), schema(&twinrail_report::bandwidth_schema()));
    files.insert("docs/schema/size.schema.json".to_owned(), schema(&twinrail_report::size_schema()));
    files.insert("docs/schema/book.schema.json".to_owned(), schema(&twinrail_report::book_schema()));
    Ok(files)
}

/// A rule as the indexes see it.
struct Entry {
    rule: &'static Rule,
    page: Page,
    family: String,
}

impl Entry {
    /// Where its broken example stands: a model file, or a plan, which is JSON.
    fn broken_path(&self) -> String {
        let ending =
            if self.page.examples.first().is_some_and(|example| example.of == Example::PLAN) { "json" } else { "yaml" };
        format!("examples/broken/{}.{ending}", self.rule.code)
    }

    /// The page's first sentence, on one line.
    fn summary(&self) -> String {
        self.page.summary.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// All rules, in the order of the registry.
fn pages(registry: &str) -> Result<Vec<Entry>, String> {
    let families: BTreeMap<String, String> =
        entries(registry).into_iter().map(|entry| (entry.code(), entry.family().to_owned())).collect();
    let entry = |rule: &&'static Rule| {
        let page = Page::parse(rule.page).map_err(|error| format!("the page of {}: {error}", rule.code))?;
        let family =
            families.get(rule.code).ok_or_else(|| format!("{}: its code is not its file's name", rule.code))?;
        Ok(Entry { rule, page, family: family.clone() })
    };
    RULES.iter().map(entry).collect()
}

/// The healthy model with the mistake of a page's first example.
fn broken(root: &Path, entry: &Entry) -> Result<(String, String), String> {
    let code = entry.rule.code;
    let example = entry.page.examples.first().ok_or_else(|| format!("{code}: no example"))?;
    if example.of == Example::PLAN {
        let plan = twinrail_intake::plan(example.patch).map_err(|error| format!("{code}: {error}"))?;
        return Ok((entry.broken_path(), plan));
    }
    let healthy = format!("examples/{}.yaml", example.of);
    let model = std::fs::read_to_string(root.join(&healthy)).map_err(|error| format!("{code}: {healthy}: {error}"))?;
    let model = twinrail_intake::patch(&model, example.patch).map_err(|error| format!("{code}: {error}"))?;
    let path = entry.broken_path();
    let mut text = format!("# Generated from the page of the rule `{code}` by `cargo xtask generate`; do not edit.\n");
    text.push_str(&wrapped(&format!("{healthy} with one mistake: {}", entry.summary()), "# "));
    writeln!(text, "# See it found: twinrail check {path}").expect("a String takes all");
    writeln!(text, "{}", model.trim_end()).expect("a String takes all");
    Ok((path, text))
}

/// Words in lines of at most 120 characters, each after a mark.
fn wrapped(text: &str, mark: &str) -> String {
    const WIDTH: usize = 120;
    let mut lines = String::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && mark.len() + line.len() + 1 + word.len() > WIDTH {
            lines.push_str(&format!("{mark}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push_str(&format!("{mark}{line}\n"));
    lines
}

fn broken_index(entries: &[Entry]) -> String {
    let mut text = String::from(
        "# Broken models

Generated by `cargo xtask generate`; do not edit. Each file is a healthy model with one mistake, or a plan with one: the first example on
the page of the rule that finds it. Other rules may have something to say about it too.

```text
cargo run -- check examples/broken/nic-type-not-on-profile.yaml
```

| file | model | what is wrong |
| --- | --- | --- |
",
    );
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.rule.code);
    for entry in sorted {
        let code = entry.rule.code;
        let file = entry.broken_path();
        let file = file.rsplit('/').next().unwrap_or(&file);
        let of = match entry.page.examples[0].of {
            Example::PLAN => "Terraform plan".to_owned(),
            of => format!("[{of}](../{of}.yaml)"),
        };
        writeln!(text, "| [`{code}`]({file}) | {of} | {} |", cell(&entry.summary())).expect("a String takes all");
    }
    text
}

fn rules_index(entries: &[Entry]) -> String {
    let mut text = format!(
        "# Rules

Generated by `cargo xtask generate`; do not edit. {} rules. `twinrail explain CODE` prints a rule's page.

Class: `refused` means that the API says no; `broken`, that it accepts what does not do what was meant; `risk`, that it works until
something happens. Level: what a violation does unless `twinrail.toml` says otherwise; `deny` fails the check.
",
        entries.len()
    );
    let families: BTreeSet<&str> = entries.iter().map(|entry| entry.family.as_str()).collect();
    for family in families {
        let of = entries.iter().filter(|entry| entry.family == family);
        writeln!(text, "\n## {family}\n\n| code | class | level | what is found |\n| --- | --- | --- | --- |")
            .expect("a String takes all");
        for entry in of {
            let Rule { code, class, .. } = entry.rule;
            let level = Level::default_of(*class).word();
            let page = format!("../crates/rules/pages/{code}.md");
            writeln!(text, "| [`{code}`]({page}) | {} | {level} | {} |", class.word(), cell(&entry.summary()))
                .expect("a String takes all");
        }
    }
    text.push_str("\n## Notices\n\nFindings about the check itself.\n\n| code | what is found |\n| --- | --- |\n");
    for notice in NOTICES {
        let code = notice.code;
        let summary = notice.page.split("\n\n").nth(1).unwrap_or_default();
        let summary = summary.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(text, "| [`{code}`](../crates/rules/pages/notices/{code}.md) | {} |", cell(&summary))
            .expect("a String takes all");
    }
    text
}

fn facts_index(catalog: &Catalog) -> String {
    let mut subjects: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
    for (_, fact) in catalog.facts() {
        subjects.entry(fact.id.split('.').next().unwrap_or_default()).or_default().push(fact);
    }
    let head: Vec<&str> = Status::ALL.iter().map(|status| status.word()).collect();
    let mut text = format!(
        "# Facts

Generated by `cargo xtask generate`; do not edit. `twinrail facts SUBJECT` lists the facts of a subject, `twinrail facts ID` shows one with
its sources. What a status means stands in [the catalog](../catalog/README.md). Open facts have several possible values.

| subject | facts | open | {} |
| --- | --- | --- |{}
",
        head.join(" | "),
        " --- |".repeat(head.len())
    );
    let all: Vec<&Fact> = subjects.values().flatten().copied().collect();
    for (subject, facts) in &subjects {
        text.push_str(&facts_row(&format!("`{subject}`"), facts));
    }
    text.push_str(&facts_row("all", &all));
    text
}

fn facts_row(name: &str, facts: &[&Fact]) -> String {
    let shown = |count: usize| if count == 0 { String::new() } else { count.to_string() };
    let open = facts.iter().filter(|fact| fact.is_open()).count();
    let counts = Status::ALL.iter().map(|status| facts.iter().filter(|fact| fact.status == *status).count());
    let cells: Vec<String> = [facts.len(), open].into_iter().chain(counts).map(shown).collect();
    format!("| {name} | {} |\n", cells.join(" | "))
}

/// Text as the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The command-line reference, asked of the program itself.
fn reference(root: &Path) -> Result<String, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = ["run", "--quiet", "--package", "twinrail", "--", "reference"];
    let output = Command::new(cargo).args(arguments).current_dir(root).output();
    let output = output.map_err(|error| format!("cargo cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("twinrail reference: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let text = String::from_utf8(output.stdout).map_err(|error| format!("twinrail reference: {error}"))?;
    Ok(text.lines().map(|line| format!("{}\n", line.trim_end())).collect())
}
