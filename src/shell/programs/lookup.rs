//! `nslookup` and `dig`: questions to the DNS server of a place.

use std::net::IpAddr;

use super::basic::resolv_conf;
use crate::api::types::core::Pod;
use crate::net::Source;
use crate::net::dns::RecordType;
use crate::net::dns::hosts::PodHost;
use crate::net::dns::message::absolute;
use crate::net::send::names::Resolution;
use crate::shell::Output;
use crate::shell::kubectl::Context;

/// Asks one server for exactly a name.
fn ask(context: &mut Context<'_>, place: &Source, server: Option<IpAddr>, name: &str, kind: RecordType) -> Resolution {
    context.world.network().query(place, server, name, kind)
}

/// The server that is asked, as the program names it.
fn server_of(context: &Context<'_>, place: &Source, given: Option<IpAddr>) -> Option<IpAddr> {
    given.or_else(|| resolv_conf(context, place).nameservers.first()?.parse().ok())
}

/// A server by address or by name.
fn parse_server(context: &mut Context<'_>, place: &Source, text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| {
        let found = context.world.resolve(place, text, RecordType::A);
        found.answers.first()?.parse().ok()
    })
}

/// `nslookup [-type=TYPE] NAME [SERVER]`, as BIND has it: the search list is used.
pub(super) fn nslookup(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let mut kind: Option<RecordType> = None;
    let mut rest: Vec<&String> = Vec::new();
    for word in words {
        let flag = word.strip_prefix('-').map(|it| it.trim_start_matches('-'));
        match flag {
            Some(flag) => {
                let typed = ["type=", "query=", "q=", "querytype="]
                    .iter()
                    .find_map(|prefix| flag.strip_prefix(prefix));
                match typed.map(RecordType::parse) {
                    Some(Some(found)) => kind = Some(found),
                    Some(None) => return Output::failed(format!("unknown query type: {flag}\n"), 1),
                    None => {}
                }
            }
            None => rest.push(word),
        }
    }
    let Some(name) = rest.first() else {
        return Output::failed("Kubehop: write nslookup NAME [SERVER]\n", 1);
    };
    let given = match rest.get(1) {
        None => None,
        Some(text) => match parse_server(context, place, text) {
            Some(server) => Some(server),
            None => return Output::failed(format!("nslookup: couldn't get address for '{text}': not found\n"), 1),
        },
    };
    let Some(server) = server_of(context, place, given) else {
        return Output::failed(";; no servers could be reached\n", 1);
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
        return Output::ok(text);
    };
    if found {
        return Output::ok(text + "\n");
    }
    let asked = last
        .tried
        .last()
        .map_or_else(|| (*name).clone(), |it| it.name.trim_end_matches('.').to_owned());
    match last.rcode {
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
    }
}

/// `dig [@SERVER] NAME [TYPE] [+short] [+search]`.
pub(super) fn dig(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let mut server = None;
    let mut name: Option<String> = None;
    let mut kind = RecordType::A;
    let (mut short, mut search, mut only_answer) = (false, false, false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "+short" => short = true,
            "+search" => search = true,
            "+noall" => only_answer = true,
            "-x" => {
                let address = rest.next().and_then(|it| it.parse::<IpAddr>().ok());
                let Some(address) = address else {
                    return Output::failed("Invalid IP address\n", 1);
                };
                name = Some(crate::net::dns::message::reverse_name(address));
                kind = RecordType::Ptr;
            }
            "-t" => match rest.next().and_then(|it| RecordType::parse(it)) {
                Some(found) => kind = found,
                None => return Output::failed(";; Warning, ignoring invalid type\n", 1),
            },
            _ if word.starts_with('+') || word.starts_with('-') => {}
            _ => match word.strip_prefix('@') {
                Some(text) => match parse_server(context, place, text) {
                    Some(address) => server = Some(address),
                    None => {
                        return Output::failed(format!("dig: couldn't get address for '{text}': not found\n"), 10);
                    }
                },
                None => match RecordType::parse(word).filter(|_| name.is_some()) {
                    Some(found) => kind = found,
                    None => name = Some(word.clone()),
                },
            },
        }
    }
    let name = name.unwrap_or_else(|| ".".to_owned());
    let result = if search && server.is_none() {
        context.world.resolve(place, &name, kind)
    } else {
        ask(context, place, server, &name, kind)
    };
    let Some(asked) = server_of(context, place, server) else {
        return Output::failed(";; no servers could be reached\n", 9);
    };
    if result.rcode == "TIMEOUT" {
        return Output {
            stdout: format!(";; communications error to {asked}#53: timed out\n;; no servers could be reached\n"),
            exit_code: 9,
            ..Output::default()
        };
    }
    let records: Vec<_> = result.answer.iter().flat_map(|it| &it.answers).collect();
    if short {
        return Output::ok(records.iter().map(|it| format!("{}\n", it.data)).collect::<String>());
    }
    let line = |record: &crate::net::dns::message::Record| {
        format!(
            "{}\t{}\tIN\t{}\t{}\n",
            record.owner,
            record.ttl,
            record.data.kind().name(),
            record.data
        )
    };
    let answers: String = records.iter().map(|it| line(it)).collect();
    if only_answer {
        return Output::ok(answers);
    }
    let authority: String = result.answer.iter().flat_map(|it| &it.authority).map(line).collect();
    let n_authority = result.answer.as_ref().map_or(0, |it| it.authority.len());
    let aa = if result.answer.as_ref().is_some_and(|it| it.authoritative) {
        " aa"
    } else {
        ""
    };
    let question = result
        .tried
        .last()
        .map_or_else(|| absolute(&name), |it| it.name.clone());
    let mut out = format!(
        "\n; <<>> DiG 9.20.11 <<>> {}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {}, id: 4242\n;; flags: qr{aa} rd; QUERY: 1, ANSWER: {}, AUTHORITY: {n_authority}, ADDITIONAL: 1\n\n;; QUESTION SECTION:\n;{question}\t\tIN\t{}\n",
        words.join(" "),
        result.rcode,
        records.len(),
        kind.name()
    );
    if !answers.is_empty() {
        out.push_str(&format!("\n;; ANSWER SECTION:\n{answers}"));
    }
    if !authority.is_empty() {
        out.push_str(&format!("\n;; AUTHORITY SECTION:\n{authority}"));
    }
    out.push_str(&format!(
        "\n;; Query time: 0 msec\n;; SERVER: {asked}#53({asked}) (UDP)\n\n"
    ));
    Output::ok(out)
}

/// `getent hosts NAME`: what programs get that ask the C library, `/etc/hosts` before any server.
pub(super) fn getent(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let [database, names @ ..] = words else {
        return Output::failed("getent: wrong number of arguments\n", 1);
    };
    if !matches!(database.as_str(), "hosts" | "ahosts" | "ahostsv4") {
        return Output::failed(format!("Kubehop: getent {database} is not simulated, only hosts\n"), 1);
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
    output
}
