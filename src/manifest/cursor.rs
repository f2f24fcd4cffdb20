//! Where in a manifest a cursor stands: which document, below which keys, at a key or at a value.
//!
//! For completion and hover help, which are asked while the text is half typed and no parser accepts it. So
//! this reads lines and indentation, and gives up (returns `None`) inside comments, block scalars and flow
//! collections rather than guess. What may stand there is for `api`.

/// A place in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor<'a> {
    /// `apiVersion` of the document, where written.
    pub api_version: Option<&'a str>,
    /// `kind` of the document, where written.
    pub kind: Option<&'a str>,
    /// Keys from the document's root down to the mapping around the cursor, `[]` for a list item.
    pub path: Vec<&'a str>,
    /// What stands, or is being typed, at the cursor.
    pub at: At<'a>,
    /// First byte of the word that the cursor touches.
    pub from: usize,
    /// One past the last byte of that word.
    pub to: usize,
    /// The word up to the cursor.
    pub typed: &'a str,
    /// Keys written in the same mapping, without the one at the cursor.
    pub siblings: Vec<&'a str>,
}

/// What a cursor stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At<'a> {
    /// A key, or a scalar item of a list: both look alike until the colon.
    Key,
    /// The value of this key.
    Value(&'a str),
}

/// One line, taken apart.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    /// Byte offset in the text.
    start: usize,
    text: &'a str,
    /// Column of the first list dash, if it starts with one.
    dash: Option<usize>,
    /// Column where its content starts, after all dashes.
    column: usize,
    /// The key, without quotes.
    key: Option<&'a str>,
    /// Column where the value starts (end of line where there is none).
    value_at: usize,
}

impl<'a> Line<'a> {
    fn new(start: usize, text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let spaces = |from: usize| from + bytes[from..].iter().take_while(|it| **it == b' ').count();
        let mut column = spaces(0);
        let mut dash = None;
        while bytes.get(column) == Some(&b'-') && matches!(bytes.get(column + 1), None | Some(b' ')) {
            dash.get_or_insert(column);
            column = spaces(column + 1);
        }
        let content = &text[column..];
        let colon = key_end(content);
        let key = colon.map(|end| unquote(content[..end].trim_end()));
        let value_at = match colon {
            Some(end) => spaces(column + end + 1).min(text.len()),
            None => text.len(),
        };
        Self {
            start,
            text,
            dash,
            column,
            key,
            value_at,
        }
    }

    fn is_empty(&self) -> bool {
        let content = self.text[self.column..].trim_start();
        (content.is_empty() && self.dash.is_none()) || content.starts_with('#')
    }

    /// The value, without a comment behind it.
    fn value(&self) -> &'a str {
        let value = &self.text[self.value_at..];
        let end = value.find(" #").unwrap_or(value.len());
        let end = if value.starts_with('#') { 0 } else { end };
        value[..end].trim_end()
    }

    fn opens_block_scalar(&self) -> bool {
        let value = self.value();
        value.starts_with(['|', '>']) && value.len() <= 3
    }
}

/// Where the key of `content` ends: at a colon followed by a space or the end of the line.
fn key_end(content: &str) -> Option<usize> {
    let bytes = content.as_bytes();
    let quote = bytes.first().copied().filter(|it| matches!(it, b'"' | b'\''));
    let skip = match quote {
        Some(quote) => 1 + bytes[1..].iter().position(|it| *it == quote)? + 1,
        None => 0,
    };
    let at = (skip..bytes.len()).find(|&at| bytes[at] == b':' && matches!(bytes.get(at + 1), None | Some(b' ')))?;
    (!content[..at].contains(" #")).then_some(at)
}

