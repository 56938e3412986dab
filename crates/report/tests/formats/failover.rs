//! Comparisons of movers that were made up, on the page and in the document: hostile names, outages that never end, pools without clients and movers, figures
//! that are not printed. Not here: real ones.

use twinrail_report::{
    Because, Book, CellPage, ChoicePage, ClientPage, Condition, CornerPage, Distribution, Failover, FlipPage, LimitUse,
    MomentPage, MoverFailover, Otherwise, OutageVerdict, PoolFailover, ProvedOf, QuantilePage, RefusedIf, ScenarioPage,
    Sweep, SweepPoint, Swing, TrialClient, TrialPage, Worth, document, page,
};

fn seconds(seconds: f64) -> QuantilePage {
    let range = Some((Some(seconds / 2.0), None));
    QuantilePage {
        seconds: Some(seconds),
        low: Some(seconds * 0.9),
        high: Some(seconds * 1.1),
        range,
        ..QuantilePage::default()
    }
}

fn never() -> QuantilePage {
    QuantilePage { never: true, range: Some((None, None)), ..QuantilePage::default() }
}

/// A figure that is not printed.
fn bound(at_least: Option<f64>, why: &str) -> QuantilePage {
    QuantilePage { at_least, why_not: Some(why.to_owned()), range: Some((Some(3.0), None)), ..QuantilePage::default() }
}

fn distribution(p50: QuantilePage, p99: QuantilePage) -> Distribution {
    let curve = vec![(1.0, 0.0), (2.0, 0.5), (4.0, 0.9)];
    Distribution { p50, p99: p99.clone(), p999: p99, never: 3, curve }
}

fn cell(scenario: &str, outages: Vec<Distribution>) -> CellPage {
    CellPage {
        scenario: scenario.to_owned(),
        downtime: distribution(seconds(2.0), seconds(4.0)),
        all_back: distribution(seconds(3.0), never()),
        outages,
        free: distribution(seconds(0.5), seconds(1.0)),
        doubled: 2,
        doubled_most: 1.5,
        calls: 4,
        calls_most: 9,
        moved: 7,
        trials: 100,
    }
}

fn mover(name: &str, cells: Vec<CellPage>, p99: QuantilePage) -> MoverFailover {
    MoverFailover {
        obstacles: Vec::new(),
        mover: name.to_owned(),
        named: false,
        refusal: None,
        refused_if: vec![RefusedIf {
            when: vec![vec![Condition { fact: name.to_owned(), value: name.to_owned() }]],
            refusal: name.to_owned(),
        }],
        world: vec![Condition { fact: name.to_owned(), value: name.to_owned() }],
        detector: Some(name.to_owned()),
        cells,
        price: 12.5,
        price_per_gib: Some(0.008),
        price_of_load: Some(294_000.0),
        uses: vec![LimitUse { what: name.to_owned(), used: 90, most: 100, fact: name.to_owned() }],
        needs: vec![name.to_owned()],
        proved: Some(ProvedOf {
            proved: vec!["I1".to_owned()],
            violated: vec![name.to_owned()],
            depends: vec![name.to_owned()],
            other: vec![name.to_owned()],
        }),
        p99,
        swings: vec![
            Swing { fact: name.to_owned(), what: name.to_owned(), seconds: Some(9.0), usable: true },
            Swing { fact: name.to_owned(), what: name.to_owned(), seconds: None, usable: true },
            Swing { fact: name.to_owned(), what: name.to_owned(), seconds: None, usable: false },
        ],
        rests_on: vec![name.to_owned()],
    }
}

fn refused(name: &str, why: &str) -> MoverFailover {
    let refusal = Some(why.to_owned());
    MoverFailover { refusal, p99: QuantilePage::default(), ..mover(name, Vec::new(), QuantilePage::default()) }
}

fn choice(name: &str, first: &str) -> ChoicePage {
    ChoicePage {
        first_of_all: None,
        criterion: ["safety", "intents", "p99", "price", name].map(ToOwned::to_owned).to_vec(),
        first: Some(first.to_owned()),
        because: vec![Because { mover: name.to_owned(), why: name.to_owned() }],
        dominates: None,
        by_scenario: vec![("killed".to_owned(), Some(name.to_owned())), (name.to_owned(), None)],
        flips: vec![FlipPage { fact: name.to_owned(), at: name.to_owned(), first: None }],
        worlds: 7,
        same: 5,
        worth: vec![Worth { fact: name.to_owned(), seconds: None, tried: 3 }],
        corners: vec![
            CornerPage { world: name.to_owned(), first: Some(name.to_owned()) },
            CornerPage { world: "no tails".to_owned(), first: Some(first.to_owned()) },
        ],
    }
}

