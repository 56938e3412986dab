//! The functions of Terraform's language that blueprints use, on values that may not be known. Not here: `try` and `can`,
//! which look at faults (`expression`). A function that is not in the table makes its value unknown, and is listed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::Fault;
use super::value::{OTHERS, Value};

/// Elements of `range` and addresses of `cidrsubnets` at most.
const MAX_ELEMENTS: usize = 10_000;

type Function = fn(&[Value]) -> Result<Value, Fault>;

/// Functions that only arrange their arguments: what is not known stays so, in its place.
const ARRANGING: &[(&str, Function)] = &[
    ("coalesce", coalesce),
    ("coalescelist", coalescelist),
    ("concat", concat),
    ("element", element),
    ("flatten", flatten),
    ("keys", keys),
    ("length", length),
    ("lookup", lookup),
    ("merge", merge),
    ("one", one),
    ("reverse", reverse),
    ("slice", slice),
    ("tolist", tolist),
    ("tomap", tomap),
    ("values", values),
];

/// Functions that put texts together: the unknown project may be within.
const JOINING: &[(&str, Function)] = &[("format", format), ("join", join), ("tostring", tostring)];

/// Functions that look into their arguments: nothing comes of what is not known.
const COMPUTING: &[(&str, Function)] = &[
    ("abs", |of| Ok(Value::Number(number(of, 0)?.abs()))),
    ("alltrue", |of| Ok(Value::Bool(list(of, 0)?.iter().all(|item| item.as_flag() == Some(true))))),
    ("anytrue", |of| Ok(Value::Bool(list(of, 0)?.iter().any(|item| item.as_flag() == Some(true))))),
    ("ceil", |of| Ok(Value::Number(number(of, 0)?.ceil()))),
    ("cidrhost", cidrhost),
    ("cidrsubnet", cidrsubnet),
    ("cidrsubnets", cidrsubnets),
    ("compact", compact),
    ("contains", contains),
    ("distinct", distinct),
    ("endswith", |of| Ok(Value::Bool(text(of, 0)?.ends_with(text(of, 1)?)))),
    ("floor", |of| Ok(Value::Number(number(of, 0)?.floor()))),
    ("lower", |of| Ok(Value::Text(text(of, 0)?.to_lowercase()))),
    ("max", |of| extreme(of, f64::max)),
    ("min", |of| extreme(of, f64::min)),
    ("range", range),
    ("replace", replace),
    ("sort", sort),
    ("split", |of| Ok(Value::List(text(of, 1)?.split(text(of, 0)?).map(Value::text).collect()))),
    ("startswith", |of| Ok(Value::Bool(text(of, 0)?.starts_with(text(of, 1)?)))),
    ("substr", substr),
    ("tobool", |of| argument(of, 0)?.as_flag().map(Value::Bool).ok_or_else(|| Fault::new("the argument is no flag"))),
    ("tonumber", |of| Ok(Value::Number(number(of, 0)?))),
    ("toset", sort),
    ("trimprefix", |of| Ok(Value::text(text(of, 0)?.strip_prefix(text(of, 1)?).unwrap_or(text(of, 0)?)))),
    ("trimspace", |of| Ok(Value::text(text(of, 0)?.trim()))),
    ("trimsuffix", |of| Ok(Value::text(text(of, 0)?.strip_suffix(text(of, 1)?).unwrap_or(text(of, 0)?)))),
    ("upper", |of| Ok(Value::Text(text(of, 0)?.to_uppercase()))),
    ("zipmap", zipmap),
];

