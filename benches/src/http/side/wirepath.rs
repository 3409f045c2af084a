//! This project's server, with the handlers of the example `workloads`.

use std::{net::SocketAddr, sync::Arc};

use wirepath_http::{
    Router, Server,
    config::{HttpConfig, Threads},
    handler::Dispatch,
};
use wirepath_runtime::shutdown::ShutdownSignal;

use super::in_background;
use crate::error::LoadError;

/// Connections that it takes: more than any command here opens.
const MAX_CONNECTIONS: usize = 100_000;

/// Its listener, which serves once it is run.
pub(in crate::http) async fn bind(
    threads: Threads,
) -> Result<Server<Router<(), impl Dispatch<()>>>, LoadError> {
    let of = |error: &dyn std::fmt::Display| LoadError::new(error.to_string());
    let listen = "127.0.0.1:0".parse().map_err(|error| of(&error))?;
    let mut config = HttpConfig::on(listen);
    config.threads = threads;
    for server in &mut config.servers {
        server.max_connections = MAX_CONNECTIONS;
    }
    let router = workloads::routes().with_state(Arc::new(())).map_err(|error| of(&error))?;
    Ok(Server::bind(&config, router).await?)
}

pub(super) fn start(threads: Threads) -> Result<SocketAddr, LoadError> {
    in_background(async move |tell| {
        let server = bind(threads).await?;
        if let Some(address) = server.local_addrs().first() {
            let _ = tell.send(*address);
        }
        server.run(ShutdownSignal::never()).await;
        Ok(())
    })
}
