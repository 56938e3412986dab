//! Sizes that were made up, on the page and in the document: hostile names, more than is shown, pictures of what there is, nothing to be sized. Not here: real
//! farms and plans.

use twinrail_report::{
    AlternativePage, AskPage, BarPage, Book, ClusterPage, ClusterQuarterPage, CurvePage, ElsewherePage, ErlangPage,
    ExcusePage, FactCitation, FarmPage, FarmSize, FlipPlan, JobFare, ObjectsPage, OfferedJob, PlanPage, QuarterPage,
    RegretPart, SchedulePage, Size, SpotPage, SubnetPage, SuiteFare, SwingPage, document, page,
};

fn fact(id: &str) -> FactCitation {
    FactCitation {
        id: id.to_owned(),
        question: format!("What is {id}?"),
        values: vec!["15".to_owned(), "17".to_owned()],
        status: "unknown".to_owned(),
        sources: Vec::new(),
        date: "2026-11-30".to_owned(),
    }
}

fn job(name: &str, suite: &str) -> OfferedJob {
    OfferedJob {
        suite: suite.to_owned(),
        job: name.to_owned(),
        instances: 6,
        per_day: 30.0,
        arrives: "working-hours".to_owned(),
        mean_minutes: 20.0,
        deadline_minutes: Some(120.0),
        busy_instances: 2.5,
        spot: true,
        machines: vec![name.to_owned()],
    }
}

/// A size that waits an hour, or not at all.
fn farm_size(name: &str, instances: u32, verdict: &str) -> FarmSize {
    let is_enough = verdict == "enough";
    FarmSize {
        instances,
        slots: instances / 6,
        verdict: verdict.to_owned(),
        utilisation: Some(0.48),
        mean_wait_minutes: Some(if is_enough { 1.0 } else { 60.0 }),
        p95_wait_minutes: Some(240.0),
        on_time: Some(0.92),
        finished_a_day: Some(100.0),
        erlang_minutes: None,
        cannot: if is_enough { Vec::new() } else { vec![format!("{name}: misses its deadline"); 6] },
        jobs: vec![JobFare {
            job: name.to_owned(),
            runs: true,
            mean_wait_minutes: Some(60.0),
            p95_wait_minutes: None,
            on_time: Some(0.5),
            reasons: vec![name.to_owned()],
        }],
        suites: vec![SuiteFare { suite: name.to_owned(), mean_wait_minutes: None, on_time: None, alone: Vec::new() }],
        busy: vec![12.0; 168],
        queue: vec![3.0; 168],
        more: Some(point(instances)),
    }
}

fn point(instances: u32) -> CurvePage {
    CurvePage { instances, mean_wait_minutes: 30.0, waiting_minutes_a_day: 600.0, saved_minutes_a_day: 120.0 }
}

fn bar(job: usize, start: f64) -> BarPage {
    BarPage { job, arrived: start - 0.5, start, end: start + 2.0, rows: vec![(0, 4), (8, 2)] }
}

fn schedule(name: &str, instances: u32, not_drawn: Option<&str>) -> SchedulePage {
    SchedulePage {
        instances,
        bars: if not_drawn.is_none() { vec![bar(0, 9.0), bar(1, 30.0)] } else { Vec::new() },
        left_out: 3,
        too_large: vec![name.to_owned()],
        not_drawn: not_drawn.map(str::to_owned),
    }
}

fn farm(name: &str) -> FarmPage {
    FarmPage {
        jobs: vec![job(name, name), job("other", "second suite")],
        jobs_a_day: 60.0,
        busy_instances: 5.0,
        mean_duration_minutes: 20.0,
        bound_minutes: 2.0,
        sizes: vec![
            farm_size(name, 10, "not enough"),
            farm_size(name, 20, "not enough"),
            farm_size(name, 30, "enough"),
        ],
        least: Some(24),
        least_notes: vec![name.to_owned()],
        erlang: Some(ErlangPage {
            slots: 4,
            instances: 24,
            utilisation: 0.4,
            mean_wait_minutes: 1.5,
            p95_wait_minutes: 4.0,
            simulated_minutes: Some(1.0),
            agrees: Some(false),
            holds: Some(true),
        }),
        curve: vec![point(10), point(24)],
        elsewhere: vec![ElsewherePage {
            to: "on spot".to_owned(),
            jobs: vec![name.to_owned()],
            busy_instances: 2.5,
            least: Some(18),
            note: Some(name.to_owned()),
        }],
        spot: vec![SpotPage {
            job: name.to_owned(),
            mean_minutes: 20.0,
            expected_minutes: Some(21.0),
            uninterrupted: Some(0.9),
            on_time: Some(0.99),
        }],
        schedules: vec![schedule(name, 10, Some(name)), schedule(name, 20, None), schedule(name, 30, None)],
        not_simulated: None,
    }
}

