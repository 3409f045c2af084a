use wirepath_smpp::{SubmitSm, handlers, on_bind, on_pdu, on_session};

#[on_bind]
async fn no_argument() -> bool {
    true
}

#[on_pdu("submit_sm")]
async fn generic<T: Send>(_: SubmitSm) {}

#[on_pdu("data_sm")]
const fn constant(_: SubmitSm) {}

#[on_pdu("deliver_sm")]
async extern "C" fn foreign(_: SubmitSm) {}

#[on_pdu("query_sm")]
async unsafe fn reckless(_: SubmitSm) {}

#[on_pdu("cancel_sm")]
async fn borrows(_: &SubmitSm) {}

#[on_pdu("replace_sm")]
async fn unnamed(_: impl Sized) {}

#[on_pdu("alert_notification")]
unsafe extern "C" fn variadic(_: SubmitSm, _: ...) {}

#[on_session("bound")]
#[on_session("unbound")]
async fn both(_: wirepath_smpp::Session) {}

fn main() {
    let _ = handlers![
        no_argument,
        generic,
        constant,
        foreign,
        reckless,
        borrows,
        unnamed,
        variadic,
        both,
    ]
    .with_state(std::sync::Arc::new(()));
}
