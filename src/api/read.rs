//! What `kubectl` does with a document before it asks the server: is it an object, of which kind, and can its
//! metadata be read (`kubernetes staging/src/k8s.io/kubectl/pkg/validation`, `cli-runtime/pkg/resource`).

use serde_json::Value;

use super::decode;
use super::kind::{KINDS, Kind, KindInfo};
use super::openapi;
use super::refusal::Refusal;
use super::schema;
use super::tree::{get, text};
use crate::manifest::{Document, Node, NodeKind};

/// A document as kubectl sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Its kind.
    pub kind: Kind,
    /// The names of its kind.
    pub info: KindInfo,
    /// `metadata.name`; may be empty.
    pub name: String,
    /// `metadata.namespace` as written; empty where it is not.
    pub namespace: String,
    /// The whole document.
    pub value: Value,
}

/// Reads a document as kubectl does. `file` is how kubectl names the text (`STDIN`, `web.yaml`).
///
/// # Errors
/// What kubectl says by itself, without asking the server.
pub fn read(document: &Document, file: &str) -> Result<Sent, Refusal> {
    let root = &document.root;
    let problems = kind_problems(root);
    match problems.as_slice() {
        [] => {}
        [one] => return Err(not_valid(file, one)),
        several => return Err(not_valid(file, &format!("[{}]", several.join(", ")))),
    }
    let written = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let (version, kind) = (written("apiVersion"), written("kind"));
    let value = root.to_value();
    if kind.is_empty() {
        return Err(Refusal::Client(format!(
            "unable to decode {file:?}: Object 'Kind' is missing in '{value}'"
        )));
    }
    if document.in_list
        && let Some(refusal) = list_refusal(&[document], file)
    {
        return Err(refusal);
    }
    if version == "v1" && kind == "List" {
        // Its items would stand here instead.
        return Err(not_valid(file, "invalid object to validate"));
    }
    if let Some(finding) = decode::metadata_problem(&value) {
        return Err(Refusal::Client(format!(
            "unable to decode {file:?}: {}",
            finding.message
        )));
    }
    let metadata = get(&value, "metadata");
    let (name, namespace) = (
        text(metadata, "name").to_owned(),
        text(metadata, "namespace").to_owned(),
    );
    let Some(info) = lookup(version, kind) else {
        return Err(Refusal::Client(format!(
            "resource mapping not found for name: {name:?} namespace: {namespace:?} from {file:?}: no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first"
        )));
    };
    Ok(Sent {
        kind: info.kind,
        info,
        name,
        namespace,
        value,
    })
}

/// The kind that `apiVersion:` and `kind:` name; all in lower case will do, as it does for kubectl.
#[must_use]
pub fn lookup(api_version: &str, kind: &str) -> Option<KindInfo> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let is_name = |name: &str| name == kind || name.to_ascii_lowercase() == kind;
    if let Some(info) = KINDS
        .iter()
        .find(|info| is_name(info.name) && info.group == group && info.version == version)
    {
        return Some(*info);
    }
    let found = schema::kinds()
        .iter()
        .find(|found| is_name(found.name) && found.version == version && found.group == group)?;
    // An older version of a simulated configuration kind, or a kind that is only stored.
    let kind = KINDS
        .iter()
        .find(|info| info.name == found.name && info.group == group)
        .map_or(Kind::Other, |info| info.kind);
    Some(KindInfo {
        kind,
        group: found.group,
        version: found.version,
        name: found.name,
        plural: found.plural,
        short: &[],
        namespaced: found.namespaced,
    })
}

/// Everything that keeps an item of a `List`, and with it the list, from being taken.
#[must_use]
pub fn list_problems(document: &Document) -> Vec<String> {
    let problems = kind_problems(&document.root);
    if !problems.is_empty() {
        return problems;
    }
    let written = |key: &str| document.root.get(key).and_then(Node::as_str).unwrap_or_default();
    openapi::problems(written("apiVersion"), written("kind"), &document.root.to_value())
}

/// What is wrong with `apiVersion:` and `kind:` by themselves.
fn kind_problems(root: &Node) -> Vec<String> {
    if !matches!(root.kind, NodeKind::Mapping(_)) {
        return vec!["invalid object to validate".to_owned()];
    }
    ["apiVersion", "kind"]
        .into_iter()
        .filter_map(|key| match root.get(key).map(|node| &node.kind) {
            None | Some(NodeKind::Scalar(Value::Null)) => Some(format!("{key} not set")),
            Some(NodeKind::Scalar(Value::String(text))) => (key == "apiVersion" && text.matches('/').count() > 1)
                .then(|| format!("unexpected GroupVersion string: {text}")),
            Some(_) => Some(format!("{key} isn't string type")),
        })
        .collect()
}

/// The refusal of a whole `List` for what is wrong with its items; `None` if nothing is.
#[must_use]
pub fn list_refusal(documents: &[&Document], file: &str) -> Option<Refusal> {
    let mut problems: Vec<String> = Vec::new();
    for problem in documents.iter().flat_map(|document| list_problems(document)) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    match problems.as_slice() {
        [] => None,
        [one] => Some(not_valid(file, one)),
        several => Some(not_valid(file, &format!("[{}]", several.join(", ")))),
    }
}

fn not_valid(file: &str, why: &str) -> Refusal {
    Refusal::Client(format!(
        "error validating {file:?}: error validating data: {why}; if you choose to ignore these errors, turn validation off with --validate=false"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse;
    use crate::text::FileId;

    #[test]
    fn kubectl_wants_to_know_what_it_is() {
        let rows = [
            ("metadata: {}\n", "[apiVersion not set, kind not set]"),
            ("apiVersion: 1\nkind: Service\n", "apiVersion isn't string type"),
            ("apiVersion: v1\nkind:\n", "kind not set"),
            (
                "apiVersion: a/b/c\nkind: [x]\n",
                "[unexpected GroupVersion string: a/b/c, kind isn't string type]",
            ),
            ("- a\n", "invalid object to validate"),
        ];
        for (text, why) in rows {
            let parsed = parse(FileId(0), text);
            let refused = read(&parsed.documents[0], "web.yaml").expect_err(text);
            assert_eq!(refused, not_valid("web.yaml", why), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_items_is_wrong_with_the_list() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, spec: {foo: 1}}\n- {kind: Pod}\n- {apiVersion: v1, kind: Unknown, foo: 1}\n";
        let parsed = parse(FileId(0), text);
        let all: Vec<&Document> = parsed.documents.iter().collect();
        assert_eq!(
            list_refusal(&all, "x"),
            Some(not_valid(
                "x",
                "[ValidationError(Service.spec): unknown field \"foo\" in io.k8s.api.core.v1.ServiceSpec, apiVersion not set]"
            ))
        );
        assert_eq!(list_refusal(&all[2..], "x"), None);
    }
}
