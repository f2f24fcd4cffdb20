//! The client's side: which names a resolver asks for, in which order, and when it gives up.
//!
//! Follows glibc (`resolv/res_query.c`, `__res_context_search`) and musl (`src/network/lookup_name.c`),
//! as `getaddrinfo` uses them: every name is asked for A and AAAA. Not here: the questions' packets.

use std::net::IpAddr;

use super::message::absolute;
use super::resolv_conf::ResolvConf;

/// musl reads lines of `resolv.conf` into a buffer of this size and ignores longer ones.
const MUSL_LINE: usize = 255;

/// The C library of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Libc {
    /// GNU (Debian, Ubuntu, Red Hat, most others).
    #[default]
    Glibc,
    /// musl (Alpine).
    Musl,
}

impl Libc {
    /// Judged by an image's name: Alpine images, busybox, and well-known tool images built on Alpine.
    #[must_use]
    pub fn of_image(image: &str) -> Self {
        let image = image.to_ascii_lowercase();
        let (path, tag) = match image.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, tag),
            _ => (image.as_str(), ""),
        };
        let name = path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .split('@')
            .next()
            .unwrap_or_default();
        let known = matches!(name, "alpine" | "busybox" | "curl" | "netshoot" | "httpie" | "toybox");
        if (known || name.contains("alpine") || tag.contains("alpine")) && !tag.contains("glibc") {
            Self::Musl
        } else {
            Self::Glibc
        }
    }

    /// `glibc` or `musl`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
        }
    }
}

/// What asking for one name (A and AAAA together) brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// At least one address.
    Answer,
    /// The name exists without an address.
    NoData,
    /// The name does not exist.
    NxDomain,
    /// The server failed, or refused.
    ServFail,
    /// No server answered.
    Timeout,
}

/// Why a look-up failed, as `getaddrinfo` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// `Name or service not known`.
    NoName,
    /// The name exists without an address.
    NoData,
    /// `Temporary failure in name resolution`.
    Again,
}

impl LookupError {
    /// The constant of `netdb.h`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoName => "EAI_NONAME",
            Self::NoData => "EAI_NODATA",
            Self::Again => "EAI_AGAIN",
        }
    }

    /// What `getaddrinfo` says in words (`gai_strerror`), which differs between the libraries.
    #[must_use]
    pub const fn message(self, libc: Libc) -> &'static str {
        match (self, libc) {
            (Self::NoName, Libc::Glibc) => "Name or service not known",
            (Self::NoData, Libc::Glibc) => "No address associated with hostname",
            (Self::Again, Libc::Glibc) => "Temporary failure in name resolution",
            (Self::NoName, Libc::Musl) => "Name does not resolve",
            (Self::NoData, Libc::Musl) => "Name has no usable address",
            (Self::Again, Libc::Musl) => "Try again",
        }
    }
}

/// How a look-up went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Names asked for, in order, each with its dot.
    pub tried: Vec<String>,
    /// The name that had addresses.
    pub found: Result<String, LookupError>,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Plan {
    /// Names before the search list: the name itself, where it has dots enough.
    first: Option<String>,
    /// The name with each entry of the search list.
    searched: Vec<String>,
    /// The name itself after the search list.
    last: Option<String>,
}

/// All names that would be asked for if each of them failed.
#[must_use]
pub fn order(conf: &ResolvConf, name: &str, libc: Libc) -> Vec<String> {
    walk(conf, name, libc, |_| Reply::NxDomain).tried
}

