//! Conditions over a world: probe packets and predicates over objects.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;

use crate::api::kind::KINDS;
use crate::api::types::core::{Node, Pod, Service};
use crate::api::types::meta::labels_match;
use crate::api::{Object, ObjectRef};
use crate::cluster::Snapshot;
use crate::net::send::Detail;
use crate::net::{Destination, Protocol, Request, Source, Trace, Verdict};
use crate::sim::Duration;
use crate::world::World;

/// Probes of one check may not send more packets than this.
pub const MOST_PACKETS: u32 = 500;

/// Something that holds in a world, or does not.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Condition {
    /// Packets that are sent go as expected.
    Probe(Box<Probe>),
    /// Objects of the cluster are as expected.
    Objects(Objects),
    /// The other condition does not hold.
    Not(Box<Condition>),
    /// All hold.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// Something still holds after objects have been deleted (and whatever follows from that has happened).
    After(After),
}

/// Objects to delete and what must hold then.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct After {
    /// What to delete: everything that [`Objects`] selects.
    pub delete: Objects,
    /// What must hold then.
    pub then: Box<Condition>,
}

/// How long a cluster is given to follow a deletion: longer than a pod's usual grace period.
const TIME_TO_FOLLOW: Duration = Duration::from_secs(60);

/// Packets to send and what must become of them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Probe {
    /// The sender: `client`, `pod/[NAMESPACE/]NAME`, `node/NAME`, or an address.
    pub from: String,
    /// The destination, a URL or `HOST:PORT`, with `$(loadBalancer NAME)` and the like filled in.
    pub to: String,
    /// How many connections; 1 where absent.
    #[serde(default = "once")]
    pub times: u32,
    /// Transport protocol; TCP where absent.
    #[serde(default)]
    pub protocol: Option<String>,
    /// The node at which a packet from outside arrives; absent where the network decides.
    #[serde(default)]
    pub node: Option<String>,
    /// HTTP headers to send, by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What must become of every one of them.
    pub expect: Expect,
}

const fn once() -> u32 {
    1
}

/// What must become of the packets of a probe. What is absent is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Expect {
    /// `delivered`, `refused`, `timeout`, `unresolved` or `unreachable`.
    pub verdict: Option<String>,
    /// HTTP status of every answer, such as 404.
    pub status: Option<u16>,
    /// Labels that every answering pod carries.
    pub pod_labels: BTreeMap<String, String>,
    /// The one pod that answers, `name` or `namespace/name`.
    pub pod: Option<String>,
    /// Port of the pod at which every request arrives.
    pub port: Option<u16>,
    /// At least so many different pods answer.
    pub pods_at_least: Option<usize>,
    /// At most so many different pods answer.
    pub pods_at_most: Option<usize>,
    /// Every pod that answers gets at least this share (0 to 1).
    pub share_at_least: Option<f64>,
    /// No pod gets more than this share (0 to 1).
    pub share_at_most: Option<f64>,
    /// The address the pod sees: `sender` (the sender's own), `node` (some node's or its pod-side gateway), or
    /// an address.
    pub source_seen: Option<String>,
    /// How many endpoints the rules may choose from, at most.
    pub endpoints_at_most: Option<usize>,
    /// How many DNS questions are asked, at most.
    pub questions_at_most: Option<usize>,
    /// How many addresses some DNS answer holds, at least.
    pub addresses_at_least: Option<usize>,
    /// Headers that the pod sees; `client` stands for the client's address.
    pub headers_seen: BTreeMap<String, String>,
}

/// Objects to look at and what must hold for them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Objects {
    /// Their kind, as written in manifests.
    pub kind: String,
    /// Their namespace; `default` where absent.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Their name; absent: all.
    #[serde(default)]
    pub name: Option<String>,
    /// Labels that they carry, all of them; empty for any.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Fields by path (`spec.ports[0].port`) and what they must be: a value, or `present` / `absent`.
    #[serde(default)]
    pub fields: BTreeMap<String, Value>,
    /// At least so many objects satisfy all that; 1 where absent.
    #[serde(default)]
    pub at_least: Option<usize>,
    /// At most so many do.
    #[serde(default)]
    pub at_most: Option<usize>,
}

