//! One input for the engine, how it is made, and what must hold of it.
//!
//! A [`Case`] is all that a run depends on: it is printed to a file when it was found to be one too many, and run
//! again from there. The same seed makes the same case as long as the corpus is the same.

mod corpus;
mod mutate;
mod run;

pub use corpus::Corpus;

/// What an input is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Texts for the editor, one after the other; the cluster is printed, drawn and sent through.
    Manifest,
    /// Command lines.
    Shell,
    /// What a person does to a cluster, in any order, over days.
    Operations,
    /// Arguments of `kubehop trace`.
    Trace,
    /// `lesson.yaml`.
    Lesson,
}

/// All of them.
pub const TARGETS: [Target; 5] = [
    Target::Manifest,
    Target::Shell,
    Target::Operations,
    Target::Trace,
    Target::Lesson,
];

impl Target {
    /// Its name on the command line and in file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Shell => "shell",
            Self::Operations => "operations",
            Self::Trace => "trace",
            Self::Lesson => "lesson",
        }
    }
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it is for.
    pub target: Target,
    /// What it was made with; also the seed of its world.
    pub seed: u64,
    /// Texts, command lines or operations.
    pub parts: Vec<String>,
}

/// Stands between the parts of a printed case.
const CUT: &str = "\n%%%%\n";

impl Case {
    /// As a text that [`Case::parse`] reads.
    pub fn print(&self) -> String {
        let head = format!("{} {}", self.target.name(), self.seed);
        let parts = self.parts.iter().map(String::as_str);
        std::iter::once(head.as_str())
            .chain(parts)
            .collect::<Vec<_>>()
            .join(CUT)
    }

    /// Reads what [`Case::print`] wrote; none if it is nothing of the kind.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(CUT);
        let (name, seed) = parts.next()?.split_once(' ')?;
        Some(Self {
            target: TARGETS.into_iter().find(|it| it.name() == name)?,
            seed: seed.trim().parse().ok()?,
            parts: parts.map(str::to_owned).collect(),
        })
    }
}
