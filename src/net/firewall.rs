//! The firewall of a cloud, around its nodes: rules that packets from and to the outside meet before any node
//! sees them (Google Cloud, VPC firewall rules; as objects: Config Connector's `ComputeFirewall`).
//!
//! Among the rules in force that match, the lowest priority number decides, and of equal ones a denying rule.
//! What none matches is dropped on its way in and passes on its way out. It knows connections: answers pass.
//!
//! Not here: traffic within the cluster's network, which managed clusters allow by rules of their own; load
//! balancers and their health checks, for whom cloud controllers open what they need; tags and service accounts
//! (a rule for tagged senders is about machines of the cloud, so no outside packet matches it; a rule for
//! tagged targets is taken to be about every node).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;

use super::cidr::parse_net;
use super::packet::Protocol;
use super::route::same;
use crate::api::types::config::{ComputeFirewall, ComputeFirewallPorts};
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;
use crate::cluster::snapshot::ObjectMap;
use crate::small_sort::SmallSort as _;

/// The priority of a rule that names none.
const PRIORITY: i32 = 1000;

/// One rule in force.
#[derive(Clone, Debug)]
struct Rule {
    object: ObjectRef,
    name: Arc<str>,
    egress: bool,
    priority: i32,
    deny: bool,
    sources: Vec<IpNet>,
    destinations: Vec<IpNet>,
    ports: Vec<Ports>,
}

/// A protocol and its ports.
#[derive(Clone, Debug)]
struct Ports {
    /// Its number; `None` for all.
    protocol: Option<u8>,
    /// None for all.
    ranges: Vec<(u16, u16)>,
}

/// The rule that decided about a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidingRule {
    /// The object it is written in.
    pub object: ObjectRef,
    /// The rule's name.
    pub name: Arc<str>,
    /// The field of the object that matched.
    pub field: String,
}

/// What the firewall says of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it passes.
    pub allowed: bool,
    /// The rule that decided; `None` for the implied one.
    pub rule: Option<DecidingRule>,
    /// Whether that rule lets everybody pass: nothing worth recording.
    pub open: bool,
}

/// A packet at the cloud's edge.
#[derive(Clone, Copy, Debug)]
pub struct Passage {
    /// Whether it leaves the cloud.
    pub egress: bool,
    /// Protocol; ICMP has no port.
    pub protocol: Protocol,
    /// Source address.
    pub src: IpAddr,
    /// Destination address and port; 0 for ICMP.
    pub dst: SocketAddr,
}

/// All rules in force, the deciding one first.
#[derive(Clone, Debug, Default)]
pub struct Firewall {
    rules: Vec<Rule>,
    seen: Option<Arc<ObjectMap>>,
}

impl Firewall {
    /// Whether rules changed since [`Self::update`].
    #[must_use]
    pub fn is_stale(&self, snapshot: &Snapshot) -> bool {
        !same(self.seen.as_ref(), snapshot.kind_map(Kind::ComputeFirewall))
    }

    /// Takes in what changed.
    pub fn update(&mut self, snapshot: &Snapshot) {
        self.seen = snapshot.kind_map(Kind::ComputeFirewall).cloned();
        self.rules = snapshot.list::<ComputeFirewall>().filter_map(rule_of).collect();
        // Names break ties, so that it is always the same rule that decides.
        self.rules
            .small_sort_by(|a, b| (a.priority, !a.deny, &a.name).cmp(&(b.priority, !b.deny, &b.name)));
    }

    /// Judges a packet that begins something.
    #[must_use]
    pub fn judge(&self, passage: Passage) -> Judgement {
        for rule in self.rules.iter().filter(|rule| rule.egress == passage.egress) {
            let within = |nets: &[IpNet], ip: IpAddr| nets.is_empty() || nets.iter().any(|net| net.contains(&ip));
            if !within(&rule.sources, passage.src) || !within(&rule.destinations, passage.dst.ip()) {
                continue;
            }
            if let Some(nth) = rule.ports.iter().position(|ports| ports.hold(passage)) {
                let list = if rule.deny { "deny" } else { "allow" };
                let everybody = rule.sources.iter().any(|net| net.prefix_len() == 0);
                let anything = rule.ports[nth].protocol.is_none() && rule.destinations.is_empty();
                return Judgement {
                    allowed: !rule.deny,
                    rule: Some(DecidingRule {
                        object: rule.object.clone(),
                        name: Arc::clone(&rule.name),
                        field: format!("spec.{list}[{nth}]"),
                    }),
                    open: !rule.deny && everybody && anything,
                };
            }
        }
        Judgement {
            allowed: passage.egress,
            rule: None,
            open: passage.egress,
        }
    }
}

impl Ports {
    fn hold(&self, passage: Passage) -> bool {
        let number = match passage.protocol {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
            Protocol::Sctp => 132,
            Protocol::Icmp if passage.dst.is_ipv6() => 58,
            Protocol::Icmp => 1,
        };
        let port = passage.dst.port();
        self.protocol.is_none_or(|it| it == number)
            && (self.ranges.is_empty() || self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&port)))
    }
}

