//! Refusals and warnings as findings at their places in the text, and what is free where a wish was not.

use std::net::IpAddr;

use serde_json::Value;

use super::outcome::Applied;
use crate::api::codes::{self, Code, Internal, ServiceCode};
use crate::api::{self, IpFamily, Refusal, Warning};
use crate::cluster::Cluster;
use crate::diag::{Diagnostic, Hint};
use crate::manifest::{Document, Node, NodeKind};
use crate::text::text;

/// What is wrong with a document that was not taken.
pub(super) fn refusal(document: &Document, applied: &Applied) -> Vec<Diagnostic> {
    let mut found = applied
        .refusal
        .as_ref()
        .map_or_else(Vec::new, |refusal| api::explain(refusal, document));
    drop_blind_edits(document, &mut found);
    found
}

/// Where a text was read without positions every node spans all of it; an edit there would replace the document.
fn drop_blind_edits(document: &Document, found: &mut [Diagnostic]) {
    for hint in found.iter_mut().flat_map(|finding| &mut finding.hints) {
        hint.edit.take_if(|(span, _)| *span == document.root.span);
    }
}

/// The server's warnings.
pub(super) fn warnings(document: &Document, warnings: &[Warning]) -> Vec<Diagnostic> {
    codes::explain_warnings(warnings, document)
}

/// A node port that was refused.
#[derive(Clone, Copy)]
struct RefusedPort {
    /// Its number, where the server says it apart from the field.
    number: Option<i64>,
    /// Whether somebody has it.
    taken: bool,
}

/// What is free in a cluster.
pub(super) struct Free<'a> {
    /// Where it would be allocated.
    pub cluster: &'a Cluster,
}

impl Free<'_> {
    /// Adds to refused node ports and cluster IPs what could be had instead. `found` are the findings for the
    /// refusal, one for each error of a field.
    pub(super) fn offer(&self, document: &Document, refusal: Option<&Refusal>, found: &mut [Diagnostic]) {
        match (refusal, &mut *found) {
            (Some(Refusal::Invalid(errors)), found) => {
                for (error, finding) in errors.iter().zip(found) {
                    let Code::Service(code) = &error.code else { continue };
                    // Allocation prints the number that it was asked for.
                    let asked = || error.value.parse().ok();
                    match code {
                        ServiceCode::NodePortRange { .. } => {
                            let (number, taken) = (asked(), false);
                            self.offer_port(document, RefusedPort { number, taken }, finding);
                        }
                        ServiceCode::NodePortTaken => {
                            let (number, taken) = (asked(), true);
                            self.offer_port(document, RefusedPort { number, taken }, finding);
                        }
                        ServiceCode::NodePortTwice => {
                            let (number, taken) = (None, false);
                            self.offer_port(document, RefusedPort { number, taken }, finding);
                        }
                        ServiceCode::ClusterIpRange { address } => {
                            self.offer_address(document, address, false, finding);
                        }
                        ServiceCode::ClusterIpTaken { address } => {
                            self.offer_address(document, address, true, finding);
                        }
                        _ => {}
                    }
                }
            }
            (Some(Refusal::Internal(error)), [finding]) => {
                let port = match error {
                    Internal::HealthPort { port, why } => RefusedPort {
                        number: Some(i64::from(*port)),
                        taken: *why == ServiceCode::NodePortTaken,
                    },
                    Internal::NodePortTwice { port, .. } => RefusedPort {
                        number: Some(i64::from(*port)),
                        taken: false,
                    },
                    Internal::NoClusterIp | Internal::NoNodePort | Internal::NoHealthPort => return,
                };
                self.offer_port(document, port, finding);
            }
            _ => {}
        }
        drop_blind_edits(document, found);
    }

    fn offer_port(&self, document: &Document, port: RefusedPort, finding: &mut Diagnostic) {
        // Entries of one `port` share a node port; the server may name the entry that does not write it.
        let Some(node) = written_port(document, &finding.field, port.number) else {
            return;
        };
        let Some(wish) = number(node) else { return };
        let beside = written_ports(document);
        if port.taken {
            match self.cluster.allocations().holder_of_port(wish) {
                Some(other) => {
                    finding.explain = Some(text! {
                        en: "A nodePort can belong to one Service only, and `{other}` has this one.",
                        ko: "`nodePort` 번호는 Service끼리 겹칠 수 없습니다. 이 번호는 `{other}` Service가 쓰고 있습니다.",
                    });
                }
                None => {
                    finding.code = Code::from(ServiceCode::NodePortTwice).id();
                    finding.explain = Some(text! {
                        en: "Another port of this Service takes this node port. Each needs one of its own, unless both have the same `port` and differ in protocol.",
                        ko: "이 Service의 다른 포트가 같은 nodePort를 씁니다. `port`가 같고 프로토콜만 다른 경우가 아니면 포트마다 다른 nodePort가 필요합니다.",
                    });
                }
            }
        }
        let range = self.cluster.config().node_port_range;
        if let Some(free) = self.cluster.allocations().nearest_port(range, wish, &beside) {
            let hint = text! {
                en: "Write {free}, the nearest free node port",
                ko: "비어 있는 가장 가까운 nodePort인 {free} 포트로 바꾸기",
            };
            finding.hints.push(Hint {
                text: hint,
                edit: Some((node.span, free.to_string())),
            });
        }
    }

    fn offer_address(&self, document: &Document, refused: &str, taken: bool, finding: &mut Diagnostic) {
        let leave_out = text! {
            en: "Leave the address out to get a free one",
            ko: "주소를 지워 빈 주소를 자동으로 배정받기",
        };
        let spec = document.root.get("spec");
        let listed = spec.and_then(|it| it.get("clusterIPs")).map_or(&[][..], Node::items);
        let single = spec.and_then(|it| it.get("clusterIP"));
        let places: Vec<&Node> = single
            .into_iter()
            .chain(listed)
            .filter(|node| node.as_str() == Some(refused))
            .collect();
        if let (Some(_), Ok(wish)) = (places.first(), refused.parse())
            && let Some(other) = self.cluster.allocations().holder_of_address(wish).filter(|_| taken)
        {
            finding.explain = Some(text! {
                en: "Every Service has an address of its own, and `{other}` has this one.",
                ko: "ClusterIP는 Service마다 다른데, 이 주소는 `{other}` Service가 쓰고 있습니다.",
            });
        }
        // Where it stands twice, one edit would leave the two places at odds.
        if let [node] = places[..]
            && let Some(free) = self.free_beside(refused)
        {
            let hint = text! {
                en: "Write `{free}`, which is free",
                ko: "비어 있는 주소 `{free}` 값으로 바꾸기",
            };
            finding.hints.push(Hint {
                text: hint,
                edit: Some((node.span, yaml_text(&free))),
            });
        }
        finding.hints.push(Hint {
            text: leave_out,
            edit: None,
        });
    }

    /// A free address of the Service range that has the family of a wish.
    fn free_beside(&self, wish: &str) -> Option<IpAddr> {
        let wish: IpAddr = wish.parse().ok()?;
        let ranges = self.cluster.config().service_subnets.iter();
        let mut ranges = ranges.filter(|net| IpFamily::of_net(**net) == IpFamily::of(wish));
        self.cluster.allocations().free_address(*ranges.next()?, wish)
    }
}

