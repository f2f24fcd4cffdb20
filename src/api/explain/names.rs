//! Names, labels, ports, addresses: rules that hold in every kind.

use crate::api::field::{ErrorType, FieldError};
use crate::diag::Diagnostic;
use crate::manifest::Document;
use crate::text::text;

use super::similar::closest;

/// Explains an error by its wording; gives the finding back untouched if it knows nothing of it.
pub(super) fn explain(
    error: &FieldError,
    field: &str,
    document: &Document,
    found: Diagnostic,
) -> Result<Diagnostic, Diagnostic> {
    let detail = error.detail.as_str();
    let about = |code: &'static str, found: Diagnostic, en: &'static str, ko: &'static str| {
        let mut found = found.explain(text! { en: en, ko: ko });
        found.code = code;
        found
    };
    let rows: &[(&str, &'static str, &'static str, &'static str)] = &[
        (
            "must be between 1 and 65535",
            "port/range",
            "Ports are numbers from 1 to 65535.",
            "포트는 1부터 65535까지의 숫자입니다.",
        ),
        (
            "must contain at least one letter",
            "port/name",
            "In quotes this is a port name, and names hold a letter. For a number, take the quotes away.",
            "따옴표로 감싸면 포트 이름으로 읽히고, 이름에는 글자가 하나 이상 있어야 합니다. 숫자라면 따옴표를 빼세요.",
        ),
        (
            "must be no more than 15 characters",
            "port/name",
            "Names of container ports are at most 15 characters long, as the registry of services (IANA) has it.",
            "컨테이너 포트 이름은 서비스 이름 규칙(IANA)에 따라 15자까지입니다.",
        ),
        (
            "must contain only alpha-numeric characters (a-z",
            "port/name",
            "Names of container ports hold lower-case letters, digits and hyphens.",
            "컨테이너 포트 이름에는 소문자, 숫자, 하이픈만 쓸 수 있습니다.",
        ),
        (
            "must be a valid IP address",
            "address/format",
            "This must be an IP address; a host name will not do.",
            "IP 주소를 써야 합니다. 호스트 이름은 쓸 수 없습니다.",
        ),
        (
            "must not have leading 0s",
            "address/leading-zeros",
            "Leading zeros are refused since some programs read them as octal.",
            "앞에 붙은 0을 8진수로 읽는 프로그램이 있어 허용하지 않습니다.",
        ),
        (
            "must be a valid CIDR value",
            "address/range",
            "A range is an address and a prefix length: `10.0.0.0/8`; for one address `/32`.",
            "주소 범위는 주소와 접두사 길이로 씁니다(`10.0.0.0/8`). 주소 하나라면 `/32`를 붙이세요.",
        ),
        (
            "must not have bits set beyond the prefix length",
            "address/range",
            "The address must be the first of its range: everything beyond the prefix is zero.",
            "주소는 범위의 첫 주소여야 합니다. 접두사 뒤의 비트는 모두 0이어야 합니다.",
        ),
        (
            "may not be in the loopback range",
            "address/special",
            "Loopback addresses mean something else on every machine, so they cannot be endpoints.",
            "루프백 주소는 머신마다 다른 곳을 가리키므로 엔드포인트가 될 수 없습니다.",
        ),
        (
            "may not be in the link-local",
            "address/special",
            "Link-local addresses hold on one link only, so they cannot be endpoints.",
            "링크 로컬 주소는 한 링크 안에서만 통하므로 엔드포인트가 될 수 없습니다.",
        ),
        (
            "may not be unspecified",
            "address/special",
            "`0.0.0.0` means \"any address\"; nothing can be reached there.",
            "`0.0.0.0`은 '아무 주소나'라는 뜻이라 도달할 수 있는 곳이 아닙니다.",
        ),
        (
            "a lowercase RFC 1123 label",
            "name/label",
            "It becomes one part of a DNS name: lower-case letters, digits and hyphens, at most 63.",
            "DNS 이름의 한 부분이 되므로 소문자, 숫자, 하이픈만 63자까지 쓸 수 있습니다.",
        ),
        (
            "must not contain dots",
            "name/label",
            "It becomes one part of a DNS name, and dots separate the parts.",
            "DNS 이름의 한 부분이 되는데, 점은 부분을 나누는 기호입니다.",
        ),
        (
            "a lowercase RFC 1123 subdomain",
            "name/subdomain",
            "It is written like a DNS name: lower-case letters, digits, hyphens and dots.",
            "DNS 이름처럼 소문자, 숫자, 하이픈, 점만 쓸 수 있습니다.",
        ),
        (
            "a wildcard DNS-1123 subdomain",
            "name/wildcard",
            "A wildcard stands for exactly one part and comes first: `*.example.com`.",
            "와일드카드는 맨 앞에서 정확히 한 부분을 대신합니다(`*.example.com`).",
        ),
        (
            "must be a DNS name, not an IP address",
            "name/host",
            "A rule's host is compared with the Host header, which carries a name. Leave it out to match any host.",
            "규칙의 host는 Host 헤더의 이름과 비교됩니다. 모든 호스트를 받으려면 생략하세요.",
        ),
        (
            "name part must",
            "name/key",
            "Keys are `name` or `example.com/name`; the name holds letters, digits, `-`, `_` and `.`.",
            "키는 `name` 또는 `example.com/name` 형식이며, 이름에는 글자, 숫자, `-`, `_`, `.`만 쓸 수 있습니다.",
        ),
        (
            "prefix part",
            "name/key",
            "What stands before the `/` of a key is written like a DNS name.",
            "키의 `/` 앞부분은 DNS 이름처럼 씁니다.",
        ),
        (
            "a valid label key must",
            "name/key",
            "A key has at most one `/`.",
            "키에는 `/`를 하나만 쓸 수 있습니다.",
        ),
        (
            "a valid label must be an empty string",
            "name/label-value",
            "Label values hold letters, digits, `-`, `_` and `.`, at most 63, so that selectors can be written plainly.",
            "레이블 값에는 글자, 숫자, `-`, `_`, `.`만 63자까지 쓸 수 있습니다. 셀렉터를 단순하게 쓰기 위한 규칙입니다.",
        ),
        (
            "must be no more than 63",
            "name/length",
            "Names and label values are at most 63 characters long, the limit of one part of a DNS name.",
            "이름과 레이블 값은 DNS 이름 한 부분의 한도인 63자까지입니다.",
        ),
        (
            "must be no more than 253",
            "name/length",
            "The limit of a DNS name is 253 characters.",
            "DNS 이름은 253자까지입니다.",
        ),
        (
            "a valid config key must",
            "name/config-key",
            "Keys become file names: letters, digits, `-`, `_` and `.`.",
            "키는 파일 이름이 되므로 글자, 숫자, `-`, `_`, `.`만 쓸 수 있습니다.",
        ),
        (
            "must be greater than or equal to 0",
            "field/negative",
            "A count cannot be below zero.",
            "개수는 0보다 작을 수 없습니다.",
        ),
        (
            "name or generateName is required",
            "name/missing",
            "Every object has a name, unique in its kind and namespace.",
            "모든 오브젝트에는 이름이 있으며, 같은 종류와 네임스페이스 안에서 하나뿐이어야 합니다.",
        ),
        (
            "field is immutable",
            "update/immutable",
            "This field is fixed once the object exists. Delete the object and make it anew.",
            "오브젝트가 만들어지면 바꿀 수 없는 필드입니다. 오브젝트를 지우고 다시 만드세요.",
        ),
        (
            "may not change once set",
            "update/immutable",
            "This field is fixed once the object exists. Delete the object and make it anew.",
            "오브젝트가 만들어지면 바꿀 수 없는 필드입니다. 오브젝트를 지우고 다시 만드세요.",
        ),
    ];
    if let Some((_, code, en, ko)) = rows.iter().find(|(start, ..)| detail.starts_with(start)) {
        let found = about(code, found, en, ko);
        return Ok(mend_name(code, field, document, found));
    }
    match error.kind {
        ErrorType::NotSupported => Ok(one_of_few(error, field, document, found)),
        ErrorType::Required => Ok(about(
            "field/required",
            found,
            "This field must be there.",
            "반드시 있어야 하는 필드입니다.",
        )),
        ErrorType::Duplicate => Ok(about(
            "field/duplicate",
            found,
            "The same value stands further up; here it must be unique.",
            "같은 값이 위에 이미 있습니다. 이 값은 하나뿐이어야 합니다.",
        )),
        _ => Err(found),
    }
}

