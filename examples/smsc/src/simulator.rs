//! A simulator that runs.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::task::{JoinHandle, JoinSet};
use wirepath::{
    App, Error,
    secret::Secret,
    shutdown::{Drained, Shutdown},
    smpp::{
        Smpp,
        config::{EsmeConfig, SmppConfig},
    },
};

use crate::{faults::FaultLayer, handlers, mo, options::Options, smsc::Smsc, status};

/// An SMSC that runs in this process. It ends when this is dropped.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Simulator {
    address: SocketAddr,
    smsc: Arc<Smsc>,
    smpp: Smpp,
    shutdown: Shutdown,
    running: JoinHandle<Drained>,
    /// Ended when this is dropped.
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Starts one on an address (port 0: a free one) that lets the ESME `esme1` in, with the password `secret`.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(address: SocketAddr, options: Options) -> Result<Self, Error> {
        let mut config = SmppConfig::default();
        config.server.bind_address = address.ip().to_string();
        config.server.port = address.port();
        config.server.esmes.push(EsmeConfig::new("esme1", Secret::from("secret")));
        // Nobody waits for what a simulator has not finished.
        config.server.drain_timeout_ms = 1_000;
        Self::start_with(config, options, Shutdown::new()).await
    }

    /// Starts one with a configuration of one's own: `server` counts, the rest of it too. It drains when `shutdown` says so.
    ///
    /// # Errors
    ///
    /// As [`App::bind`].
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start_with(
        config: SmppConfig,
        options: Options,
        shutdown: Shutdown,
    ) -> Result<Self, Error> {
        let Options { receipt_delay, receipt_form, max_messages, mo_rate, faults } = options;
        let smsc = Arc::new(Smsc::new(receipt_delay, max_messages, receipt_form));
        let handlers = wirepath::handlers![
            handlers::bound,
            handlers::submit,
            handlers::submit_multi,
            handlers::data,
            handlers::query,
            handlers::cancel,
            handlers::replace,
        ];
        // No `#[on_bind]`: `server.esmes` decides who may bind.
        let running = App::from_config(config)
            .state(Arc::clone(&smsc))
            .smpp(handlers.layer(FaultLayer::new(faults, smsc.counters.injected.clone())))
            .bind()
            .await?;
        let (address, smpp) = (running.local_addr(), running.smpp());
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&smsc).deliver(smpp.clone()));
        tasks.spawn(mo::originate(Arc::clone(&smsc), smpp.clone(), mo_rate));
        let signal = shutdown.signal();
        let running = tokio::spawn(running.run_until(signal));
        Ok(Self { address, smsc, smpp, shutdown, running, tasks })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Messages that it has taken.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.smsc.counters.taken.get()
    }

    /// Receipts that an ESME has taken.
    #[must_use]
    pub fn receipts(&self) -> u64 {
        self.smsc.counters.receipts.get()
    }

    /// Messages that it holds: without their final state, or whose receipt nobody has taken.
    #[must_use]
    pub fn held(&self) -> usize {
        self.smsc.messages.load()
    }

    /// Says how it goes while it runs: a line a second on a terminal, a log line every ten seconds elsewhere.
    pub fn report(&mut self) {
        self.tasks.spawn(status::report(Arc::clone(&self.smsc), self.smpp.clone()));
    }

    /// Waits until it has ended.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn ended(&mut self) {
        // That it panicked is in the log.
        let _ = (&mut self.running).await;
    }

    /// Ends it: sessions are unbound, for a second at most if it was made by [`start`](Self::start).
    pub async fn stop(mut self) {
        self.shutdown.trigger();
        let patience = Duration::from_secs(10);
        let _ = tokio::time::timeout(patience, self.ended()).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shutdown.force();
    }
}
