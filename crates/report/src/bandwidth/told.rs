//! What several renderers say of bandwidth in the same words: who gets how much, which limits are full, what an open fact flips. Not here: how it looks.

use super::text::{gbps, hours, number};
use super::{
    AloneFact, AloneValue, Bandwidth, BandwidthRow, BandwidthVerdict, FlowPage, LoadPage, NodePage, RebuildPage,
    SystemBandwidth,
};
use crate::FactCitation;
use crate::words::{counted, grouped};

/// A load from this part of its cap on is said to fill it: shares are rounded.
const FULL: f64 = 0.9995;

/// Limits that have a column of their own; further ones are with each condition.
const COLUMNS: usize = 9;

/// What comes before what.
const KINDS: [&str; 3] = ["read", "write", "checkpoint"];

/// What flows get together, in Gbps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Got {
    pub asked: f64,
    pub achieved: f64,
    /// Over all worlds that were looked at.
    pub least: f64,
    pub most: f64,
}

impl Got {
    /// Nothing, where there are no flows.
    pub(crate) fn of<'f>(flows: impl Iterator<Item = &'f FlowPage>) -> Option<Self> {
        flows
            .map(|flow| Self {
                asked: flow.asked_gbps,
                achieved: flow.achieved_gbps,
                least: flow.range_gbps.0,
                most: flow.range_gbps.1,
            })
            .reduce(|sum, one| Self {
                asked: sum.asked + one.asked,
                achieved: sum.achieved + one.achieved,
                least: sum.least + one.least,
                most: sum.most + one.most,
            })
    }

    /// `371 of 400`
    pub(crate) fn share(&self) -> String {
        let (asked, achieved) = (number(self.asked), number(self.achieved));
        if asked == achieved { achieved } else { format!("{achieved} of {asked}") }
    }

    /// `282 to 400`, where worlds differ.
    pub(crate) fn range(&self) -> Option<String> {
        let (least, most) = (number(self.least), number(self.most));
        (least != most).then(|| format!("{least} to {most}"))
    }

    /// `371 of 400 (282 to 400)`
    pub(crate) fn words(&self) -> String {
        match self.range() {
            Some(range) => format!("{} ({range})", self.share()),
            None => self.share(),
        }
    }

    /// `371 of 400 Gbps (282 to 400)`
    pub(crate) fn rated(&self) -> String {
        match self.range() {
            Some(range) => format!("{} Gbps ({range})", self.share()),
            None => format!("{} Gbps", self.share()),
        }
    }

    /// The verdict on it alone: `enough` in all worlds, `not enough` in all, or `depends`.
    pub(crate) fn verdict(&self) -> &'static str {
        match (number(self.asked) == number(self.least), number(self.asked) == number(self.most)) {
            (true, _) => "enough",
            (false, true) => "depends",
            (false, false) => "not enough",
        }
    }

    /// The part of what is asked for.
    pub(crate) fn part(&self, rate: f64) -> f64 {
        if self.asked > 0.0 { rate / self.asked } else { 1.0 }
    }
}

/// What flows of a kind get under a condition.
pub(crate) fn got(row: &BandwidthRow, kind: &str) -> Option<Got> {
    Got::of(row.flows.iter().filter(|flow| flow.kind == kind))
}

/// The kinds of flows of a cluster.
pub(crate) fn kinds(system: &SystemBandwidth) -> Vec<&str> {
    let flows = system.rows.iter().flat_map(|row| &row.flows).map(|flow| flow.kind.as_str());
    let mut kinds: Vec<&str> = flows.collect();
    kinds.sort_by_key(|kind| (KINDS.iter().position(|known| known == kind).unwrap_or(KINDS.len()), *kind));
    kinds.dedup();
    kinds
}

/// `6.0 h (1.5 h to 6.0 h)`
pub(crate) fn rebuild(rebuild: &RebuildPage) -> String {
    let time = |time: Option<f64>| time.map_or_else(|| "never".to_owned(), hours);
    let (quick, slow) = (time(rebuild.range_hours.0), time(rebuild.range_hours.1));
    let shown = time(rebuild.hours);
    if quick == slow { shown } else { format!("{shown} ({quick} to {slow})") }
}

