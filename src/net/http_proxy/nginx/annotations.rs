//! The annotations of an Ingress, read with the controller's ConfigMap behind them.
//!
//! Follows `internal/ingress/annotations` of ingress-nginx v1.15. What is not read here is told by
//! [`unsimulated`](super::unsimulated).

use std::net::IpAddr;

use data_encoding::BASE64;
use ipnet::IpNet;

use crate::api::types::core::{ConfigMap, Secret, Service};
use crate::api::types::networking::Ingress;
use crate::cluster::Snapshot;
use crate::cluster::ingress_controllers::nginx::{Controller, PREFIX};
use crate::go::{is_true, parse_bool};

/// A redirect of every path to one URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Status code, 300 to 308.
    pub code: u16,
    /// URL or path, with NGINX' variables.
    pub to: String,
}

/// Answering browsers that ask from another site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// Allowed origins; `None`: all.
    pub origins: Option<Vec<String>>,
    /// `Access-Control-Allow-Methods`.
    pub methods: String,
    /// `Access-Control-Allow-Headers`.
    pub headers: String,
    /// `Access-Control-Expose-Headers`; not sent where absent.
    pub expose: Option<String>,
    /// `Access-Control-Max-Age`, in seconds.
    pub max_age: u64,
    /// Whether credentials may be sent.
    pub credentials: bool,
}

/// Keeping a client at its pod by a cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affinity {
    /// Name of the cookie.
    pub name: String,
    /// Path of the cookie; the rule's where absent.
    pub path: Option<String>,
    /// `Domain`; not written where absent.
    pub domain: Option<String>,
    /// `Max-Age`, in seconds; not written where absent.
    pub max_age: Option<i64>,
    /// `Expires`, in seconds from now; not written where absent.
    pub expires: Option<i64>,
    /// `SameSite`; not written where absent.
    pub same_site: Option<String>,
    /// `Secure` on plain HTTP too.
    pub secure: bool,
    /// Whether a pod that failed is left.
    pub change_on_failure: bool,
    /// `affinity-mode: persistent`.
    pub persistent: bool,
}

/// Who gets to the canary.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Canary {
    /// Name of the header that decides; empty where none does.
    pub header: String,
    /// Its value that means canary; empty: `always`, or what the pattern takes.
    pub header_value: String,
    /// Pattern of its value that means canary; empty where there is none.
    pub header_pattern: String,
    /// Name of the cookie that decides; empty where none does.
    pub cookie: String,
    /// Share of the other requests, in parts of `weight_total`.
    pub weight: u64,
    /// What `weight` is a part of; at least 100.
    pub weight_total: u64,
    /// `affinity-canary-behavior: legacy`: the canary knows no affinity.
    pub legacy_affinity: bool,
}

/// Basic authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicAuth {
    /// The realm, which browsers show.
    pub realm: String,
    /// Names of users and hashes of their passwords, in the order of the file.
    pub users: Vec<(String, String)>,
}

/// How much one client may ask.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Limits {
    /// Requests a second; 0: any.
    pub per_second: u64,
    /// Requests a minute; 0: any.
    pub per_minute: u64,
    /// Requests above the rate that pass at once, as a multiple of the rate.
    pub burst: u64,
    /// Clients that are not limited.
    pub exempt: Vec<IpNet>,
}

/// How a request is spread by a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashBy {
    /// NGINX variables.
    pub expression: String,
    /// Size of the group a value is bound to; `None`: one pod.
    pub subset: Option<usize>,
}

