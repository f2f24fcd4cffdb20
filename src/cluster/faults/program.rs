//! The containers of a pod as their kubelet sees them: probes that begin to fail or to succeed, programs that
//! end, restarts with their growing delay (`kubernetes pkg/kubelet/prober`, `kuberuntime_manager.go`).
//!
//! Nothing polls: from what a program does and since when, the time follows at which a threshold is reached,
//! and the clock stops there. Probes are made every `periodSeconds` from the start of the container. Not
//! simulated: init containers, `terminationGracePeriodSeconds` of a probe, programs that end by themselves.

use std::sync::Arc;

use super::super::Cluster;
use super::super::kubelet::unanswered;
use super::{PodPrograms, pod_ref};
use crate::api::NamespacedName;
use crate::api::types::core::{Container, Pod, Probe};
use crate::api::types::pod_phase::PodPhase;
use crate::sim::{Duration, Instant};

/// How long a kubelet takes to see that a container has ended (the relist period of its event generator).
const RELIST: Duration = Duration::from_secs(1);
/// The delay before the second restart; it doubles.
const FIRST_BACKOFF: Duration = Duration::from_secs(10);
/// The longest delay before a restart.
const LONGEST_BACKOFF: Duration = Duration::from_secs(300);
/// After so long without a restart the delay starts over.
const BACKOFF_FORGOTTEN: Duration = Duration::from_secs(600);
/// What a program that crashes at every start lives for.
const SHORT_LIFE: Duration = Duration::from_secs(1);
/// Exit code of a program that was killed.
pub const KILLED: i32 = 137;

/// What a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It serves.
    Healthy,
    /// It hangs: its ports take connections, and nobody answers. Until it is restarted.
    Hung,
    /// It serves, but its readiness probe fails. Until it is restarted.
    Unready,
    /// It ends a second after every start.
    Crashing,
}

/// Whether a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerPhase {
    /// It runs, since then.
    Running(Instant),
    /// It runs since the first, and is gone at the second: its kubelet is stopping it.
    Stopping(Instant, Instant),
    /// It has ended, and nobody has looked yet; that happens then.
    Ended(Instant),
    /// It has ended, and waits to be started again until then: `CrashLoopBackOff`.
    BackingOff(Instant),
    /// It has ended for good.
    Terminated,
}

/// A run of a container that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When it began.
    pub started: Instant,
    /// When it ended.
    pub at: Instant,
    /// Its exit code.
    pub code: i32,
}

impl Ended {
    /// The word the container runtime has for it.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self.code {
            0 => "Completed",
            255 => "Unknown",
            _ => "Error",
        }
    }
}

/// A container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerState {
    /// Whether it runs.
    pub state: ContainerPhase,
    /// What it does.
    pub health: Health,
    /// How often it was started again.
    pub restarts: i64,
    /// How it ended last.
    pub last: Option<Ended>,
    /// Whether its probes let it count as ready.
    pub ready: bool,
    /// When its startup probe had succeeded.
    begun: Option<Instant>,
    /// Since when it does what it does.
    since: Instant,
    backoff: Duration,
    backed_off: Option<Instant>,
}

