//! A container to which something has happened: whether it runs, what its process does, how it ended.
//!
//! Not here: what its kubelet makes of it and when (`kubelet::containers`).

use crate::api::NamespacedName;
use crate::sim::{Duration, Instant};

/// Exit code of a process that was killed.
pub const KILLED: i32 = 137;
/// The delay before the second restart; it doubles.
pub(in crate::cluster) const FIRST_BACKOFF: Duration = Duration::from_secs(10);

/// What the process of a container does.
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
    /// It has not been started yet: others come first.
    Waiting,
    /// Its image was not to be had, which is told until then: `ErrImagePull`.
    PullFailed(Instant),
    /// Its image is asked for again then: `ImagePullBackOff`.
    PullBackOff(Instant),
    /// Its image has no name that could be asked for: `InvalidImageName`.
    BadImage,
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
    pub(in crate::cluster) begun: Option<Instant>,
    /// Since when it does what it does.
    pub(in crate::cluster) since: Instant,
    /// The delay before its next restart.
    pub(in crate::cluster) backoff: Duration,
    /// When it was started again last.
    pub(in crate::cluster) backed_off: Option<Instant>,
    /// How many of its program's waits are over.
    pub(in crate::cluster) stretch: u8,
    /// When the last of them was.
    pub(in crate::cluster) stretch_start: Instant,
    /// Until when it has been followed.
    pub(in crate::cluster) seen: Instant,
    /// Its port was taken when it started.
    pub(in crate::cluster) clashes: bool,
}

impl ContainerState {
    /// A container that was started just then and does what it should.
    pub(in crate::cluster) fn new(start: Instant) -> Self {
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
            stretch: 0,
            stretch_start: start,
            seen: start,
            clashes: false,
        }
    }

    /// A container of a pod that came then, and that is to be started.
    pub(in crate::cluster) fn waiting(since: Instant) -> Self {
        Self {
            state: ContainerPhase::Waiting,
            ..Self::new(since)
        }
    }

    /// Whether it has been started at all.
    #[must_use]
    pub fn has_started(&self) -> bool {
        !matches!(
            self.state,
            ContainerPhase::Waiting
                | ContainerPhase::PullFailed(_)
                | ContainerPhase::PullBackOff(_)
                | ContainerPhase::BadImage
        )
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
}

/// The containers of one pod that something has happened to.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cluster) struct PodContainers {
    /// The pod.
    pub(in crate::cluster) pod: NamespacedName,
    /// Its containers, in the order of `spec.containers`.
    pub(in crate::cluster) containers: Vec<ContainerState>,
    /// Its init containers, in the order of `spec.initContainers`.
    pub(in crate::cluster) init: Vec<ContainerState>,
}
