//! Scripts of other origins (`gateway-api`, `HTTPCORSFilter`): preflights are answered by the Gateway, other answers
//! get headers.

use super::rewrite::Headers;
use crate::cluster::gateways::route::Cors;
use crate::net::http_proxy::request::Inbound;

/// Whether a request only asks whether another would be allowed.
#[must_use]
pub fn is_preflight(inbound: &Inbound<'_>) -> bool {
    inbound.method == "OPTIONS"
        && inbound.header("Origin").is_some()
        && inbound.header("Access-Control-Request-Method").is_some()
}

/// Whether an origin is one that a pattern stands for: `*`, `https://*.example.com` of any depth, or itself.
fn fits(pattern: &str, origin: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (pattern, origin) = (pattern.to_ascii_lowercase(), origin.to_ascii_lowercase());
    match pattern.split_once("://*") {
        Some((scheme, suffix)) => origin
            .strip_prefix(&format!("{scheme}://"))
            .is_some_and(|host| host.len() > suffix.len() && host.ends_with(suffix)),
        None => pattern == origin,
    }
}

/// What names a list allows, or what was asked for where the list allows all and credentials come along.
fn allowed(list: &[String], cors: &Cors, asked: &str) -> String {
    if !list.iter().any(|it| it == "*") {
        list.join(", ")
    } else if cors.credentials {
        asked.to_owned()
    } else {
        "*".to_owned()
    }
}

/// The headers for a request; `None` where its origin is not let in, or there is none.
#[must_use]
pub fn headers(cors: &Cors, inbound: &Inbound<'_>) -> Option<Headers> {
    let origin = inbound.header("Origin")?;
    if !cors.origins.iter().any(|it| fits(it, origin)) {
        return None;
    }
    let any = cors.origins.iter().any(|it| it == "*");
    let own = if any && !cors.credentials { "*" } else { origin };
    let mut found: Headers = Vec::new();
    let mut push = |name: &str, value: String| {
        if !value.is_empty() {
            found.push((name.to_owned(), value));
        }
    };
    push("Access-Control-Allow-Origin", own.to_owned());
    if cors.credentials {
        push("Access-Control-Allow-Credentials", "true".to_owned());
    }
    push("Access-Control-Expose-Headers", cors.expose.join(", "));
    if is_preflight(inbound) {
        let asked = |name: &str| inbound.header(name).unwrap_or_default();
        let method = asked("Access-Control-Request-Method");
        push("Access-Control-Allow-Methods", allowed(&cors.methods, cors, method));
        let names = asked("Access-Control-Request-Headers");
        if !names.is_empty() {
            push("Access-Control-Allow-Headers", allowed(&cors.headers, cors, names));
        }
        push("Access-Control-Max-Age", cors.max_age.to_string());
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_with_scheme_and_port() {
        for (pattern, origin, expected) in [
            ("*", "https://a", true),
            ("https://*.bar.com", "https://xpto.www.bar.com", true),
            ("https://*.bar.com", "https://bar.com", false),
            ("https://*.bar.com", "http://www.bar.com", false),
            ("https://www.foo.com", "https://www.foo.com", true),
            ("https://www.foo.com", "https://www.foo.com:8443", false),
            ("https://*", "https://any.example:1", true),
        ] {
            assert_eq!(fits(pattern, origin), expected, "{pattern} {origin}");
        }
    }
}
