//! From the traffic bar to traces.

use std::sync::Arc;

use leptos::prelude::*;

use crate::net::compose::{follow, method_in};
use crate::net::trace::Backend;
use crate::net::{Hop, Trace, Verdict};
use crate::ui::clock::{ms_since, now_ms, reduced_motion};
use crate::ui::complaint::Complaint;
use crate::ui::engine::Engine;
use crate::ui::state::Session;
use crate::ui::state::traffic::Before;

impl Session {
    /// Sends what the traffic bar says, `count` times, and plays it from the beginning.
    pub fn send(self, count: usize) {
        self.lesson.fault_to_reveal.set(false);
        // What was typed a moment ago is meant, too.
        if self.manifests.is_sync_due() {
            self.sync();
        }
        let request = self.traffic.request().and_then(|request| {
            let snapshot = self.cluster.snapshot.read_untracked();
            Complaint::missing_source(&snapshot, &request.from).map_or(Ok(request), Err)
        });
        let request = match request {
            Ok(request) => request,
            Err(complaint) => {
                tracing::info!(count, "request not sent");
                return self.traffic.complaint.set(Some(complaint));
            }
        };
        self.traffic.complaint.set(None);
        let start = now_ms();
        let sent = self.cluster.update(|engine| match count {
            1 => vec![engine.send(&request)],
            _ => engine.send_many(&request, count),
        });
        let Some((traces, snapshot)) = sent else { return };
        log_sent(&traces, ms_since(start));
        self.publish(snapshot);
        self.show(traces.into_iter().map(Arc::new).collect());
    }

    /// Sends what the traffic bar says without having been asked to: where it cannot be sent, nobody is at fault.
    pub(super) fn send_unasked(self) {
        self.send(1);
        self.traffic.complaint.set(None);
    }

    /// Goes where a redirect leads, as a browser does: a GET there, except that 307 and 308 keep the method. A `Host`
    /// header that was given by hand belonged to the address before.
    pub fn follow_redirect(self, status: u16, location: &str) {
        let traffic = self.traffic;
        let to = follow(&traffic.to.read_untracked(), location);
        let method = method_in(&traffic.to.read_untracked()).map(str::to_owned);
        if !matches!(status, 307 | 308) {
            traffic.method.set("GET".to_owned());
        } else if let Some(method) = method {
            traffic.method.set(method);
        }
        traffic.headers.update(|headers| {
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
        traffic.to.set(to);
        self.send(1);
    }

    /// Of a burst, keeps the first request that such a backend answered, and plays it.
    pub fn show_one_of_burst(self, wanted: impl Fn(&Backend) -> bool) {
        let found = {
            let traces = self.traffic.traces.read_untracked();
            let mut traces = traces.iter();
            traces
                .find(|trace| trace.backend.as_ref().is_some_and(&wanted))
                .cloned()
        };
        if let Some(trace) = found {
            self.show(vec![trace]);
        }
    }

    /// Puts traces on the stage and plays them.
    pub(super) fn show(self, traces: Vec<Arc<Trace>>) {
        self.selection.set(None);
        self.playback.rewind();
        self.lesson.prediction.set(None);
        self.traffic.sent_again.set(None);
        let with_dns = self
            .lesson
            .open
            .with_untracked(|it| it.as_ref().is_some_and(|it| it.lesson.traffic.with_dns));
        self.playback.lookups_open.set(with_dns);
        self.traffic.traces.set(traces);
        self.playback.seek_hop(self.first_hop());
        // With less motion asked for, the first hop is shown and the visitor steps on.
        if !reduced_motion() {
            self.play();
        }
    }

    /// After the text changed: the packet on the stage is asked again what would become of it now, so that its
    /// way, its reasons and its lines are those of the new text. Where the way is the same so far, the playhead
    /// stays; else it goes to the end, where the outcome is.
    pub(super) fn retrace(self, cluster_changed: bool) {
        let old = match self.traffic.traces.read_untracked().as_slice() {
            [one] => Arc::clone(one),
            _ => return,
        };
        let replayed = self.cluster.read(Engine::replay);
        let snapshot = self.cluster.snapshot.get_untracked();
        let replayed = replayed.filter(|(from, _)| Complaint::missing_source(&snapshot, from).is_none());
        let Some((_, new)) = replayed else {
            if cluster_changed {
                self.clear_traffic();
            }
            return;
        };
        let playback = self.playback;
        let same = same_way(&old, &new, playback.hop.get_untracked()) && !playback.is_at_end();
        tracing::debug!(verdict = new.verdict.name(), same_way = same, "request traced again");
        if cluster_changed {
            self.traffic.sent_again.set(Some(Before {
                verdict: old.verdict,
                status: old.http.as_ref().map(|it| it.status),
            }));
            // What was predicted is over with what it was predicted of.
            self.lesson.prediction.set(None);
        }
        self.traffic.traces.set(vec![Arc::new(new)]);
        if !same {
            playback.seek(f64::INFINITY);
        } else if playback.playhead.get_untracked() > playback.limit.get_untracked() {
            playback.seek(playback.limit.get_untracked());
        }
    }

    /// The stage is empty again: the cluster that the traces were taken in is gone.
    pub fn clear_traffic(self) {
        self.playback.pause();
        self.traffic.traces.set(Vec::new());
        self.traffic.sent_again.set(None);
        self.playback.rewind();
        self.traffic.complaint.set(None);
    }
}

/// Whether two traces are alike up to a hop, where they happen and what happens.
fn same_way(old: &Trace, new: &Trace, hop: usize) -> bool {
    let alike = |(a, b): (&Hop, &Hop)| (&a.at, a.stage, a.direction) == (&b.at, b.stage, b.direction);
    new.hops.len() > hop && old.hops.iter().zip(&new.hops).take(hop + 1).all(alike)
}

fn log_sent(traces: &[Trace], ms: u32) {
    match traces {
        [one] => tracing::info!(verdict = one.verdict.name(), hops = one.hops.len(), ms, "request sent"),
        many => {
            let delivered = many.iter().filter(|it| it.verdict == Verdict::Delivered).count();
            tracing::info!(count = many.len(), delivered, ms, "requests sent");
        }
    }
}
