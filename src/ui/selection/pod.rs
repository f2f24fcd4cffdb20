//! A pod from within: what its programs find when they start, and why.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::facts::{conditions, labels, row};
use crate::api::types::core::{Container, Pod};
use crate::cluster::Snapshot;
use crate::cluster::envvars::services::{Absence, absent};
use crate::cluster::envvars::{Origin, ServiceKnowledge, Variable, container_environment};
use crate::net::dns::Libc;
use crate::net::dns::hosts::PodHost;
use crate::net::dns::resolv_conf::{KubeletDns, PodDns, of_pod};
use crate::ui::components::prose;
use crate::ui::i18n;
use crate::ui::state::Session;

/// What there is to know of a pod.
pub fn facts(session: Session, snapshot: &Snapshot, pod: &Pod) -> AnyView {
    let words = session.words();
    let host = PodHost::of(snapshot, pod);
    let (conf, events) = of_pod(&KubeletDns::of_cluster(snapshot), PodDns::of(pod));
    let addresses: Vec<_> = pod
        .ips()
        .map(|it| view! { <code class="line">{it.to_owned()}</code> })
        .collect();
    let libc = pod
        .spec
        .containers
        .first()
        .map_or(Libc::Glibc, |it| Libc::of_image(&it.image));
    let events: Vec<_> = events
        .iter()
        .map(|it| view! { <p class="none bad">{it.reason()}</p> })
        .collect();
    view! {
        <dl class="facts">
            {row("Namespace", pod.metadata.namespace.clone())}
            {row("Node", pod.spec.node_name.clone())}
            {row(words.addresses, addresses)}
            {row(words.host_name, view! { <code>{host.kernel.clone()}</code> })}
            {row(words.conditions, conditions(&pod.status.conditions))}
            {row("Labels", labels(&pod.metadata.labels))}
        </dl>
        {pod.spec.containers.iter().map(|it| environment(session, snapshot, pod, it)).collect_view()}
        {missing(session, snapshot, pod)}
        <h3>"/etc/resolv.conf"</h3>
        <pre tabindex="0">{conf.to_string()}</pre>
        {events}
        <p class="none">{i18n::resolver(session.lang.get(), libc, conf.ndots())}</p>
        <h3>"/etc/hosts"</h3>
        <pre tabindex="0">{host.file()}</pre>
    }
    .into_any()
}

/// The variables of a container: its own first, then those of each Service.
fn environment(session: Session, snapshot: &Snapshot, pod: &Pod, container: &Container) -> AnyView {
    let words = session.words();
    let several = pod.spec.containers.len() > 1;
    let title = if several {
        format!("{}: {}", words.variables, container.name)
    } else {
        words.variables.to_owned()
    };
    let found = match container_environment(snapshot, pod, container, ServiceKnowledge::default()) {
        Ok(found) => found,
        Err(error) => {
            return view! {
                <h3>{title}</h3>
                <p class="none bad">{error.to_string()}</p>
            }
            .into_any();
        }
    };
    let mut own: Vec<AnyView> = Vec::new();
    let mut of_services: BTreeMap<String, Vec<AnyView>> = BTreeMap::new();
    for (name, variable) in &found {
        let line = variable_line(name, variable);
        match &variable.origin {
            Origin::Service { name, .. } => of_services.entry(name.clone()).or_default().push(line),
            _ => own.push(line),
        }
    }
    let services: Vec<_> = of_services
        .into_iter()
        .map(|(name, lines)| {
            let count = lines.len();
            view! {
                <details>
                    <summary>
                        <b>"Service "</b>
                        <bdi>{name}</bdi>
                        <span class="n">{count}</span>
                    </summary>
                    <ul class="vars">{lines}</ul>
                </details>
            }
        })
        .collect();
    view! {
        <h3>{title}</h3>
        <ul class="vars">{own}</ul>
        {services}
    }
    .into_any()
}

fn variable_line(name: &str, variable: &Variable) -> AnyView {
    let from = match &variable.origin {
        Origin::Service { .. } | Origin::Spec => None,
        Origin::Field(path) | Origin::Resource(path) => Some(path.clone()),
        Origin::ConfigMap(name) => Some(format!("ConfigMap {name}")),
        Origin::Secret(name) => Some(format!("Secret {name}")),
    };
    view! {
        <li>
            <code>
                <b>{name.to_owned()}</b>
                "="
                {variable.value.clone()}
            </code>
            {from.map(|it| view! { <small>{it}</small> })}
        </li>
    }
    .into_any()
}

/// The Services that the pod's containers know nothing of, and why.
fn missing(session: Session, snapshot: &Snapshot, pod: &Pod) -> Option<AnyView> {
    let rows: Vec<_> = absent(snapshot, pod)
        .into_iter()
        .map(|(name, why): (String, Absence)| {
            let text = prose(why.say().get(session.lang.get()));
            view! {
                <li>
                    <b>"Service "</b>
                    <bdi>{name}</bdi>
                    <span class="why">{text}</span>
                </li>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <h3>{session.words().no_variables}</h3>
            <ul class="absent">{rows}</ul>
        }
        .into_any()
    })
}
