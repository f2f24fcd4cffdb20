//! The Gateway API: what the API server takes, what the controller reports, what the proxy does with requests.
//!
//! The head of each file under `cases/gateway` says how its cases are read. They run in a whole world: documents
//! applied, requests sent by the client outside.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kubehop::api::kind::KINDS;
use kubehop::api::{NamespacedName, Object, ObjectRef};
use kubehop::cluster::Preset;
use kubehop::net::compose::compose;
use kubehop::net::http_proxy::gateway::GatewayWhy;
use kubehop::net::http_proxy::gateway::matching::Criterion;
use kubehop::net::http_proxy::{HttpProxyWhy, request};
use kubehop::net::trace::Stage;
use kubehop::net::{Destination, Host, Protocol, Request, Source, Trace, Why};
use kubehop::shell::Shell;
use kubehop::sim::Duration;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::Value;

use crate::recorded::masks;
use crate::support::{cases, list, text};

/// Cases that are known to come out otherwise, and why. A case that passes must leave this list.
const KNOWN: &[(&str, &str)] = &[
    (
        "listenerset-allowed-namespace-same-status-h",
        "asks for objects that its own documents name otherwise",
    ),
    (
        "listenerset-allowed-routes-namespaces-even",
        "asks for a path that its own documents spell otherwise",
    ),
];

/// Requests behind a share in percent.
const SAMPLES: u32 = 500;
/// How far a share may be off, in percent: four times its standard deviation.
const TOLERANCE: f64 = 9.0;

fn run_file(file: &str) {
    let mut failed = Vec::new();
    let mut came_right = Vec::new();
    for case in cases(&format!("gateway/{file}.yaml")) {
        let name = text(&case, "name");
        let known = KNOWN.iter().any(|(known, _)| *known == name);
        match (check(&case), known) {
            (Err(why), false) => failed.push(format!("{name}: {why}")),
            (Ok(()), true) => came_right.push(name),
            _ => {}
        }
    }
    assert!(came_right.is_empty(), "these pass now: {came_right:?}");
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

fn check(case: &Value) -> Result<(), String> {
    let mut world = World::new(Options::default());
    if case.get("manifest").is_some() {
        return check_validation(&mut world, case);
    }
    let outcome = world.apply(FileId(0), &text(case, "cluster"));
    if outcome.exit_code != 0 {
        return Err(outcome.stderr);
    }
    if let Some(then) = case["then"].as_str() {
        world.advance(Duration::from_secs(2));
        let outcome = world.apply(FileId(1), then);
        if outcome.exit_code != 0 {
            return Err(outcome.stderr);
        }
        world.advance(Duration::from_secs(2));
    }
    let each = |key: &str| case[key].as_array().cloned().unwrap_or_default();
    for command in each("commands") {
        check_command(&mut world, &command)?;
    }
    for condition in each("conditions") {
        check_condition(&world, &condition).map_err(|why| format!("{condition}: {why}"))?;
    }
    for sent in each("requests") {
        check_request(&mut world, &sent).map_err(|why| format!("{sent}: {why}"))?;
    }
    Ok(())
}

fn check_validation(world: &mut World, case: &Value) -> Result<(), String> {
    if let Some(before) = case["before"].as_str() {
        let outcome = world.apply(FileId(0), before);
        if outcome.exit_code != 0 {
            return Err(outcome.stderr);
        }
    }
    let outcome = world.apply(FileId(1), &text(case, "manifest"));
    let expect = &case["expect"];
    if (outcome.exit_code == 0) != (expect["valid"] == true) {
        return Err(format!("{}{}", outcome.stdout, outcome.stderr));
    }
    for wanted in list(&expect["errors"])
        .iter()
        .chain(expect["text"].as_str().map(str::to_owned).as_ref())
    {
        if !outcome.stderr.contains(wanted.as_str()) {
            return Err(format!("no {wanted} in {}", outcome.stderr));
        }
    }
    if expect["complete"] == true {
        let lines = outcome.stderr.lines().filter(|it| it.starts_with("* ")).count().max(1);
        let wanted = list(&expect["errors"]).len();
        if lines != wanted {
            return Err(format!("{lines} errors, not {wanted}: {}", outcome.stderr));
        }
    }
    Ok(())
}

fn check_command(world: &mut World, command: &Value) -> Result<(), String> {
    let output = Shell::new().run(world, &text(command, "command"));
    let exit = command["exit"].as_i64().unwrap_or(0);
    if i64::from(output.exit_code) != exit {
        return Err(format!("exit {} {}", output.exit_code, output.stderr));
    }
    if let Some(stdout) = command["stdout"].as_str()
        && !masks::matches(stdout.trim_end(), output.stdout.trim_end())
    {
        return Err(format!("{}\nnot\n{stdout}", output.stdout));
    }
    if let Some(stderr) = command["stderr"].as_str()
        && output.stderr.trim_end() != stderr.trim_end()
    {
        return Err(output.stderr);
    }
    let wanted = match &command["has"] {
        Value::String(text) => text.lines().map(str::to_owned).collect(),
        lines => list(lines),
    };
    let lines: Vec<&str> = output.stdout.lines().collect();
    let has = wanted.is_empty()
        || lines
            .windows(wanted.len())
            .any(|part| part.iter().zip(&wanted).all(|(a, b)| masks::matches(b, a)));
    if has {
        Ok(())
    } else {
        Err(format!("{}\nhas not\n{}", output.stdout, wanted.join("\n")))
    }
}

fn object(world: &World, kind: &str, namespace: &str, name: &str) -> Option<std::sync::Arc<Object>> {
    let info = KINDS.iter().find(|it| it.name == kind)?;
    let namespace = if info.namespaced { namespace } else { "" };
    let reference = ObjectRef::of(info.kind, &NamespacedName::new(namespace, name));
    world.snapshot().object(&reference).cloned()
}

/// `status.addresses`, `spec.rules[0].name`.
fn at_path<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, step| {
        let (name, indices) = step.split_once('[').unwrap_or((step, ""));
        let value = value.get(name)?;
        indices
            .split('[')
            .filter_map(|it| it.trim_end_matches(']').parse::<usize>().ok())
            .try_fold(value, |value, index| value.get(index))
    })
}

