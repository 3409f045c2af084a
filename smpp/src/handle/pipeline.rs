//! Many requests in flight from one task.

use std::{collections::VecDeque, future::poll_fn, marker::PhantomData, sync::Arc};

use super::{SendError, Session};
use crate::{
    engine::{Pipe, Settled, read_answer},
    protocol::pdu::Request,
};

/// Sends requests of one type without waiting for each answer, and collects the answers in the order in which they come.
///
/// One task keeps a whole window in flight: the session's task is woken once for a burst of requests, and this one once
/// for a burst of answers. That is what makes it several times faster than a task for each request.
///
/// At most [`Pipeline::MAX_UNCOLLECTED`] requests may be outstanding, answered or not.
///
/// ```no_run
/// # async fn run(session: wirepath_smpp::Session, pdu: wirepath_smpp::SubmitSm) -> Result<(), wirepath_smpp::SendError> {
/// let mut pipeline = session.pipeline();
/// for tag in 0..1_000 {
///     pipeline.send(&pdu, tag).await?;
///     while let Some((tag, answer)) = pipeline.try_next() {
///         println!("{tag}: {}", answer?.message_id);
///     }
/// }
/// while let Some((tag, answer)) = pipeline.next().await {
///     println!("{tag}: {}", answer?.message_id);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Pipeline<R> {
    session: Session,
    pipe: Arc<Pipe>,
    collected: VecDeque<Settled>,
    request: PhantomData<fn(R)>,
}

impl<R: Request> Pipeline<R> {
    /// The most requests that may be sent and not collected.
    pub const MAX_UNCOLLECTED: usize = 65_536;

    pub(super) fn new(session: Session) -> Self {
        Self { session, pipe: Arc::default(), collected: VecDeque::new(), request: PhantomData }
    }

    /// Waits for a place in the session's window, and queues the request. `tag` comes back with its answer.
    ///
    /// # Errors
    ///
    /// [`SendError`] if it could not be queued; nothing was sent then.
    ///
    /// # Cancel safety
    ///
    /// Dropped while it waits, it has sent nothing.
    pub async fn send(&mut self, pdu: &R, tag: u64) -> Result<(), SendError> {
        self.check_room()?;
        self.session.send_piped(pdu, &self.pipe, tag).await
    }

    /// Queues the request if there is a place in the window now; says whether it did.
    ///
    /// # Errors
    ///
    /// [`SendError`] if it never can be.
    pub fn try_send(&mut self, pdu: &R, tag: u64) -> Result<bool, SendError> {
        self.check_room()?;
        self.session.try_send_piped(pdu, &self.pipe, tag)
    }

    fn check_room(&self) -> Result<(), SendError> {
        match self.outstanding() < Self::MAX_UNCOLLECTED {
            true => Ok(()),
            false => Err(SendError::Uncollected),
        }
    }

    /// Requests sent whose answer has not been collected.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.pipe.outstanding() + self.collected.len()
    }

    /// The next answer with its tag, or `None` if nothing is outstanding.
    ///
    /// # Cancel safety
    ///
    /// No answer is lost if it is dropped.
    pub async fn next(&mut self) -> Option<(u64, Result<R::Response, SendError>)> {
        if self.collected.is_empty() {
            if self.pipe.outstanding() == 0 {
                return None;
            }
            let Self { pipe, collected, .. } = self;
            poll_fn(|cx| pipe.poll_take(cx, collected)).await;
        }
        self.pop()
    }

    /// The next answer that is there already.
    pub fn try_next(&mut self) -> Option<(u64, Result<R::Response, SendError>)> {
        if self.collected.is_empty() {
            self.pipe.take(&mut self.collected);
        }
        self.pop()
    }

    fn pop(&mut self) -> Option<(u64, Result<R::Response, SendError>)> {
        let (tag, outcome) = self.collected.pop_front()?;
        Some((tag, outcome.and_then(read_answer::<R>)))
    }
}
