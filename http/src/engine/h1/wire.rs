//! A connection, request by request.

use std::{
    future::{Future, poll_fn},
    hint::cold_path,
    io,
    pin::{Pin, pin},
    sync::{Arc, atomic::Ordering::Relaxed},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, StatusCode, Version, response::Parts};
use http_body::Body as _;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    task::consume_budget,
};

use super::{
    super::{connection::Session, serving::Turn},
    clock,
    inbox::{Inbox, Next},
    intake::{Intake, PASSED_OVER, Taken},
    outbox::Outbox,
    room,
    sending::Sending,
};
use crate::{
    Arrived, Leaving, Refusal, Response, Serve,
    body::pipe::Demand,
    leaving::{Typed, Whole},
    protocol::{
        h1::{Answer, Fault, Fields, Head, Sent},
        problem::Form,
    },
    reply::{form::within, internal},
    spare,
};

/// Octets that are read ahead while a handler is at work: so a client that is gone is noticed.
const AHEAD: usize = 64 << 10;

/// How long a client is listened to after it has been told that the connection ends. Closed at once, with octets of its own
/// on their way, it might not get to read the answer (RFC 9112 §9.6).
const LINGER: Duration = Duration::from_secs(1);

/// A stream on which HTTP/1.1 is spoken.
///
/// It holds an [`Inbox`], with the head of a request or [`AHEAD`] octets and one read more at most, and an [`Outbox`].
pub(in crate::engine) struct Wire<T> {
    pub(super) stream: T,
    session: Arc<Session>,
    inbox: Inbox,
    pub(super) outbox: Outbox,
    intake: Option<Intake>,
    persists: bool,
    /// The client may be sending what nobody reads.
    lingers: bool,
}

/// How it ended.
pub(in crate::engine) enum Ended {
    Closed,
    /// The client wants to speak something else: what was read has its request in front.
    Upgrade,
}

/// What a response has to know of its request.
struct Asked {
    is_head: bool,
    version: Version,
    trailers: bool,
    form: Form,
}

/// An answer that is not written at once: few are such, and every connection would have room for it.
enum Later {
    /// Its body is made while it is sent.
    Sending(Sending),
    /// There is no room for it, or it has to be asked for the request's body first.
    Waiting(Leaving),
}

