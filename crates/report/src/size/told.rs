//! What page, document and short answer say of sizes, in words. Names of inputs stand in backticks. Not here: how they look.

use super::text::{flip_parts, minutes, percent};
use super::{
    AskPage, ClusterPage, ElsewherePage, ErlangPage, FarmPage, FarmSize, FlipPlan, OfferedJob, PlanPage, QuarterPage,
    Size, SpotPage, SwingPage,
};
use crate::failover::dollars;
use crate::failover::told::{listed, ticked};
use crate::words::{counted, grouped};

/// Clusters that a sentence names.
const NAMED: usize = 4;

/// Whether the model asks for any size.
pub(crate) fn is_sized(size: &Size) -> bool {
    size.farm.is_some() || size.plan.is_some() || size.no_plan.is_some()
}

/// The sizes of a farm with one verdict: `10, 20 and 30`; nothing where none has it.
pub(crate) fn sizes(farm: &FarmPage, verdict: &str) -> Option<String> {
    let sizes = farm.sizes.iter().filter(|size| size.verdict == verdict);
    let sizes: Vec<String> = sizes.map(|size| size.instances.to_string()).collect();
    (!sizes.is_empty()).then(|| listed(&sizes))
}

/// The least farm, and which of those that were looked at are enough.
pub(crate) fn farm_lead(farm: &FarmPage) -> String {
    let mut parts = Vec::new();
    match (farm.least, &farm.not_simulated) {
        (Some(1), _) => parts.push("1 instance is the least farm that runs everything as it should".to_owned()),
        (Some(least), _) => {
            parts.push(format!("{least} instances are the least farm that runs everything as it should"));
        }
        (None, Some(reason)) => parts.push(format!("Nothing was simulated: {reason}")),
        (None, None) => parts.push("No farm runs everything as it should".to_owned()),
    }
    for verdict in ["enough", "not enough"] {
        parts.extend(sizes(farm, verdict).map(|sizes| match verdict {
            "enough" => format!("of those that were looked at, {sizes} would do"),
            _ => format!("{sizes} would not do"),
        }));
    }
    format!("{}.", parts.join("; "))
}

/// What work comes.
pub(crate) fn farm_setting(farm: &FarmPage) -> String {
    let kinds = match farm.jobs.len() {
        1 => "1 kind of job".to_owned(),
        several => format!("{several} kinds of jobs"),
    };
    format!(
        "{kinds}, {:.1} a day, {:.1} instances busy on average if nobody waited; a job takes {}, and a mean wait of {} is still good",
        farm.jobs_a_day,
        farm.busy_instances,
        minutes(farm.mean_duration_minutes),
        minutes(farm.bound_minutes)
    )
}

/// Erlang's answer, and whether the simulation agrees.
pub(crate) fn erlang(erlang: &ErlangPage) -> String {
    let check = match (erlang.simulated_minutes, erlang.agrees) {
        (Some(simulated), Some(true)) => {
            format!("; simulated with the real arrivals: {}, the same", minutes(simulated))
        }
        (Some(simulated), Some(false)) => {
            format!("; simulated with the real arrivals: {}, not the same", minutes(simulated))
        }
        (Some(simulated), None) => format!("; simulated with the real arrivals: {}", minutes(simulated)),
        (None, _) => String::new(),
    };
    format!(
        "{} slots of the largest job, {} instances, {} busy, mean wait {}{check}",
        erlang.slots,
        erlang.instances,
        percent(erlang.utilisation),
        minutes(erlang.mean_wait_minutes)
    )
}

/// What running some jobs elsewhere would save.
pub(crate) fn relief(relief: &ElsewherePage) -> String {
    let note = relief.note.as_ref().map_or_else(String::new, |note| format!(", {note}"));
    let least =
        relief.least.map_or_else(String::new, |least| format!("; the least farm for the rest has {least}{note}"));
    format!("{} would take {:.1} busy instances off{least}", relief.jobs.join(", "), relief.busy_instances)
}

/// How long a job takes on spot.
pub(crate) fn spot(spot: &SpotPage) -> String {
    let usual = minutes(spot.mean_minutes);
    match (spot.expected_minutes, spot.uninterrupted) {
        (Some(expected), Some(part)) => {
            format!(
                "{} instead of {usual} on average; {} of them are never preempted",
                minutes(expected),
                percent(part)
            )
        }
        (None, Some(part)) => {
            format!("never done, on average, instead of {usual}; {} are never preempted", percent(part))
        }
        _ => format!("{usual}; how much longer with restarts is not known"),
    }
}

