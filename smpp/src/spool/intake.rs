//! What becomes of a message at the door: where it goes, until when, and what is stored of it.

use std::time::SystemTime;

use wirepath_runtime::store::{Item, ItemId};

use super::{
    lane,
    outcome::Failover,
    record::{Record, Stage},
    spool::{Spool, binds, owner},
    times::Times,
};
use crate::{
    handle::Session,
    protocol::{
        Status,
        pdu::{DataSm, DeliverSm, SubmitSm},
    },
    routing::{Message, Origin, Query, Route},
};

/// The longest address that a receipt can be sent from or to: a `deliver_sm` has no longer ones (SMPP 3.4 §5.2.8, §5.2.9).
const MAX_ADDRESS: usize = 20;

/// A message of an ESME's, as it came.
#[derive(Clone, Copy, Debug)]
pub(super) enum Submitted<'a> {
    Submit(&'a SubmitSm),
    Data(&'a DataSm),
}

impl<'a> From<&'a SubmitSm> for Submitted<'a> {
    fn from(pdu: &'a SubmitSm) -> Self {
        Self::Submit(pdu)
    }
}

impl<'a> From<&'a DataSm> for Submitted<'a> {
    fn from(pdu: &'a DataSm) -> Self {
        Self::Data(pdu)
    }
}

impl Spool {
    /// As [`accept`](Self::accept), for a `data_sm`. It goes on as one.
    ///
    /// `qos_time_to_live` (SMPP 3.4 §5.3.2.9) is its validity. Whatever its messaging mode is, it is stored and forwarded.
    ///
    /// # Errors
    ///
    /// As [`accept`](Self::accept); and `RINVSRCADR` or `RINVDSTADR` for an address of more than 20 octets, which no receipt
    /// could have.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the message may have been taken all the same.
    pub async fn accept_data(
        &self,
        pdu: &DataSm,
        session: &Session,
        route: &Route,
    ) -> Result<ItemId, Status> {
        let mut item = self.item(pdu.into(), session, route, None)?;
        item.id = self.inner.id().await?;
        self.inner.keep(item).await
    }

    /// What is stored of a message, still without a number. `multi` is what its sender calls it, if it is one of several.
    pub(super) fn item(
        &self,
        message: Submitted<'_>,
        session: &Session,
        route: &Route,
        multi: Option<ItemId>,
    ) -> Result<Item, Status> {
        let inner = &self.inner;
        let now = SystemTime::now();
        let esme = session.system_id();
        let (times, priority, mut record) = match message {
            Submitted::Submit(pdu) => {
                let (schedule, validity) = (pdu.schedule_delivery_time(), pdu.validity_period());
                let times = Times::of(schedule, validity, now, &inner.config)?;
                (times, pdu.priority_flag(), Record::accepted(pdu, Stage::Waiting, esme, now))
            }
            Submitted::Data(pdu) => {
                check_addresses(pdu)?;
                let times = Times::of_life(pdu.tlvs().qos_time_to_live(), now, &inner.config)?;
                (times, 0, Record::accepted(pdu, Stage::Waiting, esme, now))
            }
        };
        record.deadline = times.deadline;
        record.origin = (inner.run, session.id().0);
        record.multi = multi;
        let lane = match owner(route) {
            Some(esme) => {
                record.stage = Stage::Inbound;
                lane::inward(esme)
            }
            None => {
                record.failover = Failover::of(route).0;
                record.chain = binds(route);
                let lane = record.lane();
                inner.see_to(&record.chain, &lane)?;
                lane
            }
        };
        Ok(Item {
            id: ItemId::default(),
            lane,
            // A lenient ESME may have written more.
            priority: priority.min(Item::MAX_PRIORITY),
            due: times.due,
            queued: now,
            attempts: 0,
            body: record.encode(),
        })
    }

    /// The route that `routing` has for a message of an ESME's.
    pub(super) fn route(&self, message: Submitted<'_>, session: &Session) -> Route {
        let (source, destination) = match message {
            Submitted::Submit(pdu) => (pdu.source(), pdu.destination()),
            Submitted::Data(pdu) => (pdu.source(), pdu.destination()),
        };
        let esme = session.system_id();
        let query = Query::new(destination.digits).source(source.digits).esme(esme.as_bytes());
        self.inner.smpp.route(&query)
    }

    /// Takes a message that came on a bind.
    ///
    /// Parts in packed septets each begin on a boundary of their own, and could not be put together as they are.
    pub(super) async fn deliver_from(
        &self,
        pdu: &DeliverSm,
        session: &Session,
    ) -> Result<ItemId, Status> {
        let smpp = &self.inner.smpp;
        let is_packed = pdu.data_coding() == 0
            && smpp
                .bind_of(session.id())
                .is_some_and(|bind| smpp.bind(&bind).text_settings().packed);
        self.inner.take_inbound(pdu, self.esme_of(pdu)?, !is_packed).await
    }

    /// The same for a `data_sm`: its ESME gets it as a `deliver_sm`.
    pub(super) async fn deliver_data(
        &self,
        pdu: &DataSm,
        session: &Session,
    ) -> Result<ItemId, Status> {
        let message = Message::from(pdu).with_origin(Origin::Bind);
        // An address that is too long for it will be so the next time, too.
        let pdu = message.to_deliver_sm().map_err(|_| Status::RX_P_APPN)?;
        self.deliver_from(&pdu, session).await
    }
}

fn check_addresses(pdu: &DataSm) -> Result<(), Status> {
    if pdu.source().digits.len() > MAX_ADDRESS {
        return Err(Status::RINVSRCADR);
    }
    if pdu.destination().digits.len() > MAX_ADDRESS {
        return Err(Status::RINVDSTADR);
    }
    Ok(())
}
