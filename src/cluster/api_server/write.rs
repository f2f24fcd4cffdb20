//! Creating, updating and deleting objects, in the order of a real API server.

use serde_json::Value;

use super::super::{patch, tree};
use super::ApiServer;
use super::service::{self, Allocator};
use crate::api::codes::{BadRequest, Forbidden, NotFound, ResourceName, Undecodable, UnknownFields};
use crate::api::custom::{self, DEFINITION, DEFINITION_GROUP, Definitions};
use crate::api::defaults::DAEMON_SET_GENERATION;
use crate::api::kind::KindInfo;
use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::api::types::pod_phase::PodPhase;
use crate::api::{
    Kind, NamespacedName, Object, ObjectRef, Refusal, Sent, Typed, Warning, decode, default_object, finish, schema,
    validate_create, validate_update, warnings,
};

/// Kinds that count their changes of `spec` in `metadata.generation`.
fn has_generation(kind: Kind) -> bool {
    kind.is_gateway_api()
        || matches!(
            kind,
            Kind::Pod
                | Kind::Deployment
                | Kind::ReplicaSet
                | Kind::StatefulSet
                | Kind::DaemonSet
                | Kind::ReplicationController
                | Kind::Job
                | Kind::CronJob
                | Kind::EndpointSlice
                | Kind::Ingress
                | Kind::IngressClass
                | Kind::NetworkPolicy
        )
}

/// Whether `PUT` makes an object of this kind that is not there.
fn is_created_by_put(info: &KindInfo) -> bool {
    match info.group {
        "" => matches!(info.name, "Service" | "Endpoints" | "Event" | "LimitRange"),
        "coordination.k8s.io" => info.name == "Lease",
        "events.k8s.io" => info.name == "Event",
        "rbac.authorization.k8s.io" => true,
        _ => false,
    }
}

/// How the names of a kind appear in messages: `services`, `ingresses.networking.k8s.io`.
#[must_use]
pub fn resource_name(info: &KindInfo) -> String {
    if info.group.is_empty() {
        info.plural.to_owned()
    } else {
        format!("{}.{}", info.plural, info.group)
    }
}

/// An object as messages name it.
#[must_use]
pub fn named(info: &KindInfo, name: &str) -> ResourceName {
    ResourceName {
        resource: resource_name(info),
        name: name.to_owned(),
    }
}

fn not_found(info: &KindInfo, reference: &ObjectRef) -> Refusal {
    Refusal::NotFound(NotFound::Object(named(info, &reference.name)))
}

/// An object was created or updated.
#[derive(Clone, Debug)]
pub struct Written {
    /// Which.
    pub reference: ObjectRef,
    /// What the server adds as `Warning: …`.
    pub warnings: Vec<Warning>,
    /// Whether an update changed anything.
    pub changed: bool,
}

impl ApiServer {
    /// Creates an object as `POST` does. A `status` that comes along is kept: learners paste what
    /// `kubectl get -o yaml` printed.
    ///
    /// # Errors
    /// In the API server's words, when it would refuse.
    pub fn create(&mut self, info: &KindInfo, sent: &Value) -> Result<Written, Refusal> {
        let mut value = decode(info, sent)?;
        let custom = self.custom_schema(info);
        if let Some(schema) = &custom {
            read_custom(info, schema, &mut value)?;
        }
        self.name_it(info, &mut value);
        let name = tree::text(&value, &["metadata", "name"]).to_owned();
        if info.namespaced {
            let namespace = tree::text(&value, &["metadata", "namespace"]).to_owned();
            if info.kind == Kind::IpAddressPool || info.group == "metallb.io" {
                // A pool says that MetalLB is installed, and with it came its namespace.
                self.ensure_namespace(&namespace);
            }
            self.admit_namespace(&resource_name(info), &namespace, &name)?;
        }
        default_object(info.kind, &mut value);
        self.admit_create(info.kind, &mut value);
        finish(info, &mut value);
        self.fill_system_fields(info, &mut value);
        if info.kind == Kind::Job {
            generate_selector(&mut value);
        }
        let mut object = read_object(info, value)?;
        if let Typed::Service(service) = &mut object.typed {
            let mut allocator = Allocator {
                config: &self.config,
                held: &self.allocations,
                rng: &mut self.rng,
                taken_ports: Vec::new(),
            };
            service::allocate_create(&mut allocator, service, &mut object.value)?;
        }
        let mut errors = validate_create(info.kind, &object.value);
        if let Some(schema) = &custom {
            errors.extend(custom::validate(schema, &object.value));
        }
        if !errors.is_empty() {
            return Err(Refusal::Invalid(errors));
        }
        if let Typed::Ingress(ingress) = &object.typed {
            self.review_ingress(ingress)?;
        }
        if self.store.object(&object.reference()).is_some() {
            return Err(Refusal::AlreadyExists(named(info, &name)));
        }
        let warnings = warnings(info.kind, &object.value, None);
        let reference = self.store_new(object);
        Ok(Written {
            reference,
            warnings,
            changed: true,
        })
    }

