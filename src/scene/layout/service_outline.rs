//! The outline of a Service: a dashed band under the machines that reaches up into those that run its usable
//! pods. No endpoints: no arms.

use super::super::geometry::{Point, Rect, pt};
use super::super::measure;
use super::dims::{Density, Dims};
use super::service::{ServiceFacts, ServiceNote};
use super::shapes::{NodeShape, RowShape};

/// The Service in focus as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceOutline {
    /// Name, address, ports and note of the Service.
    pub facts: ServiceFacts,
    /// The band with its arms, as a polygon.
    pub points: Vec<Point>,
    /// Whether it has no arms.
    pub is_empty: bool,
    /// Start of its text: left end and baseline.
    pub text: Point,
    /// Right end of its band.
    pub right: f64,
}

/// What outlines are drawn over: the machines, and the distances in use.
pub(super) struct Ground<'a> {
    pub dims: &'a Dims,
    pub density: Density,
    pub compact: bool,
    /// The cluster's field.
    pub field: Rect,
    pub rows: &'a [RowShape],
    pub nodes: &'a [NodeShape],
}

/// A part of the outline that rises from the band.
struct Arm {
    x0: f64,
    x1: f64,
    top: f64,
    /// Where the pods of other Services stand below its own: it goes on as a strip at its right side.
    strip: Option<f64>,
}

/// Width of the strip by which an arm passes beside pods that are not its own.
const STRIP: f64 = 8.0;

impl ServiceOutline {
    /// The outline of `facts` under the nodes of `ground`; pods know the Service by the index `service`.
    pub(super) fn new(ground: &Ground<'_>, service: usize, facts: ServiceFacts) -> Self {
        let d = &ground.dims;
        let whole = Rect {
            x: ground.field.x + d.pad,
            y: 0.0,
            w: ground.field.w - 2.0 * d.pad,
            h: 0.0,
        };
        let rows: Vec<Vec<Arm>> = (0..ground.rows.len()).map(|row| arms(ground, row, service)).collect();
        let first = rows.iter().position(|it| !it.is_empty());
        let last = rows.iter().rposition(|it| !it.is_empty());
        let need = text_width(ground, &facts);
        let (Some(first), Some(last)) = (first, last) else {
            let y = ground.rows.last().map_or(0.0, |it| it.band);
            let (x0, x1) = (whole.x, whole.right());
            return Self {
                points: vec![pt(x0, y), pt(x1, y), pt(x1, y + d.band), pt(x0, y + d.band)],
                is_empty: true,
                text: pt(x0 + text_inset(ground), y + d.band / 2.0 + 4.5),
                right: x1,
                facts,
            };
        };
        let joined = last > first;
        let riser = whole.right();
        let mut extents = Vec::new();
        for arms in &rows[first..=last] {
            let x0 = arms.iter().map(|it| it.x0).fold(f64::INFINITY, f64::min);
            let x1 = arms.iter().map(|it| it.x1).fold(f64::NEG_INFINITY, f64::max);
            extents.push(if joined {
                (x0.min(riser - 12.0), riser)
            } else {
                widened(x0, x1, need.min(whole.w), whole)
            });
        }
        let mut outline;
        if joined {
            outline = joined_outline(ground, &rows, first, last, &extents);
        } else {
            let (x0, x1) = extents[0];
            let y = ground.rows[first].band;
            outline = Vec::new();
            push_top(&mut outline, &rows[first], x0, y);
            outline.push(pt(x1, y));
            outline.push(pt(x1, y + d.band));
            outline.push(pt(x0, y + d.band));
            tidy(&mut outline);
        }
        let (x0, x1) = extents[extents.len() - 1];
        let y = ground.rows[last].band;
        Self {
            points: outline,
            is_empty: false,
            text: pt(x0 + text_inset(ground), y + d.band / 2.0 + 4.5),
            right: if joined { riser - 12.0 } else { x1 },
            facts,
        }
    }
}

const fn text_inset(ground: &Ground<'_>) -> f64 {
    if matches!(ground.density, Density::Narrow) {
        10.0
    } else {
        16.0
    }
}

/// The least width of the band for its text, in pixels.
fn text_width(ground: &Ground<'_>, facts: &ServiceFacts) -> f64 {
    let title = measure::ui("Service ", 14.0, true) + measure::ui(&facts.key.service.name, 14.0, true);
    let chip = facts.chip.as_deref().map_or(0.0, |it| measure::mono(it) + 26.0);
    let note = match facts.note {
        // That its address is virtual the dashes say, too: the words may go.
        ServiceNote::Virtual => 0.0,
        _ if matches!(ground.density, Density::Narrow) => 90.0,
        _ => 250.0,
    };
    title + chip + note + 2.0 * text_inset(ground)
}

