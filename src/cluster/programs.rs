//! What the program of a container does, as far as its image and its command line tell: when it ends and with which
//! code, what it waits for, which files come and go.
//!
//! A shell script is read word by word: `sleep`, `exit`, `touch`, loops, conditions about files and names, servers.
//! Nothing takes time but what says so (`sleep 30`). Not here: output, variables, arithmetic, functions, and programs
//! that nobody knows, which run on or end well by the [`Role`] of their container. Not here either: what listens
//! (`listening`).

use std::collections::BTreeSet;

use super::images;
use crate::api::types::core::Container;
use crate::sim::Duration;

/// What is expected of a program that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It serves, until somebody ends it.
    Serves,
    /// It ends well at once: an init container, a Job.
    Ends,
}

/// Something that a program waits for before it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The name that is to resolve.
    pub host: String,
    /// The port that is to answer; `None` where the name is enough.
    pub port: Option<u16>,
}

/// One thing that a program does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A file comes.
    Touch(String),
    /// A file goes.
    Remove(String),
    /// Time passes.
    Sleep(Duration),
    /// It waits for another.
    Await(Wait),
    /// It ends with a code.
    Exit(i32),
    /// It runs on.
    Forever,
}

/// The steps of a program, of which the last ends it or runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    steps: Vec<Step>,
}

/// How a stretch of a program ends: it is over, waits for something, or runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// With a code.
    Exits(i32),
    /// Until that holds.
    Waits(&'a Wait),
    /// Nobody knows when.
    Never,
}

/// Most steps of a program; what does more runs on.
const MOST: usize = 400;
/// How deep words within words are read.
const DEEPEST: usize = 12;

impl Program {
    /// The program of a container; `None` for one that runs on and of which nothing else is known.
    #[must_use]
    pub fn of(container: &Container, role: Role) -> Option<Self> {
        let bare = container.command.is_empty() && container.args.is_empty();
        if bare && role == Role::Serves && !ends_bare(&container.image) {
            return None;
        }
        let words = command_line(container);
        let mut reader = Reader::new(role);
        match words.first() {
            // The entry point of an image is in nobody's text.
            None if ends_bare(&container.image) => {
                if container.stdin || container.tty {
                    reader.steps.push(Step::Forever);
                } else {
                    let code = if images::name_of(&container.image).1 == "curl" {
                        2
                    } else {
                        0
                    };
                    reader.steps.push(Step::Exit(code));
                }
            }
            None => {
                let ends = role == Role::Ends && !images::serves(&container.image);
                reader.steps.push(if ends { Step::Exit(0) } else { Step::Forever });
            }
            Some(_) => {
                let interactive = container.stdin || container.tty;
                reader.main(&words, interactive, images::serves(&container.image));
            }
        }
        let program = Self { steps: reader.steps };
        (program.steps != [Step::Forever]).then_some(program)
    }

    /// The steps from the start, or from behind the wait of a number.
    fn stretch(&self, number: usize) -> &[Step] {
        let mut rest = self.steps.as_slice();
        for _ in 0..number {
            match rest.iter().position(|it| matches!(it, Step::Await(_))) {
                Some(at) => rest = &rest[at + 1..],
                None => return &[],
            }
        }
        match rest.iter().position(|it| matches!(it, Step::Await(_))) {
            Some(at) => &rest[..=at],
            None => rest,
        }
    }

    /// How a stretch ends, and how long after it began.
    #[must_use]
    pub fn end(&self, stretch: usize) -> (Duration, End<'_>) {
        let mut passed = Duration(0);
        for step in self.stretch(stretch) {
            match step {
                Step::Sleep(time) => passed = Duration(passed.0.saturating_add(time.0)),
                Step::Exit(code) => return (passed, End::Exits(*code)),
                Step::Await(wait) => return (passed, End::Waits(wait)),
                Step::Forever => return (passed, End::Never),
                Step::Touch(_) | Step::Remove(_) => {}
            }
        }
        (passed, End::Never)
    }

    /// Whether files come or go.
    #[must_use]
    pub fn has_files(&self) -> bool {
        self.steps
            .iter()
            .any(|it| matches!(it, Step::Touch(_) | Step::Remove(_)))
    }

    /// The files that the program has made and not removed, so long after a stretch began.
    #[must_use]
    pub fn files(&self, stretch: usize, passed: Duration) -> BTreeSet<&str> {
        let mut files = BTreeSet::new();
        for number in 0..=stretch {
            let mut at = Duration(0);
            for step in self.stretch(number) {
                if number == stretch && at > passed {
                    return files;
                }
                match step {
                    Step::Touch(path) => {
                        files.insert(path.as_str());
                    }
                    Step::Remove(path) => {
                        files.remove(path.as_str());
                    }
                    Step::Sleep(time) => at = Duration(at.0.saturating_add(time.0)),
                    _ => {}
                }
            }
        }
        files
    }

