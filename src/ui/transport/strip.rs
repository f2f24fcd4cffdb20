//! All hops on one line, to be scrubbed; after a burst, a line for each backend with a tick per answer.

use leptos::ev::PointerEvent;
use leptos::prelude::*;

use crate::net::tally::Tally;
use crate::net::trace::Direction;
use crate::scene::draw::glyph::{self, REPLY, REQUEST};
use crate::scene::geometry::{Size, num_text, pt, transform};
use crate::scene::hop::{self, HopMark};
use crate::scene::shape::{Anchor, Shape};
use crate::scene::strip::Strip;
use crate::ui::i18n;
use crate::ui::stage::SceneModel;
use crate::ui::stage::shapes;
use crate::ui::stage::view::watch_size;
use crate::ui::state::{Session, Timing};

/// Height of the line in a strip with names below it.
const LINE_Y: f64 = 24.0;

/// The strip.
#[component]
pub fn HopStrip() -> impl IntoView {
    let session = Session::expect();
    let host = NodeRef::<leptos::html::Div>::new();
    let size = RwSignal::new(Size { w: 420.0, h: 58.0 });
    watch_size(host, size);
    let strip = Memo::new(move |_| {
        let n_hops = session.traffic.trace().map_or(0, |it| it.hops.len());
        match session.playback.hidden_from() {
            Some(veil) => Strip::veiled(veil, size.get().w),
            None => Strip::new(n_hops, size.get().w),
        }
    });
    let scrub = move |event: &PointerEvent| {
        let Some(host) = host.get_untracked() else { return };
        let x = f64::from(event.client_x()) - host.get_bounding_client_rect().left();
        let timing = session.playback.timing.read_untracked();
        let ms = match &*timing {
            Timing::One(timeline) => strip.read_untracked().time_at(timeline, x),
            Timing::Burst(_) => timing.end() * (x / size.get_untracked().w.max(1.0)).clamp(0.0, 1.0),
            Timing::Idle => return,
        };
        drop(timing);
        session.playback.seek(ms);
    };
    let press = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        if let Some(host) = host.get_untracked() {
            // Fails only for a pointer that is gone already.
            let _ = host.set_pointer_capture(event.pointer_id());
        }
        scrub(&event);
    };
    let pull = move |event: PointerEvent| {
        if event.buttons() != 0 {
            scrub(&event);
        }
    };
    let count = move || {
        if session.traffic.is_burst() {
            session.traffic.traces.read().len()
        } else {
            strip.read().n_hops
        }
    };
    let says = move || {
        let lang = session.lang.get();
        if session.traffic.is_burst() {
            return Some(i18n::requests(lang, session.traffic.traces.read().len()));
        }
        let trace = session.traffic.trace()?;
        let hop = session.playback.hop.get();
        let line = hop::lines(&trace, lang).into_iter().nth(hop)?;
        Some(format!(
            "{}: {}, {}",
            i18n::hop_of(lang, hop + 1, strip.read().n_hops),
            line.place,
            line.text
        ))
    };
    // When each hop starts and is left: what the first picture moves by (assets/first.js).
    let times = move || match &*session.playback.timing.read() {
        Timing::One(timeline) => {
            let timings = timeline.starts().enumerate();
            let timings =
                timings.map(|(hop, start)| format!("{} {}", num_text(start), num_text(timeline.leave_of(hop))));
            Some(timings.collect::<Vec<_>>().join(" "))
        }
        Timing::Idle | Timing::Burst(_) => None,
    };
    let body = move || {
        if session.traffic.is_burst() {
            burst(session, size.get()).into_any()
        } else {
            one(session, strip).into_any()
        }
    };
    view! {
        <div
            class="strip"
            node_ref=host
            role="slider"
            tabindex="0"
            aria-label=session.say(|w| w.strip_label)
            aria-valuemin="1"
            aria-valuemax=move || count().max(1)
            aria-valuenow=move || session.playback.hop.get() + 1
            aria-valuetext=says
            data-times=times
            on:pointerdown=press
            on:pointermove=pull
        >
            <svg class="marks" aria-hidden="true">
                {body}
            </svg>
        </div>
    }
}

