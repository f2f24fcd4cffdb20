//! Where everything stands: one function of the snapshot, what is in focus, and the size.
//!
//! The outside is open ground with the client (and a load balancer, a router, other hosts where packets visit
//! them); below it the cluster's field with the wire between nodes, the nodes, each with its network port, its
//! track, its switch and its pods, and under them the band of the Service in focus. Columns as long as they
//! stay 108 px wide, then rows; what does not fit into the height makes the world higher than the view.
//!
//! Not here: routes (`route`), time (`timeline`), and marks drawn with pen and colour (`draw`).

pub mod dims;
pub mod focus;
pub mod pods;
pub mod service;
pub mod service_outline;
pub mod shapes;

use std::net::SocketAddr;

use crate::api::NamespacedName;
use crate::api::types::core::Node;
use crate::api::types::service_type::ServiceType;
use crate::cluster::Snapshot;
use crate::cluster::faults::machine::Power;
use crate::cluster::faults::{Link, ROUTER};
use crate::cluster::snapshot::LoadBalancerProvider;
use crate::net::Place;
use crate::small_sort::SmallSort as _;

use super::geometry::{Point, Rect, Size, pt};
pub use dims::{Density, Dims};
pub use focus::{Focus, ServiceKey};
pub use pods::{PodNote, PodShape, PodState};
pub use service::{RowKind, RuleRow, ServiceFacts, ServiceNote};
use service_outline::Ground;
pub use service_outline::ServiceOutline;
pub use shapes::{NodeShape, OutsideShape, RowShape, Trouble};

/// The troubles of a node, the worst first.
fn trouble(snapshot: &Snapshot, node: &Node, ready: bool) -> Vec<Trouble> {
    let (faults, name) = (snapshot.faults(), node.metadata.name.as_str());
    let mut found = Vec::new();
    match faults.machine(name).map(|it| it.power) {
        Some(Power::Off) => found.push(Trouble::Off),
        Some(Power::Booting(_)) => found.push(Trouble::Booting),
        _ if faults.kubelet_stopped(name) => found.push(Trouble::NoKubelet),
        _ => {}
    }
    for Link { low: a, high: b } in faults.cuts() {
        match (a == name, b == name) {
            (true, _) if b == ROUTER => found.push(Trouble::CutOff),
            (_, true) if a == ROUTER => found.push(Trouble::CutOff),
            (true, _) => found.push(Trouble::CutFrom(b.clone())),
            (_, true) => found.push(Trouble::CutFrom(a.clone())),
            _ => {}
        }
    }
    if !ready {
        found.push(Trouble::NotReady);
    }
    if node.spec.unschedulable {
        found.push(Trouble::Cordoned);
    }
    found
}

/// Positions and sizes of everything on the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Size of the part that can be seen at once.
    pub view: Size,
    /// Size of the whole drawing; higher than the view where nodes do not fit.
    pub world: Size,
    /// The room that the view gives.
    pub density: Density,
    /// Whether columns are as narrow as on a phone.
    pub compact: bool,
    /// The distances in use.
    pub dims: Dims,
    /// The field of the cluster.
    pub field: Rect,
    /// The client.
    pub client: Point,
    /// The client's address.
    pub client_address: String,
    /// Load balancers, routers and other hosts outside.
    pub outside: Vec<OutsideShape>,
    /// Rows of nodes.
    pub rows: Vec<RowShape>,
    /// The wire that joins the rows (x); `None` where there is one row.
    pub trunk: Option<f64>,
    /// The nodes.
    pub nodes: Vec<NodeShape>,
    /// The Services in focus with their outlines, as in [`Focus::services`] (those that exist).
    pub outlines: Vec<ServiceOutline>,
    /// For each Service of the focus, index into `outlines`; `None` where it does not exist.
    pub outline_of: Vec<Option<usize>>,
    /// The Services, ports and places that the stage is about.
    pub focus: Focus,
}

/// Names in the order in which people count: digits by their value.
fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    let parts = |text: &str| -> Vec<(String, u64)> {
        let mut parts: Vec<(String, u64)> = vec![(String::new(), 0)];
        let mut in_digits = false;
        for letter in text.chars() {
            let digit = letter.to_digit(10);
            if digit.is_none() && in_digits {
                parts.push((String::new(), 0));
            }
            in_digits = digit.is_some();
            if let Some(last) = parts.last_mut() {
                match digit {
                    Some(digit) => last.1 = last.1.saturating_mul(10).saturating_add(u64::from(digit)),
                    None => last.0.push(letter),
                }
            }
        }
        parts
    };
    parts(a).cmp(&parts(b)).then_with(|| a.cmp(b))
}

