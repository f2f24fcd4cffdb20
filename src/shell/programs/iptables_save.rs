//! `iptables-save` and `ip6tables-save`: a node's rules.

use super::machine::node_at;
use crate::api::IpFamily;
use crate::net::Source;
use crate::net::proxy::RuleDump;
use crate::net::proxy::iptables::Table;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    save(context, place, words, IpFamily::V4)
}

pub(super) fn run_6(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    save(context, place, words, IpFamily::V6)
}

fn save(context: &mut Context<'_>, place: &Source, words: &[String], family: IpFamily) -> CommandResult {
    let program = match family {
        IpFamily::V4 => "iptables-save",
        IpFamily::V6 => "ip6tables-save",
    };
    let node = node_at(context, place, program)?;
    let wanted = words
        .iter()
        .position(|it| it == "-t" || it == "--table")
        .and_then(|at| words.get(at + 1));
    let tables = match wanted.map(String::as_str) {
        None => vec![Table::Filter, Table::Nat],
        Some("nat") => vec![Table::Nat],
        Some("filter") => vec![Table::Filter],
        Some(other) => {
            return Err(Output::failed(
                format!("{program}: table {other:?} is not simulated: nat and filter are\n"),
                1,
            ));
        }
    };
    let mut text = String::new();
    for table in tables {
        let dumped = context.dump_rules(&node, family, RuleDump::IptablesSave(table));
        text.push_str(&dumped.unwrap_or_default());
    }
    Ok(Output::ok(text))
}
