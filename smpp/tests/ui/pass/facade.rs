//! The second set of entry points, for a crate that has this one as a module.
#![deny(warnings)]

extern crate self as wirepath;

pub mod smpp {
    //! As the facade has it.
    pub use wirepath_macros::{facade_handlers as handlers, facade_on_session as on_session};
    pub use wirepath_macros::{facade_on_bind as on_bind, facade_on_pdu as on_pdu};
    pub use wirepath_macros::facade_route_message as route_message;
    pub use wirepath_smpp::{__private, Bind, Message, Route, Session, Smpp, SubmitSm};
}

mod user {
    use wirepath::smpp::{
        Bind, Message, Route, Session, Smpp, SubmitSm, handlers, on_bind, on_pdu, on_session, route_message,
    };

    #[on_bind]
    async fn authorise(_: Bind) -> bool {
        true
    }

    #[on_pdu("submit_sm")]
    async fn relay(_: SubmitSm, _: Smpp) {}

    #[on_session("bound")]
    async fn bound(_: Session) {}

    #[route_message]
    async fn pick(_: Message) -> Option<Route> {
        None
    }

    pub(crate) fn run() {
        let _ = handlers![authorise, relay, bound, pick].with_state(std::sync::Arc::new(()));
    }
}

fn main() {
    user::run();
}
