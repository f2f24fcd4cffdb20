//! What a learner can do to a pod, a node or a link, each with a sentence of what follows and when.
//!
//! The page offers these; a terminal has commands for the same. Not here: how the cluster reacts, which is
//! `cluster::{machines, kubelet, controllers}`.

use super::World;
use crate::api::types::core::{Container, Node, Pod, Probe};
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::cluster::ends_promptly;
use crate::cluster::faults::KILLED;
use crate::cluster::faults::machine::{self, BALANCER_FAILURES, BALANCER_PERIOD, BOOT, GRACE, TOLERATED};
use crate::cluster::faults::{Faults, Health, ROUTER};
use crate::cluster::snapshot::LoadBalancerProvider;
use crate::cluster::{Cluster, Snapshot};
use crate::text::{Localized, LocalizedText, text};

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `kubectl delete pod`.
    Delete,
    /// Ends the processes of a pod, once.
    Crash,
    /// Makes the processes of a pod do something else: hang, crash at every start, work again.
    SetHealth(Health),
    /// Takes a node's power away.
    PowerOff,
    /// Gives it back.
    PowerOn,
    /// Stops a node's kubelet.
    StopKubelet,
    /// Starts it again.
    StartKubelet,
    /// Cuts a node's link to another, or to the router.
    Cut(String),
    /// Mends it.
    Mend(String),
    /// `kubectl cordon`.
    Cordon,
    /// `kubectl uncordon`.
    Uncordon,
    /// `kubectl drain --force --delete-emptydir-data --ignore-daemonsets`.
    Drain,
}

/// A action as it is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionOffer {
    /// What would be done.
    pub action: Action,
    /// What it is called.
    pub name: LocalizedText,
    /// What will follow, and when.
    pub tells: LocalizedText,
    /// Whether it mends rather than breaks.
    pub mends: bool,
}

fn offer(action: Action, name: LocalizedText, tells: LocalizedText) -> ActionOffer {
    let mends = matches!(
        action,
        Action::SetHealth(Health::Healthy)
            | Action::PowerOn
            | Action::StartKubelet
            | Action::Mend(_)
            | Action::Uncordon
    );
    ActionOffer {
        action,
        name,
        tells,
        mends,
    }
}

/// What can be done to an object now; nothing for what is neither pod nor node.
#[must_use]
pub fn offers(snapshot: &Snapshot, reference: &ObjectRef) -> Vec<ActionOffer> {
    match reference.kind {
        Kind::Pod => snapshot
            .typed::<Pod>(reference)
            .map_or_else(Vec::new, |pod| of_pod(snapshot, pod)),
        Kind::Node => snapshot
            .get::<Node>("", &reference.name)
            .map_or_else(Vec::new, |node| of_node(snapshot, node)),
        _ => Vec::new(),
    }
}

fn of_pod(snapshot: &Snapshot, pod: &Pod) -> Vec<ActionOffer> {
    let faults = snapshot.faults();
    let meta = &pod.metadata;
    let containers = faults.containers(meta).unwrap_or_default();
    let health = containers.first().map_or(Health::Healthy, |it| it.health);
    let runs = pod.phase() == Some(PodPhase::Running) && !faults.is_off(&pod.spec.node_name);
    let mut found = Vec::new();
    if health != Health::Healthy {
        found.push(offer(
            Action::SetHealth(Health::Healthy),
            text! { en: "Restore the process", ko: "정상으로 복구" },
            text! {
                en: "The program serves as before; its probes have to succeed first.",
                ko: "프로그램이 다시 응답합니다. 먼저 프로브가 성공해야 합니다.",
            },
        ));
    }
    if runs && health == Health::Healthy && containers.iter().all(|it| it.runs()) {
        found.push(offer(Action::Crash, text! { en: "Crash", ko: "프로세스 종료(crash)" }, text! {
            en: "The program ends and is removed from the endpoints until the kubelet has restarted it: the first time within a second, then after 10 s, 20 s, 40 s and so on up to 300 s.",
            ko: "프로그램이 끝나고 엔드포인트에서 빠집니다. kubelet이 처음에는 1초 안에, 그다음부터는 10초, 20초, 40초처럼 최대 300초까지 기다렸다가 다시 시작합니다.",
        }));
        found.push(offer(
            Action::SetHealth(Health::Crashing),
            text! { en: "Crash at every start", ko: "시작할 때마다 종료" },
            text! {
                en: "It ends a second after every start: CrashLoopBackOff, with a longer delay each time.",
                ko: "시작하고 1초 뒤에 매번 끝납니다. CrashLoopBackOff가 되고 기다리는 시간이 점점 길어집니다.",
            },
        ));
        found.push(offer(
            Action::SetHealth(Health::Hung),
            text! { en: "Hang", ko: "응답 없는 상태로(hang)" },
            hang(pod),
        ));
        if let Some(probe) = pod.spec.containers.iter().find_map(|it| it.readiness_probe.as_ref()) {
            let (failures, wait) = (threshold(probe), longest(probe, 0));
            found.push(offer(
                Action::SetHealth(Health::Unready),
                text! { en: "Fail the readiness probe", ko: "readiness 프로브만 실패" },
                text! {
                    en: "It keeps answering, but after {failures} failures, {wait} s at most, it is removed from the endpoints.",
                    ko: "응답은 계속하지만 {failures}번 실패하면, 늦어도 {wait}초 안에 엔드포인트에서 빠집니다.",
                },
            ));
        }
    }
    if meta.deletion_timestamp.is_none() {
        found.push(offer(
            Action::Delete,
            text! { en: "Delete the Pod", ko: "Pod 삭제" },
            deletion(snapshot, pod),
        ));
    }
    found
}

