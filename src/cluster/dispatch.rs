//! Whose turn it is: changes go to the queues, and the controllers take their turns in one order.

use super::api_server::ApiServer;
use super::api_server::store::{Change, Writer};
use super::controllers::memory::ControllerMemory;
use super::controllers::{
    claims, cron_job, daemon_set, deployment, endpoint_slice, endpoints, garbage, gateway, ingress_status, job,
    load_balancer, mirroring, namespace, node_lifecycle, pod_gc, replica_set, stateful_set, taint_eviction,
};
use super::enqueue::Enqueuer;
use super::event_recorder::EventRecorder;
use super::kube_proxy;
use super::kubelet;
use super::kubelet::node_runtime::NodeRuntime;
use super::limits::Limits;
use super::machines::Machines;
use super::reconcile::Reconcile;
use super::scheduler;
use super::timers::{Timer, Timers};
use super::work_queues::WorkQueues;
use crate::api::types::core::Pod;
use crate::api::{Kind, NamespacedName};
use crate::steps;

/// All parts of a cluster, while controllers run.
#[derive(Debug)]
pub struct Dispatcher<'a> {
    /// What every controller gets.
    pub ctx: Reconcile<'a>,
    /// What runs on the nodes.
    pub nodes: &'a mut NodeRuntime,
    /// What controllers remember.
    pub memory: &'a mut ControllerMemory,
}

impl<'a> Dispatcher<'a> {
    /// Of these parts.
    pub fn new(
        api: &'a mut ApiServer,
        queues: &'a mut WorkQueues,
        timers: &'a mut Timers,
        limits: &'a mut Limits,
        events: &'a mut EventRecorder,
        nodes: &'a mut NodeRuntime,
        memory: &'a mut ControllerMemory,
    ) -> Self {
        Self {
            ctx: Reconcile::new(api, queues, timers, limits, events),
            nodes,
            memory,
        }
    }
}

impl<'a> Dispatcher<'a> {
    /// Runs the controllers until nothing waits; takes no virtual time. Should they not come to rest they are stopped
    /// where they are.
    pub fn settle(&mut self) {
        self.ctx.limits.begin_work();
        let mut left = self.ctx.limits.work;
        loop {
            self.dispatch();
            let worked = self.step();
            steps::count(worked);
            if worked >= left {
                self.ctx.limits.gave_up = true;
                *self.ctx.queues = WorkQueues::default();
                self.ctx.api.store.take_changes();
            }
            if worked == 0 || worked >= left {
                break;
            }
            left -= worked;
        }
        self.ctx.store_events();
        // Nobody waits for events or heartbeats.
        self.ctx.api.store.take_changes();
    }

    /// Writes down what goes on while time passes, for whoever looks now.
    pub fn note_time(&mut self) {
        self.ctx.api.store.writer = Writer::Kubelet;
        kubelet::node_status::heartbeats(self.ctx.api, self.nodes);
        kubelet::complaints::tell_all(&mut self.ctx, self.nodes);
        self.ctx.store_events();
        // Nobody waits for events or heartbeats.
        self.ctx.api.store.take_changes();
        self.ctx.api.store.writer = Writer::Anyone;
    }

    /// Enqueues every object for every controller.
    pub fn resync(&mut self) {
        self.enqueuer().enqueue_all();
    }

    /// The machines, for whoever breaks and mends.
    pub fn machines(&mut self) -> Machines<'_, 'a> {
        Machines {
            ctx: &mut self.ctx,
            nodes: self.nodes,
            zone_turns: &mut self.memory.zone_turns,
        }
    }

