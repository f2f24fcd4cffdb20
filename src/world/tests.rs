//! Worlds from text to settled cluster.

use super::*;
use crate::api::Kind;
use crate::api::types::apps::Deployment;
use crate::api::types::core::{Endpoints, Pod, Service};
use crate::api::types::discovery::EndpointSlice;
use crate::cluster::Preset;

fn world(text: &str) -> World {
    let mut world = World::new(Options::default());
    let outcome = world.apply(FileId(0), text);
    assert_eq!(outcome.stderr, "");
    world
}

const WEB: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, type: NodePort, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: 'nginx:1.27', ports: [{containerPort: 8080}]}]}
";

#[test]
fn a_deployment_behind_a_service_gets_pods_addresses_and_endpoints() {
    let world = world(WEB);
    let snapshot = world.snapshot();
    let mut addresses: Vec<&str> = snapshot
        .list::<Pod>()
        .filter(|pod| pod.metadata.namespace == "default")
        .map(|pod| pod.status.pod_ip.as_str())
        .collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["10.244.1.2", "10.244.2.2", "10.244.3.2"]);
    let endpoints = snapshot.get::<Endpoints>("default", "web").expect("Endpoints");
    assert_eq!(endpoints.subsets[0].addresses.len(), 3);
    let slice = snapshot
        .list::<EndpointSlice>()
        .find(|slice| slice.metadata.name.starts_with("web-"))
        .expect("slice");
    assert_eq!(slice.endpoints.len(), 3);
    let service = snapshot.get::<Service>("default", "web").expect("Service");
    assert!((30086..=32767).contains(&service.spec.ports[0].node_port));
    let deployment = snapshot.get::<Deployment>("default", "web").expect("Deployment");
    assert_eq!(deployment.status.available_replicas, 3);
}

#[test]
fn a_rollout_replaces_every_pod() {
    let mut world = world(WEB);
    world.apply(FileId(0), &WEB.replace("1.27", "1.28"));
    let snapshot = world.snapshot();
    let mut found: Vec<(&str, &str)> = snapshot
        .list::<Pod>()
        .filter(|pod| pod.metadata.namespace == "default")
        .map(|pod| (pod.status.pod_ip.as_str(), pod.spec.containers[0].image.as_str()))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("10.244.1.2", "nginx:1.28"),
            ("10.244.1.3", "nginx:1.28"),
            ("10.244.2.3", "nginx:1.28")
        ]
    );
}

#[test]
fn applying_twice_changes_nothing() {
    let mut world = world(WEB);
    let before = world.snapshot();
    let outcome = world.apply(FileId(0), WEB);
    assert_eq!(outcome.stdout, "service/web unchanged\ndeployment.apps/web unchanged\n");
    assert_eq!(world.snapshot().version(), before.version());
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut one = world(WEB);
    let two = one.clone();
    one.edit(|cluster| cluster.delete(&ObjectRef::new(Kind::Service, "default", "web"), None));
    assert!(one.snapshot().get::<Service>("default", "web").is_none());
    assert!(two.snapshot().get::<Service>("default", "web").is_some());
    let slices = |world: &World| {
        let snapshot = world.snapshot();
        snapshot
            .list::<EndpointSlice>()
            .filter(|it| it.metadata.name.starts_with("web-"))
            .count()
    };
    assert_eq!((slices(&one), slices(&two)), (0, 1));
}

#[test]
fn the_editor_deletes_what_vanished_and_keeps_what_is_broken() {
    let mut world = World::new(Options::default());
    world.sync(FileId(0), WEB);
    let broken = WEB.replace("port: 80,", "port: 80, prot: 1,");
    let outcome = world.sync(FileId(0), &broken);
    assert_eq!(outcome.exit_code, 1);
    assert!(outcome.applied[0].diagnostics[0].span.is_some());
    assert!(world.snapshot().get::<Service>("default", "web").is_some());
    let only_service = WEB.split("---").next().expect("first document");
    world.sync(FileId(0), only_service);
    let snapshot = world.snapshot();
    assert!(snapshot.get::<Deployment>("default", "web").is_none());
    assert!(snapshot.list::<Pod>().all(|pod| pod.metadata.namespace != "default"));
    assert!(
        snapshot
            .get::<Endpoints>("default", "web")
            .expect("Endpoints")
            .subsets
            .is_empty()
    );
}

