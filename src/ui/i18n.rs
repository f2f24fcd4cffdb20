//! Every fixed string of the page in every language. A missing translation does not compile.
//!
//! Strings with something inserted are functions at the end of this file. Sentences about packets are not
//! here: those belong to [`Why`](crate::net::Why). Kubernetes terms stay English in every language.

use crate::diag::Severity;
use crate::net::dns::Libc;
use crate::net::tally::{Spread, Tally};
use crate::net::{Verdict, send};
use crate::text::{Lang, Localized, LocalizedText, catalogue, phrase, pick};

catalogue! {
    /// The fixed strings of one language.
    Words;

    title: Localized {
        en: "Kubehop: watch packets move through Kubernetes",
        ko: "Kubehop: 쿠버네티스 패킷 따라가기",
    };
    skip: Localized { en: "Skip to the hop list", ko: "홉 목록으로 건너뛰기" };
    view_in_this: Localized { en: "View in English", ko: "한국어로 보기" };
    theme_to_dark: Localized { en: "Switch to the dark theme", ko: "어두운 테마로 바꾸기" };
    theme_to_light: Localized { en: "Switch to the light theme", ko: "밝은 테마로 바꾸기" };
    close: Localized { en: "Close", ko: "닫기" };
    panels: Localized { en: "Panels", ko: "패널" };
    panel_width: Localized { en: "Width of the panel", ko: "패널 너비" };
    tab_yaml: Localized { en: "YAML", ko: "YAML" };
    tab_hops: Localized { en: "Hops", ko: "홉" };
    tab_answers: Localized { en: "Answers", ko: "응답" };
    detail_label: Localized { en: "Hops and packet", ko: "홉과 패킷" };

    own_manifests: Localized { en: "Your manifests", ko: "내 매니페스트" };
    examples: Localized { en: "Examples", ko: "예제" };
    examples_note: Localized {
        en: "Loading one replaces the manifests; Ctrl+Z in the editor brings them back.",
        ko: "예제를 불러오면 매니페스트가 바뀝니다. 편집기에서 Ctrl+Z로 되돌릴 수 있습니다.",
    };
    find_example: Localized { en: "Find an example", ko: "예제 찾기" };
    no_example: Localized { en: "No example fits.", ko: "맞는 예제가 없습니다." };
    new_here: Localized { en: "New here? Lesson 1", ko: "처음이신가요? 실습 1" };
    starts: Localized {
        en: "Paste your own manifests, or start with one of these:",
        ko: "직접 쓴 매니페스트를 붙여 넣거나 여기서 시작하세요.",
    };
    start_easy: Localized { en: "A Service with three Pods", ko: "Pod 3개가 있는 Service" };
    start_broken: Localized { en: "A Service that does not answer: find out why", ko: "응답하지 않는 Service: 원인 찾기" };
    example_failed: Localized {
        en: "This example could not be loaded. Check the connection and try again.",
        ko: "예제를 불러오지 못했습니다. 연결을 확인하고 다시 시도해 주세요.",
    };

    manifests: Localized { en: "Manifests", ko: "매니페스트" };
    preset: Localized { en: "Cluster", ko: "클러스터" };
    release: Localized { en: "Release of Kubernetes", ko: "Kubernetes 릴리스" };
    preset_cloud: Localized {
        en: "3 nodes, load balancer, ingress-nginx",
        ko: "노드 3개, 로드 밸런서, ingress-nginx",
    };
    preset_bare_metal: Localized { en: "3 nodes, no load balancer, no Ingress controller", ko: "노드 3개, 로드 밸런서와 Ingress 컨트롤러 없음" };
    preset_minikube: Localized { en: "1 node", ko: "노드 1개" };
    download: Localized { en: "Download the manifests", ko: "매니페스트 내려받기" };
    server_words: Localized { en: "What the API server says", ko: "API 서버 메시지" };
    problems: Localized { en: "Problems", ko: "문제" };
    followed: Localized { en: "Applied to the cluster", ko: "클러스터에 반영됨" };
    keeps_last_good: Localized {
        en: "Not applied: the cluster keeps the last valid version",
        ko: "반영 안 됨: 클러스터는 마지막 정상 상태 유지",
    };
    not_followed: Localized { en: "Not applied", ko: "아직 반영하지 않음" };
    empty_text: Localized { en: "Paste or type manifests", ko: "매니페스트를 붙여 넣거나 입력하세요" };
    not_kept: Localized {
        en: "This browser blocks storage, so your text is lost when you reload. Download it to be safe.",
        ko: "이 브라우저에는 입력한 내용이 저장되지 않아 새로 고치면 사라집니다. 필요하면 내려받아 두세요.",
    };
    crashed_before: Localized {
        en: "Kubehop stopped while it read this text, so the text is not applied. Edit it, or try again.",
        ko: "이 내용을 읽다가 Kubehop이 멈춘 적이 있어 아직 반영하지 않았습니다. 고치거나 다시 시도해 주세요.",
    };
    apply_again: Localized { en: "Try again", ko: "다시 시도" };
    other_tab: Localized {
        en: "Another tab has changed these manifests too. This tab still shows its own.",
        ko: "다른 탭에서도 이 매니페스트를 고쳤습니다. 이 탭에는 이 탭의 내용이 그대로 있습니다.",
    };
    take_other_tab: Localized { en: "Take the other tab's", ko: "다른 탭의 내용 사용" };

    modes: Localized { en: "Mode", ko: "모드" };
    sandbox: Localized { en: "Sandbox", ko: "샌드박스" };
    lessons: Localized { en: "Lessons", ko: "실습" };
    tab_lesson: Localized { en: "Lesson", ko: "실습" };
    lessons_intro: Localized {
        en: "Short exercises, graded by how your packets behave. Start anywhere.",
        ko: "짧은 연습입니다. 패킷이 어떻게 움직이는지로 채점합니다. 어디서든 시작하세요.",
    };
    loading: Localized { en: "Loading…", ko: "불러오는 중…" };
    lessons_failed: Localized {
        en: "The lessons could not be loaded. Check the connection and try again.",
        ko: "실습을 불러오지 못했습니다. 네트워크 연결을 확인하세요.",
    };
    lesson_failed: Localized {
        en: "This lesson could not be opened. Choose one from the list.",
        ko: "이 실습을 열 수 없습니다. 목록에서 골라 주세요.",
    };
    file_failed: Localized { en: "That file could not be read.", ko: "파일을 읽지 못했습니다." };
    file_too_large: Localized {
        en: "That file is larger than 2 MB, which no progress file is.",
        ko: "파일이 2MB보다 큽니다. 진도 파일은 이보다 작습니다.",
    };
    progress_not_kept: Localized {
        en: "The progress was loaded, but this browser has no room to keep it: it will be gone after a reload.",
        ko: "진도를 불러왔지만 이 브라우저에 저장할 공간이 없어 새로 고치면 사라집니다.",
    };
    take_file: Localized { en: "Take the file's", ko: "파일의 내용 사용" };
    keep_own: Localized { en: "Keep mine", ko: "내 내용 유지" };
    try_again: Localized { en: "Try again", ko: "다시 시도" };
    clinic: Localized { en: "troubleshooting", ko: "장애 해결" };
    passed: Localized { en: "Passed.", ko: "통과했습니다." };
    progress_out: Localized { en: "Save progress", ko: "진도 저장" };
    progress_in: Localized { en: "Load progress", ko: "진도 불러오기" };
    all_lessons: Localized { en: "All lessons", ko: "모든 실습" };
    goal: Localized { en: "Goal", ko: "목표" };
    checks: Localized { en: "Checks", ko: "확인 항목" };
    check_passed: Localized { en: "passed", ko: "통과" };
    check_failed: Localized { en: "not passed", ko: "미통과" };
    hint: Localized { en: "Hint", ko: "힌트" };
    show_hint: Localized { en: "Show a hint", ko: "힌트 보기" };
    hide_hint: Localized { en: "Hide", ko: "접기" };
    no_hint: Localized {
        en: "No hint fits this state. Follow the packet: the last hop says what stops it.",
        ko: "이 상태에 맞는 힌트가 없습니다. 패킷을 따라가 보세요. 마지막 홉이 무엇이 막는지 알려 줍니다.",
    };
    show_solution: Localized { en: "Show a solution", ko: "정답 보기" };
    solution_shown: Localized {
        en: "This is one solution. Your own text is kept.",
        ko: "정답 가운데 하나입니다. 작성하던 내용은 그대로 보관됩니다.",
    };
    own_text: Localized { en: "Back to my text", ko: "내 작성 내용으로" };
    question: Localized { en: "Think first", ko: "먼저 생각해 보기" };
    predict: Localized { en: "Predict", ko: "예측해 보기" };
    skip_question: Localized { en: "Skip", ko: "건너뛰기" };
    hidden_hop: Localized { en: "What comes next?", ko: "다음은 무엇일까요?" };
    right: Localized { en: "Right.", ko: "맞습니다." };
    not_right: Localized { en: "Not quite.", ko: "아닙니다." };
    it_is: Localized { en: "It is:", ko: "정답:" };
    lesson_docs: Localized { en: "In the Kubernetes documentation", ko: "쿠버네티스 문서에서 보기" };
    start_over: Localized { en: "Start over", ko: "처음부터" };
    last_lesson: Localized {
        en: "That was the last lesson. In the sandbox your own manifests are waiting.",
        ko: "마지막 실습입니다. 이제 샌드박스에서 직접 쓴 매니페스트로 시험해 보세요.",
    };
    next_lesson: Localized { en: "Next lesson", ko: "다음 실습" };

    traffic_label: Localized { en: "Traffic", ko: "트래픽" };
    from: Localized { en: "From", ko: "출발지" };
    to: Localized { en: "To", ko: "목적지" };
    send: Localized { en: "Send", ko: "보내기" };
    send_100: Localized { en: "Send 100", ko: "100번 보내기" };
    http_label: Localized { en: "Method and headers of the HTTP request", ko: "HTTP 요청의 메서드와 헤더" };
    method: Localized { en: "Method", ko: "메서드" };
    headers: Localized { en: "Headers", ko: "헤더" };
    headers_note: Localized {
        en: "One a line, such as Host: shop.example or Cookie: name=value",
        ko: "한 줄에 하나씩, 예: Host: shop.example, Cookie: name=value",
    };
    suggestions: Localized { en: "Suggestions", ko: "추천 목록" };

    time_label: Localized { en: "Timeline", ko: "타임라인" };
    strip_label: Localized { en: "Hop", ko: "홉" };
    play: Localized { en: "Play", ko: "재생" };
    one_step: Localized { en: "One step", ko: "한 단계" };
    pause: Localized { en: "Pause", ko: "일시정지" };
    previous_hop: Localized { en: "Previous hop", ko: "이전 홉" };
    next_hop: Localized { en: "Next hop", ko: "다음 홉" };
    speed: Localized { en: "Speed", ko: "속도" };
    zoom_in: Localized { en: "Zoom in", ko: "확대" };
    zoom_out: Localized { en: "Zoom out", ko: "축소" };
    fit: Localized { en: "Fit", ko: "화면에 맞추기" };
    nothing_sent: Localized {
        en: "Choose a source and a destination, then press Send. The packet's path appears here.",
        ko: "출발지와 목적지를 고르고 보내기를 누르면 패킷이 가는 길이 여기에 나타납니다.",
    };

    mark_request: Localized { en: "request", ko: "요청" };
    mark_reply: Localized { en: "reply", ko: "응답" };
    mark_rewritten: Localized { en: "address changed", ko: "주소 바뀜" };
    mark_refused: Localized { en: "refused", ko: "연결 거부" };
    mark_timeout: Localized { en: "timed out", ko: "시간 초과" };
    mark_virtual: Localized { en: "virtual IP: only in rules", ko: "가상 IP: 규칙으로만 존재" };
    mark_expected: Localized { en: "answers | expected", ko: "응답 | 예상" };
    mark_ready: Localized { en: "ready", ko: "Ready" };
    mark_not_ready: Localized { en: "not ready", ko: "Ready 아님" };
    mark_terminating: Localized { en: "terminating", ko: "Terminating" };

    hops: Localized { en: "Hops", ko: "홉" };
    looks_up: Localized { en: "looks the name up", ko: "이름 조회" };
    lookup_hops: Localized { en: "Hops of the DNS lookup", ko: "DNS 조회의 홉" };
    under_way: Localized { en: "On its way", ko: "가는 중" };
    restored: Localized { en: "restored", ko: "복원" };
    no_hops: Localized { en: "Nothing has been sent yet.", ko: "아직 보낸 것이 없습니다." };
    rules_met: Localized { en: "Matching rules", ko: "적용된 규칙" };
    remembered: Localized { en: "conntrack entry", ko: "conntrack 항목" };
    came_in: Localized { en: "original direction", ko: "원래 방향" };
    answer_comes: Localized { en: "reply direction", ko: "응답 방향" };
    no_rule_asked: Localized {
        en: "Later packets skip the rules: conntrack reuses the choice made for the first one.",
        ko: "이후 패킷은 규칙을 거치지 않습니다. 첫 패킷에서 정한 대로 conntrack이 처리합니다.",
    };
    made_from: Localized { en: "Made from", ko: "규칙의 출처" };
    from_preset: Localized {
        en: "part of the cluster, not of your manifests",
        ko: "매니페스트가 아니라 클러스터에 기본으로 있는 오브젝트",
    };
    why: Localized { en: "Why", ko: "이유" };

    selection_label: Localized { en: "Selected in the diagram", ko: "그림에서 선택한 항목" };
    selection_gone: Localized { en: "It has left the cluster.", ko: "이제 클러스터에 없습니다." };
    back_to_hops: Localized { en: "Back to the hops (Esc)", ko: "홉으로 돌아가기 (Esc)" };
    send_from_here: Localized { en: "Send from here", ko: "여기서 보내기" };
    what_if: Localized { en: "What if it fails?", ko: "장애가 나면?" };
    clock_label: Localized { en: "Virtual time and events", ko: "가상 시간과 이벤트" };
    clock_short: Localized { en: "Time", ko: "시간" };
    next_event: Localized { en: "Next event", ko: "다음 이벤트로" };
    nothing_happens: Localized { en: "No event is due.", ko: "예정된 이벤트가 없습니다." };
    mend_all: Localized { en: "Repair all", ko: "모두 복구" };
    event_log: Localized { en: "Events", ko: "이벤트 기록" };
    faults_fleeting: Localized {
        en: "Editing manifests does not repair faults. Reloading the page clears them.",
        ko: "매니페스트를 고쳐도 장애는 복구되지 않습니다. 페이지를 새로 고치면 사라집니다.",
    };
    show_lines: Localized { en: "Show in the manifests", ko: "매니페스트에서 보기" };
    addresses: Localized { en: "Addresses", ko: "주소" };
    host_name: Localized { en: "Host name", ko: "호스트 이름" };
    pod_network: Localized { en: "Pod network", ko: "Pod 네트워크" };
    conditions: Localized { en: "Conditions", ko: "Conditions" };
    variables: Localized { en: "Environment variables", ko: "환경 변수" };
    no_variables: Localized {
        en: "Services without variables, or with outdated ones",
        ko: "변수가 없거나 값이 오래된 Service",
    };

    answer: Localized { en: "Answer", ko: "응답" };
    follow: Localized { en: "Follow", ko: "따라가기" };
    response_headers: Localized { en: "Response headers", ko: "응답 헤더" };
    as_pod_saw: Localized { en: "The request as the Pod saw it", ko: "Pod가 받은 요청" };

    answered: Localized { en: "Who answered", ko: "누가 응답했나" };
    nobody_answered: Localized { en: "No Pod answered.", ko: "응답한 Pod가 없습니다." };
    backend: Localized { en: "Backend", ko: "백엔드" };
    answers: Localized { en: "answers", ko: "응답" };
    source_seen: Localized { en: "Source the Pods saw", ko: "Pod가 본 출발지" };
    watch_one: Localized {
        en: "Choose a Pod to watch one of its requests.",
        ko: "Pod를 고르면 그 Pod로 간 요청 하나를 볼 수 있습니다.",
    };

    shortcuts: Localized { en: "Keyboard shortcuts", ko: "키보드 단축키" };
    key_play: Localized { en: "Play or pause", ko: "재생·일시정지" };
    key_hop: Localized { en: "Previous or next hop", ko: "이전·다음 홉" };
    key_ends: Localized { en: "First or last hop", ko: "처음·마지막 홉" };
    key_send: Localized { en: "Send", ko: "보내기" };
    key_send_100: Localized { en: "Send 100", ko: "100번 보내기" };
    key_answer: Localized { en: "Answer the question", ko: "질문에 답하기" };
    key_zoom: Localized { en: "Zoom in, out, fit", ko: "확대·축소·화면에 맞추기" };
    key_follow: Localized { en: "Follow the packet", ko: "패킷 따라가기" };
    key_close: Localized { en: "Close what is open", ko: "열린 창 닫기" };
    key_leave_editor: Localized { en: "Leave the editor", ko: "편집기에서 나가기" };
    keys_note: Localized {
        en: "Single keys act only outside text fields.",
        ko: "한 글자 단축키는 입력란 밖에서만 동작합니다.",
    };

    crash_title: Localized { en: "Kubehop stopped", ko: "Kubehop이 멈췄습니다" };
    crash_say: Localized {
        en: "The fault is in Kubehop, not in your manifests. They are kept: restart to continue, or download them first.",
        ko: "매니페스트가 아니라 Kubehop의 결함입니다. 입력한 내용은 그대로 남아 있으니 다시 시작하거나 먼저 내려받으세요.",
    };
    crash_restart: Localized { en: "Restart", ko: "다시 시작" };
    crash_download: Localized { en: "Download the manifests", ko: "매니페스트 내려받기" };
    crash_log: Localized { en: "Log", ko: "로그" };
    crash_copy_log: Localized { en: "Copy log", ko: "로그 복사" };
    crash_log_copied: Localized {
        en: "Copied. The log contains what Kubehop did, and nothing from your manifests.",
        ko: "복사했습니다. Kubehop이 한 일만 들어 있고 매니페스트 내용은 없습니다.",
    };
    crash_log_not_copied: Localized {
        en: "This browser did not copy it. It is selected below: copy it by hand.",
        ko: "이 브라우저에서 복사하지 못했습니다. 아래에 선택해 두었으니 직접 복사하세요.",
    };
}

