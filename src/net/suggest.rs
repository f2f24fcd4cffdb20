//! What a learner could send from and to, read off a cluster: the lists behind the traffic bar and the
//! terminal's completion.
//!
//! Suggestions are text that [`compose`](super::compose) reads back. The learner's own objects come first,
//! those that a preset brought last. Nothing is hidden: whatever is not listed can still be typed.

use crate::api::IpFamily;
use crate::api::ip_family::url_host;
use crate::api::types::core::{Node, Pod, Service, ServicePort};
use crate::api::types::networking::Ingress;
use crate::api::types::service_type::ServiceType;
use crate::cluster::gateways::route::PathMatch;
use crate::cluster::gateways::{Model, Protocol};
use crate::cluster::{Snapshot, is_system_namespace};
use crate::text::{LocalizedText, text};

use super::request::Source;

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What to type.
    pub text: String,
    /// What it is.
    pub note: LocalizedText,
}

/// Lists stop here: beyond it typing is quicker than reading.
const MOST: usize = 60;

/// Places to send from: the client outside, pods, nodes; the system's own pods last.
#[must_use]
pub fn sources(snapshot: &Snapshot) -> Vec<Suggestion> {
    let client = snapshot.config().client(IpFamily::V4);
    let mut found = vec![Suggestion {
        text: Source::Client.to_string(),
        note: text! { en: "outside, {client}", ko: "클러스터 밖, {client}" },
    }];
    let pods = |system: bool| {
        snapshot
            .list::<Pod>()
            .filter(move |pod| is_system_namespace(&pod.metadata.namespace) == system && !pod.status.pod_ip.is_empty())
            .map(|pod| Suggestion {
                text: Source::Pod {
                    namespace: pod.metadata.namespace.clone(),
                    name: pod.metadata.name.clone(),
                }
                .to_string(),
                note: same(format!("{}, {}", pod.spec.node_name, pod.status.pod_ip)),
            })
    };
    let nodes = snapshot.list::<Node>().map(|node| Suggestion {
        text: Source::Node(node.metadata.name.clone()).to_string(),
        note: same(node.first_internal_ip().unwrap_or_default().to_owned()),
    });
    // Nodes stand before the system's pods, and must not be pushed out by a thousand replicas.
    let own: Vec<_> = pods(false).take(MOST / 2).collect();
    found.extend(own);
    found.extend(nodes.take(MOST / 4));
    found.extend(pods(true).take(MOST / 4));
    found
}

/// The request that shows best what the learner's own objects are there for, as typed; `None` where nothing of theirs
/// can be sent to.
#[must_use]
pub fn fitting(snapshot: &Snapshot) -> Option<(String, String)> {
    let own = |namespace: &str| !is_system_namespace(namespace);
    let outside = snapshot.list::<Ingress>().any(|it| own(&it.metadata.namespace))
        || snapshot
            .list::<Service>()
            .filter(|it| own(&it.metadata.namespace))
            .any(|it| it.spec.ports.iter().any(|port| port.node_port != 0));
    let pod = snapshot
        .list::<Pod>()
        .find(|it| own(&it.metadata.namespace) && !it.status.pod_ip.is_empty());
    let from = match pod.filter(|_| !outside) {
        Some(pod) => Source::Pod {
            namespace: pod.metadata.namespace.clone(),
            name: pod.metadata.name.clone(),
        },
        None => Source::Client,
    };
    let services = snapshot.list::<Service>();
    let any = outside
        || services
            .into_iter()
            .any(|it| own(&it.metadata.namespace) && !it.is_api_server());
    let to = destinations(snapshot, &from).into_iter().next().filter(|_| any)?;
    Some((from.to_string(), to.text))
}

