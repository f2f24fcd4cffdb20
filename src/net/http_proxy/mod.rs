//! Proxies that speak HTTP in front of Services, each an implementation of its own in a folder.
//!
//! - `nginx`: ingress-nginx
//!
//! Not here: kube-proxy, which knows no HTTP (`net::proxy`).

pub mod nginx;
