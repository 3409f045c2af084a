//! Faults on demand, as a tower layer around the handlers.

use std::{
    future::{Ready, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use crate::smsc::Count;
use futures_util::future::Either;
use tower_layer::Layer;
use tower_service::Service;
use wirepath::smpp::{CommandId, HandlerService, Request, Response, Status};

/// What goes wrong, and how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// Every message is answered this much later.
    pub latency: Duration,
    /// Every so many messages, one gets no answer.
    pub drop_every: Option<u64>,
    /// Every so many messages, one is answered with `ESME_RTHROTTLED`.
    pub throttle_every: Option<u64>,
    /// Every so many messages, one is answered with this.
    pub fail_every: Option<(u64, Status)>,
}

/// What happens to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Served,
    Dropped,
    Refused(Status),
}

impl Faults {
    /// What happens to the `n`th message, counted from 1.
    fn fate(&self, n: u64) -> Fate {
        let is_due = |every: u64| n.is_multiple_of(every);
        match self {
            Self { drop_every: Some(every), .. } if is_due(*every) => Fate::Dropped,
            Self { throttle_every: Some(every), .. } if is_due(*every) => {
                Fate::Refused(Status::RTHROTTLED)
            }
            Self { fail_every: Some((every, status)), .. } if is_due(*every) => {
                Fate::Refused(*status)
            }
            _ => Fate::Served,
        }
    }
}

/// Puts [`Faults`] around the handlers. Messages are counted over all sessions.
#[derive(Debug)]
pub(crate) struct FaultLayer {
    faults: Faults,
    injected: Count,
}

impl FaultLayer {
    /// Counts what it refuses or drops in `injected`.
    pub(crate) fn new(faults: Faults, injected: Count) -> Self {
        Self { faults, injected }
    }
}

impl<X> Layer<X> for FaultLayer {
    type Service = Faulty<X>;

    fn layer(&self, inner: X) -> Faulty<X> {
        Faulty {
            inner,
            faults: self.faults,
            messages: Arc::default(),
            injected: self.injected.clone(),
        }
    }
}

/// Handlers that go wrong on demand.
#[derive(Debug, Clone)]
pub(crate) struct Faulty<X> {
    inner: X,
    faults: Faults,
    messages: Arc<AtomicU64>,
    injected: Count,
}

/// An answer after a while; boxed, since only whoever asks for latency pays for it.
type Late<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl<X: HandlerService> Service<Request> for Faulty<X> {
    type Response = Response;
    type Error = X::Error;
    type Future = Either<
        Either<Ready<Result<Response, X::Error>>, X::Future>,
        Late<Result<Response, X::Error>>,
    >;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), X::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !request.command().is_some_and(is_message) {
            return Either::Left(Either::Right(self.inner.call(request)));
        }
        let n = self.messages.fetch_add(1, Ordering::Relaxed) + 1;
        let outcome = match self.faults.fate(n) {
            Fate::Served => Either::Right(self.inner.call(request)),
            fault => {
                self.injected.add(1);
                Either::Left(ready(Ok(match fault {
                    Fate::Refused(status) => request.answer(status),
                    // Silence takes no place among the parked handlers.
                    _ => Response::Silent,
                })))
            }
        };
        match self.faults.latency {
            Duration::ZERO => Either::Left(outcome),
            latency => Either::Right(Box::pin(async move {
                // The message is taken after the wait: its receipt cannot be ahead of its answer.
                tokio::time::sleep(latency).await;
                outcome.await
            })),
        }
    }
}

fn is_message(command: CommandId) -> bool {
    matches!(command, CommandId::SUBMIT_SM | CommandId::SUBMIT_MULTI | CommandId::DATA_SM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_turn() {
        let faults = Faults {
            drop_every: Some(6),
            throttle_every: Some(4),
            fail_every: Some((3, Status::RSYSERR)),
            ..Faults::default()
        };
        let fates: Vec<Fate> = (1..=12).map(|n| faults.fate(n)).collect();
        let (served, dropped) = (Fate::Served, Fate::Dropped);
        let (throttled, failed) =
            (Fate::Refused(Status::RTHROTTLED), Fate::Refused(Status::RSYSERR));
        assert_eq!(
            fates,
            [
                served, served, failed, throttled, served, dropped, served, throttled, failed,
                served, served, dropped
            ]
        );
    }

    #[test]
    fn without_faults_all_are_served() {
        assert!((1..=1_000).all(|n| Faults::default().fate(n) == Fate::Served));
    }
}
