//! `kubectl cluster-info`.

use super::Context;
use super::flags::Flags;
use crate::shell::{CommandResult, Output};

/// `kubectl cluster-info`.
pub fn run(_context: &mut Context<'_>, words: &[String]) -> CommandResult {
    Flags::of_command("cluster-info", &[], words)?;
    Ok(Output::ok(
        "Kubernetes control plane is running at https://192.168.10.10:6443
CoreDNS is running at https://192.168.10.10:6443/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy

To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
",
    ))
}
