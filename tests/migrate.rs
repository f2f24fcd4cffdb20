//! `kubehop migrate`: what Ingresses become, what has no equal, and what then differs.

use kubehop::cli::{Host, run};
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::Value;

struct OneFile(&'static str);

impl Host for OneFile {
    fn read(&self, _path: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }

    fn files(&self, _folder: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn stdin(&self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

const PODS: &str = "
{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: a}}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {selector: {app: a}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {selector: {app: a}, ports: [{port: 8080, targetPort: 80}]}}
";

/// Documents and what is said beside them.
fn migrate(ingresses: &str) -> (Vec<Value>, String) {
    let text: &'static str = Box::leak(format!("{PODS}---\n{ingresses}").into_boxed_str());
    let words: Vec<String> = ["kubehop", "migrate", "-f", "x.yaml"].map(str::to_owned).to_vec();
    let outcome = run(&words, &OneFile(text));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let documents = serde_yaml::Deserializer::from_str(&outcome.stdout)
        .map(|it| <Value as serde::Deserialize>::deserialize(it).expect("a document"))
        .collect();
    // Whatever comes out is taken by a server.
    let taken = World::new(Options::default()).apply(FileId(0), &outcome.stdout);
    assert_eq!(taken.exit_code, 0, "{}\n{}", taken.stderr, outcome.stdout);
    (documents, outcome.stderr)
}

fn named<'a>(documents: &'a [Value], name: &str) -> &'a Value {
    let found = documents.iter().find(|it| it["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {documents:#?}"))
}

fn ingress(name: &str, annotations: &str, spec: &str) -> String {
    let annotations: Vec<String> = annotations
        .split(", ")
        .filter(|it| !it.is_empty())
        .map(|it| format!("nginx.ingress.kubernetes.io/{it}"))
        .collect();
    format!(
        "{{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {{name: {name}, annotations: {{{}}}}}, spec: {{ingressClassName: nginx, {spec}}}}}\n---\n",
        annotations.join(", ")
    )
}

fn rule(host: &str, path: &str, kind: &str, service: &str) -> String {
    let port = if service == "a" { "name: http" } else { "number: 8080" };
    format!(
        "{{host: {host}, http: {{paths: [{{path: {path}, pathType: {kind}, backend: {{service: {{name: {service}, port: {{{port}}}}}}}}}]}}}}"
    )
}

#[test]
fn hosts_become_routes_and_listeners() {
    let text = ingress(
        "web",
        "",
        &format!(
            "rules: [{}, {}]",
            rule("a.example.com", "/x", "Exact", "a"),
            rule("a.example.com", "/y", "Prefix", "b")
        ),
    );
    let (documents, said) = migrate(&text);
    let gateway = named(&documents, "nginx");
    assert_eq!(gateway["spec"]["gatewayClassName"], "nginx");
    assert_eq!(gateway["spec"]["listeners"][0]["name"], "a-example-com-http");
    assert_eq!(gateway["spec"]["listeners"][0]["hostname"], "a.example.com");
    let route = named(&documents, "web-a-example-com");
    let rules = &route["spec"]["rules"];
    assert_eq!(rules[0]["matches"][0]["path"]["type"], "Exact");
    // A port by name becomes its number.
    assert_eq!(rules[0]["backendRefs"][0]["port"], 80);
    assert_eq!(rules[1]["matches"][0]["path"]["type"], "PathPrefix");
    assert_eq!(said, "");
}

#[test]
fn canaries_become_weights_and_matches() {
    let main = ingress("web", "", &format!("rules: [{}]", rule("a.test", "/", "Prefix", "a")));
    let canary = ingress(
        "canary",
        "canary: 'true', nginx.ingress.kubernetes.io/canary-weight: '20', nginx.ingress.kubernetes.io/canary-by-header: v",
        &format!("rules: [{}]", rule("a.test", "/", "Prefix", "b")),
    )
    .replace("nginx.ingress.kubernetes.io/nginx.ingress.kubernetes.io/", "nginx.ingress.kubernetes.io/");
    let (documents, _) = migrate(&format!("{main}{canary}"));
    let route = documents.iter().find(|it| it["kind"] == "HTTPRoute").expect("a route");
    let rules = route["spec"]["rules"].as_array().expect("rules");
    let weights = rules.last().expect("one")["backendRefs"].as_array().expect("backends");
    let mut found: Vec<(&str, u64)> = weights
        .iter()
        .map(|it| {
            (
                it["name"].as_str().expect("named"),
                it["weight"].as_u64().expect("weighed"),
            )
        })
        .collect();
    found.sort_unstable();
    assert_eq!(found, [("a", 80), ("b", 20)]);
    let values: Vec<&Value> = rules[..2]
        .iter()
        .map(|it| &it["matches"][0]["headers"][0]["value"])
        .collect();
    assert_eq!(values, ["always", "never"]);
}

#[test]
fn tls_redirects_as_nginx_does() {
    let text = ingress(
        "web",
        "",
        &format!(
            "tls: [{{hosts: [a.test], secretName: s}}], rules: [{}]",
            rule("a.test", "/x", "Prefix", "a")
        ),
    );
    let (documents, _) = migrate(&text);
    assert_eq!(
        named(&documents, "nginx")["spec"]["listeners"][1]["tls"]["certificateRefs"][0]["name"],
        "s"
    );
    assert_eq!(
        named(&documents, "web-a-test")["spec"]["parentRefs"][0]["sectionName"],
        "a-test-https"
    );
    let plain = &named(&documents, "web-a-test-http")["spec"];
    assert_eq!(plain["rules"][0]["filters"][0]["requestRedirect"]["statusCode"], 308);
}

#[test]
fn what_has_no_equal_is_said() {
    let text = ingress(
        "web",
        "auth-url: 'http://x', rewrite-target: /$1",
        &format!("rules: [{}]", rule("a.test", "/x", "ImplementationSpecific", "a")),
    );
    let (documents, said) = migrate(&text);
    assert!(said.contains("auth-url has no equal"), "{said}");
    assert!(said.contains("rewrite-target /$1"), "{said}");
    let path = &named(&documents, "web-a-test")["spec"]["rules"][0]["matches"][0]["path"];
    assert_eq!(path["type"], "RegularExpression");
    assert_eq!(path["value"], "(?i)/x.*");
}

#[test]
fn what_differs_between_the_two_is_told() {
    let missing = ingress(
        "web",
        "",
        &format!(
            "rules: [{}]",
            rule("a.test", "/", "Prefix", "a")
                .replace("name: a,", "name: gone,")
                .replace("name: http", "number: 80")
        ),
    );
    let (_, said) = migrate(&missing);
    assert!(
        said.contains("differs: http://a.test/: 503 by the Ingress, 500 by the Gateway"),
        "{said}"
    );
}
