//! What a kubectl command works with: the world, the files of the shell, and the server's answers to writes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value;

use super::config::Kubeconfig;
use super::dump;
use super::flags::Flags;
use super::resources::{self, Resource};
use super::tree;
use crate::api::custom::Definitions;
use crate::api::{IpFamily, Refusal, Release, Warning};
use crate::cluster::{Cluster, Snapshot, Written};
use crate::go;
use crate::net::Source;
use crate::net::proxy::RuleDump;
use crate::shell::Output;
use crate::sim::Duration;
use crate::text::FileId;
use crate::world::World;

/// The programs that commands start and know none of.
#[derive(Clone, Copy)]
pub(in crate::shell) struct Programs {
    /// From the place where a program runs and its words, the name first, to what it prints.
    pub(in crate::shell) run: fn(&mut Context<'_>, &Source, &[String]) -> Output,
    /// Whether a place has a program of a name.
    pub(in crate::shell) finds: fn(&Context<'_>, &Source, &str) -> bool,
}

/// What a kubectl command works with.
pub struct Context<'a> {
    /// The world it acts on: cluster, network and clock.
    pub world: &'a mut World,
    /// Texts of the terminal's files by name.
    pub(in crate::shell) files: &'a mut BTreeMap<String, String>,
    /// What `kubectl config` reads and writes.
    pub(in crate::shell) kubeconfig: &'a mut Kubeconfig,
    /// Namespace of commands that name none with `-n`.
    pub namespace: String,
    /// Whether commands have changed the cluster.
    pub(in crate::shell) changed: &'a mut bool,
    /// How many texts were handed in.
    pub(in crate::shell) texts: &'a mut u16,
    /// Standard input; `None` where nothing is piped in.
    pub stdin: Option<String>,
    /// What runs programs: commands start them (`kubectl exec`, the shell) and know none.
    pub(in crate::shell) programs: Programs,
    /// What package managers installed in containers.
    pub(in crate::shell) installed: &'a mut BTreeSet<String>,
    /// Whether a shell of the place looks for programs: it has commands of its own.
    pub(in crate::shell) in_shell: bool,
    /// By which name that shell was called, such as `sh`.
    pub(in crate::shell) shell_name: &'static str,
    /// Index of the container in which commands inside a pod run.
    pub(in crate::shell) container: usize,
    /// How deep commands are nested (`kubectl exec … -- sh -c …`).
    pub(in crate::shell) depth: usize,
    /// What the command line has made so far.
    pub(in crate::shell) spent: crate::shell::spent::Spent,
}

/// `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It is meant.
    None,
    /// The server is not asked.
    Client,
    /// The server is asked what it would do.
    Server,
}

