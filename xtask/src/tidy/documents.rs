//! Documents point at files that exist: everything in backticks that has the form of a path, and every link.

use crate::repo::{File, Repo};

/// Documents that are held to it; one that does not exist yet is left out with a note.
const DOCUMENTS: &[&str] =
    &["ARCHITECTURE.md", "README.md", "catalog/README.md", "docs/benchmarks.md", "fuzz/README.md"];

pub fn paths(repo: &Repo) -> Vec<String> {
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        let Some(file) = repo.file(document) else {
            println!("note: {document} does not exist yet, so its paths are not checked");
            continue;
        };
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        for path in named(file) {
            let beside = repo.root.join(folder).join(&path);
            if !repo.root.join(&path).exists() && !beside.exists() {
                wrong.push(format!("{document}: `{path}` does not exist"));
            }
        }
    }
    wrong
}

/// The paths that a document names.
fn named(file: &File) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in file.text.lines() {
        fenced ^= line.starts_with("```");
        if fenced || line.starts_with("```") {
            continue;
        }
        let quoted = line.split('`').skip(1).step_by(2).filter(|text| is_path(text));
        let links = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let links = links.filter(|target| !target.contains("://") && !target.starts_with('#'));
        let links = links.map(|target| target.split('#').next().unwrap_or(target));
        found.extend(quoted.chain(links).map(|path| known_part(path).to_owned()));
    }
    found
}

/// `crates/rules/src/run.rs` and `examples/broken/`, but not `tcp/2049`, `a | b` or a pattern.
fn is_path(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let last = text.rsplit('/').next().unwrap_or_default();
    plain
        && text.contains('/')
        && !text.starts_with(['/', '-'])
        && (last.is_empty() || last.contains('.'))
        && !text.starts_with("target/")
}

/// The part before a placeholder: `crates/rules/pages` of `crates/rules/pages/CODE.md`.
fn known_part(path: &str) -> &str {
    let mut end = 0;
    for part in path.split_inclusive('/') {
        let name = part.trim_end_matches('/').split('.').next().unwrap_or_default();
        let is_placeholder = ["CODE", "FAMILY", "NAME", "FILE"].contains(&name);
        if is_placeholder {
            return path[..end].trim_end_matches('/');
        }
        end += part.len();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_words() {
        let text =
            "`a/b.rs` and `tcp/2049`, `a b/c.rs`, [x](docs/y.md#z), [w](https://w), `p/CODE.md`\n```\n`c/d.rs`\n```\n";
        let file = File { path: "README.md".to_owned(), text: text.to_owned() };
        assert_eq!(named(&file), ["a/b.rs", "p", "docs/y.md"]);
    }
}
