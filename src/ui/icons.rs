//! The icons of the page: a 20 px grid, 1.5 px lines, drawn for Kubehop.
//!
//! All symbols stand once in a hidden sprite; [`icon`] refers to one of them by name.

use leptos::prelude::*;

const SYMBOLS: &str = r##"
<symbol id="i-logo" viewBox="0 0 28 20"><path d="M4 15.5C5 5 12.2 5 13.6 13M14.6 13C16 6.5 22 6.5 23.6 13.6" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/><circle cx="4" cy="16" r="2.6" fill="currentColor"/><circle cx="14.1" cy="16" r="2.6" fill="none" stroke="currentColor" stroke-width="2"/><circle cx="24" cy="16" r="2.6" fill="currentColor"/></symbol>
<symbol id="i-play" viewBox="0 0 20 20"><path d="M6.5 4.2v11.6L15.8 10z" fill="currentColor"/></symbol>
<symbol id="i-pause" viewBox="0 0 20 20"><path d="M6 4.5h2.6v11H6zM11.4 4.5H14v11h-2.6z" fill="currentColor"/></symbol>
<symbol id="i-next" viewBox="0 0 20 20"><path d="M5 4.6v10.8L12.6 10z" fill="currentColor"/><path d="M15 4.8v10.4" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></symbol>
<symbol id="i-prev" viewBox="0 0 20 20"><path d="M15 4.6v10.8L7.4 10z" fill="currentColor"/><path d="M5 4.8v10.4" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></symbol>
<symbol id="i-theme" viewBox="0 0 20 20"><circle cx="10" cy="10" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M10 3.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor"/></symbol>
<symbol id="i-down" viewBox="0 0 20 20"><path d="m6 8 4 4 4-4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-up" viewBox="0 0 20 20"><path d="m6 12 4-4 4 4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-check" viewBox="0 0 20 20"><path d="m4.8 10.4 3.4 3.4 7-7.4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-cross" viewBox="0 0 20 20"><path d="m5.8 5.8 8.4 8.4m0-8.4-8.4 8.4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></symbol>
<symbol id="i-stop" viewBox="0 0 20 20"><path d="M6.6 2h6.8L18 6.6v6.8L13.4 18H6.6L2 13.4V6.6z" fill="currentColor"/><path d="m7 7 6 6m0-6-6 6" stroke="var(--surface-1)" stroke-width="2" stroke-linecap="round"/></symbol>
<symbol id="i-wait" viewBox="0 0 20 20"><circle cx="10" cy="10" r="6.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="0.1 3.98" stroke-linecap="round"/></symbol>
<symbol id="i-minus" viewBox="0 0 20 20"><path d="M5 10h10" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></symbol>
<symbol id="i-plus" viewBox="0 0 20 20"><path d="M5 10h10M10 5v10" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></symbol>
<symbol id="i-fit" viewBox="0 0 20 20"><path d="M4 7.5V4h3.5M12.5 4H16v3.5M16 12.5V16h-3.5M7.5 16H4v-3.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-follow" viewBox="0 0 20 20"><g fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"><circle cx="10" cy="10" r="4.6"/><path d="M10 2.6v3M10 14.4v3M2.6 10h3M14.4 10h3"/></g><circle cx="10" cy="10" r="1.5" fill="currentColor"/></symbol>
<symbol id="i-lesson" viewBox="0 0 20 20"><path d="M4 4.5h9.5a2 2 0 0 1 2 2v9H6a2 2 0 0 1-2-2zM7 8h5.5M7 11h4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-back" viewBox="0 0 20 20"><path d="m11.5 5-5 5 5 5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-yaml" viewBox="0 0 20 20"><path d="M4 5h5M7 9h8M7 13h6M4 17h7" transform="translate(0 -1)" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></symbol>
<symbol id="i-hops" viewBox="0 0 20 20"><g fill="none" stroke="currentColor" stroke-width="1.5"><path d="M6 6.4v7.2"/><circle cx="6" cy="4.4" r="2"/><circle cx="6" cy="15.6" r="2"/></g><path d="M10.5 4.4H16M10.5 10H16M10.5 15.6H16" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/></symbol>
<symbol id="i-link" viewBox="0 0 20 20"><path d="M4 10h11m-4-4.2 4.2 4.2L11 14.2" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></symbol>
<symbol id="i-help" viewBox="0 0 20 20"><g fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"><path d="M7.2 7.6a2.8 2.8 0 1 1 4.2 2.5c-.9.5-1.4 1-1.4 2.1"/></g><circle cx="10" cy="14.9" r="1.05" fill="currentColor"/></symbol>
<symbol id="i-warn" viewBox="0 0 20 20"><path d="M10 3.6 17 16H3z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M10 8.4v3.4" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/><circle cx="10" cy="13.9" r=".9" fill="currentColor"/></symbol>
<symbol id="i-info" viewBox="0 0 20 20"><circle cx="10" cy="10" r="6.6" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M10 9.4v3.8" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/><circle cx="10" cy="6.9" r=".95" fill="currentColor"/></symbol>
<symbol id="i-lock" viewBox="0 0 20 20"><path d="M6.8 9V6.6a3.2 3.2 0 0 1 6.4 0V9" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/><rect x="4.6" y="8.8" width="10.8" height="7.6" rx="1.6" fill="currentColor"/></symbol>
<symbol id="i-save" viewBox="0 0 20 20"><path d="M10 3.6v8.2M6.6 8.6 10 12l3.4-3.4M4 15.6h12" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/></symbol>
"##;

/// The hidden sprite; once per page.
#[component]
pub fn Sprite() -> impl IntoView {
    view! { <svg width="0" height="0" style="position:absolute" aria-hidden="true" inner_html=SYMBOLS></svg> }
}

/// An icon; decorative, so what it stands for must be said beside it.
pub fn icon(name: &'static str) -> impl IntoView {
    // The address is made at run time: in a template without anything dynamic `use_` would stay `use_`.
    view! {
        <svg class=format!("i i-{name}") aria-hidden="true">
            <use_ href=format!("#i-{name}")></use_>
        </svg>
    }
}
