//! `twinrail failover`: names and figures of a comparison, one pool after the other, and single trials. Not here: what is played, and how it is told.

use std::io::Write as _;
use std::num::NonZeroUsize;

use twinrail_facts::{Catalog, Facts, Luck, Microseconds, Percentile};
use twinrail_intake::Loaded;
use twinrail_model::{Ask, ClientGroupId, Intent, Mover, MoverKind, Network, Platform, Protocol, VipPoolId};
use twinrail_report::{Compared, Otherwise, OutageVerdict, Proofs, Proved, Swept, TextOptions, TrialPage, Tried};
use twinrail_sim::failover::{
    Cast, Cell, Comparison, Contest, Criterion, Flip, Input, Known, Limit, Means, Question, UNANNOUNCED, compare,
    flips, obstacles,
};
use twinrail_sim::prove::threads;
use twinrail_sim::trial::{Scale, Scenario};
use twinrail_sim::{Bounds, FaultSet, Order, Scope};

use crate::call::{Failover, PlainFormat};
use crate::check::{Understood, day, is_coloured, understand};
use crate::names::{known, movers, pools};
use crate::progress::Progress;
use crate::{Failure, Outcome, exit, prove};

pub(crate) fn failover(call: &Failover) -> Outcome {
    let Understood { loaded, catalog, expired } = understand(&call.inputs, &call.facts, day(call.today.as_deref())?)?;
    for over in &expired {
        anstream::eprintln!("warning: what is said of `{}` has expired, and is not used", over.id);
    }
    let asked = asked(&loaded.network, call).map_err(Failure::World)?;
    if let Some(trial) = call.trial {
        return one_trial(&loaded, &catalog, &asked, trial, call);
    }
    let proofs = (!call.no_proofs).then(|| proved(&loaded, &catalog, &asked));
    let compared = compare_all(&loaded, &catalog, &asked, proofs.as_ref());
    let value = value(&loaded, &catalog, &compared, proofs.as_ref());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        PlainFormat::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
            twinrail_report::failover_text(&value, options, &mut out)?;
        }
        PlainFormat::Json => twinrail_report::failover_json(&value, &mut out)?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

/// What is compared.
pub(crate) struct Asked {
    pub pools: Vec<VipPoolId>,
    /// Empty: all.
    pub movers: Vec<MoverKind>,
    pub scenarios: Vec<Scenario>,
    pub by: Vec<Scenario>,
    /// Empty: those of the clients of each pool.
    pub protocols: Vec<Protocol>,
    pub criterion: Vec<Criterion>,
    pub trials: u32,
    pub varied: u32,
    pub seed: u64,
    pub threads: NonZeroUsize,
    pub sweeps: Vec<(String, Vec<(String, f64)>)>,
}

impl Asked {
    /// What nobody asked more of.
    pub(crate) fn usual(network: &Network) -> Self {
        Self {
            pools: network.vips.ids().collect(),
            movers: Vec::new(),
            scenarios: Scenario::USUAL.to_vec(),
            by: UNANNOUNCED.to_vec(),
            protocols: Vec::new(),
            criterion: Criterion::USUAL.to_vec(),
            trials: 10_000,
            varied: 1_000,
            seed: 1,
            threads: available(),
            sweeps: Vec::new(),
        }
    }
}

fn available() -> NonZeroUsize {
    threads(std::thread::available_parallelism().map_or(1, NonZeroUsize::get))
}

/// So few leave a p99 open on one side, and slower movers look alike.
const FEWEST_TRIALS: u32 = 400;

