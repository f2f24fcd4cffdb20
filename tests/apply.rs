//! What kubectl printed and what the server then held, on a real cluster (`tests/cases/cluster/apply-*.yaml`),
//! and Kubernetes' own cases of validation, defaults and allocation (`tests/cases/validation`).

use std::fmt::Write as _;

use kubehop::api::{Kind, ObjectRef, Refusal};
use kubehop::apply::{ApplyOptions, Outcome, Verb};
use kubehop::cluster::Preset;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::Value;

use crate::support::{cases, text};

fn world() -> World {
    World::new(Options {
        preset: Preset::BareMetal,
        ..Options::default()
    })
}

fn take(world: &mut World, verb: Verb, manifest: &str) -> Outcome {
    let manner = ApplyOptions::plain(verb, "STDIN");
    world.take(FileId(0), manifest, manner)
}

/// A text with values that the server chose cut out of it.
fn masked(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        if let Some(at) = line.find("kube-api-access-") {
            line.truncate(at);
            line.push_str("kube-api-access-<RAND>");
        }
        let _ = writeln!(out, "{line}");
    }
    out
}

fn expect_printed(name: &Value, want: &Value, have: &Outcome) -> Option<String> {
    for (field, have) in [("stdout", &have.stdout), ("stderr", &have.stderr)] {
        let want = text(want, field);
        // `<AUTO>` stands for an address that the server chose.
        let same = match want.split_once("<AUTO>") {
            Some((before, after)) => have.starts_with(before) && have.ends_with(after),
            None => want == *have,
        };
        if !same {
            return Some(format!("{name} {field}:\n  expected {want:?}\n  found    {have:?}"));
        }
    }
    (want["exit"] != have.exit_code).then(|| format!("{name}: exit code {}", have.exit_code))
}

