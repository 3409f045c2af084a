use wirepath_http::middleware;

#[middleware]
async fn guard() -> bool {
    true
}

fn main() {}
