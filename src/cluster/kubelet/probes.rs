//! Probes: whether anything answers them, in the kubelet's words, and at which times they are tried
//! (`kubernetes pkg/kubelet/prober`).
//!
//! Probes are made every `periodSeconds` from the start of the container. Not here: what follows from their outcome
//! (`containers`).

use super::super::listening::listens;
use crate::api::types::core::{Container, Pod, Probe};
use crate::api::types::meta::IntOrString;
use crate::sim::{Duration, Instant};

/// What becomes of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeds.
    Success,
    /// It fails, for this reason.
    Failure(String),
    /// It cannot be made at all, which the kubelet complains of and lets count for nothing.
    Error(String),
}

/// What is to be asked, as far as the manifest tells.
pub enum Target {
    /// A port, by a URL or by its number alone.
    Port {
        /// The number.
        number: u16,
        /// The whole URL; empty where only a connection is opened.
        url: String,
    },
    /// A command, or nothing.
    Inside,
    /// A port by a name that the container has not.
    Unknown(String),
}

/// What a probe asks at a pod's address.
pub fn target(container: &Container, probe: &Probe, address: &str) -> Target {
    let (port, http) = if let Some(http) = &probe.http_get {
        (http.port.clone(), Some(http))
    } else if let Some(tcp) = &probe.tcp_socket {
        (tcp.port.clone(), None)
    } else {
        let grpc = probe.grpc.as_ref().and_then(|it| it.get("port")?.as_i64());
        match grpc.and_then(|it| i32::try_from(it).ok()) {
            Some(port) => (IntOrString::Int(port), None),
            None => return Target::Inside,
        }
    };
    let Some(number) = container.resolve_port(&port).and_then(|it| u16::try_from(it).ok()) else {
        return Target::Unknown(port.to_string());
    };
    let url = http.map_or_else(String::new, |http| {
        let scheme = if http.scheme == "HTTPS" { "https" } else { "http" };
        let slash = if http.path.starts_with('/') { "" } else { "/" };
        let address = crate::api::ip_family::host_port(address, i64::from(number));
        format!("{scheme}://{address}{slash}{}", http.path)
    });
    Target::Port { number, url }
}

/// What becomes of a probe of a process that works, commands apart.
pub fn asked(pod: &Pod, container: &Container, probe: &Probe, address: &str) -> Outcome {
    match target(container, probe, address) {
        Target::Inside => Outcome::Success,
        Target::Unknown(name) => Outcome::Error(format!("strconv.Atoi: parsing {name:?}: invalid syntax")),
        Target::Port { number, .. } if listens(pod, number, "TCP").unwrap_or(true) => Outcome::Success,
        Target::Port { number, url } => {
            let refused = format!(
                "dial tcp {}: connect: connection refused",
                crate::api::ip_family::host_port(address, i64::from(number))
            );
            Outcome::Failure(match url.as_str() {
                "" => refused,
                url => format!("Get \"{url}\": {refused}"),
            })
        }
    }
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
