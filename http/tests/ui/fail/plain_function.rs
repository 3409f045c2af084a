use wirepath_http::routes;

async fn root() {}

fn main() {
    let _ = routes![root].with_state(std::sync::Arc::new(()));
}
