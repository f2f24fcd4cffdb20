//! The header card: source and destination of the packet as the network has made them so far.
//!
//! Beside the client where there is room, with a leader to the packet; else under the sentence.

use leptos::prelude::*;

use super::model::SceneModel;
use super::shapes;
use crate::scene::card::{Card, CardKind, CardPlacement, HeaderRow};
use crate::scene::geometry::{num_text, pt};
use crate::scene::glyph::{self, REPLY, REQUEST};
use crate::ui::icons::icon;
use crate::ui::state::Session;

/// The place of the current trace's card beside the client; `None` where it does not fit there.
fn placement(session: Session, model: SceneModel) -> Memo<Option<CardPlacement>> {
    Memo::new(move |_| {
        let trace = session.traffic.trace().filter(|_| !session.traffic.is_burst())?;
        CardPlacement::new(&model.layout.read(), &trace, session.lang.get())
    })
}

fn current(session: Session) -> Memo<Option<Card>> {
    Memo::new(move |_| {
        let trace = session.traffic.trace().filter(|_| !session.traffic.is_burst())?;
        Card::new(&trace, session.playback.hop.get(), session.lang.get())
    })
}

/// The line from the card to the packet.
#[component]
pub fn Leader() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let (placement, card) = (placement(session, model), current(session));
    let d = move || {
        let frame = model.frame.get()?;
        let highlight = model.highlight.read();
        let at = highlight
            .end
            .filter(|_| is_over(session, frame.hop))
            .map_or(frame.at, |it| it.0);
        Some(placement.get()?.fit(&card.get()?).leader(
            &model.layout.read(),
            at,
            highlight.end.is_some_and(|it| it.0 == at),
        ))
    };
    // What the line starts from, for the first picture, which moves before there is anyone to ask.
    let corners = move || {
        let placement = placement.get()?.fit(&card.get()?);
        let (rect, reach) = (placement.rect, CardPlacement::reach(&model.layout.read()));
        Some(
            [rect.x, rect.y, rect.right(), rect.bottom(), placement.crossing, reach]
                .map(num_text)
                .join(" "),
        )
    };
    move || {
        let kind = card.get()?.kind.class();
        placement.get()?;
        Some(view! { <path class=format!("leader {kind}") d=d data-card=corners></path> })
    }
}

/// Whether the packet dies at this hop.
fn is_over(session: Session, hop: usize) -> bool {
    session
        .traffic
        .trace()
        .and_then(|trace| trace.hops.get(hop).map(|it| it.after.is_none()))
        .unwrap_or(false)
}

/// The card beside the client.
#[component]
pub fn CardInStage() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let (placement, card) = (placement(session, model), current(session));
    move || {
        let card = card.get()?;
        let placement = placement.get()?.fit(&card);
        let zoom = model.scale();
        let place = format!(
            "translate:{}px {}px;width:{}px;scale:{}",
            num_text(placement.rect.x * zoom),
            num_text(placement.rect.y * zoom),
            num_text(placement.rect.w),
            num_text(zoom)
        );
        let class = format!(
            "card {} {}",
            if placement.wide { "wide" } else { "tall" },
            card.kind.class()
        );
        Some(view! {
            <div class=class style=place aria-hidden="true">
                <div class=format!("ct {}", card.kind.class())>{mark(card.kind)} {card.title.clone()}</div>
                {header_rows(&card.rows)}
                {note_line(&card)}
            </div>
        })
    }
}

/// The card under the sentence, where it does not fit beside the client.
#[component]
pub fn CardBelow() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let (placement, card) = (placement(session, model), current(session));
    move || {
        let card = card.get()?;
        placement.get().is_none().then(|| {
            // Room is short here, and always the same: only the addresses, which the sentence does not say.
            view! {
                <div class=format!("docked {}", card.kind.class()) aria-hidden="true">
                    {header_rows(&card.rows)}
                </div>
            }
        })
    }
}

/// What the packet carries; with a lock before it inside TLS.
fn note_line(card: &Card) -> Option<AnyView> {
    let note = card.note.clone()?;
    let lock = card.sealed.then(|| icon("lock"));
    Some(view! { <div class="cn">{lock} {note}</div> }.into_any())
}

/// Source and destination; where one changed, the old one struck and the new one marked.
pub fn header_rows(rows: &[HeaderRow; 2]) -> Vec<AnyView> {
    rows.iter()
        .map(|row| match &row.was {
            None => view! {
                <div class="hr">
                    <span class="k">{row.key}</span>
                    <span class="is">{row.now.clone()}</span>
                </div>
            }
            .into_any(),
            Some((was, change)) => view! {
                <div class="hr changed">
                    <span class="k">{row.key}</span>
                    <s>{was.clone()}</s>
                    <span class=format!("is {}", change.class())>{row.now.clone()}</span>
                    <span class=format!("tag {}", change.class())>{change.tag()}</span>
                </div>
            }
            .into_any(),
        })
        .collect()
}

/// The packet's own mark, in the title of its card.
fn mark(kind: CardKind) -> AnyView {
    let mut end = Vec::new();
    match kind {
        CardKind::Refused => glyph::octagon(&mut end, pt(0.0, 0.0), 9.0),
        CardKind::Timeout => glyph::clock(&mut end, pt(0.0, 0.0), 8.0),
        _ => {}
    }
    let packet = match kind {
        CardKind::Request => Some(("packet request", REQUEST)),
        CardKind::Reply => Some(("packet reply", REPLY)),
        CardKind::Question => Some(("packet request question", REQUEST)),
        CardKind::Refused | CardKind::Timeout => None,
    };
    view! {
        <svg class="pk marks" viewBox="-14 -10 28 20" aria-hidden="true">
            {shapes::draw(&end)}
            {packet
                .map(|(class, d)| {
                    view! {
                        <g class=class transform="scale(0.85)">
                            <path class="body" d=d></path>
                        </g>
                    }
                })}
        </svg>
    }
    .into_any()
}
