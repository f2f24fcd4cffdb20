//! The system's allocator, counting for each thread: work and memory that can be told without a clock.

#![expect(unsafe_code, reason = "an allocator is unsafe by its nature; this one only counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

#[global_allocator]
static COUNTED: Counted = Counted;

/// The system's allocator and two counters.
struct Counted;

thread_local! {
    static MADE: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

/// What an allocation costs beside its bytes.
const EACH: u64 = 32;

/// Bytes that this thread has asked for so far, and something for each time it asked.
pub fn made() -> u64 {
    MADE.get()
}

/// Bytes that this thread has asked for and not given back.
pub fn held() -> i64 {
    HELD.get()
}

fn count(made: usize, held: i64) {
    // A thread that ends still frees.
    let _ = MADE.try_with(|it| it.set(it.get().wrapping_add(if made > 0 { made as u64 + EACH } else { 0 })));
    let _ = HELD.try_with(|it| it.set(it.get().wrapping_add(held)));
}

// SAFETY: everything is the system allocator's.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), layout.size() as i64);
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, -(layout.size() as i64));
        // SAFETY: the caller's promises are the same.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, size as i64 - layout.size() as i64);
        // SAFETY: the caller's promises are the same.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[test]
fn what_is_made_and_held_is_counted() {
    let (made_before, held_before) = (made(), held());
    let list = std::hint::black_box(vec![0_u8; 10_000]);
    assert_eq!(made() - made_before, 10_000 + EACH);
    assert_eq!(held() - held_before, 10_000);
    drop(list);
    assert_eq!(held(), held_before);
}
