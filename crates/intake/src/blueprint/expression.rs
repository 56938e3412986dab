//! Expressions in the texts of a blueprint: `$(vars.zone)`, `$(vars.name)-net`, `$(concat([a.b], c.d))`, and the older
//! `((var.zone))`. The grammar is HCL's, read by a library; here is what an expression comes to when parts of the blueprint
//! are not known. Everything is bounded: depth, and the size of all that is computed.
//! Not here: what a function does (`function`) and what a module gives (`module`).

use std::collections::BTreeMap;

use hcl::Expression;
use hcl::expr::{
    BinaryOperator, Conditional, ForExpr, FuncCall, ObjectKey, Operation, TemplateExpr, TraversalOperator,
    UnaryOperator,
};
use hcl::template::{Element, Template};
use serde_json::Value as Json;

use super::function;
use super::value::{OTHERS, Value};
use super::{Fault, Reading};

/// Expressions, variables and modules within each other at most: far above any real blueprint, far below the stack.
const MAX_DEPTH: usize = 150;
/// All values that the expressions of a blueprint come to, in bytes, at most.
const MAX_WORK: usize = 20_000_000;

/// A part of a text.
enum Piece {
    Literal(String),
    Expression(Expression),
}

/// Names that a `for` gives to what it goes over.
type Locals = Vec<(String, Value)>;

