//! CoreDNS' configuration: the part of the Corefile that decides what is answered.
//!
//! Reads server blocks, the `kubernetes` plugin with its options, `hosts`, `rewrite`, `template`, where questions are
//! forwarded, and whether they are logged. Every other plugin that would change an answer is named in
//! [`ServerOptions::not_simulated`], so that whoever shows an answer can say so. A changed Corefile holds at once, as if
//! `reload` looked all the time.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::message::{Rcode, RecordData, absolute, is_within};
use super::rewrite::{Rewrite, Template};
use crate::api::types::core::{ConfigMap, Service};
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;
use crate::net::endpoint_slices::slices_of;
use crate::text::FileId;

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

/// A `forward`: for which names others are asked, and who.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forward {
    /// The zone, with its dot.
    pub from: String,
    /// Zones below it that are not forwarded, each with its dot.
    pub except: Vec<String>,
    /// Servers, as the Corefile names them.
    pub to: Vec<String>,
}

impl Forward {
    /// Whether it takes a name.
    pub(super) fn takes(&self, name: &str) -> bool {
        is_within(name, &self.from) && !self.except.iter().any(|zone| is_within(name, zone))
    }
}

/// Settings of a CoreDNS server: of one server block, and the blocks beside it.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Zones of the server block, each with its dot.
    pub block_zones: Vec<String>,
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
    /// Where questions are forwarded; empty with `forwards`: all of them, to whoever the nodes ask.
    pub forward_to: Vec<Forward>,
    /// Entries of the `hosts` plugin; names with their dots, in small letters.
    pub hosts: BTreeMap<String, Vec<IpAddr>>,
    /// Zones for which the `hosts` plugin answers; `None` where there is none.
    pub hosts_zones: Option<Vec<String>>,
    /// Zones whose names go on where `hosts` has none; `None` where none do.
    pub hosts_fall_through: Option<Vec<String>>,
    /// Seconds an answer of `hosts` may be kept.
    pub hosts_ttl: u32,
    /// Rules of `rewrite`, in order.
    pub rewrites: Vec<Rewrite>,
    /// Written answers, in order.
    pub templates: Vec<Template>,
    /// Whether each question is logged.
    pub log: bool,
    /// Further server blocks at the same port.
    pub others: Vec<Self>,
    /// Plugins and options of the Corefile that are not simulated.
    pub not_simulated: Vec<String>,
}

impl ServerOptions {
    /// The plugin with nothing set: one zone, no pod names.
    #[must_use]
    pub fn bare(zone: &str) -> Self {
        Self {
            block_zones: vec![".".to_owned()],
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
            forward_to: Vec::new(),
            hosts: BTreeMap::new(),
            hosts_zones: None,
            hosts_fall_through: None,
            hosts_ttl: 3600,
            rewrites: Vec::new(),
            templates: Vec::new(),
            log: false,
            others: Vec::new(),
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
            forward_to: vec![Forward {
                from: ".".to_owned(),
                except: Vec::new(),
                to: vec!["/etc/resolv.conf".to_owned()],
            }],
            ..Self::bare(zone)
        }
    }

    /// The settings of the cluster's own server: its Corefile where there is one, else kubeadm's.
    #[must_use]
    pub fn of_cluster(snapshot: &Snapshot) -> Self {
        let domain = &snapshot.config().dns_domain;
        let map = snapshot.get::<ConfigMap>("kube-system", "coredns");
        let reference = ObjectRef::new(Kind::ConfigMap, "kube-system", "coredns");
        let is_presets = snapshot
            .span(&reference, "")
            .is_some_and(|it| it.file == FileId::PRESET);
        let mut options = match map {
            None => Self::kubeadm(domain),
            // kubeadm writes the domain of its own configuration.
            Some(map) if is_presets => {
                let corefile = map.data.get("Corefile").map_or("", String::as_str);
                Self::from_corefile(&corefile.replace("kubernetes cluster.local ", &format!("kubernetes {domain} ")))
            }
            Some(map) => Self::from_files(&map.data),
        };
        options.local_ips = server_addresses(snapshot);
        for other in &mut options.others {
            other.local_ips.clone_from(&options.local_ips);
        }
        options
    }

