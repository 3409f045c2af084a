//! What `#[route_message]` is called with, and what it returns.

use super::{Event, On, Request, Subject};
use crate::{
    protocol::Status,
    routing::{Message, Route},
};

/// A type that `#[route_message]` can return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which way a message goes",
    label = "not a route",
    note = "return a `Route`, an `Option<Route>` whose `None` means what the configuration says, or a `Result` of one of these \
            whose error turns into a `Status`"
)]
pub trait IntoRoute {
    /// The route; `None` for what the configuration says. An error is the answer to the message.
    ///
    /// # Errors
    ///
    /// The status that the message is refused with.
    fn into_route(self) -> Result<Option<Box<Route>>, Status>;
}

impl IntoRoute for Route {
    fn into_route(self) -> Result<Option<Box<Route>>, Status> {
        Ok(Some(Box::new(self)))
    }
}

impl IntoRoute for Option<Route> {
    fn into_route(self) -> Result<Option<Box<Route>>, Status> {
        Ok(self.map(Box::new))
    }
}

impl<T: IntoRoute, E: Into<Status>> IntoRoute for Result<T, E> {
    fn into_route(self) -> Result<Option<Box<Route>>, Status> {
        self.map_err(Into::into)?.into_route()
    }
}

impl Subject<{ On::ROUTE.key() }> for Message {
    fn take(request: Request) -> Option<Self> {
        match request.event {
            Event::Route(message) => Some(*message),
            _ => None,
        }
    }
}
