//! Command lines to words: quotes, here-documents, redirections, `;`, `&&`, `||`, pipes and comments.
//!
//! What POSIX `sh` means by them, without variables, substitution, globbing, loops and jobs: `$`, `*` and `?`
//! stand for themselves, and what would need the rest is refused with a message instead of half-done.

use thiserror::Error;

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

/// Where a stream goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `/dev/null`.
    Null,
    /// A file of the shell, made anew.
    File(String),
    /// A file of the shell, at its end.
    Append(String),
    /// Where standard output goes (`2>&1`).
    Stdout,
    /// Where standard error goes (`1>&2`).
    Stderr,
}

/// Where standard input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A here-document, or a here-string.
    Text(String),
    /// A file of the shell.
    File(String),
}

/// One command of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Its name and arguments; not empty.
    pub words: Vec<String>,
    /// Standard input, if it does not come from the command before.
    pub input: Option<Input>,
    /// Where standard output goes.
    pub stdout: Option<Target>,
    /// Where standard error goes.
    pub stderr: Option<Target>,
}

/// Commands connected by `|`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// When it runs.
    pub condition: Condition,
    /// Its commands; not empty.
    pub commands: Vec<Command>,
}

/// Why a text is no command line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SyntaxError {
    /// A quote without its other half.
    #[error("unexpected end of line while looking for matching `{0}'")]
    Quote(char),
    /// An operator where a command should stand.
    #[error("syntax error near unexpected token `{0}'")]
    Unexpected(String),
    /// A redirection to nowhere.
    #[error("syntax error: {0} needs a file name")]
    NoTarget(String),
    /// A here-document whose end never comes.
    #[error("here-document is not ended by `{0}'")]
    HereDocument(String),
    /// Something a real shell has and this one does not.
    #[error("{0} is not simulated in this shell")]
    NotSimulated(&'static str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `;`, `&&`, `||`, `|`, newline.
    Operator(&'static str),
    /// File descriptor (0, 1, 2, or 3 for both outputs) and operator.
    Redirect(u8, &'static str),
    /// Text of a here-document.
    Here(String),
}

/// Reads command lines.
///
/// # Errors
/// What a shell would refuse, and what this one does not simulate.
pub fn parse(text: &str) -> Result<Vec<Pipeline>, SyntaxError> {
    let tokens = Lexer::new(text).tokens()?;
    let mut pipelines = Vec::new();
    let mut condition = Condition::Always;
    let mut commands: Vec<Command> = Vec::new();
    let mut command = Command::default();
    let mut tokens = tokens.into_iter().peekable();
    // What still needs a right-hand side: `&&`, `||` or `|`.
    let mut pending: Option<&'static str> = None;
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => {
                if command.words.is_empty() && commands.is_empty() {
                    refuse_keyword(&word)?;
                }
                command.words.push(word);
            }
            Token::Here(body) => command.input = Some(Input::Text(body)),
            Token::Redirect(stream, operator) => {
                let Some(Token::Word(name)) = tokens.next() else {
                    return Err(SyntaxError::NoTarget(operator.to_owned()));
                };
                redirect(&mut command, stream, operator, name);
            }
            Token::Operator(operator) => {
                if command.words.is_empty() {
                    let blank = commands.is_empty() && command == Command::default();
                    match operator {
                        "\n" if blank => continue,
                        "\n" if pending.is_some() => continue,
                        _ => return Err(SyntaxError::Unexpected(operator.replace('\n', "newline"))),
                    }
                }
                commands.push(std::mem::take(&mut command));
                pending = matches!(operator, "|" | "&&" | "||").then_some(operator);
                if operator == "|" {
                    continue;
                }
                pipelines.push(Pipeline {
                    condition,
                    commands: std::mem::take(&mut commands),
                });
                condition = match operator {
                    "&&" => Condition::IfOk,
                    "||" => Condition::IfFailed,
                    _ => Condition::Always,
                };
            }
        }
    }
    if !command.words.is_empty() {
        commands.push(command);
        pipelines.push(Pipeline { condition, commands });
    } else if let Some(operator) = pending {
        return Err(SyntaxError::Unexpected(format!("end of line after {operator}")));
    } else if command != Command::default() {
        return Err(SyntaxError::Unexpected("newline".to_owned()));
    }
    Ok(pipelines)
}

/// Splits one command into words and nothing else.
///
/// # Errors
/// A quote without its other half, or an operator.
pub fn split_words(text: &str) -> Result<Vec<String>, SyntaxError> {
    let mut pipelines = parse(text)?;
    match (pipelines.pop(), pipelines.is_empty()) {
        (Some(mut pipeline), true) if pipeline.commands.len() == 1 => Ok(pipeline.commands.remove(0).words),
        (None, true) => Ok(Vec::new()),
        _ => Err(SyntaxError::Unexpected(";".to_owned())),
    }
}

