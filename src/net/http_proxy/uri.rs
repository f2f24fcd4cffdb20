//! The path of a request as proxies compare it, in the way of NGINX (`ngx_http_parse_complex_uri`): percent signs
//! decoded, `//` merged, `.` and `..` resolved. What is passed on keeps the spelling of the client.

/// The parts of a request target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Normalized path (`$uri`).
    pub path: String,
    /// What stands behind the `?`, without it; `None` where there is no `?`.
    pub query: Option<String>,
}

/// Reads a target that starts with `/`; `None` where NGINX answers 400.
#[must_use]
pub fn parse(target: &str) -> Option<Target> {
    let target = target.split('#').next().unwrap_or_default();
    let (raw, query) = match target.split_once('?') {
        Some((raw, query)) => (raw, Some(query.to_owned())),
        None => (target, None),
    };
    if !raw.starts_with('/') {
        return None;
    }
    let decoded = decode(raw)?;
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = decoded.split('/').skip(1).collect();
    for (idx, segment) in segments.iter().enumerate() {
        let last = idx + 1 == segments.len();
        match *segment {
            // An empty or dot segment at the end leaves the slash in front of it.
            "" | "." if last => kept.push(""),
            "" | "." => {}
            ".." => {
                // Above the root there is nothing to ask for.
                kept.pop()?;
                if last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    Some(Target {
        path: format!("/{}", kept.join("/")),
        query,
    })
}

fn decode(raw: &str) -> Option<String> {
    if !raw.contains('%') {
        return Some(raw.to_owned());
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |it: Option<u8>| char::from(it?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            let decoded = (high * 16 + low) as u8;
            if decoded == 0 {
                return None;
            }
            bytes.push(decoded);
        } else {
            bytes.push(byte);
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Escapes a path that was put together from decoded parts (`NGX_ESCAPE_URI`).
#[must_use]
pub fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b' ' | b'#' | b'%' | b'?' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                out.push_str(&format!("%{byte:02X}"));
            }
            0x21..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_as_nginx_compares_them() {
        let path = |target: &str| parse(target).map(|it| it.path);
        assert_eq!(path("/a/b?x=1"), Some("/a/b".to_owned()));
        assert_eq!(path("/a//b/./c/"), Some("/a/b/c/".to_owned()));
        assert_eq!(path("/a/../b/.."), Some("/".to_owned()));
        assert_eq!(path("/%61%2Fb"), Some("/a/b".to_owned()));
        assert_eq!(path("/.."), None);
        assert_eq!(path("/%zz"), None);
        assert_eq!(path("/%00"), None);
        assert_eq!(path(""), None);
        assert_eq!(path("/"), Some("/".to_owned()));
        assert_eq!(escape("/a b/가"), "/a%20b/%EA%B0%80");
    }
}