    /// The times after the beginning of a stretch at which files come or go.
    #[must_use]
    pub fn changes(&self, stretch: usize) -> Vec<Duration> {
        let mut at = Duration(0);
        let mut found = Vec::new();
        for step in self.stretch(stretch) {
            match step {
                Step::Touch(_) | Step::Remove(_) if found.last() != Some(&at) => found.push(at),
                Step::Sleep(time) => at = Duration(at.0.saturating_add(time.0)),
                _ => {}
            }
        }
        found
    }

    /// Whether a path is one that the program makes or removes.
    fn knows(&self, path: &str) -> bool {
        self.steps
            .iter()
            .any(|it| matches!(it, Step::Touch(known) | Step::Remove(known) if known == path))
    }
}

/// What of a container's command line may be a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Served {
    /// The entry point of its image, with the container's arguments.
    EntryPoint,
    /// These commands; none where all that is run is known to listen nowhere.
    Commands(Vec<Vec<String>>),
}

/// What of a container's command line may be a server.
#[must_use]
pub fn served(container: &Container) -> Served {
    let words = command_line(container);
    if words.is_empty() {
        return if ends_bare(&container.image) {
            Served::Commands(Vec::new())
        } else {
            Served::EntryPoint
        };
    }
    let mut reader = Reader::new(Role::Serves);
    reader.main(&words, container.stdin || container.tty, false);
    Served::Commands(reader.served)
}

/// The exit code of a command that runs beside a program, and what it complains of; `files` are those that the
/// program has made by now.
#[must_use]
pub fn outcome(command: &[String], program: Option<&Program>, files: &BTreeSet<&str>) -> (i32, String) {
    let mut reader = Reader::new(Role::Ends);
    reader.beside = Some(Beside {
        files: files.iter().map(|&it| it.to_owned()).collect(),
        program: program.cloned().unwrap_or_default(),
    });
    reader.main(command, false, false);
    let code = reader.steps.iter().find_map(|it| match it {
        Step::Exit(code) => Some(*code),
        _ => None,
    });
    (code.unwrap_or(0), reader.complaint)
}

/// The words of a container's command line; empty where the image alone decides.
fn command_line(container: &Container) -> Vec<String> {
    if !container.command.is_empty() {
        return container.command.iter().chain(&container.args).cloned().collect();
    }
    // Arguments go to the entry point, which in these images starts what they name.
    let first = container.args.first().map_or("", String::as_str);
    if images::starts_its_arguments(&container.image) && !first.starts_with('-') {
        return container.args.clone();
    }
    Vec::new()
}

/// Whether an image ends by itself where nobody says what to run.
fn ends_bare(image: &str) -> bool {
    matches!(
        images::name_of(image).1,
        "busybox"
            | "alpine"
            | "ubuntu"
            | "debian"
            | "bash"
            | "curl"
            | "hello-world"
            | "python"
            | "node"
            | "perl"
            | "golang"
            | "ruby"
            | "fedora"
            | "centos"
            | "amazonlinux"
    )
}

/// What a command finds that runs beside the program of its container.
struct Beside {
    files: BTreeSet<String>,
    program: Program,
}

/// How a command ended: with a code, or the whole program with it.
enum Ran {
    Code(i32),
    Over,
}

/// Reads a program word by word.
struct Reader {
    role: Role,
    steps: Vec<Step>,
    beside: Option<Beside>,
    complaint: String,
    /// Commands that may be servers.
    served: Vec<Vec<String>>,
    depth: usize,
}

impl Reader {
    fn new(role: Role) -> Self {
        Self {
            role,
            steps: Vec::new(),
            beside: None,
            complaint: String::new(),
            served: Vec::new(),
            depth: 0,
        }
    }

    /// Runs the words of a whole program.
    fn main(&mut self, words: &[String], interactive: bool, serves: bool) {
        let shell = words.first().is_some_and(|it| is_shell(it)) && words.len() == 1;
        if shell && interactive {
            self.steps.push(Step::Forever);
            return;
        }
        match self.command(words, true, serves) {
            Ran::Code(code) => self.steps.push(Step::Exit(code)),
            Ran::Over => {}
        }
    }

    fn forever(&mut self) -> Ran {
        self.steps.push(Step::Forever);
        Ran::Over
    }

