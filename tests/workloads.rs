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

/// A Job of one container with a shell script.
fn job(name: &str, more: &str, policy: &str, script: &str) -> String {
    format!(
        "{{apiVersion: batch/v1, kind: Job, metadata: {{name: {name}}}, spec: {{{more} template: {{spec: {{restartPolicy: {policy}, \
         containers: [{{name: c, image: busybox, command: [sh, -c, '{script}']}}]}}}}}}}}\n---\n"
    )
}

#[test]
fn a_job_runs_until_enough_pods_have_ended_well() {
    let mut world = world(&job(
        "pi",
        "completions: 4, parallelism: 2,",
        "Never",
        "echo 3.14; sleep 5",
    ));
    let row = words(&run(&mut world, "kubectl get job"), "pi");
    assert_eq!(row[1..4], ["Running", "0/4", "0s"]);
    run(&mut world, "sleep 7");
    assert_eq!(
        words(&run(&mut world, "kubectl get job"), "pi")[1..3],
        ["Running", "2/4"]
    );
    run(&mut world, "sleep 20");
    let row = words(&run(&mut world, "kubectl get job -o wide"), "pi");
    assert_eq!(row[1..4], ["Complete", "4/4", "10s"]);
    assert!(row[7].starts_with("batch.kubernetes.io/controller-uid="), "{row:?}");
    let pods = run(&mut world, "kubectl get po -l job-name=pi");
    assert_eq!(pods.matches("0/1     Completed   0").count(), 4, "{pods}");
    let text = run(&mut world, "kubectl describe job pi");
    assert!(
        text.contains("Pods Statuses:    0 Active (0 Ready) / 4 Succeeded / 0 Failed\n"),
        "{text}"
    );
    assert!(
        text.contains("job-controller  Job completed\n") && text.matches("Created pod: pi-").count() == 4,
        "{text}"
    );
    assert_eq!(
        run(&mut world, "kubectl wait --for=condition=complete job/pi"),
        "job.batch/pi condition met\n"
    );
    let refused = run(
        &mut world,
        "kubectl create cronjob x --image=busybox --schedule='* * * * *' --restart=Always",
    );
    assert!(
        refused.contains("restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""),
        "{refused}"
    );
    run(&mut world, "kubectl delete job pi");
    assert!(!run(&mut world, "kubectl get po").contains("pi-"));
}

#[test]
fn a_job_gives_up_after_its_limit_of_failures() {
    let mut world = world(
        &(job("never", "backoffLimit: 2,", "Never", "exit 1")
            + &job("again", "backoffLimit: 2,", "OnFailure", "sleep 1; exit 1")
            + &job("late", "activeDeadlineSeconds: 30,", "Never", "sleep 600")
            + &job("gone", "ttlSecondsAfterFinished: 20,", "Never", "true")),
    );
    run(&mut world, "sleep 15");
    assert_eq!(words(&run(&mut world, "kubectl get job"), "gone")[1], "Complete");
    // The second try comes 10 s after the first, the third 20 s after that.
    assert_eq!(
        run(&mut world, "kubectl get po -l job-name=never -o name")
            .lines()
            .count(),
        2
    );
    run(&mut world, "sleep 60");
    let jobs = run(&mut world, "kubectl get job");
    for name in ["never", "again", "late"] {
        assert_eq!(words(&jobs, name)[1], "Failed", "{jobs}");
    }
    assert!(!jobs.contains("gone"), "{jobs}");
    assert_eq!(
        run(&mut world, "kubectl get po -l job-name=never -o name")
            .lines()
            .count(),
        3
    );
    let reason = "kubectl get job -o jsonpath='{range .items[*]}{.status.conditions[1].reason} {end}'";
    assert_eq!(
        run(&mut world, reason),
        "BackoffLimitExceeded DeadlineExceeded BackoffLimitExceeded "
    );
    assert!(run(&mut world, "kubectl describe job never").contains("Job has reached the specified backoff limit"));
}

#[test]
fn indexed_jobs_name_their_pods_by_number() {
    let mut world = world(&job(
        "idx",
        "completions: 3, parallelism: 3, completionMode: Indexed,",
        "Never",
        "true",
    ));
    let pods = run(&mut world, "kubectl get po");
    for index in 0..3 {
        assert!(pods.contains(&format!("idx-{index}-")), "{pods}");
    }
    let done = run(
        &mut world,
        "kubectl get job idx -o jsonpath='{.status.completedIndexes}'",
    );
    assert_eq!(done, "0-2");
}

#[test]
fn a_cron_job_makes_jobs_by_the_clock() {
    let mut world = world("");
    let made = run(
        &mut world,
        "kubectl create cronjob hello --image=busybox --schedule='*/2 * * * *' -- sh -c 'date; echo Hello'",
    );
    assert_eq!(made, "cronjob.batch/hello created\n");
    let row = words(&run(&mut world, "kubectl get cj"), "hello");
    assert_eq!(
        row[1..],
        ["*/2", "*", "*", "*", "*", "<none>", "False", "0", "<none>", "0s"]
    );
    run(&mut world, "sleep 130");
    let row = words(&run(&mut world, "kubectl get cj"), "hello");
    assert_eq!(row[6..], ["<none>", "False", "0", "10s", "2m10s"]);
    // Minutes since 1970.
    let jobs = run(&mut world, "kubectl get job");
    assert_eq!(words(&jobs, "hello-29453762")[1..3], ["Complete", "1/1"], "{jobs}");
    let text = run(&mut world, "kubectl describe cj hello");
    assert!(
        text.contains("cronjob-controller  Created job hello-29453762\n"),
        "{text}"
    );
    assert!(
        text.contains("Saw completed job: hello-29453762, condition: Complete\n"),
        "{text}"
    );
    assert!(
        text.contains("Active Jobs:") && text.contains("Schedule:                      */2 * * * *\n"),
        "{text}"
    );
    // Three that went well are kept.
    run(&mut world, "sleep 1200");
    assert_eq!(run(&mut world, "kubectl get job -o name").lines().count(), 3);
    run(
        &mut world,
        "kubectl patch cj hello -p '{\"spec\":{\"suspend\":true}}'; sleep 600",
    );
    let row = words(&run(&mut world, "kubectl get cj"), "hello");
    assert_eq!(row[7], "True");
    assert_eq!(
        run(&mut world, "kubectl create job manual --from=cronjob/hello"),
        "job.batch/manual created\n"
    );
    assert_eq!(words(&run(&mut world, "kubectl get job"), "manual")[1], "Complete");
    run(&mut world, "kubectl delete cj hello");
    assert_eq!(
        run(&mut world, "kubectl get job,po"),
        "No resources found in default namespace.\n"
    );
}

#[test]
fn cron_jobs_heed_their_concurrency_policy() {
    let cron = |name: &str, policy: &str| {
        format!(
            "{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: {name}}}, spec: {{schedule: '* * * * *', concurrencyPolicy: \
             {policy}, jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, terminationGracePeriodSeconds: 1, containers: \
             [{{name: c, image: busybox, command: [sleep, '600']}}]}}}}}}}}}}}}\n---\n"
        )
    };
    let mut world = world(&(cron("allow", "Allow") + &cron("forbid", "Forbid") + &cron("replace", "Replace")));
    run(&mut world, "sleep 190");
    let row = |world: &mut World, name: &str| words(&run(world, "kubectl get cj"), name)[8].clone();
    assert_eq!(row(&mut world, "allow"), "3");
    assert_eq!(row(&mut world, "forbid"), "1");
    assert_eq!(row(&mut world, "replace"), "1");
    let text = run(&mut world, "kubectl describe cj forbid");
    assert!(
        text.contains("JobAlreadyActive") && text.contains("(x2 over 70s)"),
        "{text}"
    );
}

/// A pod of containers, with what stands before them in its spec.
fn pod(name: &str, more: &str, containers: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {name}}}}}, spec: {{{more} containers: [{containers}]}}}}\n---\n"
    )
}

