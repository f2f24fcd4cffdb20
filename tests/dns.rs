//! Names: what CoreDNS answers, what resolvers ask, what containers start with.
//!
//! The cases under `cases/dns` are facts about CoreDNS, the kubelet, glibc and musl; each names its source.

use std::collections::BTreeMap;
use std::net::IpAddr;

use kubehop::api::types::core::{Container, Pod, PodDnsConfig};
use kubehop::api::types::view;
use kubehop::apply::{ApplyOptions, Verb};
use kubehop::cluster::envvars::{self, ServiceKnowledge};
use kubehop::net::dns::options::{PodMode, UpstreamAnswer};
use kubehop::net::dns::resolv_conf::{self, KubeletDns, PodDns, ResolvConf, SearchLimits};
use kubehop::net::dns::resolver::{self, Libc, Reply};
use kubehop::net::dns::{Rcode, RecordData, RecordType, ServerOptions, server};
use kubehop::sim::Duration;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::Value;

use crate::support::{bare_snapshot, cases, cluster_of, documents, list, text};

/// Cases that are known to come out otherwise, and why. A case that passes must leave this list.
const KNOWN: &[(&str, &str)] = &[];

/// Compares as multisets.
fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort();
    items
}

/// Runs the cases of one file and holds failures against [`KNOWN`].
fn run(file: &str, check: impl Fn(&Value) -> Result<(), String>) {
    let mut wrong = Vec::new();
    for case in cases(file) {
        let name = text(&case, "name");
        let known = KNOWN.iter().any(|(it, _)| *it == name);
        match (check(&case), known) {
            (Err(why), false) => wrong.push(format!("{name}: {why}")),
            (Ok(()), true) => wrong.push(format!("{name}: passes, take it off the list")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{file}: {} wrong\n{}", wrong.len(), wrong.join("\n"));
}

fn server_options(given: &Value) -> ServerOptions {
    let mut options = ServerOptions::bare("cluster.local");
    if given["zones"].is_array() {
        options.zones = list(&given["zones"]);
    }
    options.pods = match given["pods"].as_str() {
        Some("insecure") => PodMode::Insecure,
        Some("verified") => PodMode::Verified,
        _ => PodMode::Disabled,
    };
    options.namespaces = list(&given["namespaces"]);
    let flag = |name: &str| given[name].as_bool().unwrap_or(false);
    options.ignore_empty_service = flag("ignore_empty_service");
    options.zonal = flag("zonal");
    options.endpoint_pod_names = flag("endpoint_pod_names");
    options.synced = given["synced"].as_bool().unwrap_or(true);
    let parsed = |it: &String| it.parse::<IpAddr>().expect("an address");
    options.local_ips = list(&given["local_ips"]).iter().map(parsed).collect();
    if let Some(ttl) = given["ttl"].as_u64() {
        options.ttl = ttl as u32;
    }
    for (name, known) in given["upstream"].as_object().into_iter().flatten() {
        let mut records = Vec::new();
        for kind in ["A", "AAAA"] {
            records.extend(list(&known[kind]).iter().map(parsed).map(RecordData::address));
        }
        records.extend(list(&known["CNAME"]).into_iter().map(RecordData::Cname));
        let answer = UpstreamAnswer {
            rcode: known["rcode"].as_str().and_then(Rcode::parse).unwrap_or(Rcode::NoError),
            records,
            truncated: known["truncated"].as_bool().unwrap_or(false),
        };
        options.upstream.insert(name.to_ascii_lowercase(), answer);
    }
    options
}

#[test]
fn coredns_answers() {
    run("dns/coredns.yaml", |case| {
        let snapshot = cluster_of(&text(case, "cluster"));
        let options = server_options(&case["server"]);
        for query in case["queries"].as_array().expect("queries") {
            let (name, kind) = (text(query, "name"), text(query, "type"));
            let kind = RecordType::parse(&kind).ok_or(format!("type {kind}"))?;
            let got = server::answer(&snapshot, &options, &name, kind);
            let expect = &query["expect"];
            let told = format!("{name} {}: {got:?}", kind.name());
            if got.rcode.name() != expect["rcode"] {
                return Err(told);
            }
            let (cnames, rest): (Vec<_>, Vec<_>) = got
                .answers
                .iter()
                .partition(|it| it.data.kind() == RecordType::Cname && kind != RecordType::Cname);
            if kind == RecordType::Soa && !rest.is_empty() {
                let wanted = list(&expect["answers"]).join("");
                let fits = wanted
                    .split(' ')
                    .zip(rest[0].data.to_string().split(' '))
                    .all(|(want, have)| want == "*" || want == have);
                if !fits {
                    return Err(told);
                }
            } else if expect["answers"].is_array()
                && sorted(list(&expect["answers"])) != sorted(rest.iter().map(|it| it.data.to_string()).collect())
            {
                return Err(told);
            }
            let chain: Vec<String> = cnames.iter().map(|it| it.data.to_string()).collect();
            if chain != list(&expect["cname"]) {
                return Err(told);
            }
            if let Some(zone) = expect["soa"].as_str()
                && got.authority.first().map(|it| (it.owner.as_str(), it.data.kind())) != Some((zone, RecordType::Soa))
            {
                return Err(told);
            }
            let additional: Vec<String> = got
                .additional
                .iter()
                .map(|it| format!("{} {} {}", it.owner, it.data.kind().name(), it.data))
                .collect();
            if list(&expect["additional"]).iter().any(|it| !additional.contains(it)) {
                return Err(told);
            }
            if let Some(owner) = expect["owner"].as_str()
                && got.answers.iter().any(|it| it.owner != owner)
            {
                return Err(told);
            }
            if let Some(ttl) = expect["ttl"].as_u64()
                && got.answers.iter().any(|it| u64::from(it.ttl) != ttl)
            {
                return Err(told);
            }
            if expect["truncated"].as_bool().is_some_and(|it| it != got.truncated) {
                return Err(told);
            }
        }
        Ok(())
    });
}

fn conf_of(given: &Value) -> ResolvConf {
    ResolvConf {
        nameservers: list(&given["nameservers"]),
        searches: list(&given["searches"]),
        options: list(&given["options"]),
    }
}

fn equal(what: &str, got: &[String], wanted: &[String]) -> Result<(), String> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {got:?}, not {wanted:?}"))
    }
}

fn check_lookup(case: &Value) -> Result<(), String> {
    let conf = conf_of(&case["resolv_conf"]);
    let input = text(case, "input");
    for libc in [Libc::Glibc, Libc::Musl] {
        let both = &case["expect"]["both"];
        let expect = if both.is_null() {
            &case["expect"][libc.name()]
        } else {
            both
        };
        if expect.is_null() {
            continue;
        }
        let responses = &case["responses"];
        let is_known = resolver::literal(&input).is_some()
            || list(&case["hosts"]).contains(&input)
            || case["hosts"].get(&input).is_some();
        let lookup = if is_known {
            resolver::Lookup {
                tried: Vec::new(),
                found: Ok(input.clone()),
            }
        } else {
            resolver::walk(&conf, &input, libc, |name| match responses[name].as_str() {
                Some("ANSWER") => Reply::Answer,
                Some("NODATA") => Reply::NoData,
                Some("SERVFAIL") => Reply::ServFail,
                Some("TIMEOUT" | "NONE") => Reply::Timeout,
                _ => Reply::NxDomain,
            })
        };
        if expect["order"].is_array() {
            equal(libc.name(), &lookup.tried, &list(&expect["order"]))?;
        }
        if expect["tried"].is_array() {
            equal(libc.name(), &lookup.tried, &list(&expect["tried"]))?;
            let found = lookup.found.as_ref().ok().filter(|_| !is_known).map(String::as_str);
            if expect["found"].as_str() != found {
                return Err(format!("{}: found {:?}", libc.name(), lookup.found));
            }
            let error = lookup.found.err().map(|it| it.name());
            if expect.get("error").is_some_and(|it| it.as_str() != error) {
                return Err(format!("{}: error {error:?}", libc.name()));
            }
        }
    }
    Ok(())
}

fn check_resolver(case: &Value) -> Result<(), String> {
    let expect = &case["expect"];
    let (mut conf, mut event) = (ResolvConf::default(), None);
    match text(case, "kind").as_str() {
        "lookup" => return check_lookup(case),
        "parse" => {
            let (parsed, broken) = ResolvConf::parse(case["text"].as_str().unwrap_or_default());
            conf = parsed;
            if expect["error"].as_bool().is_some_and(|it| it != broken) {
                return Err(format!("broken: {broken}"));
            }
        }
        "search-limit" => {
            let limits = SearchLimits {
                paths: case["limits"]["paths"].as_u64().expect("paths") as usize,
                chars: case["limits"]["chars"].as_u64().expect("chars") as usize,
            };
            let (searches, cut) = resolv_conf::limit_searches(&list(&case["given"]), limits);
            conf.searches = searches;
            event = cut.then_some("DNSConfigForming");
        }
        "merge-options" => {
            let options = view::read::<Vec<_>>(&case["dnsConfig_options"]).expect("options");
            conf.options = resolv_conf::merge_options(&list(&case["given"]), &options);
        }
        "resolv-conf" => {
            let kubelet = KubeletDns {
                cluster_dns: list(&case["kubelet"]["clusterDNS"]),
                cluster_domain: text(&case["kubelet"], "clusterDomain"),
                resolv_conf: text(&case["kubelet"], "resolvConf"),
            };
            let pod = &case["pod"];
            let config: Option<PodDnsConfig> = view::read(&pod["dnsConfig"]).expect("dnsConfig");
            let (namespace, policy) = (text(pod, "namespace"), text(pod, "dnsPolicy"));
            let (made, events) = resolv_conf::of_pod(
                &kubelet,
                PodDns {
                    namespace: &namespace,
                    policy: &policy,
                    host_network: pod["hostNetwork"].as_bool().unwrap_or(false),
                    config: config.as_ref(),
                },
            );
            conf = made;
            event = events.first().map(|it| it.reason());
        }
        other => return Err(format!("kind {other}")),
    }
    for (what, got) in [("nameservers", &conf.nameservers), ("searches", &conf.searches)] {
        if expect[what].is_array() {
            equal(what, got, &list(&expect[what]))?;
        }
    }
    if expect["options"].is_array() {
        equal("options", &sorted(conf.options), &sorted(list(&expect["options"])))?;
    }
    if expect["event"].as_str() != event {
        return Err(format!("event {event:?}"));
    }
    Ok(())
}

#[test]
fn resolvers_ask_and_files_are_written() {
    run("dns/resolver.yaml", check_resolver);
}

#[test]
fn containers_start_with_service_variables() {
    run("dns/envvars.yaml", |case| {
        let snapshot = bare_snapshot().with(documents(&text(case, "services")));
        let given = &case["pod"];
        let mut pod = Pod::default();
        pod.metadata.namespace = text(given, "namespace");
        pod.metadata.name = text(given, "name");
        pod.spec.enable_service_links = given["enableServiceLinks"].as_bool();
        if given["static"].as_bool().unwrap_or(false) {
            let key = "kubernetes.io/config.source".to_owned();
            pod.metadata.annotations.insert(key, "file".to_owned());
        }
        let container = Container {
            env: view::read(&given["env"]).expect("env"),
            ..Container::default()
        };
        let kubelet = &case["kubelet"];
        let knowledge = if kubelet["standalone"] == true {
            ServiceKnowledge::Standalone
        } else if kubelet["services_synced"] == false {
            ServiceKnowledge::NotSynced
        } else {
            ServiceKnowledge::Synced
        };
        let expect = &case["expect"];
        let made = envvars::container_environment(&snapshot, &pod, &container, knowledge);
        let fails = match &expect["error"] {
            Value::Null => false,
            Value::Bool(fails) => *fails,
            _ => true,
        };
        let environment = match made {
            Ok(_) if fails => return Err("starts".to_owned()),
            Err(_) if fails => return Ok(()),
            other => other.map_err(|it| it.to_string())?,
        };
        let wanted: BTreeMap<String, String> = serde_json::from_value(expect["env"].clone()).unwrap_or_default();
        for (name, value) in &wanted {
            if environment.get(name).map(|it| &it.value) != Some(value) {
                return Err(format!("{name}={:?}, not {value}", environment.get(name)));
            }
        }
        for prefix in list(&expect["absent_prefix"]) {
            let stray = environment
                .keys()
                .find(|it| it.starts_with(&prefix) && !wanted.contains_key(*it));
            if let Some(name) = stray {
                return Err(format!("{name} is there"));
            }
        }
        if let Some(prefix) = expect["exact_for_prefix"].as_str() {
            let stray = environment
                .keys()
                .find(|it| it.starts_with(prefix) && !wanted.contains_key(*it));
            if let Some(name) = stray {
                return Err(format!("{name} is there"));
            }
        }
        Ok(())
    });
}

#[test]
fn a_wrong_answer_is_noticed() {
    let case = serde_json::json!({
        "kind": "search-limit", "limits": {"paths": 1, "chars": 10}, "given": ["a", "b"], "expect": {"searches": ["a", "b"]}
    });
    assert!(check_resolver(&case).is_err());
}

#[test]
fn a_later_service_does_not_reach_a_container_that_runs() {
    let service = |name: &str| {
        format!("{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{ports: [{{port: 80}}]}}}}")
    };
    let pod = |name: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{containers: [{{name: c, image: i}}]}}}}"
        )
    };
    let mut world = World::new(Options::default());
    for text in [service("a"), pod("first"), service("b"), pod("second")] {
        assert_eq!(world.apply(FileId(0), &text).stderr, "");
    }
    let has = |world: &World, name: &str, variable: &str| {
        let snapshot = world.snapshot();
        let pod = snapshot.get::<Pod>("default", name).expect("a pod");
        let made = envvars::container_environment(&snapshot, pod, &pod.spec.containers[0], ServiceKnowledge::Synced);
        made.expect("it starts").contains_key(variable)
    };
    assert!(has(&world, "first", "A_SERVICE_HOST") && has(&world, "first", "KUBERNETES_PORT"));
    assert!(!has(&world, "first", "B_SERVICE_HOST"));
    assert!(has(&world, "second", "B_SERVICE_HOST"));
    // A pod made anew starts anew.
    world.take(FileId(0), &pod("first"), ApplyOptions::plain(Verb::Delete, "STDIN"));
    world.advance(Duration::from_secs(60));
    world.apply(FileId(0), &pod("first"));
    assert!(has(&world, "first", "B_SERVICE_HOST"));
}

