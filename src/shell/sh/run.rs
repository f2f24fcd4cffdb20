//! Commands to output: order, conditions, pipes, loops, and where streams go.

use std::rc::Rc;

use super::lex::{Here, PartKind, Word};
use super::limits;
use super::syntax::{Action, Command, Condition, List, Parser, Pipeline, Redirect, Target};
use super::{Variables, arithmetic};
use crate::net::Source;
use crate::shell::Output;
use crate::shell::kubectl::Context;

/// Whether the commands that follow are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// They are.
    On,
    /// So many loops end.
    Break(usize),
    /// So many loops but one end, and that goes on with its next round.
    Continue(usize),
    /// Nothing is run any more.
    Exit,
}

/// A shell at work.
pub(super) struct Runner<'a, 'b> {
    pub(super) context: &'a mut Context<'b>,
    pub(super) place: &'a Source,
    pub(super) variables: &'a mut Variables,
    /// The exit code of the last command.
    pub(super) status: i32,
    heres: Rc<Vec<Here>>,
    /// How many lines whoever reads the output reads of it; `None` for all.
    wanted: Option<usize>,
    /// What substitutions printed on standard error, and the packets they sent.
    aside: Output,
}

/// Runs command lines at a place; `status` is the exit code of what ran before them.
pub(in crate::shell) fn script(
    context: &mut Context<'_>,
    place: &Source,
    variables: &mut Variables,
    status: i32,
    text: &str,
) -> Output {
    if context.depth >= limits::NESTED {
        return Output::failed(
            format!("sh: commands are nested more than {} deep\n", limits::NESTED),
            2,
        );
    }
    context.depth += 1;
    let mut runner = Runner {
        context,
        place,
        variables,
        status,
        heres: Rc::default(),
        wanted: None,
        aside: Output::default(),
    };
    let mut output = Output::default();
    for line in Parser::new(text) {
        let flow = match line {
            Ok(line) => {
                runner.heres = line.heres;
                runner.list(&line.list, &mut output)
            }
            Err(error) => {
                output.stderr.push_str(&format!("sh: {error}\n"));
                runner.status = 2;
                Flow::On
            }
        };
        if flow == Flow::Exit {
            break;
        }
    }
    output.exit_code = match runner.status {
        0 if runner.is_stopped() => 130,
        status => status,
    };
    runner.context.depth -= 1;
    output
}

impl Runner<'_, '_> {
    fn list(&mut self, list: &List, output: &mut Output) -> Flow {
        for pipeline in list {
            if self.is_stopped() {
                return Flow::Exit;
            }
            let runs = match pipeline.condition {
                Condition::Always => true,
                Condition::IfOk => self.status == 0,
                Condition::IfFailed => self.status != 0,
            };
            if !runs {
                continue;
            }
            let flow = self.pipeline(pipeline, output);
            if flow != Flow::On {
                return flow;
            }
        }
        Flow::On
    }

    fn pipeline(&mut self, pipeline: &Pipeline, output: &mut Output) -> Flow {
        let mut flow = Flow::On;
        if let [command] = &pipeline.commands[..] {
            flow = self.command(command, None, output);
        } else {
            // The parts of a pipeline are shells of their own: what they set is gone with them.
            let kept = self.variables.clone();
            let mut piped = None;
            let last = pipeline.commands.len() - 1;
            for (idx, command) in pipeline.commands.iter().enumerate() {
                let mut own = Output::default();
                let outer = self.wanted;
                self.wanted = pipeline.commands[idx + 1..].first().and_then(lines_read).or(outer);
                let ends = self.command(command, piped.take(), &mut own) == Flow::Exit && self.is_stopped();
                self.wanted = outer;
                self.variables.clone_from(&kept);
                if idx < last {
                    piped = Some(std::mem::take(&mut own.stdout));
                }
                output.append(own);
                if ends {
                    return Flow::Exit;
                }
            }
        }
        if pipeline.negated {
            self.status = i32::from(self.status == 0);
        }
        flow
    }

    /// Whether a limit has stopped this command line.
    fn is_stopped(&self) -> bool {
        self.context.spent.stopped
    }

    fn command(&mut self, command: &Command, piped: Option<String>, output: &mut Output) -> Flow {
        let mut own = Output::default();
        let flow = match self.redirected(command, piped, &mut own) {
            Ok(flow) => flow,
            Err(message) => {
                own.stderr.push_str(&format!("sh: {message}\n"));
                self.status = 1;
                Flow::On
            }
        };
        // What went wrong inside a substitution is seen before the command that it is part of.
        let aside = std::mem::take(&mut self.aside);
        output.stderr.push_str(&aside.stderr);
        output.traces.extend(aside.traces);
        output.append(own);
        flow
    }

