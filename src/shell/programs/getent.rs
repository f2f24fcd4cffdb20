//! `getent`: what programs get that ask the C library.

use crate::api::types::core::Pod;
use crate::net::Source;
use crate::net::dns::RecordType;
use crate::net::dns::hosts::PodHost;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `getent hosts NAME`: what programs get that ask the C library, `/etc/hosts` before any server.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let [database, names @ ..] = words else {
        return Err(Output::failed("getent: wrong number of arguments\n", 1));
    };
    if !matches!(database.as_str(), "hosts" | "ahosts" | "ahostsv4") {
        return Err(Output::failed(
            format!("Kubehop: getent {database} is not simulated, only hosts\n"),
            1,
        ));
    }
    let mut output = Output::default();
    for name in names {
        let line = |address: &str, name: &str| format!("{address:<15} {name}\n");
        let pod = match place {
            Source::Pod { namespace, name } => context.world.snapshot().get::<Pod>(namespace, name).cloned(),
            _ => None,
        };
        let file = pod.map(|pod| PodHost::of(&context.world.snapshot(), &pod));
        let bare = name.trim_end_matches('.');
        let known = file
            .as_ref()
            .and_then(|it| it.names().find(|(_, host)| host.eq_ignore_ascii_case(bare)));
        if let Some((address, _)) = known {
            output.stdout.push_str(&line(&address.to_string(), name));
            continue;
        }
        if let Ok(address) = name.parse::<std::net::IpAddr>() {
            let found = context.world.resolve(place, name, RecordType::Ptr);
            match found.answers.first() {
                Some(found) if database == "hosts" => {
                    output
                        .stdout
                        .push_str(&line(&address.to_string(), found.trim_end_matches('.')));
                }
                _ if database != "hosts" => output.stdout.push_str(&line(&address.to_string(), name)),
                _ => output.exit_code = 2,
            }
            continue;
        }
        let found = context.world.resolve(place, name, RecordType::A);
        let owner = found
            .answer
            .as_ref()
            .and_then(|it| it.answers.last())
            .map(|it| it.owner.clone());
        let owner = owner.unwrap_or_else(|| (*name).clone());
        match found.answers.as_slice() {
            [] => output.exit_code = 2,
            all => {
                for address in all {
                    output.stdout.push_str(&line(address, owner.trim_end_matches('.')));
                }
            }
        }
    }
    Ok(output)
}
