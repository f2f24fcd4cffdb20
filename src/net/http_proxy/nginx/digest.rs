//! SHA-1 and MD5, and password hashes made of them: what `htpasswd` files and affinity cookies need.
//!
//! Written out here because they are needed for nothing else and a crate each would cost more than the page
//! has to spare. Never for security of our own. Not here: bcrypt and the system's `crypt` (`$2y$`, `$5$`,
//! `$6$`), which [`verify`] names instead of judging.

use data_encoding::BASE64;

/// Pads a message as both digests do: a one bit, zeros, and the length in bits.
fn padded(message: &[u8], length: [u8; 8]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    bytes.push(0x80);
    while bytes.len() % 64 != 56 {
        bytes.push(0);
    }
    bytes.extend(length);
    bytes
}

/// SHA-1 (RFC 3174).
#[must_use]
pub fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    let bits = (message.len() as u64).wrapping_mul(8);
    for block in padded(message, bits.to_be_bytes()).chunks_exact(64) {
        let mut words = [0u32; 80];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for idx in 16..80 {
            words[idx] = (words[idx - 3] ^ words[idx - 8] ^ words[idx - 14] ^ words[idx - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (idx, word) in words.iter().enumerate() {
            let (mixed, constant) = match idx / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(mixed)
                .wrapping_add(e)
                .wrapping_add(constant)
                .wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d, e]) {
            *old = old.wrapping_add(new);
        }
    }
    let mut out = [0; 20];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

/// MD5 (RFC 1321).
#[must_use]
pub fn md5(message: &[u8]) -> [u8; 16] {
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let bits = (message.len() as u64).wrapping_mul(8);
    for block in padded(message, bits.to_le_bytes()).chunks_exact(64) {
        let mut words = [0u32; 16];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        let [mut a, mut b, mut c, mut d] = state;
        for idx in 0..64usize {
            let (mixed, pick) = match idx / 16 {
                0 => ((b & c) | (!b & d), idx),
                1 => ((d & b) | (!d & c), (5 * idx + 1) % 16),
                2 => (b ^ c ^ d, (3 * idx + 5) % 16),
                _ => (c ^ (b | !d), (7 * idx) % 16),
            };
            // The constants are defined as the sine of whole numbers (RFC 1321, 3.4).
            let constant = ((idx as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(mixed).wrapping_add(constant).wrapping_add(words[pick]);
            let next = b.wrapping_add(sum.rotate_left(SHIFTS[idx / 16][idx % 4]));
            (a, d, c, b) = (d, c, b, next);
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d]) {
            *old = old.wrapping_add(new);
        }
    }
    let mut out = [0; 16];
    for (bytes, word) in out.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    out
}

/// A digest in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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
