//! What becomes of a message at the door: where it goes, until when, and what is stored of it.

use std::{sync::Arc, time::SystemTime};

use wirepath_runtime::store::{Item, ItemId};

use super::{
    layout::Entry,
    record::Stage,
    spool::{Keeping, Spool},
    times::Times,
    way::Way,
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

impl Submitted<'_> {
    /// Whether its sender may be told of its end: nobody may send it before its response is on its way.
    fn is_told(self, way: &Way) -> bool {
        let registered_delivery = match self {
            Self::Submit(pdu) => pdu.registered_delivery(),
            Self::Data(pdu) => pdu.registered_delivery(),
        };
        way.stage != Stage::Waiting || registered_delivery & 0b11 != 0
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
        let way = self.way_of(route)?;
        self.take(pdu.into(), session, &way).await
    }

    /// Takes a message along its way.
    pub(super) async fn take(
        &self,
        message: Submitted<'_>,
        session: &Session,
        way: &Way,
    ) -> Result<ItemId, Status> {
        let mut item = self.item(message, session, way, None)?;
        item.id = self.inner.id().await?;
        self.inner.keep(item, message.is_told(way)).await
    }

    /// Begins to take a `submit_sm`, if that needs nothing to be waited for: it is durable when what this gives is ready. `None` if
    /// it does.
    pub(super) fn begin(
        &self,
        pdu: &SubmitSm,
        session: &Session,
    ) -> Option<Result<Keeping, Status>> {
        let message = Submitted::from(pdu);
        if pdu.replace_if_present_flag() == 1 {
            return None;
        }
        let id = self.inner.ids.take()?;
        Some(self.way(message, session).and_then(|way| {
            let item = Item { id, ..self.item(message, session, &way, None)? };
            Ok(self.inner.keep(item, message.is_told(&way)))
        }))
    }

    /// What is stored of a message, still without a number. `multi` is what its sender calls it, if it is one of several.
    pub(super) fn item(
        &self,
        message: Submitted<'_>,
        session: &Session,
        way: &Way,
        multi: Option<ItemId>,
    ) -> Result<Item, Status> {
        let inner = &self.inner;
        let now = SystemTime::now();
        let entry = |times: &Times| Entry {
            way,
            esme: session.system_id(),
            origin: (inner.run, session.id().0),
            multi,
            accepted: now,
            deadline: times.deadline,
        };
        let (times, priority, body) = match message {
            Submitted::Submit(pdu) => {
                let (schedule, validity) = (pdu.schedule_delivery_time(), pdu.validity_period());
                let times = Times::of(schedule, validity, now, &inner.config)?;
                (times, pdu.priority_flag(), entry(&times).encode(pdu))
            }
            Submitted::Data(pdu) => {
                check_addresses(pdu)?;
                let times = Times::of_life(pdu.tlvs().qos_time_to_live(), now, &inner.config)?;
                (times, 0, entry(&times).encode(pdu))
            }
        };
        Ok(Item {
            id: ItemId::default(),
            lane: way.lane.clone(),
            // A lenient ESME may have written more.
            priority: priority.min(Item::MAX_PRIORITY),
            due: times.due,
            queued: now,
            attempts: 0,
            body,
        })
    }

    /// The way that `routing` has for a message of an ESME's.
    pub(super) fn way(
        &self,
        message: Submitted<'_>,
        session: &Session,
    ) -> Result<Arc<Way>, Status> {
        let (source, destination) = match message {
            Submitted::Submit(pdu) => (pdu.source(), pdu.destination()),
            Submitted::Data(pdu) => (pdu.source(), pdu.destination()),
        };
        let esme = session.system_id();
        let query = Query::new(destination.digits).source(source.digits).esme(esme.as_bytes());
        let router = self.inner.smpp.router();
        let found = router.route(&query);
        self.inner.way(found.steps(), |failure| found.fails_over(failure))
    }

    /// The way along a route.
    pub(super) fn way_of(&self, route: &Route) -> Result<Arc<Way>, Status> {
        self.inner.way(route.steps().iter(), |failure| route.fails_over(failure))
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
