//! One hop as a line of the list beside the stage: a mark, a place, a few words, a tag. Equal in content to
//! the drawing; the whole sentence is `net::Why`'s.

use crate::api::NamespacedName;
use crate::net::packet::{Payload, Protocol};
use crate::net::trace::Direction;
use crate::net::{Place, Stage, Trace, Verdict, Why};
use crate::text::{Lang, phrase};

use super::geometry::pt;
use super::glyph;
use super::itinerary::Itinerary;
use super::layout::PodState;
use super::layout::focus::is_question;
use super::route::is_rewritten;
use super::shape::Shape;
use super::words::Labels;

/// The mark of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HopMark {
    /// A packet passes.
    Stop,
    /// The destination was rewritten.
    Dnat,
    /// The source was rewritten.
    Snat,
    /// conntrack put addresses back.
    Undo,
    /// Somebody says no.
    Refused,
    /// Nobody says anything.
    Silence,
    /// A pod receives.
    Pod,
    /// A question to DNS, or its answer.
    Dns,
}

impl HopMark {
    /// The mark of hop `idx`.
    #[must_use]
    pub fn of(trace: &Trace, idx: usize) -> Self {
        let hop = &trace.hops[idx];
        match hop.stage {
            _ if hop.after.is_none() && trace.verdict == Verdict::Timeout => Self::Silence,
            _ if hop.after.is_none() => Self::Refused,
            Stage::Undo if is_rewritten(hop) => Self::Undo,
            Stage::Snat if is_rewritten(hop) => Self::Snat,
            Stage::Dnat | Stage::Balance if is_rewritten(hop) => Self::Dnat,
            _ if is_question(hop) && !matches!(hop.at, Place::Node(_)) => Self::Dns,
            Stage::Receive | Stage::Proxy
                if matches!(hop.at, Place::Pod(..)) && hop.direction == Direction::Request =>
            {
                Self::Pod
            }
            _ => Self::Stop,
        }
    }

    /// The mark as shapes around the middle of a 20 by 20 field.
    #[must_use]
    pub fn shapes(self, reply: bool, bad: bool) -> Vec<Shape> {
        let mut out = Vec::new();
        let center = pt(10.0, 10.0);
        let circle = |class, r| Shape::Circle { class, center, r };
        match self {
            Self::Dnat => out.push(glyph::diamond(center, "nat dnat", 6.5)),
            Self::Snat => out.push(glyph::diamond(center, "nat snat", 6.5)),
            Self::Undo => out.push(glyph::diamond(center, "nat undo", 6.5)),
            Self::Refused => glyph::octagon(&mut out, center, 8.0),
            Self::Silence => glyph::clock(&mut out, center, 7.0),
            Self::Pod => glyph::pod(&mut out, center, 7.0, PodState::Ready),
            Self::Dns => {
                out.push(circle("st dns", 6.5));
                let mark = "M8.2 8.6c.2-2.5 3.9-2.2 3.6.1-.2 1.3-1.8 1.3-1.8 2.6M10 13.2v.1";
                out.push(Shape::path("dnsq", mark.to_owned()));
            }
            Self::Stop if bad => out.push(circle("st bad", 4.5)),
            Self::Stop if reply => out.push(circle("st rep", 4.5)),
            Self::Stop => out.push(circle("st req", 4.5)),
        }
        out
    }
}

/// A hop as a line.
#[derive(Clone, Debug, PartialEq)]
pub struct HopLine {
    /// Its mark.
    pub mark: HopMark,
    /// The place, as a name.
    pub place: String,
    /// What happens there, in a few words.
    pub text: String,
    /// On the way back.
    pub reply: bool,
    /// Tells of a failure.
    pub bad: bool,
}

/// All hops of a trace as lines.
#[must_use]
pub fn lines(trace: &Trace, lang: Lang) -> Vec<HopLine> {
    (0..trace.hops.len())
        .map(|idx| {
            let hop = &trace.hops[idx];
            let refusal = is_refusal(&hop.before.payload);
            HopLine {
                mark: HopMark::of(trace, idx),
                place: place_name(&hop.at, lang),
                text: text(trace, idx, lang),
                reply: hop.direction == Direction::Reply,
                bad: hop.after.is_none() || refusal && hop.stage == Stage::Receive,
            }
        })
        .collect()
}

