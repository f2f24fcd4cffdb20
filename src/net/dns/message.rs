//! DNS questions and answers as typed data. No wire format: nothing here is bytes.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::api::ObjectRef;

macro_rules! record_types {
    ($($variant:ident $name:literal)*) => {
        /// A record type that can be asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each variant is the record type of that name")]
        pub enum RecordType { $($variant),* }

        impl RecordType {
            /// As zone files write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Reads a type in any case.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                $(if text.eq_ignore_ascii_case($name) { return Some(Self::$variant); })*
                None
            }
        }
    };
}

record_types! {
    A "A" Aaaa "AAAA" Srv "SRV" Cname "CNAME" Ptr "PTR" Ns "NS" Soa "SOA" Txt "TXT" Mx "MX" Any "ANY"
    Hinfo "HINFO" Caa "CAA" Naptr "NAPTR" Ds "DS" Dnskey "DNSKEY" Https "HTTPS" Svcb "SVCB"
    Axfr "AXFR" Ixfr "IXFR"
}

impl RecordType {
    /// The type that holds addresses of this family.
    #[must_use]
    pub const fn of_address(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::A,
            IpAddr::V6(_) => Self::Aaaa,
        }
    }
}

/// Response code. NODATA is `NoError` without answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rcode {
    /// The name exists.
    NoError,
    /// The name does not exist.
    NxDomain,
    /// The server could not say.
    ServFail,
    /// The server will not say.
    Refused,
}

impl Rcode {
    /// As `dig` prints it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoError => "NOERROR",
            Self::NxDomain => "NXDOMAIN",
            Self::ServFail => "SERVFAIL",
            Self::Refused => "REFUSED",
        }
    }

    /// Reads it back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::NoError, Self::NxDomain, Self::ServFail, Self::Refused]
            .into_iter()
            .find(|it| it.name().eq_ignore_ascii_case(text))
    }
}

/// The data of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "fields are those of the record type")]
pub enum RecordData {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Srv {
        priority: u16,
        weight: u16,
        port: u16,
        target: String,
    },
    Cname(String),
    Ptr(String),
    Ns(String),
    Txt(String),
    Soa {
        mname: String,
        rname: String,
        serial: u64,
        refresh: u32,
        retry: u32,
        expire: u32,
        minimum: u32,
    },
}

impl RecordData {
    /// The address record for an address.
    #[must_use]
    pub const fn address(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(it) => Self::A(it),
            IpAddr::V6(it) => Self::Aaaa(it),
        }
    }

    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::Aaaa,
            Self::Srv { .. } => RecordType::Srv,
            Self::Cname(_) => RecordType::Cname,
            Self::Ptr(_) => RecordType::Ptr,
            Self::Ns(_) => RecordType::Ns,
            Self::Txt(_) => RecordType::Txt,
            Self::Soa { .. } => RecordType::Soa,
        }
    }

    /// The address, if it is an address record.
    #[must_use]
    pub const fn as_address(&self) -> Option<IpAddr> {
        match self {
            Self::A(it) => Some(IpAddr::V4(*it)),
            Self::Aaaa(it) => Some(IpAddr::V6(*it)),
            _ => None,
        }
    }
}

impl fmt::Display for RecordData {
    /// As zone files write it; SRV as `priority weight port target`. TXT without quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(it) => it.fmt(f),
            Self::Aaaa(it) => it.fmt(f),
            Self::Srv {
                priority,
                weight,
                port,
                target,
            } => write!(f, "{priority} {weight} {port} {target}"),
            Self::Cname(name) | Self::Ptr(name) | Self::Ns(name) | Self::Txt(name) => f.write_str(name),
            Self::Soa {
                mname,
                rname,
                serial,
                refresh,
                retry,
                expire,
                minimum,
            } => write!(f, "{mname} {rname} {serial} {refresh} {retry} {expire} {minimum}"),
        }
    }
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// Whose record it is, with its dot, in the spelling of the question.
    pub owner: String,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// What it says.
    pub data: RecordData,
}

/// Why the server answers as it does: for the sentence beside the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The virtual addresses of a Service.
    ClusterIp,
    /// The ready endpoints of a headless Service.
    Headless,
    /// One endpoint by its own name.
    Endpoint,
    /// An ExternalName Service.
    ExternalName,
    /// A pod name made of its address; nothing was looked up.
    PodAddress,
    /// The zone's own records, or a name between zone and Service.
    Zone,
    /// An address looked up backwards.
    Reverse,
    /// The Service is there, but has nothing of this type.
    NoSuchType,
    /// No such namespace, or one that the server does not show.
    NoNamespace,
    /// No such Service in that namespace.
    NoService,
    /// The Service has no such port and protocol.
    NoPort,
    /// The headless Service has no ready endpoint, or none of that name.
    NoEndpoint,
    /// `pods disabled`, or not an address.
    NoPod,
    /// The name does not have the form of a Service or pod name.
    Malformed,
    /// Not the server's zone: the forwarder was asked.
    Forwarded,
    /// The Corefile's `hosts` plugin.
    Hosts,
    /// The Corefile's `hosts` plugin has no such name, and lets none go on.
    NotInHosts,
    /// A `template` of the Corefile.
    Template,
    /// No server block of the Corefile is for this zone.
    NoServerBlock,
    /// The server has not read the API yet.
    NotSynced,
    /// Zone transfers are not offered.
    Transfer,
}

