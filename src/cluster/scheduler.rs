//! Binds pods to nodes: of the nodes that may take a pod, the one with the fewest pods, then by name.
//!
//! A real scheduler scores by resources and spreading and so does not promise which node it takes; filters
//! are followed to the letter (`kubernetes pkg/scheduler/framework/plugins`), scores are not.
//! Not simulated: CPU and memory requests, pod affinity, topology spread, volumes, preemption.

use serde_json::{Value, json};

use super::api_server::store::Store;
use super::event_recorder::EventType;
use super::pod_overrides::PodOverrides;
use super::reconcile::Reconcile;
use super::system_namespaces::is_system_namespace;
use super::{topology_labels, tree};
use crate::api::types::core::{ContainerPort, Node, NodeSpec, Pod, Taint, Toleration};
use crate::api::types::meta::{Condition, LabelSelectorRequirement, Labels, labels_match};
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, NamespacedName, ObjectRef, Typed};
use crate::small_sort::SmallSort as _;

/// Why a node may not take a pod, in the scheduler's words.
fn refusal(pod: &Pod, node: &Node) -> Option<String> {
    if node.spec.unschedulable
        && !tolerates(
            &pod.spec.tolerations,
            &Taint {
                key: "node.kubernetes.io/unschedulable".to_owned(),
                effect: "NoSchedule".to_owned(),
                ..Taint::default()
            },
        )
    {
        return Some("node(s) were unschedulable".to_owned());
    }
    if let Some(taint) = untolerated(&node.spec, &pod.spec.tolerations, &["NoSchedule", "NoExecute"]) {
        let value = if taint.value.is_empty() {
            String::new()
        } else {
            format!(": {}", taint.value)
        };
        return Some(format!("node(s) had untolerated taint {{{}{value}}}", taint.key));
    }
    if !fits_node(pod, node) {
        return Some("node(s) didn't match Pod's node affinity/selector".to_owned());
    }
    None
}

/// The node's ports that a pod wants.
fn host_ports(pod: &Pod) -> Vec<&ContainerPort> {
    let ports = pod.spec.containers.iter().flat_map(|container| &container.ports);
    ports.filter(|port| port.host_port > 0).collect()
}

/// Whether two pods cannot both have their port: the same number over the same protocol, on an address they share.
fn same_port(a: &ContainerPort, b: &ContainerPort) -> bool {
    let any = |port: &ContainerPort| matches!(port.host_ip.as_str(), "" | "0.0.0.0");
    let protocol = |port: &ContainerPort| port.protocol.is_empty() || port.protocol == "TCP";
    a.host_port == b.host_port
        && (a.protocol == b.protocol || protocol(a) && protocol(b))
        && (any(a) || any(b) || a.host_ip == b.host_ip)
}

/// Whether a pod's selector and affinity let it run on a node.
pub(super) fn fits_node(pod: &Pod, node: &Node) -> bool {
    labels_match(&pod.spec.node_selector, &node.metadata.labels)
        && affinity_allows(pod.spec.affinity.as_ref(), &node.metadata.labels, &node.metadata.name)
}

/// The first taint of some effects that nothing tolerates.
pub(super) fn untolerated<'a>(node: &'a NodeSpec, tolerations: &[Toleration], effects: &[&str]) -> Option<&'a Taint> {
    node.taints
        .iter()
        .filter(|taint| effects.contains(&taint.effect.as_str()))
        .find(|taint| !tolerates(tolerations, taint))
}

/// Whether one of the tolerations bears a taint (`component-helpers/scheduling/corev1/helpers.go`).
pub(super) fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|toleration| {
        (toleration.effect.is_empty() || toleration.effect == taint.effect)
            && (toleration.key.is_empty() || toleration.key == taint.key)
            && match toleration.operator.as_str() {
                "Exists" => true,
                "" | "Equal" => !toleration.key.is_empty() && toleration.value == taint.value,
                _ => false,
            }
    })
}

