//! The legend, which explains only marks that are on the stage now, and the buttons of the view.

use leptos::prelude::*;

use super::model::SceneModel;
use super::shapes;
use super::view::View;
use crate::scene::draw::Mark;
use crate::scene::geometry::pt;
use crate::scene::glyph::{self, REPLY, REQUEST};
use crate::scene::layout::PodState;
use crate::scene::shape::Shape;
use crate::ui::i18n::Words;
use crate::ui::icons::icon;
use crate::ui::state::Session;

/// Legend and view.
#[component]
pub fn Legend() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let marks = Memo::new(move |_| model.read(session, |stage| stage.legend()));
    let items = move || -> Vec<AnyView> { marks.get().into_iter().map(|mark| item(session, mark)).collect() };
    let view = model.view;
    let button = move |name: &'static str, label: fn(&'static Words) -> &'static str, act: fn(View)| {
        view! {
            <button type="button" aria-label=session.say(label) title=session.say(label) on:click=move |_| act(view)>
                {icon(name)}
            </button>
        }
    };
    view! {
        <div class="legend">
            <ul>{items}</ul>
            <div class="zoom">
                <button
                    type="button"
                    aria-label=session.say(|w| w.key_follow)
                    title=session.say(|w| w.key_follow)
                    aria-pressed=move || view.follow.get().to_string()
                    on:click=move |_| view.follow.update(|it| *it = !*it)
                >
                    {icon("follow")}
                </button>
                {button("minus", |w| w.zoom_out, |view| view.zoom_by(-1))}
                {button("plus", |w| w.zoom_in, |view| view.zoom_by(1))} {button("fit", |w| w.fit, View::fit)}
            </div>
        </div>
    }
}

fn item(session: Session, mark: Mark) -> AnyView {
    let words = session.words();
    let center = pt(10.0, 10.0);
    let mut out = Vec::new();
    let (class, field, name) = match mark {
        Mark::Request => ("w", "0 0 34 20", words.mark_request),
        Mark::Reply => ("w", "0 0 34 20", words.mark_reply),
        Mark::Rewritten => ("", "0 0 20 20", words.mark_rewritten),
        Mark::Refused => ("", "0 0 20 20", words.mark_refused),
        Mark::Timeout => ("", "0 0 20 20", words.mark_timeout),
        Mark::Virtual => ("m", "0 0 28 20", words.mark_virtual),
        Mark::Expected => ("m", "0 0 28 20", words.mark_expected),
        Mark::Ready => ("", "0 0 20 20", words.mark_ready),
        Mark::NotReady => ("", "0 0 20 20", words.mark_not_ready),
        Mark::Terminating => ("", "0 0 20 20", words.mark_terminating),
    };
    match mark {
        Mark::Request => out.push(Shape::path("route request", "M1 10H16".to_owned())),
        Mark::Reply => {
            out.extend(["route reply", "route reply core"].map(|it| Shape::path(it, "M33 10H18".to_owned())))
        }
        Mark::Rewritten => out.push(glyph::diamond(center, "nat dnat", 6.0)),
        Mark::Refused => glyph::octagon(&mut out, center, 8.0),
        Mark::Timeout => glyph::clock(&mut out, center, 7.0),
        Mark::Virtual => out.push(Shape::rect("vip", 2.0, 4.0, 24.0, 12.0, 3.0)),
        Mark::Expected => {
            out.push(Shape::rect("bar", 1.0, 6.0, 20.0, 8.0, 1.0));
            out.push(Shape::path("expect", "M17 2v16".to_owned()));
        }
        Mark::Ready => glyph::pod(&mut out, center, 7.0, PodState::Ready),
        Mark::NotReady => glyph::pod(&mut out, center, 7.0, PodState::NotReady),
        Mark::Terminating => glyph::pod(&mut out, center, 7.0, PodState::Terminating),
    }
    let packet = match mark {
        Mark::Request => Some(("packet request", REQUEST, "translate(22 10)scale(0.8)")),
        Mark::Reply => Some(("packet reply", REPLY, "translate(12 10)rotate(180)scale(0.8)")),
        _ => None,
    };
    let packet = packet.map(|(class, d, place)| {
        view! {
            <g class=class transform=place>
                <path class="halo" d=d></path>
                <path class="body" d=d></path>
            </g>
        }
    });
    view! {
        <li>
            <svg class=format!("marks {class}") viewBox=field aria-hidden="true">
                {shapes::draw(&out)}
                {packet}
            </svg>
            <span>{name}</span>
        </li>
    }
    .into_any()
}