#[test]
fn programs_end_and_are_started_again_with_growing_delays() {
    let script = |text: &str| format!("{{name: c, image: 'busybox:1.36', command: [sh, -c, '{text}']}}");
    let mut world = world(
        &(pod("crash", "", &script("echo starting; exit 1"))
            + &pod("once", "restartPolicy: Never,", &script("sleep 3"))
            + &pod("fails", "restartPolicy: Never,", &script("exit 3"))
            + &pod("retry", "restartPolicy: OnFailure,", &script("sleep 2; exit 4"))),
    );
    let status = |world: &mut World, name: &str| {
        let row = words(&run(world, "kubectl get po"), name);
        (row[2].clone(), row[3].clone())
    };
    let is = |status: &str, restarts: &str| (status.to_owned(), restarts.to_owned());
    assert_eq!(status(&mut world, "crash"), is("Error", "0"));
    assert_eq!(status(&mut world, "once"), is("Running", "0"));
    assert_eq!(status(&mut world, "fails"), is("Error", "0"));
    run(&mut world, "sleep 5");
    assert_eq!(status(&mut world, "crash"), is("CrashLoopBackOff", "1"));
    assert_eq!(status(&mut world, "once"), is("Completed", "0"));
    // Started again after 1, 11, 31, 71 and 151 s.
    run(&mut world, "sleep 155");
    assert_eq!(status(&mut world, "crash"), is("CrashLoopBackOff", "5"));
    assert_eq!(status(&mut world, "retry").0, "CrashLoopBackOff");
    let text = run(&mut world, "kubectl describe po crash");
    assert!(text.contains("spec.containers{c}: Container started\n"), "{text}");
    assert!(text.contains("spec.containers{c}: Container image \"busybox:1.36\" already present on machine and can be accessed by the pod\n"), "{text}");
    assert!(
        text.contains("default-scheduler  Successfully assigned default/crash to node-"),
        "{text}"
    );
    assert!(
        text.contains("Back-off restarting failed container c in pod crash_default("),
        "{text}"
    );
    assert!(
        text.contains("    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    1\n"),
        "{text}"
    );
    assert!(run(&mut world, "kubectl exec crash -- env").contains("container not found (\"c\")"));
}

