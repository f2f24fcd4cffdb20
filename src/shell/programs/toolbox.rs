//! Which programs a place has, and in whose form: the client and the nodes are Debian machines with everything a
//! learner needs, a container has what its image brings, as far as the image is known.
//!
//! Images that nobody knows are taken to hold all tools. Not here: what runs in a container by itself
//! (`cluster::listening`).

use crate::cluster::listening::name_of;
use crate::net::Source;
use crate::shell::kubectl::Context;

use super::place::{container_at, pod_at};

/// What an image is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// BusyBox and nothing else.
    Busybox,
    /// Alpine: BusyBox, musl, `apk`.
    Alpine,
    /// Debian or Ubuntu, as small as their images are: `apt`.
    Debian,
    /// A program alone.
    Scratch,
    /// Nobody knows: it has everything.
    Unknown,
}

/// The programs of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Toolbox {
    pub(super) base: Base,
    /// What an image has beyond its base.
    more: &'static [&'static str],
}

/// Applets of BusyBox.
const BUSYBOX: &[&str] = &[
    "ash", "awk", "cat", "cut", "date", "echo", "env", "false", "grep", "halt", "head", "hostname", "ip", "kill",
    "killall", "nc", "nslookup", "ping", "pkill", "poweroff", "printenv", "printf", "reboot", "seq", "sh", "sleep",
    "sort", "tail", "tee", "time", "timeout", "tr", "true", "uniq", "watch", "wc", "wget",
];

/// What Debian's smallest image has.
const DEBIAN: &[&str] = &[
    "apt", "apt-get", "awk", "bash", "cat", "cut", "date", "dpkg", "echo", "env", "false", "getent", "grep", "head",
    "hostname", "printenv", "printf", "seq", "sh", "sleep", "sort", "tail", "tee", "timeout", "tr", "true", "uniq",
    "wc",
];

/// What the shell of an image does itself, without a program.
const BUILTIN: &[&str] = &["kill"];

/// Images: the end of the path, their base, and what they have beyond it. The first that fits counts.
#[rustfmt::skip]
const IMAGES: &[(&str, Base, &[&str])] = &[
    ("busyboxplus", Base::Busybox, &["curl"]),
    ("busybox", Base::Busybox, &[]),
    ("curlimages/curl", Base::Alpine, &["curl"]),
    ("alpine", Base::Alpine, &[]),
    ("nginx", Base::Debian, &["curl"]),
    ("httpd", Base::Debian, &[]),
    ("redis", Base::Debian, &[]),
    ("postgres", Base::Debian, &[]),
    ("mongo", Base::Debian, &[]),
    ("rabbitmq", Base::Debian, &[]),
    ("memcached", Base::Debian, &[]),
    ("ubuntu", Base::Debian, &[]),
    ("debian", Base::Debian, &[]),
    ("node", Base::Debian, &["curl", "wget"]),
    ("python", Base::Debian, &["curl", "wget"]),
    ("golang", Base::Debian, &["curl", "wget"]),
    ("luksa/kubia", Base::Debian, &["curl", "wget"]),
    ("hpa-example", Base::Debian, &["curl"]),
    ("gb-frontend", Base::Debian, &["curl"]),
    ("agnhost", Base::Alpine, &["bash", "curl", "dig"]),
    ("jessie-dnsutils", Base::Debian, &["dig", "nslookup", "ping"]),
    ("dnsutils", Base::Debian, &["dig", "nslookup", "ping"]),
    ("traefik/whoami", Base::Scratch, &[]),
    ("containous/whoami", Base::Scratch, &[]),
    ("hashicorp/http-echo", Base::Scratch, &[]),
    ("kicbase/echo-server", Base::Scratch, &[]),
    ("hello-app", Base::Scratch, &[]),
    ("serve_hostname", Base::Scratch, &[]),
    ("coredns", Base::Scratch, &[]),
    ("pause", Base::Scratch, &[]),
];

/// What images of another base are called by their tags: `nginx:1.27-alpine`, `python:3-slim`.
fn by_tag(found: Toolbox, tag: &str) -> Toolbox {
    match found.base {
        Base::Debian if tag.contains("alpine") => Toolbox {
            base: Base::Alpine,
            more: if found.more == ["curl"] { found.more } else { &[] },
        },
        Base::Debian if tag.contains("slim") => Toolbox { more: &[], ..found },
        _ => found,
    }
}

