//! `query_sm`, `cancel_sm` and `replace_sm`, answered from what is stored (SMPP 3.4 §4.8–§4.10).

use std::{ops::ControlFlow, time::SystemTime};

use bytes::BytesMut;
use wirepath_runtime::{
    seldom::Seldom,
    store::{Batch, Item, ItemId, Lane},
};

use super::{
    lane,
    memory::{self, Memory},
    record::{Record, Stage},
    settle::{self, Verdict},
    spool::{Spool, refused},
    times::Times,
};
use crate::{
    handle::Session,
    protocol::{
        AbsoluteTime, Address, MessageState, SmppTime, Status,
        long::MessagePdu,
        pdu::{CancelSm, Pdu, QuerySm, QuerySmResp, ReplaceSm, SubmitSm},
    },
};

/// Waiting messages that are looked at for one `cancel_sm` without an id, or one message that replaces another.
const LOOKED_AT: usize = 20_000;

/// Messages that are read from the store at a time.
const PAGE: usize = 500;

impl Spool {
    /// What became of a message of this ESME's.
    ///
    /// # Errors
    ///
    /// `RQUERYFAIL` if it has no such message: not with this source, or ended for longer than is remembered.
    pub async fn query(&self, pdu: &QuerySm, session: &Session) -> Result<QuerySmResp, Status> {
        const NONE: Status = Status::RQUERYFAIL;
        let id = number(pdu.message_id()).ok_or(NONE)?;
        let (state, at) = match self.state(id, pdu, session).await? {
            Some(found) => found,
            None => self.query_multi(id, pdu, session).await?,
        };
        Ok(if state.is_final() { ended(pdu, state, at) } else { pdu.report(state) })
    }

    /// The state of a message, and since when it has it; `None` if it is unknown, or not this ESME's.
    pub(super) async fn state(
        &self,
        id: ItemId,
        pdu: &QuerySm,
        session: &Session,
    ) -> Result<Option<(MessageState, SystemTime)>, Status> {
        const NONE: Status = Status::RQUERYFAIL;
        let is_its =
            |esme, source: &[u8]| esme == session.system_id() && is_source(pdu.source(), source);
        let failed = |error| refused(&error, NONE);
        let found = self.inner.store.item(id).await.map_err(failed)?;
        if let Some(found) = found {
            let record = Record::decode(found.item.body).map_err(|_| NONE)?;
            let message = record.submitted().map_err(|_| NONE)?;
            if !is_its(record.esme, message.source().digits) {
                return Ok(None);
            }
            return Ok(Some(match record.stage {
                Stage::Settled | Stage::Dead => (record.state, record.settled),
                Stage::Waiting | Stage::Sent | Stage::Inbound => {
                    (MessageState::ENROUTE, record.accepted)
                }
            }));
        }
        let remembered = self.inner.store.get(&memory::key(id)).await.map_err(failed)?;
        let memory = remembered.and_then(|entries| Memory::find(entries, id));
        let memory = memory.filter(|memory| is_its(memory.esme, &memory.source));
        Ok(memory.map(|memory| (memory.state, memory.at)))
    }

    /// Takes back a message that no SMSC has yet; without an id, all of this ESME's between two addresses.
    ///
    /// # Errors
    ///
    /// `RCANCELFAIL` if there is none: it is being sent, an SMSC has it, it has ended, or it is another's.
    pub async fn cancel(&self, pdu: &CancelSm, session: &Session) -> Result<(), Status> {
        const NONE: Status = Status::RCANCELFAIL;
        if !pdu.message_id().is_empty() {
            let id = number(pdu.message_id()).ok_or(NONE)?;
            let cancelled = match self.waiting(id, session).await {
                Some((item, record, message)) => {
                    let is_meant = is_source(pdu.source(), message.source().digits);
                    usize::from(is_meant && self.take_back(&item, record).await)
                }
                None => self.cancel_multi(id, pdu, session).await?,
            };
            return if cancelled > 0 { Ok(()) } else { Err(NONE) };
        }
        let (source, destination) = (pdu.source(), pdu.destination());
        let service_type = pdu.service_type();
        let mut cancelled = 0_usize;
        let matching = self.matching(session, |message| {
            message.source() == source
                && message.destination() == destination
                && (service_type.is_empty() || message.service_type() == service_type)
        });
        for (item, record) in matching.await {
            cancelled += usize::from(self.take_back(&item, record).await);
        }
        if cancelled > 0 { Ok(()) } else { Err(NONE) }
    }

