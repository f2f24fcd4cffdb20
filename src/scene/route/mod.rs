//! Where packets run: the ways of a trace over a layout, and for each hop its position.
//!
//! A [`Way`] is one direction of one connection: a curve with its length. The reply runs back beside its
//! request wherever it passes the same stops. Ways that are highlighted at the same time form a group: a question to
//! cluster DNS stands alone, a connection and those opened on its behalf stand together.

mod lanes;
pub mod stops;

use std::ops::Range;

use crate::net::{Hop, Stage, Trace};

use super::geometry::{Curve, Point, offset};
use super::glyph::chevron;
use super::layout::Layout;
use super::layout::focus::is_question;
pub use lanes::{LanePath, Line, Visit, lines};
pub use stops::Stop;
use stops::{Run, runs};

/// One direction of one connection, drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Its line.
    pub curve: Curve,
    /// Connection of the trace, as [`Hop::leg`].
    pub leg: u8,
    /// Whether it carries the reply.
    pub reply: bool,
    /// Number of its group; the ways of one group are highlighted together.
    pub group: usize,
    /// Whether there is so little room that lines must be thin.
    pub fine: bool,
    /// Indices of its hops in the trace.
    pub hops: Range<usize>,
    /// The stops it passes, in order.
    pub passes: Vec<Pass>,
}

/// The part of a way at one stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pass {
    /// The stop.
    pub stop: Stop,
    /// Length along the way's curve at which it begins, in pixels.
    pub start: f64,
    /// Length along the way's curve at which it ends, in pixels.
    pub end: f64,
}

impl Pass {
    /// At a stop, between two corners of the curve.
    #[must_use]
    pub fn new(stop: Stop, curve: &Curve, visit: Visit) -> Self {
        Self {
            stop,
            start: curve.vertices[visit.first],
            end: curve.vertices[visit.last],
        }
    }
}

/// From arrow to arrow on a lane.
const CHEVRON_STEP: f64 = 46.0;

impl Way {
    /// Number of arrows along its first `done` pixels.
    #[must_use]
    pub fn n_chevrons(&self, done: f64) -> usize {
        (((done - 44.0) / CHEVRON_STEP).ceil()).max(0.0) as usize
    }

    /// The first `n` arrows as path data; none in bends.
    #[must_use]
    pub fn first_chevrons(&self, n: usize) -> String {
        let mut d = String::new();
        for idx in 0..n {
            let along = 26.0 + idx as f64 * CHEVRON_STEP;
            if self.curve.is_straight(along, 7.0) {
                let (at, heading) = self.curve.at(along);
                chevron(&mut d, at, heading, self.reply);
            }
        }
        d
    }
}

/// The place where a hop happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HopPosition {
    /// Index into [`Routes::ways`].
    pub way: usize,
    /// Length along the way's curve, in pixels.
    pub along: f64,
    /// The point of the stage at that length.
    pub at: Point,
    /// The heading there, in degrees.
    pub heading: f64,
    /// The stop that it is at; `None` for a hop at a place that is not on the stage.
    pub stop: Option<Stop>,
}

/// All ways of a trace, and the positions of its hops.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Routes {
    /// In the order of time.
    pub ways: Vec<Way>,
    /// One for each hop.
    pub positions: Vec<HopPosition>,
}

impl Routes {
    /// The ways of `trace` over `layout`.
    #[must_use]
    pub fn new(layout: &Layout, trace: &Trace) -> Self {
        let runs = runs(layout, &trace.hops);
        let groups = groups(&runs, &trace.hops);
        let mut routes = Self::default();
        let mut drawn: Vec<Option<Drawn>> = vec![None; runs.len()];
        for group in 0..groups.iter().max().map_or(0, |it| it + 1) {
            draw_group(layout, &runs, &groups, group, &mut drawn);
        }
        for (run, drawn) in runs.iter().zip(drawn) {
            let Some(drawn) = drawn else { continue };
            let way = routes.ways.len();
            for (along, stop) in alongs(layout, run, &drawn, &trace.hops) {
                let (at, heading) = drawn.curve.at(along);
                routes.positions.push(HopPosition {
                    way,
                    along,
                    at,
                    heading,
                    stop,
                });
            }
            routes.ways.push(Way {
                passes: drawn
                    .passes
                    .iter()
                    .map(|(stop, visit)| Pass::new(*stop, &drawn.curve, *visit))
                    .collect(),
                curve: drawn.curve,
                leg: run.leg,
                reply: run.reply,
                group: drawn.group,
                fine: drawn.fine,
                hops: run.hops.clone(),
            });
        }
        routes
    }
}