/// What looking at a condition found.
#[derive(Clone, Debug, Default)]
pub struct Finding {
    /// Whether it holds.
    pub holds: bool,
    /// The packet that shows that it does not, where one does.
    pub counterexample: Option<Box<Trace>>,
}

impl Finding {
    const fn of(holds: bool) -> Self {
        Self {
            holds,
            counterexample: None,
        }
    }
}

impl Condition {
    /// Looks whether the condition holds. The world stays as it is: packets are sent in a fork of it.
    #[must_use]
    pub fn look(&self, world: &World) -> Finding {
        match self {
            Self::Probe(probe) => probe.look(world),
            Self::Objects(objects) => Finding::of(objects.hold(world)),
            Self::Not(inner) => Finding::of(!inner.look(world).holds),
            Self::After(after) => {
                let mut fork = world.clone();
                for reference in after.delete.select(world) {
                    fork.edit(|cluster| cluster.delete(&reference, None));
                }
                fork.advance(TIME_TO_FOLLOW);
                after.then.look(&fork)
            }
            Self::All(inner) => inner
                .iter()
                .map(|it| it.look(world))
                .find(|finding| !finding.holds)
                .unwrap_or(Finding::of(true)),
            Self::Any(inner) => {
                let mut failed = Finding::of(false);
                for condition in inner {
                    let finding = condition.look(world);
                    if finding.holds {
                        return finding;
                    }
                    failed.counterexample = failed.counterexample.or(finding.counterexample);
                }
                failed
            }
        }
    }

    /// What is wrong with the condition as written, if anything: a source that cannot be read, a kind nobody
    /// knows, a verdict that does not exist.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        match self {
            Self::Probe(probe) => probe.problems(),
            Self::Objects(objects) => objects.problems(),
            Self::After(after) => after
                .delete
                .problems()
                .into_iter()
                .chain(after.then.problems())
                .collect(),
            Self::Not(inner) => inner.problems(),
            Self::All(inner) | Self::Any(inner) => inner.iter().flat_map(Self::problems).collect(),
        }
    }

    /// Adds everything that probes name.
    pub fn named<'a>(&'a self, found: &mut Vec<Named<'a>>) {
        match self {
            Self::Probe(probe) => {
                found.extend([Named::Source(&probe.from), Named::Target(&probe.to)]);
                found.extend(probe.expect.pod.as_deref().map(Named::Pod));
                found.extend(probe.node.as_deref().map(Named::Node));
            }
            Self::Objects(_) => {}
            Self::Not(inner) => inner.named(found),
            Self::After(after) => after.then.named(found),
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|it| it.named(found)),
        }
    }
}

