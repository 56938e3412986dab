//! The plan for customers as a value. Not here: how it looks.

use schemars::JsonSchema;
use serde::Serialize;
use twinrail_facts::{Catalog, Percentile};
use twinrail_model::unit::Usd;
use twinrail_model::{Field, Network};
use twinrail_sizing::capacity::Bound;
use twinrail_sizing::need::{AskFor, Needs, Objects, SubnetNeed};
use twinrail_sizing::plan::{ClusterPlan, CustomerPlan, Excuse, Level, Measure, Reason};
use twinrail_sizing::regret::{Part, Share};

use crate::cite::hole;

/// The plan for customers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PlanPage {
    /// First and last quarter.
    pub from: String,
    pub until: String,
    pub worlds: u32,
    /// Fewer than were asked for, as there are too many segments, quarters and machine types.
    pub is_cut: bool,
    pub seed: u64,
    /// `money`, or `nodes` where some machine type has no price.
    pub measure: String,
    pub clusters: Vec<ClusterPage>,
    /// What one cluster for all segments would take instead.
    pub pooled: Option<ClusterPage>,
    pub quarters: Vec<QuarterPage>,
    /// Inputs that move the count most, first.
    pub swings: Vec<SwingPage>,
    /// What other values of open facts change; those that change nothing are left out.
    pub flips: Vec<FlipPlan>,
    pub vips_per_node: u32,
    pub subnets: Vec<SubnetPage>,
    pub objects: Vec<ObjectsPage>,
    /// By the day, the soonest first.
    pub asks: Vec<AskPage>,
    pub notes: Vec<String>,
}

/// A cluster of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ClusterPage {
    pub segments: Vec<String>,
    /// Nothing: no machine type stores anything.
    pub machine: Option<String>,
    /// `mean`, or `p95`: how the count was chosen.
    pub level: Option<String>,
    /// What it is regretted for.
    pub regret: Vec<RegretPart>,
    /// In the plan's quarters.
    pub quarters: Vec<ClusterQuarterPage>,
    /// Where every input is at its middle, with the headroom lost: which part of each cap is used, fullest first.
    pub full: Vec<(String, f64)>,
    /// The least regretted first.
    pub alternatives: Vec<AlternativePage>,
    pub excuses: Vec<ExcusePage>,
    /// Bounds that could not be looked at, and for want of what.
    pub open: Vec<String>,
    pub notes: Vec<String>,
}

/// A part of a regret.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RegretPart {
    /// `too many`, or what is short.
    pub what: String,
    pub regret: f64,
    pub worlds: u32,
}

/// A cluster in a quarter.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ClusterQuarterPage {
    pub quarter: String,
    pub nodes: u32,
    /// Part of the worlds in which they suffice.
    pub covered: f64,
    /// Nodes by the share of worlds that they cover: `p50`, 14.
    pub covering: Vec<(String, u32)>,
    /// What asks for most nodes, and in which part of the worlds, most first.
    pub binding: Vec<(String, f64)>,
    pub usd_per_month: Option<f64>,
}

/// A machine type and level that is not chosen.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AlternativePage {
    pub machine: String,
    pub level: String,
    pub nodes: Vec<u32>,
    pub regret: f64,
    /// Why it lost: what is regretted most more, and in how many worlds.
    pub lost: Option<String>,
}

/// Why a machine type is not chosen.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ExcusePage {
    pub machine: String,
    pub reason: String,
    /// What it needs most nodes for.
    pub bound: Option<String>,
    pub worlds: u32,
}

/// All clusters in a quarter.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct QuarterPage {
    pub quarter: String,
    pub nodes: u32,
    pub covered: f64,
    pub covering: Vec<(String, u32)>,
    pub machines: Vec<(String, u32)>,
    pub usd_per_month: Option<f64>,
    /// What is missing for a price.
    pub needs_price: Option<String>,
    /// Where prices come from: `z4m-highmem-192: reported, 2026-09-08`.
    pub prices: Vec<String>,
    pub vips: u64,
    pub addresses: u64,
}

/// An input and how far it moves the plan.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SwingPage {
    pub segment: String,
    pub input: String,
    /// Nodes with it at p10, p50 and p90.
    pub nodes: [u32; 3],
    pub usd_per_month: Option<[f64; 3]>,
}

