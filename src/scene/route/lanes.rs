//! From paths to lines: which column of a node's track and which level of the wire each of them takes, so
//! that nothing that is highlighted at once lies on top of something else.
//!
//! A path is drawn around a center line; the request runs left of it, the reply, going the other way, on
//! the other side. Columns are ordered by where they lead: those that leave to the left stand left, those that
//! leave to the right stand right, the higher of two levels further inside. So turns nest instead of crossing.

use crate::small_sort::SmallSort as _;
use std::collections::BTreeMap;

use super::super::geometry::{Point, pt};
use super::super::layout::Layout;
use super::stops::Stop;

/// The way between two neighbors of a path that are not in the same node.
#[derive(Clone, Debug, PartialEq)]
struct Link {
    /// Ends: heights or columns are looked up by these.
    from: usize,
    to: usize,
    /// Straight up and down: the outside stands above the node.
    upright: bool,
    /// Row of nodes → which level of its wire.
    levels: Vec<(usize, usize)>,
}

/// A path through the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct LanePath {
    /// The stops in order.
    pub stops: Vec<Stop>,
    /// Width of the lane in pixels; 0: whatever is usual for one connection.
    pub width: f64,
}

/// A path with its points.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The center line.
    pub points: Vec<Point>,
    /// For each stop of the path, the part of the line there.
    pub visits: Vec<Visit>,
}

/// The part of a line at one stop, by indices of its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The first point.
    pub first: usize,
    /// The last point.
    pub last: usize,
}

/// A column of a node's track that one pass of one path takes.
#[derive(Clone, Copy, Debug)]
struct Column {
    path: usize,
    /// Index of the stop in the path.
    stop: usize,
    /// 0: the way in (or the only one), 1: the way out of a U-turn.
    leg: usize,
    key: f64,
    width: f64,
    offset: f64,
}

/// A pass between a pod and its node's switch.
#[derive(Clone, Copy, Debug)]
struct Height {
    path: usize,
    /// Index of the pod's stop.
    stop: usize,
    /// Index of the switch's stop.
    switch: usize,
    /// Column of the pass.
    x: f64,
    width: f64,
    shift: f64,
}

/// The origin or the destination of a pass through a switch.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    /// Another machine, or the outside; by which link.
    Top(usize),
    /// A pod of the same node.
    Bottom(usize),
    /// Nowhere: it begins or ends here.
    Here,
}

/// Lines for all paths that are highlighted together, and how much narrower than usual they had to be.
#[must_use]
pub fn lines(layout: &Layout, paths: &[LanePath]) -> (Vec<Line>, f64) {
    let mut plan = Plan::new(layout, paths);
    plan.assign_levels();
    plan.assign_columns();
    plan.assign_drops();
    plan.assign_heights();
    let lines = (0..paths.len()).map(|path| plan.line(path)).collect();
    (lines, plan.scale)
}

struct Plan<'a> {
    layout: &'a Layout,
    paths: &'a [LanePath],
    /// For each path, its links.
    links: Vec<Vec<Link>>,
    /// Widths of the levels of each row.
    levels: Vec<Vec<f64>>,
    /// For each node, its columns from the left.
    columns: Vec<Vec<Column>>,
    /// For each pass to or from a pod how far from the pod's middle it is.
    heights: Vec<Height>,
    /// For each path how far beside the middle it passes outside: flows of a burst lie side by side.
    drops: Vec<f64>,
    scale: f64,
}

impl<'a> Plan<'a> {
    fn new(layout: &'a Layout, paths: &'a [LanePath]) -> Self {
        let links = paths
            .iter()
            .map(|path| {
                path.stops
                    .windows(2)
                    .enumerate()
                    .filter(|(_, pair)| !matches!(pair, [Stop::Pod(..), _] | [_, Stop::Pod(..)]))
                    .map(|(from, pair)| Link {
                        from,
                        to: from + 1,
                        upright: is_upright(layout, pair[0], pair[1]),
                        levels: Vec::new(),
                    })
                    .collect()
            })
            .collect();
        Self {
            layout,
            paths,
            links,
            levels: vec![Vec::new(); layout.rows.len()],
            columns: vec![Vec::new(); layout.nodes.len()],
            heights: Vec::new(),
            drops: vec![0.0; paths.len()],
            scale: 1.0,
        }
    }

