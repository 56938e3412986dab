//! `twinrail report`: every analysis on the same inputs, put together as a page, a document or JSON. Not here: the analyses, and how it looks.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use twinrail_facts::Catalog;
use twinrail_intake::Loaded;
use twinrail_model::{Ask, How, Intent, Network, Party, Platform, Rail, Reach, Situation};
use twinrail_reach::{Answer, Fate, Packet, Plane, answers, mend, name};
use twinrail_report::{Book, IntentPacket, Made, Parts, Traced};

use crate::call::{AfterOne, BookPart, Report};
use crate::check::{Checked, Judging, config, day, write_file};
use crate::progress::Progress;
use crate::{Failure, Outcome, bandwidth, exit, failover, prove, reach, size};

/// How a book is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Page,
    Document,
    Json,
}

pub(crate) fn report(call: &Report) -> Outcome {
    let outputs = outputs(call)?;
    let book = book(&Making {
        inputs: &call.inputs,
        facts: &call.facts,
        config: call.config.as_deref(),
        today: call.today.as_deref(),
        without: &call.without,
        trials: call.trials,
        varied: 1_000,
        seed: call.seed,
    })?;
    // Files are written before anything is printed: the reader of stdout may go away.
    for (form, path) in &outputs {
        write_file(path, |out| render(&book, *form, out))?;
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    if call.markdown == Some(None) {
        render(&book, Form::Document, &mut out)?;
    } else {
        for (_, path) in &outputs {
            writeln!(out, "{}: {}", path.display(), book.headline)?;
        }
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

fn render(book: &Book, form: Form, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    match form {
        Form::Page => twinrail_report::page(book, out),
        Form::Document => twinrail_report::document(book, out),
        Form::Json => twinrail_report::book_json(book, out),
    }
}

/// What is written where. A page, unless the name of a file says otherwise; none of its own where a document was asked for.
fn outputs(call: &Report) -> Result<Vec<(Form, PathBuf)>, Failure> {
    let form = |path: &Path| match path.extension().and_then(|extension| extension.to_str()) {
        Some("html" | "htm") => Ok(Form::Page),
        Some("md" | "markdown") => Ok(Form::Document),
        Some("json") => Ok(Form::Json),
        _ => Err(Failure::World(vec![format!(
            "{}: what to write is told by the end of the name\n  hint: .html for a page, .md for a document, .json for everything",
            path.display()
        )])),
    };
    let mut outputs = Vec::new();
    for path in &call.output {
        outputs.push((form(path)?, path.clone()));
    }
    outputs.extend(call.markdown.iter().flatten().map(|path| (Form::Document, path.clone())));
    if outputs.is_empty() && call.markdown.is_none() {
        outputs.push((Form::Page, PathBuf::from("report.html")));
    }
    let mut paths: Vec<&PathBuf> = outputs.iter().map(|(_, path)| path).collect();
    paths.sort();
    match paths.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Failure::World(vec![format!("{} is to be written twice", pair[0].display())])),
        None => Ok(outputs),
    }
}

/// What a book is made of.
pub(crate) struct Making<'a> {
    pub inputs: &'a [PathBuf],
    pub facts: &'a [PathBuf],
    pub config: Option<&'a Path>,
    pub today: Option<&'a str>,
    pub without: &'a [BookPart],
    pub trials: u32,
    /// Trials with one fact elsewhere.
    pub varied: u32,
    pub seed: u64,
}

/// Runs every analysis.
pub(crate) fn book(making: &Making<'_>) -> Result<Book, Failure> {
    let Making { trials, varied, seed, .. } = *making;
    let today = day(making.today)?;
    let config = config(making.config, &making.inputs[0])?;
    let judging =
        Judging { facts: making.facts, config: &config, strict: false, baseline: None, today, outages: false };
    let at_work = Progress::new("judging");
    let Checked { loaded, catalog, mut report } = judging.judge(making.inputs)?;
    drop(at_work);
    let is_wanted = |part: BookPart| !making.without.contains(&part);
    let at_work = Progress::new("following packets");
    let after = is_wanted(BookPart::Failures).then_some(AfterOne::AnyOneInstance);
    let reach = is_wanted(BookPart::Reachability).then(|| reach::reachability(&loaded, &catalog, after, true));
    let packets = if is_wanted(BookPart::Packets) { packets(&loaded, &catalog) } else { Vec::new() };
    drop(at_work);
    let proofs = is_wanted(BookPart::Proofs).then(|| prove::all(&loaded, &catalog));
    let failover = is_wanted(BookPart::Failover).then(|| {
        let usual = failover::Asked::usual(&loaded.network);
        let asked = failover::Asked { trials, varied, seed, ..usual };
        let done = failover::compare_all(&loaded, &catalog, &asked, proofs.as_ref());
        failover::value(&loaded, &catalog, &done, proofs.as_ref())
    });
    for pool in failover.iter().flat_map(|failover| &failover.pools) {
        report.add_outages(&pool.intents);
    }
    let bandwidth = is_wanted(BookPart::Bandwidth).then(|| {
        let _at_work = Progress::new("sharing bandwidth");
        bandwidth::value(&loaded, &catalog)
    });
    if let Some(bandwidth) = &bandwidth {
        report.add_bandwidth(&bandwidth.intents);
    }
    let size = is_wanted(BookPart::Size)
        .then(|| size::value(&loaded, &catalog, size::Asked { today, worlds: size::USUAL_WORLDS, seed }));
    let is_drawn = size.as_ref().is_some_and(|size| size.farm.is_some() || size.plan.is_some());
    let skipped = making.without.iter().map(|part| part.word()).collect();
    let made = Made {
        tool: report.tool.clone(),
        command: command(std::env::args_os().skip(1)),
        date: today.to_string(),
        seed: (failover.is_some() || is_drawn).then_some(seed),
        skipped,
    };
    let parts = Parts { made, report, reach, packets, proofs, failover, bandwidth, size };
    Ok(twinrail_report::book(&loaded, &catalog, parts))
}

