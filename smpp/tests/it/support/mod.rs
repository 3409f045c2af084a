//! What the tests have in common: a listener on a free port, and a peer that sends what it is told to, octet by octet.

mod peer;
#[cfg(feature = "spool")]
pub(crate) mod redis;

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use tokio::task::JoinHandle;
use wirepath_runtime::secret::Secret;
use wirepath_runtime::shutdown::{Drained, Shutdown};
use wirepath_smpp::{
    HandlerService, Server, Smpp, SubmitSm, SubmitSmResp,
    config::{EsmeConfig, ServerConfig},
    handlers, on_pdu,
};

pub(crate) use self::peer::{Peer, RawPeer, SUBMIT, bind_body, header, pdu, submit, submit_body};

/// How long a test waits for what should come at once, in real time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One ESME, `esme1` with the password `secret`, on a free port of the loopback interface.
pub(crate) fn config() -> ServerConfig {
    let mut config = ServerConfig::default();
    config.bind_address = "127.0.0.1".to_owned();
    config.port = 0;
    config.esmes = vec![EsmeConfig::new("esme1", Secret::from("secret"))];
    config
}

#[on_pdu("submit_sm")]
pub(crate) async fn take(pdu: SubmitSm) -> SubmitSmResp {
    pdu.accept("id")
}

/// The handlers of tests that are not about handlers.
pub(crate) fn plain() -> impl HandlerService {
    handlers![take].with_state(Arc::new(()))
}

/// A listener that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) smpp: Smpp,
    shutdown: Shutdown,
    task: JoinHandle<Drained>,
}

impl Running {
    pub(crate) async fn start(config: &ServerConfig, service: impl HandlerService) -> Self {
        Self::start_within(&Smpp::default(), config, service).await
    }

    pub(crate) async fn start_within(
        smpp: &Smpp,
        config: &ServerConfig,
        service: impl HandlerService,
    ) -> Self {
        let server = Server::bind_within(smpp, config, service).await.unwrap();
        let (address, smpp) = (server.local_addr().unwrap(), server.smpp());
        let shutdown = Shutdown::new();
        let signal = shutdown.signal();
        let task = tokio::spawn(async move { server.run(signal).await });
        Self { address, smpp, shutdown, task }
    }

    /// The usual one.
    pub(crate) async fn plain() -> Self {
        Self::start(&config(), plain()).await
    }

    pub(crate) async fn connect(&self) -> Peer {
        Peer::connect(self.address).await
    }

    pub(crate) async fn bound(&self) -> Peer {
        let mut peer = self.connect().await;
        peer.bind_as("esme1", "secret").await;
        peer
    }

    /// Asks it to stop; [`drained`](Self::drained) waits until it has.
    pub(crate) fn stop(&self) {
        self.shutdown.trigger();
    }

    pub(crate) async fn drained(self) -> Drained {
        self.stop();
        soon(self.task).await.unwrap()
    }
}

/// What should come at once, or the test fails.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("waited in vain"),
    }
}

/// Gives other tasks their turn until something holds: for what has no event to wait for.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    soon(async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
