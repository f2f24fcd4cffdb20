//! The address an Ingress shows: that of the controller which serves its class, where one runs
//! (`ingress-nginx internal/ingress/status`).

use serde_json::{Value, json};

use super::super::api_server::ApiServer;
use super::super::ingress_controllers::{IngressController, runs_controller};
use super::super::reconcile::Reconcile;
use super::super::tree;
use crate::api::types::core::{LoadBalancerIngress, Node, Pod, Service};
use crate::api::types::networking::{Ingress, IngressClass};
use crate::api::types::service_type::ServiceType;
use crate::api::{Kind, NamespacedName, Typed};
use crate::small_sort::SmallSort as _;

/// Brings the status of one Ingress up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(ingress) = ctx.api.store.typed::<Ingress>(key) else {
        return;
    };
    let given = ctx.api.given.ingress_status.contains(key);
    if given {
        return;
    }
    let Some(addresses) = addresses(ctx.api, ingress) else {
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
    ctx.api.store.edit(Kind::Ingress, key, |object| {
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

/// Where the first controller that takes an Ingress is reached; `None` where none does.
fn addresses(api: &ApiServer, ingress: &Ingress) -> Option<Vec<LoadBalancerIngress>> {
    let snapshot = api.snapshot();
    let class = |name: &str| snapshot.get::<IngressClass>("", name);
    let pods: Vec<&Pod> = snapshot
        .list::<Pod>()
        .filter(|pod| runs_controller(pod) && pod.is_ready() && pod.metadata.deletion_timestamp.is_none())
        .collect();
    let controller = pods
        .iter()
        .filter_map(|pod| IngressController::of_pod(&snapshot, pod))
        .find(|controller| controller.takes(ingress, class).is_ok())?;
    if let Some(given) = controller.given_addresses() {
        let one = |text: &str| match text.parse::<std::net::IpAddr>() {
            Ok(_) => plain(text),
            Err(_) => LoadBalancerIngress {
                hostname: text.to_owned(),
                ..LoadBalancerIngress::default()
            },
        };
        return Some(given.into_iter().map(one).collect());
    }
    if let Some(service) = controller.published_service(&snapshot) {
        return Some(of_service(service));
    }
    let mut addresses: Vec<LoadBalancerIngress> = pods
        .iter()
        .filter_map(|pod| snapshot.get::<Node>("", &pod.spec.node_name))
        .filter_map(|node| {
            let outside = node.external_ips().next();
            outside.or_else(|| node.first_internal_ip()).map(plain)
        })
        .collect();
    addresses.small_sort_by(|a, b| a.ip.cmp(&b.ip));
    addresses.dedup();
    Some(addresses)
}

fn plain(ip: &str) -> LoadBalancerIngress {
    LoadBalancerIngress {
        ip: ip.to_owned(),
        ..LoadBalancerIngress::default()
    }
}

/// The addresses of the Service that a controller publishes.
fn of_service(service: &Service) -> Vec<LoadBalancerIngress> {
    let mut addresses: Vec<LoadBalancerIngress> = match service.service_type() {
        Some(ServiceType::LoadBalancer) => service
            .status
            .load_balancer
            .ingress
            .iter()
            .map(|it| LoadBalancerIngress {
                ip_mode: None,
                ..it.clone()
            })
            .collect(),
        Some(ServiceType::ExternalName) => vec![LoadBalancerIngress {
            hostname: service.spec.external_name.clone(),
            ..LoadBalancerIngress::default()
        }],
        _ if service.spec.external_ips.is_empty() => vec![plain(&service.spec.cluster_ip)],
        _ => Vec::new(),
    };
    addresses.extend(service.spec.external_ips.iter().map(|ip| plain(ip)));
    addresses
}
