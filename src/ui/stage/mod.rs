//! The stage: the drawing of the cluster with the packet in it, the header card, the legend.
//!
//! [`SceneModel`] holds what is derived from the session: layout, routes, the frame at the playhead. What changes
//! from hop to hop is drawn anew at each hop; what moves has its own closure over the one clock signal.
//!
//! - [`shapes`]: shapes to elements
//! - [`lanes`]: ways, the packet, a burst's flows
//! - [`targets`]: nodes and pods for keyboard, pointer and screen reader
//! - [`card`]: the header card, docked beside the client or under the sentence
//! - [`legend`]: the marks now on the stage, and the view's buttons
//! - [`view`]: size, zoom, pan

pub mod card;
pub mod lanes;
pub mod legend;
pub mod shapes;
pub mod targets;
pub mod view;

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;

use self::card::DockedInStage;
use self::lanes::{Flows, Lanes, PacketMark};
use self::legend::Legend;
use self::targets::Targets;
use self::view::{Drag, View, watch_size};
use super::state::{Session, Timing};
use crate::net::Trace;
use crate::scene::draw::burst::Burst;
use crate::scene::draw::{Highlight, Picture, StageState};
use crate::scene::frame::Frame;
use crate::scene::geometry::{Size, num_text};
use crate::scene::layout::{Focus, Layout};
use crate::scene::route::Routes;

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

/// What is derived from the session for the stage and everything that shows the same moment.
#[derive(Clone, Copy)]
pub struct SceneModel {
    /// Size of the stage.
    pub size: RwSignal<Size>,
    /// Where everything stands.
    pub layout: Memo<Arc<Layout>>,
    /// The ways of the trace that is shown.
    pub routes: Memo<Arc<Routes>>,
    /// The burst, if many were sent.
    pub burst: Memo<Option<SharedBurst>>,
    /// The packet at the playhead.
    pub frame: Memo<Option<Frame>>,
    /// What is lit at the current hop.
    pub lit: Memo<Arc<Highlight>>,
    /// Zoom and pan.
    pub view: View,
}

impl SceneModel {
    /// The model of `session`, provided as context to everything below the calling component.
    pub fn provide(session: Session) -> Self {
        let size = RwSignal::new(FIRST_SIZE);
        let focus = Memo::new(move |_| {
            let traces = session.traces.read();
            Arc::new(Focus::new(&session.snapshot.read(), traces.iter().map(AsRef::as_ref)))
        });
        let veiled = Memo::new(move |_| session.asked.get().is_some());
        let layout = Memo::new(move |_| {
            let mut layout = Layout::new(&session.snapshot.read(), &focus.read(), size.get());
            if veiled.get() {
                layout.keep_quiet();
            }
            Arc::new(layout)
        });
        let routes = Memo::new(move |_| match session.trace() {
            Some(trace) if !session.is_burst() => Arc::new(Routes::new(&layout.read(), &trace)),
            _ => Arc::default(),
        });
        let burst = Memo::new(move |_| {
            let traces = session.traces.read();
            (traces.len() > 1).then(|| SharedBurst(Arc::new(Burst::new(&layout.read(), &traces))))
        });
        let frame = Memo::new(move |_| match &*session.timing.read() {
            Timing::One(timeline) => Frame::new(&routes.read(), timeline.at(session.playhead.get())),
            Timing::Idle | Timing::Burst(_) => None,
        });
        let lit = Memo::new(move |_| {
            let trace = session.trace();
            with_moment(
                session,
                &layout.read(),
                &routes.read(),
                None,
                trace.as_deref(),
                |moment| Arc::new(moment.lit()),
            )
        });
        let model = Self {
            size,
            layout,
            routes,
            burst,
            frame,
            lit,
            view: View::new(),
        };
        provide_context(model);
        model
    }

    /// The model of this page.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// Reads something off the current moment.
    pub fn read<T>(self, session: Session, read: impl FnOnce(&StageState<'_>) -> T) -> T {
        let burst = self.burst.get();
        let trace = session.trace();
        let burst = burst.as_ref().map(|it| &*it.0);
        with_moment(
            session,
            &self.layout.read(),
            &self.routes.read(),
            burst,
            trace.as_deref(),
            read,
        )
    }
}

fn with_moment<T>(
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
        hop: session.hop.get(),
        burst,
        lang: session.lang.get(),
    })
}

/// The drawing and its legend.
#[component]
pub fn Stage() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let figure = NodeRef::<leptos::html::Figure>::new();
    watch_size(figure, model.size);
    let picture = Memo::new(move |_| model.read(session, |moment| Arc::new(moment.picture())));
    let part =
        move |pick: fn(&Picture) -> &Vec<crate::scene::shape::Shape>| move || shapes::draw(pick(&picture.read()));
    follow(session, model);

    let port = model.view.port;
    let drag = Drag::default();
    let drag_on = drag.clone();
    let press = move |event: ev::PointerEvent| {
        if let Some(port) = port.get_untracked() {
            drag.press(&port, &event);
        }
    };
    let pull = move |event: ev::PointerEvent| {
        if let Some(port) = port.get_untracked() {
            drag_on.pull(&port, &event);
        }
    };
    let world = move || model.layout.read().world;
    let length = move |pick: fn(&Size) -> f64| move || num_text(pick(&world()) * model.view.zoom.get());
    let name = move || super::transport::sentence(session, model);
    // Where each hop happens, as way and length along it: what the first picture moves by (assets/first.js).
    let stops = move || {
        let routes = model.routes.read();
        let stops = routes.stops.iter();
        stops
            .map(|it| format!("{} {}", it.way, num_text(it.along)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    view! {
        <figure class="stage" class:playing=move || session.playing.get() node_ref=figure>
            <div class="stage-view" node_ref=port on:pointerdown=press on:pointermove=pull>
                <div class="stage-world">
                    <svg
                        class="scene marks"
                        role="group"
                        aria-label=name
                        width=length(|it| it.w)
                        height=length(|it| it.h)
                        data-stops=stops
                        viewBox=move || format!("0 0 {} {}", num_text(world().w), num_text(world().h))
                    >
                        <g aria-hidden="true">
                            <g>{part(|it| &it.under)}</g>
                            <Flows />
                            <Lanes />
                            <g>{part(|it| &it.over)}</g>
                            <card::Leader />
                            <PacketMark />
                        </g>
                        <Targets />
                    </svg>
                    <DockedInStage />
                </div>
            </div>
        </figure>
        <Legend />
    }
}

/// Keeps the packet in view where not all of the world is, if the visitor wants that.
fn follow(session: Session, model: SceneModel) {
    Effect::new(move |_| {
        let Some(frame) = model.frame.get() else { return };
        let whole = model.view.zoom.get() <= 1.0 && model.layout.with(|it| it.world.h <= it.view.h);
        if !whole && model.view.follow.get() && (session.playing.get() || session.playhead.get() > 0.0) {
            model.view.show(frame.at);
        }
    });
}
