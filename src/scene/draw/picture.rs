//! The stage at one hop as shapes: grounds and wires, Services, nodes, and the marks above the lanes.

use super::super::card::CardPlacement;
use super::super::geometry::{closed, pt};
use super::super::glyph::{self, chip};
use super::super::layout::{Density, PodShape, ServiceNote, ServiceOutline, Trouble};
use super::super::measure;
use super::super::route::Stop;
use super::super::shape::{Anchor, Shape};
use super::super::words::{self, Labels};
use super::burst::Burst;
use super::highlight::{End, Highlight};
use super::node;
use super::state::StageState;
use super::wires::{self, Used};
use crate::net::Place;

/// The stage at one hop.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// Under the lanes.
    pub under: Vec<Shape>,
    /// Above the lanes, under the packet.
    pub over: Vec<Shape>,
}

impl StageState<'_> {
    /// The stage as shapes.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let highlight = self.highlight();
        let used = match self.burst {
            Some(burst) => burst.used(self.layout),
            None => Used::new(self.layout, self.routes, &highlight),
        };
        let mut picture = Picture::default();
        let under = &mut picture.under;
        self.grounds(under, &highlight);
        wires::between(under, self.layout, &used);
        for (idx, node) in self.layout.nodes.iter().enumerate() {
            let d = &self.layout.dims;
            let dead = highlight.end.is_some()
                && highlight
                    .matches
                    .iter()
                    .any(|it| it.node == idx && it.end == Some(End::Refused));
            let class = if dead { "node at" } else { "node" };
            under.push(Shape::rect(
                class,
                node.rect.x,
                node.rect.y,
                node.rect.w,
                node.rect.h,
                12.0,
            ));
            if node.trouble.contains(&Trouble::Off) {
                under.push(Shape::path("hatch", glyph::hatch(&node.rect)));
            }
            let half = d.turn + 5.0;
            under.push(Shape::rect(
                "nic",
                node.track - half,
                node.rect.y - 4.0,
                2.0 * half,
                8.0,
                2.0,
            ));
        }
        if let Some(outline) = highlight.outline {
            self.outline(under, &self.layout.outlines[outline]);
        }
        for idx in 0..self.layout.nodes.len() {
            node::draw(under, self, &highlight, &used, idx);
        }
        self.client(under);
        self.marks(&mut picture.over, &highlight);
        picture
    }

    fn grounds(&self, out: &mut Vec<Shape>, highlight: &Highlight) {
        let (layout, labels) = (self.layout, Labels::of(self.lang));
        let (field, d) = (&layout.field, &layout.dims);
        out.push(Shape::rect("ground", field.x, field.y, field.w, field.h, 14.0));
        let facts = highlight.outline.map(|it| &layout.outlines[it].facts);
        if layout.is_narrow() {
            out.push(Shape::text(pt(d.edge + 4.0, 20.0), "zone", labels.outside_short));
            out.push(Shape::anchored(
                pt(field.right() - 8.0, field.y + 14.0),
                Anchor::End,
                "zone",
                labels.cluster,
            ));
            return;
        }
        // In the corner that the header card leaves free.
        let placement = self.trace.filter(|_| self.burst.is_none());
        let placement = placement.and_then(|trace| CardPlacement::new(layout, trace, self.lang));
        if placement.is_some_and(|it| it.rect.x > layout.client.x) {
            out.push(Shape::text(pt(d.edge + 2.0, 24.0), "zone", labels.outside));
        } else {
            let at = pt(layout.world.w - d.edge - 2.0, 24.0);
            out.push(Shape::anchored(at, Anchor::End, "zone", labels.outside));
        }
        let mut runs = vec![("zone", labels.cluster.to_owned())];
        if let Some(facts) = facts.filter(|it| !it.rows.is_empty()) {
            let says = if facts.local && facts.rows.len() > 1 {
                labels.own_rules
            } else {
                labels.same_rules
            };
            runs.push(("soft", format!("\u{a0}\u{a0}{says}")));
        }
        out.push(Shape::Text {
            at: pt(
                field.right() - 14.0,
                field.y + if layout.is_tight() { 16.0 } else { 21.0 },
            ),
            anchor: Anchor::End,
            runs,
        });
        let past_last = layout
            .nodes
            .iter()
            .filter(|it| it.row == 0)
            .map(|it| it.track)
            .fold(0.0, f64::max);
        let room = field.right() - 14.0 - past_last - d.turn - 8.0;
        let shut = self
            .shut_nodes(highlight)
            .iter()
            .any(|&it| layout.nodes[it].track >= past_last);
        if !layout.is_tight() && !shut && measure::ui(labels.network, 12.0, false) < room {
            let at = pt(field.right() - 14.0, layout.rows[0].bus + 20.0);
            out.push(Shape::anchored(at, Anchor::End, "soft", labels.network));
        }
    }

    fn client(&self, out: &mut Vec<Shape>) {
        let (layout, labels) = (self.layout, Labels::of(self.lang));
        let (c, narrow) = (layout.client, layout.is_narrow());
        glyph::laptop(out, pt(c.x, c.y - 4.0), narrow);
        // Beside the machine, on the side where there is room.
        let width = measure::mono(&layout.client_address).max(60.0);
        let wants_left = layout.density == Density::Low && self.burst.is_none() || c.x + 44.0 + width > layout.world.w;
        let left = wants_left && c.x > width + 60.0;
        let gap = if narrow { 30.0 } else { 36.0 };
        let (x, anchor) = if left {
            (c.x - gap, Anchor::End)
        } else {
            (c.x + gap, Anchor::Start)
        };
        out.push(Shape::anchored(pt(x, c.y - 4.0), anchor, "name", labels.client));
        let crowded = narrow
            && layout
                .outside
                .iter()
                .any(|it| matches!(it.place, Place::LoadBalancer(..)));
        if !crowded {
            out.push(Shape::anchored(
                pt(x, c.y + 13.0),
                anchor,
                "addr",
                layout.client_address.clone(),
            ));
        }
    }

    fn outline(&self, out: &mut Vec<Shape>, outline: &ServiceOutline) {
        let labels = Labels::of(self.lang);
        let narrow = self.layout.is_narrow();
        let class = if outline.is_empty {
            "service-outline empty"
        } else {
            "service-outline"
        };
        out.push(Shape::path(class, closed(&outline.points, 12.0)));
        let (note, bad) = words::note(&outline.facts.note, self.lang);
        let title = format!("Service {}", outline.facts.key.service.name);
        let at = outline.text;
        let note_class = if bad { "bad" } else { "soft" };
        if narrow {
            self.narrow_band(out, outline, title, note, bad);
            return;
        }
        let chip_width = outline
            .facts
            .chip
            .as_deref()
            .map_or(60.0, |it| measure::mono(it) + 26.0);
        let name = measure::fit_ui(&title, 14.0, true, (outline.right - at.x - chip_width - 14.0).max(80.0));
        let mut x = at.x + measure::ui(&name, 14.0, true) + 14.0;
        out.push(Shape::text(at, "svc", name));
        if let Some(chip_text) = &outline.facts.chip {
            chip(out, x, at.y, chip_text);
            x += measure::mono(chip_text) + 26.0;
        }
        let room = outline.right - 12.0 - x;
        // Where the whole thought does not fit, a shorter one; rather than half of it, none.
        let fits = |text: &str| measure::ui(text, 12.0, bad) <= room;
        let shown = if fits(&note) {
            Some(note)
        } else if outline.facts.note == ServiceNote::Virtual {
            Some(labels.on_no_machine.to_owned()).filter(|it| fits(it))
        } else {
            (room > 60.0).then(|| measure::fit_ui(&note, 12.0, bad, room))
        };
        out.extend(shown.map(|text| Shape::text(pt(x, at.y), note_class, text)));
    }

    /// On a phone name, address and note share a line as far as they fit.
    fn narrow_band(&self, out: &mut Vec<Shape>, outline: &ServiceOutline, title: String, note: String, bad: bool) {
        let labels = Labels::of(self.lang);
        let at = outline.text;
        let end = outline.right - 10.0;
        let title = measure::fit_ui(&title, 14.0, true, end - at.x);
        let mut room = end - at.x - measure::ui(&title, 14.0, true) - 10.0;
        let mut runs = vec![("svc", title)];
        let address = outline.facts.chip.as_deref().unwrap_or_default();
        let address_width = measure::mono(address) * 1.03 + 8.0;
        if !address.is_empty() && address_width < room {
            runs.push(("addr on", format!("\u{a0}\u{a0}{address}")));
            room -= address_width;
        }
        out.push(Shape::Text {
            at,
            anchor: Anchor::Start,
            runs,
        });
        let note = match &outline.facts.note {
            ServiceNote::Virtual => labels.on_no_machine.to_owned(),
            ServiceNote::SelectsNothing(_) | ServiceNote::NoSelector | ServiceNote::NoneReady => {
                labels.zero_endpoints.to_owned()
            }
            ServiceNote::Headless => words::headless(self.lang).to_owned(),
            ServiceNote::Alias(_) if room > 80.0 => measure::fit_ui(&note, 12.0, bad, room),
            ServiceNote::Alias(_) => return,
        };
        if measure::ui(&note, 12.0, bad) < room {
            let class = if bad { "bad" } else { "soft" };
            out.push(Shape::anchored(pt(end, at.y), Anchor::End, class, note));
        }
    }

    fn marks(&self, out: &mut Vec<Shape>, highlight: &Highlight) {
        let layout = self.layout;
        let labels = Labels::of(self.lang);
        let narrow = layout.is_narrow();
        for shape in &layout.outside {
            let (c, (w, h)) = (shape.center, shape.half);
            match &shape.place {
                Place::LoadBalancer(..) => {
                    out.push(Shape::rect("box", c.x - w, c.y - h, 2.0 * w, 2.0 * h, h));
                    let name = if narrow { "LB" } else { labels.balancer };
                    out.push(Shape::anchored(pt(c.x, c.y + 4.5), Anchor::Middle, "name small", name));
                    let (x, anchor) = self.beside(c.x, w + 8.0, &shape.label);
                    out.push(Shape::anchored(pt(x, c.y + 4.5), anchor, "addr", shape.label.clone()));
                }
                Place::Router => {
                    glyph::router(out, c, w);
                    if !narrow && layout.density != Density::Low {
                        let text = format!("{} {}", labels.router, shape.label);
                        let (x, anchor) = self.beside(c.x, w + 7.0, &text);
                        out.push(Shape::anchored(pt(x, c.y - 6.0), anchor, "soft", text));
                    }
                }
                _ => {
                    glyph::server(out, c, shape.half);
                    let half = measure::mono(&shape.label) / 2.0;
                    let x = c.x.clamp(half + 4.0, (layout.world.w - half - 4.0).max(half + 4.0));
                    let at = pt(x, c.y + h + 14.0);
                    out.push(Shape::anchored(at, Anchor::Middle, "addr", shape.label.clone()));
                }
            }
        }
        if let Some(burst) = self.burst {
            self.burst_marks(out, burst);
        }
        self.shut(out, highlight);
        self.extra_hop(out, highlight);
        let size = if layout.compact { 5.5 } else { 7.0 };
        for &(at, class) in &highlight.diamonds {
            out.push(glyph::diamond(at, class, size));
        }
        match highlight.end {
            Some((at, _, End::Refused)) => glyph::octagon(out, at, if layout.compact { 11.0 } else { 15.0 }),
            Some((at, heading, End::Silence)) => {
                glyph::fading(out, at, heading, if layout.compact { 0.8 } else { 1.0 });
                glyph::clock(out, at, if layout.compact { 10.0 } else { 13.0 });
            }
            None => {}
        }
    }

    /// Shares on the wires, and how flows end that do not arrive.
    fn burst_marks(&self, out: &mut Vec<Shape>, burst: &Burst) {
        let layout = self.layout;
        if !layout.compact {
            for &(at, percent) in &burst.shares {
                out.push(Shape::rect("share", at.x - 19.0, at.y - 10.0, 38.0, 20.0, 10.0));
                out.push(Shape::anchored(
                    pt(at.x, at.y + 4.5),
                    Anchor::Middle,
                    "share-text",
                    format!("{percent}%"),
                ));
            }
        }
        for (idx, (flow, way)) in burst.flows.iter().zip(&burst.routes.ways).enumerate() {
            if !burst.has_ended(idx, self.arrived) {
                continue;
            }
            let at = match way.passes.last().map(|it| it.stop) {
                Some(Stop::Switch(node)) => pt(layout.nodes[node].track, layout.nodes[node].switch_mid()),
                _ => way.curve.at(way.curve.total).0,
            };
            match flow.end {
                Some(End::Refused) => glyph::octagon(out, at, if layout.compact { 11.0 } else { 15.0 }),
                Some(End::Silence) => glyph::clock(out, at, if layout.compact { 10.0 } else { 13.0 }),
                None => {}
            }
        }
    }

    /// Nodes that a load balancer passes over, because their health check says that they have no pod.
    fn shut_nodes(&self, highlight: &Highlight) -> Vec<usize> {
        let layout = self.layout;
        let Some((outline, facts)) = highlight.outline.map(|it| (it, &layout.outlines[it].facts)) else {
            return Vec::new();
        };
        let mine = |place: &Place| match place {
            Place::LoadBalancer(service) => *service == facts.key.service,
            _ => false,
        };
        if !facts.local || !layout.outside.iter().any(|it| mine(&it.place)) {
            return Vec::new();
        }
        let service = layout.outline_of.iter().position(|it| *it == Some(outline));
        let serves = |pod: &PodShape| service.is_some_and(|idx| pod.serves.contains(&idx));
        (0..layout.nodes.len())
            .filter(|&idx| !layout.nodes[idx].pods.iter().any(serves))
            .collect()
    }

    fn shut(&self, out: &mut Vec<Shape>, highlight: &Highlight) {
        let layout = self.layout;
        for idx in self.shut_nodes(highlight) {
            let node = &layout.nodes[idx];
            let (above, r) = if layout.compact { (9.0, 6.0) } else { (14.0, 8.0) };
            let (x, y) = (node.track, node.rect.y - above);
            out.push(Shape::Circle {
                class: "shut",
                center: pt(x, y),
                r,
            });
            out.push(Shape::path(
                "shut",
                glyph::path("M# #l6 6m0 -6l-6 6", &[x - 3.0, y - 3.0]),
            ));
            if !layout.compact && layout.density != Density::Low {
                let text = Labels::of(self.lang).health_check;
                out.push(Shape::text(pt(x + 16.0, y + 4.5), "soft strong", text));
            }
        }
    }

    /// Right of a mark, or left of it where a text of that length would leave the picture.
    fn beside(&self, x: f64, gap: f64, text: &str) -> (f64, Anchor) {
        if x + gap + measure::mono(text) > self.layout.world.w - 4.0 {
            (x - gap, Anchor::End)
        } else {
            (x + gap, Anchor::Start)
        }
    }

    /// Names the segment that a node without a fitting pod adds.
    fn extra_hop(&self, out: &mut Vec<Shape>, highlight: &Highlight) {
        let layout = self.layout;
        if layout.is_narrow() || layout.density == Density::Low || layout.compact {
            return;
        }
        for found in highlight.matches.iter().filter(|it| it.end.is_none()) {
            for &(way, _) in highlight.ways.iter().filter(|it| !self.routes.ways[it.0].reply) {
                let passes = &self.routes.ways[way].passes;
                let turn = passes
                    .windows(3)
                    .find_map(|it| match (it[0].stop, it[1].stop, it[2].stop) {
                        (Stop::Client | Stop::Outside(_), Stop::Switch(here), Stop::Switch(next))
                            if here == found.node =>
                        {
                            Some((here, next))
                        }
                        _ => None,
                    });
                let Some((here, next)) = turn else { continue };
                let (a, b) = (&layout.nodes[here], &layout.nodes[next]);
                if a.row != b.row {
                    continue;
                }
                // Between the wire and the machines, beside the one left behind.
                let stacked = (layout.client.x - a.track).abs() > 1.0;
                if layout.is_tight() && stacked {
                    return;
                }
                let y = layout.rows[a.row].bus + layout.dims.node - 5.0;
                let text = Labels::of(self.lang).extra_hop;
                let (x, anchor) = if b.track < a.track {
                    (a.track - layout.dims.turn - 12.0, Anchor::End)
                } else {
                    (a.track + layout.dims.turn + 12.0, Anchor::Start)
                };
                out.push(Shape::anchored(pt(x, y), anchor, "extra", text));
                return;
            }
        }
    }
}