/// Whether a rebuild takes longer than the model allows, with the first value of every open fact.
pub(crate) fn is_late(rebuild: &RebuildPage) -> bool {
    rebuild.within_hours.is_some_and(|within| rebuild.hours.is_none_or(|hours| hours > within))
}

/// `4 h are allowed`
pub(crate) fn allowed(rebuild: &RebuildPage) -> Option<String> {
    rebuild.within_hours.map(|within| format!("{} allowed", hours(within)))
}

/// Whether there is any figure, of which caveats could speak.
pub(crate) fn is_looked_at(bandwidth: &Bandwidth) -> bool {
    !(bandwidth.systems.is_empty() && bandwidth.intents.is_empty())
}

/// A condition in full.
pub(crate) fn title(row: &BandwidthRow) -> String {
    if row.rebuilds { format!("{}, and a rebuild", row.condition) } else { row.condition.clone() }
}

/// A condition in full, with the cluster where there are several.
pub(crate) fn titled(bandwidth: &Bandwidth, system: &SystemBandwidth, row: &BandwidthRow) -> String {
    if bandwidth.systems.len() > 1 { format!("{}: {}", system.cluster, title(row)) } else { title(row) }
}

/// What keeps flows from what they ask for, each limit once; nothing where all get it.
pub(crate) fn held_back(row: &BandwidthRow) -> Option<String> {
    if let Some(lost) = row.notes.iter().find(|note| note.starts_with("data cannot be read")) {
        return Some(lost.clone());
    }
    let mut bounds: Vec<&str> = Vec::new();
    for bound in row.flows.iter().filter_map(|flow| flow.bound.as_deref()) {
        if !bounds.contains(&bound) {
            bounds.push(bound);
        }
    }
    let unequal =
        row.flows.iter().any(|flow| flow.worst_part + UNEQUAL < flow.achieved_gbps / flow.asked_gbps.max(UNEQUAL));
    let worst = row.flows.iter().map(|flow| flow.worst_part).fold(1.0, f64::min);
    let worst = if unequal { format!("; some get {:.0} %", worst * 100.0) } else { String::new() };
    (!bounds.is_empty()).then(|| format!("bound by {}{worst}", bounds.join(" and ")))
}

/// Parts that differ by less are told as one.
const UNEQUAL: f64 = 0.01;

/// The load that is nearest to its cap on any node.
pub(crate) fn fullest(row: &BandwidthRow) -> Option<&LoadPage> {
    row.nodes.iter().flat_map(|node| &node.loads).max_by(|a, b| a.part().total_cmp(&b.part()))
}

/// The load that is nearest to a limit's cap on any node.
pub(crate) fn fullest_of<'r>(row: &'r BandwidthRow, limit: &str) -> Option<&'r LoadPage> {
    let loads = row.nodes.iter().flat_map(|node| &node.loads).filter(|load| load.limit == limit);
    loads.max_by(|a, b| a.part().total_cmp(&b.part()))
}

/// `63 %`; what is not full is never said to be.
pub(crate) fn percent(load: &LoadPage) -> String {
    if is_full(load) { "100 %".to_owned() } else { format!("{:.0} %", (load.part() * 100.0).min(99.0)) }
}

/// `physical NIC 1, in: 63 %`
pub(crate) fn filled(load: &LoadPage) -> String {
    format!("{}: {}", load.limit, percent(load))
}

/// `126 of 200 Gbps`
pub(crate) fn load(load: &LoadPage) -> String {
    format!("{} of {}", number(load.load_gbps), gbps(load.cap_gbps))
}

pub(crate) fn is_full(load: &LoadPage) -> bool {
    load.part() >= FULL
}

/// Whether a full limit is what keeps somebody from more.
pub(crate) fn binds(row: &BandwidthRow, load: &LoadPage) -> bool {
    let bounds = row.flows.iter().filter_map(|flow| flow.bound.as_ref());
    is_full(load) && bounds.chain(row.rebuild.as_ref().map(|rebuild| &rebuild.bound)).any(|bound| *bound == load.limit)
}

