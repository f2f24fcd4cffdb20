//! CoreDNS' configuration: the part of the Corefile that decides what is answered.
//!
//! Reads server blocks, the `kubernetes` plugin with its options, the entries of `hosts`, and whether
//! something is forwarded. Every other plugin that would change an answer is named in
//! [`ServerOptions::not_simulated`], so that whoever shows an answer can say so.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::message::{Rcode, RecordData, absolute};
use crate::api::types::core::{ConfigMap, Service};
use crate::cluster::Snapshot;
use crate::net::endpoint_slices::slices_of;

/// How names made of pod addresses are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PodMode {
    /// Never.
    #[default]
    Disabled,
    /// By reading the address out of the name.
    Insecure,
    /// Only where a pod of that namespace has the address.
    Verified,
}

/// What a server outside answers for one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamAnswer {
    /// Response code.
    pub rcode: Rcode,
    /// Records, all of the asked name.
    pub records: Vec<RecordData>,
    /// Whether the answer was cut off.
    pub truncated: bool,
}

/// Settings of a CoreDNS server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// Zones the kubernetes plugin answers for, each with its dot.
    pub zones: Vec<String>,
    /// Pod names.
    pub pods: PodMode,
    /// Only these namespaces are shown; empty: all.
    pub namespaces: Vec<String>,
    /// Whether a ClusterIP Service without ready endpoints does not exist.
    pub ignore_empty_service: bool,
    /// Whether names that pin or prefer a zone are answered.
    pub zonal: bool,
    /// Whether endpoints are named after their pods.
    pub endpoint_pod_names: bool,
    /// Whether endpoints are not looked at (`noendpoints`).
    pub no_endpoints: bool,
    /// Whether the API has been read.
    pub synced: bool,
    /// Addresses the server listens on.
    pub local_ips: Vec<IpAddr>,
    /// Seconds an answer may be kept.
    pub ttl: u32,
    /// Zones in which missing names go on to the next plugin.
    pub fall_through: Vec<String>,
    /// Whether there is a plugin that asks others.
    pub forwards: bool,
    /// What servers outside know; names with their dots, in small letters.
    pub upstream: BTreeMap<String, UpstreamAnswer>,
    /// Entries of the `hosts` plugin; names with their dots, in small letters.
    pub hosts: BTreeMap<String, Vec<IpAddr>>,
    /// Plugins and options of the Corefile that are not simulated.
    pub not_simulated: Vec<String>,
}

impl ServerOptions {
    /// The plugin with nothing set: one zone, no pod names.
    #[must_use]
    pub fn bare(zone: &str) -> Self {
        Self {
            zones: vec![absolute(zone)],
            pods: PodMode::Disabled,
            namespaces: Vec::new(),
            ignore_empty_service: false,
            zonal: false,
            endpoint_pod_names: false,
            no_endpoints: false,
            synced: true,
            local_ips: Vec::new(),
            ttl: 5,
            fall_through: Vec::new(),
            forwards: true,
            upstream: BTreeMap::new(),
            hosts: BTreeMap::new(),
            not_simulated: Vec::new(),
        }
    }

    /// What kubeadm installs (`kubernetes cmd/kubeadm/app/phases/addons/dns/manifests.go`).
    #[must_use]
    pub fn kubeadm(zone: &str) -> Self {
        Self {
            zones: vec![absolute(zone), "in-addr.arpa.".to_owned(), "ip6.arpa.".to_owned()],
            pods: PodMode::Insecure,
            ttl: 30,
            fall_through: vec!["in-addr.arpa.".to_owned(), "ip6.arpa.".to_owned()],
            ..Self::bare(zone)
        }
    }

    /// The settings of the cluster's own server: its Corefile where there is one, else kubeadm's.
    #[must_use]
    pub fn of_cluster(snapshot: &Snapshot) -> Self {
        let domain = &snapshot.config().dns_domain;
        let mut options = snapshot
            .get::<ConfigMap>("kube-system", "coredns")
            .and_then(|map| map.data.get("Corefile"))
            .map_or_else(|| Self::kubeadm(domain), |corefile| Self::from_corefile(corefile));
        options.local_ips = server_addresses(snapshot);
        options
    }