impl Reading<'_> {
    /// A part of the blueprint with its expressions evaluated; what is wrong with them is reported.
    pub(super) fn value(&mut self, at: &str, json: &Json) -> Value {
        match json {
            Json::String(text) => self.text(at, text).unwrap_or_else(|fault| {
                self.fault(at, fault);
                Value::Unknown
            }),
            Json::Array(items) => {
                let items = items.iter().enumerate();
                Value::List(items.map(|(place, item)| self.value(&format!("{at}/{place}"), item)).collect())
            }
            Json::Object(fields) => {
                let fields = fields.iter();
                let value = |(key, value): (&String, &Json)| {
                    let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                    (key.clone(), self.value(&pointer, value))
                };
                Value::Map(fields.map(value).collect())
            }
            other => Value::of_json(other),
        }
    }

    fn text(&mut self, at: &str, text: &str) -> Result<Value, Fault> {
        if let Some(inner) = text.strip_prefix("((").and_then(|rest| rest.strip_suffix("))")) {
            let expression = self.parse(inner)?;
            return self.eval(at, &expression, &Vec::new());
        }
        if !text.contains("$(") {
            return Ok(Value::text(text.replace("\\((", "((")));
        }
        let mut pieces = self.pieces(text)?;
        if let [Piece::Expression(expression)] = pieces.as_slice() {
            return self.eval(at, expression, &Vec::new());
        }
        let mut whole = String::new();
        let mut is_open = false;
        for piece in pieces.drain(..) {
            match piece {
                Piece::Literal(literal) => whole.push_str(&literal),
                Piece::Expression(expression) => {
                    let value = self.eval(at, &expression, &Vec::new())?;
                    is_open |= !push_text(&mut whole, &value)?;
                }
            }
        }
        Ok(if is_open { Value::Unknown } else { Value::Text(whole) })
    }

    /// The parts of a text. An expression ends at the first parenthesis that makes it one; half of the backslashes before
    /// `$(` stay, and an odd one makes it plain text.
    fn pieces(&mut self, text: &str) -> Result<Vec<Piece>, Fault> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("$(") {
            let before = &rest[..at];
            let slashes = before.len() - before.trim_end_matches('\\').len();
            literal.push_str(&before[..before.len() - slashes.div_ceil(2)]);
            rest = &rest[at + 2..];
            if slashes % 2 == 1 {
                literal.push_str("$(");
                continue;
            }
            let (expression, after) = self.shortest(rest)?;
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Expression(expression));
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(pieces)
    }

    /// The shortest expression that a closing parenthesis ends, and what is after it.
    fn shortest<'t>(&mut self, text: &'t str) -> Result<(Expression, &'t str), Fault> {
        let mut fault = Fault::new("`$(` without the parenthesis that ends it");
        for (at, _) in text.match_indices(')') {
            match self.parse(&text[..at]) {
                Ok(expression) => return Ok((expression, &text[at + 1..])),
                Err(found) if found.is_final => return Err(found),
                Err(found) => fault = found,
            }
        }
        Err(fault.hint("write `\\$(` where the text is meant as it stands"))
    }

    fn parse(&mut self, text: &str) -> Result<Expression, Fault> {
        self.spend(text.len())?;
        text.trim().parse().map_err(|_: hcl::Error| Fault::new(format!("`{}` is no expression", brief(text))))
    }

    fn spend(&mut self, size: usize) -> Result<(), Fault> {
        self.work = self.work.saturating_add(size);
        if self.work > MAX_WORK {
            return Err(Fault::too_much(format!("the expressions come to more than {MAX_WORK} bytes")));
        }
        Ok(())
    }

    /// One level deeper; too deep is a fault.
    pub(super) fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(Fault::too_much(format!("expressions lead more than {MAX_DEPTH} steps deep")));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn eval(&mut self, at: &str, expression: &Expression, locals: &Locals) -> Result<Value, Fault> {
        let value = self.deeper(|reading| reading.eval_within(at, expression, locals))?;
        self.spend(value.size())?;
        Ok(value)
    }

    fn eval_within(&mut self, at: &str, expression: &Expression, locals: &Locals) -> Result<Value, Fault> {
        Ok(match expression {
            Expression::Null => Value::Null,
            Expression::Bool(value) => Value::Bool(*value),
            Expression::Number(number) => number.as_f64().map_or(Value::Unknown, Value::Number),
            Expression::String(text) => Value::text(text),
            Expression::Array(items) => {
                Value::List(items.iter().map(|item| self.eval(at, item, locals)).collect::<Result<_, _>>()?)
            }
            Expression::Object(fields) => {
                let mut map = BTreeMap::new();
                for (key, value) in fields {
                    let key = match key {
                        ObjectKey::Identifier(name) => Some(name.to_string()),
                        ObjectKey::Expression(key) => self.key(at, key, locals)?,
                        _ => None,
                    };
                    let value = self.eval(at, value, locals)?;
                    match key {
                        Some(key) => map.insert(key, value),
                        None => map.insert(OTHERS.to_owned(), Value::Unknown),
                    };
                }
                Value::Map(map)
            }
            Expression::TemplateExpr(template) => self.template(at, template, locals)?,
            Expression::Variable(name) => return self.root(at, name, &[], locals),
            Expression::Traversal(traversal) => {
                let operators: Vec<&TraversalOperator> = traversal.operators.iter().collect();
                return match &traversal.expr {
                    Expression::Variable(name) => self.root(at, name, &operators, locals),
                    other => {
                        let value = self.eval(at, other, locals)?;
                        self.traverse(at, value, &operators, locals)
                    }
                };
            }
            Expression::FuncCall(call) => return self.call(at, call, locals),
            Expression::Parenthesis(inner) => return self.eval(at, inner, locals),
            Expression::Conditional(conditional) => return self.conditional(at, conditional, locals),
            Expression::Operation(operation) => return self.operation(at, operation, locals),
            Expression::ForExpr(each) => return self.for_each(at, each, locals),
            _ => return Err(Fault::new("an expression of a kind that is not understood")),
        })
    }

    /// The key of an object; `None` if it is not known.
    fn key(&mut self, at: &str, key: &Expression, locals: &Locals) -> Result<Option<String>, Fault> {
        let value = self.eval(at, key, locals)?;
        if value.is_open() {
            return Ok(None);
        }
        value.to_text().map(Some).ok_or_else(|| Fault::new(format!("{} is no key of a map", value.kind())))
    }

    fn template(&mut self, at: &str, template: &TemplateExpr, locals: &Locals) -> Result<Value, Fault> {
        let template = Template::from_expr(template).map_err(|_| Fault::new("a text that is no template"))?;
        if let [Element::Interpolation(only)] = template.elements() {
            return self.eval(at, &only.expr, locals);
        }
        let mut whole = String::new();
        let mut is_open = false;
        for element in template.elements() {
            match element {
                Element::Literal(literal) => whole.push_str(literal),
                Element::Interpolation(part) => {
                    let value = self.eval(at, &part.expr, locals)?;
                    is_open |= !push_text(&mut whole, &value)?;
                }
                Element::Directive(_) => {
                    self.not_understood("blueprint template with `%{`".to_owned());
                    is_open = true;
                }
            }
        }
        Ok(if is_open { Value::Unknown } else { Value::Text(whole) })
    }

    /// A name with what follows it: a local one, `vars.x`, `var.x`, `module-id.output` or `module.module-id.output`.
    fn root(&mut self, at: &str, name: &str, rest: &[&TraversalOperator], locals: &Locals) -> Result<Value, Fault> {
        if let Some((_, value)) = locals.iter().rev().find(|(local, _)| local == name) {
            return self.traverse(at, value.clone(), rest, locals);
        }
        let (module, rest) = match (name, rest) {
            ("module", [TraversalOperator::GetAttr(id), rest @ ..]) => (id.as_str(), rest),
            _ => (name, rest),
        };
        let [TraversalOperator::GetAttr(attribute), rest @ ..] = rest else {
            return Err(Fault::new(format!("`{name}` alone names nothing"))
                .hint("name a variable with `vars.NAME`, or an output with `MODULE.OUTPUT`"));
        };
        let value = match module {
            "vars" | "var" => self.deeper(|reading| reading.variable(attribute))?,
            module => self.deeper(|reading| reading.output(module, attribute))?,
        };
        self.traverse(at, value, rest, locals)
    }

    fn traverse(
        &mut self,
        at: &str,
        mut value: Value,
        operators: &[&TraversalOperator],
        locals: &Locals,
    ) -> Result<Value, Fault> {
        for (place, operator) in operators.iter().enumerate() {
            if value == Value::Unknown {
                return Ok(Value::Unknown);
            }
            value = match operator {
                TraversalOperator::GetAttr(name) => attribute(&value, name)?,
                TraversalOperator::LegacyIndex(index) => {
                    element(&value, usize::try_from(*index).unwrap_or(usize::MAX))?
                }
                TraversalOperator::Index(index) => {
                    let index = self.eval(at, index, locals)?;
                    indexed(&value, &index)?
                }
                TraversalOperator::AttrSplat | TraversalOperator::FullSplat => {
                    let items = match value {
                        Value::List(items) => items,
                        Value::Null => Vec::new(),
                        other => vec![other],
                    };
                    let rest = &operators[place + 1..];
                    let each = |item| self.traverse(at, item, rest, locals);
                    return Ok(Value::List(items.into_iter().map(each).collect::<Result<_, _>>()?));
                }
            };
        }
        Ok(value)
    }

    fn call(&mut self, at: &str, call: &FuncCall, locals: &Locals) -> Result<Value, Fault> {
        let name = call.name.name.as_str();
        if matches!(name, "try" | "can") && !call.name.is_namespaced() {
            return self.attempt(at, call, locals);
        }
        let mut arguments = Vec::with_capacity(call.args.len());
        for (place, argument) in call.args.iter().enumerate() {
            let value = self.eval(at, argument, locals)?;
            match value {
                Value::List(items) if call.expand_final && place + 1 == call.args.len() => arguments.extend(items),
                Value::Unknown if call.expand_final && place + 1 == call.args.len() => return Ok(Value::Unknown),
                value => arguments.push(value),
            }
        }
        if call.name.is_namespaced() || !function::is_known(name) {
            self.not_understood(format!("blueprint function {name}"));
            return Ok(Value::Unknown);
        }
        function::call(name, &arguments).map_err(|fault| Fault::new(format!("{name}: {}", fault.message)))
    }

    /// `try` and `can`: a fault of an argument decides, and a value that is not known leaves it open.
    fn attempt(&mut self, at: &str, call: &FuncCall, locals: &Locals) -> Result<Value, Fault> {
        let is_try = call.name.name.as_str() == "try";
        let mut last = Fault::new("`try` without an argument that gives a value");
        for argument in &call.args {
            match self.eval(at, argument, locals) {
                Ok(Value::Unknown) => return Ok(Value::Unknown),
                Ok(value) => return Ok(if is_try { value } else { Value::Bool(true) }),
                Err(fault) if fault.is_final => return Err(fault),
                Err(_) if !is_try => return Ok(Value::Bool(false)),
                Err(fault) => last = fault,
            }
        }
        Err(last)
    }

    fn conditional(&mut self, at: &str, conditional: &Conditional, locals: &Locals) -> Result<Value, Fault> {
        let condition = self.eval(at, &conditional.cond_expr, locals)?;
        if condition.is_open() {
            return Ok(Value::Unknown);
        }
        match condition.as_flag() {
            Some(true) => self.eval(at, &conditional.true_expr, locals),
            Some(false) => self.eval(at, &conditional.false_expr, locals),
            None => Err(Fault::new(format!("{} is no condition", condition.kind()))),
        }
    }

    fn operation(&mut self, at: &str, operation: &Operation, locals: &Locals) -> Result<Value, Fault> {
        match operation {
            Operation::Unary(unary) => {
                let value = self.eval(at, &unary.expr, locals)?;
                if value.is_open() {
                    return Ok(Value::Unknown);
                }
                let result = match unary.operator {
                    UnaryOperator::Not => value.as_flag().map(|flag| Value::Bool(!flag)),
                    UnaryOperator::Neg => value.as_number().map(|number| Value::Number(-number)),
                };
                result.ok_or_else(|| Fault::new(format!("{} cannot be negated", value.kind())))
            }
            Operation::Binary(binary) => {
                let left = self.eval(at, &binary.lhs_expr, locals)?;
                let right = self.eval(at, &binary.rhs_expr, locals)?;
                combine(&left, binary.operator, &right)
            }
        }
    }

    fn for_each(&mut self, at: &str, each: &ForExpr, locals: &Locals) -> Result<Value, Fault> {
        let collection = self.eval(at, &each.collection_expr, locals)?;
        let entries: Vec<(Value, Value)> = match collection {
            Value::Unknown => return Ok(Value::Unknown),
            Value::List(items) => {
                items.into_iter().enumerate().map(|(place, item)| (Value::count(place), item)).collect()
            }
            Value::Map(fields) if fields.contains_key(OTHERS) => return Ok(Value::Unknown),
            Value::Map(fields) => fields.into_iter().map(|(key, value)| (Value::Text(key), value)).collect(),
            other => return Err(Fault::new(format!("`for` goes over a list or a map, not over {}", other.kind()))),
        };
        let (mut list, mut map) = (Vec::new(), BTreeMap::new());
        for (key, value) in entries {
            let mut locals = locals.clone();
            locals.extend(each.key_var.iter().map(|name| (name.to_string(), key.clone())));
            locals.push((each.value_var.to_string(), value));
            self.spend(locals.iter().map(|(_, value)| value.size()).sum())?;
            if let Some(condition) = &each.cond_expr {
                match self.eval(at, condition, &locals)? {
                    value if value.is_open() => return Ok(Value::Unknown),
                    value if value.as_flag() == Some(true) => {}
                    _ => continue,
                }
            }
            let value = self.eval(at, &each.value_expr, &locals)?;
            let Some(key) = &each.key_expr else {
                list.push(value);
                continue;
            };
            let Some(key) = self.key(at, key, &locals)? else { return Ok(Value::Unknown) };
            if each.grouping {
                let group = map.entry(key).or_insert_with(|| Value::List(Vec::new()));
                let Value::List(group) = group else { unreachable!("groups are lists") };
                group.push(value);
            } else {
                map.insert(key, value);
            }
        }
        Ok(if each.key_expr.is_some() { Value::Map(map) } else { Value::List(list) })
    }
}

