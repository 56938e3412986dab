//! What speaks for and against each mover, each with where it is shown. Not here: which of them is first.

use super::{Argument, Clerk, Evidence, OptionSaid, Said, Side};
use crate::failover::told::{self, ticked};
use crate::failover::{quantile, range};
use crate::words;
use crate::{Condition, MoverFailover, ProvedOf};

/// A share of a limit from which it speaks against a mover.
const NEAR: f64 = 0.8;

impl Clerk<'_> {
    pub(super) fn options(&self) -> Vec<OptionSaid> {
        let usable = told::usable(self.pool).map(|mover| self.option(mover));
        let refused = told::refused(self.pool).map(|(mover, why)| OptionSaid {
            mover: mover.mover.clone(),
            named: mover.named,
            refusal: Some(why.to_owned()),
            p99: String::new(),
            price: told::price(mover),
            safety: safety(mover),
            behind: None,
            arguments: Vec::new(),
        });
        usable.chain(refused).collect()
    }

    fn option(&self, mover: &MoverFailover) -> OptionSaid {
        let mut arguments = self.times(mover);
        arguments.extend(Self::obstacles(mover));
        arguments.extend(self.of_intents(mover));
        arguments.extend(self.proofs(mover));
        arguments.extend(self.windows(mover));
        arguments.extend(alarms(mover));
        arguments.extend(means(mover));
        arguments.extend(worlds(mover));
        // Those for it first, then those against it.
        arguments.sort_by_key(|argument| match argument.side {
            Side::Good => 0,
            Side::Bad => 1,
            Side::Neutral => 2,
        });
        OptionSaid {
            mover: mover.mover.clone(),
            named: mover.named,
            refusal: None,
            p99: self.figure(mover),
            price: told::price(mover),
            safety: safety(mover),
            behind: self.behind(mover),
            arguments,
        }
    }

    /// The figure that the choice is made by; without clients that of the VIP.
    pub(super) fn figure(&self, mover: &MoverFailover) -> String {
        match told::worst(mover, &told::deciding(self.failover)) {
            Some(cell) if cell.outages.is_empty() => quantile(&cell.downtime.p99),
            Some(_) => quantile(&mover.p99),
            None => "?".to_owned(),
        }
    }

    /// Why it is behind the first. Where its figure is not printed, that is said beside it.
    pub(super) fn behind(&self, mover: &MoverFailover) -> Option<Said> {
        let because = self.pool.choice.because.iter().find(|because| because.mover == mover.mover)?;
        let is_hidden = mover.p99.why_not.is_some() && because.why.starts_with("p99");
        let note = if is_hidden {
            format!(" as drawn, the slowest by tails that nobody measured; without those {}", quantile(&mover.p99))
        } else {
            String::new()
        };
        if !because.why.starts_with("violates") && !because.why.starts_with("p99") {
            let first =
                self.first().map(|first| format!(" (p99 {} against {})", self.figure(mover), self.figure(first)));
            return Some(Said::with(format!("{}{}", because.why, first.unwrap_or_default()), Evidence::Outages));
        }
        if !because.why.starts_with("violates") {
            return Some(Said::with(format!("{}{note}", because.why), Evidence::Outages));
        }
        let violated = mover.proved.iter().flat_map(|proved| &proved.violated);
        let said: Vec<&String> =
            violated.filter(|code| because.why.split([' ', ',']).any(|word| word == code.as_str())).collect();
        let words: Vec<String> = said.iter().map(|code| format!("{code} ({})", self.title(code))).collect();
        let words = if words.is_empty() { because.why.clone() } else { format!("violates {}", told::listed(&words)) };
        Some(Said { words, evidence: said.into_iter().map(|code| proof(mover, code)).collect() })
    }

    fn times(&self, mover: &MoverFailover) -> Vec<Argument> {
        let deciding = told::deciding(self.failover);
        let Some(worst) = told::worst(mover, &deciding) else { return Vec::new() };
        let who = if worst.outages.is_empty() { "the VIP is served again" } else { "a client is served again" };
        let figure = self.figure(mover);
        let ends = range(&mover.p99).filter(|_| figure != "never");
        let ends =
            ends.map(|ends| format!("; {ends} between the quick and the slow end of all facts")).unwrap_or_default();
        let p99 = match figure.as_str() {
            "never" => format!("in more than 1 of 100 trials of {} nothing is served again", worst.scenario),
            figure => format!("{who}, 99 of 100 times {} (worst: {}){ends}", told::within(figure), worst.scenario),
        };
        let is_first = self.pool.choice.first.as_ref() == Some(&mover.mover);
        let is_short = told::number(&mover.p99).zip(self.shortest()).is_some_and(|(mine, least)| mine <= least * 1.1);
        let side = match (figure.as_str(), is_first || is_short) {
            ("never" | "?", _) | (_, false) => Side::Bad,
            (_, true) => Side::Good,
        };
        let mut arguments = vec![Argument::new(side, Said::with(p99, Evidence::Outages))];
        let wins = self.pool.choice.by_scenario.iter();
        let wins: Vec<String> =
            wins.filter(|(_, first)| first.as_ref() == Some(&mover.mover)).map(|(name, _)| name.clone()).collect();
        if !wins.is_empty() {
            let words = format!("it is first if {} alone decides", either(&wins));
            arguments.push(Argument::new(Side::Good, Said::with(words, Evidence::Outages)));
        }
        arguments
    }

    /// The shortest p99 of all that can be used.
    fn shortest(&self) -> Option<f64> {
        told::usable(self.pool).filter_map(|mover| told::number(&mover.p99)).min_by(f64::total_cmp)
    }

    fn of_intents(&self, mover: &MoverFailover) -> Vec<Argument> {
        let intents = self.pool.intents.iter().map(|intent| {
            let is_kept = intent.kept_by.contains(&mover.mover);
            let (side, verb) = if is_kept { (Side::Good, "keeps") } else { (Side::Bad, "does not keep") };
            Argument::new(
                side,
                Said::with(
                    format!("{verb} {} in every world that was looked at", ticked(&intent.intent)),
                    Evidence::Intents,
                ),
            )
        });
        intents.collect()
    }

    fn proofs(&self, mover: &MoverFailover) -> Vec<Argument> {
        let Some(proved) = &mover.proved else {
            return vec![Argument::new(Side::Bad, Said::with("its safety was not looked at", Evidence::Proofs))];
        };
        let told = |codes: &[String], side: Side, verb: &str| {
            let each = codes.iter().map(|code| {
                Argument::new(side, Said::with(format!("{verb} {code}: {}", self.title(code)), proof(mover, code)))
            });
            each.collect::<Vec<Argument>>()
        };
        let mut arguments = Vec::new();
        if proved.violated.is_empty() && !proved.proved.is_empty() {
            let words =
                format!("no property is violated: {} hold in every state of a small system", proved.proved.join(", "));
            arguments.push(Argument::new(Side::Good, Said::with(words, Evidence::Proofs)));
        }
        arguments.extend(told(&proved.violated, Side::Bad, "violates"));
        arguments.extend(proved.depends.iter().map(|code| Argument::new(Side::Bad, self.depends(mover, code))));
        arguments
    }

    /// What has to change before a mover can be used.
    pub(super) fn obstacles(mover: &MoverFailover) -> Vec<Argument> {
        let each = mover.obstacles.iter().map(|obstacle| {
            let words = format!("something has to change first: {obstacle}");
            Argument::new(Side::Bad, Said::with(words, Evidence::Mover(mover.mover.clone())))
        });
        each.collect()
    }

    /// `I2 (at most one guest answers) holds only if …`
    pub(super) fn depends(&self, mover: &MoverFailover, code: &str) -> Said {
        let when = self.holds_if(mover, code);
        let conditions: Vec<String> = when.iter().map(|one| format!("{} = {}", ticked(&one.fact), one.value)).collect();
        let conditions = if conditions.is_empty() {
            "with facts that nobody has confirmed".to_owned()
        } else {
            format!("if {}", told::listed(&conditions))
        };
        let facts = when.iter().map(|one| Evidence::Fact(one.fact.clone()));
        let evidence = facts.chain([proof(mover, code)]).collect();
        Said { words: format!("{code} ({}) holds only {conditions}", self.title(code)), evidence }
    }

    /// The values with which a property of a mover is proved; nothing where that is no single set of them.
    pub(super) fn holds_if(&self, mover: &MoverFailover, code: &str) -> Vec<Condition> {
        let pools = self.book.proofs.iter().flat_map(|proofs| &proofs.pools).filter(|pool| pool.pool == self.pool.pool);
        let movers = pools.flat_map(|pool| &pool.movers).filter(|found| found.mover == mover.mover);
        let found = movers.flat_map(|found| &found.verdicts).find(|verdict| verdict.property == code);
        let proved: Vec<&Vec<Condition>> = found
            .iter()
            .flat_map(|found| &found.worlds)
            .filter(|world| world.verdict == "proved")
            .flat_map(|world| &world.when)
            .collect();
        if let [only] = proved.as_slice() { (*only).clone() } else { Vec::new() }
    }

    /// What a property says, in a few words; its code where nothing was proved.
    pub(super) fn title(&self, code: &str) -> String {
        let pages = self.book.proofs.iter().flat_map(|proofs| &proofs.properties);
        let page = pages.into_iter().find(|page| page.code == code);
        page.map_or_else(|| code.to_owned(), |page| page.title.clone())
    }

    /// How long nobody or two could have the address.
    fn windows(&self, mover: &MoverFailover) -> Vec<Argument> {
        let deciding = told::deciding(self.failover);
        let cells: Vec<_> = mover.cells.iter().filter(|cell| deciding.contains(&cell.scenario.as_str())).collect();
        let mut arguments = Vec::new();
        if let Some(cell) = cells.iter().filter(|cell| cell.doubled > 0).max_by_key(|cell| cell.doubled) {
            let words = format!(
                "two guests could answer for a VIP in {} of {}, for up to {}",
                told::of_trials(cell.doubled, cell),
                cell.scenario,
                crate::failover::said(cell.doubled_most)
            );
            arguments.push(Argument::new(Side::Bad, Said::with(words, Evidence::Mover(mover.mover.clone()))));
        }
        let longest = |place: &&&crate::CellPage| told::number(&place.free.p50).unwrap_or(0.0);
        let freest = cells.iter().max_by(|one, other| longest(one).total_cmp(&longest(other)));
        if let Some(cell) = freest.filter(|cell| longest(cell) > 0.0) {
            let words = format!(
                "for {} (half of the trials of {}) the platform gives the address to nobody, so that something else may take it",
                quantile(&cell.free.p50),
                cell.scenario
            );
            arguments.push(Argument::new(Side::Bad, Said::with(words, Evidence::Mover(mover.mover.clone()))));
        }
        let changes = cells.iter().map(|cell| cell.calls).max().unwrap_or(0);
        if !cells.is_empty() {
            let (side, words) = match changes {
                0 => (Side::Good, "asks nothing of the API while it moves".to_owned()),
                1 => (Side::Neutral, "asks 1 change of the API for an incident".to_owned()),
                several => {
                    (Side::Neutral, format!("asks {several} changes of the API for an incident, in half of the trials"))
                }
            };
            arguments.push(Argument::new(side, Said::with(words, Evidence::Mover(mover.mover.clone()))));
        }
        arguments
    }
}

