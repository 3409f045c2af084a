//! An application that listens for HTTP.

use std::{fmt, net::SocketAddr, sync::Arc};

#[cfg(feature = "client")]
use wirepath_http::Http;
use wirepath_http::{Router, Routes, Server, config::HttpConfig, handler::Dispatch};
use wirepath_runtime::shutdown::{Drained, Shutdown, ShutdownSignal};

use crate::Error;

/// An application that listens for HTTP; [`run`](Self::run) serves those who connect.
#[must_use = "nobody is served until `run` is called"]
pub struct RunningHttp<S, L> {
    server: Server<Router<S, L>>,
    router: Router<S, L>,
    #[cfg(feature = "client")]
    http: Http,
}

impl<S, L> fmt::Debug for RunningHttp<S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningHttp").field("router", &self.router).finish_non_exhaustive()
    }
}

impl<S: Send + Sync + 'static, L: Dispatch<S>> RunningHttp<S, L> {
    pub(crate) async fn start(
        config: &HttpConfig,
        routes: Routes<S, L>,
        state: Arc<S>,
        #[cfg(feature = "client")] http: Http,
    ) -> Result<Self, Error> {
        for (methods, path, name) in routes.table() {
            tracing::info!(%methods, path, function = name, "route");
        }
        #[cfg(feature = "openapi")]
        let routes = {
            let own = config.servers.first().and_then(|server| server.around.as_ref());
            routes.openapi_around(own.unwrap_or(&config.around))
        };
        let router = routes.with_state(state)?;
        #[cfg(feature = "client")]
        let bound = Server::bind_within(&http, config, router.clone()).await;
        #[cfg(not(feature = "client"))]
        let bound = Server::bind(config, router.clone()).await;
        let server = bound.map_err(Error::of_http)?;
        for (name, hook) in router.startup() {
            hook.await.map_err(|source| Error::Startup { name, source })?;
        }
        for address in server.local_addrs() {
            tracing::info!(%address, "HTTP listening");
        }
        Ok(Self {
            server,
            router,
            #[cfg(feature = "client")]
            http,
        })
    }

    /// The addresses that it listens on, in the configuration's order, without Unix sockets.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        self.server.local_addrs()
    }

    /// The handle on the clients of the configuration, for tasks beside the handlers.
    #[cfg(feature = "client")]
    #[must_use]
    pub fn http(&self) -> Http {
        self.http.clone()
    }

    /// As [`App::run`](crate::App::run).
    ///
    /// # Errors
    ///
    /// [`Error::Signals`].
    pub async fn run(self) -> Result<(), Error> {
        let shutdown = Shutdown::on_signals().map_err(Error::Signals)?;
        self.run_until(shutdown.signal()).await;
        Ok(())
    }

    /// As [`App::run_until`](crate::App::run_until).
    pub async fn run_until(self, signal: ShutdownSignal) -> Drained {
        let drained = self.server.run(signal).await;
        for (name, hook) in self.router.shutdown() {
            if let Err(error) = hook.await {
                tracing::error!(function = name, %error, "a hook of the shutdown failed; going on with the next");
            }
        }
        tracing::info!(?drained, "HTTP stopped");
        drained
    }
}
