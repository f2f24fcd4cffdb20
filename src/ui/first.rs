//! Taking over from the first picture: a recording of this very page that plays while the engine is still on its
//! way (`scripts/first.mjs` makes it, `assets/first.js` plays it). Its packet is where it is; ours goes on from there.
//!
//! What was pressed and typed meanwhile is not handled here: the player hands it to the real controls.

use leptos::prelude::*;

use super::state::Session;

/// Puts the playhead where the first picture's is, if one is shown.
pub fn take_over(session: Session) {
    let Some(picture) = document().get_element_by_id("first") else {
        return;
    };
    let at = picture.get_attribute("data-ms").and_then(|it| it.parse::<u32>().ok());
    let Some(ms) = at.map(f64::from) else { return };
    if picture.has_attribute("data-playing") {
        session.playback.playhead.set(ms);
    } else {
        session.playback.seek(ms);
    }
}
