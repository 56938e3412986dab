//! Places against an oracle that writes the text itself and remembers where it put what; and input that nobody should send.

use proptest::prelude::*;

use super::*;

/// A part of a block's body, as it is to be written.
#[derive(Debug, Clone)]
enum Part {
    Leaf(usize),
    List(Vec<usize>),
    Map(Vec<usize>),
    Heredoc(&'static str),
    Noise(usize),
    Nested { name: &'static str, dynamic: bool, parts: Vec<Part> },
}

/// Values on one line, with what could mislead: quotes, braces, comments, wide characters.
const LEAVES: &[&str] = &[
    "17",
    "-1.5e3",
    "null",
    "true",
    "\"plain\"",
    "\"ünï \u{1f980} } # {\"",
    "\"a ${var.b[\"c\"]} \\\" $${d}\"",
    "google_compute_subnetwork.a[each.key].self_link",
    "cidrsubnet(var.base, 4, 1 + 2)",
    "var.x ? 1 : (2)",
    "(\"in parentheses\")",
    "module.net[\"a.b\"].ids[*].name",
];

const NOISE: &[&str] = &["# } resource \"a\" \"b\" {", "// é \" {", "/* nested {\n  x = \"</ */", "", "# <<EOT"];

/// Text that grows, and what stands where in it.
struct Writer {
    text: String,
    newline: &'static str,
    /// Attribute paths in the block that is being written, and their bytes.
    known: Vec<(String, Range<usize>)>,
}

impl Writer {
    fn new(mark: bool, crlf: bool) -> Self {
        let text = if mark { "\u{feff}".to_owned() } else { String::new() };
        Self { text, newline: if crlf { "\r\n" } else { "\n" }, known: Vec::new() }
    }

    fn put(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    fn line(&mut self, text: &str) {
        self.put(text);
        self.put(self.newline);
    }

    /// `path` leads here; without one, no number does.
    fn know(&mut self, path: Option<&str>, below: &str, at: &Range<usize>) {
        if let Some(path) = path {
            self.known.push((format!("{path}/{below}"), at.clone()));
        }
    }

    /// Writes a block; what is not in it stands at its header.
    fn block(&mut self, header: &str, path: Option<&str>, parts: &[Part]) -> Range<usize> {
        let at = self.put(header);
        self.line(" { # {");
        self.body(parts, path, &at);
        self.line("}");
        at
    }

    fn body(&mut self, parts: &[Part], path: Option<&str>, header: &Range<usize>) {
        self.know(path, "missing", header);
        let mut seen: BTreeMap<&str, Vec<bool>> = BTreeMap::new();
        for (number, part) in parts.iter().enumerate() {
            match part {
                Part::Noise(noise) => self.line(&NOISE[*noise].replace('\n', self.newline)),
                Part::Nested { name, dynamic, parts: inner } => {
                    let before = seen.entry(name).or_default();
                    // A number leads to it if no dynamic block is before it, and to a dynamic one only if none follows.
                    let last = like(parts, name).len() == before.len() + 1;
                    let sure = !before.contains(&true) && (last || !dynamic);
                    let below = format!("{name}/{}", before.len());
                    before.push(*dynamic);
                    let inner_path = path.filter(|_| sure).map(|path| format!("{path}/{below}"));
                    if !sure {
                        self.know(path, &below, header);
                    }
                    self.nested(name, *dynamic, inner_path.as_deref(), inner);
                }
                value => self.attribute(&format!("a{number}"), value, path),
            }
        }
        for (name, seen) in seen {
            if !seen.contains(&true) {
                self.know(path, &format!("{name}/{}/x", seen.len()), header);
            }
        }
    }

    fn nested(&mut self, name: &str, dynamic: bool, path: Option<&str>, parts: &[Part]) {
        let at = if dynamic {
            let at = self.put(&format!("dynamic \"{name}\""));
            self.line(" {");
            self.line("for_each = var.x");
            self.line("content {");
            self.body(parts, path, &at);
            self.line("}");
            self.line("}");
            at
        } else {
            self.block(name, path, parts)
        };
        self.know(path, "", &at);
        if let Some((list, _)) = path.filter(|_| dynamic).and_then(|path| path.rsplit_once('/')) {
            // It may make any number of blocks.
            self.know(Some(list), "999", &at);
        }
    }

    fn attribute(&mut self, name: &str, value: &Part, path: Option<&str>) {
        let key = self.put(name);
        self.put(" = ");
        let at = match value {
            Part::Leaf(leaf) => self.put(LEAVES[*leaf]),
            Part::List(leaves) => {
                self.line("[");
                for (number, leaf) in leaves.iter().enumerate() {
                    let at = self.put(LEAVES[*leaf]);
                    self.know(path, &format!("{name}/{number}"), &at);
                    self.line(", # ]");
                }
                self.put("]");
                self.know(path, &format!("{name}/{}", leaves.len()), &key);
                key
            }
            Part::Map(leaves) => {
                self.line("{");
                for (number, leaf) in leaves.iter().enumerate() {
                    self.put(&format!("\"k/{number}\" = "));
                    let at = self.put(LEAVES[*leaf]);
                    self.know(path, &format!("{name}/k~1{number}"), &at);
                    self.line(" // }");
                }
                self.put("}");
                key
            }
            Part::Heredoc(start) => {
                self.line(start);
                self.line("  } é \" resource \"x\" \"y\" {");
                self.put("EOT");
                key
            }
            Part::Noise(_) | Part::Nested { .. } => unreachable!("no value"),
        };
        self.know(path, name, &at);
        self.line("");
    }
}

/// The blocks of this name among the parts: which are dynamic.
fn like(parts: &[Part], wanted: &str) -> Vec<bool> {
    let kind = |part: &Part| match part {
        Part::Nested { name, dynamic, .. } if *name == wanted => Some(*dynamic),
        _ => None,
    };
    parts.iter().filter_map(kind).collect()
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let leaves = || prop::collection::vec(0..LEAVES.len(), 0..4);
    let part = prop_oneof![
        4 => (0..LEAVES.len()).prop_map(Part::Leaf),
        1 => leaves().prop_map(Part::List),
        1 => leaves().prop_map(Part::Map),
        1 => prop::sample::select(vec!["<<EOT", "<<-EOT"]).prop_map(Part::Heredoc),
        1 => (0..NOISE.len()).prop_map(Part::Noise),
    ];
    let nested = part.prop_recursive(3, 40, 6, |inner| {
        let name = prop::sample::select(vec!["network_interface", "alias_ip_range"]);
        let nested = (name, prop::bool::weighted(0.25), prop::collection::vec(inner.clone(), 0..6));
        prop_oneof![inner, nested.prop_map(|(name, dynamic, parts)| Part::Nested { name, dynamic, parts })]
    });
    prop::collection::vec(nested, 0..8)
}

/// Keys of `count` and `for_each` as an address has them.
const KEYS: &[&str] =
    &["", "[0]", "[17]", "[\"a.b\"]", "[\"]\\\"[.module.x\"]", "[\"ü\\\\\"]", "[\"$${x}\"]", "[\"\"]"];

/// How a module's folder is called from its caller's (`#` is a number of its own), and whether its files are given.
const CALLS: &[(&str, bool)] = &[
    ("./sub#", true),
    ("./sub/../sub#/.//", true),
    ("../beside#", true),
    ("../../up/two#", true),
    ("./gone", false),
    ("terraform-google-modules/network/google", false),
    ("git::https://example.com/network.git//modules/net?ref=v1", false),
];

/// A configuration: modules one below the other, each with a resource.
#[derive(Debug, Clone)]
struct Level {
    call: usize,
    key: usize,
    mark: bool,
    crlf: bool,
    data: bool,
    parts: Vec<Part>,
}

fn level() -> impl Strategy<Value = Level> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (0..CALLS.len(), 0..KEYS.len(), flags, parts()).prop_map(|(call, key, (mark, crlf, data), parts)| Level {
        call,
        key,
        mark,
        crlf,
        data,
        parts,
    })
}

/// What is asked, and where it stands.
type Known = Vec<(String, String, SourceId, Range<usize>)>;

/// Writes the files of a configuration in a folder that is this deep, each level with a `module` block for the next.
fn write(levels: &[Level], base: &str) -> (Vec<(SourceId, String, String)>, Known) {
    let mut files = Vec::new();
    let mut known = Known::new();
    let (mut folder, mut prefix) = (base.to_owned(), String::new());
    // Where everything stands from here on, once a module's files are not given.
    let mut caller: Option<(SourceId, Range<usize>)> = None;
    for (number, level) in levels.iter().enumerate() {
        let source = SourceId(levels.len() - number);
        let mut writer = Writer::new(level.mark, level.crlf);
        let (word, kind) = if level.data { ("data", "data.t_x.") } else { ("resource", "t_x.") };
        let address = format!("{prefix}{kind}node{}", KEYS[level.key]);
        writer.line("locals { x = 1 }");
        let header = writer.block(&format!("{word} \"t_x\" \"node\""), Some(""), &level.parts);
        writer.know(Some(""), "", &header);
        for (path, at) in std::mem::take(&mut writer.known) {
            let (source, at) = caller.clone().unwrap_or((source, at));
            known.push((address.clone(), path, source, at));
        }
        let (call, given) = CALLS[level.call];
        let call = call.replace('#', &number.to_string());
        let at = writer.block(&format!("module \"m{number}\""), None, &[]);
        // The source goes before the closing brace.
        let end = writer.text.rfind('}').expect("a block ends");
        writer.text.insert_str(end, &format!("source = \"{call}\"{}", writer.newline));
        prefix = format!("{prefix}module.m{number}{}.", KEYS[level.key]);
        let here = caller.clone().unwrap_or((source, at));
        known.push((prefix.trim_end_matches('.').to_owned(), String::new(), here.0, here.1.clone()));
        if caller.is_none() {
            files.push((source, format!("{folder}/main.tf"), writer.text));
        }
        folder = format!("{folder}/{call}");
        if !given {
            caller = Some(here);
        }
    }
    (files, known)
}

proptest! {
    #[test]
    fn every_place_is_where_the_text_was_written(
        levels in prop::collection::vec(level(), 1..5),
        base in prop::sample::select(vec![".", "infra/prod/x/y/z", "/abs/a/b/c/d/e/f/g/h", "../../..", "./a/b/../c"]),
    ) {
        let (files, known) = write(&levels, base);
        let given = files.iter().map(|(source, path, text)| (*source, path.as_str(), text.as_str()));
        let (sources, errors) = Sources::parse(given);
        prop_assert_eq!(errors, vec![]);
        for (address, path, source, at) in known {
            let found = sources.locate(&address, &path);
            prop_assert_eq!(found, Some((source, at)), "{} {}", address, path);
        }
    }

    #[test]
    fn any_text_has_an_outcome(text in "(resource|\"a\"|\"|[{}\\[\\]()=]|<<EOT\n|\\$\\{|%\\{ if|é|[a-z]|[-!?:.,]|\r|\n| ){0,60}") {
        let (_, errors) = Sources::parse([(SourceId(0), "main.tf", text.as_str())]);
        for error in errors {
            prop_assert!(text.get(error.at..).is_some(), "{:?} stands in the text", error);
        }
    }

    #[test]
    fn any_address_has_an_outcome(address in "(module\\.|data\\.|a|\\.|\\[|\\]|\"|\\\\|é|0){0,20}", path in "(a|b|/|~|0|9999999999999999999999){0,8}") {
        let text = "resource \"a\" \"a\" {\n b {\n a = [1]\n }\n}\nmodule \"a\" {\n source = \"./\"\n}\n";
        let (sources, _) = Sources::parse([(SourceId(0), "main.tf", text)]);
        if let Some((_, at)) = sources.locate(&address, &path) {
            prop_assert!(text.get(at).is_some());
        }
    }
}

/// Parses files of these paths and texts, and leads an address to the words that stand there.
fn place(files: &[(&str, &str)], address: &str, path: &str) -> Option<String> {
    let given = files.iter().enumerate().map(|(number, (path, text))| (SourceId(number), *path, *text));
    let (sources, errors) = Sources::parse(given);
    assert_eq!(errors, []);
    let (source, at) = sources.locate(address, path)?;
    Some(format!("{}: {}", files[source.0].0, &files[source.0].1[at]))
}

#[test]
fn a_path_is_resolved_as_far_as_it_can_be() {
    for (path, resolved) in [
        ("main.tf", "main.tf"),
        ("./a/./b//../main.tf", "a/main.tf"),
        ("../../a/../main.tf", "../../main.tf"),
        ("/a/../../main.tf", "/main.tf"),
        ("a\\..\\b\\main.tf", "b/main.tf"),
    ] {
        assert_eq!(normal(path), resolved, "{path}");
    }
}

#[test]
fn an_element_of_a_set_has_no_number() {
    let text = "resource \"f\" \"f\" {\n allow {\n  protocol = \"tcp\"\n }\n allow {\n  protocol = \"udp\"\n }\n \
                deny {\n  ports = [\"1\", \"2\"]\n }\n source_ranges = [\"10.0.0.0/8\"]\n tags = [\"a\", \"b\"]\n}\n";
    let files = [("main.tf", text)];
    let at = |path| place(&files, "f.f", path).expect("a place");
    assert_eq!(at("allow/0/protocol"), "main.tf: resource \"f\" \"f\"");
    assert_eq!(at("deny/0/ports/1"), "main.tf: ports");
    assert_eq!(at("source_ranges/0"), "main.tf: \"10.0.0.0/8\"");
    assert_eq!(at("tags/0"), "main.tf: tags");
}

#[test]
fn one_of_several_roots_is_taken_only_if_it_is_the_only_one() {
    let root = "resource \"n\" \"x\" {}\nmodule \"m\" {\n source = \"../../m\"\n}\n";
    let files = [
        ("envs/a/main.tf", root),
        ("envs/b/main.tf", root),
        ("envs/b/more.tf", "resource \"n\" \"y\" {}"),
        ("m/main.tf", "resource \"n\" \"z\" {}"),
    ];
    // Two roots have it, each its own; one has it; both lead to the same.
    assert_eq!(place(&files, "n.x", ""), None);
    assert_eq!(place(&files, "n.y", "").as_deref(), Some("envs/b/more.tf: resource \"n\" \"y\""));
    assert_eq!(place(&files, "module.m.n.z", "").as_deref(), Some("m/main.tf: resource \"n\" \"z\""));
    // A module that is planned alone, beside those that call it.
    assert_eq!(place(&files, "n.z", "").as_deref(), Some("m/main.tf: resource \"n\" \"z\""));
    assert_eq!(place(&files, "n.gone", ""), None);
    // The one that was initialised decides, and what it downloaded is nobody's text.
    let initialised = [
        &files[..],
        &[("envs/b/.terraform/modules/modules.json", "{}"), ("envs/b/.terraform/modules/far/main.tf", "nonsense {")],
    ]
    .concat();
    assert_eq!(place(&initialised, "n.x", "").as_deref(), Some("envs/b/main.tf: resource \"n\" \"x\""));
}

#[test]
fn an_override_does_not_count() {
    let text = "resource \"n\" \"x\" {\n a = 1\n}\n";
    let files = [("a_override.tf", "resource \"n\" \"x\" {\n a = 2\n}\n"), ("b.tf", text), ("override.tf", text)];
    assert_eq!(place(&files, "n.x", "a").as_deref(), Some("b.tf: 1"));
}

#[test]
fn a_file_that_is_not_understood_is_said_and_the_others_count() {
    let long = format!("# {}", "x".repeat(MAX_BYTES));
    let wide = format!("a = {{\n{}}}\n", "x = 1\n".repeat(MAX_ENTRIES));
    let files = [
        ("a.tf", "resource \"n\" \"x\" {\n a = ü(\n"),
        ("b.tf.json", "{}"),
        ("c.tf", "resource \"n\" \"y\" {}"),
        ("d.tf", &long),
        ("e.tf", &wide),
    ];
    let given = files.iter().enumerate().map(|(number, (path, text))| (SourceId(number), *path, *text));
    let (sources, errors) = Sources::parse(given);
    let said: Vec<String> =
        errors.iter().map(|error| format!("{}: {}", files[error.source.0].0, error.message)).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    a.tf: not valid HCL: expected `)` or expression
    b.tf.json: Terraform's JSON syntax is not understood
    d.tf: a configuration file of 1048578 bytes, more than 1048576
    e.tf: a configuration file of 30001 assignments, more than 30000
    ");
    assert_eq!(sources.locate("n.y", ""), Some((SourceId(2), 0..16)));
}

#[test]
fn deep_and_wide_texts_have_an_outcome() {
    let deep = 100_000;
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{a=", "}"),
        ("f(", ")"),
        ("\"${", "}\""),
        ("[for x in ", ": x]"),
        ("x[", "]"),
        ("!", ""),
        ("-", ""),
        ("1+", ""),
        ("a ? b : ", ""),
        ("a ? ", " : 1"),
        ("a.", ""),
        ("\"%{ if ", "}%{ endif }\""),
        ("<<EOT\n${", "}\nEOT\n"),
    ] {
        for text in
            [format!("a = {}1{}\n", open.repeat(deep), close.repeat(deep)), format!("a = {}", open.repeat(deep))]
        {
            Sources::parse([(SourceId(0), "main.tf", &text[..text.len().min(MAX_BYTES)])]);
        }
    }
    let blocks = format!("resource \"n\" \"x\" {}", "{\n b ".repeat(deep));
    assert_eq!(Sources::parse([(SourceId(0), "main.tf", blocks.as_str())]).1.len(), 1);
    let many: Vec<String> = (0..20_000).map(|number| format!("resource \"n\" \"x{number}\" {{}}")).collect();
    assert_eq!(
        place(&[("main.tf", &many.join("\n"))], "n.x19999", "").as_deref(),
        Some("main.tf: resource \"n\" \"x19999\"")
    );
}
