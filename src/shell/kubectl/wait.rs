//! `kubectl wait` (`kubectl pkg/cmd/wait`), on the virtual clock.

use serde_json::Value;

use super::builder::{self, NOTHING_GIVEN, Named, Scope};
use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, resources, tree};
use crate::api::NamespacedName;
use crate::shell::print::jsonpath::Template;
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

const FLAGS: &[Flag] = &[
    short('f', "filename", Takes::List),
    short('l', "selector", Takes::Text),
    short('A', "all-namespaces", Takes::Switch),
    short('o', "output", Takes::Text),
    long("field-selector", Takes::Text),
    long("all", Takes::Switch),
    long("for", Takes::Text),
    long("timeout", Takes::Text),
];

/// What is waited for.
enum Goal {
    Delete,
    Create,
    Condition(String, String),
    Path(Template, Option<String>),
}

impl Goal {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "delete" {
            return Ok(Self::Delete);
        }
        if text == "create" {
            return Ok(Self::Create);
        }
        if let Some(rest) = text.strip_prefix("condition=") {
            let (kind, value) = rest.split_once('=').unwrap_or((rest, "true"));
            return Ok(Self::Condition(kind.to_lowercase(), value.to_lowercase()));
        }
        if let Some(rest) = text.strip_prefix("jsonpath=") {
            let (path, value) = match rest.split_once("}=") {
                Some((path, value)) => (format!("{path}}}"), Some(value.to_owned())),
                None => (rest.to_owned(), None),
            };
            let template = Template::parse_relaxed(&path).map_err(|error| error.to_string())?;
            return Ok(Self::Path(template, value));
        }
        Err(match text {
            "" => "unrecognized condition: []".to_owned(),
            _ => format!("unrecognized condition: {text:?}"),
        })
    }

    fn is_met(&self, object: Option<&Value>) -> bool {
        match (self, object) {
            (Self::Delete, object) => object.is_none(),
            (Self::Create, object) => object.is_some(),
            (_, None) => false,
            (Self::Condition(kind, value), Some(object)) => {
                tree::list(object, &["status", "conditions"]).iter().any(|it| {
                    tree::text(it, &["type"]).to_lowercase() == *kind
                        && tree::text(it, &["status"]).to_lowercase() == *value
                })
            }
            (Self::Path(template, wanted), Some(object)) => {
                let found = template.render(object).unwrap_or_default();
                wanted.as_ref().map_or(!found.is_empty(), |it| *it == found)
            }
        }
    }
}

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("wait", &[FLAGS], words)?;
    let goal = Goal::parse(flags.text("for").unwrap_or_default()).map_err(Output::error)?;
    let timeout = flags.timeout("wait")?.map_or(30, |it| it.clamp(0, 3600));
    let named = Named::of_arguments_first(context, &flags)?.ok_or_else(|| Output::error(NOTHING_GIVEN))?;
    let scope = Scope::of(&flags, &context.namespace);
    named.require_choice(flags.selects())?;
    let wanted = match named {
        Named::Objects(objects) if matches!(goal, Goal::Create) => objects
            .into_iter()
            .map(|(resource, name)| (resource, NamespacedName::new(&scope.namespace, &name)))
            .collect(),
        named => {
            let selection = builder::select(&context.world.snapshot(), named, &flags, &scope)?;
            if matches!(goal, Goal::Delete) && selection.objects().next().is_none() {
                // What is not there is deleted.
                return Ok(Output::default());
            }
            if let Some(error) = selection.errors.first() {
                return Err(Output::failed(error.clone(), 1));
            }
            selection.keys()
        }
    };
    if wanted.is_empty() {
        return Err(Output::error("no matching resources found"));
    }
    let mut output = Output::default();
    let mut left = timeout;
    for (resource, key) in &wanted {
        let name = &key.name;
        let reference = resources::reference(resource, &key.namespace, name);
        let met = loop {
            let snapshot = context.world.snapshot();
            if goal.is_met(snapshot.object(&reference).map(|it| &it.value)) {
                break true;
            }
            if left == 0 {
                break false;
            }
            left -= 1;
            context.advance(Duration::from_secs(1));
        };
        let kind = resources::singular_group(resource);
        if met {
            output.stdout.push_str(&format!("{kind}/{name} condition met\n"));
        } else {
            output.append(Output::error(format!(
                "timed out waiting for the condition on {}/{name}",
                resources::plural_group(resource)
            )));
        }
    }
    Ok(output)
}
