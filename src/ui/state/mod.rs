//! What every part of the page shares: one [`Session`] in context, in parts by what belongs together.
//!
//! The cluster itself stands outside the reactive graph; what is drawn are snapshots and traces, published as
//! signals after each command. Signals here are written by events and by the frame loop, never by effects.
//!
//! - [`manifests`]: the learner's text and what was found in it
//! - [`cluster`]: the engine, what it last published, and what happened in it
//! - [`traffic`]: the request as typed, and what came of it
//! - [`playback`]: the playhead and what moves it
//! - [`lesson`]: the lessons and which is open; [`progress`]: how far they are done
//! - [`layout`]: theme, panels and their widths
//! - [`settings`]: what of all this survives a reload
//! - [`session`]: the parts together
//!
//! What changes more than one part is a command: [`crate::ui::commands`].

pub mod cluster;
pub mod layout;
pub mod lesson;
pub mod manifests;
pub mod playback;
pub mod progress;
pub mod session;
pub mod settings;
pub mod traffic;

pub use layout::{Panel, Theme};
pub use playback::Timing;
pub use session::Session;
