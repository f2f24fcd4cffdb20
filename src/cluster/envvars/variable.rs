//! A variable, where it comes from, and why one cannot be had.

/// Why a container does not start (`CreateContainerConfigError`), in the kubelet's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// Services are not listed yet.
    #[error("services have not yet been read at least once, cannot construct envvars")]
    ServicesNotRead,
    /// A ConfigMap is not there.
    #[error("configmap \"{0}\" not found")]
    NoConfigMap(String),
    /// A Secret is not there.
    #[error("secret \"{0}\" not found")]
    NoSecret(String),
    /// A key is not in its ConfigMap or Secret.
    #[error("couldn't find key {key} in {kind} {namespace}/{name}")]
    NoKey {
        /// The key.
        key: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// Namespace of it.
        namespace: String,
        /// Name of it.
        name: String,
    },
    /// A `fieldRef` names a field that pods do not offer.
    #[error("unsupported fieldPath: {0}")]
    Field(String),
    /// A `resourceFieldRef` names something that containers do not have.
    #[error("unsupported container resource : {0}")]
    Resource(String),
    /// A `resourceFieldRef` names a container that is not in the pod.
    #[error("container {0} not found")]
    NoContainer(String),
    /// The variables are longer than Linux takes (`E2BIG` of `execve`).
    #[error("argument list too long: {0}")]
    TooLong(String),
    /// A source that is not simulated.
    #[error("{0} is not simulated")]
    NotSimulated(&'static str),
}

/// Where a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A Service.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The container's own `env`, written there.
    Spec,
    /// The downward API: a field of the pod.
    Field(String),
    /// The downward API: a request or limit of a container.
    Resource(String),
    /// A ConfigMap.
    ConfigMap(String),
    /// A Secret.
    Secret(String),
}

/// A variable of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its value.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}