fn refuse_keyword(word: &str) -> Result<(), SyntaxError> {
    match word {
        "for" | "while" | "until" => Err(SyntaxError::NotSimulated("a loop")),
        "if" | "case" => Err(SyntaxError::NotSimulated("a conditional")),
        "function" => Err(SyntaxError::NotSimulated("a function")),
        _ => Ok(()),
    }
}

fn redirect(command: &mut Command, stream: u8, operator: &'static str, name: String) {
    if operator == "<" {
        command.input = Some(Input::File(name));
        return;
    }
    if operator == "<<<" {
        command.input = Some(Input::Text(name + "\n"));
        return;
    }
    let target = match (operator, name.as_str()) {
        (">&", "1") => Target::Stdout,
        (">&", "2") => Target::Stderr,
        (_, "/dev/null") => Target::Null,
        (_, "/dev/stdout") => Target::Stdout,
        (_, "/dev/stderr") => Target::Stderr,
        (">>", _) => Target::Append(name),
        _ => Target::File(name),
    };
    match stream {
        2 => command.stderr = Some(target),
        3 => {
            command.stderr = Some(Target::Stdout);
            command.stdout = Some(target);
        }
        _ => command.stdout = Some(target),
    }
}

struct Lexer {
    letters: Vec<char>,
    at: usize,
    tokens: Vec<Token>,
    /// Here-documents whose text starts at the next line: place of the token, delimiter, tabs stripped.
    waiting: Vec<(usize, String, bool)>,
}

