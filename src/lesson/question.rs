//! Questions: asked of the packet before it shows the answer, or of the lesson at any time.
//!
//! Nobody has to be believed. An answer to a *predict* question says what the packet would show
//! ([`Answer::shows`]); an answer to any other says what would hold in the cluster ([`Answer::holds`]). The
//! proof holds both against the engine, and the page asks a predict question only of a packet of which exactly
//! the right answer is true.
//!
//! What can be asked of a packet are [`FACTS`]: short words and numbers, made from its trace by [`facts`].

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;

use crate::api::types::core::{Node, Pod, Service};
use crate::cluster::Snapshot;
use crate::net::packet::Payload;
use crate::net::trace::Direction;
use crate::net::{Hop, Place, Stage, Trace};

use super::condition::{Condition, node_addresses};
use super::{Lesson, Words};

/// A question with one right answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// Name, under which the page remembers what was answered.
    pub id: String,
    /// What is asked, in every language.
    pub ask: Words,
    /// Asked of a packet before it shows this hop; absent: any time.
    #[serde(default)]
    pub before: Option<Before>,
    /// Possible answers, one of them right.
    pub answers: Vec<Answer>,
}

/// A possible answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    /// What can be chosen, in every language.
    pub text: Words,
    /// Whether it is the right one.
    #[serde(default)]
    pub right: bool,
    /// Why it is right or wrong, in one sentence.
    pub why: Words,
    /// What the packet would show if this were true: facts by name ([`FACTS`]).
    #[serde(default)]
    pub shows: BTreeMap<String, Value>,
    /// What would hold in the cluster if this were true.
    #[serde(default)]
    pub holds: Option<Condition>,
}

/// A hop of the request, by what happens there: the first that fits is meant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Before {
    /// A stage as the command line writes it (`dns`, `snat`, `proxy`, …), or `rules`: whatever the first node
    /// does with the packet.
    pub stage: String,
    /// Where, as the command line writes it (`node/node-2`); absent: anywhere.
    #[serde(default)]
    pub at: Option<String>,
}

/// The stage that stands for whatever the first node does.
const RULES: &str = "rules";

const STAGES: [Stage; 11] = [
    Stage::Send,
    Stage::Dns,
    Stage::Dnat,
    Stage::Filter,
    Stage::Policy,
    Stage::Route,
    Stage::Snat,
    Stage::Undo,
    Stage::Balance,
    Stage::Proxy,
    Stage::Receive,
];

impl Before {
    /// Where in `trace` the question belongs; never its first hop, before which there is no time to ask.
    #[must_use]
    pub fn hop(&self, trace: &Trace) -> Option<usize> {
        let fits = |hop: &Hop| {
            let named = match self.stage.as_str() {
                RULES => matches!(hop.at, Place::Node(_)),
                stage => hop.stage.name() == stage,
            };
            named
                && hop.direction == Direction::Request
                // The way of a question to DNS is not the packet's own.
                && (hop.stage == Stage::Dns || !is_dns(hop))
                && self.at.as_ref().is_none_or(|at| hop.at.to_string() == *at)
        };
        trace.hops.iter().position(fits).filter(|&hop| hop > 0)
    }

    /// Whether no trace has such a stage.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.stage != RULES && STAGES.iter().all(|stage| stage.name() != self.stage)
    }
}

/// Whether a hop belongs to a question to DNS rather than to the connection itself.
#[must_use]
pub fn is_dns(hop: &Hop) -> bool {
    hop.stage == Stage::Dns || matches!(hop.before.payload, Payload::DnsQuery(..) | Payload::DnsAnswer(..))
}

/// The first hop that does not belong to a question to DNS; the first of all where there is none.
#[must_use]
pub fn first_of_its_own(trace: &Trace) -> usize {
    trace.hops.iter().position(|hop| !is_dns(hop)).unwrap_or(0)
}

/// A question that is to be asked of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its place in the lesson.
    pub question: usize,
    /// The hop that must not be seen before it is answered.
    pub hop: usize,
}

/// The first question that `trace` raises on its way and that is not `done` yet.
#[must_use]
pub fn asked(lesson: &Lesson, trace: &Trace, snapshot: &Snapshot, done: &dyn Fn(&str) -> bool) -> Option<Asked> {
    let mut first: Option<Asked> = None;
    for (question, it) in lesson.questions.iter().enumerate() {
        let Some(hop) = it.before.as_ref().and_then(|before| before.hop(trace)) else {
            continue;
        };
        let earlier = first.is_none_or(|found| hop < found.hop);
        if earlier && !done(&it.id) && it.objection(trace, hop, snapshot).is_none() {
            first = Some(Asked { question, hop });
        }
    }
    first
}

