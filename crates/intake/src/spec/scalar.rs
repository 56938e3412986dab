//! Values that are written as text and have a form: each parses by one function, which also serves the schema's `format`.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use twinrail_facts::{Date, Range};
use twinrail_model::{AddressSpan, Port};

macro_rules! scalars {
    ($($(#[$doc:meta])* $name:ident($inner:ty), $format:literal, $example:literal, $parse:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Deserialize)]
            #[serde(try_from = "String")]
            pub struct $name(pub $inner);

            impl TryFrom<String> for $name {
                type Error = String;

                fn try_from(text: String) -> Result<Self, String> {
                    let parse: fn(&str) -> Result<$inner, String> = $parse;
                    parse(&text).map(Self)
                }
            }

            impl JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({ "type": "string", "format": $format, "examples": [$example] })
                }
            }
        )*

        /// The formats of all scalars.
        pub(crate) const FORMATS: &[&str] = &[$($format,)*];

        /// Whether text has the form that the schema calls `format`, and what is wrong if not.
        pub fn check_format(format: &str, text: &str) -> Result<(), String> {
            match format {
                $($format => $name::try_from(text.to_owned()).map(|_| ()),)*
                _ => Ok(()),
            }
        }
    };
}

scalars! {
    /// An address range in CIDR form, host bits zero.
    Cidr(IpNet), "cidr", "10.10.0.0/22", cidr;
    /// One address.
    Address(IpAddr), "address", "10.10.0.9", |text| text.parse().map_err(|_| format!("`{text}` is not an IP address"));
    /// Consecutive addresses.
    Span(AddressSpan), "address-span", "10.10.0.16-10.10.0.79", str::parse;
    /// A time.
    MillisecondsText(u64), "time", "3 s", milliseconds;
    /// Bandwidth, in Mbps.
    Bandwidth(u64), "bandwidth", "400 Gbps", mbps;
    /// An amount of data, in bytes.
    Bytes(u64), "bytes", "168 TiB", bytes;
    /// A protocol and a port.
    PortText(Port), "port", "tcp:2049", str::parse;
    /// A day.
    DateText(Date), "day", "2026-11-22", str::parse;
}

/// A time in milliseconds, written `3 s`, `500 ms`, `2 min` or `1 h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "MillisecondsText")]
pub struct Milliseconds(pub u64);

impl Milliseconds {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        milliseconds(text).map(Self)
    }
}

impl From<MillisecondsText> for Milliseconds {
    fn from(text: MillisecondsText) -> Self {
        Self(text.0)
    }
}

impl JsonSchema for Milliseconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        MillisecondsText::json_schema(generator)
    }
}

/// A number between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(try_from = "f64")]
#[schemars(extend("minimum" = 0.0, "maximum" = 1.0))]
pub struct Fraction(pub f64);

impl TryFrom<f64> for Fraction {
    type Error = String;

    fn try_from(number: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&number) { Ok(Self(number)) } else { Err(format!("`{number}` is not between 0 and 1")) }
    }
}

/// Two factors around one: the truth is believed to lie between `low` times and `high` times what is stated.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Factors(pub Range);

impl JsonSchema for Factors {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Factors".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let (least, most) = Range::WIDEST;
        json_schema!({
            "type": "object",
            "properties": {
                "low": { "type": "number", "minimum": least, "maximum": 1.0 },
                "high": { "type": "number", "minimum": 1.0, "maximum": most },
            },
            "required": ["low", "high"],
            "additionalProperties": false,
            "examples": [{ "low": 0.5, "high": 2.0 }],
        })
    }
}

/// A quantity that is not known exactly: `low` to `high` holds with the given confidence.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Interval<T> {
    pub low: T,
    /// Half of what is possible lies below it; a gamma distribution through both ends says where, if it is left out.
    pub mid: Option<T>,
    pub high: T,
    /// How sure it is that the truth lies between them; 0.9 if left out.
    pub confidence: Option<Fraction>,
}

fn cidr(text: &str) -> Result<IpNet, String> {
    let range: IpNet = text.parse().map_err(|_| format!("`{text}` is not an address range such as 10.10.0.0/22"))?;
    if range.addr() == range.network() {
        Ok(range)
    } else {
        Err(format!("`{text}` has host bits set; the range is {}", range.trunc()))
    }
}

/// A number and a unit of the table, as a whole number of the smallest unit.
fn quantity(text: &str, what: &str, units: &[(&str, f64)]) -> Result<u64, String> {
    let wrong = || {
        let names: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
        format!("`{text}` is not {what}: a number and one of {}", names.join(", "))
    };
    let text = text.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number = f64::from_str(&text[..split]).map_err(|_| wrong())?;
    let unit = text[split..].trim();
    let (_, factor) = units.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let value = (number * factor).round();
    // Up to 2^53 every whole number of the smallest unit is exact.
    if !value.is_finite() || value > 9_007_199_254_740_992.0 * 1024.0 {
        return Err(wrong());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "finite, whole, positive and below 2^63"
    )]
    Ok(value as u64)
}

fn milliseconds(text: &str) -> Result<u64, String> {
    quantity(text, "a time", &[("ms", 1.0), ("s", 1e3), ("min", 6e4), ("h", 3.6e6), ("d", 8.64e7)])
}

fn mbps(text: &str) -> Result<u64, String> {
    quantity(
        text,
        "a bandwidth",
        &[("Mbps", 1.0), ("Gbps", 1e3), ("Tbps", 1e6), ("MB/s", 8.0), ("GB/s", 8e3), ("TB/s", 8e6)],
    )
}

fn bytes(text: &str) -> Result<u64, String> {
    let unit = |power: i32| 1024_f64.powi(power);
    let units = [
        ("MB", 1e6),
        ("GB", 1e9),
        ("TB", 1e12),
        ("PB", 1e15),
        ("KiB", unit(1)),
        ("MiB", unit(2)),
        ("GiB", unit(3)),
        ("TiB", unit(4)),
        ("PiB", unit(5)),
    ];
    quantity(text, "an amount of data", &units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_parse_and_say_what_is_wrong() {
        for (format, good) in [
            ("cidr", "10.0.0.0/8"),
            ("address-span", "10.0.0.1-10.0.0.9"),
            ("time", "2.5 min"),
            ("bandwidth", "400Gbps"),
            ("bytes", "168 TiB"),
            ("port", "udp:4791"),
            ("day", "2026-11-22"),
        ] {
            assert_eq!(check_format(format, good), Ok(()), "{format}");
        }
        let wrong = |format, text| check_format(format, text).expect_err(text);
        assert_eq!(wrong("cidr", "10.0.0.1/8"), "`10.0.0.1/8` has host bits set; the range is 10.0.0.0/8");
        assert_eq!(wrong("time", "3 sec"), "`3 sec` is not a time: a number and one of ms, s, min, h, d");
        for (format, bad) in [
            ("cidr", "10.0.0.0/33"),
            ("address-span", "10.0.0.9-10.0.0.1"),
            ("port", "tcp:70000"),
            ("bandwidth", "-1 Gbps"),
            ("bytes", "1e99 PB"),
        ] {
            wrong(format, bad);
        }
    }
}