/// What a kubelet tells of a container: whether it is a warning, the reason, the message, how often.
pub(in crate::cluster) type ContainerEvent = (bool, &'static str, String, i64);

/// What is next for a container.
enum Next {
    Begun,
    Ready,
    Unready(String),
    Kill(&'static str, String),
    Gone,
    Look,
    Start,
    Crash,
}

impl ContainerState {
    /// A container that was started just then and does what it should.
    pub(in crate::cluster) fn fresh(start: Instant) -> Self {
        Self {
            state: ContainerPhase::Running(start),
            health: Health::Healthy,
            restarts: 0,
            last: None,
            ready: false,
            begun: None,
            since: start,
            backoff: FIRST_BACKOFF,
            backed_off: None,
        }
    }

    /// Whether its process exists.
    #[must_use]
    pub fn runs(&self) -> bool {
        matches!(self.state, ContainerPhase::Running(_) | ContainerPhase::Stopping(..))
    }

    /// Whether anything has happened to it that its pod's start alone does not tell.
    pub(in crate::cluster) fn is_eventful(&self) -> bool {
        self.restarts > 0 || self.health != Health::Healthy || !matches!(self.state, ContainerPhase::Running(_))
    }

    /// Until when it waits to be started again.
    #[must_use]
    pub fn backs_off_until(&self) -> Option<Instant> {
        match self.state {
            ContainerPhase::BackingOff(until) => Some(until),
            _ => None,
        }
    }

    pub(super) fn note_end(&mut self, started: Instant, at: Instant, code: i32) {
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
    pub(super) fn start(&mut self, at: Instant) {
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
            // The kernel takes connections for a program that hangs, and a command runs beside it.
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
                        offer(last_try(probe, first) + takes, Next::Kill("Startup", why));
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
            offer(last_try(probe, first) + takes, Next::Kill("Liveness", why));
        }
        next
    }

    /// Does what has fallen due; when the next thing will.
    pub(in crate::cluster) fn follow(
        &mut self,
        pod: &Pod,
        idx: usize,
        now: Instant,
        ending: bool,
        told: &mut Vec<ContainerEvent>,
    ) -> Option<Instant> {
        let container = pod.spec.containers.get(idx)?;
        let name = &container.name;
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
                    told.push((true, "Unhealthy", format!("Readiness probe failed: {why}"), times));
                }
                Next::Kill(probe, why) => {
                    let ContainerPhase::Running(since) = self.state else {
                        return None;
                    };
                    let its = match probe {
                        "Startup" => &container.startup_probe,
                        _ => &container.liveness_probe,
                    };
                    let times = its.as_ref().map_or(1, threshold);
                    told.push((true, "Unhealthy", format!("{probe} probe failed: {why}"), times));
                    let probe = probe.to_lowercase();
                    let text = format!("Container {name} failed {probe} probe, will be restarted");
                    told.push((false, "Killing", text, 1));
                    let grace = pod.spec.termination_grace_period_seconds.unwrap_or(30);
                    let prompt = self.health != Health::Hung && ends_promptly(container);
                    let until = if prompt { at } else { at + seconds(grace, 0) };
                    self.state = ContainerPhase::Stopping(since, until);
                }
                Next::Gone => {
                    let prompt = self.health != Health::Hung && ends_promptly(container);
                    self.end(pod, at, if prompt { 0 } else { KILLED });
                    if let ContainerPhase::Ended(_) = self.state {
                        // The kubelet ended it itself, and need not look for it.
                        self.state = ContainerPhase::Ended(at);
                    }
                }
                Next::Crash => self.end(pod, at, 1),
                Next::Look => {
                    let ended = self.last.map_or(at, |it| it.at);
                    let waits = self.backed_off.filter(|last| ended - *last <= BACKOFF_FORGOTTEN);
                    let until = ended + self.backoff;
                    if waits.is_some() && until > at {
                        self.state = ContainerPhase::BackingOff(until);
                        let pod = &pod.metadata;
                        let text = format!(
                            "Back-off restarting failed container {name} in pod {}_{}({})",
                            pod.name, pod.namespace, pod.uid
                        );
                        told.push((true, "BackOff", text, 1));
                    } else {
                        self.start(at);
                        told.push((false, "Started", "Container started".to_owned(), 1));
                    }
                }
                Next::Start => {
                    self.start(at);
                    told.push((false, "Started", "Container started".to_owned(), 1));
                }
            }
        }
        None
    }
}

fn seconds(number: i64, least: i64) -> Duration {
    Duration::from_secs(number.clamp(least, i64::from(i32::MAX)))
}

fn period(probe: &Probe) -> Duration {
    seconds(
        if probe.period_seconds <= 0 {
            10
        } else {
            probe.period_seconds
        },
        1,
    )
}

fn threshold(probe: &Probe) -> i64 {
    if probe.failure_threshold <= 0 {
        3
    } else {
        probe.failure_threshold
    }
}

/// The first try at or after `since`, of those made every period from `anchor`, that the initial delay allows.
fn first_try(probe: &Probe, start: Instant, anchor: Instant, since: Instant) -> Instant {
    let allowed = start + seconds(probe.initial_delay_seconds, 0);
    let wanted = allowed.max(since).max(anchor);
    let period = period(probe);
    let n = ((wanted - anchor).0 + period.0 - 1).div_euclid(period.0);
    anchor + Duration(n.saturating_mul(period.0))
}

