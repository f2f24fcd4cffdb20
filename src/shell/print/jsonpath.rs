//! `-o jsonpath=…` and the paths of `-o custom-columns=…` and `--sort-by` (`client-go util/jsonpath`).
//!
//! Reading (`parser.go`) and evaluating (`jsonpath.go`) follow kubectl, error texts included. Missing keys
//! give nothing, as kubectl allows them. Regular expressions in filters are not part of kubectl's either.

use std::borrow::Cow;

use serde_json::Value;
use thiserror::Error;

use crate::go;

/// What is wrong with a template, or with using it on an object.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct JsonPathError(pub String);

fn fail<T>(text: impl Into<String>) -> Result<T, JsonPathError> {
    Err(JsonPathError(text.into()))
}

/// Nesting of filters, unions and ranges beyond which a template is refused rather than followed.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Text(String),
    Field(String),
    Slice([Option<i64>; 3], bool),
    Filter(Vec<Node>, String, Vec<Node>),
    Union(Vec<Vec<Node>>),
    Number(Value),
    Wildcard,
    Recursive,
    Identifier(String),
}

/// A template that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    blocks: Vec<Vec<Node>>,
}

impl Template {
    /// Reads a template such as `{range .items[*]}{.metadata.name}{"\n"}{end}`.
    ///
    /// # Errors
    /// In kubectl's words, such as `unclosed action`.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        parse_template(text, 0).map(|blocks| Self { blocks })
    }

    /// Reads a path with or without braces and leading dot, as `custom-columns` and `--sort-by` take it.
    ///
    /// # Errors
    /// As [`Template::parse`], and where the text is no path at all.
    pub fn parse_relaxed(text: &str) -> Result<Self, JsonPathError> {
        if text.is_empty() {
            return Self::parse("");
        }
        let inner = text
            .strip_prefix('{')
            .and_then(|it| it.strip_suffix('}'))
            .unwrap_or(text);
        if inner.is_empty() || inner.contains(['{', '}']) {
            return fail(
                "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
            );
        }
        Self::parse(&format!("{{.{}}}", inner.strip_prefix('.').unwrap_or(inner)))
    }

    /// Everything the template finds, block by block.
    ///
    /// # Errors
    /// In kubectl's words, such as `array index out of bounds: index 3, length 2`.
    pub fn find<'a>(&self, data: &'a Value) -> Result<Vec<Vec<Cow<'a, Value>>>, JsonPathError> {
        let mut found = Vec::new();
        run(&self.blocks, data, &mut found, 0)?;
        Ok(found)
    }

    /// What the template prints of an object.
    ///
    /// # Errors
    /// As [`Template::find`].
    pub fn render(&self, data: &Value) -> Result<String, JsonPathError> {
        let mut out = String::new();
        for block in self.find(data)? {
            for (idx, value) in block.iter().enumerate() {
                if idx > 0 {
                    out.push(' ');
                }
                match value.as_ref() {
                    Value::Object(_) | Value::Array(_) => out.push_str(&go::json::compact(value)),
                    Value::Null => out.push_str("null"),
                    value => out.push_str(&go::plain(value)),
                }
            }
        }
        Ok(out)
    }
}

/// What one block is for the walk through all of them.
fn keyword(block: &[Node]) -> Option<&str> {
    block.iter().find_map(|node| match node {
        Node::Identifier(name) => Some(name.as_str()),
        _ => None,
    })
}

fn run<'a>(
    blocks: &[Vec<Node>],
    data: &'a Value,
    found: &mut Vec<Vec<Cow<'a, Value>>>,
    depth: usize,
) -> Result<(), JsonPathError> {
    if depth > MAX_DEPTH {
        return fail("template is nested too deeply");
    }
    let mut idx = 0;
    while idx < blocks.len() {
        let block = &blocks[idx];
        idx += 1;
        match keyword(block) {
            Some("end") => return fail("not in range, nothing to end"),
            Some("range") => {
                let results = walk(block, vec![Cow::Borrowed(data)])?;
                let end = matching_end(&blocks[idx..]);
                let body = &blocks[idx..idx + end];
                for result in results {
                    // Only texts and numbers are owned: a body has nothing to walk in them.
                    if let Cow::Borrowed(value) = result {
                        run(body, value, found, depth + 1)?;
                    }
                }
                idx += end + 1;
            }
            _ => found.push(walk(block, vec![Cow::Borrowed(data)])?),
        }
    }
    Ok(())
}

