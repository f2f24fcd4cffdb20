//! Where a pod is in its life (`status.phase`).
//!
//! The view of a pod keeps the phase as text, since a stored object may hold anything; code asks
//! [`Pod::phase`](super::core::Pod::phase). Not here: why a pod is in a phase (`status.reason`, conditions), nor
//! the STATUS that `kubectl get pods` makes of both.

use std::fmt;

/// Kubernetes' five phases of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPhase {
    /// Accepted, but not all containers have been started.
    Pending,
    /// On a node, and its containers have been started.
    Running,
    /// All containers have ended with code 0 and stay so.
    Succeeded,
    /// All containers have ended, one at least with another code.
    Failed,
    /// Its node is not heard of.
    Unknown,
}

impl PodPhase {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Running,
        Self::Succeeded,
        Self::Failed,
        Self::Unknown,
    ];

    /// The phase that a field names; `None` for any other text, an empty one among them.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// As `status.phase` holds it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether nothing follows: the pod has ended, well or not.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl fmt::Display for PodPhase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::PodPhase;

    #[test]
    fn phases_are_read_as_they_are_written() {
        for phase in PodPhase::ALL {
            assert_eq!(PodPhase::parse(&phase.to_string()), Some(phase));
        }
        assert_eq!(PodPhase::parse(""), None);
        assert_eq!(PodPhase::parse("running"), None);
        let terminal: Vec<_> = PodPhase::ALL.into_iter().filter(|it| it.is_terminal()).collect();
        assert_eq!(terminal, [PodPhase::Succeeded, PodPhase::Failed]);
    }
}
