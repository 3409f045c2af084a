//! The answers to requests that one task sent without waiting for each.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;

use crate::{handle::SendError, protocol::Frame};

/// An answer and the tag of its request.
pub(crate) type Settled = (u64, Result<Frame, SendError>);

/// The queue between a session's task and a pipeline. Bounded by the pipeline, which stops sending before it collects.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    settled: Mutex<VecDeque<Settled>>,
    owner: AtomicWaker,
    /// Requests sent and not collected.
    outstanding: AtomicUsize,
}

impl Pipe {
    pub(super) fn push(&self, tag: u64, outcome: Result<Frame, SendError>) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        settled.push_back((tag, outcome));
        let is_first = settled.len() == 1;
        drop(settled);
        // The owner empties the queue whenever it runs, so one wake-up covers what follows.
        if is_first {
            self.owner.wake();
        }
    }

    pub(crate) fn outstanding(&self) -> usize {
        self.outstanding.load(Ordering::Relaxed)
    }

    pub(crate) fn sent(&self) {
        self.outstanding.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn unsent(&self) {
        self.outstanding.fetch_sub(1, Ordering::Relaxed);
    }

    /// Moves what has been answered into `into`.
    pub(crate) fn poll_take(&self, cx: &mut Context<'_>, into: &mut VecDeque<Settled>) -> Poll<()> {
        if self.take(into) {
            return Poll::Ready(());
        }
        self.owner.register(cx.waker());
        match self.take(into) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    pub(crate) fn take(&self, into: &mut VecDeque<Settled>) -> bool {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if settled.is_empty() {
            return false;
        }
        let taken = settled.len();
        // The two queues change places, so neither is ever allocated anew.
        if into.is_empty() {
            std::mem::swap(&mut *settled, into);
        } else {
            into.append(&mut settled);
        }
        drop(settled);
        self.outstanding.fetch_sub(taken, Ordering::Relaxed);
        true
    }
}
