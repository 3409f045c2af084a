//! The listeners: accept connections, within bounds, and drain them at the end.

use std::{
    fmt, io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    thread,
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};
use wirepath_runtime::{
    accept::accept_until,
    net::Networks,
    seldom::Spaced,
    shutdown::{Drained, Shutdown, ShutdownSignal, WorkGuard},
    tls::{TlsError, TlsServer, TlsWatch},
};

use super::{
    connection::{Opened, Plan},
    io::sniff,
    listen::{self, ListenError, Listener, Octets, Socket, SocketFile, Stream},
    timers::Timers,
    tls,
};
use crate::{
    Connected, Serve,
    around::Surround,
    config::{Around, HttpConfig, Listen, Threads},
};

/// How often the files of the TLS material are looked at.
const TLS_WATCH: Duration = Duration::from_secs(5);

/// Listeners that answer requests.
///
/// ```
/// use std::sync::Arc;
/// use wirepath_http::{Server, config::HttpConfig, get, routes};
/// use wirepath_runtime::shutdown::Shutdown;
///
/// #[get("/")]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let router = routes![hello].with_state(Arc::new(()))?;
/// let server = Server::bind(&HttpConfig::on("127.0.0.1:0".parse()?), router).await?;
/// println!("listening on {:?}", server.local_addrs());
///
/// let shutdown = Shutdown::new();
/// # shutdown.trigger();
/// server.run(shutdown.signal()).await;
/// # Ok(()) }
/// ```
pub struct Server<X> {
    /// For each thread, its sockets.
    threads: Vec<Vec<(Socket, Arc<Shared>)>>,
    serve: Arc<X>,
    mode: Threads,
    addresses: Vec<SocketAddr>,
    drain_timeout: Duration,
    shared: Vec<Arc<Shared>>,
    /// Reload the certificates while they live.
    tls_watches: Vec<TlsWatch>,
    files: Vec<SocketFile>,
}

/// What the connections of a listener share, whatever thread they are on.
#[derive(Debug)]
struct Shared {
    plan: Arc<Plan>,
    tls: Option<TlsServer>,
    trusted: Arc<Networks>,
    places: Arc<Semaphore>,
    /// When to tell of connections that were refused: whoever connects can have as many as they like.
    refused: Spaced,
    #[cfg(feature = "client")]
    http: Option<crate::Http>,
}

impl<X> fmt::Debug for Server<X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl<X: Serve> Server<X> {
    /// Opens the listeners of a configuration; port 0 picks a free one. Connections wait until [`run`](Self::run) is called.
    /// With the cargo feature `client`, the configuration's clients are made, too.
    ///
    /// # Errors
    ///
    /// [`io::Error`] if an address cannot be listened on, with a [`ListenError`] in it, or if TLS files cannot be used, with a
    /// [`TlsError`], those of a client, with a `BadClient`, or if what is to stand around requests cannot, with an
    /// [`AroundError`](crate::around::AroundError). Each text says how to mend it.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and timers enabled.
    pub async fn bind(config: &HttpConfig, serve: X) -> io::Result<Self> {
        #[cfg(feature = "client")]
        let http = crate::Http::new(&config.clients)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        #[cfg(feature = "client")]
        let http = Some(&http);
        #[cfg(not(feature = "client"))]
        let http = None;
        Self::open(config, serve, http)
    }

    /// As [`bind`](Self::bind), with clients that are there already: what the handlers' [`Http`](crate::Http) is. Those of the
    /// configuration are not made.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    ///
    /// # Panics
    ///
    /// As [`bind`](Self::bind).
    #[cfg(feature = "client")]
    pub async fn bind_within(
        http: &crate::Http,
        config: &HttpConfig,
        serve: X,
    ) -> io::Result<Self> {
        Self::open(config, serve, Some(http))
    }

