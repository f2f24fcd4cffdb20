//! Worlds from text to settled cluster.

use super::*;
use crate::api::types::apps::Deployment;
use crate::api::types::core::{Endpoints, Pod, Service};
use crate::api::types::discovery::EndpointSlice;

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
    one.cluster_mut()
        .delete(&ObjectRef::new(crate::api::Kind::Service, "default", "web"), None);
    one.settle();
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
