//! What stage, transport and hop strip show, derived from the session once for all of them.

use std::sync::Arc;

use leptos::prelude::*;

use super::view::View;
use crate::net::Trace;
use crate::scene::draw::burst::Burst;
use crate::scene::draw::{Highlight, StageState};
use crate::scene::frame::Frame;
use crate::scene::geometry::Size;
use crate::scene::layout::{Focus, Layout};
use crate::scene::route::Routes;
use crate::ui::state::{Session, Timing};

/// The stage before it has been measured: that of a common laptop.
const FIRST_SIZE: Size = Size { w: 728.0, h: 594.0 };

/// A burst that equals itself alone: comparing hundreds of ways would cost more than drawing them.
#[derive(Clone)]
pub struct SharedBurst(pub Arc<Burst>);

impl PartialEq for SharedBurst {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What is derived from the session for the stage and everything that shows the same hop.
#[derive(Clone, Copy)]
pub struct SceneModel {
    /// Size of the stage in CSS pixels, as measured.
    pub size: RwSignal<Size>,
    /// Positions and sizes of everything on the stage.
    pub layout: Memo<Arc<Layout>>,
    /// The ways of the trace that is shown.
    pub routes: Memo<Arc<Routes>>,
    /// The burst, if many were sent.
    pub burst: Memo<Option<SharedBurst>>,
    /// The packet at the playhead.
    pub frame: Memo<Option<Frame>>,
    /// What is highlighted at the current hop.
    pub highlight: Memo<Arc<Highlight>>,
    /// Zoom and pan.
    pub view: View,
}

/// How much larger than laid out a stage is drawn that has room to spare: text of 12 pixels is small on a large screen.
pub(super) fn base_scale(size: Size) -> f64 {
    if size.w >= 1600.0 && size.h >= 860.0 {
        1.5
    } else if size.w >= 1000.0 && size.h >= 680.0 {
        1.25
    } else {
        1.0
    }
}

impl SceneModel {
    /// The model of `session`, provided as context to everything below the calling component.
    pub fn provide(session: Session) -> Self {
        let size = RwSignal::new(FIRST_SIZE);
        let focus = Memo::new(move |_| {
            let traces = session.traffic.traces.read();
            Arc::new(Focus::new(
                &session.cluster.snapshot.read(),
                traces.iter().map(AsRef::as_ref),
            ))
        });
        let has_hidden = Memo::new(move |_| session.playback.question.get().is_some());
        let layout = Memo::new(move |_| {
            let (size, scale) = (size.get(), base_scale(size.get()));
            let size = Size {
                w: (size.w / scale).floor(),
                h: (size.h / scale).floor(),
            };
            let mut layout = Layout::new(&session.cluster.snapshot.read(), &focus.read(), size);
            if has_hidden.get() {
                layout.keep_quiet();
            }
            Arc::new(layout)
        });
        let routes = Memo::new(move |_| match session.traffic.trace() {
            Some(trace) if !session.traffic.is_burst() => Arc::new(Routes::new(&layout.read(), &trace)),
            _ => Arc::default(),
        });
        let burst = Memo::new(move |_| {
            let traces = session.traffic.traces.read();
            (traces.len() > 1).then(|| SharedBurst(Arc::new(Burst::new(&layout.read(), &traces))))
        });
        let frame = Memo::new(move |_| match &*session.playback.timing.read() {
            Timing::One(timeline) => Frame::new(&routes.read(), timeline.at(session.playback.playhead.get())),
            Timing::Idle | Timing::Burst(_) => None,
        });
        let highlight = Memo::new(move |_| {
            let trace = session.traffic.trace();
            with_stage(
                session,
                &layout.read(),
                &routes.read(),
                None,
                trace.as_deref(),
                |stage| Arc::new(stage.highlight()),
            )
        });
        let model = Self {
            size,
            layout,
            routes,
            burst,
            frame,
            highlight,
            view: View::new(),
        };
        provide_context(model);
        model
    }

    /// Pixels of the screen for one of the layout's: what the visitor chose, and what a large stage gives to its text.
    #[must_use]
    pub fn scale(self) -> f64 {
        self.view.zoom.get() * base_scale(self.size.get())
    }

    /// The model of this page.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Reads something off the stage as it is now.
    pub fn read<T>(self, session: Session, read: impl FnOnce(&StageState<'_>) -> T) -> T {
        let burst = self.burst.get();
        let trace = session.traffic.trace();
        let burst = burst.as_ref().map(|it| &*it.0);
        with_stage(
            session,
            &self.layout.read(),
            &self.routes.read(),
            burst,
            trace.as_deref(),
            read,
        )
    }
}

fn with_stage<T>(
    session: Session,
    layout: &Layout,
    routes: &Routes,
    burst: Option<&Burst>,
    trace: Option<&Trace>,
    read: impl FnOnce(&StageState<'_>) -> T,
) -> T {
    read(&StageState {
        layout,
        routes,
        trace,
        hop: session.playback.hop.get(),
        burst,
        arrived: session.playback.arrived.get(),
        lang: session.lang.get(),
    })
}
