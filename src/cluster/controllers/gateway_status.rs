//! Conditions of the Gateway API (`gateway-api apis/v1`): what the controller found, as status.
//!
//! Not here: what it finds (`gateways`).

use serde_json::{Value, json};

use super::super::gateways::listener::Reason;
use super::super::gateways::{CONTROLLER, Gateway, Listener, Model};
use super::super::reconcile::Reconcile;
use super::super::snapshot::Snapshot;
use super::super::tree;
use super::gateway::is_own;
use crate::api::kind::GATEWAY_GROUP;
use crate::api::{Kind, Object, ObjectRef};

/// A status that is to be written.
pub struct Write {
    reference: ObjectRef,
    status: Value,
}

impl Write {
    /// Writes it, unless it is there already. Times stay where a condition's status does.
    pub fn apply(self, ctx: &mut Reconcile<'_>, now: &str) {
        let Self { reference, mut status } = self;
        let Some(old) = ctx.api.store.object(&reference).map(|it| it.value["status"].clone()) else {
            return;
        };
        take_times(&mut status, &old, now);
        if status == old {
            return;
        }
        ctx.api.store.edit(reference.kind, &reference.key(), |object| {
            tree::set(&mut object.value, &["status"], status);
            true
        });
    }
}

/// Gives every condition the time of its last change, and the old one back where it did not change.
fn take_times(new: &mut Value, old: &Value, now: &str) {
    match new {
        Value::Object(map) => {
            if map.contains_key("reason") && map.contains_key("type") {
                let same = old["status"] == map["status"];
                let time = old["lastTransitionTime"].as_str().filter(|_| same).unwrap_or(now);
                map.insert("lastTransitionTime".to_owned(), time.into());
                return;
            }
            for (name, value) in map {
                take_times(value, &old[name.as_str()], now);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter_mut().enumerate() {
                // Entries are known by type, name, or what they refer to; other lists hold no conditions.
                let key = ["type", "name", "parentRef", "ancestorRef"]
                    .into_iter()
                    .find(|it| value.get(it).is_some());
                let all = old.as_array().map_or(&[][..], Vec::as_slice);
                let before = match key {
                    Some(key) => all.iter().find(|it| it[key] == value[key]),
                    None => all.get(index),
                };
                take_times(value, before.unwrap_or(&Value::Null), now);
            }
        }
        _ => {}
    }
}

/// One condition.
fn condition(kind: &str, status: bool, reason: &str, message: &str, generation: i64) -> Value {
    json!({
        "type": kind, "status": if status { "True" } else { "False" }, "reason": reason, "message": message,
        "observedGeneration": generation, "lastTransitionTime": "",
    })
}

/// A condition that is `True` with its own name as reason unless something stands against it.
fn unless(kind: &str, against: Option<&Reason>, generation: i64) -> Value {
    match against {
        None => {
            let message = match kind {
                "Accepted" => "Accepted by the controller",
                "Programmed" => "Known to the proxy",
                _ => "All references are resolved",
            };
            condition(kind, true, kind, message, generation)
        }
        Some(it) => condition(kind, false, it.reason, &it.message, generation),
    }
}

fn generation(object: &Object) -> i64 {
    object.metadata().generation
}

/// The status of a class.
pub fn class(object: &Object, writes: &mut Vec<Write>) {
    if !is_own(object) {
        return;
    }
    let parameters = object.value.pointer("/spec/parametersRef");
    let against = parameters.map(|it| {
        let kind = it["kind"].as_str().unwrap_or_default();
        Reason::new(
            "InvalidParameters",
            format!("parametersRef of kind {kind} is not supported"),
        )
    });
    writes.push(Write {
        reference: object.reference(),
        status: json!({"conditions": [unless("Accepted", against.as_ref(), generation(object))]}),
    });
}

/// The status of everything else.
pub fn all(snapshot: &Snapshot, model: &Model, writes: &mut Vec<Write>) {
    for it in &model.gateways {
        gateway(snapshot, it, writes);
    }
    for set in &model.sets {
        let reference = ObjectRef::of(Kind::ListenerSet, &set.key);
        let Some(object) = snapshot.object(&reference) else {
            continue;
        };
        let generation = generation(object);
        let gateway = &model.gateways[set.gateway];
        let listeners: Vec<&Listener> = gateway.listeners_of(&reference).collect();
        let valid = listeners.iter().all(|it| it.is_programmed());
        let accepted = match &set.refused {
            None if !valid => condition(
                "Accepted",
                true,
                "ListenersNotValid",
                "some listeners are not valid",
                generation,
            ),
            it => unless("Accepted", it.as_ref(), generation),
        };
        let programmed = unless("Programmed", set.refused.as_ref(), generation);
        let mut status = json!({"conditions": [accepted, programmed]});
        if !listeners.is_empty() {
            let listeners: Vec<Value> = listeners.iter().map(|it| listener(it, generation)).collect();
            status["listeners"] = listeners.into();
        }
        writes.push(Write { reference, status });
    }
    routes(snapshot, model, writes);
    for policy in &model.policies {
        let reference = policy.reference();
        let Some(object) = snapshot.object(&reference) else {
            continue;
        };
        let generation = generation(object);
        let conditions = json!([
            unless("Accepted", policy.refused.as_ref(), generation),
            unless("ResolvedRefs", policy.unresolved.as_ref(), generation),
        ]);
        let own = policy.gateways.iter().map(|it| {
            json!({
                "ancestorRef": {"group": GATEWAY_GROUP, "kind": "Gateway", "namespace": it.namespace, "name": it.name},
                "controllerName": CONTROLLER, "conditions": conditions,
            })
        });
        merge_list(object, "ancestors", own.collect(), writes);
    }
}

/// Writes the controller's entries of a list, those of other controllers staying.
fn merge_list(object: &Object, field: &str, own: Vec<Value>, writes: &mut Vec<Write>) {
    let old = object.value["status"][field].as_array().cloned().unwrap_or_default();
    let foreign = old.iter().filter(|it| it["controllerName"] != CONTROLLER).cloned();
    let all: Vec<Value> = foreign.chain(own).collect();
    if all.is_empty() && old.is_empty() {
        return;
    }
    writes.push(Write {
        reference: object.reference(),
        status: json!({field: all}),
    });
}

fn routes(snapshot: &Snapshot, model: &Model, writes: &mut Vec<Write>) {
    for ((route, parents), fault) in model.routes.iter().zip(&model.parents).zip(&model.faults) {
        let Some(object) = snapshot.object(&route.reference()) else {
            continue;
        };
        let generation = generation(object);
        let unresolved = fault.as_ref().map(|it| Reason::new(it.reason(), it.message()));
        let own = parents.iter().map(|parent| {
            json!({
                "parentRef": route.parents[parent.index].written, "controllerName": CONTROLLER,
                "conditions": [
                    unless("Accepted", parent.refused.as_ref(), generation),
                    unless("ResolvedRefs", unresolved.as_ref(), generation),
                ],
            })
        });
        merge_list(object, "parents", own.collect(), writes);
    }
}

fn gateway(snapshot: &Snapshot, gateway: &Gateway, writes: &mut Vec<Write>) {
    let Some(object) = snapshot.object(&gateway.reference()) else {
        return;
    };
    let generation = generation(object);
    let own: Vec<&Listener> = gateway.own_listeners().collect();
    let refused = own.iter().filter(|it| !it.is_accepted()).count();
    let accepted = match &gateway.refused {
        Some(it) => unless("Accepted", Some(it), generation),
        None if refused == 0 => unless("Accepted", None, generation),
        None => {
            let some = refused < own.len();
            let message = format!("{refused} of {} listeners are not valid", own.len());
            condition("Accepted", some, "ListenersNotValid", &message, generation)
        }
    };
    let addresses = gateway.addresses(snapshot);
    let mut conditions = vec![
        accepted,
        unless("Programmed", not_programmed(gateway, &addresses).as_ref(), generation),
    ];
    let lost: Vec<&str> = own
        .iter()
        .filter(|it| it.unresolved.is_some())
        .map(|it| it.name.as_str())
        .collect();
    let listeners_lost = (!lost.is_empty()).then(|| {
        let message = format!("references of listeners are not resolved: {}", lost.join(", "));
        Reason::new("ListenersNotResolved", message)
    });
    let unresolved = gateway.unresolved.as_ref().or(listeners_lost.as_ref());
    conditions.push(unless("ResolvedRefs", unresolved, generation));
    if gateway.insecure {
        let message = "clients without a valid certificate are let in";
        conditions.push(condition(
            "InsecureFrontendValidationMode",
            true,
            "ConfigurationChanged",
            message,
            generation,
        ));
    }
    let addresses: Vec<Value> = usable(gateway, &addresses)
        .iter()
        .map(|it| {
            let kind = if it.parse::<std::net::IpAddr>().is_ok() {
                "IPAddress"
            } else {
                "Hostname"
            };
            json!({"type": kind, "value": it})
        })
        .collect();
    let listeners: Vec<Value> = own.iter().map(|it| listener(it, generation)).collect();
    let mut status = json!({"conditions": conditions, "listeners": listeners});
    if !addresses.is_empty() {
        status["addresses"] = addresses.into();
    }
    if gateway.attached_sets > 0 || object.value.pointer("/spec/allowedListeners").is_some() {
        status["attachedListenerSets"] = gateway.attached_sets.into();
    }
    writes.push(Write {
        reference: object.reference(),
        status,
    });
}

/// The addresses that are what was asked for.
fn usable<'a>(gateway: &Gateway, addresses: &[&'a str]) -> Vec<&'a str> {
    let wanted = &gateway.wanted;
    let fits = |it: &&&str| wanted.is_empty() || wanted.iter().any(|wish| wish.is_empty() || wish == **it);
    addresses.iter().filter(fits).copied().collect()
}

