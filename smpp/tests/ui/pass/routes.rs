//! Everything that a function which picks a route may look like.
#![deny(warnings)]

use wirepath_smpp::{Message, Route, Session, Smpp, State, Status, handlers, route_message};

mod by_option {
    use super::*;

    #[route_message]
    pub(crate) async fn pick(message: Message, _: Session, State(prefix): State<&'static [u8]>) -> Option<Route> {
        message.destination().digits.starts_with(prefix).then(|| Route::esme("shop"))
    }
}

mod by_result {
    use super::*;

    #[route_message]
    pub(crate) async fn pick(message: Message, _: Smpp) -> Result<Option<Route>, Status> {
        if message.is_receipt() { Err(Status::RX_P_APPN) } else { Ok(None) }
    }
}

#[route_message]
async fn pick(_: Message) -> Route {
    Route::bind("alpha")
}

fn main() {
    let _ = handlers![pick].with_state(std::sync::Arc::new(()));
    let _ = handlers![by_result::pick].with_state(std::sync::Arc::new(()));
    let _ = handlers![by_option::pick].with_state(std::sync::Arc::new(&b"31"[..]));
}
