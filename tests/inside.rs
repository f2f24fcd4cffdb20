//! A pod from within: its environment, host name, hosts file and resolver, as its programs find them.

use kubehop::api::types::core::Pod;
use kubehop::cluster::envvars::services::{Absence, absent};
use kubehop::shell::Shell;
use kubehop::text::FileId;
use kubehop::world::{Options, World};

/// ConfigMap, Secret and Services that [`POD`] uses.
const BESIDE: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg}
data: {LEVEL: info, key.1: dotted, 1num: one, HOST: db}
---
apiVersion: v1
kind: Secret
metadata: {name: sec}
data: {pw: czNjcjN0}
stringData: {user: admin}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, name: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80, name: http}]}
";

const POD: &str = "
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: web, tier: a}, annotations: {note: hi}}
spec:
  hostname: box
  subdomain: headless
  setHostnameAsFQDN: true
  hostAliases: [{ip: 10.1.2.3, hostnames: [foo.local, bar.local]}, {ip: 10.1.2.4, hostnames: [baz]}]
  containers:
  - name: c
    image: nginx
    resources: {limits: {cpu: 500m, memory: 64Mi}, requests: {cpu: 250m}}
    envFrom:
    - configMapRef: {name: cfg}
    - {prefix: S_, secretRef: {name: sec}}
    - configMapRef: {name: nope, optional: true}
    env:
    - {name: LEVEL, value: 'over-$(LEVEL)-$(WEB_SERVICE_PORT)-$$(X)-$(NO)'}
    - {name: URL, value: 'http://$(HOST):$(S_user)'}
    - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    - {name: CPUM, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
    - {name: MEM, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
    - {name: SIDE, valueFrom: {resourceFieldRef: {containerName: side, resource: limits.cpu}}}
    - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
    - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
    - {name: HIPS, valueFrom: {fieldRef: {fieldPath: status.hostIPs}}}
    - {name: TIER, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['tier']\"}}}
    - {name: PW, valueFrom: {secretKeyRef: {name: sec, key: pw}}}
  - {name: side, image: nginx}
";

fn world(texts: &[&str]) -> World {
    let mut world = World::new(Options::default());
    for text in texts {
        assert_eq!(world.apply(FileId(0), text).stderr, "");
    }
    world
}

fn run(world: &mut World, command: &str) -> String {
    let mut shell = Shell::default();
    shell.run(world, command).stdout
}

#[test]
fn variables_come_from_all_their_sources_in_the_kubelets_order() {
    let mut world = world(&[BESIDE, POD]);
    let out = run(&mut world, "kubectl exec p -c c -- env");
    for line in [
        "1num=one",
        "key.1=dotted",
        "HOST=db",
        "S_pw=s3cr3t",
        "S_user=admin",
        "LEVEL=over-info-80-$(X)-$(NO)",
        "URL=http://db:admin",
        "CPU=1",
        "CPUM=500",
        "MEM=64",
        // What has no limit may use its node.
        "SIDE=4",
        "NODE=node-1",
        "IP=10.244.1.2",
        "HIPS=192.168.10.11",
        "TIER=a",
        "PW=s3cr3t",
        "HOSTNAME=box.headless.default.svc.cluster.local",
        "WEB_SERVICE_PORT_HTTP=80",
    ] {
        assert!(out.lines().any(|it| it == line), "{line} is not in\n{out}");
    }
    assert!(!out.contains("HEADLESS_"), "{out}");
}

#[test]
fn hosts_file_and_host_name_are_the_kubelets() {
    let mut world = world(&[BESIDE, POD]);
    let file = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
        fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n\
        10.244.1.2\tbox.headless.default.svc.cluster.local\tbox\n\n# Entries added by HostAliases.\n\
        10.1.2.3\tfoo.local\tbar.local\n10.1.2.4\tbaz\n";
    assert_eq!(run(&mut world, "kubectl exec p -c c -- cat /etc/hosts"), file);
    assert_eq!(
        run(&mut world, "kubectl exec p -c c -- hostname"),
        "box.headless.default.svc.cluster.local\n"
    );
    // The file is asked before any server.
    let answer = run(&mut world, "kubectl exec p -c c -- curl -s http://box/");
    assert!(answer.contains("Welcome to nginx!"), "{answer}");
}

#[test]
fn a_pod_in_its_nodes_network_has_the_nodes_name() {
    let text = "{apiVersion: v1, kind: Pod, metadata: {name: h}, spec: {hostNetwork: true, hostAliases: [{ip: 10.1.2.4, hostnames: [baz]}], containers: [{name: c, image: nginx}]}}";
    let mut world = world(&[text]);
    assert_eq!(run(&mut world, "kubectl exec h -- hostname"), "node-1\n");
    let file = run(&mut world, "kubectl exec h -- cat /etc/hosts");
    assert!(
        file.starts_with("# Kubernetes-managed hosts file (host network).\n"),
        "{file}"
    );
    assert!(
        file.ends_with("# Entries added by HostAliases.\n10.1.2.4\tbaz\n"),
        "{file}"
    );
}

#[test]
fn every_service_without_variables_has_its_reason() {
    let service = |name: &str, port: u16| {
        format!("{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{ports: [{{port: {port}}}]}}}}")
    };
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}";
    let mut world = world(&[
        BESIDE,
        &service("moves", 80),
        pod,
        &service("late", 80),
        &service("moves", 81),
    ]);
    let of = |world: &World, name: &str| -> Vec<(String, Absence)> {
        let snapshot = world.snapshot();
        absent(&snapshot, snapshot.get::<Pod>("default", name).expect("a pod"))
    };
    let row = |name: &str, why| (name.to_owned(), why);
    assert_eq!(
        of(&world, "p"),
        [
            row("headless", Absence::NoAddress),
            row("late", Absence::CreatedLater),
            row("moves", Absence::ChangedLater)
        ]
    );
    let quiet = "{apiVersion: v1, kind: Pod, metadata: {name: q}, spec: {enableServiceLinks: false, containers: [{name: c, image: i}]}}";
    assert_eq!(world.apply(FileId(0), quiet).stderr, "");
    let why: Vec<Absence> = of(&world, "q").into_iter().map(|it| it.1).collect();
    assert_eq!(
        why,
        [
            Absence::NoAddress,
            Absence::LinksOff,
            Absence::LinksOff,
            Absence::LinksOff
        ]
    );
}

#[test]
fn the_kubelets_configuration_writes_the_resolvers_file() {
    let file = |kubelet: &str, policy: &str| {
        let pod = format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{dnsPolicy: {policy}, containers: [{{name: c, image: i}}]}}}}"
        );
        let kubelet = format!("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{kubelet}");
        run(&mut world(&[&kubelet, &pod]), "kubectl exec p -- cat /etc/resolv.conf")
    };
    assert_eq!(
        file(
            "clusterDNS: [169.254.20.10, 10.96.0.10]\nclusterDomain: corp.example.",
            "ClusterFirst"
        ),
        "search default.svc.corp.example svc.corp.example corp.example\nnameserver 169.254.20.10\nnameserver 10.96.0.10\noptions ndots:5\n"
    );
    // What is left out stands as kubeadm fills it in.
    assert_eq!(
        file("maxPods: 110", "ClusterFirst"),
        "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
    );
    assert_eq!(file("resolvConf: ''", "Default"), "search .\nnameserver 127.0.0.1\n");
    // Without a cluster DNS ClusterFirst falls back to the node's file.
    assert_eq!(file("clusterDNS: []", "ClusterFirst"), file("maxPods: 110", "Default"));
}

