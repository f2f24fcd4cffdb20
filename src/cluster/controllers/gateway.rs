//! The controller of GatewayClass `kubehop.dev/gateway-controller`: a Deployment of proxies and a Service of type
//! LoadBalancer for each Gateway, and the status of everything that it reads.
//!
//! One look at all of it, as one route may concern many Gateways and one grant many routes. A second look changes
//! nothing. What it goes by is [`gateways`](super::super::gateways).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::gateways::{CLASS_LABEL, CONTROLLER, Gateway, IMAGE, Listener, Model, NAME_LABEL, Protocol};
use super::super::reconcile::Reconcile;
use super::super::tree;
use super::gateway_status::{self, Write};
use crate::api::{Kind, NamespacedName, Object, ObjectRef};

/// Brings everything up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>) {
    if ctx.api.as_stored() {
        // What a dump holds was written by whoever controls it.
        return;
    }
    let snapshot = ctx.api.snapshot();
    let mut writes: Vec<Write> = Vec::new();
    for class in snapshot.objects(Kind::GatewayClass) {
        gateway_status::class(class, &mut writes);
    }
    let model = Model::read(&snapshot);
    gateway_status::all(&snapshot, &model, &mut writes);
    let needs: Vec<Needs> = model.gateways.iter().map(|it| Needs::of(it, &snapshot)).collect();
    let gone = orphans(&snapshot, &needs);
    drop(snapshot);
    for reference in gone {
        ctx.api.delete(&reference, None);
    }
    for it in needs {
        it.provide(ctx);
    }
    let now = ctx.now().to_string();
    for write in writes {
        write.apply(ctx, &now);
    }
}

/// What a Gateway needs to be made for it.
struct Needs {
    name: NamespacedName,
    /// Whether anything listens at all; without a port there is no Service.
    any: bool,
    deployment: Value,
    service: Value,
}

impl Needs {
    fn of(gateway: &Gateway, snapshot: &crate::cluster::Snapshot) -> Self {
        let name = gateway.proxy();
        let object = snapshot.object(&gateway.reference());
        let infrastructure = object.and_then(|it| it.value.pointer("/spec/infrastructure"));
        let part = |field: &str| -> Map<String, Value> {
            let map = infrastructure.and_then(|it| it.get(field)).and_then(Value::as_object);
            map.cloned().unwrap_or_default()
        };
        let mut labels = part("labels");
        labels.insert(NAME_LABEL.to_owned(), gateway.key.name.as_str().into());
        labels.insert(CLASS_LABEL.to_owned(), gateway.class.as_str().into());
        let selector = json!({NAME_LABEL: gateway.key.name});
        let uid = object.map(|it| it.metadata().uid.clone()).unwrap_or_default();
        let mut metadata = json!({
            "name": name.name, "namespace": name.namespace, "labels": labels,
            "ownerReferences": [{
                "apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "name": gateway.key.name, "uid": uid,
                "controller": true, "blockOwnerDeletion": true,
            }],
        });
        let annotations = part("annotations");
        if !annotations.is_empty() {
            metadata["annotations"] = annotations.clone().into();
        }
        let ports = ports(gateway.listeners.iter());
        let any = gateway.refused.is_none() && !ports.is_empty();
        // No ports are declared: which ones are open follows from listeners, without a rollout.
        let mut pod = json!({"labels": labels});
        if !annotations.is_empty() {
            pod["annotations"] = annotations.into();
        }
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {"replicas": 1, "selector": {"matchLabels": selector}, "template": {
                "metadata": pod, "spec": {"containers": [{"name": "proxy", "image": IMAGE}]},
            }},
        });
        let mut service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {"type": "LoadBalancer", "selector": selector, "ports": ports},
        });
        if let Some(wish) = gateway.wanted.iter().find(|it| !it.is_empty()) {
            service["spec"]["loadBalancerIP"] = wish.as_str().into();
        }
        Self {
            name,
            any,
            deployment,
            service,
        }
    }

    fn provide(self, ctx: &mut Reconcile<'_>) {
        if !self.any {
            return;
        }
        let reference = |kind| ObjectRef::of(kind, &self.name);
        let deployment = ctx.api.store.object(&reference(Kind::Deployment)).map(Arc::clone);
        match deployment {
            None => create(ctx, Kind::Deployment, &self.deployment),
            Some(old) => update(ctx, &old, &self.deployment, &["labels", "annotations"]),
        }
        let service = ctx.api.store.object(&reference(Kind::Service)).map(Arc::clone);
        match service {
            None => create(ctx, Kind::Service, &self.service),
            Some(old) => {
                let mut wanted = self.service;
                keep_node_ports(&old.value, &mut wanted);
                update(ctx, &old, &wanted, &["labels", "annotations"]);
            }
        }
    }
}

