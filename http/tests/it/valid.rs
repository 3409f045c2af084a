//! Values that break rules: one answer with every mistake.

use std::collections::BTreeMap;

use garde::Validate;
use serde::Deserialize;
use serde_json::{Value, json};
use wirepath_http::{Form, Json, Query, Serve, Valid, get, post, routes, testing::Client};

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[garde(length(min = 1, max = 3), dive)]
    items: Vec<Item>,
    #[garde(dive)]
    ship_to: Option<Address>,
    #[serde(default)]
    #[garde(dive)]
    prices: BTreeMap<String, Price>,
}

#[derive(Deserialize, Validate)]
struct Item {
    #[garde(length(min = 3), ascii)]
    sku: String,
    #[garde(range(min = 1))]
    price: u32,
}

#[derive(Deserialize, Validate)]
#[serde(rename_all = "camelCase")]
struct Address {
    #[garde(length(equal = 5))]
    zip_code: String,
}

#[derive(Deserialize, Validate)]
struct Price(#[garde(range(min = 1))] u32);

#[derive(Deserialize, Validate)]
#[serde(rename_all = "kebab-case")]
struct Search {
    #[garde(length(min = 2))]
    q: String,
    #[serde(default)]
    #[garde(inner(range(max = 10)))]
    in_shop: Vec<u32>,
}

#[post("/orders")]
async fn create(Valid(Json(order)): Valid<Json<Order>>) -> String {
    let codes = order.ship_to.iter().map(|it| &*it.zip_code).collect::<String>();
    let sums = order.prices.values().map(|it| it.0).sum::<u32>();
    let items = order.items.iter().map(|it| it.sku.len() as u32 + it.price).sum::<u32>();
    format!("{codes} {sums} {items}")
}

#[get("/search")]
async fn search(Valid(Query(search)): Valid<Query<Search>>) -> String {
    format!("{} {:?}", search.q, search.in_shop)
}

#[post("/search")]
async fn form(Valid(Form(search)): Valid<Form<Search>>) -> String {
    format!("{} {:?}", search.q, search.in_shop)
}

#[post("/numbers")]
async fn numbers(Valid(Json(numbers)): Valid<Json<Vec<Price>>>) -> String {
    numbers.len().to_string()
}

fn client() -> Client<impl Serve> {
    Client::new(routes![create, search, form, numbers], ())
}

/// The places and details of a 422, sorted: their order is garde's affair.
fn mistakes(answer: &wirepath_http::testing::Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status(), 422, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let body: Value = answer.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = |error: &Value| match &error["parameter"] {
        Value::String(name) => format!("{} {name}", text(&error["in"])),
        _ => text(&error["pointer"]),
    };
    let errors = body["errors"].as_array().unwrap();
    sorted(errors.iter().map(|error| (place(error), text(&error["detail"]))))
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    sorted(expected.iter().map(|(place, detail)| ((*place).to_owned(), (*detail).to_owned())))
}

fn sorted(mistakes: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    let mut all = mistakes.collect::<Vec<_>>();
    all.sort();
    all
}

#[tokio::test]
async fn what_keeps_the_rules_gets_through() {
    let client = client();
    let order = json!({
        "items": [{"sku": "tea", "price": 4}],
        "shipTo": {"zipCode": "10115"},
        "prices": {"a": 1, "b": 2},
    });
    assert_eq!(client.post("/orders").json(&order).send().await.text(), "10115 3 7");
    assert_eq!(client.get("/search?q=tea&in-shop=1").send().await.text(), "tea [1]");
    assert_eq!(client.post("/search").form("q=tea").send().await.text(), "tea []");
}

#[tokio::test]
async fn every_mistake_of_a_body_is_in_one_answer() {
    let order = json!({
        "items": [
            {"sku": "tea", "price": 1}, {"sku": "é", "price": 1}, {"sku": "tea", "price": 1}, {"sku": "cup", "price": 0},
        ],
        "shipTo": {"zipCode": "1"},
        "prices": {"a/b~c": 0, "fine": 1},
    });
    let answer = client().post("/orders").json(&order).send().await;
    let expected = pairs(&[
        ("/items", "length is greater than 3"),
        ("/items/1/sku", "length is lower than 3"),
        ("/items/1/sku", "not ascii"),
        ("/items/3/price", "lower than 1"),
        ("/shipTo/zipCode", "length is lower than 5"),
        ("/prices/a~1b~0c", "lower than 1"),
    ]);
    assert_eq!(mistakes(&answer), expected);
}

#[tokio::test]
async fn queries_and_forms_name_the_field() {
    let client = client();
    let answer = client.get("/search?q=t&in-shop=1&in-shop=11").send().await;
    let expected = pairs(&[
        ("query q", "length is lower than 2"),
        ("query in-shop", "value 1: greater than 10"),
    ]);
    assert_eq!(mistakes(&answer), expected);
    let answer = client.post("/search").form("q=t&in-shop=1&in-shop=11").send().await;
    let expected = pairs(&[("/q", "length is lower than 2"), ("/in-shop/1", "greater than 10")]);
    assert_eq!(mistakes(&answer), expected);
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_as_ever() {
    let client = client();
    let answer = client.post("/orders").json(&json!({"items": "none"})).send().await;
    assert_eq!(mistakes(&answer).len(), 1);
    assert!(answer.text().contains("expected a sequence"), "{}", answer.text());
    let broken = client.post("/orders").header("content-type", "application/json").body("{");
    assert_eq!(broken.send().await.status(), 400);
    assert_eq!(client.post("/orders").body("{}").send().await.status(), 415);
    assert_eq!(client.post("/search").body("q=1").send().await.status(), 415);
    let answer = client.get("/search?in-shop=1").send().await;
    assert_eq!(mistakes(&answer), pairs(&[("query q", "missing")]));
}

#[tokio::test]
async fn beyond_the_bound_mistakes_are_counted() {
    let answer = client().post("/numbers").json(&vec![0; 103]).send().await;
    let found = mistakes(&answer);
    assert_eq!((found.len(), &*found[0].0, &*found[99].0), (100, "/0", "/99"));
    assert_eq!(answer.json::<Value>()["errors_omitted"], 3);
}