/// Reads the names and figures of a call. All that are wrong are said at once.
fn asked(network: &Network, call: &Failover) -> Result<Asked, Vec<String>> {
    let mut errors = Vec::new();
    if call.trial.is_none() && call.trials < FEWEST_TRIALS {
        errors.push(format!(
            "--trials: {} bound no p99\n  hint: at least {FEWEST_TRIALS} do, 10000 are usual",
            call.trials
        ));
    }
    let mut scenarios = scenarios(("--scenario", &call.scenario), &Scenario::USUAL, &mut errors);
    let by = scenarios_of(("--by", &call.by), &mut errors);
    let decide: Vec<Scenario> = if by.is_empty() { UNANNOUNCED.to_vec() } else { by };
    let asked_for: Vec<Scenario> = decide.iter().copied().filter(|scenario| scenarios.contains(scenario)).collect();
    // The choice is about what is played: of the usual ones those that are asked about, else all that are.
    let by = match (call.by.is_empty(), asked_for.is_empty()) {
        (true, false) => asked_for,
        (true, true) => scenarios.clone(),
        (false, _) => {
            scenarios
                .extend(decide.iter().copied().filter(|scenario| !scenarios.contains(scenario)).collect::<Vec<_>>());
            decide
        }
    };
    let asked = Asked {
        pools: pools(network, &call.pool, &mut errors),
        movers: movers(&call.mover, &mut errors),
        scenarios,
        by,
        protocols: protocols(&call.protocol, &mut errors),
        criterion: criterion(&call.criterion, &mut errors),
        trials: call.trials,
        varied: call.varied,
        seed: call.seed,
        threads: call.threads.unwrap_or_else(available),
        sweeps: call.sweep.iter().filter_map(|text| sweep(text, &mut errors)).collect(),
    };
    if errors.is_empty() { Ok(asked) } else { Err(errors) }
}

fn scenarios((option, names): (&str, &[String]), usual: &[Scenario], errors: &mut Vec<String>) -> Vec<Scenario> {
    if names.is_empty() { usual.to_vec() } else { scenarios_of((option, names), errors) }
}

fn scenarios_of((option, names): (&str, &[String]), errors: &mut Vec<String>) -> Vec<Scenario> {
    let mut found: Vec<Scenario> = Vec::new();
    for text in names {
        if text == "all" {
            found = Scenario::ALL.to_vec();
            continue;
        }
        let scenario = Scenario::ALL.into_iter().find(|scenario| scenario.word() == text);
        let all = Scenario::ALL.iter().map(|scenario| scenario.word().to_owned());
        let scenario = known(scenario, (option, "scenario"), text, all, errors);
        found.extend(scenario.filter(|scenario| !found.contains(scenario)));
    }
    found
}

fn protocols(names: &[String], errors: &mut Vec<String>) -> Vec<Protocol> {
    let mut found: Vec<Protocol> = Vec::new();
    for text in names {
        let protocol = Protocol::ALL.into_iter().find(|protocol| protocol.word() == text);
        let all = Protocol::ALL.iter().map(|protocol| protocol.word().to_owned());
        let protocol = known(protocol, ("--protocol", "protocol"), text, all, errors);
        found.extend(protocol.filter(|protocol| !found.contains(protocol)));
    }
    found
}

fn criterion(text: &str, errors: &mut Vec<String>) -> Vec<Criterion> {
    let mut found: Vec<Criterion> = Vec::new();
    for word in text.split(',').map(str::trim) {
        let criterion = Criterion::USUAL.into_iter().find(|criterion| criterion.word() == word);
        let all = Criterion::USUAL.iter().map(|criterion| criterion.word().to_owned());
        let criterion = known(criterion, ("--criterion", "criterion"), word, all, errors);
        match criterion {
            Some(twice) if found.contains(&twice) => errors.push(format!("--criterion: `{word}` stands twice")),
            read => found.extend(read),
        }
    }
    found
}

/// Reads `interval=1s,500ms,2`: a parameter, and values in milliseconds, or plain for a count.
fn sweep(text: &str, errors: &mut Vec<String>) -> Option<(String, Vec<(String, f64)>)> {
    const PARAMETERS: [&str; 5] = ["interval", "timeout", "unhealthy", "lease", "poll"];
    let Some((parameter, values)) = text.split_once('=') else {
        errors.push(format!("--sweep: `{text}` is no sweep\n  hint: write it as in interval=1s,2s,5s"));
        return None;
    };
    let all = PARAMETERS.iter().map(|name| (*name).to_owned());
    let found = PARAMETERS.iter().find(|name| **name == parameter);
    known(found, ("--sweep", "parameter of a mover"), parameter, all, errors)?;
    let mut read = Vec::new();
    for value in values.split(',').map(str::trim).filter(|value| !value.is_empty()) {
        let number = if parameter == "unhealthy" { count(value) } else { milliseconds(value) };
        if let Some(number) = number {
            read.push((value.to_owned(), number));
            continue;
        }
        let hint = if parameter == "unhealthy" { "a count such as 2" } else { "a time such as 500ms or 2s, up to 1h" };
        errors.push(format!("--sweep: `{value}` is no value of {parameter}\n  hint: {hint}"));
    }
    if read.is_empty() {
        errors.push(format!("--sweep: `{text}` has no values\n  hint: write it as in interval=1s,2s,5s"));
    }
    Some((parameter.to_owned(), read))
}