#[test]
fn a_thousand_endpoints_are_the_most_and_nodes_borrow_addresses() {
    let world = world(&WEB.replace("replicas: 3", "replicas: 1005"));
    let snapshot = world.snapshot();
    let endpoints = snapshot.get::<Endpoints>("default", "web").expect("Endpoints");
    assert_eq!(endpoints.subsets[0].addresses.len(), 1000);
    assert_eq!(
        endpoints
            .metadata
            .annotations
            .get("endpoints.kubernetes.io/over-capacity")
            .map(String::as_str),
        Some("truncated")
    );
    let mut sizes: Vec<usize> = snapshot
        .list::<EndpointSlice>()
        .filter(|slice| slice.metadata.name.starts_with("web-"))
        .map(|slice| slice.endpoints.len())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes.len(), 11);
    assert_eq!(sizes.iter().sum::<usize>(), 1005);
}

#[test]
fn pods_that_end_as_they_start_are_replaced_slowly() {
    let template = "metadata: {labels: {app: web}, annotations: {kubehop.dev/phase: Failed}}";
    let mut world = world(&WEB.replace("metadata: {labels: {app: web}}", template));
    let count = |world: &World| {
        let snapshot = world.snapshot();
        snapshot
            .list::<Pod>()
            .filter(|pod| pod.metadata.namespace == "default")
            .count()
    };
    assert_eq!(count(&world), 3);
    world.advance(Duration::from_secs(10));
    assert_eq!(count(&world), 6);
}

#[test]
fn a_pod_becomes_ready_after_its_probe_delay_and_ends_after_its_hook() {
    let mut world = world(
        "
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: a, labels: {app: web}}
spec:
  containers:
  - name: c
    image: nginx:1.27
    ports: [{containerPort: 80}]
    readinessProbe: {tcpSocket: {port: 80}, initialDelaySeconds: 5}
    lifecycle: {preStop: {sleep: {seconds: 7}}}
",
    );
    let ready = |world: &World| {
        let snapshot = world.snapshot();
        let endpoints = snapshot.get::<Endpoints>("default", "web").expect("Endpoints");
        endpoints
            .subsets
            .iter()
            .map(|subset| subset.addresses.len())
            .sum::<usize>()
    };
    assert_eq!(ready(&world), 0);
    world.advance(Duration::from_secs(9));
    assert_eq!(ready(&world), 0, "the try at 0 s comes too early, the next is at 10 s");
    world.advance(Duration::from_secs(1));
    assert_eq!(ready(&world), 1);
    let pod = ObjectRef::new(crate::api::Kind::Pod, "default", "a");
    world.edit(|cluster| cluster.delete(&pod, None));
    world.advance(Duration::from_secs(6));
    assert!(
        world.cluster().object(&pod).is_some(),
        "the hook sleeps for seven seconds"
    );
    assert_eq!(ready(&world), 0);
    world.advance(Duration::from_secs(1));
    assert!(world.cluster().object(&pod).is_none());
}

#[test]
fn an_update_that_is_refused_is_made_anew_in_the_editor() {
    let mut world = World::new(Options::default());
    let text = |ip: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  clusterIP: {ip}\n  ports: [{{port: 80}}]\n"
        )
    };
    world.sync(FileId(0), &text("10.96.0.50"));
    let outcome = world.sync(FileId(0), &text("10.96.0.51"));
    assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
    let codes: Vec<&str> = outcome.applied[0].diagnostics.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["sync/made-anew"]);
    let snapshot = world.snapshot();
    assert_eq!(
        snapshot
            .get::<Service>("default", "web")
            .expect("Service")
            .spec
            .cluster_ip,
        "10.96.0.51"
    );
}

#[test]
fn pasted_nodes_take_the_place_of_the_presets_and_leave_it_again() {
    let mut world = World::new(Options::default());
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nspec: {podCIDR: 10.20.1.0/24}\nstatus: {addresses: [{type: InternalIP, address: 10.0.0.1}]}\n---\n";
    let nodes = |world: &World| -> Vec<String> {
        let snapshot = world.snapshot();
        snapshot
            .list::<crate::api::types::core::Node>()
            .map(|node| node.metadata.name.clone())
            .collect()
    };
    world.sync(FileId(0), &format!("{node}{WEB}"));
    assert_eq!(nodes(&world), ["n1"]);
    let snapshot = world.snapshot();
    assert!(
        snapshot
            .list::<Pod>()
            .all(|pod| pod.status.pod_ip.starts_with("10.20.1."))
    );
    world.sync(FileId(0), WEB);
    assert_eq!(nodes(&world), ["node-1", "node-2", "node-3"]);
    let snapshot = world.snapshot();
    assert!(
        snapshot
            .list::<Pod>()
            .all(|pod| pod.status.pod_ip.starts_with("10.244."))
    );
    assert_eq!(snapshot.list::<Pod>().count(), 6);
}

