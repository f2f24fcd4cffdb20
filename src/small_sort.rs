//! Sorting that is compiled once.
//!
//! The standard library compiles its sort anew for every type it sorts: 4 KB of WebAssembly each, and there are
//! dozens. Here only the comparison and the moving of elements are; the sort itself knows indices. For lists of a
//! few thousand elements at most, where the detour costs nothing that can be measured.

use std::cmp::Ordering;

use crate::steps;

/// Stable sorting of slices.
pub trait SmallSort<T> {
    /// Sorts by a comparison.
    fn small_sort_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Sorts by a key, which is computed at every comparison.
    fn small_sort_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.small_sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Sorts.
    fn small_sort(&mut self)
    where
        T: Ord,
    {
        self.small_sort_by(T::cmp);
    }
}

impl<T> SmallSort<T> for [T] {
    fn small_sort_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut order = sorted(self.len(), &mut |a, b| compare(&self[a], &self[b]));
        // Each place gets what belongs there, cycle by cycle.
        for start in 0..self.len() {
            let mut at = start;
            loop {
                let from = std::mem::replace(&mut order[at], at);
                if from == start || from == at {
                    break;
                }
                self.swap(at, from);
                at = from;
            }
        }
    }
}

/// The indices `0..n` in the order of what they stand for.
fn sorted(n: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| {
        steps::count(1);
        compare(a, b)
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        let mut rng = crate::sim::Rng::new(7);
        for n in 0..60_u64 {
            let list: Vec<(u64, u64)> = (0..n).map(|idx| (rng.below(9), idx)).collect();
            let (mut ours, mut theirs) = (list.clone(), list);
            ours.small_sort_by_key(|it| it.0);
            theirs.sort_by_key(|it| it.0);
            assert_eq!(ours, theirs);
            ours.small_sort_by(|a, b| b.cmp(a));
            theirs.sort_by(|a, b| b.cmp(a));
            assert_eq!(ours, theirs);
        }
    }
}
