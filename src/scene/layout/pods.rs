//! Which pods stand in a node, in which order, and where.
//!
//! From above: processes of the node itself, pods that are not in focus (senders first), then the endpoints of
//! the Services in focus, usable ones lowest, so that the outline can reach them from below. Pods of the system
//! only where a packet visits them. What has no room is counted.

use std::net::IpAddr;

use crate::api::ip_family::host_port;
use crate::api::types::core::{Node, Pod};
use crate::cluster::Snapshot;
use crate::cluster::faults::Health;
use crate::cluster::is_system_namespace;
use crate::net::Place;
use crate::small_sort::SmallSort as _;

use super::super::geometry::{Point, Rect, pt};
use super::super::measure::{MONO, fit_mono, mono, ui};
use super::dims::Dims;
use super::focus::Focus;
use super::service::ServiceFacts;

/// State of a pod as the network sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodState {
    /// Ready.
    Ready,
    /// Not ready, or not running yet.
    NotReady,
    /// On its way out.
    Terminating,
    /// No pod but a process on the node itself.
    Process,
}

/// Trouble of a pod's containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodNote {
    /// They hang.
    Hung,
    /// One has ended and is about to be started again.
    Ended,
    /// One waits to be started again.
    BackingOff,
    /// Their readiness probe fails.
    ProbeFails,
}

fn note(snapshot: &Snapshot, pod: &Pod) -> Option<PodNote> {
    let meta = &pod.metadata;
    let containers = snapshot.faults().containers(meta)?;
    if containers.iter().any(|it| it.backs_off_until().is_some()) {
        return Some(PodNote::BackingOff);
    }
    if containers.iter().any(|it| it.has_started() && !it.runs()) {
        return Some(PodNote::Ended);
    }
    containers.iter().find_map(|it| match it.health {
        Health::Hung => Some(PodNote::Hung),
        Health::Unready => Some(PodNote::ProbeFails),
        Health::Healthy | Health::Crashing => None,
    })
}

/// A pod, or a process on the node itself.
#[derive(Clone, Debug, PartialEq)]
pub struct PodShape {
    /// Namespace; empty for a process of the node.
    pub namespace: String,
    /// Name; that of the node for its process.
    pub name: String,
    /// The name as it fits.
    pub short: String,
    /// Address, with the port of the Service in focus.
    pub address: String,
    /// Address alone.
    pub ip: Option<IpAddr>,
    /// State.
    pub state: PodState,
    /// What is the matter with its programs; told in the place of its address.
    pub note: Option<PodNote>,
    /// Whether name and address share one line.
    pub one_line: bool,
    /// The middle of its disc.
    pub center: Point,
    /// Its radius.
    pub r: f64,
    /// Services of the focus for which it is a usable endpoint.
    pub serves: Vec<usize>,
}

impl PodShape {
    /// Whether this stands for a process of the node itself.
    #[must_use]
    pub fn is_process(&self) -> bool {
        self.state == PodState::Process
    }

    /// Whether this is its address.
    #[must_use]
    pub fn has_address(&self, address: IpAddr) -> bool {
        self.ip == Some(address)
    }

    /// Whether this is the pod of that name.
    #[must_use]
    pub fn is(&self, namespace: &str, name: &str) -> bool {
        !self.is_process() && self.namespace == namespace && self.name == name
    }
}

/// The content of one node.
pub(super) struct Plan {
    /// From above.
    pub items: Vec<Item>,
}

/// One pod before it has a place.
pub(super) struct Item {
    namespace: String,
    name: String,
    hash: Option<String>,
    address: String,
    port: Option<u16>,
    state: PodState,
    note: Option<PodNote>,
    serves: Vec<usize>,
    /// Packets visit it: it must be seen.
    visited: bool,
    /// It sends: without it nothing on the stage can be understood.
    sends: bool,
    rank: usize,
}

/// Decides what stands in each node.
pub(super) fn plan(
    snapshot: &Snapshot,
    focus: &Focus,
    services: &[Option<ServiceFacts>],
    nodes: &[&Node],
) -> Vec<Plan> {
    let mut plans: Vec<Plan> = nodes
        .iter()
        .map(|node| {
            let name = &node.metadata.name;
            let process = focus.processes.contains(name).then(|| Item {
                namespace: String::new(),
                name: name.clone(),
                hash: None,
                address: String::new(),
                port: None,
                state: PodState::Process,
                note: None,
                serves: Vec::new(),
                visited: true,
                sends: true,
                rank: 0,
            });
            Plan {
                items: process.into_iter().collect(),
            }
        })
        .collect();
    for pod in snapshot.list::<Pod>() {
        let Some(at) = nodes.iter().position(|node| node.metadata.name == pod.spec.node_name) else {
            continue;
        };
        if let Some(item) = item(snapshot, pod, focus, services) {
            plans[at].items.push(item);
        }
    }
    for plan in &mut plans {
        plan.items.small_sort_by_key(|it| it.rank);
    }
    plans
}

