//! Admission plugins of a default API server, as far as they leave traces that learners see: service account
//! and tolerations of pods, priority, the default IngressClass, namespaces, and ingress controllers' webhooks.

use serde_json::{Value, json};

use super::super::ingress_controllers::IngressController;
use super::super::tree;
use super::ApiServer;
use crate::api::codes::{BadRequest, Forbidden, NotFound, ResourceName};
use crate::api::defaults::qos_class;
use crate::api::types::core::Namespace;
use crate::api::types::networking::{CLASS_ANNOTATION, Ingress, IngressClass};
use crate::api::{Kind, Refusal};

/// Marks the class of Ingresses that name none.
const DEFAULT_CLASS: &str = "ingressclass.kubernetes.io/is-default-class";

impl ApiServer {
    /// Whether objects may be made in a namespace (plugin `NamespaceLifecycle`).
    pub(super) fn admit_namespace(&self, resource: &str, namespace: &str, name: &str) -> Result<(), Refusal> {
        let Some(found) = self.store.typed::<Namespace>(&("", namespace)) else {
            return Err(Refusal::NotFound(NotFound::Namespace(namespace.to_owned())));
        };
        if found.metadata.deletion_timestamp.is_some() {
            return Err(Refusal::Forbidden(Forbidden::NamespaceEnding {
                object: ResourceName {
                    resource: resource.to_owned(),
                    name: name.to_owned(),
                },
                namespace: namespace.to_owned(),
            }));
        }
        Ok(())
    }

    /// Fills in what admission adds to a new object.
    pub(super) fn admit_create(&mut self, kind: Kind, value: &mut Value) {
        match kind {
            Kind::Pod => self.admit_pod(value),
            Kind::Ingress => self.admit_ingress(value),
            _ => {}
        }
    }

    fn admit_pod(&mut self, value: &mut Value) {
        let suffix = self.rng.name_suffix(5);
        if tree::text(value, &["status", "qosClass"]).is_empty() {
            let class = qos_class(value);
            tree::set(value, &["status", "qosClass"], class.into());
        }
        let spec = tree::entry(value, "spec");
        add_service_account(spec, &suffix);
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            add_toleration(spec, key);
        }
        for (field, content) in [
            ("priority", json!(0)),
            ("preemptionPolicy", json!("PreemptLowerPriority")),
        ] {
            if spec.get(field).is_none() {
                tree::set(spec, &[field], content);
            }
        }
    }

    /// An Ingress without a class gets the default one: the newest, then by name.
    fn admit_ingress(&self, value: &mut Value) {
        let named = tree::get(value, &["spec", "ingressClassName"]).is_some()
            || tree::get(value, &["metadata", "annotations", CLASS_ANNOTATION]).is_some();
        if named {
            return;
        }
        let newest = self
            .store
            .list::<IngressClass>()
            .filter(|class| class.metadata.annotations.get(DEFAULT_CLASS).map(String::as_str) == Some("true"))
            .min_by_key(|class| {
                (
                    std::cmp::Reverse(class.metadata.creation_timestamp.clone()),
                    class.metadata.name.clone(),
                )
            });
        if let Some(class) = newest {
            tree::set(
                value,
                &["spec", "ingressClassName"],
                class.metadata.name.as_str().into(),
            );
        }
    }

    /// What installed webhooks say to an Ingress that passed validation.
    pub(super) fn review_ingress(&self, ingress: &Ingress) -> Result<(), Refusal> {
        let snapshot = self.snapshot();
        for controller in IngressController::all(&snapshot) {
            let class = |name: &str| snapshot.get::<IngressClass>("", name);
            controller
                .review(ingress, self.store.ingresses_beside(ingress).into_iter(), class)
                .map_err(|reason| {
                    let webhook = controller.webhook();
                    Refusal::BadRequest(BadRequest::Denied { webhook, reason })
                })?;
        }
        Ok(())
    }
}

/// Mounts the service account's token (plugin `ServiceAccount`).
fn add_service_account(spec: &mut Value, suffix: &str) {
    for field in ["serviceAccountName", "serviceAccount"] {
        if tree::text(spec, &[field]).is_empty() {
            let account = ["serviceAccountName", "serviceAccount"]
                .iter()
                .map(|field| tree::text(spec, &[field]))
                .find(|account| !account.is_empty())
                .unwrap_or("default")
                .to_owned();
            tree::set(spec, &[field], account.into());
        }
    }
    if spec.get("automountServiceAccountToken") == Some(&Value::Bool(false)) {
        return;
    }
    let mount_path = "/var/run/secrets/kubernetes.io/serviceaccount";
    let name = format!("kube-api-access-{suffix}");
    let mut mounted = false;
    for list in ["initContainers", "containers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten() {
            let mounts = tree::entry(container, "volumeMounts");
            if !mounts.is_array() {
                *mounts = json!([]);
            }
            let Value::Array(mounts) = mounts else { continue };
            if mounts
                .iter()
                .any(|mount| tree::text(mount, &["mountPath"]) == mount_path)
            {
                continue;
            }
            mounts.push(json!({"mountPath": mount_path, "name": name, "readOnly": true}));
            mounted = true;
        }
    }
    if !mounted {
        return;
    }
    let volumes = tree::entry(spec, "volumes");
    if !volumes.is_array() {
        *volumes = json!([]);
    }
    if let Value::Array(volumes) = volumes {
        volumes.push(json!({"name": name, "projected": {"defaultMode": 420, "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {"downwardAPI": {"items": [
                {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"},
            ]}},
        ]}}));
    }
}

/// Lets a pod outlive a short failure of its node (plugin `DefaultTolerationSeconds`).
fn add_toleration(spec: &mut Value, key: &str) {
    let list = tree::entry(spec, "tolerations");
    if !list.is_array() {
        *list = json!([]);
    }
    let Value::Array(list) = list else { return };
    let tolerated = list.iter().any(|it| {
        let own = tree::text(it, &["key"]);
        let effect = tree::text(it, &["effect"]);
        (own.is_empty() || own == key) && (effect.is_empty() || effect == "NoExecute")
    });
    if !tolerated {
        list.push(json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300}));
    }
}
