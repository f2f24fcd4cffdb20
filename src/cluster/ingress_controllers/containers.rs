//! Which pods run an ingress controller, by their containers alone. Not here: how a controller was started.

use crate::api::types::core::{Container, Pod};

/// Whether a pod runs an ingress controller of any kind.
#[must_use]
pub fn runs_controller(pod: &Pod) -> bool {
    nginx(pod).is_some()
}

/// The container of a pod that runs ingress-nginx, judged by its entry point or its image.
#[must_use]
pub fn nginx(pod: &Pod) -> Option<&Container> {
    pod.spec.containers.iter().find(|container| {
        let words = container.command.iter().chain(&container.args);
        let mut words = words.map(String::as_str);
        let image = container.image.split(['@', ':']).next().unwrap_or_default();
        words.any(|word| word.rsplit('/').next() == Some("nginx-ingress-controller"))
            || image.ends_with("ingress-nginx/controller")
            || image.ends_with("ingress-nginx/controller-chroot")
            || image.ends_with("nginx-ingress-controller")
    })
}
