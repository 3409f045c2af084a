use wirepath_http::{get, route, routes};

#[get("/orders/{id}")]
async fn one(_id: u64) {}

#[route("/orders/{number}", methods = [PUT, GET])]
async fn other(_number: u64) {}

fn main() {
    let _ = routes![one, other].with_state(std::sync::Arc::new(()));
}
