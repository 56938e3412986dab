//! Measured times as a table, CSV with a header: `fact,seconds,when` and, where they are known, `project,zone,machine`. All rows of a fact become one
//! override with the status `observed`; `twinrail calibrate` prints the script that writes such a table. Not here: the override applied (`Catalog::apply`),
//! and facts that are written by hand, which are YAML (`read`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::json;
use twinrail_facts::{Catalog, Date, Override, Status, Unit};

use crate::read::InputError;

/// Fewer rows say nothing of the tail, which is the slowest one in twenty: they are taken, and it is said.
const ENOUGH: usize = 20;

/// No operation takes longer, 30 years: who writes more has not written seconds.
const LONGEST_SECONDS: f64 = 1e9;

/// So many mistakes are told of one table; the rest is counted.
const TOLD: usize = 20;

/// So many settings of one fact are named.
const SETTINGS: usize = 3;

const HEADER: &str =
    "the header is `fact,seconds,when,what,project,zone,machine`, of which the first three are needed, in any order";

/// Whether a text is such a table: by the ending of its name, or because its first line names the columns.
pub(crate) fn is_table(path: &str, text: &str) -> bool {
    let by_name = path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("csv"));
    by_name || {
        let (header, _) = record(text, 0);
        header.is_ok_and(|cells| Columns::find(&cells).is_ok())
    }
}

/// The overrides that a table gives, in the order of their ids. `text` has no byte order mark.
pub(crate) fn read(text: &str, path: &str) -> Result<Vec<Override>, Vec<InputError>> {
    let mut table = Table { path, errors: Vec::new(), more: 0, facts: BTreeMap::new(), strangers: BTreeSet::new() };
    let (header, mut next) = record(text, 0);
    let columns = header.and_then(|cells| Columns::find(&cells));
    let columns = columns.map_err(|problem| vec![problem.error(path)])?;
    while next < text.len() {
        let (cells, end) = record(text, next);
        match cells {
            Ok(cells) if cells.len() == 1 && cells[0].text.is_empty() => {}
            Ok(cells) => table.row(&columns, &cells, next),
            Err(problem) => table.wrong(problem),
        }
        next = end;
    }
    if table.facts.is_empty() && table.errors.is_empty() {
        table.wrong(Problem::at(
            0..0,
            "the table has no row".to_owned(),
            "`twinrail calibrate` prints a script that writes one",
        ));
    }
    if table.more > 0 {
        let message = format!("{} more lines are wrong", table.more);
        table.errors.push(InputError { path: path.to_owned(), at: None, message, hint: None });
    }
    if table.errors.is_empty() { Ok(table.overrides()) } else { Err(table.errors) }
}

/// What is wrong, and where.
struct Problem {
    at: Range<usize>,
    message: String,
    hint: Option<String>,
}

impl Problem {
    fn at(at: Range<usize>, message: String, hint: &str) -> Self {
        Self { at, message, hint: Some(hint.to_owned()) }
    }

    fn error(self, path: &str) -> InputError {
        InputError { path: path.to_owned(), at: Some(self.at), message: self.message, hint: self.hint }
    }
}

/// A cell and where it stands.
struct Cell<'t> {
    at: Range<usize>,
    text: Cow<'t, str>,
}

/// The cells of the line that begins here, and where the next one begins. A cell in quotes may hold commas, line ends and doubled quotes.
fn record(text: &str, start: usize) -> (Result<Vec<Cell<'_>>, Problem>, usize) {
    let mut cells = Vec::new();
    let mut at = start;
    loop {
        let found = if text[at..].starts_with('"') {
            quoted(text, at)
        } else {
            let end = text[at..].find([',', '\n']).map_or(text.len(), |end| at + end);
            Ok((Cell { at: at..end, text: Cow::Borrowed(text[at..end].trim()) }, end))
        };
        let (cell, end) = match found {
            Ok(found) => found,
            Err(problem) => {
                let next = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
                return (Err(problem), next);
            }
        };
        cells.push(cell);
        match text.as_bytes().get(end) {
            Some(b',') => at = end + 1,
            Some(_) => return (Ok(cells), end + 1),
            None => return (Ok(cells), end),
        }
    }
}