    #[cfg_attr(not(feature = "client"), allow(unused_variables))]
    fn open(config: &HttpConfig, serve: X, http: Option<&Clients>) -> io::Result<Self> {
        let count = config.threads.own().unwrap_or(1);
        let mut server = Self {
            threads: (0..count).map(|_| Vec::new()).collect(),
            serve: Arc::new(serve),
            mode: config.threads,
            addresses: Vec::new(),
            drain_timeout: Duration::from_millis(config.drain_timeout_ms),
            shared: Vec::new(),
            tls_watches: Vec::new(),
            files: Vec::new(),
        };
        let timers = config.threads.own().map(|_| Timers::start()).transpose()?;
        let config_of_all = &config.around;
        let around = surround(config_of_all)?;
        for config in &config.servers {
            let around = match &config.around {
                Some(own) => {
                    if config_of_all.auth.is_some() && own.auth.is_none() {
                        tracing::warn!(
                            listen = %config.listen,
                            "everybody may ask here: this listener's own `around` stands in place of the one for all, and \
                             leaves out its `auth`; repeat it there, unless that is meant"
                        );
                    }
                    surround(own)?
                }
                None => around.clone(),
            };
            let tls = config.tls.as_ref().map(tls::load).transpose();
            let tls =
                tls.map_err(|error: TlsError| io::Error::new(io::ErrorKind::InvalidInput, error))?;
            server.tls_watches.extend(tls.as_ref().map(|tls| tls.watch(TLS_WATCH)));
            let sockets = listen::open(&config.listen, count)
                .map_err(|error: ListenError| io::Error::new(error.system().kind(), error))?;
            server.addresses.extend(sockets.first().and_then(Socket::address));
            if let Listen::Unix(path) = &config.listen {
                server.files.push(SocketFile(path.clone()));
            }
            let shared = Arc::new(Shared {
                plan: Arc::new(Plan::new(config, around, timers.clone())),
                tls,
                trusted: Arc::new(config.trusted_proxies.clone()),
                places: Arc::new(Semaphore::new(
                    config.max_connections.min(Semaphore::MAX_PERMITS),
                )),
                refused: Spaced::new(),
                #[cfg(feature = "client")]
                http: http.cloned(),
            });
            for (thread, socket) in server.threads.iter_mut().zip(sockets) {
                thread.push((socket, Arc::clone(&shared)));
            }
            server.shared.push(shared);
        }
        Ok(server)
    }

    /// The addresses that it listens on, in the configuration's order, without Unix sockets.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Accepts connections until the signal comes; then stops listening, lets requests in progress finish, and closes, within
    /// `drain_timeout_ms`.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it drains all the same where it has threads of its own, without anybody to wait for them; in the
    /// application's runtime its connections stay until they end.
    pub async fn run(self, signal: ShutdownSignal) -> Drained {
        let Self { threads, serve, mode, drain_timeout, shared, tls_watches, files, .. } = self;
        let tasks = Shutdown::new();
        let mut accepting = Vec::new();
        for sockets in threads {
            let work = Work { sockets, serve: Arc::clone(&serve), tasks: tasks.clone() };
            match mode {
                Threads::Shared => {
                    drop(tokio::spawn(work.run(tasks.guard())));
                }
                Threads::PerCore | Threads::Fixed(_) => {
                    accepting.push(spawn_thread(work, tasks.guard()));
                }
            }
        }
        let stopping = Draining { shared, tasks: tasks.clone() };
        signal.requested().await;
        drop(stopping);
        let drained = tokio::select! {
            drained = timeout(drain_timeout, tasks.drained(Duration::MAX)) => {
                drained.unwrap_or_else(|_| Drained::Deadline { left: tasks.in_progress() })
            }
            () = signal.forced() => Drained::Forced { left: tasks.in_progress() },
        };
        if drained != Drained::Clean {
            tracing::warn!(
                ?drained,
                "requests were still in progress at the end of the drain; closing them"
            );
            tasks.force();
            let _ = timeout(GOODBYE, tasks.drained(Duration::MAX)).await;
        }
        drop((tls_watches, files, accepting));
        drained
    }
}

/// What handlers send requests with.
#[cfg(feature = "client")]
type Clients = crate::Http;
/// There are none.
#[cfg(not(feature = "client"))]
type Clients = std::convert::Infallible;

fn surround(config: &Around) -> io::Result<Option<Arc<Surround>>> {
    Surround::new(config).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// What connections have to end once they are told to at once.
const GOODBYE: Duration = Duration::from_secs(1);

/// Tells the connections to end, also where nobody waits for that any more.
struct Draining {
    shared: Vec<Arc<Shared>>,
    tasks: Shutdown,
}

impl Drop for Draining {
    fn drop(&mut self) {
        for shared in &self.shared {
            shared.plan.draining.store(true, Relaxed);
        }
        self.tasks.trigger();
    }
}

/// What one thread, or the application's runtime, does.
struct Work<X> {
    sockets: Vec<(Socket, Arc<Shared>)>,
    serve: Arc<X>,
    tasks: Shutdown,
}

fn spawn_thread<X: Serve>(work: Work<X>, guard: WorkGuard) -> io::Result<thread::JoinHandle<()>> {
    let spawned = thread::Builder::new().name("wirepath-http".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        match runtime {
            Ok(runtime) => {
                let tasks = work.tasks.clone();
                runtime.block_on(async {
                    work.run(guard).await;
                    // Its connections end with the runtime, so it stays for them.
                    tasks.drained(Duration::MAX).await;
                });
            }
            Err(error) => {
                tracing::error!(%error, "a thread cannot have a runtime; it serves nobody")
            }
        }
    });
    if let Err(error) = &spawned {
        tracing::error!(%error, "a thread cannot be started; it serves nobody");
    }
    spawned
}

