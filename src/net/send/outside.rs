//! What the client outside knows: hosts of Ingresses and names of load balancers, as somebody would have
//! written them into its `/etc/hosts`. It has no part in the cluster's DNS.

use std::net::IpAddr;
use std::sync::Arc;

use super::RequestRun;
use super::names::Named;
use crate::api::types::core::{Namespace, Node, Pod, Service};
use crate::api::types::meta::labels_match;
use crate::api::types::networking::Ingress;
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;
use crate::cluster::hostname::label_of_wildcard;
use crate::cluster::ingress_controllers::{IngressController, aliases, runs_controller};
use crate::net::dns::message::{absolute, is_within};
use crate::net::http_proxy::gateway::{self, GatewayWhy};
use crate::net::request::Source;
use crate::net::why::Why;

impl RequestRun<'_> {
    /// What the client outside knows: hosts of Ingresses, names of load balancers.
    pub(super) fn look_up_outside(&mut self, from: &Source, name: &str, http: bool) -> Named {
        let bare = name.trim_end_matches('.').to_ascii_lowercase();
        if bare == "localhost" {
            let to = IpAddr::from([127, 0, 0, 1]);
            let why = Why::InHostsFile { name: name.into(), to };
            return self.known(from, to, why, None);
        }
        let model = self.state.http_proxies.gateways(self.snapshot);
        let gateway = gateway::names::find(self.snapshot, &model, &bare);
        if let Some(found) = gateway.as_ref().filter(|it| !it.hostname.is_empty()) {
            return self.host_of_gateway(from, name, found);
        }
        let unserved = match self.host_of_ingress(from, name, &bare) {
            Ok(found) => return found,
            Err(unserved) => unserved,
        };
        if let Some(found) = self.name_of_balancer(from, name, &bare) {
            return found;
        }
        let domain = format!("{}.", self.snapshot.config().dns_domain);
        let of_cluster = is_within(&absolute(&bare), &domain) || bare.ends_with(".svc");
        if let Some(found) = gateway.filter(|it| http && !of_cluster && it.address.is_some()) {
            return self.host_of_gateway(from, name, &found);
        }
        // A host of an Ingress that nobody serves: the controller there may be has nothing to say of it, unless
        // it is there at all.
        let is_host = unserved.is_some();
        if let Some(why) = unserved
            && controller_address(self.snapshot).is_none()
        {
            return Named::Failed(why);
        }
        // `web` and `web.default` are nobody's outside: whoever types them means a Service. Names of one label can be
        // somebody's where Ingresses have such hosts themselves.
        let means_service = match bare.rsplit_once('.') {
            Some((_, last)) => self.snapshot.get::<Namespace>("", last).is_some(),
            None => is_service(self.snapshot, &bare) || !has_short_hosts(self.snapshot),
        };
        if http
            && !of_cluster
            && (is_host || !means_service)
            && let Some(to) = controller_address(self.snapshot)
        {
            let why = Why::ClientGuessesHost { name: name.into(), to };
            return self.known(from, to, why, None);
        }
        Named::Failed(Why::ClientDoesNotKnow { name: name.into() })
    }

    /// An address that the client knows, recorded with the reason and the object that says so.
    fn known(&mut self, from: &Source, to: IpAddr, why: Why, made_from: Option<(ObjectRef, &str)>) -> Named {
        self.record_name(from, to, why, made_from);
        Named::Found(vec![to])
    }

    /// The address of the Ingress that has a host; `bare` is the name in small letters.
    ///
    /// # Errors
    /// Why an Ingress with that host has no address; `None` where there is none with it.
    fn host_of_ingress(&mut self, from: &Source, name: &str, bare: &str) -> Result<Named, Option<Why>> {
        let mut unserved = None;
        let snapshot = self.snapshot;
        for ingress in snapshot.list::<Ingress>() {
            let Some(rule_idx) = rule_for(ingress, bare) else {
                continue;
            };
            let meta = &ingress.metadata;
            let full: Arc<str> = format!("{}/{}", meta.namespace, meta.name).into();
            let name: Arc<str> = name.into();
            let own = ingress.status.load_balancer.ingress.iter();
            let Some(address) = own.filter_map(|it| it.ip.parse().ok()).next() else {
                unserved.get_or_insert(Why::NoControllerForHost { name, ingress: full });
                continue;
            };
            // A controller behind node ports reports its ClusterIP, where nobody outside gets to.
            let subnets = &snapshot.config().service_subnets;
            let is_virtual = subnets.iter().any(|net| net.contains(&address));
            let node = is_virtual.then(|| first_node(snapshot)).flatten();
            let to = node.unwrap_or(address);
            let ingress = full;
            let why = if node.is_some() {
                Why::ClientUsesNode { name, to, ingress }
            } else {
                Why::ClientKnowsHost { name, to, ingress }
            };
            let reference = ObjectRef::new(Kind::Ingress, &meta.namespace, &meta.name);
            let field = format!("spec.rules[{rule_idx}].host");
            return Ok(self.known(from, to, why, Some((reference, &field))));
        }
        Err(unserved)
    }

    /// The address of the Gateway that a name belongs to.
    fn host_of_gateway(&mut self, from: &Source, name: &str, found: &gateway::names::Named) -> Named {
        let (name, gateway): (Arc<str>, Arc<str>) = (name.into(), found.gateway.to_string().into());
        let Some(to) = found.address else {
            let reason = found.reason.as_str().into();
            let why = GatewayWhy::NotProgrammed { name, gateway, reason };
            return Named::Failed(Why::HttpProxy(why.into()));
        };
        let reference = ObjectRef::of(Kind::Gateway, &found.gateway);
        let why = Why::HttpProxy(GatewayWhy::Named { name, gateway, to }.into());
        self.known(from, to, why, Some((reference, "spec.listeners")))
    }

    /// The address of the load balancer that has a name; `bare` is the name in small letters.
    fn name_of_balancer(&mut self, from: &Source, name: &str, bare: &str) -> Option<Named> {
        let snapshot = self.snapshot;
        for service in snapshot.list::<Service>() {
            let meta = &service.metadata;
            let entries = service.status.load_balancer.ingress.iter();
            let mut named = entries.filter(|it| it.hostname.eq_ignore_ascii_case(bare));
            let Some(to) = named.find_map(|it| it.ip.parse().ok()) else {
                continue;
            };
            let why = Why::ClientKnowsBalancer {
                name: name.into(),
                to,
                service: format!("{}/{}", meta.namespace, meta.name).into(),
            };
            let reference = ObjectRef::new(Kind::Service, &meta.namespace, &meta.name);
            let field = snapshot.first_written(&reference, &["status.loadBalancer", "spec.type"]);
            return Some(self.known(from, to, why, Some((reference, field))));
        }
        None
    }
}

