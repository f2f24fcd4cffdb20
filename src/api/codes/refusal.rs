//! Why an object is not taken, and how `kubectl` says so.

use super::field::FieldError;
use super::{BadPatch, BadRequest, ClientError, Forbidden, Internal, NotFound, ResourceName};

/// Why an object is not taken. Each is printed as the message of the server's `Status`, or as what `kubectl` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `kubectl` stops by itself; the message stands behind `error: `.
    Client(ClientError),
    /// 400: the server cannot read it (`Service in version "v1" cannot be handled as a Service: …`).
    BadRequest(BadRequest),
    /// 422: fields break rules.
    Invalid(Vec<FieldError>),
    /// 422 of a patch that does not fit the type (`patch: Invalid value: "map[…]": …`).
    BadPatch(BadPatch),
    /// 403 (`services "web" is forbidden: …`).
    Forbidden(Forbidden),
    /// 404 (`namespaces "x" not found`).
    NotFound(NotFound),
    /// 409 (`services "web" already exists`).
    AlreadyExists(ResourceName),
    /// 409 (`Operation cannot be fulfilled on services "web": …`).
    Conflict(ResourceName),
    /// 500 (`Internal error occurred: …`).
    Internal(Internal),
}

impl Refusal {
    /// The server's word for it, as `kubectl` prints it in parentheses; `None` where the server was not asked.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::Client(_) => return None,
            Self::BadRequest(_) => "BadRequest",
            Self::Invalid(_) | Self::BadPatch(_) => "Invalid",
            Self::Forbidden(_) => "Forbidden",
            Self::NotFound(_) => "NotFound",
            Self::AlreadyExists(_) => "AlreadyExists",
            Self::Conflict(_) => "Conflict",
            Self::Internal(_) => "InternalError",
        })
    }

    /// The server's message. `kind` is written with its group for errors of fields
    /// (`Ingress.networking.k8s.io "web" is invalid: …`).
    #[must_use]
    pub fn message(&self, kind: &str, group: &str, name: &str) -> String {
        match self {
            Self::Invalid(errors) => {
                let dot = if group.is_empty() { "" } else { "." };
                let lines = distinct(errors);
                let list = match lines.as_slice() {
                    [one] => one.clone(),
                    many => format!("[{}]", many.join(", ")),
                };
                format!("{kind}{dot}{group} {name:?} is invalid: {list}")
            }
            Self::Client(error) => error.to_string(),
            Self::BadRequest(error) => error.to_string(),
            Self::BadPatch(error) => error.to_string(),
            Self::Forbidden(error) => error.to_string(),
            Self::NotFound(error) => error.to_string(),
            Self::Internal(error) => error.to_string(),
            Self::AlreadyExists(object) => format!("{object} already exists"),
            Self::Conflict(object) => format!(
                "Operation cannot be fulfilled on {object}: the object has been modified; please apply your changes to the latest version and try again"
            ),
        }
    }

    /// What `kubectl` prints on stderr when this is the only thing that failed (no newline at the end).
    /// `context` is put before server errors that are not about fields (`error when creating "STDIN": `).
    #[must_use]
    pub fn alone(&self, kind: &str, name: &str, context: &str) -> String {
        match self {
            Self::Client(error) => format!("error: {error}"),
            Self::Invalid(errors) => {
                let lines = distinct(errors);
                let text = match lines.as_slice() {
                    [one] => format!("The {kind} {name:?} is invalid: {one}"),
                    many => {
                        let list: String = many.iter().map(|line| format!("\n* {line}")).collect();
                        format!("The {kind} {name:?} is invalid: {list}")
                    }
                };
                // kubectl adds a newline only where none is.
                match text.strip_suffix('\n') {
                    Some(text) => text.to_owned(),
                    None => text,
                }
            }
            Self::BadPatch(error) => format!("The request is invalid: {error}"),
            _ => format!(
                "Error from server ({}): {context}{}",
                self.reason().unwrap_or("Unknown"),
                self.message(kind, "", name)
            ),
        }
    }

    /// What `kubectl` prints on stderr when several objects of one command failed; what it found out by itself
    /// then goes without `error: ` (`MultipleErrors`).
    #[must_use]
    pub fn among_several(&self, kind: &str, group: &str, name: &str, context: &str) -> String {
        match self.reason() {
            None => self.message(kind, group, name),
            Some(reason) => format!(
                "Error from server ({reason}): {context}{}",
                self.message(kind, group, name)
            ),
        }
    }
}

/// Lines of errors, each once, in order.
fn distinct(errors: &[FieldError]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::with_capacity(errors.len());
    for error in errors {
        let line = error.to_string();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::codes::MetaCode;
    use crate::api::field::Path;

    #[test]
    fn field_errors_print_once_each() {
        let root = Path::ROOT;
        let ports = root.field("spec");
        let one = FieldError::required(&ports);
        let refusal = Refusal::Invalid(vec![one.clone(), one.clone()]);
        assert_eq!(
            refusal.alone("Service", "web", "error when creating \"x\": "),
            "The Service \"web\" is invalid: spec: Required value"
        );
        let two = Refusal::Invalid(vec![
            one,
            FieldError::without_value(&ports, MetaCode::NamespaceNotAllowed),
        ]);
        assert_eq!(
            two.alone("Service", "web", ""),
            "The Service \"web\" is invalid: \n* spec: Required value\n* spec: Forbidden: not allowed on this type"
        );
        assert_eq!(
            two.among_several("Ingress", "networking.k8s.io", "i", "error when creating \"x\": "),
            "Error from server (Invalid): error when creating \"x\": Ingress.networking.k8s.io \"i\" is invalid: [spec: Required value, spec: Forbidden: not allowed on this type]"
        );
    }
}
