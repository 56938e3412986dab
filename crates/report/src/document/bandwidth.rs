//! Whether the bandwidth is enough, as a document says it: bars become shares of caps. Not here: the shares.

use super::{Sheet, conditions, sign};
use crate::bandwidth::gbps;
use crate::bandwidth::told::{self, Got};
use crate::markdown::{code, prose};
use crate::{AloneFact, BandwidthRow, BandwidthVerdict, BandwidthWorld, Book, LoadPage, SystemBandwidth};

/// Answers with several facts at once that are listed.
const WORLDS: usize = 8;

/// Lists of conditions of an answer that are written out.
const ALTERNATIVES: usize = 2;

impl Sheet {
    pub(super) fn bandwidth(&mut self, book: &Book) {
        let Some(bandwidth) = &book.bandwidth else { return };
        self.heading(2, "Bandwidth");
        if let Some(needs) = &bandwidth.needs {
            self.paragraph(&format!("Bandwidth was not looked at: it needs {}.", prose(needs)));
        }
        for system in &bandwidth.systems {
            self.system_bandwidth(system);
        }
        self.bandwidth_intents(&bandwidth.intents);
        for caveat in bandwidth.caveats.iter().filter(|_| told::is_looked_at(bandwidth)) {
            self.line(&format!("- {}", prose(caveat)));
        }
    }

    fn system_bandwidth(&mut self, system: &SystemBandwidth) {
        self.heading(3, &format!("What clients get of {}", code(&system.cluster)));
        self.paragraph(&format!("**{}**", prose(&told::lead(system))));
        self.paragraph(&format!("{}.", prose(&told::setting(system))));
        self.given(system);
        self.filled(system);
        self.flips(system);
        for row in &system.rows {
            self.condition(row);
        }
        for unknown in &system.unknown {
            self.line(&format!("- not looked at: {}", prose(unknown)));
        }
    }

