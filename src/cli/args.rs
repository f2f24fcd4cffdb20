//! The arguments of every subcommand.

use std::str::FromStr;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use crate::api::Release;
use crate::cluster::Preset;
use crate::go;
use crate::net::{Protocol, Source};
use crate::sim::{Duration, Instant};

/// Virtual seconds that may pass before a packet is sent.
const MOST_SECONDS: i64 = 24 * 3600;

/// How traffic moves through Kubernetes, simulated.
#[derive(Debug, Parser)]
#[command(name = "kubehop", version, about)]
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
    /// The release of Kubernetes: 1.36 or 1.37
    #[arg(long, global = true, value_parser = Release::from_str)]
    pub(super) release: Option<Release>,
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
    /// A packet's way, hop by hop
    Trace(TraceArgs),
    /// What a name resolves to in a pod
    Resolve(ResolveArgs),
    /// The terminal: kubectl, curl, nslookup and others
    Shell(ShellArgs),
    /// Ingresses to the Gateway API, and what has no equal
    Migrate(MigrateArgs),
    /// Proves every lesson: the start fails, right answers pass, wrong ones draw their hint
    Lessons(LessonsArgs),
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
pub(super) struct TraceArgs {
    /// Manifests, in order; `-` is standard input
    #[arg(short = 'f', long = "filename")]
    pub(super) files: Vec<String>,
    /// Who sends: pod/[NAMESPACE/]NAME, node/NAME, client, or an IP address
    #[arg(long, value_parser = Source::from_str)]
    pub(super) from: Source,
    /// Where to: HOST:PORT or http(s)://HOST[:PORT]/PATH
    #[arg(long)]
    pub(super) to: String,
    /// The node at which a packet from outside arrives
    #[arg(long)]
    pub(super) node: Option<String>,
    /// tcp, udp, sctp or icmp
    #[arg(long, default_value = "tcp", value_parser = protocol)]
    pub(super) protocol: Protocol,
    /// HTTP method
    #[arg(long)]
    pub(super) method: Option<String>,
    /// How long after the manifests were applied, such as 60s or 2m
    #[arg(long, value_parser = duration)]
    pub(super) after: Option<Duration>,
    /// HTTP header, `Key: value`; may be repeated
    #[arg(long = "header")]
    pub(super) headers: Vec<String>,
    /// How the result is printed
    #[arg(short, long, value_enum, default_value_t)]
    pub(super) output: Format,
}

#[derive(ClapArgs, Debug)]
pub(super) struct ResolveArgs {
    /// Manifests, in order; `-` is standard input
    #[arg(short = 'f', long = "filename")]
    pub(super) files: Vec<String>,
    /// Who asks: pod/[NAMESPACE/]NAME, node/NAME, client, or an IP address
    #[arg(long, value_parser = Source::from_str)]
    pub(super) from: Source,
    /// The name
    pub(super) name: String,
    /// The type of record: A, AAAA, SRV, CNAME, PTR, …
    #[arg(default_value = "A")]
    pub(super) kind: String,
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

#[derive(ClapArgs, Debug)]
pub(super) struct MigrateArgs {
    /// Manifests, in order; `-` is standard input
    #[arg(short = 'f', long = "filename", required = true)]
    pub(super) files: Vec<String>,
}

#[derive(ClapArgs, Debug)]
pub(super) struct LessonsArgs {
    /// The folder that holds the lessons
    #[arg(default_value = "lessons")]
    pub(super) folder: String,
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse_rfc3339(text).ok_or_else(|| "not a time: write RFC 3339, such as 2026-01-01T00:00:00Z".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let seconds = go::duration(text).filter(|it| (0..=MOST_SECONDS).contains(it));
    let wrong = || format!("not a duration from 0s to {}h: write 60s or 2m30s", MOST_SECONDS / 3600);
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

fn protocol(text: &str) -> Result<Protocol, String> {
    Protocol::parse(text).ok_or_else(|| "unknown protocol: tcp, udp, sctp and icmp are known".to_owned())
}