impl Layout {
    /// Lays the stage out for a view of `view`. Never smaller than a small phone's: a view that has not been
    /// measured yet gives a drawing all the same.
    #[must_use]
    pub fn new(snapshot: &Snapshot, focus: &Focus, view: Size) -> Self {
        let view = Size {
            w: view.w.max(300.0),
            h: view.h.max(180.0),
        };
        let mut services: Vec<Option<ServiceFacts>> = focus
            .services
            .iter()
            .map(|key| ServiceFacts::read(snapshot, key))
            .collect();
        for facts in services.iter_mut().flatten() {
            for port in &focus.ports {
                facts.show_node_port(snapshot, *port);
            }
        }
        let mut nodes: Vec<&Node> = snapshot.list::<Node>().collect();
        // node-2 before node-10, as people count.
        nodes.small_sort_by(|a, b| natural(&a.metadata.name, &b.metadata.name));
        let plan = pods::plan(snapshot, focus, &services, &nodes);
        let most = plan.iter().map(|it| it.items.len()).max().unwrap_or(0);
        let has_balancer = balancer(snapshot, focus, &services).is_some();

        let titles = nodes.iter().map(|it| pods::title_width(it)).fold(0.0, f64::max);
        let frame = Frame::choose(view, (nodes.len(), titles), most, has_balancer);
        let d = &frame.dims;
        let mut layout = Self {
            view,
            world: Size {
                w: view.w,
                h: frame.world_h,
            },
            density: frame.density,
            compact: frame.compact,
            field: Rect {
                x: d.edge,
                y: d.out,
                w: view.w - 2.0 * d.edge,
                h: frame.world_h - d.out - d.edge,
            },
            client: pt(view.w / 2.0, frame.client_y(has_balancer)),
            client_address: snapshot.config().outside_client.to_string(),
            outside: Vec::new(),
            rows: frame.rows(),
            trunk: (frame.n_rows > 1).then_some(d.edge + d.pad * 0.5 + 4.0),
            nodes: Vec::new(),
            outlines: Vec::new(),
            outline_of: Vec::new(),
            focus: focus.clone(),
            dims: frame.dims.clone(),
        };
        layout.place_nodes(snapshot, &frame, &nodes, plan);
        layout.place_outside(snapshot, focus, &services);
        for facts in services {
            let outline = facts.map(|facts| {
                let idx = layout.outlines.len();
                let service = focus.services.iter().position(|it| *it == facts.key).unwrap_or(idx);
                layout
                    .outlines
                    .push(ServiceOutline::new(&layout.ground(), service, facts));
                idx
            });
            layout.outline_of.push(outline);
        }
        layout
    }

