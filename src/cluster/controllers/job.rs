//! Jobs: pods that run until enough of them have ended well (`kubernetes pkg/controller/job`).
//!
//! Not simulated: policies of failure and success, limits per index, suspended Jobs whose template changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::event_recorder::EventType;
use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use super::super::tree;
use super::pods::{self, Owner, PodName};
use crate::api::types::core::Pod;
use crate::api::types::meta::{LabelSelector, Labels};
use crate::api::types::pod_phase::PodPhase;
use crate::api::types::view;
use crate::api::{Kind, NamespacedName, Object};
use crate::sim::{Duration, Instant};
use crate::small_sort::SmallSort as _;

/// The delay before the pod that follows a failed one; it doubles (`DefaultJobPodFailureBackOff`).
const FIRST_BACKOFF: Duration = Duration::from_secs(10);
/// The longest of these delays (`MaxJobPodFailureBackOff`).
const LONGEST_BACKOFF: Duration = Duration::from_secs(600);
/// Which of a Job's indexes a pod stands for.
const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// A Job and its pods at one moment.
struct Run<'a> {
    owner: Owner<'a>,
    tree: &'a Value,
    pods: Vec<Arc<Object>>,
    now: Instant,
}

/// How a Job ended.
enum Verdict {
    /// Enough pods have ended well.
    Complete,
    /// It gave up: reason and message.
    Failed(&'static str, &'static str),
}

/// Brings one Job's pods and status up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(object) = ctx.api.store.get(Kind::Job, key).map(Arc::clone) else {
        return;
    };
    let meta = object.metadata();
    if meta.deletion_timestamp.is_some() {
        return;
    }
    let owner = Owner::of(Kind::Job, key, meta);
    let selector = tree::get(&object.value, &["spec", "selector"]);
    let selector = selector
        .and_then(|it| view::read::<LabelSelector>(it).ok())
        .unwrap_or_default();
    if !is_over(&object.value) {
        pods::claim(ctx, &owner, &selector);
    }
    let run = Run {
        pods: pods::owned(&ctx.api.store, owner.uid),
        owner,
        tree: &object.value,
        now: ctx.now(),
    };
    if is_over(&object.value) {
        run.expire(ctx, key);
        return;
    }
    run.go_on(ctx, key);
}

/// Whether a Job has ended, well or not.
pub fn is_over(job: &Value) -> bool {
    condition(job, "Complete") || condition(job, "Failed")
}

/// Whether a condition of a Job is true.
pub fn condition(job: &Value, kind: &str) -> bool {
    let conditions = tree::get(job, &["status", "conditions"]).and_then(Value::as_array);
    conditions
        .into_iter()
        .flatten()
        .any(|it| tree::text(it, &["type"]) == kind && tree::text(it, &["status"]) == "True")
}

/// When a pod's containers were through, the last of them.
fn finished_at(pod: &Value) -> Option<Instant> {
    let statuses = tree::get(pod, &["status", "containerStatuses"])?.as_array()?;
    let times = statuses
        .iter()
        .filter_map(|it| Instant::parse_rfc3339(tree::text(it, &["state", "terminated", "finishedAt"])));
    times.max()
}

