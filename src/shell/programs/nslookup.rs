//! `nslookup`: BIND's, BusyBox' (`networking/nslookup.c`), and BusyBox' of before 1.29, which asked the C library.

use std::net::IpAddr;

use super::place::{container_at, resolv_conf};
use super::resolver::{ask, parse_server, server_of};
use super::toolbox::is_busybox;
use crate::api::ip_family::host_port;
use crate::cluster::listening::name_of;
use crate::net::Source;
use crate::net::dns::RecordType;
use crate::net::dns::message::{Record, reverse_name};
use crate::net::send::names::Resolution;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// How the type that is asked for can be given.
const TYPE_OPTIONS: [&str; 4] = ["type", "query", "q", "querytype"];

/// `nslookup [-type=TYPE] NAME [SERVER]`.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    if !is_busybox(context, place, "nslookup") {
        return bind(context, place, words);
    }
    let image = container_at(context, place).map(|it| it.image).unwrap_or_default();
    let tag = image.rsplit_once(':').map_or("", |it| it.1);
    let minor: Option<u32> = tag
        .strip_prefix("1.")
        .and_then(|it| it.split(['.', '-']).next()?.parse().ok());
    // Debian's and Alpine's own tags do not tell.
    if name_of(&image).1.starts_with("busybox") && minor.is_some_and(|it| it < 29) {
        return by_library(context, place, words);
    }
    busybox(context, place, words)
}

/// BusyBox' own: each question and its answer, one after the other. Names without a dot are asked with every domain of
/// the search list, others as they stand; `ndots` counts for nothing.
fn busybox(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let (mut kinds, mut rest) = (Vec::new(), Vec::new());
    for word in words {
        match word.strip_prefix('-') {
            Some(option) => {
                let value = TYPE_OPTIONS
                    .iter()
                    .find_map(|it| option.strip_prefix(it)?.strip_prefix('='));
                if let Some(value) = value {
                    let unknown = || Output::failed(format!("nslookup: invalid query type \"{value}\"\n"), 1);
                    kinds.push(RecordType::parse(value).ok_or_else(unknown)?);
                }
            }
            None => rest.push(word.as_str()),
        }
    }
    let Some(name) = rest.first() else {
        return Err(Output::failed(
            "BusyBox v1.37.0 multi-call binary.\n\nUsage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]\n",
            1,
        ));
    };
    let given = match rest.get(1) {
        None => None,
        Some(text) => {
            let missing = || Output::failed(format!("nslookup: bad address '{text}'\n"), 1);
            Some(parse_server(context, place, text).ok_or_else(missing)?)
        }
    };
    let Some(server) = server_of(context, place, given) else {
        return Err(Output::failed(
            ";; connection timed out; no servers could be reached\n\n",
            1,
        ));
    };
    let is_address = name.parse::<IpAddr>().is_ok();
    if kinds.is_empty() {
        kinds = if is_address {
            vec![RecordType::Ptr]
        } else {
            vec![RecordType::A, RecordType::Aaaa]
        };
    }
    let address: Option<IpAddr> = name.parse().ok();
    let search = resolv_conf(context, place).searches;
    let asked: Vec<String> = match address {
        Some(address) => vec![reverse_name(address).trim_end_matches('.').to_owned()],
        None if name.contains('.') || search.is_empty() => vec![name.trim_end_matches('.').to_owned()],
        None => search.iter().map(|domain| format!("{name}.{domain}")).collect(),
    };
    let mut output = Output::ok(format!(
        "Server:\t\t{server}\nAddress:\t{}\n\n",
        host_port(&server.to_string(), "53")
    ));
    for kind in kinds {
        for name in &asked {
            let result = ask(context, place, given, name, kind);
            let text = &mut output.stdout;
            match result.rcode {
                "TIMEOUT" => {
                    return Ok(Output {
                        stdout: ";; connection timed out; no servers could be reached\n\n".to_owned(),
                        exit_code: 1,
                        ..Output::default()
                    });
                }
                "NOERROR" => {
                    let answer = result.answer.as_ref();
                    if answer.is_some_and(|it| !it.authoritative) {
                        text.push_str("Non-authoritative answer:\n");
                    }
                    for record in answer.iter().flat_map(|it| &it.answers) {
                        text.push_str(&line(record));
                    }
                }
                rcode => {
                    text.push_str(&format!("** server can't find {name}: {rcode}\n"));
                    output.exit_code = 1;
                }
            }
            output.stdout.push('\n');
        }
    }
    Ok(output)
}

/// BusyBox' of before 1.29: what the C library finds, `/etc/hosts` and search list included.
fn by_library(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let rest: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|it| !it.starts_with('-'))
        .collect();
    let Some(name) = rest.first() else {
        return Err(Output::failed(
            "BusyBox v1.28.4 multi-call binary.\n\nUsage: nslookup [HOST] [SERVER]\n",
            1,
        ));
    };
    let given = rest.get(1).and_then(|text| parse_server(context, place, text));
    let Some(server) = server_of(context, place, given) else {
        return Err(Output::failed(
            "nslookup: can't resolve '(null)': Name does not resolve\n",
            1,
        ));
    };
    let reverse = |context: &mut Context<'_>, address: IpAddr| {
        let found = context.world.resolve(place, &address.to_string(), RecordType::Ptr);
        found
            .answers
            .first()
            .map_or_else(String::new, |it| format!(" {}", it.trim_end_matches('.')))
    };
    let mut text = format!(
        "Server:    {server}\nAddress 1: {server}{}\n\n",
        reverse(context, server)
    );
    let found: Vec<IpAddr> = match name.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => {
            let answers = context.world.resolve(place, name, RecordType::A).answers;
            answers.iter().filter_map(|it| it.parse().ok()).collect()
        }
    };
    if found.is_empty() {
        return Err(Output {
            stdout: text,
            stderr: format!("nslookup: can't resolve '{name}'\n"),
            exit_code: 1,
            ..Output::default()
        });
    }
    text.push_str(&format!("Name:      {name}\n"));
    for (idx, address) in found.into_iter().enumerate() {
        text.push_str(&format!(
            "Address {}: {address}{}\n",
            idx + 1,
            reverse(context, address)
        ));
    }
    Ok(Output::ok(text))
}

/// A record in the words of both.
fn line(record: &Record) -> String {
    let (of, data) = (record.owner.trim_end_matches('.'), &record.data);
    match record.data.kind() {
        RecordType::A | RecordType::Aaaa => format!("Name:\t{of}\nAddress: {data}\n"),
        RecordType::Cname => format!("{of}\tcanonical name = {data}\n"),
        RecordType::Srv => format!("{of}\tservice = {data}\n"),
        RecordType::Ptr => format!("{of}\tname = {data}\n"),
        RecordType::Txt => format!("{of}\ttext = {data}\n"),
        RecordType::Ns => format!("{of}\tnameserver = {data}\n"),
        other => format!("{of}\t{} = {data}\n", other.name()),
    }
}

/// BIND's: the search list is used.
fn bind(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
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
                text.push_str(&line(record));
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
