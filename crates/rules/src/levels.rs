//! How much a rule weighs for this user: levels and suppressions, read from the text of a `twinrail.toml`. Not here: reading the file.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use twinrail_facts::Date;
use twinrail_model::Class;

use crate::registry::{RULES, find};

/// What a violated rule does to the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The rule is not run.
    Allow,
    /// Printed and counted.
    Warn,
    /// Fails the check if violated in every world.
    Deny,
}

impl Level {
    /// Before a user says otherwise.
    pub fn default_of(class: Class) -> Self {
        match class {
            Class::Refused | Class::Broken => Self::Deny,
            Class::Risk => Self::Warn,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// A finding that the user has accepted for one resource, until a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    pub rule: String,
    /// Canonical name of the resource or of a part of the model file; a final `*` matches the rest.
    pub resource: String,
    pub reason: String,
    pub expires: Date,
}

impl Suppression {
    /// Whether it is about this resource.
    pub fn covers(&self, resource: &str) -> bool {
        match self.resource.strip_suffix('*') {
            Some(prefix) => resource.starts_with(prefix),
            None => resource == self.resource,
        }
    }
}

/// A `twinrail.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    pub levels: BTreeMap<String, Level>,
    #[serde(default)]
    pub suppress: Vec<Suppression>,
}

/// What is wrong with a `twinrail.toml`: one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| ConfigError(vec![error.to_string()]))?;
        let named = config.levels.keys().chain(config.suppress.iter().map(|suppression| &suppression.rule));
        let mut errors: Vec<String> = named
            .filter(|code| find(code).is_none())
            .map(|code| format!("no rule is named `{code}`{}", near(code)))
            .collect();
        errors.extend(config.suppress.iter().filter(|suppression| suppression.reason.trim().is_empty()).map(
            |suppression| {
                format!("the suppression of `{}` for `{}` gives no reason", suppression.rule, suppression.resource)
            },
        ));
        if errors.is_empty() { Ok(config) } else { Err(ConfigError(errors)) }
    }

    pub fn level(&self, code: &str, class: Class) -> Level {
        self.levels.get(code).copied().unwrap_or_else(|| Level::default_of(class))
    }
}

fn near(code: &str) -> String {
    let nearest = RULES.iter().map(|rule| rule.code).max_by(|a, b| {
        let score = |other: &str| strsim::jaro_winkler(code, other);
        score(a).total_cmp(&score(b)).then_with(|| b.cmp(a))
    });
    nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_rule_gets_a_suggestion() {
        let error = Config::parse("[levels]\nnic-type-not-on-profil = \"warn\"").expect_err("no such rule");
        assert_eq!(
            error.to_string(),
            "no rule is named `nic-type-not-on-profil`; did you mean `nic-type-not-on-profile`?"
        );
    }

    #[test]
    fn a_suppression_has_a_reason_and_a_day() {
        let text = "[[suppress]]\nrule = \"nic-type-not-on-profile\"\nresource = \"x\"\nreason = \" \"\nexpires = \"2027-01-01\"";
        assert!(Config::parse(text).expect_err("no reason").to_string().contains("gives no reason"));
        assert!(Config::parse(&text.replace("2027-01-01", "soon")).is_err());
    }
}
