//! Names, labels, keys: rules that hold in every kind (`kubernetes apimachinery/pkg/util/validation`).

use super::Place;
use crate::diag::Diagnostic;
use crate::text::{Localized, text};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_PART: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

const OF_63: Localized<&str> = Localized {
    en: "Names and label values are at most 63 characters long, the limit of one part of a DNS name.",
    ko: "이름과 레이블 값은 DNS 이름 한 부분의 한도인 63자까지입니다.",
};
const KEY_NAME: Localized<&str> = Localized {
    en: "Keys are `name` or `example.com/name`; the name holds letters, digits, `-`, `_` and `.`.",
    ko: "키는 `name` 또는 `example.com/name` 형식이며, 이름에는 글자, 숫자, `-`, `_`, `.`만 쓸 수 있습니다.",
};
const KEY_PREFIX: Localized<&str> = Localized {
    en: "What stands before the `/` of a key is written like a DNS name.",
    ko: "키의 `/` 앞부분은 DNS 이름처럼 씁니다.",
};

codes! {
    /// Rules of names, labels and keys.
    pub enum NameCode {
        /// One part of a DNS name is over 63 characters.
        LabelTooLong: Invalid "must be no more than 63 characters" => "name/length" { ..OF_63 },
        /// One part of a DNS name is several.
        LabelDots: Invalid "must not contain dots" => "name/label" {
            en: "It becomes one part of a DNS name, and dots separate the parts.",
            ko: "DNS 이름의 한 부분이 되는데, 점은 부분을 나누는 기호입니다.",
        },
        /// One part of a DNS name has letters that it may not have.
        Label: Invalid "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')" => "name/label" {
            en: "It becomes one part of a DNS name: lower-case letters, digits and hyphens, at most 63.",
            ko: "DNS 이름의 한 부분이 되므로 소문자, 숫자, 하이픈만 63자까지 쓸 수 있습니다.",
        },
        /// A DNS name, or a key of a ConfigMap, is over 253 characters.
        SubdomainTooLong: Invalid "must be no more than 253 characters" => "name/length" {
            en: "The limit of a DNS name is 253 characters.",
            ko: "DNS 이름은 253자까지입니다.",
        },
        /// The name of a CronJob leaves its Jobs no room for theirs.
        CronJobTooLong: Invalid "must be no more than 52 characters" => "name/length" {
            en: "Eleven characters are added for the names of its Jobs, which end at 63.",
            ko: "Job 이름에 11자가 덧붙고 Job 이름은 63자까지이므로 52자까지만 쓸 수 있습니다.",
        },
        /// A DNS name has letters that it may not have.
        Subdomain: Invalid "{SUBDOMAIN}" => "name/subdomain" {
            en: "It is written like a DNS name: lower-case letters, digits, hyphens and dots.",
            ko: "DNS 이름처럼 소문자, 숫자, 하이픈, 점만 쓸 수 있습니다.",
        },
        /// A star stands elsewhere than at the beginning.
        Wildcard: Invalid "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')" => "name/wildcard" {
            en: "A wildcard replaces exactly one part and comes first: `*.example.com`.",
            ko: "와일드카드는 맨 앞에서 정확히 한 부분을 대신합니다(`*.example.com`).",
        },
        /// Nothing stands before the `/` of a key.
        KeyPrefixEmpty: Invalid "prefix part must be non-empty" => "name/key" { ..KEY_PREFIX },
        /// What stands before the `/` of a key is over 253 characters.
        KeyPrefixTooLong: Invalid "prefix part must be no more than 253 characters" => "name/key" { ..KEY_PREFIX },
        /// What stands before the `/` of a key is no DNS name.
        KeyPrefix: Invalid "prefix part {SUBDOMAIN}" => "name/key" { ..KEY_PREFIX },
        /// A key with several `/`.
        KeySlashes: Invalid "a valid label key {NAME_PART} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')" => "name/key" {
            en: "A key has at most one `/`.",
            ko: "키에는 `/`를 하나만 쓸 수 있습니다.",
        },
        /// The name of a key is empty.
        KeyNameEmpty: Invalid "name part must be non-empty" => "name/key" { ..KEY_NAME },
        /// The name of a key is over 63 bytes.
        KeyNameTooLong: Invalid "name part must be no more than 63 bytes" => "name/key" { ..KEY_NAME },
        /// The name of a key has letters that it may not have.
        KeyName: Invalid "name part {NAME_PART}" => "name/key" { ..KEY_NAME },
        /// The value of a label is over 63 bytes.
        LabelValueTooLong: Invalid "must be no more than 63 bytes" => "name/length" { ..OF_63 },
        /// The value of a label has letters that it may not have.
        LabelValue: Invalid "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')" => "name/label-value" {
            en: "Label values hold letters, digits, `-`, `_` and `.`, at most 63, so that selectors can be written plainly.",
            ko: "레이블 값에는 글자, 숫자, `-`, `_`, `.`만 63자까지 쓸 수 있습니다. 셀렉터를 단순하게 쓰기 위한 규칙입니다.",
        },
        /// A key of a ConfigMap or Secret has letters that it may not have.
        ConfigKey: Invalid "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')" => "name/config-key" {
            en: "Keys become file names: letters, digits, `-`, `_` and `.`.",
            ko: "키는 파일 이름이 되므로 글자, 숫자, `-`, `_`, `.`만 쓸 수 있습니다.",
        },
        /// A key of a ConfigMap or Secret is the name of a folder.
        ConfigKeyFolder {
            /// `.` or `..`.
            key: &'static str
        }: Invalid "must not be '{key}'",
        /// A key of a ConfigMap or Secret starts with two dots.
        ConfigKeyDots: Invalid "must not start with '..'",
        /// A part of a URL's path is the name of a folder.
        SegmentFolder {
            /// `.` or `..`.
            segment: &'static str
        }: Invalid "may not be '{segment}'",
        /// A part of a URL's path has a sign in it that means something in paths.
        SegmentSign {
            /// `/` or `%`.
            sign: &'static str
        }: Invalid "may not contain '{sign}'",
    }
}

