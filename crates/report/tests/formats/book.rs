//! The page and the document of a book in which every name is hostile: no name may become a tag, an attribute, a
//! script, a link or a table's edge. Not here: the
//! look, which the browser test of the program opens.

use twinrail_report::{
    Afterwards, Book, ClientBox, Condition, FactCitation, IntentPacket, IntentResult, Leg, MachineGroup, Made, Mend,
    Mends, MoverProof, Needs, NetworkBox, NicBox, OpenFact, Overridden, Party, PoolProof, ProjectBox, ProofWorld,
    Proofs, PropertyPage, PropertyVerdict, ReachAnswer, ReachChange, ReachCounts, ReachFailure, ReachGroup, ReachRow,
    ReachWorld, Reachability, Sequence, SequenceStep, ShortAnswer, SourceCitation, SubnetBox, Topology, Trace,
    TraceHop, UsedFact, VipBox, VipState, Way, WorldTrace, document, page,
};

use super::{every_sort, place};

const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "]]> --> </style></script><svg onload=alert(1)>",
    "`one tick` and `` two | pipes \\ [a](javascript:alert(1)) ![b](c) # @team",
    "abc\u{202e}gpj.exe\u{2066}\u{200b}\u{200d}\u{feff}\u{0}\u{7}\u{1b}[31m",
    "line one\n| --- |\r\n# heading",
    "&lt;b&gt; &#x3c; &amp;amp;",
];

fn fact(name: &str) -> FactCitation {
    FactCitation {
        id: name.to_owned(),
        question: name.to_owned(),
        values: vec![name.to_owned(), "other".to_owned()],
        status: name.to_owned(),
        sources: vec![
            SourceCitation { key: name.to_owned(), title: name.to_owned(), url: format!("javascript:alert('{name}')") },
            SourceCitation { key: name.to_owned(), title: name.to_owned(), url: format!("https://example.com/{name}") },
        ],
        date: name.to_owned(),
    }
}

fn when(name: &str) -> Vec<Vec<Condition>> {
    vec![vec![Condition { fact: name.to_owned(), value: name.to_owned() }]]
}

fn topology(name: &str) -> Topology {
    let some = || Some(name.to_owned());
    let group = MachineGroup {
        group: name.to_owned(),
        names: name.to_owned(),
        count: 2,
        machine: some(),
        zone: some(),
        template: true,
        nics: vec![NicBox {
            label: name.to_owned(),
            rail: some(),
            nic_type: some(),
            addresses: some(),
            psc: true,
            external: true,
        }],
        elsewhere: vec![name.to_owned(); 4],
    };
    let vip = VipBox {
        name: name.to_owned(),
        count: 3,
        addresses: name.to_owned(),
        rail: name.to_owned(),
        ports: vec![name.to_owned()],
        over: name.to_owned(),
        mover: name.to_owned(),
        reserved: false,
        clients: vec![name.to_owned()],
    };
    let subnet = SubnetBox {
        name: name.to_owned(),
        region: some(),
        ranges: vec![name.to_owned()],
        machines: vec![group.clone()],
        clients: vec![ClientBox { name: name.to_owned(), count: 9, protocol: name.to_owned() }],
        vips: vec![vip],
    };
    let network = NetworkBox {
        name: name.to_owned(),
        rail: some(),
        profile: some(),
        mtu: Some(8896),
        holds: vec![name.to_owned()],
        subnets: vec![subnet],
    };
    Topology {
        projects: vec![ProjectBox { name: name.to_owned(), networks: vec![network] }],
        joins: vec![name.to_owned()],
        unplaced: vec![group],
    }
}

fn hop(name: &str) -> TraceHop {
    TraceHop {
        stage: name.to_owned(),
        words: name.to_owned(),
        kind: Some(name.to_owned()),
        entity: Some(name.to_owned()),
        place: Some(place(name, 3)),
        facts: vec![fact(name)],
    }
}

