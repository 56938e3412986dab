//! Mistakes in a model file: all of them at once, each with its line, what is wrong, and a hint.

use insta::assert_snapshot;
use twinrail_intake::Input;
use twinrail_model::{Ask, Party, Reach};

use crate::view::{messages, read};

/// The errors of a model file, one a line.
fn wrong(text: &str) -> String {
    let files = [("m.yaml", text)];
    let errors = read(&files).expect_err("this model is wrong");
    messages(&errors, &files).join("\n")
}

/// A small model that is right, and one more part.
fn with(part: &str) -> String {
    const HEAD: &str = "twinrail: 1
projects: { storage: {} }
networks:
  tcp: { mtu: 8896 }
subnets:
  tcp-a: { network: tcp, region: us-central1, range: 10.10.0.0/22 }
clusters:
  vault: { machine: z3-highmem-88, zone: us-central1-a, count: 2, nics: [{ rail: tcp, type: GVNIC, subnet: tcp-a }] }
";
    format!("{HEAD}{part}\n")
}

#[test]
fn the_model_of_these_tests_is_right() {
    let text = with("");
    let loaded = read(&[("m.yaml", &text)]).unwrap_or_else(|errors| panic!("{:?}", messages(&errors, &[])));
    assert_eq!(loaded.network.nics.len(), 2);
    let json = r#"{"twinrail": 1, "projects": {"storage": {}}, "networks": {"tcp": {}}}"#;
    assert_eq!(read(&[("m.json", json)]).expect("JSON is YAML").network.vpcs.len(), 1);
}