impl NameCode {
    pub(super) fn hint(&self, place: &Place<'_>, found: Diagnostic) -> Diagnostic {
        match self {
            Self::Label | Self::LabelDots => mend(place, false, found),
            Self::Subdomain => mend(place, true, found),
            _ => found,
        }
    }
}

/// Offers a name in lower case with hyphens.
fn mend(place: &Place<'_>, keep_dots: bool, found: Diagnostic) -> Diagnostic {
    let node = place.node();
    let Some(text) = node.as_str() else { return found };
    let mended: String = text
        .to_lowercase()
        .chars()
        .map(|letter| match letter {
            'a'..='z' | '0'..='9' | '-' => letter,
            '.' if keep_dots => letter,
            _ => '-',
        })
        .collect();
    let mended = mended.trim_matches(['-', '.']);
    if mended.is_empty() || mended == text || mended.contains("..") {
        return found;
    }
    found.fix(
        text! { en: "Write `{mended}`", ko: "`{mended}` 값으로 바꾸기" },
        node.span,
        mended,
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;

    #[test]
    fn names_are_mended() {
        let rows = [
            ("Service", "My_Web", "my-web"),
            ("ConfigMap", "My_Map.a", "my-map.a"),
            ("Service", "a.b", "a-b"),
        ];
        for (kind, name, mended) in rows {
            let text = format!("apiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\nspec: {{ports: [{{port: 80}}]}}\n");
            let text = if kind == "Service" { text } else { text.replace("spec: {ports: [{port: 80}]}\n", "") };
            let (found, edited) = examine(&text);
            assert!(found[0].explain.is_some());
            let wanted = format!("  name: {mended}\n");
            assert!(edited.as_ref().is_some_and(|it| it.contains(&wanted)), "{edited:?}");
        }
    }
}