#[test]
fn kubectl_prints_what_it_printed_for_mistakes() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in cases("cluster/apply-errors.yaml") {
        for verb in [Verb::Apply, Verb::Create] {
            let want = match verb {
                Verb::Create if case["create"].is_null() => continue,
                Verb::Create => &case["create"],
                _ => &case["apply"],
            };
            count += 1;
            let mut world = world();
            if let Some(setup) = case["setup"].as_str() {
                take(&mut world, Verb::Apply, setup);
            }
            let outcome = take(&mut world, verb, case["manifest"].as_str().expect("a manifest"));
            wrong.extend(expect_printed(&case["name"], want, &outcome));
            if verb == Verb::Apply {
                for object in case["after"].as_array().into_iter().flatten() {
                    wrong.extend(stored_as(&world, object).map(|it| format!("{} after: {it}", case["name"])));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// How the stored object differs from the recorded one; fields that are not recorded are not compared.
fn stored_as(world: &World, want: &Value) -> Option<String> {
    let kind = kubehop::api::kind::KINDS.iter().find(|it| want["kind"] == it.name)?;
    let namespace = if kind.namespaced { "default" } else { "" };
    let reference = ObjectRef::new(kind.kind, namespace, text(want, "name"));
    let Some(object) = world.cluster().object(&reference) else {
        return Some(format!("{reference} is not there"));
    };
    let map = want.as_object().expect("a map");
    map.iter()
        .filter(|(field, _)| !matches!(field.as_str(), "kind" | "name" | "labels" | "annotations" | "namespace"))
        .find_map(|(field, want)| differs(field, want, &object.value[field], true))
}

/// Where a stored value differs from the recorded one. `<AUTO>` stands for anything that is there.
fn differs(path: &str, want: &Value, have: &Value, exact: bool) -> Option<String> {
    match (want, have) {
        (Value::String(mask), have) if mask.starts_with('<') && !have.is_null() => None,
        (Value::Object(a), Value::Object(b)) => {
            if let Some(extra) = b.keys().find(|key| exact && !a.contains_key(*key)) {
                return Some(format!("{path}.{extra} is there: {}", b[extra]));
            }
            a.iter().find_map(|(key, want)| {
                differs(
                    &format!("{path}.{key}"),
                    want,
                    b.get(key).unwrap_or(&Value::Null),
                    exact,
                )
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(idx, (a, b))| differs(&format!("{path}[{idx}]"), a, b, exact)),
        _ => (want != have).then(|| format!("{path}: expected {want}, found {have}")),
    }
}

#[test]
fn stored_objects_look_as_kubectl_showed_them() {
    let mut wrong = Vec::new();
    for case in cases("cluster/apply-ok.yaml") {
        let mut world = world();
        let outcome = take(&mut world, Verb::Apply, case["manifest"].as_str().expect("a manifest"));
        wrong.extend(expect_printed(&case["name"], &case["apply"], &outcome));
        for shown in case["get"].as_array().expect("a list") {
            let text = shown["stdout"].as_str().expect("a text");
            let want: Value = serde_yaml::from_str(text).expect("YAML");
            let kind = kubehop::api::kind::KINDS
                .iter()
                .find(|it| want["kind"] == it.name)
                .expect("a known kind");
            let namespace = if kind.namespaced { "default" } else { "" };
            let name = want["metadata"]["name"].as_str().expect("a name");
            let reference = ObjectRef::new(kind.kind, namespace, name);
            let mut have = world.cluster().object(&reference).expect("it is stored").value.clone();
            for field in ["uid", "resourceVersion", "creationTimestamp"] {
                have["metadata"].as_object_mut().expect("a map").remove(field);
            }
            let have: Value =
                serde_yaml::from_str(&masked(&serde_yaml::to_string(&have).expect("YAML"))).expect("YAML");
            wrong.extend(differs("", &want, &have, true).map(|it| format!("{}: {it}", case["name"])));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A cluster as the cases of validation want it.
fn validation_world(case: &Value) -> World {
    let mut world = world();
    let mut setup = String::from("apiVersion: v1\nkind: Namespace\nmetadata: {name: team-b}\n");
    if case["requires"] == "dual-stack" {
        setup.push_str(
            "---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  serviceSubnet: 10.96.0.0/12,fd00:10:96::/112\n  podSubnet: 10.244.0.0/16,fd00:10:244::/56\n",
        );
    }
    let outcome = take(&mut world, Verb::Apply, &setup);
    assert!(outcome.all_taken(), "{}", outcome.stderr);
    world
}

/// A value by a path such as `spec.ports[0].nodePort`.
fn at_path<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split(['.', '[', ']'])
        .filter(|step| !step.is_empty())
        .fold(value, |node, step| match step.parse::<usize>() {
            Ok(idx) if node.is_array() => &node[idx],
            _ => &node[step],
        })
}

fn check_accepted(case: &Value, world: &World, reference: &ObjectRef) -> Option<String> {
    let Some(object) = world.cluster().object(reference) else {
        return Some("not stored".to_owned());
    };
    let value = &object.value;
    let expect = &case["expect"];
    for (path, want) in expect["fields"].as_object().into_iter().flatten() {
        let have = at_path(value, path);
        if have != want {
            return Some(format!("{path}: expected {want}, found {have}"));
        }
    }
    for path in expect["absent"].as_array().into_iter().flatten() {
        let path = path.as_str().expect("a path");
        if !at_path(value, path).is_null() {
            return Some(format!("{path} is there: {}", at_path(value, path)));
        }
    }
    for pair in expect["equal_fields"].as_array().into_iter().flatten() {
        let (a, b) = (pair[0].as_str().expect("a path"), pair[1].as_str().expect("a path"));
        if at_path(value, a) != at_path(value, b) {
            return Some(format!("{a} and {b} differ"));
        }
    }
    for (path, range) in expect["in_range"].as_object().into_iter().flatten() {
        let have = at_path(value, path);
        let inside = match (&range[0], have) {
            (Value::Number(first), Value::Number(have)) => {
                (first.as_i64()..=range[1].as_i64()).contains(&have.as_i64())
            }
            (Value::String(first), Value::String(have)) => {
                let number = |text: &str| text.parse::<std::net::IpAddr>().ok();
                let last = range[1].as_str().expect("an address");
                (number(first)..=number(last)).contains(&number(have))
            }
            _ => false,
        };
        if !inside {
            return Some(format!("{path}: {have} is not within {range}"));
        }
    }
    None
}

#[test]
fn the_server_validates_defaults_and_allocates_as_a_real_one() {
    let mut wrong = Vec::new();
    let mut count = 0;
    let files = [
        "service-create",
        "service-update",
        "service-defaults",
        "allocation",
        "endpoints",
        "endpointslice",
        "ingress",
        "ingressclass",
    ];
    for file in files {
        for case in cases(&format!("validation/{file}.yaml")) {
            count += 1;
            let mut world = validation_world(&case);
            if let Some(before) = case["before"].as_str() {
                let outcome = take(&mut world, Verb::Apply, before);
                if !outcome.all_taken() {
                    wrong.push(format!("{file} {}: before: {}", case["name"], outcome.stderr));
                    continue;
                }
            }
            // A Service without a name is refused by kubectl before `apply` asks the server.
            let verb = if case["operation"] == "create" {
                Verb::Create
            } else {
                Verb::Apply
            };
            let outcome = take(&mut world, verb, case["manifest"].as_str().expect("a manifest"));
            let Some(applied) = outcome.applied.last() else {
                wrong.push(format!("{file} {}: nothing taken", case["name"]));
                continue;
            };
            let expect = &case["expect"];
            let problem = if expect["valid"] == true {
                match &applied.refusal {
                    Some(_) => Some(format!("refused: {}", applied.text)),
                    None => check_accepted(&case, &world, &applied.reference),
                }
            } else {
                check_refused(expect, applied.refusal.as_ref())
            };
            wrong.extend(problem.map(|it| format!("{file} {}: {it}", case["name"])));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// An error about an address that the server chose, without the address.
fn without_address(text: &str) -> String {
    match text.split_once(": expected an IPv6 value") {
        Some((before, after)) => {
            let field = before.split_once(':').map_or(before, |it| it.0);
            format!("{field}: expected an IPv6 value{after}")
        }
        None => text.to_owned(),
    }
}

fn check_refused(expect: &Value, refusal: Option<&Refusal>) -> Option<String> {
    let refusal = match refusal {
        Some(refusal) => refusal,
        None => return Some("accepted".to_owned()),
    };
    if let Some(errors) = expect["errors"].as_array() {
        let have: Vec<String> = match refusal {
            Refusal::Invalid(found) => found.iter().map(ToString::to_string).collect(),
            Refusal::BadPatch(error) => {
                let message = error.to_string();
                // The recorded text is only the part behind the patch itself.
                let why = errors
                    .iter()
                    .map(|it| text(it, "message"))
                    .collect::<Vec<_>>()
                    .join(", ");
                return (!message.ends_with(&why)).then(|| format!("{message} does not end in {why}"));
            }
            other => return Some(format!("refused otherwise: {other:?}")),
        };
        let want: Vec<String> = errors.iter().map(|it| text(it, "text")).collect();
        // The address that the server chose for itself differs.
        let chosen = |texts: &[String]| texts.iter().map(|it| without_address(it)).collect::<Vec<_>>();
        return (chosen(&want) != chosen(&have)).then(|| format!("\n  expected {want:?}\n  found    {have:?}"));
    }
    let want = text(&expect["status"], "message");
    let have = refusal.message("Service", "", "web");
    // kubectl reads metadata by itself and stops there with the same words.
    let same = want == have || want.rsplit_once("json: ").is_some_and(|(_, why)| have.ends_with(why));
    (!want.is_empty() && !same).then(|| format!("\n  expected {want:?}\n  found    {have:?}"))
}

#[test]
fn a_wrong_field_is_noticed() {
    let mut world = world();
    take(
        &mut world,
        Verb::Apply,
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}",
    );
    let reference = ObjectRef::new(Kind::Service, "default", "web");
    let case = serde_json::json!({"expect": {"fields": {"spec.ports[0].targetPort": 81}}});
    assert!(check_accepted(&case, &world, &reference).is_some());
}

/// What stands in pods beside their containers' names and ports (`ValidatePodSpec` and what it calls).
#[test]
fn pods_are_refused_for_what_stands_inside() {
    let container = |more: &str| format!("containers: [{{name: c, image: c, {more}}}]");
    let rows = [
        (
            container("env: [{name: a, valueFrom: {fieldRef: {fieldPath: metadata.foo}}}]"),
            "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"metadata.foo\": error converting fieldPath: field label not supported: metadata.foo",
        ),
        (
            container("env: [{name: a, valueFrom: {fieldRef: {fieldPath: status.phase}}}]"),
            "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"status.phase\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\"",
        ),
        (
            container("env: [{name: a, valueFrom: {secretKeyRef: {name: a}}}]"),
            "spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value",
        ),
        (
            container("envFrom: [{configMapRef: {}}]"),
            "spec.containers[0].envFrom[0].configMapRef.name: Required value",
        ),
        (
            container("envFrom: [{}]"),
            "spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`",
        ),
        (
            container("lifecycle: {preStop: {}}"),
            "spec.containers[0].lifecycle.preStop: Required value: must specify a handler type",
        ),
        (
            container("resources: {requests: {cpu: \"-1\"}}"),
            "spec.containers[0].resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0",
        ),
        (
            container("securityContext: {runAsUser: -1}"),
            "spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
        ),
        (
            container("") + "\n  volumes: [{name: v, emptyDir: {}, hostPath: {path: /x}}]",
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
        ),
        (
            container("") + "\n  volumes: [{name: v, persistentVolumeClaim: {}}]",
            "spec.volumes[0].persistentVolumeClaim.claimName: Required value",
        ),
        (
            container("") + "\n  imagePullSecrets: [{}]",
            "spec.imagePullSecrets[0].name: Required value",
        ),
        (
            container("") + "\n  activeDeadlineSeconds: 0",
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
        ),
        (
            container("") + "\n  ephemeralContainers: [{name: e, image: e}]",
            "spec.ephemeralContainers: Forbidden: cannot be set on create",
        ),
        (
            container("") + "\n  tolerations: [{key: k, operator: Exists, value: v}]",
            "spec.tolerations[0].operator: Invalid value: {\"Key\":\"k\",\"Operator\":\"Exists\",\"Value\":\"v\",\"Effect\":\"\",\"TolerationSeconds\":null}: value must be empty when `operator` is 'Exists'",
        ),
        (
            container("") + "\n  hostAliases: [{ip: abc}]",
            "spec.hostAliases[0].ip: Invalid value: \"abc\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
        (
            container("")
                + "\n  topologySpreadConstraints: [{maxSkew: 0, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]",
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
        ),
        (
            container("")
                + "\n  affinity: {podAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 101, podAffinityTerm: {topologyKey: a}}]}}",
            "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100",
        ),
        (
            container("") + "\n  initContainers: [{name: i, image: i, lifecycle: {preStop: {sleep: {seconds: 1}}}}]",
            "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always",
        ),
    ];
    let mut world = world();
    for (spec, error) in rows {
        let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  {spec}\n");
        let outcome = take(&mut world, Verb::Apply, &pod);
        assert_eq!(outcome.stderr, format!("The Pod \"a\" is invalid: {error}\n"), "{pod}");
    }
}

/// Secrets, ConfigMaps, Nodes and StatefulSets that the server refuses.
#[test]
fn other_objects_are_refused_for_what_stands_in_them() {
    let rows = [
        (
            "Secret",
            "type: kubernetes.io/basic-auth",
            "\n* data[username]: Required value\n* data[password]: Required value",
        ),
        (
            "Secret",
            "type: kubernetes.io/service-account-token",
            "metadata.annotations[kubernetes.io/service-account.name]: Required value",
        ),
        (
            "Secret",
            "type: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: aGk=}",
            "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character 'h' looking for beginning of value",
        ),
        (
            "Secret",
            "metadata: {name: a, finalizers: [foo, orphan]}",
            "metadata.finalizers[0]: Invalid value: \"foo\": name is neither a standard finalizer name nor is it fully qualified",
        ),
        (
            "ConfigMap",
            "data: {a: x}\nbinaryData: {a: aGk=}",
            "data[a]: Invalid value: \"a\": duplicate of key present in binaryData",
        ),
        (
            "Node",
            "spec: {podCIDR: abc}",
            "spec.podCIDRs[0]: Invalid value: \"abc\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        ),
        (
            "StatefulSet",
            "spec: {updateStrategy: {type: Bar}, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: c}]}}}",
            "spec.updateStrategy: Invalid value: {\"Type\":\"Bar\",\"RollingUpdate\":null}: must be 'RollingUpdate' or 'OnDelete'",
        ),
        (
            "StatefulSet",
            "spec: {updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: c}]}}}",
            "spec.updateStrategy.rollingUpdate: Invalid value: {\"Partition\":1,\"MaxUnavailable\":null}: only allowed for updateStrategy 'RollingUpdate'",
        ),
    ];
    let mut world = world();
    for (kind, rest, error) in rows {
        let version = if kind == "StatefulSet" { "apps/v1" } else { "v1" };
        let text = format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n{rest}\n");
        let outcome = take(&mut world, Verb::Apply, &text);
        assert_eq!(
            outcome.stderr,
            format!("The {kind} \"a\" is invalid: {error}\n"),
            "{text}"
        );
    }
}
