//! What a session's task and the handles on it share.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use tokio::{
    sync::{Notify, Semaphore, oneshot},
    time::Instant,
};

use super::{hub::Hub, pipe::Pipe};
use crate::{
    handle::{Counters, SendError, SessionId, Smpp},
    handler::UnbindCause,
    protocol::{
        CommandId, Frame, Header, Role, Status, SystemId, Window, may_send,
        pdu::{BindKind, Pdu, Request},
    },
};

/// Output of ours that may wait for the session's task, in octets, before commands that no window bounds are refused.
const QUEUE_LIMIT: usize = 256 * 1024;

/// The shared half of a session. The other half, [`Connection`](super::connection::Connection), is its task's alone.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: SessionId,
    pub(crate) role: Role,
    pub(crate) peer: SocketAddr,
    pub(crate) certificate: Option<Bytes>,
    /// When the connection was made; the session-init timer counts from here.
    pub(super) opened: Instant,
    pub(crate) hub: Arc<Hub>,
    pub(crate) smpp: Smpp,
    pub(crate) bound: OnceLock<BoundAs>,
    pub(crate) counters: Counters,
    /// Notified once the session is over.
    pub(crate) ended: Notify,
    /// The last flush that was asked for and is done; those before it are, too.
    flushed: AtomicU64,
    /// Notified with every change to `flushed`, and once the session is over.
    flushes: Notify,
    /// One permit for each request that may be sent: it goes when the request goes, and comes back with its answer.
    permits: Semaphore,
    outgoing: Mutex<Outgoing>,
    /// Set with every change to `outgoing` that the task has to see; it swaps it back when it looks.
    dirty: AtomicBool,
    pub(super) task: AtomicWaker,
}

/// What is known of a session once it is bound.
#[derive(Debug)]
pub(crate) struct BoundAs {
    pub(crate) kind: BindKind,
    pub(crate) system_id: SystemId,
    pub(crate) at: SystemTime,
    /// Below SMPP 3.4: no TLVs are sent (SMPP 3.4 §3.2.4).
    pub(crate) is_old: bool,
}

#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) window: Window<Waiting>,
    /// Requests, encoded, that the task has not taken yet.
    pub(super) queue: BytesMut,
    /// PDUs entered into the queue that the task has not counted yet.
    pub(super) queued: u64,
    pub(super) order: Option<Order>,
    /// Flushes that were asked for so far.
    pub(super) flushes: u64,
    over: Option<UnbindCause>,
}

/// Something that the task is asked to do with the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Once what is in hand is done, or then.
    Unbind {
        by: Option<Instant>,
    },
    Close,
}

/// Who waits for the answer to a request.
#[derive(Debug)]
pub(crate) enum Waiting {
    Call(oneshot::Sender<Result<Frame, SendError>>),
    Pipe(Arc<Pipe>, u64),
    EnquireLink,
    Unbind,
}

impl Link {
    pub(super) fn new(
        id: SessionId,
        role: Role,
        peer: SocketAddr,
        certificate: Option<Bytes>,
        hub: Arc<Hub>,
        window: usize,
        response_timer: Duration,
    ) -> Self {
        let window = window.max(1);
        Self {
            id,
            role,
            peer,
            certificate,
            opened: Instant::now(),
            smpp: Smpp::new(Arc::clone(&hub)),
            hub,
            bound: OnceLock::new(),
            counters: Counters::default(),
            ended: Notify::new(),
            flushed: AtomicU64::new(0),
            flushes: Notify::new(),
            permits: Semaphore::new(window.min(Semaphore::MAX_PERMITS)),
            outgoing: Mutex::new(Outgoing {
                window: Window::new(window, response_timer),
                queue: BytesMut::new(),
                queued: 0,
                order: None,
                flushes: 0,
                over: None,
            }),
            dirty: AtomicBool::new(false),
            task: AtomicWaker::new(),
        }
    }

    pub(super) fn opened_at(self, opened: Instant) -> Self {
        Self { opened, ..self }
    }

    /// Nothing panics while it holds the lock, so a poisoned one would still be sound.
    pub(super) fn outgoing(&self) -> MutexGuard<'_, Outgoing> {
        self.outgoing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True once since the last change.
    #[inline]
    pub(super) fn take_dirty(&self) -> bool {
        self.dirty.load(Ordering::Relaxed) && self.dirty.swap(false, Ordering::Acquire)
    }

