//! Releases of Kubernetes, and where they differ.
//!
//! A world has one release: API server, kubectl, kubelets and kube-proxy are all of it. Each method is one
//! difference, named by the change to Kubernetes that made it; who behaves differently asks here and nowhere
//! compares releases. What is the same in all of them has no method.

use std::fmt;
use std::str::FromStr;

/// A minor release of Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// 1.36.
    #[default]
    V1_36,
    /// 1.37.
    V1_37,
}

impl Release {
    /// All that are simulated, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1_36, Self::V1_37];

    /// As people write it: `1.36`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V1_36 => "1.36",
            Self::V1_37 => "1.37",
        }
    }

    /// The version of kubectl, as `kubectl version` prints it.
    #[must_use]
    pub fn client_version(self) -> &'static str {
        match self {
            Self::V1_36 => "v1.36.4",
            Self::V1_37 => "v1.37.0",
        }
    }

    /// The version of the API server and of the kubelets, as `kubectl version` and `kubectl get nodes` print it.
    #[must_use]
    pub fn server_version(self) -> &'static str {
        match self {
            Self::V1_36 => "v1.36.2",
            Self::V1_37 => "v1.37.0",
        }
    }

    /// What stands otherwise in the presets' manifests, which are written for [`Release::V1_36`]: versions of
    /// kubelets and of the CoreDNS that kubeadm installs (kubernetes 140497). Pairs of equal length, so that
    /// every place stays where it is.
    #[must_use]
    pub(crate) fn preset_changes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::V1_36 => &[],
            Self::V1_37 => &[
                ("kubeletVersion: v1.36.2", "kubeletVersion: v1.37.0"),
                ("coredns/coredns:v1.12.1", "coredns/coredns:v1.14.6"),
            ],
        }
    }

    /// Whether `kubectl get -o custom-columns=… -L label` is an error (kubernetes 138094); else `-L` does nothing.
    #[must_use]
    pub fn refuses_label_columns(self) -> bool {
        self.is_since(Self::V1_37)
    }

    /// Whether `kubectl run -f` says that it is deprecated (kubernetes 138671); it does nothing in any release. The
    /// words after `has been deprecated` are those of an earlier deprecation of the same flag.
    #[must_use]
    pub fn deprecates_run_filename(self) -> bool {
        self.is_since(Self::V1_37)
    }

    /// Whether `kubectl describe statefulset` names the governing Service, the pod management policy and what
    /// becomes of claims (kubernetes 137547). Which fields is known, their titles and places are not.
    #[must_use]
    pub fn describes_stateful_sets_in_full(self) -> bool {
        self.is_since(Self::V1_37)
    }

    /// Whether kubeadm reads configuration of version `v1beta3` (kubernetes 136016); `v1beta4` it always does.
    #[must_use]
    pub fn reads_kubeadm_v1beta3(self) -> bool {
        !self.is_since(Self::V1_37)
    }

    /// Whether kube-proxy's nftables mode cuts comments of elements at 128 bytes (kubernetes 139516); a longer one
    /// fails its whole sync before.
    #[must_use]
    pub fn cuts_element_comments(self) -> bool {
        self.is_since(Self::V1_37)
    }

    /// Whether kube-proxy's nftables mode writes `dnat to` for an only endpoint, without a map of one (kubernetes
    /// 140723, 140960).
    #[must_use]
    pub fn translates_to_lone_endpoint(self) -> bool {
        self.is_since(Self::V1_37)
    }

    /// Whether `nodePortAddresses` knows the keywords `localhost` and `all` beside `primary`, mixed with ranges
    /// (kubernetes 138427).
    #[must_use]
    pub fn names_node_port_addresses(self) -> bool {
        self.is_since(Self::V1_37)
    }

    fn is_since(self, other: Self) -> bool {
        self as u8 >= other as u8
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|release| release.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("unknown release \"{text}\" (known: {names})")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_known_by_their_names() {
        for release in Release::ALL {
            assert_eq!(release.name().parse(), Ok(release));
            let minor = format!("v{release}.");
            assert!(release.client_version().starts_with(&minor));
            assert!(release.server_version().starts_with(&minor));
            for (before, after) in release.preset_changes() {
                assert_eq!(before.len(), after.len(), "{before}");
            }
        }
        let error = "1.35".parse::<Release>().expect_err("not simulated");
        assert_eq!(error, "unknown release \"1.35\" (known: 1.36, 1.37)");
        assert_eq!(Release::default().name(), "1.36");
    }
}
