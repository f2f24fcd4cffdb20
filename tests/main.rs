//! The one integration binary: every module is a boundary of the project.

mod api_server;
mod apply;
mod architecture;
mod command_lines;
mod controllers;
mod dns;
mod dual_stack;
mod dumps;
mod examples;
mod faults;
mod firewall;
mod imports;
mod ingress;
mod inside;
mod kubectl;
mod languages;
mod laws;
mod lessons;
mod network;
mod packet_cases;
mod packets;
mod recorded;
mod releases;
mod send;
mod support;
mod workloads;
