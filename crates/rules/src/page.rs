//! A rule's page: Markdown in a fixed form, so that it explains, generates the index and runs as a test.
//!
//! The form: `# code`, one sentence that says what is found, then the sections `Why`, `Fix`, `Example`, `Near miss` and
//! `References`, in this order. Example and near miss each hold one or more fenced blocks that open with three backticks
//! and `yaml of NAME`: a JSON merge patch, written as YAML, of the healthy example of that name; for `plan`, the steps of a
//! Terraform plan. What comes out must be violated by the rule in at least one world (example) or be neither violated nor
//! dependent (near miss). References names the facts that the rule reads, in backticks after `Facts:`.

/// A page, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub code: &'static str,
    /// One sentence: what is found.
    pub summary: &'static str,
    pub why: &'static str,
    pub fix: &'static str,
    pub examples: Vec<Example>,
    pub near_misses: Vec<Example>,
    /// Ids of the facts that the rule reads.
    pub facts: Vec<&'static str>,
}

/// A merge patch of a healthy example, or a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// Name of the healthy example, or [`Example::PLAN`].
    pub of: &'static str,
    /// The patch, or the steps of the plan, as YAML.
    pub patch: &'static str,
}

impl Example {
    /// Stands for a healthy example where the example is no model but the steps of a Terraform plan.
    pub const PLAN: &'static str = "plan";
}

impl Page {
    /// Takes a page apart, or says what is wrong with its form.
    pub fn parse(text: &'static str) -> Result<Self, String> {
        let (title, body) =
            text.strip_prefix("# ").and_then(|text| text.split_once('\n')).ok_or("begins with `# code`")?;
        let mut sections = body.split("\n## ");
        let summary = sections.next().unwrap_or_default().trim();
        if summary.is_empty() || summary.contains("\n\n") {
            return Err("one paragraph says what is found".to_owned());
        }
        let mut texts = Vec::new();
        for expected in ["Why", "Fix", "Example", "Near miss", "References"] {
            let section = sections.next().ok_or_else(|| format!("the section `{expected}` is missing"))?;
            let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
            if heading.trim() != expected {
                return Err(format!("`{heading}` stands where `{expected}` belongs"));
            }
            texts.push(text.trim());
        }
        if let Some(extra) = sections.next() {
            return Err(format!("an unexpected section: {}", extra.lines().next().unwrap_or_default()));
        }
        let [why, fix, example, near_miss, references] = texts[..] else {
            unreachable!("five sections were read");
        };
        let page = Self {
            code: title.trim(),
            summary,
            why,
            fix,
            examples: blocks(example)?,
            near_misses: blocks(near_miss)?,
            facts: backticked(references.lines().find_map(|line| line.strip_prefix("Facts:")).unwrap_or_default()),
        };
        if page.examples.is_empty() || page.near_misses.is_empty() || why.is_empty() || fix.is_empty() {
            return Err("why, fix, an example and a near miss are never empty".to_owned());
        }
        Ok(page)
    }
}

fn blocks(section: &'static str) -> Result<Vec<Example>, String> {
    let mut found = Vec::new();
    let mut rest = section;
    while let Some(at) = rest.find("```") {
        let (head, body) = rest[at + 3..].split_once('\n').ok_or("a block without an end")?;
        let (patch, after) = body.split_once("\n```").ok_or("a block without an end")?;
        let of = head
            .strip_prefix("yaml of ")
            .ok_or_else(|| format!("a block opens with ```yaml of NAME, not ```{head}"))?;
        found.push(Example { of: of.trim(), patch });
        rest = after;
    }
    Ok(found)
}

fn backticked(text: &'static str) -> Vec<&'static str> {
    text.split('`').skip(1).step_by(2).collect()
}
