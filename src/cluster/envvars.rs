//! The environment a container starts with: Service variables, the container's own, and `$(NAME)` expansion.
//!
//! Follows the kubelet (`kubernetes pkg/kubelet/envvars/envvars.go`, `pkg/kubelet/kubelet_pods.go`,
//! `third_party/forked/golang/expansion`). What counts is the moment a container starts: a [`Start`] keeps the
//! objects of that moment, so that later Services reach only pods that start later. Not here: variables that the image
//! or the runtime adds (`PATH`, `HOME`), and `resourceFieldRef`.

use std::collections::BTreeMap;
use std::sync::Arc;

use data_encoding::BASE64;
use serde_json::Value;

use super::snapshot::{ObjectMap, Snapshot};
use crate::api::types::core::{ConfigMap, Container, Pod, Secret, Service};
use crate::api::{Kind, ObjectRef, Resource};

/// What the kubelet knows about Services when it starts a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ServiceKnowledge {
    /// It has listed the Services.
    #[default]
    Synced,
    /// It has not listed them yet: pods from the API wait, static pods start without the variables.
    NotSynced,
    /// It runs without an API server and adds none.
    Standalone,
}

/// What a container could read when its pod started: the objects of that moment, shared and never copied.
#[derive(Clone, Debug)]
pub struct Start {
    services: Option<Arc<ObjectMap>>,
    config_maps: Option<Arc<ObjectMap>>,
    secrets: Option<Arc<ObjectMap>>,
}

impl Start {
    /// The objects of this moment.
    pub(super) fn of(kinds: &BTreeMap<Kind, Arc<ObjectMap>>) -> Self {
        Self {
            services: kinds.get(&Kind::Service).cloned(),
            config_maps: kinds.get(&Kind::ConfigMap).cloned(),
            secrets: kinds.get(&Kind::Secret).cloned(),
        }
    }

    fn services(&self) -> impl Iterator<Item = &Service> {
        let objects = self.services.iter().flat_map(|map| map.values());
        objects.filter_map(|object| Service::of(&object.typed))
    }

    fn get<'a, T: Resource>(map: Option<&'a Arc<ObjectMap>>, namespace: &str, name: &str) -> Option<&'a T> {
        T::of(&map?.get(&(namespace.to_owned(), name.to_owned()))?.typed)
    }
}

/// Why a container does not start (`CreateContainerConfigError`), in the kubelet's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// Services are not listed yet.
    #[error("services have not yet been read at least once, cannot construct envvars")]
    ServicesNotRead,
    /// A ConfigMap is not there.
    #[error("configmap \"{0}\" not found")]
    NoConfigMap(String),
    /// A Secret is not there.
    #[error("secret \"{0}\" not found")]
    NoSecret(String),
    /// A key is not in its ConfigMap or Secret.
    #[error("couldn't find key {key} in {kind} {namespace}/{name}")]
    NoKey {
        /// The key.
        key: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// Namespace of it.
        namespace: String,
        /// Name of it.
        name: String,
    },
    /// A `fieldRef` names a field that pods do not offer.
    #[error("unsupported fieldPath: {0}")]
    Field(String),
    /// A source that is not simulated.
    #[error("{0} is not simulated")]
    NotSimulated(&'static str),
}

/// The variables that Services give to the containers of a namespace.
///
/// With `links` all Services of `namespace` that have a cluster address, and `kubernetes` of namespace
/// `default` in any case; a Service of that name in the own namespace takes its place while `links` are on.
pub fn service_variables<'a>(
    services: impl IntoIterator<Item = &'a Service>,
    namespace: &str,
    links: bool,
) -> BTreeMap<String, String> {
    let mut chosen: BTreeMap<&str, &Service> = BTreeMap::new();
    for service in services {
        let (meta, address) = (&service.metadata, service.spec.cluster_ip.as_str());
        if matches!(address, "" | "None") || service.spec.is_external_name() {
            continue;
        }
        if links && meta.namespace == namespace {
            chosen.insert(&meta.name, service);
        } else if meta.namespace == "default" && meta.name == "kubernetes" {
            chosen.entry("kubernetes").or_insert(service);
        }
    }
    let mut variables = BTreeMap::new();
    for service in chosen.values() {
        add_service(&mut variables, service);
    }
    variables
}