/// The cell whose opening quote stands here, and where the comma or the line end after it is.
fn quoted(text: &str, at: usize) -> Result<(Cell<'_>, usize), Problem> {
    let mut content = String::new();
    let mut from = at + 1;
    let close = loop {
        let Some(quote) = text[from..].find('"') else {
            let line = text[at..].find('\n').map_or(text.len(), |end| at + end);
            return Err(Problem::at(
                at..line,
                "a quote is opened and not closed".to_owned(),
                "write `\"` twice inside of quotes",
            ));
        };
        content.push_str(&text[from..from + quote]);
        from += quote + 1;
        if !text[from..].starts_with('"') {
            break from;
        }
        content.push('"');
        from += 1;
    };
    let rest = text[close..].find([',', '\n']).map_or(text.len(), |end| close + end);
    if !text[close..rest].trim().is_empty() {
        return Err(Problem::at(
            close..rest,
            "text stands after a closing quote".to_owned(),
            "put a comma between cells",
        ));
    }
    Ok((Cell { at: at..close, text: Cow::Owned(content.trim().to_owned()) }, rest))
}

/// Where the columns stand that are read; others are passed over.
struct Columns {
    count: usize,
    fact: usize,
    seconds: usize,
    when: usize,
    /// Project, zone and machine, as far as there are such columns.
    setting: Vec<usize>,
}

impl Columns {
    fn find(header: &[Cell<'_>]) -> Result<Self, Problem> {
        let place = |name: &str| header.iter().position(|cell| cell.text.eq_ignore_ascii_case(name));
        let whole = header.first().map_or(0, |cell| cell.at.start)..header.last().map_or(0, |cell| cell.at.end);
        let needed = |name: &str| {
            place(name).ok_or_else(|| Problem::at(whole.clone(), format!("no column is named `{name}`"), HEADER))
        };
        Ok(Self {
            count: header.len(),
            fact: needed("fact")?,
            seconds: needed("seconds")?,
            when: needed("when")?,
            setting: ["project", "zone", "machine"].into_iter().filter_map(place).collect(),
        })
    }
}

/// All rows of a fact.
struct Measured {
    seconds: Vec<f64>,
    first: Date,
    last: Date,
    /// In which settings, in words.
    settings: BTreeSet<String>,
}

struct Table<'p> {
    path: &'p str,
    errors: Vec<InputError>,
    /// Mistakes that are not told.
    more: usize,
    facts: BTreeMap<String, Measured>,
    /// Ids that no fact has, or none that can be measured: told once each.
    strangers: BTreeSet<String>,
}

impl Table<'_> {
    fn wrong(&mut self, problem: Problem) {
        if self.errors.len() < TOLD {
            self.errors.push(problem.error(self.path));
        } else {
            self.more += 1;
        }
    }

    fn row(&mut self, columns: &Columns, cells: &[Cell<'_>], start: usize) {
        if cells.len() != columns.count {
            let end = cells.last().map_or(start, |cell| cell.at.end);
            let message = format!("{} cells, where the header has {}", cells.len(), columns.count);
            let hint = "a number has a point, not a comma, and a text with commas stands in quotes";
            return self.wrong(Problem::at(start..end, message, hint));
        }
        let fact = &cells[columns.fact];
        if !self.facts.contains_key(fact.text.as_ref()) && !self.is_measurable(fact) {
            return;
        }
        let (seconds, when) = match (seconds(&cells[columns.seconds]), day(&cells[columns.when])) {
            (Ok(seconds), Ok(when)) => (seconds, when),
            (seconds, when) => {
                for problem in [seconds.err(), when.err()].into_iter().flatten() {
                    self.wrong(problem);
                }
                return;
            }
        };
        let words: Vec<&str> = columns.setting.iter().map(|place| cells[*place].text.as_ref()).collect();
        let setting = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(", ");
        let new = || Measured { seconds: Vec::new(), first: when, last: when, settings: BTreeSet::new() };
        let measured = self.facts.entry(fact.text.clone().into_owned()).or_insert_with(new);
        measured.seconds.push(seconds);
        measured.first = measured.first.min(when);
        measured.last = measured.last.max(when);
        if !setting.is_empty() && !measured.settings.contains(&setting) {
            measured.settings.insert(setting);
        }
    }

    /// Whether the cell names a delay of the catalog; each id that does not is told once. What would not be told any more is not looked
    /// for either: finding the nearest id takes longer than reading many lines.
    fn is_measurable(&mut self, cell: &Cell<'_>) -> bool {
        let catalog = Catalog::embedded();
        if catalog.find(&cell.text).is_some_and(|id| catalog.fact(id).unit == Unit::Delay) {
            return true;
        }
        if self.strangers.contains(cell.text.as_ref()) {
            return false;
        }
        if self.errors.len() >= TOLD {
            self.more += 1;
            return false;
        }
        self.wrong(not_measurable(cell));
        self.strangers.insert(cell.text.clone().into_owned());
        false
    }

    fn overrides(self) -> Vec<Override> {
        let path = self.path;
        let over = |(id, measured): (String, Measured)| Override {
            id,
            note: measured.setting(),
            date: measured.last,
            values: vec![json!([{ "weight": 1.0, "observed": measured.seconds }])],
            range: None,
            status: Status::Observed,
            expires: None,
            source: path.to_owned(),
            is_question: false,
        };
        self.facts.into_iter().map(over).collect()
    }
}

