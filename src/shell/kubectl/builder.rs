//! Which objects a command line means: `svc,po`, `svc web api`, `svc/web deploy/api`, `-l app=web`
//! (`cli-runtime pkg/resource/builder.go`).

use std::sync::Arc;

use serde_json::Value;

use super::context::{Context, SCRATCH};
use super::flags::Flags;
use super::resources::{self, Resource, reference};
use super::selector::{FieldSelector, LabelSelector};
use crate::api::custom::Definitions;
use crate::api::{self, Kind, NamespacedName, Object, ObjectRef};
use crate::cluster::Snapshot;
use crate::diag::Severity;
use crate::manifest;
use crate::shell::Output;

/// The warning that every call for Endpoints brings.
pub const ENDPOINTS_WARNING: &str =
    "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice\n";

/// What kubectl says when it has nothing to work on.
pub(super) const NOTHING_GIVEN: &str = "You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'";

/// What the arguments name.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// Every object of these types.
    Types(Vec<Resource>),
    /// Single objects: their types and names.
    Objects(Vec<(Resource, String)>),
}

/// Reads `TYPE`, `TYPE NAME…` or `TYPE/NAME…`; `None` for no arguments at all.
///
/// # Errors
/// In kubectl's words, without `error: `.
pub fn arguments(args: &[String], custom: &Definitions) -> Result<Option<Named>, String> {
    let Some(first) = args.first() else { return Ok(None) };
    if args.iter().any(|it| it.contains('/')) {
        if args.iter().any(|it| !it.contains('/')) {
            return Err(
                "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"
                    .to_owned(),
            );
        }
        let mut objects = Vec::new();
        for arg in args {
            let (kind, name) = arg.split_once('/').unwrap_or((arg, ""));
            if name.contains('/') {
                return Err("arguments in resource/name form may not have more than one slash".to_owned());
            }
            if kind.is_empty() || name.is_empty() {
                return Err("arguments in resource/name form must have a single resource and name".to_owned());
            }
            objects.push((resources::resolve_among(kind, custom)?, name.to_owned()));
        }
        return Ok(Some(Named::Objects(objects)));
    }
    let types = resources::resolve_all(first, custom)?;
    if args.len() == 1 {
        return Ok(Some(Named::Types(types)));
    }
    let names = &args[1..];
    Ok(Some(Named::Objects(
        types
            .iter()
            .flat_map(|&resource| names.iter().map(move |name| (resource, name.clone())))
            .collect(),
    )))
}

impl Named {
    /// What `-f` names, else the arguments; `None` where there is neither.
    ///
    /// # Errors
    /// The failure to print.
    pub fn of(context: &Context<'_>, flags: &Flags, args: &[String]) -> Result<Option<Self>, Output> {
        if flags.has("filename") {
            Self::of_files(context, flags).map(Some)
        } else {
            arguments(args, &context.definitions()).map_err(Output::error)
        }
    }

    /// What the arguments name, else `-f`: `rollout` and `wait` look in this order.
    ///
    /// # Errors
    /// The failure to print.
    pub fn of_arguments_first(context: &Context<'_>, flags: &Flags) -> Result<Option<Self>, Output> {
        match arguments(&flags.args, &context.definitions()).map_err(Output::error)? {
            None => Self::of(context, flags, &[]),
            named => Ok(named),
        }
    }

    /// The objects in the files of `-f`.
    ///
    /// # Errors
    /// The failure to print.
    pub fn of_files(context: &Context<'_>, flags: &Flags) -> Result<Self, Output> {
        let custom = context.definitions();
        let mut objects = Vec::new();
        for (name, text) in context.files_of(flags)? {
            let parsed = manifest::parse(SCRATCH, &text);
            if let Some(error) = parsed.diagnostics.iter().find(|it| it.severity == Severity::Error) {
                return Err(Output::error(format!("error parsing {name}: {}", error.message)));
            }
            for document in &parsed.documents {
                match api::read_with(document, &name, &custom) {
                    Ok(sent) => {
                        let value = &sent.value;
                        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
                        if let Some(resource) = resources::of_kind(text("apiVersion"), text("kind"), &custom) {
                            objects.push((resource, sent.name));
                        }
                    }
                    Err(refusal) => return Err(Output::failed(refusal.alone("", "", "") + "\n", 1)),
                }
            }
        }
        Ok(Self::Objects(objects))
    }

    /// Whether single objects are meant, not all of a type.
    #[must_use]
    pub fn are_objects(&self) -> bool {
        matches!(self, Self::Objects(_))
    }

    /// Passes objects, and types of which `selects` (`--all`, a selector) chooses some.
    ///
    /// # Errors
    /// The failure to print, for types alone.
    pub fn require_choice(&self, selects: bool) -> Result<(), Output> {
        match self {
            Self::Types(_) if !selects => Err(Output::error("resource(s) were provided, but no name was specified")),
            _ => Ok(()),
        }
    }
}

/// Where to look: a namespace, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The namespace of `-n`, or `default`.
    pub namespace: String,
    /// `-A`.
    pub all: bool,
}

impl Scope {
    /// The scope of a command's flags.
    #[must_use]
    pub fn of(flags: &Flags, namespace: &str) -> Self {
        Self {
            namespace: match flags.text("namespace") {
                None | Some("") => namespace.to_owned(),
                Some(namespace) => namespace.to_owned(),
            },
            all: flags.on("all-namespaces"),
        }
    }
}

