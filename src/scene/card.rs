//! The packet's header as a card: what it said when it set out, what it says now, and where the card is placed.
//!
//! Changes add up along one direction of one connection, so the card tells at every stop what the network has
//! made of the packet so far. The card stays; only its leader follows the packet.

use crate::net::packet::{Payload, Protocol};
use crate::net::trace::Direction;
use crate::net::{Hop, Packet, Trace, Verdict};
use crate::text::{Lang, phrase};

use super::geometry::{Curve, Point, Rect, pt};
use super::hop::place_name;
use super::layout::focus::is_question;
use super::layout::{Density, Layout};
use super::measure;

/// The kind of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardKind {
    /// On its way.
    Request,
    /// On its way back.
    Reply,
    /// A question to DNS, or its answer.
    Question,
    /// Refused, or the refusal on its way back.
    Refused,
    /// Gone without an answer.
    Timeout,
}

impl CardKind {
    /// Its class in the style sheet.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Reply => "reply",
            Self::Question => "question",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
        }
    }
}

/// The kind of rewrite that changed an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The destination was rewritten.
    Dnat,
    /// The source was rewritten.
    Snat,
    /// conntrack put the destination's side back.
    UndoneDnat,
    /// conntrack put the source's side back.
    UndoneSnat,
}

impl Change {
    /// Its class: the pen that marks it.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Dnat | Self::UndoneDnat => "dnat",
            Self::Snat | Self::UndoneSnat => "snat",
        }
    }

    /// The word beside it; nothing where an address was only put back.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Dnat => "DNAT",
            Self::Snat => "SNAT",
            Self::UndoneDnat | Self::UndoneSnat => "",
        }
    }
}

/// One address of the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRow {
    /// `src` or `dst`.
    pub key: &'static str,
    /// The address before and the kind of rewrite; `None` where it is as the packet set out with.
    pub was: Option<(String, Change)>,
    /// The address now.
    pub now: String,
}

/// The two addresses of a packet between two moments.
#[must_use]
pub fn header(before: &Packet, after: &Packet, reply: bool) -> [HeaderRow; 2] {
    let row = |key, was: String, now: String, change| HeaderRow {
        key,
        was: (was != now).then_some((was, change)),
        now,
    };
    let (src, dst) = if reply {
        (Change::UndoneDnat, Change::UndoneSnat)
    } else {
        (Change::Snat, Change::Dnat)
    };
    [
        row("src", end(before, before.src), end(after, after.src), src),
        row("dst", end(before, before.dst), end(after, after.dst), dst),
    ]
}

/// An address with its port, which ICMP does not have.
fn end(packet: &Packet, address: std::net::SocketAddr) -> String {
    if packet.protocol == Protocol::Icmp {
        address.ip().to_string()
    } else {
        address.to_string()
    }
}

/// The header card at one hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The kind of packet.
    pub kind: CardKind,
    /// Its title.
    pub title: String,
    /// Source and destination.
    pub rows: [HeaderRow; 2],
    /// The payload in words; `None` where it is not worth a line.
    pub note: Option<String>,
    /// Whether the payload travels inside TLS.
    pub sealed: bool,
}

impl Card {
    /// The card at `hop` of `trace`.
    #[must_use]
    pub fn new(trace: &Trace, hop: usize, lang: Lang) -> Option<Self> {
        let now = trace.hops.get(hop)?;
        let reply = now.direction == Direction::Reply;
        let first = first_of_run(&trace.hops, hop);
        let after = now.after.as_ref().unwrap_or(&now.before);
        let rows = header(&first.before, after, reply);
        let refusal = matches!(
            now.before.payload,
            Payload::Rst | Payload::PortUnreachable | Payload::HostUnreachable
        );
        let dead = now.after.is_none();
        let kind = match trace.verdict {
            Verdict::Timeout if dead => CardKind::Timeout,
            _ if dead || refusal => CardKind::Refused,
            _ if is_question(now) => CardKind::Question,
            _ if reply => CardKind::Reply,
            _ => CardKind::Request,
        };
        let restored = rows.iter().any(|it| it.was.is_some());
        Some(Self {
            kind,
            title: title(kind, now, reply, restored, dead, lang),
            rows,
            note: note(now),
            sealed: now.before.payload.is_sealed(),
        })
    }
}

