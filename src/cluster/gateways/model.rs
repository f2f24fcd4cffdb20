//! All Gateways of Kubehop's own class, put together: listeners with the routes that attach to them, and everything
//! that conditions tell.

use super::hostnames;
use super::listener::{Attachment, Listener, Namespaces, Reason};
use super::policy::Policy;
use super::references::{Fault, Grants, RefProblem, Reference, backend_problem, certificate_problem};
use super::route::{Route, RouteKind, given, items, spec, text};
use super::{CONTROLLER, proxy_name};
use crate::api::types::core::Service;
use crate::api::{Kind, NamespacedName, Object, ObjectRef};
use crate::cluster::snapshot::Snapshot;
use crate::small_sort::SmallSort as _;

/// Everything there is of one controller.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Its Gateways, by namespace and name.
    pub gateways: Vec<Gateway>,
    /// All routes.
    pub routes: Vec<Route>,
    /// What became of each route's parents, in the order of the routes.
    pub parents: Vec<Vec<ParentStatus>>,
    /// What is wrong with the references of each route, in the order of the routes.
    pub faults: Vec<Option<Fault>>,
    /// ListenerSets of its Gateways.
    pub sets: Vec<ListenerSet>,
    /// Policies for TLS towards backends.
    pub policies: Vec<Policy>,
}

/// What became of a reference to a parent.
#[derive(Clone, Debug)]
pub struct ParentStatus {
    /// Which of the route's references.
    pub index: usize,
    /// The Gateway behind it, as an index.
    pub gateway: usize,
    /// Why it is not accepted.
    pub refused: Option<Reason>,
}

/// A Gateway.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Its namespace and name.
    pub key: NamespacedName,
    /// When it was made, RFC 3339 in whole seconds.
    pub created: String,
    /// Its class.
    pub class: String,
    /// Its listeners, then those of its ListenerSets.
    pub listeners: Vec<Listener>,
    /// Addresses that it asks for: empty where any will do.
    pub wanted: Vec<String>,
    /// Why it is not accepted, or what is wrong with it although it is.
    pub refused: Option<Reason>,
    /// What its own references lack.
    pub unresolved: Option<Reason>,
    /// Whether clients without a certificate are let in where one is asked for.
    pub insecure: bool,
    /// ListenerSets that are accepted.
    pub attached_sets: usize,
    sets_from: Namespaces,
}

/// A ListenerSet of one of the Gateways.
#[derive(Clone, Debug)]
pub struct ListenerSet {
    /// Its namespace and name.
    pub key: NamespacedName,
    /// The Gateway, as an index.
    pub gateway: usize,
    /// Why it is not accepted.
    pub refused: Option<Reason>,
}

