//! Who answered a burst of requests, beside what was to be expected.
//!
//! Counts come from the traces alone. Expectations come from kube-proxy's probabilities; where a load balancer
//! chose the node first, each node it chose from weighs the same. Behind an Ingress controller the endpoints of
//! a Service take turns. Where an earlier choice is remembered there is nothing to expect.

use crate::api::NamespacedName;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::trace::{Backend, Stage, Trace, Verdict};

/// A burst, counted.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Tally {
    /// Requests sent.
    pub sent: usize,
    /// One row for each backend that answered or could have, by node and address.
    pub rows: Vec<Row>,
    /// Requests that nobody answered, by verdict.
    pub failed: BTreeMap<Verdict, usize>,
    /// HTTP answers by status, where there were any.
    pub statuses: BTreeMap<u16, usize>,
    /// Source addresses that the backends saw.
    pub sources: BTreeSet<IpAddr>,
    /// What decided where they went.
    pub spread: Spread,
}

/// What decided where each request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Spread {
    /// Nothing that could be said of all requests.
    #[default]
    Unknown,
    /// One node's rules, by chance among so many endpoints.
    Rules(usize),
    /// A load balancer chose one of so many nodes, whose rules chose among all endpoints.
    Balancer(usize),
    /// A load balancer chose one of so many nodes, whose rules know only its own pods
    /// (`externalTrafficPolicy: Local`).
    OwnPods(usize),
    /// An Ingress controller, by turns.
    Turns,
    /// An earlier choice (`sessionAffinity: ClientIP`).
    Remembered,
}

/// One backend.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its address and port.
    pub address: SocketAddr,
    /// Its pod, if it is one.
    pub pod: Option<NamespacedName>,
    /// Its node, if known.
    pub node: Option<String>,
    /// How many requests it answered.
    pub count: usize,
    /// How many it would answer on average, where chance decides.
    pub expected: Option<f64>,
}

impl Tally {
    /// Counts `traces`.
    #[must_use]
    pub fn new(traces: &[Arc<Trace>]) -> Self {
        let mut tally = Self {
            sent: traces.len(),
            ..Self::default()
        };
        let mut rows: BTreeMap<(Option<String>, SocketAddr), Row> = BTreeMap::new();
        for trace in traces {
            if trace.verdict != Verdict::Delivered {
                *tally.failed.entry(trace.verdict).or_default() += 1;
            }
            if let Some(http) = &trace.http {
                *tally.statuses.entry(http.status).or_default() += 1;
            }
            if let Some(backend) = &trace.backend {
                row(&mut rows, backend).count += 1;
                tally.sources.extend(trace.source_seen);
            }
        }
        let (spread, expected) = expectations(traces);
        tally.spread = spread;
        for (backend, expected) in expected {
            row(&mut rows, backend).expected = Some(expected);
        }
        tally.rows = rows.into_values().collect();
        tally
    }

    /// The most that any bar has to show.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.rows
            .iter()
            .map(|row| row.expected.unwrap_or_default().max(row.count as f64))
            .fold(1.0, f64::max)
    }
}

fn row<'a>(rows: &'a mut BTreeMap<(Option<String>, SocketAddr), Row>, backend: &Backend) -> &'a mut Row {
    rows.entry((backend.node.clone(), backend.address))
        .or_insert_with(|| Row {
            address: backend.address,
            pod: backend.pod.clone(),
            node: backend.node.clone(),
            count: 0,
            expected: None,
        })
}

/// What decides, and how many answers each backend would give on average.
fn expectations(traces: &[Arc<Trace>]) -> (Spread, Vec<(&Backend, f64)>) {
    if traces.iter().any(|trace| remembers(trace)) {
        return (Spread::Remembered, Vec::new());
    }
    let through_proxy = |trace: &Trace| {
        let decision = trace.proxy.as_ref();
        let choices = decision.map_or(&[][..], |it| &it.backends);
        let last = trace.backend.as_ref();
        last.is_some_and(|last| choices.iter().all(|choice| choice.address != last.address))
    };
    if traces.iter().any(|trace| through_proxy(trace)) {
        (Spread::Turns, by_turns(traces))
    } else {
        by_chance(traces)
    }
}

/// Whether an earlier choice counts (`sessionAffinity: ClientIP`): then chance decides once only.
fn remembers(trace: &Trace) -> bool {
    trace.proxy.as_ref().is_some_and(|it| it.affinity)
}

/// kube-proxy decides, by the probabilities of its rules.
fn by_chance(traces: &[Arc<Trace>]) -> (Spread, Vec<(&Backend, f64)>) {
    let mut by_node: BTreeMap<&str, (usize, &[Backend])> = BTreeMap::new();
    let mut balanced = false;
    for trace in traces {
        let Some(decision) = &trace.proxy else {
            return (Spread::Unknown, Vec::new());
        };
        balanced |= trace.hops.iter().any(|hop| hop.stage == Stage::Balance);
        by_node.entry(&decision.node).or_insert((0, &decision.backends)).0 += 1;
    }
    let n_nodes = by_node.len();
    let own = by_node
        .iter()
        .all(|(node, (_, backends))| backends.iter().all(|it| it.node.as_deref() == Some(*node)));
    let mut expected: BTreeMap<SocketAddr, (&Backend, f64)> = BTreeMap::new();
    for (sent, backends) in by_node.into_values() {
        let weight = if balanced {
            traces.len() as f64 / n_nodes as f64
        } else {
            sent as f64
        };
        for backend in backends {
            expected.entry(backend.address).or_insert((backend, 0.0)).1 += weight * backend.probability;
        }
    }
    let spread = match (balanced, expected.len()) {
        (_, 0) => Spread::Unknown,
        (true, _) if own => Spread::OwnPods(n_nodes),
        (true, _) => Spread::Balancer(n_nodes),
        (false, n) if n_nodes == 1 => Spread::Rules(n),
        (false, _) => Spread::Unknown,
    };
    (spread, expected.into_values().collect())
}

