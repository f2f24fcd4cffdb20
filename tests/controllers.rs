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
            .cluster_mut()
            .update(info, &reference, value)
            .expect("the change is taken");
    };
    match words[1] {
        "delete" => {
            world.cluster_mut().delete(&reference, None);
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
    world.settle();
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
