//! Annotations that the controllers of clouds read, with what these would do. No cloud's controller is simulated.

use crate::api::types::core::Service;
use crate::api::types::meta::Labels;
use crate::api::types::networking::Ingress;
use crate::go::is_true;
use crate::net::note::{Effect, Note, annotation};
use crate::text::{LocalizedText, text};

/// Every annotation of an Ingress that a cloud would read.
#[must_use]
pub fn of_ingress(ingress: &Ingress) -> Vec<Note> {
    let annotations = ingress.metadata.annotations.iter();
    annotations
        .filter_map(|(key, value)| {
            let name = key.strip_prefix("alb.ingress.kubernetes.io/")?;
            Some(cloud_note(key, &alb(name, value)))
        })
        .collect()
}

/// Every annotation of a Service that a cloud would read.
#[must_use]
pub fn of_service(service: &Service) -> Vec<Note> {
    let annotations: &Labels = &service.metadata.annotations;
    annotations
        .iter()
        .filter_map(|(key, value)| {
            if let Some(name) = key.strip_prefix("service.beta.kubernetes.io/aws-load-balancer-") {
                return Some(cloud_note(key, &nlb(name, value)));
            }
            let clouds = ["service.beta.kubernetes.io/", "cloud.google.com/", "networking.gke.io/"];
            clouds.iter().any(|start| key.starts_with(start)).then(|| Note {
                field: annotation(key),
                effect: Effect::Elsewhere,
                text: text! {
                    en: "Read by a cloud's own controller, which is not simulated.",
                    ko: "클라우드의 자체 컨트롤러가 읽는 것으로, 시뮬레이션하지 않습니다.",
                },
            })
        })
        .collect()
}

fn cloud_note(key: &str, what: &LocalizedText) -> Note {
    Note {
        field: annotation(key),
        effect: Effect::Elsewhere,
        text: text! {
            with what;
            en: "Read by the AWS Load Balancer Controller, not here: {what}.",
            ko: "AWS Load Balancer Controller가 읽는 것으로 여기서는 효과가 없습니다: {what}.",
        },
    }
}

/// What AWS would make of an annotation for its Application Load Balancer.
fn alb(name: &str, value: &str) -> LocalizedText {
    match name {
        "scheme" if value == "internet-facing" => {
            text! { en: "the ALB would get public addresses", ko: "ALB가 공인 주소를 받습니다" }
        }
        "scheme" => text! {
            en: "the ALB would only have addresses inside the VPC",
            ko: "ALB가 VPC 안의 주소만 받습니다",
        },
        "target-type" if value == "ip" => text! {
            en: "the ALB would send straight to pod addresses, past nodes and kube-proxy",
            ko: "ALB가 노드와 kube-proxy를 거치지 않고 Pod 주소로 바로 보냅니다",
        },
        "target-type" => text! {
            en: "the ALB would send to the Service's NodePort on the nodes",
            ko: "ALB가 노드의 NodePort로 보냅니다",
        },
        "target-group-attributes" if value.contains("stickiness.enabled=true") => text! {
            en: "the ALB would keep a client at its target by a cookie (AWSALB)",
            ko: "ALB가 쿠키(AWSALB)로 클라이언트를 한 target에 묶습니다",
        },
        "target-group-attributes" => text! {
            en: "sets attributes of the ALB's target groups",
            ko: "ALB target group의 속성을 정합니다",
        },
        "certificate-arn" => text! {
            en: "TLS would end at the ALB with this certificate of ACM",
            ko: "TLS가 ALB에서 이 ACM 인증서로 끝납니다",
        },
        "listen-ports" => text! {
            en: "the ALB would listen on these ports",
            ko: "ALB가 이 포트에서 수신 대기합니다",
        },
        "ssl-redirect" => text! {
            en: "the ALB would redirect HTTP to this port",
            ko: "ALB가 HTTP를 이 포트로 돌려보냅니다",
        },
        "ssl-policy" => text! { en: "the ALB would use this TLS policy", ko: "ALB가 이 TLS 정책을 씁니다" },
        "group.name" | "group.order" => text! {
            en: "Ingresses of one group would share one ALB",
            ko: "같은 group의 Ingress가 ALB 하나를 함께 씁니다",
        },
        "inbound-cidrs" => text! {
            en: "only these ranges would reach the ALB",
            ko: "이 범위만 ALB에 닿습니다",
        },
        "subnets" | "security-groups" | "manage-backend-security-group-rules" => text! {
            en: "decides where in the VPC the ALB stands",
            ko: "ALB가 VPC의 어디에 놓일지 정합니다",
        },
        "backend-protocol" | "backend-protocol-version" => text! {
            en: "the ALB would use this protocol to its targets",
            ko: "ALB가 target과 이 프로토콜로 통신합니다",
        },
        "wafv2-acl-arn" | "waf-acl-id" | "shield-advanced-protection" => text! {
            en: "requests would pass AWS WAF or Shield",
            ko: "요청이 AWS WAF나 Shield를 거칩니다",
        },
        _ if name.starts_with("healthcheck") || name.ends_with("threshold-count") || name == "success-codes" => text! {
            en: "the ALB would check its targets so, beside readiness probes",
            ko: "ALB가 readiness 프로브와 별도로 target을 이렇게 점검합니다",
        },
        _ if name.starts_with("actions.") => text! {
            en: "a rule whose Service is called like this (port use-annotation) would forward, redirect or answer so",
            ko: "이 이름을 Service로 적은 규칙(port use-annotation)이 이렇게 전달·redirect·응답합니다",
        },
        _ if name.starts_with("conditions.") => text! {
            en: "the rule would also need these conditions",
            ko: "규칙에 이 조건이 더해집니다",
        },
        _ if name.starts_with("auth-") => text! {
            en: "the ALB would require users to sign in first",
            ko: "ALB가 먼저 로그인을 요구합니다",
        },
        _ => text! { en: "the ALB would be set up with {name}", ko: "ALB가 {name} 설정으로 만들어집니다" },
    }
}

