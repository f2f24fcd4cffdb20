//! How long a large cluster takes: text to ready, and one changed Service in it; and a key press in the editor.
//!
//! `cargo bench --bench cluster`. Budgets in wasm are 400 ms, 5 ms, and 8 ms with everything that follows on the
//! page; native code is three to four times as fast. What is measured is the time that this thread computes, so
//! that other work on the machine does not count.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the real clock")]

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

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

/// As many Services as make 2,000 lines; `first` is the name of the first.
fn lines(first: &str) -> String {
    let mut text = String::new();
    for service in 0..133 {
        let own = format!("s{service}");
        let name = if service == 0 { first } else { &own };
        let _ = write!(
            text,
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  type: ClusterIP\n  selector:\n    app: web\n    tier: front\n  ports:\n  - name: http\n    port: 80\n    targetPort: 8080\n    protocol: TCP\n---\n"
        );
    }
    text
}

/// The time that this thread has been computing.
fn busy() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = START.get_or_init(Instant::now);
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// The best of a few runs, in milliseconds; each is so many steps, of which the mean counts.
fn best(runs: usize, steps: usize, mut step: impl FnMut(usize)) -> f64 {
    let mut least = f64::INFINITY;
    for run in 0..runs {
        let start = busy();
        for one in 0..steps {
            step(run * steps + one);
        }
        least = least.min((busy() - start).as_secs_f64() * 1e3 / steps as f64);
    }
    least
}

fn main() {
    let text = text();
    println!(
        "{} bytes of YAML, {SERVICES} Services, {} Pods",
        text.len(),
        SERVICES * PODS_PER_SERVICE
    );
    let parse = best(5, 1, |_| {
        assert!(manifest::parse(FileId(0), &text).documents.len() > SERVICES);
    });
    println!("reading the text        {parse:8.1} ms");
    let apply = best(5, 1, |_| {
        let mut world = World::new(Options::default());
        assert!(world.apply(FileId(0), &text).all_taken());
    });
    println!("text to ready cluster   {apply:8.1} ms");
    let mut world = World::new(Options::default());
    assert!(world.sync(FileId(0), &text).all_taken());
    let again = best(5, 1, |_| assert!(world.sync(FileId(0), &text).all_taken()));
    println!("the same text again     {again:8.1} ms");
    let mut held = world.snapshot();
    let change = best(10, 20, |n| {
        let port = 8081 + n;
        let one = format!(
            "apiVersion: v1\nkind: Service\nmetadata:\n  name: s500\nspec:\n  selector:\n    app: a500\n  ports:\n  - name: http\n    port: 80\n    targetPort: {port}\n"
        );
        assert!(world.apply(FileId(1), &one).all_taken());
        held = world.snapshot();
    });
    println!("one Service changed     {change:8.2} ms (version {})", held.version());
    let fork = best(10, 20, |_| drop(world.clone()));
    println!("fork                    {fork:8.2} ms");

    let mut world = World::new(Options::default());
    let text = lines("s0");
    println!("{} lines, one Service each 15", text.lines().count());
    world.sync(FileId(0), &text);
    let parse = best(5, 10, |_| drop(manifest::parse(FileId(0), &text)));
    println!("reading the text        {parse:8.2} ms");
    let comment = best(10, 10, |n| {
        let text = format!("#{}\n{text}", "x".repeat(n % 30));
        assert!(world.sync(FileId(0), &text).all_taken());
    });
    println!("a letter in a comment   {comment:8.2} ms");
    let name = best(10, 10, |n| {
        let text = lines(&format!("s0{}", "x".repeat(n % 30)));
        assert!(world.sync(FileId(0), &text).all_taken());
    });
    println!("a letter in a name      {name:8.2} ms");
}
