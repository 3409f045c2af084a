//! smpp34's client, used as its own load example uses it: a task for each place in the window.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use smpp34::client::{BIND_TYPE, SMSC, SmppClient, SmppClientListener};
use tokio::sync::{Mutex, oneshot};

use crate::{error::LoadError, payload, plan::Plan, progress::Progress, tally::Tally};

/// Hands out the session once it is bound.
struct Binder {
    bound: Mutex<Option<oneshot::Sender<Arc<SMSC>>>>,
}

#[async_trait]
impl SmppClientListener for Binder {
    async fn on_smsc_bound(&self, smsc: SMSC, _session_id: &String) {
        if let Some(bound) = self.bound.lock().await.take() {
            // Nobody waits any more if the bind took too long.
            let _ = bound.send(Arc::new(smsc));
        }
    }
}

/// Whom to bind as, and where.
pub(crate) struct Account {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) system_id: String,
    pub(crate) password: String,
    pub(crate) window: usize,
}

impl Account {
    /// Binds as a transceiver. The session is there while the client is.
    pub(crate) async fn bind(self) -> Result<(SmppClient, Arc<SMSC>), LoadError> {
        let (bound, is_bound) = oneshot::channel();
        let mut client = SmppClient::new(
            self.host,
            self.port,
            false,
            BIND_TYPE::TRX,
            self.system_id,
            self.password,
            String::new(),
            1,
            1,
            String::new(),
            Arc::new(Binder { bound: Mutex::new(Some(bound)) }),
            self.window,
        );
        client.start().await;
        match tokio::time::timeout(Duration::from_secs(10), is_bound).await {
            Ok(Ok(session)) => Ok((client, session)),
            Ok(Err(_)) | Err(_) => Err(LoadError::new("smpp34's client did not bind")),
        }
    }
}

/// Bound, and ready to send.
pub(crate) struct Bound {
    clients: Vec<SmppClient>,
    sessions: Vec<Arc<SMSC>>,
}

impl Bound {
    pub(crate) async fn connect(plan: &Plan) -> Result<Self, LoadError> {
        let mut this = Self { clients: Vec::new(), sessions: Vec::new() };
        for _ in 0..plan.binds {
            let account = Account {
                host: plan.host.clone(),
                port: plan.port,
                system_id: plan.system_id.clone(),
                password: plan.password.clone(),
                window: plan.window,
            };
            let (client, session) = account.bind().await?;
            this.clients.push(client);
            this.sessions.push(session);
        }
        Ok(this)
    }

    pub(crate) async fn drive(&self, plan: &Plan, progress: &Progress) -> Result<Tally, LoadError> {
        let mut tasks = Vec::with_capacity(plan.binds * plan.window);
        for (bind, session) in (0..).zip(&self.sessions) {
            let left = Arc::new(AtomicU64::new(plan.share(bind)));
            for _ in 0..plan.window {
                let (session, left, progress) =
                    (Arc::clone(session), Arc::clone(&left), progress.clone());
                tasks.push(tokio::spawn(one_by_one(session, left, progress)));
            }
        }
        let mut tally = Tally::new();
        for task in tasks {
            let part = task.await.map_err(|error| LoadError::new(error.to_string()))?;
            tally.add(&part);
        }
        Ok(tally)
    }

    pub(crate) async fn unbind(mut self) {
        for client in &mut self.clients {
            client.stop().await;
        }
    }
}

async fn one_by_one(session: Arc<SMSC>, left: Arc<AtomicU64>, progress: Progress) -> Tally {
    let mut tally = Tally::new();
    let take = |left: u64| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        let at = Instant::now();
        let sent = session
            .submit_sm()
            .source_addr(payload::SOURCE)
            .destination_addr(payload::DESTINATION)
            .short_message(payload::TEXT)
            .send()
            .await;
        match sent {
            Ok(response) if response.is_success() => tally.answered(at.elapsed()),
            Ok(response) => tally.failed(format!("{:?}", response.get_error())),
            Err(error) => tally.failed(format!("{error:?}")),
        }
        progress.add(1);
    }
    tally
}
