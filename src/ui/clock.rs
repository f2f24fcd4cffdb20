//! One frame loop for the whole page.
//!
//! It runs only while something moves: the step function says each frame whether it wants another one.
//! The loop belongs to whoever made it; dropping it cancels the pending frame. All of the page's use of
//! `requestAnimationFrame` and of timers stands here.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// A frame after a hidden tab or a slow task counts as this long at most, so that nothing jumps.
const LONGEST_FRAME_MS: f64 = 64.0;

type Step = Box<dyn FnMut(f64) -> bool>;

struct Inner {
    pending: Cell<Option<i32>>,
    last: Cell<Option<f64>>,
    step: RefCell<Step>,
    callback: RefCell<Option<Closure<dyn FnMut(f64)>>>,
}

impl Inner {
    fn request(&self) {
        let callback = self.callback.borrow();
        let (Some(callback), Some(window)) = (callback.as_ref(), web_sys::window()) else {
            return;
        };
        let handle = window.request_animation_frame(callback.as_ref().unchecked_ref());
        self.pending.set(handle.ok());
    }

    fn frame(&self, now: f64) {
        self.pending.set(None);
        let passed = self.last.replace(Some(now)).map_or(0.0, |last| now - last);
        let more = (self.step.borrow_mut())(passed.clamp(0.0, LONGEST_FRAME_MS));
        if more {
            self.request();
        } else {
            self.last.set(None);
        }
    }
}

/// Calls a step with the milliseconds since the last frame, until the step returns `false`.
pub struct FrameLoop(Rc<Inner>);

impl FrameLoop {
    /// A loop at rest.
    pub fn new(step: impl FnMut(f64) -> bool + 'static) -> Self {
        let inner = Rc::new(Inner {
            pending: Cell::new(None),
            last: Cell::new(None),
            step: RefCell::new(Box::new(step)),
            callback: RefCell::new(None),
        });
        // The callback must not keep the loop alive, or it would never be dropped.
        let weak = Rc::downgrade(&inner);
        let callback = Closure::new(move |now: f64| {
            if let Some(inner) = weak.upgrade() {
                inner.frame(now);
            }
        });
        *inner.callback.borrow_mut() = Some(callback);
        Self(inner)
    }

    /// Starts the loop unless it runs already.
    pub fn start(&self) {
        if self.0.pending.get().is_none() {
            self.0.request();
        }
    }
}

impl Drop for FrameLoop {
    fn drop(&mut self) {
        if let (Some(handle), Some(window)) = (self.0.pending.take(), web_sys::window()) {
            // Fails only where there is no such frame, and then there is nothing to cancel.
            let _ = window.cancel_animation_frame(handle);
        }
    }
}

/// Milliseconds since the page was opened, by the visitor's clock.
#[must_use]
pub fn now_ms() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now())
}

/// Whole milliseconds since `start`, which [`now_ms`] gave.
#[must_use]
pub fn ms_since(start: f64) -> u32 {
    (now_ms() - start) as u32
}

/// Whether the visitor asked for less motion.
#[must_use]
pub fn reduced_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

/// Whether the page is shown dark by the system's wish.
#[must_use]
pub fn system_is_dark() -> bool {
    matches("(prefers-color-scheme: dark)")
}

fn matches(query: &str) -> bool {
    web_sys::window()
        .and_then(|window| window.match_media(query).ok().flatten())
        .is_some_and(|list| list.matches())
}

/// Something to be done after a rest; asking again starts the rest anew, dropping it forgets the matter.
#[derive(Default)]
pub struct Delay {
    timeout: Option<Timeout>,
    waiting: Rc<Cell<bool>>,
}

impl Delay {
    /// Does `what` after so many milliseconds, instead of what was asked for before.
    pub fn after(&mut self, millis: u32, what: impl FnOnce() + 'static) {
        let waiting = Rc::clone(&self.waiting);
        waiting.set(true);
        self.timeout = Some(Timeout::new(millis, move || {
            waiting.set(false);
            what();
        }));
    }

    /// Forgets what was asked for.
    pub fn cancel(&mut self) {
        self.timeout = None;
        self.waiting.set(false);
    }

    /// Whether something is still to be done.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting.get()
    }
}