/// The variables of one Service (`FromServices`).
fn add_service(variables: &mut BTreeMap<String, String>, service: &Service) {
    let prefix = variable_name(&service.metadata.name);
    let address = &service.spec.cluster_ip;
    let in_url = if address.contains(':') {
        format!("[{address}]")
    } else {
        address.clone()
    };
    variables.insert(format!("{prefix}_SERVICE_HOST"), address.clone());
    for (idx, port) in service.spec.ports.iter().enumerate() {
        let protocol = match port.protocol.as_str() {
            "" => "TCP",
            named => named,
        };
        let url = format!("{}://{in_url}:{}", protocol.to_ascii_lowercase(), port.port);
        if idx == 0 {
            variables.insert(format!("{prefix}_SERVICE_PORT"), port.port.to_string());
            variables.insert(format!("{prefix}_PORT"), url.clone());
        }
        if !port.name.is_empty() {
            let name = variable_name(&port.name);
            variables.insert(format!("{prefix}_SERVICE_PORT_{name}"), port.port.to_string());
        }
        let link = format!("{prefix}_PORT_{}_{}", port.port, protocol.to_ascii_uppercase());
        variables.insert(format!("{link}_PROTO"), protocol.to_ascii_lowercase());
        variables.insert(format!("{link}_PORT"), port.port.to_string());
        variables.insert(format!("{link}_ADDR"), address.clone());
        variables.insert(link, url);
    }
}

fn variable_name(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

/// Everything `container` of `pod` started with, by name: its own variables over those of Services. Read from
/// the objects of the moment when the pod started; for one that has not started, from those of now.
///
/// # Errors
/// When the kubelet would not start the container.
pub fn container_environment(
    snapshot: &Snapshot,
    pod: &Pod,
    container: &Container,
    knowledge: ServiceKnowledge,
) -> Result<BTreeMap<String, String>, EnvError> {
    // A static pod carries where it came from; one from the API does not
    // (`kubernetes pkg/kubelet/types/pod_update.go`).
    let is_static = pod
        .metadata
        .annotations
        .get("kubernetes.io/config.source")
        .is_some_and(|source| source != "api");
    let links = pod.spec.enable_service_links.unwrap_or(true);
    let meta = &pod.metadata;
    let now;
    let start = match snapshot.started.get(&(meta.namespace.clone(), meta.name.clone())) {
        Some(start) => start,
        None => {
            now = Start::of(&snapshot.kinds);
            &now
        }
    };
    let services = match knowledge {
        ServiceKnowledge::Synced => service_variables(start.services(), &meta.namespace, links),
        ServiceKnowledge::NotSynced if !is_static => return Err(EnvError::ServicesNotRead),
        ServiceKnowledge::NotSynced | ServiceKnowledge::Standalone => BTreeMap::new(),
    };
    let mut own: BTreeMap<String, String> = BTreeMap::new();
    for variable in &container.env {
        let value = match (&variable.value, &variable.value_from) {
            (Some(text), _) if !text.is_empty() => Some(expand(text, |name| own.get(name).or(services.get(name)))),
            (_, Some(source)) => from_source(snapshot, start, pod, source)?,
            _ => Some(String::new()),
        };
        if let Some(value) = value {
            own.insert(variable.name.clone(), value);
        }
    }
    let mut all = services;
    all.extend(own);
    Ok(all)
}

/// The value of a variable with `valueFrom`; `None` where an optional source is missing.
fn from_source(snapshot: &Snapshot, start: &Start, pod: &Pod, source: &Value) -> Result<Option<String>, EnvError> {
    let text = |at: &Value, key: &str| at.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let namespace = &pod.metadata.namespace;
    if let Some(field) = source.get("fieldRef") {
        let path = text(field, "fieldPath");
        return pod_field(snapshot, pod, &path).map(Some).ok_or(EnvError::Field(path));
    }
    for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
        let Some(reference) = source.get(field) else { continue };
        let (name, key) = (text(reference, "name"), text(reference, "key"));
        let optional = reference.get("optional").and_then(Value::as_bool).unwrap_or(false);
        let data = if kind == "ConfigMap" {
            Start::get::<ConfigMap>(start.config_maps.as_ref(), namespace, &name).map(|it| &it.data)
        } else {
            Start::get::<Secret>(start.secrets.as_ref(), namespace, &name).map(|it| &it.data)
        };
        let Some(data) = data else {
            return match (optional, kind) {
                (true, _) => Ok(None),
                (false, "ConfigMap") => Err(EnvError::NoConfigMap(name)),
                (false, _) => Err(EnvError::NoSecret(name)),
            };
        };
        return match data.get(&key) {
            Some(value) if kind == "ConfigMap" => Ok(Some(value.clone())),
            Some(value) => {
                let bytes = BASE64.decode(value.as_bytes()).unwrap_or_default();
                Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
            }
            None if optional => Ok(None),
            None => Err(EnvError::NoKey {
                key,
                kind,
                namespace: namespace.clone(),
                name,
            }),
        };
    }
    if source.get("resourceFieldRef").is_some() {
        return Err(EnvError::NotSimulated("resourceFieldRef"));
    }
    Err(EnvError::NotSimulated("this source of a variable"))
}