/// Words of the field that a sentence may hold, by how they are written, and what they mean.
pub const TERMS: [(Localized<&[&str]>, Localized<&str>); 9] = [
    (
        Localized {
            en: &["DNAT"],
            ko: &["DNAT"],
        },
        Localized {
            en: "DNAT: a rule on a node changes the destination address of a packet.",
            ko: "DNAT: 노드의 규칙이 패킷의 목적지 주소를 바꾸는 것",
        },
    ),
    (
        Localized {
            en: &["SNAT"],
            ko: &["SNAT"],
        },
        Localized {
            en: "SNAT: a node changes the source address of a packet, so that the reply comes back to the node.",
            ko: "SNAT: 응답이 돌아오도록 노드가 패킷의 출발지 주소를 바꾸는 것",
        },
    ),
    (
        Localized {
            en: &["conntrack"],
            ko: &["conntrack"],
        },
        Localized {
            en: "conntrack: the list of connections in a node's kernel. It restores changed addresses in replies.",
            ko: "conntrack: 노드의 커널에 있는 연결 목록. 응답에서 바뀐 주소를 복원합니다",
        },
    ),
    (
        Localized {
            en: &["endpoints", "endpoint"],
            ko: &["엔드포인트"],
        },
        Localized {
            en: "Endpoint: an address and port, mostly of a Pod, that a Service can send to.",
            ko: "엔드포인트: Service가 보낼 수 있는 주소와 포트. 대부분 Pod의 것입니다",
        },
    ),
    (
        Localized {
            en: &["NXDOMAIN"],
            ko: &["NXDOMAIN"],
        },
        Localized {
            en: "NXDOMAIN: the answer of a DNS server that a name does not exist.",
            ko: "NXDOMAIN: 이름이 없다는 DNS 서버의 응답",
        },
    ),
    (
        Localized {
            en: &["CNAME"],
            ko: &["CNAME"],
        },
        Localized {
            en: "CNAME: a DNS record that says: this name is an alias for another name.",
            ko: "CNAME: 이 이름이 다른 이름의 별칭이라는 DNS 레코드",
        },
    ),
    (
        Localized {
            en: &["headless"],
            ko: &["헤드리스"],
        },
        Localized {
            en: "Headless: a Service without a virtual address. DNS answers with the addresses of its Pods.",
            ko: "헤드리스: 가상 주소가 없는 Service. DNS가 Pod의 주소로 응답합니다",
        },
    ),
    (
        Localized {
            en: &["musl", "glibc"],
            ko: &["musl", "glibc"],
        },
        Localized {
            en: "The C library of the sender's image, which looks names up: musl in Alpine images, glibc in most others.",
            ko: "이름을 조회하는 C 라이브러리. Alpine 이미지는 musl, 다른 이미지는 대부분 glibc를 씁니다",
        },
    ),
    (
        Localized {
            en: &["NetworkPolicy"],
            ko: &["NetworkPolicy"],
        },
        Localized {
            en: "NetworkPolicy: says which traffic selected Pods may receive or send; everything else is dropped.",
            ko: "NetworkPolicy: 선택한 Pod가 받거나 보낼 수 있는 트래픽을 정합니다. 나머지는 버려집니다",
        },
    ),
];