/// What AWS would make of an annotation for a Service's load balancer.
fn nlb(name: &str, value: &str) -> LocalizedText {
    match name {
        "type" if matches!(value, "nlb" | "nlb-ip" | "external") => text! {
            en: "the Service would get a Network Load Balancer (layer 4)",
            ko: "Service가 Network Load Balancer(4계층)를 받습니다",
        },
        "type" => text! { en: "decides the kind of load balancer", ko: "로드 밸런서의 종류를 정합니다" },
        "nlb-target-type" if value == "ip" => text! {
            en: "the NLB would send straight to pod addresses, past NodePorts and kube-proxy",
            ko: "NLB가 NodePort와 kube-proxy를 거치지 않고 Pod 주소로 바로 보냅니다",
        },
        "nlb-target-type" => text! {
            en: "the NLB would send to the NodePort of the nodes",
            ko: "NLB가 노드의 NodePort로 보냅니다",
        },
        "scheme" if value == "internet-facing" => text! {
            en: "the load balancer would get public addresses",
            ko: "로드 밸런서가 공인 주소를 받습니다",
        },
        "scheme" => text! {
            en: "the load balancer would only have addresses inside the VPC",
            ko: "로드 밸런서가 VPC 안의 주소만 받습니다",
        },
        "internal" if is_true(value) => text! {
            en: "the load balancer would only have addresses inside the VPC (older name of scheme: internal)",
            ko: "로드 밸런서가 VPC 안의 주소만 받습니다(scheme: internal의 옛 이름)",
        },
        "internal" => text! { en: "the load balancer would be public", ko: "로드 밸런서가 공개됩니다" },
        "proxy-protocol" => text! {
            en: "the load balancer would put the client's address in front of the data (PROXY protocol)",
            ko: "로드 밸런서가 데이터 앞에 클라이언트 주소를 붙입니다(PROXY protocol)",
        },
        "cross-zone-load-balancing-enabled" => text! {
            en: "the load balancer would spread over all zones",
            ko: "로드 밸런서가 모든 zone에 나눠 보냅니다",
        },
        "ssl-cert" | "ssl-ports" | "ssl-negotiation-policy" => {
            text! { en: "TLS would end at the load balancer", ko: "TLS가 로드 밸런서에서 끝납니다" }
        }
        "eip-allocations" => text! {
            en: "the load balancer would have these fixed public addresses",
            ko: "로드 밸런서가 이 고정 공인 주소를 씁니다",
        },
        _ if name.starts_with("healthcheck") => text! {
            en: "the load balancer would check its targets so",
            ko: "로드 밸런서가 target을 이렇게 점검합니다",
        },
        _ => text! {
            en: "the load balancer would be set up with {name}",
            ko: "로드 밸런서가 {name} 설정으로 만들어집니다",
        },
    }
}
