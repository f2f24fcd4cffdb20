//! Rules that any field can break: it is missing, twice there, not one of a few, or cannot change.

use std::fmt;

use super::similar::closest;
use super::Place;
use crate::go::quote;
use crate::diag::Diagnostic;
use crate::text::{Localized, text};

/// Why a field must be there.
pub(super) const REQUIRED: Localized<&str> = Localized {
    en: "This field must be there.",
    ko: "반드시 있어야 하는 필드입니다.",
};

/// Why a field cannot change.
pub(super) const IMMUTABLE: Localized<&str> = Localized {
    en: "This field is fixed once the object exists. Delete the object and create it again.",
    ko: "오브젝트가 만들어지면 바꿀 수 없는 필드입니다. 오브젝트를 지우고 다시 만드세요.",
};

codes! {
    /// Rules that any field can break.
    pub enum GeneralCode {
        /// It is not there.
        Required: Required "" => "field/required" { ..REQUIRED },
        /// The same value stands further up.
        Duplicate: Duplicate "" => "field/duplicate" {
            en: "The same value stands further up; here it must be unique.",
            ko: "같은 값이 위에 이미 있습니다. 이 값은 하나뿐이어야 합니다.",
        },
        /// It is none of a few values.
        NotSupported {
            /// Those that may stand there.
            supported: Supported
        }: NotSupported "supported values: {supported}" => "field/not-supported",
        /// A text is too long.
        TooLong {
            /// How many bytes it may have.
            max: usize
        }: TooLong "may not be more than {max} bytes",
        /// A number is below zero.
        Negative: Invalid "must be greater than or equal to 0" => "field/negative" {
            en: "A count cannot be below zero.",
            ko: "개수는 0보다 작을 수 없습니다.",
        },
        /// It cannot change.
        Immutable: Invalid "field is immutable" => "update/immutable" { ..IMMUTABLE },
        /// It cannot change after it had a value.
        Fixed: Invalid "may not change once set" => "update/immutable" { ..IMMUTABLE },
    }
}

/// Values of which a field holds one, in the order in which the server lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supported(pub &'static [&'static str]);

impl fmt::Display for Supported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, value) in self.0.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            f.write_str(&quote(value))?;
        }
        Ok(())
    }
}

impl GeneralCode {
    pub(super) fn hint(&self, place: &Place<'_>, found: Diagnostic) -> Diagnostic {
        match self {
            Self::NotSupported { supported } => one_of_few(supported.0, place, found),
            _ => found,
        }
    }
}

/// Says which values may stand here, and which of them was meant.
fn one_of_few(supported: &[&str], place: &Place<'_>, found: Diagnostic) -> Diagnostic {
    let list = supported.join(", ");
    let found = found.explain(text! {
        en: "Only {list} may stand here; upper and lower case count.",
        ko: "{list} 중 하나만 쓸 수 있으며 대소문자를 구별합니다.",
    });
    let node = place.node();
    match node
        .as_str()
        .and_then(|text| closest(text, supported.iter().copied()))
    {
        Some(value) => found.fix(
            text! { en: "Write `{value}`", ko: "`{value}` 값으로 바꾸기" },
            node.span,
            value,
        ),
        None => found,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{examine, whys};
    use super::*;

    #[test]
    fn the_value_that_was_meant_is_offered() {
        let rows = [
            ("  type: nodePort\n  ports:\n  - port: 80\n", "  type: NodePort\n"),
            ("  ports:\n  - port: 80\n    protocol: udp\n", "    protocol: UDP\n"),
        ];
        for (spec, mended) in rows {
            let (found, edited) = examine(&format!(
                "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n{spec}"
            ));
            assert_eq!(found[0].code, "field/not-supported");
            assert!(edited.as_ref().is_some_and(|it| it.contains(mended)), "{edited:?}");
        }
    }

    #[test]
    fn the_words_list_what_may_stand_there() {
        let code = GeneralCode::NotSupported {
            supported: Supported(&["A", "B"]),
        };
        assert_eq!(code.to_string(), "supported values: \"A\", \"B\"");
    }

    #[test]
    fn a_family_named_twice_is_no_matter_of_ports() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ipFamilies: [IPv4, IPv4]\n  ports:\n  - port: 80\n";
        assert_eq!(whys(text)[0].0, "field/duplicate");
    }
}
