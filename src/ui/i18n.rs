//! Every fixed string of the page in every language. A missing translation does not compile.
//!
//! Strings with something inserted are functions at the end of this file. Sentences about packets are not
//! here: those belong to [`Why`](crate::net::Why). Kubernetes terms stay English in every language.

use crate::text::Lang;

macro_rules! catalogue {
    ($($(#[$meta:meta])* $name:ident: $en:literal, $ko:literal;)*) => {
        /// The fixed strings of one language.
        #[expect(missing_docs, reason = "each field is the string of that name; its English text says what it is")]
        pub struct Words {
            $($(#[$meta])* pub $name: &'static str,)*
        }

        static EN: Words = Words { $($name: $en,)* };
        static KO: Words = Words { $($name: $ko,)* };
    };
}

catalogue! {
    title: "Kubehop: watch packets move through Kubernetes", "Kubehop: 쿠버네티스 속 패킷의 길";
    skip: "Skip to the hop list", "홉 목록으로 건너뛰기";
    other_lang: "한국어", "English";
    switch_lang: "한국어로 보기", "View in English";
    theme_to_dark: "Switch to the dark theme", "어두운 테마로 바꾸기";
    theme_to_light: "Switch to the light theme", "밝은 테마로 바꾸기";
    close: "Close", "닫기";

    manifests: "Manifests", "매니페스트";
    side_label: "Manifests", "매니페스트";
    detail_label: "Hops and packet", "홉과 패킷";
    panels: "Panels", "패널";
    tab_yaml: "YAML", "YAML";
    tab_hops: "Hops", "홉";
    tab_answers: "Answers", "응답";

    traffic_label: "Traffic", "트래픽";
    from: "From", "출발";
    to: "To", "도착";
    send: "Send", "보내기";
    send_100: "Send 100", "100번 보내기";
}

impl Words {
    /// The strings of `lang`.
    #[must_use]
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ko => &KO,
        }
    }
}

/// The tag of `lang` for the `lang` attribute.
#[must_use]
pub const fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Ko => "ko",
    }
}
