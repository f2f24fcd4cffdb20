//! Unknown fields: what was meant, or where the field belongs.

use std::fmt;

use super::heads;
use super::similar::closest;
use crate::api::schema::{self, Definition, Field};
use crate::diag::{Diagnostic, Severity};
use crate::go::quote;
use crate::manifest::Document;
use crate::text::{Span, text};

/// Fields that their kind does not have, by their paths (`spec.ports[0].Port`); printed as a strict server words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFields(pub Vec<String>);

impl fmt::Display for UnknownFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, field) in self.0.iter().enumerate() {
            let before = if index == 0 { "strict decoding error: " } else { ", " };
            write!(f, "{before}unknown field {}", quote(field))?;
        }
        Ok(())
    }
}

impl UnknownFields {
    /// One finding for each of the first fields, and one that counts the others. `message` is what the server says of
    /// them all.
    pub(super) fn explain(&self, message: &str, document: &Document) -> Vec<Diagnostic> {
        let (first, others) = self.0.split_at(self.0.len().min(EXPLAINED));
        // The whole list is printed once, by kubectl.
        let message = shortened(message);
        let mut found: Vec<Diagnostic> = first.iter().map(|path| unknown(&message, path, document)).collect();
        if let Some(next) = others.first() {
            let more = others.len();
            let counted = Diagnostic::new(
                Severity::Error,
                "schema/unknown-field",
                format!("and {more} more unknown fields"),
            );
            found.push(counted.at_field(next).at(Some(document.locate(next))).explain(text! {
                en: "{more} further fields of this object are unknown; fix the first ones, and these will be listed one by one.",
                ko: "이 오브젝트에 알 수 없는 필드가 {more}개 더 있습니다. 앞의 필드를 고치면 하나씩 알려 줍니다.",
            }));
        }
        found
    }
}

/// Fields of one object that are explained one by one.
const EXPLAINED: usize = 20;
/// Bytes of the server's message that stand at each of them.
const MESSAGE_BYTES: usize = 2000;

fn shortened(message: &str) -> String {
    let mut end = message.len().min(MESSAGE_BYTES);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    let more = if end < message.len() { " …" } else { "" };
    format!("{}{more}", &message[..end])
}

fn unknown(message: &str, path: &str, document: &Document) -> Diagnostic {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let key = document.root.locate(parent).1.entry(name).map(|entry| entry.key_span);
    // Shown at the key alone: the value below it may be long.
    let span = key.unwrap_or_else(|| document.locate(path));
    let found = Diagnostic::new(Severity::Error, "schema/unknown-field", message)
        .at_field(path)
        .at(Some(span));
    let (version, kind) = heads(document);
    let Some(definition) = schema::definition_at(version, kind, parent) else {
        return found;
    };
    if name.starts_with('-') {
        return found
            .explain(text! {
                en: "A list item needs a space behind its dash; without it the dash is part of the name.",
                ko: "목록 항목은 대시 뒤에 공백이 필요합니다. 공백이 없으면 대시가 이름의 일부가 됩니다.",
            })
            .fix(
                text! { en: "Put a space behind the dash", ko: "대시 뒤에 공백을 넣기" },
                Span {
                    end: span.start + 1,
                    ..span
                },
                "- ",
            );
    }
    if let Some(name) = closest(name, definition.fields.iter().map(|field| field.name)) {
        let same = name.eq_ignore_ascii_case(path.rsplit('.').next().unwrap_or_default());
        let explain = if same {
            text! {
                en: "Upper and lower case count: the field is called `{name}`.",
                ko: "대소문자를 구별합니다. 필드 이름은 `{name}`입니다.",
            }
        } else {
            text! {
                en: "The API server rejects unknown fields so that typos are noticed. Did you mean `{name}`?",
                ko: "API 서버는 오타를 놓치지 않도록 모르는 필드를 거부합니다. 혹시 `{name}` 아닌가요?",
            }
        };
        return with_rename(found.explain(explain), span, name);
    }
    match elsewhere(version, kind, parent, definition, name) {
        Some(place) if place.is_empty() => found.explain(text! {
            en: "`{name}` is a field of the top level; here it is indented under another one.",
            ko: "`{name}` 필드의 자리는 최상위입니다. 지금은 다른 필드 아래에 들여쓰여 있습니다.",
        }),
        Some(place) => found.explain(text! {
            en: "`{name}` is a field of `{place}`; here it is indented under another one.",
            ko: "`{name}` 필드의 자리는 `{place}`입니다. 지금은 다른 필드 아래에 들여쓰여 있습니다.",
        }),
        None if matches!((kind, name), ("Ingress", "serviceName" | "servicePort")) => found.explain(text! {
            en: "The form of the old v1beta1 API. Since v1 a backend reads `service: {{name: …, port: {{number: …}}}}`.",
            ko: "예전 v1beta1 API의 형식입니다. v1부터 백엔드는 `service: {{name: …, port: {{number: …}}}}` 형식입니다.",
        }),
        None => {
            let some: Vec<_> = definition
                .fields
                .iter()
                .take(8)
                .map(|field| format!("`{}`", field.name))
                .collect();
            found.explain(text! {
                en: format!("There is no such field here. There are {} …", some.join(", ")),
                ko: format!("여기에는 그런 필드가 없습니다. {} 등이 있습니다.", some.join(", ")),
            })
        }
    }
}