/// Required node affinity: any term, of which all expressions must hold.
fn affinity_allows(affinity: Option<&Value>, labels: &Labels, node: &str) -> bool {
    let Some(terms) = affinity
        .and_then(|it| {
            tree::get(
                it,
                &[
                    "nodeAffinity",
                    "requiredDuringSchedulingIgnoredDuringExecution",
                    "nodeSelectorTerms",
                ],
            )
        })
        .and_then(Value::as_array)
    else {
        return true;
    };
    let names = Labels::from([("metadata.name".to_owned(), node.to_owned())]);
    terms.iter().any(|term| {
        let all = |list: &str, on: &Labels| {
            let expressions = term.get(list).and_then(Value::as_array).map(Vec::as_slice);
            expressions
                .unwrap_or_default()
                .iter()
                .all(|it| requirement_holds(it, on))
        };
        let empty = |list: &str| term.get(list).and_then(Value::as_array).is_none_or(Vec::is_empty);
        // A term without any expression matches nothing.
        (!empty("matchExpressions") || !empty("matchFields"))
            && all("matchExpressions", labels)
            && all("matchFields", &names)
    })
}

fn requirement_holds(expression: &Value, labels: &Labels) -> bool {
    let values: Vec<String> = expression
        .get("values")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|it| it.as_str().map(str::to_owned))
        .collect();
    let key = tree::text(expression, &["key"]).to_owned();
    let number = |text: Option<&String>| text.and_then(|it| it.parse::<i64>().ok());
    match tree::text(expression, &["operator"]) {
        operator @ ("Gt" | "Lt") => match (number(labels.get(&key)), number(values.first())) {
            (Some(label), Some(bound)) if operator == "Gt" => label > bound,
            (Some(label), Some(bound)) => label < bound,
            _ => false,
        },
        operator => LabelSelectorRequirement {
            key,
            operator: operator.to_owned(),
            values,
        }
        .matches(labels),
    }
}

/// Binds a pod, or says why no node takes it.
pub fn schedule(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(pod) = ctx.api.store.typed::<Pod>(key) else {
        return;
    };
    let overrides = PodOverrides::of(&pod.metadata.annotations);
    if !pod.spec.node_name.is_empty() || pod.metadata.deletion_timestamp.is_some() || overrides.pending {
        return;
    }
    let system = is_system_namespace(&key.namespace);
    let mut best: Option<(usize, &str)> = None;
    let mut refusals: Vec<(String, usize)> = Vec::new();
    let mut total = 0;
    for node in ctx.api.store.list::<Node>() {
        total += 1;
        let name = node.metadata.name.as_str();
        match refusal(pod, node).or_else(|| ports_taken(&ctx.api.store, pod, name)) {
            Some(why) => match refusals.iter_mut().find(|(known, _)| *known == why) {
                Some((_, count)) => *count += 1,
                None => refusals.push((why, 1)),
            },
            None => {
                let count = ctx.api.store.pod_count(name, system);
                if best.is_none_or(|(fewest, _)| count < fewest) {
                    best = Some((count, name));
                }
            }
        }
    }
    match best.map(|(_, name)| name.to_owned()) {
        Some(node) => {
            bind(&mut ctx.api.store, key, &node);
            if !overrides.stand_in {
                let about = ObjectRef::of(Kind::Pod, key);
                let message = format!("Successfully assigned {key} to {node}");
                ctx.record_event(&about, EventType::Normal, "Scheduled", "default-scheduler", &message);
            }
        }
        None => {
            refusals.small_sort();
            let list: Vec<String> = refusals.iter().map(|(why, count)| format!("{count} {why}")).collect();
            let message = match total {
                0 => "no nodes available to schedule pods".to_owned(),
                _ => format!("0/{total} nodes are available: {}.", list.join(", ")),
            };
            if mark_unschedulable(ctx, key, &message) {
                let about = ObjectRef::of(Kind::Pod, key);
                ctx.record_event(
                    &about,
                    EventType::Warning,
                    "FailedScheduling",
                    "default-scheduler",
                    &message,
                );
            }
        }
    }
}

