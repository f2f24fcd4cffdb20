//! A request as any proxy receives it. Not here: what a kind of proxy makes of it (variables, trusted headers).

use std::net::IpAddr;

/// A request that reaches a proxy.
#[derive(Clone, Debug)]
pub struct Inbound<'a> {
    /// The port at which it arrived.
    pub port: u16,
    /// Whether it came over TLS.
    pub https: bool,
    /// The `Host` header as sent.
    pub host: &'a str,
    /// The name in the TLS greeting, if one was sent.
    pub sni: Option<&'a str>,
    /// Method, in capitals.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Headers in order, without `Host`.
    pub headers: &'a [(String, String)],
    /// Address at the other end of the connection: the client's, or a node's where it was masqueraded.
    pub client: IpAddr,
}

impl<'a> Inbound<'a> {
    /// `http` or `https`.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }

    /// The first value of a header other than `Host`; `None` where it was not sent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.headers, name)
    }

    /// The first value of a cookie; `None` where it was not sent.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        self.headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case("cookie"))
            .flat_map(|(_, value)| value.split(';'))
            .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value)
    }
}

/// The first value of a header, its name in any case; `None` where there is none.
#[must_use]
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}