/// Whether a reference is the one asked for; what is left out is the route's own, or the default.
fn is_reference(found: &Value, wanted: &Value, namespace: &str) -> bool {
    let field = |of: &Value, name: &str, default: &str| of[name].as_str().unwrap_or(default).to_owned();
    field(found, "kind", "Gateway") == field(wanted, "kind", "Gateway")
        && found["name"] == wanted["name"]
        && field(found, "namespace", namespace) == field(wanted, "namespace", namespace)
        && (wanted["sectionName"].is_null() || found["sectionName"] == wanted["sectionName"])
        && (wanted["port"].is_null() || found["port"] == wanted["port"])
}

fn all_conditions(status: &Value) -> Vec<&Value> {
    let own = status["conditions"].as_array().into_iter().flatten();
    let below = ["listeners", "parents", "ancestors"]
        .into_iter()
        .flat_map(|it| status[it].as_array().into_iter().flatten());
    own.chain(below.flat_map(|it| it["conditions"].as_array().into_iter().flatten()))
        .collect()
}

fn check_condition(world: &World, wanted: &Value) -> Result<(), String> {
    let namespace = text(wanted, "namespace");
    let object = object(world, &text(wanted, "kind"), &namespace, &text(wanted, "name")).ok_or("no such object")?;
    let status = &object.value["status"];
    for (key, field) in [
        ("parents", "parents"),
        ("listeners", "listeners"),
        ("addresses", "addresses"),
    ] {
        if let Some(count) = wanted[key].as_u64() {
            let found = status[field].as_array().map_or(0, Vec::len) as u64;
            if found != count {
                return Err(format!("{found} {field}"));
            }
        }
    }
    if let Some(field) = wanted["field"].as_str() {
        let found = at_path(&object.value, field).cloned().unwrap_or_default();
        let right = if wanted["absent"] == true {
            found.is_null()
        } else {
            found == wanted["value"]
        };
        if !right {
            return Err(format!("{field} is {found}"));
        }
    }
    if wanted["observed"] == true {
        let generation = &object.value["metadata"]["generation"];
        if wanted.get("generation").is_some_and(|it| it != generation) {
            return Err(format!("generation {generation}"));
        }
        let behind = all_conditions(status)
            .into_iter()
            .find(|it| it["observedGeneration"] != *generation);
        if let Some(behind) = behind {
            return Err(format!("{behind} at generation {generation}"));
        }
    }
    let place = if let Some(name) = wanted["listener"].as_str() {
        let all = status["listeners"].as_array().into_iter().flatten();
        all.clone().find(|it| it["name"] == name)
    } else if wanted["parent"].is_object() {
        let mut all = status["parents"].as_array().into_iter().flatten();
        all.find(|it| is_reference(&it["parentRef"], &wanted["parent"], &namespace))
    } else if wanted["ancestor"].is_object() {
        let mut all = status["ancestors"].as_array().into_iter().flatten();
        all.find(|it| is_reference(&it["ancestorRef"], &wanted["ancestor"], &namespace))
    } else {
        Some(status)
    };
    let place = place.ok_or_else(|| format!("no such place in {status}"))?;
    if let Some(count) = wanted["attachedRoutes"].as_u64()
        && place["attachedRoutes"] != count
    {
        return Err(format!("{place}"));
    }
    if let Some(kinds) = wanted["supportedKinds"].as_array() {
        let found: Vec<&Value> = place["supportedKinds"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| &it["kind"])
            .collect();
        if (kinds.is_empty() && !found.is_empty()) || kinds.iter().any(|it| !found.contains(&it)) {
            return Err(format!("supported kinds {found:?}"));
        }
    }
    if let Some(kind) = wanted["type"].as_str() {
        let conditions = place["conditions"].as_array().into_iter().flatten();
        let found = conditions.clone().find(|it| it["type"] == kind);
        if wanted["absent"] == true {
            return found.map_or(Ok(()), |it| Err(it.to_string()));
        }
        let found = found.ok_or_else(|| format!("no {kind} in {place}"))?;
        for field in ["status", "reason"] {
            if wanted.get(field).is_some_and(|it| *it != found[field]) {
                return Err(found.to_string());
            }
        }
    }
    Ok(())
}

