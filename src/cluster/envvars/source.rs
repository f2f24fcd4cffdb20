//! Where variables come from beside their own text: ConfigMaps, Secrets, and the downward API
//! (`kubernetes pkg/fieldpath/fieldpath.go`, `pkg/api/v1/resource/helpers.go`).

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::Value;

use super::variable::{EnvError, Origin, Variable};
use crate::api::defaults::quantity;
use crate::api::types::core::{ConfigMap, Container, Pod, Secret};
use crate::api::{Kind, ObjectRef};
use crate::cluster::pod_start::PodStart;
use crate::cluster::snapshot::Snapshot;

/// What sources are read from.
pub(super) struct Reader<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) start: &'a PodStart,
    pub(super) pod: &'a Pod,
    pub(super) container: &'a Container,
}

fn text(at: &Value, key: &str) -> String {
    at.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn is_optional(reference: &Value) -> bool {
    reference.get("optional").and_then(Value::as_bool).unwrap_or(false)
}

impl Reader<'_> {
    /// The data of a ConfigMap or Secret, readable; `None` where it is missing and may be.
    fn data(&self, is_secret: bool, reference: &Value) -> Result<Option<BTreeMap<String, String>>, EnvError> {
        let (namespace, name) = (&self.pod.metadata.namespace, text(reference, "name"));
        let found = if is_secret {
            let secret = PodStart::get::<Secret>(self.start.secrets.as_ref(), namespace, &name);
            secret.map(|secret| {
                let decode = |packed: &String| BASE64.decode(packed.as_bytes()).unwrap_or_default();
                let readable = |packed: &String| String::from_utf8_lossy(&decode(packed)).into_owned();
                secret
                    .data
                    .iter()
                    .map(|(key, packed)| (key.clone(), readable(packed)))
                    .collect()
            })
        } else {
            let map = PodStart::get::<ConfigMap>(self.start.config_maps.as_ref(), namespace, &name);
            map.map(|map| map.data.clone())
        };
        match found {
            None if is_optional(reference) => Ok(None),
            None if is_secret => Err(EnvError::NoSecret(name)),
            None => Err(EnvError::NoConfigMap(name)),
            found => Ok(found),
        }
    }

    /// The variables of an entry of `envFrom`. Every key is a name: since the relaxed rules for names (1.34) the
    /// kubelet leaves none out.
    pub(super) fn all_of(&self, source: &Value) -> Result<BTreeMap<String, Variable>, EnvError> {
        let prefix = text(source, "prefix");
        let mut found = BTreeMap::new();
        for (field, is_secret) in [("configMapRef", false), ("secretRef", true)] {
            let Some(reference) = source.get(field) else { continue };
            for (key, value) in self.data(is_secret, reference)?.into_iter().flatten() {
                let origin = origin(is_secret, reference);
                found.insert(format!("{prefix}{key}"), Variable { value, origin });
            }
        }
        Ok(found)
    }

    /// The value of a variable with `valueFrom`; `None` where an optional source is missing.
    pub(super) fn one(&self, source: &Value) -> Result<Option<Variable>, EnvError> {
        if let Some(field) = source.get("fieldRef") {
            let path = text(field, "fieldPath");
            let value = pod_field(self.snapshot, self.pod, &path).ok_or_else(|| EnvError::Field(path.clone()))?;
            let origin = Origin::Field(path);
            return Ok(Some(Variable { value, origin }));
        }
        if let Some(field) = source.get("resourceFieldRef") {
            let origin = Origin::Resource(text(field, "resource"));
            let value = self.resource(field)?;
            return Ok(Some(Variable { value, origin }));
        }
        for (field, is_secret) in [("configMapKeyRef", false), ("secretKeyRef", true)] {
            let Some(reference) = source.get(field) else { continue };
            let key = text(reference, "key");
            let Some(mut data) = self.data(is_secret, reference)? else {
                return Ok(None);
            };
            let origin = origin(is_secret, reference);
            return match data.remove(&key) {
                Some(value) => Ok(Some(Variable { value, origin })),
                None if is_optional(reference) => Ok(None),
                None => Err(EnvError::NoKey {
                    key,
                    kind: if is_secret { "Secret" } else { "ConfigMap" },
                    namespace: self.pod.metadata.namespace.clone(),
                    name: text(reference, "name"),
                }),
            };
        }
        Err(EnvError::NotSimulated("this source of a variable"))
    }

    /// A request or limit, in units of the divisor and rounded up. A limit that is not set is what the node has to
    /// offer; so is a request's, where a limit stands for it.
    fn resource(&self, field: &Value) -> Result<String, EnvError> {
        let (which, wanted) = (text(field, "resource"), text(field, "containerName"));
        let pod = &self.pod.spec;
        let container = match wanted.as_str() {
            "" => self.container,
            name => pod
                .containers
                .iter()
                .chain(&pod.init_containers)
                .find(|it| it.name == name)
                .ok_or(EnvError::NoContainer(wanted))?,
        };
        let (list, name) = which.split_once('.').unwrap_or((&which, ""));
        let known = matches!(list, "limits" | "requests")
            && (matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-"));
        if !known {
            return Err(EnvError::Resource(which));
        }
        let given = container.resources.as_ref().and_then(|it| it.get(list)?.get(name));
        let node = ObjectRef::new(Kind::Node, "", pod.node_name.as_str());
        let node = self.snapshot.object(&node);
        let offered = node.and_then(|it| it.value.pointer(&format!("/status/allocatable/{name}")));
        let amount = given.or(offered.filter(|_| list == "limits")).and_then(quantity::milli);
        let divisor = field.get("divisor").and_then(quantity::milli).filter(|it| *it > 0);
        let (amount, divisor) = (amount.unwrap_or(0), divisor.unwrap_or(1000));
        Ok(((amount + divisor - 1) / divisor).to_string())
    }
}

fn origin(is_secret: bool, reference: &Value) -> Origin {
    let name = text(reference, "name");
    if is_secret {
        Origin::Secret(name)
    } else {
        Origin::ConfigMap(name)
    }
}

/// What the downward API offers as environment variables (`kubernetes pkg/fieldpath/fieldpath.go`).
fn pod_field(snapshot: &Snapshot, pod: &Pod, path: &str) -> Option<String> {
    let meta = &pod.metadata;
    let object = snapshot.object(&ObjectRef::new(Kind::Pod, &meta.namespace, &meta.name));
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
        "spec.serviceAccountName" => object
            .and_then(|object| object.value.pointer("/spec/serviceAccountName"))
            .and_then(Value::as_str)
            .unwrap_or("default")
            .to_owned(),
        "status.hostIP" => pod.status.host_ip.clone(),
        "status.hostIPs" => {
            let given = object.and_then(|it| it.value.pointer("/status/hostIPs")?.as_array());
            let all: Vec<_> = given.into_iter().flatten().filter_map(|it| it["ip"].as_str()).collect();
            if all.is_empty() {
                pod.status.host_ip.clone()
            } else {
                all.join(",")
            }
        }
        "status.podIP" => pod.status.pod_ip.clone(),
        "status.podIPs" => {
            let all: Vec<_> = pod.ips().collect();
            all.join(",")
        }
        _ => return None,
    })
}
