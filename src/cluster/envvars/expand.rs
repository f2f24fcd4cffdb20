//! `$(NAME)` in the values of variables (`kubernetes third_party/forked/golang/expansion/expand.go`).

/// Replaces `$(NAME)` by what `look_up` knows; unknown names stay as written, `$$` is one `$`.
/// `None` where that is longer than `most` bytes.
pub(super) fn expand<'a>(text: &str, most: usize, look_up: impl Fn(&str) -> Option<&'a String>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        if out.len() > most {
            return None;
        }
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if after.is_empty() {
            rest = &rest[at..];
            break;
        }
        if let Some(unescaped) = after.strip_prefix('$') {
            out.push('$');
            rest = unescaped;
        } else if let Some((name, behind)) = after.strip_prefix('(').and_then(|it| it.split_once(')')) {
            match look_up(name) {
                Some(value) => out.push_str(value),
                None => out.extend(["$(", name, ")"]),
            }
            rest = behind;
        } else {
            let next = after.chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[at..at + 1 + next]);
            rest = &after[next..];
        }
    }
    out.push_str(rest);
    (out.len() <= most).then_some(out)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn expansion_follows_the_kubelet() {
        let known = BTreeMap::from([("VAR_A".to_owned(), "A".to_owned())]);
        let check = |text: &str, expected: &str| {
            assert_eq!(
                expand(text, 64, |name| known.get(name)).as_deref(),
                Some(expected),
                "{text}"
            )
        };
        // From kubernetes third_party/forked/golang/expansion/expand_test.go.
        check("$(VAR_A)", "A");
        check("___$(VAR_A)___", "___A___");
        check("$$(VAR_A)", "$(VAR_A)");
        check("$$$(VAR_A)", "$A");
        check("$(VAR_A", "$(VAR_A");
        check("$(NOPE)-$(VAR_A)", "$(NOPE)-A");
        check("$VAR_A", "$VAR_A");
        check("foo$", "foo$");
        check("foo$$", "foo$");
        check("$()", "$()");
        check("$가(VAR_A)", "$가(VAR_A)");
        assert_eq!(expand("$(VAR_A)$(VAR_A)", 1, |name| known.get(name)), None);
    }
}
