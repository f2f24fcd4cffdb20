//! One line of typing to one [`Request`]: `http://web/cart`, `POST https://shop.example/cart`, `udp://dns:53`.
//!
//! What [`Destination`] reads, plus a method in front of a URL and a scheme for each transport protocol, so
//! that a sentence of two fields says all there is to say. Not here: which destinations make sense
//! ([`suggest`](super::suggest)).

use super::packet::Protocol;
use super::request::{AddressError, Destination, Request, Source};

/// Methods that may stand in front of a URL (RFC 9110, and PATCH of RFC 5789).
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

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
}
