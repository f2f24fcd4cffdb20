//! What the visitor can have done: each a method of [`Session`](crate::ui::state::Session) that changes several of
//! its parts in the right order. What changes one part alone is a method of that part.
//!
//! - [`manifests`]: from the learner's text to the cluster
//! - [`traffic`]: from the traffic bar to traces
//! - [`playback`]: play and pause
//! - [`cluster`]: what is shown, broken and mended of it, and time that is let pass
//! - [`lesson`]: opening, answering, grading and leaving lessons
//! - [`tabs`]: two tabs of one browser
//! - [`settings`]: keeping what shall survive a reload

pub mod cluster;
pub mod lesson;
pub mod manifests;
pub mod playback;
pub mod settings;
pub mod tabs;
pub mod traffic;
