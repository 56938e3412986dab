//! Addresses and references as Terraform writes them, cut at their dots and brackets: `module.farm["a.b"].google_compute_instance.node[0].self_link`.
//! A key keeps its quotes and escapes, for both sides are written by the same hand and only compared. Not here: what a
//! reference leads to (`reference`).

/// A step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// `.self_link`
    Attribute(String),
    /// `[0]` or `["a"]`: what stands between the brackets.
    Key(String),
}

/// One module of an address: the name of its call, and the key if the call is repeated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Segment {
    pub name: String,
    pub key: Option<String>,
}

/// What a reference begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Root {
    Variable(String),
    /// `module.m.out`, or `module.m["a"].out`.
    Output {
        module: Segment,
        output: String,
    },
    /// `google_compute_network.n`, or `data.google_compute_network.n`.
    Block(String),
    EachKey,
    EachValue,
    CountIndex,
    /// A local value, a path, the workspace: the plan does not say what it is.
    Other,
}

/// A reference and the steps from its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub root: Root,
    pub path: Vec<Step>,
}

/// Cuts a text into steps; `None` if it is not written as Terraform would. The first name counts as an attribute.
pub(super) fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let end = key_end(inner)?;
            steps.push(Step::Key(inner[..end].to_owned()));
            rest = &inner[end + 1..];
            continue;
        }
        let name = if steps.is_empty() { rest } else { rest.strip_prefix('.')? };
        let end = name.find(['.', '[']).unwrap_or(name.len());
        if end == 0 {
            return None;
        }
        steps.push(Step::Attribute(name[..end].to_owned()));
        rest = &name[end..];
    }
    Some(steps)
}

/// Where the bracket closes; one within quotes is a part of the key.
fn key_end(text: &str) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            ']' if !is_quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// The modules of a module's address: `module.a["x"].module.b`. Empty for the root.
pub(super) fn modules(address: &str) -> Option<Vec<Segment>> {
    let mut modules: Vec<Segment> = Vec::new();
    let mut steps = steps(address)?.into_iter().peekable();
    while let Some(step) = steps.next() {
        let (Step::Attribute(word), Some(Step::Attribute(name))) = (step, steps.next()) else { return None };
        if word != "module" {
            return None;
        }
        let key = steps.next_if(|step| matches!(step, Step::Key(_))).map(|step| match step {
            Step::Key(key) | Step::Attribute(key) => key,
        });
        modules.push(Segment { name, key });
    }
    Some(modules)
}

/// The address of a module.
pub(super) fn text_of(modules: &[Segment]) -> String {
    let text = |module: &Segment| {
        let key = module.key.as_ref().map_or_else(String::new, |key| format!("[{key}]"));
        format!("module.{}{key}", module.name)
    };
    modules.iter().map(text).collect::<Vec<_>>().join(".")
}

/// The module in which a resource of this address stands.
pub(super) fn module_of(address: &str) -> Option<Vec<Segment>> {
    let mut modules = Vec::new();
    let mut steps = steps(address)?.into_iter().peekable();
    while steps.next_if(|step| *step == Step::Attribute("module".to_owned())).is_some() {
        let Some(Step::Attribute(name)) = steps.next() else { return None };
        let key = match steps.peek() {
            Some(Step::Key(key)) => Some(key.clone()),
            _ => None,
        };
        if key.is_some() {
            steps.next();
        }
        modules.push(Segment { name, key });
    }
    Some(modules)
}

