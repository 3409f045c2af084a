//! wirepath's own client.

use std::time::Instant;

use wirepath_smpp::{Client, SendError, Session, SubmitSm};

use crate::{
    error::LoadError,
    payload,
    plan::Plan,
    progress::Progress,
    tally::{Places, Tally},
};

/// Bound, and ready to send.
pub(crate) struct Bound {
    sessions: Vec<Session>,
}

impl Bound {
    pub(crate) async fn connect(plan: &Plan) -> Result<Self, LoadError> {
        let mut sessions = Vec::with_capacity(plan.binds);
        for _ in 0..plan.binds {
            let client = Client::new(plan.address(), &plan.system_id, plan.password.as_str());
            let (session, mut inbox) = client.window(plan.window).connect().await?;
            // Receipts that the SMSC may send are taken, and not looked at.
            drop(tokio::spawn(async move { while inbox.next().await.is_some() {} }));
            sessions.push(session);
        }
        Ok(Self { sessions })
    }

    pub(crate) async fn drive(&self, plan: &Plan, progress: &Progress) -> Result<Tally, LoadError> {
        let pdu = payload::submit_sm()?;
        let tasks: Vec<_> = (0..)
            .zip(&self.sessions)
            .map(|(bind, session)| {
                let (session, pdu, progress) = (session.clone(), pdu.clone(), progress.clone());
                let (share, window) = (plan.share(bind), plan.window);
                tokio::spawn(async move {
                    match window {
                        1 => one_by_one(&session, &pdu, share, &progress).await,
                        _ => pipelined(&session, &pdu, share, window, &progress).await,
                    }
                })
            })
            .collect();
        let mut tally = Tally::new();
        for task in tasks {
            let part = task.await.map_err(|error| LoadError::new(error.to_string()))?;
            tally.add(&part);
        }
        Ok(tally)
    }

    pub(crate) async fn unbind(self) {
        for session in self.sessions {
            session.unbind().await;
        }
    }
}

/// Request, response, request.
async fn one_by_one(session: &Session, pdu: &SubmitSm, share: u64, progress: &Progress) -> Tally {
    let mut tally = Tally::new();
    for sent in 0..share {
        let at = Instant::now();
        match session.submit_sm(pdu).await {
            Ok(_) => tally.answered(at.elapsed()),
            Err(error) => {
                let is_over = is_over(&error);
                tally.failed(error);
                if is_over {
                    tally.failed_times("not sent", share - sent - 1);
                    break;
                }
            }
        }
        progress.add(1);
    }
    tally
}

/// Keeps the window full from one task.
async fn pipelined(
    session: &Session,
    pdu: &SubmitSm,
    share: u64,
    window: usize,
    progress: &Progress,
) -> Tally {
    let mut tally = Tally::new();
    let mut places = Places::new(window);
    let mut pipeline = session.pipeline();
    let mut left = share;
    loop {
        let now = Instant::now();
        while left > 0
            && let Some(place) = places.take(now)
        {
            if let Err(error) = pipeline.send(pdu, place).await {
                tally.failed(error);
                tally.failed_times("not sent", left - 1);
                left = 0;
                break;
            }
            left -= 1;
        }
        let before = tally.settled();
        if !tally.settle(&mut pipeline, &mut places).await {
            break;
        }
        progress.add(tally.settled() - before);
    }
    tally
}

fn is_over(error: &SendError) -> bool {
    matches!(error, SendError::NotBound | SendError::SessionLost { .. })
}
