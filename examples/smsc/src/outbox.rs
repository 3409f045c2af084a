//! What goes to the ESMEs: a lane for each session that can receive.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::mpsc::{
    UnboundedReceiver, UnboundedSender, error::SendError as Closed, unbounded_channel,
};
use wirepath::smpp::{
    BindKind, DeliverSm, Pipeline, SendError, Session, SessionId, Smpp, Status, SystemId,
};

use crate::{message::Notice, receipts, smsc::Smsc};

/// Mobile-originated messages that may wait in all lanes; above it, they are not made.
const MAX_MO: usize = 1_000;

/// How often a receipt is offered again to an ESME that has no room for it, and after how long.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

/// Something to deliver.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// A receipt or an intermediate notification, and how often it has been offered.
    Notice(Notice, u32),
    /// A mobile-originated message.
    Mo(DeliverSm),
}

/// Hands parcels to the sessions that can receive.
///
/// The lanes are not bounded themselves: the receipts in them are owed by messages that are held, whose number is
/// bounded, and mobile-originated messages have a bound of their own.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    lanes: Mutex<Lanes>,
    mo_waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct Lanes {
    open: HashMap<SessionId, UnboundedSender<Parcel>>,
    /// Receipts of ESMEs that have no receiver bound.
    waiting: HashMap<SystemId, Vec<Parcel>>,
}

impl Outbox {
    /// Nothing panics while it holds the lock, so a poisoned one would still be sound.
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the lane of a session that can receive. What waited for a receiver of its system_id goes into it.
    pub(crate) fn open(&self, session: &Session) -> Option<UnboundedReceiver<Parcel>> {
        session.kind().filter(|kind| kind.can_receive())?;
        let (lane, parcels) = unbounded_channel();
        let mut lanes = self.lanes();
        for parcel in lanes.waiting.remove(&session.system_id()).into_iter().flatten() {
            // The other end is two lines away.
            let _ = lane.send(parcel);
        }
        lanes.open.insert(session.id(), lane);
        Some(parcels)
    }

    fn close(&self, id: SessionId) {
        self.lanes().open.remove(&id);
    }

    /// Puts a notice in the lane of the session that submitted the message; gives it back if that cannot receive.
    pub(crate) fn post_back(&self, notice: Notice) -> Result<(), Notice> {
        let lanes = self.lanes();
        let Some(lane) = notice.message.session.and_then(|id| lanes.open.get(&id)) else {
            return Err(notice);
        };
        match lane.send(Parcel::Notice(notice, 0)) {
            Err(Closed(Parcel::Notice(notice, _))) => Err(notice),
            _ => Ok(()),
        }
    }

    /// Sends a notice on its way: to the session that submitted the message if that can receive, else to any receiver of
    /// the same system_id, else it waits for one. An intermediate notification does not wait: it would be old news.
    pub(crate) fn post(&self, notice: Notice, attempts: u32, smpp: &Smpp) {
        let system_id = notice.message.system_id;
        let other = || system_id.as_str().and_then(|text| smpp.esme(text)).map(|esme| esme.id());
        let mut lanes = self.lanes();
        let own = notice.message.session.filter(|id| lanes.open.contains_key(id));
        let lane = own.or_else(other).and_then(|id| lanes.open.get(&id));
        let is_final = notice.is_final();
        let parcel = Parcel::Notice(notice, attempts);
        let parcel = match lane {
            Some(lane) => match lane.send(parcel) {
                Ok(()) => return,
                Err(back) => back.0,
            },
            None => parcel,
        };
        if is_final {
            lanes.waiting.entry(system_id).or_default().push(parcel);
        }
    }

    /// Puts a mobile-originated message in a session's lane, if there is room.
    pub(crate) fn post_mo(&self, pdu: DeliverSm, to: SessionId) -> bool {
        if self.mo_waiting.load(Ordering::Relaxed) >= MAX_MO {
            return false;
        }
        let posted =
            self.lanes().open.get(&to).is_some_and(|lane| lane.send(Parcel::Mo(pdu)).is_ok());
        if posted {
            self.mo_waiting.fetch_add(1, Ordering::Relaxed);
        }
        posted
    }
}

