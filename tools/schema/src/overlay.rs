//! What OpenAPI does not tell of a field, from `overlay.txt`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Marks by `Definition.field`.
pub struct Overlay {
    marks: BTreeMap<String, String>,
    used: RefCell<BTreeSet<String>>,
}

impl Overlay {
    /// Lines `Definition.field marks…`; `#` begins a comment.
    pub fn read(text: &str) -> Self {
        let marks = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim())
            .filter(|line| !line.is_empty())
            .flat_map(|line| {
                let (names, marks) = line.split_once(' ').expect("a field and its marks");
                let (definition, fields) = names.split_once('.').expect("Definition.field");
                let marks = marks
                    .split_whitespace()
                    .map(|mark| format!(" {mark}"))
                    .collect::<String>();
                fields
                    .split(',')
                    .map(|field| (format!("{definition}.{field}"), marks.clone()))
                    .collect::<Vec<_>>()
            })
            .fold(BTreeMap::<String, String>::new(), |mut all, (name, marks)| {
                all.entry(name).or_default().push_str(&marks);
                all
            });
        Self {
            marks,
            used: RefCell::default(),
        }
    }

    /// What stands behind the type of a field.
    pub fn suffix(&self, package: &str, definition: &str, field: &str) -> String {
        let group = package.rsplit('.').nth(1).unwrap_or_default();
        [format!("{definition}.{field}"), format!("{group}:{definition}.{field}")]
            .into_iter()
            .map(|name| {
                let marks = self.marks.get(&name).cloned().unwrap_or_default();
                self.used.borrow_mut().insert(name);
                marks
            })
            .collect()
    }

    /// Every line must have met its field.
    pub fn assert_all_used(&self) {
        let used = self.used.borrow();
        let unused: Vec<_> = self.marks.keys().filter(|name| !used.contains(*name)).collect();
        assert!(
            unused.is_empty(),
            "overlay.txt names fields that do not exist: {unused:?}"
        );
    }
}
