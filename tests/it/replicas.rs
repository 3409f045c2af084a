//! Two applications on one Redis server.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use wirepath::{
    App, Error,
    config::Env,
    handlers,
    shutdown::{Drained, Shutdown},
    smpp::{
        Bind, BindKind, Client, DeliverSm, RequestPdu, SendError, Smpp, config::SmppConfig, on_bind,
    },
};

#[on_bind]
async fn welcome(_bind: Bind) -> bool {
    true
}

/// A server on a free port that keeps nothing.
struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server: scripts/install-test-needs installs it");
        Self { child, port }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn config(port: u16, more: &str) -> SmppConfig {
    let text = format!(
        "server: {{bind_address: 127.0.0.1, port: 0}}\n\
         store: {{engine: redis, url: 'redis://127.0.0.1:{port}'}}\n{more}"
    );
    SmppConfig::from_str(&text, "gateway.yaml", &Env::empty()).unwrap()
}

/// An application that runs.
struct Gateway {
    smpp: Smpp,
    address: String,
    shutdown: Shutdown,
    served: tokio::task::JoinHandle<Drained>,
}

impl Gateway {
    /// As soon as the server answers.
    async fn start(port: u16, more: &str) -> Self {
        let until = Instant::now() + Duration::from_secs(20);
        let running = loop {
            match App::from_config(config(port, more)).smpp(handlers![welcome]).bind().await {
                Ok(running) => break running,
                Err(error) => {
                    assert!(matches!(error, Error::Store(_)) && Instant::now() < until, "{error}");
                }
            }
        };
        let (smpp, address) = (running.smpp(), running.local_addr().to_string());
        let shutdown = Shutdown::new();
        let served = tokio::spawn(running.run_until(shutdown.signal()));
        Self { smpp, address, shutdown, served }
    }
}

#[tokio::test]
async fn two_applications_on_one_redis_server_reach_each_others_esmes() {
    let redis = Redis::start();
    // With a spool, as a relay, and with neither.
    for more in ["", "spool: true\n", "routing: {default_chain: ['esme:shop']}\n"] {
        let (one, two) =
            (Gateway::start(redis.port, "").await, Gateway::start(redis.port, more).await);
        let shop = Client::new(two.address.clone(), "shop", "secret").kind(BindKind::Receiver);
        let (_session, mut inbox) = shop.connect().await.unwrap();
        let pdu = DeliverSm::builder().destination("1").short_message("hi").build().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            // Its replica may not listen yet.
            match one.smpp.downstream("shop").deliver_sm(&pdu).await {
                Ok(_) => break,
                Err(error) => {
                    assert_eq!(error, SendError::NotBound);
                    assert!(Instant::now() < until);
                }
            }
        }
        let got = inbox.next().await;
        assert!(matches!(got, Some(RequestPdu::DeliverSm(got)) if got.body() == b"hi"));
        for gateway in [one, two] {
            gateway.shutdown.trigger();
            assert_eq!(gateway.served.await.unwrap(), Drained::Clean);
        }
    }
}
