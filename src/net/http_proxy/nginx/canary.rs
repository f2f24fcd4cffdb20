//! Whether a request goes to a canary: a second backend beside a rule's own, for a share of the requests.
//!
//! Follows `rootfs/etc/nginx/lua/balancer.lua` of ingress-nginx v1.15 (`route_to_alternative_balancer`).

use super::affinity::is_bound;
use super::annotations::Canary;
use super::nginx_config::{Backend, NginxConfig};
use super::pattern::compile;
use super::vars::RequestVars;
use super::why::CanaryReason;
use crate::net::http_proxy::request::Inbound;
use crate::sim::Rng;

/// The backend for a request: the rule's own, or the canary beside it; with the reason where there is one.
pub fn choose<'a>(
    config: &'a NginxConfig,
    primary: &'a Backend,
    vars: &RequestVars<'_>,
    rng: &mut Rng,
) -> (&'a Backend, Option<CanaryReason>) {
    let Some(alternative) = &primary.alternative else {
        return (primary, None);
    };
    let Some(canary) = config
        .backends
        .get(&alternative.backend)
        .filter(|it| !it.endpoints.is_empty())
    else {
        return (primary, None);
    };
    if is_bound(primary, vars.inbound) {
        return (primary, Some(CanaryReason::Bound));
    }
    if is_bound(canary, vars.inbound) {
        return (canary, Some(CanaryReason::Bound));
    }
    let (taken, reason) = decide(&alternative.canary, vars.inbound, rng);
    (if taken { canary } else { primary }, Some(reason))
}

/// Whether the canary is taken, and what decided: header, then cookie, then chance.
fn decide(canary: &Canary, inbound: &Inbound<'_>, rng: &mut Rng) -> (bool, CanaryReason) {
    let header = (!canary.header.is_empty())
        .then(|| inbound.header(&canary.header))
        .flatten();
    if let Some(value) = header {
        if !canary.header_value.is_empty() {
            if value == canary.header_value {
                return (true, CanaryReason::Header);
            }
        } else if !canary.header_pattern.is_empty() {
            match compile(&canary.header_pattern) {
                Some(pattern) if pattern.is_match(value) => return (true, CanaryReason::Header),
                Some(_) => {}
                None => return (false, CanaryReason::Header),
            }
        } else if matches!(value, "always" | "never") {
            return (value == "always", CanaryReason::Header);
        }
    }
    let cookie = (!canary.cookie.is_empty())
        .then(|| inbound.cookie(&canary.cookie))
        .flatten();
    if let Some(value @ ("always" | "never")) = cookie {
        return (value == "always", CanaryReason::Cookie);
    }
    (rng.below(canary.weight_total) < canary.weight, CanaryReason::Weight)
}
