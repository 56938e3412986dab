//! Whether a mover keeps its properties on a pool of the model: in every world that matters, at a small scope, by looking at every state. Not here: how the
//! answer is told.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::rc::Rc;

use twinrail_facts::{Catalog, Decision, decide};
use twinrail_model::{Hole, MoverKind, Network, Place, Platform, View, VipPoolId};

use crate::event::{FaultClass, FaultSet};
use crate::explore::{Bounds, Exploration, Progress, Stop, explore};
use crate::mover::Step;
use crate::pending::concerns;
use crate::property::{Property, PropertySet};
use crate::setting::{Scope, Setting};
use crate::subject;
use crate::trace::Trace;

/// What is asked of a pool.
#[derive(Debug, Clone)]
pub struct Question {
    pub pool: VipPoolId,
    pub mover: MoverKind,
    pub scope: Scope,
    /// Of the faults that a property is looked at under, those that may happen.
    pub faults: FaultSet,
    /// The most faults of one run, for classes that have a budget of their own.
    pub at_most: BTreeMap<FaultClass, u8>,
    /// A step that the mover leaves out, to see what it is for.
    pub without: Option<Step>,
    pub bounds: Bounds,
}

/// How a property fares in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds in every state that can be reached at this scope.
    Proved,
    /// So it does, but the state that it is about is never reached.
    Vacuous,
    Violated(Box<Trace>),
    /// Not violated as far as the bound let it look.
    Bound,
    /// It does not arise under this mover, and why.
    Absent(&'static str),
    /// The input lacks what decides.
    Undecided(Hole),
}

/// One exploration, in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effort {
    pub faults: FaultSet,
    pub states: u64,
    pub full_states: u64,
    pub depth: u32,
    pub bytes: u64,
    pub bits: u32,
    pub stop: Stop,
}

/// Everything that was found out about a mover on a pool.
#[derive(Debug, Clone)]
pub struct Proof {
    pub question: Question,
    /// In the order of the properties.
    pub properties: Vec<(Property, Decision<Verdict>)>,
    /// Why the platform refuses every such request.
    pub refusal: Decision<Option<String>>,
    /// Nobody else is given an address of the pool.
    pub reserved: Decision<bool>,
    /// In the world that is tried first; nothing if the input lacks what makes a setting.
    pub setting: Option<Setting>,
    /// The explorations of that world, largest first.
    pub efforts: Vec<Effort>,
}

impl Proof {
    /// Violated in every world.
    pub fn violated(&self) -> impl Iterator<Item = (Property, &Trace)> {
        self.properties.iter().filter_map(|(property, decision)| {
            let all = decision.arms.iter().all(|arm| matches!(arm.answer, Verdict::Violated(_)));
            match &decision.arms[0].answer {
                Verdict::Violated(trace) if all && decision.complete => Some((*property, trace.as_ref())),
                _ => None,
            }
        })
    }
}

/// Explorations that were made, by what they were about: worlds that make the same setting share one.
type Made = Vec<(Setting, Rc<(Exploration, u32)>)>;

/// Answers a question in every world. `watch` is told how far the exploration at hand is.
pub fn prove(
    (network, platform, catalog): (&Network, &Platform, &Catalog),
    question: Question,
    watch: &mut dyn FnMut(Progress),
) -> Proof {
    let made = RefCell::new(Made::new());
    let watch = RefCell::new(watch);
    let mut first: Option<Setting> = None;
    let mut properties = Vec::new();
    let mut efforts: Vec<Effort> = Vec::new();
    for property in PropertySet::all() {
        let decision = decide(catalog, |facts| {
            let view = View { network, platform, facts };
            let setting = match setting(&view, &question, property) {
                Ok(setting) => setting,
                Err(hole) => return Verdict::Undecided(hole),
            };
            let verdict = verdict(&setting, &question, property, &made, &watch);
            if first.is_none() {
                first = Some(setting);
            }
            verdict
        });
        properties.push((property, decision));
    }
    for (setting, explored) in &*made.borrow() {
        let (exploration, bits) = explored.as_ref();
        let same_world = first.as_ref().is_some_and(|first| Setting { menu: first.menu, ..setting.clone() } == *first);
        if same_world {
            efforts.push(Effort {
                faults: setting.menu,
                states: exploration.states,
                full_states: exploration.full_states,
                depth: exploration.depth,
                bytes: exploration.bytes,
                bits: *bits,
                stop: exploration.stop,
            });
        }
    }
    efforts.sort_by_key(|effort| (std::cmp::Reverse(effort.states), effort.faults.as_u32()));
    let setting_in = |facts: &twinrail_facts::Facts<'_>| {
        let view = View { network, platform, facts };
        subject::setting(&view, question.pool, question.mover, question.scope).ok()
    };
    let refusal = decide(catalog, |facts| setting_in(facts).and_then(|setting| setting.refusal));
    let reserved = decide(catalog, |facts| setting_in(facts).is_some_and(|setting| setting.reserved));
    Proof { question, properties, refusal, reserved, setting: first, efforts }
}

fn setting(view: &View<'_>, question: &Question, property: Property) -> Result<Setting, Hole> {
    let mut setting = subject::setting(view, question.pool, question.mover, question.scope)?;
    if let Some(step) = question.without {
        setting.steps = setting.steps.without(step);
    }
    setting.at_most.clone_from(&question.at_most);
    let menu = property.menu() & question.faults;
    setting.menu = menu.iter().filter(|fault| concerns(&setting, *fault)).collect();
    if setting.tolerates.is_none() && property == Property::DataKept {
        let cluster = view.network.vips[question.pool].over;
        return Err(Hole::NotInInput(Place::field(cluster, "service/tolerates")));
    }
    Ok(setting)
}

fn verdict(
    setting: &Setting,
    question: &Question,
    property: Property,
    made: &RefCell<Made>,
    watch: &RefCell<&mut dyn FnMut(Progress)>,
) -> Verdict {
    if let Some(why) = property.absent(setting) {
        return Verdict::Absent(why);
    }
    let known = made.borrow().iter().find(|(known, _)| known == setting).map(|(_, explored)| Rc::clone(explored));
    let explored = known.unwrap_or_else(|| {
        let exploration = explore(setting, PropertySet::all(), question.bounds, &mut **watch.borrow_mut());
        let bits = crate::Layout::new(setting).bits();
        let explored = Rc::new((exploration, bits));
        made.borrow_mut().push((setting.clone(), Rc::clone(&explored)));
        explored
    });
    let exploration = &explored.0;
    match exploration.violation(property) {
        Some(trace) => Verdict::Violated(Box::new(trace.clone())),
        None if exploration.stop == Stop::Bound => Verdict::Bound,
        None if !exploration.reached.contains(property) => Verdict::Vacuous,
        None => Verdict::Proved,
    }
}

/// As many threads as there are processors, as the caller knows.
pub fn threads(processors: usize) -> NonZeroUsize {
    NonZeroUsize::new(processors).unwrap_or(NonZeroUsize::MIN)
}
