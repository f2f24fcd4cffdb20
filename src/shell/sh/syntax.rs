//! Tokens to commands: pipelines, `&&`, `||`, `for`, `while`, `until`, `if`, groups (POSIX shell, 2.9 and 2.10).
//!
//! One line after the other, as a terminal reads them: a line that is wrong does not keep the others from
//! running. Functions, `case` and jobs are refused with a message instead of half-done.

use std::rc::Rc;

use super::error::SyntaxError;
use super::lex::{Here, Lexer, PartKind, Token, Word};

/// When a pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Always (`;`, a new line).
    Always,
    /// If the one before it succeeded (`&&`).
    IfOk,
    /// If the one before it failed (`||`).
    IfFailed,
}

/// Commands one after the other.
pub type List = Vec<Pipeline>;

/// Commands connected by `|`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// When it runs.
    pub condition: Condition,
    /// Whether its exit code is turned round (`!`).
    pub negated: bool,
    /// Its commands; not empty.
    pub commands: Vec<Command>,
}

/// One command of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What it does.
    pub action: Action,
    /// Where its streams come from and go, in order.
    pub redirects: Vec<Redirect>,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Sets variables, and runs a program by its words if there are any.
    Simple(Vec<(String, Word)>, Vec<Word>),
    /// Runs the list for each word.
    For(String, Vec<Word>, List),
    /// Runs the second list as long as the first succeeds (or, `true`, fails).
    While(bool, List, List),
    /// Runs the list of the first condition that succeeds, else the last one.
    If(Vec<(List, List)>, List),
    /// Runs the list; in a subshell (`true`) nothing of it remains.
    Group(bool, List),
    /// `((…))`: succeeds where the expression is not 0.
    Arithmetic(Word),
    /// `for ((first; condition; step))`.
    Count(Box<[Word; 3]>, List),
}

/// A redirection.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// File descriptor: 0, 1, 2, or 3 for both outputs.
    pub stream: u8,
    /// `<`, `<<<`, `<<`, `>`, `>>`, `>&`.
    pub operator: &'static str,
    /// The file, descriptor, or text.
    pub target: Target,
}

/// Where a redirection leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// What the word says.
    Word(Word),
    /// The here-document of this number.
    Here(usize),
}

/// One line, or the lines that a compound command takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it runs.
    pub list: List,
    /// Texts of here-documents.
    pub heres: Rc<Vec<Here>>,
}

/// How deep compound commands may stand in one another.
const MOST_NESTED: usize = 32;

/// Words that end a list.
const CLOSERS: [&str; 7] = ["do", "done", "then", "elif", "else", "fi", "}"];

/// Reads command lines, one at a time.
pub struct Parser {
    lexer: Lexer,
    ahead: Option<Token>,
    depth: usize,
}

impl Iterator for Parser {
    type Item = Result<Line, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.peek() {
                Ok(Token::Operator("")) => return None,
                Ok(Token::Operator("\n")) => self.ahead = None,
                _ => break,
            }
        }
        let list = self.line();
        match list {
            Ok(list) => Some(Ok(Line {
                list,
                heres: Rc::new(std::mem::take(&mut self.lexer.heres)),
            })),
            Err(error) => {
                // The rest of the line is lost; what follows is not.
                if self.ahead.take() != Some(Token::Operator("\n")) {
                    self.lexer.skip_line();
                }
                self.lexer.heres.clear();
                self.depth = 0;
                Some(Err(error))
            }
        }
    }
}

