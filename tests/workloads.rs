//! Workloads, what runs in their pods, and what is told of it: commands as a person types them.

use kubehop::cluster::Preset;
use kubehop::shell::Shell;
use kubehop::text::FileId;
use kubehop::world::{Options, World};

/// A bare-metal cluster with a text applied.
fn world(text: &str) -> World {
    let mut world = World::new(Options {
        preset: Preset::BareMetal,
        ..Options::default()
    });
    let outcome = world.apply(FileId(0), text);
    assert!(!outcome.stderr.contains("invalid"), "{}", outcome.stderr);
    world
}

/// What a command prints, errors behind.
fn run(world: &mut World, command: &str) -> String {
    let output = Shell::default().run(world, command);
    output.stdout + &output.stderr
}

/// The words of a line that begins with a prefix.
fn words(text: &str, prefix: &str) -> Vec<String> {
    let line = text.lines().find(|it| it.trim_start().starts_with(prefix));
    let line = line.unwrap_or_else(|| panic!("no line {prefix:?} in\n{text}"));
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn nodes_have_the_labels_of_old() {
    let mut world = world(
        "{apiVersion: v1, kind: Pod, metadata: {name: old}, spec: {nodeSelector: {beta.kubernetes.io/os: linux, \
         beta.kubernetes.io/arch: amd64}, containers: [{name: c, image: nginx}]}}",
    );
    assert_eq!(words(&run(&mut world, "kubectl get po old"), "old")[2], "Running");
    let labels = run(&mut world, "kubectl get no node-1 --show-labels");
    assert!(
        labels.contains("beta.kubernetes.io/arch=amd64,beta.kubernetes.io/os=linux,kubernetes.io/arch"),
        "{labels}"
    );
}

#[test]
fn kubelets_report_conditions_heartbeats_and_leases() {
    let mut world = world("");
    let text = run(&mut world, "sleep 318; kubectl describe node node-2");
    for kind in ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] {
        assert!(text.contains(&format!("  {kind}")), "{text}");
    }
    assert!(
        text.contains("volumes.kubernetes.io/controller-managed-attach-detach: true"),
        "{text}"
    );
    assert!(text.contains("  HolderIdentity:  node-2\n"), "{text}");
    assert!(text.contains("  AcquireTime:     <unset>\n"), "{text}");
    // Leases are renewed every 10 s, a status that did not change is posted every 5 minutes.
    assert!(
        text.contains("  RenewTime:       Thu, 01 Jan 2026 00:05:10 +0000\n"),
        "{text}"
    );
    let ready = text.lines().find(|it| it.starts_with("  Ready ")).expect("a condition");
    assert!(
        ready.contains("00:05:00 +0000") && ready.contains("00:00:00 +0000"),
        "{ready}"
    );
    let leases = run(&mut world, "kubectl get leases -n kube-node-lease -o name");
    assert_eq!(leases.lines().count(), 3, "{leases}");
    // A kubelet that is silent renews nothing.
    let command = "ssh node-2 systemctl stop kubelet; sleep 60; kubectl describe node node-2";
    assert!(run(&mut world, command).contains("  RenewTime:       Thu, 01 Jan 2026 00:05:10 +0000\n"));
}

#[test]
fn events_of_one_moment_stand_in_the_order_in_which_they_happened() {
    let mut world = world(
        "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web}, spec: {replicas: 9, selector: {matchLabels: \
         {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}}}",
    );
    let names = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|it| it.contains("Created pod"));
        lines
            .filter_map(|it| Some(it.split_whitespace().last()?.to_owned()))
            .collect()
    };
    let told = names(&run(&mut world, "kubectl describe rs web"));
    let listed = names(&run(&mut world, "kubectl get events"));
    assert_eq!(told.len(), 9);
    assert_eq!(told, listed);
}

const AGENT: &str = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: a, image: 'nginx:1.27', ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: agent}
spec: {selector: {app: agent}, ports: [{port: 80}]}
";

