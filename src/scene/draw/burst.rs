//! Many requests at once: flows whose width is their share, packets in flight, and a count at each pod.

use std::sync::Arc;

use crate::api::NamespacedName;
use crate::net::tally::Tally;
use crate::net::{Stage, Trace, Verdict};

use super::super::geometry::{Curve, Point, pt};
use super::super::glyph;
use super::super::layout::Layout;
use super::super::route::stops::{Stop, runs};
use super::super::route::{LanePath, Pass, Routes, Way, is_rewritten, lines};
use super::super::timeline::BurstTimeline;
use super::highlight::{End, Highlight, Match};
use super::wires::Used;

/// Width of the flow of all packets, in pixels.
const WHOLE: f64 = 24.0;

/// Least width of a flow, in pixels.
const THINNEST: f64 = 2.0;

/// The bar of a pod, in answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Answers.
    pub count: usize,
    /// Answers to be expected.
    pub expected: f64,
    /// Answers at full length.
    pub most: f64,
}

/// Packets that take the same way.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Width in pixels.
    pub width: f64,
    /// Packets that take it.
    pub n_packets: usize,
    /// Their end; `None` where they arrive.
    pub end: Option<End>,
}

/// A burst over a layout.
#[derive(Clone, Debug)]
pub struct Burst {
    /// The flows, as ways; `flows[idx]` belongs to `routes.ways[idx]`.
    pub routes: Routes,
    /// The flows.
    pub flows: Vec<Flow>,
    /// For each packet its flow.
    pub packets: Vec<usize>,
    /// Rows of rules by which traffic came.
    pub matches: Vec<Match>,
    /// The time of each packet.
    pub burst_timeline: BurstTimeline,
    /// Share of each node among those that the outside sends to: where it is said, and how much in percent.
    pub shares: Vec<(Point, u32)>,
    /// For each packet the pod that answered it; `None` where none did.
    pods: Vec<Option<NamespacedName>>,
    tally: Tally,
}

impl Burst {
    /// The burst of `traces` over `layout`.
    #[must_use]
    pub fn new(layout: &Layout, traces: &[Arc<Trace>]) -> Self {
        let mut paths: Vec<(Vec<Stop>, Option<End>)> = Vec::new();
        let mut packets = Vec::with_capacity(traces.len());
        let mut matches: Vec<Match> = Vec::new();
        for trace in traces {
            let stops = stops_of(layout, trace);
            let end = match trace.verdict {
                Verdict::Delivered => None,
                Verdict::Timeout => Some(End::Silence),
                _ => Some(End::Refused),
            };
            let flow = paths.iter().position(|it| it.0 == stops && it.1 == end);
            packets.push(flow.unwrap_or_else(|| {
                paths.push((stops, end));
                paths.len() - 1
            }));
            for found in matched(layout, trace, end) {
                if !matches.contains(&found) {
                    matches.push(found);
                }
            }
        }
        let total = traces.len().max(1) as f64;
        let whole = WHOLE * if layout.compact { 0.75 } else { 1.0 };
        let counts: Vec<usize> = (0..paths.len())
            .map(|flow| packets.iter().filter(|it| **it == flow).count())
            .collect();
        let lanes: Vec<LanePath> = paths
            .iter()
            .zip(&counts)
            .map(|((stops, _), n)| LanePath {
                stops: stops.clone(),
                width: (whole * *n as f64 / total).max(THINNEST),
            })
            .collect();
        let (drawn, scale) = lines(layout, &lanes);
        let mut routes = Routes::default();
        let mut flows = Vec::new();
        for (idx, line) in drawn.into_iter().enumerate() {
            let points = if line.points.len() < 2 {
                vec![pt(0.0, 0.0), pt(0.1, 0.0)]
            } else {
                line.points
            };
            let curve = Curve::new(&points, 12.0);
            let passes = lanes[idx].stops.iter().zip(&line.visits);
            routes.ways.push(Way {
                passes: passes.map(|(stop, visit)| Pass::new(*stop, &curve, *visit)).collect(),
                curve,
                leg: 0,
                reply: false,
                group: 0,
                fine: false,
                hops: 0..0,
            });
            flows.push(Flow {
                width: lanes[idx].width * scale,
                n_packets: counts[idx],
                end: paths[idx].1,
            });
        }
        let shares = shares(layout, &routes, &flows, traces.len());
        Self {
            routes,
            flows,
            packets,
            matches,
            burst_timeline: BurstTimeline {
                n_packets: traces.len(),
            },
            shares,
            pods: traces.iter().map(|it| it.backend.as_ref()?.pod.clone()).collect(),
            tally: Tally::new(traces),
        }
    }

