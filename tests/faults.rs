//! What breaks, and what the cluster makes of it, with the delays of the real controllers on the virtual clock.

use kubehop::api::types::core::{Node, Pod};
use kubehop::api::types::discovery::EndpointSlice;
use kubehop::api::{Kind, NamespacedName, ObjectRef};
use kubehop::cluster::faults::{Health, ROUTER};
use kubehop::cluster::{Cluster, Preset};
use kubehop::net::compose::compose;
use kubehop::net::{Trace, Verdict};
use kubehop::sim::{Duration, Instant};
use kubehop::text::FileId;
use kubehop::world::{Options, World};

/// Three pods on three nodes behind a Service, and a client pod on the first node.
fn web(container: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{type: LoadBalancer, selector: {{app: web}}, ports: [{{port: 80, nodePort: 30080}}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  replicas: 3
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - {{name: web, image: 'nginx:1.27', ports: [{{containerPort: 80}}]{container}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: cli}}
spec: {{nodeName: node-1, containers: [{{name: cli, image: busybox, command: [sleep, '1000000']}}]}}
"
    )
}

const HTTP: &str = ", readinessProbe: {httpGet: {port: 80}}";
const LIVE: &str = ", livenessProbe: {httpGet: {port: 80}}";

fn world(text: &str) -> World {
    let mut world = World::new(Options::default());
    let outcome = world.apply(FileId(0), text);
    assert_eq!(outcome.stderr, "");
    world
}

fn wait(world: &mut World, seconds: i64) {
    world.advance(Duration::from_secs(seconds));
}

/// Seconds since the world began.
fn clock(world: &World) -> i64 {
    (world.now() - Instant::DEFAULT_START).as_secs()
}

/// Pods of the Deployment in order of their nodes: name, node.
fn pods(world: &World) -> Vec<(String, String)> {
    let snapshot = world.snapshot();
    let mut all: Vec<(String, String)> = snapshot
        .list::<Pod>()
        .filter(|pod| pod.metadata.labels.get("app").is_some_and(|it| it == "web"))
        .map(|pod| (pod.metadata.name.clone(), pod.spec.node_name.clone()))
        .collect();
    all.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    all
}

fn pod_on(world: &World, node: &str) -> NamespacedName {
    let found = pods(world).into_iter().find(|it| it.1 == node).expect("a pod there");
    NamespacedName::new("default", found.0)
}

fn status(world: &World, pod: &NamespacedName) -> serde_json::Value {
    let snapshot = world.snapshot();
    let object = snapshot.object(&ObjectRef::of(Kind::Pod, pod));
    object.map_or(serde_json::Value::Null, |it| it.value["status"].clone())
}

/// Nodes of the endpoints of `web`: ready ones, and those that are terminating.
fn endpoints(world: &World) -> (Vec<String>, Vec<String>) {
    let snapshot = world.snapshot();
    let mut found = (Vec::new(), Vec::new());
    let slices = snapshot.list::<EndpointSlice>();
    for endpoint in slices
        .filter(|it| it.metadata.name.starts_with("web-"))
        .flat_map(|it| &it.endpoints)
    {
        let node = endpoint.node_name.clone().unwrap_or_default();
        if endpoint.conditions.ready == Some(true) {
            found.0.push(node);
        } else if endpoint.conditions.terminating == Some(true) {
            found.1.push(node);
        }
    }
    found.0.sort();
    found.1.sort();
    found
}

fn ready(world: &World) -> Vec<String> {
    endpoints(world).0
}

/// Lets time pass until something holds; how many seconds that took. At most an hour.
fn until(world: &mut World, holds: impl Fn(&World) -> bool) -> i64 {
    let begun = clock(world);
    while !holds(world) {
        assert!(clock(world) - begun < 3600, "it never came to that");
        wait(world, 1);
    }
    clock(world) - begun
}

fn send(world: &mut World, from: &str, to: &str) -> Trace {
    let request = compose(from, to).expect("a request");
    world.send(&request)
}

fn node_status(world: &World, node: &str) -> (String, Vec<String>) {
    let snapshot = world.snapshot();
    let node = snapshot.get::<Node>("", node).expect("node");
    let ready = node.status.conditions.iter().find(|it| it.kind == "Ready");
    let taints = node.spec.taints.iter();
    (
        ready.map(|it| it.status.clone()).unwrap_or_default(),
        taints.map(|it| format!("{}:{}", it.key, it.effect)).collect(),
    )
}

fn reasons(world: &World) -> Vec<String> {
    let snapshot = world.snapshot();
    let events = snapshot.objects(Kind::Other);
    events
        .filter(|it| it.value["kind"] == "Event")
        .filter_map(|it| it.value["reason"].as_str().map(str::to_owned))
        .collect()
}

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

#[test]
fn a_node_without_power_is_a_black_hole_until_the_grace_period_ends() {
    let mut world = world(&web(""));
    let lost = pod_on(&world, "node-2");
    world.edit(|cluster| cluster.power_off("node-2"));
    assert_eq!(ready(&world).len(), 3, "nobody knows yet");
    let verdicts: Vec<Verdict> = (0..30)
        .map(|_| send(&mut world, "pod/cli", "http://web").verdict)
        .collect();
    assert!(verdicts.contains(&Verdict::Delivered) && verdicts.contains(&Verdict::Timeout));

    assert_eq!(until(&mut world, |world| ready(world).len() == 2), 50);
    assert_eq!(ready(&world), ["node-1", "node-3"]);
    let (ready_status, taints) = node_status(&world, "node-2");
    assert_eq!(ready_status, "Unknown");
    assert_eq!(
        taints,
        [format!("{UNREACHABLE}:NoSchedule"), format!("{UNREACHABLE}:NoExecute")]
    );
    assert!((0..30).all(|_| send(&mut world, "pod/cli", "http://web").verdict == Verdict::Delivered));
    assert_eq!(pods(&world).len(), 3, "the pod is still there, not ready");
    assert_eq!(status(&world, &lost)["phase"], "Running");

    // Pods tolerate the taint for 300 s; then the ReplicaSet makes a new one elsewhere at once.
    assert_eq!(until(&mut world, |world| pods(world).len() == 4), 300);
    assert_eq!(clock(&world), 350);
    assert_eq!(ready(&world).len(), 3);
    assert!(ready(&world).iter().all(|node| node != "node-2"));
    assert_eq!(
        endpoints(&world).1,
        ["node-2"],
        "Terminating, and nobody is there to end it"
    );
    let told = reasons(&world);
    for reason in ["NodeNotReady", "TaintManagerEviction"] {
        assert!(told.iter().any(|it| it == reason), "{reason} in {told:?}");
    }
    wait(&mut world, 3000);
    assert_eq!(pods(&world).len(), 4, "stuck while the node is off");

    world.edit(|cluster| cluster.power_on("node-2"));
    assert_eq!(until(&mut world, |world| pods(world).len() == 3), 30);
    assert_eq!(node_status(&world, "node-2").0, "True");
    wait(&mut world, 5);
    assert_eq!(node_status(&world, "node-2").1, Vec::<String>::new());
}

#[test]
fn a_short_outage_is_never_noticed_and_starts_pods_anew_with_other_addresses() {
    let mut world = world(&web(""));
    let pod = pod_on(&world, "node-2");
    let address = status(&world, &pod)["podIP"].clone();
    world.edit(|cluster| cluster.power_off("node-2"));
    wait(&mut world, 5);
    world.edit(|cluster| cluster.power_on("node-2"));
    wait(&mut world, 29);
    assert_eq!(
        send(&mut world, "pod/cli", "192.168.10.12:30080").verdict,
        Verdict::Timeout
    );
    wait(&mut world, 1);
    assert_eq!(node_status(&world, "node-2"), ("True".to_owned(), Vec::new()));
    let now = status(&world, &pod);
    assert_ne!(now["podIP"], address);
    assert_eq!(now["containerStatuses"][0]["restartCount"], 1);
    assert_eq!(now["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 255);
    assert_eq!(ready(&world).len(), 3);
    assert!((0..30).all(|_| send(&mut world, "pod/cli", "http://web").verdict == Verdict::Delivered));
    assert!(reasons(&world).iter().any(|it| it == "Rebooted"));
}

#[test]
fn without_its_kubelet_a_node_serves_on_until_endpoints_leave() {
    let mut world = world(&web(""));
    world.edit(|cluster| cluster.stop_kubelet("node-2"));
    wait(&mut world, 49);
    assert_eq!(ready(&world).len(), 3);
    wait(&mut world, 1);
    assert_eq!(ready(&world).len(), 2);
    // The containers run on: whoever knows the address is answered, and so are node ports.
    let address = status(&world, &pod_on(&world, "node-2"))["podIP"].clone();
    let address = address.as_str().expect("address");
    assert_eq!(
        send(&mut world, "pod/cli", &format!("{address}:80")).verdict,
        Verdict::Delivered
    );
    assert_eq!(
        send(&mut world, "client", "http://192.168.10.12:30080").verdict,
        Verdict::Delivered
    );
    world.edit(|cluster| cluster.start_kubelet("node-2"));
    assert_eq!(ready(&world).len(), 3);
    assert_eq!(node_status(&world, "node-2").0, "True");
}

#[test]
fn a_cut_to_the_router_is_a_silent_node_and_one_between_nodes_is_not() {
    let mut world = world(&web(""));
    world.edit(|cluster| cluster.set_link("node-1", "node-2", false));
    wait(&mut world, 600);
    assert_eq!(ready(&world).len(), 3, "the API server sees nothing of it");
    let verdicts: Vec<Verdict> = (0..40)
        .map(|_| send(&mut world, "pod/cli", "http://web").verdict)
        .collect();
    assert!(verdicts.contains(&Verdict::Timeout) && verdicts.contains(&Verdict::Delivered));
    world.edit(|cluster| cluster.set_link("node-2", "node-1", true));
    assert!((0..40).all(|_| send(&mut world, "pod/cli", "http://web").verdict == Verdict::Delivered));

    world.edit(|cluster| cluster.set_link(ROUTER, "node-2", false));
    assert_eq!(
        send(&mut world, "client", "http://192.168.10.12:30080").verdict,
        Verdict::Timeout
    );
    wait(&mut world, 50);
    assert_eq!(ready(&world), ["node-1", "node-3"]);
    wait(&mut world, 4);
    world.edit(|cluster| cluster.set_link(ROUTER, "node-2", true));
    assert_eq!(
        node_status(&world, "node-2").0,
        "Unknown",
        "the kubelet reports with its next heartbeat"
    );
    assert_eq!(until(&mut world, |world| ready(world).len() == 3), 6);
}

#[test]
fn a_cloud_load_balancer_drops_a_dead_node_after_three_health_checks() {
    let mut world = world(&web(""));
    let snapshot = world.snapshot();
    let service = snapshot
        .get::<kubehop::api::types::core::Service>("default", "web")
        .expect("Service");
    let to = format!("http://{}", service.status.load_balancer.ingress[0].ip);
    world.edit(|cluster| cluster.power_off("node-3"));
    let through = |world: &mut World| {
        let mut nodes = std::collections::BTreeSet::new();
        for _ in 0..60 {
            let trace = send(world, "client", &to);
            nodes.insert(trace.proxy.map(|it| it.node).unwrap_or_default());
        }
        nodes.len()
    };
    wait(&mut world, 23);
    assert_eq!(through(&mut world), 3);
    wait(&mut world, 1);
    assert_eq!(through(&mut world), 2);
    world.edit(|cluster| cluster.power_on("node-3"));
    wait(&mut world, 30 + 7);
    assert_eq!(through(&mut world), 2);
    wait(&mut world, 1);
    assert_eq!(through(&mut world), 3);
}

#[test]
fn nodes_of_a_zone_are_emptied_one_after_the_other() {
    let mut world = world(&web(""));
    for node in ["node-1", "node-2"] {
        world.edit(|cluster| cluster.power_off(node));
    }
    let tainted = |world: &World, node: &str| node_status(world, node).1.iter().any(|it| it.ends_with(":NoExecute"));
    assert_eq!(until(&mut world, |world| tainted(world, "node-1")), 50);
    assert!(!tainted(&world, "node-2") && node_status(&world, "node-2").0 == "Unknown");
    assert_eq!(until(&mut world, |world| tainted(world, "node-2")), 10);
    // With the last node silent too, the fault is taken to be elsewhere: nobody is driven away any more.
    world.edit(|cluster| cluster.power_off("node-3"));
    wait(&mut world, 60);
    assert!(["node-1", "node-2", "node-3"].iter().all(|it| !tainted(&world, it)));
    wait(&mut world, 1000);
    assert_eq!(pods(&world).len(), 3);
}

#[test]
fn nothing_is_evicted_when_no_node_is_heard_of() {
    let mut world = World::new(Options {
        preset: Preset::Minikube,
        ..Options::default()
    });
    world.apply(FileId(0), &web("").replace("nodeName: node-1, ", ""));
    world.edit(|cluster| cluster.power_off("minikube"));
    wait(&mut world, 1000);
    assert_eq!(node_status(&world, "minikube").1, [format!("{UNREACHABLE}:NoSchedule")]);
    assert_eq!(pods(&world).len(), 3);
    assert_eq!(ready(&world).len(), 0);
}

#[test]
fn crashes_restart_after_growing_delays() {
    let mut world = world(&web(""));
    let pod = pod_on(&world, "node-1");
    let restarts = |world: &World| status(world, &pod)["containerStatuses"][0]["restartCount"].as_i64();
    world.edit(|cluster| cluster.crash(&pod, None, 137));
    assert_eq!(ready(&world).len(), 2, "endpoints leave with the container");
    assert_eq!(
        status(&world, &pod)["containerStatuses"][0]["state"]["terminated"]["exitCode"],
        137
    );
    wait(&mut world, 1);
    assert_eq!(
        (restarts(&world), ready(&world).len()),
        (Some(1), 3),
        "the first restart does not wait"
    );
    for (n, delay) in [(2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 300), (8, 300)] {
        world.edit(|cluster| cluster.crash(&pod, None, 1));
        wait(&mut world, 1);
        let waiting = &status(&world, &pod)["containerStatuses"][0]["state"]["waiting"];
        assert_eq!(waiting["reason"], "CrashLoopBackOff", "{n}");
        assert_eq!(ready(&world).len(), 2);
        assert_eq!(until(&mut world, |world| restarts(world) == Some(n)), delay - 1, "{n}");
        assert_eq!(ready(&world).len(), 3);
    }
    wait(&mut world, 601);
    world.edit(|cluster| cluster.crash(&pod, None, 1));
    assert_eq!(
        until(&mut world, |world| restarts(world) == Some(9)),
        1,
        "ten quiet minutes: from the start"
    );
    world.edit(|cluster| cluster.crash(&pod, None, 1));
    assert_eq!(until(&mut world, |world| restarts(world) == Some(10)), 10);
}

#[test]
fn what_is_not_to_be_restarted_is_over() {
    for (policy, code, phase) in [
        ("Never", 0, "Succeeded"),
        ("Never", 1, "Failed"),
        ("OnFailure", 0, "Succeeded"),
    ] {
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{restartPolicy: {policy}, containers: [{{name: c, image: nginx}}]}}\n"
        );
        let mut world = world(&text);
        let pod = NamespacedName::new("default", "a");
        world.edit(|cluster| cluster.crash(&pod, None, code));
        wait(&mut world, 60);
        assert_eq!(status(&world, &pod)["phase"], phase, "{policy} {code}");
        assert_eq!(status(&world, &pod)["containerStatuses"][0]["restartCount"], 0);
    }
}

#[test]
fn a_hung_program_leaves_when_its_readiness_probe_says_so() {
    let mut world = world(&web(HTTP));
    let pod = pod_on(&world, "node-1");
    wait(&mut world, 5);
    world.edit(|cluster| cluster.set_health(&pod, Health::Hung));
    let outcomes: Vec<Verdict> = (0..30)
        .map(|_| send(&mut world, "pod/cli", "http://web").verdict)
        .collect();
    assert!(outcomes.contains(&Verdict::Timeout));
    // Tries at 10, 20 and 30 s; each gives up after a second.
    assert_eq!(until(&mut world, |world| ready(world).len() == 2), 31 - 5);
    assert!((0..30).all(|_| send(&mut world, "pod/cli", "http://web").verdict == Verdict::Delivered));
    wait(&mut world, 1002);
    assert_eq!(
        status(&world, &pod)["containerStatuses"][0]["restartCount"],
        0,
        "no liveness probe"
    );
    world.edit(|cluster| cluster.set_health(&pod, Health::Healthy));
    assert_eq!(
        until(&mut world, |world| ready(world).len() == 3),
        7,
        "the next try is at 1040 s"
    );
}

#[test]
fn without_probes_a_hung_program_stays_in_rotation() {
    for probe in ["", ", readinessProbe: {tcpSocket: {port: 80}}"] {
        let mut world = world(&web(probe));
        let pod = pod_on(&world, "node-1");
        world.edit(|cluster| cluster.set_health(&pod, Health::Hung));
        wait(&mut world, 600);
        assert_eq!(ready(&world).len(), 3, "the kernel takes connections: {probe:?}");
    }
}

#[test]
fn a_liveness_probe_restarts_a_hung_program_after_its_grace_period() {
    let mut world = world(&web(LIVE));
    let pod = pod_on(&world, "node-1");
    world.edit(|cluster| cluster.set_health(&pod, Health::Hung));
    // Tries at 0, 10 and 20 s, one second each; then SIGTERM is ignored for 30 s.
    let restarted = |world: &World| status(world, &pod)["containerStatuses"][0]["restartCount"] == 1;
    assert_eq!(until(&mut world, restarted), 21 + 30);
    let now = status(&world, &pod);
    assert_eq!(now["containerStatuses"][0]["lastState"]["terminated"]["exitCode"], 137);
    assert!((0..30).all(|_| send(&mut world, "pod/cli", "http://web").verdict == Verdict::Delivered));
}

#[test]
fn a_liveness_probe_that_nobody_answers_ends_in_crash_loops() {
    let mut world = world(&web(", livenessProbe: {httpGet: {port: 81}}"));
    let pod = pod_on(&world, "node-1");
    let restarts = |world: &World| status(world, &pod)["containerStatuses"][0]["restartCount"].as_i64();
    assert_eq!(until(&mut world, |world| restarts(world) == Some(1)), 20);
    // Each further run lasts 20 s as well, and then waits.
    assert_eq!(until(&mut world, |world| restarts(world) == Some(2)), 20 + 10);
    assert_eq!(until(&mut world, |world| restarts(world) == Some(3)), 20 + 20);
}

#[test]
fn readiness_can_fail_alone() {
    let mut world = world(&web(HTTP));
    let pod = pod_on(&world, "node-1");
    world.edit(|cluster| cluster.set_health(&pod, Health::Unready));
    assert_eq!(until(&mut world, |world| ready(world).len() == 2), 20);
    let address = status(&world, &pod)["podIP"].as_str().expect("address").to_owned();
    assert_eq!(
        send(&mut world, "pod/cli", &format!("{address}:80")).verdict,
        Verdict::Delivered
    );
}

#[test]
fn a_deleted_pod_leaves_at_once_and_ends_as_its_program_does() {
    let text = |command: &str| web("").replace("image: 'nginx:1.27'", &format!("image: busybox, command: {command}"));
    for (command, seconds) in [("[httpd, -f]", 0), ("[sh, -c, 'while true; do nc -lp 80; done']", 30)] {
        let mut world = world(&text(command));
        let pod = pod_on(&world, "node-2");
        let reference = ObjectRef::of(Kind::Pod, &pod);
        world.edit(|cluster| cluster.delete(&reference, None));
        assert_eq!(ready(&world).len(), 3, "the ReplicaSet replaces it at once");
        let gone = |world: &World| world.cluster().object(&reference).is_none();
        if seconds > 0 {
            assert_eq!(endpoints(&world).1, ["node-2"]);
        }
        assert_eq!(until(&mut world, gone), seconds, "{command}");
    }
}

#[test]
fn a_stateful_set_waits_for_its_lost_pod() {
    let text = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  serviceName: db\n  replicas: 2\n  selector: {matchLabels: {app: db}}\n  template:\n    metadata: {labels: {app: db}}\n    spec: {containers: [{name: db, image: postgres}]}\n";
    let mut world = world(text);
    let pod = NamespacedName::new("default", "db-1");
    let node = |world: &World| {
        let snapshot = world.snapshot();
        snapshot
            .get::<Pod>("default", "db-1")
            .map(|it| it.spec.node_name.clone())
    };
    let was = node(&world).expect("bound");
    world.edit(|cluster| cluster.power_off(&was));
    wait(&mut world, 2000);
    assert_eq!(node(&world), Some(was.clone()), "its name is taken until it is gone");
    let reference = ObjectRef::of(Kind::Pod, &pod);
    world.edit(|cluster| cluster.delete(&reference, Some(0)));
    assert_ne!(node(&world), Some(was));
}

#[test]
fn mending_everything_brings_everything_back() {
    let mut world = world(&web(HTTP));
    let pod = pod_on(&world, "node-1");
    world.edit(|cluster| {
        cluster.set_health(&pod, Health::Crashing);
        cluster.power_off("node-2");
        cluster.stop_kubelet("node-3");
        cluster.set_link("node-1", "node-2", false);
    });
    wait(&mut world, 120);
    assert!(world.cluster().faults().count() >= 4);
    assert_eq!(ready(&world).len(), 0);
    world.edit(Cluster::mend_all);
    wait(&mut world, 700);
    assert_eq!(world.cluster().faults().count(), 0);
    assert_eq!(ready(&world).len(), 3);
    assert!((0..30).all(|_| send(&mut world, "pod/cli", "http://web").verdict == Verdict::Delivered));
}

#[test]
fn an_edit_of_the_manifests_mends_nothing() {
    let mut world = World::new(Options::default());
    world.sync(FileId(0), &web(""));
    world.edit(|cluster| cluster.power_off("node-2"));
    wait(&mut world, 60);
    world.sync(FileId(0), &web("").replace("replicas: 3", "replicas: 5"));
    assert!(world.cluster().faults().is_off("node-2"));
    assert_eq!(ready(&world).len(), 4, "three are new or were there, none on node-2");
    assert!(ready(&world).iter().all(|it| it != "node-2"));
}

mod commands {
    use kubehop::shell::{Output, Shell};

    use super::*;

    fn run(world: &mut World, line: &str) -> Output {
        Shell::new().run(world, line)
    }

    /// What a line prints, both streams; names of generated pods as `web-*`.
    fn says(world: &mut World, line: &str) -> String {
        let output = run(world, line);
        let mut text = output.stdout + &output.stderr;
        for (pod, _) in pods(world) {
            text = text.replace(&pod, "web-*");
        }
        text
    }

    #[test]
    fn drain_refuses_bare_pods_in_kubectls_words() {
        let mut world = world(&web(""));
        assert_eq!(
            says(&mut world, "kubectl drain node-1"),
            "node/node-1 cordoned\n\
             error: unable to drain node \"node-1\" due to error: cannot delete Pods that declare no controller (use --force to override): default/cli, continuing command...\n\
             There are pending nodes to be drained:\n node-1\n\
             cannot delete Pods that declare no controller (use --force to override): default/cli\n"
        );
        assert_eq!(ready(&world).len(), 3);
        let text = run(&mut world, "kubectl get nodes").stdout;
        assert!(text.contains("Ready,SchedulingDisabled"), "{text}");
    }

    #[test]
    fn drain_evicts_and_waits_for_grace_periods() {
        let mut world = world(&web(""));
        let moved = pod_on(&world, "node-1").name;
        let begun = clock(&world);
        let output = run(
            &mut world,
            "kubectl drain node-1 --force --ignore-daemonsets --delete-emptydir-data",
        );
        assert_eq!(output.exit_code, 0, "{}", output.stderr);
        assert!(
            output
                .stderr
                .starts_with("Warning: deleting Pods that declare no controller: default/cli"),
            "{}",
            output.stderr
        );
        for line in [
            format!("evicting pod default/{moved}\n"),
            format!("pod/{moved} evicted\n"),
            "pod/cli evicted\n".to_owned(),
            "node/node-1 drained\n".to_owned(),
        ] {
            assert!(output.stdout.contains(&line), "{line} in {}", output.stdout);
        }
        assert_eq!(clock(&world) - begun, 30, "sleep ignores SIGTERM");
        assert!(ready(&world).iter().all(|it| it != "node-1") && ready(&world).len() == 3);
        assert_eq!(says(&mut world, "kubectl uncordon node-1"), "node/node-1 uncordoned\n");
    }

    #[test]
    fn drain_heeds_budgets() {
        let mut world = world(&web(", readinessProbe: {httpGet: {port: 80}, initialDelaySeconds: 10}"));
        wait(&mut world, 20);
        world.apply(
            FileId(1),
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}}",
        );
        let output = run(&mut world, "kubectl drain node-2 --timeout=20s --pod-selector app=web");
        assert_eq!(output.exit_code, 1);
        assert!(
            output
                .stderr
                .contains("(will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.\n")
        );
        assert!(
            output
                .stderr
                .contains("global timeout reached: 20s, continuing command..."),
            "{}",
            output.stderr
        );
        assert_eq!(ready(&world).len(), 3);
        run(&mut world, "kubectl scale deployment web --replicas 4 && sleep 20");
        let output = run(&mut world, "kubectl drain node-2 --timeout=60s --pod-selector app=web");
        assert_eq!(output.exit_code, 0, "{}", output.stderr);
    }

    #[test]
    fn taints_drive_pods_away_by_their_tolerations() {
        let mut world = world(&web(""));
        assert_eq!(
            says(&mut world, "kubectl taint nodes node-2 a=b:NoExecute"),
            "node/node-2 tainted\n"
        );
        assert!(pods(&world).iter().all(|it| it.1 != "node-2"));
        assert_eq!(
            says(&mut world, "kubectl taint nodes node-2 a=c:NoExecute"),
            "error: node node-2 already has a taint(s) with same effect(s) and --overwrite is false\n"
        );
        assert_eq!(
            says(&mut world, "kubectl taint no node-2 a-"),
            "node/node-2 untainted\n"
        );
        assert_eq!(
            says(&mut world, "kubectl taint no node-2 a-"),
            "error: taint \"a\" not found\n"
        );
        let tolerant = "apiVersion: v1\nkind: Pod\nmetadata: {name: t}\nspec:\n  nodeName: node-3\n  tolerations: [{key: a, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]\n  containers: [{name: c, image: nginx}]\n";
        world.apply(FileId(1), tolerant);
        run(&mut world, "kubectl taint nodes node-3 a:NoExecute");
        let gone = |world: &World| world.snapshot().get::<Pod>("default", "t").is_none();
        assert_eq!(until(&mut world, gone), 60);
        for (line, error) in [
            (
                "kubectl taint node node-1",
                "error: at least one taint update is required\n",
            ),
            (
                "kubectl taint pod cli a:NoSchedule",
                "error: invalid resource type pod, only node types are supported\n",
            ),
        ] {
            assert_eq!(says(&mut world, line), error);
        }
        let wrong = says(&mut world, "kubectl taint node node-1 a=b:Never");
        assert!(
            wrong.starts_with("error: invalid taint effect: Never, unsupported taint effect\n"),
            "{wrong}"
        );
    }

    #[test]
    fn signals_reach_a_program_as_the_kernel_lets_them() {
        let mut world = world(&web(""));
        let pod = pod_on(&world, "node-1").name;
        let restarts = |world: &World| {
            status(world, &NamespacedName::new("default", &*pod))["containerStatuses"][0]["restartCount"].clone()
        };
        let output = run(&mut world, &format!("kubectl exec {pod} -- sh -c 'kill -9 1'"));
        assert!(
            output.exit_code == 0 && output.stderr.contains("pid_namespaces(7)"),
            "{}",
            output.stderr
        );
        wait(&mut world, 5);
        assert_eq!(restarts(&world), 0);
        assert_eq!(
            run(&mut world, &format!("kubectl exec {pod} -- sh -c 'kill 1'")).exit_code,
            0
        );
        let text = run(&mut world, "kubectl get pods").stdout;
        assert!(text.contains("0/1") && text.contains("Completed"), "{text}");
        wait(&mut world, 16);
        let text = run(&mut world, "kubectl get pods").stdout;
        assert!(text.contains("1 (16s ago)"), "{text}");
        run(&mut world, "ssh node-1 sudo pkill -9 nginx; sleep 2");
        let text = run(&mut world, "kubectl get pods").stdout;
        assert!(
            text.contains("CrashLoopBackOff") && text.contains("1 (2s ago)"),
            "{text}"
        );
        let text = run(&mut world, &format!("kubectl describe pod {pod}")).stdout;
        assert!(text.contains("Back-off restarting failed container web"), "{text}");
        assert_eq!(run(&mut world, "kubectl exec cli -- kill 1; sleep 5").exit_code, 0);
        assert_eq!(run(&mut world, "ssh node-2 sudo pkill -STOP nginx").exit_code, 0);
        assert_eq!(run(&mut world, "ssh node-2 sudo pkill -STOP mysqld").exit_code, 1);
        let hung = world.cluster().faults().count();
        run(&mut world, "ssh node-2 sudo pkill -CONT nginx");
        assert_eq!((hung, world.cluster().faults().count()), (1, 0));
    }

    #[test]
    fn machines_are_broken_and_mended_by_their_own_tools() {
        let mut world = world(&web(""));
        assert_eq!(run(&mut world, "ssh node-2 sudo poweroff; sleep 50").exit_code, 0);
        let text = run(&mut world, "kubectl get nodes").stdout;
        assert!(text.contains("node-2   NotReady"), "{text}");
        let text = run(&mut world, "kubectl describe node node-2").stdout;
        for part in [
            "Unknown",
            "NodeStatusUnknown",
            "Kubelet stopped posting node status.",
            "node.kubernetes.io/unreachable:NoExecute",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(
            says(&mut world, "ssh node-2 hostname"),
            "ssh: connect to host node-2 port 22: Connection timed out\n"
        );
        let pod = pod_on(&world, "node-2").name;
        assert_eq!(
            says(&mut world, &format!("kubectl exec {pod} -- env")),
            "Error from server: error dialing backend: dial tcp 192.168.10.12:10250: i/o timeout\n"
        );
        assert_eq!(
            says(&mut world, "virsh start node-2; sleep 30"),
            "Domain 'node-2' started\n\n"
        );
        assert_eq!(node_status(&world, "node-2").0, "True");

        run(&mut world, "ssh node-3 sudo systemctl stop kubelet");
        assert_eq!(says(&mut world, "ssh node-3 systemctl is-active kubelet"), "inactive\n");
        let pod = pod_on(&world, "node-3").name;
        assert!(
            says(&mut world, &format!("kubectl exec {pod} -- env")).contains(":10250: connect: connection refused\n")
        );
        run(&mut world, "sleep 60");
        assert_eq!(node_status(&world, "node-3").0, "Unknown");
        run(&mut world, "ssh node-3 sudo systemctl start kubelet");
        assert_eq!(node_status(&world, "node-3").0, "True");

        run(&mut world, "ssh node-1 sudo ip link set eth0 down");
        assert_eq!(world.cluster().faults().cuts().len(), 3);
        run(&mut world, "virsh domif-setlink node-1 eth0 up");
        assert_eq!(world.cluster().faults().count(), 0);
        run(&mut world, "gcloud compute instances stop node-1 --zone a");
        assert!(world.cluster().faults().is_off("node-1"));
    }

    #[test]
    fn a_lost_pod_is_deleted_for_good_only_by_force() {
        let mut world = world(&web(""));
        let pod = pod_on(&world, "node-2").name;
        run(&mut world, "ssh node-2 sudo poweroff; sleep 60");
        let output = run(&mut world, &format!("kubectl delete pod {pod} --timeout=20s"));
        assert!(
            output.stderr.contains("timed out waiting for the condition"),
            "{}",
            output.stderr
        );
        let text = run(&mut world, "kubectl get pods").stdout;
        assert!(text.contains("Terminating"), "{text}");
        let output = run(
            &mut world,
            &format!("kubectl delete pod {pod} --grace-period=0 --force"),
        );
        assert_eq!(output.exit_code, 0);
        assert!(world.snapshot().get::<Pod>("default", &pod).is_none());
    }
}