    /// Reads a Corefile; of several server blocks the one for the root (`.`) counts, else the first.
    #[must_use]
    pub fn from_corefile(text: &str) -> Self {
        let blocks = corefile_blocks(text);
        let others = blocks.len().saturating_sub(1);
        let root = blocks
            .iter()
            .position(|block| block.zones.iter().any(|zone| zone == "."));
        let mut options = Self {
            zones: Vec::new(),
            forwards: false,
            ..Self::bare("")
        };
        let Some(block) = blocks.get(root.unwrap_or(0)) else {
            return options;
        };
        if others > 0 {
            let names: Vec<_> = blocks
                .iter()
                .filter(|it| !std::ptr::eq(*it, block))
                .map(|it| format!("server block {}", it.zones.join(" ")))
                .collect();
            options.not_simulated.extend(names);
        }
        for plugin in &block.plugins {
            options.read_plugin(plugin, &block.zones);
        }
        options
    }

    fn read_plugin(&mut self, plugin: &Directive, server_zones: &[String]) {
        match plugin.words[0].as_str() {
            "kubernetes" => self.read_kubernetes(plugin, server_zones),
            "forward" | "proxy" => self.forwards = true,
            "hosts" => {
                for line in &plugin.block {
                    if let (Ok(address), names) = (line.words[0].parse::<IpAddr>(), &line.words[1..]) {
                        for name in names {
                            let key = absolute(&name.to_ascii_lowercase());
                            self.hosts.entry(key).or_default().push(address);
                        }
                    }
                }
            }
            // These change no answer as a client sees it, except for the order of addresses, which is
            // chance on a real server too.
            "errors" | "health" | "ready" | "prometheus" | "log" | "cache" | "loop" | "reload" | "loadbalance"
            | "lameduck" | "bind" | "debug" | "metadata" | "pprof" | "trace" | "root" | "bufsize" | "nsid"
            | "cancel" | "whoami" | "any" | "acl" | "timeouts" => {}
            other => self.not_simulated.push(format!("plugin {other}")),
        }
    }

    fn read_kubernetes(&mut self, plugin: &Directive, server_zones: &[String]) {
        let zones = &plugin.words[1..];
        let zones = if zones.is_empty() { server_zones } else { zones };
        self.zones = zones.iter().map(|zone| absolute(&zone.to_ascii_lowercase())).collect();
        // `kubernetes` reads pods as disabled and its TTL as 5 seconds where nothing is said.
        for line in &plugin.block {
            let rest = &line.words[1..];
            let first = rest.first().map(String::as_str);
            match line.words[0].as_str() {
                "pods" => {
                    self.pods = match first {
                        Some("insecure") => PodMode::Insecure,
                        Some("verified") => PodMode::Verified,
                        _ => PodMode::Disabled,
                    };
                }
                "namespaces" => self.namespaces = rest.to_vec(),
                "endpoint_pod_names" => self.endpoint_pod_names = true,
                "noendpoints" => self.no_endpoints = true,
                "zonal" => self.zonal = true,
                "ignore" => self.ignore_empty_service |= matches!(first, Some("empty_service" | "emptyservice")),
                "ttl" => {
                    self.ttl = first
                        .and_then(|it| it.parse().ok())
                        .filter(|it| *it <= 3600)
                        .unwrap_or(5)
                }
                "fallthrough" if rest.is_empty() => self.fall_through.clone_from(&self.zones),
                "fallthrough" => {
                    self.fall_through = rest.iter().map(|zone| absolute(&zone.to_ascii_lowercase())).collect();
                }
                "endpoint"
                | "tls"
                | "kubeconfig"
                | "resyncperiod"
                | "upstream"
                | "transfer"
                | "apiserver_qps"
                | "apiserver_burst"
                | "apiserver_max_inflight"
                | "startup_timeout" => {}
                other => self.not_simulated.push(format!("kubernetes option {other}")),
            }
        }
    }
}