fn threshold(probe: &Probe) -> i64 {
    if probe.failure_threshold <= 0 {
        3
    } else {
        probe.failure_threshold
    }
}

/// Seconds after which a probe that fails has reached its threshold, at most; one try takes `takes`.
fn longest(probe: &Probe, takes: i64) -> i64 {
    let period = if probe.period_seconds <= 0 {
        10
    } else {
        probe.period_seconds
    };
    threshold(probe).saturating_mul(period).saturating_add(takes)
}

/// What a probe that asks something of the program needs to notice that it hangs; `None` where it never does.
fn notices(probe: Option<&Probe>) -> Option<i64> {
    probe
        .filter(|it| it.http_get.is_some() || it.grpc.is_some())
        .map(|it| longest(it, it.timeout_seconds.max(1)))
}

fn hang(pod: &Pod) -> LocalizedText {
    let containers = &pod.spec.containers;
    let any = |pick: fn(&Container) -> Option<&Probe>| containers.iter().find_map(pick);
    let readiness = any(|it| it.readiness_probe.as_ref());
    let mut said = match (notices(readiness), readiness) {
        (Some(seconds), _) => text! {
            en: "Requests to it time out. Its readinessProbe notices within {seconds} s, and it is removed from the endpoints.",
            ko: "요청이 시간 초과됩니다. readinessProbe가 {seconds}초 안에 알아채면 엔드포인트에서 빠집니다.",
        },
        (None, Some(_)) => text! {
            en: "Requests to it time out. The kernel still accepts connections, so its readinessProbe does not notice and it stays an endpoint.",
            ko: "요청이 시간 초과됩니다. 연결은 커널이 대신 받으므로 readinessProbe가 알아채지 못해 엔드포인트로 남습니다.",
        },
        (None, None) => text! {
            en: "It has no readinessProbe, so it stays an endpoint and its share of the requests times out.",
            ko: "readinessProbe가 없어 엔드포인트로 남고, 이 Pod로 가는 요청은 시간 초과됩니다.",
        },
    };
    if let Some(seconds) = notices(any(|it| it.liveness_probe.as_ref())) {
        let grace = pod.spec.termination_grace_period_seconds.unwrap_or(30);
        said.push(&text! {
            en: " Its livenessProbe notices within {seconds} s; {grace} s later it is killed and started again.",
            ko: " livenessProbe도 {seconds}초 안에 알아채고, {grace}초 뒤 강제로 끝내고 다시 시작합니다.",
        });
    }
    said
}

fn deletion(snapshot: &Snapshot, pod: &Pod) -> LocalizedText {
    let heard = snapshot.faults().is_empty() || !is_silent(snapshot.faults(), &pod.spec.node_name);
    let grace = pod.spec.termination_grace_period_seconds.unwrap_or(30);
    let when = if !heard {
        text! {
            en: "its node does not answer, so it stays Terminating until the node is back",
            ko: "노드가 응답하지 않아 노드가 돌아올 때까지 Terminating으로 남습니다",
        }
    } else if pod.spec.containers.iter().all(ends_promptly) {
        text! { en: "it is gone as soon as its program has ended", ko: "프로그램이 끝나는 대로 삭제됩니다" }
    } else {
        text! {
            en: "its program ignores SIGTERM, so it is gone after its grace period of {grace} s",
            ko: "프로그램이 SIGTERM을 무시하므로 grace period {grace}초 뒤에 삭제됩니다",
        }
    };
    let next = match pod.metadata.owner_references.first().map(|it| it.kind.as_str()) {
        Some("StatefulSet") => Localized {
            en: "Its StatefulSet creates it again once it is gone.",
            ko: "삭제된 뒤에 StatefulSet이 다시 만듭니다.",
        },
        Some(_) => Localized {
            en: "Its ReplicaSet creates another at once.",
            ko: "ReplicaSet이 바로 다른 Pod를 만듭니다.",
        },
        None => Localized {
            en: "No controller replaces it.",
            ko: "다시 만들어 주는 컨트롤러가 없습니다.",
        },
    };
    text! {
        with when, next;
        en: "It is Terminating and removed from the endpoints at once; {when}. {next}",
        ko: "바로 Terminating이 되어 엔드포인트에서 빠지고, {when}. {next}",
    }
}