/// Delivers what is in a session's lane, as far as its window allows, until the session is over. What is left then is
/// posted again.
pub(crate) async fn carry(smsc: Arc<Smsc>, session: Session, parcels: UnboundedReceiver<Parcel>) {
    let pipeline = session.pipeline();
    let mut lane = Lane { smsc, session, parcels, pipeline, sent: HashMap::new(), next_tag: 0 };
    let unsent = lane.run().await;
    // What is left goes to other sessions: behind the answers that are still on their way out here.
    let _ = lane.session.flush().await;
    lane.smsc.outbox.close(lane.session.id());
    // Those in flight are answered, or lost with the session.
    while let Some((tag, answer)) = lane.pipeline.next().await {
        lane.settle(tag, answer.map(drop));
    }
    lane.parcels.close();
    let rest = std::iter::from_fn(|| lane.parcels.try_recv().ok());
    let left: Vec<Parcel> = unsent.into_iter().chain(rest).collect();
    for parcel in left {
        match parcel {
            Parcel::Notice(notice, attempts) => {
                lane.smsc.outbox.post(notice, attempts, lane.session.smpp());
            }
            Parcel::Mo(_) => lane.mo_settled(),
        }
    }
}

struct Lane {
    smsc: Arc<Smsc>,
    session: Session,
    parcels: UnboundedReceiver<Parcel>,
    pipeline: Pipeline<DeliverSm>,
    sent: HashMap<u64, Parcel>,
    next_tag: u64,
}

impl Lane {
    /// Runs until the session is over; gives back a parcel that could not be sent any more.
    async fn run(&mut self) -> Option<Parcel> {
        let session = self.session.clone();
        let ended = session.wait_ended();
        tokio::pin!(ended);
        loop {
            let answers = self.pipeline.outstanding() > 0;
            tokio::select! {
                Some((tag, answer)) = self.pipeline.next(), if answers => {
                    self.settle(tag, answer.map(drop));
                }
                Some(parcel) = self.parcels.recv() => {
                    if let Err(unsent) = self.send(parcel).await {
                        return Some(unsent);
                    }
                }
                _ = &mut ended => return None,
            }
        }
    }

    /// Waits for a place in the window, and sends. Gives the parcel back if the session is over.
    async fn send(&mut self, parcel: Parcel) -> Result<(), Parcel> {
        let built = match &parcel {
            Parcel::Notice(notice, _) => receipts::deliver_sm(notice, self.smsc.receipt_form),
            Parcel::Mo(pdu) => Ok(pdu.clone()),
        };
        let tag = self.next_tag;
        self.next_tag += 1;
        let sent = match built {
            Ok(pdu) => self.pipeline.send(&pdu, tag).await,
            Err(error) => Err(SendError::Build(error)),
        };
        match sent {
            Ok(()) => {
                self.sent.insert(tag, parcel);
                Ok(())
            }
            Err(error @ SendError::Build(_)) => {
                self.sent.insert(tag, parcel);
                self.settle(tag, Err(error));
                Ok(())
            }
            Err(_) => Err(parcel),
        }
    }

    /// The ESME has answered, or never will.
    fn settle(&mut self, tag: u64, answer: Result<(), SendError>) {
        let Some(parcel) = self.sent.remove(&tag) else { return };
        let Parcel::Notice(notice, attempts) = parcel else {
            self.mo_settled();
            return;
        };
        match answer {
            Ok(()) => self.smsc.counters.receipts.add(1),
            Err(SendError::Rejected(status)) if is_passing(status) && attempts < ATTEMPTS => {
                let (smsc, smpp) = (Arc::clone(&self.smsc), self.session.smpp().clone());
                tokio::spawn(async move {
                    tokio::time::sleep(PAUSE).await;
                    smsc.outbox.post(notice, attempts + 1, &smpp);
                });
                return;
            }
            // Not sent again: the ESME may have taken it, and one message has one receipt.
            Err(error) => {
                self.smsc.counters.receipts_failed.add(1);
                tracing::warn!(
                    session = %self.session.id(), message_id = %notice.id, %error, "a receipt was not taken"
                );
            }
        }
        if notice.is_final() {
            self.smsc.messages.settled(notice.id);
        }
    }

    fn mo_settled(&self) {
        self.smsc.outbox.mo_waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Slow down, not fail: the same receipt may be taken later.
fn is_passing(status: Status) -> bool {
    matches!(status, Status::RX_T_APPN | Status::RTHROTTLED | Status::RMSGQFUL)
}

/// Whether mobile-originated messages can go to a session.
pub(crate) fn receives(session: &Session) -> bool {
    session.kind().is_some_and(BindKind::can_receive)
}
