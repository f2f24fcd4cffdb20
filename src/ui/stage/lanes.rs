//! What moves with the clock: the lanes of highlighted ways, the packet, and the many packets of a burst.

use leptos::prelude::*;

use super::model::SceneModel;
use crate::scene::draw::End;
use crate::scene::geometry::{num_text, transform};
use crate::scene::glyph::{LOCK, REPLY, REQUEST};
use crate::scene::layout::focus::is_question;
use crate::ui::state::Session;

/// The highlighted ways: how far they are decided, and how much of them is behind the packet.
#[component]
pub fn Lanes() -> impl IntoView {
    let model = SceneModel::expect();
    let ways = Memo::new(move |_| model.highlight.read().ways.clone());
    move || -> Vec<AnyView> {
        ways.get()
            .into_iter()
            .map(|(way, until)| lane(model, way, until))
            .collect()
    }
}

fn lane(model: SceneModel, idx: usize, until: f64) -> AnyView {
    let routes = model.routes.get_untracked();
    let Some(way) = routes.ways.get(idx) else {
        return ().into_any();
    };
    let (reply, fine, total) = (way.reply, way.fine, way.curve.total);
    let d = way.curve.d.clone();
    let kind = if reply { "reply" } else { "request" };
    let gap = num_text(total + 10.0);
    let done = Memo::new(move |_| {
        model
            .frame
            .get()
            .map_or(0.0, |frame| frame.done(&model.routes.read(), idx))
    });
    let dashes = {
        let gap = gap.clone();
        move || format!("{} {gap}", num_text(done.get()))
    };
    let class = move |part: &str| format!("route {kind}{part}{}", if fine { " fine" } else { "" });
    let n_arrows = Memo::new(move |_| {
        model
            .routes
            .read()
            .ways
            .get(idx)
            .map_or(0, |way| way.n_chevrons(done.get()))
    });
    let arrows = move || {
        let n = n_arrows.get();
        model.routes.read().ways.get(idx).map(|way| way.first_chevrons(n))
    };
    view! {
        <path
            class=format!("ahead {kind}")
            d=d.clone()
            stroke-dasharray=format!("{} {gap}", num_text(until))
            data-way=idx
        ></path>
        <path class=class("") d=d.clone() stroke-dasharray=dashes.clone()></path>
        {reply.then(|| view! { <path class=class(" core") d=d stroke-dasharray=dashes></path> })}
        <path class=format!("chevron {kind}") d=arrows></path>
    }
    .into_any()
}

/// The packet itself. Where it died, the mark of its end stands in its place.
#[component]
pub fn PacketMark() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let kind = Memo::new(move |_| {
        let frame = model.frame.get()?;
        let trace = session.traffic.trace()?;
        if trace.hops.get(frame.hop).is_some_and(is_question) {
            return Some(if frame.reply {
                ("packet reply question", REPLY)
            } else {
                ("packet request question", REQUEST)
            });
        }
        Some(if frame.reply {
            ("packet reply", REPLY)
        } else {
            ("packet request", REQUEST)
        })
    });
    let place = move || {
        let scale = if model.layout.read().compact { 0.8 } else { 1.0 };
        model.frame.get().map(|frame| transform(frame.at, frame.heading, scale))
    };
    let sealed = Memo::new(move |_| {
        let frame = model.frame.get()?;
        let trace = session.traffic.trace()?;
        trace.hops.get(frame.hop).map(|hop| hop.before.payload.is_sealed())
    });
    // The lock stands upright, wherever the packet heads.
    let upright = move || model.frame.get().map(|frame| transform(frame.at, 0.0, 1.0));
    // Dead at this very hop: the packet is gone, and nothing has come of it yet.
    let gone = Memo::new(move |_| {
        let frame = model.frame.get()?;
        let trace = session.traffic.trace()?;
        trace
            .hops
            .get(frame.hop)
            .map(|hop| hop.after.is_none() && model.highlight.read().end.is_some())
    });
    move || {
        let (class, d) = kind.get()?;
        (gone.get() != Some(true)).then(|| {
            view! {
                <g class=class transform=place>
                    <path class="halo" d=d></path>
                    <path class="body" d=d></path>
                </g>
                {(sealed.get() == Some(true)).then(|| {
                    view! {
                        <g class=class transform=upright>
                            <path class="lock" d=LOCK></path>
                        </g>
                    }
                })}
            }
        })
    }
}

/// The flows of a burst, and its packets in flight: one path, however many they are.
#[component]
pub fn Flows() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let flows = move || {
        let burst = model.burst.get()?;
        let bands: Vec<_> = burst
            .0
            .flows
            .iter()
            .zip(&burst.0.routes.ways)
            .map(|(flow, way)| {
                let class = match flow.end {
                    Some(End::Refused) => "flow refused",
                    Some(End::Silence) => "flow timeout",
                    None => "flow",
                };
                // An edge in the color of the ground keeps flows apart that lie beside each other.
                view! {
                    <path class="flow edge-of" d=way.curve.d.clone() stroke-width=num_text(flow.width + 2.5)></path>
                    <path class=class d=way.curve.d.clone() stroke-width=num_text(flow.width)></path>
                }
            })
            .collect();
        // At rest arrows say which way it went.
        let ways = burst.0.routes.ways.clone();
        let packets = move || {
            burst
                .0
                .packets_at(&model.layout.read(), session.playback.playhead.get())
        };
        let arrows = move || {
            session.playback.is_over.get().then(|| {
                let all: Vec<String> = ways
                    .iter()
                    .map(|way| way.first_chevrons(way.n_chevrons(way.curve.total)))
                    .collect();
                all.join("")
            })
        };
        Some(view! {
            <g>{bands}</g>
            <path class="mini" d=packets></path>
            <path class="mini" d=arrows></path>
        })
    };
    view! { <g>{flows}</g> }
}