#[test]
fn a_pool_of_metallb_gives_waiting_services_their_address() {
    let mut world = World::new(Options {
        preset: Preset::BareMetal,
        ..Options::default()
    });
    let service =
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: LoadBalancer, ports: [{port: 80}]}}";
    world.apply(FileId(0), service);
    let address = |world: &World| {
        let snapshot = world.snapshot();
        let service = snapshot.get::<Service>("default", "web").expect("Service");
        service.status.load_balancer.ingress.first().map(|it| it.ip.clone())
    };
    assert_eq!(address(&world), None);
    let pool = "{apiVersion: metallb.io/v1beta1, kind: IPAddressPool, metadata: {name: pool, namespace: metallb-system}, spec: {addresses: [192.168.10.200-192.168.10.210]}}";
    assert_eq!(world.apply(FileId(0), pool).stderr, "");
    assert_eq!(address(&world).as_deref(), Some("192.168.10.200"));
    let plain = service.replace("type: LoadBalancer", "type: ClusterIP");
    world.apply(FileId(0), &plain);
    assert_eq!(address(&world), None);
}

#[test]
fn a_rollout_that_stands_still_times_out() {
    let probe = "ports: [{containerPort: 8080}], readinessProbe: {tcpSocket: {port: 9}}";
    let mut world = world(&WEB.replace("ports: [{containerPort: 8080}]", probe));
    let reason = |world: &World| {
        let reference = ObjectRef::new(crate::api::Kind::Deployment, "default", "web");
        let object = world.cluster().object(&reference).expect("Deployment");
        let conditions = object.value["status"]["conditions"].as_array().expect("conditions");
        let found = conditions
            .iter()
            .find(|it| it["type"] == "Progressing")
            .expect("Progressing");
        found["reason"].as_str().expect("a reason").to_owned()
    };
    world.advance(Duration::from_secs(599));
    assert_eq!(reason(&world), "ReplicaSetUpdated");
    world.advance(Duration::from_secs(1));
    assert_eq!(reason(&world), "ProgressDeadlineExceeded");
}

#[test]
fn an_ended_pod_gives_its_address_back_once() {
    let mut world = World::new(Options::default());
    let pod = |name: &str, extra: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}{extra}}}\nspec: {{nodeName: node-1, containers: [{{name: c, image: nginx}}]}}\n"
        )
    };
    let address = |world: &World, name: &str| {
        let snapshot = world.snapshot();
        let pod: &Pod = snapshot.get("default", name).expect("the pod is there");
        pod.status.pod_ip.clone()
    };
    world.apply(FileId::default(), &pod("b", ""));
    world.apply(
        FileId::default(),
        &pod("b", ", annotations: {kubehop.dev/phase: Failed}"),
    );
    world.apply(FileId::default(), &pod("a", ""));
    assert_eq!(
        address(&world, "a"),
        address(&world, "b"),
        "what has ended leaves its address to the next"
    );
    let ended = ObjectRef::new(Kind::Pod, "default", "b");
    world.edit(|cluster| cluster.delete(&ended, Some(0)));
    world.apply(FileId::default(), &pod("z", ""));
    assert_ne!(address(&world, "a"), address(&world, "z"));
}

/// Everything that a sync says and does.
fn said(world: &World, outcome: &Outcome) -> String {
    let lines: Vec<String> = outcome
        .applied
        .iter()
        .map(|it| {
            format!(
                "{} {:?} {} {:?} {:?}",
                it.document, it.result, it.text, it.warnings, it.diagnostics
            )
        })
        .collect();
    let snapshot = world.snapshot();
    let spans: Vec<_> = snapshot
        .list::<Service>()
        .map(|it| snapshot.span(&ObjectRef::of(Kind::Service, &it.metadata.key()), "spec"))
        .collect();
    format!(
        "{lines:#?}\n{}{}{} {:?} {spans:?} {}",
        outcome.stdout,
        outcome.stderr,
        outcome.exit_code,
        outcome.diagnostics,
        snapshot.version()
    )
}