/// What holds for the locations of one Ingress.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// `rewrite-target`; empty where paths stay.
    pub rewrite_target: String,
    /// `use-regex`.
    pub use_regex: bool,
    /// `ssl-redirect`.
    pub ssl_redirect: bool,
    /// `force-ssl-redirect`.
    pub force_ssl_redirect: bool,
    /// `preserve-trailing-slash`.
    pub preserve_trailing_slash: bool,
    /// `app-root`: a path or a URL; empty where there is none.
    pub app_root: String,
    /// `temporal-redirect` or `permanent-redirect`.
    pub redirect: Option<Redirect>,
    /// `relative-redirects`.
    pub relative_redirects: bool,
    /// `from-to-www-redirect`.
    pub from_to_www: bool,
    /// `canary` and what belongs to it.
    pub canary: Option<Canary>,
    /// `affinity: cookie` and what belongs to it.
    pub affinity: Option<Affinity>,
    /// `denylist-source-range`.
    pub deny: Vec<IpNet>,
    /// `whitelist-source-range` or `allowlist-source-range`; empty: everybody.
    pub allow: Vec<IpNet>,
    /// `auth-type: basic`.
    pub basic_auth: Option<BasicAuth>,
    /// `enable-cors`.
    pub cors: Option<Cors>,
    /// `backend-protocol`, in capitals.
    pub backend_protocol: String,
    /// `default-backend`: name of a Service of the same namespace, if that exists.
    pub default_backend: Option<String>,
    /// `custom-http-errors`.
    pub custom_errors: Vec<u16>,
    /// `service-upstream`.
    pub service_upstream: bool,
    /// `upstream-hash-by`.
    pub hash_by: Option<HashBy>,
    /// `load-balance: ewma`.
    pub ewma: bool,
    /// `limit-rps`, `limit-rpm`.
    pub limits: Limits,
    /// `server-alias`.
    pub aliases: Vec<String>,
    /// `upstream-vhost`; empty where the client's host is passed on.
    pub upstream_vhost: String,
    /// `x-forwarded-prefix`; empty where it is not sent.
    pub forwarded_prefix: String,
    /// `custom-headers`: headers of the response.
    pub response_headers: Vec<(String, String)>,
    /// Why every request is answered 503, in the controller's words; `None` where none is.
    pub denied: Option<String>,
}

/// Reads annotations of one Ingress.
struct Reader<'a> {
    ingress: &'a Ingress,
    controller: &'a Controller,
}

