//! The one integration binary: every module is a boundary of the project.

mod architecture;
mod dns;
mod examples;
mod ingress;
mod packets;
mod support;