impl Parser {
    /// Reads `text` from its beginning.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            lexer: Lexer::new(text),
            ahead: None,
            depth: 0,
        }
    }

    fn peek(&mut self) -> Result<&Token, SyntaxError> {
        if self.ahead.is_none() {
            self.ahead = Some(self.lexer.token()?);
        }
        Ok(self.ahead.as_ref().expect("it was just read"))
    }

    fn take(&mut self) -> Result<Token, SyntaxError> {
        match self.ahead.take() {
            Some(token) => Ok(token),
            None => self.lexer.token(),
        }
    }

    fn at_operator(&mut self, operator: &str) -> Result<bool, SyntaxError> {
        Ok(matches!(self.peek()?, Token::Operator(it) if *it == operator))
    }

    /// The reserved word at the current place, if there is one of `words`.
    fn at_word(&mut self, words: &[&'static str]) -> Result<Option<&'static str>, SyntaxError> {
        let Token::Word(word) = self.peek()? else {
            return Ok(None);
        };
        let plain = word.plain();
        Ok(words.iter().copied().find(|it| Some(*it) == plain))
    }

    fn skip_new_lines(&mut self) -> Result<(), SyntaxError> {
        while self.at_operator("\n")? {
            self.ahead = None;
        }
        Ok(())
    }

    fn unexpected<T>(&mut self) -> Result<T, SyntaxError> {
        let inside = self.depth > 0;
        let text = match self.peek()? {
            Token::Operator("") if inside => return Err(SyntaxError::Unfinished),
            Token::Operator("" | "\n") => "newline".to_owned(),
            Token::Operator(it) | Token::Redirect(_, it) => (*it).to_owned(),
            Token::Word(word) => word.plain().unwrap_or("word").to_owned(),
            Token::Here(_) => "<<".to_owned(),
        };
        Err(SyntaxError::Unexpected(text))
    }

    fn expect(&mut self, word: &'static str) -> Result<(), SyntaxError> {
        if self.at_word(&[word])?.is_none() {
            return self.unexpected();
        }
        self.ahead = None;
        Ok(())
    }

    /// Pipelines up to the end of the line.
    fn line(&mut self) -> Result<List, SyntaxError> {
        let list = self.list(true)?;
        match self.peek()? {
            Token::Operator("\n" | "") => {
                self.ahead = None;
                Ok(list)
            }
            _ => self.unexpected(),
        }
    }

    /// Pipelines up to what closes them: the end of the line, or a reserved word or parenthesis.
    fn list(&mut self, one_line: bool) -> Result<List, SyntaxError> {
        let mut list = List::new();
        let mut condition = Condition::Always;
        loop {
            if !one_line || condition != Condition::Always {
                self.skip_new_lines()?;
            }
            let closed = self.at_operator(")")? || self.at_operator("")? || self.at_word(&CLOSERS)?.is_some();
            if condition == Condition::Always && (closed || one_line && self.at_operator("\n")?) {
                return Ok(list);
            }
            let pipeline = self.pipeline(condition)?;
            list.push(pipeline);
            condition = match self.peek()? {
                Token::Operator("&&") => Condition::IfOk,
                Token::Operator("||") => Condition::IfFailed,
                Token::Operator(";") => Condition::Always,
                Token::Operator("\n") if !one_line => Condition::Always,
                _ => return Ok(list),
            };
            self.ahead = None;
        }
    }

    fn pipeline(&mut self, condition: Condition) -> Result<Pipeline, SyntaxError> {
        let mut negated = false;
        while self.at_word(&["!"])?.is_some() {
            self.ahead = None;
            negated = !negated;
        }
        let mut commands = vec![self.command()?];
        while self.at_operator("|")? {
            self.ahead = None;
            self.skip_new_lines()?;
            commands.push(self.command()?);
        }
        Ok(Pipeline {
            condition,
            negated,
            commands,
        })
    }

    fn command(&mut self) -> Result<Command, SyntaxError> {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return Err(SyntaxError::Depth(MOST_NESTED));
        }
        let mut redirects = Vec::new();
        let action = match self.compound()? {
            Some(action) => {
                while self.redirect(&mut redirects)? {}
                action
            }
            None => self.simple(&mut redirects)?,
        };
        self.depth -= 1;
        Ok(Command { action, redirects })
    }

    fn compound(&mut self) -> Result<Option<Action>, SyntaxError> {
        if self.at_operator("(")? {
            if let Some(text) = self.lexer.arithmetic_command() {
                self.ahead = None;
                return Ok(Some(Action::Arithmetic(self.lexer.arithmetic_word(&text)?)));
            }
            self.ahead = None;
            let list = self.list(false)?;
            if !self.at_operator(")")? {
                return self.unexpected();
            }
            self.ahead = None;
            return Ok(Some(Action::Group(true, list)));
        }
        const WORDS: [&str; 8] = ["for", "while", "until", "if", "{", "case", "function", "[["];
        let Some(word) = self.at_word(&WORDS)? else {
            return Ok(None);
        };
        self.ahead = None;
        Ok(Some(match word {
            "for" => self.for_loop()?,
            "while" | "until" => {
                let condition = self.list(false)?;
                Action::While(word == "until", condition, self.body()?)
            }
            "if" => self.conditional()?,
            "{" => {
                let list = self.list(false)?;
                self.expect("}")?;
                Action::Group(false, list)
            }
            "case" => return Err(SyntaxError::NotSimulated("`case`")),
            "function" => return Err(SyntaxError::NotSimulated("a function")),
            _ => return Err(SyntaxError::NotSimulated("`[[`; `[` is,")),
        }))
    }

    /// `do … done`.
    fn body(&mut self) -> Result<List, SyntaxError> {
        self.skip_new_lines()?;
        self.expect("do")?;
        let list = self.list(false)?;
        self.expect("done")?;
        Ok(list)
    }

    fn for_loop(&mut self) -> Result<Action, SyntaxError> {
        let name = match self.take()? {
            Token::Word(word) if word.plain().is_some_and(is_name) => word.plain().unwrap_or_default().to_owned(),
            Token::Operator("(") => {
                let text = self.lexer.arithmetic_command().unwrap_or_default();
                let parts: Vec<&str> = text.split(';').collect();
                let [first, condition, step] = parts.as_slice() else {
                    return Err(SyntaxError::Unexpected("((".to_owned()));
                };
                let parts = Box::new([
                    self.lexer.arithmetic_word(first)?,
                    self.lexer
                        .arithmetic_word(if condition.trim().is_empty() { "1" } else { condition })?,
                    self.lexer.arithmetic_word(step)?,
                ]);
                if self.at_operator(";")? {
                    self.ahead = None;
                }
                return Ok(Action::Count(parts, self.body()?));
            }
            token => {
                self.ahead = Some(token);
                return self.unexpected();
            }
        };
        self.skip_new_lines()?;
        self.expect("in")?;
        let mut words = Vec::new();
        loop {
            match self.take()? {
                Token::Word(word) => words.push(word),
                Token::Operator(";" | "\n") => break,
                token => {
                    self.ahead = Some(token);
                    return self.unexpected();
                }
            }
        }
        Ok(Action::For(name, words, self.body()?))
    }

    fn conditional(&mut self) -> Result<Action, SyntaxError> {
        let mut branches = Vec::new();
        loop {
            let condition = self.list(false)?;
            self.expect("then")?;
            branches.push((condition, self.list(false)?));
            match self.at_word(&["elif", "else", "fi"])? {
                Some("elif") => self.ahead = None,
                Some("else") => {
                    self.ahead = None;
                    let otherwise = self.list(false)?;
                    self.expect("fi")?;
                    return Ok(Action::If(branches, otherwise));
                }
                _ => {
                    self.expect("fi")?;
                    return Ok(Action::If(branches, List::new()));
                }
            }
        }
    }

    fn simple(&mut self, redirects: &mut Vec<Redirect>) -> Result<Action, SyntaxError> {
        if self.at_word(&CLOSERS)?.is_some() {
            return self.unexpected();
        }
        let (mut assignments, mut words) = (Vec::new(), Vec::new());
        loop {
            if self.redirect(redirects)? {
                continue;
            }
            let Token::Word(_) = self.peek()? else { break };
            let Token::Word(word) = self.take()? else { break };
            match assignment(&word).filter(|_| words.is_empty()) {
                Some(it) => assignments.push(it),
                None => words.push(word),
            }
        }
        if self.at_operator("(")? {
            let defines = words.len() == 1;
            return if defines {
                Err(SyntaxError::NotSimulated("a function"))
            } else {
                self.unexpected()
            };
        }
        if assignments.is_empty() && words.is_empty() {
            return self.unexpected();
        }
        Ok(Action::Simple(assignments, words))
    }

    /// Reads one redirection if there is one.
    fn redirect(&mut self, redirects: &mut Vec<Redirect>) -> Result<bool, SyntaxError> {
        let redirect = match *self.peek()? {
            Token::Here(place) => {
                self.ahead = None;
                Redirect {
                    stream: 0,
                    operator: "<<",
                    target: Target::Here(place),
                }
            }
            Token::Redirect(stream, operator) => {
                self.ahead = None;
                let Token::Word(word) = self.take()? else {
                    return Err(SyntaxError::NoTarget(operator.to_owned()));
                };
                Redirect {
                    stream,
                    operator,
                    target: Target::Word(word),
                }
            }
            _ => return Ok(false),
        };
        redirects.push(redirect);
        Ok(true)
    }
}

/// `NAME=WORD`.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let first = word.parts.first()?;
    let PartKind::Text(text) = &first.kind else { return None };
    let (name, rest) = text
        .split_once('=')
        .filter(|(name, _)| !first.quoted && is_name(name))?;
    let mut value = word.clone();
    value.parts[0].kind = PartKind::Text(rest.to_owned());
    Some((name.to_owned(), value))
}

/// Whether a variable can be called so.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && text.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
}
