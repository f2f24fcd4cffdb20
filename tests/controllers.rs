//! What controllers made on a real cluster, step by step (`tests/cases/cluster/controllers.yaml`).

use kubehop::api::{Kind, Object, ObjectRef};
use kubehop::sim::Duration;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::{Value, json};

use crate::support::{cases, text};

/// Does what the few commands between the steps do.
fn run(world: &mut World, command: &str) {
    let words: Vec<&str> = command.split_whitespace().collect();
    let kind = |word: &str| match word {
        "pod" => Kind::Pod,
        "service" => Kind::Service,
        "endpoints" => Kind::Endpoints,
        "deployment" => Kind::Deployment,
        "endpointslice" => Kind::EndpointSlice,
        other => panic!("kind {other} is not known to this runner"),
    };
    let reference = ObjectRef::new(kind(words[2]), "default", words[3]);
    let change = |world: &mut World, change: &dyn Fn(&mut Value)| {
        let stored = world.cluster().object(&reference).expect("the object is there");
        let mut value = stored.value.clone();
        change(&mut value);
        let info = reference.kind.info().expect("a known kind");
        world
            .edit(|cluster| cluster.update(info, &reference, value))
            .expect("the change is taken");
    };
    match words[1] {
        "delete" => {
            world.edit(|cluster| cluster.delete(&reference, None));
            if !words.contains(&"--wait=false") {
                world.wait_gone(&reference, Duration::from_secs(60));
            }
        }
        "annotate" | "label" => {
            let map = if words[1] == "label" { "labels" } else { "annotations" };
            let (key, value) = words[4].split_once('=').expect("key=value");
            change(world, &|tree| tree["metadata"][map][key] = value.into());
        }
        "scale" => {
            let count: i64 = words[4].trim_start_matches("--replicas=").parse().expect("a number");
            change(world, &|tree| tree["spec"]["replicas"] = count.into());
        }
        "patch" => change(world, &|tree| {
            tree["spec"].as_object_mut().expect("a spec").remove("selector");
        }),
        other => panic!("command {other} is not known to this runner"),
    }
}

/// Names with generated parts cut off.
fn plain_name(name: &str) -> String {
    match name.split_once("-<") {
        Some((stem, _)) => format!("{stem}-*"),
        None => name.to_owned(),
    }
}

/// The name of a stored object, its generated part cut off.
fn stored_name(value: &Value) -> String {
    let name = text(&value["metadata"], "name");
    let generated = value["metadata"]["generateName"].as_str();
    if value["metadata"]["labels"]["pod-template-hash"].is_string() {
        return format!("{}-*", name.rsplitn(3, '-').last().unwrap_or_default());
    }
    match generated {
        Some(prefix) => format!("{prefix}*"),
        None => name,
    }
}

fn sorted(mut list: Vec<Value>) -> Vec<Value> {
    list.sort_by_key(Value::to_string);
    list
}

/// Long lists are only counted.
fn shortened(list: Vec<Value>) -> Value {
    if list.len() > 12 {
        json!({"count": list.len()})
    } else {
        Value::Array(sorted(list))
    }
}

/// Puts a recorded list into comparable form.
fn recorded_list(value: &Value, item: impl Fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => shortened(items.iter().map(item).collect()),
        Value::Object(map) if map.contains_key("count") => json!({"count": map["count"]}),
        other => other.clone(),
    }
}

fn masked_target(value: &Value, stored: bool, world: &World) -> Value {
    let mut value = value.clone();
    if let Some(target) = value.get_mut("targetRef") {
        let name = text(target, "name");
        let masked = if stored {
            let pod = ObjectRef::new(Kind::Pod, text(target, "namespace"), name.clone());
            world.cluster().object(&pod).map_or(name, |pod| stored_name(&pod.value))
        } else {
            plain_name(&name)
        };
        target.as_object_mut().expect("a map").remove("uid");
        target["name"] = masked.into();
    }
    value
}

fn without_trigger_time(value: &Value) -> Value {
    let mut map = value.as_object().cloned().unwrap_or_default();
    map.remove("endpoints.kubernetes.io/last-change-trigger-time");
    map.remove("kubectl.kubernetes.io/last-applied-configuration");
    Value::Object(map)
}

