//! Zone and region of a node as labels of the pods that are bound to it (admission plugin `PodTopologyLabels`).

use super::api_server::store::Store;
use super::tree;
use crate::api::types::core::{Node, Pod};
use crate::api::{Kind, NamespacedName, Object};

/// What is copied.
const TOPOLOGY_LABELS: [&str; 2] = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/// Sets labels in tree and view.
pub fn add(object: &mut Object, labels: Vec<(&'static str, String)>) {
    for (label, value) in labels {
        tree::set(&mut object.value, &["metadata", "labels", label], value.as_str().into());
        object.typed.metadata_mut().labels.insert(label.to_owned(), value);
    }
}

/// Zone and region of a node.
pub fn of_node(store: &Store, node: &str) -> Vec<(&'static str, String)> {
    let node = store.typed::<Node>(&("", node));
    TOPOLOGY_LABELS
        .iter()
        .filter_map(|label| Some((*label, node?.metadata.labels.get(*label)?.clone())))
        .collect()
}

/// Copies zone and region of its node to a pod that was bound by its manifest.
pub fn copy(store: &mut Store, key: &NamespacedName) {
    let Some(pod) = store.typed::<Pod>(key) else {
        return;
    };
    let labels = of_node(store, &pod.spec.node_name);
    let own = &pod.metadata.labels;
    if labels.iter().all(|(label, value)| own.get(*label) == Some(value)) {
        return;
    }
    store.edit(Kind::Pod, key, |object| {
        add(object, labels);
        true
    });
}
