//! A machine to which something has happened: power, kubelet, since when nobody hears of it; and how long it takes
//! until that is noticed.
//!
//! A kubelet renews its lease every 10 s, at whole tens of seconds here; once nothing was heard for the grace period
//! of 50 s, the control plane takes notice: 40 to 50 s after the silence began. Not here: what happens to machines
//! (`machines`), and what the control plane makes of their silence (`controllers::node_lifecycle`).

use super::super::cluster_config::LoadBalancerProvider;
use crate::sim::{Duration, Instant};

/// How often kubelets renew their lease and report (a quarter of `nodeLeaseDurationSeconds`).
pub const HEARTBEAT: Duration = Duration::from_secs(10);
/// `--node-monitor-grace-period`; 50 s since Kubernetes 1.32.
pub const GRACE: Duration = Duration::from_secs(50);
/// Seconds for which admission lets every pod tolerate a silent node.
pub const TOLERATED: i64 = 300;
/// How long a machine takes from power to kubelet: no figure of Kubernetes, but of an ordinary machine.
pub const BOOT: Duration = Duration::from_secs(30);
/// A cloud's load balancer asks every node this often (`gceHcCheckIntervalSeconds`) …
pub const BALANCER_PERIOD: Duration = Duration::from_secs(8);
/// … and drops it after so many failures (`gceHcUnhealthyThreshold`); one success brings it back.
pub const BALANCER_FAILURES: i64 = 3;
/// How long MetalLB's speakers take to notice that one of them is gone (memberlist).
pub const METALLB_NOTICES: Duration = Duration::from_secs(10);

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    On,
    /// It does not.
    Off,
    /// It starts, and its kubelet will run from then on.
    Booting(Instant),
}

/// A machine that something has happened to.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Name of its node.
    pub name: String,
    /// Whether it runs.
    pub power: Power,
    /// Whether its kubelet runs while the machine does.
    pub kubelet: bool,
    /// How often it was started anew: its kernel remembers nothing from before.
    pub boots: u32,
    /// The API server last heard of its kubelet then; `None` while it hears of it.
    pub silent_since: Option<Instant>,
    /// The control plane has noticed the silence.
    pub unknown: bool,
    /// Since when no packet from the router reaches it.
    pub(in crate::cluster) dark: Option<Instant>,
    /// A load balancer had dropped it, and counts it in again from then on.
    pub(in crate::cluster) back_at: Option<Instant>,
    /// When it lost its power.
    pub(in crate::cluster) off_at: Option<Instant>,
}

impl Machine {
    /// A machine to which nothing has happened yet.
    pub(in crate::cluster) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            power: Power::On,
            kubelet: true,
            boots: 0,
            silent_since: None,
            unknown: false,
            dark: None,
            back_at: None,
            off_at: None,
        }
    }

    /// Whether something about it is to be mended.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.power == Power::Off || !self.kubelet
    }

    /// Whether health checks of a provider's load balancers count it in.
    pub(super) fn balanced(&self, now: Instant, provider: LoadBalancerProvider) -> bool {
        match (self.dark, self.back_at) {
            (Some(since), _) => now < since + notices(provider),
            // MetalLB's speakers know each other at once; a cloud asks again first.
            (None, Some(back)) => provider == LoadBalancerProvider::MetalLb || now >= back,
            (None, None) => true,
        }
    }

    /// When its silence is noticed, if it is silent and it has not been.
    #[must_use]
    pub fn noticed_at(&self) -> Option<Instant> {
        self.silent_since.filter(|_| !self.unknown).map(|since| since + GRACE)
    }
}

/// How long a provider's load balancers take to notice that a node is gone; where a document alone says that
/// there is one, it is taken to be a cloud's.
#[must_use]
pub fn notices(provider: LoadBalancerProvider) -> Duration {
    match provider {
        LoadBalancerProvider::MetalLb => METALLB_NOTICES,
        LoadBalancerProvider::Cloud | LoadBalancerProvider::None => Duration(BALANCER_PERIOD.0 * BALANCER_FAILURES),
    }
}

/// The first whole multiple of a period at or after a time.
pub(in crate::cluster) fn next_tick(at: Instant, period: Duration) -> Instant {
    Instant(at.0.div_euclid(period.0) * period.0 + if at.0.rem_euclid(period.0) == 0 { 0 } else { period.0 })
}