    /// Runs one command; `last`: nothing comes behind it, so that one that nobody knows may be what it is all for.
    fn command(&mut self, words: &[String], last: bool, serves: bool) -> Ran {
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        // Variables of one command stand before it.
        while words.first().is_some_and(|it| is_assignment(it)) {
            words.remove(0);
        }
        let Some(first) = words.first().copied() else {
            return Ran::Code(0);
        };
        if self.steps.len() > MOST || self.depth > DEEPEST {
            return self.forever();
        }
        let name = first.rsplit('/').next().unwrap_or_default();
        let rest = &words[1..];
        let plain: Vec<&str> = rest.iter().copied().filter(|it| !it.starts_with('-')).collect();
        match name {
            _ if is_shell(first) => self.shell(rest, last, serves),
            "exec" | "nohup" | "env" | "command" | "time" | "tini" | "dumb-init" | "su-exec" | "gosu" => {
                let rest: Vec<String> = rest
                    .iter()
                    .skip_while(|it| it.starts_with('-') || is_assignment(it))
                    .map(|&it| it.to_owned())
                    .collect();
                let last = last || name == "exec";
                if rest.is_empty() {
                    return Ran::Code(0);
                }
                match self.command(&rest, last, serves) {
                    Ran::Code(code) if name == "exec" => {
                        self.steps.push(Step::Exit(code));
                        Ran::Over
                    }
                    ran => ran,
                }
            }
            "sleep" => match sleep(rest) {
                Some(Some(time)) => {
                    self.steps.push(Step::Sleep(time));
                    Ran::Code(0)
                }
                Some(None) => self.forever(),
                None => Ran::Code(1),
            },
            "exit" | "return" => {
                let code = rest.first().and_then(|it| it.parse().ok()).unwrap_or(0);
                self.steps.push(Step::Exit(code));
                Ran::Over
            }
            "false" => Ran::Code(1),
            "kill" if self.beside.is_none() && rest.contains(&"1") => {
                self.steps.push(Step::Exit(143));
                Ran::Over
            }
            "touch" => {
                plain
                    .iter()
                    .for_each(|path| self.steps.push(Step::Touch((*path).to_owned())));
                Ran::Code(0)
            }
            "rm" => {
                plain
                    .iter()
                    .for_each(|path| self.steps.push(Step::Remove((*path).to_owned())));
                Ran::Code(0)
            }
            "cat" | "ls" | "stat" => {
                for path in plain {
                    if !self.has_file(path) {
                        self.complaint = match name {
                            "cat" => format!("cat: can't open '{path}': No such file or directory\n"),
                            _ => format!("{name}: {path}: No such file or directory\n"),
                        };
                        return Ran::Code(1);
                    }
                }
                Ran::Code(0)
            }
            "test" | "[" | "[[" => Ran::Code(i32::from(!self.test(rest))),
            "tail" if rest.iter().any(|it| it.starts_with('-') && it.contains(['f', 'F'])) => self.forever(),
            "watch" | "yes" | "top" => self.forever(),
            "wait" => {
                if self.steps.iter().any(|it| matches!(it, Step::Sleep(_) | Step::Forever)) {
                    return Ran::Code(0);
                }
                self.forever()
            }
            "nc" | "ncat" | "netcat" if listens(rest) => {
                self.serve(&words);
                self.forever()
            }
            _ if is_helper(name) => Ran::Code(0),
            _ if !last => {
                self.serve(&words);
                Ran::Code(0)
            }
            _ if serves || self.role == Role::Serves => {
                self.serve(&words);
                self.forever()
            }
            _ => Ran::Code(0),
        }
    }

    /// Notes a command that may be a server.
    fn serve(&mut self, words: &[&str]) {
        self.served.push(words.iter().map(|&it| it.to_owned()).collect());
    }

    /// `sh -c SCRIPT`, `sh FILE`, `sh`.
    fn shell(&mut self, rest: &[&str], last: bool, serves: bool) -> Ran {
        let flags = rest.iter().take_while(|it| it.starts_with(['-', '+']));
        let (mut script, mut n_flags) = (false, 0);
        for flag in flags {
            n_flags += 1;
            if !flag.starts_with("--") && flag.ends_with('c') {
                script = true;
                break;
            }
        }
        let Some(text) = rest.get(n_flags) else {
            // A shell without a terminal reads the end of its input.
            return Ran::Code(0);
        };
        if !script {
            return match () {
                () if !last => Ran::Code(0),
                () if self.role == Role::Serves => {
                    self.serve(&[text]);
                    self.forever()
                }
                () => Ran::Code(0),
            };
        }
        self.depth += 1;
        let tokens = tokens(text);
        let mut at = 0;
        let ran = self.list(&tokens, &mut at, &[], last, serves);
        self.depth -= 1;
        ran
    }

