//! Where releases of Kubernetes differ, each in both.

use kubehop::api::Release;
use kubehop::cli::{Host, run};
use kubehop::shell::Shell;
use kubehop::text::FileId;
use kubehop::world::{Options, Verdict, World};

const DB: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: postgres}]}
";

fn world(release: Release) -> World {
    World::new(Options {
        release,
        ..Options::default()
    })
}

/// What a command prints in each release: standard output, and standard error.
fn both(line: &str) -> [(String, String); 2] {
    Release::ALL.map(|release| {
        let mut world = world(release);
        assert!(world.apply(FileId(0), DB).all_taken());
        let output = Shell::default().run(&mut world, line);
        (output.stdout, output.stderr)
    })
}

#[test]
fn versions_are_the_releases() {
    let [old, new] = both("kubectl version").map(|(stdout, _)| stdout);
    assert_eq!(
        old,
        "Client Version: v1.36.4\nKustomize Version: v5.8.1\nServer Version: v1.36.2\n"
    );
    assert_eq!(
        new,
        "Client Version: v1.37.0\nKustomize Version: v5.8.1\nServer Version: v1.37.0\n"
    );
    let [old, new] = both("kubectl get nodes").map(|(stdout, _)| stdout);
    assert_eq!(old.matches("v1.36.2").count(), 3, "{old}");
    assert_eq!(new, old.replace("v1.36.2", "v1.37.0"));
    let image = "kubectl get deploy coredns -n kube-system -o jsonpath={..image}";
    let [old, new] = both(image).map(|(stdout, _)| stdout);
    assert_ne!(old, new);
    assert_eq!(new, "registry.k8s.io/coredns/coredns:v1.14.6");
}

#[test]
fn label_columns_beside_custom_columns_are_refused_since_1_37() {
    let line = "kubectl get nodes -o custom-columns=NAME:.metadata.name -L kubernetes.io/os";
    let [old, new] = both(line);
    assert_eq!(old, ("NAME\nnode-1\nnode-2\nnode-3\n".to_owned(), String::new()));
    let error = "error: --label-columns option cannot be used with custom-columns\n";
    assert_eq!(new, (String::new(), error.to_owned()));
    let [old, new] = both("kubectl get nodes -L kubernetes.io/os");
    assert_eq!((old.1, new.1), (String::new(), String::new()), "a table may have them");
}

#[test]
fn run_says_since_1_37_that_it_reads_no_file() {
    let [old, new] = both("kubectl run web --image=nginx -f web.yaml");
    assert_eq!(old, ("pod/web created\n".to_owned(), String::new()));
    assert_eq!(new.0, old.0);
    assert!(new.1.starts_with("Flag --filename has been deprecated, "), "{}", new.1);
    let [_, new] = both("kubectl run web --image=nginx");
    assert_eq!(new.1, "");
}

#[test]
fn stateful_sets_are_described_in_full_since_1_37() {
    let added = [
        "Service Name:",
        "Pod Management Policy:  OrderedReady",
        "PersistentVolumeClaim Retention Policy:",
        "When Deleted:",
        "When Scaled:",
    ];
    let squeeze = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let [old, new] = both("kubectl describe statefulset db").map(|(stdout, _)| squeeze(stdout));
    for line in added.map(|line| squeeze(line.to_owned())) {
        assert!(!old.contains(&line), "{old}");
        assert!(new.contains(&line), "{new}");
    }
    assert!(new.contains("When Deleted: Retain When Scaled: Retain"), "{new}");
}

#[test]
fn kubeadm_reads_v1beta3_until_1_36() {
    let text = |version: &str| {
        format!(
            "apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration\nnetworking: {{dnsDomain: a.example}}\n"
        )
    };
    for release in Release::ALL {
        let mut world = world(release);
        let outcome = world.apply(FileId(0), &text("v1beta3"));
        if release == Release::V1_36 {
            assert_eq!((outcome.stderr.as_str(), outcome.exit_code), ("", 0));
            assert_eq!(world.cluster().config().dns_domain, "a.example");
            continue;
        }
        assert_eq!(
            outcome.stderr,
            "error: your configuration file uses an old API spec: \"kubeadm.k8s.io/v1beta3\" (kind: \"ClusterConfiguration\"). Please use kubeadm v1.36 instead and run 'kubeadm config migrate --old-config old-config-file --new-config new-config-file', which will write the new, similar spec using a newer API version.\n"
        );
        assert_eq!(outcome.applied[0].result, Verdict::Refused);
        let edit = outcome.applied[0].diagnostics[0]
            .hints
            .iter()
            .find_map(|it| it.edit.clone());
        let (span, new) = edit.expect("an edit");
        let mended = format!("{new}{}", &text("v1beta3")[span.end as usize..]);
        assert!(text("v1beta4").ends_with(&mended), "{mended}");
        assert_eq!(world.cluster().config().dns_domain, "cluster.local");
        assert!(world.apply(FileId(0), &text("v1beta4")).all_taken());
    }
}

/// A machine without files and input.
struct Machine;

impl Host for Machine {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Err(format!("{path} is asked for"))
    }

    fn files(&self, folder: &str) -> Result<Vec<String>, String> {
        Err(format!("{folder} is asked for"))
    }

    fn stdin(&self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

#[test]
fn the_command_line_takes_a_release() {
    let version = |words: &[&str]| {
        let line = ["kubehop", "shell", "-c", "kubectl version --client"];
        let words: Vec<String> = line.iter().chain(words).map(|it| (*it).to_owned()).collect();
        run(&words, &Machine)
    };
    assert!(version(&[]).stdout.contains("v1.36.4"));
    assert!(version(&["--release", "1.36"]).stdout.contains("v1.36.4"));
    assert!(version(&["--release", "1.37"]).stdout.contains("v1.37.0"));
    let wrong = version(&["--release", "1.35"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("unknown release \"1.35\" (known: 1.36, 1.37)"),
        "{}",
        wrong.stderr
    );
}