    /// Whether these are flows of a burst.
    fn many(&self) -> bool {
        self.paths.iter().any(|it| it.width > 0.0)
    }

    fn width(&self, path: usize) -> f64 {
        let own = self.paths[path].width;
        if own > 0.0 { own } else { self.usual() }
    }

    /// From column to column of a U-turn.
    fn usual(&self) -> f64 {
        2.0 * (self.layout.dims.turn - self.layout.dims.lane)
    }

    /// The row and the middle of a stop's track; a stop outside belongs to the first row.
    fn anchor(&self, stop: Stop) -> (usize, f64) {
        match stop {
            Stop::Client => (0, self.layout.client.x),
            Stop::Outside(idx) => (0, self.layout.outside[idx].center.x),
            Stop::Switch(node) | Stop::Pod(node, _) => (self.layout.nodes[node].row, self.layout.nodes[node].track),
        }
    }

    fn assign_levels(&mut self) {
        // (order, row, span, path, link)
        let mut uses: Vec<((usize, i64), usize, (f64, f64), usize, usize)> = Vec::new();
        let many = self.many();
        for (path, links) in self.links.iter().enumerate() {
            for (idx, link) in links.iter().enumerate() {
                let stops = &self.paths[path].stops;
                let (a, b) = (stops[link.from], stops[link.to]);
                if link.upright || is_outside(a) && is_outside(b) {
                    continue;
                }
                let ((row_a, x_a), (row_b, x_b)) = (self.anchor(a), self.anchor(b));
                let spans = if row_a == row_b {
                    vec![(row_a, x_a, x_b)]
                } else {
                    let trunk = self.layout.trunk.unwrap_or(self.layout.field.x);
                    vec![(row_a, x_a, trunk), (row_b, trunk, x_b)]
                };
                // One after the other from above. Of many flows that fan out, those that lead further run higher.
                let time = if many { link.from } else { uses.len() };
                for (row, x0, x1) in spans {
                    let order = (time, -((x1 - x0).abs() as i64));
                    uses.push((order, row, (x0.min(x1), x0.max(x1)), path, idx));
                }
            }
        }
        uses.small_sort_by_key(|it| it.0);
        let mut taken: Vec<Vec<Vec<(f64, f64)>>> = vec![Vec::new(); self.layout.rows.len()];
        for (_, row, span, path, link) in uses {
            let free = |level: &Vec<(f64, f64)>| level.iter().all(|it| it.1 <= span.0 + 1.0 || span.1 <= it.0 + 1.0);
            let level = taken[row].iter().position(free).unwrap_or_else(|| {
                taken[row].push(Vec::new());
                self.levels[row].push(0.0);
                taken[row].len() - 1
            });
            taken[row][level].push(span);
            let width = self
                .width(path)
                .min(self.layout.dims.lane * 4.0)
                .max(self.paths[path].width);
            self.levels[row][level] = self.levels[row][level].max(width);
            self.links[path][link].levels.push((row, level));
        }
    }

    /// Height of a level of a row's wire.
    fn level_y(&self, row: usize, level: usize) -> f64 {
        let widths = &self.levels[row];
        let total: f64 = widths.iter().sum();
        let d = &self.layout.dims;
        let bus = self.layout.rows[row].bus;
        // Below the field's title (or the band of the row above), above the network ports.
        let title = if row > 0 || self.layout.is_narrow() {
            8.0
        } else if self.layout.is_tight() {
            19.0
        } else {
            24.0
        };
        let (top, bottom) = (bus - d.bus + title, bus + d.node - 5.0);
        let squeeze = ((bottom - top) / total.max(1.0)).min(1.0);
        let reach = |width: f64| (width / 2.0).min(if self.many() { width } else { d.lane + 3.0 }) * squeeze;
        let middle = |level: usize| {
            let before: f64 = widths[..level].iter().sum();
            bus + (before + widths[level] / 2.0 - total / 2.0) * squeeze
        };
        let (first, last) = (
            middle(0) - reach(widths[0]),
            middle(widths.len() - 1) + reach(widths[widths.len() - 1]),
        );
        let shift = if first < top {
            top - first
        } else if last > bottom {
            bottom - last
        } else {
            0.0
        };
        middle(level) + shift
    }

