//! The way in: texts of any kind become one network, with everything that the user must know about the reading.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use twinrail_facts::{Date, Override, Status};
use twinrail_model::{EntityId, Network};

use crate::asset::{self, Numbers};
use crate::blueprint;
use crate::document::{self, Found};
use crate::expand;
use crate::lower;
use crate::measured;
use crate::merge::{Merged, merge};
use crate::origins::{Kept, Origins, SourceId, Spot};
use crate::profile::{Observation, observe};
use crate::resource::{Kind, Resource};
use crate::schema;
use crate::spec;
use crate::steps;
use crate::terraform::{self, RawStep};
use crate::tree;

/// A text and the path it came from. The path is only repeated in messages.
#[derive(Debug, Clone)]
pub struct Input {
    pub path: String,
    pub text: String,
}

/// What is wrong with an input: a mistake in our world, not in the user's network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    pub path: String,
    /// Bytes of the text, where a place is known.
    pub at: Option<std::ops::Range<usize>>,
    pub message: String,
    pub hint: Option<String>,
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for InputError {}

/// One resource that occurs twice with two values of a field that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub name: String,
    pub field: String,
    pub used: String,
    pub dropped: String,
    pub spot: Option<Spot>,
}

/// Something in the input that is of no kind we understand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsupported {
    pub what: String,
    pub count: usize,
}

/// A field of an understood kind that nothing reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    pub kind: &'static str,
    pub field: String,
    pub count: usize,
}

/// Everything that reading the inputs gave.
#[derive(Debug, Default)]
pub struct Loaded {
    pub network: Network,
    pub origins: Origins,
    /// From the model file's `facts:`.
    pub overrides: Vec<Override>,
    /// From real network profiles.
    pub observations: Vec<Observation>,
    pub unsupported: Vec<Unsupported>,
    /// Values of understood fields that are malformed.
    pub malformed: Vec<String>,
    pub unread: Vec<Unread>,
    pub conflicts: Vec<Conflict>,
    /// Resources that are named in the input and not described there.
    pub outside: Vec<(EntityId, String)>,
    /// States in recordings, and in the history of assets, that a later one replaced.
    pub superseded: usize,
    /// Whether a Terraform plan or state is among the inputs: it is the right input, though it may hold nothing of a network.
    pub has_plan: bool,
    /// What the network was lowered from, merged.
    pub(crate) resources: Vec<Resource>,
}

/// Reads inputs in any mixture. `today` dates what is observed in them. All errors of all inputs are returned at once.
pub fn read(inputs: Vec<Input>, today: Date) -> Result<Loaded, Vec<InputError>> {
    read_or_return(inputs, today).map_err(|(errors, _)| errors)
}

/// Like [`read`]; the inputs come back with the errors, for whoever prints the lines in which they stand.
pub fn read_or_return(inputs: Vec<Input>, today: Date) -> Result<Loaded, (Vec<InputError>, Vec<Input>)> {
    let mut loaded = Loaded::default();
    match read_into(&mut loaded, inputs, today, |merged| merged) {
        Ok(()) => Ok(loaded),
        Err(errors) => {
            let texts = loaded.origins.texts.into_iter();
            Err((errors, texts.map(|Kept { path, text, .. }| Input { path, text }).collect()))
        }
    }
}

