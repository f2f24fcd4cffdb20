//! What every kind looks like: names, types, required fields, enums at every depth. Drives the strict check
//! of unknown fields and the editor's completion.
//!
//! The data (`kubernetes.txt`) is written by `tools/schema` from the types of `k8s-openapi`; lines are
//!
//! ```text
//! # kubernetes VERSION k8s-openapi VERSION fnv HASH-OF-THE-REST
//! K group version kind plural n|c short definition      kinds; `-`: none; n: in namespaces
//! P io.k8s.api.core.v1                                  package of the definitions that follow
//! D ServicePort                                         a definition; they are numbered from 0
//! port! i marks…                                        a field; `!`: required
//! ```
//!
//! Types: `s` string, `b` bool, `i` int32, `l` int64, `d` number, `q` quantity, `I` number or string, `t` and
//! `u` times, `y` base64, `x` anything, `@7` definition 7, `[` list of, `{` map to. Marks: `~Name` Go's name of
//! the type, `^Name` embedded struct, `*` pointer, `0` no pointer, `=A|B` allowed values.
//!
//! The kinds of the Gateway API (`gateway.txt`, written by hand) have the same form. They are custom resources,
//! so that what their structural schemas say stands here too, as marks behind the others: `/` a pattern, `>`
//! and `<` the least and the most (of a number, or characters, or items), `?` the default as JSON, `#name` a
//! list with one item per `name`, `#` a set; `[` before a mark: it holds for each item. `@Name` is the
//! definition of that name. [`structural`] makes the OpenAPI form of it that definitions have.
//!
//! ```
//! use kubehop::api::schema;
//!
//! let port = schema::field_at("v1", "Service", "spec.ports[0].protocol").expect("exists");
//! assert_eq!(port.enum_values().collect::<Vec<_>>(), ["SCTP", "TCP", "UDP"]);
//! ```

pub mod structural;

use std::sync::OnceLock;

const DATA: &str = include_str!("kubernetes.txt");
const GATEWAY_DATA: &str = include_str!("gateway.txt");

/// A kind and its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaKind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Version.
    pub version: &'static str,
    /// `kind:` as written.
    pub name: &'static str,
    /// Plural.
    pub plural: &'static str,
    /// Short name of `kubectl`; empty where there is none.
    pub short: &'static str,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    definition: u16,
}

impl SchemaKind {
    /// What its objects look like.
    #[must_use]
    pub fn definition(&self) -> &'static Definition {
        &data().definitions[self.definition as usize]
    }

    /// `apiVersion:` as written.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// A struct of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// `io.k8s.api.core.v1`.
    pub package: &'static str,
    /// `ServicePort`.
    pub name: &'static str,
    /// Its fields, sorted by name.
    pub fields: Vec<Field>,
}

impl Definition {
    /// The field of a name (the case counts).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .binary_search_by(|field| field.name.cmp(name))
            .ok()
            .map(|at| &self.fields[at])
    }

    /// `io.k8s.api.core.v1.ServicePort`, as hover texts and kubectl's own validation name it.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.package, self.name)
    }

    /// `v1.ServicePort`, as Go names it in messages.
    #[must_use]
    pub fn go_name(&self) -> String {
        format!("{}.{}", self.package.rsplit('.').next().unwrap_or_default(), self.name)
    }
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// As written (`targetPort`).
    pub name: &'static str,
    /// What it holds.
    pub ty: Type,
    /// Whether OpenAPI lists it as required.
    pub required: bool,
    /// Go's own name of a string type (`ServiceType`).
    pub(super) go_type: Option<&'static str>,
    /// The embedded struct that it stands in, in Go.
    pub(super) embedded: Option<&'static str>,
    pointer: Option<bool>,
    values: &'static str,
    /// What its structural schema says beside types and allowed values, as marks; empty for built-in kinds.
    rules: &'static str,
}

impl Field {
    /// The values that are allowed; none where any is.
    pub fn enum_values(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.values.split('|').filter(|value| !value.is_empty())
    }

    /// Whether Go holds a pointer, so that a zero value which was written is kept.
    pub(super) fn is_pointer(&self) -> bool {
        self.pointer.unwrap_or(matches!(
            self.ty,
            Type::Int32 | Type::Int64 | Type::Bool | Type::Object(_)
        ))
    }