/// Offers a name in lower case with hyphens.
fn mend_name(code: &str, field: &str, document: &Document, found: Diagnostic) -> Diagnostic {
    if !matches!(code, "name/label" | "name/subdomain" | "port/name") {
        return found;
    }
    let node = document.root.locate(field).1;
    let Some(text) = node.as_str() else { return found };
    if code == "port/name" {
        return match text.parse::<u16>() {
            Ok(number) => found.fix(
                text! { en: "Take the quotes away", ko: "따옴표를 뺍니다" },
                node.span,
                number.to_string(),
            ),
            Err(_) => found,
        };
    }
    let keep_dots = code == "name/subdomain";
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
        text! { en: "Write `{mended}`", ko: "`{mended}` 값으로 바꿉니다" },
        node.span,
        mended,
    )
}

/// A value that is not one of a few.
fn one_of_few(error: &FieldError, field: &str, document: &Document, found: Diagnostic) -> Diagnostic {
    let supported: Vec<&str> = error
        .detail
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|it| !it.is_empty() && *it != ", ")
        .collect();
    let mut found = found.explain(text! {
        en: format!(
            "Only {} may stand here; upper and lower case count.",
            supported.join(", ")
        ),
        ko: format!("{} 중 하나만 쓸 수 있으며 대소문자를 구별합니다.", supported.join(", ")),
    });
    found.code = "field/not-supported";
    let node = document.root.locate(field).1;
    match node.as_str().and_then(|text| closest(text, supported)) {
        Some(value) => found.fix(
            text! { en: "Write `{value}`", ko: "`{value}` 값으로 바꿉니다" },
            node.span,
            value,
        ),
        None => found,
    }
}

