//! What the macros' output calls, so that it stays a few lines.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Extract, IntoBindReply, IntoRoute, Needs, On, Reply, Request, Response, Subject};
use crate::{
    CommandId,
    protocol::{
        Status,
        pdu::{Response as _, ResponsePdu},
    },
};

/// True: `T` is an extractor, or else there is an error here.
#[must_use]
pub const fn extractor<T: Extract>() -> bool {
    true
}

/// [`Extract`], for a type that a constant has been computed of with [`extractor`]. If that was an error, nothing that
/// names the constant can be one of its own.
pub trait Checked<const EXTRACTORS: bool>: Extract {
    /// What it needs of the state.
    type Needs;

    /// Takes it.
    ///
    /// # Errors
    ///
    /// The answer to give if it cannot be taken.
    fn take<S>(request: &Request, state: &S) -> Result<Self, Response>
    where
        <Self as Checked<EXTRACTORS>>::Needs: Needs<S>;
}

impl<T: Extract> Checked<true> for T {
    type Needs = T::Needs;

    #[inline]
    fn take<S>(request: &Request, state: &S) -> Result<Self, Response>
    where
        T::Needs: Needs<S>,
    {
        T::extract(request, T::Needs::from_state(state)).map_err(|status| request.answer(status))
    }
}

/// An argument behind the first.
#[inline]
pub fn argument<const EXTRACTORS: bool, T, S>(request: &Request, state: &S) -> Result<T, Response>
where
    T: Checked<EXTRACTORS>,
    <T as Checked<EXTRACTORS>>::Needs: Needs<S>,
{
    T::take(request, state)
}

/// The first argument.
#[inline]
pub fn subject<const KEY: u64, T: Subject<KEY>>(request: Request) -> Result<T, Response> {
    let command = command(&request);
    T::take(request).ok_or_else(|| unfit(command))
}

/// The command of a request that is led to handlers by its command.
#[inline]
pub fn command(request: &Request) -> CommandId {
    request.command().unwrap_or(CommandId::GENERIC_NACK)
}

/// A request came to a handler for another one: it was not led here by its [`On`].
#[cold]
fn unfit(command: CommandId) -> Response {
    respond(command, Status::RSYSERR)
}

/// True: `R` is a reply to the command, or else there is an error here.
#[must_use]
pub const fn answer<const KEY: u64, R: Reply<KEY>>() -> bool {
    true
}

/// True: `R` is a verdict on a bind, or else there is an error here.
#[must_use]
pub const fn verdict<R: IntoBindReply>() -> bool {
    true
}

/// True: `R` says which way a message goes, or else there is an error here.
#[must_use]
pub const fn way<R: IntoRoute>() -> bool {
    true
}

/// [`IntoRoute`], for a type that a constant has been computed of with [`way`]; see [`Checked`].
pub trait Routes<const FITS: bool> {
    /// The way.
    fn route(self) -> Response;
}

impl<R: IntoRoute> Routes<true> for R {
    fn route(self) -> Response {
        Response::Route(self.into_route())
    }
}

/// [`Reply`], for a type that a constant has been computed of with [`answer`]; see [`Checked`].
pub trait Fits<const FITS: bool, const KEY: u64> {
    /// The answer to `command`.
    fn respond(self, command: CommandId) -> Response;
}

impl<const KEY: u64, R: Reply<KEY>> Fits<true, KEY> for R {
    #[inline(always)]
    fn respond(self, command: CommandId) -> Response {
        reply::<KEY, R>(command, self)
    }
}

/// [`IntoBindReply`], for a type that a constant has been computed of with [`verdict`]; see [`Checked`].
pub trait Decides<const FITS: bool> {
    /// The verdict.
    fn decide(self) -> Response;
}

impl<R: IntoBindReply> Decides<true> for R {
    fn decide(self) -> Response {
        Response::Bind(self.into_bind_reply())
    }
}

/// A handler's call, whose outcome becomes a response. The function is called at once, which runs nothing of an `async fn`,
/// so that its arguments are moved into one future and no further.
#[inline]
pub fn replying<const FITS: bool, const KEY: u64, R: Fits<FITS, KEY>, F: Future<Output = R>>(
    command: CommandId,
    call: F,
) -> impl Future<Output = Response> + use<FITS, KEY, R, F> {
    Then { call, then: Responds::<FITS, KEY>(command) }
}

/// The call of a handler that decides a bind.
#[inline]
pub fn deciding<const FITS: bool, R: Decides<FITS>, F: Future<Output = R>>(
    call: F,
) -> impl Future<Output = Response> + use<FITS, R, F> {
    Then { call, then: Verdict::<FITS> }
}

/// The call of a handler that picks a route.
#[inline]
pub fn routing<const FITS: bool, R: Routes<FITS>, F: Future<Output = R>>(
    call: F,
) -> impl Future<Output = Response> + use<FITS, R, F> {
    Then { call, then: Ways::<FITS> }
}

/// The call of a handler where nothing can be answered.
#[inline]
pub fn silently<F: Future<Output = ()>>(call: F) -> impl Future<Output = Response> + use<F> {
    Then { call, then: Silence }
}

