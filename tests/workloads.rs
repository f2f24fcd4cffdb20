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
