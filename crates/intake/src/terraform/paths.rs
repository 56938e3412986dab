//! From a place in a resource of the Compute API to the attribute by which Terraform calls it: the table, read backwards.
//! Not here: where that attribute stands in a file.

use super::table::{EVERYWHERE, Field, Form, Named, Shape, Type, snake, type_of};

/// The path by which Terraform calls what the API calls `pointer`, in a resource of this address:
/// `network_interface/0/network_ip` for `/networkInterfaces/0/networkIP`.
pub(super) fn path_of(address: &str, pointer: &str) -> String {
    let tokens: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut path = Vec::new();
    match word_of(address).and_then(type_of) {
        Some(row) => top(row, &tokens, &mut path),
        None => path.extend(tokens.iter().map(|token| snake(token))),
    }
    path.join("/")
}

/// The type in an address: the word before the name, whatever the keys in brackets hold.
pub(super) fn word_of(address: &str) -> Option<&str> {
    let mut labels = Vec::new();
    let (mut begin, mut depth, mut quoted, mut escaped) = (0, 0_usize, false, false);
    for (at, byte) in address.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if depth > 0 => quoted = !quoted,
            _ if quoted => {}
            b'[' => depth += 1,
            b']' => depth = depth.saturating_sub(1),
            b'.' if depth == 0 => {
                labels.push(&address[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    labels.pop()
}

fn top(row: &'static Type, tokens: &[&str], path: &mut Vec<String>) {
    let tokens = match (row.named, tokens) {
        // The element of a part is the part.
        (Named::Part { list, .. }, [first, _, rest @ ..]) if *first == list => rest,
        _ => tokens,
    };
    let is_part = matches!(row.named, Named::Part { .. });
    let fields = || row.shape.iter().chain(EVERYWHERE);
    let is_outer = |field: &&Field| is_part || row.below.is_empty() || field.api.starts_with('/');
    if let Some((field, rest)) = named(fields().filter(is_outer), tokens) {
        return inside(field, rest, path);
    }
    let tokens = match tokens.split_first() {
        Some((first, rest)) if *first == row.below => rest,
        _ => tokens,
    };
    match named(fields().filter(|field| !is_outer(field)), tokens) {
        Some((field, rest)) => inside(field, rest, path),
        None => path.extend(tokens.iter().map(|token| snake(token))),
    }
}

/// The field at which a pointer leads in, and what is left of the pointer; a pointer that ends above a field leads to it.
fn named<'f, 't>(fields: impl Iterator<Item = &'f Field>, tokens: &'t [&'t str]) -> Option<(&'f Field, &'t [&'t str])> {
    let mut best: Option<((usize, bool), &Field)> = None;
    for field in fields.filter(|field| !matches!(field.form, Form::Dropped)) {
        let api = field.api.trim_start_matches('/').split('/');
        let common = api.clone().zip(tokens).take_while(|(api, token)| api == *token).count();
        let is_whole = common == api.count();
        let leads = common > 0 && (is_whole || common == tokens.len());
        if leads && best.is_none_or(|(longest, _)| (common, is_whole) > longest) {
            best = Some(((common, is_whole), field));
        }
    }
    best.map(|((common, _), field)| (field, &tokens[common..]))
}

fn inside(field: &Field, rest: &[&str], path: &mut Vec<String>) {
    path.push(field.attribute.to_owned());
    match &field.form {
        Form::One(shape) if !rest.is_empty() => {
            path.push("0".to_owned());
            block(shape, rest, path);
        }
        Form::Many(shape) => {
            if let Some((place, rest)) = rest.split_first() {
                path.push((*place).to_owned());
                block(shape, rest, path);
            }
        }
        // Which place it has, only the value tells.
        Form::Pairs | Form::Keyed(..) | Form::Element(_) => {}
        _ => path.extend(rest.iter().map(|token| snake(token))),
    }
}

fn block(shape: &'static Shape, tokens: &[&str], path: &mut Vec<String>) {
    if tokens.is_empty() {
        return;
    }
    match named(shape.iter(), tokens) {
        Some((field, rest)) => inside(field, rest, path),
        None => path.extend(tokens.iter().map(|token| snake(token))),
    }
}