/// How many blocks stand before the `{end}` of a range; all of them where there is none.
fn matching_end(blocks: &[Vec<Node>]) -> usize {
    let mut depth = 0usize;
    for (idx, block) in blocks.iter().enumerate() {
        match keyword(block) {
            Some("range") => depth += 1,
            Some("end") if depth == 0 => return idx,
            Some("end") => depth -= 1,
            _ => {}
        }
    }
    blocks.len()
}

fn walk<'a>(nodes: &[Node], mut values: Vec<Cow<'a, Value>>) -> Result<Vec<Cow<'a, Value>>, JsonPathError> {
    for node in nodes {
        values = step(node, values)?;
    }
    Ok(values)
}

fn step<'a>(node: &Node, values: Vec<Cow<'a, Value>>) -> Result<Vec<Cow<'a, Value>>, JsonPathError> {
    match node {
        Node::Text(text) => Ok(vec![Cow::Owned(Value::String(text.clone()))]),
        Node::Number(number) => Ok(values.iter().map(|_| Cow::Owned(number.clone())).collect()),
        Node::Identifier(name) => match name.as_str() {
            "range" => Ok(values),
            _ => fail(format!("unrecognized identifier {name}")),
        },
        Node::Field(name) => Ok(values
            .into_iter()
            .filter_map(|value| child(value, |it| it.get(name.as_str())))
            .collect()),
        Node::Wildcard => Ok(values.into_iter().flat_map(children).collect()),
        Node::Recursive => {
            let mut found = Vec::new();
            for value in values {
                descend(value, &mut found);
            }
            Ok(found)
        }
        Node::Union(parts) => {
            let mut found = Vec::new();
            for part in parts {
                found.extend(walk(part, values.clone())?);
            }
            Ok(found)
        }
        Node::Slice(bounds, derived) => {
            let mut found = Vec::new();
            for value in values {
                if value.is_null() {
                    continue;
                }
                if !value.is_array() {
                    return fail(format!("{} is not array or slice", go::type_name(&value)));
                }
                let items = children(value);
                found.extend(slice(items, *bounds, *derived)?);
            }
            Ok(found)
        }
        Node::Filter(left, operator, right) => {
            let mut found = Vec::new();
            for value in values {
                if !value.is_array() {
                    return fail(format!(
                        "{} is not array or slice and cannot be filtered",
                        go::plain(&value)
                    ));
                }
                for item in children(value) {
                    if passes(&item, left, operator, right)? {
                        found.push(item);
                    }
                }
            }
            Ok(found)
        }
    }
}

fn child<'a>(value: Cow<'a, Value>, pick: impl Fn(&Value) -> Option<&Value>) -> Option<Cow<'a, Value>> {
    match value {
        Cow::Borrowed(value) => pick(value).map(Cow::Borrowed),
        Cow::Owned(value) => pick(&value).cloned().map(Cow::Owned),
    }
}

fn children(value: Cow<'_, Value>) -> Vec<Cow<'_, Value>> {
    match value {
        Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(map)) => map.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
        Cow::Owned(Value::Object(map)) => map.into_iter().map(|(_, item)| Cow::Owned(item)).collect(),
        _ => Vec::new(),
    }
}

fn descend<'a>(value: Cow<'a, Value>, found: &mut Vec<Cow<'a, Value>>) {
    let inner = children(value.clone());
    if inner.is_empty() {
        return;
    }
    found.push(value);
    for item in inner {
        descend(item, found);
    }
}

