//! `kubectl get`: tables, names, YAML, JSON, JSONPath and columns of one's own (`kubectl pkg/cmd/get`).

use serde_json::{Value, json};

use super::builder::{self, Listing, Named, Scope, Selection};
use super::flags::{Flag, Flags, Takes, long, short};
use super::resources::{self, Resource};
use super::{Context, tables, tree};
use crate::cluster::Snapshot;
use crate::go;
use crate::shell::print::jsonpath::Template;
use crate::shell::print::{json as json_text, order, table, yaml};
use crate::shell::{CommandResult, Output};
use crate::sim::Instant;
use crate::small_sort::SmallSort as _;

/// Flags of `kubectl get`.
pub const FLAGS: &[Flag] = &[
    short('A', "all-namespaces", Takes::Switch),
    short('l', "selector", Takes::Text),
    short('o', "output", Takes::Text),
    short('L', "label-columns", Takes::List),
    short('f', "filename", Takes::List),
    short('R', "recursive", Takes::Switch),
    short('k', "kustomize", Takes::Text),
    short('w', "watch", Takes::Switch),
    long("watch-only", Takes::Switch),
    long("field-selector", Takes::Text),
    long("sort-by", Takes::Text),
    long("show-labels", Takes::Switch),
    long("show-kind", Takes::Switch),
    long("no-headers", Takes::Switch),
    long("ignore-not-found", Takes::Switch),
    long("show-managed-fields", Takes::Switch),
    long("allow-missing-template-keys", Takes::Switch),
    long("chunk-size", Takes::Number),
    long("server-print", Takes::Switch),
    long("template", Takes::Text),
    long("output-watch-events", Takes::Switch),
    long("subresource", Takes::Text),
    long("raw", Takes::Text),
];

/// How objects are printed.
pub(super) enum Format {
    Table {
        wide: bool,
    },
    Name,
    Yaml,
    Json,
    JsonPath {
        template: Template,
        raw: String,
        as_json: bool,
    },
    Columns(Vec<(String, Template)>),
}

const FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

/// Formats of commands that print an object they made rather than a table.
const OBJECT_FORMATS: &str =
    "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";

impl Format {
    /// Reads `-o`.
    ///
    /// # Errors
    /// In kubectl's words, without `error: `.
    pub(super) fn parse(text: &str, tables: bool) -> Result<Self, String> {
        let (name, argument) = match text.split_once('=') {
            Some((name, argument)) => (name, argument),
            None => (text, ""),
        };
        match name {
            "" | "wide" if tables => Ok(Self::Table { wide: name == "wide" }),
            "name" => Ok(Self::Name),
            "yaml" => Ok(Self::Yaml),
            "json" => Ok(Self::Json),
            "jsonpath" | "jsonpath-as-json" => {
                if argument.is_empty() {
                    return Err("template format specified but no template given".to_owned());
                }
                let template =
                    Template::parse(argument).map_err(|error| format!("error parsing jsonpath {argument}, {error}"))?;
                Ok(Self::JsonPath {
                    template,
                    raw: argument.to_owned(),
                    as_json: name == "jsonpath-as-json",
                })
            }
            "custom-columns" if tables => columns(argument).map(Self::Columns),
            "go-template"
            | "template"
            | "go-template-file"
            | "templatefile"
            | "jsonpath-file"
            | "custom-columns-file"
            | "kyaml" => Err(format!("output format {name:?} is not simulated by Kubehop")),
            _ => Err(format!(
                "unable to match a printer suitable for the output format {name:?}, allowed formats are: {}",
                if tables { FORMATS } else { OBJECT_FORMATS }
            )),
        }
    }
}

fn columns(argument: &str) -> Result<Vec<(String, Template)>, String> {
    if argument.is_empty() {
        return Err("custom-columns format specified but no custom columns given".to_owned());
    }
    argument
        .split(',')
        .map(|part| {
            let Some((header, path)) = part.split_once(':') else {
                return Err(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                ));
            };
            let template = Template::parse_relaxed(path).map_err(|error| error.to_string())?;
            Ok((header.to_owned(), template))
        })
        .collect()
}

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("get", &[FLAGS], words)?;
    for name in ["raw", "kustomize", "template"] {
        if flags.has(name) {
            return Err(Output::error(format!("--{name} is not simulated by Kubehop")));
        }
    }
    let scope = Scope::of(&flags, &context.namespace);
    let written = flags.text("output").unwrap_or_default();
    let custom_columns = written.starts_with("custom-columns");
    if custom_columns && !flags.list("label-columns").is_empty() && context.release().refuses_label_columns() {
        return Err(Output::error(
            "--label-columns option cannot be used with custom-columns",
        ));
    }
    let format = Format::parse(written, true).map_err(Output::error)?;
    let snapshot = context.snapshot();
    let named = Named::of(context, &flags, &flags.args)?.ok_or_else(|| {
        Output::failed(
                    "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples\n",
            1,
        )
    })?;
    let mut selection = builder::select(&snapshot, named, &flags, &scope)?;
    let mut output = selection.output();
    if flags.on("ignore-not-found") {
        selection.errors.clear();
    }
    output.append(print(&snapshot, &mut selection, &format, &flags, &scope));
    if flags.on("watch") || flags.on("watch-only") {
        output.stderr.push_str(
            "Kubehop: a real kubectl would go on watching here; time stands still in this shell (see `sleep`).\n",
        );
    }
    Ok(output)
}

