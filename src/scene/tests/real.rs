//! The stage over real worlds: every example of the page, asked from a pod, a node and outside.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::net::compose::compose;
use crate::net::suggest;
use crate::scene::card::CardPlacement;
use crate::scene::draw::Picture;
use crate::scene::geometry::{Point, Rect};
use crate::scene::measure;
use crate::scene::shape::{Anchor, Shape};
use crate::text::FileId;
use crate::world::{Options, World};

/// Where a label stands, by the estimate of its width.
fn text_box(shape: &Shape) -> Option<(Rect, String)> {
    let Shape::Text { at, anchor, runs } = shape else {
        return None;
    };
    let width: f64 = runs
        .iter()
        .map(|(class, text)| match *class {
            "addr" | "addr strong" | "addr on" | "addr vip-text" | "pod-name" => measure::mono(text),
            "name" => measure::ui(text, 15.0, true),
            "name small" | "zone" => measure::ui(text, 13.0, true),
            "svc" | "count" => measure::ui(text, 14.0, true),
            "bad" | "extra" | "soft strong" | "share-text" => measure::ui(text, 12.0, true),
            _ => measure::ui(text, 12.0, false),
        })
        .sum();
    let x = match anchor {
        Anchor::Start => at.x,
        Anchor::Middle => at.x - width / 2.0,
        Anchor::End => at.x - width,
    };
    let text: String = runs.iter().map(|it| it.1.as_str()).collect();
    // Letters reach from about 8 above the baseline to 2 below it; lines may touch, not overlap.
    let rect = Rect {
        x,
        y: at.y - 8.0,
        w: width,
        h: 10.0,
    };
    Some((rect, text))
}

/// No label over another, none outside the world.
fn illegible(what: &str, layout: &Layout, picture: &Picture, problems: &mut Vec<String>) {
    let boxes: Vec<(Rect, String)> = picture.under.iter().chain(&picture.over).filter_map(text_box).collect();
    for (idx, (a, text)) in boxes.iter().enumerate() {
        let inside = a.x > -1.0 && a.right() < layout.world.w + 1.0 && a.y > 0.0 && a.bottom() < layout.world.h + 1.0;
        if !inside {
            problems.push(format!("{what}: “{text}” leaves the picture: {a:?}"));
        }
        for (b, other) in &boxes[idx + 1..] {
            if a.overlaps(b) {
                problems.push(format!("{what}: “{text}” and “{other}” overlap: {a:?} {b:?}"));
            }
        }
    }
}

/// The card lies over no label and within the outside.
fn card_is_clear(
    what: &str,
    layout: &Layout,
    trace: &Trace,
    picture: &Picture,
    lang: Lang,
    problems: &mut Vec<String>,
) {
    let Some(placement) = CardPlacement::new(layout, trace, lang) else {
        return;
    };
    let card = placement.rect;
    if card.x < 0.0 || card.y < 0.0 || card.right() > layout.world.w || card.bottom() > layout.field.y {
        problems.push(format!("{what}: the card leaves the outside: {card:?}"));
    }
    for (label, text) in picture.under.iter().chain(&picture.over).filter_map(text_box) {
        if card.overlaps(&label) {
            problems.push(format!("{what}: the card covers “{text}”: {card:?} {label:?}"));
        }
    }
}

/// A packet never jumps: along a way it moves as far as time allows, from way to way no further than the two
/// lanes of a connection lie apart.
fn moves_smoothly(what: &str, routes: &Routes, timeline: &Timeline, problems: &mut Vec<String>) {
    let mut last: Option<(Frame, Point)> = None;
    let end = timeline.duration();
    let mut ms = 0.0;
    while ms < end {
        let Some(frame) = Frame::new(routes, timeline.at(ms)) else {
            return problems.push(format!("{what}: no frame at {ms}"));
        };
        if let Some((before, at)) = last {
            let moved = frame.at.distance(at);
            let total = routes.ways[frame.way].curve.total;
            let most = if before.way == frame.way {
                total * 0.06 + 2.0
            } else {
                60.0
            };
            if moved > most {
                problems.push(format!("{what}: jumps {moved} px at {ms} ms, {before:?} {frame:?}"));
            }
        }
        last = Some((frame, frame.at));
        ms += 16.0;
    }
    let ends = Frame::new(routes, timeline.at(end)).map(|it| it.at);
    if let (Some(stop), Some(at)) = (routes.positions.last(), ends)
        && at.distance(stop.at) > 0.5
    {
        problems.push(format!("{what}: ends elsewhere"));
    }
}

