//! One command line to standard output, standard error, exit code and traces: the terminal.
//!
//! Commands answer in the real programs' words, to the letter where those are fixed. One file per command.
//! `kubectl` runs at the client outside the cluster, and so do `curl` and the like unless `kubectl exec` or
//! `ssh NODE` puts them somewhere else. Not here: editing a line, history, colors. That is the page's terminal.
//!
//! ```
//! use kubehop::shell::Shell;
//! use kubehop::world::{Options, World};
//!
//! let mut world = World::new(Options::default());
//! let output = Shell::new().run(&mut world, "kubectl create namespace shop && kubectl get ns shop -o name");
//! assert_eq!(output.stdout, "namespace/shop created\nnamespace/shop\n");
//! ```

pub mod kubectl;
mod output;
pub mod parse;
pub mod print;
pub mod programs;

use std::collections::BTreeMap;

use crate::net::Source;
use crate::world::World;
use kubectl::Context;
use parse::{Command, Condition, Input, Target};

pub use output::Output;

/// Bytes that files of the shell may hold together; what redirection writes beyond that is dropped, with a message.
const MOST_FILE_BYTES: usize = 8 * 1024 * 1024;

/// How deep commands may start commands (`kubectl exec … -- sh -c …`).
const MOST_NESTED: usize = 8;

/// A terminal: what it remembers from one command line to the next.
#[derive(Clone, Debug)]
pub struct Shell {
    files: BTreeMap<String, String>,
    namespace: String,
    /// How many manifests it handed in.
    texts: u16,
    /// Whether its commands have changed the cluster.
    changed: bool,
}

impl Default for Shell {
    fn default() -> Self {
        Self::new()
    }
}

impl Shell {
    /// A terminal without files, in namespace `default`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            files: BTreeMap::new(),
            namespace: "default".to_owned(),
            texts: 0,
            changed: false,
        }
    }

    /// Gives commands a file by name.
    pub fn add_file(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.files.insert(name.into(), text.into());
    }

    /// Runs command lines. The exit code is that of the last command.
    pub fn run(&mut self, world: &mut World, text: &str) -> Output {
        let mut context = Context {
            world,
            files: &mut self.files,
            texts: &mut self.texts,
            changed: &mut self.changed,
            namespace: self.namespace.clone(),
            stdin: None,
            depth: 0,
            switched_namespace: None,
        };
        let output = script(&mut context, &Source::Client, text);
        if let Some(namespace) = context.switched_namespace {
            self.namespace = namespace;
        }
        output
    }
}

/// Runs command lines at a place.
pub(crate) fn script(context: &mut Context<'_>, place: &Source, text: &str) -> Output {
    if context.depth >= MOST_NESTED {
        return Output::failed(format!("sh: commands are nested more than {MOST_NESTED} deep\n"), 2);
    }
    let pipelines = match parse::parse(text) {
        Ok(pipelines) => pipelines,
        Err(error) => return Output::failed(format!("sh: {error}\n"), 2),
    };
    context.depth += 1;
    let mut output = Output::default();
    let mut last = 0;
    for pipeline in pipelines {
        let runs = match pipeline.condition {
            Condition::Always => true,
            Condition::IfOk => last == 0,
            Condition::IfFailed => last != 0,
        };
        if !runs {
            continue;
        }
        let mut input: Option<String> = None;
        let n_commands = pipeline.commands.len();
        for (idx, command) in pipeline.commands.into_iter().enumerate() {
            let result = run_command(context, place, command, input.take());
            last = result.exit_code;
            output.stderr.push_str(&result.stderr);
            output.traces.extend(result.traces);
            if idx + 1 < n_commands {
                input = Some(result.stdout);
            } else {
                output.stdout.push_str(&result.stdout);
            }
        }
    }
    context.depth -= 1;
    output.exit_code = last;
    output
}

fn run_command(context: &mut Context<'_>, place: &Source, command: Command, piped: Option<String>) -> Output {
    let outer = context.stdin.clone();
    context.stdin = match command.input {
        Some(Input::Text(text)) => Some(text),
        Some(Input::File(path)) if path == "/dev/null" => Some(String::new()),
        Some(Input::File(path)) => match context.file(&path) {
            Some(text) => Some(text),
            None => return Output::failed(format!("sh: {path}: No such file or directory\n"), 1),
        },
        None => piped.or(outer.clone()),
    };
    let mut output = programs::run(context, place, &command.words);
    context.stdin = outer;
    redirect(context, &mut output, command.stdout, command.stderr);
    output
}

fn redirect(context: &mut Context<'_>, output: &mut Output, stdout: Option<Target>, stderr: Option<Target>) {
    let to_stdout = stderr == Some(Target::Stdout);
    if to_stdout {
        // `2>&1`: what goes where standard output goes, behind it.
        let errors = std::mem::take(&mut output.stderr);
        output.stdout.push_str(&errors);
    }
    for (target, is_stdout) in [(stdout, true), (stderr, false)] {
        let Some(target) = target else { continue };
        if target == Target::Stdout || target == Target::Stderr && !is_stdout {
            continue;
        }
        let text = std::mem::take(if is_stdout {
            &mut output.stdout
        } else {
            &mut output.stderr
        });
        let write = |context: &mut Context<'_>, path: String, text: String, append: bool| {
            let held: usize = context.files.values().map(String::len).sum();
            if held + text.len() > MOST_FILE_BYTES {
                return false;
            }
            let file = context.files.entry(path).or_default();
            if !append {
                file.clear();
            }
            file.push_str(&text);
            true
        };
        let fits = match target {
            Target::Null | Target::Stdout => true,
            Target::Stderr => {
                output.stderr.push_str(&text);
                true
            }
            Target::File(path) => write(context, path, text, false),
            Target::Append(path) => write(context, path, text, true),
        };
        if !fits {
            output.stderr.push_str(&format!(
                "sh: files of this shell hold at most {MOST_FILE_BYTES} bytes\n"
            ));
            output.exit_code = 1;
        }
    }
}
