//! The containers of a pod as their kubelet sees them: what is started when, probes that begin to fail or to succeed,
//! programs that end, images that are not to be had, restarts with their growing delay
//! (`kubernetes pkg/kubelet/{prober,images}`, `kuberuntime_manager.go`).
//!
//! Nothing polls: from what a process does and since when, the time follows at which something happens, and the clock
//! stops there. Init containers run one after the other, sidecars among them run on; then come all others. Not
//! simulated: `terminationGracePeriodSeconds` of a probe, hooks behind the start.

use std::collections::BTreeSet;

use super::super::event_recorder::{EventType, Saying};
use super::super::faults::{ContainerPhase, ContainerState, Ended, FIRST_BACKOFF, Health, KILLED};
use super::super::images::{self, Missing};
use super::super::listening;
use super::super::programs::{self, End, Program, Role, Wait};
use super::super::reconcile::Reconcile;
use super::complaints::{Complaint, Over, replace};
use super::node_runtime::NodeRuntime;
use super::probes::{Outcome, Target, asked, first_try, last_try, period, seconds, target};
use super::termination::ends_promptly;
use crate::api::types::core::{Container, Pod, Probe};
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::sim::{Duration, Instant};

/// How long a kubelet takes to see that a container has ended (the relist period of its event generator).
const RELIST: Duration = Duration::from_secs(1);
/// The longest delay before a restart, or before an image is asked for again.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);
/// After so long without a restart the delay starts over.
const BACKOFF_FORGOTTEN: Duration = Duration::from_secs(600);
/// What a process that crashes at every start lives for, or one that finds its port taken.
const SHORT_LIFE: Duration = Duration::from_secs(1);
/// How long a kubelet shows that an image was not to be had before it says that it waits.
const PULL_FAILED: Duration = Duration::from_secs(2);
/// Most that happens in a container at one look; what is due takes a handful, the bound keeps a slip from hanging.
const MOST_STEPS: usize = 64;

/// What a kubelet records about a container.
#[derive(Clone, Debug)]
pub struct ContainerEvent {
    event_type: EventType,
    reason: &'static str,
    field: String,
    message: String,
    at: Instant,
}

/// What a container is in its pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// One of those that the pod is there for.
    Main,
    /// One that runs before.
    Init,
    /// One that is started before and runs beside.
    Sidecar,
}

/// A container with what is known of its program.
#[derive(Debug)]
pub struct Known<'a> {
    pod: &'a Pod,
    container: &'a Container,
    part: Part,
    program: Option<Program>,
    address: &'a str,
}

/// The containers of a pod, the init containers behind the others; `address` is the pod's.
#[must_use]
pub fn known<'a>(pod: &'a Pod, address: &'a str) -> Vec<Known<'a>> {
    let of_job = pod.metadata.owner_references.iter().any(|it| it.kind == "Job");
    let main = pod.spec.containers.iter().map(|it| (it, Part::Main));
    let init = pod
        .spec
        .init_containers
        .iter()
        .map(|it| (it, if it.is_sidecar() { Part::Sidecar } else { Part::Init }));
    main.chain(init)
        .map(|(container, part)| {
            let ends = part == Part::Init || part == Part::Main && of_job;
            Known {
                pod,
                container,
                part,
                program: Program::of(container, if ends { Role::Ends } else { Role::Serves }),
                address,
            }
        })
        .collect()
}

