//! `wget`, as BusyBox has it: its flags, its few words, its way of failing. What it asks and gets is `curl`'s.

use super::{
    Curl, KERNEL_TIMEOUT, MOST_REDIRECTS, absolute, host_text, response_body, response_head, seconds, send, with_scheme,
};
use crate::net::{Destination, Hop, Protocol, Source, Verdict};
use crate::shell::Output;
use crate::shell::kubectl::Context;
use crate::sim::Duration;

/// `wget [-q] [-O FILE] [-T SECONDS] [--header …] URL`, as BusyBox has it.
pub(in crate::shell::programs) fn wget(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let mut asked = Curl {
        is_wget: true,
        insecure: true,
        follow: true,
        ..Curl::default()
    };
    let (mut quiet, mut spider, mut show_headers) = (false, false, false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (name, given) = match word.split_once('=') {
            Some((name, given)) if name.starts_with("--") => (name, Some(given.to_owned())),
            _ => (word.as_str(), None),
        };
        let mut parameter = |inline: &str| {
            given
                .clone()
                .or_else(|| (!inline.is_empty()).then(|| inline.to_owned()))
                .or_else(|| rest.next().cloned())
                .unwrap_or_default()
        };
        match name {
            "--quiet" => quiet = true,
            "--spider" => spider = true,
            "--server-response" => show_headers = true,
            "--no-check-certificate" | "-nv" | "--no-verbose" | "--content-on-error" => {}
            "--header" => {
                let text = parameter("");
                asked.header(&text);
            }
            "--timeout" => asked.timeout = seconds(&parameter("")).ok(),
            "--output-document" => asked.output = Some(parameter("")),
            "--post-data" => {
                let text = parameter("");
                asked.data(&text);
            }
            "--tries" => {
                parameter("");
            }
            _ if name.starts_with("--") => {
                return Output::failed(format!("wget: unrecognized option: {}\n", &name[2..]), 1);
            }
            _ if name.starts_with('-') && name.len() > 1 => {
                let letters: Vec<char> = name[1..].chars().collect();
                for (idx, letter) in letters.iter().enumerate() {
                    let inline: String = letters[idx + 1..].iter().collect();
                    match letter {
                        'q' => quiet = true,
                        'S' => show_headers = true,
                        'c' | 'Y' => {}
                        'O' => asked.output = Some(parameter(&inline)),
                        'T' => asked.timeout = seconds(&parameter(&inline)).ok(),
                        't' | 'U' | 'P' => {
                            parameter(&inline);
                        }
                        _ => return Output::failed(format!("wget: unrecognized option: {letter}\n"), 1),
                    }
                    if "OTtUP".contains(*letter) {
                        break;
                    }
                }
            }
            _ => asked.urls.push(word.clone()),
        }
    }
    let Some(mut url) = asked.urls.first().map(|it| with_scheme(it)) else {
        return Output::failed("wget: missing URL\nUsage: wget [-cqS] [--spider] [-O FILE] URL\n", 1);
    };
    if spider {
        asked.head = true;
    }
    let mut output = Output::default();
    for _ in 0..=MOST_REDIRECTS {
        let Ok(destination) = Destination::parse(&url, Protocol::Tcp) else {
            return fail(output, &format!("bad address '{url}'"));
        };
        let host = host_text(&destination.host);
        let trace = send(context, place, &asked, &destination);
        // What is told of a name before there is a connection has no port.
        let connects = |hop: &&Hop| hop.leg == 0 && hop.before.dst.port() != 0;
        let remote = trace.hops.iter().find(connects).map(|hop| hop.before.dst);
        if let Some(remote) = remote.filter(|_| !quiet) {
            output.stderr.push_str(&format!("Connecting to {host} ({remote})\n"));
        }
        let status = trace.http.as_ref().map_or(0, |it| it.status);
        let location = trace.http.as_ref().and_then(|it| it.location.clone());
        if show_headers {
            for line in response_head(&trace).lines().filter(|it| !it.is_empty()) {
                output.stderr.push_str(&format!("  {line}\n"));
            }
        }
        let body = response_body(context, &trace, &asked, &destination);
        let verdict = trace.verdict;
        output.traces.push(trace);
        let reason = match verdict {
            Verdict::Delivered => None,
            Verdict::Unresolved => Some(format!("bad address '{host}'")),
            Verdict::Timeout => {
                context.advance(Duration::from_secs(asked.timeout.unwrap_or(KERNEL_TIMEOUT)));
                Some(match asked.timeout {
                    Some(_) => "download timed out".to_owned(),
                    None => connect_error(&host, remote, "Operation timed out"),
                })
            }
            Verdict::Refused => Some(connect_error(&host, remote, "Connection refused")),
            Verdict::Unreachable => Some(connect_error(&host, remote, "Host is unreachable")),
        };
        if let Some(reason) = reason {
            return fail(output, &reason);
        }
        if (300..400).contains(&status)
            && let Some(location) = location
        {
            url = absolute(&url, &location);
            continue;
        }
        if status >= 400 {
            let line = crate::net::send::status_line(status);
            return fail(output, &format!("server returned error: HTTP/1.1 {line}"));
        }
        if spider {
            if !quiet {
                output.stderr.push_str("remote file exists\n");
            }
            return output;
        }
        return keep(context, output, &asked, &destination, body, quiet);
    }
    fail(output, "too many redirections")
}

fn connect_error(host: &str, remote: Option<std::net::SocketAddr>, reason: &str) -> String {
    let address = remote.map_or_else(|| host.to_owned(), |it| it.ip().to_string());
    format!("can't connect to remote host ({address}): {reason}")
}

fn fail(mut output: Output, message: &str) -> Output {
    output.stderr.push_str(&format!("wget: {message}\n"));
    output.exit_code = 1;
    output
}

/// Puts what was fetched where `-O` says, or into a file named after the path.
fn keep(
    context: &mut Context<'_>,
    mut output: Output,
    asked: &Curl,
    destination: &Destination,
    body: String,
    quiet: bool,
) -> Output {
    let named = destination
        .http
        .as_ref()
        .and_then(|it| it.path.split('?').next()?.rsplit('/').next().map(str::to_owned))
        .filter(|it| !it.is_empty())
        .unwrap_or_else(|| "index.html".to_owned());
    match asked.output.as_deref() {
        Some("-") => {
            if !quiet {
                output.stderr.push_str("writing to stdout\n");
            }
            output.stdout.push_str(&body);
        }
        Some("/dev/null") => {}
        path => {
            let path = path.unwrap_or(&named).to_owned();
            if !quiet {
                output.stderr.push_str(&format!("saving to '{path}'\n'{path}' saved\n"));
            }
            context.files.insert(path, body);
        }
    }
    output
}
