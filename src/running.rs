//! An application that listens.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;
use wirepath_runtime::shutdown::{Drained, Shutdown, ShutdownSignal};
use wirepath_smpp::{Behind, Binds, HandlerService, Relay, Server, Smpp, config::SmppConfig};
#[cfg(feature = "spool")]
use {
    wirepath_runtime::store::{Store, StoreEngine},
    wirepath_smpp::{
        On,
        config::SpoolConfig,
        spool::{Spool, Spooled},
    },
};

use crate::Error;

/// An application that listens; [`run`](Self::run) serves those who connect.
///
/// ```
/// use wirepath::{App, handlers, smpp::{SubmitSm, config::SmppConfig, on_pdu}};
///
/// #[on_pdu("submit_sm")]
/// async fn take(_pdu: SubmitSm) {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), wirepath::Error> {
/// let mut config = SmppConfig::default();
/// config.server.bind_address = "127.0.0.1".to_owned();
/// config.server.port = 0;
/// let running = App::from_config(config).smpp(handlers![take]).bind().await?;
/// assert_ne!(running.local_addr().port(), 0);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "nobody is served until `run` is called"]
pub struct Running<X> {
    engine: Engine<X>,
    address: SocketAddr,
    drain_timeout: Duration,
}

/// With something behind the handlers, or without: who routes nothing has nothing of it on the way of a message.
#[derive(Debug)]
enum Engine<X> {
    Plain(Parts<X>),
    Relaying(Parts<Behind<X, Relay>>),
    #[cfg(feature = "spool")]
    Spooling(Parts<Spooled<X>>, Spool),
}

macro_rules! each {
    ($engine:expr, $parts:ident => $value:expr) => {
        match $engine {
            Engine::Plain($parts) => $value,
            Engine::Relaying($parts) => $value,
            #[cfg(feature = "spool")]
            Engine::Spooling($parts, _) => $value,
        }
    };
}

/// The two that run.
#[derive(Debug)]
struct Parts<X> {
    server: Server<X>,
    binds: Binds<X>,
    /// They end with it.
    _tasks: JoinSet<()>,
}

impl<X: HandlerService> Running<X> {
    pub(crate) async fn plain(smpp: Smpp, service: X, config: &SmppConfig) -> Result<Self, Error> {
        prepare(&smpp, config);
        share(&smpp, config).await?;
        Self::new(Engine::Plain(Parts::start(&smpp, service, config).await?), config)
    }

    pub(crate) async fn relaying(
        smpp: Smpp,
        service: Behind<X, Relay>,
        config: &SmppConfig,
    ) -> Result<Self, Error> {
        prepare(&smpp, config);
        share(&smpp, config).await?;
        Self::new(Engine::Relaying(Parts::start(&smpp, service, config).await?), config)
    }