/// Ports of listeners that work, each once.
fn ports<'a>(listeners: impl Iterator<Item = &'a Listener>) -> Vec<Value> {
    let mut found: Vec<(u16, &str)> = Vec::new();
    for listener in listeners.filter(|it| it.is_programmed()) {
        let protocol = if listener.protocol == Protocol::Udp {
            "UDP"
        } else {
            "TCP"
        };
        if !found.contains(&(listener.port, protocol)) {
            found.push((listener.port, protocol));
        }
    }
    let port = |(port, protocol): (u16, &str)| {
        let name = format!("{}-{port}", protocol.to_lowercase());
        json!({"name": name, "port": port, "protocol": protocol, "targetPort": port})
    };
    found.into_iter().map(port).collect()
}

fn create(ctx: &mut Reconcile<'_>, kind: Kind, value: &Value) {
    let Some(info) = kind.info() else { return };
    // Refused where the namespace is on its way out: then nothing is to be made.
    let _ = ctx.api.create(info, value);
}

/// Gives an object of the controller's the fields that it should have; others' are left alone.
fn update(ctx: &mut Reconcile<'_>, old: &Object, wanted: &Value, metadata: &[&str]) {
    let controlled = old.metadata().owner_references.iter().any(|it| it.kind == "Gateway");
    let Some(info) = old.kind().info().filter(|_| controlled) else {
        return;
    };
    let mut new = old.value.clone();
    for field in metadata {
        for (key, value) in wanted["metadata"][*field].as_object().into_iter().flatten() {
            tree::set(&mut new, &["metadata", field, key], value.clone());
        }
    }
    for (field, value) in wanted["spec"].as_object().into_iter().flatten() {
        if field != "template" && field != "replicas" {
            tree::set(&mut new, &["spec", field], value.clone());
        }
    }
    if new != old.value {
        let _ = ctx.api.update(info, &old.reference(), new);
    }
}

fn keep_node_ports(old: &Value, wanted: &mut Value) {
    let before = old["spec"]["ports"].as_array().cloned().unwrap_or_default();
    for port in wanted["spec"]["ports"].as_array_mut().into_iter().flatten() {
        let same = before
            .iter()
            .find(|it| it["port"] == port["port"] && it["protocol"] == port["protocol"]);
        if let Some(node_port) = same.and_then(|it| it.get("nodePort")) {
            port["nodePort"] = node_port.clone();
        }
    }
}

/// Services and Deployments of Gateways that have nothing to listen on any more, or another class.
fn orphans(snapshot: &crate::cluster::Snapshot, needs: &[Needs]) -> Vec<ObjectRef> {
    let mut found = Vec::new();
    for kind in [Kind::Service, Kind::Deployment] {
        for object in snapshot.objects(kind) {
            let meta = object.metadata();
            let made = meta.labels.contains_key(NAME_LABEL)
                && meta
                    .owner_references
                    .iter()
                    .any(|it| it.kind == "Gateway" && it.controller == Some(true))
                && meta
                    .labels
                    .get(CLASS_LABEL)
                    .is_some_and(|it| meta.name.ends_with(&format!("-{it}")));
            if made && !needs.iter().any(|it| it.any && it.name == meta.key()) {
                found.push(object.reference());
            }
        }
    }
    found
}

/// Whether a class is the controller's.
pub(super) fn is_own(class: &Object) -> bool {
    tree::text(&class.value, &["spec", "controllerName"]) == CONTROLLER
}
