//! Counts and times of requests, by route.
//!
//! | metric | labels | what |
//! |---|---|---|
//! | `wirepath_http_requests_total` | method, route, status | answers |
//! | `wirepath_http_request_seconds` | method, route | histogram: to the head of the answer |
//! | `wirepath_http_requests_in_progress` | | gauge: to the head of the answer |
//!
//! `route` is the template, `unmatched` where there is none; `method` is one of eight, or `other`. Both are bounded by the
//! program, and so is the number of series. Each has its handle, made when it is first needed: a request looks no name up.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use http::{Method, StatusCode};
use metrics::{Counter, Gauge, Histogram, SharedString};

use crate::handler::Methods;

/// The templates of axum routers that have series of their own; further ones are `unmatched`.
const MAX_FOREIGN: usize = 4_096;

/// What a listener, or all of them, count.
#[derive(Default)]
pub(super) struct Meters {
    in_progress: OnceLock<Gauge>,
    unmatched: OnceLock<RouteMeters>,
    /// Of axum's templates, which are known when they have answered.
    foreign: RwLock<HashMap<Arc<str>, Arc<RouteMeters>>>,
}

impl Meters {
    pub(super) fn in_progress(&self) -> &Gauge {
        self.in_progress.get_or_init(|| metrics::gauge!("wirepath_http_requests_in_progress"))
    }

    pub(super) fn unmatched(&self) -> &RouteMeters {
        self.unmatched.get_or_init(|| RouteMeters::new(SharedString::const_str("unmatched")))
    }

    /// Counts an answer of an axum route.
    pub(super) fn count_foreign(&self, template: &str, seen: &Seen<'_>) {
        let known = self.foreign.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(meters) = known.get(template) {
            return meters.count(seen);
        }
        drop(known);
        let mut known = self.foreign.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_FOREIGN {
            return self.unmatched().count(seen);
        }
        let template: Arc<str> = Arc::from(template);
        let meters = known.entry(Arc::clone(&template));
        meters.or_insert_with(|| Arc::new(RouteMeters::new(template.into()))).count(seen);
    }
}

/// What is counted of a request.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) method: &'a Method,
    pub(super) status: StatusCode,
    pub(super) took: Duration,
}

/// The series of a route.
pub(crate) struct RouteMeters {
    route: SharedString,
    /// By the method's place, and one for all others.
    methods: [OnceLock<Box<MethodMeters>>; Methods::COUNT + 1],
}

struct MethodMeters {
    seconds: Histogram,
    statuses: OnceLock<Box<Status>>,
}

/// A status that has been answered, and the next one: so few that a list is fastest, and it is never locked.
struct Status {
    status: StatusCode,
    count: Counter,
    next: OnceLock<Box<Self>>,
}

impl RouteMeters {
    pub(crate) fn new(route: SharedString) -> Self {
        Self { route, methods: Default::default() }
    }

    pub(super) fn count(&self, seen: &Seen<'_>) {
        let place = Methods::place(seen.method).unwrap_or(Methods::COUNT);
        let name = Methods::name(place);
        let Some(slot) = self.methods.get(place) else { return };
        let meters = slot.get_or_init(|| {
            let labels = [("method", name.into()), ("route", self.route.clone())];
            let seconds = metrics::histogram!("wirepath_http_request_seconds", &labels);
            Box::new(MethodMeters { seconds, statuses: OnceLock::new() })
        });
        meters.seconds.record(seen.took);
        let mut slot = &meters.statuses;
        loop {
            let here = slot.get_or_init(|| Box::new(self.status(name, seen.status)));
            if here.status == seen.status {
                return here.count.increment(1);
            }
            slot = &here.next;
        }
    }

    fn status(&self, method: &'static str, status: StatusCode) -> Status {
        let labels: [(&'static str, SharedString); 3] = [
            ("method", method.into()),
            ("route", self.route.clone()),
            ("status", status.as_str().to_owned().into()),
        ];
        let count = metrics::counter!("wirepath_http_requests_total", &labels);
        Status { status, count, next: OnceLock::new() }
    }
}

impl std::fmt::Debug for RouteMeters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RouteMeters").field("route", &self.route).finish_non_exhaustive()
    }
}