fn reach(name: &str) -> Reachability {
    let counts = ReachCounts { yes: 1, no: 1, depends: 1, undecided: 1 };
    let world = ReachWorld {
        when: when(name),
        outcome: name.to_owned(),
        losses: Vec::new(),
        sometimes: false,
        needs: Some(name.to_owned()),
    };
    let answer = ReachAnswer {
        answer: "no".to_owned(),
        pairs: 3,
        from: name.to_owned(),
        to: name.to_owned(),
        worlds: vec![world],
        dropped_by: Some(hop(name)),
    };
    let row = ReachRow {
        from: name.to_owned(),
        to: name.to_owned(),
        rail: Some(name.to_owned()),
        port: name.to_owned(),
        pairs: counts,
        answers: vec![answer],
    };
    let change = ReachChange {
        from: name.to_owned(),
        to: name.to_owned(),
        rail: Some(name.to_owned()),
        port: name.to_owned(),
        before: name.to_owned(),
        after: name.to_owned(),
        pairs: 1,
        why: vec![name.to_owned()],
        witness: name.to_owned(),
        failures: vec![ReachFailure { down: vec![name.to_owned(); 20], like: 2 }],
    };
    Reachability {
        version: 1,
        tool: name.to_owned(),
        inputs: vec![name.to_owned()],
        groups: vec![ReachGroup { name: name.to_owned(), size: 1 }, ReachGroup { name: "other".to_owned(), size: 1 }],
        pairs: counts,
        rows: vec![row],
        hangs_on: Vec::new(),
        left_out: Vec::new(),
        not_asked: 7,
        after: Some(Afterwards { failing: name.to_owned(), failures: 1, not_tried: 1, changes: vec![change] }),
    }
}

fn trace(name: &str) -> Trace {
    let party = || Party { name: name.to_owned(), addresses: vec![name.to_owned()], choice: Some(name.to_owned()) };
    let leg = || Leg {
        hops: vec![hop(name)],
        delivered: false,
        end: name.to_owned(),
        code: Some(name.to_owned()),
        meaning: Some(name.to_owned()),
    };
    let mend =
        Mend { kind: name.to_owned(), words: name.to_owned(), write: name.to_owned(), place: None, when: when(name) };
    let world = WorldTrace {
        when: when(name),
        answer: name.to_owned(),
        code: None,
        needs: Some(Needs { what: name.to_owned(), place: None }),
        ways: vec![Way { count: 2, leads_to: vec![name.to_owned()], request: leg(), replies: vec![leg()] }],
        facts: vec![fact(name)],
    };
    Trace {
        version: 1,
        tool: name.to_owned(),
        inputs: Vec::new(),
        from: party(),
        to: party(),
        port: name.to_owned(),
        down: Vec::new(),
        holders: Vec::new(),
        answer: name.to_owned(),
        code: Some(name.to_owned()),
        hangs_on: vec![fact(name)],
        worlds: vec![world],
        mending: Some(Mends {
            tried: 1,
            bound_hit: true,
            kinds: Vec::new(),
            offers: vec![mend.clone()],
            partial: vec![mend.clone()],
            refused: Vec::new(),
            together: vec![mend],
        }),
    }
}

