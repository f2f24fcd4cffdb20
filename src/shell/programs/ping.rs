//! `ping`.

use super::options::{Item, Options, next_word, value};
use super::toolbox::is_busybox;
use crate::net::trace::Place;
use crate::net::{Host, Protocol, Request, Source, Stage, Trace, Verdict};
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

/// Echoes that one command may send.
const MOST_ECHOES: i64 = 100;

/// Echoes that are sent where no count is given, or none that can be read.
const DEFAULT_ECHOES: i64 = 4;

const OPTIONS: Options = Options::words(&[
    value(&["-c"]),
    // Without effect here.
    next_word(&["-W"]),
    next_word(&["-w"]),
    next_word(&["-i"]),
    next_word(&["-s"]),
    next_word(&["-I"]),
]);

fn host_of(text: &str) -> Host {
    text.parse().map_or_else(|_| Host::Name(text.to_owned()), Host::Address)
}

/// `ping [-c COUNT] HOST`; four echoes where no count is given, for a terminal that cannot be interrupted.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let mut count = DEFAULT_ECHOES;
    let mut target: Option<&str> = None;
    for item in OPTIONS.read(words) {
        match item {
            Item::Option("-c", value) => count = value.parse().unwrap_or(DEFAULT_ECHOES),
            Item::Missing("-c", _) => count = DEFAULT_ECHOES,
            Item::Argument(word) if word != "-" => target = Some(word),
            _ => {}
        }
    }
    let Some(target) = target else {
        return Err(Output::failed("ping: usage error: Destination address required\n", 1));
    };
    let asked = count;
    let count: i64 = count.clamp(1, MOST_ECHOES);
    let busybox = is_busybox(context, place, "ping");
    let mut output = Output::default();
    let mut received = 0;
    let mut address = target.to_owned();
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
        let ttl = time_to_live(place, &trace);
        if let Some(hop) = trace.hops.iter().find(|hop| hop.leg == 0) {
            address = hop.before.dst.ip().to_string();
        }
        output.traces.push(trace);
        if verdict == Verdict::Unresolved {
            let (stderr, exit_code) = if busybox {
                (format!("ping: bad address '{target}'\n"), 1)
            } else {
                (format!("ping: {target}: Name or service not known\n"), 2)
            };
            return Err(Output {
                stderr,
                exit_code,
                ..output
            });
        }
        if sequence == 1 {
            let size = if busybox {
                ": 56 data bytes"
            } else {
                " 56(84) bytes of data."
            };
            output.stdout.push_str(&format!("PING {target} ({address}){size}\n"));
        }
        match verdict {
            Verdict::Delivered => {
                received += 1;
                // BusyBox counts from 0.
                let sequence = if busybox {
                    format!("seq={}", sequence - 1)
                } else {
                    format!("icmp_seq={sequence}")
                };
                output.stdout.push_str(&format!(
                    "64 bytes from {address}: {sequence} ttl={ttl} time=0.100 ms\n"
                ));
            }
            Verdict::Refused | Verdict::Unreachable if busybox => {}
            Verdict::Refused | Verdict::Unreachable => output.stdout.push_str(&format!(
                "From {address} icmp_seq={sequence} Destination Host Unreachable\n"
            )),
            _ => {}
        }
        context.advance(Duration::from_secs(1));
    }
    let loss = (count - received) * 100 / count;
    output.exit_code = i32::from(received == 0);
    if asked > MOST_ECHOES {
        output.stderr.push_str(&format!(
            "ping: stopped after {MOST_ECHOES} echoes, as Ctrl-C would stop it\n"
        ));
        output.exit_code = 130;
    }
    if busybox {
        output.stdout.push_str(&format!(
            "\n--- {target} ping statistics ---\n{count} packets transmitted, {received} packets received, {loss}% packet loss\n"
        ));
        if received > 0 {
            output
                .stdout
                .push_str("round-trip min/avg/max = 0.100/0.100/0.100 ms\n");
        }
        return Ok(output);
    }
    output.stdout.push_str(&format!(
        "\n--- {target} ping statistics ---\n{count} packets transmitted, {received} received, {loss}% packet loss, time {}ms\n",
        (count - 1) * 1000
    ));
    if received > 0 {
        output
            .stdout
            .push_str("rtt min/avg/max/mdev = 0.100/0.100/0.100/0.000 ms\n");
    }
    Ok(output)
}

/// How many routers the answer may still pass: every node and router on its way took one, but for where it is made and
/// where it is read. Pods of one node are neighbors on a bridge.
fn time_to_live(place: &Source, trace: &Trace) -> u8 {
    const FIRST: u8 = 64;
    let mut routers: Vec<&Place> = Vec::new();
    for hop in trace.hops.iter().filter(|hop| hop.leg == 0) {
        if matches!(hop.at, Place::Node(_) | Place::Router) && !routers.contains(&&hop.at) {
            routers.push(&hop.at);
        }
    }
    let arrived = trace
        .hops
        .iter()
        .filter(|hop| hop.leg == 0 && hop.stage == Stage::Receive);
    let to = arrived.map(|hop| &hop.at).find(|at| !matches!(at, Place::Router));
    routers
        .retain(|at| Some(*at) != to && !matches!((at, place), (Place::Node(name), Source::Node(own)) if name == own));
    let between_pods = matches!((place, to), (Source::Pod { .. }, Some(Place::Pod(_))));
    let n = if between_pods && routers.len() == 1 {
        0
    } else {
        routers.len()
    };
    FIRST.saturating_sub(u8::try_from(n).unwrap_or(FIRST))
}
