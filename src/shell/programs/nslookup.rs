//! `nslookup`, as BIND has it.

use std::net::IpAddr;

use super::resolver::{ask, parse_server, server_of};
use crate::net::Source;
use crate::net::dns::RecordType;
use crate::net::send::names::Resolution;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// How the type that is asked for can be given.
const TYPE_OPTIONS: [&str; 4] = ["type", "query", "q", "querytype"];

/// `nslookup [-type=TYPE] NAME [SERVER]`, as BIND has it: the search list is used.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let mut kind: Option<RecordType> = None;
    let mut rest: Vec<&String> = Vec::new();
    for word in words {
        // Any number of dashes; a value stands in the same word. What is unknown is passed over.
        let Some(option) = word.strip_prefix('-').map(|it| it.trim_start_matches('-')) else {
            rest.push(word);
            continue;
        };
        if let Some((_, value)) = option.split_once('=').filter(|(name, _)| TYPE_OPTIONS.contains(name)) {
            let unknown = || Output::failed(format!("unknown query type: {option}\n"), 1);
            kind = Some(RecordType::parse(value).ok_or_else(unknown)?);
        }
    }
    let Some(name) = rest.first() else {
        return Err(Output::failed("Kubehop: write nslookup NAME [SERVER]\n", 1));
    };
    let given = match rest.get(1) {
        None => None,
        Some(text) => match parse_server(context, place, text) {
            Some(server) => Some(server),
            None => {
                return Err(Output::failed(
                    format!("nslookup: couldn't get address for '{text}': not found\n"),
                    1,
                ));
            }
        },
    };
    let Some(server) = server_of(context, place, given) else {
        return Err(Output::failed(";; no servers could be reached\n", 1));
    };
    let kinds = match (kind, name.parse::<IpAddr>()) {
        (Some(kind), _) => vec![kind],
        (None, Ok(_)) => vec![RecordType::Ptr],
        (None, Err(_)) => vec![RecordType::A, RecordType::Aaaa],
    };
    let mut text = format!("Server:\t\t{server}\nAddress:\t{server}#53\n\n");
    let mut found = false;
    let mut last: Option<Resolution> = None;
    for kind in kinds {
        let result = match given {
            // BIND's nslookup walks the search list at a given server too; names are asked as they stand here.
            Some(_) => ask(context, place, given, name, kind),
            None => context.world.resolve(place, name, kind),
        };
        if let Some(answer) = result.answer.as_ref().filter(|_| result.rcode == "NOERROR") {
            for record in &answer.answers {
                found = true;
                let of = record.owner.trim_end_matches('.');
                let data = &record.data;
                text.push_str(&match record.data.kind() {
                    RecordType::A | RecordType::Aaaa => format!("Name:\t{of}\nAddress: {data}\n"),
                    RecordType::Cname => format!("{of}\tcanonical name = {data}\n"),
                    RecordType::Srv => format!("{of}\tservice = {data}\n"),
                    RecordType::Ptr => format!("{of}\tname = {data}\n"),
                    RecordType::Txt => format!("{of}\ttext = {data}\n"),
                    RecordType::Ns => format!("{of}\tnameserver = {data}\n"),
                    other => format!("{of}\t{} = {data}\n", other.name()),
                });
            }
        }
        let nxdomain = result.rcode == "NXDOMAIN";
        last = Some(result);
        if nxdomain {
            break;
        }
    }
    let Some(last) = last else {
        return Ok(Output::ok(text));
    };
    if found {
        return Ok(Output::ok(text + "\n"));
    }
    let asked = last
        .tried
        .last()
        .map_or_else(|| (*name).clone(), |it| it.name.trim_end_matches('.').to_owned());
    Ok(match last.rcode {
        "TIMEOUT" => Output::failed(
            format!(";; communications error to {server}#53: timed out\n;; no servers could be reached\n\n"),
            1,
        ),
        "NOERROR" => Output {
            stdout: format!("{text}*** Can't find {name}: No answer\n\n"),
            ..Output::default()
        },
        rcode => Output {
            stdout: format!("{text}** server can't find {asked}: {rcode}\n\n"),
            exit_code: 1,
            ..Output::default()
        },
    })
}