fn count(text: &str) -> Option<f64> {
    text.parse::<u16>().ok().filter(|count| *count > 0).map(f64::from)
}

fn milliseconds(text: &str) -> Option<f64> {
    /// An hour, in milliseconds.
    const MOST: f64 = 3.6e6;
    let (number, scale) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1.0),
        (None, Some(number)) => (number, 1e3),
        (None, None) => (text, 1e3),
    };
    let value = number.trim().parse::<f64>().ok()? * scale;
    (1.0..=MOST).contains(&value).then_some(value)
}

/// What is proved of the movers at the usual scope.
pub(crate) fn proved(loaded: &Loaded, catalog: &Catalog, asked: &Asked) -> Proofs {
    let bounds =
        Bounds { states: 20_000_000, bytes: 2 << 30, threads: asked.threads, order: Order::Breadth, symmetry: true };
    let question = prove::Asked {
        pools: asked.pools.clone(),
        movers: asked.movers.clone(),
        scope: Scope::default(),
        faults: FaultSet::all(),
        at_most: std::collections::BTreeMap::new(),
        without: None,
        bounds,
    };
    let proofs = prove::proofs(&loaded.network, catalog, &question);
    let tried: Vec<Tried<'_>> = proofs.iter().map(|(pool, proofs)| Tried { pool: *pool, proofs }).collect();
    let proved = Proved { tried: &tried, bounds, asked: &asked.movers, file: &|_, _, _| None };
    twinrail_report::proofs(loaded, catalog, &proved)
}

/// One pool, compared.
pub(crate) struct Done {
    pub comparison: Comparison,
    pub contest: Contest,
    pub first_of_all: Option<MoverKind>,
    pub obstacles: Vec<Vec<String>>,
    pub flips: Vec<Flip>,
    pub means: Vec<Option<Means>>,
    pub limits: Vec<(String, Limit)>,
    pub clients: Vec<Vec<ClientGroupId>>,
    pub sweeps: Vec<Swept>,
    pub examples: Vec<TrialPage>,
}

/// Plays every pool that is asked about.
pub(crate) fn compare_all(loaded: &Loaded, catalog: &Catalog, asked: &Asked, proofs: Option<&Proofs>) -> Vec<Done> {
    let platform = Platform::new(catalog);
    let input = Input { network: &loaded.network, platform: &platform, catalog };
    let at_work = Progress::counting("playing failovers", "trials");
    let mut before = 0;
    let mut done = Vec::new();
    for pool in &asked.pools {
        let mut seen = 0;
        let mut watch = |count: u64| {
            seen = seen.max(count);
            at_work.count(before + count);
        };
        done.push(one_pool(input, asked, *pool, proofs, &mut watch));
        before += seen;
    }
    done
}

