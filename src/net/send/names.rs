//! Names: questions that travel to a DNS server as packets, and what the sender's resolver makes of the
//! answers.
//!
//! A pod asks as its `/etc/resolv.conf` and the C library of its first container say. A node asks its own
//! name server, which knows no name of the cluster. The client outside has no cluster DNS either: it knows
//! the hosts of Ingresses and the names of load balancers, as somebody would have written them into its
//! `/etc/hosts`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::answers::{answer_text, reason, reply_of, shown, unsimulated};
use super::pods::is_dns_server;
use super::{Detail, HopDraft, RequestRun, place_of};
use crate::api::types::core::{ConfigMap, Node, Pod};
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::cluster::Snapshot;
use crate::net::dns::hosts::PodHost;
use crate::net::dns::message::{self, Basis, Record, RecordData, absolute};
use crate::net::dns::resolv_conf::{self, KubeletDns, PodDns, ResolvConf};
use crate::net::dns::resolver::{self, Lookup, LookupError, Reply};
use crate::net::dns::{Answer, Libc, Rcode, RecordType, ServerOptions, server};
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::request::Source;
use crate::net::state::NetState;
use crate::net::trace::{Direction, DnsLookup, Hop, Place, Stage, Verdict};
use crate::net::transport::Connect;
use crate::net::why::Why;
use crate::sim::{Instant, Rng};

/// The port of DNS.
const DNS_PORT: u16 = 53;

/// What a name is found to stand for.
pub(super) enum Named {
    /// Its addresses, in the order they are tried; at least one.
    Found(Vec<IpAddr>),
    /// Why it has none.
    Failed(Why),
}

/// How a sender turns names into addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolver {
    /// Its `/etc/resolv.conf`.
    pub conf: ResolvConf,
    /// Its C library.
    pub libc: Libc,
    /// Its `/etc/hosts`.
    pub hosts: Vec<(IpAddr, String)>,
}

impl Resolver {
    /// The resolver of a pod's first container.
    #[must_use]
    pub fn of_pod(snapshot: &Snapshot, pod: &Pod) -> Self {
        let (conf, _) = resolv_conf::of_pod(&KubeletDns::of_cluster(snapshot), PodDns::of(pod));
        let image = pod.spec.containers.first().map_or("", |it| it.image.as_str());
        Self {
            conf,
            libc: Libc::of_image(image),
            hosts: PodHost::of(snapshot, pod)
                .names()
                .map(|(address, name)| (address, name.to_owned()))
                .collect(),
        }
    }

    /// The resolver of a node: its own file, glibc.
    #[must_use]
    pub fn of_node(snapshot: &Snapshot, node: &str) -> Self {
        let (conf, _) = ResolvConf::parse(&KubeletDns::of_cluster(snapshot).resolv_conf);
        let loopback = IpAddr::from([127, 0, 0, 1]);
        Self {
            conf,
            libc: Libc::Glibc,
            hosts: vec![(loopback, "localhost".to_owned()), (loopback, node.to_owned())],
        }
    }
}

/// What a look-up by name and type found (`kubehop resolve`, `nslookup`, `dig +search`).
#[derive(Clone, Debug, PartialEq)]
pub struct Resolution {
    /// Response code of the last answer: `NOERROR`, `NXDOMAIN`, …, `TIMEOUT`.
    pub rcode: &'static str,
    /// Data of the records of the asked type.
    pub answers: Vec<String>,
    /// Every question asked, in order.
    pub tried: Vec<DnsLookup>,
    /// The last answer itself, if there was one.
    pub answer: Option<Answer>,
    /// Why it failed, if it did.
    pub failure: Option<Why>,
    /// What happened to the packets.
    pub hops: Vec<Hop>,
}

/// Looks up a name as a sender's resolver does, search list and all, for one type. An address with type PTR
/// is turned around first.
pub fn resolve(
    snapshot: &Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    now: Instant,
    from: &Source,
    name: &str,
    kind: RecordType,
) -> Resolution {
    state.sync(snapshot);
    let mut run = RequestRun::new(snapshot, state, rng, now, Detail::Hops);
    let turned = match (kind, resolver::literal(name)) {
        (RecordType::Ptr, Some(address)) => Some(message::reverse_name(address)),
        _ => None,
    };
    if let (RecordType::A | RecordType::Aaaa, Some(address)) = (kind, resolver::literal(name)) {
        // Nobody is asked for an address (`getaddrinfo(3)`).
        return Resolution {
            rcode: "NOERROR",
            answers: vec![address.to_string()],
            tried: Vec::new(),
            answer: None,
            failure: None,
            hops: Vec::new(),
        };
    }
    let name = turned.as_deref().unwrap_or(name);
    let Some(resolver) = run.resolver_of(from) else {
        let why = Why::ClientDoesNotKnow { name: name.into() };
        return Resolution {
            rcode: "NXDOMAIN",
            answers: Vec::new(),
            tried: Vec::new(),
            answer: None,
            failure: Some(why),
            hops: Vec::new(),
        };
    };
    let searched = run.search(from, &resolver, name, &[kind]);
    finish(run, searched, kind)
}

