use wirepath_http::{State, get, routes};

#[derive(Clone)]
struct Db;

#[get("/")]
async fn root(State(_db): State<Db>) {}

fn main() {
    let _ = routes![root].with_state(std::sync::Arc::new(()));
}