#[test]
fn a_daemon_set_has_a_pod_on_every_node_that_takes_one() {
    let mut world = world(AGENT);
    let row = words(&run(&mut world, "kubectl get ds"), "agent");
    assert_eq!(row[1..7], ["3", "3", "3", "3", "3", "<none>"]);
    let pods = run(&mut world, "kubectl get po -o wide -l app=agent");
    for node in ["node-1", "node-2", "node-3"] {
        assert_eq!(pods.matches(node).count(), 1, "{pods}");
    }
    // A cordon is tolerated, other taints are not; a selector chooses.
    run(
        &mut world,
        "kubectl cordon node-1; kubectl taint no node-2 gpu=yes:NoExecute",
    );
    assert_eq!(
        words(&run(&mut world, "kubectl get ds"), "agent")[1..4],
        ["2", "2", "2"]
    );
    run(&mut world, "kubectl label no node-3 disk=ssd");
    let patch =
        "kubectl patch ds agent -p '{\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":{\"disk\":\"ssd\"}}}}}'";
    run(&mut world, patch);
    run(&mut world, "sleep 40");
    let row = words(&run(&mut world, "kubectl get ds"), "agent");
    assert_eq!(row[1..7], ["1", "1", "1", "1", "1", "disk=ssd"]);
    assert_eq!(
        run(&mut world, "kubectl delete ds agent"),
        "daemonset.apps \"agent\" deleted from default namespace\n"
    );
    run(&mut world, "sleep 40");
    assert!(!run(&mut world, "kubectl get po").contains("agent"));
}

#[test]
fn a_daemon_set_rolls_node_by_node_and_remembers_its_revisions() {
    let mut world = world(AGENT);
    let text = run(
        &mut world,
        "kubectl set image ds/agent a=nginx:1.28; kubectl rollout status ds/agent",
    );
    assert!(
        text.ends_with("daemon set \"agent\" successfully rolled out\n"),
        "{text}"
    );
    let history = run(&mut world, "kubectl rollout history ds/agent");
    assert_eq!(
        history,
        "daemonset.apps/agent \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n"
    );
    let undone = run(
        &mut world,
        "kubectl rollout undo ds/agent 2>/dev/null; kubectl rollout status ds/agent",
    );
    assert!(undone.starts_with("daemonset.apps/agent rolled back\n"), "{undone}");
    assert!(run(&mut world, "kubectl get ds -o wide").contains("nginx:1.27"));
    let text = run(&mut world, "kubectl describe ds agent");
    assert!(
        text.contains("Annotations:    deprecated.daemonset.template.generation: 3\n"),
        "{text}"
    );
    assert!(
        text.contains("Number of Nodes Scheduled with Available Pods: 3\n"),
        "{text}"
    );
    assert!(text.contains("daemonset-controller"), "{text}");
}

#[test]
fn a_replication_controller_keeps_its_pods() {
    let mut world = world(
        "{apiVersion: v1, kind: ReplicationController, metadata: {name: old}, spec: {replicas: 2, selector: {app: old}, \
         template: {metadata: {labels: {app: old}}, spec: {containers: [{name: a, image: nginx}]}}}}",
    );
    assert_eq!(
        words(&run(&mut world, "kubectl get rc -o wide"), "old")[1..4],
        ["2", "2", "2"]
    );
    assert_eq!(
        run(&mut world, "kubectl scale rc old --replicas=3"),
        "replicationcontroller/old scaled\n"
    );
    let text = run(&mut world, "kubectl describe rc old");
    assert!(
        text.contains("Selector:     app=old\n") && text.contains("Replicas:     3 current / 3 desired\n"),
        "{text}"
    );
    assert_eq!(
        text.matches("replication-controller  Created pod: old-").count(),
        3,
        "{text}"
    );
    let owner = run(
        &mut world,
        "kubectl get po -o jsonpath='{.items[0].metadata.ownerReferences[0].kind}'",
    );
    assert_eq!(owner, "ReplicationController");
}

#[test]
fn partitions_keep_pods_on_the_template_of_before() {
    let mut world = world(
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, replicas: 3, selector: \
         {matchLabels: {app: db}}, updateStrategy: {rollingUpdate: {partition: 2}}, template: {metadata: {labels: {app: \
         db}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: a, image: 'nginx:1.27'}]}}}}",
    );
    run(&mut world, "kubectl set image sts/db a=nginx:1.28; sleep 30");
    let images = "kubectl get po -o jsonpath='{.items[*].spec.containers[0].image}'";
    assert_eq!(run(&mut world, images), "nginx:1.27 nginx:1.27 nginx:1.28");
    // One that is made anew below the partition has the old template too.
    run(&mut world, "kubectl delete po db-0; sleep 30");
    assert_eq!(run(&mut world, images), "nginx:1.27 nginx:1.27 nginx:1.28");
    let history = run(&mut world, "kubectl rollout history sts/db");
    assert!(history.contains("\n1         <none>\n2         <none>\n"), "{history}");
    run(&mut world, "kubectl rollout undo sts/db; sleep 30");
    assert_eq!(run(&mut world, images), "nginx:1.27 nginx:1.27 nginx:1.27");
}