/// A piece of a sentence cut at the terms of [`TERMS`]: text, and the term's place if it is one.
#[must_use]
pub fn cut_at_terms(lang: Lang, text: &str) -> Vec<(&str, Option<usize>)> {
    let mut out = Vec::new();
    let mut rest = text;
    'text: while !rest.is_empty() {
        let mut first: Option<(usize, usize, usize)> = None;
        for (idx, (forms, _)) in TERMS.iter().enumerate() {
            for form in *forms.of(lang) {
                if let Some(at) = rest.find(form)
                    && first.is_none_or(|(known, len, _)| at < known || at == known && form.len() > len)
                {
                    first = Some((at, form.len(), idx));
                }
            }
        }
        let Some((at, len, idx)) = first else {
            out.push((rest, None));
            break 'text;
        };
        if at > 0 {
            out.push((&rest[..at], None));
        }
        out.push((&rest[at..at + len], Some(idx)));
        rest = &rest[at + len..];
    }
    out
}

/// `3 objects`.
#[must_use]
pub fn objects(lang: Lang, count: usize) -> String {
    match count {
        1 => phrase!(lang, en: "1 object", ko: "오브젝트 1개"),
        _ => phrase!(lang, en: "{count} objects", ko: "오브젝트 {count}개"),
    }
}

