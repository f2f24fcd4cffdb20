//! What only a node can show: its rules and its connections.

use crate::api::{IpFamily, Kind, ObjectRef};
use crate::cluster::faults::ROUTER;
use crate::net::Source;
use crate::net::proxy::RuleDump;
use crate::net::proxy::iptables::Table;
use crate::shell::Output;
use crate::shell::kubectl::Context;

/// `ssh NODE COMMAND…`: a command on a node, by its name or address.
pub(super) fn ssh(context: &mut Context<'_>, words: &[String]) -> Output {
    let rest: Vec<String> = words
        .iter()
        .skip_while(|it| it.starts_with('-') && *it != "--")
        .filter(|it| *it != "--")
        .cloned()
        .collect();
    let Some((host, command)) = rest.split_first() else {
        return Output::failed("usage: ssh NODE COMMAND\n", 255);
    };
    let name = host.rsplit('@').next().unwrap_or(host);
    let snapshot = context.world.snapshot();
    let node = if snapshot.object(&ObjectRef::new(Kind::Node, "", name)).is_some() {
        Some(name.to_owned())
    } else {
        snapshot
            .list::<crate::api::types::core::Node>()
            .find(|node| node.status.addresses.iter().any(|it| it.address == name))
            .map(|node| node.metadata.name.clone())
    };
    let Some(node) = node else {
        return Output::failed(
            format!("ssh: Could not resolve hostname {name}: Name or service not known\n"),
            255,
        );
    };
    if command.is_empty() {
        return Output::failed(
            "Kubehop: there is no interactive session here; write ssh NODE COMMAND\n",
            255,
        );
    }
    let faults = context.world.cluster().faults();
    if faults.is_off(&node) || faults.is_cut(&node, ROUTER) {
        return Output::failed(
            format!("ssh: connect to host {name} port 22: Connection timed out\n"),
            255,
        );
    }
    super::run(context, &Source::Node(node), command)
}

/// The node at a place: itself, or the only one there is.
fn node_at(context: &Context<'_>, place: &Source, program: &str) -> Result<String, Output> {
    match place {
        Source::Node(name) => Ok(name.clone()),
        Source::Pod { .. } => Err(Output::failed(
            format!(
                "{program}: Permission denied (a pod's network has no rules of kube-proxy; ask a node: ssh NODE {program})\n"
            ),
            1,
        )),
        _ => {
            let snapshot = context.world.snapshot();
            let nodes: Vec<String> = snapshot
                .objects(Kind::Node)
                .map(|it| it.metadata().name.clone())
                .collect();
            match nodes.as_slice() {
                [only] => Ok(only.clone()),
                _ => Err(Output::failed(
                    format!(
                        "{program}: which node? Write ssh NODE {program} (nodes: {})\n",
                        nodes.join(", ")
                    ),
                    1,
                )),
            }
        }
    }
}

pub(super) fn iptables_save(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    save(context, place, words, IpFamily::V4)
}

pub(super) fn iptables_save_6(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    save(context, place, words, IpFamily::V6)
}

fn save(context: &mut Context<'_>, place: &Source, words: &[String], family: IpFamily) -> Output {
    let program = match family {
        IpFamily::V4 => "iptables-save",
        IpFamily::V6 => "ip6tables-save",
    };
    let node = match node_at(context, place, program) {
        Ok(node) => node,
        Err(output) => return output,
    };
    let wanted = words
        .iter()
        .position(|it| it == "-t" || it == "--table")
        .and_then(|at| words.get(at + 1));
    let tables = match wanted.map(String::as_str) {
        None => vec![Table::Filter, Table::Nat],
        Some("nat") => vec![Table::Nat],
        Some("filter") => vec![Table::Filter],
        Some(other) => {
            return Output::failed(
                format!("{program}: table {other:?} is not simulated: nat and filter are\n"),
                1,
            );
        }
    };
    let mut text = String::new();
    for table in tables {
        text.push_str(
            &context
                .dump_rules(&node, family, RuleDump::IptablesSave(table))
                .unwrap_or_default(),
        );
    }
    Output::ok(text)
}

/// `conntrack -L`.
pub(super) fn conntrack(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let node = match node_at(context, place, "conntrack") {
        Ok(node) => node,
        Err(output) => return output,
    };
    if !words.iter().any(|it| it == "-L" || it == "--dump") {
        return Output::failed("conntrack: only -L is simulated\n", 2);
    }
    let lines = context.connections(&node).unwrap_or_default();
    let count = lines.len();
    Output {
        stdout: lines.into_iter().map(|line| line + "\n").collect(),
        stderr: format!("conntrack v1.4.8 (conntrack-tools): {count} flow entries have been shown.\n"),
        ..Output::default()
    }
}
