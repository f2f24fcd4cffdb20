//! Points, boxes and curves of the stage, in CSS pixels with y downwards.
//!
//! A [`Curve`] is a polyline with rounded corners that knows its length, so that a packet stands at
//! "so far along" without asking a browser. Not here: what the lines mean.

use std::fmt::Write as _;

/// A point.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// The point (`x`, `y`).
#[must_use]
pub const fn pt(x: f64, y: f64) -> Point {
    Point { x, y }
}

impl Point {
    /// Distance between two points.
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point `part` (0 to 1) of the way to `other`.
    #[must_use]
    pub fn towards(self, other: Self, part: f64) -> Self {
        pt(self.x + (other.x - self.x) * part, self.y + (other.y - self.y) * part)
    }
}

/// Width and height.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Size {
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// A box.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Lower edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Its middle.
    #[must_use]
    pub fn center(&self) -> Point {
        pt(self.x + self.w / 2.0, self.y + self.h / 2.0)
    }

    /// Whether two boxes share more than an edge.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether `other` lies wholly within.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        other.x >= self.x && other.y >= self.y && other.right() <= self.right() && other.bottom() <= self.bottom()
    }
}

/// Appends a number with at most one decimal: SVG needs no more, and the formatter for floats stays out of the page.
pub fn num(out: &mut String, value: f64) {
    let tenths = (value * 10.0).round() as i64;
    if tenths < 0 {
        out.push('-');
    }
    let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    // Writing into a String cannot fail.
    let _ = write!(out, "{whole}");
    if tenth != 0 {
        out.push('.');
        out.push((b'0' + tenth as u8) as char);
    }
}

/// A number as [`num`] writes it.
#[must_use]
pub fn num_text(value: f64) -> String {
    let mut out = String::new();
    num(&mut out, value);
    out
}

/// Appends `x y`.
pub fn pair(out: &mut String, point: Point) {
    num(out, point.x);
    out.push(' ');
    num(out, point.y);
}

/// `translate(x y)`, and `rotate(degrees)` where it is turned.
#[must_use]
pub fn transform(at: Point, degrees: f64, scale: f64) -> String {
    let mut out = String::from("translate(");
    pair(&mut out, at);
    out.push(')');
    if degrees != 0.0 {
        out.push_str("rotate(");
        num(&mut out, degrees);
        out.push(')');
    }
    if scale != 1.0 {
        // Tenths are too coarse for a scale: hundredths.
        let _ = write!(
            out,
            "scale({}.{:02})",
            scale as u32,
            (scale * 100.0).round() as u32 % 100
        );
    }
    out
}

/// Moves a polyline sideways, to the left of where it heads, by `by`; corners stay mitred.
#[must_use]
pub fn offset(points: &[Point], by: f64) -> Vec<Point> {
    let n = points.len();
    if n < 2 || by == 0.0 {
        return points.to_vec();
    }
    let shifted: Vec<(Point, Point)> = points
        .windows(2)
        .map(|pair| {
            let (a, b) = (pair[0], pair[1]);
            let length = a.distance(b).max(1e-9);
            // Left of the heading, with y downwards.
            let (nx, ny) = ((b.y - a.y) / length * by, -(b.x - a.x) / length * by);
            (pt(a.x + nx, a.y + ny), pt(b.x + nx, b.y + ny))
        })
        .collect();
    let mut out = Vec::with_capacity(n);
    out.push(shifted[0].0);
    for pair in shifted.windows(2) {
        out.push(meet(pair[0], pair[1]));
    }
    out.push(shifted[shifted.len() - 1].1);
    out
}

/// Where two lines meet; where they run alike, the end of the first.
fn meet(a: (Point, Point), b: (Point, Point)) -> Point {
    let (d1, d2) = (pt(a.1.x - a.0.x, a.1.y - a.0.y), pt(b.1.x - b.0.x, b.1.y - b.0.y));
    let cross = d1.x * d2.y - d1.y * d2.x;
    if cross.abs() < 1e-6 {
        return a.1;
    }
    let t = ((b.0.x - a.0.x) * d2.y - (b.0.y - a.0.y) * d2.x) / cross;
    pt(a.0.x + d1.x * t, a.0.y + d1.y * t)
}