/// The group of each run; those of one group are highlighted together: each question to DNS by itself, the rest together.
fn groups(runs: &[Run], hops: &[Hop]) -> Vec<usize> {
    let mut of_leg: Vec<(u8, usize)> = Vec::new();
    let mut main = None;
    let mut next = 0;
    runs.iter()
        .map(|run| {
            if let Some(&(_, group)) = of_leg.iter().find(|it| it.0 == run.leg) {
                return group;
            }
            let hops = &hops[run.hops.clone()];
            let asks_dns = is_dns(hops);
            let group = match main {
                Some(group) if !asks_dns => group,
                _ => {
                    next += 1;
                    next - 1
                }
            };
            if !asks_dns {
                main = Some(group);
            }
            of_leg.push((run.leg, group));
            group
        })
        .collect()
}

/// Whether hops are about a question to cluster DNS and nothing else.
#[must_use]
pub fn is_dns(hops: &[Hop]) -> bool {
    hops.iter().all(is_question)
}

/// A run with its curve.
#[derive(Clone)]
struct Drawn {
    curve: Curve,
    /// Its corners, in the middle between both directions.
    points: Vec<Point>,
    group: usize,
    fine: bool,
    /// Stops, and its corners there.
    passes: Vec<(Stop, Visit)>,
    /// For each hop of the run, which of `passes` it happens at.
    at: Vec<usize>,
}

fn draw_group(layout: &Layout, runs: &[Run], groups: &[usize], group: usize, drawn: &mut [Option<Drawn>]) {
    let members: Vec<usize> = (0..runs.len()).filter(|&it| groups[it] == group).collect();
    // Replies that go back over their request share its path.
    let mut paths: Vec<LanePath> = Vec::new();
    let mut path_of: Vec<(usize, usize, Option<Vec<usize>>)> = Vec::new();
    for &member in &members {
        let run = &runs[member];
        if run.stops.is_empty() {
            continue;
        }
        let there = run.reply.then(|| {
            path_of.iter().rev().find_map(|(other, path, back)| {
                let is_request = back.is_none() && runs[*other].leg == run.leg && !runs[*other].reply;
                let places = is_request.then(|| run.retraces(&runs[*other].stops)).flatten()?;
                Some((*path, places))
            })
        });
        match there.flatten() {
            Some((path, places)) => path_of.push((member, path, Some(places))),
            None => {
                paths.push(LanePath {
                    stops: run.stops.clone(),
                    width: 0.0,
                });
                path_of.push((member, paths.len() - 1, None));
            }
        }
    }
    let (lines, scale) = lines(layout, &paths);
    let lane = layout.dims.lane * scale;
    for (member, path, back) in path_of {
        let line = &lines[path];
        let stops = &paths[path].stops;
        let n_points = line.points.len();
        let (points, passes, at) = match back {
            None => {
                let passes = stops.iter().copied().zip(line.visits.iter().copied()).collect();
                (line.points.clone(), passes, runs[member].at.clone())
            }
            Some(at) => {
                let points: Vec<Point> = line.points.iter().rev().copied().collect();
                let flip = |it: Visit| Visit {
                    first: n_points - 1 - it.last,
                    last: n_points - 1 - it.first,
                };
                let passes: Vec<_> = stops
                    .iter()
                    .zip(&line.visits)
                    .rev()
                    .map(|(stop, it)| (*stop, flip(*it)))
                    .collect();
                (points, passes, at)
            }
        };
        drawn[member] = Some(Drawn {
            curve: Curve::new(&offset(&points, lane), layout.dims.bend),
            points,
            group,
            fine: lane < 3.0,
            passes,
            at,
        });
    }
}