/// `2 problems`.
#[must_use]
pub fn problems(lang: Lang, count: usize) -> String {
    match count {
        1 => phrase!(lang, en: "1 problem", ko: "문제 1개"),
        _ => phrase!(lang, en: "{count} problems", ko: "문제 {count}개"),
    }
}

/// `1 note`.
#[must_use]
pub fn notes(lang: Lang, count: usize) -> String {
    match count {
        1 => phrase!(lang, en: "1 note", ko: "참고 1개"),
        _ => phrase!(lang, en: "{count} notes", ko: "참고 {count}개"),
    }
}

/// `line 12`.
#[must_use]
pub fn line(lang: Lang, number: u32) -> String {
    phrase!(lang, en: "line {number}", ko: "{number}행")
}

/// `Error`: the severity of a finding.
#[must_use]
pub const fn severity(lang: Lang, severity: Severity) -> &'static str {
    match severity {
        Severity::Error => pick!(lang, en: "Error", ko: "오류"),
        Severity::Warning => pick!(lang, en: "Warning", ko: "경고"),
        Severity::Info => pick!(lang, en: "Note", ko: "참고"),
    }
}

/// `100 requests`.
#[must_use]
pub fn requests(lang: Lang, count: usize) -> String {
    phrase!(lang, en: "{count} requests", ko: "요청 {count}개")
}

