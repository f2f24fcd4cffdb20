//! kube-proxy's IPVS mode: virtual servers, sets and rules as a real one made them, and how packets go.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use kubehop::api::Release;
use kubehop::net::{Stage, Verdict, Why};
use kubehop::shell::Shell;
use kubehop::world::World;
use serde_json::Value;

use super::nftables::{WEB, cited, configuration, in_mode, run, send, stored};
use super::support::{list, text};

const HEAD: &str = "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n";

/// `ipset list` by name: references and members.
fn sets(printed: &str) -> BTreeMap<String, (u64, BTreeSet<String>)> {
    let of = |block: &str| {
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} in {block}")).to_owned()
        };
        let (_, members) = block.split_once("Members:").expect("members");
        let members: BTreeSet<String> = members.split_whitespace().map(str::to_owned).collect();
        assert_eq!(field("Number of entries: "), members.len().to_string(), "{block}");
        (
            field("Name: "),
            (field("References: ").parse().expect("a number"), members),
        )
    };
    printed.trim_end().split("\n\n").map(of).collect()
}

#[test]
fn nodes_have_what_a_real_kube_proxy_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/ipvs/nodes.yaml");
    let file: Value = serde_yaml::from_str(&fs::read_to_string(path).expect("readable")).expect("cases");
    let common = text(&file, "common");
    let mut count = 0;
    for case in file["cases"].as_array().expect("cases") {
        let (name, node) = (text(case, "name"), text(case, "node"));
        let proxy = configuration("ipvs", &case["config"], false);
        let mut world = stored(&text(case, "release"), &[&proxy, &common, &text(case, "objects")]);
        let mut on_node = |command: &str| run(&mut world, &format!("ssh {node} {command}"));
        let servers: String = list(&case["servers"])
            .iter()
            .map(|line| match line.starts_with("  ->") {
                true => format!("{line}         \n"),
                false => format!("{line}\n"),
            })
            .collect();
        assert_eq!(on_node("ipvsadm -Ln"), format!("{HEAD}{servers}"), "{name}");
        let device = on_node("ip addr show kube-ipvs0");
        let addresses: Vec<&str> = device
            .lines()
            .filter_map(|line| line.trim().strip_prefix("inet ")?.split('/').next())
            .collect();
        assert_eq!(addresses, list(&case["addresses"]), "{name}");
        let expected: BTreeMap<String, (u64, BTreeSet<String>)> = file["references"]
            .as_object()
            .expect("references")
            .iter()
            .map(|(set, usual)| {
                let references = case["references"].get(set).unwrap_or(usual);
                let members = list(&case["sets"][set]).into_iter().collect();
                (set.clone(), (references.as_u64().expect("a number"), members))
            })
            .collect();
        let mut made = sets(&on_node("ipset list"));
        made.retain(|set, _| !set.starts_with("KUBE-6-"));
        assert_eq!(made, expected, "{name}");
        for table in ["nat", "filter"] {
            let mut expected = list(&file[table]);
            for own in case[table].as_array().into_iter().flatten() {
                let after = text(own, "after");
                let at = expected.iter().position(|it| *it == after).expect("the line before");
                expected.insert(at + 1, text(own, "rule"));
            }
            let printed = on_node(&format!("iptables-save -t {table}"));
            let made: Vec<&str> = printed.lines().filter(|line| line.contains("KUBE-")).collect();
            assert_eq!(made, expected, "{name} {table}");
        }
        count += 1;
    }
    assert!(count >= 23, "{count} cases");
}

fn backends(world: &mut World, from: &str, to: &str, times: usize) -> Vec<String> {
    (0..times)
        .map(|_| {
            let trace = send(world, from, to);
            assert_eq!(trace.verdict, Verdict::Delivered, "{from} {to}: {:?}", trace.reason);
            trace.backend.expect("an answer").address.to_string()
        })
        .collect()
}

