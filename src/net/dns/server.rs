//! CoreDNS' kubernetes plugin: a question to an [`Answer`], read from the snapshot.
//!
//! Follows `coredns plugin/kubernetes` (`kubernetes.go`, `parse.go`, `reverse.go`, `ns.go`) and
//! `plugin/backend_lookup.go`. Names compare in any case; the answer repeats the spelling of the question.
//! Not here: the packets of the question, the client's search list.

use std::net::IpAddr;

use super::findings::{Found, NameError, Target};
use super::lookup::cluster_ips;
use super::message::{Answer, Basis, Rcode, Record, RecordData, RecordType, absolute, is_within, reverse_address};
use super::options::ServerOptions;
use super::query::{Query, Server};
use super::rewrite::{from_templates, rewritten};
use crate::api::types::core::Service;
use crate::api::types::discovery::EndpointSlice;
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;

/// `dns-version` and its lifetime (`kubernetes/dns docs/specification.md`).
const SCHEMA_VERSION: &str = "1.1.0";
const SCHEMA_VERSION_TTL: u32 = 28_800;

/// How often a CNAME is followed within the zone (`plugin/backend_lookup.go`).
const MAX_CNAMES: usize = 8;

/// The answer to one question.
#[must_use]
pub fn answer(snapshot: &Snapshot, options: &ServerOptions, name: &str, kind: RecordType) -> Answer {
    let name = absolute(name);
    let Some(options) = options.block_for(&name) else {
        let mut refused = Answer::empty(Rcode::Refused, Basis::NoServerBlock);
        refused.authoritative = false;
        return refused;
    };
    let server = Server { snapshot, options };
    let asked = rewritten(&options.rewrites, &name, kind);
    let mut found = server.plugins(&asked.name, asked.kind);
    if asked.is_changed() {
        found = asked.back(found);
        found.rewritten_to = Some(asked.name);
    }
    found
}