/// All stops of a trace as lines: hops, and a folded lookup as one.
#[must_use]
pub fn stop_lines(trace: &Trace, itinerary: &Itinerary, lang: Lang) -> Vec<HopLine> {
    let all = lines(trace, lang);
    let line = |(stop, hops): (usize, &std::ops::RangeInclusive<usize>)| {
        let first = all.get(*hops.start())?.clone();
        if !itinerary.is_folded(stop) {
            return Some(first);
        }
        let failed = trace.verdict == Verdict::Unresolved && hops.end() + 1 == trace.hops.len();
        Some(HopLine {
            mark: HopMark::Dns,
            text: lookup_text(trace, hops, failed, lang),
            bad: failed,
            ..first
        })
    };
    itinerary.stops().enumerate().filter_map(line).collect()
}

/// A whole lookup in a few words: the name, and what came of it.
fn lookup_text(trace: &Trace, hops: &std::ops::RangeInclusive<usize>, failed: bool, lang: Lang) -> String {
    let run = trace.hops.get(hops.clone()).unwrap_or(&[]);
    let mut asked = run.iter().filter_map(|hop| match &hop.before.payload {
        Payload::DnsQuery(name, _) => Some(short_domain(name)),
        _ => None,
    });
    let name = if failed { asked.next() } else { asked.next_back() }.unwrap_or_default();
    // Within its own namespace the sender calls a Service by its bare name.
    let own = match run.first().map(|it| &it.at) {
        Some(Place::Pod(pod)) => name
            .strip_suffix(pod.namespace.as_str())
            .and_then(|it| it.strip_suffix('.')),
        _ => None,
    };
    let name = own.unwrap_or(name);
    let answer = run.iter().rev().find_map(|hop| match &hop.before.payload {
        Payload::DnsAnswer(answer) if !answer.is_empty() => Some(answer),
        _ => None,
    });
    match answer.filter(|_| !failed) {
        Some(answer) => phrase!(lang, en: "asks DNS for {name}: {answer}", ko: "DNS에 {name} 질의: {answer}"),
        None if failed => phrase!(lang, en: "asks DNS for {name}: not found", ko: "DNS에 {name} 질의: 찾지 못함"),
        None => phrase!(lang, en: "asks DNS for {name}", ko: "DNS에 {name} 질의"),
    }
}

const fn is_refusal(payload: &Payload) -> bool {
    matches!(
        payload,
        Payload::Rst | Payload::PortUnreachable | Payload::HostUnreachable
    )
}

/// A place in few letters.
#[must_use]
pub fn place_name(place: &Place, lang: Lang) -> String {
    let labels = Labels::of(lang);
    match place {
        Place::Client => labels.client.to_owned(),
        Place::Router => labels.router.to_owned(),
        Place::LoadBalancer(..) => labels.balancer.to_owned(),
        Place::Node(name) => name.clone(),
        Place::Pod(pod) => short_pod(&pod.name),
        Place::External(address) => address.to_string(),
    }
}

/// The name of a generated pod with its middle left out (`web-…-x2lqz`).
#[must_use]
pub fn short_pod(name: &str) -> String {
    let parts: Vec<&str> = name.rsplitn(3, '-').collect();
    match parts[..] {
        [last, hash, owner] if last.len() == 5 && (8..=10).contains(&hash.len()) && !owner.is_empty() => {
            if owner.chars().count() <= 10 {
                return format!("{owner}-…-{last}");
            }
            let owner: String = owner.chars().take(7).collect();
            format!("{owner}…{last}")
        }
        _ => name.to_owned(),
    }
}

/// The shortest name a place can have: for the stops of the strip.
#[must_use]
pub fn stop_name(place: &Place, lang: Lang) -> String {
    match place {
        Place::Pod(NamespacedName { name, .. }) => {
            let parts: Vec<&str> = name.rsplitn(2, '-').collect();
            if short_pod(name) == *name {
                name.clone()
            } else {
                parts[0].to_owned()
            }
        }
        Place::LoadBalancer(..) => "LB".to_owned(),
        other => place_name(other, lang),
    }
}

