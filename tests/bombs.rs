//! Inputs that once blocked, or could: each ends soon and says its limit; and nothing grows faster than its input.
//!
//! What is counted are steps and allocations, so that a busy machine makes no difference.

mod growth;

use crate::allocations;

use growth::grows_evenly;
use kubehop::apply::Outcome;
use kubehop::cluster::Preset;
use kubehop::cluster::limits;
use kubehop::manifest;
use kubehop::shell::{Output, Shell};
use kubehop::sim::Duration;
use kubehop::text::FileId;
use kubehop::world::{Options, World};

/// Reads a text; how many documents there were.
fn read(text: &str) -> usize {
    manifest::parse(FileId(0), text).documents.len()
}

#[test]
fn one_long_line_is_read_in_proportion_to_its_length() {
    let services = |n: usize| {
        let items: Vec<String> = (0..n)
            .map(|n| format!(r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"웹{n}"}},"spec":{{"ports":[{{"port":80}}]}}}}"#))
            .collect();
        format!(r#"{{"apiVersion":"v1","kind":"List","items":[{}]}}"#, items.join(","))
    };
    grows_evenly("Services on one line", 1_000, |n| {
        let text = services(n);
        move || assert_eq!(read(&text), n)
    });
    grows_evenly("flow keys on one line", 8_000, |n| {
        let keys: Vec<String> = (0..n).map(|n| format!("k{n}: 값")).collect();
        let text = format!("{{{}}}", keys.join(", "));
        move || assert_eq!(read(&text), 1)
    });
}

#[test]
fn brackets_within_brackets_are_refused_before_they_cost() {
    for (start, open, close) in [
        ("", "[", "]"),
        ("k: ", "{a: ", "}"),
        ("", "{\"a\":", "}"),
        ("", "- ", ""),
    ] {
        grows_evenly(open, 20_000, |n| {
            let text = format!("{start}{}1{}", open.repeat(n), close.repeat(n));
            move || {
                let error = manifest::parse(FileId(0), &text).syntax_error.expect("too deep");
                assert!(error.message.contains("100 levels"), "{}", error.message);
            }
        });
    }
}

#[test]
fn anchors_documents_and_broken_documents_cost_what_they_are_long() {
    grows_evenly("anchors", 20_000, |n| {
        let text: String = (0..n).map(|n| format!("k{n}: &a{n} x\n")).collect();
        move || assert_eq!(read(&text), 1)
    });
    grows_evenly("aliases", 20_000, |n| {
        let text: String = std::iter::once("k: &a x\n".to_owned())
            .chain((0..n).map(|n| format!("k{n}: *a\n")))
            .collect();
        move || assert_eq!(read(&text), 1)
    });
    grows_evenly("documents", 4_000, |n| {
        let text = "kind: A\n---\n".repeat(n);
        move || assert_eq!(read(&text), n)
    });
    grows_evenly("repeated keys", 10_000, |n| {
        let text = "kind: A\nspec: 1\n".repeat(n);
        move || assert_eq!(read(&text), 1)
    });
}

/// A world as the editor's text makes it.
fn synced(preset: Preset, text: &str) -> (World, Outcome) {
    let mut world = World::new(Options {
        preset,
        ..Options::default()
    });
    let outcome = world.sync(FileId(0), text);
    (world, outcome)
}

/// Codes of what was said about a text and its objects.
fn codes(outcome: &Outcome) -> Vec<&'static str> {
    let applied = outcome.applied.iter().flat_map(|it| &it.diagnostics);
    outcome.diagnostics.iter().chain(applied).map(|it| it.code).collect()
}

fn pods(world: &World) -> usize {
    let snapshot = world.snapshot();
    let all = snapshot.list::<kubehop::api::types::core::Pod>();
    all.filter(|pod| pod.metadata.namespace == "default").count()
}

fn run(world: &mut World, command: &str) -> Output {
    Shell::new().run(world, command)
}

/// The same for every command line of the table: it ends, says why, and is no success.
fn stops(command: &str, says: &str) {
    let output = run(&mut World::new(Options::default()), command);
    assert!(
        output.stderr.contains(says),
        "{command}: {}",
        output.stderr.chars().take(300).collect::<String>()
    );
    assert_ne!(output.exit_code, 0, "{command}");
    assert!(
        output.stdout.len() <= 64 << 20,
        "{command}: {} bytes",
        output.stdout.len()
    );
}

