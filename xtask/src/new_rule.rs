//! A new rule: its file, its page, and its line in the registry. What is made compiles and fails its page's tests until
//! it is filled. Not here: what makes a good rule, see
//! ARCHITECTURE.md.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use clap::{Args, ValueEnum};

use crate::format;

pub const RULES: &str = "crates/rules/src";
pub const PAGES: &str = "crates/rules/pages";
pub const REGISTRY: &str = "crates/rules/src/registry.rs";
const KINDS: &str = "crates/rules/src/rule.rs";

/// What kind of rule is wanted.
#[derive(Debug, Clone, Args)]
pub struct Wanted {
    /// The folder of rules that it belongs to, such as `profile`.
    pub family: String,
    /// Kebab-case; reads after "allow".
    pub code: String,
    /// The kind of entity that it judges: `Nic`, `Subnet`, `Cluster`, …
    #[arg(long, default_value = "Nic")]
    pub subject: String,
    #[arg(long, value_enum, default_value = "broken")]
    pub class: ClassName,
}

/// `twinrail_model::Class`, as it is called here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClassName {
    Refused,
    Broken,
    Risk,
}

/// One line of the registry. The order is that of the families, then of the names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// From the folder of rules: `profile/nic_type_not_on_profile.rs`.
    pub path: String,
    pub module: String,
}

impl Entry {
    pub fn new(family: &str, code: &str) -> Self {
        let module = code.replace('-', "_");
        Self { path: format!("{family}/{module}.rs"), module }
    }

    fn of(line: &str) -> Option<Self> {
        let (path, module) = line.trim().strip_prefix('"')?.split_once("\" ")?;
        Some(Self { path: path.to_owned(), module: module.to_owned() })
    }

    pub fn code(&self) -> String {
        self.module.replace('_', "-")
    }

    pub fn family(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }
}

/// The registry's entries, in its order.
pub fn entries(registry: &str) -> Vec<Entry> {
    let lines = registry.split("\nrules! {\n").nth(1).unwrap_or_default().split("\n}").next().unwrap_or_default();
    lines.lines().filter_map(Entry::of).collect()
}

/// The registry with its lines in order, each once.
pub fn sorted(registry: &str) -> String {
    with(registry, entries(registry))
}

fn with(registry: &str, mut entries: Vec<Entry>) -> String {
    entries.sort();
    entries.dedup();
    let Some((head, rest)) = registry.split_once("\nrules! {\n") else { return registry.to_owned() };
    let Some((_, tail)) = rest.split_once("\n}") else { return registry.to_owned() };
    let lines: Vec<String> = entries.iter().map(|entry| format!("    {:?} {}", entry.path, entry.module)).collect();
    format!("{head}\nrules! {{\n{}\n}}{tail}", lines.join("\n"))
}

/// Makes the three parts; nothing is overwritten.
pub fn new_rule(root: &Path, wanted: &Wanted) -> Result<(), String> {
    let entry = Entry::new(&wanted.family, &wanted.code);
    let read = |path: &str| std::fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"));
    let registry = read(REGISTRY)?;
    check(wanted, &read(KINDS)?, &registry)?;
    let mut entries = entries(&registry);
    if entries.iter().any(|known| known.module == entry.module) {
        return Err(format!("a rule named `{}` exists", wanted.code));
    }
    let file = format!("{RULES}/{}", entry.path);
    let page = format!("{PAGES}/{}.md", wanted.code);
    for path in [&file, &page] {
        if root.join(path).exists() {
            return Err(format!("{path} exists; it is not overwritten"));
        }
    }
    let rule = format::rust(&rule_text(wanted))?;
    create(root, &file, &rule)?;
    create(root, &page, &page_text(&wanted.code))?;
    entries.push(entry);
    std::fs::write(root.join(REGISTRY), with(&registry, entries)).map_err(|error| format!("{REGISTRY}: {error}"))?;
    println!("made {file}\nmade {page}\nentered it in {REGISTRY}");
    println!("fill both; RULE={} cargo test -p twinrail --test pages runs the page", wanted.code);
    Ok(())
}

fn create(root: &Path, path: &str, text: &str) -> Result<(), String> {
    let full = root.join(path);
    let folder = full.parent().expect("a file lies in a folder");
    let made = std::fs::create_dir_all(folder).and_then(|()| std::fs::File::create_new(&full));
    made.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| format!("{path}: {error}"))
}

