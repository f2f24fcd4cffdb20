//! Links at rest. Where a highlighted way runs, its lanes stand for the wire.

use super::super::geometry::pt;
use super::super::glyph::path;
use super::super::layout::Layout;
use super::super::route::{Pass, Routes, Stop};
use super::super::shape::Shape;
use super::highlight::Highlight;
use crate::small_sort::SmallSort as _;

/// Pieces of wire that highlighted ways run along.
#[derive(Debug, Default)]
pub struct Used {
    /// Nodes whose wire up to the network is taken.
    upper: Vec<usize>,
    /// Switches that are passed.
    switches: Vec<PassedSwitch>,
    /// Pods whose branch is taken.
    pods: Vec<TakenPod>,
    /// Spans of the wires between nodes.
    spans: Vec<Span>,
    /// Columns outside that are taken.
    drops: Vec<f64>,
}

/// A switch that a highlighted way passes.
#[derive(Clone, Copy, Debug)]
struct PassedSwitch {
    node: usize,
    /// Whether the way turns in it, back to the pods it came from.
    turns: bool,
}

/// A pod whose branch a highlighted way takes.
#[derive(Clone, Copy, Debug)]
struct TakenPod {
    node: usize,
    /// Index among the node's pods.
    pod: usize,
}

/// A part of the wire above a row of nodes.
#[derive(Clone, Copy, Debug)]
struct Span {
    row: usize,
    left: f64,
    right: f64,
}

/// A column of wire that meets the one above a row of nodes.
struct Column {
    x: f64,
    /// How far highlighted lanes reach to both of its sides, in pixels.
    reach: f64,
}

impl Used {
    /// The pieces, switches and branches that the ways of `highlight` take.
    #[must_use]
    pub fn new(layout: &Layout, routes: &Routes, highlight: &Highlight) -> Self {
        let mut used = Self::default();
        for &(way, until) in &highlight.ways {
            let way = &routes.ways[way];
            for pair in way.passes.windows(2) {
                if pair[0].end < until - 0.5 {
                    used.take(layout, pair[0].stop, pair[1].stop);
                }
            }
            for (idx, pass) in way.passes.iter().enumerate() {
                let Stop::Switch(node) = pass.stop else { continue };
                if pass.start > until {
                    continue;
                }
                let is_pod = |it: Option<&Pass>| it.map(|it| matches!(it.stop, Stop::Pod(..)));
                let before = is_pod(idx.checked_sub(1).and_then(|it| way.passes.get(it)));
                let after = is_pod(way.passes.get(idx + 1));
                used.switches.push(PassedSwitch {
                    node,
                    turns: before.is_some() && before == after,
                });
            }
        }
        used
    }

    /// Whether a highlighted way passes a node's switch; inside, whether it turns there.
    #[must_use]
    pub fn switch(&self, node: usize) -> Option<bool> {
        let mut here = self.switches.iter().filter(|it| it.node == node).peekable();
        here.peek()?;
        Some(here.any(|it| it.turns))
    }

    /// How far the lanes above a node reach to both sides of its track.
    fn reach(&self, layout: &Layout, node: usize) -> f64 {
        if !self.upper.contains(&node) {
            0.0
        } else if self.switch(node) == Some(true) {
            layout.dims.turn
        } else {
            layout.dims.lane
        }
    }

    fn take(&mut self, layout: &Layout, a: Stop, b: Stop) {
        match (a, b) {
            (Stop::Pod(node, pod), _) | (_, Stop::Pod(node, pod)) => self.pods.push(TakenPod { node, pod }),
            (Stop::Switch(a), Stop::Switch(b)) => {
                self.upper.extend([a, b]);
                let (a, b) = (&layout.nodes[a], &layout.nodes[b]);
                if a.row == b.row {
                    self.span(a.row, a.track, b.track);
                } else {
                    let trunk = layout.trunk.unwrap_or(layout.field.x);
                    self.span(a.row, a.track, trunk);
                    self.span(b.row, b.track, trunk);
                }
            }
            (outside, Stop::Switch(node)) | (Stop::Switch(node), outside) => {
                self.upper.push(node);
                let x = match outside {
                    Stop::Outside(idx) => layout.outside[idx].center.x,
                    _ => layout.client.x,
                };
                self.drops.push(x);
                let node = &layout.nodes[node];
                if node.row == 0 {
                    self.span(0, x, node.track);
                } else {
                    let trunk = layout.trunk.unwrap_or(layout.field.x);
                    self.span(0, x, trunk);
                    self.span(node.row, trunk, node.track);
                }
            }
            _ => self.drops.push(layout.client.x),
        }
    }

