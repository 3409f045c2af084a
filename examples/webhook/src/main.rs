//! A webhook: events by `POST /events`, from whoever has the token.
//!
//! ```sh
//! WEBHOOK_TOKEN=s3cret cargo run -p webhook
//! curl localhost:8080/events -H 'authorization: Bearer s3cret' -H 'content-type: application/json' \
//!     -d '{"id":"e-1","kind":"paid"}'
//! ```
//!
//! The guard stands in front of everything, also of paths that are not there: without the token nobody learns which are. The
//! token is compared in constant time, so that how long a refusal takes says nothing of how much of it was right.

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use clap::Parser;
use serde::Deserialize;
use wirepath::{
    App, State,
    http::{
        HeaderMap, HeaderName, HeaderValue, Json, StatusCode,
        config::{HttpConfig, Listen},
        get, header, middleware, post, routes,
    },
    secret::Secret,
};

/// Takes events from whoever has the token of the environment variable WEBHOOK_TOKEN.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: Listen,
}

#[derive(Clone)]
struct Hook {
    token: Secret,
    taken: Arc<AtomicU64>,
}

impl Hook {
    fn new(token: Secret) -> Self {
        Self { token, taken: Arc::default() }
    }
}

#[derive(Deserialize)]
struct Event {
    id: String,
    kind: String,
}

type Unauthorized = (StatusCode, [(HeaderName, HeaderValue); 1], &'static str);

#[middleware]
async fn bearer(headers: HeaderMap, State(hook): State<Hook>) -> Option<Unauthorized> {
    let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
    // The scheme is no secret, and its letters may be of any case (RFC 9110 §11.1).
    let token = match given.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => token,
        _ => b"",
    };
    let challenge = (header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    let refusal = (StatusCode::UNAUTHORIZED, [challenge], "a bearer token is needed\n");
    (!hook.token.matches(token)).then_some(refusal)
}

#[post("/events")]
async fn take(State(hook): State<Hook>, Json(event): Json<Event>) -> StatusCode {
    // Whoever sends webhooks does not wait for long: what takes time is done after the answer.
    hook.taken.fetch_add(1, Ordering::Relaxed);
    println!("{}: {}", event.id.escape_debug(), event.kind.escape_debug());
    StatusCode::ACCEPTED
}

#[get("/count")]
async fn count(State(hook): State<Hook>) -> String {
    format!("{}\n", hook.taken.load(Ordering::Relaxed))
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // Not an argument: those are in every list of processes.
    let token = std::env::var("WEBHOOK_TOKEN").unwrap_or_default();
    if token.is_empty() {
        eprintln!("set WEBHOOK_TOKEN to the token that the sender of the events will show");
        return ExitCode::FAILURE;
    }
    println!("events to http://{}/events; Ctrl-C ends it", args.listen);
    let app = App::new().http_config(HttpConfig::on(args.listen)).state(Hook::new(token.into()));
    match app.http(routes![bearer, take, count]).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use wirepath::http::testing::Client;

    use super::*;

    #[tokio::test]
    async fn who_has_the_token_is_heard() {
        let client = Client::new(routes![bearer, take, count], Hook::new(Secret::from("s3cret")));
        let event = serde_json::json!({"id": "e-1", "kind": "paid"});
        for scheme in ["Bearer", "bearer"] {
            let token = format!("{scheme} s3cret");
            let answer =
                client.post("/events").header("authorization", &token).json(&event).send().await;
            assert_eq!(answer.status(), StatusCode::ACCEPTED);
        }
        let answer = client.get("/count").header("authorization", "Bearer s3cret").send().await;
        assert_eq!(answer.text(), "2\n");
    }

    #[tokio::test]
    async fn who_has_not_learns_nothing() {
        let client = Client::new(routes![bearer, take, count], Hook::new(Secret::from("s3cret")));
        for path in ["/events", "/count", "/nowhere"] {
            for given in ["", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret ", "Basic s3cret"]
            {
                let answer = client.post(path).header("authorization", given).send().await;
                assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path} {given}");
                assert_eq!(answer.header("www-authenticate"), "Bearer");
            }
        }
        let answer = client.get("/count").header("authorization", "Bearer s3cret").send().await;
        assert_eq!(answer.text(), "0\n");
    }
}