    /// The definitions of kinds that are stored.
    fn stored_definitions(&self) -> impl Iterator<Item = &Value> {
        let all = self.store.all(Kind::Other).map(|(_, object)| &object.value);
        all.filter(|it| {
            let version = tree::text(it, &["apiVersion"]);
            tree::text(it, &["kind"]) == DEFINITION && version.split('/').next() == Some(DEFINITION_GROUP)
        })
    }

    /// The kinds that stored definitions add.
    #[must_use]
    pub fn definitions(&self) -> Definitions {
        let mut known = Definitions::default();
        self.stored_definitions().for_each(|it| known.add(it));
        known
    }

    /// The schema of a kind that a stored definition adds.
    fn custom_schema(&self, info: &KindInfo) -> Option<Value> {
        if info.kind != Kind::Other || schema::kind(info.group, info.version, info.name).is_some() {
            return None;
        }
        let mut all = self.stored_definitions();
        let definition = all.find(|it| {
            tree::text(it, &["spec", "group"]) == info.group && tree::text(it, &["spec", "names", "kind"]) == info.name
        })?;
        custom::schema(definition, info.version).cloned()
    }

    /// The reference under which a document's object is or would be stored.
    #[must_use]
    pub fn reference_of(sent: &Sent) -> ObjectRef {
        let name = match sent.kind {
            Kind::ClusterConfiguration if sent.name.is_empty() => "kubeadm-config".to_owned(),
            Kind::KubeProxyConfiguration if sent.name.is_empty() => "kube-proxy".to_owned(),
            Kind::KubeletConfiguration if sent.name.is_empty() => "kubelet-config".to_owned(),
            Kind::Other => format!("{}.{}/{}", sent.info.name, sent.info.group, sent.name),
            _ => sent.name.clone(),
        };
        ObjectRef::new(sent.kind, sent.namespace.clone(), name)
    }

    /// Replaces a stored object as `PUT` does; kinds whose strategy allows it are created where they are not there
    /// (`AllowCreateOnUpdate` in `kubernetes pkg/registry/*/*/strategy.go`).
    ///
    /// # Errors
    /// In the API server's words, when it would refuse.
    pub fn put(&mut self, info: &KindInfo, reference: &ObjectRef, mut new: Value) -> Result<Written, Refusal> {
        if self.store.object(reference).is_none() && is_created_by_put(info) {
            tree::remove(&mut new, &["metadata", "resourceVersion"]);
            return self.create(info, &new);
        }
        self.update(info, reference, new)
    }