const TEMPLATE: &str = "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}";

#[test]
fn replicas_without_measure_are_bounded_and_said_at_their_line() {
    let kinds = [
        ("Deployment", ""),
        ("ReplicaSet", ""),
        ("StatefulSet", "podManagementPolicy: Parallel, serviceName: web, "),
    ];
    let document = |(kind, more): (&str, &str)| {
        format!(
            "{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: {0}}}, spec: {{{more}replicas: 2147483647, selector: {{matchLabels: {{app: {0}}}}}, {1}}}}}\n---\n",
            kind.to_lowercase(),
            TEMPLATE.replace("web", &kind.to_lowercase())
        )
    };
    let text: String = kinds.into_iter().map(document).collect();
    let (mut world, outcome) = synced(Preset::default(), &text);
    let made = pods(&world);
    assert!(made > 1000 && made <= limits::PODS, "{made} pods");
    for applied in &outcome.applied {
        let found = applied.diagnostics.iter().find(|it| it.code == "limit/pods");
        let span = found.expect("said").span.expect("at its line");
        assert_eq!(&text[span.start as usize..span.end as usize], "replicas: 2147483647");
    }
    // A cluster keeps the last 2,000 events.
    let events = run(&mut world, "kubectl get events | grep 'at most 6000 pods'");
    assert_ne!(events.stdout, "", "said as an event");
    // Where there is room again, those who wait take it.
    run(&mut world, "kubectl delete deploy deployment");
    world.advance(Duration::from_secs(60));
    let of_set = run(&mut world, "kubectl get pods -l app=replicaset -o name | wc -l").stdout;
    assert!(of_set.trim().parse::<usize>().is_ok_and(|n| n > 1000), "{of_set}");
}

#[test]
fn pods_that_vanish_as_they_come_do_not_hold_up_time() {
    let text = format!(
        "{{apiVersion: v1, kind: Node, metadata: {{name: tainted}}, spec: {{taints: [{{key: a, effect: NoExecute}}]}}}}\n---\n{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: 2, selector: {{matchLabels: {{app: web}}}}, {}}}}}\n",
        TEMPLATE.replace("spec: {", "spec: {nodeName: tainted, ")
    );
    let (mut world, outcome) = synced(Preset::default(), &text);
    assert!(codes(&outcome).contains(&"limit/spins"), "{:?}", codes(&outcome));
    assert!(pods(&world) <= 2);
    // It tries again, and never for ever.
    world.advance(Duration::from_secs(60));
    assert!(run(&mut world, "kubectl get events | grep 'vanish as soon'").exit_code == 0);
    // Without the taint they stay.
    run(&mut world, "kubectl taint node tainted a:NoExecute-");
    world.advance(Duration::from_secs(60));
    assert_eq!(pods(&world), 2);
}

#[test]
fn a_taint_set_later_does_not_spin_either() {
    let text = format!(
        "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: 2, selector: {{matchLabels: {{app: web}}}}, {}}}}}\n",
        TEMPLATE.replace("spec: {", "spec: {nodeName: NODE, ")
    );
    let mut world = World::new(Options::default());
    let node = run(&mut world, "kubectl get nodes -o name").stdout;
    let node = node
        .lines()
        .last()
        .and_then(|it| it.strip_prefix("node/"))
        .expect("a node")
        .to_owned();
    world.sync(FileId(0), &text.replace("NODE", &node));
    assert_eq!(pods(&world), 2);
    let output = run(&mut world, &format!("kubectl taint node {node} a=b:NoExecute"));
    assert_eq!(output.exit_code, 0, "{}", output.stderr);
    world.advance(Duration::from_secs(120));
    assert!(pods(&world) <= 2);
}

