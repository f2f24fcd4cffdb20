//! Headers that a location adds to every answer: CORS, HSTS, and those that annotations and settings list.

use super::annotations::{Cors, Settings};
use super::nginx_config::Server;
use super::request_context::RequestContext;
use super::vars::RequestVars;
use crate::go::is_true;

impl RequestContext<'_, '_> {
    /// Headers for the client that the location adds to every answer.
    pub(super) fn response_headers(&self, server: &Server, settings: &Settings) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
        if let (Some(cors), Some(origin)) = (&settings.cors, cors_origin(settings, self.vars)) {
            add("Access-Control-Allow-Origin", origin);
            if cors.credentials {
                add("Access-Control-Allow-Credentials", "true".to_owned());
            }
            add("Access-Control-Allow-Methods", cors.methods.clone());
            add("Access-Control-Allow-Headers", cors.headers.clone());
            if let Some(expose) = &cors.expose {
                add("Access-Control-Expose-Headers", expose.clone());
            }
            add("Access-Control-Max-Age", cors.max_age.to_string());
        }
        let is_not_off = |name: &str| self.setting(name).is_none_or(is_true);
        if self.vars.inbound.https && server.certificate.is_some() && is_not_off("hsts") {
            let mut value = format!("max-age={}", self.setting("hsts-max-age").unwrap_or("31536000"));
            if is_not_off("hsts-include-subdomains") {
                value.push_str("; includeSubDomains");
            }
            if self.is_on("hsts-preload") {
                value.push_str("; preload");
            }
            add("Strict-Transport-Security", value);
        }
        for (name, value) in &settings.response_headers {
            add(name, value.clone());
        }
        for (name, value) in self.config_map("add-headers") {
            add(&name, value);
        }
        headers
    }
}

/// `Access-Control-Allow-Origin` for this request; `None` where its origin is not allowed.
pub(super) fn cors_origin(settings: &Settings, vars: &RequestVars<'_>) -> Option<String> {
    let cors: &Cors = settings.cors.as_ref()?;
    let Some(allowed) = &cors.origins else {
        return Some("*".to_owned());
    };
    let origin = vars.inbound.header("Origin")?;
    let fits = |entry: &String| match entry.split_once('*') {
        None => entry.eq_ignore_ascii_case(origin),
        Some((before, after)) => {
            let (entry_len, origin) = (before.len() + after.len(), origin.to_ascii_lowercase());
            let middle = origin
                .strip_prefix(&before.to_ascii_lowercase())
                .and_then(|rest| rest.strip_suffix(&after.to_ascii_lowercase()));
            middle.is_some_and(|label| {
                origin.len() > entry_len && label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
            })
        }
    };
    allowed.iter().any(fits).then(|| origin.to_owned())
}
