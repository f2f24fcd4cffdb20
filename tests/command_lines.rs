//! Any command line: no panic, no hang, and the same output every time.

use std::sync::LazyLock;

use kubehop::cli::{Host, run};
use kubehop::shell::Shell;
use kubehop::shell::programs::PROGRAMS;
use kubehop::shell::sh::syntax::Parser;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use proptest::prelude::*;

/// Something for commands to work on.
const CLUSTER: &str = "
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}
";

/// Made once: a fork is cheap.
static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut world = World::new(Options::default());
    world.apply(FileId(0), CLUSTER);
    world
});

fn world() -> World {
    WORLD.clone()
}

/// Words that mean something to some command, and some that mean nothing.
const WORDS: &[&str] = &[
    "kubectl",
    "get",
    "describe",
    "delete",
    "create",
    "apply",
    "label",
    "annotate",
    "patch",
    "scale",
    "expose",
    "run",
    "exec",
    "rollout",
    "set",
    "wait",
    "config",
    "version",
    "api-resources",
    "svc",
    "pods",
    "ing",
    "ep",
    "svc/web",
    "pod/a",
    "web",
    "a",
    "deploy",
    "nodes",
    "node-1",
    "all",
    "-o",
    "yaml",
    "json",
    "wide",
    "name",
    "jsonpath={.spec}",
    "jsonpath={range",
    "custom-columns=A:.b",
    "-l",
    "app=web",
    "app in (a",
    "-n",
    "default",
    "-A",
    "--",
    "-f",
    "-",
    "--dry-run=client",
    "--replicas=2",
    "--image=nginx",
    "--port=80",
    "service",
    "clusterip",
    "ingress",
    "--rule=a/b=c:1",
    "--tcp=80",
    "-p",
    "{\"spec\":{}}",
    "[{\"op\":\"remove\",\"path\":\"/spec\"}]",
    "--type=json",
    "app=x",
    "app-",
    "--overwrite",
    "curl",
    "wget",
    "nslookup",
    "dig",
    "ping",
    "-c",
    "2",
    "nc",
    "ssh",
    "iptables-save",
    "conntrack",
    "-L",
    "env",
    "sleep",
    "1",
    "http://web",
    "http://web:81/x?y",
    "-qO-",
    "-s",
    "|",
    ";",
    "&&",
    "||",
    ">",
    "/dev/null",
    "2>&1",
    "<<EOF",
    "'",
    "\"",
    "#",
    "\n",
    "EOF",
    "grep",
    "head",
    "sh",
    "status",
    "restart",
    "image",
    "selector",
    "--for=condition=Ready",
    "--timeout=1s",
    "web.default.svc.cluster.local",
    "+short",
    "SRV",
    "é",
    "\u{0}",
    "=",
    "--",
    "---",
    "-=",
    "--=x",
];

/// A few of those words, and names of programs, in a row.
fn line() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.iter().copied().chain(PROGRAMS.iter().map(|it| it.name)).collect();
    prop::collection::vec(prop::sample::select(words), 0..9).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn command_lines_neither_panic_nor_hang(words in line()) {
        let run = || Shell::new().run(&mut world(), &words);
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn kubectl_neither_panics_nor_hangs(words in line()) {
        let mut world = world();
        Shell::new().run(&mut world, &format!("kubectl {words}"));
    }

    #[test]
    fn any_text_is_a_command_line_or_says_why_not(text in "\\PC{0,60}|[ -~\n]{0,60}") {
        let _ = Parser::new(&text).count();
    }

    #[test]
    fn any_manifest_is_taken_or_refused(text in "[ -~\n]{0,80}") {
        let mut shell = Shell::new();
        shell.add_file("m.yaml", text);
        let output = shell.run(&mut world(), "kubectl apply -f m.yaml");
        prop_assert!(output.exit_code == 0 || !output.stderr.is_empty());
    }
}

/// A pod that is not ready at once, and its Service.
const LATE: &str = "
apiVersion: v1
kind: Pod
metadata: {name: late, labels: {app: slow}}
spec: {containers: [{name: c, image: traefik/whoami, readinessProbe: {httpGet: {port: 80}, initialDelaySeconds: 5}}]}
---
apiVersion: v1
kind: Service
metadata: {name: slow}
spec: {selector: {app: slow}, ports: [{port: 80}]}
";

