//! `wget`, as BusyBox has it: its options, its few words, its way of failing. What it asks and gets is `curl`'s.

use std::net::SocketAddr;

use super::{
    Asked, KERNEL_TIMEOUT, MOST_REDIRECTS, absolute, connecting, host_text, response, response_body, seconds, send,
    with_scheme,
};
use crate::net::{Destination, Protocol, Source, Verdict};
use crate::shell::kubectl::Context;
use crate::shell::programs::options::{Item, Opt, Options, switch, value};
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

/// What it sends by itself.
fn own_headers() -> Vec<(&'static str, String)> {
    vec![("User-Agent", "Wget".to_owned()), ("Connection", "close".to_owned())]
}

/// What it takes.
const TABLE: &[Opt] = &[
    switch(&["--quiet", "-q"]),
    switch(&["--spider"]),
    switch(&["--server-response", "-S"]),
    value(&["--header"]),
    value(&["--timeout", "-T"]),
    value(&["--output-document", "-O"]),
    value(&["--post-data"]),
    // Without effect here.
    switch(&["--no-check-certificate"]),
    switch(&["--no-verbose", "-nv"]),
    switch(&["--content-on-error"]),
    switch(&["-c"]),
    switch(&["-Y"]),
    value(&["--tries", "-t"]),
    value(&["-U"]),
    value(&["-P"]),
];

const OPTIONS: Options = Options::clusters(TABLE);

/// What a command line asks for.
struct Wget {
    asked: Asked,
    /// The first one counts.
    urls: Vec<String>,
    /// `-O`; a file named after the path where it is absent.
    output: Option<String>,
    /// In seconds; the kernel's own where it is absent.
    timeout: Option<i64>,
    quiet: bool,
    /// Whether only the existence is asked for.
    spider: bool,
    shows_headers: bool,
}

impl Wget {
    /// Reads the words behind the name.
    ///
    /// # Errors
    /// The failure to print, where an option is unknown.
    fn parse(words: &[String]) -> Result<Self, Output> {
        let mut it = Self {
            asked: Asked {
                own_headers: own_headers(),
                ..Asked::new()
            },
            urls: Vec::new(),
            output: None,
            timeout: None,
            quiet: false,
            spider: false,
            shows_headers: false,
        };
        let unknown = |option: &str| Output::failed(format!("wget: unrecognized option: {option}\n"), 1);
        for item in OPTIONS.read(words) {
            match item {
                Item::Option(name, value) => it.option(name, value),
                // A value that is missing is an empty one.
                Item::Missing(name, _) => it.option(name, ""),
                Item::Unknown(word) => {
                    let name = word.split('=').next().unwrap_or(word);
                    return Err(unknown(name.strip_prefix("--").unwrap_or(name)));
                }
                Item::UnknownLetter(letter) => return Err(unknown(&letter.to_string())),
                Item::Argument(url) => it.urls.push(url.to_owned()),
            }
        }
        it.asked.head = it.spider;
        Ok(it)
    }

    fn option(&mut self, name: &str, value: &str) {
        match name {
            "--quiet" => self.quiet = true,
            "--spider" => self.spider = true,
            "--server-response" => self.shows_headers = true,
            "--header" => self.asked.header(value),
            "--timeout" => self.timeout = seconds(value),
            "--output-document" => self.output = Some(value.to_owned()),
            "--post-data" => self.asked.data(value),
            _ => {}
        }
    }
}

