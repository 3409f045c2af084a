//! An application with SMPP handlers.

use std::sync::Arc;

use wirepath_runtime::shutdown::{Drained, Shutdown, ShutdownSignal};
use wirepath_smpp::{Behind, HandlerService, Handlers, On, Relay, config::SmppConfig};

use super::{App, NoHandlers};
use crate::{Error, Running};

impl App {
    /// An application with an SMPP configuration that the program made itself.
    pub fn from_config(config: SmppConfig) -> Self {
        Self { smpp: config, ..Self::new() }
    }
}

impl<S: Send + Sync + 'static, R> App<S, NoHandlers, R> {
    /// The SMPP handlers: [`handlers!`](crate::handlers)`[…]`, with or without tower layers around them.
    pub fn smpp<X: HandlerService>(self, handlers: Handlers<S, X>) -> App<S, Handlers<S, X>, R> {
        App {
            smpp: self.smpp,
            #[cfg(feature = "http")]
            http: self.http,
            #[cfg(feature = "client")]
            clients: self.clients,
            state: self.state,
            handlers,
            routes: self.routes,
        }
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
        start(&self.smpp, self.handlers, Arc::new(self.state)).await
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

/// Starts listening for SMPP.
pub(super) async fn start<S, X>(
    config: &SmppConfig,
    handlers: Handlers<S, X>,
    state: Arc<S>,
) -> Result<Running<X>, Error>
where
    S: Send + Sync + 'static,
    X: HandlerService,
{
    for (on, name) in handlers.table() {
        tracing::info!(%on, function = %name, "handler");
    }
    let table = handlers.table().to_vec();
    let routing = &config.routing;
    let is_relay = !routing.rules.is_empty()
        || !routing.default_chain.is_empty()
        || table.iter().any(|(on, _)| on.is(On::ROUTE));
    let service = handlers.with_state(state);
    #[cfg(feature = "spool")]
    if let Some(spool) = &config.spool {
        return Running::spooling(service, &table, spool.clone(), config).await;
    }
    if is_relay {
        Running::relaying(Behind::new(service, &table, Relay::new()), config).await
    } else {
        Running::plain(service, config).await
    }
}
