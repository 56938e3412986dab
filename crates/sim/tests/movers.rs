use twinrail_model::MoverKind;
use twinrail_sim::{Bounds, PropertySet, Scope, Setting, Property, explore, Steps, Step, Fencing};

fn bounds() -> Bounds { Bounds { states: 60_000_000, threads: 2.try_into().unwrap(), ..Bounds::default() } }

#[test]
fn show() {
    for (mover, scope, repeat) in [(MoverKind::StatefulMig, Scope::default(), false),(MoverKind::LbGarp, Scope::default(), false),(MoverKind::LbHealthCheck, Scope{vips:1,..Scope::default()}, false),(MoverKind::AliasIpFenced, Scope{nodes:3,vips:2,faults:3,controllers:2}, true), (MoverKind::AliasIpFenced, Scope::default(), true), (MoverKind::AliasIpFenced, Scope{nodes:3,vips:2,faults:3,controllers:2}, false), (MoverKind::AliasIpFenced, Scope{nodes:4,vips:3,faults:2,controllers:2}, false)] {
        let mut setting = Setting::new(mover, scope);
        setting.fingerprints_repeat=repeat;
        setting.menu = Property::Converges.menu();
        let t = std::time::Instant::now();
        let e = explore(&setting, PropertySet::all(), bounds(), &mut |_| {});
        println!("{mover:24} {:?} states {} full {} trans {} depth {} B/state {} {:?}", e.stop, e.states, e.full_states, e.transitions, e.depth, e.state_bytes, t.elapsed());
        for (p, t) in &e.violations { println!("    {} {} events", p.code(), t.events.len()); t.replay().unwrap(); for e in &t.events {println!("          {e:?}");}  }
    }
}