/// When jobs come and how many instances they take.
pub(crate) fn offered(job: &OfferedJob) -> [String; 6] {
    [
        job.instances.to_string(),
        format!("{}", job.per_day),
        minutes(job.mean_minutes),
        job.deadline_minutes.map_or_else(|| "none".to_owned(), minutes),
        job.arrives.replace('-', " "),
        match (job.spot, job.machines.is_empty()) {
            (true, true) => "spot".to_owned(),
            (false, true) => String::new(),
            (true, false) => format!("spot, {}", job.machines.join(", ")),
            (false, false) => job.machines.join(", "),
        },
    ]
}

/// Wait, wait of the slowest, in time; a dash where nothing was simulated.
pub(crate) fn waits(size: &FarmSize) -> [String; 3] {
    [time(size.mean_wait_minutes), time(size.p95_wait_minutes), part(size.on_time)]
}

pub(crate) fn time(time: Option<f64>) -> String {
    time.map_or_else(|| "–".to_owned(), minutes)
}

pub(crate) fn part(part: Option<f64>) -> String {
    part.map_or_else(|| "–".to_owned(), percent)
}

/// What one step more saves.
pub(crate) fn more(size: &FarmSize) -> String {
    size.more.as_ref().map_or_else(|| "–".to_owned(), |more| format!("{} a day", minutes(more.saved_minutes_a_day)))
}

/// The segments of a cluster.
pub(crate) fn segments(cluster: &ClusterPage) -> String {
    cluster.segments.iter().map(|name| ticked(name)).collect::<Vec<_>>().join(", ")
}

/// Whether there is a machine type for all segments.
pub(crate) fn is_planned(plan: &PlanPage) -> bool {
    plan.clusters.iter().all(|cluster| cluster.machine.is_some())
}

/// How many nodes of what for whom in the last quarter, in how many worlds they suffice, and what they cost.
pub(crate) fn plan_lead(plan: &PlanPage) -> String {
    let Some(last) = plan.quarters.last() else { return "No quarter is planned.".to_owned() };
    let clusters = plan.clusters.iter().take(NAMED).map(|cluster| {
        let nodes = cluster.quarters.last().map_or(0, |quarter| quarter.nodes);
        match &cluster.machine {
            Some(machine) => format!("{} of {} for {}", grouped(u64::from(nodes)), ticked(machine), segments(cluster)),
            None => format!("no machine type for {}", segments(cluster)),
        }
    });
    let mut clusters: Vec<String> = clusters.collect();
    if plan.clusters.len() > NAMED {
        clusters.push(counted(plan.clusters.len() - NAMED, "more segment"));
    }
    let nodes = counted(usize::try_from(last.nodes).unwrap_or(usize::MAX), "node");
    let enough = if is_planned(plan) {
        format!(" They are enough in {} of the worlds, and cost {}.", percent(last.covered), cost(last))
    } else {
        String::new()
    };
    format!("{nodes} in {}: {}.{enough}", last.quarter, clusters.join(", "))
}

/// `1.3M USD a month`, or what is missing for it.
pub(crate) fn cost(quarter: &QuarterPage) -> String {
    match (quarter.usd_per_month, &quarter.needs_price) {
        (Some(usd), _) => format!("{} USD a month", dollars(usd)),
        (None, Some(needs)) => format!("nobody knows how much: that needs {needs}"),
        (None, None) => "nobody knows how much".to_owned(),
    }
}

pub(crate) fn usd(usd: Option<f64>) -> String {
    usd.map_or_else(|| "?".to_owned(), dollars)
}

/// How it was planned.
pub(crate) fn plan_setting(plan: &PlanPage) -> String {
    let by = if plan.measure == "money" { "money" } else { "nodes, as prices are missing" };
    format!(
        "{} from {} to {}; {} worlds of demand were drawn, and what is least regretted over them by {by} is planned",
        counted(plan.clusters.len(), "segment"),
        plan.from,
        plan.until,
        grouped(u64::from(plan.worlds))
    )
}

/// Why a cluster has so many nodes of this machine type.
pub(crate) fn why(cluster: &ClusterPage) -> String {
    let Some(machine) = &cluster.machine else { return "no machine type stores anything".to_owned() };
    let level = match cluster.level.as_deref() {
        Some("mean") => "as many as are needed on average".to_owned(),
        Some(level) => format!("at {level}"),
        None => "at no level".to_owned(),
    };
    let binding = cluster.quarters.last().and_then(|quarter| quarter.binding.first());
    let binding = binding
        .map_or_else(String::new, |(what, part)| format!("; {what} asks for most in {} of the worlds", percent(*part)));
    format!("{}, {level}{binding}", ticked(machine))
}