    /// What an outline is drawn over.
    fn ground(&self) -> Ground<'_> {
        Ground {
            dims: &self.dims,
            density: self.density,
            compact: self.compact,
            field: self.field,
            rows: &self.rows,
            nodes: &self.nodes,
        }
    }

    /// Leaves unsaid which Services have no endpoints, and at which ports they have some, while that is asked.
    pub fn keep_quiet(&mut self) {
        for pod in self.nodes.iter_mut().flat_map(|it| &mut it.pods) {
            if let Ok(address) = pod.address.parse::<SocketAddr>() {
                pod.address = address.ip().to_string();
            }
        }
        for outline in self.outlines.iter_mut().filter(|it| !it.facts.has_endpoints) {
            outline.facts.has_endpoints = true;
            outline.facts.note = ServiceNote::Virtual;
        }
    }

    /// The node of a name; `None` where the cluster has none.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&NodeShape> {
        self.nodes.iter().find(|it| it.name == name)
    }

    /// The node and the pod of a namespace and name; `None` where none is drawn.
    #[must_use]
    pub fn pod(&self, namespace: &str, name: &str) -> Option<(&NodeShape, &PodShape)> {
        self.nodes.iter().find_map(|node| {
            let pod = node.pods.iter().find(|it| it.is(namespace, name))?;
            Some((node, pod))
        })
    }

    /// The shape of a place outside other than the client; `None` where it is not on the stage.
    #[must_use]
    pub fn outsider(&self, place: &Place) -> Option<&OutsideShape> {
        self.outside.iter().find(|it| it.place == *place)
    }

    /// Whether the view is a phone's.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        self.density == Density::Narrow
    }

    /// Whether names and addresses of nodes share a line.
    #[must_use]
    pub fn shares_title_line(&self) -> bool {
        self.dims.title >= self.dims.addr
    }

    /// Whether there is less room than one would wish.
    #[must_use]
    pub fn is_tight(&self) -> bool {
        self.density != Density::Roomy
    }

    /// The outline of the Service that a connection of the trace is about; `None` where it is about none.
    #[must_use]
    pub fn outline_of_leg(&self, leg: u8) -> Option<usize> {
        self.focus
            .service_of_leg(leg)
            .and_then(|idx| self.outline_of.get(idx).copied().flatten())
    }

    fn place_nodes(&mut self, snapshot: &Snapshot, frame: &Frame, nodes: &[&Node], plan: Vec<pods::Plan>) {
        let d = self.dims.clone();
        let left = self.field.x + d.pad + frame.margin_left();
        for (idx, (node, plan)) in nodes.iter().zip(plan).enumerate() {
            let (row, column) = (idx / frame.columns, idx % frame.columns);
            let rect = Rect {
                x: left + column as f64 * (frame.node_w + d.gap),
                y: self.rows[row].top,
                w: frame.node_w,
                h: frame.node_h,
            };
            let (pods, more) = pods::place(plan, &d, rect, self.compact);
            let ready = !node.is_known_unready();
            self.nodes.push(NodeShape {
                name: node.metadata.name.clone(),
                address: node.first_internal_ip().unwrap_or_default().to_owned(),
                ready,
                trouble: trouble(snapshot, node, ready),
                rect,
                row,
                track: rect.x + d.track,
                switch: (rect.y + d.switch.0, rect.y + d.switch.1),
                rule_rows: d.rows.map(|it| rect.y + it),
                pods,
                more,
            });
        }
        // The client stands above the track of the middle column.
        if let Some(middle) = self.nodes.get(frame.columns.min(self.nodes.len()) / 2) {
            self.client.x = middle.track;
        }
    }

    fn place_outside(&mut self, snapshot: &Snapshot, focus: &Focus, services: &[Option<ServiceFacts>]) {
        let narrow = self.is_narrow();
        if let Some((place, label)) = balancer(snapshot, focus, services) {
            let y = match self.density {
                Density::Narrow => 57.0,
                Density::Low => 66.0,
                Density::Tight => 92.0,
                Density::Roomy => 112.0,
            };
            self.outside.push(OutsideShape {
                place,
                center: pt(self.client.x, y),
                half: if narrow {
                    (33.0, 10.0)
                } else {
                    (52.0, if self.density == Density::Low { 12.0 } else { 18.0 })
                },
                label,
            });
        }
        if focus.places.contains(&Place::Router) {
            // It stands on the field's edge: one foot outside, one on the nodes' network.
            self.outside.push(OutsideShape {
                place: Place::Router,
                center: pt(self.client.x, self.field.y),
                half: if narrow { (9.0, 9.0) } else { (12.0, 12.0) },
                label: snapshot.config().router.to_string(),
            });
        }
        let others = focus.places.iter().filter(|it| matches!(it, Place::External(_)));
        for (idx, place) in others.enumerate() {
            let Place::External(address) = place else { continue };
            let column = self.nodes.len().min(self.columns()).saturating_sub(1 + idx);
            let x = match self.nodes.get(column) {
                Some(node) if node.track > self.client.x + 60.0 => node.track,
                _ => self.world.w - self.dims.edge - 40.0 - 90.0 * idx as f64,
            };
            self.outside.push(OutsideShape {
                place: place.clone(),
                center: pt(x, self.client.y),
                half: if narrow { (15.0, 11.0) } else { (19.0, 14.0) },
                label: address.to_string(),
            });
        }
    }

    /// Number of nodes side by side.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.nodes.iter().filter(|it| it.row == 0).count()
    }
}

/// The load balancer in the picture: one that packets visit, or that of a Service in focus.
fn balancer(snapshot: &Snapshot, focus: &Focus, services: &[Option<ServiceFacts>]) -> Option<(Place, String)> {
    let read = |service: &NamespacedName| snapshot.typed::<crate::api::types::core::Service>(service);
    let visited = focus
        .places
        .iter()
        .find(|it| matches!(it, Place::LoadBalancer(..)))
        .cloned();
    let place = visited.or_else(|| {
        if snapshot.config().load_balancer != LoadBalancerProvider::Cloud {
            return None;
        }
        services.iter().flatten().find_map(|it| {
            let service = read(&it.key.service)?;
            let has_address = service.status.load_balancer.ingress.iter().any(|it| !it.ip.is_empty());
            (service.service_type() == Some(ServiceType::LoadBalancer) && has_address)
                .then(|| Place::LoadBalancer(it.key.service.clone()))
        })
    })?;
    let Place::LoadBalancer(service) = &place else {
        return None;
    };
    let ingress = read(service).and_then(|it| it.status.load_balancer.ingress.first());
    let label = ingress.map(|it| {
        if it.ip.is_empty() {
            it.hostname.clone()
        } else {
            it.ip.clone()
        }
    });
    Some((place, label.unwrap_or_default()))
}

