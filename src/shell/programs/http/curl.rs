//! `curl`: its options, its words, its exit codes.

use super::write_out::Facts;
use super::{
    Asked, KERNEL_TIMEOUT, MOST_REDIRECTS, absolute, connecting, host_text, response, response_body, seconds, send,
    with_scheme,
};
use crate::cluster::certificate;
use crate::cluster::listening::name_of;
use crate::net::http_proxy::ProxyKind;
use crate::net::{Destination, Host, Protocol, Source, Trace, Verdict};
use crate::shell::kubectl::Context;
use crate::shell::programs::options::{Item, Opt, Options, switch, value};
use crate::shell::programs::place::container_at;
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

/// The version where nothing says otherwise, as Debian 13 has it.
const VERSION: &str = "8.14.1";

/// The version at a place: curl's own image says it in its tag.
fn version_at(context: &Context<'_>, place: &Source) -> String {
    let image = container_at(context, place).map(|it| it.image).unwrap_or_default();
    let tag = image.rsplit_once(':').map_or("", |it| it.1);
    let is_own = name_of(&image).0.ends_with("curlimages/curl");
    let is_version = tag.split('.').count() == 3 && tag.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    if is_own && is_version { tag } else { VERSION }.to_owned()
}

/// What it takes.
const TABLE: &[Opt] = &[
    value(&["--request", "-X"]),
    value(&["--header", "-H"]),
    value(&["--output", "-o"]),
    value(&["--write-out", "-w"]),
    value(&["--resolve"]),
    value(&["--max-time", "--connect-timeout", "-m"]),
    value(&["--url"]),
    value(&["--data", "--data-raw", "--json", "--data-binary", "-d"]),
    value(&["--user-agent", "-A"]),
    value(&["--user", "-u"]),
    value(&["--cookie", "-b"]),
    value(&["--referer", "-e"]),
    switch(&["--silent", "-s"]),
    switch(&["--show-error", "-S"]),
    switch(&["--verbose", "-v"]),
    switch(&["--include", "-i"]),
    switch(&["--head", "-I"]),
    switch(&["--insecure", "-k"]),
    switch(&["--location", "-L"]),
    switch(&["--fail", "--fail-with-body", "-f"]),
    // Without effect here.
    value(&["--cacert"]),
    value(&["--retry"]),
    value(&["--max-redirs"]),
    value(&["--interface"]),
    value(&["--noproxy"]),
    value(&["--retry-delay"]),
    switch(&["--ipv4", "-4"]),
    switch(&["--ipv6", "-6"]),
    switch(&["--http1.1"]),
    switch(&["--http2"]),
    switch(&["--no-progress-meter"]),
    switch(&["--compressed"]),
    switch(&["--no-keepalive"]),
    switch(&["-g"]),
    switch(&["-N"]),
    switch(&["-#"]),
];

const OPTIONS: Options = Options::clusters(TABLE);

/// What a command line asks for.
struct Curl {
    version: String,
    asked: Asked,
    urls: Vec<String>,
    /// `--output`; standard output where it is absent.
    output: Option<String>,
    write_out: Option<String>,
    /// In seconds; the kernel's own where it is absent.
    timeout: Option<i64>,
    silent: bool,
    show_error: bool,
    verbose: bool,
    include: bool,
    insecure: bool,
    follow: bool,
    fail: bool,
}

impl Curl {
    /// Reads the words behind the name.
    ///
    /// # Errors
    /// What it says to options that it cannot take.
    fn parse(words: &[String], version: String) -> Result<Self, String> {
        let mut it = Self {
            asked: Asked {
                own_headers: vec![("User-Agent", format!("curl/{version}")), ("Accept", "*/*".to_owned())],
                ..Asked::new()
            },
            version,
            urls: Vec::new(),
            output: None,
            write_out: None,
            timeout: None,
            silent: false,
            show_error: false,
            verbose: false,
            include: false,
            insecure: false,
            follow: false,
            fail: false,
        };
        let unknown = |option: &str| {
            Err(format!(
                "curl: option {option}: is unknown\ncurl: try 'curl --help' for more information"
            ))
        };
        for item in OPTIONS.read(words) {
            match item {
                Item::Option(name, value) => it.option(name, value)?,
                Item::Missing(_, written) => return Err(format!("curl: option {written}: requires parameter")),
                Item::Unknown(word) => return unknown(word),
                Item::UnknownLetter(letter) => return unknown(&format!("-{letter}")),
                Item::Argument(url) => it.urls.push(url.to_owned()),
            }
        }
        Ok(it)
    }

