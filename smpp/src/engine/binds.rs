//! The outbound binds of a program: begun, changed, drained.

use std::{sync::Arc, time::Duration};

use wirepath_runtime::{
    shutdown::{Drained, Shutdown},
    tls::{TlsClient, TlsError, TlsWatch},
};

use super::{client::Client, hub::Hub, keeper::Keeper, kept::Kept};
use crate::{config::BindConfig, handle::Smpp, handler::HandlerService, protocol::Timers};

/// How often the files of a bind's TLS are looked at.
const TLS_WATCH: Duration = Duration::from_secs(5);

/// Keeps outbound binds: a task each, as many as are configured. Dropped, it stops them.
///
/// `App` does this for the `binds` of its configuration.
///
/// ```
/// use std::sync::Arc;
/// use wirepath_smpp::{Binds, DeliverSm, SendError, Server, SubmitSm, config::{BindConfig, ServerConfig}, handlers, on_pdu};
///
/// #[on_pdu("deliver_sm")]
/// async fn receipt(_pdu: DeliverSm) {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut config = ServerConfig::default();
/// # (config.bind_address, config.port) = ("127.0.0.1".to_owned(), 0);
/// let service = handlers![receipt].with_state(Arc::new(()));
/// let server = Server::bind(&config, service.clone()).await?;
/// let binds = Binds::new(&server.smpp(), service);
/// binds.keep(&BindConfig::new("aggregator", "smsc.example", "us", "secret"))?;
///
/// let aggregator = server.smpp().bind("aggregator");
/// let pdu = SubmitSm::builder().destination("31612345678").short_message("hi").build()?;
/// // It has only begun to connect; `bound().await` waits.
/// assert_eq!(aggregator.submit_sm(&pdu).await.unwrap_err(), SendError::NotBound);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Binds<X> {
    hub: Arc<Hub>,
    service: X,
    tasks: Shutdown,
}

impl<X: HandlerService> Binds<X> {
    /// Keeps binds whose sessions belong to this engine; what the SMSCs send goes to `service`.
    pub fn new(smpp: &Smpp, service: X) -> Self {
        Self { hub: smpp.hub(), service, tasks: Shutdown::new() }
    }

    /// Begins to keep a bind. Several of one name are a pool.
    ///
    /// # Errors
    ///
    /// [`TlsError`] if the files of its TLS cannot be used; the text says how to mend it. That nobody listens there is none:
    /// it is tried until somebody does.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn keep(&self, config: &BindConfig) -> Result<(), TlsError> {
        self.start(Prepared::new(config)?);
        Ok(())
    }

    fn start(&self, prepared: Prepared) {
        let Prepared { kept, client, tls_watch } = prepared;
        let client = client.within(&self.hub);
        self.hub.keep(&kept);
        let keeper = Keeper { kept, client, signal: self.tasks.signal(), _tls_watch: tls_watch };
        drop(self.tasks.spawn(keeper.run(self.service.clone(), Arc::clone(&self.hub))));
    }

    /// Makes the binds that are kept those of a configuration: what is new begins, what is gone is unbound, what has changed
    /// is both, and what has not is left alone.
    ///
    /// # Errors
    ///
    /// As [`keep`](Self::keep), for the first bind that it happens to; nothing has changed then.
    pub fn set(&self, configs: &[BindConfig]) -> Result<(), TlsError> {
        let (mut old, mut new) = (self.hub.kept(), Vec::new());
        for config in configs {
            match old.iter().position(|kept| kept.config == *config) {
                // Nothing of it is read again: that its files are broken by now is for who watches them.
                Some(same) => drop(old.swap_remove(same)),
                None => new.push(Prepared::new(config)?),
            }
        }
        for prepared in new {
            self.start(prepared);
        }
        for kept in old {
            kept.stop.trigger();
        }
        Ok(())
    }

    /// Unbinds all of them, each once what it has in flight has been answered, and waits for that until the deadline. What is
    /// left is closed.
    pub async fn drain(&self, deadline: Duration) -> Drained {
        self.tasks.drain(deadline).await
    }
}

impl<X> Binds<X> {
    /// Closes all of them at once, without waiting for anything; a drain that is waiting ends.
    pub fn close(&self) {
        self.tasks.force();
    }
}

impl<X> Drop for Binds<X> {
    fn drop(&mut self) {
        self.tasks.trigger();
    }
}

/// A bind that can begin: whatever may be wrong with it has been looked at.
struct Prepared {
    kept: Arc<Kept>,
    client: Client,
    tls_watch: Option<TlsWatch>,
}

impl Prepared {
    fn new(config: &BindConfig) -> Result<Self, TlsError> {
        let (client, tls_watch) = client(config)?;
        Ok(Self { kept: Arc::new(Kept::new(config.clone())), client, tls_watch })
    }
}

/// What connects for a bind, and what looks at its files.
fn client(config: &BindConfig) -> Result<(Client, Option<TlsWatch>), TlsError> {
    let address = match config.host.contains(':') {
        // IPv6
        true => format!("[{}]:{}", config.host, config.port),
        false => format!("{}:{}", config.host, config.port),
    };
    let timers = Timers {
        enquire_link: config.enquire_link_timer(),
        response: Some(config.response_timer()),
        ..Timers::default()
    };
    let client = Client::new(address, &config.system_id, config.password.clone())
        .kind(config.bind_type)
        .system_type(&config.system_type)
        .window(config.window_size)
        .timers(timers);
    let Some(tls) = &config.tls else { return Ok((client, None)) };
    let identity = tls.cert_path.as_ref().zip(tls.key_path.as_ref());
    let material = TlsClient::load(tls.ca_path.as_ref(), identity)?;
    let watch = material.watch(TLS_WATCH);
    let name = tls.server_name.as_ref().unwrap_or(&config.host);
    Ok((client.tls(material, name), Some(watch)))
}