    fn span(&mut self, row: usize, a: f64, b: f64) {
        if (a - b).abs() > 1.0 {
            self.spans.push(Span {
                row,
                left: a.min(b),
                right: a.max(b),
            });
        }
    }

    fn has_span(&self, row: usize, a: f64, b: f64) -> bool {
        let middle = (a + b) / 2.0;
        self.spans
            .iter()
            .any(|it| it.row == row && it.left < middle && middle < it.right)
    }
}

/// The wires at rest outside nodes: between machines, and up to the client.
pub fn between(out: &mut Vec<Shape>, layout: &Layout, used: &Used) {
    for (row, shape) in layout.rows.iter().enumerate() {
        let mut columns: Vec<Column> = layout
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, it)| it.row == row)
            .map(|(idx, it)| Column {
                x: it.track,
                reach: used.reach(layout, idx),
            })
            .collect();
        if row == 0 {
            let drops = layout.outside.iter().filter(|it| it.center.x != layout.client.x);
            for x in drops.map(|it| it.center.x).chain([layout.client.x]) {
                match columns.iter_mut().find(|it| (it.x - x).abs() < 1.0) {
                    Some(it) if used.drops.iter().any(|drop| (drop - x).abs() < 1.0) => {
                        it.reach = it.reach.max(layout.dims.lane)
                    }
                    Some(_) => {}
                    None => columns.push(Column { x, reach: 0.0 }),
                }
            }
        }
        columns.extend(layout.trunk.map(|x| Column { x, reach: 0.0 }));
        columns.small_sort_by(|a, b| a.x.total_cmp(&b.x));
        let mut d = String::new();
        for pair in columns.windows(2) {
            let (left, right) = (&pair[0], &pair[1]);
            if used.has_span(row, left.x, right.x) {
                continue;
            }
            let (from, to) = (left.x + left.reach, right.x - right.reach);
            d.push_str(&path("M# #H#", &[from, shape.bus, to]));
        }
        if !d.is_empty() {
            out.push(Shape::path("wire", d));
        }
    }
    if let (Some(trunk), Some(first), Some(last)) = (layout.trunk, layout.rows.first(), layout.rows.last()) {
        out.push(Shape::path("wire", path("M# #V#", &[trunk, first.bus, last.bus])));
    }
    for (idx, node) in layout.nodes.iter().enumerate() {
        if !used.upper.contains(&idx) {
            let bus = layout.rows[node.row].bus;
            out.push(Shape::path("wire", path("M# #V#", &[node.track, bus, node.rect.y])));
        }
    }
    let Some(bus) = layout.rows.first().map(|it| it.bus) else {
        return;
    };
    let is_free = |x: f64| !used.drops.iter().any(|drop| (drop - x).abs() < 1.0);
    if is_free(layout.client.x) {
        out.push(Shape::path(
            "wire",
            path("M# #V#", &[layout.client.x, layout.client.y + 14.0, bus]),
        ));
    }
    for shape in layout
        .outside
        .iter()
        .filter(|it| (it.center.x - layout.client.x).abs() > 1.0)
    {
        if is_free(shape.center.x) {
            let from = pt(shape.center.x, shape.center.y + shape.half.1);
            out.push(Shape::path("wire", path("M# #V#", &[from.x, from.y, bus])));
        }
    }
}

/// The track at rest inside a node: from its network port through the switch to its pods.
pub fn inside(out: &mut Vec<Shape>, layout: &Layout, used: &Used, idx: usize) {
    let node = &layout.nodes[idx];
    let (x, (y0, y1)) = (node.track, node.switch);
    let mut d = String::new();
    if !used.upper.contains(&idx) {
        d.push_str(&path("M# #V#", &[x, node.rect.y, y0]));
    }
    let highlight: Vec<usize> = used.pods.iter().filter(|it| it.node == idx).map(|it| it.pod).collect();
    let deepest = highlight
        .iter()
        .map(|&pod| node.pods[pod].center.y)
        .fold(f64::NEG_INFINITY, f64::max);
    let mut top = y1;
    if deepest > top {
        top = deepest;
    }
    if let Some(last) = node.pods.last() {
        let bottom = last.center.y - 10.0;
        if bottom > top {
            d.push_str(&path("M# #V#", &[x, top, bottom]));
        }
    }
    for (pod, shape) in node.pods.iter().enumerate() {
        if highlight.contains(&pod) {
            continue;
        }
        let (py, edge) = (shape.center.y, shape.center.x - shape.r);
        d.push_str(&path("M# #Q# # # #H#", &[x, py - 12.0, x, py, x + 12.0, py, edge]));
    }
    if !d.is_empty() {
        out.push(Shape::path("wire", d));
    }
}