impl Run<'_> {
    fn spec(&self, field: &str) -> Option<i64> {
        tree::get(self.tree, &["spec", field])?.as_i64()
    }

    fn is_suspended(&self) -> bool {
        tree::get(self.tree, &["spec", "suspend"]) == Some(&Value::Bool(true))
    }

    fn is_indexed(&self) -> bool {
        tree::text(self.tree, &["spec", "completionMode"]) == "Indexed"
    }

    fn start(&self) -> Option<Instant> {
        Instant::parse_rfc3339(tree::text(self.tree, &["status", "startTime"]))
    }

    /// Pods in a phase; those that were told to end do not count as failed.
    fn in_phase(&self, phase: PodPhase) -> impl Iterator<Item = &Arc<Object>> {
        self.pods.iter().filter(move |it| pods::view(it).phase() == Some(phase))
    }

    fn active(&self) -> Vec<&Arc<Object>> {
        self.pods.iter().filter(|it| pods::is_active(pods::view(it))).collect()
    }

    /// Indexes of pods that ended well.
    fn done_indexes(&self) -> BTreeSet<i64> {
        self.in_phase(PodPhase::Succeeded)
            .filter_map(|it| index_of(it))
            .collect()
    }

    fn succeeded(&self) -> i64 {
        if self.is_indexed() {
            return count(self.done_indexes().len());
        }
        count(self.in_phase(PodPhase::Succeeded).count())
    }

    fn failed(&self) -> i64 {
        count(self.in_phase(PodPhase::Failed).count())
    }

    /// Whether the Job is over, and how.
    fn verdict(&self) -> Option<Verdict> {
        let limit = self.spec("backoffLimit").unwrap_or(6);
        let restarts = || -> i64 {
            let own = |it: &&Arc<Object>| tree::text(&it.value, &["spec", "restartPolicy"]) == "OnFailure";
            self.active()
                .iter()
                .filter(|it| own(it))
                .map(|it| restarts_of(&it.value))
                .sum()
        };
        if self.failed() > limit || restarts() > 0 && restarts() >= limit {
            return Some(Verdict::Failed(
                "BackoffLimitExceeded",
                "Job has reached the specified backoff limit",
            ));
        }
        if let (Some(deadline), Some(start)) = (self.spec("activeDeadlineSeconds"), self.start())
            && !self.is_suspended()
            && self.now >= start + Duration::from_secs(deadline)
        {
            return Some(Verdict::Failed(
                "DeadlineExceeded",
                "Job was active longer than specified deadline",
            ));
        }
        let complete = match self.spec("completions") {
            Some(completions) => self.succeeded() >= completions,
            // A queue of work: one has found it empty, and the others are through.
            None => self.succeeded() > 0 && self.active().is_empty(),
        };
        complete.then_some(Verdict::Complete)
    }

    /// Makes and removes pods, and writes what has come of them.
    fn go_on(&self, ctx: &mut Reconcile<'_>, key: &NamespacedName) {
        if let Some(verdict) = self.verdict() {
            for pod in self.active() {
                ctx.api.delete_pod(&pod.key(), None);
                let message = format!("Deleted pod: {}", pod.metadata().name);
                self.record(ctx, EventType::Normal, "SuccessfulDelete", &message);
            }
            match &verdict {
                Verdict::Complete => self.record(ctx, EventType::Normal, "Completed", "Job completed"),
                Verdict::Failed(reason, message) => self.record(ctx, EventType::Warning, reason, message),
            }
            self.write_status(ctx, key, Some(&verdict));
            if let Some(ttl) = self.spec("ttlSecondsAfterFinished") {
                ctx.wake_at(
                    self.now + Duration::from_secs(ttl),
                    Timer::Workload(Kind::Job, key.clone()),
                );
            }
            return;
        }
        let suspended = condition(self.tree, "Suspended");
        if self.is_suspended() {
            for pod in self.active() {
                ctx.api.delete_pod(&pod.key(), None);
                let message = format!("Deleted pod: {}", pod.metadata().name);
                self.record(ctx, EventType::Normal, "SuccessfulDelete", &message);
            }
            if !suspended {
                self.record(ctx, EventType::Normal, "Suspended", "Job suspended");
            }
            self.write_status(ctx, key, None);
            return;
        }
        if suspended {
            self.record(ctx, EventType::Normal, "Resumed", "Job resumed");
        }
        self.fill(ctx, key);
        self.write_status(ctx, key, None);
        let start = self.start().unwrap_or(self.now);
        if let Some(deadline) = self.spec("activeDeadlineSeconds") {
            let due = start + Duration::from_secs(deadline);
            if due > self.now {
                ctx.wake_at(due, Timer::Workload(Kind::Job, key.clone()));
            }
        }
    }

    /// Makes the pods that are missing, and removes surplus ones.
    fn fill(&self, ctx: &mut Reconcile<'_>, key: &NamespacedName) {
        let active = self.active();
        let ending = self.pods.iter().filter(|it| {
            let pod = pods::view(it);
            pod.metadata.deletion_timestamp.is_some() && !pod.is_terminal()
        });
        let parallelism = self.spec("parallelism").unwrap_or(1).max(0);
        let wanted = match self.spec("completions") {
            Some(completions) => parallelism.min((completions - self.succeeded()).max(0)),
            None if self.succeeded() > 0 => count(active.len()),
            None => parallelism,
        };
        let replaces_late = tree::text(self.tree, &["spec", "podReplacementPolicy"]) == "Failed";
        let there = count(active.len()) + if replaces_late { count(ending.count()) } else { 0 };
        if count(active.len()) > wanted {
            // Those that have come least far go first.
            let mut surplus = active;
            surplus.small_sort_by_key(|it| {
                (
                    pods::view(it).is_ready(),
                    std::cmp::Reverse(ctx.api.store.pod_birth(&it.key())),
                )
            });
            let n_surplus = surplus.len() - usize::try_from(wanted).unwrap_or(0);
            for pod in surplus.into_iter().take(n_surplus) {
                pods::remove(ctx, &self.owner, &pod.key());
            }
            return;
        }
        let missing = wanted - there;
        if missing <= 0 {
            return;
        }
        if let Some(due) = self.backs_off_until().filter(|due| *due > self.now) {
            ctx.wake_at(due, Timer::Workload(Kind::Job, key.clone()));
            return;
        }
        let mut indexes = self.free_indexes().into_iter();
        for _ in 0..missing.min(500) {
            let index = if self.is_indexed() {
                let Some(index) = indexes.next() else { return };
                Some(index)
            } else {
                None
            };
            if !self.create(ctx, index) {
                return;
            }
        }
    }

    /// Indexes without a pod that runs or has ended well.
    fn free_indexes(&self) -> Vec<i64> {
        if !self.is_indexed() {
            return Vec::new();
        }
        let mut taken = self.done_indexes();
        taken.extend(self.active().iter().filter_map(|it| index_of(it)));
        let all = 0..self.spec("completions").unwrap_or(0).min(10_000);
        all.filter(|it| !taken.contains(it)).collect()
    }

    /// Until when no pod is made, after so many failures since the last success.
    fn backs_off_until(&self) -> Option<Instant> {
        let last_success = self
            .in_phase(PodPhase::Succeeded)
            .filter_map(|it| finished_at(&it.value))
            .max();
        let failures: Vec<Instant> = self
            .in_phase(PodPhase::Failed)
            .filter_map(|it| finished_at(&it.value))
            .filter(|it| last_success.is_none_or(|success| *it > success))
            .collect();
        let last = failures.iter().max()?;
        let doublings = u32::try_from(failures.len() - 1).unwrap_or(u32::MAX).min(6);
        let delay = FIRST_BACKOFF.0.saturating_mul(1 << doublings).min(LONGEST_BACKOFF.0);
        Some(*last + Duration(delay))
    }

    fn create(&self, ctx: &mut Reconcile<'_>, index: Option<i64>) -> bool {
        let mut template = tree::get(self.tree, &["spec", "template"])
            .cloned()
            .unwrap_or(Value::Null);
        let mut labels = Labels::new();
        let mut prefix = format!("{}-", self.owner.name);
        if let Some(index) = index {
            prefix = format!("{}-{index}-", self.owner.name);
            labels.insert(INDEX.to_owned(), index.to_string());
            tree::set(
                &mut template,
                &["metadata", "annotations", INDEX],
                index.to_string().into(),
            );
            let host = format!("{}-{index}", self.owner.name);
            tree::set(&mut template, &["spec", "hostname"], host.into());
            let path = format!("metadata.labels['{INDEX}']");
            let variable = json!({
                "name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}},
            });
            for list in ["containers", "initContainers"] {
                let containers = tree::entry(tree::entry(&mut template, "spec"), list).as_array_mut();
                for container in containers.into_iter().flatten() {
                    let variables = tree::entry(container, "env");
                    if !variables.is_array() {
                        *variables = json!([]);
                    }
                    if let Value::Array(variables) = variables {
                        variables.push(variable.clone());
                    }
                }
            }
            if tree::get(&template, &["spec", "initContainers"]) == Some(&Value::Null) {
                tree::remove(&mut template, &["spec", "initContainers"]);
            }
        }
        // All of its pods may come and end at one moment.
        let all = self.spec("completions").max(self.spec("parallelism")).unwrap_or(1);
        let all = usize::try_from(all).unwrap_or(0);
        pods::create(ctx, &self.owner, &template, PodName::Generated(prefix), &labels, all)
    }

    fn record(&self, ctx: &mut Reconcile<'_>, event_type: EventType, reason: &str, message: &str) {
        ctx.record_event(
            &self.owner.object(),
            event_type,
            reason,
            self.owner.component(),
            message,
        );
    }

    /// Removes a Job whose time after its end is over.
    fn expire(&self, ctx: &mut Reconcile<'_>, key: &NamespacedName) {
        // Pods that were told to end go on ending, and are counted no more.
        let Some(ttl) = self.spec("ttlSecondsAfterFinished") else {
            return;
        };
        let conditions = tree::get(self.tree, &["status", "conditions"]).and_then(Value::as_array);
        let ended = conditions
            .into_iter()
            .flatten()
            .filter(|it| matches!(tree::text(it, &["type"]), "Complete" | "Failed"));
        let ended = ended
            .filter_map(|it| Instant::parse_rfc3339(tree::text(it, &["lastTransitionTime"])))
            .max();
        let due = ended.unwrap_or(self.now) + Duration::from_secs(ttl);
        if self.now >= due {
            ctx.api.remove(Kind::Job, key);
        } else {
            ctx.wake_at(due, Timer::Workload(Kind::Job, key.clone()));
        }
    }

    fn write_status(&self, ctx: &mut Reconcile<'_>, key: &NamespacedName, verdict: Option<&Verdict>) {
        let pods = pods::owned(&ctx.api.store, self.owner.uid);
        let after = Run {
            owner: Owner { ..self.owner },
            tree: self.tree,
            pods,
            now: self.now,
        };
        let active: Vec<&Pod> = after.active().into_iter().map(|it| pods::view(it)).collect();
        let ready = active.iter().filter(|it| it.is_ready()).count();
        let over = verdict.is_some();
        let ending = after
            .pods
            .iter()
            .filter(|it| it.metadata().deletion_timestamp.is_some())
            .count();
        let (n_active, n_ready) = if over {
            (0, 0)
        } else {
            (count(active.len()), count(ready))
        };
        let failed = after.failed() + if over { count(active.len()) } else { 0 };
        let now = self.now.to_string();
        let suspended = self.is_suspended();
        ctx.api.store.edit(Kind::Job, key, |object| {
            let old = object.value.get("status").cloned().unwrap_or_else(|| json!({}));
            let mut status = Map::new();
            for (field, value, always) in [
                ("active", n_active, false),
                ("failed", failed, false),
                ("ready", n_ready, true),
                ("succeeded", after.succeeded(), false),
                ("terminating", count(ending), true),
            ] {
                if always || value != 0 {
                    status.insert(field.to_owned(), value.into());
                }
            }
            if after.is_indexed() && after.succeeded() > 0 {
                status.insert("completedIndexes".to_owned(), ranges(&after.done_indexes()).into());
            }
            status.insert("uncountedTerminatedPods".to_owned(), json!({}));
            let known = old["startTime"].as_str();
            match known.filter(|_| !suspended) {
                Some(start) => {
                    status.insert("startTime".to_owned(), start.into());
                }
                None if !suspended => {
                    status.insert("startTime".to_owned(), now.as_str().into());
                }
                None => {}
            }
            let mut conditions = old["conditions"].as_array().cloned().unwrap_or_default();
            let mut add = |kind: &str, status: &str, reason: &str, message: &str| {
                let known = conditions.iter_mut().find(|it| it["type"] == kind);
                let made = json!({
                    "type": kind, "status": status, "reason": reason, "message": message,
                    "lastProbeTime": now, "lastTransitionTime": now,
                });
                match known {
                    Some(known) if known["status"] == status => {}
                    Some(known) => *known = made,
                    None => conditions.push(made),
                }
            };
            match verdict {
                Some(Verdict::Complete) => {
                    let message = "Reached expected number of succeeded pods";
                    add("SuccessCriteriaMet", "True", "CompletionsReached", message);
                    add("Complete", "True", "CompletionsReached", message);
                    status.insert("completionTime".to_owned(), now.as_str().into());
                }
                Some(Verdict::Failed(reason, message)) => {
                    add("FailureTarget", "True", reason, message);
                    add("Failed", "True", reason, message);
                }
                None if suspended => add("Suspended", "True", "JobSuspended", "Job suspended"),
                None if condition(self.tree, "Suspended") => add("Suspended", "False", "JobResumed", "Job resumed"),
                None => {}
            }
            if !conditions.is_empty() {
                status.insert("conditions".to_owned(), Value::Array(conditions));
            }
            let status = Value::Object(status);
            if old == status {
                return false;
            }
            tree::set(&mut object.value, &["status"], status);
            true
        });
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn index_of(pod: &Object) -> Option<i64> {
    pod.metadata().labels.get(INDEX)?.parse().ok()
}

/// How often the containers of a pod were started again.
fn restarts_of(pod: &Value) -> i64 {
    let all = ["initContainerStatuses", "containerStatuses"].into_iter();
    all.filter_map(|list| tree::get(pod, &["status", list])?.as_array())
        .flatten()
        .filter_map(|it| it["restartCount"].as_i64())
        .sum()
}

/// `0-2,5`: indexes as ranges.
fn ranges(indexes: &BTreeSet<i64>) -> String {
    let mut all: Vec<(i64, i64)> = Vec::new();
    for &index in indexes {
        match all.last_mut() {
            Some((_, end)) if *end + 1 == index => *end = index,
            _ => all.push((index, index)),
        }
    }
    let texts: Vec<String> = all
        .into_iter()
        .map(|(start, end)| match end - start {
            0 => start.to_string(),
            1 => format!("{start},{end}"),
            _ => format!("{start}-{end}"),
        })
        .collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_told_as_ranges() {
        assert_eq!(ranges(&BTreeSet::from([0, 1, 2, 5, 7, 8])), "0-2,5,7,8");
        assert_eq!(ranges(&BTreeSet::new()), "");
    }
}
