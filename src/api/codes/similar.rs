//! Which of several names was meant, and how far apart two words are.

use crate::steps;

/// What it costs to have two neighboring letters the wrong way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swaps {
    /// One edit, as a slip of the fingers is.
    One,
    /// Two: Levenshtein's distance, by which kubectl's library suggests commands.
    Two,
}

/// The candidate closest to `word`, if one is close enough to be what was meant.
#[must_use]
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    let target = plain(word);
    let near = |candidate: &str| 1 + word.len().min(candidate.len()) / 4;
    candidates
        .into_iter()
        .map(|candidate| (plain(candidate), candidate))
        // Words of very different length are never close; most are, and need not be compared.
        .filter(|(plain, candidate)| plain.len().abs_diff(target.len()) <= 4 * near(candidate))
        .map(|(plain, candidate)| (edit_distance(&target, &plain, Swaps::One), candidate))
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .filter(|(distance, candidate)| *distance <= near(candidate))
        .map(|(_, candidate)| candidate)
}

/// Edits between two words: insert, remove, replace, swap neighbors. Only the first 64 letters of each count.
#[must_use]
pub fn edit_distance(a: &str, b: &str, swaps: Swaps) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    steps::count(a.len() * b.len());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if swaps == Swaps::One && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_lead_to_what_was_meant() {
        let fields = ["selector", "sessionAffinity", "ports", "type"];
        assert_eq!(closest("slector", fields), Some("selector"));
        assert_eq!(closest("prots", fields), Some("ports"));
        assert_eq!(closest("Type", fields), Some("type"));
        assert_eq!(closest("target_port", ["targetPort", "port"]), Some("targetPort"));
        assert_eq!(closest("replicas", fields), None);
    }

    #[test]
    fn words_are_as_far_apart_as_they_take_edits() {
        assert_eq!(edit_distance("gte", "get", Swaps::One), 1);
        assert_eq!(edit_distance("gte", "get", Swaps::Two), 2);
        assert_eq!(edit_distance("get", "get", Swaps::Two), 0);
        assert_eq!(edit_distance("", "abc", Swaps::One), 3);
    }
}
