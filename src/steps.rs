//! How much work was done, counted in builds with debug assertions: whether twice the input costs twice the work can
//! be told without a clock.
//!
//! Whatever looks at many things one by one counts them here. Nothing reads the count but tests; what a program does
//! never depends on it.

#[cfg(debug_assertions)]
use std::cell::Cell;

#[cfg(debug_assertions)]
thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

/// Counts steps of this thread.
#[inline]
pub fn count(steps: usize) {
    #[cfg(debug_assertions)]
    TAKEN.set(TAKEN.get().wrapping_add(steps as u64));
    #[cfg(not(debug_assertions))]
    let _ = steps;
}

/// Steps that this thread has taken so far; 0 in builds without debug assertions.
#[must_use]
pub fn taken() -> u64 {
    #[cfg(debug_assertions)]
    return TAKEN.get();
    #[cfg(not(debug_assertions))]
    0
}
