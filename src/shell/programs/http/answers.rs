//! What well-known images answer over HTTP. Programs are not run; these are the pages that their documentation
//! and sources show (traefik/whoami, luksa/kubia, agnhost netexec, echoserver, hello-app, nginx, …). For any
//! other image see [`super`].

use std::net::SocketAddr;

use super::response::nginx_version;
use crate::api::types::core::{Container, Pod};
use crate::cluster::listening::{env, flag, name_of, words};
use crate::net::send::pods::listener;
use crate::net::trace::Direction;
use crate::net::{Stage, Trace};

/// What was asked of a program.
pub(super) struct Received<'a> {
    /// `GET`.
    pub method: &'a str,
    /// With its query.
    pub path: &'a str,
    /// As the program sees them.
    pub headers: Vec<(String, String)>,
    /// Who asks, as the program sees it.
    pub from: SocketAddr,
}

/// The sender that the backend saw.
pub(super) fn sender(trace: &Trace) -> Option<SocketAddr> {
    let mut hops = trace.hops.iter().rev();
    let received = hops.find(|hop| hop.direction == Direction::Request && hop.stage == Stage::Receive)?;
    Some(received.before.src).filter(|it| Some(it.ip()) == trace.source_seen)
}

/// What the container of a pod answers; `None` where nobody can tell.
pub(super) fn of(pod: &Pod, port: u16, asked: &Received<'_>) -> Option<String> {
    let container = listener(pod, port)?;
    let name = &pod.metadata.name;
    let (path, image) = name_of(&container.image);
    if !container.command.is_empty() && image != "agnhost" {
        return None;
    }
    let bare = asked.path.split('?').next().unwrap_or_default();
    Some(match image {
        "whoami" if path.ends_with("traefik/whoami") || path.ends_with("containous/whoami") => whoami(pod, asked, bare),
        "kubia" => format!("You've hit {name}\n"),
        "agnhost" => agnhost(container, name, asked, bare)?,
        "serve_hostname" => format!("{name}\n"),
        "hello-app" => {
            let version = container.image.rsplit_once(':').map_or("1.0", |it| it.1);
            format!("Hello, world!\nVersion: {version}.0\nHostname: {name}\n")
        }
        "echoserver" => echoserver(name, asked, bare),
        "echo-server" => {
            let mut out = format!(
                "Request served by {name}\n\n{} {} HTTP/1.1\n\n",
                asked.method, asked.path
            );
            push_headers(&mut out, asked, ": ");
            out
        }
        "http-echo" => format!("{}\n", flag(container, "text")?.trim_matches('"')),
        "nginx" if bare == "/" || bare == "/index.html" => NGINX.to_owned(),
        "httpd" if bare == "/" || bare == "/index.html" => "<html><body><h1>It works!</h1></body></html>\n".to_owned(),
        "hpa-example" => "OK!".to_owned(),
        _ => return None,
    })
}

/// The version of the nginx that listens on a port of a pod; `None` where another program does.
pub(super) fn nginx_of(pod: &Pod, port: u16) -> Option<String> {
    let container = listener(pod, port)?;
    let is_nginx = name_of(&container.image).1 == "nginx" && container.command.is_empty();
    is_nginx.then(|| nginx_version(&container.image))
}

fn push_headers(out: &mut String, asked: &Received<'_>, between: &str) {
    for (key, value) in &asked.headers {
        out.push_str(&format!("{key}{between}{value}\n"));
    }
}

/// `traefik/whoami`: who it is, and the request as it came.
fn whoami(pod: &Pod, asked: &Received<'_>, path: &str) -> String {
    let set = |container: &Container| {
        flag(container, "name")
            .or_else(|| env(container, "WHOAMI_NAME"))
            .map(str::to_owned)
    };
    let mut out = match pod.spec.containers.first().and_then(set) {
        Some(name) => format!("Name: {name}\n"),
        None => String::new(),
    };
    if path == "/health" {
        return String::new();
    }
    out.push_str(&format!("Hostname: {}\nIP: 127.0.0.1\nIP: ::1\n", pod.metadata.name));
    for address in pod.ips() {
        out.push_str(&format!("IP: {address}\n"));
    }
    out.push_str(&format!(
        "RemoteAddr: {}\n{} {} HTTP/1.1\n",
        asked.from, asked.method, asked.path
    ));
    push_headers(&mut out, asked, ": ");
    out + "\n"
}

