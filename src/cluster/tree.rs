//! Small edits of JSON trees by path.
//!
//! The stored object is its tree; controllers that touch one field change that field and the typed view
//! beside it instead of reading the whole view anew.

use serde_json::{Map, Value};

/// Sets the value at a path of keys, making maps on the way.
pub fn set(root: &mut Value, path: &[&str], value: Value) {
    let Some((last, steps)) = path.split_last() else {
        *root = value;
        return;
    };
    let mut node = root;
    for step in steps {
        node = entry(node, step);
    }
    if !node.is_object() {
        *node = Value::Object(Map::new());
    }
    if let Value::Object(map) = node {
        map.insert((*last).to_owned(), value);
    }
}

/// The value under a key, a map being made of whatever stands in the way.
pub fn entry<'a>(node: &'a mut Value, key: &str) -> &'a mut Value {
    if !node.is_object() {
        *node = Value::Object(Map::new());
    }
    match node {
        Value::Object(map) => {
            if !map.contains_key(key) {
                map.insert(key.to_owned(), Value::Null);
            }
            map.get_mut(key).expect("inserted above")
        }
        _ => unreachable!("made a map above"),
    }
}

/// The value at a path of keys, if every step is there.
#[must_use]
pub fn get<'a>(root: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(root, |node, step| node.get(step))
}

/// The text at a path; empty where there is none.
#[must_use]
pub fn text<'a>(root: &'a Value, path: &[&str]) -> &'a str {
    get(root, path).and_then(Value::as_str).unwrap_or_default()
}

/// Removes the value at a path of keys.
pub fn remove(root: &mut Value, path: &[&str]) -> Option<Value> {
    let (last, steps) = path.split_last()?;
    let mut node = root;
    for step in steps {
        node = node.get_mut(step)?;
    }
    node.as_object_mut()?.remove(*last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_made_read_and_removed() {
        let mut tree = json!({"a": 1});
        set(&mut tree, &["b", "c"], json!("x"));
        assert_eq!(text(&tree, &["b", "c"]), "x");
        assert_eq!(remove(&mut tree, &["b", "c"]), Some(json!("x")));
        assert_eq!(get(&tree, &["b", "c"]), None);
        assert_eq!(tree, json!({"a": 1, "b": {}}));
    }
}