#[test]
fn a_document_that_is_passed_over_says_what_it_would_say() {
    let warned = "apiVersion: v1\nkind: Service\nmetadata: {name: warned}\nspec: {externalIPs: [198.51.100.7], ports: [{port: 80}]}\n";
    let endpoints = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: alone}\nsubsets: [{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]\n";
    let twice = "apiVersion: v1\nkind: Service\nmetadata: {name: twice}\nspec: {ports: [{name: a, port: 53}, {name: b, port: 53, protocol: UDP}]}\n";
    let node = "apiVersion: v1\nkind: Node\nmetadata: {name: n1, namespace: stray}\nspec: {podCIDR: 10.20.1.0/24}\n";
    let kubeadm =
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: {dnsDomain: a.example}\n";
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- {}",
        twice.replace("twice", "listed").replace('\n', "\n  ")
    );
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: teas.a.example}\nspec: {group: a.example, scope: Namespaced, names: {kind: Tea, plural: teas}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}\n";
    let custom = "apiVersion: a.example/v1\nkind: Tea\nmetadata: {name: green}\n";
    let all = [WEB, warned, endpoints, twice, kubeadm, definition, custom, &list].join("---\n");
    let delete = |kind, name: &'static str| {
        move |world: &mut World| world.edit(|cluster| cluster.delete(&ObjectRef::new(kind, "default", name), None))
    };
    let nothing = |_: &mut World| {};
    type Change = Box<dyn Fn(&mut World)>;
    let steps: Vec<(String, Change)> = vec![
        (all.clone(), Box::new(nothing)),
        (all.clone(), Box::new(nothing)),
        (format!("# moved\n{all}"), Box::new(nothing)),
        (all.clone(), Box::new(delete(Kind::Service, "warned"))),
        (all.replace("port: 80}", "port: 81}"), Box::new(nothing)),
        (all.clone(), Box::new(delete(Kind::Endpoints, "alone"))),
        (format!("{all}---\nkind: [\n"), Box::new(nothing)),
        (
            format!("{all}---\nkind: Service\n"),
            Box::new(delete(Kind::Service, "web")),
        ),
        (format!("{node}---\n{all}"), Box::new(nothing)),
        (
            format!("{node}---\n{all}"),
            Box::new(|world| world.advance(Duration::from_secs(60))),
        ),
        (all.replace("replicas: 3", "replicas: 1"), Box::new(nothing)),
        (
            all.replace("ports: [{name: a,", "clusterIP: 10.96.0.77, ports: [{name: a,"),
            Box::new(nothing),
        ),
        (all.clone(), Box::new(nothing)),
        (all.replace(definition, ""), Box::new(nothing)),
        (all.clone(), Box::new(nothing)),
        (WEB.to_owned(), Box::new(nothing)),
    ];
    let mut world = World::new(Options::default());
    let mut passed_over = 0;
    for (step, (text, change)) in steps.iter().enumerate() {
        change(&mut world);
        // The same world, which remembers nothing of the text.
        let mut fresh = world.clone();
        fresh.followed.clear();
        let known = world.followed.get(&FileId(0)).map_or(0, |it| it.known());
        let (outcome, wanted) = (world.sync(FileId(0), text), fresh.sync(FileId(0), text));
        assert_eq!(said(&world, &outcome), said(&fresh, &wanted), "step {step}");
        passed_over += known;
    }
    assert!(passed_over > 30, "{passed_over}");
    let origin = |world: &World| {
        world
            .cluster()
            .origin(&ObjectRef::new(Kind::Service, "default", "web"))
            .map(Arc::as_ptr)
    };
    let before = origin(&world);
    world.sync(FileId(0), &format!("{WEB}# more\n"));
    assert_eq!(origin(&world), before, "the very document is still there");
}

#[test]
fn the_last_good_cluster_stays_where_controllers_do_not_come_to_rest() {
    let mut world = World::new(Options::default());
    assert!(world.sync(FileId(0), WEB).all_taken());
    let good = world.snapshot();
    world.cluster.limit_work(40);
    let more = WEB.replace("replicas: 3", "replicas: 300");
    let outcome = world.sync(FileId(0), &more);
    assert_eq!(outcome.exit_code, 1);
    assert!(
        outcome.stderr.contains("nothing of this was done"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.diagnostics.last().expect("said").code, "limit/work");
    let pods = |world: &World| world.snapshot().list::<Pod>().count();
    assert_eq!(pods(&world), good.list::<Pod>().count());
    assert_eq!(world.snapshot().version(), good.version());
    let outcome = world.apply(FileId(1), &more);
    assert!(outcome.stderr.contains("did not come to rest"), "{}", outcome.stderr);
    assert_eq!(world.snapshot().version(), good.version());
    assert!(!world.take_stopped(), "it was said");
    world.edit(|cluster| Client::new(cluster).apply_documents(manifest::parse(FileId(1), &more), sync::OPTIONS));
    assert_eq!(world.snapshot().version(), good.version());
    assert!(world.take_stopped());
    // Where there is room for the work, the same text is taken as if it were new.
    world.cluster.limit_work(usize::MAX);
    assert!(world.sync(FileId(0), &more).all_taken());
    assert_eq!(pods(&world), good.list::<Pod>().count() + 297);
    assert_eq!(outcome.diagnostics.len(), 1);
}