fn proofs(name: &str) -> Proofs {
    let state = VipState { held: vec![name.to_owned()], serving: vec![name.to_owned(); 2], ..VipState::default() };
    let step = SequenceStep {
        number: 1,
        who: name.to_owned(),
        to: Some("platform".to_owned()),
        words: name.to_owned(),
        fault: true,
        vips: vec![state.clone()],
    };
    let sequence = Sequence {
        property: name.to_owned(),
        mover: name.to_owned(),
        held_by: name.to_owned(),
        vips: vec![name.to_owned()],
        start: vec![state],
        steps: vec![step],
        repeats_from: Some(1),
        shows: vec![name.to_owned()],
    };
    let world = ProofWorld {
        when: when(name),
        verdict: name.to_owned(),
        why: Some(name.to_owned()),
        counterexample: Some(sequence),
        file: Some(name.to_owned()),
    };
    let mover = |refusal: Option<String>| MoverProof {
        mover: name.to_owned(),
        named: true,
        asked: false,
        refusal,
        refused_if: Vec::new(),
        one_vip: false,
        verdicts: vec![PropertyVerdict {
            property: name.to_owned(),
            verdict: name.to_owned(),
            worlds: vec![world.clone()],
        }],
        efforts: Vec::new(),
        facts: vec![fact(name)],
    };
    Proofs {
        version: 1,
        tool: name.to_owned(),
        inputs: Vec::new(),
        properties: vec![PropertyPage {
            code: name.to_owned(),
            title: name.to_owned(),
            meaning: name.to_owned(),
            twin: name.to_owned(),
            faults: vec![name.to_owned()],
        }],
        bounds: twinrail_report::ProofBounds { states: 1, bytes: 1 },
        pools: vec![PoolProof {
            pool: name.to_owned(),
            cluster: name.to_owned(),
            all_vips: 1,
            all_nodes: 1,
            mover: name.to_owned(),
            explored: None,
            movers: vec![mover(None), mover(Some(name.to_owned()))],
        }],
        hangs_on: vec![fact(name)],
        facts: vec![fact(name)],
    }
}

/// A book in which everything that a user can name has this name.
fn book(name: &str) -> Book {
    let mut report = every_sort(name);
    report.inputs = vec![name.to_owned()];
    report.config = Some(name.to_owned());
    report.intents = vec![IntentResult {
        about: "reach".to_owned(),
        text: name.to_owned(),
        verdict: "violated".to_owned(),
        proof: vec![name.to_owned()],
        place: Some(place(name, 1)),
    }];
    report.overrides = vec![Overridden {
        fact: name.to_owned(),
        value: name.to_owned(),
        status: name.to_owned(),
        note: name.to_owned(),
        expired: true,
    }];
    let short = ShortAnswer {
        about: "open".to_owned(),
        question: name.to_owned(),
        verdict: name.to_owned(),
        answer: name.to_owned(),
        detail: name.to_owned(),
    };
    Book {
        version: 1,
        made: Made {
            tool: name.to_owned(),
            command: name.to_owned(),
            date: name.to_owned(),
            seed: Some(7),
            skipped: vec![name.to_owned()],
        },
        headline: name.to_owned(),
        answers: vec![short],
        report,
        topology: topology(name),
        reach: Some(reach(name)),
        packets: vec![IntentPacket { intent: name.to_owned(), trace: trace(name) }],
        proofs: Some(proofs(name)),
        failover: Some(super::failover::failover(name)),
        bandwidth: Some(super::bandwidth::bandwidth(name)),
        size: Some(super::size::size(name)),
        open: vec![OpenFact {
            fact: fact(name),
            changes: vec![name.to_owned()],
            weight: 1,
            sought: Some(name.to_owned()),
            why: vec![Some(name.to_owned())],
            range: Some(name.to_owned()),
            state: name.to_owned(),
            asked: Some(name.to_owned()),
            settle: name.to_owned(),
            worth: Some(f64::INFINITY),
        }],
        facts: vec![UsedFact { fact: fact(name), by: vec![name.to_owned()] }],
        answered: Vec::new(),
    }
}

fn page_of(book: &Book) -> String {
    let mut out = Vec::new();
    page(book, &mut out).expect("writing to memory");
    String::from_utf8(out).expect("a page is text")
}

fn document_of(book: &Book) -> String {
    let mut out = Vec::new();
    document(book, &mut out).expect("writing to memory");
    String::from_utf8(out).expect("a document is text")
}

/// The page without its style and its script, which are ours.
fn markup(page: &str) -> String {
    let mut rest = page.to_owned();
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let from = rest.find(open).expect("the page has it");
        let to = rest.rfind(close).expect("it ends");
        // A script ends at the first end: a second one would be somebody else's.
        assert_eq!(rest.matches(close).count(), 1, "{close} stands once");
        rest.replace_range(from..to + close.len(), "");
    }
    rest
}