fn address(world: &World, gateway: &str) -> Result<IpAddr, String> {
    let (namespace, name) = gateway.split_once('/').ok_or("no gateway named")?;
    let gateway = object(world, "Gateway", namespace, name).ok_or("no such gateway")?;
    let value = gateway.value["status"]["addresses"][0]["value"]
        .as_str()
        .map(str::to_owned);
    let value = value.ok_or_else(|| format!("no address: {}", gateway.value["status"]))?;
    value.parse().map_err(|_| value)
}

fn send(world: &mut World, sent: &Value) -> Result<Trace, String> {
    let gateway = sent["gateway"].as_str().map(|it| address(world, it)).transpose();
    let fill = |text: String| -> Result<String, String> {
        Ok(if text.contains("GATEWAY") {
            text.replace("GATEWAY", &gateway.clone()?.ok_or("no gateway")?.to_string())
        } else {
            text
        })
    };
    let udp = sent["protocol"] == "udp";
    let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
    let to = fill(text(sent, if sent["url"].is_string() { "url" } else { "to" }))?;
    let destination = Destination::parse(&to, protocol).map_err(|it| it.to_string())?;
    let (mut host, mut http) = (destination.host, destination.http);
    if let Some(http) = &mut http {
        if let Some(method) = sent["method"].as_str() {
            http.method = method.to_owned();
        }
        for (name, value) in sent["headers"].as_object().into_iter().flatten() {
            http.headers
                .push((name.clone(), value.as_str().unwrap_or_default().to_owned()));
        }
        // As curl --resolve: the address is given, the name goes along as Host.
        if let (Host::Name(name), false, Ok(Some(address))) = (&host, http.https, &gateway) {
            if request::header(&http.headers, "host").is_none() {
                let port = if destination.port == 80 {
                    String::new()
                } else {
                    format!(":{}", destination.port)
                };
                http.headers.push(("Host".to_owned(), format!("{name}{port}")));
            }
            host = Host::Address(*address);
        }
    }
    let from = match sent["client"].as_str() {
        Some(client) => Source::Address(client.parse().map_err(|_| client)?),
        None => Source::Client,
    };
    Ok(world.send(&Request {
        from,
        host,
        port: destination.port,
        protocol,
        http,
        via_node: None,
    }))
}

