//! Wrong types: a number in quotes, a map where a list belongs, `yes` where text belongs.

use crate::api::decode;
use crate::api::read::lookup;
use crate::diag::{Diagnostic, Severity};
use crate::manifest::{Document, Node, NodeKind};
use crate::text::text;
use serde_json::Value;

/// The finding for a value of a wrong type.
pub(super) fn wrong_type(message: &str, document: &Document) -> Diagnostic {
    let found = Diagnostic::new(Severity::Error, "schema/wrong-type", message);
    let written = |key: &str| document.root.get(key).and_then(Node::as_str).unwrap_or_default();
    let finding = lookup(written("apiVersion"), written("kind"))
        .map(|info| decode::examine(&info, &document.root.to_value()).1)
        .and_then(|findings| findings.wrong_type);
    let Some(finding) = finding else {
        return found.at(Some(super::heading(document)));
    };
    at_value(found, &finding.message, &finding.field, document)
}

/// Explains a type error about a field.
pub(super) fn at_value(found: Diagnostic, message: &str, field: &str, document: &Document) -> Diagnostic {
    let (span, node) = document.root.locate(field);
    let found = found.at_field(field).at(Some(span));
    let wanted = message.rsplit(" of type ").next().unwrap_or_default();
    let is_text = wanted == "string" || wanted.starts_with("v1.") || wanted == "types.UID";
    let is_number = matches!(wanted, "int32" | "int64");
    match &node.kind {
        NodeKind::Scalar(Value::String(text)) if is_number && text.parse::<i64>().is_ok() => found
            .explain(text! {
                en: "Quotes make it text; this field takes a number.",
                ko: "따옴표로 감싸면 문자열이 됩니다. 이 필드에는 숫자를 써야 합니다.",
            })
            .fix(
                text! { en: "Take the quotes away", ko: "따옴표를 뺍니다" },
                node.span,
                text.clone(),
            ),
        NodeKind::Scalar(Value::String(text)) if wanted == "bool" && matches!(&**text, "true" | "false") => found
            .explain(text! {
                en: "Quotes make it text; this field takes `true` or `false` without them.",
                ko: "따옴표로 감싸면 문자열이 됩니다. 이 필드에는 따옴표 없이 `true`나 `false`를 써야 합니다.",
            })
            .fix(
                text! { en: "Take the quotes away", ko: "따옴표를 뺍니다" },
                node.span,
                text.clone(),
            ),
        NodeKind::Scalar(Value::Bool(_) | Value::Number(_)) if is_text && field.contains(['.', '[']) => {
            let quote = text! { en: "Put the value in quotes", ko: "값을 따옴표로 감쌉니다" };
            let found = found.explain(text! {
                en: "YAML reads `yes`, `on`, `true` and bare numbers as booleans and numbers. This field takes text: put it in quotes.",
                ko: "YAML은 `yes`, `on`, `true`와 따옴표 없는 숫자를 불리언이나 숫자로 읽습니다. 이 필드는 문자열이므로 따옴표로 감싸야 합니다.",
            });
            match node.as_written() {
                Some(text) => found.fix(quote, node.span, format!("{text:?}")),
                None => found.hint(quote),
            }
        }
        NodeKind::Mapping(_) if wanted.starts_with("[]") => found.explain(text! {
            en: "This field is a list: put `- ` before its first key, and indent the rest under it.",
            ko: "이 필드는 목록입니다. 첫 번째 키 앞에 `- `를 붙이고 나머지는 그 아래로 들여쓰세요.",
        }),
        NodeKind::Scalar(Value::String(_)) if message.contains("illegal base64") => found.explain(text! {
            en: "Values of a Secret's `data` are base64. Plain text belongs into `stringData`.",
            ko: "Secret의 `data` 값은 base64여야 합니다. 일반 텍스트는 `stringData`에 쓰세요.",
        }),
        NodeKind::Scalar(Value::String(_)) if message.starts_with("parsing time") => found.explain(text! {
            en: "Times are written as `2026-01-31T12:00:00Z`.",
            ko: "시각은 `2026-01-31T12:00:00Z` 형식으로 씁니다.",
        }),
        NodeKind::Scalar(Value::String(text)) if !wanted.contains("string") && text.contains(':') => found
            .explain(text! {
                en: "A space is missing behind the colon, so YAML reads one text instead of a key and its value.",
                ko: "콜론 뒤에 공백이 없어 YAML이 키와 값이 아니라 하나의 문자열로 읽습니다.",
            })
            .fix(
                text! { en: "Put a space behind the colon", ko: "콜론 뒤에 공백을 넣습니다" },
                node.span,
                text.replacen(':', ": ", 1),
            ),
        NodeKind::Scalar(Value::String(text)) if wanted == "[]string" && !is_command(field) => found
            .explain(text! {
                en: "This field is a list, even for one value.",
                ko: "값이 하나라도 목록으로 써야 하는 필드입니다.",
            })
            .fix(
                text! { en: "Write it as a list", ko: "목록으로 씁니다" },
                node.span,
                format!("[{text:?}]"),
            ),
        NodeKind::Scalar(Value::String(text)) if wanted == "[]string" => {
            let words: Vec<String> = text.split_whitespace().map(|word| format!("{word:?}")).collect();
            found
                .explain(text! {
                    en: "This field is a list of words: `[\"sleep\", \"3600\"]`. No shell takes a line apart here.",
                    ko: "이 필드는 단어의 목록입니다(`[\"sleep\", \"3600\"]`). 여기서는 셸이 한 줄을 나누어 주지 않습니다.",
                })
                .fix(
                    text! { en: "Write it as a list", ko: "목록으로 씁니다" },
                    node.span,
                    format!("[{}]", words.join(", ")),
                )
        }
        NodeKind::Scalar(Value::String(text)) if wanted == "map[string]string" => {
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
                        text! { en: "Write it as a map", ko: "맵으로 씁니다" },
                        node.span,
                        format!("{{{}}}", pairs.join(", ")),
                    )
                }
                None => found,
            }
        }
        _ if message.contains("quantities must match") => found.explain(text! {
            en: "Amounts are a number and a unit: `500m` and `2` for CPU, `128Mi` and `1Gi` for memory.",
            ko: "양은 숫자와 단위로 씁니다. CPU는 `500m`, `2`, 메모리는 `128Mi`, `1Gi`처럼 씁니다.",
        }),
        _ => found.explain(text! {
            en: "The field takes a value of another type ({wanted}).",
            ko: "이 필드는 다른 타입({wanted})의 값을 받습니다.",
        }),
    }
}

fn is_command(field: &str) -> bool {
    field.ends_with("command") || field.ends_with("args")
}

#[cfg(test)]
mod tests {
    use crate::api::explain::testing::examine;

    #[test]
    fn wrong_types_are_mended_where_the_meaning_is_plain() {
        let head = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n";
        let rows = [
            ("  ports:\n  - port: \"80\"\n", "port: 80\n"),
            ("  selector: app=web\n", "selector: {app: web}\n"),
            ("  externalIPs: 10.0.0.1\n", "externalIPs: [\"10.0.0.1\"]\n"),
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
}