fn with_rename(found: Diagnostic, span: Span, name: &str) -> Diagnostic {
    found.fix(
        text! { en: "Rename it to `{name}`", ko: "이름을 바꿉니다: `{name}`" },
        span,
        name,
    )
}

/// Where a field of this name belongs: in a field beside or above, or one level deeper.
fn elsewhere(version: &str, kind: &str, parent: &str, definition: &Definition, name: &str) -> Option<String> {
    let plain = |path: &str| {
        path.split('.')
            .map(|step| step.split('[').next().unwrap_or(step))
            .collect::<Vec<_>>()
            .join(".")
    };
    let deeper = |definition: &Definition, path: &str| {
        definition
            .fields
            .iter()
            .find(|field| field.definition().is_some_and(|it| it.field(name).is_some()) && !is_housekeeping(field))
            .map(|field| {
                if path.is_empty() {
                    field.name.to_owned()
                } else {
                    format!("{}.{}", plain(path), field.name)
                }
            })
    };
    if let Some(place) = deeper(definition, parent) {
        return Some(place);
    }
    let mut above = parent;
    while !above.is_empty() {
        above = above.rsplit_once('.').map_or("", |(start, _)| start);
        let outer = schema::definition_at(version, kind, above)?;
        if outer.field(name).is_some() {
            return Some(plain(above));
        }
        if let Some(place) = deeper(outer, above) {
            return Some(place);
        }
    }
    None
}

fn is_housekeeping(field: &Field) -> bool {
    matches!(field.name, "metadata" | "status" | "managedFields")
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;

    fn service(spec: &str) -> String {
        format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n{spec}")
    }

    #[test]
    fn typos_are_renamed() {
        let rows = [
            ("spec:\n  slector:\n    a: b\n  ports:\n  - port: 80\n", "  selector:\n"),
            ("spec:\n  ports:\n  - Port: 80\n", "  - port: 80\n"),
            (
                "spec:\n  ports:\n  - port: 80\n    target_port: 8080\n",
                "    targetPort: 8080\n",
            ),
            ("specs:\n  ports:\n  - port: 80\n", "spec:\n"),
            ("spec:\n  ports:\n  -port: 80\n", "  - port: 80\n"),
        ];
        for (spec, mended) in rows {
            let (found, edited) = examine(&service(spec));
            assert_eq!(found[0].code, "schema/unknown-field");
            let edited = edited.expect("an edit");
            assert!(edited.contains(mended), "{edited}");
        }
    }

    #[test]
    fn misplaced_fields_are_told_their_place() {
        let explain = |text: &str| {
            let (found, _) = examine(text);
            found[0].explain.clone().expect("explained").en.into_owned()
        };
        let text = service("  type: NodePort\nspec:\n  ports:\n  - port: 80\n");
        assert!(explain(&text).contains("field of `spec`"), "{}", explain(&text));
        let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\nspec:\n  rules:\n  - http:\n      pathType: Prefix\n      paths: []\n";
        assert!(
            explain(text).contains("field of `spec.rules.http.paths`"),
            "{}",
            explain(text)
        );
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  template: {}\n  containers: []\n";
        assert!(explain(text).contains("no such field here"), "{}", explain(text));
    }
}
