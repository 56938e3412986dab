//! What can be called, and how: one declaration for each option.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Defines, proves and rehearses the network of an RDMA storage cluster on Google Cloud, before the first VM boots.
#[derive(Debug, Parser)]
#[command(name = "twinrail", version, disable_help_subcommand = true)]
pub(crate) struct Call {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a network: a model file, JSON of Google Cloud, or both.
    ///
    /// Exits with 1 when a finding at level deny is violated in every world, 2 when an input is wrong, 0 otherwise.
    Check(Check),
    /// Compare two networks: what changes, and which findings appear and disappear.
    ///
    /// Each side is one or more inputs of any kind: a plan against a live dump, a model before and after the provider's answer.
    Diff(Diff),
    /// Follow one packet and its replies, hop by hop, and if it is dropped, say what would let it pass.
    ///
    /// Every decision is shown with the line that makes it. The answer holds in every world, or says on which facts it depends. Exits with 0 whatever the
    /// answer is, 2 when an input or a name is wrong.
    Trace(Trace),
    /// Who reaches whom: all ordered pairs by groups, rails and ports, and what failures change.
    ///
    /// Each answer is yes, no, depends (on facts that nobody has confirmed) or undecided (the input lacks what decides). Exits with 0 whatever the answers
    /// are, 2 when an input is wrong.
    Reach(Reach),
    /// Whether movers keep what they should: every state of a small system is looked at, under faults.
    ///
    /// For each pool of virtual IPs and each mover: ten invariants (I1 to I10) and four properties of what must come about (L1 to L4), each with its shortest
    /// counterexample. Exits with 1 if the mover that the model names violates one in every world, or asks for what the platform refuses; 2 when an input or
    /// a name is wrong; 0 otherwise.
    Prove(Prove),
    /// Follow a counterexample again that `prove --save` wrote.
    ///
    /// Exits with 0 if it is reproduced, 1 if this program does not reproduce it, 2 when the file is no counterexample.
    Replay(Replay),
    /// How long clients are cut off: every mover in every scenario, which is the best, and on what that hangs.
    ///
    /// Trials of failures by the machine that `prove` looks at, with delays drawn from the catalog. Exits with 0 whatever the figures are, 2 when an
    /// input or a name is wrong.
    Failover(Failover),
    /// Is the bandwidth enough: what clients get while everything is up, with one and two instances or a NIC down, and while lost data is made again.
    ///
    /// For the model's `workload`, under the caps of connections, NICs, physical NICs, instances and disks, and for intents such as `read of gpu at least 300
    /// Gbps, after any one failure`. Exits with 0 whatever the figures are, 2 when an input is wrong.
    Bandwidth(Bandwidth),
    /// How many: the test farm for the model's `tests`, and clusters, addresses, quota and money for its `demand`.
    ///
    /// The farm is simulated with the real arrivals and held against Erlang C; the plan for customers is the one that is regretted least over sampled worlds.
    /// Exits with 0 whatever the figures are, 2 when an input is wrong.
    Size(Size),
    /// What to ask first: open facts that change an answer, in the order of what they are worth.
    ///
    /// Each with the cheapest experiment that would settle it, and its state: `status: asked` or `confirmed` in `facts:` says so. Exits with 0, or with 2 when
    /// an input is wrong.
    Ask(Ask),
    /// Everything about a network in one file to look at and to share: findings, reachability, proofs, open questions, facts.
    ///
    /// A page that needs no server and loads nothing, or the same as a Markdown document. Exits with 0 whatever the answers are, 2 when an input is wrong.
    Report(Report),
    /// List facts about the platform, or show one with its sources.
    Facts(Facts),
    /// Explain a rule, why a packet is dropped, or what is proved of movers: what it is, why, and what to do.
    Explain {
        /// The code of a rule, as findings print it, of a verdict, as `trace` prints it, or of a property, as `prove` does; without one, all are listed.
        code: Option<String>,
    },
    /// Print a JSON Schema, for editors and for readers of `--format json`.
    Schema {
        #[arg(value_enum, default_value = "model")]
        of: SchemaOf,
    },
    /// Write a commented model file to start from.
    Init(Init),
    /// Print the read-only commands of gcloud that write what `check` reads of real projects.
    ///
    /// Nothing is run. Run what is printed where gcloud is signed in, then `twinrail check PROJECT…`. The commands need
    /// roles/compute.viewer in each project, those of `--cai` roles/cloudasset.viewer.
    Collect(Collect),
    /// Print a script of gcloud that times operations of the Compute API in your project, for `--facts`.
    ///
    /// Nothing is run. The script says what it makes, changes and costs, asks, makes a network and two small instances of its own, times alias ranges, routes
    /// and the guest's metadata N times each by the API's own clocks, takes everything away again, and leaves a table: `twinrail diff MODEL MODEL
    /// --new-facts FILE.csv` says what it changes.
    Calibrate(Calibrate),
    /// Print the command-line reference.
    #[command(hide = true)]
    Reference,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the command line that have nothing to do with each other"
)]
pub(crate) struct Check {
    /// Files or folders: a model file, output of `gcloud … --format=json`, answers of the Compute API, exports of Cloud
    /// Asset Inventory.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// How to report: text, json, sarif, junit, github or markdown. With `=FILE` it is written there and text is still printed; may be given
    /// several times, one of them without a file.
    ///
    /// text: for people. json: everything, by the schema of `twinrail schema report`. sarif: code scanning. junit: test reports. github: annotations of a
    /// workflow step. markdown: a comment on a pull request.
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = output)]
    pub format: Vec<Output>,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Levels and suppressions; `twinrail.toml` beside the first input, or in the working folder, if left out.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Fail also on warnings, on answers that depend, are undecided or hit the bound, and on what is not understood. What is
    /// suppressed or known by the baseline does not count.
    #[arg(long)]
    pub strict: bool,
    /// Judge again whenever an input changes, until interrupted.
    #[arg(long)]
    pub watch: bool,
    /// Findings that are known, from `--write-baseline`: they are counted, and neither printed nor failing. A new subject of a known finding is
    /// new, and so is a finding that got worse.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the findings of today as a baseline, replacing the file. The exit code stays what it is.
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
    /// Show which resources no rule looked at, and which fields nothing reads.
    #[arg(long)]
    pub coverage: bool,
    /// Show every subject, fact and field instead of the first few.
    #[arg(long)]
    pub details: bool,
    /// Judge suppressions and confirmations as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What is, or was: a file or a folder.
    pub old: PathBuf,
    /// What is, or will be.
    pub new: PathBuf,
    /// Further inputs of the old side; may be given several times.
    #[arg(long, value_name = "INPUT")]
    pub with_old: Vec<PathBuf>,
    /// Further inputs of the new side, such as the dump that a plan changes; may be given several times.
    #[arg(long, value_name = "INPUT")]
    pub with_new: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlainFormat,
    /// A file of facts that override the catalog on the old side; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub old_facts: Vec<PathBuf>,
    /// The same for the new side.
    #[arg(long, value_name = "FILE")]
    pub new_facts: Vec<PathBuf>,
    /// Levels and suppressions of both sides; `twinrail.toml` beside the new side, or in the working folder, if left out.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Show every resource and subject instead of the first few.
    #[arg(long)]
    pub details: bool,
    /// Judge as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Trace {
    /// Files or folders, as for `check`.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Who sends: an instance (vault-03) or one of its NICs (vault-03:nic1), a cluster or clients (one machine stands for all), an address, internet, or
    /// probe:SERVICE, the health checks of a backend service or load balancer.
    #[arg(long, value_name = "WHO")]
    pub from: String,
    /// Who is sent to: an instance or one of its NICs, a VIP (nfs#3) or a pool (nfs: any of them), a load balancer, a cluster or clients, an address, or
    /// internet.
    #[arg(long, value_name = "WHOM")]
    pub to: String,
    /// By what: tcp:2049, udp:53, icmp, rdma, or protocol:47.
    #[arg(long, value_name = "PORT")]
    pub port: String,
    /// What is down: an instance, a NIC (vault-03:nic1) or a zone; may be given several times.
    #[arg(long, value_name = "PART")]
    pub down: Vec<String>,
    /// Who holds a VIP, as in nfs#3=vault-05; any candidate may, if left out. May be given several times.
    #[arg(long, value_name = "VIP=INSTANCE")]
    pub holder: Vec<String>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlainFormat,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Show every way, and the facts of every hop with their sources.
    #[arg(long)]
    pub details: bool,
    /// Judge confirmations as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Reach {
    /// Files or folders, as for `check`.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Show what changes for the others when any one part fails, each VIP being with any candidate that is left.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub after: Option<AfterOne>,
    /// text: a table. json: everything, by the schema of `twinrail schema reach`. csv: a line for each row of the table.
    #[arg(long, value_enum, default_value = "text")]
    pub format: ReachFormat,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Show a witness of every answer, with the decision that drops it.
    #[arg(long)]
    pub details: bool,
    /// Judge confirmations as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Prove {
    /// Files or folders, as for `check`.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Only this mover; may be given several times. All ten if left out, that of the model first.
    #[arg(long, value_name = "MOVER")]
    pub mover: Vec<String>,
    /// Only this pool of virtual IPs; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub pool: Vec<String>,
    /// Instances of the cluster.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub nodes: u8,
    /// Virtual IPs of the pool.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub vips: u8,
    /// Controllers, of which one at a time holds the lease.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub controllers: u8,
    /// Faults in one run, of all kinds together.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub faults: u8,
    /// Only faults of this kind; may be given several times: kill, hang, cut, delete, zone, agent, crash, depose, split, fail, timeout, lose, quota, lag,
    /// touch, drift, take, blip, clock.
    #[arg(long, value_name = "KIND")]
    pub fault: Vec<String>,
    /// At most so many faults of a class in one run: node, controller, api or others, as in node=1; may be given several times.
    #[arg(long, value_name = "CLASS=N")]
    pub at_most: Vec<String>,
    /// A step that movers leave out, to see what it is for, such as fence, claim, recover, relist or respect-bounds.
    #[arg(long, value_name = "STEP")]
    pub without: Option<String>,
    /// Stop when about so many states were looked at, of each mover.
    #[arg(long, value_name = "N", default_value_t = 50_000_000)]
    pub states: u64,
    /// Stop when they take about so much memory.
    #[arg(long, value_name = "GIB", default_value_t = 6)]
    pub memory: u64,
    /// As many as there are processors, if left out. The answer is the same on any number.
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// Write each counterexample to this folder as POOL-MOVER-PROPERTY.json, for `twinrail replay`.
    #[arg(long, value_name = "DIR")]
    pub save: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlainFormat,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Fail also if a property of the mover that the model names depends, is undecided, or was not looked at to the end.
    #[arg(long)]
    pub strict: bool,
    /// Show the counterexamples of every mover, what was explored, and every fact with its sources.
    #[arg(long)]
    pub details: bool,
    /// Judge confirmations as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Bandwidth {
    /// Files or folders, as for `check`.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// text: for people. json: everything, by the schema of `twinrail schema bandwidth`.
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlainFormat,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Show loads beside caps for each kind of node, every world and every fact with its sources.
    #[arg(long)]
    pub details: bool,
    /// Judge confirmations as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Size {
    /// Files or folders, as for `check`.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Worlds of demand that are drawn.
    #[arg(long, value_name = "N", default_value_t = crate::size::USUAL_WORLDS, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub worlds: u32,
    /// Of what is drawn: the same seed gives the same figures.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlainFormat,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Show jobs, every alternative, everything to ask for, and every fact with its sources.
    #[arg(long)]
    pub details: bool,
    /// Count days from this one; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Failover {
    /// Files or folders, as for `check`.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Only this mover; may be given several times. All ten if left out, that of the model first.
    #[arg(long, value_name = "MOVER")]
    pub mover: Vec<String>,
    /// Only this pool of virtual IPs; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub pool: Vec<String>,
    /// Only this scenario; may be given several times: killed, hung, reset, host-error, nic-lost, api-slow, api-refuses, quota-spent, maintenance,
    /// false-alarm, and, which are left out otherwise, rack, zone-lost, rolling-upgrade and failback; or all.
    #[arg(long, value_name = "SCENARIO")]
    pub scenario: Vec<String>,
    /// The choice and the intents are about this scenario; may be given several times. If left out: killed, hung, reset and host-error.
    #[arg(long, value_name = "SCENARIO")]
    pub by: Vec<String>,
    /// Clients that speak this; may be given several times: tcp, nfs3-tcp, nfs4-tcp, nfs-rdma, rdma, nvme-tcp. Those of the model if left out.
    #[arg(long, value_name = "PROTOCOL")]
    pub protocol: Vec<String>,
    /// What decides between movers that can be used, in this order.
    #[arg(long, value_name = "LIST", default_value = "safety,intents,p99,price")]
    pub criterion: String,
    /// Trials of each mover in each scenario.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub trials: u32,
    /// Trials with one fact elsewhere; 0: facts are not varied.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub varied: u32,
    /// The same seed and input give the same answer, on any machine and any number of threads.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Play the mover with a parameter at several values: interval, timeout, unhealthy, lease or poll, as in interval=1s,2s,5s; may be given several times.
    #[arg(long, value_name = "PARAMETER=VALUES")]
    pub sweep: Vec<String>,
    /// Play this trial alone and print what happens in it, of the first mover and the first scenario that are asked about.
    #[arg(long, value_name = "N")]
    pub trial: Option<u32>,
    /// Do not look at what is proved of the movers: quicker, and the choice does without safety.
    #[arg(long)]
    pub no_proofs: bool,
    /// As many as there are processors, if left out. The answer is the same on any number.
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlainFormat,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Show needs, limits, every world and every fact with its sources.
    #[arg(long)]
    pub details: bool,
    /// Judge confirmations as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// A file that `twinrail prove --save` wrote.
    pub file: PathBuf,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Files or folders, as for `check`.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// Where to write; report.html if left out. The end of the name says what: .html a page, .md a document, .json everything, by the schema of
    /// `twinrail schema book`. May be given several times.
    #[arg(long, short, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Write a Markdown document: to this file, as in --markdown=report.md, or to standard output.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "not given, given alone, given with a file")]
    pub markdown: Option<Option<PathBuf>>,
    /// Trials of each mover in each scenario.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub trials: u32,
    /// The same seed and input give the same report, on any machine.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Leave a part out, which takes less time; may be given several times.
    #[arg(long, value_enum, value_name = "PART")]
    pub without: Vec<BookPart>,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Levels and suppressions; `twinrail.toml` beside the first input, or in the working folder, if left out.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Judge suppressions and confirmations as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Ask {
    /// Files or folders, as for `check`.
    #[arg(required = true)]
    pub inputs: Vec<PathBuf>,
    /// text: for you. letter: words to send to the provider. json: everything.
    #[arg(long, value_enum, default_value = "text")]
    pub format: AskFormat,
    /// Trials of each mover in each scenario.
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub trials: u32,
    /// The same seed and input give the same answer.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// A file of facts that override the catalog; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    /// Show every question and everything that it changes.
    #[arg(long)]
    pub details: bool,
    /// Judge confirmations as of this day; today if left out.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// Colours: on a terminal only, always, or never.
    #[arg(long, value_enum, default_value = "auto")]
    pub color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AskFormat {
    Text,
    Json,
    Letter,
}

/// A part of a report that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BookPart {
    /// Who reaches whom, and what failures change.
    Reachability,
    /// What failures change.
    Failures,
    /// A packet for each intent.
    Packets,
    /// What is proved of movers.
    Proofs,
    /// How long clients are cut off, and which mover is first.
    Failover,
    /// What clients get under each condition, and intents on it.
    Bandwidth,
    /// The test farm, and the plan for customers.
    Size,
}

