//! `kubectl api-resources`.

use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, resources, subcommand_usage};
use crate::shell::print::table;
use crate::shell::{CommandResult, Output};
use crate::small_sort::SmallSort as _;

/// `kubectl api-resources`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let spec: &[Flag] = &[
        long("api-group", Takes::Text),
        long("namespaced", Takes::Switch),
        long("no-headers", Takes::Switch),
        long("sort-by", Takes::Text),
        long("verbs", Takes::List),
        long("categories", Takes::List),
        long("cached", Takes::Switch),
        short('o', "output", Takes::Text),
    ];
    let flags = Flags::of_command("api-resources", &[spec], words)?;
    if !flags.args.is_empty() {
        return Err(subcommand_usage(
            "api-resources",
            &format!("unexpected arguments: [{}]", flags.args.join(" ")),
        ));
    }
    let custom = context.definitions();
    let mut all: Vec<_> = resources::served()
        .chain(custom.kinds())
        .filter(|it| flags.text("api-group").is_none_or(|group| group == it.group))
        .filter(|it| {
            flags
                .text("namespaced")
                .is_none_or(|flag| (flag == "true") == it.namespaced)
        })
        .collect();
    if let Some(categories) = flags.text("categories") {
        let wanted: Vec<&str> = categories.split(',').collect();
        all.retain(|it| resources::categories(it).iter().any(|it| wanted.contains(it)));
    }
    all.small_sort_by_key(|it| (it.group, it.plural));
    if flags.text("output") == Some("name") {
        return Ok(Output::ok(
            all.iter()
                .map(|it| resources::plural_group(it) + "\n")
                .collect::<String>(),
        ));
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !flags.on("no-headers") {
        rows.push(
            ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for it in all {
        let version = if it.group.is_empty() {
            it.version.to_owned()
        } else {
            format!("{}/{}", it.group, it.version)
        };
        rows.push(vec![
            it.plural.to_owned(),
            it.short.join(","),
            version,
            it.namespaced.to_string(),
            it.name.to_owned(),
        ]);
    }
    Ok(Output::ok(table::layout(&rows)))
}
