//! smpp34, with a listener that does what wirepath's handlers do; or as a relay, whose listener sends what comes on through a
//! client session, whole, as its documentation has it for relays.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use async_trait::async_trait;
use smpp34::{
    SmppConnectionInformation, SmppServer, SmppServerListener, bind_transceiver,
    bind_transceiver_resp,
    client::{SMSC, SmppClient},
    submit_sm, submit_sm_resp,
};

use super::{Handled, relay::WINDOW};
use crate::{client::smpp34::Account, error::LoadError};

struct Listener {
    /// Where a relay sends what comes.
    upstream: Option<Arc<SMSC>>,
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
        let Some(upstream) = &self.upstream else {
            return pdu.accept(self.handled.next().to_string());
        };
        // Both sending and answering take the PDU.
        match upstream.send_submit_sm_pdu(pdu.clone()).await {
            Ok(answer) if answer.is_success() => {
                self.handled.next();
                pdu.accept(answer.message_id.unwrap_or_default())
            }
            Ok(answer) => pdu.reject(answer.get_error()),
            Err(error) => pdu.reject(error),
        }
    }
}

/// Starts one that answers itself. It listens while what is returned lives.
pub(crate) async fn start(
    listen: SocketAddr,
    handled: Handled,
) -> Result<(SocketAddr, SmppServer), LoadError> {
    serve(listen, Listener { upstream: None, handled }).await
}

/// Starts a relay, bound. It listens while what is returned lives.
pub(crate) async fn start_relay(
    listen: SocketAddr,
    upstream: SocketAddr,
    handled: Handled,
) -> Result<(SocketAddr, SmppServer, SmppClient), LoadError> {
    let account = Account {
        host: upstream.ip().to_string(),
        port: upstream.port(),
        system_id: "gateway".to_owned(),
        password: "secret".to_owned(),
        window: WINDOW,
    };
    let (client, upstream) = account.bind().await?;
    let (address, server) = serve(listen, Listener { upstream: Some(upstream), handled }).await?;
    Ok((address, server, client))
}

async fn serve(
    listen: SocketAddr,
    listener: Listener,
) -> Result<(SocketAddr, SmppServer), LoadError> {
    // It does not say which port it was given, so the port is found for it.
    let address = TcpListener::bind(listen)?.local_addr()?;
    let mut server = SmppServer::new(address.ip(), address.port(), Arc::new(listener));
    server.start().await;
    match server.is_alive() {
        true => Ok((address, server)),
        false => Err(LoadError::new(format!("smpp34 cannot listen on {address}"))),
    }
}
