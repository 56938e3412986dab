//! The model file's JSON Schema, derived from the types, and the check that finds every error of a file at once by it.

use std::sync::OnceLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use crate::read::InputError;
use crate::spec::{Model, check_format};
use crate::tree::Node;

/// The JSON Schema of the model file, for editors.
pub fn model_schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| schemars::schema_for!(Model).to_value())
}

fn validator() -> &'static Validator {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    VALIDATOR.get_or_init(|| {
        let mut options = jsonschema::options().should_validate_formats(true);
        for format in crate::spec::FORMATS {
            options = options.with_format(*format, |text: &str| check_format(format, text).is_ok());
        }
        options.build(model_schema()).expect("the schema that the types give is valid")
    })
}

/// Every error of a model file against its schema.
pub(crate) fn check(json: &Value, tree: &Node, path: &str) -> Result<(), Vec<InputError>> {
    let mut errors = Vec::new();
    for error in validator().iter_errors(json) {
        collect(&error, tree, path, &mut errors);
    }
    errors.sort_by_key(|error| error.at.as_ref().map(|at| at.start));
    errors.dedup();
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn collect(error: &ValidationError<'_>, tree: &Node, path: &str, errors: &mut Vec<InputError>) {
    let pointer = error.instance_path().as_str().to_owned();
    let at = Some(tree.locate(&pointer));
    let here = place(&pointer);
    let mut push = |at, message: String, hint| errors.push(InputError { path: path.to_owned(), at, message, hint });
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let allowed = properties(error);
            for key in unexpected {
                let hint = nearest(key, &allowed).map(|near| format!("did you mean `{near}`?"));
                let hint =
                    hint.or_else(|| (!allowed.is_empty()).then(|| format!("known here: {}", allowed.join(", "))));
                push(Some(tree.locate_key(&pointer, key)), format!("unknown field `{key}` in {here}"), hint);
            }
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            if is_misspelt(name, error) {
                return;
            }
            push(at, format!("{here} has no `{name}`"), Some(format!("add `{name}:`")));
        }
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => {
            let (message, hint) = not_one_of(&here, error.instance(), &words(error));
            push(at, message, hint);
        }
        ValidationErrorKind::Format { format } => {
            let given = error.instance().as_str().unwrap_or_default();
            let message = check_format(format, given)
                .err()
                .unwrap_or_else(|| format!("`{given}` has not the form of a {format}"));
            push(at, format!("{here}: {message}"), example(error).map(|example| format!("such as `{example}`")));
        }
        ValidationErrorKind::Type { kind } => {
            let wanted = types(kind);
            let hint = example(error).map(|example| format!("such as `{example}`"));
            push(at, format!("{here} is {}, not {wanted}", shape(error.instance())), hint);
        }
        ValidationErrorKind::Minimum { limit } => {
            push(at, format!("{here} is {}, less than {limit}", error.instance()), Some(format!("at least {limit}")));
        }
        ValidationErrorKind::Maximum { limit } => {
            push(at, format!("{here} is {}, more than {limit}", error.instance()), Some(format!("at most {limit}")));
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            alternatives(error, context, tree, path, errors);
        }
        _ => push(at, format!("{here}: {error}"), None),
    }
}

/// Whether a field that is missing is there under a name that nobody knows: one mistake, reported once.
fn is_misspelt(name: &str, error: &ValidationError<'_>) -> bool {
    let Some(known) = schema_of(error).and_then(|schema| schema.get("properties")).and_then(Value::as_object) else {
        return false;
    };
    let words: Vec<String> = known.keys().cloned().collect();
    let given = error.instance().as_object().into_iter().flatten().map(|(key, _)| key);
    given.filter(|key| !known.contains_key(*key)).any(|key| nearest(key, &words).as_deref() == Some(name))
}

