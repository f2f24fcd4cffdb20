//! Words for people: what no text of the page says, in catalogues and lessons; how long the sentences of hops are.

use std::fs;
use std::path::{Path, PathBuf};

use kubehop::text::Lang;

/// Korean words of another vocabulary than ours, and English ones of another dialect. A kind stands as in YAML; once
/// in a lesson its Korean word follows in brackets.
const NOT_IN_KOREAN: [&str; 24] = [
    "파드",
    "포드",
    "노드 포트",
    "클러스터 IP",
    "객체",
    "애너테이션",
    "라벨",
    "거절",
    "고장",
    "레슨",
    "인그레스",
    "디플로이먼트",
    "label",
    "selector",
    "namespace",
    "endpoint",
    "controller",
    "annotation",
    "replica",
    "probe",
    "cookie",
    "header",
    "headless",
    "resolver",
];

const NOT_IN_ENGLISH: [&str; 14] = [
    "mend",
    "mends",
    "mended",
    "anew",
    "amiss",
    "lest",
    "whom",
    "shall",
    "nobody",
    "wished",
    "speaks",
    "hears",
    "dials",
    "endpoint(s)",
];

/// The Korean word that follows a kind once.
const IN_BRACKETS: [&str; 6] = [
    "Pod(파드)",
    "Service(서비스)",
    "Ingress(인그레스)",
    "EndpointSlice(엔드포인트슬라이스)",
    "Deployment(디플로이먼트)",
    "헤드리스(headless)",
];

/// What a text says that it should not; what stands in code marks is not ours to choose.
fn faults(text: &str, lang: Lang) -> Vec<&'static str> {
    let mut prose: String = text.split('`').step_by(2).collect::<Vec<_>>().join("\u{1}");
    for it in IN_BRACKETS {
        prose = prose.replace(it, "");
    }
    let words: &[&'static str] = match lang {
        Lang::En => &NOT_IN_ENGLISH,
        Lang::Ko => &NOT_IN_KOREAN,
    };
    let letter = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '{' | '}' | '/' | '.' | ':' | '=');
    let stands = |word: &str| {
        prose.match_indices(word).any(|(at, _)| {
            let (before, after) = (&prose[..at], &prose[at + word.len()..]);
            let ascii = word.is_ascii();
            let inside = before.chars().next_back().is_some_and(letter)
                || after
                    .chars()
                    .next()
                    .is_some_and(|it| letter(it) && !matches!(it, '.' | ':'));
            !ascii || !inside
        })
    };
    words.iter().copied().filter(|it| stands(it)).collect()
}

/// The literals behind a key of a language in a source file.
fn literals(source: &str, key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    for (at, _) in source.match_indices(&format!("{key}: \"")) {
        let own = at == 0 || !source[..at].ends_with(|it: char| it.is_alphanumeric() || it == '_');
        let mut text = String::new();
        let mut escaped = false;
        for letter in source[at + key.len() + 3..].chars() {
            match letter {
                _ if escaped => escaped = false,
                '\\' => {
                    escaped = true;
                    continue;
                }
                '"' => break,
                _ => {}
            }
            text.push(letter);
        }
        if own {
            found.push(text);
        }
    }
    found
}

#[test]
fn catalogues_keep_to_the_words_of_their_language() {
    let mut wrong = Vec::new();
    for (name, source) in crate::architecture::sources() {
        // The examples of the module that makes such texts.
        if name == "text.rs" {
            continue;
        }
        for lang in Lang::ALL {
            for text in literals(&source, lang.code()) {
                for word in faults(&text, *lang) {
                    wrong.push(format!("{name}: {word:?} in {text:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn files_below(at: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(at).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn lessons_keep_to_the_words_of_their_language() {
    let mut files = Vec::new();
    files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons"), &mut files);
    let mut wrong = Vec::new();
    for path in files {
        let name = path
            .file_name()
            .and_then(|it| it.to_str())
            .unwrap_or_default()
            .to_owned();
        let text = fs::read_to_string(&path).expect("a text");
        for lang in Lang::ALL {
            let code = lang.code();
            let mut told: Vec<String> = Vec::new();
            if name == format!("text.{code}.md") {
                // Blocks of code are no prose either.
                let prose = text.split("```").step_by(2);
                told.extend(prose.flat_map(str::lines).map(str::to_owned));
            } else if name == "lesson.yaml" || name == "chapters.yaml" {
                told.extend(literals(&text, code));
                let plain = text
                    .lines()
                    .filter_map(|it| it.trim_start().strip_prefix(&format!("{code}: ")));
                told.extend(plain.filter(|it| !it.starts_with('"')).map(str::to_owned));
            }
            for line in told {
                for word in faults(&line, *lang) {
                    wrong.push(format!("{}: {word:?} in {line:?}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn forbidden_words_are_noticed() {
    assert_eq!(faults("Pod(파드)의 레이블, `selector`", Lang::Ko), [] as [&str; 0]);
    assert_eq!(faults("파드의 label이", Lang::Ko), ["파드", "label"]);
    assert_eq!(faults("{selector}에 맞는", Lang::Ko), [] as [&str; 0]);
    assert_eq!(faults("Make it anew, and mend it.", Lang::En), ["mend", "anew"]);
    assert_eq!(faults("amended", Lang::En), [] as [&str; 0]);
}

/// A sentence with values of usual length in place of its variables.
fn filled(sentence: &str) -> String {
    let mut out = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str(match name {
            "service" | "policy" | "ingress" => "default/web",
            "node" | "from_node" | "sender" => "node-1",
            "pod" => "web-…-nwzts",
            "count" | "total" | "ndots" => "3",
            "by" => "로",
            "port" => "8080",
            "status" => "200",
            "kind" => "AAAA",
            "rcode" => "NXDOMAIN",
            "rule" | "what" => "tcp:30080",
            "name" | "next" | "outside" | "target" => "web.default.svc",
            "libc" => "musl",
            "error" => "",
            _ => "10.244.3.2",
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[test]
fn sentences_of_hops_fit_the_line_they_stand_in() {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/net/why.rs")).expect("why.rs");
    for lang in Lang::ALL {
        let most = match lang {
            Lang::En => 110,
            Lang::Ko => 80,
        };
        let all = literals(&source, lang.code());
        assert!(all.len() > 90, "{} sentences", all.len());
        let long: Vec<String> = all
            .iter()
            .map(|it| filled(it))
            .filter(|it| it.chars().count() > most)
            .map(|it| format!("{}: {it}", it.chars().count()))
            .collect();
        assert!(long.is_empty(), "{}", long.join("\n"));
    }
}
