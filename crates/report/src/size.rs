//! How many, as a value: the test farm, and the plan for customers. [`Size`] is the JSON of `twinrail size`. Not here: how either is worked out, which `sizing`
//! does.

mod farm;
mod plan;
pub(crate) mod text;
pub(crate) mod told;

use std::collections::BTreeSet;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use twinrail_facts::{Catalog, FactId};
use twinrail_intake::Loaded;
use twinrail_sizing::farm::{FarmStudy, NotDrawn, Schedule};
use twinrail_sizing::plan::{CustomerPlan, Missing};

pub use farm::{
    BarPage, CurvePage, ElsewherePage, ErlangPage, FarmPage, FarmSize, JobFare, OfferedJob, SchedulePage, SpotPage,
    SuiteFare,
};
pub use plan::{
    AlternativePage, AskPage, ClusterPage, ClusterQuarterPage, ExcusePage, FlipPlan, ObjectsPage, PlanPage,
    QuarterPage, RegretPart, SubnetPage, SwingPage,
};
pub use text::size_text;

use crate::FactCitation;
use crate::cite::citation;

/// How many instances, addresses and quota.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Size {
    /// Version of this form. A change that a reader could notice makes a new one.
    pub version: u32,
    /// Name and version of the program.
    pub tool: String,
    pub inputs: Vec<String>,
    /// The day from which days are counted.
    pub date: String,
    /// Nothing where the model has no `tests`.
    pub farm: Option<FarmPage>,
    /// Nothing where there is no plan.
    pub plan: Option<PlanPage>,
    /// Why there is no plan, where there is `demand`.
    pub no_plan: Option<String>,
    /// Every fact that was read, in the order of their ids.
    pub facts: Vec<FactCitation>,
    /// What the figures do not say.
    pub caveats: Vec<String>,
}

/// What a size is told of.
#[derive(Debug)]
pub struct Sized<'s> {
    pub date: String,
    pub farm: Option<&'s FarmStudy>,
    /// A week of each farm that was looked at.
    pub schedules: &'s [(u32, Result<Schedule, NotDrawn>)],
    /// Nothing where the model has no `demand`.
    pub plan: Option<&'s Result<CustomerPlan, Missing>>,
    /// Facts that the farm was looked at with.
    pub farm_reads: &'s [FactId],
}

/// The value of a farm and a plan.
pub fn size(loaded: &Loaded, catalog: &Catalog, sized: &Sized<'_>) -> Size {
    let load = &loaded.network.load;
    let mut facts: BTreeSet<FactId> = sized.farm_reads.iter().copied().collect();
    if let Some(Ok(plan)) = sized.plan {
        facts.extend(plan.reads.iter().copied());
    }
    let mut facts: Vec<FactCitation> = facts.into_iter().map(|id| citation(catalog, id)).collect();
    facts.sort_by(|a, b| a.id.cmp(&b.id));
    Size {
        version: 1,
        tool: format!("twinrail {}", env!("CARGO_PKG_VERSION")),
        inputs: loaded.origins.sources().map(|source| loaded.origins.path(source).to_owned()).collect(),
        date: sized.date.clone(),
        farm: sized.farm.map(|study| farm::page(load, study, sized.schedules)),
        plan: sized
            .plan
            .and_then(|plan| plan.as_ref().ok())
            .map(|plan| plan::page(&loaded.network, catalog, plan, &sized.date)),
        no_plan: sized.plan.and_then(|plan| plan.as_ref().err()).map(|missing| missing_words(*missing).to_owned()),
        facts,
        caveats: caveats(sized),
    }
}

fn missing_words(missing: Missing) -> &'static str {
    match missing {
        Missing::Demand => "`demand` in the model file",
        Missing::Machine => "a cluster, or machine types in `sizing.machines`",
        Missing::Code => "`code` in a demand or in `workload`: how data is protected",
        Missing::Quarters => {
            "an end that is not before the beginning: see `sizing.from`, `sizing.until` and the quarters of `demand`"
        }
    }
}

fn caveats(sized: &Sized<'_>) -> Vec<String> {
    let mut caveats = Vec::new();
    if sized.farm.is_some() {
        caveats.push(
            "farm: boot and teardown count only if they are in `duration`; no instance fails, and jobs are served in the order in which they come".to_owned(),
        );
    }
    if let Some(Ok(_)) = sized.plan {
        caveats.push(
            "plan: list prices on demand without discounts; amounts are all that must be there, and what you have already is not taken off".to_owned(),
        );
    }
    caveats
}

/// Writes the value as JSON.
pub fn size_json(size: &Size, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, size)?;
    writeln!(out)
}

/// The JSON Schema of the value.
pub fn size_schema() -> Value {
    schemars::schema_for!(Size).to_value()
}
