//! How wide a text will be, without a browser.
//!
//! The page uses whatever system face is there, so these are widths of the widest common ones (measured at
//! 12 px over Segoe UI, San Francisco, Inter, Noto Sans; DejaVu Sans Mono for addresses): a label that fits
//! here fits there.

/// Advance of one character of the monospaced face at 12 px: DejaVu Sans Mono, the widest of the list.
pub const MONO: f64 = 7.23;

/// Width of `text` in the monospaced face at 12 px. Korean letters take two columns.
#[must_use]
pub fn mono(text: &str) -> f64 {
    text.chars().map(|it| if is_wide(it) { 2.0 } else { 1.0 }).sum::<f64>() * MONO
}

/// Width of `text` in the face of the interface at `px`; `bold` for weights of 600 and more.
#[must_use]
pub fn ui(text: &str, px: f64, bold: bool) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|it| match it {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.28,
            'f' | 't' | 'r' | '(' | ')' | '-' | ' ' | '/' => 0.36,
            'm' | 'w' | 'M' | 'W' => 0.85,
            'A'..='Z' => 0.68,
            _ if is_wide(it) => 0.94,
            _ => 0.57,
        })
        .sum();
    ems * px * if bold { 1.06 } else { 1.0 }
}

/// Cuts `text` with an ellipsis so that it stays within `width` at the monospaced 12 px.
#[must_use]
pub fn fit_mono(text: &str, width: f64) -> String {
    let room = (width / MONO).floor().max(1.0) as usize;
    let n_letters = text.chars().count();
    if n_letters <= room {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(room.saturating_sub(1)).collect();
    out.push('…');
    out
}

/// Cuts the beginning of `text`, so that it stays within `width` at the monospaced 12 px: of an address the end
/// tells more.
#[must_use]
pub fn fit_mono_end(text: &str, width: f64) -> String {
    let room = (width / MONO).floor().max(1.0) as usize;
    let n_letters = text.chars().count();
    if n_letters <= room {
        return text.to_owned();
    }
    let end: String = text.chars().skip(n_letters + 1 - room).collect();
    format!("…{}", end.trim_start_matches(['.', ':']))
}

/// Cuts `text` with an ellipsis so that it stays within `width` in the face of the interface.
#[must_use]
pub fn fit_ui(text: &str, px: f64, bold: bool, width: f64) -> String {
    if ui(text, px, bold) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for letter in text.chars() {
        out.push(letter);
        if ui(&out, px, bold) + px * 0.8 > width {
            out.pop();
            break;
        }
    }
    out.push('…');
    out
}

const fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff00}'..='\u{ff60}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_fits() {
        assert_eq!(fit_mono("frontend", 57.0), "fronte…");
        assert_eq!(fit_mono("web", 60.0), "web");
        assert_eq!(fit_mono_end("192.168.10.11", 80.0), "…168.10.11");
        for width in [30.0, 60.0, 120.0] {
            let cut = fit_ui("a-node-with-a-long-name", 15.0, true, width);
            assert!(ui(&cut, 15.0, true) <= width, "{cut} in {width}");
        }
        assert!(mono("노드") > mono("no"));
    }
}
