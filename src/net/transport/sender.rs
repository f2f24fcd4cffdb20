//! Who sends: its place, the source address its packet gets, and where that sets out.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::connection::{Connect, Sender};
use super::host::pod_place;
use super::location::{Arrival, Location};
use super::walk::PacketWalk;
use crate::api::IpFamily;
use crate::net::packet::{Packet, Protocol};
use crate::net::request::Source;
use crate::net::route::{Owner, PodInfo};
use crate::net::trace::Place;
use crate::net::why::Why;

impl PacketWalk<'_> {
    /// Who sends, with the packet as it is made, and where that is.
    pub(super) fn sender(&mut self, args: &Connect<'_>) -> Result<(Sender, Location), Why> {
        let family = IpFamily::of(args.to.ip());
        let no_family = || Why::NoFamily { to: args.to.ip() };
        let unknown = |name: String| Why::NoSender { sender: name.into() };
        let (place, ip, location) = match args.from {
            Source::Pod { namespace, name } => {
                let pod = self.fabric.pod(namespace, name).cloned();
                let pod = pod.ok_or_else(|| unknown(format!("pod/{namespace}/{name}")))?;
                self.sender_pod(&pod, args.to, None).ok_or_else(no_family)?
            }
            Source::Node(name) => {
                let idx = self.fabric.node_by_name(name);
                let idx = idx.ok_or_else(|| unknown(format!("node/{name}")))?;
                let place = Place::Node(name.clone());
                self.sender_process(idx, args.to, None, place).ok_or_else(no_family)?
            }
            Source::Client => {
                let ip = self.snapshot.config().client(family);
                if args.to.ip().is_loopback() || ip == args.to.ip() {
                    (Place::Client, args.to.ip(), Location::Itself(Place::Client, None))
                } else {
                    (Place::Client, ip, Location::Router)
                }
            }
            Source::Address(ip) => {
                if IpFamily::of(*ip) != family {
                    return Err(no_family());
                }
                self.sender_address(*ip, args).ok_or_else(no_family)?
            }
        };
        if matches!(place, Place::Client | Place::External(_)) {
            self.external_sender = Some(ip);
        }
        let port = match (args.source_port, args.protocol) {
            (Some(port), _) => port,
            (None, Protocol::Icmp) => 0,
            // Linux' range of ephemeral ports.
            (None, _) => 32_768 + self.rng.below(28_232) as u16,
        };
        let packet = Packet {
            protocol: args.protocol,
            src: SocketAddr::new(ip, port),
            dst: args.to,
            mark: 0,
            payload: args.payload.clone(),
        };
        Ok((Sender { place, packet }, location))
    }

    fn sender_pod(&self, pod: &Arc<PodInfo>, to: SocketAddr, ip: Option<IpAddr>) -> Option<(Place, IpAddr, Location)> {
        let place = pod_place(pod);
        if pod.host_network {
            return self.sender_process(pod.node?, to, ip, place);
        }
        if to.ip().is_loopback() {
            return Some((place.clone(), to.ip(), Location::Itself(place, Some(Arc::clone(pod)))));
        }
        let ip = ip.or_else(|| pod.ip(IpFamily::of(to.ip())))?;
        if pod.ips.contains(&to.ip()) {
            return Some((place.clone(), to.ip(), Location::Itself(place, Some(Arc::clone(pod)))));
        }
        let node = pod.node?;
        Some((place, ip, Location::Node(node, Arrival::Pod(Arc::clone(pod)))))
    }

    /// A process on a node takes the address that its routes say: the destination itself if that is local,
    /// the pod network's towards its own pods, else the node's first.
    fn sender_process(
        &self,
        idx: usize,
        to: SocketAddr,
        ip: Option<IpAddr>,
        place: Place,
    ) -> Option<(Place, IpAddr, Location)> {
        let node = &self.fabric.nodes()[idx];
        let family = IpFamily::of(to.ip());
        let chosen = ip.or_else(|| {
            if self.is_local(idx, to.ip()) {
                return Some(to.ip());
            }
            let own_pod = match self.fabric.owner(to.ip()) {
                Some(Owner::Pod(pod)) => pod.node == Some(idx),
                _ => false,
            };
            own_pod
                .then(|| node.gateway(family))
                .flatten()
                .or_else(|| node.primary(family))
        })?;
        Some((place, chosen, Location::Node(idx, Arrival::Process)))
    }

    fn sender_address(&self, ip: IpAddr, args: &Connect<'_>) -> Option<(Place, IpAddr, Location)> {
        let via = args.via_node.and_then(|name| self.fabric.node_by_name(name));
        if ip.is_loopback() {
            let idx = via.or((!self.fabric.nodes().is_empty()).then_some(0))?;
            return self.sender_process(idx, args.to, Some(ip), Place::Node(self.node_name(idx)));
        }
        match self.fabric.owner(ip) {
            Some(Owner::Node(idx)) => self.sender_process(*idx, args.to, Some(ip), Place::Node(self.node_name(*idx))),
            Some(Owner::Pod(pod)) => self.sender_pod(pod, args.to, Some(ip)),
            None if self.snapshot.config().is_client(ip) => Some((Place::Client, ip, Location::Router)),
            None => Some(match self.fabric.node_of_cidr(ip) {
                Some(idx) => (Place::External(ip), ip, Location::Node(idx, Arrival::Nobody)),
                None => (Place::External(ip), ip, Location::Router),
            }),
        }
    }
}