    fn option(&mut self, name: &str, value: &str) -> Result<(), String> {
        let asked = &mut self.asked;
        match name {
            "--request" => asked.method = Some(value.to_owned()),
            "--header" => asked.header(value),
            "--user-agent" => asked.header(&format!("User-Agent: {value}")),
            "--cookie" => asked.header(&format!("Cookie: {value}")),
            "--referer" => asked.header(&format!("Referer: {value}")),
            "--user" => asked.header(&basic_auth(value)),
            "--data" => asked.data(value),
            "--resolve" => asked.resolve.push(resolve_entry(value)?),
            "--head" => asked.head = true,
            "--output" => self.output = Some(value.to_owned()),
            "--write-out" => self.write_out = Some(value.to_owned()),
            "--url" => self.urls.push(value.to_owned()),
            "--max-time" => {
                let wrong = || format!("curl: option --max-time: expected a proper numerical parameter, not {value:?}");
                self.timeout = Some(seconds(value).ok_or_else(wrong)?);
            }
            "--silent" => self.silent = true,
            "--show-error" => self.show_error = true,
            "--verbose" => self.verbose = true,
            "--include" => self.include = true,
            "--insecure" => self.insecure = true,
            "--location" => self.follow = true,
            "--fail" => self.fail = true,
            _ => {}
        }
        Ok(())
    }
}

/// `--resolve HOST:PORT:ADDRESS`.
fn resolve_entry(text: &str) -> Result<(String, u16, std::net::IpAddr), String> {
    let mut parts = text.splitn(3, ':');
    let (host, port, address) = (parts.next(), parts.next(), parts.next());
    let port = port.and_then(|it| it.parse().ok());
    let address = address.and_then(|it| it.trim_matches(['[', ']']).parse().ok());
    match (host, port, address) {
        (Some(host), Some(port), Some(address)) => Ok((host.to_owned(), port, address)),
        _ => Err(format!("curl: (49) Couldn't parse CURLOPT_RESOLVE entry '{text}'")),
    }
}

fn basic_auth(text: &str) -> String {
    format!("Authorization: Basic {}", data_encoding::BASE64.encode(text.as_bytes()))
}

pub(in crate::shell::programs) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let curl = Curl::parse(words, version_at(context, place)).map_err(|error| Output::failed(error + "\n", 2))?;
    if curl.urls.is_empty() {
        return Err(Output::failed(
            "curl: (2) no URL specified\ncurl: try 'curl --help' for more information\n",
            2,
        ));
    }
    let mut output = Output::default();
    for url in &curl.urls {
        let fetched = fetch(context, place, &curl, url);
        // The exit code is that of the last URL.
        output.exit_code = 0;
        output.append(fetched);
    }
    Ok(output)
}

fn fetch(context: &mut Context<'_>, place: &Source, curl: &Curl, url: &str) -> Output {
    let mut output = Output::default();
    let mut url = with_scheme(url);
    let mut body = String::new();
    let mut facts = Facts::default();
    for n_redirects in 0..=MOST_REDIRECTS {
        let destination = match Destination::parse(&url, Protocol::Tcp) {
            Ok(destination) => destination,
            Err(_) => {
                return complain(
                    output,
                    curl,
                    3,
                    "URL rejected: Malformed input to a URL function",
                    &facts,
                );
            }
        };
        let trace = send(context, place, &curl.asked, &destination);
        facts.read(&trace, &destination, &url, n_redirects);
        output.stderr.push_str(&talk(context, curl, &destination, &trace));
        let failure = failure(curl, &destination, &trace);
        let location = trace.http.as_ref().and_then(|it| it.location.clone());
        let status = trace.http.as_ref().map_or(0, |it| it.status);
        if failure.is_none() {
            let content = response_body(context, &trace, &curl.asked, &destination);
            if curl.include || curl.asked.head {
                body.push_str(&head(context, &trace, content.len(), &destination));
            }
            // The body of an answer that leads on is not shown.
            let leads_on = curl.follow && location.is_some() && (300..400).contains(&status);
            if !curl.asked.head && curl.asked.method() != "HEAD" && !leads_on {
                body.push_str(&content);
            }
        }
        let timed_out = trace.verdict == Verdict::Timeout;
        output.traces.push(trace);
        if let Some((code, message)) = failure {
            if timed_out {
                context.advance(Duration::from_secs(curl.timeout.unwrap_or(KERNEL_TIMEOUT)));
            }
            return complain(output, curl, code, &message, &facts);
        }
        match location {
            Some(location) if curl.follow && (300..400).contains(&status) => {
                if n_redirects == MOST_REDIRECTS {
                    let message = format!("Maximum ({MOST_REDIRECTS}) redirects followed");
                    return complain(output, curl, 47, &message, &facts);
                }
                url = absolute(&url, &location);
            }
            _ => break,
        }
    }
    if curl.fail && facts.status >= 400 {
        let message = format!("The requested URL returned error: {}", facts.status);
        return complain(output, curl, 22, &message, &facts);
    }
    facts.size = body.len();
    match curl.output.as_deref() {
        None | Some("-") => output.stdout.push_str(&body),
        Some("/dev/null") => {}
        Some(path) => {
            context.files.insert(path.to_owned(), body);
        }
    }
    if let Some(format) = &curl.write_out {
        output.stdout.push_str(&facts.render(format, 0, ""));
    }
    output
}

