//! The tasks that play the peer of a test's session.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf},
    sync::{mpsc, oneshot},
};

use crate::protocol::{
    CommandId, Frame, Rules, Status,
    pdu::{EnquireLinkResp, Pdu, RequestPdu, Response, ResponsePdu, UnbindResp},
};

/// How the peer answers what it is sent.
pub(super) type Answerer = Box<dyn FnMut(&RequestPdu) -> Option<ResponsePdu> + Send>;

/// What the test's side and the task that reads have in common.
#[derive(Default)]
pub(super) struct Shared {
    inner: Mutex<Inner>,
}

#[derive(Default)]
pub(super) struct Inner {
    /// Who waits for the answer with a number; gone once the stream is over.
    pub(super) waiting: HashMap<u32, oneshot::Sender<Frame>>,
    pub(super) is_over: bool,
    /// What the handlers have sent, in order.
    pub(super) sent: Vec<RequestPdu>,
    pub(super) enquiries: usize,
    pub(super) answerer: Option<Answerer>,
    pub(super) keeps_silent: bool,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("sent", &self.lock().sent.len()).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads to the end, hands answers to those who wait, and answers requests.
pub(super) struct Reader {
    pub(super) shared: Arc<Shared>,
    pub(super) out: mpsc::UnboundedSender<Bytes>,
    pub(super) requests: mpsc::UnboundedSender<RequestPdu>,
    pub(super) answers: mpsc::UnboundedSender<Frame>,
}

impl Reader {
    pub(super) async fn run(self, mut stream: ReadHalf<DuplexStream>) {
        let mut input = BytesMut::new();
        // A stream that is no SMPP is the engine's mistake; the test finds it missing an answer.
        while let Ok(octets @ 1..) = stream.read_buf(&mut input).await {
            debug_assert!(octets > 0);
            while let Ok(Some(frame)) = Frame::split(&mut input, usize::MAX) {
                self.take(frame);
            }
        }
        let mut inner = self.shared.lock();
        inner.is_over = true;
        inner.waiting.clear();
    }

    fn take(&self, frame: Frame) {
        let header = frame.header();
        if header.command.is_response() {
            let waiting = self.shared.lock().waiting.remove(&header.sequence);
            // Whoever does not look at further answers loses nothing.
            match waiting {
                Some(waiting) => drop(waiting.send(frame)),
                None => drop(self.answers.send(frame)),
            }
            return;
        }
        let Ok(pdu) = RequestPdu::decode(frame, Rules::Lenient) else { return };
        let answer = self.answer(&pdu);
        // Before it is answered: a handler that has its answer may be done, and the test look.
        if !matches!(pdu, RequestPdu::EnquireLink(_) | RequestPdu::Unbind(_)) {
            self.shared.lock().sent.push(pdu.clone());
            drop(self.requests.send(pdu));
        }
        if let Some(answer) = answer {
            let mut out = BytesMut::new();
            answer.encode(header.sequence, &mut out);
            drop(self.out.send(out.freeze()));
        }
    }

    fn answer(&self, pdu: &RequestPdu) -> Option<ResponsePdu> {
        let mut inner = self.shared.lock();
        if let RequestPdu::EnquireLink(_) = pdu {
            inner.enquiries += 1;
        }
        if inner.keeps_silent || pdu.is_unanswered() {
            return None;
        }
        match pdu {
            RequestPdu::EnquireLink(_) => Some(EnquireLinkResp::default().into()),
            RequestPdu::Unbind(_) => Some(UnbindResp::default().into()),
            _ => match &mut inner.answerer {
                Some(answerer) => answerer(pdu),
                None => Some(ResponsePdu::of_status(pdu.command(), Status::ROK)),
            },
        }
    }
}

/// Writes what is queued, so that nobody who sends has to wait for the engine to read.
pub(super) async fn write(
    mut stream: WriteHalf<DuplexStream>,
    mut queue: mpsc::UnboundedReceiver<Bytes>,
) {
    while let Some(octets) = queue.recv().await {
        if stream.write_all(&octets).await.is_err() {
            return;
        }
    }
}

/// The status of an answer of any kind, and the answer itself if it is the one that was due.
pub(super) fn read<R: Response>(request: CommandId, frame: Frame) -> R {
    let header = frame.header();
    if header.command != request.response() {
        // generic_nack: it has nothing but its status.
        return R::of_status(request, header.status);
    }
    match R::decode(frame, Rules::Lenient) {
        Ok(response) => response,
        Err(error) => panic!("the answer to {request} cannot be read: {error}"),
    }
}
