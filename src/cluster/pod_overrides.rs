//! Annotations with which a teacher steers a pod's fate, for what a simulation cannot know by itself.
//!
//! They are Kubehop's own and mean nothing to a real cluster: whether a process is ready, hangs while
//! stopping, or does not listen is a matter of its code, which is not run here. Each is written
//! `kubehop.dev/NAME` (or `fake/NAME`, as recordings of real clusters with a stand-in kubelet do):
//!
//! | name | effect |
//! | --- | --- |
//! | `ready: "false"` | Running, but its readiness never succeeds |
//! | `hold` | once it is to stop it never ends |
//! | `pending` | no node is chosen for it |
//! | `noip` | bound to a node, but it never gets an address |
//! | `phase: Failed` or `Succeeded` | it has run and ended |
//! | `server: none` | nothing listens in it |
//!
//! Of pods with `fake/…` no events are recorded by scheduler and kubelet, as those stand-ins recorded none.
//!
//! Not here: what the kubelet makes of them (`kubelet`), nor how packets meet a closed port (`net`).

use crate::api::types::meta::Labels;
use crate::api::types::pod_phase::PodPhase;

/// What a pod's annotations say about its fate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodOverrides {
    /// Its readiness never succeeds.
    pub not_ready: bool,
    /// Once it is to stop it never ends.
    pub hold: bool,
    /// No node is chosen for it.
    pub pending: bool,
    /// It never gets an address.
    pub no_address: bool,
    /// It has ended: `Failed` or `Succeeded`.
    pub phase: Option<PodPhase>,
    /// Nothing listens in it.
    pub no_server: bool,
    /// It was recorded on a cluster with a stand-in for its kubelet, which records no events.
    pub stand_in: bool,
}

impl PodOverrides {
    /// Reads the annotations of a pod.
    #[must_use]
    pub fn of(annotations: &Labels) -> Self {
        let get = |name: &str| {
            ["kubehop.dev/", "fake/"]
                .iter()
                .find_map(|prefix| annotations.get(&format!("{prefix}{name}")))
                .map(String::as_str)
        };
        let on = |name: &str| get(name).is_some_and(|value| value != "false");
        if !annotations
            .keys()
            .any(|key| key.starts_with("kubehop.dev/") || key.starts_with("fake/"))
        {
            return Self::default();
        }
        Self {
            not_ready: get("ready") == Some("false"),
            hold: on("hold"),
            pending: on("pending"),
            no_address: on("noip"),
            phase: get("phase")
                .and_then(PodPhase::parse)
                .filter(|phase| phase.is_terminal()),
            no_server: get("server") == Some("none"),
            stand_in: annotations.keys().any(|it| it.starts_with("fake/")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_prefixes_are_read() {
        let labels = |key: &str, value: &str| Labels::from([(key.to_owned(), value.to_owned())]);
        assert!(PodOverrides::of(&labels("fake/ready", "false")).not_ready);
        assert!(!PodOverrides::of(&labels("kubehop.dev/ready", "true")).not_ready);
        assert!(PodOverrides::of(&labels("kubehop.dev/hold", "true")).hold);
        assert_eq!(
            PodOverrides::of(&labels("fake/phase", "Failed")).phase,
            Some(PodPhase::Failed)
        );
        assert_eq!(PodOverrides::of(&labels("ready", "false")), PodOverrides::default());
    }
}
