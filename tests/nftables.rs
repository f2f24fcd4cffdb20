//! kube-proxy's nftables mode: the table as a real one was listed, and how packets go through it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kubehop::api::Release;
use kubehop::net::compose::compose;
use kubehop::net::{Stage, Trace, Verdict, Why};
use kubehop::shell::Shell;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::{Value, json};

use super::support::text;

/// The configuration of a case: a document for kube-proxy.
pub fn configuration(mode: &str, config: &Value, dual_stack: bool) -> String {
    let mut document = json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": mode,
        "clusterCIDR": if dual_stack { "10.244.0.0/16,fd00:10:244::/56" } else { "10.244.0.0/16" },
    });
    for (key, value) in config.as_object().into_iter().flatten() {
        match key.as_str() {
            "nodePortAddresses" => document[key] = value.clone(),
            // IPVS reads it where iptables has it.
            "masqueradeAll" if mode == "nftables" => document[mode][key] = value.clone(),
            "masqueradeAll" => document["iptables"][key] = value.clone(),
            "scheduler" => document["ipvs"][key] = value.clone(),
            "localDetector" => document["clusterCIDR"] = json!(""),
            "family" => {}
            _ => panic!("a case sets {key}"),
        }
    }
    document.to_string()
}

/// A cluster of stored objects; `texts` are applied in order.
pub fn stored(release: &str, texts: &[&str]) -> World {
    let mut world = World::new(Options {
        release: release.parse().unwrap_or_default(),
        as_stored: true,
        ..Options::default()
    });
    for text in texts {
        let outcome = world.apply(FileId(0), text);
        assert!(outcome.all_taken(), "{}", outcome.stderr);
    }
    world
}

/// What a command prints; it must succeed.
pub fn run(world: &mut World, line: &str) -> String {
    let output = Shell::default().run(world, line);
    assert_eq!(output.exit_code, 0, "{line}: {}", output.stderr);
    output.stdout
}

/// Sets, maps and chains in order, and apart from them those of Services by their names.
fn blocks<'a>(all: impl Iterator<Item = &'a str>) -> (Vec<&'a str>, BTreeMap<&'a str, &'a str>) {
    let (named, fixed): (Vec<&str>, Vec<&str>) = all.partition(|block| name(block).contains('/'));
    (fixed, named.into_iter().map(|block| (name(block), block)).collect())
}

fn name(block: &str) -> &str {
    block.split('{').next().unwrap_or_default().trim()
}

#[test]
fn tables_are_listed_as_on_a_real_node() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/nftables/tables.yaml");
    let file: Value = serde_yaml::from_str(&fs::read_to_string(path).expect("readable")).expect("cases");
    let (common, fixed) = (text(&file, "common"), text(&file, "blocks"));
    let mut count = 0;
    for case in file["cases"].as_array().expect("cases") {
        let of_case = text(case, "name");
        let objects = text(case, "objects");
        let proxy = configuration("nftables", &case["config"], objects.contains("fd00:"));
        let mut world = stored(&text(case, "release"), &[&proxy, &common, &objects]);
        let family = case["config"]["family"].as_str().unwrap_or("ip");
        let printed = run(
            &mut world,
            &format!("ssh {} nft list table {family} kube-proxy", text(case, "node")),
        );
        let own = text(case, "blocks");
        let own: Vec<&str> = own.trim_end().split("\n\n").filter(|it| !it.is_empty()).collect();
        let without = super::support::list(&case["without"]);
        let kept = fixed
            .trim_end()
            .split("\n\n")
            .filter(|block| !without.iter().any(|it| it == name(block)))
            .map(|block| own.iter().copied().find(|it| name(it) == name(block)).unwrap_or(block));
        let new = own
            .iter()
            .filter(|it| fixed.split("\n\n").all(|block| name(block) != name(it)));
        let expected: Vec<&str> = kept.chain(new.copied()).collect();
        let shown = printed
            .strip_prefix(&format!(
                "table {family} kube-proxy {{\n\tcomment \"rules for kube-proxy\"\n\t"
            ))
            .and_then(|rest| rest.strip_suffix("\n}\n"))
            .unwrap_or_else(|| panic!("{of_case}: no table in {printed}"));
        let shown = shown.replace("\n\t", "\n");
        assert_eq!(blocks(shown.split("\n\n")), blocks(expected.into_iter()), "{of_case}");
        count += 1;
    }
    assert!(count >= 42, "{count} cases");
}

/// A Service of every type with two pods.
pub const WEB: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: LoadBalancer
  clusterIP: 10.96.5.5
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]
  loadBalancerSourceRanges: [198.51.100.0/24]
