//! What a handler's future keeps of the request while arguments are still to come.

use std::sync::Arc;

use super::{Call, RouteInfo};
use crate::{Connected, Request};

/// All arguments are there: nothing is kept.
pub(crate) const NOTHING: u8 = 0;
/// An extractor of ours reads the body.
pub(crate) const REQUEST: u8 = 1;
/// One of axum's wants what stands around the request too.
pub(crate) const ALL: u8 = 2;

/// What is kept, as a type: a handler without a body keeps not one octet.
pub trait Rest: Send {
    /// The request.
    fn request(&mut self) -> Option<&mut Request>;

    /// The request, for good: the body goes along.
    fn take(&mut self) -> Option<Request> {
        self.request().map(std::mem::take)
    }

    /// What stands around it.
    fn around(&self) -> Option<Around<'_>> {
        None
    }
}

/// What stands around a request.
#[derive(Debug)]
pub struct Around<'a> {
    pub(crate) route: &'a RouteInfo,
    pub(crate) connected: &'a Connected,
}

/// From the number of a level to what is kept.
#[derive(Debug)]
pub struct Level<const LEVEL: u8>;

/// See [`Level`].
pub trait Keeps {
    /// What is kept.
    type Rest: Rest;

    /// Keeps it.
    fn keep<S>(call: Call<'_, S>) -> Self::Rest;
}

impl Keeps for Level<NOTHING> {
    type Rest = ();

    #[inline(always)]
    fn keep<S>(_: Call<'_, S>) {}
}

impl Rest for () {
    fn request(&mut self) -> Option<&mut Request> {
        None
    }
}

impl Keeps for Level<REQUEST> {
    type Rest = Request;

    #[inline(always)]
    fn keep<S>(call: Call<'_, S>) -> Request {
        call.request
    }
}

impl Rest for Request {
    #[inline]
    fn request(&mut self) -> Option<&mut Request> {
        Some(self)
    }
}

/// Everything.
#[derive(Debug)]
pub struct Whole {
    request: Request,
    route: Arc<RouteInfo>,
    connected: Connected,
}

impl Keeps for Level<ALL> {
    type Rest = Whole;

    fn keep<S>(call: Call<'_, S>) -> Whole {
        Whole {
            request: call.request,
            route: Arc::clone(call.route),
            connected: call.connected.clone(),
        }
    }
}

impl Rest for Whole {
    fn request(&mut self) -> Option<&mut Request> {
        Some(&mut self.request)
    }

    fn around(&self) -> Option<Around<'_>> {
        Some(Around { route: &self.route, connected: &self.connected })
    }
}
