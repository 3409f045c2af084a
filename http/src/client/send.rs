//! From a request to the head of its answer, attempt by attempt.

use std::{sync::Arc, time::SystemTime};

use http::{Request, Response};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    ClientError, ClientResponse,
    error::Waiting,
    request::Ready,
    response::Asked,
    retry::{Attempt, Retries, retry_after},
    trace::{self, random},
    transport::Failure,
};
use crate::Body;

/// Sends a request, again where that is safe, within its time.
pub(super) async fn send(ready: Box<Ready>) -> Result<ClientResponse, ClientError> {
    let started = Instant::now();
    let pool = Arc::clone(&ready.pool);
    let sent = within(*ready, started).await;
    let client = String::from(&*pool.name);
    let result = match &sent {
        Ok(response) => String::from(response.status().as_str()),
        Err(error) => String::from(error.label()),
    };
    tracing::debug!(client = %pool.name, %result, "a request of ours");
    metrics::histogram!("wirepath_http_client_seconds", "client" => client.clone())
        .record(started.elapsed());
    metrics::counter!("wirepath_http_client_requests_total", "client" => client, "result" => result)
        .increment(1);
    sent
}

async fn within(mut ready: Ready, started: Instant) -> Result<ClientResponse, ClientError> {
    finish_headers(&mut ready);
    let pool = Arc::clone(&ready.pool);
    let deadline = started.checked_add(ready.timeout).unwrap_or(started + FAR);
    let late = |waiting| ClientError::TimedOut {
        client: Arc::clone(&pool.name),
        waiting,
        after: ready.timeout,
    };
    let asked = Asked {
        client: Arc::clone(&pool.name),
        method: ready.method.clone(),
        path: ready.uri.path().to_owned(),
        deadline,
        timeout: ready.timeout,
        limit: pool.config.max_body_bytes,
    };
    let place = timeout_at(deadline, Arc::clone(&pool.places).acquire_owned());
    // They are never closed.
    let Ok(Ok(place)) = place.await else { return Err(late(Waiting::Place)) };
    let mut retries = Retries::new(ready.retries, ready.is_idempotent);
    let mut next = Some(std::mem::take(&mut ready.body));
    while let Some(body) = next.take() {
        next = body.repeat();
        let attempt = pool.transport.send(of(&ready, body));
        let Ok(outcome) = timeout_at(deadline, attempt).await else {
            return Err(late(Waiting::Head));
        };
        let remaining = deadline.saturating_duration_since(Instant::now());
        let wait = attempted(&outcome)
            .filter(|_| next.is_some())
            .and_then(|attempt| retries.wait(attempt, remaining, random()));
        let Some(wait) = wait else {
            let response = outcome.map_err(|failure| failed(&ready, failure))?;
            return Ok(ClientResponse::new(response, place, asked));
        };
        // The answer's body goes unread: its connection is not used again if there is much of it.
        drop(outcome);
        let client = String::from(&*pool.name);
        metrics::counter!("wirepath_http_client_retries_total", "client" => client).increment(1);
        tracing::debug!(client = %pool.name, ?wait, "a request of ours is sent again");
        sleep(wait).await;
    }
    // Without a body to send again, the loop has returned.
    Err(late(Waiting::Head))
}

/// A timeout that no clock can count to is this long.
const FAR: std::time::Duration = std::time::Duration::from_secs(86_400 * 365);

/// The client's own headers, and where the request comes from. What the caller has set stays.
fn finish_headers(ready: &mut Ready) {
    for (name, value) in &ready.pool.headers {
        ready.headers.entry(name).or_insert_with(|| value.clone());
    }
    trace::write(ready.trace.as_deref(), &mut ready.headers, random);
}

fn of(ready: &Ready, body: Body) -> Request<Body> {
    let mut request = Request::new(body);
    *request.method_mut() = ready.method.clone();
    *request.uri_mut() = ready.uri.clone();
    *request.headers_mut() = ready.headers.clone();
    request
}

/// What came of it, unless there is no use in another.
fn attempted(outcome: &Result<Response<Body>, Failure>) -> Option<Attempt> {
    Some(match outcome {
        Ok(response) => {
            let asked = retry_after(response.headers(), SystemTime::now());
            Attempt::Answered(response.status(), asked)
        }
        Err(Failure::NotSent(_)) => Attempt::NotSent,
        Err(Failure::Broken(_)) => Attempt::Broken,
        Err(Failure::Body(_)) => return None,
    })
}

fn failed(ready: &Ready, failure: Failure) -> ClientError {
    let client = Arc::clone(&ready.pool.name);
    match failure {
        Failure::NotSent(source) => {
            let base_url = Box::new(ready.pool.config.base_url.clone());
            ClientError::Connect { client, base_url, source }
        }
        Failure::Broken(source) => ClientError::Broken { client, source },
        Failure::Body(source) => ClientError::Body { client, source },
    }
}
