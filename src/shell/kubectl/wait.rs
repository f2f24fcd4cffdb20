//! `kubectl wait` (`kubectl pkg/cmd/wait`), on the virtual clock.

use serde_json::Value;

use super::builder::{self, Named, Scope};
use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, resources, tree, usage};
use crate::shell::Output;
use crate::shell::print::jsonpath::Template;
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

/// Reads a Go duration of whole seconds, minutes and hours: `30s`, `5m`, `1h30m`.
pub(super) fn duration(text: &str) -> Option<i64> {
    let mut total = 0_i64;
    let mut number = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        let value: i64 = std::mem::take(&mut number).parse().ok()?;
        total = total.checked_add(value.checked_mul(match letter {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        })?)?;
    }
    (number.is_empty() || text == "0").then_some(total)
}

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> Output {
    let flags = match Flags::parse(&[FLAGS], words) {
        Ok(flags) => flags,
        Err(error) => return usage("wait", &error),
    };
    let goal = match Goal::parse(flags.text("for").unwrap_or_default()) {
        Ok(goal) => goal,
        Err(error) => return Output::error(error),
    };
    let timeout = match flags.text("timeout") {
        None => 30,
        Some(text) => match duration(text) {
            Some(seconds) => seconds.clamp(0, 3600),
            None => {
                return usage(
                    "wait",
                    &format!("invalid argument {text:?} for \"--timeout\" flag: time: invalid duration {text:?}"),
                );
            }
        },
    };
    let named = match builder::arguments(&flags.args) {
        Ok(Some(named)) => named,
        Ok(None) if flags.has("filename") => match context.documents(&flags) {
            Ok(named) => named,
            Err(output) => return output,
        },
        Ok(None) => return Output::error(super::delete::NOTHING_GIVEN),
        Err(error) => return Output::error(error),
    };
    let scope = Scope::of(&flags, &context.namespace);
    let selects = flags.on("all") || flags.has("selector") || flags.has("field-selector");
    if matches!(named, Named::Types(_)) && !selects {
        return Output::error("resource(s) were provided, but no name was specified");
    }
    let wanted: Vec<(resources::Resource, String, String)> = match &named {
        Named::Objects(objects) if matches!(goal, Goal::Create) => objects
            .iter()
            .map(|(resource, name)| (*resource, scope.namespace.clone(), name.clone()))
            .collect(),
        _ => {
            let selection = match builder::select(&context.world.snapshot(), named, &flags, &scope) {
                Ok(selection) => selection,
                Err(error) => return Output::failed(error, 1),
            };
            if matches!(goal, Goal::Delete) && selection.objects().next().is_none() {
                // What is not there is deleted.
                return Output::default();
            }
            if let Some(error) = selection.errors.first() {
                return Output::failed(error.clone(), 1);
            }
            selection
                .objects()
                .map(|(resource, object)| {
                    let meta = object.metadata();
                    (resource, meta.namespace.clone(), meta.name.clone())
                })
                .collect()
        }
    };
    if wanted.is_empty() {
        return Output::error("no matching resources found");
    }
    let mut output = Output::default();
    let mut left = timeout;
    for (resource, namespace, name) in &wanted {
        let reference = builder::reference(resource, namespace, name);
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
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        assert_eq!(duration("30s"), Some(30));
        assert_eq!(duration("1h5m"), Some(3900));
        assert_eq!(duration("0"), Some(0));
        assert_eq!(duration("5"), None);
        assert_eq!(duration("x"), None);
        assert_eq!(duration("99999999999999999999s"), None);
    }
}
