//! A rule is a file, a page and a line of the registry: none of them without the others.

use crate::new_rule::{PAGES, REGISTRY, RULES, entries};
use crate::repo::Repo;

pub fn rules(repo: &Repo) -> Vec<String> {
    let Some(registry) = repo.file(REGISTRY) else { return vec![format!("{REGISTRY}: missing")] };
    let entries = entries(&registry.text);
    let mut wrong = Vec::new();
    if !entries.is_sorted() {
        wrong.push(format!("{REGISTRY}: the lines are not sorted; `cargo xtask fmt` sorts them"));
    }
    for entry in &entries {
        let path = format!("{RULES}/{}", entry.path);
        let code = entry.code();
        let Some(file) = repo.file(&path) else {
            wrong.push(format!("{REGISTRY}: {path} does not exist"));
            continue;
        };
        if !file.text.contains(&format!("code: \"{code}\"")) {
            wrong.push(format!("{path}: its code is not `{code}`"));
        }
        if repo.file(&format!("{PAGES}/{code}.md")).is_none() || !file.text.contains(&format!("/{code}.md\")")) {
            wrong.push(format!("{path}: its page is not {PAGES}/{code}.md"));
        }
    }
    for file in &repo.files {
        if let Some(path) = file.path.strip_prefix(RULES).and_then(|rest| rest.strip_prefix('/'))
            && file.text.contains("pub const RULE: Rule")
            && !entries.iter().any(|entry| entry.path == path)
        {
            wrong.push(format!("{}: is not in the registry", file.path));
        }
        if let Some(page) = file.path.strip_prefix(PAGES).and_then(|rest| rest.strip_prefix('/')) {
            wrong.extend(homeless(repo, page, entries.iter().any(|entry| format!("{}.md", entry.code()) == page)));
        }
    }
    wrong
}

/// A page that belongs to no rule and to no notice.
fn homeless(repo: &Repo, page: &str, of_rule: bool) -> Option<String> {
    const NOTICES: &str = "crates/rules/src/notice.rs";
    let noticed = repo.file(NOTICES).is_some_and(|file| file.text.contains(&format!("pages/{page}\"")));
    (!of_rule && !noticed).then(|| format!("{PAGES}/{page}: belongs to no rule of the registry and to no notice"))
}
