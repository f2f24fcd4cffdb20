//! How pods end: after their `preStop` sleep, at once or with their grace period.

use serde_json::Value;

use super::super::faults::{ContainerState, Health};
use super::super::pod_overrides::PodOverrides;
use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use super::super::tree;
use super::node_runtime::NodeRuntime;
use crate::api::types::core::{Container, Pod};
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, NamespacedName, Typed};
use crate::sim::{Duration, Instant};

/// Ends a pod that was told to, once its hooks are through.
pub fn stop_pod(ctx: &mut Reconcile<'_>, nodes: &NodeRuntime, key: &NamespacedName) {
    let Some(object) = ctx.api.store.get(Kind::Pod, key) else {
        return;
    };
    let Typed::Pod(pod) = &object.typed else {
        return;
    };
    let Some(deadline) = pod
        .metadata
        .deletion_timestamp
        .as_deref()
        .and_then(Instant::parse_rfc3339)
    else {
        return;
    };
    if !pod.metadata.finalizers.is_empty()
        || PodOverrides::of(&pod.metadata.annotations).hold
        || !nodes.faults().kubelet_heard(&pod.spec.node_name)
    {
        return;
    }
    let containers = nodes.faults().containers(key).unwrap_or_default();
    let end = end_of(pod, &object.value, containers, deadline);
    let over = !containers.is_empty() && !containers.iter().any(ContainerState::runs);
    let runs = !pod.status.pod_ip.is_empty() && pod.phase() == Some(PodPhase::Running) && !over;
    if runs && end > ctx.now() {
        ctx.wake_at(end, Timer::Pod(key.clone()));
        return;
    }
    ctx.api.remove(Kind::Pod, key);
}

/// When the last process of a pod ends: after its hooks where all end on `SIGTERM`, else killed at the deadline.
fn end_of(pod: &Pod, tree: &Value, containers: &[ContainerState], deadline: Instant) -> Instant {
    let prompt = pod.spec.containers.iter().enumerate().all(|(idx, container)| {
        containers.get(idx).map_or_else(
            || ends_promptly(container),
            |it| !it.runs() || it.health != Health::Hung && ends_promptly(container),
        )
    });
    if !prompt {
        return deadline;
    }
    let grace = Duration::from_secs(pod.metadata.deletion_grace_period_seconds.unwrap_or(0));
    let begun = Instant(deadline.0 - grace.0);
    (begun + pre_stop_sleep(tree)).min(deadline)
}

/// The longest `preStop` sleep, by `sleep:` or by a `sleep N` command.
fn pre_stop_sleep(pod: &Value) -> Duration {
    let containers = tree::get(pod, &["spec", "containers"]).and_then(Value::as_array);
    let longest = containers
        .into_iter()
        .flatten()
        .filter_map(|container| tree::get(container, &["lifecycle", "preStop"]))
        .filter_map(|hook| {
            if let Some(seconds) = tree::get(hook, &["sleep", "seconds"]) {
                return seconds.as_i64();
            }
            let command = tree::get(hook, &["exec", "command"])?.as_array()?;
            let words: Vec<&str> = command
                .iter()
                .filter_map(Value::as_str)
                .flat_map(str::split_whitespace)
                .collect();
            let at = words
                .iter()
                .position(|word| *word == "sleep" || word.ends_with("/sleep"))?;
            words.get(at + 1)?.trim_end_matches('s').parse().ok()
        })
        .max();
    Duration::from_secs(longest.unwrap_or(0).clamp(0, i64::from(i32::MAX)))
}

/// Programs that, as the first process of a container, ignore `SIGTERM`: they install no handler for it.
const DEAF: [&str; 15] = [
    "sh", "bash", "ash", "dash", "sleep", "tail", "cat", "yes", "watch", "python", "python3", "perl", "nc", "node",
    "ruby",
];

/// Whether a container ends soon after `SIGTERM`, as servers do; a shell or `sleep` is killed when the grace
/// period ends.
#[must_use]
pub fn ends_promptly(container: &Container) -> bool {
    let words: Vec<&str> = container
        .command
        .iter()
        .chain(&container.args)
        .map(String::as_str)
        .collect();
    let Some(first) = words.first() else {
        // Without a command of its own a shell's image runs a shell.
        let image = container.image.rsplit('/').next().unwrap_or_default();
        let image = image.split([':', '@']).next().unwrap_or_default();
        return !matches!(image, "busybox" | "alpine" | "ubuntu" | "debian");
    };
    let base = |word: &'static str, path: &str| path.rsplit('/').next() == Some(word);
    let deaf = |path: &str| DEAF.iter().any(|word| base(word, path));
    if !deaf(first) {
        return true;
    }
    let is_shell = DEAF[..4].iter().any(|word| base(word, first));
    let script = words
        .iter()
        .skip(1)
        .skip_while(|word| word.starts_with('-') && !word.ends_with('c'))
        .nth(1);
    match script.filter(|_| is_shell) {
        Some(script) if script.contains("trap ") => true,
        Some(script) => {
            // A shell gives way to its last command where that is all it has to do, or where it says `exec`.
            let last = script
                .rsplit([';', '\n', '&', '|'])
                .map(str::trim)
                .find(|it| !it.is_empty());
            let last = last.unwrap_or_default();
            let alone = last.len() == script.trim().len();
            let command = last.strip_prefix("exec ").or(alone.then_some(last));
            command.is_some_and(|it| it.split_whitespace().next().is_some_and(|word| !deaf(word)))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(image: &str, command: &[&str]) -> Container {
        Container {
            image: image.to_owned(),
            command: command.iter().map(|&it| it.to_owned()).collect(),
            ..Container::default()
        }
    }

    #[test]
    fn shells_and_sleep_ignore_sigterm_and_servers_do_not() {
        for (image, command, prompt) in [
            ("nginx:1.27", &[][..], true),
            ("busybox", &[], false),
            ("busybox", &["sleep", "3600"], false),
            ("busybox", &["sh", "-c", "sleep 3600"], false),
            (
                "busybox",
                &["/bin/sh", "-c", "while true; do date; sleep 1; done"],
                false,
            ),
            ("busybox", &["sh", "-c", "trap 'exit 0' TERM; sleep 3600 & wait"], true),
            ("app", &["sh", "-c", "cp a b && exec /server"], true),
            ("app", &["sh", "-c", "/server --port 80"], true),
            ("python:3", &["python3", "-m", "http.server"], false),
            ("app", &["/server"], true),
        ] {
            assert_eq!(ends_promptly(&container(image, command)), prompt, "{image} {command:?}");
        }
    }
}
