//! `twinrail size`: the test farm, and the plan for customers. Not here: how they are worked out, and how they are told.

use std::io::Write as _;

use twinrail_facts::{Catalog, Date, FactId, Facts, Number};
use twinrail_intake::Loaded;
use twinrail_model::Platform;
use twinrail_report::{Size, Sized, TextOptions};
use twinrail_sizing::farm::{self, FarmStudy, NotDrawn, Schedule, look, schedule};
use twinrail_sizing::plan::{CustomerPlan, Missing, Question, plan};

use crate::call::{self, PlainFormat};
use crate::check::{Understood, day, is_coloured, understand};
use crate::progress::Progress;
use crate::{Outcome, exit};

/// Sizes of a farm that are looked at where the model names none.
const USUAL_FARMS: [u32; 3] = [10, 20, 30];

/// Worlds of demand that are drawn if nobody says how many.
pub(crate) const USUAL_WORLDS: u32 = 1_000;

pub(crate) fn size(call: &call::Size) -> Outcome {
    let today = day(call.today.as_deref())?;
    let Understood { loaded, catalog, expired } = understand(&call.inputs, &call.facts, today)?;
    for over in &expired {
        anstream::eprintln!("warning: what is said of `{}` has expired, and is not used", over.id);
    }
    let asked = Asked { today, worlds: call.worlds, seed: call.seed };
    let value = value(&loaded, &catalog, asked);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        PlainFormat::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
            twinrail_report::size_text(&value, options, &mut out)?;
        }
        PlainFormat::Json => twinrail_report::size_json(&value, &mut out)?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

/// How a size is worked out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub today: Date,
    pub worlds: u32,
    pub seed: u64,
}

/// Looks at the farm and plans for customers, as far as the model has either.
pub(crate) fn value(loaded: &Loaded, catalog: &Catalog, asked: Asked) -> Size {
    let at_work = Progress::new("sizing");
    let load = &loaded.network.load;
    let farm = (!load.suites.is_empty()).then(|| farm(loaded, catalog, asked.seed));
    let platform = Platform::new(catalog);
    let question = Question { worlds: asked.worlds, seed: asked.seed, today: asked.today };
    let plan: Option<Result<CustomerPlan, Missing>> =
        (!load.demand.is_empty()).then(|| plan(load, &loaded.network, &platform, catalog, &question));
    drop(at_work);
    let sized = Sized {
        date: asked.today.to_string(),
        farm: farm.as_ref().map(|farm| &farm.study),
        schedules: farm.as_ref().map_or(&[], |farm| &farm.schedules),
        plan: plan.as_ref(),
        farm_reads: farm.as_ref().map_or(&[], |farm| &farm.reads),
    };
    twinrail_report::size(loaded, catalog, &sized)
}

/// A farm that was looked at.
struct Farm {
    study: FarmStudy,
    schedules: Vec<(u32, Result<Schedule, NotDrawn>)>,
    reads: Vec<FactId>,
}

fn farm(loaded: &Loaded, catalog: &Catalog, seed: u64) -> Farm {
    let load = &loaded.network.load;
    let facts = Facts::new(catalog);
    let mut question = farm::Question::of(&load.sizing, seed);
    if question.sizes.is_empty() {
        question.sizes = USUAL_FARMS.to_vec();
    }
    let preemptions = catalog.key::<Number>("spot.preemptions-per-instance-hour");
    question.preemptions = preemptions.map(|key| facts.get(key));
    let study = look(&load.suites, &question);
    let schedules =
        question.sizes.iter().map(|instances| (*instances, schedule(&load.suites, &question, *instances))).collect();
    Farm { study, schedules, reads: facts.reads() }
}