impl Question {
    /// Why the question cannot be asked of this packet at this hop: its right answer is not what happens, or a
    /// wrong one is.
    #[must_use]
    pub fn objection(&self, trace: &Trace, hop: usize, snapshot: &Snapshot) -> Option<String> {
        let facts = facts(trace, hop, snapshot);
        for answer in &self.answers {
            let amiss = answer.shows.iter().find(|(name, wanted)| {
                let found = facts.iter().find(|(fact, _)| fact == name);
                !found.is_some_and(|(_, found)| is_like(found, wanted))
            });
            match amiss {
                Some((name, _)) if answer.right => {
                    let found = facts
                        .iter()
                        .find(|(fact, _)| fact == name)
                        .map_or("nothing", |it| &it.1);
                    return Some(format!("{:?} is not what happens: {name} is {found}", answer.text.en));
                }
                None if !answer.right => return Some(format!("{:?} is true as well", answer.text.en)),
                _ => {}
            }
        }
        None
    }
}

/// What [`Answer::shows`] may speak of.
pub const FACTS: [&str; 14] = [
    // How it ends: `delivered`, `refused`, …; and where the request gets to at most: `client`, `node/node-1`, ….
    "verdict",
    "ends",
    // The HTTP status.
    "status",
    // Destination, its port and source as this hop leaves them: `pod/NS/NAME`, `service/NS/NAME`, `node/NAME`, ….
    "destination",
    "port",
    "source",
    // Whose address the backend sees as source, and where it was written: `here`, another place, `nowhere`.
    "seen",
    "rewrittenAt",
    // How many backends the rules may choose, and how likely the chosen one was, in percent.
    "backends",
    "chance",
    // Whom a proxy dials.
    "upstream",
    // How many names DNS is asked for, how many addresses its first answer holds, and whose the first one is.
    "names",
    "addresses",
    "answer",
];

/// What is true of a packet at a hop, by name.
fn facts(trace: &Trace, hop: usize, snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, String)> = vec![("verdict", trace.verdict.name().to_owned())];
    let requests = || trace.hops.iter().filter(|it| it.direction == Direction::Request);
    found.extend(requests().next_back().map(|it| ("ends", it.at.to_string())));
    found.extend(trace.http.as_ref().map(|it| ("status", it.status.to_string())));
    let Some(at) = trace.hops.get(hop) else { return found };
    let after = at.after.as_ref().unwrap_or(&at.before);
    found.push(("destination", owner(after.dst.ip(), snapshot)));
    found.push(("port", after.dst.port().to_string()));
    found.push(("source", owner(after.src.ip(), snapshot)));
    found.extend(trace.source_seen.map(|it| ("seen", owner(it, snapshot))));
    let rewrites = |it: &&Hop| {
        it.leg == at.leg
            && it.stage != Stage::Proxy
            && it.after.as_ref().is_some_and(|after| after.src != it.before.src)
    };
    let rewritten = match requests().find(rewrites) {
        Some(it) if it.at == at.at => "here".to_owned(),
        Some(it) => it.at.to_string(),
        None => "nowhere".to_owned(),
    };
    found.push(("rewrittenAt", rewritten));
    if let Some(proxy) = &trace.proxy {
        found.push(("backends", proxy.backends.len().to_string()));
    }
    if let Some(backend) = &trace.backend {
        found.push(("chance", format!("{:.0}", backend.probability * 100.0)));
    }
    let upstream = requests().find(|it| it.leg > at.leg && !is_dns(it));
    found.extend(upstream.map(|it| ("upstream", owner(it.before.dst.ip(), snapshot))));
    let mut names: Vec<&str> = trace.dns.iter().map(|it| it.name.as_str()).collect();
    names.dedup();
    found.push(("names", names.len().to_string()));
    if let Some(first) = trace.dns.first() {
        found.push(("addresses", first.answers.len().to_string()));
        let address = first.answers.first().and_then(|it| it.parse().ok());
        found.extend(address.map(|it| ("answer", owner(it, snapshot))));
    }
    found
}

/// Whether a fact is what is wanted: the same, or something of the wanted kind (`node` for `node/node-1`).
fn is_like(found: &str, wanted: &Value) -> bool {
    let wanted = match wanted {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    found == wanted
        || found
            .strip_prefix(wanted.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
}

/// Whose address it is: `client`, `node/NAME`, `pod/NS/NAME`, `service/NS/NAME`, `balancer/NS/NAME`, or the
/// address itself.
fn owner(address: IpAddr, snapshot: &Snapshot) -> String {
    let text = address.to_string();
    if address == snapshot.config().outside_client {
        return "client".to_owned();
    }
    for node in snapshot.list::<Node>() {
        if node_addresses(node).contains(&address) {
            return format!("node/{}", node.metadata.name);
        }
    }
    for service in snapshot.list::<Service>() {
        let meta = &service.metadata;
        let kind = if service.spec.cluster_ips.contains(&text) {
            "service"
        } else if service.status.load_balancer.ingress.iter().any(|it| it.ip == text) {
            "balancer"
        } else {
            continue;
        };
        return format!("{kind}/{}/{}", meta.namespace, meta.name);
    }
    for pod in snapshot.list::<Pod>() {
        if pod.status.pod_ip == text {
            return format!("pod/{}/{}", pod.metadata.namespace, pod.metadata.name);
        }
    }
    text
}
