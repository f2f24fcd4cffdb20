//! The stage: the drawing of the cluster with the packet in it, the header card, the legend.
//!
//! What changes from hop to hop is drawn anew at each hop; what moves has its own closure over the one clock signal.
//!
//! - [`model`]: what is derived from the session: layout, routes, the frame at the playhead
//! - [`sentence`]: the current hop in one sentence
//! - [`shapes`]: shapes to elements
//! - [`lanes`]: ways, the packet, a burst's flows
//! - [`targets`]: nodes and pods for keyboard, pointer and screen reader
//! - [`card`]: the header card, docked beside the client or under the sentence
//! - [`legend`]: the marks now on the stage, and the view's buttons
//! - [`view`]: size, zoom, pan

pub mod card;
pub mod lanes;
pub mod legend;
pub mod model;
pub mod sentence;
pub mod shapes;
pub mod targets;
pub mod view;

use std::sync::Arc;

use leptos::ev;
use leptos::prelude::*;

use self::card::CardInStage;
use self::lanes::{Flows, Lanes, PacketMark};
use self::legend::Legend;
pub use self::model::SceneModel;
use self::model::base_scale;
use self::sentence::sentence;
use self::targets::Targets;
use self::view::{Drag, watch_size};
use super::state::Session;
use crate::scene::draw::Picture;
use crate::scene::geometry::{Point, Size, num_text, pt};
use crate::scene::shape::Shape;

/// The drawing and its legend.
#[component]
pub fn Stage() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let figure = NodeRef::<leptos::html::Figure>::new();
    watch_size(figure, model.size);
    let picture = Memo::new(move |_| model.read(session, |stage| Arc::new(stage.picture())));
    let part = move |pick: fn(&Picture) -> &Vec<Shape>| move || shapes::draw(pick(&picture.read()));
    follow(session, model);
    // Another example or lesson is seen whole.
    Effect::new(move |was: Option<()>| {
        session.manifests.example.track();
        session.lesson.open.track();
        if was.is_some() {
            model.view.reset();
        }
    });

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
    let length = move |pick: fn(&Size) -> f64| move || num_text(pick(&world()) * model.scale());
    let name = move || sentence(session);
    // Where each hop happens, as way and length along it: what the first picture moves by (assets/first.js).
    let stops = move || {
        let routes = model.routes.read();
        let stops = routes.positions.iter();
        stops
            .map(|it| format!("{} {}", it.way, num_text(it.along)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    view! {
        <figure class="stage" class:playing=move || session.playback.playing.get() node_ref=figure>
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
                    <CardInStage />
                </div>
            </div>
        </figure>
        <Legend />
    }
}

/// Keeps the packet in view where not all of the world is, if the visitor wants that.
fn follow(session: Session, model: SceneModel) {
    Effect::new(move |_| {
        let frame = model.frame.get();
        let scale = base_scale(model.size.get_untracked());
        let seen = |at: Point| pt(at.x * scale, at.y * scale);
        model.view.packet.set_value(frame.map(|it| seen(it.at)));
        let Some(frame) = frame else { return };
        let whole = model.view.zoom.get() <= 1.0
            && model
                .layout
                .with(|it| it.world.h <= it.view.h && it.world.w <= it.view.w);
        if !whole
            && model.view.follow.get()
            && (session.playback.playing.get() || session.playback.playhead.get() > 0.0)
        {
            model.view.show(seen(frame.at));
        }
    });
}