    /// The bar of a pod once the first `arrived` packets have; `None` for pods that cannot answer.
    #[must_use]
    pub fn count(&self, namespace: &str, name: &str, arrived: usize) -> Option<Share> {
        let is_it = |pod: &NamespacedName| pod.namespace == namespace && pod.name == name;
        let row = self.tally.rows.iter().find(|it| it.pod.as_ref().is_some_and(is_it))?;
        let here = self.pods.iter().take(arrived).flatten().filter(|it| is_it(it));
        Some(Share {
            count: here.count(),
            expected: row.expected.unwrap_or(row.count as f64),
            most: self.tally.most() * 1.08,
        })
    }

    /// Whether any of the first `arrived` packets took a flow.
    #[must_use]
    pub fn has_ended(&self, flow: usize, arrived: usize) -> bool {
        self.packets.iter().take(arrived).any(|it| *it == flow)
    }

    /// All packets in flight at `ms`, as the data of one path.
    #[must_use]
    pub fn packets_at(&self, layout: &Layout, ms: f64) -> String {
        let scale = if layout.compact { 0.75 } else { 1.0 };
        let mut d = String::new();
        for (idx, &flow) in self.packets.iter().enumerate() {
            let Some(part) = self.burst_timeline.at(idx, ms) else {
                continue;
            };
            let curve = &self.routes.ways[flow].curve;
            let (at, heading) = curve.at(curve.total * part);
            let small = if self.flows[flow].width < 8.0 { 0.75 } else { 0.95 };
            glyph::mini(&mut d, at, heading, small * scale);
        }
        d
    }

    /// The wires that flows stand for.
    pub(super) fn used(&self, layout: &Layout) -> Used {
        let highlight = Highlight {
            ways: (0..self.routes.ways.len()).map(|it| (it, f64::INFINITY)).collect(),
            ..Highlight::default()
        };
        Used::new(layout, &self.routes, &highlight)
    }
}

/// The stops that the requests of a trace pass, one connection after the other; questions to DNS left out.
fn stops_of(layout: &Layout, trace: &Trace) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    for run in runs(layout, &trace.hops).iter().filter(|it| !it.reply) {
        let hops = &trace.hops[run.hops.clone()];
        if super::super::route::is_dns(hops) {
            continue;
        }
        for stop in &run.stops {
            if stops.last() != Some(stop) {
                stops.push(*stop);
            }
        }
    }
    if stops.is_empty() {
        stops.push(Stop::Client);
    }
    stops
}

fn matched(layout: &Layout, trace: &Trace, end: Option<End>) -> Vec<Match> {
    let last = layout.outline_of.iter().rev().find_map(|it| *it);
    let mut found = Vec::new();
    for hop in &trace.hops {
        let dies = hop.after.is_none() && hop.object.is_some();
        if layout.outline_of_leg(hop.leg) != last || !(hop.stage == Stage::Dnat && is_rewritten(hop) || dies) {
            continue;
        }
        let crate::net::Place::Node(name) = &hop.at else {
            continue;
        };
        let node = layout.nodes.iter().position(|it| it.name == *name);
        let row = last.and_then(|it| layout.outlines[it].facts.row_of(hop.before.dst));
        if let (Some(node), Some(row)) = (node, row) {
            found.push(Match {
                node,
                row,
                end: end.filter(|_| dies),
            });
        }
    }
    found
}

/// What part of the packets from outside each node gets first, said on the wire to it.
fn shares(layout: &Layout, routes: &Routes, flows: &[Flow], n_packets: usize) -> Vec<(Point, u32)> {
    let mut by_node: Vec<usize> = vec![0; layout.nodes.len()];
    for (way, flow) in routes.ways.iter().zip(flows) {
        let first = way
            .passes
            .windows(2)
            .find_map(|pair| match (pair[0].stop, pair[1].stop) {
                (Stop::Client | Stop::Outside(_), Stop::Switch(node)) => Some(node),
                _ => None,
            });
        if let Some(node) = first {
            by_node[node] += flow.n_packets;
        }
    }
    if by_node.iter().filter(|it| **it > 0).count() < 2 {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (node, n) in layout.nodes.iter().zip(by_node) {
        let x = (layout.client.x + node.track) / 2.0;
        if n > 0 && node.row == 0 && (node.track - layout.client.x).abs() > 90.0 {
            let percent = (n as f64 * 100.0 / n_packets as f64).round() as u32;
            out.push((pt(x, layout.rows[0].bus), percent));
        }
    }
    out
}