fn is_silent(faults: &Faults, node: &str) -> bool {
    faults.machine(node).is_some_and(|it| it.silent_since.is_some())
}

fn of_node(snapshot: &Snapshot, node: &Node) -> Vec<ActionOffer> {
    let (faults, name) = (snapshot.faults(), node.metadata.name.as_str());
    let (grace, boot) = (GRACE.as_secs(), BOOT.as_secs());
    let mut found = Vec::new();
    let earliest = grace - 10;
    let follows = text! {
        en: "after {earliest} to {grace} s (node-monitor-grace-period) it is NotReady and its Pods are removed from the endpoints; {TOLERATED} s later they are evicted.",
        ko: "{earliest}~{grace}초 뒤(node-monitor-grace-period) NotReady가 되고 Pod가 엔드포인트에서 빠집니다. 다시 {TOLERATED}초 뒤에는 Pod가 축출됩니다.",
    };
    match faults.machine(name).map(|it| it.power) {
        Some(machine::Power::Off) => found.push(offer(
            Action::PowerOn,
            text! { en: "Power on", ko: "전원 켜기" },
            text! {
                en: "It boots for {boot} s; then its kubelet starts its Pods again, with other addresses.",
                ko: "{boot}초 동안 부팅한 뒤 kubelet이 Pod를 새 주소로 다시 시작합니다.",
            },
        )),
        Some(machine::Power::Booting(_)) => {}
        _ => {
            let mut tells = text! {
                with follows;
                en: "Packets to it are lost at once; {follows}",
                ko: "이 노드로 가는 패킷은 바로 유실됩니다. {follows}",
            };
            let provider = snapshot.config().load_balancer;
            let seconds = machine::notices(provider).as_secs();
            match provider {
                LoadBalancerProvider::MetalLb => tells.push(&text! {
                    en: " MetalLB moves its addresses after {seconds} s.",
                    ko: " MetalLB는 {seconds}초 뒤에 주소를 다른 노드로 옮깁니다.",
                }),
                LoadBalancerProvider::Cloud => {
                    let period = BALANCER_PERIOD.as_secs();
                    tells.push(&text! {
                        en: " The load balancer drops it after {BALANCER_FAILURES} failed health checks, {period} s apart: {seconds} s.",
                        ko: " 로드 밸런서는 {period}초 간격의 헬스 체크가 {BALANCER_FAILURES}번 실패하는 {seconds}초 뒤에 이 노드를 뺍니다.",
                    });
                }
                LoadBalancerProvider::None => {}
            }
            found.push(offer(
                Action::PowerOff,
                text! { en: "Power off", ko: "전원 끄기" },
                tells,
            ));
            found.push(if faults.kubelet_stopped(name) {
                offer(
                    Action::StartKubelet,
                    text! { en: "Start the kubelet", ko: "kubelet 시작" },
                    text! {
                        en: "It reports at once: the node is Ready, and its Pods are endpoints again.",
                        ko: "바로 상태를 보고합니다. Ready가 되고 Pod가 다시 엔드포인트가 됩니다.",
                    },
                )
            } else {
                offer(
                    Action::StopKubelet,
                    text! { en: "Stop the kubelet", ko: "kubelet 중지" },
                    text! {
                        with follows;
                        en: "Its Pods keep answering; {follows}",
                        ko: "Pod는 계속 응답합니다. {follows}",
                    },
                )
            });
        }
    }
    found.push(if node.spec.unschedulable {
        offer(
            Action::Uncordon,
            text! { en: "Uncordon", ko: "uncordon" },
            text! {
                en: "New Pods may be placed here again.",
                ko: "새 Pod가 다시 이 노드에 배치될 수 있습니다.",
            },
        )
    } else {
        offer(
            Action::Cordon,
            text! { en: "Cordon", ko: "cordon" },
            text! {
                en: "No new Pods are placed here; those that are here stay, and traffic does not change.",
                ko: "새 Pod가 배치되지 않습니다. 있던 Pod는 남고 트래픽도 그대로입니다.",
            },
        )
    });
    found.push(offer(Action::Drain, text! { en: "Drain", ko: "drain" }, text! {
        en: "Cordoned, and its Pods are evicted at once, as far as PodDisruptionBudgets allow; their controllers create others elsewhere.",
        ko: "cordon한 뒤 PodDisruptionBudget이 허락하는 대로 Pod를 바로 축출합니다. 컨트롤러가 다른 노드에 새로 만듭니다.",
    }));
    let others = snapshot.list::<Node>().map(|it| it.metadata.name.as_str());
    for other in [ROUTER].into_iter().chain(others.filter(|it| *it != name)) {
        found.push(of_link(faults, name, other, &follows));
    }
    found
}