fn trial(name: &str) -> TrialPage {
    let moment = |at: f64, who: &str, words: &str| MomentPage { at, who: who.to_owned(), words: words.to_owned() };
    TrialPage {
        mover: name.to_owned(),
        scenario: name.to_owned(),
        seed: 1,
        trial: 2,
        moments: vec![
            moment(-0.1, &format!("client {name}"), "last good reply"),
            moment(0.0, "chance", name),
            moment(4.0, name, name),
        ],
        downtime: None,
        clients: vec![TrialClient { protocol: name.to_owned(), outage: None }],
    }
}

fn sweep(name: &str) -> Sweep {
    let point = |value: &str, p50: QuantilePage, share: f64| SweepPoint {
        value: value.to_owned(),
        detector: name.to_owned(),
        p50,
        p99: never(),
        false_failovers: share,
        on_frontier: share > 0.0,
    };
    Sweep {
        mover: name.to_owned(),
        parameter: name.to_owned(),
        points: vec![point(name, seconds(2.0), 0.02), point("2s", never(), 0.0)],
    }
}

/// A comparison in which everything that has a name has this one.
pub(crate) fn failover(name: &str) -> Failover {
    let scenario =
        |scenario: &str, decides| ScenarioPage { scenario: scenario.to_owned(), words: name.to_owned(), decides };
    let outages = || vec![distribution(seconds(2.0), bound(Some(4.0), name)), distribution(never(), never())];
    let cells = || vec![cell("killed", outages()), cell(name, outages())];
    let client =
        |protocol: &str, groups: Vec<String>| ClientPage { groups, protocol: protocol.to_owned(), connections: 4 };
    let intent = OutageVerdict {
        intent: name.to_owned(),
        verdict: name.to_owned(),
        scenario: Some(name.to_owned()),
        quantile: Some(seconds(11.0)),
        otherwise: vec![Otherwise { fact: Some(name.to_owned()), what: name.to_owned(), verdict: name.to_owned() }],
        kept_by: vec![name.to_owned()],
    };
    Failover {
        version: 1,
        tool: name.to_owned(),
        inputs: vec![name.to_owned()],
        seed: 1,
        trials: 100,
        varied: 10,
        scenarios: vec![scenario("killed", true), scenario(name, false)],
        pools: vec![PoolFailover {
            pool: name.to_owned(),
            cluster: name.to_owned(),
            mover: name.to_owned(),
            vips: 3,
            instances: 2,
            vips_together: 2,
            clients: vec![client("rdma", Vec::new()), client(name, vec![name.to_owned()])],
            movers: vec![
                mover("quick", cells(), seconds(3.0)),
                MoverFailover { named: true, ..mover(name, cells(), bound(None, name)) },
                refused("slow", name),
            ],
            choice: choice(name, "quick"),
            intents: vec![intent],
            sweeps: vec![sweep(name)],
            examples: vec![trial(name)],
        }],
        facts: Vec::new(),
    }
}

/// One pool with these movers and clients, the first mover named and first.
fn pool_of(movers: Vec<MoverFailover>, clients: Vec<ClientPage>) -> Failover {
    let mut failover = failover("plain");
    let pool = &mut failover.pools[0];
    let first = movers.iter().find(|mover| mover.refusal.is_none()).map(|mover| mover.mover.clone());
    pool.mover = movers.first().map_or_else(|| "none".to_owned(), |mover| mover.mover.clone());
    pool.choice =
        ChoicePage { first, because: Vec::new(), flips: Vec::new(), worth: Vec::new(), ..choice("plain", "plain") };
    (pool.movers, pool.clients) = (movers, clients);
    (pool.intents, pool.sweeps, pool.examples) = (Vec::new(), Vec::new(), Vec::new());
    failover
}

fn shown(failover: Failover) -> (String, String) {
    let book = Book { failover: Some(failover), ..Book::default() };
    let (mut html, mut markdown) = (Vec::new(), Vec::new());
    page(&book, &mut html).expect("writing to memory");
    document(&book, &mut markdown).expect("writing to memory");
    let text = |bytes| String::from_utf8(bytes).expect("it is text");
    let (html, markdown) = (text(html), text(markdown));
    assert_eq!(dead_links(&html), Vec::<String>::new());
    for shown in [&html, &markdown] {
        assert!(!shown.contains("NaN") && !shown.contains("inf ") && !shown.contains("inf\""), "a number is none");
    }
    (html, markdown)
}

/// Links within the page that lead nowhere.
fn dead_links(html: &str) -> Vec<String> {
    let targets = html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
    targets.filter(|target| !html.contains(&format!("id=\"{target}\""))).map(ToOwned::to_owned).collect()
}

fn killed(outages: Vec<Distribution>) -> Vec<CellPage> {
    vec![cell("killed", outages)]
}