    /// Replaces a stored object by a new version, as `PUT` and `PATCH` do once the new version is known.
    ///
    /// # Errors
    /// In the API server's words, when it would refuse.
    pub fn update(&mut self, info: &KindInfo, reference: &ObjectRef, new: Value) -> Result<Written, Refusal> {
        let Some(old) = self.store.object(reference).map(std::sync::Arc::clone) else {
            return Err(not_found(info, reference));
        };
        let mut value = new;
        let given = tree::text(&value, &["metadata", "resourceVersion"]);
        if !given.is_empty() && given != old.metadata().resource_version {
            return Err(Refusal::Conflict(named(info, &old.metadata().name)));
        }
        keep_system_fields(&mut value, &old);
        if info.kind.is_gateway_api() && !self.as_stored {
            // Only the subresource `status` writes it.
            match old.value.get("status") {
                Some(status) => tree::set(&mut value, &["status"], status.clone()),
                None => {
                    tree::remove(&mut value, &["status"]);
                }
            }
        }
        let custom = self.custom_schema(info).filter(|_| !self.as_stored);
        if let Some(schema) = &custom {
            read_custom(info, schema, &mut value)?;
        }
        if !self.as_stored {
            default_object(info.kind, &mut value);
            finish(info, &mut value);
        } else if info.kind == Kind::Service {
            default_object(info.kind, &mut value);
        }
        let mut object = read_object(info, value)?;
        if !self.as_stored {
            if let (Typed::Service(service), Typed::Service(before)) = (&mut object.typed, &old.typed) {
                let mut allocator = Allocator {
                    config: &self.config,
                    held: &self.allocations,
                    rng: &mut self.rng,
                    taken_ports: Vec::new(),
                };
                service::allocate_update(&mut allocator, service, &mut object.value, before)?;
            }
            let mut errors = validate_update(info.kind, &object.value, &old.value);
            if let Some(schema) = &custom {
                errors.extend(custom::validate(schema, &object.value));
            }
            if !errors.is_empty() {
                return Err(Refusal::Invalid(errors));
            }
            if let Typed::Ingress(ingress) = &object.typed {
                self.review_ingress(ingress)?;
            }
        }
        let warnings = if self.as_stored {
            Vec::new()
        } else {
            warnings(info.kind, &object.value, Some(&old.value))
        };
        if info.kind == Kind::DaemonSet {
            count_templates(&mut object, &old);
        }
        let changed = object.value != old.value;
        if changed {
            count_generation(info.kind, &mut object, &old);
            self.store_update(object, &old);
        }
        Ok(Written {
            reference: reference.clone(),
            warnings,
            changed,
        })
    }

    /// Merges a strategic merge patch into a stored object, as `PATCH` does.
    ///
    /// # Errors
    /// In the API server's words, when it would refuse the patch or what comes of it.
    pub fn patch(&mut self, info: &KindInfo, reference: &ObjectRef, patch: &Value) -> Result<Written, Refusal> {
        let Some(current) = self.store.object(reference) else {
            return Err(not_found(info, reference));
        };
        let merged = patch::apply(info.kind, &current.value, patch);
        let merged = decode::decode_update(info, &merged, patch)?;
        self.update(info, reference, merged)
    }

    /// Replaces the status of a stored object, as a write to its subresource `status` does; controllers
    /// leave the new status of a pod or an Ingress alone from then on.
    ///
    /// # Errors
    /// When there is no such object, or the status does not have the types of its kind.
    pub fn update_status(&mut self, info: &KindInfo, reference: &ObjectRef, new: &Value) -> Result<Written, Refusal> {
        let Some(old) = self.store.object(reference).map(std::sync::Arc::clone) else {
            return Err(not_found(info, reference));
        };
        let mut value = old.value.clone();
        match new.get("status") {
            Some(status) => tree::set(&mut value, &["status"], status.clone()),
            None => {
                tree::remove(&mut value, &["status"]);
            }
        }
        if info.kind == Kind::Service {
            default_object(Kind::Service, &mut value);
        }
        let object = read_object(info, value)?;
        let key = reference.key();
        match info.kind {
            Kind::Pod => {
                self.given.pod_status.insert(key);
            }
            Kind::Ingress => {
                self.given.ingress_status.insert(key);
            }
            _ => {}
        }
        let changed = object.value != old.value;
        if changed {
            self.store_update(object, &old);
        }
        Ok(Written {
            reference: reference.clone(),
            warnings: Vec::new(),
            changed,
        })
    }