impl Gateway {
    /// Its reference.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::of(Kind::Gateway, &self.key)
    }

    /// The name of its Deployment and its Service, in its namespace.
    #[must_use]
    pub fn proxy(&self) -> NamespacedName {
        NamespacedName::new(&self.key.namespace, proxy_name(&self.key.name, &self.class))
    }

    /// Its own listeners.
    pub fn own_listeners(&self) -> impl Iterator<Item = &Listener> {
        self.listeners.iter().filter(|it| it.owner.kind == Kind::Gateway)
    }

    /// Listeners of an owner.
    pub fn listeners_of<'a>(&'a self, owner: &'a ObjectRef) -> impl Iterator<Item = &'a Listener> {
        self.listeners.iter().filter(move |it| it.owner == *owner)
    }

    /// Why it is not accepted; a Gateway some of whose listeners are refused is accepted nevertheless.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.refused.is_none() && self.own_listeners().any(Listener::is_accepted)
    }

    /// The addresses that its Service has.
    #[must_use]
    pub fn addresses<'a>(&self, snapshot: &'a Snapshot) -> Vec<&'a str> {
        let service = snapshot.typed::<Service>(&self.proxy());
        let entries = service.into_iter().flat_map(|it| &it.status.load_balancer.ingress);
        entries
            .map(|it| {
                if it.ip.is_empty() {
                    it.hostname.as_str()
                } else {
                    it.ip.as_str()
                }
            })
            .collect()
    }

    fn read(snapshot: &Snapshot, grants: &Grants, object: &Object) -> Self {
        let meta = object.metadata();
        let spec = spec(object);
        let tls = spec.get("tls").cloned().unwrap_or_default();
        let frontend = tls.get("frontend").cloned().unwrap_or_default();
        let mut gateway = Self {
            key: meta.key(),
            created: text(&object.value["metadata"], "creationTimestamp").to_owned(),
            class: text(spec, "gatewayClassName").to_owned(),
            listeners: Listener::read_all(snapshot, grants, Kind::Gateway, object, (&frontend, &meta.namespace)),
            wanted: items(spec, "addresses")
                .iter()
                .map(|it| text(it, "value").to_owned())
                .collect(),
            refused: None,
            unresolved: None,
            insecure: is_insecure(&frontend),
            attached_sets: 0,
            sets_from: Namespaces::None,
        };
        if let Some(allowed) = spec.pointer("/allowedListeners/namespaces") {
            gateway.sets_from = Namespaces::read(allowed);
        }
        let infrastructure = spec.get("infrastructure").and_then(|it| it.get("parametersRef"));
        if let Some(parameters) = infrastructure {
            let message = format!("parametersRef of kind {} is not supported", text(parameters, "kind"));
            gateway.refused = Some(Reason::new("InvalidParameters", message));
        }
        let foreign = items(spec, "addresses")
            .iter()
            .find(|it| text(it, "type") != "IPAddress");
        if let Some(address) = foreign {
            let message = format!("addresses of type {} are not supported", text(address, "type"));
            gateway.refused = Some(Reason::new("UnsupportedAddress", message));
        }
        if let Some(written) = tls.pointer("/backend/clientCertificateRef") {
            let to = Reference::read(written, &meta.namespace, "Secret");
            let problem = certificate_problem(snapshot, grants, (Kind::Gateway, &meta.namespace), &to);
            gateway.unresolved = problem.map(|problem| {
                let reason = match problem {
                    RefProblem::NotPermitted => "RefNotPermitted",
                    _ => "InvalidClientCertificateRef",
                };
                Reason::new(reason, Fault { to, problem }.message())
            });
        }
        gateway
    }

    /// Finds conflicts: between owners the earlier wins; of what is left of one owner nobody does.
    fn find_conflicts(&mut self) {
        let listeners = &mut self.listeners;
        for index in 0..listeners.len() {
            let of_others = listeners[..index]
                .iter()
                .filter(|it| it.owner != listeners[index].owner && it.conflict.is_none());
            let found = of_others.filter_map(|it| listeners[index].conflict_with(it)).next();
            listeners[index].conflict = found;
            // The owner is complete: look at its own, before the next owner counts on them.
            let last = listeners
                .get(index + 1)
                .is_none_or(|it| it.owner != listeners[index].owner);
            if last {
                find_own_conflicts(listeners, index);
            }
        }
        for index in 0..listeners.len() {
            let it = &listeners[index];
            let overlaps = listeners.iter().enumerate().any(|(other, that)| {
                other != index && it.conflict.is_none() && that.conflict.is_none() && it.overlaps_with(that)
            });
            listeners[index].overlaps = overlaps;
        }
    }
}

