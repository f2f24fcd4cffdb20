//! How deep the `[…]` and `{…}` of a text nest, told before it is read.
//!
//! Both YAML scanners look through every open bracket at every token, so that a text of nothing but brackets costs
//! its length times its depth. One pass over the bytes finds the bracket that is too deep before they begin.
//!
//! Not here: what is valid. Only what hides a bracket is known (quotes, comments, block scalars, plain values);
//! where a text is wrong, any answer is right that keeps the scanners' cost bounded.

use crate::steps;

/// The first bracket within more than `limit` others, as a byte of `source`; none if they nest no deeper.
pub(super) fn too_deep(source: &str, limit: usize) -> Option<usize> {
    // Most texts hold too few brackets to be asked.
    let brackets = source
        .bytes()
        .filter(|byte| matches!(byte, b'[' | b'{'))
        .take(limit + 1);
    if brackets.count() <= limit {
        return None;
    }
    Scanner {
        bytes: source.as_bytes(),
        at: 0,
        depth: 0,
        limit,
        plain: false,
        parent: 0,
    }
    .run()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    limit: usize,
    /// Whether a plain value has begun; quotes and brackets inside are its letters.
    plain: bool,
    /// One past the column of the key or dash that the value of the line belongs to: what continues it is
    /// indented at least so far.
    parent: usize,
}

impl Scanner<'_> {
    fn run(mut self) -> Option<usize> {
        self.line();
        while let Some(&byte) = self.bytes.get(self.at) {
            steps::count(1);
            let blank_behind = self.bytes.get(self.at + 1).is_none_or(u8::is_ascii_whitespace);
            match byte {
                b'\n' | b'\r' => {
                    self.at += 1;
                    self.line();
                    continue;
                }
                b' ' | b'\t' => {}
                b'#' if self.at == 0 || self.bytes[self.at - 1].is_ascii_whitespace() => {
                    self.rest_of_line();
                    continue;
                }
                b'[' | b'{' if !self.plain || self.depth > 0 => {
                    if self.depth == self.limit {
                        return Some(self.at);
                    }
                    self.depth += 1;
                    self.plain = false;
                }
                b']' | b'}' if self.depth > 0 => {
                    self.depth -= 1;
                    // Between a closed bracket and the next indicator stands nothing that could open one.
                    self.plain = self.depth > 0;
                }
                b',' if self.depth > 0 => self.plain = false,
                b':' if blank_behind || (self.depth > 0 && !self.inside_word()) => {
                    self.plain = false;
                }
                b'"' | b'\'' if !self.plain => {
                    self.quoted(byte);
                    continue;
                }
                b'!' | b'&' if !self.plain => {
                    self.word();
                    continue;
                }
                b'|' | b'>' if !self.plain && self.depth == 0 && self.block_scalar() => continue,
                b'-' | b'?' if !self.plain && blank_behind => {}
                _ => self.plain = true,
            }
            self.at += 1;
        }
        None
    }

    /// In `[…]`, a colon ends a value also before `,`, a bracket and a quote.
    fn inside_word(&self) -> bool {
        self.bytes
            .get(self.at + 1)
            .is_some_and(|byte| !matches!(byte, b',' | b'[' | b']' | b'{' | b'}' | b'"' | b'\''))
    }

    /// At the start of a line: whether it continues a plain value, and which column its value hangs on.
    fn line(&mut self) {
        let start = self.at;
        while self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        let blank = self.bytes.get(self.at).is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
        if self.depth > 0 || blank || (self.plain && self.at - start >= self.parent) {
            return;
        }
        self.plain = false;
        // `- - key:` hangs on the key, `- - |` on the last dash.
        let mut from = self.at;
        let mut column = from;
        while matches!(self.bytes.get(from), Some(b'-' | b'?')) && self.bytes.get(from + 1) == Some(&b' ') {
            column = from;
            from += 2;
            while self.bytes.get(from) == Some(&b' ') {
                from += 1;
            }
        }
        if !matches!(self.bytes.get(from), Some(b'|' | b'>' | b'!' | b'&')) {
            column = from;
        }
        self.parent = column - start + 1;
    }

    fn rest_of_line(&mut self) {
        while self
            .bytes
            .get(self.at)
            .is_some_and(|byte| !matches!(byte, b'\n' | b'\r'))
        {
            self.at += 1;
        }
    }

    fn word(&mut self) {
        while self
            .bytes
            .get(self.at)
            .is_some_and(|byte| !(byte.is_ascii_whitespace() || self.depth > 0 && b",[]{}".contains(byte)))
        {
            self.at += 1;
        }
    }

    fn quoted(&mut self, mark: u8) {
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' if mark == b'"' => self.at += 1,
                // `''` inside single quotes is a quote that closes and one that opens.
                _ if byte == mark => break,
                _ => {}
            }
        }
    }

    /// Skips a block scalar; no if what stands here is none.
    fn block_scalar(&mut self) -> bool {
        let mut end = self.at + 1;
        while matches!(self.bytes.get(end), Some(b'+' | b'-' | b'0'..=b'9')) {
            end += 1;
        }
        if !self.bytes.get(end).is_none_or(u8::is_ascii_whitespace) {
            return false;
        }
        self.at = end;
        self.rest_of_line();
        loop {
            let line = self.at + 1;
            let indent = self.bytes.iter().skip(line).take_while(|&&byte| byte == b' ').count();
            match self.bytes.get(line + indent) {
                None => {
                    self.at = self.bytes.len();
                    return true;
                }
                Some(b'\n' | b'\r') => self.at = line + indent,
                Some(_) if indent >= self.parent => {
                    self.at = line + indent;
                    self.rest_of_line();
                }
                Some(_) => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_that_open_something_count() {
        let deep = |text: &str| too_deep(text, 1);
        assert_eq!(deep("a: [1, {b: 2}]"), Some(7));
        assert_eq!(deep("[[]]"), Some(1));
        assert_eq!(deep("a: [1]\nb: {c: 2}\n"), None);
        assert_eq!(deep("a: ['[', \"{\\\"[\"]\n"), None);
        assert_eq!(deep("a: [1, # [\n 2]\n"), None);
        assert_eq!(deep("a: |\n  [\n  [[\nb: [1]\n"), None);
        assert_eq!(deep("- a: |\n    [[\n  b: [[\n"), Some(20));
        assert_eq!(deep("- |\n [[\n- [[\n"), Some(11));
        assert_eq!(deep("a: x [[ y\n  '[[\nb: {c: 'd'}\n"), None);
        assert_eq!(deep("a: x 'y\nb: [[\n"), Some(12));
        assert_eq!(deep("a: x\n  'y\nb: [[\n"), Some(14));
        assert_eq!(deep("{\"a\":[1],\"b\":2}"), Some(5));
        assert_eq!(deep("[a:[b]]"), Some(3));
        assert_eq!(deep("a: !x [&y [1]]"), Some(10));
        assert_eq!(deep("a: it's [\nb: {c: [\n"), Some(17));
        assert_eq!(deep("a: |\r\n  [\r\n  [\r\nb: [\r\n"), None);
    }
}