/// What the server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Response code.
    pub rcode: Rcode,
    /// Whether the server speaks for the zone.
    pub authoritative: bool,
    /// Whether something was cut off.
    pub truncated: bool,
    /// Answer section: CNAMEs first, then what they lead to.
    pub answers: Vec<Record>,
    /// Authority section.
    pub authority: Vec<Record>,
    /// Additional section.
    pub additional: Vec<Record>,
    /// What the answer rests on: a record, a missing name, a refusal.
    pub basis: Basis,
    /// The object the answer was read from; `None` where none says it.
    pub object: Option<ObjectRef>,
    /// The servers that were asked in its stead, as the Corefile names them; empty where it answers itself.
    pub forwarded_to: Vec<String>,
    /// The name under which the question was looked up; `None` where that is the one that was asked.
    pub rewritten_to: Option<String>,
}

impl Answer {
    /// An empty answer.
    #[must_use]
    pub fn empty(rcode: Rcode, basis: Basis) -> Self {
        Self {
            rcode,
            authoritative: true,
            truncated: false,
            answers: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
            basis,
            object: None,
            forwarded_to: Vec::new(),
            rewritten_to: None,
        }
    }

    /// The addresses in the answer section.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.answers.iter().filter_map(|record| record.data.as_address())
    }
}

/// `name` with the dot of the root at its end.
#[must_use]
pub fn absolute(name: &str) -> String {
    if name.ends_with('.') {
        name.to_owned()
    } else {
        format!("{name}.")
    }
}

/// Whether `name` is `zone` or below it; both with their dots, in any case.
#[must_use]
pub fn is_within(name: &str, zone: &str) -> bool {
    if zone == "." {
        return true;
    }
    let Some(at) = name.len().checked_sub(zone.len()) else {
        return false;
    };
    name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(zone) && (at == 0 || name.as_bytes()[at - 1] == b'.')
}

/// The name under which an address is looked up backwards (`4.3.2.1.in-addr.arpa.`).
#[must_use]
pub fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(it) => {
            let [a, b, c, d] = it.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(it) => {
            let mut name = String::with_capacity(73);
            for byte in it.octets().iter().rev() {
                name.push_str(&format!("{:x}.{:x}.", byte & 15, byte >> 4));
            }
            name + "ip6.arpa."
        }
    }
}

/// The address that a reverse name stands for (`coredns plugin/pkg/dnsutil/reverse.go`).
#[must_use]
pub fn reverse_address(name: &str) -> Option<IpAddr> {
    let name = name.to_ascii_lowercase();
    if let Some(labels) = name.strip_suffix(".in-addr.arpa.") {
        let mut octets: Vec<&str> = labels.split('.').collect();
        octets.reverse();
        return octets.join(".").parse().ok().map(IpAddr::V4);
    }
    let labels: Vec<&str> = name.strip_suffix(".ip6.arpa.")?.split('.').collect();
    if labels.len() != 32 {
        return None;
    }
    let mut bits = 0u128;
    for label in labels.iter().rev() {
        let mut letters = label.chars();
        let digit = letters.next()?.to_digit(16)?;
        if letters.next().is_some() {
            return None;
        }
        bits = bits << 4 | u128::from(digit);
    }
    Some(IpAddr::V6(Ipv6Addr::from(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverse_names_lead_back_to_their_address() {
        for text in ["10.96.0.10", "0.0.0.0", "1234:abcd::1", "fd00:77:30::2:9ba6"] {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(reverse_address(&reverse_name(address)), Some(address));
        }
        assert_eq!(reverse_address("0.10.in-addr.arpa."), None);
        assert_eq!(reverse_address("in-addr.arpa."), None);
    }

    #[test]
    fn zones_hold_themselves_and_what_is_below() {
        assert!(is_within("A.Cluster.Local.", "cluster.local."));
        assert!(is_within("cluster.local.", "cluster.local."));
        assert!(!is_within("xcluster.local.", "cluster.local."));
        assert!(!is_within("local.", "cluster.local."));
        assert!(is_within("anything.", "."));
    }
}