const QUARTERS: [&str; 2] = ["2027-Q1", "2027-Q2"];

/// What covers half, 90 % and 99 % of the worlds.
fn covering(nodes: u32) -> Vec<(String, u32)> {
    [("p50", nodes - 10), ("p90", nodes + 10), ("p99", nodes + 50)]
        .map(|(share, nodes)| (share.to_owned(), nodes))
        .to_vec()
}

fn cluster(name: &str) -> ClusterPage {
    let quarters = QUARTERS.iter().zip([50, 60]).map(|(quarter, nodes)| ClusterQuarterPage {
        quarter: (*quarter).to_owned(),
        nodes,
        covered: 0.8,
        covering: covering(nodes),
        binding: vec![(name.to_owned(), 0.75)],
        usd_per_month: None,
    });
    ClusterPage {
        segments: vec![name.to_owned()],
        machine: Some(name.to_owned()),
        level: Some("p80".to_owned()),
        regret: vec![RegretPart { what: name.to_owned(), regret: 3.0, worlds: 9 }],
        quarters: quarters.collect(),
        full: vec![(name.to_owned(), 0.57)],
        alternatives: vec![AlternativePage {
            machine: name.to_owned(),
            level: "p90".to_owned(),
            nodes: vec![55, 66],
            regret: 4.0,
            lost: Some(name.to_owned()),
        }],
        excuses: vec![ExcusePage {
            machine: name.to_owned(),
            reason: name.to_owned(),
            bound: Some(name.to_owned()),
            worlds: 900,
        }],
        open: vec![name.to_owned()],
        notes: vec![name.to_owned()],
    }
}

fn quarters(name: &str) -> Vec<QuarterPage> {
    let quarters = QUARTERS.iter().zip([100, 120]).map(|(quarter, nodes)| QuarterPage {
        quarter: (*quarter).to_owned(),
        nodes,
        covered: 0.65,
        covering: covering(nodes),
        machines: vec![(name.to_owned(), nodes)],
        usd_per_month: Some(1_300_000.0),
        needs_price: Some(name.to_owned()),
        prices: vec![name.to_owned()],
        vips: 480,
        addresses: 600,
    });
    quarters.collect()
}

fn flip(name: &str) -> FlipPlan {
    FlipPlan {
        fact: name.to_owned(),
        status: "unknown".to_owned(),
        usual: "15".to_owned(),
        value: "17".to_owned(),
        nodes: vec![30, 61],
        machines: vec![Some(name.to_owned()), None],
        usd_per_month: Some(900_000.0),
        is_other_machine: true,
        is_other_count: true,
    }
}

fn ask(name: &str, by: &str, by_if_slow: &str) -> AskPage {
    AskPage {
        by: by.to_owned(),
        by_if_slow: by_if_slow.to_owned(),
        is_late_if_slow: false,
        metric: Some(name.to_owned()),
        not_before: Some("2026-10-01".to_owned()),
        is_late: by < "2026-11-30",
        clock: "quota".to_owned(),
        what: "instances".to_owned(),
        machine: Some(name.to_owned()),
        amount: Some(4_536_000),
        unit: Some("GiB".to_owned()),
        quarter: QUARTERS[0].to_owned(),
        covered: 0.8,
    }
}