    /// Reads the Corefile among files by name, and those that it names; without one, CoreDNS answers nothing but who
    /// asks (`whoami`), which is no answer to any question here.
    fn from_files(files: &BTreeMap<String, String>) -> Self {
        Self::read(files.get("Corefile").map_or("", String::as_str), files)
    }

    /// Reads a Corefile.
    #[must_use]
    pub fn from_corefile(text: &str) -> Self {
        Self::read(text, &BTreeMap::new())
    }

    fn read(text: &str, files: &BTreeMap<String, String>) -> Self {
        let blocks = corefile_blocks(text);
        let mut read: Vec<Self> = blocks
            .iter()
            .filter(|block| block.port.is_none_or(|port| port == 53))
            .map(|block| {
                let mut options = Self {
                    block_zones: block
                        .zones
                        .iter()
                        .map(|it| absolute(&it.to_ascii_lowercase()))
                        .collect(),
                    zones: Vec::new(),
                    forwards: false,
                    ..Self::bare("")
                };
                for plugin in &block.plugins {
                    options.read_plugin(plugin, &block.zones, files);
                }
                options
            })
            .collect();
        if read.is_empty() {
            return Self {
                block_zones: Vec::new(),
                zones: Vec::new(),
                forwards: false,
                ..Self::bare("")
            };
        }
        let root = read.iter().position(|it| it.block_zones.iter().any(|zone| zone == "."));
        let mut first = read.remove(root.unwrap_or(0));
        first.others = read;
        first
    }

    /// The block that answers a name: the one with the longest zone; `None` where none has one.
    #[must_use]
    pub fn block_for(&self, name: &str) -> Option<&Self> {
        let fit = |it: &Self| {
            let zones = it.block_zones.iter().filter(|zone| is_within(name, zone));
            zones.map(String::len).max()
        };
        let blocks = std::iter::once(self).chain(&self.others);
        blocks
            .filter_map(|it| Some((fit(it)?, it)))
            .max_by_key(|it| it.0)
            .map(|it| it.1)
    }

    /// What of all blocks is not simulated.
    #[must_use]
    pub fn all_not_simulated(&self) -> Vec<String> {
        let blocks = std::iter::once(self).chain(&self.others);
        blocks.flat_map(|it| it.not_simulated.iter().cloned()).collect()
    }

    fn read_plugin(&mut self, plugin: &Directive, server_zones: &[String], files: &BTreeMap<String, String>) {
        let lines: Vec<Vec<String>> = plugin.block.iter().map(|it| it.words.clone()).collect();
        match plugin.words[0].as_str() {
            "kubernetes" => self.read_kubernetes(plugin, server_zones),
            "forward" | "proxy" => {
                self.forwards = true;
                let [from, to @ ..] = &plugin.words[1..] else { return };
                let except = lines.iter().filter(|line| line[0] == "except");
                self.forward_to.push(Forward {
                    from: absolute(&server_zone(from).to_ascii_lowercase()),
                    except: except
                        .flat_map(|line| &line[1..])
                        .map(|it| absolute(&it.to_ascii_lowercase()))
                        .collect(),
                    to: to.to_vec(),
                });
            }
            "hosts" => self.read_hosts(plugin, server_zones, files),
            "rewrite" => match Rewrite::read(&plugin.words[1..], &lines) {
                Ok(rule) => self.rewrites.push(rule),
                Err(what) => self.not_simulated.push(what),
            },
            "template" => match Template::read(&plugin.words[1..], &lines, server_zones) {
                Ok(template) => self.templates.push(template),
                Err(what) => self.not_simulated.push(what),
            },
            "log" => self.log = true,
            // These change no answer as a client sees it, except for the order of addresses, which is
            // chance on a real server too.
            "errors" | "health" | "ready" | "prometheus" | "cache" | "loop" | "reload" | "loadbalance" | "lameduck"
            | "bind" | "debug" | "metadata" | "pprof" | "trace" | "root" | "bufsize" | "nsid" | "cancel" | "whoami"
            | "any" | "acl" | "timeouts" => {}
            other => self.not_simulated.push(format!("plugin {other}")),
        }
    }