/// What the chosen count is regretted for, and in how many worlds.
pub(crate) fn regret(cluster: &ClusterPage, plan: &PlanPage) -> Option<String> {
    let parts = cluster.regret.iter().map(|part| {
        format!("{} in {} of {} worlds", part.what, grouped(u64::from(part.worlds)), grouped(u64::from(plan.worlds)))
    });
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then(|| format!("What is regretted of it: {}", listed(&parts)))
}

/// What one cluster for all segments would take.
pub(crate) fn pooled(plan: &PlanPage) -> Option<String> {
    let pooled = plan.pooled.as_ref()?;
    let (machine, last) = (pooled.machine.as_ref()?, pooled.quarters.last()?);
    Some(format!(
        "One cluster for all segments would take {} of {} in {}, and be enough in {} of the worlds",
        grouped(u64::from(last.nodes)),
        ticked(machine),
        last.quarter,
        percent(last.covered)
    ))
}

/// Inputs that move the count, and the names of those that do not.
pub(crate) fn swings(plan: &PlanPage) -> (Vec<&SwingPage>, Vec<String>) {
    let (moving, still): (Vec<_>, Vec<_>) =
        plan.swings.iter().partition(|swing| swing.nodes.iter().any(|nodes| *nodes != swing.nodes[0]));
    (moving, still.into_iter().map(swing).collect())
}

pub(crate) fn swing(swing: &SwingPage) -> String {
    format!("{} of {}", swing.input, ticked(&swing.segment))
}

/// What a plan is with a fact elsewhere.
pub(crate) fn flip(flip: &FlipPlan, plan: &PlanPage) -> String {
    let parts = flip_parts(flip, plan);
    // The first part names a machine type for each cluster, often the same.
    let machines = flip.is_other_machine.then(|| flipped_machines(flip, plan));
    let skipped = usize::from(flip.is_other_machine);
    machines.into_iter().chain(parts.into_iter().skip(skipped)).collect::<Vec<_>>().join(", ")
}

/// `m1 for all segments`, or for each whose machine type is another one.
fn flipped_machines(flip: &FlipPlan, plan: &PlanPage) -> String {
    let called =
        |machine: &Option<String>| machine.as_ref().map_or_else(|| "no machine type".to_owned(), |it| ticked(it));
    if let [first, rest @ ..] = &flip.machines[..]
        && !rest.is_empty()
        && rest.iter().all(|machine| machine == first)
    {
        return format!("{} for all segments", called(first));
    }
    let pairs = flip.machines.iter().zip(&plan.clusters).filter(|(machine, cluster)| **machine != cluster.machine);
    let pairs: Vec<String> =
        pairs.map(|(machine, cluster)| format!("{} for {}", called(machine), segments(cluster))).collect();
    let (named, more) = pairs.split_at(pairs.len().min(NAMED));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    format!("{}{more}", named.join(", "))
}

/// What it means that an amount covers a part of the worlds.
pub(crate) const COVERS: &str =
    "Covers: the part of the worlds that needs no more; of a commitment, the part that needs all of it";

/// What is asked for: `quota: vCPUs of z4m-highmem-96`.
pub(crate) fn ask(ask: &AskPage) -> String {
    let machine = ask.machine.as_ref().map_or_else(String::new, |machine| format!(" of {}", ticked(machine)));
    format!("{}: {}{machine}", ask.clock, ask.what)
}

pub(crate) fn amount(ask: &AskPage) -> String {
    let amount = ask.amount.map_or_else(|| "?".to_owned(), grouped);
    let unit = ask.unit.as_ref().map_or_else(String::new, |unit| format!(" {unit}"));
    format!("{amount}{unit}")
}

/// Whether it is too late to ask by the day of the report. Days are written so that their order is that of their letters.
pub(crate) fn late(ask: &AskPage, today: &str) -> Option<&'static str> {
    if ask.is_late {
        Some("late")
    } else if ask.by_if_slow.as_str() < today {
        Some("late if slow")
    } else {
        None
    }
}

/// How many are late; nothing where none is.
pub(crate) fn all_late(plan: &PlanPage, today: &str) -> Option<String> {
    let count = |word: &str| plan.asks.iter().filter(|ask| late(ask, today) == Some(word)).count();
    let parts = [(count("late"), "late"), (count("late if slow"), "late if everything takes as long as it may")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, word)| format!("{count} of {} {word}", plan.asks.len())).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
