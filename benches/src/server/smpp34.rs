//! smpp34, with a listener that does what wirepath's handlers do.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use async_trait::async_trait;
use smpp34::{
    SmppConnectionInformation, SmppServer, SmppServerListener, bind_transceiver,
    bind_transceiver_resp, submit_sm, submit_sm_resp,
};

use super::Handled;
use crate::error::LoadError;

struct Listener {
    handled: Handled,
}

#[async_trait]
impl SmppServerListener for Listener {
    async fn on_bind_transceiver(
        &self,
        bind: bind_transceiver,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> bind_transceiver_resp {
        bind.accept("smpp34".to_owned(), Some(0x34))
    }

    async fn on_submit_sm(
        &self,
        pdu: submit_sm,
        _: &SmppConnectionInformation,
        _: &String,
    ) -> submit_sm_resp {
        pdu.accept(self.handled.next().to_string())
    }
}

/// Starts it. It listens while what is returned lives.
pub(crate) async fn start(
    listen: SocketAddr,
    handled: Handled,
) -> Result<(SocketAddr, SmppServer), LoadError> {
    // It does not say which port it was given, so the port is found for it.
    let address = TcpListener::bind(listen)?.local_addr()?;
    let mut server = SmppServer::new(address.ip(), address.port(), Arc::new(Listener { handled }));
    server.start().await;
    match server.is_alive() {
        true => Ok((address, server)),
        false => Err(LoadError::new(format!("smpp34 cannot listen on {address}"))),
    }
}
