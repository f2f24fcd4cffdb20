//! Which pod gets a request: round robin, a hash, the load, or the cookie that came with it.
//!
//! Follows `rootfs/etc/nginx/lua/balancer.lua` and `balancer/*.lua` of ingress-nginx v1.15, with one worker.
//! Hashes are of our own making, so that a value keeps its pod as it would there; which pod that is differs.

use crate::sim::{Instant, Rng};
use crate::small_sort::SmallSort as _;

use super::ControllerState;
use super::annotations::Canary;
use super::backend::Endpoint;
use super::digest::{hex, md5};
use super::nginx_config::{Backend, NginxConfig};
use super::request::RequestVars;
use super::respond::compile;

/// Why a request went to a canary, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryReason {
    /// A cookie binds the client already.
    Bound,
    /// The header decided.
    Header,
    /// The cookie decided.
    Cookie,
    /// Chance decided.
    Weight,
}

/// The backend for a request: the rule's own, or the canary beside it; with the reason where there is one.
pub fn choose<'a>(
    model: &'a NginxConfig,
    primary: &'a Backend,
    facts: &RequestVars<'_>,
    rng: &mut Rng,
) -> (&'a Backend, Option<CanaryReason>) {
    let Some(alternative) = &primary.alternative else {
        return (primary, None);
    };
    let Some(canary) = model
        .backends
        .get(&alternative.backend)
        .filter(|it| !it.endpoints.is_empty())
    else {
        return (primary, None);
    };
    if is_bound(primary, facts) {
        return (primary, Some(CanaryReason::Bound));
    }
    if is_bound(canary, facts) {
        return (canary, Some(CanaryReason::Bound));
    }
    let (taken, reason) = decide(&alternative.canary, facts, rng);
    (if taken { canary } else { primary }, Some(reason))
}

fn decide(canary: &Canary, facts: &RequestVars<'_>, rng: &mut Rng) -> (bool, CanaryReason) {
    let header = (!canary.header.is_empty())
        .then(|| facts.header(&canary.header))
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
        .then(|| facts.cookie(&canary.cookie))
        .flatten();
    if let Some(value @ ("always" | "never")) = cookie {
        return (value == "always", CanaryReason::Cookie);
    }
    (rng.below(canary.weight_total) < canary.weight, CanaryReason::Weight)
}

/// The key by which a cookie names its backend.
fn backend_key(backend: &Backend) -> String {
    let inner = hex(&md5(backend.name.as_bytes()));
    hex(&md5(format!("{inner}{}", backend.name).as_bytes()))
}

/// The pod key of an affinity cookie for this backend.
fn bound_key<'a>(backend: &Backend, facts: &RequestVars<'a>) -> Option<&'a str> {
    let affinity = backend.affinity.as_ref()?;
    let (key, of) = facts.cookie(&affinity.name)?.split_once('|')?;
    (!key.is_empty() && of == backend_key(backend)).then_some(key)
}

fn is_bound(backend: &Backend, facts: &RequestVars<'_>) -> bool {
    bound_key(backend, facts).is_some()
}

/// A chosen pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Where to.
    pub endpoint: Endpoint,
    /// `Set-Cookie`, where a new pod had to be chosen.
    pub set_cookie: Option<String>,
    /// How it was chosen.
    pub how: How,
}

/// How a pod was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The only one there is.
    Only,
    /// One after the other.
    Turn,
    /// By a hash.
    Hash,
    /// By load.
    Load,
    /// The cookie said so.
    Cookie,
    /// Chosen anew, and a cookie given.
    NewCookie,
}

/// Chooses a pod; `tried` are those that failed this request already.
pub fn pick(
    backend: &Backend,
    facts: &RequestVars<'_>,
    location_path: &str,
    state: &mut ControllerState,
    rng: &mut Rng,
    now: Instant,
    tried: &[Endpoint],
) -> Option<Pick> {
    let all = &backend.endpoints;
    let chosen = |endpoint: &Endpoint, how| {
        Some(Pick {
            endpoint: endpoint.clone(),
            set_cookie: None,
            how: if all.len() == 1 { How::Only } else { how },
        })
    };
    if let Some(affinity) = &backend.affinity {
        let leaves = affinity.change_on_failure && !tried.is_empty();
        if let Some(key) = bound_key(backend, facts).filter(|_| !leaves) {
            return chosen(by_key(all, key, affinity.persistent)?, How::Cookie);
        }
        let rest: Vec<&Endpoint> = all.iter().filter(|it| !tried.contains(it)).collect();
        let rest = if rest.is_empty() { all.iter().collect() } else { rest };
        let endpoint = rest[rng.below(rest.len() as u64) as usize];
        let key = key_for(all, endpoint, affinity.persistent, now, rng);
        let mut pick = chosen(endpoint, How::NewCookie)?;
        let hands_out = backend
            .cookie_places
            .iter()
            .any(|(host, path)| path == location_path && fits_host(host, &facts.host));
        if hands_out {
            let value = format!("{key}|{}", backend_key(backend));
            pick.set_cookie = Some(affinity.bake(&value, location_path, facts.inbound.https, now));
        }
        return Some(pick);
    }
    if let Some(hash) = &backend.hash_by {
        let value = facts.expand(&hash.expression);
        let group = hash.subset.map_or(1, |size| size.min(all.len()));
        let mut ranked: Vec<&Endpoint> = all.iter().collect();
        ranked.small_sort_by_key(|it| std::cmp::Reverse(rank(&value, it)));
        let within = if group > 1 { rng.below(group as u64) as usize } else { 0 };
        // A pod that failed is passed over for the next in line.
        let next = ranked[within..].iter().find(|it| !tried.contains(it));
        return chosen(next.or(ranked.first())?, How::Hash);
    }
    if backend.ewma {
        // Nothing is measured here, so all scores are equal and the better of two is either.
        let idx = rng.below(all.len().max(1) as u64) as usize;
        return chosen(all.get(idx)?, How::Load);
    }
    let start = |rng: &mut Rng| rng.below(all.len().max(1) as u64) as usize;
    let turn = state.turns.entry(backend.name.clone()).or_insert_with(|| start(rng));
    *turn = (*turn + 1) % all.len().max(1);
    chosen(all.get(*turn)?, How::Turn)
}

