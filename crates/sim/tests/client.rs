//! The client models against what was measured on real kernels, and against a closed form.
//!
//! One mechanism and one set of parameters, the catalog's, give every row of the measured tables. A laboratory's own test program has its request
//! spacing and its deadlines, as far as they are written down, in [`TcpLab`] and [`RdmaLab`]; nothing is fitted. Where the kernel's timers stood
//! is not recorded, so that a row's model is the median over many phases, with the least and the greatest beside it. A row that the
//! mechanism does not explain is listed with the reason, and the test fails when it becomes explained.

use proptest::prelude::*;
use twinrail_facts::{Catalog, Facts, Luck, Microseconds, Purpose, decide, keys};
use twinrail_model::Protocol;
use twinrail_sim::client::{
    Chance, Client, Clock, Device, End, Fate, History, KeepAlive, Log, Notice, Probe, Rc, Reconnect, Recovery, Server,
    State, Step, Tcp, Transport, Wheel,
};

/// When the outage begins in every history here.
const DOWN: Microseconds = SECOND;
const SECOND: Microseconds = secs(1);
const MILLISECOND: Microseconds = ms(1);
const SHORT: Microseconds = Microseconds(500);
const LONG: Microseconds = secs(10_000);
const OLD: Server = Server(0);
const NEW: Server = Server(1);

fn facts() -> Facts<'static> {
    Facts::new(Catalog::embedded())
}

const fn secs(count: u64) -> Microseconds {
    Microseconds::whole_seconds(count)
}

const fn ms(count: u64) -> Microseconds {
    Microseconds(1_000 * count)
}

fn seconds(value: f64) -> Microseconds {
    Microseconds::from_seconds(value)
}

/// So long after the outage began.
fn down_for(time: Microseconds) -> Microseconds {
    DOWN.saturating_add(time)
}

/// A time in a range, for properties.
fn between(least: Microseconds, bound: Microseconds) -> BoxedStrategy<Microseconds> {
    (least.0..bound.0).prop_map(Microseconds).boxed()
}

/// Silence for some seconds, then a server.
fn silence(down: f64, then: Server) -> History {
    silent_for(seconds(down), then)
}

/// Silence from [`DOWN`] on for some microseconds, then a server.
fn silent_for(down: Microseconds, then: Server) -> History {
    gone(Fate::Dropped, down, Fate::Served(then))
}

/// A fate from [`DOWN`] on for some microseconds, then another.
fn gone(fate: Fate, down: Microseconds, then: Fate) -> History {
    History::served_by(OLD).then(DOWN, fate).then(down_for(down), then)
}

/// A line of a measured table.
struct Row {
    what: String,
    /// Seconds; `None` is never, as long as it was looked at.
    measured: Option<f64>,
    client: Client,
    history: History,
    /// Look at the loss of the connection instead of the reply.
    loss: bool,
    /// Why the mechanism does not explain it.
    unexplained: Option<&'static str>,
}

impl Row {
    fn stall(what: impl Into<String>, measured: f64, client: &Client, history: History) -> Self {
        Self { what: what.into(), measured: Some(measured), client: *client, history, loss: false, unexplained: None }
    }

    fn knows(what: impl Into<String>, measured: f64, client: &Client, history: History) -> Self {
        Self { loss: true, ..Self::stall(what, measured, client, history) }
    }

    fn never(what: &str, client: &Client, history: History) -> Self {
        Self { measured: None, ..Self::stall(what, 0.0, client, history) }
    }

    /// Least, median and greatest over the phases; `None` where it never ends.
    fn model(&self, horizon: Microseconds) -> Option<[f64; 3]> {
        /// The longest step of the wheel that matters here: 8 x 8 x 8 ticks of 4 ms.
        const STEP: Microseconds = ms(2_048);
        const PHASES: u64 = 101;
        let mut seen: Vec<Microseconds> = Vec::new();
        for n in 0..PHASES {
            let part = |span: Microseconds, n: u64| Microseconds(span.0 * n / PHASES);
            let chance = Chance { first_request: part(self.client.spacing, n * 37 % PHASES), phase: part(STEP, n) };
            let recovery = recovered(&self.client, &self.history, chance, down_for(horizon));
            let end = if self.loss { known_after(&recovery) } else { recovery.outage() };
            seen.push(end?);
        }
        seen.sort_unstable();
        Some([seen[0], seen[seen.len() / 2], seen[seen.len() - 1]].map(Microseconds::seconds))
    }
}

/// Prints a table and holds its rows: within 10 % or 0.2 s, but for those that are listed.
#[expect(clippy::print_stdout, reason = "the table is what a reader of the test wants to see")]
fn hold(title: &str, rows: &[Row], horizon: Microseconds) {
    let mut lines = vec![format!("{title:<66} measured   model  (least .. greatest)  difference")];
    let mut wrong = Vec::new();
    for row in rows {
        let model = row.model(horizon);
        let (near, line) = match (row.measured, model) {
            (None, None) => (true, "   never   never".to_owned()),
            (None, Some([_, model, _])) => (false, format!("   never {model:7.2}")),
            (Some(measured), None) => (false, format!("{measured:8.2}   never")),
            (Some(measured), Some([least, model, greatest])) => {
                let difference = model - measured;
                let near = difference.abs() <= (0.1 * measured).max(0.2);
                let percent = 100.0 * difference / measured;
                let range = format!("({least:.2} .. {greatest:.2})");
                (near, format!("{measured:8.2} {model:7.2}  {range:<20} {difference:+.2} s {percent:+.1} %"))
            }
        };
        let why = row.unexplained.map_or(String::new(), |why| format!("  UNEXPLAINED: {why}"));
        lines.push(format!("{:<66} {line}{why}", row.what));
        if near == row.unexplained.is_some() {
            wrong.push(row.what.clone());
        }
    }
    println!("{}\n", lines.join("\n"));
    assert!(
        wrong.is_empty(),
        "{title}: explained and not listed, or the other way round: {wrong:#?}\n{}",
        lines.join("\n")
    );
}