fn plan(name: &str) -> PlanPage {
    let swing = |nodes: [u32; 3], input: &str| SwingPage {
        segment: name.to_owned(),
        input: input.to_owned(),
        nodes,
        usd_per_month: None,
    };
    PlanPage {
        from: QUARTERS[0].to_owned(),
        until: QUARTERS[1].to_owned(),
        worlds: 1_000,
        is_cut: false,
        seed: 1,
        measure: "money".to_owned(),
        clusters: vec![cluster(name), cluster(name)],
        pooled: Some(cluster(name)),
        quarters: quarters(name),
        swings: vec![swing([37, 64, 104], "capacity"), swing([64, 64, 64], "clients")],
        flips: vec![flip(name)],
        vips_per_node: 4,
        subnets: vec![SubnetPage {
            cluster: name.to_owned(),
            rail: "tcp".to_owned(),
            addresses: 300,
            prefix: Some(23),
            subnets: 1,
            nodes: 60,
            vips: 240,
            overload: Some(0.25),
            migs: 1,
            placement_groups: None,
        }],
        objects: vec![ObjectsPage {
            mover: name.to_owned(),
            named: true,
            alias_ranges: 480,
            routes: None,
            forwarding_rules: 0,
        }],
        asks: vec![
            ask(name, "2026-11-01", "2026-10-01"),
            ask(name, "2026-12-25", "2026-11-18"),
            ask(name, "2027-03-25", "2027-02-16"),
        ],
        notes: vec![name.to_owned()],
    }
}

/// A farm of three sizes and a plan of two quarters.
pub fn size(name: &str) -> Size {
    Size {
        version: 1,
        tool: name.to_owned(),
        inputs: Vec::new(),
        date: "2026-11-30".to_owned(),
        farm: Some(farm(name)),
        plan: Some(plan(name)),
        no_plan: Some(name.to_owned()),
        facts: vec![fact(name)],
        caveats: vec![name.to_owned()],
    }
}

fn written(size: Option<Size>) -> (String, String) {
    let book = Book { size, ..Book::default() };
    let (mut html, mut markdown) = (Vec::new(), Vec::new());
    page(&book, &mut html).expect("writing to memory");
    document(&book, &mut markdown).expect("writing to memory");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(html), text(markdown))
}

/// The section, without what stands before and after it.
fn section(page: &str) -> &str {
    let from = page.find("<section id=\"size\"").expect("the page has the section");
    let end = page[from..].find("</section>").expect("it ends");
    &page[from..from + end]
}

/// The text between two marks.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap_or_else(|| panic!("{from} is in {text}")) + from.len();
    let end = text[start..].find(to).unwrap_or_else(|| panic!("{to} is behind {from}"));
    &text[start..start + end]
}

/// The fields of the row of a document that begins so.
fn row<'t>(document: &'t str, begins: &str) -> Vec<&'t str> {
    let row =
        document.lines().find(|line| line.starts_with(begins)).unwrap_or_else(|| panic!("{begins} in {document}"));
    row.trim_matches('|').split(" | ").map(str::trim).collect()
}

#[test]
fn the_farm_is_told_short_then_by_size() {
    let (page, document) = written(Some(size("smoke")));
    let section = section(&page);
    let lead = "24 instances are the least farm that runs everything as it should; of those that were looked at, 30 would do; 10 and 20 would not do.";
    assert!(section.contains(lead) && document.contains(lead), "{section}");
    let size = row(&document, "| 20 |");
    assert_eq!(size[..7], ["20", "✗ not enough", "48 %", "1h00m", "4h00m", "92 %", "2h00m a day"]);
    // Six reasons, of which four are shown.
    let cannot = between(section, "<td class=\"cannot\">", "</td>");
    assert!(cannot.matches("<li>").count() == 6 && cannot.contains("and 2 more"), "{cannot}");
    assert!(section.contains("4 slots of the largest job, 24 instances, 40 % busy, mean wait 90 s"), "{section}");
    // Of three sizes the first that was simulated and is not enough is open.
    let opened: Vec<bool> = section
        .split("<details class=\"finding condition\" id=\"size-farm-")
        .skip(1)
        .map(|one| one[..one.find('>').expect("a tag ends")].contains(" open"))
        .collect();
    assert_eq!(opened, [true, false, false]);
    // The least farm is marked among the columns.
    assert_eq!(section.matches("class=\"column marked\"").count(), 1, "{section}");
}