/// Conflicts among the listeners of the owner that the last one belongs to.
fn find_own_conflicts(listeners: &mut [Listener], last: usize) {
    let found: Vec<(usize, &'static str)> = (0..=last)
        .filter(|&at| listeners[at].owner == listeners[last].owner && listeners[at].conflict.is_none())
        .filter_map(|at| {
            let others = listeners[..=last]
                .iter()
                .enumerate()
                .filter(|(other, it)| *other != at && it.owner == listeners[at].owner && it.conflict.is_none());
            let conflict = others.filter_map(|(_, it)| listeners[at].conflict_with(it)).next()?;
            Some((at, conflict))
        })
        .collect();
    for (at, conflict) in found {
        listeners[at].conflict = Some(conflict);
    }
}

fn is_insecure(frontend: &serde_json::Value) -> bool {
    let mode = |it: &serde_json::Value| {
        it.pointer("/validation/mode")
            .is_some_and(|it| it == "AllowInsecureFallback")
    };
    frontend.get("default").is_some_and(mode)
        || items(frontend, "perPort")
            .iter()
            .any(|it| it.get("tls").is_some_and(mode))
}

impl Model {
    /// Reads a cluster.
    #[must_use]
    pub fn read(snapshot: &Snapshot) -> Self {
        let own_class = |object: &&std::sync::Arc<Object>| {
            let class = text(spec(object), "gatewayClassName");
            let map = snapshot.objects(Kind::GatewayClass);
            map.into_iter()
                .any(|it| it.metadata().name == class && text(spec(it), "controllerName") == CONTROLLER)
        };
        let grants = Grants::read(snapshot);
        let mut model = Self {
            gateways: snapshot
                .objects(Kind::Gateway)
                .filter(own_class)
                .map(|it| Gateway::read(snapshot, &grants, it))
                .collect(),
            policies: Policy::all(snapshot),
            ..Self::default()
        };
        model.read_sets(snapshot, &grants);
        for gateway in &mut model.gateways {
            gateway.find_conflicts();
        }
        model.judge_sets();
        for kind in RouteKind::ALL {
            model
                .routes
                .extend(snapshot.objects(kind.kind()).map(|it| Route::read(kind, it)));
        }
        model.routes.small_sort_by(Route::by_age);
        model.resolve(snapshot, &grants);
        model.attach(snapshot);
        model.find_ancestors();
        model
    }

    /// The Gateway of a name, if it is one of the controller's.
    #[must_use]
    pub fn gateway(&self, key: &NamespacedName) -> Option<&Gateway> {
        self.gateways.iter().find(|it| it.key == *key)
    }

    /// ListenerSets join the listeners of their Gateway, the older first.
    fn read_sets(&mut self, snapshot: &Snapshot, grants: &Grants) {
        let mut all: Vec<&std::sync::Arc<Object>> = snapshot.objects(Kind::ListenerSet).collect();
        let age = |it: &Object| {
            (
                text(&it.value["metadata"], "creationTimestamp").to_owned(),
                it.metadata().key(),
            )
        };
        all.small_sort_by(|a, b| age(a).cmp(&age(b)));
        for object in all {
            let meta = object.metadata();
            let Some(parent) = spec(object).get("parentRef") else {
                continue;
            };
            let namespace = given(parent, "namespace").unwrap_or_else(|| meta.namespace.clone());
            let key = NamespacedName::new(namespace, text(parent, "name"));
            let Some(index) = self
                .gateways
                .iter()
                .position(|it| it.key == key && text(parent, "kind") == "Gateway")
            else {
                continue;
            };
            let gateway = &mut self.gateways[index];
            let mut set = ListenerSet {
                key: meta.key(),
                gateway: index,
                refused: None,
            };
            if gateway
                .sets_from
                .admit(snapshot, &gateway.key.namespace, &meta.namespace)
            {
                let frontend = snapshot
                    .object(&gateway.reference())
                    .and_then(|it| it.value.pointer("/spec/tls/frontend").cloned())
                    .unwrap_or_default();
                let namespace = gateway.key.namespace.clone();
                let more = Listener::read_all(snapshot, grants, Kind::ListenerSet, object, (&frontend, &namespace));
                gateway.listeners.extend(more);
            } else {
                let message = format!("Gateway {key} lets in no ListenerSet of namespace {}", meta.namespace);
                set.refused = Some(Reason::new("NotAllowed", message));
            }
            self.sets.push(set);
        }
    }

    fn judge_sets(&mut self) {
        for set in &mut self.sets {
            let gateway = &mut self.gateways[set.gateway];
            if set.refused.is_some() {
                continue;
            }
            let owner = ObjectRef::of(Kind::ListenerSet, &set.key);
            if !gateway.is_accepted() {
                let message = format!("Gateway {} is not accepted", gateway.key);
                set.refused = Some(Reason::new("ParentNotAccepted", message));
            } else if !gateway.listeners_of(&owner).any(Listener::is_programmed) {
                set.refused = Some(Reason::new("ListenersNotValid", "no listener is valid"));
            } else {
                gateway.attached_sets += 1;
            }
        }
    }

    /// Finds what references of routes lead to.
    fn resolve(&mut self, snapshot: &Snapshot, grants: &Grants) {
        let policies = &self.policies;
        for route in &mut self.routes {
            let (kind, namespace) = (route.kind, route.key.namespace.clone());
            let mut first: Option<Fault> = None;
            let mut unknown: Option<Fault> = None;
            route.visit(
                &mut |backend| {
                    let to = &backend.to;
                    let problem = backend_problem(snapshot, grants, (kind, &namespace), to, backend.port);
                    backend.fault = problem.map(|problem| Fault {
                        to: to.clone(),
                        problem,
                    });
                    if first.is_none() {
                        first.clone_from(&backend.fault);
                    }
                    let service = snapshot.typed::<Service>(&to.key).filter(|_| backend.fault.is_none());
                    let mut ports = service.into_iter().flat_map(|it| &it.spec.ports);
                    let port = ports.find(|it| it.port == i32::from(backend.port));
                    backend.tls = port.and_then(|port| Policy::of_port(policies, &to.key, port));
                },
                &mut |filter| {
                    unknown.get_or_insert(Fault {
                        to: filter.clone(),
                        problem: RefProblem::Kind,
                    });
                },
            );
            self.faults.push(first.or(unknown));
        }
    }

    /// Attaches routes to listeners, the older first.
    fn attach(&mut self, snapshot: &Snapshot) {
        for index in 0..self.routes.len() {
            let mut parents = Vec::new();
            for (at, parent) in self.routes[index].parents.iter().enumerate() {
                let Some(reference) = &parent.parent else { continue };
                let found = match reference.kind {
                    Kind::Gateway => self.gateways.iter().position(|it| it.key == reference.key()),
                    _ => self
                        .sets
                        .iter()
                        .find(|it| it.key == reference.key())
                        .map(|it| it.gateway),
                };
                let Some(gateway) = found else { continue };
                let route = &self.routes[index];
                let refused = attach_one(
                    snapshot,
                    &mut self.gateways[gateway],
                    &self.routes,
                    (index, route),
                    (reference, parent.section.as_deref(), parent.port),
                );
                parents.push(ParentStatus {
                    index: at,
                    gateway,
                    refused,
                });
            }
            self.parents.push(parents);
        }
    }

    /// Policies are told of in the name of Gateways that send something to their targets.
    fn find_ancestors(&mut self) {
        for policy in &mut self.policies {
            for gateway in &self.gateways {
                let routes = gateway.listeners.iter().flat_map(|it| &it.routes);
                let concerned = routes.map(|it| &self.routes[it.route]).any(|route| {
                    let backends = route.rules.iter().flat_map(|it| &it.backends);
                    backends.into_iter().any(|it| policy.is_about(&it.to.key))
                });
                if concerned {
                    policy.gateways.push(gateway.key.clone());
                }
            }
        }
    }
}

/// Attaches a route by one of its references.
///
/// # Errors
/// As a value: why no listener takes it.
fn attach_one(
    snapshot: &Snapshot,
    gateway: &mut Gateway,
    routes: &[Route],
    (index, route): (usize, &Route),
    (owner, section, port): (&ObjectRef, Option<&str>, Option<u16>),
) -> Option<Reason> {
    let selected: Vec<usize> = gateway
        .listeners
        .iter()
        .enumerate()
        .filter(|(_, it)| it.owner == *owner)
        .filter(|(_, it)| section.is_none_or(|name| it.name == name) && port.is_none_or(|port| it.port == port))
        .map(|(at, _)| at)
        .collect();
    if selected.is_empty() {
        let message = "no listener has the name and port that the reference asks for";
        return Some(Reason::new("NoMatchingParent", message));
    }
    let allowed: Vec<usize> = selected
        .into_iter()
        .filter(|&at| {
            let it = &gateway.listeners[at];
            it.kinds.contains(&route.kind) && it.namespaces.admit(snapshot, &it.owner.namespace, &route.key.namespace)
        })
        .collect();
    if allowed.is_empty() {
        let message = format!(
            "no listener takes {}s of namespace {}",
            route.kind.name(),
            route.key.namespace
        );
        return Some(Reason::new("NotAllowedByListeners", message));
    }
    let (mut named, mut attached, mut rival) = (false, false, None);
    for at in allowed {
        let listener = &mut gateway.listeners[at];
        let hostnames = if matches!(route.kind, RouteKind::Tcp | RouteKind::Udp) {
            vec![String::new()]
        } else {
            hostnames::common(&listener.hostname, &route.hostnames)
        };
        if hostnames.is_empty() {
            continue;
        }
        named = true;
        let other = listener.routes.iter().find(|it| {
            let pair = (routes[it.route].kind, route.kind);
            let differ = matches!(
                pair,
                (RouteKind::Http, RouteKind::Grpc) | (RouteKind::Grpc, RouteKind::Http)
            );
            let meet = |a: &String| hostnames.iter().any(|b| hostnames::intersection(a, b).is_some());
            differ && it.hostnames.iter().any(meet)
        });
        if let Some(other) = other {
            rival = Some(other.route);
            continue;
        }
        attached = true;
        // Routes attach one after the other; one may name a listener twice.
        if listener.routes.last().is_none_or(|it| it.route != index) {
            listener.attached += 1;
            listener.routes.push(Attachment {
                route: index,
                hostnames,
            });
        }
    }
    if attached {
        return None;
    }
    if let Some(rival) = rival.filter(|_| named) {
        let other = &routes[rival];
        let message = format!(
            "{} {} has the same hostname on this listener and is older",
            other.kind.name(),
            other.key
        );
        return Some(Reason::new("Conflicted", message));
    }
    let message = "no hostname of the route is one of a listener";
    Some(Reason::new("NoMatchingListenerHostname", message))
}