/// How often nothing had failed, and it moved.
fn alarms(mover: &MoverFailover) -> Option<Argument> {
    let cell = told::cell(mover, "false-alarm")?;
    let (side, words) = if cell.moved == 0 {
        (Side::Good, format!("moves nothing in {} false alarms", words::grouped(cell.trials)))
    } else {
        let often = told::of_trials(cell.moved, cell);
        (Side::Bad, format!("moves a VIP of a healthy instance in {often} of a false alarm"))
    };
    Some(Argument::new(side, Said::with(words, Evidence::Mover(mover.mover.clone()))))
}

/// The proof of a property of a mover.
pub(super) fn proof(mover: &MoverFailover, code: &str) -> Evidence {
    Evidence::Proof { mover: mover.mover.clone(), property: code.to_owned() }
}

/// What it costs, needs and uses up.
fn means(mover: &MoverFailover) -> Vec<Argument> {
    let own = || Evidence::Mover(mover.mover.clone());
    let price = told::price(mover);
    let side =
        if mover.price > 0.0 || mover.price_per_gib.is_some_and(|price| price > 0.0) { Side::Bad } else { Side::Good };
    let mut arguments = vec![Argument::new(side, Said::with(format!("costs {price}"), own()))];
    arguments.extend(mover.uses.iter().map(|used| {
        let is_near = used.used as f64 > used.most as f64 * NEAR;
        let words = format!("uses {} of {} {}", words::grouped(used.used), words::grouped(used.most), used.what);
        Argument::new(
            if is_near { Side::Bad } else { Side::Neutral },
            Said::with(words, Evidence::Fact(used.fact.clone())),
        )
    }));
    if !mover.needs.is_empty() {
        let words = format!("needs {}", mover.needs.join("; "));
        arguments.push(Argument::new(Side::Neutral, Said::with(words, own())));
    }
    if let Some(detector) = &mover.detector {
        let words = format!("notices a failure by {detector}");
        arguments.push(Argument::new(Side::Neutral, Said::with(words, own())));
    }
    arguments
}