/// `40 of 100 requests`.
#[must_use]
pub fn requests_so_far(lang: Lang, arrived: usize, sent: usize) -> String {
    phrase!(lang, en: "{arrived} of {sent} requests", ko: "요청 {sent}개 중 {arrived}개")
}

/// While the requests of a burst are under way.
#[must_use]
pub fn burst_under_way(lang: Lang, sent: usize) -> String {
    phrase!(
        lang,
        en: "{sent} requests are under way. The bars count the answers as they arrive.",
        ko: "요청 {sent}개를 보내는 중입니다. 응답이 도착하는 대로 막대가 늘어납니다.",
    )
}

/// `expected 33`.
#[must_use]
pub fn expected(lang: Lang, count: f64) -> String {
    let count = if (count - count.round()).abs() < 0.05 {
        format!("{count:.0}")
    } else {
        format!("{count:.1}")
    };
    phrase!(lang, en: "expected {count}", ko: "예상 {count}")
}

/// `Stop 5, to come`.
#[must_use]
pub fn to_come(lang: Lang, stop: usize) -> String {
    phrase!(lang, en: "Stop {stop}, to come", ko: "홉 {stop}, 아직 지나지 않음")
}

/// That a part of the text is refused.
#[must_use]
pub const fn refused_text(lang: Lang) -> &'static str {
    pick!(
        lang,
        en: "The API server refuses part of your text, so the cluster keeps the version before. Read the message:",
        ko: "API 서버가 내용 일부를 거부해 클러스터에는 이전 상태가 남아 있습니다. 메시지를 확인하세요:",
    )
}

