//! Answers in words: what a resolver makes of them, what the packet carries, why the server said so.

use std::sync::Arc;

use crate::api::ObjectRef;
use crate::api::types::core::Namespace;
use crate::cluster::Snapshot;
use crate::net::dns::message::{Basis, RecordData, absolute, is_within};
use crate::net::dns::resolver::Reply;
use crate::net::dns::{Answer, Rcode, RecordType, ServerOptions};
use crate::net::why::Why;

/// What a resolver makes of the answers for all types together.
pub(super) fn reply_of(answers: &[Answer]) -> Reply {
    let any = |rcode| answers.iter().any(|it| it.rcode == rcode);
    if answers
        .iter()
        .any(|it| it.rcode == Rcode::NoError && !it.answers.is_empty())
    {
        // A CNAME that leads nowhere is no answer to a question for addresses.
        let useful = answers
            .iter()
            .any(|it| it.answers.iter().any(|record| record.data.kind() != RecordType::Cname));
        let asked_for_alias = answers.len() == 1 && answers[0].basis == Basis::ExternalName;
        if useful || asked_for_alias {
            return Reply::Answer;
        }
        return Reply::NoData;
    }
    if any(Rcode::NxDomain) {
        Reply::NxDomain
    } else if any(Rcode::ServFail) || any(Rcode::Refused) {
        Reply::ServFail
    } else {
        Reply::NoData
    }
}

/// The name for which a real server would have asked its upstream resolver, which is not simulated: the one
/// asked for, or the one that an ExternalName leads to. `web` and `web.default` are not taken for names
/// outside: they are rather Services that do not exist.
pub(super) fn unsimulated(
    snapshot: &Snapshot,
    options: &ServerOptions,
    asked: &str,
    answer: &Answer,
) -> Option<Arc<str>> {
    let (name, alias) = match (answer.basis, answer.answers.last().map(|it| &it.data)) {
        (Basis::Forwarded, None) => (shown(asked), false),
        (Basis::ExternalName, Some(RecordData::Cname(target))) => (shown(target), true),
        _ => return None,
    };
    let absolute = absolute(&name).to_ascii_lowercase();
    let goes_out = options.forwards
        && !options.upstream.contains_key(&absolute)
        && !options.zones.iter().any(|zone| is_within(&absolute, zone));
    let (_, last) = name.rsplit_once('.')?;
    let of_cluster = last == "svc" || snapshot.get::<Namespace>("", last).is_some();
    (goes_out && (alias || !of_cluster)).then_some(name)
}

pub(super) fn answer_text(answer: &Answer) -> String {
    let records: Vec<String> = answer
        .answers
        .iter()
        .map(|it| format!("{} {}", it.data.kind().name(), it.data))
        .collect();
    if records.is_empty() {
        answer.rcode.name().to_owned()
    } else {
        records.join(", ")
    }
}

/// A name without the dot of the root, which would look like the end of the sentence.
pub(super) fn shown(name: &str) -> Arc<str> {
    name.strip_suffix('.').unwrap_or(name).into()
}

/// Why the server answers so.
pub(super) fn reason(name: &str, kind: RecordType, answer: &Answer) -> Why {
    let name = shown(name);
    let object = |reference: &Option<ObjectRef>| -> Arc<str> {
        let text = reference.as_ref().map(|it| it.key().to_string());
        text.unwrap_or_default().into()
    };
    let service = object(&answer.object);
    match answer.basis {
        Basis::ClusterIp => {
            let addresses: Vec<String> = answer.answers.iter().map(|it| it.data.to_string()).collect();
            Why::NameOfService {
                service,
                to: addresses.join(", ").into(),
            }
        }
        Basis::Headless => Why::NameOfEndpoints {
            service: service_of(&answer.object, &name),
            count: answer.answers.len(),
        },
        Basis::Endpoint => Why::NameOfEndpoint { name },
        Basis::ExternalName if answer.rcode == Rcode::NxDomain => Why::NothingBelowAlias { name },
        Basis::ExternalName => {
            let target = answer
                .answers
                .first()
                .map_or_else(String::new, |it| it.data.to_string());
            if target.is_empty() {
                // The alias was not followed for this type of record.
                return Why::NameWithoutType {
                    name,
                    kind: kind.name(),
                };
            }
            Why::NameIsAlias {
                service,
                target: shown(&target),
            }
        }
        Basis::PodAddress => Why::NameOfPod { name },
        Basis::Zone => Why::NameOfZone { name },
        Basis::Reverse => Why::NameOfAddress { name },
        Basis::NoSuchType => Why::NameWithoutType {
            name,
            kind: kind.name(),
        },
        Basis::NoNamespace => Why::NameWithoutNamespace { name },
        Basis::NoService => Why::NameWithoutService { name },
        Basis::NoPort => Why::NameWithoutPort { name, service },
        Basis::NoEndpoint => Why::NoReadyEndpoint { name, service },
        Basis::NoPod => Why::NameOfNoPod { name },
        Basis::Malformed => Why::NameOfNoForm { name },
        Basis::Forwarded if answer.rcode == Rcode::Refused => Why::NoPluginLeft { name },
        Basis::Forwarded if answer.forwarded_to.iter().any(|it| !it.starts_with('/')) => Why::NameForwarded {
            name,
            to: answer.forwarded_to.join(", ").into(),
            rcode: answer.rcode.name(),
        },
        Basis::Forwarded => Why::NameOutside {
            name,
            rcode: answer.rcode.name(),
        },
        Basis::Hosts => Why::NameInHosts { name },
        Basis::NotInHosts => Why::NotInCorefileHosts { name },
        Basis::Template => Why::NameFromTemplate {
            name,
            rcode: answer.rcode.name(),
        },
        Basis::NoServerBlock => Why::NoServerBlock { name },
        Basis::NotSynced => Why::ServerNotSynced { name },
        Basis::Transfer => Why::NoTransfer { name },
    }
}

/// The Service of a headless answer: the first labels of the name, for its object is a slice.
fn service_of(object: &Option<ObjectRef>, name: &str) -> Arc<str> {
    let namespace = object.as_ref().map(|it| it.namespace.as_str()).unwrap_or_default();
    let marker = format!(".{namespace}.svc.");
    let head = name.split(&marker).next().unwrap_or(name);
    let service = head.rsplit('.').next().unwrap_or(head);
    format!("{namespace}/{service}").into()
}
