//! A session with the handlers under test, seen from the peer.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::DuplexStream,
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::peer::{self, Reader, Shared};
use crate::{
    handler::UnbindCause,
    protocol::{
        Frame, Status,
        pdu::{
            BroadcastSm, BroadcastSmResp, CancelBroadcastSm, CancelBroadcastSmResp, CancelSm,
            CancelSmResp, DataSm, DataSmResp, EnquireLink, Pdu, QueryBroadcastSm,
            QueryBroadcastSmResp, QuerySm, QuerySmResp, ReplaceSm, ReplaceSmResp, Request,
            RequestPdu, Response, ResponsePdu, SubmitMulti, SubmitMultiResp, SubmitSm,
            SubmitSmResp, Unbind,
        },
    },
};

/// The ESME's end of a session with the handlers under test.
///
/// What they send is answered with `ESME_ROK` until [`answer_with`](Self::answer_with) says otherwise; so are the engine's
/// own `enquire_link` and `unbind`, until [`keep_silent`](Self::keep_silent). Dropped, it disconnects.
#[derive(Debug)]
pub struct TestSession {
    shared: Arc<Shared>,
    out: mpsc::UnboundedSender<Bytes>,
    requests: mpsc::UnboundedReceiver<RequestPdu>,
    answers: mpsc::UnboundedReceiver<Frame>,
    sequence: AtomicU32,
    tasks: [JoinHandle<()>; 2],
    engine: Option<JoinHandle<UnbindCause>>,
    cause: Option<UnbindCause>,
}

impl TestSession {
    pub(super) fn new(stream: DuplexStream, engine: JoinHandle<UnbindCause>) -> Self {
        let (read, write) = tokio::io::split(stream);
        let (out, queue) = mpsc::unbounded_channel();
        let (request, requests) = mpsc::unbounded_channel();
        let (answer, answers) = mpsc::unbounded_channel();
        let shared = Arc::<Shared>::default();
        let reader = Reader {
            shared: Arc::clone(&shared),
            out: out.clone(),
            requests: request,
            answers: answer,
        };
        let tasks = [tokio::spawn(reader.run(read)), tokio::spawn(peer::write(write, queue))];
        Self {
            shared,
            out,
            requests,
            answers,
            sequence: AtomicU32::new(1),
            tasks,
            engine: Some(engine),
            cause: None,
        }
    }

    /// Sends a request and waits for its answer, whatever its status. Several may be under way at a time.
    ///
    /// # Panics
    ///
    /// If the session ends without an answer, or the answer cannot be read.
    pub async fn request<R: Request>(&self, pdu: &R) -> R::Response {
        match self.try_request(pdu).await {
            Some(answer) => answer,
            None => panic!("the session ended without an answer to {}", pdu.command()),
        }
    }

    /// Sends a request and waits for its answer; `None` if the session ends first.
    ///
    /// # Panics
    ///
    /// If the answer cannot be read.
    pub async fn try_request<R: Request>(&self, pdu: &R) -> Option<R::Response> {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        {
            let mut inner = self.shared.lock();
            if inner.is_over {
                return None;
            }
            inner.waiting.insert(sequence, answer);
        }
        let mut octets = BytesMut::new();
        pdu.encode(sequence, &mut octets);
        self.send_bytes(octets);
        answered.await.ok().map(|frame| peer::read(pdu.command(), frame))
    }

    /// Sends octets as they are. Their answers come out of [`next_answer`](Self::next_answer).
    pub fn send_bytes(&self, octets: impl Into<Bytes>) {
        // After the end there is nobody to send to; the test sees that by what it does not get.
        drop(self.out.send(octets.into()));
    }

    /// The next response to octets of [`send_bytes`](Self::send_bytes), or `None` once the session is over.
    pub async fn next_answer(&mut self) -> Option<Frame> {
        self.answers.recv().await
    }

    /// The next PDU that the handlers have sent: `deliver_sm`, `data_sm`, `alert_notification`. `None` once the session is
    /// over and there are no more.
    pub async fn next_pdu(&mut self) -> Option<RequestPdu> {
        self.requests.recv().await
    }

