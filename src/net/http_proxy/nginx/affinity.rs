//! Affinity cookies: which pod a cookie names, and the cookie that binds a client to its pod.
//!
//! Follows `rootfs/etc/nginx/lua/balancer/sticky*.lua` of ingress-nginx v1.15. Hashes are of our own making, so
//! that a value keeps its pod as it would there; which pod that is differs.

use super::annotations::Affinity;
use super::digest::{hex, md5};
use super::nginx_config::{Backend, CATCH_ALL};
use crate::cluster::hostname::label_of_wildcard;
use crate::net::http_proxy::endpoints::Endpoint;
use crate::net::http_proxy::request::Inbound;
use crate::sim::{Duration, Instant, Rng};

/// The key by which a cookie names its backend.
pub(super) fn backend_key(backend: &Backend) -> String {
    let inner = hex(&md5(backend.name.as_bytes()));
    hex(&md5(format!("{inner}{}", backend.name).as_bytes()))
}

/// The pod key of an affinity cookie for this backend.
pub(super) fn bound_key<'a>(backend: &Backend, inbound: &Inbound<'a>) -> Option<&'a str> {
    let affinity = backend.affinity.as_ref()?;
    let (key, of) = inbound.cookie(&affinity.name)?.split_once('|')?;
    (!key.is_empty() && of == backend_key(backend)).then_some(key)
}

/// Whether a cookie binds the client to a pod of this backend.
pub(super) fn is_bound(backend: &Backend, inbound: &Inbound<'_>) -> bool {
    bound_key(backend, inbound).is_some()
}

/// How much an endpoint wants a value (rendezvous hashing).
pub(super) fn rank(value: &str, endpoint: &Endpoint) -> [u8; 16] {
    md5(format!("{value}\n{}:{}", endpoint.host, endpoint.port).as_bytes())
}

/// The pod of a cookie's key.
pub(super) fn by_key<'a>(all: &'a [Endpoint], key: &str, persistent: bool) -> Option<&'a Endpoint> {
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
pub(super) fn key_for(all: &[Endpoint], endpoint: &Endpoint, persistent: bool, now: Instant, rng: &mut Rng) -> String {
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
pub(super) fn fits_host(place: &str, host: &str) -> bool {
    place == host || place == CATCH_ALL || label_of_wildcard(place, host).is_some()
}

impl Affinity {
    /// The cookie as `lua-resty-cookie` writes it.
    pub(super) fn bake(&self, value: &str, rule_path: &str, https: bool, now: Instant) -> String {
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
            add("Expires", &cookie_time(now + Duration::from_secs(seconds)));
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
