use super::plan::*;
#[test]
fn timing() {
    let letters = ["a","b","c","d","e","f","g","h","i","j"];
    let mut l = load(letters.iter().map(|n| segment(n)).collect());
    l.sizing.machines = ["z4m-highmem-192","z4m-highmem-96","z3-highmem-88-highlssd","z4d-highmem-96-highlssd","z4d-highmem-192-highlssd"].iter().map(|s| s.to_string()).collect();
    for w in [1000] {
    let t = std::time::Instant::now();
    let p = run_with(&l, question(w, 1));
    eprintln!("{w} worlds {:?} flips {} reads {} measure {:?}", t.elapsed(), p.flips.len(), p.reads.len(), p.measure);
    let t = std::time::Instant::now();
    l.sizing.machines.truncate(2);
    let p = run_with(&l, question(w, 1));
    eprintln!("2 machines {w} worlds {:?} flips {}", t.elapsed(), p.flips.len());
    for c in p.clusters.iter().take(2).chain(&p.pooled) { let ch = c.chosen.as_ref().unwrap();
      eprintln!("{:?} {} {:?} {:?} regret {} full {:?}", c.segments.len(), ch.machine, ch.level, ch.quarters.iter().map(|q| q.nodes).collect::<Vec<_>>(), ch.regret, ch.full);
      eprintln!("  binding {:?} covering {:?} middle {:?}", ch.quarters[7].binding, ch.quarters[7].covering, ch.quarters[7].middle);
      for a in c.alternatives.iter().take(12) { eprintln!("   alt {} {:?} {:?} {} {:?}", a.machine, a.level, a.nodes, a.regret, a.lost); }
      eprintln!("  excuses {:?} open {:?}", c.excuses, c.open);
    }
    for s in p.swings.iter().take(6) { eprintln!("{} {:?} {:?} {:?}", s.segment, s.input, s.nodes, s.usd_per_hour); }
    let cat = twinrail_facts::Catalog::embedded();
    for f in &p.flips { eprintln!("{} {} {:?} {:?} m{} c{} $ {}", cat.fact(f.fact).id, f.value, f.nodes.last(), f.usd_per_month, f.is_other_machine, f.is_other_count, f.is_other_cost); }
    for q in &p.quarters { eprintln!("{} {} {} {} {:?} {:?}", q.quarter, q.nodes, q.covered, q.covered_in_all, q.usd_per_month, q.covering); }
    for a in &p.needs.asks { eprintln!("{:?} {} {} {:?} {:?} {} late {} cov {:.3}", a.by.as_ref().map(|d| d.to_string()), a.clock.word(), a.resource.word(), a.amount, a.machine, a.quarter, a.is_late, a.covered); }
    eprintln!("{:?}", p.needs.clusters[0]);
    }
}
