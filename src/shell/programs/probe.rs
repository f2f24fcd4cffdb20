//! `ping` and `nc`: is anybody there?

use crate::net::{Destination, Host, Protocol, Request, Source, Verdict};
use crate::shell::Output;
use crate::shell::kubectl::Context;
use crate::sim::Duration;

/// Echoes that one command may send.
const MOST_ECHOES: i64 = 100;

fn host_of(text: &str) -> Host {
    text.parse().map_or_else(|_| Host::Name(text.to_owned()), Host::Address)
}

/// `ping [-c COUNT] HOST`; four echoes where no count is given, for a terminal that cannot be interrupted.
pub(super) fn ping(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let mut count = 4;
    let mut target: Option<&String> = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-c" => count = rest.next().and_then(|it| it.parse().ok()).unwrap_or(4),
            "-W" | "-w" | "-i" | "-s" | "-I" => {
                rest.next();
            }
            _ if word.starts_with("-c") => count = word[2..].parse().unwrap_or(4),
            _ if word.starts_with('-') => {}
            _ => target = Some(word),
        }
    }
    let Some(target) = target else {
        return Output::failed("ping: usage error: Destination address required\n", 1);
    };
    let count: i64 = count.clamp(1, MOST_ECHOES);
    let mut output = Output::default();
    let mut received = 0;
    let mut address = target.clone();
    for sequence in 1..=count {
        let trace = context.world.send(&Request {
            from: place.clone(),
            host: host_of(target),
            port: 0,
            protocol: Protocol::Icmp,
            http: None,
            via_node: None,
        });
        let verdict = trace.verdict;
        if let Some(hop) = trace.hops.iter().find(|hop| hop.leg == 0) {
            address = hop.before.dst.ip().to_string();
        }
        output.traces.push(trace);
        if verdict == Verdict::Unresolved {
            return Output {
                stderr: format!("ping: {target}: Name or service not known\n"),
                exit_code: 2,
                ..output
            };
        }
        if sequence == 1 {
            output
                .stdout
                .push_str(&format!("PING {target} ({address}) 56(84) bytes of data.\n"));
        }
        match verdict {
            Verdict::Delivered => {
                received += 1;
                output.stdout.push_str(&format!(
                    "64 bytes from {address}: icmp_seq={sequence} ttl=63 time=0.100 ms\n"
                ));
            }
            Verdict::Refused | Verdict::Unreachable => output.stdout.push_str(&format!(
                "From {address} icmp_seq={sequence} Destination Host Unreachable\n"
            )),
            _ => {}
        }
        context.advance(Duration::from_secs(1));
    }
    let loss = (count - received) * 100 / count;
    output.stdout.push_str(&format!(
        "\n--- {target} ping statistics ---\n{count} packets transmitted, {received} received, {loss}% packet loss, time {}ms\n",
        (count - 1) * 1000
    ));
    if received > 0 {
        output
            .stdout
            .push_str("rtt min/avg/max/mdev = 0.100/0.100/0.100/0.000 ms\n");
    }
    output.exit_code = i32::from(received == 0);
    output
}

/// `nc [-z] [-v] [-u] [-w SECONDS] HOST PORT`.
pub(super) fn nc(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let mut flags = String::new();
    let mut timeout: Option<i64> = None;
    let mut rest: Vec<&String> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix('-') {
            Some(letters) if !letters.is_empty() => {
                flags.push_str(letters);
                if letters.ends_with('w') {
                    timeout = words.next().and_then(|it| it.parse().ok());
                }
            }
            _ => rest.push(word),
        }
    }
    let [host, port] = rest.as_slice() else {
        return Output::failed("usage: nc [-uvz] [-w timeout] host port\n", 1);
    };
    let protocol = if flags.contains('u') {
        Protocol::Udp
    } else {
        Protocol::Tcp
    };
    let text = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let destination = match Destination::parse(&text, protocol) {
        Ok(destination) => destination,
        Err(error) => return Output::failed(format!("nc: {error}\n"), 1),
    };
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
        .map_or_else(|| (*host).clone(), |hop| hop.before.dst.ip().to_string());
    let mut output = Output {
        traces: vec![trace],
        ..Output::default()
    };
    let reason = match verdict {
        Verdict::Delivered => {
            if flags.contains('v') {
                output.stderr = format!("Connection to {host} ({address}) {port} port [{kind}/*] succeeded!\n");
            }
            return output;
        }
        Verdict::Unresolved => {
            output.stderr = format!("nc: getaddrinfo for host \"{host}\" port {port}: Name or service not known\n");
            output.exit_code = 1;
            return output;
        }
        Verdict::Refused => "Connection refused",
        Verdict::Unreachable => "No route to host",
        Verdict::Timeout => {
            context.advance(Duration::from_secs(timeout.unwrap_or(134).clamp(0, 3600)));
            "Connection timed out"
        }
    };
    output.stderr = format!("nc: connect to {host} ({address}) port {port} ({kind}) failed: {reason}\n");
    output.exit_code = 1;
    output
}