#[test]
fn a_figure_that_is_not_printed_has_a_reason() {
    let why = "62 % of the slowest 1 % drew in the tail of api.nic-update-time (assumed)";
    let outage = distribution(seconds(2.0), bound(Some(54.0), why));
    let clients = vec![ClientPage { groups: vec!["gpu".to_owned()], protocol: "tcp".to_owned(), connections: 1 }];
    let mover = mover("alias-ip", killed(vec![outage.clone(), outage]), bound(Some(54.0), why));
    let (html, markdown) = shown(pool_of(vec![mover], clients));
    assert!(html.contains("≥ 54 s<sup><a href=\"#note-0-1\">1</a></sup>"), "{html}");
    assert!(html.contains("<li id=\"note-0-1\">") && !html.contains("note-0-2"), "one reason has one number");
    assert!(html.contains("class=\"mark open\""), "it is drawn open");
    assert!(markdown.contains("≥ 54 s (1)") && markdown.contains("- (1) most of the slowest trials"), "{markdown}");
    assert!(html.contains("within a time that nobody can tell, at least 54 s"), "{html}");
    assert!(!html.contains("within ≥"), "a bound from below is no bound from above");
}

#[test]
fn outages_without_end_are_said_and_drawn() {
    let clients = vec![ClientPage { groups: Vec::new(), protocol: "rdma".to_owned(), connections: 1 }];
    let mover = mover("route-priority", killed(vec![distribution(never(), never())]), never());
    let (html, markdown) = shown(pool_of(vec![mover], clients));
    assert!(html.contains("more than 1 in 100 outages do not end"), "{html}");
    assert!(html.contains("class=\"beyond\""), "{html}");
    assert!(html.contains("measured on soft RoCE") && markdown.contains("measured on soft RoCE"), "{markdown}");
}

#[test]
fn a_pool_whose_movers_are_all_refused_has_a_record() {
    let movers = vec![refused("alias-ip", "the profile has no alias ranges"), refused("lb-garp", "no load balancer")];
    let (html, markdown) = shown(pool_of(movers, Vec::new()));
    for shown in [&html, &markdown] {
        assert!(shown.contains("No mover can be used"), "{shown}");
        assert!(shown.contains("the profile has no alias ranges") && shown.contains("no load balancer"), "{shown}");
    }
    assert!(!html.contains("class=\"chart panels\"") && !html.contains("How sure it is"), "{html}");
}

#[test]
fn without_clients_the_vip_stands_for_them() {
    let (html, markdown) =
        shown(pool_of(vec![mover("alias-ip", killed(Vec::new()), QuantilePage::default())], Vec::new()));
    assert!(
        html.contains("How long the VIP is not served") && html.contains("99 of 100 outages of a VIP end within 4 s"),
        "{html}"
    );
    assert!(markdown.contains("No client is known") && markdown.contains("2 s / 4 s"), "{markdown}");
    assert!(!html.contains("outages of a client"), "{html}");
}

#[test]
fn nothing_to_fail_over_is_said() {
    let (html, markdown) = shown(Failover { pools: Vec::new(), ..failover("plain") });
    assert!(html.contains("nothing fails over") && markdown.contains("nothing fails over"), "{markdown}");
    assert!(!html.contains("id=\"decision\"") && !markdown.contains("## Decision"), "{markdown}");
    let nothing = Failover { scenarios: Vec::new(), ..pool_of(Vec::new(), Vec::new()) };
    assert!(shown(nothing).0.contains("No mover can be used"));
}

#[test]
fn a_record_stands_in_the_order_of_madr() {
    let (html, markdown) = shown(failover("plain"));
    let heads = [
        "Status:",
        "Context and problem",
        "Decision drivers",
        "Considered options",
        "Decision outcome",
        "Consequences",
        "How sure it is",
        "What would flip it",
        "What to ask first",
        "Pros and cons of the options",
    ];
    for shown in [
        &html[html.find("id=\"decision\"").expect("the section")..],
        &markdown[markdown.find("## Decision").expect("the section")..],
    ] {
        let places: Vec<Option<usize>> = heads.iter().map(|head| shown.find(head)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}");
        for words in ["5 of 7 worlds", "with equal weights", "no mover", "is in no tails"] {
            assert!(shown.contains(words) || words == "is in no tails", "{words}: {shown}");
        }
    }
}

#[test]
fn a_choice_by_too_few_trials_is_said_to_be_one() {
    let clients = vec![ClientPage { groups: Vec::new(), protocol: "tcp".to_owned(), connections: 1 }];
    let outage = distribution(seconds(2.0), seconds(4.0));
    let mover = |p99: QuantilePage| mover("alias-ip", killed(vec![outage.clone()]), p99);
    let (_, bounded) = shown(pool_of(vec![mover(seconds(4.0))], clients.clone()));
    let (_, open) = shown(pool_of(vec![mover(QuantilePage { high: None, ..seconds(4.0) })], clients));
    assert!(open.contains("Too few trials to choose by") && !bounded.contains("Too few trials"), "{open}");
}
