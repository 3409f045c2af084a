//! Through the HTTP interface.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use wirepath::http::testing::{Answer, Client};

use super::*;

fn hook(seen: Store) -> Hook {
    Hook { verify_token: Secret::from("mine"), app_secret: Secret::from("theirs"), seen }
}

fn signature(key: &[u8], body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(body);
    let digits =
        mac.finalize().into_bytes().iter().map(|it| format!("{it:02x}")).collect::<String>();
    format!("sha256={digits}")
}

fn body(id: &str) -> String {
    serde_json::json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{
        "field": "messages",
        "value": {"messages": [
            {"id": id, "from": "31612345678", "type": "text", "text": {"body": "hello"}, "timestamp": "1"}
        ]},
    }]}]})
    .to_string()
}

async fn post(hook: &Hook, body: &str, signature: &str) -> Answer {
    let client = Client::new(routes![verify, receive], hook.clone());
    let request = client.post("/webhook").header("x-hub-signature-256", signature);
    request.body(body.to_owned()).send().await
}

#[tokio::test]
async fn the_handshake() {
    let client = Client::new(routes![verify, receive], hook(Store::memory()));
    let ask = |mode: &str, token: &str| {
        let path = format!("/webhook?hub.mode={mode}&hub.verify_token={token}&hub.challenge=42");
        let request = client.get(&path);
        async { request.send().await }
    };
    let answer = ask("subscribe", "mine").await;
    assert_eq!((answer.status(), answer.text()), (StatusCode::OK, "42"));
    assert_eq!(ask("subscribe", "yours").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(ask("unsubscribe", "mine").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(client.get("/webhook").send().await.status(), 422);
}

#[tokio::test]
async fn only_what_is_signed_is_read() {
    let hook = hook(Store::memory());
    let body = body("wamid.1");
    let right = signature(b"theirs", &body);
    for wrong in ["", "sha256=00", &signature(b"other", &body), &signature(b"theirs", "{}")] {
        assert_eq!(post(&hook, &body, wrong).await.status(), 403, "{wrong}");
    }
    // A blank more is another body, though it is the same JSON.
    assert_eq!(post(&hook, &format!("{body} "), &right).await.status(), 403);
    assert!(hook.seen.get(b"whatsapp/wamid.1").await.unwrap().is_none());
    assert_eq!(post(&hook, &body, &right).await.status(), 200);
    assert!(hook.seen.get(b"whatsapp/wamid.1").await.unwrap().is_some());
    assert_eq!(post(&hook, "no JSON", &signature(b"theirs", "no JSON")).await.status(), 400);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_taken_once_in_a_week() {
    let hook = hook(Store::memory());
    let notification = Notification::parse(body("wamid.1").as_bytes()).unwrap();
    let message = notification.messages().next().unwrap();
    assert_eq!(message.to_string(), "text from 31612345678: hello");
    let body = body("wamid.1");
    assert_eq!(post(&hook, &body, &signature(b"theirs", &body)).await.status(), 200);
    assert!(!hook.is_new(message).await.unwrap());
    // Again, and answered as the first time: else it would come on and on.
    assert_eq!(post(&hook, &body, &signature(b"theirs", &body)).await.status(), 200);
    tokio::time::advance(Hook::KEEP + Duration::from_secs(1)).await;
    assert!(hook.is_new(message).await.unwrap());
}

#[tokio::test]
async fn a_restart_forgets_nothing_that_is_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let body = body("wamid.1");
    let notification = Notification::parse(body.as_bytes()).unwrap();
    let message = notification.messages().next().unwrap();
    for is_new in [true, false] {
        let store = Store::open(folder.path().join("seen"), EmbeddedOptions::default()).unwrap();
        assert_eq!(hook(store).is_new(message).await.unwrap(), is_new);
    }
}
