//! The sentences of `intents:`. A small grammar, one function a part of a sentence. Not here: what its names stand for, which the model file
//! declares, and whether a sentence is true, which the analyses judge.

use twinrail_model::{Failing, How, Rail, Transfer};

use crate::spec::{Bandwidth, Milliseconds, PortText};

/// A sentence, taken apart; names are not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sentence {
    Reach { who: Who, to: String, how: How, after: Option<Afterwards> },
    Outage { vips: String, clients: String, quantile_per_million: u32, below: Milliseconds },
    Bandwidth { transfer: Transfer, of: String, at_least: Bandwidth, after: Option<Afterwards> },
}

/// Who reaches, or does not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Who {
    /// `A reaches`.
    Reaches(String),
    /// `A never reaches`.
    Never(String),
    /// `only A reaches`.
    Only(String),
    /// `nothing else reaches`.
    NothingElse,
}

/// `after any one instance of C fails`; the name of C is not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Afterwards {
    pub count: u8,
    pub failing: Failing,
    pub of: Option<String>,
}

/// Why a sentence is none, and what to write.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wrong {
    pub message: String,
    pub hint: String,
}

impl Wrong {
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// The forms, as a hint for a sentence of none of them.
const FORMS: &str = "an intent is one of: `A reaches B on rdma`, `A reaches B on tcp:2049, after any one instance of C fails`, \
`A never reaches B`, `only A reaches B`, `nothing else reaches B`, `outage of V for C: p99 below 10 s`, \
`read of C at least 300 Gbps, after any one failure`";

/// What may fail, as a hint.
const FAILURES: &str = "after `any one failure`, `any one zone fails`, `any one instance of C fails` (or NIC, or zone; without `of C`, of those \
whom the intent is about), `any one holder of V fails`, `any two instances of C fail`, `any two failures`";

pub(crate) fn parse(text: &str) -> Result<Sentence, Wrong> {
    let (sentence, after) = match text.split_once(" after ") {
        Some((sentence, after)) => (sentence.trim_end().trim_end_matches(','), Some(afterwards(after)?)),
        None => (text, None),
    };
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let unknown = || Wrong::new(format!("`{text}` is not understood"), FORMS);
    let reach = |who, to: &str, on| Ok(Sentence::Reach { who, to: to.to_owned(), how: how(on)?, after: after.clone() });
    match words.as_slice() {
        ["nothing", "else", "reaches", to, on @ ..] => reach(Who::NothingElse, to, on),
        ["only", from, "reaches", to, on @ ..] => reach(Who::Only((*from).to_owned()), to, on),
        [from, "never", "reaches", to, on @ ..] => reach(Who::Never((*from).to_owned()), to, on),
        [from, "reaches", to, on @ ..] => reach(Who::Reaches((*from).to_owned()), to, on),
        ["outage", "of", vips, "for", clients, quantile, "below", time @ ..] if clients.ends_with(':') => {
            if after.is_some() {
                let hint = "an outage is what a failure does: leave `after` out";
                return Err(Wrong::new(format!("`{text}` says after which failure"), hint));
            }
            let quantile_per_million = quantile_per_million(quantile).ok_or_else(|| {
                Wrong::new(format!("`{quantile}` is not a quantile"), "such as p99 or p99.9, between p0 and p100")
            })?;
            let below = Milliseconds::parse(&time.join(" ")).map_err(|message| Wrong::new(message, FORMS))?;
            let clients = clients.trim_end_matches(':').to_owned();
            Ok(Sentence::Outage { vips: (*vips).to_owned(), clients, quantile_per_million, below })
        }
        [direction @ ("read" | "write"), "of", of, "at", "least", bandwidth @ ..] => {
            let at_least = Bandwidth::try_from(bandwidth.join(" ")).map_err(|message| Wrong::new(message, FORMS))?;
            let transfer = if *direction == "read" { Transfer::Read } else { Transfer::Write };
            Ok(Sentence::Bandwidth { transfer, of: (*of).to_owned(), at_least, after })
        }
        _ => Err(unknown()),
    }
}

/// `on rdma`, `on tcp`, `on tcp:2049`, or nothing.
fn how(words: &[&str]) -> Result<How, Wrong> {
    match words {
        [] => Ok(How::default()),
        ["on", "rdma"] => Ok(How { rail: Some(Rail::Rdma), port: None }),
        ["on", "tcp"] => Ok(How { rail: Some(Rail::Tcp), port: None }),
        ["on", port] => match PortText::try_from((*port).to_owned()) {
            Ok(port) => Ok(How { rail: None, port: Some(port.0) }),
            Err(message) => {
                Err(Wrong::new(message, "after `on` stands rdma, tcp, or a port such as tcp:2049 or udp:53"))
            }
        },
        _ => Err(Wrong::new(format!("`{}` is not understood", words.join(" ")), FORMS)),
    }
}

fn afterwards(text: &str) -> Result<Afterwards, Wrong> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let unknown = || Wrong::new(format!("`after {}` is not understood", text.trim()), FAILURES);
    let [count @ ("one" | "two"), what @ ..] = words.strip_prefix(&["any"]).ok_or_else(unknown)? else {
        return Err(unknown());
    };
    let is_one = *count == "one";
    // The number of the noun and of the verb is that of the count.
    let (what, verb) = match what {
        [whole @ .., verb @ ("fails" | "fail")] => (whole, Some(*verb)),
        whole => (whole, None),
    };
    let (failing, of) = match (what, verb) {
        (["failure"], None) if is_one => (Failing::Any, None),
        (["failures"], None) if !is_one => (Failing::Any, None),
        ([part], Some(verb)) if (verb == "fails") == is_one => (failing(part, is_one).ok_or_else(unknown)?, None),
        ([part, "of", of], Some(verb)) if (verb == "fails") == is_one => {
            (failing(part, is_one).ok_or_else(unknown)?, Some((*of).to_owned()))
        }
        _ => return Err(unknown()),
    };
    Ok(Afterwards { count: if is_one { 1 } else { 2 }, failing, of })
}

