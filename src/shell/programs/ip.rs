//! `ip`, as far as it takes a node's link up and down, and shows the device that kube-proxy makes in IPVS mode.

use super::machine::set_network;
use crate::api::IpFamily;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `ip link set DEV up|down` on a node: its one way to all others and to the router.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let Source::Node(node) = place else {
        return Err(Output::failed(
            "Kubehop: of ip only link set DEV up|down on a node is simulated\n",
            1,
        ));
    };
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|it| *it != "dev").collect();
    if let Some(families) = addresses_of(&words) {
        return show_addresses(context, node, families);
    }
    let state = match words.as_slice() {
        ["link" | "l", "set", "lo", ..] => return Err(Output::failed("Kubehop: the loopback device stays up\n", 1)),
        ["link" | "l", "set", _, state @ ("up" | "down")] => *state,
        _ => {
            return Err(Output::failed(
                "Kubehop: of ip only link set DEV up|down is simulated\n",
                1,
            ));
        }
    };
    let mut output = set_network(context, node, state == "up");
    if state == "down" {
        output.stderr.push_str(&format!(
            "Kubehop: this cuts the session too; from outside the link comes back by: virsh domif-setlink {node} eth0 up\n"
        ));
    }
    Ok(output)
}

/// The device on which IPVS mode puts the addresses of Services.
const DEVICE: &str = "kube-ipvs0";

/// Whether the addresses on [`DEVICE`] are asked for, and of which families.
fn addresses_of(words: &[&str]) -> Option<&'static [IpFamily]> {
    let (families, rest): (&[IpFamily], &[&str]) = match words {
        ["-4", rest @ ..] => (&[IpFamily::V4], rest),
        ["-6", rest @ ..] => (&[IpFamily::V6], rest),
        rest => (&IpFamily::ALL, rest),
    };
    match rest {
        ["a" | "addr" | "address", "show" | "list", device] | ["a" | "addr" | "address", device]
            if *device == DEVICE =>
        {
            Some(families)
        }
        _ => None,
    }
}

/// `ip addr show kube-ipvs0` (`linux drivers/net/dummy.c`: without ARP, and never up).
fn show_addresses(context: &mut Context<'_>, node: &str, families: &[IpFamily]) -> CommandResult {
    let mut lines = Vec::new();
    for family in families {
        let Some(addresses) = context.proxy_addresses(node, *family) else {
            return Err(Output::failed(format!("Device \"{DEVICE}\" does not exist.\n"), 1));
        };
        let (keyword, length) = match family {
            IpFamily::V4 => ("inet", 32),
            IpFamily::V6 => ("inet6", 128),
        };
        for ip in addresses {
            lines.push(format!("    {keyword} {ip}/{length} scope global {DEVICE}\n"));
            lines.push("       valid_lft forever preferred_lft forever\n".to_owned());
        }
    }
    // A real device's address is chance; this one goes with the node.
    let seed = node
        .bytes()
        .fold(7_u32, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let [a, b, c, d] = seed.to_be_bytes();
    Ok(Output::ok(format!(
        "4: {DEVICE}: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default \n    \
         link/ether 5e:00:{a:02x}:{b:02x}:{c:02x}:{d:02x} brd ff:ff:ff:ff:ff:ff\n{}",
        lines.concat()
    )))
}