mod offered {
    use kubehop::world::actions::{Action, offers};
    use kubehop::world::event_log::{EventLog, Line, Tone};

    use super::*;

    fn node(name: &str) -> ObjectRef {
        ObjectRef::new(Kind::Node, "", name)
    }

    fn told(lines: &[Line]) -> Vec<String> {
        let told = lines.iter().map(|it| {
            let seconds = (it.at - Instant::DEFAULT_START).as_secs();
            format!("{seconds} s: {}", it.text.en)
        });
        told.collect()
    }

    #[test]
    fn the_diary_tells_what_followed_and_when() {
        let mut world = world(&web(""));
        let mut event_log = EventLog::new(&world.snapshot());
        world.perform(&node("node-2"), &Action::PowerOff);
        let pod = pod_on(&world, "node-2").name;
        let lines = world.advance_telling(Duration::from_secs(400), &mut event_log);
        let lines: Vec<String> = told(&lines).iter().map(|it| it.replace(&pod, "web-*")).collect();
        for line in [
            "24 s: The load balancer drops node-2: its health checks failed",
            "50 s: NodeNotReady node/node-2: Node node-2 status is now: NodeNotReady",
            "50 s: NodeNotReady pod/web-*: Node is not ready",
            "50 s: Service web: 3 → 2 ready endpoints",
            "350 s: TaintManagerEviction pod/web-*: Marking for deletion Pod default/web-*",
            "350 s: Service web: 2 → 3 ready endpoints",
        ] {
            assert!(lines.iter().any(|it| it == line), "{line} in {lines:#?}");
        }
        assert!(
            world
                .advance_telling(Duration::from_secs(1000), &mut event_log)
                .is_empty()
        );
        assert!(
            world
                .advance_to_news(Duration::from_secs(1000), &mut event_log)
                .is_empty()
        );
        world.perform(&node("node-2"), &Action::PowerOn);
        let lines = world.advance_to_news(Duration::from_secs(1000), &mut event_log);
        assert!(
            lines
                .iter()
                .any(|it| it.text.en.starts_with("Rebooted node/node-2") && it.tone == Tone::Warning)
        );
    }