/// What a handler's outcome becomes. No closure: those cannot be told to go into their caller, and a response that is
/// moved as soon as it is made stalls the processor.
trait Outcome<R> {
    fn respond(&self, outcome: R) -> Response;
}

struct Responds<const FITS: bool, const KEY: u64>(CommandId);

impl<const FITS: bool, const KEY: u64, R: Fits<FITS, KEY>> Outcome<R> for Responds<FITS, KEY> {
    #[inline(always)]
    fn respond(&self, outcome: R) -> Response {
        outcome.respond(self.0)
    }
}

struct Verdict<const FITS: bool>;

impl<const FITS: bool, R: Decides<FITS>> Outcome<R> for Verdict<FITS> {
    fn respond(&self, outcome: R) -> Response {
        outcome.decide()
    }
}

struct Ways<const FITS: bool>;

impl<const FITS: bool, R: Routes<FITS>> Outcome<R> for Ways<FITS> {
    fn respond(&self, outcome: R) -> Response {
        outcome.route()
    }
}

struct Silence;

impl Outcome<()> for Silence {
    fn respond(&self, (): ()) -> Response {
        Response::Silent
    }
}

pin_project_lite::pin_project! {
    /// A future, and what becomes of its outcome. An `async` block would hold the future twice.
    struct Then<F, T> {
        #[pin]
        call: F,
        then: T,
    }
}

impl<F: Future, T: Outcome<F::Output>> Future for Then<F, T> {
    type Output = Response;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        let this = self.project();
        match this.call.poll(cx) {
            Poll::Ready(outcome) => Poll::Ready(this.then.respond(outcome)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The answer that a handler gives.
#[inline(always)]
fn reply<const KEY: u64, R: Reply<KEY>>(command: CommandId, reply: R) -> Response {
    // `"*"` gets these as well, and nothing may be said to them.
    let is_unanswered = KEY == On::ANY.key()
        && matches!(command, CommandId::ALERT_NOTIFICATION | CommandId::OUTBIND);
    match is_unanswered {
        true => Response::Silent,
        false => reply.into_response(command),
    }
}

/// False if two handlers are for the same.
#[must_use]
pub const fn distinct(earlier: On, later: On) -> bool {
    !earlier.is(later) || later.is(On::UNKNOWN)
}

fn respond(command: CommandId, status: Status) -> Response {
    match command {
        CommandId::ALERT_NOTIFICATION | CommandId::OUTBIND | CommandId::GENERIC_NACK => {
            Response::Silent
        }
        _ => Response::Pdu(ResponsePdu::of_status(command, status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SubmitSmResp;

    const SUBMIT: u64 = On::command(CommandId::SUBMIT_SM.get()).key();

    fn status_of(response: &Response) -> Option<Status> {
        match response {
            Response::Pdu(pdu) => Some(pdu.status()),
            Response::Bind(verdict) => Some(verdict.status()),
            Response::Silent | Response::Route(Ok(_)) => None,
            Response::Route(Err(status)) => Some(*status),
        }
    }

    #[test]
    fn a_reply_is_its_status() {
        let response = reply::<SUBMIT, Status>(CommandId::SUBMIT_SM, Status::RTHROTTLED);
        assert_eq!(status_of(&response), Some(Status::RTHROTTLED));
        let refused: Result<SubmitSmResp, Status> = Err(Status::RSUBMITFAIL);
        let response = reply::<SUBMIT, _>(CommandId::SUBMIT_SM, refused);
        assert_eq!(status_of(&response), Some(Status::RSUBMITFAIL));
        assert_eq!(status_of(&reply::<SUBMIT, ()>(CommandId::SUBMIT_SM, ())), Some(Status::ROK));
    }

    #[test]
    fn what_has_no_response_gets_none() {
        for command in [CommandId::ALERT_NOTIFICATION, CommandId::OUTBIND] {
            assert_eq!(status_of(&reply::<{ On::ANY.key() }, ()>(command, ())), None);
            assert_eq!(status_of(&unfit(command)), None);
        }
        assert_eq!(status_of(&unfit(CommandId::QUERY_SM)), Some(Status::RSYSERR));
    }

    #[test]
    fn a_verdict_is_its_status() {
        let decided =
            |verdict| status_of(&run(deciding::<true, _, _>(std::future::ready(verdict))));
        assert_eq!(decided(Ok::<_, Status>(true)), Some(Status::ROK));
        assert_eq!(decided(Ok(false)), Some(Status::RBINDFAIL));
        assert_eq!(decided(Err(Status::RINVPASWD)), Some(Status::RINVPASWD));
        assert_eq!(status_of(&run(silently(std::future::ready(())))), None);
    }

    fn run(call: impl Future<Output = Response>) -> Response {
        let mut call = std::pin::pin!(call);
        match call.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(response) => response,
            Poll::Pending => panic!("the call was ready"),
        }
    }

    #[test]
    fn unknown_handlers_are_not_two_for_one() {
        assert!(distinct(On::BIND, On::BOUND));
        assert!(!distinct(On::ANY, On::ANY));
        assert!(distinct(On::UNKNOWN, On::UNKNOWN));
    }
}