/// `each of 4 such as vault-02, 5 VIPs`, with the name between ticks.
pub(crate) fn who(node: &NodePage) -> String {
    let name = crate::failover::told::ticked(&node.node);
    let vips = counted(usize::try_from(node.vips).unwrap_or(usize::MAX), "VIP");
    match node.count {
        1 => format!("{name}, {vips}"),
        count => format!("each of {} such as {name}, {vips}", grouped(u64::from(count))),
    }
}

/// Limits of a cluster, in the order of a node: those that have a column, then those that are less full than all of these.
pub(crate) fn limits(system: &SystemBandwidth) -> (Vec<&str>, Vec<&str>) {
    let mut limits: Vec<(&str, f64)> = Vec::new();
    for load in system.rows.iter().flat_map(|row| &row.nodes).flat_map(|node| &node.loads) {
        match limits.iter_mut().find(|(limit, _)| *limit == load.limit) {
            Some((_, most)) => *most = most.max(load.part()),
            None => limits.push((&load.limit, load.part())),
        }
    }
    let mut parts: Vec<f64> = limits.iter().map(|(_, part)| *part).collect();
    parts.sort_by(|a, b| b.total_cmp(a));
    let least = parts.get(COLUMNS - 1).copied().unwrap_or(0.0);
    let (mut shown, mut others): (Vec<_>, Vec<_>) = limits.into_iter().partition(|(_, part)| *part >= least);
    others.splice(0..0, shown.drain(COLUMNS.min(shown.len())..));
    (names(shown), names(others))
}

fn names(limits: Vec<(&str, f64)>) -> Vec<&str> {
    limits.into_iter().map(|(limit, _)| limit).collect()
}

/// How many conditions have which verdict, and what fills first.
pub(crate) fn lead(system: &SystemBandwidth) -> String {
    let all = system.rows.len();
    let enough = system.rows.iter().filter(|row| row.verdict == "enough").count();
    if all == 0 {
        return "No condition was looked at.".to_owned();
    }
    let mut parts = vec![if enough == all {
        format!(
            "Enough in every world under {}",
            if all == 1 { "the one condition".to_owned() } else { format!("all {all} conditions") }
        )
    } else {
        format!("Enough in every world under {enough} of {}", counted(all, "condition"))
    }];
    parts.extend(others(&system.rows.iter().collect::<Vec<_>>()));
    format!("{}. {}", parts.join("; "), first_full(system))
}

fn counts(rows: &[&BandwidthRow], verdict: &str) -> usize {
    rows.iter().filter(|row| row.verdict == verdict).count()
}

/// `not enough under 2; 3 depend on facts that nobody has confirmed`
pub(crate) fn others(rows: &[&BandwidthRow]) -> Vec<String> {
    let mut parts = Vec::new();
    let [not, depends, hit] = ["not enough", "depends", "bound-hit"].map(|verdict| counts(rows, verdict));
    if not > 0 {
        parts.push(format!("not enough under {not}"));
    }
    match depends {
        0 => {}
        1 => parts.push("1 depends on facts that nobody has confirmed".to_owned()),
        several => parts.push(format!("{several} depend on facts that nobody has confirmed")),
    }
    if hit > 0 {
        parts.push(format!("{hit} not seen in all worlds"));
    }
    let undecided = rows.len() - counts(rows, "enough") - not - depends - hit;
    if undecided > 0 {
        parts.push(format!("{undecided} undecided"));
    }
    parts
}

/// The first condition under which a limit is full; or how full the fullest is.
fn first_full(system: &SystemBandwidth) -> String {
    let fullest = || system.rows.iter().filter_map(|row| Some((row, fullest(row)?)));
    if let Some((row, load)) = fullest().find(|(_, load)| is_full(load)) {
        // Of several full ones that which keeps somebody from more.
        let loads = row.nodes.iter().flat_map(|node| &node.loads);
        let load = loads.clone().find(|load| binds(row, load)).unwrap_or(load);
        return format!("First full is {}: {}.", load.limit, title(row));
    }
    let most = fullest().max_by(|a, b| a.1.part().total_cmp(&b.1.part()));
    most.map_or_else(String::new, |(row, load)| {
        format!("Nothing is full; the fullest is {}, {}.", filled(load), title(row))
    })
}

