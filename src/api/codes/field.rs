//! Field paths and field errors, printed as the API server prints them
//! (`kubernetes apimachinery/pkg/util/validation/field`).

use std::fmt;

use super::{Code, GeneralCode, Supported};
use crate::go::quote;
use crate::text::Localized;

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

impl ErrorType {
    /// What a mistake of this kind means, for rules that have no sentence of their own.
    pub(super) fn why(self) -> Localized<&'static str> {
        match self {
            Self::Required => Localized {
                en: "This field must be there.",
                ko: "반드시 있어야 하는 필드입니다.",
            },
            Self::Invalid => Localized {
                en: "The API server does not take this value here; what it wants stands at the end of its message.",
                ko: "API 서버가 이 값을 받지 않습니다. 무엇을 원하는지는 메시지 끝에 있습니다.",
            },
            Self::NotSupported => Localized {
                en: "Only a few values may stand here; the message lists them.",
                ko: "정해진 값만 쓸 수 있으며, 메시지에 목록이 있습니다.",
            },
            Self::Duplicate => Localized {
                en: "The same value stands further up; here it must be unique.",
                ko: "같은 값이 위에 이미 있습니다. 이 값은 하나뿐이어야 합니다.",
            },
            Self::Forbidden => Localized {
                en: "This field may not be set, or not be changed, in this object as it is; the message says why.",
                ko: "지금 이 오브젝트에서는 쓰거나 바꿀 수 없는 필드입니다. 이유는 메시지에 있습니다.",
            },
            Self::TooLong | Self::TooMany => Localized {
                en: "There is more here than the API server takes.",
                ko: "API 서버가 받는 한도를 넘었습니다.",
            },
            Self::NotFound => Localized {
                en: "What is named here is not there.",
                ko: "여기에 적은 대상이 없습니다.",
            },
            Self::Internal => Localized {
                en: "The API server could not finish its work on this field.",
                ko: "API 서버가 이 필드를 처리하지 못했습니다.",
            },
        }
    }
}

/// One thing the API server has against one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Which rule is broken, with its values.
    pub code: Code,
    /// Path of the field (`spec.ports[0].nodePort`).
    pub field: String,
    /// The value as printed (strings quoted, numbers plain, the rest as JSON); empty where none is printed.
    pub value: String,
}

impl FieldError {
    /// An error that prints the value.
    pub fn new(path: &Path<'_>, value: impl Into<BadValue>, code: impl Into<Code>) -> Self {
        Self::of(path, value.into().0, code.into())
    }

    /// An error that prints no value: there is none, or it is the field that should not be there.
    pub fn without_value(path: &Path<'_>, code: impl Into<Code>) -> Self {
        Self::of(path, String::new(), code.into())
    }

    fn of(path: &Path<'_>, value: String, code: Code) -> Self {
        Self {
            code,
            field: path.to_string(),
            value,
        }
    }

    /// A field that must be there.
    #[must_use]
    pub fn required(path: &Path<'_>) -> Self {
        Self::without_value(path, GeneralCode::Required)
    }

    /// A value that is not one of a few; they are listed in the order given.
    pub fn not_supported(path: &Path<'_>, value: impl Into<BadValue>, supported: &'static [&'static str]) -> Self {
        let supported = Supported(supported);
        Self::new(path, value, GeneralCode::NotSupported { supported })
    }

    /// A value that was there before.
    pub fn duplicate(path: &Path<'_>, value: impl Into<BadValue>) -> Self {
        Self::new(path, value, GeneralCode::Duplicate)
    }

    /// A text, or several together, of more than `max` bytes.
    #[must_use]
    pub fn too_long(path: &Path<'_>, max: usize) -> Self {
        Self::without_value(path, GeneralCode::TooLong { max })
    }

    /// What kind of mistake it is.
    #[must_use]
    pub fn kind(&self) -> ErrorType {
        self.code.kind()
    }

    /// What stands behind the value; may be empty.
    #[must_use]
    pub fn detail(&self) -> String {
        self.code.to_string()
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.kind().name())?;
        if !self.value.is_empty() {
            write!(f, ": {}", self.value)?;
        }
        let detail = self.detail();
        if !detail.is_empty() {
            write!(f, ": {detail}")?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::codes::{EndpointsCode, MetaCode, ServiceCode};

    #[test]
    fn errors_print_as_the_server_prints_them() {
        let root = Path::ROOT;
        let spec = root.field("spec");
        let ports = spec.field("ports");
        let port = ports.index(1);
        let node_port = port.field("nodePort");
        let rows = [
            (FieldError::required(&ports), "spec.ports: Required value"),
            (
                FieldError::new(&node_port, 80, ServiceCode::NodePortTaken),
                "spec.ports[1].nodePort: Invalid value: 80: provided port is already allocated",
            ),
            (
                FieldError::not_supported(&spec.field("type"), "x", &["A", "B"]),
                "spec.type: Unsupported value: \"x\": supported values: \"A\", \"B\"",
            ),
            (
                FieldError::duplicate(&port.field("name"), "p"),
                "spec.ports[1].name: Duplicate value: \"p\"",
            ),
            (
                FieldError::without_value(&spec, MetaCode::NamespaceNotAllowed),
                "spec: Forbidden: not allowed on this type",
            ),
            (
                FieldError::new(&ports, 3, EndpointsCode::TooMany { max: 2 }),
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