    /// Makes a namespace that is not there.
    fn ensure_namespace(&mut self, name: &str) {
        let key = NamespacedName::cluster_wide(name);
        if self.store.get(Kind::Namespace, &key).is_none()
            && let Some(info) = Kind::Namespace.info()
        {
            let value = serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            // A name that no namespace can have is refused here and missed by admission.
            let _ = self.create(info, &value);
        }
    }

    /// Puts the namespace in, and makes up a name from `generateName`.
    fn name_it(&mut self, info: &KindInfo, value: &mut Value) {
        if info.namespaced && tree::text(value, &["metadata", "namespace"]).is_empty() {
            tree::set(value, &["metadata", "namespace"], "default".into());
        }
        if !info.namespaced {
            tree::remove(value, &["metadata", "namespace"]);
        }
        let prefix = tree::text(value, &["metadata", "generateName"]).to_owned();
        if tree::text(value, &["metadata", "name"]).is_empty() && !prefix.is_empty() {
            let namespace = tree::text(value, &["metadata", "namespace"]).to_owned();
            let name = self.generated_name(info.kind, &namespace, &prefix);
            tree::set(value, &["metadata", "name"], name.into());
        }
    }

    /// Stores a document as a server would hold it: what it gives is kept, what it lacks is not made up.
    ///
    /// # Errors
    /// When the tree does not have the types of its kind.
    pub fn store_document(&mut self, info: &KindInfo, mut value: Value) -> Result<Written, Refusal> {
        self.name_it(info, &mut value);
        let given_time = tree::get(&value, &["metadata", "creationTimestamp"]).cloned();
        let given_uid = tree::get(&value, &["metadata", "uid"]).cloned();
        self.fill_system_fields(info, &mut value);
        if let Some(time) = given_time.filter(|it| it.is_string()) {
            tree::set(&mut value, &["metadata", "creationTimestamp"], time);
        }
        if let Some(uid) = given_uid.filter(|it| it.is_string()) {
            tree::set(&mut value, &["metadata", "uid"], uid);
        }
        if matches!(info.kind, Kind::Pod | Kind::Service) {
            // The server fills in defaults of what it reads from its store, too.
            default_object(info.kind, &mut value);
        }
        let object = read_object(info, value)?;
        if self.store.object(&object.reference()).is_some() {
            return Err(Refusal::AlreadyExists(named(info, &object.metadata().name)));
        }
        let reference = self.store_new(object);
        Ok(Written {
            reference,
            warnings: Vec::new(),
            changed: true,
        })
    }

    /// Uid, creation time and generation of a new object (`rest.FillObjectMetaSystemFields`).
    fn fill_system_fields(&mut self, info: &KindInfo, value: &mut Value) {
        let uid = self.new_uid();
        let now = self.now.to_string();
        tree::set(value, &["metadata", "uid"], uid.into());
        tree::set(value, &["metadata", "creationTimestamp"], now.into());
        tree::remove(value, &["metadata", "selfLink"]);
        tree::remove(value, &["metadata", "managedFields"]);
        if has_generation(info.kind) {
            tree::set(value, &["metadata", "generation"], 1.into());
        } else {
            tree::remove(value, &["metadata", "generation"]);
        }
    }

    /// Stores a new object that a controller made, with uid, creation time and generation.
    ///
    /// # Errors
    /// When the tree does not have the types of its kind.
    pub fn insert(&mut self, kind: Kind, mut value: Value) -> Result<ObjectRef, Refusal> {
        let Some(info) = kind.info() else {
            return Err(Refusal::BadRequest(BadRequest::NoKind));
        };
        self.fill_system_fields(info, &mut value);
        let object = read_object(info, value)?;
        Ok(self.store_new(object))
    }

