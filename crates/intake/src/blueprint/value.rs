//! What an expression of a blueprint comes to: the values of HCL, and those that the blueprint leaves open. Not here: how
//! they are computed (`expression`, `function`).

use std::collections::BTreeMap;

use serde_json::{Map, Number, Value as Json};

/// A value of a setting, a variable or an output.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// The blueprint leaves it open, or it comes from something that is not understood.
    Unknown,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// The key of a map that has further entries which are not known: the attributes of a resource that nobody asked for. No
/// identifier is written so.
pub(super) const OTHERS: &str = "(others)";

/// How a name begins that stands for one that is not known.
pub(super) const UNKNOWN_NAME: &str = "(unknown";

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn map<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of things in a blueprint are far below 2^52")]
    pub fn count(count: usize) -> Self {
        Self::Number(count as f64)
    }

    /// A value of YAML or JSON, its texts as they stand.
    pub fn of_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => number.as_f64().map_or(Self::Unknown, Self::Number),
            Json::String(text) => Self::text(text),
            Json::Array(items) => Self::List(items.iter().map(Self::of_json).collect()),
            Json::Object(fields) => {
                Self::Map(fields.iter().map(|(key, value)| (key.clone(), Self::of_json(value))).collect())
            }
        }
    }

    /// The same as JSON; `None` if any part of it is not known.
    pub fn to_json(&self) -> Option<Json> {
        Some(match self {
            Self::Unknown => return None,
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(*value),
            Self::Number(number) => json_number(*number),
            Self::Text(text) => Json::String(text.clone()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect::<Option<_>>()?),
            Self::Map(fields) => {
                let fields = fields.iter().map(|(key, value)| Some((key.clone(), value.to_json()?)));
                Json::Object(fields.collect::<Option<Map<_, _>>>()?)
            }
        })
    }

    /// Whether it, or a part of it, is not known. A text that names the unknown project is as little known.
    pub fn is_open(&self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Text(text) => text.contains(UNKNOWN_NAME),
            Self::List(items) => items.iter().any(Self::is_open),
            Self::Map(fields) => fields.values().any(Self::is_open),
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
        }
    }

    /// What it takes in memory, roughly: what the bounds on an evaluation count.
    pub fn size(&self) -> usize {
        match self {
            Self::Unknown | Self::Null | Self::Bool(_) | Self::Number(_) => 1,
            Self::Text(text) => 1 + text.len(),
            Self::List(items) => items.iter().map(Self::size).sum::<usize>() + 1,
            Self::Map(fields) => fields.iter().map(|(key, value)| 1 + key.len() + value.size()).sum::<usize>() + 1,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A flag, also as the text that a map of texts makes of it.
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A whole number from zero, also as text.
    pub fn as_count(&self) -> Option<u64> {
        let number = self.as_number()?;
        let whole = number.fract() == 0.0 && (0.0..9e15).contains(&number);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
        whole.then_some(number as u64)
    }

    /// A number, also as text: HCL converts the one to the other.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    /// As HCL writes it into a text; `None` for what is no plain value.
    pub fn to_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(number) => Some(json_number(*number).to_string()),
            _ => None,
        }
    }

    /// An attribute of a map: unknown where the map has further ones that are not known.
    pub fn attribute(&self, name: &str) -> Option<Self> {
        match self {
            Self::Map(fields) => fields.get(name).or_else(|| fields.get(OTHERS)).cloned(),
            _ => None,
        }
    }

    /// What it is, in a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unknown => "a value that is not known",
            Self::Null => "null",
            Self::Bool(_) => "a flag",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// Whole numbers without a fraction, as HCL writes them.
fn json_number(number: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    if number.fract() == 0.0 && number.abs() < 9e15 {
        return Json::Number(Number::from(number as i64));
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}