impl Lexer {
    fn new(text: &str) -> Self {
        Self {
            letters: text.chars().collect(),
            at: 0,
            tokens: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn tokens(mut self) -> Result<Vec<Token>, SyntaxError> {
        while let Some(letter) = self.peek(0) {
            match letter {
                '\\' if self.peek(1) == Some('\n') => self.at += 2,
                '\n' => {
                    self.at += 1;
                    self.tokens.push(Token::Operator("\n"));
                    self.here_documents()?;
                }
                ' ' | '\t' | '\r' => self.at += 1,
                '#' => {
                    while self.peek(0).is_some_and(|it| it != '\n') {
                        self.at += 1;
                    }
                }
                ';' => self.operator(";", 1),
                '|' if self.peek(1) == Some('|') => self.operator("||", 2),
                '|' => self.operator("|", 1),
                '&' if self.peek(1) == Some('&') => self.operator("&&", 2),
                '&' if self.peek(1) == Some('>') => self.redirect(3, 1)?,
                '&' => return Err(SyntaxError::NotSimulated("running in the background (`&`)")),
                '(' | ')' => return Err(SyntaxError::NotSimulated("a subshell")),
                '0'..='2' if matches!(self.peek(1), Some('<' | '>')) => {
                    let stream = letter as u8 - b'0';
                    self.redirect(stream, 1)?;
                }
                '>' => self.redirect(1, 0)?,
                '<' => self.redirect(0, 0)?,
                _ => {
                    let (word, _) = self.word()?;
                    self.tokens.push(Token::Word(word));
                }
            }
        }
        match self.waiting.first() {
            Some((_, delimiter, _)) => Err(SyntaxError::HereDocument(delimiter.clone())),
            None => Ok(self.tokens),
        }
    }

    fn operator(&mut self, operator: &'static str, length: usize) {
        self.at += length;
        self.tokens.push(Token::Operator(operator));
    }

    fn redirect(&mut self, stream: u8, skip: usize) -> Result<(), SyntaxError> {
        self.at += skip;
        let next = (self.peek(0), self.peek(1), self.peek(2));
        let (operator, length) = match next {
            (Some('<'), Some('<'), Some('<')) => ("<<<", 3),
            (Some('<'), Some('<'), _) => ("<<", 2),
            (Some('>'), Some('>'), _) => (">>", 2),
            (Some('>'), Some('&'), _) => (">&", 2),
            (Some('<'), ..) => ("<", 1),
            _ => (">", 1),
        };
        self.at += length;
        if operator != "<<" {
            self.tokens.push(Token::Redirect(stream, operator));
            return Ok(());
        }
        let strip_tabs = self.peek(0) == Some('-');
        if strip_tabs {
            self.at += 1;
        }
        while matches!(self.peek(0), Some(' ' | '\t')) {
            self.at += 1;
        }
        let (delimiter, quoted) = self.word()?;
        if delimiter.is_empty() && !quoted {
            return Err(SyntaxError::NoTarget("<<".to_owned()));
        }
        self.waiting.push((self.tokens.len(), delimiter, strip_tabs));
        self.tokens.push(Token::Here(String::new()));
        Ok(())
    }

    /// Reads the texts of the here-documents announced on the line that just ended.
    fn here_documents(&mut self) -> Result<(), SyntaxError> {
        for (place, delimiter, strip_tabs) in std::mem::take(&mut self.waiting) {
            let mut body = String::new();
            loop {
                if self.at >= self.letters.len() {
                    return Err(SyntaxError::HereDocument(delimiter));
                }
                let start = self.at;
                while self.peek(0).is_some_and(|it| it != '\n') {
                    self.at += 1;
                }
                let line: String = self.letters[start..self.at].iter().collect();
                self.at += usize::from(self.at < self.letters.len());
                let line = if strip_tabs {
                    line.trim_start_matches('\t')
                } else {
                    &line
                };
                if line == delimiter {
                    break;
                }
                body.push_str(line);
                body.push('\n');
            }
            self.tokens[place] = Token::Here(body);
        }
        Ok(())
    }

    /// One word, and whether any of it was quoted.
    fn word(&mut self) -> Result<(String, bool), SyntaxError> {
        let mut word = String::new();
        let mut quoted = false;
        while let Some(letter) = self.peek(0) {
            match letter {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    quoted = true;
                    self.at += 1;
                    loop {
                        match self.peek(0) {
                            None => return Err(SyntaxError::Quote('\'')),
                            Some('\'') => break,
                            Some(inner) => word.push(inner),
                        }
                        self.at += 1;
                    }
                    self.at += 1;
                }
                '"' => {
                    quoted = true;
                    self.at += 1;
                    loop {
                        match self.peek(0) {
                            None => return Err(SyntaxError::Quote('"')),
                            Some('"') => break,
                            Some('\\') if matches!(self.peek(1), Some('"' | '\\' | '$' | '`')) => {
                                self.at += 1;
                                word.extend(self.peek(0));
                            }
                            Some('\\') if self.peek(1) == Some('\n') => self.at += 1,
                            Some(inner) => word.push(inner),
                        }
                        self.at += 1;
                    }
                    self.at += 1;
                }
                '\\' => {
                    self.at += 1;
                    match self.peek(0) {
                        None => word.push('\\'),
                        Some('\n') => self.at += 1,
                        Some(inner) => {
                            quoted = true;
                            word.push(inner);
                            self.at += 1;
                        }
                    }
                }
                '`' => return Err(SyntaxError::NotSimulated("command substitution")),
                '$' if self.peek(1) == Some('(') => return Err(SyntaxError::NotSimulated("command substitution")),
                _ => {
                    word.push(letter);
                    self.at += 1;
                }
            }
        }
        Ok((word, quoted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        split_words(text).expect(text)
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        assert_eq!(words("kubectl get  svc"), ["kubectl", "get", "svc"]);
        assert_eq!(
            words(r#"a 'b c' "d \"e\" \n" f\ g ''"#),
            ["a", "b c", "d \"e\" \\n", "f g", ""]
        );
        assert_eq!(words("a --x='{.y}'{.z} # comment"), ["a", "--x={.y}{.z}"]);
        assert_eq!(words("a \\\n  b"), ["a", "b"]);
        assert_eq!(words("jsonpath={.spec}"), ["jsonpath={.spec}"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn pipelines_conditions_and_redirections() {
        let found = parse("a | b && c 2>/dev/null >> log; d &> x || e <<< hi").expect("valid");
        let shape: Vec<_> = found.iter().map(|it| (it.condition, it.commands.len())).collect();
        assert_eq!(
            shape,
            [
                (Condition::Always, 2),
                (Condition::IfOk, 1),
                (Condition::Always, 1),
                (Condition::IfFailed, 1)
            ]
        );
        assert_eq!(found[1].commands[0].stderr, Some(Target::Null));
        assert_eq!(found[1].commands[0].stdout, Some(Target::Append("log".into())));
        assert_eq!(found[2].commands[0].stdout, Some(Target::File("x".into())));
        assert_eq!(found[3].commands[0].input, Some(Input::Text("hi\n".into())));
    }

    #[test]
    fn here_documents_are_read_to_their_end() {
        let text = "kubectl apply -f - <<'EOF' && echo ok\na: |\n  x\nEOF\nkubectl get svc\n";
        let found = parse(text).expect("valid");
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].commands[0].input, Some(Input::Text("a: |\n  x\n".into())));
        assert_eq!(found[2].commands[0].words, ["kubectl", "get", "svc"]);
        assert_eq!(parse("cat <<EOF\nx"), Err(SyntaxError::HereDocument("EOF".into())));
    }

    #[test]
    fn what_is_not_simulated_says_so() {
        for text in [
            "sleep 1 &",
            "(a)",
            "echo $(date)",
            "echo `x`",
            "for i in 1 2; do x; done",
        ] {
            assert!(matches!(parse(text), Err(SyntaxError::NotSimulated(_))), "{text}");
        }
        assert_eq!(parse("a 'b"), Err(SyntaxError::Quote('\'')));
        assert!(matches!(parse("&& a"), Err(SyntaxError::Unexpected(_))));
        assert!(matches!(parse("a |"), Err(SyntaxError::Unexpected(_))));
        assert!(matches!(parse("a >"), Err(SyntaxError::NoTarget(_))));
    }
}