impl Known<'_> {
    /// Whether nothing about it is to be remembered: it runs on from its pod's start.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.part == Part::Main && self.program.is_none()
    }

    /// The part of the pod that events name.
    fn field(&self) -> String {
        let list = if self.part == Part::Main {
            "containers"
        } else {
            "initContainers"
        };
        format!("spec.{list}{{{}}}", self.container.name)
    }

    fn event(&self, event_type: EventType, reason: &'static str, message: String, at: Instant) -> ContainerEvent {
        ContainerEvent {
            event_type,
            reason,
            field: self.field(),
            message,
            at,
        }
    }

    /// Whether it is started again after it ended with a code.
    fn restarts(&self, code: i32) -> bool {
        let policy = match self.container.restart_policy.as_str() {
            "" => self.pod.spec.restart_policy.as_str(),
            own => own,
        };
        match (self.part, policy) {
            (Part::Sidecar, _) => true,
            (_, "Never") => false,
            (Part::Init, _) | (_, "OnFailure") => code != 0,
            _ => true,
        }
    }

    /// Why its image cannot be had; nobody asks for one that is only to be found on the node.
    fn missing(&self) -> Option<Missing> {
        let found = images::missing(&self.container.image)?;
        let local = self.container.image_pull_policy == "Never" && matches!(found, Missing::NotFound { .. });
        (!local).then_some(found)
    }
}

/// Probes for whose failure a container is killed, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProbeKind {
    Startup,
    Readiness,
    Liveness,
}

impl ProbeKind {
    fn name(self) -> &'static str {
        match self {
            Self::Startup => "Startup",
            Self::Readiness => "Readiness",
            Self::Liveness => "Liveness",
        }
    }
}

/// What is next for a container.
enum Next {
    /// Its startup probe succeeds.
    Begun,
    /// It becomes ready.
    Ready,
    /// Its readiness probe has failed too often.
    Unready,
    /// It is killed for a probe, running since then.
    Kill(ProbeKind, Instant),
    /// The process that is being stopped is gone.
    Gone,
    /// Its kubelet sees that it has ended.
    Look,
    /// It is started again.
    Start,
    /// Its program ends with a code.
    End(i32),
    /// What its program waited for is there.
    Pass,
    /// A file came or went: probes are asked anew.
    Changed,
    /// Its kubelet says that it waits before it asks for the image again.
    BackOffPull,
    /// Its image is asked for again.
    Pull,
}

impl ContainerState {
    /// Remembers how a run of it ended.
    pub fn note_end(&mut self, started: Instant, at: Instant, code: i32) {
        self.last = Some(Ended { started, at, code });
        self.ready = false;
        self.begun = None;
    }

    /// It ended by itself.
    fn end(&mut self, known: &Known<'_>, at: Instant, code: i32) {
        if let ContainerPhase::Running(since) | ContainerPhase::Stopping(since, _) = self.state {
            self.note_end(since, at, code);
            self.state = if known.restarts(code) {
                ContainerPhase::Ended(at + RELIST)
            } else {
                ContainerPhase::Terminated
            };
        }
    }

    /// It is started for the first time, or after its image was not to be had.
    fn begin(&mut self, at: Instant) {
        self.state = ContainerPhase::Running(at);
        self.ready = false;
        self.begun = None;
        self.since = at;
        self.stretch = 0;
        self.stretch_start = at;
        self.clashes = false;
        self.backoff = FIRST_BACKOFF;
    }