/// What the downward API offers as environment variables (`kubernetes pkg/fieldpath/fieldpath.go`).
fn pod_field(snapshot: &Snapshot, pod: &Pod, path: &str) -> Option<String> {
    let meta = &pod.metadata;
    if let Some(key) = path
        .strip_prefix("metadata.labels['")
        .and_then(|it| it.strip_suffix("']"))
    {
        return Some(meta.labels.get(key).cloned().unwrap_or_default());
    }
    if let Some(key) = path
        .strip_prefix("metadata.annotations['")
        .and_then(|it| it.strip_suffix("']"))
    {
        return Some(meta.annotations.get(key).cloned().unwrap_or_default());
    }
    Some(match path {
        "metadata.name" => meta.name.clone(),
        "metadata.namespace" => meta.namespace.clone(),
        "metadata.uid" => meta.uid.clone(),
        "spec.nodeName" => pod.spec.node_name.clone(),
        "spec.serviceAccountName" => snapshot
            .object(&ObjectRef::new(Kind::Pod, &meta.namespace, &meta.name))
            .and_then(|object| object.value.pointer("/spec/serviceAccountName"))
            .and_then(Value::as_str)
            .unwrap_or("default")
            .to_owned(),
        "status.hostIP" | "status.hostIPs" => pod.status.host_ip.clone(),
        "status.podIP" => pod.status.pod_ip.clone(),
        "status.podIPs" => {
            let all: Vec<_> = pod.status.pod_ips.iter().map(|it| it.ip.as_str()).collect();
            all.join(",")
        }
        _ => return None,
    })
}

/// Replaces `$(NAME)` by what `look_up` knows; unknown names stay as written, `$$` is one `$`
/// (`kubernetes third_party/forked/golang/expansion/expand.go`).
fn expand<'a>(text: &str, look_up: impl Fn(&str) -> Option<&'a String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if after.is_empty() {
            rest = &rest[at..];
            break;
        }
        if let Some(unescaped) = after.strip_prefix('$') {
            out.push('$');
            rest = unescaped;
        } else if let Some((name, behind)) = after.strip_prefix('(').and_then(|it| it.split_once(')')) {
            match look_up(name) {
                Some(value) => out.push_str(value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = behind;
        } else {
            let next = after.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[at..at + 1 + next]);
            rest = &after[next..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansion_follows_the_kubelet() {
        let known = BTreeMap::from([("VAR_A".to_owned(), "A".to_owned())]);
        let check = |text: &str, expected: &str| assert_eq!(expand(text, |name| known.get(name)), expected, "{text}");
        // From kubernetes third_party/forked/golang/expansion/expand_test.go.
        check("$(VAR_A)", "A");
        check("___$(VAR_A)___", "___A___");
        check("$$(VAR_A)", "$(VAR_A)");
        check("$$$(VAR_A)", "$A");
        check("$(VAR_A", "$(VAR_A");
        check("$(NOPE)-$(VAR_A)", "$(NOPE)-A");
        check("$VAR_A", "$VAR_A");
        check("foo$", "foo$");
        check("foo$$", "foo$");
        check("$()", "$()");
        check("$가(VAR_A)", "$가(VAR_A)");
    }
}
