//! `twinrail check`, `explain` and `schema`.

use std::io::Write;
use std::path::{Path, PathBuf};

use twinrail_facts::{Catalog, Date, Override};
use twinrail_intake::Loaded;
use twinrail_reach::Code;
use twinrail_report::{Baseline, Report, Setting, TextOptions};
use twinrail_rules::notice::NOTICES;
use twinrail_rules::{Config, ConfigError, Level, Page, RULES};
use twinrail_sim::PropertySet;

use crate::call::{Check, Color, Format, Output, SchemaOf};
use crate::files::{failure, inputs, read};
use crate::{Failure, Outcome, bandwidth, exit, failover, watch};

/// Inputs that were read, and what was found in them.
pub(crate) struct Checked {
    pub loaded: Loaded,
    pub catalog: Catalog,
    pub report: Report,
}

/// The day that a call names, or today.
pub(crate) fn day(named: Option<&str>) -> Result<Date, Failure> {
    match named {
        Some(text) => text.parse().map_err(|error| Failure::World(vec![format!("--today: {error}")])),
        None => Ok(today()),
    }
}

pub(crate) fn check(call: &Check) -> Outcome {
    if call.watch { watch::watch(call) } else { once(call) }
}

/// One check, and what it comes to.
pub(crate) fn once(call: &Check) -> Outcome {
    let printed = printed(&call.format)?;
    let baseline = call.baseline.as_deref().map(baseline).transpose()?;
    let config = config(call.config.as_deref(), &call.inputs[0])?;
    let judging = Judging {
        facts: &call.facts,
        config: &config,
        strict: call.strict,
        baseline: baseline.as_ref(),
        today: day(call.today.as_deref())?,
        outages: true,
    };
    let report = judging.judge(&call.inputs)?.report;
    write_files(&report, call)?;
    print(&report, printed, call)?;
    Ok(if report.fails() { exit::DENIED } else { exit::CLEAN })
}

/// How inputs are judged.
#[derive(Clone, Copy)]
pub(crate) struct Judging<'a> {
    pub facts: &'a [PathBuf],
    /// With the path it came from.
    pub config: &'a (Config, Option<String>),
    pub strict: bool,
    pub baseline: Option<&'a Baseline>,
    pub today: Date,
    /// Play what it takes to judge intents on outages, and share bandwidth for those on bandwidth.
    pub outages: bool,
}

impl Judging<'_> {
    /// Reads inputs and judges them.
    pub(crate) fn judge(&self, paths: &[PathBuf]) -> Result<Checked, Failure> {
        let Self { facts, config: (config, config_path), strict, baseline, today, .. } = *self;
        let Understood { loaded, catalog, expired } = understand(paths, facts, today)?;
        let mut run = twinrail_rules::run(&loaded.network, &catalog, config, today);
        if let Some(baseline) = baseline {
            baseline.mark(&mut run, &loaded.network);
        }
        let setting = Setting {
            catalog: &catalog,
            config,
            config_path: config_path.as_deref(),
            expired: &expired,
            strict,
            baseline,
            today,
        };
        let mut report = twinrail_report::assemble(&loaded, &run, setting);
        if self.outages {
            report.add_outages(&failover::outages(&loaded, &catalog));
            report.add_bandwidth(&bandwidth::intents(&loaded, &catalog).intents);
        }
        Ok(Checked { loaded, catalog, report })
    }
}

/// Inputs that were read, with the catalog as they and the files of facts override it.
pub(crate) struct Understood {
    pub loaded: Loaded,
    pub catalog: Catalog,
    pub expired: Vec<Override>,
}

/// Reads inputs and files of facts.
pub(crate) fn understand(paths: &[PathBuf], facts: &[PathBuf], today: Date) -> Result<Understood, Failure> {
    let inputs = inputs(paths)?;
    let mut loaded =
        twinrail_intake::read_or_return(inputs, today).map_err(|(errors, inputs)| failure(&errors, &inputs))?;
    nothing_read(&loaded)?;
    for path in facts {
        let input = read(path)?;
        let overrides = twinrail_intake::read_facts(&input);
        loaded.overrides.extend(overrides.map_err(|errors| failure(&errors, std::slice::from_ref(&input)))?);
    }
    let (catalog, expired) = loaded.learn(Catalog::embedded().clone(), today).map_err(Failure::World)?;
    Ok(Understood { loaded, catalog, expired })
}

