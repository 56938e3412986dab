//! Bandwidth that was made up, on the page and in the document: hostile names, limits that bind, more limits and worlds than are shown, nothing looked at. Not
//! here: real shares.

use twinrail_report::{
    AloneFact, AloneValue, AskedFor, Bandwidth, BandwidthRow, BandwidthVerdict, BandwidthWorld, Book, Condition,
    FactCitation, FlowPage, LoadPage, NodePage, RebuildPage, SystemBandwidth, document, page,
};

fn fact(id: &str) -> FactCitation {
    FactCitation {
        id: id.to_owned(),
        question: format!("What is {id}?"),
        values: vec!["50".to_owned(), "10".to_owned()],
        status: "unknown".to_owned(),
        sources: Vec::new(),
        date: "2026-11-30".to_owned(),
    }
}

fn world(name: &str, answer: &str) -> BandwidthWorld {
    let when = vec![vec![Condition { fact: name.to_owned(), value: name.to_owned() }]; 4];
    BandwidthWorld { answer: answer.to_owned(), figures: name.to_owned(), when }
}

fn alone(name: &str, first: &str, second: &str) -> AloneFact {
    let value = |value: &str, answer: &str| AloneValue {
        value: value.to_owned(),
        answer: answer.to_owned(),
        figures: name.to_owned(),
    };
    AloneFact { fact: name.to_owned(), values: vec![value("50", first), value("10", second)] }
}

fn flow(name: &str, kind: &str, achieved: f64, bound: Option<&str>) -> FlowPage {
    FlowPage {
        clients: name.to_owned(),
        kind: kind.to_owned(),
        asked_gbps: 400.0,
        achieved_gbps: achieved,
        range_gbps: (achieved.min(300.0), 400.0),
        bound: bound.map(str::to_owned),
        worst_part: 1.0,
    }
}

fn load(limit: &str, load_gbps: f64) -> LoadPage {
    LoadPage { limit: limit.to_owned(), load_gbps, cap_gbps: 200.0 }
}

/// Everything is up, and all that is asked for is given.
fn healthy(name: &str) -> BandwidthRow {
    BandwidthRow {
        condition: "everything up".to_owned(),
        verdict: "enough".to_owned(),
        flows: vec![FlowPage { range_gbps: (400.0, 400.0), ..flow(name, "read", 400.0, None) }],
        nodes: vec![NodePage {
            node: name.to_owned(),
            count: 3,
            vips: 4,
            loads: vec![load(name, 126.0), load("out", 50.0)],
        }],
        ..BandwidthRow::default()
    }
}

/// Under this one something binds.
fn down(name: &str) -> BandwidthRow {
    BandwidthRow {
        condition: "one instance down".to_owned(),
        down: vec![name.to_owned()],
        rebuilds: true,
        verdict: "depends".to_owned(),
        flows: vec![flow(name, "write", 400.0, None), flow(name, "read", 371.0, Some(name))],
        rebuild: Some(RebuildPage {
            gbps: 67.2,
            hours: Some(6.0),
            range_hours: (Some(1.5), None),
            bound: name.to_owned(),
            within_hours: Some(4.0),
        }),
        nodes: vec![
            NodePage { node: name.to_owned(), count: 1, vips: 8, loads: vec![load(name, 200.0), load("out", 200.0)] },
            NodePage { node: name.to_owned(), count: 2, vips: 1, loads: vec![load(name, 100.0), load("out", 60.0)] },
        ],
        worlds: vec![world(name, "enough"), world(name, "not enough")],
        alone: vec![alone(name, "not enough", "enough")],
        deciding: vec![fact(name), fact("with.others")],
        notes: vec![name.to_owned()],
        ..BandwidthRow::default()
    }
}

/// Three conditions of one cluster; of the third nothing is known.
pub fn bandwidth(name: &str) -> Bandwidth {
    let unknown = BandwidthRow {
        condition: name.to_owned(),
        verdict: "undecided".to_owned(),
        needs: Some(name.to_owned()),
        ..BandwidthRow::default()
    };
    let system = SystemBandwidth {
        cluster: name.to_owned(),
        machine: name.to_owned(),
        nodes: 4,
        code: Some("8+2".to_owned()),
        hops: 1,
        asked: vec![AskedFor { clients: name.to_owned(), kind: "read".to_owned(), gbps: 400.0 }],
        rows: vec![healthy(name), down(name), unknown],
        unknown: vec![name.to_owned()],
    };
    let intent = BandwidthVerdict {
        intent: name.to_owned(),
        verdict: "depends".to_owned(),
        least_gbps: Some(371.0),
        case: Some(name.to_owned()),
        bound: Some(name.to_owned()),
        cases: 9,
        beyond_code: None,
        left_out: None,
        worlds: vec![world(name, "holds"), world(name, "violated")],
        alone: vec![alone(name, "holds", "violated")],
        deciding: vec![fact(name)],
        needs: Some(name.to_owned()),
    };
    Bandwidth {
        version: 1,
        tool: name.to_owned(),
        inputs: Vec::new(),
        systems: vec![system],
        intents: vec![intent],
        needs: None,
        facts: vec![fact(name)],
        caveats: vec![name.to_owned()],
    }
}

fn written(bandwidth: Option<Bandwidth>) -> (String, String) {
    let book = Book { bandwidth, ..Book::default() };
    let (mut html, mut markdown) = (Vec::new(), Vec::new());
    page(&book, &mut html).expect("writing to memory");
    document(&book, &mut markdown).expect("writing to memory");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(html), text(markdown))
}

