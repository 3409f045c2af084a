//! One message for many (SMPP 3.4 §4.5): each recipient's is a message of its own, and all have one number for their sender.
//!
//! Under the key `m:` and that number stand those of the messages (u64 each), in the order of the recipients.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use wirepath_runtime::store::{Batch, Item, ItemId};

use super::{
    manage::is_source,
    spool::{Spool, refusal, refused},
    times::Times,
};
use crate::{
    handle::Session,
    handler::{HandlerService, ask},
    protocol::{
        Address, MessageState, Npi, Status, TlvList, Ton,
        pdu::{CancelSm, Destination, QuerySm, SubmitMulti, SubmitMultiResp, SubmitSm},
    },
    routing::{Message, Origin},
};

/// The most recipients (SMPP 3.4 §5.2.24).
const MAX_RECIPIENTS: usize = 254;

/// What the key outlives the messages by.
const GRACE: Duration = Duration::from_secs(3_600);

impl Spool {
    /// Takes a message for each recipient that it has a way for: all of them are durable when this returns, or none is.
    pub(super) async fn submit_multi<X: HandlerService>(
        &self,
        pdu: &SubmitMulti,
        session: &Session,
        handlers: Option<X>,
    ) -> SubmitMultiResp {
        let taken = self.take_multi(pdu, session, handlers).await;
        taken.unwrap_or_else(|status| pdu.reject(status))
    }

    async fn take_multi<X: HandlerService>(
        &self,
        pdu: &SubmitMulti,
        session: &Session,
        handlers: Option<X>,
    ) -> Result<SubmitMultiResp, Status> {
        if !(1..=MAX_RECIPIENTS).contains(&pdu.destinations().len()) {
            return Err(Status::RINVNUMDESTS);
        }
        let id = self.inner.id().await?;
        let mut response = pdu.accept(id.0);
        let (mut items, mut statuses) = (Vec::new(), Vec::new());
        for destination in pdu.destinations().iter() {
            let (address, item) = match destination {
                Destination::Sme(to) => {
                    (to, self.one_of(pdu, to, session, handlers.clone(), id).await)
                }
                // There are none here. Its name stands where an address would.
                Destination::List(name) => {
                    (Address::new(Ton(0), Npi(0), name), Err(Status::RINVDLNAME))
                }
            };
            match item {
                Ok(item) => items.push(item),
                Err(status) => {
                    statuses.push(status);
                    // A lenient ESME may have written an address that no answer has room for.
                    response = response.refuse(address, status).map_err(|_| Status::RINVDSTADR)?;
                }
            }
        }
        if items.is_empty() {
            let first = statuses.first().copied().unwrap_or(Status::RSUBMITFAIL);
            let is_of_all = statuses.iter().all(|status| *status == first);
            return Err(if is_of_all { first } else { Status::RSUBMITFAIL });
        }
        self.keep_all(id, items, pdu).await?;
        Ok(response)
    }

    /// What is stored for one recipient, still without a number of its own.
    async fn one_of<X: HandlerService>(
        &self,
        pdu: &SubmitMulti,
        to: Address<'_>,
        session: &Session,
        handlers: Option<X>,
        id: ItemId,
    ) -> Result<Item, Status> {
        let message = SubmitSm::builder()
            .service_type(pdu.service_type())
            .source(pdu.source())
            .destination(to)
            .esm_class(pdu.esm_class())
            .protocol_id(pdu.protocol_id())
            .priority_flag(pdu.priority_flag())
            .schedule_delivery_time(pdu.schedule_delivery_time())
            .validity_period(pdu.validity_period())
            .registered_delivery(pdu.registered_delivery())
            .data_coding(pdu.data_coding())
            .sm_default_msg_id(pdu.sm_default_msg_id())
            .short_message(pdu.short_message())
            .tlvs(TlvList::from(pdu.tlvs()))
            .build()
            .map_err(|_| Status::RINVDSTADR)?;
        let chosen = match handlers {
            Some(handlers) => {
                let origin = Origin::Esme(session.system_id());
                let question = Message::from(&message).with_origin(origin);
                ask(handlers, session.clone(), question).await?
            }
            None => None,
        };
        let message = (&message).into();
        let way = match chosen {
            Some(route) => self.way_of(&route)?,
            None => self.way(message, session)?,
        };
        self.item(message, session, &way, Some(id))
    }

