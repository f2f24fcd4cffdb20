//! The ingress controller: what it makes of Ingresses, and what it answers.
//!
//! The cases under `cases/ingress` are facts about the Ingress API and about ingress-nginx; each names its
//! source. They run in a whole world: documents applied, requests sent by the client outside.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use kubehop::api::types::core::Service;
use kubehop::api::types::networking::Ingress;
use kubehop::cluster::{Preset, known_manifest};
use kubehop::net::http_proxy::nginx::why::NginxWhy;
use kubehop::net::http_proxy::{HttpProxyWhy, request};
use kubehop::net::{Destination, Host, Protocol, Request, Source, Trace, Why};
use kubehop::sim::Duration;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::{Value, json};

use crate::support::{cases, list, text};

/// Cases that are known to come out otherwise, and why. A case that passes must leave this list.
const KNOWN: &[(&str, &str)] = &[(
    "prefix-rule-trailing-slash-ignored",
    "the answer of the API's text; ingress-nginx, which is simulated, completes the slash by a redirect",
)];

/// The preset's controller with a case's flags and settings, as documents.
fn controller_documents(case: &Value) -> String {
    let given = &case["controller"];
    let mut args = vec![
        "/nginx-ingress-controller".to_owned(),
        "--publish-service=$(POD_NAMESPACE)/ingress-nginx-controller".to_owned(),
        "--configmap=$(POD_NAMESPACE)/ingress-nginx-controller".to_owned(),
        "--validating-webhook=:8443".to_owned(),
    ];
    args.extend(list(&given["flags"]));
    let labels = json!({
        "app.kubernetes.io/component": "controller",
        "app.kubernetes.io/instance": "ingress-nginx",
        "app.kubernetes.io/name": "ingress-nginx",
    });
    let mut documents = vec![
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "ingress-nginx-controller", "namespace": "ingress-nginx"},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{
                    "name": "controller", "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1", "args": args,
                    "ports": [{"name": "http", "containerPort": 80}, {"name": "https", "containerPort": 443}],
                }]},
            }},
        }),
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "ingress-nginx-controller", "namespace": "ingress-nginx"},
            "data": given["configmap"],
        }),
    ];
    if list(&given["cannot_read"]).contains(&"ingressclasses".to_owned()) {
        documents.push(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "ingress-nginx"},
            "rules": [{"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "verbs": ["get", "list", "watch"]}],
        }));
    }
    let texts: Vec<String> = documents.iter().map(Value::to_string).collect();
    texts.join("\n---\n")
}

/// What came of one request.
#[derive(Clone, Debug, Default)]
struct Outcome {
    status: u16,
    location: Option<String>,
    tls: Option<String>,
    service: Option<String>,
    pod: Option<SocketAddr>,
    via_service: bool,
    path: String,
    scheme: &'static str,
    reason: String,
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
    world: World,
    address: IpAddr,
}

impl Runner {
    fn new(case: &Value) -> Result<Self, String> {
        let mut world = World::new(Options::default());
        let outcome = world.apply(FileId(0), &controller_documents(case));
        if outcome.exit_code != 0 {
            return Err(outcome.stderr);
        }
        // A refusal among the documents is part of some cases.
        world.apply(FileId(1), &text(case, "cluster"));
        if let Some(refused) = case["rejected_apply"].as_str() {
            let outcome = world.apply(FileId(2), refused);
            if outcome.exit_code == 0 {
                return Err(format!("accepted: {}", outcome.stdout));
            }
        }
        let service = world.snapshot();
        let service = service
            .get::<Service>("ingress-nginx", "ingress-nginx-controller")
            .expect("a preset's Service");
        let address = service.status.load_balancer.ingress[0].ip.parse().expect("an address");
        for (name, served) in case["ingress_status_address"].as_object().into_iter().flatten() {
            let snapshot = world.snapshot();
            let ingress = snapshot
                .get::<Ingress>("default", name)
                .ok_or(format!("no Ingress {name}"))?;
            if *served != !ingress.status.load_balancer.ingress.is_empty() {
                return Err(format!("address of {name}: {:?}", ingress.status.load_balancer.ingress));
            }
        }
        Ok(Self { world, address })
    }

