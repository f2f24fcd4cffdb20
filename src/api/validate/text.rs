//! Rules for names and other text
//! (`kubernetes apimachinery/pkg/util/validation/validation.go`, `pkg/api/validate/content`).

use crate::api::codes::{Code, NameCode, PortCode};
use crate::api::field::{FieldError, Path};

/// What is wrong with a text; empty when nothing is.
pub(crate) type Messages = Vec<Code>;

/// Says each message of a text about a field.
pub(super) fn report(errors: &mut Vec<FieldError>, path: &Path<'_>, value: &str, messages: Messages) {
    errors.extend(
        messages
            .into_iter()
            .map(|message| FieldError::new(path, value, message)),
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
        messages.push(NameCode::LabelTooLong.into());
    }
    if !is_label_pattern(text) {
        messages.push(if is_subdomain_pattern(text) {
            NameCode::LabelDots.into()
        } else {
            NameCode::Label.into()
        });
    }
    messages
}

/// A DNS name (`S1123`).
pub(super) fn dns_subdomain(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push(NameCode::SubdomainTooLong.into());
    }
    if !is_subdomain_pattern(text) {
        messages.push(NameCode::Subdomain.into());
    }
    messages
}

/// `*.example.com`.
pub(super) fn wildcard_subdomain(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push(NameCode::SubdomainTooLong.into());
    }
    if !text.strip_prefix("*.").is_some_and(is_subdomain_pattern) {
        messages.push(NameCode::Wildcard.into());
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
                messages.push(NameCode::KeyPrefixEmpty.into());
            } else {
                if prefix.len() > 253 {
                    messages.push(NameCode::KeyPrefixTooLong.into());
                }
                if !is_subdomain_pattern(prefix) {
                    messages.push(NameCode::KeyPrefix.into());
                }
            }
            *name
        }
        _ => {
            return vec![NameCode::KeySlashes.into()];
        }
    };
    if name.is_empty() {
        messages.push(NameCode::KeyNameEmpty.into());
    } else if name.len() > 63 {
        messages.push(NameCode::KeyNameTooLong.into());
    }
    if !is_name_pattern(name) {
        messages.push(NameCode::KeyName.into());
    }
    messages
}

/// The value of a label.
pub(super) fn label_value(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 63 {
        messages.push(NameCode::LabelValueTooLong.into());
    }
    if !text.is_empty() && !is_name_pattern(text) {
        messages.push(NameCode::LabelValue.into());
    }
    messages
}

/// A port number.
pub(super) fn port_number(number: i64) -> Messages {
    if (1..=65535).contains(&number) {
        Vec::new()
    } else {
        vec![PortCode::Range.into()]
    }
}

/// A port name (IANA).
pub(super) fn port_name(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 15 {
        messages.push(PortCode::NameTooLong.into());
    }
    if text.is_empty()
        || !text
            .bytes()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    {
        messages.push(PortCode::Name.into());
    }
    if !text.bytes().any(|it| it.is_ascii_lowercase()) {
        messages.push(PortCode::NameLetter.into());
    }
    if text.contains("--") {
        messages.push(PortCode::NameHyphens.into());
    }
    if text.starts_with('-') || text.ends_with('-') {
        messages.push(PortCode::NameEnds.into());
    }
    messages
}

/// A key of a ConfigMap or a Secret.
pub(super) fn config_key(text: &str) -> Messages {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push(NameCode::SubdomainTooLong.into());
    }
    if text.is_empty()
        || !text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.'))
    {
        messages.push(NameCode::ConfigKey.into());
    }
    match text {
        "." => messages.push(NameCode::ConfigKeyFolder { key: "." }.into()),
        ".." => messages.push(NameCode::ConfigKeyFolder { key: ".." }.into()),
        _ if text.starts_with("..") => messages.push(NameCode::ConfigKeyDots.into()),
        _ => {}
    }
    messages
}

/// Signs that a part of a URL's path cannot have, since they mean something there.
pub(crate) fn segment_signs(text: &str) -> Messages {
    ["/", "%"]
        .into_iter()
        .filter(|sign| text.contains(sign))
        .map(|sign| NameCode::SegmentSign { sign }.into())
        .collect()
}

/// A part of a URL path.
pub(super) fn path_segment(text: &str) -> Messages {
    match text {
        "." => return vec![NameCode::SegmentFolder { segment: "." }.into()],
        ".." => return vec![NameCode::SegmentFolder { segment: ".." }.into()],
        _ => {}
    }
    segment_signs(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(codes: Messages) -> Vec<String> {
        codes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names() {
        assert!(dns_label("1web").is_empty());
        assert_eq!(words(dns_label("a.b")), ["must not contain dots"]);
        assert_eq!(dns_label("A").len(), 1);
        assert_eq!(
            words(dns_label(&"a".repeat(64))),
            ["must be no more than 63 characters"]
        );
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
        assert_eq!(words(qualified_name("/a")), ["prefix part must be non-empty"]);
        assert_eq!(qualified_name("a/").len(), 2);
        assert_eq!(qualified_name("a/b/c"), [NameCode::KeySlashes.into()]);
        assert!(label_value("").is_empty());
        assert_eq!(label_value("a b").len(), 1);
        assert_eq!(words(label_value(&"v".repeat(64))), ["must be no more than 63 bytes"]);
    }

    #[test]
    fn ports() {
        assert!(port_name("http-2").is_empty());
        assert_eq!(words(port_name("8080")), ["must contain at least one letter (a-z)"]);
        assert_eq!(port_name("-a--b-").len(), 2);
        assert_eq!(port_name("").len(), 2);
        assert_eq!(port_number(0).len(), 1);
    }

    #[test]
    fn config_keys_and_segments() {
        assert!(config_key("tls.crt").is_empty());
        assert_eq!(config_key("a b").len(), 1);
        assert_eq!(words(config_key("..")), ["must not be '..'"]);
        assert_eq!(words(path_segment("a/b")), ["may not contain '/'"]);
    }
}
