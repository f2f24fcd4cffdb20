//! What is highlighted at one hop: which ways, how far ahead, which rules matched, which pod was chosen, what died.

use crate::api::Kind;
use crate::net::{Hop, Place, Stage, Trace, Verdict};

use super::super::geometry::{Point, pt};
use super::super::layout::Layout;
use super::super::route::{Routes, Stop, is_rewritten};

/// The end of a packet that does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Somebody answered no.
    Refused,
    /// Nobody answers.
    Silence,
}

/// A row of a node's rules that a packet met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the node.
    pub node: usize,
    /// Index of the row.
    pub row: usize,
    /// The packet's end, where it died of this rule.
    pub end: Option<End>,
}

/// What is highlighted at one hop.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Highlight {
    /// Ways to show: index, and the length in pixels up to which its line is drawn ahead of the packet.
    pub ways: Vec<(usize, f64)>,
    /// Index of the way the packet is on; `None` before anything was sent.
    pub current: Option<usize>,
    /// Rules that matched so far.
    pub matches: Vec<Match>,
    /// Rewrites so far: where, and the classes of the diamond.
    pub diamonds: Vec<(Point, &'static str)>,
    /// Pods chosen so far: indices of node and pod.
    pub chosen: Vec<(usize, usize)>,
    /// The point where the packet ended, its heading there in degrees, and how; `None` while it goes on.
    pub end: Option<(Point, f64, End)>,
    /// The Service in focus: index into [`Layout::outlines`]; `None` where there is none.
    pub outline: Option<usize>,
}

/// Where a mark stands on its lane, which is upright in a node, so that it covers none of those before it.
fn clear_of(at: Point, others: &[(Point, &'static str)], apart: f64) -> Point {
    // Upwards first: below a turn there is no lane.
    let shifts = [0.0, -1.0, -1.4, -2.0, -2.7, 1.0, 1.4];
    let places = shifts.iter().map(|it| Point {
        x: at.x,
        y: at.y + it * apart,
    });
    let free = |it: &Point| {
        others
            .iter()
            .all(|(other, _)| (it.x - other.x).hypot(it.y - other.y) >= apart)
    };
    places.into_iter().find(free).unwrap_or(at)
}

impl Highlight {
    /// What is highlighted at hop `hop` of `trace`; nothing where it has no such hop.
    #[must_use]
    pub fn new(layout: &Layout, routes: &Routes, trace: &Trace, hop: usize) -> Self {
        let mut highlight = Self::default();
        let (Some(position), Some(now)) = (routes.positions.get(hop), trace.hops.get(hop)) else {
            return highlight;
        };
        highlight.outline = layout.outline_of_leg(now.leg);
        highlight.current = Some(position.way);
        let group = routes.ways[position.way].group;
        for (idx, way) in routes.ways.iter().enumerate().take(position.way + 1) {
            if way.group == group {
                let until = if idx == position.way {
                    decided(routes, trace, hop)
                } else {
                    way.curve.total
                };
                highlight.ways.push((idx, until));
            }
        }
        // Once a way has been gone to its end, the next one is known.
        let gone = hop + 1 == routes.ways[position.way].hops.end;
        if let Some(next) = routes.ways.get(position.way + 1).filter(|it| gone && it.group == group) {
            let until = decided(routes, trace, next.hops.start);
            highlight.ways.push((position.way + 1, until));
        }
        for (idx, it) in trace.hops.iter().enumerate().take(hop + 1) {
            if routes
                .positions
                .get(idx)
                .is_some_and(|position| routes.ways[position.way].group == group)
            {
                highlight.read(layout, routes, trace, idx, it);
            }
        }
        highlight
    }

    fn read(&mut self, layout: &Layout, routes: &Routes, trace: &Trace, idx: usize, hop: &Hop) {
        let position = &routes.positions[idx];
        let node = match position.stop {
            Some(Stop::Switch(node)) => Some(node),
            _ => None,
        };
        if is_rewritten(hop) {
            let class = match hop.stage {
                Stage::Dnat | Stage::Balance => Some("nat dnat"),
                Stage::Snat => Some("nat snat"),
                Stage::Undo => Some("nat undo"),
                _ => None,
            };
            let apart = if layout.compact { 13.0 } else { 18.0 };
            let at = clear_of(position.at, &self.diamonds, apart);
            self.diamonds.extend(class.map(|class| (at, class)));
        }
        let last_word = idx + 1 == trace.hops.len() && trace.verdict == Verdict::Timeout;
        let end = (hop.after.is_none() || last_word).then_some(match trace.verdict {
            Verdict::Timeout => End::Silence,
            _ => End::Refused,
        });
        let outline = layout.outline_of_leg(hop.leg);
        let by_rule = hop.stage == Stage::Dnat && is_rewritten(hop)
            || end.is_some() && hop.object.as_ref().is_some_and(|it| it.kind == Kind::Service);
        if let (Some(node), Some(facts), true) = (node, outline.map(|it| &layout.outlines[it].facts), by_rule)
            && outline == self.outline
        {
            let row = facts.row_of(hop.before.dst).unwrap_or(0);
            self.matches.push(Match { node, row, end });
        }
        if hop.stage == Stage::Dnat
            && let Some(after) = hop.after.as_ref().filter(|_| is_rewritten(hop))
        {
            let address = after.dst.ip();
            let pod = layout.nodes.iter().enumerate().find_map(|(node, it)| {
                Some((
                    node,
                    it.pods
                        .iter()
                        .position(|pod| pod.has_address(address) && !pod.is_process())?,
                ))
            });
            self.chosen.extend(pod);
        }
        if let Some(end) = end {
            let at = match position.stop {
                Some(Stop::Switch(node)) => pt(layout.nodes[node].track, layout.nodes[node].switch_mid()),
                _ => position.at,
            };
            self.end = Some((at, position.heading, end));
        }
    }
}

/// How far along its way the fate of a packet is known at `hop`: to the next stop that decides something. The
/// drawing gives nothing away.
fn decided(routes: &Routes, trace: &Trace, hop: usize) -> f64 {
    let way = routes.positions[hop].way;
    let decides = |it: &Hop| {
        it.after.is_none()
            || matches!(it.stage, Stage::Balance | Stage::Proxy)
            || it.stage == Stage::Dnat && is_rewritten(it)
            || it.stage == Stage::Dnat && matches!(it.at, Place::Node(_)) && !it.rules.is_empty()
    };
    let end = routes.ways[way].hops.end;
    (hop + 1..end)
        .find(|&idx| decides(&trace.hops[idx]))
        .map_or(routes.ways[way].curve.total, |idx| routes.positions[idx].along)
}