fn of_link(faults: &Faults, name: &str, other: &str, follows: &LocalizedText) -> ActionOffer {
    let end = match other {
        ROUTER => text! { en: "the router", ko: "라우터" },
        other => LocalizedText::same(other.to_owned().into()),
    };
    let cut = faults.is_cut(name, other);
    let (action, label) = if cut {
        let label = Localized {
            en: "Restore the link to",
            ko: "링크 복구",
        };
        (Action::Mend(other.to_owned()), label)
    } else {
        let label = Localized {
            en: "Cut the link to",
            ko: "링크 끊기",
        };
        (Action::Cut(other.to_owned()), label)
    };
    let tells = match (cut, other) {
        (true, ROUTER) => text! {
            en: "Packets pass again; the kubelet reports with its next heartbeat, within 10 s.",
            ko: "패킷이 다시 지나갑니다. kubelet은 10초 안의 다음 하트비트에 보고합니다.",
        },
        (true, _) => text! { en: "Packets pass again.", ko: "패킷이 다시 지나갑니다." },
        (false, ROUTER) => text! {
            with follows;
            en: "Packets from and to the outside are lost, also those to the API server: {follows}",
            ko: "밖과 오가는 패킷이 유실됩니다. API 서버도 그쪽에 있으므로 {follows}",
        },
        (false, _) => text! {
            en: "Packets between the two are lost. Both still reach the API server, so endpoints stay.",
            ko: "두 노드 사이의 패킷이 유실됩니다. API 서버는 두 노드와 계속 통신하므로 엔드포인트는 그대로입니다.",
        },
    };
    ActionOffer {
        mends: cut,
        action,
        name: text! { with label, end; en: "{label} {end}", ko: "{end} {label}" },
        tells,
    }
}

impl World {
    /// Does it, and lets the controllers react; no time passes.
    pub fn perform(&mut self, reference: &ObjectRef, action: &Action) {
        let key = reference.key();
        let node = reference.name.as_str();
        self.edit(|cluster| match action {
            Action::Delete => cluster.delete(reference, None),
            Action::Crash => cluster.crash(&key, None, KILLED),
            Action::SetHealth(health) => cluster.set_health(&key, *health),
            Action::PowerOff => cluster.power_off(node),
            Action::PowerOn => cluster.power_on(node),
            Action::StopKubelet => cluster.stop_kubelet(node),
            Action::StartKubelet => cluster.start_kubelet(node),
            Action::Cut(other) => cluster.set_link(node, other, false),
            Action::Mend(other) => cluster.set_link(node, other, true),
            Action::Cordon => set_schedulable(cluster, reference, false),
            Action::Uncordon => set_schedulable(cluster, reference, true),
            Action::Drain => drain(cluster, reference),
        });
    }
}

fn set_schedulable(cluster: &mut Cluster, node: &ObjectRef, schedulable: bool) {
    let (Some(object), Some(info)) = (cluster.object(node), Kind::Node.info()) else {
        return;
    };
    let mut value = object.value.clone();
    if let Some(spec) = value.get_mut("spec").and_then(serde_json::Value::as_object_mut) {
        if schedulable {
            spec.remove("unschedulable");
        } else {
            spec.insert("unschedulable".to_owned(), true.into());
        }
    }
    // A stored node with this one field changed is valid.
    let _ = cluster.update(info, node, value);
}

fn drain(cluster: &mut Cluster, node: &ObjectRef) {
    set_schedulable(cluster, node, false);
    let pods: Vec<NamespacedName> = cluster
        .snapshot()
        .list::<Pod>()
        .filter(|pod| pod.spec.node_name == node.name)
        .filter(|pod| pod.metadata.owner_references.iter().all(|it| it.kind != "DaemonSet"))
        .map(|pod| pod.metadata.key())
        .collect();
    for pod in pods {
        // One that a budget holds stays; the learner sees it there.
        let _ = cluster.evict(&pod, None);
    }
}
