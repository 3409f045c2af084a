//! What the requests of one client share.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use hyper_util::{client::legacy, rt::TokioTimer};
use tokio::{runtime::Handle, sync::Semaphore};
use wirepath_runtime::tls::{DEFAULT_PERIOD, TlsClient, TlsError, TlsWatch};

use super::{
    BadClient,
    connect::{Connector, Home},
    transport::Transport,
};
use crate::config::{ClientConfig, Verify};

/// One client: its connections, and what bounds them.
pub(crate) struct Pool {
    pub(super) name: Arc<str>,
    pub(super) config: ClientConfig,
    /// Of every request that does not set them.
    pub(super) headers: HeaderMap,
    pub(super) transport: Transport,
    /// `max_in_flight` of them.
    pub(super) places: Arc<Semaphore>,
    /// Follows the TLS files while it lives.
    _watch: Option<TlsWatch>,
}

/// How often a connection of HTTP/2 is asked whether somebody is there, while requests are on it.
const PING: Duration = Duration::from_secs(10);

impl Pool {
    pub(super) fn open(name: &str, config: &ClientConfig) -> Result<Self, BadClient> {
        let tls = config.base_url.is_https().then(|| tls(config)).transpose();
        let tls = tls.map_err(|source| BadClient::Tls { client: name.to_owned(), source })?;
        if config.verify == Verify::No {
            tracing::warn!(
                client = name,
                "`verify: false`: whoever stands on the way can read and change what is sent"
            );
        }
        let watch = tls.as_ref().map(|tls| tls.watch(DEFAULT_PERIOD));
        let connect = Duration::from_millis(config.connect_timeout_ms);
        let home = Handle::current();
        let connector = Connector::new(tls, connect, home.clone());
        let pool = legacy::Client::builder(Home(home))
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_millis(config.idle_timeout_ms))
            .pool_max_idle_per_host(config.pool_size)
            .http2_only(config.http2_prior_knowledge)
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PING)
            .build(connector);
        Ok(Self { _watch: watch, ..Self::over(name, config, Transport::Pool(Box::new(pool)))? })
    }

    /// Over something that carries requests.
    pub(crate) fn over(
        name: &str,
        config: &ClientConfig,
        transport: Transport,
    ) -> Result<Self, BadClient> {
        let refused = |(key, what)| BadClient::Value { client: name.to_owned(), key, what };
        if let Some(problem) = config.problems().into_iter().next() {
            return Err(refused(problem));
        }
        let mut headers = HeaderMap::new();
        for (header, value) in &config.headers {
            let (Ok(header), Ok(mut value)) =
                (HeaderName::try_from(header), HeaderValue::from_bytes(value.expose()))
            else {
                return Err(refused((format!("headers.{header}"), "no header".to_owned())));
            };
            value.set_sensitive(true);
            headers.insert(header, value);
        }
        let places = config.max_in_flight.min(Semaphore::MAX_PERMITS);
        Ok(Self {
            name: name.into(),
            config: config.clone(),
            headers,
            transport,
            places: Arc::new(Semaphore::new(places)),
            _watch: None,
        })
    }
}

fn tls(config: &ClientConfig) -> Result<TlsClient, TlsError> {
    const BOTH: &[&[u8]] = &[b"h2", b"http/1.1"];
    let alpn = if config.http2_prior_knowledge { &BOTH[..1] } else { BOTH };
    let identity = config.cert.as_ref().zip(config.key.as_ref());
    match config.verify {
        Verify::No => TlsClient::load_unverified(identity, alpn),
        Verify::Yes | Verify::By(_) => {
            TlsClient::load_with_alpn(config.authorities(), identity, alpn)
        }
    }
}
