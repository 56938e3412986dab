//! The sentences of `intents:`. A small grammar, one function a form; what a sentence means for the network is judged elsewhere.

use twinrail_model::Failing;

use crate::spec::{Bandwidth, Milliseconds, PortText};

/// A sentence, taken apart; names are not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sentence {
    Reaches { from: String, to: String, on: Option<On>, after: Option<Afterwards> },
    Outage { vips: String, clients: String, quantile: String, below: Milliseconds },
    Bandwidth { direction: String, of: String, at_least: Bandwidth, after: Option<Afterwards> },
}

/// `after any one instance of C fails`; the name of C is not resolved yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Afterwards {
    pub count: u8,
    pub failing: Failing,
    pub of: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum On {
    Rdma,
    Tcp,
    Port(PortText),
}

/// The forms, as a hint for a sentence of none of them.
pub(crate) const FORMS: &str = "an intent is one of: `A reaches B on rdma`, `A reaches B on tcp:2049, after any one instance of C fails`, \
`nothing else reaches A`, `outage of V for C: p99 below 10 s`, `read of C at least 300 Gbps, after any one failure`";

pub(crate) fn parse(text: &str) -> Result<Sentence, String> {
    let (sentence, after) = match text.split_once(", after ") {
        Some((sentence, after)) => (sentence.trim(), Some(after.trim().to_owned())),
        None => (text.trim(), None),
    };
    let after = after.as_deref().map(afterwards).transpose()?;
    let words: Vec<&str> = sentence.split_whitespace().collect();
    match words.as_slice() {
        ["nothing", "else", "reaches", to] => {
            Ok(Sentence::Reaches { from: "nothing else".to_owned(), to: (*to).to_owned(), on: None, after })
        }
        [from, "reaches", to] => {
            Ok(Sentence::Reaches { from: (*from).to_owned(), to: (*to).to_owned(), on: None, after })
        }
        [from, "reaches", to, "on", on] => {
            let on = match *on {
                "rdma" => On::Rdma,
                "tcp" => On::Tcp,
                port => On::Port(PortText::try_from(port.to_owned())?),
            };
            Ok(Sentence::Reaches { from: (*from).to_owned(), to: (*to).to_owned(), on: Some(on), after })
        }
        ["outage", "of", vips, "for", clients, quantile, "below", time @ ..]
            if clients.ends_with(':') && after.is_none() =>
        {
            let digits =
                quantile.strip_prefix('p').filter(|digits| digits.parse::<f64>().is_ok_and(|value| value > 0.0));
            digits.ok_or_else(|| format!("`{quantile}` is not a quantile such as p99 or p99.9"))?;
            let below = Milliseconds::parse(&time.join(" "))?;
            let clients = clients.trim_end_matches(':').to_owned();
            Ok(Sentence::Outage { vips: (*vips).to_owned(), clients, quantile: (*quantile).to_owned(), below })
        }
        [direction @ ("read" | "write"), "of", of, "at", "least", bandwidth @ ..] => {
            let at_least = Bandwidth::try_from(bandwidth.join(" "))?;
            Ok(Sentence::Bandwidth { direction: (*direction).to_owned(), of: (*of).to_owned(), at_least, after })
        }
        _ => Err(format!("`{text}` is not understood")),
    }
}

fn afterwards(text: &str) -> Result<Afterwards, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (failing, of) = match words.as_slice() {
        ["any", "one", "failure"] => (Failing::Any, None),
        ["any", "one", "zone", "fails"] => (Failing::Zone, None),
        ["any", "one", what, "of", of, "fails"] => (failing(what)?, Some((*of).to_owned())),
        _ => return Err(format!("`after {text}` is not understood")),
    };
    Ok(Afterwards { count: 1, failing, of })
}

fn failing(word: &str) -> Result<Failing, String> {
    match word {
        "instance" => Ok(Failing::Instance),
        "nic" => Ok(Failing::Nic),
        "zone" => Ok(Failing::Zone),
        _ => Err(format!("`{word}` is nothing that fails: instance, nic or zone")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        for good in [
            "vault reaches vault on rdma",
            "gpu reaches nfs on tcp:2049, after any one instance of vault fails",
            "nothing else reaches vault",
            "outage of nfs for gpu: p99.9 below 10 s",
            "read of gpu at least 300 Gbps, after any one failure",
        ] {
            parse(good).unwrap_or_else(|error| panic!("{good}: {error}"));
        }
        for bad in [
            "",
            "vault is fine",
            "a reaches b on sctp:1",
            "outage of v for c: pmax below 3 s",
            "a reaches b, after lunch",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
