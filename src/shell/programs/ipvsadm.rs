//! `ipvsadm` (1.31): a node's virtual servers, which kube-proxy writes in IPVS mode.
//!
//! Only listing. Without `-n` the real one looks up names; here addresses stay numbers.

use super::machine::node_at;
use super::options::{Item, Opt, Options, switch};
use crate::api::IpFamily;
use crate::net::Source;
use crate::net::proxy::RuleDump;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: &[Opt] = &[
    switch(&["--list", "-L", "-l"]),
    switch(&["--numeric", "-n"]),
    switch(&["--connection", "-c"]),
    switch(&["--sort"]),
];

/// `ipvsadm -L` on a node, which is also what it does without arguments.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let node = node_at(context, place, "ipvsadm")?;
    let mut dump = RuleDump::Ipvsadm;
    for item in Options::clusters(OPTIONS).read(words) {
        match item {
            Item::Option("--connection", _) => dump = RuleDump::IpvsadmConnections,
            Item::Option(..) | Item::Missing(..) => {}
            Item::Unknown(word) | Item::Argument(word) => return Err(super::not_simulated("ipvsadm", word)),
            Item::UnknownLetter(letter) => return Err(super::not_simulated("ipvsadm", &format!("-{letter}"))),
        }
    }
    // The tool is there in every mode; without the mode its table is empty.
    let empty = match dump {
        RuleDump::IpvsadmConnections => {
            "IPVS connection entries\npro expire state       source             virtual            destination\n"
        }
        _ => {
            "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
        }
    };
    let listed = context.dump_rules(&node, IpFamily::V4, dump);
    Ok(Output::ok(listed.unwrap_or_else(|| empty.to_owned())))
}
