//! Where the resources of a plan stand in the configuration: leads a resource address and an attribute path to the bytes
//! of a `.tf` file. The grammar is the library's; it refuses texts that are nested too deeply.
//!
//! Not here: what the resources say; a plan has the values. Not understood: JSON syntax (`.tf.json`), which is said, and
//! override files: a place is that of the block they override. Modules that `terraform init` has downloaded are not the user's text:
//! what comes from them stands at the `module` block that calls them.
//!
//! Never a wrong place: where the text leaves open which of several is meant, the place is what encloses them all.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body};

use crate::origins::SourceId;

/// Bytes of one file at most: far above any that is written by hand.
const MAX_BYTES: usize = 1 << 20;

/// Assignments in one file at most: the library's time grows with the square of the entries of one object.
const MAX_ENTRIES: usize = 30_000;

/// Blocks and attributes that the Google provider keeps as sets: a plan has their elements in an order of its own, so a
/// number leads to none of several.
const SETS: &[&str] = &[
    "allow",
    "backend",
    "deny",
    "destination_ranges",
    "health_checks",
    "metadata_fields",
    "named_port",
    "node_affinities",
    "ports",
    "scopes",
    "source_ranges",
    "source_service_accounts",
    "source_tags",
    "stateful_disk",
    "tags",
    "target_pools",
    "target_service_accounts",
    "target_tags",
];

/// The blocks of a configuration's files, by the folder they stand in.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    folders: BTreeMap<String, Folder>,
    /// Folders that the plan may be of; a later list counts only where the ones before know nothing of an address.
    roots: [Vec<String>; 3],
}

/// What is wrong with a file of a configuration. The others still count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceError {
    pub source: SourceId,
    pub at: usize,
    pub message: String,
    pub hint: &'static str,
}

/// A module: all files of one folder.
#[derive(Debug, Default)]
struct Folder {
    /// By address within the module: `TYPE.NAME`, `data.TYPE.NAME`.
    resources: BTreeMap<String, Placed>,
    /// By name, with the folder that is called, if it is given as a path.
    calls: BTreeMap<String, (Placed, Option<String>)>,
}

/// A block and the text it stands in.
#[derive(Debug)]
struct Placed {
    source: SourceId,
    /// Bytes before the text that was parsed: a byte order mark.
    before: usize,
    block: Block,
}

/// How much of an address was found: the resource itself, or so many of the modules around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    Calls(usize),
    Whole,
}

impl Sources {
    /// Reads files in any order: id, path and text of each. A `.terraform/modules/modules.json` among them says which
    /// folder was initialised; nothing is read in it.
    pub(crate) fn parse<'t>(files: impl IntoIterator<Item = (SourceId, &'t str, &'t str)>) -> (Self, Vec<SourceError>) {
        let mut files: Vec<_> = files.into_iter().map(|(source, path, text)| (normal(path), source, text)).collect();
        files.sort_unstable_by(|a, b| (is_override(&a.0), a).cmp(&(is_override(&b.0), b)));
        let mut sources = Self::default();
        let mut errors = Vec::new();
        let mut initialised = Vec::new();
        for (path, source, text) in files {
            if let Some(folder) = strip_name(&path, ".terraform/modules/modules.json") {
                initialised.push(folder.to_owned());
            }
            if path.split('/').any(|part| part == ".terraform") {
                continue;
            }
            match blocks(&path, source, text) {
                Ok(blocks) => sources.add(folder_of(&path), blocks),
                Err(error) => errors.push(error),
            }
        }
        sources.choose_roots(initialised);
        (sources, errors)
    }

    /// The bytes of an attribute path such as `network_interface/1/subnetwork` in the block of an address such as
    /// `module.net["a"].google_compute_instance.node[0]`. What does not stand in the text is where the nearest thing around
    /// it stands: a nested block's or the resource's header, or the `module` block that calls for the resource.
    pub(crate) fn locate(&self, address: &str, path: &str) -> Option<(SourceId, Range<usize>)> {
        let (modules, resource) = split(address)?;
        let placed = self.roots.iter().find_map(|roots| {
            let found = roots.iter().filter_map(|root| self.find(root, &modules, resource));
            let found: Vec<(Depth, &Placed)> = found.collect();
            let deepest = found.iter().map(|(depth, _)| *depth).max()?;
            Some(found.into_iter().filter(|(depth, _)| *depth == deepest).collect::<Vec<_>>())
        })?;
        let (depth, first) = placed[0];
        if placed.iter().any(|(_, other)| !std::ptr::eq(*other, first)) {
            return None;
        }
        let bytes = match depth {
            Depth::Whole => within(&first.block, path)?,
            Depth::Calls(_) => header(&first.block)?,
        };
        Some((first.source, bytes.start + first.before..bytes.end + first.before))
    }

    fn add(&mut self, folder: &str, blocks: Vec<Placed>) {
        let module = self.folders.entry(folder.to_owned()).or_default();
        for placed in blocks {
            let labels: Vec<&str> = placed.block.labels.iter().map(BlockLabel::as_str).collect();
            let key = match (placed.block.ident.as_str(), &labels[..]) {
                ("resource", [kind, name]) => format!("{kind}.{name}"),
                (mode @ ("data" | "ephemeral"), [kind, name]) => format!("{mode}.{kind}.{name}"),
                ("module", [name]) => {
                    let name = (*name).to_owned();
                    let called = called(folder, &placed.block);
                    module.calls.entry(name).or_insert((placed, called));
                    continue;
                }
                _ => continue,
            };
            module.resources.entry(key).or_insert(placed);
        }
    }

    /// First the folders that were initialised, then those that no other calls, then those that are called: a module can
    /// be planned alone, with an example beside it that calls it.
    fn choose_roots(&mut self, initialised: Vec<String>) {
        let calls = |(folder, module): (&String, &Folder)| -> Vec<String> {
            module.calls.values().filter_map(|(_, called)| called.clone()).filter(|called| called != folder).collect()
        };
        let called: BTreeSet<String> = self.folders.iter().flat_map(calls).collect();
        let known = self.folders.keys().cloned();
        let (inner, outer) = known.partition(|folder| called.contains(folder));
        self.roots = [initialised, outer, inner];
    }

    fn find(&self, root: &str, modules: &[&str], resource: Option<&str>) -> Option<(Depth, &Placed)> {
        let mut folder = self.folders.get(root)?;
        let mut found = None;
        for (depth, name) in modules.iter().enumerate() {
            let Some((placed, called)) = folder.calls.get(*name) else { return found };
            found = Some((Depth::Calls(depth), placed));
            let Some(inner) = called.as_ref().and_then(|called| self.folders.get(called)) else { return found };
            folder = inner;
        }
        let whole = resource.and_then(|resource| folder.resources.get(resource));
        whole.map(|placed| (Depth::Whole, placed)).or(found)
    }
}