/// `ns/name` of the Deployment whose pod was reached.
fn deployment(trace: &Trace) -> Option<String> {
    let pod = trace.backend.as_ref()?.pod.as_ref()?;
    let (name, _) = pod.name.rsplit_once('-')?;
    let (name, _) = name.rsplit_once('-')?;
    Some(format!("{}/{name}", pod.namespace))
}

/// The Service that a request got to, or the status where none did.
fn outcome(trace: &Trace, services: &BTreeMap<String, String>) -> String {
    match &trace.http {
        Some(http) => http
            .service
            .as_ref()
            .map_or_else(|| http.status.to_string(), ToString::to_string),
        None => deployment(trace).map_or_else(
            || trace.verdict.name().to_owned(),
            |it| services.get(&it).cloned().unwrap_or(it),
        ),
    }
}

fn check_request(world: &mut World, sent: &Value) -> Result<(), String> {
    let expect = &sent["expect"];
    if let Some(split) = expect["split"].as_object() {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..SAMPLES {
            let trace = send(world, sent)?;
            if let Some(name) = expect["headerIsService"].as_str()
                && let Some(http) = &trace.http
            {
                let service = http.service.as_ref().map(|it| it.name.clone());
                if request::header(&http.headers, name) != service.as_deref() {
                    return Err(format!("header {name} of {service:?}: {:?}", http.headers));
                }
            }
            *counts.entry(outcome(&trace, &BTreeMap::new())).or_default() += 1;
        }
        for (key, share) in split {
            let share = share.as_f64().unwrap_or_default();
            let found = 100.0 * f64::from(counts.get(key).copied().unwrap_or(0)) / f64::from(SAMPLES);
            if (found - share).abs() > TOLERANCE || (share == 0.0 && found > 0.0) {
                return Err(format!("{key}: {found} % of {counts:?}"));
            }
        }
        return Ok(());
    }
    let trace = send(world, sent)?;
    let reason = trace.reason.say().en.into_owned();
    let fail = |what: String| Err(format!("{what} ({}: {reason})", trace.verdict.name()));
    if let Some(verdicts) = expect["verdict"].as_array()
        && !verdicts.iter().any(|it| it == trace.verdict.name())
    {
        return fail("verdict".to_owned());
    }
    if let Some(backend) = expect.get("backend") {
        let found = deployment(&trace);
        if found.as_deref() != backend.as_str() {
            return fail(format!("backend {found:?}"));
        }
    }
    let status = trace.http.as_ref().map_or(Value::Null, |it| it.status.into());
    if expect.get("status").is_some_and(|it| *it != status) {
        return fail(format!("status {status}"));
    }
    if expect["statusIn"].as_array().is_some_and(|it| !it.contains(&status)) {
        return fail(format!("status {status}"));
    }
    let http = trace.http.clone().unwrap_or_default();
    if let Some(grpc) = expect["grpc"].as_str() {
        let code = request::header(&http.response_headers, "grpc-status").unwrap_or_default();
        let wanted = match grpc {
            "UNIMPLEMENTED" => "12",
            "UNAVAILABLE" => "14",
            _ => "0",
        };
        if code != wanted {
            return fail(format!("grpc-status {code} of {}", http.status));
        }
    }
    let service = http.service.as_ref().map(ToString::to_string);
    if expect
        .get("service")
        .is_some_and(|it| it.as_str() != service.as_deref())
    {
        return fail(format!("service {service:?}"));
    }
    for (field, found) in [
        ("path", &http.path),
        ("location", &http.location),
        ("tlsSecret", &http.tls_secret),
    ] {
        if expect[field].is_string() && expect[field].as_str() != found.as_deref() {
            return fail(format!("{field} {found:?}"));
        }
    }
    let mut mirrors: Vec<String> = http.mirrors.iter().map(ToString::to_string).collect();
    mirrors.sort();
    if expect["mirrors"].is_array() && list(&expect["mirrors"]) != mirrors {
        return fail(format!("mirrors {mirrors:?}"));
    }
    for (field, found) in [
        ("headersSeen", &http.headers),
        ("responseHeaders", &http.response_headers),
    ] {
        for (name, wanted) in expect[field].as_object().into_iter().flatten() {
            let plain = |text: &str| text.replace(", ", ",");
            let value = request::header(found, name).map(plain);
            let one = |it: &Value| it.as_str().map(plain) == value;
            if !wanted.as_array().map_or_else(|| one(wanted), |any| any.iter().any(one)) {
                return fail(format!("{name}: {value:?} of {found:?}"));
            }
        }
    }
    for (field, found) in [
        ("headersAbsent", &http.headers),
        ("responseHeadersAbsent", &http.response_headers),
    ] {
        if let Some(name) = list(&expect[field])
            .into_iter()
            .find(|it| request::header(found, it).is_some())
        {
            return fail(format!("{name} is there"));
        }
    }
    Ok(())
}

