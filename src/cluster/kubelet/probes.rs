//! Probes: whether anything answers them, in the kubelet's words, and at which times they are tried
//! (`kubernetes pkg/kubelet/prober`).
//!
//! Probes are made every `periodSeconds` from the start of the container. Not here: what follows from their outcome
//! (`containers`).

use super::super::listening::listens;
use crate::api::types::core::{Container, Pod, Probe};
use crate::api::types::meta::IntOrString;
use crate::sim::{Duration, Instant};

/// What the kubelet says about the first probe that nothing answers; `None` where all can succeed.
pub fn failing_probe(pod: &Pod) -> Option<String> {
    pod.spec.containers.iter().find_map(|container| {
        let probes = [
            ("Startup", container.startup_probe.as_ref()),
            ("Readiness", container.readiness_probe.as_ref()),
        ];
        probes.into_iter().find_map(|(name, probe)| {
            let why = unanswered(pod, container, probe?)?;
            Some(format!("{name} probe failed: {why}"))
        })
    })
}

/// Why a probe fails; `None` where something answers.
pub fn unanswered(pod: &Pod, container: &Container, probe: &Probe) -> Option<String> {
    let (port, http) = if let Some(http) = &probe.http_get {
        (http.port.clone(), Some(http))
    } else if let Some(tcp) = &probe.tcp_socket {
        (tcp.port.clone(), None)
    } else {
        let grpc = probe.grpc.as_ref().and_then(|it| it.get("port")?.as_i64());
        // A command's outcome is a matter of the process; it is taken to succeed.
        (IntOrString::Int(i32::try_from(grpc?).ok()?), None)
    };
    let Some(number) = container.resolve_port(&port).and_then(|it| u16::try_from(it).ok()) else {
        return Some(format!("couldn't find port {port}"));
    };
    if listens(pod, number, "TCP").unwrap_or(true) {
        return None;
    }
    let address = &pod.status.pod_ip;
    let refused = format!("dial tcp {address}:{number}: connect: connection refused");
    Some(match http {
        Some(http) => {
            let scheme = if http.scheme == "HTTPS" { "https" } else { "http" };
            format!("Get \"{scheme}://{address}:{number}{}\": {refused}", http.path)
        }
        None => refused,
    })
}

/// So many seconds, at least some.
pub fn seconds(number: i64, least: i64) -> Duration {
    Duration::from_secs(number.clamp(least, i64::from(i32::MAX)))
}

/// How often a probe is tried; 10 s where nothing is said.
pub fn period(probe: &Probe) -> Duration {
    seconds(
        if probe.period_seconds <= 0 {
            10
        } else {
            probe.period_seconds
        },
        1,
    )
}

/// After how many failures in a row a probe counts as failed; 3 where nothing is said.
pub fn threshold(probe: &Probe) -> i64 {
    if probe.failure_threshold <= 0 {
        3
    } else {
        probe.failure_threshold
    }
}

/// The first try at or after `since`, of those made every period from `anchor`, that the initial delay allows.
pub fn first_try(probe: &Probe, start: Instant, anchor: Instant, since: Instant) -> Instant {
    let allowed = start + seconds(probe.initial_delay_seconds, 0);
    let wanted = allowed.max(since).max(anchor);
    let period = period(probe);
    let n = ((wanted - anchor).0 + period.0 - 1).div_euclid(period.0);
    anchor + Duration(n.saturating_mul(period.0))
}

/// The try that reaches the failure threshold.
pub fn last_try(probe: &Probe, first: Instant) -> Instant {
    first + Duration((threshold(probe) - 1).saturating_mul(period(probe).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_tried_every_period_from_the_start() {
        let probe = Probe {
            initial_delay_seconds: 5,
            ..Probe::default()
        };
        let start = Instant(1_000);
        let at = |since: i64| (first_try(&probe, start, start, Instant(since)) - start).as_secs();
        assert_eq!((at(1_000), at(11_000), at(11_001)), (10, 10, 20));
        assert_eq!((last_try(&probe, start) - start).as_secs(), 20);
    }
}
