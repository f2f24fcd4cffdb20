//! What questions to kube-proxy come with, and what answers do.

use super::settings::ProxySettings;
use super::table::ServiceTable;
use crate::net::conntrack::Conntrack;
use crate::net::route::NodeInfo;
use crate::net::trace::RuleHit;
use crate::sim::{Instant, Rng};

/// What every question to a node's kube-proxy comes with.
pub struct NodeContext<'a> {
    /// The node whose rules are asked.
    pub node: &'a NodeInfo,
    /// kube-proxy's settings.
    pub settings: &'a ProxySettings,
    /// All Services.
    pub services: &'a ServiceTable,
    /// The node's connections.
    pub conntrack: &'a Conntrack,
    /// Where chance comes from.
    pub rng: &'a mut Rng,
    /// The moment of the question.
    pub now: Instant,
    /// The rules that matched so far; `None` where nobody reads them.
    pub hits: Option<Vec<RuleHit>>,
}

impl NodeContext<'_> {
    /// The same for another question, of whose rules nothing is noted yet.
    pub(super) fn again(&mut self) -> NodeContext<'_> {
        NodeContext {
            node: self.node,
            settings: self.settings,
            services: self.services,
            conntrack: self.conntrack,
            rng: self.rng,
            now: self.now,
            hits: self.hits.as_ref().map(|_| Vec::new()),
        }
    }
}

/// What a dump is about.
pub struct DumpContext<'a> {
    /// The node whose rules are printed.
    pub node: &'a NodeInfo,
    /// kube-proxy's settings.
    pub settings: &'a ProxySettings,
    /// All Services.
    pub services: &'a ServiceTable,
    /// The node's connections.
    pub conntrack: &'a Conntrack,
    /// The moment of the question.
    pub now: Instant,
}

/// An answer, with the rules that gave it.
pub struct Cited<T> {
    /// What was decided.
    pub answer: T,
    /// The rules, in the order in which they matched; empty where nobody reads them.
    pub rules: Vec<RuleHit>,
}

impl<T> Cited<T> {
    /// An answer, with the rules that were noted in `hits`.
    pub(super) fn new(answer: T, hits: Option<Vec<RuleHit>>) -> Self {
        Self {
            answer,
            rules: hits.unwrap_or_default(),
        }
    }
}