#[test]
fn images_that_cannot_be_there_are_asked_for_again_and_again() {
    let mut world =
        world(&(pod("web", "", "{name: c, image: 'nginx:nope'}") + &pod("bad", "", "{name: c, image: Nginx}")));
    let row = words(&run(&mut world, "kubectl get po"), "web");
    assert_eq!(row[1..4], ["0/1", "ErrImagePull", "0"]);
    run(&mut world, "sleep 5");
    let pods = run(&mut world, "kubectl get po");
    assert_eq!(words(&pods, "web")[2], "ImagePullBackOff");
    assert_eq!(words(&pods, "bad")[2], "InvalidImageName");
    run(&mut world, "sleep 60");
    let text = run(&mut world, "kubectl describe po web");
    assert!(
        text.contains("spec.containers{c}: Failed to pull image \"nginx:nope\": rpc error: code = NotFound"),
        "{text}"
    );
    assert!(
        text.contains("(x3 over ") && text.contains("spec.containers{c}: Error: ImagePullBackOff\n"),
        "{text}"
    );
    assert!(
        text.contains("Status:           Pending\n") && text.contains("      Reason:       ImagePullBackOff\n"),
        "{text}"
    );
    // A tag that can be there mends it.
    run(&mut world, "kubectl set image po/web c=nginx:1.27; sleep 90");
    assert_eq!(words(&run(&mut world, "kubectl get po"), "web")[2], "Running");
}

const MYAPP: &str = "
apiVersion: v1
kind: Pod
metadata: {name: myapp}
spec:
  containers:
  - {name: myapp, image: 'busybox:1.28', command: [sh, -c, 'echo The app is running! && sleep 3600']}
  initContainers:
  - name: init-myservice
    image: busybox:1.28
    command: [sh, -c, 'until nslookup myservice.$(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace).svc.cluster.local; do echo waiting for myservice; sleep 2; done']
  - name: init-mydb
    image: busybox:1.28
    command: [sh, -c, 'until nslookup mydb; do echo waiting for mydb; sleep 2; done; sleep 3']
";

