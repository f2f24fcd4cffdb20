//! The strip of a burst: a line for each backend, with a tick for every answer in its order.

use leptos::prelude::*;

use crate::net::Place;
use crate::net::tally::Tally;
use crate::scene::geometry::{Size, num_text, pt};
use crate::scene::hop::stop_name;
use crate::scene::measure::fit_ui;
use crate::scene::shape::Shape;
use crate::ui::stage::shapes;
use crate::ui::state::Session;

/// The strip of the burst that is shown, over a size in pixels.
pub fn view(session: Session, size: Size) -> impl IntoView {
    const MOST_LINES: usize = 4;
    let traces = session.traffic.traces.get();
    let tally = Tally::new(&traces);
    let arrived = session.playback.arrived.get();
    let left = if size.w < 400.0 { 50.0 } else { 62.0 };
    let lines = tally.rows.len().clamp(1, MOST_LINES);
    let pitch = (size.h - 4.0) / lines as f64;
    let step = (size.w - left - 4.0) / traces.len().max(1) as f64;
    let mut out = Vec::new();
    for (line, row) in tally.rows.iter().take(MOST_LINES).enumerate() {
        let y = 2.0 + pitch * (line as f64 + 0.5);
        let name = match &row.pod {
            Some(pod) => stop_name(&Place::Pod(pod.clone()), session.lang.get()),
            None => row.address.to_string(),
        };
        let name = fit_ui(&name, 12.0, false, left - 6.0);
        out.push(Shape::text(pt(0.0, y + 4.0), "st-label", name));
        let mut d = String::new();
        for (idx, trace) in traces.iter().enumerate().take(arrived) {
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
