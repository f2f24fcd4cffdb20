//! The few kinds of shapes that the stage is drawn with. Colors and pens are classes of the style sheet.

use super::geometry::{Point, Rect};

/// The end of a text that stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

impl Anchor {
    /// The value of SVG's `text-anchor`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// One thing to draw.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A box with rounded corners.
    Rect {
        /// Classes.
        class: &'static str,
        /// Position and size.
        rect: Rect,
        /// Radius of its corners.
        rx: f64,
    },
    /// A circle.
    Circle {
        /// Classes.
        class: &'static str,
        /// Its middle.
        center: Point,
        /// Its radius.
        r: f64,
    },
    /// A line or an outline.
    Path {
        /// Classes.
        class: &'static str,
        /// Path data.
        d: String,
    },
    /// A label: pieces one after the other, each with its classes.
    Text {
        /// Position of its anchor, on the baseline.
        at: Point,
        /// The end of the text that stands there.
        anchor: Anchor,
        /// Classes and text.
        runs: Vec<(&'static str, String)>,
    },
}

impl Shape {
    /// A box.
    #[must_use]
    pub const fn rect(class: &'static str, x: f64, y: f64, w: f64, h: f64, rx: f64) -> Self {
        Self::Rect {
            class,
            rect: Rect { x, y, w, h },
            rx,
        }
    }

    /// A line.
    #[must_use]
    pub const fn path(class: &'static str, d: String) -> Self {
        Self::Path { class, d }
    }

    /// A label of one piece that starts at a point.
    #[must_use]
    pub fn text(at: Point, class: &'static str, text: impl Into<String>) -> Self {
        Self::anchored(at, Anchor::Start, class, text)
    }

    /// A label of one piece.
    #[must_use]
    pub fn anchored(at: Point, anchor: Anchor, class: &'static str, text: impl Into<String>) -> Self {
        Self::Text {
            at,
            anchor,
            runs: vec![(class, text.into())],
        }
    }
}
