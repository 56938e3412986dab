//! YAML text as a tree that knows where each part stands. Parsing, budgets and aliases are the library's; this file only keeps the spans.
//! Not here: what the keys mean (`spec`), and JSON, whose places are found by `locate`.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_saphyr::{Budget, DuplicateKeyPolicy, Options, Spanned};

/// Nodes of a model file at most: far above any real one, far below trouble.
const MAX_NODES: usize = 2_000_000;
const MAX_DEPTH: usize = 64;

/// A part of a YAML document and its bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub span: Range<usize>,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Leaf(Json),
    List(Vec<Node>),
    /// Keys with their bytes.
    Map(Vec<(String, Range<usize>, Node)>),
}

/// What is wrong with the text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct YamlError {
    pub message: String,
    pub hint: String,
    pub at: usize,
}

pub(crate) fn parse(text: &str) -> Result<Node, YamlError> {
    let mut options = Options::default();
    options.duplicate_keys = DuplicateKeyPolicy::Error;
    options.strict_booleans = true;
    options.with_snippet = false;
    let mut budget = Budget::default();
    budget.max_nodes = MAX_NODES;
    budget.max_depth = MAX_DEPTH;
    options.budget = Some(budget);
    let spanned: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let at = error.location().map_or(0, |location| place(text, location.line(), location.column()));
        let message = error.without_snippet().to_string();
        let (message, hint) = in_our_words(message.lines().next().unwrap_or_default());
        YamlError { message, hint, at }
    })?;
    Ok(node(spanned, text.len()))
}

impl Node {
    /// The same without spans.
    pub fn to_json(&self) -> Json {
        match &self.kind {
            Kind::Leaf(leaf) => leaf.clone(),
            Kind::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Kind::Map(entries) => {
                Json::Object(entries.iter().map(|(key, _, value)| (key.clone(), value.to_json())).collect())
            }
        }
    }

    /// The keys of a map.
    pub fn keys(&self) -> Vec<&str> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().map(|(key, _, _)| key.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// The part below a key of a map.
    pub fn child(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|(name, _, _)| name == key).map(|(_, _, value)| value),
            _ => None,
        }
    }

    /// A part of a model file as a model file of its own: version 1, and this under `key`; or this beside the version, if it has the key itself.
    pub fn into_part(self, key: &str) -> Self {
        let span = self.span.clone();
        let version = ("twinrail".to_owned(), span.clone(), Self { span: span.clone(), kind: Kind::Leaf(1.into()) });
        let has_key = self.keys().contains(&key);
        let kind = match self.kind {
            Kind::Map(mut entries) if has_key => {
                if !entries.iter().any(|(key, _, _)| key == "twinrail") {
                    entries.push(version);
                }
                Kind::Map(entries)
            }
            kind => Kind::Map(vec![version, (key.to_owned(), span.clone(), Self { span: span.clone(), kind })]),
        };
        Self { span, kind }
    }

    /// The bytes that a JSON pointer means: a leaf's own, else those of the key that leads to it; of its nearest ancestor if there is no such part.
    pub fn locate(&self, pointer: &str) -> Range<usize> {
        let mut node = self;
        let mut span = self.span.clone();
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let step = match &node.kind {
                Kind::Map(entries) => entries.iter().find(|(key, _, _)| *key == part).map(|(_, key, value)| {
                    (if matches!(value.kind, Kind::Leaf(_)) { &value.span } else { key }, value)
                }),
                Kind::List(items) => {
                    part.parse().ok().and_then(|place: usize| items.get(place)).map(|item| (&item.span, item))
                }
                Kind::Leaf(_) => None,
            };
            let Some((at, next)) = step else { return span };
            span = at.clone();
            node = next;
        }
        span
    }

    /// The bytes of a key below a pointer, for a key that should not be there.
    pub fn locate_key(&self, pointer: &str, key: &str) -> Range<usize> {
        let mut node = self;
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let next = match &node.kind {
                Kind::Map(entries) => entries.iter().find(|(name, _, _)| *name == part).map(|(_, _, value)| value),
                Kind::List(items) => part.parse().ok().and_then(|place: usize| items.get(place)),
                Kind::Leaf(_) => None,
            };
            let Some(next) = next else { return self.locate(pointer) };
            node = next;
        }
        match &node.kind {
            Kind::Map(entries) => {
                let entry = entries.iter().find(|(name, _, _)| name == key);
                entry.map_or_else(|| self.locate(pointer), |(_, span, _)| span.clone())
            }
            _ => self.locate(pointer),
        }
    }
}

