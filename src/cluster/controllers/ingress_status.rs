//! The address an Ingress shows: that of the controller which serves its class, where one runs
//! (`ingress-nginx internal/ingress/status`).

use serde_json::{Value, json};

use super::super::snapshot::Key;
use super::super::{Cluster, tree};
use super::selection::is_ready;
use crate::api::types::core::{LoadBalancerIngress, Node, Pod, Service};
use crate::api::types::networking::{Ingress, IngressClass};
use crate::api::{Kind, Typed};

/// What ingress-nginx is called in an IngressClass.
pub const NGINX_CONTROLLER: &str = "k8s.io/ingress-nginx";
/// The older way to name a class.
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// Brings the status of one Ingress up to date.
pub fn reconcile(cluster: &mut Cluster, key: &Key) {
    let Some(ingress) = cluster.store.typed::<Ingress>(key) else {
        return;
    };
    let given = cluster.given_ingress_status.contains(key);
    if given || !serves(cluster, ingress) {
        return;
    }
    let Some(addresses) = controller_addresses(cluster) else {
        return;
    };
    if ingress.status.load_balancer.ingress == addresses {
        return;
    }
    let trees: Vec<Value> = addresses
        .iter()
        .map(|it| {
            if it.ip.is_empty() {
                json!({"hostname": it.hostname})
            } else {
                json!({"ip": it.ip})
            }
        })
        .collect();
    cluster.store.edit(Kind::Ingress, key, |object| {
        let Typed::Ingress(ingress) = &mut object.typed else {
            return false;
        };
        ingress.status.load_balancer.ingress = addresses;
        let status = if trees.is_empty() {
            json!({})
        } else {
            json!({"ingress": trees})
        };
        tree::set(&mut object.value, &["status", "loadBalancer"], status);
        true
    });
}

/// Whether ingress-nginx takes an Ingress: by its class object, or by the older annotation.
#[must_use]
pub fn serves(cluster: &Cluster, ingress: &Ingress) -> bool {
    if let Some(class) = &ingress.spec.ingress_class_name {
        return cluster
            .store
            .typed::<IngressClass>(&(String::new(), class.clone()))
            .is_some_and(|class| class.spec.controller == NGINX_CONTROLLER);
    }
    ingress
        .metadata
        .annotations
        .get(CLASS_ANNOTATION)
        .is_some_and(|class| class == "nginx")
}

/// The running ingress-nginx pods.
#[must_use]
pub fn controller_pods(cluster: &Cluster) -> Vec<&Pod> {
    cluster
        .store
        .list::<Pod>()
        .filter(|pod| {
            pod.spec
                .containers
                .iter()
                .any(|container| container.image.contains("ingress-nginx/controller"))
        })
        .filter(|pod| is_ready(pod) && pod.metadata.deletion_timestamp.is_none())
        .collect()
}

/// Where the controller is reached: the addresses of the Service it publishes, else of the nodes it runs on;
/// `None` where it does not run.
fn controller_addresses(cluster: &Cluster) -> Option<Vec<LoadBalancerIngress>> {
    let pods = controller_pods(cluster);
    let pod = pods.first()?;
    let published = pod
        .spec
        .containers
        .iter()
        .flat_map(|container| &container.args)
        .find_map(|argument| argument.strip_prefix("--publish-service="))
        .and_then(|text| {
            let text = text.replace("$(POD_NAMESPACE)", &pod.metadata.namespace);
            text.split_once('/').map(|(ns, name)| (ns.to_owned(), name.to_owned()))
        });
    let plain = |ip: &str| LoadBalancerIngress {
        ip: ip.to_owned(),
        ..LoadBalancerIngress::default()
    };
    if let Some(service) = published.and_then(|key| cluster.store.typed::<Service>(&key)) {
        let mut addresses: Vec<LoadBalancerIngress> = match service.spec.kind.as_str() {
            "LoadBalancer" => service
                .status
                .load_balancer
                .ingress
                .iter()
                .map(|it| LoadBalancerIngress {
                    ip_mode: None,
                    ..it.clone()
                })
                .collect(),
            "ExternalName" => vec![LoadBalancerIngress {
                hostname: service.spec.external_name.clone(),
                ..LoadBalancerIngress::default()
            }],
            _ if service.spec.external_ips.is_empty() => vec![plain(&service.spec.cluster_ip)],
            _ => Vec::new(),
        };
        addresses.extend(service.spec.external_ips.iter().map(|ip| plain(ip)));
        return Some(addresses);
    }
    let mut addresses: Vec<LoadBalancerIngress> = pods
        .iter()
        .filter_map(|pod| {
            cluster
                .store
                .typed::<Node>(&(String::new(), pod.spec.node_name.clone()))
        })
        .filter_map(|node| {
            let of = |kind: &str| node.status.addresses.iter().find(|it| it.kind == kind);
            of("ExternalIP")
                .or_else(|| of("InternalIP"))
                .map(|it| plain(&it.address))
        })
        .collect();
    addresses.sort_by(|a, b| a.ip.cmp(&b.ip));
    addresses.dedup();
    Some(addresses)
}
