//! Outbound binds that are kept: connected, bound, and bound again when they are lost.
//!
//! ```text
//!              ┌────────── lost, refused, no connection ──────────┐
//!              ▼                                                  │
//!   Waiting (½…1 s, doubling up to 60 s) ──▶ Connecting ──▶ Bound ┘
//!                                               any ──▶ Stopped, when it is removed or the program drains
//! ```

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    num::NonZeroU32,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::Instant};
use wirepath_runtime::{
    backoff::Backoff,
    shutdown::{Drained, Shutdown, ShutdownSignal},
    tls::{TlsClient, TlsError, TlsWatch},
};

use super::{client::Client, hub::Hub};
use crate::{
    config::BindConfig,
    handle::{Session, Smpp},
    handler::HandlerService,
    protocol::{Timers, pace::Pace},
};

/// What is waited before the second attempt, doubled with each further one.
const FIRST_DELAY: Duration = Duration::from_secs(1);

/// The longest wait between two attempts.
const LONGEST_DELAY: Duration = Duration::from_secs(60);

/// A session that has lasted this long was healthy: what comes after it begins with the first delay.
const HEALTHY: Duration = Duration::from_secs(30);

/// How often the files of a bind's TLS are looked at.
const TLS_WATCH: Duration = Duration::from_secs(5);

/// How a kept bind stands.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum BindState {
    /// It is being connected and bound.
    #[default]
    Connecting,
    /// It is bound.
    Bound(Session),
    /// It was lost or could not be made, and is tried again in a while.
    Waiting {
        /// What went wrong.
        reason: String,
        /// Failures in a row.
        failures: u32,
        /// How long it is until the next attempt, from when this began.
        delay: Duration,
    },
    /// It has been removed, or the program drains.
    Stopped,
}

/// One outbound bind, as its task and the handles share it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) config: BindConfig,
    state: watch::Sender<BindState>,
    pace: Mutex<Pace>,
    /// Whether a rate holds: one that is configured, or that the SMSC has asked for. Changed under the lock of `pace`.
    is_paced: AtomicBool,
    stop: Shutdown,
}

impl Kept {
    fn new(config: BindConfig) -> Self {
        let pace = Pace::new(config.max_msg_per_sec, Instant::now().into_std());
        Self {
            is_paced: AtomicBool::new(config.max_msg_per_sec > 0),
            config,
            state: watch::Sender::default(),
            pace: Mutex::new(pace),
            stop: Shutdown::new(),
        }
    }

    pub(crate) fn state(&self) -> BindState {
        self.state.borrow().clone()
    }

    pub(crate) fn changes(&self) -> watch::Receiver<BindState> {
        self.state.subscribe()
    }

    /// The session, if it is bound and still open.
    pub(crate) fn session(&self) -> Option<Session> {
        match &*self.state.borrow() {
            BindState::Bound(session) if session.ended().is_none() => Some(session.clone()),
            _ => None,
        }
    }