    /// Everything that the handlers have sent so far, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<RequestPdu> {
        self.shared.lock().sent.clone()
    }

    /// Of [`sent`](Self::sent), the PDUs of one type.
    #[must_use]
    pub fn sent_as<T: TryFrom<RequestPdu>>(&self) -> Vec<T> {
        self.sent().into_iter().filter_map(|pdu| T::try_from(pdu).ok()).collect()
    }

    /// How often the engine has asked whether this peer is there.
    #[must_use]
    pub fn enquiries(&self) -> usize {
        self.shared.lock().enquiries
    }

    /// Answers what the handlers send from now on: with a response (`pdu.accept().into()`), or not at all (`None`).
    pub fn answer_with(
        &self,
        answer: impl FnMut(&RequestPdu) -> Option<ResponsePdu> + Send + 'static,
    ) {
        self.shared.lock().answerer = Some(Box::new(answer));
    }

    /// Answers everything that the handlers send from now on with one status.
    pub fn answer_status(&self, status: Status) {
        self.answer_with(move |pdu| Some(ResponsePdu::of_status(pdu.command(), status)));
    }

    /// Answers nothing from now on, `enquire_link` and `unbind` included: a peer that hangs.
    pub fn keep_silent(&self) {
        self.shared.lock().keeps_silent = true;
    }

    /// Sends `unbind`, waits for the answer and for the end of the session, handlers of `"unbound"` included.
    ///
    /// # Panics
    ///
    /// If the session ends without an answer.
    pub async fn unbind(&mut self) -> UnbindCause {
        self.request(&Unbind).await;
        self.ended().await
    }

    /// Closes the connection without a word, as a peer that crashes does.
    pub fn disconnect(&self) {
        for task in &self.tasks {
            task.abort();
        }
        let mut inner = self.shared.lock();
        inner.is_over = true;
        inner.waiting.clear();
    }

    /// Waits for the end of the session, and of its handlers, and says why it ended.
    ///
    /// # Panics
    ///
    /// With a handler's own panic, if one ended the session.
    pub async fn ended(&mut self) -> UnbindCause {
        if let Some(cause) = self.cause {
            return cause;
        }
        let Some(engine) = &mut self.engine else { return UnbindCause::Disconnected };
        let ended = engine.await;
        self.engine = None;
        let cause = match ended {
            Ok(cause) => cause,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => UnbindCause::Disconnected,
        };
        self.cause = Some(cause);
        cause
    }
}

impl Drop for TestSession {
    fn drop(&mut self) {
        self.disconnect();
    }
}

macro_rules! requests {
    ($($(#[$doc:meta])* $name:ident($pdu:ident) -> $resp:ident;)*) => {
        impl TestSession {$(
            $(#[$doc])*
            ///
            /// # Panics
            ///
            /// As [`request`](Self::request).
            pub async fn $name(&self, pdu: &$pdu) -> $resp {
                self.request(pdu).await
            }
        )*}
    };
}

requests! {
    /// Sends `submit_sm`.
    submit_sm(SubmitSm) -> SubmitSmResp;
    /// Sends `submit_multi`.
    submit_multi(SubmitMulti) -> SubmitMultiResp;
    /// Sends `data_sm`.
    data_sm(DataSm) -> DataSmResp;
    /// Sends `query_sm`.
    query_sm(QuerySm) -> QuerySmResp;
    /// Sends `cancel_sm`.
    cancel_sm(CancelSm) -> CancelSmResp;
    /// Sends `replace_sm`.
    replace_sm(ReplaceSm) -> ReplaceSmResp;
    /// Sends `broadcast_sm`.
    broadcast_sm(BroadcastSm) -> BroadcastSmResp;
    /// Sends `query_broadcast_sm`.
    query_broadcast_sm(QueryBroadcastSm) -> QueryBroadcastSmResp;
    /// Sends `cancel_broadcast_sm`.
    cancel_broadcast_sm(CancelBroadcastSm) -> CancelBroadcastSmResp;
}

impl TestSession {
    /// Asks whether the engine is there.
    ///
    /// # Panics
    ///
    /// As [`request`](Self::request).
    pub async fn enquire_link(&self) -> Status {
        self.request(&EnquireLink).await.status()
    }
}
