//! What the page does, as structured events: kept for the crash page, and written to the console where the address
//! asks for it (`?log=debug`; any level of `tracing`).
//!
//! Without a level in the address nothing is written anywhere. The last [`KEPT`] events of level `INFO` and above
//! are held in memory even so, or a crash page would have nothing to copy. Events say what was done, how much of it
//! and how long it took. They carry nothing that a learner wrote: whoever copies a log gives away no manifest, no
//! name and no address.
//!
//! This is a subscriber of our own because the page has no spans to keep apart: `tracing-wasm` brings the registry
//! of `tracing-subscriber` for them, writes to the console only, and keeps nothing.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::{Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use wasm_bindgen::JsValue;

use super::address;
use super::clock::now_ms;

/// Number of events that are held.
const KEPT: usize = 200;

/// The level that is held whatever the address says.
const ALWAYS: LevelFilter = LevelFilter::INFO;

thread_local! {
    /// The last events as lines, the oldest first.
    static LINES: RefCell<VecDeque<String>> = const { RefCell::new(VecDeque::new()) };
}

/// Begins to listen, at the level that the address names.
pub fn install() {
    let named = address::parameter("log").and_then(|it| it.parse().ok());
    let console = named.unwrap_or(LevelFilter::OFF);
    // Refused where somebody listens already: a page that is mounted twice, in tests.
    let _ = tracing::dispatcher::set_global_default(Dispatch::new(Log { console }));
}

/// The events that are held, a line each.
#[must_use]
pub fn text() -> String {
    LINES.with(|lines| {
        // Whoever panics may be in the middle of adding a line.
        let Ok(lines) = lines.try_borrow() else {
            return String::new();
        };
        lines.iter().fold(String::new(), |text, line| text + line + "\n")
    })
}

/// The subscriber.
struct Log {
    /// Up to which level events are written to the console.
    console: LevelFilter,
}

impl Log {
    fn most(&self) -> LevelFilter {
        self.console.max(ALWAYS)
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.most()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most())
    }

    fn event(&self, event: &Event<'_>) {
        let level = *event.metadata().level();
        let line = line(event);
        if level <= self.console {
            write(level, &line);
        }
        LINES.with(|lines| {
            if let Ok(mut lines) = lines.try_borrow_mut() {
                if lines.len() == KEPT {
                    lines.pop_front();
                }
                lines.push_back(line);
            }
        });
    }

    // Nothing here opens spans.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An event as a line: seconds since the page was opened, level, place, what happened, its fields.
fn line(event: &Event<'_>) -> String {
    let metadata = event.metadata();
    let target = metadata.target();
    let place = target.strip_prefix("kubehop::").unwrap_or(target);
    let place = place.strip_prefix("ui::").unwrap_or(place);
    let mut fields = Fields::default();
    event.record(&mut fields);
    let Fields { message, others } = fields;
    let (ms, level) = (now_ms() as u32, metadata.level().as_str());
    format!("{:5}.{:03} {level:5} {place}: {message}{others}", ms / 1000, ms % 1000)
}

fn write(level: Level, line: &str) {
    let line = JsValue::from_str(line);
    match level {
        Level::ERROR => web_sys::console::error_1(&line),
        Level::WARN => web_sys::console::warn_1(&line),
        Level::INFO => web_sys::console::info_1(&line),
        _ => web_sys::console::debug_1(&line),
    }
}

/// The fields of an event, as text.
#[derive(Default)]
struct Fields {
    message: String,
    /// ` name=value` of each other field.
    others: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.others, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}
