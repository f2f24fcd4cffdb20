//! Objects as `kubectl get -o json` prints them, over several lines.

use serde_json::Value;

use crate::go;
use crate::small_sort::SmallSort as _;

/// The tree with its keys sorted, without a newline at its end.
#[must_use]
pub fn pretty(value: &Value) -> String {
    go::json::indented(value, &|_| {})
}

/// The tree with the keys in the order of the Go structs they come from, as commands print the objects they
/// make themselves.
#[must_use]
pub fn pretty_as_struct(value: &Value) -> String {
    go::json::indented(value, &|keys| keys.small_sort_by_key(|key| struct_rank(key)))
}

/// Where a field stands in its Go struct, relative to the fields that occur beside it.
fn struct_rank(key: &str) -> usize {
    const ORDER: &[&str] = &[
        "kind",
        "apiVersion",
        "metadata",
        "name",
        "namespace",
        "labels",
        "annotations",
        "ingressClassName",
        "defaultBackend",
        "hosts",
        "secretName",
        "tls",
        "rules",
        "host",
        "http",
        "path",
        "pathType",
        "backend",
        "service",
        "spec",
        "status",
        "image",
        "command",
        "args",
        "replicas",
        "protocol",
        "port",
        "targetPort",
        "nodePort",
        "containerPort",
        "ports",
        "env",
        "resources",
        "selector",
        "matchLabels",
        "template",
        "strategy",
        "containers",
        "restartPolicy",
        "dnsPolicy",
        "clusterIP",
        "data",
        "type",
        "externalName",
    ];
    ORDER.iter().position(|it| *it == key).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn made_objects_have_the_order_of_their_structs() {
        let value = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {}, "name": "web"}});
        assert_eq!(
            pretty_as_struct(&value),
            "{\n    \"kind\": \"Pod\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {\n        \"name\": \"web\",\n        \"labels\": {}\n    }\n}"
        );
        assert!(pretty(&value).starts_with("{\n    \"apiVersion\": \"v1\",\n    \"kind\""));
    }
}
