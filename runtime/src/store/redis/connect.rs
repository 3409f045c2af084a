//! How the server is reached.

use std::path::Path;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, PushInfo,
    TlsCertificates,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::mpsc;

use super::RedisOptions;
use super::calls::{source, unavailable};
use crate::store::StoreError;

/// The longest time between attempts to connect.
const MAX_DELAY: Duration = Duration::from_secs(2);

/// A connection that is made again when it is lost. What the server pushes goes to `pushes`.
pub(super) async fn connect(
    options: &RedisOptions,
    pushes: mpsc::Sender<PushInfo>,
) -> Result<ConnectionManager, StoreError> {
    let client = client(options)?;
    // Once, and to the point: whoever keeps the connection tries for long, and does not say why it fails.
    let first = client.get_multiplexed_async_connection();
    drop(in_time(options, first).await?);
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(options.call_timeout))
        .set_connection_timeout(Some(options.call_timeout))
        .set_max_delay(MAX_DELAY)
        .set_pipeline_buffer_size(1_024)
        .set_automatic_resubscription()
        // What does not fit is a wake-up or a payload that comes too fast: those who wait look again by themselves.
        .set_push_sender(move |push| {
            let _ = pushes.try_send(push);
            Ok::<(), redis::aio::SendError>(())
        });
    in_time(options, client.get_connection_manager_with_config(config)).await
}

async fn in_time<T>(
    options: &RedisOptions,
    connecting: impl Future<Output = Result<T, redis::RedisError>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(options.call_timeout, connecting).await {
        Ok(connection) => connection.map_err(unavailable),
        Err(elapsed) => Err(StoreError::Unavailable {
            hint: "it does not answer; is it running, and is `store.url` right?".to_owned(),
            source: source(elapsed),
        }),
    }
}

fn client(options: &RedisOptions) -> Result<Client, StoreError> {
    let info = info(options)?;
    let is_tls = match info.addr() {
        ConnectionAddr::TcpTls { insecure: true, .. } => {
            return Err(invalid(
                "the URL of the Redis store ends with `#insecure`: its certificate is always checked; set `store.ca_path` to \
                 the authority that signed it",
            ));
        }
        ConnectionAddr::TcpTls { .. } => true,
        _ => false,
    };
    if !is_tls {
        return match options.ca_path {
            None => Client::open(info).map_err(|_| bad_url()),
            Some(_) => Err(invalid(
                "`store.ca_path` is set, and `store.url` has no TLS: write it as `rediss://host`, or leave `ca_path` out",
            )),
        };
    }
    // The library takes the process-wide provider, and panics where a program has several and has chosen none.
    if CryptoProvider::get_default().is_none() {
        // Another thread may have chosen one meanwhile: then it is that.
        let _ = ring::default_provider().install_default();
    }
    let root_cert = options.ca_path.as_deref().map(authorities).transpose()?;
    Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert })
        .map_err(|_| invalid(UNUSABLE_CA))
}

const UNUSABLE_CA: &str =
    "`store.ca_path` cannot be used: expected a PEM file with the certificates of authorities";

/// A file with certificates; without any nobody would be trusted, and every connection fail.
fn authorities(path: &Path) -> Result<Vec<u8>, StoreError> {
    let pem = std::fs::read(path).map_err(|error| {
        invalid(&format!("`store.ca_path`, {}, cannot be read: {error}", path.display()))
    })?;
    let mut certificates = CertificateDer::pem_slice_iter(&pem);
    match certificates.next() {
        Some(Ok(_)) => Ok(pem),
        _ => Err(invalid(UNUSABLE_CA)),
    }
}

fn info(options: &RedisOptions) -> Result<ConnectionInfo, StoreError> {
    let url = std::str::from_utf8(options.url.expose()).map_err(|_| bad_url())?;
    let info = url.into_connection_info().map_err(|_| bad_url())?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Ok(info.set_redis_settings(settings))
}

/// What the library says of a bad address may repeat it, and there may be a password in it.
fn bad_url() -> StoreError {
    invalid(
        "the URL of the Redis store cannot be read: expected `redis://[user:password@]host[:port][/database]`, or `rediss://…` \
         for TLS",
    )
}

fn invalid(text: &str) -> StoreError {
    StoreError::Invalid(text.to_owned())
}