#[test]
fn init_containers_run_first_one_after_the_other() {
    let mut world = world(MYAPP);
    assert_eq!(
        words(&run(&mut world, "kubectl get po"), "myapp")[1..3],
        ["0/1", "Init:0/2"]
    );
    let text = run(&mut world, "sleep 20; kubectl describe po myapp");
    assert!(text.contains("  Initialized                 False \n"), "{text}");
    assert!(
        text.contains("spec.initContainers{init-myservice}: Container started\n"),
        "{text}"
    );
    assert!(text.contains("      Reason:       PodInitializing\n"), "{text}");
    let reason = "kubectl get po myapp -o jsonpath='{.status.conditions[1].message}'";
    assert_eq!(
        run(&mut world, reason),
        "containers with incomplete status: [init-myservice init-mydb]"
    );
    run(
        &mut world,
        "kubectl create service clusterip myservice --tcp=80; sleep 1",
    );
    assert_eq!(words(&run(&mut world, "kubectl get po"), "myapp")[2], "Init:1/2");
    run(&mut world, "kubectl create service clusterip mydb --tcp=80; sleep 1");
    assert_eq!(words(&run(&mut world, "kubectl get po"), "myapp")[2], "Init:1/2");
    run(&mut world, "sleep 3");
    assert_eq!(
        words(&run(&mut world, "kubectl get po"), "myapp")[1..4],
        ["1/1", "Running", "0"]
    );
}

#[test]
fn an_init_container_that_fails_holds_its_pod_back() {
    let init = |policy: &str| {
        format!("restartPolicy: {policy}, initContainers: [{{name: i, image: busybox, command: [sh, -c, 'exit 1']}}],")
    };
    let mut world = world(
        &(pod("again", &init("Always"), "{name: c, image: nginx}")
            + &pod("never", &init("Never"), "{name: c, image: nginx}")),
    );
    run(&mut world, "sleep 5");
    let pods = run(&mut world, "kubectl get po");
    assert_eq!(words(&pods, "again")[1..3], ["0/1", "Init:CrashLoopBackOff"]);
    assert_eq!(words(&pods, "never")[1..3], ["0/1", "Init:Error"]);
    assert_eq!(
        run(&mut world, "kubectl get po never -o jsonpath='{.status.phase}'"),
        "Failed"
    );
}

#[test]
fn sidecars_are_started_first_and_run_beside() {
    let sidecar = "initContainers: [{name: proxy, image: 'example.com/proxy:1', restartPolicy: Always, ports: [{name: mesh, containerPort: 15001}]}],";
    let mut world = world(
        &(pod(
            "sc",
            sidecar,
            "{name: a, image: nginx, ports: [{name: http, containerPort: 80}]}",
        ) + &pod("cli", "", "{name: c, image: curlimages/curl, command: [sleep, inf]}")
            + "{apiVersion: v1, kind: Service, metadata: {name: sc}, spec: {selector: {app: sc}, ports: [{name: h, port: 80, targetPort: http}, \
               {name: m, port: 15001, targetPort: mesh}]}}\n---\n"
            + &job("batch", "", "Never", "sleep 5").replace("containers:", &format!("{sidecar} containers:"))),
    );
    assert_eq!(
        words(&run(&mut world, "kubectl get po sc"), "sc")[1..3],
        ["2/2", "Running"]
    );
    let code = "kubectl exec cli -- curl -s -o /dev/null -w '%{http_code}' http://sc:15001";
    assert_eq!(run(&mut world, code), "200");
    // A sidecar ends with the last of the others.
    assert_eq!(
        words(&run(&mut world, "kubectl get po -l job-name=batch"), "batch-")[1..3],
        ["2/2", "Running"]
    );
    run(&mut world, "sleep 6");
    assert_eq!(
        words(&run(&mut world, "kubectl get po -l job-name=batch"), "batch-")[1..3],
        ["0/2", "Completed"]
    );
    assert_eq!(words(&run(&mut world, "kubectl get job"), "batch")[1], "Complete");
}

