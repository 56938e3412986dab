//! What was proved of movers, as a document says it: each counterexample is a table of its steps. Not here: the proving.

use super::{Sheet, conditions, sign};
use crate::markdown::{code, prose};
use crate::words::grouped;
use crate::{Book, MoverProof, PoolProof, Proofs, Sequence, VipState};

impl Sheet {
    pub(super) fn proofs(&mut self, book: &Book) {
        let Some(proofs) = &book.proofs else { return };
        self.heading(2, "Proofs");
        if proofs.pools.is_empty() {
            self.paragraph("There is no pool of virtual IPs in the input: nothing to prove.");
        }
        for pool in &proofs.pools {
            self.pool(pool, proofs);
        }
        let pages = proofs.properties.iter();
        let pages = pages.map(|page| vec![prose(&page.code), prose(&page.title), prose(&page.meaning)]);
        self.table(&["property", "title", "what is looked at"], pages);
    }

    fn pool(&mut self, pool: &PoolProof, proofs: &Proofs) {
        self.heading(3, &format!("{} over {}", code(&pool.pool), code(&pool.cluster)));
        if let Some(explored) = &pool.explored {
            self.paragraph(&format!(
                "{} nodes, {} VIPs, {} controllers and {} faults are explored, of {} nodes and {} VIPs; fence: {}.",
                explored.nodes,
                explored.vips,
                explored.controllers,
                explored.faults,
                grouped(pool.all_nodes),
                grouped(pool.all_vips),
                prose(&explored.fence)
            ));
        }
        let codes: Vec<String> = proofs.properties.iter().map(|page| prose(&page.code)).collect();
        let mut columns = vec!["mover"];
        columns.extend(codes.iter().map(String::as_str));
        columns.push("states");
        let rows = pool.movers.iter().map(|mover| {
            let name =
                if mover.named { format!("**{}** (the model's)", prose(&mover.mover)) } else { prose(&mover.mover) };
            let states = mover.efforts.iter().map(|effort| effort.states).max().map(grouped).unwrap_or_default();
            let verdicts = mover.verdicts.iter().map(|verdict| sign(&verdict.verdict));
            let mut row: Vec<String> = std::iter::once(name).chain(verdicts).collect();
            row.resize(columns.len() - 1, String::new());
            row.push(states);
            if let Some(refusal) = &mover.refusal {
                row[1] = format!("{}: {}", sign("refused"), prose(refusal));
            }
            row
        });
        let rows: Vec<Vec<String>> = rows.collect();
        self.table(&columns, rows);
        for mover in pool.movers.iter().filter(|mover| mover.refusal.is_none()) {
            self.mover(mover, proofs);
        }
    }

    fn mover(&mut self, mover: &MoverProof, proofs: &Proofs) {
        let mut shown: Vec<&Sequence> = Vec::new();
        let is_told = |verdict: &str| !matches!(verdict, "proved" | "absent");
        for found in mover.verdicts.iter().filter(|found| is_told(&found.verdict)) {
            let page = proofs.properties.iter().find(|page| page.code == found.property);
            let title = page.map_or("", |page| &page.title);
            let name = code(&mover.mover);
            self.heading(4, &format!("{name} {} {}: {}", prose(&found.property), prose(title), sign(&found.verdict)));
            for world in &found.worlds {
                let when =
                    if world.when.is_empty() { String::new() } else { format!(" if {}", conditions(&world.when)) };
                let why = world.why.as_ref().map(|why| format!(": {}", prose(why))).unwrap_or_default();
                if !(when.is_empty() && why.is_empty()) {
                    self.paragraph(&format!("{}{when}{why}", sign(&world.verdict)));
                }
                let Some(sequence) = &world.counterexample else { continue };
                let same =
                    |known: &&&Sequence| known.steps == sequence.steps && known.repeats_from == sequence.repeats_from;
                if let Some(known) = shown.iter().find(same) {
                    self.paragraph(&format!("By the same steps as {}:", prose(&known.property)));
                } else {
                    self.sequence(sequence);
                    shown.push(sequence);
                }
                for line in &sequence.shows {
                    self.line(&format!("- {}", prose(line)));
                }
            }
        }
    }

    fn sequence(&mut self, sequence: &Sequence) {
        let mut columns = vec!["step".to_owned(), "who".to_owned(), "does what".to_owned()];
        for vip in &sequence.vips {
            let vip = prose(vip);
            let held = prose(&sequence.held_by);
            columns.extend([format!("{vip} {held}"), format!("{vip} packets to"), format!("{vip} served by")]);
        }
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let start = ["0", "", "all is well"].map(ToOwned::to_owned).into_iter().chain(states(&sequence.start));
        let steps = sequence.steps.iter().map(|step| {
            let number = if step.fault { format!("{} (fault)", step.number) } else { step.number.to_string() };
            let again = if sequence.repeats_from == Some(step.number) { "from here on it repeats: " } else { "" };
            let first = [number, prose(&step.who), format!("{again}{}", prose(&step.words))];
            first.into_iter().chain(states(&step.vips)).collect::<Vec<_>>()
        });
        self.table(&columns, std::iter::once(start.collect()).chain(steps));
    }
}

/// Three cells for each VIP.
fn states(vips: &[VipState]) -> Vec<String> {
    let names = |names: Vec<String>| if names.is_empty() { "nobody".to_owned() } else { prose(&names.join(", ")) };
    let cells =
        vips.iter().flat_map(|state| [names(state.holders()), names(state.receivers()), names(state.servers())]);
    cells.collect()
}