    /// It is started again.
    pub fn start(&mut self, at: Instant) {
        let ended = self.last.map_or(at, |it| it.at);
        let backoff = match self.backed_off {
            Some(last) if ended - last <= BACKOFF_FORGOTTEN => Duration((self.backoff.0 * 2).min(LONGEST_BACKOFF.0)),
            _ => FIRST_BACKOFF,
        };
        self.begin(at);
        self.backoff = backoff;
        self.backed_off = Some(at);
        self.restarts += 1;
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

    /// The files that its program has made by a moment.
    fn files<'a>(&self, known: &'a Known<'_>, at: Instant) -> BTreeSet<&'a str> {
        let program = known.program.as_ref();
        program.map_or_else(BTreeSet::new, |it| {
            it.files(usize::from(self.stretch), at - self.stretch_start)
        })
    }

    /// What becomes of a probe at a moment, and how long one try takes.
    fn outcome(&self, known: &Known<'_>, probe: &Probe, readiness: bool, at: Instant) -> (Outcome, Duration) {
        let Known {
            pod,
            container,
            address,
            ..
        } = *known;
        let no_time = Duration(0);
        if self.clashes && probe.exec.is_none() {
            return (asked(pod, container, probe, address), no_time);
        }
        if let Some(exec) = &probe.exec
            && self.health == Health::Healthy
        {
            let (code, complaint) = programs::outcome(&exec.command, known.program.as_ref(), &self.files(known, at));
            if code != 0 {
                return (Outcome::Failure(complaint), no_time);
            }
        }
        match asked(pod, container, probe, address) {
            Outcome::Success => {}
            other => return (other, no_time),
        }
        let target = target(container, probe, address);
        let fails = |text: String, takes: Duration| (Outcome::Failure(text), takes);
        match (self.health, target) {
            // The kernel takes connections for a process that hangs, and a command runs beside it.
            (Health::Hung, Target::Port { url, .. }) if !url.is_empty() => fails(
                format!("Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
                seconds(probe.timeout_seconds, 1),
            ),
            (Health::Hung, _) if probe.grpc.is_some() => fails(
                "service unhealthy: context deadline exceeded".to_owned(),
                seconds(probe.timeout_seconds, 1),
            ),
            (Health::Unready, Target::Port { url, .. }) if readiness && !url.is_empty() => {
                fails("HTTP probe failed with statuscode: 503".to_owned(), no_time)
            }
            (Health::Unready, Target::Port { number, .. }) if readiness => {
                let at = crate::api::ip_family::host_port(address, number);
                fails(format!("dial tcp {at}: connect: connection refused"), no_time)
            }
            (Health::Unready, _) if readiness => fails("command failed with exit code 1".to_owned(), no_time),
            _ => (Outcome::Success, no_time),
        }
    }

    /// Since when the outcome of a probe has been what it is.
    fn steady_since(&self, known: &Known<'_>, probe: &Probe, at: Instant) -> Instant {
        let program = known
            .program
            .as_ref()
            .filter(|it| probe.exec.is_some() && it.has_files());
        let changes = program.map_or_else(Vec::new, |it| it.changes(usize::from(self.stretch)));
        let passed = at - self.stretch_start;
        let last = changes.into_iter().filter(|it| *it <= passed).max();
        last.map_or(self.since, |last| self.since.max(self.stretch_start + last))
    }

    /// What comes next, and when. `ending`: its pod is being deleted, so only readiness is asked. `at` is the moment
    /// until which it has been followed, `now` the one in which what others do is known.
    fn next(
        &self,
        known: &Known<'_>,
        ending: bool,
        at: Instant,
        now: Instant,
        holds: &dyn Fn(&Wait) -> bool,
    ) -> Option<(Instant, Next)> {
        let container = known.container;
        let start = match self.state {
            ContainerPhase::Terminated | ContainerPhase::Waiting | ContainerPhase::BadImage => return None,
            _ if ending && !self.runs() => return None,
            ContainerPhase::Ended(at) => return Some((at, Next::Look)),
            ContainerPhase::BackingOff(until) => return Some((until, Next::Start)),
            ContainerPhase::PullFailed(until) => return Some((until, Next::BackOffPull)),
            ContainerPhase::PullBackOff(until) => return Some((until, Next::Pull)),
            ContainerPhase::Stopping(_, until) => return (!ending).then_some((until, Next::Gone)),
            ContainerPhase::Running(_) if self.health == Health::Crashing && !ending => {
                return Some((self.since + SHORT_LIFE, Next::End(1)));
            }
            ContainerPhase::Running(start) => start,
        };
        let mut next: Option<(Instant, Next)> = None;
        let mut offer = |at: Instant, what: Next| {
            if next.as_ref().is_none_or(|(known, _)| at < *known) {
                next = Some((at, what));
            }
        };
        if self.clashes {
            offer(start + SHORT_LIFE, Next::End(1));
        } else if let Some(program) = &known.program {
            let stretch = usize::from(self.stretch);
            let (passed, end) = program.end(stretch);
            let due = self.stretch_start + passed;
            match end {
                End::Exits(code) => offer(due, Next::End(code)),
                End::Waits(_) if due > now => offer(due, Next::Changed),
                End::Waits(wait) if holds(wait) => offer(now, Next::Pass),
                End::Waits(_) | End::Never => {}
            }
            if program.has_files() {
                let changes = program.changes(stretch).into_iter().map(|it| self.stretch_start + it);
                if let Some(change) = changes.filter(|it| *it > at).min() {
                    offer(change, Next::Changed);
                }
            }
        }
        let anchor = match (&container.startup_probe, self.begun) {
            (Some(probe), None) => {
                let first = first_try(probe, start, start, self.steady_since(known, probe, at));
                match self.outcome(known, probe, false, at) {
                    (Outcome::Success, _) => offer(first, Next::Begun),
                    (Outcome::Failure(_), takes) if !ending => {
                        offer(last_try(probe, first) + takes, Next::Kill(ProbeKind::Startup, start));
                    }
                    _ => {}
                }
                return next;
            }
            (_, begun) => begun.unwrap_or(start),
        };
        match &container.readiness_probe {
            None if !self.ready => offer(anchor, Next::Ready),
            None => {}
            Some(probe) => {
                let first = first_try(probe, start, anchor, self.steady_since(known, probe, at));
                match (self.outcome(known, probe, true, at), self.ready) {
                    ((Outcome::Success, _), false) => {
                        let more = probe.success_threshold.max(1) - 1;
                        offer(first + Duration(more.saturating_mul(period(probe).0)), Next::Ready);
                    }
                    ((Outcome::Failure(_), takes), true) => offer(last_try(probe, first) + takes, Next::Unready),
                    _ => {}
                }
            }
        }
        if let Some(probe) = container.liveness_probe.as_ref().filter(|_| !ending)
            && let (Outcome::Failure(_), takes) = self.outcome(known, probe, false, at)
        {
            let first = first_try(probe, start, anchor, self.steady_since(known, probe, at));
            offer(last_try(probe, first) + takes, Next::Kill(ProbeKind::Liveness, start));
        }
        next
    }

    /// What its probes complain of at a moment.
    fn complaints(&self, known: &Known<'_>, at: Instant, found: &mut Vec<Complaint>) {
        let ContainerPhase::Running(start) = self.state else {
            return;
        };
        let container = known.container;
        let mut look = |kind: ProbeKind, probe: &Probe, anchor: Instant| {
            let (outcome, takes) = self.outcome(known, probe, kind == ProbeKind::Readiness, at);
            let name = kind.name();
            let message = match outcome {
                Outcome::Success => return,
                Outcome::Failure(why) => format!("{name} probe failed: {why}"),
                Outcome::Error(why) => format!("{name} probe errored and resulted in unknown state: {why}"),
            };
            found.push(Complaint {
                field: known.field(),
                message,
                first: first_try(probe, start, anchor, self.steady_since(known, probe, at)) + takes,
                period: period(probe),
                said: 0,
            });
        };
        if let (Some(probe), None) = (&container.startup_probe, self.begun) {
            return look(ProbeKind::Startup, probe, start);
        }
        let anchor = self.begun.unwrap_or(start);
        if let Some(probe) = &container.readiness_probe {
            look(ProbeKind::Readiness, probe, anchor);
        }
        if let Some(probe) = &container.liveness_probe {
            look(ProbeKind::Liveness, probe, anchor);
        }
    }

    /// Does what is next.
    fn apply(&mut self, known: &Known<'_>, at: Instant, next: Next, on_node: &mut OnNode<'_>) {
        match next {
            Next::Begun => self.begun = Some(at),
            Next::Ready => self.ready = true,
            Next::Unready => self.ready = false,
            Next::Changed => {}
            Next::Pass => {
                self.stretch = self.stretch.saturating_add(1);
                self.stretch_start = at;
            }
            Next::Kill(probe, since) => {
                let message = format!(
                    "Container {} failed {} probe, will be restarted",
                    known.container.name,
                    probe.name().to_lowercase()
                );
                on_node
                    .events
                    .push(known.event(EventType::Normal, "Killing", message, at));
                self.state = ContainerPhase::Stopping(since, self.killed_at(known, at));
            }
            Next::Gone => {
                let code = if self.ends_promptly(known.container) { 0 } else { KILLED };
                self.end(known, at, code);
                if let ContainerPhase::Ended(_) = self.state {
                    // The kubelet ended it itself, and need not look for it.
                    self.state = ContainerPhase::Ended(at);
                }
            }
            Next::End(code) => self.end(known, at, code),
            Next::Look => self.look(known, at, on_node),
            Next::Start => {
                self.start(at);
                on_node.started(known, at);
            }
            Next::BackOffPull => {
                let image = &known.container.image;
                let message = format!("Back-off pulling image {image:?}");
                on_node
                    .events
                    .push(known.event(EventType::Normal, "BackOff", message, at));
                let message = "Error: ImagePullBackOff".to_owned();
                on_node
                    .events
                    .push(known.event(EventType::Warning, "Failed", message, at));
                let failed = Instant(at.0 - PULL_FAILED.0);
                self.state = ContainerPhase::PullBackOff(failed + self.backoff);
                self.backoff = Duration((self.backoff.0 * 2).min(LONGEST_BACKOFF.0));
            }
            Next::Pull => self.launch(known, at, on_node),
        }
    }

    /// Starts it for the first time, as far as its image is to be had.
    fn launch(&mut self, known: &Known<'_>, at: Instant, on_node: &mut OnNode<'_>) {
        let image = &known.container.image;
        let mut say =
            |event_type, reason, message: String| on_node.events.push(known.event(event_type, reason, message, at));
        match known.missing() {
            None => {
                self.begin(at);
                on_node.started(known, at);
            }
            Some(Missing::Invalid { why }) => {
                say(EventType::Warning, "InspectFailed", why);
                say(EventType::Warning, "Failed", "Error: InvalidImageName".to_owned());
                self.state = ContainerPhase::BadImage;
            }
            Some(Missing::NotFound { why }) => {
                say(EventType::Normal, "Pulling", format!("Pulling image {image:?}"));
                say(
                    EventType::Warning,
                    "Failed",
                    format!("Failed to pull image {image:?}: {why}"),
                );
                say(EventType::Warning, "Failed", "Error: ErrImagePull".to_owned());
                self.state = ContainerPhase::PullFailed(at + PULL_FAILED);
            }
        }
    }

    /// Whether its process ends soon after `SIGTERM`.
    fn ends_promptly(&self, container: &Container) -> bool {
        self.health != Health::Hung && ends_promptly(container)
    }

    /// When its process is gone that is told to end now.
    fn killed_at(&self, known: &Known<'_>, now: Instant) -> Instant {
        if self.ends_promptly(known.container) {
            return now;
        }
        let grace = known.pod.spec.termination_grace_period_seconds.unwrap_or(30);
        now + seconds(grace, 0)
    }

    /// Its kubelet sees that it has ended: it is started again, or waits for that.
    fn look(&mut self, known: &Known<'_>, at: Instant, on_node: &mut OnNode<'_>) {
        let ended = self.last.map_or(at, |it| it.at);
        let waits = self.backed_off.is_some_and(|last| ended - last <= BACKOFF_FORGOTTEN);
        let until = ended + self.backoff;
        if !waits || until <= at {
            self.start(at);
            on_node.started(known, at);
            return;
        }
        self.state = ContainerPhase::BackingOff(until);
        let meta = &known.pod.metadata;
        let message = format!(
            "Back-off restarting failed container {} in pod {}_{}({})",
            known.container.name, meta.name, meta.namespace, meta.uid
        );
        on_node
            .events
            .push(known.event(EventType::Warning, "BackOff", message, at));
    }
}

/// The node that containers run on, and what its kubelet says.
pub struct OnNode<'a> {
    /// What runs on the nodes.
    pub nodes: &'a mut NodeRuntime,
    /// What is to be recorded.
    pub events: Vec<ContainerEvent>,
}

impl OnNode<'_> {
    /// A container was started: its image came, it was made and started.
    pub fn started(&mut self, known: &Known<'_>, at: Instant) {
        let image = &known.container.image;
        let is_new = self.nodes.note_image(&known.pod.spec.node_name, image);
        let mut say = |reason, message: String| self.events.push(known.event(EventType::Normal, reason, message, at));
        let pulls = match known.container.image_pull_policy.as_str() {
            "Always" => true,
            "Never" => false,
            _ => is_new,
        };
        if pulls {
            say("Pulling", format!("Pulling image {image:?}"));
            // No image is fetched, so it takes no time and has no size.
            let message =
                format!("Successfully pulled image {image:?} in 0s (0s including waiting). Image size: 0 bytes.");
            say("Pulled", message);
        } else {
            let message =
                format!("Container image {image:?} already present on machine and can be accessed by the pod");
            say("Pulled", message);
        }
        say("Created", "Container created".to_owned());
        say("Started", "Container started".to_owned());
    }
}