/// Reads a reference.
pub(super) fn reference(text: &str) -> Option<Reference> {
    let steps = steps(text)?;
    let mut words = steps.iter().map(|step| match step {
        Step::Attribute(word) => Some(word.as_str()),
        Step::Key(_) => None,
    });
    let (first, second, third) = (words.next().flatten()?, words.next().flatten(), words.next().flatten());
    let (root, length) = match (first, second, third) {
        ("var", Some(name), _) => (Root::Variable(name.to_owned()), 2),
        ("each", Some("key"), _) => (Root::EachKey, 2),
        ("each", Some("value"), _) => (Root::EachValue, 2),
        ("count", Some("index"), _) => (Root::CountIndex, 2),
        ("module", Some(name), output) => match (output, steps.get(2), steps.get(3)) {
            (Some(output), _, _) => {
                (Root::Output { module: Segment { name: name.to_owned(), key: None }, output: output.to_owned() }, 3)
            }
            (None, Some(Step::Key(key)), Some(Step::Attribute(output))) => {
                let module = Segment { name: name.to_owned(), key: Some(key.clone()) };
                (Root::Output { module, output: output.clone() }, 4)
            }
            // Which output is lost where the key is an expression.
            _ => (Root::Other, steps.len()),
        },
        ("data", Some(of), Some(name)) => (Root::Block(format!("data.{of}.{name}")), 3),
        ("local" | "path" | "terraform" | "tofu" | "self" | "data" | "each" | "count" | "var" | "ephemeral", _, _) => {
            (Root::Other, steps.len())
        }
        (of, Some(name), _) => (Root::Block(format!("{of}.{name}")), 2),
        (_, None, _) => (Root::Other, steps.len()),
    };
    Some(Reference { root, path: steps[length..].to_vec() })
}

/// The references that an expression makes, without those that are implied by another: Terraform writes each in full, then without its last step, and so on.
/// `None` if one of them is not understood.
pub(super) fn references(texts: &[&str]) -> Option<Vec<Reference>> {
    let mut found = Vec::new();
    let mut previous = "";
    for text in texts {
        let implied = previous.strip_prefix(text).is_some_and(|rest| rest.starts_with(['.', '[']));
        if !implied {
            found.push(reference(text)?);
        }
        previous = text;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Step {
        Step::Key(text.to_owned())
    }

    fn attribute(text: &str) -> Step {
        Step::Attribute(text.to_owned())
    }

    #[test]
    fn keys_may_hold_anything() {
        let text = r#"module.a["x.y]"].module.b[0].google_compute_instance.n["say \"hi\""].network_interface[1].name"#;
        let modules = [("a", Some("\"x.y]\"")), ("b", Some("0"))]
            .map(|(name, key)| Segment { name: name.to_owned(), key: key.map(ToOwned::to_owned) });
        assert_eq!(module_of(text).as_deref(), Some(&modules[..]));
        assert_eq!(text_of(&modules), r#"module.a["x.y]"].module.b[0]"#);
        assert_eq!(super::modules(&text_of(&modules)).as_deref(), Some(&modules[..]));
        let steps = steps(text).expect("an address");
        assert_eq!(steps[8..], [key(r#""say \"hi\"""#), attribute("network_interface"), key("1"), attribute("name")]);
        for bad in ["a[", "a[\"]", "a..b", ".a", "a]b["] {
            assert_eq!(super::steps(bad), None, "{bad}");
        }
    }

    #[test]
    fn implied_references_are_left_out() {
        let texts = ["a_b.c[0].id", "a_b.c[0]", "a_b.c", "a_b.c", "each.key"];
        let found = references(&texts).expect("references");
        let roots: Vec<&Root> = found.iter().map(|reference| &reference.root).collect();
        let block = Root::Block("a_b.c".to_owned());
        assert_eq!(roots, [&block, &block, &Root::EachKey]);
        assert_eq!(found[0].path, [key("0"), attribute("id")]);
        assert_eq!(references(&["a_b.cd", "a_b.c"]).map(|found| found.len()), Some(2));
        let output = references(&["module.m[\"k\"].out[2]", "module.m[\"k\"].out", "module.m[\"k\"]"]).expect("one");
        assert_eq!((output.len(), &output[0].path), (1, &vec![key("2")]));
        assert_eq!(reference("module.m").map(|found| found.root), Some(Root::Other));
    }
}
