//! What inputs are made of: manifests of cases, examples and lessons, and the command lines in them.

use std::fs;
use std::path::Path;

use kubehop::sim::Rng;
use serde_json::Value;

use super::mutate::{self, pick};
use super::{Case, Target};

/// Programs that a line of the corpus may begin with.
const PROGRAMS: [&str; 14] = [
    "kubectl ",
    "curl ",
    "wget ",
    "nslookup ",
    "dig ",
    "ping ",
    "nc ",
    "for ",
    "ssh ",
    "iptables",
    "conntrack",
    "ip ",
    "echo ",
    "x=",
];

/// Command lines that reach what no case needs.
const LINES: [&str; 16] = [
    "for i in $(seq 3); do x=$x$(echo $i); done; echo ${x#1} | tr 12 ab | sort | uniq -c | head -n 2",
    "kubectl get pods -A -o jsonpath='{range .items[*]}{.metadata.name}{\"\\t\"}{.status.podIP}{\"\\n\"}{end}'",
    "kubectl get svc -o custom-columns=N:.metadata.name,P:.spec.ports[*].port --sort-by=.metadata.name",
    "cat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\nEOF",
    "kubectl patch svc web --type=json -p '[{\"op\":\"replace\",\"path\":\"/spec/ports/0/port\",\"value\":81}]'",
    "kubectl patch deploy web -p '{\"spec\":{\"replicas\":3}}' && kubectl rollout status deploy/web",
    "kubectl exec deploy/web -- sh -c 'env; cat /etc/resolv.conf; curl -v web'",
    "kubectl run t --image=nginx --env=A=1 --labels=a=b --port=80 --expose; kubectl expose pod t --name=u --port=81",
    "kubectl drain node-1 --force --ignore-daemonsets --delete-emptydir-data; kubectl uncordon node-1",
    "kubectl taint nodes node-2 a=b:NoExecute; kubectl label node node-1 x=y --overwrite; kubectl annotate pod --all c=d",
    "kubectl create deploy d --image=i --replicas=2; kubectl scale deploy d --replicas=0; kubectl delete deploy d",
    "kubectl create ingress i --rule='a.test/p*=web:80,tls=s' --class=nginx --annotation nginx.ingress.kubernetes.io/rewrite-target=/",
    "while read a b; do test \"$a\" = x && break; echo $((a*2+b)); done <<< '1 2'; printf '%s-%d\\n' a 1 >> f; cat f",
    "kubectl describe all -A; kubectl get all,ing,ep,endpointslices,nodes,events -A -o wide",
    "kubectl set image deploy/web c=nginx:2; kubectl rollout undo deploy/web; kubectl rollout history deploy/web",
    "if [ -n \"$(kubectl get svc -o name)\" ]; then kubectl delete svc --all; else exit 3; fi",
];

/// What inputs are made of.
#[derive(Debug, Default)]
pub struct Corpus {
    texts: Vec<String>,
    lines: Vec<String>,
    lessons: Vec<String>,
}

impl Corpus {
    /// Reads it from the project's folder.
    pub fn read(root: &Path) -> Self {
        let mut corpus = Self::default();
        for folder in ["tests/cases", "assets/examples", "lessons"] {
            corpus.folder(&root.join(folder));
        }
        corpus.lines.extend(LINES.map(str::to_owned));
        for list in [&mut corpus.texts, &mut corpus.lines, &mut corpus.lessons] {
            list.sort_unstable();
            list.dedup();
        }
        assert!(corpus.texts.len() > 100 && corpus.lines.len() > 50 && corpus.lessons.len() > 5);
        corpus
    }

    fn folder(&mut self, at: &Path) {
        for entry in fs::read_dir(at).expect("a folder of the corpus") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                self.folder(&path);
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            match path.file_name().and_then(|it| it.to_str()) {
                Some("lesson.yaml") => self.lessons.push(text),
                Some(name) if name.ends_with(".yaml") => self.document(&text),
                _ => {}
            }
        }
    }

    /// A file: a manifest, or cases with manifests and command lines in their fields.
    fn document(&mut self, text: &str) {
        let found = self.texts.len();
        let documents = serde_yaml::Deserializer::from_str(text);
        // A stream that breaks off says so for ever.
        for value in documents.map_while(|it| <Value as serde::Deserialize>::deserialize(it).ok()) {
            self.strings(&value);
        }
        if self.texts.len() == found && text.contains("kind:") {
            self.texts.push(text.to_owned());
        }
    }

    fn strings(&mut self, value: &Value) {
        match value {
            Value::String(text) if text.contains("kind:") && text.len() < 20_000 => self.texts.push(text.clone()),
            Value::String(text) if PROGRAMS.iter().any(|it| text.starts_with(it)) => self.lines.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|it| self.strings(it)),
            Value::Object(map) => map.values().for_each(|it| self.strings(it)),
            _ => {}
        }
    }

    fn text(&self, rng: &mut Rng) -> String {
        mutate::manifest(rng, &self.texts)
    }

    /// The case of a target and a seed.
    pub fn case(&self, target: Target, seed: u64) -> Case {
        let rng = &mut Rng::new(seed);
        let parts = match target {
            Target::Manifest => (0..=rng.below(2)).map(|_| self.text(rng)).collect(),
            Target::Shell => {
                let base = pick(rng, &self.texts).clone();
                let lines = (0..=rng.below(3)).map(|_| mutate::line(rng, &self.lines));
                std::iter::once(base).chain(lines.collect::<Vec<_>>()).collect()
            }
            Target::Operations => (0..4 + rng.below(20))
                .map(|_| match rng.below(4) {
                    0 => format!("text {}", pick(rng, &self.texts)),
                    1 => format!("line {}", pick(rng, &self.lines)),
                    2 => format!("wait {}", [1, 30, 61, 400, 100_000][rng.below(5) as usize]),
                    _ => format!("act {}", rng.next_u64()),
                })
                .collect(),
            Target::Trace => {
                let words = [
                    "client",
                    "pod/default/web",
                    "node/node-1",
                    "10.96.0.1",
                    "http://web.default:80/a?b=c",
                ];
                let words = (0..2).map(|_| mutate::word(rng, &words)).collect::<Vec<_>>();
                std::iter::once(pick(rng, &self.texts).clone()).chain(words).collect()
            }
            Target::Lesson => vec![mutate::manifest(rng, &self.lessons)],
        };
        Case { target, seed, parts }
    }
}
