//! What senders ask for, and how people write it: `pod/shop/web`, `node/node-1`, `client`, an address;
//! `web:80`, `[fd00::1]:80`, `https://shop.example/cart`.
//!
//! The traffic bar, the command line and lessons read sources and destinations here and nowhere else.

use std::net::IpAddr;

use thiserror::Error;

use super::packet::Protocol;

/// Who sends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A process in a pod.
    Pod {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// A process on a node itself.
    Node(String),
    /// The client outside the cluster.
    Client,
    /// Whoever has this address: the pod or node it belongs to, else somebody outside.
    Address(IpAddr),
}

/// Whom a request is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// An address.
    Address(IpAddr),
    /// A name to be resolved.
    Name(String),
}

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// Whether over TLS.
    pub https: bool,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query, starting with `/`.
    pub path: String,
    /// Headers in order; `Host` defaults to the host of the URL.
    pub headers: Vec<(String, String)>,
}

/// What a sender asks for: one connection (or datagram, or echo) and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who sends.
    pub from: Source,
    /// To which host.
    pub host: Host,
    /// To which port; 0 for ICMP.
    pub port: u16,
    /// Over what.
    pub protocol: Protocol,
    /// What is asked over HTTP, if anything.
    pub http: Option<HttpRequest>,
    /// The node at which a packet from outside arrives, where more than one could be.
    pub via_node: Option<String>,
}

/// Why a source or a destination cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Nothing recognizable as a source.
    #[error("{0:?} is no source: write pod/[NAMESPACE/]NAME, node/NAME, client or an IP address")]
    Source(String),
    /// No port where one is needed.
    #[error("{0:?} has no port: write HOST:PORT, or http://HOST/PATH")]
    NoPort(String),
    /// A port that is none.
    #[error("{0:?} is no port: write a number from 1 to 65535")]
    Port(String),
    /// No host.
    #[error("{0:?} has no host: write HOST:PORT, or http://HOST/PATH")]
    NoHost(String),
    /// A header without a name and a colon.
    #[error("{0:?} is no header: write NAME: VALUE")]
    Header(String),
    /// A scheme other than http and https.
    #[error("{0:?} is not simulated: write http:// or https://, or HOST:PORT for anything else")]
    Scheme(String),
}

impl std::str::FromStr for Source {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AddressError::Source(text.to_owned());
        if text == "client" {
            return Ok(Self::Client);
        }
        if let Some(rest) = text.strip_prefix("pod/") {
            let (namespace, name) = rest.split_once('/').unwrap_or(("default", rest));
            let usable = !namespace.is_empty() && !name.is_empty() && !name.contains('/');
            return usable
                .then(|| Self::Pod {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                })
                .ok_or_else(wrong);
        }
        if let Some(name) = text.strip_prefix("node/") {
            return (!name.is_empty())
                .then(|| Self::Node(name.to_owned()))
                .ok_or_else(wrong);
        }
        text.parse().map(Self::Address).map_err(|_| wrong())
    }
}

impl std::fmt::Display for Source {
    /// As it is read; pods of namespace `default` without it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pod { namespace, name } if namespace == "default" => write!(f, "pod/{name}"),
            Self::Pod { namespace, name } => write!(f, "pod/{namespace}/{name}"),
            Self::Node(name) => write!(f, "node/{name}"),
            Self::Client => f.write_str("client"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// A destination as written: where to, and what is asked over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Address or name.
    pub host: Host,
    /// The port; 0 where none was written and none follows from a scheme (ICMP).
    pub port: u16,
    /// `GET` of the path; `None` where no URL was written.
    pub http: Option<HttpRequest>,
}

impl Destination {
    /// Reads `host:port` or `http(s)://host[:port][/path]`; for ICMP a host alone.
    ///
    /// # Errors
    /// What is missing or cannot be read.
    pub fn parse(text: &str, protocol: Protocol) -> Result<Self, AddressError> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once("://") else {
            let (host, port) = split_port(text)?;
            return match port {
                None if protocol != Protocol::Icmp => Err(AddressError::NoPort(text.to_owned())),
                port => Ok(Self {
                    host,
                    port: port.unwrap_or(0),
                    http: None,
                }),
            };
        };
        let https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(AddressError::Scheme(format!("{scheme}://"))),
        };
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let path = path.split('#').next().unwrap_or_default();
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        let (host, port) = split_port(authority)?;
        let http = HttpRequest {
            https,
            method: "GET".to_owned(),
            path,
            headers: Vec::new(),
        };
        Ok(Self {
            host,
            port: port.unwrap_or(if https { 443 } else { 80 }),
            http: Some(http),
        })
    }
}

/// Splits `host[:port]`, with brackets around IPv6 addresses that carry a port.
fn split_port(text: &str) -> Result<(Host, Option<u16>), AddressError> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok((Host::Address(address), None));
    }
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => text
            .rsplit_once(':')
            .map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err(AddressError::NoHost(text.to_owned()));
    }
    let port = match port {
        None => None,
        Some(digits) => match digits.parse::<u16>() {
            Ok(number) if number > 0 && digits.bytes().all(|it| it.is_ascii_digit()) => Some(number),
            _ => return Err(AddressError::Port(digits.to_owned())),
        },
    };
    let host = host.parse().map_or_else(|_| Host::Name(host.to_owned()), Host::Address);
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_read_back_as_they_print() {
        for text in [
            "client",
            "pod/web",
            "pod/shop/web",
            "node/node-1",
            "10.0.0.1",
            "fd00::1",
        ] {
            assert_eq!(text.parse::<Source>().expect(text).to_string(), text);
        }
        for text in ["", "pod/", "pod//x", "pod/a/b/c", "node/", "web"] {
            assert!(text.parse::<Source>().is_err(), "{text:?}");
        }
    }

    fn read(text: &str) -> (String, u16, Option<(bool, String)>) {
        let it = Destination::parse(text, Protocol::Tcp).expect(text);
        let host = match it.host {
            Host::Address(address) => format!("={address}"),
            Host::Name(name) => name,
        };
        (host, it.port, it.http.map(|http| (http.https, http.path)))
    }

    #[test]
    fn destinations() {
        assert_eq!(read("web:80"), ("web".into(), 80, None));
        assert_eq!(read("[fd00::1]:53"), ("=fd00::1".into(), 53, None));
        assert_eq!(read("http://web"), ("web".into(), 80, Some((false, "/".into()))));
        assert_eq!(
            read("https://10.0.0.1:8443/a?b=c#d"),
            ("=10.0.0.1".into(), 8443, Some((true, "/a?b=c".into())))
        );
        assert_eq!(
            read("http://web?x=1"),
            ("web".into(), 80, Some((false, "/?x=1".into())))
        );
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let error = |text| Destination::parse(text, Protocol::Tcp).expect_err(text);
        assert!(matches!(error("web"), AddressError::NoPort(_)));
        assert!(matches!(error("web:http"), AddressError::Port(_)));
        assert!(matches!(error("web:0"), AddressError::Port(_)));
        assert!(matches!(error("web:+1"), AddressError::Port(_)));
        assert!(matches!(error(":80"), AddressError::NoHost(_)));
        assert!(matches!(error("ftp://web"), AddressError::Scheme(_)));
        assert!(Destination::parse("web", Protocol::Icmp).is_ok());
    }
}