#[test]
fn two_servers_of_a_pod_cannot_have_one_port() {
    let mut world = world(&pod(
        "two",
        "",
        "{name: a, image: nginx}, {name: b, image: 'nginx:1.27'}",
    ));
    run(&mut world, "sleep 6");
    assert_eq!(
        words(&run(&mut world, "kubectl get po"), "two")[1..4],
        ["1/2", "CrashLoopBackOff", "1"]
    );
    assert!(run(&mut world, "kubectl get po two -o yaml").contains("exitCode: 1"));
}

#[test]
fn what_listens_is_what_runs() {
    let mut world = world(
        &(pod(
            "front",
            "",
            "{name: c, image: 'nginx:1.27', ports: [{containerPort: 8080}]}",
        ) + &pod(
            "own",
            "",
            "{name: c, image: 'shop/own:1', args: ['--bind=127.0.0.1', '--port=8080'], ports: [{containerPort: 8080}]}",
        ) + &pod(
            "pay",
            "",
            "{name: c, image: 'shop/pay:1', ports: [{containerPort: 8080}], readinessProbe: {httpGet: {path: /ready, port: 9090}}}",
        ) + &pod("cli", "", "{name: c, image: curlimages/curl, command: [sleep, inf]}")
            + "{apiVersion: v1, kind: Service, metadata: {name: front}, spec: {selector: {app: front}, ports: [{name: a, port: 80}, {name: b, port: 8080}]}}\n---\n\
               {apiVersion: v1, kind: Service, metadata: {name: own}, spec: {selector: {app: own}, ports: [{port: 8080}]}}\n---\n\
               {apiVersion: v1, kind: Service, metadata: {name: pay}, spec: {selector: {app: pay}, ports: [{name: a, port: 8080}, {name: b, port: 7070}]}}\n"),
    );
    let code = |world: &mut World, from: &str, to: &str| {
        run(
            world,
            &format!("kubectl exec {from} -- curl -s -o /dev/null -w '%{{http_code}}' http://{to} 2>/dev/null"),
        )
    };
    assert_eq!(code(&mut world, "cli", "front"), "200");
    assert_eq!(code(&mut world, "cli", "front:8080"), "000");
    assert_eq!(code(&mut world, "cli", "own:8080"), "000");
    assert_eq!(code(&mut world, "own", "localhost:8080"), "200");
    assert_eq!(words(&run(&mut world, "kubectl get po"), "pay")[1], "1/1");
    assert_eq!(code(&mut world, "cli", "pay:8080"), "200");
    // A Service is believed where another of its ports is right.
    assert_eq!(code(&mut world, "cli", "pay:7070"), "200");
}

#[test]
fn probes_that_fail_complain_again_and_again_and_those_that_cannot_be_made_do_not_count() {
    let mut world = world(
        &(pod(
            "pay",
            "",
            "{name: c, image: 'nginx:1.27', readinessProbe: {httpGet: {path: /ready, port: 9090}, periodSeconds: 5}}",
        ) + &pod(
            "two",
            "",
            "{name: a, image: nginx, ports: [{name: http, containerPort: 80}]}, {name: b, image: redis, livenessProbe: {httpGet: {path: /, port: http}}}",
        )),
    );
    run(&mut world, "sleep 60");
    let ip = run(&mut world, "kubectl get po pay -o jsonpath='{.status.podIP}'");
    let events = run(&mut world, "kubectl get events");
    let line = format!(
        "Readiness probe failed: Get \"http://{ip}:9090/ready\": dial tcp {ip}:9090: connect: connection refused"
    );
    let row = events
        .lines()
        .find(|it| it.contains(&line))
        .unwrap_or_else(|| panic!("{events}"));
    assert!(row.starts_with("0s "), "{row}");
    let text = run(&mut world, "kubectl describe po pay");
    assert!(text.contains("0s (x13 over 60s)"), "{text}");
    assert_eq!(
        words(&run(&mut world, "kubectl get po"), "two")[1..4],
        ["2/2", "Running", "0"]
    );
    assert!(
        events.contains(
            "Liveness probe errored and resulted in unknown state: strconv.Atoi: parsing \"http\": invalid syntax"
        ),
        "{events}"
    );
}

