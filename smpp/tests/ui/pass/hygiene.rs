//! Nothing that is in scope gets in the way.
#![deny(warnings, missing_debug_implementations, clippy::all)]
#![allow(dead_code, non_camel_case_types)]

use wirepath_smpp::{Session, Smpp, Status as Verdict, SubmitSm, handlers, on_pdu, on_session};

struct Result;
struct Option;
struct Some;
struct Ok;
struct Err;
struct Send;
struct Future;
struct Request;
struct Response;
struct Handler;
struct Chain;
struct bool;
struct core;
struct wirepath_smpp_;
mod std {}
#[allow(unused_macros)]
macro_rules! assert {
    () => {};
}

#[on_pdu("submit_sm")]
async fn __request(_: SubmitSm, __state: Smpp, __0: Session) -> Verdict {
    let _ = (__state, __0);
    Verdict::ROK
}

#[on_session("bound")]
async fn r#type(_: Session) {}

/// The function can be called as if nothing had happened to it.
async fn calls(pdu: SubmitSm, smpp: Smpp, session: Session) -> Verdict {
    __request(pdu, smpp, session).await
}

mod inner {
    //! In a module, seen from outside.

    pub(crate) mod deeper {
        /// A vendor's.
        #[wirepath_smpp::on_pdu(0x0001_0202)]
        pub(in crate::inner) async fn vendor(_: wirepath_smpp::Frame) {}

        #[wirepath_smpp::on_pdu("data_sm")]
        pub(crate) async fn data(_: wirepath_smpp::DataSm) {}
    }

    pub(crate) fn lists() {
        let state = ::std::sync::Arc::new(());
        let _ =
            wirepath_smpp::handlers![deeper::vendor, self::deeper::data].with_state(state.clone());
        let _ = wirepath_smpp::handlers![].with_state(state);
    }
}

/// One `use` imports both.
mod user {
    use super::inner::deeper::data;

    pub(crate) async fn both(pdu: wirepath_smpp::DataSm) {
        let _ = wirepath_smpp::handlers![data].with_state(::std::sync::Arc::new(()));
        data(pdu).await;
    }
}

#[cfg(any())]
#[wirepath_smpp::on_bind]
async fn absent(_: Absent) {}

#[wirepath_smpp::on_bind]
#[cfg(any())]
async fn absent(_: Absent) {}

fn main() {
    #[on_pdu("query_sm")]
    #[allow(clippy::unused_async)]
    async fn local(_: ::wirepath_smpp::QuerySm) {}

    let handlers = handlers![crate = ::wirepath_smpp; __request, r#type, local];
    let _ = handlers.with_state(::std::sync::Arc::new(()));
    inner::lists();
    let _ = user::both;
}
