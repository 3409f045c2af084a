//! What the SMSC answers.

use std::{sync::Arc, time::Duration};

use wirepath::{
    State,
    smpp::{
        AbsoluteTime, CancelSm, CancelSmResp, DataSm, DataSmResp, Destination, MessageId, QuerySm,
        QuerySmResp, ReplaceSm, ReplaceSmResp, Session, Status, SubmitMulti, SubmitMultiResp,
        SubmitSm, SubmitSmResp, on_pdu, on_session,
    },
};

use crate::{
    message::{Message, Sender},
    messages::Replacement,
    outbox,
    smsc::Smsc,
};

type Shared = State<Arc<Smsc>>;

#[on_session("bound")]
pub(crate) async fn bound(session: Session, State(smsc): Shared) {
    if let Some(parcels) = smsc.outbox.open(&session) {
        tokio::spawn(outbox::carry(smsc, session, parcels));
    }
}

#[on_pdu("submit_sm")]
pub(crate) async fn submit(
    pdu: SubmitSm,
    session: Session,
    State(smsc): Shared,
) -> Result<SubmitSmResp, Status> {
    let message = Message::of_submit_sm(&pdu, Sender::of(&session));
    Ok(pdu.accept(take(&smsc, message)?))
}

#[on_pdu("data_sm")]
pub(crate) async fn data(
    pdu: DataSm,
    session: Session,
    State(smsc): Shared,
) -> Result<DataSmResp, Status> {
    let message = Message::of_data_sm(&pdu, Sender::of(&session));
    Ok(pdu.accept(take(&smsc, message)?))
}

/// Distribution lists are not known here; the handsets beside them are served.
#[on_pdu("submit_multi")]
pub(crate) async fn submit_multi(
    pdu: SubmitMulti,
    session: Session,
    State(smsc): Shared,
) -> Result<SubmitMultiResp, Status> {
    let message = Message::of_submit_multi(&pdu, Sender::of(&session));
    if message.recipients.is_empty() {
        return Err(Status::RCNTSUBDL);
    }
    let lists = pdu.destinations().iter().filter_map(|destination| match destination {
        Destination::List(name) => std::str::from_utf8(name).ok(),
        Destination::Sme(_) => None,
    });
    let mut response = pdu.accept(take(&smsc, message)?);
    for list in lists {
        response =
            response.refuse(list.into(), Status::RCNTSUBDL).map_err(|_| Status::RINVDLNAME)?;
    }
    Ok(response)
}

#[on_pdu("query_sm")]
pub(crate) async fn query(
    pdu: QuerySm,
    session: Session,
    State(smsc): Shared,
) -> Result<QuerySmResp, Status> {
    let report = smsc
        .messages
        .query(session.system_id(), pdu.message_id(), pdu.source())
        .ok_or(Status::RQUERYFAIL)?;
    let response = pdu.report(report.state);
    Ok(match report.final_at.and_then(AbsoluteTime::from_system_time) {
        Some(date) => response.final_date(date.into()),
        None => response,
    })
}

#[on_pdu("cancel_sm")]
pub(crate) async fn cancel(
    pdu: CancelSm,
    session: Session,
    State(smsc): Shared,
) -> Result<CancelSmResp, Status> {
    let (who, messages) = (session.system_id(), &smsc.messages);
    match pdu.message_id() {
        // SMPP 3.4 §4.9.1: without an id, all from this source to this destination.
        b"" => messages.cancel_all(who, pdu.service_type(), pdu.source(), pdu.destination())?,
        id => messages.cancel(who, id, pdu.source())?,
    }
    Ok(pdu.accept())
}

#[on_pdu("replace_sm")]
pub(crate) async fn replace(
    pdu: ReplaceSm,
    session: Session,
    State(smsc): Shared,
) -> Result<ReplaceSmResp, Status> {
    let new = Replacement {
        text: pdu.short_message(),
        asked: pdu.registered_delivery(),
        schedule: pdu.schedule_delivery_time(),
        validity: pdu.validity_period(),
    };
    smsc.messages.replace(session.system_id(), pdu.message_id(), pdu.source(), &new)?;
    Ok(pdu.accept())
}

/// Takes a message, if there is room. Its handler waits for nothing after that: the receipt may be under way already, and
/// comes behind the answer if that is encoded in the same turn of the session ([`Session::flush`]).
fn take(smsc: &Smsc, message: Message) -> Result<MessageId, Status> {
    match smsc.messages.take(message) {
        Some(id) => {
            smsc.counters.taken.add(1);
            Ok(id)
        }
        None => {
            smsc.counters.refused.add(1);
            warn_full(smsc);
            Err(Status::RMSGQFUL)
        }
    }
}

/// Says what to do, but not for every message.
fn warn_full(smsc: &Smsc) {
    use std::sync::Mutex;
    use std::time::Instant;

    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    const PAUSE: Duration = Duration::from_secs(5);

    let Ok(mut last) = LAST.lock() else { return };
    if last.is_none_or(|last| last.elapsed() >= PAUSE) {
        *last = Some(Instant::now());
        tracing::warn!(
            held = smsc.messages.load(),
            refused = smsc.counters.refused.get(),
            "no room for messages, answered ESME_RMSGQFUL: bind a receiver that takes the receipts, shorten --receipt-delay, or raise --max-messages"
        );
    }
}