/// The test program of the TCP table: a request every 10 ms through a router namespace.
struct TcpLab(Facts<'static>);

impl TcpLab {
    const SPACING: Microseconds = ms(10);
    const ROUND_TRIP: Microseconds = Microseconds(6);
    const CONNECT_DEADLINE: Microseconds = SECOND;
    /// What the program does between two attempts is not written down, so nothing: no number here is fitted. A pause of 20 ms would bring the eight
    /// rows with several attempts nearer still, all at once.
    const PAUSE: Microseconds = Microseconds::ZERO;

    fn default(&self) -> Client {
        Client::tcp(&self.0, Self::SPACING, Self::ROUND_TRIP)
    }

    fn with(&self, change: impl FnOnce(&mut Tcp)) -> Client {
        let mut client = self.default();
        if let Transport::Tcp(tcp) = &mut client.transport {
            change(tcp);
        }
        Client { reconnect: Reconnect::with_deadline(Self::CONNECT_DEADLINE, Self::PAUSE), ..client }
    }
}

#[test]
fn tcp_in_namespaces() {
    let lab = TcpLab(facts());
    let user_timeout = lab.with(|tcp| tcp.user_timeout = Some(secs(2)));
    let capped = lab.with(|tcp| tcp.rto_max = SECOND);
    let deadline = Client { patience: Some(SECOND), ..lab.with(|_| {}) };
    let columns: [(&str, Client, Server, [f64; 5]); 5] = [
        ("moved, defaults", lab.default(), NEW, [1.69, 6.83, 26.8, 54.9, 108.2]),
        ("same server, defaults", lab.default(), OLD, [1.68, 6.81, 26.8, 54.9, 108.2]),
        ("moved, USER_TIMEOUT 2 s, reconnect", user_timeout, NEW, [1.69, 5.50, 15.7, 30.1, 60.7]),
        ("moved, RTO_MAX 1 s", capped, NEW, [1.68, 5.77, 15.0, 30.4, 60.0]),
        ("moved, application deadline 1 s, reconnect", deadline, NEW, [1.01, 5.10, 15.3, 30.7, 60.3]),
    ];
    let mut rows = Vec::new();
    for (what, client, then, measured) in columns {
        for (down, measured) in [1.0, 5.0, 15.0, 30.0, 60.0].into_iter().zip(measured) {
            rows.push(Row::stall(format!("{what}, down {down} s"), measured, &client, silence(down, then)));
        }
    }
    rows.push(Row::knows("moved, RTO_MAX 1 s: the connection dies", 15.0, &capped, silence(30.0, NEW)));
    let pinned = gone(Fate::Dropped, secs(5), Fate::Pinned(NEW));
    rows.push(Row::stall("load balancer, flow flushed after 5 s", 6.76, &lab.default(), silence(5.0, NEW)));
    rows.push(Row::never("load balancer, flow not flushed, some minutes", &lab.default(), pinned));
    let segments = lab.with(|tcp| tcp.probe = Probe::Several);
    rows.push(Row::stall("libnfs v3, 4 KiB, moved in 0.1 s", 0.22, &segments, silence(0.1, NEW)));
    rows.push(Row::stall("libnfs v3, 4 KiB, moved in 5 s", 6.63, &segments, silence(5.0, NEW)));
    hold("TCP, seconds from last to next good reply", &rows, secs(300));
}

/// The test programs of the RDMA table, on soft RoCE.
struct RdmaLab(Facts<'static>);

impl RdmaLab {
    const SPACING: Microseconds = ms(10);
    const ROUND_TRIP: Microseconds = MILLISECOND;
    const CONNECT_DEADLINE: Microseconds = secs(2);
    /// Not written down either; 100 ms would bring the rows with several attempts nearer.
    const PAUSE: Microseconds = Microseconds::ZERO;

    fn client(&self, device: Device, exponent: Option<u64>, retries: u64) -> Client {
        let rc = Rc::on(&self.0, device, Self::ROUND_TRIP).with_retries(&self.0, device, retries);
        let rc = exponent.map_or(rc, |exponent| rc.with_exponent(&self.0, exponent));
        Client::rdma(rc, Self::SPACING, Reconnect::with_deadline(Self::CONNECT_DEADLINE, Self::PAUSE))
    }

    /// What rdma_cm chooses on 6.12.
    fn default(&self) -> Client {
        self.client(Device::Soft6_12, None, 6)
    }

    fn with(&self, change: impl FnOnce(&mut Rc)) -> Client {
        let mut client = self.default();
        if let Transport::Rc(rc) = &mut client.transport {
            change(rc);
        }
        client
    }
}

#[test]
fn rdma_on_soft_roce() {
    const FROZEN: &str = "how the address came up is not written down. Behind a router it takes a connect deadline of about 0.5 s, which is not written down \
                          either and would serve the two 0.16 s apart, not 0.01 s; on one link, below, the neighbour's change ends both attempts at once";
    let lab = RdmaLab(facts());
    let (default, short) = (lab.default(), lab.client(Device::Soft6_12, Some(14), 6));
    let impatient = Client { reconnect: Reconnect { deadline: Some(ms(500)), ..short.reconnect }, ..short };
    let (old_kernel, heeding) = (lab.client(Device::Soft6_1, None, 6), lab.with(|rc| rc.heeds_messages = true));
    let few = lab.client(Device::Soft6_12, None, 3);
    let waiting = lab.with(|rc| rc.sends = false);
    let new_neighbour =
        |after: u64| silent_for(secs(after), NEW).notice(down_for(secs(after)), Notice::NeighbourChanged);
    let killed = History::served_by(OLD)
        .then(DOWN, Fate::Refused)
        .notice(DOWN, Notice::Disconnected)
        .then(down_for(secs(3)), Fate::Served(NEW));
    let readded = silence(1.0, OLD).notice(down_for(SECOND), Notice::Readded);
    let both = |what: &str, knows: f64, stall: f64, client: &Client, history: History| {
        [
            Row::knows(format!("{what}: knows"), knows, client, history.clone()),
            Row::stall(format!("{what}: served"), stall, client, history),
        ]
    };
    let mut rows: Vec<Row> = [
        both("route moved, t 17", 3.81, 3.84, &default, silence(0.0, NEW)),
        both("route moved, t 14", 0.477, 0.50, &short, silence(0.0, NEW)),
        both("route moved, Linux 6.1, t 19", 14.7, 14.8, &old_kernel, silence(0.0, NEW)),
        both("route moved, down 1 s", 3.83, 3.86, &default, silence(1.0, NEW)),
        both("route moved, down 5 s", 3.83, 5.98, &default, silence(5.0, NEW)),
        both("route moved, down 5 s, t 14, connect deadline 0.5 s", 0.474, 5.42, &impatient, silence(5.0, NEW)),
        both("route moved, down 15 s", 3.83, 16.5, &default, silence(15.0, NEW)),
        both("peer frozen, routed elsewhere after 5 s, t 17", 3.83, 5.20, &default, silence(5.0, NEW)),
        both("peer frozen, routed elsewhere after 5 s, t 14", 0.476, 5.19, &short, silence(5.0, NEW)),
        both("peer frozen, if moved by ARP after 5 s, t 17", 3.83, 5.20, &default, new_neighbour(5)),
        both("peer frozen, if moved by ARP after 5 s, t 14", 0.476, 5.19, &short, new_neighbour(5)),
        both("moved by ARP, down 1 s", 3.82, 3.91, &default, new_neighbour(1)),
        both("moved by ARP, down 1 s, heeds messages", 1.14, 1.21, &heeding, new_neighbour(1)),
        both("moved by ARP, down 1 s, 3 retries", 2.19, 2.27, &few, silence(1.0, NEW)),
        both("process killed, heeds messages, moved after 3 s", 0.006, 3.08, &heeding, killed.clone()),
        both("path lost 6 s, same server", 3.82, 8.11, &default, silence(6.0, OLD)),
        both("address deleted, added again after 1 s", 3.82, 3.84, &default, readded),
    ]
    .into_iter()
    .flatten()
    .collect();
    rows.push(Row::stall("path lost 2 s, same server, same queue pair", 2.18, &default, silence(2.0, OLD)));
    rows.push(Row::never("process killed, waits in RECV, ignores messages, 120 s", &waiting, killed));
    for row in rows.iter_mut().filter(|row| row.what.starts_with("peer frozen, routed") && !row.loss) {
        row.unexplained = Some(FROZEN);
    }
    hold("RDMA reliable connections, seconds", &rows, secs(120));

    let survived =
        default.recover(&[&silence(2.0, OLD)], Chance::default(), Microseconds::ZERO, secs(60), &mut Log::silent());
    assert_eq!(survived.lost, None, "a loss within the retry budget does not cost the connection");
}

#[test]
fn nfs_of_the_kernel() {
    const LATE: &str = "no retransmission stands between 13.3 and 26.4 s; a first timeout of 0.24 s instead of 0.2 s would give 15.6 to 15.8, which is what \
                        a smoothed round trip of 40 ms (a delayed acknowledgement) makes, but the runs of 1 and 5 s speak for 10 ms, and none is recorded";
    let facts = facts();
    let (spacing, round_trip) = (MILLISECOND, MILLISECOND);
    let (v3, v4) = (Client::nfs3_tcp(&facts, spacing, round_trip), Client::nfs4_tcp(&facts, spacing, round_trip));
    let rdma = |state| Client::nfs_rdma(&facts, state, Device::Soft6_12, spacing, round_trip);
    let v4_rdma = rdma(Some(State::nfs4(&facts)));
    let mut rows = [
        Row::stall("TCP, v4.2, no VIP for 1 s, same server", 1.53, &v4, silence(1.0, OLD)),
        Row::stall("TCP, v4.2, no VIP for 5 s, same server", 6.68, &v4, silence(5.0, OLD)),
        Row::stall("TCP, v4.2, no VIP for 15 s, same server", 15.6, &v4, silence(15.0, OLD)),
        Row::stall("TCP, v3, failover to another server, down 4.31 s", 6.62, &v3, silence(4.31, NEW)),
        Row::stall("RDMA, v4.2, no VIP for 1 s, same server", 1.14, &v4_rdma, silence(1.0, OLD)),
        Row::stall("RDMA, v4.2, no VIP for 5 s, same server", 8.69, &v4_rdma, silence(5.0, OLD)),
        Row::stall("RDMA, v4.2, no VIP for 15 s, same server", 18.4, &v4_rdma, silence(15.0, OLD)),
        Row::stall("RDMA, v3, failover, down 4.42 s", 8.71, &rdma(None), silence(4.42, NEW)),
    ];
    rows[2].unexplained = Some(LATE);
    hold("Kernel NFS, longest stall of synchronous 4 KiB writes, seconds", &rows, secs(300));
}

/// Outages of section 7.1's table, in seconds: how long the address is away, and what an active connection sees.
const CLOSED_FORM: [(f64, f64); 16] = [
    (0.5, 0.6),
    (1.0, 1.4),
    (2.0, 3.0),
    (3.0, 3.0),
    (5.0, 6.2),
    (8.0, 12.6),
    (10.0, 12.6),
    (15.0, 25.4),
    (20.0, 25.4),
    (30.0, 51.0),
    (45.0, 51.0),
    (60.0, 102.2),
    (90.0, 102.2),
    (120.0, 204.6),
    (180.0, 204.6),
    (300.0, 324.6),
];

/// A program whose TCP is that of the closed form: no probe, timers to the microsecond, a request always under way.
fn ideal(facts: &Facts<'_>) -> Client {
    let client = Client::tcp(facts, Microseconds::ZERO, Microseconds::ZERO);
    Client { transport: Transport::Tcp(Tcp::linux(facts, Microseconds::ZERO).ideal()), ..client }
}

fn recovered(client: &Client, history: &History, chance: Chance, horizon: Microseconds) -> Recovery {
    client.recover(&[history], chance, Microseconds::ZERO, horizon, &mut Log::silent())
}

/// From the last good reply to the loss of the connection.
fn known_after(recovery: &Recovery) -> Option<Microseconds> {
    recovery.lost.map(|at| at.saturating_sub(recovery.last_good))
}

fn outage(client: &Client, history: &History, chance: Chance) -> Option<Microseconds> {
    client.recover(&[history], chance, Microseconds::ZERO, LONG, &mut Log::silent()).outage()
}

#[test]
fn the_closed_forms_table() {
    let client = ideal(&facts());
    for (down, seen) in CLOSED_FORM {
        // The note's row for 180 s says 204.6, the first retransmission at or after 180 s.
        assert_eq!(outage(&client, &silence(down, NEW), Chance::default()), Some(seconds(seen)), "down {down} s");
    }
}

#[test]
fn the_catalogs_totals_follow_from_its_timers() {
    let facts = facts();
    let tcp = Tcp::linux(&facts, Microseconds::ZERO);
    assert_eq!(tcp.gives_up_after(), seconds(facts.get(keys::tcp::GIVE_UP_SECONDS)));
    let client = Client { patience: Some(SECOND), ..ideal(&facts) };
    let mut log = Log::keeping(60);
    client.recover(
        &[&History::served_by(OLD).then(DOWN, Fate::Dropped)],
        Chance::default(),
        Microseconds::ZERO,
        secs(200),
        &mut log,
    );
    let at = |wanted: Step| log.steps.iter().find(|(_, step)| *step == wanted).expect("it is in the log").0;
    let attempt = at(Step::NotMade).saturating_sub(at(Step::Connects(0)));
    assert_eq!(attempt, seconds(facts.get(keys::tcp::SYN_GIVE_UP_SECONDS)));
}

#[test]
fn hardware_rests_on_an_open_fact() {
    let catalog = Catalog::embedded();
    let decision = decide(catalog, |facts| Rc::on(facts, Device::Hardware, Microseconds::ZERO).detects_after());
    let answers: Vec<Option<Microseconds>> = decision.arms.iter().map(|arm| arm.answer).collect();
    assert_eq!(
        answers,
        [3_758_097, 15_032_388].map(|micros| Some(Microseconds(micros))),
        "7 x 4.096 us x 2^17 and x 2^19, each try rounded"
    );
    assert_eq!(decision.deciding, [keys::rdma_rc::ACK_TIMEOUT_EXPONENT_HARDWARE.id()]);
    let soft = decide(catalog, |facts| {
        Rc::on(facts, Device::Soft6_12, Microseconds::ZERO).with_retries(facts, Device::Soft6_12, 7).detects_after()
    });
    assert_eq!(soft.certain(), Some(&None), "soft RoCE takes 7 for no end");
}

/// NVMe over TCP with timers to the microsecond and without probe and round trip: for sums by hand.
fn ideal_nvme(facts: &Facts<'_>) -> Client {
    let client = Client::nvme_tcp(facts, Microseconds::ZERO, Microseconds::ZERO);
    let Transport::Tcp(tcp) = client.transport else { unreachable!("NVMe over TCP") };
    Client { transport: Transport::Tcp(tcp.ideal()), ..client }
}

/// What a client did and when, in seconds after the outage began.
fn told(client: &Client, history: &History) -> Vec<String> {
    let mut log = Log::keeping(1_000);
    client.recover(&[history], Chance::default(), Microseconds::ZERO, LONG, &mut log);
    let after = |at: &Microseconds| at.saturating_sub(DOWN).seconds();
    log.steps.iter().map(|(at, step)| format!("{} {step}", after(at))).collect()
}

#[test]
fn nvme_learns_from_a_keep_alive_and_connects_ten_seconds_later() {
    // Down from 1 s to 21 s. Keep-alives are sent at 0, 2.5, 5 s: the second is lost, and fails at 7.5 s. Attempts of 7 s each follow after 10 s; the
    // first repeats its SYN once a second, and so meets the server half a second after it came.
    let back = told(&ideal_nvme(&facts()), &silent_for(secs(20), NEW));
    let expected = [
        "0 last good reply",
        "0 a request stays without an answer",
        "0.2 sent again",
        "0.6 sent again",
        "1.4 sent again",
        "3 sent again",
        "6.2 sent again",
        "6.5 a keep-alive fails",
        "16.5 connects",
        "20.5 connected to server 1",
        "20.5 first good reply",
    ];
    assert_eq!(back, expected);
    // A short outage on the same server costs no connection; on another it costs the reset, which the keep-alive of 2.5 s meets no earlier than the
    // request of 1 s does, and ten seconds.
    let same = told(&ideal_nvme(&facts()), &silent_for(ms(900), OLD));
    assert_eq!(same.last().map(String::as_str), Some("1.4 first good reply"));
    let moved = told(&ideal_nvme(&facts()), &silent_for(ms(900), NEW));
    assert_eq!(moved[5..7], ["1.4 reset by a host that does not know the connection", "11.4 connects"]);
    // The reset of the keep-alive comes first where the request's next repetition is far: 2.5 + 0.2 s against 1 + 3 s.
    let between = told(&ideal_nvme(&facts()), &silent_for(ms(1_600), NEW));
    assert_eq!(between[5..7], ["1.7 a keep-alive fails", "11.7 connects"]);
}

#[test]
fn nvme_counts_its_attempts_and_gives_up() {
    // Detected 6.5 s after the outage began; attempt k begins 10 + 17 (k - 1) s later and sends SYNs for 5 s. Attempt 60 sends the last at 1024.5 s.
    let client = ideal_nvme(&facts());
    let last = silent_for(ms(1_024_500), NEW);
    assert_eq!(outage(&client, &last, Chance::default()), Some(ms(1_024_500)));
    let later = silent_for(ms(1_024_501), NEW);
    assert_eq!(recovered(&client, &later, Chance::default(), LONG).end, End::NotWithin(LONG));
    let told = told(&client, &later);
    assert_eq!(told.last().map(String::as_str), Some("1026.5 gives up for good"));
    assert_eq!(told.iter().filter(|line| line.ends_with(" connects")).count(), 60);
}

#[test]
fn a_hung_nvme_target_is_seen_by_the_keep_alive() {
    // The request is acknowledged, so only the keep-alive's timeout tells. The hung target's kernel accepts a connection, on which the keep-alive of
    // 17.5 s fails too; nothing is sent again, so that nobody notices the new holder at 21 s.
    let hung = gone(Fate::Stalled(OLD), secs(20), Fate::Served(NEW));
    let told = told(&ideal_nvme(&facts()), &hung);
    let expected = [
        "0 last good reply",
        "0 a request stays without an answer",
        "0 acknowledged, not answered",
        "6.5 a keep-alive fails",
        "16.5 connects",
        "16.5 connected to server 0",
        "16.5 acknowledged, not answered",
        "21.5 a keep-alive fails",
        "31.5 connects",
        "31.5 connected to server 1",
        "31.5 first good reply",
    ];
    assert_eq!(told, expected);
}

#[test]
fn every_protocol_has_its_client() {
    let catalog = Catalog::embedded();
    let silent = History::served_by(OLD).then(DOWN, Fate::Dropped);
    // After how many seconds of silence each knows; which of the answers depends on the exponent of the ack timeout, and on Falcon.
    let cases: [(Protocol, &[u64]); 6] = [
        (Protocol::Tcp, &[934]),
        (Protocol::Nfs3Tcp, &[181]),
        (Protocol::Nfs4Tcp, &[181]),
        (Protocol::NfsRdma, &[3, 60, 15]),
        (Protocol::Rdma, &[3, 30, 15]),
        (Protocol::NvmeTcp, &[6]),
    ];
    for (protocol, expected) in cases {
        let decision = decide(catalog, |facts| {
            let client = Client::speaking(protocol, facts, MILLISECOND, Microseconds::ZERO);
            let recovery = recovered(&client, &silent, Chance::default(), LONG);
            known_after(&recovery).map_or(u64::MAX, |after| after.0 / SECOND.0)
        });
        let answers: Vec<u64> = decision.arms.iter().map(|arm| arm.answer).collect();
        assert_eq!(answers, expected, "{protocol:?}");
    }
    let facts = facts();
    let speaking = |protocol| Client::speaking(protocol, &facts, MILLISECOND, Microseconds::ZERO);
    assert_eq!(
        speaking(Protocol::NfsRdma).state,
        Some(State::nfs4(&facts)),
        "NFSv4.1 unless the catalog says otherwise"
    );
    assert_eq!(speaking(Protocol::Nfs3Tcp).state, None);
    let soft = Client::speaking_on(Device::Soft6_1, Protocol::Rdma, &facts, MILLISECOND, Microseconds::ZERO);
    assert_eq!(soft, Client::rdma_program(&facts, Device::Soft6_1, MILLISECOND, Microseconds::ZERO));
    assert_eq!(Device::of_profile("falcon"), Some(Device::Falcon));
    assert_eq!(Device::of_profile("none"), None);
}

#[test]
fn refusals_cost_rpcs_reconnect_slots() {
    let refused = gone(Fate::Refused, secs(10), Fate::Served(NEW));
    let client = Client::nfs3_tcp(&facts(), MILLISECOND, Microseconds::ZERO);
    let mut log = Log::keeping(60);
    client.recover(&[&refused], Chance::default(), Microseconds::ZERO, secs(200), &mut log);
    let attempts =
        log.steps.iter().filter(|(_, step)| *step == Step::Connects(0)).map(|(at, _)| at.saturating_sub(DOWN));
    assert_eq!(attempts.collect::<Vec<_>>(), [0, 3, 9, 21].map(secs));
}

#[test]
fn a_program_that_is_refused_for_long_is_served_at_once() {
    let client = TcpLab(facts()).default();
    let refused = gone(Fate::Refused, secs(100), Fate::Served(NEW));
    let seen = outage(&client, &refused, Chance::default()).expect("it tries all the time");
    assert!((secs(100)..ms(100_020)).contains(&seen), "{seen}");
    let for_ever = History::served_by(OLD).then(DOWN, Fate::Refused);
    let end = client.recover(&[&for_ever], Chance::default(), Microseconds::ZERO, secs(60), &mut Log::silent()).end;
    assert_eq!(end, End::NotWithin(secs(60)));
}

#[test]
fn a_message_heeded_tears_down_a_healthy_connection() {
    let lab = RdmaLab(facts());
    let history = History::served_by(OLD).notice(DOWN, Notice::NeighbourChanged);
    let heeding = lab.with(|rc| rc.heeds_messages = true);
    let chance = Chance { first_request: ms(5), phase: Microseconds::ZERO };
    let recovery = heeding.recover(&[&history], chance, Microseconds::ZERO, secs(60), &mut Log::silent());
    assert_eq!(recovery.lost, Some(down_for(ms(5))));
    assert_eq!(outage(&lab.default(), &history, chance), Some(Microseconds::ZERO));
}

#[test]
fn what_a_client_prints() {
    let facts = facts();
    let client = Client::nfs4_tcp(&facts, ms(10), MILLISECOND);
    let history = silence(2.5, NEW).grace(NEW, down_for(secs(4)));
    let mut log = Log::keeping(40);
    let recovery = client.recover(&[&history], Chance::default(), Microseconds::ZERO, secs(60), &mut log);
    let told: Vec<String> = log
        .steps
        .iter()
        .map(|(at, step)| format!("{:.3} {step}", at.saturating_sub(recovery.last_good).seconds()))
        .collect();
    let expected = [
        "0.000 last good reply",
        "0.009 a request stays without an answer",
        "0.017 tail loss probe",
        "0.225 sent again",
        "0.641 sent again",
        "1.473 sent again",
        "3.137 sent again",
        "3.137 reset by a host that does not know the connection",
        "3.137 connects",
        "3.138 connected to server 1",
        "3.138 new session, state reclaimed",
        "3.143 the server is in its grace period",
        "3.243 the server is in its grace period",
        "3.443 the server is in its grace period",
        "3.843 the server is in its grace period",
        "4.644 first good reply",
    ];
    assert_eq!(told, expected);
    assert_eq!(log.left_out, 0);
}

#[test]
fn a_second_address_needs_no_move() {
    let lab = RdmaLab(facts());
    let (first, second) = (History::served_by(OLD).then(DOWN, Fate::Dropped), History::served_by(NEW));
    let recovery =
        lab.default().recover(&[&first, &second], Chance::default(), Microseconds::ZERO, secs(60), &mut Log::silent());
    let outage = recovery.outage().expect("the second address is there all the time");
    let known = known_after(&recovery).expect("the connection died");
    assert_eq!(outage, known.saturating_add(ms(11)));
    assert!(outage < secs(4), "detection and one connection: {outage}");
}

#[test]
fn a_hung_service_is_worse_than_a_dead_host() {
    let hung = gone(Fate::Stalled(OLD), secs(10), Fate::Served(NEW));
    let tcp = TcpLab(facts());
    assert_eq!(
        outage(&tcp.default(), &hung, Chance::default()),
        None,
        "everything is acknowledged: nothing is sent again"
    );
    let impatient = Client { patience: Some(SECOND), ..tcp.with(|_| {}) };
    let seen = outage(&impatient, &hung, Chance::default()).expect("it connects anew until the server is another");
    assert!((secs(10)..secs(12)).contains(&seen), "{seen}");
    let nfs = outage(&Client::nfs3_tcp(&facts(), MILLISECOND, MILLISECOND), &hung, Chance::default());
    let nfs = nfs.expect("RPC's own timeout sends something");
    assert!((secs(60)..secs(63)).contains(&nfs), "{nfs}");
    let rdma = outage(&RdmaLab(facts()).default(), &hung, Chance::default()).expect("the new holder is silent");
    assert!((secs(13)..secs(15)).contains(&rdma), "not ready until the move, then the whole budget: {rdma}");
}

#[test]
fn a_history_is_used_again() {
    let mut history =
        gone(Fate::Refused, secs(9), Fate::Pinned(NEW)).notice(DOWN, Notice::Readded).grace(NEW, secs(99));
    history.clear(OLD);
    assert_eq!(history, History::served_by(OLD));
    history.push(down_for(secs(5)), Fate::Served(NEW));
    history.push(DOWN, Fate::Dropped);
    history.push_notice(secs(7), Notice::Disconnected);
    history.push_grace(NEW, secs(8));
    assert_eq!(history, silent_for(secs(5), NEW).notice(secs(7), Notice::Disconnected).grace(NEW, secs(8)));
    assert_eq!(history.fate(Microseconds::ZERO), Fate::Served(OLD));
}

#[test]
fn nothing_happens_between_two_requests() {
    let client = Client::tcp(&facts(), SECOND, Microseconds::ZERO);
    let history = silent_for(ms(500), OLD).then(down_for(secs(3)), Fate::Served(OLD));
    let chance = Chance { first_request: ms(600), phase: Microseconds::ZERO };
    let recovery = client.recover(&[&history], chance, Microseconds::ZERO, secs(60), &mut Log::silent());
    assert_eq!((recovery.end, recovery.outage()), (End::Undisturbed, Some(Microseconds::ZERO)));
    assert_eq!(client.recover(&[], chance, Microseconds::ZERO, SECOND, &mut Log::silent()).end, End::Undisturbed);
}

#[test]
fn chance_is_even_over_the_spacing_and_over_the_clock() {
    const DRAWS: u32 = 10_000;
    let client = Client::nfs4_tcp(&facts(), MILLISECOND, SHORT);
    let span = client.transport.span();
    assert_eq!(
        span,
        ms(4).saturating_mul(8_u64.pow(8)),
        "a tick, and a factor of 8 for each of the eight further levels"
    );
    let drawn: Vec<Chance> =
        (0..DRAWS).map(|trial| Chance::draw(Luck { seed: 1, trial }, Purpose(3), 7, 2, &client)).collect();
    for (what, span, times) in [
        ("first request", client.spacing, drawn.iter().map(|chance| chance.first_request).collect::<Vec<_>>()),
        ("phase", span, drawn.iter().map(|chance| chance.phase).collect()),
    ] {
        assert!(times.iter().all(|time| *time < span), "{what}");
        // A quarter each; six standard deviations of Binomial(10,000, 1/4).
        for quarter in 0..4 {
            let count = times.iter().filter(|time| time.0 * 4 / span.0 == quarter).count();
            assert!(count.abs_diff(2_500) < 260, "{what}: {count} in quarter {quarter}");
        }
    }
    let other = Client::tcp(&facts(), ms(10), SHORT);
    let again = Chance::draw(Luck { seed: 1, trial: 4 }, Purpose(3), 7, 2, &other);
    assert_eq!(again.phase, drawn[4].phase, "equal luck for another client");
    assert_eq!(again.first_request.0 / 10, drawn[4].first_request.0);
    let always = Client { spacing: Microseconds::ZERO, ..ideal(&facts()) };
    assert_eq!(Chance::draw(Luck { seed: 1, trial: 4 }, Purpose(3), 7, 2, &always), Chance::default());
}

proptest! {
    /// Research note on failover, section 7.3: detection, then whole slots of ten seconds, where an attempt takes no time.
    #[test]
    fn nvme_is_the_closed_form(down in between(secs(8), secs(600)), phase in between(Microseconds::ZERO, secs(10))) {
        let mut client = ideal_nvme(&facts());
        client.reconnect.deadline = Some(Microseconds::ZERO);
        let recovery = recovered(&client, &silent_for(down, NEW), Chance { phase, ..Chance::default() }, LONG);
        let detected = known_after(&recovery).expect("eight seconds are more than a keep-alive takes to fail");
        prop_assert!((secs(5)..ms(7_500)).contains(&detected), "{detected}");
        let slots = down.saturating_sub(detected).round_up(secs(10));
        prop_assert_eq!(recovery.outage(), Some(detected.saturating_add(slots)));
    }
}

/// Clients of every kind, with the defaults of their software.
fn kinds(facts: &Facts<'_>) -> Vec<Client> {
    let nfs4 = Some(State::nfs4(facts));
    let reconnect = Reconnect::with_deadline(SECOND, ms(20));
    vec![
        ideal(facts),
        Client::tcp(facts, ms(10), SHORT),
        Client { patience: Some(SECOND), reconnect, ..Client::tcp(facts, ms(10), SHORT) },
        Client::nfs3_tcp(facts, MILLISECOND, SHORT),
        Client::nfs4_tcp(facts, MILLISECOND, SHORT),
        Client::nfs_rdma(facts, None, Device::Soft6_12, MILLISECOND, SHORT),
        Client::nfs_rdma(facts, nfs4, Device::Hardware, MILLISECOND, SHORT),
        Client::rdma(Rc::on(facts, Device::Soft6_1, SHORT), MILLISECOND, reconnect),
        Client::rdma(Rc::on(facts, Device::Hardware, SHORT), MILLISECOND, reconnect),
        Client::nvme_tcp(facts, MILLISECOND, SHORT),
    ]
}

fn chance() -> impl Strategy<Value = Chance> {
    (between(Microseconds::ZERO, ms(1)), between(Microseconds::ZERO, secs(20)))
        .prop_map(|(first_request, phase)| Chance { first_request, phase })
}

/// Numbers that break arithmetic, and some that do not.
fn hostile() -> BoxedStrategy<u64> {
    let odd = [0, 1, 2, 1 << 31, 1 << 63, u64::MAX - 1, u64::MAX];
    (0..10_usize, any::<u64>())
        .prop_map(move |(which, any)| {
            odd.get(which).copied().unwrap_or(if which == 9 { any } else { any % 10_000_000 })
        })
        .boxed()
}

fn hostile_time() -> BoxedStrategy<Microseconds> {
    hostile().prop_map(Microseconds).boxed()
}

fn hostile_option() -> BoxedStrategy<Option<u64>> {
    (any::<bool>(), hostile()).prop_map(|(some, value)| some.then_some(value)).boxed()
}

fn hostile_history() -> BoxedStrategy<History> {
    let server = (0..3_u32).prop_map(Server);
    let fate = prop_oneof![
        server.clone().prop_map(Fate::Served),
        server.clone().prop_map(Fate::Stalled),
        server.clone().prop_map(Fate::Pinned),
        Just(Fate::Dropped),
        Just(Fate::Refused),
    ];
    let notice = prop_oneof![Just(Notice::Disconnected), Just(Notice::NeighbourChanged), Just(Notice::Readded)];
    let phases = prop::collection::vec((hostile_time(), fate), 0..6);
    let notices = prop::collection::vec((hostile_time(), notice), 0..4);
    (phases, notices, prop::collection::vec((server, hostile_time()), 0..3))
        .prop_map(|(phases, notices, graces)| {
            let mut history = History::served_by(OLD);
            for (at, fate) in phases {
                history = history.then(at, fate);
            }
            for (at, notice) in notices {
                history = history.notice(at, notice);
            }
            graces.into_iter().fold(history, |history, (server, until)| history.grace(server, until))
        })
        .boxed()
}

fn hostile_tcp() -> BoxedStrategy<Tcp> {
    let clock = prop_oneof![
        Just(Clock::Exact),
        (hostile(), hostile(), hostile(), any::<u32>()).prop_map(|(tick, first_level, factor, levels)| {
            Clock::Wheel(Wheel { tick: Microseconds(tick), first_level, factor, levels })
        })
    ];
    let probe = prop_oneof![Just(Probe::Off), Just(Probe::Lone), Just(Probe::Several)];
    let (times, counts) = (prop::array::uniform5(hostile_time()), prop::array::uniform4(hostile()));
    (clock, probe, times, counts, prop::array::uniform2(hostile_option()))
        .prop_map(|(clock, probe, times, counts, options)| {
            let [round_trip, rto_min, rto_max, probe_margin, syn_timeout] = times;
            let [factor, retries, syn_linear, syn_retries] = counts;
            let [user_timeout, resend] = options.map(|time| time.map(Microseconds));
            Tcp {
                clock,
                round_trip,
                rto_min,
                rto_max,
                factor,
                probe,
                probe_margin,
                retries,
                user_timeout,
                syn_timeout,
                syn_linear,
                syn_retries,
                resend,
            }
        })
        .boxed()
}

fn hostile_rc() -> BoxedStrategy<Rc> {
    let options = prop::array::uniform3(hostile_option());
    let times = prop::array::uniform4(hostile_time());
    (hostile_tcp(), options, times, hostile(), any::<bool>(), any::<bool>())
        .prop_map(|(tcp, [ack_timeout, retries, rnr_retries], times, request_retries, heeds_messages, sends)| {
            let [round_trip, connect_time, rnr_wait, request_wait] = times;
            let ack_timeout = ack_timeout.map(Microseconds);
            let (clock, manager_clock) = (tcp.clock, tcp.clock);
            Rc {
                clock,
                manager_clock,
                round_trip,
                connect_time,
                ack_timeout,
                retries,
                rnr_retries,
                rnr_wait,
                heeds_messages,
                sends,
                request_wait,
                request_retries,
            }
        })
        .boxed()
}

fn hostile_client() -> BoxedStrategy<Client> {
    let transport = prop_oneof![hostile_tcp().prop_map(Transport::Tcp), hostile_rc().prop_map(Transport::Rc)];
    let options = prop::array::uniform3(hostile_option());
    let times = prop::array::uniform10(hostile_time());
    (transport, options, times, prop::array::uniform2(hostile_option()))
        .prop_map(|(transport, options, times, [state, attempts])| {
            let [spacing, first_pause, pause, refused_pause, slot, slot_max, lease, poll, poll_max, timeout] = times;
            let [patience, deadline, keep_alive] = options.map(|time| time.map(Microseconds));
            let keep_alive = keep_alive.map(|interval| KeepAlive { interval, timeout });
            let state = state.map(|session_round_trips| State { lease, session_round_trips, poll, poll_max });
            let reconnect = Reconnect { deadline, first_pause, pause, refused_pause, slot, slot_max, attempts };
            Client { transport, spacing, patience, keep_alive, reconnect, state }
        })
        .boxed()
}

proptest! {
    #[test]
    fn an_outage_is_no_shorter_than_the_address_is_away(kind in 0..10_usize, down in between(ms(20), secs(200)), moved: bool, chance in chance()) {
        let client = kinds(&facts())[kind];
        let history = silent_for(down, if moved { NEW } else { OLD });
        let seen = outage(&client, &history, chance);
        prop_assert!(seen.is_some_and(|seen| seen >= down), "{seen:?} for {down}");
    }

    #[test]
    fn a_longer_outage_is_seen_as_no_shorter(kind in 0..10_usize, down in between(ms(20), secs(200)), more in between(Microseconds::ZERO, secs(100)), chance in chance()) {
        let client = kinds(&facts())[kind];
        let [less, more] = [down, down.saturating_add(more)].map(|down| outage(&client, &silent_for(down, NEW), chance));
        prop_assert!(less <= more, "{less:?} for the shorter, {more:?} for the longer");
    }

    #[test]
    fn plain_tcp_is_the_closed_form(down in between(Microseconds(1), secs(102))) {
        let seen = outage(&ideal(&facts()), &silent_for(down, NEW), Chance::default()).expect("it recovers");
        let steps = (down.seconds() / 0.2 + 1.0).log2().ceil();
        prop_assert_eq!(seen, seconds(0.2 * (steps.exp2() - 1.0)));
        prop_assert!(down <= seen && seen < down.saturating_mul(2).saturating_add(ms(200)));
    }

    #[test]
    fn grace_is_waited_for_unless_state_is_shared(rdma: bool, down in between(ms(20), secs(100)), grace in between(Microseconds::ZERO, secs(300)), chance in chance()) {
        let facts = facts();
        let nfs4 = Some(State::nfs4(&facts));
        let client = if rdma {
            Client::nfs_rdma(&facts, nfs4, Device::Soft6_12, MILLISECOND, SHORT)
        } else {
            Client::nfs4_tcp(&facts, MILLISECOND, SHORT)
        };
        let shared = silent_for(down, NEW);
        let until = down_for(down.saturating_add(grace));
        let alone = shared.clone().grace(NEW, until);
        let end = client.recover(&[&alone], chance, Microseconds::ZERO, LONG, &mut Log::silent()).end;
        prop_assert!(matches!(end, End::Resumes(at) if at >= until), "{end:?} with grace until {until}");
        prop_assert!(outage(&client, &shared, chance) <= outage(&client, &alone, chance));
    }

    #[test]
    fn a_queue_pair_survives_what_its_budget_covers(down in between(MILLISECOND, secs(20)), chance in chance()) {
        let lab = RdmaLab(facts());
        let client = lab.default();
        let Transport::Rc(rc) = client.transport else { unreachable!("an RDMA client") };
        let budget = rc.detects_after().expect("the defaults end");
        let same = client.recover(&[&silent_for(down, OLD)], chance, Microseconds::ZERO, secs(100), &mut Log::silent());
        if down.saturating_mul(7) < budget.saturating_mul(6) {
            prop_assert_eq!(same.lost, None);
        }
        if down.saturating_mul(10) > budget.saturating_mul(11) {
            prop_assert!(same.lost.is_some());
        }
        let moved = client.recover(&[&silent_for(down, NEW)], chance, Microseconds::ZERO, secs(100), &mut Log::silent());
        prop_assert!(moved.outage() >= Some(budget), "a new holder is silent, so the whole budget is paid");
    }

    #[test]
    fn a_mount_waits_for_its_slowest_connection(down in between(ms(20), secs(100)), chances in prop::collection::vec(chance(), 1..6)) {
        let client = Client::nfs3_tcp(&facts(), MILLISECOND, SHORT);
        let history = silent_for(down, NEW);
        let all = client.recover_all(&[&history], chances.iter().copied(), Microseconds::ZERO, LONG);
        let each = chances.iter().map(|chance| client.recover(&[&history], *chance, Microseconds::ZERO, LONG, &mut Log::silent()));
        let ends: Vec<End> = each.map(|recovery| recovery.end).collect();
        prop_assert!(ends.contains(&all.end));
        let at = |end: &End| if let End::Resumes(at) = end { *at } else { Microseconds::MAX };
        prop_assert_eq!(at(&all.end), ends.iter().map(at).max().expect("there are some"));
    }

    #[test]
    fn hostile_settings_end(
        client in hostile_client(),
        histories in prop::collection::vec(hostile_history(), 0..3),
        [first_request, phase, after, horizon] in prop::array::uniform4(hostile_time()),
    ) {
        let addresses: Vec<&History> = histories.iter().collect();
        let mut log = Log::keeping(10);
        let recovery = client.recover(&addresses, Chance { first_request, phase }, after, horizon, &mut log);
        prop_assert!(log.steps.len() <= 10);
        if let End::Resumes(at) = recovery.end {
            prop_assert!(at >= recovery.last_good || at == Microseconds::MAX, "{recovery:?}");
        }
        let again = client.recover(&addresses, Chance { first_request, phase }, after, horizon, &mut Log::silent());
        prop_assert_eq!(recovery, again);
    }
}
