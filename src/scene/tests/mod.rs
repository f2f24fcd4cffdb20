//! What must hold of every picture, at every size.

mod place;
mod real;
mod time;

use std::sync::Arc;

use super::draw::burst::Burst;
use super::draw::{Picture, StageState};
use super::fixtures::{self, Cluster, LOCAL, SIZES, balanced};
use super::frame::Frame;
use super::geometry::{Size, transform};
use super::glyph::{REPLY, REQUEST};
use super::itinerary::Itinerary;
use super::layout::{Focus, Layout};
use super::route::Routes;
use super::timeline::Timeline;
use crate::net::Trace;
use crate::text::Lang;

/// Writes a picture where `KUBEHOP_DRAW` says, for looking at.
fn show(name: &str, layout: &Layout, page: &str) {
    if let Some(folder) = std::env::var_os("KUBEHOP_DRAW") {
        let file = format!("{name}-{}.html", layout.view.w);
        std::fs::write(std::path::Path::new(&folder).join(file), page).unwrap();
    }
}

/// Shows a moment with the packet on its way to the next hop.
fn draw_hop(file: &str, what: &str, stage: &StageState<'_>, picture: &Picture, timeline: &Timeline, size: Size) {
    let (layout, routes, hop) = (stage.layout, stage.routes, stage.hop);
    let (start, until) = (timeline.start_of(hop), timeline.start_of(hop + 1));
    let Some(frame) = Frame::new(routes, timeline.at(start + (until - start) * 0.72)) else {
        return;
    };
    let highlight = stage.highlight();
    let lanes = fixtures::lanes(routes, &highlight.ways, &frame);
    let (kind, d) = if frame.reply {
        ("reply", REPLY)
    } else {
        ("request", REQUEST)
    };
    let at = transform(frame.at, frame.heading, if layout.compact { 0.8 } else { 1.0 });
    let packet = format!(
        "<g class=\"packet {kind}\" transform=\"{at}\"><path class=halo d=\"{d}\"/><path class=body d=\"{d}\"/></g>"
    );
    let packet = if highlight.end.is_some() { String::new() } else { packet };
    let dark = stage.lang == Lang::Ko;
    let page = fixtures::page(size, layout.world, picture, &lanes, &packet, dark);
    show(file, layout, &format!("{page}<!-- {what} -->"));
}

/// The times of a trace with every hop as a stop of its own.
fn timeline_of(trace: &Trace) -> Timeline {
    Timeline::new(trace, &Itinerary::new(trace, true), Lang::En)
}

fn laid_out(cluster: &Cluster, trace: &Trace, size: Size) -> (Layout, Routes) {
    let snapshot = cluster.snapshot();
    let focus = Focus::new(&snapshot, [trace]);
    let layout = Layout::new(&snapshot, &focus, size);
    let routes = Routes::new(&layout, trace);
    (layout, routes)
}

#[test]
fn pictures_can_be_drawn_at_every_hop_and_size() {
    for (name, cluster, trace) in fixtures::all() {
        let timeline = timeline_of(&trace);
        for size in SIZES {
            let (layout, routes) = laid_out(&cluster, &trace, size);
            for hop in 0..trace.hops.len() {
                let dark = hop % 2 == 1;
                let lang = if dark { Lang::Ko } else { Lang::En };
                let stage = StageState {
                    layout: &layout,
                    routes: &routes,
                    trace: Some(&trace),
                    hop,
                    burst: None,
                    arrived: 0,
                    lang,
                };
                let picture = stage.picture();
                draw_hop(&format!("{name}-{hop:02}"), name, &stage, &picture, &timeline, size);
                assert!(!picture.under.is_empty());
            }
        }
    }
}

#[test]
fn bursts_can_be_drawn() {
    let cluster = Cluster {
        spec: LOCAL,
        balancer: "198.51.100.7",
        ..Cluster::default()
    };
    let traces: Vec<Arc<Trace>> = (0..100)
        .map(|n| {
            Arc::new(if n % 2 == 0 {
                balanced(1, 0)
            } else {
                balanced(3, 1 + n / 2 % 2)
            })
        })
        .collect();
    let snapshot = cluster.snapshot();
    let focus = Focus::new(&snapshot, traces.iter().map(AsRef::as_ref));
    for size in SIZES {
        let layout = Layout::new(&snapshot, &focus, size);
        let burst = Burst::new(&layout, &traces);
        let routes = Routes::default();
        let stage = StageState {
            layout: &layout,
            routes: &routes,
            trace: None,
            hop: 0,
            burst: Some(&burst),
            arrived: 100,
            lang: Lang::En,
        };
        let picture = stage.picture();
        let mut lanes = String::new();
        for (flow, way) in burst.flows.iter().zip(&burst.routes.ways) {
            lanes += &format!(
                "<path class=flow d=\"{}\" stroke-width=\"{}\"/>",
                way.curve.d, flow.width
            );
        }
        lanes += &format!("<path class=mini d=\"{}\"/>", burst.packets_at(&layout, 1500.0));
        show(
            "burst",
            &layout,
            &fixtures::page(size, layout.world, &picture, &lanes, "", false),
        );
        assert_eq!(burst.flows.len(), 3);
    }
}
