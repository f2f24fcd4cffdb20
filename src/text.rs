//! Positions in the learner's text, and text in the learner's language.
//!
//! A [`Span`] is a byte range of one [`FileId`]; [`LineIndex`] turns offsets into lines and columns.
//! A [`LocalizedText`] is a sentence in every language the page speaks. This module knows nothing of YAML.

use std::borrow::Cow;
use std::fmt;

/// Which of the texts handed to Kubehop a span lies in: the editor's is 0, `-f` files count up,
/// presets stand at [`FileId::PRESET`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u16);

impl FileId {
    /// Manifests that came with a preset and stand in no text of the learner's.
    pub const PRESET: Self = Self(u16::MAX);
}

/// A byte range `start..end` in one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The same range so many bytes further on.
    #[must_use]
    pub fn shifted(self, by: i64) -> Self {
        let moved = |at: u32| u32::try_from(i64::from(at) + by).unwrap_or(0);
        Self {
            file: self.file,
            start: moved(self.start),
            end: moved(self.end),
        }
    }

    /// The range `start..end` of `file`.
    #[must_use]
    pub const fn new(file: FileId, start: u32, end: u32) -> Self {
        Self { file, start, end }
    }

    /// The smallest span that holds both; `other` must be of the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A place as people name it: both counted from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// Line starts of one text: offsets to lines and back in logarithmic time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes `text`. Texts over 4 GiB do not get this far (`manifest` limits their size).
    #[must_use]
    pub fn new(text: &str) -> Self {
        let starts = std::iter::once(0)
            .chain(
                text.bytes()
                    .enumerate()
                    .filter(|&(_, byte)| byte == b'\n')
                    .map(|(at, _)| at as u32 + 1),
            )
            .collect();
        Self { starts }
    }

    /// The line of a byte offset, from 1.
    #[must_use]
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|&start| start <= offset) as u32
    }

    /// Line and column of a byte offset in the `text` that was indexed.
    #[must_use]
    pub fn line_column(&self, text: &str, offset: u32) -> LineColumn {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1] as usize;
        let end = (offset as usize).min(text.len());
        let column = text.get(start..end).map_or(0, |before| before.chars().count()) as u32 + 1;
        LineColumn { line, column }
    }

    /// Byte offset at which a line (from 1) starts; the last line's for any number beyond it.
    #[must_use]
    pub fn start_of(&self, line: u32) -> u32 {
        let idx = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        self.starts[idx]
    }
}

