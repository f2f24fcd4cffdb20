//! How a Service is exposed (`spec.type`).
//!
//! The view of a Service keeps the type as text, since a stored object may hold anything; code asks
//! [`Service::service_type`](super::core::Service::service_type). Not here: which texts the API server takes
//! (`validate`).

use std::fmt;

/// Kubernetes' four types of Services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceType {
    /// A virtual address inside the cluster, or none (headless).
    ClusterIp,
    /// That, and a port of every node.
    NodePort,
    /// That, and an address of a load balancer.
    LoadBalancer,
    /// A DNS alias only.
    ExternalName,
}

impl ServiceType {
    const ALL: [Self; 4] = [Self::ClusterIp, Self::NodePort, Self::LoadBalancer, Self::ExternalName];

    /// The type that a field names; `None` for any other text, an empty one among them.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// As `spec.type` holds it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClusterIp => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
            Self::ExternalName => "ExternalName",
        }
    }

    /// Whether its ports may be ports of every node.
    #[must_use]
    pub fn has_node_ports(self) -> bool {
        matches!(self, Self::NodePort | Self::LoadBalancer)
    }
}

impl fmt::Display for ServiceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::ServiceType;

    #[test]
    fn types_are_read_as_they_are_written() {
        for kind in ServiceType::ALL {
            assert_eq!(ServiceType::parse(&kind.to_string()), Some(kind));
        }
        assert_eq!(ServiceType::parse(""), None);
        assert_eq!(ServiceType::parse("clusterIP"), None);
        let on_nodes: Vec<_> = ServiceType::ALL.into_iter().filter(|it| it.has_node_ports()).collect();
        assert_eq!(on_nodes, [ServiceType::NodePort, ServiceType::LoadBalancer]);
    }
}