/// Destinations that make sense from `from`: Services by name and by every address they have, Ingress hosts,
/// pods.
#[must_use]
pub fn destinations(snapshot: &Snapshot, from: &Source) -> Vec<Suggestion> {
    let inside = matches!(from, Source::Pod { .. });
    let namespace = match from {
        Source::Pod { namespace, .. } => namespace.as_str(),
        _ => "",
    };
    let mut own = Vec::new();
    let mut system = Vec::new();
    for service in snapshot.list::<Service>() {
        let list = if service.is_api_server() || is_system_namespace(&service.metadata.namespace) {
            &mut system
        } else {
            &mut own
        };
        of_service(snapshot, service, inside.then_some(namespace), list);
    }
    let mut found = Vec::new();
    for ingress in snapshot.list::<Ingress>() {
        of_ingress(ingress, &mut found);
    }
    of_gateways(snapshot, &mut found);
    // From outside, the Ingress is the usual door; from a pod, Services are.
    if inside {
        own.append(&mut found);
        found = own;
    } else {
        found.append(&mut own);
    }
    let pods = snapshot.list::<Pod>().filter(|pod| {
        !is_system_namespace(&pod.metadata.namespace) && !pod.status.pod_ip.is_empty() && !pod.spec.host_network
    });
    for pod in pods {
        let ports = pod.spec.containers.iter().flat_map(|container| &container.ports);
        for port in ports.filter(|port| port.protocol.is_empty() || port.protocol == "TCP") {
            found.push(Suggestion {
                text: url(
                    &url_host(&pod.status.pod_ip),
                    port.container_port,
                    &port.name,
                    "TCP",
                    None,
                ),
                note: same(format!("Pod {}", pod.metadata.name)),
            });
        }
    }
    found.append(&mut system);
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|it| seen.insert(it.text.clone()));
    found.truncate(MOST);
    found
}

fn of_service(snapshot: &Snapshot, service: &Service, resolver: Option<&str>, found: &mut Vec<Suggestion>) {
    let spec = &service.spec;
    let (namespace, name) = (service.metadata.namespace.as_str(), service.metadata.name.as_str());
    let title = |what: &str| same(format!("{what}, Service {name}"));
    let mut push = |host: &str, port: i32, of: &ServicePort, note: LocalizedText| {
        let text = url(host, port, &of.name, &of.protocol, of.app_protocol.as_deref());
        found.push(Suggestion { text, note });
    };
    if let Some(resolver) = resolver {
        let short = if resolver == namespace {
            name.to_owned()
        } else {
            format!("{name}.{namespace}")
        };
        let kind = match () {
            () if spec.is_external_name() => format!("ExternalName → {}", spec.external_name),
            () if spec.is_headless() => "headless".to_owned(),
            () => spec.kind.clone(),
        };
        if spec.ports.is_empty() && spec.is_external_name() {
            let port = ServicePort {
                port: 80,
                ..ServicePort::default()
            };
            push(&short, 80, &port, same(format!("Service, {kind}")));
        }
        for port in &spec.ports {
            push(&short, port.port, port, same(format!("Service, {kind}")));
        }
    }
    for port in &spec.ports {
        for ingress in &service.status.load_balancer.ingress {
            let address = if ingress.ip.is_empty() {
                &ingress.hostname
            } else {
                &ingress.ip
            };
            push(
                &url_host(address),
                port.port,
                port,
                title(ServiceType::LoadBalancer.name()),
            );
        }
        if port.node_port > 0 {
            for node in snapshot.list::<Node>().take(8) {
                if let Some(address) = node.first_internal_ip() {
                    let note = same(format!("{}, NodePort, Service {name}", node.metadata.name));
                    push(&url_host(address), port.node_port, port, note);
                }
            }
        }
        for address in &spec.external_ips {
            push(&url_host(address), port.port, port, title("externalIP"));
        }
        if !spec.is_headless() && !spec.cluster_ip.is_empty() {
            push(
                &url_host(&spec.cluster_ip),
                port.port,
                port,
                title(ServiceType::ClusterIp.name()),
            );
        }
    }
}

fn of_ingress(ingress: &Ingress, found: &mut Vec<Suggestion>) {
    let spec = &ingress.spec;
    let addresses = &ingress.status.load_balancer.ingress;
    let note = same(format!("Ingress {}", ingress.metadata.name));
    for rule in &spec.rules {
        let secure = spec.tls.iter().any(|tls| tls.hosts.contains(&rule.host));
        let scheme = if secure { "https" } else { "http" };
        let host = match (rule.host.strip_prefix('*'), addresses.first()) {
            (Some(rest), _) => format!("any{rest}"),
            (None, Some(first)) if rule.host.is_empty() => url_host(&first.ip).into_owned(),
            (None, None) if rule.host.is_empty() => continue,
            (None, _) => rule.host.clone(),
        };
        for path in rule.http.iter().flat_map(|http| &http.paths) {
            let path = if path.path.starts_with('/') && path.path.chars().all(is_plain) {
                path.path.as_str()
            } else {
                "/"
            };
            found.push(Suggestion {
                text: format!("{scheme}://{host}{}", if path == "/" { "" } else { path }),
                note: note.clone(),
            });
        }
    }
    if let (true, Some(first)) = (spec.default_backend.is_some(), addresses.first()) {
        found.push(Suggestion {
            text: format!("http://{}", url_host(&first.ip)),
            note,
        });
    }
}

