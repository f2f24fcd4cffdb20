//! What a preset's own objects do when documents change the cluster's ranges: a real cluster would have been
//! set up with them from the start, so system Services, nodes and system pods move along.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde_json::json;

use super::super::cluster_config::ClusterConfig;
use super::super::tree;
use super::ApiServer;
use super::config;
use crate::api::types::core::{Node, NodeAddress, Service};
use crate::api::{IpFamily, Kind, NamespacedName, ObjectRef, Typed};

/// The address at the same distance from the start of another range; `None` where that lies outside.
fn moved(address: IpAddr, from: IpNet, to: IpNet) -> Option<IpAddr> {
    let number = |address: IpAddr| match address {
        IpAddr::V4(it) => u128::from(u32::from(it)),
        IpAddr::V6(it) => u128::from(it),
    };
    let offset = number(address).checked_sub(number(from.network()))?;
    let target = number(to.network()).checked_add(offset)?;
    let found = match to {
        IpNet::V4(_) => IpAddr::V4(u32::try_from(target).ok()?.into()),
        IpNet::V6(_) => IpAddr::V6(target.into()),
    };
    to.contains(&found).then_some(found)
}

/// The part of a pod network that the node of a number gets: a /24, or a /64 for IPv6
/// (`--node-cidr-mask-size`).
fn node_network(pods: IpNet, number: u32) -> Option<IpNet> {
    let wanted = match pods {
        IpNet::V4(_) => 24,
        IpNet::V6(_) => 64,
    };
    if wanted < pods.prefix_len() {
        return None;
    }
    let bits = u32::from(pods.max_prefix_len() - wanted);
    let step = u128::from(number) << bits;
    let base = match pods.network() {
        IpAddr::V4(it) => {
            let sum = u128::from(u32::from(it)) + step;
            IpAddr::V4(u32::try_from(sum).ok()?.into())
        }
        IpAddr::V6(it) => IpAddr::V6(u128::from(it).checked_add(step)?.into()),
    };
    pods.contains(&base).then(|| IpNet::new(base, wanted).ok())?
}

/// A preset's node's addresses in these families: 192.168.10.11 has the sister fd00:192:168:10::11.
fn addresses(now: &[NodeAddress], families: &[IpFamily]) -> Vec<NodeAddress> {
    let (own, mut rest): (Vec<_>, Vec<_>) = now.iter().cloned().partition(NodeAddress::is_internal_ip);
    let Some(own) = own.into_iter().next() else { return rest };
    let parts: Vec<&str> = own.address.trim_start_matches("fd00:").split(['.', ':']).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let &[a, b, c, d] = parts.as_slice() else {
        rest.insert(0, own);
        return rest;
    };
    for family in families.iter().rev() {
        let address = match family {
            IpFamily::V4 => format!("{a}.{b}.{c}.{d}"),
            IpFamily::V6 => format!("fd00:{a}:{b}:{c}::{d}"),
        };
        let kind = own.kind.clone();
        rest.insert(0, NodeAddress { kind, address });
    }
    rest
}

impl ApiServer {
    /// Moves the preset's objects from the old ranges to the new ones.
    pub(super) fn follow_ranges(&mut self, old: &ClusterConfig, new: &ClusterConfig) {
        if let (Some(from), Some(to)) = (old.service_subnets.first(), new.service_subnets.first())
            && from != to
        {
            self.move_services(*from, *to);
        }
        if old.pod_subnets != new.pod_subnets {
            self.move_nodes(&new.pod_subnets);
        }
    }

    fn preset_keys(&self, kind: Kind) -> Vec<NamespacedName> {
        self.store
            .all(kind)
            .map(|(key, _)| key.clone())
            .filter(|key| self.is_preset(&ObjectRef::of(kind, key)))
            .collect()
    }

    fn move_services(&mut self, from: IpNet, to: IpNet) {
        let family = IpFamily::of_net(to).name();
        for key in self.preset_keys(Kind::Service) {
            let Some(service) = self.store.typed::<Service>(&key).cloned() else {
                continue;
            };
            let target = service.spec.cluster_ip.parse().ok().and_then(|it| moved(it, from, to));
            let Some(target) = target.map(|it| it.to_string()) else {
                continue;
            };
            self.allocations.release(&service);
            self.store.edit(Kind::Service, &key, |object| {
                let Typed::Service(service) = &mut object.typed else {
                    return false;
                };
                service.spec.cluster_ip.clone_from(&target);
                service.spec.cluster_ips = vec![target.clone()];
                service.spec.ip_families = vec![family.to_owned()];
                tree::set(&mut object.value, &["spec", "clusterIP"], target.as_str().into());
                tree::set(&mut object.value, &["spec", "clusterIPs"], json!([target]));
                tree::set(&mut object.value, &["spec", "ipFamilies"], json!([family]));
                true
            });
            if let Some(service) = self.store.typed::<Service>(&key).cloned() {
                self.allocations.hold(&service);
            }
        }
    }