    /// `hosts [FILE [ZONE...]] { ADDRESS NAME... }` (`plugin/hosts`).
    fn read_hosts(&mut self, plugin: &Directive, server_zones: &[String], files: &BTreeMap<String, String>) {
        let zones = plugin
            .words
            .get(2..)
            .filter(|it| !it.is_empty())
            .unwrap_or(server_zones);
        self.hosts_zones = Some(zones.iter().map(|it| absolute(&it.to_ascii_lowercase())).collect());
        // A file beside the Corefile, as k3s has one; others are not there.
        let file = plugin.words.get(1).map_or("", String::as_str);
        let file = files.get(file.rsplit('/').next().unwrap_or_default());
        let of_file = file.map_or("", String::as_str).lines().map(words_of);
        for words in of_file.chain(plugin.block.iter().map(|it| it.words.clone())) {
            let Some((first, rest)) = words.split_first() else {
                continue;
            };
            if let Ok(address) = first.parse::<IpAddr>() {
                for name in rest {
                    let key = absolute(&name.to_ascii_lowercase());
                    self.hosts.entry(key).or_default().push(address);
                }
                continue;
            }
            match first.as_str() {
                "fallthrough" => {
                    self.hosts_fall_through = Some(rest.iter().map(|it| absolute(&it.to_ascii_lowercase())).collect());
                }
                "ttl" => self.hosts_ttl = rest.first().and_then(|it| it.parse().ok()).unwrap_or(3600),
                _ => {}
            }
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
    /// Of its first key; `None` where that has none.
    port: Option<u16>,
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
                port: words.first().and_then(|word| server_port(word)),
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

/// The words of a line; quotes hold some together, and a comment ends it.
fn words_of(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut in_word, mut quoted) = (false, false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted && letters.peek() == Some(&'"') => word.extend(letters.next()),
            '"' if quoted || !in_word => {
                quoted = !quoted;
                in_word = true;
            }
            '#' if !in_word => break,
            letter if letter.is_whitespace() && !quoted => {
                if in_word {
                    words.push(std::mem::take(&mut word));
                }
                in_word = false;
            }
            letter => {
                word.push(letter);
                in_word = true;
            }
        }
    }
    if in_word {
        words.push(word);
    }
    words.retain(|it| !it.is_empty());
    words
}

/// The port of `example.org:1053`; `None` where none stands there.
fn server_port(word: &str) -> Option<u16> {
    let word = word.split_once("://").map_or(word, |(_, rest)| rest);
    word.rsplit_once(':')?.1.trim_end_matches(',').parse().ok()
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
            format!("{:?}", ServerOptions::from_corefile(KUBEADM)),
            format!("{:?}", ServerOptions::kubeadm("cluster.local"))
        );
    }

    #[test]
    fn what_is_not_simulated_is_named() {
        let options = ServerOptions::from_corefile(
            ".:53 {\n rewrite ttl a.test 5\n hosts {\n  10.0.0.1 db.corp\n  fallthrough\n }\n kubernetes k8s.test {\n  labels a in (b)\n }\n}\ncorp.test:53 {\n forward . 10.0.0.2\n etcd\n}\nother:1053 {\n}\n",
        );
        assert_eq!(options.zones, ["k8s.test."]);
        assert!(!options.forwards);
        assert_eq!(
            options.hosts["db.corp."],
            ["10.0.0.1".parse::<IpAddr>().expect("address")]
        );
        assert_eq!(
            options.all_not_simulated(),
            ["rewrite ttl a.test 5", "kubernetes option labels", "plugin etcd"]
        );
        let stub = options.block_for("db.corp.test.").expect("a block");
        assert_eq!(stub.forward_to[0].to, ["10.0.0.2"]);
        assert_eq!(options.others.len(), 1);
    }

    #[test]
    fn broken_corefiles_do_no_harm() {
        for text in ["", "}", "}}}{", ".:53 {", "{ {\n}\n}\n}", "kubernetes"] {
            let _ = ServerOptions::from_corefile(text);
        }
    }
}