/// A polyline with rounded corners, measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The path data of an SVG `d` attribute.
    pub d: String,
    /// Its length.
    pub total: f64,
    /// How far along each corner of the polyline stands (the middle of its bend).
    pub vertices: Vec<f64>,
    /// The curve as short straight pieces, each with how far along it starts.
    flat: Vec<(Point, f64)>,
}

impl Curve {
    /// Rounds the corners of `points` by `radius` (less where sides are short). Needs two points.
    #[must_use]
    pub fn new(points: &[Point], radius: f64) -> Self {
        // A point that repeats is no corner; it stands where the first of its kind does.
        let mut corners: Vec<Point> = Vec::with_capacity(points.len());
        let mut corner_of = Vec::with_capacity(points.len());
        for &point in points {
            if corners.last().is_none_or(|last| last.distance(point) > 0.05) {
                corners.push(point);
            }
            corner_of.push(corners.len() - 1);
        }
        let (d, flat, alongs) = trace(&corners, radius);
        Self {
            d,
            total: flat[flat.len() - 1].1,
            vertices: corner_of.into_iter().map(|it| alongs[it]).collect(),
            flat,
        }
    }

    /// Where one is after `along`, and the heading in degrees (0: to the right, 90: down).
    #[must_use]
    pub fn at(&self, along: f64) -> (Point, f64) {
        let along = along.clamp(0.0, self.total);
        let mut idx = self.flat.partition_point(|&(_, start)| start <= along).max(1) - 1;
        // At the very end, and on pieces without length, look along the piece before.
        while idx > 0 && (idx + 1 >= self.flat.len() || self.flat[idx + 1].1 - self.flat[idx].1 < 1e-9) {
            idx -= 1;
        }
        let (a, start) = self.flat[idx];
        let Some(&(b, end)) = self.flat.get(idx + 1) else {
            return (a, 0.0);
        };
        let part = if end > start {
            (along - start) / (end - start)
        } else {
            0.0
        };
        (a.towards(b, part), (b.y - a.y).atan2(b.x - a.x).to_degrees())
    }

    /// Whether the curve runs straight from `reach` before to `reach` after `along`.
    #[must_use]
    pub fn is_straight(&self, along: f64, reach: f64) -> bool {
        along >= reach
            && along + reach <= self.total
            && (self.at(along - reach).1 - self.at(along).1).abs() < 1.0
            && (self.at(along + reach).1 - self.at(along).1).abs() < 1.0
    }

    /// The corners of the straight pieces, for measuring what the curve touches.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        self.flat.iter().map(|&(point, _)| point)
    }
}

/// Draws along corners, no two of which are the same: path data, straight pieces, how far along each corner is.
fn trace(corners: &[Point], radius: f64) -> (String, Vec<(Point, f64)>, Vec<f64>) {
    let mut d = String::new();
    let mut flat: Vec<(Point, f64)> = Vec::with_capacity(corners.len() * 4);
    let mut alongs = Vec::with_capacity(corners.len());
    let first = corners.first().copied().unwrap_or_default();
    d.push('M');
    pair(&mut d, first);
    flat.push((first, 0.0));
    alongs.push(0.0);
    let push = |flat: &mut Vec<(Point, f64)>, to: Point| -> f64 {
        let (last, so_far) = flat[flat.len() - 1];
        let at = so_far + last.distance(to);
        flat.push((to, at));
        at
    };
    for idx in 1..corners.len() {
        let here = corners[idx];
        let Some(&next) = corners.get(idx + 1) else {
            d.push('L');
            pair(&mut d, here);
            alongs.push(push(&mut flat, here));
            break;
        };
        let before = corners[idx - 1];
        let (la, lb) = (before.distance(here), here.distance(next));
        let turn = (here.x - before.x) * (next.y - here.y) - (here.y - before.y) * (next.x - here.x);
        let ahead = (here.x - before.x) * (next.x - here.x) + (here.y - before.y) * (next.y - here.y);
        if turn.abs() < 1e-6 && ahead > 0.0 {
            alongs.push(push(&mut flat, here));
            continue;
        }
        let k = radius.min(la / 2.0).min(lb / 2.0);
        let (start, end) = (here.towards(before, k / la), here.towards(next, k / lb));
        d.push('L');
        pair(&mut d, start);
        d.push('Q');
        pair(&mut d, here);
        d.push(' ');
        pair(&mut d, end);
        push(&mut flat, start);
        for step in 1..=8 {
            let t = f64::from(step) / 8.0;
            let at = push(&mut flat, start.towards(here, t).towards(here.towards(end, t), t));
            if step == 4 {
                alongs.push(at);
            }
        }
    }
    (d, flat, alongs)
}

