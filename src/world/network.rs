//! The network of a world: what packets meet, in one value.
//!
//! Not here: how packets move (`net`), which reads a snapshot and knows no world.

use std::net::IpAddr;

use crate::api::{IpFamily, NamespacedName};
use crate::cluster::Snapshot;
use crate::net::conntrack::Entry;
use crate::net::dns::RecordType;
use crate::net::proxy::RuleDump;
use crate::net::send::names::{self, Resolution};
use crate::net::send::{self, Detail};
use crate::net::state::NetState;
use crate::net::transport::{self, Connect, Connection};
use crate::net::{Request, Source, Trace};
use crate::sim::{Instant, Rng};

/// What packets leave behind, and the chance that decides where the next one goes.
#[derive(Clone, Debug)]
pub struct NetworkState {
    connections: NetState,
    rng: Rng,
}

impl NetworkState {
    /// A network that no packet has passed; `seed` is where its chance begins.
    #[must_use]
    pub(super) fn new(seed: u64) -> Self {
        Self {
            connections: NetState::default(),
            rng: Rng::new(seed),
        }
    }
}

/// The network as packets find it at one moment of a world's clock: no virtual time passes while it is held.
#[derive(Debug)]
pub struct Network<'a> {
    snapshot: Snapshot,
    state: &'a mut NetworkState,
    now: Instant,
}

impl<'a> Network<'a> {
    pub(super) fn new(snapshot: Snapshot, state: &'a mut NetworkState) -> Self {
        let now = snapshot.now();
        Self { snapshot, state, now }
    }

    /// Sends a request and tells its story.
    pub fn send(&mut self, request: &Request) -> Trace {
        self.send_with(request, Detail::Hops)
    }

    /// Sends a request; a burst asks for outcomes only.
    pub fn send_with(&mut self, request: &Request, detail: Detail) -> Trace {
        let NetworkState { connections, rng } = &mut *self.state;
        send::send_with(&self.snapshot, connections, rng, self.now, request, detail)
    }

    /// Opens one connection: the packet there and the one back.
    pub fn exchange(&mut self, connect: &Connect<'_>) -> Connection {
        let NetworkState { connections, rng } = &mut *self.state;
        transport::exchange(&self.snapshot, connections, rng, self.now, connect)
    }

    /// Looks up a name as a sender's resolver does.
    pub fn resolve(&mut self, from: &Source, name: &str, kind: RecordType) -> Resolution {
        let NetworkState { connections, rng } = &mut *self.state;
        names::resolve(&self.snapshot, connections, rng, self.now, from, name, kind)
    }

    /// Asks one DNS server for exactly this name; without a server, the sender's first.
    pub fn query(&mut self, from: &Source, server: Option<IpAddr>, name: &str, kind: RecordType) -> Resolution {
        let NetworkState { connections, rng } = &mut *self.state;
        names::query(&self.snapshot, connections, rng, self.now, from, server, name, kind)
    }

    /// What a node's own tools print of kube-proxy's rules for one IP family; `None` for an unknown node, and where
    /// it has no such rules.
    #[must_use]
    pub fn dump_rules(&mut self, node: &str, family: IpFamily, dump: RuleDump<'_>) -> Option<String> {
        self.state.connections.dump_rules(&self.snapshot, node, family, dump)
    }

    /// The addresses of a family that kube-proxy gives to a node, ascending; `None` for an unknown node, and in
    /// modes that give none.
    #[must_use]
    pub fn proxy_addresses(&mut self, node: &str, family: IpFamily) -> Option<Vec<IpAddr>> {
        self.state.connections.proxy_addresses(&self.snapshot, node, family)
    }

    /// What [`Self::proxy_addresses`] says, as if the cluster were `shown`.
    #[must_use]
    pub fn proxy_addresses_of(&self, shown: &Snapshot, node: &str, family: IpFamily) -> Option<Vec<IpAddr>> {
        self.state.connections.clone().proxy_addresses(shown, node, family)
    }

    /// What [`Self::dump_rules`] says, as if the cluster were `shown`.
    #[must_use]
    pub fn dump_rules_of(&self, shown: &Snapshot, node: &str, family: IpFamily, dump: RuleDump<'_>) -> Option<String> {
        self.state.connections.clone().dump_rules(shown, node, family, dump)
    }

    /// The connections that a node's conntrack knows, the oldest first; `None` for an unknown node.
    #[must_use]
    pub fn connections(&mut self, node: &str) -> Option<Vec<&Entry>> {
        // kube-proxy has long followed what happened meanwhile.
        self.state.connections.sync(&self.snapshot);
        self.state.connections.connections(node, self.now)
    }

    /// What a DNS server's pod logged of the questions it was asked, the oldest first.
    pub fn logged_questions(&self, pod: &NamespacedName) -> impl Iterator<Item = &str> {
        self.state.connections.logged_questions(pod)
    }

    /// What packets have left behind until now, to return to by [`Network::restore`].
    #[must_use]
    pub fn state(&self) -> NetworkState {
        self.state.clone()
    }

    /// Makes the network remember what it remembered when [`Network::state`] was asked, and draw the same chance.
    pub fn restore(&mut self, state: NetworkState) {
        *self.state = state;
    }
}