/// The format that is printed: the one without a file, text if all have one.
fn printed(outputs: &[Output]) -> Result<Format, Failure> {
    let mut without_file = outputs.iter().filter(|output| output.file.is_none());
    let printed = without_file.next().map_or(Format::Text, |output| output.format);
    if without_file.next().is_some() {
        let hint = "write the others to files, as in `--format sarif=out.sarif`";
        return Err(Failure::World(vec![format!("--format: only one can be printed\n  hint: {hint}")]));
    }
    let mut files: Vec<&PathBuf> = outputs.iter().filter_map(|output| output.file.as_ref()).collect();
    files.sort();
    match files.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Failure::World(vec![format!("--format: {} is to be written twice", pair[0].display())])),
        None => Ok(printed),
    }
}

fn baseline(path: &Path) -> Result<Baseline, Failure> {
    let input = read(path)?;
    Baseline::parse(&input.path, &input.text).map_err(|error| Failure::World(vec![error.to_string()]))
}

/// Files are written before anything is printed: the reader of stdout may go away.
fn write_files(report: &Report, call: &Check) -> Result<(), Failure> {
    for output in &call.format {
        if let Some(path) = &output.file {
            write_file(path, |out| render(report, output.format, text_options(call, false), out))?;
        }
    }
    match &call.write_baseline {
        Some(path) => write_file(path, |out| twinrail_report::write_baseline(report, out)),
        None => Ok(()),
    }
}

pub(crate) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let written = std::fs::File::create(path).and_then(|file| {
        let mut out = std::io::BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    });
    written.map_err(|error| {
        Failure::World(vec![format!(
            "{}: cannot be written: {error}\n  hint: name a file in a folder that exists",
            path.display()
        )])
    })
}

fn render(report: &Report, format: Format, options: TextOptions, out: &mut dyn Write) -> std::io::Result<()> {
    match format {
        Format::Text => twinrail_report::text(report, options, out),
        Format::Json => twinrail_report::json(report, out),
        Format::Sarif => twinrail_report::sarif(report, out),
        Format::Junit => twinrail_report::junit(report, out),
        Format::Github => twinrail_report::github(report, out),
        Format::Markdown => twinrail_report::markdown(report, out),
    }
}

/// Inputs of which nothing at all was understood are the wrong inputs: an empty answer about them would look like a clean one.
fn nothing_read(loaded: &Loaded) -> Result<(), Failure> {
    let network = &loaded.network;
    let empty = network.projects.is_empty() && network.vpcs.is_empty() && network.firewall_policies.is_empty();
    if !empty || loaded.has_plan || !loaded.observations.is_empty() || loaded.unsupported.is_empty() {
        return Ok(());
    }
    let kinds: Vec<String> = loaded.unsupported.iter().map(|kind| format!("{} × {}", kind.count, kind.what)).collect();
    let hint = "give a model file (`twinrail init` writes one), a plan as `terraform show -json` prints it, the output of \
        `gcloud compute … --format=json`, or an export of Cloud Asset Inventory with `--content-type=resource` (`twinrail collect` \
        prints the commands)";
    Err(Failure::World(vec![format!("nothing in the input is understood: {}\n  hint: {hint}", kinds.join(", "))]))
}

fn print(report: &Report, format: Format, call: &Check) -> Result<(), Failure> {
    let color = is_coloured(call.color);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    render(report, format, text_options(call, color), &mut out)?;
    out.flush()?;
    Ok(())
}

/// Whether to colour what goes to stdout.
pub(crate) fn is_coloured(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never,
    }
}

fn text_options(call: &Check, color: bool) -> TextOptions {
    TextOptions { color, details: call.details, coverage: call.coverage }
}

