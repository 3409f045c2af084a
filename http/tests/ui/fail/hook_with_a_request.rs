use wirepath_http::{HeaderMap, on_startup, routes};

#[on_startup]
async fn open(_headers: HeaderMap) {}

fn main() {
    let _ = routes![open].with_state(std::sync::Arc::new(()));
}
