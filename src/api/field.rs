//! Field paths and field errors, printed as the API server prints them
//! (`kubernetes apimachinery/pkg/util/validation/field`).

use std::fmt;

/// A path into an object, built downward and printed only when something is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    /// The object itself.
    pub const ROOT: Path<'static> = Path {
        parent: None,
        step: Step::Root,
    };

    /// A field of this: `spec.type`.
    #[must_use]
    pub fn field(&'a self, name: &'a str) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Step::Field(name),
        }
    }

    /// An item of this list: `ports[0]`.
    #[must_use]
    pub fn index(&'a self, index: usize) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// An entry of this map: `annotations[a/b]`.
    #[must_use]
    pub fn key(&'a self, key: &'a str) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Step::Key(key),
        }
    }

    fn is_root(&self) -> bool {
        matches!(self.step, Step::Root)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Field(name) => {
                if self.parent.is_some_and(|parent| !parent.is_root()) {
                    f.write_str(".")?;
                }
                f.write_str(name)
            }
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) => write!(f, "[{key}]"),
        }
    }
}

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is printed as the words it stands for")]
pub enum ErrorType {
    Required,
    Invalid,
    NotSupported,
    Duplicate,
    Forbidden,
    TooLong,
    TooMany,
    NotFound,
    Internal,
}

impl ErrorType {
    /// As the API server writes it (`Invalid value`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Invalid => "Invalid value",
            Self::NotSupported => "Unsupported value",
            Self::Duplicate => "Duplicate value",
            Self::Forbidden => "Forbidden",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
            Self::NotFound => "Not found",
            Self::Internal => "Internal error",
        }
    }
}

/// One thing the API server has against one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// What kind of mistake it is.
    pub kind: ErrorType,
    /// Path of the field (`spec.ports[0].nodePort`).
    pub field: String,
    /// The value as printed (strings quoted, numbers plain, the rest as JSON); empty where none is printed.
    pub value: String,
    /// What is wrong with it; may be empty.
    pub detail: String,
}

impl FieldError {
    fn new(kind: ErrorType, path: &Path<'_>, value: String, detail: impl Into<String>) -> Self {
        Self {
            kind,
            field: path.to_string(),
            value,
            detail: detail.into(),
        }
    }

    /// A field that must be there.
    pub fn required(path: &Path<'_>, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Required, path, String::new(), detail)
    }

    /// A value that breaks a rule.
    pub fn invalid(path: &Path<'_>, value: impl Into<BadValue>, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Invalid, path, value.into().0, detail)
    }

    /// A value that is not one of a few; they are listed in the order given.
    pub fn not_supported(path: &Path<'_>, value: impl Into<BadValue>, supported: &[&str]) -> Self {
        let list: Vec<String> = supported.iter().map(|it| quote(it)).collect();
        Self::new(
            ErrorType::NotSupported,
            path,
            value.into().0,
            format!("supported values: {}", list.join(", ")),
        )
    }

    /// A value that was there before.
    pub fn duplicate(path: &Path<'_>, value: impl Into<BadValue>) -> Self {
        Self::new(ErrorType::Duplicate, path, value.into().0, "")
    }

    /// A field that may not be there.
    pub fn forbidden(path: &Path<'_>, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Forbidden, path, String::new(), detail)
    }

    /// A reference to something that is not there.
    pub fn not_found(path: &Path<'_>, value: impl Into<BadValue>) -> Self {
        Self::new(ErrorType::NotFound, path, value.into().0, "")
    }

    /// A text of more than `max` bytes.
    #[must_use]
    pub fn too_long(path: &Path<'_>, max: usize) -> Self {
        Self::new(
            ErrorType::TooLong,
            path,
            String::new(),
            format!("may not be more than {max} bytes"),
        )
    }

    /// A list of more than `max` items.
    #[must_use]
    pub fn too_many(path: &Path<'_>, count: usize, max: usize) -> Self {
        let noun = if max == 1 { "item" } else { "items" };
        Self::new(
            ErrorType::TooMany,
            path,
            count.to_string(),
            format!("must have at most {max} {noun}"),
        )
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.kind.name())?;
        if !self.value.is_empty() {
            write!(f, ": {}", self.value)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// A value as an error prints it.
#[derive(Clone, Debug)]
pub struct BadValue(String);

impl BadValue {
    /// Text printed as it stands (JSON of Go structs).
    pub fn raw(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl From<&str> for BadValue {
    fn from(text: &str) -> Self {
        Self(quote(text))
    }
}

impl From<&String> for BadValue {
    fn from(text: &String) -> Self {
        Self(quote(text))
    }
}

impl From<i64> for BadValue {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<&serde_json::Value> for BadValue {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::String(text) => Self(quote(text)),
            other => Self(other.to_string()),
        }
    }
}

/// A string as Go's `%q` writes it.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if (letter as u32) < 0x20 || letter as u32 == 0x7f => {
                out.push_str(&format!("\\x{:02x}", letter as u32));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_print_as_the_server_prints_them() {
        let root = Path::ROOT;
        let spec = root.field("spec");
        let ports = spec.field("ports");
        let port = ports.index(1);
        let node_port = port.field("nodePort");
        let rows = [
            (FieldError::required(&ports, ""), "spec.ports: Required value"),
            (
                FieldError::invalid(&node_port, 80, "must not"),
                "spec.ports[1].nodePort: Invalid value: 80: must not",
            ),
            (
                FieldError::not_supported(&spec.field("type"), "x", &["A", "B"]),
                "spec.type: Unsupported value: \"x\": supported values: \"A\", \"B\"",
            ),
            (
                FieldError::duplicate(&port.field("name"), "p"),
                "spec.ports[1].name: Duplicate value: \"p\"",
            ),
            (FieldError::forbidden(&spec, "no"), "spec: Forbidden: no"),
            (
                FieldError::too_many(&ports, 3, 2),
                "spec.ports: Too many: 3: must have at most 2 items",
            ),
            (
                FieldError::too_long(&spec, 9),
                "spec: Too long: may not be more than 9 bytes",
            ),
        ];
        for (error, line) in rows {
            assert_eq!(error.to_string(), line);
        }
        assert_eq!(root.field("annotations").key("a.b/c").to_string(), "annotations[a.b/c]");
    }
}
