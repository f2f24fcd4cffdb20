//! What stands on the stage beside pods and Services: machines, their rows, and whoever is outside.

use super::super::geometry::{Point, Rect};
use super::pods::PodShape;
use crate::net::Place;

/// A machine.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeShape {
    /// The name of the Node.
    pub name: String,
    /// Its first internal IP; empty where it has none.
    pub address: String,
    /// Whether its condition `Ready` is true.
    pub ready: bool,
    /// Its troubles, the worst first.
    pub trouble: Vec<Trouble>,
    /// Its outline.
    pub rect: Rect,
    /// Index of its row of nodes, from above.
    pub row: usize,
    /// Middle of its track (x).
    pub track: f64,
    /// Upper and lower edge of its switch (y).
    pub switch: (f64, f64),
    /// Baselines of the rules' title and two rows (y).
    pub rule_rows: [f64; 3],
    /// Its pods, from above.
    pub pods: Vec<PodShape>,
    /// Number of pods without a place, and the middle of the line that says so (y); `None`: all have one.
    pub more: Option<(usize, f64)>,
}

impl NodeShape {
    /// The middle of its switch.
    #[must_use]
    pub fn switch_mid(&self) -> f64 {
        (self.switch.0 + self.switch.1) / 2.0
    }
}

/// Trouble of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It has no power.
    Off,
    /// It boots.
    Booting,
    /// The control plane does not count on it.
    NotReady,
    /// Its kubelet is stopped.
    NoKubelet,
    /// Its link to the router is cut.
    CutOff,
    /// Its link to another node is cut.
    CutFrom(String),
    /// New pods are not placed on it.
    Cordoned,
}

/// A row of nodes and the wire that joins them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowShape {
    /// Height of the wire.
    pub bus: f64,
    /// Upper edge of the nodes.
    pub top: f64,
    /// Upper edge of the band of Services.
    pub band: f64,
}

/// Somebody outside who is not the client.
#[derive(Clone, Debug, PartialEq)]
pub struct OutsideShape {
    /// The place that packets visit.
    pub place: Place,
    /// The middle of its mark.
    pub center: Point,
    /// Half its width and half its height.
    pub half: (f64, f64),
    /// Its address, or what it is called.
    pub label: String,
}
