use wirepath_http::{Json, Valid, post, routes};

#[derive(serde::Deserialize)]
struct Order {
    _count: u32,
}

#[post("/")]
async fn create(_order: Valid<Json<Order>>) -> &'static str {
    "made"
}

fn main() {
    let _ = routes![create].with_state(std::sync::Arc::new(()));
}
