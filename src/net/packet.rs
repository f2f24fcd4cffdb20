//! Packets, as typed data rather than bytes.

use crate::api::IpFamily;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// Transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
    /// ICMP or ICMPv6; ports are 0.
    Icmp,
}

impl Protocol {
    /// As Kubernetes writes it: `TCP`, `UDP`, `SCTP`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
            Self::Icmp => "ICMP",
        }
    }

    /// As iptables writes it: `tcp`, `udp`, `sctp`, `icmp`.
    #[must_use]
    pub const fn lower(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
            Self::Icmp => "icmp",
        }
    }

    /// Reads either spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Tcp, Self::Udp, Self::Sctp, Self::Icmp]
            .into_iter()
            .find(|it| it.name().eq_ignore_ascii_case(text))
    }
}

/// What a packet carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// TCP connection request.
    Syn,
    /// TCP connection accepted.
    SynAck,
    /// TCP connection refused or cut.
    Rst,
    /// TCP data, or a UDP or SCTP datagram, with nothing of interest in it.
    Data,
    /// A DNS question: name and type.
    DnsQuery(Arc<str>, &'static str),
    /// A DNS answer: response code and addresses, as text.
    DnsAnswer(Arc<str>),
    /// First line of an HTTP request, such as `GET /path`, with the host.
    HttpRequest(Arc<str>),
    /// First line of an HTTP response, such as `200 OK`.
    HttpResponse(Arc<str>),
    /// An HTTP request inside TLS: only the two ends read its line.
    TlsRequest(Arc<str>),
    /// An HTTP response inside TLS.
    TlsResponse(Arc<str>),
    /// ICMP echo request.
    Ping,
    /// ICMP echo reply.
    Pong,
    /// ICMP port unreachable: the answer of `REJECT` to UDP and SCTP, or of a host where nothing listens.
    PortUnreachable,
    /// ICMP host unreachable: no route.
    HostUnreachable,
}

impl Payload {
    /// The payload inside TLS, where it is HTTP.
    #[must_use]
    pub fn sealed(self) -> Self {
        match self {
            Self::HttpRequest(line) => Self::TlsRequest(line),
            Self::HttpResponse(line) => Self::TlsResponse(line),
            other => other,
        }
    }

    /// Whether it travels inside TLS.
    #[must_use]
    pub const fn is_sealed(&self) -> bool {
        matches!(self, Self::TlsRequest(_) | Self::TlsResponse(_))
    }

    /// The first line of an HTTP request or response, in TLS or not.
    #[must_use]
    pub const fn http_line(&self) -> Option<&Arc<str>> {
        match self {
            Self::HttpRequest(line) | Self::HttpResponse(line) | Self::TlsRequest(line) | Self::TlsResponse(line) => {
                Some(line)
            }
            _ => None,
        }
    }
}

/// A packet at one point of its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Transport protocol.
    pub protocol: Protocol,
    /// Source address and port.
    pub src: SocketAddr,
    /// Destination address and port.
    pub dst: SocketAddr,
    /// The mark of the packet within one node's kernel (`0x4000`: to be masqueraded). Never on the wire.
    pub mark: u32,
    /// What it carries.
    pub payload: Payload,
}

impl Packet {
    /// The family of both its addresses.
    #[must_use]
    pub fn family(&self) -> IpFamily {
        IpFamily::of(self.dst.ip())
    }
}

impl fmt::Display for Packet {
    /// One line in the manner of `tcpdump`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (protocol, src, dst) = (self.protocol.name(), self.src, self.dst);
        match self.protocol {
            Protocol::Icmp => write!(f, "{protocol} {} > {}: ", src.ip(), dst.ip())?,
            _ => write!(f, "{protocol} {src} > {dst}: ")?,
        }
        match &self.payload {
            Payload::Syn => f.write_str("SYN"),
            Payload::SynAck => f.write_str("SYN-ACK"),
            Payload::Rst => f.write_str("RST"),
            Payload::Data => f.write_str("data"),
            Payload::DnsQuery(name, kind) => write!(f, "{kind}? {name}"),
            Payload::DnsAnswer(text) | Payload::HttpRequest(text) | Payload::HttpResponse(text) => f.write_str(text),
            Payload::TlsRequest(text) | Payload::TlsResponse(text) => write!(f, "TLS: {text}"),
            Payload::Ping => f.write_str("echo request"),
            Payload::Pong => f.write_str("echo reply"),
            Payload::PortUnreachable => f.write_str("port unreachable"),
            Payload::HostUnreachable => f.write_str("host unreachable"),
        }
    }
}

/// A port number other than 0.
#[must_use]
pub fn port_number(number: i32) -> Option<u16> {
    u16::try_from(number).ok().filter(|number| *number != 0)
}
