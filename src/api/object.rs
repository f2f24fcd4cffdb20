//! One stored object: its tree, its typed view, and how others refer to it.

use std::fmt;

use serde_json::Value;

use super::kind::Kind;
use super::namespaced_name::{NamespacedName, ObjectKey};
use super::types::{
    apps::{CronJob, DaemonSet, Deployment, Job, ReplicaSet, ReplicationController, StatefulSet},
    config::{ClusterConfiguration, ComputeFirewall, IpAddressPool, KubeProxyConfiguration, KubeletConfiguration},
    core::{ConfigMap, Endpoints, Namespace, Node, Pod, Secret, Service},
    discovery::EndpointSlice,
    meta::ObjectMeta,
    networking::{Ingress, IngressClass, NetworkPolicy},
    view::{WrongType, read},
};

/// Names one object: kind, namespace (empty for cluster-wide kinds), name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; empty for cluster-wide kinds.
    pub namespace: String,
    /// Its name. For [`Kind::Other`] `Kind.group/name`, so that kinds do not collide.
    pub name: String,
}

impl ObjectRef {
    /// A reference from its parts.
    pub fn new(kind: Kind, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind,
            namespace: namespace.into(),
            name: name.into(),
        }
    }

    /// A reference to the object of a kind that has this name.
    #[must_use]
    pub fn of(kind: Kind, key: &NamespacedName) -> Self {
        Self::new(kind, &key.namespace, &key.name)
    }

    /// Namespace and name: what the object is stored under among those of its kind.
    #[must_use]
    pub fn key(&self) -> NamespacedName {
        NamespacedName::new(&self.namespace, &self.name)
    }
}

impl From<ObjectRef> for NamespacedName {
    fn from(reference: ObjectRef) -> Self {
        Self::new(reference.namespace, reference.name)
    }
}

impl ObjectKey for ObjectRef {
    fn parts(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }
}

impl fmt::Display for ObjectRef {
    /// `Service/shop/web`, or `Node/node-1` for cluster-wide kinds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.kind.name(), self.name)
        } else {
            write!(f, "{}/{}/{}", self.kind.name(), self.namespace, self.name)
        }
    }
}

/// An object as the API server holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The whole tree, defaulted, as `kubectl get -o json` prints it. The truth; `typed` is made from it.
    pub value: Value,
    /// The part Kubehop acts on.
    pub typed: Typed,
}

/// A type with a stored kind.
pub trait Resource: Sized {
    /// Its kind.
    const KIND: Kind;
    /// The view, if that is what it is.
    fn of(typed: &Typed) -> Option<&Self>;
    /// Its metadata.
    fn metadata(&self) -> &ObjectMeta;
}

macro_rules! typed {
    ($($variant:ident($ty:ty)),* $(,)?) => {
        /// Typed views, one per simulated kind.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "each variant is the Kubernetes kind of that name")]
        pub enum Typed {
            $($variant(Box<$ty>),)*
            /// Of the Gateway API; the rest is read from the tree by whoever acts on it.
            GatewayApi(Kind, Box<ObjectMeta>),
            /// Stored without effect.
            Other(Box<ObjectMeta>),
        }

        impl Typed {
            /// Reads the view of `kind` out of a tree.
            ///
            /// # Errors
            /// When the tree does not have the types of that kind; the schema check comes before this.
            pub fn from_value(kind: Kind, value: &Value) -> Result<Self, Box<WrongType>> {
                let metadata = || read(value.get("metadata").unwrap_or(&Value::Null));
                Ok(match kind {
                    $(Kind::$variant => Self::$variant(Box::new(read(value)?)),)*
                    Kind::Other => Self::Other(Box::new(metadata()?)),
                    Kind::GatewayClass
                    | Kind::Gateway
                    | Kind::ListenerSet
                    | Kind::HttpRoute
                    | Kind::GrpcRoute
                    | Kind::TlsRoute
                    | Kind::TcpRoute
                    | Kind::UdpRoute
                    | Kind::ReferenceGrant
                    | Kind::BackendTlsPolicy => Self::GatewayApi(kind, Box::new(metadata()?)),
                })
            }

            /// The kind of this view.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$variant(_) => Kind::$variant,)*
                    Self::GatewayApi(kind, _) => *kind,
                    Self::Other(_) => Kind::Other,
                }
            }

            /// Its metadata.
            #[must_use]
            pub fn metadata(&self) -> &ObjectMeta {
                match self {
                    $(Self::$variant(it) => &it.metadata,)*
                    Self::GatewayApi(_, it) | Self::Other(it) => it,
                }
            }

            /// Its metadata, for a writer that changes the tree alike.
            pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
                match self {
                    $(Self::$variant(it) => &mut it.metadata,)*
                    Self::GatewayApi(_, it) | Self::Other(it) => it,
                }
            }
        }

        $(impl Resource for $ty {
            const KIND: Kind = Kind::$variant;
            fn of(typed: &Typed) -> Option<&Self> {
                match typed {
                    Typed::$variant(it) => Some(it),
                    _ => None,
                }
            }
            fn metadata(&self) -> &ObjectMeta {
                &self.metadata
            }
        })*
    };
}

typed! {
    Namespace(Namespace),
    Node(Node),
    Pod(Pod),
    Deployment(Deployment),
    ReplicaSet(ReplicaSet),
    StatefulSet(StatefulSet),
    DaemonSet(DaemonSet),
    ReplicationController(ReplicationController),
    Job(Job),
    CronJob(CronJob),
    Service(Service),
    Endpoints(Endpoints),
    EndpointSlice(EndpointSlice),
    Ingress(Ingress),
    IngressClass(IngressClass),
    NetworkPolicy(NetworkPolicy),
    Secret(Secret),
    ConfigMap(ConfigMap),
    ClusterConfiguration(ClusterConfiguration),
    KubeProxyConfiguration(KubeProxyConfiguration),
    KubeletConfiguration(KubeletConfiguration),
    IpAddressPool(IpAddressPool),
    ComputeFirewall(ComputeFirewall),
}

impl Object {
    /// An object from its tree.
    ///
    /// # Errors
    /// As [`Typed::from_value`].
    pub fn from_value(kind: Kind, value: Value) -> Result<Self, Box<WrongType>> {
        let typed = Typed::from_value(kind, &value)?;
        Ok(Self { value, typed })
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.typed.kind()
    }

    /// Its metadata.
    #[must_use]
    pub fn metadata(&self) -> &ObjectMeta {
        self.typed.metadata()
    }

    /// The namespace and name under which it is stored among the objects of its kind; the name as
    /// [`ObjectRef::name`] says.
    #[must_use]
    pub fn key(&self) -> NamespacedName {
        let meta = self.metadata();
        let text = |key: &str| self.value.get(key).and_then(Value::as_str).unwrap_or_default();
        match self.kind() {
            Kind::Other => {
                let group = text("apiVersion").split_once('/').map_or("", |(group, _)| group);
                let name = format!("{}.{group}/{}", text("kind"), meta.name);
                NamespacedName::new(&meta.namespace, name)
            }
            _ => meta.key(),
        }
    }

    /// The reference under which it is stored.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        let NamespacedName { namespace, name } = self.key();
        ObjectRef::new(self.kind(), namespace, name)
    }
}