fn one_pool(
    input: Input<'_>,
    asked: &Asked,
    pool: VipPoolId,
    proofs: Option<&Proofs>,
    watch: &mut dyn FnMut(u64),
) -> Done {
    let network = input.network;
    let (clients, groups) = clients(network, pool, &asked.protocols);
    let named = network.vips[pool].mover.kind;
    let mut movers = if asked.movers.is_empty() { MoverKind::ALL.to_vec() } else { asked.movers.clone() };
    movers.sort_by_key(|mover| *mover != named);
    let limits = limits(network, pool, &groups);
    let question = Question {
        pool,
        movers,
        scenarios: asked.scenarios.clone(),
        by: asked.by.clone(),
        clients,
        trials: asked.trials,
        varied: if asked.varied == 0 { 0 } else { asked.varied.max(least_trials(&limits)) },
        seed: asked.seed,
        threads: asked.threads.get(),
    };
    let comparison = compare(input, question, watch);
    let facts = Facts::new(input.catalog);
    let means: Vec<Option<Means>> =
        comparison.candidates.iter().map(|candidate| Means::of(network, &facts, pool, candidate.mover).ok()).collect();
    let known = known_of(input, pool, &comparison, &means, proofs);
    let plain: Vec<Limit> = limits.iter().map(|(_, limit)| *limit).collect();
    let contest = Contest::of(&comparison, &plain, &known, &asked.criterion);
    let first_of_all = Contest::of_all(&comparison, &plain, &known, &asked.criterion);
    let flips = flips(input, &comparison, &contest, (&plain, &known), watch);
    let sweeps = sweeps(input, asked, &comparison);
    let examples = examples(input, &comparison, &contest);
    let obstacles = known.into_iter().map(|known| known.obstacles).collect();
    Done { comparison, contest, first_of_all, obstacles, flips, means, limits, clients: groups, sweeps, examples }
}

/// Of the mover that the model names and of the first one the trial that is in the middle of all, in the first scenario.
fn examples(input: Input<'_>, comparison: &Comparison, contest: &Contest) -> Vec<TrialPage> {
    let question = &comparison.question;
    let named = input.network.vips[question.pool].mover.kind;
    let mut movers = vec![named];
    movers.extend(contest.winner().filter(|winner| *winner != named));
    let protocols: Vec<Protocol> = question.clients.iter().map(|(protocol, _)| *protocol).collect();
    let examples = movers.into_iter().filter_map(|mover| {
        let candidate = comparison.candidates.iter().find(|candidate| candidate.mover == mover)?;
        let played = candidate.played.as_ref()?;
        let cell = played.cells.first()?;
        let trial = cell.outages.first()?.middle()?;
        let facts = Facts::in_world(input.catalog, played.world.clone());
        let pool = (question.pool, mover);
        let cast = Cast::of(input, &facts, pool, &question.clients, &Scale::default()).ok()?;
        let luck = Luck { seed: question.seed, trial };
        let replayed = cast.replay((input.network, question.pool), cell.scenario, luck);
        Some(twinrail_report::trial(&cast, &protocols, &replayed))
    });
    examples.collect()
}

/// More than any client opens to one address.
const MOST_CONNECTIONS: u64 = 64;

/// The protocols of the clients of a pool, each with the groups that speak it.
fn clients(network: &Network, pool: VipPoolId, asked: &[Protocol]) -> (Vec<(Protocol, u32)>, Vec<Vec<ClientGroupId>>) {
    let mut found: Vec<((Protocol, u32), Vec<ClientGroupId>)> = Vec::new();
    for group in &network.vips[pool].clients {
        let row = &network.clients[*group];
        let connections = u32::try_from(row.connections.min(MOST_CONNECTIONS)).expect("at most 64");
        let key = (row.protocol, connections);
        if !asked.is_empty() && !asked.contains(&row.protocol) {
            continue;
        }
        match found.iter_mut().find(|(known, _)| *known == key) {
            Some((_, groups)) => groups.push(*group),
            None => found.push((key, vec![*group])),
        }
    }
    for protocol in asked {
        if !found.iter().any(|((known, _), _)| known == protocol) {
            found.push(((*protocol, 1), Vec::new()));
        }
    }
    if found.is_empty() {
        found.push(((Protocol::Tcp, 1), Vec::new()));
    }
    found.into_iter().unzip()
}

/// The intents on outages of a pool, for clients that are looked at.
fn limits(network: &Network, pool: VipPoolId, groups: &[Vec<ClientGroupId>]) -> Vec<(String, Limit)> {
    let mut limits = Vec::new();
    for (_, intent) in network.intents.iter() {
        let Ask::Outage { vips, clients, quantile_per_million, below_milliseconds } = &intent.ask else { continue };
        let client = groups.iter().position(|groups| groups.contains(clients));
        let at = Percentile::of_millionths(*quantile_per_million);
        if let (true, Some(client), Some(at)) = (*vips == pool, client, at) {
            let below = Microseconds(below_milliseconds.saturating_mul(1_000));
            limits.push((intent.text.clone(), Limit { client, at, below }));
        }
    }
    limits
}