/// How much an endpoint wants a value (rendezvous hashing).
fn rank(value: &str, endpoint: &Endpoint) -> [u8; 16] {
    md5(format!("{value}\n{}:{}", endpoint.host, endpoint.port).as_bytes())
}

/// The pod of a cookie's key.
fn by_key<'a>(all: &'a [Endpoint], key: &str, persistent: bool) -> Option<&'a Endpoint> {
    let named = |it: &&Endpoint| pod_key(it) == key;
    let exact = all.iter().find(named);
    if persistent {
        return exact.or_else(|| all.iter().max_by_key(|it| rank(key, it)));
    }
    all.iter().max_by_key(|it| rank(key, it))
}

fn pod_key(endpoint: &Endpoint) -> String {
    hex(&md5(format!("{}:{}", endpoint.host, endpoint.port).as_bytes()))
}

/// A key that leads to `endpoint`.
fn key_for(all: &[Endpoint], endpoint: &Endpoint, persistent: bool, now: Instant, rng: &mut Rng) -> String {
    if persistent {
        return pod_key(endpoint);
    }
    // `now.pid.random`, tried until the hash leads there: with n pods n tries on average.
    for _ in 0..all.len().saturating_mul(40) {
        let key = format!(
            "{}.{:03}.31.{}",
            now.0.div_euclid(1000),
            now.0.rem_euclid(1000),
            rng.below(999_999)
        );
        if by_key(all, &key, false) == Some(endpoint) {
            return key;
        }
    }
    pod_key(endpoint)
}

/// Whether a place's host is the request's, or its wildcard.
fn fits_host(place: &str, host: &str) -> bool {
    place == host
        || place == super::nginx_config::CATCH_ALL
        || place
            .strip_prefix("*.")
            .is_some_and(|suffix| host.split_once('.').is_some_and(|(_, rest)| rest == suffix))
}

impl super::annotations::Affinity {
    /// The cookie as `lua-resty-cookie` writes it.
    fn bake(&self, value: &str, rule_path: &str, https: bool, now: Instant) -> String {
        let mut out = format!("{}={value}", self.name);
        let mut add = |name: &str, value: &str| {
            out.push_str("; ");
            out.push_str(name);
            if !value.is_empty() {
                out.push('=');
                out.push_str(value);
            }
        };
        if let Some(seconds) = self.expires {
            add("Expires", &cookie_time(now + crate::sim::Duration::from_secs(seconds)));
        }
        if let Some(seconds) = self.max_age {
            add("Max-Age", &seconds.to_string());
        }
        if let Some(domain) = &self.domain {
            add("Domain", domain);
        }
        add("Path", self.path.as_deref().unwrap_or(rule_path));
        if https || self.secure {
            add("Secure", "");
        }
        add("HttpOnly", "");
        if let Some(same_site) = &self.same_site {
            add("SameSite", same_site);
        }
        out
    }
}

/// `Thu, 01-Jan-26 00:00:00 GMT` (`ngx.cookie_time`).
fn cookie_time(at: Instant) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    // 1970-01-01 was a Thursday. RFC 3339 gives the rest.
    let day = DAYS[at.0.div_euclid(86_400_000).rem_euclid(7) as usize];
    let text = at.to_string();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let month = part(5, 7).parse::<usize>().unwrap_or(1).clamp(1, 12);
    format!(
        "{day}, {}-{}-{} {} GMT",
        part(8, 10),
        MONTHS[month - 1],
        part(2, 4),
        part(11, 19)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_expire_at_a_readable_time() {
        assert_eq!(cookie_time(Instant::DEFAULT_START), "Thu, 01-Jan-26 00:00:00 GMT");
    }
}