fn unquote(text: &str) -> &str {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

/// Reads the place of byte `offset` in `text`.
#[must_use]
pub fn locate(text: &str, offset: usize) -> Option<Cursor<'_>> {
    if !text.is_char_boundary(offset) || text.trim_start().starts_with('{') {
        return None;
    }
    let (lines, current) = document(text, offset);
    let line = lines[current];
    let column = offset - line.start;
    let before = &line.text[..column];
    if before.trim_start().starts_with('#') || before.contains(" #") || before.contains('\t') {
        return None;
    }
    let content = if line.column > column { column } else { line.column };
    let parents = ancestors(&lines, current, content)?;
    let mut found = Cursor {
        api_version: top_level(&lines, "apiVersion"),
        kind: top_level(&lines, "kind"),
        path: parents,
        at: At::Key,
        from: line.start + content,
        to: offset,
        typed: "",
        siblings: siblings(&lines, current, content),
    };
    match line.key {
        Some(key) if column > line.column + key_len(&line) => {
            if column < line.value_at {
                found.from = offset;
            } else {
                let quoted = usize::from(line.text[line.value_at..].starts_with(['"', '\'']));
                found.from = (line.start + line.value_at + quoted).min(offset);
            }
            found.at = At::Value(key);
            let value = line.value().trim_end_matches(['"', '\'']);
            found.to = (line.start + line.value_at + value.len()).max(offset);
            if line.value().starts_with(['{', '[', '&', '*', '!', '|', '>']) {
                return None;
            }
        }
        Some(_) => found.to = line.start + line.column + key_len(&line),
        None => {
            let end = line.text.trim_end().len();
            found.to = (line.start + end).max(offset);
            if line.text[content.min(end)..end].starts_with(['{', '[']) {
                return None;
            }
        }
    }
    found.typed = text.get(found.from..offset)?;
    Some(found)
}

fn key_len(line: &Line<'_>) -> usize {
    key_end(&line.text[line.column..]).unwrap_or(0)
}

/// The lines of the document around `offset`, and which of them it is in.
fn document(text: &str, offset: usize) -> (Vec<Line<'_>>, usize) {
    let mut lines = Vec::new();
    let mut current = 0;
    let mut start = 0;
    for raw in text.split('\n') {
        let end = start + raw.len();
        let line = raw.strip_suffix('\r').unwrap_or(raw);
        if line == "---" || line.starts_with("--- ") || line == "..." {
            if start > offset {
                break;
            }
            lines.clear();
        }
        // A separator stands for an empty line, so that the cursor has a place on it.
        let shown = if lines.is_empty() && line.starts_with("---") {
            ""
        } else {
            line
        };
        if (start..=end).contains(&offset) {
            current = lines.len();
            let within = (offset - start).min(shown.len());
            lines.push(Line::new(offset - within, shown));
        } else {
            lines.push(Line::new(start, shown));
        }
        start = end + 1;
    }
    (lines, current)
}

/// Keys above `current` that hold what stands at `column`, outermost first; `None` inside a block scalar.
fn ancestors<'a>(lines: &[Line<'a>], current: usize, column: usize) -> Option<Vec<&'a str>> {
    let mut path = Vec::new();
    let mut column = column;
    // Dashes on the cursor's own line make it an item of what stands above.
    let mut in_list = false;
    if let Some(dash) = lines[current].dash.filter(|dash| *dash < column) {
        path.push("[]");
        (column, in_list) = (dash, true);
    }
    for line in lines[..current].iter().rev() {
        if line.is_empty() {
            continue;
        }
        let holds = if in_list {
            line.column <= column && line.dash != Some(column)
        } else {
            line.column < column
        };
        if holds && line.key.is_some() {
            if line.opens_block_scalar() {
                return None;
            }
            if line.value().is_empty() {
                path.extend(line.key);
                (column, in_list) = (line.column, false);
            } else if !in_list {
                // Something indented below `key: value` is no YAML; there is nothing to offer.
                return None;
            }
        }
        // What stands at this column on a line with a dash is an item of that list.
        if let Some(dash) = line
            .dash
            .filter(|dash| *dash < column && line.column <= column && !in_list)
        {
            path.push("[]");
            (column, in_list) = (dash, true);
        }
        if column == 0 && !in_list {
            break;
        }
    }
    path.reverse();
    Some(path)
}

/// Keys of the mapping at `column` around line `current`.
fn siblings<'a>(lines: &[Line<'a>], current: usize, column: usize) -> Vec<&'a str> {
    let mut found = Vec::new();
    let own = lines[current];
    let starts_item = own.dash.is_some_and(|dash| dash < column);
    if !starts_item {
        for line in lines[..current].iter().rev().filter(|line| !line.is_empty()) {
            if line.column < column {
                break;
            }
            if line.column == column {
                found.extend(line.key);
                if line.dash.is_some() {
                    break;
                }
            }
        }
    }
    for line in lines[current + 1..].iter().filter(|line| !line.is_empty()) {
        if line.column < column || line.dash.is_some_and(|dash| dash < column) {
            break;
        }
        if line.column == column {
            found.extend(line.key);
        }
    }
    found
}