fn print(snapshot: &Snapshot, selection: &mut Selection, format: &Format, flags: &Flags, scope: &Scope) -> Output {
    let mut output = Output::default();
    let errors: String = selection.errors.concat();
    if let Format::Table { wide } = format {
        output.stdout = match print_tables(selection, *wide, flags, scope, snapshot.now()) {
            Ok(text) => text,
            Err(error) => return Output::error(error),
        };
        if output.stdout.is_empty() && errors.is_empty() && !flags.on("ignore-not-found") {
            let namespaced = selection.listings.iter().all(|it| it.resource.namespaced);
            output.stderr = if namespaced && !scope.all {
                format!("No resources found in {} namespace.\n", scope.namespace)
            } else {
                "No resources found\n".to_owned()
            };
        }
    } else {
        let mut objects: Vec<(Resource, Value)> = selection
            .objects()
            .map(|(resource, object)| (resource, object.value.clone()))
            .collect();
        if let Some(path) = flags.text("sort-by") {
            match sort(&mut objects, path, |(_, object)| object) {
                Ok(true) => {}
                Ok(false) => {
                    return Output::error(format!(
                        "couldn't find any field with path \"{{{}}}\" in the list of objects",
                        path.trim_matches(['{', '}'])
                    ));
                }
                Err(error) => return Output::error(error),
            }
        }
        if !flags.on("show-managed-fields") && matches!(format, Format::Yaml | Format::Json) {
            for (_, object) in &mut objects {
                if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                    metadata.remove("managedFields");
                }
            }
        }
        let nothing = objects.is_empty() && (flags.on("ignore-not-found") || selection.single);
        if !nothing {
            match print_objects(objects, format, selection.single, flags.on("no-headers")) {
                Ok(text) => output.stdout = text,
                Err(error) => output = Output::error(error),
            }
        }
    }
    if !errors.is_empty() {
        output.stderr.push_str(&errors);
        output.exit_code = 1;
    }
    output
}

