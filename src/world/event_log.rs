//! What happened while time passed: events as `kubectl get events` tells them, and what they meant for
//! Services and load balancers.

use std::sync::Arc;

use serde_json::Value;

use super::World;
use crate::api::types::core::{Node, Service};
use crate::api::types::discovery::EndpointSlice;
use crate::api::{Kind, NamespacedName, ObjectKey};
use crate::cluster::Snapshot;
use crate::cluster::snapshot::LoadBalancerProvider;
use crate::sim::{Duration, Instant};
use crate::small_sort::SmallSort as _;
use crate::text::{LocalizedText, text};

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// An event of the cluster.
    Event,
    /// A warning of the cluster.
    Warning,
    /// What it meant for traffic.
    Traffic,
    /// What the learner did.
    Action,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Instant,
    /// What it is about.
    pub tone: Tone,
    /// What.
    pub text: LocalizedText,
}

/// How many endpoints of a Service are ready.
#[derive(Clone, Debug)]
struct Count {
    service: NamespacedName,
    ready: usize,
}

/// Remembers what was seen last, and tells what is new since.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    version: u64,
    /// In the order of the Services.
    counts: Vec<Count>,
    balanced: Vec<(String, bool)>,
}

impl EventLog {
    /// A event log that begins now.
    #[must_use]
    pub fn new(snapshot: &Snapshot) -> Self {
        let mut event_log = Self::default();
        event_log.look(snapshot);
        event_log
    }

    /// What has happened since the last look.
    pub fn look(&mut self, snapshot: &Snapshot) -> Vec<Line> {
        let at = snapshot.now();
        let mut lines = Vec::new();
        for object in snapshot.objects(Kind::Other) {
            let value = &object.value;
            let version: u64 = object.metadata().resource_version.parse().unwrap_or(0);
            if version > self.version && value["kind"] == "Event" {
                lines.extend(event(at, value).map(|line| (version, line)));
            }
        }
        lines.small_sort_by_key(|(version, _)| *version);
        let mut lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
        self.version = snapshot.version();
        let mut tell = |text: LocalizedText| {
            lines.push(Line {
                at,
                tone: Tone::Traffic,
                text,
            });
        };
        let counts = counts(snapshot);
        for Count { service, ready: now } in &counts {
            let before = self.counts.binary_search_by(|known| known.service.cmp(service)).ok();
            if let Some(before) = before.map(|at| self.counts[at].ready).filter(|before| before != now) {
                let service = full_name(service);
                tell(text! {
                    en: "Service {service}: {before} → {now} ready endpoints",
                    ko: "{service} Service: Ready 엔드포인트 {before}개 → {now}개",
                });
            }
        }
        self.counts = counts;
        let balanced = balanced(snapshot);
        for (node, now) in &balanced {
            let before = self.balanced.iter().find(|(known, _)| known == node);
            if before.is_some_and(|(_, before)| before == now) || before.is_none() && *now {
                continue;
            }
            if *now {
                tell(text! {
                    en: "The load balancer uses {node} again: its health check succeeded",
                    ko: "헬스 체크가 성공해 로드 밸런서가 {node} 노드를 다시 씁니다",
                });
            } else {
                tell(text! {
                    en: "The load balancer drops {node}: its health checks failed",
                    ko: "헬스 체크가 실패해 로드 밸런서가 {node} 노드를 뺍니다",
                });
            }
        }
        self.balanced = balanced;
        lines
    }
}

/// An event as a line: reason, object, message.
fn event(at: Instant, value: &Value) -> Option<Line> {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str);
    let kind = text("/involvedObject/kind")?.to_lowercase();
    let said = format!(
        "{} {kind}/{}: {}",
        text("/reason")?,
        text("/involvedObject/name")?,
        text("/message")?
    );
    Some(Line {
        at,
        tone: if text("/type") == Some("Warning") {
            Tone::Warning
        } else {
            Tone::Event
        },
        text: LocalizedText::same(said.into()),
    })
}

fn counts(snapshot: &Snapshot) -> Vec<Count> {
    let mut counts: Vec<Count> = snapshot
        .list::<Service>()
        .filter(|it| !it.spec.selector.is_empty())
        .map(|it| Count {
            service: it.metadata.key(),
            ready: 0,
        })
        .collect();
    for slice in snapshot.list::<EndpointSlice>() {
        let Some(service) = slice.service_name() else {
            continue;
        };
        let wanted = (slice.metadata.namespace.as_str(), service);
        let ready = slice.endpoints.iter().filter(|it| it.conditions.ready != Some(false));
        if let Ok(at) = counts.binary_search_by(|it| it.service.parts().cmp(&wanted)) {
            counts[at].ready += ready.count();
        }
    }
    counts
}

/// The name alone in namespace `default`, where learners work.
fn full_name(object: &NamespacedName) -> String {
    match object.namespace.as_str() {
        "default" => object.name.clone(),
        _ => object.to_string(),
    }
}

/// Machines that something has happened to, and whether health checks of load balancers count them in.
fn balanced(snapshot: &Snapshot) -> Vec<(String, bool)> {
    let provider = snapshot.config().load_balancer;
    if provider == LoadBalancerProvider::None {
        return Vec::new();
    }
    snapshot
        .list::<Node>()
        .filter_map(|node| {
            let name = &node.metadata.name;
            let uses = snapshot.faults().balancer_uses(name, snapshot.now(), provider)?;
            Some((name.clone(), uses))
        })
        .collect()
}

impl World {
    /// Lets time pass and tells what happened, each at its time.
    pub fn advance_telling(&mut self, by: Duration, event_log: &mut EventLog) -> Vec<Line> {
        let end = self.now() + by;
        let mut lines = Vec::new();
        while let Some(due) = self.cluster().next_due().filter(|due| *due <= end) {
            self.advance(Duration((due - self.now()).0.max(0)));
            lines.extend(event_log.look(&self.snapshot()));
        }
        self.advance(end - self.now());
        lines.extend(event_log.look(&self.snapshot()));
        lines
    }

    /// Lets time pass until something happens, for `limit` at most. Nothing may: then no line comes back.
    pub fn advance_to_news(&mut self, limit: Duration, event_log: &mut EventLog) -> Vec<Line> {
        let end = self.now() + limit;
        while let Some(due) = self.cluster().next_due().filter(|due| *due <= end) {
            self.advance(Duration((due - self.now()).0.max(0)));
            let snapshot: Arc<Snapshot> = self.snapshot();
            let lines = event_log.look(&snapshot);
            if !lines.is_empty() {
                return lines;
            }
        }
        Vec::new()
    }
}
