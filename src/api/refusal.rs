//! Why an object is not taken, and how `kubectl` says so.

use super::field::FieldError;

/// Why an object is not taken. Errors of the server carry the message of its `Status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `kubectl` stops by itself; the message stands behind `error: `.
    Client(String),
    /// 400: the server cannot read it (`Service in version "v1" cannot be handled as a Service: …`).
    BadRequest(String),
    /// 422: fields break rules.
    Invalid(Vec<FieldError>),
    /// 422 of a patch that does not fit the type (`patch: Invalid value: "map[…]": …`).
    BadPatch(String),
    /// 403 (`services "web" is forbidden: …`).
    Forbidden(String),
    /// 404 (`namespaces "x" not found`).
    NotFound(String),
    /// 409 (`services "web" already exists`).
    AlreadyExists(String),
    /// 409 (`Operation cannot be fulfilled on services "web": …`).
    Conflict(String),
    /// 500 (`Internal error occurred: …`).
    Internal(String),
    /// A limit of Kubehop's, or something it does not simulate.
    Limit(String),
}

impl Refusal {
    /// The server's word for it, as `kubectl` prints it in parentheses; `None` where the server was not asked.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        Some(match self {
            Self::Client(_) | Self::Limit(_) => return None,
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
            Self::Client(message)
            | Self::BadRequest(message)
            | Self::BadPatch(message)
            | Self::Forbidden(message)
            | Self::NotFound(message)
            | Self::AlreadyExists(message)
            | Self::Conflict(message)
            | Self::Internal(message)
            | Self::Limit(message) => message.clone(),
        }
    }

    /// What `kubectl` prints on stderr when this is the only thing that failed (no newline at the end).
    /// `context` is put before server errors that are not about fields (`error when creating "STDIN": `).
    #[must_use]
    pub fn alone(&self, kind: &str, name: &str, context: &str) -> String {
        match self {
            Self::Client(message) => format!("error: {message}"),
            Self::Limit(message) => format!("error: {message}"),
            Self::Invalid(errors) => {
                let lines = distinct(errors);
                match lines.as_slice() {
                    [one] => format!("The {kind} {name:?} is invalid: {one}"),
                    many => {
                        let list: String = many.iter().map(|line| format!("\n* {line}")).collect();
                        format!("The {kind} {name:?} is invalid: {list}")
                    }
                }
            }
            Self::BadPatch(message) => format!("The request is invalid: {message}"),
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
    use crate::api::field::Path;

    #[test]
    fn field_errors_print_once_each() {
        let root = Path::ROOT;
        let ports = root.field("spec");
        let one = FieldError::required(&ports, "");
        let refusal = Refusal::Invalid(vec![one.clone(), one.clone()]);
        assert_eq!(
            refusal.alone("Service", "web", "error when creating \"x\": "),
            "The Service \"web\" is invalid: spec: Required value"
        );
        let two = Refusal::Invalid(vec![one, FieldError::forbidden(&ports, "no")]);
        assert_eq!(
            two.alone("Service", "web", ""),
            "The Service \"web\" is invalid: \n* spec: Required value\n* spec: Forbidden: no"
        );
        assert_eq!(
            two.among_several("Ingress", "networking.k8s.io", "i", "error when creating \"x\": "),
            "Error from server (Invalid): error when creating \"x\": Ingress.networking.k8s.io \"i\" is invalid: [spec: Required value, spec: Forbidden: no]"
        );
    }
}
