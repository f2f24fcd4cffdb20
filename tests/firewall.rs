//! The firewall of a cloud before its nodes: what it lets in, what it tells, and its own tool.

use kubehop::net::trace::{Place, Stage};
use kubehop::net::transport::Connect;
use kubehop::net::{Protocol, Source, Verdict, Why};
use kubehop::shell::Shell;
use kubehop::text::FileId;
use kubehop::world::{Options, World};

use crate::network::{apply, pod, send, tcp, to, web, world};

const NODE_PORT: &str = "type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]";
const AT: &str = "192.168.10.12:30080";

/// A firewall rule; `spec` is the rest of its specification.
fn rule(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: compute.cnrm.cloud.google.com/v1beta1\nkind: ComputeFirewall\nmetadata: {{name: {name}}}\nspec: {{networkRef: {{name: default}}, {spec}}}\n"
    )
}

/// [`web`] on a node port, with the preset's rule out of force.
fn closed(more: &str) -> World {
    let off = rule("allow-outside", "disabled: true, allow: [{protocol: all}]");
    world(&format!("{}{off}{more}", web(NODE_PORT)))
}

#[test]
fn the_preset_lets_everybody_in_and_says_nothing() {
    let mut world = world(&web(NODE_PORT));
    let leg = tcp(&mut world, &Source::Client, AT);
    assert_eq!(leg.verdict, Verdict::Delivered);
    assert!(leg.hops.iter().all(|hop| hop.stage != Stage::Filter));
}

#[test]
fn what_no_rule_allows_dies_at_the_edge() {
    let mut world = closed("");
    let leg = tcp(&mut world, &Source::Client, AT);
    assert_eq!(leg.verdict, Verdict::Timeout);
    assert!(matches!(&leg.reason, Why::FirewallImplied { what, .. } if &**what == "tcp:30080"));
    let last = leg.hops.last().expect("told");
    assert_eq!(
        (&last.at, last.stage, &last.after),
        (&Place::Router, Stage::Filter, &None)
    );
    assert_eq!(leg.proxy, None, "no node has seen it");
    // Within the cluster's network everything goes on as before.
    for from in [pod("cli3"), Source::Node("node-1".into())] {
        assert_eq!(tcp(&mut world, &from, AT).verdict, Verdict::Delivered, "{from}");
    }
}

#[test]
fn load_balancers_open_what_they_need_themselves() {
    let balanced = web("type: LoadBalancer, ports: [{port: 80, targetPort: 8080}]");
    let off = rule("allow-outside", "disabled: true, allow: [{protocol: all}]");
    let mut world = world(&format!("{balanced}{off}"));
    let snapshot = world.snapshot();
    let service = snapshot
        .get::<kubehop::api::types::core::Service>("default", "web")
        .expect("there");
    let ip = &service.status.load_balancer.ingress[0].ip;
    assert_eq!(
        tcp(&mut world, &Source::Client, &format!("{ip}:80")).verdict,
        Verdict::Delivered
    );
    let direct = format!("192.168.10.11:{}", service.spec.ports[0].node_port);
    assert_eq!(tcp(&mut world, &Source::Client, &direct).verdict, Verdict::Timeout);
}

#[test]
fn a_rule_that_decides_is_named_with_its_line() {
    let mut open = closed(&rule("allow-web", "allow: [{protocol: tcp, ports: [\"30000-32767\"]}]"));
    let leg = tcp(&mut open, &Source::Client, AT);
    assert_eq!(leg.verdict, Verdict::Delivered);
    let hop = leg.hops.iter().find(|hop| hop.stage == Stage::Filter).expect("told");
    assert!(matches!(&hop.why, Why::FirewallAllows { rule, .. } if &**rule == "allow-web"));
    assert!(hop.span.is_some() && hop.after.is_some());
    // Answers to what nodes and pods ask of the outside need no rule; of equal priority denial wins.
    let mut shut = world(&format!(
        "{}{}",
        web(NODE_PORT),
        rule("no-web", "deny: [{protocol: tcp, ports: [\"30080\"]}]")
    ));
    let leg = tcp(&mut shut, &Source::Client, AT);
    assert_eq!(leg.verdict, Verdict::Timeout);
    assert!(matches!(&leg.reason, Why::FirewallDenies { rule, .. } if &**rule == "no-web"));
    assert_eq!(
        tcp(&mut shut, &Source::Client, "192.168.10.12:30081").verdict,
        Verdict::Refused
    );
    let from = pod("cli1");
    let args = Connect::new(&from, to("203.0.113.10:0"), Protocol::Icmp);
    assert_eq!(send(&mut closed(""), &args).verdict, Verdict::Delivered);
    let out = rule("no-way-out", "direction: EGRESS, deny: [{protocol: icmp}]");
    assert_eq!(send(&mut closed(&out), &args).verdict, Verdict::Timeout);
}