    fn send(&mut self, given: &Value, url: &str, cookies: &BTreeMap<String, String>) -> Outcome {
        let url = url.replace("INGRESS_ADDRESS", &self.address.to_string());
        let destination = Destination::parse(&url, Protocol::Tcp).expect("a URL");
        let mut http = destination.http.expect("HTTP");
        if let Some(method) = given["method"].as_str() {
            http.method = method.to_owned();
        }
        for (name, value) in given["headers"].as_object().into_iter().flatten() {
            http.headers
                .push((name.clone(), value.as_str().unwrap_or_default().to_owned()));
        }
        if let Some(name) = given["send_cookie"].as_str() {
            http.headers
                .push(("Cookie".to_owned(), format!("{name}={}", cookies[name])));
        }
        let mut from = Source::Client;
        if let Some(client) = given["client_ip"].as_str() {
            from = Source::Address(client.parse().expect("an address"));
        }
        let host = match destination.host {
            // A client that was given an address for the name, as with curl --resolve.
            host if given["client_ip"].is_null() => host,
            Host::Name(name) => {
                http.headers.push(("Host".to_owned(), name));
                Host::Address(self.address)
            }
            host @ Host::Address(_) => host,
        };
        let trace = self.world.send(&Request {
            from,
            host,
            port: destination.port,
            protocol: Protocol::Tcp,
            http: Some(http),
            via_node: None,
        });
        outcome_of(trace)
    }
}