fn text(trace: &Trace, idx: usize, lang: Lang) -> String {
    let hop = &trace.hops[idx];
    let reply = hop.direction == Direction::Reply;
    let packet = hop.after.as_ref().unwrap_or(&hop.before);
    let (src, dst) = (ip_or_whole(packet, packet.src), ip_or_whole(packet, packet.dst));
    let (src_ip, dst_ip) = (packet.src.ip(), packet.dst.ip());
    let dies = hop.after.is_none();
    let silent = trace.verdict == Verdict::Timeout;
    match hop.stage {
        Stage::Policy if dies => phrase!(lang, en: "NetworkPolicy drops it", ko: "NetworkPolicy가 버림"),
        Stage::Filter if dies && hop.at == Place::Router => phrase!(lang, en: "firewall drops it", ko: "방화벽이 버림"),
        Stage::Filter if hop.at == Place::Router => phrase!(lang, en: "firewall allows it", ko: "방화벽 허용"),
        _ if dies && silent => phrase!(lang, en: "drops it silently", ko: "응답 없이 버림"),
        _ if dies && matches!(hop.at, Place::Node(_)) && hop.object.is_some() => {
            phrase!(lang, en: "no endpoints: refuses it", ko: "엔드포인트 없음: 연결 거부")
        }
        _ if dies => phrase!(lang, en: "refuses it", ko: "거부"),
        Stage::Policy => phrase!(lang, en: "NetworkPolicy allows it", ko: "NetworkPolicy 허용"),
        Stage::Dns | Stage::Send if is_question(hop) => dns_text(hop, lang),
        Stage::Dns => phrase!(lang, en: "looks the name up", ko: "이름 조회"),
        Stage::Send if is_refusal(&hop.before.payload) => phrase!(lang, en: "refuses", ko: "거부"),
        Stage::Send if reply => phrase!(lang, en: "answers {dst_ip}", ko: "{dst_ip}에 응답"),
        Stage::Send => phrase!(lang, en: "connects to {dst}", ko: "{dst}에 연결"),
        Stage::Dnat if matches!(hop.why, Why::HostPort { .. }) => {
            phrase!(lang, en: "hostPort: destination becomes its Pod", ko: "hostPort: 목적지를 Pod로 변경")
        }
        Stage::Dnat if is_rewritten(hop) => {
            phrase!(lang, en: "destination becomes an endpoint", ko: "목적지를 엔드포인트로 변경")
        }
        Stage::Dnat => phrase!(lang, en: "no rule matches: only routes", ko: "맞는 규칙 없음, 라우팅만"),
        Stage::Filter => phrase!(lang, en: "allows it", ko: "허용"),
        Stage::Route if reply => phrase!(lang, en: "forwards the reply", ko: "응답 전달"),
        Stage::Route => phrase!(lang, en: "forwards it", ko: "전달"),
        Stage::Snat => phrase!(lang, en: "source becomes the node", ko: "출발지를 노드 주소로 변경"),
        Stage::Undo if is_rewritten(hop) => {
            phrase!(lang, en: "conntrack restores addresses", ko: "conntrack이 주소 복원")
        }
        Stage::Undo => phrase!(lang, en: "forwards the reply", ko: "응답 전달"),
        Stage::Balance if reply => phrase!(lang, en: "forwards the reply", ko: "응답 전달"),
        Stage::Balance => phrase!(lang, en: "chooses a node", ko: "노드 선택"),
        Stage::Proxy if reply => phrase!(lang, en: "forwards the answer", ko: "응답 전달"),
        Stage::Proxy if repeats(trace, idx) => phrase!(lang, en: "chooses a Pod itself", ko: "Pod를 직접 선택"),
        Stage::Proxy => phrase!(lang, en: "reads host and path", ko: "호스트와 경로 확인"),
        Stage::Receive if repeats(trace, idx) => match hop.before.payload.http_line() {
            Some(line) => phrase!(lang, en: "serves {line}", ko: "{line} 처리"),
            None => phrase!(lang, en: "receives it", ko: "받음"),
        },
        Stage::Receive if is_refusal(&hop.before.payload) => {
            phrase!(lang, en: "connection refused", ko: "연결 거부")
        }
        Stage::Receive if reply => match &hop.before.payload {
            Payload::HttpResponse(line) | Payload::TlsResponse(line) => {
                phrase!(lang, en: "{line} from {src}", ko: "{src}에서 {line}")
            }
            Payload::DnsAnswer(answer) if !answer.is_empty() => {
                phrase!(lang, en: "gets {answer}", ko: "{answer} 확인")
            }
            _ => phrase!(lang, en: "answer from {src}", ko: "{src}에서 응답"),
        },
        Stage::Receive => phrase!(lang, en: "sees source {src_ip}", ko: "출발지는 {src_ip}"),
    }
}

