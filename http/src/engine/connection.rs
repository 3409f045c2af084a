//! One connection: what speaks HTTP on it, the timer, and the end of it.

use std::{
    error::Error,
    fmt,
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{HeaderValue, header::CONNECTION};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::OwnedSemaphorePermit,
    task::unconstrained,
    time::{Instant, Sleep, sleep_until},
};
use wirepath_runtime::shutdown::{Shutdown, ShutdownSignal, WorkGuard};

use super::{
    h1::{Ended, Wire},
    io::Io,
    pace::{Limits, Pace, Verdict, Watch},
    serving::answer,
    timers::Timers,
};
use crate::{Body, Connected, Drain, Response, Serve, around::Surround, config::ServerConfig};

/// What the requests of a connection share.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) connected: Connected,
    pub(super) pace: Pace,
    pub(super) signal: Arc<ShutdownSignal>,
    pub(super) plan: Arc<Plan>,
    pub(super) opened: Instant,
    pub(super) is_h2: bool,
    pub(super) max_body_bytes: usize,
    /// No request is to follow.
    pub(super) ending: AtomicBool,
    pub(super) around: Option<Arc<Surround>>,
    /// A drain waits for it, and it counts as a connection, until its last octets are gone: also after an upgrade.
    _work: WorkGuard,
    _place: OwnedSemaphorePermit,
}

impl Session {
    pub(super) fn new(
        connected: Connected,
        plan: Arc<Plan>,
        tasks: &Shutdown,
        place: OwnedSemaphorePermit,
        at: Instant,
        is_h2: bool,
    ) -> Self {
        let signal = Arc::new(tasks.signal());
        Self {
            connected: Connected { drain: Drain(Some(Arc::clone(&signal))), ..connected },
            pace: Pace::of(is_h2),
            signal,
            opened: at,
            is_h2,
            max_body_bytes: plan.config.max_body_bytes,
            ending: AtomicBool::new(false),
            around: plan.around.clone(),
            plan,
            _work: tasks.guard(),
            _place: place,
        }
    }
}

/// What the connections of a listener share.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) limits: Limits,
    pub(super) config: ServerConfig,
    pub(super) around: Option<Arc<Surround>>,
    /// Set with the signal: asking that costs a lock.
    pub(super) draining: AtomicBool,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    /// Where connections have threads of their own.
    timers: Option<Timers>,
}

impl Plan {
    pub(super) fn new(
        config: &ServerConfig,
        around: Option<Arc<Surround>>,
        timers: Option<Timers>,
    ) -> Self {
        let mut http1 = http1::Builder::new();
        // The engine has a timer of its own; what hyper's would cost for each request is saved.
        http1.header_read_timeout(None);
        http1.max_header_size(config.max_header_bytes);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .max_concurrent_streams(config.h2_max_streams)
            .max_pending_accept_reset_streams(config.h2_max_resets)
            .max_header_list_size(u32::try_from(config.max_header_bytes).unwrap_or(u32::MAX))
            // A peer that is gone without a word is found out.
            .keep_alive_interval(config.idle_timeout())
            .keep_alive_timeout(config.header_timeout());
        let limits = Limits {
            header: config.header_timeout(),
            request: config.request_timeout(),
            idle: config.idle_timeout(),
        };
        Self {
            limits,
            config: config.clone(),
            around,
            draining: AtomicBool::new(false),
            http1,
            http2,
            timers,
        }
    }

    fn sleep_until(&self, at: Instant) -> Sleep {
        match &self.timers {
            Some(timers) => timers.sleep_until(at),
            None => sleep_until(at),
        }
    }
}

/// A connection that is open, and on what terms. Spawned by [`spawn`](Self::spawn), as a task that holds nothing of how it was
/// opened.
pub(super) struct Opened<T, X> {
    pub(super) stream: T,
    /// What was read of it already.
    pub(super) before: Bytes,
    pub(super) is_h2: bool,
    pub(super) connected: Connected,
    pub(super) at: Instant,
    pub(super) plan: Arc<Plan>,
    pub(super) serve: Arc<X>,
    pub(super) place: OwnedSemaphorePermit,
}

