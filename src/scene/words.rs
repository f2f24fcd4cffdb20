//! The labels of the stage in both languages. Labels end in nouns; sentences about packets are `net::Why`'s.

use crate::text::Lang;

use super::layout::{PodNote, ServiceNote, Trouble};

/// Labels of one language.
#[expect(
    missing_docs,
    reason = "each field is the label of that name; its English text says what it is"
)]
pub struct Labels {
    pub outside: &'static str,
    pub outside_short: &'static str,
    pub cluster: &'static str,
    pub same_rules: &'static str,
    pub own_rules: &'static str,
    pub network: &'static str,
    pub client: &'static str,
    pub rules: &'static str,
    pub balancer: &'static str,
    pub router: &'static str,
    pub extra_hop: &'static str,
    pub on_no_machine: &'static str,
    pub zero_endpoints: &'static str,
    pub refuse: &'static str,
    pub no_endpoints: &'static str,
    pub no_endpoints_refuse: &'static str,
    pub no_local: &'static str,
    pub no_rules: &'static str,
    pub process: &'static str,
    pub health_check: &'static str,
}

static EN: Labels = Labels {
    outside: "Outside the cluster",
    outside_short: "Outside",
    cluster: "Cluster",
    same_rules: "every node holds the same rules",
    own_rules: "policy Local: each node’s rules know only its own Pods",
    network: "node network",
    client: "client",
    rules: "rules",
    balancer: "load balancer",
    router: "router",
    extra_hop: "the extra hop",
    on_no_machine: "on no machine",
    zero_endpoints: "0 endpoints",
    refuse: "refuse",
    no_endpoints: "no endpoints",
    no_endpoints_refuse: "no endpoints: refuse",
    no_local: "no local Pod: drop",
    no_rules: "no rules",
    process: "a process here",
    health_check: "health check 503",
};

static KO: Labels = Labels {
    outside: "클러스터 밖",
    outside_short: "클러스터 밖",
    cluster: "클러스터",
    same_rules: "모든 노드에 같은 규칙",
    own_rules: "Local 정책: 노드마다 자기 Pod만 아는 규칙",
    network: "노드 네트워크",
    client: "client",
    rules: "규칙",
    balancer: "로드 밸런서",
    router: "라우터",
    extra_hop: "한 홉 더",
    on_no_machine: "머신에 없음",
    zero_endpoints: "endpoint 0개",
    refuse: "거절",
    no_endpoints: "endpoint 없음",
    no_endpoints_refuse: "endpoint 없음: 거절",
    no_local: "로컬 Pod 없음: 버림",
    no_rules: "규칙 없음",
    process: "노드의 프로세스",
    health_check: "헬스 체크 503",
};

impl Labels {
    /// The labels of `lang`.
    #[must_use]
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Ko => &KO,
        }
    }
}

/// What is the matter with a node: `off, NotReady`.
#[must_use]
pub fn troubles(all: &[Trouble], lang: Lang) -> String {
    let mut out = String::new();
    for it in all {
        if !out.is_empty() {
            out.push_str(", ");
        }
        let en = lang == Lang::En;
        match it {
            Trouble::Off => out.push_str(if en { "off" } else { "전원 꺼짐" }),
            Trouble::Booting => out.push_str(if en { "booting" } else { "부팅 중" }),
            Trouble::NotReady => out.push_str("NotReady"),
            Trouble::NoKubelet => out.push_str(if en { "no kubelet" } else { "kubelet 중지" }),
            Trouble::CutOff => out.push_str(if en { "link cut" } else { "링크 끊김" }),
            Trouble::CutFrom(other) => {
                if en {
                    out.push_str("no link to ");
                }
                out.push_str(other);
                if !en {
                    out.push_str(" 링크 끊김");
                }
            }
            Trouble::Cordoned => out.push_str("cordoned"),
        }
    }
    out
}

/// What is the matter with a pod's programs.
#[must_use]
pub fn pod_note(note: PodNote, lang: Lang) -> &'static str {
    match (note, lang) {
        (PodNote::Hung, Lang::En) => "hangs",
        (PodNote::Hung, Lang::Ko) => "응답 없음",
        (PodNote::Ended, Lang::En) => "ended",
        (PodNote::Ended, Lang::Ko) => "종료됨",
        (PodNote::BackingOff, _) => "CrashLoopBackOff",
        (PodNote::ProbeFails, Lang::En) => "probe fails",
        (PodNote::ProbeFails, Lang::Ko) => "probe 실패",
    }
}

/// `rules for web`.
#[must_use]
pub fn rules_for(service: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("rules for {service}"),
        Lang::Ko => format!("{service} 규칙"),
    }
}

/// `no web Pod here`.
#[must_use]
pub fn no_pod_here(service: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("no {service} Pod here"),
        Lang::Ko => format!("{service} Pod 없음"),
    }
}

/// `to 2 local Pods`.
#[must_use]
pub fn local_pods(n_pods: usize, lang: Lang) -> String {
    match (lang, n_pods) {
        (Lang::En, 1) => "to 1 local Pod".to_owned(),
        (Lang::En, _) => format!("to {n_pods} local Pods"),
        (Lang::Ko, _) => format!("로컬 Pod {n_pods}개로"),
    }
}

/// `+3 more`.
#[must_use]
pub fn more(n_pods: usize, lang: Lang) -> String {
    match lang {
        Lang::En => format!("+{n_pods} more"),
        Lang::Ko => format!("외 {n_pods}개"),
    }
}

/// What stands beside a Service's address, and whether it tells of a fault.
#[must_use]
pub fn note(note: &ServiceNote, lang: Lang) -> (String, bool) {
    let en = lang == Lang::En;
    match note {
        ServiceNote::Virtual => (
            if en {
                "an address no machine has"
            } else {
                "어느 머신에도 없는 주소"
            }
            .to_owned(),
            false,
        ),
        ServiceNote::SelectsNothing(selector) if en => (format!("selector {selector} finds no Pod"), true),
        ServiceNote::SelectsNothing(selector) => (format!("selector {selector}에 맞는 Pod 없음"), true),
        ServiceNote::NoSelector => (
            if en {
                "no selector, no endpoints"
            } else {
                "selector도 endpoint도 없음"
            }
            .to_owned(),
            true,
        ),
        ServiceNote::NoneReady => (
            if en {
                "none of its Pods is ready"
            } else {
                "Ready인 Pod 없음"
            }
            .to_owned(),
            true,
        ),
        ServiceNote::Headless => (
            if en {
                "headless: DNS answers with Pod addresses"
            } else {
                "headless: DNS가 Pod 주소로 응답"
            }
            .to_owned(),
            false,
        ),
        ServiceNote::Alias(target) if en => (format!("an alias for {target}"), false),
        ServiceNote::Alias(target) => (format!("{target}의 별칭"), false),
    }
}
