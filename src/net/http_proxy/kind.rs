//! The kinds of proxies, and what tells them apart where only their answers are seen.

/// A kind of proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// ingress-nginx.
    Nginx,
    /// The proxy of a Gateway.
    Gateway,
}

impl ProxyKind {
    /// The body of an answer that is none of a pod's; `status` is its status line without the version.
    #[must_use]
    pub fn error_page(self, status: &str) -> String {
        match self {
            Self::Nginx => format!(
                "<html>\n<head><title>{status}</title></head>\n<body>\n<center><h1>{status}</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n"
            ),
            Self::Gateway => format!("{status}\n"),
        }
    }

    /// Subject and issuer of the certificate that it shows where no Secret's fits.
    #[must_use]
    pub const fn default_certificate(self) -> &'static str {
        match self {
            Self::Nginx => "O=Acme Co; CN=Kubernetes Ingress Controller Fake Certificate",
            // It has none: without a certificate a listener is not programmed.
            Self::Gateway => "",
        }
    }
}
