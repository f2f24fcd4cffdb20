//! What is wrong with a text as YAML: Go's words for it, where, and what it usually means.
//!
//! `kubectl` reads YAML with a translation of libyaml; the same library tells us here what it says
//! (`sigs.k8s.io/yaml goyaml.v2/decode.go`, function `fail`, adds the line).

use serde::Deserialize as _;

use super::split::{Chunk, Problem};
use crate::diag::{Diagnostic, Severity};
use crate::text::{FileId, Span, text};

/// What libyaml has against the first document of `source`.
pub(super) fn refusal(file: FileId, source: &str, offset: usize) -> Option<Diagnostic> {
    if let Some((at, _)) = source.char_indices().find(|&(_, letter)| !is_printable(letter)) {
        return Some(refused(
            "yaml: control characters are not allowed".to_owned(),
            letter_at(file, source, offset, at),
        ));
    }
    let first = serde_yaml::Deserializer::from_str(source).next()?;
    let error = serde::de::IgnoredAny::deserialize(first).err()?;
    let location = error.location()?;
    let said = error.to_string();
    // "PROBLEM at line 3 column 5, CONTEXT at line …"
    let problem = match said.rfind(" at line ").map(|_| said.find(" at line ")) {
        Some(Some(at)) => &said[..at],
        _ => said.split(" at position ").next().unwrap_or(&said),
    };
    let problem = problem.split(", while ").next().unwrap_or(problem);
    if problem == "unknown anchor" {
        let start = byte_at(source, location.index());
        let name = anchor_name(&source[start..]);
        let end = (start + 1 + name.len()).min(source.len());
        let span = if source[start..].starts_with('*') {
            Span::new(file, (offset + start) as u32, (offset + end) as u32)
        } else {
            letter_at(file, source, offset, start)
        };
        return Some(refused(format!("yaml: unknown anchor '{name}' referenced"), span).explain(text! {
            en: "`*name` repeats what `&name` marked further up; nothing is marked so. Text that begins with `*` needs quotes.",
            ko: "`*name`은 위에서 `&name`으로 표시한 것을 반복합니다. 그런 표시가 없습니다. `*`로 시작하는 문자열은 따옴표로 감싸야 합니다.",
        }));
    }
    if !is_libyaml(problem) {
        return None;
    }
    // Lines from 0. Parser errors are reported one line too early, since Go forgets that lines start at 1.
    let line = location.line().saturating_sub(1);
    let counted = if line == 0 || is_parser_problem(problem) {
        line
    } else {
        line + 1
    };
    let place = if counted == 0 {
        String::new()
    } else {
        format!("line {counted}: ")
    };
    let start = byte_at(source, location.index());
    let span = letter_at(file, source, offset, start);
    Some(advise(
        refused(format!("yaml: {place}{problem}"), span),
        source,
        problem,
        start,
        file,
        offset,
    ))
}

/// A refusal of the YAML reader: `message` in Go's words.
pub(super) fn refused(message: String, span: Span) -> Diagnostic {
    Diagnostic::new(
        Severity::Error,
        "yaml/syntax",
        format!("error converting YAML to JSON: {message}"),
    )
    .at(Some(span))
}

/// A refusal from before YAML is read.
pub(super) fn problem(file: FileId, text: &str, chunk: &Chunk, problem: &Problem) -> Diagnostic {
    match problem {
        Problem::Json {
            message,
            at,
            breaks_off,
            ..
        } => {
            let span = letter_at(file, text, 0, *at);
            let found = Diagnostic::new(Severity::Error, "yaml/syntax", message).at(Some(span));
            if *breaks_off {
                return found.explain(text! {
                    en: "The JSON breaks off: a `{{`, `[` or `\"` is never closed.",
                    ko: "JSON이 중간에 끊겼습니다. 닫히지 않은 `{{`, `[` 또는 `\"`가 있습니다.",
                });
            }
            found.explain(text! {
                en: "A text that begins with `{{` is read as JSON. In JSON every key stands in double quotes, and commas separate the entries.",
                ko: "`{{`로 시작하는 글은 JSON으로 읽습니다. JSON에서는 모든 키를 큰따옴표로 감싸고 항목을 쉼표로 구분합니다.",
            })
        }
        Problem::Separator(after) => Diagnostic::new(
            Severity::Error,
            "yaml/syntax",
            format!("invalid Yaml document separator: {after}"),
        )
        .at(Some(Span::new(file, chunk.start as u32, chunk.end as u32)))
        .explain(text! {
            en: "`---` must stand alone on its line; the object begins on the next one.",
            ko: "`---`는 한 줄에 혼자 있어야 하고, 오브젝트는 다음 줄에서 시작해야 합니다.",
        }),
    }
}

/// The name of the alias at the start of `text`.
pub(super) fn anchor_name(text: &str) -> &str {
    let text = text.strip_prefix('*').unwrap_or(text);
    let end = text
        .find(|it: char| !it.is_ascii_alphanumeric() && !matches!(it, '-' | '_'))
        .unwrap_or(text.len());
    &text[..end]
}

