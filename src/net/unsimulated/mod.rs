//! What in an object has no effect here: annotations, settings, patterns, options.
//!
//! - [`cloud`]: annotations for a cloud's own controllers; [`corefile`]: CoreDNS' options
//! - for ingress controllers: [`http_proxy`]
//!
//! Never silent: whoever shows an object shows these beside it. Not here: objects that are refused (`api`), and
//! Ingresses that no controller takes
//! ([`Ignored`](crate::cluster::ingress_controllers::Ignored)).

pub mod cloud;
pub mod corefile;

use super::http_proxy;
use crate::api::types::core::{ConfigMap, Service};
use crate::api::types::networking::Ingress;
use crate::cluster::ingress_controllers::IngressController;

pub use super::note::{Effect, Note};

/// Everything of an Ingress that has no effect here.
#[must_use]
pub fn of_ingress(ingress: &Ingress) -> Vec<Note> {
    let mut notes = cloud::of_ingress(ingress);
    notes.extend(http_proxy::notes_on_ingress(ingress));
    notes
}

/// Everything of a Service that has no effect here.
#[must_use]
pub fn of_service(service: &Service) -> Vec<Note> {
    cloud::of_service(service)
}

/// Everything in a ConfigMap that a program of the cluster reads and that has no effect here.
#[must_use]
pub fn of_config_map(controllers: &[IngressController], map: &ConfigMap) -> Vec<Note> {
    let (namespace, name) = (map.metadata.namespace.as_str(), map.metadata.name.as_str());
    if (namespace, name) == ("kube-system", "coredns") {
        return map
            .data
            .get("Corefile")
            .map_or_else(Vec::new, |it| corefile::of_corefile(it));
    }
    let reader = controllers.iter().find(|it| it.reads_config_map(namespace, name));
    reader.map_or_else(Vec::new, |it| http_proxy::notes_on_config_map(it, map))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_out_in_silence() {
        let mut ingress = Ingress::default();
        for (name, value) in [
            ("nginx.ingress.kubernetes.io/rewrite-target", "/"),
            ("nginx.ingress.kubernetes.io/configuration-snippet", "x"),
            ("nginx.ingress.kubernetes.io/proxy-read-timeout", "5"),
            ("nginx.ingress.kubernetes.io/reqwrite-target", "/"),
            ("nginx.ingress.kubernetes.io/backend-protocol", "GRPC"),
            ("alb.ingress.kubernetes.io/scheme", "internal"),
            ("example.test/own", "x"),
        ] {
            ingress.metadata.annotations.insert(name.to_owned(), value.to_owned());
        }
        let effects: Vec<Effect> = of_ingress(&ingress).iter().map(|it| it.effect).collect();
        assert_eq!(
            effects,
            [
                Effect::Elsewhere,
                Effect::Missing,
                Effect::Missing,
                Effect::Harmless,
                Effect::Missing
            ]
        );
    }
}