impl Toolbox {
    const ALL: Self = Self {
        base: Base::Unknown,
        more: &[],
    };

    /// What an image has.
    fn of_image(image: &str) -> Self {
        let (path, _) = name_of(image);
        let fits = |name: &str| {
            path.strip_suffix(name)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let Some((_, base, more)) = IMAGES.iter().find(|(name, ..)| fits(name)) else {
            return Self::ALL;
        };
        if path.contains("bitnami") || path.contains("ingress-nginx") {
            return Self::ALL;
        }
        let tag = image[path.len()..].trim_start_matches(':');
        by_tag(Self { base: *base, more }, tag)
    }

    /// What a place has.
    pub(super) fn at(context: &Context<'_>, place: &Source) -> Self {
        match container_at(context, place) {
            Some(container) => Self::of_image(&container.image),
            None => Self::ALL,
        }
    }

    /// Whether a program came with the image.
    pub(super) fn has(&self, program: &str) -> bool {
        self.more.contains(&program)
            || match self.base {
                Base::Busybox => BUSYBOX.contains(&program),
                Base::Alpine => BUSYBOX.contains(&program) || matches!(program, "getent" | "apk"),
                Base::Debian => DEBIAN.contains(&program),
                Base::Scratch => false,
                Base::Unknown => true,
            }
    }

    /// Whether a program is BusyBox' own: it did not come from a project of its own.
    pub(super) fn is_busybox(&self, program: &str) -> bool {
        matches!(self.base, Base::Busybox | Base::Alpine) && !self.more.contains(&program) && BUSYBOX.contains(&program)
    }

    /// Whether only the shell has a command.
    pub(super) fn is_builtin(&self, program: &str) -> bool {
        self.base != Base::Scratch && BUILTIN.contains(&program)
    }
}

/// What packages bring (`apt install`, `apk add`): their names, and the programs.
pub(super) const PACKAGES: &[(&[&str], &[&str])] = &[
    (&["curl"], &["curl"]),
    (&["wget"], &["wget"]),
    (
        &["dnsutils", "bind9-dnsutils", "bind-tools", "bind9-host"],
        &["dig", "nslookup"],
    ),
    (&["iputils-ping", "iputils", "inetutils-ping"], &["ping"]),
    (&["iproute2"], &["ip"]),
    (&["netcat-openbsd", "netcat", "netcat-traditional"], &["nc"]),
    (&["procps"], &["kill", "pkill"]),
    (&["conntrack", "conntrack-tools"], &["conntrack"]),
    (&["bash"], &["bash"]),
];

/// Who remembers what was installed where: the pod, its container, and the program.
pub(super) fn key(context: &Context<'_>, place: &Source, program: &str) -> Option<String> {
    let pod = pod_at(context, place)?;
    Some(format!("{}/{}/{program}", pod.metadata.uid, context.container))
}

/// Whether a program was installed there by a package manager.
pub(super) fn is_installed(context: &Context<'_>, place: &Source, program: &str) -> bool {
    key(context, place, program).is_some_and(|it| context.installed.contains(&it))
}

/// Whether a program is BusyBox' own form of it at a place.
pub(super) fn is_busybox(context: &Context<'_>, place: &Source, program: &str) -> bool {
    Toolbox::at(context, place).is_busybox(program) && !is_installed(context, place, program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_have_what_they_bring() {
        for (image, has, lacks) in [
            ("busybox", "nslookup", "curl"),
            ("busybox:1.36", "wget", "dig"),
            ("nginx:1.27", "curl", "nslookup"),
            ("nginx:1.27-alpine", "nslookup", "dig"),
            ("docker.io/curlimages/curl:8.11.0", "curl", "bash"),
            ("python:3-slim", "bash", "curl"),
            ("registry.k8s.io/e2e-test-images/agnhost:2.53", "dig", "conntrack"),
        ] {
            let it = Toolbox::of_image(image);
            assert!(it.has(has) && !it.has(lacks), "{image}");
        }
        assert!(Toolbox::of_image("example.com/shop:1").has("dig"));
        assert!(!Toolbox::of_image("traefik/whoami").has("sh"));
        assert!(Toolbox::of_image("alpine").is_busybox("ping"));
        assert!(!Toolbox::of_image("nginx").is_busybox("curl"));
    }
}
