//! Host names of requests and rules, and how wildcards fit them.

/// The name in a `Host` header without its port, in small letters; `None` for one that no server takes.
#[must_use]
pub fn of_header(header: &str) -> Option<String> {
    let name = if let Some(rest) = header.strip_prefix('[') {
        &header[..=rest.find(']')? + 1]
    } else {
        header.split(':').next().unwrap_or_default()
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_bad = |it: char| it.is_whitespace() || it.is_control() || matches!(it, '/' | '\\');
    let bad = name.is_empty() || name.contains("..") || name.starts_with('.') || name.contains(is_bad);
    (!bad).then(|| name.to_ascii_lowercase())
}

/// The first label of `host` where `wildcard` is `*.` and the rest of it, in any case: a wildcard that stands
/// for exactly one label, as in Ingresses and certificates. The label may be empty, or `*` itself.
#[must_use]
pub fn label_of_wildcard<'h>(wildcard: &str, host: &'h str) -> Option<&'h str> {
    let suffix = wildcard.strip_prefix("*.")?;
    let (label, rest) = host.split_once('.')?;
    rest.eq_ignore_ascii_case(suffix).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_without_port_and_case() {
        assert_eq!(of_header("Foo.Bar:8080"), Some("foo.bar".to_owned()));
        assert_eq!(of_header("foo.bar."), Some("foo.bar".to_owned()));
        assert_eq!(of_header("[fd00::1]:80"), Some("[fd00::1]".to_owned()));
        assert_eq!(of_header("a..b"), None);
        assert_eq!(of_header(""), None);
        assert_eq!(of_header("[x"), None);
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        assert_eq!(label_of_wildcard("*.shop.test", "www.Shop.test"), Some("www"));
        assert_eq!(label_of_wildcard("*.shop.test", "a.b.shop.test"), None);
        assert_eq!(label_of_wildcard("*.shop.test", "shop.test"), None);
        assert_eq!(label_of_wildcard("www.shop.test", "www.shop.test"), None);
    }
}