/// Where it cannot be used, and the world in which it was tried.
fn worlds(mover: &MoverFailover) -> Vec<Argument> {
    let refused = mover.refused_if.iter().map(|refused| {
        let facts = refused.when.iter().flatten().map(|condition| Evidence::Fact(condition.fact.clone())).collect();
        let words = format!("cannot be used if {}: {}", words::conditions(&refused.when), refused.refusal);
        Argument::new(Side::Bad, Said { words, evidence: facts })
    });
    let tried = mover.world.iter().map(|condition| {
        let words = format!("its figures are those where {} = {}", condition.fact, condition.value);
        Argument::new(Side::Neutral, Said::with(words, Evidence::Fact(condition.fact.clone())))
    });
    refused.chain(tried).collect()
}

/// Its safety in short.
pub(super) fn safety(mover: &MoverFailover) -> String {
    let Some(ProvedOf { proved, violated, depends, .. }) = &mover.proved else { return "not looked at".to_owned() };
    let verb = if depends.len() == 1 { "depends" } else { "depend" };
    let depend = if depends.is_empty() { String::new() } else { format!("{} {verb} on facts", depends.join(", ")) };
    match (violated.is_empty(), depend.is_empty()) {
        (false, _) => format!("violates {}", violated.join(", ")),
        (true, false) => depend,
        (true, true) => format!("{} properties hold", proved.len()),
    }
}

/// `killed or hung`
fn either(words: &[String]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}
