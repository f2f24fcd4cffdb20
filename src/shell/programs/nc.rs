//! `nc`, as far as it asks whether a port is open.

use super::options::{Item, Options, next_word, switch};
use super::toolbox::is_busybox;
use crate::api::ip_family::host_port;
use crate::net::{Destination, Protocol, Request, Source, Verdict};
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

const OPTIONS: Options = Options::clusters(&[
    switch(&["-z"]),
    switch(&["-v", "--verbose"]),
    switch(&["-u", "--udp"]),
    switch(&["-l"]),
    next_word(&["-w"]),
    next_word(&["-p"]),
    // Without effect here.
    switch(&["-n"]),
    switch(&["-4"]),
    switch(&["-6"]),
    switch(&["-k"]),
    switch(&["-N"]),
    next_word(&["-q"]),
    next_word(&["-s"]),
    next_word(&["-e"]),
]);

/// `nc [-z] [-v] [-u] [-w SECONDS] HOST PORT`.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let mut protocol = Protocol::Tcp;
    let mut verbose = false;
    let mut timeout: Option<i64> = None;
    let mut listens = false;
    let mut rest: Vec<&str> = Vec::new();
    for item in OPTIONS.read(words) {
        match item {
            Item::Option("-u", _) => protocol = Protocol::Udp,
            Item::Option("-v", _) => verbose = true,
            Item::Option("-w", value) => timeout = value.parse().ok(),
            Item::Option("-l", _) => listens = true,
            Item::Option("-p", value) if value.parse::<u16>().is_err() => {
                return Err(Output::failed(format!("nc: port number invalid: {value}\n"), 1));
            }
            Item::Missing("-w", _) => timeout = None,
            Item::Argument(word) => rest.push(word),
            _ => {}
        }
    }
    if listens {
        return Err(Output::failed(
            "Kubehop: programs are not run, so nothing can be made to listen; an image that serves can (see traefik/whoami)\n",
            1,
        ));
    }
    let busybox = is_busybox(context, place, "nc");
    let [host, port] = rest.as_slice() else {
        return Err(Output::failed("usage: nc [-uvz] [-w timeout] host port\n", 1));
    };
    let destination = Destination::parse(&host_port(host, port), protocol)
        .map_err(|error| Output::failed(format!("nc: {error}\n"), 1))?;
    let trace = context.world.send(&Request {
        from: place.clone(),
        host: destination.host,
        port: destination.port,
        protocol,
        http: None,
        via_node: None,
    });
    let verdict = trace.verdict;
    let kind = protocol.lower();
    let address = trace
        .hops
        .iter()
        .find(|hop| hop.leg == 0)
        .map_or_else(|| (*host).to_owned(), |hop| hop.before.dst.ip().to_string());
    let mut output = Output {
        traces: vec![trace],
        ..Output::default()
    };
    let reason = match verdict {
        Verdict::Delivered => {
            if verbose && busybox {
                output.stderr = format!("{host} ({}) open\n", host_port(&address, port));
            } else if verbose {
                output.stderr = format!("Connection to {host} ({address}) {port} port [{kind}/*] succeeded!\n");
            }
            return Ok(output);
        }
        Verdict::Unresolved if busybox => {
            output.stderr = format!("nc: bad address '{host}'\n");
            output.exit_code = 1;
            return Ok(output);
        }
        Verdict::Unresolved => {
            output.stderr = format!("nc: getaddrinfo for host \"{host}\" port {port}: Name or service not known\n");
            output.exit_code = 1;
            return Ok(output);
        }
        Verdict::Refused => "Connection refused",
        Verdict::Unreachable if busybox => "Host is unreachable",
        Verdict::Unreachable => "No route to host",
        Verdict::Timeout if busybox && timeout.is_some() => {
            context.advance(Duration::from_secs(timeout.unwrap_or(0).clamp(0, 3600)));
            output.stderr = "nc: timed out\n".to_owned();
            output.exit_code = 1;
            return Ok(output);
        }
        Verdict::Timeout => {
            context.advance(Duration::from_secs(timeout.unwrap_or(134).clamp(0, 3600)));
            if busybox {
                "Operation timed out"
            } else {
                "Connection timed out"
            }
        }
    };
    if busybox {
        output.stderr = format!("nc: {host} ({}): {reason}\n", host_port(&address, port));
        output.exit_code = 1;
        return Ok(output);
    }
    output.stderr = format!("nc: connect to {host} ({address}) port {port} ({kind}) failed: {reason}\n");
    output.exit_code = 1;
    Ok(output)
}
