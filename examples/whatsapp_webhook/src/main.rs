//! WhatsApp's webhook: the handshake by which it is set up, and messages, each of which is taken once.
//!
//! ```sh
//! WHATSAPP_VERIFY_TOKEN=mine WHATSAPP_APP_SECRET=theirs cargo run -p whatsapp_webhook -- --data ./seen
//! curl 'localhost:8080/webhook?hub.mode=subscribe&hub.verify_token=mine&hub.challenge=42'
//! ```
//!
//! - `GET /webhook` answers `hub.challenge` to whoever knows `hub.verify_token`.
//! - `POST /webhook` has the HMAC-SHA256 of its raw body, keyed with the app's secret, in `X-Hub-Signature-256`. It is checked
//!   over the octets as they came, before anything reads them, and compared in constant time.
//! - Messages come again until they are answered 200, and sometimes after that. Their ids are kept for a week in the store,
//!   on disk with `--data`, and one that is there already is not taken again. If the store fails the answer is 503, and
//!   WhatsApp tries later.

mod message;
mod signature;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use bytes::Bytes;
use clap::Parser;
use serde::Deserialize;
use wirepath::{
    App, State,
    http::{
        HeaderMap, Query, Refusal, StatusCode,
        config::{HttpConfig, Listen},
        get, post, routes,
    },
    secret::Secret,
    store::{EmbeddedOptions, Store, StoreError},
};

use crate::message::{Message, Notification};

/// Takes WhatsApp's messages, each once.
///
/// The environment has what is secret: WHATSAPP_VERIFY_TOKEN, which you make up and tell WhatsApp, and WHATSAPP_APP_SECRET,
/// which is the app's own.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: Listen,
    /// The folder that keeps which messages were taken. Without it, a restart forgets them.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
}

#[derive(Clone)]
struct Hook {
    verify_token: Secret,
    app_secret: Secret,
    seen: Store,
}

impl Hook {
    /// How long an id is kept: longer than WhatsApp tries.
    const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// Whether a message is taken now, for the first time.
    async fn is_new(&self, message: &Message) -> Result<bool, StoreError> {
        self.seen.put_new(format!("whatsapp/{}", message.id()), "", Some(Self::KEEP)).await
    }
}

#[derive(Deserialize)]
struct Handshake {
    #[serde(rename = "hub.mode")]
    mode: String,
    #[serde(rename = "hub.verify_token")]
    verify_token: String,
    #[serde(rename = "hub.challenge")]
    challenge: String,
}

#[get("/webhook")]
async fn verify(
    State(hook): State<Hook>,
    Query(handshake): Query<Handshake>,
) -> Result<String, StatusCode> {
    let is_known = hook.verify_token.matches(handshake.verify_token.as_bytes());
    match is_known && handshake.mode == "subscribe" {
        true => Ok(handshake.challenge),
        false => Err(StatusCode::FORBIDDEN),
    }
}

#[post("/webhook")]
async fn receive(
    headers: HeaderMap,
    State(hook): State<Hook>,
    body: Bytes,
) -> Result<&'static str, Refusal> {
    let signature = headers.get("x-hub-signature-256").map(|value| value.as_bytes());
    if !signature.is_some_and(|signature| signature::is_right(&hook.app_secret, &body, signature)) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "the signature is not right"));
    }
    let notification = Notification::parse(&body)
        .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.to_string()))?;
    for message in notification.messages() {
        let is_new = hook.is_new(message).await.map_err(|error| {
            eprintln!("the store failed: {error}");
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "try again later")
        })?;
        if is_new {
            println!("{message}");
        }
    }
    Ok("")
}

fn secret(variable: &str) -> Result<Secret, String> {
    match std::env::var(variable) {
        Ok(value) if !value.is_empty() => Ok(value.into()),
        _ => Err(format!("set {variable}; --help says what it is")),
    }
}

async fn run(args: Args) -> Result<(), String> {
    let seen = match &args.data {
        Some(folder) => Store::open(folder, EmbeddedOptions::default()),
        None => Ok(Store::memory()),
    };
    let hook = Hook {
        verify_token: secret("WHATSAPP_VERIFY_TOKEN")?,
        app_secret: secret("WHATSAPP_APP_SECRET")?,
        seen: seen.map_err(|error| error.to_string())?,
    };
    println!("listening at http://{}/webhook; Ctrl-C ends it", args.listen);
    let app = App::new().http_config(HttpConfig::on(args.listen)).state(hook);
    app.http(routes![verify, receive]).run().await.map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;