/// Reads into a `Loaded` that has nothing yet, with a hand on the merged resources.
pub(crate) fn read_into(
    loaded: &mut Loaded,
    inputs: Vec<Input>,
    today: Date,
    change: impl FnOnce(Merged) -> Merged,
) -> Result<(), Vec<InputError>> {
    let mut gathered = gather(loaded, inputs)?;
    let model = gathered.models.pop();
    let mut expansion = None;
    let mut errors = Vec::new();
    if let Some((source, model)) = &model {
        let tree = loaded.origins.texts[source.0].tree.as_ref().expect("a model file keeps its tree");
        let path = loaded.origins.path(*source);
        let (made, found) = expand::expand(model, *source, path, tree);
        errors = found;
        gathered.resources.extend(made.resources.iter().cloned());
        for what in &made.unsupported {
            *gathered.unsupported.entry(what.clone()).or_default() += 1;
        }
        loaded.overrides = overrides(model, path);
        expansion = Some(made);
    }
    asset::name_projects(&mut gathered.resources, &gathered.numbers);
    let live = steps::live(&gathered.steps, &gathered.resources);
    let (mut resources, conflicts) = change(merge(gathered.resources, &gathered.deleted, &loaded.origins));
    steps::unsettle(&gathered.steps, &gathered.before, &mut resources);
    for profile in resources.iter().filter(|resource| resource.kind == Kind::NetworkProfile) {
        match observe(profile, loaded.origins.path(profile.source), today) {
            Some(observation) => loaded.observations.push(observation),
            None => *gathered.unsupported.entry("network profile without features".to_owned()).or_default() += 1,
        }
    }
    lower::lower(&resources, conflicts, loaded);
    if let (Some((source, model)), Some(expansion)) = (&model, expansion) {
        errors.extend(expand::declare(model, *source, &expansion, loaded));
        if !errors.is_empty() {
            errors.sort_by_key(|error| error.at.as_ref().map(|at| at.start));
            return Err(errors);
        }
    }
    steps::steps(&gathered.steps, gathered.before, &resources, &live, loaded);
    loaded.resources = resources;
    let unsupported = gathered.unsupported.into_iter();
    loaded.unsupported.extend(unsupported.map(|(what, count)| Unsupported { what, count }));
    loaded.unsupported.sort();
    Ok(())
}

/// What all inputs hold, before any of it is put together.
#[derive(Default)]
struct Gathered {
    resources: Vec<Resource>,
    /// What plans delete, what they change as it was, and their steps.
    deleted: Vec<Resource>,
    before: Vec<Resource>,
    steps: Vec<(SourceId, RawStep)>,
    unsupported: BTreeMap<String, usize>,
    numbers: Numbers,
    models: Vec<(SourceId, spec::Model)>,
}

impl Gathered {
    fn take(&mut self, found: Found, source: SourceId) {
        asset::learn_all(&mut self.numbers, &found);
        self.resources.extend(found.resources);
        self.deleted.extend(found.deleted);
        self.before.extend(found.before);
        self.steps.extend(found.steps.into_iter().map(|step| (source, step)));
        for (what, count) in found.unsupported {
            *self.unsupported.entry(what).or_default() += count;
        }
    }
}

/// Reads every input for itself; the texts are kept in `loaded`, also when there are errors.
fn gather(loaded: &mut Loaded, inputs: Vec<Input>) -> Result<Gathered, Vec<InputError>> {
    let mut errors = Vec::new();
    let mut gathered = Gathered::default();
    let (mut blueprints, mut deployments) = (Vec::new(), Vec::new());
    for (place, input) in inputs.into_iter().enumerate() {
        let source = SourceId(place);
        let text = without_mark(input.text);
        let mut kept = Kept { path: input.path, text, tree: None };
        match parse(&kept, source) {
            Ok(Parsed::Resources(found)) => {
                kept.text = terraform::blotted(kept.text, &found.secrets);
                loaded.superseded += found.superseded;
                loaded.has_plan |= found.is_plan;
                gathered.take(found, source);
            }
            Ok(Parsed::Blueprint(tree)) => {
                kept.tree = Some(tree);
                blueprints.push(source);
            }
            Ok(Parsed::Deployment(tree)) => {
                kept.tree = Some(tree);
                deployments.push(source);
            }
            Ok(Parsed::Source) => {}
            Ok(Parsed::Model(model, tree)) => {
                kept.tree = Some(tree);
                gathered.models.push((source, *model));
            }
            Err(found) => errors.extend(found),
        }
        loaded.origins.texts.push(kept);
    }
    match read_blueprints(&blueprints, &deployments, &loaded.origins) {
        Ok(all) => all.into_iter().for_each(|(source, found)| gathered.take(found, source)),
        Err(found) => errors.extend(found),
    }
    if let Some((source, _)) = gathered.models.get(1) {
        errors.push(InputError {
            path: loaded.origins.path(*source).to_owned(),
            at: None,
            message: "a second model file".to_owned(),
            hint: Some("give one model file, and real resources beside it".to_owned()),
        });
    }
    errors.extend(loaded.origins.read_sources());
    if errors.is_empty() { Ok(gathered) } else { Err(errors) }
}

