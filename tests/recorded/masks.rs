//! Texts with masks: `<AGE>` and the like stand for what changes from run to run.

/// Whether a printed text is what was recorded, masks standing for anything of their form. Spaces behind a
/// mask may differ in number: the recorded age was as wide as its mask says, ours may not be.
pub fn matches(expected: &str, found: &str) -> bool {
    let (expected, found) = (skip_noise(expected), skip_noise(found));
    expected.len() == found.len() && expected.iter().zip(&found).all(|(a, b)| line_matches(a, b))
}

/// The annotation that comes and goes with timing is taken for none.
fn skip_noise(text: &str) -> Vec<String> {
    const NOISE: &str = "endpoints.kubernetes.io/last-change-trigger-time";
    let mut lines: Vec<String> = Vec::new();
    for line in text.split('\n') {
        match line.find(NOISE) {
            Some(at) if line[..at].starts_with("Annotations:") => lines.push(format!("{}<none>", &line[..at])),
            Some(_) => {
                // In YAML nothing may be left of the annotations.
                if lines.last().is_some_and(|it| it.trim() == "annotations:") {
                    lines.pop();
                }
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

fn line_matches(expected: &str, found: &str) -> bool {
    let Some((at, mask, length)) = next_mask(expected) else {
        return expected == found;
    };
    let (before, rest) = expected.split_at(at);
    let Some(after) = found.strip_prefix(before) else {
        return false;
    };
    let taken = mask.take(after);
    if taken == 0 {
        return false;
    }
    let (rest, after) = (&rest[length..], &after[taken..]);
    let spaces = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let (n_rest, n_after) = (spaces(rest), spaces(after));
    (n_rest == 0) == (n_after == 0) && line_matches(&rest[n_rest..], &after[n_after..])
}

#[derive(Clone, Copy)]
enum Mask {
    Word,
    Time,
}

impl Mask {
    /// How much of a text the mask stands for.
    fn take(self, text: &str) -> usize {
        let word = |text: &str| {
            text.find(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '.' | '-')))
                .unwrap_or(text.len())
        };
        match self {
            // A time in the future has no age.
            Self::Word if text.starts_with("<invalid>") => "<invalid>".len(),
            Self::Word => word(text),
            Self::Time => {
                let rfc1123 = "Thu, 01 Jan 2026 00:00:00 +0000".len();
                if text.get(3..5) == Some(", ") {
                    rfc1123.min(text.len())
                } else {
                    // RFC 3339, quoted in YAML, or whatever stands there as one word.
                    text.find([' ', '\n']).unwrap_or(text.len())
                }
            }
        }
    }
}

/// The first mask of a line: where, which, how long.
fn next_mask(line: &str) -> Option<(usize, Mask, usize)> {
    let mut found: Vec<(usize, Mask, usize)> = Vec::new();
    for (text, mask) in [
        ("<AGE>", Mask::Word),
        ("\"<TIME>\"", Mask::Time),
        ("<TIME>", Mask::Time),
        ("<RAND>", Mask::Word),
        ("<AUTO>", Mask::Word),
        ("<MASKED>", Mask::Time),
        ("yyyyy", Mask::Word),
    ] {
        if let Some(at) = line.find(text) {
            found.push((at, mask, text.len()));
        }
    }
    if let Some(at) = line.find("<IP:") {
        let length = line[at..].find('>').map_or(0, |it| it + 1);
        found.push((at, Mask::Word, length));
    }
    for prefix in ["xxxx", "<POD", "<HASH"] {
        if let Some(at) = line.find(prefix) {
            let rest = &line[at + prefix.len()..];
            let length = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
            if length > 0 {
                let close = usize::from(prefix.starts_with('<'));
                found.push((at, Mask::Word, prefix.len() + length + close));
            }
        }
    }
    // Recorded uids are those of one run.
    if let Some(at) = line.find("uid: ") {
        let value = &line[at + 5..];
        if value.len() == 36 {
            found.push((at + 5, Mask::Word, 36));
        }
    }
    found.into_iter().min_by_key(|(at, _, _)| *at)
}

#[test]
fn masks_stand_for_what_changes() {
    assert!(matches("a  <AGE> b", "a  0s    b"));
    assert!(matches("t: \"<TIME>\"", "t: \"2026-01-01T00:00:00Z\""));
    assert!(matches("Start:  <TIME>", "Start:  Thu, 01 Jan 2026 00:00:00 +0000"));
    assert!(matches("web-yyyyy   IPv4", "web-x7k2p   IPv4"));
    assert!(!matches("a  <AGE> b", "a  0s    c"));
    assert!(!matches("a", "a\nb"));
    assert!(!matches("a  <AGE>", "a  "));
}
