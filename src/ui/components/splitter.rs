//! The splitter between two panels: dragged, or moved with the arrow keys; a double click puts it back.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::ui::state::Session;

/// The panel that a splitter sizes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The manifests.
    Left,
    /// Hops and inspector.
    Right,
}

/// Widths in CSS pixels that both panels can take; the stage keeps at least [`STAGE`].
const RANGE: std::ops::RangeInclusive<f64> = 260.0..=720.0;
/// The least width of the stage in CSS pixels.
const STAGE: f64 = 560.0;
/// Step of an arrow key in CSS pixels.
const KEY_STEP: f64 = 16.0;

impl Side {
    /// Width as designed.
    const fn designed(self) -> f64 {
        match self {
            Self::Left => 372.0,
            Self::Right => 340.0,
        }
    }

    fn of(self, widths: (f64, f64)) -> f64 {
        let kept = match self {
            Self::Left => widths.0,
            Self::Right => widths.1,
        };
        if kept > 0.0 { kept } else { self.designed() }
    }

    /// `wished`, as far as the window allows it.
    fn allowed(self, wished: f64, widths: (f64, f64)) -> f64 {
        let other = match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        };
        let window = window().inner_width().ok().and_then(|it| it.as_f64()).unwrap_or(1440.0);
        let most = (window - STAGE - other.of(widths)).clamp(*RANGE.start(), *RANGE.end());
        wished.clamp(*RANGE.start(), most)
    }
}

/// A width for the style attribute; nothing where it is as designed.
#[must_use]
pub fn style(widths: (f64, f64)) -> String {
    let mut style = String::new();
    for (name, side, kept) in [
        ("--side-now", Side::Left, widths.0),
        ("--detail-now", Side::Right, widths.1),
    ] {
        if kept > 0.0 {
            style.push_str(&format!("{name}:{}px;", side.allowed(kept, widths)));
        }
    }
    style
}

/// The splitter beside a panel.
#[component]
pub fn Splitter(
    /// The panel that it sizes.
    side: Side,
) -> impl IntoView {
    let session = Session::expect();
    let grabbed = RwSignal::new(None::<(f64, f64)>);
    let sign = if side == Side::Left { 1.0 } else { -1.0 };
    let set = move |wished: f64| {
        session.layout.widths.update(|widths| {
            let width = side.allowed(wished, *widths);
            match side {
                Side::Left => widths.0 = width,
                Side::Right => widths.1 = width,
            }
        });
    };
    let now = move || side.of(session.layout.widths.get());
    let on_press = move |event: PointerEvent| {
        let target = event
            .current_target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        if let Some(target) = target {
            // Fails only for a pointer that has gone meanwhile.
            let _ = target.set_pointer_capture(event.pointer_id());
        }
        grabbed.set(Some((f64::from(event.client_x()), now())));
    };
    let on_move = move |event: PointerEvent| {
        if let Some((from, width)) = grabbed.get_untracked() {
            set(width + sign * (f64::from(event.client_x()) - from));
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" => -KEY_STEP,
            "ArrowRight" => KEY_STEP,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        set(now() + sign * step);
    };
    let back = move |_| {
        session.layout.widths.update(|widths| match side {
            Side::Left => widths.0 = 0.0,
            Side::Right => widths.1 = 0.0,
        });
    };
    view! {
        <div
            class="edge"
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label=session.say(|w| w.panel_width)
            aria-valuenow=move || now().round() as i32
            aria-valuemin="260"
            aria-valuemax="720"
            data-drag=move || grabbed.get().map(|_| "")
            on:pointerdown=on_press
            on:pointermove=on_move
            on:pointerup=move |_| grabbed.set(None)
            on:pointercancel=move |_| grabbed.set(None)
            on:keydown=on_key
            on:dblclick=back
        ></div>
    }
}