#[test]
fn a_stored_template_without_metadata_has_one_replica_set() {
    for template in [
        "{spec: {containers: [{name: c, image: nginx}]}}",
        "{}",
        "{metadata: {}, spec: {}}",
    ] {
        let mut world = World::new(Options {
            as_stored: true,
            ..Options::default()
        });
        let text = format!(
            "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web, namespace: default, uid: d}}, spec: {{replicas: 1, selector: {{matchLabels: {{app: web}}}}, template: {template}}}}}"
        );
        let outcome = world.apply(FileId(0), &text);
        assert!(
            !codes(&outcome).contains(&"limit/replica-sets"),
            "{template}: {:?}",
            codes(&outcome)
        );
        let sets = world
            .snapshot()
            .list::<kubehop::api::types::apps::ReplicaSet>()
            .filter(|it| it.metadata.namespace == "default")
            .count();
        assert_eq!(sets, 1, "{template}");
    }
}

#[test]
fn stored_objects_of_the_wrong_shape_end_as_refusals() {
    for spec in ["7", "[]", "x", "{ports: 7}", "{ports: ['80']}", "{replicas: x}", "null"] {
        for (version, kind) in [
            ("v1", "Service"),
            ("v1", "Pod"),
            ("apps/v1", "Deployment"),
            ("networking.k8s.io/v1", "Ingress"),
        ] {
            let mut world = World::new(Options {
                as_stored: true,
                ..Options::default()
            });
            let text = format!(
                "{{apiVersion: {version}, kind: {kind}, metadata: {{name: x, namespace: default}}, spec: {spec}}}"
            );
            let outcome = world.apply(FileId(0), &text);
            world.advance(Duration::from_secs(10));
            let refused = outcome.exit_code != 0;
            let stored = world
                .snapshot()
                .object(&outcome.applied.first().expect("one document").reference)
                .is_some();
            assert_ne!(refused, stored, "{kind} {spec}: {}", outcome.stderr);
            if refused {
                assert!(
                    outcome.stderr.contains("cannot be handled"),
                    "{kind} {spec}: {}",
                    outcome.stderr
                );
            }
        }
    }
}

#[test]
fn pods_of_a_dump_that_share_an_address_are_told() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: default}}\nspec: {{containers: [{{name: c, image: i}}]}}\nstatus: {{phase: Running, podIP: 10.244.1.9, podIPs: [{{ip: 10.244.1.9}}]}}\n---\n"
        )
    };
    let mut world = World::new(Options {
        as_stored: true,
        ..Options::default()
    });
    let outcome = world.apply(FileId(0), &(pod("a") + &pod("b")));
    let found: Vec<_> = outcome.applied.iter().flat_map(|it| &it.diagnostics).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|it| it.code == "pod/shared-address"));
    assert!(found[0].message.contains("default/b"), "{}", found[0].message);
}

#[test]
fn shells_do_not_fill_the_memory() {
    stops("x=ab; for i in $(seq 60); do x=$(echo $x $x); done", "at most");
    stops("x=ab; for i in $(seq 60); do x=$x$x; done", "at most");
    stops("x=ab; for i in $(seq 60); do export x=$x$x; done", "at most");
    stops("x=ab; for i in $(seq 60); do x=$(printf '%s%s' $x $x); done", "at most");
    stops(
        "x=ab; for i in $(seq 60); do x=$(cat <<EOF\n$x$x\nEOF\n); done",
        "at most",
    );
    stops(
        "echo ab > f; for i in $(seq 60); do cat f f > g; cat g > f; done",
        "at most",
    );
    stops(
        "for i in $(seq 999); do for j in 1; do echo x > f$i; done; done; for i in $(seq 999); do echo x > g$i; done",
        "stopped after 1000 rounds",
    );
    stops(
        "x=$(seq 9999); while true; do echo \"$x$x$x$x\"; done",
        "stopped after 33554432 bytes",
    );
    stops(
        "while true; do ping -c 100 10.96.0.1; done",
        "stopped after 5000 packets",
    );
    stops("seq 1 1000000000", "stopped after 10000 numbers");
    stops(
        "seq -9223372036854775808 -9223372036854775807 9223372036854775807 | sort; seq 9223372036854775800 9223372036854775807; seq 20000",
        "stopped after 10000 numbers",
    );
    stops("ping -c 1000000000 10.96.0.1", "stopped after 100 echoes");
    stops("echo {1..100000}", "brace range");
    // What fits is untouched.
    let output = run(
        &mut World::new(Options::default()),
        "seq 9223372036854775806 9223372036854775807; echo {1..3}; ping -c 2 10.96.0.1 | tail -1",
    );
    assert!(
        output
            .stdout
            .starts_with("9223372036854775806\n9223372036854775807\n1 2 3\n"),
        "{}",
        output.stdout
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn variables_of_containers_are_as_long_as_linux_takes() {
    let mut env = "{name: A0, value: abcdefghij}".to_owned();
    for n in 1..60 {
        env.push_str(&format!(", {{name: A{n}, value: $(A{})$(A{})}}", n - 1, n - 1));
    }
    let text = format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{containers: [{{name: c, image: i, env: [{env}]}}]}}}}"
    );
    let (mut world, _) = synced(Preset::default(), &text);
    let output = run(&mut world, "kubectl exec p -- env");
    assert_ne!(output.exit_code, 0);
    let said = output.stderr + &run(&mut world, "kubectl describe pod p").stdout;
    assert!(said.contains("argument list too long"), "{said}");
}