/// The hop with which the direction of the connection began that `hop` belongs to.
#[must_use]
pub fn first_of_run(hops: &[Hop], hop: usize) -> &Hop {
    let (leg, direction) = (hops[hop].leg, hops[hop].direction);
    let mut first = hop;
    // A resolver at work has no packet of this connection yet.
    let asks = is_question(&hops[hop]);
    let same = |it: &Hop| it.leg == leg && it.direction == direction && is_question(it) == asks;
    while first > 0 && same(&hops[first - 1]) {
        first -= 1;
    }
    &hops[first]
}

fn title(kind: CardKind, hop: &Hop, reply: bool, restored: bool, dead: bool, lang: Lang) -> String {
    let place = || place_name(&hop.at, lang);
    match kind {
        CardKind::Request => phrase!(lang, en: "Request", ko: "요청"),
        CardKind::Reply if restored => phrase!(lang, en: "Reply, addresses restored", ko: "응답, 주소 복원됨"),
        CardKind::Reply => phrase!(lang, en: "Reply", ko: "응답"),
        CardKind::Question if reply => phrase!(lang, en: "DNS answer", ko: "DNS 응답"),
        CardKind::Question => phrase!(lang, en: "DNS query", ko: "DNS 질의"),
        CardKind::Refused if !dead => phrase!(lang, en: "Refusal", ko: "거부 응답"),
        CardKind::Refused => {
            let place = place();
            phrase!(lang, en: "Refused on {place}", ko: "{place}에서 거부")
        }
        CardKind::Timeout => {
            let place = place();
            phrase!(lang, en: "Lost at {place}", ko: "{place}에서 유실")
        }
    }
}

/// What a packet carries, where it is more than a first packet or an answer.
fn note(hop: &Hop) -> Option<String> {
    let text = match &hop.before.payload {
        Payload::Syn | Payload::SynAck | Payload::Data => return None,
        Payload::Rst => "TCP RST".to_owned(),
        Payload::DnsQuery(name, kind) => format!("{kind}? {name}"),
        Payload::DnsAnswer(text)
        | Payload::HttpRequest(text)
        | Payload::HttpResponse(text)
        | Payload::TlsRequest(text)
        | Payload::TlsResponse(text) => text.to_string(),
        Payload::Ping => "echo request".to_owned(),
        Payload::Pong => "echo reply".to_owned(),
        Payload::PortUnreachable => "icmp-port-unreachable".to_owned(),
        Payload::HostUnreachable => "icmp-host-unreachable".to_owned(),
    };
    (!text.is_empty()).then_some(text)
}

/// The place of the card on the stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CardPlacement {
    /// Its box.
    pub rect: Rect,
    /// Whether old and new addresses share a line.
    pub wide: bool,
    /// Where its leader may cross the client's column: between two labels.
    pub crossing: f64,
}

impl CardPlacement {
    /// The free slot beside the client that every card of `trace` fits into; `None` where there is none, and
    /// the card belongs under the sentence.
    #[must_use]
    pub fn new(layout: &Layout, trace: &Trace, lang: Lang) -> Option<Self> {
        if layout.is_narrow() {
            return None;
        }
        let wide = layout.density == Density::Low;
        let mut size = (0.0_f64, 0.0_f64);
        for hop in 0..trace.hops.len() {
            let (w, h) = card_size(&Card::new(trace, hop, lang)?, wide);
            size = (size.0.max(w), size.1.max(h));
        }
        let (w, h) = (size.0.min(340.0 + if wide { 140.0 } else { 0.0 }), size.1);
        if w <= 0.0 || h + 8.0 > layout.field.y {
            return None;
        }
        let y = ((layout.field.y - h) / 2.0).round().max(4.0);
        let free = Free::beside_client(layout);
        let left = (EDGE + w < free.left).then_some(Rect { x: EDGE, y, w, h });
        let right = layout.world.w - EDGE - w;
        let right = (right > free.right).then_some(Rect { x: right, y, w, h });
        let rect = if wide { right.or(left) } else { left.or(right) }?;
        Some(Self {
            rect,
            wide,
            crossing: free.crossing.clamp(rect.y + 10.0, rect.bottom() - 10.0),
        })
    }

    /// The same with the height that `card` has: each hop's card is as high as what it says.
    #[must_use]
    pub fn fit(mut self, card: &Card) -> Self {
        self.rect.h = card_size(card, self.wide).1;
        self.crossing = self.crossing.min(self.rect.bottom() - 10.0);
        self
    }

    /// Distance from the packet at which its line ends, in pixels.
    #[must_use]
    pub fn reach(layout: &Layout) -> f64 {
        if layout.compact { 10.0 } else { 13.0 }
    }