fn check(wanted: &Wanted, kinds: &str, registry: &str) -> Result<(), String> {
    let is_word = |text: &str, mark: char| {
        text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == mark)
    };
    if !is_word(&wanted.family, '_') {
        return Err(format!("`{}`: a family is a module's name, such as `profile`", wanted.family));
    }
    if !registry.contains(&format!("\"{}/", wanted.family)) {
        return Err(format!("`{}`: no such family; the registry has the families there are", wanted.family));
    }
    let empty_part = wanted.code.split('-').any(str::is_empty);
    if !is_word(&wanted.code, '-') || empty_part {
        return Err(format!("`{}`: a code is kebab-case, such as `nic-type-not-on-profile`", wanted.code));
    }
    let known = subjects(kinds);
    if !known.contains(&wanted.subject.as_str()) {
        return Err(format!("`{}`: rules judge {}", wanted.subject, known.join(", ")));
    }
    Ok(())
}

/// The kinds of entities that rules judge, read from where they are declared.
fn subjects(kinds: &str) -> Vec<&str> {
    let lines = kinds.split("\njudges! {\n").nth(1).unwrap_or_default().lines();
    lines.take_while(|line| *line != "}").filter_map(|line| line.trim().split_once('(')).map(|(name, _)| name).collect()
}

/// `FirewallRule` as the name of a parameter.
fn snake(name: &str) -> String {
    let mut text = String::new();
    for (at, c) in name.char_indices() {
        if c.is_ascii_uppercase() && at > 0 {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

fn rule_text(wanted: &Wanted) -> String {
    let Wanted { code, subject, class, .. } = wanted;
    let parameter = snake(subject);
    let mut text = String::new();
    let admit = if *class == ClassName::Refused {
        "    // The platform refuses it: put the predicate into `twinrail_model::admit` and give its refusal to the finding.\n"
    } else {
        ""
    };
    write!(
        text,
        r#"//! What this rule finds, in a sentence or two: what is wrong, and what it leads to.

use twinrail_model::{{Answer, Class, Judged, {subject}Id, View}};

use crate::rule::{{Judge, Rule}};

pub const RULE: Rule = Rule {{
    code: "{code}",
    class: Class::{class:?},
    page: include_str!("../../pages/{code}.md"),
    judge: Judge::{subject}(judge),
}};

fn judge(_view: &View<'_>, _{parameter}: {subject}Id) -> Judged {{
{admit}    Ok(Answer::NotApplicable)
}}
"#
    )
    .expect("a String takes all");
    text
}

fn page_text(code: &str) -> String {
    format!(
        "# {code}

What is found, in one sentence.

## Why

What happens, when, and to whom.

## Fix

What to do.

## Example

```yaml of z4m
clusters:
  vault:
    count: 12
```

## Near miss

```yaml of z4m
clusters:
  vault:
    count: 12
```

## References

Facts: none.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "head\nrules! {\n    \"profile/b.rs\" b\n    \"profile/a_c.rs\" a_c\n    \"link/z.rs\" z\n}\ntail\n";

    #[test]
    fn the_registry_is_sorted_by_family_and_name() {
        let mut all = entries(TEXT);
        assert_eq!(all[1].code(), "a-c");
        assert_eq!(all[2].family(), "link");
        all.push(Entry::new("profile", "b"));
        all.push(Entry::new("mover", "new-one"));
        let expected = "head\nrules! {\n    \"link/z.rs\" z\n    \"mover/new_one.rs\" new_one\n    \"profile/a_c.rs\" a_c\n    \"profile/b.rs\" b\n}\ntail\n";
        assert_eq!(with(TEXT, all), expected);
    }

    #[test]
    fn words_are_checked_before_anything_is_made() {
        let registry = "rules! {\n    \"link/x.rs\" x\n}\n";
        let kinds = "x\njudges! {\n    Nic(NicId), nics, x;\n    FirewallRule(I), y;\n}\n";
        let wanted = |family: &str, code: &str, subject: &str| Wanted {
            family: family.to_owned(),
            code: code.to_owned(),
            subject: subject.to_owned(),
            class: ClassName::Risk,
        };
        assert!(check(&wanted("link", "a-b2", "FirewallRule"), kinds, registry).is_ok());
        for (family, code, subject) in [
            ("../x", "a", "Nic"),
            ("link", "a--b", "Nic"),
            ("link", "A", "Nic"),
            ("link", "a", "Vm"),
            ("links", "a", "Nic"),
        ] {
            assert!(check(&wanted(family, code, subject), kinds, registry).is_err(), "{family} {code} {subject}");
        }
        assert_eq!(snake("FirewallRule"), "firewall_rule");
    }
}