    /// The struct that this field holds, directly, in a list, or in a map.
    #[must_use]
    pub fn definition(&self) -> Option<&'static Definition> {
        self.ty.definition()
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is named for what it is")]
pub enum Type {
    String,
    Bool,
    Int32,
    Int64,
    Number,
    Quantity,
    IntOrString,
    Time,
    MicroTime,
    /// Base64 text.
    Bytes,
    /// Anything.
    Any,
    /// A struct.
    Object(DefinitionId),
    List(Box<Type>),
    /// A map from text.
    Map(Box<Type>),
}

/// Number of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefinitionId(u16);

impl DefinitionId {
    /// The definition.
    #[must_use]
    pub fn get(self) -> &'static Definition {
        &data().definitions[self.0 as usize]
    }
}

impl Type {
    /// The struct at the bottom of lists and maps.
    #[must_use]
    pub fn definition(&self) -> Option<&'static Definition> {
        match self {
            Self::Object(id) => Some(id.get()),
            Self::List(inner) | Self::Map(inner) => inner.definition(),
            _ => None,
        }
    }

    /// As people say it: `string`, `list of object`, `map of string`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::List(inner) => format!("list of {}", inner.describe()),
            Self::Map(inner) => format!("map of {}", inner.describe()),
            Self::String | Self::Quantity | Self::Time | Self::MicroTime | Self::Bytes => "string".to_owned(),
            Self::Bool => "boolean".to_owned(),
            Self::Int32 | Self::Int64 => "integer".to_owned(),
            Self::Number => "number".to_owned(),
            Self::IntOrString => "integer or string".to_owned(),
            Self::Any => "any".to_owned(),
            Self::Object(_) => "object".to_owned(),
        }
    }
}

struct Data {
    kinds: Vec<SchemaKind>,
    definitions: Vec<Definition>,
}

fn data() -> &'static Data {
    static DATA_READ: OnceLock<Data> = OnceLock::new();
    DATA_READ.get_or_init(read)
}

/// All kinds.
#[must_use]
pub fn kinds() -> &'static [SchemaKind] {
    &data().kinds
}

/// The kind of this group, version and name.
#[must_use]
pub fn kind(group: &str, version: &str, name: &str) -> Option<&'static SchemaKind> {
    kinds()
        .iter()
        .find(|kind| kind.name == name && kind.version == version && kind.group == group)
}

/// What objects of `apiVersion` and `kind` look like.
#[must_use]
pub fn lookup(api_version: &str, name: &str) -> Option<&'static Definition> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    kind(group, version, name).map(SchemaKind::definition)
}

/// The struct at a path (`spec.ports[0]`, `spec.template.spec`); the object itself for an empty path.
#[must_use]
pub fn definition_at(api_version: &str, kind: &str, path: &str) -> Option<&'static Definition> {
    if path.is_empty() {
        return lookup(api_version, kind);
    }
    field_at(api_version, kind, path)?.definition()
}

/// The field at a path.
#[must_use]
pub fn field_at(api_version: &str, kind: &str, path: &str) -> Option<&'static Field> {
    let mut definition = lookup(api_version, kind)?;
    let mut steps = path
        .split('.')
        .map(|step| step.split('[').next().unwrap_or(step))
        .peekable();
    loop {
        let field = definition.field(steps.next()?)?;
        if steps.peek().is_none() {
            return Some(field);
        }
        definition = field.definition()?;
    }
}

fn read() -> Data {
    let mut data = Data {
        kinds: Vec::new(),
        definitions: Vec::new(),
    };
    let names: Vec<&str> = [DATA, GATEWAY_DATA]
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.strip_prefix("D "))
        .collect();
    let mut package = "";
    for line in DATA.lines().skip(1).chain(GATEWAY_DATA.lines().skip(1)) {
        if let Some(row) = line.strip_prefix("K ") {
            data.kinds.extend(read_kind(row, &names));
        } else if let Some(name) = line.strip_prefix("P ") {
            package = name;
        } else if let Some(name) = line.strip_prefix("D ") {
            data.definitions.push(Definition {
                package,
                name,
                fields: Vec::new(),
            });
        } else if let (Some(definition), Some(field)) = (data.definitions.last_mut(), read_field(line, &names)) {
            definition.fields.push(field);
        }
    }
    data
}

/// `@7` without its sign, or the name of a definition; of equal names the last, which is the file's own.
fn read_reference(text: &str, names: &[&str]) -> Option<u16> {
    text.parse()
        .ok()
        .or_else(|| names.iter().rposition(|it| *it == text)?.try_into().ok())
}