/// The objects of one type that a listing gives.
pub struct Listing {
    /// Type of all its objects.
    pub resource: Resource,
    /// Its objects, by namespace and name.
    pub objects: Vec<Arc<Object>>,
}

/// Everything a command line means.
#[derive(Default)]
pub struct Selection {
    /// By type: listings, or objects that were named, in the order of the command line.
    pub listings: Vec<Listing>,
    /// Objects that are not there, as kubectl reports them.
    pub errors: Vec<String>,
    /// Whether exactly one object was asked for by name.
    pub single: bool,
    /// Whether the server was asked for Endpoints.
    pub warns: bool,
}

impl Selection {
    /// The output of a command over it, beginning with what the server warns of.
    #[must_use]
    pub fn output(&self) -> Output {
        Output {
            stderr: if self.warns { ENDPOINTS_WARNING } else { "" }.to_owned(),
            ..Output::default()
        }
    }

    /// The keys of all objects in order.
    #[must_use]
    pub fn keys(&self) -> Vec<(Resource, NamespacedName)> {
        self.objects()
            .map(|(resource, object)| (resource, object.metadata().key()))
            .collect()
    }

    /// Adds what is not there to the output, which fails by it.
    pub fn report(&self, output: &mut Output) {
        for error in &self.errors {
            output.stderr.push_str(error);
            output.exit_code = 1;
        }
    }

    /// All objects in order.
    pub fn objects(&self) -> impl Iterator<Item = (Resource, &Arc<Object>)> {
        self.listings
            .iter()
            .flat_map(|listing| listing.objects.iter().map(|object| (listing.resource, object)))
    }
}

/// Finds the objects named by `args` and selectors in a snapshot.
///
/// # Errors
/// The failure to print, where the server cannot be asked at all.
pub fn select(snapshot: &Snapshot, named: Named, flags: &Flags, scope: &Scope) -> Result<Selection, Output> {
    let labels = flags.text("selector").unwrap_or_default();
    let fields = flags.text("field-selector").unwrap_or_default();
    match named {
        Named::Objects(_) if !labels.is_empty() => {
            Err(Output::error("name cannot be provided when a selector is specified"))
        }
        Named::Objects(objects) => by_name(snapshot, &objects, scope),
        Named::Types(types) => {
            let mut selection = Selection::default();
            for resource in types {
                selection.warns |= resource.kind == Kind::Endpoints;
                let refuse = |why: String| {
                    let version = match resource.group {
                        "" => format!("/{}", resource.version),
                        group => format!("{group}/{}", resource.version),
                    };
                    let text = format!(
                        "Error from server (BadRequest): Unable to find \"{version}, Resource={}\" that match label selector \"{labels}\", field selector \"{fields}\": {why}\n",
                        resource.plural
                    );
                    Output::failed(text, 1)
                };
                let wanted = LabelSelector::parse(labels).map_err(refuse)?;
                let shaped = FieldSelector::parse(fields, resource).map_err(refuse)?;
                let objects = snapshot
                    .objects(resource.kind)
                    .filter(|it| is_of_type(resource, it))
                    .filter(|it| !resource.namespaced || scope.all || it.metadata().namespace == scope.namespace)
                    .filter(|it| wanted.matches(&it.value) && shaped.matches(&it.value))
                    .cloned()
                    .collect();
                selection.listings.push(Listing { resource, objects });
            }
            Ok(selection)
        }
    }
}

/// Kinds that are not simulated share one map; their type stands in the tree.
fn is_of_type(resource: Resource, object: &Object) -> bool {
    if resource.kind != Kind::Other {
        return true;
    }
    let text = |field: &str| object.value.get(field).and_then(Value::as_str).unwrap_or_default();
    let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
    text("kind") == resource.name && group == resource.group
}

fn by_name(snapshot: &Snapshot, objects: &[(Resource, String)], scope: &Scope) -> Result<Selection, Output> {
    let mut selection = Selection {
        single: objects.len() == 1,
        ..Selection::default()
    };
    for (resource, name) in objects {
        if resource.namespaced && scope.all {
            return Err(Output::error(
                "a resource cannot be retrieved by name across all namespaces",
            ));
        }
        selection.warns |= resource.kind == Kind::Endpoints;
        match find(snapshot, resource, &scope.namespace, name) {
            Ok(object) => match selection.listings.last_mut() {
                Some(listing) if listing.resource == *resource => listing.objects.push(object),
                _ => selection.listings.push(Listing {
                    resource,
                    objects: vec![object],
                }),
            },
            Err(error) => selection.errors.push(error),
        }
    }
    Ok(selection)
}

/// One object by name.
///
/// # Errors
/// `Error from server (NotFound): services "web" not found`, or the namespace that is missing.
pub fn find(snapshot: &Snapshot, resource: Resource, namespace: &str, name: &str) -> Result<Arc<Object>, String> {
    if let Some(object) = snapshot.object(&reference(resource, namespace, name)) {
        return Ok(Arc::clone(object));
    }
    let has_namespace = snapshot
        .object(&ObjectRef::new(Kind::Namespace, "", namespace))
        .is_some();
    Err(if resource.namespaced && !has_namespace {
        format!("Error from server (NotFound): namespaces {namespace:?} not found\n")
    } else {
        format!(
            "Error from server (NotFound): {} {name:?} not found\n",
            resources::plural_group(resource)
        )
    })
}