/// `wget [-q] [-O FILE] [-T SECONDS] [--header …] URL`, as BusyBox has it.
pub(in crate::shell::programs) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let wget = Wget::parse(words)?;
    let Some(mut url) = wget.urls.first().map(|it| with_scheme(it)) else {
        return Err(Output::failed(
            "wget: missing URL\nUsage: wget [-cqS] [--spider] [-O FILE] URL\n",
            1,
        ));
    };
    let mut output = Output::default();
    for _ in 0..=MOST_REDIRECTS {
        let Ok(destination) = Destination::parse(&url, Protocol::Tcp) else {
            return Err(fail(output, &format!("bad address '{url}'")));
        };
        let host = host_text(&destination.host);
        let trace = send(context, place, &wget.asked, &destination);
        let remote = connecting(&trace).map(|hop| hop.before.dst);
        if let Some(remote) = remote.filter(|_| !wget.quiet) {
            output.stderr.push_str(&format!("Connecting to {host} ({remote})\n"));
        }
        let status = trace.http.as_ref().map_or(0, |it| it.status);
        let location = trace.http.as_ref().and_then(|it| it.location.clone());
        let body = response_body(context, &trace, &wget.asked, &destination);
        if wget.shows_headers
            && let Some(answer) = response::of(context, &trace, body.len(), false)
        {
            for line in answer.head().lines().filter(|it| !it.is_empty()) {
                output.stderr.push_str(&format!("  {line}\n"));
            }
        }
        let verdict = trace.verdict;
        output.traces.push(trace);
        if verdict == Verdict::Timeout {
            context.advance(Duration::from_secs(wget.timeout.unwrap_or(KERNEL_TIMEOUT)));
        }
        if let Some(reason) = failure(&wget, verdict, &host, remote) {
            return Err(fail(output, &reason));
        }
        if (300..400).contains(&status)
            && let Some(location) = location
        {
            url = absolute(&url, &location);
            continue;
        }
        if status >= 400 {
            let line = crate::net::send::status_line(status);
            return Err(fail(output, &format!("server returned error: HTTP/1.1 {line}")));
        }
        if !wget.spider {
            keep(context, &mut output, &wget, &destination, body);
        } else if !wget.quiet {
            output.stderr.push_str("remote file exists\n");
        }
        return Ok(output);
    }
    Err(fail(output, "too many redirections"))
}

/// What went wrong below HTTP; `None` where nothing did.
fn failure(wget: &Wget, verdict: Verdict, host: &str, remote: Option<SocketAddr>) -> Option<String> {
    let connect_error = |reason: &str| {
        let address = remote.map_or_else(|| host.to_owned(), |it| it.ip().to_string());
        format!("can't connect to remote host ({address}): {reason}")
    };
    Some(match verdict {
        Verdict::Delivered => return None,
        Verdict::Unresolved => format!("bad address '{host}'"),
        Verdict::Timeout if wget.timeout.is_some() => "download timed out".to_owned(),
        Verdict::Timeout => connect_error("Operation timed out"),
        Verdict::Refused => connect_error("Connection refused"),
        Verdict::Unreachable => connect_error("Host is unreachable"),
    })
}

fn fail(mut output: Output, message: &str) -> Output {
    output.stderr.push_str(&format!("wget: {message}\n"));
    output.exit_code = 1;
    output
}

/// The meter when all is there (`libbb/progress.c`).
fn progress(name: &str, size: usize) -> String {
    let name: String = name.chars().take(20).collect();
    format!("{name:<20} 100% |{}| {size:>5}  0:00:00 ETA\n", "*".repeat(32))
}

/// Puts what was fetched where `-O` says, or into a file named after the path.
fn keep(context: &mut Context<'_>, output: &mut Output, wget: &Wget, destination: &Destination, body: String) {
    let named = destination
        .http
        .as_ref()
        .and_then(|it| it.path.split('?').next()?.rsplit('/').next().map(str::to_owned))
        .filter(|it| !it.is_empty())
        .unwrap_or_else(|| "index.html".to_owned());
    match wget.output.as_deref() {
        Some("-") => {
            if !wget.quiet {
                let progress = progress("-", body.len());
                output
                    .stderr
                    .push_str(&format!("writing to stdout\n{progress}written to stdout\n"));
            }
            output.stdout.push_str(&body);
        }
        path => {
            let path = path.unwrap_or(&named).to_owned();
            if !wget.quiet {
                let shown = path.rsplit('/').next().unwrap_or(&path);
                let progress = progress(shown, body.len());
                output
                    .stderr
                    .push_str(&format!("saving to '{path}'\n{progress}'{path}' saved\n"));
            }
            if path != "/dev/null" {
                context.files.insert(path, body);
            }
        }
    }
}