/// `12 z4m-highmem-192, 8+2, 2 hops; asked: gpu read 400 Gbps`, with names between ticks.
pub(crate) fn setting(system: &SystemBandwidth) -> String {
    let ticked = crate::failover::told::ticked;
    let hops = counted(usize::from(system.hops), "hop");
    let code = system.code.as_ref().map_or_else(|| "stored once".to_owned(), |code| format!("{code}, {hops}"));
    let asked =
        system.asked.iter().map(|asked| format!("{} {} {}", ticked(&asked.clients), asked.kind, gbps(asked.gbps)));
    let asked: Vec<String> = asked.collect();
    let asked = if asked.is_empty() { "nothing".to_owned() } else { asked.join(", ") };
    format!("{} {}, {code}; asked of it: {asked}", grouped(system.nodes), ticked(&system.machine))
}

/// A value of an open fact that alone changes a verdict.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flip<'b> {
    pub value: &'b str,
    /// Conditions whose verdict it changes, with what comes of it.
    pub rows: Vec<(&'b BandwidthRow, &'b AloneValue)>,
}

/// An open fact on which verdicts hang, and the values that flip them alone; none: only together with others.
pub(crate) fn flips(system: &SystemBandwidth) -> Vec<(&FactCitation, Vec<Flip<'_>>)> {
    let mut deciding: Vec<&FactCitation> = Vec::new();
    for fact in system.rows.iter().flat_map(|row| &row.deciding) {
        if !deciding.iter().any(|known| known.id == fact.id) {
            deciding.push(fact);
        }
    }
    deciding.sort_by(|a, b| a.id.cmp(&b.id));
    deciding.into_iter().map(|fact| (fact, flips_of(system, fact))).collect()
}

fn flips_of<'b>(system: &'b SystemBandwidth, fact: &FactCitation) -> Vec<Flip<'b>> {
    let mut flips: Vec<Flip<'b>> = Vec::new();
    for row in &system.rows {
        for value in flipping(&row.alone, &fact.id) {
            match flips.iter_mut().find(|flip| flip.value == value.value) {
                Some(flip) => flip.rows.push((row, value)),
                None => flips.push(Flip { value: &value.value, rows: vec![(row, value)] }),
            }
        }
    }
    flips
}

/// Values of a fact whose answer is not that of its first one.
fn flipping<'b>(alone: &'b [AloneFact], id: &str) -> impl Iterator<Item = &'b AloneValue> {
    let fact = alone.iter().find(|alone| alone.fact == id);
    let first = fact.and_then(|fact| fact.values.first()).map(|value| value.answer.as_str());
    let values = fact.map(|fact| fact.values.as_slice()).unwrap_or_default();
    values.iter().filter(move |value| Some(value.answer.as_str()) != first)
}