/// An address as YAML takes it anywhere: an IPv6 address could end in a colon.
fn yaml_text(address: &IpAddr) -> String {
    match address {
        IpAddr::V4(_) => address.to_string(),
        IpAddr::V6(_) => format!("\"{address}\""),
    }
}

fn number(node: &Node) -> Option<i64> {
    match &node.kind {
        NodeKind::Scalar(Value::Number(number)) => number.as_i64(),
        _ => None,
    }
}

fn entries(document: &Document) -> &[Node] {
    let ports = document.root.get("spec").and_then(|spec| spec.get("ports"));
    ports.map_or(&[], Node::items)
}

/// The node ports that the document writes.
fn written_ports(document: &Document) -> Vec<i64> {
    let health = document
        .root
        .get("spec")
        .and_then(|spec| spec.get("healthCheckNodePort"));
    let nodes = entries(document).iter().filter_map(|entry| entry.get("nodePort"));
    nodes.chain(health).filter_map(number).collect()
}

/// Where a refused node port stands: at its field, or wherever `said` is written.
fn written_port<'a>(document: &'a Document, field: &str, said: Option<i64>) -> Option<&'a Node> {
    let node = document.root.locate(field).1;
    if number(node).is_some() {
        return Some(node);
    }
    let said = said?;
    let mut all = entries(document).iter().filter_map(|entry| entry.get("nodePort"));
    // The last one that asks for it: the ones before were first.
    all.rfind(|node| number(node) == Some(said))
}

#[cfg(test)]
mod tests {
    use crate::apply::{ApplyOptions, Client, Outcome, Verb};
    use crate::cluster::{Cluster, Options};
    use crate::manifest;
    use crate::text::FileId;

    fn apply(cluster: &mut Cluster, text: &str) -> Outcome {
        let manner = ApplyOptions::plain(Verb::Apply, "STDIN");
        Client::new(cluster).apply_documents(manifest::parse(FileId(0), text), manner)
    }

    fn service(name: &str, spec: &str) -> String {
        format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n{spec}")
    }

    /// Refuses a text, mends it by its first edit, and sees it taken; hands back code and mended text.
    fn mend(before: &[&str], spec: &str) -> (&'static str, String) {
        let mut cluster = Cluster::new(Options::default());
        for (idx, spec) in before.iter().enumerate() {
            assert_eq!(apply(&mut cluster, &service(&format!("other-{idx}"), spec)).stderr, "");
        }
        let text = service("web", spec);
        let outcome = apply(&mut cluster, &text);
        let found = outcome
            .applied
            .iter()
            .flat_map(|it| &it.diagnostics)
            .next()
            .expect("refused");
        assert!(found.explain.is_some(), "{}", found.message);
        let edits = found.hints.iter().find_map(|hint| hint.edit.clone());
        let (span, new) = edits.unwrap_or_else(|| panic!("no edit for {}", found.message));
        let mended = format!("{}{new}{}", &text[..span.start as usize], &text[span.end as usize..]);
        assert_eq!(apply(&mut cluster, &mended).stderr, "", "{mended}");
        (found.code, mended)
    }