#[test]
fn commands_of_probes_run_in_the_containers_small_file_system() {
    let live = "livenessProbe: {exec: {command: [cat, /tmp/healthy]}, initialDelaySeconds: 5, periodSeconds: 5}";
    let script = "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600";
    let mut world = world(
        &(pod(
            "live",
            "terminationGracePeriodSeconds: 1,",
            &format!("{{name: c, image: busybox, args: [/bin/sh, -c, '{script}'], {live}}}"),
        ) + &pod(
            "never",
            "",
            "{name: c, image: nginx, readinessProbe: {exec: {command: [sh, -c, 'exit 1']}}}",
        ) + &pod(
            "file",
            "",
            "{name: c, image: nginx, readinessProbe: {exec: {command: [test, -f, /tmp/ready]}}}",
        ) + &pod(
            "late",
            "",
            "{name: c, image: busybox, command: [sh, -c, 'sleep 8; touch /tmp/up; sleep 1d'], readinessProbe: {exec: {command: [cat, /tmp/up]}, periodSeconds: 5}}",
        )),
    );
    run(&mut world, "sleep 29");
    let pods = run(&mut world, "kubectl get po");
    assert_eq!(words(&pods, "live")[1..4], ["1/1", "Running", "0"]);
    assert_eq!(words(&pods, "never")[1], "0/1");
    assert_eq!(words(&pods, "file")[1], "0/1");
    assert_eq!(words(&pods, "late")[1], "1/1");
    // Tries at 30, 35 and 40 s fail; then it is killed.
    run(&mut world, "sleep 15");
    assert_eq!(words(&run(&mut world, "kubectl get po"), "live")[3], "1");
    let text = run(&mut world, "kubectl describe po live");
    assert!(text.contains("(x3 over "), "{text}");
    assert!(
        text.contains(
            "spec.containers{c}: Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory\n"
        ),
        "{text}"
    );
    assert!(
        text.contains("spec.containers{c}: Container c failed liveness probe, will be restarted\n"),
        "{text}"
    );
}

#[test]
fn pods_of_a_stateful_set_have_claims_of_their_own() {
    let mut world = world(
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: pages}, spec: {serviceName: pages, replicas: 2, selector: \
         {matchLabels: {app: pages}}, template: {metadata: {labels: {app: pages}}, spec: {containers: [{name: nginx, image: nginx, \
         volumeMounts: [{name: html, mountPath: /usr/share/nginx/html}]}]}}, volumeClaimTemplates: [{metadata: {name: html}, spec: \
         {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]}}",
    );
    assert_eq!(words(&run(&mut world, "kubectl get sts"), "pages")[1], "2/2");
    let row = words(&run(&mut world, "kubectl get pvc"), "html-pages-1");
    assert_eq!(row[1], "Bound");
    assert!(row[2].starts_with("pvc-"), "{row:?}");
    assert_eq!(row[3..7], ["1Gi", "RWO", "standard", "<unset>"]);
    let row = words(&run(&mut world, "kubectl get pv"), "pvc-");
    assert_eq!(row[1..5], ["1Gi", "RWO", "Delete", "Bound"]);
    assert!(row[5].starts_with("default/html-pages-"), "{row:?}");
    assert!(run(&mut world, "kubectl describe po pages-0").contains("    ClaimName:  html-pages-0\n"));
    // Claims outlive their pods and are found again.
    run(&mut world, "kubectl delete sts pages; sleep 40");
    assert_eq!(run(&mut world, "kubectl get pvc -o name").lines().count(), 2);
    run(&mut world, "kubectl delete pvc --all");
    assert_eq!(run(&mut world, "kubectl get pv"), "No resources found\n");
}

#[test]
fn every_namespace_has_its_certificates_and_its_account() {
    let mut world = world("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    assert_eq!(
        words(&run(&mut world, "kubectl get cm -n shop"), "kube-root-ca.crt")[1],
        "1"
    );
    assert_eq!(
        run(&mut world, "kubectl get sa -n shop -o name"),
        "serviceaccount/default\n"
    );
    run(&mut world, "kubectl delete cm kube-root-ca.crt");
    run(&mut world, "kubectl delete ns shop");
    assert!(run(&mut world, "kubectl get ns shop").contains("not found"));
}