/// So many trials bound the quantiles of the intents from both sides.
fn least_trials(limits: &[(String, Limit)]) -> u32 {
    /// Of p99; ten times as many for each further nine, up to p99.99.
    const OF_P99: u32 = 400;
    let beyond = |at: Percentile| limits.iter().any(|(_, limit)| limit.at > at);
    match () {
        () if beyond(Percentile::P99_9) => 100 * OF_P99,
        () if beyond(Percentile::P99) => 10 * OF_P99,
        () => OF_P99,
    }
}

/// What is known of each candidate beside its trials.
fn known_of(
    input: Input<'_>,
    pool: VipPoolId,
    comparison: &Comparison,
    means: &[Option<Means>],
    proofs: Option<&Proofs>,
) -> Vec<Known> {
    let name = input.network.short(pool);
    let facts = Facts::new(input.catalog);
    let proofs = proofs.and_then(|proofs| proofs.pools.iter().find(|proof| proof.pool == name));
    let each = comparison.candidates.iter().zip(means);
    each.map(|(candidate, means)| {
        let proof = proofs.and_then(|pool| pool.movers.iter().find(|mover| mover.mover == candidate.mover.word()));
        let violated = proof.into_iter().flat_map(|proof| &proof.verdicts);
        // Whether it ever comes back is what trials show; what it may destroy they do not.
        let violated = violated.filter(|verdict| verdict.verdict == "violated" && verdict.property.starts_with('I'));
        Known {
            unsafe_by: violated.map(|verdict| verdict.property.clone()).collect(),
            price: means.as_ref().map_or(0.0, |means| means.price + means.price_of_load.unwrap_or(0.0)),
            obstacles: means
                .as_ref()
                .and_then(|means| obstacles(input, &facts, (pool, candidate.mover), means).ok())
                .unwrap_or_default(),
        }
    })
    .collect()
}

/// Verdicts on the intents on outages of a network, of the movers that the model names: fewer trials than a comparison, as nothing is compared.
pub(crate) fn outages(loaded: &Loaded, catalog: &Catalog) -> Vec<OutageVerdict> {
    let network = &loaded.network;
    let asked_about = |pool: &VipPoolId| {
        network.intents.rows().iter().any(|intent| matches!(intent.ask, Ask::Outage { vips, .. } if vips == *pool))
    };
    let pools: Vec<VipPoolId> = network.vips.ids().filter(asked_about).collect();
    let unheard = network.intents.rows().iter().filter_map(|intent| unheard(network, intent));
    let judged = pools.into_iter().flat_map(|pool| {
        let usual = Asked::usual(network);
        let movers = vec![network.vips[pool].mover.kind];
        let asked =
            Asked { pools: vec![pool], movers, scenarios: UNANNOUNCED.to_vec(), trials: 1_000, varied: 400, ..usual };
        let done = compare_all(loaded, catalog, &asked, None);
        value(loaded, catalog, &done, None).pools.into_iter().flat_map(|pool| pool.intents)
    });
    judged.chain(unheard).collect()
}

/// An intent on outages for clients that do not use the pool: nobody's outage can be looked at.
fn unheard(network: &Network, intent: &Intent) -> Option<OutageVerdict> {
    let Ask::Outage { vips, clients, .. } = intent.ask else { return None };
    let uses = network.vips[vips].clients.contains(&clients);
    (!uses).then(|| OutageVerdict {
        intent: intent.text.clone(),
        verdict: "undecided".to_owned(),
        scenario: None,
        quantile: None,
        otherwise: vec![Otherwise {
            fact: None,
            what: format!("`{}` used `{}`, which it does not", network.short(clients), network.short(vips)),
            verdict: "could be judged".to_owned(),
        }],
        kept_by: Vec::new(),
    })
}

