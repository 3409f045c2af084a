//! One connection: hyper, the timer, and the end of it.

use std::{
    error::Error,
    fmt,
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Method, header::CONNECTION};
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
    head,
    io::Io,
    pace::{Limits, Pace, Verdict, Watch},
    serving::Serving,
};
use crate::{
    Body, BodyError, Connected, Drain, Refusal, Request, Response, Serve,
    around::{Surround, Surrounded},
    config::ServerConfig,
};

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
            pace: Pace::default(),
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
}

impl Plan {
    pub(super) fn new(config: &ServerConfig, around: Option<Arc<Surround>>) -> Self {
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
        let session = Session::new(connected, Arc::clone(&plan), tasks, place, at, is_h2);
        let session = Arc::new(session);
        // Tasks of which each has room for its own kind alone. The session counts them.
        if is_h2 {
            let io = Io::new(stream, before, Arc::clone(&session));
            let service = service(serve, Arc::clone(&session));
            let connection = plan.http2.serve_connection(io, service);
            drop(tokio::spawn(drive(connection, session, plan)));
        } else {
            let wire = Wire::new(stream, before, Arc::clone(&session));
            let connection = Http1 {
                run: run(wire, serve, Arc::clone(&session)),
                session: Arc::clone(&session),
            };
            drop(tokio::spawn(drive(connection, session, plan)));
        }
    }
}

/// HTTP/1.1, until a client wants something else on its connection: from there on it is hyper's, with the request and all.
async fn run<T, X>(wire: Wire<T>, serve: Arc<X>, session: Arc<Session>) -> io::Result<()>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    X: Serve,
{
    let handle = |request| answer(&*serve, &session, request);
    if let Ended::Upgrade(stream, before) = wire.run(handle).await? {
        let plan = Arc::clone(&session.plan);
        let io = Io::new(stream, before, Arc::clone(&session));
        let service = service(serve, Arc::clone(&session));
        let connection = plan.http1.serve_connection(io, service).with_upgrades();
        drop(tokio::spawn(drive(connection, session, plan)));
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
        let (answer, session) = (answer(&*serve, &session, request), Arc::clone(&session));
        async move {
            let mut response = answer.await;
            // Of HTTP/1 it gets the requests for an upgrade alone. What follows one that was refused would not be read as strictly.
            if !session.is_h2 && !session.pace.is_upgraded() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        }
    })
}

/// What is done for each request, whoever read it.
#[inline(always)]
fn answer<X: Serve>(
    serve: &X,
    session: &Arc<Session>,
    mut request: Request,
) -> impl Future<Output = Response> + Send + use<X> {
    session.pace.begin();
    let is_connect = request.method() == Method::CONNECT;
    let bad = head::refusal(&mut request);
    let around = session.around.as_ref();
    let (visit, refused) = Surround::begin_at(around, serve, &mut request, &session.connected);
    let call = match (bad.or(refused), request.body().announces_too_much()) {
        (Some(response), _) => Called::Refused { response: Some(response) },
        (None, true) => Called::Refused { response: Some(too_large(&request)) },
        (None, false) => Called::Served { call: serve.serve(request, &session.connected) },
    };
    Surrounded::new(Serving::new(call, Arc::clone(session), is_connect), visit)
}

#[cold]
fn too_large(request: &Request) -> Response {
    Refusal::from(BodyError::TooLarge).respond_to(request.headers())
}

pin_project_lite::pin_project! {
    #[project = CalledNow]
    enum Called<F> {
        Served { #[pin] call: F },
        Refused { response: Option<Response> },
    }
}

impl<F: Future<Output = Response>> Future for Called<F> {
    type Output = Response;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Response> {
        match self.project() {
            CalledNow::Served { call } => call.poll(cx),
            CalledNow::Refused { response } => match response.take() {
                Some(response) => Poll::Ready(response),
                None => Poll::Pending,
            },
        }
    }
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
async fn drive<C: Ends>(connection: C, session: Arc<Session>, plan: Arc<Plan>) {
    let mut connection = pin!(connection);
    let signal = &session.signal;
    let mut timer = pin!(sleep_until(session.opened + plan.limits.period()));
    let (mut requested, mut forced) = (pin!(signal.requested()), pin!(signal.forced()));
    let mut watch = Watch::of(session.is_h2);
    let (mut is_first, mut is_ending) = (true, false);
    let ended = poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            // The timer and the signals wake this task once they were polled, and are not polled for each request.
            if is_first {
                is_first = false;
                let _ = (free(timer.as_mut(), cx), free(requested.as_mut(), cx));
            }
            if !is_ending && plan.draining.load(Relaxed) {
                is_ending = true;
                connection.as_mut().end();
                if free(forced.as_mut(), cx).is_ready() {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            if is_ending && signal.is_forced() {
                return Poll::Ready(Ok(()));
            }
            if !timer.is_elapsed() {
                return Poll::Pending;
            }
            match watch.look(&session.pace, &plan.limits, Instant::now() - session.opened) {
                Verdict::Close => return Poll::Ready(Ok(())),
                Verdict::Again(at) => {
                    if rearmed(timer.as_mut(), session.opened + at, cx) {
                        return Poll::Pending;
                    }
                }
                Verdict::Expire(at) => {
                    let _ = rearmed(timer.as_mut(), session.opened + at, cx);
                }
                Verdict::Idle(at) => {
                    connection.as_mut().end();
                    let _ = rearmed(timer.as_mut(), session.opened + at, cx);
                }
            }
        }
    })
    .await;
    if let Err(error) = ended {
        tracing::debug!(%error, peer = ?session.connected.peer, "a connection ended early");
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
