//! Why a request failed, as a person would say it: the object at fault, the field that is wrong, what was meant.
//!
//! A trace ends with the rule that ended it ([`Trace::reason`]); here stands why that rule is there: a selector that
//! matches no Pod, a port that nothing has, a name with a letter too many. Read off a snapshot and a trace; nothing is
//! sent, nothing is changed. Not here: what a rule does (`net`), and what the API server refuses (`api::codes`).

use crate::api::codes::similar::closest;
use crate::api::types::core::{Container, Pod, Probe, Service, ServicePort};
use crate::api::types::discovery::EndpointSlice;
use crate::api::types::meta::IntOrString;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::cluster::{Snapshot, is_system_namespace};
use crate::net::{Hop, Trace, Verdict, Why};
use crate::text::{FileId, LocalizedText, Span, text};

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The cause in one sentence, without the verdict before it.
    pub said: LocalizedText,
    /// The field at fault in the learner's text; `None` where no field is.
    pub span: Option<Span>,
    /// The next thing to try; `None` where nothing is obvious.
    pub remedy: Option<Remedy>,
}

/// What to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Replace a part of the text.
    Edit {
        /// What is replaced.
        span: Span,
        /// By what.
        with: String,
    },
    /// Send to another name or port than what was asked for.
    Resend {
        /// The part of the destination that was not meant.
        typed: String,
        /// What was meant.
        meant: String,
    },
}

/// Why `trace` failed; `None` where it did not.
#[must_use]
pub fn cause(snapshot: &Snapshot, trace: &Trace) -> Option<Cause> {
    let failed = trace.verdict != Verdict::Delivered || trace.http.as_ref().is_some_and(|it| it.status >= 400);
    if !failed {
        return None;
    }
    let place = Scene { snapshot, trace };
    let found = match (&trace.verdict, &trace.reason) {
        (Verdict::Unresolved, _) => place.name(),
        (_, Why::NoEndpoints { .. }) => place.no_endpoints(),
        (_, Why::NothingListens { at }) => place.nothing_listens(at.ip(), at.port()),
        (_, Why::NoPortOfClusterIp { to } | Why::NoSuchPort { to }) => place.no_such_port(to.ip(), to.port()),
        _ => None,
    };
    Some(found.unwrap_or_else(|| Cause {
        said: trace.reason.say(),
        span: place.last_span(),
        remedy: None,
    }))
}

struct Scene<'a> {
    snapshot: &'a Snapshot,
    trace: &'a Trace,
}