status: {loadBalancer: {ingress: [{ip: 198.51.100.77}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: web}}
spec: {nodeName: node-1, containers: [{name: c, image: 'registry.example/server:1', ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, labels: {app: web}}
spec: {nodeName: node-2, containers: [{name: c, image: 'registry.example/server:1', ports: [{containerPort: 8080}]}]}
";

/// A cluster whose kube-proxies run in a mode.
pub fn in_mode(mode: &str, release: Release, objects: &str) -> World {
    let mut world = World::new(Options {
        release,
        ..Options::default()
    });
    let document = configuration(mode, &json!({}), false);
    for text in [&*document, objects] {
        let outcome = world.apply(FileId(0), text);
        assert!(outcome.all_taken(), "{}", outcome.stderr);
    }
    world
}

/// Sends a request as typed.
pub fn send(world: &mut World, from: &str, to: &str) -> Trace {
    world.network().send(&compose(from, to).expect("a request"))
}

/// Chains and texts of the rules that the first hop of a stage cites.
pub fn cited(trace: &Trace, stage: Stage) -> Vec<(String, String)> {
    let hop = trace.hops.iter().find(|it| it.stage == stage).expect("such a hop");
    let rules = hop.rules.iter();
    rules.map(|it| (it.chain.to_string(), it.text.to_string())).collect()
}

#[test]
fn hops_cite_the_rules_and_elements_that_matched() {
    let mut world = in_mode("nftables", Release::V1_36, WEB);
    let trace = send(&mut world, "node/node-3", "10.96.5.5:80");
    assert_eq!(trace.verdict, Verdict::Delivered);
    let rules = cited(&trace, Stage::Dnat);
    let chains: Vec<&str> = rules.iter().map(|(chain, _)| chain.as_str()).collect();
    assert_eq!(
        chains,
        [
            "nat-output",
            "services",
            "services",
            "@service-ips",
            "service-SUSTUHLJ-default/web/tcp/http"
        ]
    );
    assert!(
        rules[1]
            .1
            .ends_with("comment \"masquerade clusterIP traffic from outside cluster\"")
    );
    assert_eq!(
        rules[3].1,
        "10.96.5.5 . tcp . 80 : goto service-SUSTUHLJ-default/web/tcp/http"
    );
    let rules = cited(&trace, Stage::Snat);
    assert_eq!(rules[0].0, "nat-postrouting");
    assert!(rules[1].1.ends_with("masquerade fully-random"));
    let decision = trace.proxy.expect("a decision");
    assert!(decision.masquerade && decision.backends.len() == 2);
    assert!(decision.backends.iter().all(|it| (it.probability - 0.5).abs() < 1e-9));
}

#[test]
fn source_ranges_are_asked_before_the_destination_is_translated() {
    let mut world = in_mode("nftables", Release::V1_36, WEB);
    let address = run(
        &mut world,
        "kubectl get svc web -o jsonpath='{.status.loadBalancer.ingress[0].ip}'",
    );
    let trace = send(&mut world, "node/node-3", &format!("{address}:80"));
    assert_eq!(trace.verdict, Verdict::Timeout);
    assert!(matches!(trace.reason, Why::SourceRange { .. }), "{:?}", trace.reason);
    assert!(
        trace.hops.iter().all(|hop| hop.stage != Stage::Dnat),
        "{:?}",
        trace.hops
    );
    let rules = cited(&trace, Stage::Filter);
    let last = rules.last().expect("a rule");
    assert_eq!(last.0, "firewall-SUSTUHLJ-default/web/tcp/http");
    assert_eq!(last.1, "ip saddr != 198.51.100.0/24 drop");
}

#[test]
fn only_the_primary_address_serves_node_ports_and_loopback_never() {
    let mut world = in_mode("nftables", Release::V1_36, WEB);
    let primary = run(
        &mut world,
        "kubectl get node node-1 -o jsonpath='{.status.addresses[0].address}'",
    );
    assert_eq!(
        send(&mut world, "client", &format!("{primary}:30080")).verdict,
        Verdict::Delivered
    );
    for (from, to) in [("node/node-1", "127.0.0.1:30080"), ("pod/a", "10.244.1.1:30080")] {
        let trace = send(&mut world, from, to);
        assert_eq!(trace.verdict, Verdict::Refused, "{to}");
        assert!(
            matches!(trace.reason, Why::NothingListens { .. }),
            "{to}: {:?}",
            trace.reason
        );
    }
    // The same in iptables mode, where both are served.
    let mut world = in_mode("iptables", Release::V1_36, WEB);
    for (from, to) in [("node/node-1", "127.0.0.1:30080"), ("pod/a", "10.244.1.1:30080")] {
        assert_eq!(send(&mut world, from, to).verdict, Verdict::Delivered, "{to}");
    }
}

#[test]
fn wrong_ports_are_refused_and_unallocated_addresses_dropped() {
    let mut world = in_mode("nftables", Release::V1_36, WEB);
    let trace = send(&mut world, "pod/a", "10.96.5.5:81");
    assert_eq!(trace.verdict, Verdict::Refused);
    assert_eq!(
        cited(&trace, Stage::Filter).last().expect("a rule").0,
        "cluster-ips-check"
    );
    let trace = send(&mut world, "pod/a", "10.96.77.77:80");
    assert_eq!(trace.verdict, Verdict::Timeout);
    assert!(
        matches!(trace.reason, Why::UnallocatedClusterIp { .. }),
        "{:?}",
        trace.reason
    );
    let rule = &cited(&trace, Stage::Filter)[1].1;
    assert_eq!(
        rule,
        "ip daddr 10.96.0.0/12 drop comment \"Drop traffic to unallocated ClusterIPs\""
    );
}

#[test]
fn a_pod_that_meets_itself_is_masqueraded_by_a_set() {
    let mut world = in_mode("nftables", Release::V1_36, WEB);
    for _ in 0..20 {
        let trace = send(&mut world, "pod/a", "10.96.5.5:80");
        if trace
            .backend
            .as_ref()
            .and_then(|it| it.pod.as_ref())
            .is_some_and(|it| it.name == "a")
        {
            let rules = cited(&trace, Stage::Snat);
            assert!(rules.last().expect("a rule").1.contains("@hairpin-connections"));
            assert!(trace.proxy.expect("a decision").masquerade);
            return;
        }
        assert!(!trace.proxy.expect("a decision").masquerade);
    }
    panic!("chance never chose the sender itself");
}

#[test]
fn clients_stay_until_their_element_times_out() {
    let sticky = WEB.replace(
        "  selector: {app: web}",
        "  selector: {app: web}\n  sessionAffinity: ClientIP\n  sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}",
    );
    let mut world = in_mode("nftables", Release::V1_37, &sticky);
    let first = send(&mut world, "pod/a", "10.96.5.5:80").backend.expect("an answer");
    for _ in 0..10 {
        let trace = send(&mut world, "pod/a", "10.96.5.5:80");
        assert_eq!(trace.backend.expect("an answer").address, first.address);
        assert!(cited_has(&trace.hops, "@affinity-"));
    }
    let table = run(&mut world, "ssh node-1 nft list table ip kube-proxy");
    assert!(table.contains("\t\ttimeout 1m\n"), "{table}");
    assert!(table.contains(" expires 1m }\n"), "{table}");
    assert!(
        table.contains(&format!("\t\tmeta l4proto tcp dnat to {}\n", first.address)),
        "{table}"
    );
    world.advance(kubehop::sim::Duration::from_secs(61));
    let table = run(&mut world, "ssh node-1 nft list table ip kube-proxy");
    assert!(!table.contains(" expires "), "{table}");
}

fn cited_has(hops: &[kubehop::net::Hop], text: &str) -> bool {
    hops.iter()
        .flat_map(|hop| &hop.rules)
        .any(|rule| rule.text.contains(text))
}

#[test]
fn tools_show_the_rules_of_the_mode_alone() {
    let mut world = in_mode("nftables", Release::V1_36, WEB);
    let save = run(&mut world, "ssh node-1 iptables-save -t nat");
    assert!(save.contains("-A CNI-MASQ ") && !save.contains("KUBE-"), "{save}");
    let all = run(&mut world, "ssh node-1 nft list ruleset");
    assert!(all.contains("table ip kube-proxy {") && all.contains("table ip6 kube-proxy {"));
    assert_eq!(
        run(&mut world, "ssh node-1 nft list tables"),
        "table ip kube-proxy\ntable ip6 kube-proxy\n"
    );
    assert_eq!(
        run(&mut world, "ssh node-1 nft list set ip kube-proxy nodeport-ips")
            .lines()
            .count(),
        7
    );
    assert!(run(&mut world, "ssh node-1 nft list chains ip").contains("\tchain services {\n\t}\n"));
    let missing = |world: &mut World, line: &str| {
        let output = Shell::default().run(world, line);
        assert_eq!((output.stdout.as_str(), output.exit_code), ("", 1), "{line}");
        output.stderr
    };
    assert_eq!(
        missing(&mut world, "ssh node-1 nft list chain ip kube-proxy x"),
        "Error: No such file or directory\nlist chain ip kube-proxy x\n                         ^\n"
    );
    let mut world = in_mode("iptables", Release::V1_36, WEB);
    assert_eq!(
        missing(&mut world, "ssh node-1 nft list table ip kube-proxy"),
        "Error: No such file or directory\nlist table ip kube-proxy\n              ^^^^^^^^^^\n"
    );
}
