//! A page that asks for JSON, events and a WebSocket, and shows what it got: what `./scripts/interop-http` has Chromium open.
//!
//! `cargo run -p wirepath-http --example browser -- http.yaml`, with listeners as that file says.

use std::{error::Error, sync::Arc, time::Duration};

use axum::extract::ws::WebSocketUpgrade;
use futures_util::{Stream, stream};
use tokio::sync::Notify;
use wirepath_http::{
    Event, Html, Json, LastEventId, Server, State, StatusCode, config::HttpConfig, get, post,
    routes, sse,
};
use wirepath_runtime::{config::Env, shutdown::Shutdown};

/// Told once the page has shown all.
#[derive(Clone, Default)]
struct Shown(Arc<Notify>);

#[get("/")]
async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}

#[get("/json")]
async fn json() -> Json<serde_json::Value> {
    Json(serde_json::json!({"text": "JSON: é", "long": "x".repeat(200_000)}))
}

/// Two events at a time: after them a browser comes back, and says which was the last one.
#[sse("/events")]
async fn events(LastEventId(last): LastEventId) -> impl Stream<Item = Event> {
    let last = last.as_deref().and_then(|last| last.parse::<u32>().ok());
    let first = last.map_or(0, |last| last.saturating_add(1));
    let event = |id| Event::data(format!("event {id}")).id(id).retry(Duration::from_millis(10));
    stream::iter((first..first.saturating_add(2)).map(event))
}

#[get("/socket")]
async fn socket(upgrade: WebSocketUpgrade) -> axum::response::Response {
    upgrade.on_upgrade(async |mut socket| {
        while let Some(Ok(message)) = socket.recv().await {
            if socket.send(message).await.is_err() {
                return;
            }
        }
    })
}

/// A picture that is not there, once all is shown: a browser takes a page for loaded when it has its pictures.
#[get("/held")]
async fn held(State(shown): State<Shown>) -> StatusCode {
    shown.0.notified().await;
    StatusCode::NOT_FOUND
}

#[post("/shown")]
async fn shown(State(shown): State<Shown>) -> StatusCode {
    shown.0.notify_one();
    StatusCode::NO_CONTENT
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("say which http.yaml")?;
    let config = HttpConfig::from_file(file, &Env::of_process())?;
    let routes = routes![page, json, events, socket, held, shown];
    let server = Server::bind(&config, routes.with_state(Arc::new(Shown::default()))?).await?;
    let shutdown = Shutdown::new();
    let _ = server.run(shutdown.signal()).await;
    Ok(())
}
