//! From trials to a value that can be printed: figures with what they rest on, the contest with its flips, facts as citations. Not here: how it looks.

use std::collections::BTreeSet;

use twinrail_facts::{Catalog, Ended, FactId, Interval, Percentile, World};
use twinrail_intake::Loaded;
use twinrail_model::{ClientGroupId, Hole, MoverKind, Network};
use twinrail_sim::failover::{
    Candidate, Cell, Comparison, Contest, Facet, Figures, Flip, Kept, Limit, Means, Played, Quantile, Standing, Varied,
    verdict,
};
use twinrail_sim::trial::Scenario;

use super::{
    Because, CellPage, ChoicePage, ClientPage, CornerPage, Distribution, Failover, FlipPage, LimitUse, MoverFailover,
    Otherwise, OutageVerdict, PoolFailover, ProvedOf, QuantilePage, ScenarioPage, Sweep, SweepPoint, Swing, TrialPage,
    Worth,
};
use crate::{Condition, FactCitation, Proofs, RefusedIf, cite};

/// Everything that was found out about one pool.
#[derive(Debug)]
pub struct Compared<'a> {
    pub comparison: &'a Comparison,
    pub contest: &'a Contest,
    /// Who would be first if no obstacle counted.
    pub first_of_all: Option<MoverKind>,
    /// In the order of the candidates.
    pub obstacles: &'a [Vec<String>],
    pub flips: &'a [Flip],
    /// In the order of the candidates.
    pub means: &'a [Option<Means>],
    pub limits: &'a [(String, Limit)],
    pub clients: &'a [Vec<ClientGroupId>],
    pub sweeps: &'a [Swept],
    pub examples: &'a [TrialPage],
}

/// A parameter of one mover at several values: of each the words, the detector, and the trials of a killed instance and of a false alarm.
#[derive(Debug)]
pub struct Swept {
    pub mover: MoverKind,
    pub parameter: String,
    pub points: Vec<(String, String, Cell, Cell)>,
}

/// Makes a printable value of comparisons.
pub fn failover(loaded: &Loaded, catalog: &Catalog, compared: &[Compared<'_>], proofs: Option<&Proofs>) -> Failover {
    let question = compared.first().map(|compared| &compared.comparison.question);
    let reads: BTreeSet<FactId> = compared
        .iter()
        .flat_map(|compared| {
            let played = compared.comparison.candidates.iter().filter_map(|candidate| candidate.played.as_ref());
            let means = compared.means.iter().flatten();
            played.flat_map(|played| played.reads.clone()).chain(means.flat_map(|means| means.reads.clone()))
        })
        .collect();
    let scenarios = question.map(|question| question.scenarios.clone()).unwrap_or_default();
    let decides = |scenario: &Scenario| question.is_some_and(|question| question.by.contains(scenario));
    Failover {
        version: 1,
        tool: concat!("twinrail ", env!("CARGO_PKG_VERSION")).to_owned(),
        inputs: loaded.origins.sources().map(|source| loaded.origins.path(source).to_owned()).collect(),
        seed: question.map_or(0, |question| question.seed),
        trials: question.map_or(0, |question| question.trials),
        varied: question.map_or(0, |question| question.varied),
        scenarios: scenarios
            .iter()
            .map(|scenario| ScenarioPage {
                scenario: scenario.word().to_owned(),
                words: scenario.words().to_owned(),
                decides: decides(scenario),
            })
            .collect(),
        pools: compared
            .iter()
            .map(|compared| Assembler { network: &loaded.network, catalog, compared, proofs }.pool())
            .collect(),
        facts: reads.into_iter().map(|fact| cite::citation(catalog, fact)).collect::<Vec<FactCitation>>(),
    }
}

struct Assembler<'a> {
    network: &'a Network,
    catalog: &'a Catalog,
    compared: &'a Compared<'a>,
    proofs: Option<&'a Proofs>,
}

