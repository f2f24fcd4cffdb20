//! The labels of the stage in every language. Labels end in nouns; sentences about packets are `net::Why`'s.

use crate::text::{Lang, Localized, catalogue, phrase, pick};

use super::layout::{PodNote, ServiceNote, Trouble};

catalogue! {
    /// Labels of one language.
    Labels;
    outside: Localized { en: "Outside the cluster", ko: "클러스터 밖" };
    outside_short: Localized { en: "Outside", ko: "클러스터 밖" };
    cluster: Localized { en: "Cluster", ko: "클러스터" };
    same_rules: Localized { en: "every node holds the same rules", ko: "모든 노드에 같은 규칙" };
    own_rules: Localized {
        en: "policy Local: each node’s rules contain only its own Pods",
        ko: "Local 정책: 노드마다 자기 Pod만 아는 규칙",
    };
    network: Localized { en: "node network", ko: "노드 네트워크" };
    client: Localized { en: "client", ko: "client" };
    rules: Localized { en: "rules", ko: "규칙" };
    balancer: Localized { en: "load balancer", ko: "로드 밸런서" };
    router: Localized { en: "router", ko: "라우터" };
    extra_hop: Localized { en: "the extra hop", ko: "한 홉 더" };
    on_no_machine: Localized { en: "on no machine", ko: "머신에 없음" };
    zero_endpoints: Localized { en: "0 endpoints", ko: "엔드포인트 0개" };
    refuse: Localized { en: "refuse", ko: "거부" };
    no_endpoints: Localized { en: "no endpoints", ko: "엔드포인트 없음" };
    no_endpoints_refuse: Localized { en: "no endpoints: refuse", ko: "엔드포인트 없음: 거부" };
    no_local: Localized { en: "no local Pod: drop", ko: "로컬 Pod 없음: 버림" };
    no_rules: Localized { en: "no rules", ko: "규칙 없음" };
    no_rules_headless: Localized { en: "no rules: clusterIP None", ko: "규칙 없음: clusterIP None" };
    last_known: Localized { en: "last known", ko: "마지막 상태" };
    process: Localized { en: "process of the node", ko: "노드의 프로세스" };
    health_check: Localized { en: "health check 503", ko: "헬스 체크 503" };
}

/// Troubles of a node: `off, NotReady`; empty without any.
#[must_use]
pub fn troubles(all: &[Trouble], lang: Lang) -> String {
    let mut out = String::new();
    for it in all {
        if !out.is_empty() {
            out.push_str(", ");
        }
        match it {
            Trouble::Off => out.push_str(pick!(lang, en: "off", ko: "전원 꺼짐")),
            Trouble::Booting => out.push_str(pick!(lang, en: "booting", ko: "부팅 중")),
            Trouble::NotReady => out.push_str("NotReady"),
            Trouble::NoKubelet => out.push_str(pick!(lang, en: "no kubelet", ko: "kubelet 중지")),
            Trouble::CutOff => out.push_str(pick!(lang, en: "link cut", ko: "링크 끊김")),
            Trouble::CutFrom(other) => out.push_str(&phrase!(lang, en: "no link to {other}", ko: "{other} 링크 끊김")),
            Trouble::Cordoned => out.push_str("cordoned"),
        }
    }
    out
}

/// Trouble of a pod's programs, in words.
#[must_use]
pub fn pod_note(note: PodNote, lang: Lang) -> &'static str {
    match note {
        PodNote::Hung => pick!(lang, en: "hangs", ko: "응답 없음"),
        PodNote::Ended => pick!(lang, en: "ended", ko: "종료됨"),
        PodNote::BackingOff => "CrashLoopBackOff",
        PodNote::ProbeFails => pick!(lang, en: "probe fails", ko: "프로브 실패"),
    }
}

/// `rules for web`.
#[must_use]
pub fn rules_for(service: &str, lang: Lang) -> String {
    phrase!(lang, en: "rules for {service}", ko: "{service} 규칙")
}

/// `no web Pod here`.
#[must_use]
pub fn no_pod_here(service: &str, lang: Lang) -> String {
    phrase!(lang, en: "no {service} Pod here", ko: "{service} Pod 없음")
}

/// `to 2 local Pods`.
#[must_use]
pub fn local_pods(n_pods: usize, lang: Lang) -> String {
    match n_pods {
        1 => phrase!(lang, en: "to 1 local Pod", ko: "로컬 Pod 1개로"),
        _ => phrase!(lang, en: "to {n_pods} local Pods", ko: "로컬 Pod {n_pods}개로"),
    }
}

/// `+3 more`.
#[must_use]
pub fn more(n_pods: usize, lang: Lang) -> String {
    phrase!(lang, en: "+{n_pods} more", ko: "외 {n_pods}개")
}

/// A Service without a virtual address, in one word.
#[must_use]
pub const fn headless(lang: Lang) -> &'static str {
    pick!(lang, en: "headless", ko: "헤드리스")
}

/// What stands beside a Service's address, and whether it tells of a fault.
#[must_use]
pub fn note(note: &ServiceNote, lang: Lang) -> (String, bool) {
    match note {
        ServiceNote::Virtual => (
            phrase!(lang, en: "an address no machine has", ko: "어느 머신에도 없는 주소"),
            false,
        ),
        ServiceNote::SelectsNothing(selector) => (
            phrase!(lang, en: "selector {selector} matches no Pod", ko: "셀렉터 {selector}에 맞는 Pod 없음"),
            true,
        ),
        ServiceNote::NoSelector => (
            phrase!(lang, en: "no selector, no endpoints", ko: "셀렉터도 엔드포인트도 없음"),
            true,
        ),
        ServiceNote::NoneReady => (
            phrase!(lang, en: "no ready endpoint", ko: "Ready 엔드포인트 없음"),
            true,
        ),
        ServiceNote::Headless => (
            phrase!(lang, en: "headless: DNS answers with Pod addresses", ko: "헤드리스: DNS가 Pod 주소로 응답"),
            false,
        ),
        ServiceNote::Alias(target) => (phrase!(lang, en: "an alias for {target}", ko: "{target}의 별칭"), false),
    }
}