    /// Tells the task that `outgoing` has changed. Only the first change since it last looked wakes it.
    fn mark_dirty(&self) {
        if !self.dirty.swap(true, Ordering::Release) {
            self.task.wake();
        }
    }

    /// Checks that the bind allows the command in this direction, and that the peer's version can carry the PDU: without its
    /// TLVs it must still be the message that it was.
    fn allow(&self, pdu: &impl Pdu) -> Result<&BoundAs, SendError> {
        let command = pdu.command();
        let bound = self.bound.get().ok_or(SendError::NotBound)?;
        if !may_send(self.role, bound.kind, command) {
            return Err(SendError::NotAllowed { command, kind: bound.kind });
        }
        if bound.is_old && (is_newer_than_33(command) || pdu.needs_tlvs()) {
            return Err(SendError::NeedsNewer { command });
        }
        Ok(bound)
    }

    /// Waits for a place in the window, then queues the request.
    ///
    /// Cancel safe: until a place is found nothing is sent; after that nothing is awaited.
    pub(crate) async fn send<R: Request>(
        &self,
        pdu: &R,
        waiting: Waiting,
    ) -> Result<(), SendError> {
        let bound = self.allow(pdu)?;
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => {
                self.permits.acquire().await.map_err(|_| SendError::SessionLost { sent: false })?
            }
        };
        self.enter(pdu, bound.is_old, waiting)?;
        permit.forget();
        Ok(())
    }

    /// Queues the request if there is a place in the window now.
    pub(crate) fn try_send<R: Request>(
        &self,
        pdu: &R,
        waiting: Waiting,
    ) -> Result<bool, SendError> {
        let bound = self.allow(pdu)?;
        let Ok(permit) = self.permits.try_acquire() else {
            return if self.permits.is_closed() {
                Err(SendError::SessionLost { sent: false })
            } else {
                Ok(false)
            };
        };
        self.enter(pdu, bound.is_old, waiting)?;
        permit.forget();
        Ok(true)
    }

    fn enter<R: Request>(&self, pdu: &R, is_old: bool, waiting: Waiting) -> Result<(), SendError> {
        let mut outgoing = self.outgoing();
        if outgoing.over.is_some() || outgoing.order.is_some() {
            return Err(SendError::NotBound);
        }
        // The permit is the place; the window agrees with it.
        let sequence = outgoing
            .window
            .begin(Instant::now().into_std(), waiting)
            .map_err(|_| SendError::NotBound)?;
        match is_old {
            true => pdu.encode_without_tlvs(sequence, &mut outgoing.queue),
            false => pdu.encode(sequence, &mut outgoing.queue),
        }
        outgoing.queued += 1;
        drop(outgoing);
        self.mark_dirty();
        Ok(())
    }

    /// Queues a PDU that has no answer.
    pub(crate) fn notify(&self, pdu: &impl Pdu) -> Result<(), SendError> {
        let bound = self.allow(pdu)?;
        let mut outgoing = self.outgoing();
        if outgoing.over.is_some() || outgoing.order.is_some() {
            return Err(SendError::NotBound);
        }
        if outgoing.queue.len() > QUEUE_LIMIT {
            return Err(SendError::Busy);
        }
        // No answer will come, so any number does; it must only not be that of a request in flight.
        match bound.is_old {
            true => pdu.encode_without_tlvs(NO_ANSWER, &mut outgoing.queue),
            false => pdu.encode(NO_ANSWER, &mut outgoing.queue),
        }
        outgoing.queued += 1;
        drop(outgoing);
        self.mark_dirty();
        Ok(())
    }

    /// Not over, nor asked to end.
    pub(super) fn is_open(&self) -> bool {
        let outgoing = self.outgoing();
        outgoing.over.is_none() && outgoing.order.is_none()
    }

    /// Asks the task to end the session. `Close` overrules `Unbind`.
    pub(crate) fn order(&self, order: Order) {
        let mut outgoing = self.outgoing();
        outgoing.order = Some(match (outgoing.order, order) {
            (Some(Order::Close), _) | (_, Order::Close) => Order::Close,
            // The earlier of two deadlines stands.
            (Some(Order::Unbind { by: first }), Order::Unbind { by: second }) => {
                Order::Unbind { by: first.into_iter().chain(second).min() }
            }
            (None, unbind) => unbind,
        });
        drop(outgoing);
        self.mark_dirty();
    }

    /// Waits until everything that was to be written when this was called has been.
    pub(crate) async fn flush(&self) -> Result<(), UnbindCause> {
        let mark = {
            let mut outgoing = self.outgoing();
            outgoing.flushes += 1;
            outgoing.flushes
        };
        self.mark_dirty();
        loop {
            let flushed = self.flushes.notified();
            tokio::pin!(flushed);
            flushed.as_mut().enable();
            if self.flushed.load(Ordering::Acquire) >= mark {
                return Ok(());
            }
            if let Some(cause) = self.over() {
                return Err(cause);
            }
            flushed.await;
        }
    }

    /// Somebody asked for this flush, and it is not done.
    pub(super) fn is_to_flush(&self, flush: u64) -> bool {
        self.flushed.load(Ordering::Relaxed) != flush
    }

    /// What was in the output when this flush was collected has gone out.
    #[inline]
    pub(super) fn flushed(&self, flush: u64) {
        if self.is_to_flush(flush) {
            self.flushed.store(flush, Ordering::Release);
            self.flushes.notify_waiters();
        }
    }

    /// Changes the window's size. For the moment when the bind is decided: nothing is in flight yet.
    pub(super) fn set_window(&self, places: usize) {
        let places = places.clamp(1, Semaphore::MAX_PERMITS);
        let before = self.outgoing().window.set_limit(places);
        match places.checked_sub(before) {
            Some(more) => self.permits.add_permits(more),
            None => drop(self.permits.forget_permits(before - places)),
        }
    }

    /// Gives places in the window back.
    pub(super) fn release(&self, places: usize) {
        if places > 0 {
            self.permits.add_permits(places);
        }
    }

    /// Ends everything that waits. Idempotent: the first cause stands.
    pub(super) fn end(&self, cause: UnbindCause) {
        let waiting: Vec<Waiting> = {
            let mut outgoing = self.outgoing();
            outgoing.over.get_or_insert(cause);
            outgoing.queue = BytesMut::new();
            outgoing.window.drain().collect()
        };
        self.permits.close();
        for waiting in waiting {
            waiting.resolve(Err(SendError::SessionLost { sent: true }));
        }
        self.ended.notify_waiters();
        self.flushes.notify_waiters();
    }

    /// Why it is over, once it is.
    pub(crate) fn over(&self) -> Option<UnbindCause> {
        self.outgoing().over
    }
}

