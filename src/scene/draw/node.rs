//! The inside of a node: its name, its switch with the rules of the Service in focus, its pods.

use super::super::geometry::pt;
use super::super::glyph::{self, chip, path};
use super::super::layout::{
    Density, Layout, NodeShape, PodShape, PodState, RowKind, RuleRow, ServiceNote, ServiceOutline, Trouble,
};
use super::super::measure;
use super::super::shape::{Anchor, Shape};
use super::super::words::{self, Labels};
use super::burst::Share;
use super::highlight::{End, Highlight, Match};
use super::state::StageState;
use super::wires::{self, Used};

/// Draws node `idx` but for its outline.
pub(super) fn draw(out: &mut Vec<Shape>, stage: &StageState<'_>, highlight: &Highlight, used: &Used, idx: usize) {
    let layout = stage.layout;
    title(out, stage, idx);
    wires::inside(out, layout, used, idx);
    switch(out, stage, highlight, used, idx);
    let node = &layout.nodes[idx];
    for (pod, shape) in node.pods.iter().enumerate() {
        if highlight.chosen.contains(&(idx, pod)) {
            out.push(Shape::Circle {
                class: "target",
                center: shape.center,
                r: shape.r + 4.0,
            });
        }
        glyph::pod(out, shape.center, shape.r, shape.state);
        label(out, stage, idx, shape);
    }
    if let Some(outline) = highlight.outline {
        no_pod_here(
            out,
            stage,
            highlight,
            idx,
            &layout.outlines[outline].facts.key.service.name,
        );
    }
    if let Some((n_pods, y)) = node.more {
        let at = pt(node.rect.x + layout.dims.label, y + 4.0);
        out.push(Shape::text(at, "soft", words::more(n_pods, stage.lang)));
    }
}

/// Under the pods of a node that sends its traffic on: it has no pod of the Service.
fn no_pod_here(out: &mut Vec<Shape>, stage: &StageState<'_>, highlight: &Highlight, idx: usize, service: &str) {
    let (layout, node) = (stage.layout, &stage.layout.nodes[idx]);
    let matched = highlight.matches.iter().any(|it| it.node == idx && it.end.is_none());
    let serves = node.pods.iter().any(|it| !it.serves.is_empty());
    if layout.compact || !matched || serves || node.more.is_some() {
        return;
    }
    let y = node
        .pods
        .last()
        .map_or(node.rect.y + layout.dims.pod, |it| it.center.y + layout.dims.pitch)
        + 4.0;
    let text = words::no_pod_here(service, stage.lang);
    let x = node.rect.x + layout.dims.label;
    if y + 8.0 < node.rect.bottom() {
        out.push(Shape::text(
            pt(x, y),
            "soft",
            measure::fit_ui(&text, 12.0, false, node.rect.right() - 6.0 - x),
        ));
    }
}

fn title(out: &mut Vec<Shape>, stage: &StageState<'_>, idx: usize) {
    let (layout, node) = (stage.layout, &stage.layout.nodes[idx]);
    let d = &layout.dims;
    let (x, right) = (node.rect.x + d.text, node.rect.right());
    let (title, addr) = (node.rect.y + d.title, node.rect.y + d.addr);
    let well = node.trouble.is_empty();
    let address = if well {
        node.address.clone()
    } else {
        words::troubles(&node.trouble, stage.lang)
    };
    let address_class = match node.trouble.as_slice() {
        [] | [Trouble::Cordoned] => "addr",
        _ => "bad",
    };
    if node.trouble.contains(&Trouble::CutOff) {
        let y = (layout.rows[node.row].bus + node.rect.y) / 2.0;
        out.push(Shape::path(
            "cut-mark",
            path("M# #l8 8m0 -8l-8 8", &[node.track - 4.0, y - 4.0]),
        ));
    }
    if layout.shares_title_line() {
        let pad = if node.rect.w < 222.0 { 8.0 } else { 12.0 };
        // What is the matter matters more than the whole name.
        let address = if well {
            address
        } else {
            measure::fit_ui(&address, 12.0, false, (right - pad - x) * 0.66)
        };
        let taken = if well {
            measure::mono(&address)
        } else {
            measure::ui(&address, 12.0, false)
        };
        let room = right - pad - x - taken - 5.0;
        let (class, px) = name_class(&node.name, room);
        out.push(Shape::text(
            pt(x, title),
            class,
            measure::fit_ui(&node.name, px, true, room),
        ));
        out.push(Shape::anchored(
            pt(right - pad, addr),
            Anchor::End,
            address_class,
            address,
        ));
        return;
    }
    let room = right - 4.0 - x;
    let (class, px) = name_class(&node.name, room);
    out.push(Shape::text(
        pt(x, title),
        class,
        measure::fit_ui(&node.name, px, true, room),
    ));
    out.push(Shape::text(
        pt(x, addr),
        address_class,
        if well {
            measure::fit_mono_end(&address, room)
        } else {
            measure::fit_ui(&address, 12.0, false, room)
        },
    ));
}