/// What the listeners of Gateways take: names and paths of routes, else addresses and ports.
fn of_gateways(snapshot: &Snapshot, found: &mut Vec<Suggestion>) {
    let model = Model::read(snapshot);
    for gateway in &model.gateways {
        let Some(address) = gateway.addresses(snapshot).first().copied().map(url_host) else {
            continue;
        };
        for listener in gateway.listeners.iter().filter(|it| it.is_programmed()) {
            let note = same(format!("Gateway {}, {}", gateway.key.name, listener.name));
            let mut push = |text: String| {
                let note = note.clone();
                found.push(Suggestion { text, note });
            };
            let port = i32::from(listener.port);
            let (scheme, usual) = match listener.protocol {
                Protocol::Tcp => {
                    push(url(&address, port, "tcp", "TCP", None));
                    continue;
                }
                Protocol::Udp => {
                    push(url(&address, port, "", "UDP", None));
                    continue;
                }
                protocol if protocol.is_tls() => ("https", 443),
                _ => ("http", 80),
            };
            for attachment in &listener.routes {
                let matches = model.routes[attachment.route].rules.iter().flat_map(|it| &it.matches);
                let mut paths: Vec<&str> = matches
                    .filter_map(|it| match &it.path {
                        PathMatch::Exact(path) | PathMatch::Prefix(path) => Some(path.trim_end_matches('/')),
                        _ => None,
                    })
                    .collect();
                if paths.is_empty() {
                    paths.push("");
                }
                for hostname in &attachment.hostnames {
                    let host = match hostname.strip_prefix('*') {
                        Some(rest) => format!("any{rest}"),
                        None if hostname.is_empty() => address.to_string(),
                        None => hostname.clone(),
                    };
                    for path in &paths {
                        push(format!("{scheme}://{host}{}{path}", port_unless(port, usual)));
                    }
                }
            }
        }
    }
}

/// Letters of a path that is no pattern.
fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "/-_.~%".contains(letter)
}

fn same(text: String) -> LocalizedText {
    LocalizedText::same(text.into())
}

/// A destination as people would type it: a URL for what is likely HTTP, `host:port` otherwise.
fn url(host: &str, port: i32, name: &str, protocol: &str, app: Option<&str>) -> String {
    match protocol {
        "UDP" | "SCTP" => return format!("{}://{host}:{port}", protocol.to_ascii_lowercase()),
        _ => {}
    }
    let says = |word: &str| app == Some(word) || name == word || name.starts_with(&format!("{word}-"));
    let known_other = matches!(
        port,
        22 | 25 | 53 | 1433 | 2379 | 3306 | 5432 | 5672 | 6379 | 6443 | 9042 | 9092 | 11211 | 27017
    );
    match () {
        () if says("https") || port == 443 => {
            format!("https://{host}{}", port_unless(port, 443))
        }
        () if !says("http") && (known_other || says("tcp") || says("grpc")) => format!("{host}:{port}"),
        () => format!("http://{host}{}", port_unless(port, 80)),
    }
}

fn port_unless(port: i32, usual: i32) -> String {
    if port == usual {
        String::new()
    } else {
        format!(":{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn destinations_look_as_one_would_type_them() {
        assert_eq!(url("web", 80, "", "TCP", None), "http://web");
        assert_eq!(url("web", 8080, "http", "TCP", None), "http://web:8080");
        assert_eq!(url("web", 443, "", "TCP", None), "https://web");
        assert_eq!(url("web", 8443, "https", "TCP", None), "https://web:8443");
        assert_eq!(url("redis", 6379, "", "TCP", None), "redis:6379");
        assert_eq!(url("redis", 6379, "http-admin", "TCP", None), "http://redis:6379");
        assert_eq!(url("dns", 53, "dns", "UDP", None), "udp://dns:53");
        assert_eq!(url("api", 50_051, "grpc", "TCP", None), "api:50051");
    }
}
