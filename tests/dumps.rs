//! What `kubectl get … -o yaml` prints of a cluster, with its status, can be pasted into an empty one.

use kubehop::net::{Destination, Protocol, Request, Trace, Verdict};
use kubehop::shell::Shell;
use kubehop::text::FileId;
use kubehop::world::{Options, World};

const SHOP: &str = "
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: busybox}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}
";

fn send(world: &mut World, from: &str, to: &str) -> Trace {
    let Destination { host, port, http } = Destination::parse(to, Protocol::Tcp).expect("destination");
    let from = from.parse().expect("source");
    world.send(&Request {
        from,
        host,
        port,
        protocol: Protocol::Tcp,
        http,
        via_node: None,
    })
}

#[test]
fn a_list_with_status_makes_the_same_cluster_again() {
    let mut first = World::new(Options::default());
    assert_eq!(first.apply(FileId::default(), SHOP).exit_code, 0);
    let dump = Shell::new().run(&mut first, "kubectl get svc,ep,po,no -o yaml").stdout;
    assert!(dump.contains("kind: List"), "{dump}");
    // The editor takes a dump as it is; `kubectl apply` would refuse its resourceVersions, unless told `--as-stored`.
    for as_stored in [false, true] {
        let mut second = World::new(Options {
            as_stored,
            ..Options::default()
        });
        let outcome = if as_stored {
            second.apply(FileId::default(), &dump)
        } else {
            second.sync(FileId::default(), &dump)
        };
        let refused: Vec<_> = outcome.applied.iter().filter(|it| it.refusal.is_some()).collect();
        assert!(refused.is_empty(), "{as_stored}: {refused:#?}");
        for (from, to) in [
            ("pod/client", "http://web"),
            ("node/node-2", "192.168.10.11:30080"),
            ("client", "192.168.10.13:30080"),
        ] {
            let (was, is) = (send(&mut first, from, to), send(&mut second, from, to));
            assert_eq!(
                (was.verdict, is.verdict),
                (Verdict::Delivered, Verdict::Delivered),
                "{as_stored}: {from} {to}"
            );
            let backends = |trace: &Trace| {
                let proxy = trace.proxy.as_ref().expect("a rule decided");
                let mut all: Vec<_> = proxy.backends.iter().map(|it| it.address).collect();
                all.sort();
                all
            };
            assert_eq!(backends(&was), backends(&is), "{as_stored}: {from} {to}");
        }
    }
}