/// A Gateway with one listener of these fields, and a route to one Service.
fn small(listener: &str) -> String {
    format!(
        "
{{apiVersion: v1, kind: Pod, metadata: {{name: web, labels: {{app: web}}}}, spec: {{containers: [{{name: c, image: nginx}}]}}}}
---
{{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}
---
{{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {{name: g}}, spec: {{gatewayClassName: kubehop, listeners: [{{name: l, {listener}}}]}}}}
---
{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {{name: r}}, spec: {{parentRefs: [{{name: g}}], hostnames: [a.test], rules: [
  {{matches: [{{path: {{value: /}}}}], backendRefs: [{{name: web, port: 80}}]}},
  {{matches: [{{path: {{value: /a}}}}], backendRefs: [{{name: web, port: 80}}]}}]}}}}
"
    )
}

fn world_of(preset: Preset, text: &str) -> World {
    let mut world = World::new(Options {
        preset,
        ..Options::default()
    });
    let outcome = world.apply(FileId(0), text);
    assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
    world
}

fn trace(world: &mut World, to: &str) -> Trace {
    world.send(&compose("client", to).expect("a request"))
}

#[test]
fn a_hop_tells_which_rule_won_and_which_lost() {
    let mut world = world_of(Preset::Cloud, &small("port: 80, protocol: HTTP"));
    let trace = trace(&mut world, "http://a.test/a/b");
    let told = trace.hops.iter().find_map(|it| match &it.why {
        Why::HttpProxy(HttpProxyWhy::Gateway(GatewayWhy::Won {
            rule,
            loser: Some(loser),
            ..
        })) => Some((rule, loser)),
        _ => None,
    });
    let (rule, loser) = told.expect("a rule won over another");
    assert_eq!(&**rule, "HTTPRoute default/r rules[1]");
    assert_eq!(&*loser.rule, "HTTPRoute default/r rules[0]");
    assert_eq!(loser.by, Criterion::Path);
    let http = trace.http.expect("answered");
    assert_eq!(
        http.route.map(|it| it.to_string()).as_deref(),
        Some("HTTPRoute/default/r")
    );
    // Client to proxy, proxy to pod: two connections, kube-proxy only in the first.
    assert!(trace.hops.iter().any(|it| it.leg == 0 && it.stage == Stage::Dnat));
    assert!(
        trace.hops.iter().any(|it| it.leg == 1) && !trace.hops.iter().any(|it| it.leg == 1 && it.stage == Stage::Dnat)
    );
}

