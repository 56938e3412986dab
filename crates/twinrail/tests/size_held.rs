//! The count of a plan, held against what the network of that very count carries with the headroom lost.
//! Not here: the counts by hand, and each of the two on its own, which have tests of their own.

use std::fmt::Write as _;

use twinrail_facts::{Catalog, Date, Override, Status};
use twinrail_intake::{Input as Text, Loaded};
use twinrail_model::unit::{Gb, Gbps, Gib, TimeSpan};
use twinrail_model::{Code, Demand, Interval, Load, Name, Network, Platform, Sizing, Workload};
use twinrail_sizing::bandwidth::{Answer, Failure, Input, Placement, Row, study};
use twinrail_sizing::plan::{Question, plan};

const MACHINE: &str = "z4m-highmem-192";
const LOCAL_SSD: f64 = 168_000.0;
const VIPS: u32 = 4;

fn today() -> Date {
    "2026-11-30".parse().expect("a date")
}

/// The catalog with other values for some facts.
fn with_facts(changes: &[(&str, Changed)]) -> Catalog {
    let mut catalog = Catalog::embedded().clone();
    for (id, value) in changes {
        let value = match value {
            Changed::Number(number) => (*number).into(),
            Changed::Count(count) => (*count).into(),
            Changed::Yes(yes) => (*yes).into(),
            Changed::Text(text) => (*text).to_owned().into(),
        };
        let over = Override {
            id: (*id).to_owned(),
            values: vec![value],
            range: None,
            status: Status::Confirmed,
            date: today(),
            expires: None,
            note: "test".to_owned(),
            source: "test".to_owned(),
            is_question: false,
        };
        catalog.apply(&over, today()).expect("a fact");
    }
    catalog
}

#[derive(Clone, Copy)]
enum Changed {
    Number(f64),
    Count(u64),
    Yes(bool),
    Text(&'static str),
}

/// What a segment asks for, every value certain.
#[derive(Debug, Clone, Copy)]
struct Asked {
    petabytes: f64,
    read: f64,
    write: f64,
    code: &'static str,
    headroom: u32,
    hours: Option<f64>,
}

impl Asked {
    fn code(self) -> Code {
        self.code.parse().expect("a code")
    }

    fn within(self) -> Option<TimeSpan> {
        self.hours.map(TimeSpan::from_hours)
    }