impl BookPart {
    pub(crate) fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(clippy::enum_variant_names, reason = "the words are those of the command line")]
pub(crate) enum AfterOne {
    AnyOneInstance,
    AnyTwoInstances,
    AnyOneNic,
    AnyOneZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReachFormat {
    Text,
    Json,
    Csv,
}

#[derive(Debug, Args)]
pub(crate) struct Facts {
    /// A fact's id, or a part of ids to list.
    pub id: Option<String>,
    /// Only facts of this status; may be given several times.
    #[arg(long, value_enum)]
    pub status: Vec<StatusName>,
    /// Only facts with several possible values.
    #[arg(long)]
    pub open: bool,
    /// Files that override facts: `--facts FILE` of `check`.
    #[arg(long, value_name = "FILE")]
    pub facts: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    pub format: PlainFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[arg(value_enum, default_value = "z4m")]
    pub template: Template,
    /// Where to write; standard output if left out. An existing file is never overwritten.
    #[arg(long, short)]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    /// Ids of projects: those of the cluster, of its clients, and the hosts of their Shared VPCs.
    #[arg(required = true, value_name = "PROJECT")]
    pub projects: Vec<String>,
    /// One export of Cloud Asset Inventory for each project, instead of many lists; it has less.
    #[arg(long)]
    pub cai: bool,
    /// A shell script that makes the folders and says at the end what could not be read.
    #[arg(long)]
    pub script: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    /// A model file or a dump, as for `check`: its instances say project and zone.
    pub input: Option<PathBuf>,
    /// How often each operation is timed. Twenty or more say something of the tail.
    #[arg(long, short = 'n', value_name = "N", default_value = "30")]
    pub times: std::num::NonZeroU16,
    /// Id of the project to measure in; that of the input if left out.
    #[arg(long, value_name = "ID")]
    pub project: Option<String>,
    /// Zone to measure in; that of the input if left out.
    #[arg(long)]
    pub zone: Option<String>,
    /// Machine type of the two instances that the script makes.
    #[arg(long, value_name = "TYPE", default_value = "e2-small")]
    pub machine: String,
    /// Measure on two instances of yours instead: give it twice. Nothing may depend on their nic0 having no alias range; the guest is not watched.
    #[arg(long, value_name = "NAME")]
    pub instance: Vec<String>,
    /// The free address that moves between your two instances, as gcloud writes it.
    #[arg(long, value_name = "[RANGE:]ADDRESS/32")]
    pub alias: Option<String>,
    /// Time the change of leader of this regional backend service with haPolicy too: its traffic moves each time.
    #[arg(long, value_name = "NAME")]
    pub backend_service: Option<String>,
    /// Instances between which the leader moves: give it twice.
    #[arg(long, value_name = "NAME")]
    pub leader: Vec<String>,
    /// Where to write the script; standard output if left out.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Sarif,
    Junit,
    Github,
    Markdown,
}

/// A format, and the file it is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub format: Format,
    /// Standard output if left out.
    pub file: Option<PathBuf>,
}

/// Reads `FORMAT` or `FORMAT=FILE`.
fn output(text: &str) -> Result<Output, String> {
    let (word, file) = text.split_once('=').map_or((text, None), |(word, file)| (word, Some(file)));
    let format = Format::from_str(word, false).map_err(|_| {
        let names: Vec<String> = Format::value_variants()
            .iter()
            .filter_map(|format| format.to_possible_value().map(|value| value.get_name().to_owned()))
            .collect();
        format!("`{word}` is none of {}", names.join(", "))
    })?;
    match file {
        Some("") => Err(format!("a file belongs behind `{word}=`")),
        file => Ok(Output { format, file: file.map(PathBuf::from) }),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlainFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    Model,
    Report,
    Diff,
    Trace,
    Reach,
    Prove,
    Failover,
    Bandwidth,
    Size,
    Ask,
    Book,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// Z4M storage: an RDMA rail between the nodes, a TCP rail to the clients.
    Z4m,
    /// H4D nodes for HPC.
    H4d,
    /// A4 GPU hosts with Z4M storage, across two projects.
    A4,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusName {
    Documented,
    Reported,
    Observed,
    Confirmed,
    Assumed,
    Conflicting,
    Unknown,
}
