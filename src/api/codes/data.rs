//! Secrets and ConfigMaps: what stands in them.

use super::general::IMMUTABLE;

codes! {
    /// Rules of Secrets and ConfigMaps.
    pub enum DataCode {
        /// What cannot change, since the object says so.
        Immutable: Forbidden "field is immutable when `immutable` is set" => "update/immutable" { ..IMMUTABLE },
        /// A key of text that is a key of bytes too.
        KeyTwice: Invalid "duplicate of key present in binaryData",
        /// A registry's credentials are nothing.
        JsonEmpty: Invalid "unexpected end of JSON input",
        /// A registry's credentials are a broken object.
        JsonBroken: Invalid "invalid character after object key:value pair",
        /// A registry's credentials are no object.
        JsonNoObject {
            /// What they begin with.
            first: char
        }: Invalid "invalid character '{first}' looking for beginning of value",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;

    #[test]
    fn credentials_must_be_json() {
        for (data, words) in [
            ("aGk=", "invalid character 'h' looking for beginning of value"),
            ("ew==", "invalid character after object key:value pair"),
            ("IA==", "unexpected end of JSON input"),
        ] {
            let text = format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ntype: kubernetes.io/dockerconfigjson\ndata: {{.dockerconfigjson: {data}}}\n"
            );
            let (found, _) = examine(&text);
            assert!(found[0].message.ends_with(words), "{}", found[0].message);
        }
    }
}