#[test]
fn a_week_is_drawn_by_suite() {
    let (page, _) = written(Some(size("smoke")));
    let week = between(section(&page), "A week of jobs on 20 instances", "</figure>");
    // The first suite's job holds six instances in two parts, from Monday at nine.
    assert!(week.contains("smoke, 6 instances, came Mon 08:30, waited 30m00s, Mon 09:00 to Mon 11:00"), "{week}");
    assert!(week.contains("held s0") && week.contains("held s1"), "{week}");
    let held = between(week, "class=\"held s0\" d=\"", "\"");
    assert_eq!(held.matches('M').count(), 2, "two parts: {held}");
    assert!(section(&page).contains("No week is drawn: smoke."), "{page}");
    assert!(section(&page).contains("3 more jobs were left out of the schedule."), "{page}");
}

#[test]
fn long_weeks_and_lists_are_bounded() {
    let mut many = size("smoke");
    let farm = many.farm.as_mut().expect("a farm");
    farm.schedules[1].bars = (0..5_000).map(|place| bar(0, f64::from(place) / 50.0)).collect();
    farm.sizes = (20..60).map(|instances| farm_size("smoke", instances, "not enough")).collect();
    let plan = many.plan.as_mut().expect("a plan");
    plan.asks = (0..5_000).map(|_| ask("smoke", "2027-03-25", "2027-02-16")).collect();
    plan.flips = (0..5_000).map(|place| flip(&format!("fact.{place}"))).collect();
    plan.clusters = (0..500).map(|place| cluster(&format!("segment-{place}"))).collect();
    let (page, document) = written(Some(many));
    let section = section(&page);
    assert!(section.matches("class=\"held ").count() <= 900, "{}", section.matches("class=\"held ").count());
    assert!(section.contains("Of 5000 jobs the 4550 smallest are not drawn; they hold 91 % of the instance-hours"));
    assert!(section.contains("28 more are not shown.") && section.contains("4940 more are not shown."));
    assert!(section.contains("4700 more are not shown.") && document.contains("4700 more are not shown."));
    assert!(page.len() < 2_000_000 && document.len() < 500_000, "{} and {}", page.len(), document.len());
}

#[test]
fn customers_are_told_short_then_by_quarter() {
    let (page, document) = written(Some(size("training")));
    let section = section(&page);
    let lead = "They are enough in 65 % of the worlds, and cost 1.3M USD a month.";
    assert!(section.contains("120 nodes in 2027-Q2: 60 of <code>training</code> for") && section.contains(lead));
    assert!(document.contains(lead), "{document}");
    let quarter = row(&document, "| 2027-Q2 |");
    assert_eq!(quarter[2..], ["120", "65 %", "p50 110, p90 130, p99 170", "1.3M", "480", "600"]);
    assert!(section.contains("2027-Q2: 120, p50 110, p90 130, p99 170"), "the picture: {section}");
    assert!(section.contains("64 (37 to 104)") && section.contains("clients of <code>training</code>"), "{section}");
    let flips = between(section, "What open facts flip", "</table>");
    assert!(
        flips.contains("no machine type for <code>training</code>, 61 nodes instead of 120 in 2027-Q2, 900k USD a month instead of 1.3M"),
        "{flips}"
    );
}

#[test]
fn what_is_late_is_marked() {
    let (page, document) = written(Some(size("training")));
    let asks = between(section(&page), "What to ask for, and by when", "</table>");
    assert!(asks.contains("1 of 3 late, 1 of 3 late if everything takes as long as it may"), "{asks}");
    let rows: Vec<usize> = asks.split("<tr>").skip(2).map(|row| row.matches(">late</b>").count()).collect();
    assert_eq!(rows, [1, 1, 0], "{asks}");
    assert_eq!(row(&document, "| 2026-11-01 **late** |")[3], "4,536,000 GiB");
    assert!(document.contains("| 2026-12-25 **late if slow** | 2026-11-18 |"), "{document}");
}

#[test]
fn what_was_not_sized_is_said() {
    let (page, document) = written(Some(Size::default()));
    assert!(section(&page).contains("has neither <code>tests</code> nor <code>demand</code>"), "{page}");
    assert!(document.contains("## Sizing\n\nNothing is to be sized"), "{document}");
    let only = Size { no_plan: Some("`code` in a demand".to_owned()), ..Size::default() };
    let (page, document) = written(Some(only));
    assert!(section(&page).contains("that needs <code>code</code> in a demand."), "{page}");
    assert!(document.contains("Customers were not planned for: that needs <code>code</code>"), "{document}");
    let (page, document) = written(None);
    assert!(section(&page).contains("Not asked for.") && !document.contains("## Sizing"), "{document}");
}