/// Each sweep, for the movers that the call names, or else the one of the model.
fn sweeps(input: Input<'_>, asked: &Asked, comparison: &Comparison) -> Vec<Swept> {
    let question = &comparison.question;
    let named = input.network.vips[question.pool].mover.kind;
    let movers = if asked.movers.is_empty() { vec![named] } else { asked.movers.clone() };
    let mut swept = Vec::new();
    for (parameter, values) in &asked.sweeps {
        for mover in &movers {
            let points = values.iter().filter_map(|(text, value)| {
                let changed = with_parameter(input.network, question.pool, (parameter, *value));
                let input = Input { network: &changed, ..input };
                point(input, question, *mover).map(|(detector, killed, alarm)| (text.clone(), detector, killed, alarm))
            });
            let points: Vec<_> = points.collect();
            if !points.is_empty() {
                swept.push(Swept { mover: *mover, parameter: parameter.clone(), points });
            }
        }
    }
    swept
}

fn with_parameter(network: &Network, pool: VipPoolId, (parameter, value): (&str, f64)) -> Network {
    let mut changed = network.clone();
    let mover: &mut Mover = &mut changed.vips[pool].mover;
    mover.parameters.insert(parameter.to_owned(), value);
    // A probe that is sent more often than it may take is refused by the platform.
    if parameter == "interval" && mover.parameters.get("timeout").is_none_or(|timeout| *timeout > value) {
        mover.parameters.insert("timeout".to_owned(), value);
    }
    changed
}

fn point(input: Input<'_>, question: &Question, mover: MoverKind) -> Option<(String, Cell, Cell)> {
    let facts = Facts::new(input.catalog);
    let cast = Cast::of(input, &facts, (question.pool, mover), &question.clients, &Scale::default()).ok()?;
    if cast.setting.refusal.is_some() {
        return None;
    }
    let Question { pool, seed, trials, threads, .. } = *question;
    let play = |scenario| cast.play((input.network, pool), scenario, (seed, trials), threads);
    Some((cast.timing.detector.words(), play(Scenario::Killed), play(Scenario::FalseAlarm)))
}

/// Makes the printable value of comparisons.
pub(crate) fn value(
    loaded: &Loaded,
    catalog: &Catalog,
    done: &[Done],
    proofs: Option<&Proofs>,
) -> twinrail_report::Failover {
    let compared: Vec<Compared<'_>> = done
        .iter()
        .map(|done| Compared {
            comparison: &done.comparison,
            contest: &done.contest,
            first_of_all: done.first_of_all,
            obstacles: &done.obstacles,
            flips: &done.flips,
            means: &done.means,
            limits: &done.limits,
            clients: &done.clients,
            sweeps: &done.sweeps,
            examples: &done.examples,
        })
        .collect();
    twinrail_report::failover(loaded, catalog, &compared, proofs)
}

fn one_trial(loaded: &Loaded, catalog: &Catalog, asked: &Asked, trial: u32, call: &Failover) -> Outcome {
    let platform = Platform::new(catalog);
    let input = Input { network: &loaded.network, platform: &platform, catalog };
    let Some(pool) = asked.pools.first().copied() else {
        return Err(Failure::World(vec!["no pool of virtual IPs in the input: nothing fails over".to_owned()]));
    };
    let mover = asked.movers.first().copied().unwrap_or(loaded.network.vips[pool].mover.kind);
    let scenario = asked.scenarios.first().copied().unwrap_or(Scenario::Killed);
    let (clients, _) = clients(&loaded.network, pool, &asked.protocols);
    let facts = Facts::new(catalog);
    let cast = Cast::of(input, &facts, (pool, mover), &clients, &Scale::default());
    let refused = |why: String| Failure::World(vec![format!("{mover} cannot be used on this network: {why}")]);
    let cast = cast.map_err(|hole| refused(format!("the input lacks something: {hole:?}")))?;
    if let Some(refusal) = &cast.setting.refusal {
        return Err(refused(refusal.clone()));
    }
    let replayed = cast.replay((&loaded.network, pool), scenario, Luck { seed: asked.seed, trial });
    let protocols: Vec<Protocol> = clients.iter().map(|(protocol, _)| *protocol).collect();
    let told = twinrail_report::trial(&cast, &protocols, &replayed);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
    match call.format {
        PlainFormat::Text => twinrail_report::trial_text(&told, options, &mut out)?,
        PlainFormat::Json => twinrail_report::trial_json(&told, &mut out)?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}