impl Scene<'_> {
    /// The last place in the learner's own text that the packet met before it ended.
    fn last_span(&self) -> Option<Span> {
        let own = |it: &Hop| it.span.filter(|span| span.file != FileId::PRESET);
        let hops = &self.trace.hops;
        let end = hops.iter().position(|it| it.after.is_none()).unwrap_or(hops.len());
        hops.iter().take(end + 1).rev().find_map(own)
    }

    fn span(&self, reference: &ObjectRef, field: &str) -> Option<Span> {
        let span = self.snapshot.span(reference, field);
        span.filter(|it| it.file != FileId::PRESET)
    }

    /// Where the value of a field stands, if it is written in the learner's text.
    fn value(&self, reference: &ObjectRef, field: &str) -> Option<Span> {
        let document = self.snapshot.origin(reference).filter(|it| it.writes(field))?;
        let span = document.root.locate(field).1.span;
        (span.file != FileId::PRESET).then_some(span)
    }

    fn replace(&self, reference: &ObjectRef, field: &str, with: impl Into<String>) -> Option<Remedy> {
        let span = self.value(reference, field)?;
        let with = with.into();
        Some(Remedy::Edit { span, with })
    }

    /// The Service port that the packet was sent to, with its place in the Service.
    fn service_port(&self) -> Option<(NamespacedName, &Service, usize)> {
        let key = self.trace.proxy.as_ref()?.service.as_deref()?;
        let service = self.snapshot.typed::<Service>(&key.service)?;
        let at = service.spec.ports.iter().position(|it| it.name == key.port)?;
        Some((key.service.clone(), service, at))
    }

    /// The rules have no endpoint for a Service port.
    fn no_endpoints(&self) -> Option<Cause> {
        let (key, service, at) = self.service_port()?;
        let reference = ObjectRef::of(Kind::Service, &key);
        let name = &key.name;
        if service.spec.selector.is_empty() {
            let listed = self.listed(&key);
            let said = if listed == 0 {
                text! {
                    en: "Service {name} has no selector, and no EndpointSlice lists endpoints for it",
                    ko: "{name} Service에 셀렉터가 없고, 엔드포인트를 적은 EndpointSlice도 없습니다",
                }
            } else {
                text! {
                    en: "Service {name} has no selector, and its EndpointSlice lists no Ready endpoint for this port",
                    ko: "{name} Service에 셀렉터가 없고, EndpointSlice에 이 포트의 Ready 엔드포인트가 없습니다",
                }
            };
            let span = self.span(&reference, "metadata.name");
            return Some(Cause {
                said,
                span,
                remedy: None,
            });
        }
        let pods: Vec<&Pod> = self
            .snapshot
            .list::<Pod>()
            .filter(|it| it.metadata.namespace == key.namespace)
            .collect();
        let selected = |pod: &&&Pod| {
            let selector = &service.spec.selector;
            selector
                .iter()
                .all(|(key, value)| pod.metadata.labels.get(key) == Some(value))
        };
        let chosen: Vec<&Pod> = pods.iter().filter(selected).copied().collect();
        if chosen.is_empty() {
            return Some(self.no_match(&reference, service, &pods));
        }
        let port = &service.spec.ports[at];
        if let IntOrString::String(wanted) = &port.target_port
            && !chosen.iter().any(|pod| has_port(pod, wanted))
        {
            return Some(self.no_such_name(&reference, at, wanted, &chosen));
        }
        Some(self.none_ready(&key, &reference, &chosen))
    }

    /// Endpoints that slices list for a Service.
    fn listed(&self, key: &NamespacedName) -> usize {
        let slices = self.snapshot.list::<EndpointSlice>();
        slices
            .filter(|it| it.metadata.namespace == key.namespace && it.service_name() == Some(&key.name))
            .map(|it| it.endpoints.len())
            .sum()
    }

    /// A selector that matches no Pod: the label that is to blame, and the one that was meant.
    fn no_match(&self, reference: &ObjectRef, service: &Service, pods: &[&Pod]) -> Cause {
        let selector = &service.spec.selector;
        let count = pods.len();
        if count == 0 {
            let namespace = &reference.namespace;
            return Cause {
                said: text! {
                    en: "Namespace {namespace} has no Pods",
                    ko: "{namespace} 네임스페이스에 Pod가 없습니다",
                },
                span: self.span(reference, "spec.selector"),
                remedy: None,
            };
        }
        let has = |key: &String, value: &String| pods.iter().any(|pod| pod.metadata.labels.get(key) == Some(value));
        let alone = selector.iter().find(|(key, value)| !has(key, value));
        let Some((key, value)) = alone else {
            let all: Vec<_> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let all = all.join(",");
            return Cause {
                said: text! {
                    en: "No Pod has all labels of the selector {all} (0 of {count} Pods)",
                    ko: "셀렉터 {all}의 레이블을 모두 가진 Pod가 없습니다(Pod {count}개 중 0개)",
                },
                span: self.span(reference, "spec.selector"),
                remedy: None,
            };
        };
        let field = format!("spec.selector[{key}]");
        let values = pods.iter().filter_map(|pod| pod.metadata.labels.get(key));
        let meant = closest(value, values.map(String::as_str));
        Cause {
            said: text! {
                en: "selector {key}={value} matches 0 of {count} Pods",
                ko: "셀렉터 {key}={value}에 맞는 Pod가 없습니다(Pod {count}개 중 0개)",
            },
            span: self.span(reference, &field),
            remedy: meant.and_then(|it| self.replace(reference, &field, it)),
        }
    }

    /// A `targetPort` by a name that no Pod's port has.
    fn no_such_name(&self, reference: &ObjectRef, at: usize, wanted: &str, pods: &[&Pod]) -> Cause {
        let name = &reference.name;
        let field = format!("spec.ports[{at}].targetPort");
        let names = pods
            .iter()
            .flat_map(|pod| &pod.spec.containers)
            .flat_map(|it| &it.ports);
        let meant = closest(wanted, names.map(|it| it.name.as_str()).filter(|it| !it.is_empty()));
        Cause {
            said: text! {
                en: "No Pod of {name} has a port named {wanted}",
                ko: "{name} Service의 Pod에 이름이 {wanted}인 포트가 없습니다",
            },
            span: self.span(reference, &field),
            remedy: meant.and_then(|it| self.replace(reference, &field, it)),
        }
    }

    /// Pods that match, none of which is Ready.
    fn none_ready(&self, key: &NamespacedName, reference: &ObjectRef, pods: &[&Pod]) -> Cause {
        let (name, count) = (&key.name, pods.len());
        let probed = pods.iter().find_map(|pod| {
            let mut containers = pod.spec.containers.iter().enumerate();
            let (at, probe) = containers.find_map(|(at, it)| Some((at, it.readiness_probe.as_ref()?)))?;
            (!pod.is_ready() && pod.status.phase == "Running").then_some((*pod, at, probe))
        });
        let Some((pod, at, probe)) = probed else {
            return Cause {
                said: text! {
                    en: "The selector of {name} matches {count} Pods, but none of them is Ready",
                    ko: "{name} Service의 셀렉터와 일치하는 Pod {count}개가 모두 Ready가 아닙니다",
                },
                span: self.span(reference, "spec.selector"),
                remedy: None,
            };
        };
        let asked = asked_of(probe, &pod.spec.containers[at]);
        Cause {
            said: text! {
                en: "None of the {count} Pods of {name} is Ready: their readiness probe ({asked}) does not succeed",
                ko: "{name} Service의 Pod {count}개가 모두 Ready가 아닙니다. readiness 프로브({asked})가 성공하지 않습니다",
            },
            span: self.in_template(pod, &format!("spec.containers[{at}].readinessProbe")),
            remedy: None,
        }
    }

    /// A field of a Pod where it is written: in the Pod itself, or in the template of whoever made it.
    fn in_template(&self, pod: &Pod, field: &str) -> Option<Span> {
        let meta = &pod.metadata;
        let mut reference = ObjectRef::new(Kind::Pod, meta.namespace.as_str(), meta.name.as_str());
        let mut field = field.to_owned();
        while self.snapshot.origin(&reference).is_none() {
            let owner = self.snapshot.object(&reference)?.metadata().owner_references.first()?;
            let kind = crate::api::kind::KINDS.iter().find(|it| it.name == owner.kind)?.kind;
            if reference.kind == Kind::Pod {
                field.insert_str(0, "spec.template.");
            }
            reference = ObjectRef::new(kind, reference.namespace.clone(), owner.name.clone());
        }
        self.span(&reference, &field)
    }

    /// A machine that has the address, and nothing on the port.
    fn nothing_listens(&self, address: std::net::IpAddr, port: u16) -> Option<Cause> {
        let text = address.to_string();
        let pod = self.snapshot.list::<Pod>().find(|it| it.ips().any(|ip| ip == text))?;
        let mut open: Vec<i32> = pod.spec.containers.iter().flat_map(open_ports).collect();
        open.dedup();
        let only = match open[..] {
            [only] => Some(only),
            _ => None,
        };
        let listed = open.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let pod_name = &pod.metadata.name;
        let Some((key, _, at)) = self.service_port() else {
            let remedy = only.map(|it| Remedy::Resend {
                typed: port.to_string(),
                meant: it.to_string(),
            });
            let said = if listed.is_empty() {
                text! {
                    en: "Pod {pod_name} has port {port} closed",
                    ko: "{pod_name} Pod의 {port} 포트는 열려 있지 않습니다",
                }
            } else {
                text! {
                    en: "Pod {pod_name} has port {port} closed; it listens on {listed}",
                    ko: "{pod_name} Pod의 {port} 포트는 열려 있지 않습니다. 열린 포트: {listed}",
                }
            };
            let span = self.in_template(pod, "spec.containers[0].ports");
            return Some(Cause { said, span, remedy });
        };
        let reference = ObjectRef::of(Kind::Service, &key);
        let name = &key.name;
        let (target, number) = (format!("spec.ports[{at}].targetPort"), format!("spec.ports[{at}].port"));
        let written = self.snapshot.first_written(&reference, &[&target, &number]);
        let said = if listed.is_empty() {
            text! {
                en: "Service {name} sends to port {port} of its Pods, and nothing listens there",
                ko: "{name} Service는 Pod의 {port} 포트로 보내는데 그 포트가 열려 있지 않습니다",
            }
        } else {
            text! {
                en: "Service {name} sends to port {port} of its Pods, but they listen on {listed}",
                ko: "{name} Service는 Pod의 {port} 포트로 보내는데 Pod가 연 포트는 {listed}입니다",
            }
        };
        let edit = only.filter(|_| written == target);
        Some(Cause {
            said,
            span: self.span(&reference, written),
            remedy: edit.and_then(|it| self.replace(&reference, &target, it.to_string())),
        })
    }

    /// A port that a ClusterIP's Service does not have.
    fn no_such_port(&self, address: std::net::IpAddr, port: u16) -> Option<Cause> {
        let text = address.to_string();
        let mut services = self.snapshot.list::<Service>();
        let service = services.find(|it| it.spec.cluster_ips.contains(&text) || it.spec.cluster_ip == text)?;
        let name = &service.metadata.name;
        let has: Vec<String> = service
            .spec
            .ports
            .iter()
            .map(|it: &ServicePort| it.port.to_string())
            .collect();
        let reference = ObjectRef::new(Kind::Service, service.metadata.namespace.as_str(), name.as_str());
        let remedy = match &has[..] {
            [only] => Some(Remedy::Resend {
                typed: port.to_string(),
                meant: only.clone(),
            }),
            _ => None,
        };
        let listed = has.join(", ");
        Some(Cause {
            said: text! {
                en: "Service {name} has no port {port}; it has {listed}",
                ko: "{name} Service에 {port} 포트가 없습니다. 있는 포트: {listed}",
            },
            span: self.span(&reference, "spec.ports"),
            remedy,
        })
    }

    /// A name that no Service has.
    fn name(&self) -> Option<Cause> {
        let asked: Vec<Vec<&str>> = self.trace.dns.iter().map(|it| it.name.split('.').collect()).collect();
        let labels = asked.iter().find(|it| it.len() > 3 && it[2] == "svc")?;
        let (name, namespace) = (labels[0], labels[1]);
        if self.snapshot.get::<Service>(namespace, name).is_some() {
            return None;
        }
        let ours = |it: &&Service| !is_system_namespace(&it.metadata.namespace) && !it.is_api_server();
        let here = self
            .snapshot
            .list::<Service>()
            .filter(|it| it.metadata.namespace == namespace);
        let meant = closest(name, here.filter(ours).map(|it| it.metadata.name.as_str()));
        let resend = |meant: String| {
            Some(Remedy::Resend {
                typed: name.to_owned(),
                meant,
            })
        };
        if let Some(meant) = meant {
            return Some(Cause {
                said: text! {
                    en: "No Service in namespace {namespace} is called {name}. Did you mean {meant}?",
                    ko: "{namespace} 네임스페이스에 이름이 {name}인 Service가 없습니다. {meant} Service인가요?",
                },
                // What is wrong stands in the request, not in the manifests.
                span: None,
                remedy: resend(meant.to_owned()),
            });
        }
        let elsewhere = self
            .snapshot
            .list::<Service>()
            .filter(ours)
            .find(|it| it.metadata.name == name);
        if let Some(other) = elsewhere {
            let home = &other.metadata.namespace;
            return Some(Cause {
                said: text! {
                    en: "Service {name} is in namespace {home}, not in {namespace}: its name from here is {name}.{home}",
                    ko: "{name} Service는 {namespace} 네임스페이스가 아니라 {home} 네임스페이스에 있습니다. 여기서 쓰는 이름: {name}.{home}",
                },
                span: None,
                remedy: resend(format!("{name}.{home}")),
            });
        }
        Some(Cause {
            said: text! {
                en: "No Service in namespace {namespace} is called {name}",
                ko: "{namespace} 네임스페이스에 이름이 {name}인 Service가 없습니다",
            },
            span: None,
            remedy: None,
        })
    }
}

fn has_port(pod: &Pod, name: &str) -> bool {
    let mut ports = pod.spec.containers.iter().flat_map(|it| &it.ports);
    ports.any(|it| it.name == name)
}

fn open_ports(container: &Container) -> impl Iterator<Item = i32> {
    let tcp = container
        .ports
        .iter()
        .filter(|it| it.protocol.is_empty() || it.protocol == "TCP");
    tcp.map(|it| it.container_port)
}

/// What a probe asks, in few letters: `GET :8081/healthz`, `TCP :5432`, `exec`.
fn asked_of(probe: &Probe, container: &Container) -> String {
    let number = |port: &IntOrString| match container.resolve_port(port) {
        Some(number) => number.to_string(),
        None => match port {
            IntOrString::Int(number) => number.to_string(),
            IntOrString::String(name) => name.clone(),
        },
    };
    if let Some(http) = &probe.http_get {
        format!("GET :{}{}", number(&http.port), http.path)
    } else if let Some(tcp) = &probe.tcp_socket {
        format!("TCP :{}", number(&tcp.port))
    } else {
        "exec".to_owned()
    }
}
