//! What a handler's future keeps of the request while arguments are still to come.

use std::{future::Future, pin::Pin, sync::Arc};

use super::{Call, RouteInfo};
use crate::{Arrived, Connected, Leaving, Request};

/// All arguments are there: nothing is kept.
pub(crate) const NOTHING: u8 = 0;
/// An extractor of ours reads the body.
pub(crate) const REQUEST: u8 = 1;
/// One of axum's wants what stands around the request too.
pub(crate) const ALL: u8 = 2;
/// Nothing, and what the handler has of arguments is long.
pub(crate) const LARGE: u8 = 3;

/// Octets of arguments that are moved about with a call. Two texts, or a UUID and a text, are no more than that.
pub(crate) const MOVED: usize = 64;

/// What is kept, as a type: a handler without a body keeps not one octet.
pub trait Rest: Send {
    /// The request.
    fn arrived(&mut self) -> Option<&mut Arrived>;

    /// The request, for good: the body goes along.
    fn take(&mut self) -> Option<Request> {
        self.arrived().map(std::mem::take).map(Arrived::into_request)
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

    /// Where the call of the handler stands.
    type Place<F: Calls>: Calls;

    /// Keeps it.
    fn keep<S>(call: Call<'_, S>) -> Self::Rest;

    /// Puts the call there.
    fn place<F: Calls>(call: F) -> Self::Place<F>;
}

/// The call of a handler.
///
/// A connection has room for the largest of those that can stand in it, and moves that room about, whichever is called. One that
/// reads a body keeps the request meanwhile, and what it has read of it; another one has many arguments. A box for them costs
/// less than their octets cost in each connection that waits, and in each request to any other handler.
pub trait Calls: Future<Output = Leaving> + Send {}

impl<F: Future<Output = Leaving> + Send> Calls for F {}

impl Keeps for Level<NOTHING> {
    type Rest = ();
    type Place<F: Calls> = F;

    #[inline(always)]
    fn keep<S>(_: Call<'_, S>) {}

    #[inline(always)]
    fn place<F: Calls>(call: F) -> F {
        call
    }
}

impl Keeps for Level<LARGE> {
    type Rest = ();
    type Place<F: Calls> = Pin<Box<F>>;

    #[inline(always)]
    fn keep<S>(_: Call<'_, S>) {}

    #[inline(always)]
    fn place<F: Calls>(call: F) -> Pin<Box<F>> {
        Box::pin(call)
    }
}

impl Rest for () {
    fn arrived(&mut self) -> Option<&mut Arrived> {
        None
    }
}

impl Keeps for Level<REQUEST> {
    type Rest = Arrived;
    type Place<F: Calls> = Pin<Box<F>>;

    #[inline(always)]
    fn keep<S>(call: Call<'_, S>) -> Arrived {
        std::mem::take(call.arrived)
    }

    #[inline(always)]
    fn place<F: Calls>(call: F) -> Pin<Box<F>> {
        Box::pin(call)
    }
}

impl Rest for Arrived {
    #[inline]
    fn arrived(&mut self) -> Option<&mut Arrived> {
        Some(self)
    }
}

/// Everything.
#[derive(Debug)]
pub struct Whole {
    arrived: Arrived,
    route: Arc<RouteInfo>,
    connected: Connected,
}

impl Keeps for Level<ALL> {
    type Rest = Whole;
    type Place<F: Calls> = Pin<Box<F>>;

    fn keep<S>(call: Call<'_, S>) -> Whole {
        Whole {
            arrived: std::mem::take(call.arrived),
            route: Arc::clone(call.route),
            connected: call.connected.clone(),
        }
    }

    fn place<F: Calls>(call: F) -> Pin<Box<F>> {
        Box::pin(call)
    }
}

impl Rest for Whole {
    fn arrived(&mut self) -> Option<&mut Arrived> {
        Some(&mut self.arrived)
    }

    fn around(&self) -> Option<Around<'_>> {
        Some(Around { route: &self.route, connected: &self.connected })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::probe::kind, *};
    use crate::handler::probe::level;

    #[test]
    fn what_is_long_has_a_box_whatever_it_is() {
        assert_eq!(level(&[], &[]), NOTHING);
        assert_eq!(level(&[kind::EXTRACT], &[8, MOVED - 8]), NOTHING);
        assert_eq!(level(&[kind::EXTRACT], &[8, MOVED]), LARGE);
        assert_eq!(level(&[kind::EXTRACT, kind::BODY], &[8, MOVED]), REQUEST);
        assert_eq!(level(&[kind::BODY, kind::PARTS], &[]), ALL);
    }
}
