//! Lines of text: how they end, how long they are, and words that no file may hold. Not here: what code means.

use crate::format::wrap::{MAX_WIDTH, is_one_line};
use crate::repo::{File, Repo};

pub fn module_comments(repo: &Repo) -> Vec<String> {
    let silent = repo.rust().filter(|file| !file.text.starts_with("//!"));
    silent.map(|file| format!("{}: begins without `//!`", file.path)).collect()
}

/// `TODO` only with an issue: `TODO(#12)`.
pub fn markers(repo: &Repo) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in ours(repo).filter(|file| !is_about_words(file)) {
        for (number, line) in numbered(&file.text) {
            let bare = line.match_indices("TODO").any(|(at, _)| !line[at..].starts_with("TODO(#"));
            if bare || line.contains("FIXME") {
                wrong.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    wrong
}

pub fn lines(repo: &Repo) -> Vec<String> {
    let mut wrong = Vec::new();
    for file in ours(repo) {
        if !file.text.is_empty() && (!file.text.ends_with('\n') || file.text.ends_with("\n\n")) {
            wrong.push(format!("{}: does not end with one newline", file.path));
        }
        let mut fenced = false;
        for (number, line) in numbered(&file.text) {
            fenced ^= file.is_markdown() && line.trim_start().starts_with("```");
            let place = format!("{}:{number}", file.path);
            if line.ends_with([' ', '\t', '\r']) {
                wrong.push(format!("{place}: white space at the end"));
            }
            if file.is_rust() && line.contains('\t') {
                wrong.push(format!("{place}: a tab"));
            }
            let width = line.chars().count();
            // A test shows what a program prints, in one piece.
            let table =
                line.trim_start().trim_start_matches("//!").trim_start_matches("///").trim_start().starts_with('|');
            let limited = (file.is_rust() && !file.path.contains("/tests/") && !table)
                || (file.is_markdown() && !fenced && !is_one_line(line));
            // A line that is one long word, such as an address, cannot be broken.
            if limited && width > MAX_WIDTH && line.trim().contains(' ') {
                wrong.push(format!(
                    "{place}: {width} characters, more than {MAX_WIDTH}; `cargo xtask fmt` breaks prose"
                ));
            }
        }
    }
    wrong
}

/// Paths of the machine that a file was written on say nothing to others.
pub fn machines(repo: &Repo) -> Vec<String> {
    const WORDS: &[&str] = &["/work/", "/tmp/wt", "/tmp/target", "/root/", "/home/", "issues show", "issues list"];
    let mut wrong = Vec::new();
    for file in ours(repo).filter(|file| !is_about_words(file)) {
        for (number, line) in numbered(&file.text) {
            let found = WORDS.iter().filter(|word| line.contains(**word));
            wrong.extend(found.map(|word| format!("{}:{number}: `{word}`", file.path)));
        }
    }
    wrong
}

/// Files that people of this project write; data that others made stays as it came.
fn ours(repo: &Repo) -> impl Iterator<Item = &File> {
    const ENDINGS: &[&str] = &[".rs", ".md", ".toml", ".yaml", ".yml", ".txt", ".sh", ".py"];
    repo.files.iter().filter(|file| {
        let is_script = !file.path.rsplit('/').next().unwrap_or_default().contains('.');
        (is_script || ENDINGS.iter().any(|ending| file.path.ends_with(ending))) && !file.path.contains("/fixtures/")
    })
}

/// This file, which cannot but hold the words.
fn is_about_words(file: &File) -> bool {
    file.path == "xtask/src/tidy/text.rs"
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split('\n').enumerate().map(|(at, line)| (at + 1, line))
}
