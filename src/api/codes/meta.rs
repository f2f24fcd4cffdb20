//! Metadata and label selectors.

use super::general::REQUIRED;

codes! {
    /// Rules of metadata and label selectors.
    pub enum MetaCode {
        /// Neither name nor prefix of one.
        NameMissing: Required "name or generateName is required" => "name/missing" {
            en: "Every object has a name, unique in its kind and namespace.",
            ko: "모든 오브젝트에는 이름이 있으며, 같은 종류와 네임스페이스 안에서 하나뿐이어야 합니다.",
        },
        /// A namespace for a kind that is in none.
        NamespaceNotAllowed: Forbidden "not allowed on this type",
        /// An owner of whom something is missing.
        OwnerIncomplete: Invalid "must not be empty",
        /// A finalizer without domain that Kubernetes does not know.
        Finalizer: Invalid "name is neither a standard finalizer name nor is it fully qualified",
        /// `In` or `NotIn` of nothing.
        SelectorValuesMissing: Required "must be specified when `operator` is 'In' or 'NotIn'"
            => "field/required" { ..REQUIRED },
        /// `Exists` or `DoesNotExist` with values.
        SelectorValuesForbidden: Forbidden "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        /// An operator that there is not.
        SelectorOperator: Invalid "not a valid selector operator",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::whys;

    #[test]
    fn a_missing_name_is_explained() {
        let found = whys("apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: b}}\n");
        assert_eq!(found[0].0, "name/missing");
        assert!(found[0].1.starts_with("Every object has a name"), "{found:?}");
    }
}
