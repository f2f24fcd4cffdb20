//! Links at rest. Where a lit way runs, its lanes stand for the wire.

use super::super::geometry::pt;
use super::super::layout::Layout;
use super::super::route::{Routes, Stop};
use super::super::shape::Shape;
use super::glyph::path;
use super::highlight::Highlight;
use crate::small_sort::SmallSort as _;

/// Pieces of wire that lit ways run along.
#[derive(Debug, Default)]
pub struct Used {
    /// Nodes whose wire up to the network is taken.
    upper: Vec<usize>,
    /// Nodes whose switch is passed, and whether the way turns in it.
    switches: Vec<(usize, bool)>,
    /// Pods whose branch is taken.
    pods: Vec<(usize, usize)>,
    /// Spans of the wires between nodes, by row.
    spans: Vec<(usize, f64, f64)>,
    /// Columns outside that are taken.
    drops: Vec<f64>,
}

impl Used {
    /// What the ways of `lit` take.
    #[must_use]
    pub fn new(layout: &Layout, routes: &Routes, lit: &Highlight) -> Self {
        let mut used = Self::default();
        for &(way, until) in &lit.ways {
            let way = &routes.ways[way];
            for pair in way.passes.windows(2) {
                if pair[0].2 < until - 0.5 {
                    used.take(layout, pair[0].0, pair[1].0);
                }
            }
            for (idx, pass) in way.passes.iter().enumerate() {
                let Stop::Switch(node) = pass.0 else { continue };
                if pass.1 > until {
                    continue;
                }
                let is_pod = |it: Option<&(Stop, f64, f64)>| it.map(|it| matches!(it.0, Stop::Pod(..)));
                let before = is_pod(idx.checked_sub(1).and_then(|it| way.passes.get(it)));
                let after = is_pod(way.passes.get(idx + 1));
                used.switches.push((node, before.is_some() && before == after));
            }
        }
        used
    }

    /// Whether a lit way passes a node's switch; inside, whether it turns there.
    #[must_use]
    pub fn switch(&self, node: usize) -> Option<bool> {
        let mut here = self.switches.iter().filter(|it| it.0 == node).map(|it| it.1).peekable();
        here.peek()?;
        Some(here.any(|it| it))
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
            (Stop::Pod(node, pod), _) | (_, Stop::Pod(node, pod)) => self.pods.push((node, pod)),
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
            self.spans.push((row, a.min(b), a.max(b)));
        }
    }

    fn has_span(&self, row: usize, a: f64, b: f64) -> bool {
        let middle = (a + b) / 2.0;
        self.spans
            .iter()
            .any(|it| it.0 == row && it.1 < middle && middle < it.2)
    }
}

/// The wires at rest outside nodes: between machines, and up to the client.
pub fn between(out: &mut Vec<Shape>, layout: &Layout, used: &Used) {
    for (row, shape) in layout.rows.iter().enumerate() {
        // Each column of wire with how far lanes reach to its sides.
        let mut xs: Vec<(f64, f64)> = layout
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, it)| it.row == row)
            .map(|(idx, it)| (it.track, used.reach(layout, idx)))
            .collect();
        if row == 0 {
            let drops = layout.outside.iter().filter(|it| it.center.x != layout.client.x);
            let columns = drops.map(|it| it.center.x).chain([layout.client.x]);
            for x in columns {
                match xs.iter_mut().find(|it| (it.0 - x).abs() < 1.0) {
                    Some(it) if used.drops.iter().any(|drop| (drop - x).abs() < 1.0) => {
                        it.1 = it.1.max(layout.dims.lane)
                    }
                    Some(_) => {}
                    None => xs.push((x, 0.0)),
                }
            }
        }
        xs.extend(layout.trunk.map(|x| (x, 0.0)));
        xs.small_sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut d = String::new();
        for pair in xs.windows(2) {
            if used.has_span(row, pair[0].0, pair[1].0) {
                continue;
            }
            let (from, to) = (pair[0].0 + pair[0].1, pair[1].0 - pair[1].1);
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
    let lit: Vec<usize> = used.pods.iter().filter(|it| it.0 == idx).map(|it| it.1).collect();
    let deepest = lit
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
        if lit.contains(&pod) {
            continue;
        }
        let (py, edge) = (shape.center.y, shape.center.x - shape.r);
        d.push_str(&path("M# #Q# # # #H#", &[x, py - 12.0, x, py, x + 12.0, py, edge]));
    }
    if !d.is_empty() {
        out.push(Shape::path("wire", d));
    }
}