impl DryRun {
    /// Reads the flag.
    ///
    /// # Errors
    /// The failure to print, where it has another value.
    pub fn of(flags: &Flags) -> Result<Self, Output> {
        let text = flags.text("dry-run").unwrap_or("none");
        match (go::parse_bool(text), text) {
            (Some(false), _) | (_, "none") => Ok(Self::None),
            // Without a value: deprecated, and the same as `client`.
            (Some(true), _) | (_, "client" | "unchanged") => Ok(Self::Client),
            (_, "server") => Ok(Self::Server),
            (_, other) => Err(Output::error(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// What is printed behind the verb.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

impl Context<'_> {
    /// Runs a program at a place.
    pub(in crate::shell) fn run_program(&mut self, place: &Source, words: &[String]) -> Output {
        (self.programs.run)(self, place, words)
    }

    /// Whether a place has a program of this name.
    pub(in crate::shell) fn finds_program(&self, place: &Source, name: &str) -> bool {
        (self.programs.finds)(self, place, name)
    }

    /// The text of a file; `-` is standard input.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<String> {
        match path {
            "-" | "/dev/stdin" => Some(self.stdin.clone().unwrap_or_default()),
            path => self.files.get(path.trim_start_matches("./")).cloned(),
        }
    }

    /// The texts of `-f`, with the names kubectl gives them in messages.
    ///
    /// # Errors
    /// The failure to print, if one is missing.
    pub fn files_of(&self, flags: &Flags) -> Result<Vec<(String, String)>, Output> {
        if flags.has("kustomize") {
            return Err(Output::error("-k is not simulated by Kubehop"));
        }
        let mut found = Vec::new();
        for path in flags.list("filename") {
            if let Some(text) = crate::cluster::known_manifest(path) {
                found.push((path.clone(), text));
                continue;
            }
            if path.starts_with("http://") || path.starts_with("https://") {
                return Err(Output::error(format!(
                    "unable to read URL {path:?}: there is no outside to fetch it from; paste its text instead"
                )));
            }
            let Some(text) = self.file(path) else {
                return Err(Output::error(format!("the path {path:?} does not exist")));
            };
            let name = if path == "-" { "STDIN".to_owned() } else { path.clone() };
            found.push((name, text));
        }
        Ok(found)
    }

    /// The release of Kubernetes, kubectl's and the cluster's.
    #[must_use]
    pub fn release(&self) -> Release {
        self.world.cluster().config().release
    }

    /// The kinds that definitions in the cluster add.
    #[must_use]
    pub fn definitions(&self) -> Definitions {
        self.world.cluster().definitions()
    }

    /// The cluster as kubectl shows it.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        let snapshot = self.world.snapshot();
        if self.world.cluster().as_stored() {
            Arc::new(dump::view(&snapshot, *self.changed))
        } else {
            snapshot
        }
    }

    /// Changes the cluster, or for a dry run a copy of it; what was written, and the object as it is stored then.
    fn change(
        &mut self,
        dry_run: bool,
        change: &mut dyn FnMut(&mut Cluster) -> Result<Written, Refusal>,
    ) -> Result<(Written, Option<Value>), Refusal> {
        let mut copy;
        let world = if dry_run {
            copy = self.world.clone();
            &mut copy
        } else {
            *self.changed = true;
            &mut *self.world
        };
        let written = world.edit(change)?;
        let stored = world.snapshot().object(&written.reference).map(|it| it.value.clone());
        Ok((written, stored))
    }

    /// Creates an object; the stored object and warnings as printed.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn create(&mut self, resource: Resource, object: Value, dry_run: bool) -> Result<(Value, String), Refusal> {
        let (written, stored) = self.change(dry_run, &mut |cluster| cluster.create(resource, &object))?;
        Ok((stored.unwrap_or(object), warnings(&written.warnings)))
    }

    /// Writes a new version of an object as far as `dry_run` lets it; warnings and a refusal go to the output.
    /// Whether it was taken.
    /// The object becomes the stored one.
    pub fn write(&mut self, resource: Resource, object: &mut Value, dry_run: DryRun, output: &mut Output) -> bool {
        if dry_run == DryRun::Client {
            return true;
        }
        match self.replace(resource, object.clone(), None, dry_run == DryRun::Server) {
            Ok((stored, _, warnings)) => {
                output.stderr.push_str(&warnings);
                *object = stored;
                true
            }
            Err(refusal) => {
                let name = tree::text(object, &["metadata", "name"]);
                output.append(Output::failed(refusal.alone(resource.name, name, "") + "\n", 1));
                false
            }
        }
    }

    /// Writes a new version of an object, or of its `subresource`; the stored object, whether anything changed,
    /// and warnings as printed.
    ///
    /// # Errors
    /// The server's refusal.
    pub fn replace(
        &mut self,
        resource: Resource,
        object: Value,
        subresource: Option<&str>,
        dry_run: bool,
    ) -> Result<(Value, bool, String), Refusal> {
        let meta = |field: &str| tree::text(&object, &["metadata", field]);
        let reference = resources::reference(resource, meta("namespace"), meta("name"));
        let (written, stored) = self.change(dry_run, &mut |cluster| match subresource {
            Some("status") => cluster.update_status(resource, &reference, &object),
            _ => cluster.update(resource, &reference, object.clone()),
        })?;
        Ok((stored.unwrap_or(object), written.changed, warnings(&written.warnings)))
    }

    /// Deletes an object; a pod within `grace` seconds, or its own grace period.
    pub fn delete(&mut self, resource: Resource, namespace: &str, name: &str, grace: Option<i64>) {
        let reference = resources::reference(resource, namespace, name);
        *self.changed = true;
        self.world.edit(|cluster| cluster.delete(&reference, grace));
    }

    /// What a node's own tools print of kube-proxy's rules for one IP family; `None` for an unknown node, and where
    /// it has no such rules.
    #[must_use]
    pub fn dump_rules(&mut self, node: &str, family: IpFamily, dump: RuleDump<'_>) -> Option<String> {
        if self.world.cluster().as_stored() {
            let shown = self.snapshot();
            return self.world.network().dump_rules_of(&shown, node, family, dump);
        }
        self.world.network().dump_rules(node, family, dump)
    }

    /// The addresses of a family that kube-proxy gives to a node, ascending; `None` for an unknown node, and in
    /// modes that give none.
    #[must_use]
    pub fn proxy_addresses(&mut self, node: &str, family: IpFamily) -> Option<Vec<IpAddr>> {
        if self.world.cluster().as_stored() {
            let shown = self.snapshot();
            return self.world.network().proxy_addresses_of(&shown, node, family);
        }
        self.world.network().proxy_addresses(node, family)
    }

    /// Lines of `conntrack -L` on a node; `None` for an unknown node.
    #[must_use]
    pub fn connections(&mut self, node: &str) -> Option<Vec<String>> {
        let now = self.world.now();
        let mut network = self.world.network();
        let entries = network.connections(node)?;
        Some(entries.into_iter().map(|it| it.line(now)).collect())
    }

    /// A number for the next text handed in, so that its objects can be told from those of other texts.
    pub(super) fn file_id(&mut self) -> FileId {
        *self.texts = self.texts.wrapping_add(1) % (SCRATCH.0 - FIRST_TEXT);
        FileId(FIRST_TEXT + *self.texts)
    }

    /// Lets virtual time pass.
    pub fn advance(&mut self, duration: Duration) {
        *self.changed = true;
        self.world.advance(duration);
    }
}

/// Texts of the shell are numbered from here, far above those of the command line and the editor.
const FIRST_TEXT: u16 = 1000;

/// Where texts that are no manifests of the learner's are read: patches, and files that only name objects.
pub(super) const SCRATCH: FileId = FileId(FileId::PRESET.0 - 1);

/// The server's warnings as kubectl prints them, each once.
pub(super) fn warnings(all: &[Warning]) -> String {
    let mut seen: Vec<&Warning> = Vec::new();
    let mut out = String::new();
    for warning in all {
        if !seen.contains(&warning) {
            seen.push(warning);
            out.push_str(&format!("Warning: {warning}\n"));
        }
    }
    out
}
