//! Changes to a tree of JSON that keep its form: what a fuzzer of bytes rarely reaches. The bytes of the fuzzer choose;
//! the same bytes always make the same change.

use serde_json::{Map, Value};

/// Values that break what takes them for granted: empty, huge, of another type, or a name of something else.
const WORDS: &[&str] = &[
    "",
    "-",
    "/",
    "default",
    "0.0.0.0/0",
    "10.0.0.0/33",
    "10.10.0.0/31",
    "255.255.255.255",
    "::/0",
    "fd00::1/64",
    "tcp-a",
    "rdma-a",
    "rdma-a/vips",
    "vault",
    "nfs",
    "gpu",
    "us-central1-b-vpc-falcon",
    "-vpc-roce",
    "us-central1-a-vpc-roce-metal",
    "h4d-highmem-192-lssd",
    "z4m-highmem-192",
    "us-central1",
    "us-central1-a",
    "projects/p/global/networks/n",
    "https://www.googleapis.com/compute/v1/projects/p",
    "projects//zones//instances/",
    "10.10.0.79-10.10.0.16",
    "10.10.0.1-10.10.255.255",
    "tcp:0",
    "tcp:65536",
    "udp:9-1",
    "all",
    "icmp",
    "999999999999 Gbps",
    "-1 s",
    "1e308 s",
    "8+0",
    "0+0",
    "IRDMA",
    "MRDMA",
    "GVNIC",
    "alias-ip",
    "lb-garp",
    "route-priority",
    "nothing else reaches vault",
    "only vault-03 never reaches nfs on udp:53",
    "internet reaches nfs, after any two holders of nfs fail",
    "a reaches b on rdma, after any one instance of c fails",
    "\u{1F980}\u{0}\u{202E}é",
];

const NUMBERS: &[i64] = &[0, 1, -1, 2, 150, 1001, 65_536, 4_294_967_296, i64::MAX, i64::MIN];

/// Bytes as a source of choices; when they end, every choice is the first.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, bound: usize) -> usize {
        let mut next = || self.0.next().copied().map_or(0, usize::from);
        (next() << 8 | next()) % bound.max(1)
    }
}

/// Makes up to sixteen changes, chosen by bytes.
pub fn mutate(tree: &mut Value, bytes: &[u8]) {
    let mut choices = Choices(bytes.iter());
    let changes = 1 + choices.below(16);
    for _ in 0..changes {
        let nodes = count(tree);
        let donor = node(tree, &mut choices.below(nodes)).cloned().unwrap_or_default();
        let action = choices.below(ACTIONS);
        let mut place = choices.below(nodes);
        if let Some(target) = node_mut(tree, &mut place) {
            change(target, action, &donor, &mut choices);
        }
    }
}

const ACTIONS: usize = 9;

fn change(target: &mut Value, action: usize, donor: &Value, choices: &mut Choices<'_>) {
    match action {
        0 => *target = Value::Null,
        1 => *target = WORDS[choices.below(WORDS.len())].into(),
        2 => *target = NUMBERS[choices.below(NUMBERS.len())].into(),
        3 => *target = donor.clone(),
        4 => *target = Value::Bool(choices.below(2) == 1),
        5 => match target {
            Value::Object(fields) => remove(fields, choices),
            Value::Array(items) if !items.is_empty() => drop(items.remove(choices.below(items.len()))),
            Value::String(text) => *text = text.chars().rev().collect(),
            other => *other = Value::Array(Vec::new()),
        },
        6 => match target {
            Value::Object(fields) => {
                fields.insert(WORDS[choices.below(WORDS.len())].to_owned(), donor.clone());
            }
            Value::Array(items) => items.push(donor.clone()),
            other => *other = Value::Object(Map::new()),
        },
        7 => match target {
            // The same thing twice, under another name.
            Value::Object(fields) => {
                let at = choices.below(fields.len());
                let copied = fields.iter().nth(at).map(|(key, value)| (format!("{key}x"), value.clone()));
                fields.extend(copied);
            }
            Value::Array(items) => items.extend_from_within(..),
            Value::Number(number) => *target = number.as_i64().map_or(Value::Null, |n| n.wrapping_mul(3).into()),
            _ => {}
        },
        _ => *target = Value::Array(vec![donor.clone(), target.clone()]),
    }
}

fn remove(fields: &mut Map<String, Value>, choices: &mut Choices<'_>) {
    let at = choices.below(fields.len());
    if let Some(key) = fields.keys().nth(at).cloned() {
        fields.shift_remove(&key);
    }
}

fn count(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The node at a place of the tree in its order.
fn node<'t>(tree: &'t Value, place: &mut usize) -> Option<&'t Value> {
    if *place == 0 {
        return Some(tree);
    }
    *place -= 1;
    match tree {
        Value::Array(items) => items.iter().find_map(|item| node(item, place)),
        Value::Object(fields) => fields.values().find_map(|field| node(field, place)),
        _ => None,
    }
}

fn node_mut<'t>(tree: &'t mut Value, place: &mut usize) -> Option<&'t mut Value> {
    if *place == 0 {
        return Some(tree);
    }
    *place -= 1;
    match tree {
        Value::Array(items) => items.iter_mut().find_map(|item| node_mut(item, place)),
        Value::Object(fields) => fields.values_mut().find_map(|field| node_mut(field, place)),
        _ => None,
    }
}
