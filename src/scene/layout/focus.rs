//! What the stage is about: which Services, which places, read from the snapshot and what was sent.
//!
//! Only a Service in focus shows its outline and its rows in every node's rules. A trace may have several in
//! turn: cluster DNS while a name is resolved, the ingress controller's Service, then the one behind it.

use std::collections::BTreeSet;

use crate::api::types::core::Service;
use crate::api::types::discovery::EndpointSlice;
use crate::api::{Kind, NamespacedName};
use crate::cluster::{Snapshot, is_system_namespace};
use crate::net::packet::Payload;
use crate::net::{Hop, Place, ServicePortName, Stage, Trace};
use crate::small_sort::SmallSort as _;

/// A Service and the one of its ports that matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// The Service.
    pub service: NamespacedName,
    /// Name of the port, `None` for the first one.
    pub port: Option<String>,
}

impl From<NamespacedName> for ServiceKey {
    fn from(service: NamespacedName) -> Self {
        Self { service, port: None }
    }
}

impl From<&ServicePortName> for ServiceKey {
    fn from(name: &ServicePortName) -> Self {
        Self {
            service: name.service.clone(),
            port: Some(&name.port).filter(|it| !it.is_empty()).cloned(),
        }
    }
}

/// The Services, ports and places that the stage is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Focus {
    /// Services in the order in which packets meet them; the last one is what the learner asked for.
    pub services: Vec<ServiceKey>,
    /// For each connection of the trace, which of [`Self::services`] it is about.
    pub legs: Vec<Option<usize>>,
    /// Source of the traffic.
    pub sender: Option<Place>,
    /// Places that packets visit.
    pub places: BTreeSet<Place>,
    /// Nodes on which a process of the node itself sends or receives.
    pub processes: BTreeSet<String>,
    /// Ports that senders asked for, to show the rule that a node port matches.
    pub ports: BTreeSet<u16>,
    /// Whether many packets fly at once.
    pub burst: bool,
}

impl Focus {
    /// Reads the focus off what was sent last; without a trace it is the learner's first Service.
    pub fn new<'a>(snapshot: &Snapshot, traces: impl IntoIterator<Item = &'a Trace>) -> Self {
        let mut focus = Self::default();
        let mut n_traces = 0;
        for trace in traces {
            n_traces += 1;
            // All requests of a burst ask for the same thing; their first one names the Services.
            if n_traces == 1 {
                focus.read_services(snapshot, trace);
                focus.sender = trace.hops.first().map(|hop| hop.at.clone());
            }
            for hop in &trace.hops {
                if let Place::Node(name) = &hop.at
                    && matches!(hop.stage, Stage::Send | Stage::Receive)
                {
                    focus.processes.insert(name.clone());
                }
                if hop.stage == Stage::Send {
                    focus.ports.insert(hop.before.dst.port());
                }
                if !focus.places.contains(&hop.at) {
                    focus.places.insert(hop.at.clone());
                }
            }
        }
        focus.burst = n_traces > 1;
        if focus.services.is_empty() {
            focus.services.extend(first_service(snapshot));
        }
        focus
    }

    /// The Service of a connection: its own, else the last one known.
    #[must_use]
    pub fn service_of_leg(&self, leg: u8) -> Option<usize> {
        let own = self.legs.get(usize::from(leg)).copied().flatten();
        own.or_else(|| self.services.len().checked_sub(1))
    }

    fn read_services(&mut self, snapshot: &Snapshot, trace: &Trace) {
        let n_legs = trace.hops.iter().map(|hop| usize::from(hop.leg) + 1).max().unwrap_or(0);
        let mut by_leg: Vec<Option<ServiceKey>> = vec![None; n_legs];
        for hop in &trace.hops {
            let Some(object) = hop.object.as_ref().filter(|it| it.kind == Kind::Service) else {
                continue;
            };
            by_leg[usize::from(hop.leg)].get_or_insert_with(|| object.key().into());
        }
        let decided = trace.proxy.as_ref().and_then(|it| it.service.as_deref());
        if let Some(decided) = decided.map(ServiceKey::from) {
            // The decision knows the port; the hop of the same Service does not.
            match by_leg.iter_mut().flatten().find(|it| it.service == decided.service) {
                Some(key) => key.port.clone_from(&decided.port),
                None => {
                    if let Some(leg) = by_leg.first_mut().filter(|it| it.is_none()) {
                        *leg = Some(decided);
                    }
                }
            }
        }
        // Legs without a rule: a name that leads straight to pods, or a proxy that picks them by itself.
        let answered = trace.http.as_ref().and_then(|it| it.service.clone());
        let last = (0..n_legs).rev().find(|&leg| {
            let mut hops = trace.hops.iter().filter(|hop| usize::from(hop.leg) == leg);
            hops.any(|hop| !is_question(hop))
        });
        if let Some(leg) = last.filter(|&leg| by_leg[leg].is_none()) {
            by_leg[leg] = answered
                .map(ServiceKey::from)
                .or_else(|| named(snapshot, trace))
                .or_else(|| behind(snapshot, trace));
        }
        let mut order: Vec<usize> = (0..n_legs).collect();
        // What the learner asked for comes last: the last leg that is not a question to DNS.
        order.small_sort_by_key(|&leg| Some(leg) == last);
        self.legs = vec![None; n_legs];
        for leg in order {
            let Some(key) = by_leg[leg].take() else { continue };
            let known = self.services.iter().position(|it| it.service == key.service);
            let idx = known.unwrap_or_else(|| {
                self.services.push(key.clone());
                self.services.len() - 1
            });
            self.legs[leg] = Some(idx);
        }
    }
}

/// Whether a hop is about a question to cluster DNS.
#[must_use]
pub fn is_question(hop: &Hop) -> bool {
    hop.stage == Stage::Dns || matches!(hop.before.payload, Payload::DnsQuery(..) | Payload::DnsAnswer(..))
}

/// The Service whose DNS name was asked first and has an answer (`name.namespace.svc.…`).
fn named(snapshot: &Snapshot, trace: &Trace) -> Option<ServiceKey> {
    trace.dns.iter().find_map(|lookup| {
        let labels: Vec<&str> = lookup.name.split('.').collect();
        let at = labels.iter().position(|it| *it == "svc").filter(|&at| at >= 2)?;
        let (name, namespace) = (labels[at - 2], labels[at - 1]);
        snapshot.get::<Service>(namespace, name)?;
        Some(NamespacedName::new(namespace, name).into())
    })
}

/// A Service of the learner's that has the trace's backend among its endpoints.
fn behind(snapshot: &Snapshot, trace: &Trace) -> Option<ServiceKey> {
    let address = trace.backend.as_ref()?.address.ip().to_string();
    snapshot
        .list::<EndpointSlice>()
        .filter(|slice| !is_system_namespace(&slice.metadata.namespace))
        .find(|slice| slice.endpoints.iter().any(|it| it.addresses.first() == Some(&address)))
        .and_then(|slice| Some(NamespacedName::new(&slice.metadata.namespace, slice.service_name()?).into()))
}

fn first_service(snapshot: &Snapshot) -> Option<ServiceKey> {
    let ours = |service: &&Service| !service.is_api_server() && !is_system_namespace(&service.metadata.namespace);
    let service = snapshot.list::<Service>().find(ours)?;
    Some(service.metadata.key().into())
}
