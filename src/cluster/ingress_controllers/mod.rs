//! Ingress controllers as the API server's side sees them: which pods run one, which Ingresses it takes, what
//! its validating webhook refuses, and at which address it is reached.
//!
//! - [`class`]: classes, and why an Ingress is left alone
//! - [`containers`]: which pods run one
//! - [`nginx`]: the controller of ingress-nginx
//!
//! Everything outside of this folder that holds for any controller asks an [`IngressController`]; a further
//! one is a variant of it. Not here: what a controller does with a request (`net::http_proxy`).

pub mod class;
pub mod containers;
pub mod nginx;

use super::snapshot::Snapshot;
use crate::api::types::core::{Pod, Service};
use crate::api::types::networking::{Ingress, IngressClass};

pub use class::Ignored;
pub use containers::runs_controller;

/// An ingress controller, with what it was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IngressController {
    /// ingress-nginx.
    Nginx(nginx::Controller),
}

impl IngressController {
    /// The controller that a pod runs; `None` where it runs none.
    #[must_use]
    pub fn of_pod(snapshot: &Snapshot, pod: &Pod) -> Option<Self> {
        nginx::Controller::of_pod(snapshot, pod).map(Self::Nginx)
    }

    /// All controllers of a cluster, each once, whatever the number of its pods.
    #[must_use]
    pub fn all(snapshot: &Snapshot) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for pod in snapshot.list::<Pod>() {
            if let Some(controller) = Self::of_pod(snapshot, pod)
                && !found.contains(&controller)
            {
                found.push(controller);
            }
        }
        found
    }

    /// Whether it takes an Ingress; `class` finds an IngressClass by name.
    ///
    /// # Errors
    /// Why it leaves the Ingress alone.
    pub fn takes<'a>(
        &self,
        ingress: &Ingress,
        class: impl Fn(&str) -> Option<&'a IngressClass>,
    ) -> Result<(), Ignored> {
        match self {
            Self::Nginx(controller) => controller.takes(ingress, class),
        }
    }

    /// What its validating webhook says to an Ingress that is about to be stored, beside those stored.
    /// `others` are the stored Ingresses that share a host and path with it; one of the same name is its older version.
    ///
    /// # Errors
    /// The message of the refusal, without `admission webhook … denied the request: `.
    pub fn review<'a, 'b>(
        &self,
        ingress: &Ingress,
        others: impl Iterator<Item = &'a Ingress>,
        class: impl Fn(&str) -> Option<&'b IngressClass> + Copy,
    ) -> Result<(), String> {
        match self {
            Self::Nginx(controller) => controller
                .review(ingress, others, class)
                .map_err(|denial| denial.to_string()),
        }
    }

    /// Name of that webhook, as a refusal cites it.
    #[must_use]
    pub const fn webhook(&self) -> &'static str {
        match self {
            Self::Nginx(_) => nginx::WEBHOOK,
        }
    }

    /// The addresses and names that it was told to report in the status of Ingresses; `None` where it finds
    /// them itself.
    #[must_use]
    pub fn given_addresses(&self) -> Option<Vec<&str>> {
        match self {
            Self::Nginx(controller) => controller.given_addresses(),
        }
    }

    /// The Service whose address it reports; `None` where it was told of none, or that does not exist.
    #[must_use]
    pub fn published_service<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Service> {
        match self {
            Self::Nginx(controller) => controller.published_service(snapshot),
        }
    }

    /// Whether it reads its settings from a ConfigMap of this namespace and name.
    #[must_use]
    pub fn reads_config_map(&self, namespace: &str, name: &str) -> bool {
        match self {
            Self::Nginx(controller) => controller.flag("configmap") == Some(&format!("{namespace}/{name}")),
        }
    }
}

/// The names that an Ingress gives its first host beside those of its rules, by an annotation of any controller.
pub fn aliases(ingress: &Ingress) -> impl Iterator<Item = &str> {
    let list = ingress.metadata.annotations.get(nginx::ALIAS_ANNOTATION);
    list.into_iter().flat_map(|it| it.split(',')).map(str::trim)
}
