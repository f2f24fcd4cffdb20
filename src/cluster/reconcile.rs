//! What a controller may touch in its turn: the API server, the queues, the clock's timers, the recorder of events.
//!
//! What runs on the nodes ([`NodeRuntime`](super::kubelet::node_runtime::NodeRuntime)) and what a controller
//! remembers are handed over beside it, to those alone who need them.

use super::api_server::ApiServer;
use super::event_recorder::{EventRecorder, EventType, Saying};
use super::limits::Limits;
use super::timers::{Timer, Timers};
use super::work_queues::WorkQueues;
use crate::api::ObjectRef;
use crate::sim::Instant;

/// The parts of a cluster that every controller works with.
#[derive(Debug)]
pub struct Reconcile<'a> {
    /// Reads and writes objects.
    pub api: &'a mut ApiServer,
    /// Who is to look at what.
    pub queues: &'a mut WorkQueues,
    /// What falls due later.
    pub timers: &'a mut Timers,
    /// How much work makes.
    pub limits: &'a mut Limits,
    events: &'a mut EventRecorder,
}

impl<'a> Reconcile<'a> {
    /// Of these parts.
    pub fn new(
        api: &'a mut ApiServer,
        queues: &'a mut WorkQueues,
        timers: &'a mut Timers,
        limits: &'a mut Limits,
        events: &'a mut EventRecorder,
    ) -> Self {
        Self {
            api,
            queues,
            timers,
            limits,
            events,
        }
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.api.now()
    }

    /// Asks for a turn at a time.
    pub fn wake_at(&mut self, at: Instant, timer: Timer) {
        self.timers.set(at, timer);
    }

    /// Lets the kubelet of a node look at every pod of it.
    pub fn look_at_pods(&mut self, node: &str) {
        for pod in self.api.store.pods_on(node) {
            self.queues.look_at_pod(pod.clone());
        }
    }

    /// Records an event about an object in the name of a component.
    pub fn record_event(
        &mut self,
        about: &ObjectRef,
        event_type: EventType,
        reason: &str,
        component: &str,
        message: &str,
    ) {
        self.say(Saying {
            about,
            event_type,
            reason,
            component,
            host: "",
            field: "",
            message,
        });
    }

    /// Records an event with all its parts.
    pub fn say(&mut self, saying: Saying<'_>) {
        self.events.record(self.api, saying);
    }

    /// Records an event that was said so many times between two moments.
    pub fn say_times(&mut self, saying: Saying<'_>, first: Instant, last: Instant, times: i64) {
        self.events.record_times(self.api, saying, first, last, times);
    }

    /// Stores the events that were recorded.
    pub fn store_events(&mut self) {
        self.events.store(self.api);
    }
}