#[test]
fn mistakes_of_every_kind_at_once() {
    let text = "twinrail: 1
projects: { storage: {} }
networks:
  tcp: { mtu: big }
subnets:
  tcp-a: { netwerk: tcp, region: us-central1, range: 10.10.0.1/22 }
clusters:
  vault:
    zone: us-central1-a
    count: -1
    nics: { rail: tcp }
    guest: { routing: per-nick }
    service: { grace: shard, fence: epok }
  late:
    machine: z3-highmem-88
    zone: [us-central1-a, 7]
    count: 2
    nics: [{ rail: tcp, type: GVNIK, subnet: tcp-a }]
    service: { grace: 90 sec }
  listed: { machine: z3-highmem-88, zone: 7, count: 2, nics: [], service: { grace: [shared] } }
vips:
  nfs: { count: 4, over: vault, rail: tpc, mover: alias-ip-fence, ports: [tcp:99999] }
  smb: { count: 4, over: vault, rail: tcp, mover: { kind: alias-ip, leese: 3 s } }
links:
  a: { psc-interface: vault, into: tcp-a, accepts: 7 }
  b: { psc-interface: vault, into: tcp-a, accepts: automatically }
";
    assert_snapshot!(wrong(text), @r#"
    m.yaml:4: `networks.tcp.mtu` is `"big"`, not a whole number
    m.yaml:6: unknown field `netwerk` in `subnets.tcp-a` (did you mean `network`?)
    m.yaml:6: `subnets.tcp-a.range`: `10.10.0.1/22` has host bits set; the range is 10.10.0.0/22 (such as `10.10.0.0/22`)
    m.yaml:8: `clusters.vault` has no `machine` (add `machine:`)
    m.yaml:10: `clusters.vault.count` is -1, less than 1 (at least 1)
    m.yaml:11: `clusters.vault.nics` is a map, not a list
    m.yaml:12: `clusters.vault.guest.routing` is `"per-nick"`, not one of default, per-nic (did you mean `per-nic`?)
    m.yaml:13: `clusters.vault.service.grace` is `"shard"`, not one of none, shared (did you mean `shared`?)
    m.yaml:13: `clusters.vault.service.fence` is `"epok"`, not one of none, stop, reset, epoch (did you mean `epoch`?)
    m.yaml:16: `clusters.late.zone` is a list, not a string
    m.yaml:18: `clusters.late.nics[0].type` is `"GVNIK"`, not one of GVNIC, IDPF, IRDMA, MRDMA, VIRTIO_NET (did you mean `GVNIC`?)
    m.yaml:19: `clusters.late.service.grace` is `"90 sec"`, not one of none, shared; or `clusters.late.service.grace`: `90 sec` is not a time: a number and one of ms, s, min, h, d (such as `3 s`)
    m.yaml:20: `clusters.listed.zone` is `7`, not a string
    m.yaml:20: `clusters.listed.service.grace` is a list, not a string (such as `3 s`)
    m.yaml:22: `vips.nfs` has no `from` (add `from:`)
    m.yaml:22: `vips.nfs.rail` is `"tpc"`, not one of rdma, tcp (did you mean `tcp`?)
    m.yaml:22: `vips.nfs.mover` is `"alias-ip-fence"`, not one of alias-ip, alias-ip-fenced, route-replace, route-make-before-break, route-priority, lb-health-check, lb-leader, lb-garp, stateful-mig, pacemaker-alias (did you mean `alias-ip-fenced`?)
    m.yaml:22: `vips.nfs.ports[0]`: `tcp:99999` is not a port such as tcp:2049 (such as `tcp:2049`)
    m.yaml:23: `vips.smb` has no `from` (add `from:`)
    m.yaml:23: unknown field `leese` in `vips.smb.mover` (did you mean `lease`?)
    m.yaml:25: `links.a.accepts` is `7`, not a string or a list
    m.yaml:26: `links.b.accepts` is `"automatically"`, not automatic
    "#);
}

#[test]
fn unknown_keys_are_found_at_every_level() {
    let text = with(
        "subnet: {}\nrouters: { r: { network: tcp, region: us-central1, nat: [n] } }\nworkload: { red: 400 Gbps }\ntests: [{ jobs: [] }]\nclients: { gpu: { subnet: tcp-a, count: 4, protokol: nfs4-tcp } }",
    );
    assert_snapshot!(wrong(&text), @r#"
    m.yaml:9: unknown field `subnet` in the file (did you mean `subnets`?)
    m.yaml:10: unknown field `nat` in `routers.r` (did you mean `nats`?)
    m.yaml:11: unknown field `red` in `workload` (did you mean `read`?)
    m.yaml:12: `tests[0]` has no `name` (add `name:`)
    m.yaml:13: unknown field `protokol` in `clients.gpu` (did you mean `protocol`?)
    "#);
}

#[test]
fn names_that_lead_nowhere_are_found_together() {
    let text = with(
        "clients: { gpu: { subnet: tcp-b, count: 4, protocol: nfs4-tcp } }\nvips: { nfs: { count: 4, from: tcp-a/vips, over: valt, rail: tcp, mover: alias-ip } }\nrouters: { r: { network: tpc, region: us-central1 } }\nintents: [vault reaches nobody on tcp, vault is fine]\nlinks: { l: { peering: [tcp] }, m: {} }\nresources: [{ kind: compute#network }, { selfLink: projects/p/locations/l/instances/i }]",
    );
    assert_snapshot!(wrong(&text), @r"
    m.yaml:9: no subnet is named `tcp-b` (did you mean `tcp-a`?)
    m.yaml:10: no cluster is named `valt` (did you mean `vault`?)
    m.yaml:11: no network is named `tpc` (did you mean `tcp`?)
    m.yaml:12: no cluster, clients, VIP pool or instance is named `nobody` (the file has `vault`, `gpu`)
    m.yaml:12: `vault is fine` is not understood (an intent is one of: `A reaches B on rdma`, `A reaches B on tcp:2049, after any one instance of C fails`, `A never reaches B`, `only A reaches B`, `nothing else reaches B`, `outage of V for C: p99 below 10 s`, `read of C at least 300 Gbps, after any one failure`)
    m.yaml:13: the peering `l` is to name two networks
    m.yaml:13: the link `m` is to have exactly one of psc-interface, peering and shared-vpc
    m.yaml:14: a resource has a `selfLink` (such as `projects/P/regions/R/addresses/A`)
    ");
}

/// A model with somebody to talk about.
fn with_intents(intents: &str) -> String {
    with(&format!(
        "instances: {{ bastion: {{ machine: e2-small, zone: us-central1-a, nics: [{{ rail: tcp, type: GVNIC, subnet: tcp-a }}] }} }}
clients: {{ gpu: {{ subnet: tcp-a, count: 4, protocol: nfs4-tcp }}, smb: {{ subnet: tcp-a, count: 1, protocol: tcp }}, vault: {{ cluster: vault, protocol: tcp }} }}
vips:
  nfs: {{ count: 2, from: tcp-a, over: vault, rail: tcp, mover: alias-ip }}
  smb: {{ count: 2, from: tcp-a, over: vault, rail: tcp, mover: alias-ip }}
intents:
{intents}"
    ))
}

#[test]
fn an_intent_names_whom_it_is_about() {
    let text = with_intents(
        "  - vault reaches vault on tcp
  - only bastion reaches vault-2 on tcp:22, after any two instances of vault fail
  - internet never reaches nfs
  - nothing else reaches nfs on udp:53, after any one holder of nfs fails
  - 'outage of nfs for gpu: p99.9 below 10 s'",
    );
    let network = read(&[("m.yaml", &text)]).unwrap_or_else(|errors| panic!("{:?}", messages(&errors, &[]))).network;
    let name = |party: &Party| match party {
        Party::Cluster(id) => network.name((*id).into()).to_string(),
        Party::Clients(id) => network.name((*id).into()).to_string(),
        Party::Instance(id) => network.short(*id),
        Party::Vips(id) => network.name((*id).into()).to_string(),
        Party::Internet => "internet".to_owned(),
    };
    let told = network.intents.rows().iter().map(|intent| match &intent.ask {
        Ask::Reach { reach, to, how, after } => {
            let who = match reach {
                Reach::Reaches(from) => name(from),
                Reach::Never(from) => format!("never {}", name(from)),
                Reach::Only(from) => format!("only {}", name(from)),
                Reach::NothingElse => "nothing else".to_owned(),
            };
            let port = how.port.as_ref().map(ToString::to_string);
            let after = after.map(|after| {
                let of = after.of.as_ref().map_or_else(String::new, name);
                format!("{} {:?} {of}", after.count, after.failing)
            });
            format!("{who} > {} {:?} {port:?} {after:?}", name(to), how.rail)
        }
        other => format!("{other:?}"),
    });
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
    clusters/vault > clusters/vault Some(Tcp) None None
    only bastion > vault-2 None Some("tcp:22") Some("2 Instance clusters/vault")
    never internet > vips/nfs None None None
    nothing else > vips/nfs None Some("udp:53") Some("1 Holder vips/nfs")
    Outage { vips: VipPoolId(0), clients: ClientGroupId(0), quantile_per_million: 999000, below_milliseconds: 10000 }
    "#);
}

#[test]
fn an_intent_that_makes_no_sense_is_refused_with_a_hint() {
    let text = with_intents(
        "  - nfs reaches gpu
  - gpu reaches internet on rdma
  - internet reaches internet
  - bastion reaches bastion
  - gpu reaches vault, after any one holder of vault fails
  - gpu reaches vault, after any one instance of nfs fails
  - gpu reaches vault, after any one zone of internet fails
  - gpu reaches vault, after any three failures
  - gpu reaches smb
  - gpu reaches vualt
  - gpu reaches x on tls
  - gpu reaches vault on tls
  - 'outage of vault for gpu: p99 below 10 s'
  - 'outage of nfs for gpu: p100 below 10 s'
  - read of internet at least 3 Gbps",
    );
    assert_snapshot!(wrong(&text), @r"
    m.yaml:15: `nfs` is a VIP pool, which sends nothing by itself (name the cluster that holds it, `vault`)
    m.yaml:16: RDMA does not leave its network, so nothing reaches the internet by it (leave `on rdma` out, or name a port such as tcp:443)
    m.yaml:17: whom the internet reaches within itself is no part of this network (name one of your own)
    m.yaml:18: `bastion` is one instance, and what it sends to itself meets no network (name another instance or a cluster; a cluster reaches itself if each instance reaches each other)
    m.yaml:19: `vault` is no VIP pool, so nobody is a holder of it (a holder is one of a VIP pool; of others, an instance fails)
    m.yaml:20: `nfs` is a VIP pool, which has no instances, NICs or zones (write `holder of nfs`, or name the cluster that holds it)
    m.yaml:21: the internet has no instances, NICs or zones that could fail here (name a cluster, clients or an instance)
    m.yaml:22: `after any three failures` is not understood (after `any one failure`, `any one zone fails`, `any one instance of C fails` (or NIC, or zone; without `of C`, of those whom the intent is about), `any one holder of V fails`, `any two instances of C fail`, `any two failures`)
    m.yaml:23: `smb` is the name of clients and of a VIP pool (give one of them another name)
    m.yaml:24: no cluster, clients, VIP pool or instance is named `vualt` (did you mean `vault`?)
    m.yaml:25: `tls` is not a port such as tcp:2049 (after `on` stands rdma, tcp, or a port such as tcp:2049 or udp:53)
    m.yaml:26: `tls` is not a port such as tcp:2049 (after `on` stands rdma, tcp, or a port such as tcp:2049 or udp:53)
    m.yaml:27: no VIP pool is named `vault` (the file has `nfs`, `smb`)
    m.yaml:28: `p100` is not a quantile (such as p99 or p99.9, between p0 and p100)
    m.yaml:29: `internet` is promised no bandwidth of its own (name clients, a cluster that serves them, or a pool of VIPs)
    ");
}

#[test]
fn text_that_is_no_model_says_what_it_is() {
    let texts = [
        "twinrail: 2",
        "twinrail: '1'",
        "twinrails: 1\nnetworks: {}",
        "networks: {}",
        "blueprint_name: h4d",
        "twinrail: 1\nnetworks:\n  a: {}\n  a: {}",
        "twinrail: 1\nnetworks: {\n",
        "twinrail: 1\n\tnetworks: {}",
        "twinrail: 1\nnetworks: [a]",
        "twinrail: 1\nnetworks: { a: { mtu: .inf } }",
        "twinrail: 1\nnetworks: { a: *b }",
        "twinrail: 1\n---\ntwinrail: 1",
    ];
    assert_snapshot!(texts.map(wrong).join("\n"), @r#"
    m.yaml:1: `twinrail` is 2, more than 1 (at most 1)
    m.yaml:1: `twinrail` is `"1"`, not a whole number
    m.yaml:1: a model file begins with `twinrail: 1`, not `twinrails` (give a model file (`twinrail init` writes one to start from), a plan as `terraform show -json` prints it, the output of `gcloud … --format=json`, an export of Cloud Asset Inventory, or a Cluster Toolkit blueprint)
    m.yaml: neither a model file, which has `twinrail: 1`, nor JSON of Google Cloud (give a model file (`twinrail init` writes one to start from), a plan as `terraform show -json` prints it, the output of `gcloud … --format=json`, an export of Cloud Asset Inventory, or a Cluster Toolkit blueprint)
    m.yaml:1: a blueprint without a list of `deployment_groups`
    m.yaml:4: not valid YAML: the key `a` stands here a second time (keep one of the two)
    m.yaml:2: not valid YAML: unclosed bracket '{' (close it, or quote the text if the bracket belongs to it)
    m.yaml:1: not valid YAML: a tab in the indentation (indent with spaces)
    m.yaml:2: `networks` is a list, not a map
    m.yaml:2: not valid YAML: infinity and NaN are no values here (write a number)
    m.yaml:2: not valid YAML: an alias whose anchor is nowhere in the file (quote the text if the `*` belongs to it)
    m.yaml:3: not valid YAML: several YAML documents in one file (keep what is before the line `---`)
    "#);
}

#[test]
fn a_second_model_file_is_refused() {
    let text = with("");
    let files = [("m.yaml", text.as_str()), ("n.yaml", text.as_str())];
    assert_snapshot!(messages(&read(&files).expect_err("two models"), &files).join("\n"), @"n.yaml: a second model file (give one model file, and real resources beside it)");
}

#[test]
fn a_file_of_facts_is_checked_like_a_model() {
    let facts = |text: &str| {
        let input = Input { path: "f.yaml".to_owned(), text: text.to_owned() };
        twinrail_intake::read_facts(&input)
            .map(|facts| facts.len())
            .map_err(|errors| messages(&errors, &[("f.yaml", text)]).join("\n"))
    };
    let fact = "{ value: true, status: assumed, date: 2026-11-22, note: n }";
    assert_eq!(facts(&format!("falcon.alias-ip-ranges: {fact}\n")), Ok(1));
    assert_eq!(facts(&format!("\u{feff}facts:\n  falcon.alias-ip-ranges: {fact}\n")), Ok(1));
    let text = "a: { value: 1, status: sure, date: today, note: n }\nb: { valu: 1, status: assumed, date: 2026-11-22, note: n }\nc: 7\n";
    assert_snapshot!(facts(text).expect_err("these are wrong"), @r#"
    f.yaml:1: `facts.a.status` is `"sure"`, not one of confirmed, assumed, observed, asked
    f.yaml:1: `facts.a.date`: `today` is not a date such as 2026-11-22 (such as `2026-11-22`)
    f.yaml:2: unknown field `valu` in `facts.b` (did you mean `value`?)
    f.yaml:3: `facts.c` is `7`, not a map
    "#);
}

#[test]
fn a_range_of_a_fact_is_two_factors_around_one() {
    let facts = |range: &str| {
        let text = format!(
            "api.get-time:\n  value: [{{ point: 0.2 }}]\n  range: {range}\n  status: assumed\n  date: 2026-11-22\n  note: n\n"
        );
        let input = Input { path: "f.yaml".to_owned(), text: text.clone() };
        twinrail_intake::read_facts(&input)
            .map(|facts| facts[0].range.map(|range| range.to_string()))
            .map_err(|errors| messages(&errors, &[("f.yaml", &text)]).join("\n"))
    };
    assert_eq!(facts("{ low: 0.5, high: 2 }"), Ok(Some("0.5 to 2 times".to_owned())));
    let wrong = [
        "{ low: 2, high: 3 }",
        "{ low: 0, high: 0.5 }",
        "{ low: 0.5 }",
        "{ low: 0.5, high: 2, mid: 1 }",
        "0.5 to 2",
        "[0.5, 2]",
    ];
    let wrong: Vec<String> = wrong.iter().map(|range| facts(range).expect_err(range)).collect();
    assert_snapshot!(wrong.join("\n"), @r#"
    f.yaml:3: `facts.api.get-time.range.low` is 2, more than 1.0 (at most 1.0)
    f.yaml:3: `facts.api.get-time.range.low` is 0, less than 0.001 (at least 0.001)
    f.yaml:3: `facts.api.get-time.range.high` is 0.5, less than 1.0 (at least 1.0)
    f.yaml:3: `facts.api.get-time.range` has no `high` (add `high:`)
    f.yaml:3: unknown field `mid` in `facts.api.get-time.range` (known here: low, high)
    f.yaml:3: `facts.api.get-time.range` is `"0.5 to 2"`, not a map (such as `{"low":0.5,"high":2.0}`)
    f.yaml:3: `facts.api.get-time.range` is a list, not a map (such as `{"low":0.5,"high":2.0}`)
    "#);
}

#[test]
fn load_and_sizing_that_mean_nothing_are_refused_at_their_place() {
    let text = with(
        "workload:
  filled: 1.5
  rebuild-weight: 0
  io-size: 4 PiBs
demand: { a: { quarter: 2027-Q5 } }
tests: [{ name: t, jobs: [{ instances: 0, duration: 1 h, per-day: 1.0e308 }, { instances: 1, duration: 0 s, per-day: -1 }] }]
sizing: { farms: [0], wait: 0 }",
    );
    assert_snapshot!(wrong(&text), @r#"
    m.yaml:10: `workload.filled` is 1.5, more than 1.0 (at most 1.0)
    m.yaml:11: `workload.rebuild-weight` is 0, less than 0.001 (at least 0.001)
    m.yaml:12: `workload.io-size`: `4 PiBs` is not an amount of data: a number and one of MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB (such as `168 TiB`)
    m.yaml:13: `demand.a.quarter`: "2027-Q5" does not match "^[0-9]{4}-Q[1-4]$"
    m.yaml:14: `tests[0].jobs[0].instances` is 0, less than 1 (at least 1)
    m.yaml:14: `tests[0].jobs[0].per-day` is 1e+308, more than 1000000.0 (at most 1000000.0)
    m.yaml:14: `tests[0].jobs[1].per-day` is -1, less than 0.0 (at least 0.0)
    m.yaml:15: `sizing.farms[0]` is 0, less than 1 (at least 1)
    m.yaml:15: `sizing.wait` is 0, less than 0.001 (at least 0.001)
    "#);
    let text = with(
        "workload:
  code: 999+99
  rebuild-share: 0
  rebuild-within: 0 s
  io-size: 0 MiB
demand:
  a: { capacity: { low: 2 PB, high: 1 PB }, growth: { low: -2, high: 0.1 }, utilisation: 0 }
  b: { read: { low: 1 Gbps, high: 2 Gbps, confidence: 0 }, metadata: { low: 1, high: 1.0e300 } }
  c: { quarter: 0000-Q1, until: 9999-Q4 }
  d: { write: { low: 1 Gbps, high: 2 Gbps, confidence: 1 }, quarter: 2027-Q2, until: 2027-Q1 }
tests: [{ name: t, jobs: [{ instances: 12, duration: [], per-day: 4 }, { instances: 12, duration: [1 h, 0 s], per-day: 4 }] }]
sizing: { min-nodes: 10, max-nodes: 5, from: 9999-Q4 }",
    );
    assert_snapshot!(wrong(&text), @r#"
    m.yaml:10: `999+99` is neither an erasure code such as 8+2 nor copies such as 3x
    m.yaml:11: a rebuild that may take nothing never ends
    m.yaml:12: nothing is rebuilt in no time
    m.yaml:13: an operation reads or writes something
    m.yaml:15: `low`, `mid` and `high` are not in this order
    m.yaml:15: `-2` is out of bounds (from -1 to 100)
    m.yaml:15: with nothing in use no demand is met (such as 0.8)
    m.yaml:16: a confidence of 0 says nothing that could be drawn (from 0.01 to 0.999; for what is certain, give one value twice)
    m.yaml:16: `1e300` is out of bounds (from 0 to 1000000000000000)
    m.yaml:17: from 0000-Q1 to 9999-Q4 is longer than anybody can plan (at most 40 quarters)
    m.yaml:18: a confidence of 1 says nothing that could be drawn (from 0.01 to 0.999; for what is certain, give one value twice)
    m.yaml:18: it ends in 2027-Q1, before it begins in 2027-Q2
    m.yaml:19: a job takes a time above zero (such as 40 min)
    m.yaml:19: a job takes a time above zero (such as 40 min)
    m.yaml:20: a cluster is to have at least 10 and at most 5 nodes
    "#);
    assert_snapshot!(wrong(&with("workload: { read: 400 Gbps, filled: .nan }")), @r#"m.yaml:9: not valid YAML: infinity and NaN are no values here (write a number)"#);
}
