//! What a look-up finds under a name, before records are made of it.

use std::net::IpAddr;

use super::message::Basis;
use crate::api::ObjectRef;

/// What was found under a name (`etcd/msg.Service`).
#[derive(Clone)]
pub(super) struct Found {
    /// Where it leads.
    pub(super) target: Target,
    /// Port for SRV; −1: none.
    pub(super) port: i32,
    /// The name it is found under.
    pub(super) owner: String,
    /// The object it is made from.
    pub(super) object: ObjectRef,
}

/// Where a found entry leads.
#[derive(Clone)]
pub(super) enum Target {
    /// To an address.
    Address(IpAddr),
    /// To another name, as an alias does.
    Name(String),
}

/// Nothing stands under a name: why, and the object that says so; `None` where no object does.
pub(super) struct NameError(pub(super) Basis, pub(super) Option<ObjectRef>);

/// What stands under a name.
pub(super) struct Findings {
    /// The entries; none where the name exists without any.
    pub(super) items: Vec<Found>,
    /// What kind of name it is.
    pub(super) basis: Basis,
    /// The object that the name belongs to; `None` for the zone itself.
    pub(super) object: Option<ObjectRef>,
}
