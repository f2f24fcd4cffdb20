//! The inspector: one hop in full. The packet before and after with what changed marked, the rules that
//! matched as a walk through their chains, the object and the line they come from.

use leptos::prelude::*;

use crate::api::Kind;
use crate::net::trace::{Direction, RuleEffect, RuleHit};
use crate::net::{Hop, Place, Stage, Trace};
use crate::scene::card::header;
use crate::scene::hop::place_name;
use crate::scene::route::is_rewritten;
use crate::text::{FileId, LineIndex};
use crate::ui::i18n;
use crate::ui::icons::icon;
use crate::ui::stage::card::header_rows;
use crate::ui::state::Session;

/// The current hop in full.
#[component]
pub fn Inspector() -> impl IntoView {
    let session = Session::expect();
    move || {
        let trace = session.traffic.trace()?;
        let idx = session.playback.hop.get();
        let hop = trace.hops.get(idx)?;
        let lang = session.lang.get();
        let place = place_name(&hop.at, lang);
        let title = match hop.at {
            Place::Node(_) | Place::Pod(..) => i18n::inside(lang, &place),
            _ => i18n::at_place(lang, &place),
        };
        let after = hop.after.as_ref().unwrap_or(&hop.before);
        let rows = header(&hop.before, after, hop.direction == Direction::Reply);
        Some(view! {
            <header>
                <h2>{title}</h2>
                <span class="n">{hop.before.protocol.name()}</span>
            </header>
            <div class="hdr">{header_rows(&rows)}</div>
            <p class="carries">
                <code>{payload(hop)}</code>
            </p>
            {rules(session, hop)}
            {conntrack_entry(session, &trace, idx)}
            {origin(session, hop)}
            <h3>{session.words().why}</h3>
            <p class="why">{hop.why.say().get(lang).to_owned()}</p>
        })
    }
}

/// What the packet carries, as `tcpdump` would end its line.
fn payload(hop: &Hop) -> String {
    let line = hop.before.to_string();
    line.split_once(": ").map(|it| it.1.to_owned()).unwrap_or(line)
}

/// The rules that matched, in order.
fn rules(session: Session, hop: &Hop) -> Option<AnyView> {
    if hop.rules.is_empty() {
        return None;
    }
    let steps: Vec<AnyView> = hop.rules.iter().map(|hit| step(session, hit)).collect();
    Some(
        view! {
            <h3>{session.words().rules_met}</h3>
            <ol class="walk">{steps}</ol>
        }
        .into_any(),
    )
}

fn step(session: Session, hit: &RuleHit) -> AnyView {
    let class = match hit.effect {
        RuleEffect::Translates => "dnat",
        RuleEffect::Masquerades => "snat",
        RuleEffect::Marks => "sub snat",
        RuleEffect::Refuses => "bad",
        RuleEffect::None => "",
    };
    // `-A CHAIN` is the chain's name again.
    let rest = hit
        .text
        .strip_prefix("-A ")
        .and_then(|it| it.split_once(' '))
        .map_or(&*hit.text, |it| it.1);
    let chance = (hit.probability < 1.0).then(|| i18n::probability(session.lang.get(), hit.probability));
    view! {
        <li class=class>
            <span class="chain">
                <code>{hit.chain.to_string()}</code>
                <small>{hit.table}</small>
            </span>
            <code class="rule" title=hit.text.to_string()>
                {rest.to_owned()}
            </code>
            {chance.map(|it| view! { <span class="chance">{it}</span> })}
        </li>
    }
    .into_any()
}

/// On the way back, the connection as conntrack has kept it.
fn conntrack_entry(session: Session, trace: &Trace, idx: usize) -> Option<AnyView> {
    let hop = &trace.hops[idx];
    if hop.stage != Stage::Undo || !is_rewritten(hop) {
        return None;
    }
    let request = trace
        .hops
        .iter()
        .find(|it| it.at == hop.at && it.leg == hop.leg && it.direction == Direction::Request)?;
    let words = session.words();
    Some(
        view! {
            <h3>{words.remembered}</h3>
            <dl class="ct-entry">
                <dt>{words.came_in}</dt>
                <dd>{format!("{} → {}", request.before.src, request.before.dst)}</dd>
                <dt>{words.answer_comes}</dt>
                <dd>{format!("{} → {}", hop.before.src, hop.before.dst)}</dd>
            </dl>
            <p class="why">{words.no_rule_asked}</p>
        }
        .into_any(),
    )
}

/// The object that the rules come from, with its line; pressing it leads the editor there.
fn origin(session: Session, hop: &Hop) -> Option<AnyView> {
    let object = hop.object.as_ref()?;
    let words = session.words();
    let name = if object.namespace.is_empty() {
        object.name.clone()
    } else {
        object.key().to_string()
    };
    let kind = if object.kind == Kind::Other {
        ""
    } else {
        object.kind.name()
    };
    let bad = if hop.after.is_none() { "origin bad" } else { "origin" };
    let head = view! {
        <h3>{words.made_from}</h3>
    };
    let Some(span) = hop.span.filter(|it| it.file != FileId::PRESET) else {
        return Some(
            view! {
                {head}
                <p class="origin preset">
                    <span>
                        <b>{kind}</b>
                        " "
                        {name}
                    </span>
                    <span class="note">{words.from_preset}</span>
                </p>
            }
            .into_any(),
        );
    };
    let text = session.manifests.text.read_untracked();
    let index = LineIndex::new(&text);
    let line = index.line(span.start);
    let start = index.start_of(line) as usize;
    let source = text
        .get(start..)
        .and_then(|it| it.lines().next())
        .unwrap_or_default()
        .trim()
        .to_owned();
    Some(
        view! {
            {head}
            <button class=bad type="button" on:click=move |_| session.manifests.reveal.set(Some(span))>
                <span>
                    <b>{kind}</b>
                    " "
                    {name}
                </span>
                <code>{i18n::line(session.lang.get(), line)}</code>
                <code class="src">{source}</code>
                {icon("link")}
            </button>
        }
        .into_any(),
    )
}
