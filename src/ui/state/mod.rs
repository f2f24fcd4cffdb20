//! What every part of the page shares: one [`Session`] in context.
//!
//! The cluster itself stands outside the reactive graph; what is drawn are snapshots and traces, published as
//! signals after each command. Signals here are written by events and by the frame loop, never by effects.
//!
//! - [`playback`]: the playhead and what moves it
//! - [`settings`]: language, theme, speed, what survives a reload

pub mod playback;
pub mod settings;

use std::sync::Arc;

use leptos::prelude::*;

use crate::cluster::Snapshot;
use crate::net::Trace;
use crate::text::{Lang, Span};

use super::clock::FrameLoop;
use super::i18n::Words;
pub use playback::Timing;
pub use settings::{Panel, Theme};

/// The shared state of the page; cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The learner's text, as typed.
    pub text: RwSignal<String>,
    /// The cluster as last published.
    pub snapshot: RwSignal<Arc<Snapshot>>,
    /// What was sent last: nothing, one trace, or many (a burst).
    pub traces: RwSignal<Vec<Arc<Trace>>>,
    /// Which of [`Self::traces`] hop list and inspector show.
    pub shown: RwSignal<usize>,
    /// When each hop of the shown trace starts; written by the stage as it lays the trace out.
    pub timing: RwSignal<Timing>,
    /// Model time in milliseconds since the request left.
    pub playhead: RwSignal<f64>,
    /// Whether the playhead moves by itself.
    pub playing: RwSignal<bool>,
    /// Model milliseconds per real one, 0.25 to 4.
    pub speed: RwSignal<f64>,
    /// The hop at the playhead: an index into the shown trace's hops.
    pub hop: Memo<usize>,
    /// A place in the text that the editor shall show.
    pub reveal: RwSignal<Option<Span>>,
    /// Language of the page.
    pub lang: RwSignal<Lang>,
    /// Light, dark, or as the system has it.
    pub theme: RwSignal<Theme>,
    /// The panel shown where there is room for one only.
    pub panel: RwSignal<Panel>,
    /// Source as typed in the traffic bar.
    pub from: RwSignal<String>,
    /// Destination as typed in the traffic bar.
    pub to: RwSignal<String>,
    frames: StoredValue<FrameLoop, LocalStorage>,
}

impl Session {
    /// A session over `snapshot`, provided as context to everything below the calling component.
    pub fn provide(snapshot: Snapshot) -> Self {
        let timing = RwSignal::new(Timing::default());
        let playhead = RwSignal::new(0.0);
        let playing = RwSignal::new(false);
        let speed = RwSignal::new(1.0);
        let session = Self {
            text: RwSignal::new(String::new()),
            snapshot: RwSignal::new(Arc::new(snapshot)),
            traces: RwSignal::new(Vec::new()),
            shown: RwSignal::new(0),
            timing,
            playhead,
            playing,
            speed,
            hop: Memo::new(move |_| timing.read().hop_at(playhead.get())),
            reveal: RwSignal::new(None),
            lang: RwSignal::new(Lang::En),
            theme: RwSignal::new(Theme::System),
            panel: RwSignal::new(Panel::Hops),
            from: RwSignal::new(String::new()),
            to: RwSignal::new(String::new()),
            frames: StoredValue::new_local(playback::frames(timing, playhead, playing, speed)),
        };
        provide_context(session);
        session
    }

    /// The session of this page.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// A fixed string in the language of the page: `{session.say(|words| words.send)}`.
    pub fn say(self, pick: fn(&'static Words) -> &'static str) -> impl Fn() -> &'static str + Copy + Send + 'static {
        move || pick(Words::of(self.lang.get()))
    }

    /// The trace that hop list and inspector show.
    #[must_use]
    pub fn trace(self) -> Option<Arc<Trace>> {
        let traces = self.traces.read();
        traces.get(self.shown.get()).cloned()
    }

    /// Whether many requests were sent at once.
    #[must_use]
    pub fn is_burst(self) -> bool {
        self.traces.read().len() > 1
    }
}

/// The cluster before anything was applied.
#[must_use]
pub fn first_snapshot() -> Snapshot {
    use crate::cluster::snapshot::{ClusterConfig, LoadBalancerProvider};
    use std::net::{IpAddr, Ipv4Addr};
    let config = ClusterConfig {
        pod_subnets: Vec::new(),
        service_subnets: Vec::new(),
        node_port_range: (30_000, 32_767),
        dns_domain: "cluster.local".to_owned(),
        proxy: Default::default(),
        load_balancer: LoadBalancerProvider::Cloud,
        outside_client: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10)),
        router: IpAddr::V4(Ipv4Addr::new(192, 168, 10, 1)),
    };
    Snapshot::empty(config, crate::sim::Instant::DEFAULT_START)
}