    /// Commands one after the other, until one of some words stands where a command could.
    fn list(&mut self, tokens: &[Token], at: &mut usize, until: &[&str], last: bool, serves: bool) -> Ran {
        let mut code = 0;
        let mut skip = false;
        loop {
            while matches!(tokens.get(*at), Some(Token::Operator(";" | "\n"))) {
                *at += 1;
                skip = false;
            }
            match tokens.get(*at) {
                None => return Ran::Code(code),
                Some(Token::Word(word)) if until.contains(&word.as_str()) => return Ran::Code(code),
                Some(Token::Operator(")")) => return Ran::Code(code),
                _ => {}
            }
            let n_steps = self.steps.len();
            let ran = self.compound(tokens, at, until, last, serves);
            let is_over = matches!(ran, Ran::Over);
            if skip {
                // Behind `&&` or `||` it is not run.
                self.steps.truncate(n_steps);
            } else {
                match ran {
                    Ran::Over => {
                        let background = matches!(tokens.get(*at), Some(Token::Operator("&")));
                        if !background || self.steps.last() != Some(&Step::Forever) {
                            return Ran::Over;
                        }
                        // It runs on beside what follows.
                        self.steps.truncate(n_steps);
                        code = 0;
                    }
                    Ran::Code(it) => code = it,
                }
            }
            match tokens.get(*at) {
                Some(Token::Operator("&&")) => {
                    skip = code != 0;
                    *at += 1;
                }
                Some(Token::Operator("||")) => {
                    skip = code == 0;
                    *at += 1;
                }
                Some(Token::Operator("&")) => {
                    if !is_over && !skip {
                        // What it does takes its time beside the rest.
                        self.steps.truncate(n_steps);
                    }
                    skip = false;
                    *at += 1;
                }
                Some(Token::Operator("|")) => {
                    skip = false;
                    *at += 1;
                }
                Some(Token::Operator(";" | "\n")) => skip = false,
                _ => {}
            }
        }
    }

    /// A loop, a condition, a group, or one command.
    fn compound(&mut self, tokens: &[Token], at: &mut usize, until: &[&str], last: bool, serves: bool) -> Ran {
        let word = match tokens.get(*at) {
            Some(Token::Word(word)) => word.as_str(),
            Some(Token::Operator("(")) => {
                *at += 1;
                let ran = self.list(tokens, at, &[], last, serves);
                *at += 1;
                return ran;
            }
            _ => {
                *at += 1;
                return Ran::Code(0);
            }
        };
        self.depth += 1;
        let ran = match word {
            _ if self.depth > DEEPEST * 2 => {
                *at = tokens.len();
                self.forever()
            }
            "while" | "until" => self.repeat(tokens, at, word == "until", serves),
            "for" => self.each(tokens, at, serves),
            "if" => self.condition(tokens, at, last, serves),
            "{" => {
                *at += 1;
                let ran = self.list(tokens, at, &["}"], last, serves);
                *at += 1;
                ran
            }
            "!" => {
                *at += 1;
                match self.compound(tokens, at, until, false, serves) {
                    Ran::Code(code) => Ran::Code(i32::from(code == 0)),
                    Ran::Over => Ran::Over,
                }
            }
            _ => self.simple(tokens, at, until, last, serves),
        };
        self.depth -= 1;
        ran
    }

    /// One command with its redirections.
    fn simple(&mut self, tokens: &[Token], at: &mut usize, until: &[&str], last: bool, serves: bool) -> Ran {
        let mut words = Vec::new();
        let mut made = None;
        while let Some(token) = tokens.get(*at) {
            match token {
                Token::Word(word) => words.push(word.clone()),
                Token::Into(path) => made = Some(path.clone()),
                Token::Operator(_) => break,
            }
            *at += 1;
        }
        let behind = tokens[*at..].iter().any(|it| {
            !matches!(it, Token::Operator(_)) && !matches!(it, Token::Word(word) if until.contains(&word.as_str()))
        });
        if let Some(path) = made.filter(|it| !it.starts_with("/dev/") && !it.starts_with('&')) {
            self.steps.push(Step::Touch(path));
        }
        self.command(&words, last && !behind, serves)
    }

    /// `while CONDITION; do …; done`
    fn repeat(&mut self, tokens: &[Token], at: &mut usize, until: bool, serves: bool) -> Ran {
        *at += 1;
        let start = *at;
        let n_steps = self.steps.len();
        let condition = self.list(tokens, at, &["do"], false, serves);
        let asked: Vec<&str> = tokens[start..(*at).min(tokens.len())]
            .iter()
            .filter_map(Token::word)
            .collect();
        let negated = asked.first() == Some(&"!");
        let wait = wait_for(&asked);
        self.steps.truncate(n_steps);
        *at += 1;
        let body = *at;
        let end = skip_to_done(tokens, body);
        let (over, holds) = match condition {
            Ran::Code(code) => (false, code == 0),
            Ran::Over => (true, false),
        };
        if let Some(wait) = wait.filter(|_| until != negated) {
            *at = end;
            self.steps.push(Step::Await(wait));
            return Ran::Code(0);
        }
        if over || holds == until {
            *at = end;
            return Ran::Code(0);
        }
        let constant = matches!(asked[..], ["true" | ":"] | ["[", "1", "]"] | ["[", "true", "]"]);
        let before = self.steps.len();
        let ran = self.list(tokens, at, &["done"], false, serves);
        *at = end;
        if matches!(ran, Ran::Over) {
            return Ran::Over;
        }
        if !constant && until {
            // What is waited for is nothing that is known here; it is taken to have come.
            self.steps.truncate(before);
            return Ran::Code(0);
        }
        // What a round does to files stays; the time of further rounds does not matter.
        self.forever()
    }