#[test]
fn patches_that_copy_themselves_are_refused_as_by_a_server() {
    let copy = |n: usize| format!(r#"{{"op":"copy","from":"/metadata","path":"/metadata/x{n}"}}"#);
    let copies = (0..40).map(copy).collect::<Vec<_>>().join(",");
    let mut world = World::new(Options::default());
    let output = run(
        &mut world,
        &format!("kubectl patch ns default --type=json -p '[{copies}]'"),
    );
    assert!(output.stderr.contains("rejected our request"), "{}", output.stderr);
    assert_eq!(output.exit_code, 1);
    let many = vec![r#"{"op":"test","path":"/kind","value":"Namespace"}"#; 10_001].join(",");
    let output = run(
        &mut world,
        &format!("kubectl patch ns default --type=json -p '[{many}]'"),
    );
    assert!(
        output.stderr.contains("maximum operations in a JSON patch is 10000"),
        "{}",
        output.stderr
    );
}

#[test]
fn unknown_fields_are_told_and_the_rest_counted() {
    let text = |n: usize| {
        let fields: String = (0..n).map(|n| format!("  unknownField{n}: 1\n")).collect();
        format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  ports: [{{port: 80}}]\n{fields}")
    };
    let (_, outcome) = synced(Preset::default(), &text(5000));
    let found = &outcome.applied[0].diagnostics;
    assert!(found.len() < 30, "{}", found.len());
    assert_eq!(found.last().expect("some").message, "and 4980 more unknown fields");
    assert!(found.iter().all(|it| it.message.len() < 3000));
    assert!(outcome.stderr.contains("unknownField4999"), "kubectl prints them all");
    grows_evenly("unknown fields", 2000, |n| {
        let text = text(n);
        move || assert_eq!(synced(Preset::default(), &text).1.exit_code, 1)
    });
}

/// Work on a text grows evenly, from reading it to the notes beside it.
fn text_grows_evenly(what: &str, preset: Preset, n: usize, make: impl Fn(usize) -> String) {
    let bare = World::new(Options {
        preset,
        ..Options::default()
    });
    grows_evenly(what, n, |n| {
        let text = make(n);
        let bare = bare.clone();
        move || {
            let mut world = bare.clone();
            let outcome = world.sync(FileId(0), &text);
            assert!(!outcome.applied.is_empty(), "{what}: {}", outcome.stderr);
        }
    });
}

#[test]
fn objects_cost_what_they_are_many() {
    let preset = Preset::default;
    text_grows_evenly("Services", preset(), 400, |n| {
        (0..n)
            .map(|n| format!("{{apiVersion: v1, kind: Service, metadata: {{name: s{n}}}, spec: {{selector: {{app: a{n}}}, ports: [{{port: 80}}]}}}}\n---\n"))
            .collect()
    });
    text_grows_evenly("documents of an unknown kind", preset(), 2000, |n| {
        (0..n)
            .map(|n| format!("apiVersion: v1\nkind: Servicce{n}\nmetadata: {{name: x}}\n---\n"))
            .collect()
    });
    text_grows_evenly("nodes", preset(), 200, |n| {
        (0..n)
            .map(|n| format!("{{apiVersion: v1, kind: Node, metadata: {{name: n{n}}}}}\n---\n"))
            .collect()
    });
    text_grows_evenly("ConfigMaps", preset(), 1000, |n| {
        (0..n)
            .map(|n| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: c{n}}}, data: {{a: b}}}}\n---\n"))
            .collect()
    });
}