impl<T, X> Opened<T, X>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    X: Serve,
{
    /// Serves it to its end.
    pub(super) fn spawn(self, tasks: &Shutdown) {
        let Self { stream, before, is_h2, connected, at, plan, serve, place } = self;
        let session = Arc::new(Session::new(connected, plan, tasks, place, at, is_h2));
        // Tasks of which each has room for its own kind alone. The session counts them.
        if is_h2 {
            let io = Io::new(stream, before, Arc::clone(&session));
            let service = service(serve, Arc::clone(&session));
            let connection = session.plan.http2.serve_connection(io, service);
            drop(tokio::spawn(drive(connection, session)));
        } else {
            let wire = Wire::new(stream, before, Arc::clone(&session));
            let connection = Http1 {
                run: run(wire, serve, Arc::clone(&session)),
                session: Arc::clone(&session),
            };
            drop(tokio::spawn(drive(connection, session)));
        }
    }
}

/// HTTP/1.1, until a client wants something else on its connection: from there on it is hyper's, with the request and all.
async fn run<T, X>(mut wire: Wire<T>, serve: Arc<X>, session: Arc<Session>) -> io::Result<()>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    X: Serve,
{
    if let Ended::Upgrade = wire.run(&*serve, &session).await? {
        let (stream, before) = wire.into_parts();
        let io = Io::new(stream, before, Arc::clone(&session));
        let service = service(serve, Arc::clone(&session));
        let connection = session.plan.http1.serve_connection(io, service).with_upgrades();
        drop(tokio::spawn(drive(connection, session)));
    }
    Ok(())
}

pin_project_lite::pin_project! {
    struct Http1<F> {
        #[pin]
        run: F,
        session: Arc<Session>,
    }
}

impl<F: Future<Output = io::Result<()>>> Future for Http1<F> {
    type Output = io::Result<()>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().run.poll(cx)
    }
}

impl<F: Future<Output = io::Result<()>> + Send + 'static> Ends for Http1<F> {
    type Error = io::Error;

    fn end(self: Pin<&mut Self>) {
        self.session.ending.store(true, Relaxed);
    }
}

/// What hyper calls.
fn service<X: Serve>(
    serve: Arc<X>,
    session: Arc<Session>,
) -> impl Service<
    http::Request<Incoming>,
    Response = Response,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> + Send
+ 'static {
    service_fn(move |request: http::Request<Incoming>| {
        let request = request.map(|body| Body::incoming(body, session.max_body_bytes));
        let (serve, session) = (Arc::clone(&serve), Arc::clone(&session));
        async move {
            let mut response = answer(&*serve, &session, request.into()).await;
            // Of HTTP/1 it gets the requests for an upgrade alone. What follows one that was refused would not be read as strictly.
            if !session.is_h2 && !session.pace.is_upgraded() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        }
    })
}

/// A connection that can be asked to end.
trait Ends: Future<Output = Result<(), Self::Error>> + Send + 'static {
    type Error: fmt::Display + Send;

    fn end(self: Pin<&mut Self>);
}