impl Assembler<'_> {
    fn pool(&self) -> PoolFailover {
        let question = &self.compared.comparison.question;
        let row = &self.network.vips[question.pool];
        let cluster = &self.network.clusters[row.over];
        let clients = question.clients.iter().zip(self.compared.clients);
        PoolFailover {
            pool: self.network.short(question.pool),
            cluster: self.network.short(row.over),
            mover: row.mover.kind.word().to_owned(),
            vips: row.count,
            instances: cluster.instances.len() as u64,
            vips_together: self.compared.comparison.vips_per_instance,
            clients: clients
                .map(|((protocol, connections), groups)| ClientPage {
                    groups: groups.iter().map(|group| self.network.short(*group)).collect(),
                    protocol: protocol.word().to_owned(),
                    connections: *connections,
                })
                .collect(),
            movers: self.movers(),
            choice: self.choice(),
            intents: self.compared.limits.iter().map(|(text, limit)| self.intent(text, limit)).collect(),
            sweeps: self.compared.sweeps.iter().map(sweep).collect(),
            examples: self.compared.examples.to_vec(),
        }
    }

    /// In the order of the contest.
    fn movers(&self) -> Vec<MoverFailover> {
        let candidates = &self.compared.comparison.candidates;
        let ranked = self
            .compared
            .contest
            .ranking
            .iter()
            .filter_map(|standing| candidates.iter().position(|candidate| candidate.mover == standing.mover));
        ranked.map(|place| self.mover(&candidates[place], self.compared.means[place].as_ref())).collect()
    }

    fn mover(&self, candidate: &Candidate, means: Option<&Means>) -> MoverFailover {
        let question = &self.compared.comparison.question;
        let played = candidate.played.as_ref();
        let cells = played.map(|played| {
            let cells = played.cells.iter();
            cells.map(|cell| self.cell(cell, played)).collect()
        });
        let uses = means.map(|means| {
            means
                .uses
                .iter()
                .map(|used| LimitUse {
                    what: used.what.to_owned(),
                    used: used.used,
                    most: used.most,
                    fact: self.id(used.limit),
                })
                .collect()
        });
        MoverFailover {
            mover: candidate.mover.word().to_owned(),
            named: self.network.vips[question.pool].mover.kind == candidate.mover,
            refusal: self.refusal(candidate),
            refused_if: self.refused_if(candidate),
            obstacles: self.obstacles(candidate.mover),
            world: played.map(|played| self.world(&played.world)).unwrap_or_default(),
            detector: played.map(|played| match candidate.mover {
                MoverKind::RoutePriority => {
                    "the platform alone, once an instance does not run; a hang never".to_owned()
                }
                _ => played.detector.words(),
            }),
            cells: cells.unwrap_or_default(),
            price: means.map_or(0.0, |means| means.price),
            price_per_gib: means.and_then(|means| means.price_per_gib),
            price_of_load: means.and_then(|means| means.price_of_load),
            uses: uses.unwrap_or_default(),
            needs: means.map(|means| means.needs.clone()).unwrap_or_default(),
            proved: self.proved(candidate.mover),
            p99: played.map(|played| self.worst(played)).unwrap_or_default(),
            swings: played.map(|played| self.swings(played)).unwrap_or_default(),
            rests_on: played.map(|played| played.reads.iter().map(|fact| self.id(*fact)).collect()).unwrap_or_default(),
        }
    }

    fn id(&self, fact: FactId) -> String {
        self.catalog.fact(fact).id.clone()
    }

    fn refusal(&self, candidate: &Candidate) -> Option<String> {
        if candidate.played.is_some() {
            return None;
        }
        let first = &candidate.refusal.arms[0].answer;
        match first {
            Ok(refusal) => refusal.clone(),
            Err(Hole::NobodyToAsk(_)) => Some("there is one instance, or no VIP: nobody else can take over".to_owned()),
            Err(hole) => Some(format!("the input lacks {}", cite::hole(self.network, hole))),
        }
    }

    fn obstacles(&self, mover: MoverKind) -> Vec<String> {
        let candidates = self.compared.comparison.candidates.iter().zip(self.compared.obstacles);
        let found = candidates.into_iter().find(|(candidate, _)| candidate.mover == mover);
        found.map(|(_, obstacles)| obstacles.clone()).unwrap_or_default()
    }

    fn refused_if(&self, candidate: &Candidate) -> Vec<RefusedIf> {
        if candidate.played.is_none() {
            return Vec::new();
        }
        let arms = candidate.refusal.arms.iter();
        arms.filter_map(|arm| {
            let refusal = arm.answer.clone().ok().flatten()?;
            Some(RefusedIf { when: cite::conditions(self.catalog, &candidate.refusal, arm), refusal })
        })
        .collect()
    }

    fn world(&self, world: &World) -> Vec<Condition> {
        let other = world.iter().filter(|(_, value)| **value > 0);
        other
            .map(|(fact, value)| Condition {
                fact: self.id(*fact),
                value: self.catalog.fact(*fact).values[usize::from(*value)].value.to_string(),
            })
            .collect()
    }

    fn proved(&self, mover: MoverKind) -> Option<ProvedOf> {
        let pool = self.network.short(self.compared.comparison.question.pool);
        let pools = self.proofs?.pools.iter().find(|proof| proof.pool == pool)?;
        let proof = pools.movers.iter().find(|proof| proof.mover == mover.word())?;
        let of = |verdicts: &[&str]| {
            let some = proof.verdicts.iter().filter(|verdict| verdicts.contains(&verdict.verdict.as_str()));
            some.map(|verdict| verdict.property.clone()).collect::<Vec<String>>()
        };
        Some(ProvedOf {
            proved: of(&["proved"]),
            violated: of(&["violated"]),
            depends: of(&["depends"]),
            other: of(&["vacuous", "bound-hit", "absent", "undecided"]),
        })
    }

    fn cell(&self, cell: &Cell, played: &Played) -> CellPage {
        let there = |facet: Facet| {
            let varied = played.varied.iter().find(|varied| varied.facet == facet)?;
            varied.cells.as_ref()?.iter().find(|other| other.scenario == cell.scenario)
        };
        let corners = (there(Facet::AllQuick), there(Facet::AllSlow), there(Facet::NoTails));
        let page = |of: &dyn Fn(&Cell) -> Figures| {
            let corner = |cell: Option<&Cell>| cell.map(of);
            self.distribution(&of(cell), &[corner(corners.0), corner(corners.1), corner(corners.2)])
        };
        CellPage {
            scenario: cell.scenario.word().to_owned(),
            downtime: page(&|cell| cell.downtime.clone()),
            all_back: page(&|cell| cell.all_back.clone()),
            outages: (0..cell.outages.len()).map(|place| page(&|cell| cell.outages[place].clone())).collect(),
            free: page(&|cell| cell.free.clone()),
            doubled: cell.doubled.0,
            doubled_most: cell.doubled.1.seconds(),
            calls: cell.calls.0,
            calls_most: cell.calls.1,
            moved: cell.moved,
            trials: cell.trials,
        }
    }

    fn distribution(&self, figures: &Figures, corners: &[Option<Figures>; 3]) -> Distribution {
        let page = |place: usize| self.quantile(&figures.quantiles[place], corners);
        Distribution {
            p50: page(0),
            p99: page(1),
            p999: page(2),
            never: figures.histogram.never(),
            curve: curve(figures),
        }
    }

    fn quantile(&self, quantile: &Quantile, [quick, slow, no_tails]: &[Option<Figures>; 3]) -> QuantilePage {
        let Some(interval) = quantile.interval else { return QuantilePage::default() };
        let there = |figures: &Option<Figures>| Some(seconds(figures.as_ref()?.quantile(quantile.at)?.value));
        let range = match (there(quick), there(slow)) {
            (Some(quick), Some(slow)) => Some((quick, slow)),
            _ => None,
        };
        let page = QuantilePage { range, ..quantile_page(&interval) };
        if let Some((wait, share)) = quantile.rests_on {
            let fact = self.catalog.fact(wait.fact());
            let slowest = format!("{:.3}", (1.0 - quantile.at.share()) * 100.0);
            let slowest = slowest.trim_end_matches('0').trim_end_matches('.');
            let why = format!(
                "{share} % of the slowest {slowest} % drew in the tail of {} ({})",
                fact.id,
                fact.status.word()
            );
            return QuantilePage {
                seconds: None,
                never: false,
                low: None,
                high: None,
                at_least: there(no_tails).flatten(),
                why_not: Some(why),
                ..page
            };
        }
        if quantile.at == Percentile::P99_9 && interval.high.is_none() {
            let why = Some("too few trials bound it".to_owned());
            return QuantilePage { seconds: None, low: None, high: None, why_not: why, ..page };
        }
        page
    }

    /// The quantile that the choice is made by.
    fn worst(&self, played: &Played) -> QuantilePage {
        let by = &self.compared.comparison.question.by;
        let cells = played.cells.iter().filter(|cell| by.contains(&cell.scenario));
        let each = cells.flat_map(|cell| (0..cell.outages.len()).map(move |client| (cell, client)));
        let value = |(cell, client): &(&Cell, usize)| cell.outages[*client].quantile(Percentile::P99).map(|i| i.value);
        let worst = each.max_by_key(value);
        worst.map(|(cell, client)| self.cell(cell, played).outages[client].p99.clone()).unwrap_or_default()
    }

    fn swings(&self, played: &Played) -> Vec<Swing> {
        /// What moves a figure by less is noise of the trials.
        const LEAST: f64 = 0.05;
        let base = worst_of(&played.cells, &self.compared.comparison.question.by);
        let mut swings: Vec<(f64, Swing)> = Vec::new();
        for Varied { facet, cells } in &played.varied {
            let there = cells.as_ref().and_then(|cells| worst_of(cells, &self.compared.comparison.question.by));
            let Some(fact) = facet.fact() else { continue };
            let size = match (base, there) {
                (Some(base), Some(there)) => (log(there) - log(base)).abs(),
                _ => f64::INFINITY,
            };
            if size >= LEAST {
                let swing =
                    Swing { fact: self.id(fact), what: self.facet(*facet), seconds: there, usable: cells.is_some() };
                swings.push((size, swing));
            }
        }
        swings.sort_by(|one, other| other.0.total_cmp(&one.0));
        swings.into_iter().map(|(_, swing)| swing).collect()
    }

    /// What is otherwise, in words.
    fn facet(&self, facet: Facet) -> String {
        match facet {
            Facet::Value(id, value) => {
                let there = self.catalog.fact(id);
                format!("{} is {}", there.id, there.values[usize::from(value)].value)
            }
            Facet::Times(id, factor) => format!("{} is {} times that", self.id(id), factor_words(factor)),
            Facet::NoTail(id) => format!("{} has no slow tail", self.id(id)),
            Facet::AllQuick => "every fact is at its quick end".to_owned(),
            Facet::AllSlow => "every fact is at its slow end".to_owned(),
            Facet::NoTails => "nothing unmeasured has a slow tail".to_owned(),
        }
    }

    fn choice(&self) -> ChoicePage {
        let contest = self.compared.contest;
        let winner = contest.winner();
        let single = || contest.worlds.iter().filter(|(facet, _, _)| facet.fact().is_some());
        ChoicePage {
            criterion: contest.criterion.iter().map(|criterion| criterion.word().to_owned()).collect(),
            first: winner.map(|mover| mover.word().to_owned()),
            first_of_all: self.compared.first_of_all.map(|mover| mover.word().to_owned()),
            because: self.because(),
            dominates: contest.dominates.map(|mover| mover.word().to_owned()),
            by_scenario: contest
                .by_scenario
                .iter()
                .map(|(scenario, mover)| (scenario.word().to_owned(), mover.map(|mover| mover.word().to_owned())))
                .collect(),
            flips: self.flips(),
            worlds: single().count(),
            same: single().filter(|(_, first, _)| *first == winner).count(),
            worth: self.worth(),
            corners: self.corners(),
        }
    }

    /// Who is first where many facts are elsewhere at once.
    fn corners(&self) -> Vec<CornerPage> {
        let corners = self.compared.contest.worlds.iter().filter(|(facet, _, _)| facet.fact().is_none());
        let page = |facet: &Facet, first: &Option<MoverKind>| CornerPage {
            world: self.facet(*facet),
            first: first.map(|mover| mover.word().to_owned()),
        };
        corners.map(|(facet, first, _)| page(facet, first)).collect()
    }

    fn because(&self) -> Vec<Because> {
        let ranking = &self.compared.contest.ranking;
        let Some((first, others)) = ranking.split_first() else { return Vec::new() };
        let each = others.iter().filter(|other| other.usable);
        each.map(|other| Because { mover: other.mover.word().to_owned(), why: self.why_behind(first, other) }).collect()
    }

    fn why_behind(&self, first: &Standing, other: &Standing) -> String {
        use twinrail_sim::failover::Criterion;
        for criterion in &self.compared.contest.criterion {
            match criterion {
                Criterion::Safety if first.safe && !other.safe => {
                    let violated = self.proved(other.mover).map(|proved| proved.violated).unwrap_or_default();
                    let codes: Vec<String> = violated.into_iter().filter(|code| code.starts_with('I')).collect();
                    return format!("violates {}", codes.join(", "));
                }
                Criterion::Intents if first.kept == Kept::Yes && other.kept != Kept::Yes => {
                    return "does not keep the intents on outages".to_owned();
                }
                Criterion::P99 => {
                    let p99 = |standing: &Standing| standing.p99.map(|interval| interval.value);
                    let (Some(mine), Some(its)) = (p99(first), p99(other)) else { continue };
                    let low = other.p99.and_then(|interval| interval.low).unwrap_or(its);
                    let reach = first.p99.and_then(|interval| interval.high).unwrap_or(mine);
                    if low > reach {
                        return self.slower(first.mover, other.mover);
                    }
                }
                Criterion::Price if first.price < other.price => {
                    return format!("costs {} USD a month more", super::text::dollars(other.price - first.price));
                }
                _ => {}
            }
        }
        "alike by the criterion; slower by less than trials can tell".to_owned()
    }

    /// In the words of the figures that are printed.
    fn slower(&self, first: MoverKind, other: MoverKind) -> String {
        let said = |mover: MoverKind| {
            let candidates = &self.compared.comparison.candidates;
            let played = candidates.iter().find(|one| one.mover == mover).and_then(|one| one.played.as_ref());
            played.map(|played| super::text::quantile(&self.worst(played))).unwrap_or_default()
        };
        let (its, mine) = (said(other), said(first));
        if its == mine || its == "?" || mine == "?" {
            return "slower in the slowest outages".to_owned();
        }
        format!("p99 {its} against {mine}")
    }

    fn flips(&self) -> Vec<FlipPage> {
        let word = |mover: Option<MoverKind>| mover.map(|mover| mover.word().to_owned());
        let mut pages: Vec<FlipPage> = Vec::new();
        for (facet, first) in self.compared.contest.flips() {
            let Some(fact) = facet.fact() else { continue };
            let at = match facet {
                Facet::Value(fact, value) => {
                    format!("{}", self.catalog.fact(fact).values[usize::from(value)].value)
                }
                Facet::NoTail(_) => "without its tail".to_owned(),
                Facet::Times(_, end) => {
                    let mut located = self.compared.flips.iter().filter(|flip| flip.fact == fact);
                    let found = located.find(|flip| (flip.between.1 > 1.0) == (end > 1.0));
                    let at = found.map_or(end, |flip| flip.between.1);
                    let direction = if end > 1.0 { "longer" } else { "shorter" };
                    format!("{} times as long or {direction}", factor_words(at))
                }
                Facet::AllQuick | Facet::AllSlow | Facet::NoTails => continue,
            };
            pages.push(FlipPage { fact: self.id(fact), at, first: word(first) });
        }
        pages
    }

    /// What knowing a fact before the choice would save: the mean, over the worlds that were tried for it and the first one, of what the first mover's
    /// p99 there exceeds the best one's.
    fn worth(&self) -> Vec<Worth> {
        let contest = self.compared.contest;
        let Some(winner) = contest.winner() else { return Vec::new() };
        let candidates = &self.compared.comparison.candidates;
        let Some(played) = candidates.iter().find(|one| one.mover == winner).and_then(|one| one.played.as_ref()) else {
            return Vec::new();
        };
        let by = &self.compared.comparison.question.by;
        let count = self.compared.comparison.question.varied as usize;
        let mut facts: Vec<(FactId, f64, usize)> = Vec::new();
        for (facet, _, best) in &contest.worlds {
            let Some(fact) = facet.fact() else { continue };
            let varied = played.varied.iter().find(|varied| varied.facet == *facet);
            let mine = match varied {
                Some(varied) => varied.cells.as_ref().and_then(|cells| worst_first(cells, by, count)),
                None => worst_first(&played.cells, by, count),
            };
            let best = best.and_then(seconds);
            let saved = match (mine, best) {
                (Some(mine), Some(best)) => (mine - best).max(0.0),
                (None, Some(_)) => f64::INFINITY,
                _ => 0.0,
            };
            match facts.iter_mut().find(|(known, _, _)| *known == fact) {
                Some((_, sum, tried)) => {
                    *sum += saved;
                    *tried += 1;
                }
                None => facts.push((fact, saved, 1)),
            }
        }
        let mut worth: Vec<Worth> = facts
            .into_iter()
            // The first world is one of those tried, and costs nothing.
            .map(|(fact, sum, tried)| Worth {
                fact: self.id(fact),
                seconds: sum.is_finite().then(|| sum / (tried + 1) as f64),
                tried: tried + 1,
            })
            .filter(|worth| worth.seconds.is_none_or(|seconds| seconds > 0.0))
            .collect();
        let size = |worth: &Worth| worth.seconds.unwrap_or(f64::INFINITY);
        worth.sort_by(|one, other| size(other).total_cmp(&size(one)));
        worth
    }

    fn intent(&self, text: &str, limit: &Limit) -> OutageVerdict {
        let question = &self.compared.comparison.question;
        let candidates = &self.compared.comparison.candidates;
        let judged = |played: &Played| verdict(played, &question.by, limit, question.varied);
        let named = self.network.vips[question.pool].mover.kind;
        let played = candidates.iter().find(|one| one.mover == named).and_then(|one| one.played.as_ref());
        let keeps =
            candidates.iter().filter(|one| one.played.as_ref().is_some_and(|played| judged(played).kept == Kept::Yes));
        let kept_by = keeps.map(|one| one.mover.word().to_owned()).collect();
        let Some(played) = played else {
            let verdict = "violated".to_owned();
            return OutageVerdict {
                intent: text.to_owned(),
                verdict,
                scenario: None,
                quantile: None,
                otherwise: Vec::new(),
                kept_by,
            };
        };
        let found = judged(played);
        let cell = played.cells.iter().find(|cell| Some(cell.scenario) == found.scenario);
        let quantile = cell.and_then(|cell| {
            let figures = cell.outages.get(limit.client)?;
            // What rests on a tail that nobody measured is not printed here either.
            let page = self.cell(cell, played).outages[limit.client].clone();
            match limit.at {
                Percentile::P50 => Some(page.p50),
                Percentile::P99 => Some(page.p99),
                Percentile::P99_9 => Some(page.p999),
                at => figures.quantile(at).map(|interval| quantile_page(&interval)),
            }
        });
        let otherwise = found.otherwise.iter().map(|(facet, kept)| Otherwise {
            fact: facet.fact().map(|fact| self.id(fact)),
            what: self.facet(*facet),
            verdict: if *kept == Kept::Unsure { "too close to tell" } else { kept_word(*kept) }.to_owned(),
        });
        OutageVerdict {
            intent: text.to_owned(),
            verdict: kept_word(found.kept).to_owned(),
            scenario: found.scenario.map(|scenario| scenario.word().to_owned()),
            quantile,
            otherwise: otherwise.collect(),
            kept_by,
        }
    }
}