/// Of several forms that a value may have, none fits: the message is about the one that was meant.
fn alternatives(
    error: &ValidationError<'_>,
    context: &[Vec<ValidationError<'_>>],
    tree: &Node,
    path: &str,
    errors: &mut Vec<InputError>,
) {
    let pointer = error.instance_path().as_str();
    let root = pointer.matches('/').count();
    let is_wrong_shape = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Type { .. })
            && error.instance_path().as_str().matches('/').count() == root
    };
    // `null` is the form of a field that may be left out, which nobody writes.
    let forms: Vec<&Vec<ValidationError<'_>>> = context.iter().filter(|form| !form.iter().any(wants_null)).collect();
    // Words that are documented each for itself are so many forms; together they are one list of words.
    let listed: Vec<String> = forms.iter().flat_map(|form| form.iter().flat_map(words)).collect();
    if !listed.is_empty() && forms.iter().all(|form| form.iter().all(|error| !words(error).is_empty())) {
        let (message, hint) = not_one_of(&place(pointer), error.instance(), &listed);
        errors.push(InputError { path: path.to_owned(), at: Some(tree.locate(pointer)), message, hint });
        return;
    }
    // A map is meant by whoever writes a map: a form of another shape was not meant, unless all are.
    let meant: Vec<&Vec<ValidationError<'_>>> =
        forms.iter().copied().filter(|form| !form.iter().any(is_wrong_shape)).collect();
    if meant.is_empty() {
        let mut wanted: Vec<String> = forms.iter().filter_map(|form| form.iter().filter_map(wanted).max()).collect();
        wanted.dedup();
        let message = format!("{} is {}, not {}", place(pointer), shape(error.instance()), wanted.join(" or "));
        let hint =
            forms.iter().flat_map(|form| form.iter()).find_map(example).map(|example| format!("such as `{example}`"));
        errors.push(InputError { path: path.to_owned(), at: Some(tree.locate(pointer)), message, hint });
        return;
    }
    let mut found: Vec<Vec<InputError>> = meant
        .iter()
        .map(|form| {
            let mut of_form = Vec::new();
            form.iter().for_each(|error| collect(error, tree, path, &mut of_form));
            of_form
        })
        .collect();
    found.retain(|form| !form.is_empty());
    found.dedup();
    let likely = found.iter().position(|form| {
        form.iter().any(|error| error.hint.as_deref().is_some_and(|hint| hint.starts_with("did you mean")))
    });
    match (likely, found.len()) {
        (_, 0) => {
            let message = format!("{} is of none of the forms that fit here", place(pointer));
            errors.push(InputError { path: path.to_owned(), at: Some(tree.locate(pointer)), message, hint: None });
        }
        (_, 1) => errors.extend(found.remove(0)),
        (Some(likely), _) => errors.extend(found.swap_remove(likely)),
        (None, _) => {
            // One message that names all the forms, at the place where they part.
            let all: Vec<String> = found.iter().flatten().map(|error| error.message.clone()).collect();
            let hint = found.iter().flatten().find_map(|error| error.hint.clone());
            errors.push(InputError {
                path: path.to_owned(),
                at: Some(tree.locate(pointer)),
                message: all.join("; or "),
                hint,
            });
        }
    }
}

/// What an error says should be there: words, or a type.
fn wanted(error: &ValidationError<'_>) -> Option<String> {
    match (words(error).as_slice(), error.kind()) {
        ([_, ..], _) => Some(words(error).iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")),
        ([], ValidationErrorKind::Type { kind }) => Some(types(kind)),
        _ => None,
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => article(&one.to_string()),
        TypeKind::Multiple(many) => many
            .iter()
            .filter(|one| one.to_string() != "null")
            .map(|one| article(&one.to_string()))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn wants_null(error: &ValidationError<'_>) -> bool {
    matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(one) } if one.to_string() == "null")
}

/// The words that an error says are allowed.
fn words(error: &ValidationError<'_>) -> Vec<String> {
    let text = |word: &Value| word.as_str().map(ToOwned::to_owned);
    match error.kind() {
        ValidationErrorKind::Enum { options } => options.as_array().into_iter().flatten().filter_map(text).collect(),
        ValidationErrorKind::Constant { expected_value } => text(expected_value).into_iter().collect(),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let forms: Vec<Vec<String>> = context.iter().flatten().map(words).collect();
            if forms.iter().any(Vec::is_empty) { Vec::new() } else { forms.concat() }
        }
        _ => Vec::new(),
    }
}

fn not_one_of(here: &str, given: &Value, words: &[String]) -> (String, Option<String>) {
    let hint = nearest(given.as_str().unwrap_or_default(), words).map(|near| format!("did you mean `{near}`?"));
    let several = if words.len() == 1 { "" } else { "one of " };
    (format!("{here} is {}, not {several}{}", shape(given), words.join(", ")), hint)
}

/// An example that the schema gives for the value that is wrong.
fn example(error: &ValidationError<'_>) -> Option<String> {
    let example = schema_of(error)?.get("examples")?.get(0)?;
    Some(example.as_str().map_or_else(|| example.to_string(), ToOwned::to_owned))
}

/// The part of the schema whose keyword the value breaks.
fn schema_of(error: &ValidationError<'_>) -> Option<&'static Value> {
    let mut schema = model_schema();
    let path = error.schema_path().as_str().to_owned();
    let mut parts: Vec<String> =
        path.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    parts.pop();
    for part in parts {
        schema = match schema {
            _ if part == "$ref" => model_schema().pointer(schema.get("$ref")?.as_str()?.trim_start_matches('#'))?,
            Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            other => other.get(&part)?,
        };
    }
    Some(schema)
}

/// The fields that the schema allows where a field too many stands.
fn properties(error: &ValidationError<'_>) -> Vec<String> {
    let fields = schema_of(error).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    fields.map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
}

fn nearest(word: &str, words: &[String]) -> Option<String> {
    words
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate.clone())
}

/// A pointer as people write it: `clusters.vault.nics[0]`.
fn place(pointer: &str) -> String {
    let mut text = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty() {
            text.push('[');
            text.push_str(part);
            text.push(']');
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&part.replace("~1", "/").replace("~0", "~"));
        }
    }
    if text.is_empty() { "the file".to_owned() } else { format!("`{text}`") }
}

fn shape(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
        plain => format!("`{plain}`"),
    }
}

fn article(kind: &str) -> String {
    match kind {
        "object" => "a map".to_owned(),
        "array" => "a list".to_owned(),
        "integer" => "a whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        other => format!("a {other}"),
    }
}
