//! The ingress controller: what it makes of Ingresses, and what it answers.
//!
//! The cases under `cases/ingress` are facts about the Ingress API and about ingress-nginx; each names its
//! source. They run against the controller itself, with pods that answer 200.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kubehop::api::Object;
use kubehop::api::types::apps::Deployment;
use kubehop::api::types::core::Service;
use kubehop::api::types::meta::labels_match;
use kubehop::api::types::networking::{Ingress, IngressClass};
use kubehop::cluster::Snapshot;
use kubehop::cluster::nginx::Controller;
use kubehop::net::ingress::backend::Endpoint;
use kubehop::net::ingress::respond::Action;
use kubehop::net::ingress::{Inbound, IngressState, balance, model, request, respond};
use kubehop::sim::{Instant, Rng};
use serde_json::{Value, json};

use crate::support::{bare_snapshot, cases, documents, list, text};

/// Cases that are known to come out otherwise, and why. A case that passes must leave this list.
const KNOWN: &[(&str, &str)] = &[(
    "prefix-rule-trailing-slash-ignored",
    "the answer of the API's text; ingress-nginx, which is simulated, completes the slash by a redirect",
)];

/// The address that a name without rules leads to.
const OWN_ADDRESS: &str = "198.51.100.1";

/// A cluster in which every selected pod of a Deployment runs.
fn cluster(text: &str) -> Snapshot {
    let objects = documents(text);
    let snapshot = bare_snapshot().with(objects);
    let mut slices: Vec<Object> = Vec::new();
    let mut free = 2u8;
    let given: BTreeSet<String> = snapshot
        .list::<kubehop::api::types::discovery::EndpointSlice>()
        .filter_map(|it| it.metadata.labels.get("kubernetes.io/service-name").cloned())
        .collect();
    let mut addresses: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for deployment in snapshot.list::<Deployment>() {
        let made = addresses.entry(deployment.metadata.name.clone()).or_default();
        for _ in 0..deployment.spec.replicas.unwrap_or(1) {
            made.push(format!("10.244.1.{free}"));
            free += 1;
        }
    }
    for service in snapshot.list::<Service>() {
        let name = &service.metadata.name;
        if given.contains(name) || service.spec.selector.is_empty() {
            continue;
        }
        let mut endpoints = Vec::new();
        for deployment in snapshot.list::<Deployment>() {
            if labels_match(&service.spec.selector, &deployment.spec.template.metadata.labels) {
                endpoints.extend(
                    addresses[&deployment.metadata.name]
                        .iter()
                        .map(|it| json!({"addresses": [it]})),
                );
            }
        }
        let ports: Vec<Value> = service
            .spec
            .ports
            .iter()
            .map(|port| {
                let target = port.target_port.to_string().parse::<i32>().unwrap_or(8080);
                json!({"name": port.name, "port": if target > 0 { target } else { port.port }, "protocol": "TCP"})
            })
            .collect();
        slices.extend(documents(
            &serde_json::to_string(&json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"name": format!("{name}-1"), "labels": {"kubernetes.io/service-name": name}},
                "endpoints": endpoints, "ports": ports,
            }))
            .expect("JSON"),
        ));
    }
    snapshot.with(slices)
}

fn controller(case: &Value) -> Controller {
    let given = &case["controller"];
    let mut flags: BTreeMap<String, String> = [("validating-webhook".to_owned(), ":8443".to_owned())].into();
    for flag in list(&given["flags"]) {
        let flag = flag.trim_start_matches('-');
        let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
        flags.insert(name.to_owned(), value.to_owned());
    }
    Controller {
        namespace: "ingress-nginx".to_owned(),
        flags,
        config: serde_json::from_value(given["configmap"].clone()).unwrap_or_default(),
        reads_classes: !list(&given["cannot_read"]).contains(&"ingressclasses".to_owned()),
    }
}