/// The byte at a line and a column of characters, both counted from 1.
fn place(text: &str, line: u64, column: u64) -> usize {
    let count = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let start: usize = text.split_inclusive('\n').take(count(line)).map(str::len).sum();
    let offset = text[start..].char_indices().map(|(at, _)| at).nth(count(column));
    start + offset.unwrap_or(text.len() - start)
}

/// The library's message without its place, which we show ourselves, and what to do about it.
fn in_our_words(message: &str) -> (String, String) {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    if let Some(key) = message.strip_prefix("duplicate mapping key: ") {
        let key = key.split(", set ").next().unwrap_or(key);
        return (format!("the key `{key}` stands here a second time"), "keep one of the two".to_owned());
    }
    let hints = [
        ("non-finite float", "infinity and NaN are no values here", "write a number"),
        ("multiple YAML documents", "several YAML documents in one file", "keep what is before the line `---`"),
        ("unknown anchor", "an alias whose anchor is nowhere in the file", "quote the text if the `*` belongs to it"),
        ("found a tab", "a tab in the indentation", "indent with spaces"),
        ("unclosed bracket", message, "close it, or quote the text if the bracket belongs to it"),
        ("budget", message, "the file is larger or deeper than any real model: see whether it is the right one"),
    ];
    let found = hints.into_iter().find(|(part, _, _)| message.contains(part));
    let (_, message, hint) = found.unwrap_or((
        "",
        message,
        "see whether the indentation is right, and quote texts that have `: `, `#`, `{` or `[` in them",
    ));
    (message.to_owned(), hint.to_owned())
}

fn clamp(offset: u64, len: usize) -> usize {
    usize::try_from(offset).map_or(len, |offset| offset.min(len))
}

fn span<T>(spanned: &Spanned<T>, len: usize) -> Range<usize> {
    let span = spanned.referenced.span();
    let start = clamp(span.byte_offset().unwrap_or(0), len);
    let end = clamp(span.byte_offset().unwrap_or(0).saturating_add(span.byte_len().unwrap_or(1)), len);
    start..end.max(start)
}

fn node(spanned: Spanned<Raw>, len: usize) -> Node {
    let span = span(&spanned, len);
    let kind = match spanned.value {
        Raw::Leaf(leaf) => Kind::Leaf(leaf),
        Raw::List(items) => Kind::List(items.into_iter().map(|item| node(item, len)).collect()),
        Raw::Map(entries) => Kind::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let at = self::span(&key, len);
                    (key.value, at, node(value, len))
                })
                .collect(),
        ),
    };
    Node { span, kind }
}

/// A node while it is being read.
enum Raw {
    Leaf(Json),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Leaf(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Leaf(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Leaf(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Raw, E> {
        let number =
            serde_json::Number::from_f64(value).ok_or_else(|| E::custom("infinity and NaN are no values here"))?;
        Ok(Raw::Leaf(Json::Number(number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Leaf(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Leaf(Json::Null))
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Leaf(Json::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
            if items.len() > MAX_NODES {
                return Err(A::Error::custom("too many items"));
            }
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'t>(text: &'t str, pointer: &str) -> &'t str {
        &text[parse(text).expect("YAML").locate(pointer)]
    }

    #[test]
    fn parts_know_where_they_stand() {
        let text = "twinrail: 1\nnetworks:\n  tcp: { project: storage, mtu: 8896 }\nnics:\n  - { rail: tcp, type: GVNIC }\n  - vips/a\n";
        assert_eq!(at(text, "/networks/tcp/mtu"), "8896");
        assert_eq!(at(text, "/networks/tcp"), "tcp");
        assert_eq!(at(text, "/nics/0/type"), "GVNIC");
        assert_eq!(at(text, "/nics/1"), "vips/a");
        assert_eq!(at(text, "/networks/tcp/profile"), "tcp");
    }

    #[test]
    fn hostile_text_is_an_error_and_not_a_crash() {
        let deep = "[".repeat(100_000);
        let laughs = (1..30).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
            let below = level - 1;
            format!("{text}a{level}: &a{level} [{}]\n", format!("*a{below}, ").repeat(9))
        });
        for bad in [deep.as_str(), laughs.as_str(), "a: b: c", "a: 1\na: 2", "a: *nowhere", "\u{0}", "? [x]\n: y"] {
            assert!(parse(bad).is_err(), "{}", &bad[..bad.len().min(40)]);
        }
    }
}
