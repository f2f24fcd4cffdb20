//! The variables of Services (`kubernetes pkg/kubelet/envvars/envvars.go`), and why a Service has none.

use std::collections::BTreeMap;

use super::variable::{Origin, Variable};
use crate::api::ip_family::url_host;
use crate::api::types::core::{Pod, Service};
use crate::cluster::pod_start::PodStart;
use crate::cluster::snapshot::Snapshot;
use crate::text::{LocalizedText, text};

/// The variables that Services give to the containers of a namespace.
///
/// With `links` all Services of `namespace` that have a cluster address, and `kubernetes` of namespace
/// `default` in any case; a Service of that name in the own namespace takes its place while `links` are on.
pub(super) fn variables<'a>(
    services: impl IntoIterator<Item = &'a Service>,
    namespace: &str,
    links: bool,
) -> BTreeMap<String, Variable> {
    let mut chosen: BTreeMap<&str, &Service> = BTreeMap::new();
    for service in services {
        let meta = &service.metadata;
        if !has_address(service) {
            continue;
        }
        if links && meta.namespace == namespace {
            chosen.insert(&meta.name, service);
        } else if service.is_api_server() {
            chosen.entry("kubernetes").or_insert(service);
        }
    }
    let mut variables = BTreeMap::new();
    for service in chosen.values() {
        add_service(&mut variables, service);
    }
    variables
}

/// The variables of one Service (`FromServices`).
fn add_service(variables: &mut BTreeMap<String, Variable>, service: &Service) {
    let origin = Origin::Service {
        namespace: service.metadata.namespace.clone(),
        name: service.metadata.name.clone(),
    };
    let mut add = |name: String, value: String| {
        let origin = origin.clone();
        variables.insert(name, Variable { value, origin });
    };
    let prefix = variable_name(&service.metadata.name);
    let address = &service.spec.cluster_ip;
    let in_url = url_host(address);
    add(format!("{prefix}_SERVICE_HOST"), address.clone());
    for (idx, port) in service.spec.ports.iter().enumerate() {
        let protocol = match port.protocol.as_str() {
            "" => "TCP",
            named => named,
        };
        let url = format!("{}://{in_url}:{}", protocol.to_ascii_lowercase(), port.port);
        if idx == 0 {
            add(format!("{prefix}_SERVICE_PORT"), port.port.to_string());
            add(format!("{prefix}_PORT"), url.clone());
        }
        if !port.name.is_empty() {
            let name = variable_name(&port.name);
            add(format!("{prefix}_SERVICE_PORT_{name}"), port.port.to_string());
        }
        let link = format!("{prefix}_PORT_{}_{}", port.port, protocol.to_ascii_uppercase());
        add(format!("{link}_PROTO"), protocol.to_ascii_lowercase());
        add(format!("{link}_PORT"), port.port.to_string());
        add(format!("{link}_ADDR"), address.clone());
        add(link, url);
    }
}

fn variable_name(name: &str) -> String {
    name.to_ascii_uppercase().replace('-', "_")
}

fn has_address(service: &Service) -> bool {
    !matches!(service.spec.cluster_ip.as_str(), "" | "None") && !service.spec.is_external_name()
}

/// Why a Service that the cluster holds now gives a pod no variables, or old ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Headless or ExternalName: there is no cluster address to tell.
    NoAddress,
    /// It was created after the pod had started.
    CreatedLater,
    /// It was changed after the pod had started: the variables are the old ones.
    ChangedLater,
    /// `enableServiceLinks: false`.
    LinksOff,
}

impl Absence {
    /// In words.
    #[must_use]
    pub fn say(self) -> LocalizedText {
        match self {
            Self::NoAddress => text! {
                en: "no ClusterIP, so the variables have no address",
                ko: "ClusterIP가 없어 변수에 넣을 주소가 없습니다",
            },
            Self::CreatedLater => text! {
                en: "created after this Pod had started; a new Pod gets them",
                ko: "이 Pod가 시작된 뒤에 생성되었습니다. Pod를 다시 시작하면 생깁니다",
            },
            Self::ChangedLater => text! {
                en: "changed after this Pod had started; the variables still say the old",
                ko: "이 Pod가 시작된 뒤에 변경되었습니다. 변수는 옛 값 그대로입니다",
            },
            Self::LinksOff => text! {
                en: "`enableServiceLinks: false` in this Pod",
                ko: "이 Pod에 `enableServiceLinks: false`가 설정되어 있습니다",
            },
        }
    }
}

/// The Services of a pod's namespace of which its containers know nothing, or something old.
#[must_use]
pub fn absent(snapshot: &Snapshot, pod: &Pod) -> Vec<(String, Absence)> {
    let links = pod.spec.enable_service_links.unwrap_or(true);
    let meta = &pod.metadata;
    let start = snapshot.pod_start(meta);
    let mut found = Vec::new();
    for service in snapshot.list::<Service>() {
        if service.metadata.namespace != meta.namespace {
            continue;
        }
        let is_api = service.is_api_server();
        let then = start.map(|start| of_start(start, &meta.namespace, &service.metadata.name));
        let why = match then {
            _ if !has_address(service) => Absence::NoAddress,
            _ if !links && !is_api => Absence::LinksOff,
            Some(None) => Absence::CreatedLater,
            Some(Some(then))
                if variables([then], &meta.namespace, true) != variables([service], &meta.namespace, true) =>
            {
                Absence::ChangedLater
            }
            _ => continue,
        };
        found.push((service.metadata.name.clone(), why));
    }
    found
}

fn of_start<'a>(start: &'a PodStart, namespace: &str, name: &str) -> Option<&'a Service> {
    PodStart::get::<Service>(start.services.as_ref(), namespace, name)
}