fn is_printable(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// Whether a message is libyaml's, not the typed reader's above it.
fn is_libyaml(problem: &str) -> bool {
    [
        "found ",
        "did not find ",
        "could not find ",
        "mapping ",
        "block sequence ",
        "control characters",
        "exceeded ",
    ]
    .iter()
    .any(|start| problem.starts_with(start))
}

/// Messages of libyaml's parser, as opposed to its scanner.
fn is_parser_problem(problem: &str) -> bool {
    matches!(
        problem,
        "did not find expected <document start>"
            | "did not find expected <stream-start>"
            | "did not find expected key"
            | "did not find expected '-' indicator"
            | "did not find expected node content"
            | "did not find expected ',' or ']'"
            | "did not find expected ',' or '}'"
            | "found undefined tag handle"
            | "found duplicate %YAML directive"
            | "found duplicate %TAG directive"
            | "found incompatible YAML document"
    )
}

/// Where the letter begins that is at or around a byte that libyaml names.
fn byte_at(source: &str, index: usize) -> usize {
    let mut at = index.min(source.len());
    while !source.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The span of the letter at a byte of `source`, or of the one that holds it; empty at the end.
fn letter_at(file: FileId, source: &str, offset: usize, at: usize) -> Span {
    let start = byte_at(source, at);
    let width = source[start..].chars().next().map_or(0, char::len_utf8);
    Span::new(file, (offset + start) as u32, (offset + start + width) as u32)
}

/// The line of `source` that holds byte `at`, and where it begins.
fn line_of(source: &str, at: usize) -> (usize, &str) {
    let at = at.min(source.len());
    let start = source[..at].rfind('\n').map_or(0, |it| it + 1);
    let end = source[start..].find('\n').map_or(source.len(), |it| start + it);
    (start, &source[start..end])
}

/// Says what the complaint usually means.
fn advise(diagnostic: Diagnostic, source: &str, problem: &str, at: usize, file: FileId, offset: usize) -> Diagnostic {
    let (line_start, line) = line_of(source, at);
    let letter = source[at.min(source.len())..].chars().next();
    let tabs = line.len() - line.trim_start_matches([' ', '\t']).len();
    let span = |from: usize, to: usize| Span::new(file, (offset + from) as u32, (offset + to) as u32);
    if line[..tabs].contains('\t') || problem.contains("tab character") {
        let spaces = line[..tabs].replace('\t', "  ");
        return diagnostic
            .explain(text! {
                en: "YAML indents with spaces only; this line begins with a tab.",
                ko: "YAML은 공백으로만 들여쓰기를 합니다. 이 줄은 탭으로 시작합니다.",
            })
            .fix(
                text! { en: "Replace the tab with spaces", ko: "탭을 공백으로 바꾸기" },
                span(line_start, line_start + tabs),
                spaces,
            );
    }
    match problem {
        "found character that cannot start any token" => diagnostic.explain(match letter {
            Some(letter @ ('@' | '`' | '%')) => text! {
                en: "A plain value cannot begin with `{letter}`; put the value in quotes.",
                ko: "따옴표 없는 값은 `{letter}`로 시작할 수 없습니다. 값을 따옴표로 감싸세요.",
            },
            _ => text! {
                en: "A value cannot begin with this character; put it in quotes.",
                ko: "값은 이 문자로 시작할 수 없습니다. 따옴표로 감싸세요.",
            },
        }),
        "did not find expected alphabetic or numeric character" => diagnostic.explain(text! {
            en: "`*` and `&` begin an alias or an anchor in YAML; a host such as `*.example.com` must stand in quotes.",
            ko: "YAML에서 `*`와 `&`는 별칭과 앵커를 뜻합니다. `*.example.com` 같은 호스트는 따옴표로 감싸야 합니다.",
        }),
        "mapping values are not allowed in this context" => diagnostic.explain(text! {
            en: "A `key: value` stands where none may be: this line is indented deeper than the line it should be beside, or the value above holds a `: ` and needs quotes.",
            ko: "`key: value`가 올 수 없는 자리입니다. 이 줄이 나란히 있어야 할 줄보다 더 들여쓰여 있거나, 위의 값에 `: `가 들어 있어 따옴표가 필요합니다.",
        }),
        "did not find expected key" | "did not find expected '-' indicator" => diagnostic.explain(text! {
            en: "The indentation does not match any line above: keys of one mapping, and the dashes of one list, must begin in the same column.",
            ko: "들여쓰기가 위의 어느 줄과도 맞지 않습니다. 한 매핑의 키와 한 목록의 대시는 같은 열에서 시작해야 합니다.",
        }),
        "could not find expected ':'" => diagnostic.explain(text! {
            en: "A key has no `:` behind it on its line.",
            ko: "키 뒤에 `:`가 없습니다.",
        }),
        "found unexpected end of stream" | "found unexpected document indicator" => diagnostic.explain(text! {
            en: "A quote is opened and never closed.",
            ko: "열린 따옴표가 닫히지 않았습니다.",
        }),
        "did not find expected ',' or ']'" | "did not find expected ',' or '}'" | "did not find expected node content" => diagnostic.explain(text! {
            en: "A `[` or `{{` is not closed, or a comma is missing between two items.",
            ko: "`[`나 `{{`가 닫히지 않았거나 항목 사이에 쉼표가 빠졌습니다.",
        }),
        "block sequence entries are not allowed in this context" => diagnostic.explain(text! {
            en: "A list item (`- `) cannot begin here; put it on a line of its own.",
            ko: "목록 항목(`- `)은 여기서 시작할 수 없습니다. 새 줄에서 시작하세요.",
        }),
        _ => diagnostic,
    }
}
