//! Label and field selectors of the command line, read as the API server reads them
//! (`apimachinery pkg/labels/selector.go`, `pkg/fields`), with its errors.

use serde_json::Value;

use super::resources::Resource;
use crate::api::Kind;
use crate::small_sort::SmallSort as _;

/// What one label must be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    DoesNotExist(String),
    Greater(String, i64),
    Less(String, i64),
}

/// A label selector that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Symbol(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Symbol(symbol) => symbol,
            Self::End => "",
        }
    }
}

impl LabelSelector {
    /// Reads `app=web,tier!=db,env in (a,b),!x`.
    ///
    /// # Errors
    /// What the server says is wrong, such as `found ',', expected: !, identifier, or 'end of string'`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            tokens: lex(text),
            at: 0,
        };
        parser.selector().map(Self)
    }

    /// Whether an object's labels satisfy it.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| {
            object
                .get("metadata")
                .and_then(|it| it.get("labels"))
                .and_then(|it| it.get(key))
                .and_then(Value::as_str)
        };
        let number = |key: &str| label(key).and_then(|it| it.parse::<i64>().ok());
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => label(key).is_some_and(|it| values.iter().any(|value| value == it)),
            Requirement::NotIn(key, values) => label(key).is_none_or(|it| values.iter().all(|value| value != it)),
            Requirement::Exists(key) => label(key).is_some(),
            Requirement::DoesNotExist(key) => label(key).is_none(),
            Requirement::Greater(key, bound) => number(key).is_some_and(|it| it > *bound),
            Requirement::Less(key, bound) => number(key).is_some_and(|it| it < *bound),
        })
    }
}

fn lex(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let special = |letter: char| matches!(letter, '=' | '!' | '(' | ')' | ',' | '>' | '<');
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if matches!(letter, ' ' | '\t' | '\r' | '\n') {
            at += 1;
        } else if special(letter) {
            let two: String = letters[at..].iter().take(2).collect();
            let symbol = match two.as_str() {
                "==" => "==",
                "!=" => "!=",
                _ => match letter {
                    '=' => "=",
                    '!' => "!",
                    '(' => "(",
                    ')' => ")",
                    ',' => ",",
                    '>' => ">",
                    _ => "<",
                },
            };
            at += symbol.len();
            tokens.push(Token::Symbol(symbol));
        } else {
            let start = at;
            while at < letters.len() && !special(letters[at]) && !matches!(letters[at], ' ' | '\t' | '\r' | '\n') {
                at += 1;
            }
            tokens.push(Token::Word(letters[start..at].iter().collect()));
        }
    }
    tokens.push(Token::End);
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn selector(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek() {
                Token::Word(_) | Token::Symbol("!") => {
                    requirements.push(self.requirement()?);
                    match self.next() {
                        Token::End => return Ok(requirements),
                        Token::Symbol(",") => {
                            let next = self.peek();
                            if !matches!(next, Token::Word(_) | Token::Symbol("!")) {
                                return Err(format!("found '{}', expected: identifier after ','", next.text()));
                            }
                        }
                        found => return Err(format!("found '{}', expected: ',' or 'end of string'", found.text())),
                    }
                }
                Token::End => return Ok(requirements),
                found => {
                    return Err(format!(
                        "found '{}', expected: !, identifier, or 'end of string'",
                        found.text()
                    ));
                }
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek() == &Token::Symbol("!");
        if negated {
            self.at += 1;
        }
        let key = match self.next() {
            Token::Word(word) => word,
            found => return Err(format!("found '{}', expected: identifier", found.text())),
        };
        check_key(&key)?;
        if matches!(self.peek(), Token::End | Token::Symbol(",")) {
            return Ok(if negated {
                Requirement::DoesNotExist(key)
            } else {
                Requirement::Exists(key)
            });
        }
        if negated {
            // `!key = value` is read as `!key` and stumbles over what follows.
            return Ok(Requirement::DoesNotExist(key));
        }
        let operator = self.next();
        match (operator.text(), &operator) {
            ("in", Token::Word(_)) => self.values(&key).map(|values| Requirement::In(key, values)),
            ("notin", Token::Word(_)) => self.values(&key).map(|values| Requirement::NotIn(key, values)),
            ("=" | "==", Token::Symbol(_)) => self.value(&key).map(|value| Requirement::In(key, vec![value])),
            ("!=", Token::Symbol(_)) => self.value(&key).map(|value| Requirement::NotIn(key, vec![value])),
            (symbol @ (">" | "<"), Token::Symbol(_)) => {
                let greater = symbol == ">";
                let value = self.value(&key)?;
                let bound = value.parse().map_err(|_| {
                    format!("values[0][{key}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer")
                })?;
                Ok(if greater {
                    Requirement::Greater(key, bound)
                } else {
                    Requirement::Less(key, bound)
                })
            }
            (found, _) => Err(format!("found '{found}', expected: in, notin, =, ==, !=, gt, lt")),
        }
    }

    fn value(&mut self, key: &str) -> Result<String, String> {
        let value = match self.peek() {
            Token::End | Token::Symbol(",") => return Ok(String::new()),
            Token::Word(word) => word.clone(),
            found => return Err(format!("found '{}', expected: identifier", found.text())),
        };
        self.at += 1;
        check_value(key, 0, &value)?;
        Ok(value)
    }

    fn values(&mut self, key: &str) -> Result<Vec<String>, String> {
        let open = self.next();
        if open != Token::Symbol("(") {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        let mut values = Vec::new();
        let mut wants_value = true;
        loop {
            match self.next() {
                Token::Word(word) => {
                    check_value(key, values.len(), &word)?;
                    values.push(word);
                    wants_value = false;
                }
                Token::Symbol(",") => {
                    if wants_value {
                        values.push(String::new());
                    }
                    wants_value = true;
                }
                Token::Symbol(")") => {
                    if wants_value {
                        values.push(String::new());
                    }
                    values.small_sort();
                    values.dedup();
                    return Ok(values);
                }
                found => return Err(format!("found '{}', expected: ',', or ')'", found.text())),
            }
        }
    }
}

fn is_qualified(name: &str) -> bool {
    let inner = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let ends = |it: Option<char>| it.is_some_and(|letter| letter.is_ascii_alphanumeric());
    ends(name.chars().next()) && ends(name.chars().next_back()) && name.chars().all(inner)
}

fn check_key(key: &str) -> Result<(), String> {
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    let detail = if name.len() > 63 {
        "name part must be no more than 63 bytes"
    } else if !is_qualified(name) {
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
    } else {
        return Ok(());
    };
    Err(format!(
        "unable to parse requirement: <nil>: Invalid value: {key:?}: {detail}"
    ))
}

fn check_value(key: &str, idx: usize, value: &str) -> Result<(), String> {
    let detail = if value.len() > 63 {
        "must be no more than 63 bytes"
    } else if !value.is_empty() && !is_qualified(value) {
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    } else {
        return Ok(());
    };
    Err(format!(
        "unable to parse requirement: values[{idx}][{key}]: Invalid value: {value:?}: {detail}"
    ))
}

/// A field selector that was read: field, whether it must be equal, value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<(String, bool, String)>);

impl FieldSelector {
    /// Reads `status.phase=Running,spec.nodeName!=node-1` for a type of resource.
    ///
    /// # Errors
    /// Syntax, or a field that the server does not select by.
    pub fn parse(text: &str, resource: Resource) -> Result<Self, String> {
        let mut terms = Vec::new();
        for part in text.split(',').filter(|it| !it.is_empty()) {
            let (field, equal, value) = if let Some((field, value)) = part.split_once("!=") {
                (field, false, value)
            } else if let Some((field, value)) = part.split_once("==") {
                (field, true, value)
            } else if let Some((field, value)) = part.split_once('=') {
                (field, true, value)
            } else {
                return Err(format!("invalid selector: '{text}'; can't understand '{part}'"));
            };
            check_field(field, resource)?;
            terms.push((field.to_owned(), equal, value.to_owned()));
        }
        Ok(Self(terms))
    }

    /// Whether an object satisfies it.
    #[must_use]
    pub fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|(field, equal, value)| {
            let mut node = Some(object);
            for step in field.split('.') {
                node = node.and_then(|it| it.get(step));
            }
            let found = match node {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            // Booleans that are not written are false.
            let found = if found.is_empty() && matches!(value.as_str(), "true" | "false") {
                "false".to_owned()
            } else {
                found
            };
            (found == *value) == *equal
        })
    }
}