/// Whether a pod on the node has one of the node's ports that this pod wants
/// (`pkg/scheduler/framework/plugins/nodeports`).
fn ports_taken(store: &Store, pod: &Pod, node: &str) -> Option<String> {
    let wanted = host_ports(pod);
    if wanted.is_empty() {
        return None;
    }
    let mut others = store.pods_on(node).filter_map(|key| store.typed::<Pod>(key));
    let conflict = others
        .any(|other| !other.is_terminal() && host_ports(other).iter().any(|a| wanted.iter().any(|b| same_port(a, b))));
    conflict.then(|| "node(s) didn't have free ports for the requested pod ports".to_owned())
}

fn bind(store: &mut Store, key: &NamespacedName, node: &str) {
    let labels = topology_labels::of_node(store, node);
    store.edit(Kind::Pod, key, |object| {
        let Typed::Pod(pod) = &mut object.typed else {
            return false;
        };
        node.clone_into(&mut pod.spec.node_name);
        pod.status.conditions.retain(|it| it.kind != "PodScheduled");
        tree::set(&mut object.value, &["spec", "nodeName"], node.into());
        topology_labels::add(object, labels);
        true
    });
}

fn mark_unschedulable(ctx: &mut Reconcile<'_>, key: &NamespacedName, message: &str) -> bool {
    let now = ctx.now().to_string();
    ctx.api.store.edit(Kind::Pod, key, |object| {
        let Typed::Pod(pod) = &mut object.typed else {
            return false;
        };
        let known = pod
            .status
            .conditions
            .iter()
            .any(|it| it.kind == "PodScheduled" && it.message == message);
        if known {
            return false;
        }
        PodPhase::Pending.name().clone_into(&mut pod.status.phase);
        pod.status.conditions = vec![Condition {
            kind: "PodScheduled".to_owned(),
            status: "False".to_owned(),
            reason: "Unschedulable".to_owned(),
            message: message.to_owned(),
            last_transition_time: Some(now.clone()),
        }];
        tree::set(&mut object.value, &["status", "phase"], PodPhase::Pending.name().into());
        tree::set(
            &mut object.value,
            &["status", "conditions"],
            json!([{
                "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                "message": message, "lastProbeTime": null, "lastTransitionTime": now,
            }]),
        );
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toleration(key: &str, operator: &str, value: &str) -> Toleration {
        Toleration {
            key: key.to_owned(),
            operator: operator.to_owned(),
            value: value.to_owned(),
            ..Toleration::default()
        }
    }

    #[test]
    fn tolerations_match_by_key_operator_value_and_effect() {
        let taint = Taint {
            key: "gpu".to_owned(),
            value: "yes".to_owned(),
            effect: "NoSchedule".to_owned(),
        };
        assert!(tolerates(&[toleration("gpu", "Equal", "yes")], &taint));
        assert!(tolerates(&[toleration("gpu", "Exists", "")], &taint));
        assert!(tolerates(&[toleration("", "Exists", "")], &taint));
        assert!(!tolerates(&[toleration("gpu", "", "no")], &taint));
        assert!(!tolerates(&[toleration("", "", "")], &taint));
    }

    #[test]
    fn node_affinity_needs_one_term_with_all_its_expressions() {
        let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}, {"key": "n", "operator": "Gt", "values": ["3"]}]},
        ]}}});
        let labels = |n: &str| Labels::from([("disk".to_owned(), "ssd".to_owned()), ("n".to_owned(), n.to_owned())]);
        assert!(affinity_allows(Some(&affinity), &labels("4"), "a"));
        assert!(!affinity_allows(Some(&affinity), &labels("3"), "a"));
        assert!(affinity_allows(None, &labels("3"), "a"));
    }
}
