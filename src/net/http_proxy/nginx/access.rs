//! Who may ask, and how often: source ranges, rate limits, passwords.
//!
//! Follows `ngx_http_access_module`, `ngx_http_limit_req_module` and `ngx_http_auth_basic_module` as
//! ingress-nginx configures them.

use std::net::IpAddr;

use data_encoding::BASE64;
use ipnet::IpNet;

use super::annotations::{Limits, Settings, parse_ranges};
use super::digest;
use super::nginx_config::Location;
use super::request_context::RequestContext;
use super::state::{Bucket, ControllerState};
use super::why::NginxWhy;
use crate::sim::Instant;

/// How a password check went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Right,
    Wrong,
    /// No credentials were sent.
    Missing,
    /// The password's hash is of a kind that is not simulated.
    UnknownHash,
}

impl RequestContext<'_, '_> {
    /// Whether the client's address may ask.
    pub(super) fn is_admitted(&self, settings: &Settings) -> bool {
        let remote = self.vars.remote;
        let within = |ranges: &[IpNet]| ranges.iter().any(|range| range.contains(&remote));
        if settings.deny.is_empty() && settings.allow.is_empty() {
            // Lists of a location replace those of the whole server.
            let blocked = self.setting("block-cidrs").unwrap_or_default();
            return !within(&parse_ranges(blocked).unwrap_or_default());
        }
        !within(&settings.deny) && (settings.allow.is_empty() || within(&settings.allow))
    }

    /// Why the client asked too often, if it did: leaky buckets (`ngx_http_limit_req_module.c`), one per client and
    /// Ingress.
    pub(super) fn over_limit(
        &self,
        location: &Location,
        state: &mut ControllerState,
        now: Instant,
    ) -> Option<NginxWhy> {
        let limits: &Limits = &location.settings.limits;
        let remote: IpAddr = self.vars.remote;
        if limits.exempt.iter().any(|range| range.contains(&remote)) {
            return None;
        }
        let ingress = location.ingress.as_ref()?;
        for (kind, allowed, per_second) in [
            ("rps", limits.per_second, limits.per_second * 1000),
            ("rpm", limits.per_minute, limits.per_minute * 1000 / 60),
        ] {
            if allowed == 0 {
                continue;
            }
            let zone = format!("{}/{}_{kind}", ingress.namespace, ingress.name);
            let burst = i64::try_from(allowed.saturating_mul(limits.burst).saturating_mul(1000)).unwrap_or(i64::MAX);
            let Some(bucket) = state.buckets.get(&(zone.clone(), remote)).copied() else {
                state.buckets.insert((zone, remote), Bucket { level: 0, at: now });
                continue;
            };
            let leaked = i64::try_from(per_second)
                .unwrap_or(i64::MAX)
                .saturating_mul((now - bucket.at).0.max(0))
                / 1000;
            let level = bucket.level.saturating_sub(leaked).saturating_add(1000).max(0);
            if level > burst {
                return Some(NginxWhy::Limited {
                    client: remote,
                    allowed,
                    minute: kind == "rpm",
                });
            }
            state.buckets.insert((zone, remote), Bucket { level, at: now });
        }
        None
    }

    /// Whether the request's user and password are among `users` (name, hash).
    pub(super) fn authorize(&self, users: &[(String, String)]) -> Login {
        let Some(sent) = self.vars.inbound.header("Authorization").and_then(|it| {
            let (kind, value) = it.split_once(' ')?;
            kind.eq_ignore_ascii_case("basic").then_some(value.trim())
        }) else {
            return Login::Missing;
        };
        let decoded = BASE64.decode(sent.as_bytes()).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded).into_owned();
        let Some((user, password)) = decoded.split_once(':') else {
            return Login::Wrong;
        };
        let Some((_, hash)) = users.iter().find(|(name, _)| name == user) else {
            return Login::Wrong;
        };
        match digest::verify(password, hash) {
            Some(true) => Login::Right,
            Some(false) => Login::Wrong,
            None => Login::UnknownHash,
        }
    }
}
