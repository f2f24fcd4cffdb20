//! What speaks to people outside Rust says it in every language of the page.

use std::fs;
use std::path::Path;

use kubehop::lesson::load::load_chapters;
use kubehop::text::Lang;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect(file)
}

/// What stands between `start` and the next `end` after it.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, after) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("{start:?} is not there"));
    after
        .split_once(end)
        .map(|(inside, _)| inside)
        .unwrap_or_else(|| panic!("{end:?} is not there"))
}

#[test]
fn the_loading_screen_speaks_every_language() {
    let html = read("index.html");
    for (tag, id) in [
        ("p", "boot-say"),
        ("p", "boot-ask"),
        ("p", "boot-slow"),
        ("p", "boot-broken"),
        ("button", "boot-again"),
    ] {
        let paragraph = between(&html, &format!("<{tag} id=\"{id}\""), &format!("</{tag}>"));
        for lang in Lang::ALL {
            let words = between(paragraph, &format!("<span lang=\"{}\">", lang.code()), "</span>");
            assert!(!words.trim().is_empty(), "{id} in {}", lang.code());
        }
    }
    let noscript = between(&html, "<noscript>", "</noscript>");
    let page = between(&html, "<html lang=\"", "\"");
    for lang in Lang::ALL.iter().filter(|it| it.code() != page) {
        between(noscript, &format!("<p lang=\"{}\">", lang.code()), "</p>");
    }
}

#[test]
fn the_start_script_speaks_every_language() {
    let script = read("assets/boot.js");
    let first = format!("{{ {}: \"", Lang::ALL[0].code());
    let sentences: Vec<&str> = script.split(&first).skip(1).collect();
    assert_eq!(sentences.len(), 3);
    for sentence in sentences {
        let (sentence, _) = sentence.split_once('}').expect("the end of an object");
        for lang in &Lang::ALL[1..] {
            let key = format!(", {}: \"", lang.code());
            assert!(sentence.contains(&key), "{:?} is not in {sentence}", lang.code());
        }
    }
}

#[test]
fn the_editor_knows_every_language() {
    let script = read("assets/editor/api.ts");
    let known: Vec<&str> = between(&script, "export type Lang = ", ";").split(" | ").collect();
    let codes: Vec<String> = Lang::ALL.iter().map(|it| format!("\"{}\"", it.code())).collect();
    assert_eq!(known, codes);
}

#[test]
fn chapters_have_a_title_in_every_language() {
    let chapters = load_chapters(&read("lessons/chapters.yaml")).expect("chapters");
    for chapter in chapters.chapters {
        for lang in Lang::ALL {
            assert!(
                !chapter.title.get(*lang).trim().is_empty(),
                "{} in {}",
                chapter.id,
                lang.code()
            );
        }
    }
}

#[test]
fn korean_stands_under_its_key() {
    for (name, source) in crate::architecture::sources() {
        if name == "text.rs" || name.contains("tests") {
            continue;
        }
        let mut continued = false;
        for (idx, line) in source.lines().enumerate() {
            if line.trim() == "#[cfg(test)]" {
                break;
            }
            let code = line.split_once("//").map_or(line, |(code, _)| code);
            let korean = code.chars().any(|it| ('가'..='힣').contains(&it));
            assert!(
                !korean || continued || code.contains("ko: "),
                "{name}:{}: {code}",
                idx + 1
            );
            continued = line.ends_with('\\');
        }
    }
}