    fn side(&self, path: usize, stop: usize, other: Option<usize>) -> Side {
        let Some(other) = other else { return Side::Here };
        match self.paths[path].stops[other] {
            Stop::Pod(..) => Side::Bottom(other),
            _ => {
                let (from, to) = (stop.min(other), stop.max(other));
                let link = self.links[path].iter().position(|it| it.from == from && it.to == to);
                link.map_or(Side::Here, Side::Top)
            }
        }
    }

    fn sides(&self, path: usize, stop: usize) -> (Side, Side) {
        let last = self.paths[path].stops.len() - 1;
        (
            self.side(path, stop, stop.checked_sub(1)),
            self.side(path, stop, (stop < last).then_some(stop + 1)),
        )
    }

    /// The order of a column, by what it leads to above.
    fn top_key(&self, path: usize, stop: usize, link: usize) -> f64 {
        let link = &self.links[path][link];
        if link.upright {
            return 0.0;
        }
        let other = if link.from == stop { link.to } else { link.from };
        let stops = &self.paths[path].stops;
        let ((row, x), (other_row, other_x)) = (self.anchor(stops[stop]), self.anchor(stops[other]));
        let level = link.levels.iter().find(|it| it.0 == row).map_or(0, |it| it.1) as f64;
        if row != other_row || other_x < x {
            -1000.0 - level
        } else {
            1000.0 + level
        }
    }

    fn pod_y(&self, path: usize, stop: usize) -> f64 {
        match self.paths[path].stops[stop] {
            Stop::Pod(node, pod) => self.layout.nodes[node].pods[pod].center.y,
            _ => 0.0,
        }
    }

    fn assign_columns(&mut self) {
        let mut columns: Vec<Vec<Column>> = vec![Vec::new(); self.layout.nodes.len()];
        for path in 0..self.paths.len() {
            for (stop, it) in self.paths[path].stops.iter().enumerate() {
                let Stop::Switch(node) = *it else { continue };
                let width = self.width(path);
                let mut push = |leg, key| {
                    columns[node].push(Column {
                        path,
                        stop,
                        leg,
                        key,
                        width,
                        offset: 0.0,
                    });
                };
                match self.sides(path, stop) {
                    (Side::Top(a), Side::Top(b)) => {
                        let (key_in, key_out) = (self.top_key(path, stop, a), self.top_key(path, stop, b));
                        // Beside the way out where it comes from straight above.
                        let lean = if key_in == 0.0 { key_out.signum() * 0.5 } else { 0.0 };
                        push(0, key_in + lean);
                        push(1, key_out);
                    }
                    (Side::Bottom(a), Side::Bottom(b)) => {
                        // A lower pod's column stands further left; of one pod's two, the way in is the right one.
                        let (y_a, y_b) = (self.pod_y(path, a), self.pod_y(path, b));
                        push(0, -2000.0 - y_a + if y_a == y_b { 0.5 } else { 0.0 });
                        push(1, -2000.0 - y_b);
                    }
                    (Side::Top(link), Side::Bottom(pod)) | (Side::Bottom(pod), Side::Top(link)) => {
                        // Deeper pods further left, where nothing above says otherwise.
                        push(0, self.top_key(path, stop, link) - self.pod_y(path, pod) / 10_000.0);
                    }
                    (Side::Top(link), Side::Here) | (Side::Here, Side::Top(link)) => {
                        push(0, self.top_key(path, stop, link));
                    }
                    _ => push(0, 0.0),
                }
            }
        }
        let room = 2.0 * self.layout.dims.switch_half - 4.0;
        for columns in &mut columns {
            columns.small_sort_by(|a, b| a.key.total_cmp(&b.key));
            let total: f64 = columns.iter().map(|it| it.width).sum();
            if total > room {
                self.scale = self.scale.min(room / total);
            }
        }
        for columns in &mut columns {
            let total: f64 = columns.iter().map(|it| it.width).sum();
            let mut at = -total / 2.0;
            for column in columns.iter_mut() {
                column.offset = (at + column.width / 2.0) * self.scale;
                at += column.width;
            }
        }
        self.columns = columns;
    }

