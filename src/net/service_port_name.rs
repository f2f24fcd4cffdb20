//! What kube-proxy calls a port of a Service, in its rules and in what it remembers.

use std::fmt;

use super::packet::Protocol;
use crate::api::NamespacedName;

/// Names one port of one Service (kube-proxy's `ServicePortName`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServicePortName {
    /// Namespace and name of the Service.
    pub service: NamespacedName,
    /// The port's name; empty for the only port of a Service, which need not have one.
    pub port: String,
    /// The port's protocol: ports of one name may differ in nothing else.
    pub protocol: Protocol,
}

impl fmt::Display for ServicePortName {
    /// `shop/web:http`, or `shop/web` for a port without a name. The protocol is not part of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.service.fmt(f)?;
        if self.port.is_empty() {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unnamed_port_goes_without_a_colon() {
        let name = |port: &str| ServicePortName {
            service: NamespacedName::new("shop", "web"),
            port: port.to_owned(),
            protocol: Protocol::Udp,
        };
        assert_eq!(name("http").to_string(), "shop/web:http");
        assert_eq!(name("").to_string(), "shop/web");
    }
}
