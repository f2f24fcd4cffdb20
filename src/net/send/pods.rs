//! What a process speaks on a port, judged by what objects say: a simulated pod has no program.
//!
//! A port speaks TLS where its name begins with `https` or `tls`, where a probe asks it over HTTPS, or where
//! its number is one that always does (443, 8443, 6443). Everything else speaks plain HTTP and answers 200.

use crate::api::NamespacedName;
use crate::api::types::core::Pod;
use crate::cluster::Snapshot;
use crate::net::trace::Place;

/// Whether what listens on a port there speaks TLS.
#[must_use]
pub fn speaks_tls(snapshot: &Snapshot, place: &Place, port: u16) -> bool {
    let by_number = match place {
        // The kubelet's.
        Place::Node(_) => matches!(port, 443 | 8443 | 6443 | 10250),
        _ => matches!(port, 443 | 8443 | 6443),
    };
    let Place::Pod(NamespacedName { namespace, name }) = place else {
        return by_number;
    };
    let Some(pod) = snapshot.get::<Pod>(namespace, name) else {
        return by_number;
    };
    let port = i32::from(port);
    for container in &pod.spec.containers {
        let probes = [
            &container.readiness_probe,
            &container.liveness_probe,
            &container.startup_probe,
        ];
        for action in probes.into_iter().flatten().filter_map(|probe| probe.http_get.as_ref()) {
            if container.resolve_port(&action.port) == Some(port) {
                return action.scheme.eq_ignore_ascii_case("https");
            }
        }
        if let Some(declared) = container.ports.iter().find(|it| it.container_port == port)
            && !declared.name.is_empty()
        {
            let name = declared.name.to_ascii_lowercase();
            return name.starts_with("https") || name.starts_with("tls") || (by_number && !name.starts_with("http"));
        }
    }
    by_number
}

/// Whether a pod is a DNS server of the cluster: CoreDNS, or one of its forerunners and caches.
#[must_use]
pub fn is_dns_server(pod: &Pod) -> bool {
    pod.spec.containers.iter().any(|container| {
        let path = container.image.split(['@', ':']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        name.contains("coredns") || name.contains("kube-dns") || name.contains("k8s-dns")
    })
}
