//! What happened to a packet, hop by hop, and why. Diagram, terminal, inspector and grader all read this.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::api::{NamespacedName, ObjectRef};
use crate::text::Span;

use super::http_proxy::kind::ProxyKind;
use super::packet::Packet;
use super::service_port_name::ServicePortName;
use super::why::Why;

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A backend answered.
    Delivered,
    /// The client got a TCP reset or an ICMP port unreachable (`Connection refused`).
    Refused,
    /// Nobody answered.
    Timeout,
    /// The name has no address.
    Unresolved,
    /// No route (`No route to host`).
    Unreachable,
}

impl Verdict {
    /// As the command line writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Unresolved => "unresolved",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Where a hop happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The client outside the cluster.
    Client,
    /// The router between outside and the nodes.
    Router,
    /// The cloud's load balancer for a Service.
    LoadBalancer(NamespacedName),
    /// A node: its kernel, with kube-proxy's rules in it.
    Node(String),
    /// A pod.
    Pod(NamespacedName),
    /// Somebody outside who is not the client, by address.
    External(IpAddr),
}

impl fmt::Display for Place {
    /// `client`, `router`, `lb/ns/name`, `node/name`, `pod/ns/name`, `external/address`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => f.write_str("client"),
            Self::Router => f.write_str("router"),
            Self::LoadBalancer(service) => write!(f, "lb/{service}"),
            Self::Node(name) => write!(f, "node/{name}"),
            Self::Pod(pod) => write!(f, "pod/{pod}"),
            Self::External(address) => write!(f, "external/{address}"),
        }
    }
}

/// What happens at a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The sender makes the packet.
    Send,
    /// A resolver asks, or the DNS server answers.
    Dns,
    /// kube-proxy's rules in nat PREROUTING or OUTPUT: destination chosen (or not).
    Dnat,
    /// filter table: accepted, rejected or dropped.
    Filter,
    /// NetworkPolicy at the pod's interface.
    Policy,
    /// Routing decision: where next.
    Route,
    /// nat POSTROUTING: source rewritten.
    Snat,
    /// conntrack puts back what DNAT and SNAT changed.
    Undo,
    /// A load balancer chooses a node.
    Balance,
    /// An HTTP proxy (ingress controller) ends one connection and opens another.
    Proxy,
    /// The packet reaches a process, or a host where nothing listens.
    Receive,
}

impl Stage {
    /// As the command line writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Dns => "dns",
            Self::Dnat => "dnat",
            Self::Filter => "filter",
            Self::Policy => "policy",
            Self::Route => "route",
            Self::Snat => "snat",
            Self::Undo => "undo",
            Self::Balance => "balance",
            Self::Proxy => "proxy",
            Self::Receive => "receive",
        }
    }
}

/// Whether a hop is part of the question or of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Towards the destination.
    Request,
    /// Back to the sender.
    Reply,
}

/// A rule that matched, as the node's own tool (`iptables-save`, `nft list`, `ipvsadm -Ln`) prints it.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleHit {
    /// Table (`nat`, `filter`, `ip kube-proxy`).
    pub table: &'static str,
    /// Chain the rule stands in; for an element of a set or map its name, behind an `@`.
    pub chain: Arc<str>,
    /// The rule itself: `-A KUBE-SERVICES -d … -j KUBE-SVC-…`.
    pub text: Arc<str>,
    /// How likely this rule is to be reached and matched, where chance decides; 1 otherwise.
    pub probability: f64,
    /// What it does to the packet.
    pub effect: RuleEffect,
}

/// What a rule does to a packet that it matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleEffect {
    /// Nothing to the packet itself: it leads on to other rules.
    #[default]
    None,
    /// Rewrites its destination.
    Translates,
    /// Marks it, to be masqueraded when it leaves.
    Marks,
    /// Rewrites its source.
    Masquerades,
    /// Refuses or drops it.
    Refuses,
}