fn kept_word(kept: Kept) -> &'static str {
    match kept {
        Kept::Yes => "holds",
        Kept::No => "violated",
        Kept::Unsure => "depends",
    }
}

fn sweep(swept: &Swept) -> Sweep {
    let figures = |cell: &Cell| {
        let outage = cell.outages.first().unwrap_or(&cell.downtime);
        // What rests on a tail that nobody measured is not printed here either.
        let honest = |place: &usize| outage.quantiles[*place].rests_on.is_none();
        let of = |place: usize| {
            let interval = Some(place).filter(honest).and_then(|place| outage.quantiles[place].interval);
            interval.map(|interval| quantile_page(&interval))
        };
        (of(0).unwrap_or_default(), of(1).unwrap_or_default())
    };
    let mut points: Vec<SweepPoint> = swept
        .points
        .iter()
        .map(|(value, detector, killed, alarm)| {
            let (p50, p99) = figures(killed);
            let false_failovers = alarm.moved as f64 / alarm.trials.max(1) as f64;
            SweepPoint {
                value: value.clone(),
                detector: detector.clone(),
                p50,
                p99,
                false_failovers,
                on_frontier: false,
            }
        })
        .collect();
    let time = |point: &SweepPoint| point.p50.seconds.unwrap_or(f64::INFINITY);
    let beaten: Vec<bool> = points
        .iter()
        .map(|one| {
            points.iter().any(|other| {
                let no_worse = time(other) <= time(one) && other.false_failovers <= one.false_failovers;
                no_worse && (time(other) < time(one) || other.false_failovers < one.false_failovers)
            })
        })
        .collect();
    for (point, beaten) in points.iter_mut().zip(beaten) {
        point.on_frontier = !beaten;
    }
    Sweep { mover: swept.mover.word().to_owned(), parameter: swept.parameter.clone(), points }
}