/// The path data of a closed polygon with rounded corners.
#[must_use]
pub fn closed(points: &[Point], radius: f64) -> String {
    let n = points.len();
    let mut d = String::new();
    for (idx, &here) in points.iter().enumerate() {
        let (before, next) = (points[(idx + n - 1) % n], points[(idx + 1) % n]);
        let (la, lb) = (before.distance(here).max(1e-9), here.distance(next).max(1e-9));
        let k = radius.min(la / 2.0).min(lb / 2.0);
        d.push(if idx == 0 { 'M' } else { 'L' });
        pair(&mut d, here.towards(before, k / la));
        d.push('Q');
        pair(&mut d, here);
        d.push(' ');
        pair(&mut d, here.towards(next, k / lb));
    }
    d.push('Z');
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_one_decimal() {
        let all: Vec<_> = [0.0, 1.25, -0.04, -3.96, 12.0, 100.05].map(num_text).into();
        assert_eq!(all, ["0", "1.3", "0", "-4", "12", "100.1"]);
        assert_eq!(transform(pt(1.0, 2.5), 0.0, 0.8), "translate(1 2.5)scale(0.80)");
    }

    #[test]
    fn a_lane_lies_to_the_left_of_its_heading() {
        let lane = offset(&[pt(0.0, 0.0), pt(0.0, 10.0), pt(10.0, 10.0)], 2.0);
        assert_eq!(lane, [pt(2.0, 0.0), pt(2.0, 8.0), pt(10.0, 8.0)]);
        let back = offset(&[pt(10.0, 10.0), pt(0.0, 10.0), pt(0.0, 0.0)], 2.0);
        assert_eq!(back, [pt(10.0, 12.0), pt(-2.0, 12.0), pt(-2.0, 0.0)]);
    }

    #[test]
    fn a_point_that_repeats_loses_no_corner() {
        let once = Curve::new(&[pt(0.0, 0.0), pt(100.0, 0.0), pt(100.0, 50.0)], 10.0);
        let twice = Curve::new(&[pt(0.0, 0.0), pt(100.0, 0.0), pt(100.0, 0.0), pt(100.0, 50.0)], 10.0);
        assert_eq!(once.d, twice.d);
        assert_eq!(twice.vertices[1], twice.vertices[2]);
        assert_eq!(twice.vertices.len(), 4);
    }

    #[test]
    fn a_curve_knows_its_length_and_where_its_corners_are() {
        let curve = Curve::new(&[pt(0.0, 0.0), pt(100.0, 0.0), pt(100.0, 50.0)], 10.0);
        assert!((curve.total - 146.2).abs() < 0.5, "{}", curve.total);
        assert!((curve.vertices[1] - 98.1).abs() < 0.5, "{:?}", curve.vertices);
        assert_eq!(curve.at(0.0), (pt(0.0, 0.0), 0.0));
        let (end, heading) = curve.at(curve.total + 5.0);
        assert_eq!((end, heading), (pt(100.0, 50.0), 90.0));
        assert!(curve.is_straight(50.0, 7.0) && !curve.is_straight(97.0, 7.0));
    }
}
