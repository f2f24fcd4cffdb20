//! How much of the world is seen: the measured size of the stage, zoom, pan, and following the packet.
//!
//! The scene is laid out in CSS pixels for the size that the stage has; zooming in enlarges all of it, and a
//! world larger than its view scrolls. Nothing is ever drawn smaller than it was laid out.

use std::cell::Cell;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::scene::geometry::{Point, Size};

/// The steps of the zoom buttons, as [`View::zoom`].
const STEPS: [f64; 7] = [0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0];

/// Calls back with the size of an element whenever it changes; stops when dropped.
pub struct SizeWatch {
    observer: web_sys::ResizeObserver,
    _callback: Closure<dyn FnMut(js_sys::Array)>,
}

impl SizeWatch {
    /// Watches `element`.
    ///
    /// # Errors
    /// Where the browser has no `ResizeObserver`.
    pub fn new(element: &web_sys::Element, on_size: impl Fn(Size) + 'static) -> Result<Self, JsValue> {
        let watched = element.clone();
        let callback = Closure::new(move |_: js_sys::Array| {
            let rect = watched.get_bounding_client_rect();
            on_size(Size {
                w: rect.width().round(),
                h: rect.height().round(),
            });
        });
        let observer = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref())?;
        observer.observe(element);
        Ok(Self {
            observer,
            _callback: callback,
        })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Keeps `size` as large as the element behind `node`.
pub fn watch_size<E>(node: NodeRef<E>, size: RwSignal<Size>)
where
    E: html::ElementType,
    E::Output: JsCast + AsRef<web_sys::Element> + Clone + 'static,
{
    let watch = StoredValue::new_local(None::<SizeWatch>);
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let made = SizeWatch::new(element.as_ref(), move |now| {
            // A hidden panel has no size: what was laid out last stays. Late calls find the signal gone.
            if now.w > 0.0 && now.h > 0.0 && size.try_get_untracked().is_some_and(|it| it != now) {
                size.set(now);
            }
        });
        watch.set_value(made.ok());
    });
}

/// Zoom and whether the view follows the packet.
#[derive(Clone, Copy)]
pub struct View {
    /// Size as drawn over size as laid out, 0.5 to 3.
    pub zoom: RwSignal<f64>,
    /// Whether the view follows the packet.
    pub follow: RwSignal<bool>,
    /// Where the packet was last, in the world; `None` where there is none.
    pub packet: StoredValue<Option<Point>>,
    /// The element that scrolls.
    pub port: NodeRef<html::Div>,
}

impl View {
    /// A view of everything.
    #[must_use]
    pub fn new() -> Self {
        Self {
            zoom: RwSignal::new(1.0),
            follow: RwSignal::new(true),
            packet: StoredValue::new(None),
            port: NodeRef::new(),
        }
    }

    /// Enlarges or shrinks by steps, keeping the middle where it is.
    pub fn zoom_by(self, steps: isize) {
        let now = self.zoom.get_untracked();
        // Between two steps the one in the direction of travel is next.
        let above = STEPS.iter().position(|it| *it >= now - 0.01).unwrap_or(0);
        let between = STEPS.get(above).is_some_and(|it| *it > now + 0.01);
        let at = if between && steps > 0 {
            above.saturating_sub(1)
        } else {
            above
        };
        let next = STEPS[at.saturating_add_signed(steps).min(STEPS.len() - 1)];
        let Some(port) = self.port.get_untracked() else { return };
        let (w, h) = (f64::from(port.client_width()), f64::from(port.client_height()));
        let middle = (
            (f64::from(port.scroll_left()) + w / 2.0) / now,
            (f64::from(port.scroll_top()) + h / 2.0) / now,
        );
        self.zoom.set(next);
        // After the new size is in the document.
        request_animation_frame(move || {
            port.set_scroll_left((middle.0 * next - w / 2.0) as i32);
            port.set_scroll_top((middle.1 * next - h / 2.0) as i32);
            if let Some(at) = self.packet.get_value().filter(|_| self.follow.get_untracked()) {
                self.show(at);
            }
        });
    }

    /// All of the world, as far as that can be read; as laid out where it is no larger than the view.
    pub fn fit(self) {
        if let Some(port) = self.port.get_untracked() {
            let now = self.zoom.get_untracked();
            let share = |view: i32, all: i32| f64::from(view) / (f64::from(all) / now).max(1.0);
            let wanted = share(port.client_width(), port.scroll_width())
                .min(share(port.client_height(), port.scroll_height()))
                .min(1.0);
            let larger = port.scroll_width() > port.client_width() || port.scroll_height() > port.client_height();
            let zoom = if larger || now < 1.0 { wanted.max(STEPS[0]) } else { 1.0 };
            self.zoom.set(if now > 1.0 { zoom.min(1.0) } else { zoom });
        }
        self.to_corner();
    }

    /// As laid out, from its upper left corner.
    pub fn reset(self) {
        self.zoom.set(1.0);
        self.to_corner();
    }

    fn to_corner(self) {
        if let Some(port) = self.port.get_untracked() {
            port.set_scroll_left(0);
            port.set_scroll_top(0);
        }
    }

    /// Whether it can be enlarged (or shrunk) further.
    #[must_use]
    pub fn can_zoom(self, larger: bool) -> bool {
        let zoom = self.zoom.get();
        if larger {
            zoom < STEPS[STEPS.len() - 1]
        } else {
            zoom > STEPS[0]
        }
    }

    /// Scrolls so that a point of the world is well within the view.
    pub fn show(self, at: Point) {
        let Some(port) = self.port.get_untracked() else { return };
        let zoom = self.zoom.get_untracked();
        let scroll = |at: f64, from: i32, view: i32, all: i32| {
            if all <= view {
                return None;
            }
            let (at, from, view) = (at * zoom, f64::from(from), f64::from(view));
            let margin = (view * 0.22).min(120.0);
            let wanted = from.clamp(at - view + margin, (at - margin).max(at - view + margin));
            ((wanted - from).abs() >= 1.0).then_some(wanted as i32)
        };
        if let Some(left) = scroll(at.x, port.scroll_left(), port.client_width(), port.scroll_width()) {
            port.set_scroll_left(left);
        }
        if let Some(top) = scroll(at.y, port.scroll_top(), port.client_height(), port.scroll_height()) {
            port.set_scroll_top(top);
        }
    }
}

impl Default for View {
    fn default() -> Self {
        Self::new()
    }
}

/// Panning with the mouse: presses on empty ground drag the world. Touch and wheel scroll by themselves.
#[derive(Clone, Default)]
pub struct Drag(Rc<Cell<Option<(i32, i32, i32, i32)>>>);

impl Drag {
    /// A press begins to drag where the world is larger than the view.
    pub fn press(&self, port: &web_sys::Element, event: &web_sys::PointerEvent) {
        let larger = port.scroll_width() > port.client_width() || port.scroll_height() > port.client_height();
        if larger && event.button() == 0 && event.pointer_type() == "mouse" {
            self.0.set(Some((
                event.client_x(),
                event.client_y(),
                port.scroll_left(),
                port.scroll_top(),
            )));
        }
    }

    /// The world follows the pointer.
    pub fn pull(&self, port: &web_sys::Element, event: &web_sys::PointerEvent) {
        let Some((x, y, left, top)) = self.0.get() else { return };
        if event.buttons() == 0 {
            return self.0.set(None);
        }
        port.set_scroll_left(left + x - event.client_x());
        port.set_scroll_top(top + y - event.client_y());
    }
}
