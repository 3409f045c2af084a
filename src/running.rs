//! An application that listens.

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use wirepath_runtime::shutdown::{Drained, Shutdown, ShutdownSignal};
use wirepath_smpp::{Binds, HandlerService, Server, Smpp, config::ServerConfig};

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
    server: Server<X>,
    binds: Binds<X>,
    address: SocketAddr,
    drain_timeout: Duration,
}

impl<X: HandlerService> Running<X> {
    pub(crate) fn new(
        server: Server<X>,
        binds: Binds<X>,
        config: &ServerConfig,
    ) -> Result<Self, Error> {
        let address = server.local_addr().map_err(Error::of_listener)?;
        tracing::info!(%address, tls = config.tls.is_some(), esmes = config.esmes.len(), "SMPP listening");
        Ok(Self { server, binds, address, drain_timeout: config.drain_timeout() })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The handle on its SMPP sessions, for tasks beside the handlers.
    #[must_use]
    pub fn smpp(&self) -> Smpp {
        self.server.smpp()
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
        let Self { server, binds, address, drain_timeout } = self;
        let drains_from = async {
            signal.requested().await;
            Instant::now()
        };
        let (drained, since) = tokio::join!(server.run(signal.clone()), drains_from);
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
        let drained = if drained == Drained::Clean { unbound } else { drained };
        tracing::info!(%address, ?drained, "SMPP stopped");
        drained
    }
}

/// What outbound binds have at the end of a drain to say goodbye, however late the listener was.
const GOODBYE: Duration = Duration::from_secs(1);