#[test]
fn ingresses_cost_what_they_are_many() {
    let ingress = |n: usize, path: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i{n}, annotations: {{nginx.ingress.kubernetes.io/use-regex: 'true'}}}}\nspec: {{ingressClassName: nginx, rules: [{{host: a.example, http: {{paths: [{path}]}}}}]}}\n---\n"
        )
    };
    let path = |n: usize| {
        format!(
            "{{path: /p{n}, pathType: ImplementationSpecific, backend: {{service: {{name: s, port: {{number: 80}}}}}}}}"
        )
    };
    text_grows_evenly("Ingresses of one host", Preset::Cloud, 200, |n| {
        (0..n).map(|n| ingress(n, &path(n))).collect()
    });
    text_grows_evenly("paths of one Ingress", Preset::Cloud, 800, |n| {
        let paths: Vec<String> = (0..n).map(path).collect();
        ingress(0, &paths.join(", "))
    });
}

#[test]
fn lists_of_a_service_cost_what_they_are_long() {
    let service = |spec: String| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{{spec}}}\n");
    text_grows_evenly("ports", Preset::default(), 1000, |n| {
        let ports: Vec<String> = (1..=n).map(|n| format!("{{name: p{n}, port: {n}}}")).collect();
        service(format!("ports: [{}]", ports.join(", ")))
    });
    text_grows_evenly("external addresses", Preset::default(), 2000, |n| {
        let ips: Vec<String> = (0..n).map(|n| format!("203.0.{}.{}", n / 256, n % 256)).collect();
        service(format!("ports: [{{port: 80}}], externalIPs: [{}]", ips.join(", ")))
    });
}

#[test]
fn what_the_last_good_cluster_costs_does_not_grow_with_it() {
    let objects = |services: usize| -> String {
        let one = |n: usize| {
            format!(
                "{{apiVersion: v1, kind: Service, metadata: {{name: s{n}}}, spec: {{selector: {{app: a{n}}}, ports: [{{port: 80}}]}}}}\n---\n\
                 {{apiVersion: v1, kind: Pod, metadata: {{name: p{n}, labels: {{app: a{n}}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}\n---\n"
            )
        };
        (0..services).map(one).collect()
    };
    let cost = |services: usize| {
        let (world, _) = synced(Preset::default(), &objects(services));
        let before = allocations::made();
        drop(world.clone());
        allocations::made() - before
    };
    let (few, many) = (cost(10), cost(400));
    assert!(many < 2 * few, "{few} bytes, then {many}");
}

#[test]
fn jobs_without_measure_are_bounded_too() {
    let template =
        "template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: [sleep, '600']}]}}";
    let text = format!(
        "{{apiVersion: batch/v1, kind: Job, metadata: {{name: all}}, spec: {{parallelism: 2147483647, completions: 2147483647, {template}}}}}\n---\n\
         {{apiVersion: v1, kind: ReplicationController, metadata: {{name: rc}}, spec: {{replicas: 2147483647, selector: {{app: rc}}, template: {{metadata: {{labels: {{app: rc}}}}, spec: {{containers: [{{name: c, image: nginx}}]}}}}}}}}\n---\n\
         {{apiVersion: batch/v1, kind: CronJob, metadata: {{name: each}}, spec: {{schedule: '* * * * *', jobTemplate: {{spec: {{parallelism: 100000, {template}}}}}}}}}\n"
    );
    let (mut world, outcome) = synced(Preset::default(), &text);
    assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
    assert!(!codes(&outcome).contains(&"limit/work"), "{:?}", codes(&outcome));
    assert!(
        pods(&world) > 1000 && pods(&world) <= limits::PODS,
        "{} pods",
        pods(&world)
    );
    world.advance(Duration::from_secs(300));
    assert!(pods(&world) <= limits::PODS, "{} pods", pods(&world));
    assert!(!world.take_stopped());
}