/// Asks one server for exactly this name (`dig @SERVER`); without a server, the sender's first.
#[expect(clippy::too_many_arguments, reason = "the state of the world, and a question")]
pub fn query(
    snapshot: &Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    now: Instant,
    from: &Source,
    server: Option<IpAddr>,
    name: &str,
    kind: RecordType,
) -> Resolution {
    state.sync(snapshot);
    let mut run = RequestRun::new(snapshot, state, rng, now, Detail::Hops);
    let mut resolver = run.resolver_of(from).unwrap_or(Resolver {
        conf: ResolvConf::default(),
        libc: Libc::Glibc,
        hosts: Vec::new(),
    });
    if let Some(server) = server {
        resolver.conf.nameservers = vec![server.to_string()];
    }
    let searched = run.search(from, &resolver, &absolute(name), &[kind]);
    finish(run, searched, kind)
}

fn finish(run: RequestRun<'_>, searched: Searched, kind: RecordType) -> Resolution {
    let answers: Vec<String> = searched
        .answer
        .iter()
        .flat_map(|answer| &answer.answers)
        .filter(|record| record.data.kind() == kind)
        .map(|record| record.data.to_string())
        .collect();
    let rcode = match run.lookups.last() {
        None => "TIMEOUT",
        // What the library reports in the end, whatever the last name brought.
        Some(_) if searched.no_data => "NOERROR",
        Some(last) => last.rcode,
    };
    Resolution {
        rcode,
        answers,
        tried: run.lookups,
        answer: searched.answer,
        failure: searched.failure,
        hops: run.hops,
    }
}

/// What a search through the search list found.
struct Searched {
    addresses: Vec<IpAddr>,
    answer: Option<Answer>,
    failure: Option<Why>,
    /// Whether a name existed without such a record.
    no_data: bool,
}

/// How often a question is forwarded within the cluster.
const MOST_FORWARDS: u8 = 3;

/// The settings of a DNS server that reads another ConfigMap than the cluster's own; `None` for the cluster's.
fn own_options(snapshot: &Snapshot, pod: &Pod) -> Option<ServerOptions> {
    let meta = &pod.metadata;
    if meta.namespace == "kube-system" && meta.labels.get("k8s-app").is_some_and(|it| it == "kube-dns") {
        return None;
    }
    let object = snapshot.object(&ObjectRef::new(Kind::Pod, meta.namespace.as_str(), meta.name.as_str()))?;
    let volumes = object.value.pointer("/spec/volumes")?.as_array()?;
    let mut names = volumes.iter().filter_map(|it| it.pointer("/configMap/name")?.as_str());
    names.find_map(|name| {
        let map = snapshot.get::<ConfigMap>(&meta.namespace, name)?;
        Some(ServerOptions::from_corefile(map.data.get("Corefile")?))
    })
}

/// What the plugin `log` writes of a question (`plugin/log`, the common format). Sizes are those of messages without
/// compression.
fn log_line(client: SocketAddr, name: &str, kind: RecordType, answer: &Answer) -> String {
    let wire = |name: &str| absolute(name).len() + 1;
    let size = |record: &Record| {
        let data = match &record.data {
            RecordData::A(_) => 4,
            RecordData::Aaaa(_) => 16,
            RecordData::Srv { target, .. } => 6 + wire(target),
            RecordData::Cname(name) | RecordData::Ptr(name) | RecordData::Ns(name) => wire(name),
            RecordData::Txt(text) => text.len() + 1,
            RecordData::Soa { mname, rname, .. } => wire(mname) + wire(rname) + 20,
        };
        wire(&record.owner) + 10 + data
    };
    let question = 12 + wire(name) + 4;
    let sections = [&answer.answers, &answer.authority, &answer.additional];
    let reply: usize = question + sections.into_iter().flatten().map(size).sum::<usize>();
    let flags = if answer.authoritative { "qr,aa,rd" } else { "qr,rd,ra" };
    format!(
        "[INFO] {client} - {} \"{} IN {} udp {question} false 512\" {} {flags} {reply} 0.000211s",
        client.port() ^ 0x5bd1,
        kind.name(),
        absolute(name),
        answer.rcode.name()
    )
}

