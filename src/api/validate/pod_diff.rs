//! How the server shows what changed in a pod that may not change: a unified diff of two internal specs
//! (`kubernetes pkg/apis/core/types.go`, `apimachinery/pkg/util/diff`, `pmezard/go-difflib`).
//!
//! Internal structs have no JSON names: fields go by Go's names, in Go's order, with zero values. Not here: what may
//! change (`pod`).

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value};

use crate::api::tree::get;
use crate::go;
use crate::small_sort::SmallSort as _;

/// Structs of a pod: a name alone in its line, then fields as Go's name, JSON name, and what an absent one is: `s` an
/// empty text, `b` false, `i` zero, `n` null. `[Name` is a list of structs, `Name` a pointer to one, `+Name` fields of
/// a struct that is embedded.
const STRUCTS: &str = include_str!("pod_structs.txt");

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference between two specs, as the server shows it behind its refusal.
pub(super) fn diff(new: &Value, old: &Value) -> String {
    let structs = read_structs();
    let lines = |spec: &Value| -> Vec<String> {
        let mut out = String::new();
        write(&internal(&structs, "PodSpec", &with_host(spec)), 0, &mut out);
        out.split_inclusive('\n').map(str::to_owned).collect()
    };
    let (mut a, mut b) = (lines(new), lines(old));
    for list in [&mut a, &mut b] {
        if let Some(last) = list.last_mut() {
            last.push('\n');
        }
    }
    unified(&a, &b)
}

/// What stands in the spec of a pod and in the security context of the internal one.
fn with_host(spec: &Value) -> Value {
    let mut spec = spec.clone();
    let mut context = match get(&spec, "securityContext") {
        Value::Object(map) => map.clone(),
        _ => Map::new(),
    };
    for field in [
        "hostNetwork",
        "hostPID",
        "hostIPC",
        "shareProcessNamespace",
        "hostUsers",
    ] {
        if let Some(value) = spec.get(field) {
            context.insert(field.to_owned(), value.clone());
        }
    }
    spec["securityContext"] = Value::Object(context);
    spec
}

/// Fields of a struct in their order: Go's name, JSON name, type.
type Structs = BTreeMap<&'static str, Vec<[&'static str; 3]>>;

fn read_structs() -> Structs {
    let mut structs = Structs::new();
    let mut name = "";
    for line in STRUCTS.lines() {
        let words: Vec<&'static str> = line.split(' ').collect();
        match words.as_slice() {
            [only] => name = only,
            [go, json, ty] => structs.entry(name).or_default().push([go, json, ty]),
            _ => {}
        }
    }
    structs
}

/// A value as an internal struct, as pairs in Go's order.
enum Tree {
    Map(Vec<(String, Tree)>),
    List(Vec<Tree>),
    Leaf(Value),
}

fn internal(structs: &Structs, name: &str, value: &Value) -> Tree {
    let Some(fields) = structs.get(name) else {
        return plain(value);
    };
    if value.is_null() {
        return Tree::Leaf(Value::Null);
    }
    let mut out = Vec::new();
    add_fields(structs, fields, value, &mut out);
    Tree::Map(out)
}

