//! The strip of one trace: its stops with their marks, the part that is passed, the packet.

use leptos::prelude::*;

use crate::net::Trace;
use crate::net::trace::Direction;
use crate::scene::geometry::{num_text, pt, transform};
use crate::scene::glyph::{self, REPLY, REQUEST};
use crate::scene::hop::HopMark;
use crate::scene::shape::{Anchor, Shape};
use crate::scene::strip::Strip;
use crate::ui::stage::SceneModel;
use crate::ui::stage::shapes;
use crate::ui::state::{Session, Timing};

/// A stretch of the strip in one direction.
#[derive(Clone, Copy, PartialEq)]
struct Run {
    /// Index of its first stop.
    first: usize,
    /// Index of its last stop.
    last: usize,
    /// Whether it is the way back.
    reply: bool,
}

/// Height of the line; higher up in a strip without names below it.
fn line_y(strip: &Strip) -> f64 {
    if strip.is_small() { 22.0 } else { 24.0 }
}

/// The strip of the trace that is shown.
pub fn view(session: Session, strip: Memo<Strip>) -> impl IntoView {
    let at = Memo::new(move |_| packet_stop(session, &strip.read()));
    let runs = Memo::new(move |_| {
        let trace = session.traffic.trace();
        trace.map(|trace| runs(&trace, &strip.read())).unwrap_or_default()
    });
    let done = move || -> Vec<AnyView> { runs.get().into_iter().map(|run| passed(strip, at, run)).collect() };
    view! {
        {move || line(&strip.read())}
        {done}
        {move || marks(session, &strip.read())}
        {packet(session, strip, at)}
    }
}

/// The stop at which the packet is; fractions lie between stops.
fn packet_stop(session: Session, strip: &Strip) -> f64 {
    let timing = session.playback.timing.read();
    let Timing::One(timeline) = &*timing else { return 0.0 };
    // A question ahead keeps its distance, in pixels.
    let most = if strip.n_known < strip.n_stops {
        strip.n_known as f64 - 20.0 / (strip.x(1.0) - strip.x(0.0)).max(1.0)
    } else {
        f64::INFINITY
    };
    strip.stop_at(timeline, session.playback.playhead.get()).min(most)
}

/// The line from the first stop to the last.
fn line(strip: &Strip) -> Option<impl IntoView + use<>> {
    (strip.n_stops > 1).then(|| {
        let (first, last) = (strip.x(0.0), strip.x(strip.n_stops as f64 - 1.0));
        let d = format!("M{} {}H{}", num_text(first), line_y(strip), num_text(last));
        view! { <path class="ahead-line" d=d></path> }
    })
}

/// The marks of all stops, with names where there is room.
fn marks(session: Session, strip: &Strip) -> Option<Vec<AnyView>> {
    let trace = session.traffic.trace()?;
    let (hop, y) = (session.playback.hop.get(), line_y(strip));
    let mut out = Vec::new();
    let reached = session.playback.reached.get();
    for stop in 0..strip.n_known {
        let (first, shown_at) = (strip.itinerary.start_of(stop), strip.itinerary.hop_of(stop));
        if shown_at >= trace.hops.len() {
            continue;
        }
        if reached < first {
            // Not yet: a stop, and no word of what happens there.
            let r = if strip.is_crowded() { 2.2 } else { 4.5 };
            let center = pt(strip.x(stop as f64), y);
            out.push(Shape::Circle { class: "st", center, r });
            continue;
        }
        let folded = strip.itinerary.is_folded(stop);
        mark(&mut out, strip, &trace, (stop, shown_at, folded), first <= hop, y);
    }
    if strip.n_known < strip.n_stops {
        glyph::unknown(&mut out, pt(strip.x(strip.n_known as f64), y));
    }
    let current = hop.min(trace.hops.len().saturating_sub(1));
    let labels = strip.labels(&trace, current, session.lang.get());
    for label in labels.into_iter().filter(|it| *it.hops.start() <= reached) {
        let here = label.hops.contains(&current);
        let class = if here { "st-label cur" } else { "st-label" };
        out.push(Shape::anchored(
            pt(label.x, y + 25.0),
            Anchor::Middle,
            class,
            label.text,
        ));
    }
    Some(shapes::draw(&out))
}

