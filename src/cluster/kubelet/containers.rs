//! The containers of a pod as their kubelet sees them: probes that begin to fail or to succeed, processes that
//! end, restarts with their growing delay (`kubernetes pkg/kubelet/prober`, `kuberuntime_manager.go`).
//!
//! Nothing polls: from what a process does and since when, the time follows at which a threshold is reached,
//! and the clock stops there. Not simulated: init containers, `terminationGracePeriodSeconds` of a probe, processes
//! that end by themselves.

use super::super::event_recorder::EventType;
use super::super::faults::{ContainerPhase, ContainerState, Ended, FIRST_BACKOFF, Health, KILLED};
use super::super::reconcile::Reconcile;
use super::node_runtime::NodeRuntime;
use super::probes::{first_try, last_try, period, seconds, threshold, unanswered};
use super::termination::ends_promptly;
use crate::api::types::core::{Container, Pod, Probe};
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::sim::{Duration, Instant};

/// How long a kubelet takes to see that a container has ended (the relist period of its event generator).
const RELIST: Duration = Duration::from_secs(1);
/// The longest delay before a restart.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);
/// After so long without a restart the delay starts over.
const BACKOFF_FORGOTTEN: Duration = Duration::from_secs(600);
/// What a process that crashes at every start lives for.
const SHORT_LIFE: Duration = Duration::from_secs(1);

/// What a kubelet records about a container.
#[derive(Clone, Debug)]
pub struct ContainerEvent {
    event_type: EventType,
    reason: &'static str,
    message: String,
    /// How often it is recorded: once for every failed try.
    times: i64,
}

impl ContainerEvent {
    fn once(event_type: EventType, reason: &'static str, message: String) -> Self {
        Self {
            event_type,
            reason,
            message,
            times: 1,
        }
    }

    fn unhealthy(message: String, times: i64) -> Self {
        Self {
            event_type: EventType::Warning,
            reason: "Unhealthy",
            message,
            times,
        }
    }

    fn started() -> Self {
        Self::once(EventType::Normal, "Started", "Container started".to_owned())
    }
}

/// Probes for whose failure a container is killed.
#[derive(Clone, Copy, Debug)]
enum ProbeKind {
    Startup,
    Liveness,
}

impl ProbeKind {
    fn name(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Liveness => "Liveness",
        }
    }

    fn of(self, container: &Container) -> Option<&Probe> {
        match self {
            Self::Startup => container.startup_probe.as_ref(),
            Self::Liveness => container.liveness_probe.as_ref(),
        }
    }
}

/// What is next for a container.
enum Next {
    /// Its startup probe succeeds.
    Begun,
    /// It becomes ready.
    Ready,
    /// Its readiness probe has failed too often, for this reason.
    Unready(String),
    /// It is killed for a probe, running since then, for this reason.
    Kill(ProbeKind, Instant, String),
    /// The process that is being stopped is gone.
    Gone,
    /// Its kubelet sees that it has ended.
    Look,
    /// It is started again.
    Start,
    /// Its process crashes.
    Crash,
}

impl ContainerState {
    /// Remembers how a run of it ended.
    pub fn note_end(&mut self, started: Instant, at: Instant, code: i32) {
        self.last = Some(Ended { started, at, code });
        self.ready = false;
        self.begun = None;
    }

    /// It ended by itself.
    fn end(&mut self, pod: &Pod, at: Instant, code: i32) {
        if let ContainerPhase::Running(since) | ContainerPhase::Stopping(since, _) = self.state {
            self.note_end(since, at, code);
            self.state = match pod.spec.restart_policy.as_str() {
                "Never" => ContainerPhase::Terminated,
                "OnFailure" if code == 0 => ContainerPhase::Terminated,
                _ => ContainerPhase::Ended(at + RELIST),
            };
        }
    }

    /// It is started again.
    pub fn start(&mut self, at: Instant) {
        let ended = self.last.map_or(at, |it| it.at);
        self.backoff = match self.backed_off {
            Some(last) if ended - last <= BACKOFF_FORGOTTEN => Duration((self.backoff.0 * 2).min(LONGEST_BACKOFF.0)),
            _ => FIRST_BACKOFF,
        };
        self.backed_off = Some(at);
        self.restarts += 1;
        self.state = ContainerPhase::Running(at);
        self.ready = false;
        self.begun = None;
        self.since = at;
        if self.health != Health::Crashing {
            self.health = Health::Healthy;
        }
    }

    /// Changes what it does.
    fn turn(&mut self, health: Health, now: Instant) {
        if self.health != health {
            self.health = health;
            self.since = now;
        }
    }