/// Exit code and message of what went wrong below HTTP.
fn failure(curl: &Curl, destination: &Destination, trace: &Trace) -> Option<(i32, String)> {
    let host = host_text(&destination.host);
    let port = destination.port;
    match trace.verdict {
        Verdict::Delivered => {
            let is_tls = destination.http.as_ref().is_some_and(|it| it.https);
            if is_tls && !curl.insecure && trace.http.is_some() {
                return Some((
                    60,
                    "SSL certificate problem: self-signed certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the webpage mentioned above."
                        .to_owned(),
                ));
            }
            trace.http.is_none().then(|| (52, "Empty reply from server".to_owned()))
        }
        Verdict::Unresolved => Some((6, format!("Could not resolve host: {host}"))),
        Verdict::Refused | Verdict::Unreachable => Some((
            7,
            format!("Failed to connect to {host} port {port} after 0 ms: Could not connect to server"),
        )),
        Verdict::Timeout => Some((
            28,
            match curl.timeout {
                Some(seconds) => format!("Connection timed out after {} milliseconds", seconds * 1000),
                None => format!(
                    "Failed to connect to {host} port {port} after {} ms: Could not connect to server",
                    KERNEL_TIMEOUT * 1000
                ),
            },
        )),
    }
}

fn complain(mut output: Output, curl: &Curl, code: i32, message: &str, facts: &Facts) -> Output {
    if !curl.silent || curl.show_error {
        output.stderr.push_str(&format!("curl: ({code}) {message}\n"));
    }
    if let Some(format) = &curl.write_out {
        let first = message.lines().next().unwrap_or_default();
        output.stdout.push_str(&facts.render(format, code, first));
    }
    output.exit_code = code;
    output
}

/// Status line and headers of the answer, if there is one.
fn head(context: &Context<'_>, trace: &Trace, size: usize, destination: &Destination) -> String {
    let is_https = destination.http.as_ref().is_some_and(|it| it.https);
    response::of(context, trace, size, is_https).map_or_else(String::new, |it| it.head())
}