fn outcome_of(trace: Trace) -> Outcome {
    let reason = trace.reason.say().en.into_owned();
    let Some(http) = trace.http else {
        return Outcome {
            reason,
            ..Outcome::default()
        };
    };
    let mut outcome = Outcome {
        reason,
        status: http.status,
        location: http.location,
        tls: http.tls_secret,
        service: http.service.map(|it| it.name),
        path: http.path.unwrap_or_default(),
        backend_headers: http.headers,
        headers: http.response_headers,
        ..Outcome::default()
    };
    for hop in &trace.hops {
        let Why::HttpProxy(why) = &hop.why else { continue };
        match why {
            HttpProxyWhy::Nginx(NginxWhy::DialsService { .. }) => outcome.via_service = true,
            HttpProxyWhy::PassesOn { .. } => outcome.scheme = "http",
            HttpProxyWhy::PlainUpstream { .. } => outcome.scheme = "https",
            HttpProxyWhy::OtherProtocol { protocol } => outcome.scheme = protocol.name(),
            _ => {}
        }
    }
    outcome.pod = trace.backend.map(|it| it.address).filter(|_| outcome.service.is_some());
    outcome
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
        return Err(format!("status {} ({})", outcome.status, outcome.reason));
    }
    if expect["status_range"] == "5xx" && outcome.status / 100 != 5 {
        return Err(format!("status {} ({})", outcome.status, outcome.reason));
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
    same("backend_scheme", outcome.scheme)?;
    same(
        "host",
        request::header(&outcome.backend_headers, "Host").unwrap_or_default(),
    )?;
    same("via", if outcome.via_service { "cluster-ip" } else { "endpoints" })?;
    if let Some(pod) = &outcome.pod {
        same("endpoint", &pod.to_string())?;
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

fn check_many(expect: &Value, outcomes: &[Outcome], before: Option<&SocketAddr>) -> Result<(), String> {
    let mut pods: BTreeMap<&SocketAddr, u64> = BTreeMap::new();
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
    let mut runner = Runner::new(case)?;
    let mut cookies: BTreeMap<String, String> = BTreeMap::new();
    let mut last_pod: Option<SocketAddr> = None;
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
        last_pod = outcomes.last().and_then(|it| it.pod);
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
fn nginx_has_corners() {
    run("ingress/more.yaml");
}

#[test]
fn the_projects_own_manifest_installs_it() {
    let address = |provider: &str| {
        let at = "https://raw.githubusercontent.com/kubernetes/ingress-nginx/controller-v1.15.1/deploy/static/provider";
        format!("{at}/{provider}/deploy.yaml")
    };
    assert_eq!(known_manifest("https://example.com/deploy.yaml"), None);
    let web = "
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: 8080}]}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: nginx
  rules: [{host: a.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
";
    let providers = [
        (Preset::Cloud, "cloud"),
        (Preset::Cloud, "aws/nlb-with-tls-termination"),
        (Preset::BareMetal, "baremetal"),
        (Preset::Minikube, "kind"),
    ];
    for (preset, provider) in providers {
        let mut world = World::new(Options {
            preset,
            ..Options::default()
        });
        let manifest = known_manifest(&address(provider)).expect("a known manifest");
        let outcome = world.apply(FileId(0), &manifest);
        assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
        assert_eq!(world.apply(FileId(1), web).stderr, "");
        // Its probes wait ten seconds.
        world.advance(Duration::from_secs(30));
        let snapshot = world.snapshot();
        let service = snapshot
            .get::<Service>("ingress-nginx", "ingress-nginx-controller")
            .expect("its Service");
        let (host, port) = match service.status.load_balancer.ingress.first() {
            Some(at) => (at.ip.clone(), 80),
            // The node's own port.
            None if provider == "kind" => ("192.168.49.2".to_owned(), 80),
            None => ("192.168.10.12".to_owned(), service.spec.ports[0].node_port),
        };
        let destination = Destination::parse(&format!("http://{host}:{port}/"), Protocol::Tcp).expect("a URL");
        let mut http = destination.http.expect("HTTP");
        http.headers.push(("Host".to_owned(), "a.test".to_owned()));
        let trace = world.send(&Request {
            from: Source::Client,
            host: destination.host,
            port: destination.port,
            protocol: Protocol::Tcp,
            http: Some(http),
            via_node: None,
        });
        let reason = trace.reason.say().en;
        assert_eq!(trace.http.map(|it| it.status), Some(200), "{provider}: {reason}");
    }
}

#[test]
fn settings_without_effect_are_said_at_their_key() {
    let text = "
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data:
  use-proxy-protocol: 'true'
  hsts: 'false'
  proxy-body-size: 8m
  server-snippet: x
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
        rewrite ttl a.test 5
        kubernetes cluster.local
    }
---
apiVersion: v1
kind: ConfigMap
metadata: {name: own, namespace: default}
data: {use-proxy-protocol: 'true', Corefile: '.:53 { rewrite }'}
";
    let outcome = World::new(Options::default()).apply(FileId(0), text);
    let said: Vec<&str> = outcome
        .applied
        .iter()
        .flat_map(|it| &it.diagnostics)
        .map(|it| {
            let span = it.span.expect("a place");
            text[span.start as usize..].lines().next().unwrap_or_default()
        })
        .collect();
    let wanted = [
        "proxy-body-size: 8m",
        "server-snippet: x",
        "use-proxy-protocol: 'true'",
        // The preset's was not made by `apply`.
        "kind: ConfigMap",
        "Corefile: |",
    ];
    assert_eq!(said, wanted);
}

#[test]
fn what_has_no_effect_is_said_at_its_line() {
    let text = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /
    nginx.ingress.kubernetes.io/configuration-snippet: deny all;
    alb.ingress.kubernetes.io/scheme: internal
spec:
  ingressClassName: nope
  rules: [{host: a.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]
";
    let outcome = World::new(Options::default()).apply(FileId(0), text);
    let said: Vec<(String, &str)> = outcome.applied[0]
        .diagnostics
        .iter()
        .map(|it| {
            let span = it.span.expect("a place");
            (
                it.message.clone(),
                text[span.start as usize..span.end as usize]
                    .lines()
                    .next()
                    .unwrap_or_default(),
            )
        })
        .collect();
    let wanted = [
        (
            "Ingress default/web is not served by this controller: IngressClass nope does not exist.",
            "ingressClassName: nope",
        ),
        (
            "Read by the AWS Load Balancer Controller, not here: the ALB would only have addresses inside the VPC.",
            "alb.ingress.kubernetes.io/scheme: internal",
        ),
        (
            "Not simulated: configuration-snippet adds NGINX configuration of your own.",
            "nginx.ingress.kubernetes.io/configuration-snippet: deny all;",
        ),
    ];
    assert_eq!(said, wanted.map(|(message, line)| (message.to_owned(), line)));
    let bare = Options {
        preset: Preset::BareMetal,
        ..Options::default()
    };
    let outcome = World::new(bare).apply(FileId(0), text);
    assert!(
        outcome.applied[0].diagnostics[0]
            .message
            .starts_with("No ingress controller runs")
    );
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

    use kubehop::api::{Kind, NamespacedName, Object};
    use kubehop::cluster::Snapshot;
    use kubehop::cluster::ingress_controllers::nginx::Controller;
    use kubehop::net::http_proxy::decision::Action;
    use kubehop::net::http_proxy::nginx::{NginxConfig, Patterns};
    use kubehop::net::http_proxy::{Inbound, Proxy, ProxyContext, ProxyState};
    use kubehop::sim::{Instant, Rng};
    use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

    use crate::support::{bare_snapshot, documents};

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
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.2]}, {addresses: [10.244.2.2]}]
ports: [{name: '', port: 8080, protocol: TCP}]
";

    fn cluster() -> Snapshot {
        bare_snapshot().with(documents(CLUSTER))
    }

    fn controller() -> Controller {
        Controller {
            namespace: "ingress-nginx".to_owned(),
            flags: [("validating-webhook".to_owned(), ":8443".to_owned())].into(),
            config: Default::default(),
            reads_classes: true,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_request_gets_the_same_answer_twice(host in "\\PC{0,30}", target in "/\\PC{0,40}", header in "\\PC{0,20}", https: bool) {
            let answer = || {
                let (snapshot, mut state, mut rng) = (cluster(), ProxyState::default(), Rng::new(7));
                let hosts = [host.clone(), "www.shop.test".to_owned()];
                hosts.map(|host| {
                    let inbound = Inbound {
                        port: if https { 443 } else { 80 },
                        https,
                        host: &host,
                        sni: Some(&host),
                        method: "GET",
                        target: &target,
                        headers: &[("Cookie".to_owned(), header.clone()), ("Authorization".to_owned(), header.clone())],
                        client: "203.0.113.10".parse().expect("an address"),
                    };
                    let mut context = ProxyContext {
                        snapshot: &snapshot,
                        state: &mut state,
                        rng: &mut rng,
                        now: Instant::DEFAULT_START,
                    };
                    let proxy = Proxy::Nginx(controller());
                    let mut decision = proxy.decide(&mut context, &NamespacedName::new("a", "b"), &inbound);
                    let dial = match &mut decision.action {
                        Action::Answer(_) => None,
                        Action::Forward(forward) => Some(forward.next_endpoint(&mut context, None)),
                    };
                    format!("{decision:?} {dial:?}")
                })
            };
            prop_assert_eq!(answer(), answer());
        }

        #[test]
        fn any_rule_and_annotation_makes_a_configuration(path in "\\PC{0,30}", name in "[a-z-]{1,30}", value in "\\PC{0,30}") {
            let mut ingress = documents(CLUSTER).remove(1);
            ingress.value["spec"]["rules"][0]["http"]["paths"][0]["path"] = path.into();
            ingress.value["metadata"]["annotations"][format!("nginx.ingress.kubernetes.io/{name}")] = value.into();
            let ingress = Object::from_value(Kind::Ingress, ingress.value).expect("an Ingress");
            let _ = NginxConfig::new(&cluster().with([ingress]), &controller(), &mut Patterns::default());
        }
    }
}