/// The larger face where the name fits in it.
fn name_class(name: &str, room: f64) -> (&'static str, f64) {
    if measure::ui(name, 15.0, true) <= room {
        ("name", 15.0)
    } else {
        ("name small", 13.0)
    }
}

fn switch(out: &mut Vec<Shape>, stage: &StageState<'_>, highlight: &Highlight, used: &Used, idx: usize) {
    let (layout, node) = (stage.layout, &stage.layout.nodes[idx]);
    let d = &layout.dims;
    let half = d.switch_half;
    let (y0, y1) = node.switch;
    let outline = highlight.outline.map(|it| &layout.outlines[it]);
    let hits = hits(stage, highlight, idx);
    let worst = hits
        .iter()
        .find(|it| it.end == Some(End::Refused))
        .or_else(|| hits.first());
    let switch_class = match worst {
        Some(Match {
            end: Some(End::Refused),
            ..
        }) => "switch bad",
        Some(_) => "switch on",
        None => "switch",
    };
    if let Some(outline) = outline {
        rows(out, stage, &hits, idx, outline);
    }
    out.push(Shape::rect(
        switch_class,
        node.track - half,
        y0,
        2.0 * half,
        y1 - y0,
        8.0,
    ));
    let passed = used.switch(idx);
    if passed.is_none() {
        out.push(Shape::path("wire", path("M# #V#", &[node.track, y0, y1])));
    }
    let Some(outline) = outline else { return };
    for row in 0..outline.facts.rows.len() {
        let y = node.rule_rows[row + 1] - 4.5;
        let class = match hits.iter().find(|it| it.row == row).map(|it| it.end) {
            Some(Some(End::Refused)) => "branch bad",
            Some(_) => "branch on",
            None => "branch",
        };
        let edge = node.track + half;
        let bend = if passed == Some(true) {
            path("M# #H#", &[node.track + d.turn, y, edge])
        } else {
            let x = node.track + if passed.is_some() { d.lane } else { 0.0 };
            path("M# #Q# # # #", &[x, (y0 + 4.0).max(y - 13.0), x, y, edge, y])
        };
        out.push(Shape::path(class, bend));
    }
}

/// What matched on this node; in a burst, the row by which traffic came.
fn hits(stage: &StageState<'_>, highlight: &Highlight, idx: usize) -> Vec<Match> {
    match stage.burst {
        Some(burst) => burst.matches.iter().copied().filter(|it| it.node == idx).collect(),
        None => highlight.matches.iter().copied().filter(|it| it.node == idx).collect(),
    }
}