/// The command line as a shell would read it.
fn command(arguments: impl Iterator<Item = OsString>) -> String {
    let quoted = arguments.map(|argument| {
        let text = argument.to_string_lossy().into_owned();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
        if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
    });
    std::iter::once("twinrail".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// A packet for each intent about who reaches whom, as far as one can be named.
fn packets(loaded: &Loaded, catalog: &Catalog) -> Vec<IntentPacket> {
    let network = &loaded.network;
    let platform = Platform::new(catalog);
    let plane = Plane::new(network, &platform);
    let intents = network.intents.rows().iter();
    let shown = intents.filter_map(|intent| Some((intent, asked(network, intent)?)));
    shown.filter_map(|(intent, asked)| packet(loaded, catalog, &plane, intent, &asked)).collect()
}

/// What is sent to show an intent.
struct Asked {
    from: String,
    to: String,
    /// Ports, of which the first by which it arrives is shown.
    ports: Vec<String>,
    /// It is to arrive: if it does not, what would let it pass is worth knowing.
    arrives: bool,
}

fn asked(network: &Network, intent: &Intent) -> Option<Asked> {
    let Ask::Reach { reach, to, how, .. } = &intent.ask else { return None };
    let (from, arrives) = match reach {
        Reach::Reaches(party) | Reach::Only(party) => (*party, true),
        Reach::Never(party) => (*party, false),
        Reach::NothingElse => (Party::Internet, false),
    };
    Some(Asked { from: text(network, from), to: text(network, *to), ports: ports(network, *to, how), arrives })
}

/// A party as `--from` and `--to` of `trace` take it.
fn text(network: &Network, party: Party) -> String {
    match party {
        Party::Cluster(id) => format!("cluster:{}", network.short(id)),
        Party::Clients(id) => format!("clients:{}", network.short(id)),
        Party::Instance(id) => format!("instance:{}", network.short(id)),
        Party::Vips(id) => format!("vip:{}", network.short(id)),
        Party::Internet => "internet".to_owned(),
    }
}

/// The port that is named; or what the rail carries, what is served there, or a ping.
fn ports(network: &Network, to: Party, how: &How) -> Vec<String> {
    if let Some(port) = &how.port {
        return vec![port.to_string()];
    }
    if how.rail == Some(Rail::Rdma) {
        return vec!["rdma".to_owned()];
    }
    let served = network.vips.iter().filter(|(pool, row)| match to {
        Party::Vips(id) => id == *pool,
        Party::Cluster(id) => id == row.over,
        _ => false,
    });
    let served = served.flat_map(|(_, row)| row.ports.iter().map(ToString::to_string));
    served.chain(["icmp".to_owned()]).collect()
}

fn packet(
    loaded: &Loaded,
    catalog: &Catalog,
    plane: &Plane<'_>,
    intent: &Intent,
    asked: &Asked,
) -> Option<IntentPacket> {
    let (network, situation) = (&loaded.network, Situation::default());
    let sent = asked.ports.iter().filter_map(|port| {
        let traffic = name::traffic(port).ok()?;
        let from = name::sender(network, &asked.from, traffic).ok()?;
        let to = name::end(network, &asked.to, traffic, from.it).ok()?;
        let packet = Packet { from: from.it, to: to.it, traffic };
        name::probed(network, &packet).ok()?;
        let decision = answers(plane, &situation, catalog, &packet);
        Some((packet, (from.choice, to.choice), decision))
    });
    let sent: Vec<_> = sent.collect();
    let arrives = |answer: &Answer| answer.fate() == Fate::Delivered;
    let first = sent.iter().find(|(.., decision)| decision.arms.iter().all(|arm| arrives(&arm.answer)));
    let (packet, choices, decision) = first.or(sent.first())?;
    let mending = if asked.arrives { mend(plane, &situation, catalog, packet, decision) } else { None };
    let traced = Traced {
        packet,
        situation: &situation,
        choices: (choices.0.as_deref(), choices.1.as_deref()),
        decision,
        mending: mending.as_ref(),
    };
    Some(IntentPacket { intent: intent.text.clone(), trace: twinrail_report::trace(loaded, catalog, &traced) })
}