/// Makes an extent at least `need` wide: to the left, so that its right side stays flush with its last arm;
/// where that is not enough, to the right too.
fn widened(x0: f64, x1: f64, need: f64, whole: Rect) -> (f64, f64) {
    if x1 - x0 >= need {
        (x0, x1)
    } else if x1 - need >= whole.x {
        (x1 - need, x1)
    } else {
        (whole.x, (whole.x + need).min(whole.right()).max(x1))
    }
}

fn arms(ground: &Ground<'_>, row: usize, service: usize) -> Vec<Arm> {
    let d = &ground.dims;
    let (inset, side): (f64, f64) = if ground.compact { (24.0, 2.0) } else { (45.0, 6.0) };
    let top_margin: f64 = match ground.density {
        _ if ground.compact => 13.0,
        Density::Roomy => 28.0,
        _ => 20.0,
    };
    ground
        .nodes
        .iter()
        .filter(|node| node.row == row)
        .filter_map(|node| {
            let first = node.pods.iter().position(|it| it.serves.contains(&service))?;
            let last = node.pods.iter().rposition(|it| it.serves.contains(&service))?;
            // Half the way to the neighbor above and below.
            let above = first.checked_sub(1).map(|idx| node.pods[idx].center.y);
            let y = node.pods[first].center.y;
            let top = above.map_or(top_margin, |above| top_margin.min((y - above) / 2.0));
            // As far from the pod below as from its own first one: an address may stand between.
            let below = node.pods.get(last + 1).map(|it| {
                let own = node.pods[last].center.y;
                it.center.y - top_margin.min((it.center.y - own) / 2.0)
            });
            Some(Arm {
                x0: node.rect.x + inset.min(d.disc - d.r - 5.0),
                x1: node.rect.right() - side,
                top: y - top,
                strip: below,
            })
        })
        .collect()
}

/// Appends the upper side of one band from its left end, arms included.
fn push_top(outline: &mut Vec<Point>, arms: &[Arm], x0: f64, y: f64) {
    if arms.first().is_none_or(|it| it.x0 > x0 + 1.0 || it.strip.is_some()) {
        outline.push(pt(x0, y));
    }
    for arm in arms {
        let foot = arm.x1 - STRIP;
        if let Some(below) = arm.strip {
            outline.extend([pt(foot, y), pt(foot, below), pt(arm.x0, below)]);
        } else {
            outline.push(pt(arm.x0, y));
        }
        outline.extend([pt(arm.x0, arm.top), pt(arm.x1, arm.top), pt(arm.x1, y)]);
    }
}

/// Several bands, joined by a riser at the right.
fn joined_outline(
    ground: &Ground<'_>,
    rows: &[Vec<Arm>],
    first: usize,
    last: usize,
    extents: &[(f64, f64)],
) -> Vec<Point> {
    let d = &ground.dims;
    let (left_of_riser, riser) = (extents[0].1 - 10.0, extents[0].1);
    let mut down = Vec::new();
    let mut up = Vec::new();
    for (k, row) in (first..=last).enumerate() {
        let y = ground.rows[row].band;
        let mut top = Vec::new();
        push_top(&mut top, &rows[row], extents[k].0, y);
        if k == 0 {
            down.extend(top);
            down.push(pt(riser, y));
        } else {
            // The riser comes from above: its left side meets this band's upper side.
            top.push(pt(left_of_riser, y));
            up.push((top, k));
        }
    }
    let bottom = |k: usize, row: usize| (extents[k].0, ground.rows[row].band + d.band);
    let mut outline = down;
    let (x0, y1) = bottom(last - first, last);
    outline.push(pt(riser, y1));
    outline.push(pt(x0, y1));
    for (top, k) in up.into_iter().rev() {
        outline.extend(top);
        let (above_x0, above_y1) = bottom(k - 1, first + k - 1);
        outline.push(pt(left_of_riser, above_y1));
        outline.push(pt(above_x0, above_y1));
    }
    tidy(&mut outline);
    outline
}

/// Drops points that repeat or lie between their neighbors: a rounded corner needs a corner.
fn tidy(outline: &mut Vec<Point>) {
    let close = |a: Point, b: Point| a.distance(b) < 0.5;
    loop {
        let n = outline.len();
        let spare = (0..n).find(|&idx| {
            let (a, b, c) = (outline[(idx + n - 1) % n], outline[idx], outline[(idx + 1) % n]);
            let turn = (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
            close(a, b) || turn.abs() < 0.5
        });
        match spare {
            Some(idx) if n > 3 => outline.remove(idx),
            _ => return,
        };
    }
}
