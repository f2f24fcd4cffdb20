//! A namespace and a name, which together tell one object of a kind from all others (Kubernetes'
//! `types.NamespacedName`). Which kind that is, an [`ObjectRef`](super::ObjectRef) says as well.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;

/// Names one object among those of its kind. Ordered by namespace, then name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespacedName {
    /// The object's namespace; empty for cluster-wide kinds.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

impl NamespacedName {
    /// A name in a namespace.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// The name of an object of a cluster-wide kind.
    pub fn cluster_wide(name: impl Into<String>) -> Self {
        Self::new("", name)
    }
}

impl fmt::Display for NamespacedName {
    /// `shop/web`; `/node-1` for cluster-wide kinds, as in Kubernetes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What a map by [`NamespacedName`] can be asked with: the name itself, or its two parts as they lie
/// elsewhere, so that a look-up need not copy them.
pub trait ObjectKey {
    /// Namespace (empty for cluster-wide kinds) and name.
    fn parts(&self) -> (&str, &str);
}

impl ObjectKey for NamespacedName {
    fn parts(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }
}

impl ObjectKey for (&str, &str) {
    fn parts(&self) -> (&str, &str) {
        *self
    }
}

impl<'a> Borrow<dyn ObjectKey + 'a> for NamespacedName {
    fn borrow(&self) -> &(dyn ObjectKey + 'a) {
        self
    }
}

// `Borrow` promises that these agree with those of `NamespacedName`.
impl PartialEq for dyn ObjectKey + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for dyn ObjectKey + '_ {}

impl PartialOrd for dyn ObjectKey + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn ObjectKey + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn it_is_printed_as_kubernetes_prints_it() {
        assert_eq!(NamespacedName::new("shop", "web").to_string(), "shop/web");
        assert_eq!(NamespacedName::cluster_wide("node-1").to_string(), "/node-1");
    }

    #[test]
    fn the_namespace_decides_before_the_name() {
        // As texts these would stand the other way round: '-' comes before '/'.
        let (short, long) = (NamespacedName::new("a", "z"), NamespacedName::new("a-b", "a"));
        assert!(short < long && short.to_string() > long.to_string());
        assert!(NamespacedName::cluster_wide("z") < short);
        assert!(NamespacedName::new("a", "y") < short);
    }

    #[test]
    fn a_map_is_asked_with_parts_that_lie_elsewhere() {
        let names = [("", "n"), ("a", "x"), ("a", "y"), ("a-b", "x"), ("b", "a")];
        let map: BTreeMap<NamespacedName, usize> = names
            .iter()
            .enumerate()
            .map(|(idx, (namespace, name))| (NamespacedName::new(*namespace, *name), idx))
            .collect();
        for (idx, parts) in names.iter().enumerate() {
            assert_eq!(map.get(parts as &dyn ObjectKey), Some(&idx), "{parts:?}");
        }
        assert_eq!(map.get(&("a", "z") as &dyn ObjectKey), None);
        assert_eq!(map.get(&("x", "a") as &dyn ObjectKey), None);
    }
}
