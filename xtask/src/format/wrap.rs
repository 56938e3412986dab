//! Breaks comments and Markdown that are wider than a line may be; what no formatter of Rust does. Lines that are short
//! enough stay as they were written. Strings, tables and code
//! blocks are left alone.

/// Lines may be this wide.
pub const MAX_WIDTH: usize = 160;

/// A line that is broken is broken to this.
const WIDTH: usize = 120;

/// The comments of Rust.
pub fn rust(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let mark = ["//! ", "/// ", "// "].into_iter().find(|mark| line[indent..].starts_with(mark));
        match mark {
            Some(mark) => lines.push_str(&broken(line, &format!("{}{mark}", " ".repeat(indent)))),
            None => lines.push_str(line),
        }
    }
    lines
}

/// The prose of Markdown.
pub fn markdown(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut fenced = false;
    for line in text.split_inclusive('\n') {
        fenced ^= line.trim_start().starts_with("```");
        if fenced || is_one_line(line) {
            lines.push_str(line);
        } else {
            lines.push_str(&broken(line, &" ".repeat(hanging(line))));
        }
    }
    lines
}

/// Tables and headings are one line each; so is the list of facts of a rule's page, which is read by its first word.
pub fn is_one_line(line: &str) -> bool {
    line.starts_with(['|', '#']) || line.starts_with("Facts:")
}

/// How far the lines of a list item stand in.
fn hanging(line: &str) -> usize {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let rest = &line[indent..];
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if rest.starts_with("- ") || rest.starts_with("* ") {
        indent + 2
    } else if digits > 0 && rest[digits..].starts_with(". ") {
        indent + digits + 2
    } else {
        indent
    }
}

/// A line in several, each after the first behind `mark`.
fn broken(line: &str, mark: &str) -> String {
    if line.trim_end().chars().count() <= MAX_WIDTH {
        return line.to_owned();
    }
    let mut lines = String::new();
    let mut current = String::new();
    for word in words(line.trim_end()) {
        let fits = current.chars().count() + 1 + word.chars().count() <= WIDTH;
        if current.is_empty() {
            current = word.to_owned();
        } else if fits || is_mark(word) {
            current = format!("{current} {word}");
        } else {
            lines.push_str(&current);
            lines.push('\n');
            current = format!("{mark}{word}");
        }
    }
    lines.push_str(&current);
    lines.push('\n');
    lines
}

/// What a line must not begin with, as it would become a list or a heading.
fn is_mark(word: &str) -> bool {
    ["-", "*", "+", "#", "|"].contains(&word) || word.trim_end_matches('.').bytes().all(|b| b.is_ascii_digit())
}

/// Words; the first holds the indentation, and code in backticks is one word.
fn words(line: &str) -> Vec<&str> {
    let indent = line.len() - line.trim_start().len();
    let mut words = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in line.char_indices().filter(|(at, _)| *at >= indent) {
        quoted ^= c == '`';
        if c == ' ' && !quoted {
            words.push(&line[start..at]);
            start = at + 1;
        }
    }
    words.push(&line[start..]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wide_lines_are_broken() {
        let word = "word ".repeat(30);
        let long = format!("    /// {word}`a code` {word}\n");
        let lines = rust(&format!("// short\n{long}let x = \"{word}{word}\";\n"));
        assert!(lines.starts_with("// short\n    /// word"));
        assert!(lines.lines().filter(|line| line.contains("///")).all(|line| line.chars().count() <= WIDTH));
        assert_eq!(lines.matches("    /// ").count(), 3);
        assert!(lines.contains("`a code`"));
        assert!(lines.ends_with(&format!("let x = \"{word}{word}\";\n")));
        assert_eq!(rust(&lines), lines, "done once is done");
    }

    #[test]
    fn lists_stand_in_and_tables_stay() {
        let word = "word ".repeat(40);
        let text = format!("1. {word}\n| {word} |\n```\n{word}\n```\nFacts: {word}\n");
        let lines = markdown(&text);
        assert!(lines.contains("\n   word"));
        for kept in [format!("| {word} |\n"), format!("```\n{word}\n```\n"), format!("Facts: {word}\n")] {
            assert!(lines.contains(&kept), "{kept}");
        }
    }
}
