//! A layout at one hop as shapes: what lies under the lanes, and the marks above them.
//!
//! Lanes and the packet itself move with the clock and are drawn by the page from [`Routes`](super::route::Routes);
//! everything here changes only from hop to hop.
//!
//! - [`state`]: what the stage shows; [`highlight`]: what is highlighted of it
//! - [`picture`]: its shapes, with [`wires`] and the inside of nodes
//! - [`burst`]: many requests at once

pub mod burst;
pub mod highlight;
mod node;
pub mod picture;
pub mod state;
pub mod wires;

pub use highlight::{End, Highlight};
pub use picture::Picture;
pub use state::{Mark, StageState};