fn item(snapshot: &Snapshot, pod: &Pod, focus: &Focus, services: &[Option<ServiceFacts>]) -> Option<Item> {
    let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
    if pod.is_terminal() {
        return None;
    }
    let key = pod.metadata.key();
    let place = Place::Pod(key.clone());
    let visited = focus.places.contains(&place);
    let mut serves = Vec::new();
    let mut port = None;
    let mut rank = if visited { 1 } else { 2 };
    for (idx, facts) in services.iter().enumerate() {
        let Some(state) = facts.as_ref().and_then(|it| it.pods.get(&key)) else {
            continue;
        };
        rank = 4 + 2 * idx + usize::from(state.usable);
        port = state.port;
        if state.usable {
            serves.push(idx);
        }
    }
    // Pods of the system stand only where a packet meets them.
    if is_system_namespace(namespace) && !visited && serves.is_empty() {
        return None;
    }
    let state = if pod.metadata.deletion_timestamp.is_some() {
        PodState::Terminating
    } else if pod.is_ready() {
        PodState::Ready
    } else {
        PodState::NotReady
    };
    Some(Item {
        namespace: namespace.clone(),
        name: name.clone(),
        hash: pod.metadata.labels.get("pod-template-hash").cloned(),
        address: pod.status.pod_ip.clone(),
        port,
        state,
        note: note(snapshot, pod),
        serves,
        visited,
        sends: focus.sender.as_ref() == Some(&place),
        rank,
    })
}

/// Width of a node's name and address beside each other.
pub(super) fn title_width(node: &Node) -> f64 {
    ui(&node.metadata.name, 13.0, true) + node.first_internal_ip().map_or(0.0, mono) + 6.0
}

/// Height of a node for so many pods at that pitch.
pub(super) fn height(d: &Dims, n_pods: usize, pitch: f64) -> f64 {
    d.pod + n_pods.saturating_sub(1) as f64 * pitch + d.below
}

/// From the middle of the last pod to the node's lower edge, where no address stands below its name.
const BELOW_ONE_LINE: f64 = 14.0;

/// Closer than this, name and address share a line.
pub(super) const ONE_LINE: f64 = 38.0;

/// Closer than this, discs touch.
const LEAST_PITCH: f64 = 24.0;

/// Gives the pods of one node their places; second, how many have none and where that is said.
pub(super) fn place(plan: Plan, d: &Dims, node: Rect, compact: bool) -> (Vec<PodShape>, Option<(usize, f64)>) {
    let mut items = plan.items;
    let (room, most) = (node.h - d.pod - d.below, node.h - d.pod - BELOW_ONE_LINE);
    let capacity = (most / LEAST_PITCH).floor().max(0.0) as usize + 1;
    let mut hidden = 0;
    while items.len() + usize::from(hidden > 0) > capacity && items.len() > 1 {
        // First those that are in nobody's way: not in focus, then endpoints no packet visits, from above.
        let victim = items
            .iter()
            .position(|it| !it.visited && it.serves.is_empty())
            .or_else(|| items.iter().position(|it| !it.visited))
            .or_else(|| items.iter().position(|it| !it.sends))
            .unwrap_or(0);
        items.remove(victim);
        hidden += 1;
    }
    let n_lines = items.len() + usize::from(hidden > 0);
    let steps = n_lines.saturating_sub(1).max(1) as f64;
    let pitch = if room / steps < ONE_LINE {
        (most / steps).clamp(LEAST_PITCH.min(d.pitch), ONE_LINE - 1.0)
    } else {
        (room / steps).min(d.pitch)
    };
    let one_line = pitch < ONE_LINE;
    let first = node.y + d.pod;
    // "+3" stands above those in focus, where pods out of focus would stand.
    let more_at = items.iter().position(|it| !it.serves.is_empty()).unwrap_or(items.len());
    let mut pods = Vec::with_capacity(items.len());
    for (idx, item) in items.into_iter().enumerate() {
        let line = idx + usize::from(hidden > 0 && idx >= more_at);
        let width = node.w - d.label - if compact { 3.0 } else { 8.0 };
        let address = match (item.port, item.address.is_empty(), compact) {
            (Some(port), false, false) => host_port(&item.address, port),
            _ => item.address.clone(),
        };
        pods.push(PodShape {
            short: short_name(&item, width),
            ip: item.address.parse().ok(),
            namespace: item.namespace,
            name: item.name,
            address,
            state: item.state,
            note: item.note,
            one_line,
            center: pt(node.x + d.disc, first + line as f64 * pitch),
            r: d.r.min(pitch / 2.0 - 3.0),
            serves: item.serves,
        });
    }
    let more = (hidden > 0).then_some((hidden, first + more_at as f64 * pitch));
    (pods, more)
}

/// A name that fits: whole; else a generated one by its two ends (`web-…-x2lqz`), then by what tells it from
/// its siblings (`x2lqz`).
fn short_name(item: &Item, width: f64) -> String {
    if mono(&item.name) <= width {
        return item.name.clone();
    }
    if let Some(hash) = &item.hash
        && let Some((base, suffix)) = item.name.split_once(&format!("-{hash}-"))
    {
        let both = format!("{base}-…-{suffix}");
        if mono(&both) <= width {
            return both;
        }
        let room = (width / MONO) as usize;
        let head = room.saturating_sub(suffix.chars().count() + 1);
        if head >= 4 {
            let head: String = base.chars().take(head).collect();
            return format!("{head}…{suffix}");
        }
        return fit_mono(suffix, width);
    }
    fit_mono(&item.name, width)
}
