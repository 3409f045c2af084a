//! An application with HTTP routes.

use std::sync::Arc;

use wirepath_http::{
    Routes,
    config::HttpConfig,
    handler::{Dispatch, Join},
};
use wirepath_runtime::shutdown::{Drained, Shutdown, ShutdownSignal};

use super::{App, NoHandlers, NoRoutes};
use crate::{Error, RunningHttp};

impl<S: Send + Sync + 'static, H> App<S, H, NoRoutes> {
    /// The HTTP routes: [`routes!`](crate::routes)`[…]`.
    pub fn http<L: Dispatch<S>>(self, routes: Routes<S, L>) -> App<S, H, Routes<S, L>> {
        self.map_routes(|NoRoutes(())| routes)
    }
}

impl<S, H, R> App<S, H, R> {
    /// An HTTP configuration that the program made itself, in place of the file's.
    pub fn http_config(mut self, config: HttpConfig) -> Self {
        self.http = config;
        self
    }

    fn map_routes<Q>(self, map: impl FnOnce(R) -> Q) -> App<S, H, Q> {
        App {
            #[cfg(feature = "smpp")]
            smpp: self.smpp,
            http: self.http,
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
    /// [`Error::HttpListen`], [`Error::Tls`], [`Error::Routes`], or [`Error::Startup`]; the text says how to mend it.
    pub async fn bind(self) -> Result<RunningHttp<S, L>, Error> {
        RunningHttp::start(&self.http, self.routes, Arc::new(self.state)).await
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
