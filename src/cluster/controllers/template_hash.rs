//! The suffix that tells pods of different templates apart.
//!
//! A real Deployment hashes Go's dump of the template; here it is FNV-1a over its JSON. The letters are the
//! same, the suffix of a given template is not.

use serde_json::Value;

/// Letters of generated names (`apimachinery/pkg/util/rand`).
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The suffix of a template (`controller.ComputeHash` with `rand.SafeEncodeString`).
#[must_use]
pub fn template_hash(template: &Value) -> String {
    let mut hash = 0x811c_9dc5_u32;
    for byte in template.to_string().bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash.to_string()
        .bytes()
        .map(|digit| char::from(LETTERS[usize::from(digit) % LETTERS.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_templates_hash_alike_and_others_do_not() {
        let one = serde_json::json!({"a": 1});
        assert_eq!(template_hash(&one), template_hash(&one.clone()));
        assert_ne!(template_hash(&one), template_hash(&serde_json::json!({"a": 2})));
    }
}
