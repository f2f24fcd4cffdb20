//! Listeners of Gateways and ListenerSets: what they take, and what keeps them from working.

use serde_json::Value;

use super::hostnames;
use super::references::{Fault, Grants, RefProblem, Reference, ca_problem, certificate_problem};
use super::route::{RouteKind, given, items, port, spec, text};
use crate::api::kind::GATEWAY_GROUP;
use crate::api::types::core::Namespace;
use crate::api::types::meta::LabelSelector;
use crate::api::types::view;
use crate::api::{Kind, NamespacedName, Object, ObjectRef};
use crate::cluster::snapshot::Snapshot;

/// What a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the protocol of that name")]
pub enum Protocol {
    Http,
    Https,
    Tls,
    Tcp,
    Udp,
    /// A protocol that is not known here.
    Other,
}

impl Protocol {
    fn read(text: &str) -> Self {
        match text {
            "HTTP" => Self::Http,
            "HTTPS" => Self::Https,
            "TLS" => Self::Tls,
            "TCP" => Self::Tcp,
            "UDP" => Self::Udp,
            _ => Self::Other,
        }
    }

    /// The routes that it can carry.
    const fn kinds(self) -> &'static [RouteKind] {
        match self {
            Self::Http | Self::Https => &[RouteKind::Http, RouteKind::Grpc],
            Self::Tls => &[RouteKind::Tls],
            Self::Tcp => &[RouteKind::Tcp],
            Self::Udp => &[RouteKind::Udp],
            Self::Other => &[],
        }
    }

    /// Whether it greets with TLS.
    #[must_use]
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Https | Self::Tls)
    }

    /// Protocols of one class share a port where their hostnames differ; those of two never do.
    const fn class(self) -> u8 {
        match self {
            Self::Http => 0,
            Self::Https | Self::Tls => 1,
            Self::Tcp => 2,
            Self::Udp | Self::Other => 3,
        }
    }
}

/// Which namespaces are let in.
#[derive(Clone, Debug, PartialEq)]
pub enum Namespaces {
    /// None.
    None,
    /// Its own.
    Same,
    /// All.
    All,
    /// Those with these labels.
    Selector(LabelSelector),
}

impl Namespaces {
    /// Reads `{from, selector}`.
    #[must_use]
    pub fn read(written: &Value) -> Self {
        match text(written, "from") {
            "All" => Self::All,
            "Selector" => {
                let selector = written.get("selector").unwrap_or(&Value::Null);
                Self::Selector(view::read(selector).unwrap_or_default())
            }
            "None" => Self::None,
            _ => Self::Same,
        }
    }

    /// Whether an object of a namespace is let in where `own` is the namespace of whoever lets in.
    #[must_use]
    pub fn admit(&self, snapshot: &Snapshot, own: &str, namespace: &str) -> bool {
        match self {
            Self::None => false,
            Self::Same => own == namespace,
            Self::All => true,
            Self::Selector(selector) => snapshot
                .get::<Namespace>("", namespace)
                .is_some_and(|it| selector.matches(&it.metadata.labels)),
        }
    }
}

/// A reason of a condition, and the sentence beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// `InvalidCertificateRef`.
    pub reason: &'static str,
    /// A sentence.
    pub message: String,
}

impl Reason {
    /// Of its parts.
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

/// A route at a listener.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The route, as an index into the model's.
    pub route: usize,
    /// The names that it serves here: what it has in common with the listener.
    pub hostnames: Vec<String>,
}

/// A listener.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The Gateway or ListenerSet that has it.
    pub owner: ObjectRef,
    /// Its place there: `spec.listeners[0]`.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// What it speaks.
    pub protocol: Protocol,
    /// Its hostname; empty for every name.
    pub hostname: String,
    /// TLS passes as it is.
    pub passthrough: bool,
    /// Certificates that can be shown: Secrets.
    pub certificates: Vec<NamespacedName>,
    /// Clients must show a certificate.
    pub asks_client: bool,
    /// Routes that it takes.
    pub kinds: Vec<RouteKind>,
    /// Which namespaces' routes it takes.
    pub namespaces: Namespaces,
    /// Why it is not accepted.
    pub refused: Option<Reason>,
    /// What its references lack.
    pub unresolved: Option<Reason>,
    /// Which kind of conflict it is in: `HostnameConflict`, `ProtocolConflict`.
    pub conflict: Option<&'static str>,
    /// Whether its hostname overlaps that of another with TLS on its port.
    pub overlaps: bool,
    /// Routes that attach, in the order of their age.
    pub routes: Vec<Attachment>,
    /// How many attach, those among them that another kind of route pushes out.
    pub attached: usize,
}

impl Listener {
    /// Reads all listeners of a Gateway or ListenerSet. `frontend` is what the Gateway asks of clients, and the
    /// Gateway's namespace.
    #[must_use]
    pub fn read_all(
        snapshot: &Snapshot,
        grants: &Grants,
        kind: Kind,
        object: &Object,
        frontend: (&Value, &str),
    ) -> Vec<Self> {
        let owner = ObjectRef::of(kind, &object.metadata().key());
        let listeners = items(spec(object), "listeners").iter().enumerate();
        listeners
            .map(|(index, it)| Self::read(snapshot, grants, &owner, index, it, frontend))
            .collect()
    }

