//! How long clients are cut off, as a document says it: pictures become tables, and single trials are moments in words. Not here: which mover to choose
//! (`decision`).

use super::{Sheet, conditions, sign};
use crate::failover::told::{self, Footnotes};
use crate::failover::{quantile, range, said};
use crate::markdown::{code, prose};
use crate::words::grouped;
use crate::{
    Book, Distribution, Failover, MoverFailover, OutageVerdict, PoolFailover, QuantilePage, ScenarioPage, Sweep,
    TrialPage,
};

/// Facts that move a figure and are named.
const SWINGS: usize = 8;

impl Sheet {
    pub(super) fn failover(&mut self, book: &Book) {
        let Some(failover) = &book.failover else { return };
        self.heading(2, "Failover");
        if failover.pools.is_empty() {
            self.paragraph("There is no pool of virtual IPs in the input: nothing fails over.");
        }
        for pool in &failover.pools {
            self.pool_failover(pool, failover);
        }
        let scenarios = failover.scenarios.iter().map(|page| {
            let decides = if page.decides { "decides" } else { "" };
            vec![prose(&page.scenario), prose(&page.words), decides.to_owned()]
        });
        self.table(&["scenario", "what happens", ""], scenarios);
    }

    fn pool_failover(&mut self, pool: &PoolFailover, failover: &Failover) {
        self.heading(3, &format!("Outages of {} over {}", code(&pool.pool), code(&pool.cluster)));
        self.paragraph(&format!("**{}**", prose(&told::lead(pool, failover))));
        let clients = match told::clients(pool).as_slice() {
            [] => "no client is known, so figures are how long the VIP is not served".to_owned(),
            clients => format!("clients: {}", prose(&told::listed(clients))),
        };
        self.paragraph(&format!(
            "{} VIPs over {} instances, {} on each; {clients}. {} trials of each mover in each scenario; seed {}.",
            grouped(pool.vips),
            grouped(pool.instances),
            pool.vips_together,
            grouped(u64::from(failover.trials)),
            failover.seed
        ));
        if told::has_rdma(pool) {
            self.paragraph(told::RDMA);
        }
        self.outages(pool, failover);
        self.outage_intents(&pool.intents);
        for sweep in &pool.sweeps {
            self.sweep(sweep);
        }
        self.movers_failover(pool);
        for trial in &pool.examples {
            self.trial(trial);
        }
    }

    /// Movers down and scenarios across: p50, then p99.
    fn outages(&mut self, pool: &PoolFailover, failover: &Failover) {
        let mut scenarios: Vec<&ScenarioPage> = failover.scenarios.iter().collect();
        scenarios.sort_by_key(|page| !page.decides);
        let mut notes = Footnotes::default();
        for client in 0..pool.clients.len().max(1) {
            let who = pool
                .clients
                .get(client)
                .map_or("VIP not served".to_owned(), |client| format!("outage, {}", prose(&client.protocol)));
            let mut columns = vec![format!("{who}: p50 / p99")];
            columns.extend(scenarios.iter().map(|page| {
                let word = prose(&page.scenario);
                if page.decides { format!("**{word}**") } else { word }
            }));
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let rows = told::usable(pool).map(|mover| {
                let cells = scenarios.iter().map(|page| {
                    told::cell(mover, &page.scenario)
                        .map(|cell| both(told::outage(cell, client), &mut notes))
                        .unwrap_or_default()
                });
                std::iter::once(starred(mover)).chain(cells).collect::<Vec<String>>()
            });
            let rows: Vec<Vec<String>> = rows.collect();
            self.table(&columns, rows);
        }
        if !scenarios.is_empty() {
            self.paragraph("Scenarios in bold decide. ★ is named by the model.");
        }
        if !notes.reasons.is_empty() {
            self.paragraph(told::NOT_PRINTED);
        }
        for (number, reason) in notes.reasons.iter().enumerate() {
            self.line(&format!("- ({}) {}", number + 1, prose(&reason.words)));
        }
        let refused = told::refused(pool).map(|(mover, why)| vec![starred(mover), prose(why)]);
        self.table(&["cannot be used", "why"], refused);
    }

