//! A pod's host name and `/etc/hosts`, as the kubelet and the runtime make them.
//!
//! Follows `kubernetes pkg/kubelet/kubelet_pods.go` (`GeneratePodHostNameAndDomain`, `managedHostsFileContent`).
//! A pod in its node's network has the node's host name, and the node's file below a heading of the kubelet's.

use std::net::IpAddr;

use serde_json::Value;

use super::resolv_conf::KubeletDns;
use crate::api::types::core::Pod;
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;

/// Longest host name of a Linux kernel that the kubelet sets.
const MAX_HOSTNAME: usize = 63;

/// How a pod calls itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodHost {
    /// Its host name, one label.
    pub name: String,
    /// The domain behind it, where `subdomain` gives one; else empty.
    pub domain: String,
    /// What `hostname` prints.
    pub kernel: String,
    /// Lines of `/etc/hosts`: an address and its names, parted by blanks or tabs.
    pub hosts: Vec<(String, String)>,
    /// How many of them come from `hostAliases`; they stand last.
    pub n_aliases: usize,
    on_node: bool,
}

impl PodHost {
    /// Of a pod.
    #[must_use]
    pub fn of(snapshot: &Snapshot, pod: &Pod) -> Self {
        let (meta, spec) = (&pod.metadata, &pod.spec);
        let object = snapshot.object(&ObjectRef::new(Kind::Pod, &meta.namespace, &meta.name));
        let field = |name: &str| object.and_then(|it| it.value.get("spec")?.get(name));
        let instead = field("hostnameOverride")
            .and_then(Value::as_str)
            .filter(|it| !it.is_empty());
        let (name, domain) = match instead {
            Some(name) => (name.to_owned(), String::new()),
            None => {
                let name = if spec.hostname.is_empty() {
                    cut(&meta.name)
                } else {
                    spec.hostname.clone()
                };
                let domain = match spec.subdomain.as_str() {
                    "" => String::new(),
                    sub => {
                        let zone = KubeletDns::of_cluster(snapshot).cluster_domain;
                        format!("{sub}.{}.svc.{zone}", meta.namespace)
                    }
                };
                (name, domain)
            }
        };
        let full = field("setHostnameAsFQDN").and_then(Value::as_bool).unwrap_or(false);
        let kernel = match (spec.host_network, full && !domain.is_empty()) {
            (true, _) => spec.node_name.clone(),
            (false, true) => format!("{name}.{domain}"),
            (false, false) => name.clone(),
        };
        let mut hosts: Vec<(String, String)> = Vec::new();
        let mut line = |address: &str, names: &str| hosts.push((address.to_owned(), names.to_owned()));
        line("127.0.0.1", "localhost");
        line("::1", "localhost ip6-localhost ip6-loopback");
        if spec.host_network {
            line(&pod.status.host_ip, &spec.node_name);
        } else {
            line("fe00::0", "ip6-localnet");
            line("fe00::0", "ip6-mcastprefix");
            line("fe00::1", "ip6-allnodes");
            line("fe00::2", "ip6-allrouters");
            let names = if domain.is_empty() {
                name.clone()
            } else {
                format!("{name}.{domain}\t{name}")
            };
            for address in pod.ips() {
                line(address, &names);
            }
        }
        let aliases = field("hostAliases")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        for alias in aliases {
            let names = alias["hostnames"].as_array().into_iter().flatten();
            let names: Vec<&str> = names.filter_map(Value::as_str).collect();
            line(alias["ip"].as_str().unwrap_or_default(), &names.join("\t"));
        }
        Self {
            name,
            domain,
            kernel,
            hosts,
            n_aliases: aliases.len(),
            on_node: spec.host_network,
        }
    }

    /// Its `/etc/hosts`.
    #[must_use]
    pub fn file(&self) -> String {
        let mut text = "# Kubernetes-managed hosts file.\n".to_owned();
        if self.on_node {
            text = "# Kubernetes-managed hosts file (host network).\n".to_owned();
        }
        let first_alias = self.hosts.len() - self.n_aliases;
        for (idx, (address, names)) in self.hosts.iter().enumerate() {
            if idx == first_alias {
                text.push_str("\n# Entries added by HostAliases.\n");
            }
            text.push_str(&format!("{address}\t{names}\n"));
        }
        text
    }

    /// Each name of the file with its address, in the file's order. `localhost` is 127.0.0.1 alone: nothing that is
    /// simulated listens at `::1`.
    pub fn names(&self) -> impl Iterator<Item = (IpAddr, &str)> {
        let pairs = self.hosts.iter().flat_map(|(address, names)| {
            let address = address.parse::<IpAddr>().ok();
            names.split_whitespace().filter_map(move |name| Some((address?, name)))
        });
        pairs.filter(|(address, name)| *name != "localhost" || address.is_ipv4())
    }
}

/// Cuts a pod's name to what a host name may have, without a `-` or `.` at its end.
fn cut(name: &str) -> String {
    let cut: String = name.chars().take(MAX_HOSTNAME).collect();
    cut.trim_end_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_to_a_label() {
        assert_eq!(cut("web"), "web");
        assert_eq!(cut(&format!("{}-bcd", "a".repeat(62))), "a".repeat(62));
    }
}
