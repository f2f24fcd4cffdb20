//! What a fork or a snapshot of the cluster shares with it until one of the two changes it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that is copied when it is changed while somebody else has it too: a clone costs nothing.
#[derive(Clone, Debug, Default)]
pub struct Shared<T>(Arc<T>);

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

/// How many parts a [`Sharded`] has: a change of one entry among thousands copies some dozens.
const PARTS: usize = 64;

/// A map in parts, of which a change copies only the one that it falls into: for maps that every snapshot holds and
/// every edit changes. Entries have no order.
#[derive(Clone, Debug)]
pub struct Sharded<K, V>(Vec<Arc<BTreeMap<K, V>>>);

impl<K, V> Default for Sharded<K, V> {
    fn default() -> Self {
        let empty = Arc::new(BTreeMap::new());
        Self(vec![empty; PARTS])
    }
}

impl<K: Clone + Hash + Ord, V: Clone> Sharded<K, V> {
    /// The part that a key falls into; the same for equal keys, on every machine.
    fn part(key: &K) -> usize {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        usize::try_from(hasher.finish() % PARTS as u64).unwrap_or(0)
    }

    /// What stands under a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        self.0[Self::part(key)].get(key)
    }

    /// Whether something stands under a key.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    /// Puts something under a key.
    pub fn insert(&mut self, key: &K, value: V) {
        let part = Arc::make_mut(&mut self.0[Self::part(key)]);
        match part.get_mut(key) {
            Some(known) => *known = value,
            None => {
                part.insert(key.clone(), value);
            }
        }
    }

    /// Takes away what stands under a key.
    pub fn remove(&mut self, key: &K) {
        let part = &mut self.0[Self::part(key)];
        if part.contains_key(key) {
            Arc::make_mut(part).remove(key);
        }
    }

    /// All entries, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().flat_map(|part| part.iter())
    }
}
