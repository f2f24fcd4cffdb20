//! Objects of kinds that definitions add, held against the schema of their definition.

use crate::text::Localized;

const SCHEMA: Localized<&str> = Localized {
    en: "The CustomResourceDefinition of this kind says so, in `schema.openAPIV3Schema`.",
    ko: "이 kind의 CustomResourceDefinition이 `schema.openAPIV3Schema`에서 정한 규칙입니다.",
};

codes! {
    /// Rules of schemas; `field` is the path of the field once more.
    pub enum CustomCode {
        /// A value of another type.
        Type {
            /// The field.
            field: String,
            /// What belongs there.
            wanted: String,
            /// What was sent.
            sent: &'static str,
        }: Invalid "{field} in body must be of type {wanted}: \"{sent}\"" => "custom/schema" { ..SCHEMA },
        /// A text that does not match.
        Pattern {
            /// The field.
            field: String,
            /// What it must match.
            pattern: String,
        }: Invalid "{field} in body should match '{pattern}'" => "custom/schema" { ..SCHEMA },
        /// None of a few values.
        NotSupported {
            /// Those that may stand there, as JSON.
            supported: String,
        }: NotSupported "supported values: {supported}" => "custom/schema" { ..SCHEMA },
        /// A text that is too short.
        TooShort {
            /// The field.
            field: String,
            /// How many characters it has at least.
            least: u64,
        }: Invalid "{field} in body should be at least {least} chars long" => "custom/schema" { ..SCHEMA },
        /// A number that is too small.
        TooSmall {
            /// The field.
            field: String,
            /// Whether the limit itself may stand there.
            or_equal: &'static str,
            /// The limit.
            least: String,
        }: Invalid "{field} in body should be greater than{or_equal} {least}" => "custom/schema" { ..SCHEMA },
        /// A number that is too large.
        TooLarge {
            /// The field.
            field: String,
            /// Whether the limit itself may stand there.
            or_equal: &'static str,
            /// The limit.
            most: String,
        }: Invalid "{field} in body should be less than{or_equal} {most}" => "custom/schema" { ..SCHEMA },
        /// A number between steps.
        NotMultiple {
            /// The field.
            field: String,
            /// The step.
            of: String,
        }: Invalid "{field} in body should be a multiple of {of}" => "custom/schema" { ..SCHEMA },
        /// A list that is too short.
        TooFewItems {
            /// The field.
            field: String,
            /// How many items it has at least.
            least: u64,
        }: Invalid "{field} in body should have at least {least} items" => "custom/schema" { ..SCHEMA },
        /// A list or map that is too long.
        TooManyItems {
            /// How many items it has at most.
            most: u64,
        }: TooMany "must have at most {most} items" => "custom/schema" { ..SCHEMA },
        /// A map that is too small.
        TooFewFields {
            /// The field.
            field: String,
            /// How many entries it has at least.
            least: u64,
        }: Invalid "{field} in body should have at least {least} properties" => "custom/schema" { ..SCHEMA },
    }
}