/// An Ingress controller decides: the endpoints of a Service take turns.
fn by_turns(traces: &[Arc<Trace>]) -> Vec<(&Backend, f64)> {
    let mut services: BTreeMap<Option<&NamespacedName>, (usize, BTreeMap<SocketAddr, &Backend>)> = BTreeMap::new();
    for trace in traces {
        if let Some(backend) = &trace.backend {
            let service = trace.http.as_ref().and_then(|http| http.service.as_ref());
            let (count, backends) = services.entry(service).or_default();
            *count += 1;
            backends.insert(backend.address, backend);
        }
    }
    let shares = services.into_values().flat_map(|(count, backends)| {
        let share = count as f64 / backends.len() as f64;
        backends.into_values().map(move |backend| (backend, share))
    });
    shares.collect()
}

#[cfg(test)]
mod tests {
    use super::super::packet::{Packet, Payload, Protocol};
    use super::super::service_port_name::ServicePortName;
    use super::super::trace::{Direction, Hop, Place, ProxyDecision, ProxyVerdict};
    use super::super::why::Why;
    use super::*;

    fn backend(n: u8, node: &str, probability: f64) -> Backend {
        Backend {
            address: SocketAddr::from(([10, 244, 1, n], 80)),
            pod: Some(NamespacedName::new("default", format!("web-{n}"))),
            node: Some(node.to_owned()),
            probability,
        }
    }

    fn trace(node: &str, backends: &[Backend], chosen: Option<usize>, balanced: bool) -> Arc<Trace> {
        let packet = Packet {
            protocol: Protocol::Tcp,
            src: SocketAddr::from(([203, 0, 113, 10], 40_000)),
            dst: SocketAddr::from(([198, 51, 100, 1], 80)),
            mark: 0,
            payload: Payload::Syn,
        };
        let why = Why::Sends { to: packet.dst };
        let hop = Hop {
            at: Place::Client,
            stage: if balanced { Stage::Balance } else { Stage::Send },
            direction: Direction::Request,
            leg: 0,
            before: packet.clone(),
            after: Some(packet),
            rules: Vec::new(),
            object: None,
            span: None,
            why: why.clone(),
        };
        Arc::new(Trace {
            verdict: chosen.map_or(Verdict::Refused, |_| Verdict::Delivered),
            reason: why,
            proxy: Some(ProxyDecision {
                node: node.to_owned(),
                service: Some(Arc::new(ServicePortName {
                    service: NamespacedName::new("default", "web"),
                    port: String::new(),
                    protocol: Protocol::Tcp,
                })),
                verdict: ProxyVerdict::Deliver,
                backends: backends.to_vec(),
                masquerade: false,
                affinity: false,
            }),
            backend: chosen.map(|idx| backends[idx].clone()),
            source_seen: chosen.map(|_| IpAddr::from([203, 0, 113, 10])),
            http: None,
            dns: Vec::new(),
            hops: vec![hop],
        })
    }

    fn counts(tally: &Tally) -> Vec<(usize, Option<f64>)> {
        tally.rows.iter().map(|row| (row.count, row.expected)).collect()
    }

    #[test]
    fn rows_hold_backends_that_never_answered_too() {
        let all = [backend(1, "a", 0.5), backend(2, "a", 0.5)];
        let tally = Tally::new(&[trace("a", &all, Some(0), false), trace("a", &all, Some(0), false)]);
        assert_eq!(counts(&tally), [(2, Some(1.0)), (0, Some(1.0))]);
        assert_eq!((tally.most(), tally.sources.len()), (2.0, 1));
        assert_eq!(tally.spread, Spread::Rules(2));
    }

    #[test]
    fn behind_a_load_balancer_nodes_weigh_the_same() {
        let (a, c) = ([backend(1, "a", 1.0)], [backend(2, "c", 0.5), backend(3, "c", 0.5)]);
        let mut traces = vec![trace("a", &a, Some(0), true); 3];
        traces.push(trace("c", &c, Some(1), true));
        let tally = Tally::new(&traces);
        assert_eq!(counts(&tally), [(3, Some(2.0)), (0, Some(1.0)), (1, Some(1.0))]);
        assert_eq!(tally.spread, Spread::OwnPods(2));
    }

    #[test]
    fn behind_an_ingress_controller_endpoints_take_turns() {
        let controller = [backend(9, "a", 1.0)];
        let through = |n| {
            let mut trace = Trace::clone(&trace("a", &controller, Some(0), true));
            trace.backend = Some(backend(n, "a", 1.0));
            Arc::new(trace)
        };
        let tally = Tally::new(&[through(1), through(2), through(1)]);
        assert_eq!(counts(&tally), [(2, Some(1.5)), (1, Some(1.5))]);
        assert_eq!(tally.spread, Spread::Turns);
    }

    #[test]
    fn with_affinity_nothing_is_to_be_expected() {
        let mut remembered = Trace::clone(&trace("a", &[backend(1, "a", 1.0)], Some(0), false));
        if let Some(decision) = &mut remembered.proxy {
            decision.affinity = true;
        }
        assert_eq!(counts(&Tally::new(&[Arc::new(remembered)])), [(1, None)]);
    }

    #[test]
    fn failures_are_counted_by_verdict() {
        let tally = Tally::new(&[trace("a", &[], None, false), trace("a", &[], None, false)]);
        assert_eq!(tally.failed, BTreeMap::from([(Verdict::Refused, 2)]));
        assert!(tally.rows.is_empty());
    }
}