/// The rules of the Service in focus on this node: their title, a row each, and what is to be said below them.
fn rows(out: &mut Vec<Shape>, stage: &StageState<'_>, hits: &[Match], idx: usize, outline: &ServiceOutline) {
    let (layout, node) = (stage.layout, &stage.layout.nodes[idx]);
    let (labels, facts) = (Labels::of(stage.lang), &outline.facts);
    let x = node.rect.x + layout.dims.text;
    let room = node.rect.right() - x - 4.0;
    let [head, first, second] = node.rule_rows;
    let title = if layout.compact {
        labels.rules.to_owned()
    } else {
        words::rules_for(&facts.key.service.name, stage.lang)
    };
    out.push(Shape::text(
        pt(x, head),
        "soft",
        measure::fit_ui(&title, 12.0, false, room),
    ));
    if facts.rows.is_empty() {
        let text = match facts.note {
            ServiceNote::Headless if measure::ui(labels.no_rules_headless, 12.0, false) <= room => {
                labels.no_rules_headless
            }
            _ => labels.no_rules,
        };
        out.push(Shape::text(pt(x, first), "soft", text));
        return;
    }
    for (row, it) in facts.rows.iter().enumerate() {
        let y = [first, second][row.min(1)];
        let hit = hits.iter().find(|it| it.row == row);
        rule_row(out, layout, node, it, hit, y);
    }
    let several = facts.rows.len() > 1;
    if several && (layout.density != Density::Roomy || layout.compact) {
        return;
    }
    let below = if several { second + 19.0 } else { second };
    if !facts.has_endpoints {
        let hit = hits.iter().any(|it| it.end == Some(End::Refused));
        let text = match (
            layout.compact,
            measure::ui(labels.no_endpoints_refuse, 12.0, true) <= room,
        ) {
            (true, _) => labels.refuse,
            (false, true) => labels.no_endpoints_refuse,
            (false, false) => labels.no_endpoints,
        };
        let class = if hit { "bad" } else { "soft" };
        let x = if layout.compact { x } else { x + 1.0 };
        out.push(Shape::text(pt(x, below), class, text));
    } else if facts.local && several {
        let (class, text) = match own_pods(layout, node, outline) {
            0 => ("soft strong", labels.no_local.to_owned()),
            own => ("soft", words::local_pods(own, stage.lang)),
        };
        out.push(Shape::text(pt(x + 1.0, below), class, text));
    }
}

/// One rule: its plug at the switch, and what it matches; a virtual address in its chip.
fn rule_row(out: &mut Vec<Shape>, layout: &Layout, node: &NodeShape, row: &RuleRow, hit: Option<&Match>, y: f64) {
    let (d, compact) = (&layout.dims, layout.compact);
    let x = node.rect.x + d.text;
    let room = node.rect.right() - x - 4.0;
    let plug = match hit.map(|it| it.end) {
        Some(Some(End::Refused)) => "plug bad",
        Some(_) => "plug on",
        None => "plug",
    };
    let left = if compact { x } else { x + 7.0 };
    let stop = left - if compact { 1.0 } else { 7.0 };
    out.push(Shape::path(
        plug,
        path("M# #H#", &[node.track + d.switch_half, y - 4.5, stop]),
    ));
    let fits = measure::mono(&row.text) <= room - if compact { 0.0 } else { 12.0 };
    let text = if fits && !compact {
        row.text.clone()
    } else {
        measure::fit_mono_end(&row.short, room)
    };
    match (row.kind, compact) {
        (RowKind::ClusterIp, true) => out.push(Shape::text(pt(left, y), "addr vip-text", text)),
        (RowKind::ClusterIp, false) => chip(out, left, y, &text),
        _ if hit.is_some() => {
            let width = measure::mono(&text) + 12.0;
            out.push(Shape::rect("row-on", left - 6.0, y - 13.5, width, 19.0, 4.0));
            out.push(Shape::text(pt(left, y), "addr strong", text));
        }
        _ => out.push(Shape::text(pt(left, y), "addr", text)),
    }
}

/// Number of the node's pods that serve the Service of an outline.
fn own_pods(layout: &Layout, node: &NodeShape, outline: &ServiceOutline) -> usize {
    let idx = layout.outlines.iter().position(|it| it.facts.key == outline.facts.key);
    let service = idx.and_then(|it| layout.outline_of.iter().position(|of| *of == Some(it)));
    service.map_or(0, |service| {
        node.pods.iter().filter(|it| it.serves.contains(&service)).count()
    })
}

