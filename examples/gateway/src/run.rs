//! The gateway itself: all of it is wiring.

use wirepath::{
    App, Error, handlers, shutdown::Shutdown, smpp::config::SmppConfig, store::StoreEngine,
};

use crate::{args::RunArgs, builtin, hint, socket::ControlSocket, status};

/// Runs until SIGTERM or SIGINT, and drains.
pub(crate) async fn run(args: &RunArgs) -> Result<(), Error> {
    // First: from the moment that somebody can connect, a signal drains.
    let shutdown = Shutdown::on_signals().map_err(Error::Signals)?;
    let mut config = args.smpp()?;
    let simulator = match &args.store.config {
        Some(_) => None,
        None => Some(builtin::start(&mut config).await?),
    };
    // No handlers: `server.esmes` decides who may bind, `routing` where messages go, and the spool takes them there.
    let running = App::from_config(config.clone()).smpp(handlers![]).bind().await?;
    let (address, spool) = (running.local_addr(), running.spool());
    let control = spool.clone().and_then(|spool| control(&config, spool));
    if spool.is_none() {
        tracing::info!(
            "no key `spool`: nothing is stored, a message is answered when an SMSC has answered it"
        );
    }
    let status = tokio::spawn(status::report(spool, running.smpp()));
    hint::print(address, &config, simulator.is_some());
    running.run_until(shutdown.signal()).await;
    status.abort();
    drop(control);
    if let Some(simulator) = simulator {
        simulator.stop().await;
    }
    Ok(())
}

/// The socket for `gateway spool`. A store in Redis needs none: it can be opened by several.
fn control(config: &SmppConfig, spool: wirepath::smpp::spool::Spool) -> Option<ControlSocket> {
    if config.store.engine == StoreEngine::Redis {
        return None;
    }
    match ControlSocket::serve(&config.store.path, spool) {
        Ok(socket) => Some(socket),
        Err(error) => {
            tracing::warn!(
                %error, folder = %config.store.path.display(),
                "no control socket: `gateway spool` works when this is stopped; a shorter path, or one on a local disk, may help"
            );
            None
        }
    }
}
