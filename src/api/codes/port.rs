//! Numbers and names of ports.

use super::Place;
use crate::diag::Diagnostic;
use crate::text::text;

codes! {
    /// Rules of ports.
    pub enum PortCode {
        /// A number that no port has.
        Range: Invalid "must be between 1 and 65535, inclusive" => "port/range" {
            en: "Ports are numbers from 1 to 65535.",
            ko: "포트는 1부터 65535까지의 숫자입니다.",
        },
        /// A name over 15 characters.
        NameTooLong: Invalid "must be no more than 15 characters" => "port/name" {
            en: "Names of container ports are at most 15 characters long, as the registry of services (IANA) has it.",
            ko: "컨테이너 포트 이름은 서비스 이름 규칙(IANA)에 따라 15자까지입니다.",
        },
        /// A name with letters that it may not have.
        Name: Invalid "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)" => "port/name" {
            en: "Names of container ports hold lower-case letters, digits and hyphens.",
            ko: "컨테이너 포트 이름에는 소문자, 숫자, 하이픈만 쓸 수 있습니다.",
        },
        /// A name without a letter.
        NameLetter: Invalid "must contain at least one letter (a-z)" => "port/name" {
            en: "In quotes this is a port name, and names hold a letter. For a number, take the quotes away.",
            ko: "따옴표로 감싸면 포트 이름으로 읽히고, 이름에는 글자가 하나 이상 있어야 합니다. 숫자라면 따옴표를 빼세요.",
        },
        /// A name with `--`.
        NameHyphens: Invalid "must not contain consecutive hyphens",
        /// A name with a hyphen at an end.
        NameEnds: Invalid "must not begin or end with a hyphen",
    }
}

impl PortCode {
    pub(super) fn hint(&self, place: &Place<'_>, found: Diagnostic) -> Diagnostic {
        let node = place.node();
        match (self, node.as_str().and_then(|text| text.parse::<u16>().ok())) {
            (Self::NameTooLong | Self::Name | Self::NameLetter, Some(number)) => found.fix(
                text! { en: "Take the quotes away", ko: "따옴표를 빼기" },
                node.span,
                number.to_string(),
            ),
            _ => found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;

    #[test]
    fn a_number_in_quotes_is_mended() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n  - port: 80\n    targetPort: \"8080\"\n";
        let (found, edited) = examine(text);
        assert_eq!(found[0].code, "port/name");
        assert!(edited.is_some_and(|it| it.ends_with("    targetPort: 8080\n")));
    }
}
