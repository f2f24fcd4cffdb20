//! The simulated world as the page holds it: it follows the text, sends requests, and its time passes as the
//! visitor's does. Nothing else of the page owns a [`World`].
//!
//! - [`findings`]: what it found in the text

pub mod findings;

use std::sync::Arc;

pub use self::findings::Findings;
use super::clock::{ms_since, now_ms};
use crate::api::{Kind, ObjectRef, Release};
use crate::cluster::{Cluster, Preset, Snapshot};
use crate::diag::{Diagnostic, Severity};
use crate::lesson::{Lesson, Report, grade};
use crate::net::{Request, Source, Trace};
use crate::sim::Duration;
use crate::small_sort::SmallSort as _;
use crate::text::{FileId, LineIndex, LocalizedText, text};
use crate::world::actions::ActionOffer;
use crate::world::event_log::{EventLog, Line, Tone};
use crate::world::{Applied, NetworkState, Options, Verdict, World};

/// The world, and the visitor's time that it has been brought up to.
pub struct Engine {
    world: World,
    looked_at: f64,
    last: Option<Sent>,
    /// Kept from the first action on.
    event_log: Option<EventLog>,
    news: Vec<Line>,
}

/// A request and what it depended on beside the cluster.
#[derive(Clone)]
struct Sent {
    request: Request,
    network: NetworkState,
}

impl Engine {
    /// A world of a release as the preset leaves it.
    #[must_use]
    pub fn new(preset: Preset, release: Release) -> Self {
        let start = now_ms();
        let world = World::new(Options {
            preset,
            release,
            ..Options::default()
        });
        tracing::info!(
            preset = preset.name(),
            release = release.name(),
            ms = ms_since(start),
            "cluster started"
        );
        Self {
            world,
            looked_at: now_ms(),
            last: None,
            event_log: None,
            news: Vec::new(),
        }
    }

    /// The cluster as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.world.snapshot()
    }

    /// Lets the time pass that has passed for the visitor.
    pub fn pass_time(&mut self) {
        let now = now_ms();
        let passed = (now - self.looked_at).max(0.0).floor();
        self.looked_at += passed;
        self.advance(Duration::from_millis(passed as i64));
    }

    /// Lets time pass beyond the visitor's own.
    pub fn advance(&mut self, by: Duration) {
        match &mut self.event_log {
            Some(event_log) => self.news.extend(self.world.advance_telling(by, event_log)),
            None => self.world.advance(by),
        }
    }

    /// Lets time pass until something happens; whether it did within `limit`.
    pub fn advance_to_event(&mut self, limit: Duration) -> bool {
        let lines = match &mut self.event_log {
            Some(event_log) => self.world.advance_to_news(limit, event_log),
            None => self
                .world
                .advance_to_news(limit, self.event_log.insert(EventLog::new(&self.world.snapshot()))),
        };
        let any = !lines.is_empty();
        self.news.extend(lines);
        any
    }

    /// Does something to a pod or node.
    pub fn perform(&mut self, reference: &ObjectRef, offer: &ActionOffer) {
        let (object, action) = (&reference.name, &offer.name);
        self.note(&text! { with action; en: "{object}: {action}", ko: "{object}: {action}" });
        self.world.perform(reference, &offer.action);
        self.look();
    }

    /// Mends everything that is broken.
    pub fn mend_all(&mut self, name: &LocalizedText) {
        self.note(name);
        self.world.edit(Cluster::mend_all);
        self.look();
    }

    fn note(&mut self, text: &LocalizedText) {
        self.look();
        self.news.push(Line {
            at: self.world.now(),
            tone: Tone::Action,
            text: text.clone(),
        });
    }

    fn look(&mut self) {
        let snapshot = self.world.snapshot();
        match &mut self.event_log {
            Some(event_log) => self.news.extend(event_log.look(&snapshot)),
            None => self.event_log = Some(EventLog::new(&snapshot)),
        }
    }

    /// The events since this was last asked, oldest first.
    pub fn take_news(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.news)
    }

    /// How long until something happens by itself, in milliseconds; nothing for a cluster at rest.
    #[must_use]
    pub fn next_event(&self) -> Option<u32> {
        let due = self.world.cluster().next_due()?;
        u32::try_from((due - self.world.now()).0.max(0)).ok()
    }

    /// Makes the cluster what the text says, as far as the API server takes it.
    pub fn sync(&mut self, text: &str) -> Findings {
        let outcome = self.world.sync(FileId::default(), text);
        let mut list = outcome.diagnostics;
        let objects = outcome.applied.len();
        let snapshot = self.world.snapshot();
        if let Some(event_log) = &mut self.event_log {
            // What an edit does stands in the editor.
            event_log.look(&snapshot);
        }
        list.extend(outcome.applied.iter().filter_map(|it| stored_only(&snapshot, it)));
        list.extend(outcome.applied.into_iter().flat_map(|it| it.diagnostics));
        list.small_sort_by_key(|it| it.span.map_or(0, |span| span.start));
        Findings {
            list,
            objects,
            lines: LineIndex::new(text),
        }
    }

    /// How the checks of a lesson stand.
    #[must_use]
    pub fn grade(&self, lesson: &Lesson) -> Report {
        grade(lesson, &self.world)
    }

    /// Sends one request.
    pub fn send(&mut self, request: &Request) -> Trace {
        let mut network = self.world.network();
        self.last = Some(Sent {
            request: request.clone(),
            network: network.state(),
        });
        network.send(request)
    }

    /// Sends one request many times.
    pub fn send_many(&mut self, request: &Request, count: usize) -> Vec<Trace> {
        self.last = None;
        (0..count).map(|_| self.world.send(request)).collect()
    }

    /// What the last single request would have come to in the cluster as it is now, with the same chance. The
    /// world itself does not notice.
    #[must_use]
    pub fn replay(&self) -> Option<(Source, Trace)> {
        let Sent { request, network } = self.last.clone()?;
        let mut fork = self.world.clone();
        let mut then = fork.network();
        then.restore(network);
        let trace = then.send(&request);
        Some((request.from, trace))
    }
}

/// What to say of an object that is accepted, listed, and has no effect.
fn stored_only(snapshot: &Snapshot, applied: &Applied) -> Option<Diagnostic> {
    if applied.result == Verdict::Refused || applied.reference.kind != Kind::Other {
        return None;
    }
    let kind = &applied.kind;
    let note = Diagnostic::new(
        Severity::Info,
        "kind/not-simulated",
        format!("{kind} is not simulated: it is stored and listed, and has no effect on packets"),
    );
    let explain = text! {
        en: "Kubehop has no controller for {kind}. Everything else in this text works as usual.",
        ko: "Kubehop에는 {kind} 오브젝트를 다루는 컨트롤러가 없어 저장만 합니다. 나머지 내용은 그대로 동작합니다.",
    };
    Some(note.at(snapshot.span(&applied.reference, "kind")).explain(explain))
}
