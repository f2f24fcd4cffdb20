//! The request as it stands in the traffic bar, and the traces that came of the last one.

use std::sync::Arc;

use leptos::prelude::*;

use crate::net::compose::{add_http, compose};
use crate::net::{Request, Trace, Verdict};
use crate::ui::complaint::Complaint;

/// What had come of a request before it was sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// How it ended.
    pub verdict: Verdict,
    /// The HTTP status, if it was answered over HTTP.
    pub status: Option<u16>,
}

/// Traffic bar and traces.
#[derive(Clone, Copy)]
pub struct Traffic {
    /// Source as typed in the traffic bar.
    pub from: RwSignal<String>,
    /// Destination as typed in the traffic bar.
    pub to: RwSignal<String>,
    /// Method of a request over HTTP.
    pub method: RwSignal<String>,
    /// Headers of a request over HTTP, one a line.
    pub headers: RwSignal<String>,
    /// Why the last request could not be sent; `None` where it could, or nothing was tried since the last edit.
    pub complaint: RwSignal<Option<Complaint>>,
    /// Where the last request was sent again because the cluster changed: what had come of it before.
    pub sent_again: RwSignal<Option<Before>>,
    /// What was sent last: nothing, one trace, or many (a burst).
    pub traces: RwSignal<Vec<Arc<Trace>>>,
}

impl Traffic {
    /// A request that was not sent yet: source, destination, method and headers as typed.
    #[must_use]
    pub fn new(from: String, to: String, method: String, headers: String) -> Self {
        Self {
            from: RwSignal::new(from),
            to: RwSignal::new(to),
            method: RwSignal::new(method),
            headers: RwSignal::new(headers),
            complaint: RwSignal::new(None),
            sent_again: RwSignal::new(None),
            traces: RwSignal::new(Vec::new()),
        }
    }

    /// The trace that stage, hop list and inspector show: of a burst the first. `None` where nothing was sent.
    #[must_use]
    pub fn trace(self) -> Option<Arc<Trace>> {
        self.traces.read().first().cloned()
    }

    /// Whether many requests were sent at once.
    #[must_use]
    pub fn is_burst(self) -> bool {
        self.traces.read().len() > 1
    }

    /// Writes a request into the traffic bar: a plain GET without headers of its own.
    pub fn set_request(self, from: String, to: String) {
        self.from.set(from);
        self.to.set(to);
        self.method.set("GET".to_owned());
        self.headers.set(String::new());
    }

    /// The request that the traffic bar says.
    ///
    /// # Errors
    /// The first field that cannot be read.
    pub fn request(self) -> Result<Request, Complaint> {
        let to = self.to.read_untracked();
        let (method, headers) = (self.method.read_untracked(), self.headers.read_untracked());
        let mut request = compose(&self.from.read_untracked(), &to).map_err(Complaint::Address)?;
        add_http(&mut request, &to, &method, &headers).map_err(Complaint::Address)?;
        Ok(request)
    }
}
