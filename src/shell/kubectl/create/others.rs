//! `kubectl create deployment|namespace|configmap|secret|ingressclass`-like commands that build one plain object.

use serde_json::{Map, Value, json};

use super::super::Context;
use super::super::flags::Flags;
use super::object;

/// The name of an image without registry, tag and digest, as containers are named after it.
fn container_name(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default();
    name.split('@').next().unwrap_or_default().to_owned()
}

pub(super) fn deployment(name: &str, flags: &Flags) -> Value {
    let images = flags.list("image");
    let dash_at = flags.dash_at.unwrap_or(flags.args.len());
    let command: Vec<Value> = flags.args[dash_at..].iter().map(|it| it.as_str().into()).collect();
    let port = flags.number("port").filter(|&it| it >= 0);
    let containers: Vec<Value> = images
        .iter()
        .enumerate()
        .map(|(idx, image)| {
            let mut container = json!({"name": container_name(image), "image": image, "resources": {}});
            if !command.is_empty() {
                container["command"] = command.clone().into();
            }
            if let Some(port) = port.filter(|_| idx == 0) {
                container["ports"] = json!([{"containerPort": port}]);
            }
            container
        })
        .collect();
    let labels = json!({"app": name});
    let mut deployment = object("apps/v1", "Deployment", name);
    deployment["metadata"]["labels"] = labels.clone();
    deployment["spec"] = json!({
        "replicas": flags.number("replicas").unwrap_or(1),
        "selector": {"matchLabels": labels},
        "strategy": {},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": containers},
        },
    });
    deployment["status"] = json!({});
    deployment
}

pub(super) fn namespace(name: &str) -> Value {
    let mut namespace = object("v1", "Namespace", name);
    namespace["spec"] = json!({});
    namespace["status"] = json!({});
    namespace
}

/// Pairs of `--from-literal` and `--from-file`.
fn pairs(context: &Context<'_>, flags: &Flags) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    for literal in flags.list("from-literal") {
        let (key, value) = literal
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| format!("invalid literal source {literal}, expected key=value"))?;
        let value = value
            .strip_prefix(['"', '\''])
            .and_then(|it| it.strip_suffix(['"', '\'']))
            .unwrap_or(value);
        found.push((key.to_owned(), value.to_owned()));
    }
    for source in flags.list("from-file") {
        let (key, path) = source
            .split_once('=')
            .unwrap_or((source.rsplit('/').next().unwrap_or(source), source));
        let content = context
            .file(path)
            .ok_or_else(|| format!("error reading {path}: no such file or directory"))?;
        found.push((key.to_owned(), content));
    }
    for (idx, (key, _)) in found.iter().enumerate() {
        if found[..idx].iter().any(|(known, _)| known == key) {
            return Err(format!(
                "cannot add key {key}, another key by that name already exists in Data"
            ));
        }
    }
    Ok(found)
}

pub(super) fn config_map(context: &Context<'_>, name: &str, flags: &Flags) -> Result<Value, String> {
    let data: Map<String, Value> = pairs(context, flags)?
        .into_iter()
        .map(|(key, value)| (key, value.into()))
        .collect();
    let mut config_map = object("v1", "ConfigMap", name);
    if !data.is_empty() {
        config_map["data"] = data.into();
    }
    Ok(config_map)
}

pub(super) fn generic_secret(context: &Context<'_>, name: &str, flags: &Flags) -> Result<Value, String> {
    let data: Map<String, Value> = pairs(context, flags)?
        .into_iter()
        .map(|(key, value)| (key, base64(value.as_bytes()).into()))
        .collect();
    let mut secret = object("v1", "Secret", name);
    if !data.is_empty() {
        secret["data"] = data.into();
    }
    if let Some(kind) = flags.text("type").filter(|it| !it.is_empty()) {
        secret["type"] = kind.into();
    }
    Ok(secret)
}

pub(super) fn tls_secret(context: &Context<'_>, name: &str, flags: &Flags) -> Result<Value, String> {
    let path = |flag| flags.text(flag).unwrap_or_default();
    if path("key").is_empty() || path("cert").is_empty() {
        return Err("key and cert must be specified".to_owned());
    }
    let read = |path: &str| {
        context
            .file(path)
            .ok_or_else(|| format!("Cannot read file {path}, open {path}: no such file or directory"))
    };
    let (cert, key) = (read(path("cert"))?, read(path("key"))?);
    if !cert.contains("-----BEGIN CERTIFICATE-----") {
        return Err("tls: failed to find any PEM data in certificate input".to_owned());
    }
    if !key.contains("PRIVATE KEY-----") {
        return Err("tls: failed to find any PEM data in key input".to_owned());
    }
    let mut secret = object("v1", "Secret", name);
    secret["data"] = json!({"tls.crt": base64(cert.as_bytes()), "tls.key": base64(key.as_bytes())});
    secret["type"] = "kubernetes.io/tls".into();
    Ok(secret)
}

fn base64(bytes: &[u8]) -> String {
    data_encoding::BASE64.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_named_after_their_image() {
        for (image, expected) in [
            ("nginx", "nginx"),
            ("nginx:1.27", "nginx"),
            ("registry.example.com:5000/team/web:v1", "web"),
            ("app@sha256:abc", "app"),
        ] {
            assert_eq!(container_name(image), expected);
        }
    }
}