    /// Changes a message that no SMSC has yet.
    ///
    /// # Errors
    ///
    /// `RREPLACEFAIL` as for [`cancel`](Self::cancel); `RINVSCHED` or `RINVEXPIRY` for times that cannot be kept.
    pub async fn replace(&self, pdu: &ReplaceSm, session: &Session) -> Result<(), Status> {
        const NONE: Status = Status::RREPLACEFAIL;
        let id = number(pdu.message_id()).ok_or(NONE)?;
        let (item, mut record, message) = self.waiting(id, session).await.ok_or(NONE)?;
        // A data_sm has no field for what is replaced (§4.10.1).
        let MessagePdu::SubmitSm(message) = message else { return Err(NONE) };
        if !is_source(pdu.source(), message.source().digits) {
            return Err(NONE);
        }
        let replaced = message
            .to_builder()
            .registered_delivery(pdu.registered_delivery())
            .sm_default_msg_id(pdu.sm_default_msg_id())
            .short_message(pdu.short_message())
            .build()
            .map_err(|_| NONE)?;
        let mut octets = BytesMut::new();
        replaced.encode(1, &mut octets);
        record.pdu = octets.freeze();
        let mut due = item.due;
        if pdu.schedule_delivery_time().is_some() || pdu.validity_period().is_some() {
            let schedule = pdu.schedule_delivery_time().or(message.schedule_delivery_time());
            let validity = pdu.validity_period();
            let times = Times::of(schedule, validity, SystemTime::now(), &self.inner.config)?;
            due = times.due;
            if validity.is_some() {
                record.deadline = times.deadline;
            }
        }
        let body = record.encode();
        let batch = Batch::new().if_free(id, item.lane.clone()).push(Item { due, body, ..item });
        match self.inner.store.commit(batch).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(NONE),
            Err(error) => Err(refused(&error, NONE)),
        }
    }

    /// Takes back the waiting message that a new one stands in for (`replace_if_present_flag`, SMPP 3.4 §5.2.18).
    pub(super) async fn give_way(&self, pdu: &SubmitSm, session: &Session) {
        let (source, destination) = (pdu.source(), pdu.destination());
        let matching = self.matching(session, |message| {
            message.source() == source
                && message.destination() == destination
                && message.service_type() == pdu.service_type()
        });
        for (item, record) in matching.await {
            self.take_back(&item, record).await;
        }
    }

    /// Ends a message that waits, as `DELETED`; false if it does not wait any more.
    pub(super) async fn take_back(&self, item: &Item, record: Record) -> bool {
        let verdict = Verdict::new(MessageState::DELETED, b"", SystemTime::now());
        let batch = Batch::new().if_free(item.id, item.lane.clone());
        let batch = settle::settle(batch, item, record, verdict, &self.inner.config);
        match self.inner.store.commit(batch).await {
            Ok(taken) => taken,
            Err(error) => {
                refused(&error, Status::RCANCELFAIL);
                false
            }
        }
    }

    /// A message of this ESME's that waits to be sent.
    pub(super) async fn waiting(
        &self,
        id: ItemId,
        session: &Session,
    ) -> Option<(Item, Record, MessagePdu)> {
        let item = self.inner.store.item(id).await.ok()??.item;
        let (record, message) = waiting(&item, session)?;
        Some((item, record, message))
    }

    /// The messages of this ESME's that wait and that are meant.
    async fn matching(
        &self,
        session: &Session,
        is_meant: impl Fn(&MessagePdu) -> bool + Send + Sync,
    ) -> Vec<(Item, Record)> {
        let mut matching = Vec::new();
        let mut look = |item: Item| {
            if let Some((record, message)) = waiting(&item, session)
                && is_meant(&message)
            {
                matching.push((item, record));
            }
        };
        let mut left = LOOKED_AT;
        for depth in self.depths().await.unwrap_or_default() {
            if lane::binds_of(&depth.lane).is_some()
                && self.each(&depth.lane, &mut left, &mut look).await.is_break()
            {
                static MORE: Seldom = Seldom::new();
                if let Some(times) = MORE.times() {
                    tracing::warn!(
                        esme = %session.system_id(), looked_at = LOOKED_AT, times,
                        "more messages wait than are looked through for a cancel_sm or a replacement by addresses; ESMEs should give message ids"
                    );
                }
                break;
            }
        }
        matching
    }

    /// Looks at the items of a lane, as many as are left to look at.
    async fn each(
        &self,
        lane: &Lane,
        left: &mut usize,
        look: &mut (impl FnMut(Item) + Send),
    ) -> ControlFlow<()> {
        let mut after = None;
        loop {
            let page = self.inner.store.list(lane, after, PAGE.min(*left)).await;
            let page = page.unwrap_or_default();
            let Some(last) = page.last() else { return ControlFlow::Continue(()) };
            after = Some(last.id);
            *left = left.saturating_sub(page.len());
            page.into_iter().for_each(&mut *look);
            if *left == 0 {
                return ControlFlow::Break(());
            }
        }
    }
}

fn waiting(item: &Item, session: &Session) -> Option<(Record, MessagePdu)> {
    let record = Record::decode(item.body.clone()).ok()?;
    if record.stage != Stage::Waiting || record.esme != session.system_id() {
        return None;
    }
    let message = record.submitted().ok()?;
    Some((record, message))
}

/// Our ids are numbers.
fn number(message_id: &[u8]) -> Option<ItemId> {
    std::str::from_utf8(message_id).ok()?.parse().ok().map(ItemId)
}

/// The source must be that of the message (§4.8.1); many ESMEs leave it out, and the message is theirs all the same.
pub(super) fn is_source(asked: Address<'_>, source: &[u8]) -> bool {
    asked.digits.is_empty() || asked.digits == source
}

fn ended(pdu: &QuerySm, state: MessageState, at: SystemTime) -> QuerySmResp {
    let answer = pdu.report(state);
    match AbsoluteTime::from_system_time(at) {
        Some(date) => answer.final_date(SmppTime::from(date)),
        None => answer,
    }
}
