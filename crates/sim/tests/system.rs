//! The state: what is packed comes back, whatever happened before.

use enumset::EnumSet;
use proptest::prelude::*;
use twinrail_model::MoverKind;
use twinrail_sim::{Event, Fault, Fencing, Layout, Setting, Step, Steps, System, pending, step};

use crate::scope;

fn settings() -> impl Strategy<Value = Setting> {
    let sizes = (2_u8..=4, 1_u8..=3, 1_u8..=3, 0_u8..=4);
    let flags = (any::<[bool; 7]>(), any::<u32>(), any::<u32>(), 0_usize..10, 0_u8..4);
    (sizes, flags).prop_map(|((nodes, vips, controllers, faults), (flags, steps, menu, mover, fencing))| {
        let mut setting = Setting::new(MoverKind::ALL[mover], scope(nodes, vips, controllers, faults));
        let [reserved, repaired, right_nic, drops, repeat, refused, whole] = flags;
        setting.reserved = reserved;
        setting.repaired |= repaired;
        setting.right_nic = right_nic;
        setting.drops_if_unhealthy = drops;
        setting.fingerprints_repeat = repeat;
        setting.refusal = refused.then(|| "refused".to_owned());
        setting.room = if whole { vips } else { vips.div_ceil(2) };
        setting.fencing = [Fencing::Nothing, Fencing::Stop, Fencing::Reset, Fencing::Epoch][usize::from(fencing)];
        // Any habit may be left out or taken up: those of other families do nothing.
        setting.steps = Steps(setting.steps.0 ^ (EnumSet::<Step>::from_u32_truncated(steps) - Step::Claim));
        setting.menu = EnumSet::<Fault>::from_u32_truncated(menu | 0b111);
        setting
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Any walk: every state packs into as many bits as the layout says, comes back, and has the invariants of its form.
    #[test]
    fn a_packed_state_comes_back(setting in settings(), seed in any::<u64>()) {
        let layout = Layout::new(&setting);
        let mut luck = fastrand::Rng::with_seed(seed);
        let mut system = setting.start();
        for _ in 0..120 {
            prop_assert_eq!(&layout.round_trip(&system), &system);
            well_formed(&system, &setting)?;
            let mut events: Vec<Event> = Vec::new();
            pending(&system, &setting, &mut events);
            let Some(event) = luck.choice(&events) else { break };
            step(&mut system, &setting, *event);
        }
    }
}

fn well_formed(system: &System, setting: &Setting) -> Result<(), TestCaseError> {
    prop_assert!(system.late.is_sorted_by_key(|request| (request.is_nothing(), *request)), "late requests are sorted");
    for task in &system.controllers {
        prop_assert!(
            !task.is_idle() || *task == twinrail_sim::Controller::default(),
            "an idle controller holds nothing: {:?}",
            task
        );
    }
    for vip in 0..setting.scope.vips {
        let now = system.destinations(setting, vip);
        prop_assert!((system.vip(vip).lag.0 & now.0) == 0, "who gets packets now does not get them late");
    }
    Ok(())
}