fn one(session: Session, strip: Memo<Strip>) -> impl IntoView {
    let model = SceneModel::expect();
    let y = move || if strip.read().is_small() { 22.0 } else { LINE_Y };
    // Where the packet is, in stops.
    let at = Memo::new(move |_| match &*session.playback.timing.read() {
        Timing::One(timeline) => {
            let strip = strip.read();
            // A question ahead keeps its distance, in pixels.
            let most = if strip.n_known < strip.n_hops {
                strip.n_known as f64 - 20.0 / (strip.x(1.0) - strip.x(0.0)).max(1.0)
            } else {
                f64::INFINITY
            };
            strip.stop_at(timeline, session.playback.playhead.get()).min(most)
        }
        Timing::Idle | Timing::Burst(_) => 0.0,
    });
    let line = move || {
        let strip = strip.read();
        (strip.n_hops > 1).then(|| {
            let d = format!(
                "M{} {}H{}",
                num_text(strip.x(0.0)),
                y(),
                num_text(strip.x(strip.n_hops as f64 - 1.0))
            );
            view! { <path class="ahead-line" d=d></path> }
        })
    };
    let runs = Memo::new(move |_| session.traffic.trace().map(|trace| runs(&trace)).unwrap_or_default());
    let done = move || -> Vec<AnyView> { runs.get().into_iter().map(|run| passed(strip, at, run)).collect() };
    let marks = move || {
        let trace = session.traffic.trace()?;
        let strip = strip.get();
        let hop = session.playback.hop.get();
        let mut out = Vec::new();
        for idx in 0..strip.n_known {
            mark(&mut out, &strip, &trace, idx, idx <= hop, y());
        }
        if strip.n_known < strip.n_hops {
            glyph::unknown(&mut out, pt(strip.x(strip.n_known as f64), y()));
        }
        let current = hop.min(trace.hops.len().saturating_sub(1));
        for label in strip.labels(&trace, current, session.lang.get()) {
            let here = label.hops.contains(&current);
            let class = if here { "st-label cur" } else { "st-label" };
            out.push(Shape::anchored(
                pt(label.x, y() + 25.0),
                Anchor::Middle,
                class,
                label.text,
            ));
        }
        Some(shapes::draw(&out))
    };
    let packet = move || {
        let frame = model.frame.get()?;
        // Where the packet died, the mark of its end stands.
        let trace = session.traffic.trace()?;
        if trace.hops.get(frame.hop).is_some_and(|it| it.after.is_none()) {
            return None;
        }
        let reply = frame.reply;
        let (class, d) = if reply {
            ("packet reply", REPLY)
        } else {
            ("packet request", REQUEST)
        };
        let degrees = 0.0;
        let place = move || transform(pt(strip.read().x(at.get()), y()), degrees, 0.78);
        Some(view! {
            <g class=class transform=place>
                <path class="halo" d=d></path>
                <path class="body" d=d></path>
            </g>
        })
    };
    view! {
        {line}
        {done}
        {marks}
        {packet}
    }
}

/// Stretches of the strip in one direction: first and last stop, and whether it is the way back.
fn runs(trace: &crate::net::Trace) -> Vec<(usize, usize, bool)> {
    let mut out: Vec<(usize, usize, bool)> = Vec::new();
    for idx in 1..trace.hops.len() {
        let reply = trace.hops[idx].direction == Direction::Reply;
        match out.last_mut() {
            Some(last) if last.2 == reply => last.1 = idx,
            _ => out.push((idx - 1, idx, reply)),
        }
    }
    out
}

/// What is behind the packet of one stretch.
fn passed(strip: Memo<Strip>, at: Memo<f64>, (first, last, reply): (usize, usize, bool)) -> AnyView {
    let d = move || {
        let strip = strip.read();
        let end = at.get().min(last as f64);
        let y = if strip.is_small() { 22.0 } else { LINE_Y };
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

fn mark(out: &mut Vec<Shape>, strip: &Strip, trace: &crate::net::Trace, idx: usize, past: bool, y: f64) {
    let center = pt(strip.x(idx as f64), y);
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
    match HopMark::of(trace, idx) {
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

/// A line for each backend, with a tick for every answer in its order.
fn burst(session: Session, size: Size) -> impl IntoView {
    const MOST_LINES: usize = 4;
    let traces = session.traffic.traces.get();
    let tally = Tally::new(&traces);
    let left = if size.w < 400.0 { 50.0 } else { 62.0 };
    let lines = tally.rows.len().clamp(1, MOST_LINES);
    let pitch = (size.h - 4.0) / lines as f64;
    let step = (size.w - left - 4.0) / traces.len().max(1) as f64;
    let mut out = Vec::new();
    for (line, row) in tally.rows.iter().take(MOST_LINES).enumerate() {
        let y = 2.0 + pitch * (line as f64 + 0.5);
        let name = match &row.pod {
            Some(pod) => hop::stop_name(&crate::net::Place::Pod(pod.clone()), session.lang.get()),
            None => row.address.to_string(),
        };
        let name = crate::scene::measure::fit_ui(&name, 12.0, false, left - 6.0);
        out.push(Shape::text(pt(0.0, y + 4.0), "st-label", name));
        let mut d = String::new();
        for (idx, trace) in traces.iter().enumerate() {
            if trace
                .backend
                .as_ref()
                .is_some_and(|it| it.address == row.address && it.node == row.node)
            {
                let x = num_text(left + (idx as f64 + 0.5) * step);
                d.push_str(&format!("M{x} {}v10", num_text(y - 5.0)));
            }
        }
        out.push(Shape::path(
            "ahead-line thin",
            format!("M{left} {}H{}", num_text(y), num_text(size.w)),
        ));
        out.push(Shape::path("tick", d));
    }
    let x = move || {
        let timing = session.playback.timing.read();
        let share = (session.playback.playhead.get() / timing.end().max(1.0)).clamp(0.0, 1.0);
        format!(
            "M{} 0V{}",
            num_text(left + share * (size.w - left - 4.0)),
            num_text(size.h)
        )
    };
    view! {
        {shapes::draw(&out)}
        <path class="head-line" d=x></path>
    }
}
