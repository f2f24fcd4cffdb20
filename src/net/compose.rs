//! One line of typing to one [`Request`]: `http://web/cart`, `POST https://shop.example/cart`, `udp://dns:53`.
//!
//! What [`Destination`] reads, plus a method in front of a URL and a scheme for each transport protocol, so
//! that a sentence of two fields says all there is to say. Not here: which destinations make sense
//! ([`suggest`](super::suggest)).

use super::packet::Protocol;
use super::request::{AddressError, Destination, Request, Source};

/// Methods that may stand in front of a URL (RFC 9110, and PATCH of RFC 5789).
pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Reads a source and a destination as typed.
///
/// # Errors
/// What is missing or cannot be read, the source first.
pub fn compose(from: &str, to: &str) -> Result<Request, AddressError> {
    let source: Source = from.trim().parse()?;
    let (destination, protocol) = target(to)?;
    Ok(Request {
        from: source,
        host: destination.host,
        port: destination.port,
        protocol,
        http: destination.http,
        via_node: None,
    })
}

/// Adds to a request over HTTP what stands beside its URL: the method, where none stands in front of the URL, and
/// headers, one a line. Any other request stays as it is.
///
/// # Errors
/// A line that is no header.
pub fn add_http(request: &mut Request, to: &str, method: &str, headers: &str) -> Result<(), AddressError> {
    let Some(http) = &mut request.http else { return Ok(()) };
    if method_in(to).is_none() && !method.is_empty() {
        method.clone_into(&mut http.method);
    }
    for line in headers.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line
            .split_once(':')
            .filter(|(name, _)| is_token(name.trim_end()))
            .ok_or_else(|| AddressError::Header(line.to_owned()))?;
        http.headers
            .push((name.trim_end().to_owned(), value.trim_start().to_owned()));
    }
    Ok(())
}

/// The method in front of a URL, if one stands there.
#[must_use]
pub fn method_in(to: &str) -> Option<&'static str> {
    let (first, _) = to.trim().split_once(char::is_whitespace)?;
    METHODS.into_iter().find(|it| it.eq_ignore_ascii_case(first))
}

/// Whether a destination as typed is asked over HTTP.
#[must_use]
pub fn is_http(to: &str) -> bool {
    let to = to.trim();
    let url = match method_in(to) {
        Some(method) => to[method.len()..].trim_start(),
        None => to,
    };
    ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// A name of a header (RFC 9110, `token`).
fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&it))
}

/// Where a redirect leads, as the next destination: `location` as it stands, or beside the URL it answers.
#[must_use]
pub fn follow(to: &str, location: &str) -> String {
    if location.contains("://") || !location.starts_with('/') {
        return location.to_owned();
    }
    let to = to.trim();
    let url = to.rsplit(char::is_whitespace).next().unwrap_or(to);
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    format!("{}{location}", &url[..end])
}

/// Reads a destination as typed, and the protocol it names; TCP unless it says otherwise.
///
/// # Errors
/// What is missing or cannot be read.
pub fn target(text: &str) -> Result<(Destination, Protocol), AddressError> {
    let text = text.trim();
    let (method, rest) = match text.split_once(char::is_whitespace) {
        Some((first, rest)) if METHODS.iter().any(|it| it.eq_ignore_ascii_case(first)) => {
            (Some(first.to_ascii_uppercase()), rest.trim_start())
        }
        Some((first, rest)) if first.eq_ignore_ascii_case("ping") => {
            return Destination::parse(rest, Protocol::Icmp).map(|it| (it, Protocol::Icmp));
        }
        _ => (None, text),
    };
    if let Some((scheme, rest)) = rest.split_once("://")
        && let Some(protocol) = Protocol::parse(scheme).filter(|it| *it != Protocol::Icmp)
    {
        return Destination::parse(rest.trim_end_matches('/'), protocol).map(|it| (it, protocol));
    }
    let mut destination = Destination::parse(rest, Protocol::Tcp)?;
    match (&mut destination.http, method) {
        (Some(http), Some(method)) => http.method = method,
        (None, Some(_)) => return Err(AddressError::Scheme(text.to_owned())),
        _ => {}
    }
    Ok((destination, Protocol::Tcp))
}

#[cfg(test)]
mod tests {
    use super::super::request::Host;
    use super::*;

    fn read(to: &str) -> (Protocol, u16, Option<(String, String)>) {
        let it = compose("client", to).expect(to);
        (it.protocol, it.port, it.http.map(|http| (http.method, http.path)))
    }

    #[test]
    fn a_method_may_stand_in_front_of_a_url() {
        let post = Some(("POST".to_owned(), "/cart".to_owned()));
        assert_eq!(read("post http://web/cart"), (Protocol::Tcp, 80, post));
        let get = Some(("GET".to_owned(), "/".to_owned()));
        assert_eq!(read("  http://web "), (Protocol::Tcp, 80, get));
        assert!(target("POST web:80").is_err(), "a method without HTTP says nothing");
    }

    #[test]
    fn schemes_name_the_protocol() {
        assert_eq!(read("udp://kube-dns.kube-system:53"), (Protocol::Udp, 53, None));
        assert_eq!(read("tcp://10.0.0.1:6379/"), (Protocol::Tcp, 6379, None));
        assert_eq!(read("SCTP://a:1"), (Protocol::Sctp, 1, None));
        assert_eq!(read("ping 10.0.0.1"), (Protocol::Icmp, 0, None));
        assert_eq!(read("redis:6379"), (Protocol::Tcp, 6379, None));
    }

    #[test]
    fn a_service_may_be_called_ping() {
        let it = compose("client", "ping:80").expect("a name and a port");
        assert_eq!(it.host, Host::Name("ping".to_owned()));
    }

    #[test]
    fn the_source_is_judged_first() {
        assert!(matches!(compose("nobody", "nowhere"), Err(AddressError::Source(_))));
        assert!(matches!(compose("client", "web"), Err(AddressError::NoPort(_))));
        assert!(matches!(
            compose("client", "gopher://web"),
            Err(AddressError::Scheme(_))
        ));
    }

    #[test]
    fn method_and_headers_stand_beside_the_url() {
        let read = |to: &str, headers: &str| {
            let mut request = compose("client", to).expect("a request");
            add_http(&mut request, to, "DELETE", headers).map(|()| request.http)
        };
        let http = read("http://shop.test/x", "Host: a.test\n\n X-Canary :always ")
            .expect("headers")
            .expect("HTTP");
        assert_eq!(http.method, "DELETE");
        assert_eq!(
            http.headers,
            [
                ("Host".to_owned(), "a.test".to_owned()),
                ("X-Canary".to_owned(), "always".to_owned())
            ]
        );
        // A method in front of the URL is closer.
        assert_eq!(
            read("post http://shop.test", "").expect("fine").expect("HTTP").method,
            "POST"
        );
        assert_eq!(read("shop.test:80", "no header"), Ok(None));
        assert_eq!(
            read("http://a", "no header"),
            Err(AddressError::Header("no header".to_owned()))
        );
        assert_eq!(read("http://a", ": x"), Err(AddressError::Header(": x".to_owned())));
        assert!(is_http("HTTP://a") && is_http("PUT https://a") && !is_http("udp://a:53") && !is_http("http:/"));
    }

    #[test]
    fn redirects_are_followed_to_where_they_lead() {
        assert_eq!(follow("http://a.test/x", "https://b.test/y"), "https://b.test/y");
        assert_eq!(follow("POST http://a.test:81/x?q=/", "/y"), "http://a.test:81/y");
        assert_eq!(follow("http://a.test", "/y"), "http://a.test/y");
    }
}