#[test]
fn a_virtual_server_takes_its_endpoints_in_turn() {
    let mut world = in_mode("ipvs", Release::V1_36, WEB);
    let seen = backends(&mut world, "node/node-3", "10.96.5.5:80", 4);
    assert_eq!(seen[0], seen[2]);
    assert_eq!(seen[1], seen[3]);
    assert_ne!(seen[0], seen[1]);
    let trace = send(&mut world, "node/node-3", "10.96.5.5:80");
    assert_eq!(cited(&trace, Stage::Dnat)[0].0, "TCP  10.96.5.5:80 rr");
    let rules = cited(&trace, Stage::Snat);
    assert!(rules.iter().any(|(chain, _)| chain == "KUBE-POSTROUTING"), "{rules:?}");
    // Two pods, of which one is met by itself.
    let trace = (0..2)
        .map(|_| send(&mut world, "pod/a", "10.96.5.5:80"))
        .find(|it| {
            it.backend
                .as_ref()
                .is_some_and(|it| it.pod.as_ref().is_some_and(|it| it.name == "a"))
        })
        .expect("its own turn comes");
    assert!(trace.proxy.expect("a decision").masquerade);
}

#[test]
fn connections_are_counted_and_leave_their_servers_slowly() {
    let mut world = in_mode("ipvs", Release::V1_36, WEB);
    let printed = |world: &mut World| run(world, "ssh node-3 ipvsadm -Ln");
    backends(&mut world, "node/node-3", "10.96.5.5:80", 2);
    let list = printed(&mut world);
    let of_web: Vec<&str> = list
        .lines()
        .skip_while(|it| !it.starts_with("TCP  10.96.5.5:80 rr"))
        .skip(1)
        .take(2)
        .collect();
    assert!(
        of_web
            .iter()
            .all(|it| it.ends_with("Masq    1      0          1         ")),
        "{list}"
    );
    let entries = run(&mut world, "ssh node-3 ipvsadm -Lnc");
    assert_eq!(entries.matches("TIME_WAIT   ").count(), 2, "{entries}");
    run(&mut world, "kubectl delete pod a");
    world.advance(kubehop::sim::Duration::from_secs(40));
    let list = printed(&mut world);
    assert!(list.contains("Masq    0      0          1         \n"), "{list}");
    world.advance(kubehop::sim::Duration::from_secs(120));
    assert!(!printed(&mut world).contains("Masq    0"), "{list}");
}

#[test]
fn every_node_has_the_addresses_of_services() {
    let mut world = in_mode("ipvs", Release::V1_36, WEB);
    let pong = send(&mut world, "pod/a", "ping 10.96.5.5");
    assert_eq!(pong.verdict, Verdict::Delivered);
    assert_eq!(pong.backend.expect("an answer").node.as_deref(), Some("node-1"));
    let trace = send(&mut world, "pod/a", "10.96.5.5:81");
    assert_eq!(trace.verdict, Verdict::Refused);
    let rules = cited(&trace, Stage::Filter);
    assert_eq!(rules.last().expect("a rule").0, "KUBE-IPVS-FILTER");
    assert_eq!(
        send(&mut world, "node/node-1", "10.96.5.5:81").verdict,
        Verdict::Refused
    );
    // In iptables mode nobody has the address.
    let mut world = in_mode("iptables", Release::V1_36, WEB);
    assert_eq!(send(&mut world, "pod/a", "10.96.5.5:81").verdict, Verdict::Timeout);
    let output = Shell::default().run(&mut world, "ssh node-1 ip addr show kube-ipvs0");
    assert_eq!(output.stderr, "Device \"kube-ipvs0\" does not exist.\n");
}

#[test]
fn node_ports_hold_on_every_address_but_loopback() {
    let mut world = in_mode("ipvs", Release::V1_36, WEB);
    let primary = run(
        &mut world,
        "kubectl get node node-1 -o jsonpath='{.status.addresses[0].address}'",
    );
    backends(&mut world, "client", &format!("{primary}:30080"), 2);
    backends(&mut world, "pod/a", "10.244.1.1:30080", 2);
    let trace = send(&mut world, "node/node-1", "127.0.0.1:30080");
    assert_eq!(trace.verdict, Verdict::Refused);
    let trace = send(&mut world, "client", &format!("{primary}:30080"));
    assert!(trace.proxy.expect("a decision").masquerade);
}