/// The blocks of one file.
fn blocks(path: &str, source: SourceId, text: &str) -> Result<Vec<Placed>, SourceError> {
    let refuse = |at: usize, message: String, hint| Err(SourceError { source, at, message, hint });
    if path.rsplit('.').next() == Some("json") {
        let message = "Terraform's JSON syntax is not understood".to_owned();
        return refuse(0, message, "findings on its resources point into the plan");
    }
    let entries = text.bytes().filter(|byte| matches!(byte, b'=' | b':')).count();
    for (count, most, what) in [(text.len(), MAX_BYTES, "bytes"), (entries, MAX_ENTRIES, "assignments")] {
        if count > most {
            let message = format!("a configuration file of {count} {what}, more than {most}");
            return refuse(0, message, "findings on its resources point into the plan");
        }
    }
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let before = text.len() - body.len();
    match parse_body(body) {
        Ok(body) => Ok(body.into_blocks().map(|block| Placed { source, before, block }).collect()),
        Err(error) => {
            let at = (before + error.location().offset()).min(text.len());
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let hint = "see what `terraform validate` says; until then findings on its resources point into the plan";
            refuse(at, format!("not valid HCL: {}", error.message()), hint)
        }
    }
}

/// The folder that a `module` block calls by a path.
fn called(folder: &str, block: &Block) -> Option<String> {
    let source = block.body.get_attribute("source")?.value.as_str()?;
    let local = ["./", "../", ".\\", "..\\"].iter().any(|start| source.starts_with(start));
    local.then(|| if folder.is_empty() { normal(source) } else { normal(&format!("{folder}/{source}")) })
}

/// A path without `.`, and without `..` as far as it can be resolved. The folder of a bare file name is the empty path.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" if parts.is_empty() && path.starts_with('/') => parts.push(""),
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                // The folder above the root is the root.
                if parts != [""] {
                    parts.pop();
                }
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder that has a file of this name; none if the path is of another.
fn strip_name<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let folder = path.strip_suffix(name)?;
    if folder.is_empty() { Some(folder) } else { folder.strip_suffix('/') }
}

fn is_override(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "override.tf" || name.ends_with("_override.tf")
}

/// The modules of an address, and the rest of it without a key: `TYPE.NAME` or `data.TYPE.NAME`.
fn split(address: &str) -> Option<(Vec<&str>, Option<&str>)> {
    let mut modules = Vec::new();
    let mut rest = address;
    while let Some(after) = rest.strip_prefix("module.") {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        modules.push(&after[..end]);
        rest = after_key(&after[end..])?;
        if rest.is_empty() {
            return Some((modules, None));
        }
        rest = rest.strip_prefix('.')?;
    }
    let end = rest.find('[').unwrap_or(rest.len());
    after_key(&rest[end..])?.is_empty().then_some((modules, Some(&rest[..end])))
}