    /// As [`session`](Self::session), for who does not need it.
    pub(crate) fn is_bound(&self) -> bool {
        matches!(&*self.state.borrow(), BindState::Bound(session) if session.ended().is_none())
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for its turn under the rate. Cancel safe: what is dropped has taken nothing.
    pub(crate) async fn turn(&self) {
        // Without a rate there is neither a clock to be read nor a lock to be waited for.
        while self.is_paced.load(Ordering::Acquire) {
            let now = Instant::now();
            let next = {
                let mut pace = self.pace();
                if pace.try_take(now.into_std()) {
                    let is_paced = self.config.max_msg_per_sec > 0 || pace.slowed_to().is_some();
                    self.is_paced.store(is_paced, Ordering::Release);
                    return;
                }
                pace.next_at(now.into_std())
            };
            tokio::time::sleep_until(next.into()).await;
        }
    }

    /// The rate that the SMSC has slowed it to.
    pub(crate) fn slowed_to(&self) -> Option<NonZeroU32> {
        self.pace().slowed_to()
    }

    pub(crate) fn accepted(&self) {
        self.pace().accepted(Instant::now().into_std());
    }

    /// The SMSC says that it is too much.
    pub(crate) fn slow_down(&self) {
        let slowed = {
            let mut pace = self.pace();
            let before = pace.slowed_to();
            pace.refused(Instant::now().into_std());
            self.is_paced.store(true, Ordering::Release);
            pace.slowed_to().filter(|rate| Some(*rate) != before)
        };
        if let Some(rate) = slowed {
            tracing::warn!(
                bind = self.config.name, %rate,
                "the SMSC refuses messages as too many; slowing down. Set max_msg_per_sec to what it takes"
            );
        }
    }
}

/// Keeps outbound binds: a task each, as many as are configured. Dropped, it stops them.
///
/// `App` does this for the `binds` of its configuration.
///
/// ```
/// use std::sync::Arc;
/// use wirepath_smpp::{Binds, DeliverSm, SendError, Server, SubmitSm, config::{BindConfig, ServerConfig}, handlers, on_pdu};
///
/// #[on_pdu("deliver_sm")]
/// async fn receipt(_pdu: DeliverSm) {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut config = ServerConfig::default();
/// # (config.bind_address, config.port) = ("127.0.0.1".to_owned(), 0);
/// let service = handlers![receipt].with_state(Arc::new(()));
/// let server = Server::bind(&config, service.clone()).await?;
/// let binds = Binds::new(&server.smpp(), service);
/// binds.keep(&BindConfig::new("aggregator", "smsc.example", "us", "secret"))?;
///
/// let aggregator = server.smpp().bind("aggregator");
/// let pdu = SubmitSm::builder().destination("31612345678").short_message("hi").build()?;
/// // It has only begun to connect; `bound().await` waits.
/// assert_eq!(aggregator.submit_sm(&pdu).await.unwrap_err(), SendError::NotBound);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Binds<X> {
    hub: Arc<Hub>,
    service: X,
    tasks: Shutdown,
}

impl<X: HandlerService> Binds<X> {
    /// Keeps binds whose sessions belong to this engine; what the SMSCs send goes to `service`.
    pub fn new(smpp: &Smpp, service: X) -> Self {
        Self { hub: smpp.hub(), service, tasks: Shutdown::new() }
    }

    /// Begins to keep a bind. Several of one name are a pool.
    ///
    /// # Errors
    ///
    /// [`TlsError`] if the files of its TLS cannot be used; the text says how to mend it. That nobody listens there is none:
    /// it is tried until somebody does.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn keep(&self, config: &BindConfig) -> Result<(), TlsError> {
        let (client, tls_watch) = client(config)?;
        let client = client.within(&self.hub);
        let kept = Arc::new(Kept::new(config.clone()));
        self.hub.keep(&kept);
        let keeper = Keeper { kept, client, signal: self.tasks.signal(), _tls_watch: tls_watch };
        drop(self.tasks.spawn(keeper.run(self.service.clone(), Arc::clone(&self.hub))));
        Ok(())
    }

    /// Makes the binds that are kept those of a configuration: what is new begins, what is gone is unbound, what has changed
    /// is both, and what has not is left alone.
    ///
    /// # Errors
    ///
    /// As [`keep`](Self::keep), for the first bind that it happens to; nothing has changed then.
    pub fn set(&self, configs: &[BindConfig]) -> Result<(), TlsError> {
        for config in configs {
            drop(client(config)?);
        }
        let mut old = self.hub.kept();
        for config in configs {
            match old.iter().position(|kept| kept.config == *config) {
                Some(same) => drop(old.swap_remove(same)),
                None => self.keep(config)?,
            }
        }
        for kept in old {
            kept.stop.trigger();
        }
        Ok(())
    }

    /// Unbinds all of them, each once what it has in flight has been answered, and waits for that until the deadline. What is
    /// left is closed.
    pub async fn drain(&self, deadline: Duration) -> Drained {
        self.tasks.drain(deadline).await
    }
}

impl<X> Binds<X> {
    /// Closes all of them at once, without waiting for anything; a drain that is waiting ends.
    pub fn close(&self) {
        self.tasks.force();
    }
}

