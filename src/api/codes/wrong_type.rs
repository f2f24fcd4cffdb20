//! Wrong types: a number in quotes, a map where a list belongs, `yes` where text belongs.

use std::fmt;

use serde_json::{Number, Value};

use super::{WrongTypeWritten, heading};
use crate::api::schema::Type;
use crate::diag::{Diagnostic, Severity};
use crate::go::quote;
use crate::manifest::{Document, NodeKind};
use crate::text::text;

const QUANTITY: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// A value that its field cannot hold; printed as Go's JSON reader words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongType {
    /// Where, with indices (`spec.ports[0].port`).
    pub field: String,
    /// The same as Go has it: its struct, then a path without indices, with embedded structs
    /// (`ServicePort.spec.ports.port`).
    pub go_field: String,
    /// What belongs there.
    pub expected: Type,
    /// Go's name of that.
    pub go_type: String,
    /// What was sent.
    pub sent: SentValue,
    /// Why it does not fit.
    pub problem: TypeProblem,
}

/// A value as type errors tell it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the JSON value of that name")]
pub enum SentValue {
    Null,
    Bool,
    Integer(Number),
    Float(Number),
    Text(String),
    List,
    Map,
}

impl SentValue {
    /// What a tree is.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_f64() => Self::Float(number.clone()),
            Value::Number(number) => Self::Integer(number.clone()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Map,
        }
    }

    /// As Go's reflection names it.
    fn go_kind(&self) -> &'static str {
        match self {
            Self::Null => "invalid",
            Self::Bool => "bool",
            Self::Integer(_) => "int64",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List => "slice",
            Self::Map => "map",
        }
    }

    /// As Go's JSON reader names it.
    fn json_kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Integer(_) | Self::Float(_) => "number",
            Self::Text(_) => "string",
            Self::List => "array",
            Self::Map => "object",
        }
    }
}

/// Why a value does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeProblem {
    /// It is another kind of value, or a number out of range.
    Kind,
    /// A text that is no base64.
    Base64 {
        /// Offset of the first wrong byte.
        at: usize,
    },
    /// No quantity.
    Quantity,
    /// A quantity with a unit that there is not.
    QuantitySuffix,
    /// A text that is no time.
    Time,
}

impl fmt::Display for WrongType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.problem, &self.sent) {
            (TypeProblem::Kind, sent) => {
                write!(f, "json: cannot unmarshal {}", sent.json_kind())?;
                if let (Type::Int32 | Type::Int64 | Type::IntOrString, SentValue::Integer(it) | SentValue::Float(it)) =
                    (&self.expected, sent)
                {
                    write!(f, " {it}")?;
                }
                write!(f, " into Go struct field {} of type {}", self.go_field, self.go_type)
            }
            (TypeProblem::Base64 { at }, _) => write!(f, "illegal base64 data at input byte {at}"),
            (TypeProblem::Quantity, _) => f.write_str(QUANTITY),
            (TypeProblem::QuantitySuffix, _) => f.write_str("unable to parse quantity's suffix"),
            (TypeProblem::Time, SentValue::Text(text)) => {
                let text = quote(text);
                write!(
                    f,
                    "parsing time {text} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text} as \"2006\""
                )
            }
            (TypeProblem::Time, sent) => write!(f, "parsing time: {}", sent.json_kind()),
        }
    }
}