    #[test]
    fn every_deed_that_breaks_has_one_that_mends() {
        let mut world = world(&web(HTTP));
        let pod = ObjectRef::of(Kind::Pod, &pod_on(&world, "node-1"));
        for reference in [node("node-2"), pod] {
            let before = offers(&world.snapshot(), &reference);
            assert!(
                before
                    .iter()
                    .all(|it| !it.mends && !it.tells.en.is_empty() && !it.tells.ko.is_empty())
            );
            for offer in before {
                if matches!(offer.action, Action::Delete | Action::Drain | Action::Crash) {
                    continue;
                }
                world.perform(&reference, &offer.action);
                let mends: Vec<_> = offers(&world.snapshot(), &reference)
                    .into_iter()
                    .filter(|it| it.mends)
                    .collect();
                assert_eq!(mends.len(), 1, "{:?}", offer.action);
                world.perform(&reference, &mends[0].action);
                wait(&mut world, 700);
                assert!(
                    offers(&world.snapshot(), &reference).iter().all(|it| !it.mends),
                    "{:?}",
                    offer.action
                );
                assert_eq!(ready(&world).len(), 3, "{:?}", offer.action);
            }
        }
    }

    #[test]
    fn what_is_promised_comes_true() {
        let mut world = world(&web(HTTP));
        let key = pod_on(&world, "node-1");
        let pod = ObjectRef::of(Kind::Pod, &key);
        let hang = offers(&world.snapshot(), &pod)
            .into_iter()
            .find(|it| it.action == Action::SetHealth(Health::Hung));
        let hang = hang.expect("it can be made to hang");
        assert!(hang.tells.en.contains("within 31 s"), "{}", hang.tells.en);
        for after in [1, 5, 9] {
            wait(&mut world, after);
            world.perform(&pod, &hang.action);
            assert!(until(&mut world, |world| ready(world).len() == 2) <= 31);
            world.edit(|cluster| cluster.set_health(&key, Health::Healthy));
            wait(&mut world, 60);
        }
    }
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Action {
        PowerOff(u8),
        PowerOn(u8),
        StopKubelet(u8),
        StartKubelet(u8),
        Link(u8, u8, bool),
        Crash(u8, i32),
        Health(u8, u8),
        Delete(u8, Option<i64>),
        Wait(i64),
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            2 => (0..3u8).prop_map(Action::PowerOff),
            2 => (0..3u8).prop_map(Action::PowerOn),
            1 => (0..3u8).prop_map(Action::StopKubelet),
            1 => (0..3u8).prop_map(Action::StartKubelet),
            2 => (0..4u8, 0..4u8, any::<bool>()).prop_map(|(a, b, whole)| Action::Link(a, b, whole)),
            2 => (0..6u8, 0..2i32).prop_map(|(pod, code)| Action::Crash(pod, code)),
            3 => (0..6u8, 0..4u8).prop_map(|(pod, health)| Action::Health(pod, health)),
            1 => (0..6u8, prop::option::of(0..5i64)).prop_map(|(pod, grace)| Action::Delete(pod, grace)),
            6 => prop::sample::select(vec![1, 3, 10, 50, 300, 700]).prop_map(Action::Wait),
        ]
    }

    fn node(idx: u8) -> String {
        match idx {
            3 => ROUTER.to_owned(),
            idx => format!("node-{}", idx + 1),
        }
    }

    fn act(world: &mut World, action: &Action) {
        let all = pods(world);
        let pick = |idx: u8| {
            let found = all.get(usize::from(idx) % all.len().max(1));
            NamespacedName::new("default", found.map(|it| it.0.clone()).unwrap_or_default())
        };
        if let Action::Wait(seconds) = *action {
            return wait(world, seconds);
        }
        world.edit(|cluster| match *action {
            Action::PowerOff(it) => cluster.power_off(&node(it)),
            Action::PowerOn(it) => cluster.power_on(&node(it)),
            Action::StopKubelet(it) => cluster.stop_kubelet(&node(it)),
            Action::StartKubelet(it) => cluster.start_kubelet(&node(it)),
            Action::Link(a, b, _) if a == b => {}
            Action::Link(a, b, whole) => cluster.set_link(&node(a), &node(b), whole),
            Action::Crash(pod, code) => cluster.crash(&pick(pod), None, code),
            Action::Health(pod, health) => {
                let health = [Health::Healthy, Health::Hung, Health::Unready, Health::Crashing][usize::from(health)];
                cluster.set_health(&pick(pod), health);
            }
            Action::Delete(pod, grace) => {
                let pod = pick(pod);
                cluster.delete(&ObjectRef::of(Kind::Pod, &pod), grace);
            }
            Action::Wait(_) => {}
        });
    }

    /// What kube-proxy may choose: ready endpoints; where there are none, those that still serve.
    fn usable(world: &World) -> Vec<String> {
        let snapshot = world.snapshot();
        let all: Vec<_> = snapshot
            .list::<EndpointSlice>()
            .filter(|it| it.metadata.name.starts_with("web-"))
            .flat_map(|it| it.endpoints.clone())
            .collect();
        let having = |serving: bool| -> Vec<String> {
            all.iter()
                .filter(|it| {
                    let conditions = &it.conditions;
                    if serving { conditions.serving } else { conditions.ready }.unwrap_or(true)
                })
                .flat_map(|it| it.addresses.clone())
                .collect()
        };
        let ready = having(false);
        if ready.is_empty() { having(true) } else { ready }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn whatever_breaks_only_usable_endpoints_are_chosen_and_mending_mends(
            probes in prop::sample::select(vec!["", HTTP, LIVE]),
            actions in prop::collection::vec(action(), 1..20),
        ) {
            let mut world = world(&web(probes));
            for action in &actions {
                act(&mut world, action);
                let usable = usable(&world);
                for from in ["pod/cli", "node/node-1"] {
                    let snapshot = world.snapshot();
                    let service = snapshot.get::<kubehop::api::types::core::Service>("default", "web").expect("Service");
                    let trace = send(&mut world, from, &format!("http://{}", service.spec.cluster_ip));
                    for backend in trace.proxy.iter().flat_map(|it| &it.backends) {
                        prop_assert!(usable.contains(&backend.address.ip().to_string()), "{backend:?} of {usable:?}");
                    }
                }
            }
            world.edit(Cluster::mend_all);
            // A link that heals, 30 s of booting, the longest delay of a restart, and the grace of what was to go.
            wait(&mut world, 800);
            prop_assert_eq!(world.cluster().faults().count(), 0);
            prop_assert_eq!(pods(&world).len(), 3);
            prop_assert_eq!(ready(&world).len(), 3);
            prop_assert!(reasons(&world).len() <= 2000);
            let before = world.snapshot();
            wait(&mut world, 3600);
            let after = world.snapshot();
            // Heartbeats go on.
            for info in kubehop::api::kind::KINDS.iter().filter(|it| it.kind != Kind::Node) {
                let same = match (before.kind_map(info.kind), after.kind_map(info.kind)) {
                    (Some(before), Some(after)) => std::sync::Arc::ptr_eq(before, after),
                    (before, after) => before.is_none() && after.is_none(),
                };
                prop_assert!(same, "a cluster at rest stays as it is: {}", info.name);
            }
            // But for a client that sleeps for eleven days.
            let due = world.cluster().next_due();
            prop_assert!(due.is_none_or(|it| (it - world.now()).as_secs() > 86_400), "{due:?}");
        }
    }
}
