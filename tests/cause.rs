//! Why requests fail, as a person would say it: the field at fault, and what was meant.

use kubehop::net::compose::compose;
use kubehop::text::{FileId, LineIndex};
use kubehop::world::cause::{Remedy, cause};
use kubehop::world::{Options, World};

const TEXT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: whoami
        image: traefik/whoami:v1.11
        args: [\"--port=8080\"]
        ports:
        - name: http
          containerPort: 8080
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
    targetPort: http
---
apiVersion: v1
kind: Pod
metadata:
  name: client
  labels: {role: client}
spec:
  containers:
  - name: shell
    image: curlimages/curl:8.11.1
    command: [\"sleep\", \"infinity\"]
";

/// What is said, its line, and the text or destination after the remedy.
fn ask(text: &str, to: &str) -> Option<(String, Option<u32>, Option<String>)> {
    let mut world = World::new(Options::default());
    world.sync(FileId::default(), text);
    let trace = world.send(&compose("pod/client", to).expect("a request"));
    let found = cause(&world.snapshot(), &trace)?;
    assert!(!found.said.ko.is_empty());
    let line = found.span.map(|it| LineIndex::new(text).line(it.start));
    let after = found.remedy.map(|remedy| match remedy {
        Remedy::Edit { span, with } => {
            let mut text = text.to_owned();
            text.replace_range(span.start as usize..span.end as usize, &with);
            text
        }
        Remedy::Resend { typed, meant } => to.replacen(&typed, &meant, 1),
    });
    Some((found.said.en.into_owned(), line, after))
}

#[test]
fn what_arrives_has_no_cause() {
    assert_eq!(ask(TEXT, "http://web"), None);
}

#[test]
fn a_selector_names_the_label_that_is_wrong_and_the_one_that_was_meant() {
    let wrong = TEXT.replace("    app: web\n  ports", "    app: wbe\n  ports");
    let (said, line, after) = ask(&wrong, "http://web").expect("refused");
    assert_eq!(said, "selector app=wbe matches 0 of 4 Pods");
    assert_eq!(line, Some(27));
    assert_eq!(after.as_deref(), Some(TEXT));
    let odd = TEXT.replace("    app: web\n  ports", "    tier: front\n  ports");
    let (said, line, after) = ask(&odd, "http://web").expect("refused");
    assert_eq!(
        (said.as_str(), line, after),
        ("selector tier=front matches 0 of 4 Pods", Some(27), None)
    );
    let both = TEXT.replace("    app: web\n  ports", "    app: web\n    role: client\n  ports");
    let (said, line, _) = ask(&both, "http://web").expect("refused");
    assert!(
        said.starts_with("No Pod has all labels of the selector app=web,role=client"),
        "{said}"
    );
    assert_eq!(line, Some(26));
}

#[test]
fn a_mistyped_port_name_is_told_at_target_port_although_the_pods_are_ready() {
    let wrong = TEXT.replace("targetPort: http", "targetPort: htpp");
    let (said, line, after) = ask(&wrong, "http://web").expect("refused");
    assert_eq!(said, "No Pod of web has a port named htpp");
    assert_eq!(line, Some(30));
    assert_eq!(after.as_deref(), Some(TEXT));
}

#[test]
fn a_port_that_is_closed_is_told_where_the_number_comes_from() {
    let wrong = TEXT.replace("targetPort: http", "targetPort: 8081");
    let (said, line, after) = ask(&wrong, "http://web").expect("refused");
    assert_eq!(
        said,
        "Service web sends to port 8081 of its Pods, but they listen on 8080"
    );
    assert_eq!(line, Some(30));
    assert!(after.expect("a mend").contains("targetPort: 8080"));
    // Without targetPort it is the port itself, and there is more than one way to mend it.
    let wrong = TEXT.replace("    targetPort: http\n", "");
    let (said, line, after) = ask(&wrong, "http://web").expect("refused");
    assert_eq!(
        said,
        "Service web sends to port 80 of its Pods, but they listen on 8080"
    );
    assert_eq!((line, after), (Some(29), None));
}

#[test]
fn pods_that_are_not_ready_lead_to_their_probe() {
    let wrong = TEXT.replace(
        "          containerPort: 8080\n",
        "          containerPort: 8080\n        readinessProbe:\n          httpGet: {path: /ok, port: 9999}\n",
    );
    let (said, line, _) = ask(&wrong, "http://web").expect("refused");
    assert_eq!(
        said,
        "None of the 3 Pods of web is Ready: their readiness probe (GET :9999/ok) does not succeed"
    );
    assert_eq!(line, Some(20));
}

#[test]
fn a_port_the_service_does_not_have() {
    let (said, line, after) = ask(TEXT, "http://web:81").expect("no answer");
    assert_eq!(said, "Service web has no port 81; it has 80");
    assert_eq!(line, Some(28));
    assert_eq!(after.as_deref(), Some("http://web:80"));
}

#[test]
fn names_that_nobody_has_say_what_was_meant() {
    let (said, line, after) = ask(TEXT, "http://wbe").expect("unresolved");
    assert_eq!(said, "No Service in namespace default is called wbe. Did you mean web?");
    // No line of the manifests is wrong.
    assert_eq!(line, None);
    assert_eq!(after.as_deref(), Some("http://web"));
    let (said, _, after) = ask(TEXT, "http://warehouse").expect("unresolved");
    assert_eq!(
        (said.as_str(), after),
        ("No Service in namespace default is called warehouse", None)
    );
    let moved = format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop}}\n---\n{}",
        TEXT.replace(
            "  name: web\nspec:\n  selector:",
            "  name: cart\n  namespace: shop\nspec:\n  selector:"
        )
    );
    let (said, _, after) = ask(&moved, "http://cart").expect("unresolved");
    assert_eq!(
        said,
        "Service cart is in namespace shop, not in default: its name from here is cart.shop"
    );
    assert_eq!(after.as_deref(), Some("http://cart.shop"));
}

#[test]
fn without_a_selector_the_list_is_missing() {
    let wrong = TEXT.replace("  selector:\n    app: web\n  ports", "  ports");
    let (said, line, _) = ask(&wrong, "http://web").expect("refused");
    assert_eq!(
        said,
        "Service web has no selector, and no EndpointSlice lists endpoints for it"
    );
    assert_eq!(line, Some(24));
}