fn read_kind(row: &'static str, names: &[&str]) -> Option<SchemaKind> {
    let mut words = row.split(' ').map(|word| if word == "-" { "" } else { word });
    Some(SchemaKind {
        group: words.next()?,
        version: words.next()?,
        name: words.next()?,
        plural: words.next()?,
        namespaced: words.next()? == "n",
        short: words.next()?,
        definition: read_reference(words.next()?.trim_start_matches('@'), names)?,
    })
}

fn read_field(line: &'static str, names: &[&str]) -> Option<Field> {
    let (name, rest) = line.split_once(' ')?;
    let (ty, mut rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut field = Field {
        name: name.trim_end_matches('!'),
        required: name.ends_with('!'),
        ty: read_type(ty, names)?,
        go_type: None,
        embedded: None,
        pointer: None,
        values: "",
        rules: "",
    };
    while !rest.is_empty() {
        if rest.starts_with(['/', '>', '<', '?', '#', '[']) {
            field.rules = rest;
            break;
        }
        let (mark, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = behind;
        match mark.split_at(1) {
            ("~", name) => field.go_type = Some(name),
            ("^", name) => field.embedded = Some(name),
            ("=", values) => field.values = values,
            ("*", _) => field.pointer = Some(true),
            ("0", _) => field.pointer = Some(false),
            _ => return None,
        }
    }
    Some(field)
}

fn read_type(text: &str, names: &[&str]) -> Option<Type> {
    let (letter, rest) = text.split_at(1);
    Some(match letter {
        "s" => Type::String,
        "b" => Type::Bool,
        "i" => Type::Int32,
        "l" => Type::Int64,
        "d" => Type::Number,
        "q" => Type::Quantity,
        "I" => Type::IntOrString,
        "t" => Type::Time,
        "u" => Type::MicroTime,
        "y" => Type::Bytes,
        "x" => Type::Any,
        "@" => Type::Object(DefinitionId(read_reference(rest, names)?)),
        "[" => Type::List(Box::new(read_type(rest, names)?)),
        "{" => Type::Map(Box::new(read_type(rest, names)?)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::kind::KINDS;

    #[test]
    fn the_data_is_what_the_generator_wrote() {
        let (head, body) = DATA.split_once('\n').expect("has a head");
        let hash = body.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        assert_eq!(head, format!("# kubernetes v1.36 k8s-openapi 0.29.0 fnv {hash:016x}"));
    }

    #[test]
    fn every_line_is_understood() {
        let n_definitions = data().definitions.len();
        let n_fields = data().definitions.iter().map(|it| it.fields.len()).sum::<usize>();
        let counted = |text: &str| text.lines().skip(1).filter(|line| !line.starts_with("P ")).count();
        let lines = counted(DATA) + counted(GATEWAY_DATA);
        assert_eq!(lines, kinds().len() + n_definitions + n_fields);
        for definition in &data().definitions {
            assert!(
                definition.fields.is_sorted_by(|a, b| a.name < b.name),
                "{}",
                definition.name
            );
            for field in &definition.fields {
                if let Type::Object(id) = field.ty {
                    assert!((id.0 as usize) < n_definitions);
                }
            }
        }
        assert!(kinds().iter().all(|kind| kind.definition().name.starts_with(kind.name)));
    }

    #[test]
    fn every_simulated_kind_has_a_schema() {
        for info in KINDS {
            let kind = kind(info.group, info.version, info.name);
            assert!(
                kind.is_some_and(|it| it.namespaced == info.namespaced && it.plural == info.plural),
                "{}",
                info.name
            );
        }
    }

    #[test]
    fn fields_are_found_at_any_depth() {
        let field = field_at(
            "apps/v1",
            "Deployment",
            "spec.template.spec.containers[0].ports[1].containerPort",
        );
        assert!(field.is_some_and(|field| field.required && field.ty == Type::Int32));
        assert!(field_at("v1", "Service", "spec.slector").is_none());
        let names: Vec<_> = definition_at("v1", "Endpoints", "subsets[0]")
            .expect("exists")
            .fields
            .iter()
            .map(|field| field.name)
            .collect();
        assert_eq!(names, ["addresses", "notReadyAddresses", "ports"]);
        assert!(lookup("networking.k8s.io/v1beta1", "Ingress").is_none());
    }
}
