//! `dig`.

use std::net::IpAddr;

use super::options::{Item, Options, next_word, switch};
use super::resolver::{ask, parse_server, server_of};
use crate::net::Source;
use crate::net::dns::RecordType;
use crate::net::dns::message::{Record, absolute, reverse_name};
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: Options = Options::words(&[
    switch(&["+short"]),
    switch(&["+search"]),
    switch(&["+noall"]),
    next_word(&["-x"]),
    next_word(&["-t"]),
]);

/// `dig [@SERVER] NAME [TYPE] [+short] [+search]`.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let mut server = None;
    let mut name: Option<String> = None;
    let mut kind = RecordType::A;
    let (mut short, mut search, mut only_answer) = (false, false, false);
    for item in OPTIONS.read(words) {
        match item {
            Item::Option("+short", _) => short = true,
            Item::Option("+search", _) => search = true,
            Item::Option("+noall", _) => only_answer = true,
            Item::Option("-x", value) => match value.parse::<IpAddr>() {
                Ok(address) => {
                    name = Some(reverse_name(address));
                    kind = RecordType::Ptr;
                }
                Err(_) => return Err(Output::failed("Invalid IP address\n", 1)),
            },
            Item::Missing("-x", _) => return Err(Output::failed("Invalid IP address\n", 1)),
            Item::Option(_, value) => match RecordType::parse(value) {
                Some(found) => kind = found,
                None => return Err(Output::failed(";; Warning, ignoring invalid type\n", 1)),
            },
            Item::Missing(..) => return Err(Output::failed(";; Warning, ignoring invalid type\n", 1)),
            Item::Unknown(_) | Item::UnknownLetter(_) => {}
            Item::Argument(word) if word.starts_with(['+', '-']) => {}
            Item::Argument(word) => match word.strip_prefix('@') {
                Some(text) => match parse_server(context, place, text) {
                    Some(address) => server = Some(address),
                    None => {
                        return Err(Output::failed(
                            format!("dig: couldn't get address for '{text}': not found\n"),
                            10,
                        ));
                    }
                },
                None => match RecordType::parse(word).filter(|_| name.is_some()) {
                    Some(found) => kind = found,
                    None => name = Some(word.to_owned()),
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
        return Err(Output::failed(";; no servers could be reached\n", 9));
    };
    if result.rcode == "TIMEOUT" {
        return Err(Output {
            stdout: format!(";; communications error to {asked}#53: timed out\n;; no servers could be reached\n"),
            exit_code: 9,
            ..Output::default()
        });
    }
    let records: Vec<_> = result.answer.iter().flat_map(|it| &it.answers).collect();
    if short {
        return Ok(Output::ok(
            records.iter().map(|it| format!("{}\n", it.data)).collect::<String>(),
        ));
    }
    let line = |record: &Record| {
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
        return Ok(Output::ok(answers));
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
    Ok(Output::ok(out))
}