/// The button that replaces a value.
#[must_use]
pub fn change_to(lang: Lang, with: &str) -> String {
    phrase!(lang, en: "Change to `{with}`", ko: "`{with}` 값으로 바꾸기")
}

/// The button that sends somewhere else.
#[must_use]
pub fn send_to(lang: Lang, to: &str) -> String {
    phrase!(lang, en: "Send to `{to}`", ko: "`{to}` 주소로 보내기")
}

/// That the request was sent again by itself, and how it had ended before.
#[must_use]
pub fn sent_again(lang: Lang, ended: Verdict, status: Option<u16>) -> String {
    let was = match status {
        Some(status) => send::status_line(status).to_string(),
        None => verdict(lang, ended).to_owned(),
    };
    phrase!(
        lang,
        en: "Sent again, because the cluster changed. Before: {was}.",
        ko: "클러스터가 바뀌어 다시 보냈습니다. 이전 결과: {was}.",
    )
}

/// How a failed request ended and why, as one sentence.
#[must_use]
pub fn ended(lang: Lang, end: Verdict, cause: &str) -> String {
    let verdict = verdict(lang, end);
    let mut first = verdict.chars();
    let verdict: String = first
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(first)
        .collect();
    let dot = if cause.ends_with(['.', '?']) { "" } else { "." };
    format!("{verdict}: {cause}{dot}")
}

/// A verdict, as a label.
#[must_use]
pub const fn verdict(lang: Lang, verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Delivered => pick!(lang, en: "delivered", ko: "도착"),
        Verdict::Refused => pick!(lang, en: "connection refused", ko: "연결 거부"),
        Verdict::Timeout => pick!(lang, en: "timed out", ko: "시간 초과"),
        Verdict::Unresolved => pick!(lang, en: "name not found", ko: "이름을 찾지 못함"),
        Verdict::Unreachable => pick!(lang, en: "no route", ko: "라우팅 경로 없음"),
    }
}

/// The name of a generated pod with its middle left out: `web-…-x2lqz`.
#[must_use]
pub fn short_name(name: &str) -> String {
    let parts: Vec<&str> = name.rsplitn(3, '-').collect();
    match parts[..] {
        [last, hash, owner] if last.len() == 5 && (8..=10).contains(&hash.len()) && !owner.is_empty() => {
            format!("{owner}-…-{last}")
        }
        _ => name.to_owned(),
    }
}