/// Something that a probe names and that a right answer must have.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// The sender.
    Source(&'a str),
    /// The destination, with `$(loadBalancer NAME)` and the like.
    Target(&'a str),
    /// The pod that answers.
    Pod(&'a str),
    /// The node at which a packet arrives.
    Node(&'a str),
}

impl Probe {
    /// The request to a destination with nothing left to fill in.
    fn request(&self, to: &str) -> Result<Request, String> {
        let protocol = self.protocol.as_deref().unwrap_or("TCP");
        let protocol = Protocol::parse(protocol).ok_or_else(|| format!("{protocol:?} is no protocol"))?;
        let from: Source = self
            .from
            .parse()
            .map_err(|error: crate::net::request::AddressError| error.to_string())?;
        let mut to = Destination::parse(to, protocol).map_err(|error| error.to_string())?;
        if let Some(http) = &mut to.http {
            http.headers = self
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
        }
        Ok(Request {
            from,
            host: to.host,
            port: to.port,
            protocol,
            http: to.http,
            via_node: self.node.clone(),
        })
    }

    fn problems(&self) -> Vec<String> {
        let sample = match (self.to.split_once("$("), self.to.split_once(')')) {
            (Some((before, _)), Some((_, after))) => format!("{before}0.0.0.0{after}"),
            _ => self.to.clone(),
        };
        let mut found: Vec<String> = self.request(&sample).err().into_iter().collect();
        let verdicts = [
            Verdict::Delivered,
            Verdict::Refused,
            Verdict::Timeout,
            Verdict::Unresolved,
            Verdict::Unreachable,
        ];
        if let Some(verdict) = &self.expect.verdict
            && !verdicts.iter().any(|it| it.name() == verdict)
        {
            found.push(format!("{verdict:?} is no verdict"));
        }
        if self.times == 0 || self.times > MOST_PACKETS {
            found.push(format!("times: {} is not between 1 and {MOST_PACKETS}", self.times));
        }
        if self.expect == Expect::default() {
            found.push("the probe expects nothing, so it cannot fail".to_owned());
        }
        if let Some(seen) = &self.expect.source_seen
            && !["sender", "node"].contains(&seen.as_str())
            && seen.parse::<IpAddr>().is_err()
        {
            found.push(format!("sourceSeen: {seen:?} is neither sender, node nor an address"));
        }
        found
    }

    fn look(&self, world: &World) -> Finding {
        // What has no address yet cannot be sent to.
        let Some(Ok(request)) = fill_in(&self.to, &world.snapshot()).map(|to| self.request(&to)) else {
            return Finding::of(false);
        };
        let mut fork = world.clone();
        let nodes = NodeAddresses::of(world);
        let mut outcomes = Vec::new();
        for idx in 0..self.times.min(MOST_PACKETS) as usize {
            let trace = fork.send_with(&request, Detail::Outcome);
            let right = self.expect.accepts(&trace, &request, world, &nodes);
            outcomes.push(trace);
            if !right {
                return Finding {
                    holds: false,
                    counterexample: Some(Box::new(replay(world, &request, idx))),
                };
            }
        }
        let holds = self.expect.accepts_together(&outcomes);
        let counterexample = (!holds).then(|| Box::new(replay(world, &request, 0)));
        Finding { holds, counterexample }
    }
}

/// The story of the packet number `idx` of a probe, hop by hop: the same seed takes the same way again.
fn replay(world: &World, request: &Request, idx: usize) -> Trace {
    let mut fork = world.clone();
    for _ in 0..idx {
        fork.send_with(request, Detail::Outcome);
    }
    fork.send(request)
}

/// Every address that belongs to some node, with the pod-side gateway of each pod network.
struct NodeAddresses(BTreeSet<IpAddr>);

impl NodeAddresses {
    fn of(world: &World) -> Self {
        let snapshot = world.snapshot();
        let mut all = BTreeSet::new();
        for node in snapshot.list::<Node>() {
            all.extend(node_addresses(node));
        }
        Self(all)
    }
}

/// The addresses of a node, with the pod-side gateway of its pod networks.
pub(super) fn node_addresses(node: &Node) -> Vec<IpAddr> {
    let own = node.status.addresses.iter().filter_map(|it| it.address.parse().ok());
    let networks = node.spec.pod_cidrs.iter().chain(std::iter::once(&node.spec.pod_cidr));
    let gateways = networks.filter_map(|it| it.parse::<ipnet::IpNet>().ok()?.hosts().next());
    own.chain(gateways).collect()
}

impl Expect {
    fn accepts(&self, trace: &Trace, request: &Request, world: &World, nodes: &NodeAddresses) -> bool {
        let snapshot = world.snapshot();
        let pod = trace.backend.as_ref().and_then(|backend| backend.pod.as_ref());
        let pod = pod.and_then(|it| snapshot.typed::<Pod>(it));
        let pod_right = |wanted: &str| {
            let (namespace, name) = wanted.split_once('/').unwrap_or(("default", wanted));
            pod.is_some_and(|pod| pod.metadata.namespace == namespace && pod.metadata.name == name)
        };
        let status = trace.http.as_ref().map(|http| http.status);
        let seen_right = |wanted: &str| match (wanted, trace.source_seen) {
            (_, None) => false,
            ("node", Some(seen)) => nodes.0.contains(&seen),
            ("sender", Some(seen)) => sender_address(request, world) == Some(seen),
            (address, Some(seen)) => address.parse() == Ok(seen),
        };
        let client = snapshot.config().outside_client.to_string();
        let header_right = |(name, value): (&String, &String)| {
            let wanted = if value == "client" { &client } else { value };
            trace.http.as_ref().is_some_and(|http| {
                http.headers
                    .iter()
                    .any(|(key, found)| key.eq_ignore_ascii_case(name) && found == wanted)
            })
        };
        self.verdict.as_deref().is_none_or(|it| it == trace.verdict.name())
            && self.status.is_none_or(|it| status == Some(it))
            && (self.pod_labels.is_empty()
                || pod.is_some_and(|pod| labels_match(&self.pod_labels, &pod.metadata.labels)))
            && self.pod.as_deref().is_none_or(pod_right)
            && self.port.is_none_or(|it| {
                trace
                    .backend
                    .as_ref()
                    .is_some_and(|backend| backend.address.port() == it)
            })
            && self.source_seen.as_deref().is_none_or(seen_right)
            && self
                .endpoints_at_most
                .is_none_or(|it| trace.proxy.as_ref().map_or(0, |proxy| proxy.backends.len()) <= it)
            && self.questions_at_most.is_none_or(|it| trace.dns.len() <= it)
            && self
                .addresses_at_least
                .is_none_or(|it| trace.dns.iter().any(|asked| asked.answers.len() >= it))
            && self.headers_seen.iter().all(header_right)
    }

    fn accepts_together(&self, traces: &[Trace]) -> bool {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for backend in traces.iter().filter_map(|trace| trace.backend.as_ref()) {
            *count.entry(backend.address.ip().to_string()).or_default() += 1;
        }
        let total = traces.len().max(1) as f64;
        let mut shares = count.values().map(|&answers| answers as f64 / total);
        self.pods_at_least.is_none_or(|it| count.len() >= it)
            && self.pods_at_most.is_none_or(|it| count.len() <= it)
            && self
                .share_at_least
                .is_none_or(|it| !count.is_empty() && shares.clone().all(|share| share >= it))
            && self.share_at_most.is_none_or(|it| shares.all(|share| share <= it))
    }
}

/// The sender's own address, as its packets leave it.
fn sender_address(request: &Request, world: &World) -> Option<IpAddr> {
    let snapshot = world.snapshot();
    match &request.from {
        Source::Client => Some(snapshot.config().outside_client),
        Source::Address(address) => Some(*address),
        Source::Pod { namespace, name } => snapshot.get::<Pod>(namespace, name)?.status.pod_ip.parse().ok(),
        Source::Node(name) => {
            let node = snapshot.get::<Node>("", name)?;
            node.first_internal_ip()?.parse().ok()
        }
    }
}

impl Objects {
    fn problems(&self) -> Vec<String> {
        let known = KINDS.iter().any(|info| info.name == self.kind);
        if known {
            Vec::new()
        } else {
            vec![format!("kind {:?} is not simulated", self.kind)]
        }
    }

    /// The objects that satisfy all but the counts.
    fn select(&self, world: &World) -> Vec<ObjectRef> {
        let snapshot = world.snapshot();
        let Some(info) = KINDS.iter().find(|info| info.name == self.kind) else {
            return Vec::new();
        };
        let namespace = if info.namespaced {
            self.namespace.as_deref().unwrap_or("default")
        } else {
            ""
        };
        let fits = |object: &Object| {
            let meta = object.metadata();
            meta.namespace == namespace
                && self.name.as_ref().is_none_or(|name| *name == meta.name)
                && labels_match(&self.labels, &meta.labels)
                && self
                    .fields
                    .iter()
                    .all(|(path, wanted)| field_is(&object.value, path, wanted))
        };
        snapshot
            .objects(info.kind)
            .filter(|object| fits(object))
            .map(|object| object.reference())
            .collect()
    }

    fn hold(&self, world: &World) -> bool {
        let found = self.select(world).len();
        let least = self.at_least.unwrap_or(if self.at_most.is_some() { 0 } else { 1 });
        found >= least && self.at_most.is_none_or(|most| found <= most)
    }
}

/// Fills `$(loadBalancer NAME)`, `$(clusterIP NAME)` and `$(podIP NAME)` (of namespace `default`) in from the
/// cluster; `None` where one of them is not there.
#[must_use]
pub fn fill_in(text: &str, snapshot: &Snapshot) -> Option<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$(") {
        let (inside, tail) = after.split_once(')').unwrap_or((after, ""));
        let (what, name) = inside.split_once(' ').unwrap_or((inside, ""));
        let service = || snapshot.get::<Service>("default", name);
        let found = match what {
            "loadBalancer" => service()?.status.load_balancer.ingress.first()?.ip.clone(),
            "clusterIP" => service()?.spec.cluster_ip.clone(),
            "podIP" => snapshot.get::<Pod>("default", name)?.status.pod_ip.clone(),
            _ => return None,
        };
        if found.is_empty() {
            return None;
        }
        filled.push_str(before);
        filled.push_str(&found);
        rest = tail;
    }
    Some(filled + rest)
}

/// Whether the field at `path` is what is wanted (what is empty is absent); `*` in brackets stands for any item of a list.
fn field_is(value: &Value, path: &str, wanted: &Value) -> bool {
    let found = fields_at(value, path);
    let is_empty = |it: &&Value| {
        it.is_null()
            || it.as_array().is_some_and(Vec::is_empty)
            || it.as_object().is_some_and(serde_json::Map::is_empty)
    };
    match wanted.as_str() {
        Some("present") => !found.iter().all(is_empty),
        Some("absent") => found.iter().all(is_empty),
        _ => found.contains(&wanted),
    }
}

/// All values at `path`. A label key with dots is written in brackets: `metadata.labels[app.kubernetes.io/name]`.
fn fields_at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in steps(path) {
        found = found
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) if step == "*" => items.iter().collect(),
                Value::Array(items) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|idx| items.get(idx))
                    .into_iter()
                    .collect(),
                Value::Object(map) => map.get(step).into_iter().collect::<Vec<_>>(),
                _ => Vec::new(),
            })
            .collect();
    }
    found
}

/// The steps of a field path: `spec.ports[0].port`, `metadata.labels[app.kubernetes.io/name]`.
fn steps(path: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for part in path.split('[') {
        match part.split_once(']') {
            Some((inside, rest)) => {
                found.push(inside);
                found.extend(rest.split('.').filter(|it| !it.is_empty()));
            }
            None => found.extend(part.split('.').filter(|it| !it.is_empty())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_reach_into_lists_and_dotted_keys() {
        let value = json!({"metadata": {"labels": {"a.b/c": "x"}}, "spec": {"ports": [{"port": 80}, {"port": 443}]}});
        assert_eq!(fields_at(&value, "metadata.labels[a.b/c]"), [&json!("x")]);
        assert!(field_is(&value, "spec.ports[*].port", &json!(443)));
        assert!(!field_is(&value, "spec.ports[0].port", &json!(443)));
        assert!(field_is(&value, "spec.type", &json!("absent")));
        assert!(field_is(&value, "spec.ports[1]", &json!("present")));
        let empty = json!({"metadata": {"labels": {}}});
        assert!(field_is(&empty, "metadata.labels", &json!("absent")));
        assert!(!field_is(&empty, "metadata.labels", &json!("present")));
    }
}