fn metadata(from: &Value, name: String) -> Value {
    let owners: Vec<Value> = from["ownerReferences"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|owner| {
            let mut owner = owner.clone();
            owner.as_object_mut().expect("a map").remove("uid");
            owner
        })
        .collect();
    json!({
        "name": name, "labels": from.get("labels").cloned().unwrap_or(json!({})),
        "annotations": without_trigger_time(&from["annotations"]),
        "generated": from["generateName"].is_string(), "owners": owners,
    })
}

fn subsets(from: &Value, stored: bool, world: &World) -> Value {
    let addresses = |subset: &Value, field: &str| match &subset[field] {
        Value::Null => json!([]),
        list => recorded_list(list, |it| masked_target(it, stored, world)),
    };
    let list = from.as_array().cloned().unwrap_or_default();
    Value::Array(sorted(
        list.iter()
            .map(|subset| {
                json!({
                    "addresses": addresses(subset, "addresses"),
                    "notReady": addresses(subset, "notReadyAddresses"),
                    "ports": sorted(subset["ports"].as_array().cloned().unwrap_or_default()),
                })
            })
            .collect(),
    ))
}

fn slice(from: &Value, meta: &Value, name: String, stored: bool, world: &World) -> Value {
    let ports = match &from["ports"] {
        Value::Array(list) => Value::Array(sorted(list.clone())),
        other => other.clone(),
    };
    let mut meta = metadata(meta, name);
    if stored {
        // A mirrored slice that was rewritten keeps its generated name without saying so.
        let generated = meta["generated"] == true;
        if !generated && meta["labels"]["endpointslice.kubernetes.io/managed-by"].is_string() {
            let stem = text(&meta, "name");
            meta["name"] = format!("{}-*", stem.rsplit_once('-').map_or("", |it| it.0)).into();
        }
    }
    json!({
        "meta": meta, "addressType": from["addressType"], "ports": ports,
        "endpoints": recorded_list(&from["endpoints"], |it| masked_target(it, stored, world)),
    })
}

fn expected(result: &Value, world: &World) -> Value {
    let pods = recorded_list(&result["pods"], |pod| {
        let mut pod = pod.clone();
        pod["name"] = plain_name(&text(&pod, "name")).into();
        pod
    });
    let endpoints: Vec<Value> = result["endpoints"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| {
            json!({"meta": metadata(it, plain_name(&text(it, "name"))), "subsets": subsets(&it["subsets"], false, world)})
        })
        .collect();
    let slices: Vec<Value> = result["endpointSlices"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| slice(it, it, plain_name(&text(it, "name")), false, world))
        .collect();
    json!({"pods": pods, "endpoints": sorted(endpoints), "slices": sorted(slices)})
}

fn found(world: &World) -> Value {
    let snapshot = world.snapshot();
    let of = |kind: Kind| -> Vec<Object> {
        snapshot
            .objects(kind)
            .filter(|it| it.metadata().namespace == "default" && it.metadata().name != "kubernetes")
            .map(|it| it.as_ref().clone())
            .collect()
    };
    let pods: Vec<Value> = of(Kind::Pod)
        .iter()
        .map(|pod| {
            let status = &pod.value["status"];
            let ready = status["conditions"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|it| it["type"] == "Ready")
                .map_or(Value::Null, |it| it["status"].clone());
            let mut map = json!({"name": stored_name(&pod.value), "phase": status["phase"]});
            for (field, value) in [
                ("node", pod.value["spec"]["nodeName"].clone()),
                ("ip", status["podIP"].clone()),
                ("ready", ready),
            ] {
                if !value.is_null() {
                    map[field] = value;
                }
            }
            if pod.metadata().deletion_timestamp.is_some() {
                map["terminating"] = true.into();
            }
            map
        })
        .collect();
    let endpoints = of(Kind::Endpoints)
        .iter()
        .map(|it| {
            json!({
                "meta": metadata(&it.value["metadata"], stored_name(&it.value)),
                "subsets": subsets(&it.value["subsets"], true, world),
            })
        })
        .collect();
    let slices = of(Kind::EndpointSlice)
        .iter()
        .map(|it| slice(&it.value, &it.value["metadata"], stored_name(&it.value), true, world))
        .collect();
    json!({"pods": shortened(pods), "endpoints": sorted(endpoints), "slices": sorted(slices)})
}

/// The first place in which two trees differ.
fn difference(path: &str, want: &Value, have: &Value) -> Option<String> {
    match (want, have) {
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).find_map(|key| {
            let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
            difference(&format!("{path}.{key}"), a, b)
        }),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(idx, (a, b))| difference(&format!("{path}[{idx}]"), a, b)),
        _ => (want != have).then(|| format!("{path}: expected {want}, found {have}")),
    }
}