/// Why a Gateway is not programmed; `None` where it is.
fn not_programmed(gateway: &Gateway, addresses: &[&str]) -> Option<Reason> {
    if !gateway.is_accepted() {
        return Some(Reason::new("Invalid", "the Gateway is not accepted"));
    }
    if !gateway.listeners.iter().any(Listener::is_programmed) {
        return Some(Reason::new("Invalid", "no listener is programmed"));
    }
    if addresses.is_empty() {
        let message = "nobody in this cluster gives Services of type LoadBalancer an address";
        return Some(Reason::new("AddressNotAssigned", message));
    }
    let missing = gateway
        .wanted
        .iter()
        .find(|wish| !wish.is_empty() && !addresses.contains(&wish.as_str()))?;
    let message = format!("address {missing} cannot be had");
    Some(Reason::new("AddressNotUsable", message))
}

fn listener(listener: &Listener, generation: i64) -> Value {
    let kinds: Vec<Value> = listener
        .kinds
        .iter()
        .map(|it| json!({"group": GATEWAY_GROUP, "kind": it.name()}))
        .collect();
    let conflict = listener.conflict.map(|reason| {
        let what = if reason == "HostnameConflict" {
            "hostname"
        } else {
            "protocol"
        };
        Reason::new(
            reason,
            format!("another listener has the same port and a {what} that does not go with this one"),
        )
    });
    let against = listener.refused.as_ref().or(conflict.as_ref());
    let invalid = Reason::new("Invalid", "the listener is not valid");
    let stuck = conflict.as_ref().or((!listener.is_programmed()).then_some(&invalid));
    let mut conditions = vec![
        unless("Accepted", against, generation),
        unless("Programmed", stuck, generation),
        unless("ResolvedRefs", listener.unresolved.as_ref(), generation),
    ];
    conditions.push(match &conflict {
        Some(it) => condition("Conflicted", true, it.reason, &it.message, generation),
        None => condition(
            "Conflicted",
            false,
            "NoConflicts",
            "No other listener stands in the way",
            generation,
        ),
    });
    if listener.overlaps {
        let message = "another listener with TLS on this port has a hostname in common with this one";
        conditions.push(condition(
            "OverlappingTLSConfig",
            true,
            "OverlappingHostnames",
            message,
            generation,
        ));
    }
    json!({
        "name": listener.name, "supportedKinds": kinds, "attachedRoutes": listener.attached, "conditions": conditions,
    })
}