fn find(table: &[(&str, Function)], name: &str) -> Option<Function> {
    table.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

pub(super) fn is_known(name: &str) -> bool {
    [ARRANGING, JOINING, COMPUTING].iter().any(|table| find(table, name).is_some())
}

/// Calls a function that is known.
pub(super) fn call(name: &str, arguments: &[Value]) -> Result<Value, Fault> {
    if let Some(function) = find(ARRANGING, name) {
        return function(arguments);
    }
    if let Some(function) = find(JOINING, name) {
        return if arguments.iter().any(has_unknown) { Ok(Value::Unknown) } else { function(arguments) };
    }
    let function = find(COMPUTING, name).ok_or_else(|| Fault::new("no such function"))?;
    if arguments.iter().any(Value::is_open) { Ok(Value::Unknown) } else { function(arguments) }
}

fn has_unknown(value: &Value) -> bool {
    match value {
        Value::Unknown => true,
        Value::List(items) => items.iter().any(has_unknown),
        Value::Map(fields) => fields.values().any(has_unknown),
        _ => false,
    }
}

fn argument(arguments: &[Value], place: usize) -> Result<&Value, Fault> {
    arguments.get(place).ok_or_else(|| Fault::new(format!("argument {} is missing", place + 1)))
}

fn wrong(arguments: &[Value], place: usize, wanted: &str) -> Fault {
    let kind = arguments.get(place).map_or("nothing", Value::kind);
    Fault::new(format!("argument {} is {kind}, not {wanted}", place + 1))
}

fn text(arguments: &[Value], place: usize) -> Result<&str, Fault> {
    argument(arguments, place)?.as_text().ok_or_else(|| wrong(arguments, place, "a text"))
}

fn number(arguments: &[Value], place: usize) -> Result<f64, Fault> {
    argument(arguments, place)?.as_number().ok_or_else(|| wrong(arguments, place, "a number"))
}

fn count(arguments: &[Value], place: usize) -> Result<usize, Fault> {
    let count = argument(arguments, place)?.as_count().and_then(|count| usize::try_from(count).ok());
    count.ok_or_else(|| wrong(arguments, place, "a whole number"))
}

fn list(arguments: &[Value], place: usize) -> Result<&[Value], Fault> {
    match argument(arguments, place)? {
        Value::List(items) => Ok(items),
        _ => Err(wrong(arguments, place, "a list")),
    }
}

fn coalesce(arguments: &[Value]) -> Result<Value, Fault> {
    let first = arguments.iter().find(|value| !matches!(value, Value::Null) && **value != Value::text(""));
    first.cloned().ok_or_else(|| Fault::new("no argument has a value"))
}

fn coalescelist(arguments: &[Value]) -> Result<Value, Fault> {
    let is_empty = |value: &Value| matches!(value, Value::List(items) if items.is_empty()) || *value == Value::Null;
    arguments.iter().find(|value| !is_empty(value)).cloned().ok_or_else(|| Fault::new("every list is empty"))
}

fn concat(arguments: &[Value]) -> Result<Value, Fault> {
    let mut all = Vec::new();
    for (place, argument) in arguments.iter().enumerate() {
        match argument {
            Value::List(items) => all.extend_from_slice(items),
            Value::Unknown => return Ok(Value::Unknown),
            _ => return Err(wrong(arguments, place, "a list")),
        }
    }
    Ok(Value::List(all))
}

fn element(arguments: &[Value]) -> Result<Value, Fault> {
    if arguments.contains(&Value::Unknown) {
        return Ok(Value::Unknown);
    }
    let items = list(arguments, 0)?;
    let place = count(arguments, 1)?;
    let place = place.checked_rem(items.len()).ok_or_else(|| Fault::new("the list is empty"))?;
    Ok(items[place].clone())
}

/// Lists within lists become one; nothing is known of it if one of them is not.
fn flatten(arguments: &[Value]) -> Result<Value, Fault> {
    fn into(all: &mut Vec<Value>, items: &[Value]) -> bool {
        items.iter().all(|item| match item {
            Value::List(inner) => into(all, inner),
            Value::Unknown => false,
            other => {
                all.push(other.clone());
                true
            }
        })
    }
    if argument(arguments, 0)? == &Value::Unknown {
        return Ok(Value::Unknown);
    }
    let mut all = Vec::new();
    Ok(if into(&mut all, list(arguments, 0)?) { Value::List(all) } else { Value::Unknown })
}

/// The entries of a map whose keys are all known; `None` otherwise.
fn entries(arguments: &[Value], place: usize) -> Result<Option<&BTreeMap<String, Value>>, Fault> {
    match argument(arguments, place)? {
        Value::Unknown => Ok(None),
        Value::Map(fields) if fields.contains_key(OTHERS) => Ok(None),
        Value::Map(fields) => Ok(Some(fields)),
        _ => Err(wrong(arguments, place, "a map")),
    }
}

fn keys(arguments: &[Value]) -> Result<Value, Fault> {
    let fields = entries(arguments, 0)?;
    Ok(fields.map_or(Value::Unknown, |fields| Value::List(fields.keys().map(Value::text).collect())))
}

fn values(arguments: &[Value]) -> Result<Value, Fault> {
    let fields = entries(arguments, 0)?;
    Ok(fields.map_or(Value::Unknown, |fields| Value::List(fields.values().cloned().collect())))
}

fn length(arguments: &[Value]) -> Result<Value, Fault> {
    Ok(match argument(arguments, 0)? {
        Value::List(items) => Value::count(items.len()),
        Value::Map(fields) if !fields.contains_key(OTHERS) => Value::count(fields.len()),
        Value::Map(_) | Value::Unknown => Value::Unknown,
        text @ Value::Text(_) if text.is_open() => Value::Unknown,
        Value::Text(text) => Value::count(text.chars().count()),
        _ => return Err(wrong(arguments, 0, "a list, a map or a text")),
    })
}

fn lookup(arguments: &[Value]) -> Result<Value, Fault> {
    if arguments.iter().take(2).any(|value| *value == Value::Unknown) {
        return Ok(Value::Unknown);
    }
    let map = argument(arguments, 0)?;
    if !matches!(map, Value::Map(_)) {
        return Err(wrong(arguments, 0, "a map"));
    }
    let found = map.attribute(text(arguments, 1)?).or_else(|| arguments.get(2).cloned());
    found.ok_or_else(|| Fault::new("the map has no such key, and there is no default"))
}

/// Later maps win. One that is not known may replace anything before it; what comes after it is known again.
fn merge(arguments: &[Value]) -> Result<Value, Fault> {
    let mut merged = BTreeMap::new();
    for (place, argument) in arguments.iter().enumerate() {
        match argument {
            Value::Map(fields) => {
                if fields.contains_key(OTHERS) {
                    merged.clear();
                }
                merged.extend(fields.clone());
            }
            Value::Null => {}
            Value::Unknown => merged = BTreeMap::from([(OTHERS.to_owned(), Value::Unknown)]),
            _ => return Err(wrong(arguments, place, "a map")),
        }
    }
    Ok(Value::Map(merged))
}

fn one(arguments: &[Value]) -> Result<Value, Fault> {
    if argument(arguments, 0)? == &Value::Unknown {
        return Ok(Value::Unknown);
    }
    match list(arguments, 0)? {
        [] => Ok(Value::Null),
        [only] => Ok(only.clone()),
        more => Err(Fault::new(format!("the list has {} elements", more.len()))),
    }
}

fn reverse(arguments: &[Value]) -> Result<Value, Fault> {
    if argument(arguments, 0)? == &Value::Unknown {
        return Ok(Value::Unknown);
    }
    Ok(Value::List(list(arguments, 0)?.iter().rev().cloned().collect()))
}

fn slice(arguments: &[Value]) -> Result<Value, Fault> {
    if arguments.contains(&Value::Unknown) {
        return Ok(Value::Unknown);
    }
    let part = list(arguments, 0)?.get(count(arguments, 1)?..count(arguments, 2)?);
    part.map(|part| Value::List(part.to_vec())).ok_or_else(|| Fault::new("the list is shorter"))
}

fn tolist(arguments: &[Value]) -> Result<Value, Fault> {
    match argument(arguments, 0)? {
        value @ (Value::List(_) | Value::Unknown | Value::Null) => Ok(value.clone()),
        _ => Err(wrong(arguments, 0, "a list")),
    }
}

fn tomap(arguments: &[Value]) -> Result<Value, Fault> {
    match argument(arguments, 0)? {
        value @ (Value::Map(_) | Value::Unknown | Value::Null) => Ok(value.clone()),
        _ => Err(wrong(arguments, 0, "a map")),
    }
}

/// `%s`, `%d` and `%v` for plain values, with `%%`: other verbs are not understood.
fn format(arguments: &[Value]) -> Result<Value, Fault> {
    let mut parts = text(arguments, 0)?.split('%');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    let mut next = 1;
    let mut literal = false;
    for part in parts {
        if literal {
            literal = false;
            whole.push_str(part);
        } else if part.is_empty() {
            literal = true;
            whole.push('%');
        } else if let Some(rest) = part.strip_prefix(['s', 'd', 'v']) {
            let value = argument(arguments, next)?;
            whole.push_str(&value.to_text().ok_or_else(|| wrong(arguments, next, "a plain value"))?);
            whole.push_str(rest);
            next += 1;
        } else {
            return Err(Fault::new(format!("the verb `%{part}` is not understood")));
        }
    }
    Ok(Value::Text(whole))
}

fn join(arguments: &[Value]) -> Result<Value, Fault> {
    let between = text(arguments, 0)?;
    let mut all = Vec::new();
    for place in 1..arguments.len() {
        for item in list(arguments, place)? {
            all.push(item.to_text().ok_or_else(|| wrong(arguments, place, "a list of texts"))?);
        }
    }
    let size: usize = all.iter().map(|text| text.len() + between.len()).sum();
    if size > MAX_ELEMENTS * 100 {
        return Err(Fault::new("the text is too long"));
    }
    Ok(Value::Text(all.join(between)))
}

fn tostring(arguments: &[Value]) -> Result<Value, Fault> {
    argument(arguments, 0)?.to_text().map(Value::Text).ok_or_else(|| wrong(arguments, 0, "a plain value"))
}

fn compact(arguments: &[Value]) -> Result<Value, Fault> {
    let full = |value: &&Value| !matches!(value, Value::Null) && **value != Value::text("");
    Ok(Value::List(list(arguments, 0)?.iter().filter(full).cloned().collect()))
}

fn contains(arguments: &[Value]) -> Result<Value, Fault> {
    Ok(Value::Bool(list(arguments, 0)?.contains(argument(arguments, 1)?)))
}

fn distinct(arguments: &[Value]) -> Result<Value, Fault> {
    let items = list(arguments, 0)?;
    let mut seen = BTreeSet::new();
    let first = |item: &&Value| seen.insert(item.to_json().map(|json| json.to_string()));
    Ok(Value::List(items.iter().filter(first).cloned().collect()))
}

fn extreme(arguments: &[Value], of: fn(f64, f64) -> f64) -> Result<Value, Fault> {
    let numbers = (0..arguments.len()).map(|place| number(arguments, place)).collect::<Result<Vec<_>, _>>()?;
    numbers.into_iter().reduce(of).map(Value::Number).ok_or_else(|| Fault::new("no argument"))
}

fn range(arguments: &[Value]) -> Result<Value, Fault> {
    let (start, end) = match arguments {
        [_] => (0, count(arguments, 0)?),
        [_, _] => (count(arguments, 0)?, count(arguments, 1)?),
        _ => return Err(Fault::new("a step is not understood")),
    };
    if end.saturating_sub(start) > MAX_ELEMENTS {
        return Err(Fault::new(format!("more than {MAX_ELEMENTS} elements")));
    }
    Ok(Value::List((start..end).map(Value::count).collect()))
}

/// Of texts only: a pattern between slashes is a regular expression, which is not understood.
fn replace(arguments: &[Value]) -> Result<Value, Fault> {
    let (whole, what, with) = (text(arguments, 0)?, text(arguments, 1)?, text(arguments, 2)?);
    if what.len() > 1 && what.starts_with('/') && what.ends_with('/') {
        return Ok(Value::Unknown);
    }
    if whole.len().saturating_mul(with.len().max(1)) > MAX_ELEMENTS * 100 {
        return Err(Fault::new("the text is too long"));
    }
    Ok(Value::Text(whole.replace(what, with)))
}

/// Sorted, each once where a set is meant: sets of texts are ordered by their text.
fn sort(arguments: &[Value]) -> Result<Value, Fault> {
    let mut items = list(arguments, 0)?.to_vec();
    items.sort_by_key(Value::to_text);
    items.dedup();
    Ok(Value::List(items))
}

fn substr(arguments: &[Value]) -> Result<Value, Fault> {
    let (whole, start, length) = (text(arguments, 0)?, count(arguments, 1)?, number(arguments, 2)?);
    let length = if length < 0.0 { usize::MAX } else { count(arguments, 2)? };
    Ok(Value::Text(whole.chars().skip(start).take(length).collect()))
}

fn zipmap(arguments: &[Value]) -> Result<Value, Fault> {
    let (keys, values) = (list(arguments, 0)?, list(arguments, 1)?);
    let key = |key: &Value| key.to_text().ok_or_else(|| wrong(arguments, 0, "a list of texts"));
    let pairs = keys.iter().zip(values).map(|(name, value)| Ok((key(name)?, value.clone())));
    Ok(Value::Map(pairs.collect::<Result<_, Fault>>()?))
}

fn cidr(arguments: &[Value]) -> Result<IpNet, Fault> {
    text(arguments, 0)?.parse::<IpNet>().map(|range| range.trunc()).map_err(|_| wrong(arguments, 0, "a range"))
}

fn cidrhost(arguments: &[Value]) -> Result<Value, Fault> {
    let range = cidr(arguments)?;
    let host = count(arguments, 1)? as u128;
    let room = u32::from(range.max_prefix_len() - range.prefix_len());
    if room < u128::BITS && host >> room != 0 {
        return Err(Fault::new(format!("{range} has no address {host}")));
    }
    Ok(Value::Text(address(range, first(range) + host).to_string()))
}

fn cidrsubnet(arguments: &[Value]) -> Result<Value, Fault> {
    let range = cidr(arguments)?;
    let bits = u8::try_from(count(arguments, 1)?).map_err(|_| wrong(arguments, 1, "a number of bits"))?;
    subnet(range, bits, count(arguments, 2)? as u128).map(|range| Value::Text(range.to_string()))
}

fn cidrsubnets(arguments: &[Value]) -> Result<Value, Fault> {
    let range = cidr(arguments)?;
    let bits = (1..arguments.len()).map(|place| Ok(u8::try_from(count(arguments, place)?).unwrap_or(u8::MAX)));
    let ranges = subnets(range, &bits.collect::<Result<Vec<_>, Fault>>()?)?;
    Ok(Value::List(ranges.into_iter().map(|range| Value::Text(range.to_string())).collect()))
}

fn first(range: IpNet) -> u128 {
    match range.network() {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// An address of the same family as a range.
fn address(like: IpNet, bits: u128) -> IpAddr {
    match like {
        IpNet::V4(_) => {
            let bits = u32::try_from(bits).expect("an address within an IPv4 range");
            IpAddr::V4(Ipv4Addr::from(bits))
        }
        IpNet::V6(_) => IpAddr::V6(Ipv6Addr::from(bits)),
    }
}

/// The part of a range that has `bits` more bits and the given number.
pub(super) fn subnet(range: IpNet, bits: u8, number: u128) -> Result<IpNet, Fault> {
    let length = range.prefix_len().checked_add(bits).filter(|length| *length <= range.max_prefix_len());
    let length = length.ok_or_else(|| Fault::new(format!("{range} has no room for {bits} more bits")))?;
    if bits < 128 && number >> bits != 0 {
        return Err(Fault::new(format!("{range} has no part {number} of {bits} bits")));
    }
    let shift = u32::from(range.max_prefix_len() - length);
    let start = first(range) + number.checked_shl(shift).unwrap_or(0);
    Ok(IpNet::new(address(range, start), length).expect("the length was checked"))
}

/// The parts of a range that have so many more bits each, one after the other, each at the next place where it fits.
pub(super) fn subnets(range: IpNet, bits: &[u8]) -> Result<Vec<IpNet>, Fault> {
    let full = || Fault::new(format!("{range} has no room for {} parts", bits.len()));
    let mut next = first(range);
    let mut parts = Vec::with_capacity(bits.len().min(MAX_ELEMENTS));
    for more in bits {
        let length = range.prefix_len().checked_add(*more).filter(|length| *length <= range.max_prefix_len());
        let length = length.ok_or_else(full)?;
        let size = 1_u128.checked_shl(u32::from(range.max_prefix_len() - length)).ok_or_else(full)?;
        let start = next.checked_next_multiple_of(size).ok_or_else(full)?;
        if range.max_prefix_len() == 32 && start > u128::from(u32::MAX) {
            return Err(full());
        }
        let part = IpNet::new(address(range, start), length).expect("the length was checked");
        if !range.contains(&part) {
            return Err(full());
        }
        next = start.checked_add(size).ok_or_else(full)?;
        parts.push(part);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, arguments: &[Value]) -> Result<Value, String> {
        call(name, arguments).map_err(|fault| fault.message)
    }

    /// The examples of Terraform's own documentation.
    #[test]
    fn ranges_are_cut_as_terraform_cuts_them() {
        let range = |text: &str| Value::text(text);
        let number = |number: f64| Value::Number(number);
        for (prefix, bits, place, expected) in [
            ("172.16.0.0/12", 4.0, 2.0, "172.18.0.0/16"),
            ("10.1.2.0/24", 4.0, 15.0, "10.1.2.240/28"),
            ("fd00:fd12:3456:7890::/56", 16.0, 162.0, "fd00:fd12:3456:7800:a200::/72"),
            ("10.0.0.0/9", 15.0, 0.0, "10.0.0.0/24"),
            ("0.0.0.0/0", 0.0, 0.0, "0.0.0.0/0"),
        ] {
            assert_eq!(
                of("cidrsubnet", &[range(prefix), number(bits), number(place)]),
                Ok(range(expected)),
                "{prefix}"
            );
        }
        let parts = of("cidrsubnets", &[range("10.1.0.0/16"), number(4.0), number(4.0), number(8.0), number(4.0)]);
        let expected = ["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"];
        assert_eq!(parts, Ok(Value::List(expected.map(Value::text).to_vec())));
        assert_eq!(of("cidrhost", &[range("10.12.112.0/20"), number(16.0)]), Ok(range("10.12.112.16")));
        for (name, arguments) in [
            ("cidrsubnet", vec![range("10.0.0.0/30"), number(3.0), number(0.0)]),
            ("cidrsubnet", vec![range("10.0.0.0/8"), number(2.0), number(4.0)]),
            ("cidrsubnets", vec![range("255.255.255.254/31"), number(1.0), number(1.0), number(1.0)]),
            ("cidrsubnets", vec![range("::/0"), number(0.0), number(0.0)]),
            ("cidrhost", vec![range("10.0.0.0/30"), number(4.0)]),
            ("cidrhost", vec![range("10.0.0.0/33"), number(4.0)]),
        ] {
            assert!(of(name, &arguments).is_err(), "{name} of {arguments:?}");
        }
    }

    #[test]
    fn what_is_not_known_stays_unknown_and_never_becomes_a_guess() {
        let (unknown, one) = (Value::Unknown, Value::text("a"));
        let list = |items: &[&Value]| Value::List(items.iter().map(|item| (*item).clone()).collect());
        assert_eq!(of("concat", &[list(&[&one]), unknown.clone()]), Ok(unknown.clone()));
        assert_eq!(of("concat", &[list(&[&one]), list(&[&unknown])]), Ok(list(&[&one, &unknown])));
        assert_eq!(of("flatten", &[list(&[&one, &unknown])]), Ok(unknown.clone()));
        assert_eq!(of("length", &[list(&[&one, &unknown])]), Ok(Value::Number(2.0)));
        assert_eq!(of("join", &[one.clone(), list(&[&one, &unknown])]), Ok(unknown.clone()));
        assert_eq!(of("contains", &[list(&[&one, &unknown]), one.clone()]), Ok(unknown.clone()));
        assert_eq!(of("upper", &[Value::text("p-(unknown)")]), Ok(unknown.clone()));
        assert_eq!(of("coalesce", &[Value::Null, unknown.clone(), one.clone()]), Ok(unknown.clone()));
        let known = Value::map([("a", one.clone())]);
        let merged = of("merge", &[Value::map([("b", one.clone())]), unknown.clone(), known]).expect("maps");
        assert_eq!((merged.attribute("a"), merged.attribute("b")), (Some(one), Some(unknown)));
    }
}
