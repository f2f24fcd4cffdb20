//! Controls that more than one region uses.

pub mod combobox;
pub mod edge;

pub use combobox::Combobox;
pub use edge::{Edge, Side};