    /// `for NAME in WORDS; do …; done`
    fn each(&mut self, tokens: &[Token], at: &mut usize, serves: bool) -> Ran {
        let mut rounds = 0;
        while let Some(token) = tokens.get(*at) {
            match token.word() {
                Some("do") => break,
                Some("for" | "in") | None => {}
                Some(word) => rounds += 1 + word.matches("..").count() * 9,
            }
            *at += 1;
        }
        *at += 1;
        let body = *at;
        let end = skip_to_done(tokens, body);
        // The name itself is no round.
        for _ in 1..rounds.clamp(1, 200) {
            *at = body;
            if matches!(self.list(tokens, at, &["done"], false, serves), Ran::Over) {
                *at = end;
                return Ran::Over;
            }
        }
        *at = end;
        Ran::Code(0)
    }

    /// `if CONDITION; then …; elif …; else …; fi`
    fn condition(&mut self, tokens: &[Token], at: &mut usize, last: bool, serves: bool) -> Ran {
        let mut done: Option<Ran> = None;
        loop {
            *at += 1;
            let n_steps = self.steps.len();
            let holds = match self.list(tokens, at, &["then"], false, serves) {
                Ran::Code(code) => code == 0,
                Ran::Over => false,
            };
            if done.is_some() {
                self.steps.truncate(n_steps);
            }
            *at += 1;
            let n_steps = self.steps.len();
            let ran = self.list(tokens, at, &["elif", "else", "fi"], last, serves);
            if holds && done.is_none() {
                done = Some(ran);
                if matches!(done, Some(Ran::Over)) {
                    *at = skip_to_fi(tokens, *at);
                    return Ran::Over;
                }
            } else {
                self.steps.truncate(n_steps);
                if matches!(ran, Ran::Over) {
                    *at = skip_to_branch(tokens, *at);
                }
            }
            match tokens.get(*at).and_then(Token::word) {
                Some("elif") => {}
                Some("else") => {
                    *at += 1;
                    let n_steps = self.steps.len();
                    let ran = self.list(tokens, at, &["fi"], last, serves);
                    if done.is_none() {
                        let over = matches!(ran, Ran::Over);
                        done = Some(ran);
                        if over {
                            *at = skip_to_fi(tokens, *at);
                            return Ran::Over;
                        }
                    } else {
                        self.steps.truncate(n_steps);
                        *at = skip_to_fi(tokens, *at).saturating_sub(1);
                    }
                    *at += 1;
                    return done.unwrap_or(Ran::Code(0));
                }
                _ => {
                    *at += 1;
                    return done.unwrap_or(Ran::Code(0));
                }
            }
        }
    }

    /// Whether a file is there. What a program itself makes and removes is known, and what stands in `/tmp`; of
    /// other files an image is taken to have whatever is asked for.
    fn has_file(&self, path: &str) -> bool {
        let mut found = None;
        for step in &self.steps {
            match step {
                Step::Touch(known) if known == path => found = Some(true),
                Step::Remove(known) if known == path => found = Some(false),
                _ => {}
            }
        }
        if let Some(found) = found {
            return found;
        }
        match &self.beside {
            Some(beside) if beside.files.contains(path) => true,
            Some(beside) if beside.program.knows(path) => false,
            _ => !path.starts_with("/tmp/"),
        }
    }

    /// `test EXPRESSION`, as far as it asks for files and compares words.
    fn test(&self, words: &[&str]) -> bool {
        let words: Vec<&str> = words.iter().copied().filter(|it| !matches!(*it, "]" | "]]")).collect();
        match words[..] {
            ["!", ref rest @ ..] => !self.test(rest),
            ["-f" | "-e" | "-s" | "-r" | "-x" | "-d", path] => self.has_file(path),
            ["-z", word] => word.is_empty(),
            ["-n", word] => !word.is_empty(),
            [a, "=" | "==" | "-eq", b] => a == b || a.contains('$') || b.contains('$'),
            [a, "!=" | "-ne", b] => a != b,
            [] => false,
            _ => true,
        }
    }
}

/// Whether a word names a shell.
fn is_shell(word: &str) -> bool {
    matches!(word.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "zsh"))
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else {
        return false;
    };
    let mut letters = name.chars();
    letters.next().is_some_and(|it| it.is_ascii_alphabetic() || it == '_')
        && letters.all(|it| it.is_ascii_alphanumeric() || it == '_')
}