/// The section, without what stands before and after it.
fn section(page: &str) -> &str {
    let from = page.find("<section id=\"bandwidth\"").expect("the page has the section");
    let end = page[from..].find("</section>").expect("it ends");
    &page[from..from + end]
}

/// The text between two marks.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap_or_else(|| panic!("{from} is in {text}")) + from.len();
    let end = text[start..].find(to).unwrap_or_else(|| panic!("{to} is behind {from}"));
    &text[start..start + end]
}

#[test]
fn what_is_full_and_binds_is_told_apart() {
    let (page, document) = written(Some(bandwidth("nic-1")));
    let section = section(&page);
    // The first kind of node under the second condition: `nic-1` is full and named as a bound; `out` is full and nobody's bound.
    let node = between(section, "Loads beside caps: `nic-1`, 8 VIPs", "</table>");
    let rows: Vec<&str> = node.split("<tr").skip(2).collect();
    assert!(
        rows[0].contains("class=\"binds\"") && rows[0].contains("◆") && rows[0].contains("meter bad"),
        "{}",
        rows[0]
    );
    assert!(!rows[1].contains("binds") && !rows[1].contains("◆") && rows[1].contains("meter bad"), "{}", rows[1]);
    // Half of the cap on the other kind: plain, and half as long as its track.
    let other = between(section, "Loads beside caps: each of 2 such as `nic-1`, 1 VIP", "</table>");
    assert!(
        other.contains("meter plain") && other.contains("width=\"50.0\"") && other.contains("100 of 200 Gbps"),
        "{other}"
    );
    assert!(!other.contains("meter bad"), "{other}");
    assert!(document.contains("| nic-1 | 200 of 200 Gbps | **100 %** ◆ |"), "{document}");
    assert!(document.contains("| out | 200 of 200 Gbps | **100 %** |"), "{document}");
}

#[test]
fn figures_stand_beside_bars() {
    let (page, document) = written(Some(bandwidth("gpu")));
    let section = section(&page);
    // 371 of 400 is 92.75 %, between 300 and 400: 75 % and all of it.
    let read = between(section, "<title>read: 371 of 400 Gbps (300 to 400)</title>", "</td>");
    assert!(read.contains("width=\"92.8\"") && read.contains("M75.0 5H100.0"), "{read}");
    assert!(section.contains("Enough in every world under 1 of 3 conditions; 1 depends on facts that nobody has confirmed; 1 undecided. First full is gpu"), "{section}");
    assert!(section.contains("class=\"full\">6.0 h (1.5 h to never)"), "six hours are more than four: {section}");
    assert!(document.contains("6.0 h (1.5 h to never), 4.0 h allowed"), "{document}");
    assert!(
        document.contains("| one instance down, and a rebuild | ◐ depends | 371 of 400 (300 to 400) |"),
        "{document}"
    );
}

#[test]
fn flip_points_are_named() {
    let (page, document) = written(Some(bandwidth("a.fact")));
    let flips = between(section(&page), "What open facts flip", "</table>");
    assert!(
        flips.contains("<b>10</b>") && !flips.contains("<b>50</b>"),
        "only the value that changes the verdict: {flips}"
    );
    assert!(flips.contains("href=\"#bandwidth-0-1\""), "{flips}");
    assert!(page.contains("Only together with other facts: <code>with.others</code>"), "{page}");
    assert!(document.contains("Only together with other facts: <code>with.others</code>"), "{document}");
    assert!(document.contains("| 10 | one instance down, and a rebuild: ✓ enough: a.fact |"), "{document}");
}

#[test]
fn a_condition_that_is_not_enough_is_open_and_the_others_are_folded() {
    let (page, _) = written(Some(bandwidth("gpu")));
    let conditions: Vec<&str> = section(&page).split("<details class=\"finding condition\"").skip(1).collect();
    let is_open: Vec<bool> = conditions
        .iter()
        .map(|condition| condition[..condition.find('>').expect("a tag ends")].contains("open"))
        .collect();
    assert_eq!(is_open, [false, true, false]);
}

#[test]
fn many_worlds_and_limits_are_bounded() {
    let mut many = bandwidth("gpu");
    let row = &mut many.systems[0].rows[1];
    row.worlds = (0..300).map(|place| world(&format!("world-{place}"), "enough")).collect();
    row.nodes[0].loads = (0..40).map(|place| load(&format!("limit {place}"), f64::from(place))).collect();
    let (page, document) = written(Some(many));
    assert!(section(&page).contains("292 more: ") && !page.contains("world-8<"), "{page}");
    assert!(document.contains("- 292 more answers in other worlds") && !document.contains("world-9"), "{document}");
    let heads = between(section(&page), "<table class=\"fill\"><thead>", "</thead>").matches("<th>").count();
    assert_eq!(heads, 1 + 9, "a condition and nine limits");
    assert!(section(&page).contains("Less full than all of these"), "{page}");
}

#[test]
fn what_was_not_looked_at_is_said() {
    let needs = Some("a `workload` in the model file".to_owned());
    let nothing = Bandwidth { needs, caveats: vec!["a caveat of no figure".to_owned()], ..Bandwidth::default() };
    let (page, document) = written(Some(nothing));
    assert!(section(&page).contains("it needs a <code>workload</code> in the model file."), "{page}");
    assert!(document.contains("## Bandwidth\n\nBandwidth was not looked at"), "{document}");
    assert!(!page.contains("a caveat of no figure") && !document.contains("a caveat of no figure"), "{document}");
    let (page, document) = written(None);
    assert!(section(&page).contains("Not asked for.") && !document.contains("## Bandwidth"), "{document}");
}
