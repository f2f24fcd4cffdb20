//! Manifests to start from, each with the request that shows it best.
//!
//! The index stands here, the texts in `assets/examples/<name>.yaml`; the page fetches them when they are asked
//! for, all but the first, which is part of the program so that a packet moves at once.

use crate::text::Lang;

/// The text of the first example.
pub const FIRST_TEXT: &str = include_str!("../../assets/examples/node-port.yaml");

/// What an example is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// One per type of Service.
    Services,
    /// HTTP routing.
    Ingress,
    /// Packets that do not arrive.
    Failures,
    /// Whole applications.
    Applications,
    /// Manifests of study notes, as they were written.
    Notes,
}

/// A group and its title.
#[derive(Clone, Copy, Debug)]
pub struct GroupInfo {
    /// Which one.
    pub id: Group,
    en: &'static str,
    ko: &'static str,
}

/// One example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// File name without its ending.
    pub name: &'static str,
    /// Where it is listed.
    pub group: Group,
    /// Name of the preset it is made for.
    pub preset: &'static str,
    /// Who sends.
    pub from: &'static str,
    /// Where to.
    pub to: &'static str,
    /// Whether a real API server (or kubectl) refuses some of it, as written.
    pub refused: bool,
    en: &'static str,
    ko: &'static str,
}

impl GroupInfo {
    /// Its title.
    #[must_use]
    pub const fn title(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ko => self.ko,
        }
    }
}

impl Example {
    /// Its title.
    #[must_use]
    pub const fn title(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ko => self.ko,
        }
    }
}

/// The example of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|it| it.name == name)
}

/// The groups in the order of the menu.
pub const GROUPS: [GroupInfo; 5] = [
    GroupInfo {
        id: Group::Services,
        en: "Service types",
        ko: "Service 타입",
    },
    GroupInfo {
        id: Group::Ingress,
        en: "Ingress",
        ko: "Ingress",
    },
    GroupInfo {
        id: Group::Failures,
        en: "Why does it not arrive?",
        ko: "왜 도착하지 않을까?",
    },
    GroupInfo {
        id: Group::Applications,
        en: "Applications",
        ko: "애플리케이션",
    },
    GroupInfo {
        id: Group::Notes,
        en: "From study notes",
        ko: "학습 노트에서",
    },
];

macro_rules! examples {
    ($($name:literal $group:ident $preset:literal $from:literal => $to:literal $en:literal $ko:literal $refused:literal;)*) => {
        /// All examples in the order of the menu; the first one is shown to who comes for the first time.
        pub const EXAMPLES: &[Example] = &[$(Example {
            name: $name, group: Group::$group, preset: $preset, from: $from, to: $to, refused: $refused,
            en: $en, ko: $ko,
        }),*];
    };
}

examples! {
    "node-port" Services "cloud" "client" => "http://192.168.10.13:30080" "NodePort: the extra hop" "NodePort: 한 홉 더" false;
}