    /// Opens the store, and takes up what is in it.
    #[cfg(feature = "spool")]
    pub(crate) async fn spooling(
        smpp: Smpp,
        service: X,
        table: &[(On, &'static str)],
        spool: SpoolConfig,
        config: &SmppConfig,
    ) -> Result<Self, Error> {
        prepare(&smpp, config);
        let store = Store::from_config(&config.store).await?;
        if config.store.engine == StoreEngine::Redis {
            smpp.share(&store).await?;
        }
        let spool = Spool::start(store, smpp.clone(), spool).await?;
        let service = Spooled::new(service, spool.clone(), table.iter().map(|(on, _)| *on));
        let parts = Parts::start(&smpp, service, config).await?;
        Self::new(Engine::Spooling(parts, spool), config)
    }

    fn new(engine: Engine<X>, config: &SmppConfig) -> Result<Self, Error> {
        let address = each!(&engine, parts => parts.server.local_addr());
        let address = address.map_err(Error::of_listener)?;
        let server = &config.server;
        tracing::info!(
            %address, tls = server.tls.is_some(), esmes = server.esmes.len(), rules = config.routing.rules.len(),
            relays = !matches!(engine, Engine::Plain(_)), spools = config.spool.is_some(), "SMPP listening"
        );
        Ok(Self { engine, address, drain_timeout: server.drain_timeout() })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The handle on its SMPP sessions, for tasks beside the handlers.
    #[must_use]
    pub fn smpp(&self) -> Smpp {
        each!(&self.engine, parts => parts.server.smpp())
    }

    /// The handle on its spool, if the configuration has the key `spool`.
    #[cfg(feature = "spool")]
    #[must_use]
    pub fn spool(&self) -> Option<Spool> {
        match &self.engine {
            Engine::Spooling(_, spool) => Some(spool.clone()),
            Engine::Plain(_) | Engine::Relaying(_) => None,
        }
    }

    /// As [`App::run`](crate::App::run).
    ///
    /// # Errors
    ///
    /// [`Error::Signals`].
    pub async fn run(self) -> Result<(), Error> {
        let shutdown = Shutdown::on_signals().map_err(|error: io::Error| Error::Signals(error))?;
        self.run_until(shutdown.signal()).await;
        Ok(())
    }

    /// As [`App::run_until`](crate::App::run_until).
    pub async fn run_until(self, signal: ShutdownSignal) -> Drained {
        let Self { engine, address, drain_timeout } = self;
        let drained = match engine {
            Engine::Plain(parts) => {
                parts.run_until(signal, drain_timeout, std::future::ready(())).await
            }
            Engine::Relaying(parts) => {
                parts.run_until(signal, drain_timeout, std::future::ready(())).await
            }
            #[cfg(feature = "spool")]
            Engine::Spooling(parts, spool) => {
                let stopping = async {
                    // What is unanswered then is taken up again at the next start.
                    if spool.drain(drain_timeout / 2).await != Drained::Clean {
                        spool.close();
                    }
                };
                parts.run_until(signal, drain_timeout, stopping).await
            }
        };
        tracing::info!(%address, ?drained, "SMPP stopped");
        drained
    }
}

/// Without a spool, a store is opened only where there may be others on it: they reach each other's ESMEs.
#[cfg(feature = "spool")]
async fn share(smpp: &Smpp, config: &SmppConfig) -> Result<(), Error> {
    if config.store.engine == StoreEngine::Redis {
        smpp.share(&Store::from_config(&config.store).await?).await?;
    }
    Ok(())
}

/// There is none.
#[cfg(not(feature = "spool"))]
#[allow(clippy::unused_async, reason = "it is where there is one")]
async fn share(_smpp: &Smpp, _config: &SmppConfig) -> Result<(), Error> {
    Ok(())
}

impl<X: HandlerService> Parts<X> {
    async fn start(smpp: &Smpp, service: X, config: &SmppConfig) -> Result<Self, Error> {
        smpp.set_routing(&config.routing);
        let server = Server::bind_within(smpp, &config.server, service.clone())
            .await
            .map_err(Error::of_listener)?;
        let binds = Binds::new(smpp, service);
        binds.set(&config.binds).map_err(Error::Tls)?;
        let mut tasks = JoinSet::new();
        tasks.spawn(smpp.reassembler().run());
        Ok(Self { server, binds, _tasks: tasks })
    }

    /// Runs; at the end first the listener stops, then what is `between`, then the binds.
    async fn run_until(
        self,
        signal: ShutdownSignal,
        drain_timeout: Duration,
        between: impl Future<Output = ()>,
    ) -> Drained {
        let Self { server, binds, _tasks } = self;
        let drains_from = async {
            signal.requested().await;
            Instant::now()
        };
        let (drained, since) = tokio::join!(server.run(signal.clone()), drains_from);
        tokio::select! {
            biased;
            () = signal.forced() => {}
            () = between => {}
        }
        // Behind the listener: until its handlers are done they may need the binds.
        let left = drain_timeout.saturating_sub(since.elapsed()).max(GOODBYE);
        let unbinding = binds.drain(left);
        tokio::pin!(unbinding);
        let unbound = tokio::select! {
            biased;
            () = signal.forced() => {
                binds.close();
                unbinding.await
            }
            unbound = &mut unbinding => unbound,
        };
        if drained == Drained::Clean { unbound } else { drained }
    }
}

/// What has to be known before the first session.
fn prepare(smpp: &Smpp, config: &SmppConfig) {
    if let Some(reassembly) = &config.reassembly {
        smpp.set_reassembly(reassembly);
    }
}

/// What outbound binds have at the end of a drain to say goodbye, however late the listener was.
const GOODBYE: Duration = Duration::from_secs(1);
