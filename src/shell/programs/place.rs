//! What programs find at a place: its pod, its name, files that are there by themselves, the environment, and
//! the text that a filter reads.

use std::collections::BTreeMap;

use crate::api::types::core::{Container, Pod};
use crate::cluster::envvars::{self, ServiceKnowledge};
use crate::net::Source;
use crate::net::dns::hosts::PodHost;
use crate::net::dns::resolv_conf::{KubeletDns, PodDns, ResolvConf, of_pod};
use crate::shell::Output;
use crate::shell::kubectl::Context;

/// The pod at a place.
pub(super) fn pod_at(context: &Context<'_>, place: &Source) -> Option<Pod> {
    match place {
        Source::Pod { namespace, name } => context.world.snapshot().get::<Pod>(namespace, name).cloned(),
        _ => None,
    }
}

/// The container at a place.
pub(super) fn container_at(context: &Context<'_>, place: &Source) -> Option<Container> {
    let mut pod = pod_at(context, place)?;
    let idx = context.container.min(pod.spec.containers.len().saturating_sub(1));
    (idx < pod.spec.containers.len()).then(|| pod.spec.containers.swap_remove(idx))
}

pub(super) fn name_of(context: &Context<'_>, place: &Source) -> String {
    match place {
        Source::Pod { name, .. } => match pod_at(context, place) {
            Some(pod) => PodHost::of(&context.world.snapshot(), &pod).kernel,
            None => name.clone(),
        },
        Source::Node(name) => name.clone(),
        Source::Client => "client".to_owned(),
        Source::Address(address) => address.to_string(),
    }
}

/// `/etc/resolv.conf` as programs at a place read it.
pub(super) fn resolv_conf(context: &Context<'_>, place: &Source) -> ResolvConf {
    let kubelet = KubeletDns::of_cluster(&context.world.snapshot());
    match pod_at(context, place) {
        Some(pod) => of_pod(&kubelet, PodDns::of(&pod)).0,
        None => ResolvConf::parse(&kubelet.resolv_conf).0,
    }
}

/// Files that a place has by itself.
pub(super) fn own_file(context: &Context<'_>, place: &Source, path: &str) -> Option<String> {
    match path {
        "/etc/resolv.conf" => Some(resolv_conf(context, place).to_string()),
        "/etc/hostname" => Some(name_of(context, place) + "\n"),
        "/etc/hosts" => Some(PodHost::of(&context.world.snapshot(), &pod_at(context, place)?).file()),
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace" => Some(pod_at(context, place)?.metadata.namespace),
        _ => None,
    }
}

/// Environment variables of the first container of the pod at a place.
pub(super) fn environment(context: &Context<'_>, place: &Source) -> Result<BTreeMap<String, String>, String> {
    let Some(pod) = pod_at(context, place) else {
        return Ok(BTreeMap::from([("HOME".to_owned(), "/root".to_owned())]));
    };
    let mut variables = BTreeMap::from([
        ("HOME".to_owned(), "/root".to_owned()),
        ("HOSTNAME".to_owned(), name_of(context, place)),
        (
            "PATH".to_owned(),
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        ),
    ]);
    if let Some(container) = pod.spec.containers.first() {
        let found =
            envvars::container_environment(&context.world.snapshot(), &pod, container, ServiceKnowledge::default())
                .map_err(|error| error.to_string())?;
        variables.extend(found.into_iter().map(|(name, it)| (name, it.value)));
    }
    Ok(variables)
}

/// The texts of several files with their names; what is missing goes to `output` in the words of `program`.
pub(super) fn named_inputs(
    context: &Context<'_>,
    place: &Source,
    program: &str,
    files: &[&str],
    output: &mut Output,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in files {
        match own_file(context, place, path).or_else(|| context.file(path)) {
            Some(text) => found.push(((*path).to_owned(), text)),
            None => {
                output
                    .stderr
                    .push_str(&format!("{program}: {path}: No such file or directory\n"));
                output.exit_code = 2;
            }
        }
    }
    found
}

/// The text a filter works on: the file that is its last argument, or standard input.
pub(super) fn input(context: &Context<'_>, place: &Source, files: &[&str]) -> Result<String, Output> {
    match files.first() {
        None => Ok(context.stdin.clone().unwrap_or_default()),
        Some(path) => own_file(context, place, path)
            .or_else(|| context.file(path))
            .ok_or_else(|| Output::failed(format!("{path}: No such file or directory\n"), 2)),
    }
}
