//! Beside the stage: the hops as a route with stops, and the inspector of the current one.
//!
//! - [`outcome`]: the answer, and what was asked of DNS
//! - [`inspect`]: the packet before and after, the rules that matched, where they come from

pub mod inspect;
pub mod outcome;

use leptos::prelude::*;

use super::stage::shapes;
use super::state::Session;
use crate::scene::hop::{HopLine, HopMark, lines};

/// The list of hops; equal in content to the drawing. Choosing one goes there.
#[component]
pub fn Hops() -> impl IntoView {
    let session = Session::expect();
    let all = Memo::new(move |_| {
        session
            .traffic
            .trace()
            .map(|trace| {
                let mut lines = lines(&trace, session.lang.get());
                lines.truncate(session.playback.hidden_from().unwrap_or(lines.len()));
                lines
            })
            .unwrap_or_default()
    });
    let count = move || {
        let n_hops = all.read().len();
        let hop = session.playback.hop.get() + 1;
        match session.playback.hidden_from() {
            Some(_) => Some(format!("{hop} / ?")),
            None => (n_hops > 0).then(|| format!("{hop} / {n_hops}")),
        }
    };
    let rows = move || -> Vec<AnyView> {
        let all = all.read();
        all.iter()
            .enumerate()
            .map(|(idx, line)| row(session, idx, line, all.get(idx + 1)))
            .collect()
    };
    let none = move || {
        all.read().is_empty().then(|| {
            // A name that leads nowhere is told without a single hop.
            let text = session
                .traffic
                .trace()
                .map(|it| it.reason.say().get(session.lang.get()).to_owned());
            view! { <p class="none">{text.unwrap_or_else(|| session.words().no_hops.to_owned())}</p> }
        })
    };
    view! {
        <header>
            <h2>{session.say(|w| w.hops)}</h2>
            <span class="n">{count}</span>
        </header>
        <ol>
            {rows}
            {move || session.playback.hidden_from().map(|_| hidden_hop(session))}
        </ol>
        {none}
    }
}

/// The hop that a question is about.
fn hidden_hop(session: Session) -> impl IntoView {
    let shapes = shapes::draw(&HopMark::Dns.shapes(false, false));
    view! {
        <li class="next end hidden-hop">
            <button type="button" on:click=move |_| session.playback.step(1)>
                <span class="rail">
                    <svg class="marks" viewBox="0 0 20 20" aria-hidden="true">
                        {shapes}
                    </svg>
                </span>
                <span class="ht">{session.say(|w| w.hidden_hop)}</span>
            </button>
        </li>
    }
}

fn row(session: Session, idx: usize, line: &HopLine, next: Option<&HopLine>) -> AnyView {
    let current = Memo::new(move |_| session.playback.hop.get() == idx);
    let past = Memo::new(move |_| idx <= session.playback.hop.get());
    let mut fixed = String::new();
    if line.reply {
        fixed.push_str(" reply");
    }
    if line.bad {
        fixed.push_str(" isbad");
    }
    match next {
        None => fixed.push_str(" end"),
        Some(next) if next.reply && !line.reply => fixed.push_str(" turns"),
        Some(_) => {}
    }
    let class = move || {
        let past = if past.get() { "past" } else { "next" };
        format!("{past}{fixed}{}", if current.get() { " cur" } else { "" })
    };
    let tag = match line.mark {
        HopMark::Dnat => Some(("tag dnat", "DNAT")),
        HopMark::Snat => Some(("tag snat", "SNAT")),
        HopMark::Undo => Some(("tag undo", session.words().restored)),
        _ => None,
    };
    let shapes = shapes::draw(&line.mark.shapes(line.reply, line.bad));
    let node = NodeRef::<leptos::html::Li>::new();
    // The current hop stays in sight of a list that scrolls.
    Effect::new(move |_| {
        if current.get()
            && let Some(element) = node.get()
        {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    view! {
        <li node_ref=node class=class aria-current=move || current.get().then_some("step")>
            <button type="button" title=line.text.clone() on:click=move |_| session.playback.seek_hop(idx)>
                <span class="rail">
                    <svg class="marks" viewBox="0 0 20 20" aria-hidden="true">
                        {shapes}
                    </svg>
                </span>
                <span class="ha">{line.place.clone()}</span>
                <span class="ht">{line.text.clone()}</span>
                {tag.map(|(class, text)| view! { <span class=class>{text}</span> })}
            </button>
        </li>
    }
    .into_any()
}