/// The list of languages: the enum, its codes, and the struct that holds one value for each.
macro_rules! languages {
    ($($(#[$meta:meta])* $variant:ident, $field:ident, $code:literal, $name:literal;)*) => {
        /// A language of the page. Kubernetes terms and command output stay English in all of them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
        pub enum Lang {
            $(
                #[doc = $name]
                #[serde(rename = $code)]
                $(#[$meta])*
                $variant,
            )*
        }

        impl Lang {
            /// Every language, in the order of `assets/languages.json`.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The BCP 47 tag: what the `lang` attribute and the names of lesson files say.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// What the language is called in itself.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        /// One `T` for each language of the page: a literal that leaves one out does not compile.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Localized<T> {
            $(
                #[doc = $name]
                #[serde(rename = $code)]
                pub $field: T,
            )*
        }

        impl<T> Localized<T> {
            /// What `make` returns for each language.
            pub fn by(mut make: impl FnMut(Lang) -> T) -> Self {
                Self { $($field: make(Lang::$variant)),* }
            }

            /// `value` in every language: what is no word of any of them.
            pub fn same(value: T) -> Self
            where
                T: Clone,
            {
                Self { $($field: value.clone()),* }
            }

            /// What `change` makes of the value of each language.
            pub fn map<U>(self, mut change: impl FnMut(T) -> U) -> Localized<U> {
                Localized { $($field: change(self.$field)),* }
            }

            /// The value of `lang`.
            #[must_use]
            pub const fn of(&self, lang: Lang) -> &T {
                match lang {
                    $(Lang::$variant => &self.$field,)*
                }
            }
        }

        impl LocalizedText {
            /// Adds `more` at the end, language by language.
            pub fn push(&mut self, more: &Self) {
                $(self.$field.to_mut().push_str(&more.$field);)*
            }
        }

        /// The [`Lang`] that a key of [`text!`] or [`pick!`] stands for, as a pattern.
        macro_rules! language {
            $(($field) => { $crate::text::Lang::$variant };)*
        }
    };
}

languages! {
    #[default]
    En, en, "en", "English";
    Ko, ko, "ko", "한국어";
}

impl Lang {
    /// The language of that code; none if the page does not speak it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|lang| lang.code() == code)
    }

    /// The one after it in the list, and after the last the first: what a press of the language button chooses.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }
}

impl<T: AsRef<str>> Localized<T> {
    /// The text in `lang`.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        self.of(lang).as_ref()
    }
}

/// A sentence in every language of the page, fixed or made at run time; written with [`text!`].
pub type LocalizedText = Localized<Cow<'static, str>>;

/// A [`LocalizedText`], keyed by language: `text! { en: "Port {port}.", ko: "{port} 포트." }`.
///
/// A literal is a format string: `{name}` inserts the variable, `{{` is a brace. Anything else is an expression
/// (`&'static str`, `String` or `Cow`) and goes in as it is. `text! { with part; en: "…{part}…", … }` inserts the
/// variable `part`, a [`Localized`], in the language of each text. Every language must be there, in any order:
/// the macro makes a struct literal, so that one left out is a compile error where the text stands.
macro_rules! text {
    (@ $with:tt [$($done:tt)*]) => {
        $crate::text::LocalizedText { $($done)* }
    };
    (@ [$($part:ident)*] [$($done:tt)*] $lang:ident: $text:literal $(, $($rest:tt)*)?) => {
        $crate::text::text!(@ [$($part)*] [$($done)* $lang: {
            $(#[allow(unused_variables, reason = "a language may do without it")] let $part = &$part.$lang;)*
            $crate::text::formatted(::core::format_args!($text))
        },] $($($rest)*)?)
    };
    (@ [$($part:ident)*] [$($done:tt)*] $lang:ident: $text:expr $(, $($rest:tt)*)?) => {
        $crate::text::text!(@ [$($part)*] [$($done)* $lang: {
            $(#[allow(unused_variables, reason = "a language may do without it")] let $part = &$part.$lang;)*
            ::std::borrow::Cow::from($text)
        },] $($($rest)*)?)
    };
    (with $($part:ident),+; $($all:tt)+) => {
        $crate::text::text!(@ [$($part)+] [] $($all)+)
    };
    ($($all:tt)+) => {
        $crate::text::text!(@ [] [] $($all)+)
    };
}

/// The value for one language, of which alone is computed: `pick!(lang, en: "hop", ko: "홉")`.
///
/// It is a `match` without a wildcard: a language left out is a compile error where the words stand.
/// Literals are what they are, no format strings; those are [`phrase!`]'s.
macro_rules! pick {
    ($of:expr, $($lang:ident: $value:expr),+ $(,)?) => {
        match $of {
            $($crate::text::language!($lang) => $value,)+
        }
    };
}

/// One language's words as a `String`: `phrase!(lang, en: "asks for {to}", ko: "{to}에 요청")`. Literals are
/// format strings; otherwise like [`pick!`].
macro_rules! phrase {
    ($of:expr, $($lang:ident: $text:literal),+ $(,)?) => {
        match $of {
            $($crate::text::language!($lang) => $crate::text::written(::core::format_args!($text)),)+
        }
    };
}

/// The fixed words of one part of the page: a struct with a text for each row, and `of` for those of a language.
/// A row is a [`Localized`], so that a missing translation is a compile error at the row.
macro_rules! catalogue {
    ($(#[$doc:meta])* $name:ident; $($row:ident: $text:expr;)*) => {
        $(#[$doc])*
        #[expect(missing_docs, reason = "each field is the text of that name; its English says what it is")]
        pub struct $name {
            $(pub $row: &'static str,)*
        }

        impl $name {
            const fn column(lang: $crate::text::Lang) -> Self {
                Self { $($row: *$text.of(lang),)* }
            }

            /// Those of `lang`.
            #[must_use]
            pub fn of(lang: $crate::text::Lang) -> &'static Self {
                use $crate::text::{Lang, Localized};
                static ALL: Localized<$name> = Localized {
                    en: $name::column(Lang::En),
                    ko: $name::column(Lang::Ko),
                };
                ALL.of(lang)
            }
        }
    };
}

pub(crate) use {catalogue, language, phrase, pick, text};

/// A Korean particle, which sounds differently after a closed syllable than after an open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Particle {
    /// 은/는
    Topic,
    /// 이/가
    Subject,
    /// 을/를
    Object,
    /// 과/와
    With,
    /// 으로/로
    By,
}

/// The form of a particle after a value that ends in a digit (read in Sino-Korean: an address, a port, `node-1`) or in
/// Hangul. After anything else how it is read cannot be told: put a noun between.
#[must_use]
pub fn particle(value: &str, particle: Particle) -> &'static str {
    const RIEUL: u32 = 8;
    // The final consonant of the last syllable: none, ㄹ, or another.
    let last = match value.chars().next_back() {
        Some('2' | '4' | '5' | '9') => 0,
        Some('1' | '7' | '8') => RIEUL,
        Some('0' | '3' | '6') => RIEUL + 1,
        Some(it @ '가'..='힣') => (u32::from(it) - 0xAC00) % 28,
        _ => 0,
    };
    let closed = last != 0;
    match particle {
        Particle::Topic if closed => "은",
        Particle::Topic => "는",
        Particle::Subject if closed => "이",
        Particle::Subject => "가",
        Particle::Object if closed => "을",
        Particle::Object => "를",
        Particle::With if closed => "과",
        Particle::With => "와",
        Particle::By if closed && last != RIEUL => "으로",
        Particle::By => "로",
    }
}

/// A literal of [`text!`]: borrowed if nothing is inserted. Inlined, so that the compiler sees which it is and keeps
/// no code for the other.
#[inline(always)]
#[must_use]
pub(crate) fn formatted(text: fmt::Arguments<'_>) -> Cow<'static, str> {
    match text.as_str() {
        Some(fixed) => Cow::Borrowed(fixed),
        None => Cow::Owned(written(text)),
    }
}

/// A literal of [`phrase!`]; one function for all of them, where `format!` would be inlined into each.
#[inline(never)]
#[must_use]
pub(crate) fn written(text: fmt::Arguments<'_>) -> String {
    fmt::format(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_follow_digits_as_they_are_read() {
        let topic = |value: &str| particle(value, Particle::Topic);
        let by = |value: &str| particle(value, Particle::By);
        // 영 일 이 삼 사 오 육 칠 팔 구
        let topics: String = (0..10).map(|it| topic(&it.to_string())).collect();
        assert_eq!(topics, "은은는은는는은은은는");
        let ways: Vec<&str> = (0..10).map(|it| by(&it.to_string())).collect();
        assert_eq!(ways, ["으로", "로", "로", "으로", "로", "로", "으로", "로", "로", "로"]);
        assert_eq!(
            (topic("node-1"), topic("node-2"), by("10.96.0.10")),
            ("은", "는", "으로")
        );
        assert_eq!(
            (topic("포트"), particle("이름", Particle::Object), by("서울")),
            ("는", "을", "로")
        );
        assert_eq!(
            (particle("3", Particle::Subject), particle("4", Particle::With)),
            ("이", "와")
        );
    }

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "가나\nabc\n";
        let index = LineIndex::new(text);
        assert_eq!(index.line_column(text, 0), LineColumn { line: 1, column: 1 });
        assert_eq!(index.line_column(text, 3), LineColumn { line: 1, column: 2 });
        assert_eq!(index.line_column(text, 9), LineColumn { line: 2, column: 3 });
        assert_eq!(index.line(11), 3);
        assert_eq!(index.start_of(2), 7);
    }

    #[test]
    fn text_borrows_what_is_fixed_and_formats_what_is_not() {
        let port = 80;
        let said = text! { en: "Port {port}.", ko: "80 포트." };
        assert!(matches!(&said.en, Cow::Owned(en) if en == "Port 80."));
        assert!(matches!(&said.ko, Cow::Borrowed("80 포트.")));
        let made = text! { ko: format!("{} 포트", port + 1), en: "{{{port}}}" };
        assert_eq!((made.get(Lang::En), made.get(Lang::Ko)), ("{80}", "81 포트"));
    }

    #[test]
    fn parts_go_in_in_the_language_of_the_text() {
        let (kind, count) = (
            Localized {
                en: "Pod", ko: "파드"
            },
            2,
        );
        let mut said = text! { with kind; en: "{count} of {kind}", ko: "{kind} {count}개" };
        said.push(&LocalizedText::same("!".into()));
        assert_eq!(said, text! { en: "2 of Pod!", ko: "파드 2개!" });
    }

    #[test]
    fn pick_computes_one_language() {
        let picked = pick!(Lang::Ko, en: unreachable!("English was not asked for"), ko: "홉");
        assert_eq!(picked, "홉");
        let hop = 3;
        assert_eq!(phrase!(Lang::Ko, en: "hop {hop}", ko: "홉 {hop}"), "홉 3");
    }

    #[test]
    fn languages_are_those_of_the_page() {
        #[derive(serde::Deserialize)]
        struct Listed {
            code: String,
            name: String,
        }
        let listed: Vec<Listed> = serde_json::from_str(include_str!("../assets/languages.json")).expect("JSON");
        let listed: Vec<_> = listed.iter().map(|it| (it.code.as_str(), it.name.as_str())).collect();
        let known: Vec<_> = Lang::ALL.iter().map(|it| (it.code(), it.name())).collect();
        assert_eq!(listed, known);
    }
}
