//! Orders in which a run of digits counts as one number: `web-9` before `web-10`.
//!
//! Two libraries of Go have one each, and `kubectl` uses both: go-yaml for the keys of a mapping, `sortorder` for
//! `--sort-by`. They differ in where letters stand and in leading zeros.

use std::cmp::Ordering;

/// go-yaml's order of keys: letters after everything else, runs of digits by their value.
#[must_use]
pub fn yaml_keys(a: &str, b: &str) -> Ordering {
    let (ar, br): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = (0..ar.len().min(br.len())).find(|&idx| ar[idx] != br[idx]) else {
        return ar.len().cmp(&br.len());
    };
    let (al, bl) = (ar[at].is_alphabetic(), br[at].is_alphabetic());
    if al && bl {
        return ar[at].cmp(&br[at]);
    }
    if al || bl {
        return if bl { Ordering::Less } else { Ordering::Greater };
    }
    // Inside a number whose earlier digits are equal and not all zero, a leading zero counts.
    let inside_number = (ar[at] == '0' || br[at] == '0')
        && ar[..at]
            .iter()
            .rev()
            .take_while(|it| it.is_ascii_digit())
            .any(|&it| it != '0');
    let run = |letters: &[char]| {
        let digits: Vec<char> = letters[at..].iter().copied().take_while(char::is_ascii_digit).collect();
        let value = digits.iter().fold(u64::from(inside_number), |sum, digit| {
            sum.wrapping_mul(10)
                .wrapping_add(u64::from(digit.to_digit(10).unwrap_or_default()))
        });
        (value, digits.len())
    };
    run(&ar).cmp(&run(&br)).then(ar[at].cmp(&br[at]))
}

/// `sortorder.NaturalLess`, by which `kubectl get --sort-by` compares texts.
#[must_use]
pub fn natural(a: &str, b: &str) -> Ordering {
    parts(a).cmp(&parts(b))
}

/// Runs of other letters, each with the number behind it; 0 where there is none, or one too large.
fn parts(text: &str) -> Vec<(&str, u64)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let words = rest.find(|it: char| it.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(words);
        let digits = after.find(|it: char| !it.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        parts.push((word, number.parse().unwrap_or_default()));
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_as_in_go_yamls_own_table() {
        let order = [
            "", ".1", ".2", ".a", "1", "2", "a!10", "a/0001", "a/002", "a/3", "a/10", "a/11", "a/0012", "a/100",
            "a~10", "ab/1", "b/1", "b/01", "b/2", "b/02", "b/3", "b/03", "b1", "b01", "b3", "c2.10", "c10.2", "d1",
            "d7", "d7abc", "d12", "d12a",
        ];
        for pair in order.windows(2) {
            assert_eq!(yaml_keys(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
    }

    #[test]
    fn numbers_in_names_count_as_numbers() {
        for pair in ["web", "web-2", "web-10", "web-10-a", "wec"].windows(2) {
            assert_eq!(natural(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        assert_eq!(natural("a01", "a1"), Ordering::Equal);
    }
}
