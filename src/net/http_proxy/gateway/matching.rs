//! Which rule takes a request. All rules of all routes at the listener are candidates; the winner has the more
//! specific hostname, then path, then a method, then more headers, then more query parameters; what is equal then
//! is decided by age, name and order (`gateway-api`, `HTTPRouteRule.matches`, `GRPCRouteRule.matches`).

use std::cmp::Ordering;

use regex_lite::Regex;

use crate::cluster::gateways::route::{Match, PathMatch, Route, ValueMatch};
use crate::cluster::gateways::{Listener, Model, RouteKind, hostnames};
use crate::net::http_proxy::request::Inbound;
use crate::small_sort::SmallSort as _;

/// A request as rules see it.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    /// The name in the Host header, in small letters, without its port.
    pub host: &'a str,
    /// The path, without query.
    pub path: &'a str,
    /// The query, without its `?`.
    pub query: &'a str,
    /// The whole.
    pub inbound: &'a Inbound<'a>,
}

/// A rule that takes a request.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// The route.
    pub route: &'a Route,
    /// Its rule, as an index.
    pub rule: usize,
    /// The match that fits; `None` for a rule without matches.
    pub fits: Option<&'a Match>,
    /// The hostname that fits.
    pub hostname: &'a str,
    /// The place of the route among all.
    order: usize,
}

/// What decided between two rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Criterion {
    /// The more specific hostname.
    Hostname,
    /// The more specific path, or name of a service or method.
    Path,
    /// A method is asked for.
    Method,
    /// More headers.
    Headers,
    /// More query parameters.
    Query,
    /// The older route.
    Age,
    /// The smaller name.
    Name,
    /// The first in the list.
    Order,
}

/// The rules that take a request, the winner first.
#[must_use]
pub fn candidates<'a>(model: &'a Model, listener: &'a Listener, seen: &Seen<'_>) -> Vec<Candidate<'a>> {
    let mut found: Vec<Candidate<'a>> = Vec::new();
    for attachment in &listener.routes {
        let route = &model.routes[attachment.route];
        let fitting = attachment.hostnames.iter().filter(|it| hostnames::fits(it, seen.host));
        let Some(hostname) = fitting.max_by_key(|it| hostnames::rank(it)) else {
            continue;
        };
        for (rule, it) in route.rules.iter().enumerate() {
            let mut candidate = Candidate {
                route,
                rule,
                fits: None,
                hostname,
                order: attachment.route,
            };
            let mut best: Option<&Match> = None;
            for one in it.matches.iter().filter(|it| takes(route.kind, it, seen)) {
                if best.is_none_or(|best| specific(Some(one), Some(best)).0 == Ordering::Greater) {
                    best = Some(one);
                }
            }
            if best.is_some() || it.matches.is_empty() {
                candidate.fits = best;
                found.push(candidate);
            }
        }
    }
    found.small_sort_by(|a, b| compare(b, a).0);
    found
}

/// Compares two rules: `Greater` for the one that wins, and what decides.
#[must_use]
pub fn compare(a: &Candidate<'_>, b: &Candidate<'_>) -> (Ordering, Criterion) {
    let by_host = hostnames::rank(a.hostname).cmp(&hostnames::rank(b.hostname));
    if by_host != Ordering::Equal {
        return (by_host, Criterion::Hostname);
    }
    let by_match = specific(a.fits, b.fits);
    if by_match.0 != Ordering::Equal {
        return by_match;
    }
    if a.order != b.order {
        let criterion = if a.route.created == b.route.created {
            Criterion::Name
        } else {
            Criterion::Age
        };
        return (b.order.cmp(&a.order), criterion);
    }
    (b.rule.cmp(&a.rule), Criterion::Order)
}

/// Compares what two rules ask for.
fn specific(a: Option<&Match>, b: Option<&Match>) -> (Ordering, Criterion) {
    let path = |it: Option<&Match>| match it.map(|it| &it.path) {
        None | Some(PathMatch::Any) => (0, 0, 0),
        Some(PathMatch::Prefix(path)) => (1, path.trim_end_matches('/').len(), 0),
        Some(PathMatch::Regex(pattern)) => (2, pattern.len(), 0),
        Some(PathMatch::Exact(path)) => (3, path.len(), 0),
        Some(PathMatch::Grpc { service, method, .. }) => (1, service.len(), method.len()),
    };
    let count = |it: Option<&Match>, of: fn(&Match) -> usize| it.map_or(0, of);
    let steps = [
        (path(a).cmp(&path(b)), Criterion::Path),
        (
            count(a, |it| usize::from(it.method.is_some())).cmp(&count(b, |it| usize::from(it.method.is_some()))),
            Criterion::Method,
        ),
        (
            count(a, |it| it.headers.len()).cmp(&count(b, |it| it.headers.len())),
            Criterion::Headers,
        ),
        (
            count(a, |it| it.query.len()).cmp(&count(b, |it| it.query.len())),
            Criterion::Query,
        ),
    ];
    steps
        .into_iter()
        .find(|(order, _)| *order != Ordering::Equal)
        .unwrap_or((Ordering::Equal, Criterion::Order))
}

