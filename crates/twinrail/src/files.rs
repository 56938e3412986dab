//! The files of a call: which ones a folder gives, their texts, and errors with the lines in which they stand. Not here: what the texts mean.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use twinrail_intake::{Input, InputError};

use crate::Failure;

/// One input at most is this large: far above any real one.
const MAX_INPUT_BYTES: u64 = 1 << 30;

/// All files of the inputs; a folder gives its JSON and YAML files, recordings and Terraform files, in order, with those of its folders.
/// Every file that cannot be read is an error, and all are said at once.
pub(crate) fn inputs(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            let before = (files.len(), errors.len());
            folder(path, &mut files, &mut errors, 0);
            if (files.len(), errors.len()) == before {
                let endings = ENDINGS.split_last().expect("there are endings");
                errors.push(format!(
                    "{}: no file in it ends in {} or {}",
                    path.display(),
                    endings.1.join(", "),
                    endings.0
                ));
            }
        } else {
            files.push(path.clone());
        }
    }
    let mut inputs = Vec::with_capacity(files.len());
    for file in files {
        match read(&file) {
            Ok(input) => inputs.push(input),
            Err(Failure::World(lines)) => errors.extend(lines),
            Err(closed @ Failure::Closed) => return Err(closed),
        }
    }
    if errors.is_empty() { Ok(inputs) } else { Err(Failure::World(errors)) }
}

/// Files of a folder with these endings are inputs.
const ENDINGS: &[&str] = &[".json", ".ndjson", ".yaml", ".yml", ".tf", ".http.log"];

/// Folders below folders, at most: dumps are not deeper, and a link to a parent must end.
const MAX_DEPTH: usize = 16;

/// Collects the files of a folder. Hidden files and folders are of other tools: Terraform keeps its providers in one.
#[expect(clippy::disallowed_methods, reason = "the binary owns the files")]
fn folder(path: &Path, files: &mut Vec<PathBuf>, errors: &mut Vec<String>, depth: usize) {
    if depth > MAX_DEPTH {
        return errors.push(format!("{}: more than {MAX_DEPTH} folders deep", path.display()));
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return errors.push(format!("{}: {error}", path.display())),
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => errors.push(format!("{}: {error}", path.display())),
        }
    }
    paths.sort();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            folder(&path, files, errors, depth + 1);
        } else if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the binary owns the files")]
pub(crate) fn read(path: &Path) -> Result<Input, Failure> {
    let shown = path.display().to_string();
    let failed = |hint: String| Failure::World(vec![format!("{shown}: {hint}")]);
    if path.as_os_str() == "-" {
        let text = bounded(std::io::stdin().lock(), "standard input")?;
        return Ok(Input { path: "standard input".to_owned(), text });
    }
    let file = std::fs::File::open(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    let text = bounded(file, &shown)?;
    Ok(Input { path: shown, text })
}

/// All of an input, up to the bound: sizes that files state of themselves are not to be trusted.
fn bounded(input: impl std::io::Read, shown: &str) -> Result<String, Failure> {
    let failed = |problem: String| Failure::World(vec![format!("{shown}: {problem}")]);
    let mut bytes = Vec::new();
    let read = input.take(MAX_INPUT_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| failed(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > MAX_INPUT_BYTES {
        return Err(failed(format!("has more than the {MAX_INPUT_BYTES} bytes that are read at most")));
    }
    // A plan file of Terraform is a zip archive.
    if bytes.starts_with(b"PK") {
        let hint = "a plan file of Terraform is one: give the output of `terraform show -json PLANFILE`";
        return Err(failed(format!("is a zip archive, not text\n  hint: {hint}")));
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(failed("is compressed by gzip, not text\n  hint: `gunzip -c FILE | twinrail check -`".to_owned()));
    }
    if let Some(order) = Utf16::of(&bytes) {
        return order
            .decode(&bytes)
            .ok_or_else(|| failed("is not the UTF-16 text that its first bytes promise".to_owned()));
    }
    let wrong = |error: std::string::FromUtf8Error| {
        failed(format!("is not UTF-8 text (byte {})", error.utf8_error().valid_up_to()))
    };
    String::from_utf8(bytes).map_err(wrong)
}

/// How the bytes of a text stand, where they begin with the byte order mark of UTF-16: PowerShell writes so what is redirected to a file.
#[derive(Debug, Clone, Copy)]
enum Utf16 {
    LittleEndian,
    BigEndian,
}

impl Utf16 {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, ..] => Some(Self::LittleEndian),
            [0xfe, 0xff, ..] => Some(Self::BigEndian),
            _ => None,
        }
    }

    /// The text after the mark; `None` where it is none after all.
    fn decode(self, bytes: &[u8]) -> Option<String> {
        let (pairs, odd) = bytes[2..].as_chunks::<2>();
        let units = pairs.iter().map(|pair| match self {
            Self::LittleEndian => u16::from_le_bytes(*pair),
            Self::BigEndian => u16::from_be_bytes(*pair),
        });
        char::decode_utf16(units).collect::<Result<String, _>>().ok().filter(|_| odd.is_empty())
    }
}

/// Input errors as lines with their place.
pub(crate) fn failure(errors: &[InputError], inputs: &[Input]) -> Failure {
    let line = |error: &InputError| {
        let text = inputs.iter().find(|input| input.path == error.path).map(|input| input.text.as_str());
        let place = match (&error.at, text) {
            (Some(at), Some(text)) => {
                let start = at.start.min(text.len());
                let before = text.get(..start).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                format!("{}:{line}:{column}", error.path)
            }
            _ => error.path.clone(),
        };
        match &error.hint {
            Some(hint) => format!("{place}: {}\n  hint: {hint}", error.message),
            None => format!("{place}: {}", error.message),
        }
    };
    Failure::World(errors.iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes(bytes: &[u8]) -> Result<String, String> {
        bounded(bytes, "plan.json").map_err(|failure| match failure {
            Failure::World(lines) => lines.join("\n"),
            Failure::Closed => String::new(),
        })
    }

    #[test]
    fn texts_of_windows_are_read_and_compressed_ones_named() {
        let little: Vec<u8> = "\u{feff}{ü}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}{ü}".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read_bytes(&little).as_deref(), Ok("{ü}"));
        assert_eq!(read_bytes(&big).as_deref(), Ok("{ü}"));
        for (bytes, said) in [
            (&little[..little.len() - 1], "plan.json: is not the UTF-16 text that its first bytes promise"),
            (&[0xff, 0xfe, 0x00, 0xd8], "plan.json: is not the UTF-16 text that its first bytes promise"),
            (
                &[0x1f, 0x8b, 8],
                "plan.json: is compressed by gzip, not text\n  hint: `gunzip -c FILE | twinrail check -`",
            ),
            (b"{\xff", "plan.json: is not UTF-8 text (byte 1)"),
        ] {
            assert_eq!(read_bytes(bytes).expect_err("this is no text"), said);
        }
    }
}