mod laws {
    //! What holds for any input.

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_name_has_the_same_answer_twice(name in "\\PC{0,80}", kind in 0usize..10) {
            let snapshot = bare_snapshot();
            let options = ServerOptions::kubeadm("cluster.local");
            let kind = RecordType::parse(["A", "AAAA", "SRV", "CNAME", "PTR", "NS", "SOA", "TXT", "ANY", "AXFR"][kind]).expect("type");
            for name in [name.clone(), format!("{name}.svc.cluster.local"), format!("{name}.in-addr.arpa.")] {
                let first = server::answer(&snapshot, &options, &name, kind);
                prop_assert_eq!(&first, &server::answer(&snapshot, &options, &name, kind));
            }
        }

        #[test]
        fn any_file_can_be_read_and_any_name_walked(file in "[a-z0-9:. #\n\t가]{0,200}", name in "\\PC{0,40}") {
            let (conf, _) = ResolvConf::parse(&file);
            for libc in [Libc::Glibc, Libc::Musl] {
                let tried = resolver::order(&conf, &name, libc);
                prop_assert!(tried.iter().all(|it| it.ends_with('.')));
                prop_assert!(tried.len() <= conf.searches.len() + 1);
            }
        }

        #[test]
        fn any_corefile_can_be_read(file in "[a-z0-9:. {}#\n]{0,200}") {
            let _ = ServerOptions::from_corefile(&file);
        }
    }
}