/// Where CoreDNS listens: the ready endpoints of Service `kube-dns`.
fn server_addresses(snapshot: &Snapshot) -> Vec<IpAddr> {
    let Some(service) = snapshot.get::<Service>("kube-system", "kube-dns") else {
        return Vec::new();
    };
    slices_of(snapshot, &service.metadata.namespace, &service.metadata.name)
        .flat_map(|slice| &slice.endpoints)
        .filter(|endpoint| endpoint.conditions.is_ready())
        .filter_map(|endpoint| endpoint.addresses.first()?.parse().ok())
        .take(1)
        .collect()
}

/// `zones { plugins }`.
struct ServerBlock {
    zones: Vec<String>,
    plugins: Vec<Directive>,
}

/// One line and the block behind it.
struct Directive {
    words: Vec<String>,
    block: Vec<Directive>,
}

/// Splits a Corefile (Caddyfile syntax: words, `{` and `}` at the ends of lines, `#` comments, quotes).
fn corefile_blocks(text: &str) -> Vec<ServerBlock> {
    // Depth 0 are server blocks, 1 plugins, 2 their options; deeper ones are attached to depth 2.
    let mut blocks: Vec<ServerBlock> = Vec::new();
    let mut depth = 0usize;
    for line in text.lines() {
        let mut words = words_of(line);
        if words.is_empty() {
            continue;
        }
        if words == ["}"] {
            depth = depth.saturating_sub(1);
            continue;
        }
        let opens = words.last().is_some_and(|word| word == "{");
        if opens {
            words.pop();
        }
        let closes = !opens && words.last().is_some_and(|word| word == "}");
        if closes {
            words.pop();
        }
        match depth {
            0 => blocks.push(ServerBlock {
                zones: words.iter().map(|word| server_zone(word)).collect(),
                plugins: Vec::new(),
            }),
            _ if words.is_empty() => {}
            1 => {
                if let Some(block) = blocks.last_mut() {
                    block.plugins.push(Directive {
                        words,
                        block: Vec::new(),
                    });
                }
            }
            _ => {
                if let Some(plugin) = blocks.last_mut().and_then(|it| it.plugins.last_mut()) {
                    plugin.block.push(Directive {
                        words,
                        block: Vec::new(),
                    });
                }
            }
        }
        if opens {
            depth += 1;
        }
        if closes {
            depth = depth.saturating_sub(1);
        }
    }
    blocks
}

fn words_of(line: &str) -> Vec<String> {
    line.split_whitespace()
        .take_while(|word| !word.starts_with('#'))
        .map(|word| word.trim_matches('"').to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// `dns://example.org:53` is the zone `example.org`.
fn server_zone(word: &str) -> String {
    let word = word
        .split_once("://")
        .map_or(word, |(_, rest)| rest)
        .trim_end_matches(',');
    match word.rsplit_once(':') {
        Some((zone, port)) if port.bytes().all(|it| it.is_ascii_digit()) => match zone {
            "" => ".".to_owned(),
            zone => zone.to_owned(),
        },
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBEADM: &str = "\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
";

    #[test]
    fn kubeadms_corefile_reads_as_kubeadms_defaults() {
        assert_eq!(
            ServerOptions::from_corefile(KUBEADM),
            ServerOptions::kubeadm("cluster.local")
        );
    }

    #[test]
    fn what_is_not_simulated_is_named() {
        let options = ServerOptions::from_corefile(
            ".:53 {\n rewrite name a.test b.test\n hosts {\n  10.0.0.1 db.corp\n  fallthrough\n }\n kubernetes k8s.test {\n  labels a in (b)\n }\n}\ncorp.test {\n forward . 10.0.0.2\n}\n",
        );
        assert_eq!(options.zones, ["k8s.test."]);
        assert!(!options.forwards);
        assert_eq!(
            options.hosts["db.corp."],
            ["10.0.0.1".parse::<IpAddr>().expect("address")]
        );
        assert_eq!(
            options.not_simulated,
            ["server block corp.test", "plugin rewrite", "kubernetes option labels"]
        );
    }

    #[test]
    fn broken_corefiles_do_no_harm() {
        for text in ["", "}", "}}}{", ".:53 {", "{ {\n}\n}\n}", "kubernetes"] {
            let _ = ServerOptions::from_corefile(text);
        }
    }
}