    fn enqueuer(&mut self) -> Enqueuer<'_> {
        Enqueuer {
            store: &self.ctx.api.store,
            queues: self.ctx.queues,
        }
    }

    /// Puts the keys that recent writes concern into the queues.
    fn dispatch(&mut self) {
        for change in self.ctx.api.store.take_changes() {
            self.forget_gone(&change);
            self.enqueuer().enqueue_for(&change);
        }
        if std::mem::take(&mut self.ctx.queues.retry) {
            self.enqueuer().enqueue_unschedulable();
            for workload in self.ctx.limits.take_waiting(&self.ctx.api.store) {
                self.ctx.queues.look_at_workload(workload.kind, workload.key());
            }
        }
    }

    /// What nodes and controllers keep about objects goes with them; addresses go when a pod has ended.
    fn forget_gone(&mut self, change: &Change) {
        let key = &change.key;
        let gone = change.after.is_none();
        match change.kind {
            Kind::Pod => {
                let after = change.after.as_ref();
                let gives_back = change.before.as_ref().filter(|before| {
                    after.is_none_or(|after| after.address != before.address || after.terminal && !before.terminal)
                });
                if let Some(before) = gives_back {
                    self.nodes.addresses.release(&before.address, key);
                }
                if gone {
                    self.nodes.forget_pod(key);
                    let namespace = NamespacedName::cluster_wide(&*key.namespace);
                    if self.memory.waiting_namespaces.remove(&namespace) {
                        self.ctx.queues.namespaces.push(namespace);
                    }
                }
            }
            Kind::Service | Kind::EndpointSlice if !self.nodes.waiting.is_empty() => {
                for pod in self.nodes.waiting.iter() {
                    self.ctx.queues.run.push(pod.clone());
                }
            }
            Kind::Node if gone => self.nodes.forget_node(&key.name),
            Kind::Service if gone => {
                self.memory.provided_addresses.remove(key);
            }
            _ => {}
        }
    }

    /// Lets the first controller with work take its turn; how many keys it handled.
    ///
    /// Pods stop only after workloads and the scheduler have reacted, and start after that: this is the order
    /// in which a rolling update unfolds on a real cluster, where a pod's end takes longer than a watch event.
    fn step(&mut self) -> usize {
        let Self { ctx, nodes, memory } = self;
        if std::mem::take(&mut ctx.queues.config) {
            ctx.api.refresh_config();
            kube_proxy::starts(ctx, &mut memory.proxy_mode);
            return 1;
        }
        macro_rules! turn {
            ($queue:ident, $writer:ident, $key:ident => $run:expr) => {
                if !ctx.queues.$queue.is_empty() {
                    let keys = ctx.queues.$queue.take();
                    ctx.api.store.writer = Writer::$writer;
                    for $key in &keys {
                        $run;
                    }
                    ctx.api.store.writer = Writer::Anyone;
                    return keys.len();
                }
            };
        }
        turn!(garbage, Anyone, uid => garbage::collect(ctx, uid));
        turn!(namespaces, Anyone, key => namespace::reconcile(ctx, &mut memory.waiting_namespaces, key));
        turn!(nodes, Anyone, key => {
            kubelet::node_status::register(ctx.api, key);
            if !ctx.api.as_stored() {
                node_lifecycle::reconcile_labels(ctx.api, key);
            }
        });
        turn!(deployments, Anyone, key => deployment::reconcile(ctx, key));
        turn!(cron_jobs, Anyone, key => cron_job::reconcile(ctx, key));
        turn!(jobs, Anyone, key => job::reconcile(ctx, key));
        turn!(replica_sets, Anyone, key => replica_set::reconcile(ctx, Kind::ReplicaSet, key));
        turn!(replication_controllers, Anyone, key => replica_set::reconcile(ctx, Kind::ReplicationController, key));
        turn!(daemon_sets, Anyone, key => daemon_set::reconcile(ctx, key));
        turn!(stateful_sets, Anyone, key => stateful_set::reconcile(ctx, key));
        turn!(claims, Anyone, key => claims::reconcile(ctx, key));
        turn!(schedule, Scheduler, key => scheduler::schedule(ctx, key));
        turn!(stop, Anyone, key => kubelet::stop_pod(ctx, nodes, key));
        turn!(run, Kubelet, key => run_pod(ctx, nodes, memory, key));
        turn!(endpoints, Endpoints, key => endpoints::reconcile(ctx, key));
        turn!(slices, Slices, key => endpoint_slice::reconcile(ctx, key));
        turn!(mirror, Mirror, key => mirroring::reconcile(ctx, key));
        turn!(load_balancers, Anyone, key => load_balancer::reconcile(ctx, &mut memory.provided_addresses, key));
        turn!(ingresses, Anyone, key => ingress_status::reconcile(ctx, key));
        if std::mem::take(&mut ctx.queues.gateways) {
            gateway::reconcile(ctx);
            return 1;
        }
        0
    }

    /// What a timer was set for.
    pub fn fire(&mut self, timer: Timer) {
        let Self { ctx, nodes, memory } = self;
        match timer {
            Timer::Pod(key) => {
                let terminating = ctx
                    .api
                    .store
                    .get(Kind::Pod, &key)
                    .is_some_and(|pod| pod.metadata().deletion_timestamp.is_some());
                if terminating {
                    ctx.queues.stop.push(key.clone());
                }
                ctx.queues.run.push(key);
            }
            Timer::Node(node) => self.machines().reconcile(&node),
            Timer::Taints => node_lifecycle::taint_for_eviction(ctx, nodes, &mut memory.zone_turns),
            Timer::KubernetesService => ctx.api.restore_kubernetes_service(),
            Timer::Look => ctx.api.store.touch(),
            Timer::Workload(kind, key) => ctx.queues.look_at_workload(kind, key),
        }
    }
}

/// What becomes of a pod on a node: it goes with the node, a taint drives it away, else its kubelet runs it.
fn run_pod(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, memory: &mut ControllerMemory, key: &NamespacedName) {
    let Some(pod) = ctx.api.store.typed::<Pod>(key) else {
        return;
    };
    let is_ending = |pod: &Pod| pod.metadata.deletion_timestamp.is_some();
    let ending = is_ending(pod);
    if pod.is_terminal() || ending && nodes.faults().containers(key).is_none() {
        return;
    }
    if ctx.api.node(&pod.spec.node_name).is_none() {
        pod_gc::collect(ctx, &mut memory.orphans, key);
        return;
    }
    if !ending {
        taint_eviction::reconcile(ctx, &mut memory.evictions, key);
        if ctx.api.store.typed::<Pod>(key).is_none_or(is_ending) {
            return;
        }
    }
    kubelet::run_pod(ctx, nodes, key);
}