/// Whether the hop before was of the same kind at the same place.
fn repeats(trace: &Trace, idx: usize) -> bool {
    let before = idx.checked_sub(1).map(|it| &trace.hops[it]);
    let hop = &trace.hops[idx];
    before.is_some_and(|it| it.stage == hop.stage && it.at == hop.at && it.leg == hop.leg)
}

/// A hop about a question to DNS: asked, looked up, answered, understood.
fn dns_text(hop: &crate::net::Hop, lang: Lang) -> String {
    let sends = hop.stage == Stage::Send;
    match &hop.before.payload {
        Payload::DnsQuery(name, _) if sends => {
            let name = short_domain(name);
            phrase!(lang, en: "asks DNS for {name}", ko: "DNS에 {name} 질의")
        }
        Payload::DnsQuery(_, kind) => phrase!(lang, en: "looks up the {kind} record", ko: "{kind} 레코드 조회"),
        Payload::DnsAnswer(answer) if !answer.is_empty() => match sends {
            true => phrase!(lang, en: "answers {answer}", ko: "응답 {answer}"),
            false => phrase!(lang, en: "gets {answer}", ko: "{answer} 확인"),
        },
        Payload::DnsAnswer(_) => phrase!(lang, en: "no address of that name", ko: "그 이름의 주소 없음"),
        _ => phrase!(lang, en: "looks the name up", ko: "이름 조회"),
    }
}

/// A name in DNS without the end that all names of a cluster share.
fn short_domain(name: &str) -> &str {
    let name = name.trim_end_matches('.');
    name.find(".svc.").map_or(name, |at| &name[..at])
}

fn ip_or_whole(packet: &crate::net::Packet, address: std::net::SocketAddr) -> String {
    if packet.protocol == Protocol::Icmp {
        address.ip().to_string()
    } else {
        address.to_string()
    }
}

/// Splits a sentence at the names of machines and Services, so that they can be set bold: pieces in order, and
/// whether each is a name. A name ends where no letter of a name follows; Korean particles may.
#[must_use]
pub fn emphasize<'a>(sentence: &'a str, names: &[String]) -> Vec<(&'a str, bool)> {
    let mut pieces = Vec::new();
    let (mut plain, mut at) = (0, 0);
    while at < sentence.len() {
        let rest = &sentence[at..];
        let part_of_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | '/' | ':');
        let starts = sentence[..at].chars().next_back().is_none_or(|it| !part_of_name(it));
        let found = names
            .iter()
            .filter(|name| starts && !name.is_empty() && rest.starts_with(name.as_str()))
            .filter(|name| {
                let mut after = rest[name.len()..].chars();
                match (after.next(), after.next()) {
                    (None, _) => true,
                    // The end of the sentence is no part of a name.
                    (Some('.' | ':'), next) => next.is_none_or(|it| !it.is_ascii_alphanumeric()),
                    (Some(it), _) => !part_of_name(it),
                }
            })
            .max_by_key(|name| name.len());
        match found {
            Some(name) => {
                if plain < at {
                    pieces.push((&sentence[plain..at], false));
                }
                pieces.push((&sentence[at..at + name.len()], true));
                at += name.len();
                plain = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    if plain < sentence.len() {
        pieces.push((&sentence[plain..], false));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_set_apart_where_they_stand_alone() {
        let names = ["node-1".to_owned(), "default/web".to_owned()];
        let bold = |text: &'static str| -> Vec<&str> {
            let pieces = emphasize(text, &names);
            assert_eq!(pieces.iter().map(|it| it.0).collect::<String>(), text);
            pieces.into_iter().filter(|it| it.1).map(|it| it.0).collect()
        };
        assert_eq!(bold("default/web has no Pod on node-1."), ["default/web", "node-1"]);
        assert_eq!(bold("node-1에는 node-10이 없습니다"), ["node-1"]);
        assert!(bold("other-node-1 and default/web2").is_empty());
    }

    #[test]
    fn generated_names_keep_both_ends() {
        assert_eq!(short_pod("web-6c9d5f7b8d-x2lqz"), "web-…-x2lqz");
        assert_eq!(short_pod("frontend"), "frontend");
        let place = Place::Pod(NamespacedName::new("default", "web-6c9d5f7b8d-x2lqz"));
        assert_eq!(stop_name(&place, Lang::En), "x2lqz");
    }
}