impl WrongType {
    /// What the server says of it when it comes with a patch
    /// (`kubernetes apimachinery/pkg/runtime/converter.go`).
    #[must_use]
    pub fn patch_words(&self) -> String {
        let from = self.sent.go_kind();
        match (&self.expected, &self.sent) {
            (Type::Object(_), _) => format!("cannot restore struct from: {from}"),
            (Type::List(_) | Type::Bytes, _) => format!("cannot restore slice from {from}"),
            (Type::Map(_), _) => format!("cannot restore map from {from}"),
            (Type::Quantity, _) => QUANTITY.to_owned(),
            (Type::IntOrString | Type::Time | Type::MicroTime, sent) => {
                let to = if self.expected == Type::IntOrString {
                    "int32"
                } else {
                    "string"
                };
                let what = match sent {
                    SentValue::Integer(_) | SentValue::Float(_) => "number",
                    _ => from,
                };
                format!("json: cannot unmarshal {what} into Go value of type {to}")
            }
            // Go can turn integers into text, but will not.
            (Type::String, SentValue::Integer(_)) | (Type::Int32 | Type::Int64, SentValue::Float(_)) => {
                format!("cannot convert {from} to {}", self.go_type)
            }
            (Type::String, _) => "unrecognized type: string".to_owned(),
            (Type::Bool, _) => "unrecognized type: bool".to_owned(),
            (Type::Int32, _) => "unrecognized type: int32".to_owned(),
            (Type::Int64, _) => "unrecognized type: int64".to_owned(),
            (Type::Number, _) => "unrecognized type: float64".to_owned(),
            (Type::Any, _) => String::new(),
        }
    }