#[test]
fn the_presets_rule_comes_back_when_no_document_says_otherwise() {
    let mut world = World::new(Options::default());
    let off = rule("allow-outside", "disabled: true, allow: [{protocol: all}]");
    world.sync(FileId::default(), &format!("{}{off}", web(NODE_PORT)));
    assert_eq!(tcp(&mut world, &Source::Client, AT).verdict, Verdict::Timeout);
    world.sync(FileId::default(), &web(NODE_PORT));
    assert_eq!(tcp(&mut world, &Source::Client, AT).verdict, Verdict::Delivered);
}

#[test]
fn no_cloud_no_firewall() {
    let mut world = World::new(Options {
        preset: kubehop::cluster::Preset::BareMetal,
        ..Options::default()
    });
    apply(&mut world, &web(NODE_PORT));
    assert_eq!(tcp(&mut world, &Source::Client, AT).verdict, Verdict::Delivered);
}

fn run(world: &mut World, line: &str) -> (i32, String, String) {
    let output = Shell::new().run(world, line);
    (output.exit_code, output.stdout, output.stderr)
}

#[test]
fn gcloud_opens_and_closes() {
    let mut world = world(&web(NODE_PORT));
    let (code, out, err) = run(&mut world, "gcloud compute firewall-rules list");
    assert_eq!(code, 0, "{err}");
    assert_eq!(
        out,
        "NAME           NETWORK  DIRECTION  PRIORITY  ALLOW  DENY  DISABLED\nallow-outside  default  INGRESS    1000      all          False\n"
    );
    let (_, _, err) = run(&mut world, "gcloud compute firewall-rules delete allow-outside -q");
    assert_eq!(
        err,
        "Deleted [https://www.googleapis.com/compute/v1/projects/kubehop/global/firewalls/allow-outside].\n"
    );
    assert_eq!(tcp(&mut world, &Source::Client, AT).verdict, Verdict::Timeout);
    let (code, out, _) = run(
        &mut world,
        "gcloud compute firewall-rules create allow-web --allow=tcp:30080,tcp:443,icmp --source-ranges 203.0.113.0/24",
    );
    assert_eq!(code, 0);
    assert!(
        out.ends_with("allow-web  default  INGRESS    1000      tcp:30080,tcp:443,icmp        False\n"),
        "{out}"
    );
    assert_eq!(tcp(&mut world, &Source::Client, AT).verdict, Verdict::Delivered);
    let stranger = Source::Address("198.18.0.1".parse().expect("an address"));
    assert_eq!(tcp(&mut world, &stranger, AT).verdict, Verdict::Timeout);
    let (_, out, _) = run(&mut world, "gcloud compute firewall-rules describe allow-web");
    assert!(
        out.starts_with("allowed:\n- IPProtocol: tcp\n  ports:\n  - '30080'\n  - '443'\n- IPProtocol: icmp\n"),
        "{out}"
    );
    assert_eq!(
        run(&mut world, "gcloud compute firewall-rules update allow-web --disabled").0,
        0
    );
    assert_eq!(tcp(&mut world, &Source::Client, AT).verdict, Verdict::Timeout);
    run(
        &mut world,
        "gcloud compute firewall-rules update allow-web --no-disabled",
    );
    let deny = "gcloud compute firewall-rules create no-web --action=DENY --rules=tcp:30080 --priority=900";
    assert_eq!(run(&mut world, deny).0, 0);
    assert_eq!(tcp(&mut world, &Source::Client, AT).verdict, Verdict::Timeout);
    let (_, out, _) = run(&mut world, "kubectl get computefirewalls");
    assert_eq!(out.lines().count(), 3, "{out}");
    assert_eq!(run(&mut world, "kubectl delete computefirewall no-web").0, 0);
    assert_eq!(tcp(&mut world, &Source::Client, AT).verdict, Verdict::Delivered);
}

#[test]
fn gcloud_refuses_in_its_own_words() {
    let mut world = world(&web(NODE_PORT));
    for (line, code, words) in [
        ("create x", 2, "Exactly one of (--action | --allow) must be specified."),
        (
            "create x --allow=tcp:99999",
            2,
            "PROTOCOL[:PORT[-PORT]]; received [tcp:99999]",
        ),
        (
            "create allow-outside --allow=tcp",
            1,
            "firewalls/allow-outside' already exists",
        ),
        ("create --allow=tcp", 2, "argument NAME: Must be specified."),
        ("describe x", 1, "firewalls/x' was not found"),
        ("delete x", 1, "firewalls/x' was not found"),
        ("migrate", 2, "not simulated"),
    ] {
        let (got, _, err) = run(&mut world, &format!("gcloud compute firewall-rules {line}"));
        assert_eq!(got, code, "{line}: {err}");
        assert!(err.contains(words), "{line}: {err}");
    }
    assert!(
        run(&mut world, "gcloud container clusters list")
            .2
            .contains("not simulated")
    );
    let mut metal = World::new(Options {
        preset: kubehop::cluster::Preset::BareMetal,
        ..Options::default()
    });
    assert!(
        run(&mut metal, "gcloud compute firewall-rules list")
            .2
            .contains("no cloud")
    );
}
