//! What proxies speak to pods.

/// What a proxy speaks to an upstream endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpstreamProtocol {
    /// HTTP in the clear.
    Http,
    /// HTTP over TLS.
    Https,
    /// gRPC in the clear.
    Grpc,
    /// gRPC over TLS.
    Grpcs,
    /// FastCGI.
    FastCgi,
}

impl UpstreamProtocol {
    /// Its scheme: `http`, `https`, `grpc`, `grpcs`, `fastcgi`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Grpc => "grpc",
            Self::Grpcs => "grpcs",
            Self::FastCgi => "fastcgi",
        }
    }
}
