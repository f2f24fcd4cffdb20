//! Filters that change things: headers of requests and answers, host and path, where a redirect leads
//! (`gateway-api`, `HTTPHeaderFilter`, `HTTPURLRewriteFilter`, `HTTPRequestRedirectFilter`).

use crate::cluster::gateways::route::{HeaderEdit, PathEdit, Redirect};

/// Headers with their names as first written.
pub type Headers = Vec<(String, String)>;

/// Changes headers: set, then add, then remove; names in any case.
pub fn edit(headers: &mut Headers, edit: &HeaderEdit) {
    let is = |name: &str| {
        let name = name.to_owned();
        move |it: &(String, String)| it.0.eq_ignore_ascii_case(&name)
    };
    for (name, value) in &edit.set {
        let place = headers.iter().position(is(name)).unwrap_or(headers.len());
        headers.retain({
            let same = is(name);
            move |it| !same(it)
        });
        headers.insert(place.min(headers.len()), (name.clone(), value.clone()));
    }
    for (name, value) in &edit.add {
        match headers.iter_mut().find(|it| is(name)(it)) {
            Some((_, old)) => *old = format!("{old},{value}"),
            None => headers.push((name.clone(), value.clone())),
        }
    }
    for name in &edit.remove {
        headers.retain({
            let same = is(name);
            move |it| !same(it)
        });
    }
}

/// Another path: the whole, or only the prefix that matched.
#[must_use]
pub fn path(edit: &PathEdit, path: &str, prefix: &str) -> String {
    match edit {
        PathEdit::Full(new) if new.is_empty() => "/".to_owned(),
        PathEdit::Full(new) => new.clone(),
        PathEdit::Prefix(new) => {
            let prefix = prefix.trim_end_matches('/');
            let rest = path.strip_prefix(prefix).unwrap_or(path);
            let whole = format!("{}{rest}", new.trim_end_matches('/'));
            if whole.starts_with('/') {
                whole
            } else {
                format!("/{whole}")
            }
        }
    }
}

/// What a redirect needs to know of a request.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// The Host header without its port.
    pub host: &'a str,
    /// The listener's port.
    pub port: u16,
    /// The path.
    pub path: &'a str,
    /// The query, without its `?`; absent where there is none.
    pub query: Option<&'a str>,
    /// The prefix that matched.
    pub prefix: &'a str,
}

/// Where a redirect leads.
#[must_use]
pub fn location(redirect: &Redirect, from: Origin<'_>) -> String {
    let scheme = redirect.scheme.as_deref().unwrap_or(from.scheme);
    let own = if scheme == "https" { 443 } else { 80 };
    let port = match (redirect.port, &redirect.scheme) {
        (Some(port), _) => port,
        (None, Some(_)) => own,
        (None, None) => from.port,
    };
    let port = if port == own { String::new() } else { format!(":{port}") };
    let host = redirect.hostname.as_deref().unwrap_or(from.host);
    let path = match &redirect.path {
        Some(edit) => path(edit, from.path, from.prefix),
        None => from.path.to_owned(),
    };
    let query = from.query.map_or_else(String::new, |it| format!("?{it}"));
    format!("{scheme}://{host}{port}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table in the API's text of `HTTPPathModifier`.
    #[test]
    fn prefixes_are_replaced_as_the_api_lists_it() {
        for (from, prefix, new, to) in [
            ("/foo/bar", "/foo", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo", "/xyz/", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz", "/xyz/bar"),
            ("/foo/bar", "/foo/", "/xyz/", "/xyz/bar"),
            ("/foo", "/foo", "/xyz", "/xyz"),
            ("/foo/", "/foo", "/xyz", "/xyz/"),
            ("/foo/bar", "/foo", "", "/bar"),
            ("/foo/", "/foo", "", "/"),
            ("/foo", "/foo", "", "/"),
            ("/foo/", "/foo", "/", "/"),
            ("/foo", "/foo", "/", "/"),
        ] {
            assert_eq!(
                path(&PathEdit::Prefix(new.to_owned()), from, prefix),
                to,
                "{from} {prefix} {new}"
            );
        }
    }

    #[test]
    fn headers_are_set_added_and_removed_in_any_case() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![pair("x-a", "1"), pair("X-A", "2"), pair("b", "1"), pair("c", "1")];
        let change = HeaderEdit {
            set: vec![pair("X-A", "s")],
            add: vec![pair("B", "2"), pair("d", "1")],
            remove: vec!["C".to_owned()],
        };
        edit(&mut headers, &change);
        assert_eq!(headers, [pair("X-A", "s"), pair("b", "1,2"), pair("d", "1")]);
    }
}