impl Server<'_> {
    /// The plugins that answer, in CoreDNS' own order (`plugin.cfg`), whatever the Corefile's.
    fn plugins(&self, name: &str, kind: RecordType) -> Answer {
        let options = self.options;
        let name = name.to_owned();
        if let Some(found) = from_templates(&options.templates, &name, kind) {
            return found;
        }
        if let Some(found) = self.hosts(&name, kind) {
            return found;
        }
        self.kubernetes(name, kind)
    }

    fn kubernetes(&self, name: String, kind: RecordType) -> Answer {
        let (server, options) = (self, self.options);
        // The longest zone wins (`plugin.Zones.Matches`).
        let zone = options
            .zones
            .iter()
            .filter(|zone| is_within(&name, zone))
            .max_by_key(|zone| zone.len());
        let Some(zone) = zone else {
            return server.forward(&name, kind);
        };
        if matches!(kind, RecordType::Axfr | RecordType::Ixfr) {
            return Answer::empty(Rcode::Refused, Basis::Transfer);
        }
        // The zone part in the spelling of the question.
        let query = Query {
            name: &name,
            lower: name.to_ascii_lowercase(),
            zone: &name[name.len() - zone.len()..],
        };
        server.in_zone(&query, kind)
    }

    fn in_zone(&self, query: &Query<'_>, kind: RecordType) -> Answer {
        let at_apex = query.name.len() == query.zone.len();
        let result = match kind {
            RecordType::Soa if at_apex => Ok(self.positive(Basis::Zone, vec![self.soa(query.zone)])),
            RecordType::Ns if at_apex => Ok(self.name_servers(query)),
            RecordType::Txt
                if query.lower.split('.').next() == Some("dns-version")
                    && query.lower.len() == "dns-version.".len() + query.zone.len() =>
            {
                let mut record = self.record(query.name, RecordData::Txt(SCHEMA_VERSION.to_owned()));
                record.ttl = SCHEMA_VERSION_TTL;
                Ok(self.positive(Basis::Zone, vec![record]))
            }
            RecordType::A | RecordType::Aaaa => self.addresses(query, kind, &mut Vec::new()),
            RecordType::Srv => self.srv(query),
            RecordType::Cname => self.cname(query),
            RecordType::Ptr => self.ptr(query),
            // A look-up for A, only to know "no such type" from "no such name" (`handler.go`).
            _ => self
                .addresses(query, RecordType::A, &mut Vec::new())
                .map(|found| Answer {
                    answers: Vec::new(),
                    truncated: false,
                    basis: if found.answers.is_empty() {
                        found.basis
                    } else {
                        Basis::NoSuchType
                    },
                    ..found
                }),
        };
        match result {
            Ok(mut found) => {
                if found.answers.is_empty() {
                    found.authority = vec![self.soa(query.zone)];
                    found.additional.clear();
                }
                found
            }
            Err(NameError(basis, object)) => {
                if self.options.fall_through.iter().any(|zone| is_within(query.name, zone)) {
                    return self.forward(query.name, kind);
                }
                let rcode = if self.options.synced {
                    Rcode::NxDomain
                } else {
                    Rcode::ServFail
                };
                let basis = if self.options.synced { basis } else { Basis::NotSynced };
                Answer {
                    authority: vec![self.soa(query.zone)],
                    object,
                    ..Answer::empty(rcode, basis)
                }
            }
        }
    }

    fn record(&self, owner: &str, data: RecordData) -> Record {
        Record {
            owner: owner.to_owned(),
            ttl: self.options.ttl,
            data,
        }
    }

    fn positive(&self, basis: Basis, answers: Vec<Record>) -> Answer {
        Answer {
            answers,
            ..Answer::empty(Rcode::NoError, basis)
        }
    }

    fn soa(&self, zone: &str) -> Record {
        self.record(
            zone,
            RecordData::Soa {
                mname: format!("ns.dns.{zone}"),
                rname: format!("hostmaster.{zone}"),
                serial: self.snapshot.now().0.div_euclid(1000).unsigned_abs(),
                refresh: 7200,
                retry: 1800,
                expire: 86_400,
                minimum: self.options.ttl,
            },
        )
    }

    /// A and AAAA, following CNAMEs within the zone; `before` are those already followed.
    fn addresses(&self, query: &Query<'_>, kind: RecordType, before: &mut Vec<String>) -> Result<Answer, NameError> {
        if query.lower == format!("ns.dns.{}", query.zone.to_ascii_lowercase()) {
            let records = self
                .server_names(query.zone)
                .into_iter()
                .filter(|(_, address)| RecordType::of_address(*address) == kind)
                .map(|(_, address)| self.record(query.name, RecordData::address(address)))
                .collect();
            return Ok(self.positive(Basis::Zone, records));
        }
        let found = self.find(query)?;
        let mut result = self.positive(Basis::NoSuchType, Vec::new());
        result.object = found.items.first().map(|it| it.object.clone()).or(found.object);
        if found.items.is_empty() {
            result.basis = found.basis;
        }
        let mut seen: Vec<IpAddr> = Vec::new();
        for item in &found.items {
            match &item.target {
                Target::Address(address) => {
                    if RecordType::of_address(*address) == kind && !seen.contains(address) {
                        seen.push(*address);
                        result
                            .answers
                            .push(self.record(query.name, RecordData::address(*address)));
                        result.basis = found.basis;
                    }
                }
                Target::Name(target) => {
                    result.basis = found.basis;
                    self.follow(query, target, kind, before, &mut result);
                }
            }
        }
        Ok(result)
    }

    /// Adds a CNAME and what it leads to.
    fn follow(&self, query: &Query<'_>, target: &str, kind: RecordType, before: &mut Vec<String>, into: &mut Answer) {
        let target = absolute(target);
        let lower = target.to_ascii_lowercase();
        // A name that leads to itself, directly or in a circle, gives nothing. So does a chain too long.
        if is_within(&query.lower, &lower) || before.contains(&lower) || before.len() + 1 >= MAX_CNAMES {
            return;
        }
        let cname = self.record(query.name, RecordData::Cname(target.clone()));
        if is_within(&target, query.zone) {
            before.push(query.lower.clone());
            let next = Query {
                name: &target,
                lower,
                zone: query.zone,
            };
            if let Ok(inner) = self.addresses(&next, kind, before)
                && !inner.answers.is_empty()
            {
                into.answers.push(cname);
                into.answers.extend(inner.answers);
                into.truncated |= inner.truncated;
            }
            before.pop();
        } else {
            let outside = self.forward(&target, kind);
            into.answers.push(cname);
            into.answers.extend(outside.answers);
            into.truncated |= outside.truncated;
        }
    }

    fn cname(&self, query: &Query<'_>) -> Result<Answer, NameError> {
        let found = self.find(query)?;
        let mut result = self.positive(Basis::NoSuchType, Vec::new());
        result.object = found.object;
        if let Some(first) = found.items.first() {
            result.object = Some(first.object.clone());
            if let Target::Name(target) = &first.target {
                result.basis = found.basis;
                result
                    .answers
                    .push(self.record(query.name, RecordData::Cname(absolute(target))));
            }
        } else {
            result.basis = found.basis;
        }
        Ok(result)
    }

    fn srv(&self, query: &Query<'_>) -> Result<Answer, NameError> {
        let found = self.find(query)?;
        let mut result = self.positive(Basis::NoSuchType, Vec::new());
        result.object = found.items.first().map(|it| it.object.clone()).or(found.object);
        if found.items.is_empty() {
            result.basis = found.basis;
        }
        // Services outside have no SRV records; they do not count for the weight either.
        let internal: Vec<(&Found, IpAddr)> = found
            .items
            .iter()
            .filter_map(|item| match item.target {
                Target::Address(address) => Some((item, address)),
                Target::Name(_) => None,
            })
            .collect();
        let weight = (100 / internal.len().max(1)).max(1) as u16;
        for (item, address) in internal {
            let Ok(port) = u16::try_from(item.port) else { continue };
            let data = RecordData::Srv {
                priority: 0,
                weight,
                port,
                target: item.owner.clone(),
            };
            if !result.answers.iter().any(|record| record.data == data) {
                result.answers.push(self.record(query.name, data));
            }
            let extra = self.record(&item.owner, RecordData::address(address));
            if !result.additional.contains(&extra) {
                result.additional.push(extra);
            }
            result.basis = found.basis;
        }
        Ok(result)
    }

    fn ptr(&self, query: &Query<'_>) -> Result<Answer, NameError> {
        let Some(address) = reverse_address(query.name) else {
            let found = self.find(query)?;
            let mut result = self.positive(Basis::NoSuchType, Vec::new());
            result.object = found.items.first().map(|it| it.object.clone());
            return Ok(result);
        };
        let text = address.to_string();
        let main = self
            .options
            .zones
            .iter()
            .find(|zone| !is_within(zone, "arpa."))
            .map_or("cluster.local.", String::as_str);
        // A virtual address has one name; endpoints are only looked at where none has it.
        for service in self.snapshot.list::<Service>() {
            let meta = &service.metadata;
            if self.exposed(&meta.namespace) && cluster_ips(service).any(|it| it == text) {
                let name = format!("{}.{}.svc.{main}", meta.name, meta.namespace);
                let mut result = self.positive(Basis::Reverse, vec![self.record(query.name, RecordData::Ptr(name))]);
                result.object = Some(ObjectRef::new(Kind::Service, &meta.namespace, &meta.name));
                return Ok(result);
            }
        }
        let mut result = self.positive(Basis::Reverse, Vec::new());
        for (slice, endpoint, at) in self.ready_endpoints() {
            let Some(service) = slice.service_name() else {
                continue;
            };
            if at.parse() != Ok(address) || !self.exposed(&slice.metadata.namespace) {
                continue;
            }
            let label = self.endpoint_label(endpoint, at);
            let name = format!("{label}.{service}.{}.svc.{main}", slice.metadata.namespace);
            let record = self.record(query.name, RecordData::Ptr(name));
            if !result.answers.contains(&record) {
                result.answers.push(record);
                result.object = Some(ObjectRef::new(
                    Kind::EndpointSlice,
                    &slice.metadata.namespace,
                    &slice.metadata.name,
                ));
            }
        }
        if result.answers.is_empty() {
            return Err(NameError(Basis::Reverse, None));
        }
        Ok(result)
    }

    /// NS of the zone: the Services that have this server among their endpoints.
    fn name_servers(&self, query: &Query<'_>) -> Answer {
        let mut result = self.positive(Basis::Zone, Vec::new());
        for (name, address) in self.server_names(query.zone) {
            let record = self.record(query.name, RecordData::Ns(name.clone()));
            if !result.answers.contains(&record) {
                result.answers.push(record);
            }
            result.additional.push(self.record(&name, RecordData::address(address)));
        }
        result
    }

    /// Names and addresses of the server itself (`ns.go`).
    fn server_names(&self, zone: &str) -> Vec<(String, IpAddr)> {
        let mut names = Vec::new();
        for local in &self.options.local_ips {
            for slice in self.snapshot.list::<EndpointSlice>() {
                let ours = slice
                    .endpoints
                    .iter()
                    .filter(|endpoint| endpoint.conditions.is_ready())
                    .flat_map(|endpoint| &endpoint.addresses)
                    .any(|address| address.parse() == Ok(*local));
                let namespace = &slice.metadata.namespace;
                let service = slice
                    .service_name()
                    .and_then(|name| self.snapshot.get::<Service>(namespace, name));
                let (true, Some(service)) = (ours, service) else {
                    continue;
                };
                let name = format!("{}.{namespace}.svc.{zone}", service.metadata.name);
                if service.spec.is_headless() {
                    for endpoint in slice.endpoints.iter().filter(|it| it.conditions.is_ready()) {
                        for address in &endpoint.addresses {
                            if let Ok(parsed) = address.parse() {
                                names.push((format!("{}.{name}", self.endpoint_label(endpoint, address)), parsed));
                            }
                        }
                    }
                } else {
                    names.extend(
                        cluster_ips(service)
                            .filter_map(|it| it.parse().ok())
                            .map(|address| (name.clone(), address)),
                    );
                }
            }
        }
        if names.is_empty() {
            names.extend(
                self.options
                    .local_ips
                    .iter()
                    .map(|address| (format!("ns.dns.{zone}"), *address)),
            );
        }
        names
    }

    fn hosts(&self, name: &str, kind: RecordType) -> Option<Answer> {
        let options = self.options;
        let zones = options.hosts_zones.as_ref()?;
        if !zones.iter().any(|zone| is_within(name, zone)) {
            return None;
        }
        let positive = |records| Some(self.positive(Basis::Hosts, records));
        let record = |data| Record {
            owner: name.to_owned(),
            ttl: options.hosts_ttl,
            data,
        };
        if kind == RecordType::Ptr {
            let address = reverse_address(name)?;
            let names = options.hosts.iter().filter(|(_, all)| all.contains(&address));
            let records: Vec<Record> = names.map(|(name, _)| record(RecordData::Ptr(name.clone()))).collect();
            return if records.is_empty() { None } else { positive(records) };
        }
        if let Some(addresses) = options.hosts.get(&name.to_ascii_lowercase()) {
            let fitting = addresses.iter().filter(|it| RecordType::of_address(**it) == kind);
            return positive(fitting.map(|it| record(RecordData::address(*it))).collect());
        }
        if !matches!(kind, RecordType::A | RecordType::Aaaa) {
            return None;
        }
        let goes_on = options
            .hosts_fall_through
            .as_ref()
            .is_some_and(|zones| zones.is_empty() || zones.iter().any(|zone| is_within(name, zone)));
        (!goes_on).then(|| {
            // Without a SOA there is nothing to say NXDOMAIN with (`hosts.go`).
            let mut failed = Answer::empty(Rcode::ServFail, Basis::NotInHosts);
            failed.authoritative = false;
            failed
        })
    }

    /// What the servers behind this one answer.
    fn forward(&self, name: &str, kind: RecordType) -> Answer {
        let rules = &self.options.forward_to;
        let rule = rules.iter().find(|it| it.takes(name));
        if !self.options.forwards || rule.is_none() && !rules.is_empty() {
            // No plugin is left to answer (`plugin.NextOrFailure`).
            let mut refused = Answer::empty(Rcode::Refused, Basis::Forwarded);
            refused.authoritative = false;
            return refused;
        }
        let known = self.options.upstream.get(&name.to_ascii_lowercase());
        let mut answer = Answer::empty(known.map_or(Rcode::NxDomain, |it| it.rcode), Basis::Forwarded);
        answer.authoritative = false;
        for data in known.iter().flat_map(|it| &it.records) {
            if data.kind() == kind || data.kind() == RecordType::Cname {
                answer.answers.push(self.record(name, data.clone()));
            }
        }
        answer.truncated = known.is_some_and(|it| it.truncated);
        answer.forwarded_to = rule.map_or_else(Vec::new, |it| it.to.clone());
        answer
    }
}
