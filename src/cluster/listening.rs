//! Which ports something in a pod listens on.
//!
//! Programs are not run, so a container is taken at its word: it listens on the ports it declares. One that
//! declares none is taken to listen wherever it is asked, since leaving `ports` out closes nothing on a real
//! cluster either. `hostNetwork` changes the address, not the ports.

use super::steering::Steering;
use crate::api::types::core::{Container, Pod};

/// Whether something in the pod listens on a port; `protocol` is `TCP`, `UDP` or `SCTP`.
#[must_use]
pub fn listens(pod: &Pod, port: u16, protocol: &str) -> bool {
    if Steering::of(&pod.metadata.annotations).no_server {
        return false;
    }
    pod.spec
        .containers
        .iter()
        .any(|container| container_listens(container, port, protocol))
        || declares_nothing(pod)
}

/// Whether one container declares a port.
fn container_listens(container: &Container, port: u16, protocol: &str) -> bool {
    if protocol == "TCP" && undeclared(container).contains(&port) {
        return true;
    }
    container.ports.iter().any(|declared| {
        let declared_protocol = if declared.protocol.is_empty() {
            "TCP"
        } else {
            &declared.protocol
        };
        declared.container_port == i32::from(port) && declared_protocol == protocol
    })
}

/// Ports that well-known programs open for probes without a manifest declaring them.
fn undeclared(container: &Container) -> &'static [u16] {
    let image = container.image.split(['@', ':']).next().unwrap_or_default();
    match image.rsplit('/').next().unwrap_or_default() {
        "coredns" => &[8080, 8181],
        "controller" | "controller-chroot" if image.contains("ingress-nginx") => &[10254],
        _ => &[],
    }
}

/// Whether no container says what it listens on.
fn declares_nothing(pod: &Pod) -> bool {
    pod.spec.containers.iter().all(|container| container.ports.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::core::ContainerPort;

    #[test]
    fn declared_ports_are_open_and_all_are_when_none_is_declared() {
        let mut pod = Pod::default();
        pod.spec.containers.push(Container::default());
        assert!(listens(&pod, 80, "TCP"));
        pod.spec.containers[0].ports.push(ContainerPort {
            container_port: 8080,
            ..ContainerPort::default()
        });
        assert!(listens(&pod, 8080, "TCP"));
        assert!(!listens(&pod, 8080, "UDP"));
        assert!(!listens(&pod, 80, "TCP"));
        pod.metadata
            .annotations
            .insert("fake/server".to_owned(), "none".to_owned());
        assert!(!listens(&pod, 8080, "TCP"));
    }
}