/// A machine with one file and nothing on standard input.
struct Machine;

impl Host for Machine {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            "cluster.yaml" => Ok(CLUSTER.as_bytes().to_vec()),
            "late.yaml" => Ok(LATE.as_bytes().to_vec()),
            "broken.yaml" => Ok(vec![0xff, 0xfe]),
            _ => Err("No such file or directory (os error 2)".to_owned()),
        }
    }

    fn files(&self, _folder: &str) -> Result<Vec<String>, String> {
        Ok(vec!["broken.yaml".to_owned(), "cluster.yaml".to_owned()])
    }

    fn stdin(&self) -> Result<Vec<u8>, String> {
        Ok(b"kubectl get svc web -o name\n".to_vec())
    }
}

fn kubehop(line: &str) -> (u8, String, String) {
    let words: Vec<String> = format!("kubehop {line}").split(' ').map(str::to_owned).collect();
    let outcome = run(&words, &Machine);
    (outcome.code, outcome.stdout, outcome.stderr)
}

#[test]
fn the_command_keeps_its_contract() {
    let (code, stdout, _) = kubehop("apply -f cluster.yaml -o json");
    let documents: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(code, 0);
    assert_eq!(documents[0]["result"], "created");
    assert_eq!(documents[0]["text"], "service/web created");
    assert_eq!(documents[0]["namespace"], "default");

    let (code, stdout, _) = kubehop("trace -f cluster.yaml --from pod/a --to http://web/ -o json");
    let trace: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(code, 0);
    assert_eq!(trace["verdict"], "delivered");
    assert_eq!(trace["proxy"]["verdict"], "deliver");
    assert_eq!(trace["proxy"]["service"], "default/web");
    assert_eq!(trace["backend"]["pod"], "default/a");
    assert_eq!(trace["http"]["status"], 200);
    assert_eq!(trace["sourceSeen"], "10.244.1.1");
    assert_eq!(trace["dns"][0]["rcode"], "NOERROR");
    assert!(trace["hops"].as_array().is_some_and(|hops| !hops.is_empty()));

    // What is missing is time alone.
    let late = kubehop("trace -f late.yaml --from pod/late --to slow:80").1;
    assert!(
        late.ends_with("not ready yet: in 10 s the same packet arrives (--after 10s)\n"),
        "{late}"
    );
    let later = kubehop("trace -f late.yaml --from pod/late --to slow:80 --after 10s -o json").1;
    let later: serde_json::Value = serde_json::from_str(&later).expect("JSON");
    assert_eq!((&later["verdict"], later.get("ready_in")), (&"delivered".into(), None));
    assert_eq!(
        kubehop("trace -f late.yaml --from pod/late --to slow:80 --after soon").0,
        2
    );

    let (code, stdout, _) = kubehop("resolve -f cluster.yaml --from pod/a web -o json");
    let found: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((code, &found["rcode"]), (0, &"NOERROR".into()));
    assert_eq!(found["tried"][0]["name"], "web.default.svc.cluster.local.");

    assert_eq!(
        kubehop("shell -f cluster.yaml"),
        (0, "service/web\n".to_owned(), String::new())
    );
}

#[test]
fn wrong_usage_is_told_apart_from_refusals() {
    for line in [
        "trace --from pod/a --to web",
        "trace --from nobody --to web:80",
        "trace --from pod/none --to web:80",
        "apply",
        "apply -f missing.yaml",
        "apply -f broken.yaml",
        "frobnicate",
        "apply -f cluster.yaml --now yesterday",
    ] {
        let (code, _, stderr) = kubehop(line);
        assert_eq!(code, 2, "{line}");
        assert!(!stderr.is_empty(), "{line}");
    }
    let (code, stdout, stderr) = kubehop("shell -f cluster.yaml -c kubectl\u{a0}get");
    assert_eq!((code, stdout.as_str()), (127, ""));
    assert!(stderr.contains("command not found"));
}
