//! An application with HTTP routes.

use std::sync::Arc;

#[cfg(feature = "client")]
use wirepath_http::Http;
use wirepath_http::{
    IntoRoutes, Routes,
    config::{Around, HttpConfig},
    handler::{Dispatch, Join},
};
use wirepath_runtime::shutdown::{Drained, Shutdown, ShutdownSignal};

use super::{App, NoHandlers, NoRoutes};
use crate::{Error, RunningHttp};

impl<S: Send + Sync + 'static, H> App<S, H, NoRoutes> {
    /// The HTTP routes: [`routes!`](crate::routes)`[…]`, with or without tower [layers](Routes::layer) around them; or an
    /// `axum::Router` as it is, to which [`mount`](App::mount) adds routes of ours.
    pub fn http<R: IntoRoutes<S>>(self, routes: R) -> App<S, H, Routes<S, R::List>> {
        self.map_routes(|NoRoutes(())| routes.into_routes())
    }
}

impl<S, H, R> App<S, H, R> {
    /// An HTTP configuration that the program made itself, in place of the file's.
    pub fn http_config(mut self, config: HttpConfig) -> Self {
        self.http = config;
        self
    }

    /// The handle on the configuration's clients: the one that handlers have as an argument. For a state that holds it, or a
    /// task beside the handlers. Call it after [`http_config`](Self::http_config).
    ///
    /// ```no_run
    /// use wirepath::{App, State, http::{Http, on_shutdown, routes}};
    ///
    /// #[derive(Clone)]
    /// struct Peers(Http);
    ///
    /// #[on_shutdown]
    /// async fn leave(State(Peers(http)): State<Peers>) -> Result<(), wirepath::http::BoxError> {
    ///     http.client("registry").delete("/services/me").send().await?.error_for_status()?;
    ///     Ok(())
    /// }
    ///
    /// # async fn run() -> Result<(), wirepath::Error> {
    /// let mut app = App::from_file("http.yaml")?;
    /// let http = app.clients()?;
    /// app.state(Peers(http)).http(routes![leave]).run().await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Client`], if the TLS files of one cannot be used.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and timers enabled, if there is a client.
    #[cfg(feature = "client")]
    pub fn clients(&mut self) -> Result<Http, Error> {
        if let Some(http) = &self.clients {
            return Ok(http.clone());
        }
        let http = Http::new(&self.http.clients)?;
        Ok(self.clients.insert(http).clone())
    }

    /// What stands around all requests of all listeners, in place of the file's key `around`; a listener's own stays.
    pub fn around(mut self, around: Around) -> Self {
        self.http.around = around;
        self
    }

    fn map_routes<Q>(self, map: impl FnOnce(R) -> Q) -> App<S, H, Q> {
        App {
            #[cfg(feature = "smpp")]
            smpp: self.smpp,
            #[cfg(feature = "smpp")]
            sessions: self.sessions,
            http: self.http,
            #[cfg(feature = "client")]
            clients: self.clients,
            state: self.state,
            handlers: self.handlers,
            routes: map(self.routes),
        }
    }
}

impl<S: Send + Sync + 'static, H, L: Dispatch<S>> App<S, H, Routes<S, L>> {
    /// More routes, with a prefix in front of their paths: `.mount("/v1", routes![…])`. See [`Routes::mount`].
    pub fn mount<M: Dispatch<S>>(
        self,
        prefix: &str,
        routes: Routes<S, M>,
    ) -> App<S, H, Routes<S, Join<L, M>>> {
        self.map_routes(|own| own.mount(prefix, routes))
    }

    /// The files of a folder, with a prefix in front of their paths. See [`Routes::files`].
    #[cfg(feature = "files")]
    pub fn files(
        self,
        prefix: &str,
        files: wirepath_http::router::Files,
    ) -> App<S, H, Routes<S, Join<L, wirepath_http::router::FilesList>>> {
        self.map_routes(|own| own.files(prefix, files))
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> App<S, NoHandlers, Routes<S, L>> {
    /// Starts listening, runs what `#[on_startup]` says, and gives the addresses: with port 0 the system chooses one.
    /// Connections wait until [`RunningHttp::run`] is called.
    ///
    /// # Errors
    ///
    /// [`Error::HttpListen`], [`Error::Tls`], [`Error::Routes`], [`Error::Startup`], or `Error::Client`; the text says how to mend it.
    #[cfg_attr(not(feature = "client"), allow(unused_mut))]
    pub async fn bind(mut self) -> Result<RunningHttp<S, L>, Error> {
        #[cfg(feature = "client")]
        let clients = self.clients()?;
        RunningHttp::start(
            &self.http,
            self.routes,
            Arc::new(self.state),
            #[cfg(feature = "client")]
            clients,
        )
        .await
    }

    /// Runs until SIGTERM or SIGINT; then stops listening, lets requests in progress finish, within `drain_timeout_ms`, and
    /// runs what `#[on_shutdown]` says. A second signal ends it at once.
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
