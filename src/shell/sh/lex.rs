//! Command lines to tokens: words with what in them is to be expanded, operators, redirections, and the texts
//! of here-documents (POSIX shell, 2.3 *Token Recognition*). Nothing is expanded here.

use super::error::SyntaxError;

/// A word as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// What it is made of, in order.
    pub parts: Vec<Part>,
}

/// A stretch of a word. What stands in quotes is neither split nor dropped where it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Whether it stands in quotes.
    pub quoted: bool,
}

/// What a stretch of a word is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Itself.
    Text(String),
    /// `$NAME`, `${NAME}`, `${NAME:-WORD}`: name, operator, and the operator's word.
    Variable(String, &'static str, Word),
    /// `$(COMMANDS)`.
    Commands(String),
    /// `$((EXPRESSION))`.
    Arithmetic(Word),
}

impl Word {
    /// The word if nothing in it is quoted or expanded: how reserved words and delimiters are recognized.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match &self.parts[..] {
            [
                Part {
                    kind: PartKind::Text(text),
                    quoted: false,
                },
            ] => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, letter: char, quoted: bool) {
        if let Some(Part {
            kind: PartKind::Text(text),
            quoted: before,
        }) = self.parts.last_mut()
            && *before == quoted
        {
            text.push(letter);
            return;
        }
        self.add(PartKind::Text(letter.to_string()), quoted);
    }

    fn add(&mut self, kind: PartKind, quoted: bool) {
        self.parts.push(Part { kind, quoted });
    }
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word.
    Word(Word),
    /// `;`, `&&`, `||`, `|`, `(`, `)`, a new line; empty at the end.
    Operator(&'static str),
    /// File descriptor (0, 1, 2, or 3 for both outputs) and operator.
    Redirect(u8, &'static str),
    /// A here-document: its place among [`Lexer::heres`].
    Here(usize),
}

/// The text of a here-document.
pub type Here = Word;

/// A here-document whose text starts at the next line.
struct Awaited {
    place: usize,
    delimiter: String,
    strip_tabs: bool,
    /// Whether what it holds is expanded: its delimiter was not quoted.
    expands: bool,
}

/// Reads tokens, one at a time.
pub struct Lexer {
    letters: Vec<char>,
    at: usize,
    awaited: Vec<Awaited>,
    /// The texts of here-documents; complete as soon as the new line behind their operator has been read.
    pub heres: Vec<Here>,
}

const OPERATORS: [(&str, &str); 8] = [
    ("&&", "&&"),
    ("||", "||"),
    (";;", ";;"),
    (";", ";"),
    ("|", "|"),
    ("(", "("),
    (")", ")"),
    ("\n", "\n"),
];

impl Lexer {
    /// Reads from the beginning of `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            letters: text.chars().collect(),
            at: 0,
            awaited: Vec::new(),
            heres: Vec::new(),
        }
    }

    /// Whether everything has been read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.at >= self.letters.len()
    }

    /// Goes on behind the line that is being read: after an error.
    pub fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|it| it != '\n') {
            self.at += 1;
        }
        self.at += 1;
        self.awaited.clear();
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(idx, it)| self.peek(idx) == Some(it))
    }

    /// The text of `((…))`, whose first parenthesis was just read; `None` where this is none, and nothing is read.
    pub(super) fn arithmetic_command(&mut self) -> Option<String> {
        if self.peek(0) != Some('(') {
            return None;
        }
        let mut depth = 0_usize;
        let mut end = self.at + 1;
        loop {
            match self.letters.get(end)? {
                '(' => depth += 1,
                ')' if depth == 0 => break,
                ')' => depth -= 1,
                '\n' => return None,
                _ => {}
            }
            end += 1;
        }
        if self.letters.get(end + 1) != Some(&')') {
            return None;
        }
        let text = self.letters[self.at + 1..end].iter().collect();
        self.at = end + 2;
        Some(text)
    }

    /// An arithmetic expression, in which variables and substitutions are expanded before it is read.
    pub(super) fn arithmetic_word(&self, text: &str) -> Result<Word, SyntaxError> {
        let mut inner = Self::new(text);
        let mut word = Word::default();
        inner.quoted(&mut word, None)?;
        Ok(word)
    }

    /// The next token.
    ///
    /// # Errors
    /// A quote, a substitution or a here-document without its end.
    pub fn token(&mut self) -> Result<Token, SyntaxError> {
        loop {
            let Some(letter) = self.peek(0) else {
                return match self.awaited.first() {
                    Some(it) => Err(SyntaxError::HereDocument(it.delimiter.clone())),
                    None => Ok(Token::Operator("")),
                };
            };
            match letter {
                '\\' if self.peek(1) == Some('\n') => self.at += 2,
                ' ' | '\t' | '\r' => self.at += 1,
                '#' => {
                    while self.peek(0).is_some_and(|it| it != '\n') {
                        self.at += 1;
                    }
                }
                '&' if self.peek(1) == Some('>') => return self.redirect(3, 1),
                '&' if self.peek(1) != Some('&') => {
                    return Err(SyntaxError::NotSimulated("running in the background (`&`)"));
                }
                '0'..='2' if matches!(self.peek(1), Some('<' | '>')) => return self.redirect(letter as u8 - b'0', 1),
                '>' => return self.redirect(1, 0),
                '<' => return self.redirect(0, 0),
                _ => {
                    let Some((_, operator)) = OPERATORS.iter().find(|it| self.starts_with(it.0)) else {
                        return Ok(Token::Word(self.word()?));
                    };
                    self.at += operator.len();
                    if *operator == "\n" {
                        self.here_documents()?;
                    }
                    return Ok(Token::Operator(operator));
                }
            }
        }
    }

    fn redirect(&mut self, stream: u8, skip: usize) -> Result<Token, SyntaxError> {
        self.at += skip;
        let operator = ["<<<", "<<", ">>", ">&", "<", ">"]
            .into_iter()
            .find(|it| self.starts_with(it))
            .unwrap_or(">");
        self.at += operator.len();
        if operator != "<<" {
            return Ok(Token::Redirect(stream, operator));
        }
        let strip_tabs = self.peek(0) == Some('-');
        self.at += usize::from(strip_tabs);
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.at += 1;
        }
        let word = self.word()?;
        let delimiter: String = word
            .parts
            .iter()
            .map(|part| match &part.kind {
                PartKind::Text(text) => text.as_str(),
                _ => "",
            })
            .collect();
        if word.parts.is_empty() {
            return Err(SyntaxError::NoTarget("<<".to_owned()));
        }
        let place = self.heres.len();
        self.heres.push(Word::default());
        self.awaited.push(Awaited {
            place,
            delimiter,
            strip_tabs,
            expands: word.parts.iter().all(|it| !it.quoted),
        });
        Ok(Token::Here(place))
    }

    /// Reads the texts of the here-documents announced on the line that just ended.
    fn here_documents(&mut self) -> Result<(), SyntaxError> {
        for awaited in std::mem::take(&mut self.awaited) {
            let mut body = String::new();
            loop {
                if self.is_done() {
                    return Err(SyntaxError::HereDocument(awaited.delimiter));
                }
                let start = self.at;
                while self.peek(0).is_some_and(|it| it != '\n') {
                    self.at += 1;
                }
                let line: String = self.letters[start..self.at].iter().collect();
                self.at += usize::from(!self.is_done());
                let line = if awaited.strip_tabs {
                    line.trim_start_matches('\t')
                } else {
                    &line
                };
                if line == awaited.delimiter {
                    break;
                }
                body.push_str(line);
                body.push('\n');
            }
            self.heres[awaited.place] = if awaited.expands {
                let mut inner = Self::new(&body);
                let mut word = Word::default();
                inner.quoted(&mut word, None)?;
                word
            } else {
                let mut word = Word::default();
                word.add(PartKind::Text(body), true);
                word
            };
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Word, SyntaxError> {
        let mut word = Word::default();
        while let Some(letter) = self.peek(0) {
            match letter {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    let start = self.at;
                    while self.peek(0).ok_or(SyntaxError::Quote('\''))? != '\'' {
                        self.at += 1;
                    }
                    let text: String = self.letters[start..self.at].iter().collect();
                    word.add(PartKind::Text(text), true);
                    self.at += 1;
                }
                '"' => {
                    self.at += 1;
                    word.add(PartKind::Text(String::new()), true);
                    self.quoted(&mut word, Some('"'))?;
                }
                '\\' => {
                    self.at += 1;
                    match self.peek(0) {
                        None => word.push('\\', false),
                        Some('\n') => self.at += 1,
                        Some(inner) => {
                            word.push(inner, true);
                            self.at += 1;
                        }
                    }
                }
                '`' | '$' => self.expansion(&mut word, false)?,
                _ => {
                    word.push(letter, false);
                    self.at += 1;
                }
            }
        }
        Ok(word)
    }

    /// What stands in double quotes up to `end`, or in a here-document up to its end.
    fn quoted(&mut self, word: &mut Word, end: Option<char>) -> Result<(), SyntaxError> {
        loop {
            match self.peek(0) {
                None if end.is_none() => return Ok(()),
                None => return Err(SyntaxError::Quote('"')),
                Some('\\')
                    if matches!(self.peek(1), Some('\\' | '$' | '`')) || end.is_some() && self.peek(1) == end =>
                {
                    let letter = self.peek(1).expect("it was looked at");
                    word.push(letter, true);
                    self.at += 2;
                }
                Some('\\') if self.peek(1) == Some('\n') => self.at += 2,
                Some('$' | '`') => self.expansion(word, true)?,
                letter if letter == end => {
                    self.at += 1;
                    return Ok(());
                }
                Some(letter) => {
                    word.push(letter, true);
                    self.at += 1;
                }
            }
        }
    }

    /// At `$` or a backtick: what it stands for, or the letter itself.
    fn expansion(&mut self, word: &mut Word, quoted: bool) -> Result<(), SyntaxError> {
        if self.peek(0) == Some('`') {
            self.at += 1;
            let start = self.at;
            while self.peek(0).ok_or(SyntaxError::Quote('`'))? != '`' {
                self.at += 1;
            }
            let text: String = self.letters[start..self.at].iter().collect();
            self.at += 1;
            word.add(PartKind::Commands(text.replace("\\$", "$")), quoted);
            return Ok(());
        }
        self.at += 1;
        if self.starts_with("((") {
            let (start, end) = (self.at + 2, self.closing(2)?);
            // `$((…) …)` is a substitution that begins with a subshell.
            if self.letters[end - 1] == ')' {
                let inner: String = self.letters[start..end - 1].iter().collect();
                let mut expression = Word::default();
                Self::new(&inner).quoted(&mut expression, None)?;
                word.add(PartKind::Arithmetic(expression), quoted);
                self.at = end + 1;
                return Ok(());
            }
        }
        match self.peek(0) {
            Some('(') => {
                let (start, end) = (self.at + 1, self.closing(1)?);
                let text = self.letters[start..end].iter().collect();
                self.at = end + 1;
                word.add(PartKind::Commands(text), quoted);
            }
            Some('{') => {
                self.at += 1;
                let name = self.name();
                let operator = [":-", ":=", ":+", "-", "%%", "%", "##", "#"]
                    .into_iter()
                    .find(|it| self.starts_with(it))
                    .unwrap_or_default();
                self.at += operator.len();
                let start = self.at;
                while self.peek(0).ok_or(SyntaxError::Quote('}'))? != '}' {
                    self.at += 1;
                }
                let inner: String = self.letters[start..self.at].iter().collect();
                self.at += 1;
                if name.is_empty() || operator.is_empty() && !inner.is_empty() {
                    return Err(SyntaxError::NotSimulated("this form of ${…}"));
                }
                let mut argument = Word::default();
                Self::new(&inner).quoted(&mut argument, None)?;
                word.add(PartKind::Variable(name, operator, argument), quoted);
            }
            Some(letter) if letter.is_ascii_alphanumeric() || "_?#@*".contains(letter) => {
                let name = self.name();
                word.add(PartKind::Variable(name, "", Word::default()), quoted);
            }
            _ => word.push('$', quoted),
        }
        Ok(())
    }

    /// The name of a variable, or one of the special parameters.
    fn name(&mut self) -> String {
        let start = self.at;
        let first = self.peek(0).unwrap_or(' ');
        if first.is_ascii_digit() || "?#@*".contains(first) {
            self.at += 1;
        } else {
            while self.peek(0).is_some_and(|it| it.is_ascii_alphanumeric() || it == '_') {
                self.at += 1;
            }
        }
        self.letters[start..self.at].iter().collect()
    }

    /// Where the parenthesis is closed that is open at the current place; of `depth` in a row the last.
    fn closing(&self, depth: usize) -> Result<usize, SyntaxError> {
        let (mut open, mut at) = (0_usize, self.at);
        let mut quote = None;
        while let Some(&letter) = self.letters.get(at) {
            match (quote, letter) {
                (None, '\'' | '"') => quote = Some(letter),
                (Some(it), _) if it == letter => quote = None,
                (None | Some('"'), '\\') => at += 1,
                (None, '(') => open += 1,
                (None, ')') => {
                    open -= 1;
                    if open == 0 {
                        return Ok(at);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        Err(SyntaxError::Quote(if depth > 1 { ')' } else { '(' }))
    }
}