/// The plan with an open fact elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FlipPlan {
    pub fact: String,
    pub status: String,
    /// The value that the plan is made with.
    pub usual: String,
    pub value: String,
    /// Nodes by quarters, all clusters together.
    pub nodes: Vec<u32>,
    pub machines: Vec<Option<String>>,
    /// In the last quarter.
    pub usd_per_month: Option<f64>,
    pub is_other_machine: bool,
    pub is_other_count: bool,
}

/// A subnet to reserve.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SubnetPage {
    pub cluster: String,
    /// `tcp`, `tcp, secondary` for VIPs that have a range of their own, or `rdma`.
    pub rail: String,
    pub addresses: u64,
    /// Nothing: no subnet is large enough.
    pub prefix: Option<u32>,
    /// How many of this size.
    pub subnets: u32,
    pub nodes: u32,
    pub vips: u64,
    /// By which part the busiest survivor's load grows when a node is lost.
    pub overload: Option<f64>,
    pub migs: u64,
    pub placement_groups: Option<u64>,
}

/// What a mover makes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ObjectsPage {
    pub mover: String,
    /// Whether the model names it.
    pub named: bool,
    pub alias_ranges: u64,
    pub routes: Option<u64>,
    pub forwarding_rules: u64,
}

/// One thing to ask for.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct AskPage {
    /// The day to ask by.
    pub by: String,
    /// The same if everything takes as long as it may.
    pub by_if_slow: String,
    /// That day is over.
    pub is_late_if_slow: bool,
    /// Of a quota, the name under which it is asked for.
    pub metric: Option<String>,
    pub not_before: Option<String>,
    pub is_late: bool,
    /// `quota`, `reservation` or `commitment`.
    pub clock: String,
    pub what: String,
    pub machine: Option<String>,
    pub amount: Option<u64>,
    pub unit: Option<String>,
    pub quarter: String,
    /// Part of the worlds that need no more.
    pub covered: f64,
}

/// The value.
pub(super) fn page(network: &Network, catalog: &Catalog, plan: &CustomerPlan, today: &str) -> PlanPage {
    let making = Making { network, catalog, plan };
    let last = plan.quarters.last().map_or(plan.from, |quarter| quarter.quarter);
    PlanPage {
        from: plan.from.to_string(),
        until: last.to_string(),
        worlds: plan.worlds,
        is_cut: plan.is_cut,
        seed: plan.seed,
        measure: match plan.measure {
            Measure::Money => "money",
            Measure::Nodes => "nodes",
        }
        .to_owned(),
        clusters: plan.clusters.iter().map(|cluster| making.cluster(cluster)).collect(),
        pooled: plan.pooled.as_ref().map(|cluster| making.cluster(cluster)),
        quarters: making.quarters(),
        swings: making.swings(),
        flips: flips(catalog, plan),
        vips_per_node: plan.needs.vips_per_node,
        subnets: subnets(&plan.needs),
        objects: plan.needs.objects.iter().map(|objects| object(objects, &plan.needs)).collect(),
        asks: plan.needs.asks.iter().map(|asked| ask(asked, today)).collect(),
        notes: making.notes(),
    }
}

/// Alternatives that are told of one cluster.
const ALTERNATIVES: usize = 8;

struct Making<'m> {
    network: &'m Network,
    catalog: &'m Catalog,
    plan: &'m CustomerPlan,
}

fn level(level: Level) -> String {
    match level {
        Level::Mean => "mean".to_owned(),
        Level::Covers(share) => percentile(share),
    }
}

fn percentile(share: Percentile) -> String {
    format!("p{}", share.share() * 100.0)
}

fn part(part: Part) -> String {
    match part {
        Part::Over => "too many".to_owned(),
        Part::Short(bound) => format!("too little {}", bound.word()),
    }
}

fn parts(shares: &[Share]) -> Vec<RegretPart> {
    let page = |share: &Share| RegretPart { what: part(share.part), regret: share.regret, worlds: share.worlds };
    shares.iter().map(page).collect()
}

fn dollars(usd: &Field<Usd>) -> Option<f64> {
    usd.as_ref().ok().map(|usd| usd.get())
}

