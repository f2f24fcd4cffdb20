//! The parts together, in context for every component.

use leptos::prelude::*;

use super::cluster::ClusterState;
use super::layout::PageLayout;
use super::lesson::LessonState;
use super::manifests::Manifests;
use super::playback::Playback;
use super::settings::{Settings, browser_language};
use super::traffic::Traffic;
use crate::api::ObjectRef;
use crate::net::Hop;
use crate::text::{FileId, Lang, Span};
use crate::ui::i18n::Words;
use crate::world::cause::{Cause, cause};

/// The shared state of the page; cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// Language of the page.
    pub lang: RwSignal<Lang>,
    /// Theme, panels and their widths.
    pub layout: PageLayout,
    /// The learner's text and what was found in it.
    pub manifests: Manifests,
    /// The cluster that follows the text.
    pub cluster: ClusterState,
    /// The request, and the traces of the last one.
    pub traffic: Traffic,
    /// The playhead over these traces.
    pub playback: Playback,
    /// Why the trace on the stage fails; `None` where it does not, or where there is not exactly one. What has not
    /// happened at the playhead yet is told by [`Self::known_cause`].
    pub cause: Memo<Option<Cause>>,
    /// The pod or node shown from within, in the place of the hops; `None`: the hops are.
    pub selection: RwSignal<Option<ObjectRef>>,
    /// The open lesson, and the progress in all.
    pub lesson: LessonState,
}

impl Session {
    /// A session with everything that was kept, provided as context to what stands below the caller.
    pub fn provide() -> Self {
        let kept = Settings::load();
        let preset = kept.preset.parse().unwrap_or_default();
        let release = kept.release.parse().unwrap_or_default();
        let cluster = ClusterState::new(preset, release);
        let traffic = Traffic::new(kept.from, kept.to, kept.method, kept.headers);
        let lesson = LessonState::load();
        let question = Memo::new(move |_| lesson.question_for(&traffic.traces.read(), &cluster.snapshot.read()));
        let lang = RwSignal::new(kept.lang.unwrap_or_else(browser_language));
        let cause = Memo::new(move |_| {
            let traces = traffic.traces.read();
            match traces.as_slice() {
                [trace] => cause(&cluster.snapshot.read(), trace),
                _ => None,
            }
        });
        let session = Self {
            lang,
            layout: PageLayout::new(kept.theme, kept.panel, kept.widths),
            manifests: Manifests::new(preset, release, kept.example),
            cluster,
            traffic,
            playback: Playback::new(traffic.traces, question, kept.speed, lang),
            cause,
            selection: RwSignal::new(None),
            lesson,
        };
        provide_context(session);
        session
    }

    /// The session of this page.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// A fixed string in the language of the page: `{session.say(|words| words.send)}`.
    pub fn say(self, pick: fn(&'static Words) -> &'static str) -> impl Fn() -> &'static str + Copy + Send + 'static {
        move || pick(self.words())
    }

    /// All fixed strings in the language of the page; read within something reactive.
    #[must_use]
    pub fn words(self) -> &'static Words {
        Words::of(self.lang.get())
    }

    /// The place in the text that the current hop's rules come from. Once the packet has died, the place that it
    /// died of, and `true`. `None` where nothing was sent or no rule is the learner's.
    #[must_use]
    pub fn origin(self) -> Option<(Span, bool)> {
        let trace = self.traffic.trace()?;
        let hop = self.playback.hop.get();
        let end = trace.hops.iter().position(|it| it.after.is_none());
        let Some(died) = end.filter(|&at| at <= hop) else {
            let failed = hop + 1 >= trace.hops.len();
            if let Some(span) = self.cause.get().filter(|_| failed).and_then(|it| it.span) {
                return Some((span, true));
            }
            return Some((trace.hops.get(hop)?.span?, false));
        };
        // The field that is wrong, not the rule that followed from it.
        if let Some(span) = self.cause.get().and_then(|it| it.span) {
            return Some((span, true));
        }
        // Where nobody listens no rule is at hand; the one that led there is.
        let own = |it: &Hop| it.span.filter(|span| span.file == FileId::default());
        let span = trace.hops[..=died].iter().rev().find_map(own)?;
        Some((span, true))
    }

    /// Whether causes are told: not in a lesson whose task is to find one.
    #[must_use]
    pub fn tells_causes(self) -> bool {
        let opened = self.lesson.open.read();
        opened.as_ref().is_none_or(|it| !it.lesson.clinic)
    }

    /// Why the trace on the stage fails, once that has been shown.
    #[must_use]
    pub fn known_cause(self) -> Option<Cause> {
        self.cause.get().filter(|_| self.playback.is_over.get())
    }
}