/// How a fact alone changes an answer: `not enough if it is 10`; nothing, if it does so only with others.
pub(crate) fn changed(alone: &[AloneFact], id: &str) -> Option<String> {
    let values = flipping(alone, id).map(|value| format!("{} if it is {}", value.answer, value.value));
    let values: Vec<String> = values.collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// What an intent comes to in the world in which every open fact has its first value.
pub(crate) fn least(intent: &BandwidthVerdict) -> Option<String> {
    let (least, case) = (intent.least_gbps?, intent.case.as_ref()?);
    let bound = intent.bound.as_ref().map(|bound| format!(", bound by {bound}")).unwrap_or_default();
    let cases = counted(intent.cases, "case");
    if let Some(beyond) = &intent.beyond_code {
        return Some(format!("with {case}: {beyond}; {cases} looked at"));
    }
    if intent.bound.is_none() && intent.cases > 1 {
        return Some(format!("{} in each of {cases}", gbps(least)));
    }
    Some(format!("at least {} with {case}{bound}; {cases} looked at", gbps(least)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(kind: &str, asked: f64, achieved: f64, range: (f64, f64)) -> FlowPage {
        FlowPage {
            clients: "gpu".to_owned(),
            kind: kind.to_owned(),
            asked_gbps: asked,
            achieved_gbps: achieved,
            range_gbps: range,
            bound: None,
            worst_part: 1.0,
        }
    }

    fn load(limit: &str, load_gbps: f64, cap_gbps: f64) -> LoadPage {
        LoadPage { limit: limit.to_owned(), load_gbps, cap_gbps }
    }

    fn row(flows: Vec<FlowPage>, loads: Vec<LoadPage>) -> BandwidthRow {
        let nodes = vec![NodePage { node: "a".to_owned(), count: 1, vips: 1, loads }];
        BandwidthRow { condition: "everything up".to_owned(), flows, nodes, ..BandwidthRow::default() }
    }

    #[test]
    fn flows_of_a_kind_are_added() {
        let row = row(
            vec![
                flow("read", 100.0, 80.0, (60.0, 100.0)),
                flow("read", 50.0, 50.0, (40.0, 50.0)),
                flow("write", 9.0, 9.0, (9.0, 9.0)),
            ],
            Vec::new(),
        );
        let reads = got(&row, "read").expect("there are reads");
        assert_eq!((reads.words(), reads.verdict()), ("130 of 150 (100 to 150)".to_owned(), "depends"));
        let writes = got(&row, "write").expect("there are writes");
        assert_eq!((writes.words(), writes.verdict()), ("9".to_owned(), "enough"));
        assert_eq!(got(&row, "checkpoint"), None);
    }

    #[test]
    fn only_what_is_full_is_a_hundred() {
        assert_eq!(percent(&load("", 199.0, 200.0)), "99 %");
        assert_eq!(percent(&load("", 199.8, 200.0)), "99 %", "0.999 of a cap is not all of it");
        assert_eq!(percent(&load("", 199.99, 200.0)), "100 %");
        assert_eq!(percent(&load("", 0.0, 200.0)), "0 %");
    }

    #[test]
    fn a_full_limit_binds_only_if_somebody_gets_less() {
        let mut row =
            row(vec![flow("read", 100.0, 80.0, (80.0, 80.0))], vec![load("in", 10.0, 10.0), load("out", 10.0, 10.0)]);
        row.flows[0].bound = Some("out".to_owned());
        let loads = &row.nodes[0].loads;
        assert!(!binds(&row, &loads[0]) && binds(&row, &loads[1]));
    }

    #[test]
    fn the_fullest_limits_have_columns_in_the_order_of_a_node() {
        // Twelve limits, limit i filled by i of 12: those below 4 of 12 have none.
        let names: Vec<String> = (1..=12).map(|place| format!("limit {place}")).collect();
        let loads = names.iter().zip(1..).map(|(name, place)| load(name, f64::from(place), 12.0)).collect();
        let system = SystemBandwidth { rows: vec![row(Vec::new(), loads)], ..SystemBandwidth::default() };
        let (shown, others) = limits(&system);
        assert_eq!(shown, names[3..].iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(others, names[..3].iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn of_equally_full_limits_no_more_than_fit_have_columns() {
        let loads = (0..COLUMNS + 3).map(|place| load(&format!("limit {place}"), 1.0, 1.0)).collect();
        let system = SystemBandwidth { rows: vec![row(Vec::new(), loads)], ..SystemBandwidth::default() };
        let (shown, others) = limits(&system);
        assert_eq!((shown.len(), others.len()), (COLUMNS, 3));
    }

    #[test]
    fn a_fact_flips_where_its_answer_differs_from_that_of_the_first_value() {
        let value = |value: &str, answer: &str| AloneValue {
            value: value.to_owned(),
            answer: answer.to_owned(),
            figures: String::new(),
        };
        let alone = [AloneFact {
            fact: "a.b".to_owned(),
            values: vec![value("50", "enough"), value("10", "not enough"), value("200", "enough")],
        }];
        assert_eq!(changed(&alone, "a.b").as_deref(), Some("not enough if it is 10"));
        assert_eq!(changed(&alone, "c.d"), None);
    }
}