impl Making<'_> {
    fn cluster(&self, cluster: &ClusterPlan) -> ClusterPage {
        let chosen = cluster.chosen.as_ref();
        let alternatives = cluster.alternatives.iter().take(ALTERNATIVES).map(|other| AlternativePage {
            machine: other.machine.clone(),
            level: level(other.level),
            nodes: other.nodes.clone(),
            regret: other.regret,
            lost: other
                .lost
                .map(|(what, worlds)| format!("{}, in {worlds} of {} worlds", part(what), self.plan.worlds)),
        });
        let mut full: Vec<(String, f64)> = chosen
            .iter()
            .flat_map(|chosen| &chosen.full)
            .map(|(bound, part)| (bound.word().to_owned(), *part))
            .collect();
        full.sort_by(|a, b| b.1.total_cmp(&a.1));
        let open = cluster.open.iter().map(|(bound, missing)| {
            let needs =
                missing.as_ref().map_or_else(|| "`sizing.metadata-per-node`".to_owned(), |it| hole(self.network, it));
            format!("{}: needs {needs}", bound.word())
        });
        let mut notes = Vec::new();
        if cluster.is_beyond_parity {
            notes.push(
                "its headroom is more than a stripe can lose: data is gone before the demand is not met".to_owned(),
            );
        }
        ClusterPage {
            segments: cluster.segments.iter().map(|name| name.short().to_owned()).collect(),
            machine: chosen.map(|chosen| chosen.machine.clone()),
            level: chosen.map(|chosen| level(chosen.level)),
            regret: chosen.map(|chosen| parts(&chosen.parts)).unwrap_or_default(),
            quarters: self.cluster_quarters(cluster),
            full,
            alternatives: alternatives.collect(),
            excuses: cluster.excuses.iter().map(|excuse| self.excuse(excuse)).collect(),
            open: open.collect(),
            notes,
        }
    }

    fn cluster_quarters(&self, cluster: &ClusterPlan) -> Vec<ClusterQuarterPage> {
        let worlds = f64::from(self.plan.worlds.max(1));
        let quarters = cluster.chosen.iter().flat_map(|chosen| &chosen.quarters);
        let pages = quarters.zip(&self.plan.quarters).map(|(quarter, whole)| {
            let mut binding: Vec<(Bound, u32)> = quarter.binding.clone();
            binding.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            ClusterQuarterPage {
                quarter: whole.quarter.to_string(),
                nodes: quarter.nodes,
                covered: quarter.covered,
                covering: quarter.covering.iter().map(|(share, nodes)| (percentile(*share), *nodes)).collect(),
                binding: binding
                    .into_iter()
                    .map(|(bound, count)| (bound.word().to_owned(), f64::from(count) / worlds))
                    .collect(),
                usd_per_month: dollars(&quarter.usd_per_month),
            }
        });
        pages.collect()
    }

    fn excuse(&self, excuse: &Excuse) -> ExcusePage {
        let reason = match &excuse.reason {
            Reason::UnknownLocalSsd(missing) => format!("{}: {}", excuse.reason.word(), hole(self.network, missing)),
            other => other.word().to_owned(),
        };
        let bound = excuse.bound.map(|bound| bound.word().to_owned());
        ExcusePage { machine: excuse.machine.clone(), reason, bound, worlds: excuse.worlds }
    }

    fn quarters(&self) -> Vec<QuarterPage> {
        let quarters = self.plan.quarters.iter().zip(&self.plan.needs.quarters).map(|(quarter, needs)| QuarterPage {
            quarter: quarter.quarter.to_string(),
            nodes: quarter.nodes,
            covered: quarter.covered,
            covering: quarter.covering.iter().map(|(share, nodes)| (percentile(*share), *nodes)).collect(),
            machines: quarter.machines.clone(),
            usd_per_month: dollars(&quarter.usd_per_month),
            needs_price: quarter.usd_per_month.as_ref().err().map(|missing| hole(self.network, missing)),
            prices: quarter
                .prices
                .iter()
                .map(|(machine, price)| match price {
                    Some(price) => {
                        let guess = if self.catalog.fact(price.fact).values.len() > 1 {
                            ", the likeliest of several values"
                        } else {
                            ""
                        };
                        format!("{machine}: {}{guess}, {}", price.status.word(), price.date)
                    }
                    None => format!("{machine}: no price"),
                })
                .collect(),
            vips: needs.vips,
            addresses: needs.addresses,
        });
        quarters.collect()
    }

    fn swings(&self) -> Vec<SwingPage> {
        let swings = self.plan.swings.iter().map(|swing| SwingPage {
            segment: swing.segment.short().to_owned(),
            input: swing.input.word().to_owned(),
            nodes: swing.nodes,
            usd_per_month: swing.usd_per_hour.as_ref().ok().map(|usd| usd.map(|usd| usd.month().get())),
        });
        swings.collect()
    }

    fn notes(&self) -> Vec<String> {
        let shortage = self.network.load.sizing.shortage.map_or_else(
            || "as `sizing.regret-*` of the catalog weighs it".to_owned(),
            |shortage| format!("{shortage} times as much as too much"),
        );
        let mut notes = vec![format!("too little is regretted {shortage}; `sizing.shortage` says how much")];
        for name in &self.plan.without_code {
            notes.push(format!(
                "`{}` is not planned: neither it nor the workload says how data is protected",
                name.short()
            ));
        }
        for machine in &self.plan.not_in_catalog {
            notes.push(format!("`{machine}` is not compared: the catalog does not have it"));
        }
        if self.network.load.demand.iter().any(|demand| demand.clients.is_some()) {
            notes.push("`clients` of a demand bound nothing: no subnet and no cap of theirs is sized".to_owned());
        }
        if !self.network.load.suites.is_empty() {
            notes.push("what to ask for is for customers alone: the test farm comes on top".to_owned());
        }
        if self.plan.flips.len() > 1 {
            notes.push(
                "open facts are changed one at a time, though some go together, as their notes say: size and price of one shape"
                    .to_owned(),
            );
        }
        if self.plan.measure == Measure::Nodes {
            notes.push("some machine type has no price: plans are compared by nodes".to_owned());
        }
        if self.plan.is_cut {
            notes.push(format!(
                "only {} worlds: there are too many segments, quarters and machine types for more",
                self.plan.worlds
            ));
        }
        notes
    }
}