fn add_fields(structs: &Structs, fields: &[[&'static str; 3]], value: &Value, out: &mut Vec<(String, Tree)>) {
    for [go, json, ty] in fields {
        let written = get(value, json);
        let tree = match (*ty, written) {
            ("s", Value::Null) => Tree::Leaf("".into()),
            ("b", Value::Null) => Tree::Leaf(false.into()),
            ("i", Value::Null) => Tree::Leaf(0.into()),
            ("s" | "b" | "i" | "n", written) => plain(written),
            (ty, written) => match (ty.strip_prefix('['), ty.strip_prefix('+')) {
                (Some(name), _) => match written {
                    Value::Array(items) => Tree::List(items.iter().map(|it| internal(structs, name, it)).collect()),
                    _ => Tree::Leaf(Value::Null),
                },
                (_, Some(name)) => internal(
                    structs,
                    name,
                    &match written {
                        Value::Null => Value::Object(Map::new()),
                        written => written.clone(),
                    },
                ),
                _ => internal(structs, ty, written),
            },
        };
        out.push(((*go).to_owned(), tree));
    }
}

/// What has no table: fields with their first letter as Go has it.
fn plain(value: &Value) -> Tree {
    match value {
        Value::Object(map) => Tree::Map(
            map.iter()
                .map(|(name, value)| {
                    // Keys of maps are told from fields by what no field has.
                    let is_field =
                        name.bytes().all(|it| it.is_ascii_alphanumeric()) && (value.is_object() || value.is_array());
                    let mut letters = name.chars();
                    let name = match letters.next() {
                        Some(first) if is_field => first.to_ascii_uppercase().to_string() + letters.as_str(),
                        _ => name.clone(),
                    };
                    (name, plain(value))
                })
                .collect(),
        ),
        Value::Array(items) => Tree::List(items.iter().map(plain).collect()),
        other => Tree::Leaf(other.clone()),
    }
}

/// JSON as Go's `MarshalIndent` writes it with one blank.
fn write(tree: &Tree, depth: usize, out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth));
    };
    match tree {
        Tree::Leaf(value) => out.push_str(&go::json::compact(value)),
        Tree::Map(fields) if fields.is_empty() => out.push_str("{}"),
        Tree::List(items) if items.is_empty() => out.push_str("[]"),
        Tree::Map(fields) => {
            out.push('{');
            for (index, (name, tree)) in fields.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                line(depth + 1, out);
                out.push_str(&go::json::compact(&name.as_str().into()));
                out.push_str(": ");
                write(tree, depth + 1, out);
            }
            line(depth, out);
            out.push('}');
        }
        Tree::List(items) => {
            out.push('[');
            for (index, tree) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                line(depth + 1, out);
                write(tree, depth + 1, out);
            }
            line(depth, out);
            out.push(']');
        }
    }
}

/// Lines that are the same: where in the one text, where in the other, how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Block {
    a: usize,
    b: usize,
    size: usize,
}

/// Ratcliff and Obershelp's way of finding what two texts share, as Python's difflib has it.
struct Matcher<'a> {
    a: &'a [String],
    places: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Matcher<'a> {
    fn new(a: &'a [String], b: &'a [String]) -> Self {
        let mut places: BTreeMap<&'a str, Vec<usize>> = BTreeMap::new();
        for (index, line) in b.iter().enumerate() {
            places.entry(line).or_default().push(index);
        }
        if b.len() >= 200 {
            // Lines that are everywhere begin no block.
            places.retain(|_, at| at.len() <= b.len() / 100 + 1);
        }
        Self { a, places }
    }

    fn longest(&self, b: &[String], in_a: Range<usize>, in_b: Range<usize>) -> Block {
        let mut best = Block {
            a: in_a.start,
            b: in_b.start,
            size: 0,
        };
        let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
        for i in in_a.clone() {
            let mut next: BTreeMap<usize, usize> = BTreeMap::new();
            for &j in self.places.get(self.a[i].as_str()).map_or(&[][..], Vec::as_slice) {
                if j < in_b.start {
                    continue;
                }
                if j >= in_b.end {
                    break;
                }
                let before = j.checked_sub(1).and_then(|it| lengths.get(&it)).copied().unwrap_or(0);
                let size = before + 1;
                next.insert(j, size);
                if size > best.size {
                    best = Block {
                        a: i + 1 - size,
                        b: j + 1 - size,
                        size,
                    };
                }
            }
            lengths = next;
        }
        while best.a > in_a.start && best.b > in_b.start && self.a[best.a - 1] == b[best.b - 1] {
            best = Block {
                a: best.a - 1,
                b: best.b - 1,
                size: best.size + 1,
            };
        }
        while best.a + best.size < in_a.end
            && best.b + best.size < in_b.end
            && self.a[best.a + best.size] == b[best.b + best.size]
        {
            best.size += 1;
        }
        best
    }

    fn blocks(&self, b: &[String]) -> Vec<Block> {
        let mut found = Vec::new();
        let mut left = vec![(0..self.a.len(), 0..b.len())];
        while let Some((in_a, in_b)) = left.pop() {
            let block = self.longest(b, in_a.clone(), in_b.clone());
            if block.size == 0 {
                continue;
            }
            left.push((in_a.start..block.a, in_b.start..block.b));
            left.push((block.a + block.size..in_a.end, block.b + block.size..in_b.end));
            found.push(block);
        }
        found.small_sort_by_key(|it| (it.a, it.b));
        found
    }
}

