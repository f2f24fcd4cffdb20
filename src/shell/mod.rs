//! One command line to standard output, standard error, exit code and traces: the terminal.
//!
//! Commands answer in the real programs' words, to the letter where those are fixed. One file per command.
//! `kubectl` runs at the client outside the cluster, and so do `curl` and the like unless `kubectl exec` or
//! `ssh NODE` puts them somewhere else. Not here: editing a line, history, colors. That is the page's terminal.
//!
//! ```
//! use kubehop::shell::Shell;
//! use kubehop::world::{Options, World};
//!
//! let mut world = World::new(Options::default());
//! let output = Shell::new().run(&mut world, "kubectl create namespace shop && kubectl get ns shop -o name");
//! assert_eq!(output.stdout, "namespace/shop created\nnamespace/shop\n");
//! ```

pub mod kubectl;
mod output;
pub mod print;
pub mod programs;
pub mod sh;
mod spent;

use std::collections::{BTreeMap, BTreeSet};

use crate::net::Source;
use crate::world::World;
use kubectl::config::Kubeconfig;
use kubectl::{Context, Programs};
use sh::Variables;

pub use output::{CommandResult, Output};

/// A terminal: what it remembers from one command line to the next.
#[derive(Clone, Debug)]
pub struct Shell {
    files: BTreeMap<String, String>,
    /// `None` until it is asked for first, as it depends on the cluster.
    kubeconfig: Option<Kubeconfig>,
    variables: Variables,
    /// What package managers installed in containers.
    installed: BTreeSet<String>,
    /// The exit code of the last command line, which the next one finds in `$?`.
    status: i32,
    /// How many manifests it handed in.
    texts: u16,
    /// Whether its commands have changed the cluster.
    changed: bool,
}

impl Default for Shell {
    fn default() -> Self {
        Self::new()
    }
}

impl Shell {
    /// A terminal without files, in namespace `default`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            files: BTreeMap::new(),
            kubeconfig: None,
            installed: BTreeSet::new(),
            variables: Variables::from([("HOME".to_owned(), "/root".to_owned())]),
            status: 0,
            texts: 0,
            changed: false,
        }
    }

    /// Gives commands a file by name.
    pub fn add_file(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.files.insert(name.into(), text.into());
    }

    /// Runs command lines. The exit code is that of the last command.
    pub fn run(&mut self, world: &mut World, text: &str) -> Output {
        let preset = world.cluster().preset();
        let kubeconfig = self.kubeconfig.get_or_insert_with(|| Kubeconfig::of(preset));
        let mut context = Context {
            world,
            files: &mut self.files,
            texts: &mut self.texts,
            changed: &mut self.changed,
            namespace: kubeconfig.namespace().to_owned(),
            kubeconfig,
            stdin: None,
            programs: Programs {
                run: programs::run,
                finds: programs::finds,
            },
            installed: &mut self.installed,
            in_shell: false,
            shell_name: "sh",
            container: 0,
            depth: 0,
            spent: spent::Spent::default(),
        };
        let mut output = sh::script(&mut context, &Source::Client, &mut self.variables, self.status, text);
        if world.take_stopped() {
            output.stderr.push_str(&format!(
                "kubehop: the controllers did not come to rest within {} steps and were stopped\n",
                crate::cluster::limits::WORK
            ));
            output.exit_code = 1;
        }
        self.status = output.exit_code;
        output
    }
}