    /// Flows that come from outside lie side by side in the order in which they leave the trunk: the higher the
    /// level, the further out.
    fn assign_drops(&mut self) {
        let mut order: Vec<(f64, usize)> = Vec::new();
        for (path, it) in self.paths.iter().enumerate().filter(|it| it.1.width > 0.0) {
            let into = (1..it.stops.len()).find(|&at| is_outside(it.stops[at - 1]) && !is_outside(it.stops[at]));
            let Some(at) = into else { continue };
            let (x, track) = (self.anchor(it.stops[at - 1]).1, self.anchor(it.stops[at]).1);
            let link = self.links[path].iter().find(|it| it.to == at);
            let level = link.and_then(|it| it.levels.first()).map_or(0, |it| it.1) as f64;
            let key = if (track - x).abs() < 1.0 {
                0.0
            } else {
                (track - x).signum() * (1000.0 - level)
            };
            order.push((key, path));
        }
        order.small_sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = order.iter().map(|it| self.paths[it.1].width).sum();
        let mut at = -total / 2.0;
        for (_, path) in order {
            let width = self.paths[path].width;
            self.drops[path] = (at + width / 2.0) * self.scale;
            at += width;
        }
    }

    /// Several passes at one pod stand above each other: the rightmost column on top.
    fn assign_heights(&mut self) {
        let mut by_pod: BTreeMap<(usize, usize), Vec<Height>> = BTreeMap::new();
        for (path, it) in self.paths.iter().enumerate() {
            for (stop, at) in it.stops.iter().enumerate() {
                let Stop::Pod(node, pod) = *at else { continue };
                let after = (stop + 1 < it.stops.len()).then_some(stop + 1);
                for switch in [stop.checked_sub(1), after].into_iter().flatten() {
                    by_pod.entry((node, pod)).or_default().push(Height {
                        path,
                        stop,
                        switch,
                        x: self.column_x(path, switch, usize::from(switch < stop)),
                        width: self.width(path),
                        shift: 0.0,
                    });
                }
            }
        }
        for ((node, pod), mut here) in by_pod {
            here.small_sort_by(|a, b| b.x.total_cmp(&a.x));
            let n_passes = here.len() as f64;
            let total: f64 = here.iter().map(|it| it.width).sum();
            let room = 2.0 * (self.layout.nodes[node].pods[pod].r + 3.0);
            let many = here.iter().any(|it| self.paths[it.path].width > 0.0);
            let squeeze = if n_passes > 1.0 || many {
                (room / total).min(1.0)
            } else {
                1.0
            };
            if n_passes > 1.0 && !many {
                self.scale = self.scale.min(room / n_passes / (4.0 * self.layout.dims.lane));
            }
            let mut at = -total / 2.0;
            for mut it in here {
                it.shift = (at + it.width / 2.0) * squeeze;
                at += it.width;
                self.heights.push(it);
            }
        }
    }

    fn column_x(&self, path: usize, stop: usize, leg: usize) -> f64 {
        let Stop::Switch(node) = self.paths[path].stops[stop] else {
            return 0.0;
        };
        let here = || {
            self.columns[node]
                .iter()
                .filter(|it| it.path == path && it.stop == stop)
        };
        let column = here().find(|it| it.leg == leg).or_else(|| here().next());
        self.layout.nodes[node].track + column.map_or(0.0, |it| it.offset)
    }

    /// The shift from a pod's middle of the pass between it and `switch`.
    fn height(&self, path: usize, stop: usize, switch: usize) -> f64 {
        let found = self
            .heights
            .iter()
            .find(|it| it.path == path && it.stop == stop && it.switch == switch);
        found.map_or(0.0, |it| it.shift)
    }

