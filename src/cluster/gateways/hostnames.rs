//! Host names of listeners and routes: which fit a request, and what two have in common. The empty name is that of
//! everything; a wildcard stands for one label or more, as the Gateway API has it (not as Ingress and certificates do).

/// Whether a name, in small letters, is one that a hostname stands for.
#[must_use]
pub fn fits(hostname: &str, name: &str) -> bool {
    if hostname.is_empty() {
        return true;
    }
    match hostname.strip_prefix('*') {
        Some(suffix) => name.len() > suffix.len() && name.ends_with(suffix),
        None => hostname == name,
    }
}

/// How specific a hostname is: exact ones before wildcards, longer before shorter, everything last.
#[must_use]
pub fn rank(hostname: &str) -> (bool, usize) {
    (!hostname.is_empty() && !hostname.starts_with('*'), hostname.len())
}

/// What two hostnames have in common; `None` for nothing.
#[must_use]
pub fn intersection<'a>(a: &'a str, b: &'a str) -> Option<&'a str> {
    if a.is_empty() || a == b {
        return Some(b);
    }
    if b.is_empty() {
        return Some(a);
    }
    match (a.strip_prefix('*'), b.strip_prefix('*')) {
        (Some(x), Some(y)) if y.ends_with(x) => Some(b),
        (Some(x), Some(y)) if x.ends_with(y) => Some(a),
        (Some(_), None) => fits(a, b).then_some(b),
        (None, Some(_)) => fits(b, a).then_some(a),
        _ => None,
    }
}

/// What a route's hostnames have in common with a listener's; empty for nothing. No hostname is everything.
#[must_use]
pub fn common(listener: &str, route: &[String]) -> Vec<String> {
    if route.is_empty() {
        return vec![listener.to_owned()];
    }
    route
        .iter()
        .filter_map(|it| intersection(listener, it))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_label_or_more() {
        assert!(fits("*.example.com", "a.example.com") && fits("*.example.com", "a.b.example.com"));
        assert!(!fits("*.example.com", "example.com") && !fits("*.example.com", "aexample.com"));
        assert!(fits("", "x") && fits("a", "a") && !fits("a", "b"));
        assert!(rank("a.b") > rank("*.long.example.com") && rank("*.b.c") > rank("*.c") && rank("*.c") > rank(""));
    }

    #[test]
    fn the_more_specific_of_two_is_what_they_have_in_common() {
        for (a, b, both) in [
            ("", "*.a", Some("*.a")),
            ("*.example.com", "a.example.com", Some("a.example.com")),
            ("*.example.com", "*.foo.example.com", Some("*.foo.example.com")),
            ("*.example.com", "example.com", None),
            ("*.example.com", "*.com", Some("*.example.com")),
            ("a.b", "a.c", None),
            ("*.a.com", "*.b.com", None),
        ] {
            assert_eq!(intersection(a, b), both);
            assert_eq!(intersection(b, a), both);
        }
        assert_eq!(common("*.a", &[]), ["*.a"]);
        assert!(common("x.a", &["y.a".to_owned()]).is_empty());
    }
}