    fn read(
        snapshot: &Snapshot,
        grants: &Grants,
        owner: &ObjectRef,
        index: usize,
        written: &Value,
        frontend: (&Value, &str),
    ) -> Self {
        let protocol = Protocol::read(text(written, "protocol"));
        let tls = written.get("tls").unwrap_or(&Value::Null);
        let allowed = written.get("allowedRoutes").unwrap_or(&Value::Null);
        let mut listener = Self {
            owner: owner.clone(),
            index,
            name: text(written, "name").to_owned(),
            port: port(written).unwrap_or(0),
            protocol,
            hostname: given(written, "hostname").unwrap_or_default().to_ascii_lowercase(),
            passthrough: protocol == Protocol::Tls && text(tls, "mode") == "Passthrough",
            certificates: Vec::new(),
            asks_client: false,
            kinds: protocol.kinds().to_vec(),
            namespaces: Namespaces::read(allowed.get("namespaces").unwrap_or(&Value::Null)),
            refused: None,
            unresolved: None,
            conflict: None,
            overlaps: false,
            routes: Vec::new(),
            attached: 0,
        };
        if protocol == Protocol::Other {
            let message = format!("protocol {} is not supported", text(written, "protocol"));
            listener.refused = Some(Reason::new("UnsupportedProtocol", message));
        }
        listener.restrict_kinds(items(allowed, "kinds"));
        if protocol.is_tls() && !listener.passthrough {
            listener.read_certificates(snapshot, grants, tls);
        }
        if protocol == Protocol::Https {
            listener.read_frontend(snapshot, grants, frontend);
        }
        listener
    }

    fn unresolve(&mut self, reason: &'static str, message: String) {
        self.unresolved.get_or_insert(Reason { reason, message });
    }

    fn restrict_kinds(&mut self, allowed: &[Value]) {
        if allowed.is_empty() {
            return;
        }
        let known: Vec<RouteKind> = std::mem::take(&mut self.kinds);
        for it in allowed {
            let own = text(it, "group") == GATEWAY_GROUP;
            let found = known.iter().find(|kind| own && kind.name() == text(it, "kind"));
            match found {
                Some(kind) if self.kinds.contains(kind) => {}
                Some(kind) => self.kinds.push(*kind),
                None => {
                    let message = format!("kind {} cannot attach to this listener", text(it, "kind"));
                    self.unresolve("InvalidRouteKinds", message);
                }
            }
        }
    }

    fn read_certificates(&mut self, snapshot: &Snapshot, grants: &Grants, tls: &Value) {
        let namespace = self.owner.namespace.clone();
        for written in items(tls, "certificateRefs") {
            let to = Reference::read(written, &namespace, "Secret");
            match certificate_problem(snapshot, grants, (self.owner.kind, &namespace), &to) {
                None => self.certificates.push(to.key),
                Some(problem) => {
                    let reason = match problem {
                        RefProblem::NotPermitted => "RefNotPermitted",
                        _ => "InvalidCertificateRef",
                    };
                    self.unresolve(reason, Fault { to, problem }.message());
                }
            }
        }
        if self.certificates.is_empty() {
            self.unresolve("InvalidCertificateRef", "no certificate is named".to_owned());
        }
    }

    /// What clients must show; settings of a port replace those for all.
    fn read_frontend(&mut self, snapshot: &Snapshot, grants: &Grants, (frontend, namespace): (&Value, &str)) {
        let of_port = items(frontend, "perPort").iter().find(|it| port(it) == Some(self.port));
        let settings = of_port.map_or_else(|| frontend.get("default"), |it| it.get("tls"));
        let Some(validation) = settings.and_then(|it| it.get("validation")) else {
            return;
        };
        self.asks_client = text(validation, "mode") != "AllowInsecureFallback";
        let refs = items(validation, "caCertificateRefs");
        let mut usable = 0;
        for written in refs {
            let to = Reference::read(written, namespace, "ConfigMap");
            match ca_problem(snapshot, grants, (Kind::Gateway, namespace), &to) {
                None => usable += 1,
                Some(problem) => {
                    let reason = match problem {
                        RefProblem::Kind => "InvalidCACertificateKind",
                        RefProblem::NotPermitted => "RefNotPermitted",
                        _ => "InvalidCACertificateRef",
                    };
                    self.unresolve(reason, Fault { to, problem }.message());
                }
            }
        }
        if usable == 0 && !refs.is_empty() {
            let message = "none of the CAs for client certificates can be used";
            self.refused.get_or_insert(Reason::new("NoValidCACertificate", message));
        }
    }

    /// Whether it is accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.refused.is_none() && self.conflict.is_none()
    }

    /// Whether the proxy listens for it.
    #[must_use]
    pub fn is_programmed(&self) -> bool {
        self.is_accepted() && self.unresolved.is_none()
    }

    /// Which kind of conflict two listeners are in; `None` where they can stand beside each other.
    #[must_use]
    pub fn conflict_with(&self, other: &Self) -> Option<&'static str> {
        let udp = |it: &Self| it.protocol == Protocol::Udp;
        let none = |it: &Self| it.protocol == Protocol::Other;
        if self.port != other.port || udp(self) != udp(other) || none(self) || none(other) {
            return None;
        }
        if self.protocol.class() != other.protocol.class() {
            return Some("ProtocolConflict");
        }
        let by_port = matches!(self.protocol, Protocol::Tcp | Protocol::Udp);
        (by_port || self.hostname == other.hostname).then_some("HostnameConflict")
    }

    /// Whether some name is both this listener's and the other's, and both greet with TLS on one port.
    #[must_use]
    pub fn overlaps_with(&self, other: &Self) -> bool {
        self.port == other.port
            && self.protocol.is_tls()
            && other.protocol.is_tls()
            && hostnames::intersection(&self.hostname, &other.hostname).is_some()
    }

    /// Its field, as errors and explanations cite it.
    #[must_use]
    pub fn field(&self) -> String {
        format!("spec.listeners[{}]", self.index)
    }
}
