//! Distances of the stage at its densities. One function of the size; text is never scaled.

use super::super::geometry::Size;

/// The room that the view gives, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Narrower than 560: a phone.
    Narrow,
    /// Lower than 452: a window with a drawer open.
    Low,
    /// Lower than 580, or more pods than the roomy one has place for.
    Tight,
    /// Everything else.
    Roomy,
}

/// Distances in pixels. Those of a node count from its left upper corner.
#[derive(Clone, Debug, PartialEq)]
pub struct Dims {
    /// Edge of the drawing to the cluster's field.
    pub edge: f64,
    /// Field to nodes.
    pub pad: f64,
    /// Node to node.
    pub gap: f64,
    /// Node to its track.
    pub track: f64,
    /// Node to the middle of its pods.
    pub disc: f64,
    /// Node to the pods' names.
    pub label: f64,
    /// Node to the pods' addresses.
    pub sub: f64,
    /// Radius of a pod.
    pub r: f64,
    /// Half of the distance between the two lanes of a connection.
    pub lane: f64,
    /// Half of the width of a U-turn.
    pub turn: f64,
    /// Height of the outside.
    pub out: f64,
    /// Field's upper edge to the wire between nodes.
    pub bus: f64,
    /// That wire to the nodes.
    pub node: f64,
    /// Height of a Service's band.
    pub band: f64,
    /// Nodes' lower edge to the band.
    pub band_gap: f64,
    /// Node to the baseline of its name.
    pub title: f64,
    /// Node to the baseline of its address.
    pub addr: f64,
    /// Node to the upper and lower edge of its switch.
    pub switch: (f64, f64),
    /// Node to the baselines of the rules' title and two rows.
    pub rows: [f64; 3],
    /// Node to the middle of its first pod.
    pub pod: f64,
    /// Pod to pod.
    pub pitch: f64,
    /// Middle of the last pod to the node's lower edge.
    pub below: f64,
    /// Half the width of the switch.
    pub switch_half: f64,
    /// Node to its text.
    pub text: f64,
    /// Corners of routes.
    pub bend: f64,
}

/// Columns narrower than this take the distances of a phone.
pub const COMPACT: f64 = 168.0;

/// No column is narrower than this.
pub const MIN_COLUMN: f64 = 108.0;

impl Dims {
    /// The same with a line of its own for the nodes' addresses, where names and addresses do not fit beside
    /// each other.
    #[must_use]
    pub fn with_two_lines(self) -> Self {
        let down = 13.0;
        Self {
            title: 19.0,
            addr: 35.0,
            switch: (self.switch.0 + down, self.switch.1 + down),
            rows: self.rows.map(|it| it + down),
            pod: self.pod + down,
            ..self
        }
    }

    /// Distances outside nodes for `size` and inside them for columns that are `compact` or not.
    #[must_use]
    pub fn new(density: Density, compact: bool, size: Size, balancer: bool) -> Self {
        let wide = match density {
            Density::Narrow => Self::narrow(size.w, balancer),
            Density::Low => Self {
                out: 88.0,
                bus: 24.0,
                node: 18.0,
                ..Self::tight(size.h)
            },
            Density::Tight => Self::tight(size.h),
            Density::Roomy => Self::roomy(),
        };
        if !compact || density == Density::Narrow {
            return wide;
        }
        Self {
            edge: wide.edge,
            pad: wide.pad,
            out: wide.out,
            bus: wide.bus,
            node: wide.node.max(26.0),
            band: wide.band,
            band_gap: wide.band_gap,
            gap: 8.0,
            ..Self::narrow(size.w, balancer)
        }
    }

    fn roomy() -> Self {
        Self {
            edge: 16.0,
            pad: 16.0,
            gap: 14.0,
            track: 36.0,
            disc: 66.0,
            label: 84.0,
            sub: 84.0,
            r: 11.0,
            lane: 5.0,
            turn: 15.0,
            out: 164.0,
            bus: 42.0,
            node: 36.0,
            band: 48.0,
            band_gap: 12.0,
            title: 27.0,
            addr: 45.0,
            switch: (66.0, 128.0),
            rows: [76.0, 98.0, 121.0],
            pod: 178.0,
            pitch: 56.0,
            below: 26.0,
            switch_half: 24.0,
            text: 72.0,
            bend: 10.0,
        }
    }

    fn tight(h: f64) -> Self {
        Self {
            edge: 14.0,
            pad: 14.0,
            gap: 12.0,
            label: 83.0,
            sub: 83.0,
            r: 10.0,
            out: (h - 322.0).clamp(138.0, 164.0),
            bus: 30.0,
            node: 26.0,
            band: 36.0,
            title: 23.0,
            addr: 23.0,
            switch: (36.0, 92.0),
            rows: [45.0, 64.0, 85.0],
            pod: 120.0,
            pitch: 44.0,
            ..Self::roomy()
        }
    }

    fn narrow(w: f64, balancer: bool) -> Self {
        let dims = Self {
            edge: 6.0,
            pad: 6.0,
            gap: 5.0,
            track: 17.0,
            disc: 37.0,
            label: 51.0,
            sub: 31.0,
            r: 8.0,
            lane: 3.5,
            turn: 9.0,
            out: if balancer { 76.0 } else { 66.0 },
            bus: 22.0,
            node: 18.0,
            band: 34.0,
            band_gap: 7.0,
            title: 18.0,
            addr: 34.0,
            switch: (44.0, 98.0),
            rows: [58.0, 76.0, 93.0],
            pod: 123.0,
            pitch: 40.0,
            below: 24.0,
            switch_half: 14.0,
            text: 34.0,
            bend: 6.0,
        };
        if w >= 376.0 {
            return dims;
        }
        Self {
            edge: 4.0,
            pad: 5.0,
            gap: 4.0,
            track: 15.0,
            disc: 34.0,
            label: 47.0,
            sub: 28.0,
            text: 30.0,
            ..dims
        }
    }
}