/// Programs that do their work and end, and words of the shell.
fn is_helper(name: &str) -> bool {
    const HELPERS: &[&str] = &[
        ":", ".", "apk", "apt", "apt-get", "awk", "base64", "basename", "break", "cd", "chmod", "chown", "chgrp",
        "continue", "cp", "curl", "cut", "date", "dd", "df", "dig", "dirname", "echo", "eval", "export", "expr",
        "find", "free", "getent", "git", "grep", "gunzip", "gzip", "head", "host", "hostname", "id", "ifconfig",
        "install", "ip", "iptables", "kubectl", "let", "ln", "local", "mkdir", "mktemp", "mv", "nc", "netstat",
        "nslookup", "openssl", "ping", "printenv", "printf", "ps", "pwd", "read", "readlink", "sed", "seq", "set",
        "shift", "sort", "source", "ss", "sync", "sysctl", "tail", "tar", "tee", "tr", "trap", "true", "ulimit",
        "umask", "uname", "uniq", "unset", "unzip", "uptime", "wc", "wget", "which", "whoami", "xargs",
    ];
    HELPERS.contains(&name)
}

/// How long `sleep` sleeps: `Some(None)` for ever, `None` where its words are wrong.
fn sleep(words: &[&str]) -> Option<Option<Duration>> {
    let mut total = 0.0;
    if words.is_empty() {
        return None;
    }
    for word in words {
        if matches!(*word, "inf" | "infinity") {
            return Some(None);
        }
        let (number, unit) = match word.char_indices().last() {
            Some((at, unit)) if unit.is_ascii_alphabetic() => (&word[..at], unit),
            _ => (*word, 's'),
        };
        let factor = match unit {
            's' => 1.0,
            'm' => 60.0,
            'h' => 3600.0,
            'd' => 86_400.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
    }
    Some(Some(Duration::from_millis((total * 1000.0) as i64)))
}

/// Whether the words of `nc` have it listen.
fn listens(words: &[&str]) -> bool {
    words
        .iter()
        .any(|it| it.starts_with('-') && !it.starts_with("--") && it.contains('l') || *it == "--listen")
}

/// What a condition waits for: a name (`nslookup db`), or a port (`nc -z db 5432`, `wget http://web`).
fn wait_for(words: &[&str]) -> Option<Wait> {
    let at = words.iter().position(|it| {
        matches!(
            it.rsplit('/').next(),
            Some(
                "nslookup"
                    | "dig"
                    | "host"
                    | "getent"
                    | "ping"
                    | "nc"
                    | "wget"
                    | "curl"
                    | "pg_isready"
                    | "mysqladmin"
                    | "redis-cli"
            )
        )
    })?;
    let name = words[at].rsplit('/').next().unwrap_or_default();
    let rest: Vec<&str> = words[at + 1..]
        .iter()
        .copied()
        .take_while(|it| !matches!(*it, "|" | "do"))
        .collect();
    let value = |flags: &[&str]| -> Option<&str> {
        let at = rest.iter().position(|it| flags.contains(it))?;
        rest.get(at + 1).copied()
    };
    let plain: Vec<&str> = rest
        .iter()
        .copied()
        .filter(|it| !it.starts_with('-') && it.parse::<f64>().is_err())
        .collect();
    let wait = |host: &str, port: Option<u16>| {
        Some(Wait {
            host: host.to_owned(),
            port,
        })
    };
    match name {
        "nslookup" | "dig" | "host" | "ping" => wait(plain.first()?, None),
        "getent" => wait(plain.last()?, None),
        "nc" => {
            let port = rest.iter().rev().find_map(|it| it.parse().ok())?;
            wait(plain.first()?, Some(port))
        }
        "wget" | "curl" => {
            let url = plain.iter().find(|it| it.contains("://")).or(plain.last())?;
            let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
            let authority = rest.split('/').next().unwrap_or_default();
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            let default = if scheme == "https" { 443 } else { 80 };
            wait(host, Some(port.parse().unwrap_or(default)))
        }
        "pg_isready" => wait(
            value(&["-h", "--host"])?,
            Some(value(&["-p", "--port"]).and_then(|it| it.parse().ok()).unwrap_or(5432)),
        ),
        "mysqladmin" => wait(value(&["-h", "--host"])?, Some(3306)),
        _ => wait(
            value(&["-h"])?,
            Some(value(&["-p"]).and_then(|it| it.parse().ok()).unwrap_or(6379)),
        ),
    }
}

/// A part of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `;`, `&&` and their like.
    Operator(&'static str),
    /// The file that output goes to.
    Into(String),
}

impl Token {
    fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// The parts of a script, quotes taken off.
fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut into = false;
    let mut at = 0;
    let finish = |word: &mut Option<String>, into: &mut bool, found: &mut Vec<Token>| {
        if let Some(word) = word.take() {
            found.push(if *into { Token::Into(word) } else { Token::Word(word) });
            *into = false;
        }
    };
    while at < letters.len() {
        let letter = letters[at];
        let next = letters.get(at + 1).copied();
        match letter {
            '\\' => {
                if let Some(next) = next.filter(|it| *it != '\n') {
                    word.get_or_insert_default().push(next);
                }
                at += 1;
            }
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                at += 1;
                while at < letters.len() && letters[at] != letter {
                    if letter == '"' && letters[at] == '\\' {
                        at += 1;
                    }
                    word.extend(letters.get(at));
                    at += 1;
                }
            }
            '$' if next == Some('(') => {
                // What a command prints is not known; the words stay together.
                let word = word.get_or_insert_default();
                let mut depth = 0;
                while at < letters.len() {
                    word.push(letters[at]);
                    match letters[at] {
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        _ => {}
                    }
                    if letters[at] == ')' && depth == 0 {
                        break;
                    }
                    at += 1;
                }
            }
            '#' if word.is_none() => {
                while at + 1 < letters.len() && letters[at + 1] != '\n' {
                    at += 1;
                }
            }
            ' ' | '\t' | '\r' => finish(&mut word, &mut into, &mut found),
            '\n' | ';' | '(' | ')' | '&' | '|' => {
                if letter == '&' && next == Some('>') {
                    at += 1;
                    finish(&mut word, &mut into, &mut found);
                    into = true;
                    at += 1;
                    continue;
                }
                finish(&mut word, &mut into, &mut found);
                let double = next == Some(letter);
                found.push(Token::Operator(match letter {
                    '&' if double => "&&",
                    '|' if double => "||",
                    '&' => "&",
                    '|' => "|",
                    '(' => "(",
                    ')' => ")",
                    '\n' => "\n",
                    _ => ";",
                }));
                if double && matches!(letter, '&' | '|' | ';') {
                    at += 1;
                }
            }
            '>' => {
                // A number before it says which output.
                if word.as_ref().is_some_and(|it| it.chars().all(|it| it.is_ascii_digit())) {
                    word = None;
                }
                finish(&mut word, &mut into, &mut found);
                if next == Some('>') {
                    at += 1;
                }
                if letters.get(at + 1) == Some(&'&') {
                    at += 2;
                } else {
                    into = true;
                }
            }
            '<' => finish(&mut word, &mut into, &mut found),
            other => word.get_or_insert_default().push(other),
        }
        at += 1;
    }
    finish(&mut word, &mut into, &mut found);
    found
}

