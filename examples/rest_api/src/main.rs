//! Orders over HTTP, on port 8080, or as the `http.yaml` says that is its argument: make one, look at it, list them, cancel it.
//!
//! ```sh
//! curl -X POST localhost:8080/v1/orders -H 'content-type: application/json' -d '{"item":"tea","count":2}'
//! curl localhost:8080/v1/orders/1
//! ```

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use wirepath::{
    App, State,
    http::{Json, Query, Refusal, StatusCode, delete, get, on_startup, post, routes},
};

/// What is kept, at most [`Orders::MAX`] orders.
#[derive(Clone, Default)]
struct Orders(Arc<Mutex<BTreeMap<u64, Order>>>);

#[derive(Clone, Debug, Serialize)]
struct Order {
    id: u64,
    item: String,
    count: u32,
}

#[derive(Deserialize)]
struct NewOrder {
    item: String,
    #[serde(default = "one")]
    count: u32,
}

#[derive(Deserialize)]
struct Page {
    item: Option<String>,
    #[serde(default)]
    after: u64,
    #[serde(default = "page")]
    limit: u8,
}

fn one() -> u32 {
    1
}

fn page() -> u8 {
    20
}

impl Orders {
    const MAX: usize = 100_000;

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<u64, Order>) -> T) -> T {
        // A handler that panicked leaves a map that is whole.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[on_startup]
async fn announce() {
    println!(
        "orders below /v1/orders, on http://localhost:8080 unless a file says otherwise; Ctrl-C ends it"
    );
}

#[get("/health")]
async fn health() -> &'static str {
    "ok\n"
}

#[post("/orders")]
async fn create(
    State(orders): State<Orders>,
    Json(new): Json<NewOrder>,
) -> Result<(StatusCode, Json<Order>), Refusal> {
    orders.with(|orders| {
        if orders.len() >= Orders::MAX {
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "no room for more orders"));
        }
        let id = orders.last_key_value().map_or(1, |(last, _)| last + 1);
        let order = Order { id, item: new.item, count: new.count };
        orders.insert(id, order.clone());
        Ok((StatusCode::CREATED, Json(order)))
    })
}

#[get("/orders/{id}")]
async fn read(id: u64, State(orders): State<Orders>) -> Option<Json<Order>> {
    orders.with(|orders| orders.get(&id).cloned()).map(Json)
}

#[get("/orders")]
async fn list(State(orders): State<Orders>, Query(page): Query<Page>) -> Json<Vec<Order>> {
    let wanted = |order: &&Order| page.item.as_ref().is_none_or(|item| *item == order.item);
    Json(orders.with(|orders| {
        let behind = orders.range(page.after.saturating_add(1)..).map(|(_, order)| order);
        behind.filter(wanted).take(page.limit.into()).cloned().collect()
    }))
}

#[delete("/orders/{id}")]
async fn cancel(id: u64, State(orders): State<Orders>) -> StatusCode {
    match orders.with(|orders| orders.remove(&id)) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

#[tokio::main]
async fn main() -> Result<(), wirepath::Error> {
    let app = match std::env::args().nth(1) {
        Some(file) => App::from_file(file)?,
        None => App::new(),
    };
    app.state(Orders::default())
        .http(routes![announce, health])
        .mount("/v1", routes![create, read, list, cancel])
        .run()
        .await
}

#[cfg(test)]
mod tests {
    use wirepath::http::testing::Client;

    use super::*;

    #[tokio::test]
    async fn an_order_from_beginning_to_end() {
        let client = Client::new(routes![create, read, list, cancel], Orders::default());
        let made = client.post("/orders").json(&serde_json::json!({"item": "tea"})).send().await;
        assert_eq!(made.status(), StatusCode::CREATED);
        assert_eq!(made.text(), r#"{"id":1,"item":"tea","count":1}"#);
        assert_eq!(client.get("/orders/1").send().await.text(), made.text());
        assert_eq!(client.get("/orders?item=coffee").send().await.text(), "[]");
        assert_eq!(client.delete("/orders/1").send().await.status(), StatusCode::NO_CONTENT);
        assert_eq!(client.get("/orders/1").send().await.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn mistakes_are_explained() {
        let client = Client::new(routes![create, read], Orders::default());
        assert_eq!(client.get("/orders/first").send().await.status(), 422);
        let refused = client.post("/orders").json(&serde_json::json!({"count": 1})).send().await;
        assert_eq!(refused.status(), 422);
        assert!(refused.text().contains("missing field `item`"), "{}", refused.text());
        assert_eq!(client.delete("/orders").send().await.header("allow"), "POST, OPTIONS");
    }
}