    /// Explains it where it stands.
    pub(super) fn explain(&self, found: Diagnostic, document: &Document) -> Diagnostic {
        let (span, node) = document.root.locate(&self.field);
        let found = found.at_field(&*self.field).at(Some(span));
        match (&node.kind, self.problem, &self.expected) {
            (NodeKind::Scalar(Value::String(text)), _, Type::Int32 | Type::Int64) if text.parse::<i64>().is_ok() => {
                found
                    .explain(text! {
                        en: "Quotes make it text; this field takes a number.",
                        ko: "따옴표로 감싸면 문자열이 됩니다. 이 필드에는 숫자를 써야 합니다.",
                    })
                    .fix(
                        text! { en: "Take the quotes away", ko: "따옴표를 빼기" },
                        node.span,
                        text.clone(),
                    )
            }
            (NodeKind::Scalar(Value::String(text)), _, Type::Bool) if matches!(&**text, "true" | "false") => found
                .explain(text! {
                    en: "Quotes make it text; this field takes `true` or `false` without them.",
                    ko: "따옴표로 감싸면 문자열이 됩니다. 이 필드에는 따옴표 없이 `true`나 `false`를 써야 합니다.",
                })
                .fix(
                    text! { en: "Take the quotes away", ko: "따옴표를 빼기" },
                    node.span,
                    text.clone(),
                ),
            (
                NodeKind::Scalar(Value::Bool(_) | Value::Number(_)),
                _,
                Type::String | Type::Time | Type::MicroTime,
            ) if self.field.contains(['.', '[']) => {
                let quoted = text! { en: "Put the value in quotes", ko: "값을 따옴표로 감싸기" };
                let found = found.explain(text! {
                    en: "YAML reads `yes`, `on`, `true` and bare numbers as booleans and numbers. This field takes text: put it in quotes.",
                    ko: "YAML은 `yes`, `on`, `true`와 따옴표 없는 숫자를 불리언이나 숫자로 읽습니다. 이 필드는 문자열이므로 따옴표로 감싸야 합니다.",
                });
                match node.as_written() {
                    Some(text) => found.fix(quoted, node.span, format!("{text:?}")),
                    None => found.hint(quoted),
                }
            }
            (NodeKind::Mapping(_), _, Type::List(_)) => found.explain(text! {
                en: "This field is a list: put `- ` before its first key, and indent the rest under it.",
                ko: "이 필드는 목록입니다. 첫 번째 키 앞에 `- `를 붙이고 나머지는 그 아래로 들여쓰세요.",
            }),
            (NodeKind::Scalar(Value::String(_)), TypeProblem::Base64 { .. }, _) => found.explain(text! {
                en: "Values of a Secret's `data` are base64. Plain text belongs into `stringData`.",
                ko: "Secret의 `data` 값은 base64여야 합니다. 일반 텍스트는 `stringData`에 쓰세요.",
            }),
            (NodeKind::Scalar(Value::String(_)), TypeProblem::Time, _) => found.explain(text! {
                en: "Times are written as `2026-01-31T12:00:00Z`.",
                ko: "시각은 `2026-01-31T12:00:00Z` 형식으로 씁니다.",
            }),
            (NodeKind::Scalar(Value::String(text)), _, expected) if !takes_words(expected) && text.contains(':') => {
                found
                    .explain(text! {
                        en: "A space is missing behind the colon, so YAML reads one text instead of a key and its value.",
                        ko: "콜론 뒤에 공백이 없어 YAML이 키와 값이 아니라 하나의 문자열로 읽습니다.",
                    })
                    .fix(
                        text! { en: "Put a space behind the colon", ko: "콜론 뒤에 공백을 넣기" },
                        node.span,
                        text.replacen(':', ": ", 1),
                    )
            }
            (NodeKind::Scalar(Value::String(text)), _, Type::List(inner)) if **inner == Type::String => {
                let as_list = text! { en: "Write it as a list", ko: "목록으로 쓰기" };
                if is_command(&self.field) {
                    let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
                    let found = found.explain(text! {
                        en: "This field is a list of words: `[\"sleep\", \"3600\"]`. No shell takes a line apart here.",
                        ko: "이 필드는 단어의 목록입니다(`[\"sleep\", \"3600\"]`). 여기서는 셸이 한 줄을 나누어 주지 않습니다.",
                    });
                    found.fix(as_list, node.span, format!("[{}]", words.join(", ")))
                } else {
                    let found = found.explain(text! {
                        en: "This field is a list, even for one value.",
                        ko: "값이 하나라도 목록으로 써야 하는 필드입니다.",
                    });
                    found.fix(as_list, node.span, format!("[{text:?}]"))
                }
            }
            (NodeKind::Scalar(Value::String(text)), _, Type::Map(inner)) if **inner == Type::String => {
                let pairs: Option<Vec<_>> = text.split(',').map(|pair| pair.split_once(['=', ':'])).collect();
                let found = found.explain(text! {
                    en: "This field is a map: one `key: value` per line.",
                    ko: "이 필드는 맵입니다. 한 줄에 `키: 값` 하나씩 쓰세요.",
                });
                match pairs {
                    Some(pairs) => {
                        let pairs: Vec<_> = pairs
                            .iter()
                            .map(|(key, value)| format!("{}: {}", key.trim(), value.trim()))
                            .collect();
                        found.fix(
                            text! { en: "Write it as a map", ko: "맵으로 쓰기" },
                            node.span,
                            format!("{{{}}}", pairs.join(", ")),
                        )
                    }
                    None => found,
                }
            }
            (_, TypeProblem::Quantity | TypeProblem::QuantitySuffix, _) => found.explain(text! {
                en: "Amounts are a number and a unit: `500m` and `2` for CPU, `128Mi` and `1Gi` for memory.",
                ko: "양은 숫자와 단위로 씁니다. CPU는 `500m`, `2`, 메모리는 `128Mi`, `1Gi`처럼 씁니다.",
            }),
            _ => {
                let wanted = &self.go_type;
                found.explain(text! {
                    en: "The field takes a value of another type ({wanted}).",
                    ko: "이 필드는 다른 타입({wanted})의 값을 받습니다.",
                })
            }
        }
    }
}

/// The finding for a value of a wrong type that the server found in another tree than what was written: with a
/// patch merged in, or as it was stored.
pub(super) fn explain_in(message: String, document: &Document, wrong: WrongTypeWritten<'_>) -> Diagnostic {
    let found = Diagnostic::new(Severity::Error, "schema/wrong-type", message);
    match wrong(document) {
        Some(wrong) => wrong.explain(found, document),
        None => found.at(Some(heading(document))),
    }
}

