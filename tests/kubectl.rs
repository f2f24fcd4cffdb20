//! Commands of kubectl that go together: rollouts, variables, logs, explanations.

use kubehop::shell::{Output, Shell};
use kubehop::text::FileId;
use kubehop::world::{Options, World};

fn world() -> World {
    let mut world = World::new(Options::default());
    let outcome = world.apply(
        FileId(0),
        "
{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: 'nginx:1'}]}}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {LEVEL: debug}}
",
    );
    assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
    world
}

fn run(world: &mut World, command: &str) -> Output {
    Shell::new().run(world, command)
}

/// What a command prints on standard output; it must succeed.
fn says(world: &mut World, command: &str) -> String {
    let output = run(world, command);
    assert_eq!(output.exit_code, 0, "{command}: {}", output.stderr);
    output.stdout
}

const IMAGE: &str = "kubectl get deploy web -o jsonpath='{.spec.template.spec.containers[0].image}'";

#[test]
fn a_rollout_is_undone_to_the_revision_before() {
    let mut world = world();
    says(
        &mut world,
        "kubectl annotate deploy web kubernetes.io/change-cause=first",
    );
    says(&mut world, "kubectl set image deploy/web c=nginx:2");
    says(
        &mut world,
        "kubectl annotate deploy web kubernetes.io/change-cause=second --overwrite",
    );
    assert_eq!(
        says(&mut world, "kubectl rollout history deploy web"),
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         first\n2         second\n\n"
    );
    assert_eq!(
        says(&mut world, "kubectl rollout undo deploy/web"),
        "deployment.apps/web rolled back\n"
    );
    assert_eq!(says(&mut world, IMAGE), "nginx:1");
    // What was the first is now the third.
    assert_eq!(
        says(&mut world, "kubectl rollout history deploy web"),
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n2         second\n3         first\n\n"
    );
    assert_eq!(
        says(&mut world, "kubectl rollout undo deploy/web --to-revision=2"),
        "deployment.apps/web rolled back\n"
    );
    assert_eq!(says(&mut world, IMAGE), "nginx:2");
    assert!(says(&mut world, "kubectl rollout history deploy web --revision=3").contains("Image:\tnginx:1\n"));
}

#[test]
fn a_paused_deployment_rolls_out_nothing() {
    let mut world = world();
    says(&mut world, "kubectl rollout pause deploy/web");
    says(&mut world, "kubectl set image deploy/web c=nginx:2");
    let images = "kubectl get pods -o jsonpath='{.items[*].spec.containers[0].image}'";
    assert_eq!(says(&mut world, images), "nginx:1 nginx:1");
    for (command, error) in [
        (
            "kubectl rollout pause deploy/web",
            "error: deployments.apps \"web\" is already paused\n",
        ),
        (
            "kubectl rollout restart deploy/web",
            "error: deployments.apps \"web\" can't restart paused deployment (run rollout resume first)\n",
        ),
    ] {
        assert_eq!(run(&mut world, command).stderr, error);
    }
    assert_eq!(
        says(&mut world, "kubectl rollout resume deploy/web"),
        "deployment.apps/web resumed\n"
    );
    says(&mut world, "kubectl rollout status deploy/web");
    says(&mut world, "sleep 40");
    assert_eq!(says(&mut world, images), "nginx:2 nginx:2");
}

#[test]
fn variables_come_from_a_config_map() {
    let mut world = world();
    says(
        &mut world,
        "kubectl set env deploy/web --from=configmap/settings --prefix=APP_",
    );
    assert_eq!(
        says(&mut world, "kubectl set env deploy/web --list"),
        "# Deployment web, container c\n# APP_LEVEL from configmap settings, key LEVEL\n"
    );
}

#[test]
fn logs_say_that_images_are_not_run() {
    let mut world = world();
    let output = run(&mut world, "kubectl logs deploy/web");
    assert_eq!((output.stdout.as_str(), output.exit_code), ("", 0));
    assert!(
        output.stderr.starts_with("Found 2 pods, using pod/web-"),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("Kubehop: images are not run"),
        "{}",
        output.stderr
    );
    let missing = run(&mut world, "kubectl logs nope");
    assert_eq!(
        missing.stderr,
        "error: error from server (NotFound): pods \"nope\" not found in namespace \"default\"\n"
    );
}

#[test]
fn fields_are_explained_from_the_schema() {
    let mut world = world();
    let text = says(&mut world, "kubectl explain svc.spec.ports");
    assert!(
        text.starts_with("KIND:       Service\nVERSION:    v1\n\nFIELD: ports <[]ServicePort>\n"),
        "{text}"
    );
    assert!(text.contains("  port\t<integer> -required-\n"), "{text}");
    let deep = says(&mut world, "kubectl explain netpol --recursive");
    assert!(deep.contains("        endPort\t<integer>\n"), "{deep}");
    assert_eq!(
        run(&mut world, "kubectl explain svc.nope").stderr,
        "error: field \"nope\" does not exist\n"
    );
}

#[test]
fn files_are_created_replaced_and_deleted() {
    let mut world = world();
    let mut shell = Shell::new();
    shell.add_file(
        "a.yaml",
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}",
    );
    for (command, stdout, stderr) in [
        ("kubectl create -f a.yaml --save-config", "configmap/a created\n", ""),
        ("kubectl apply -f a.yaml", "configmap/a unchanged\n", ""),
        (
            "kubectl replace --force -f a.yaml",
            "configmap \"a\" deleted from default namespace\nconfigmap/a replaced\n",
            "",
        ),
        (
            "kubectl delete -f a.yaml",
            "configmap \"a\" deleted from default namespace\n",
            "",
        ),
        (
            "kubectl delete -f a.yaml",
            "",
            "Error from server (NotFound): error when deleting \"a.yaml\": configmaps \"a\" not found\n",
        ),
        ("kubectl replace --force -f a.yaml", "configmap/a replaced\n", ""),
        (
            "kubectl apply view-last-applied cm a",
            "",
            "error: no last-applied-configuration annotation found on resource: a\n",
        ),
        ("kubectl wait -f a.yaml --for=create", "configmap/a condition met\n", ""),
    ] {
        let output = shell.run(&mut world, command);
        assert_eq!(
            (output.stdout.as_str(), output.stderr.as_str()),
            (stdout, stderr),
            "{command}"
        );
    }
}
