//! What happens at the current hop and why, in one sentence: the drawing's name, and the line under it.

use leptos::prelude::*;

use super::model::SceneModel;
use crate::net::tally::Tally;
use crate::net::{Place, Verdict};
use crate::scene::itinerary::last_decided;
use crate::ui::i18n;
use crate::ui::state::Session;

/// The sentence of the current hop; of a burst, how it went; before anything was sent, what to do.
#[must_use]
pub fn sentence(session: Session) -> String {
    let lang = session.lang.get();
    if session.traffic.is_burst() {
        let tally = Tally::new(&session.traffic.traces.read());
        if !session.playback.is_over.get() {
            return i18n::burst_under_way(lang, tally.sent);
        }
        return i18n::burst(lang, &tally);
    }
    let Some(trace) = session.traffic.trace() else {
        return session.words().nothing_sent.to_owned();
    };
    let mut hop = session.playback.hop.get();
    let last = hop + 1 >= trace.hops.len();
    if let Some(cause) = session
        .cause
        .get()
        .filter(|_| last && session.tells_causes() && trace.http.is_none())
    {
        return i18n::ended(lang, trace.verdict, cause.said.get(lang));
    }
    if session.playback.playing.get() {
        // Where nothing is decided the packet passes too quickly for another sentence.
        hop = last_decided(&trace, hop);
    }
    match trace.hops.get(hop) {
        // Where nothing could be sent, or somebody waits in vain, the end of the story is the reason.
        Some(at) if trace.verdict == Verdict::Delivered || hop + 1 < trace.hops.len() || at.after.is_none() => {
            at.why.say().get(lang).to_owned()
        }
        Some(at) if trace.verdict == Verdict::Refused => at.why.say().get(lang).to_owned(),
        _ => trace.reason.say().get(lang).to_owned(),
    }
}

/// Names to be set bold: machines, pods and Services of the trace.
#[must_use]
pub fn names(session: Session, model: SceneModel) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let layout = model.layout.read();
    names.extend(layout.nodes.iter().map(|it| it.name.clone()));
    for outline in &layout.outlines {
        names.push(outline.facts.key.service.to_string());
    }
    if let Some(trace) = session.traffic.trace() {
        for hop in &trace.hops {
            if let Place::Pod(pod) = &hop.at {
                let full = pod.to_string();
                if !names.contains(&full) {
                    names.push(full);
                    names.push(pod.name.clone());
                }
            }
        }
    }
    names
}
