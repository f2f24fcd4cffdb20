//! `dig`.

use std::net::IpAddr;

use super::options::{Item, Options, next_word, switch};
use super::resolver::{ask, parse_server, server_of};
use crate::net::Source;
use crate::net::dns::RecordType;
use crate::net::dns::message::{Record, absolute, reverse_name};
use crate::net::send::names::Resolution;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: Options = Options::words(&[
    switch(&["+short"]),
    switch(&["+search"]),
    switch(&["+noall"]),
    next_word(&["-x"]),
    next_word(&["-t"]),
]);

/// What a command line asks for.
struct Dig {
    /// `@SERVER`; the place's own where it is absent.
    server: Option<IpAddr>,
    /// Absent: the root.
    name: Option<String>,
    kind: RecordType,
    /// Whether a type was given.
    has_kind: bool,
    /// `+short`: only the data of answers.
    short: bool,
    /// `+search`: the search list is used.
    search: bool,
    /// `+noall`: only the lines of answers.
    only_answer: bool,
}

impl Dig {
    /// Reads the words behind the name; a server's name is looked up on the way.
    ///
    /// # Errors
    /// The failure to print.
    fn parse(context: &mut Context<'_>, place: &Source, words: &[String]) -> Result<Self, Output> {
        let mut it = Self {
            server: None,
            name: None,
            kind: RecordType::A,
            has_kind: false,
            short: false,
            search: false,
            only_answer: false,
        };
        for item in OPTIONS.read(words) {
            match item {
                Item::Option("+short", _) => it.short = true,
                Item::Option("+search", _) => it.search = true,
                Item::Option("+noall", _) => it.only_answer = true,
                Item::Option("-x", value) => it.reverse(value)?,
                Item::Missing("-x", _) => it.reverse("")?,
                Item::Option(_, value) => it.record_type(value)?,
                Item::Missing(..) => it.record_type("")?,
                Item::Unknown(_) | Item::UnknownLetter(_) => {}
                Item::Argument(word) if word.starts_with(['+', '-']) => {}
                Item::Argument(word) => match word.strip_prefix('@') {
                    Some(text) => {
                        let missing =
                            || Output::failed(format!("dig: couldn't get address for '{text}': not found\n"), 10);
                        it.server = Some(parse_server(context, place, text).ok_or_else(missing)?);
                    }
                    // Types and classes stand before the name or behind it (`dighost.c parse_args`).
                    None => match RecordType::parse(word).filter(|_| !it.has_kind) {
                        Some(found) => (it.kind, it.has_kind) = (found, true),
                        None if matches!(word, "IN" | "in") => {}
                        None => it.name = Some(word.to_owned()),
                    },
                },
            }
        }
        Ok(it)
    }

    /// `-x ADDRESS`
    fn reverse(&mut self, text: &str) -> Result<(), Output> {
        let address: IpAddr = text.parse().map_err(|_| Output::failed("Invalid IP address\n", 1))?;
        self.name = Some(reverse_name(address));
        self.kind = RecordType::Ptr;
        Ok(())
    }

    /// `-t TYPE`
    fn record_type(&mut self, text: &str) -> Result<(), Output> {
        let unknown = || Output::failed(";; Warning, ignoring invalid type\n", 1);
        self.kind = RecordType::parse(text).ok_or_else(unknown)?;
        self.has_kind = true;
        Ok(())
    }
}

/// `dig [@SERVER] NAME [TYPE] [+short] [+search]`.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let dig = Dig::parse(context, place, words)?;
    let name = dig.name.as_deref().unwrap_or(".");
    let result = if dig.search && dig.server.is_none() {
        context.world.resolve(place, name, dig.kind)
    } else {
        ask(context, place, dig.server, name, dig.kind)
    };
    let Some(asked) = server_of(context, place, dig.server) else {
        return Err(Output::failed(";; no servers could be reached\n", 9));
    };
    if result.rcode == "TIMEOUT" {
        return Err(Output {
            stdout: format!(";; communications error to {asked}#53: timed out\n;; no servers could be reached\n"),
            exit_code: 9,
            ..Output::default()
        });
    }
    let records = result.answer.iter().flat_map(|it| &it.answers);
    Ok(Output::ok(if dig.short {
        records.map(|it| format!("{}\n", it.data)).collect::<String>()
    } else if dig.only_answer {
        records.map(line).collect()
    } else {
        let question = result.tried.last().map_or_else(|| absolute(name), |it| it.name.clone());
        whole(&words.join(" "), &question, dig.kind, asked, &result)
    }))
}

/// A record as zone files have it.
fn line(record: &Record) -> String {
    format!(
        "{}\t{}\tIN\t{}\t{}\n",
        record.owner,
        record.ttl,
        record.data.kind().name(),
        record.data
    )
}

/// The whole message, section by section.
fn whole(command: &str, question: &str, kind: RecordType, asked: IpAddr, result: &Resolution) -> String {
    let answer = result.answer.as_ref();
    let answers: String = answer.iter().flat_map(|it| &it.answers).map(line).collect();
    let authority: String = answer.iter().flat_map(|it| &it.authority).map(line).collect();
    let aa = if answer.is_some_and(|it| it.authoritative) {
        " aa"
    } else {
        ""
    };
    let mut out = format!(
        "\n; <<>> DiG 9.20.11 <<>> {command}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {}, id: 4242\n;; flags: qr{aa} rd; QUERY: 1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: 1\n\n;; QUESTION SECTION:\n;{question}\t\tIN\t{}\n",
        result.rcode,
        answer.map_or(0, |it| it.answers.len()),
        answer.map_or(0, |it| it.authority.len()),
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
    out
}
