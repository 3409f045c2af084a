//! Intermediate notifications: how a message goes that has not ended (SMPP 3.4 §5.2.12).

use std::{sync::Arc, time::SystemTime};

use wirepath_runtime::store::ItemId;

use super::{
    correlation, notice,
    receipts::Taken,
    record::{ErrorCode, Record, Stage},
    settle,
    spool::{Inner, refused},
};
use crate::{
    handle::SessionId,
    protocol::{
        MessageId, MessageState, Receipt, Status, message_id_form::MessageIdForm, pdu::DeliverSm,
    },
};

/// SMPP 3.4 §5.2.17, bit 4: the sender wants to hear of it.
const ASKED: u8 = 0x10;

impl Inner {
    /// Takes an intermediate notification that came on a bind. The ESME whose message it is for gets it, under the number that it
    /// knows the message by, if it has asked for such and is bound: news that can be old tomorrow is not stored.
    ///
    /// Its answer is waited for no longer than a receipt whose message is not known yet: whatever it is, the SMSC has done its part.
    pub(super) async fn intermediate(
        self: &Arc<Self>,
        bind: &str,
        form: MessageIdForm,
        said: &Receipt<'_>,
    ) -> Result<Taken, Status> {
        let Some(id) = said.id().and_then(|id| MessageId::new(id).ok()) else {
            return Ok(Taken::Unknown);
        };
        let key = correlation::key(bind, form.normal(id));
        let Some((id, _)) = self.correlate(&key).await? else { return Ok(Taken::Unknown) };
        let found = self.store.item(id).await;
        let found = found.map_err(|error| refused(&error, Status::RX_T_APPN))?;
        // What cannot be read says so when its receipt comes.
        let record = found.and_then(|found| Record::decode(found.item.body).ok());
        if let Some(record) = record.filter(is_asked_for) {
            let told = self.tell(id, record, said);
            // Nobody has to have it.
            let _ = tokio::time::timeout(self.config.orphan_hold(), told).await;
        }
        Ok(Taken::Ours)
    }

    async fn tell(&self, id: ItemId, mut record: Record, said: &Receipt<'_>) {
        record.state = said.state().unwrap_or(MessageState::UNKNOWN);
        record.err = ErrorCode::new(said.err().unwrap_or_default());
        record.settled = SystemTime::now();
        let pdu: DeliverSm = match notice::intermediate(id, &record) {
            Ok(pdu) => pdu,
            Err(error) => return tracing::debug!(%id, %error, "no intermediate notification"),
        };
        let Ok(esme) = std::str::from_utf8(record.esme.as_bytes()) else { return };
        // Not before the response that says which message it is for.
        let (run, session) = record.origin;
        if run == self.run
            && let Some(session) = self.smpp.session(SessionId(session))
        {
            let _ = session.flush().await;
        }
        if let Err(error) = self.smpp.downstream(esme).deliver_sm(&pdu).await {
            tracing::debug!(%id, %error, "an intermediate notification was not taken");
        }
    }
}

fn is_asked_for(record: &Record) -> bool {
    record.stage == Stage::Sent && settle::registered_delivery(record) & ASKED != 0
}