fn plan(conf: &ResolvConf, name: &str, libc: Libc) -> Plan {
    let dots = name.matches('.').count();
    let itself = absolute(name);
    if name.ends_with('.') {
        return Plan {
            first: Some(itself),
            searched: Vec::new(),
            last: None,
        };
    }
    let enough = dots >= conf.ndots();
    let search_fits = libc == Libc::Glibc || "search ".len() + conf.searches.join(" ").len() <= MUSL_LINE;
    let mut searched = Vec::new();
    if search_fits && (libc == Libc::Glibc || !enough) {
        for domain in &conf.searches {
            let joined = match domain.trim_matches('.') {
                "" => itself.clone(),
                domain => format!("{name}.{domain}."),
            };
            // A name over 253 characters is not asked for.
            if joined.len() <= 254 {
                searched.push(joined);
            }
        }
    }
    let on_list = searched.contains(&itself);
    Plan {
        first: enough.then(|| itself.clone()),
        last: (!enough && !on_list).then_some(itself),
        searched,
    }
}

/// Asks name after name until one has addresses or the library gives up. Address literals are for the
/// caller to leave out; an empty name fails at once.
pub fn walk(conf: &ResolvConf, name: &str, libc: Libc, mut ask: impl FnMut(&str) -> Reply) -> Lookup {
    let mut lookup = Lookup {
        tried: Vec::new(),
        found: Err(LookupError::NoName),
    };
    if !is_askable(name) {
        return lookup;
    }
    let plan = plan(conf, name, libc);
    // What glibc reports in the end: the failure of the name itself if that came first, else the kinds of
    // failure met on the search list.
    let mut failed_first = None;
    let (mut no_data, mut serv_fail) = (false, false);
    let steps = plan.first.iter().map(|it| (it, true));
    let steps = steps.chain(plan.searched.iter().chain(&plan.last).map(|it| (it, false)));
    for (step, is_first) in steps {
        lookup.tried.push(step.clone());
        let reply = ask(step);
        let error = match reply {
            Reply::Answer => {
                lookup.found = Ok(step.clone());
                return lookup;
            }
            Reply::NxDomain => LookupError::NoName,
            Reply::NoData => LookupError::NoData,
            Reply::ServFail | Reply::Timeout => LookupError::Again,
        };
        let gives_up = match libc {
            Libc::Musl => reply != Reply::NxDomain,
            // On the search list silence ends the walk; after the name itself the list is still tried.
            Libc::Glibc => reply == Reply::Timeout && !is_first,
        };
        if gives_up {
            lookup.found = Err(error);
            return lookup;
        }
        if is_first {
            failed_first = Some(error);
        }
        no_data |= reply == Reply::NoData;
        serv_fail |= reply == Reply::ServFail;
    }
    lookup.found = Err(match failed_first {
        Some(error) => error,
        None if no_data => LookupError::NoData,
        None if serv_fail => LookupError::Again,
        None => LookupError::NoName,
    });
    lookup
}

/// Whether a text can be asked for at all: labels of 1 to 63 characters, at most 253 together.
fn is_askable(name: &str) -> bool {
    let body = name.strip_suffix('.').unwrap_or(name);
    !body.is_empty() && body.len() <= 253 && body.split('.').all(|label| (1..=63).contains(&label.len()))
}

/// The address that a text already is.
#[must_use]
pub fn literal(name: &str) -> Option<IpAddr> {
    name.trim_matches(['[', ']']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_tell_their_library() {
        for image in [
            "alpine",
            "docker.io/library/nginx:1.27-alpine",
            "busybox:1.36",
            "curlimages/curl:8.1.2",
        ] {
            assert_eq!(Libc::of_image(image), Libc::Musl, "{image}");
        }
        for image in [
            "nginx",
            "registry.k8s.io/e2e-test-images/agnhost:2.39",
            "localhost:5000/web",
            "",
        ] {
            assert_eq!(Libc::of_image(image), Libc::Glibc, "{image}");
        }
    }

    #[test]
    fn musl_ignores_a_search_line_that_does_not_fit_its_buffer() {
        let conf = ResolvConf {
            searches: vec!["a".repeat(100), "b".repeat(100), "c".repeat(100)],
            options: vec!["ndots:5".to_owned()],
            ..ResolvConf::default()
        };
        assert_eq!(order(&conf, "web", Libc::Musl), ["web."]);
        assert_eq!(order(&conf, "web", Libc::Glibc).len(), 4);
    }
}
