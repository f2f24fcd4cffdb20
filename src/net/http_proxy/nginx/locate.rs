//! Which location of a server takes a path (`ngx_http_core_find_location`).

use super::nginx_config::{Location, Match, Server};
use crate::steps;

/// What takes a path.
#[derive(Clone, Copy, Debug)]
pub enum Found<'a> {
    /// The location.
    Location(&'a Location),
    /// No location, but a redirect to the same path with a slash behind it, which this one takes.
    AppendSlash(&'a Location),
}

/// The location that NGINX takes: an exact one, else the longest prefix; or the first pattern that fits.
#[must_use]
pub fn find_location<'a>(server: &'a Server, path: &str) -> Found<'a> {
    let mut longest: Option<&Location> = None;
    let mut slash = None;
    for location in &server.locations {
        steps::count(1);
        match &location.matches {
            Match::Exact if location.path == path => return Found::Location(location),
            Match::Exact => {}
            Match::Regex(pattern) => {
                if pattern.regex().is_some_and(|it| it.is_match(path)) {
                    return Found::Location(location);
                }
            }
            Match::Prefix => {
                // A location `/p/` that proxies answers `/p` by itself (`ngx_http_core_find_static_location`).
                if location.path.strip_suffix('/') == Some(path) && !path.is_empty() {
                    slash = Some(location);
                }
                let fits = path.starts_with(&location.path);
                if fits && longest.is_none_or(|it| it.path.len() < location.path.len()) {
                    longest = Some(location);
                }
            }
        }
    }
    match (slash, longest) {
        (Some(location), _) => Found::AppendSlash(location),
        (None, Some(location)) => Found::Location(location),
        // Only where the root itself is no pattern that is simulated.
        (None, None) => Found::Location(server.locations.last().expect("every server has a root location")),
    }
}
