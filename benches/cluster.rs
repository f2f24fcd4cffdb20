//! How long a large cluster takes: text to ready, and one changed Service in it.
//!
//! `cargo bench --bench cluster`. Budgets in wasm are 500 ms and 5 ms; native code is three to four times as fast.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the real clock")]

use std::fmt::Write as _;
use std::time::Instant;

use kubehop::manifest;
use kubehop::text::FileId;
use kubehop::world::{Options, World};

const SERVICES: usize = 1000;
const PODS_PER_SERVICE: usize = 4;

fn text() -> String {
    let mut text = String::new();
    for node in 0..4 {
        let _ = write!(
            text,
            "apiVersion: v1\nkind: Node\nmetadata:\n  name: n{node}\n  labels:\n    topology.kubernetes.io/zone: z{}\nspec:\n  podCIDR: 10.244.{}.0/20\nstatus:\n  addresses:\n  - type: InternalIP\n    address: 192.168.10.1{node}\n---\n",
            node % 2,
            node * 16
        );
    }
    for service in 0..SERVICES {
        let _ = write!(
            text,
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: s{service}\nspec:\n  selector:\n    app: a{service}\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8080\n---\n"
        );
        for pod in 0..PODS_PER_SERVICE {
            let _ = write!(
                text,
                "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{service}-{pod}\n  labels:\n    app: a{service}\nspec:\n  containers:\n  - name: web\n    image: nginx:1.27\n    ports:\n    - containerPort: 8080\n---\n"
            );
        }
    }
    text
}

/// The best of a few runs, in milliseconds.
fn best(runs: usize, mut run: impl FnMut() -> f64) -> f64 {
    (0..runs).map(|_| run()).fold(f64::INFINITY, f64::min)
}

fn main() {
    let text = text();
    println!(
        "{} bytes of YAML, {SERVICES} Services, {} Pods",
        text.len(),
        SERVICES * PODS_PER_SERVICE
    );
    let parse = best(5, || {
        let start = Instant::now();
        assert!(manifest::parse(FileId(0), &text).documents.len() > SERVICES);
        start.elapsed().as_secs_f64() * 1e3
    });
    println!("reading the text        {parse:8.1} ms");
    let apply = best(5, || {
        let start = Instant::now();
        let mut world = World::new(Options::default());
        assert!(world.apply(FileId(0), &text).all_taken());
        start.elapsed().as_secs_f64() * 1e3
    });
    println!("text to ready cluster   {apply:8.1} ms");
    let mut world = World::new(Options::default());
    world.apply(FileId(0), &text);
    let mut held = world.snapshot();
    let mut port = 8080;
    let change = best(50, || {
        port += 1;
        let one = format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: s500\nspec:\n  selector:\n    app: a500\n  ports:\n  - name: http\n    port: 80\n    targetPort: {port}\n"
        );
        let start = Instant::now();
        assert!(world.apply(FileId(1), &one).all_taken());
        held = world.snapshot();
        start.elapsed().as_secs_f64() * 1e3
    });
    println!("one Service changed     {change:8.2} ms (version {})", held.version());
    let fork = best(20, || {
        let start = Instant::now();
        let copy = world.clone();
        let spent = start.elapsed().as_secs_f64() * 1e3;
        drop(copy);
        spent
    });
    println!("fork                    {fork:8.2} ms");
}
