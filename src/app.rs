//! Configuration, state and handlers, put together.

use std::{fmt, path::Path, sync::Arc};

use wirepath_runtime::{
    config::Env,
    shutdown::{Drained, Shutdown, ShutdownSignal},
};
use wirepath_smpp::{Behind, HandlerService, Handlers, On, Relay, config::SmppConfig};

use crate::{Error, Running};

/// An application: configuration, state, handlers.
///
/// The state comes before the handlers that ask for it:
///
/// ```no_run
/// use wirepath::{App, State, handlers, smpp::{Status, SubmitSm, on_pdu}};
///
/// #[derive(Clone)]
/// struct Blocked(&'static [u8]);
///
/// #[on_pdu("submit_sm")]
/// async fn take(pdu: SubmitSm, State(blocked): State<Blocked>) -> Result<(), Status> {
///     if pdu.destination().digits == blocked.0 { Err(Status::RINVDSTADR) } else { Ok(()) }
/// }
///
/// # async fn run() -> Result<(), wirepath::Error> {
/// App::from_file("smpp.yaml")?
///     .state(Blocked(b"31612345678"))
///     .smpp(handlers![take])
///     .run()
///     .await
/// # }
/// ```
#[must_use = "an application does nothing until it is run"]
pub struct App<S = (), H = NoHandlers> {
    config: SmppConfig,
    state: S,
    handlers: H,
}

/// Stands in [`App`] where no handlers have been given yet.
#[derive(Debug)]
pub struct NoHandlers(());

/// Leaves the state out: it may hold anything.
impl<S, H: fmt::Debug> fmt::Debug for App<S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("config", &self.config)
            .field("handlers", &self.handlers)
            .finish_non_exhaustive()
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// An application with the defaults: port 2775 on every address.
    pub fn new() -> Self {
        Self::from_config(SmppConfig::default())
    }

    /// An application as a file says. `${VAR}` in it is taken from the environment of the process.
    ///
    /// # Errors
    ///
    /// [`Error::Config`], with file, line and key, if there is no such file or it is not right.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self::from_config(SmppConfig::from_file(path, &Env::of_process())?))
    }

    /// An application with a configuration that the program made itself.
    pub fn from_config(config: SmppConfig) -> Self {
        Self { config, state: (), handlers: NoHandlers(()) }
    }

    /// The state, for handlers that ask for [`State<S>`](crate::State) or for a part of it. It is cloned for each such
    /// argument: put what is large behind an `Arc`.
    pub fn state<S: Send + Sync + 'static>(self, state: S) -> App<S> {
        App { config: self.config, state, handlers: self.handlers }
    }
}

impl<S: Send + Sync + 'static> App<S> {
    /// The SMPP handlers: [`handlers!`](crate::handlers)`[…]`, with or without tower layers around them.
    pub fn smpp<X: HandlerService>(self, handlers: Handlers<S, X>) -> App<S, Handlers<S, X>> {
        App { config: self.config, state: self.state, handlers }
    }
}

impl<S: Send + Sync + 'static, X: HandlerService> App<S, Handlers<S, X>> {
    /// Starts listening, and says where: with port 0 the system chooses one. Connections wait until
    /// [`Running::run`] is called.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`] or [`Error::Tls`], and `Error::Store` with a spool or a store in Redis; the text says how to mend it.
    pub async fn bind(self) -> Result<Running<X>, Error> {
        let Self { config, state, handlers } = self;
        for (on, name) in handlers.table() {
            tracing::info!(%on, function = %name, "handler");
        }
        let table = handlers.table().to_vec();
        let routing = &config.routing;
        let is_relay = !routing.rules.is_empty()
            || !routing.default_chain.is_empty()
            || table.iter().any(|(on, _)| on.is(On::ROUTE));
        let service = handlers.with_state(Arc::new(state));
        #[cfg(feature = "spool")]
        if let Some(spool) = &config.spool {
            return Running::spooling(service, &table, spool.clone(), &config).await;
        }
        if is_relay {
            Running::relaying(Behind::new(service, &table, Relay::new()), &config).await
        } else {
            Running::plain(service, &config).await
        }
    }

    /// Runs until SIGTERM or SIGINT; then stops listening, lets every session finish what is in flight, unbinds it and
    /// closes, within `server.drain_timeout_ms`. A second signal ends it at once.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind), and [`Error::Signals`].
    pub async fn run(self) -> Result<(), Error> {
        // First: from the moment that somebody can connect, a signal drains.
        let shutdown = Shutdown::on_signals().map_err(Error::Signals)?;
        self.run_until(shutdown.signal()).await.map(drop)
    }

    /// Runs until the signal comes, for tests and for programs that have a shutdown of their own. Says how the drain went.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub async fn run_until(self, signal: ShutdownSignal) -> Result<Drained, Error> {
        Ok(self.bind().await?.run_until(signal).await)
    }
}
