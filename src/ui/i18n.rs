//! Every fixed string of the page in every language. A missing translation does not compile.
//!
//! Strings with something inserted are functions at the end of this file. Sentences about packets are not
//! here: those belong to [`Why`](crate::net::Why). Kubernetes terms stay English in every language.

use crate::diag::Severity;
use crate::net::Verdict;
use crate::net::dns::Libc;
use crate::net::request::AddressError;
use crate::net::tally::{Spread, Tally};
use crate::text::{Bilingual, Lang};

use super::state::Complaint;

macro_rules! catalogue {
    ($($name:ident: $en:literal, $ko:literal;)*) => {
        /// The fixed strings of one language.
        #[expect(missing_docs, reason = "each field is the string of that name; its English text says what it is")]
        pub struct Words {
            $(pub $name: &'static str,)*
        }

        static EN: Words = Words { $($name: $en,)* };
        static KO: Words = Words { $($name: $ko,)* };
    };
}

catalogue! {
    title: "Kubehop: watch packets move through Kubernetes", "Kubehop: Kubernetes 속 패킷의 길";
    skip: "Skip to the hop list", "홉 목록으로 건너뛰기";
    other_lang: "한국어", "English";
    switch_lang: "한국어로 보기", "View in English";
    theme_to_dark: "Switch to the dark theme", "어두운 테마로 바꾸기";
    theme_to_light: "Switch to the light theme", "밝은 테마로 바꾸기";
    close: "Close", "닫기";
    panels: "Panels", "패널";
    panel_width: "Width of the panel", "패널 너비";
    tab_yaml: "YAML", "YAML";
    tab_hops: "Hops", "홉";
    tab_answers: "Answers", "응답";
    detail_label: "Hops and packet", "홉과 패킷";

    examples: "Examples", "예제";
    examples_note: "Loading one replaces the manifests; Ctrl+Z in the editor brings them back.",
        "예제를 불러오면 매니페스트가 바뀝니다. 편집기에서 Ctrl+Z로 되돌릴 수 있습니다.";
    example_failed: "This example could not be loaded. Check the connection and try again.",
        "예제를 불러오지 못했습니다. 연결을 확인하고 다시 시도해 주세요.";

    manifests: "Manifests", "매니페스트";
    preset: "Cluster", "클러스터";
    preset_cloud: "3 nodes, load balancer, ingress-nginx", "노드 3개, 로드 밸런서, ingress-nginx";
    preset_bare_metal: "3 nodes, neither", "노드 3개만";
    preset_minikube: "1 node", "노드 1개";
    download: "Download the manifests", "매니페스트 내려받기";
    problems: "Problems", "문제";
    followed: "Cluster follows this text", "클러스터에 반영됨";
    keeps_last_good: "Cluster keeps the last good objects", "마지막으로 올바른 상태를 유지 중";
    not_followed: "Not applied", "아직 반영하지 않음";
    empty_text: "Paste or type manifests", "매니페스트를 붙여 넣거나 입력하세요";
    not_kept: "This browser does not keep what you type: it will be gone after a reload. Download it to be safe.",
        "이 브라우저에는 입력한 내용이 저장되지 않아 새로 고치면 사라집니다. 필요하면 내려받아 두세요.";
    crashed_before: "Kubehop stopped while it was reading this text, so it has not been applied. Edit it, or try again.",
        "이 내용을 읽다가 Kubehop이 멈춘 적이 있어 아직 반영하지 않았습니다. 고치거나 다시 시도해 주세요.";
    apply_again: "Try again", "다시 시도";

    modes: "Mode", "모드";
    sandbox: "Sandbox", "샌드박스";
    lessons: "Lessons", "레슨";
    tab_lesson: "Lesson", "레슨";
    lessons_intro: "Short exercises, graded by how your packets behave. Start anywhere.", "짧은 연습입니다. 패킷이 어떻게 움직이는지로 채점합니다. 어디서든 시작하세요.";
    loading: "Loading…", "불러오는 중…";
    lessons_failed: "The lessons could not be fetched. Is there a connection?", "레슨을 불러오지 못했습니다. 네트워크 연결을 확인하세요.";
    lesson_failed: "This lesson could not be opened. Choose one from the list.", "이 레슨을 열 수 없습니다. 목록에서 골라 주세요.";
    file_failed: "That file could not be read.", "파일을 읽지 못했습니다.";
    try_again: "Try again", "다시 시도";
    clinic: "break and fix", "고장 수리";
    passed: "Passed.", "통과했습니다.";
    progress_out: "Save progress", "진도 저장";
    progress_in: "Load progress", "진도 불러오기";
    all_lessons: "All lessons", "모든 레슨";
    goal: "Goal", "목표";
    checks: "Checks", "확인 항목";
    check_passed: "passed", "통과";
    check_failed: "not yet", "아직";
    hint: "Hint", "힌트";
    show_hint: "Show a hint", "힌트 보기";
    hide_hint: "Hide", "접기";
    no_hint: "No hint fits this state. Follow the packet: the last hop says what stops it.", "이 상태에 맞는 힌트가 없습니다. 패킷을 따라가 보세요. 마지막 홉이 무엇이 막는지 알려 줍니다.";
    show_solution: "Show a solution", "정답 보기";
    solution_shown: "This is one solution. Your own text is kept.", "정답 가운데 하나입니다. 작성하던 내용은 그대로 보관됩니다.";
    own_text: "Back to my text", "내 작성 내용으로";
    question: "Think first", "먼저 생각해 보기";
    predict: "Predict", "예측해 보기";
    skip_question: "Skip", "건너뛰기";
    veiled: "What comes next?", "다음은 무엇일까요?";
    right: "Right.", "맞습니다.";
    not_right: "Not quite.", "아닙니다.";
    it_is: "It is:", "정답:";
    lesson_docs: "In the Kubernetes documentation", "Kubernetes 문서에서 보기";
    start_over: "Start over", "처음부터";
    next_lesson: "Next lesson", "다음 레슨";

    traffic_label: "Traffic", "트래픽";
    from: "From", "출발";
    to: "To", "도착";
    send: "Send", "보내기";
    send_100: "Send 100", "100번 보내기";
    http_label: "Method and headers of the HTTP request", "HTTP 요청의 메서드와 헤더";
    method: "Method", "메서드";
    headers: "Headers", "헤더";
    headers_note: "One a line, such as Host: shop.example or Cookie: name=value", "한 줄에 하나씩, 예: Host: shop.example, Cookie: name=value";
    suggestions: "Suggestions", "추천 목록";

    time_label: "Timeline", "타임라인";
    strip_label: "Hop", "홉";
    play: "Play", "재생";
    pause: "Pause", "일시정지";
    previous_hop: "Previous hop", "이전 홉";
    next_hop: "Next hop", "다음 홉";
    speed: "Speed", "속도";
    zoom_in: "Zoom in", "확대";
    zoom_out: "Zoom out", "축소";
    fit: "Fit", "화면에 맞추기";
    nothing_sent: "Choose who sends and where to, then press Send: the packet's way appears here.",
        "보낼 곳과 받을 곳을 고르고 보내기를 누르면 패킷이 가는 길이 여기에 나타납니다.";

    mark_request: "request", "요청";
    mark_reply: "reply", "응답";
    mark_rewritten: "address rewritten", "주소가 바뀜";
    mark_refused: "refused", "거절";
    mark_timeout: "no answer", "응답 없음";
    mark_virtual: "virtual: only in rules", "가상: 규칙으로만 존재";
    mark_expected: "answers | expected", "응답 | 예상";
    mark_ready: "ready", "Ready";
    mark_not_ready: "not ready", "Not ready";
    mark_terminating: "terminating", "Terminating";

    hops: "Hops", "홉";
    restored: "restored", "복원";
    no_hops: "Nothing has been sent yet.", "아직 보낸 것이 없습니다.";
    rules_met: "Rules it met", "거친 규칙";
    remembered: "What conntrack remembers", "conntrack이 기억하는 연결";
    came_in: "came in", "들어온 모습";
    answer_comes: "answer comes", "응답이 올 모습";
    no_rule_asked: "No rule is asked again: the first packet of a connection decides, conntrack repeats.",
        "규칙을 다시 묻지 않습니다. 연결의 첫 패킷에서 정해진 대로 conntrack이 되풀이합니다.";
    made_from: "Made from", "규칙의 출처";
    from_preset: "part of the cluster, not of your manifests", "매니페스트가 아니라 클러스터에 딸린 객체";
    why: "Why", "이유";

    picked_label: "What was chosen on the stage", "스테이지에서 고른 것";
    picked_gone: "It is no longer in the cluster.", "이제 클러스터에 없습니다.";
    back_to_hops: "Back to the hops (Esc)", "홉으로 돌아가기 (Esc)";
    send_from_here: "Send from here", "여기서 보내기";
    what_if: "What if it fails?", "고장이 나면?";
    passing: "Virtual time and what happened", "가상 시간과 일어난 일";
    passing_short: "Time", "시간";
    pass_to_news: "Next event", "다음 일까지";
    nothing_happens: "Nothing will happen by itself.", "저절로 일어날 일이 없습니다.";
    mend_all: "Mend everything", "모두 복구";
    event_log: "What happened", "일어난 일";
    faults_fleeting: "Editing the manifests mends nothing; a reload of the page starts over without faults.",
        "매니페스트를 고쳐도 고장은 그대로입니다. 페이지를 새로 고치면 고장 없이 처음부터 시작합니다.";
    show_lines: "Show in the manifests", "매니페스트에서 보기";
    addresses: "Addresses", "주소";
    host_name: "Host name", "호스트 이름";
    pod_network: "Pod network", "Pod 네트워크";
    conditions: "Conditions", "Conditions";
    variables: "Environment variables", "환경 변수";
    no_variables: "Without variables, or with old ones", "변수가 없거나 옛 값인 Service";

    answer: "Answer", "응답";
    follow: "Follow", "따라가기";
    response_headers: "Response headers", "응답 헤더";
    as_pod_saw: "The request as the Pod saw it", "Pod가 받은 요청";

    answered: "Who answered", "누가 응답했나";
    nobody_answered: "No Pod answered.", "응답한 Pod가 없습니다.";
    backend: "Backend", "백엔드";
    answers: "answers", "응답";
    source_seen: "Source the Pods saw", "Pod가 본 출발지";
    watch_one: "Choose a Pod to watch one of its requests.", "Pod를 고르면 그 Pod로 간 요청 하나를 볼 수 있습니다.";

    shortcuts: "Keyboard shortcuts", "키보드 단축키";
    key_play: "Play or pause", "재생·일시정지";
    key_hop: "Previous or next hop", "이전·다음 홉";
    key_ends: "First or last hop", "처음·마지막 홉";
    key_send: "Send", "보내기";
    key_send_100: "Send 100", "100번 보내기";
    key_answer: "Answer the question", "질문에 답하기";
    key_zoom: "Zoom in, out, fit", "확대·축소·화면에 맞추기";
    key_follow: "Follow the packet", "패킷 따라가기";
    key_close: "Close what is open", "열린 창 닫기";
    key_leave_editor: "Leave the editor", "편집기에서 나가기";
    keys_note: "Single keys act only outside text fields.", "한 글자 단축키는 입력란 밖에서만 동작합니다.";

    crash_title: "Kubehop stopped", "Kubehop이 멈췄습니다";
    crash_say: "This is a fault of Kubehop's own, not of your manifests. They are kept: restart to go on, or download them first.",
        "매니페스트가 아니라 Kubehop의 결함입니다. 입력한 내용은 그대로 남아 있으니 다시 시작하거나 먼저 내려받으세요.";
    crash_restart: "Restart", "다시 시작";
    crash_download: "Download the manifests", "매니페스트 내려받기";
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

/// `3 objects`.
#[must_use]
pub fn objects(lang: Lang, count: usize) -> String {
    match (lang, count) {
        (Lang::En, 1) => "1 object".to_owned(),
        (Lang::En, _) => format!("{count} objects"),
        (Lang::Ko, _) => format!("객체 {count}개"),
    }
}

/// `2 problems`.
#[must_use]
pub fn problems(lang: Lang, count: usize) -> String {
    match (lang, count) {
        (Lang::En, 1) => "1 problem".to_owned(),
        (Lang::En, _) => format!("{count} problems"),
        (Lang::Ko, _) => format!("문제 {count}개"),
    }
}

/// `1 note`.
#[must_use]
pub fn notes(lang: Lang, count: usize) -> String {
    match (lang, count) {
        (Lang::En, 1) => "1 note".to_owned(),
        (Lang::En, _) => format!("{count} notes"),
        (Lang::Ko, _) => format!("참고 {count}개"),
    }
}

/// `line 12`.
#[must_use]
pub fn line(lang: Lang, number: u32) -> String {
    match lang {
        Lang::En => format!("line {number}"),
        Lang::Ko => format!("{number}행"),
    }
}

/// How bad a finding is.
#[must_use]
pub const fn severity(lang: Lang, severity: Severity) -> &'static str {
    match (lang, severity) {
        (Lang::En, Severity::Error) => "Error",
        (Lang::En, Severity::Warning) => "Warning",
        (Lang::En, Severity::Info) => "Note",
        (Lang::Ko, Severity::Error) => "오류",
        (Lang::Ko, Severity::Warning) => "경고",
        (Lang::Ko, Severity::Info) => "참고",
    }
}

/// `100 requests`.
#[must_use]
pub fn requests(lang: Lang, count: usize) -> String {
    match lang {
        Lang::En => format!("{count} requests"),
        Lang::Ko => format!("요청 {count}개"),
    }
}

/// `expected 33`.
#[must_use]
pub fn expected(lang: Lang, count: f64) -> String {
    let count = if (count - count.round()).abs() < 0.05 {
        format!("{count:.0}")
    } else {
        format!("{count:.1}")
    };
    match lang {
        Lang::En => format!("expected {count}"),
        Lang::Ko => format!("예상 {count}"),
    }
}

/// A verdict, as a label.
#[must_use]
pub const fn verdict(lang: Lang, verdict: Verdict) -> &'static str {
    match (lang, verdict) {
        (Lang::En, Verdict::Delivered) => "delivered",
        (Lang::En, Verdict::Refused) => "refused",
        (Lang::En, Verdict::Timeout) => "timed out",
        (Lang::En, Verdict::Unresolved) => "name not found",
        (Lang::En, Verdict::Unreachable) => "no route",
        (Lang::Ko, Verdict::Delivered) => "도착",
        (Lang::Ko, Verdict::Refused) => "연결 거부",
        (Lang::Ko, Verdict::Timeout) => "시간 초과",
        (Lang::Ko, Verdict::Unresolved) => "이름 없음",
        (Lang::Ko, Verdict::Unreachable) => "경로 없음",
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
    match lang {
        Lang::En => format!("Hop {hop} of {count}"),
        Lang::Ko => format!("홉 {hop}/{count}"),
    }
}

/// `Inside node-1`.
#[must_use]
pub fn inside(lang: Lang, place: &str) -> String {
    match lang {
        Lang::En => format!("Inside {place}"),
        Lang::Ko => format!("{place} 안에서"),
    }
}

/// `At client`.
#[must_use]
pub fn at_place(lang: Lang, place: &str) -> String {
    match lang {
        Lang::En => format!("At {place}"),
        Lang::Ko => format!("{place}에서"),
    }
}

/// How a burst went, in one sentence.
#[must_use]
pub fn burst(lang: Lang, tally: &Tally) -> String {
    let sent = tally.sent;
    let delivered = sent - tally.failed.values().sum::<usize>();
    let backends = tally.rows.iter().filter(|it| it.count > 0).count();
    let outcome = match (lang, delivered, backends) {
        (Lang::En, 0, _) => format!("{sent} requests, and none of them was answered."),
        (Lang::En, _, 1) => format!("One backend answered {delivered} of {sent} requests."),
        (Lang::En, ..) => format!("{backends} backends shared {delivered} of {sent} requests."),
        (Lang::Ko, 0, _) => format!("요청 {sent}개를 보냈지만 응답이 하나도 없습니다."),
        (Lang::Ko, _, 1) => format!("요청 {sent}개 중 {delivered}개에 백엔드 하나가 응답했습니다."),
        (Lang::Ko, ..) => format!("요청 {sent}개 중 {delivered}개에 백엔드 {backends}개가 나누어 응답했습니다."),
    };
    let reason = match (lang, tally.spread) {
        (_, Spread::Unknown | Spread::Rules(..=1)) => return outcome,
        (Lang::En, Spread::Rules(n)) => format!("The rules give each of {n} endpoints the same chance, every time."),
        (Lang::En, Spread::Balancer(n)) => {
            format!("The load balancer spread them over {n} nodes, whose rules chose among all endpoints.")
        }
        (Lang::En, Spread::OwnPods(n)) => {
            format!("The load balancer gives {n} nodes equal parts; each shares its part among its own Pods only.")
        }
        (Lang::En, Spread::Turns) => "The Ingress controller lets the endpoints take turns.".to_owned(),
        (Lang::En, Spread::Remembered) => "Session affinity: a client stays with the Pod it met first.".to_owned(),
        (Lang::Ko, Spread::Rules(n)) => format!("규칙은 매번 endpoint {n}개를 같은 확률로 고릅니다."),
        (Lang::Ko, Spread::Balancer(n)) => {
            format!("로드 밸런서가 노드 {n}개에 나누어 보냈고, 각 노드의 규칙은 모든 endpoint 중에서 골랐습니다.")
        }
        (Lang::Ko, Spread::OwnPods(n)) => {
            format!("로드 밸런서는 노드 {n}개에 똑같이 나누고, 각 노드는 받은 몫을 자기 Pod끼리만 나눕니다.")
        }
        (Lang::Ko, Spread::Turns) => "Ingress 컨트롤러가 endpoint를 차례로 고릅니다.".to_owned(),
        (Lang::Ko, Spread::Remembered) => "세션 어피니티: 클라이언트는 처음 만난 Pod로 계속 갑니다.".to_owned(),
    };
    format!("{outcome} {reason}")
}

/// `probability 0.33333`.
#[must_use]
pub fn probability(lang: Lang, probability: f64) -> String {
    match lang {
        Lang::En => format!("probability {probability:.5}"),
        Lang::Ko => format!("확률 {probability:.5}"),
    }
}

/// Why a request cannot be sent.
#[must_use]
pub fn complaint(complaint: &Complaint) -> Bilingual {
    match complaint {
        Complaint::Address(error) => address(error),
        Complaint::NoPod(source) => Bilingual::new(
            format!("There is no {source} in this cluster. Choose a Pod from the list."),
            format!("이 클러스터에 {source}가 없습니다. 목록에서 Pod를 고르세요."),
        ),
        Complaint::NoNode(source) => Bilingual::new(
            format!("There is no {source} in this cluster. Choose a node from the list."),
            format!("이 클러스터에 {source}가 없습니다. 목록에서 노드를 고르세요."),
        ),
    }
}

fn address(error: &AddressError) -> Bilingual {
    match error {
        AddressError::Source(text) if text.is_empty() => Bilingual::new(
            "Say who sends: client, pod/NAME, node/NAME or an IP address.",
            "누가 보낼지 적으세요: client, pod/이름, node/이름, IP 주소.",
        ),
        AddressError::Source(text) => Bilingual::new(
            format!("“{text}” is no source. Write client, pod/NAME, node/NAME or an IP address."),
            format!("“{text}”에서는 보낼 수 없습니다. client, pod/이름, node/이름, IP 주소로 적으세요."),
        ),
        AddressError::NoPort(text) => Bilingual::new(
            format!("“{text}” has no port. Write {text}:80, or http://{text}/ for HTTP."),
            format!("“{text}”에 포트가 없습니다. {text}:80이나 http://{text}/처럼 적으세요."),
        ),
        AddressError::Port(text) => Bilingual::new(
            format!("“{text}” is no port. Write a number from 1 to 65535."),
            format!("포트로 읽을 수 없는 값입니다: “{text}”. 1에서 65535 사이의 숫자를 적으세요."),
        ),
        AddressError::NoHost(_) => Bilingual::new(
            "Say where to: a Service name, an address with a port, or a URL.",
            "어디로 보낼지 적으세요: Service 이름, 주소와 포트, URL.",
        ),
        AddressError::Header(text) => Bilingual::new(
            format!("“{text}” is no header. Write NAME: VALUE, one a line."),
            format!("헤더로 읽을 수 없는 줄입니다: “{text}”. 이름: 값 형식으로 한 줄에 하나씩 적으세요."),
        ),
        AddressError::Scheme(text) => Bilingual::new(
            format!("“{text}” is not simulated. Write http://, https://, tcp://, udp:// or HOST:PORT."),
            format!(
                "시뮬레이션하지 않는 프로토콜입니다: “{text}”. http://, https://, tcp://, udp:// 또는 호스트:포트로 적으세요."
            ),
        ),
    }
}

/// Who answered over HTTP: a pod (of a Service), or the ingress controller itself.
#[must_use]
pub fn answered_by(lang: Lang, pod: Option<&str>, service: Option<&str>) -> String {
    match (lang, pod, service) {
        (Lang::En, Some(pod), Some(service)) => format!("from {}, Service {service}", short_name(pod)),
        (Lang::En, Some(pod), None) => format!("from {}", short_name(pod)),
        (Lang::En, None, _) => "from the Ingress controller itself".to_owned(),
        (Lang::Ko, Some(pod), Some(service)) => format!("{} 응답, Service {service}", short_name(pod)),
        (Lang::Ko, Some(pod), None) => format!("{} 응답", short_name(pod)),
        (Lang::Ko, None, _) => "Ingress 컨트롤러가 직접 응답".to_owned(),
    }
}

/// Where TLS ended, with which certificate, and whether what goes on from there, if anything, is in TLS again.
#[must_use]
pub fn tls_ends(lang: Lang, secret: &str, goes_on: Option<bool>) -> String {
    let own = secret == "DEFAULT_FAKE";
    let mut text = match (lang, own) {
        (Lang::En, true) => "TLS ends at the Ingress controller, with its self-signed default certificate.".to_owned(),
        (Lang::En, false) => format!("TLS ends at the Ingress controller, with the certificate of Secret `{secret}`."),
        (Lang::Ko, true) => {
            "TLS는 Ingress 컨트롤러에서 끝납니다. 컨트롤러의 자체 서명 기본 인증서를 썼습니다.".to_owned()
        }
        (Lang::Ko, false) => format!("TLS는 Ingress 컨트롤러에서 끝납니다. Secret `{secret}`의 인증서를 썼습니다."),
    };
    text.push_str(match (lang, goes_on) {
        (_, None) => "",
        (Lang::En, Some(false)) => " A second connection goes on to the Pod, in plain HTTP.",
        (Lang::En, Some(true)) => " A second connection goes on to the Pod, in TLS of its own.",
        (Lang::Ko, Some(false)) => " Pod까지는 평문 HTTP인 두 번째 연결로 갑니다.",
        (Lang::Ko, Some(true)) => " Pod까지는 따로 TLS를 쓰는 두 번째 연결로 갑니다.",
    });
    text
}

/// How many questions of how many names were asked of DNS.
#[must_use]
pub fn dns_questions(lang: Lang, questions: usize, names: usize) -> String {
    match (lang, questions, names) {
        (Lang::En, 1, _) => "1 question".to_owned(),
        (Lang::En, _, 1) => format!("{questions} questions for one name"),
        (Lang::En, ..) => format!("{questions} questions for {names} names"),
        (Lang::Ko, _, 1) => format!("이름 하나에 질의 {questions}개"),
        (Lang::Ko, ..) => format!("이름 {names}개에 질의 {questions}개"),
    }
}

/// What a pod's resolver makes of a name.
#[must_use]
pub fn resolver(lang: Lang, libc: Libc, ndots: usize) -> String {
    let libc = libc.name();
    match lang {
        Lang::En => format!("{libc} tries names with fewer than {ndots} dots through the search list first."),
        Lang::Ko => format!("{libc} 리졸버는 점이 {ndots}개보다 적은 이름에 search 목록을 먼저 붙여 묻습니다."),
    }
}

/// Where an open lesson stands in the course.
#[must_use]
pub fn lesson_of(lang: Lang, at: usize, of: usize) -> String {
    match lang {
        Lang::En => format!("Lesson {at} of {of}"),
        Lang::Ko => format!("레슨 {at}/{of}"),
    }
}

/// How many lessons are passed.
#[must_use]
pub fn lessons_passed(lang: Lang, done: usize, of: usize) -> String {
    match lang {
        Lang::En => format!("{done} of {of} passed. Progress stays in this browser; save it to take it along."),
        Lang::Ko => format!("{of}개 중 {done}개 통과. 진도는 이 브라우저에 남습니다. 옮기려면 파일로 저장하세요."),
    }
}

/// The button that plays the packet which fails a check.
#[must_use]
pub fn watch_it(lang: Lang, verdict: Option<Verdict>, place: Option<&str>) -> String {
    let Some(verdict) = verdict else {
        return match lang {
            Lang::En => "watch it".to_owned(),
            Lang::Ko => "패킷 보기".to_owned(),
        };
    };
    let (en, ko) = match verdict {
        Verdict::Delivered => ("arrives, but not as it should", "도착하지만 기대와 다름"),
        Verdict::Refused => ("refused", "거절됨"),
        Verdict::Timeout => ("no answer", "응답 없음"),
        Verdict::Unresolved => ("the name has no address", "이름에 주소가 없음"),
        Verdict::Unreachable => ("no route", "경로 없음"),
    };
    match (lang, place) {
        (Lang::En, Some(place)) => format!("{en} at {place} · watch it"),
        (Lang::En, None) => format!("{en} · watch it"),
        (Lang::Ko, Some(place)) => format!("{place}에서 {ko} · 패킷 보기"),
        (Lang::Ko, None) => format!("{ko} · 패킷 보기"),
    }
}

/// What the event log says where everything was mended.
#[must_use]
pub fn mended() -> Bilingual {
    Bilingual::new(EN.mend_all, KO.mend_all)
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