fn check_field(field: &str, resource: Resource) -> Result<(), String> {
    if matches!(field, "metadata.name" | "metadata.namespace") {
        return Ok(());
    }
    let known: Option<&[&str]> = match (resource.kind, resource.name) {
        (Kind::Pod, _) => Some(&[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ]),
        (Kind::Service, _) => Some(&["spec.clusterIP", "spec.type"]),
        (Kind::Node, _) => Some(&["spec.unschedulable"]),
        (Kind::Namespace, _) => Some(&["status.phase"]),
        (Kind::Secret, _) => Some(&["type"]),
        (Kind::Other, "Event") => Some(&[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ]),
        (Kind::ReplicaSet, _) => Some(&["status.replicas"]),
        (Kind::ReplicationController, _) => Some(&["status.replicas"]),
        _ => None,
    };
    match known {
        Some(fields) if fields.contains(&field) => Ok(()),
        Some(_) => Err(format!("field label not supported: {field}")),
        None => Err(format!(
            "\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::shell::kubectl::resources::resolve;

    #[test]
    fn labels_are_selected_as_the_server_selects_them() {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "5"}}});
        for (text, expected) in [
            ("app=web", true),
            ("app==web,tier", true),
            ("app!=web", false),
            ("app in (web, api)", true),
            ("app notin (web)", false),
            ("env notin (a)", true),
            ("!env", true),
            ("!app", false),
            ("tier>4", true),
            ("tier<4", false),
            ("", true),
            ("app=", false),
        ] {
            assert_eq!(
                LabelSelector::parse(text).expect(text).matches(&object),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn mistakes_are_reported_in_the_servers_words() {
        for (text, expected) in [
            ("app=web server", "found 'server', expected: ',' or 'end of string'"),
            (",", "found ',', expected: !, identifier, or 'end of string'"),
            ("app=web,", "found '', expected: identifier after ','"),
            ("app in web", "found 'web' expected: '('"),
            ("app ~ x", "found '~', expected: in, notin, =, ==, !=, gt, lt"),
        ] {
            assert_eq!(LabelSelector::parse(text).expect_err(text), expected);
        }
    }

    #[test]
    fn fields_are_selected_where_the_server_knows_them() {
        let pods = resolve("pods").expect("known");
        let object = json!({"spec": {"nodeName": "node-1"}, "status": {"phase": "Running"}});
        let matches = |text| FieldSelector::parse(text, pods).map(|it| it.matches(&object));
        assert_eq!(matches("spec.nodeName=node-1,status.phase!=Failed"), Ok(true));
        assert_eq!(matches("spec.nodeName==node-2"), Ok(false));
        assert_eq!(
            matches("spec.color=red"),
            Err("field label not supported: spec.color".to_owned())
        );
        assert_eq!(
            FieldSelector::parse("spec.foo=bar", resolve("ing").expect("known")),
            Err(
                "\"spec.foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"".to_owned()
            )
        );
    }
}