    /// Stores a complete new object.
    pub(super) fn store_new(&mut self, object: Object) -> ObjectRef {
        self.note_given(&object);
        match &object.typed {
            Typed::Service(service) => self.allocations.hold(service),
            Typed::Node(_) if !self.loading_preset => self.replace_preset_nodes(&object),
            _ => {}
        }
        let settings = is_settings(&object.typed);
        let reference = self.store.put(object);
        if settings {
            // Documents that follow in the same text count on them.
            self.refresh_config();
        }
        reference
    }

    /// Stores a new version of an object.
    fn store_update(&mut self, object: Object, old: &Object) {
        self.note_given(&object);
        if let (Typed::Service(service), Typed::Service(before)) = (&object.typed, &old.typed) {
            self.allocations.release(before);
            self.allocations.hold(service);
        }
        let settings = is_settings(&object.typed);
        self.store.put(object);
        if settings {
            self.refresh_config();
        }
    }

    /// Remembers what came with the document and is not for controllers to overwrite.
    fn note_given(&mut self, object: &Object) {
        let meta = object.metadata();
        let key = meta.key();
        match &object.typed {
            Typed::Pod(pod) => {
                let status = &pod.status;
                let fresh = self.store.get(Kind::Pod, &key).is_none();
                let begun = !status.phase.is_empty() && pod.phase() != Some(PodPhase::Pending);
                if fresh && (!status.conditions.is_empty() || begun) {
                    self.given.pod_status.insert(key);
                }
            }
            Typed::Ingress(ingress) => {
                let fresh = self.store.get(Kind::Ingress, &key).is_none();
                if fresh && !ingress.status.load_balancer.ingress.is_empty() {
                    self.given.ingress_status.insert(key);
                }
            }
            Typed::Endpoints(_) if self.as_stored && !self.loading_preset => {
                self.given.endpoints.insert(key);
            }
            Typed::EndpointSlice(_) if self.as_stored && !self.loading_preset => {
                if let Some(service) = meta.labels.get(SERVICE_NAME_LABEL) {
                    let service = NamespacedName::new(&meta.namespace, service);
                    self.given.endpoints.insert(service.clone());
                    self.given.slices.insert(service);
                }
            }
            _ => {}
        }
    }

    /// Removes an object for good, with what the server keeps about it.
    pub fn remove(&mut self, kind: Kind, key: &NamespacedName) {
        let Some(object) = self.store.remove(kind, key) else {
            return;
        };
        self.forget_origin(&object.reference());
        match &object.typed {
            Typed::Pod(_) => {
                self.given.pod_status.remove(key);
            }
            Typed::Ingress(_) => {
                self.given.ingress_status.remove(key);
            }
            Typed::Service(service) => self.allocations.release(service),
            _ => {}
        }
    }

    /// A name that a prefix and five random letters make; not one that is taken.
    pub fn generated_name(&mut self, kind: Kind, namespace: &str, prefix: &str) -> String {
        // Names are cut so that the random letters fit (`apiserver pkg/storage/names/generate.go`).
        let prefix: String = prefix.chars().take(63 - 5).collect();
        loop {
            let name = format!("{prefix}{}", self.rng.name_suffix(5));
            if self.store.get(kind, &(namespace, name.as_str())).is_none() {
                return name;
            }
        }
    }

    /// Creates a pod for a workload.
    ///
    /// # Errors
    /// As [`ApiServer::create`].
    pub fn create_pod(&mut self, value: Value) -> Result<ObjectRef, Refusal> {
        let info = Kind::Pod.info().expect("pods are a known kind");
        self.create(info, &value).map(|written| written.reference)
    }