impl<X> Drop for Binds<X> {
    fn drop(&mut self) {
        self.tasks.trigger();
    }
}

/// What connects for a bind, and what looks at its files.
fn client(config: &BindConfig) -> Result<(Client, Option<TlsWatch>), TlsError> {
    let address = match config.host.contains(':') {
        // IPv6
        true => format!("[{}]:{}", config.host, config.port),
        false => format!("{}:{}", config.host, config.port),
    };
    let timers = Timers {
        enquire_link: config.enquire_link_timer(),
        response: Some(config.response_timer()),
        ..Timers::default()
    };
    let client = Client::new(address, &config.system_id, config.password.clone())
        .kind(config.bind_type)
        .system_type(&config.system_type)
        .window(config.window_size)
        .timers(timers);
    let Some(tls) = &config.tls else { return Ok((client, None)) };
    let identity = tls.cert_path.as_ref().zip(tls.key_path.as_ref());
    let material = TlsClient::load(tls.ca_path.as_ref(), identity)?;
    let watch = material.watch(TLS_WATCH);
    let name = tls.server_name.as_ref().unwrap_or(&config.host);
    Ok((client.tls(material, name), Some(watch)))
}

/// The task of one bind.
struct Keeper {
    kept: Arc<Kept>,
    client: Client,
    signal: ShutdownSignal,
    _tls_watch: Option<TlsWatch>,
}

impl Keeper {
    async fn run<X: HandlerService>(self, service: X, hub: Arc<Hub>) {
        let Self { kept, client, signal, _tls_watch } = self;
        let gone = Gone { kept: Arc::clone(&kept), hub };
        let stop = kept.stop.signal();
        let stopped = async {
            tokio::select! {
                () = signal.requested() => {}
                () = stop.requested() => {}
            }
        };
        tokio::pin!(stopped);
        let mut backoff = Backoff::new(FIRST_DELAY, LONGEST_DELAY);
        loop {
            kept.state.send_replace(BindState::Connecting);
            let connecting = client.clone().connect_with(service.clone());
            let connected = tokio::select! {
                biased;
                () = &mut stopped => break,
                connected = connecting => connected,
            };
            let reason = match connected {
                Ok(session) => {
                    let bound = Instant::now();
                    tracing::info!(bind = kept.config.name, session = %session.id(), peer = %session.peer(), "bound");
                    kept.state.send_replace(BindState::Bound(session.clone()));
                    gone.hub.outbound.notify_waiters();
                    let cause = tokio::select! {
                        biased;
                        cause = session.wait_ended() => cause,
                        () = &mut stopped => {
                            part(&session, &signal).await;
                            break;
                        }
                    };
                    if bound.elapsed() >= HEALTHY {
                        backoff.reset();
                    }
                    cause.to_string()
                }
                Err(error) => error.to_string(),
            };
            let delay = backoff.next_delay(RandomState::new().build_hasher().finish());
            let failures = backoff.failures();
            metrics::counter!("wirepath_smpp_bind_reconnects_total", "bind" => kept.config.name.clone()).increment(1);
            tracing::warn!(
                bind = kept.config.name,
                reason,
                failures,
                ?delay,
                "not bound; trying again"
            );
            kept.state.send_replace(BindState::Waiting { reason, failures, delay });
            tokio::select! {
                biased;
                () = &mut stopped => break,
                () = tokio::time::sleep(delay) => {}
            }
        }
        drop(gone);
    }
}

/// Unbinds, once what is in flight has been answered; closes if that takes too long for whoever drains.
async fn part(session: &Session, signal: &ShutdownSignal) {
    tokio::select! {
        _ = session.unbind() => {}
        () = signal.forced() => {
            session.close();
            session.wait_ended().await;
        }
    }
}

/// Takes the bind off the books however its task ends.
struct Gone {
    kept: Arc<Kept>,
    hub: Arc<Hub>,
}

impl Drop for Gone {
    fn drop(&mut self) {
        // First the books: whoever waits for a change looks there.
        self.hub.unkeep(&self.kept);
        self.kept.state.send_replace(BindState::Stopped);
    }
}
