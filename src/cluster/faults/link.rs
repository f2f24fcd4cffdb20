//! Links between machines, of which some may be cut.

/// Stands for the router (and the API server behind it) as an end of a link.
pub const ROUTER: &str = "";

/// A link between two nodes, or between a node and [`ROUTER`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The end whose name comes first.
    pub low: String,
    /// The other end.
    pub high: String,
}

impl Link {
    /// Between these two, in either order.
    pub(in crate::cluster) fn new(a: &str, b: &str) -> Self {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        Self {
            low: low.to_owned(),
            high: high.to_owned(),
        }
    }

    /// Whether these are its ends, in either order.
    #[must_use]
    pub fn joins(&self, a: &str, b: &str) -> bool {
        (self.low == a && self.high == b) || (self.low == b && self.high == a)
    }
}