fn failing(word: &str, is_one: bool) -> Option<Failing> {
    let one = if is_one { word } else { word.strip_suffix('s')? };
    Some(match one {
        "instance" => Failing::Instance,
        "NIC" | "nic" => Failing::Nic,
        "zone" => Failing::Zone,
        "holder" => Failing::Holder,
        _ => return None,
    })
}

/// `p99.9` is 999000 of a million; finer than that no number of trials tells.
fn quantile_per_million(text: &str) -> Option<u32> {
    let digits = text.strip_prefix('p')?;
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(rest) || whole.len() > 2 || rest.len() > 4 {
        return None;
    }
    let quantile = whole.parse::<u32>().ok()? * 10_000 + format!("{rest:0<4}").parse::<u32>().ok()?;
    (quantile > 0).then_some(quantile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(text: &str) -> (Who, How, Option<Afterwards>) {
        match parse(text) {
            Ok(Sentence::Reach { who, how, after, .. }) => (who, how, after),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn who_reaches_whom_and_how() {
        let (a, none) = ("a".to_owned(), How::default());
        assert_eq!(reach("a reaches b"), (Who::Reaches(a.clone()), none.clone(), None));
        assert_eq!(reach("a never reaches b").0, Who::Never(a.clone()));
        assert_eq!(reach("only a reaches b").0, Who::Only(a));
        assert_eq!(reach("nothing else reaches b").0, Who::NothingElse);
        assert_eq!(reach("nothing else reaches b on rdma").1, How { rail: Some(Rail::Rdma), port: None });
        assert_eq!(reach("only a reaches b on tcp").1, How { rail: Some(Rail::Tcp), port: None });
        let dns = How { rail: None, port: "udp:53".parse().ok() };
        assert_eq!(reach("a never reaches b on udp:53").1, dns);
        // A cluster may be called as it likes.
        assert_eq!(reach("only reaches b").0, Who::Reaches("only".to_owned()));
    }

    #[test]
    fn what_fails() {
        let after = |text: &str| {
            let Afterwards { count, failing, of } =
                reach(&format!("a reaches b {text}")).2.expect("it says what fails");
            (count, failing, of)
        };
        let of = |name: &str| Some(name.to_owned());
        assert_eq!(after(", after any one failure"), (1, Failing::Any, None));
        assert_eq!(after("after any one failure"), (1, Failing::Any, None));
        assert_eq!(after(", after any two failures"), (2, Failing::Any, None));
        assert_eq!(after(", after any one zone fails"), (1, Failing::Zone, None));
        assert_eq!(after(", after any one instance of c fails"), (1, Failing::Instance, of("c")));
        assert_eq!(after(", after any one nic of c fails"), (1, Failing::Nic, of("c")));
        assert_eq!(after(", after any one NIC of c fails"), (1, Failing::Nic, of("c")));
        assert_eq!(after(", after any one NIC fails"), (1, Failing::Nic, None));
        assert_eq!(after(", after any one instance fails"), (1, Failing::Instance, None));
        assert_eq!(after(", after any one holder fails"), (1, Failing::Holder, None));
        assert_eq!(after(", after any two zones fail"), (2, Failing::Zone, None));
        assert_eq!(after(", after any one zone of c fails"), (1, Failing::Zone, of("c")));
        assert_eq!(after(", after any one holder of v fails"), (1, Failing::Holder, of("v")));
        assert_eq!(after(", after any two instances of c fail"), (2, Failing::Instance, of("c")));
        assert_eq!(after(", after any two nics of c fail"), (2, Failing::Nic, of("c")));
    }

    #[test]
    fn quantiles_are_numbers() {
        for (text, per_million) in [("p99", 990_000), ("p99.9", 999_000), ("p99.9999", 999_999), ("p5", 50_000)] {
            assert_eq!(quantile_per_million(text), Some(per_million), "{text}");
        }
        for text in ["p", "99", "p0", "p0.0", "p100", "pinf", "pNaN", "p1e1", "p99.", "p.5", "p99.99999", "p-1"] {
            assert_eq!(quantile_per_million(text), None, "{text}");
        }
    }

    #[test]
    fn other_sentences_are_read_and_what_is_none_is_refused() {
        for good in ["outage of nfs for gpu: p99.9 below 10 s", "read of gpu at least 300 Gbps, after any one failure"]
        {
            parse(good).unwrap_or_else(|error| panic!("{good}: {error:?}"));
        }
        for bad in [
            "",
            "vault is fine",
            "a reaches b on sctp:1",
            "a reaches b on",
            "a reaches b by tcp",
            "only reaches",
            "a never b",
            "outage of v for c: pmax below 3 s",
            "outage of v for c: p99 below 3 s, after any one failure",
            "a reaches b, after lunch",
            "a reaches b, after any one failures",
            "a reaches b, after any one failure fails",
            "a reaches b, after any one zones fails",
            "a reaches b, after any two zones fails",
            "a reaches b, after any two failure",
            "a reaches b, after any one instances of c fails",
            "a reaches b, after any two instances of c fails",
            "a reaches b, after any three failures",
            "a reaches b, after any one disk of c fails",
            "a reaches b, after any one failure, after any one failure",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
