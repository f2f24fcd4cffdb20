//! What is said beside objects of the Gateway API that do not work as they stand: the conditions that their controller
//! reports, at the lines that they are about.

use serde_json::Value;

use crate::api::{Kind, Object, ObjectRef};
use crate::cluster::Snapshot;
use crate::cluster::gateways::CONTROLLER;
use crate::diag::{Diagnostic, Severity};
use crate::text::{Localized, LocalizedText, text};

/// Everything that is to be said of one object.
#[must_use]
pub(super) fn of(snapshot: &Snapshot, reference: &ObjectRef) -> Vec<Diagnostic> {
    let Some(object) = snapshot.object(reference) else {
        return Vec::new();
    };
    let mut notes = Notes {
        snapshot,
        reference,
        found: Vec::new(),
    };
    match reference.kind {
        Kind::GatewayClass => notes.class(object),
        Kind::Gateway | Kind::ListenerSet => notes.listeners(object),
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => notes.route(object),
        Kind::BackendTlsPolicy => {
            for ancestor in list(&object.value["status"]["ancestors"]) {
                notes.conditions(ancestor, "spec.targetRefs", "spec.validation.caCertificateRefs");
            }
        }
        _ => {}
    }
    notes.found
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

struct Notes<'a> {
    snapshot: &'a Snapshot,
    reference: &'a ObjectRef,
    found: Vec<Diagnostic>,
}

impl Notes<'_> {
    fn push(&mut self, field: &str, message: String, why: LocalizedText) {
        let known = self.found.iter().any(|it| it.message == message && it.field == field);
        if known {
            return;
        }
        self.found.push(
            Diagnostic::new(Severity::Warning, "gateway/condition", message)
                .at_field(field.to_owned())
                .at(self.snapshot.span(self.reference, field))
                .explain(why),
        );
    }

    /// Says which conditions of a place are not met: at its field, or at that with the references.
    fn conditions(&mut self, place: &Value, field: &str, references: &str) {
        for condition in list(&place["conditions"]) {
            let (kind, reason) = (word(condition, "type"), word(condition, "reason"));
            // What follows from another condition is said there.
            let follows = matches!(reason, "Invalid" | "ListenersNotResolved") || kind == "Conflicted";
            if word(condition, "status") != "False" || follows {
                continue;
            }
            let said = word(condition, "message");
            let message = format!("{kind} is False ({reason}): {said}");
            let why = explain(reason).map_or_else(
                || text! { en: "The controller reports it as a condition in the status.", ko: "컨트롤러가 status의 조건으로 보고한 내용입니다." },
                |it| it.map(std::borrow::Cow::Borrowed),
            );
            let field = if kind == "ResolvedRefs" { references } else { field };
            self.push(field, message, why);
        }
    }

    fn class(&mut self, object: &Object) {
        let controller = object.value["spec"]["controllerName"].as_str().unwrap_or_default();
        if controller == CONTROLLER {
            self.conditions(&object.value["status"], "spec.parametersRef", "spec.parametersRef");
            return;
        }
        let message = format!("no controller {controller} runs in this cluster");
        self.push(
            "spec.controllerName",
            message,
            text! {
                en: "Gateways of this class stay as they are, with conditions Unknown (Pending). The controller of this cluster is kubehop.dev/gateway-controller, its class kubehop.",
                ko: "이 클래스의 Gateway는 조건이 Unknown(Pending)인 채로 남습니다. 이 클러스터의 컨트롤러는 kubehop.dev/gateway-controller이고 클래스는 kubehop입니다.",
            },
        );
    }

    fn listeners(&mut self, object: &Object) {
        let status = &object.value["status"];
        let pending = list(&status["conditions"])
            .iter()
            .any(|it| word(it, "reason") == "Pending");
        if pending {
            let field = if self.reference.kind == Kind::Gateway {
                "spec.gatewayClassName"
            } else {
                "spec.parentRef"
            };
            let message = "nobody acts on it: its conditions stay Unknown (Pending)".to_owned();
            self.push(
                field,
                message,
                text! {
                    en: "A Gateway is acted on by the controller that its GatewayClass names, and a ListenerSet by that of its Gateway. There is no such class or Gateway here, or no such controller.",
                    ko: "Gateway는 GatewayClass가 가리키는 컨트롤러가, ListenerSet은 그 Gateway의 컨트롤러가 처리합니다. 그런 클래스나 Gateway가 없거나, 컨트롤러가 없습니다.",
                },
            );
            return;
        }
        let field = match self.reference.kind {
            Kind::Gateway => "spec",
            _ => "spec.parentRef",
        };
        let own = list(&status["conditions"])
            .iter()
            .filter(|it| word(it, "reason") != "ListenersNotValid");
        let own: Vec<Value> = own.cloned().collect();
        self.conditions(&serde_json::json!({"conditions": own}), field, "spec.tls");
        for listener in list(&status["listeners"]) {
            let written = list(&object.value["spec"]["listeners"]);
            let at = written
                .iter()
                .position(|it| it["name"] == listener["name"])
                .unwrap_or(0);
            let field = format!("spec.listeners[{at}]");
            self.conditions(listener, &field, &field);
        }
    }

    fn route(&mut self, object: &Object) {
        let written = list(&object.value["spec"]["parentRefs"]);
        let parents = list(&object.value["status"]["parents"]);
        for (at, parent) in written.iter().enumerate() {
            let field = format!("spec.parentRefs[{at}]");
            match parents.iter().find(|it| it["parentRef"] == *parent) {
                Some(found) => self.conditions(found, &field, "spec.rules"),
                None => {
                    let message = format!(
                        "nobody acts on it: {} {} is not there, or of another controller",
                        word(parent, "kind"),
                        word(parent, "name")
                    );
                    self.push(
                        &field,
                        message,
                        text! {
                            en: "A route is taken by the controller of its parent. Without an entry in status.parents no controller knows of it.",
                            ko: "route는 부모의 컨트롤러가 처리합니다. status.parents에 항목이 없으면 아는 컨트롤러가 없다는 뜻입니다.",
                        },
                    );
                }
            }
        }
    }
}