impl<'a> Reader<'a> {
    /// An annotation with something in it.
    fn text(&self, name: &str) -> Option<&'a str> {
        let key = format!("{PREFIX}{name}");
        let value = self.ingress.metadata.annotations.get(&key)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// An annotation that means yes or no; anything else counts as absent.
    fn switch(&self, name: &str) -> Option<bool> {
        parse_bool(self.text(name)?)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// A switch with the setting of the same name behind it.
    fn switch_or_setting(&self, name: &str, default: bool) -> bool {
        self.switch(name)
            .or_else(|| self.controller.setting(name).map(is_true))
            .unwrap_or(default)
    }
}

/// Reads the annotations of an Ingress.
#[must_use]
pub fn read(snapshot: &Snapshot, controller: &Controller, ingress: &Ingress) -> Settings {
    let reader = Reader { ingress, controller };
    let mut settings = Settings {
        rewrite_target: reader.text("rewrite-target").unwrap_or_default().to_owned(),
        use_regex: reader.switch("use-regex").unwrap_or(false),
        ssl_redirect: reader.switch_or_setting("ssl-redirect", true),
        force_ssl_redirect: reader.switch_or_setting("force-ssl-redirect", false),
        preserve_trailing_slash: reader.switch_or_setting("preserve-trailing-slash", false),
        app_root: app_root(&reader),
        redirect: redirect(&reader),
        relative_redirects: reader.switch_or_setting("relative-redirects", false),
        from_to_www: reader.switch("from-to-www-redirect").unwrap_or(false),
        canary: canary(&reader),
        affinity: affinity(&reader),
        cors: cors(&reader),
        backend_protocol: backend_protocol(&reader),
        custom_errors: custom_errors(&reader),
        service_upstream: reader.switch_or_setting("service-upstream", false),
        hash_by: hash_by(&reader),
        ewma: reader.text("load-balance").or(controller.setting("load-balance")) == Some("ewma"),
        limits: limits(&reader),
        aliases: words(reader.text("server-alias").unwrap_or_default()),
        upstream_vhost: reader.text("upstream-vhost").unwrap_or_default().to_owned(),
        forwarded_prefix: reader.text("x-forwarded-prefix").unwrap_or_default().to_owned(),
        ..Settings::default()
    };
    let namespace = &ingress.metadata.namespace;
    settings.default_backend = reader
        .text("default-backend")
        .filter(|name| snapshot.get::<Service>(namespace, name).is_some())
        .map(str::to_owned);
    let mut denied = None;
    let ranges = |names: &[&str], denied: &mut Option<String>| {
        let text = names
            .iter()
            .find_map(|name| reader.text(name))
            .or_else(|| names.iter().find_map(|name| controller.setting(name)));
        match parse_ranges(text.unwrap_or_default()) {
            Ok(ranges) => ranges,
            Err(bad) => {
                *denied = Some(format!("{bad} is not an address or a range of addresses"));
                Vec::new()
            }
        }
    };
    settings.deny = ranges(&["denylist-source-range"], &mut denied);
    settings.allow = ranges(&["allowlist-source-range", "whitelist-source-range"], &mut denied);
    match basic_auth(snapshot, &reader) {
        Ok(auth) => settings.basic_auth = auth,
        Err(why) => denied = Some(why),
    }
    match response_headers(snapshot, &reader) {
        Ok(headers) => settings.response_headers = headers,
        Err(why) => denied = Some(why),
    }
    settings.denied = denied;
    settings
}

/// A list with commas between its entries; empty entries are left out.
fn words(text: &str) -> Vec<String> {
    let trimmed = text.split(',').map(str::trim);
    trimmed.filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// Addresses and ranges; bits below the prefix do not matter.
pub(super) fn parse_ranges(text: &str) -> Result<Vec<IpNet>, String> {
    words(text)
        .into_iter()
        .map(|word| {
            let single = || word.parse::<IpAddr>().ok().map(IpNet::from);
            word.parse::<IpNet>()
                .ok()
                .map(|net| net.trunc())
                .or_else(single)
                .ok_or(word.clone())
        })
        .collect()
}

fn app_root(reader: &Reader<'_>) -> String {
    // Only a path within the host, or a whole URL, makes sense (`annotations/rewrite/main.go`).
    let root = reader.text("app-root").unwrap_or_default();
    if root.starts_with('/') || root.contains("://") {
        root.to_owned()
    } else {
        String::new()
    }
}

fn redirect(reader: &Reader<'_>) -> Option<Redirect> {
    let code = |name: &str, default: u16| {
        let given = reader.number(name).filter(|code| (300..=308).contains(code));
        given.and_then(|code| u16::try_from(code).ok()).unwrap_or(default)
    };
    let make = |to: &str, code| {
        Some(Redirect {
            code,
            to: to.to_owned(),
        })
    };
    if let Some(to) = reader.text("temporal-redirect") {
        return make(to, code("temporal-redirect-code", 302));
    }
    make(reader.text("permanent-redirect")?, code("permanent-redirect-code", 301))
}

fn canary(reader: &Reader<'_>) -> Option<Canary> {
    if reader.switch("canary") != Some(true) {
        return None;
    }
    let text = |name: &str| reader.text(name).unwrap_or_default().to_owned();
    let count = |name: &str| reader.number(name).and_then(|it| u64::try_from(it).ok());
    Some(Canary {
        header: text("canary-by-header"),
        header_value: text("canary-by-header-value"),
        header_pattern: text("canary-by-header-pattern"),
        cookie: text("canary-by-cookie"),
        weight: count("canary-weight").unwrap_or(0),
        weight_total: count("canary-weight-total").unwrap_or(100).max(100),
        legacy_affinity: reader.text("affinity-canary-behavior") == Some("legacy"),
    })
}

fn affinity(reader: &Reader<'_>) -> Option<Affinity> {
    if reader.text("affinity") != Some("cookie") {
        return None;
    }
    let text = |name: &str| reader.text(name).map(str::to_owned);
    Some(Affinity {
        name: text("session-cookie-name").unwrap_or_else(|| "INGRESSCOOKIE".to_owned()),
        path: text("session-cookie-path"),
        domain: text("session-cookie-domain"),
        max_age: reader.number("session-cookie-max-age"),
        expires: reader.number("session-cookie-expires"),
        same_site: text("session-cookie-samesite"),
        secure: reader.switch("session-cookie-secure").unwrap_or(false),
        change_on_failure: reader.switch("session-cookie-change-on-failure").unwrap_or(false),
        persistent: reader.text("affinity-mode") == Some("persistent"),
    })
}

fn cors(reader: &Reader<'_>) -> Option<Cors> {
    if reader.switch("enable-cors") != Some(true) {
        return None;
    }
    let given = words(reader.text("cors-allow-origin").unwrap_or("*"));
    let all = given.is_empty() || given.iter().any(|origin| origin == "*");
    let text = |name: &str, default: &str| reader.text(name).unwrap_or(default).to_owned();
    Some(Cors {
        origins: (!all).then(|| given.into_iter().filter(|origin| origin.contains("://")).collect()),
        methods: text("cors-allow-methods", "GET, PUT, POST, DELETE, PATCH, OPTIONS"),
        headers: text(
            "cors-allow-headers",
            "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization",
        ),
        expose: reader.text("cors-expose-headers").map(str::to_owned),
        max_age: reader
            .number("cors-max-age")
            .and_then(|it| u64::try_from(it).ok())
            .unwrap_or(1_728_000),
        credentials: reader.switch("cors-allow-credentials").unwrap_or(true),
    })
}

fn backend_protocol(reader: &Reader<'_>) -> String {
    let given = reader.text("backend-protocol").unwrap_or("HTTP").to_ascii_uppercase();
    match given.as_str() {
        "HTTPS" | "AUTO_HTTP" | "GRPC" | "GRPCS" | "FCGI" => given,
        _ => "HTTP".to_owned(),
    }
}

fn custom_errors(reader: &Reader<'_>) -> Vec<u16> {
    if reader.switch("disable-proxy-intercept-errors") == Some(true) {
        return Vec::new();
    }
    let text = reader
        .text("custom-http-errors")
        .or(reader.controller.setting("custom-http-errors"));
    words(text.unwrap_or_default())
        .iter()
        .filter_map(|word| word.parse().ok())
        .filter(|code| (400..600).contains(code))
        .collect()
}

fn hash_by(reader: &Reader<'_>) -> Option<HashBy> {
    let expression = reader
        .text("upstream-hash-by")
        .or(reader.controller.setting("upstream-hash-by"))?;
    let subset = reader.switch("upstream-hash-by-subset") == Some(true);
    let size = reader.number("upstream-hash-by-subset-size").unwrap_or(3);
    Some(HashBy {
        expression: expression.to_owned(),
        subset: subset.then(|| usize::try_from(size).unwrap_or(3).max(1)),
    })
}

fn limits(reader: &Reader<'_>) -> Limits {
    let count = |name: &str| reader.number(name).and_then(|it| u64::try_from(it).ok()).unwrap_or(0);
    Limits {
        per_second: count("limit-rps"),
        per_minute: count("limit-rpm"),
        burst: match count("limit-burst-multiplier") {
            0 => 5,
            given => given,
        },
        exempt: parse_ranges(
            reader
                .text("limit-allowlist")
                .or(reader.text("limit-whitelist"))
                .unwrap_or_default(),
        )
        .unwrap_or_default(),
    }
}

/// `annotations/auth/main.go`: a missing or broken Secret denies the whole location.
fn basic_auth(snapshot: &Snapshot, reader: &Reader<'_>) -> Result<Option<BasicAuth>, String> {
    let Some(kind) = reader.text("auth-type") else {
        return Ok(None);
    };
    if kind != "basic" {
        return Err(format!("auth-type {kind} is not simulated"));
    }
    let given = reader.text("auth-secret").ok_or("auth-secret is missing")?;
    let own = reader.ingress.metadata.namespace.as_str();
    let (namespace, name) = given.split_once('/').unwrap_or((own, given));
    if namespace != own
        && !reader
            .controller
            .setting("allow-cross-namespace-resources")
            .is_some_and(is_true)
    {
        return Err("cross namespace secrets are not supported".to_owned());
    }
    let secret = snapshot
        .get::<Secret>(namespace, name)
        .ok_or_else(|| format!("Secret {namespace}/{name} does not exist"))?;
    let decode = |value: &str| {
        let bytes = BASE64.decode(value.as_bytes()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let users = if reader.text("auth-secret-type") == Some("auth-map") {
        secret
            .data
            .iter()
            .map(|(user, hash)| (user.clone(), decode(hash).trim().to_owned()))
            .collect()
    } else {
        let file = secret
            .data
            .get("auth")
            .ok_or_else(|| format!("the secret {namespace}/{name} does not contain a key with value auth"))?;
        decode(file)
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .filter_map(|line| line.split_once(':'))
            .map(|(user, rest)| {
                let hash = rest.split(':').next().unwrap_or_default();
                (user.to_owned(), hash.trim().to_owned())
            })
            .collect()
    };
    Ok(Some(BasicAuth {
        realm: reader
            .text("auth-realm")
            .unwrap_or("Authentication Required")
            .to_owned(),
        users,
    }))
}

/// `annotations/customheaders/main.go`: a missing ConfigMap or a header that is not allowed denies the location.
fn response_headers(snapshot: &Snapshot, reader: &Reader<'_>) -> Result<Vec<(String, String)>, String> {
    let Some(given) = reader.text("custom-headers") else {
        return Ok(Vec::new());
    };
    let own = reader.ingress.metadata.namespace.as_str();
    let (namespace, name) = given.split_once('/').unwrap_or((own, given));
    let map = snapshot
        .get::<ConfigMap>(namespace, name)
        .ok_or_else(|| format!("unable to find configMap \"{given}\""))?;
    let allowed = words(
        reader
            .controller
            .setting("global-allowed-response-headers")
            .unwrap_or_default(),
    );
    for header in map.data.keys() {
        if !allowed.iter().any(|it| it.eq_ignore_ascii_case(header)) {
            return Err(format!("header {header} is not in global-allowed-response-headers"));
        }
    }
    Ok(map
        .data
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect())
}
