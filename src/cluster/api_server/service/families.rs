//! Which IP families a Service has (`alloc.go initIPFamilyFields`).

use serde_json::{Value, json};

use super::allocator::Allocator;
use super::fields::{needs_cluster_ip, write_back};
use crate::api::codes::ServiceCode;
use crate::api::field::{FieldError, Path};
use crate::api::types::core::Service;
use crate::api::validate::validate_cluster_ips;
use crate::api::{IpFamily, Refusal};

/// Families of the cluster, the first first.
fn of_cluster(allocator: &Allocator<'_>) -> Vec<IpFamily> {
    let subnets = allocator.config.service_subnets.iter();
    subnets.map(|net| IpFamily::of_net(*net)).collect()
}

/// The name of the other family; whatever is not IPv4 counts as IPv6.
fn other(name: &str) -> String {
    IpFamily::parse(name).unwrap_or(IpFamily::V6).other().to_string()
}

/// Fills in policy and families, or refuses what contradicts itself or the cluster.
pub(super) fn init(
    allocator: &Allocator<'_>,
    service: &mut Service,
    value: &mut Value,
    old: Option<&Service>,
) -> Result<(), Refusal> {
    if service.spec.is_external_name() || old.is_some_and(|old| keeps_preference(service, old)) {
        return Ok(());
    }
    if service.spec.ip_family_policy.is_none() {
        let headless = service.spec.cluster_ip == "None" && service.spec.selector.is_empty();
        let inherited = old.and_then(|old| old.spec.ip_family_policy.clone());
        let fallback = if headless { "RequireDualStack" } else { "SingleStack" };
        service.spec.ip_family_policy = Some(inherited.unwrap_or_else(|| fallback.to_owned()));
    }
    write_back(service, value);
    let errors = validate_cluster_ips(value);
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let configured = of_cluster(allocator);
    let first = configured.first().copied().unwrap_or_default();
    let mut errors = Vec::new();
    check_policy(service, old, &mut errors);
    infer_families(service, &configured, &mut errors);
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let single = service.spec.ip_family_policy.as_deref() == Some("SingleStack");
    let headless = service.spec.cluster_ip == "None" && service.spec.selector.is_empty();
    if headless {
        let families = &mut service.spec.ip_families;
        if families.is_empty() {
            families.push(first.to_string());
        }
        if families.len() < 2 && !single {
            families.push(other(&families[0]));
        }
        return Ok(());
    }
    check_cluster(service, &configured, &mut errors);
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let families = &mut service.spec.ip_families;
    if families.is_empty() {
        families.push(first.to_string());
    }
    if !single && families.len() == 1 && configured.len() == 2 {
        families.push(other(&families[0]));
    }
    Ok(())
}

/// A preference for two families is not acted upon again while nothing about it changes.
pub(super) fn keeps_preference(service: &Service, old: &Service) -> bool {
    let (new, old) = (&service.spec, &old.spec);
    let prefers = |policy: Option<&str>| policy == Some("PreferDualStack");
    new.ip_family_policy.is_some()
        && old.kind == new.kind
        && needs_cluster_ip(service)
        && prefers(new.ip_family_policy.as_deref())
        && old
            .ip_family_policy
            .as_deref()
            .is_none_or(|policy| prefers(Some(policy)))
        && old.cluster_ips == new.cluster_ips
        && old.ip_families == new.ip_families
}

/// Whether the policy fits the addresses and families that are written.
fn check_policy(service: &mut Service, old: Option<&Service>, errors: &mut Vec<FieldError>) {
    let spec = &mut service.spec;
    let policy = spec.ip_family_policy.clone().unwrap_or_default();
    let single = policy == "SingleStack";
    let root = Path::ROOT;
    let path = root.field("spec");
    let path = path.field("ipFamilyPolicy");
    let mut refuse = |code: ServiceCode| errors.push(FieldError::new(&path, policy.as_str(), code));
    if let Some(old) = old {
        let old = &old.spec;
        if single {
            if old.cluster_ips == spec.cluster_ips {
                spec.cluster_ips.truncate(1);
            }
            if old.ip_families == spec.ip_families {
                spec.ip_families.truncate(1);
            }
        } else {
            if !spec.cluster_ips.is_empty() && spec.cluster_ips.len() < old.cluster_ips.len() {
                refuse(ServiceCode::SecondClusterIpReleased);
            }
            if !spec.ip_families.is_empty() && spec.ip_families.len() < old.ip_families.len() {
                refuse(ServiceCode::SecondFamilyReleased);
            }
        }
    }
    if single {
        if spec.cluster_ips.len() == 2 {
            refuse(ServiceCode::ClusterIpsOfOneStack);
        }
        if spec.ip_families.len() == 2 {
            refuse(ServiceCode::FamiliesOfOneStack);
        }
    }
}

/// Families that follow from the addresses.
fn infer_families(service: &mut Service, configured: &[IpFamily], errors: &mut Vec<FieldError>) {
    let spec = &mut service.spec;
    for (idx, ip) in spec.cluster_ips.iter().enumerate() {
        if ip == "None" {
            break;
        }
        if idx < spec.ip_families.len() {
            continue;
        }
        let family = IpFamily::of_text(ip);
        if configured.contains(&family) {
            spec.ip_families.push(family.to_string());
        } else {
            let root = Path::ROOT;
            let path = root.field("spec");
            let path = path.field("clusterIPs");
            errors.push(FieldError::new(
                &path.index(idx),
                &json!(spec.cluster_ips),
                ServiceCode::FamilyOfAddressMissing { family },
            ));
        }
    }
}

/// Whether the cluster has what is asked for.
fn check_cluster(service: &Service, configured: &[IpFamily], errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let path = root.field("spec");
    let policy = service.spec.ip_family_policy.as_deref().unwrap_or_default();
    if policy == "RequireDualStack" && configured.len() < 2 {
        errors.push(FieldError::new(
            &path.field("ipFamilyPolicy"),
            policy,
            ServiceCode::NoDualStack,
        ));
    }
    for (idx, family) in service.spec.ip_families.iter().enumerate() {
        if !IpFamily::parse(family).is_some_and(|it| configured.contains(&it)) {
            errors.push(FieldError::new(
                &path.field("ipFamilies").index(idx),
                family,
                ServiceCode::FamilyMissing,
            ));
        }
    }
}