fn brief(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Appends a plain value; whether it is known.
fn push_text(whole: &mut String, value: &Value) -> Result<bool, Fault> {
    if *value == Value::Unknown {
        return Ok(false);
    }
    let text = value.to_text().ok_or_else(|| Fault::new(format!("{} cannot stand within a text", value.kind())))?;
    whole.push_str(&text);
    Ok(true)
}

fn attribute(value: &Value, name: &str) -> Result<Value, Fault> {
    value.attribute(name).ok_or_else(|| Fault::new(format!("{} has no attribute `{name}`", value.kind())))
}

fn element(value: &Value, index: usize) -> Result<Value, Fault> {
    let Value::List(items) = value else { return Err(Fault::new(format!("{} has no elements", value.kind()))) };
    let count = items.len();
    items.get(index).cloned().ok_or_else(|| Fault::new(format!("element {index} of a list of {count}")))
}

fn indexed(value: &Value, index: &Value) -> Result<Value, Fault> {
    if index.is_open() {
        return Ok(Value::Unknown);
    }
    match (value, index.as_count(), index.to_text()) {
        (Value::List(_), Some(place), _) => element(value, usize::try_from(place).unwrap_or(usize::MAX)),
        (Value::Map(_), _, Some(key)) => attribute(value, &key),
        _ => Err(Fault::new(format!("{} cannot be indexed by {}", value.kind(), index.kind()))),
    }
}

/// Two values by an operator. What decides alone decides although the other is not known.
fn combine(left: &Value, operator: BinaryOperator, right: &Value) -> Result<Value, Fault> {
    use BinaryOperator as Op;
    let sides = (left.as_flag(), right.as_flag());
    match (operator, sides) {
        (Op::And, (Some(false), _) | (_, Some(false))) => return Ok(Value::Bool(false)),
        (Op::Or, (Some(true), _) | (_, Some(true))) => return Ok(Value::Bool(true)),
        _ if left.is_open() || right.is_open() => return Ok(Value::Unknown),
        (Op::And, (Some(true), Some(true))) => return Ok(Value::Bool(true)),
        (Op::Or, (Some(false), Some(false))) => return Ok(Value::Bool(false)),
        (Op::Eq, _) => return Ok(Value::Bool(left == right)),
        (Op::NotEq, _) => return Ok(Value::Bool(left != right)),
        _ => {}
    }
    let (Some(a), Some(b)) = (left.as_number(), right.as_number()) else {
        return Err(Fault::new(format!("`{operator}` between {} and {}", left.kind(), right.kind())));
    };
    let result = match operator {
        Op::Less => return Ok(Value::Bool(a < b)),
        Op::LessEq => return Ok(Value::Bool(a <= b)),
        Op::Greater => return Ok(Value::Bool(a > b)),
        Op::GreaterEq => return Ok(Value::Bool(a >= b)),
        Op::Plus => a + b,
        Op::Minus => a - b,
        Op::Mul => a * b,
        Op::Div => a / b,
        Op::Mod => a % b,
        _ => f64::NAN,
    };
    if result.is_finite() {
        Ok(Value::Number(result))
    } else {
        Err(Fault::new(format!("`{operator}` gives no number")))
    }
}