    /// Tells a pod to end, within its own grace period or the one given, in seconds. What runs nowhere is
    /// gone at once.
    pub fn delete_pod(&mut self, key: &NamespacedName, grace: Option<i64>) {
        let Some(object) = self.store.get(Kind::Pod, key) else {
            return;
        };
        let Typed::Pod(pod) = &object.typed else { return };
        let own = pod.spec.termination_grace_period_seconds.unwrap_or(30);
        let grace = grace.unwrap_or(own).clamp(0, i64::from(i32::MAX));
        if grace == 0 || pod.is_terminal() || pod.spec.node_name.is_empty() {
            self.remove(Kind::Pod, key);
            return;
        }
        let deadline = (self.now + crate::sim::Duration::from_secs(grace)).to_string();
        self.store.edit(Kind::Pod, key, |object| {
            let meta = object.typed.metadata_mut();
            if meta.deletion_timestamp.is_some() {
                return false;
            }
            meta.deletion_timestamp = Some(deadline.clone());
            meta.deletion_grace_period_seconds = Some(grace);
            meta.generation += 1;
            let generation = meta.generation;
            tree::set(&mut object.value, &["metadata", "deletionTimestamp"], deadline.into());
            tree::set(
                &mut object.value,
                &["metadata", "deletionGracePeriodSeconds"],
                grace.into(),
            );
            tree::set(&mut object.value, &["metadata", "generation"], generation.into());
            true
        });
    }

    /// Whether the API server lets an object be deleted.
    ///
    /// # Errors
    /// For namespaces that every cluster needs.
    pub fn may_delete(&self, reference: &ObjectRef) -> Result<(), Refusal> {
        let immortal = matches!(reference.name.as_str(), "default" | "kube-system" | "kube-public");
        if reference.kind == Kind::Namespace && immortal {
            return Err(Refusal::Forbidden(Forbidden::NamespaceNeeded {
                namespace: reference.name.clone(),
            }));
        }
        Ok(())
    }

    /// Deletes an object with what depends on it; pods within `grace` seconds or their own period.
    pub fn delete(&mut self, reference: &ObjectRef, grace: Option<i64>) {
        let key = reference.key();
        match reference.kind {
            Kind::Pod => self.delete_pod(&key, grace),
            Kind::Namespace => self.delete_namespace(&key),
            kind => {
                self.delete_custom(reference);
                self.remove(kind, &key);
            }
        }
    }

    /// With the definition of a kind go its objects.
    fn delete_custom(&mut self, reference: &ObjectRef) {
        let Some(object) = self.store.object(reference).filter(|_| reference.kind == Kind::Other) else {
            return;
        };
        if !reference.name.starts_with(&format!("{DEFINITION}.{DEFINITION_GROUP}/")) {
            return;
        }
        let spec = |path: &[&str]| tree::text(&object.value, path);
        let prefix = format!("{}.{}/", spec(&["spec", "names", "kind"]), spec(&["spec", "group"]));
        let all = self.store.all(Kind::Other).map(|(key, _)| key);
        let gone: Vec<NamespacedName> = all.filter(|key| key.name.starts_with(&prefix)).cloned().collect();
        for key in gone {
            self.remove(Kind::Other, &key);
        }
    }

    /// A namespace goes once everything in it is gone.
    fn delete_namespace(&mut self, key: &NamespacedName) {
        let now = self.now.to_string();
        self.store.edit(Kind::Namespace, key, |object| {
            let meta = object.typed.metadata_mut();
            if meta.deletion_timestamp.is_some() {
                return false;
            }
            meta.deletion_timestamp = Some(now.clone());
            tree::set(&mut object.value, &["metadata", "deletionTimestamp"], now.into());
            tree::set(&mut object.value, &["status", "phase"], "Terminating".into());
            true
        });
    }

    /// The server's warnings about an object as it stands.
    #[must_use]
    pub fn warnings_of(&self, kind: Kind, value: &Value) -> Vec<Warning> {
        warnings(kind, value, Some(value))
    }
}

/// Whether an object sets the cluster's configuration.
fn is_settings(typed: &Typed) -> bool {
    matches!(
        typed,
        Typed::ClusterConfiguration(_)
            | Typed::KubeProxyConfiguration(_)
            | Typed::KubeletConfiguration(_)
            | Typed::IpAddressPool(_)
    )
}

