//! Images by their names: what a name is made of, which are known, and which cannot be there.
//!
//! Registries are not asked. A name that no registry takes, and a tag that a well-known image can hardly have, are
//! taken not to be there; every other image is.

/// An image without its tag and digest, and the last element of that.
#[must_use]
pub fn name_of(image: &str) -> (&str, &str) {
    let image = image.split('@').next().unwrap_or_default();
    let path = match image.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => path,
        _ => image,
    };
    (path, path.rsplit('/').next().unwrap_or_default())
}

/// The tag of an image; empty where it has none.
fn tag_of(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => "",
    }
}

/// Whether an image is one of a server that everybody uses.
#[must_use]
pub fn serves(image: &str) -> bool {
    matches!(
        name_of(image).1,
        "nginx"
            | "httpd"
            | "redis"
            | "postgres"
            | "mysql"
            | "mariadb"
            | "mongo"
            | "rabbitmq"
            | "memcached"
            | "tomcat"
            | "whoami"
            | "echoserver"
            | "http-echo"
            | "traefik"
            | "haproxy"
            | "envoy"
            | "caddy"
    )
}

/// Whether an image's entry point starts what its arguments name: those of Docker's library and curl's do.
#[must_use]
pub fn starts_its_arguments(image: &str) -> bool {
    let (path, name) = name_of(image);
    let library = path.strip_prefix("docker.io/").unwrap_or(path);
    let library = library.strip_prefix("library/").unwrap_or(library);
    LIBRARY.contains(&library) || path.ends_with("curlimages/curl") && name == "curl"
}

/// Why an image cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Its name is none.
    Invalid {
        /// In the parser's words.
        why: String,
    },
    /// No registry has it.
    NotFound {
        /// In the container runtime's words.
        why: String,
    },
}

/// The full name that a container runtime asks for.
fn full_name(image: &str) -> String {
    let (path, _) = name_of(image);
    let first = path.split('/').next().unwrap_or_default();
    let has_host = path.contains('/') && (first.contains(['.', ':']) || first == "localhost");
    let with_host = match (has_host, path.contains('/')) {
        (true, _) => image.to_owned(),
        (false, true) => format!("docker.io/{image}"),
        (false, false) => format!("docker.io/library/{image}"),
    };
    if tag_of(image).is_empty() && !image.contains('@') {
        format!("{with_host}:latest")
    } else {
        with_host
    }
}

/// Why an image cannot be pulled; `None` where it is taken to be there.
#[must_use]
pub fn missing(image: &str) -> Option<Missing> {
    if let Some(why) = invalid(image) {
        let why = format!("Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: {why}");
        return Some(Missing::Invalid { why });
    }
    let full = full_name(image);
    let host = full.split('/').next().unwrap_or_default();
    let unpack = format!("failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\"");
    // RFC 6761: no name below `invalid` ever resolves.
    if host.split(':').next().is_some_and(|it| it.ends_with(".invalid")) {
        let path = full.split_once('/').map_or("", |(_, path)| path);
        let (path, tag) = (name_of(path).0, tag_of(&full));
        let why = format!(
            "{unpack}: failed to do request: Head \"https://{host}/v2/{path}/manifests/{tag}\": dial tcp: lookup {host}: no such host"
        );
        return Some(Missing::NotFound { why });
    }
    let (path, name) = name_of(image);
    let library = path.strip_prefix("docker.io/").unwrap_or(path);
    let library = library.strip_prefix("library/").unwrap_or(library);
    let tag = tag_of(image);
    if says_so(name) || library != name && library.split('/').any(says_so) {
        let why = format!(
            "{unpack}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
        );
        return Some(Missing::NotFound { why });
    }
    if !library.contains('/') && is_misspelt(library) {
        let why = format!(
            "{unpack}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"
        );
        return Some(Missing::NotFound { why });
    }
    let known = !library.contains('/') && LIBRARY.contains(&library);
    (says_so(tag) || known && !is_tag(tag)).then(|| Missing::NotFound {
        why: format!("rpc error: code = NotFound desc = {unpack}: {full}: not found"),
    })
}

