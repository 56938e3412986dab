//! Formatting of all Rust, also of modules that a macro names by `#[path]`, which `cargo fmt` does not see; and of what rustfmt leaves alone.

pub mod wrap;

use std::path::Path;
use std::process::Command;

use crate::new_rule::{REGISTRY, sorted};
use crate::repo::{File, Repo, root};

/// Formats, or with `check` says what would change.
pub fn format(root: &Path, check: bool) -> Result<(), String> {
    let repo = Repo::open(root)?;
    let mut wrong = Vec::new();
    for file in &repo.files {
        let text = in_form(file);
        if text == file.text {
            continue;
        }
        if check {
            wrong.push(format!("{}: lines to break, or to sort; run `cargo xtask fmt`", file.path));
        } else {
            std::fs::write(root.join(&file.path), text).map_err(|error| format!("{}: {error}", file.path))?;
        }
    }
    wrong.extend(rustfmt(root, &repo, check)?);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// What rustfmt leaves alone: the order of the registry, wide comments, wide Markdown.
fn in_form(file: &File) -> String {
    if file.path == REGISTRY {
        wrap::rust(&sorted(&file.text))
    } else if file.is_rust() {
        wrap::rust(&file.text)
    } else if file.is_markdown() {
        wrap::markdown(&file.text)
    } else {
        file.text.clone()
    }
}

fn rustfmt(root: &Path, repo: &Repo, check: bool) -> Result<Vec<String>, String> {
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024"]).current_dir(root);
    if check {
        command.args(["--check", "-l"]);
    }
    command.args(repo.rust().map(|file| file.path.as_str()));
    let output = command.output().map_err(|error| format!("rustfmt cannot be run: {error}"))?;
    let listed = String::from_utf8_lossy(&output.stdout);
    let mut listed: Vec<&str> = listed.lines().collect();
    listed.sort_unstable();
    listed.dedup();
    if !output.status.success() && listed.is_empty() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(listed.iter().map(|path| format!("{path}: not formatted; run `cargo xtask fmt`")).collect())
}

/// Formats one text as the repository's files are.
pub fn rust(text: &str) -> Result<String, String> {
    use std::io::Write as _;
    use std::process::Stdio;

    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024"]).current_dir(root()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("rustfmt cannot be run: {error}"))?;
    let mut input = child.stdin.take().expect("asked for above");
    input.write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    drop(input);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err("rustfmt does not take the template".to_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