/// What follows the key of `count` or `for_each`, if there is one. A quoted key may have anything in it.
fn after_key(text: &str) -> Option<&str> {
    let Some(key) = text.strip_prefix('[') else { return Some(text) };
    let Some(quoted) = key.strip_prefix('"') else { return key.split_once(']').map(|(_, rest)| rest) };
    let mut escaped = false;
    for (at, byte) in quoted.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return quoted[at + 1..].strip_prefix(']'),
            _ => {}
        }
    }
    None
}

/// The bytes of a path in a resource's block.
fn within(block: &Block, path: &str) -> Option<Range<usize>> {
    let mut at = header(block)?;
    let mut body = &block.body;
    let parts = path.split('/').filter(|part| !part.is_empty());
    let mut parts = parts.map(|part| part.replace("~1", "/").replace("~0", "~")).peekable();
    while let Some(name) = parts.next() {
        if let Some(attribute) = body.get_attribute(&name) {
            return in_attribute(attribute, parts).or(Some(at));
        }
        let number = parts.next_if(|part| part.parse::<usize>().is_ok()).and_then(|part| part.parse().ok());
        let Some(block) = nested(body, &name, number) else { break };
        at = header(block)?;
        let Some(inner) = content(block) else { break };
        body = inner;
    }
    Some(at)
}

/// The nested block of this name and number among its like, or the `dynamic` block that makes it.
fn nested<'b>(body: &'b Body, name: &str, number: Option<usize>) -> Option<&'b Block> {
    let makes = |block: &Block| {
        if is_dynamic(block) { block.labels[0].as_str() == name } else { block.ident.as_str() == name }
    };
    let like: Vec<&Block> = body.blocks().filter(|block| makes(block)).collect();
    if let [only] = like[..] {
        let exists = is_dynamic(only) || number.is_none_or(|number| number == 0);
        return exists.then_some(only);
    }
    let number = number.filter(|_| !SETS.contains(&name))?;
    let fixed = like.iter().take_while(|block| !is_dynamic(block)).count();
    if number < fixed {
        return Some(like[number]);
    }
    // How many blocks a dynamic one makes is not in the text: what stands after it has no number.
    if let [only] = like[fixed..] { Some(only) } else { None }
}

fn is_dynamic(block: &Block) -> bool {
    block.ident.as_str() == "dynamic" && block.labels.len() == 1
}

fn content(block: &Block) -> Option<&Body> {
    if !is_dynamic(block) {
        return Some(&block.body);
    }
    block.body.get_blocks("content").next().map(|content| &content.body)
}

/// The bytes of a path in an attribute's value: a leaf's own, those of the key that leads to it where it is a collection.
fn in_attribute(attribute: &Attribute, path: impl Iterator<Item = String>) -> Option<Range<usize>> {
    let mut value = &attribute.value;
    let mut at = shown(attribute.key.span(), value);
    let is_set = SETS.contains(&attribute.key.as_str());
    for part in path {
        let next = match bare(value) {
            Expression::Array(array) if !is_set || array.len() == 1 => {
                part.parse().ok().and_then(|number| array.get(number)).map(|value| (None, value))
            }
            Expression::Object(object) => object.iter().find_map(|(key, value)| {
                let (name, span) = match key {
                    ObjectKey::Ident(ident) => (ident.as_str(), ident.span()),
                    ObjectKey::Expression(key) => (bare(key).as_str()?, key.span()),
                };
                (name == part).then(|| (span, value.expr()))
            }),
            _ => None,
        };
        let Some((key, next)) = next else { break };
        at = shown(key, next).or(at);
        value = next;
    }
    at
}

/// A value without parentheses around it.
fn bare(mut value: &Expression) -> &Expression {
    while let Expression::Parenthesis(inner) = value {
        value = inner.inner();
    }
    value
}

fn shown(key: Option<Range<usize>>, value: &Expression) -> Option<Range<usize>> {
    let is_long = matches!(
        bare(value),
        Expression::Array(_) | Expression::Object(_) | Expression::HeredocTemplate(_) | Expression::ForExpr(_)
    );
    if is_long && key.is_some() { key } else { value.span() }
}

/// A block's first words, up to the brace.
fn header(block: &Block) -> Option<Range<usize>> {
    let word = block.ident.span()?;
    let end = block.labels.last().and_then(Span::span).map_or(word.end, |label| label.end);
    Some(word.start..end)
}

#[cfg(test)]
mod tests;
