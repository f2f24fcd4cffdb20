//! Rules for names and other text, each with the server's words
//! (`kubernetes apimachinery/pkg/util/validation/validation.go`, `pkg/api/validate/content`).

use crate::api::field::{FieldError, Path};

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_PART: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// What is wrong with a text; empty when nothing is.
pub(super) type Messages = Vec<String>;

/// Says each message of a text about a field.
pub(super) fn report(errors: &mut Vec<FieldError>, path: &Path<'_>, value: &str, messages: Messages) {
    errors.extend(
        messages
            .into_iter()
            .map(|message| FieldError::invalid(path, value, message)),
    );
}

fn is_label_pattern(text: &str) -> bool {
    let bytes = text.as_bytes();
    let alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            alphanumeric(first) && alphanumeric(last) && bytes.iter().all(|byte| alphanumeric(byte) || *byte == b'-')
        }
        _ => false,
    }
}

fn is_subdomain_pattern(text: &str) -> bool {
    text.split('.').all(is_label_pattern)
}

/// One part of a DNS name (`L1123`).
pub(super) fn dns_label(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 63 {
        messages.push("must be no more than 63 characters".to_owned());
    }
    if !is_label_pattern(text) {
        messages.push(if is_subdomain_pattern(text) {
            "must not contain dots".to_owned()
        } else {
            LABEL.to_owned()
        });
    }
    messages
}

/// A DNS name (`S1123`).
pub(super) fn dns_subdomain(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push("must be no more than 253 characters".to_owned());
    }
    if !is_subdomain_pattern(text) {
        messages.push(SUBDOMAIN.to_owned());
    }
    messages
}

/// `*.example.com`.
pub(super) fn wildcard_subdomain(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push("must be no more than 253 characters".to_owned());
    }
    if !text.strip_prefix("*.").is_some_and(is_subdomain_pattern) {
        messages.push(WILDCARD.to_owned());
    }
    messages
}

/// A name that generated names begin with: a dash at its end is fine.
pub(super) fn as_prefix(text: &str, rule: fn(&str) -> Messages) -> Messages {
    match text.strip_suffix('-') {
        Some(start) if !start.is_empty() => rule(&format!("{start}a")),
        _ => rule(text),
    }
}

fn is_name_pattern(text: &str) -> bool {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            first.is_ascii_alphanumeric()
                && last.is_ascii_alphanumeric()
                && bytes
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        }
        _ => false,
    }
}

/// A label key, an annotation key, a protocol name: `[example.com/]name`.
pub(super) fn qualified_name(text: &str) -> Messages {
    let mut messages = Vec::new();
    let name = match text.split('/').collect::<Vec<_>>().as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                messages.push("prefix part must be non-empty".to_owned());
            } else {
                messages.extend(dns_subdomain(prefix).into_iter().map(|it| format!("prefix part {it}")));
            }
            *name
        }
        _ => {
            return vec![format!(
                "a valid label key {NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        messages.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        messages.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_name_pattern(name) {
        messages.push(format!("name part {NAME_PART}"));
    }
    messages
}

/// The value of a label.
pub(super) fn label_value(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 63 {
        messages.push("must be no more than 63 bytes".to_owned());
    }
    if !text.is_empty() && !is_name_pattern(text) {
        messages.push(LABEL_VALUE.to_owned());
    }
    messages
}

/// A port number.
pub(super) fn port_number(number: i64) -> Messages {
    if (1..=65535).contains(&number) {
        Vec::new()
    } else {
        vec!["must be between 1 and 65535, inclusive".to_owned()]
    }
}

/// A port name (IANA).
pub(super) fn port_name(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 15 {
        messages.push("must be no more than 15 characters".to_owned());
    }
    if text.is_empty()
        || !text
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    {
        messages.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|it| it.is_ascii_lowercase()) {
        messages.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        messages.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        messages.push("must not begin or end with a hyphen".to_owned());
    }
    messages
}

/// A key of a ConfigMap or a Secret.
pub(super) fn config_key(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push("must be no more than 253 characters".to_owned());
    }
    if text.is_empty()
        || !text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.'))
    {
        messages.push(CONFIG_KEY.to_owned());
    }
    match text {
        "." => messages.push("must not be '.'".to_owned()),
        ".." => messages.push("must not be '..'".to_owned()),
        _ if text.starts_with("..") => messages.push("must not start with '..'".to_owned()),
        _ => {}
    }
    messages
}

/// A part of a URL path.
pub(super) fn path_segment(text: &str) -> Messages {
    match text {
        "." => return vec!["may not be '.'".to_owned()],
        ".." => return vec!["may not be '..'".to_owned()],
        _ => {}
    }
    ["/", "%"]
        .iter()
        .filter(|it| text.contains(**it))
        .map(|it| format!("may not contain '{it}'"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(dns_label("1web").is_empty());
        assert_eq!(dns_label("a.b"), ["must not contain dots"]);
        assert_eq!(dns_label("A").len(), 1);
        assert_eq!(dns_label(&"a".repeat(64)), ["must be no more than 63 characters"]);
        assert!(dns_subdomain("a.b-c").is_empty());
        assert_eq!(dns_subdomain("a..b").len(), 1);
        assert!(wildcard_subdomain("*.a.b").is_empty());
        assert_eq!(wildcard_subdomain("*").len(), 1);
        assert!(as_prefix("web-", dns_label).is_empty());
        assert_eq!(as_prefix("-", dns_label).len(), 1);
    }

    #[test]
    fn keys_and_values() {
        assert!(qualified_name("example.com/My_name").is_empty());
        assert_eq!(qualified_name("/a"), ["prefix part must be non-empty"]);
        assert_eq!(qualified_name("a/").len(), 2);
        assert!(qualified_name("a/b/c")[0].starts_with("a valid label key must consist"));
        assert!(label_value("").is_empty());
        assert_eq!(label_value("a b").len(), 1);
        assert_eq!(label_value(&"v".repeat(64)), ["must be no more than 63 bytes"]);
    }

    #[test]
    fn ports() {
        assert!(port_name("http-2").is_empty());
        assert_eq!(port_name("8080"), ["must contain at least one letter (a-z)"]);
        assert_eq!(port_name("-a--b-").len(), 2);
        assert_eq!(port_name("").len(), 2);
        assert_eq!(port_number(0).len(), 1);
    }

    #[test]
    fn config_keys_and_segments() {
        assert!(config_key("tls.crt").is_empty());
        assert_eq!(config_key("a b").len(), 1);
        assert_eq!(config_key(".."), ["must not be '..'"]);
        assert_eq!(path_segment("a/b"), ["may not contain '/'"]);
    }
}