    fn move_nodes(&mut self, pods: &[IpNet]) {
        for (idx, key) in self.preset_keys(Kind::Node).into_iter().enumerate() {
            let number = u32::try_from(idx + 1).unwrap_or(u32::MAX);
            let networks: Vec<String> = pods
                .iter()
                .filter_map(|net| node_network(*net, number))
                .map(|net| net.to_string())
                .collect();
            if networks.is_empty() {
                continue;
            }
            self.store.edit(Kind::Node, &key, |object| {
                let Typed::Node(node) = &mut object.typed else {
                    return false;
                };
                if node.spec.pod_cidrs == networks {
                    return false;
                }
                node.spec.pod_cidr.clone_from(&networks[0]);
                node.spec.pod_cidrs.clone_from(&networks);
                tree::set(&mut object.value, &["spec", "podCIDR"], networks[0].as_str().into());
                tree::set(&mut object.value, &["spec", "podCIDRs"], json!(networks));
                let families: Vec<IpFamily> = pods.iter().map(|net| IpFamily::of_net(*net)).collect();
                node.status.addresses = addresses(&node.status.addresses, &families);
                let list = node.status.addresses.iter();
                let list: Vec<_> = list.map(|it| json!({"type": it.kind, "address": it.address})).collect();
                tree::set(&mut object.value, &["status", "addresses"], json!(list));
                true
            });
            self.restart_pods_outside(&key.name);
        }
    }

    /// Pods whose address no longer belongs to their node are made anew by whoever made them.
    fn restart_pods_outside(&mut self, node: &str) {
        let Some(networks) = self.store.typed::<Node>(&("", node)).map(|node| {
            let texts = node.spec.pod_cidrs.iter();
            texts.filter_map(|text| text.parse::<IpNet>().ok()).collect::<Vec<_>>()
        }) else {
            return;
        };
        let pods: Vec<NamespacedName> = self.store.pods_on(node).cloned().collect();
        for key in pods {
            let outside = self.store.get(Kind::Pod, &key).is_some_and(|pod| {
                let Typed::Pod(pod) = &pod.typed else { return false };
                let families = networks.len() > pod.status.pod_ips.len() && !pod.status.pod_ip.is_empty();
                let address = pod.status.pod_ip.parse::<IpAddr>();
                let inside = address.is_ok_and(|it| networks.iter().any(|net| net.contains(&it)));
                !pod.spec.host_network && !self.given.pod_status.contains(&key) && (!inside || families)
            });
            if outside {
                self.delete_pod(&key, Some(0));
            }
        }
    }

    /// Reads the settings anew after a configuration document changed.
    pub fn refresh_config(&mut self) {
        let config = config::derive(&self.base, &self.store, self.as_stored);
        if *self.config == config {
            return;
        }
        let old = std::mem::replace(&mut self.config, Arc::new(config.clone()));
        self.follow_ranges(&old, &config);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Cluster, Options};

    #[test]
    fn system_services_and_nodes_follow_the_ranges() {
        let mut cluster = Cluster::new(Options::default());
        let value = json!({
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "ClusterConfiguration",
            "metadata": {"name": "kubeadm-config"},
            "networking": {"serviceSubnet": "172.20.0.0/16,fd00:1::/112", "podSubnet": "10.10.0.0/16,fd00:2::/48"},
        });
        let info = Kind::ClusterConfiguration.info().expect("a known kind");
        cluster.store_document(info, value).expect("it is taken");
        cluster.settle();
        let snapshot = cluster.snapshot();
        let dns = snapshot.get::<Service>("kube-system", "kube-dns").expect("DNS");
        assert_eq!(dns.spec.cluster_ip, "172.20.0.10");
        let node = cluster.object(&ObjectRef::new(Kind::Node, "", "node-2")).expect("node");
        assert_eq!(
            node.value["spec"]["podCIDRs"],
            json!(["10.10.2.0/24", "fd00:2:0:2::/64"])
        );
        assert_eq!(node.value["status"]["addresses"][0]["address"], "192.168.10.12");
        assert_eq!(node.value["status"]["addresses"][1]["address"], "fd00:192:168:10::12");
        let back = addresses(
            &snapshot.get::<Node>("", "node-2").expect("node").status.addresses,
            &[IpFamily::V4],
        );
        assert_eq!(back.len(), 2, "{back:?}");
        for pod in snapshot.list::<crate::api::types::core::Pod>() {
            assert!(pod.status.pod_ip.starts_with("10.10."), "{}", pod.status.pod_ip);
            assert_eq!(pod.status.pod_ips.len(), 2);
        }
    }
}
