//! A snapshot and a trace as positioned shapes, and a timeline over them. Pure geometry, tested natively.
//!
//! - [`layout`]: where everything stands, from the snapshot, what is in focus, and the size
//! - [`route`]: the ways that packets take over it, and the stop of each hop
//! - [`itinerary`]: the stops that a person is shown, and which hops decide anything
//! - [`timeline`]: when each hop happens
//! - [`frame`]: where the packet is at a time
//! - [`card`], [`hop`], [`strip`]: the packet's header, a hop as a line of the list, all hops as a strip
//! - [`draw`]: shapes, with the marks of [`glyph`] and the labels of [`words`]
//!
//! Lengths are CSS pixels, times milliseconds of model time at normal speed. Not here: components, events,
//! the clock; those are `ui`.

pub mod card;
pub mod draw;
#[cfg(test)]
mod fixtures;
pub mod frame;
pub mod geometry;
pub mod glyph;
pub mod hop;
pub mod itinerary;
pub mod layout;
pub mod measure;
pub mod route;
pub mod shape;
pub mod strip;
pub mod timeline;
pub mod words;

#[cfg(test)]
mod tests;
