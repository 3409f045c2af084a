//! smpp34 as a relay: its listener sends what comes on through a client session, whole, as its documentation has it for relays.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use smpp34::{
    SmppConnectionInformation, SmppServer, SmppServerListener, bind_transceiver,
    bind_transceiver_resp,
    client::{BIND_TYPE, SMSC, SmppClient},
    submit_sm, submit_sm_resp,
};
use tokio::sync::{Mutex, oneshot};

use super::{Handled, relay::WINDOW};
use crate::{client::smpp34::Binder, error::LoadError};

struct Listener {
    upstream: Arc<SMSC>,
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
        // Both sending and answering take the PDU.
        match self.upstream.send_submit_sm_pdu(pdu.clone()).await {
            Ok(answer) if answer.is_success() => {
                self.handled.next();
                pdu.accept(answer.message_id.unwrap_or_default())
            }
            Ok(answer) => pdu.reject(answer.get_error()),
            Err(error) => pdu.reject(error),
        }
    }
}

/// Starts it, bound. It listens while what is returned lives.
pub(crate) async fn start(
    listen: SocketAddr,
    upstream: SocketAddr,
    handled: Handled,
) -> Result<(SocketAddr, SmppServer, SmppClient), LoadError> {
    let (bound, is_bound) = oneshot::channel();
    let mut client = SmppClient::new(
        upstream.ip().to_string(),
        upstream.port(),
        false,
        BIND_TYPE::TRX,
        "gateway".to_owned(),
        "secret".to_owned(),
        String::new(),
        1,
        1,
        String::new(),
        Arc::new(Binder { bound: Mutex::new(Some(bound)) }),
        WINDOW,
    );
    client.start().await;
    let Ok(Ok(upstream)) = tokio::time::timeout(Duration::from_secs(10), is_bound).await else {
        return Err(LoadError::new("smpp34's client did not bind"));
    };
    // It does not say which port it was given, so the port is found for it.
    let address = TcpListener::bind(listen)?.local_addr()?;
    let listener = Arc::new(Listener { upstream, handled });
    let mut server = SmppServer::new(address.ip(), address.port(), listener);
    server.start().await;
    match server.is_alive() {
        true => Ok((address, server, client)),
        false => Err(LoadError::new(format!("smpp34 cannot listen on {address}"))),
    }
}
