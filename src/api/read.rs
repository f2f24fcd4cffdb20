//! What `kubectl` does with a document before it asks the server: is it an object, of which kind, and can its
//! metadata be read (`kubernetes staging/src/k8s.io/kubectl/pkg/validation`, `cli-runtime/pkg/resource`).

use serde_json::Value;

use super::codes::{ClientError, Problem};
use super::custom::Definitions;
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
    read_with(document, file, &Definitions::default())
}

/// As [`read()`], by a client that knows the kinds of these definitions too.
///
/// # Errors
/// As [`read()`].
pub fn read_with(document: &Document, file: &str, known: &Definitions) -> Result<Sent, Refusal> {
    let root = &document.root;
    let problems = kind_problems(root);
    if !problems.is_empty() {
        return Err(not_valid(file, problems));
    }
    let written = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
    let (version, kind) = (written("apiVersion"), written("kind"));
    let value = root.to_value();
    if kind.is_empty() {
        return Err(Refusal::Client(ClientError::KindMissing {
            file: file.to_owned(),
            object: value.to_string(),
        }));
    }
    if document.in_list
        && let Some(refusal) = list_refusal(&[document], file)
    {
        return Err(refusal);
    }
    if version == "v1" && kind == "List" {
        // Its items would stand here instead.
        return Err(not_valid(file, vec![Problem::NoObject]));
    }
    if let Some(wrong) = decode::metadata_problem(&value) {
        return Err(Refusal::Client(ClientError::Metadata {
            file: file.to_owned(),
            wrong: Box::new(wrong),
        }));
    }
    let metadata = get(&value, "metadata");
    let (name, namespace) = (
        text(metadata, "name").to_owned(),
        text(metadata, "namespace").to_owned(),
    );
    let Some(info) = lookup(version, kind).or_else(|| known.kind(version, kind)) else {
        return Err(Refusal::Client(ClientError::UnknownKind {
            file: file.to_owned(),
            name,
            namespace,
            kind: kind.to_owned(),
            version: version.to_owned(),
        }));
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
pub fn list_problems(document: &Document) -> Vec<Problem> {
    let problems = kind_problems(&document.root);
    if !problems.is_empty() {
        return problems;
    }
    let written = |key: &str| document.root.get(key).and_then(Node::as_str).unwrap_or_default();
    openapi::problems(written("apiVersion"), written("kind"), &document.root.to_value())
}

/// What is wrong with `apiVersion:` and `kind:` by themselves.
fn kind_problems(root: &Node) -> Vec<Problem> {
    if !matches!(root.kind, NodeKind::Mapping(_)) {
        return vec![Problem::NoObject];
    }
    ["apiVersion", "kind"]
        .into_iter()
        .filter_map(|key| match root.get(key).map(|node| &node.kind) {
            None | Some(NodeKind::Scalar(Value::Null)) => Some(Problem::NotSet { key }),
            Some(NodeKind::Scalar(Value::String(text))) => {
                let version = text.clone();
                (key == "apiVersion" && text.matches('/').count() > 1).then_some(Problem::GroupVersion { version })
            }
            Some(_) => Some(Problem::NotText { key }),
        })
        .collect()
}

/// The refusal of a whole `List` for what is wrong with its items; `None` if nothing is.
#[must_use]
pub fn list_refusal(documents: &[&Document], file: &str) -> Option<Refusal> {
    let mut problems: Vec<Problem> = Vec::new();
    for problem in documents.iter().flat_map(|document| list_problems(document)) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    (!problems.is_empty()).then(|| not_valid(file, problems))
}

fn not_valid(file: &str, problems: Vec<Problem>) -> Refusal {
    let file = file.to_owned();
    Refusal::Client(ClientError::NotValid { file, problems })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::parse;
    use crate::text::FileId;

    /// What kubectl says of a text that is wrong.
    fn words(file: &str, why: &str) -> String {
        format!(
            "error validating {file:?}: error validating data: {why}; if you choose to ignore these errors, turn validation off with --validate=false"
        )
    }

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
            assert_eq!(refused.message("", "", ""), words("web.yaml", why), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_items_is_wrong_with_the_list() {
        let text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, spec: {foo: 1}}\n- {kind: Pod}\n- {apiVersion: v1, kind: Unknown, foo: 1}\n";
        let parsed = parse(FileId(0), text);
        let all: Vec<&Document> = parsed.documents.iter().map(|it| &**it).collect();
        let refused = list_refusal(&all, "x").map(|it| it.message("", "", ""));
        assert_eq!(
            refused,
            Some(words(
                "x",
                "[ValidationError(Service.spec): unknown field \"foo\" in io.k8s.api.core.v1.ServiceSpec, apiVersion not set]"
            ))
        );
        assert_eq!(list_refusal(&all[2..], "x"), None);
    }
}