/// The packet on the line; where it died, the mark of its end stands.
fn packet(session: Session, strip: Memo<Strip>, at: Memo<f64>) -> impl IntoView {
    let model = SceneModel::expect();
    move || {
        let frame = model.frame.get()?;
        let trace = session.traffic.trace()?;
        if trace.hops.get(frame.hop).is_some_and(|it| it.after.is_none()) {
            return None;
        }
        let (class, d) = if frame.reply {
            ("packet reply", REPLY)
        } else {
            ("packet request", REQUEST)
        };
        let place = move || {
            let strip = strip.read();
            transform(pt(strip.x(at.get()), line_y(&strip)), 0.0, 0.78)
        };
        Some(view! {
            <g class=class transform=place>
                <path class="halo" d=d></path>
                <path class="body" d=d></path>
            </g>
        })
    }
}

/// The stretches of a trace.
fn runs(trace: &Trace, strip: &Strip) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    for idx in 1..strip.itinerary.n_stops() {
        let Some(hop) = trace.hops.get(strip.itinerary.start_of(idx)) else {
            continue;
        };
        let reply = hop.direction == Direction::Reply;
        match out.last_mut() {
            Some(run) if run.reply == reply => run.last = idx,
            _ => out.push(Run {
                first: idx - 1,
                last: idx,
                reply,
            }),
        }
    }
    out
}

/// The part of a stretch that is behind the packet.
fn passed(strip: Memo<Strip>, at: Memo<f64>, Run { first, last, reply }: Run) -> AnyView {
    let d = move || {
        let strip = strip.read();
        let end = at.get().min(last as f64);
        let y = line_y(&strip);
        (end > first as f64).then(|| format!("M{} {y}H{}", num_text(strip.x(first as f64)), num_text(strip.x(end))))
    };
    if reply {
        view! {
            <path class="s-rep" d=d></path>
            <path class="s-rep core" d=d></path>
        }
        .into_any()
    } else {
        view! { <path class="s-req" d=d></path> }.into_any()
    }
}

/// The mark of a stop: its place, the hop at which it is shown, whether it is a folded lookup.
fn mark(
    out: &mut Vec<Shape>,
    strip: &Strip,
    trace: &Trace,
    (stop, idx, folded): (usize, usize, bool),
    past: bool,
    y: f64,
) {
    let center = pt(strip.x(stop as f64), y);
    let reply = trace.hops[idx].direction == Direction::Reply;
    // Many stops on a short line: dots, and of rewrites a mark that can still be told.
    let crowded = strip.is_crowded();
    let size = match (crowded, past) {
        (true, _) => 4.5,
        (false, true) => 6.5,
        (false, false) => 5.0,
    };
    let r = |full: f64| if crowded { 2.2 } else { full };
    let pick = |on: &'static str, off: &'static str| if past { on } else { off };
    let kind = match HopMark::of(trace, idx) {
        HopMark::Stop if folded => HopMark::Dns,
        kind => kind,
    };
    match kind {
        HopMark::Dnat => out.push(glyph::diamond(center, pick("nat dnat", "nat dnat off"), size)),
        HopMark::Snat => out.push(glyph::diamond(center, pick("nat snat", "nat snat off"), size)),
        HopMark::Undo => out.push(glyph::diamond(center, pick("nat undo", "nat undo off"), size)),
        HopMark::Refused => glyph::octagon(out, center, 8.0),
        HopMark::Silence => glyph::clock(out, center, 7.0),
        HopMark::Pod => out.push(Shape::Circle {
            class: pick("st pod-st", "st"),
            center,
            r: r(6.0),
        }),
        HopMark::Dns => out.push(Shape::Circle {
            class: "st dns",
            center,
            r: r(5.0),
        }),
        HopMark::Stop => out.push(Shape::Circle {
            class: match (past, reply) {
                (false, _) => "st",
                (true, false) => "st req",
                (true, true) => "st rep",
            },
            center,
            r: r(4.5),
        }),
    }
}
