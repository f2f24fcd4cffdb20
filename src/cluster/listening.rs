//! Which ports something in a pod listens on: one rule for probes and for packets.
//!
//! Programs are not run, so a container is taken at its word: it listens on the ports it declares. Leaving
//! `ports` out closes nothing on a real cluster, so one that declares none listens where the documentation of
//! its image says, for images that everybody uses. What any other such container does nobody can tell:
//! probes succeed anywhere, packets are received where endpoints say. `hostNetwork` changes the address, not
//! the ports.

use super::pod_overrides::PodOverrides;
use crate::api::types::core::{Container, Pod};

/// Whether something in the pod listens on a port; `None` where its objects do not tell. `protocol` is `TCP`,
/// `UDP` or `SCTP`.
#[must_use]
pub fn listens(pod: &Pod, port: u16, protocol: &str) -> Option<bool> {
    listens_where(pod, port, protocol, &|_| true)
}

/// The same, counting only the containers that `counts` lets count.
#[must_use]
pub fn listens_where(pod: &Pod, port: u16, protocol: &str, counts: &dyn Fn(usize) -> bool) -> Option<bool> {
    if PodOverrides::of(&pod.metadata.annotations).no_server {
        return Some(false);
    }
    let containers = &pod.spec.containers;
    let mut unknown = false;
    for (_, container) in containers.iter().enumerate().filter(|(idx, _)| counts(*idx)) {
        if protocol == "TCP" && undeclared(container).contains(&port) {
            return Some(true);
        }
        if !container.ports.is_empty() {
            if declares(container, port, protocol) {
                return Some(true);
            }
            continue;
        }
        match documented(container) {
            Some(documented) if protocol == "TCP" && documented == port => return Some(true),
            Some(_) => {}
            None => unknown = true,
        }
    }
    // Where one container declares ports the manifest is taken to be complete.
    let complete = !unknown || containers.iter().any(|container| !container.ports.is_empty());
    complete.then_some(false)
}

/// Whether one container declares a port.
fn declares(container: &Container, port: u16, protocol: &str) -> bool {
    container.ports.iter().any(|declared| {
        let declared_protocol = if declared.protocol.is_empty() {
            "TCP"
        } else {
            &declared.protocol
        };
        declared.container_port == i32::from(port) && declared_protocol == protocol
    })
}

/// An image without its tag and digest, and the last element of that.
#[must_use]
pub fn name_of(image: &str) -> (&str, &str) {
    let image = image.split('@').next().unwrap_or_default();
    let path = match image.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => path,
        _ => image,
    };
    (path, path.rsplit('/').next().unwrap_or_default())
}

/// Ports that well-known programs open for probes without a manifest declaring them.
fn undeclared(container: &Container) -> &'static [u16] {
    match name_of(&container.image) {
        (_, "coredns") => &[8080, 8181],
        (path, "controller" | "controller-chroot") if path.contains("ingress-nginx") => &[10254],
        _ => &[],
    }
}

/// The port that the documentation of a container's image gives for it, or that its arguments set instead;
/// `None` for other images, and where another program is started.
fn documented(container: &Container) -> Option<u16> {
    let (path, name) = name_of(&container.image);
    match name {
        "whoami" if !path.contains("jwilder/") => {
            let set = flag(container, "port").or_else(|| env(container, "WHOAMI_PORT_NUMBER"));
            return port_of(set, 80);
        }
        "http-echo" => return port_of(flag(container, "listen"), 5678),
        "agnhost" => {
            let netexec = words(container).any(|word| word == "netexec");
            return netexec.then(|| port_of(flag(container, "http-port"), 8080))?;
        }
        _ => {}
    }
    if !container.command.is_empty() {
        return None;
    }
    let port = match name {
        "nginx" if path.contains("bitnami") => 8080,
        "nginx" | "httpd" | "hpa-example" | "gb-frontend" => 80,
        "redis" => 6379,
        "mysql" | "mariadb" => 3306,
        "postgres" => 5432,
        "mongo" => 27017,
        "rabbitmq" => 5672,
        "memcached" => 11211,
        "tomcat" | "echoserver" => 8080,
        "hello-app" => return port_of(env(container, "PORT"), 8080),
        "echo-server" if path.ends_with("kicbase/echo-server") => return port_of(env(container, "PORT"), 8080),
        _ => return None,
    };
    // Arguments that do not begin with a dash start another program (`docker-entrypoint.sh`).
    let first = container.args.first();
    first.is_none_or(|word| word.starts_with('-')).then_some(port)
}

