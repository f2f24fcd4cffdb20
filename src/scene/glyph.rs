//! The marks of the stage: pods, diamonds, the octagon, the clock, machines. Shape and color both tell states
//! apart.

use super::geometry::{Point, Rect, num, pair, pt};
use super::layout::PodState;
use super::measure;
use super::shape::Shape;

/// A request: a solid home plate that points where it goes.
pub const REQUEST: &str = "M-12 -8H5L13 0L5 8H-12Z";
/// A reply: the same, hollow, with a notched tail.
pub const REPLY: &str = "M-12 -8H5L13 0L5 8H-12L-6 0Z";

/// A padlock on a packet: what it carries travels inside TLS.
pub const LOCK: &str = "M-4.2 -0.8H4.2V5H-4.2ZM-2.6 -0.8V-2.4A2.6 2.6 0 0 1 2.6 -2.4V-0.8";

/// Path data out of letters and numbers: `path("M{} {}h{}", &[…])` without the formatter for floats.
pub(super) fn path(pattern: &str, numbers: &[f64]) -> String {
    let mut out = String::with_capacity(pattern.len() + numbers.len() * 4);
    let mut numbers = numbers.iter();
    for letter in pattern.chars() {
        match letter {
            '#' => num(&mut out, numbers.next().copied().unwrap_or_default()),
            other => out.push(other),
        }
    }
    out
}

/// Slanted lines over a machine that is off, within its corners.
#[must_use]
pub fn hatch(rect: &Rect) -> String {
    const STEP: f64 = 14.0;
    let inner = Rect {
        x: rect.x + 5.0,
        y: rect.y + 5.0,
        w: rect.w - 10.0,
        h: rect.h - 10.0,
    };
    let mut d = String::new();
    let mut along = STEP;
    while along < inner.w + inner.h {
        // From the left or lower edge up to the upper or right one.
        let from = (inner.x + (along - inner.h).max(0.0), inner.y + along.min(inner.h));
        let to = (inner.x + along.min(inner.w), inner.y + (along - inner.w).max(0.0));
        d.push_str(&path("M# #L# #", &[from.0, from.1, to.0, to.1]));
        along += STEP;
    }
    d
}

/// A pod by its state: disc and tick, ring and bar, open ring and cross; a process as a square.
pub fn pod(out: &mut Vec<Shape>, center: Point, r: f64, state: PodState) {
    let (x, y) = (center.x, center.y);
    let circle = |class, r| Shape::Circle { class, center, r };
    match state {
        PodState::Ready => {
            out.push(circle("pod-ready", r));
            out.push(Shape::path(
                "pod-ready-mark",
                path(
                    "M# #l# #l# #",
                    &[x - r * 0.42, y + r * 0.04, r * 0.3, r * 0.32, r * 0.56, -r * 0.64],
                ),
            ));
        }
        PodState::NotReady => {
            out.push(circle("pod-not-ready", r - 1.0));
            out.push(Shape::path(
                "pod-not-ready-mark",
                path("M# #h#", &[x - r * 0.42, y, r * 0.84]),
            ));
        }
        PodState::Terminating => {
            // Three quarters of a ring, open towards the upper right.
            let (a, b) = ((r - 1.0) * 0.5, (r - 1.0) * 0.866);
            out.push(Shape::path(
                "pod-terminating",
                path("M# #A# # 0 1 0 # #", &[x - a, y - b, r - 1.0, r - 1.0, x + r - 1.0, y]),
            ));
            let k = r * 0.32;
            out.push(Shape::path(
                "pod-terminating",
                path(
                    "M# #l# #m0 #l# #",
                    &[x - k, y - k, 2.0 * k, 2.0 * k, -2.0 * k, -2.0 * k, 2.0 * k],
                ),
            ));
        }
        PodState::Process => {
            out.push(Shape::rect(
                "process",
                x - r + 1.0,
                y - r + 1.0,
                2.0 * r - 2.0,
                2.0 * r - 2.0,
                3.0,
            ));
            out.push(Shape::path(
                "process-mark",
                path(
                    "M# #l# #l# #M# #h#",
                    &[
                        x - r * 0.4,
                        y - r * 0.3,
                        r * 0.3,
                        r * 0.3,
                        -r * 0.3,
                        r * 0.3,
                        x + r * 0.05,
                        y + r * 0.3,
                        r * 0.35,
                    ],
                ),
            ));
        }
    }
}

/// A rewrite on the track: `nat dnat`, `nat snat` or `nat undo`.
#[must_use]
pub fn diamond(center: Point, class: &'static str, s: f64) -> Shape {
    let (x, y) = (center.x, center.y);
    Shape::path(
        class,
        path("M# #L# #L# #L# #Z", &[x, y - s, x + s, y, x, y + s, x - s, y]),
    )
}

/// Not told yet: a question mark in a ring.
pub fn unknown(out: &mut Vec<Shape>, center: Point) {
    let (x, y) = (center.x, center.y);
    out.push(Shape::Circle {
        class: "st dns",
        center,
        r: 7.5,
    });
    out.push(Shape::path(
        "dnsq",
        path("M# #c.2-2.5 3.9-2.2 3.6.1-.2 1.3-1.8 1.3-1.8 2.6", &[x - 1.8, y - 1.4]) + &path("M# #v.1", &[x, y + 3.4]),
    ));
}