impl Measured {
    /// How often, when and where, in words.
    fn setting(&self) -> String {
        let (n, first, last) = (self.seconds.len(), self.first, self.last);
        let times = if n == 1 { "once".to_owned() } else { format!("{n} times") };
        let days = if first == last { format!("on {first}") } else { format!("from {first} to {last}") };
        let mut settings: Vec<String> = self.settings.iter().take(SETTINGS).cloned().collect();
        if self.settings.len() > SETTINGS {
            settings.push(format!("{} other settings", self.settings.len() - SETTINGS));
        }
        let place = if settings.is_empty() { String::new() } else { format!(", in {}", settings.join(" and in ")) };
        let few = if n < ENOUGH { format!("; fewer than {ENOUGH}, so its tail is not known") } else { String::new() };
        format!("measured {times} {days}{place}{few}")
    }
}

/// What to say of a cell that names no delay of the catalog.
fn not_measurable(cell: &Cell<'_>) -> Problem {
    let catalog = Catalog::embedded();
    let id = cell.text.as_ref();
    match catalog.find(id) {
        None => {
            let near = catalog.nearest(id).into_iter().next();
            let hint = near.map(|near| format!("did you mean `{near}`? `twinrail facts` lists all"));
            Problem { at: cell.at.clone(), message: format!("no fact is named `{}`", id.escape_debug()), hint }
        }
        Some(found) => {
            let message = format!("`{id}` is no delay, but in `{}`", catalog.fact(found).unit.word());
            Problem::at(cell.at.clone(), message, "give it by hand: `twinrail check --facts FILE.yaml`")
        }
    }
}

fn seconds(cell: &Cell<'_>) -> Result<f64, Problem> {
    let wrong = |message: String, hint: &str| Err(Problem::at(cell.at.clone(), message, hint));
    let shown = cell.text.escape_debug();
    match cell.text.parse::<f64>() {
        Ok(seconds) if seconds.is_nan() => {
            wrong(format!("`{shown}` is no time"), "leave lines out that measured nothing")
        }
        Ok(seconds) if seconds < 0.0 => wrong(
            format!("`{shown}` is less than no time"),
            "two clocks differ: write 0 where the later was seen first",
        ),
        Ok(seconds) if seconds > LONGEST_SECONDS => {
            wrong(format!("`{shown}` is longer than 30 years"), "write seconds")
        }
        Ok(seconds) => Ok(seconds),
        Err(_) => wrong(format!("`{shown}` is no number of seconds"), "such as `1.25`"),
    }
}

/// The day of a time such as `2026-11-30` or `2026-11-30T07:15:02Z`.
fn day(cell: &Cell<'_>) -> Result<Date, Problem> {
    let text = cell.text.as_ref();
    let date = text.get(..10).and_then(|day| day.parse().ok());
    let ends = matches!(text.as_bytes().get(10), None | Some(b'T' | b't' | b' '));
    date.filter(|_| ends).ok_or_else(|| {
        let message = format!("`{}` does not begin with a day", text.escape_debug());
        Problem::at(cell.at.clone(), message, "such as `2026-11-30T07:15:02Z`")
    })
}