    /// Why a probe fails now, in the kubelet's words, and how long one try takes; `None` where it succeeds.
    fn fails(&self, pod: &Pod, container: &Container, probe: &Probe, readiness: bool) -> Option<(String, Duration)> {
        if let Some(why) = unanswered(pod, container, probe) {
            return Some((why, Duration(0)));
        }
        let address = &pod.status.pod_ip;
        match self.health {
            // The kernel takes connections for a process that hangs, and a command runs beside it.
            Health::Hung if probe.http_get.is_some() => {
                let text = format!(
                    "Get \"http://{address}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                );
                Some((text, seconds(probe.timeout_seconds, 1)))
            }
            Health::Hung if probe.grpc.is_some() => Some((
                "service unhealthy: context deadline exceeded".to_owned(),
                seconds(probe.timeout_seconds, 1),
            )),
            Health::Unready if readiness => {
                let text = if probe.http_get.is_some() {
                    "HTTP probe failed with statuscode: 503".to_owned()
                } else if probe.tcp_socket.is_some() {
                    format!("dial tcp {address}: connect: connection refused")
                } else {
                    "command failed with exit code 1".to_owned()
                };
                Some((text, Duration(0)))
            }
            _ => None,
        }
    }

    /// What comes next, and when. `ending`: its pod is being deleted, so only readiness is asked.
    fn next(&self, pod: &Pod, idx: usize, ending: bool) -> Option<(Instant, Next)> {
        let container = pod.spec.containers.get(idx)?;
        let start = match self.state {
            ContainerPhase::Terminated => return None,
            _ if ending && !self.runs() => return None,
            ContainerPhase::Ended(at) => return Some((at, Next::Look)),
            ContainerPhase::BackingOff(until) => return Some((until, Next::Start)),
            ContainerPhase::Stopping(_, until) => return (!ending).then_some((until, Next::Gone)),
            ContainerPhase::Running(_) if self.health == Health::Crashing && !ending => {
                return Some((self.since + SHORT_LIFE, Next::Crash));
            }
            ContainerPhase::Running(start) => start,
        };
        let mut next: Option<(Instant, Next)> = None;
        let mut offer = |at: Instant, what: Next| {
            if next.as_ref().is_none_or(|(known, _)| at < *known) {
                next = Some((at, what));
            }
        };
        let anchor = match (&container.startup_probe, self.begun) {
            (Some(probe), None) => {
                let first = first_try(probe, start, start, self.since);
                match self.fails(pod, container, probe, false) {
                    None => offer(first, Next::Begun),
                    Some((why, takes)) if !ending => {
                        offer(
                            last_try(probe, first) + takes,
                            Next::Kill(ProbeKind::Startup, start, why),
                        );
                    }
                    Some(_) => {}
                }
                return next;
            }
            (_, begun) => begun.unwrap_or(start),
        };
        match &container.readiness_probe {
            None if !self.ready => offer(anchor, Next::Ready),
            None => {}
            Some(probe) => {
                let first = first_try(probe, start, anchor, self.since);
                match (self.fails(pod, container, probe, true), self.ready) {
                    (None, false) => {
                        let more = probe.success_threshold.max(1) - 1;
                        offer(first + Duration(more.saturating_mul(period(probe).0)), Next::Ready);
                    }
                    (Some((why, takes)), true) => offer(last_try(probe, first) + takes, Next::Unready(why)),
                    _ => {}
                }
            }
        }
        if let Some(probe) = container.liveness_probe.as_ref().filter(|_| !ending)
            && let Some((why, takes)) = self.fails(pod, container, probe, false)
        {
            let first = first_try(probe, start, anchor, self.since);
            offer(
                last_try(probe, first) + takes,
                Next::Kill(ProbeKind::Liveness, start, why),
            );
        }
        next
    }

    /// Does what has fallen due; when the next thing will.
    pub fn follow(
        &mut self,
        pod: &Pod,
        idx: usize,
        now: Instant,
        ending: bool,
        events: &mut Vec<ContainerEvent>,
    ) -> Option<Instant> {
        let container = pod.spec.containers.get(idx)?;
        // Everything due takes a handful of steps; the bound only keeps a slip from hanging.
        for _ in 0..64 {
            let (at, next) = self.next(pod, idx, ending)?;
            if at > now {
                return Some(at);
            }
            match next {
                Next::Begun => self.begun = Some(at),
                Next::Ready => self.ready = true,
                Next::Unready(why) => {
                    self.ready = false;
                    let times = container.readiness_probe.as_ref().map_or(1, threshold);
                    events.push(ContainerEvent::unhealthy(
                        format!("Readiness probe failed: {why}"),
                        times,
                    ));
                }
                Next::Kill(probe, since, why) => {
                    let times = probe.of(container).map_or(1, threshold);
                    let probe = probe.name();
                    events.push(ContainerEvent::unhealthy(format!("{probe} probe failed: {why}"), times));
                    let message = format!(
                        "Container {} failed {} probe, will be restarted",
                        container.name,
                        probe.to_lowercase()
                    );
                    events.push(ContainerEvent::once(EventType::Normal, "Killing", message));
                    self.state = ContainerPhase::Stopping(since, self.killed_at(pod, container, at));
                }
                Next::Gone => {
                    let code = if self.ends_promptly(container) { 0 } else { KILLED };
                    self.end(pod, at, code);
                    if let ContainerPhase::Ended(_) = self.state {
                        // The kubelet ended it itself, and need not look for it.
                        self.state = ContainerPhase::Ended(at);
                    }
                }
                Next::Crash => self.end(pod, at, 1),
                Next::Look => self.look(pod, container, at, events),
                Next::Start => {
                    self.start(at);
                    events.push(ContainerEvent::started());
                }
            }
        }
        None
    }

    /// Whether its process ends soon after `SIGTERM`.
    fn ends_promptly(&self, container: &Container) -> bool {
        self.health != Health::Hung && ends_promptly(container)
    }

    /// When its process is gone that is told to end now.
    fn killed_at(&self, pod: &Pod, container: &Container, now: Instant) -> Instant {
        if self.ends_promptly(container) {
            return now;
        }
        let grace = pod.spec.termination_grace_period_seconds.unwrap_or(30);
        now + seconds(grace, 0)
    }

    /// Its kubelet sees that it has ended: it is started again, or waits for that.
    fn look(&mut self, pod: &Pod, container: &Container, at: Instant, events: &mut Vec<ContainerEvent>) {
        let ended = self.last.map_or(at, |it| it.at);
        let waits = self.backed_off.is_some_and(|last| ended - last <= BACKOFF_FORGOTTEN);
        let until = ended + self.backoff;
        if !waits || until <= at {
            self.start(at);
            events.push(ContainerEvent::started());
            return;
        }
        self.state = ContainerPhase::BackingOff(until);
        let meta = &pod.metadata;
        let message = format!(
            "Back-off restarting failed container {} in pod {}_{}({})",
            container.name, meta.name, meta.namespace, meta.uid
        );
        events.push(ContainerEvent::once(EventType::Warning, "BackOff", message));
    }
}

/// The containers of a pod, to be changed; followed up to now where nothing had happened to them before.
pub fn containers_mut<'a>(
    ctx: &mut Reconcile<'_>,
    nodes: &'a mut NodeRuntime,
    key: &NamespacedName,
) -> &'a mut Vec<ContainerState> {
    if let Some(pod) = ctx.api.store.typed::<Pod>(key)
        && nodes.faults().containers(key).is_none()
    {
        let mut containers = nodes.containers(key, pod, ctx.now());
        for (idx, container) in containers.iter_mut().enumerate() {
            container.follow(pod, idx, ctx.now(), false, &mut Vec::new());
        }
        nodes.keep_containers(key, containers);
    }
    nodes.containers_mut(&mut ctx.api.store, key)
}