impl<T, S> Ends for http1::UpgradeableConnection<T, S>
where
    T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    S: Service<http::Request<Incoming>, Response = Response> + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send + 'static,
{
    type Error = hyper::Error;

    fn end(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<T, S> Ends for http2::Connection<T, S, TokioExecutor>
where
    T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    S: Service<http::Request<Incoming>, Response = Response> + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send + 'static,
{
    type Error = hyper::Error;

    fn end(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Polls the connection, its timer and the signal to its end.
///
/// Not an `async fn`, which would keep a connection twice: as the argument that it was, and as what it polls.
fn drive<C: Ends>(connection: C, session: Arc<Session>) -> impl Future<Output = ()> + Send {
    let signal = || Arc::clone(&session.signal);
    let (requested, forced) = (signal(), signal());
    Driven {
        connection,
        timer: session.plan.sleep_until(session.opened + session.plan.limits.period()),
        requested: async move { requested.requested().await },
        forced: async move { forced.forced().await },
        watch: Watch::of(session.is_h2),
        is_first: true,
        is_ending: false,
        session,
    }
}

pin_project_lite::pin_project! {
    #[project = DrivenNow]
    struct Driven<C, R, F> {
        #[pin]
        connection: C,
        #[pin]
        timer: Sleep,
        #[pin]
        requested: R,
        #[pin]
        forced: F,
        watch: Watch,
        is_first: bool,
        is_ending: bool,
        session: Arc<Session>,
    }
}

impl<C, R, F> Future for Driven<C, R, F>
where
    C: Ends,
    R: Future<Output = ()>,
    F: Future<Output = ()>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let ended = ready!(this.poll(cx));
        if let Err(error) = ended {
            let peer = this.session.connected.peer;
            tracing::debug!(%error, ?peer, "a connection ended early");
        }
        Poll::Ready(())
    }
}

impl<C, R, F> DrivenNow<'_, C, R, F>
where
    C: Ends,
    R: Future<Output = ()>,
    F: Future<Output = ()>,
{
    #[inline(always)]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        let (session, plan) = (&**self.session, &*self.session.plan);
        loop {
            if let Poll::Ready(ended) = self.connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            // The timer and the signals wake this task once they were polled, and are not polled for each request.
            if std::mem::take(self.is_first) {
                let _ = (free(self.timer.as_mut(), cx), free(self.requested.as_mut(), cx));
            }
            if !*self.is_ending && plan.draining.load(Relaxed) {
                *self.is_ending = true;
                self.connection.as_mut().end();
                if free(self.forced.as_mut(), cx).is_ready() {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            if *self.is_ending && session.signal.is_forced() {
                return Poll::Ready(Ok(()));
            }
            if !self.timer.is_elapsed() {
                return Poll::Pending;
            }
            let now = Instant::now() - session.opened;
            let again = match self.watch.look(&session.pace, &plan.limits, now) {
                Verdict::Close => return Poll::Ready(Ok(())),
                Verdict::Again(at) => {
                    if rearmed(self.timer.as_mut(), session.opened + at, cx) {
                        return Poll::Pending;
                    }
                    continue;
                }
                Verdict::Expire(at) => at,
                Verdict::Idle(at) => {
                    self.connection.as_mut().end();
                    at
                }
            };
            let _ = rearmed(self.timer.as_mut(), session.opened + again, cx);
        }
    }
}

/// Sets the timer anew; true if it has still to come.
fn rearmed(mut timer: Pin<&mut Sleep>, at: Instant, cx: &mut Context<'_>) -> bool {
    timer.as_mut().reset(at);
    free(timer, cx).is_pending()
}

/// Polls what has to wake this task, also when the task has had its share of the thread: tokio would have it wait for its next
/// turn, and nobody polls it then.
fn free<F: Future>(future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    pin!(unconstrained(future)).poll(cx)
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    struct Nothing;

    impl Serve for Nothing {
        fn serve(
            &self,
            _: &mut crate::Arrived,
            _: &Connected,
        ) -> impl Future<Output = crate::Leaving> + Send + use<> {
            std::future::ready(crate::Leaving::default())
        }
    }

    /// What a connection takes while it waits, but for its socket and its session.
    #[tokio::test]
    async fn a_waiting_connection_is_small() {
        let config = ServerConfig::on("127.0.0.1:0".parse().unwrap());
        let (plan, tasks) = (Arc::new(Plan::new(&config, None, None)), Shutdown::new());
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let session =
            Session::new(Connected::default(), plan, &tasks, place, Instant::now(), false);
        let session = Arc::new(session);
        let wire = Wire::new(tokio::io::empty(), Bytes::new(), Arc::clone(&session));
        let run = run(wire, Arc::new(Nothing), Arc::clone(&session));
        let task = drive(Http1 { run, session: Arc::clone(&session) }, session);
        let octets = size_of_val(&task);
        assert!(octets <= 1_560, "{octets}");
    }
}
