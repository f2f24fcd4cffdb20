//! What a process speaks on a port, judged by what objects say: a simulated pod has no program.
//!
//! A port speaks TLS where its name begins with `https` or `tls`, where a probe asks it over HTTPS, or where
//! its number is one that always does (443, 8443, 6443). Everything else speaks plain HTTP and answers 200, but for
//! servers of files whose files are known: what nginx and httpd bring in their images ([`status`]).

use serde_json::Value;

use crate::api::types::core::{Container, Pod};
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::cluster::Snapshot;
use crate::cluster::listening::name_of;
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

/// The paths that an image of a server of files has, where it has no others: the container starts by itself, and
/// nothing is mounted where its files and its configuration are.
fn files_of(container: &Container, mounts: &Value) -> Option<&'static [&'static str]> {
    let (path, name) = name_of(&container.image);
    if !container.command.is_empty() || !container.args.is_empty() || path.contains("ingress") {
        return None;
    }
    let (files, roots): (&[&str], &[&str]) = match (path, name) {
        ("nginx" | "library/nginx" | "docker.io/nginx" | "docker.io/library/nginx", _) => {
            (&["/", "/index.html", "/50x.html"], &["/usr/share/nginx", "/etc/nginx"])
        }
        ("httpd" | "library/httpd" | "docker.io/httpd" | "docker.io/library/httpd", _) => {
            (&["/", "/index.html"], &["/usr/local/apache2"])
        }
        _ => return None,
    };
    let paths = mounts.as_array().into_iter().flatten();
    let mut paths = paths.filter_map(|it| it.get("mountPath")?.as_str());
    let is_mounted = paths.any(|path| {
        roots
            .iter()
            .any(|root| path.starts_with(root) || root.starts_with(path))
    });
    (!is_mounted).then_some(files)
}

/// The status with which what listens on a port there answers over HTTP.
#[must_use]
pub fn status(snapshot: &Snapshot, place: &Place, port: u16, method: &str, path: &str) -> u16 {
    let Place::Pod(NamespacedName { namespace, name }) = place else {
        return 200;
    };
    let found = snapshot.get::<Pod>(namespace, name).and_then(|it| listener(it, port));
    // Whoever listens elsewhere is configured otherwise.
    let Some(container) = found.filter(|_| port == 80) else {
        return 200;
    };
    let object = snapshot.object(&ObjectRef::new(Kind::Pod, namespace.as_str(), name.as_str()));
    let mounts = object.and_then(|it| {
        let mut containers = it.value.pointer("/spec/containers")?.as_array()?.iter();
        containers
            .find(|it| it["name"] == container.name.as_str())?
            .get("volumeMounts")
    });
    let Some(files) = files_of(container, mounts.unwrap_or(&Value::Null)) else {
        return 200;
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_there = files.contains(&path);
    match method {
        "GET" | "HEAD" if is_there => 200,
        "GET" | "HEAD" => 404,
        // Neither takes anything for a file.
        _ if is_there => 405,
        _ => 404,
    }
}

/// The container whose process has a port: the one that declares it, else the first.
#[must_use]
pub fn listener(pod: &Pod, port: u16) -> Option<&Container> {
    let containers = &pod.spec.containers;
    let declares = |it: &&Container| it.ports.iter().any(|it| it.container_port == i32::from(port));
    containers.iter().find(declares).or_else(|| containers.first())
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
