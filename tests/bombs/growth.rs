//! Whether twice the input costs twice the work: steps that the engine counts, and bytes that it allocates.

use kubehop::steps;

use crate::allocations;

/// Work on `2n` may cost this much more than on `n`. Twice is even, four times is quadratic.
const MOST: f64 = 3.0;

/// Prepares inputs of `n` and `2n` with `make`, and requires that what it returns does not take more than three times
/// as many steps, nor allocate three times as much, on the second.
pub fn grows_evenly<W: FnMut()>(what: &str, n: usize, make: impl Fn(usize) -> W) {
    // What is made once for all (schemas, tables) is none of either's.
    make(n)();
    let (once, twice) = (cost(make(n)), cost(make(2 * n)));
    assert!(once.0 + once.1 > 0, "{what}: nothing is counted");
    for (counted, once, twice) in [("steps", once.0, twice.0), ("bytes", once.1, twice.1)] {
        assert!(
            (twice as f64) < MOST * once.max(n as u64) as f64,
            "{what}: {n} cost {once} {counted}, {} cost {twice}",
            2 * n
        );
    }
}

/// Steps and bytes of this thread.
fn cost(mut work: impl FnMut()) -> (u64, u64) {
    let (steps, bytes) = (steps::taken(), allocations::made());
    work();
    (steps::taken() - steps, allocations::made() - bytes)
}

#[test]
#[should_panic(expected = "squares: 200 cost 40000 steps")]
fn steps_that_grow_with_the_square_are_found() {
    grows_evenly("squares", 200, |n| {
        move || (0..n).for_each(|_| (0..n).for_each(|_| steps::count(1)))
    });
}

#[test]
#[should_panic(expected = "copies: 2000 cost")]
fn allocations_that_grow_with_the_square_are_found() {
    grows_evenly("copies", 2000, |n| {
        move || {
            let mut list: Vec<usize> = Vec::new();
            for item in 0..n {
                list = std::hint::black_box(list.iter().copied().chain([item]).collect());
            }
        }
    });
}