/// The commands of a session that SMPP 3.4 or 5.0 brought: an older peer has no name for them.
const fn is_newer_than_33(command: CommandId) -> bool {
    matches!(
        command,
        CommandId::DATA_SM
            | CommandId::ALERT_NOTIFICATION
            | CommandId::BROADCAST_SM
            | CommandId::QUERY_BROADCAST_SM
            | CommandId::CANCEL_BROADCAST_SM
    )
}

/// The sequence number of PDUs that are never answered.
const NO_ANSWER: u32 = 0x7FFF_FFFF;

impl Waiting {
    /// True if the request took a place in the window.
    pub(super) fn has_place(&self) -> bool {
        matches!(self, Self::Call(_) | Self::Pipe(..))
    }

    /// Hands the outcome over. A caller that has gone away is no error: its request was answered all the same.
    pub(super) fn resolve(self, outcome: Result<Frame, SendError>) {
        match self {
            Self::Call(caller) => drop(caller.send(outcome)),
            Self::Pipe(pipe, tag) => pipe.push(tag, outcome),
            Self::EnquireLink | Self::Unbind => {}
        }
    }
}

/// Reads the answer to a request of type `R`.
pub(crate) fn read_answer<R: Request>(frame: Frame) -> Result<R::Response, SendError> {
    use crate::protocol::{Rules, pdu::Response};

    let Header { command, status, .. } = frame.header();
    if !status.is_ok() {
        return Err(SendError::Rejected(status));
    }
    if command == CommandId::GENERIC_NACK {
        return Err(SendError::Rejected(Status::RINVCMDID));
    }
    let response = R::Response::decode(frame, Rules::Lenient).map_err(SendError::BadAnswer)?;
    debug_assert!(response.status().is_ok());
    Ok(response)
}
