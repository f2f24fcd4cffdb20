//! BackendTLSPolicies: which one holds for a port of a Service, and whom it trusts.

use super::listener::Reason;
use super::references::{Fault, Grants, RefProblem, Reference, ca_problem};
use super::route::{BackendTls, given, items, spec, text};
use crate::api::types::core::ServicePort;
use crate::api::{Kind, NamespacedName, Object, ObjectRef};
use crate::cluster::snapshot::Snapshot;
use crate::small_sort::SmallSort as _;

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its namespace and name.
    pub key: NamespacedName,
    created: String,
    /// Services of its namespace with the name of a port, where only that is meant.
    pub targets: Vec<(String, Option<String>)>,
    hostname: String,
    /// Why it is not accepted.
    pub refused: Option<Reason>,
    /// What its references lack.
    pub unresolved: Option<Reason>,
    conflicted: bool,
    /// Gateways that have routes to its targets, in order.
    pub gateways: Vec<NamespacedName>,
}

impl Policy {
    fn read(snapshot: &Snapshot, object: &Object) -> Self {
        let meta = object.metadata();
        let spec = spec(object);
        let validation = spec.get("validation").cloned().unwrap_or_default();
        let services = items(spec, "targetRefs")
            .iter()
            .filter(|it| Reference::read(it, "", "").is("Service"));
        let mut policy = Self {
            key: meta.key(),
            created: text(&object.value["metadata"], "creationTimestamp").to_owned(),
            targets: services
                .map(|it| (text(it, "name").to_owned(), given(it, "sectionName")))
                .collect(),
            hostname: text(&validation, "hostname").to_owned(),
            refused: None,
            unresolved: None,
            conflicted: false,
            gateways: Vec::new(),
        };
        let refs = items(&validation, "caCertificateRefs");
        let mut usable = 0;
        for written in refs {
            let to = Reference::read(written, &meta.namespace, "ConfigMap");
            let grants = Grants::default();
            match ca_problem(snapshot, &grants, (Kind::BackendTlsPolicy, &meta.namespace), &to) {
                None => usable += 1,
                Some(problem) => {
                    let reason = if problem == RefProblem::Kind {
                        "InvalidKind"
                    } else {
                        "InvalidCACertificateRef"
                    };
                    let message = Fault { to, problem }.message();
                    policy.unresolved.get_or_insert(Reason { reason, message });
                }
            }
        }
        if usable == 0 && !refs.is_empty() {
            policy.refused = Some(Reason::new("NoValidCACertificate", "none of the CAs can be used"));
        }
        policy
    }

    /// All of a cluster, the older first; of several for one target only the first is not in conflict.
    #[must_use]
    pub fn all(snapshot: &Snapshot) -> Vec<Self> {
        let read = snapshot
            .objects(Kind::BackendTlsPolicy)
            .map(|it| Self::read(snapshot, it));
        let mut all: Vec<Self> = read.collect();
        all.small_sort_by(|a, b| (&a.created, &a.key).cmp(&(&b.created, &b.key)));
        for index in 0..all.len() {
            let (before, rest) = all.split_at_mut(index);
            let policy = &mut rest[0];
            let other = before.iter().find(|it| {
                it.key.namespace == policy.key.namespace
                    && !it.conflicted
                    && it.targets.iter().any(|target| policy.targets.contains(target))
            });
            if let Some(other) = other {
                let message = format!("BackendTLSPolicy {} has the same target and is older", other.key);
                policy.refused = Some(Reason::new("Conflicted", message));
                policy.conflicted = true;
            }
        }
        all
    }

    /// Its reference.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::of(Kind::BackendTlsPolicy, &self.key)
    }

    /// Whether it is about a Service.
    #[must_use]
    pub fn is_about(&self, service: &NamespacedName) -> bool {
        self.key.namespace == service.namespace && self.targets.iter().any(|(name, _)| *name == service.name)
    }

    /// What holds for a port of a Service: a policy for that very port before one for all.
    #[must_use]
    pub fn of_port(all: &[Self], service: &NamespacedName, port: &ServicePort) -> Option<BackendTls> {
        let with = |section: Option<&str>| {
            all.iter().find(|it| {
                !it.conflicted
                    && it.key.namespace == service.namespace
                    && it
                        .targets
                        .iter()
                        .any(|(name, port)| *name == service.name && port.as_deref() == section)
            })
        };
        let policy = with(Some(&port.name)).or_else(|| with(None))?;
        Some(BackendTls {
            policy: policy.key.clone(),
            hostname: policy.hostname.clone(),
            trusted: policy.refused.is_none(),
        })
    }
}