/// What is found when the containers of a pod are followed up to now.
pub struct Followed {
    /// What is to be recorded.
    pub events: Vec<ContainerEvent>,
    /// When the next thing falls due, if anything does.
    pub due: Option<Instant>,
    /// Whether one of them was started again.
    pub restarted: bool,
    /// Complaints that are over.
    pub over: Over,
    /// Whether a program waits for a name or a port.
    pub waits: bool,
}

/// Does what has fallen due in the containers of a pod, in the order in which it happened.
pub fn follow(
    nodes: &mut NodeRuntime,
    key: &NamespacedName,
    states: &mut [ContainerState],
    known: &[Known<'_>],
    now: Instant,
    holds: &dyn Fn(&Wait) -> bool,
) -> Followed {
    let restarts = |states: &[ContainerState]| states.iter().map(|it| it.restarts).sum::<i64>();
    let before = restarts(states);
    let ending = known
        .first()
        .is_some_and(|it| it.pod.metadata.deletion_timestamp.is_some());
    let mut complaints = nodes.take_complaints(key);
    let mut on_node = OnNode {
        nodes,
        events: Vec::new(),
    };
    let mut over = Over::new();
    let mut at = states.iter().map(|it| it.seen).min().unwrap_or(now);
    let mut due = None;
    for _ in 0..MOST_STEPS * states.len().max(1) {
        if !ending {
            start_next(states, known, at, &mut on_node);
            stop_sidecars(states, known, at);
        }
        let mut failing = Vec::new();
        if !ending {
            states
                .iter()
                .zip(known)
                .for_each(|(state, known)| state.complaints(known, at, &mut failing));
        }
        replace(&mut complaints, failing, at, &mut over);
        let mut first: Option<(Instant, usize, Next)> = None;
        for (idx, (state, known)) in states.iter().zip(known).enumerate() {
            if let Some((due, next)) = state.next(known, ending, at, now, holds)
                && first.as_ref().is_none_or(|(known, ..)| due < *known)
            {
                first = Some((due, idx, next));
            }
        }
        let Some((next_at, idx, next)) = first else { break };
        if next_at > now {
            due = Some(next_at);
            break;
        }
        at = at.max(next_at);
        let starts = matches!(next, Next::Look | Next::Start | Next::Pull);
        states[idx].apply(&known[idx], next_at, next, &mut on_node);
        if starts && states[idx].runs() {
            mark_clash(states, known, idx);
        }
    }
    states.iter_mut().for_each(|it| it.seen = now);
    let waits = states.iter().zip(known).any(|(state, known)| {
        let program = known.program.as_ref().filter(|_| state.runs());
        program.is_some_and(|it| matches!(it.end(usize::from(state.stretch)).1, End::Waits(_)))
    });
    let events = on_node.events;
    nodes.keep_complaints(key, complaints);
    Followed {
        events,
        due,
        restarted: restarts(states) > before,
        over,
        waits,
    }
}

/// Starts what can be started: the next init container, or all others once those are through.
fn start_next(states: &mut [ContainerState], known: &[Known<'_>], at: Instant, on_node: &mut OnNode<'_>) {
    for idx in 0..states.len() {
        if known[idx].part == Part::Main {
            continue;
        }
        if states[idx].state == ContainerPhase::Waiting {
            launch(states, known, idx, at, on_node);
        }
        let state = &states[idx];
        let through = match known[idx].part {
            Part::Sidecar => state.runs() && (known[idx].container.startup_probe.is_none() || state.begun.is_some()),
            _ => state.state == ContainerPhase::Terminated && state.last.is_some_and(|it| it.code == 0),
        };
        // A sidecar that ends later holds nobody back any more.
        let began = states
            .iter()
            .zip(known)
            .any(|(state, known)| known.part == Part::Main && state.has_started());
        if !through && !began {
            return;
        }
    }
    for idx in 0..states.len() {
        if known[idx].part == Part::Main && states[idx].state == ContainerPhase::Waiting {
            launch(states, known, idx, at, on_node);
        }
    }
}

/// Starts one container; it will end soon where a port that it opens is taken in its pod.
fn launch(states: &mut [ContainerState], known: &[Known<'_>], idx: usize, at: Instant, on_node: &mut OnNode<'_>) {
    states[idx].launch(&known[idx], at, on_node);
    mark_clash(states, known, idx);
}

/// Notes whether a port that a container opens is taken by another of its pod.
fn mark_clash(states: &mut [ContainerState], known: &[Known<'_>], idx: usize) {
    let own = listening::opens(known[idx].container);
    if own.is_empty() {
        return;
    }
    states[idx].clashes = states.iter().zip(known).enumerate().any(|(other, (state, known))| {
        other != idx
            && state.runs()
            && !state.clashes
            && listening::opens(known.container).iter().any(|it| own.contains(it))
    });
}

/// Sidecars end with the last of the others.
fn stop_sidecars(states: &mut [ContainerState], known: &[Known<'_>], at: Instant) {
    let all_over = states
        .iter()
        .zip(known)
        .filter(|(_, known)| known.part == Part::Main)
        .all(|(state, _)| state.state == ContainerPhase::Terminated);
    if !all_over {
        return;
    }
    for (state, known) in states
        .iter_mut()
        .zip(known)
        .filter(|(_, known)| known.part == Part::Sidecar)
    {
        if let ContainerPhase::Running(since) | ContainerPhase::Stopping(since, _) = state.state {
            let code = if state.ends_promptly(known.container) {
                0
            } else {
                KILLED
            };
            state.note_end(since, at, code);
        }
        state.state = ContainerPhase::Terminated;
    }
}

/// The containers of a pod as they are when their kubelet first looks at it, and whether they are to be remembered.
pub fn at_first(pod: &Pod, known: &[Known<'_>], start: Instant) -> Option<Vec<ContainerState>> {
    let clash = || {
        let opened: Vec<u16> = pod.spec.containers.iter().flat_map(listening::opens).collect();
        opened.iter().enumerate().any(|(at, port)| opened[..at].contains(port))
    };
    let plain = known.iter().all(|it| it.is_plain() && it.missing().is_none()) && (known.len() < 2 || !clash());
    (!plain).then(|| vec![ContainerState::waiting(start); known.len()])
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
        let known = known(pod, &pod.status.pod_ip);
        follow(nodes, key, &mut containers, &known, ctx.now(), &|_| true);
        nodes.keep_containers(key, containers, pod.spec.containers.len());
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
    let known = known(&pod, "");
    ctx.api.given.pod_status.remove(key);
    for (idx, state) in containers_mut(ctx, nodes, key).iter_mut().enumerate() {
        if container.is_none_or(|it| it == idx)
            && let Some(known) = known.get(idx)
        {
            state.end(known, now, code);
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
pub fn record_events(ctx: &mut Reconcile<'_>, key: &NamespacedName, host: &str, events: Vec<ContainerEvent>) {
    let about = ObjectRef::of(Kind::Pod, key);
    for event in events {
        let saying = Saying {
            about: &about,
            event_type: event.event_type,
            reason: event.reason,
            component: "kubelet",
            host,
            field: &event.field,
            message: &event.message,
        };
        ctx.say_times(saying, event.at, event.at, 1);
    }
}
