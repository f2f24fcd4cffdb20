//! From the traffic bar to traces.

use std::sync::Arc;

use leptos::prelude::*;

use super::Session;
use crate::api::types::core::{Node, Pod};
use crate::cluster::Snapshot;
use crate::net::compose::{add_http, compose, follow, method_in};
use crate::net::request::AddressError;
use crate::net::trace::Backend;
use crate::net::{Hop, Source, Trace};
use crate::text::{FileId, Span};
use crate::ui::clock::reduced_motion;
use crate::ui::engine::Engine;

/// Why a request cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// A field that cannot be read.
    Address(AddressError),
    /// No such pod.
    NoPod(String),
    /// No such node.
    NoNode(String),
}

impl Complaint {
    /// Whether the source is at fault, rather than the destination.
    #[must_use]
    pub fn is_source(&self) -> bool {
        !matches!(self, Self::Address(error) if !matches!(error, AddressError::Source(_)))
    }
}

impl Session {
    /// The place in the text that the current hop's rules come from. Once the packet has died, the place that it
    /// died of, and `true`.
    #[must_use]
    pub fn origin(self) -> Option<(Span, bool)> {
        let trace = self.trace()?;
        let hop = self.hop.get();
        let died = trace
            .hops
            .iter()
            .position(|it| it.after.is_none())
            .filter(|&at| at <= hop);
        let Some(died) = died else {
            return Some((trace.hops.get(hop)?.span?, false));
        };
        // Where nobody listens no rule is at hand; the one that led there is.
        let own = |it: &Hop| it.span.filter(|span| span.file == FileId::default());
        let span = trace.hops[..=died].iter().rev().find_map(own)?;
        Some((span, true))
    }

    /// Sends what the traffic bar says, `count` times, and plays it from the beginning.
    pub fn send(self, count: usize) {
        self.lesson.watching.set(false);
        // What was typed a moment ago is meant, too.
        if self.follow_soon.with_value(|delay| delay.is_waiting()) {
            self.follow();
        }
        let to = self.to.read_untracked();
        let request = compose(&self.from.read_untracked(), &to).and_then(|mut request| {
            add_http(
                &mut request,
                &to,
                &self.method.read_untracked(),
                &self.headers.read_untracked(),
            )?;
            Ok(request)
        });
        drop(to);
        let request = request.map_err(Complaint::Address);
        let request = request.and_then(|request| {
            let snapshot = self.snapshot.read_untracked();
            missing_source(&snapshot, &request.from).map_or(Ok(request), Err)
        });
        let request = match request {
            Ok(request) => request,
            Err(complaint) => return self.complaint.set(Some(complaint)),
        };
        self.complaint.set(None);
        let sent = self.engine.try_update_value(|engine| {
            engine.pass_time();
            let traces = if count == 1 {
                vec![engine.send(&request)]
            } else {
                engine.send_many(&request, count)
            };
            (traces.into_iter().map(Arc::new).collect(), engine.snapshot())
        });
        let Some((traces, snapshot)) = sent else { return };
        self.publish(snapshot);
        self.show(traces);
    }

    /// Writes a request into the traffic bar: a plain GET without headers of its own.
    pub fn address(self, from: String, to: String) {
        self.from.set(from);
        self.to.set(to);
        self.method.set("GET".to_owned());
        self.headers.set(String::new());
    }

    /// Goes where a redirect leads, as a browser does: a GET there, except that 307 and 308 keep the method. A `Host`
    /// header that was given by hand belonged to the address before.
    pub fn follow_redirect(self, status: u16, location: &str) {
        let to = follow(&self.to.read_untracked(), location);
        let method = method_in(&self.to.read_untracked()).map(str::to_owned);
        if !matches!(status, 307 | 308) {
            self.method.set("GET".to_owned());
        } else if let Some(method) = method {
            self.method.set(method);
        }
        self.headers.update(|headers| {
            let is_host = |line: &&str| {
                line.split(':')
                    .next()
                    .is_some_and(|it| it.trim().eq_ignore_ascii_case("host"))
            };
            *headers = headers
                .lines()
                .filter(|line| !is_host(line))
                .collect::<Vec<_>>()
                .join("\n");
        });
        self.to.set(to);
        self.send(1);
    }

    /// Of a burst, keeps the first request that such a backend answered, and plays it.
    pub fn watch_one(self, wanted: impl Fn(&Backend) -> bool) {
        let found = {
            let traces = self.traces.read_untracked();
            let mut traces = traces.iter();
            traces
                .find(|trace| trace.backend.as_ref().is_some_and(&wanted))
                .cloned()
        };
        if let Some(trace) = found {
            self.show(vec![trace]);
        }
    }

    pub(super) fn show(self, traces: Vec<Arc<Trace>>) {
        self.picked.set(None);
        self.playing.set(false);
        self.shown.set(0);
        self.playhead.set(0.0);
        self.lesson.told.set(None);
        self.traces.set(traces);
        self.seek_hop(self.first_hop());
        // With less motion asked for, the first hop is shown and the visitor steps on.
        if !reduced_motion() {
            self.play();
        }
    }

    /// After the text changed: the packet on the stage is asked again what would become of it now, so that its
    /// way, its reasons and its lines are those of the new text. Where the way is the same so far, the playhead
    /// stays; else it goes to the end, where the outcome is.
    pub(super) fn retrace(self, cluster_changed: bool) {
        let old = match self.traces.read_untracked().as_slice() {
            [one] => Arc::clone(one),
            _ => return,
        };
        let replayed = self.engine.with_value(Engine::replay);
        let snapshot = self.snapshot.get_untracked();
        let Some((_, new)) = replayed.filter(|(from, _)| missing_source(&snapshot, from).is_none()) else {
            if cluster_changed {
                self.forget_traffic();
            }
            return;
        };
        let hop = self.hop.get_untracked();
        let was_over = self.playhead.get_untracked() >= self.timing.read_untracked().end();
        let same = same_way(&old, &new, hop) && !was_over;
        self.traces.set(vec![Arc::new(new)]);
        if !same {
            self.seek(f64::INFINITY);
        } else if self.playhead.get_untracked() > self.limit.get_untracked() {
            self.seek(self.limit.get_untracked());
        }
    }

    /// The stage is empty again: the cluster that the traces were taken in is gone.
    pub fn forget_traffic(self) {
        self.playing.set(false);
        self.traces.set(Vec::new());
        self.shown.set(0);
        self.playhead.set(0.0);
        self.complaint.set(None);
    }
}

/// Whether two traces are alike up to a hop, where they happen and what happens.
fn same_way(old: &Trace, new: &Trace, hop: usize) -> bool {
    let alike = |(a, b): (&Hop, &Hop)| (&a.at, a.stage, a.direction) == (&b.at, b.stage, b.direction);
    new.hops.len() > hop && old.hops.iter().zip(&new.hops).take(hop + 1).all(alike)
}

fn missing_source(snapshot: &Snapshot, from: &Source) -> Option<Complaint> {
    match from {
        Source::Pod { namespace, name } => snapshot
            .get::<Pod>(namespace, name)
            .is_none()
            .then(|| Complaint::NoPod(from.to_string())),
        Source::Node(name) => snapshot
            .get::<Node>("", name)
            .is_none()
            .then(|| Complaint::NoNode(from.to_string())),
        Source::Client | Source::Address(_) => None,
    }
}
