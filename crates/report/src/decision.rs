//! A decision record for each pool of VIPs, computed from a book: which mover, why, how sure, what would flip it, and what to ask first, in the order of MADR.
//! The page and the document show the same value. Not here: the deciding, which `sim` does, and how it looks.

mod options;
mod outcome;

use crate::failover::told::{self, ticked};
use crate::{Book, Failover, OutageVerdict, PoolFailover};

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub pool: String,
    pub status: String,
    /// The whole in few sentences, for who reads no further.
    pub short: Vec<Said>,
    pub context: Vec<Said>,
    /// In the order in which they count.
    pub drivers: Vec<Driver>,
    /// The best first; those that cannot be used last.
    pub options: Vec<OptionSaid>,
    pub first: Option<String>,
    /// What is said of the outcome as a whole.
    pub outcome: Vec<Said>,
    pub consequences: Vec<Argument>,
    pub sure: Vec<Said>,
    pub flips: Vec<FlipSaid>,
    pub ask: Vec<Said>,
}

/// A sentence with names in backticks, and where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub words: String,
    pub evidence: Vec<Evidence>,
}

/// Where something is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The proof of a property of a mover.
    Proof { mover: String, property: String },
    /// The proofs as a whole.
    Proofs,
    /// What is told of a mover beside its figures.
    Mover(String),
    /// The table of outages.
    Outages,
    /// The intents on outages.
    Intents,
    /// A fact, by its id.
    Fact(String),
}

/// What decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Driver {
    pub name: String,
    pub words: String,
}

/// A mover as an option.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OptionSaid {
    pub mover: String,
    /// It is the one that the model names.
    pub named: bool,
    /// Why it cannot be used.
    pub refusal: Option<String>,
    /// The p99 of its worst client, and whether it is safe, in short.
    pub p99: String,
    pub price: String,
    pub safety: String,
    /// Why it is behind the first; nothing of the first itself, and of those that cannot be used.
    pub behind: Option<Said>,
    pub arguments: Vec<Argument>,
}

/// What speaks for or against something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    pub side: Side,
    pub said: Said,
}

/// Which way an argument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Good,
    Neutral,
    Bad,
}

impl Side {
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "Good",
            Self::Neutral => "Neutral",
            Self::Bad => "Bad",
        }
    }

    pub fn sign(self) -> &'static str {
        match self {
            Self::Good => "+",
            Self::Neutral => "·",
            Self::Bad => "−",
        }
    }
}

/// Where the choice flips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlipSaid {
    pub fact: String,
    /// Question and status of the fact, if it is cited.
    pub question: Option<(String, String)>,
    pub at: String,
    pub first: String,
}

impl Said {
    pub fn plain(words: impl Into<String>) -> Self {
        Self { words: words.into(), evidence: Vec::new() }
    }

    pub fn with(words: impl Into<String>, evidence: Evidence) -> Self {
        Self { words: words.into(), evidence: vec![evidence] }
    }
}

impl Argument {
    pub fn new(side: Side, said: Said) -> Self {
        Self { side, said }
    }
}

/// The record of every pool; none where failovers were not asked for.
pub(crate) fn records(book: &Book) -> Vec<Record> {
    let Some(failover) = &book.failover else { return Vec::new() };
    failover.pools.iter().map(|pool| Clerk { book, failover, pool }.record()).collect()
}

/// Writes the record of one pool.
struct Clerk<'b> {
    book: &'b Book,
    failover: &'b Failover,
    pool: &'b PoolFailover,
}