    /// The count of the plan: all that nodes can do may be used, so that nothing but the formulas is left to spare.
    fn nodes(self, catalog: &Catalog, network: &Network) -> u32 {
        fn certain<T: Copy>(value: T) -> Option<Interval<T>> {
            Some(Interval { low: value, mid: None, high: value, confidence: 0.9 })
        }
        let demand = Demand {
            name: Name::new("demand/a".to_owned()),
            from: Some("2027-Q1".parse().expect("a quarter")),
            until: None,
            capacity: certain(Gb::new(self.petabytes * 1e6)),
            read: certain(Gbps::new(self.read)),
            write: certain(Gbps::new(self.write)),
            metadata: None,
            clients: None,
            growth: None,
            code: Some(self.code()),
            headroom: Some(self.headroom),
            utilisation: Some(1.0),
            rebuild_within: self.within(),
        };
        let sizing = Sizing { machines: vec![MACHINE.to_owned()], vips_per_node: Some(VIPS), ..Sizing::default() };
        let load = Load { demand: vec![demand], sizing, ..Load::default() };
        let question = Question { worlds: 1, seed: 1, today: today() };
        let found = plan(&load, network, &Platform::new(catalog), catalog, &question).expect("a plan");
        found.quarters[0].nodes
    }
}

/// A cluster of so many nodes, with so many NICs for RDMA, and more clients than connections bound.
fn model(nodes: u32, rdma_nics: u32) -> Network {
    let rdma = "      - { rail: rdma, type: IRDMA, subnet: rdma-a }\n".repeat(rdma_nics as usize);
    let mut text = String::new();
    write!(
        text,
        "twinrail: 1
projects: {{ storage: {{}} }}
networks:
  tcp:  {{ project: storage, mtu: 8896 }}
  rdma: {{ project: storage, profile: us-central1-a-vpc-falcon, mtu: 8896 }}
subnets:
  tcp-a:     {{ network: tcp,  region: us-central1, range: 10.10.0.0/20, secondary: {{ vips: 10.12.0.0/18 }} }}
  clients-a: {{ network: tcp,  region: us-central1, range: 10.20.0.0/16 }}
  rdma-a:    {{ network: rdma, region: us-central1, range: 192.168.0.0/18 }}
clusters:
  vault:
    machine: {MACHINE}
    zone: us-central1-a
    count: {nodes}
    nics:
      - {{ rail: tcp,  type: GVNIC, subnet: tcp-a }}
{rdma}
vips:
  nfs: {{ count: {}, from: tcp-a/vips, over: vault, rail: tcp, mover: alias-ip-fenced }}
clients:
  gpu: {{ project: storage, subnet: clients-a, count: 20000, protocol: nfs4-tcp, nconnect: 16, uses: [nfs] }}
",
        nodes * VIPS
    )
    .expect("memory");
    let loaded: Loaded =
        twinrail_intake::read(vec![Text { path: "model.yaml".to_owned(), text: text.clone() }], today())
            .unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
    loaded.network
}

/// Holds the plan's count against what that many nodes carry with the headroom lost, and in the meantime make it again.
fn hold(asked: Asked, catalog: &Catalog, rdma_nics: u32) -> u32 {
    let nodes = asked.nodes(catalog, &model(3, rdma_nics));
    let network = model(nodes, rdma_nics);
    let code = asked.code();
    let stored = asked.petabytes * 1e6 * code.expansion();
    let workload = Workload {
        read: Some(Gbps::new(asked.read)),
        write: Some(Gbps::new(asked.write)),
        code: Some(code),
        rebuild_within: asked.within(),
        filled: Some(stored / (f64::from(nodes) * Gb::from(Gib::new(LOCAL_SSD)).get())),
        ..Workload::default()
    };
    let platform = Platform::new(catalog);
    let studies =
        study(Input { network: &network, platform: &platform, catalog }, &workload).expect("nothing is missing");
    let lost = |row: &&Row| match row.condition.failure {
        Failure::Nothing => true,
        Failure::Instances(count) => u32::from(count) <= asked.headroom,
        Failure::Nic(_) | Failure::Zone => false,
    };
    let mut looked = 0;
    for row in studies[0].rows.iter().filter(lost).filter(|row| row.condition.placement == Placement::Spread) {
        if row.condition.rebuild && asked.hours.is_none() {
            continue;
        }
        let (_, carried) = row.shown.clone().expect("nothing is missing");
        let answer = Answer { flows: carried.flows, rebuild: carried.rebuild, is_beyond_code: carried.is_beyond_code };
        assert!(answer.is_enough(&workload), "{asked:?}: {nodes} nodes, {:?}: {answer:?}", row.condition);
        assert!(!carried.is_below_stripe);
        looked += 1;
    }
    assert!(looked > usize::try_from(asked.headroom).expect("a small number"));
    nodes
}

const READS: Asked = Asked { petabytes: 1.0, read: 3_000.0, write: 0.0, code: "8+2", headroom: 1, hours: None };

fn demands() -> Vec<Asked> {
    let writes = Asked { read: 100.0, write: 2_000.0, ..READS };
    vec![
        READS,
        Asked { headroom: 2, ..READS },
        Asked { code: "16+4", headroom: 2, ..READS },
        Asked { code: "3x", headroom: 2, ..READS },
        writes,
        Asked { code: "3x", ..writes },
        Asked { petabytes: 8.0, hours: Some(6.0), headroom: 2, ..READS },
        Asked { petabytes: 8.0, hours: Some(4.0), ..writes },
        Asked { petabytes: 20.0, read: 10.0, hours: Some(2.0), ..READS },
        Asked { petabytes: 3.0, read: 500.0, code: "3x", hours: Some(3.0), headroom: 2, ..READS },
    ]
}

#[test]
fn counts_suffice_with_the_headroom_lost() {
    use Changed::{Count, Number, Text, Yes};
    let worlds: [&[(&str, Changed)]; 7] = [
        &[],
        &[("series.z4m.rdma-shares-egress-cap", Yes(true))],
        &[("series.z4m.rdma-shares-egress-cap", Yes(false)), ("series.z4m.physical-nics", Count(1))],
        &[("series.z4m.rdma-shares-egress-cap", Yes(false)), ("bandwidth.nic-to-physical-nic", Text("any"))],
        &[("series.z4m.physical-nic-gbps", Number(150.0)), ("bandwidth.nic-to-physical-nic", Text("fill-first"))],
        &[
            ("series.z4m.local-ssd-read-mib-per-s", Count(20_000)),
            ("series.z4m.local-ssd-write-mib-per-s", Count(9_000)),
        ],
        &[("bandwidth.internal-ingress-capped", Yes(true)), ("series.z4m.rdma-shares-egress-cap", Yes(false))],
    ];
    let counts: Vec<Vec<u32>> = worlds
        .iter()
        .map(|world| {
            let catalog = with_facts(world);
            demands().into_iter().map(|asked| hold(asked, &catalog, 1)).collect()
        })
        .collect();
    // Worlds make a difference.
    let mut distinct = counts;
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() > 2, "{distinct:?}");
    let catalog = with_facts(worlds[1]);
    for asked in demands() {
        hold(asked, &catalog, 2);
    }
}