    fn redirected(
        &mut self,
        command: &Command,
        mut piped: Option<String>,
        output: &mut Output,
    ) -> Result<Flow, String> {
        let mut targets = Vec::new();
        for redirect in &command.redirects {
            let text = match &redirect.target {
                Target::Word(word) => self.text(word)?,
                Target::Here(place) => match self.heres.clone().get(*place) {
                    Some(body) => self.text(body)?,
                    None => String::new(),
                },
            };
            match redirect.operator {
                "<<" => piped = Some(text),
                "<<<" => piped = Some(text + "\n"),
                "<" if text == "/dev/null" => piped = Some(String::new()),
                "<" => {
                    let file = self.context.file(&text);
                    piped = Some(file.ok_or_else(|| format!("{text}: No such file or directory"))?);
                }
                _ => targets.push((redirect, text)),
            }
        }
        let has_own = piped.is_some();
        let outer = if has_own {
            std::mem::replace(&mut self.context.stdin, piped)
        } else {
            None
        };
        let mut inner = Output::default();
        let flow = self.action(&command.action, &mut inner);
        if has_own {
            self.context.stdin = outer;
        }
        self.send(&targets, inner, output);
        flow
    }

    fn action(&mut self, action: &Action, output: &mut Output) -> Result<Flow, String> {
        match action {
            Action::Simple(assignments, words) => self.simple(assignments, words, output),
            Action::For(name, words, body) => {
                let fields = self.fields(words)?;
                self.status = 0;
                for field in fields {
                    limits::set(self.variables, name.clone(), field)?;
                    if let Some(flow) = self.round(body, output) {
                        return Ok(flow);
                    }
                }
                Ok(Flow::On)
            }
            Action::While(until, condition, body) => {
                let mut last = 0;
                loop {
                    let flow = self.list(condition, output);
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                    if (self.status == 0) == *until {
                        self.status = last;
                        return Ok(Flow::On);
                    }
                    if let Some(flow) = self.round(body, output) {
                        return Ok(flow);
                    }
                    last = self.status;
                }
            }
            Action::If(branches, otherwise) => {
                for (condition, body) in branches {
                    let flow = self.list(condition, output);
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                    if self.status == 0 {
                        return Ok(self.list(body, output));
                    }
                }
                self.status = 0;
                Ok(self.list(otherwise, output))
            }
            Action::Arithmetic(expression) => {
                self.status = i32::from(self.calculate(expression)? == 0);
                Ok(Flow::On)
            }
            Action::Count(parts, body) => {
                let [first, condition, step] = &**parts;
                self.calculate(first)?;
                self.status = 0;
                while self.calculate(condition)? != 0 {
                    if let Some(flow) = self.round(body, output) {
                        return Ok(flow);
                    }
                    self.calculate(step)?;
                }
                Ok(Flow::On)
            }
            Action::Group(false, list) => Ok(self.list(list, output)),
            Action::Group(true, list) => {
                let kept = self.variables.clone();
                let flow = self.list(list, output);
                *self.variables = kept;
                Ok(if flow == Flow::Exit && !self.is_stopped() {
                    Flow::On
                } else {
                    flow
                })
            }
        }
    }

    fn calculate(&mut self, expression: &Word) -> Result<i64, String> {
        let text = self.text(expression)?;
        arithmetic::evaluate(&text, self.variables)
    }

    /// One round of a loop; `Some` where the loop ends with it, and how it goes on behind the loop.
    fn round(&mut self, body: &List, output: &mut Output) -> Option<Flow> {
        self.context.spent.rounds += 1;
        // Whoever reads has gone after so many lines, and with the next write so would the loop.
        let has_enough = self.wanted.is_some_and(|it| output.stdout.lines().count() >= it);
        if has_enough {
            return Some(Flow::Exit);
        }
        if self.context.spent.rounds > limits::ROUNDS {
            self.context.spent.stopped = true;
            output.stderr.push_str(&format!(
                "sh: stopped after {} rounds, as Ctrl-C would stop it\n",
                limits::ROUNDS
            ));
            self.status = 130;
            return Some(Flow::Exit);
        }
        match self.list(body, output) {
            Flow::On | Flow::Continue(..=1) => None,
            Flow::Break(..=1) => Some(Flow::On),
            Flow::Break(n) => Some(Flow::Break(n - 1)),
            Flow::Continue(n) => Some(Flow::Continue(n - 1)),
            Flow::Exit => Some(Flow::Exit),
        }
    }