impl<X: Serve> Work<X> {
    /// Accepts on all sockets until the signal comes.
    async fn run(self, guard: WorkGuard) {
        let mut loops = tokio::task::JoinSet::new();
        for (socket, shared) in self.sockets {
            let (serve, tasks) = (Arc::clone(&self.serve), self.tasks.clone());
            let listener = match socket.start() {
                Ok(listener) => listener,
                Err(error) => {
                    tracing::error!(%error, "a socket cannot be watched; nobody is served on it");
                    continue;
                }
            };
            loops.spawn(accept(listener, shared, serve, tasks));
        }
        while loops.join_next().await.is_some() {}
        drop(guard);
    }
}

async fn accept<X: Serve>(listener: Listener, shared: Arc<Shared>, serve: Arc<X>, tasks: Shutdown) {
    let take = |stream| {
        let Ok(place) = Arc::clone(&shared.places).try_acquire_owned() else {
            refuse(&stream, &shared);
            return;
        };
        let (shared, serve) = (Arc::clone(&shared), Arc::clone(&serve));
        drop(tasks.spawn(open(stream, shared, serve, tasks.clone(), place)));
    };
    accept_until(&tasks.signal(), |cx| listener.poll_accept(cx), take).await;
}

/// Says that there is no room, if that can be said without waiting.
#[cold]
fn refuse(stream: &Stream, shared: &Shared) {
    const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    metrics::counter!("wirepath_http_connections_refused_total").increment(1);
    if let Some(times) = shared.refused.times() {
        tracing::warn!(
            times,
            "connections refused, `times` since this was said last: max_connections are open; raise it, or look who connects"
        );
    }
    if let (Stream::Tcp(stream, _), None) = (stream, &shared.tls) {
        // A socket that was accepted this moment takes so little at once, or it goes without.
        let _ = stream.try_write(FULL);
    }
}

/// Everything before the first request: TLS, and which HTTP it is. All of it within the time for a head. What comes then is
/// a task of its own, and this one's memory is free again.
async fn open<X: Serve>(
    stream: Stream,
    shared: Arc<Shared>,
    serve: Arc<X>,
    tasks: Shutdown,
    place: OwnedSemaphorePermit,
) {
    let trusted = Arc::clone(&shared.trusted);
    let mut connected = Connected { trusted, ..Connected::default() };
    #[cfg(feature = "client")]
    connected.http.clone_from(&shared.http);
    match stream {
        Stream::Tcp(stream, peer) => {
            // Answers are written whole; Nagle's algorithm would only add a delay.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, %peer, "a connection was gone at once");
                return;
            }
            connected.peer = Some(peer);
            greet(stream, connected, &shared, serve, &tasks, place).await;
        }
        Stream::Unix(stream) => {
            Box::pin(greet(stream, connected, &shared, serve, &tasks, place)).await;
        }
    }
}

async fn greet<T: Octets, X: Serve>(
    mut stream: T,
    connected: Connected,
    shared: &Shared,
    serve: Arc<X>,
    tasks: &Shutdown,
    place: OwnedSemaphorePermit,
) {
    if let Some(tls) = &shared.tls {
        // In a box of its own: else every plain connection would begin with room for a handshake.
        let greeting = greet_tls(stream, connected, tls, shared, serve, tasks, place);
        return Box::pin(greeting).await;
    }
    let (at, plan) = (Instant::now(), Arc::clone(&shared.plan));
    let start = before(sniff(&mut stream), &plan, &tasks.signal()).await;
    let Some((is_h2, before)) = start else { return };
    Opened { stream, before, is_h2, connected, at, plan, serve, place }.spawn(tasks);
}

async fn greet_tls<T: Octets, X: Serve>(
    stream: T,
    mut connected: Connected,
    tls: &TlsServer,
    shared: &Shared,
    serve: Arc<X>,
    tasks: &Shutdown,
    place: OwnedSemaphorePermit,
) {
    let (at, plan) = (Instant::now(), Arc::clone(&shared.plan));
    let accepted = before(tls::accept(tls, stream), &plan, &tasks.signal()).await;
    let Some(stream) = accepted else { return };
    connected.certificate = tls::certificate(&stream);
    let (is_h2, before) = (tls::is_h2(&stream), Bytes::new());
    Opened { stream, before, is_h2, connected, at, plan, serve, place }.spawn(tasks);
}

/// A step of a connection's opening: done in time, or not at all once the listener drains.
async fn before<T>(
    step: impl Future<Output = io::Result<T>>,
    plan: &Plan,
    signal: &ShutdownSignal,
) -> Option<T> {
    let done = tokio::select! {
        done = timeout(plan.limits.header, step) => done,
        () = signal.requested() => return None,
    };
    match done {
        Ok(Ok(done)) => Some(done),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a connection ended before its first request");
            None
        }
        Err(_) => None,
    }
}