fn top_level<'a>(lines: &[Line<'a>], key: &str) -> Option<&'a str> {
    let mut found = lines.iter().filter(|line| line.column == 0 && line.key == Some(key));
    found
        .next()
        .map(|line| unquote(line.value()))
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the place of `|` in `text`, as `path / what / typed / siblings`.
    fn at(text: &str) -> String {
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        let Some(cursor) = locate(&text, offset) else {
            return "nothing".to_owned();
        };
        let what = match cursor.at {
            At::Key => "key".to_owned(),
            At::Value(key) => format!("value of {key}"),
        };
        let path = cursor.path.join(".");
        format!("{path} / {what} / {} / {}", cursor.typed, cursor.siblings.join(" "))
    }

    #[test]
    fn keys_by_indentation() {
        assert_eq!(at("|"), " / key /  / ");
        assert_eq!(at("apiVersion: v1\nki|"), " / key / ki / apiVersion");
        assert_eq!(
            at("kind: Service\nspec:\n  ty|\n  ports: []\n"),
            "spec / key / ty / ports"
        );
        assert_eq!(
            at("spec:\n  template:\n    spec:\n      |\n"),
            "spec.template.spec / key /  / "
        );
        assert_eq!(at("spec:\n  a: 1\n|\n"), " / key /  / spec");
    }

    #[test]
    fn items_of_lists() {
        assert_eq!(at("spec:\n  ports:\n  - na|"), "spec.ports.[] / key / na / ");
        assert_eq!(at("spec:\n  ports:\n    - |"), "spec.ports.[] / key /  / ");
        assert_eq!(
            at("spec:\n  ports:\n    - name: a\n      po|\n      protocol: TCP\n    - name: b\n"),
            "spec.ports.[] / key / po / name protocol"
        );
        assert_eq!(
            at("spec:\n  ports:\n  - name: a\n  - port: 1\n    ta|"),
            "spec.ports.[] / key / ta / port"
        );
        assert_eq!(
            at("spec:\n  containers:\n  - name: a\n    ports:\n    - cont|"),
            "spec.containers.[].ports.[] / key / cont / "
        );
        assert_eq!(at("spec:\n  ports:\n  - port: 1\n  |\n"), "spec / key /  / ports");
    }

    #[test]
    fn values() {
        assert_eq!(at("spec:\n  type: No|"), "spec / value of type / No / ");
        assert_eq!(at("spec:\n  type: |"), "spec / value of type /  / ");
        assert_eq!(at("spec:\n  type:|"), "spec / value of type /  / ");
        assert_eq!(at("spec:\n  type: \"No|\""), "spec / value of type / No / ");
        assert_eq!(at("- protocol: T|"), "[] / value of protocol / T / ");
        assert_eq!(at("metadata:\n  name: 서|비스"), "metadata / value of name / 서 / ");
    }

    #[test]
    fn one_document_at_a_time() {
        let text = "kind: Pod\nspec:\n  a: 1\n---\nkind: Service\n|\n---\nkind: Node\n";
        assert_eq!(at(text), " / key /  / kind");
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        assert_eq!(locate(&text, offset).expect("a place").kind, Some("Service"));
        assert_eq!(at("kind: Pod\n---|"), " / key /  / ");
    }

    #[test]
    fn nothing_where_it_would_be_a_guess() {
        for text in [
            "a: 1 # com|ment",
            "# com|",
            "data:\n  x: >-\n    some te|xt\n",
            "spec:\n  ports: [|]",
            "{\"kind\": |}",
            "\tkind|",
            "a: 1\n  b|",
        ] {
            assert_eq!(at(text), "nothing", "{text:?}");
        }
    }

    #[test]
    fn never_panics_anywhere() {
        let text = "a:\r\n- 'b: c\n - - d: \"é\" # 가\n--- x\n...\n? e\n:|\n";
        for offset in 0..=text.len() + 2 {
            let _ = locate(text, offset);
        }
    }
}