/// One thing that happened to the packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// The place at which it happened.
    pub at: Place,
    /// The step of its way that was taken there.
    pub stage: Stage,
    /// On the way to the destination, or back.
    pub direction: Direction,
    /// Which connection of the trace: 0 for the client's, counting up for those opened on its behalf
    /// (DNS questions, the ingress controller's connection to its upstream).
    pub leg: u8,
    /// The packet as it arrived there.
    pub before: Packet,
    /// The packet as it went on; equal to `before` where nothing changed, `None` where it died.
    pub after: Option<Packet>,
    /// The rules that matched, in order; empty where none did, or none was asked.
    pub rules: Vec<RuleHit>,
    /// The object that has it so; `None` where no object does.
    pub object: Option<ObjectRef>,
    /// The place in the learner's text that says so; `None` where none does, or the object was not written there.
    pub span: Option<Span>,
    /// Why it happened, ready to be said in any language.
    pub why: Why,
}

/// An endpoint kube-proxy may choose.
#[derive(Clone, Debug, PartialEq)]
pub struct Backend {
    /// Address and port.
    pub address: SocketAddr,
    /// Its pod; `None` where it is none.
    pub pod: Option<NamespacedName>,
    /// Name of its node; `None` where it is on none, or nothing says on which.
    pub node: Option<String>,
    /// How likely it is to be chosen, 0 to 1.
    pub probability: f64,
}

/// What kube-proxy's rules decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyVerdict {
    /// To one of the backends.
    Deliver,
    /// Refused: no endpoint anywhere.
    Reject,
    /// Dropped: no endpoint where one is needed, or a source that is not allowed.
    Drop,
    /// No Service rule matched.
    None,
}

/// kube-proxy's decision at the first node that takes one.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxyDecision {
    /// Name of the node.
    pub node: String,
    /// The port of a Service that it was decided for; `None` where no Service's rule matched.
    pub service: Option<Arc<ServicePortName>>,
    /// What was decided.
    pub verdict: ProxyVerdict,
    /// All backends it may choose, with probabilities.
    pub backends: Vec<Backend>,
    /// Whether the source will be rewritten.
    pub masquerade: bool,
    /// Whether a client's next connections go where this one goes (`sessionAffinity: ClientIP`).
    pub affinity: bool,
}

/// How an HTTP request was answered.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct HttpResult {
    /// Status code.
    pub status: u16,
    /// The kind of proxy that took the request from the client; `None` where a pod or another host did.
    pub proxy: Option<ProxyKind>,
    /// The Service whose pod answered; `None` where a proxy answered by itself.
    pub service: Option<NamespacedName>,
    /// The route whose rule decided; `None` where none did.
    pub route: Option<ObjectRef>,
    /// Services that got a copy of the request, in the order of the filters that say so.
    pub mirrors: Vec<NamespacedName>,
    /// Path and query as the backend saw them.
    pub path: Option<String>,
    /// `Location` of a redirect.
    pub location: Option<String>,
    /// `namespace/name` of the Secret whose certificate was shown, `DEFAULT_FAKE` for the controller's own.
    pub tls_secret: Option<String>,
    /// Headers as the backend saw them.
    pub headers: Vec<(String, String)>,
    /// Headers of the response.
    pub response_headers: Vec<(String, String)>,
    /// The body, where the answer is known to the byte; `None` where it is the backend's own.
    pub body: Option<Arc<str>>,
}

/// One DNS question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsLookup {
    /// Fully qualified name asked, with its dot.
    pub name: String,
    /// Type asked (`A`, `AAAA`, …).
    pub kind: &'static str,
    /// `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, or `TIMEOUT` where nobody answered.
    pub rcode: &'static str,
    /// Record data; addresses, or targets of a CNAME in front of them.
    pub answers: Vec<String>,
}

/// Everything that happened to one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// How it ended.
    pub verdict: Verdict,
    /// Why it ended so.
    pub reason: Why,
    /// kube-proxy's decision at the first node that took one; `None` where no node was passed.
    pub proxy: Option<ProxyDecision>,
    /// The backend that got it; `None` where nobody did: the last one, where a proxy stood between.
    pub backend: Option<Backend>,
    /// The source address that backend saw.
    pub source_seen: Option<IpAddr>,
    /// How HTTP was answered; `None` where it was not HTTP, or was not answered.
    pub http: Option<HttpResult>,
    /// Every DNS question asked, in order.
    pub dns: Vec<DnsLookup>,
    /// Request, then reply.
    pub hops: Vec<Hop>,
}