/// The words of a container's command line, as far as the manifest gives it.
pub fn words(container: &Container) -> impl Iterator<Item = &str> {
    container.command.iter().chain(&container.args).map(String::as_str)
}

/// The value of a flag of Go's `flag` package: `-NAME=VALUE`, `--NAME VALUE`.
#[must_use]
pub fn flag<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    let mut words = words(container);
    while let Some(word) = words.next() {
        let Some(rest) = word.trim_start_matches('-').strip_prefix(name) else {
            continue;
        };
        if !word.starts_with('-') {
            continue;
        }
        match rest.strip_prefix('=') {
            Some(value) => return Some(value),
            None if rest.is_empty() => return words.next(),
            None => {}
        }
    }
    None
}

/// The value of an environment variable that the manifest sets.
#[must_use]
pub fn env<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    container.env.iter().find(|it| it.name == name)?.value.as_deref()
}

/// The port of `8080`, `:8080` or `0.0.0.0:8080`; the default where nothing is set, `None` where it cannot
/// be read.
fn port_of(set: Option<&str>, default: u16) -> Option<u16> {
    set.map_or(Some(default), |text| text.rsplit(':').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::core::ContainerPort;

    fn pod(image: &str, args: &[&str]) -> Pod {
        let mut pod = Pod::default();
        pod.spec.containers.push(Container {
            image: image.to_owned(),
            args: args.iter().map(|&it| it.to_owned()).collect(),
            ..Container::default()
        });
        pod
    }

    fn declare(pod: &mut Pod, port: i32) {
        pod.spec.containers[0].ports.push(ContainerPort {
            container_port: port,
            ..ContainerPort::default()
        });
    }

    #[test]
    fn declared_ports_are_open_and_nobody_can_tell_when_none_is_declared() {
        let mut pod = pod("shop/cart:2", &[]);
        assert_eq!(listens(&pod, 80, "TCP"), None);
        declare(&mut pod, 8080);
        assert_eq!(listens(&pod, 8080, "TCP"), Some(true));
        assert_eq!(listens(&pod, 8080, "UDP"), Some(false));
        assert_eq!(listens(&pod, 80, "TCP"), Some(false));
        pod.metadata
            .annotations
            .insert("fake/server".to_owned(), "none".to_owned());
        assert_eq!(listens(&pod, 8080, "TCP"), Some(false));
    }

    #[test]
    fn well_known_images_listen_on_their_documented_ports() {
        for (image, args, port) in [
            ("nginx", &[][..], 80),
            ("docker.io/library/nginx:1.27-alpine", &["-g", "daemon off;"], 80),
            ("registry.example:5000/redis@sha256:0123", &[], 6379),
            ("postgres:17", &[], 5432),
            ("traefik/whoami", &["--port=8080"], 8080),
            ("traefik/whoami", &["--port", "8081"], 8081),
            ("hashicorp/http-echo", &["-text=hi"], 5678),
            ("hashicorp/http-echo", &["-text=hi", "-listen=:80"], 80),
            (
                "registry.k8s.io/e2e-test-images/agnhost:2.53",
                &["netexec", "--http-port=9090"],
                9090,
            ),
            ("kicbase/echo-server:1.0", &[], 8080),
        ] {
            let pod = pod(image, args);
            assert_eq!(listens(&pod, port, "TCP"), Some(true), "{image}");
            assert_eq!(listens(&pod, port + 1, "TCP"), Some(false), "{image}");
            assert_eq!(listens(&pod, port, "UDP"), Some(false), "{image}");
        }
    }

    #[test]
    fn what_is_started_or_declared_counts_more_than_the_image() {
        assert_eq!(listens(&pod("redis", &["sh", "-c", "sleep 1"]), 6379, "TCP"), None);
        assert_eq!(listens(&pod("agnhost", &["pause"]), 8080, "TCP"), None);
        let mut other = pod("nginx", &[]);
        other.spec.containers[0].command.push("sleep".to_owned());
        assert_eq!(listens(&other, 80, "TCP"), None);
        let mut declared = pod("nginx", &[]);
        declare(&mut declared, 8080);
        assert_eq!(listens(&declared, 80, "TCP"), Some(false));
        declared
            .spec
            .containers
            .push(pod("memcached", &[]).spec.containers.remove(0));
        assert_eq!(listens(&declared, 11211, "TCP"), Some(true));
        assert_eq!(listens(&declared, 80, "TCP"), Some(false));
    }
}
