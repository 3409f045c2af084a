//! Everything that a handler may look like.
#![deny(warnings)]

use wirepath_smpp::{
    AlertNotification, Bind, BindReply, BroadcastSm, BroadcastSmResp, CancelBroadcastSm, CancelSm,
    CancelSmResp, DataSm, DataSmResp, DeliverSm, Frame, FromRef, QueryBroadcastSm, QuerySm,
    QuerySmResp, RawResponse, ReplaceSm, RequestPdu, ResponsePdu, Session, Smpp, State, Status,
    SubmitMulti, SubmitMultiResp, SubmitSm, SubmitSmResp, UnbindCause, handlers, on_bind, on_pdu,
    on_session,
};

#[derive(Clone)]
struct App {
    esmes: Esmes,
}

#[derive(Clone)]
struct Esmes(u32);

impl FromRef<App> for Esmes {
    fn from_ref(app: &App) -> Self {
        app.esmes.clone()
    }
}

/// A doc comment.
#[on_bind]
async fn authorise(bind: Bind, State(Esmes(count)): State<Esmes>) -> BindReply {
    if count > 0 { bind.accept() } else { bind.by_policy() }
}

#[on_pdu("submit_sm")]
#[must_use]
async fn relay(
    mut pdu: SubmitSm,
    _: Smpp,
    State(_app): State<App>,
) -> Result<SubmitSmResp, Status> {
    let again = pdu.clone();
    pdu = again;
    tokio_less().await;
    Err(if pdu == pdu.clone() { Status::RSUBMITFAIL } else { Status::ROK })
}

async fn tokio_less() {}

#[on_pdu("submit_sm_multi")]
pub(crate) async fn multi(pdu: SubmitMulti) -> SubmitMultiResp {
    pdu.reject(Status::RSYSERR)
}

#[on_pdu("deliver_sm")]
async fn deliver(_pdu: DeliverSm, session: Session) {
    let _ = session;
}

#[on_pdu("data_sm")]
async fn data(_: DataSm) -> Result<DataSmResp, Status> {
    Err(Status::RSYSERR)
}

#[on_pdu("query_sm")]
async fn query(_: QuerySm) -> Result<QuerySmResp, Status> {
    Err(Status::RQUERYFAIL)
}

#[on_pdu("cancel_sm")]
async fn cancel(_: CancelSm) -> Result<CancelSmResp, Status> {
    Err(Status::RCANCELFAIL)
}

#[on_pdu("replace_sm")]
async fn replace(_: ReplaceSm) -> Status {
    Status::RREPLACEFAIL
}

#[on_pdu("alert_notification")]
async fn alert(_: AlertNotification) -> () {}

#[on_pdu("broadcast_sm")]
async fn broadcast(_: BroadcastSm) -> Result<BroadcastSmResp, Status> {
    Err(Status::RSYSERR)
}

#[on_pdu("query_broadcast_sm")]
async fn query_broadcast(_: QueryBroadcastSm) -> Status {
    Status::RSYSERR
}

#[on_pdu("cancel_broadcast_sm")]
async fn cancel_broadcast(_: CancelBroadcastSm) -> Result<(), Status> {
    Ok(())
}

#[on_pdu(0x00010201)]
async fn vendor(_: Frame) -> Result<RawResponse, Status> {
    Err(Status::RINVCMDID)
}

#[on_pdu("*", crate = wirepath_smpp)]
async fn rest(_: RequestPdu) -> Result<ResponsePdu, Status> {
    Err(Status::RINVCMDID)
}

#[on_session("bound")]
async fn bound(_: Session, smpp: Smpp) {
    drop(smpp);
}

#[on_session("unbound")]
async fn unbound(_: Session, cause: UnbindCause) {
    drop(cause.to_string());
}

fn main() {
    let handlers = handlers![
        authorise,
        relay,
        multi,
        deliver,
        data,
        query,
        cancel,
        replace,
        alert,
        broadcast,
        query_broadcast,
        cancel_broadcast,
        vendor,
        rest,
        bound,
        unbound,
    ];
    let _service = handlers.with_state(std::sync::Arc::new(App { esmes: Esmes(1) }));
}
