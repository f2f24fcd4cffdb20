//! What kube-proxy and the kubelet answer over HTTP on a node (`kubernetes pkg/proxy/healthcheck`,
//! `cmd/kube-proxy/app/server.go`, `pkg/kubelet/server`).

use crate::api::types::core::Node;
use crate::cluster::Snapshot;
use crate::net::proxy::mode::ProxyMode;
use crate::net::transport::daemons::{Daemon, NodeServer};
use crate::sim::Instant;

/// An answer of a daemon.
pub(super) struct DaemonAnswer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

fn answer(status: u16, content_type: &str, body: impl Into<String>) -> DaemonAnswer {
    let headers = [("Content-Type", content_type), ("X-Content-Type-Options", "nosniff")];
    DaemonAnswer {
        status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: body.into(),
    }
}

/// What is answered on `node` for a path.
pub(super) fn of(snapshot: &Snapshot, now: Instant, node: &str, server: &NodeServer, path: &str) -> DaemonAnswer {
    let path = path.split('?').next().unwrap_or_default();
    let not_found = || answer(404, TEXT, "404 page not found\n");
    let plain = |body: &str| {
        let mut it = answer(200, TEXT, body);
        it.headers.truncate(1);
        it
    };
    match server {
        NodeServer::HealthCheck { service, count } => health_check(service, *count),
        NodeServer::Daemon(Daemon::ProxyHealth) => match path {
            // Autoscalers mark nodes that go, and load balancers are to leave them.
            "/healthz" => proxy_health(now, !is_leaving(snapshot, node)),
            "/livez" => proxy_health(now, true),
            _ => not_found(),
        },
        NodeServer::Daemon(Daemon::ProxyMetrics) => match path {
            "/proxyMode" => plain(ProxyMode::parse(&snapshot.config().proxy.mode).name()),
            "/healthz" => plain("ok"),
            _ => not_found(),
        },
        NodeServer::Daemon(Daemon::KubeletHealth) => match path {
            "/healthz" => plain("ok"),
            _ => not_found(),
        },
        // kubeadm's kubelets know nobody who does not say who he is.
        NodeServer::Daemon(Daemon::Kubelet) => {
            let mut it = answer(401, TEXT, "Unauthorized");
            it.headers.truncate(1);
            it
        }
    }
}

/// What Go's server says to whoever speaks plain HTTP to it.
pub(super) fn no_tls() -> DaemonAnswer {
    DaemonAnswer {
        status: 400,
        headers: Vec::new(),
        body: "Client sent an HTTP request to an HTTPS server.\n".to_owned(),
    }
}

/// `service_health.go`, `hcHandler.ServeHTTP`: the same for every path.
fn health_check(service: &str, count: usize) -> DaemonAnswer {
    let (namespace, name) = service.split_once('/').unwrap_or(("", service));
    let status = if count > 0 { 200 } else { 503 };
    let body = format!(
        "{{\n\t\"service\": {{\n\t\t\"namespace\": \"{namespace}\",\n\t\t\"name\": \"{name}\"\n\t}},\n\t\"localEndpoints\": {count},\n\t\"serviceProxyHealthy\": true\n}}"
    );
    let mut it = answer(status, JSON, body);
    it.headers
        .push(("X-Load-Balancing-Endpoint-Weight".to_owned(), count.to_string()));
    it
}

/// `proxy_health.go`, `healthzHandler.ServeHTTP`.
fn proxy_health(now: Instant, eligible: bool) -> DaemonAnswer {
    let now = now.to_string().replace('T', " ").replace('Z', " +0000 UTC");
    let status = if eligible { 200 } else { 503 };
    answer(
        status,
        JSON,
        format!("{{\"lastUpdated\": \"{now}\",\"currentTime\": \"{now}\", \"nodeEligible\": {eligible}}}"),
    )
}

fn is_leaving(snapshot: &Snapshot, node: &str) -> bool {
    snapshot.get::<Node>("", node).is_some_and(|it| {
        it.metadata.deletion_timestamp.is_some()
            || it
                .spec
                .taints
                .iter()
                .any(|taint| taint.key == "ToBeDeletedByClusterAutoscaler")
    })
}
