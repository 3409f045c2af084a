//! wirepath's spool, with its defaults, on a route of one bind.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use wirepath_runtime::{
    shutdown::ShutdownSignal,
    store::{RedisOptions, Store, StoreConfig},
};
use wirepath_smpp::{
    Bind, BindReply, On, Smpp,
    config::{RoutingConfig, SpoolConfig, Step},
    handlers, on_bind,
    spool::{Spool, Spooled},
};

use super::relay::{self, UP};
use crate::error::LoadError;

/// Where it stores.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    /// In a folder, by the embedded store with its defaults.
    Folder(PathBuf),
    /// In Redis, at a URL.
    Redis(String),
}

impl Kept {
    pub(crate) async fn open(&self) -> Result<Store, LoadError> {
        match self {
            Self::Folder(path) => {
                let mut config = StoreConfig::default();
                config.path.clone_from(path);
                Ok(Store::from_config(&config).await?)
            }
            Self::Redis(url) => Ok(Store::redis(RedisOptions::new(url.as_str())).await?),
        }
    }
}

#[on_bind]
async fn welcome(bind: Bind) -> BindReply {
    bind.accept()
}

/// Starts it, with what waits in its store; it drains when the signal comes.
pub(crate) async fn start(
    listen: SocketAddr,
    upstream: SocketAddr,
    kept: &Kept,
    signal: ShutdownSignal,
) -> Result<(SocketAddr, Spool), LoadError> {
    start_with(kept.open().await?, listen, upstream, signal).await
}

/// The same, with a store that is open.
pub(crate) async fn start_with(
    store: Store,
    listen: SocketAddr,
    upstream: SocketAddr,
    signal: ShutdownSignal,
) -> Result<(SocketAddr, Spool), LoadError> {
    let smpp = Smpp::default();
    let mut routing = RoutingConfig::default();
    routing.default_chain = vec![Step::Bind(UP.to_owned())];
    smpp.set_routing(&routing);
    let spool = Spool::start(store, smpp.clone(), SpoolConfig::default()).await?;
    let service =
        Spooled::new(handlers![welcome].with_state(Arc::new(())), spool.clone(), [On::BIND]);
    let address = relay::run(&smpp, service, listen, upstream, signal).await?;
    Ok((address, spool))
}
