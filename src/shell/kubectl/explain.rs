//! `kubectl explain` (`kubectl pkg/explain/v2`): the fields of a kind, from the schema. The descriptions are
//! fetched by the editor alone (its hover texts), so a line says where they stand.

use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, resources, subcommand_usage};
use crate::api::schema::{self, Definition, Type};
use crate::shell::{CommandResult, Output};

const FLAGS: &[Flag] = &[
    short('o', "output", Takes::Text),
    short('R', "recursive", Takes::Switch),
    long("api-version", Takes::Text),
];

/// Nested fields are listed so deep with `--recursive`; a schema may refer to itself.
const DEEPEST: usize = 12;

const NO_DESCRIPTION: &str = "    Kubehop keeps no descriptions here: hover over the field in the editor, or see\n    https://kubernetes.io/docs/reference/kubernetes-api/\n";

/// Runs the command.
pub fn run(_context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("explain", &[FLAGS], words)?;
    let wanted = match flags.args.as_slice() {
        [one] => one,
        [] => {
            return Err(Output::failed(
                "error: You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
                1,
            ));
        }
        _ => {
            return Err(subcommand_usage(
                "explain",
                "We accept only this format: explain RESOURCE",
            ));
        }
    };
    let mut steps = wanted.split('.').filter(|it| !it.is_empty());
    let resource = resources::resolve(steps.next().unwrap_or_default()).map_err(Output::error)?;
    let Some(kind) = schema::kind(resource.group, resource.version, resource.name) else {
        return Err(Output::error(format!(
            "couldn't find resource for {:?}",
            resource.plural
        )));
    };
    let mut out = String::new();
    if !kind.group.is_empty() {
        out.push_str(&format!("GROUP:      {}\n", kind.group));
    }
    out.push_str(&format!("KIND:       {}\nVERSION:    {}\n\n", kind.name, kind.version));
    let mut definition = Some(kind.definition());
    let mut last = None;
    for step in steps {
        let Some(field) = definition.and_then(|it| it.field(step)) else {
            return Err(Output::error(format!("field {step:?} does not exist")));
        };
        definition = field.definition();
        last = Some(field);
    }
    if let Some(field) = last {
        out.push_str(&format!("FIELD: {} <{}>\n", field.name, type_name(&field.ty)));
        out.push_str(&enums(field, "ENUM:\n    ", "\n    ", "\n"));
        out.push('\n');
    }
    out.push_str("DESCRIPTION:\n");
    out.push_str(NO_DESCRIPTION);
    if let Some(definition) = definition {
        out.push_str("    \nFIELDS:\n");
        fields(&mut out, definition, flags.on("recursive"), 1);
    }
    out.push('\n');
    Ok(Output::ok(out))
}

fn fields(out: &mut String, definition: &Definition, recursive: bool, depth: usize) {
    for field in &definition.fields {
        let indent = "  ".repeat(depth);
        let required = if field.required { " -required-" } else { "" };
        out.push_str(&format!(
            "{indent}{}\t<{}>{required}\n",
            field.name,
            type_name(&field.ty)
        ));
        out.push_str(&enums(field, &format!("{indent}enum: "), ", ", "\n"));
        match field.definition() {
            Some(inner) if recursive && depth < DEEPEST => fields(out, inner, true, depth + 1),
            _ if recursive => {}
            _ => out.push('\n'),
        }
    }
}

/// The allowed values of a field; nothing where any is.
fn enums(field: &schema::Field, before: &str, between: &str, after: &str) -> String {
    let values: Vec<&str> = field.enum_values().collect();
    match values.is_empty() {
        true => String::new(),
        false => format!("{before}{}{after}", values.join(between)),
    }
}

/// A type as kubectl writes it: `[]ServicePort`, `map[string]string`.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Object(id) => id.get().name.to_owned(),
        Type::List(inner) => format!("[]{}", type_name(inner)),
        Type::Map(inner) => format!("map[string]{}", type_name(inner)),
        Type::Quantity => "Quantity".to_owned(),
        Type::IntOrString => "IntOrString".to_owned(),
        Type::Time => "Time".to_owned(),
        Type::MicroTime => "MicroTime".to_owned(),
        Type::Any => "Object".to_owned(),
        other => other.describe(),
    }
}
