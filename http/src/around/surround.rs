//! What is configured, ready to be asked for each request.

use std::{fmt, sync::Arc};

use super::{
    auth::{Caller, Gate},
    cors::Rules,
    meters::Meters,
    rate::Limit,
    request_id::Ids,
    visit::Visit,
};
use crate::{Connected, Request, Response, Serve, config::Around, handler::RouteInfo};

/// What cannot stand around requests: a setting that does not work, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("around.{key}: {why}")]
pub struct AroundError {
    key: String,
    why: String,
}

/// What stands around all requests of a listener.
pub(crate) struct Surround {
    pub(super) ids: Option<Ids>,
    pub(super) access_log: bool,
    pub(super) meters: Option<Meters>,
    pub(super) cors: Option<Rules>,
    limits: Vec<Limit>,
    pub(super) gate: Option<Gate>,
    #[cfg(feature = "compression")]
    pub(super) compression: Option<crate::config::Compression>,
}

/// What is wrong with a setting: its key within `around`, and a sentence.
type Problems = Vec<(String, String)>;

impl Surround {
    /// `None` if nothing is to stand there.
    pub(crate) fn new(config: &Around) -> Result<Option<Arc<Self>>, AroundError> {
        let (made, problems) = Self::make(config);
        match problems.into_iter().next() {
            Some((key, why)) => Err(AroundError { key, why }),
            None => Ok((*config != Around::default()).then(|| Arc::new(made))),
        }
    }

    /// Everything that is wrong.
    pub(crate) fn problems(config: &Around) -> Problems {
        Self::make(config).1
    }

    fn make(config: &Around) -> (Self, Problems) {
        let mut problems = Problems::new();
        let mut report = |key: &str, why: String| problems.push((key.to_owned(), why));
        let cors = config.cors.as_ref().map(|cors| Rules::new(cors, &mut report));
        if let Some(compression) = &config.compression {
            if compression.encodings.is_empty() {
                let why = "is empty: name some of `zstd`, `br`, `gzip`, or leave `compression` out";
                report("compression.encodings", why.to_owned());
            }
            if !cfg!(feature = "compression") {
                let why = "this program is built without the feature `compression` of wirepath: add it in Cargo.toml";
                report("compression", why.to_owned());
            }
        }
        let limits = config.rate_limits.iter().enumerate();
        let limits = limits.map(|(i, limit)| Limit::new(limit, i, &mut report)).collect();
        let gate = config.auth.as_ref().map(|auth| Gate::new(auth, &mut report));
        let made = Self {
            ids: config.request_ids.then(Ids::new),
            access_log: config.access_log,
            meters: config.metrics.then(Meters::default),
            cors,
            limits,
            gate,
            #[cfg(feature = "compression")]
            compression: config.compression.clone(),
        };
        (made, problems)
    }

    /// Whether anything here tells routes apart.
    pub(crate) fn needs_route(&self) -> bool {
        self.access_log || self.meters.is_some() || self.ids.is_some()
    }

    /// What is done before a request; and the answer, if that is all there is to it.
    pub(crate) fn begin(
        self: &Arc<Self>,
        request: &mut Request,
        connected: &Connected,
        route: Option<&Arc<RouteInfo>>,
    ) -> (Box<Visit>, Option<Response>) {
        let visit = Box::new(Visit::new(Arc::clone(self), request, connected, route));
        let refused = self.refuse(request, connected);
        (visit, refused)
    }

    /// The same for what serves, which knows the routes.
    pub(crate) fn begin_at<X: Serve>(
        self: &Arc<Self>,
        serve: &X,
        request: &mut Request,
        connected: &Connected,
    ) -> (Option<Box<Visit>>, Option<Response>) {
        let route = if self.needs_route() { serve.route(request) } else { None };
        let (visit, refused) = self.begin(request, connected, route);
        (Some(visit), refused)
    }

    /// The answer, where there is one already.
    fn refuse(&self, request: &mut Request, connected: &Connected) -> Option<Response> {
        let preflight = self.cors.as_ref().and_then(|cors| cors.preflight(request));
        let limited = |request: &Request, caller: Option<&Caller>, needs_caller: bool| {
            let mut limits = self.limits.iter().filter(|it| it.needs_caller() == needs_caller);
            limits.find_map(|it| it.refuse(request, connected, caller))
        };
        preflight
            .or_else(|| limited(request, None, false))
            .or_else(|| self.gate.as_ref().and_then(|gate| gate.admit(request)))
            .or_else(|| limited(request, request.extensions().get(), true))
    }
}

impl fmt::Debug for Surround {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surround").finish_non_exhaustive()
    }
}
