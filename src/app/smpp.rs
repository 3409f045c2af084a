//! An application with SMPP handlers.

use std::sync::Arc;

use wirepath_runtime::shutdown::{Drained, Shutdown, ShutdownSignal};
use wirepath_smpp::{Behind, HandlerService, Handlers, On, Relay, Smpp, config::SmppConfig};

use super::{App, NoHandlers};
use crate::{Error, Running};

impl App {
    /// An application with an SMPP configuration that the program made itself.
    pub fn from_config(config: SmppConfig) -> Self {
        Self { smpp: config, ..Self::new() }
    }
}

impl<S, H, R> App<S, H, R> {
    /// The handle on the application's SMPP sessions and binds: the one that SMPP handlers have as an argument. For a state that
    /// holds it: so an HTTP route sends what it was given, or a task beside the handlers does.
    ///
    /// ```no_run
    /// # #[cfg(feature = "http")] mod there {
    /// use wirepath::http::{Json, Refusal, StatusCode, post, routes};
    /// use wirepath::smpp::Smpp;
    /// use wirepath::{App, State, handlers};
    ///
    /// #[post("/messages/{to}")]
    /// async fn send(to: String, State(smpp): State<Smpp>, text: String) -> Result<Json<usize>, Refusal> {
    ///     match smpp.bind("carrier").send_text(text).to(to.as_str()).send().await {
    ///         Ok(sent) => Ok(Json(sent.parts.len())),
    ///         Err(error) => Err(Refusal::new(StatusCode::BAD_GATEWAY, error.to_string())),
    ///     }
    /// }
    ///
    /// # async fn run() -> Result<(), wirepath::Error> {
    /// let app = App::from_file("gateway.yaml")?;
    /// let smpp = app.sessions();
    /// app.state(smpp).smpp(handlers![]).http(routes![send]).run().await
    /// # }}
    /// ```
    #[must_use]
    pub fn sessions(&self) -> Smpp {
        self.sessions.clone()
    }
}

impl<S: Send + Sync + 'static, R> App<S, NoHandlers, R> {
    /// The SMPP handlers: [`handlers!`](crate::handlers)`[…]`, with or without tower layers around them.
    pub fn smpp<X: HandlerService>(self, handlers: Handlers<S, X>) -> App<S, Handlers<S, X>, R> {
        App {
            smpp: self.smpp,
            sessions: self.sessions,
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
        start(self.sessions, &self.smpp, self.handlers, Arc::new(self.state)).await
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
    smpp: Smpp,
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
        return Running::spooling(smpp, service, &table, spool.clone(), config).await;
    }
    if is_relay {
        Running::relaying(smpp, Behind::new(service, &table, Relay::new()), config).await
    } else {
        Running::plain(smpp, service, config).await
    }
}