impl Clerk<'_> {
    fn record(&self) -> Record {
        let made = &self.book.made;
        Record {
            pool: self.pool.pool.clone(),
            status: format!("proposed; computed on {} by {}, and accepted by nobody yet", made.date, made.tool),
            short: self.short(),
            context: self.context(),
            drivers: self.drivers(),
            options: self.options(),
            first: self.pool.choice.first.clone(),
            outcome: self.outcome(),
            consequences: self.consequences(),
            sure: self.sure(),
            flips: self.flips(),
            ask: self.ask(),
        }
    }

    fn context(&self) -> Vec<Said> {
        let pool = self.pool;
        let together = match pool.vips_together {
            0 | 1 => "One is on an instance, and is lost with it".to_owned(),
            several => {
                format!("An instance holds {several} of them; they are lost together, and moved one after the other")
            }
        };
        let mut said = vec![Said::plain(format!(
            "{} is {} virtual IPs (VIPs) over the {} instances of {}. {together}. When an instance fails, something has to move them: a mover.",
            ticked(&pool.pool),
            pool.vips,
            pool.instances,
            ticked(&pool.cluster)
        ))];
        let clients = told::clients(pool);
        said.push(Said::plain(match clients.as_slice() {
            [] => {
                "No client is known: only how long a VIP is not served is counted, and no client's timers.".to_owned()
            }
            clients => format!("Whose outages are counted: {}.", told::listed(clients)),
        }));
        if told::has_rdma(pool) {
            said.push(Said::plain(told::RDMA));
        }
        let scenarios = self.failover.scenarios.iter().filter(|page| page.decides);
        let scenarios: Vec<String> = scenarios.map(|page| format!("{}: {}", page.scenario, page.words)).collect();
        if !scenarios.is_empty() {
            said.push(Said::plain(format!(
                "What decides is how long clients are cut off in these cases: {}.",
                scenarios.join("; ")
            )));
        }
        said.push(Said::plain(format!("The model names {}.", ticked(&pool.mover))));
        if pool.intents.is_empty() {
            said.push(Said::plain("No intent of the model says how long an outage may be."));
        }
        said.extend(pool.intents.iter().map(intent));
        said
    }

    /// The criterion in words.
    fn drivers(&self) -> Vec<Driver> {
        let scenarios = told::deciding(self.failover);
        let driver = |name: &str, words: String| Driver { name: name.to_owned(), words };
        let mut drivers =
            vec![driver("Usable", "The network as it is described lets the mover be used at all.".to_owned())];
        drivers.extend(self.pool.choice.criterion.iter().map(|word| match word.as_str() {
            "safety" => driver(
                "Safety",
                "No invariant (I1 to I10: no address doubled or stolen, no data at risk) is violated whatever the open \
                 facts are. One violation counts more than any time. What hangs on a fact does not count against a mover, \
                 and is said with it."
                    .to_owned(),
            ),
            "intents" => driver(
                "Intents",
                "Trials keep every intent on outages, with their whole interval. Where no mover does, this decides nothing.".to_owned(),
            ),
            "p99" => driver(
                "p99",
                format!(
                    "The outage that 99 of 100 do not exceed, of the worst client, in the worst of {}. Movers that the trials cannot tell apart are alike.",
                    told::scenarios_of(&scenarios)
                ),
            ),
            "price" => driver("Price", "US dollars a month, beside the instances.".to_owned()),
            other => driver(other, String::new()),
        }));
        drivers
    }
}

fn intent(intent: &OutageVerdict) -> Said {
    let worst = match (&intent.scenario, &intent.quantile) {
        (Some(scenario), Some(page)) => {
            format!(", with {} as drawn in the worst scenario, {scenario}", crate::failover::quantile(page))
        }
        _ => String::new(),
    };
    let kept: Vec<&str> = intent.kept_by.iter().map(String::as_str).collect();
    let kept = if kept.is_empty() {
        "no mover keeps it in every world that was looked at".to_owned()
    } else {
        format!("kept in every world that was looked at by {}", told::ticked_all(&kept))
    };
    let verdict = match intent.verdict.as_str() {
        "holds" => "holds",
        "violated" => "is violated",
        _ => "depends on facts",
    };
    Said::with(
        format!("The intent {} {verdict} for the mover that the model names{worst}; {kept}.", ticked(&intent.intent)),
        Evidence::Intents,
    )
}