/// What came of one request.
#[derive(Clone, Debug, Default)]
struct Outcome {
    status: u16,
    location: Option<String>,
    tls: Option<String>,
    service: Option<String>,
    pod: Option<Endpoint>,
    via_service: bool,
    path: String,
    scheme: String,
    backend_headers: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl Outcome {
    fn cookie(&self, name: &str) -> Option<Vec<String>> {
        let start = format!("{name}=");
        self.headers
            .iter()
            .filter(|(key, _)| key == "Set-Cookie")
            .find(|(_, value)| value.starts_with(&start))
            .map(|(_, value)| value.split("; ").map(str::to_owned).collect())
    }
}

struct Runner {
    snapshot: Snapshot,
    controller: Controller,
    state: IngressState,
    rng: Rng,
}

impl Runner {
    fn send(&mut self, given: &Value, url: &str, cookies: &BTreeMap<String, String>) -> Outcome {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let host = host.replace("INGRESS_ADDRESS", OWN_ADDRESS);
        let target = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in given["headers"].as_object().into_iter().flatten() {
            headers.push((name.clone(), value.as_str().unwrap_or_default().to_owned()));
        }
        if let Some(name) = given["send_cookie"].as_str() {
            headers.push(("Cookie".to_owned(), format!("{name}={}", cookies[name])));
        }
        let method = given["method"].as_str().unwrap_or("GET");
        let client = given["client_ip"].as_str().unwrap_or("203.0.113.10");
        let inbound = Inbound {
            https: scheme == "https",
            host: &host,
            sni: host.parse::<IpAddr>().is_err().then_some(host.as_str()),
            method,
            target: &target,
            headers: &headers,
            client: client.parse().expect("an address"),
        };
        let model = self.state.model(&self.snapshot, &self.controller);
        let memory = self.state.memory("ingress-nginx", "controller");
        let now = Instant::DEFAULT_START;
        let decision = respond::respond(&self.snapshot, &model, &inbound, memory, &mut self.rng, now);
        let mut outcome = Outcome {
            tls: decision
                .certificate
                .map(|shown| shown.unwrap_or_else(|_| "DEFAULT_FAKE".to_owned())),
            ..Outcome::default()
        };
        match decision.action {
            Action::Answer(answer) => {
                outcome.status = answer.status;
                outcome.location = answer.location;
                outcome.headers = answer.headers;
            }
            Action::Ask(ask) => {
                let backend: &model::Backend = &model.backends[&ask.backend];
                let facts = request::Facts::new(&self.controller, &inbound).expect("read before");
                let pick = balance::pick(backend, &facts, &ask.location_path, memory, &mut self.rng, now, &[]);
                let pick = pick.expect("a backend that is asked has endpoints");
                outcome.status = if backend.is_external { 502 } else { 200 };
                outcome.service = (!backend.is_external).then(|| backend.service.clone().expect("a Service").1);
                outcome.via_service = backend.via_service;
                outcome.pod = Some(pick.endpoint);
                outcome.path = ask.target;
                outcome.scheme = ask.scheme.to_owned();
                outcome.backend_headers = ask.headers;
                outcome.headers = ask.response_headers;
                outcome
                    .headers
                    .extend(pick.set_cookie.map(|it| ("Set-Cookie".to_owned(), it)));
            }
        }
        outcome
    }
}

fn check_headers(what: &str, expect: &Value, got: &[(String, String)]) -> Result<(), String> {
    for (name, value) in expect.as_object().into_iter().flatten() {
        let found = request::header(got, name);
        if found != value.as_str() {
            return Err(format!("{what} {name}: {found:?}, not {value}"));
        }
    }
    Ok(())
}

fn check_cookie(expect: &Value, outcome: &Outcome) -> Result<(), String> {
    if expect.is_null() {
        return match outcome.headers.iter().find(|(name, _)| name == "Set-Cookie") {
            Some((_, value)) => Err(format!("cookie {value}")),
            None => Ok(()),
        };
    }
    let name = text(expect, "name");
    let parts = outcome.cookie(&name).ok_or(format!("no cookie {name}"))?;
    let attribute = |name: &str| {
        let found = parts.iter().skip(1).find_map(|it| {
            let (key, value) = it.split_once('=').unwrap_or((it, ""));
            (key == name).then(|| value.to_owned())
        });
        found.map_or(Value::Null, Value::String)
    };
    for (key, field) in [("path", "Path"), ("domain", "Domain")] {
        if expect.get(key).is_some_and(|it| *it != attribute(field)) {
            return Err(format!("{field} of {parts:?}"));
        }
    }
    for (key, field) in [("secure", "Secure"), ("http_only", "HttpOnly")] {
        let is_set = !attribute(field).is_null();
        if expect
            .get(key)
            .is_some_and(|it| it.as_bool().unwrap_or(false) != is_set)
        {
            return Err(format!("{field} of {parts:?}"));
        }
    }
    let max_age = attribute("Max-Age").as_str().and_then(|it| it.parse::<u64>().ok());
    if expect.get("max_age").is_some_and(|it| it.as_u64() != max_age) {
        return Err(format!("Max-Age of {parts:?}"));
    }
    if expect
        .get("expires_in")
        .is_some_and(|it| it.is_null() != attribute("Expires").is_null())
    {
        return Err(format!("Expires of {parts:?}"));
    }
    if expect["expires_in"] == 172_800 && attribute("Expires") != "Sat, 03-Jan-26 00:00:00 GMT" {
        return Err(format!("Expires of {parts:?}"));
    }
    Ok(())
}

fn check_one(expect: &Value, outcome: &Outcome, follows: bool) -> Result<(), String> {
    if expect["status"]
        .as_u64()
        .is_some_and(|it| it != u64::from(outcome.status))
    {
        return Err(format!("status {}", outcome.status));
    }
    if expect["status_range"] == "5xx" && outcome.status / 100 != 5 {
        return Err(format!("status {}", outcome.status));
    }
    if let Some(service) = expect["service"].as_str()
        && outcome.service.as_deref() != Some(service)
    {
        return Err(format!("service {:?}", outcome.service));
    }
    if expect["service"].is_null()
        && expect["status"].is_u64()
        && outcome.service.is_some()
        && !expect["share"].is_object()
    {
        return Err(format!("service {:?}", outcome.service));
    }
    let same = |field: &str, got: &str| match expect[field].as_str() {
        Some(wanted) if wanted != got => Err(format!("{field} {got}")),
        _ => Ok(()),
    };
    same("path", &outcome.path)?;
    if !follows {
        same("location", outcome.location.as_deref().unwrap_or_default())?;
    }
    same("backend_scheme", &outcome.scheme)?;
    same(
        "host",
        request::header(&outcome.backend_headers, "Host").unwrap_or_default(),
    )?;
    same("via", if outcome.via_service { "cluster-ip" } else { "endpoints" })?;
    if let Some(pod) = &outcome.pod {
        same("endpoint", &format!("{}:{}", pod.host, pod.port))?;
    }
    let tls = outcome.tls.as_deref().unwrap_or_default();
    same("tls_cert_secret", tls.split('/').next_back().unwrap_or_default())?;
    check_headers("backend", &expect["backend_headers"], &outcome.backend_headers)?;
    check_headers("response", &expect["response_headers"], &outcome.headers)?;
    for name in list(&expect["backend_headers_absent"]) {
        if request::header(&outcome.backend_headers, &name).is_some() {
            return Err(format!("backend header {name} is there"));
        }
    }
    for name in list(&expect["response_headers_absent"]) {
        if request::header(&outcome.headers, &name).is_some() {
            return Err(format!("response header {name} is there"));
        }
    }
    for name in list(&expect["response_headers_present"]) {
        if request::header(&outcome.headers, &name).is_none() {
            return Err(format!("no response header {name}"));
        }
    }
    match expect.get("set_cookie") {
        Some(cookie) => check_cookie(cookie, outcome),
        None => Ok(()),
    }
}

fn check_many(expect: &Value, outcomes: &[Outcome], before: Option<&Endpoint>) -> Result<(), String> {
    let mut pods: BTreeMap<&Endpoint, u64> = BTreeMap::new();
    let mut services: BTreeMap<&str, usize> = BTreeMap::new();
    let mut statuses: BTreeMap<String, u64> = BTreeMap::new();
    for outcome in outcomes {
        if let (Some(pod), Some(service)) = (&outcome.pod, &outcome.service) {
            *pods.entry(pod).or_default() += 1;
            *services.entry(service).or_default() += 1;
        }
        *statuses.entry(outcome.status.to_string()).or_default() += 1;
    }
    if expect["distinct_pods"]
        .as_u64()
        .is_some_and(|it| it != pods.len() as u64)
    {
        return Err(format!("{} pods", pods.len()));
    }
    if expect["per_pod"]
        .as_u64()
        .is_some_and(|it| pods.values().any(|count| *count != it))
    {
        return Err(format!("per pod {pods:?}"));
    }
    if expect["same_pod"] == true && (pods.len() != 1 || before != pods.keys().next().copied()) {
        return Err(format!("{pods:?}, before {before:?}"));
    }
    for (service, wanted) in expect["share"].as_object().into_iter().flatten() {
        let share = *services.get(service.as_str()).unwrap_or(&0) as f64 / outcomes.len() as f64;
        if wanted["min"].as_f64().is_some_and(|it| share < it) {
            return Err(format!("share of {service}: {share}"));
        }
    }
    for (status, wanted) in expect["counts"].as_object().into_iter().flatten() {
        if wanted.as_u64() != Some(*statuses.get(status).unwrap_or(&0)) {
            return Err(format!("statuses {statuses:?}"));
        }
    }
    Ok(())
}

fn run_case(case: &Value) -> Result<(), String> {
    let snapshot = cluster(&text(case, "cluster"));
    let controller = controller(case);
    if let Some(refused) = case["rejected_apply"].as_str() {
        let refused = documents(refused);
        let ingress = serde_json::from_value::<Ingress>(refused[0].value.clone()).expect("an Ingress");
        let class = |name: &str| snapshot.get::<IngressClass>("", name);
        if controller.review(&ingress, snapshot.list::<Ingress>(), class).is_ok() {
            return Err("the webhook accepts it".to_owned());
        }
    }
    let mut runner = Runner {
        snapshot,
        controller,
        state: IngressState::default(),
        rng: Rng::new(1),
    };
    let mut cookies: BTreeMap<String, String> = BTreeMap::new();
    let mut last_pod: Option<Endpoint> = None;
    for (idx, given) in case["requests"].as_array().expect("requests").iter().enumerate() {
        let mut outcomes = Vec::new();
        let follows = given["follow_redirects"] == true;
        for _ in 0..given["repeat"].as_u64().unwrap_or(1) {
            let mut url = text(given, "url");
            let mut outcome = runner.send(given, &url, &cookies);
            for _ in 0..10 {
                match &outcome.location {
                    Some(to) if follows => url.clone_from(to),
                    _ => break,
                }
                outcome = runner.send(given, &url, &cookies);
            }
            check_one(&given["expect"], &outcome, follows)
                .map_err(|why| format!("request {idx} {url}: {why}: {outcome:?}"))?;
            outcomes.push(outcome);
        }
        if let Some(name) = given["save_cookie"].as_str() {
            let parts = outcomes[0].cookie(name).ok_or(format!("no cookie {name}"))?;
            let (_, value) = parts[0].split_once('=').expect("a cookie");
            cookies.insert(name.to_owned(), value.to_owned());
        }
        check_many(&given["expect"], &outcomes, last_pod.as_ref()).map_err(|why| format!("request {idx}: {why}"))?;
        last_pod = outcomes.last().and_then(|it| it.pod.clone());
    }
    Ok(())
}

fn run(file: &str) {
    let mut wrong = Vec::new();
    for case in cases(file) {
        let name = text(&case, "name");
        let known = KNOWN.iter().any(|(it, _)| *it == name);
        match (run_case(&case), known) {
            (Err(why), false) => wrong.push(format!("{name}: {why}")),
            (Ok(()), true) => wrong.push(format!("{name}: passes, take it off the list")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{file}: {} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_conformance_suite_holds() {
    run("ingress/conformance.yaml");
}

#[test]
fn the_documentation_holds() {
    run("ingress/docs-path-types.yaml");
}

#[test]
fn nginx_routes_as_nginx_does() {
    run("ingress/nginx-paths.yaml");
}

#[test]
fn nginx_annotations_work() {
    run("ingress/nginx-annotations.yaml");
}

#[test]
fn a_wrong_answer_is_noticed() {
    let mut case = cases("ingress/docs-path-types.yaml").remove(0);
    assert!(run_case(&case).is_ok());
    case["requests"][0]["expect"]["status"] = 599.into();
    assert!(run_case(&case).is_err());
}

mod laws {
    //! What holds for any input.

    use super::*;
    use kubehop::sim::Rng;
    use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

    const CLUSTER: &str = "
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations: {nginx.ingress.kubernetes.io/use-regex: 'true', nginx.ingress.kubernetes.io/rewrite-target: /$2}
spec:
  ingressClassName: nginx
  rules:
  - host: '*.shop.test'
    http:
      paths:
      - path: /app(/|$)(.*)
        pathType: ImplementationSpecific
        backend: {service: {name: web, port: {number: 80}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {replicas: 2, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}
";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_request_gets_the_same_answer_twice(host in "\\PC{0,30}", target in "/\\PC{0,40}", header in "\\PC{0,20}", https: bool) {
            let answer = || {
                let mut runner = Runner {
                    snapshot: cluster(CLUSTER),
                    controller: controller(&Value::Null),
                    state: IngressState::default(),
                    rng: Rng::new(7),
                };
                let hosts = [host.clone(), "www.shop.test".to_owned()];
                hosts.map(|host| {
                    let inbound = Inbound {
                        https,
                        host: &host,
                        sni: Some(&host),
                        method: "GET",
                        target: &target,
                        headers: &[("Cookie".to_owned(), header.clone()), ("Authorization".to_owned(), header.clone())],
                        client: "203.0.113.10".parse().expect("an address"),
                    };
                    let model = runner.state.model(&runner.snapshot, &runner.controller);
                    let memory = runner.state.memory("a", "b");
                    format!("{:?}", respond::respond(&runner.snapshot, &model, &inbound, memory, &mut runner.rng, Instant::DEFAULT_START))
                })
            };
            prop_assert_eq!(answer(), answer());
        }

        #[test]
        fn any_rule_and_annotation_makes_a_configuration(path in "\\PC{0,30}", name in "[a-z-]{1,30}", value in "\\PC{0,30}") {
            let mut ingress = documents(CLUSTER).remove(1);
            ingress.value["spec"]["rules"][0]["http"]["paths"][0]["path"] = path.into();
            ingress.value["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{name}")] = value.into();
            let ingress = Object::from_value(kubehop::api::Kind::Ingress, ingress.value).expect("an Ingress");
            let snapshot = cluster(CLUSTER).with([ingress]);
            let _ = model::Model::new(&snapshot, &controller(&Value::Null));
        }
    }
}
