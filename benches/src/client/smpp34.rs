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
pub(crate) struct Binder {
    pub(crate) bound: Mutex<Option<oneshot::Sender<Arc<SMSC>>>>,
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

/// Bound, and ready to send.
pub(crate) struct Bound {
    clients: Vec<SmppClient>,
    sessions: Vec<Arc<SMSC>>,
}

impl Bound {
    pub(crate) async fn connect(plan: &Plan) -> Result<Self, LoadError> {
        let mut this = Self { clients: Vec::new(), sessions: Vec::new() };
        for _ in 0..plan.binds {
            let (bound, is_bound) = oneshot::channel();
            let mut client = SmppClient::new(
                plan.host.clone(),
                plan.port,
                false,
                BIND_TYPE::TRX,
                plan.system_id.clone(),
                plan.password.clone(),
                String::new(),
                1,
                1,
                String::new(),
                Arc::new(Binder { bound: Mutex::new(Some(bound)) }),
                plan.window,
            );
            client.start().await;
            let session = tokio::time::timeout(Duration::from_secs(10), is_bound).await;
            match session {
                Ok(Ok(session)) => this.sessions.push(session),
                Ok(Err(_)) | Err(_) => return Err(LoadError::new("smpp34's client did not bind")),
            }
            this.clients.push(client);
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