/// Machine types that the model does not name are those of the clusters with RDMA NICs, or else of all but those that are clients only.
#[test]
fn the_machine_types_of_the_model() {
    let cluster = |name: &str, machine: &str, count: u32, rdma: &str| {
        format!(
            "  {name}: {{ machine: {machine}, zone: us-central1-a, count: {count}, nics: [{{ rail: tcp, type: GVNIC, subnet: tcp-a }}{rdma}] }}
"
        )
    };
    let with_rdma = ", { rail: rdma, type: IRDMA, subnet: rdma-a }";
    let names = |clusters: &[String]| -> Vec<String> {
        let text = format!(
            "twinrail: 1
projects: {{ storage: {{}} }}
networks:
  tcp:  {{ project: storage }}
  rdma: {{ project: storage, profile: us-central1-a-vpc-falcon }}
subnets:
  tcp-a:  {{ network: tcp,  region: us-central1, range: 10.10.0.0/20, secondary: {{ vips: 10.12.0.0/18 }} }}
  rdma-a: {{ network: rdma, region: us-central1, range: 192.168.0.0/18 }}
clusters:
{}vips:
  nfs: {{ count: 4, from: tcp-a/vips, over: one, rail: tcp, mover: alias-ip-fenced }}
clients:
  gpu: {{ cluster: gpu, protocol: nfs4-tcp, uses: [nfs] }}
",
            clusters.concat()
        );
        let loaded = twinrail_intake::read(vec![Text { path: "model.yaml".to_owned(), text: text.clone() }], today())
            .unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
        let demand = Demand {
            name: Name::new("demand/a".to_owned()),
            from: None,
            until: None,
            capacity: Some(Interval { low: Gb::new(1e6), mid: None, high: Gb::new(1e6), confidence: 0.9 }),
            read: None,
            write: None,
            metadata: None,
            clients: None,
            growth: None,
            code: Some("8+2".parse().expect("a code")),
            headroom: None,
            utilisation: None,
            rebuild_within: None,
        };
        let catalog = Catalog::embedded();
        let load = Load { demand: vec![demand], ..Load::default() };
        let question = Question { worlds: 1, seed: 1, today: today() };
        let found = plan(&load, &loaded.network, &Platform::new(catalog), catalog, &question).expect("a plan");
        found.machines.into_iter().map(|machine| machine.machine).collect()
    };
    let clients = cluster("gpu", "z4m-highmem-16", 40, "");
    let plain = cluster("two", "z4d-highmem-192-highlssd", 9, "");
    let rails = [cluster("one", "z4m-highmem-192", 3, with_rdma), cluster("three", "z4m-highmem-96", 2, with_rdma)];
    let all = [clients.clone(), plain.clone(), rails[0].clone(), rails[1].clone()];
    assert_eq!(names(&all), ["z4m-highmem-192", "z4m-highmem-96"]);
    let without = [clients, plain, cluster("one", "z4m-highmem-96", 3, "")];
    assert_eq!(names(&without), ["z4m-highmem-96", "z4d-highmem-192-highlssd"]);
}
