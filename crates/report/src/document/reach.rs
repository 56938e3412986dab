//! Who reaches whom, as a document says it. Not here: the asking.

use super::{Sheet, at, conditions, sign};
use crate::markdown::{code, prose};
use crate::words::{self, grouped};
use crate::{Afterwards, Book, Leg, ReachRow, Reachability, Trace};

impl Sheet {
    pub(super) fn reach(&mut self, book: &Book) {
        if book.reach.is_none() && book.report.intents.is_empty() {
            return;
        }
        self.heading(2, "Reachability");
        for intent in &book.report.intents {
            self.heading(3, &format!("{}: {}", sign(&intent.verdict), prose(&intent.text)));
            for line in &intent.proof {
                self.line(&format!("- {}", prose(line)));
            }
            for packet in book.packets.iter().filter(|packet| packet.intent == intent.text) {
                self.packet(&packet.trace);
            }
        }
        if let Some(reach) = &book.reach {
            self.matrix(reach);
            if let Some(after) = &reach.after {
                self.afterwards(after);
            }
        }
    }

    fn packet(&mut self, trace: &Trace) {
        let (from, to, port) = (code(&trace.from.name), code(&trace.to.name), code(&trace.port));
        self.paragraph(&format!("{from} → {to} on {port}: {}", sign(&trace.answer)));
        for world in &trace.worlds {
            if !world.when.is_empty() {
                self.paragraph(&format!("{} if {}", sign(&world.answer), conditions(&world.when)));
            }
            if let Some(needs) = &world.needs {
                self.paragraph(&format!("It needs {}.", prose(&needs.what)));
            }
            for way in world.ways.iter().take(3) {
                self.leg("request", &way.request);
                for reply in &way.replies {
                    self.leg("reply", reply);
                }
            }
        }
        if let Some(mends) = &trace.mending {
            for mend in mends.offers.iter().chain(&mends.partial).chain(&mends.together) {
                self.line(&format!("- would help: {}: {}", prose(&mend.words), code(&mend.write)));
            }
        }
    }

    fn leg(&mut self, title: &str, leg: &Leg) {
        let hops = leg.hops.iter().map(|hop| {
            let place = hop.place.as_ref().map(at).unwrap_or_default();
            vec![prose(&hop.stage), prose(&hop.words), place]
        });
        let end = if leg.delivered { "delivered" } else { "dropped" };
        let meaning = leg.meaning.as_ref().map(|meaning| format!(": {}", prose(meaning))).unwrap_or_default();
        let end = vec![sign(end), prose(&leg.end) + &meaning, String::new()];
        self.table(&[title, "what is decided", "where"], hops.chain([end]));
    }

    fn matrix(&mut self, reach: &Reachability) {
        self.heading(3, "The matrix");
        let pairs = reach.pairs;
        self.paragraph(&format!(
            "{} ordered pairs, once for each port: {} yes, {} no, {} depend, {} undecided.",
            grouped(pairs.total()),
            grouped(pairs.yes),
            grouped(pairs.no),
            grouped(pairs.depends),
            grouped(pairs.undecided)
        ));
        let rows = reach.rows.iter().map(|row| {
            let rail = row.rail.as_deref().map(prose).unwrap_or_default();
            vec![code(&row.from), code(&row.to), rail, prose(&row.port), said(row), prose(&why(row))]
        });
        self.table(&["from", "to", "rail", "port", "answer", "why"], rows);
        if reach.not_asked > 0 {
            self.paragraph(&format!("Nothing is said of {} more: the bound was hit.", grouped(reach.not_asked)));
        }
    }

    fn afterwards(&mut self, after: &Afterwards) {
        self.heading(3, "After a failure");
        let failing = format!("After {} failed ({} looked at)", prose(&after.failing), grouped(after.failures));
        if after.changes.is_empty() {
            self.paragraph(&format!("{failing}, those who are left reach whom they reached."));
            return;
        }
        self.paragraph(&format!("{failing}:"));
        let rows = after.changes.iter().map(|change| {
            let failures = change.failures.iter().take(3).map(|failure| failure.down.join(" and "));
            let failures: Vec<String> = failures.collect();
            vec![
                code(&change.from),
                code(&change.to),
                prose(&change.port),
                format!("{} → {}", sign(&change.before), sign(&change.after)),
                grouped(change.pairs),
                prose(&change.why.join(", ")),
                prose(&failures.join("; ")),
            ]
        });
        self.table(&["from", "to", "port", "answer", "pairs", "why", "when this fails"], rows);
    }
}

fn said(row: &ReachRow) -> String {
    let pairs = row.pairs;
    let counts = [(pairs.yes, "yes"), (pairs.no, "no"), (pairs.depends, "depends"), (pairs.undecided, "undecided")];
    let some: Vec<(u64, &str)> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
    match some.as_slice() {
        [(_, word)] => sign(word),
        several => {
            several.iter().map(|(count, word)| format!("{} {word}", grouped(*count))).collect::<Vec<_>>().join(", ")
        }
    }
}

fn why(row: &ReachRow) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for world in row.answers.iter().flat_map(|answer| &answer.worlds) {
        let when =
            if world.when.is_empty() { String::new() } else { format!(" if {}", words::conditions(&world.when)) };
        let losses = world
            .losses
            .iter()
            .map(|loss| if loss.of_reply { format!("{} (reply)", loss.code) } else { loss.code.clone() });
        let needs = world.needs.iter().map(|needs| format!("needs {needs}"));
        for reason in losses.chain(needs).map(|reason| reason + &when) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
    }
    reasons.join(", ")
}