/// A unified diff without heads of files.
fn unified(a: &[String], b: &[String]) -> String {
    // What is the same (`true`) and what is not, in turn.
    let mut steps: Vec<(bool, Range<usize>, Range<usize>)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    for block in Matcher::new(a, b).blocks(b) {
        if i < block.a || j < block.b {
            steps.push((false, i..block.a, j..block.b));
        }
        (i, j) = (block.a + block.size, block.b + block.size);
        match steps.last_mut() {
            // Blocks that touch are one.
            Some((true, in_a, in_b)) if in_a.end == block.a && in_b.end == block.b => {
                (in_a.end, in_b.end) = (i, j);
            }
            _ => steps.push((true, block.a..i, block.b..j)),
        }
    }
    if i < a.len() || j < b.len() {
        steps.push((false, i..a.len(), j..b.len()));
    }
    let mut out = String::new();
    for group in grouped(steps) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else {
            continue;
        };
        out.push_str(&format!(
            "@@ -{} +{} @@\n",
            shown(first.1.start..last.1.end),
            shown(first.2.start..last.2.end)
        ));
        for (same, in_a, in_b) in group {
            let old = if same { ' ' } else { '-' };
            a[in_a]
                .iter()
                .for_each(|line| out.extend([&old.to_string(), line.as_str()]));
            if !same {
                b[in_b].iter().for_each(|line| out.extend(["+", line]));
            }
        }
    }
    out
}

/// Changes with what stands around them; far ones stand apart.
fn grouped(mut steps: Vec<(bool, Range<usize>, Range<usize>)>) -> Vec<Vec<(bool, Range<usize>, Range<usize>)>> {
    let end_of = |range: &Range<usize>| range.end.saturating_sub(CONTEXT).max(range.start)..range.end;
    let start_of = |range: &Range<usize>| range.start..(range.start + CONTEXT).min(range.end);
    if let Some((true, a, b)) = steps.first_mut() {
        (*a, *b) = (end_of(a), end_of(b));
    }
    if let Some((true, a, b)) = steps.last_mut() {
        (*a, *b) = (start_of(a), start_of(b));
    }
    let mut groups = Vec::new();
    let mut group = Vec::new();
    for (same, a, b) in steps {
        if same && a.len() > 2 * CONTEXT {
            group.push((same, start_of(&a), start_of(&b)));
            groups.push(std::mem::take(&mut group));
            group.push((same, end_of(&a), end_of(&b)));
        } else {
            group.push((same, a, b));
        }
    }
    if !(group.is_empty() || matches!(group.as_slice(), [(true, ..)])) {
        groups.push(group);
    }
    groups
}

/// Where a hunk is: its first line, counted from one, and how many there are.
fn shown(lines: Range<usize>) -> String {
    match lines.len() {
        1 => (lines.start + 1).to_string(),
        0 => format!("{},0", lines.start),
        length => format!("{},{length}", lines.start + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(text: &str) -> Vec<String> {
        text.chars().map(|it| format!("{it}\n")).collect()
    }

    /// As `diff -U3` and difflib print them.
    #[test]
    fn changes_stand_with_three_lines_around() {
        assert_eq!(
            unified(&lines("abcdefgh"), &lines("abcdXfgh")),
            "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+X\n f\n g\n h\n"
        );
        assert_eq!(unified(&lines("ab"), &lines("ab")), "");
        assert_eq!(
            unified(&lines("1abcdefghij2"), &lines("abcdefghij")),
            "@@ -1,4 +1,3 @@\n-1\n a\n b\n c\n@@ -9,4 +8,3 @@\n h\n i\n j\n-2\n"
        );
    }

    #[test]
    fn specs_are_shown_as_go_holds_them() {
        let spec = |port: u16| json!({"containers": [{"name": "c", "image": "nginx", "ports": [{"containerPort": port, "protocol": "TCP"}]}]});
        assert_eq!(
            diff(&spec(81), &spec(80)),
            "@@ -12,7 +12,7 @@\n     {\n      \"Name\": \"\",\n      \"HostPort\": 0,\n-     \"ContainerPort\": 81,\n+     \"ContainerPort\": 80,\n      \"Protocol\": \"TCP\",\n      \"HostIP\": \"\"\n     }\n"
        );
    }
}
