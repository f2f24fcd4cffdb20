//! Who announces an address of MetalLB's: pools, and the advertisements that name them
//! (`metallb internal/config`, `speaker/layer2_controller.go`, `speaker/bgp_controller.go`).
//!
//! Not here: which address a Service gets (`cluster::controllers::load_balancer`), BGP peers and interfaces.

use std::net::IpAddr;

use serde_json::Value;

use crate::api::Kind;
use crate::api::types::config::IpAddressPool;
use crate::api::types::meta::Labels;
use crate::cluster::Snapshot;
use crate::net::cidr::parse_net;

/// How an address is announced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Announced {
    /// From one node, by ARP or NDP.
    pub layer2: bool,
    /// From every node, by BGP; the router spreads connections.
    pub bgp: bool,
    /// The nodes that may announce, by their labels; `None`: all.
    nodes: Option<Vec<Value>>,
}

impl Announced {
    /// Whether a node with these labels may announce it.
    #[must_use]
    pub fn from_node(&self, labels: &Labels) -> bool {
        let selectors = self.nodes.as_ref();
        selectors.is_none_or(|all| all.iter().any(|it| selects(it, labels)))
    }
}

/// How an address of a pool is announced; `None` where no advertisement is for its pool. An address of no pool, which a
/// document gave, is taken to be announced from one node.
#[must_use]
pub fn announced(snapshot: &Snapshot, address: IpAddr) -> Option<Announced> {
    let holds = |text: &String| match text.split_once('-') {
        Some((first, last)) => {
            let (first, last) = (first.trim().parse::<IpAddr>(), last.trim().parse::<IpAddr>());
            first.is_ok_and(|it| it <= address) && last.is_ok_and(|it| address <= it)
        }
        None => parse_net(text.trim()).is_some_and(|net| net.contains(&address)),
    };
    let mut pools = snapshot.list::<IpAddressPool>();
    let Some(pool) = pools.find(|it| it.spec.addresses.iter().any(holds)) else {
        return Some(Announced {
            layer2: true,
            ..Announced::default()
        });
    };
    let mut found: Option<Announced> = None;
    for object in snapshot.objects(Kind::Other) {
        let value = &object.value;
        let is_metallb = value["apiVersion"]
            .as_str()
            .is_some_and(|it| it.starts_with("metallb.io/"));
        let bgp = match value["kind"].as_str() {
            Some("L2Advertisement") if is_metallb => false,
            Some("BGPAdvertisement") if is_metallb => true,
            _ => continue,
        };
        let spec = &value["spec"];
        let list = |field: &str| spec[field].as_array().map(Vec::as_slice).unwrap_or_default();
        let (names, selectors) = (list("ipAddressPools"), list("ipAddressPoolSelectors"));
        let is_for_all = names.is_empty() && selectors.is_empty();
        let is_named = names.iter().any(|it| *it == pool.metadata.name.as_str());
        let is_selected = selectors.iter().any(|it| selects(it, &pool.metadata.labels));
        if object.metadata().namespace != pool.metadata.namespace || !(is_for_all || is_named || is_selected) {
            continue;
        }
        let it = found.get_or_insert_with(|| Announced {
            nodes: Some(Vec::new()),
            ..Announced::default()
        });
        it.layer2 |= !bgp;
        it.bgp |= bgp;
        match (list("nodeSelectors"), &mut it.nodes) {
            ([], nodes) => *nodes = None,
            (more, Some(nodes)) => nodes.extend(more.iter().cloned()),
            (_, None) => {}
        }
    }
    found
}

/// Whether a label selector, as a document has it, takes these labels.
fn selects(selector: &Value, labels: &Labels) -> bool {
    let wanted = selector["matchLabels"].as_object().into_iter().flatten();
    let by_labels = wanted
        .into_iter()
        .all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str());
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    by_labels
        && expressions.into_iter().all(|it| {
            let own = it["key"].as_str().and_then(|key| labels.get(key));
            let mut values = it["values"].as_array().into_iter().flatten().filter_map(Value::as_str);
            match it["operator"].as_str() {
                Some("In") => own.is_some_and(|own| values.any(|it| it == own)),
                Some("NotIn") => own.is_none_or(|own| values.all(|it| it != own)),
                Some("Exists") => own.is_some(),
                Some("DoesNotExist") => own.is_none(),
                _ => false,
            }
        })
}