    fn simple(&mut self, assignments: &[(String, Word)], words: &[Word], output: &mut Output) -> Result<Flow, String> {
        let substitutes = |word: &Word| word.parts.iter().any(|it| matches!(it.kind, PartKind::Commands(_)));
        let fields = self.fields(words)?;
        let mut values = Vec::new();
        for (name, word) in assignments {
            values.push((name.clone(), self.text(word)?));
        }
        if fields.is_empty() {
            // The exit code is that of the last substitution, if there was one.
            if !words.iter().chain(assignments.iter().map(|it| &it.1)).any(substitutes) {
                self.status = 0;
            }
            for (name, value) in values {
                limits::set(self.variables, name, value)?;
            }
            return Ok(Flow::On);
        }
        if let Some((flow, own)) = self.builtin(&fields) {
            self.status = own.exit_code;
            output.append(own);
            return Ok(flow);
        }
        let name = fields.first().map_or("", String::as_str);
        let outer = std::mem::replace(&mut self.context.in_shell, true);
        let is_there = self.context.finds_program(self.place, name);
        self.context.in_shell = outer;
        if !is_there && matches!(self.place, Source::Pod { .. }) {
            // Debian's `sh` is dash.
            let is_dash = self.context.finds_program(self.place, "apt");
            let complaint = match self.context.shell_name {
                "bash" => format!("bash: line 1: {name}: command not found\n"),
                shell if is_dash => format!("{shell}: 1: {name}: not found\n"),
                shell => format!("{shell}: {name}: not found\n"),
            };
            self.status = 127;
            output.append(Output::failed(complaint, 127));
            return Ok(Flow::On);
        }
        let stdin = self.context.stdin.clone();
        let mut own = self.context.run_program(self.place, &fields);
        self.context.stdin = stdin;
        // What nested shells made they have counted.
        if !self.is_stopped() {
            self.context.spent.count(&mut own);
        }
        self.status = own.exit_code;
        output.append(own);
        Ok(if self.is_stopped() { Flow::Exit } else { Flow::On })
    }

    /// What `$(…)` stands for.
    pub(super) fn substitute(&mut self, commands: &str) -> String {
        let mut variables = self.variables.clone();
        let mut output = script(self.context, self.place, &mut variables, self.status, commands);
        self.status = output.exit_code;
        self.aside.stderr.push_str(&output.stderr);
        self.aside.traces.append(&mut output.traces);
        output.stdout.trim_end_matches('\n').to_owned()
    }

    /// Sends what a command printed where its redirections say, in their order.
    fn send(&mut self, targets: &[(&Redirect, String)], mut printed: Output, output: &mut Output) {
        // Where each stream goes: 1 and 2 are the shell's own, others files.
        let (mut stdout, mut stderr) = (Sink::Stdout, Sink::Stderr);
        for (redirect, name) in targets {
            let sink = match (redirect.operator, name.as_str()) {
                (">&", "1") | (_, "/dev/stdout") => stdout.clone(),
                (">&", "2") | (_, "/dev/stderr") => stderr.clone(),
                (_, "/dev/null") => Sink::Null,
                (operator, _) => Sink::File(name.clone(), operator == ">>"),
            };
            match redirect.stream {
                2 => stderr = sink,
                3 => (stdout, stderr) = (sink.clone(), sink),
                _ => stdout = sink,
            }
        }
        output.traces.append(&mut printed.traces);
        output.exit_code = printed.exit_code;
        // Into the same file, errors stand behind what was printed.
        if stdout == stderr {
            printed.stdout.push_str(&std::mem::take(&mut printed.stderr));
            stderr = Sink::Null;
        }
        for (sink, text) in [(stdout, printed.stdout), (stderr, printed.stderr)] {
            match sink {
                Sink::Null => {}
                Sink::Stdout => output.stdout.push_str(&text),
                Sink::Stderr => output.stderr.push_str(&text),
                Sink::File(path, append) => {
                    if !write(self.context, &path, &text, append) {
                        let message = format!(
                            "sh: files of this shell hold at most {} bytes and are at most {}\n",
                            limits::FILE_BYTES,
                            limits::FILES
                        );
                        output.stderr.push_str(&message);
                        self.status = 1;
                    }
                }
            }
        }
    }
}

/// How many lines a command reads of its input, where it is `head`.
fn lines_read(command: &Command) -> Option<usize> {
    let Action::Simple(_, words) = &command.action else {
        return None;
    };
    let words: Vec<&str> = words.iter().map(|it| it.plain().unwrap_or_default()).collect();
    let ["head", rest @ ..] = words.as_slice() else {
        return None;
    };
    let number = rest
        .iter()
        .find_map(|it| it.trim_start_matches("-n").trim_start_matches('-').parse().ok());
    Some(number.unwrap_or(10))
}

/// Writes a file of the shell, anew or at its end; `false` where there is no room.
pub(in crate::shell) fn write(context: &mut Context<'_>, path: &str, text: &str, append: bool) -> bool {
    let held: usize = context.files.iter().map(|(name, text)| name.len() + text.len()).sum();
    let is_new = !context.files.contains_key(path);
    if held + path.len() + text.len() > limits::FILE_BYTES || (is_new && context.files.len() >= limits::FILES) {
        return false;
    }
    let file = context.files.entry(path.to_owned()).or_default();
    if !append {
        file.clear();
    }
    file.push_str(text);
    true
}

/// Where a stream goes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sink {
    Null,
    Stdout,
    Stderr,
    /// A file, and whether at its end.
    File(String, bool),
}
