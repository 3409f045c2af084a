//! A service that is in the registry for as long as it runs.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{task::JoinHandle, time::MissedTickBehavior};
use wirepath::{
    State,
    http::{
        BoxError, Http, Routes, client::ClientError, get, handler::Dispatch, on_shutdown,
        on_startup, protocol::percent::encode_segment, routes,
    },
};

use crate::entries::Entry;

/// How long the registry believes in it without a word.
const TTL: Duration = Duration::from_secs(15);

/// The service: the handle on its clients, and what it beats with.
#[derive(Clone)]
pub(crate) struct Service {
    http: Http,
    path: String,
    beating: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Service {
    pub(crate) fn new(http: Http, name: &str) -> Self {
        let path = format!("/services/{}/{}", encode_segment(name), std::process::id());
        Self { http, path, beating: Arc::default() }
    }

    async fn say_so(&self) -> Result<(), ClientError> {
        let ttl_seconds = u16::try_from(TTL.as_secs()).unwrap_or(u16::MAX);
        // Where others reach it is for whoever deploys it to know: behind NAT no program does.
        let address = std::env::var("SERVICE_ADDRESS").unwrap_or_else(|_| "unknown".to_owned());
        let entry = Entry { address, ttl_seconds };
        // `PUT` is safe to repeat, and a heartbeat is the same request.
        self.http
            .client("registry")
            .put(&self.path)
            .json(&entry)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    async fn beat(self) {
        let mut ticks = tokio::time::interval(TTL / 3);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first is at once, and it has just registered.
        ticks.tick().await;
        loop {
            ticks.tick().await;
            if let Err(error) = self.say_so().await {
                eprintln!("{error}; the next heartbeat registers again");
            }
        }
    }

    fn set_beating(&self, task: Option<JoinHandle<()>>) {
        let mut beating = self.beating.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = std::mem::replace(&mut *beating, task) {
            before.abort();
        }
    }
}

#[on_startup]
async fn join(State(service): State<Service>) -> Result<(), BoxError> {
    service.say_so().await?;
    service.set_beating(Some(tokio::spawn(service.clone().beat())));
    Ok(())
}

#[on_shutdown]
async fn leave(State(service): State<Service>) -> Result<(), BoxError> {
    // First: a heartbeat behind the farewell would bring it back.
    service.set_beating(None);
    service.http.client("registry").delete(&service.path).send().await?.error_for_status()?;
    Ok(())
}

#[get("/")]
async fn hello() -> &'static str {
    "here\n"
}

pub(crate) fn routes() -> Routes<Service, impl Dispatch<Service>> {
    routes![join, leave, hello]
}
