//! Who may ask, and how often: source ranges, rate limits, passwords.
//!
//! Follows `ngx_http_access_module`, `ngx_http_limit_req_module` and `ngx_http_auth_basic_module` as
//! ingress-nginx configures them.

use std::net::IpAddr;

use data_encoding::BASE64;
use ipnet::IpNet;

use super::annotations::{Limits, Settings, parse_ranges};
use super::nginx_config::Location;
use super::respond::RequestContext;
use super::why::IngressWhy;
use super::{Bucket, ControllerState, digest};
use crate::sim::Instant;

/// How a password check went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Right,
    Wrong,
    Missing,
    UnknownHash,
}

impl RequestContext<'_, '_> {
    pub(super) fn is_admitted(&self, settings: &Settings) -> bool {
        let remote = self.facts.remote;
        let within = |ranges: &[IpNet]| ranges.iter().any(|range| range.contains(&remote));
        if settings.deny.is_empty() && settings.allow.is_empty() {
            // Lists of a location replace those of the whole server.
            let blocked = self.model.controller.setting("block-cidrs").unwrap_or_default();
            return !within(&parse_ranges(blocked).unwrap_or_default());
        }
        !within(&settings.deny) && (settings.allow.is_empty() || within(&settings.allow))
    }

    /// Leaky buckets (`ngx_http_limit_req_module.c`), one per client and Ingress.
    pub(super) fn over_limit(
        &self,
        location: &Location,
        state: &mut ControllerState,
        now: Instant,
    ) -> Option<IngressWhy> {
        let limits: &Limits = &location.settings.limits;
        let remote: IpAddr = self.facts.remote;
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
                return Some(IngressWhy::Limited {
                    client: remote,
                    allowed,
                    minute: kind == "rpm",
                });
            }
            state.buckets.insert((zone, remote), Bucket { level, at: now });
        }
        None
    }

    pub(super) fn authorize(&self, users: &[(String, String)]) -> Login {
        let Some(sent) = self.facts.header("Authorization").and_then(|it| {
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