    fn line(&self, path: usize) -> Line {
        let stops = &self.paths[path].stops;
        let mut points: Vec<Point> = Vec::new();
        let mut visits = Vec::with_capacity(stops.len());
        for (idx, stop) in stops.iter().enumerate() {
            if idx > 0 {
                self.link(path, idx - 1, &mut points);
            }
            let first = points.len();
            match *stop {
                Stop::Client => self.outside(path, idx, self.layout.client, 14.0, &mut points),
                Stop::Outside(at) => {
                    let shape = &self.layout.outside[at];
                    self.outside(path, idx, shape.center, shape.half.1 + 3.0, &mut points);
                }
                Stop::Switch(node) => self.switch(path, idx, node, &mut points),
                Stop::Pod(node, pod) => self.pod(path, idx, node, pod, &mut points),
            }
            let last = points.len().max(first + 1) - 1;
            visits.push(Visit { first, last });
        }
        if points.len() == 1 {
            // Something that happens at one stop and goes nowhere still has a place.
            points.push(pt(points[0].x + 0.1, points[0].y));
        }
        Line { points, visits }
    }

    /// A host outside: passed straight through, or left and reached at its lower edge.
    fn outside(&self, path: usize, idx: usize, center: Point, half: f64, points: &mut Vec<Point>) {
        let stops = &self.paths[path].stops;
        let below =
            |other: Option<&Stop>| other.is_some_and(|it| !is_outside(*it) || self.stop_y(*it) > center.y + 1.0);
        let above = |other: Option<&Stop>| other.is_some_and(|it| is_outside(*it) && self.stop_y(*it) < center.y - 1.0);
        let (before, after) = (idx.checked_sub(1).and_then(|it| stops.get(it)), stops.get(idx + 1));
        let x = center.x + self.drops[path];
        // A router stands on the field's edge; its lower end must not reach the highest level of the wire.
        let lowest = self.layout.rows[0].bus - 4.0 * self.layout.dims.lane;
        let (top, bottom) = (pt(x, center.y - half), pt(x, (center.y + half).min(lowest)));
        if above(before) && below(after) {
            points.extend([top, bottom]);
        } else if below(before) && above(after) {
            points.extend([bottom, top]);
        } else if above(before) || above(after) {
            points.push(top);
        } else if below(before) || below(after) {
            points.push(bottom);
        } else {
            let left = before.or(after).is_some_and(|it| self.anchor(*it).1 < center.x);
            points.push(pt(center.x + if left { -24.0 } else { 24.0 }, center.y));
        }
    }

    fn stop_y(&self, stop: Stop) -> f64 {
        match stop {
            Stop::Client => self.layout.client.y,
            Stop::Outside(idx) => self.layout.outside[idx].center.y,
            Stop::Switch(node) | Stop::Pod(node, _) => self.layout.nodes[node].rect.y,
        }
    }

    /// The way from stop `from` to the next one, without its ends.
    fn link(&self, path: usize, from: usize, points: &mut Vec<Point>) {
        let Some(link) = self.links[path].iter().find(|it| it.from == from) else {
            return;
        };
        let stops = &self.paths[path].stops;
        let (a, b) = (stops[from], stops[from + 1]);
        let end_x = |stop: Stop, idx: usize, leg: usize| match stop {
            Stop::Switch(_) => self.column_x(path, idx, leg),
            _ => self.anchor(stop).1 + self.drops[path],
        };
        // The way out of a U-turn is its second column, the way in its first.
        let (x_a, x_b) = (end_x(a, from, 1), end_x(b, from + 1, 0));
        if is_outside(a) && is_outside(b) {
            return;
        }
        if link.upright {
            if (x_a - x_b).abs() < 0.5 {
                return;
            }
            let narrow = self.layout.is_narrow();
            let (j0, j1): (f64, f64) = if narrow { (20.0, 10.0) } else { (34.0, 16.0) };
            let bus = self.layout.rows[0].bus;
            let (upper, lower) = (bus - j0.min(self.layout.dims.bus - 2.0), bus - j1);
            if is_outside(a) {
                points.extend([pt(x_a, upper), pt(x_b, lower)]);
            } else {
                points.extend([pt(x_a, lower), pt(x_b, upper)]);
            }
            return;
        }
        match link.levels[..] {
            [(row, level)] => {
                let y = self.level_y(row, level);
                points.extend([pt(x_a, y), pt(x_b, y)]);
            }
            [(row_a, level_a), (row_b, level_b)] => {
                let trunk = self.layout.trunk.unwrap_or(self.layout.field.x);
                let (y_a, y_b) = (self.level_y(row_a, level_a), self.level_y(row_b, level_b));
                points.extend([pt(x_a, y_a), pt(trunk, y_a), pt(trunk, y_b), pt(x_b, y_b)]);
            }
            _ => {}
        }
    }