/// Whether a match takes a request.
fn takes(kind: RouteKind, it: &Match, seen: &Seen<'_>) -> bool {
    let method = it
        .method
        .as_deref()
        .is_none_or(|it| kind == RouteKind::Grpc || it == seen.inbound.method);
    method
        && path_fits(&it.path, seen.path)
        && it.headers.iter().all(|it| header_fits(it, seen.inbound))
        && it.query.iter().all(|it| query_fits(it, seen.query))
}

/// Whether a text as a whole is what is asked for.
fn value_fits(wanted: &str, regex: bool, found: &str) -> bool {
    if regex {
        Regex::new(&format!("^(?:{wanted})$")).is_ok_and(|it| it.is_match(found))
    } else {
        wanted == found
    }
}

/// Whether a prefix stands in front of a path, element by element; a slash at its end does not count.
fn prefix_fits(prefix: &str, path: &str) -> bool {
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn path_fits(wanted: &PathMatch, path: &str) -> bool {
    match wanted {
        PathMatch::Any => true,
        PathMatch::Exact(it) => it == path,
        PathMatch::Prefix(it) => prefix_fits(it, path),
        PathMatch::Regex(it) => value_fits(it, true, path),
        PathMatch::Grpc { service, method, regex } => {
            let mut parts = path.trim_start_matches('/').splitn(2, '/');
            let mut fits = |wanted: &str| {
                let part = parts.next().unwrap_or_default();
                wanted.is_empty() || value_fits(wanted, *regex, part)
            };
            fits(service) && fits(method)
        }
    }
}

/// Headers of one name are one list, as HTTP has it.
fn header_fits(wanted: &ValueMatch, inbound: &Inbound<'_>) -> bool {
    if wanted.name.eq_ignore_ascii_case("host") {
        return value_fits(&wanted.value, wanted.regex, inbound.host);
    }
    let mut values = inbound
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(&wanted.name));
    let Some((_, first)) = values.next() else {
        return false;
    };
    let whole = values.fold(first.clone(), |whole, (_, value)| format!("{whole},{value}"));
    value_fits(&wanted.value, wanted.regex, &whole)
}

/// Of a parameter that is repeated the first counts.
fn query_fits(wanted: &ValueMatch, query: &str) -> bool {
    let mut pairs = query.split('&').map(|it| it.split_once('=').unwrap_or((it, "")));
    let found = pairs.find(|(name, _)| decoded(name) == wanted.name);
    found.is_some_and(|(_, value)| value_fits(&wanted.value, wanted.regex, &decoded(value)))
}

/// A part of a query without its escapes.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |from: usize| std::str::from_utf8(bytes.get(from..from + 2)?).ok();
        match bytes[at] {
            b'%' => match hex(at + 1).and_then(|it| u8::from_str_radix(it, 16).ok()) {
                Some(byte) => {
                    out.push(byte);
                    at += 2;
                }
                None => out.push(b'%'),
            },
            b'+' => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_whole_elements() {
        for prefix in ["/abc", "/abc/"] {
            for (path, fits) in [
                ("/abc", true),
                ("/abc/", true),
                ("/abc/d", true),
                ("/abcd", false),
                ("/ABC", false),
            ] {
                assert_eq!(prefix_fits(prefix, path), fits, "{prefix} {path}");
            }
        }
        assert!(prefix_fits("/", "/x") && prefix_fits("/", "/"));
    }

    #[test]
    fn queries_are_read_without_escapes() {
        let wanted = |value: &str| ValueMatch {
            name: "p q".to_owned(),
            value: value.to_owned(),
            regex: false,
        };
        assert!(query_fits(&wanted("a b"), "x=1&p+q=a%20b&p+q=2"));
        assert!(!query_fits(&wanted("2"), "p+q=a&p+q=2"));
        assert_eq!(decoded("100%"), "100%");
    }

    #[test]
    fn a_call_is_known_by_service_and_method() {
        let wanted = |service: &str, method: &str| PathMatch::Grpc {
            service: service.to_owned(),
            method: method.to_owned(),
            regex: false,
        };
        assert!(path_fits(&wanted("a.B", ""), "/a.B/C") && path_fits(&wanted("", "C"), "/a.B/C"));
        assert!(!path_fits(&wanted("a.b", "C"), "/a.B/C") && !path_fits(&wanted("a.B", "c"), "/a.B/C"));
    }
}
