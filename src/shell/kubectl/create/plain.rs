//! `kubectl create deployment|namespace|configmap|secret|serviceaccount`: commands that build one plain object.

use serde_json::{Map, Value, json};

use super::super::Context;
use super::super::flags::Flags;
use super::object;
use crate::sim::Rng;

/// The name of an image without registry, tag and digest, as containers are named after it. One that is no name of
/// a container gets other letters, and a suffix by chance (`create_deployment.go sanitizeAndUniquify`); `chance`
/// decides which.
fn container_name(image: &str, chance: u64) -> String {
    let name = image.rsplit('/').next().unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default();
    let name = name.split('@').next().unwrap_or_default();
    if !name.contains(['_', '.']) {
        return name.to_owned();
    }
    let suffix = Rng::new(chance).name_suffix(5);
    format!("{}-{suffix}", name.replace(['_', '.'], "-"))
}

pub(super) fn deployment(context: &Context<'_>, name: &str, flags: &Flags) -> Result<Value, String> {
    let images = flags.list("image");
    let dash_at = flags.dash_at.unwrap_or(flags.args.len());
    let command: Vec<Value> = flags.args[dash_at..].iter().map(|it| it.as_str().into()).collect();
    if images.len() > 1 && !command.is_empty() {
        return Err("cannot specify multiple --image options and command".to_owned());
    }
    let port = flags.number("port").filter(|&it| it >= 0);
    // Another name with each command and moment, the same one wherever all is the same.
    let letters = name.bytes().chain(context.world.now().to_string().into_bytes());
    let chance = letters.fold(0_u64, |sum, letter| {
        sum.wrapping_mul(31).wrapping_add(u64::from(letter))
    });
    let containers: Vec<Value> = images
        .iter()
        .enumerate()
        .map(|(idx, image)| {
            let mut container =
                json!({"name": container_name(image, chance + idx as u64), "image": image, "resources": {}});
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
    Ok(deployment)
}

pub(super) fn namespace(name: &str) -> Value {
    let mut namespace = object("v1", "Namespace", name);
    namespace["spec"] = json!({});
    namespace["status"] = json!({});
    namespace
}

/// Pairs of `--from-literal`, `--from-file` and `--from-env-file`.
fn pairs(context: &Context<'_>, flags: &Flags) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    let read = |path: &str| {
        context
            .file(path)
            .ok_or_else(|| format!("error reading {path}: no such file or directory"))
    };
    for source in flags.list("from-file") {
        let (key, path) = source
            .split_once('=')
            .unwrap_or((source.rsplit('/').next().unwrap_or(source), source));
        found.push((key.to_owned(), read(path)?));
    }
    for literal in flags.list("from-literal") {
        let (key, value) = literal
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| format!("invalid literal source {literal}, expected key=value"))?;
        found.push((key.to_owned(), value.to_owned()));
    }
    for path in flags.list("from-env-file") {
        for line in read(path)?.lines().map(str::trim_start) {
            if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                found.push((key.to_owned(), value.to_owned()));
            }
        }
    }
    Ok(found)
}

/// The data of a ConfigMap or Secret; `kind` words what is wrong with a key as kubectl does for each.
fn data(
    context: &Context<'_>,
    kind: &str,
    name: &str,
    flags: &Flags,
    encode: fn(&[u8]) -> String,
) -> Result<Map<String, Value>, String> {
    let mut data = Map::new();
    for (key, value) in pairs(context, flags)? {
        let is_key = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
        if key.is_empty() || !key.chars().all(is_key) {
            let of = match kind {
                "ConfigMap" => "a valid key name for a ConfigMap:",
                _ => "valid key name for a Secret",
            };
            return Err(format!(
                "{key:?} is not {of} a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
            ));
        }
        if data.contains_key(&key) {
            return Err(match kind {
                "ConfigMap" => format!(
                    "cannot add key {key:?}, another key by that name already exists in Data for ConfigMap {name:?}"
                ),
                _ => format!("cannot add key {key}, another key by that name already exists"),
            });
        }
        data.insert(key, encode(value.as_bytes()).into());
    }
    Ok(data)
}

/// `--append-hash`: the name ends in a hash of the content (`kubectl pkg/util/hash/hash.go`).
fn append_hash(object: &mut Value, flags: &Flags) {
    if !flags.on("append-hash") {
        return;
    }
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let or_empty = |field: &str, empty: Value| object.get(field).cloned().unwrap_or(empty);
    let mut hashed = json!({"kind": object["kind"], "name": name});
    if object["kind"] == "Secret" {
        hashed["data"] = or_empty("data", Value::Null);
        hashed["type"] = or_empty("type", "".into());
    } else {
        hashed["data"] = or_empty("data", "".into());
    }
    let digest = <sha2::Sha256 as sha2::Digest>::digest(hashed.to_string());
    let suffix: String = digest[..5]
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(b"gh2k456789mbcdtf"[usize::from(digit)]))
        .collect();
    object["metadata"]["name"] = format!("{name}-{suffix}").into();
}

pub(super) fn config_map(context: &Context<'_>, name: &str, flags: &Flags) -> Result<Value, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let data = data(context, "ConfigMap", name, flags, text)?;
    let mut config_map = object("v1", "ConfigMap", name);
    if !data.is_empty() {
        config_map["data"] = data.into();
    }
    append_hash(&mut config_map, flags);
    Ok(config_map)
}

pub(super) fn generic_secret(context: &Context<'_>, name: &str, flags: &Flags) -> Result<Value, String> {
    let data = data(context, "Secret", name, flags, base64)?;
    let mut secret = object("v1", "Secret", name);
    if !data.is_empty() {
        secret["data"] = data.into();
    }
    if let Some(kind) = flags.text("type").filter(|it| !it.is_empty()) {
        secret["type"] = kind.into();
    }
    append_hash(&mut secret, flags);
    Ok(secret)
}

pub(super) fn registry_secret(_: &Context<'_>, name: &str, flags: &Flags) -> Result<Value, String> {
    let text = |flag| flags.text(flag).filter(|it| !it.is_empty());
    let server = text("docker-server").unwrap_or("https://index.docker.io/v1/");
    let (Some(user), Some(password)) = (text("docker-username"), text("docker-password")) else {
        return Err(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required"
                .to_owned(),
        );
    };
    // In the order of the fields of Go's struct.
    let email = text("docker-email").map_or_else(String::new, |it| format!("\"email\":{},", json!(it)));
    let auth = base64(format!("{user}:{password}").as_bytes());
    let config = format!(
        "{{\"auths\":{{{}:{{\"username\":{},\"password\":{},{email}\"auth\":{}}}}}}}",
        json!(server),
        json!(user),
        json!(password),
        json!(auth)
    );
    let mut secret = object("v1", "Secret", name);
    secret["data"] = json!({".dockerconfigjson": base64(config.as_bytes())});
    secret["type"] = "kubernetes.io/dockerconfigjson".into();
    append_hash(&mut secret, flags);
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
    append_hash(&mut secret, flags);
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
            assert_eq!(container_name(image, 1), expected);
        }
        let name = container_name("registry.k8s.io/serve_hostname.x", 1);
        assert!(name.starts_with("serve-hostname-x-") && name.len() == 22, "{name}");
    }
}