/// What a reason means, and what to do.
fn explain(reason: &str) -> Option<Localized<&'static str>> {
    Some(match reason {
        "NoMatchingParent" => Localized {
            en: "The reference names a listener (`sectionName`, `port`) that its parent does not have. A parent of kind Gateway means the Gateway's own listeners only.",
            ko: "참조가 가리키는 리스너(`sectionName`, `port`)가 부모에 없습니다. 부모가 Gateway이면 Gateway 자신의 리스너만 해당합니다.",
        },
        "NotAllowedByListeners" => Localized {
            en: "Listeners choose by `allowedRoutes`: by default they take routes of their own namespace only, and only kinds that fit their protocol.",
            ko: "리스너는 `allowedRoutes`로 고릅니다. 기본값은 같은 네임스페이스의 route뿐이고, 프로토콜에 맞는 kind만 받습니다.",
        },
        "NoMatchingListenerHostname" => Localized {
            en: "A route serves what its hostnames and the listener's have in common; here that is nothing.",
            ko: "route는 자신의 hostname과 리스너의 hostname이 겹치는 이름만 처리합니다. 여기서는 겹치는 것이 없습니다.",
        },
        "RefNotPermitted" => Localized {
            en: "A reference into another namespace needs a ReferenceGrant there: `from` the kind and namespace of the referring object, `to` what it names.",
            ko: "다른 네임스페이스를 참조하려면 그 네임스페이스에 ReferenceGrant가 있어야 합니다. `from`에는 참조하는 쪽의 kind와 네임스페이스를, `to`에는 대상을 씁니다.",
        },
        "BackendNotFound" => Localized {
            en: "The share of requests for this backend is answered 500; the rest of the route works.",
            ko: "이 백엔드의 몫은 500으로 응답하고, 나머지 규칙은 정상으로 동작합니다.",
        },
        "InvalidKind" => Localized {
            en: "Backends are Services, and custom filters those that the controller knows; requests for anything else are answered 500.",
            ko: "백엔드는 Service여야 하고 사용자 정의 filter는 컨트롤러가 아는 것이어야 합니다. 그 밖의 것은 500으로 응답합니다.",
        },
        "InvalidCertificateRef" => Localized {
            en: "The listener needs a Secret of type kubernetes.io/tls with a certificate and a key; until then nothing listens at its port.",
            ko: "리스너에는 인증서와 키가 든 kubernetes.io/tls 유형의 Secret이 필요합니다. 그때까지 포트가 열리지 않습니다.",
        },
        "InvalidRouteKinds" => Localized {
            en: "The protocol decides which kinds can attach: HTTP and HTTPS take HTTPRoute and GRPCRoute, TLS takes TLSRoute, TCP and UDP their own.",
            ko: "프로토콜에 따라 붙을 수 있는 kind가 정해집니다. HTTP와 HTTPS는 HTTPRoute와 GRPCRoute, TLS는 TLSRoute, TCP와 UDP는 각각의 route입니다.",
        },
        "UnsupportedProtocol" => Localized {
            en: "HTTP, HTTPS, TLS, TCP and UDP are known here.",
            ko: "HTTP, HTTPS, TLS, TCP, UDP를 지원합니다.",
        },
        "HostnameConflict" | "ProtocolConflict" => Localized {
            en: "Listeners of one port must differ in hostname, and TCP cannot share a port. Within one Gateway neither of two wins; a ListenerSet gives way to its Gateway and to older ones.",
            ko: "같은 포트의 리스너는 hostname이 달라야 하고, TCP는 포트를 나눠 쓸 수 없습니다. 한 Gateway 안에서는 둘 다 쓸 수 없고, ListenerSet은 Gateway와 먼저 만들어진 것에 밀립니다.",
        },
        "AddressNotAssigned" => Localized {
            en: "The Service of the Gateway is of type LoadBalancer, and this cluster has no provider of addresses: MetalLB would be one.",
            ko: "Gateway의 Service는 LoadBalancer 유형인데 이 클러스터에는 주소를 줄 로드 밸런서가 없습니다. MetalLB가 있으면 됩니다.",
        },
        "AddressNotUsable" => Localized {
            en: "The load balancer cannot give out the address that was asked for; leave it out, and any will do.",
            ko: "요청한 주소를 로드 밸런서가 줄 수 없습니다. 적지 않으면 아무 주소나 받습니다.",
        },
        "NotAllowed" => Localized {
            en: "A Gateway lets in no ListenerSets unless `allowedListeners` says from which namespaces.",
            ko: "Gateway는 `allowedListeners`에 허용할 네임스페이스를 적어야만 ListenerSet을 받습니다.",
        },
        "NoValidCACertificate" | "InvalidCACertificateRef" | "InvalidCACertificateKind" => Localized {
            en: "A CA stands in a ConfigMap, under the key `ca.crt`.",
            ko: "CA는 ConfigMap의 `ca.crt` 키에 둡니다.",
        },
        "Conflicted" => Localized {
            en: "Two objects claim the same thing; the older one has it.",
            ko: "두 오브젝트가 같은 대상을 두고 겹칩니다. 먼저 만들어진 쪽이 적용됩니다.",
        },
        _ => return None,
    })
}