fn quantile_page(interval: &Interval<Ended>) -> QuantilePage {
    QuantilePage {
        seconds: seconds(interval.value),
        never: interval.value == Ended::Never,
        low: interval.low.and_then(seconds),
        high: interval.high.and_then(seconds),
        ..QuantilePage::default()
    }
}

fn seconds(ended: Ended) -> Option<f64> {
    match ended {
        Ended::After(time) => Some(time.seconds()),
        Ended::Never => None,
    }
}

fn worst_of(cells: &[Cell], by: &[Scenario]) -> Option<f64> {
    worst_first(cells, by, usize::MAX)
}

fn worst_first(cells: &[Cell], by: &[Scenario], count: usize) -> Option<f64> {
    let figures = cells.iter().filter(|cell| by.contains(&cell.scenario)).flat_map(|cell| &cell.outages);
    let values = figures.filter_map(|figures| {
        let interval = if count == usize::MAX {
            figures.quantile(Percentile::P99)
        } else {
            figures.of_first(count, Percentile::P99)
        };
        Some(interval?.value)
    });
    values.max().and_then(seconds)
}

fn log(seconds: f64) -> f64 {
    seconds.max(1e-6).ln()
}

fn factor_words(factor: f64) -> String {
    let text = format!("{factor:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A cumulative curve of few points: where it rises by at least one part in a hundred, and both ends.
fn curve(figures: &Figures) -> Vec<(f64, f64)> {
    let mut sorted = figures.exact.clone();
    sorted.sort_unstable();
    let total = sorted.len();
    let mut points: Vec<(f64, f64)> = Vec::new();
    for step in 0..=100_usize {
        let Some(place) = (total * step / 100).checked_sub(usize::from(step > 0)) else { continue };
        let Some(value) = sorted.get(place).copied().and_then(seconds) else { break };
        let share = step as f64 / 100.0;
        if points.last().is_none_or(|(last, _)| (last - value).abs() > 1e-9) {
            points.push((value, share));
        } else if let Some(last) = points.last_mut() {
            last.1 = share;
        }
    }
    points
}
