//! Settings of the whole cluster, read from the kinds that real clusters are configured with.

use ipnet::IpNet;
use serde_json::Value;

use super::super::cluster_config::{ClusterConfig, LoadBalancerProvider, networks};
use super::store::Store;
use crate::api::types::config::{ClusterConfiguration, IpAddressPool, KubeProxyConfiguration, KubeletConfiguration};

/// `base` with what the stored configuration documents say. A KubeProxyConfiguration without `clusterCIDR` gets
/// the pod networks, as kubeadm fills it in; `as_stored` it means what it means to kube-proxy: no local detector.
#[must_use]
pub fn derive(base: &ClusterConfig, store: &Store, as_stored: bool) -> ClusterConfig {
    let mut config = base.clone();
    for document in store.list::<ClusterConfiguration>() {
        apply_cluster(&mut config, document);
    }
    for document in store.list::<KubeProxyConfiguration>() {
        config.proxy = document.clone();
        if config.proxy.mode.is_empty() {
            config.proxy.mode = "iptables".to_owned();
        }
        if config.proxy.cluster_cidr.is_empty() && !as_stored {
            config.proxy.cluster_cidr = join(&config.pod_subnets);
        }
    }
    for document in store.list::<KubeletConfiguration>() {
        config.kubelet = document.clone();
    }
    if store.list::<IpAddressPool>().next().is_some() {
        config.load_balancer = LoadBalancerProvider::MetalLb;
    }
    config
}

fn apply_cluster(config: &mut ClusterConfig, document: &ClusterConfiguration) {
    let networking = &document.networking;
    if !networking.pod_subnet.is_empty() {
        config.pod_subnets = networks(&networking.pod_subnet);
        config.proxy.cluster_cidr.clone_from(&networking.pod_subnet);
    }
    if !networking.service_subnet.is_empty() {
        config.service_subnets = networks(&networking.service_subnet);
    }
    if !networking.dns_domain.is_empty() {
        networking
            .dns_domain
            .trim_end_matches('.')
            .clone_into(&mut config.dns_domain);
    }
    let server = &document.api_server.extra_args;
    if let Some(range) = argument(server.as_ref(), "service-node-port-range").and_then(|text| port_range(&text)) {
        config.node_port_range = range;
    }
    if let Some(range) = argument(server.as_ref(), "service-cluster-ip-range") {
        config.service_subnets = networks(&range);
    }
}

/// An argument of a component: a map up to v1beta3, a list of name and value from v1beta4.
fn argument(arguments: Option<&Value>, name: &str) -> Option<String> {
    let value = match arguments? {
        Value::Object(map) => map.get(name)?,
        Value::Array(list) => list
            .iter()
            .find(|item| item.get("name").and_then(Value::as_str) == Some(name))?
            .get("value")?,
        _ => return None,
    };
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// `30000-32767`, or `30000+100` as the API server also takes it (`apimachinery/pkg/util/net/port_range.go`).
fn port_range(text: &str) -> Option<(u16, u16)> {
    let text = text.trim();
    let (first, last) = if let Some((first, last)) = text.split_once('-') {
        (first.trim().parse().ok()?, last.trim().parse().ok()?)
    } else if let Some((first, count)) = text.split_once('+') {
        let first: u16 = first.trim().parse().ok()?;
        (first, first.checked_add(count.trim().parse().ok()?)?)
    } else {
        let only = text.parse().ok()?;
        (only, only)
    };
    (first <= last).then_some((first, last))
}

fn join(networks: &[IpNet]) -> String {
    let texts: Vec<String> = networks.iter().map(IpNet::to_string).collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_ranges_read_as_the_api_server_reads_them() {
        assert_eq!(port_range("30000-32767"), Some((30000, 32767)));
        assert_eq!(port_range("30000+100"), Some((30000, 30100)));
        assert_eq!(port_range("9-1"), None);
        assert_eq!(port_range("x"), None);
    }

    #[test]
    fn arguments_are_found_in_both_shapes() {
        let map = serde_json::json!({"a": "1"});
        let list = serde_json::json!([{"name": "a", "value": "1"}]);
        assert_eq!(argument(Some(&map), "a").as_deref(), Some("1"));
        assert_eq!(argument(Some(&list), "a").as_deref(), Some("1"));
        assert_eq!(argument(Some(&list), "b"), None);
    }
}
