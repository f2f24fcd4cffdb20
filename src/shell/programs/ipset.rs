//! `ipset` (7.x): a node's sets of addresses and ports, which kube-proxy writes in IPVS mode.
//!
//! Only listing.

use super::machine::node_at;
use super::options::{Item, Opt, Options, switch};
use crate::api::IpFamily;
use crate::net::Source;
use crate::net::proxy::RuleDump;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: &[Opt] = &[switch(&["-name", "-n"]), switch(&["-L"])];

/// `ipset list [NAME]` on a node.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let node = node_at(context, place, "ipset")?;
    let mut arguments = Vec::new();
    let mut names_only = false;
    for item in Options::words(OPTIONS).read(words) {
        match item {
            Item::Argument(word) => arguments.push(word),
            Item::Option("-name", _) => names_only = true,
            Item::Option("-L", _) => arguments.insert(0, "list"),
            Item::Unknown(word) => return Err(super::not_simulated("ipset", word)),
            Item::UnknownLetter(letter) => return Err(super::not_simulated("ipset", &format!("-{letter}"))),
            Item::Option(..) | Item::Missing(..) => {}
        }
    }
    let name = match arguments.as_slice() {
        ["list"] => None,
        ["list", name] => Some(*name),
        _ => return Err(super::not_simulated("ipset", "anything but list [NAME]")),
    };
    let found: Vec<String> = IpFamily::ALL
        .into_iter()
        .filter_map(|family| context.dump_rules(&node, family, RuleDump::IpsetList(name)))
        .collect();
    if let (Some(_), []) = (name, found.as_slice()) {
        return Err(Output::failed(
            "ipset v7.17: The set with the given name does not exist\n",
            1,
        ));
    }
    let text = found.join("\n");
    if !names_only {
        return Ok(Output::ok(text));
    }
    let names = text.lines().filter_map(|line| line.strip_prefix("Name: "));
    Ok(Output::ok(names.map(|name| format!("{name}\n")).collect::<String>()))
}