fn slice<'a>(
    items: Vec<Cow<'a, Value>>,
    bounds: [Option<i64>; 3],
    derived: bool,
) -> Result<Vec<Cow<'a, Value>>, JsonPathError> {
    let length = items.len() as i64;
    let mut start = bounds[0].unwrap_or(0);
    if start < 0 {
        start += length;
    }
    let mut end = bounds[1].unwrap_or(length);
    if end < 0 || end == 0 && derived {
        end += length;
    }
    if start == end {
        return Ok(Vec::new());
    }
    if start >= length || start < 0 {
        return fail(format!("array index out of bounds: index {start}, length {length}"));
    }
    if end > length || end < 0 {
        return fail(format!("array index out of bounds: index {}, length {length}", end - 1));
    }
    if start > end {
        return fail(format!("starting index {start} is greater than ending index {end}"));
    }
    let step = bounds[2].unwrap_or(1);
    if step <= 0 {
        return fail("step must be > 0");
    }
    Ok(items
        .into_iter()
        .take(end as usize)
        .skip(start as usize)
        .step_by(step as usize)
        .collect())
}

fn passes(item: &Value, left: &[Node], operator: &str, right: &[Node]) -> Result<bool, JsonPathError> {
    let here = || vec![Cow::Borrowed(item)];
    let lefts = walk(left, here());
    if operator == "exists" {
        return Ok(lefts.is_ok_and(|it| !it.is_empty()));
    }
    let (lefts, rights) = (lefts?, walk(right, here()));
    let one = |values: &[Cow<'_, Value>]| match values.len() {
        0 => Ok(false),
        1 => Ok(true),
        _ => fail("can only compare one element at a time"),
    };
    if !one(&lefts)? {
        return Ok(false);
    }
    let rights = rights?;
    if !one(&rights)? {
        return Ok(false);
    }
    compare(&lefts[0], operator, &rights[0])
}

fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, JsonPathError> {
    use std::cmp::Ordering;
    let ordering = match (left, right) {
        (Value::Bool(a), Value::Bool(b)) if matches!(operator, "==" | "!=") => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) if a.is_f64() == b.is_f64() => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        },
        (Value::Bool(_), Value::Bool(_)) | (Value::Null | Value::Array(_) | Value::Object(_), _) => {
            return fail("invalid type for comparison");
        }
        _ => return fail("incompatible types for comparison"),
    };
    match operator {
        "==" => Ok(ordering.is_eq()),
        "!=" => Ok(ordering.is_ne()),
        "<" => Ok(ordering.is_lt()),
        "<=" => Ok(ordering.is_le()),
        ">" => Ok(ordering.is_gt()),
        ">=" => Ok(ordering.is_ge()),
        _ => fail(format!("unrecognized filter operator {operator}")),
    }
}

fn parse_template(text: &str, depth: usize) -> Result<Vec<Vec<Node>>, JsonPathError> {
    if depth > MAX_DEPTH {
        return fail("template is nested too deeply");
    }
    let mut reader = Reader {
        letters: text.chars().collect(),
        at: 0,
        depth,
    };
    let mut blocks = Vec::new();
    while let Some(&letter) = reader.letters.get(reader.at) {
        if letter == '{' {
            reader.at += 1;
            blocks.push(reader.action()?);
        } else {
            let start = reader.at;
            while reader.peek().is_some_and(|it| it != '{') {
                reader.at += 1;
            }
            blocks.push(vec![Node::Text(reader.since(start))]);
        }
    }
    Ok(blocks)
}

/// Reads the inside of one pair of braces that stands on its own.
fn parse_action(text: &str, depth: usize) -> Result<Vec<Node>, JsonPathError> {
    let blocks = parse_template(&format!("{{{text}}}"), depth + 1)?;
    Ok(blocks.into_iter().next().unwrap_or_default())
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    depth: usize,
}

