//! What a node's own tools can be asked about kube-proxy's rules.

use super::iptables::Table;

/// A text that a node's own tools print of its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleDump<'a> {
    /// `iptables-save -t TABLE`, or `ip6tables-save`.
    IptablesSave(Table),
    /// `ipvsadm -Ln`, of both families.
    Ipvsadm,
    /// `ipvsadm -Lnc`, of both families.
    IpvsadmConnections,
    /// `ipset list`, or of one set by its name.
    IpsetList(Option<&'a str>),
    /// `nft list …` of table `kube-proxy` of a family.
    NftList(NftPart<'a>),
}

/// A part of a table of nftables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NftPart<'a> {
    /// All of it.
    Table,
    /// One object.
    One {
        /// `set`, `map` or `chain`.
        kind: &'a str,
        /// Its name.
        name: &'a str,
    },
    /// The declarations of all objects of a kind, without what is in them.
    All {
        /// `set`, `map` or `chain`.
        kind: &'a str,
    },
}
