//! `kubectl cluster-info`.

use super::Context;
use super::flags::Flags;
use crate::shell::{CommandResult, Output};

/// `kubectl cluster-info`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("cluster-info", &[], words)?;
    if let Some(word) = flags.args.first() {
        return Err(Output::error(format!(
            "kubectl cluster-info {word} is not simulated by Kubehop"
        )));
    }
    let server = context.kubeconfig.server();
    Ok(Output::ok(format!(
        "Kubernetes control plane is running at {server}
CoreDNS is running at {server}/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy

To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
"
    )))
}