fn file_names() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/examples");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn every_example_is_drawn_from_pod_node_and_outside() {
    let mut n_traces = 0;
    let mut problems = Vec::new();
    for (name, text) in file_names() {
        let mut world = World::new(Options::default());
        world.sync(FileId::default(), &text);
        world.advance(crate::sim::Duration::from_secs(60));
        let snapshot = world.snapshot();
        let pod = suggest::sources(&snapshot)
            .into_iter()
            .find(|it| it.text.starts_with("pod/"));
        let mut sources = vec!["client".to_owned(), "node/node-1".to_owned()];
        sources.extend(pod.map(|it| it.text));
        for from in sources {
            let Ok(source) = compose(&from, "http://10.0.0.1/") else {
                continue;
            };
            for to in suggest::destinations(&snapshot, &source.from).into_iter().take(8) {
                let Ok(request) = compose(&from, &to.text) else {
                    continue;
                };
                let trace = world.send(&request);
                n_traces += 1;
                check(
                    &format!("{name}: {from} → {}", to.text),
                    &snapshot,
                    &trace,
                    n_traces,
                    &mut problems,
                );
            }
        }
    }
    assert!(n_traces > 100, "{n_traces}");
    let some: Vec<_> = problems.iter().take(20).cloned().collect();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), some.join("\n"));
}

fn check(what: &str, snapshot: &crate::cluster::Snapshot, trace: &Trace, n: usize, problems: &mut Vec<String>) {
    let focus = Focus::new(snapshot, [trace]);
    let timeline = timeline_of(trace);
    // Sizes and languages take turns: there are enough traces for all of them.
    let lang = if (n / SIZES.len()).is_multiple_of(2) {
        Lang::En
    } else {
        Lang::Ko
    };
    for size in [SIZES[n % SIZES.len()]] {
        let what = format!("{what} at {}", size.w);
        let layout = Layout::new(snapshot, &focus, size);
        let routes = Routes::new(&layout, trace);
        if routes.positions.len() != trace.hops.len() {
            problems.push(format!(
                "{what}: {} stops for {} hops",
                routes.positions.len(),
                trace.hops.len()
            ));
        }
        for (hop, stop) in trace.hops.iter().zip(&routes.positions) {
            if stop.stop.is_none() {
                problems.push(format!("{what}: {} is not on the stage", hop.at));
            }
        }
        moves_smoothly(&what, &routes, &timeline, problems);
        for hop in 0..trace.hops.len().max(1) {
            {
                let stage = StageState {
                    layout: &layout,
                    routes: &routes,
                    trace: Some(trace),
                    hop,
                    burst: None,
                    arrived: 0,
                    lang,
                };
                let picture = stage.picture();
                card_is_clear(&what, &layout, trace, &picture, lang, problems);
                illegible(&format!("{what}, hop {hop}"), &layout, &picture, problems);
                if std::env::var_os("KUBEHOP_DRAW").is_some() {
                    draw_hop(
                        &format!("real-{n:03}-{hop:02}"),
                        &what,
                        &stage,
                        &picture,
                        &timeline,
                        size,
                    );
                }
            }
        }
    }
}

#[test]
fn labels_that_overlap_are_noticed() {
    let at = super::super::geometry::pt;
    let text = |x: f64| Shape::text(at(x, 20.0), "soft", "label");
    let overlap = |a: f64, b: f64| {
        let (a, b) = (text_box(&text(a)).unwrap().0, text_box(&text(b)).unwrap().0);
        a.overlaps(&b)
    };
    assert!(overlap(10.0, 20.0) && !overlap(10.0, 90.0));
}

/// Every class that shapes carry is a rule of the style sheets.
#[test]
fn every_class_is_styled() {
    let css = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/css");
    let css: String = ["stage.css", "transport.css"]
        .iter()
        .map(|it| std::fs::read_to_string(css.join(it)).unwrap())
        .collect();
    let mut classes = BTreeSet::new();
    for (_, cluster, trace) in fixtures::all() {
        let (layout, routes) = laid_out(&cluster, &trace, SIZES[4]);
        for hop in 0..trace.hops.len() {
            let stage = StageState {
                layout: &layout,
                routes: &routes,
                trace: Some(&trace),
                hop,
                burst: None,
                arrived: 0,
                lang: Lang::En,
            };
            let picture = stage.picture();
            for shape in picture.under.iter().chain(&picture.over) {
                match shape {
                    Shape::Rect { class, .. } | Shape::Circle { class, .. } | Shape::Path { class, .. } => {
                        classes.insert(*class);
                    }
                    Shape::Text { runs, .. } => classes.extend(runs.iter().map(|it| it.0)),
                }
            }
        }
    }
    for class in classes.iter().flat_map(|it| it.split(' ')) {
        assert!(css.contains(&format!(".{class}")), "no rule for .{class}");
    }
}