/// The rule of an Ingress that names a host, exactly, by wildcard or by alias.
fn rule_for(ingress: &Ingress, host: &str) -> Option<usize> {
    let is_alias = aliases(ingress).any(|it| it.eq_ignore_ascii_case(host));
    let fits = |rule: &str| rule.eq_ignore_ascii_case(host) || label_of_wildcard(rule, host).is_some();
    let rules = &ingress.spec.rules;
    rules
        .iter()
        .position(|rule| fits(&rule.host))
        .or_else(|| (is_alias && !rules.is_empty()).then_some(0))
}

/// Whether a Service has this name, in whatever namespace.
fn is_service(snapshot: &Snapshot, name: &str) -> bool {
    snapshot.list::<Service>().any(|it| it.metadata.name == name)
}

/// Whether an Ingress has a host of one label.
fn has_short_hosts(snapshot: &Snapshot) -> bool {
    let mut hosts = snapshot.list::<Ingress>().flat_map(|it| &it.spec.rules);
    hosts.any(|rule| !rule.host.is_empty() && !rule.host.contains('.'))
}

/// The address of the first node.
fn first_node(snapshot: &Snapshot) -> Option<IpAddr> {
    let nodes = snapshot.list::<Node>();
    nodes.filter_map(Node::first_internal_ip).find_map(|it| it.parse().ok())
}

/// The address at which an ingress controller is reached from outside.
fn controller_address(snapshot: &Snapshot) -> Option<IpAddr> {
    let address = |service: &Service| {
        service
            .status
            .load_balancer
            .ingress
            .iter()
            .find_map(|it| it.ip.parse().ok())
    };
    for controller in IngressController::all(snapshot) {
        if let Some(found) = controller.published_service(snapshot).and_then(address) {
            return Some(found);
        }
    }
    // Without `--publish-service`: any Service in front of a controller's pods.
    let pods: Vec<&Pod> = snapshot.list::<Pod>().filter(|pod| runs_controller(pod)).collect();
    snapshot.list::<Service>().find_map(|service| {
        let selector = &service.spec.selector;
        let selects = |pod: &&Pod| {
            pod.metadata.namespace == service.metadata.namespace && labels_match(selector, &pod.metadata.labels)
        };
        (!selector.is_empty() && pods.iter().any(selects))
            .then(|| address(service))
            .flatten()
    })
}