impl<T: AsyncRead + AsyncWrite + Unpin + 'static> Wire<T> {
    pub(in crate::engine) fn new(stream: T, before: Bytes, session: Arc<Session>) -> Self {
        Self {
            stream,
            inbox: Inbox::new(before, &session),
            session,
            outbox: Outbox::default(),
            intake: None,
            persists: true,
            lingers: false,
        }
    }

    /// Serves it to its end.
    pub(in crate::engine) async fn run<X: Serve>(
        &mut self,
        serve: &X,
        session: &Arc<Session>,
    ) -> io::Result<Ended> {
        loop {
            if self.inbox.has_line() {
                // A client that sends many requests at once has its share of the thread, and no more.
                consume_budget().await;
            }
            let head = match poll_fn(|cx| self.poll_head(cx)).await? {
                Next::Head(head) => head,
                Next::Closed => {
                    cold_path();
                    break;
                }
                Next::Upgrade => {
                    cold_path();
                    return Ok(Ended::Upgrade);
                }
                Next::Fault(fault) => {
                    cold_path();
                    self.refuse(fault);
                    break;
                }
            };
            let (mut arrived, asked) = self.request(head);
            let (mut turn, refused) = Turn::begin(serve, session, &mut arrived);
            let answered = match refused {
                Some(response) => {
                    cold_path();
                    // Nobody is to read its body.
                    drop(arrived);
                    Ok(self.leave(response.into(), &mut turn, &asked))
                }
                None => {
                    let mut call = pin!(serve.serve(&mut arrived, &session.connected));
                    drop(arrived);
                    poll_fn(|cx| self.poll_call(&mut turn, call.as_mut(), &asked, cx)).await
                }
            };
            drop(turn);
            let answered = match answered {
                Ok(None) => Ok(()),
                Ok(Some(later)) => {
                    cold_path();
                    Box::pin(self.send(*later, &asked)).await
                }
                Err(error) => Err(error),
            };
            if let Err(error) = answered {
                cold_path();
                // What there was goes out: an answer that is cut short tells more than none.
                let _ = poll_fn(|cx| self.outbox.poll_flush(&mut self.stream, cx)).await;
                return Err(error);
            }
            if self.intake.is_some() {
                cold_path();
                Box::pin(self.pass_over()).await?;
            }
            if !self.persists {
                cold_path();
                break;
            }
        }
        Box::pin(self.close()).await?;
        Ok(Ended::Closed)
    }

    /// The stream, and what was read of it and not used.
    pub(in crate::engine) fn into_parts(self) -> (T, Bytes) {
        (self.stream, self.inbox.octets)
    }

    /// The next request. What was answered goes out before anything is waited for.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Next>> {
        loop {
            if !self.outbox.is_full() {
                match self.inbox.next(&self.session) {
                    // Once what was answered before is written.
                    Some(Next::Upgrade) if !self.outbox.is_empty() => self.inbox.begin_anew(),
                    Some(next) => return Poll::Ready(Ok(next)),
                    None => {}
                }
            }
            ready!(self.outbox.poll_flush(&mut self.stream, cx))?;
            if self.inbox.has_line() {
                continue;
            }
            let read = if self.inbox.octets.is_empty() {
                if self.session.ending.load(Relaxed) {
                    cold_path();
                    return Poll::Ready(Ok(Next::Closed));
                }
                self.inbox.poll_fresh(&mut self.stream, &self.session, cx)
            } else {
                self.inbox.poll_more(&mut self.stream, &self.session, cx)
            };
            if let Some(next) = ready!(read)? {
                return Poll::Ready(Ok(next));
            }
        }
    }

    fn request(&mut self, head: Head) -> (Arrived, Asked) {
        let Head { lines, framing, persists, expects, trailers, .. } = head;
        self.persists = persists;
        let limit = self.session.max_body_bytes;
        let (body, intake) = Intake::of(framing, &mut self.inbox.octets, expects, limit);
        self.intake = intake;
        self.inbox.begin_anew();
        let is_head = *lines.method() == Method::HEAD;
        let asked = Asked { is_head, version: lines.version(), trailers, form: lines.form() };
        (Arrived::new(lines, body), asked)
    }

    /// The handler, and what it reads of the body, until its answer is written; what has still to be sent, if it is not.
    fn poll_call<F: Future<Output = Leaving>>(
        &mut self,
        turn: &mut Turn<'_>,
        mut call: Pin<&mut F>,
        asked: &Asked,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Box<Later>>>> {
        loop {
            if let Poll::Ready(leaving) = turn.poll(call.as_mut(), cx) {
                return Poll::Ready(Ok(self.leave(leaving, turn, asked)));
            }
            // Answers to earlier requests do not wait for this one.
            if let Poll::Ready(Err(error)) = self.outbox.poll_flush(&mut self.stream, cx) {
                return Poll::Ready(Err(error));
            }
            ready!(self.poll_intake(cx))?;
        }
    }

    /// Takes in what is wanted of the body: ready when the body got something. And if nothing is: an error, if the client is
    /// gone.
    pub(super) fn poll_intake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Each piece is a part of this task's share of the thread.
        ready!(pin!(consume_budget()).poll(cx));
        loop {
            let is_wanted =
                self.intake.as_ref().is_some_and(|intake| intake.demand(cx) == Demand::Wanted);
            if is_wanted && self.has_given(cx) {
                return Poll::Ready(Ok(()));
            }
            // What is left of the body is read as it is wanted. A client that has sent all may have said so, and still waits.
            if !is_wanted && (self.intake.is_some() || self.inbox.octets.len() >= AHEAD) {
                return Poll::Pending;
            }
            if is_wanted && self.intake.as_ref().is_some_and(|intake| intake.expects) {
                ready!(self.poll_continue(cx))?;
            }
            if ready!(self.inbox.poll_fill(&mut self.stream, &self.session, cx))? == 0 {
                self.persists = false;
                // A reader learns of it, and may still have something to say.
                return Poll::Ready(match (is_wanted, self.intake.take()) {
                    (true, Some(_)) => Ok(()),
                    _ => Err(io::ErrorKind::UnexpectedEof.into()),
                });
            }
        }
    }

    /// Tells the client to send the body, behind the answers to earlier requests.
    #[cold]
    fn poll_continue(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.outbox.poll_flush(&mut self.stream, cx))?;
        if let Some(intake) = &mut self.intake {
            intake.expects = false;
        }
        self.outbox.text().extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        self.outbox.poll_flush(&mut self.stream, cx)
    }

    /// Gives the body what was read of it, if anything was.
    fn has_given(&mut self, cx: &Context<'_>) -> bool {
        let Some(intake) = &mut self.intake else { return false };
        let mut is_over = true;
        match intake.take(&mut self.inbox.octets) {
            Ok(Taken::More) => return false,
            Ok(Taken::Data(data)) => {
                intake.give(data, cx);
                is_over = intake.is_over();
            }
            Ok(Taken::End(trailers)) => {
                intake.end(trailers, cx);
            }
            Err(fault) => {
                intake.fail(fault, cx);
                self.persists = false;
                self.lingers = true;
            }
        }
        if is_over {
            if let Some(intake) = self.intake.take() {
                intake.end(None, cx);
            }
            self.inbox.begin_anew();
        }
        true
    }

    /// Writes a response; what has still to be sent.
    #[inline(always)]
    fn leave(
        &mut self,
        mut leaving: Leaving,
        turn: &mut Turn<'_>,
        asked: &Asked,
    ) -> Option<Box<Later>> {
        turn.end(&mut leaving);
        if leaving.is_whole() && !self.outbox.is_full() {
            return self.write(leaving, asked).map(|sending| Box::new(Later::Sending(sending)));
        }
        cold_path();
        Some(Box::new(Later::Waiting(leaving)))
    }

    /// Sends what could not be written at once.
    async fn send(&mut self, later: Later, asked: &Asked) -> io::Result<()> {
        match later {
            Later::Sending(sending) => sending.run(self).await,
            Later::Waiting(leaving) => self.answer(leaving, asked).await,
        }
    }

    /// Writes a response once there is room for it.
    async fn answer(&mut self, leaving: Leaving, asked: &Asked) -> io::Result<()> {
        let is_whole = leaving.is_whole();
        poll_fn(|cx| self.poll_room(is_whole, cx)).await?;
        match self.write(leaving, asked) {
            Some(sending) => sending.run(self).await,
            None => Ok(()),
        }
    }

    /// Ready when there is room for an answer. One that is made while it is sent may be made of the request's body: that is
    /// asked for first.
    fn poll_room(&mut self, is_whole: bool, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let is_read = |intake: &Intake| intake.expects && !intake.is_given_up();
        if !is_whole && self.intake.as_ref().is_some_and(is_read) {
            ready!(self.poll_continue(cx))?;
        }
        match self.outbox.is_full() {
            true => self.outbox.poll_flush(&mut self.stream, cx),
            false => Poll::Ready(Ok(())),
        }
    }

    /// The head of a response, and its body if that is there as a whole; what is to be sent behind it, if not.
    fn write(&mut self, mut leaving: Leaving, asked: &Asked) -> Option<Sending> {
        if leaving.status().is_informational() {
            self.persists = false;
            leaving = within(asked.form, || misplaced(leaving.status())).into();
        }
        match leaving.into_typed() {
            Ok(Typed { status, content_type, body }) => {
                let fields = Fields::Typed(content_type);
                if self.write_head(status, fields, Some(body.len() as u64), asked) != Sent::Nothing
                {
                    match body {
                        Whole::Shared(octets) => self.outbox.push(octets),
                        Whole::Spare(text) => {
                            self.outbox.text().extend_from_slice(&text);
                            spare::give_text(text);
                        }
                    }
                }
                None
            }
            Err(response) => self.write_whole(*response, asked),
        }
    }

    /// The same for one with headers of its own.
    fn write_whole(&mut self, response: Response, asked: &Asked) -> Option<Sending> {
        let (Parts { status, headers, .. }, mut body) = response.into_parts();
        let whole = body.take_whole();
        let length = match &whole {
            Some(whole) => Some(whole.len() as u64),
            None => body.size_hint().exact(),
        };
        let sent = self.write_head(status, Fields::Map(&headers), length, asked);
        spare::give(headers);
        match (sent, whole) {
            (Sent::Nothing, _) => None,
            (_, Some(whole)) if sent != Sent::Chunks => {
                self.outbox.push(whole);
                None
            }
            _ => Some(Sending::new(body, sent, asked.trailers)),
        }
    }

    /// The head of a response; what has to follow.
    #[inline(always)]
    fn write_head(
        &mut self,
        status: StatusCode,
        fields: Fields<'_>,
        length: Option<u64>,
        asked: &Asked,
    ) -> Sent {
        let is_ending = self.session.ending.load(Relaxed);
        let is_owed = self.intake.as_ref().is_some_and(Intake::costs_the_connection);
        if self.intake.as_ref().is_some_and(|intake| intake.expects) {
            // With an answer there it is not told to send the body any more: whoever still reads that learns of it.
            (self.intake, self.lingers) = (None, true);
        }
        let answer = Answer {
            status,
            fields,
            length,
            method: if asked.is_head { &Method::HEAD } else { &Method::GET },
            version: asked.version,
            persists: self.persists && !is_ending && !is_owed,
            second: clock::seconds(),
        };
        let (sent, persists) = room::write(&answer, self.outbox.text());
        self.persists = persists;
        sent
    }

    /// What is left of the body behind the answer: whoever still reads it gets it. What nobody wants is dropped: a little of
    /// it, and more costs the connection.
    async fn pass_over(&mut self) -> io::Result<()> {
        if self.intake.is_some() {
            poll_fn(|cx| self.poll_readers(cx)).await?;
        }
        let Some(mut intake) = self.intake.take() else { return Ok(()) };
        self.persists &= !intake.costs_the_connection();
        let mut left = PASSED_OVER;
        while self.persists {
            match intake.take(&mut self.inbox.octets) {
                Ok(Taken::Data(data)) => match left.checked_sub(data.len() as u64) {
                    Some(rest) => left = rest,
                    None => self.persists = false,
                },
                Ok(Taken::More) => {
                    if poll_fn(|cx| self.poll_exchange(cx)).await? == 0 {
                        self.persists = false;
                    }
                }
                Ok(Taken::End(_)) => {
                    self.inbox.begin_anew();
                    return Ok(());
                }
                Err(_) => self.persists = false,
            }
        }
        self.lingers = true;
        Ok(())
    }

    /// Writes what is to be written, and reads; nothing if no request is to follow.
    fn poll_exchange(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.session.ending.load(Relaxed) {
            return Poll::Ready(Ok(0));
        }
        ready!(self.outbox.poll_flush(&mut self.stream, cx))?;
        self.inbox.poll_fill(&mut self.stream, &self.session, cx)
    }

    /// Serves a reader of the body until nobody reads any more.
    fn poll_readers(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(intake) = &self.intake {
            if intake.demand(cx) == Demand::Gone {
                break;
            }
            ready!(self.outbox.poll_flush(&mut self.stream, cx))?;
            match self.poll_intake(cx) {
                Poll::Ready(done) => done?,
                // In this moment nobody reads any more: nobody wakes this task then.
                Poll::Pending if self.intake.as_ref().is_some_and(Intake::is_given_up) => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Says why a request cannot be read. Nothing more is read then.
    #[cold]
    fn refuse(&mut self, fault: Fault) {
        metrics::counter!("wirepath_http_refused_heads_total").increment(1);
        tracing::debug!(%fault, peer = ?self.session.connected.peer, "a request was refused");
        let response = Refusal::new(fault.status(), fault.to_string());
        let (parts, mut body) = response.respond_to(&http::HeaderMap::new()).into_parts();
        let whole = body.take_whole().unwrap_or_default();
        let answer = Answer {
            status: parts.status,
            fields: Fields::Map(&parts.headers),
            length: Some(whole.len() as u64),
            method: &Method::GET,
            version: Version::HTTP_11,
            persists: false,
            second: clock::seconds(),
        };
        room::write(&answer, self.outbox.text());
        self.outbox.push(whole);
        self.lingers = true;
    }

    /// Writes what is left, says that this is the end, and listens for a moment if the client may still be sending.
    async fn close(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.outbox.poll_flush(&mut self.stream, cx)).await?;
        self.stream.shutdown().await?;
        if !self.lingers && self.inbox.octets.is_empty() {
            return Ok(());
        }
        let mut left = PASSED_OVER;
        let listening = poll_fn(|cx| {
            loop {
                self.inbox.octets.clear();
                match ready!(self.inbox.poll_fill(&mut self.stream, &self.session, cx)) {
                    Ok(0) | Err(_) => return Poll::Ready(()),
                    Ok(count) => match left.checked_sub(count as u64) {
                        Some(rest) => left = rest,
                        None => return Poll::Ready(()),
                    },
                }
            }
        });
        // At the end of its time it is closed all the same.
        let _ = tokio::time::timeout(LINGER, listening).await;
        Ok(())
    }
}

/// A handler's answer that is none.
#[cold]
fn misplaced(status: StatusCode) -> Response {
    tracing::error!(
        status = status.as_u16(),
        "a handler answered with a status that is no final answer; answered 500. 101 is for requests that ask for an upgrade"
    );
    internal()
}
