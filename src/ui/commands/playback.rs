//! Play and pause, where what is played depends on the lesson.

use leptos::prelude::*;

use crate::lesson::question::first_of_its_own;
use crate::ui::state::Session;

impl Session {
    /// Starts from the playhead, or from the beginning where it stands at the end. With reduced motion one
    /// press is one step.
    pub fn play(self) {
        self.playback.play(|| self.first_hop());
    }

    /// Plays or pauses.
    pub fn toggle(self) {
        if self.playback.playing.get_untracked() {
            self.playback.pause();
        } else {
            self.play();
        }
    }

    /// Where playing a packet begins: in a lesson with the connection itself, not with the questions to DNS
    /// before it, unless those are what the lesson is about.
    pub(super) fn first_hop(self) -> usize {
        let traces = self.traffic.traces.read_untracked();
        let opened = self.lesson.open.read_untracked();
        match (opened.as_ref(), traces.as_slice()) {
            (Some(opened), [trace]) if !opened.lesson.traffic.with_dns => {
                let first = first_of_its_own(trace);
                let question = self.playback.question.get_untracked();
                if question.is_some_and(|it| it.hop <= first) {
                    0
                } else {
                    first
                }
            }
            _ => 0,
        }
    }
}