#[test]
fn a_dead_packet_names_the_condition_that_is_not_met() {
    let https =
        "port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: missing}]}}, {name: m, port: 80, protocol: HTTP";
    let mut world = world_of(Preset::Cloud, &small(https));
    let dead = trace(&mut world, "https://a.test/");
    let named = matches!(
        &dead.reason,
        Why::HttpProxy(HttpProxyWhy::Gateway(GatewayWhy::ListenerNotProgrammed {
            condition: "ResolvedRefs",
            reason: "InvalidCertificateRef",
            ..
        }))
    );
    assert!(named, "{:?}", dead.reason);
    let dead = trace(&mut world, "http://a.test:81/");
    assert!(
        matches!(
            &dead.reason,
            Why::HttpProxy(HttpProxyWhy::Gateway(GatewayWhy::NoListenerAt { port: 81, .. }))
        ),
        "{:?}",
        dead.reason
    );
    let refused = small(
        "port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}",
    );
    let mut world = world_of(Preset::Cloud, &refused);
    let unanswered = trace(&mut world, "http://a.test/");
    assert!(
        matches!(
            &unanswered.reason,
            Why::HttpProxy(HttpProxyWhy::Gateway(GatewayWhy::RouteNotAccepted {
                reason: "NotAllowedByListeners",
                ..
            }))
        ),
        "{:?}",
        unanswered.reason
    );
}

#[test]
fn conditions_that_are_not_met_are_said_at_their_lines() {
    let text = small(
        "port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {a: b}}}}",
    )
    .replacen("backendRefs: [{name: web,", "backendRefs: [{name: gone,", 1);
    let mut world = World::new(Options::default());
    let outcome = world.apply(FileId(0), &text);
    assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
    let said: Vec<(&str, &str)> = outcome
        .applied
        .iter()
        .flat_map(|it| &it.diagnostics)
        .filter(|it| it.code == "gateway/condition")
        .map(|it| (it.field.as_str(), it.message.split(':').next().unwrap_or_default()))
        .collect();
    assert_eq!(
        said,
        [
            ("spec.parentRefs[0]", "Accepted is False (NotAllowedByListeners)"),
            ("spec.rules", "ResolvedRefs is False (BackendNotFound)"),
        ]
    );
    let other = text.replace("gatewayClassName: kubehop", "gatewayClassName: other");
    let outcome = World::new(Options::default()).apply(FileId(0), &other);
    let fields: Vec<&str> = outcome
        .applied
        .iter()
        .flat_map(|it| &it.diagnostics)
        .map(|it| it.field.as_str())
        .collect();
    assert_eq!(fields, ["spec.gatewayClassName", "spec.parentRefs[0]"]);
}

#[test]
fn a_listener_set_gives_way_where_it_conflicts_and_nowhere_else() {
    let text = small("port: 80, protocol: HTTP, hostname: a.test}], allowedListeners: {namespaces: {from: Same}}, addresses: [{type: IPAddress")
        .replace(
            "kind: HTTPRoute",
            "kind: ListenerSet, metadata: {name: s}, spec: {parentRef: {name: g}, listeners: [
                {name: web, port: 80, protocol: HTTP, hostname: b.test}, {name: raw, port: 80, protocol: TCP}]}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute",
        );
    let world = world_of(Preset::Cloud, &text);
    for (listener, status) in [("web", "True"), ("raw", "False")] {
        let wanted = serde_json::json!({"kind": "ListenerSet", "name": "s", "namespace": "default", "listener": listener,
            "type": "Accepted", "status": status});
        check_condition(&world, &wanted).expect("accepted as it should be");
    }
    let own = serde_json::json!({"kind": "Gateway", "name": "g", "namespace": "default", "listener": "l",
        "type": "Programmed", "status": "True"});
    check_condition(&world, &own).expect("the Gateway's own stays");
}