/// `Hop 3 of 8`.
#[must_use]
pub fn hop_of(lang: Lang, hop: usize, count: usize) -> String {
    phrase!(lang, en: "Hop {hop} of {count}", ko: "홉 {hop}/{count}")
}

/// `Inside node-1`.
#[must_use]
pub fn inside(lang: Lang, place: &str) -> String {
    phrase!(lang, en: "Inside {place}", ko: "{place} 안에서")
}

/// `At client`.
#[must_use]
pub fn at_place(lang: Lang, place: &str) -> String {
    phrase!(lang, en: "At {place}", ko: "{place}에서")
}

/// How a burst went, in one sentence.
#[must_use]
pub fn burst(lang: Lang, tally: &Tally) -> String {
    let sent = tally.sent;
    let delivered = sent - tally.failed.values().sum::<usize>();
    let backends = tally.rows.iter().filter(|it| it.count > 0).count();
    let outcome = match (delivered, backends) {
        (0, _) => phrase!(
            lang,
            en: "{sent} requests, and none of them was answered.",
            ko: "요청 {sent}개를 보냈지만 응답이 없습니다.",
        ),
        (_, 1) => phrase!(
            lang,
            en: "One backend answered {delivered} of {sent} requests.",
            ko: "요청 {sent}개 중 {delivered}개에 백엔드 하나가 응답했습니다.",
        ),
        _ => phrase!(
            lang,
            en: "{backends} backends shared {delivered} of {sent} requests.",
            ko: "요청 {sent}개 중 {delivered}개에 백엔드 {backends}개가 나누어 응답했습니다.",
        ),
    };
    let reason = match tally.spread {
        Spread::Unknown | Spread::Rules(..=1) => return outcome,
        Spread::Rules(n) => phrase!(
            lang,
            en: "For each request the rules choose one of {n} endpoints, each with the same chance.",
            ko: "규칙은 요청마다 엔드포인트 {n}개 중 하나를 같은 확률로 고릅니다.",
        ),
        Spread::Balancer(n) => phrase!(
            lang,
            en: "The load balancer spread them over {n} nodes, whose rules chose among all endpoints.",
            ko: "로드 밸런서가 노드 {n}개에 나누어 보냈고, 각 노드의 규칙은 모든 엔드포인트 중에서 골랐습니다.",
        ),
        Spread::OwnPods(n) => phrase!(
            lang,
            en: "The load balancer gives {n} nodes equal parts; each shares its part among its own Pods only.",
            ko: "로드 밸런서는 노드 {n}개에 똑같이 나누고, 각 노드는 받은 몫을 자기 Pod끼리만 나눕니다.",
        ),
        Spread::Turns => phrase!(
            lang,
            en: "The Ingress controller lets the endpoints take turns.",
            ko: "Ingress 컨트롤러가 엔드포인트를 차례로 고릅니다.",
        ),
        Spread::Remembered => phrase!(
            lang,
            en: "Session affinity sends each client to the Pod it reached first.",
            ko: "세션 어피니티에 따라 클라이언트는 처음 연결한 Pod로 계속 갑니다.",
        ),
    };
    format!("{outcome} {reason}")
}

/// `by chance, 33 %`.
#[must_use]
pub fn probability(lang: Lang, probability: f64) -> String {
    {
        let percent = (probability * 100.0).round();
        phrase!(lang, en: "by chance, {percent} %", ko: "확률 {percent}%")
    }
}

/// Who answered over HTTP: a pod (of a Service), or the ingress controller itself.
#[must_use]
pub fn answered_by(lang: Lang, pod: Option<&str>, service: Option<&str>) -> String {
    match (pod.map(short_name), service) {
        (Some(pod), Some(service)) => phrase!(
            lang,
            en: "from {pod}, Service {service}",
            ko: "{pod} 응답, Service {service}",
        ),
        (Some(pod), None) => phrase!(lang, en: "from {pod}", ko: "{pod} 응답"),
        (None, _) => phrase!(lang, en: "from the Ingress controller itself", ko: "Ingress 컨트롤러가 직접 응답"),
    }
}

/// Where TLS ended, with which certificate, and whether what goes on from there, if anything, is in TLS again.
#[must_use]
pub fn tls_ends(lang: Lang, secret: &str, goes_on: Option<bool>) -> String {
    let mut text = if secret == "DEFAULT_FAKE" {
        phrase!(
            lang,
            en: "TLS ends at the Ingress controller, with its self-signed default certificate.",
            ko: "TLS는 Ingress 컨트롤러에서 종료됩니다(인증서: 컨트롤러의 자체 서명 기본 인증서).",
        )
    } else {
        phrase!(
            lang,
            en: "TLS ends at the Ingress controller, with the certificate of Secret `{secret}`.",
            ko: "TLS는 Ingress 컨트롤러에서 종료됩니다(인증서: Secret `{secret}`).",
        )
    };
    text.push_str(match goes_on {
        None => "",
        Some(false) => pick!(
            lang,
            en: " A second connection continues to the Pod, in plain HTTP.",
            ko: " Pod까지는 평문 HTTP인 두 번째 연결로 갑니다.",
        ),
        Some(true) => pick!(
            lang,
            en: " A second connection continues to the Pod, in TLS of its own.",
            ko: " Pod까지는 따로 TLS를 쓰는 두 번째 연결로 갑니다.",
        ),
    });
    text
}