    /// What clients get under each condition.
    fn given(&mut self, system: &SystemBandwidth) {
        let kinds = told::kinds(system);
        let heads: Vec<String> = kinds.iter().map(|kind| format!("{}, Gbps", prose(kind))).collect();
        let mut columns = vec!["condition", "verdict"];
        columns.extend(heads.iter().map(String::as_str));
        columns.extend(["rebuild", "fullest limit"]);
        let rows = system.rows.iter().map(|row| {
            let gets = kinds.iter().map(|kind| told::got(row, kind).map(|got| got.words()).unwrap_or_default());
            let rebuild = row.rebuild.as_ref().map(|rebuild| {
                let allowed = told::allowed(rebuild).map(|allowed| format!(", {allowed}")).unwrap_or_default();
                format!("{}{allowed}", told::rebuild(rebuild))
            });
            let fullest = || told::fullest(row).map(told::filled);
            let held = || told::held_back(row).or_else(fullest).map(|words| prose(&words)).unwrap_or_default();
            let fullest = row.needs.as_ref().map_or_else(held, |needs| format!("needs {}", prose(needs)));
            let first = [prose(&told::title(row)), sign(&row.verdict)];
            first.into_iter().chain(gets).chain([rebuild.unwrap_or_default(), fullest]).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        self.table(&columns, rows);
        if !system.rows.is_empty() {
            self.paragraph(
                "Figures are those with the first value of every open fact; in brackets, within which all worlds lie that were looked at.",
            );
        }
    }

    /// How full each limit is on the node where it is fullest.
    fn filled(&mut self, system: &SystemBandwidth) {
        let (limits, others) = told::limits(system);
        let heads: Vec<String> = limits.iter().map(|limit| prose(limit)).collect();
        let mut columns = vec!["how full, on the fullest node"];
        columns.extend(heads.iter().map(String::as_str));
        let rows = system.rows.iter().filter(|row| !row.nodes.is_empty()).map(|row| {
            let cells = limits
                .iter()
                .map(|limit| told::fullest_of(row, limit).map(|load| share(row, load)).unwrap_or_default());
            std::iter::once(prose(&told::title(row))).chain(cells).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        let is_drawn = !rows.is_empty();
        self.table(&columns, rows);
        if is_drawn {
            self.paragraph("◆ keeps somebody from more.");
        }
        if !others.is_empty() {
            self.paragraph(&format!("Less full than all of these: {}.", prose(&others.join("; "))));
        }
    }

    /// Open facts and what each of their values alone changes.
    fn flips(&mut self, system: &SystemBandwidth) {
        let (alone, together): (Vec<_>, Vec<_>) =
            told::flips(system).into_iter().partition(|(_, values)| !values.is_empty());
        let rows = alone.iter().flat_map(|(fact, values)| {
            values.iter().map(|flip| {
                let changes = flip.rows.iter().map(|(row, value)| {
                    format!("{}: {}: {}", prose(&told::title(row)), sign(&value.answer), prose(&value.figures))
                });
                let changes: Vec<String> = changes.collect();
                vec![code(&fact.id), prose(&fact.status), prose(flip.value), changes.join("<br>")]
            })
        });
        self.table(&["open fact", "status", "if it is", "then, while all others have their first value"], rows);
        let together: Vec<String> = together.iter().map(|(fact, _)| code(&fact.id)).collect();
        if !together.is_empty() {
            self.paragraph(&format!("Only together with other facts: {}.", together.join(", ")));
        }
    }

    /// One condition: who gets what, and loads beside caps of each kind of node.
    fn condition(&mut self, row: &BandwidthRow) {
        self.heading(4, &format!("{}: {}", prose(&told::title(row)), sign(&row.verdict)));
        if !row.down.is_empty() {
            let down: Vec<String> = row.down.iter().map(|down| code(down)).collect();
            self.line(&format!("- down in the case that is shown: {}", down.join(", ")));
        }
        for note in &row.notes {
            self.line(&format!("- {}", prose(note)));
        }
        if let Some(needs) = &row.needs {
            self.line(&format!("- needs {}", prose(needs)));
        }
        let flows = row.flows.iter().map(|flow| {
            let got = Got::of(std::iter::once(flow)).map(|got| got.rated());
            let bound = flow.bound.as_ref().map(|bound| prose(bound)).unwrap_or_default();
            vec![format!("{} {}", code(&flow.clients), prose(&flow.kind)), got.unwrap_or_default(), bound]
        });
        let rebuild = row.rebuild.iter().map(|rebuild| {
            let gets = format!("{}, {} of lost data", told::rebuild(rebuild), gbps(rebuild.gbps));
            vec!["rebuild".to_owned(), gets, prose(&rebuild.bound)]
        });
        self.table(&["who", "gets, of what is asked for", "bound by"], flows.chain(rebuild));
        for node in &row.nodes {
            let loads = node.loads.iter().map(|load| vec![prose(&load.limit), told::load(load), share(row, load)]);
            self.table(&[&prose(&told::who(node)), "load of cap", "how full"], loads);
        }
        self.alone(&row.alone);
        self.worlds(&row.worlds);
    }

    fn alone(&mut self, facts: &[AloneFact]) {
        let rows = facts.iter().flat_map(|fact| {
            let values = fact.values.iter();
            values.map(|value| vec![code(&fact.fact), prose(&value.value), sign(&value.answer), prose(&value.figures)])
        });
        self.table(&["open fact, alone", "value", "verdict", "figures"], rows);
    }

    fn worlds(&mut self, worlds: &[BandwidthWorld]) {
        for world in worlds.iter().take(WORLDS) {
            let (few, more) = world.when.split_at(world.when.len().min(ALTERNATIVES));
            let more = if more.is_empty() { String::new() } else { format!(", or in {} more ways", more.len()) };
            let when = if few.is_empty() { String::new() } else { format!(" if {}{more}", conditions(few)) };
            self.line(&format!("- {} {}{when}", sign(&world.answer), prose(&world.figures)));
        }
        if worlds.len() > WORLDS {
            self.line(&format!("- {} more answers in other worlds", worlds.len() - WORLDS));
        }
    }

    fn bandwidth_intents(&mut self, intents: &[BandwidthVerdict]) {
        let rows = intents.iter().map(|intent| {
            let least = told::least(intent).map(|least| prose(&least));
            let needs = intent.needs.as_ref().map(|needs| format!("needs {}", prose(needs)));
            let said: Vec<String> = least.into_iter().chain(needs).collect();
            vec![code(&intent.intent), sign(&intent.verdict), said.join("; ")]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        self.table(&["intent on bandwidth", "verdict", "with the first value of every open fact"], rows);
        for intent in intents {
            self.alone(&intent.alone);
            self.worlds(&intent.worlds);
        }
    }
}

/// `63 %`, and what is full in bold.
fn share(row: &BandwidthRow, load: &LoadPage) -> String {
    let mark = if told::binds(row, load) { " ◆" } else { "" };
    if told::is_full(load) { format!("**{}**{mark}", told::percent(load)) } else { told::percent(load) }
}