pub(crate) fn explain(code: Option<&str>) -> Outcome {
    let mut out = std::io::stdout().lock();
    let Some(code) = code else {
        list(&mut out)?;
        return Ok(exit::CLEAN);
    };
    let notice = || NOTICES.iter().find(|notice| notice.code == code).map(|notice| notice.page);
    let verdict = || code.to_uppercase().parse().ok().map(Code::page);
    if let Some(property) = PropertySet::all().iter().find(|property| property.code() == code.to_uppercase()) {
        twinrail_report::property_text(&twinrail_report::property_page(property), &mut out)?;
        return Ok(exit::CLEAN);
    }
    match twinrail_rules::find(code).map(|rule| rule.page).or_else(notice).or_else(verdict) {
        Some(page) => {
            writeln!(out, "{}", page.trim_end())?;
            Ok(exit::CLEAN)
        }
        None => Err(Failure::World(vec![format!(
            "no rule, verdict or property has the code `{code}`; `twinrail explain` lists all"
        )])),
    }
}

/// Everything that has a page, a line each.
fn list(out: &mut dyn Write) -> std::io::Result<()> {
    let width = RULES.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    for rule in RULES {
        let page =
            Page::parse(rule.page).unwrap_or_else(|error| panic!("the page of {} is in form: {error}", rule.code));
        let level = Level::default_of(rule.class).word();
        let summary = page.summary.replace('\n', " ");
        writeln!(out, "{:width$}  {:7}  {level:4}  {summary}", rule.code, rule.class.word())?;
    }
    for notice in NOTICES {
        let found = notice.page.lines().nth(2).unwrap_or_default();
        writeln!(out, "{:width$}  {:7}  {:4}  {found}", notice.code, "notice", "warn")?;
    }
    let width = Code::ALL.iter().map(|code| code.word().len()).max().unwrap_or(0);
    for code in Code::ALL {
        writeln!(out, "{code:width$}  verdict  {}", code.summary())?;
    }
    for property in PropertySet::all() {
        writeln!(out, "{:width$}  property  {}", property.code(), property.title())?;
    }
    let (rules, notices, properties) = (RULES.len(), NOTICES.len(), PropertySet::all().len());
    writeln!(out, "{rules} rules, {notices} notices, {} codes of verdicts and {properties} properties", Code::ALL.len())
}

pub(crate) fn schema(of: SchemaOf) -> Outcome {
    let schema = match of {
        SchemaOf::Model => twinrail_intake::model_schema().clone(),
        SchemaOf::Report => twinrail_report::schema(),
        SchemaOf::Diff => twinrail_report::diff_schema(),
        SchemaOf::Trace => twinrail_report::trace_schema(),
        SchemaOf::Reach => twinrail_report::reach_schema(),
        SchemaOf::Prove => twinrail_report::prove_schema(),
        SchemaOf::Failover => twinrail_report::failover_schema(),
        SchemaOf::Bandwidth => twinrail_report::bandwidth_schema(),
        SchemaOf::Size => twinrail_report::size_schema(),
        SchemaOf::Ask => twinrail_report::ask_schema(),
        SchemaOf::Book => twinrail_report::book_schema(),
    };
    writeln!(std::io::stdout().lock(), "{schema:#}")?;
    Ok(exit::CLEAN)
}

/// The day in UTC.
#[expect(clippy::disallowed_methods, reason = "the binary owns the clock")]
fn today() -> Date {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let days = i64::try_from(seconds / 86_400).expect("within the next billion years");
    // Civil date from days since 1970-01-01, by the usual era arithmetic (400 years are 146,097 days, a year begins in March).
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}").parse().expect("a civil date")
}

/// The config and where it was found.
pub(crate) fn config(named: Option<&Path>, first: &Path) -> Result<(Config, Option<String>), Failure> {
    let path = if let Some(path) = named {
        Some(path.to_owned())
    } else {
        let folder = if first.is_dir() { first } else { first.parent().unwrap_or(Path::new("")) };
        [folder.join("twinrail.toml"), PathBuf::from("twinrail.toml")].into_iter().find(|path| path.is_file())
    };
    let Some(path) = path else { return Ok((Config::default(), None)) };
    let input = read(&path)?;
    let lines = |error: ConfigError| {
        Failure::World(error.0.into_iter().map(|line| format!("{}: {line}", input.path)).collect())
    };
    Config::parse(&input.text).map(|config| (config, Some(input.path.clone()))).map_err(lines)
}