fn flips(catalog: &Catalog, plan: &CustomerPlan) -> Vec<FlipPlan> {
    let flips = plan.flips.iter().filter(|flip| flip.is_other_machine || flip.is_other_count || flip.is_other_cost);
    let pages = flips.map(|flip| {
        let fact = catalog.fact(flip.fact);
        FlipPlan {
            fact: fact.id.clone(),
            status: fact.status.word().to_owned(),
            usual: fact.values[0].value.to_string(),
            value: fact.values[usize::from(flip.value)].value.to_string(),
            nodes: flip.nodes.clone(),
            machines: flip.machines.clone(),
            usd_per_month: dollars(&flip.usd_per_month),
            is_other_machine: flip.is_other_machine,
            is_other_count: flip.is_other_count,
        }
    });
    pages.collect()
}

fn object(objects: &Objects, needs: &Needs) -> ObjectsPage {
    ObjectsPage {
        mover: objects.mover.word().to_owned(),
        named: needs.mover == Some(objects.mover),
        alias_ranges: objects.alias_ranges,
        routes: objects.routes.as_ref().ok().copied(),
        forwarding_rules: objects.forwarding_rules,
    }
}

fn ask(ask: &AskFor, today: &str) -> AskPage {
    AskPage {
        by: ask.by.to_string(),
        by_if_slow: ask.by_if_slow.to_string(),
        // Days are written so that their order is that of the texts.
        is_late_if_slow: ask.by_if_slow.to_string().as_str() < today,
        metric: ask.metric.clone(),
        not_before: ask.not_before.map(|day| day.to_string()),
        is_late: ask.is_late,
        clock: ask.clock.word().to_owned(),
        what: ask.resource.word().to_owned(),
        machine: ask.machine.clone(),
        amount: ask.amount.as_ref().ok().copied(),
        unit: ask.resource.unit().map(ToOwned::to_owned),
        quarter: ask.quarter.to_string(),
        covered: ask.covered,
    }
}

/// Subnets of each cluster, by rail.
fn subnets(needs: &Needs) -> Vec<SubnetPage> {
    let mut pages = Vec::new();
    for cluster in &needs.clusters {
        let names: Vec<&str> = cluster.segments.iter().map(twinrail_model::Name::short).collect();
        let mut page = |rail: &str, need: &SubnetNeed, has_vips: bool| {
            pages.push(SubnetPage {
                cluster: names.join(", "),
                rail: rail.to_owned(),
                addresses: need.addresses,
                prefix: need.prefix,
                subnets: need.subnets,
                nodes: cluster.nodes,
                vips: if has_vips { cluster.vips } else { 0 },
                overload: cluster.overload.filter(|_| has_vips),
                migs: cluster.migs,
                placement_groups: cluster.placement_groups.as_ref().ok().copied(),
            });
        };
        page("tcp", &cluster.tcp, cluster.vip_range.is_none());
        if let Some(range) = &cluster.vip_range {
            page("tcp, secondary", range, true);
        }
        if let Ok(Some(rdma)) = &cluster.rdma {
            page("rdma", rdma, false);
        }
    }
    pages
}
