//! Kubehop: how traffic moves through Kubernetes, simulated.
//!
//! Data flows one way; a module imports only what stands left of it
//! (`tests/architecture.rs` holds every `use crate::…` against this table):
//!
//! ```text
//! text → manifest → api → cluster → apply → net → world → shell → lesson → scene → ui
//! (diag, go, sim, small_sort, steps: ground floor, used by all)
//! ```
//!
//! Everything but `ui` is pure: no clock, no randomness, no browser.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod diag;
pub mod go;
pub mod sim;
pub mod small_sort;
pub mod steps;
pub mod text;

pub mod manifest;

pub mod api;

pub mod cluster;

pub mod apply;

pub mod net;

pub mod world;

pub mod shell;

pub mod lesson;

pub mod scene;

#[cfg(target_arch = "wasm32")]
pub mod ui;

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