/// Whether there is a process in a pod that something could happen to.
#[must_use]
pub fn has_process(pod: &Pod, key: &NamespacedName, nodes: &NodeRuntime, now: Instant) -> bool {
    pod.phase() == Some(PodPhase::Running)
        && !nodes.faults().is_off(&pod.spec.node_name)
        && nodes.containers(key, pod, now).iter().any(ContainerState::runs)
}

/// Ends the processes of a pod with an exit code: of one container, or all of them.
pub fn crash(
    ctx: &mut Reconcile<'_>,
    nodes: &mut NodeRuntime,
    key: &NamespacedName,
    container: Option<usize>,
    code: i32,
) {
    let now = ctx.now();
    let Some(pod) = ctx
        .api
        .store
        .typed::<Pod>(key)
        .filter(|it| has_process(it, key, nodes, now))
    else {
        return;
    };
    let pod = pod.clone();
    ctx.api.given.pod_status.remove(key);
    for (idx, state) in containers_mut(ctx, nodes, key).iter_mut().enumerate() {
        if container.is_none_or(|it| it == idx) {
            state.end(&pod, now, code);
        }
    }
    ctx.queues.run.push(key.clone());
}

/// Changes what the processes of a pod do.
pub fn set_health(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, key: &NamespacedName, health: Health) {
    if ctx.api.store.typed::<Pod>(key).is_none() {
        return;
    }
    let now = ctx.now();
    ctx.api.given.pod_status.remove(key);
    for container in containers_mut(ctx, nodes, key).iter_mut() {
        container.turn(health, now);
    }
    ctx.queues.run.push(key.clone());
}

/// Records what a kubelet says of a pod's containers.
pub fn record_events(ctx: &mut Reconcile<'_>, key: &NamespacedName, events: Vec<ContainerEvent>) {
    let about = ObjectRef::of(Kind::Pod, key);
    for event in events {
        for _ in 0..event.times.clamp(1, 10) {
            ctx.record_event(&about, event.event_type, event.reason, "kubelet", &event.message);
        }
    }
}