/// The words that stand where a command can, with their places.
fn keywords(tokens: &[Token], from: usize) -> impl Iterator<Item = (usize, &str)> {
    let opens = |it: Option<&Token>| match it {
        None | Some(Token::Operator(_)) => true,
        Some(Token::Word(word)) => {
            matches!(
                word.as_str(),
                "do" | "then" | "else" | "elif" | "if" | "while" | "until" | "{" | "!"
            )
        }
        Some(Token::Into(_)) => false,
    };
    tokens.iter().enumerate().skip(from).filter_map(move |(at, token)| {
        let before = at.checked_sub(1).and_then(|it| tokens.get(it));
        opens(before).then_some(())?;
        Some((at, token.word()?))
    })
}

/// Behind the `done` that ends a loop whose body begins there.
fn skip_to_done(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0;
    for (at, word) in keywords(tokens, from) {
        match word {
            "while" | "until" | "for" => depth += 1,
            "done" if depth == 0 => return at + 1,
            "done" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Behind the `fi` that ends a condition.
fn skip_to_fi(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0;
    for (at, word) in keywords(tokens, from) {
        match word {
            "if" => depth += 1,
            "fi" if depth == 0 => return at + 1,
            "fi" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The `elif`, `else` or `fi` that comes next.
fn skip_to_branch(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0;
    for (at, word) in keywords(tokens, from) {
        match word {
            "if" => depth += 1,
            "elif" | "else" | "fi" if depth == 0 => return at,
            "fi" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(image: &str, command: &[&str]) -> Container {
        Container {
            image: image.to_owned(),
            command: command.iter().map(|&it| it.to_owned()).collect(),
            ..Container::default()
        }
    }

    /// Seconds until a program ends, and its code.
    fn end(image: &str, command: &[&str], role: Role) -> Option<(i64, i32)> {
        let program = Program::of(&container(image, command), role)?;
        match program.end(0) {
            (at, End::Exits(code)) => Some((at.as_secs(), code)),
            _ => None,
        }
    }

    #[test]
    fn programs_end_as_their_words_say() {
        let script = |text: &str| end("busybox", &["sh", "-c", text], Role::Serves);
        for (text, expected) in [
            ("exit 3", Some((0, 3))),
            ("echo hi; exit 1", Some((0, 1))),
            ("echo hi", Some((0, 0))),
            ("date; echo Hello from the Kubernetes cluster", Some((0, 0))),
            ("sleep 5 && exit 2", Some((5, 2))),
            ("sleep 1m; false", Some((60, 1))),
            ("false || exit 4", Some((0, 4))),
            ("true || exit 4; exit 5", Some((0, 5))),
            ("false && exit 4; exit 5", Some((0, 5))),
            ("for i in 1 2 3; do echo $i; sleep 2; done", Some((6, 0))),
            ("for i in {1..10}; do sleep 1; done", Some((10, 0))),
            ("while true; do date; sleep 5; done", None),
            ("while true; do sleep 5; exit 1; done", Some((5, 1))),
            ("sleep infinity", None),
            ("sleep 3600 & wait", None),
            ("tail -f /dev/null", None),
            ("cp a b && exec /server --port 80", None),
            ("/server", None),
            ("if [ -f /tmp/x ]; then exit 0; else exit 7; fi", Some((0, 7))),
            ("touch /tmp/x; if [ -f /tmp/x ]; then exit 0; fi; exit 7", Some((0, 0))),
            ("if true; then sleep 3; fi\nexit 9", Some((3, 9))),
            ("nc -lk -p 8080 -e cat", None),
            (
                "until nslookup nowhere.example; do echo waiting for it if done; done; sleep 3; exit 1",
                None,
            ),
            (
                "until [ -f /tmp/x ]; do echo waiting for x; sleep 1; done; sleep 3; exit 2",
                Some((3, 2)),
            ),
            ("echo 'a; exit 9' # exit 8\nexit 2", Some((0, 2))),
            ("(sleep 2; exit 6)", Some((2, 6))),
            ("trap 'exit 0' TERM; while :; do sleep 1; done", None),
        ] {
            assert_eq!(script(text), expected, "{text}");
        }
    }

    #[test]
    fn images_and_roles_decide_where_nobody_says_what_to_run() {
        assert_eq!(end("busybox", &[], Role::Serves), Some((0, 0)));
        assert_eq!(end("nginx", &[], Role::Serves), None);
        assert_eq!(end("shop/cart:2", &[], Role::Serves), None);
        assert_eq!(end("shop/migrate:2", &[], Role::Ends), Some((0, 0)));
        assert_eq!(end("nginx", &[], Role::Ends), None);
        assert_eq!(
            end(
                "perl:5.34",
                &["perl", "-Mbignum=bpi", "-wle", "print bpi(2000)"],
                Role::Ends
            ),
            Some((0, 0))
        );
        assert_eq!(end("busybox", &["sleep", "10"], Role::Serves), Some((10, 0)));
        assert_eq!(end("busybox", &["false"], Role::Serves), Some((0, 1)));
        let mut terminal = container("busybox", &[]);
        terminal.tty = true;
        assert_eq!(Program::of(&terminal, Role::Serves), None);
    }

    #[test]
    fn names_and_ports_are_waited_for() {
        let script = "until nslookup db.$(cat /var/run/ns).svc.cluster.local; do echo waiting; sleep 2; done; \
                      while ! nc -z -w 2 web 8080; do sleep 1; done; exit 3";
        let program = Program::of(&container("busybox", &["sh", "-c", script]), Role::Ends).expect("a program");
        let wait = |host: &str, port| Wait {
            host: host.to_owned(),
            port,
        };
        let db = wait("db.$(cat /var/run/ns).svc.cluster.local", None);
        assert_eq!(program.end(0), (Duration(0), End::Waits(&db)));
        assert_eq!(program.end(1), (Duration(0), End::Waits(&wait("web", Some(8080)))));
        assert_eq!(program.end(2), (Duration(0), End::Exits(3)));
    }

    #[test]
    fn files_come_and_go() {
        let script = "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600";
        let program = Program::of(&container("busybox", &["sh", "-c", script]), Role::Serves).expect("a program");
        let command: Vec<String> = ["cat", "/tmp/healthy"].map(str::to_owned).to_vec();
        let code = |secs| outcome(&command, Some(&program), &program.files(0, Duration::from_secs(secs))).0;
        assert_eq!((code(0), code(29), code(30), code(31)), (0, 0, 1, 1));
        assert_eq!(program.changes(0), [Duration(0), Duration::from_secs(30)]);
        let shell: Vec<String> = ["sh", "-c", "test -f /tmp/healthy && exit 0; exit 1"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(outcome(&shell, None, &BTreeSet::new()).0, 1);
        let known: Vec<String> = ["cat", "/etc/hostname"].map(str::to_owned).to_vec();
        assert_eq!(outcome(&known, None, &BTreeSet::new()).0, 0);
    }
}