impl RequestRun<'_> {
    /// The addresses of a name, as the sender finds them out.
    pub(super) fn look_up(&mut self, from: &Source, name: &str, http: bool) -> Named {
        if let Some(address) = resolver::literal(name) {
            return Named::Found(vec![address]);
        }
        let Some(resolver) = self.resolver_of(from) else {
            return self.look_up_outside(from, name, http);
        };
        let bare = name.strip_suffix('.').unwrap_or(name);
        let known: Vec<IpAddr> = resolver
            .hosts
            .iter()
            .filter(|(_, host)| host.eq_ignore_ascii_case(bare))
            .map(|(address, _)| *address)
            .collect();
        if let Some(to) = known.first() {
            let why = Why::InHostsFile {
                name: name.into(),
                to: *to,
            };
            self.record_name(from, *to, why, None);
            return Named::Found(known);
        }
        let searched = self.search(from, &resolver, name, &[RecordType::A, RecordType::Aaaa]);
        match searched.failure {
            None => Named::Found(searched.addresses),
            Some(why) => Named::Failed(why),
        }
    }

    /// The resolver of a sender that has one; the client outside has none.
    fn resolver_of(&self, from: &Source) -> Option<Resolver> {
        match from {
            Source::Pod { namespace, name } => {
                let pod = self.snapshot.get::<Pod>(namespace, name)?;
                Some(Resolver::of_pod(self.snapshot, pod))
            }
            Source::Node(name) => Some(Resolver::of_node(self.snapshot, name)),
            Source::Client => None,
            Source::Address(address) => {
                let text = address.to_string();
                let pod = self.snapshot.list::<Pod>().find(|it| {
                    !it.spec.host_network && it.status.pod_ips.iter().any(|ip| ip.ip == text)
                        || it.status.pod_ip == text
                });
                pod.map(|pod| Resolver::of_pod(self.snapshot, pod))
            }
        }
    }

    /// Asks for one name after the other until one has addresses.
    fn search(&mut self, from: &Source, resolver: &Resolver, name: &str, kinds: &[RecordType]) -> Searched {
        let libc = resolver.libc;
        let mut found: Vec<IpAddr> = Vec::new();
        let mut last: Option<Answer> = None;
        let mut transport_failure: Option<Why> = None;
        let mut outside: Option<Arc<str>> = None;
        // The name that would have been the right one, had somebody been ready behind it.
        let mut unready: Option<Why> = None;
        let servers: Vec<IpAddr> = resolver
            .conf
            .nameservers
            .iter()
            .filter_map(|it| it.parse().ok())
            .collect();
        let planned = resolver::order(&resolver.conf, name, libc);
        let lookup: Lookup = resolver::walk(&resolver.conf, name, libc, |step| {
            let mut reply = Reply::Timeout;
            for server in &servers {
                let got = self.query_server(from, *server, step, kinds);
                if let Some(why) = got.failure {
                    transport_failure = Some(why);
                    reply = got.reply;
                    continue;
                }
                transport_failure = None;
                reply = got.reply;
                outside = outside.take().or_else(|| {
                    let options = self.dns_options();
                    got.answers
                        .iter()
                        .find_map(|it| unsimulated(self.snapshot, &options, step, it))
                });
                unready = unready.take().or_else(|| {
                    let answer = got.answers.iter().find(|it| it.basis == Basis::NoEndpoint)?;
                    Some(self.not_ready(step, answer))
                });
                found = got.answers.iter().flat_map(|answer| answer.addresses()).collect();
                last = got.answers.into_iter().next();
                break;
            }
            if reply != Reply::Answer
                && let Some(next) = planned.iter().skip_while(|it| *it != step).nth(1)
                && (libc == Libc::Glibc || reply == Reply::NxDomain)
            {
                let why = Why::TriesNextName {
                    name: shown(step),
                    next: shown(next),
                    libc: libc.name(),
                };
                self.record_at_last_reply(why);
            }
            reply
        });
        let no_data = lookup.found == Err(LookupError::NoData);
        let failure = match &lookup.found {
            Ok(step) => {
                if let Some(to) = found.first() {
                    let (name, to) = (shown(step), *to);
                    self.record_at_last_reply(Why::FindsName { name, to });
                }
                None
            }
            Err(_) if servers.is_empty() => Some(Why::NoNameServer { name: name.into() }),
            Err(error) => {
                let gives_up = self.gives_up(name, libc, error);
                let outside = outside.map(|outside| Why::OutsideNotSimulated {
                    name: name.into(),
                    outside,
                });
                Some(transport_failure.or(unready).or(outside).unwrap_or(gives_up))
            }
        };
        Searched {
            addresses: found,
            answer: last,
            failure,
            no_data,
        }
    }

    /// Why a name of a headless Service, or of one of its endpoints, leads nowhere now.
    fn not_ready(&self, name: &str, answer: &Answer) -> Why {
        let object = answer.object.as_ref();
        let service = object.map_or_else(String::new, |it| it.key().to_string());
        let named = |pod: &&Pod| {
            let label = name.split('.').next().unwrap_or_default();
            let namespace = object.map_or("", |it| it.namespace.as_str());
            let host = if pod.spec.hostname.is_empty() {
                &pod.metadata.name
            } else {
                &pod.spec.hostname
            };
            pod.metadata.namespace == namespace && host.eq_ignore_ascii_case(label)
        };
        match self.snapshot.list::<Pod>().find(named) {
            Some(pod) => Why::NameWaitsForPod {
                name: shown(name),
                pod: pod.metadata.key().to_string().into(),
                service: service.into(),
            },
            None => Why::NoReadyEndpoint {
                name: shown(name),
                service: service.into(),
            },
        }
    }

    /// The resolver ends its search without an address.
    fn gives_up(&mut self, name: &str, libc: Libc, error: &LookupError) -> Why {
        let why = Why::GivesUpName {
            name: name.into(),
            error: error.message(libc),
            libc: libc.name(),
        };
        self.record_at_last_reply(why.clone());
        why
    }

    /// Asks one server for one name: all types over one socket, as both libraries do.
    fn query_server(&mut self, from: &Source, server: IpAddr, name: &str, kinds: &[RecordType]) -> ServerReply {
        if server == self.snapshot.config().router {
            return self.query_router(from, name, kinds);
        }
        let first = kinds.first().copied().unwrap_or(RecordType::A);
        let number = self.new_connection();
        let mut connection = self.connect(&Connect {
            payload: Payload::DnsQuery(name.into(), first.name()),
            leg: number,
            record: self.record,
            ..Connect::new(from, SocketAddr::new(server, DNS_PORT), Protocol::Udp)
        });
        if connection.verdict != Verdict::Delivered {
            let why = connection.reason;
            return self.unanswered(name, kinds, why);
        }
        let arrived = connection.arrived_packet().cloned().zip(connection.arrived_at());
        let (packet, place) = arrived.expect("a delivered packet has arrived somewhere");
        let pod = match &place {
            Place::Pod(NamespacedName { namespace, name }) => self.snapshot.get::<Pod>(namespace, name),
            _ => None,
        };
        let Some(pod) = pod.filter(|pod| is_dns_server(pod)) else {
            let why = Why::NoDnsServer { at: packet.dst };
            self.record_hop(HopDraft {
                leg: number,
                ..HopDraft::new(place, Stage::Dns, &packet, why.clone())
            });
            return self.unanswered(name, kinds, why);
        };
        let server = DnsServerPod {
            pod,
            place: &place,
            packet: &packet,
            connection: number,
        };
        let answers = self.answers_of(&server, name, kinds);
        let text = answers.first().map_or_else(String::new, answer_text);
        self.answer(&mut connection, Payload::DnsAnswer(text.into()));
        if connection.verdict != Verdict::Delivered {
            // The answer got lost on its way back, so nobody heard it.
            let asked = self.lookups.len().saturating_sub(kinds.len());
            self.lookups.truncate(asked);
            return self.unanswered(name, kinds, connection.reason);
        }
        ServerReply {
            reply: reply_of(&answers),
            answers,
            failure: None,
        }
    }

    /// What a DNS server's pod answers to a name, type by type.
    fn answers_of(&mut self, at: &DnsServerPod<'_>, name: &str, kinds: &[RecordType]) -> Vec<Answer> {
        let mut options = match own_options(self.snapshot, at.pod) {
            Some(own) => own,
            None => (*self.dns_options()).clone(),
        };
        options.local_ips = at.pod.status.pod_ip.parse().into_iter().collect();
        let logs = options.block_for(&absolute(name)).is_some_and(|it| it.log);
        let mut answers = Vec::new();
        for kind in kinds {
            let mut answer = server::answer(self.snapshot, &options, name, *kind);
            if let Some(to) = answer.rewritten_to.clone() {
                let question = Packet {
                    payload: Payload::DnsQuery(name.into(), kind.name()),
                    ..at.packet.clone()
                };
                let why = Why::RewritesName {
                    name: shown(name),
                    to: shown(&to),
                };
                self.record_hop(HopDraft {
                    leg: at.connection,
                    ..HopDraft::new(at.place.clone(), Stage::Dns, &question, why)
                });
            }
            self.forward_within(at, name, *kind, &mut answer);
            if logs {
                let line = log_line(at.packet.src, name, *kind, &answer);
                self.state.log_question(at.pod.metadata.key(), line);
            }
            self.shuffle(&mut answer);
            self.keep_lookup(name, *kind, &answer);
            let question = Packet {
                payload: Payload::DnsQuery(name.into(), kind.name()),
                ..at.packet.clone()
            };
            let made_from = answer.object.clone().map(|object| {
                let fields = ["spec.externalName", "spec.clusterIP", "metadata.name"];
                let field = self.snapshot.first_written(&object, &fields);
                (object, field)
            });
            self.record_hop(HopDraft {
                leg: at.connection,
                made_from,
                ..HopDraft::new(at.place.clone(), Stage::Dns, &question, reason(name, *kind, &answer))
            });
            answers.push(answer);
        }
        answers
    }

    /// Asks the servers that a question is forwarded to, where they are in the cluster.
    fn forward_within(&mut self, at: &DnsServerPod<'_>, name: &str, kind: RecordType, answer: &mut Answer) {
        let config = self.snapshot.config();
        let subnets = || config.pod_subnets.iter().chain(&config.service_subnets);
        let servers = answer
            .forwarded_to
            .iter()
            .filter_map(|it| it.split(':').next()?.parse::<IpAddr>().ok());
        let Some(to) = servers.into_iter().find(|it| subnets().any(|net| net.contains(it))) else {
            return;
        };
        let asked = answer.rewritten_to.clone().unwrap_or_else(|| name.to_owned());
        let question = Packet {
            payload: Payload::DnsQuery(asked.as_str().into(), kind.name()),
            ..at.packet.clone()
        };
        let why = Why::ForwardsTo {
            name: shown(&asked),
            to,
        };
        self.record_hop(HopDraft {
            leg: at.connection,
            ..HopDraft::new(at.place.clone(), Stage::Dns, &question, why)
        });
        // Servers that forward to one another would go on for ever; CoreDNS' own plugin against that ends it.
        if self.forwards >= MOST_FORWARDS {
            answer.rcode = Rcode::ServFail;
            return;
        }
        let meta = &at.pod.metadata;
        let from = Source::Pod {
            namespace: meta.namespace.clone(),
            name: meta.name.clone(),
        };
        self.forwards += 1;
        let asked_before = self.lookups.len();
        let mut got = self.query_server(&from, to, &asked, &[kind]);
        self.forwards -= 1;
        // What servers ask one another is no question of the client.
        self.lookups.truncate(asked_before);
        let rewritten_to = answer.rewritten_to.take();
        let forwarded_to = std::mem::take(&mut answer.forwarded_to);
        *answer = match got.answers.pop() {
            Some(found) => found,
            None => Answer::empty(Rcode::ServFail, Basis::Forwarded),
        };
        answer.authoritative = false;
        (answer.rewritten_to, answer.forwarded_to) = (rewritten_to, forwarded_to);
    }

    /// The nodes' own name server, behind the router: it knows nothing that is simulated.
    fn query_router(&mut self, from: &Source, name: &str, kinds: &[RecordType]) -> ServerReply {
        let answers: Vec<Answer> = kinds
            .iter()
            .map(|_| Answer::empty(Rcode::NxDomain, Basis::Forwarded))
            .collect();
        for kind in kinds {
            self.lookups.push(DnsLookup {
                name: name.to_owned(),
                kind: kind.name(),
                rcode: "NXDOMAIN",
                answers: Vec::new(),
            });
        }
        let router = self.snapshot.config().router;
        let packet = Packet {
            protocol: Protocol::Udp,
            src: SocketAddr::new(self.address_of(from), 0),
            dst: SocketAddr::new(router, DNS_PORT),
            mark: 0,
            payload: Payload::DnsQuery(name.into(), kinds.first().map_or("A", |it| it.name())),
        };
        let number = self.new_connection();
        let why = Why::RouterKnowsNothing { name: shown(name) };
        self.record_hop(HopDraft {
            leg: number,
            ..HopDraft::new(Place::Router, Stage::Dns, &packet, why)
        });
        ServerReply {
            reply: Reply::NxDomain,
            answers,
            failure: None,
        }
    }

    fn unanswered(&mut self, name: &str, kinds: &[RecordType], why: Why) -> ServerReply {
        for kind in kinds {
            self.lookups.push(DnsLookup {
                name: name.to_owned(),
                kind: kind.name(),
                rcode: "TIMEOUT",
                answers: Vec::new(),
            });
        }
        ServerReply {
            reply: Reply::Timeout,
            answers: Vec::new(),
            failure: Some(why),
        }
    }

    /// Keeps a question and its answer.
    fn keep_lookup(&mut self, name: &str, kind: RecordType, answer: &Answer) {
        self.lookups.push(DnsLookup {
            name: name.to_owned(),
            kind: kind.name(),
            rcode: answer.rcode.name(),
            answers: answer.answers.iter().map(|it| it.data.to_string()).collect(),
        });
    }

    /// The `loadbalance` plugin: addresses come in any order.
    fn shuffle(&mut self, answer: &mut Answer) {
        let start = answer
            .answers
            .iter()
            .position(|it| it.data.as_address().is_some())
            .unwrap_or(answer.answers.len());
        let addresses = &mut answer.answers[start..];
        for idx in (1..addresses.len()).rev() {
            addresses.swap(idx, self.rng.below(idx as u64 + 1) as usize);
        }
    }

    /// CoreDNS' settings, read once per state of the cluster.
    fn dns_options(&mut self) -> Arc<ServerOptions> {
        let version = self.snapshot.version();
        match &self.state.dns {
            Some((of, options)) if *of == version => Arc::clone(options),
            _ => {
                let options = Arc::new(ServerOptions::of_cluster(self.snapshot));
                self.state.dns = Some((version, Arc::clone(&options)));
                options
            }
        }
    }

    /// Records, at the sender, how it has an address without asking anybody.
    pub(super) fn record_name(&mut self, from: &Source, to: IpAddr, why: Why, made_from: Option<(ObjectRef, &str)>) {
        let packet = Packet {
            protocol: Protocol::Tcp,
            src: SocketAddr::new(self.address_of(from), 0),
            dst: SocketAddr::new(to, 0),
            mark: 0,
            payload: Payload::Data,
        };
        self.record_hop(HopDraft {
            made_from,
            ..HopDraft::new(place_of(from), Stage::Dns, &packet, why)
        });
    }

    /// Records, where the last answer arrived, what the resolver makes of it.
    fn record_at_last_reply(&mut self, why: Why) {
        let Some(last) = self.hops.last() else { return };
        let (at, packet, leg) = (last.at.clone(), last.before.clone(), last.leg);
        self.record_hop(HopDraft {
            direction: Direction::Reply,
            leg,
            ..HopDraft::new(at, Stage::Dns, &packet, why)
        });
    }

    fn address_of(&self, from: &Source) -> IpAddr {
        let config = self.snapshot.config();
        match from {
            Source::Pod { namespace, name } => self
                .snapshot
                .get::<Pod>(namespace, name)
                .and_then(|pod| pod.status.pod_ip.parse().ok())
                .unwrap_or(config.outside_client),
            Source::Node(name) => self
                .snapshot
                .get::<Node>("", name)
                .and_then(|node| node.status.addresses.iter().find_map(|it| it.address.parse().ok()))
                .unwrap_or(config.outside_client),
            Source::Client => config.outside_client,
            Source::Address(address) => *address,
        }
    }
}

/// A DNS server's pod that got a question.
struct DnsServerPod<'a> {
    pod: &'a Pod,
    place: &'a Place,
    /// The question as it arrived.
    packet: &'a Packet,
    /// Number of the connection.
    connection: u8,
}

/// What asking one server brought.
struct ServerReply {
    reply: Reply,
    answers: Vec<Answer>,
    failure: Option<Why>,
}