/// What is wrong with a name (`distribution/reference`).
fn invalid(image: &str) -> Option<&'static str> {
    let path = name_of(image).0;
    let repository = match path.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest,
        _ => path,
    };
    if repository.chars().any(|it| it.is_ascii_uppercase()) {
        return Some("invalid reference format: repository name must be lowercase");
    }
    let is_part = |part: &str| {
        !part.is_empty()
            && part.chars().all(|it| it.is_ascii_alphanumeric() || "._-".contains(it))
            && !part.starts_with(['.', '_', '-'])
            && !part.ends_with(['.', '_', '-'])
    };
    let tag = tag_of(image);
    let good_tag =
        tag.chars().all(|it| it.is_ascii_alphanumeric() || "._-".contains(it)) && !tag.starts_with(['.', '-']);
    let empty_tag = image.ends_with(':');
    (!repository.split('/').all(is_part) || !good_tag || tag.len() > 128 || empty_tag)
        .then_some("invalid reference format")
}

/// Names that say of themselves that there is no such image.
fn says_so(part: &str) -> bool {
    let part = part.to_ascii_lowercase();
    [
        "does-not-exist",
        "doesnotexist",
        "does-not-exists",
        "doesnt-exist",
        "nonexist",
        "non-exist",
        "not-exist",
        "notexist",
        "no-such",
        "nosuch",
        "not-found",
        "notfound",
        "invalid-tag",
        "invalid-image",
        "invalidimage",
        "invalidtag",
        "wrong-tag",
        "bad-tag",
        "this-tag",
    ]
    .iter()
    .any(|it| part.contains(it))
}

/// Images of Docker's library whose tags are numbers and the words below.
const LIBRARY: &[&str] = &[
    "alpine",
    "bash",
    "busybox",
    "caddy",
    "debian",
    "golang",
    "haproxy",
    "httpd",
    "mariadb",
    "memcached",
    "mongo",
    "mysql",
    "nginx",
    "node",
    "perl",
    "php",
    "postgres",
    "python",
    "rabbitmq",
    "redis",
    "ruby",
    "tomcat",
    "traefik",
    "ubuntu",
];

/// Words of their tags.
const WORDS: &[&str] = &[
    "a",
    "alpha",
    "alpine",
    "amd",
    "apache",
    "arm",
    "armv",
    "b",
    "backports",
    "beta",
    "bionic",
    "bookworm",
    "bullseye",
    "buster",
    "bullseye",
    "cli",
    "community",
    "corretto",
    "cross",
    "current",
    "devel",
    "dev",
    "edge",
    "erlang",
    "experimental",
    "focal",
    "forky",
    "fpm",
    "ga",
    "glibc",
    "i",
    "iron",
    "hydrogen",
    "jammy",
    "jdk",
    "jre",
    "jod",
    "jessie",
    "krypton",
    "latest",
    "linux",
    "lts",
    "lunar",
    "mainline",
    "management",
    "musl",
    "noble",
    "nanoserver",
    "oldstable",
    "ol",
    "openjdk",
    "oracle",
    "oraclelinux",
    "otel",
    "perl",
    "plucky",
    "questing",
    "rc",
    "resolute",
    "rolling",
    "s",
    "sid",
    "slim",
    "stable",
    "stretch",
    "temurin",
    "testing",
    "threaded",
    "trixie",
    "trusty",
    "ubi",
    "uclibc",
    "unstable",
    "v",
    "wheezy",
    "windows",
    "windowsservercore",
    "x",
    "xenial",
    "zts",
    "nightly",
    "eol",
    "bootstrap",
    "innovation",
    "debian",
    "ubuntu",
    "builder",
    "mantic",
    "impish",
    "hirsute",
    "groovy",
    "kinetic",
    "oracular",
    "artful",
    "zesty",
    "disco",
    "eoan",
    "cosmic",
    "unprivileged",
    "el",
    "ppc",
    "le",
    "mips",
    "riscv",
    "valkey",
    "p",
    "update",
    "preview",
    "ltsc",
    "sac",
    "server",
    "core",
];