    /// The line from the card to the packet: never across the client's name, down into nodes beside the track.
    #[must_use]
    pub fn leader(&self, layout: &Layout, at: Point, ended: bool) -> String {
        let card = &self.rect;
        let reach = Self::reach(layout);
        // Beside the packet: straight across.
        if at.y < card.bottom() + 6.0 {
            let y = at.y.clamp(card.y + 14.0, card.bottom() - 14.0);
            let (from, to) = if at.x > card.right() {
                (pt(card.right(), y), pt(at.x - reach, at.y))
            } else {
                (pt(card.x, y), pt(at.x + reach, at.y))
            };
            return Curve::new(&[from, to], 8.0).d;
        }
        let over = |x: f64| (card.x + 16.0..=card.right() - 16.0).contains(&x);
        if ended {
            // Down the gap left of the machine, then in: the track stays free.
            let node = layout
                .nodes
                .iter()
                .find(|it| (it.track - at.x).abs() < 1.0 && it.rect.bottom() > at.y);
            if let Some(node) = node {
                let gap = node.rect.x - layout.dims.gap / 2.0;
                let end = pt(at.x - reach - 5.0, at.y);
                let mut points = self.down_to(gap, over(gap));
                points.extend([pt(gap, at.y), end]);
                return Curve::new(&points, 8.0).d;
            }
        }
        let mut points = self.down_to(at.x, over(at.x));
        points.push(pt(at.x, at.y - reach));
        Curve::new(&points, 8.0).d
    }

    /// From the card to the column `x`: out of its lower edge where it stands above, else out of its side.
    fn down_to(&self, x: f64, over: bool) -> Vec<Point> {
        let card = &self.rect;
        if over {
            return vec![pt(x, card.bottom())];
        }
        let y = self.crossing;
        let side = if x > card.right() { card.right() } else { card.x };
        vec![pt(side, y), pt(x, y)]
    }
}

/// From the edge of the drawing to the card.
const EDGE: f64 = 12.0;

/// What is free beside the client's column: up to where on its left, from where on its right, and the height at
/// which nothing is written in the column.
struct Free {
    left: f64,
    right: f64,
    crossing: f64,
}

impl Free {
    fn beside_client(layout: &Layout) -> Self {
        let client = layout.client;
        let name = measure::mono(&layout.client_address).max(60.0);
        let on_left = layout.density == Density::Low && client.x > name + 60.0;
        let (mut left, mut right) = if on_left {
            (client.x - 40.0 - name, client.x + 32.0)
        } else {
            (client.x - 27.0, client.x + 44.0 + name)
        };
        let mut bottom = layout.field.y - 6.0;
        for shape in &layout.outside {
            let (center, half) = (shape.center, shape.half);
            if center.y > layout.field.y - 1.0 {
                bottom = bottom.min(layout.field.y - 24.0);
            } else if center.x > client.x + 60.0 {
                right = right.max(layout.world.w);
            } else {
                right = right.max(center.x + half.0 + 16.0 + measure::mono(&shape.label));
                left = left.min(center.x - half.0 - 8.0);
                bottom = bottom.min(center.y - half.1);
            }
        }
        Self {
            left,
            right,
            crossing: (client.y + 19.0 + bottom) / 2.0,
        }
    }
}

/// Width and height that a card takes; the style sheet's paddings are part of it.
fn card_size(card: &Card, wide: bool) -> (f64, f64) {
    const KEY: f64 = 30.0;
    const TAG: f64 = 56.0;
    let title = measure::ui(&card.title, 13.0, true) + 34.0;
    let note = card
        .note
        .as_deref()
        .map_or(0.0, |it| measure::ui(it, 12.0, false).min(260.0));
    let mut width = title.max(note);
    let mut height = 10.0 + 23.0 + 11.0 + if card.note.is_some() { 21.0 } else { 0.0 };
    for row in &card.rows {
        let now = measure::mono(&row.now) + 10.0;
        let (w, lines) = match &row.was {
            None => (KEY + now, 1.0),
            Some((was, change)) => {
                let tag = if change.tag().is_empty() { 0.0 } else { TAG };
                let was = measure::mono(was);
                if wide {
                    (KEY + was.max(19.0 * measure::MONO) + 8.0 + now + tag, 1.0)
                } else {
                    (KEY + was.max(now + tag), 2.0)
                }
            }
        };
        width = width.max(w);
        height += lines * 18.0;
    }
    height += if wide { 0.0 } else { 4.0 };
    (width + 24.0, height)
}
