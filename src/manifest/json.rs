//! What Go's JSON reader has against a text: kubectl shows its words when a text that begins with `{` is neither
//! JSON nor YAML (`encoding/json scanner.go`).
//!
//! Values are not read here; valid JSON is read as YAML, which it is.

/// A complaint of Go's reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// The text breaks off.
    Eof,
    /// A character that may not stand there.
    Syntax {
        /// Bytes read, the bad character included.
        offset: usize,
        /// Go's words.
        message: String,
    },
}

/// Reads one JSON value from the start of `text`; the end of the value, or what is wrong.
pub(super) fn value_end(text: &str) -> Result<usize, Complaint> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    scanner.value()?;
    Ok(scanner.at)
}

/// What Go's reader has against a text that should be one JSON value and nothing else; `None` where it is one
/// (`encoding/json checkValid`).
#[must_use]
pub fn json_problem(text: &str) -> Option<String> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    let complaint = match scanner.value() {
        Ok(()) => match scanner.peek() {
            Ok(_) => scanner.wrong("after top-level value"),
            Err(_) => return None,
        },
        Err(complaint) => complaint,
    };
    Some(match complaint {
        Complaint::Eof => "unexpected end of JSON input".to_owned(),
        Complaint::Syntax { message, .. } => message,
    })
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Result<u8, Complaint> {
        while self
            .bytes
            .get(self.at)
            .is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        {
            self.at += 1;
        }
        self.bytes.get(self.at).copied().ok_or(Complaint::Eof)
    }

    fn next(&mut self) -> Result<u8, Complaint> {
        let byte = self.bytes.get(self.at).copied().ok_or(Complaint::Eof)?;
        self.at += 1;
        Ok(byte)
    }

    /// The byte at the current place may not stand there.
    fn wrong(&self, context: &str) -> Complaint {
        let shown = match self.bytes.get(self.at) {
            Some(b'\'') => "'\\''".to_owned(),
            Some(b'"') => "'\"'".to_owned(),
            Some(byte @ (b' '..=b'~')) => format!("'{}'", *byte as char),
            Some(b'\n') => "'\\n'".to_owned(),
            Some(b'\t') => "'\\t'".to_owned(),
            Some(b'\r') => "'\\r'".to_owned(),
            Some(byte @ ..0x20) => format!("'\\x{byte:02x}'"),
            // Go prints the byte as if it were a character.
            Some(byte) => format!("'{}'", char::from(*byte)),
            None => return Complaint::Eof,
        };
        Complaint::Syntax {
            offset: self.at + 1,
            message: format!("invalid character {shown} {context}"),
        }
    }

    /// One value. Nesting is tracked on a stack, so that depth costs no recursion.
    fn value(&mut self) -> Result<(), Complaint> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.peek()? {
                b'{' => {
                    self.at += 1;
                    if self.peek()? == b'}' {
                        self.at += 1;
                    } else {
                        self.key()?;
                        open.push(b'{');
                        continue;
                    }
                }
                b'[' => {
                    self.at += 1;
                    if self.peek()? == b']' {
                        self.at += 1;
                    } else {
                        open.push(b'[');
                        continue;
                    }
                }
                b'"' => self.string()?,
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.literal("true")?,
                b'f' => self.literal("false")?,
                b'n' => self.literal("null")?,
                _ => return Err(self.wrong("looking for beginning of value")),
            }
            // After a value: commas go on, brackets close.
            loop {
                match open.last() {
                    None => return Ok(()),
                    Some(b'{') => match self.peek()? {
                        b',' => {
                            self.at += 1;
                            self.peek()?;
                            self.key()?;
                            break;
                        }
                        b'}' => self.at += 1,
                        _ => return Err(self.wrong("after object key:value pair")),
                    },
                    Some(_) => match self.peek()? {
                        b',' => {
                            self.at += 1;
                            break;
                        }
                        b']' => self.at += 1,
                        _ => return Err(self.wrong("after array element")),
                    },
                }
                open.pop();
            }
        }
    }

    fn key(&mut self) -> Result<(), Complaint> {
        if self.peek()? != b'"' {
            return Err(self.wrong("looking for beginning of object key string"));
        }
        self.string()?;
        if self.peek()? != b':' {
            return Err(self.wrong("after object key"));
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(), Complaint> {
        self.at += 1;
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' => match self.next()? {
                    b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                    b'u' => {
                        for _ in 0..4 {
                            if !self.next()?.is_ascii_hexdigit() {
                                self.at -= 1;
                                return Err(self.wrong("in \\u hexadecimal character escape"));
                            }
                        }
                    }
                    _ => {
                        self.at -= 1;
                        return Err(self.wrong("in string escape code"));
                    }
                },
                ..0x20 => {
                    self.at -= 1;
                    return Err(self.wrong("in string literal"));
                }
                _ => {}
            }
        }
    }

    fn number(&mut self) -> Result<(), Complaint> {
        let digit = |scanner: &Self| scanner.bytes.get(scanner.at).is_some_and(u8::is_ascii_digit);
        if self.bytes[self.at] == b'-' {
            self.at += 1;
            if !digit(self) {
                return Err(self.wrong("in numeric literal"));
            }
        }
        if self.bytes[self.at] == b'0' {
            self.at += 1;
        } else {
            while digit(self) {
                self.at += 1;
            }
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            if !digit(self) {
                return Err(self.wrong("after decimal point in numeric literal"));
            }
            while digit(self) {
                self.at += 1;
            }
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !digit(self) {
                return Err(self.wrong("in exponent of numeric literal"));
            }
            while digit(self) {
                self.at += 1;
            }
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Complaint> {
        for (index, letter) in word.bytes().enumerate() {
            match self.bytes.get(self.at) {
                None => return Err(Complaint::Eof),
                Some(byte) if *byte == letter => self.at += 1,
                Some(_) => {
                    debug_assert!(index > 0, "the first letter led here");
                    return Err(self.wrong(&format!("in literal {word} (expecting '{}')", letter as char)));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_values_end_where_they_end() {
        for (text, end) in [
            ("{} x", 2),
            ("{\"a\": [1, -2.5e+3, true, null, \"\\u00e9\"]}\n", 41),
            ("  {\"a\":{}}{}", 10),
        ] {
            assert_eq!(value_end(text), Ok(end), "{text}");
        }
    }

    #[test]
    fn complaints_are_gos() {
        let rows = [
            (
                "{\"a\": 1,}",
                9,
                "invalid character '}' looking for beginning of object key string",
            ),
            (
                "{'a': 1}",
                2,
                "invalid character '\\'' looking for beginning of object key string",
            ),
            ("{\"a\" 1}", 6, "invalid character '1' after object key"),
            (
                "{\"a\": 1 \"b\": 2}",
                9,
                "invalid character '\"' after object key:value pair",
            ),
            ("{\"a\": [1 2]}", 10, "invalid character '2' after array element"),
            (
                "{\"a\": yes}",
                7,
                "invalid character 'y' looking for beginning of value",
            ),
            (
                "{\"a\": trie}",
                9,
                "invalid character 'i' in literal true (expecting 'u')",
            ),
            ("{\"a\": \"x\ny\"}", 9, "invalid character '\\n' in string literal"),
            (
                "{\"a\": 1.}",
                9,
                "invalid character '}' after decimal point in numeric literal",
            ),
        ];
        for (text, offset, message) in rows {
            assert_eq!(
                value_end(text),
                Err(Complaint::Syntax {
                    offset,
                    message: message.to_owned()
                }),
                "{text}"
            );
        }
        for text in ["{\"a\": {", "{\"a", "{\"a\": [1, ", "{\"a\": tr", "", "{\"a\": 1."] {
            assert_eq!(value_end(text), Err(Complaint::Eof), "{text}");
        }
    }
}