    /// Writes all of them down in one step, and lets them go on their way.
    async fn keep_all(
        &self,
        id: ItemId,
        mut items: Vec<Item>,
        pdu: &SubmitMulti,
    ) -> Result<(), Status> {
        let inner = &self.inner;
        for item in &mut items {
            item.id = inner.id().await?;
        }
        let ids: Vec<_> = items.iter().map(|item| item.id).collect();
        let now = SystemTime::now();
        let (schedule, validity) = (pdu.schedule_delivery_time(), pdu.validity_period());
        let until = Times::of(schedule, validity, now, &inner.config)?.deadline;
        let ttl = until.duration_since(now).unwrap_or_default()
            + inner.config.receipt_timeout()
            + inner.config.remember().unwrap_or_default()
            + GRACE;
        let members: Vec<_> = ids.iter().flat_map(|id| id.0.to_be_bytes()).collect();
        let batch = Batch::new().put(key(id), members, Some(ttl));
        let batch = items.into_iter().fold(batch, Batch::push_leased);
        let (store, taken) = (inner.store.clone(), ids.len());
        // A task of its own: if whoever waits for the answer goes away, the leases end all the same.
        let written = tokio::spawn(async move {
            let written = store.commit(batch).await;
            store.release(&ids);
            written
        });
        match written.await {
            Ok(Ok(_)) => {
                (0..taken).for_each(|_| inner.counting.accepted.one());
                Ok(())
            }
            Ok(Err(error)) => Err(refusal(&error)),
            // The runtime ends.
            Err(_) => Err(Status::RSYSERR),
        }
    }

    /// The messages that an ESME knows by one number; empty for the number of none, or of a single message.
    async fn members(&self, id: ItemId, status: Status) -> Result<Vec<ItemId>, Status> {
        let found = self.inner.store.get(&key(id)).await;
        let octets = found.map_err(|error| refused(&error, status))?.unwrap_or_default();
        let (members, _) = octets.as_chunks();
        Ok(members.iter().map(|member| ItemId(u64::from_be_bytes(*member))).collect())
    }

    /// What became of messages with one number: `ENROUTE` while one of them is on its way; then the end of the first that did not
    /// arrive, or of the first, and when the last one had ended.
    pub(super) async fn query_multi(
        &self,
        id: ItemId,
        pdu: &QuerySm,
        session: &Session,
    ) -> Result<(MessageState, SystemTime), Status> {
        const NONE: Status = Status::RQUERYFAIL;
        let mut found: Option<(MessageState, SystemTime)> = None;
        for member in self.members(id, NONE).await? {
            // What is forgotten, or was never there, says nothing.
            let Some((state, at)) = self.state(member, pdu, session).await? else { continue };
            if !state.is_final() {
                return Ok((state, at));
            }
            let is_good = |state| matches!(state, MessageState::DELIVERED | MessageState::ACCEPTED);
            found = Some(match found {
                None => (state, at),
                Some((first, last)) if is_good(first) && !is_good(state) => (state, last.max(at)),
                Some((first, last)) => (first, last.max(at)),
            });
        }
        found.ok_or(NONE)
    }

    /// Takes back those with one number that wait: the one to the destination of the request, or all if it has none. Gives how
    /// many they were.
    pub(super) async fn cancel_multi(
        &self,
        id: ItemId,
        pdu: &CancelSm,
        session: &Session,
    ) -> Result<usize, Status> {
        let destination = pdu.destination();
        let mut cancelled = 0;
        for member in self.members(id, Status::RCANCELFAIL).await? {
            let Some((item, record, message)) = self.waiting(member, session).await else {
                continue;
            };
            let is_meant =
                destination.digits.is_empty() || destination.digits == message.destination().digits;
            if is_meant && is_source(pdu.source(), message.source().digits) {
                cancelled += usize::from(self.take_back(&item, record).await);
            }
        }
        Ok(cancelled)
    }
}

fn key(id: ItemId) -> Bytes {
    Bytes::from([b"m:", &id.0.to_be_bytes()[..]].concat())
}
