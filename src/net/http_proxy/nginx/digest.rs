//! SHA-1 and MD5, and password hashes made of them: what `htpasswd` files and affinity cookies need.
//!
//! Never for security of our own. Not here: bcrypt and the system's `crypt` (`$2y$`, `$5$`, `$6$`), which [`verify`]
//! names instead of judging.

use data_encoding::{BASE64, HEXLOWER};
use md5::Md5;
use sha1::{Digest as _, Sha1};

/// SHA-1 (RFC 3174).
fn sha1(message: &[u8]) -> [u8; 20] {
    Sha1::digest(message).into()
}

/// MD5 (RFC 1321).
#[must_use]
pub fn md5(message: &[u8]) -> [u8; 16] {
    Md5::digest(message).into()
}

/// A digest in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Apache's MD5 form of a password (`apr_md5.c`), without its `$apr1$salt$`.
fn apr1(password: &[u8], salt: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let inner = md5(&[password, salt, password].concat());
    let mut first = [password, b"$apr1$", salt].concat();
    first.extend(inner.iter().cycle().take(password.len()));
    let mut length = password.len();
    while length > 0 {
        first.push(if length & 1 == 1 {
            0
        } else {
            password.first().copied().unwrap_or(0)
        });
        length >>= 1;
    }
    let mut sum = md5(&first);
    for round in 0..1000 {
        let mut next = Vec::new();
        next.extend_from_slice(if round & 1 == 1 { password } else { &sum });
        if round % 3 != 0 {
            next.extend_from_slice(salt);
        }
        if round % 7 != 0 {
            next.extend_from_slice(password);
        }
        next.extend_from_slice(if round & 1 == 1 { &sum } else { password });
        sum = md5(&next);
    }
    let groups = [(0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)];
    let mut out = String::new();
    let mut put = |mut value: u32, letters: usize| {
        for _ in 0..letters {
            out.push(char::from(LETTERS[(value & 63) as usize]));
            value >>= 6;
        }
    };
    for (a, b, c) in groups {
        put(u32::from(sum[a]) << 16 | u32::from(sum[b]) << 8 | u32::from(sum[c]), 4);
    }
    put(u32::from(sum[11]), 2);
    out
}

/// Whether a password fits a hash of an `htpasswd` file; `None` for a form that is not simulated
/// (NGINX: `src/core/ngx_crypt.c`).
#[must_use]
pub fn verify(password: &str, hash: &str) -> Option<bool> {
    if let Some(plain) = hash.strip_prefix("{PLAIN}") {
        return Some(plain == password);
    }
    if let Some(encoded) = hash.strip_prefix("{SHA}") {
        return Some(BASE64.encode(&sha1(password.as_bytes())) == encoded);
    }
    if let Some(encoded) = hash.strip_prefix("{SSHA}") {
        let Some((digest, salt)) = BASE64.decode(encoded.as_bytes()).ok().and_then(|bytes| {
            let (digest, salt) = bytes.split_at_checked(20)?;
            Some((digest.to_vec(), salt.to_vec()))
        }) else {
            return Some(false);
        };
        return Some(sha1(&[password.as_bytes(), &salt].concat()).as_slice() == digest);
    }
    if let Some(rest) = hash.strip_prefix("$apr1$") {
        let Some((salt, digest)) = rest.split_once('$') else {
            return Some(false);
        };
        let salt = &salt.as_bytes()[..salt.len().min(8)];
        return Some(apr1(password.as_bytes(), salt) == digest);
    }
    // What is left goes to the system's `crypt`, which knows no plain text.
    if hash.starts_with('$') { None } else { Some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_their_standards() {
        assert_eq!(hex(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(&sha1(&[b'a'; 200])), "e61cfffe0d9195a525fc6cf06ca2d77119c24a40");
        assert_eq!(hex(&md5(b"")), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(
            hex(&md5(
                b"12345678901234567890123456789012345678901234567890123456789012345678901234567890"
            )),
            "57edf4a22be3c955ac49da2e2107b67a"
        );
    }

    #[test]
    fn passwords_are_judged_as_htpasswd_wrote_them() {
        // From the manual page of htpasswd and of ingress-nginx' basic auth example.
        assert_eq!(verify("bar", "{SHA}Ys23Ag/5IOWqZCw9QGaVDdHwH00="), Some(true));
        assert_eq!(verify("baz", "{SHA}Ys23Ag/5IOWqZCw9QGaVDdHwH00="), Some(false));
        assert_eq!(verify("bar", "$apr1$OFG3Xybp$ckL0FHDAkoXYIlH9.cysT0"), Some(true));
        assert_eq!(
            verify("myPassword", "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/"),
            Some(true)
        );
        assert_eq!(verify("bar", "{PLAIN}bar"), Some(true));
        assert_eq!(verify("bar", "bar"), Some(false));
        assert_eq!(verify("bar", "$2y$05$abc"), None);
    }
}