    fn switch(&self, path: usize, idx: usize, node: usize, points: &mut Vec<Point>) {
        let shape = &self.layout.nodes[node];
        let (y0, y1) = shape.switch;
        let (x_in, x_out) = (self.column_x(path, idx, 0), self.column_x(path, idx, 1));
        let (upper, lower) = (shape.rule_rows[1] - 4.5, shape.rule_rows[2] - 4.5);
        let stub = if self.layout.compact { 12.0 } else { 15.0 };
        match self.sides(path, idx) {
            (Side::Top(_), Side::Top(_)) => {
                points.extend([pt(x_in, y0), pt(x_in, lower), pt(x_out, lower), pt(x_out, y0)]);
            }
            (Side::Bottom(_), Side::Bottom(_)) => {
                points.extend([pt(x_in, y1), pt(x_in, upper), pt(x_out, upper), pt(x_out, y1)]);
            }
            (Side::Bottom(_), Side::Top(_)) => {
                points.extend([y1, lower, upper, y0].map(|y| pt(x_in, y)));
            }
            (Side::Top(_), Side::Bottom(_)) => {
                points.extend([y0, upper, lower, y1].map(|y| pt(x_in, y)));
            }
            (Side::Top(_), Side::Here) => points.extend([pt(x_in, y0), pt(x_in, shape.switch_mid() - stub)]),
            (Side::Bottom(_), Side::Here) => points.extend([pt(x_in, y1), pt(x_in, shape.switch_mid() + stub)]),
            (Side::Here, Side::Top(_)) => points.extend([pt(x_in, shape.switch_mid() - stub), pt(x_in, y0)]),
            (Side::Here, Side::Bottom(_)) => points.extend([pt(x_in, shape.switch_mid() + stub), pt(x_in, y1)]),
            (Side::Here, Side::Here) => points.push(pt(x_in, shape.switch_mid())),
        }
    }

    fn pod(&self, path: usize, idx: usize, node: usize, pod: usize, points: &mut Vec<Point>) {
        let shape = &self.layout.nodes[node].pods[pod];
        let edge = shape.center.x - shape.r - 3.0;
        let n_stops = self.paths[path].stops.len();
        if let Some(switch) = idx.checked_sub(1) {
            let y = shape.center.y + self.height(path, idx, switch);
            points.extend([pt(self.column_x(path, switch, 1), y), pt(edge, y)]);
        }
        if idx + 1 < n_stops {
            let y = shape.center.y + self.height(path, idx, idx + 1);
            points.extend([pt(edge, y), pt(self.column_x(path, idx + 1, 0), y)]);
        }
        if n_stops == 1 {
            points.push(pt(edge, shape.center.y));
        }
    }
}

const fn is_outside(stop: Stop) -> bool {
    matches!(stop, Stop::Client | Stop::Outside(_))
}

/// Whether one of two neighbors stands outside, straight above the other.
fn is_upright(layout: &Layout, a: Stop, b: Stop) -> bool {
    let x = |stop: Stop| match stop {
        Stop::Client => Some(layout.client.x),
        Stop::Outside(idx) => Some(layout.outside[idx].center.x),
        _ => None,
    };
    let track = |stop: Stop| match stop {
        Stop::Switch(node) if layout.nodes[node].row == 0 => Some(layout.nodes[node].track),
        _ => None,
    };
    let pair = x(a).zip(track(b)).or_else(|| x(b).zip(track(a)));
    pair.is_some_and(|(x, track)| (x - track).abs() < 1.0)
}
