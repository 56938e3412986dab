//! Rust as tokens with their lines, attributes and test modules left out: what the checks of numbers, names and lengths
//! look at. Macros are not expanded, and their
//! arguments are looked at like all else. Not here: any check.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A token as it is written, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub line: usize,
    pub text: String,
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// From the line of `fn` to that of the closing brace.
    pub lines: usize,
}

/// All tokens of a file.
pub fn parse(text: &str) -> Result<TokenStream, String> {
    text.parse().map_err(|error| format!("{error}"))
}

/// Literals outside attributes and tests, those of macro arguments included.
pub fn literals(stream: TokenStream) -> Vec<Word> {
    let mut found = Vec::new();
    for token in code(stream) {
        match token {
            TokenTree::Literal(literal) => {
                found.push(Word { line: literal.span().start().line, text: literal.to_string() });
            }
            TokenTree::Group(group) => found.extend(literals(group.stream())),
            _ => {}
        }
    }
    found
}

/// Paths such as `keys::limits::X`, given by their first part: the part that follows, or each of those in braces, with its line.
pub fn paths_from(stream: TokenStream, first: &str) -> Vec<Word> {
    let tokens = code(stream);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(paths_from(group.stream(), first)),
            TokenTree::Ident(ident) if *ident == first && is_separator(&tokens[at + 1..]) => match tokens.get(at + 3) {
                Some(TokenTree::Group(group)) => found.extend(heads(group)),
                Some(next) => found.push(Word { line: next.span().start().line, text: next.to_string() }),
                None => {}
            },
            _ => {}
        }
    }
    found
}

fn is_separator(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    tokens.len() > 1 && is_colon(&tokens[0]) && is_colon(&tokens[1])
}

/// The first part of each path of a list.
fn heads(list: &Group) -> Vec<Word> {
    let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let heads = tokens.split(is_comma).filter_map(|path| path.first());
    heads.map(|head| Word { line: head.span().start().line, text: head.to_string() }).collect()
}

/// Every identifier outside attributes and tests.
pub fn identifiers(stream: TokenStream) -> Vec<Word> {
    let mut found = Vec::new();
    for token in code(stream) {
        match token {
            TokenTree::Ident(ident) => {
                found.push(Word { line: ident.span().start().line, text: ident.to_string() });
            }
            TokenTree::Group(group) => found.extend(identifiers(group.stream())),
            _ => {}
        }
    }
    found
}

/// Every field that is reached by a dot: `row.next_hop`.
pub fn accesses(stream: TokenStream) -> Vec<String> {
    let tokens = code(stream);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(accesses(group.stream())),
            TokenTree::Ident(ident) if at > 0 && is_punct(&tokens[at - 1], '.') => found.push(ident.to_string()),
            _ => {}
        }
    }
    found
}

/// Public fields of structs, as `Struct.field`.
pub fn public_fields(stream: TokenStream) -> Vec<String> {
    let tokens = code(stream);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..] = &tokens[at..] else {
            continue;
        };
        if *word != "struct" || body.delimiter() != Delimiter::Brace {
            continue;
        }
        let inside = code(body.stream());
        for field in inside.windows(3) {
            if let [TokenTree::Ident(public), TokenTree::Ident(field), colon] = field
                && *public == "pub"
                && is_punct(colon, ':')
            {
                found.push(format!("{name}.{field}"));
            }
        }
    }
    found
}

fn is_punct(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// Functions, those inside others and inside tests too.
pub fn functions(stream: TokenStream) -> Vec<Function> {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => found.extend(functions(group.stream())),
            TokenTree::Ident(ident) if *ident == "fn" => {
                if let (Some(TokenTree::Ident(name)), Some(body)) = (tokens.get(at + 1), body(&tokens[at..])) {
                    let lines = body.span_close().end().line + 1 - ident.span().start().line;
                    found.push(Function { name: name.to_string(), lines });
                }
            }
            _ => {}
        }
    }
    found
}

/// The first block of a function's tokens; `None` if a semicolon ends it before.
fn body(tokens: &[TokenTree]) -> Option<&Group> {
    tokens.iter().find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(Some(group)),
        TokenTree::Punct(punct) if punct.as_char() == ';' => Some(None),
        _ => None,
    })?
}

/// The tokens without attributes and without the items that an attribute makes a test.
fn code(stream: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = stream.into_iter().peekable();
    let mut in_test = false;
    while let Some(token) = tokens.next() {
        if let TokenTree::Punct(punct) = &token
            && punct.as_char() == '#'
        {
            // `#![…]` has a mark between.
            tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
            if let Some(TokenTree::Group(attribute)) = tokens.next_if(is_bracket) {
                let text = attribute.stream().to_string().replace(' ', "");
                in_test |= text == "cfg(test)" || text == "test";
                continue;
            }
        }
        if in_test {
            let ends = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                _ => false,
            };
            in_test = !ends;
            continue;
        }
        kept.push(token);
    }
    kept
}

fn is_bracket(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
#![doc = "11"]
/// Twelve: 12.
fn one(x: [u8; 13]) -> u8 {
    matches!(x, 14 | "a b");
    1
}
trait T { fn none(&self); fn default(&self) {} }
#[cfg(test)]
mod tests { const X: u8 = 15; }
const KEY: Key = keys::limits::ROUTES;
#[test]
fn test() { let x = 16; }
"#;

    #[test]
    fn literals_leave_out_attributes_and_tests() {
        let found: Vec<String> = literals(parse(TEXT).expect("Rust")).into_iter().map(|found| found.text).collect();
        assert_eq!(found, ["13", "14", "\"a b\"", "1"]);
    }

    #[test]
    fn functions_have_a_length() {
        let found: Vec<(String, usize)> =
            functions(parse(TEXT).expect("Rust")).into_iter().map(|found| (found.name, found.lines)).collect();
        let expected = [("one", 4), ("default", 1), ("test", 1)];
        assert_eq!(found, expected.map(|(name, lines)| (name.to_owned(), lines)));
    }

    #[test]
    fn paths_are_found_by_their_first_part() {
        let found = paths_from(parse(TEXT).expect("Rust"), "keys");
        assert_eq!(found, [Word { line: 11, text: "limits".to_owned() }]);
        let listed = paths_from(parse("use std::{fs, env::var};").expect("Rust"), "std");
        assert_eq!(listed.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["fs", "env"]);
    }
}
