use wirepath_http::{get, routes};

struct User;

#[get("/")]
async fn root(_user: User) -> &'static str {
    "root"
}

fn main() {
    let _ = routes![root].with_state(std::sync::Arc::new(()));
}
