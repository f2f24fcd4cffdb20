//! WorkQueues queues: keys wait in the order they came, each at most once.

use std::collections::{BTreeSet, VecDeque};

/// Keys that wait for a controller.
#[derive(Clone, Debug)]
pub struct Queue<K> {
    order: VecDeque<K>,
    members: BTreeSet<K>,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self {
            order: VecDeque::new(),
            members: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Clone> Queue<K> {
    /// Lets a key wait, unless it does already.
    pub fn push(&mut self, key: K) {
        if self.members.insert(key.clone()) {
            self.order.push_back(key);
        }
    }

    /// Takes all keys, in the order they came.
    pub fn take(&mut self) -> VecDeque<K> {
        self.members.clear();
        std::mem::take(&mut self.order)
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_out_once_in_order() {
        let mut queue = Queue::default();
        for key in [3, 1, 3, 2, 1] {
            queue.push(key);
        }
        assert_eq!(queue.take(), [3, 1, 2]);
        assert!(queue.is_empty());
        queue.push(3);
        assert_eq!(queue.take(), [3]);
    }
}
