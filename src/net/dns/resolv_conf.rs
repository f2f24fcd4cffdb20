//! `/etc/resolv.conf` of a pod, as the kubelet writes it.
//!
//! Follows `kubernetes pkg/kubelet/network/dns/dns.go`. Not here: what resolvers make of the file
//! ([`resolver`](super::resolver)).

use std::fmt;
use std::net::IpAddr;

use crate::api::types::core::{Pod, PodDnsConfig, PodDnsConfigOption, Service};
use crate::cluster::Snapshot;

/// Nameservers a file may have (`kubernetes pkg/apis/core/validation`).
const MAX_NAMESERVERS: usize = 3;
/// Longest entry of the search list.
const MAX_NAME: usize = 253;

/// Limits of the search list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchLimits {
    /// Entries.
    pub paths: usize,
    /// Characters, blanks between entries included.
    pub chars: usize,
}

impl SearchLimits {
    /// Those of Kubernetes since 1.26 (6 and 256 before).
    pub const CURRENT: Self = Self { paths: 32, chars: 2048 };
}

/// The content of a `resolv.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ResolvConf {
    /// Servers in order.
    pub nameservers: Vec<String>,
    /// Search list in order.
    pub searches: Vec<String>,
    /// Options, `name` or `name:value`.
    pub options: Vec<String>,
}

impl fmt::Display for ResolvConf {
    /// The file as the kubelet writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.searches.is_empty() {
            writeln!(f, "search {}", self.searches.join(" "))?;
        }
        for server in &self.nameservers {
            writeln!(f, "nameserver {server}")?;
        }
        if !self.options.is_empty() {
            writeln!(f, "options {}", self.options.join(" "))?;
        }
        Ok(())
    }
}

impl ResolvConf {
    /// `ndots`, 1 where it is not set; resolvers cap it at 15.
    #[must_use]
    pub fn ndots(&self) -> usize {
        self.options
            .iter()
            .rev()
            .find_map(|option| option.strip_prefix("ndots:")?.parse().ok())
            .unwrap_or(1)
            .min(15)
    }

    /// Reads a file; the second value is what is said of a `nameserver` line without an address.
    #[must_use]
    pub fn parse(text: &str) -> (Self, bool) {
        let mut conf = Self::default();
        let mut broken = false;
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => match words.next() {
                    Some(address) => conf.nameservers.push(address.to_owned()),
                    None => broken = true,
                },
                Some("search") => {
                    // The same domain with and without a dot at its end counts once.
                    conf.searches = words
                        .filter(|word| *word != ".")
                        .map(|word| word.strip_suffix('.').unwrap_or(word).to_owned())
                        .collect();
                }
                Some("options") => {
                    for option in words {
                        merge_option(&mut conf.options, option.to_owned());
                    }
                }
                _ => {}
            }
        }
        (conf, broken)
    }
}

/// The kubelet's DNS settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeletDns {
    /// `clusterDNS`.
    pub cluster_dns: Vec<String>,
    /// `clusterDomain`.
    pub cluster_domain: String,
    /// Text of the file that `resolvConf` names; empty: the setting is empty.
    pub resolv_conf: String,
}

impl KubeletDns {
    /// The settings of a cluster: its KubeletConfiguration, completed as kubeadm does: the address of Service
    /// `kube-dns`, or where it would be (the tenth of the first Service network), and a node file that names the
    /// router.
    #[must_use]
    pub fn of_cluster(snapshot: &Snapshot) -> Self {
        let config = snapshot.config();
        let given = &config.kubelet;
        let cluster_dns = given.cluster_dns.clone().unwrap_or_else(|| {
            let service = snapshot
                .get::<Service>("kube-system", "kube-dns")
                .map(|service| service.spec.cluster_ip.clone())
                .filter(|address| !matches!(address.as_str(), "" | "None"));
            let tenth = config.service_subnets.first().map(|net| tenth_address(net.network()));
            service.or(tenth).into_iter().collect()
        });
        let domain = match given.cluster_domain.as_str() {
            "" => &config.dns_domain,
            given => given,
        };
        Self {
            cluster_dns,
            cluster_domain: domain.trim_end_matches('.').to_owned(),
            resolv_conf: match given.resolv_conf.as_deref() {
                Some("") => String::new(),
                _ => format!("nameserver {}\n", config.router),
            },
        }
    }
}

fn tenth_address(network: IpAddr) -> String {
    match network {
        IpAddr::V4(it) => IpAddr::V4((it.to_bits().wrapping_add(10)).into()).to_string(),
        IpAddr::V6(it) => IpAddr::V6((it.to_bits().wrapping_add(10)).into()).to_string(),
    }
}

/// A warning event of the kubelet about a pod's DNS settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsEvent {
    /// `ClusterFirst` without a cluster DNS.
    MissingClusterDns,
    /// Limits were exceeded, or the node's file could not be read.
    DnsConfigForming,
}

impl DnsEvent {
    /// The reason of the event.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::MissingClusterDns => "MissingClusterDNS",
            Self::DnsConfigForming => "DNSConfigForming",
        }
    }
}

/// What a pod says about DNS.
#[derive(Clone, Copy, Debug)]
pub struct PodDns<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// `dnsPolicy`; empty reads as `ClusterFirst`.
    pub policy: &'a str,
    /// `hostNetwork`.
    pub host_network: bool,
    /// `dnsConfig`.
    pub config: Option<&'a PodDnsConfig>,
}

impl<'a> PodDns<'a> {
    /// Read from a pod.
    #[must_use]
    pub fn of(pod: &'a Pod) -> Self {
        Self {
            namespace: &pod.metadata.namespace,
            policy: &pod.spec.dns_policy,
            host_network: pod.spec.host_network,
            config: pod.spec.dns_config.as_ref(),
        }
    }
}