#[test]
fn without_endpoints_a_virtual_server_refuses() {
    let mut world = in_mode(
        "ipvs",
        Release::V1_36,
        &WEB.replace("selector: {app: web}", "selector: {app: none}"),
    );
    for from in ["pod/a", "node/node-1"] {
        let trace = send(&mut world, from, "10.96.5.5:80");
        assert_eq!(trace.verdict, Verdict::Refused, "{from}");
        assert!(matches!(trace.reason, Why::NoEndpoints { .. }), "{:?}", trace.reason);
    }
}

#[test]
fn policy_local_without_local_endpoints_leads_elsewhere_in_vain() {
    let local = WEB.replace(
        "  type: LoadBalancer",
        "  type: NodePort\n  externalTrafficPolicy: Local",
    );
    let local = local.replace("  loadBalancerSourceRanges: [198.51.100.0/24]\n", "");
    let local = local.split("status: {loadBalancer").next().expect("a part").to_owned()
        + &WEB[WEB.find("---").expect("more")..].replace("nodeName: node-2", "nodeName: node-1");
    let mut world = in_mode("ipvs", Release::V1_36, &local);
    let primary = run(
        &mut world,
        "kubectl get node node-2 -o jsonpath='{.status.addresses[0].address}'",
    );
    let trace = send(&mut world, "client", &format!("{primary}:30080"));
    assert_eq!(trace.verdict, Verdict::Timeout);
    assert!(matches!(trace.reason, Why::StrayAnswer { .. }), "{:?}", trace.reason);
    // The node itself and pods get on.
    backends(&mut world, "node/node-2", &format!("{primary}:30080"), 1);
}

#[test]
fn source_ranges_guard_load_balancers_and_keep_the_node_out() {
    let mut world = in_mode("ipvs", Release::V1_36, WEB);
    let address = run(
        &mut world,
        "kubectl get svc web -o jsonpath='{.status.loadBalancer.ingress[0].ip}'",
    );
    for from in ["pod/a", "node/node-1"] {
        let trace = send(&mut world, from, &format!("{address}:80"));
        assert_eq!(trace.verdict, Verdict::Timeout, "{from}");
        assert!(
            matches!(trace.reason, Why::SourceRange { .. }),
            "{from}: {:?}",
            trace.reason
        );
    }
    let filter = run(&mut world, "ssh node-1 iptables-save -t filter");
    let rule =
        format!("-A KUBE-IPVS-OUT-FILTER -s {address}/32 -m ipvs --vproto 6 --vaddr {address} --vport 80 -j DROP\n");
    assert!(filter.contains(&rule), "{filter}");
}

#[test]
fn affinity_is_persistence_and_schedulers_are_named() {
    let sticky = WEB.replace(
        "  selector: {app: web}",
        "  selector: {app: web}\n  sessionAffinity: ClientIP",
    );
    let mut world = in_mode("ipvs", Release::V1_36, &sticky);
    let seen = backends(&mut world, "pod/a", "10.96.5.5:80", 6);
    assert!(seen.iter().all(|it| *it == seen[0]), "{seen:?}");
    let list = run(&mut world, "ssh node-1 ipvsadm -Ln");
    assert!(list.contains("TCP  10.96.5.5:80 rr persistent 10800\n"), "{list}");
    let mut world = in_mode("ipvs", Release::V1_36, WEB);
    let document = configuration("ipvs", &serde_json::json!({ "scheduler": "sh" }), false);
    assert!(world.apply(kubehop::text::FileId(1), &document).all_taken());
    let seen = backends(&mut world, "pod/b", "10.96.5.5:80", 6);
    assert!(seen.iter().all(|it| *it == seen[0]), "{seen:?}");
    assert!(run(&mut world, "ssh node-1 ipvsadm -Ln").contains("TCP  10.96.5.5:80 sh\n"));
}

#[test]
fn the_deprecation_is_said_for_every_node() {
    let mut world = in_mode("ipvs", Release::V1_37, WEB);
    let events = run(&mut world, "kubectl get events --field-selector reason=IPVSDeprecation");
    assert_eq!(events.matches("IPVSDeprecation   node/node-").count(), 3, "{events}");
    assert!(events.contains("Please use 'nftables' instead."), "{events}");
    let mut world = in_mode("nftables", Release::V1_37, WEB);
    assert!(!run(&mut world, "kubectl get events -A").contains("IPVSDeprecation"));
}