#[test]
fn a_name_without_such_a_record_is_no_unknown_name() {
    let mut world = world(&[BESIDE, POD]);
    let out = run(
        &mut world,
        "kubectl exec p -c c -- sh -c 'apt install -y dnsutils'; kubectl exec p -c c -- nslookup -type=aaaa web",
    );
    assert!(out.contains("*** Can't find web: No answer"), "{out}");
}

#[test]
fn a_container_waits_for_its_config_map() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: web}}, spec: {containers: [{name: c, image: nginx, env: [{name: A, valueFrom: {configMapKeyRef: {name: late, key: a}}}]}]}}";
    let mut world = world(&[BESIDE, pod]);
    let line = |world: &mut World| run(world, "kubectl get pod p --no-headers");
    assert!(
        line(&mut world).starts_with("p     0/1   CreateContainerConfigError   0 "),
        "{}",
        line(&mut world)
    );
    let events = run(&mut world, "kubectl get events");
    assert!(events.contains("Error: configmap \"late\" not found"), "{events}");
    world.apply(
        FileId(0),
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: late}, data: {b: x}}",
    );
    run(&mut world, "sleep 10");
    assert!(
        line(&mut world).contains("CreateContainerConfigError"),
        "the key is missing yet"
    );
    world.apply(
        FileId(0),
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: late}, data: {a: x}}",
    );
    run(&mut world, "sleep 10");
    assert!(
        line(&mut world).starts_with("p     1/1   Running "),
        "{}",
        line(&mut world)
    );
    assert_eq!(run(&mut world, "kubectl exec p -- printenv A"), "x\n");
}

#[test]
fn redirects_that_curl_follows_show_their_heads_alone() {
    let ingress = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, annotations: {nginx.ingress.kubernetes.io/enable-cors: 'true'}}, spec: {ingressClassName: nginx, tls: [{hosts: [a.test], secretName: none}], rules: [{host: a.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}";
    let mut world = world(&[BESIDE, POD, ingress]);
    let heads = run(&mut world, "curl -skIL http://a.test/x");
    assert_eq!(heads.matches("HTTP/").count(), 2, "{heads}");
    let all = run(&mut world, "curl -skiL http://a.test/x");
    assert!(
        all.contains("308 Permanent Redirect") && !all.contains("<h1>308"),
        "{all}"
    );
    let preflight = run(&mut world, "curl -ski -X OPTIONS https://a.test/x");
    assert!(
        preflight.starts_with("HTTP/2 204 ") && !preflight.contains("<html>"),
        "{preflight}"
    );
    let mut shell = Shell::default();
    let talk = shell.run(&mut world, "curl -kv https://a.test/x -o /dev/null").stderr;
    assert!(
        talk.contains("CN=Kubernetes Ingress Controller Fake Certificate"),
        "{talk}"
    );
    assert!(talk.contains("port 443\n"), "{talk}");
}

#[test]
fn the_library_asks_the_file_before_any_server() {
    let mut world = world(&[BESIDE, POD]);
    let found = run(&mut world, "kubectl exec p -c c -- getent hosts foo.local web");
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!(lines[0], "10.1.2.3        foo.local");
    assert!(
        lines[1].starts_with("10.") && lines[1].ends_with(" web.default.svc.cluster.local"),
        "{found}"
    );
    let mut shell = Shell::default();
    assert_eq!(
        shell.run(&mut world, "kubectl exec p -c c -- getent hosts nope").stdout,
        ""
    );
}