/// Whether a text with a colon may be meant as it stands, if only there were more around it.
fn takes_words(expected: &Type) -> bool {
    match expected {
        Type::List(inner) => **inner == Type::String,
        Type::Map(inner) => **inner != Type::Quantity,
        _ => false,
    }
}

fn is_command(field: &str) -> bool {
    field.ends_with("command") || field.ends_with("args")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{examine, whys};

    #[test]
    fn wrong_types_are_mended_where_the_meaning_is_plain() {
        let head = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n";
        let rows = [
            ("  ports:\n  - port: \"80\"\n", "port: 80\n"),
            ("  selector: app=web\n", "selector: {app: web}\n"),
            ("  externalIPs: 10.0.0.1\n", "externalIPs: [\"10.0.0.1\"]\n"),
            ("  ipFamilies: IPv4\n", "ipFamilies: [\"IPv4\"]\n"),
            ("  ports:\n  - port:80\n", "  - port: 80\n"),
            (
                "  publishNotReadyAddresses: \"true\"\n",
                "publishNotReadyAddresses: true\n",
            ),
        ];
        for (spec, mended) in rows {
            let (found, edited) = examine(&format!("{head}{spec}"));
            assert_eq!(found[0].code, "schema/wrong-type");
            assert!(edited.as_ref().is_some_and(|it| it.ends_with(mended)), "{edited:?}");
        }
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: c\n    command: sleep 3600\n";
        let (_, edited) = examine(text);
        assert!(edited.is_some_and(|it| it.ends_with("command: [\"sleep\", \"3600\"]\n")));
    }

    #[test]
    fn text_that_yaml_reads_as_something_else_is_put_in_quotes_as_it_was_written() {
        let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";
        let rows = [
            ("  labels:\n    version: 1.0\n", "    version: \"1.0\"\n"),
            ("  labels: {enabled: yes}\n", "  labels: {enabled: \"yes\"}\n"),
            (
                "  annotations:\n    mode: 0777 # octal\n",
                "    mode: \"0777\" # octal\n",
            ),
            ("  annotations:\n    on: true\n", "    on: \"true\"\n"),
            ("spec:\n  selector:\n    tier: 2\n", "    tier: \"2\"\n"),
            ("spec:\n  selector:\n    off: Off\n", "    off: \"Off\"\n"),
        ];
        for (rest, mended) in rows {
            let (found, edited) = examine(&format!("{service}{rest}"));
            assert!(
                found[0]
                    .explain
                    .as_ref()
                    .is_some_and(|it| it.en.contains("put it in quotes")),
                "{rest}"
            );
            assert!(edited.as_ref().is_some_and(|it| it.ends_with(mended)), "{edited:?}");
        }
    }

    #[test]
    fn wrong_types_are_shown_at_their_value() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels:\n    on: yes\nspec:\n  ports:\n    port: 80\n";
        let (found, _) = examine(text);
        assert_eq!(found[0].field, "metadata.labels[true]");
        assert!(found[0].hints[0].text.en.contains("quotes"));
        let text = text.replace("    on: yes\n", "    on: \"yes\"\n");
        let (found, _) = examine(&text);
        assert_eq!(found[0].field, "spec.ports");
        assert!(found[0].explain.as_ref().is_some_and(|it| it.en.contains("is a list")));
    }

    #[test]
    fn amounts_are_explained_whatever_is_wrong_with_them() {
        for amount in ["64mi", "1x", "true"] {
            let found = whys(&format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: c, resources: {{limits: {{memory: {amount}}}}}}}]}}\n"
            ));
            assert!(found[0].1.starts_with("Amounts are"), "{amount}: {found:?}");
        }
    }

    #[test]
    fn a_number_in_place_of_a_struct_needs_no_quotes() {
        let found = whys("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: 3\n");
        assert_eq!(found[0].1, "The field takes a value of another type (v1.ServiceSpec).");
    }
}
