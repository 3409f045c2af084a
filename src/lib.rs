//! wirepath: SMPP handlers as `async fn`s, compiled straight into the wire path.

#[cfg(feature = "smpp")]
pub mod smpp {
    //! SMPP 3.4.
    pub use wirepath_macros::{
        facade_handlers as handlers, facade_on_bind as on_bind, facade_on_pdu as on_pdu,
        facade_on_session as on_session,
    };
    pub use wirepath_smpp::*;
}

#[cfg(feature = "smpp")]
pub use wirepath_macros::facade_handlers as handlers;
#[cfg(feature = "smpp")]
pub use wirepath_smpp::State;
