//! Tables of measured times: what becomes of them, what is said of mistakes, and what nobody should send.

use insta::assert_snapshot;
use twinrail_facts::{Catalog, Date, Override, Status, Value};
use twinrail_intake::{Input, InputError};

const HEADER: &str = "fact,seconds,when,what,project,zone,machine\n";

fn input(text: &str) -> Input {
    Input { path: "t.csv".to_owned(), text: text.to_owned() }
}

fn read(text: &str) -> Vec<Override> {
    twinrail_intake::read_facts(&input(text)).expect("a table")
}

/// What is wrong, with the line: all of it must have a hint.
fn wrong(text: &str) -> String {
    let errors = twinrail_intake::read_facts(&input(text)).expect_err(text);
    let line = |error: &InputError| {
        let line = error.at.as_ref().map(|at| text[..at.start].matches('\n').count() + 1);
        let place = line.map_or_else(String::new, |line| format!("{line}: "));
        format!("{place}{} ({})", error.message, error.hint.as_deref().unwrap_or("-"))
    };
    errors.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The fact as the table leaves it, as text.
fn applied(over: &Override) -> String {
    let mut catalog = Catalog::embedded().clone();
    let today = Date { year: 2026, month: 11, day: 30 };
    assert_eq!(catalog.apply(over, today), Ok(true));
    let fact = catalog.fact(catalog.find(&over.id).expect("a fact"));
    assert_eq!((fact.status, fact.range), (Status::Observed, None));
    assert!(matches!(fact.values[0].value, Value::Delay(_)));
    format!("{}\n  {} | {}", fact.values[0].value, fact.date, fact.setting.as_deref().unwrap_or_default())
}

#[test]
fn rows_of_a_fact_become_one_observed_fact() {
    let text = format!(
        "{HEADER}api.nic-update-time,1.5,2026-11-29T23:02:58.500-07:00,alias-add,farm-prod,us-central1-a,e2-small\n\
         api.route-insert-time,4,2026-11-30,,,,\n\
         api.nic-update-time,1.25,2026-11-30T01:00:00Z,alias-remove,farm-prod,us-central1-b,e2-small\n\
         api.nic-update-time,30,2026-11-28,alias-add,farm-prod,us-central1-a,e2-small\n"
    );
    let found: Vec<String> = read(&text).iter().map(applied).collect();
    assert_snapshot!(found.join("\n"), @r#"
    n=3 measured: median 1.5 s, 1.25 to 30 s
      2026-11-30 | measured 3 times from 2026-11-28 to 2026-11-30, in farm-prod, us-central1-a, e2-small and in farm-prod, us-central1-b, e2-small; fewer than 20, so its tail is not known
    n=1 measured: 4 s
      2026-11-30 | measured once on 2026-11-30; fewer than 20, so its tail is not known
    "#);
    let many: Vec<String> = (0..20).map(|i| format!("api.get-time,0.{i:02},2026-11-30,,p,z,m\n")).collect();
    assert_snapshot!(applied(&read(&format!("{HEADER}{}", many.concat()))[0]), @r#"
    n=20 measured: median 0.09 s, 0 to 0.19 s
      2026-11-30 | measured 20 times on 2026-11-30, in p, z, m
    "#);
}

/// Columns in another order, others between them, line ends of Windows, a mark at the start, spaces, quotes, no last line end: the same table.
#[test]
fn tables_of_any_program_are_read() {
    let plain = read(&format!("{HEADER}api.get-time,0.25,2026-11-30,a,p,z,m\n"));
    for text in [
        "\u{feff}fact,seconds,when,what,project,zone,machine\r\napi.get-time,0.25,2026-11-30,a,p,z,m\r\n",
        "Machine,zone,project,when,seconds,fact\nm,z,p,2026-11-30,0.25,api.get-time",
        "\"fact\",\"seconds\",\"when\",\"project\",\"zone\",\"machine\"\n\"api.get-time\",\"0.25\",\"2026-11-30\",\"p\",\"z\",\"m\"\n",
        "fact , seconds , when , project , zone , machine\n api.get-time , 2.5e-1 , 2026-11-30 , p , z , m \n\n\n",
        "fact,seconds,when,project,zone,machine,note\napi.get-time,0.25,2026-11-30,p,z,m,\"two\nlines, and \"\"quotes\"\"\"\n",
    ] {
        assert_eq!(read(text), plain, "{text:?}");
    }
    // By its first line, whatever its name.
    let other =
        Input { path: "standard input".to_owned(), text: format!("{HEADER}api.get-time,0.25,2026-11-30,,,,\n") };
    assert_eq!(twinrail_intake::read_facts(&other).expect("a table")[0].id, "api.get-time");
}

#[test]
fn every_mistake_is_told_with_its_line() {
    let rows = [
        "api.nic-update-tim,1,2026-11-30,,,,",
        "api.get-time,NaN,2026-11-30,,,,",
        "api.get-time,-0.5,2026-11-30,,,,",
        "api.get-time,1e300,2026-11-30,,,,",
        "api.get-time,inf,2026-11-30,,,,",
        "api.get-time,fast,today,,,,",
        "api.get-time,,2026-11-30x,,,,",
        "api.get-time,1,5,2026-11-30,,,,",
        "api.get-time,1",
        "api.alias-may-stick,1,2026-11-30,,,,",
        "api.nic-update-tim,2,2026-11-30,,,,",
        "\"api.get-time\" x,1,2026-11-30,,,,",
        "api.get-time,1,2026-11-30,\"open,,,",
    ];
    assert_snapshot!(wrong(&format!("{HEADER}{}", rows.join("\n"))), @r#"
    2: no fact is named `api.nic-update-tim` (did you mean `api.nic-update-time`? `twinrail facts` lists all)
    3: `NaN` is no time (leave lines out that measured nothing)
    4: `-0.5` is less than no time (two clocks differ: write 0 where the later was seen first)
    5: `1e300` is longer than 30 years (write seconds)
    6: `inf` is longer than 30 years (write seconds)
    7: `fast` is no number of seconds (such as `1.25`)
    7: `today` does not begin with a day (such as `2026-11-30T07:15:02Z`)
    8: `` is no number of seconds (such as `1.25`)
    8: `2026-11-30x` does not begin with a day (such as `2026-11-30T07:15:02Z`)
    9: 8 cells, where the header has 7 (a number has a point, not a comma, and a text with commas stands in quotes)
    10: 2 cells, where the header has 7 (a number has a point, not a comma, and a text with commas stands in quotes)
    11: `api.alias-may-stick` is no delay, but in `bool` (give it by hand: `twinrail check --facts FILE.yaml`)
    13: text stands after a closing quote (put a comma between cells)
    14: a quote is opened and not closed (write `"` twice inside of quotes)
    "#);
}

#[test]
fn tables_that_say_nothing_are_refused() {
    let all: Vec<String> =
        ["", HEADER, "\u{feff}", "a,b\n1,2\n", "fact,seconds\napi.get-time,1\n", "\"fact,seconds,when", "\n\n"]
            .iter()
            .map(|text| wrong(text))
            .collect();
    assert_snapshot!(all.join("\n"), @r#"
    1: no column is named `fact` (the header is `fact,seconds,when,what,project,zone,machine`, of which the first three are needed, in any order)
    1: the table has no row (`twinrail calibrate` prints a script that writes one)
    1: no column is named `fact` (the header is `fact,seconds,when,what,project,zone,machine`, of which the first three are needed, in any order)
    1: no column is named `fact` (the header is `fact,seconds,when,what,project,zone,machine`, of which the first three are needed, in any order)
    1: no column is named `when` (the header is `fact,seconds,when,what,project,zone,machine`, of which the first three are needed, in any order)
    1: a quote is opened and not closed (write `"` twice inside of quotes)
    1: no column is named `fact` (the header is `fact,seconds,when,what,project,zone,machine`, of which the first three are needed, in any order)
    "#);
}

#[test]
fn a_million_lines_are_read_and_a_million_mistakes_counted() {
    let text = format!("{HEADER}{}", "api.get-time,0.25,2026-11-30T00:00:00Z,,p,z,m\n".repeat(1_000_000));
    let over = &read(&text)[0];
    assert!(applied(over).starts_with("n=1000000 measured: median 0.25 s, 0.25 to 0.25 s"));
    for line in ["x,1,2026-11-30,,,,\n", "api.get-time,x,y,,,,\n", "\"\n", "\"\"\"\n", "\"a\n", "\"a\"b\n", ",\n"] {
        let text = format!("{HEADER}{}", line.repeat(200_000));
        let errors = twinrail_intake::read_facts(&input(&text)).expect_err(line);
        assert!(errors.len() <= 21, "{line:?}: {}", errors.len());
    }
}
