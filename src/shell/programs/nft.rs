//! `nft`: a node's tables of nftables, as far as kube-proxy writes them.
//!
//! Only listing. Tables that `iptables` keeps in nftables are shown by `iptables-save` alone; standard error says so.

use super::machine::node_at;
use super::options::{Item, Opt, Options, switch};
use crate::api::IpFamily;
use crate::net::Source;
use crate::net::proxy::{NftPart, RuleDump};
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: &[Opt] = &[switch(&["--version", "-v"])];

const TABLE: &str = "kube-proxy";

/// `nft list …` on a node.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let node = node_at(context, place, "nft")?;
    let mut arguments = Vec::new();
    for item in Options::clusters(OPTIONS).read(words) {
        match item {
            Item::Argument(word) => arguments.push(word),
            Item::Option("--version", _) => return Ok(Output::ok("nftables v1.1.3 (Commodore Bullmoose #4)\n")),
            Item::Unknown(word) => return Err(super::not_simulated("nft", word)),
            Item::UnknownLetter(letter) => return Err(super::not_simulated("nft", &format!("-{letter}"))),
            Item::Option(..) | Item::Missing(..) => {}
        }
    }
    let families = match arguments.get(2) {
        Some(word) => vec![family(word)],
        None => vec![Some(IpFamily::V4), Some(IpFamily::V6)],
    };
    let mut all = |part: Option<NftPart<'_>>| {
        let mut out = String::new();
        for family in families.iter().flatten() {
            let whole = part.unwrap_or(NftPart::Table);
            let Some(text) = context.dump_rules(&node, *family, RuleDump::NftList(whole)) else {
                continue;
            };
            match part {
                Some(_) => out.push_str(&text),
                None => out.push_str(&format!("table {} {TABLE}\n", keyword(*family))),
            }
        }
        out
    };
    let listed = match arguments.as_slice() {
        ["list", "ruleset"] | ["list", "ruleset", _] => all(Some(NftPart::Table)),
        ["list", "tables"] | ["list", "tables", _] => all(None),
        ["list", kinds @ ("chains" | "sets" | "maps")] | ["list", kinds @ ("chains" | "sets" | "maps"), _] => {
            all(Some(NftPart::All {
                kind: &kinds[..kinds.len() - 1],
            }))
        }
        ["list", "table", named @ ..] => return one(context, &node, &arguments, named, None),
        ["list", kind @ ("chain" | "set" | "map"), named @ ..] => {
            return one(context, &node, &arguments, named, Some(kind));
        }
        _ => {
            return Err(super::not_simulated(
                "nft",
                "anything but list ruleset, table(s), chain(s), set(s) and map(s)",
            ));
        }
    };
    Ok(Output {
        stdout: listed,
        stderr: "Kubehop: tables that iptables keeps here are shown by iptables-save only\n".to_owned(),
        ..Output::default()
    })
}

/// One table, or one object of a table; the family is `ip` where none is named.
fn one(context: &mut Context<'_>, node: &str, arguments: &[&str], named: &[&str], kind: Option<&str>) -> CommandResult {
    let (family, named) = match named {
        [word, rest @ ..] if family(word).is_some() || is_other_family(word) => (family(word), rest),
        _ => (Some(IpFamily::V4), named),
    };
    let (table, part) = match (named, kind) {
        ([table], None) => (*table, NftPart::Table),
        ([table, name], Some(kind)) => (*table, NftPart::One { kind, name }),
        _ => return Err(super::not_simulated("nft", "a list command of this form")),
    };
    let known = family.filter(|_| table == TABLE);
    let mut ask = |part| context.dump_rules(node, known?, RuleDump::NftList(part));
    match ask(part) {
        Some(text) => Ok(Output::ok(text)),
        // The first word that names nothing is underlined.
        None => {
            let missing = match ask(NftPart::Table) {
                Some(_) => arguments.len() - 1,
                None => arguments.len() - named.len(),
            };
            Err(Output::failed(no_such(arguments, missing), 1))
        }
    }
}

/// What `nft` says where a word names nothing.
fn no_such(words: &[&str], at: usize) -> String {
    let before: usize = words[..at].iter().map(|it| it.len() + 1).sum();
    format!(
        "Error: No such file or directory\n{}\n{}{}\n",
        words.join(" "),
        " ".repeat(before),
        "^".repeat(words[at].len())
    )
}

fn family(word: &str) -> Option<IpFamily> {
    match word {
        "ip" => Some(IpFamily::V4),
        "ip6" => Some(IpFamily::V6),
        _ => None,
    }
}

fn is_other_family(word: &str) -> bool {
    matches!(word, "inet" | "arp" | "bridge" | "netdev")
}

const fn keyword(family: IpFamily) -> &'static str {
    match family {
        IpFamily::V4 => "ip",
        IpFamily::V6 => "ip6",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_underlined() {
        assert_eq!(
            no_such(&["list", "table", "ip", "kube-proxy"], 3),
            "Error: No such file or directory\nlist table ip kube-proxy\n              ^^^^^^^^^^\n"
        );
    }
}
