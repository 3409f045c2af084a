//! Inbound messages of a client as a stream, for programs that have no handlers.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::sync::mpsc;
use tower_service::Service;

use crate::{
    handler::{Event, Request, Response},
    protocol::{
        Status,
        pdu::{Pdu, RequestPdu, Response as _, ResponsePdu},
    },
};

/// What the peer sends to a client that was connected without handlers: `deliver_sm`, `data_sm`, `alert_notification`.
///
/// Each is answered with `ESME_ROK` once it is in the inbox. The inbox holds [`Inbox::CAPACITY`] of them; while it is full
/// the answers wait, and the peer with them. If it is dropped, everything is answered with `ESME_RX_T_APPN`.
#[derive(Debug)]
pub struct Inbox {
    receiver: mpsc::Receiver<RequestPdu>,
}

impl Inbox {
    /// PDUs that it holds.
    pub const CAPACITY: usize = 1_024;

    /// The next PDU, or `None` once the session is over and the inbox empty.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost if it is dropped.
    pub async fn next(&mut self) -> Option<RequestPdu> {
        self.receiver.recv().await
    }

    /// The next PDU if one is there.
    pub fn try_next(&mut self) -> Option<RequestPdu> {
        self.receiver.try_recv().ok()
    }

    pub(super) fn channel() -> (InboxService, Self) {
        let (sender, receiver) = mpsc::channel(Self::CAPACITY);
        (InboxService { sender }, Self { receiver })
    }
}

/// The handlers of a client that has none.
#[derive(Debug, Clone)]
pub(super) struct InboxService {
    sender: mpsc::Sender<RequestPdu>,
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

impl Service<Request> for InboxService {
    type Response = Response;
    type Error = Infallible;
    type Future =
        futures_util::future::Either<std::future::Ready<Result<Response, Infallible>>, Answering>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        use futures_util::future::Either;

        let Event::Pdu(pdu) = request.event else {
            return Either::Left(std::future::ready(Ok(Response::Silent)));
        };
        let command = pdu.command();
        let is_unanswered = pdu.is_unanswered();
        let answer = move |taken: bool| match is_unanswered {
            true => Response::Silent,
            false => {
                let status = if taken { Status::ROK } else { Status::RX_T_APPN };
                Response::Pdu(ResponsePdu::of_status(command, status))
            }
        };
        match self.sender.try_send(pdu) {
            Ok(()) => Either::Left(std::future::ready(Ok(answer(true)))),
            Err(mpsc::error::TrySendError::Closed(_)) => {
                Either::Left(std::future::ready(Ok(answer(false))))
            }
            Err(mpsc::error::TrySendError::Full(pdu)) => {
                let sender = self.sender.clone();
                Either::Right(Box::pin(async move { Ok(answer(sender.send(pdu).await.is_ok())) }))
            }
        }
    }
}