#[test]
fn controllers_make_what_real_ones_made() {
    let mut wrong = Vec::new();
    for case in cases("cluster/controllers.yaml") {
        let mut world = World::new(Options::default());
        for (idx, step) in case["steps"].as_array().expect("steps").iter().enumerate() {
            if let Some(manifest) = step["apply"].as_str() {
                let outcome = world.apply(FileId(0), manifest);
                assert!(outcome.all_taken(), "{}: {}", case["name"], outcome.stderr);
            } else {
                run(&mut world, step["run"].as_str().expect("a command"));
            }
            let want = expected(&step["result"], &world);
            if let Some(difference) = difference("", &want, &found(&world)) {
                wrong.push(format!("{} step {idx}: {difference}", case["name"]));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_wrong_endpoint_is_noticed() {
    let mut world = World::new(Options::default());
    let case = &cases("cluster/controllers.yaml")[0];
    world.apply(FileId(0), case["steps"][0]["apply"].as_str().expect("a manifest"));
    let mut result = case["steps"][0]["result"].clone();
    result["endpoints"][0]["subsets"][0]["addresses"][1]["ip"] = "10.244.2.9".into();
    assert!(difference("", &expected(&result, &world), &found(&world)).is_some());
}

mod laws {
    //! What holds after any sequence of changes.

    use std::collections::BTreeSet;

    use kubehop::api::types::core::{Endpoints, Pod, Service};
    use kubehop::api::types::discovery::EndpointSlice;
    use kubehop::cluster::Cluster;
    use proptest::prelude::*;

    use super::*;

    /// One thing that somebody does.
    #[derive(Clone, Debug)]
    enum Action {
        Apply(String),
        Delete(Kind, String),
        Wait(i64),
    }

    fn name() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["a", "b", "web"]).prop_map(str::to_owned)
    }

    fn service() -> impl Strategy<Value = String> {
        let kinds = vec!["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
        let extra = vec![
            "",
            "clusterIP: None",
            "publishNotReadyAddresses: true",
            "externalTrafficPolicy: Local",
            "trafficDistribution: PreferSameNode",
            "clusterIP: 10.96.0.50",
        ];
        let ports = vec![
            "[{port: 80, targetPort: 8080}]",
            "[{name: x, port: 80, targetPort: http}, {name: y, port: 81}]",
            "[{port: 80, nodePort: 30080}]",
            "[]",
        ];
        let selectors = vec!["{app: web}", "{app: a}", "null", "{app: web, tier: x}"];
        (
            name(),
            prop::sample::select(kinds),
            prop::sample::select(extra),
            prop::sample::select(ports),
            prop::sample::select(selectors),
        )
            .prop_map(|(name, kind, extra, ports, selector)| {
                format!(
                    "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n  type: {kind}\n  externalName: x.example\n  ports: {ports}\n  selector: {selector}\n  {extra}\n"
                )
            })
    }

    fn pod() -> impl Strategy<Value = String> {
        let annotations = vec![
            "{}",
            "{fake/ready: 'false'}",
            "{fake/hold: 'true'}",
            "{fake/phase: Failed}",
            "{fake/noip: 'true'}",
        ];
        (name(), name(), prop::sample::select(annotations), 0..9i64).prop_map(|(name, app, annotations, delay)| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {app}}}, annotations: {annotations}}}\nspec:\n  containers:\n  - name: c\n    image: nginx:1\n    ports: [{{name: http, containerPort: 8080}}]\n    readinessProbe: {{tcpSocket: {{port: 8080}}, initialDelaySeconds: {delay}}}\n"
            )
        })
    }

    fn workload() -> impl Strategy<Value = String> {
        let kinds = vec!["Deployment", "StatefulSet", "ReplicaSet"];
        (prop::sample::select(kinds), name(), 0..5i64, 1..4i64).prop_map(|(kind, name, size, image)| {
            let service = if kind == "StatefulSet" { "serviceName: web" } else { "" };
            format!(
                "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n  {service}\n  replicas: {size}\n  selector: {{matchLabels: {{app: {name}, of: {kind}}}}}\n  template:\n    metadata: {{labels: {{app: {name}, of: {kind}}}}}\n    spec: {{containers: [{{name: c, image: 'nginx:{image}'}}]}}\n"
            )
        })
    }

    /// Hand-made Endpoints beside a Service without a selector. (Those of a Service with one are corrected
    /// when its controller happens to look again, on a real cluster too.)
    fn endpoints() -> impl Strategy<Value = String> {
        (1..200u8).prop_map(|last| {
            format!(
                "{{apiVersion: v1, kind: Service, metadata: {{name: manual}}, spec: {{ports: [{{port: 80}}]}}}}\n---\napiVersion: v1\nkind: Endpoints\nmetadata: {{name: manual}}\nsubsets: [{{addresses: [{{ip: 192.0.2.{last}}}], ports: [{{port: 80}}]}}]\n"
            )
        })
    }

    fn action() -> impl Strategy<Value = Action> {
        let kinds = vec![
            Kind::Service,
            Kind::Pod,
            Kind::Deployment,
            Kind::StatefulSet,
            Kind::ReplicaSet,
            Kind::Endpoints,
        ];
        prop_oneof![
            4 => service().prop_map(Action::Apply),
            3 => pod().prop_map(Action::Apply),
            3 => workload().prop_map(Action::Apply),
            1 => endpoints().prop_map(Action::Apply),
            2 => (prop::sample::select(kinds), name()).prop_map(|(kind, name)| Action::Delete(kind, name)),
            1 => (0..60i64).prop_map(Action::Wait),
        ]
    }

    fn unique<'a>(what: &str, list: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for item in list.filter(|it| !it.is_empty()) {
            assert!(seen.insert(item), "{what} {item} is given twice");
        }
    }

    fn check(world: &mut World) {
        let snapshot = world.snapshot();
        // A pod that has ended keeps its address in its status, but the address is free for the next one.
        let live = snapshot.list::<Pod>().filter(|pod| !pod.is_terminal());
        unique("address", live.map(|pod| pod.status.pod_ip.as_str()));
        let services = || snapshot.list::<Service>();
        unique(
            "cluster IP",
            services()
                .map(|it| it.spec.cluster_ip.as_str())
                .filter(|it| *it != "None"),
        );
        let mut ports = BTreeSet::new();
        for service in services() {
            let own: BTreeSet<i32> = service
                .spec
                .ports
                .iter()
                .map(|it| it.node_port)
                .filter(|it| *it != 0)
                .collect();
            if !service.spec.is_external_name() {
                assert!(own.iter().all(|port| ports.insert(*port)), "a node port is given twice");
            }
        }
        for service in services().filter(|it| !it.spec.selector.is_empty() && !it.spec.is_external_name()) {
            let (namespace, name) = (&service.metadata.namespace, &service.metadata.name);
            assert!(
                snapshot.get::<Endpoints>(namespace, name).is_some(),
                "{name} has no Endpoints"
            );
            let mut slices = snapshot
                .list::<EndpointSlice>()
                .filter(|it| it.service_name() == Some(name));
            assert!(slices.next().is_some(), "{name} has no slice");
        }
        let version = snapshot.version();
        world.edit(Cluster::resync);
        assert_eq!(world.snapshot().version(), version, "a cluster at rest changed");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        #[test]
        fn a_cluster_at_rest_is_sound_and_stays(actions in prop::collection::vec(action(), 1..12)) {
            let mut world = World::new(Options::default());
            for action in actions {
                match action {
                    Action::Apply(text) => {
                        world.apply(FileId(0), &text);
                    }
                    Action::Delete(kind, name) => {
                        world.edit(|cluster| cluster.delete(&ObjectRef::new(kind, "default", name), None));
                    }
                    Action::Wait(seconds) => world.advance(Duration::from_secs(seconds)),
                }
                check(&mut world);
            }
        }
    }
}

#[test]
fn a_namespace_goes_at_once_with_pods_that_run_nowhere() {
    let mut world = World::new(Options::default());
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {nodeSelector: {no: where}, containers: [{name: web, image: nginx}]}\n";
    let outcome = world.apply(FileId(1), text);
    assert_eq!(outcome.stderr, "");
    let pod = ObjectRef::new(Kind::Pod, "shop", "web");
    let namespace = ObjectRef::new(Kind::Namespace, "", "shop");
    assert!(world.cluster().object(&pod).is_some(), "it waits for a node");
    world.edit(|cluster| cluster.delete(&namespace, None));
    assert!(world.cluster().object(&pod).is_none());
    assert!(world.cluster().object(&namespace).is_none(), "nothing is left in it");
}