    fn outage_intents(&mut self, intents: &[OutageVerdict]) {
        let rows = intents.iter().map(|intent| {
            let worst = match (&intent.scenario, &intent.quantile) {
                (Some(scenario), Some(page)) => format!("{} in {}", quantile(page), prose(scenario)),
                _ => String::new(),
            };
            let otherwise =
                intent.otherwise.iter().map(|other| format!("{} if {}", prose(&other.verdict), prose(&other.what)));
            let kept: Vec<String> = intent.kept_by.iter().map(|mover| prose(mover)).collect();
            let kept = if kept.is_empty() { "no mover".to_owned() } else { kept.join(", ") };
            vec![code(&intent.intent), sign(&intent.verdict), worst, otherwise.collect::<Vec<_>>().join("; "), kept]
        });
        self.table(&["intent", "verdict", "worst", "otherwise", "kept in every world by"], rows);
    }

    fn sweep(&mut self, sweep: &Sweep) {
        let rows = sweep.points.iter().map(|point| {
            let best = if point.on_frontier { "●" } else { "" };
            let share = format!("{:.1} %", point.false_failovers * 100.0);
            vec![
                prose(&point.value),
                quantile(&point.p50),
                quantile(&point.p99),
                share,
                best.to_owned(),
                prose(&point.detector),
            ]
        });
        let first = format!("{} of {}", prose(&sweep.parameter), prose(&sweep.mover));
        self.table(&[&first, "outage p50", "p99", "false failovers", "no other is better in both", "notices by"], rows);
    }

    fn movers_failover(&mut self, pool: &PoolFailover) {
        let rows =
            told::usable(pool).map(|mover| {
                let uses = mover
                    .uses
                    .iter()
                    .map(|used| format!("{} of {} {} ({})", used.used, used.most, prose(&used.what), code(&used.fact)));
                let mut needs: Vec<String> = mover.needs.iter().map(|needs| prose(needs)).collect();
                needs.extend(mover.refused_if.iter().map(|refused| {
                    format!("not usable if {}: {}", conditions(&refused.when), prose(&refused.refusal))
                }));
                vec![
                    starred(mover),
                    mover.detector.as_deref().map(prose).unwrap_or_default(),
                    told::price(mover),
                    uses.collect::<Vec<_>>().join("; "),
                    needs.join("; "),
                    range(&mover.p99).unwrap_or_default(),
                ]
            });
        let rows: Vec<Vec<String>> = rows.collect();
        self.table(&["mover", "notices by", "costs", "uses", "needs", "p99 within the facts"], rows);
        let swings = told::usable(pool).flat_map(|mover| {
            let one = mover.swings.iter().take(SWINGS);
            one.map(move |swing| vec![starred(mover), prose(&swing.what), told::swung(swing.seconds, swing.usable)])
        });
        let of_some = pool.choice.first.as_deref();
        let first = |row: &Vec<String>| of_some.is_some_and(|first| row[0].trim_end_matches(" ★") == prose(first));
        let swings: Vec<Vec<String>> = swings.filter(|row| first(row) || row[0].ends_with('★')).collect();
        self.table(&["mover", "with one fact elsewhere", "its p99"], swings);
        let rests = told::usable(pool).map(|mover| {
            let facts: Vec<String> = mover.rests_on.iter().map(|fact| code(fact)).collect();
            vec![starred(mover), facts.len().to_string()]
        });
        let rests: Vec<Vec<String>> = rests.collect();
        self.table(&["mover", "facts that its figures rest on"], rests);
    }

    fn trial(&mut self, trial: &TrialPage) {
        let end = |time: Option<f64>| time.map_or_else(|| "never".to_owned(), said);
        self.heading(4, &format!("{}, {}, moment by moment", code(&trial.mover), prose(&trial.scenario)));
        let clients = trial
            .clients
            .iter()
            .map(|client| format!("; outage of a client ({}): {}", prose(&client.protocol), end(client.outage)));
        let clients: String = clients.collect();
        self.paragraph(&format!(
            "The trial in the middle of all. The VIP is served again after: {}{clients}. Trial {} of seed {}.",
            end(trial.downtime),
            trial.trial,
            trial.seed
        ));
        let rows = trial
            .moments
            .iter()
            .map(|moment| vec![format!("{:.3} s", moment.at), prose(&moment.who), prose(&moment.words)]);
        self.table(&["when", "who", "what"], rows);
    }
}

pub(super) fn starred(mover: &MoverFailover) -> String {
    let star = if mover.named { " ★" } else { "" };
    format!("{}{star}", prose(&mover.mover))
}

fn both(outage: &Distribution, notes: &mut Footnotes) -> String {
    let mut one = |page: &QuantilePage| {
        let note = notes.number(page).map(|number| format!(" ({number})")).unwrap_or_default();
        format!("{}{note}", quantile(page))
    };
    format!("{} / {}", one(&outage.p50), one(&outage.p99))
}
