//! The arguments of every subcommand.

use std::str::FromStr;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::cluster::Preset;
use crate::sim::Instant;

/// How traffic moves through Kubernetes, simulated.
#[derive(Debug, Parser)]
#[command(name = "kubehop", version, about, disable_help_subcommand = true)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) world: WorldArgs,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What every world is made from.
#[derive(ClapArgs, Debug)]
pub(super) struct WorldArgs {
    /// What the cluster holds at first: cloud, bare-metal or minikube
    #[arg(long, global = true, value_parser = Preset::from_str)]
    pub(super) preset: Option<Preset>,
    /// Where chance begins
    #[arg(long, global = true)]
    pub(super) seed: Option<u64>,
    /// Where the virtual clock begins (RFC 3339)
    #[arg(long, global = true, value_parser = instant)]
    pub(super) now: Option<Instant>,
    /// Take documents as an API server would hold them: no validation, no allocation
    #[arg(long, global = true)]
    pub(super) as_stored: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// What the API server makes of manifests
    Apply(ApplyArgs),
    /// The terminal: kubectl, curl, nslookup and others
    Shell(ShellArgs),
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

#[derive(ClapArgs, Debug)]
pub(super) struct ApplyArgs {
    /// Manifests, in order; `-` is standard input
    #[arg(short = 'f', long = "filename", required = true)]
    pub(super) files: Vec<String>,
    /// How the result is printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(super) output: Format,
}

#[derive(ClapArgs, Debug)]
pub(super) struct ShellArgs {
    /// Manifests, in order; `-` is standard input
    #[arg(short = 'f', long = "filename")]
    pub(super) files: Vec<String>,
    /// A file that commands see by its name; may be repeated
    #[arg(long = "file")]
    pub(super) given: Vec<String>,
    /// A command line; may be repeated. Without it, standard input is read
    #[arg(short = 'c', long = "command", allow_hyphen_values = true)]
    pub(super) commands: Vec<String>,
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse_rfc3339(text).ok_or_else(|| "not a time: write RFC 3339, such as 2026-01-01T00:00:00Z".to_owned())
}
