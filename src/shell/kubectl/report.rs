//! What a command that changes objects tells of each: a line, or with `-o` the object itself.

use serde_json::Value;

use super::flags::Flags;
use super::get::{Format, print_value};
use super::resources::{self, Resource};
use super::{Context, DryRun, tree};
use crate::shell::Output;
use crate::shell::print::json as json_text;

/// How a command was asked to tell, and how far it may go.
pub(super) struct Report {
    /// `--dry-run`.
    pub(super) dry_run: DryRun,
    format: Option<Format>,
    n_told: usize,
    /// What follows the verb.
    pub(super) suffix: &'static str,
}

impl Report {
    /// Reads `--dry-run` and `-o`.
    ///
    /// # Errors
    /// The failure to print.
    pub(super) fn of(flags: &Flags) -> Result<Self, Output> {
        let dry_run = DryRun::of(flags)?;
        let format = match flags.text("output") {
            None | Some("") => None,
            Some(text) => Some(Format::parse(text, false).map_err(Output::error)?),
        };
        Ok(Self {
            dry_run,
            format,
            n_told: 0,
            suffix: dry_run.suffix(),
        })
    }

    /// Tells of one object; `verb` is such as `created`, `made`: from flags rather than read from the server.
    pub(super) fn tell(&mut self, resource: Resource, object: &Value, verb: &str, made: bool) -> Output {
        self.n_told += 1;
        let name = tree::text(object, &["metadata", "name"]);
        let kind = resources::singular_group(resource);
        match &self.format {
            None => Output::ok(format!("{kind}/{name} {verb}{}\n", self.suffix)),
            Some(Format::Name) => Output::ok(format!("{kind}/{name}\n")),
            _ => self.print(object, made),
        }
    }

    /// Whether objects are printed whole.
    pub(super) fn is_whole(&self) -> bool {
        !matches!(self.format, None | Some(Format::Name))
    }

    /// An object in the format of `-o`.
    pub(super) fn print(&self, object: &Value, made: bool) -> Output {
        let text = match &self.format {
            Some(Format::Json) if made => Ok(json_text::pretty_as_struct(object) + "\n"),
            Some(format) => print_value(object, format),
            None => Ok(String::new()),
        };
        match text {
            Ok(text) if self.n_told > 1 && matches!(self.format, Some(Format::Yaml)) => {
                Output::ok(format!("---\n{text}"))
            }
            Ok(text) => Output::ok(text),
            Err(error) => Output::error(error),
        }
    }

    /// Writes a new version of an object as far as the dry run lets it, and tells of it.
    pub(super) fn write(
        &mut self,
        context: &mut Context<'_>,
        resource: Resource,
        mut object: Value,
        verb: &str,
        output: &mut Output,
    ) {
        if context.write(resource, &mut object, self.dry_run, output) {
            output.append(self.tell(resource, &object, verb, false));
        }
    }

    /// The same; a refusal is told behind `failure`, where that is not empty.
    pub(super) fn write_or(
        &mut self,
        context: &mut Context<'_>,
        resource: Resource,
        object: Value,
        verb: &str,
        failure: &str,
        output: &mut Output,
    ) {
        let mut own = Output::default();
        let name = tree::text(&object, &["metadata", "name"]).to_owned();
        self.write(context, resource, object, verb, &mut own);
        if own.exit_code != 0 && !failure.is_empty() {
            // `The Deployment "web" is invalid: …` as the server itself words it.
            let message = match own
                .stderr
                .trim_end()
                .strip_prefix(&format!("The {} {name:?}", resource.name))
            {
                Some(rest) if resource.group.is_empty() => format!("{} {name:?}{rest}", resource.name),
                Some(rest) => format!("{}.{} {name:?}{rest}", resource.name, resource.group),
                None => own.stderr.trim_end().to_owned(),
            };
            own.stderr = format!("error: {failure}{message}\n");
        }
        output.append(own);
    }
}