/// For each hop of a run the length along its curve in pixels, and the stop.
fn alongs(layout: &Layout, run: &Run, drawn: &Drawn, hops: &[Hop]) -> Vec<(f64, Option<Stop>)> {
    let n_hops = run.hops.len();
    let mut out = vec![(0.0, None); n_hops];
    if drawn.at.len() != n_hops || drawn.passes.is_empty() {
        return out;
    }
    let mut idx = 0;
    while idx < n_hops {
        let pass = drawn.at[idx].min(drawn.passes.len() - 1);
        let end = (idx..n_hops)
            .find(|&it| drawn.at[it] != drawn.at[idx])
            .unwrap_or(n_hops);
        let here = &hops[run.hops.clone()][idx..end];
        let (stop, Visit { first, last }) = drawn.passes[pass];
        let turns = (drawn.points[first].x - drawn.points[last].x).abs() > 1.0;
        let corners = &drawn.curve.vertices[first..=last];
        let alongs = match stop {
            Stop::Switch(_) => spread(layout, here, corners, turns),
            Stop::Pod(..) | Stop::Client | Stop::Outside(_) => {
                vec![beside(corners, drawn.curve.total, layout.compact); here.len()]
            }
        };
        for (offset, along) in alongs.into_iter().enumerate() {
            out[idx + offset] = (along, Some(stop));
        }
        idx = end;
    }
    // Time never runs backwards along a way.
    for idx in 1..n_hops {
        out[idx].0 = out[idx].0.max(out[idx - 1].0);
    }
    out
}

/// Length along a way at which a packet stands beside a pod or a machine: tail to it when it leaves, nose to it when it arrives, and
/// past it where it is passed on.
fn beside(corners: &[f64], total: f64, compact: bool) -> f64 {
    let reach: f64 = if compact { 10.0 } else { 13.0 };
    let (first, last) = (corners[0], corners[corners.len() - 1]);
    if first <= 0.0 {
        reach.min(total / 2.0)
    } else if last >= total - 0.5 {
        (total - reach).max(total / 2.0)
    } else {
        last + reach
    }
}

/// Spreads the hops of one pass through a switch over its corners: the choice of a destination at the row that
/// matched, a new source opposite of it or on the way out, the rest between.
fn spread(layout: &Layout, hops: &[Hop], corners: &[f64], turns: bool) -> Vec<f64> {
    let n_hops = hops.len();
    let (start, end) = (corners[0], corners[corners.len() - 1]);
    let middle = (start + end) / 2.0;
    let mut anchors: Vec<Option<f64>> = vec![None; n_hops];
    for (hop, anchor) in hops.iter().zip(&mut anchors) {
        *anchor = match hop.stage {
            _ if hop.after.is_none() => Some(if corners.len() == 2 { end } else { middle }),
            Stage::Dnat if is_rewritten(hop) && turns => Some(corners[1]),
            Stage::Dnat if is_rewritten(hop) && corners.len() == 4 => Some(corners[row_corner(layout, hop)]),
            Stage::Snat if is_rewritten(hop) && turns => Some(corners[2]),
            Stage::Snat if is_rewritten(hop) => Some(end),
            Stage::Undo if turns => Some(middle),
            Stage::Undo => Some(end),
            _ => None,
        };
    }
    if anchors.iter().all(Option::is_none) {
        // Nothing is decided here: spread evenly.
        return (0..n_hops)
            .map(|k| start + (end - start) * (k as f64 + 0.5) / n_hops as f64)
            .collect();
    }
    // Between two anchors evenly; before the first from the way in, after the last to the way out.
    let mut out = Vec::with_capacity(n_hops);
    let mut before = (0, start);
    for k in 0..n_hops {
        if let Some(at) = anchors[k] {
            before = (k, at);
        }
        let next = (k..n_hops)
            .find_map(|it| anchors[it].map(|at| (it, at)))
            .unwrap_or((n_hops - 1, end));
        let span = next.0 - before.0;
        let part = if span == 0 {
            0.0
        } else {
            (k - before.0) as f64 / span as f64
        };
        out.push(before.1 + (next.1 - before.1) * part);
    }
    out
}

/// Of the four corners of a straight pass, the one beside the rule row that a packet matched: rows stand from
/// above, so the second corner is the first row only on the way down.
fn row_corner(layout: &Layout, hop: &Hop) -> usize {
    let outline = layout.outline_of_leg(hop.leg).map(|idx| &layout.outlines[idx]);
    let row = outline.and_then(|it| it.facts.row_of(hop.before.dst)).unwrap_or(0);
    let comes_from_pod = layout
        .nodes
        .iter()
        .flat_map(|it| &it.pods)
        .any(|it| it.has_address(hop.before.src.ip()));
    if (row == 0) == comes_from_pod { 2 } else { 1 }
}

/// Whether a hop changed an address.
#[must_use]
pub fn is_rewritten(hop: &Hop) -> bool {
    hop.after
        .as_ref()
        .is_some_and(|after| after.src != hop.before.src || after.dst != hop.before.dst)
}