fn ends_word(letter: Option<char>) -> bool {
    matches!(
        letter,
        None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
    )
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    fn since(&self, start: usize) -> String {
        self.letters[start..self.at].iter().collect()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(idx, it)| self.letters.get(self.at + idx) == Some(&it))
    }

    fn action(&mut self) -> Result<Vec<Node>, JsonPathError> {
        let mut nodes = Vec::new();
        loop {
            if self.starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.starts_with("..") {
                if nodes.last() == Some(&Node::Recursive) {
                    return fail("invalid multiple recursive descent");
                }
                self.at += 2;
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(|it| it == '_' || it.is_alphanumeric()) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.next() {
                None | Some('\r' | '\n') => return fail("unclosed action"),
                Some('}') => return Ok(nodes),
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(&mut nodes)?,
                Some(quote @ ('"' | '\'')) => nodes.push(self.quoted(quote)?),
                Some('.') => {
                    let field = self.field();
                    nodes.push(field);
                }
                Some(letter) if letter == '+' || letter == '-' || letter.is_ascii_digit() => {
                    self.at -= 1;
                    nodes.push(self.number()?);
                }
                Some(letter) if letter == '_' || letter.is_alphanumeric() => {
                    let start = self.at - 1;
                    while !ends_word(self.peek()) {
                        self.at += 1;
                    }
                    let word = self.since(start);
                    nodes.push(match word.as_str() {
                        "true" => Node::Number(Value::Bool(true)),
                        "false" => Node::Number(Value::Bool(false)),
                        _ => Node::Identifier(word),
                    });
                }
                Some(letter) => {
                    return fail(format!(
                        "unrecognized character in action: U+{:04X} '{letter}'",
                        letter as u32
                    ));
                }
            }
        }
    }

    fn field(&mut self) -> Node {
        let start = self.at;
        while !ends_word(self.peek()) {
            if self.next() == Some('\\') && self.peek().is_some() {
                self.at += 1;
            }
        }
        let name = self.since(start);
        if name == "*" {
            Node::Wildcard
        } else {
            Node::Field(name.replace('\\', ""))
        }
    }

    fn number(&mut self) -> Result<Node, JsonPathError> {
        let start = self.at;
        if matches!(self.peek(), Some('+' | '-')) {
            self.at += 1;
        }
        while self.peek().is_some_and(|it| it == '.' || it.is_ascii_digit()) {
            self.at += 1;
        }
        let text = self.since(start);
        if let Ok(number) = text.parse::<i64>() {
            return Ok(Node::Number(number.into()));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Node::Number(number.into())),
            _ => fail(format!("cannot parse number {text}")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Node, JsonPathError> {
        let start = self.at;
        loop {
            match self.next() {
                None | Some('\n') => return fail("unterminated quoted string"),
                Some(letter) if letter == quote && self.letters[self.at - 2] != '\\' => break,
                Some(_) => {}
            }
        }
        let inner: String = self.letters[start..self.at - 1].iter().collect();
        match unquote(&inner, quote) {
            Some(text) => Ok(Node::Text(text)),
            None => fail(format!("unquote string {quote}{inner}{quote} error invalid syntax")),
        }
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), JsonPathError> {
        let start = self.at;
        loop {
            match self.next() {
                None | Some('\n') => return fail("unterminated array"),
                Some(']') => break,
                Some(_) => {}
            }
        }
        let text: String = self.letters[start..self.at - 1].iter().collect();
        if text.contains(',') {
            let parts = text
                .split(',')
                .map(|part| parse_action(&format!("[{}]", part.trim_matches(' ')), self.depth))
                .collect::<Result<_, _>>()?;
            nodes.push(Node::Union(parts));
            return Ok(());
        }
        let key = text
            .strip_prefix('\'')
            .and_then(|it| it.strip_suffix('\''))
            .filter(|it| !it.contains('\''));
        if let Some(key) = key {
            nodes.extend(parse_action(&format!(".{key}"), self.depth)?);
            return Ok(());
        }
        let text = if text == "*" { ":".to_owned() } else { text };
        let parts: Vec<&str> = text.split(':').collect();
        let is_bound = |part: &&str| {
            part.strip_prefix('-')
                .unwrap_or(part)
                .bytes()
                .all(|it| it.is_ascii_digit())
        };
        if parts.len() > 3 || !parts.iter().all(is_bound) {
            return fail(format!("invalid array index {text}"));
        }
        let mut bounds = [None; 3];
        for (idx, part) in parts.iter().enumerate() {
            if !part.is_empty() {
                let Ok(number) = part.parse::<i64>() else {
                    return fail(format!("array index {part} is not a number"));
                };
                bounds[idx] = Some(number);
            }
        }
        let derived = parts.len() == 1;
        if derived {
            bounds[1] = Some(bounds[0].unwrap_or(0).saturating_add(1));
        }
        nodes.push(Node::Slice(bounds, derived));
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, JsonPathError> {
        self.at += 3;
        let start = self.at;
        let mut open: Option<char> = None;
        let mut closed = false;
        loop {
            match self.next() {
                None | Some('\n') => return fail("unterminated filter"),
                Some(quote @ ('"' | '\'')) => match open {
                    None => open = Some(quote),
                    Some(pair) if pair == quote && self.letters[self.at - 2] != '\\' => closed = true,
                    Some(_) => {}
                },
                Some(')') if open.is_some() == closed => break,
                Some(_) => {}
            }
        }
        let text: String = self.letters[start..self.at - 1].iter().collect();
        if self.next() != Some(']') {
            return fail("unclosed array expect ]");
        }
        let operator_at = text.find(['!', '<', '>', '=']).filter(|&at| at > 0);
        let Some(at) = operator_at else {
            return Ok(Node::Filter(
                parse_action(&text, self.depth)?,
                "exists".to_owned(),
                Vec::new(),
            ));
        };
        let (left, rest) = text.split_at(at);
        let length = rest
            .find(|it| !matches!(it, '!' | '<' | '>' | '='))
            .unwrap_or(rest.len());
        let (operator, right) = rest.split_at(length);
        Ok(Node::Filter(
            parse_action(left, self.depth)?,
            operator.to_owned(),
            parse_action(right, self.depth)?,
        ))
    }
}

/// Go's `strconv.UnquoteChar`, letter by letter, for either quote.
fn unquote(text: &str, quote: char) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        at += 1;
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        let kind = *letters.get(at)?;
        at += 1;
        let n_digits = match kind {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if n_digits > 0 {
            let code: String = letters.get(at..at + n_digits)?.iter().collect();
            out.push(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32)?);
            at += n_digits;
            continue;
        }
        out.push(match kind {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '\\' => '\\',
            other if other == quote => quote,
            _ => return None,
        });
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(template: &str) -> Result<String, String> {
        let data = json!({
            "items": [
                {"name": "a", "port": 80, "labels": {"app.kubernetes.io/name": "x"}},
                {"name": "b", "port": 443, "ready": true},
            ],
            "kind": "List",
        });
        Template::parse(template)
            .and_then(|it| it.render(&data))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn templates_print_what_kubectl_prints() {
        for (template, expected) in [
            ("kind", "kind"),
            ("{.kind}", "List"),
            ("{.nope.deeper}", ""),
            ("{.items[*].name}", "a b"),
            ("{.items[0].labels}", "{\"app.kubernetes.io/name\":\"x\"}"),
            ("{.items[0].labels.app\\.kubernetes\\.io/name}", "x"),
            ("{.items[-1].name}", "b"),
            ("{.items[0:2].port}", "80 443"),
            ("{.items[?(@.port==443)].name}", "b"),
            ("{.items[?(@.ready)].name}", "b"),
            ("{.items[?(@.name=='a')].port}", "80"),
            (
                "{range .items[*]}{.name}{\"\\t\"}{.port}{\"\\n\"}{end}!",
                "a\t80\nb\t443\n!",
            ),
            ("{range .none[*]}{.name}{end}!", "!"),
            ("{.items[*]['name','port']}", "a b 80 443"),
            ("{..name}", "a b"),
            ("{$.kind}{' '}{@.kind}", "List List"),
        ] {
            assert_eq!(render(template), Ok(expected.to_owned()), "{template}");
        }
    }

    #[test]
    fn mistakes_are_reported_in_kubectls_words() {
        for (template, expected) in [
            ("{.spec", "unclosed action"),
            ("{.items[", "unterminated array"),
            ("{.items[7].name}", "array index out of bounds: index 7, length 2"),
            ("{end}", "not in range, nothing to end"),
            ("{foo}", "unrecognized identifier foo"),
            ("{.items[x]}", "invalid array index x"),
            ("{.kind[0]}", "string is not array or slice"),
            ("{#}", "unrecognized character in action: U+0023 '#'"),
        ] {
            assert_eq!(render(template), Err(expected.to_owned()), "{template}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "{range .items[*]}".repeat(1000);
        assert!(render(&deep).is_ok_and(|it| it.is_empty()) || render(&deep).is_err());
    }
}