/// Columns, rows and heights, chosen before anything has a place.
struct Frame {
    density: Density,
    compact: bool,
    dims: Dims,
    columns: usize,
    n_rows: usize,
    node_w: f64,
    node_h: f64,
    world_h: f64,
}

impl Frame {
    /// The roomiest density in which `most` pods fit into a node.
    fn choose(view: Size, nodes: (usize, f64), most: usize, balancer: bool) -> Self {
        let candidates: &[Density] = if view.w < 560.0 {
            &[Density::Narrow]
        } else if view.h < 452.0 {
            &[Density::Low]
        } else if view.h < 580.0 {
            &[Density::Tight]
        } else {
            &[Density::Roomy, Density::Tight]
        };
        let mut last = None;
        for &density in candidates {
            let (frame, fits) = Self::try_density(view, density, nodes, most, balancer);
            if fits {
                return frame;
            }
            last = Some(frame);
        }
        last.expect("there is at least one density to try")
    }

    fn try_density(
        view: Size,
        density: Density,
        (n_nodes, titles): (usize, f64),
        most: usize,
        balancer: bool,
    ) -> (Self, bool) {
        let n_nodes = n_nodes.max(1);
        let measure = |compact: bool, rows: bool| {
            let d = Dims::new(density, compact, view, balancer);
            let side = if rows { ROW_MARGINS.0 + ROW_MARGINS.1 } else { 0.0 };
            let room = view.w - 2.0 * d.edge - 2.0 * d.pad - side;
            (d, room)
        };
        let width = |d: &Dims, room: f64, n: usize| (room - (n - 1) as f64 * d.gap) / n as f64;
        let (mut dims, mut room) = measure(false, false);
        let (mut columns, mut compact) = (n_nodes, density == Density::Narrow);
        if !compact && width(&dims, room, columns) < dims::COMPACT {
            compact = true;
            (dims, room) = measure(true, false);
        }
        if width(&dims, room, columns) < dims::MIN_COLUMN {
            (dims, room) = measure(compact, true);
            columns = (((room + dims.gap) / (dims::MIN_COLUMN + dims.gap)) as usize).clamp(1, n_nodes);
            // Rows of equal length look planned: 7 nodes stand as 4 and 3, not as 6 and 1.
            columns = n_nodes.div_ceil(n_nodes.div_ceil(columns));
        }
        let n_rows = n_nodes.div_ceil(columns);
        let node_w = width(&dims, room, columns);
        if !compact && density != Density::Roomy && titles > node_w - dims.text - 8.0 {
            dims = dims.with_two_lines();
        }
        // Everything of a row but its nodes.
        let around = dims.bus + dims.node + dims.band_gap + dims.band + dims.pad * 0.75;
        let fixed = dims.out + dims.edge + n_rows as f64 * around;
        let least = fixed + n_rows as f64 * pods::height(&dims, most.clamp(1, 2), dims.pitch.min(pods::ONE_LINE));
        let world_h = view.h.max(least.ceil());
        let node_h = (world_h - fixed) / n_rows as f64;
        let fits = pods::height(&dims, most, dims.pitch) <= node_h;
        let frame = Self {
            density,
            compact,
            dims,
            columns,
            n_rows,
            node_w,
            node_h,
            world_h,
        };
        (frame, fits)
    }

    fn margin_left(&self) -> f64 {
        if self.n_rows > 1 { ROW_MARGINS.0 } else { 0.0 }
    }

    fn rows(&self) -> Vec<RowShape> {
        let d = &self.dims;
        let height = d.bus + d.node + self.node_h + d.band_gap + d.band + d.pad * 0.75;
        (0..self.n_rows)
            .map(|row| {
                let bus = d.out + d.bus + row as f64 * height;
                RowShape {
                    bus,
                    top: bus + d.node,
                    band: bus + d.node + self.node_h + d.band_gap,
                }
            })
            .collect()
    }

    fn client_y(&self, balancer: bool) -> f64 {
        match (self.density, balancer) {
            (Density::Narrow, true) => 23.0,
            (Density::Narrow, false) => 30.0,
            (Density::Low, _) => 34.0,
            (Density::Tight, true) => 32.0,
            (Density::Tight, false) => 56.0,
            (Density::Roomy, true) => 40.0,
            (Density::Roomy, false) => 62.0,
        }
    }
}

/// Where there are rows, the trunk runs left of the nodes and the band's riser right of them.
const ROW_MARGINS: (f64, f64) = (16.0, 14.0);