/// The try that reaches the failure threshold.
fn last_try(probe: &Probe, first: Instant) -> Instant {
    first + Duration((threshold(probe) - 1).saturating_mul(period(probe).0))
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

impl Cluster {
    /// The containers of a pod as they are now.
    pub(in crate::cluster) fn programs_of(&self, key: &NamespacedName, pod: &Pod) -> Vec<ContainerState> {
        if let Some(known) = self.faults.programs(key) {
            return known.to_vec();
        }
        let start = pod.status.start_time.as_deref().and_then(Instant::parse_rfc3339);
        vec![ContainerState::fresh(start.unwrap_or(self.now)); pod.spec.containers.len()]
    }

    /// Keeps the containers of a pod.
    pub(in crate::cluster) fn keep_programs(&mut self, key: &NamespacedName, programs: Vec<ContainerState>) {
        let faults = Arc::make_mut(&mut self.faults);
        match faults.programs.binary_search_by(|it| it.pod.cmp(key)) {
            Ok(at) => faults.programs[at].programs = programs,
            Err(at) => {
                let pod = key.clone();
                faults.programs.insert(at, PodPrograms { pod, programs });
            }
        }
    }

    /// The containers of a pod, to be changed.
    pub(super) fn programs_mut(&mut self, key: &NamespacedName) -> &mut Vec<ContainerState> {
        if let Some(pod) = self.store.typed::<Pod>(key)
            && self.faults.programs(key).is_none()
        {
            let pod = pod.clone();
            let mut programs = self.programs_of(key, &pod);
            for (idx, program) in programs.iter_mut().enumerate() {
                program.follow(&pod, idx, self.now, false, &mut Vec::new());
            }
            self.keep_programs(key, programs);
        }
        let faults = self.faults_mut();
        let at = match faults.programs.binary_search_by(|it| it.pod.cmp(key)) {
            Ok(at) => at,
            Err(at) => {
                let (pod, programs) = (key.clone(), Vec::new());
                faults.programs.insert(at, PodPrograms { pod, programs });
                at
            }
        };
        &mut faults.programs[at].programs
    }

    /// Whether there is a process in a pod that something could happen to.
    #[must_use]
    pub fn has_process(&self, key: &NamespacedName) -> bool {
        let Some(pod) = self.store.typed::<Pod>(key) else {
            return false;
        };
        pod.phase() == Some(PodPhase::Running)
            && !self.faults.is_off(&pod.spec.node_name)
            && self.programs_of(key, pod).iter().any(ContainerState::runs)
    }

    /// Ends the processes of a pod with an exit code: of one container, or all of them.
    pub fn crash(&mut self, key: &NamespacedName, container: Option<usize>, code: i32) {
        if !self.has_process(key) {
            return;
        }
        let Some(pod) = self.store.typed::<Pod>(key).cloned() else {
            return;
        };
        let now = self.now;
        self.given_status.remove(key);
        for (idx, program) in self.programs_mut(key).iter_mut().enumerate() {
            if container.is_none_or(|it| it == idx) {
                program.end(&pod, now, code);
            }
        }
        self.work.run.push(key.clone());
    }

    /// Changes what the programs of a pod do.
    pub fn set_health(&mut self, key: &NamespacedName, health: Health) {
        if self.store.typed::<Pod>(key).is_none() {
            return;
        }
        let now = self.now;
        self.given_status.remove(key);
        for program in self.programs_mut(key).iter_mut() {
            program.turn(health, now);
        }
        self.work.run.push(key.clone());
    }

    /// Passes on what a kubelet tells of a pod's containers.
    pub(in crate::cluster) fn record_container_events(&mut self, key: &NamespacedName, told: Vec<ContainerEvent>) {
        for (warning, reason, message, times) in told {
            for _ in 0..times.clamp(1, 10) {
                self.record_event(&pod_ref(key), warning, reason, "kubelet", &message);
            }
        }
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

    #[test]
    fn probes_are_tried_every_period_from_the_start() {
        let probe = Probe {
            initial_delay_seconds: 5,
            ..Probe::default()
        };
        let start = Instant(1_000);
        let at = |since: i64| (first_try(&probe, start, start, Instant(since)) - start).as_secs();
        assert_eq!((at(1_000), at(11_000), at(11_001)), (10, 10, 20));
        assert_eq!((last_try(&probe, start) - start).as_secs(), 20);
    }
}