/// The blueprints among the inputs, each with the variables that a deployment file beside them sets.
fn read_blueprints(
    blueprints: &[SourceId],
    deployments: &[SourceId],
    origins: &Origins,
) -> Result<Vec<(SourceId, Found)>, Vec<InputError>> {
    let text = |source: SourceId| blueprint::Text {
        tree: origins.texts[source.0].tree.as_ref().expect("a blueprint keeps its tree"),
        path: origins.path(source),
    };
    let misplaced = match deployments {
        [first, ..] if blueprints.is_empty() => {
            Some((*first, "a deployment file without its blueprint", "give the blueprint beside it"))
        }
        [_, second, ..] => Some((*second, "a second deployment file", "give one deployment file")),
        _ => None,
    };
    let mut errors = Vec::new();
    if let Some((source, message, hint)) = misplaced {
        let path = origins.path(source).to_owned();
        errors.push(InputError { path, at: None, message: message.to_owned(), hint: Some(hint.to_owned()) });
    }
    let deployment = deployments.first().map(|source| text(*source));
    let mut all = Vec::new();
    for source in blueprints {
        match blueprint::read(text(*source), *source, deployment) {
            Ok(found) => all.push((*source, found)),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { Ok(all) } else { Err(errors) }
}

/// Reads a file of fact overrides: the `facts:` section of a model file, alone, or a table of measured times.
pub fn read_facts(input: &Input) -> Result<Vec<Override>, Vec<InputError>> {
    let text = without_mark(input.text.clone());
    if measured::is_table(&input.path, &text) {
        // Places are those of the text as it was given.
        let mark = input.text.len() - text.len();
        return measured::read(&text, &input.path).map_err(|errors| {
            let place = |error: InputError| {
                let at = error.at.map(|at| at.start + mark..at.end + mark);
                InputError { at, ..error }
            };
            errors.into_iter().map(place).collect()
        });
    }
    let tree = yaml(&text, &input.path).map_err(|error| vec![error])?;
    // Read as a model file that has nothing else, so that the same schema finds every error and its place.
    let tree = tree.into_part("facts");
    Ok(overrides(&model(&tree, &input.path)?, &input.path))
}

fn without_mark(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

enum Parsed {
    Resources(Found),
    Model(Box<spec::Model>, tree::Node),
    /// A blueprint of the Cluster Toolkit, and values for its variables: they are read together.
    Blueprint(tree::Node),
    Deployment(tree::Node),
    /// A file of a Terraform configuration: it says where things stand, and a plan says what they are.
    Source,
}

pub(crate) const WHAT_TO_GIVE: &str = "give a model file (`twinrail init` writes one to start from), a plan as \
    `terraform show -json` prints it, the output of `gcloud … --format=json`, an export of Cloud Asset Inventory, or a \
    Cluster Toolkit blueprint";

fn parse(input: &Kept, source: SourceId) -> Result<Parsed, Vec<InputError>> {
    let failed = |at: Option<usize>, message: String| {
        let at = at.map(|at| at..at);
        vec![InputError { path: input.path.clone(), at, message, hint: Some(WHAT_TO_GIVE.to_owned()) }]
    };
    let not_json = |error: document::JsonError| failed(Some(error.at), format!("not valid JSON: {}", error.message));
    if input.text.trim().is_empty() {
        return Err(failed(None, "the file is empty".to_owned()));
    }
    if input.is_terraform_source() {
        return Ok(Parsed::Source);
    }
    if document::is_recording(&input.text) {
        return document::recording(&input.text, source).map(Parsed::Resources).map_err(not_json);
    }
    let text = without_comments(&input.text);
    let begin = text.trim_start();
    if begin.starts_with('{') && terraform::is_plan(begin) {
        return terraform::plan(&text, source).map(Parsed::Resources).map_err(|error| {
            let (at, hint) = (error.at.map(|at| at..at), Some(error.hint.to_owned()));
            vec![InputError { path: input.path.clone(), at, message: error.message, hint }]
        });
    }
    if let Some(at) = terraform::plan_below(&text).filter(|_| !begin.starts_with('{')) {
        let (at, message) = (Some(at..at), "a plan of Terraform with other text before it".to_owned());
        let hint = Some(terraform::HOW_TO_SHOW_ALONE.to_owned());
        return Err(vec![InputError { path: input.path.clone(), at, message, hint }]);
    }
    // A model file may be written as JSON too, for JSON is YAML.
    if (begin.starts_with('{') || begin.starts_with('[')) && !document::is_model(&text) {
        return document::json(&text, source).map(Parsed::Resources).map_err(not_json);
    }
    let tree = yaml(&input.text, &input.path).map_err(|error| vec![error])?;
    let keys = tree.keys();
    if keys.contains(&"twinrail") {
        return Ok(Parsed::Model(Box::new(model(&tree, &input.path)?), tree));
    }
    if keys.contains(&"blueprint_name") {
        return Ok(Parsed::Blueprint(tree));
    }
    if blueprint::is_deployment(&keys) {
        return Ok(Parsed::Deployment(tree));
    }
    let near = keys.iter().find(|key| strsim::damerau_levenshtein(key, "twinrail") <= 2);
    if let Some(near) = near {
        return Err(failed(
            Some(tree.locate_key("", near).start),
            format!("a model file begins with `twinrail: 1`, not `{near}`"),
        ));
    }
    if is_of_another_tool(&input.path, &keys) {
        let unsupported = BTreeMap::from([("YAML of no kind".to_owned(), 1)]);
        return Ok(Parsed::Resources(Found { unsupported, ..Found::default() }));
    }
    Err(failed(None, "neither a model file, which has `twinrail: 1`, nor JSON of Google Cloud".to_owned()))
}

/// Whether a YAML file has nothing of a model file: folders of Terraform hold the metadata of modules, steps of builds and the like.
fn is_of_another_tool(path: &str, keys: &[&str]) -> bool {
    let sections = schema::model_schema().get("properties");
    let is_ours = |key: &&str| sections.is_some_and(|sections| sections.get(*key).is_some());
    let path = path.to_ascii_lowercase();
    [".yaml", ".yml"].iter().any(|ending| path.ends_with(ending)) && !keys.is_empty() && !keys.iter().any(is_ours)
}

/// Lines of JSON may have comments between them, as exports do: those lines become blanks, so that places stay.
fn without_comments(text: &str) -> Cow<'_, str> {
    let mut content = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let is_json = content.next().is_some_and(|line| line.starts_with(['{', '[']));
    if !is_json || !text.lines().any(|line| line.starts_with('#')) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| {
        let is_comment = line.starts_with('#');
        if is_comment { Cow::Owned(format!("{:1$}\n", "", line.len() - 1)) } else { Cow::Borrowed(line) }
    });
    Cow::Owned(lines.collect())
}

/// The model of a tree; every error at once.
fn model(tree: &tree::Node, path: &str) -> Result<spec::Model, Vec<InputError>> {
    let json = tree.to_json();
    schema::check(&json, tree, path)?;
    serde_json::from_value(json).map_err(|error| {
        // The schema accepts nothing that the types refuse, as far as tests can tell; this is for what they cannot.
        vec![InputError { path: path.to_owned(), at: None, message: error.to_string(), hint: None }]
    })
}

fn yaml(text: &str, path: &str) -> Result<tree::Node, InputError> {
    tree::parse(text).map_err(|error| InputError {
        path: path.to_owned(),
        at: Some(error.at..error.at),
        message: format!("not valid YAML: {}", error.message),
        hint: Some(error.hint),
    })
}

fn overrides(model: &spec::Model, path: &str) -> Vec<Override> {
    model.facts.iter().map(|(id, fact)| fact_override(id, fact, path)).collect()
}

fn fact_override(id: &str, fact: &spec::FactOverride, path: &str) -> Override {
    let values = match (&fact.value, &fact.values) {
        (Some(value), _) => vec![value.clone()],
        (None, Some(values)) => values.clone(),
        (None, None) => Vec::new(),
    };
    Override {
        id: id.to_owned(),
        values,
        range: fact.range.map(|factors| factors.0),
        status: match fact.status {
            spec::OverrideStatus::Confirmed => Status::Confirmed,
            spec::OverrideStatus::Assumed | spec::OverrideStatus::Asked => Status::Assumed,
            spec::OverrideStatus::Observed => Status::Observed,
        },
        date: fact.date.0,
        expires: fact.expires.as_ref().map(|date| date.0),
        note: fact.note.clone(),
        source: path.to_owned(),
        is_question: matches!(fact.status, spec::OverrideStatus::Asked),
    }
}