/// All tags with their attributes; values must stand in quotes.
fn tags(markup: &str) -> Vec<(String, Vec<String>)> {
    let mut tags = Vec::new();
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let mut attributes = Vec::new();
        let name_end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "/!".contains(c))).expect("a tag ends");
        let name = rest[..name_end].to_owned();
        rest = &rest[name_end..];
        while !rest.starts_with('>') {
            rest = rest.trim_start();
            let end = rest.find(['=', '>', ' ']).expect("a tag ends");
            attributes.push(rest[..end].to_owned());
            rest = &rest[end..];
            if let Some(value) = rest.strip_prefix("=\"") {
                rest = &value[value.find('"').expect("a value ends") + 1..];
            }
        }
        tags.push((name, attributes));
    }
    tags
}

#[test]
fn no_name_becomes_markup() {
    let plain = tags(&markup(&page_of(&book("plain"))));
    for name in HOSTILE {
        let page = page_of(&book(name));
        let found = tags(&markup(&page));
        let known = |tag: &(String, Vec<String>)| plain.iter().any(|other| other.0 == tag.0);
        let strange: Vec<_> = found.iter().filter(|tag| !known(tag)).collect();
        assert!(strange.iter().all(|tag| tag.0 == "a" || tag.0 == "code" || tag.0 == "/code"), "{name:?}: {strange:?}");
        let attributes = found.iter().flat_map(|(_, attributes)| attributes);
        let is_ours = |attribute: &&String| {
            plain.iter().any(|(_, ours)| ours.contains(attribute))
                || ["href", "title", "rel"].contains(&attribute.as_str())
        };
        let strange: Vec<_> = attributes.filter(|attribute| !is_ours(attribute)).collect();
        assert!(strange.is_empty(), "{name:?}: {strange:?}");
        assert!(!page.contains("href=\"javascript:"), "{name:?}");
    }
}

#[test]
fn no_hidden_character_reaches_a_reader() {
    let name = HOSTILE[5];
    let hidden = ['\u{202e}', '\u{2066}', '\u{200b}', '\u{200d}', '\u{feff}', '\u{0}', '\u{7}', '\u{1b}'];
    assert!(!page_of(&book(name)).contains(hidden));
    // In a document our own zero-width spaces keep names from becoming mentions; nothing else that is hidden is left.
    let hidden = hidden.into_iter().filter(|c| *c != '\u{200b}').collect::<Vec<_>>();
    assert!(!document_of(&book(name)).contains(hidden.as_slice()));
}

#[test]
fn no_name_breaks_a_document() {
    let plain = document_of(&book("plain"));
    let shape = |text: &str| -> Vec<usize> {
        let rows = text.lines().filter(|line| line.starts_with('|'));
        rows.map(|row| row.replace("\\|", "").matches('|').count()).collect()
    };
    let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
    for name in HOSTILE {
        let document = document_of(&book(name));
        assert_eq!(shape(&document), shape(&plain), "{name:?}: the tables are those of a plain name");
        assert_eq!(headings(&document), headings(&plain), "{name:?}");
        assert!(
            !document.contains("<script")
                && !document.contains("<img")
                && !document.replace("\\]", "").contains("](javascript"),
            "{name:?}"
        );
    }
}

#[test]
fn very_long_names_make_no_huge_page() {
    let long = "x".repeat(10_000);
    let (page, plain) = (page_of(&book(&long)), page_of(&book("plain")));
    assert!(page.len() < plain.len() + 700 * long.len(), "a name stands a bounded number of times: {}", page.len());
}

#[test]
fn an_empty_book_is_a_page() {
    let page = page_of(&Book::default());
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    assert!(document_of(&Book::default()).starts_with("# Network report"));
}