/// Whether a tag is made of numbers and words that such tags are made of.
fn is_tag(tag: &str) -> bool {
    let words = tag
        .split(|it: char| !it.is_ascii_alphabetic())
        .filter(|it| !it.is_empty());
    let numbers = tag.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty());
    let known = words
        .map(str::to_ascii_lowercase)
        .all(|it| WORDS.contains(&it.as_str()) || it.len() == 1 || is_hash(tag));
    // Versions have small numbers; dates (`20240901`) are long.
    let first = numbers
        .clone()
        .next()
        .and_then(|it| it.parse::<u64>().ok())
        .unwrap_or(0);
    let plausible = !(100..=999).contains(&first);
    known && plausible && !tag.starts_with("0.0")
}

fn is_hash(tag: &str) -> bool {
    tag.len() >= 7 && tag.chars().all(|it| it.is_ascii_hexdigit())
}

/// Whether a name is a slip of one of the library's: a letter doubled, left out, or two in the wrong order.
fn is_misspelt(name: &str) -> bool {
    const OFTEN: &[&str] = &[
        "nginx", "redis", "busybox", "httpd", "postgres", "mysql", "alpine", "ubuntu", "mongo",
    ];
    !LIBRARY.contains(&name) && OFTEN.iter().any(|known| is_slip(name, known))
}

fn is_slip(name: &str, known: &str) -> bool {
    let (a, b) = (name.as_bytes(), known.as_bytes());
    if a.len() == b.len() {
        // Two neighbours in the wrong order.
        let differ: Vec<usize> = (0..a.len()).filter(|&at| a[at] != b[at]).collect();
        return matches!(differ[..], [x, y] if y == x + 1 && a[x] == b[y] && a[y] == b[x]);
    }
    let (longer, shorter) = if a.len() > b.len() { (a, b) } else { (b, a) };
    if longer.len() != shorter.len() + 1 {
        return false;
    }
    let at = longer
        .iter()
        .zip(shorter)
        .position(|(x, y)| x != y)
        .unwrap_or(shorter.len());
    // A number behind a name makes another name of it.
    longer[at + 1..] == shorter[at..] && longer[at].is_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_that_cannot_be_there() {
        for image in [
            "nginx:this-tag-does-not-exist",
            "nginx:9.99-nope",
            "nginx:doesnotexist",
            "nginx:latst",
            "docker.io/library/nginx:1.27-alpin",
            "ngnix",
            "nginxx:1.27",
            "redis:nope",
            "hashicorp/http-echo:does-not-exist-v99",
            "registry.invalid/shop:1",
            "example/nonexistent:1",
            "Nginx",
            "nginx:",
            "nginx:a b",
            "my app",
        ] {
            assert!(missing(image).is_some(), "{image}");
        }
        for image in [
            "nginx",
            "nginx:1.27",
            "nginx:1.27.4-alpine3.21-slim",
            "nginx:stable-alpine",
            "nginx:mainline-bookworm-perl",
            "docker.io/library/redis:7.2-alpine",
            "python:3.12-slim-bookworm",
            "node:22-alpine",
            "mysql:8.4-oraclelinux9",
            "tomcat:10.1-jdk17-temurin",
            "alpine:20240923",
            "debian:12",
            "ubuntu:24.04",
            "golang:1.23rc1",
            "busybox:1.36.1-musl",
            "shop/cart:2",
            "cart:dev-42",
            "example.com/pay:1",
            "registry.example:5000/redis@sha256:0123",
            "c",
            "web2:nope",
            "gcr.io/google-samples/hello-app:1.0",
        ] {
            assert_eq!(missing(image), None, "{image}");
        }
    }

    #[test]
    fn what_cannot_be_pulled_is_told_as_containerd_tells_it() {
        let Some(Missing::NotFound { why }) = missing("nginx:nope") else {
            panic!("not found");
        };
        assert_eq!(
            why,
            "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/nginx:nope\": failed to resolve reference \"docker.io/library/nginx:nope\": docker.io/library/nginx:nope: not found"
        );
    }
}