/// `agnhost netexec` and `agnhost serve-hostname`.
fn agnhost(container: &Container, name: &str, asked: &Received<'_>, path: &str) -> Option<String> {
    if words(container).any(|it| it == "serve-hostname") {
        return Some(format!("{name}\n"));
    }
    if !words(container).any(|it| it == "netexec") {
        return None;
    }
    match path {
        "/hostname" | "/hostName" => Some(name.to_owned()),
        "/clientip" => Some(asked.from.to_string()),
        "/echo" => Some(asked.path.split_once("msg=").map_or("", |it| it.1).to_owned()),
        _ => None,
    }
}

/// `registry.k8s.io/echoserver:1.10`, of the tutorials.
fn echoserver(name: &str, asked: &Received<'_>, path: &str) -> String {
    let host = asked.headers.iter().find(|it| it.0.eq_ignore_ascii_case("host"));
    let query = asked.path.split_once('?').map_or("", |it| it.1);
    let mut out = format!(
        "\n\nHostname: {name}\n\nPod Information:\n\t-no pod information available-\n\nServer values:\n\tserver_version=nginx: 1.13.3 - lua: 10008\n\nRequest Information:\n\tclient_address={}\n\tmethod={}\n\treal path={path}\n\tquery={query}\n\trequest_version=1.1\n\trequest_scheme=http\n\trequest_uri=http://{}:8080{}\n\nRequest Headers:\n",
        asked.from.ip(),
        asked.method,
        host.map_or("", |it| it.1.split(':').next().unwrap_or_default()),
        asked.path
    );
    for (key, value) in &asked.headers {
        out.push_str(&format!("\t{}={value}\n", key.to_lowercase()));
    }
    out + "\nRequest Body:\n\t-no body in request-\n\n"
}

const NGINX: &str = "<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href=\"http://nginx.org/\">nginx.org</a>.<br/>
Commercial support is available at
<a href=\"http://nginx.com/\">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
";

#[cfg(test)]
mod tests {
    use crate::shell::Shell;
    use crate::world::{Options, World};

    /// What `curl` and `wget` print of one pod's Service.
    fn get(image: &str, args: &str, port: u16, path: &str) -> String {
        let mut world = World::new(Options::default());
        let (mut shell, args) = (
            Shell::new(),
            if args.is_empty() {
                String::new()
            } else {
                format!(" -- {args}")
            },
        );
        shell.run(&mut world, &format!("kubectl run web --image={image} --port={port} --expose{args}; kubectl run c --image=curlimages/curl -- sleep 1d"));
        let output = shell.run(
            &mut world,
            &format!("kubectl exec c -- curl -s 'http://web:{port}{path}'"),
        );
        assert_eq!((output.exit_code, output.stderr.as_str()), (0, ""), "{image}");
        output.stdout
    }

    #[test]
    fn well_known_images_answer_as_they_do() {
        let whoami = get("traefik/whoami:v1.11", "", 80, "/a?b=1");
        assert!(
            whoami.starts_with("Hostname: web\nIP: 127.0.0.1\nIP: ::1\nIP: 10.244."),
            "{whoami}"
        );
        assert!(whoami.contains("\nRemoteAddr: 10.244."), "{whoami}");
        assert!(
            whoami.contains("\nGET /a?b=1 HTTP/1.1\nHost: web\nUser-Agent: curl/"),
            "{whoami}"
        );
        assert_eq!(get("luksa/kubia", "", 8080, "/"), "You've hit web\n");
        assert_eq!(
            get("gcr.io/google-samples/hello-app:2.0", "", 8080, "/"),
            "Hello, world!\nVersion: 2.0.0\nHostname: web\n"
        );
        assert_eq!(get("hashicorp/http-echo", "-text=hi -listen=:5678", 5678, "/"), "hi\n");
        assert_eq!(
            get(
                "registry.k8s.io/e2e-test-images/agnhost:2.53",
                "netexec",
                8080,
                "/hostname"
            ),
            "web"
        );
        assert!(get("registry.k8s.io/echoserver:1.10", "", 8080, "/x?y=z").contains("\treal path=/x\n\tquery=y=z\n"));
        assert!(get("nginx:1.29", "", 80, "/").contains("<h1>Welcome to nginx!</h1>"));
        assert!(get("example.com/shop:1", "", 80, "/").contains("Hostname: web"));
    }
}
