//! One fact: a question, its possible values, how well it is known and who says so.
//! Not here: where facts come from (`catalog`), and what depends on them (`decide`).

use std::fmt;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::delay::Delay;
use crate::range::Range;

/// A fact's place in its [`Catalog`](crate::Catalog). The ids of the embedded facts are the same in every catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub(crate) u32);

impl FactId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// How well a fact is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Read in the platform's or the protocol's own documentation, definition, release note or source.
    Documented,
    /// Second hand: a dated summary, a single old measurement.
    Reported,
    /// Read from a live API, or measured in a stated setting.
    Observed,
    /// The provider answered.
    Confirmed,
    /// Inferred or recalled; stated nowhere that was read.
    Assumed,
    /// Sources disagree.
    Conflicting,
    /// Sought and not found.
    Unknown,
}

impl Status {
    pub const ALL: [Self; 7] = [
        Self::Documented,
        Self::Reported,
        Self::Observed,
        Self::Confirmed,
        Self::Assumed,
        Self::Conflicting,
        Self::Unknown,
    ];

    /// The word used in the catalog and in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Reported => "reported",
            Self::Observed => "observed",
            Self::Confirmed => "confirmed",
            Self::Assumed => "assumed",
            Self::Conflicting => "conflicting",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A fact's unit, which decides the type of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    Bool,
    Choice,
    Names,
    Cidrs,
    Delay,
    /// A real number, in this unit.
    Number(String),
    /// A whole number of these.
    Count(String),
}

impl Unit {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "bool" => Self::Bool,
            "choice" => Self::Choice,
            "names" => Self::Names,
            "cidrs" => Self::Cidrs,
            "delay" => Self::Delay,
            "Gbps" | "ratio" | "seconds" | "USD" => Self::Number(text.to_owned()),
            _ if text.starts_with("USD per ") => Self::Number(text.to_owned()),
            _ => Self::Count(text.to_owned()),
        }
    }

    /// The unit as the catalog writes it.
    pub fn word(&self) -> &str {
        match self {
            Self::Bool => "bool",
            Self::Choice => "choice",
            Self::Names => "names",
            Self::Cidrs => "cidrs",
            Self::Delay => "delay",
            Self::Number(unit) | Self::Count(unit) => unit,
        }
    }
}

/// One value of a fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Bool(bool),
    Count(u64),
    Number(f64),
    Choice(String),
    Names(Vec<String>),
    Cidrs(Vec<IpNet>),
    /// Seconds.
    Delay(Delay),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(true) => f.pad("yes"),
            Self::Bool(false) => f.pad("no"),
            Self::Count(count) => write!(f, "{count}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Choice(word) => f.pad(word),
            Self::Names(names) if names.is_empty() => f.pad("none"),
            Self::Names(names) => f.pad(&names.join(", ")),
            Self::Cidrs(ranges) => {
                let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
                f.pad(&ranges.join(", "))
            }
            Self::Delay(delay) => write!(f, "{delay}"),
        }
    }
}

/// A value that a fact may have.
#[derive(Debug, Clone, PartialEq)]
pub struct Possible {
    pub value: Value,
    /// Relative weight; equal where the catalog gives none.
    pub weight: f64,
    /// Why this value is plausible, or who states it.
    pub why: Option<String>,
    /// Keys of the sources that state this value.
    pub sources: Vec<String>,
}

/// An ISO date, kept as the three numbers it is made of. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl std::str::FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a date such as 2026-11-22");
        let plain = text.len() == 10 && text.is_ascii() && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
        if !plain {
            return Err(wrong());
        }
        let number = |part: &str| part.parse::<u16>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
        let (year, month, day) = (number(&text[..4]), number(&text[5..7]), number(&text[8..]));
        let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Err(wrong()) };
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u16::from(leap),
            _ => return Err(wrong()),
        };
        if day == 0 || day > days {
            return Err(wrong());
        }
        Ok(Self { year, month: u8::try_from(month).expect("at most 12"), day: u8::try_from(day).expect("at most 31") })
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A fact about the platform or a protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Stable and never reused: `subject.name`.
    pub id: String,
    pub question: String,
    pub unit: Unit,
    pub status: Status,
    /// Never empty. More than one: the fact is open. The first is tried first.
    pub values: Vec<Possible>,
    /// Within which factors on the value the truth is believed to lie, where that is said.
    pub range: Option<Range>,
    /// Keys of the sources; for an unknown fact, where it was sought.
    pub sources: Vec<String>,
    /// When the newest source was read, or when the fact was confirmed.
    pub date: Date,
    pub note: Option<String>,
    /// Where an unknown fact was looked for, in words.
    pub sought: Option<String>,
    /// What an observed fact was observed on.
    pub setting: Option<String>,
    /// Ids in the research notes that the fact was carried over from.
    pub reference: Option<String>,
    /// The field of the Compute API's network profile that the fact answers.
    pub feature: Option<String>,
    /// The cheapest experiment that would settle it.
    pub settle: Option<String>,
    /// When the provider was asked, and who asked.
    pub asked: Option<(Date, String)>,
}

impl Fact {
    /// Whether the fact has several possible values, so that an answer may depend on it.
    pub fn is_open(&self) -> bool {
        self.values.len() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_strictly() {
        for good in ["2026-11-22", "2024-02-29"] {
            assert_eq!(good.parse::<Date>().expect("a date").to_string(), good);
        }
        for bad in ["2026-02-29", "2026-13-01", "2026-1-1", "", "2026-11-00", "+026-11-22", "二〇二六-11"] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }
}