/// Sorts by a path; false where no object has it, and then kubectl prints none.
fn sort<T>(items: &mut [T], path: &str, object: impl Fn(&T) -> &Value) -> Result<bool, String> {
    let template = Template::parse_relaxed(path).map_err(|error| error.to_string())?;
    let mut keyed: Vec<(Option<Value>, usize)> = Vec::new();
    for (idx, item) in items.iter().enumerate() {
        let found = template.find(object(item)).map_err(|error| error.to_string())?;
        let value = found.into_iter().flatten().next().map(|it| it.into_owned());
        keyed.push((value, idx));
    }
    if items.len() > 1 && keyed.iter().all(|(value, _)| value.is_none()) {
        return Ok(false);
    }
    keyed.small_sort_by(|(a, _), (b, _)| compare(a.as_ref(), b.as_ref()));
    let mut order: Vec<usize> = keyed.into_iter().map(|(_, idx)| idx).collect();
    // Apply the permutation in place: every item is swapped at most once.
    for idx in 0..order.len() {
        let mut from = order[idx];
        while from < idx {
            from = order[from];
        }
        items.swap(idx, from);
        order[idx] = from;
    }
    Ok(true)
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> std::cmp::Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(std::cmp::Ordering::Equal)
        }
        (Some(a), Some(b)) => order::natural(&go::plain(a), &go::plain(b)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn print_tables(
    selection: &mut Selection,
    wide: bool,
    flags: &Flags,
    scope: &Scope,
    now: Instant,
) -> Result<String, String> {
    let mut types: Vec<Resource> = selection.listings.iter().map(|it| it.resource).collect();
    types.dedup();
    let with_kind = flags.on("show-kind") || types.len() > 1;
    let mut out = String::new();
    for listing in &mut selection.listings {
        if let Some(path) = flags.text("sort-by")
            && !sort(&mut listing.objects, path, |it| &it.value)?
        {
            continue;
        }
        let text = print_table(listing, wide, with_kind, flags, scope, now);
        if !out.is_empty() && !text.is_empty() && !flags.on("no-headers") {
            out.push('\n');
        }
        out.push_str(&text);
    }
    Ok(out)
}

fn print_table(listing: &Listing, wide: bool, with_kind: bool, flags: &Flags, scope: &Scope, now: Instant) -> String {
    if listing.objects.is_empty() {
        return String::new();
    }
    let resource = listing.resource;
    let with_namespace = scope.all && resource.namespaced;
    let (narrow, more) = tables::headers(resource);
    let n_shown = narrow.len() + if wide { more.len() } else { 0 };
    let label_columns = flags.list("label-columns");
    let mut rows = Vec::new();
    if !flags.on("no-headers") {
        let mut header: Vec<String> = Vec::new();
        if with_namespace {
            header.push("NAMESPACE".to_owned());
        }
        header.extend(narrow.iter().chain(more).take(n_shown).map(|&it| it.to_owned()));
        for label in label_columns {
            header.push(label.rsplit('/').next().unwrap_or_default().to_uppercase());
        }
        if flags.on("show-labels") {
            header.push("LABELS".to_owned());
        }
        rows.push(header);
    }
    for object in &listing.objects {
        let object = &object.value;
        let mut cells = tables::row(resource, object, now);
        cells.truncate(n_shown);
        if with_kind && let Some(name) = cells.first_mut() {
            *name = format!("{}/{name}", resources::singular_group(resource));
        }
        if with_namespace {
            cells.insert(0, tree::text(object, &["metadata", "namespace"]).to_owned());
        }
        for label in label_columns {
            cells.push(tree::text(object, &["metadata", "labels", label]).to_owned());
        }
        if flags.on("show-labels") {
            cells.push(tree::labels(object, &["metadata", "labels"]));
        }
        rows.push(cells);
    }
    table::layout(&rows)
}

/// Objects in one of the formats that are no table; several become a `List`.
pub(super) fn print_objects(
    objects: Vec<(Resource, Value)>,
    format: &Format,
    single: bool,
    no_headers: bool,
) -> Result<String, String> {
    match format {
        Format::Name => Ok(objects
            .iter()
            .map(|(resource, object)| {
                let name = tree::text(object, &["metadata", "name"]);
                format!("{}/{name}\n", resources::singular_group(resource))
            })
            .collect()),
        Format::Columns(columns) => {
            let mut rows: Vec<Vec<String>> = Vec::new();
            if !no_headers {
                rows.push(columns.iter().map(|(header, _)| header.clone()).collect());
            }
            for (_, object) in &objects {
                let cells = columns
                    .iter()
                    .map(|(_, template)| {
                        let found = template.find(object).map_err(|error| error.to_string())?;
                        let texts: Vec<String> = found.into_iter().flatten().map(|it| go::plain(&it)).collect();
                        Ok(tree::joined_or(&texts, "<none>"))
                    })
                    .collect::<Result<_, String>>()?;
                rows.push(cells);
            }
            Ok(table::layout(&rows))
        }
        _ => {
            let mut objects: Vec<Value> = objects.into_iter().map(|(_, object)| object).collect();
            let value = match (single, objects.pop()) {
                (true, Some(object)) if objects.is_empty() => object,
                (_, last) => {
                    objects.extend(last);
                    json!({"apiVersion": "v1", "items": objects, "kind": "List", "metadata": {"resourceVersion": ""}})
                }
            };
            print_value(&value, format)
        }
    }
}

/// One tree as YAML, JSON or through JSONPath.
pub(super) fn print_value(value: &Value, format: &Format) -> Result<String, String> {
    match format {
        Format::Yaml => Ok(yaml::to_yaml(value)),
        Format::JsonPath { template, raw, as_json } => {
            let result = if *as_json {
                template.find(value).map(|blocks| {
                    let found: Vec<Value> = blocks.into_iter().flatten().map(|it| it.into_owned()).collect();
                    json_text::pretty(&Value::Array(found)) + "\n"
                })
            } else {
                template.render(value)
            };
            result.map_err(|error| {
                format!(
                    "error executing jsonpath {}: Error executing template: {error}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{raw}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n",
                    go::quote(raw),
                    go::sharp(value)
                )
            })
        }
        _ => Ok(json_text::pretty(value) + "\n"),
    }
}