fn rule_of(firewall: &ComputeFirewall) -> Option<Rule> {
    let (meta, spec) = (&firewall.metadata, &firewall.spec);
    if spec.disabled {
        return None;
    }
    let egress = spec.direction == "EGRESS";
    let nets = |texts: &[String]| -> Vec<IpNet> { texts.iter().filter_map(|text| parse_net(text.trim())).collect() };
    let mut sources = nets(&spec.source_ranges);
    let mut destinations = nets(&spec.destination_ranges);
    // Without any, everybody, but over IPv4 only.
    let everybody = || vec![IpNet::from(ipnet::Ipv4Net::default())];
    match egress {
        false if sources.is_empty() && !spec.source_tags.is_empty() => return None,
        false if sources.is_empty() => sources = everybody(),
        true if destinations.is_empty() => destinations = everybody(),
        _ => {}
    }
    let deny = !spec.deny.is_empty();
    let ports = if deny { &spec.deny } else { &spec.allow };
    Some(Rule {
        object: ObjectRef::new(Kind::ComputeFirewall, meta.namespace.clone(), meta.name.clone()),
        name: meta.name.as_str().into(),
        egress,
        priority: spec.priority.unwrap_or(PRIORITY),
        deny,
        sources,
        destinations,
        ports: ports.iter().filter_map(ports_of).collect(),
    })
}

fn ports_of(given: &ComputeFirewallPorts) -> Option<Ports> {
    let protocol = match given.protocol.to_ascii_lowercase().as_str() {
        "all" => None,
        "tcp" => Some(6),
        "udp" => Some(17),
        "icmp" => Some(1),
        "sctp" => Some(132),
        other => Some(other.parse().ok()?),
    };
    let ranges: Vec<(u16, u16)> = given.ports.iter().filter_map(|text| range(text)).collect();
    // Ports that cannot be read are no ports at all, not all ports.
    (given.ports.is_empty() || !ranges.is_empty()).then_some(Ports { protocol, ranges })
}

/// `80` or `30000-32767`.
#[must_use]
pub fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn firewall(specs: &[Value]) -> Firewall {
        let typed = |(nth, spec): (usize, &Value)| {
            let value = json!({"apiVersion": "compute.cnrm.cloud.google.com/v1beta1", "kind": "ComputeFirewall",
                "metadata": {"name": format!("rule-{nth}"), "namespace": "default"}, "spec": spec});
            crate::api::Object::from_value(Kind::ComputeFirewall, value).expect("fields have their types")
        };
        let config = crate::cluster::Preset::Cloud.config();
        let snapshot = Snapshot::empty(config, crate::sim::Instant::DEFAULT_START);
        let snapshot = snapshot.with(specs.iter().enumerate().map(typed));
        let mut made = Firewall::default();
        made.update(&snapshot);
        made
    }

    /// The rule that decides, and whether it allows.
    fn judged(specs: &[Value], protocol: Protocol, src: &str, dst: &str) -> (String, bool) {
        let passage = Passage {
            egress: false,
            protocol,
            src: src.parse().expect("an address"),
            dst: dst.parse().expect("an address"),
        };
        let judgement = firewall(specs).judge(passage);
        let name = judgement
            .rule
            .map_or("implied".to_owned(), |rule| rule.name.to_string());
        (name, judgement.allowed)
    }

    #[test]
    fn the_lowest_number_decides_and_among_equals_denial() {
        let allow = json!({"allow": [{"protocol": "tcp", "ports": ["80", "30000-32767"]}]});
        let deny = json!({"deny": [{"protocol": "all"}]});
        let tcp =
            |specs: &[Value], port: u16| judged(specs, Protocol::Tcp, "203.0.113.10", &format!("10.0.0.1:{port}"));
        assert_eq!(tcp(&[], 80), ("implied".into(), false));
        assert_eq!(tcp(std::slice::from_ref(&allow), 30080), ("rule-0".into(), true));
        assert_eq!(tcp(std::slice::from_ref(&allow), 443), ("implied".into(), false));
        assert_eq!(tcp(&[allow.clone(), deny.clone()], 80), ("rule-1".into(), false));
        let mut sooner = allow.clone();
        sooner["priority"] = json!(900);
        assert_eq!(tcp(&[sooner.clone(), deny], 80), ("rule-0".into(), true));
        sooner["disabled"] = json!(true);
        assert_eq!(tcp(&[sooner], 80), ("implied".into(), false));
    }

    #[test]
    fn ranges_and_protocols_are_matched() {
        let range = json!({"sourceRanges": ["203.0.113.0/24"], "allow": [{"protocol": "udp"}]});
        let udp = |src: &str| judged(std::slice::from_ref(&range), Protocol::Udp, src, "10.0.0.1:53").1;
        assert!(udp("203.0.113.10") && !udp("198.51.100.1"));
        assert!(
            !judged(
                std::slice::from_ref(&range),
                Protocol::Tcp,
                "203.0.113.10",
                "10.0.0.1:53"
            )
            .1
        );
        // A rule without ranges is about IPv4; ICMPv6 has a number only.
        let all = json!({"allow": [{"protocol": "all"}]});
        assert!(!judged(&[all], Protocol::Tcp, "2001:db8::1", "[fd00::1]:80").1);
        let six = |protocol: &str| json!({"sourceRanges": ["::/0"], "allow": [{"protocol": protocol}]});
        assert!(!judged(&[six("icmp")], Protocol::Icmp, "2001:db8::1", "[fd00::1]:0").1);
        assert!(judged(&[six("58")], Protocol::Icmp, "2001:db8::1", "[fd00::1]:0").1);
    }
}