/// What `-v` tells.
fn talk(context: &Context<'_>, curl: &Curl, destination: &Destination, trace: &Trace) -> String {
    if !curl.verbose {
        return String::new();
    }
    let host = host_text(&destination.host);
    let is_https = destination.http.as_ref().is_some_and(|it| it.https);
    let hop = connecting(trace);
    let remote = hop.map(|hop| hop.before.dst);
    let mut out = String::new();
    if trace.verdict == Verdict::Unresolved {
        return format!("* Could not resolve host: {host}\n* shutting down connection #0\n");
    }
    let Some(remote) = remote else { return out };
    if matches!(destination.host, Host::Name(_)) {
        let (v6, v4) = if remote.is_ipv6() {
            (remote.ip().to_string(), "(none)".to_owned())
        } else {
            ("(none)".to_owned(), remote.ip().to_string())
        };
        let port = remote.port();
        out.push_str(&format!(
            "* Host {host}:{port} was resolved.\n* IPv6: {v6}\n* IPv4: {v4}\n"
        ));
    }
    out.push_str(&format!("*   Trying {remote}...\n"));
    let failed = match trace.verdict {
        Verdict::Delivered => None,
        Verdict::Refused => Some("Connection refused"),
        Verdict::Unreachable => Some("No route to host"),
        Verdict::Unresolved | Verdict::Timeout => return out,
    };
    if let Some(reason) = failed {
        let from = hop.map_or(remote, |it| it.before.src);
        out.push_str(&format!(
            "* connect to {} port {} from {} port {} failed: {reason}\n* Failed to connect to {host} port {} after 0 ms: Could not connect to server\n* closing connection #0\n",
            remote.ip(),
            remote.port(),
            from.ip(),
            from.port(),
            remote.port()
        ));
        return out;
    }
    let answer = response::of(
        context,
        trace,
        response_body(context, trace, &curl.asked, destination).len(),
        is_https,
    );
    let is_http2 = answer.as_ref().is_some_and(|it| it.is_http2);
    if is_https {
        out.push_str("* ALPN: curl offers h2,http/1.1\n* TLSv1.3 (OUT), TLS handshake, Client hello (1):\n* TLSv1.3 (IN), TLS handshake, Server hello (2):\n* TLSv1.3 (IN), TLS handshake, Encrypted Extensions (8):\n* TLSv1.3 (IN), TLS handshake, Certificate (11):\n* TLSv1.3 (IN), TLS handshake, CERT verify (15):\n* TLSv1.3 (IN), TLS handshake, Finished (20):\n* TLSv1.3 (OUT), TLS change cipher, Change cipher spec (1):\n* TLSv1.3 (OUT), TLS handshake, Finished (20):\n");
    }
    if let Some(http) = &trace.http
        && let Some(secret) = &http.tls_secret
    {
        out.push_str(&tls_lines(
            context,
            secret,
            http.proxy.unwrap_or(ProxyKind::Nginx),
            is_http2,
        ));
    } else if is_https {
        let accepted = if is_http2 { "h2" } else { "http/1.1" };
        out.push_str(&format!(
            "* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384\n* ALPN: server accepted {accepted}\n"
        ));
    }
    out.push_str(&format!(
        "* Connected to {host} ({}) port {}\n",
        remote.ip(),
        remote.port()
    ));
    let path = destination.http.as_ref().map_or("/", |it| it.path.as_str());
    let given = curl
        .asked
        .headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("host"));
    let default_port = if is_https { 443 } else { 80 };
    let authority = match given {
        Some((_, value)) => value.clone(),
        None if remote.port() == default_port => host.clone(),
        None => format!("{host}:{}", destination.port),
    };
    let mut headers = vec![("Host".to_owned(), authority.clone())];
    let is_given = |name: &str| curl.asked.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    for (name, value) in &curl.asked.own_headers {
        if !is_given(name) {
            headers.push(((*name).to_owned(), value.clone()));
        }
    }
    let others = curl
        .asked
        .headers
        .iter()
        .filter(|(key, _)| !key.eq_ignore_ascii_case("host"));
    headers.extend(others.cloned());
    let method = curl.asked.method();
    if is_http2 {
        out.push_str(&format!(
            "* using HTTP/2\n* [HTTP/2] [1] OPENED stream for https://{host}{path}\n* [HTTP/2] [1] [:method: {method}]\n* [HTTP/2] [1] [:scheme: https]\n* [HTTP/2] [1] [:authority: {authority}]\n* [HTTP/2] [1] [:path: {path}]\n"
        ));
        for (name, value) in &headers[1..] {
            out.push_str(&format!("* [HTTP/2] [1] [{}: {value}]\n", name.to_lowercase()));
        }
    } else if !curl.version.starts_with("7.") && !["8.9", "8.10", "8.11"].iter().any(|it| curl.version.starts_with(it))
    {
        out.push_str("* using HTTP/1.x\n");
    }
    out.push_str(&format!(
        "> {method} {path} HTTP/{}\n",
        if is_http2 { "2" } else { "1.1" }
    ));
    for (name, value) in &headers {
        out.push_str(&format!("> {name}: {value}\n"));
    }
    out.push_str("> \n* Request completely sent off\n");
    for line in answer.map_or_else(String::new, |it| it.head()).lines() {
        out.push_str(&format!("< {line}\n"));
    }
    out.push_str(&format!("* Connection #0 to host {host} left intact\n"));
    out
}

/// What `-v` tells of the certificate in a Secret, or of the proxy's own.
fn tls_lines(context: &Context<'_>, secret: &str, proxy: ProxyKind, is_http2: bool) -> String {
    let own = proxy.default_certificate();
    let subject = match secret.split_once('/') {
        None => own.to_owned(),
        Some((namespace, name)) => {
            let snapshot = context.world.snapshot();
            let names = certificate::of_secret(&snapshot, namespace, name).unwrap_or_default();
            let first = names.common.or_else(|| names.dns.first().cloned());
            format!("CN={}", first.unwrap_or_default())
        }
    };
    let issuer = if secret.contains('/') {
        String::new()
    } else {
        format!(
            "*  issuer: {own}\n*  SSL certificate verify result: self-signed certificate (18), continuing anyway.\n"
        )
    };
    let accepted = if is_http2 { "h2" } else { "http/1.1" };
    format!(
        "* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / X25519MLKEM768 / RSASSA-PSS\n* ALPN: server accepted {accepted}\n* Server certificate:\n*  subject: {subject}\n{issuer}"
    )
}
