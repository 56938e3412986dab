//! The repository's files as they stand in the working folder: what git tracks, and what it would if it were added. Not here: what a file means.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file.
#[derive(Debug, Clone)]
pub struct File {
    /// From the root of the repository, with `/`.
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub fn is_markdown(&self) -> bool {
        self.path.ends_with(".md")
    }

    /// Whether it is part of a product crate's code: neither the workshop, nor the binary, nor a test.
    pub fn is_library(&self) -> bool {
        self.is_rust()
            && self.path.starts_with("crates/")
            && self.path.contains("/src/")
            && !self.path.starts_with("crates/twinrail/")
            && !self.is_test()
    }

    /// Whether the whole file is a test.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

/// All text files of a repository.
#[derive(Debug, Clone)]
pub struct Repo {
    pub root: PathBuf,
    /// In the order of their paths.
    pub files: Vec<File>,
}

/// The folder that holds the workspace.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().expect("xtask lies in the workspace").to_owned()
}

impl Repo {
    pub fn open(root: &Path) -> Result<Self, String> {
        let mut files = Vec::new();
        for path in paths(root)? {
            // A file may be deleted and not yet staged; one that is no text has no lines to look at.
            let Ok(bytes) = std::fs::read(root.join(&path)) else { continue };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            files.push(File { path, text });
        }
        Ok(Self { root: root.to_owned(), files })
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust())
    }
}

fn paths(root: &Path) -> Result<Vec<String>, String> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(arguments).current_dir(root).output();
    let output = output.map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| "a path is not UTF-8".to_owned())?;
    let mut paths: Vec<String> = text.split('\0').filter(|path| !path.is_empty()).map(ToOwned::to_owned).collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}
