//! An application with SMPP handlers and HTTP routes: one state, one shutdown.

use std::sync::Arc;

use wirepath_http::{Routes, handler::Dispatch};
use wirepath_runtime::shutdown::{Drained, Shutdown, ShutdownSignal};
use wirepath_smpp::{HandlerService, Handlers};

use super::{App, smpp};
use crate::{Error, Running, RunningHttp};

/// An application that listens for both protocols.
#[derive(Debug)]
#[must_use = "nobody is served until `run_until` is called"]
pub struct RunningBoth<X, S, L> {
    /// The SMPP half.
    pub smpp: Running<X>,
    /// The HTTP half.
    pub http: RunningHttp<S, L>,
}

impl<S, X, L> App<S, Handlers<S, X>, Routes<S, L>>
where
    S: Send + Sync + 'static,
    X: HandlerService,
    L: Dispatch<S>,
{
    /// Starts listening for both.
    ///
    /// # Errors
    ///
    /// Those of either.
    #[cfg_attr(not(feature = "client"), allow(unused_mut))]
    pub async fn bind(mut self) -> Result<RunningBoth<X, S, L>, Error> {
        #[cfg(feature = "client")]
        let clients = self.clients()?;
        let state = Arc::new(self.state);
        let smpp =
            smpp::start(self.sessions, &self.smpp, self.handlers, Arc::clone(&state)).await?;
        let http = RunningHttp::start(
            &self.http,
            self.routes,
            state,
            #[cfg(feature = "client")]
            clients,
        )
        .await?;
        Ok(RunningBoth { smpp, http })
    }

    /// Runs until SIGTERM or SIGINT; then both drain, side by side. A second signal ends it at once.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind), and [`Error::Signals`].
    pub async fn run(self) -> Result<(), Error> {
        let shutdown = Shutdown::on_signals().map_err(Error::Signals)?;
        self.run_until(shutdown.signal()).await.map(drop)
    }

    /// Runs until the signal comes. Says how the drain went: the worse of both.
    ///
    /// # Errors
    ///
    /// As [`bind`](Self::bind).
    pub async fn run_until(self, signal: ShutdownSignal) -> Result<Drained, Error> {
        Ok(self.bind().await?.run_until(signal).await)
    }
}

impl<X: HandlerService, S: Send + Sync + 'static, L: Dispatch<S>> RunningBoth<X, S, L> {
    /// As [`App::run_until`].
    pub async fn run_until(self, signal: ShutdownSignal) -> Drained {
        let (smpp, http) =
            tokio::join!(self.smpp.run_until(signal.clone()), self.http.run_until(signal));
        if smpp == Drained::Clean { http } else { smpp }
    }
}