/// Reads an object of a kind that a definition adds: unknown fields are refused, defaults filled in.
fn read_custom(info: &KindInfo, schema: &Value, value: &mut Value) -> Result<(), Refusal> {
    let unknown = custom::unknown_fields(schema, value);
    if !unknown.is_empty() {
        return Err(Refusal::BadRequest(BadRequest::Undecodable {
            kind: info.name.to_owned(),
            version: info.version.to_owned(),
            why: Undecodable::UnknownFields(UnknownFields(unknown)),
        }));
    }
    custom::default(schema, value);
    Ok(())
}

/// The typed object of a decoded tree.
fn read_object(info: &KindInfo, value: Value) -> Result<Object, Refusal> {
    Object::from_value(info.kind, value).map_err(|error| {
        Refusal::BadRequest(BadRequest::Undecodable {
            kind: info.name.to_owned(),
            version: info.version.to_owned(),
            why: Undecodable::Stored(error.to_string()),
        })
    })
}

/// Fields that a new version cannot change by leaving them out.
fn keep_system_fields(value: &mut Value, old: &Object) {
    for field in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
    ] {
        let keep = tree::get(&old.value, &["metadata", field]).cloned();
        let given = tree::get(value, &["metadata", field]).is_some_and(|it| !it.is_null());
        match keep {
            Some(keep) if field != "uid" || !given => tree::set(value, &["metadata", field], keep),
            Some(_) => {}
            None => {
                tree::remove(value, &["metadata", field]);
            }
        }
    }
    let version = old.metadata().resource_version.as_str();
    tree::set(value, &["metadata", "resourceVersion"], version.into());
}

/// Gives a Job the selector that only its own pods have (`generateSelector` in `pkg/registry/batch/job/strategy.go`).
fn generate_selector(value: &mut Value) {
    if tree::get(value, &["spec", "manualSelector"]) == Some(&Value::Bool(true)) {
        return;
    }
    let own = |field: &str| tree::text(value, &["metadata", field]).to_owned();
    let (name, uid) = (own("name"), own("uid"));
    let labels = |it: &Value, path: &[&str]| tree::get(it, path).cloned();
    // Defaulted labels and those of the template are one map in Go.
    let shared = labels(value, &["metadata", "labels"]) == labels(value, &["spec", "template", "metadata", "labels"]);
    for (label, text) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        tree::set(
            value,
            &["spec", "template", "metadata", "labels", label],
            text.as_str().into(),
        );
        if shared {
            tree::set(value, &["metadata", "labels", label], text.as_str().into());
        }
    }
    let selector = serde_json::json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
    tree::set(value, &["spec", "selector"], selector);
}

/// Counts the templates of a DaemonSet (`daemonSetStrategy.PrepareForUpdate`).
fn count_templates(object: &mut Object, old: &Object) {
    let path = ["metadata", "annotations", DAEMON_SET_GENERATION];
    let before: i64 = tree::text(&old.value, &path).parse().unwrap_or(1);
    let template = |it: &Value| tree::get(it, &["spec", "template"]).cloned();
    let count = before + i64::from(template(&object.value) != template(&old.value));
    tree::set(&mut object.value, &path, count.to_string().into());
    let annotations = &mut object.typed.metadata_mut().annotations;
    annotations.insert(DAEMON_SET_GENERATION.to_owned(), count.to_string());
}

/// Counts a change of anything but metadata and status.
fn count_generation(kind: Kind, object: &mut Object, old: &Object) {
    if !has_generation(kind) {
        return;
    }
    let plain = |value: &Value| {
        let mut value = value.clone();
        tree::remove(&mut value, &["metadata"]);
        tree::remove(&mut value, &["status"]);
        value
    };
    if plain(&object.value) != plain(&old.value) {
        let generation = old.metadata().generation + 1;
        object.typed.metadata_mut().generation = generation;
        tree::set(&mut object.value, &["metadata", "generation"], generation.into());
    }
}