#[test]
fn without_a_load_balancer_a_gateway_has_no_address_and_says_so() {
    let mut world = world_of(Preset::BareMetal, &small("port: 80, protocol: HTTP, hostname: a.test"));
    let wanted = serde_json::json!({"kind": "Gateway", "name": "g", "namespace": "default", "type": "Programmed",
        "status": "False", "reason": "AddressNotAssigned", "addresses": 0});
    check_condition(&world, &wanted).expect("no address");
    let dead = trace(&mut world, "http://a.test/");
    assert!(
        matches!(&dead.reason, Why::HttpProxy(HttpProxyWhy::Gateway(GatewayWhy::NotProgrammed { reason, .. })) if &**reason == "AddressNotAssigned"),
        "{:?}",
        dead.reason
    );
}

#[test]
fn what_is_made_for_a_gateway_goes_with_it() {
    let mut world = world_of(Preset::Cloud, &small("port: 80, protocol: HTTP"));
    let run = |world: &mut World, line: &str| Shell::new().run(world, line);
    let made = run(
        &mut world,
        "kubectl get svc,deploy -l gateway.networking.k8s.io/gateway-name=g -o name",
    );
    assert_eq!(made.stdout, "service/g-kubehop\ndeployment.apps/g-kubehop\n");
    let all = run(&mut world, "kubectl get gateway-api -o name");
    assert_eq!(
        all.stdout,
        "gatewayclass.gateway.networking.k8s.io/kubehop\ngateway.gateway.networking.k8s.io/g\nhttproute.gateway.networking.k8s.io/r\n"
    );
    run(&mut world, "kubectl delete svc,deploy g-kubehop");
    let again = run(
        &mut world,
        "kubectl get svc,deploy -l gateway.networking.k8s.io/gateway-name=g -o name",
    );
    assert_eq!(again.stdout, made.stdout);
    run(&mut world, "kubectl delete gateway g");
    world.advance(Duration::from_secs(60));
    let left = run(
        &mut world,
        "kubectl get svc,deploy,po -l gateway.networking.k8s.io/gateway-name=g -o name",
    );
    assert_eq!(left.stdout, "");
    let route = object(&world, "HTTPRoute", "default", "r").expect("stays");
    assert_eq!(route.value["status"]["parents"], serde_json::json!([]));
}

#[test]
fn a_version_that_is_served_beside_the_stored_one_is_taken() {
    let text =
        small("port: 80, protocol: HTTP").replace("k8s.io/v1, kind: HTTPRoute", "k8s.io/v1beta1, kind: HTTPRoute");
    let mut world = world_of(Preset::Cloud, &text);
    let shown = Shell::new().run(&mut world, "kubectl get httproute r -o jsonpath='{.apiVersion}'");
    assert_eq!(shown.stdout, "gateway.networking.k8s.io/v1");
    assert_eq!(trace(&mut world, "http://a.test/").http.map(|it| it.status), Some(200));
}

macro_rules! files {
    ($($test:ident $file:literal;)*) => {$(
        #[test]
        fn $test() {
            run_file($file);
        }
    )*};
}

files! {
    what_the_api_server_takes "validation";
    what_kubectl_prints "kubectl";
    gateways_and_their_status "gateway";
    how_routes_attach "http-attachment";
    how_requests_are_routed "http-routing";
    what_filters_do "http-filters";
    grpc_routes "grpc";
    tls_routes "tls";
    tcp_and_udp_routes "tcp-udp";
    listener_sets "listenerset";
    tls_to_backends "backendtls";
}
