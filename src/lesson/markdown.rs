//! The little Markdown that lesson texts use: paragraphs, lists, tables, fenced code; strong, emphasis, code
//! and links within a line.
//!
//! Not here: HTML. What is not known stays the text it is, so nothing of a lesson file becomes markup.

/// A block of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list with bullets or numbers.
    List {
        /// Whether it is numbered.
        ordered: bool,
        /// Its items, each a line.
        items: Vec<Vec<Inline>>,
    },
    /// A table: a row of headings, then rows.
    Table {
        /// Headings of the columns.
        head: Vec<Vec<Inline>>,
        /// Rows of cells.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// Code, as it stands.
    Code(String),
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain text.
    Text(String),
    /// `**strong**`
    Strong(String),
    /// `*emphasis*`
    Emphasis(String),
    /// `` `code` ``
    Code(String),
    /// `[text](address)`
    Link {
        /// What is shown.
        text: String,
        /// Where it leads: an `https` address.
        href: String,
    },
}

/// Reads a text. Every text is one.
#[must_use]
pub fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        if line.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|it| !it.starts_with("```")).collect();
            found.push(Block::Code(code.join("\n")));
            continue;
        }
        let mut run = vec![line];
        while let Some(next) = lines.next_if(|it| !it.trim().is_empty() && !it.starts_with("```")) {
            run.push(next.trim_end());
        }
        found.push(block(&run));
    }
    found
}

/// One block out of the lines between two empty ones.
fn block(run: &[&str]) -> Block {
    if let [head, rule, rows @ ..] = run
        && head.starts_with('|')
        && rule.starts_with('|')
        && rule.chars().all(|it| "|-: ".contains(it))
    {
        return Block::Table {
            head: cells(head),
            rows: rows.iter().map(|row| cells(row)).collect(),
        };
    }
    if run.iter().all(|line| item(line).is_some()) {
        let ordered = run[0].starts_with(|it: char| it.is_ascii_digit());
        return Block::List {
            ordered,
            items: run.iter().filter_map(|line| item(line)).map(inlines).collect(),
        };
    }
    Block::Paragraph(inlines(&run.join(" ")))
}

/// The text of a list item: `- text`, `* text` or `1. text`.
fn item(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some(rest);
    }
    let (number, rest) = line.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|it| it.is_ascii_digit())).then_some(rest)
}

fn cells(row: &str) -> Vec<Vec<Inline>> {
    row.trim()
        .trim_matches('|')
        .split('|')
        .map(|cell| inlines(cell.trim()))
        .collect()
}

/// Reads one line of text.
#[must_use]
pub fn inlines(text: &str) -> Vec<Inline> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if let Some((piece, after)) = marked(rest) {
            if !plain.is_empty() {
                found.push(Inline::Text(std::mem::take(&mut plain)));
            }
            found.push(piece);
            rest = after;
        } else {
            plain.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    if !plain.is_empty() {
        found.push(Inline::Text(plain));
    }
    found
}

/// A marked piece at the start of `text`, and what follows it.
fn marked(text: &str) -> Option<(Inline, &str)> {
    let between = |mark: &str| -> Option<(String, &str)> {
        let (inside, after) = text.strip_prefix(mark)?.split_once(mark)?;
        (!inside.is_empty() && !inside.starts_with(' ')).then(|| (inside.to_owned(), after))
    };
    if let Some((inside, after)) = between("`") {
        return Some((Inline::Code(inside), after));
    }
    if let Some((inside, after)) = between("**") {
        return Some((Inline::Strong(inside), after));
    }
    if !text.starts_with("**")
        && let Some((inside, after)) = between("*")
    {
        return Some((Inline::Emphasis(inside), after));
    }
    let (shown, after) = text.strip_prefix('[')?.split_once("](")?;
    let (href, after) = after.split_once(')')?;
    let whole = !shown.contains('[') && href.starts_with("https://");
    whole.then(|| {
        (
            Inline::Link {
                text: shown.to_owned(),
                href: href.to_owned(),
            },
            after,
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Inline {
        Inline::Text(text.to_owned())
    }

    #[test]
    fn lines_hold_marks() {
        assert_eq!(
            inlines("a **b** `c*d*` *e* [f](https://kubernetes.io/docs/)."),
            [
                text("a "),
                Inline::Strong("b".into()),
                text(" "),
                Inline::Code("c*d*".into()),
                text(" "),
                Inline::Emphasis("e".into()),
                text(" "),
                Inline::Link {
                    text: "f".into(),
                    href: "https://kubernetes.io/docs/".into()
                },
                text("."),
            ]
        );
    }

    #[test]
    fn what_is_no_mark_stays_text() {
        for plain in [
            "2 * 3 * 4",
            "a ** b",
            "<b>x</b>",
            "[x](javascript:alert)",
            "`",
            "**",
            "[a]",
        ] {
            assert_eq!(inlines(plain), [text(plain)], "{plain}");
        }
    }

    #[test]
    fn blocks_are_parted_by_empty_lines() {
        let found =
            blocks("one\ntwo\n\n- a\n- b\n\n1. c\n\n```\nx: 1\n\ny: 2\n```\n\n| h | i |\n|---|---|\n| j | k |\n");
        assert_eq!(found.len(), 5, "{found:?}");
        assert_eq!(found[0], Block::Paragraph(vec![text("one two")]));
        assert!(matches!(&found[1], Block::List { ordered: false, items } if items.len() == 2));
        assert!(matches!(&found[2], Block::List { ordered: true, items } if items.len() == 1));
        assert_eq!(found[3], Block::Code("x: 1\n\ny: 2".into()));
        assert!(matches!(&found[4], Block::Table { head, rows } if head.len() == 2 && rows.len() == 1));
    }
}