    #[test]
    fn refused_node_ports_lead_to_the_nearest_free_one() {
        let node_port = |rest: &str| format!("  type: NodePort\n  ports:\n{rest}");
        let one = |port: &str| node_port(&format!("  - port: 80\n    nodePort: {port}\n"));
        let two = "  - {name: a, port: 80, nodePort: 30080}\n  - {name: b, port: 81, nodePort: 30080}\n";
        let shared = "  - {name: a, port: 53, protocol: TCP}\n  - {name: b, port: 53, protocol: UDP, nodePort: 80}\n";
        let rows = [
            (vec![], one("80"), "service/node-port-range", "nodePort: 30000\n"),
            (vec![], one("40000"), "service/node-port-range", "nodePort: 32767\n"),
            (
                vec![one("30080")],
                one("30080"),
                "service/node-port-taken",
                "nodePort: 30081\n",
            ),
            (
                vec![one("32767")],
                one("40000"),
                "service/node-port-range",
                "nodePort: 32766\n",
            ),
            (vec![], node_port(two), "service/node-port-twice", "nodePort: 30081}\n"),
            (
                vec![],
                node_port(shared),
                "service/node-port-range",
                "nodePort: 30000}\n",
            ),
        ];
        for (before, spec, code, ending) in rows {
            let before: Vec<&str> = before.iter().map(String::as_str).collect();
            let (found, mended) = mend(&before, &spec);
            assert_eq!(found, code, "{spec}");
            assert!(mended.ends_with(ending), "{mended}");
        }
    }

    #[test]
    fn a_refused_health_port_leads_to_a_free_one() {
        let spec = "  type: LoadBalancer\n  externalTrafficPolicy: Local\n  ports:\n  - port: 80\n    nodePort: 30000\n  healthCheckNodePort: 99\n";
        let (code, mended) = mend(&[], spec);
        assert_eq!(code, "service/health-port-taken");
        assert!(mended.ends_with("healthCheckNodePort: 30001\n"), "{mended}");
    }

    #[test]
    fn refused_cluster_ips_lead_to_a_free_one() {
        let ports = "  ports:\n  - port: 80\n";
        let rows = [
            (
                format!("  clusterIP: 10.96.0.1\n{ports}"),
                "service/cluster-ip-taken",
                "clusterIP: 10.96.0.2\n",
            ),
            (
                format!("  clusterIP: 192.168.0.1\n{ports}"),
                "service/cluster-ip-range",
                "clusterIP: 10.96.0.2\n",
            ),
        ];
        for (spec, code, part) in rows {
            let (found, mended) = mend(&[], &spec);
            assert_eq!(found, code, "{spec}");
            assert!(mended.contains(part), "{mended}");
        }
    }

    #[test]
    fn whoever_holds_a_port_or_an_address_is_named() {
        let mut cluster = Cluster::new(Options::default());
        let port = "  type: NodePort\n  ports:\n  - port: 80\n    nodePort: 30080\n";
        assert_eq!(apply(&mut cluster, &service("first", port)).stderr, "");
        // An address that stands twice would need two edits.
        let address = "  clusterIP: 10.96.0.10\n  clusterIPs: [10.96.0.10]\n  ports:\n  - port: 80\n";
        for (spec, holder, edits) in [(port, "`default/first`", 1), (address, "`kube-system/kube-dns`", 0)] {
            let outcome = apply(&mut cluster, &service("web", spec));
            let found = &outcome.applied[0].diagnostics[0];
            let explain = found.explain.as_ref().expect("explained");
            assert!(
                explain.en.contains(holder) && explain.ko.contains(holder),
                "{explain:?}"
            );
            assert_eq!(found.hints.iter().filter(|hint| hint.edit.is_some()).count(), edits);
        }
    }

    #[test]
    fn an_edit_never_replaces_a_whole_document() {
        let mut cluster = Cluster::new(Options::default());
        let text = service("web", "  type: NodePort\n  ports: [{port: 80, nodePort: 80}]\n");
        let mut parsed = manifest::parse(FileId(0), &text);
        let whole = parsed.documents[0].root.span;
        let document = std::sync::Arc::make_mut(&mut parsed.documents[0]);
        let mut blind = vec![&mut document.root];
        while let Some(node) = blind.pop() {
            node.span = whole;
            match &mut node.kind {
                manifest::NodeKind::Mapping(entries) => blind.extend(entries.iter_mut().map(|it| &mut it.value)),
                manifest::NodeKind::Sequence(items) => blind.extend(items),
                manifest::NodeKind::Scalar(_) => {}
            }
        }
        let manner = ApplyOptions::plain(Verb::Apply, "STDIN");
        let outcome = Client::new(&mut cluster).apply_documents(parsed, manner);
        let found = &outcome.applied[0].diagnostics[0];
        assert_eq!(found.code, "service/node-port-range");
        assert!(found.hints.iter().all(|hint| hint.edit.is_none()));
    }
}
