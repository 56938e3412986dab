//! Terraform: plans and states as `terraform show -json` prints them, and the places of resources in `.tf` files. Not
//! here: what the fields of a resource mean (`lower`). Start reading at [`plan`].

mod address;
mod configuration;
mod format;
mod paths;
mod plan;
mod secret;
mod source;
mod steps;
mod table;
mod translate;

use std::collections::BTreeMap;

use serde::de::IgnoredAny;

pub(crate) use plan::plan;
pub(crate) use secret::blotted;
pub(crate) use source::{SourceError, Sources};
pub(crate) use steps::RawStep;

use crate::document::JsonError;
use format::Document;

/// Why a plan cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanError {
    pub message: String,
    pub at: Option<usize>,
    pub hint: &'static str,
}

impl From<JsonError> for PlanError {
    fn from(error: JsonError) -> Self {
        let message = format!("not a plan or state as Terraform writes it: {}", error.message);
        Self { message, at: Some(error.at), hint: HOW_TO_SHOW }
    }
}

pub(crate) const HOW_TO_SHOW: &str = "give the output of `terraform show -json PLANFILE` or `tofu show -json PLANFILE`; without a file, it shows the state";

/// Whether JSON is a plan or a state, in a form that is understood or not.
#[expect(clippy::zero_sized_map_values, reason = "serde skips the values of a map, and a set has none to skip")]
pub(crate) fn is_plan(text: &str) -> bool {
    // The words are sought first, for most JSON is large and has none of them.
    if is_stream(text) {
        return true;
    }
    if !["\"format_version\"", "\"terraform_version\""].iter().any(|word| text.contains(word)) {
        return false;
    }
    let mut first = serde_json::Deserializer::from_str(text).into_iter::<BTreeMap<String, IgnoredAny>>();
    let Some(Ok(keys)) = first.next() else { return false };
    let has = |key: &str| keys.contains_key(key);
    let shown = ["resource_changes", "planned_values", "configuration", "prior_state", "values", "terraform_version"];
    has("format_version") && (keys.len() == 1 || shown.iter().any(|key| has(key)))
        || has("version") && has("terraform_version") && (has("lineage") || has("serial"))
}

/// What `terraform plan -json` prints while it works.
fn is_stream(text: &str) -> bool {
    text.trim_start().starts_with("{\"@level\"")
}

fn check_stream(text: &str) -> Result<(), PlanError> {
    if !is_stream(text) {
        return Ok(());
    }
    let message = "what `terraform plan -json` prints while it works, which has no values of resources".to_owned();
    Err(PlanError { message, at: None, hint: HOW_TO_SHOW })
}

/// The path by which Terraform calls what the API calls `pointer`, in a resource of this address.
pub(crate) fn path_of(address: &str, pointer: &str) -> String {
    paths::path_of(address, pointer)
}

/// Refuses what is no plan in a version that is understood.
fn check_version(text: &str, document: &Document<'_>) -> Result<(), PlanError> {
    let refused = |at, message: String| Err(PlanError { message, at, hint: HOW_TO_SHOW });
    if document.lineage.is_some() || document.serial.is_some() {
        return refused(None, "a state as Terraform keeps it, in a form that is its own business".to_owned());
    }
    let Some(raw) = document.format_version else {
        return refused(
            None,
            "without `format_version`, which every plan and state has that Terraform shows".to_owned(),
        );
    };
    let at = Some(raw.get().as_ptr() as usize - text.as_ptr() as usize);
    let version = raw.get().trim_matches('"');
    match version.split('.').next().and_then(|major| major.parse::<u32>().ok()) {
        Some(0 | 1) => Ok(()),
        Some(_) => {
            refused(at, format!("Terraform's JSON in format version {version}; versions 0 and 1 are understood"))
        }
        None => refused(at, format!("`format_version` is {}, which is no version", raw.get())),
    }
}