fn label(out: &mut Vec<Shape>, stage: &StageState<'_>, idx: usize, pod: &PodShape) {
    let (layout, node) = (stage.layout, &stage.layout.nodes[idx]);
    let (d, c) = (&layout.dims, pod.center);
    let x = node.rect.x + d.label;
    let right = node.rect.right();
    let count = stage
        .burst
        .and_then(|it| it.count(&pod.namespace, &pod.name, stage.arrived));
    let labels = Labels::of(stage.lang);
    let (name, class) = if pod.state == PodState::Process {
        (measure::fit_ui(labels.process, 12.0, false, right - 6.0 - x), "soft")
    } else {
        (pod.short.clone(), "pod-name")
    };
    let beside = layout.compact || pod.one_line || pod.address.is_empty() && count.is_none();
    let name_y = if beside { c.y + 4.0 } else { c.y - 2.0 };
    let name_width = measure::mono(&name);
    out.push(Shape::text(pt(x, name_y), class, name));
    if let Some(share) = count {
        return share_bar(out, layout, node, pod, &share, (x + name_width, name_y));
    }
    let (address, class) = match pod.note {
        Some(note) => (words::pod_note(note, stage.lang), "bad"),
        // Nothing that stands there is known to be so any more.
        None if node.trouble.contains(&Trouble::Off) => (labels.last_known, "soft"),
        None => (pod.address.as_str(), "addr"),
    };
    if address.is_empty() {
        return;
    }
    if pod.one_line {
        let at = x + name_width + 10.0;
        if at + measure::mono(address) <= right - 4.0 {
            out.push(Shape::text(pt(at, name_y), class, address.to_owned()));
        }
    } else if layout.compact {
        let room = right - node.rect.x - d.sub - 3.0;
        out.push(Shape::text(
            pt(node.rect.x + d.sub, c.y + 22.0),
            class,
            match pod.note {
                // A word is known by its beginning, an address by its end.
                Some(_) => measure::fit_ui(address, 12.0, true, room),
                None => measure::fit_mono_end(address, room),
            },
        ));
    } else {
        out.push(Shape::text(
            pt(x, c.y + 15.0),
            class,
            measure::fit_mono(address, right - 6.0 - x),
        ));
    }
}

/// The bar of a pod's share of a burst, with its count; the pod's name ends at a point.
fn share_bar(
    out: &mut Vec<Shape>,
    layout: &Layout,
    node: &NodeShape,
    pod: &PodShape,
    share: &Share,
    (name_end, name_y): (f64, f64),
) {
    let (c, right) = (pod.center, node.rect.right());
    let (left, top, height) = match (layout.compact, pod.one_line) {
        (true, false) => (node.rect.x + layout.dims.sub, c.y + 14.0, 7.0),
        (false, false) => (node.rect.x + layout.dims.label, c.y + 6.0, 9.0),
        // No line of its own: the bar takes what the name leaves.
        (_, true) => (name_end + 8.0, c.y - 4.0, 8.0),
    };
    let number_room = measure::ui(&share.count.to_string(), 14.0, true) + 12.0;
    let end = if pod.one_line {
        right - number_room - 8.0
    } else {
        right - if layout.compact { 8.0 } else { 16.0 }
    };
    let unit = ((end - left) / share.most).max(0.0);
    out.push(Shape::anchored(
        pt(right - if layout.compact { 6.0 } else { 14.0 }, name_y),
        Anchor::End,
        "count",
        share.count.to_string(),
    ));
    out.push(Shape::rect("bar", left, top, share.count as f64 * unit, height, 1.5));
    out.push(Shape::path(
        "expect",
        path("M# #v#", &[left + share.expected * unit, top - 3.0, height + 6.0]),
    ));
}
