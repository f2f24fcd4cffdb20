//! Which pod of a backend gets a request: round robin, a hash, the load, or the cookie that came with it.
//!
//! Follows `rootfs/etc/nginx/lua/balancer.lua` and `balancer/*.lua` of ingress-nginx v1.15, with one worker.
//! Hashes are of our own making, so that a value keeps its pod as it would there; which pod that is differs.

use super::affinity::{backend_key, bound_key, by_key, fits_host, key_for, rank};
use super::nginx_config::Backend;
use super::state::ControllerState;
use super::vars::RequestVars;
use super::why::Choice;
use crate::net::http_proxy::endpoints::Endpoint;
use crate::sim::{Instant, Rng};
use crate::small_sort::SmallSort as _;

/// A chosen pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The pod, or the Service's address.
    pub endpoint: Endpoint,
    /// Value of `Set-Cookie`; `None` unless a client was bound anew.
    pub set_cookie: Option<String>,
    /// How it was chosen.
    pub how: Choice,
}

/// Chooses a pod; `tried` are those that failed this request already.
pub fn pick(
    backend: &Backend,
    vars: &RequestVars<'_>,
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
            how: if all.len() == 1 { Choice::Only } else { how },
        })
    };
    if let Some(affinity) = &backend.affinity {
        let leaves = affinity.change_on_failure && !tried.is_empty();
        if let Some(key) = bound_key(backend, vars.inbound).filter(|_| !leaves) {
            return chosen(by_key(all, key, affinity.persistent)?, Choice::Cookie);
        }
        let rest: Vec<&Endpoint> = all.iter().filter(|it| !tried.contains(it)).collect();
        let rest = if rest.is_empty() { all.iter().collect() } else { rest };
        let endpoint = rest[rng.below(rest.len() as u64) as usize];
        let key = key_for(all, endpoint, affinity.persistent, now, rng);
        let mut pick = chosen(endpoint, Choice::NewCookie)?;
        let hands_out = backend
            .cookie_places
            .iter()
            .any(|(host, path)| path == location_path && fits_host(host, &vars.host));
        if hands_out {
            let value = format!("{key}|{}", backend_key(backend));
            pick.set_cookie = Some(affinity.bake(&value, location_path, vars.inbound.https, now));
        }
        return Some(pick);
    }
    if let Some(hash) = &backend.hash_by {
        let value = vars.expand(&hash.expression);
        let group = hash.subset.map_or(1, |size| size.min(all.len()));
        let mut ranked: Vec<&Endpoint> = all.iter().collect();
        ranked.small_sort_by_key(|it| std::cmp::Reverse(rank(&value, it)));
        let within = if group > 1 { rng.below(group as u64) as usize } else { 0 };
        // A pod that failed is passed over for the next in line.
        let next = ranked[within..].iter().find(|it| !tried.contains(it));
        return chosen(next.or(ranked.first())?, Choice::Hash);
    }
    if backend.ewma {
        // Nothing is measured here, so all scores are equal and the better of two is either.
        let idx = rng.below(all.len().max(1) as u64) as usize;
        return chosen(all.get(idx)?, Choice::Load);
    }
    let start = |rng: &mut Rng| rng.below(all.len().max(1) as u64) as usize;
    let last = state.round_robin.entry(backend.name.clone());
    let idx = last.or_insert_with(|| start(rng));
    *idx = (*idx + 1) % all.len().max(1);
    chosen(all.get(*idx)?, Choice::RoundRobin)
}
