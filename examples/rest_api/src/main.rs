//! Orders over HTTP, on port 8080, or as an `http.yaml` says: make one, look at it, list them, cancel it.
//!
//! ```sh
//! curl -X POST localhost:8080/v1/orders -H 'content-type: application/json' -d '{"item":"tea","count":2}'
//! curl localhost:8080/v1/orders/1
//! ```
//!
//! What there is stands in `localhost:8080/openapi.json`, and for people, to try it, at `localhost:8080/docs`. `scripts/interop-openapi`
//! holds the server against that document.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use clap::Parser;
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wirepath::{
    App, State,
    http::{
        Json, Query, Refusal, StatusCode, Valid,
        config::{HttpConfig, Listen},
        delete, get,
        openapi::OpenApi,
        post,
        reply::Created,
        routes,
    },
};

/// Keeps orders, in memory.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: Listen,
    /// A file with everything else about the listeners, as the guide has it: `http.yaml`.
    #[arg(long, value_name = "FILE", conflicts_with = "listen")]
    config: Option<PathBuf>,
}

/// What is kept, at most [`Orders::MAX`] orders.
#[derive(Clone, Default)]
struct Orders(Arc<Mutex<BTreeMap<u64, Order>>>);

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Order {
    /// Counted from 1.
    id: u64,
    item: String,
    count: u32,
}

// The rules are garde's, and the schema has them too.
#[derive(Deserialize, JsonSchema, Validate)]
struct NewOrder {
    #[garde(length(chars, min = 1, max = 100))]
    item: String,
    /// How many of it.
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 1_000))]
    count: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Page {
    /// Orders of this item alone.
    item: Option<String>,
    /// The `id` behind which to begin.
    #[serde(default)]
    after: u64,
    /// How many orders at most.
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

/// Whether the server answers.
#[get("/health")]
async fn health() -> &'static str {
    "ok\n"
}

/// Makes an order.
///
/// 503 if there are too many of them.
#[post("/orders", tags = "orders", answers = 503)]
async fn create(
    State(orders): State<Orders>,
    Valid(Json(new)): Valid<Json<NewOrder>>,
) -> Result<Created<Json<Order>>, Refusal> {
    orders.with(|orders| {
        if orders.len() >= Orders::MAX {
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "no room for more orders"));
        }
        let id = orders.last_key_value().map_or(1, |(last, _)| last + 1);
        let order = Order { id, item: new.item, count: new.count };
        orders.insert(id, order.clone());
        Ok(Created(Json(order)))
    })
}

/// An order.
#[get("/orders/{id}", tags = "orders")]
async fn read(id: u64, State(orders): State<Orders>) -> Option<Json<Order>> {
    orders.with(|orders| orders.get(&id).cloned()).map(Json)
}

/// The orders, the oldest first.
#[get("/orders", tags = "orders")]
async fn list(State(orders): State<Orders>, Query(page): Query<Page>) -> Json<Vec<Order>> {
    let wanted = |order: &&Order| page.item.as_ref().is_none_or(|item| *item == order.item);
    Json(orders.with(|orders| {
        let behind = orders.range(page.after.saturating_add(1)..).map(|(_, order)| order);
        behind.filter(wanted).take(page.limit.into()).cloned().collect()
    }))
}

/// Cancels an order.
#[delete("/orders/{id}", tags = "orders")]
async fn cancel(id: u64, State(orders): State<Orders>) -> Option<()> {
    orders.with(|orders| orders.remove(&id)).map(drop)
}

fn api() -> OpenApi {
    OpenApi::new("Orders", env!("CARGO_PKG_VERSION"))
        .description("Orders, kept until the server ends.")
        .tag("orders", "What somebody wants.")
        .docs("/docs")
}

#[tokio::main]
async fn main() -> Result<(), wirepath::Error> {
    let Args { listen, config } = Args::parse();
    let app = match config {
        Some(file) => App::from_file(file)?,
        None => App::new().http_config(HttpConfig::on(listen)),
    };
    let app = app
        .state(Orders::default())
        .http(routes![health].openapi("/openapi.json", api()))
        .mount("/v1", routes![create, read, list, cancel])
        .bind()
        .await?;
    for address in app.local_addrs() {
        println!(
            "orders at http://{address}/v1/orders, and what there is to know at http://{address}/docs; Ctrl-C ends it"
        );
    }
    app.run().await
}

#[cfg(test)]
mod tests {
    use wirepath::http::{Routes, testing::Client};

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
        assert_eq!(client.delete("/orders/1").send().await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn the_document_is_openapi_3_1_and_has_every_route() {
        let routes: Routes<Orders, _> =
            routes![health].mount("/v1", routes![create, read, list, cancel]);
        let written: Vec<_> = routes
            .table()
            .flat_map(|(methods, path, _)| {
                methods.to_string().split(", ").map(|it| format!("{it} {path}")).collect::<Vec<_>>()
            })
            .collect();
        let document = routes.document(&api());
        assert_eq!(document.without_schema(), [""; 0]);
        let new = &document.value()["components"]["schemas"]["NewOrder"]["properties"];
        assert_eq!(
            (&new["item"]["maxLength"], &new["count"]["maximum"]),
            (&100.into(), &1_000.into())
        );
        let responses = &document.value()["paths"]["/v1/orders"]["post"]["responses"];
        let statuses: Vec<_> = responses.as_object().unwrap().keys().collect();
        assert_eq!(statuses, ["201", "400", "413", "415", "422", "503"]);
        let schema = include_str!("../tests/data/openapi-3.1.json");
        let schema = serde_json::from_str(schema).unwrap();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let mistakes = validator.iter_errors(document.value());
        let mistakes: Vec<_> = mistakes.map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert_eq!(mistakes, [""; 0], "{document}");
        for route in written {
            let (method, path) = route.split_once(' ').unwrap();
            let operation = &document.value()["paths"][path][method.to_ascii_lowercase()];
            assert!(operation["summary"].is_string(), "{route}: {document}");
        }
        // The schema that it is held against says no to what is none.
        assert!(!validator.is_valid(&serde_json::json!({"openapi": "3.1.1", "paths": {}})));
    }

    #[tokio::test]
    async fn mistakes_are_explained() {
        let client = Client::new(routes![create, read], Orders::default());
        assert_eq!(client.get("/orders/first").send().await.status(), 422);
        let refused = client.post("/orders").json(&serde_json::json!({"count": 1})).send().await;
        assert_eq!(refused.status(), 422);
        assert!(refused.text().contains("missing field `item`"), "{}", refused.text());
        let refused = serde_json::json!({"item": "", "count": 0});
        let refused = client.post("/orders").json(&refused).send().await;
        let problem: serde_json::Value = refused.json();
        let errors = problem["errors"].as_array().unwrap();
        let mut places: Vec<_> = errors.iter().map(|it| it["pointer"].as_str().unwrap()).collect();
        places.sort_unstable();
        assert_eq!(places, ["/count", "/item"]);
        assert_eq!(client.delete("/orders").send().await.header("allow"), "POST, OPTIONS");
    }
}