#[cfg(test)]
mod tests {
    use crate::api::explain::testing::examine;

    #[test]
    fn names_are_mended() {
        let rows = [
            ("  name: My_Web\nspec:\n  ports:\n  - port: 80\n", "  name: my-web\n"),
            (
                "  name: web\nspec:\n  type: nodePort\n  ports:\n  - port: 80\n",
                "  type: NodePort\n",
            ),
            (
                "  name: web\nspec:\n  ports:\n  - port: 80\n    protocol: udp\n",
                "    protocol: UDP\n",
            ),
            (
                "  name: web\nspec:\n  ports:\n  - port: 80\n    targetPort: \"8080\"\n",
                "    targetPort: 8080\n",
            ),
        ];
        for (rest, mended) in rows {
            let (found, edited) = examine(&format!("apiVersion: v1\nkind: Service\nmetadata:\n{rest}"));
            assert!(found[0].explain.is_some());
            assert!(edited.as_ref().is_some_and(|it| it.contains(mended)), "{edited:?}");
        }
    }

    #[test]
    fn every_rule_of_an_ingress_is_explained() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\nspec:\n  tls:\n  - hosts: [\"*\"]\n  rules:\n  - host: 10.0.0.1\n    http:\n      paths:\n      - path: app//x\n        pathType: Prefix\n        backend:\n          service: {name: Web_1, port: {}}\n      - path: /\n        backend: {}\n";
        let (found, _) = examine(text);
        assert_eq!(found.len(), 7, "{found:#?}");
        for finding in found {
            assert!(finding.explain.is_some(), "{}", finding.message);
        }
    }
}