/// Refused: an octagon with a cross.
pub fn octagon(out: &mut Vec<Shape>, center: Point, s: f64) {
    let (x, y, k) = (center.x, center.y, s * 0.414);
    out.push(Shape::path(
        "refuse-plate",
        path(
            "M# #H#L# #V#L# #H#L# #V#Z",
            &[
                x - k,
                y - s,
                x + k,
                x + s,
                y - k,
                y + k,
                x + k,
                y + s,
                x - k,
                x - s,
                y + k,
                y - k,
            ],
        ),
    ));
    let k = s * 0.36;
    out.push(Shape::path(
        "refuse-x",
        path(
            "M# #l# #m0 #l# #",
            &[x - k, y - k, 2.0 * k, 2.0 * k, -2.0 * k, -2.0 * k, 2.0 * k],
        ),
    ));
}

/// Timeout: an open clock.
pub fn clock(out: &mut Vec<Shape>, center: Point, r: f64) {
    let (x, y) = (center.x, center.y);
    out.push(Shape::Circle {
        class: "silence-ground",
        center,
        r: r + 2.0,
    });
    // Four fifths of a circle, open at the upper left.
    let (a, b) = (r * 0.951, r * 0.309);
    out.push(Shape::path(
        "silence",
        path("M# #A# # 0 1 1 # #", &[x, y - r, r, r, x - a, y - b]),
    ));
    out.push(Shape::path(
        "silence",
        path("M# #V#l# #", &[x, y - r * 0.58, y, r * 0.34, r * 0.25]),
    ));
}

/// A packet that fades: dots that grow smaller behind it.
pub fn fading(out: &mut Vec<Shape>, at: Point, heading: f64, scale: f64) {
    let (dx, dy) = (heading.to_radians().cos(), heading.to_radians().sin());
    for (back, r) in [(42.0, 2.6), (32.0, 1.9), (23.0, 1.2)] {
        out.push(Shape::Circle {
            class: "fade",
            center: pt(at.x - dx * back * scale, at.y - dy * back * scale),
            r,
        });
    }
}

/// A personal machine.
pub fn laptop(out: &mut Vec<Shape>, center: Point, narrow: bool) {
    let (x, y) = (center.x, center.y);
    let (w, h) = if narrow { (15.0, 20.0) } else { (19.0, 25.0) };
    out.push(Shape::rect("machine", x - w, y - h + 12.0, 2.0 * w, h, 3.0));
    out.push(Shape::path(
        "machine",
        path("M# #h#", &[x - w - 6.0, y + 15.0, 2.0 * w + 12.0]),
    ));
}

/// A host outside that is not the client: a plain server.
pub fn server(out: &mut Vec<Shape>, center: Point, half: (f64, f64)) {
    let (x, y, (w, h)) = (center.x, center.y, half);
    out.push(Shape::rect("machine", x - w, y - h, 2.0 * w, 2.0 * h, 4.0));
    out.push(Shape::path(
        "machine",
        path("M# #h#M# #h0", &[x - w, y, 2.0 * w, x - w * 0.6, y - h * 0.5]),
    ));
}

/// A router: a circle with arrows to both sides.
pub fn router(out: &mut Vec<Shape>, center: Point, r: f64) {
    let (x, y) = (center.x, center.y);
    out.push(Shape::Circle {
        class: "machine",
        center,
        r,
    });
    let (a, k) = (r * 0.55, r * 0.28);
    out.push(Shape::path(
        "router-mark",
        path(
            "M# #h#l# #M# #h#l# #",
            &[x - a, y - k, 2.0 * a, -k, -k, x + a, y + k, -2.0 * a, k, k],
        ),
    ));
}

/// An arrow head of a lane, pointing along it: filled for requests, open for replies.
pub fn chevron(out: &mut String, at: Point, heading: f64, reply: bool) {
    let (cos, sin) = (heading.to_radians().cos(), heading.to_radians().sin());
    let points: [(f64, f64); 3] = if reply {
        [(-3.5, -5.0), (2.5, 0.0), (-3.5, 5.0)]
    } else {
        [(-4.0, -5.5), (4.0, 0.0), (-4.0, 5.5)]
    };
    arrow(out, at, (cos, sin), &points, !reply);
}

/// One of many packets.
pub fn mini(out: &mut String, at: Point, heading: f64, scale: f64) {
    let (cos, sin) = (heading.to_radians().cos(), heading.to_radians().sin());
    let points = [(-4.0, -3.4), (3.6, 0.0), (-4.0, 3.4)].map(|(x, y)| (x * scale, y * scale));
    arrow(out, at, (cos, sin), &points, true);
}

fn arrow(out: &mut String, at: Point, (cos, sin): (f64, f64), points: &[(f64, f64)], closed: bool) {
    for (idx, &(x, y)) in points.iter().enumerate() {
        out.push(if idx == 0 { 'M' } else { 'L' });
        pair(out, pt(at.x + x * cos - y * sin, at.y + x * sin + y * cos));
    }
    if closed {
        out.push('Z');
    }
}

/// The virtual address, always in the same dashed chip: in every node's rules and on the Service.
pub fn chip(out: &mut Vec<Shape>, x: f64, y: f64, text: &str) {
    out.push(Shape::rect(
        "vip",
        x - 6.0,
        y - 13.5,
        measure::mono(text) + 12.0,
        19.0,
        4.0,
    ));
    out.push(Shape::text(pt(x, y), "addr vip-text", text));
}
