//! Values that Terraform calls sensitive: where they stand in the text, so that they can be blotted out there before anything is printed from it. Not here:
//! what a rule says about a value that it has read.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use serde_json::value::RawValue;

/// The bytes of the sensitive values of an object; `marks` mirrors it, `true` where a value is sensitive.
pub(super) fn secrets(text: &str, values: &RawValue, marks: &Value, found: &mut Vec<Range<usize>>) {
    match marks {
        Value::Bool(true) => blot(text, values.get(), 0, found),
        Value::Object(marks) => {
            let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(values.get()) else { return };
            for (name, mark) in marks {
                if let Some(value) = fields.get(name) {
                    secrets(text, value, mark, found);
                }
            }
        }
        Value::Array(marks) => {
            let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(values.get()) else { return };
            for (item, mark) in items.into_iter().zip(marks) {
                secrets(text, item, mark, found);
            }
        }
        _ => {}
    }
}

/// Values nest no deeper than their reader allows; whatever does is blotted out whole.
const MAX_NESTED: usize = 128;

/// The bytes of all texts, numbers and truth values in a value.
fn blot(text: &str, raw: &str, depth: usize, found: &mut Vec<Range<usize>>) {
    let is_open = depth < MAX_NESTED;
    if is_open && let Ok(fields) = serde_json::from_str::<BTreeMap<String, &RawValue>>(raw) {
        for value in fields.values() {
            blot(text, value.get(), depth + 1, found);
        }
    } else if is_open && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) {
        for value in items {
            blot(text, value.get(), depth + 1, found);
        }
    } else if raw != "null" {
        let start = raw.as_ptr() as usize - text.as_ptr() as usize;
        found.push(start..start + raw.len());
    }
}

/// Whether anything is marked at all, without reading it.
pub(super) fn is_marked(marks: &RawValue) -> bool {
    marks.get().contains("true")
}

/// The text with those bytes blotted out; it keeps its length, so that places stay, and its form.
pub(crate) fn blotted(text: String, secrets: &[Range<usize>]) -> String {
    if secrets.is_empty() {
        return text;
    }
    let mut bytes = text.into_bytes();
    for secret in secrets {
        match &mut bytes[secret.clone()] {
            // A text of JSON, which stands between quotes, or anything else that is long enough to become one.
            [first, inner @ .., last] => {
                (*first, *last) = (b'"', b'"');
                inner.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
            }
            [digit] => *digit = b'0',
            [] => {}
        }
    }
    String::from_utf8(bytes).expect("whole values were replaced by ASCII")
}