/// `8 questions for 4 names`.
#[must_use]
pub fn dns_questions(lang: Lang, questions: usize, names: usize) -> String {
    match (questions, names) {
        (1, 1) => phrase!(lang, en: "1 query", ko: "이름 1개에 질의 1개"),
        (1, _) => phrase!(lang, en: "1 query", ko: "이름 {names}개에 질의 1개"),
        (_, 1) => phrase!(lang, en: "{questions} queries for one name", ko: "이름 1개에 질의 {questions}개"),
        _ => phrase!(
            lang,
            en: "{questions} queries for {names} names",
            ko: "이름 {names}개에 질의 {questions}개",
        ),
    }
}

/// What a pod's resolver makes of a name.
#[must_use]
pub fn resolver(lang: Lang, libc: Libc, ndots: usize) -> String {
    let libc = libc.name();
    phrase!(
        lang,
        en: "The resolver ({libc}) tries the search list first for names with fewer than {ndots} dots.",
        ko: "리졸버({libc})는 점이 {ndots}개보다 적은 이름에 search 목록을 먼저 붙여 질의합니다.",
    )
}

/// `Lesson 3 of 20`.
#[must_use]
pub fn lesson_of(lang: Lang, at: usize, of: usize) -> String {
    phrase!(lang, en: "Lesson {at} of {of}", ko: "실습 {at}/{of}")
}

/// `3 of 20 passed. …`
#[must_use]
pub fn lessons_passed(lang: Lang, done: usize, of: usize) -> String {
    phrase!(
        lang,
        en: "{done} of {of} passed. Progress stays in this browser; save it to take it along.",
        ko: "{of}개 중 {done}개 통과. 진도는 이 브라우저에 남습니다. 옮기려면 파일로 저장하세요.",
    )
}

/// What is asked where a progress file has other texts than the learner.
#[must_use]
pub fn import_asks(lang: Lang, lessons: usize) -> String {
    match lessons {
        1 => phrase!(
            lang,
            en: "In one lesson the file has other manifests than you have here. Which stay?",
            ko: "실습 1개에서 파일의 매니페스트가 지금 내용과 다릅니다. 어느 쪽을 남길까요?",
        ),
        _ => phrase!(
            lang,
            en: "In {lessons} lessons the file has other manifests than you have here. Which stay?",
            ko: "실습 {lessons}개에서 파일의 매니페스트가 지금 내용과 다릅니다. 어느 쪽을 남길까요?",
        ),
    }
}

/// The button that plays the packet which fails a check.
#[must_use]
pub fn watch_it(lang: Lang, verdict: Option<Verdict>, place: Option<&str>) -> String {
    let Some(verdict) = verdict else {
        return phrase!(lang, en: "watch it", ko: "패킷 보기");
    };
    let what = match verdict {
        Verdict::Delivered => pick!(lang, en: "arrives, but not as expected", ko: "도착했지만 기대와 다름"),
        Verdict::Refused => pick!(lang, en: "refused", ko: "연결 거부"),
        Verdict::Timeout => pick!(lang, en: "timed out", ko: "시간 초과"),
        Verdict::Unresolved => pick!(lang, en: "name not found", ko: "이름을 찾지 못함"),
        Verdict::Unreachable => pick!(lang, en: "no route", ko: "라우팅 경로 없음"),
    };
    match place {
        Some(place) => phrase!(
            lang,
            en: "{what} at {place} · watch it",
            ko: "{place}: {what} · 패킷 보기",
        ),
        None => phrase!(lang, en: "{what} · watch it", ko: "{what} · 패킷 보기"),
    }
}

/// What the event log says where everything was mended.
#[must_use]
pub fn mended() -> LocalizedText {
    LocalizedText::by(|lang| Words::of(lang).mend_all.into())
}

/// `+1 m 10 s`: time since the event log began.
#[must_use]
pub fn elapsed(seconds: i64) -> String {
    match seconds {
        0..60 => format!("+{seconds} s"),
        _ if seconds % 60 == 0 => format!("+{} min", seconds / 60),
        _ => format!("+{} min {} s", seconds / 60, seconds % 60),
    }
}
