//! Where a part of a JSON text stands. Found only when a finding points there, by reading the text again along the path; nothing is kept while importing.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::value::RawValue;

/// The bytes that a JSON pointer means; those of its nearest ancestor that exists.
pub(crate) fn locate(text: &str, pointer: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    let mut at = text;
    let mut span = start..text.trim_end().len().max(start);
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let Some(next) = step(at, &part) else { break };
        let offset = next.as_ptr() as usize - text.as_ptr() as usize;
        span = offset..offset + next.len();
        at = next;
    }
    span
}

fn step<'t>(text: &'t str, part: &str) -> Option<&'t str> {
    if text.trim_start().starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        items.get(part.parse::<usize>().ok()?).map(|raw| raw.get())
    } else {
        let entries: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
        entries.get(part).map(|raw| raw.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_its_bytes() {
        let text = r#" {"a": [{"b/c": 17}, "x"], "d": {}} "#;
        assert_eq!(&text[locate(text, "/a/0/b~1c")], "17");
        assert_eq!(&text[locate(text, "/a/1")], "\"x\"");
        assert_eq!(&text[locate(text, "/a/7/z")], r#"[{"b/c": 17}, "x"]"#);
        assert_eq!(&text[locate(text, "")], text.trim());
    }
}
