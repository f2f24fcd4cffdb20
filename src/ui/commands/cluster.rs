//! What is shown, broken and mended of the cluster, and time that is let pass so that the consequences show.

use leptos::prelude::*;

use crate::api::ObjectRef;
use crate::sim::Duration;
use crate::ui::engine::Engine;
use crate::ui::i18n;
use crate::ui::state::{Panel, Session};
use crate::world::actions::ActionOffer;

/// The longest time that one press passes until something happens by itself.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

impl Session {
    /// Shows a pod or node from within.
    pub fn select(self, reference: ObjectRef) {
        self.layout.panel.set(Panel::Hops);
        self.selection.set(Some(reference));
    }

    /// Does something to a pod or node; what is on the stage is sent again in what it has become.
    pub fn perform(self, reference: &ObjectRef, offer: &ActionOffer) {
        tracing::info!(kind = reference.kind.name(), mends = offer.mends, "action performed");
        self.change_cluster(|engine| engine.perform(reference, offer));
    }

    /// Mends everything that is broken.
    pub fn mend_all(self) {
        tracing::info!("everything mended");
        self.change_cluster(|engine| engine.mend_all(&i18n::mended()));
    }

    /// Lets so many seconds pass.
    pub fn advance(self, seconds: i64) {
        tracing::debug!(seconds, "time advanced");
        self.change_cluster(|engine| engine.advance(Duration::from_secs(seconds)));
    }

    /// Lets time pass until something happens; whether anything did.
    pub fn advance_to_event(self) -> bool {
        let any = self.change_cluster(|engine| engine.advance_to_event(LONGEST_WAIT));
        tracing::debug!(any, "time advanced to the next event");
        any.unwrap_or(false)
    }

    fn change_cluster<T>(self, act: impl FnOnce(&mut Engine) -> T) -> Option<T> {
        let was = self.cluster.version();
        let (done, snapshot) = self.cluster.update(act)?;
        let changed = snapshot.version() != was;
        if changed && self.traffic.traces.read_untracked().len() > 1 {
            // A hundred requests belong to the cluster they were sent in.
            self.clear_traffic();
        }
        self.publish(snapshot);
        if changed {
            self.retrace(true);
        }
        self.await_next_event();
        Some(done)
    }
}