/// The file of a pod, and what the kubelet warns of (`GetPodDNS`).
#[must_use]
pub fn of_pod(kubelet: &KubeletDns, pod: PodDns<'_>) -> (ResolvConf, Vec<DnsEvent>) {
    let mut events = Vec::new();
    let (host, broken) = ResolvConf::parse(&kubelet.resolv_conf);
    if broken {
        events.push(DnsEvent::DnsConfigForming);
    }
    let cluster_first = match pod.policy {
        "None" => None,
        "Default" => Some(false),
        "ClusterFirstWithHostNet" => Some(true),
        _ => Some(!pod.host_network),
    };
    let use_cluster = match cluster_first {
        Some(true) if kubelet.cluster_dns.is_empty() => {
            events.push(DnsEvent::MissingClusterDns);
            Some(false)
        }
        other => other,
    };
    let mut conf = match use_cluster {
        None => ResolvConf::default(),
        Some(true) => ResolvConf {
            nameservers: kubelet.cluster_dns.clone(),
            searches: cluster_searches(&kubelet.cluster_domain, pod.namespace, &host.searches),
            options: vec!["ndots:5".to_owned()],
        },
        // An empty setting turns look-ups off on purpose.
        Some(false) if kubelet.resolv_conf.is_empty() => ResolvConf {
            nameservers: vec!["127.0.0.1".to_owned()],
            searches: vec![".".to_owned()],
            options: Vec::new(),
        },
        Some(false) => host,
    };
    if let Some(extra) = pod.config {
        push_new(&mut conf.nameservers, &extra.nameservers);
        push_new(&mut conf.searches, &extra.searches);
        conf.options = merge_options(&conf.options, &extra.options);
    }
    if conf.nameservers.len() > MAX_NAMESERVERS {
        conf.nameservers.truncate(MAX_NAMESERVERS);
        events.push(DnsEvent::DnsConfigForming);
    }
    let (searches, cut) = limit_searches(&conf.searches, SearchLimits::CURRENT);
    conf.searches = searches;
    if cut {
        events.push(DnsEvent::DnsConfigForming);
    }
    events.dedup();
    (conf, events)
}

/// `generateSearchesForDNSClusterFirst`.
fn cluster_searches(domain: &str, namespace: &str, host: &[String]) -> Vec<String> {
    if domain.is_empty() {
        return host.to_vec();
    }
    let mut searches = Vec::new();
    push_new(
        &mut searches,
        &[
            format!("{namespace}.svc.{domain}"),
            format!("svc.{domain}"),
            domain.to_owned(),
        ],
    );
    push_new(&mut searches, host);
    searches
}

/// Appends what is not there yet.
fn push_new(list: &mut Vec<String>, more: &[String]) {
    for entry in more {
        if !list.contains(entry) {
            list.push(entry.clone());
        }
    }
}

/// Sets an option, replacing one of the same name.
fn merge_option(options: &mut Vec<String>, option: String) {
    let name = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    match options.iter_mut().find(|it| name(it) == name(&option)) {
        Some(old) => *old = option,
        None => options.push(option),
    }
}

/// Options of a file with those of `dnsConfig` over them.
#[must_use]
pub fn merge_options(given: &[String], config: &[PodDnsConfigOption]) -> Vec<String> {
    let mut merged = Vec::new();
    let from_pod = config.iter().map(|option| match &option.value {
        Some(value) => format!("{}:{value}", option.name),
        None => option.name.clone(),
    });
    for option in given.iter().cloned().chain(from_pod) {
        merge_option(&mut merged, option);
    }
    merged
}

/// Cuts a search list to its limits; the second value says whether anything was cut
/// (`formDNSSearchFitsLimits`).
#[must_use]
pub fn limit_searches(searches: &[String], limits: SearchLimits) -> (Vec<String>, bool) {
    let mut kept: Vec<String> = searches
        .iter()
        .filter(|entry| entry.chars().count() <= MAX_NAME)
        .cloned()
        .collect();
    kept.truncate(limits.paths);
    let length = |list: &[String]| list.iter().map(|it| it.len() + 1).sum::<usize>().saturating_sub(1);
    while length(&kept) > limits.chars {
        kept.pop();
    }
    let cut = kept.len() < searches.len();
    (kept, cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_print_as_the_kubelet_writes_them() {
        let kubelet = KubeletDns {
            cluster_dns: vec!["10.96.0.10".to_owned()],
            cluster_domain: "cluster.local".to_owned(),
            resolv_conf: "nameserver 192.0.2.1\n".to_owned(),
        };
        let pod = PodDns {
            namespace: "shop",
            policy: "",
            host_network: false,
            config: None,
        };
        assert_eq!(
            of_pod(&kubelet, pod).0.to_string(),
            "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
        );
    }

    #[test]
    fn a_kubelet_without_cluster_dns_warns_and_uses_the_nodes_file() {
        let kubelet = KubeletDns {
            cluster_dns: Vec::new(),
            cluster_domain: "cluster.local".to_owned(),
            resolv_conf: String::new(),
        };
        let pod = PodDns {
            namespace: "shop",
            policy: "ClusterFirst",
            host_network: false,
            config: None,
        };
        let (conf, events) = of_pod(&kubelet, pod);
        assert_eq!(events, [DnsEvent::MissingClusterDns]);
        assert_eq!(
            (conf.nameservers, conf.searches),
            (vec!["127.0.0.1".into()], vec![".".into()])
        );
    }
}
